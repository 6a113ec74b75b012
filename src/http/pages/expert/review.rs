//! The sheet before it is signed, its signature, and what is kept of it: receipts and earlier versions.

use serde_json::Value;

use super::super::prelude::*;
use super::{marks, scene};
use crate::actions::duties::Scene;
use crate::actions::sheets::{self, SheetReceiptView, SheetVersionView, SheetView};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::sheet::{SheetContent, SheetState, check_sheet};
use crate::http::pages::fields::Fields;
use crate::http::pages::whereabouts::Whereabouts;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/sheet/review", Action::FillSheet, review)]
}

pub(super) fn reveals() -> Vec<Reveal> {
    let signature = "/api/v1/applications/{application_id}/sheets/mine/signature";
    let correction = "/api/v1/applications/{application_id}/sheets/mine/corrections";
    [signature, correction].map(|path| Reveal { method: Method::Post, path, show: receipt }).into()
}

async fn review(request: Rc<PageRequest>) -> Result<Page> {
    let (id, scene) = scene::of(&request, Action::FillSheet).await?;
    let sheet = sheets::read_own(&request.service, &request.context, id).await?;
    let signed = sheet.state == SheetState::Signed;
    let content = html! {
        p.lead { (scene::about(&scene)) }
        @if let (true, Some(last)) = (signed, sheet.versions.last()) { (holds(&request, last)) }
        (marks::table(&request, &scene.rules, &sheet.content))
        @if signed { (after(&request, id, &scene, &sheet)) } @else { (before(&request, id, &scene, &sheet)) }
    };
    let title = if signed {
        request.t("已签署的评分表", "Signed sheet")
    } else {
        request.t("核对并签署", "Review and sign")
    };
    let shown = scene::page(&request, &scene, title, content)
        .crumb(format!("/applications/{id}/sheet"), request.t("评分表", "Score sheet"))
        .data(format!("/api/v1/applications/{id}/sheets/mine"));
    Ok(shown)
}

fn holds(request: &PageRequest, version: &SheetVersionView) -> Markup {
    facts(&[
        (request.t("版本", "Version"), html! { (version.number) }),
        (request.t("签署时间", "Signed"), html! { (request.time(version.signed_at)) }),
        (request.t("摘要（SHA-256）", "Digest (SHA-256)"), html! { code { (version.digest) } }),
    ])
}

/// What blocks signing, or the signature.
fn before(request: &PageRequest, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    let rules = &scene.rules;
    let missing = check_sheet(&sheet.content, &rules.tally.rubric, &rules.settings.review, true);
    let back = request.link(&format!("/applications/{id}/sheet"));
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{id}/sheets/mine/signature"))
        .revision(sheet.revision)
        .once();
    html! {
        @if scene.stage != CompetitionState::Scoring {
            (notice(Tone::Neutral, &html! { p { (request.t("当前阶段不能签署。", "Nothing can be signed at the present stage.")) } }))
        } @else if !missing.is_empty() {
            div.notice.warning {
                h2 { (request.t("还不能签署", "Not ready to be signed")) }
                ul { @for problem in &missing { li {
                    @if let Some(name) = marked(scene, &sheet.content, &problem.pointer) { "“" (name) "”：" }
                    (request.localized(&problem.message))
                } } }
            }
        } @else {
            section.confirm {
                h2 { (request.t("签署", "Signature")) }
                p { (request.t("您将签署对下列申报的评分：", "You are about to sign your scores for: ")) strong { (scene::about(scene)) } (request.t("。", ".")) }
                p { (request.t(
                    "签署后不能再修改；如有笔误，只能按规定的理由提交更正，原件保留。您对自己的评审意见负责。",
                    "After that it can't be changed; a slip is corrected for one of the competition's reasons, and the original stays. You answer for your opinion.",
                )) }
                (form.render(&form.danger("签署评分表", "Sign the score sheet")))
            }
        }
        p { a href=(back) { (request.t("返回修改", "Go back and change it")) } " · "
            a href=(request.link(&format!("/applications/{id}/sheet/print"))) { (request.t("打印", "Print")) } }
    }
}

/// The name of the indicator whose mark a pointer is about.
fn marked<'a>(scene: &'a Scene, content: &SheetContent, pointer: &str) -> Option<&'a str> {
    let index: usize = pointer.strip_prefix("/marks/")?.split('/').next()?.parse().ok()?;
    let key = &content.marks.get(index)?.indicator;
    let mut indicators = scene.rules.tally.rubric.indicators();
    indicators.find(|(_, indicator)| indicator.key.as_str() == key).map(|(_, indicator)| &*indicator.name)
}

fn after(request: &PageRequest, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    let correctable = matches!(
        scene.stage,
        CompetitionState::Scoring | CompetitionState::Selection | CompetitionState::Notice
    );
    html! {
        div.buttons {
            a.button href=(request.link(&format!("/competitions/{}/panel", scene.competition))) { (request.t("返回我的评审", "Back to my panel")) }
            a.button.secondary href=(request.link(&format!("/applications/{id}/sheet/print"))) { (request.t("打印评分表", "Print the sheet")) }
            @if correctable {
                a.button.secondary href=(request.link(&format!("/applications/{id}/sheet/correction"))) { (request.t("更正", "Correct it")) }
            }
        }
        @if sheet.versions.len() > 1 {
            h2 { (request.t("历次签署", "Signed versions")) }
            ol { @for version in &sheet.versions { li {
                details {
                    summary { (request.t("第", "Version ")) (version.number) (request.t("版，", ", ")) (request.time(version.signed_at)) }
                    (holds(request, version))
                    @if let Some(correction) = &version.sheet.correction { p.text { (reason(scene, &correction.reason)) (request.t("：", ": ")) (correction.explanation) } }
                    (marks::table(request, &scene.rules, &version.sheet.content))
                }
            } } }
        }
    }
}

/// A reason for correction, in the competition's words.
fn reason<'a>(scene: &'a Scene, key: &'a str) -> &'a str {
    let reasons = &scene.rules.settings.review.correction_reasons;
    reasons.iter().find(|reason| reason.key == key).map_or(key, |reason| &reason.title)
}

/// Where one's judging is after a signature.
fn after_signing<'a>(request: &'a PageRequest, receipt: &SheetReceiptView) -> Whereabouts<'a> {
    let tallied = request.t(
        "评分截止后形成汇总，经第二人复核后由领导小组审议；此前对其他人保密",
        "after the deadline a tally is made, confirmed by a second person and deliberated on; hidden from others until then",
    );
    if receipt.unsigned > 0 {
        return Whereabouts {
            now: request.t("本件已签署，还有评分表未签署", "signed; other sheets are not signed yet"),
            who: Some(request.t("您本人", "you")),
            until: Some(receipt.due_at),
            next: tallied,
        };
    }
    Whereabouts {
        now: request.t("您的评分表已全部签署", "all your sheets are signed"),
        who: Some(request.t("领导小组办公室", "the leading-group office")),
        until: Some(receipt.due_at),
        next: tallied,
    }
}

/// The receipt of a signature.
fn receipt(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let receipt: SheetReceiptView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let sheet = format!("/applications/{}/sheet", receipt.application_id);
    let content = html! {
        (notice(Tone::Good, &html! { p { (request.t("评分表已签署，这是回执。", "The sheet is signed; this is the receipt.")) } }))
        (facts(&[
            (request.t("竞赛", "Competition"), html! { (receipt.competition_title) }),
            (request.t("申报", "Application"), html! {
                (receipt.application_title) br;
                span.muted { (receipt.application_number.as_deref().unwrap_or_default()) " · " (receipt.lead_region.name) }
            }),
            (request.t("评审专家", "Expert"), html! { (receipt.expert_name) }),
            (request.t("版本", "Version"), html! { (receipt.number) }),
            (request.t("签署时间", "Signed"), html! { (request.time(receipt.signed_at)) }),
            (request.t("摘要（SHA-256）", "Digest (SHA-256)"), html! { code { (receipt.digest) } }),
        ]))
        p.muted { (request.t("摘要可证明您签署的内容未被改动，请留存。", "Keep the digest: it proves what was signed.")) }
        (after_signing(request, &receipt).block(request))
        div.buttons {
            @if receipt.unsigned > 0 {
                a.button href=(request.link(&format!("/competitions/{}/panel/next", receipt.competition_id))) { (request.t("下一件", "The next")) (request.aside(&receipt.unsigned)) }
            }
            a.button.secondary href=(request.link("/desk")) { (request.t("回到工作台", "To your desk")) }
            a.button.secondary href=(request.link(&format!("{sheet}/print"))) { (request.t("打印评分表", "Print the sheet")) }
            a.button.secondary href=(request.link(&format!("{sheet}/review"))) { (request.t("查看评分表", "See the score sheet")) }
        }
    };
    Ok(Page::new(request.t("签署回执", "Receipt"), content)
        .crumb("/desk", request.t("工作台", "Desk"))
        .crumb(sheet, request.t("评分表", "Score sheet")))
}
