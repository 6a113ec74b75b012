//! What supervisors watch: what alarms are worked out from, and what waits for them, for several competitions at once and
//! without large contents. There are as many statements for a hundred competitions as for one.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::documents::Document;
use super::schema::{
    application, audit_event, competition, competition_version, document, draw, expert, formal_check,
    objection, panel_application, panel_seat, recommendation_list, session, sheet, submission,
};
use crate::domain::access::Action;
use crate::domain::catalogue::RegionCode;
use crate::domain::draw::{DrawState, SeatState};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::objection::ObjectionState;
use crate::domain::record::{Digest, DocumentKind, Outcome};
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A kept document.
#[derive(Queryable)]
pub(crate) struct Signed {
    pub(crate) competition: CompetitionId,
    pub(crate) kind: DocumentKind,
    pub(crate) subject: String,
    pub(crate) number: i32,
    pub(crate) by: AccountId,
    pub(crate) at: Timestamp,
}

/// When the first tally of each competition was made that has one.
pub(crate) fn first_tallies(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<Vec<(CompetitionId, Timestamp)>> {
    Ok(document::table
        .filter(document::competition_id.eq_any(ids.to_vec()))
        .filter(document::kind.eq(DocumentKind::Tally))
        .filter(document::number.eq(1))
        .select((document::competition_id, document::signed_at))
        .load(conn)?)
}

/// When the winners of each competition were first announced.
pub(crate) fn first_announcements(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<Vec<(CompetitionId, Timestamp)>> {
    Ok(document::table
        .filter(document::competition_id.eq_any(ids.to_vec()))
        .filter(document::kind.eq(DocumentKind::Announcement))
        .filter(document::number.eq(1))
        .select((document::competition_id, document::signed_at))
        .load(conn)?)
}

/// Everything signed that a tally rests on, and the tallies; in no order. Sheets signed for the first time before
/// `since` are left out.
pub(crate) fn documents(conn: &mut Conn, ids: &[CompetitionId], since: Timestamp) -> Result<Vec<Signed>> {
    let kinds = vec![
        DocumentKind::Sheet,
        DocumentKind::Inspection,
        DocumentKind::Increase,
        DocumentKind::Adjustments,
        DocumentKind::Tally,
    ];
    Ok(document::table
        .filter(document::competition_id.eq_any(ids.to_vec()))
        .filter(document::kind.eq_any(kinds))
        .filter(
            document::kind
                .ne(DocumentKind::Sheet)
                .or(document::number.gt(1))
                .or(document::signed_at.ge(since)),
        )
        .select((
            document::competition_id,
            document::kind,
            document::subject,
            document::number,
            document::signed_by,
            document::signed_at,
        ))
        .load(conn)?)
}

/// A version of a competition's settings.
#[derive(Queryable)]
pub(crate) struct SettingsVersion {
    pub(crate) competition: CompetitionId,
    pub(crate) number: i32,
    pub(crate) by: AccountId,
    pub(crate) at: Timestamp,
}

/// The versions of settings, oldest first.
pub(crate) fn versions(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<SettingsVersion>> {
    Ok(competition_version::table
        .filter(competition_version::competition_id.eq_any(ids.to_vec()))
        .order((competition_version::competition_id.asc(), competition_version::number.asc()))
        .select((
            competition_version::competition_id,
            competition_version::number,
            competition_version::changed_by,
            competition_version::changed_at,
        ))
        .load(conn)?)
}

/// An application: competition, identifier, number.
pub(crate) type Numbered = (CompetitionId, ApplicationId, Option<String>);

pub(crate) fn applications(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<Numbered>> {
    Ok(application::table
        .filter(application::competition_id.eq_any(ids.to_vec()))
        .select((application::competition_id, application::id, application::number))
        .load(conn)?)
}

/// A submission.
#[derive(Queryable)]
pub(crate) struct Submitted {
    pub(crate) competition: CompetitionId,
    pub(crate) application: ApplicationId,
    pub(crate) number: i32,
    pub(crate) by: AccountId,
    pub(crate) at: Timestamp,
}

pub(crate) fn submissions(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<Submitted>> {
    Ok(submission::table
        .inner_join(application::table.on(application::id.eq(submission::application_id)))
        .filter(application::competition_id.eq_any(ids.to_vec()))
        .order((submission::submitted_at.asc(), submission::application_id.asc()))
        .select((
            application::competition_id,
            submission::application_id,
            submission::number,
            submission::submitted_by,
            submission::submitted_at,
        ))
        .load(conn)?)
}

/// Until when each correction had to be submitted.
pub(crate) fn corrections(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<Vec<(ApplicationId, Option<Timestamp>)>> {
    Ok(formal_check::table
        .inner_join(application::table.on(application::id.eq(formal_check::application_id)))
        .filter(application::competition_id.eq_any(ids.to_vec()))
        .filter(formal_check::correction_until.is_not_null())
        .select((formal_check::application_id, formal_check::correction_until))
        .load(conn)?)
}

/// A list of a city, sealed.
#[derive(Queryable)]
pub(crate) struct Sealed {
    pub(crate) competition: CompetitionId,
    pub(crate) city: RegionCode,
    pub(crate) by: Option<AccountId>,
    pub(crate) at: Option<Timestamp>,
}

pub(crate) fn lists(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<Sealed>> {
    Ok(recommendation_list::table
        .filter(recommendation_list::competition_id.eq_any(ids.to_vec()))
        .filter(recommendation_list::sealed_at.is_not_null())
        .order((recommendation_list::sealed_at.asc(), recommendation_list::city.asc()))
        .select((
            recommendation_list::competition_id,
            recommendation_list::city,
            recommendation_list::sealed_by,
            recommendation_list::sealed_at,
        ))
        .load(conn)?)
}

/// A signed sheet: when it was signed last, and the digest of what was signed.
#[derive(Queryable)]
pub(crate) struct SignedSheet {
    pub(crate) competition: CompetitionId,
    pub(crate) application: ApplicationId,
    pub(crate) expert: ExpertId,
    pub(crate) at: Timestamp,
    pub(crate) digest: Digest,
}

/// Signed sheets as they hold, also of experts who serve no more; in no order.
pub(crate) fn sheets(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<SignedSheet>> {
    Ok(sheet::table
        .filter(sheet::competition_id.eq_any(ids.to_vec()))
        .filter(sheet::state.eq(SheetState::Signed))
        .filter(sheet::digest.is_not_null())
        .select((
            sheet::competition_id,
            sheet::application_id,
            sheet::expert_id,
            sheet::changed_at,
            sheet::digest.assume_not_null(),
        ))
        .load(conn)?)
}

/// The sheets that were signed at `since` or later, in no order.
pub(crate) fn signed_sheets(
    conn: &mut Conn,
    ids: &[CompetitionId],
    since: Timestamp,
) -> Result<Vec<Document>> {
    Ok(document::table
        .filter(document::competition_id.eq_any(ids.to_vec()))
        .filter(document::kind.eq(DocumentKind::Sheet))
        .filter(document::signed_at.ge(since))
        .select(columns::<Document>())
        .load(conn)?)
}

/// Which panel judges an application: its competition and its unit.
pub(crate) type Judged = (ApplicationId, (CompetitionId, String));

pub(crate) fn judged(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<Judged>> {
    Ok(panel_application::table
        .filter(panel_application::competition_id.eq_any(ids.to_vec()))
        .select((
            panel_application::application_id,
            (panel_application::competition_id, panel_application::unit),
        ))
        .load(conn)?)
}

/// Who serves on which panel.
pub(crate) fn serving(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<Vec<((CompetitionId, String), ExpertId)>> {
    Ok(panel_seat::table
        .filter(panel_seat::competition_id.eq_any(ids.to_vec()))
        .filter(panel_seat::state.eq(SeatState::Serving))
        .select(((panel_seat::competition_id, panel_seat::unit), panel_seat::expert_id))
        .load(conn)?)
}

/// The whole pool: expert, name, account.
pub(crate) fn experts(conn: &mut Conn) -> Result<Vec<(ExpertId, String, Option<AccountId>)>> {
    Ok(expert::table.select((expert::id, expert::name, expert::account_id)).load(conn)?)
}

/// A sign-in of an expert who serves.
#[derive(Queryable)]
pub(crate) struct SignIn {
    pub(crate) competition: CompetitionId,
    pub(crate) expert: ExpertId,
    pub(crate) source: String,
    pub(crate) at: Timestamp,
}

/// Sign-ins of experts who serve, oldest first.
pub(crate) fn sign_ins(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<SignIn>> {
    Ok(panel_seat::table
        .inner_join(expert::table.on(expert::id.eq(panel_seat::expert_id)))
        .inner_join(session::table.on(expert::account_id.eq(session::account_id.nullable())))
        .filter(panel_seat::competition_id.eq_any(ids.to_vec()))
        .filter(panel_seat::state.eq(SeatState::Serving))
        .order(session::created_at.asc())
        .select((panel_seat::competition_id, expert::id, session::source, session::created_at))
        .load(conn)?)
}

/// When the draw that holds was made.
pub(crate) fn drawn(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<Vec<(CompetitionId, Option<Timestamp>)>> {
    Ok(draw::table
        .filter(draw::competition_id.eq_any(ids.to_vec()))
        .filter(draw::state.eq(DrawState::Confirmed))
        .order(draw::number.desc())
        .select((draw::competition_id, draw::drawn_at))
        .load(conn)?)
}

/// Events of some actions, as recorded, in order: chain, number, event.
pub(crate) fn events(
    conn: &mut Conn,
    chains: Vec<String>,
    actions: &[Action],
) -> Result<Vec<(String, i64, String)>> {
    let actions: Vec<&str> = actions.iter().map(|action| action.as_str()).collect();
    // Not put in order by the database: SQLite would then read the whole chain in order rather than by the action.
    let mut events: Vec<(String, i64, String)> = audit_event::table
        .filter(audit_event::chain.eq_any(chains))
        .filter(audit_event::action.eq_any(actions))
        .filter(audit_event::outcome.eq(Outcome::Done.as_str()))
        .select((audit_event::chain, audit_event::seq, audit_event::body))
        .load(conn)?;
    events.sort_unstable();
    Ok(events)
}

/// An attempt to draw that is not over.
#[derive(Queryable)]
pub(crate) struct OpenDraw {
    pub(crate) competition: CompetitionId,
    pub(crate) number: i32,
    pub(crate) state: DrawState,
    pub(crate) frozen_at: Timestamp,
}

/// Attempts that wait for their seed or their witness, oldest first.
pub(crate) fn open_draws(conn: &mut Conn) -> Result<Vec<OpenDraw>> {
    Ok(draw::table
        .filter(draw::state.eq_any(vec![DrawState::Frozen, DrawState::Drawn]))
        .order(draw::frozen_at.asc())
        .select((draw::competition_id, draw::number, draw::state, draw::frozen_at))
        .load(conn)?)
}

/// Anonymous leads that nobody has dealt with, oldest first: competition, when it came.
pub(crate) fn open_leads(conn: &mut Conn) -> Result<Vec<(CompetitionId, Timestamp)>> {
    Ok(objection::table
        .filter(objection::state.eq(ObjectionState::Lead))
        .order(objection::received_at.asc())
        .select((objection::competition_id, objection::received_at))
        .load(conn)?)
}

/// Suspensions and their ends, in order.
pub(crate) fn suspensions(conn: &mut Conn) -> Result<Vec<Document>> {
    Ok(document::table
        // Every competition, named: the index of documents begins with the competition.
        .filter(document::competition_id.eq_any(competition::table.select(competition::id)))
        .filter(document::kind.eq(DocumentKind::Suspension))
        .order((document::competition_id.asc(), document::subject.asc(), document::number.asc()))
        .select(columns::<Document>())
        .load(conn)?)
}
