//! Objections of the public with their files, and applicants' requests for a re-check.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::{objection, objection_file, recheck_request};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ObjectionFileId, ObjectionId, RecheckId};
use crate::domain::objection::{ObjectionChannel, ObjectionState, RecheckState};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = objection)]
pub(crate) struct Objection {
    pub(crate) id: ObjectionId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) application_id: ApplicationId,
    pub(crate) number: String,
    /// What stands for the code by which its status is looked up: a MAC, or a digest in rows of releases before.
    pub(crate) code_digest: Digest,
    pub(crate) anonymous: bool,
    pub(crate) state: ObjectionState,
    pub(crate) content: String,
    /// Who objects; never shown to applicants.
    pub(crate) identity: Option<String>,
    pub(crate) steps: String,
    pub(crate) due: Option<Timestamp>,
    pub(crate) revision: i64,
    pub(crate) received_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// When whoever objects was shown to be reachable.
    pub(crate) reached_at: Option<Timestamp>,
    /// How it came, where the office registered it.
    pub(crate) channel: Option<ObjectionChannel>,
}

pub(crate) fn insert(conn: &mut Conn, new: &Objection) -> Result<()> {
    diesel::insert_into(objection::table).values(new).execute(conn)?;
    Ok(())
}

/// Stores where it stands over revision `changed.revision - 1`.
pub(crate) fn update(conn: &mut Conn, changed: &Objection) -> Result<()> {
    let before = changed.revision - 1;
    let rows = diesel::update(objection::table.find(changed.id).filter(objection::revision.eq(before)))
        .set((
            objection::state.eq(changed.state),
            objection::steps.eq(&changed.steps),
            objection::revision.eq(changed.revision),
            objection::changed_at.eq(changed.changed_at),
            objection::reached_at.eq(changed.reached_at),
        ))
        .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

pub(crate) fn by_id(conn: &mut Conn, id: ObjectionId) -> Result<Option<Objection>> {
    Ok(objection::table.find(id).select(columns::<Objection>()).first(conn).optional()?)
}

pub(crate) fn by_code(conn: &mut Conn, codes: &[Digest]) -> Result<Option<Objection>> {
    Ok(objection::table
        .filter(objection::code_digest.eq_any(codes.to_vec()))
        .select(columns::<Objection>())
        .first(conn)
        .optional()?)
}

/// The objections of a competition, oldest first.
pub(crate) fn of_competition(conn: &mut Conn, id: CompetitionId) -> Result<Vec<Objection>> {
    Ok(objection::table
        .filter(objection::competition_id.eq(id))
        .order(objection::id.asc())
        .select(columns::<Objection>())
        .load(conn)?)
}

/// Which part of a competition's objections to list.
pub(crate) struct Wanted {
    pub(crate) competition: CompetitionId,
    /// Those after it.
    pub(crate) after: Option<ObjectionId>,
    /// Those in one of these states; in any where there are none.
    pub(crate) states: Vec<ObjectionState>,
    /// Whether leads are among them.
    pub(crate) leads: bool,
}

/// Part of a competition's objections, oldest first.
pub(crate) fn list(conn: &mut Conn, wanted: &Wanted, limit: i64) -> Result<Vec<Objection>> {
    let mut query = objection::table
        .filter(objection::competition_id.eq(wanted.competition))
        .select(columns::<Objection>())
        .into_boxed();
    if let Some(after) = wanted.after {
        query = query.filter(objection::id.gt(after));
    }
    if !wanted.states.is_empty() {
        query = query.filter(objection::state.eq_any(wanted.states.clone()));
    }
    if !wanted.leads {
        query = query.filter(objection::anonymous.eq(false));
    }
    Ok(query.order(objection::id.asc()).limit(limit).load(conn)?)
}

/// The objections to an application, oldest first.
pub(crate) fn to_application(conn: &mut Conn, id: ApplicationId) -> Result<Vec<Objection>> {
    Ok(objection::table
        .filter(objection::application_id.eq(id))
        .order(objection::id.asc())
        .select(columns::<Objection>())
        .load(conn)?)
}

/// A file that came with an objection.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = objection_file)]
pub(crate) struct ObjectionFile {
    pub(crate) id: ObjectionFileId,
    pub(crate) objection_id: ObjectionId,
    pub(crate) digest: Digest,
    pub(crate) size: i64,
    pub(crate) media_type: String,
    pub(crate) name: String,
    pub(crate) uploaded_at: Timestamp,
}

pub(crate) fn insert_file(conn: &mut Conn, new: &ObjectionFile) -> Result<()> {
    diesel::insert_into(objection_file::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn file_by_id(conn: &mut Conn, id: ObjectionFileId) -> Result<Option<ObjectionFile>> {
    Ok(objection_file::table.find(id).select(columns::<ObjectionFile>()).first(conn).optional()?)
}

/// The files of some objections, in order of upload.
pub(crate) fn files(conn: &mut Conn, ids: &[ObjectionId]) -> Result<Vec<ObjectionFile>> {
    Ok(objection_file::table
        .filter(objection_file::objection_id.eq_any(ids.to_vec()))
        .order(objection_file::id.asc())
        .select(columns::<ObjectionFile>())
        .load(conn)?)
}

/// A request for a re-check.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = recheck_request)]
pub(crate) struct RecheckRequest {
    pub(crate) id: RecheckId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) application_id: ApplicationId,
    pub(crate) state: RecheckState,
    pub(crate) content: String,
    pub(crate) answer: Option<String>,
    pub(crate) revision: i64,
    pub(crate) filed_by: AccountId,
    pub(crate) filed_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn insert_recheck(conn: &mut Conn, new: &RecheckRequest) -> Result<()> {
    diesel::insert_into(recheck_request::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn recheck_by_id(conn: &mut Conn, id: RecheckId) -> Result<Option<RecheckRequest>> {
    Ok(recheck_request::table.find(id).select(columns::<RecheckRequest>()).first(conn).optional()?)
}

/// Stores the answer over revision `changed.revision - 1`.
pub(crate) fn update_recheck(conn: &mut Conn, changed: &RecheckRequest) -> Result<()> {
    let before = changed.revision - 1;
    let rows =
        diesel::update(recheck_request::table.find(changed.id).filter(recheck_request::revision.eq(before)))
            .set((
                recheck_request::state.eq(changed.state),
                recheck_request::answer.eq(&changed.answer),
                recheck_request::revision.eq(changed.revision),
                recheck_request::changed_at.eq(changed.changed_at),
            ))
            .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

/// The requests of a competition, oldest first.
pub(crate) fn rechecks_of_competition(conn: &mut Conn, id: CompetitionId) -> Result<Vec<RecheckRequest>> {
    Ok(recheck_request::table
        .filter(recheck_request::competition_id.eq(id))
        .order(recheck_request::id.asc())
        .select(columns::<RecheckRequest>())
        .load(conn)?)
}

/// The requests about an application, oldest first.
pub(crate) fn rechecks_of_application(conn: &mut Conn, id: ApplicationId) -> Result<Vec<RecheckRequest>> {
    Ok(recheck_request::table
        .filter(recheck_request::application_id.eq(id))
        .order(recheck_request::id.asc())
        .select(columns::<RecheckRequest>())
        .load(conn)?)
}
