//! Objections to be answered, and re-checks asked for.

use super::super::prelude::*;
use super::context::{Context, choices};
use crate::actions::objections::{self, OwnObjectionView};
use crate::actions::rechecks::{self, RecheckView};
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;
use crate::domain::objection::{ObjectionState, RecheckKind, RecheckState};

/// Objections that the application has been asked about.
pub(super) async fn objections(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let found = objections::list_own(&request.service, &request.context, context.view.id).await?;
    let body = html! {
        p { (request.t(
            "公示期间收到的异议，办公室需要您说明的列在这里。提出异议的人和原文依规定保密。",
            "Objections that the office asks you about. Who objects, and in what words, is kept secret by the rules.",
        )) }
        @if found.is_empty() {
            (empty(&html! { p { (request.t("没有需要说明的异议。", "There is nothing to answer.")) } }))
        }
        @for one in &found { (objection(&request, one)) }
    };
    let title = request.t("异议", "Objections");
    Ok(context.shown(&request, title, "/objections", &body).data(format!("{}/objections", context.api())))
}

fn objection(request: &PageRequest, one: &OwnObjectionView) -> Markup {
    let open = one.state == ObjectionState::Investigating;
    let form = request
        .form(Method::Post, format!("/api/v1/objections/{}/statement", one.id))
        .revision(one.revision)
        .once()
        .done("说明已送办公室。", "The statement is sent to the office.");
    let state = if open {
        tag(request.t("核查中", "under investigation"), Tone::Active)
    } else {
        tag(request.t("已办结", "closed"), Tone::Neutral)
    };
    html! {
        h2 { (request.t("异议", "Objection ")) (one.number) " " (state) }
        ol.timeline {
            @for question in &one.questions {
                li.done { span.when { (request.time(question.at)) } " " strong { (request.t("办公室询问", "The office asks")) } p.text { (question.text) } }
            }
            @for statement in &one.statements {
                li.done { span.when { (request.time(statement.at)) } " " strong { (request.t("本单位说明", "Your statement")) } p.text { (statement.text) } }
            }
        }
        @if open {
            (form.render(&html! {
                (form.field(&Field::area("/text", request.t("说明", "Explanation"), 8).silent()))
                (form.button("提交说明", "Send"))
            }))
        }
    }
}

/// Re-checks asked for, and the form to ask for one.
pub(super) async fn rechecks(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let found = rechecks::list_own(&request.service, &request.context, context.view.id).await?;
    let waits = found.iter().any(|one| one.state == RecheckState::Filed);
    let may = context.is_lead(&request)
        && context.competition == CompetitionState::Notice
        && context.view.state == ApplicationState::Accepted
        && !waits;
    let body = html! {
        p { (request.t(
            "申报单位认为本件的计算或程序有误，可在公示期内申请复核。复核不重新评判，也不同于异议。",
            "While the list is on notice the applicant may ask to have arithmetic or procedure looked at again. Nothing is judged anew; it is not an objection.",
        )) }
        @if found.is_empty() {
            (empty(&html! { p { (request.t("没有复核申请。", "No re-check was asked for.")) } }))
        }
        @for one in &found { (recheck(&request, one)) }
        @if may { (ask(&request, &context)) }
        @else if context.is_lead(&request) && context.competition != CompetitionState::Notice {
            (notice(Tone::Neutral, &html! { p { (request.t("现在不在公示期，不能申请复核。", "The list is not on notice: no re-check can be asked for now.")) } }))
        }
    };
    let title = request.t("复核申请", "Re-check requests");
    let data = format!("{}/recheck-requests", context.api());
    Ok(context.shown(&request, title, "/rechecks", &body).data(data))
}

fn recheck(request: &PageRequest, one: &RecheckView) -> Markup {
    let tone = match one.state {
        RecheckState::Filed => Tone::Active,
        RecheckState::Corrected => Tone::Good,
        RecheckState::NoChange | RecheckState::Refused => Tone::Neutral,
    };
    html! {
        h2 { (one.request.kind.in_language(request.language)) " · " (request.time(one.filed_at)) " " (tag(one.state.in_language(request.language), tone)) }
        p.text { (one.request.text) }
        @if let Some(answer) = &one.answer {
            h3 { (request.t("答复", "Answer")) }
            p.text { (answer) }
        }
    }
}

fn ask(request: &PageRequest, context: &Context) -> Markup {
    let form = request
        .form(Method::Post, format!("{}/recheck-requests", context.api()))
        .once()
        .done("复核申请已提交。", "The re-check is asked for.");
    html! {
        h2 { (request.t("申请复核", "Ask for a re-check")) }
        (form.render(&html! {
            (form.field(&Field::radios("/kind", request.t("复核什么", "What is to be looked at"), choices(RecheckKind::ALL, request))
                .value(RecheckKind::Arithmetic.as_str()).silent()))
            (form.field(&Field::area("/text", request.t("理由", "Reason"), 6)
                .hint(request.t("写明哪一项、哪里有误，至少10个字。", "Say which item and what is wrong; at least 10 characters.")).silent()))
            (form.button("提交复核申请", "Ask for it"))
        }))
    }
}
