//! Objections and leads of a competition as cases with their clocks.

use super::super::prelude::*;
use super::super::public::matter;
use super::words::objection_tone;
use super::{api, application, competition, of_competition, word};
use crate::actions::names::NamedCompetition;
use crate::actions::notices;
use crate::actions::objections::{self, ObjectionView};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::CompetitionId;
use crate::domain::objection::ObjectionChannel;
use crate::domain::time::Timestamp;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/objections", Action::ReadObjections, list)]
}

/// How many cases stand on a page.
const ON_A_PAGE: usize = 50;

fn filters(request: &PageRequest, id: CompetitionId) -> List<'_> {
    let open = [("true", request.t("办理中", "Open")), ("false", request.t("已办结", "Closed"))];
    let open = open.map(|(key, words)| (key.to_owned(), words.to_owned()));
    List::new(request, format!("/competitions/{id}/objections"))
        .filter(Filter::choice("open", request.t("办理情况", "Where it stands"), open))
        .keep("state")
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let filter = objections::Filter { state: request.parameter("state"), open: request.parameter("open") };
    let after = request.parameter("cursor");
    let found = objections::list(&request.service, &request.context, id, filter, after, ON_A_PAGE).await?;
    let list = filters(&request, id);
    let mut cases = found.items;
    // What is due first comes first; what has no clock comes last.
    cases.sort_by_key(|case| (case.due_at.is_none(), case.due_at, case.received_at));
    let (open, closed): (Vec<&ObjectionView>, Vec<&ObjectionView>) =
        cases.iter().partition(|case| case.state.waits());
    let content = html! {
        p.lead { (request.t(
            "公示期内收到的实名异议。已受理或异议人已核实的，未办结前只暂缓公布其所指的名称。",
            "Objections by name that came while the list was on notice. One that was accepted, or whose objector was reached, holds back the name it is about, and no other.",
        )) }
        @if request.role() == Some(Role::Supervisor) {
            p { (request.t("匿名来件作为线索，只有纪检监督能看到。", "What came without a name is a lead, which the supervisors alone see.")) }
        }
        (list.form())
        @if cases.is_empty() {
            (empty(&html! { p { (request.t("没有异议。公示期内公众可在公示页面提出。", "There are no objections. The public files them on the page of the notice.")) } }))
        }
        @if !open.is_empty() { h2 { (request.t("办理中", "Open")) (request.aside(&open.len())) } (table(&request, &competition, &open)) }
        @if !closed.is_empty() { h2 { (request.t("已办结", "Closed")) (request.aside(&closed.len())) } (table(&request, &competition, &closed)) }
        (list.pages(found.next_cursor.as_deref()))
        @if !cases.is_empty() { div.buttons.screen { (print_button(&request)) } }
        (registering(&request, &competition).await?)
    };
    let title = request.t("异议", "Objections");
    Ok(of_competition(&request, &competition, "/objections", title, &content)
        .data(api(id, "/objections"))
        .table(&tables::OBJECTIONS, list.filtered(&api(id, "/objections"))))
}

/// The form by which the office registers what came otherwise than by the page of the notice.
async fn registering(request: &PageRequest, competition: &NamedCompetition) -> Result<Markup> {
    let open = matches!(competition.state, CompetitionState::Notice | CompetitionState::Announced);
    if !open || request.role() != Some(Role::Office) {
        return Ok(Markup::default());
    }
    let notices = notices::read(&request.service, competition.id).await?;
    let Some(latest) = notices.first() else { return Ok(Markup::default()) };
    let form = request.form(Method::Post, api(competition.id, "/objections/registrations"));
    let channels = ObjectionChannel::ALL
        .iter()
        .map(|one| (one.to_string(), one.in_language(request.language).to_owned()));
    let today = request.service.clock.now().date().to_string();
    Ok(html! {
        h2 { (request.t("登记来信、来电、来访的异议", "Register one that came by letter, telephone or visit")) }
        p.hint { (request.t(
            "须为实名，公示期内收到；答复期限自收到之日起算。登记后显示一次查询码，请告知异议人；扫描件在该件异议的页面上传。",
            "By name, and come while the list is on notice; it is due from the day on which it came. A code is shown once, to be told to whoever objects; scans are uploaded on the objection's page.",
        )) }
        (form.render(&html! {
            (matter(request, &form, &latest.notice))
            (form.field(&Field::radios("/channel", request.t("来件方式", "How it came"), channels).required()))
            (form.field(&Field::date("/received_on", request.t("收到日期", "Day on which it came")).value(today).required()))
            (form.field(&Field::text("/objector/name", request.t("异议人", "Who objects")).required().medium()))
            (form.field(&Field::text("/objector/contact", request.t("异议人联系方式", "Contact")).required()))
            (form.field(&Field::text("/objector/unit", request.t("异议人单位", "Objector's unit"))))
            (form.button("登记异议", "Register the objection"))
        }))
    })
}

fn table(request: &PageRequest, competition: &NamedCompetition, cases: &[&ObjectionView]) -> Markup {
    Table::new(request.t("期限近的在前", "What is due first comes first"), cases.iter().copied())
        .head(request.t("编号", "Number"), |case| html! {
            a href=(request.link(&format!("/competitions/{}/objections/{}", competition.id, case.id))) { (case.number) }
        })
        .column(request.t("所指申报", "About"), |case| application(request, competition, case.application_id))
        .column(request.t("事由", "What it is about"), |case| case.content.kind.in_language(request.language))
        .column(request.t("收到", "Received"), |case| request.time(case.received_at))
        .column(request.t("答复期限", "To be answered by"), |case| clock(request, case))
        .column(request.t("状态", "State"), |case| word(request, case.state, objection_tone(case.state)))
        .render()
}

/// By when a case is to be answered, and how long that is.
pub(super) fn clock(request: &PageRequest, case: &ObjectionView) -> Markup {
    let Some(due) = case.due_at else { return html! { span.muted { (request.t("无期限", "none")) } } };
    html! {
        (request.time(due))
        @if case.state.is_open() { " " (left(request, due)) }
    }
}

fn left(request: &PageRequest, due: Timestamp) -> Markup {
    let now = request.service.clock.now();
    let days = (due.date() - now.date()).num_days();
    if due < now {
        return tag(request.t("已逾期", "late"), Tone::Bad);
    }
    let words = match (days, request.is_chinese()) {
        (0, true) => "今天到期".to_owned(),
        (0, false) => "due today".to_owned(),
        (days, true) => format!("还有{days}天"),
        (days, false) => count(days, "day left", "days left"),
    };
    tag(&words, if days <= 3 { Tone::Warning } else { Tone::Neutral })
}
