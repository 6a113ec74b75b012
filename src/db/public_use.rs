//! What the public took: a count for each purpose, mark and day. Days that are over are not kept.

use diesel::prelude::*;

use super::connection::{Conn, each};
use super::schema::public_use;
use crate::error::Result;

/// The day of what counts for good.
pub(crate) const EVER: &str = "";

pub(crate) struct Use<'a> {
    pub(crate) purpose: &'a str,
    /// Of whom; empty for all together.
    pub(crate) mark: &'a str,
    /// On which day, or [`EVER`].
    pub(crate) day: &'a str,
}

/// How much was taken.
pub(crate) fn taken(conn: &mut Conn, of: &Use<'_>) -> Result<i64> {
    let key = (of.purpose, of.mark, of.day);
    Ok(public_use::table.find(key).select(public_use::used).first(conn).optional()?.unwrap_or(0))
}

/// Takes more; how much was taken together. Whoever takes of the same waits until this transaction has ended.
pub(crate) fn take(conn: &mut Conn, of: &Use<'_>, amount: i64) -> Result<i64> {
    each!(conn, c => diesel::insert_into(public_use::table)
        .values((
            public_use::purpose.eq(of.purpose),
            public_use::mark.eq(of.mark),
            public_use::day.eq(of.day),
            public_use::used.eq(0_i64),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    diesel::update(public_use::table.find((of.purpose, of.mark, of.day)))
        .set(public_use::used.eq(public_use::used + amount))
        .execute(conn)?;
    taken(conn, of)
}

/// Forgets the days before `day`; how many rows.
pub(crate) fn forget(conn: &mut Conn, day: &str) -> Result<usize> {
    let over = public_use::table.filter(public_use::day.ne(EVER)).filter(public_use::day.lt(day.to_owned()));
    Ok(diesel::delete(over).execute(conn)?)
}
