//! The expert's desk: declarations and sheets that are due, inspections to record and sign.

use super::super::prelude::*;
use super::words::inspection_state;
use crate::actions::duties::{self, InspectionDuty, PanelDuty};
use crate::domain::competition::CompetitionState;
use crate::domain::inspection::InspectionState;
use crate::domain::time::Timestamp;
use crate::error::Kind;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/inspections", Action::RecordInspection, own_inspections)]
}

/// What an expert has to do, the most urgent first.
pub(in crate::http::pages) async fn desk(request: &PageRequest) -> Result<Markup> {
    let duties = match duties::own(&request.service, &request.context).await {
        Ok(duties) => duties,
        // Whose account is in no pool yet is told what to do about it.
        Err(error) if error.kind == Kind::Conflict => {
            return Ok(empty(&html! { p { (request.localized(&error.message)) } }));
        }
        Err(error) => return Err(error),
    };
    let now = request.service.clock.now();
    let (due, settled): (Vec<&PanelDuty>, Vec<&PanelDuty>) =
        duties.panels.iter().partition(|duty| is_due(duty));
    let inspections: Vec<&InspectionDuty> = duties.inspections.iter().filter(|duty| duty.now).collect();
    Ok(html! {
        @if due.is_empty() && inspections.is_empty() {
            (empty(&html! { p { (request.t(
                "目前没有需要您完成的工作。被抽中或被安排考察后，会在这里显示。",
                "Nothing is waiting for you. Panels that you are drawn for and inspections will show up here.",
            )) } }))
        }
        @if !due.is_empty() {
            h2 { (request.t("待办：评审", "To do: judging")) }
            ul.tasks { @for duty in due { li { (panel(request, duty, now)) } } }
        }
        (list(request, request.t("考察", "Inspections"), &inspections))
        @if !settled.is_empty() {
            h2 { (request.t("已完成或已结束的评审", "Judging that is done or over")) }
            ul.tasks {
                @for duty in settled {
                    li {
                        a href=(request.link(&format!("/competitions/{}/panel", duty.competition))) { (duty.title) }
                        (signed(request, duty)) (competition_state(request, duty.stage))
                    }
                }
            }
        }
    })
}

/// The inspections whose team one belongs to: experts, inspectors and the office.
async fn own_inspections(request: Rc<PageRequest>) -> Result<Page> {
    Ok(Page::new(request.t("我的考察", "My inspections"), inspectors_desk(&request).await?))
}

/// The inspections of an inspector: those that go on, and those that are over.
pub(in crate::http::pages) async fn inspectors_desk(request: &PageRequest) -> Result<Markup> {
    let duties = duties::own_inspections(&request.service, &request.context).await?;
    let (now, over): (Vec<&InspectionDuty>, Vec<&InspectionDuty>) = duties.iter().partition(|duty| duty.now);
    Ok(html! {
        @if duties.is_empty() {
            (empty(&html! { p { (request.t(
                "您不在任何考察组。办公室把您列入考察方案后，会在这里显示。",
                "You are in no inspection team. Once the office puts you into a plan, it shows here.",
            )) } }))
        }
        (list(request, request.t("进行中", "Going on"), &now))
        (list(request, request.t("以往", "Past"), &over))
    })
}

fn list(request: &PageRequest, title: &str, inspections: &[&InspectionDuty]) -> Markup {
    // What waits for one's own signature comes first, then what is still to be recorded, then the rest.
    let mut inspections = inspections.to_vec();
    inspections.sort_by_key(|duty| match duty.state {
        InspectionState::Signing => u8::from(duty.signed) * 2,
        InspectionState::Open => 1,
        InspectionState::Final => 3,
    });
    html! {
        @if !inspections.is_empty() {
            h2 { (title) }
            ul.tasks { @for duty in inspections { li { (inspection(request, duty)) } } }
        }
    }
}

fn is_due(duty: &PanelDuty) -> bool {
    match duty.stage {
        CompetitionState::Drawing => !duty.declared,
        CompetitionState::Scoring => !duty.declared || duty.signed < duty.applications,
        _ => false,
    }
}

fn signed(request: &PageRequest, duty: &PanelDuty) -> Markup {
    html! { span.number { (request.t("已签署 ", "Signed ")) (duty.signed) " / " (duty.applications) } }
}

fn panel(request: &PageRequest, duty: &PanelDuty, now: Timestamp) -> Markup {
    let page = request.link(&format!("/competitions/{}/panel", duty.competition));
    html! {
        @if duty.declared {
            a href=(page) { (duty.title) (request.t("：评分", ": score")) }
            (signed(request, duty))
            span { (request.t("截止 ", "Until ")) (request.time(duty.until)) }
            @if now > duty.until {
                (tag(request.t("已逾期", "Late"), Tone::Bad))
            } @else if duty.begun + duty.signed == 0 {
                (tag(request.t("未开始", "Not begun"), Tone::Warning))
            } @else {
                (tag(request.t("进行中", "Going on"), Tone::Active))
            }
        } @else {
            a href=(page) { (duty.title) (request.t("：先签署回避声明", ": sign the declaration of conflicts first")) }
            (tag(request.t("待签署", "To be signed"), Tone::Warning))
        }
    }
}

fn inspection(request: &PageRequest, duty: &InspectionDuty) -> Markup {
    let page = request.link(&format!("/applications/{}/inspection", duty.application));
    html! {
        a href=(page) { (duty.region) " · " (duty.chain) @if let Some(number) = &duty.number { " · " (number) } }
        @if let (Some(from), Some(until)) = duty.days { span { (request.date(from)) "—" (request.date(until)) } }
        @if duty.state == InspectionState::Signing && !duty.signed {
            (tag(request.t("请签字", "Sign it"), Tone::Warning))
        } @else {
            (inspection_state(request, Some(duty.state)))
        }
    }
}

/// The banner of who has to declare first.
pub(super) fn declare_first(request: &PageRequest) -> Markup {
    notice(
        Tone::Warning,
        &html! { p { (request.t(
            "签署回避声明之前，不能打开任何申报材料。",
            "No application can be opened before the declaration of conflicts is signed.",
        )) } },
    )
}
