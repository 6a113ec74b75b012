//! Titles that were awarded. What happened to them is kept as documents.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::title;
use crate::domain::announcement::TitleState;
use crate::domain::ids::{ApplicationId, CompetitionId, TitleId};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = title)]
pub(crate) struct Title {
    pub(crate) id: TitleId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) application_id: ApplicationId,
    pub(crate) state: TitleState,
    pub(crate) content: String,
    /// Civil dates, ISO 8601.
    pub(crate) valid_from: String,
    pub(crate) valid_until: String,
    pub(crate) revision: i64,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn insert(conn: &mut Conn, new: &Title) -> Result<()> {
    diesel::insert_into(title::table).values(new).execute(conn)?;
    Ok(())
}

/// Stores state and validity over revision `changed.revision - 1`.
pub(crate) fn update(conn: &mut Conn, changed: &Title) -> Result<()> {
    let before = changed.revision - 1;
    let rows = diesel::update(title::table.find(changed.id).filter(title::revision.eq(before)))
        .set((
            title::state.eq(changed.state),
            title::valid_until.eq(&changed.valid_until),
            title::revision.eq(changed.revision),
            title::changed_at.eq(changed.changed_at),
        ))
        .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

pub(crate) fn by_id(conn: &mut Conn, id: TitleId) -> Result<Option<Title>> {
    Ok(title::table.find(id).select(columns::<Title>()).first(conn).optional()?)
}

pub(crate) fn of_competition(conn: &mut Conn, id: CompetitionId) -> Result<Vec<Title>> {
    Ok(title::table
        .filter(title::competition_id.eq(id))
        .order(title::id.asc())
        .select(columns::<Title>())
        .load(conn)?)
}

/// The titles of some applications, newest first.
pub(crate) fn of_applications(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<Title>> {
    Ok(title::table
        .filter(title::application_id.eq_any(ids.to_vec()))
        .order(title::id.desc())
        .select(columns::<Title>())
        .load(conn)?)
}

/// Titles of all competitions, newest first, before `before`.
/// All titles, newest first.
pub(crate) fn all(conn: &mut Conn) -> Result<Vec<Title>> {
    Ok(title::table.order(title::id.desc()).select(columns::<Title>()).load(conn)?)
}

pub(crate) fn list(conn: &mut Conn, before: Option<TitleId>, limit: i64) -> Result<Vec<Title>> {
    let mut query = title::table.select(columns::<Title>()).into_boxed();
    if let Some(before) = before {
        query = query.filter(title::id.lt(before));
    }
    Ok(query.order(title::id.desc()).limit(limit).load(conn)?)
}
