//! Bonuses and deductions of an application.

use super::super::prelude::*;
use super::super::whereabouts::after_an_act_on;
use super::sheets::shown;
use crate::actions::applications;
use crate::actions::closing::{self, AdjustmentEntry, AdjustmentsView};
use crate::actions::names::{self, NamedCompetition};
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;
use crate::domain::scoring::{Adjustment, AdjustmentKind};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/adjustments", Action::ReadRanking, adjustments)]
}

async fn adjustments(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("application_id")?;
    let application = applications::read(&request.service, &request.context, id).await?;
    let competition =
        names::competition(&request.service, &request.context, application.competition_id).await?;
    let view = closing::read_adjustments(&request.service, &request.context, id).await?;
    let at_stage = matches!(
        competition.state,
        CompetitionState::Drawing
            | CompetitionState::Scoring
            | CompetitionState::Selection
            | CompetitionState::Notice
    );
    let may =
        request.role() == Some(Role::Office) && at_stage && application.state == ApplicationState::Accepted;
    let rules = &competition.rules.tally.rubric.adjustments;
    let content = html! {
        (application_views(&request, id, "/sheets"))
        (after_an_act_on(&request, &application, competition.state, &competition.rules.settings))
        p.lead { (request.t(
            "本届指标体系规定的加分和扣分。每一项都要写明依据。",
            "The bonuses and deductions of this competition's rubric. Each has its basis.",
        )) }
        @if let Some(cap) = &competition.rules.tally.rules.bonus_cap {
            p { @if request.is_chinese() { "加分合计最多计" (cap) "分。" } @else { "Bonuses count for " (count(cap, "point", "points")) " at most." } }
        }
        @if competition.state > CompetitionState::Scoring && may {
            p { (request.t(
                "评分汇总已冻结：此处的变更在形成新一版汇总时计入。",
                "The tally is frozen: changes here count with the next version of it.",
            )) " " a href=(request.link(&format!("/competitions/{}/tallies", competition.id))) { (request.t("汇总与排名", "Tallies and ranking")) } }
        }
        @if rules.is_empty() {
            (empty(&html! { p { (request.t("本届没有加分、扣分项。", "This competition has no bonuses or deductions.")) } }))
        } @else if may { (form(&request, &competition, &view)) } @else { (table(&request, rules, &view)) }
    };
    let title = request.t("加分与扣分", "Bonuses and deductions");
    Ok(shown(&request, &competition, &application, title, content)
        .crumb(format!("/applications/{id}/sheets"), request.t("评分表", "Score sheets"))
        .data(format!("/api/v1/applications/{id}/adjustments")))
}

fn entry<'a>(view: &'a AdjustmentsView, rule: &Adjustment) -> Option<&'a AdjustmentEntry> {
    view.entries.iter().find(|entry| entry.key == rule.key.as_str())
}

fn kind(request: &PageRequest, rule: &Adjustment) -> String {
    match (rule.kind, request.is_chinese()) {
        (AdjustmentKind::Bonus, true) => format!("加分，最多{}分", rule.max),
        (AdjustmentKind::Bonus, false) => format!("bonus, at most {}", rule.max),
        (AdjustmentKind::Deduction, true) => format!("扣分，最多{}分", rule.max),
        (AdjustmentKind::Deduction, false) => format!("deduction, at most {}", rule.max),
    }
}

/// A row for each item of the rubric; what is left empty does not hold.
fn form(request: &PageRequest, competition: &NamedCompetition, view: &AdjustmentsView) -> Markup {
    let form = request
        .form(Method::Put, format!("/api/v1/applications/{}/adjustments", view.application_id))
        .revision(view.revision)
        .done("已保存。", "Saved.");
    form.render(&html! {
        @for (row, rule) in competition.rules.tally.rubric.adjustments.iter().enumerate() {
            @let entry = entry(view, rule);
            fieldset.group {
                legend { (rule.name) (request.aside(&kind(request, rule))) }
                input type="hidden" name=(format!("/entries/{row}/key:key")) value=(rule.key);
                (form.field(&Field::number(format!("/entries/{row}/value"), request.t("分值", "Points"))
                    .value(entry.map(|entry| entry.value.clone()).unwrap_or_default()).unit(request.t("分", "points")).short()))
                (form.field(&Field::text(format!("/entries/{row}/basis"), request.t("依据（文件、佐证、认定）", "Basis (document, evidence, finding)"))
                    .value(entry.map(|entry| entry.basis.clone()).unwrap_or_default()).silent()))
            }
        }
        (form.button("保存", "Save"))
    })
}

fn table(request: &PageRequest, rules: &[Adjustment], view: &AdjustmentsView) -> Markup {
    Table::new(
        request.t("加分与扣分", "Bonuses and deductions"),
        rules.iter().map(|rule| (rule, entry(view, rule))),
    )
    .head(request.t("事项", "Item"), |(rule, _)| &rule.name)
    .column(request.t("种类", "Kind"), |(rule, _)| kind(request, rule))
    .number(request.t("分值", "Points"), |(_, entry)| entry.map_or("—", |entry| &entry.value))
    .column(request.t("依据", "Basis"), |(_, entry)| entry.map_or("", |entry| &entry.basis))
    .render()
}
