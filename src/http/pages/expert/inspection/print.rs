//! The record of an inspection on paper (考察记录表): as it stands, or blank, with lines to sign.

use super::Inspected;
use super::table::{Line, lines};
use crate::domain::inspection::{Method as How, Stance};
use crate::http::pages::expert::scene;
use crate::http::pages::prelude::*;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/applications/{application_id}/inspection/print", Action::ReadInspection, print)]
}

async fn print(asked: Rc<Asked>) -> Result<Shown> {
    let mut inspected = Inspected::of(&asked).await?;
    if asked.query.contains_key("blank") {
        inspected.view.record = None;
        inspected.view.signatures = crate::domain::inspection::Signatures::default();
    }
    let content = html! {
        div.buttons.screen {
            (print_button(&asked))
            @if inspected.view.record.is_some() {
                a.button.secondary href=(asked.link(&inspected.page("/print?blank=1"))) { (asked.t("空白表", "Blank form")) }
            }
        }
        div.paper tabindex="0" role="region" aria-label=(asked.t("考察记录表", "Inspection record")) {
            (head(&asked, &inspected))
            (indicators(&asked, &inspected))
            (said(&asked, &inspected))
            (foot(&asked, &inspected))
        }
    };
    Ok(scene::page(&asked, &inspected.scene, asked.t("考察记录表", "Inspection record"), content)
        .crumb(inspected.page(""), asked.t("考察", "Inspection"))
        .data(format!("/api/v1/applications/{}/inspection", inspected.id)))
}

fn head(asked: &Asked, inspected: &Inspected) -> Markup {
    let (scene, plan) = (&inspected.scene, &inspected.view.plan);
    let members: Vec<String> =
        plan.team.iter().map(|member| format!("{}（{}）", member.name, member.unit)).collect();
    html! {
        p.document { (scene.rules.settings.title) }
        table.data.form {
            caption { (asked.t("基本信息", "Basics")) }
            tbody {
                tr {
                    th scope="row" { (asked.t("申报编号", "Number")) } td { (scene.number.as_deref().unwrap_or("—")) }
                    th scope="row" { (asked.t("产业链", "Chain")) } td { (scene.chain_name) }
                }
                tr {
                    th scope="row" { (asked.t("被考察单位", "Inspected party")) } td { (scene.region) }
                    th scope="row" { (asked.t("考察日期", "Days")) }
                    td { @if let (Some(from), Some(until)) = (plan.from, plan.until) { (asked.date(from)) "—" (asked.date(until)) } }
                }
                tr { th scope="row" { (asked.t("考察组", "Team")) } td colspan="3" { (members.join("、")) } }
                tr { th scope="row" { (asked.t("抽查企业", "Firms")) } td colspan="3" { (plan.firms.join("、")) } }
            }
        }
    }
}

fn indicators(asked: &Asked, inspected: &Inspected) -> Markup {
    Table::new(asked.t("指标核定", "Indicators"), lines(inspected))
        .column(asked.t("序号", "No."), |line| line.indicator.key.to_string()).narrow()
        .column(asked.t("考察项目", "Item"), |line| &line.indicator.name)
        .number(asked.t("分值", "Points"), |line| line.indicator.points.to_string()).narrow()
        .column(asked.t("申报值", "Claimed"), |line| html! { (line.claimed(asked)) (line.explained(asked)) })
        .column(asked.t("考核方法", "How"), |line| methods(asked, line))
        .text(asked.t("查验材料与检查情况记录", "Seen and found"), |line| html! {
            @if let Some(item) = line.item { (item.seen) @if !item.finding.is_empty() { (asked.t("；", "; ")) (item.finding) } }
        })
        .column(asked.t("核定值", "Verified"), |line| html! {
            @match line.item {
                Some(item) => (line.written(asked, Some(&item.value))),
                None => span.muted { (line.indicator.unit.as_deref().unwrap_or_default()) },
            }
        })
        .paper(true)
        .render()
}

/// Boxes to tick, ticked where it was entered.
fn methods(asked: &Asked, line: &Line<'_>) -> Markup {
    html! { @for how in How::ALL {
        (tick(line.item.is_some_and(|item| item.method == *how))) (how.in_language(asked.language)) br;
    } }
}

fn tick(ticked: bool) -> &'static str {
    if ticked { "☑ " } else { "☐ " }
}

/// Interviews and summary, with room to write where there is none.
fn said(asked: &Asked, inspected: &Inspected) -> Markup {
    let record = inspected.view.record.as_ref();
    let interviews = record.map(|record| &*record.interviews).unwrap_or_default();
    html! {
        h2 { (asked.t("访谈记录", "Interviews")) }
        @for interview in interviews { p.text { (interview.unit) (asked.t("，", ", ")) (interview.person) (asked.t("：", ": ")) (interview.notes) } }
        @if interviews.is_empty() { p.written {} }
        h2 { (asked.t("考察小结", "Summary")) }
        p.text.written { (record.map(|record| &*record.summary).unwrap_or_default()) }
    }
}

fn foot(asked: &Asked, inspected: &Inspected) -> Markup {
    let view = &inspected.view;
    let party = view.signatures.party.as_ref();
    let signed = |at| html! { (asked.t("（已于 ", " (signed electronically ")) (asked.time(at)) (asked.t(" 电子签字）", ")")) };
    html! {
        div.together {
            h2 { (asked.t("被考察单位意见", "Decision of the inspected party")) }
            p { @for stance in Stance::ALL {
                (tick(party.is_some_and(|party| party.stance == *stance))) (stance.in_language(asked.language)) "　"
            } }
            p.text.written { (party.map(|party| &*party.statement).unwrap_or_default()) }
            div.signatures {
                @for member in &view.plan.team {
                    p { (asked.t("考察组 ", "Team: ")) (member.name) (asked.t("（签字）：", " (signature):"))
                        @if let Some(signature) = view.signatures.team.iter().find(|signature| signature.account == member.account) { (signed(signature.at)) } }
                }
                p { (asked.t("被考察单位（签字、盖章）：", "Inspected party (signature, seal):"))
                    @if let Some(party) = party { (party.signatory) (signed(party.at)) } }
                p { (asked.t("日期：", "Date:")) }
            }
        }
        @if let (Some(digest), true) = (view.digest, party.is_some()) {
            p.muted { (asked.t("第", "Version ")) (view.version) (asked.t("版，摘要 ", ", digest ")) code { (digest) } }
        }
    }
}
