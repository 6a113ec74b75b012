//! Objections and leads of an edition as cases with their clocks.

use super::super::prelude::*;
use super::words::objection_tone;
use super::{api, application, edition, of_edition, word};
use crate::actions::names::NamedCompetition;
use crate::actions::objections::{self, ObjectionView};
use crate::domain::ids::CompetitionId;
use crate::domain::time::Timestamp;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/competitions/{competition_id}/objections", Action::ReadObjections, list)]
}

/// How many cases stand on a page.
const ON_A_PAGE: usize = 50;

fn filters(asked: &Asked, id: CompetitionId) -> List<'_> {
    let open = [("true", asked.t("办理中", "Open")), ("false", asked.t("已办结", "Closed"))];
    let open = open.map(|(key, words)| (key.to_owned(), words.to_owned()));
    List::new(asked, format!("/competitions/{id}/objections"))
        .filter(Filter::choice("open", asked.t("办理情况", "How it stands"), open))
        .keep("state")
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let filter = objections::Filter { state: asked.parameter("state"), open: asked.parameter("open") };
    let after = asked.parameter("cursor");
    let found = objections::list(&asked.service, &asked.visit, id, filter, after, ON_A_PAGE).await?;
    let list = filters(&asked, id);
    let mut cases = found.items;
    // What is due first comes first; what has no clock comes last.
    cases.sort_by_key(|case| (case.due.is_none(), case.due, case.received_at));
    let (open, closed): (Vec<&ObjectionView>, Vec<&ObjectionView>) =
        cases.iter().partition(|case| case.state.waits());
    let content = html! {
        p.lead { (asked.t(
            "公示期内收到的实名异议。已受理或异议人已核实的，未办结前只暂缓公布其所指的名称。",
            "Objections by name that came while the list was on notice. One that was accepted, or whose objector was reached, holds back the name it is about, and no other.",
        )) }
        @if asked.role() == Some(Role::Supervisor) {
            p { (asked.t("匿名来件作为线索，只有纪检监督能看到。", "What came without a name is a lead, which the supervisors alone see.")) }
        }
        (list.form())
        @if cases.is_empty() {
            (empty(&html! { p { (asked.t("没有异议。公示期内公众可在公示页面提出。", "There are no objections. The public files them on the page of the notice.")) } }))
        }
        @if !open.is_empty() { h2 { (asked.t("办理中", "Open")) (asked.aside(&open.len())) } (table(&asked, &edition, &open)) }
        @if !closed.is_empty() { h2 { (asked.t("已办结", "Closed")) (asked.aside(&closed.len())) } (table(&asked, &edition, &closed)) }
        (list.pages(found.next_cursor.as_deref()))
        @if !cases.is_empty() { div.buttons.screen { (print_button(&asked)) } }
    };
    let title = asked.t("异议", "Objections");
    Ok(of_edition(&asked, &edition, "/objections", title, &content).data(api(id, "/objections")))
}

fn table(asked: &Asked, edition: &NamedCompetition, cases: &[&ObjectionView]) -> Markup {
    Table::new(asked.t("期限近的在前", "What is due first comes first"), cases.iter().copied())
        .head(asked.t("编号", "Number"), |case| html! {
            a href=(asked.link(&format!("/competitions/{}/objections/{}", edition.id, case.id))) { (case.number) }
        })
        .column(asked.t("所指申报", "About"), |case| application(asked, edition, case.application_id))
        .column(asked.t("事由", "Kind"), |case| case.content.kind.in_language(asked.language))
        .column(asked.t("收到", "Received"), |case| asked.time(case.received_at))
        .column(asked.t("答复期限", "To be answered by"), |case| clock(asked, case))
        .column(asked.t("状态", "State"), |case| word(asked, case.state, objection_tone(case.state)))
        .render()
}

/// By when a case is to be answered, and how long that is.
pub(super) fn clock(asked: &Asked, case: &ObjectionView) -> Markup {
    let Some(due) = case.due else { return html! { span.muted { (asked.t("无期限", "none")) } } };
    html! {
        (asked.time(due))
        @if case.state.is_open() { " " (left(asked, due)) }
    }
}

fn left(asked: &Asked, due: Timestamp) -> Markup {
    let now = asked.service.clock.now();
    let days = (due.date() - now.date()).num_days();
    if due < now {
        return tag(asked.t("已逾期", "overdue"), Tone::Bad);
    }
    let words = match (days, asked.is_chinese()) {
        (0, true) => "今天到期".to_owned(),
        (0, false) => "due today".to_owned(),
        (days, true) => format!("还有{days}天"),
        (1, false) => "1 day left".to_owned(),
        (days, false) => format!("{days} days left"),
    };
    tag(&words, if days <= 3 { Tone::Warning } else { Tone::Neutral })
}
