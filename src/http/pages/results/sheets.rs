//! All sheets of an application, with every signed version.

use super::super::prelude::*;
use crate::actions::applications::{self, ApplicationView};
use crate::actions::names::{self, NamedCompetition};
use crate::actions::sheets::{self, ExpertSheetView, SheetVersionView};
use crate::domain::competition::CompetitionState;
use crate::domain::scoring::Indicator;
use crate::domain::sheet::{SheetState, judged};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/sheets", Action::ReadSheets, list)]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("application_id")?;
    let application = applications::read(&request.service, &request.context, id).await?;
    let competition =
        names::competition(&request.service, &request.context, application.competition_id).await?;
    let hidden = request.role() != Some(Role::Supervisor) && competition.state < CompetitionState::Selection;
    let sheets =
        if hidden { Vec::new() } else { sheets::list(&request.service, &request.context, id).await? };
    let content = html! {
        (application_views(&request, id, "/sheets"))
        p.screen {
            a href=(request.link(&format!("/applications/{id}/adjustments"))) { (request.t("加分与扣分", "Bonuses and deductions")) }
            @if request.role() == Some(Role::Supervisor) {
                " · "
                a href=(request.link(&format!("/applications/{id}/suspension"))) { (request.t("暂停该名称", "Suspend this name")) }
            }
        }
        @if hidden {
            (notice(Tone::Neutral, &html! { p { (request.t(
                "评分结束前，评分表对领导小组办公室保密。各位专家的签署进度见进度页。",
                "Sheets are hidden from the office until scoring is closed. How far the experts are stands on the progress page.",
            )) " " a href=(request.link(&format!("/competitions/{}/progress", competition.id))) { (request.t("进度", "Progress")) } } }))
            @if request.role() == Some(Role::Office) {
                p { a href=(request.link(&format!("/applications/{id}/paper-sheets"))) { (request.t("录入纸质评分表", "Enter paper sheets")) } }
            }
        } @else if sheets.is_empty() {
            (empty(&html! { p { (request.t("该申报还没有评分表。", "There are no sheets of this application yet.")) } }))
        } @else {
            (matrix(&request, &competition, &sheets))
            @for sheet in &sheets { (expert(&request, &competition, sheet)) }
            div.buttons.screen { (print_button(&request)) }
        }
    };
    Ok(shown(&request, &competition, &application, request.t("评分表", "Score sheets"), content)
        .document_if(
            sheets.iter().any(|sheet| !sheet.versions.is_empty()),
            &printed::SHEETS,
            format!("/api/v1/applications/{id}/sheets"),
        )
        .data(format!("/api/v1/applications/{id}/sheets")))
}

/// A page of an application, below its competition.
pub(super) fn shown(
    request: &PageRequest,
    competition: &NamedCompetition,
    application: &ApplicationView,
    title: &str,
    content: Markup,
) -> Page {
    let name = competition.applications.get(&application.id);
    let words = name.map_or_else(|| application.id.to_string(), |name| name.title.clone());
    Page::new(title, content)
        .crumb("/applications", request.t("申报材料", "Applications"))
        .crumb(format!("/applications/{}", application.id), words)
}

/// What holds of each expert, side by side.
fn matrix(request: &PageRequest, competition: &NamedCompetition, sheets: &[ExpertSheetView]) -> Markup {
    let signed: Vec<(&ExpertSheetView, &SheetVersionView)> =
        sheets.iter().filter_map(|sheet| Some((sheet, sheet.versions.last()?))).collect();
    if signed.is_empty() {
        return html! { p { (request.t("还没有签署的评分表。", "No sheet is signed yet.")) } };
    }
    let table = Table::new(request.t("各专家现行评分表的分数", "Scores of the sheets that hold"), judged(&competition.rules.tally.rubric))
        .head(request.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
        .number(request.t("分值范围", "Scale"), |(_, scale)| html! { (scale.min) "–" (scale.max) })
        .each(&signed, |table, (sheet, version)| table
            .number(sheet.name.as_str(), |(indicator, _)| score(version, indicator.key.as_str()))
            .heading(html! { (sheet.name) @if !sheet.is_serving { " " span.muted { (request.t("（已回避）", "(recused)")) } } }))
        .scrolled();
    html! { h2 { (request.t("并排对照", "Compare side by side")) } (table.render()) }
}

fn score<'a>(version: &'a SheetVersionView, indicator: &str) -> &'a str {
    let marks = &version.sheet.content.marks;
    let mark = marks.iter().find(|mark| mark.indicator == indicator);
    mark.and_then(|mark| mark.score.as_deref()).unwrap_or("—")
}

fn expert(request: &PageRequest, competition: &NamedCompetition, sheet: &ExpertSheetView) -> Markup {
    let tone = if sheet.state == SheetState::Signed { Tone::Good } else { Tone::Active };
    html! {
        h2 {
            (sheet.name) " " (tag(state(request, sheet.state), tone))
            @if !sheet.is_serving { " " (tag(request.t("已回避，不计入", "recused: does not count"), Tone::Neutral)) }
        }
        @for version in sheet.versions.iter().rev() {
            details open[Some(version.number) == sheet.versions.last().map(|last| last.number)] {
                summary {
                    @if request.is_chinese() { "第" (version.number) "次签署" } @else { "Signed version " (version.number) }
                    (request.t("，", ", ")) (request.time(version.signed_at))
                }
                (signed_version(request, competition, version))
            }
        }
        @if sheet.versions.is_empty() { p.muted { (request.t("尚未签署。", "Not signed yet.")) } }
    }
}

fn state(request: &PageRequest, state: SheetState) -> &'static str {
    let (zh, en) = match state {
        SheetState::Draft => ("草稿", "draft"),
        SheetState::Paper => ("纸质表待第二人录入", "paper sheet, to be entered by a second person"),
        SheetState::Signed => ("已签署", "signed"),
    };
    if request.is_chinese() { zh } else { en }
}

fn signed_version(
    request: &PageRequest,
    competition: &NamedCompetition,
    version: &SheetVersionView,
) -> Markup {
    let sheet = &version.sheet;
    let mark = |indicator: &Indicator| {
        sheet.content.marks.iter().find(|mark| mark.indicator == indicator.key.as_str())
    };
    let table =
        Table::new(request.t("分数与理由", "Scores and reasons"), judged(&competition.rules.tally.rubric))
            .head(request.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
            .number(request.t("分数", "Score"), |(indicator, _)| {
                mark(indicator).and_then(|mark| mark.score.as_deref()).unwrap_or("—")
            })
            .text(request.t("理由", "Reason"), |(indicator, _)| {
                mark(indicator).map_or("", |mark| &mark.reason)
            })
            .scrolled();
    html! {
        @if let Some(correction) = &sheet.correction {
            (notice(Tone::Warning, &html! { p {
                (request.t("更正：", "Correction: ")) strong { (correction_words(competition, &correction.reason)) }
                (request.t("。", ". ")) (correction.explanation)
            } }))
        }
        @if sheet.paper.is_some() {
            p.muted { (request.t("专家在纸质表上签名，由两人分别录入。", "Signed on paper and entered by two persons.")) }
        }
        (table.render())
        @if !sheet.content.opinion.is_empty() { h3 { (request.t("总体意见", "Overall opinion")) } p.text { (sheet.content.opinion) } }
        @if !sheet.content.dissent.is_empty() { h3 { (request.t("不同意见", "Dissent")) } p.text { (sheet.content.dissent) } }
        p.muted { (request.t("签署内容的摘要：", "Digest of what was signed: ")) code { (version.digest) } }
    }
}

fn correction_words(competition: &NamedCompetition, key: &str) -> String {
    let reasons = &competition.rules.settings.review.correction_reasons;
    reasons
        .iter()
        .find(|reason| reason.key == key)
        .map_or_else(|| key.to_owned(), |reason| reason.title.clone())
}
