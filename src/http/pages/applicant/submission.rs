//! Submitting and withdrawing; what was submitted, with its receipt.

use super::super::prelude::*;
use super::super::whereabouts::of_application;
use super::super::words;
use super::context::{Context, chain};
use super::parts::closed;
use super::{completeness, content, correction};
use crate::actions::applications::{self, SubmissionView};
use crate::actions::open_points::OpenPoint;
use crate::domain::application::{ApplicationState, Figures};

/// Says what submitting means, and lets one do it.
pub(super) async fn submit(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let found = applications::completeness(&request.service, &request.context, context.view.id).await?;
    let body = html! {
        @if context.view.state == ApplicationState::Correction { (correction::beside(&request, &context).await?) }
        @if !context.may_change(&request) {
            (closed(&request, &context))
        } @else if !found.complete {
            (notice(Tone::Warning, &html! {
                p { (request.t("还不能提交，缺", "It can't be submitted yet; missing: ")) (found.missing.len()) (request.t("项。", ".")) }
                p { a href=(request.link(&format!("{}/completeness", context.page()))) { (request.t("查看缺项", "See what is missing")) } }
            }))
        } @else {
            (before_submitting(&request, &context, &found.warnings)?)
        }
    };
    Ok(context.shown(&request, request.t("提交申报", "Submit the application"), "/submit", &body))
}

fn before_submitting(request: &PageRequest, context: &Context, warnings: &[OpenPoint]) -> Result<Markup> {
    let stored: Figures = context.content("figures")?;
    let view = &context.view;
    let form = request
        .form(Method::Post, format!("{}/submissions", context.api()))
        .revision(view.revision)
        .once()
        .next(format!("{}/submissions/{{submission}}", context.page()))
        .done("申报已提交，请保存或打印回执。", "It is submitted. Keep or print the receipt.");
    let correction = view.state == ApplicationState::Correction;
    Ok(html! {
        (facts(&[
            (request.t("申报名称", "Application title"), html! { (context.title(request)) }),
            (request.t("产业链", "Chain"), html! { (chain(&context.rules.catalogue, view.chain.number)) }),
            (request.t("牵头地区", "Lead region"), html! { (&view.lead_region.name) }),
            (request.t("截止时间", "Deadline"), html! { @if let Some(until) = view.submission_due_at { (request.time(until)) } }),
        ]))
        @if !warnings.is_empty() {
            (notice(Tone::Warning, &html! {
                p { (request.t(
                    "下列数据看起来不寻常，您已填写情况说明。提交前请再核对一次：",
                    "These figures look unusual, and you have explained them. Check them once more before you submit:",
                )) }
                (completeness::points(request, context, &stored, warnings, true))
            }))
        }
        p { (if correction {
            request.t(
                "提交后，补正内容连同全部材料封存留档，送领导小组办公室再次审查；补正只有一次，提交后不能再改。",
                "Submitting keeps the corrected content with all files for good and sends it to the office for its second check. There is one correction: afterwards nothing can be changed.",
            )
        } else {
            request.t(
                "提交后，全部内容和材料封存留档，送设区市初审，并给出带摘要的回执；除非设区市退回，提交后不能再改。",
                "Submitting keeps the content with all files for good, gives a receipt with its digest, and sends it to the city for review. Unless the city sends it back, nothing can be changed afterwards.",
            )
        }) }
        (form.render(&form.danger("确认提交", "Submit it")))
    })
}

/// Says what withdrawing means, and lets one do it.
pub(super) async fn withdrawal(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let may = context.is_lead(&request) && context.view.state.is_withdrawable();
    let form = request
        .form(Method::Post, format!("{}/withdrawal", context.api()))
        .revision(context.view.revision)
        .once()
        .next(context.page())
        .done("申报已撤回。", "It is withdrawn.");
    let body = html! {
        @if may {
            p.lead { (request.t("撤回", "Withdraw ")) strong { "“" (context.title(&request)) "”" } }
            p { (request.t(
                "撤回后，本件申报不再参加本届竞赛，不能恢复；申报截止前可就同一产业链另行申报。已提交的内容和撤回理由留档。",
                "A withdrawn application takes no further part and can't be taken up again; until applications close, another may be begun for the same chain. What was submitted and the reason are kept.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("撤回理由", "Why"), 4).silent()))
                (form.danger("确认撤回", "Withdraw it"))
            }))
        } @else {
            (notice(Tone::Neutral, &html! { p { (request.t("现在不能撤回。", "It can't be withdrawn now.")) } }))
        }
    };
    Ok(context.shown(&request, request.t("撤回申报", "Withdraw the application"), "/withdrawal", &body))
}

/// What was submitted, oldest first.
pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let all = applications::submissions(&request.service, &request.context, context.view.id).await?;
    let none = html! {
        p { (request.t("尚未提交过。", "It was never submitted.")) }
        @if context.may_change(&request) {
            p { a href=(request.link(&format!("{}/completeness", context.page()))) { (request.t("检查完整性", "See what is missing")) } }
        }
    };
    let caption = request.t(
        "各次提交；点击查看回执、内容和与上次的差别",
        "Submissions, each with its receipt, content and changes",
    );
    let table = Table::new(caption, &all)
        .head(request.t("序号", "No."), |one| {
            html! {
                a href=(request.link(&format!("{}/submissions/{}", context.page(), one.number))) {
                    (request.t("第", "No. ")) (one.number) (request.t("次提交", ""))
                }
            }
        })
        .column(request.t("提交时间", "Submitted"), |one| request.time(one.submitted_at))
        .column(request.t("摘要", "Digest"), |one| html! { code { (one.digest) } })
        .empty_with(none);
    let body = html! {
        (table.render())
    };
    let title = request.t("提交记录", "Submissions");
    Ok(context.shown(&request, title, "/submissions", &body).data(format!("{}/submissions", context.api())))
}

/// A submission: its receipt, what it changed, its content.
pub(super) async fn one(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let number = request.id("number")?;
    let found = applications::submission(&request.service, &request.context, context.view.id, number).await?;
    let body = html! {
        (receipt(&request, &context, &found))
        div.buttons.screen {
            (print_button(&request))
            a.button.secondary href=(request.link(&format!("{}/print", context.page()))) { (request.t("打印申报书", "Print the application")) }
        }
        // After the act itself every page of the application has it already.
        @if request.flash.is_none() {
            (of_application(&request, context.view.state, context.competition, &context.rules.settings, context.view.submission_due_at).block(&request))
        }
        @if number > 1 {
            h2.screen { (request.t("与上次提交的差别", "What it changed of the one before")) }
            div.screen { (context.differences(&request, &found.changes)) }
        }
        div.screen {
            h2 { (request.t("提交的内容", "What was submitted")) }
            (content::whole(&request, &context, &found.content))
        }
    };
    let title = format!("{}{number}{}", request.t("第", "Submission "), request.t("次提交", ""));
    let here = format!("/submissions/{number}");
    Ok(context
        .shown(&request, &title, &here, &body)
        .crumb(format!("{}/submissions", context.page()), request.t("提交记录", "Submissions"))
        .document(&printed::RECEIPT, format!("{}{here}", context.api()))
        .data(format!("{}{here}", context.api())))
}

fn receipt(request: &PageRequest, context: &Context, found: &SubmissionView) -> Markup {
    let files = &found.content.evidence;
    let table = Table::new(html! { (request.t("随附文件", "Files")) (request.aside(&files.len())) }, files)
        .column(request.t("文件", "File"), |file| &file.name)
        .number(request.t("大小", "Size"), |file| words::size(file.size))
        .column(request.t("摘要（SHA-256）", "Digest (SHA-256)"), |file| html! { code { (file.digest) } })
        .scrolled();
    html! {
        section.paper {
            h2 { (request.t("申报回执", "Receipt")) }
            (facts(&[
                (request.t("竞赛", "Competition"), html! { (context.rules.settings.title) }),
                (request.t("申报编号", "Number"), html! { (context.view.number.as_deref().unwrap_or_default()) }),
                (request.t("申报名称", "Application title"), html! { (found.content.profile.title) }),
                (request.t("产业链", "Chain"), html! { (chain(&context.rules.catalogue, found.content.chain)) }),
                (request.t("牵头地区", "Lead region"), html! { (context.rules.catalogue.region_name_or_code(&found.content.lead_region)) }),
                (request.t("第几次提交", "Submission"), html! { (found.number) }),
                (request.t("收到时间", "Received"), html! { (request.time(found.submitted_at)) }),
                (request.t("内容摘要（SHA-256）", "Digest of the content (SHA-256)"), html! { code { (found.digest) } }),
            ]))
            (table.render())
        }
    }
}
