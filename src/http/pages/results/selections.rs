//! The leading group's deliberations: the ranking adopted, or departed from for named applications with reasons.

use std::collections::{BTreeMap, BTreeSet};

use super::super::prelude::*;
use super::changes::award_words;
use super::{api, application, application_words, choice, competition, of_competition, track_words, word};
use crate::actions::boards::Board;
use crate::actions::closing::{self, TallyView};
use crate::actions::names::{self, NamedCompetition};
use crate::actions::selections::{self, SelectionView};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::AccountId;
use crate::domain::selection::{
    Carried, DepartureKind, FreeSeats, SelectionEntry, SelectionResult, Standing,
};

/// Empty rows for departures besides those that were entered.
const SPARE_ROWS: usize = 2;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/selections", Action::ReadRanking, list)]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let found = selections::list(&request.service, &request.context, id).await?;
    let tallies = closing::list(&request.service, &request.context, id).await?;
    let who: BTreeSet<AccountId> = found.iter().map(|selection| selection.recorded_by).collect();
    let people = names::people(&request.service, &request.context, who).await?;
    let latest = found.last();
    let outdated =
        latest.zip(tallies.last()).is_some_and(|(view, tally)| view.selection.tally_digest != tally.digest);
    let content = html! {
        @if outdated {
            (notice(Tone::Warning, &html! { p { (request.t(
                "审议后评分汇总有更正，须在新一版汇总上重新审议。",
                "The tally was corrected after the deliberation: deliberate again on the latest version.",
            )) } }))
        }
        @match latest {
            Some(view) => {
                @if !outdated { (free_seats(&request, &competition, view)) }
                (deliberation(&request, &competition, view, &people, true))
            },
            None => (empty(&html! { p { (request.t("领导小组尚未审议。", "The leading group has not deliberated yet.")) } })),
        }
        (record(&request, &competition, tallies.last(), latest).await?)
        @if found.len() > 1 {
            h2 { (request.t("以前的审议", "Earlier deliberations")) }
            @for view in found.iter().rev().skip(1) {
                details {
                    summary { (numbered(&request, view)) (request.t("，", ", ")) (request.date(view.selection.meeting.date)) }
                    (deliberation(&request, &competition, view, &people, false))
                }
            }
        }
    };
    let title = request.t("遴选", "Selection");
    Ok(of_competition(&request, &competition, "/selections", title, &content)
        .document_if(!found.is_empty(), &printed::MINUTES, api(id, "/selections"))
        .data(api(id, "/selections"))
        .table(&tables::SELECTIONS, api(id, "/selections")))
}

fn numbered(request: &PageRequest, view: &SelectionView) -> String {
    let number = view.selection.number;
    if request.is_chinese() { format!("第{number}次审议") } else { format!("Deliberation {number}") }
}

/// Seats that departures left free, and who is next.
pub(super) fn free_seats(
    request: &PageRequest,
    competition: &NamedCompetition,
    view: &SelectionView,
) -> Markup {
    let one = |free: &FreeSeats| {
        html! {
            (award_words(competition, &free.award))
            @if !free.track.is_empty() { (request.aside(&track_words(request, competition, &free.track))) }
            @if request.is_chinese() { "空出" (free.seat_count) "个名额。" } @else { ": " (free.seat_count) " free. " }
            @if free.next.is_empty() { (request.t("没有可以递补的申报。", "Nobody is left to take it.")) }
            @else {
                (request.t("按排名、分数线和设区市名额，下一个是：", "Next by ranking, pass mark and the limit of a city: "))
                @for (at, next) in free.next.iter().enumerate() {
                    @if at > 0 { (request.t("、", ", ")) }
                    @let place = view.selection.entries.iter().find(|entry| entry.application == *next).and_then(|entry| entry.place);
                    @if let Some(place) = place {
                        @if request.is_chinese() { "第" (place) "名 " } @else { "place " (place) " " }
                    }
                    (application(request, competition, *next))
                }
                (request.t("。递补须经审议：在“调整”中列为拟入选。", ". It is proposed by a departure in a deliberation."))
            }
        }
    };
    html! {
        @if !view.free_seats.is_empty() {
            (notice(Tone::Warning, &html! { @for free in &view.free_seats { p { (one(free)) } } }))
        }
    }
}

fn deliberation(
    request: &PageRequest,
    competition: &NamedCompetition,
    view: &SelectionView,
    people: &BTreeMap<AccountId, String>,
    latest: bool,
) -> Markup {
    let selection = &view.selection;
    let of =
        |result| selection.entries.iter().filter(move |entry| entry.result == result).collect::<Vec<_>>();
    let recorded_by = people.get(&view.recorded_by).cloned().unwrap_or_default();
    let tally = format!("/competitions/{}/tallies/{}", competition.id, selection.tally);
    html! {
        @if latest { h2 { (numbered(request, view)) " " (tag(request.t("现行", "holds"), Tone::Active)) } }
        (facts(&[
            (request.t("会议日期", "Date of the meeting"), request.date(selection.meeting.date)),
            (request.t("出席", "Present"), html! { (selection.meeting.present.join("、")) (request.aside(&selection.meeting.present.len())) }),
            (request.t("依据", "On"), html! { a href=(request.link(&tally)) { (request.t("汇总", "tally, ")) (super::tallies::version(request, selection.tally)) } }),
            (request.t("记录人", "Recorded by"), html! { (recorded_by) (request.t("，", ", ")) (request.time(view.recorded_at)) }),
            (request.t("摘要", "Digest"), html! { code { (view.digest) } }),
        ]))
        details open[latest] { summary { (request.t("会议纪要", "Minutes")) } div.text { (selection.meeting.minutes) } }
        (entries(request, competition, SelectionResult::Proposed, &of(SelectionResult::Proposed)))
        (entries(request, competition, SelectionResult::Reserve, &of(SelectionResult::Reserve)))
        @let others = of(SelectionResult::NotSelected);
        @if !others.is_empty() {
            details {
                summary { (SelectionResult::NotSelected.in_language(request.language)) (request.aside(&others.len())) }
                (entries(request, competition, SelectionResult::NotSelected, &others))
            }
        }
        @if !selection.lifted.is_empty() {
            h3 { (request.t("取消的调整", "Departures that were lifted")) }
            ul { @for lifted in &selection.lifted {
                li { (application(request, competition, lifted.application)) (request.t("：", ": ")) (lifted.reason) }
            } }
        }
        @if latest { div.buttons.screen { (print_button(request)) } }
    }
}

fn entries(
    request: &PageRequest,
    competition: &NamedCompetition,
    result: SelectionResult,
    entries: &[&SelectionEntry],
) -> Markup {
    if entries.is_empty() {
        return Markup::default();
    }
    let tracks = entries.iter().any(|entry| !entry.track.is_empty());
    let departure = |entry: &SelectionEntry| {
        html! {
            @match &entry.departure {
                Some(reason) => {
                    @if let Some(kind) = entry.departure_kind { (word(request, kind, Tone::Warning)) " " }
                    (reason)
                },
                None => span.muted { (request.t("按排名", "as ranked")) },
            }
        }
    };
    Table::new(
        html! { (result.in_language(request.language)) (request.aside(&entries.len())) },
        entries.iter().copied(),
    )
    .number(
        request.t("名次", "Place"),
        |entry| html! { @if let Some(place) = entry.place { (place) } @else { "—" } },
    )
    .head(request.t("申报", "Application"), |entry| application(request, competition, entry.application))
    .when(tracks, |table| {
        table.column(request.t("组别", "Track"), |entry| track_words(request, competition, &entry.track))
    })
    .number(request.t("总分", "Total"), |entry| entry.score.as_deref().unwrap_or("—"))
    .column(request.t("奖项", "Award"), |entry| {
        html! {
            @match &entry.award { Some(award) => (award_words(competition, award)), None => "—" }
        }
    })
    .column(request.t("与排名不同的理由", "Why it departs from the ranking"), |entry| {
        departure(entry)
    })
    .render()
}

/// Recording a deliberation.
async fn record(
    request: &PageRequest,
    competition: &NamedCompetition,
    tally: Option<&TallyView>,
    latest: Option<&SelectionView>,
) -> Result<Markup> {
    let open = matches!(
        competition.state,
        CompetitionState::Selection | CompetitionState::Notice | CompetitionState::Announced
    );
    let (Some(tally), true, Some(Role::Office)) = (tally, open, request.role()) else {
        return Ok(Markup::default());
    };
    if tally.confirmed_by.is_none() {
        let page = format!("/competitions/{}/tallies/{}", competition.id, tally.number);
        return Ok(notice(
            Tone::Warning,
            &html! { p {
                (request.t("现行汇总尚未由第二人复核，复核后才能记录审议。", "The latest tally is not confirmed by a second person; a deliberation is recorded after that. "))
                a href=(request.link(&page)) { (request.t("去复核", "Confirm it")) }
            } },
        ));
    }
    let form = request
        .form(Method::Post, api(competition.id, "/selections"))
        .once()
        .done("审议已记录。下一步：发布公示。", "The deliberation is recorded. Next: the notice.");
    let ranked =
        closing::board(&request.service, &request.context, competition.id, Some(tally.number)).await?;
    let quorum = competition.rules.settings.review.quorum;
    let present_hint =
        request.either(format!("每行一人，至少{quorum}人。"), format!("One a line, at least {quorum}."));
    let content = html! {
        (form.field(&Field::date("/meeting/date", request.t("会议日期", "Date of the meeting")).value(request.today().to_string()).required()))
        (form.field(&Field::area("/meeting/present:lines", request.t("出席成员", "Present"), 5).hint(present_hint).required().medium()))
        (form.field(&Field::area("/meeting/minutes", request.t("会议纪要", "Minutes"), 6).required()))
        @if let Some(latest) = latest { (carried(request, competition, &latest.carried, &form)) }
        (departures(request, competition, ranked.board(), &form))
        (form.danger("记录审议结果", "Record the deliberation"))
    };
    Ok(html! {
        section.screen {
            h2 { (request.t("记录审议", "Record a deliberation")) }
            p {
                @if request.is_chinese() { "在汇总第" (tally.number) "版的排名上审议。不填调整即为采纳排名；记录后长期留存，以后的审议取代它而不抹去它。" }
                @else { "On the ranking by version " (tally.number) " of the tally. Without departures the ranking is adopted. What is recorded stays for good; a later deliberation replaces it without erasing it." }
            }
            (form.render(&content))
        }
    })
}

/// What stands from earlier: each is kept or lifted, and nothing is chosen beforehand.
fn carried(
    request: &PageRequest,
    competition: &NamedCompetition,
    standing: &[Standing],
    form: &Form<'_>,
) -> Markup {
    if standing.is_empty() {
        return Markup::default();
    }
    let choices: Vec<_> = Carried::ALL.iter().map(|carried| choice(request, *carried)).collect();
    html! {
        h3 { (request.t("此前的放弃、退出、取消资格和调整：逐件决定", "Renounced, withdrawn, disqualified or judged otherwise before: decide each")) }
        @for (row, standing) in standing.iter().enumerate() {
            @let departure = &standing.departure;
            fieldset.group {
                legend { (application_words(competition, departure.application)) }
                p {
                    @match standing.since_number {
                        Some(number) if request.is_chinese() => { "第" (number) "次审议：" },
                        Some(number) => { "Deliberation " (number) ": " },
                        None => {},
                    }
                    (word(request, departure.kind, Tone::Warning)) " "
                    (departure.result.in_language(request.language)) (request.t("。理由：", ". Reason: ")) (departure.reason)
                }
                input type="hidden" name=(format!("/carried/{row}/application")) value=(departure.application);
                (form.field(&Field::radios(format!("/carried/{row}/decision"), request.t("本次审议", "This deliberation"), choices.clone()).required()))
                (form.field(&Field::area(format!("/carried/{row}/reason"), request.t("理由", "Reason"), 2)
                    .hint(request.t("取消的必须填写；维持而不填的，沿用原来的理由。", "Obligatory where it is lifted; kept without one, the earlier reason stands.")).silent()))
            }
        }
    }
}

/// Rows for departures from the ranking.
fn departures(
    request: &PageRequest,
    competition: &NamedCompetition,
    board: &Board,
    form: &Form<'_>,
) -> Markup {
    let rows = form.rows_sent("/departures").max(SPARE_ROWS);
    let none = (String::new(), request.t("（不作调整）", "(none)").to_owned());
    let ranked = board.rows().map(|row| {
        let place = row.place.map(|place| format!("{place}. ")).unwrap_or_default();
        (row.application.to_string(), format!("{place}{}", application_words(competition, row.application)))
    });
    let applications: Vec<_> = std::iter::once(none).chain(ranked).collect();
    let results = SelectionResult::ALL.iter().map(|result| choice(request, *result));
    let results: Vec<_> = std::iter::once((String::new(), String::from("—"))).chain(results).collect();
    let awards =
        competition.rules.tally.rules.awards.iter().map(|award| (award.key.to_string(), award.name.clone()));
    let awards: Vec<_> = std::iter::once((String::new(), String::from("—"))).chain(awards).collect();
    let kinds = DepartureKind::ALL.iter().map(|kind| choice(request, *kind));
    let kinds: Vec<_> = std::iter::once((String::new(), String::from("—"))).chain(kinds).collect();
    html! {
        details open[form.carried().is_some()] {
            summary { (request.t("调整：对个别申报不按排名（每件须写明理由）", "Departures: named applications not as ranked, each with its reason")) }
            @for row in 0..rows {
                fieldset.group {
                    legend { (request.t("调整", "Departure")) " " (row + 1) }
                    (form.field(&Field::select(format!("/departures/{row}/application"), request.t("申报", "Application"), applications.clone()).silent()))
                    (form.field(&Field::select(format!("/departures/{row}/kind:optional"), request.t("事由", "What it is about"), kinds.clone()).silent().medium()))
                    (form.field(&Field::select(format!("/departures/{row}/result"), request.t("结果", "Result"), results.clone()).silent().medium()))
                    (form.field(&Field::select(format!("/departures/{row}/award:optional"), request.t("奖项（拟入选时选择）", "Award (where proposed)"), awards.clone()).silent().medium()))
                    (form.field(&Field::area(format!("/departures/{row}/reason"), request.t("理由", "Reason"), 2).silent()))
                }
            }
        }
    }
}
