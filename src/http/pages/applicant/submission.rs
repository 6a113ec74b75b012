//! Submitting and withdrawing; what was submitted, with its receipt.

use super::super::prelude::*;
use super::super::whereabouts::of_application;
use super::super::words;
use super::context::{Context, chain};
use super::parts::closed;
use super::{completeness, content, correction};
use crate::actions::applications::{self, SubmissionView};
use crate::actions::competitions::OpenPoint;
use crate::domain::application::{ApplicationState, Figures};

/// Says what submitting means, and lets one do it.
pub(super) async fn submit(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let found = applications::completeness(&asked.service, &asked.visit, context.view.id).await?;
    let body = html! {
        @if context.view.state == ApplicationState::Correction { (correction::beside(&asked, &context).await?) }
        @if !context.may_change(&asked) {
            (closed(&asked, &context))
        } @else if !found.complete {
            (notice(Tone::Warning, &html! {
                p { (asked.t("还不能提交，缺", "It can't be submitted yet; missing: ")) (found.missing.len()) (asked.t("项。", ".")) }
                p { a href=(asked.link(&format!("{}/completeness", context.page()))) { (asked.t("查看缺项", "See what is missing")) } }
            }))
        } @else {
            (before_submitting(&asked, &context, &found.warnings)?)
        }
    };
    Ok(context.shown(&asked, asked.t("提交申报", "Submit"), "/submit", &body))
}

fn before_submitting(asked: &Asked, context: &Context, warnings: &[OpenPoint]) -> Result<Markup> {
    let stored: Figures = context.content("figures")?;
    let view = &context.view;
    let form = asked
        .form(Method::Post, format!("{}/submissions", context.api()))
        .revision(view.revision)
        .once()
        .next(format!("{}/submissions/{{submission}}", context.page()))
        .done("申报已提交，请保存或打印回执。", "It is submitted. Keep or print the receipt.");
    let correction = view.state == ApplicationState::Correction;
    Ok(html! {
        (facts(&[
            (asked.t("申报名称", "Title"), html! { (context.title(asked)) }),
            (asked.t("产业链", "Chain"), html! { (chain(&context.rules.catalogue, view.chain)) }),
            (asked.t("牵头地区", "Lead"), html! { (context.rules.catalogue.region_name_or_code(&view.lead_region)) }),
            (asked.t("截止时间", "Deadline"), html! { @if let Some(until) = view.submit_until { (asked.time(until)) } }),
        ]))
        @if !warnings.is_empty() {
            (notice(Tone::Warning, &html! {
                p { (asked.t(
                    "下列数据看起来不寻常，您已填写情况说明。提交前请再核对一次：",
                    "These figures look unusual, and you have explained them. Check them once more before you submit:",
                )) }
                (completeness::points(asked, context, &stored, warnings, true))
            }))
        }
        p { (if correction {
            asked.t(
                "提交后，补正内容连同全部材料封存留档，送领导小组办公室再次审查；补正只有一次，提交后不能再改。",
                "Submitting keeps the corrected content with all files for good and sends it to the office for its second check. There is one correction: afterwards nothing can be changed.",
            )
        } else {
            asked.t(
                "提交后，全部内容和材料封存留档，送设区市初审，并给出带摘要的回执；除非设区市退回，提交后不能再改。",
                "Submitting keeps the content with all files for good, gives a receipt with its digest, and sends it to the city for review. Unless the city sends it back, nothing can be changed afterwards.",
            )
        }) }
        (form.render(&form.danger("确认提交", "Submit it")))
    })
}

/// Says what withdrawing means, and lets one do it.
pub(super) async fn withdrawal(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let may = context.is_lead(&asked) && context.view.state.is_withdrawable();
    let form = asked
        .form(Method::Post, format!("{}/withdrawal", context.api()))
        .revision(context.view.revision)
        .once()
        .next(context.page())
        .done("申报已撤回。", "It is withdrawn.");
    let body = html! {
        @if may {
            p.lead { (asked.t("撤回", "Withdraw ")) strong { "“" (context.title(&asked)) "”" } }
            p { (asked.t(
                "撤回后，本件申报不再参加本届竞赛，不能恢复；申报截止前可就同一产业链另行申报。已提交的内容和撤回理由留档。",
                "A withdrawn application takes no further part and can't be taken up again; until applications close, another may be begun for the same chain. What was submitted and the reason are kept.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", asked.t("撤回理由", "Why"), 4).silent()))
                (form.danger("确认撤回", "Withdraw it"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (asked.t("现在不能撤回。", "It can't be withdrawn now.")) } }))
        }
    };
    Ok(context.shown(&asked, asked.t("撤回申报", "Withdraw"), "/withdrawal", &body))
}

/// What was submitted, oldest first.
pub(super) async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let all = applications::submissions(&asked.service, &asked.visit, context.view.id).await?;
    let none = html! {
        p { (asked.t("尚未提交过。", "It was never submitted.")) }
        @if context.may_change(&asked) {
            p { a href=(asked.link(&format!("{}/completeness", context.page()))) { (asked.t("检查完整性", "See what is missing")) } }
        }
    };
    let caption = asked.t(
        "各次提交；点击查看回执、内容和与上次的差别",
        "Submissions, each with its receipt, content and changes",
    );
    let table = Table::new(caption, &all)
        .head(asked.t("次数", "No."), |one| {
            html! {
                a href=(asked.link(&format!("{}/submissions/{}", context.page(), one.number))) {
                    (asked.t("第", "No. ")) (one.number) (asked.t("次提交", ""))
                }
            }
        })
        .column(asked.t("提交时间", "Submitted"), |one| asked.time(one.submitted_at))
        .column(asked.t("摘要", "Digest"), |one| html! { code { (one.digest) } })
        .empty_with(none);
    let body = html! {
        (table.render())
    };
    let title = asked.t("提交记录", "Submissions");
    Ok(context.shown(&asked, title, "/submissions", &body).data(format!("{}/submissions", context.api())))
}

/// A submission: its receipt, what it changed, its content.
pub(super) async fn one(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let number = asked.id("number")?;
    let found = applications::submission(&asked.service, &asked.visit, context.view.id, number).await?;
    let body = html! {
        (receipt(&asked, &context, &found))
        div.buttons.screen {
            (print_button(&asked))
            a.button.secondary href=(asked.link(&format!("{}/print", context.page()))) { (asked.t("打印申报书", "Print the application")) }
        }
        // After the act itself every page of the application has it already.
        @if asked.flash.is_none() {
            (of_application(&asked, context.view.state, context.edition, &context.rules.settings, context.view.submit_until).block(&asked))
        }
        @if number > 1 {
            h2.screen { (asked.t("与上次提交的差别", "What it changed of the one before")) }
            div.screen { (context.differences(&asked, &found.changes)) }
        }
        div.screen {
            h2 { (asked.t("提交的内容", "What was submitted")) }
            (content::whole(&asked, &context, &found.content))
        }
    };
    let title = format!("{}{number}{}", asked.t("第", "Submission "), asked.t("次提交", ""));
    let here = format!("/submissions/{number}");
    Ok(context
        .shown(&asked, &title, &here, &body)
        .crumb(format!("{}/submissions", context.page()), asked.t("提交记录", "Submissions"))
        .data(format!("{}{here}", context.api())))
}

fn receipt(asked: &Asked, context: &Context, found: &SubmissionView) -> Markup {
    let files = &found.content.evidence;
    let table = Table::new(html! { (asked.t("随附文件", "Files")) (asked.aside(&files.len())) }, files)
        .column(asked.t("文件", "File"), |file| &file.name)
        .number(asked.t("大小", "Size"), |file| words::size(file.size))
        .column(asked.t("摘要（SHA-256）", "Digest (SHA-256)"), |file| html! { code { (file.digest) } })
        .scrolled();
    html! {
        section.paper {
            h2 { (asked.t("申报回执", "Receipt")) }
            (facts(&[
                (asked.t("竞赛", "Edition"), html! { (context.rules.settings.title) }),
                (asked.t("申报编号", "Number"), html! { (context.view.number.as_deref().unwrap_or_default()) }),
                (asked.t("申报名称", "Title"), html! { (found.content.profile.title) }),
                (asked.t("产业链", "Chain"), html! { (chain(&context.rules.catalogue, found.content.chain)) }),
                (asked.t("牵头地区", "Lead"), html! { (context.rules.catalogue.region_name_or_code(&found.content.lead_region)) }),
                (asked.t("第几次提交", "Submission"), html! { (found.number) }),
                (asked.t("收到时间", "Received"), html! { (asked.time(found.submitted_at)) }),
                (asked.t("内容摘要（SHA-256）", "Digest of the content (SHA-256)"), html! { code { (found.digest) } }),
            ]))
            (table.render())
        }
    }
}
