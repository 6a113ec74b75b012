//! Passwords that were tried lately: a row each, written before the password is looked at.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::password_guess;
use crate::domain::ids::GuessId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A password that was tried for a name.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = password_guess)]
pub(crate) struct Guess {
    pub(crate) id: GuessId,
    pub(crate) name: String,
    /// Where it came from, as far as guesses are counted together.
    pub(crate) place: String,
    pub(crate) at: Timestamp,
    /// Whether the right password came from the same place afterwards.
    pub(crate) forgiven: bool,
}

pub(crate) fn insert(conn: &mut Conn, new: &Guess) -> Result<()> {
    diesel::insert_into(password_guess::table).values(new).execute(conn)?;
    Ok(())
}

/// How many were tried for a name after a time, from all places that begin so.
pub(crate) fn count(conn: &mut Conn, name: &str, places: &str, after: Timestamp) -> Result<i64> {
    let tried = password_guess::table
        .filter(password_guess::name.eq(name))
        .filter(password_guess::place.like(format!("{places}%")))
        .filter(password_guess::at.gt(after));
    Ok(tried.count().get_result(conn)?)
}

/// How many were tried for a name after a time from one place, without those that are forgiven.
pub(crate) fn count_at(conn: &mut Conn, name: &str, place: &str, after: Timestamp) -> Result<i64> {
    let tried = password_guess::table
        .filter(password_guess::name.eq(name))
        .filter(password_guess::place.eq(place))
        .filter(password_guess::at.gt(after))
        .filter(password_guess::forgiven.eq(false));
    Ok(tried.count().get_result(conn)?)
}

/// Takes back one that was never looked at, or was right.
pub(crate) fn remove(conn: &mut Conn, id: GuessId) -> Result<()> {
    diesel::delete(password_guess::table.find(id)).execute(conn)?;
    Ok(())
}

/// Lets what was tried for a name from a place count no more for that place.
pub(crate) fn forgive(conn: &mut Conn, name: &str, place: &str) -> Result<()> {
    let tried =
        password_guess::table.filter(password_guess::name.eq(name)).filter(password_guess::place.eq(place));
    diesel::update(tried).set(password_guess::forgiven.eq(true)).execute(conn)?;
    Ok(())
}

/// Removes what counts for nothing any more; how many.
pub(crate) fn forget(conn: &mut Conn, until: Timestamp) -> Result<usize> {
    Ok(diesel::delete(password_guess::table.filter(password_guess::at.le(until))).execute(conn)?)
}
