//! All sheets of an application, with every signed version.

use super::super::prelude::*;
use crate::actions::applications::{self, ApplicationView};
use crate::actions::names::{self, NamedCompetition};
use crate::actions::sheets::{self, ExpertSheetView, SheetVersionView};
use crate::domain::competition::CompetitionState;
use crate::domain::scoring::Indicator;
use crate::domain::sheet::{SheetState, judged};

pub(super) fn pages() -> Vec<Page> {
    vec![page("/applications/{application_id}/sheets", Action::ReadSheets, list)]
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("application_id")?;
    let application = applications::read(&asked.service, &asked.visit, id).await?;
    let edition = names::edition(&asked.service, &asked.visit, application.competition_id).await?;
    let hidden = asked.role() != Some(Role::Supervisor) && edition.state < CompetitionState::Selection;
    let sheets = if hidden { Vec::new() } else { sheets::list(&asked.service, &asked.visit, id).await? };
    let content = html! {
        (application_views(&asked, id, "/sheets"))
        p.screen {
            a href=(asked.link(&format!("/applications/{id}/adjustments"))) { (asked.t("加分与扣分", "Bonuses and deductions")) }
            @if asked.role() == Some(Role::Supervisor) {
                " · "
                a href=(asked.link(&format!("/applications/{id}/suspension"))) { (asked.t("暂停该名称", "Suspend this name")) }
            }
        }
        @if hidden {
            (notice(Tone::Neutral, &html! { p { (asked.t(
                "评分结束前，评分表对领导小组办公室保密。各位专家的签署进度见进度页。",
                "Sheets are hidden from the office until scoring is closed. How far the experts are stands on the progress page.",
            )) " " a href=(asked.link(&format!("/competitions/{}/progress", edition.id))) { (asked.t("进度", "Progress")) } } }))
            @if asked.role() == Some(Role::Office) {
                p { a href=(asked.link(&format!("/applications/{id}/paper-sheets"))) { (asked.t("录入纸质评分表", "Enter sheets signed on paper")) } }
            }
        } @else if sheets.is_empty() {
            (empty(&html! { p { (asked.t("该申报还没有评分表。", "There are no sheets of this application yet.")) } }))
        } @else {
            (matrix(&asked, &edition, &sheets))
            @for sheet in &sheets { (expert(&asked, &edition, sheet)) }
            div.buttons.screen { (print_button(&asked)) }
        }
    };
    Ok(shown(&asked, &edition, &application, asked.t("评分表", "Score sheets"), content)
        .data(format!("/api/v1/applications/{id}/sheets")))
}

/// A page of an application, below its edition.
pub(super) fn shown(
    asked: &Asked,
    edition: &NamedCompetition,
    application: &ApplicationView,
    title: &str,
    content: Markup,
) -> Shown {
    let name = edition.applications.get(&application.id);
    let words = name.map_or_else(|| application.id.to_string(), |name| name.title.clone());
    Shown::new(title, content)
        .crumb("/applications", asked.t("申报材料", "Applications"))
        .crumb(format!("/applications/{}", application.id), words)
}

/// What holds of each expert, side by side.
fn matrix(asked: &Asked, edition: &NamedCompetition, sheets: &[ExpertSheetView]) -> Markup {
    let signed: Vec<(&ExpertSheetView, &SheetVersionView)> =
        sheets.iter().filter_map(|sheet| Some((sheet, sheet.versions.last()?))).collect();
    if signed.is_empty() {
        return html! { p { (asked.t("还没有签署的评分表。", "No sheet is signed yet.")) } };
    }
    let table = Table::new(asked.t("各专家现行评分表的分数", "Scores of the sheets that hold"), judged(&edition.rules.tally.rubric))
        .head(asked.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
        .number(asked.t("分值范围", "Scale"), |(_, scale)| html! { (scale.min) "–" (scale.max) })
        .each(&signed, |table, (sheet, version)| table
            .number(sheet.name.as_str(), |(indicator, _)| score(version, indicator.key.as_str()))
            .heading(html! { (sheet.name) @if !sheet.serving { " " span.muted { (asked.t("（已回避）", "(recused)")) } } }))
        .scrolled();
    html! { h2 { (asked.t("对照", "Side by side")) } (table.render()) }
}

fn score<'a>(version: &'a SheetVersionView, indicator: &str) -> &'a str {
    let marks = &version.sheet.content.marks;
    let mark = marks.iter().find(|mark| mark.indicator == indicator);
    mark.and_then(|mark| mark.score.as_deref()).unwrap_or("—")
}

fn expert(asked: &Asked, edition: &NamedCompetition, sheet: &ExpertSheetView) -> Markup {
    let tone = if sheet.state == SheetState::Signed { Tone::Good } else { Tone::Active };
    html! {
        h2 {
            (sheet.name) " " (tag(state(asked, sheet.state), tone))
            @if !sheet.serving { " " (tag(asked.t("已回避，不计入", "recused: does not count"), Tone::Neutral)) }
        }
        @for version in sheet.versions.iter().rev() {
            details open[Some(version.number) == sheet.versions.last().map(|last| last.number)] {
                summary {
                    @if asked.is_chinese() { "第" (version.number) "次签署" } @else { "Signed version " (version.number) }
                    (asked.t("，", ", ")) (asked.time(version.signed_at))
                }
                (signed_version(asked, edition, version))
            }
        }
        @if sheet.versions.is_empty() { p.muted { (asked.t("尚未签署。", "Not signed yet.")) } }
    }
}

fn state(asked: &Asked, state: SheetState) -> &'static str {
    let (zh, en) = match state {
        SheetState::Draft => ("草稿", "draft"),
        SheetState::Paper => ("纸质表待第二人录入", "paper sheet, to be entered by a second person"),
        SheetState::Signed => ("已签署", "signed"),
    };
    if asked.is_chinese() { zh } else { en }
}

fn signed_version(asked: &Asked, edition: &NamedCompetition, version: &SheetVersionView) -> Markup {
    let sheet = &version.sheet;
    let mark = |indicator: &Indicator| {
        sheet.content.marks.iter().find(|mark| mark.indicator == indicator.key.as_str())
    };
    let table = Table::new(asked.t("分数与理由", "Scores and reasons"), judged(&edition.rules.tally.rubric))
        .head(asked.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
        .number(asked.t("分数", "Score"), |(indicator, _)| {
            mark(indicator).and_then(|mark| mark.score.as_deref()).unwrap_or("—")
        })
        .text(asked.t("理由", "Reason"), |(indicator, _)| mark(indicator).map_or("", |mark| &mark.reason))
        .scrolled();
    html! {
        @if let Some(correction) = &sheet.correction {
            (notice(Tone::Warning, &html! { p {
                (asked.t("更正：", "Correction: ")) strong { (correction_words(edition, &correction.reason)) }
                (asked.t("。", ". ")) (correction.explanation)
            } }))
        }
        @if sheet.paper.is_some() {
            p.muted { (asked.t("专家在纸质表上签名，由两人分别录入。", "Signed on paper and entered by two persons.")) }
        }
        (table.render())
        @if !sheet.content.opinion.is_empty() { h3 { (asked.t("总体意见", "Overall opinion")) } p.text { (sheet.content.opinion) } }
        @if !sheet.content.dissent.is_empty() { h3 { (asked.t("不同意见", "Dissent")) } p.text { (sheet.content.dissent) } }
        p.muted { (asked.t("签署内容的摘要：", "Digest of what was signed: ")) code { (version.digest) } }
    }
}

fn correction_words(edition: &NamedCompetition, key: &str) -> String {
    let reasons = &edition.rules.settings.review.correction_reasons;
    reasons
        .iter()
        .find(|reason| reason.key == key)
        .map_or_else(|| key.to_owned(), |reason| reason.title.clone())
}
