//! Score sheets: each expert's own, signed once and corrected with a reason, hidden from everybody until scoring closes.

mod paper;
mod signing;
mod table;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::applications::find;
use super::rules::{Cache, Rules, visible_competition};
use super::{Act, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::competitions::Competition;
use crate::db::documents::Document;
use crate::db::experts::{self, Seat};
use crate::db::sheets::{self, Sheet};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::record::{DocumentKind, canonical};
use crate::domain::sheet::{SheetContent, SheetState, check_sheet};
use crate::error::{Error, Result, must_be_current, must_be_valid};

pub use self::paper::*;
pub use self::signing::{correct, sign};
pub use self::table::import;
pub use self::views::*;

pub(super) fn subject(application: ApplicationId, expert: ExpertId) -> String {
    format!("{application}/{expert}")
}

/// What the subject of a sheet names.
pub(super) fn of_subject(subject: &str) -> Option<(ApplicationId, ExpertId)> {
    let (application, expert) = subject.split_once('/')?;
    Some((application.parse().ok()?, expert.parse().ok()?))
}

fn version_view(document: &Document) -> Result<SheetVersionView> {
    Ok(SheetVersionView {
        number: document.number,
        digest: document.digest,
        signed_at: document.signed_at,
        sheet: parse(&document.content)?,
    })
}

/// The caller's own sheet of an application, under the competition's lock.
struct Entered {
    competition: Competition,
    rules: Arc<Rules>,
    expert: ExpertId,
    /// The sheet as it stands; none while nothing is entered.
    before: Option<Sheet>,
}

fn enter_own(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &super::rules::Cache,
    id: ApplicationId,
) -> Result<Entered> {
    act.context.may(Action::FillSheet, Relation::General)?;
    act.on("application", id);
    let competition = act.enter_competition_of(conn, id)?;
    // A sheet asks for the seat alone: who has none here, or no longer, must not even know of the application.
    let own = sheets::own(conn, act.account()?, id)?;
    let own = own.filter(|own| own.seat.state == SeatState::Serving).ok_or_else(Error::not_found)?;
    act.context.may(Action::FillSheet, Relation::Panel { declared: own.seat.declared_at.is_some() })?;
    let (competition, rules) = visible_competition(conn, cache, act.context, competition)?;
    Ok(Entered { competition, rules, expert: own.expert, before: own.sheet })
}

/// Refuses a change of a sheet once scoring is closed, or before it begins. What arrived after the deadline is still
/// taken until the office closes: a late sheet is better than none, and the progress list says who is late.
fn must_be_scoring(competition: &Competition) -> Result<()> {
    if competition.state == CompetitionState::Scoring {
        return Ok(());
    }
    Err(Error::conflict("stage_closed", "当前阶段不能评分", "The competition is not at its scoring"))
}

fn no_longer_open() -> Error {
    Error::conflict(
        "signed",
        "评分表已签署；如需更改请提交更正并说明理由",
        "The sheet is signed; correct it with a reason instead",
    )
}

/// Saves a draft of the caller's own sheet over the revision that the caller saw.
///
/// # Errors
/// If the caller does not serve on the application's panel, has not declared, the competition is not at its scoring, the
/// sheet is signed or has changed meanwhile, or a score is off its scale.
pub async fn put(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    content: SheetContent,
) -> Result<SheetView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::FillSheet, move |conn, act| {
            let Entered { competition, rules, expert, before } = enter_own(conn, act, &cache, id)?;
            must_be_scoring(&competition)?;
            must_be_current(before.as_ref().map_or(0, |sheet| sheet.revision), revision)?;
            if before.as_ref().is_some_and(|sheet| sheet.state != SheetState::Draft) {
                return Err(no_longer_open());
            }
            must_be_valid(check_sheet(&content, &rules.tally.rubric, &rules.settings.review, false))?;
            let row = Sheet {
                application_id: id,
                expert_id: expert,
                competition_id: competition.id,
                state: SheetState::Draft,
                content: canonical(&content),
                version: 0,
                digest: None,
                revision: revision + 1,
                changed_by: act.account()?,
                changed_at: act.now,
            };
            sheets::put(conn, &row)?;
            act.changed(
                before.map(|sheet| crate::domain::record::digest_of(sheet.content)),
                Some(crate::domain::record::digest_of(&row.content)),
            );
            Ok(SheetView {
                application_id: id,
                state: row.state,
                revision: row.revision,
                content: content.clone(),
                versions: Vec::new(),
                changed_at: Some(row.changed_at),
            })
        })
        .await
}

/// The caller's own sheet, with its signed versions.
///
/// # Errors
/// If the caller does not serve on the application's panel, or has not declared.
pub async fn read_own(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<SheetView> {
    service
        .read(context, Action::FillSheet, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, Action::FillSheet)?;
            let own = sheets::own(conn, context.caller()?.account, id)?.ok_or_else(Error::not_found)?;
            let versions = crate::db::documents::versions(
                conn,
                application.competition_id,
                DocumentKind::Sheet,
                &subject(id, own.expert),
            )?;
            let versions = versions.iter().map(version_view).collect::<Result<Vec<_>>>()?;
            let row = own.sheet;
            let signed =
                versions.last().filter(|_| row.as_ref().is_some_and(|row| row.state == SheetState::Signed));
            Ok(SheetView {
                application_id: id,
                state: row.as_ref().map_or(SheetState::Draft, |row| row.state),
                revision: row.as_ref().map_or(0, |row| row.revision),
                content: match (signed, &row) {
                    (Some(signed), _) => signed.sheet.content.clone(),
                    (None, Some(row)) => parse(&row.content)?,
                    (None, None) => SheetContent::default(),
                },
                versions,
                changed_at: row.map(|row| row.changed_at),
            })
        })
        .await
}

/// The seat of an expert in the panel of an application, serving.
fn serving_seat(
    conn: &mut Conn,
    competition: CompetitionId,
    id: ApplicationId,
    expert: ExpertId,
) -> Result<Seat> {
    let placed = experts::panel_applications(conn, competition)?;
    let unit = placed.into_iter().find(|entry| entry.application_id == id).map(|entry| entry.unit);
    let seats = experts::seats(conn, competition)?.into_iter();
    let seat = seats
        .filter(|seat| Some(&seat.unit) == unit.as_ref() && seat.state == SeatState::Serving)
        .find(|seat| seat.expert_id == expert);
    seat.ok_or_else(|| {
        Error::invalid_field(
            "/expert_id",
            "not_in_panel",
            "该专家不在本申报的评审组",
            "The expert does not serve on the application's panel",
        )
    })
}

/// All sheets of an application, with every signed version: for supervisors at any time, for the office once scoring is
/// closed.
///
/// # Errors
/// If the caller may not see them, or not yet.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<ExpertSheetView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadSheets, format!("application/{id}"), move |conn, context| {
            list_in(conn, &cache, context, id)
        })
        .await
}

/// The same in a transaction.
pub(crate) fn list_in(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<Vec<ExpertSheetView>> {
    let (application, _) = find(conn, context, id, Action::ReadSheets)?;
    let (competition, _) = visible_competition(conn, cache, context, application.competition_id)?;
    let supervisor = context.caller.as_ref().is_some_and(|caller| caller.role == Role::Supervisor);
    if !supervisor && competition.state < CompetitionState::Selection {
        return Err(Error::conflict(
            "still_hidden",
            "评分结束前，评分表对领导小组办公室保密",
            "Sheets are hidden from the office until scoring is closed",
        ));
    }
    context.may(Action::ReadSheets, Relation::General)?;
    expert_sheets(conn, competition.id, id)
}

fn expert_sheets(
    conn: &mut Conn,
    competition: CompetitionId,
    id: ApplicationId,
) -> Result<Vec<ExpertSheetView>> {
    let names = experts::names(conn)?;
    let placed = experts::panel_applications(conn, competition)?;
    let unit = placed.into_iter().find(|entry| entry.application_id == id).map(|entry| entry.unit);
    let serving: Vec<ExpertId> = experts::seats(conn, competition)?
        .into_iter()
        .filter(|seat| Some(&seat.unit) == unit.as_ref() && seat.state == SeatState::Serving)
        .map(|seat| seat.expert_id)
        .collect();
    let mut versions: BTreeMap<String, Vec<SheetVersionView>> = BTreeMap::new();
    let rows = sheets::of_application(conn, id)?;
    let subjects: Vec<String> = rows.iter().map(|row| subject(id, row.expert_id)).collect();
    for document in crate::db::documents::about(conn, competition, DocumentKind::Sheet, &subjects)? {
        versions.entry(document.subject.clone()).or_default().push(version_view(&document)?);
    }
    Ok(rows
        .into_iter()
        .map(|sheet| ExpertSheetView {
            name: names.get(&sheet.expert_id).cloned().unwrap_or_default(),
            is_serving: serving.contains(&sheet.expert_id),
            state: sheet.state,
            versions: versions.remove(&subject(id, sheet.expert_id)).unwrap_or_default(),
            expert_id: sheet.expert_id,
        })
        .collect())
}
