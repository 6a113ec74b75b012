//! The score sheet: evidence beside the scales, saved as it is filled in; and its correction once signed.

use serde_json::Value;

use super::super::prelude::*;
use super::evidence::{Showing, address, saving, showing};
use super::marks;
use super::scene::{self, Annexes};
use super::words::sheet_state;
use crate::actions::applications::{self, ApplicationView};
use crate::actions::duties::Scene;
use crate::actions::inspections::{self, InspectionView};
use crate::actions::sheets::{self, SheetView};
use crate::domain::application::Figures;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::scoring::Indicator;
use crate::domain::sheet::SheetState;
use crate::http::pages::photos::copies;
use crate::http::pages::values;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/applications/{application_id}/sheet", Action::FillSheet, sheet),
        page("/applications/{application_id}/sheet/correction", Action::FillSheet, correction),
    ]
}

/// What the page around a sheet shows of the application.
struct Material {
    application: ApplicationView,
    annexes: Annexes,
    inspection: InspectionView,
}

async fn sheet(request: Rc<PageRequest>) -> Result<Page> {
    let (id, scene) = scene::of(&request, Action::FillSheet).await?;
    let sheet = sheets::read_own(&request.service, &request.context, id).await?;
    let material = Material {
        application: applications::read(&request.service, &request.context, id).await?,
        annexes: Annexes::of(&request, id).await?,
        inspection: inspections::read(&request.service, &request.context, id).await?,
    };
    let open = sheet.state == SheetState::Draft && scene.stage == CompetitionState::Scoring;
    let content = html! {
        (scene::heading(&request, id, &scene, "/sheet"))
        div.split {
            section aria-label=(request.t("申报材料", "Application")) { (pane(&request, &scene, &material)) }
            section aria-label=(request.t("评分表", "Score sheet")) {
                @if open { (draft(&request, id, &scene, &sheet)) } @else { (settled(&request, id, &scene, &sheet)) }
            }
        }
    };
    let data =
        ["sheets/mine", "inspection", "evidence"].map(|rest| format!("/api/v1/applications/{id}/{rest}"));
    let mut shown = scene::page(&request, &scene, request.t("评分表", "Score sheet"), content);
    if open {
        shown = shown.script("sheet");
    }
    Ok(data.into_iter().fold(shown, Page::data))
}

/// What is read while scoring: evidence in a frame, figures, texts.
fn pane(request: &PageRequest, scene: &Scene, material: &Material) -> Markup {
    let items = material.annexes.items();
    let wanted: Option<String> = request.parameter("evidence");
    let chosen = items
        .iter()
        .filter(|item| item.scan.opens())
        .find(|item| wanted.as_ref().is_some_and(|wanted| item.id.to_string() == *wanted))
        .or_else(|| {
            items.iter().find(|item| item.scan.opens() && showing(&item.media_type) == Some(Showing::Frame))
        })
        .or_else(|| items.iter().find(|item| item.scan.opens() && showing(&item.media_type).is_some()));
    html! {
        h2 { (request.t("佐证材料", "Evidence")) }
        @if items.is_empty() {
            p.muted { (request.t("没有佐证材料。", "There is no evidence.")) }
        } @else {
            (copies(request, items))
            ol.annexes { @for item in items { li {
                @if let Some(tag) = scan_tag(request, item.scan) {
                    (item.name) " " (tag)
                } @else if showing(&item.media_type).is_some() {
                    a href=(address(request, item)) target="annex" { (item.name) }
                    " " a.muted href=(saving(item.id)) download { (request.t("保存", "Save")) }
                } @else {
                    a href=(saving(item.id)) download { (item.name) (request.t("（保存后打开）", " (save to open)")) }
                }
            } } }
        }
        @if let Some(item) = chosen {
            iframe.document name="annex" src=(address(request, item)) title=(request.t("正在查看的佐证材料", "The piece of evidence in view")) {}
        }
        (figures(request, scene, material))
        (texts(request, scene, &material.application))
    }
}

fn figures(request: &PageRequest, scene: &Scene, material: &Material) -> Markup {
    let part = material.application.parts.get("figures");
    let figures: Figures =
        part.and_then(|part| serde_json::from_value(part.content.clone()).ok()).unwrap_or_default();
    let record = material.inspection.record.as_ref();
    let claim = |indicator: &Indicator| {
        figures.figures.iter().find(|figure| figure.indicator == indicator.key.as_str())
    };
    let item = |indicator: &Indicator| {
        record.and_then(|record| record.items.iter().find(|item| item.indicator == indicator.key.as_str()))
    };
    let written = |value: Option<&Value>, indicator: &Indicator| {
        value.map_or_else(
            || "—".to_owned(),
            |value| values::written(request, value, indicator.unit.as_deref()),
        )
    };
    let table = Table::new("", scene.rules.tally.rubric.measured().map(|(indicator, _)| indicator))
        .head(request.t("指标", "Indicator"), |indicator| &indicator.name)
        .column(request.t("申报值", "Claimed value"), |indicator| written(claim(indicator).map(|claim| &claim.value), indicator))
        .column(request.t("核定值", "Verified value"), |indicator| written(item(indicator).map(|item| &item.value), indicator))
        .column(request.t("附件", "Annexes"), |indicator| html! {
            @for annex in claim(indicator).map(|claim| &*claim.evidence).unwrap_or_default() { (material.annexes.cited(request, *annex)) " " }
        })
        .scrolled();
    html! {
        details {
            summary { (request.t("指标数据：申报值与核定值", "Figures: claimed and verified")) }
            @if record.is_none() { p.muted { (request.t("考察记录签字生效后显示核定值。", "Verified values show once the inspection is signed.")) } }
            (table.render())
        }
    }
}

fn texts(request: &PageRequest, scene: &Scene, application: &ApplicationView) -> Markup {
    html! {
        @for section in &scene.rules.settings.sections {
            @let part = application.parts.get(&format!("section.{}", section.key));
            @let text = part.and_then(|part| part.content["text"].as_str()).unwrap_or_default();
            @if !text.is_empty() { details { summary { (section.title) } p.text { (text) } } }
        }
        p { a href=(request.link(&format!("/applications/{}", application.id))) { (request.t("全部申报材料", "The whole application")) } }
    }
}

/// The sheet while it is filled in.
fn draft(request: &PageRequest, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    let form = request
        .form(Method::Put, format!("/api/v1/applications/{id}/sheets/mine"))
        .revision(sheet.revision)
        .autosave()
        .done("评分表草稿已保存。", "The draft is saved.");
    let review = format!("/applications/{id}/sheet/review");
    html! {
        h2 { (request.t("评分", "Scores")) " " (sheet_state(request, (sheet.revision > 0).then_some(sheet.state))) }
        p { (request.t("评分截止 ", "Sheets are due ")) (request.time(scene.rules.settings.calendar.review.until)) }
        p.muted.keys hidden { (request.t(
            "键盘：数字键选分，方向键调整，退格键清除，回车到下一项。",
            "Keyboard: digits choose a score, arrows change it, backspace clears it, Enter goes to the next.",
        )) }
        (form.render(&html! {
            (marks::entry(&form, request, &scene.rules, &sheet.content, ""))
            div.buttons {
                button type="submit" name="_next" value=(review) { (request.t("保存并核对", "Save and review")) }
                button.secondary type="submit" { (request.t("保存草稿", "Save the draft")) }
            }
        }))
    }
}

/// The sheet when nothing can be entered any more.
fn settled(request: &PageRequest, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    html! {
        h2 { (request.t("我的评分表", "My sheet")) " " (sheet_state(request, Some(sheet.state))) }
        @match sheet.state {
            SheetState::Signed => p { a.button href=(request.link(&format!("/applications/{id}/sheet/review"))) { (request.t("回执与更正", "Receipt and corrections")) } },
            SheetState::Paper => (notice(Tone::Neutral, &html! { p { (request.t(
                "您的纸质评分表正由工作人员录入，复核后生效。",
                "Your paper sheet is being entered by clerks and holds once a second one has confirmed it.",
            )) } })),
            SheetState::Draft => (notice(Tone::Neutral, &html! { p { (request.t(
                "当前阶段不能评分。",
                "The competition is not at its scoring.",
            )) } })),
        }
        (marks::table(request, &scene.rules, &sheet.content))
    }
}

async fn correction(request: Rc<PageRequest>) -> Result<Page> {
    let (id, scene) = scene::of(&request, Action::FillSheet).await?;
    let sheet = sheets::read_own(&request.service, &request.context, id).await?;
    let title = request.t("更正评分表", "Correct the sheet");
    let content = html! {
        p.lead { (scene::about(&scene)) }
        @if sheet.state == SheetState::Signed {
            (correct(&request, id, &scene, &sheet))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t(
                "评分表尚未签署，直接修改即可。",
                "The sheet is not signed; change it as it is.",
            )) } }))
        }
    };
    Ok(scene::page(&request, &scene, title, content)
        .crumb(format!("/applications/{id}/sheet"), request.t("评分表", "Score sheet"))
        .script("sheet"))
}

fn correct(request: &PageRequest, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{id}/sheets/mine/corrections"))
        .revision(sheet.revision)
        .once();
    let reasons = scene.rules.settings.review.correction_reasons.iter();
    let reasons = reasons.map(|reason| (reason.key.clone(), reason.title.clone()));
    html! {
        div.notice.warning { p { (request.t(
            "更正是新的签署：原评分表保留存档、对监督可见，新的评分表从签署起有效。评分结束后的更正，由办公室另出汇总版本才影响结果。",
            "A correction is another signature: the old version stays and supervisors see it; the new one holds from then on. After closing it changes the result only by a further version of the tally.",
        )) } }
        (form.render(&html! {
            (form.field(&Field::radios("/reason", request.t("更正理由", "Reason of the correction"), reasons).required()))
            (form.field(&Field::area("/explanation", request.t("具体说明", "Explanation"), 3).required()))
            (marks::entry(&form, request, &scene.rules, &sheet.content, "/content"))
            (form.danger("签署更正", "Sign the correction"))
        }))
    }
}
