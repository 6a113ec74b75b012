//! Which accounts people sign in to by the platform, and trips there that are over.

use diesel::prelude::*;

use super::connection::{Conn, columns, each};
use super::schema::{platform_link, platform_trip};
use crate::domain::ids::{AccountId, PlatformLinkId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// That somebody of the platform is the owner of an account.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = platform_link)]
pub(crate) struct PlatformLink {
    pub(crate) id: PlatformLinkId,
    pub(crate) account_id: AccountId,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// What they are called there.
    pub(crate) label: String,
    pub(crate) linked_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

pub(crate) fn insert(conn: &mut Conn, new: &PlatformLink) -> Result<()> {
    diesel::insert_into(platform_link::table).values(new).execute(conn)?;
    Ok(())
}

/// The link of a subject of a platform that holds.
pub(crate) fn of_subject(conn: &mut Conn, issuer: &str, subject: &str) -> Result<Option<PlatformLink>> {
    let query = platform_link::table
        .filter(platform_link::issuer.eq(issuer))
        .filter(platform_link::subject.eq(subject))
        .filter(platform_link::ended_at.is_null())
        .select(columns::<PlatformLink>());
    Ok(query.first(conn).optional()?)
}

/// The link of an account that holds.
pub(crate) fn of_account(conn: &mut Conn, account: AccountId) -> Result<Option<PlatformLink>> {
    let query = platform_link::table
        .filter(platform_link::account_id.eq(account))
        .filter(platform_link::ended_at.is_null())
        .select(columns::<PlatformLink>());
    Ok(query.first(conn).optional()?)
}

/// Ends the link of an account; whether it had one.
pub(crate) fn end(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<bool> {
    let held = platform_link::table
        .filter(platform_link::account_id.eq(account))
        .filter(platform_link::ended_at.is_null());
    Ok(diesel::update(held).set(platform_link::ended_at.eq(now)).execute(conn)? > 0)
}

/// Says that a browser has come back from a trip, and forgets those before `since`; whether it was the first time.
pub(crate) fn come_back(conn: &mut Conn, state: Digest, now: Timestamp, since: Timestamp) -> Result<bool> {
    diesel::delete(platform_trip::table.filter(platform_trip::at.lt(since))).execute(conn)?;
    let (state, at) = (state.to_string(), now.micros());
    let rows = each!(conn, c => diesel::insert_into(platform_trip::table)
        .values((platform_trip::state.eq(&state), platform_trip::at.eq(at)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}
