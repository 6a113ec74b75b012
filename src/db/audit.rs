//! The audit trail: events numbered without gaps and chained by their digests, and the lock that goes with a chain.

use diesel::prelude::*;

use super::connection::{Conn, Locked, LockedOf, Of, Prepared, Together, each};
use super::schema::{application, audit_event, audit_head};
use crate::domain::access::Action;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, RequestId};
use crate::domain::record::{Digest, Event};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The chain of events that belong to no competition.
pub(crate) const SERVICE_CHAIN: &str = "service";

#[derive(Clone, Copy, Debug, Queryable)]
pub(crate) struct Head {
    /// Number of its last event; 0 if it has none.
    pub(crate) seq: i64,
    /// Digest of its last event; zeros if it has none.
    pub(crate) digest: Digest,
    /// Time of its last event.
    pub(crate) at: Timestamp,
}

/// Takes the lock of a chain until the transaction ends. Whoever holds it is alone in writing to that competition, so that
/// what spans several rows (a quota, one lead per region and chain) can be checked and then done.
pub(crate) fn lock(conn: &mut Conn, chain: &str) -> Result<Head> {
    let find = |conn: &mut Conn| {
        Locked(audit_head::table.find(chain).select((audit_head::seq, audit_head::digest, audit_head::at)))
            .get_result::<Head>(conn)
            .optional()
    };
    if let Some(head) = find(conn)? {
        return Ok(head);
    }
    each!(conn, c => diesel::insert_into(audit_head::table)
        .values((
            audit_head::chain.eq(chain),
            audit_head::seq.eq(0),
            audit_head::digest.eq(Digest::ZERO.to_string()),
            audit_head::at.eq(0),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(find(conn)?.unwrap_or(Head { seq: 0, digest: Digest::ZERO, at: Timestamp::from_micros(0) }))
}

/// The same of the competition of an application, which is never another one: by one statement. None if there is no such
/// application, or its competition's chain has no end yet.
pub(crate) fn lock_of(conn: &mut Conn, id: ApplicationId) -> Result<Option<(CompetitionId, Head)>> {
    let head = (audit_head::seq, audit_head::digest, audit_head::at);
    let found = LockedOf(
        application::table
            .inner_join(audit_head::table.on(audit_head::chain.eq(application::competition_id)))
            .filter(application::id.eq(id))
            .select((application::competition_id, head)),
        Of("audit_head"),
    );
    Ok(found.get_result(conn).optional()?)
}

/// Since when the service's chain tells of what happened in this database: its first event, or a later restore.
pub(crate) fn time_told(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let own = audit_event::table.filter(audit_event::chain.eq(SERVICE_CHAIN));
    let first =
        own.order(audit_event::seq.asc()).select(audit_event::at).first::<Timestamp>(conn).optional()?;
    let restored = own
        .filter(audit_event::action.eq(Action::Restore.as_str()))
        .order(audit_event::seq.desc())
        .select(audit_event::at)
        .first::<Timestamp>(conn)
        .optional()?;
    Ok(first.max(restored))
}

/// Appends an event to the chain whose lock is held.
pub(crate) fn append(conn: &mut Conn, event: &Event) -> Result<Digest> {
    let (body, digest) = event.seal();
    let end = diesel::update(audit_head::table.find(&event.chain)).set((
        audit_head::seq.eq(event.seq),
        audit_head::digest.eq(digest),
        audit_head::at.eq(event.at),
    ));
    let event = diesel::insert_into(audit_event::table).values((
        audit_event::chain.eq(&event.chain),
        audit_event::seq.eq(event.seq),
        audit_event::digest.eq(digest),
        audit_event::body.eq(body),
        audit_event::at.eq(event.at),
        audit_event::account_id.eq(event.actor.as_ref().map(|actor| actor.account)),
        audit_event::action.eq(&event.action),
        audit_event::object.eq(&event.object),
        audit_event::outcome.eq(event.outcome.as_str()),
        audit_event::request_id.eq(event.request),
    ));
    match conn {
        Conn::Pg(conn) => Prepared(Together(end, event)).execute(conn)?,
        Conn::Sqlite(conn) => {
            Prepared(end).execute(conn)?;
            event.execute(conn)?
        }
    };
    Ok(digest)
}

/// The time of the last event of any chain.
pub(crate) fn last_at(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let last = audit_head::table.filter(audit_head::seq.gt(0)).select(diesel::dsl::max(audit_head::at));
    Ok(last.get_result::<Option<Timestamp>>(conn)?)
}

/// Whether a chain has an event of an action on an object.
pub(crate) fn has(conn: &mut Conn, chain: &str, action: &str, object: &str) -> Result<bool> {
    let found = audit_event::table
        .filter(audit_event::chain.eq(chain))
        .filter(audit_event::action.eq(action))
        .filter(audit_event::object.eq(object))
        .select(audit_event::seq)
        .first::<i64>(conn)
        .optional()?;
    Ok(found.is_some())
}

/// What to look for in the trail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) account: Option<AccountId>,
    pub(crate) action: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) request: Option<RequestId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

#[derive(Clone, Debug, Queryable)]
pub(crate) struct StoredEvent {
    pub(crate) seq: i64,
    pub(crate) digest: Digest,
    pub(crate) body: String,
}

/// Events of a chain after a number, oldest first.
pub(crate) fn list(
    conn: &mut Conn,
    chain: &str,
    after: i64,
    limit: i64,
    filter: &Filter,
) -> Result<Vec<StoredEvent>> {
    let mut query = audit_event::table
        .filter(audit_event::chain.eq(chain.to_owned()))
        .filter(audit_event::seq.gt(after))
        .into_boxed();
    if let Some(account) = filter.account {
        query = query.filter(audit_event::account_id.eq(account));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit_event::action.eq(action.clone()));
    }
    if let Some(object) = &filter.object {
        query = query.filter(audit_event::object.eq(object.clone()));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(audit_event::outcome.eq(outcome.clone()));
    }
    if let Some(request) = filter.request {
        query = query.filter(audit_event::request_id.eq(request));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_event::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_event::at.le(until));
    }
    Ok(query
        .order(audit_event::seq.asc())
        .limit(limit)
        .select((audit_event::seq, audit_event::digest, audit_event::body))
        .load(conn)?)
}
