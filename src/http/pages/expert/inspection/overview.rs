//! Where an inspection stands, what it found, and what the one who reads it can do about it.

use super::photos::gallery;
use super::{Inspected, acts, table};
use crate::domain::inspection::InspectionState;
use crate::domain::photo::PHOTO;
use crate::http::pages::expert::scene::{self, Annexes};
use crate::http::pages::expert::words::inspection_state;
use crate::http::pages::prelude::*;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/inspection", Action::ReadInspection, overview)]
}

async fn overview(request: Rc<PageRequest>) -> Result<Page> {
    let inspected = Inspected::of(&request).await?;
    let (id, scene, view) = (inspected.id, &inspected.scene, &inspected.view);
    let annexes = Annexes::of(&request, id).await?;
    let content = html! {
        (scene::heading(&request, id, scene, "/inspection"))
        @if view.state.is_none() {
            (unplanned(&request, &inspected))
        } @else {
            (planned(&request, &inspected))
            (acts::next(&request, &inspected))
            @if let Some(record) = &view.record {
                h2 { (request.t("考察记录", "Record")) }
                (table::table(&request, &inspected))
                @if !record.interviews.is_empty() {
                    h3 { (request.t("访谈", "Interviews")) }
                    dl.facts { @for interview in &record.interviews {
                        dt { (interview.unit) (request.t("，", ", ")) (interview.person) } dd.text { (interview.notes) }
                    } }
                }
                @if !record.summary.is_empty() {
                    h3 { (request.t("考察小结", "Summary")) }
                    p.text { (record.summary) }
                }
            } @else {
                (notice(Tone::Neutral, &html! { p { (hidden(&request)) } }))
            }
            @if annexes.of_kind(PHOTO).any(|photo| !photo.is_copied) {
                h2 { (request.t("现场照片", "Photographs")) }
                (gallery(&request, &inspected, &annexes))
            }
            (signatures(&request, &inspected))
            (comments(&request, &inspected))
            (links(&request, &inspected))
        }
    };
    Ok(scene::page(&request, scene, request.t("考察", "Inspection"), content)
        .document_if(
            inspected.view.plan.from.is_some() && inspected.view.plan.until.is_some(),
            &printed::INSPECTION,
            format!("/api/v1/applications/{id}/inspection"),
        )
        .document_if(
            inspected.view.record.is_some(),
            &printed::INSPECTED,
            format!("/api/v1/applications/{id}/inspection"),
        )
        .data(format!("/api/v1/applications/{id}/inspection")))
}

fn unplanned(request: &PageRequest, inspected: &Inspected) -> Markup {
    let plans = request.role() == Some(Role::Office) && inspected.scene.is_inspected_now();
    empty(&html! {
        p { (request.t("尚未安排考察。", "No inspection is planned yet.")) }
        @if plans {
            p { a.button href=(request.link(&inspected.page("/plan"))) { (request.t("制定考察方案", "Plan the inspection")) } }
        }
    })
}

/// Why the record is not shown.
fn hidden(request: &PageRequest) -> &'static str {
    match request.role() {
        Some(Role::Applicant) => request.t(
            "考察组签字后，您可以在这里看到核定值并签署意见。",
            "Once somebody of the team has signed, the verified values show here for you to sign.",
        ),
        _ => request.t(
            "考察记录签字生效后，在这里显示核定值。",
            "Verified values show here once the record is final.",
        ),
    }
}

fn planned(request: &PageRequest, inspected: &Inspected) -> Markup {
    let plan = &inspected.view.plan;
    let team: Vec<String> =
        plan.team.iter().map(|member| format!("{}（{}）", member.name, member.unit)).collect();
    html! {
        (facts(&[
            (request.t("状态", "State"), inspection_state(request, inspected.view.state)),
            (request.t("考察日期", "Days"), html! {
                @if let (Some(from), Some(until)) = (plan.from, plan.until) { (request.date(from)) "—" (request.date(until)) }
            }),
            (request.t("考察组", "Inspection team"), html! { (team.join("、")) }),
            (request.t("抽查企业", "Firms to visit"), html! { (if plan.firms.is_empty() { "—".to_owned() } else { plan.firms.join("、") }) }),
        ]))
        @if !plan.notes.is_empty() { p.text { (plan.notes) } }
    }
}

fn signatures(request: &PageRequest, inspected: &Inspected) -> Markup {
    let view = &inspected.view;
    if view.state == Some(InspectionState::Open) && view.version == 0 {
        return Markup::default();
    }
    html! {
        h2 { (request.t("签字", "Signatures")) }
        dl.facts {
            @for member in &view.plan.team {
                dt { (member.name) }
                dd { @match view.signatures.team.iter().find(|signature| signature.account == member.account) {
                    Some(signature) => { (request.t("已签字，", "Signed, ")) (request.time(signature.at)) },
                    None => (tag(request.t("待签字", "To sign"), Tone::Warning)),
                } }
            }
            dt { (request.t("被考察单位", "Inspected party")) }
            dd { @match &view.signatures.party {
                Some(party) => {
                    (party.stance.in_language(request.language)) (request.t("，", ", ")) (party.signatory) (request.t("，", ", ")) (request.time(party.at))
                    @if !party.statement.is_empty() { p.text { (party.statement) } }
                },
                None => (tag(request.t("待签署意见", "To decide"), Tone::Warning)),
            } }
            @if let Some(digest) = view.digest {
                dt { (request.t("第", "Signed version ")) (view.version) (request.t("版摘要", ", digest")) }
                dd { code { (digest) } }
            }
        }
    }
}

fn comments(request: &PageRequest, inspected: &Inspected) -> Markup {
    let comments = &inspected.view.comments;
    html! {
        @if !comments.is_empty() {
            h2 { (request.t("申报单位对核定值的意见", "The applicant's comments")) }
            dl.facts { @for comment in comments { dt { (request.time(comment.at)) } dd.text { (comment.text) } } }
        }
    }
}

fn links(request: &PageRequest, inspected: &Inspected) -> Markup {
    let open = inspected.view.rectifications.len();
    html! {
        p {
            a href=(request.link(&inspected.page("/rectifications"))) { (request.t("整改事项", "What is to be put right")) (request.aside(&open)) }
            " · "
            a href=(request.link(&inspected.page("/print"))) { (request.t("打印考察记录表", "Print the record")) }
        }
    }
}
