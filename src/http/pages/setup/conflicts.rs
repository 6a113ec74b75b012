//! What the automatic check for conflicts finds: conflicts, what could not be checked, and what is clear, apart.

use std::collections::{BTreeMap, BTreeSet};

use super::super::prelude::*;
use super::{application_link, applications_of, edition, of_edition};
use crate::actions::names::ApplicationNames;
use crate::actions::panels::{self, ConflictsView};
use crate::domain::expert::{Conflict, Unchecked};
use crate::domain::ids::ApplicationId;

/// Applications that are named one by one without a click.
const SHORT: usize = 5;

pub(super) async fn conflicts(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let found = panels::conflicts(&asked.service, &asked.visit, id).await?;
    let known = applications_of(&asked, id).await?;
    let barred = found.iter().filter(|view| !view.conflicts.is_empty()).count();
    let unchecked = found.iter().filter(|view| !view.unchecked.is_empty()).count();
    let told = asked.either(
        format!("共{}名专家：{barred}名有应回避的申报，{unchecked}名有未能核实的申报。", found.len()),
        format!("{} experts: {barred} with conflicts, {unchecked} with something unchecked.", found.len()),
    );
    let content = html! {
        p.lead { (told) }
        p { (asked.t(
            "按现有资料自动检查每名专家与每件已受理申报，资料变动后随时重查。“待核实”不等于“无利害关系”。",
            "Each expert is checked against each accepted application, as things stand now. Unchecked is not the same as clear.",
        )) }
        (print_button(&asked))
        (table(&asked, &known, &found))
    };
    Ok(of_edition(&asked, &edition, "/conflicts", asked.t("回避检查", "Conflicts of interest"), &content)
        .data(format!("/api/v1/competitions/{id}/conflicts")))
}

fn table(asked: &Asked, known: &ApplicationNames, found: &[ConflictsView]) -> Markup {
    let first = html! { p { a href=(asked.link("/experts")) { (asked.t("专家库为空：先增加或导入专家", "The pool is empty: add or import experts first")) } } };
    Table::new(asked.t("按专家", "By expert"), found)
        .head(asked.t("专家", "Expert"), |view| html! {
            a href=(asked.link(&format!("/experts/{}", view.expert_id))) { (view.name) } div.hint { (view.unit) }
        })
        .column(asked.t("应回避", "Conflict"), |view| html! {
            @if view.conflicts.is_empty() { "—" } @else { (barred(asked, known, &view.conflicts, Tone::Bad)) }
        })
        .column(asked.t("待核实", "Unchecked"), |view| html! {
            @if view.unchecked.is_empty() { "—" } @else {
                (not_looked_at(asked, &view.unchecked))
                @if !view.alike.is_empty() { (barred(asked, known, &view.alike, Tone::Warning)) }
            }
        })
        .number(asked.t("无利害关系", "Clear"), |view| view.clear)
        .empty_with(first)
        .render()
}

fn count(asked: &Asked, number: usize) -> String {
    if asked.is_chinese() { format!("{number}件") } else { format!("{number} applications") }
}

fn barred(
    asked: &Asked,
    known: &ApplicationNames,
    conflicts: &BTreeMap<ApplicationId, Vec<Conflict>>,
    tone: Tone,
) -> Markup {
    let list = html! {
        ul { @for (application, found) in conflicts {
            li {
                (application_link(asked, known, *application)) (asked.t("：", ": "))
                @for (index, conflict) in found.iter().enumerate() {
                    @if index > 0 { (asked.t("；", "; ")) }
                    (conflict.kind.in_language(asked.language)) " " span.muted { (conflict.basis) }
                }
            }
        } }
    };
    html! {
        (tag(&count(asked, conflicts.len()), tone))
        @if conflicts.len() <= SHORT { (list) } @else {
            details { summary { (asked.t("逐件", "One by one")) } (list) }
        }
    }
}

fn not_looked_at(asked: &Asked, unchecked: &BTreeMap<ApplicationId, Vec<Unchecked>>) -> Markup {
    let reasons: BTreeSet<&Unchecked> = unchecked.values().flatten().collect();
    html! {
        (tag(&count(asked, unchecked.len()), Tone::Warning))
        ul { @for reason in reasons { li { (reason.in_language(asked.language)) } } }
    }
}
