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

pub(super) fn pages() -> Vec<Page> {
    vec![page("/applications/{application_id}/adjustments", Action::ReadRanking, adjustments)]
}

async fn adjustments(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("application_id")?;
    let application = applications::read(&asked.service, &asked.visit, id).await?;
    let edition = names::edition(&asked.service, &asked.visit, application.competition_id).await?;
    let view = closing::read_adjustments(&asked.service, &asked.visit, id).await?;
    let at_stage = matches!(
        edition.state,
        CompetitionState::Drawing
            | CompetitionState::Scoring
            | CompetitionState::Selection
            | CompetitionState::Notice
    );
    let may =
        asked.role() == Some(Role::Office) && at_stage && application.state == ApplicationState::Accepted;
    let rules = &edition.rules.tally.rubric.adjustments;
    let content = html! {
        (application_views(&asked, id, "/sheets"))
        (after_an_act_on(&asked, &application, edition.state, &edition.rules.settings))
        p.lead { (asked.t(
            "本届指标体系规定的加分和扣分。每一项都要写明依据。",
            "The bonuses and deductions of this edition's rubric. Each has its ground.",
        )) }
        @if let Some(cap) = &edition.rules.tally.rules.bonus_cap {
            p { @if asked.is_chinese() { "加分合计最多计" (cap) "分。" } @else { "Bonuses count for " (cap) " points at most." } }
        }
        @if edition.state > CompetitionState::Scoring && may {
            p { (asked.t(
                "评分汇总已冻结：此处的变更在形成新一版汇总时计入。",
                "The tally is frozen: changes here count with the next version of it.",
            )) " " a href=(asked.link(&format!("/competitions/{}/tallies", edition.id))) { (asked.t("汇总与排名", "Tallies and ranking")) } }
        }
        @if rules.is_empty() {
            (empty(&html! { p { (asked.t("本届没有加分、扣分项。", "This edition has no bonuses or deductions.")) } }))
        } @else if may { (form(&asked, &edition, &view)) } @else { (table(&asked, rules, &view)) }
    };
    let title = asked.t("加分与扣分", "Bonuses and deductions");
    Ok(shown(&asked, &edition, &application, title, content)
        .crumb(format!("/applications/{id}/sheets"), asked.t("评分表", "Score sheets"))
        .data(format!("/api/v1/applications/{id}/adjustments")))
}

fn entry<'a>(view: &'a AdjustmentsView, rule: &Adjustment) -> Option<&'a AdjustmentEntry> {
    view.entries.iter().find(|entry| entry.key == rule.key.as_str())
}

fn kind(asked: &Asked, rule: &Adjustment) -> String {
    match (rule.kind, asked.is_chinese()) {
        (AdjustmentKind::Bonus, true) => format!("加分，最多{}分", rule.max),
        (AdjustmentKind::Bonus, false) => format!("bonus, at most {}", rule.max),
        (AdjustmentKind::Deduction, true) => format!("扣分，最多{}分", rule.max),
        (AdjustmentKind::Deduction, false) => format!("deduction, at most {}", rule.max),
    }
}

/// A row for each item of the rubric; what is left empty does not hold.
fn form(asked: &Asked, edition: &NamedCompetition, view: &AdjustmentsView) -> Markup {
    let form = asked
        .form(Method::Put, format!("/api/v1/applications/{}/adjustments", view.application_id))
        .revision(view.revision)
        .done("已保存。", "Saved.");
    form.render(&html! {
        @for (row, rule) in edition.rules.tally.rubric.adjustments.iter().enumerate() {
            @let entry = entry(view, rule);
            fieldset.group {
                legend { (rule.name) (asked.aside(&kind(asked, rule))) }
                input type="hidden" name=(format!("/entries/{row}/key:key")) value=(rule.key);
                (form.field(&Field::number(format!("/entries/{row}/value"), asked.t("分值", "Points"))
                    .value(entry.map(|entry| entry.value.clone()).unwrap_or_default()).unit(asked.t("分", "points")).short()))
                (form.field(&Field::text(format!("/entries/{row}/basis"), asked.t("依据（文件、佐证、认定）", "Ground (document, evidence, finding)"))
                    .value(entry.map(|entry| entry.basis.clone()).unwrap_or_default()).silent()))
            }
        }
        (form.button("保存", "Save"))
    })
}

fn table(asked: &Asked, rules: &[Adjustment], view: &AdjustmentsView) -> Markup {
    Table::new(
        asked.t("加分与扣分", "Bonuses and deductions"),
        rules.iter().map(|rule| (rule, entry(view, rule))),
    )
    .head(asked.t("事项", "Item"), |(rule, _)| &rule.name)
    .column(asked.t("种类", "Kind"), |(rule, _)| kind(asked, rule))
    .number(asked.t("分值", "Points"), |(_, entry)| entry.map_or("—", |entry| &entry.value))
    .column(asked.t("依据", "Ground"), |(_, entry)| entry.map_or("", |entry| &entry.basis))
    .render()
}
