//! Titles: awarded by an announcement, reported on every year, re-checked and renewed, or revoked.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::find;
use super::documents;
use super::inspections::Because;
use super::{Act, Page, RequestContext, Service, need_text, parse};
use crate::clock::Clock;
use crate::db::titles::{self, Title};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::announcement::{
    Announcement, TitleContent, TitleEvent, TitleEventKind, TitleStanding, TitleState, title_standing,
};
use crate::domain::ids::{ApplicationId, CompetitionId, TitleId};
use crate::domain::lengths;
use crate::domain::notice::PublicEntry;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{DocumentKind, canonical};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// A title, as the public may read it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TitleView {
    pub id: TitleId,
    /// The competition that awarded it.
    pub competition_id: CompetitionId,
    /// Who holds what.
    pub content: TitleContent,
    /// How it stands today.
    pub standing: TitleStanding,
    /// The first day on which it is valid.
    pub valid_from: NaiveDate,
    /// The last day.
    pub valid_until: NaiveDate,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
}

/// What happened to a title.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TitleHistoryView {
    pub title: TitleView,
    /// What happened, oldest first.
    pub events: Vec<TitleEventView>,
}

/// Something that happened to a title.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TitleEventView {
    pub at: Timestamp,
    pub event: TitleEvent,
}

/// A yearly report.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReportTitle {
    /// The year that it is of.
    pub year: u16,
    #[schemars(length(min = 1, max = lengths::YEARLY_REPORT))]
    pub text: String,
}

/// A renewal after a re-check.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RenewTitle {
    /// The new last day.
    pub valid_until: NaiveDate,
    /// What the re-check found.
    #[schemars(length(min = 1, max = lengths::REPORT))]
    pub text: String,
}

fn date(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| Error::internal("a stored date is none"))
}

pub(crate) fn view(row: &Title, today: NaiveDate) -> Result<TitleView> {
    let valid_until = date(&row.valid_until)?;
    Ok(TitleView {
        id: row.id,
        competition_id: row.competition_id,
        content: parse(&row.content)?,
        standing: title_standing(row.state, valid_until, today),
        valid_from: date(&row.valid_from)?,
        valid_until,
        revision: row.revision,
    })
}

/// When the titles of a competition hold, by application: the first and the last day.
pub(crate) fn validities(
    conn: &mut Conn,
    id: CompetitionId,
) -> Result<BTreeMap<ApplicationId, (NaiveDate, NaiveDate)>> {
    let held = titles::of_competition(conn, id)?;
    held.iter()
        .map(|title| Ok((title.application_id, (date(&title.valid_from)?, date(&title.valid_until)?))))
        .collect()
}

/// Gives titles to the winners of an announcement that have none yet, and takes those back that are no longer selected.
/// A name that is only held back keeps the title that it has, until the office revokes it.
pub(crate) fn award(
    conn: &mut Conn,
    act: &mut Act<'_>,
    clock: &Clock,
    (announcement, before): (&Announcement, Option<&Announcement>),
    held_back: &[PublicEntry],
) -> Result<()> {
    let held = titles::of_competition(conn, announcement.competition)?;
    for winner in &announcement.winners {
        if held.iter().any(|title| title.application_id == winner.application) {
            continue;
        }
        let content = TitleContent {
            award_name: winner.award_name.clone(),
            application: winner.application,
            title: winner.title.clone(),
            chain: winner.chain.clone(),
            chain_number: winner.chain_number,
            regions: winner.regions.clone(),
            members: winner.members.clone(),
        };
        let (valid_from, valid_until) = announcement.validity_of(winner.application);
        titles::insert(
            conn,
            &Title {
                id: TitleId(clock.new_id()),
                competition_id: announcement.competition,
                application_id: winner.application,
                state: TitleState::InForce,
                content: canonical(&content),
                valid_from: valid_from.to_string(),
                valid_until: valid_until.to_string(),
                revision: 1,
                changed_at: act.now,
            },
        )?;
    }
    let reason = announcement.erratum.as_deref().unwrap_or_default();
    for title in held {
        let is_named =
            |entries: &[PublicEntry]| entries.iter().any(|entry| entry.application == title.application_id);
        let won = is_named(&announcement.winners);
        let event = match title.state {
            TitleState::InForce if !won && !is_named(held_back) => TitleEventKind::Revoked,
            // What the office itself took back stays so: it was named before, too.
            TitleState::Revoked if won && before.is_some_and(|before| !is_named(&before.winners)) => {
                TitleEventKind::Restored
            }
            _ => continue,
        };
        happen(conn, act, title, event, None, reason, None)?;
    }
    Ok(())
}

/// Records what happened to a title, and what follows from it.
fn happen(
    conn: &mut Conn,
    act: &mut Act<'_>,
    mut title: Title,
    kind: TitleEventKind,
    year: Option<u16>,
    text: &str,
    valid_until: Option<NaiveDate>,
) -> Result<Title> {
    if let Some(valid_until) = valid_until {
        title.valid_until = valid_until.to_string();
    }
    match kind {
        TitleEventKind::Revoked => title.state = TitleState::Revoked,
        TitleEventKind::Restored => title.state = TitleState::InForce,
        TitleEventKind::Report | TitleEventKind::Renewed => {}
    }
    let event = TitleEvent { kind, year, text: text.to_owned(), valid_until: date(&title.valid_until)? };
    let (competition, subject) = (title.competition_id, title.application_id.to_string());
    let number = documents::next_number(conn, competition, DocumentKind::Title, &subject)?;
    documents::keep(conn, act, competition, (DocumentKind::Title, &subject, number), &event, "")?;
    act.detail("event", &kind);
    title.revision += 1;
    title.changed_at = act.now;
    titles::update(conn, &title)?;
    Ok(title)
}

/// Files the yearly report of a title, as its holder.
///
/// # Errors
/// If the caller is not of the lead region, the title is revoked or over, the year has its report already, or a field is
/// wrong.
pub async fn report(
    service: &Service,
    context: &Arc<RequestContext>,
    id: TitleId,
    report: ReportTitle,
) -> Result<TitleHistoryView> {
    service
        .write(context, Action::ReportTitle, move |conn, act| {
            let Some(found) = titles::by_id(conn, id)? else {
                act.context.may(Action::ReportTitle, Relation::General)?;
                return Err(Error::not_found());
            };
            act.on("title", id);
            find(conn, act.context, found.application_id, Action::ReportTitle)?;
            act.enter(conn, found.competition_id)?;
            let title = titles::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let today = act.now.date();
            must_be_valid_title(&title, today)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &report.text, 1, lengths::YEARLY_REPORT);
            let from = date(&title.valid_from)?;
            let years = chrono::Datelike::year(&from)..=chrono::Datelike::year(&today);
            if !years.contains(&i32::from(report.year)) {
                problems.push(FieldProblem::new(
                    "/year",
                    "out_of_range",
                    "年份应在称号有效期内且不晚于今年",
                    "A year of the title's validity, this one at the latest",
                ));
            }
            must_be_valid(problems)?;
            let filed = events(conn, &title)?;
            if filed.iter().any(|filed| filed.event.year == Some(report.year)) {
                return Err(Error::conflict(
                    "already_filed",
                    "该年度报告已提交",
                    "The report of this year is filed already",
                ));
            }
            let year = Some(report.year);
            let title = happen(conn, act, title, TitleEventKind::Report, year, &report.text, None)?;
            history_view(conn, &title, today)
        })
        .await
}

fn must_be_valid_title(title: &Title, today: NaiveDate) -> Result<()> {
    match title_standing(title.state, date(&title.valid_until)?, today) {
        TitleStanding::InForce | TitleStanding::RecheckDue => Ok(()),
        TitleStanding::Expired | TitleStanding::Revoked => {
            Err(Error::conflict("not_in_force", "该称号已失效", "The title is not in force"))
        }
    }
}

/// A title that the office changes, under its competition's lock.
fn enter_title(conn: &mut Conn, act: &mut Act<'_>, id: TitleId, revision: i64) -> Result<Title> {
    act.context.may(Action::ChangeTitle, Relation::General)?;
    let found = titles::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    act.enter(conn, found.competition_id)?;
    act.on("title", id);
    let title = titles::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    must_be_current(title.revision, revision)?;
    if title.state == TitleState::Revoked {
        return Err(Error::conflict("not_in_force", "该称号已失效", "The title is not in force"));
    }
    Ok(title)
}

/// Renews a title after its re-check.
///
/// # Errors
/// If the caller is not the office, the title is revoked or has changed meanwhile, or a field is wrong.
pub async fn renew(
    service: &Service,
    context: &Arc<RequestContext>,
    id: TitleId,
    revision: i64,
    renew: RenewTitle,
) -> Result<TitleHistoryView> {
    service
        .write(context, Action::ChangeTitle, move |conn, act| {
            let title = enter_title(conn, act, id, revision)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &renew.text, 1, lengths::REPORT);
            if renew.valid_until <= date(&title.valid_until)? {
                problems.push(FieldProblem::new(
                    "/valid_until",
                    "not_later",
                    "须晚于现有效期",
                    "Must be later than the present last day",
                ));
            }
            must_be_valid(problems)?;
            let until = Some(renew.valid_until);
            let title = happen(conn, act, title, TitleEventKind::Renewed, None, &renew.text, until)?;
            history_view(conn, &title, act.now.date())
        })
        .await
}

/// Revokes a title.
///
/// # Errors
/// If the caller is not the office, the title is revoked already or has changed meanwhile, or the reason is missing.
pub async fn revoke(
    service: &Service,
    context: &Arc<RequestContext>,
    id: TitleId,
    revision: i64,
    because: Because,
) -> Result<TitleHistoryView> {
    service
        .write(context, Action::ChangeTitle, move |conn, act| {
            let title = enter_title(conn, act, id, revision)?;
            need_text("/reason", &because.reason, 1, 20_000)?;
            let titles = super::applications::titles(conn, &[title.application_id])?;
            let name = titles.into_values().next().unwrap_or_default();
            act.follows(FieldProblem::new(
                "",
                "revoked",
                format!("“{name}”的称号立即失效，公众随即可见，不能恢复"),
                format!("The title of “{name}” ends at once, for everybody to see; it can't be restored"),
            ));
            let title = happen(conn, act, title, TitleEventKind::Revoked, None, &because.reason, None)?;
            history_view(conn, &title, act.now.date())
        })
        .await
}

fn events(conn: &mut Conn, title: &Title) -> Result<Vec<TitleEventView>> {
    let subject = title.application_id.to_string();
    let kept = db::documents::versions(conn, title.competition_id, DocumentKind::Title, &subject)?;
    let kept = kept.iter();
    kept.map(|document| Ok(TitleEventView { at: document.signed_at, event: parse(&document.content)? }))
        .collect()
}

fn history_view(conn: &mut Conn, title: &Title, today: NaiveDate) -> Result<TitleHistoryView> {
    Ok(TitleHistoryView { title: view(title, today)?, events: events(conn, title)? })
}

/// A title with what happened to it: for everybody. What a yearly report says is for its holder, the office and the
/// supervisors; others learn that it was filed.
///
/// # Errors
/// If there is none.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: TitleId) -> Result<TitleHistoryView> {
    let (today, context) = (service.clock.now().date(), Arc::clone(context));
    service
        .read_public("title.read", move |conn| {
            let title = titles::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let mut view = history_view(conn, &title, today)?;
            let inside = context.may(Action::ReadObjections, Relation::General).is_ok()
                || find(conn, &context, title.application_id, Action::ReportTitle).is_ok();
            for event in view.events.iter_mut().filter(|event| event.event.kind == TitleEventKind::Report) {
                if !inside {
                    event.event.text.clear();
                }
            }
            Ok(view)
        })
        .await
}

/// The titles that a competition awarded, as they stand today: for everybody.
///
/// # Errors
/// If the database fails.
pub async fn of_competition(service: &Service, id: CompetitionId) -> Result<Vec<TitleView>> {
    let today = service.clock.now().date();
    let read = move |conn: &mut Conn| {
        titles::of_competition(conn, id)?.iter().map(|row| view(row, today)).collect::<Result<Vec<_>>>()
    };
    service.read_public("title.of_edition", read).await
}

/// Titles of all competitions, newest first: for everybody.
///
/// # Errors
/// If the database fails.
pub async fn list(service: &Service, before: Option<TitleId>, limit: usize) -> Result<Page<TitleView>> {
    let today = service.clock.now().date();
    service
        .read_public("title.list", move |conn| {
            let rows = titles::list(conn, before, Page::<Title>::rows(limit))?;
            let page = Page::of(rows, limit, |row| row.id.to_string());
            let items = page.items.iter().map(|row| view(row, today)).collect::<Result<_>>()?;
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await
}

/// The titles that the caller's region holds as lead, newest first, with what happened to them.
///
/// # Errors
/// If the caller files no reports.
pub(crate) async fn list_own(
    service: &Service,
    context: &Arc<RequestContext>,
) -> Result<Vec<TitleHistoryView>> {
    let today = service.clock.now().date();
    service
        .read(context, Action::ReportTitle, "title".to_owned(), move |conn, context| {
            context.may(Action::ReportTitle, Relation::General)?;
            let region = context.caller()?.region.clone().ok_or_else(Error::not_found)?;
            let ids = db::applications::led_by(conn, &region)?;
            let held = titles::of_applications(conn, &ids)?;
            let subjects: Vec<String> = held.iter().map(|title| title.application_id.to_string()).collect();
            let happened = db::documents::of_subjects(conn, DocumentKind::Title, &subjects)?;
            let history = |title: &Title| {
                let subject = title.application_id.to_string();
                let own = happened.iter().filter(|document| {
                    document.subject == subject && document.competition_id == title.competition_id
                });
                let event = |document: &db::documents::Document| {
                    Ok(TitleEventView { at: document.signed_at, event: parse(&document.content)? })
                };
                Ok(TitleHistoryView {
                    title: view(title, today)?,
                    events: own.map(event).collect::<Result<_>>()?,
                })
            };
            held.iter().map(history).collect()
        })
        .await
}
