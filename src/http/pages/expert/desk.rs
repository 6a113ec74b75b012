//! The expert's desk: declarations and sheets that are due, inspections to record and sign.

use super::super::prelude::*;
use super::words::inspection_state;
use crate::actions::duties::{self, InspectionDuty, PanelDuty};
use crate::domain::competition::CompetitionState;
use crate::domain::inspection::InspectionState;
use crate::domain::time::Timestamp;
use crate::error::Kind;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/inspections", Action::RecordInspection, own_inspections)]
}

/// What an expert has to do, the most urgent first.
pub(in crate::http::pages) async fn desk(asked: &Asked) -> Result<Markup> {
    let duties = match duties::own(&asked.service, &asked.visit).await {
        Ok(duties) => duties,
        // Whose account is in no pool yet is told what to do about it.
        Err(error) if error.kind == Kind::Conflict => {
            return Ok(empty(&html! { p { (asked.told(&error.message)) } }));
        }
        Err(error) => return Err(error),
    };
    let now = asked.service.clock.now();
    let (due, settled): (Vec<&PanelDuty>, Vec<&PanelDuty>) =
        duties.panels.iter().partition(|duty| is_due(duty));
    let inspections: Vec<&InspectionDuty> = duties.inspections.iter().filter(|duty| duty.now).collect();
    Ok(html! {
        @if due.is_empty() && inspections.is_empty() {
            (empty(&html! { p { (asked.t(
                "目前没有需要您完成的工作。被抽中或被安排考察后，会在这里显示。",
                "Nothing is waiting for you. Panels that you are drawn for and inspections will show up here.",
            )) } }))
        }
        @if !due.is_empty() {
            h2 { (asked.t("待办：评审", "To do: judging")) }
            ul.tasks { @for duty in due { li { (panel(asked, duty, now)) } } }
        }
        (list(asked, asked.t("考察", "Inspections"), &inspections))
        @if !settled.is_empty() {
            h2 { (asked.t("已完成或已结束的评审", "Judging that is done or over")) }
            ul.tasks {
                @for duty in settled {
                    li {
                        a href=(asked.link(&format!("/competitions/{}/panel", duty.competition))) { (duty.title) }
                        (signed(asked, duty)) (competition_state(asked, duty.stage))
                    }
                }
            }
        }
    })
}

/// The inspections whose team one belongs to: experts and the office.
async fn own_inspections(asked: Rc<Asked>) -> Result<Shown> {
    let duties = duties::own_inspections(&asked.service, &asked.visit).await?;
    let (now, over): (Vec<&InspectionDuty>, Vec<&InspectionDuty>) = duties.iter().partition(|duty| duty.now);
    let content = html! {
        @if duties.is_empty() {
            (empty(&html! { p { (asked.t(
                "您不在任何考察组。办公室把您列入考察方案后，会在这里显示。",
                "You are in no inspection team. Once the office puts you into a plan, it shows here.",
            )) } }))
        }
        (list(&asked, asked.t("进行中", "Going on"), &now))
        (list(&asked, asked.t("以往", "Past"), &over))
    };
    Ok(Shown::new(asked.t("我的考察", "My inspections"), content))
}

fn list(asked: &Asked, title: &str, inspections: &[&InspectionDuty]) -> Markup {
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
            ul.tasks { @for duty in inspections { li { (inspection(asked, duty)) } } }
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

fn signed(asked: &Asked, duty: &PanelDuty) -> Markup {
    html! { span.number { (asked.t("已签署 ", "Signed ")) (duty.signed) " / " (duty.applications) } }
}

fn panel(asked: &Asked, duty: &PanelDuty, now: Timestamp) -> Markup {
    let page = asked.link(&format!("/competitions/{}/panel", duty.competition));
    html! {
        @if duty.declared {
            a href=(page) { (duty.title) (asked.t("：评分", ": score")) }
            (signed(asked, duty))
            span { (asked.t("截止 ", "Due ")) (asked.time(duty.until)) }
            @if now > duty.until {
                (tag(asked.t("已逾期", "Late"), Tone::Bad))
            } @else if duty.begun + duty.signed == 0 {
                (tag(asked.t("未开始", "Not begun"), Tone::Warning))
            } @else {
                (tag(asked.t("进行中", "Going on"), Tone::Active))
            }
        } @else {
            a href=(page) { (duty.title) (asked.t("：先签署回避声明", ": sign the declaration of conflicts first")) }
            (tag(asked.t("待签署", "To be signed"), Tone::Warning))
        }
    }
}

fn inspection(asked: &Asked, duty: &InspectionDuty) -> Markup {
    let page = asked.link(&format!("/applications/{}/inspection", duty.application));
    html! {
        a href=(page) { (duty.region) " · " (duty.chain) @if let Some(number) = &duty.number { " · " (number) } }
        @if let (Some(from), Some(until)) = duty.days { span { (asked.date(from)) "—" (asked.date(until)) } }
        @if duty.state == InspectionState::Signing && !duty.signed {
            (tag(asked.t("请签字", "Sign it"), Tone::Warning))
        } @else {
            (inspection_state(asked, Some(duty.state)))
        }
    }
}

/// The banner of who has to declare first.
pub(super) fn declare_first(asked: &Asked) -> Markup {
    notice(
        Tone::Warning,
        &html! { p { (asked.t(
            "签署回避声明之前，不能打开任何申报材料。",
            "No application can be opened before the declaration of conflicts is signed.",
        )) } },
    )
}
