//! What the automatic check for conflicts finds: conflicts, what could not be checked, and what is clear, apart.

use std::collections::{BTreeMap, BTreeSet};

use super::super::prelude::*;
use super::{application_link, applications_of, competition, of_competition};
use crate::actions::names::ApplicationNames;
use crate::actions::panels::{self, ConflictsView};
use crate::domain::expert::{Conflict, Unchecked};
use crate::domain::ids::ApplicationId;

/// Applications that are named one by one without a click.
const SHORT: usize = 5;

pub(super) async fn conflicts(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let found = panels::conflicts(&request.service, &request.context, id).await?;
    let known = applications_of(&request, id).await?;
    let barred = found.iter().filter(|view| !view.conflicts.is_empty()).count();
    let unchecked = found.iter().filter(|view| !view.unchecked.is_empty()).count();
    let told = request.either(
        format!("共{}名专家：{barred}名有应回避的申报，{unchecked}名有未能核实的申报。", found.len()),
        format!(
            "{}: {barred} with conflicts, {unchecked} with something unchecked.",
            count(found.len(), "expert", "experts")
        ),
    );
    let content = html! {
        p.lead { (told) }
        p { (request.t(
            "按现有资料自动检查每名专家与每件已受理申报，资料变动后随时重查。“待核实”不等于“无利害关系”。",
            "Each expert is checked against each accepted application, as things stand now. Unchecked is not the same as clear.",
        )) }
        (print_button(&request))
        (table(&request, &known, &found))
    };
    Ok(of_competition(
        &request,
        &competition,
        "/conflicts",
        request.t("回避检查", "Conflicts of interest"),
        &content,
    )
    .data(format!("/api/v1/competitions/{id}/conflicts"))
    .table(&tables::CONFLICTS, format!("/api/v1/competitions/{id}/conflicts")))
}

fn table(request: &PageRequest, known: &ApplicationNames, found: &[ConflictsView]) -> Markup {
    let first = html! { p { a href=(request.link("/experts")) { (request.t("专家库为空：先增加或导入专家", "The pool is empty: add or import experts first")) } } };
    Table::new(request.t("按专家", "By expert"), found)
        .head(request.t("专家", "Expert"), |view| html! {
            a href=(request.link(&format!("/experts/{}", view.expert_id))) { (view.name) } div.hint { (view.unit) }
        })
        .column(request.t("应回避", "Conflict"), |view| html! {
            @if view.conflicts.is_empty() { "—" } @else { (barred(request, known, &view.conflicts, Tone::Bad)) }
        })
        .column(request.t("待核实", "Unchecked"), |view| html! {
            @if view.unchecked.is_empty() { "—" } @else {
                (not_looked_at(request, &view.unchecked))
                @if !view.alike.is_empty() { (barred(request, known, &view.alike, Tone::Warning)) }
            }
        })
        .number(request.t("无利害关系", "Clear"), |view| view.clear)
        .empty_with(first)
        .render()
}

fn pieces(request: &PageRequest, number: usize) -> String {
    request.either(format!("{number}件"), count(number, "application", "applications"))
}

fn barred(
    request: &PageRequest,
    known: &ApplicationNames,
    conflicts: &BTreeMap<ApplicationId, Vec<Conflict>>,
    tone: Tone,
) -> Markup {
    let list = html! {
        ul { @for (application, found) in conflicts {
            li {
                (application_link(request, known, *application)) (request.t("：", ": "))
                @for (index, conflict) in found.iter().enumerate() {
                    @if index > 0 { (request.t("；", "; ")) }
                    (conflict.kind.in_language(request.language)) " " span.muted { (conflict.basis) }
                }
            }
        } }
    };
    html! {
        (tag(&pieces(request, conflicts.len()), tone))
        @if conflicts.len() <= SHORT { (list) } @else {
            details { summary { (request.t("逐件", "One by one")) } (list) }
        }
    }
}

fn not_looked_at(request: &PageRequest, unchecked: &BTreeMap<ApplicationId, Vec<Unchecked>>) -> Markup {
    let reasons: BTreeSet<&Unchecked> = unchecked.values().flatten().collect();
    html! {
        (tag(&pieces(request, unchecked.len()), Tone::Warning))
        ul { @for reason in reasons { li { (reason.in_language(request.language)) } } }
    }
}
