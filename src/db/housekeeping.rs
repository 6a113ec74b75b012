//! Rows that serve nothing any more.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{
    account_message, idempotency, login_failure, machine, one_time_link, passkey_challenge, platform_trip,
    public_answer, refresh_token, session,
};
use super::{guesses, public_use, webhooks};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Up to when what has ended is forgotten.
pub(crate) struct Until {
    /// Sessions and tokens of external systems: supervisors are told from them who signed in from where.
    pub(crate) sessions: Timestamp,
    /// What owners of accounts were told, by when they had read it.
    pub(crate) read_messages: Timestamp,
    /// One-time links that ended, and answers to requests that may be repeated.
    pub(crate) links_and_answers: Timestamp,
    /// What webhooks have told.
    pub(crate) deliveries: Timestamp,
    /// What serves for minutes or hours: refresh tokens (by when they were issued: no session lasts a day), passwords that
    /// were tried, challenges, trips to the platform, answers to people without an account.
    pub(crate) passing: Timestamp,
    /// The day before which nothing counts that the public took.
    pub(crate) today: String,
}

/// Removes what ended before; how many rows.
pub(crate) fn forget(conn: &mut Conn, until: &Until) -> Result<usize> {
    let passing = until.passing;
    let tokens = refresh_token::table.filter(refresh_token::issued_at.lt(passing));
    let sessions = session::table.filter(session::expires_at.lt(until.sessions));
    let machines = machine::table.filter(machine::expires_at.lt(until.sessions));
    let links = one_time_link::table.filter(one_time_link::expires_at.lt(until.links_and_answers));
    let answers = idempotency::table.filter(idempotency::stored_at.lt(until.links_and_answers));
    let read = account_message::table.filter(account_message::read_at.lt(until.read_messages));
    let challenges = passkey_challenge::table.filter(passkey_challenge::ends_at.lt(passing));
    let trips = platform_trip::table.filter(platform_trip::at.lt(passing));
    let public = public_answer::table.filter(public_answer::stored_at.lt(passing));
    let failures = login_failure::table.filter(login_failure::since.lt(passing));
    let rows = [
        webhooks::forget(conn, until.deliveries, until.sessions)?,
        diesel::delete(tokens).execute(conn)?,
        diesel::delete(sessions).execute(conn)?,
        diesel::delete(machines).execute(conn)?,
        diesel::delete(links).execute(conn)?,
        diesel::delete(answers).execute(conn)?,
        diesel::delete(read).execute(conn)?,
        diesel::delete(challenges).execute(conn)?,
        diesel::delete(trips).execute(conn)?,
        diesel::delete(public).execute(conn)?,
        diesel::delete(failures).execute(conn)?,
        guesses::forget(conn, passing)?,
        public_use::forget(conn, &until.today)?,
    ];
    Ok(rows.iter().sum())
}
