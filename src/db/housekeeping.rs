//! Rows that serve nothing any more.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{idempotency, one_time_link, refresh_token, session};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Up to when what has ended is forgotten.
pub(crate) struct Until {
    /// Sessions: supervisors are told from them who signed in from where.
    pub(crate) sessions: Timestamp,
    /// Refresh tokens, by when they were issued: their sessions have long ended, of which none lasts a day.
    pub(crate) tokens: Timestamp,
    /// One-time links that ended, and answers to requests that may be repeated.
    pub(crate) links_and_answers: Timestamp,
}

/// Removes what ended before; how many rows.
pub(crate) fn forget(conn: &mut Conn, until: &Until) -> Result<usize> {
    let mut rows = diesel::delete(refresh_token::table.filter(refresh_token::issued_at.lt(until.tokens)))
        .execute(conn)?;
    rows += diesel::delete(session::table.filter(session::expires_at.lt(until.sessions))).execute(conn)?;
    rows +=
        diesel::delete(one_time_link::table.filter(one_time_link::expires_at.lt(until.links_and_answers)))
            .execute(conn)?;
    rows += diesel::delete(idempotency::table.filter(idempotency::stored_at.lt(until.links_and_answers)))
        .execute(conn)?;
    Ok(rows)
}
