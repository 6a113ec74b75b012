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

pub(super) fn pages() -> Vec<Page> {
    vec![page("/applications/{application_id}/sheet/review", Action::FillSheet, review)]
}

pub(super) fn reveals() -> Vec<Reveal> {
    let signature = "/api/v1/applications/{application_id}/my-sheet/signature";
    let correction = "/api/v1/applications/{application_id}/my-sheet/corrections";
    [signature, correction].map(|path| Reveal { method: Method::Post, path, show: receipt }).into()
}

async fn review(asked: Rc<Asked>) -> Result<Shown> {
    let (id, scene) = scene::of(&asked, Action::FillSheet).await?;
    let sheet = sheets::read_own(&asked.service, &asked.visit, id).await?;
    let signed = sheet.state == SheetState::Signed;
    let content = html! {
        p.lead { (scene::about(&scene)) }
        @if let (true, Some(last)) = (signed, sheet.versions.last()) { (holds(&asked, last)) }
        (marks::table(&asked, &scene.rules, &sheet.content))
        @if signed { (after(&asked, id, &scene, &sheet)) } @else { (before(&asked, id, &scene, &sheet)) }
    };
    let title = if signed {
        asked.t("已签署的评分表", "Signed sheet")
    } else {
        asked.t("核对并签署", "Review and sign")
    };
    let shown = scene::page(&asked, &scene, title, content)
        .crumb(format!("/applications/{id}/sheet"), asked.t("评分表", "Score sheet"))
        .data(format!("/api/v1/applications/{id}/my-sheet"));
    Ok(shown)
}

fn holds(asked: &Asked, version: &SheetVersionView) -> Markup {
    facts(&[
        (asked.t("版本", "Version"), html! { (version.number) }),
        (asked.t("签署时间", "Signed"), html! { (asked.time(version.signed_at)) }),
        (asked.t("摘要（SHA-256）", "Digest (SHA-256)"), html! { code { (version.digest) } }),
    ])
}

/// What stands against signing, or the signature.
fn before(asked: &Asked, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    let rules = &scene.rules;
    let missing = check_sheet(&sheet.content, &rules.tally.rubric, &rules.settings.review, true);
    let back = asked.link(&format!("/applications/{id}/sheet"));
    let form = asked
        .form(Method::Post, format!("/api/v1/applications/{id}/my-sheet/signature"))
        .revision(sheet.revision)
        .once();
    html! {
        @if scene.stage != CompetitionState::Scoring {
            (notice(Tone::Neutral, &html! { p { (asked.t("当前阶段不能签署。", "Nothing can be signed at the present stage.")) } }))
        } @else if !missing.is_empty() {
            div.notice.warning {
                h2 { (asked.t("还不能签署", "Not ready to be signed")) }
                ul { @for problem in &missing { li {
                    @if let Some(name) = marked(scene, &sheet.content, &problem.pointer) { "“" (name) "”：" }
                    (asked.told(&problem.message))
                } } }
            }
        } @else {
            section.confirm {
                h2 { (asked.t("签署", "Signature")) }
                p { (asked.t("您将签署对下列申报的评分：", "You are about to sign your scores for: ")) strong { (scene::about(scene)) } (asked.t("。", ".")) }
                p { (asked.t(
                    "签署后不能再修改；如有笔误，只能按规定的理由提交更正，原件保留。您对自己的评审意见负责。",
                    "After that it can't be changed; a slip is corrected for one of the edition's reasons, and the original stays. You answer for your opinion.",
                )) }
                (form.render(&form.danger("签署评分表", "Sign the sheet")))
            }
        }
        p { a href=(back) { (asked.t("返回修改", "Back to the sheet")) } " · "
            a href=(asked.link(&format!("/applications/{id}/sheet/print"))) { (asked.t("打印", "Print")) } }
    }
}

/// The name of the indicator whose mark a pointer is about.
fn marked<'a>(scene: &'a Scene, content: &SheetContent, pointer: &str) -> Option<&'a str> {
    let index: usize = pointer.strip_prefix("/marks/")?.split('/').next()?.parse().ok()?;
    let key = &content.marks.get(index)?.indicator;
    let mut indicators = scene.rules.tally.rubric.indicators();
    indicators.find(|(_, indicator)| indicator.key.as_str() == key).map(|(_, indicator)| &*indicator.name)
}

fn after(asked: &Asked, id: ApplicationId, scene: &Scene, sheet: &SheetView) -> Markup {
    let correctable = matches!(
        scene.stage,
        CompetitionState::Scoring | CompetitionState::Selection | CompetitionState::Notice
    );
    html! {
        div.buttons {
            a.button href=(asked.link(&format!("/competitions/{}/panel", scene.competition))) { (asked.t("返回我的评审", "Back to my panel")) }
            a.button.secondary href=(asked.link(&format!("/applications/{id}/sheet/print"))) { (asked.t("打印评分表", "Print the sheet")) }
            @if correctable {
                a.button.secondary href=(asked.link(&format!("/applications/{id}/sheet/correction"))) { (asked.t("更正", "Correct it")) }
            }
        }
        @if sheet.versions.len() > 1 {
            h2 { (asked.t("历次签署", "Signed versions")) }
            ol { @for version in &sheet.versions { li {
                details {
                    summary { (asked.t("第", "Version ")) (version.number) (asked.t("版，", ", ")) (asked.time(version.signed_at)) }
                    (holds(asked, version))
                    @if let Some(correction) = &version.sheet.correction { p.text { (reason(scene, &correction.reason)) (asked.t("：", ": ")) (correction.explanation) } }
                    (marks::table(asked, &scene.rules, &version.sheet.content))
                }
            } } }
        }
    }
}

/// A reason for correction, in the edition's words.
fn reason<'a>(scene: &'a Scene, key: &'a str) -> &'a str {
    let reasons = &scene.rules.settings.review.correction_reasons;
    reasons.iter().find(|reason| reason.key == key).map_or(key, |reason| &reason.title)
}

/// Where one's judging is after a signature.
fn after_signing<'a>(asked: &'a Asked, receipt: &SheetReceiptView) -> Whereabouts<'a> {
    let tallied = asked.t(
        "评分截止后形成汇总，经第二人复核后由领导小组审议；此前对其他人保密",
        "after the deadline a tally is made, confirmed by a second person and deliberated on; hidden from others until then",
    );
    if receipt.unsigned > 0 {
        return Whereabouts {
            now: asked.t("本件已签署，还有评分表未签署", "signed; other sheets are not signed yet"),
            who: Some(asked.t("您本人", "you")),
            until: Some(receipt.until),
            next: tallied,
        };
    }
    Whereabouts {
        now: asked.t("您的评分表已全部签署", "all your sheets are signed"),
        who: Some(asked.t("领导小组办公室", "the leading-group office")),
        until: Some(receipt.until),
        next: tallied,
    }
}

/// The receipt of a signature.
fn receipt(asked: &Asked, _: &Fields, answer: &Value) -> Result<Shown> {
    let receipt: SheetReceiptView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let sheet = format!("/applications/{}/sheet", receipt.application_id);
    let content = html! {
        (notice(Tone::Good, &html! { p { (asked.t("评分表已签署，这是回执。", "The sheet is signed; this is the receipt.")) } }))
        (facts(&[
            (asked.t("竞赛", "Edition"), html! { (receipt.edition) }),
            (asked.t("申报", "Application"), html! {
                (receipt.application_title) br;
                span.muted { (receipt.application_number.as_deref().unwrap_or_default()) " · " (receipt.region) }
            }),
            (asked.t("评审专家", "Expert"), html! { (receipt.expert) }),
            (asked.t("版本", "Version"), html! { (receipt.number) }),
            (asked.t("签署时间", "Signed"), html! { (asked.time(receipt.signed_at)) }),
            (asked.t("摘要（SHA-256）", "Digest (SHA-256)"), html! { code { (receipt.digest) } }),
        ]))
        p.muted { (asked.t("摘要可证明您签署的内容未被改动，请留存。", "Keep the digest: it proves what was signed.")) }
        (after_signing(asked, &receipt).block(asked))
        div.buttons {
            @if receipt.unsigned > 0 {
                a.button href=(asked.link(&format!("/competitions/{}/panel/next", receipt.competition_id))) { (asked.t("下一件", "The next")) (asked.aside(&receipt.unsigned)) }
            }
            a.button.secondary href=(asked.link("/desk")) { (asked.t("回到工作台", "To your desk")) }
            a.button.secondary href=(asked.link(&format!("{sheet}/print"))) { (asked.t("打印评分表", "Print the sheet")) }
            a.button.secondary href=(asked.link(&format!("{sheet}/review"))) { (asked.t("查看评分表", "See the sheet")) }
        }
    };
    Ok(Shown::new(asked.t("签署回执", "Receipt"), content)
        .crumb("/desk", asked.t("工作台", "Desk"))
        .crumb(sheet, asked.t("评分表", "Score sheet")))
}
