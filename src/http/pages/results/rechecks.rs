//! Re-check requests of applicants, with their answers.

use super::super::prelude::*;
use super::words::recheck_tone;
use super::{api, application, choice, competition, of_competition, word};
use crate::actions::names::NamedCompetition;
use crate::actions::rechecks::{self, RecheckView};
use crate::domain::objection::RecheckState;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/rechecks", Action::ReadObjections, list)]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let found = rechecks::list(&request.service, &request.context, id).await?;
    let (open, answered): (Vec<&RecheckView>, Vec<&RecheckView>) =
        found.iter().partition(|recheck| recheck.state == RecheckState::Filed);
    let content = html! {
        p.lead { (request.t(
            "申报单位对计算或程序申请复核，与公众异议是两种程序。全部答复后才能公布。",
            "Applicants ask to have arithmetic or procedure looked at again; objections of the public are another procedure. All must be answered before the announcement.",
        )) }
        @if found.is_empty() {
            (empty(&html! { p { (request.t("没有复核申请。申报单位可在公示期内提出。", "There are no requests. Applicants file them while the list is on notice.")) } }))
        }
        @if !open.is_empty() {
            h2 { (request.t("待答复", "To be answered")) (request.aside(&open.len())) }
            @for recheck in &open { (card(&request, &competition, recheck)) }
        }
        @if !answered.is_empty() {
            h2 { (request.t("已答复", "Answered")) (request.aside(&answered.len())) }
            @for recheck in answered.iter().rev() { (card(&request, &competition, recheck)) }
        }
        @if !found.is_empty() { div.buttons.screen { (print_button(&request)) } }
    };
    let title = request.t("复核申请", "Re-check requests");
    Ok(of_competition(&request, &competition, "/rechecks", title, &content)
        .data(api(id, "/recheck-requests"))
        .table(&tables::RECHECKS, api(id, "/recheck-requests")))
}

fn card(request: &PageRequest, competition: &NamedCompetition, recheck: &RecheckView) -> Markup {
    html! {
        article.card {
            h3 { (application(request, competition, recheck.application_id)) }
            p {
                (word(request, recheck.state, recheck_tone(recheck.state))) " "
                (recheck.request.kind.in_language(request.language))
                (request.t("，提出于 ", ", filed ")) (request.time(recheck.filed_at))
            }
            div.text { (recheck.request.text) }
            @if let Some(answer) = &recheck.answer { p { strong { (request.t("答复：", "Answer: ")) } span.text { (answer) } } }
            @if recheck.state == RecheckState::Filed && request.role() == Some(Role::Office) { (form(request, competition, recheck)) }
        }
    }
}

fn form(request: &PageRequest, competition: &NamedCompetition, recheck: &RecheckView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/recheck-requests/{}/answer", recheck.id))
        .revision(recheck.revision)
        .once()
        .done("已答复。", "Answered.");
    let outcomes = RecheckState::ALL.iter().copied().filter(|state| *state != RecheckState::Filed);
    let outcomes: Vec<_> = outcomes.map(|outcome| choice(request, outcome)).collect();
    html! {
        div.screen {
            p {
                a href=(request.link(&format!("/applications/{}/result", recheck.application_id))) { (request.t("得分如何形成", "How its points arose")) }
                " · "
                a href=(request.link(&format!("/applications/{}/sheets", recheck.application_id))) { (request.t("评分表", "Score sheets")) }
                " · "
                a href=(request.link(&format!("/competitions/{}/tallies", competition.id))) { (request.t("形成新一版汇总", "Make a further tally")) }
            }
            (form.render(&html! {
                (form.field(&Field::radios("/outcome", request.t("结论", "Outcome"), outcomes)
                    .hint(request.t("确有错误的，先更正并形成新一版汇总，再答复。", "If something was wrong, correct it by a further version of the tally first.")).silent()))
                (form.field(&Field::area("/answer", request.t("答复", "Answer"), 4).required()))
                (form.danger("答复申报单位", "Answer the applicant"))
            }))
        }
    }
}
