//! Events of competitions' chains, as those who follow what changes are told of them.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{application, audit_event, objection};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::record::{Digest, Outcome};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What somebody is told of a chain.
pub(crate) struct Told {
    /// Keys of the actions that they are told, whatever these are on.
    pub(crate) whole: Vec<String>,
    /// Keys of those that they are told where they see the application.
    pub(crate) with_application: Vec<String>,
    /// The applications that they see, as the trail names them; none: all but those that are left out.
    pub(crate) seen: Option<Vec<String>>,
    /// Objects of which they are not told at all.
    pub(crate) left_out: Vec<String>,
}

#[derive(Clone, Debug, Queryable)]
pub(crate) struct Change {
    pub(crate) seq: i64,
    pub(crate) digest: Digest,
    pub(crate) at: Timestamp,
    pub(crate) action: String,
    pub(crate) object: String,
}

/// Digest, chain and number of the events with these digests.
pub(crate) fn places(conn: &mut Conn, digests: &[Digest]) -> Result<Vec<(Digest, String, i64)>> {
    Ok(audit_event::table
        .filter(audit_event::digest.eq_any(digests.to_vec()))
        .select((audit_event::digest, audit_event::chain, audit_event::seq))
        .load(conn)?)
}

macro_rules! of_chain {
    ($chain:expr, $after:expr, $told:expr) => {{
        let with_application = audit_event::action.eq_any($told.with_application.clone());
        let mut query = audit_event::table
            .filter(audit_event::chain.eq($chain.to_string()))
            .filter(audit_event::seq.gt($after))
            .filter(audit_event::outcome.eq(Outcome::Done.as_str()))
            .filter(audit_event::object.ne_all($told.left_out.clone()))
            .select((
                audit_event::seq,
                audit_event::digest,
                audit_event::at,
                audit_event::action,
                audit_event::object,
            ))
            .into_boxed();
        let whole = audit_event::action.eq_any($told.whole.clone());
        query = match &$told.seen {
            None => query.filter(whole.or(with_application)),
            Some(seen) => {
                query.filter(whole.or(with_application.and(audit_event::object.eq_any(seen.clone()))))
            }
        };
        query
    }};
}

/// Events of a competition after a number that somebody is told, oldest first.
pub(crate) fn after(
    conn: &mut Conn,
    chain: CompetitionId,
    after: i64,
    told: &Told,
    limit: i64,
) -> Result<Vec<Change>> {
    Ok(of_chain!(chain, after, told).order(audit_event::seq.asc()).limit(limit).load(conn)?)
}

/// The last event of a competition that somebody is told.
pub(crate) fn last(conn: &mut Conn, chain: CompetitionId, told: &Told) -> Result<Option<Change>> {
    Ok(of_chain!(chain, 0_i64, told).order(audit_event::seq.desc()).limit(1).first(conn).optional()?)
}

/// Applications of a competition that were never submitted.
pub(crate) fn never_submitted(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<ApplicationId>> {
    Ok(application::table
        .filter(application::competition_id.eq(competition))
        .filter(application::number.is_null())
        .select(application::id)
        .load(conn)?)
}

/// Objections of a competition by nobody who says a name.
pub(crate) fn leads(
    conn: &mut Conn,
    competition: CompetitionId,
) -> Result<Vec<crate::domain::ids::ObjectionId>> {
    Ok(objection::table
        .filter(objection::competition_id.eq(competition))
        .filter(objection::anonymous.eq(true))
        .select(objection::id)
        .load(conn)?)
}

/// Revisions of applications, as they are now.
pub(crate) fn revisions(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<(ApplicationId, i64)>> {
    Ok(application::table
        .filter(application::id.eq_any(ids.to_vec()))
        .select((application::id, application::revision))
        .load(conn)?)
}
