//! The record of an inspection on paper (考察记录表): as it stands, or blank, with lines to sign.

use super::Inspected;
use super::table::{Line, lines};
use crate::domain::inspection::{Method as How, Stance};
use crate::http::pages::expert::scene;
use crate::http::pages::prelude::*;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/inspection/print", Action::ReadInspection, print)]
}

async fn print(request: Rc<PageRequest>) -> Result<Page> {
    let mut inspected = Inspected::of(&request).await?;
    if request.query.contains_key("blank") {
        inspected.view.record = None;
        inspected.view.signatures = crate::domain::inspection::Signatures::default();
    }
    let content = html! {
        div.buttons.screen {
            (print_button(&request))
            @if inspected.view.record.is_some() {
                a.button.secondary href=(request.link(&inspected.page("/print?blank=1"))) { (request.t("空白表", "Blank form")) }
            }
        }
        div.paper tabindex="0" role="region" aria-label=(request.t("考察记录表", "Inspection record")) {
            (head(&request, &inspected))
            (indicators(&request, &inspected))
            (said(&request, &inspected))
            (foot(&request, &inspected))
        }
    };
    Ok(scene::page(&request, &inspected.scene, request.t("考察记录表", "Inspection record"), content)
        .crumb(inspected.page(""), request.t("考察", "Inspection"))
        .data(format!("/api/v1/applications/{}/inspection", inspected.id)))
}

fn head(request: &PageRequest, inspected: &Inspected) -> Markup {
    let (scene, plan) = (&inspected.scene, &inspected.view.plan);
    let members: Vec<String> =
        plan.team.iter().map(|member| format!("{}（{}）", member.name, member.unit)).collect();
    html! {
        p.document { (scene.rules.settings.title) }
        table.data.form {
            caption { (request.t("基本信息", "Basic facts")) }
            tbody {
                tr {
                    th scope="row" { (request.t("申报编号", "Number")) } td { (scene.number.as_deref().unwrap_or("—")) }
                    th scope="row" { (request.t("产业链", "Chain")) } td { (scene.chain_name) }
                }
                tr {
                    th scope="row" { (request.t("被考察单位", "Inspected party")) } td { (scene.region) }
                    th scope="row" { (request.t("考察日期", "Days")) }
                    td { @if let (Some(from), Some(until)) = (plan.from, plan.until) { (request.date(from)) "—" (request.date(until)) } }
                }
                tr { th scope="row" { (request.t("考察组", "Inspection team")) } td colspan="3" { (members.join("、")) } }
                tr { th scope="row" { (request.t("抽查企业", "Firms to visit")) } td colspan="3" { (plan.firms.join("、")) } }
            }
        }
    }
}

fn indicators(request: &PageRequest, inspected: &Inspected) -> Markup {
    Table::new(request.t("指标核定", "Indicators"), lines(inspected))
        .column(request.t("序号", "No."), |line| line.indicator.key.to_string()).narrow()
        .column(request.t("考察项目", "Item"), |line| &line.indicator.name)
        .number(request.t("分值", "Points"), |line| line.indicator.points.to_string()).narrow()
        .column(request.t("申报值", "Claimed value"), |line| html! { (line.claimed(request)) (line.explained(request)) })
        .column(request.t("考核方法", "How"), |line| methods(request, line))
        .text(request.t("查验材料与检查情况记录", "Seen and found"), |line| html! {
            @if let Some(item) = line.item { (item.seen) @if !item.finding.is_empty() { (request.t("；", "; ")) (item.finding) } }
        })
        .column(request.t("核定值", "Verified value"), |line| html! {
            @match line.item {
                Some(item) => (line.written(request, Some(&item.value))),
                None => span.muted { (line.indicator.unit.as_deref().unwrap_or_default()) },
            }
        })
        .paper(true)
        .render()
}

/// Boxes to tick, ticked where it was entered.
fn methods(request: &PageRequest, line: &Line<'_>) -> Markup {
    html! { @for how in How::ALL {
        (tick(line.item.is_some_and(|item| item.method == *how))) (how.in_language(request.language)) br;
    } }
}

fn tick(ticked: bool) -> &'static str {
    if ticked { "☑ " } else { "☐ " }
}

/// Interviews and summary, with room to write where there is none.
fn said(request: &PageRequest, inspected: &Inspected) -> Markup {
    let record = inspected.view.record.as_ref();
    let interviews = record.map(|record| &*record.interviews).unwrap_or_default();
    html! {
        h2 { (request.t("访谈记录", "Interviews")) }
        @for interview in interviews { p.text { (interview.unit) (request.t("，", ", ")) (interview.person) (request.t("：", ": ")) (interview.notes) } }
        @if interviews.is_empty() { p.written {} }
        h2 { (request.t("考察小结", "Summary")) }
        p.text.written { (record.map(|record| &*record.summary).unwrap_or_default()) }
    }
}

fn foot(request: &PageRequest, inspected: &Inspected) -> Markup {
    let view = &inspected.view;
    let party = view.signatures.party.as_ref();
    let signed = |at| html! { (request.t("（已于 ", " (signed electronically ")) (request.time(at)) (request.t(" 电子签字）", ")")) };
    html! {
        div.together {
            h2 { (request.t("被考察单位意见", "Decision of the inspected party")) }
            p { @for stance in Stance::ALL {
                (tick(party.is_some_and(|party| party.stance == *stance))) (stance.in_language(request.language)) "　"
            } }
            p.text.written { (party.map(|party| &*party.statement).unwrap_or_default()) }
            div.signatures {
                @for member in &view.plan.team {
                    p { (request.t("考察组 ", "Inspection team: ")) (member.name) (request.t("（签字）：", " (signature):"))
                        @if let Some(signature) = view.signatures.team.iter().find(|signature| signature.account == member.account) { (signed(signature.at)) } }
                }
                p { (request.t("被考察单位（签字、盖章）：", "Inspected party (signature, seal):"))
                    @if let Some(party) = party { (party.signatory) (signed(party.at)) } }
                p { (request.t("日期：", "Date:")) }
            }
        }
        @if let (Some(digest), true) = (view.digest, party.is_some()) {
            p.muted { (request.t("第", "Version ")) (view.version) (request.t("版，摘要 ", ", digest ")) code { (digest) } }
        }
    }
}
