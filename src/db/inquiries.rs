//! Letters that ask departments about veto items.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::inquiry;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inquiry)]
pub(crate) struct Inquiry {
    pub(crate) competition_id: CompetitionId,
    pub(crate) number: i32,
    pub(crate) department: String,
    pub(crate) document_number: String,
    /// A civil date, ISO 8601.
    pub(crate) dated: String,
    /// What it asks of which application, as JSON.
    pub(crate) asked: String,
    pub(crate) asked_by: AccountId,
    pub(crate) asked_at: Timestamp,
    pub(crate) revision: i64,
    pub(crate) reply_digest: Option<Digest>,
    pub(crate) reply_name: Option<String>,
    pub(crate) note: String,
    pub(crate) answered_by: Option<AccountId>,
    pub(crate) answered_at: Option<Timestamp>,
}

pub(crate) fn insert(conn: &mut Conn, new: &Inquiry) -> Result<()> {
    diesel::insert_into(inquiry::table).values(new).execute(conn)?;
    Ok(())
}

/// The letters of a competition, in order.
pub(crate) fn of_competition(conn: &mut Conn, id: CompetitionId) -> Result<Vec<Inquiry>> {
    Ok(inquiry::table
        .filter(inquiry::competition_id.eq(id))
        .order(inquiry::number.asc())
        .select(columns::<Inquiry>())
        .load(conn)?)
}

pub(crate) fn by_number(conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Option<Inquiry>> {
    Ok(inquiry::table.find((id, number)).select(columns::<Inquiry>()).first(conn).optional()?)
}

/// Stores how it was answered, over revision `changed.revision - 1`. What it asks is never touched.
pub(crate) fn update(conn: &mut Conn, changed: &Inquiry) -> Result<()> {
    let before = changed.revision - 1;
    let of = inquiry::table.find((changed.competition_id, changed.number));
    let rows = diesel::update(of.filter(inquiry::revision.eq(before)))
        .set((
            inquiry::revision.eq(changed.revision),
            inquiry::reply_digest.eq(changed.reply_digest),
            inquiry::reply_name.eq(&changed.reply_name),
            inquiry::note.eq(&changed.note),
            inquiry::answered_by.eq(changed.answered_by),
            inquiry::answered_at.eq(changed.answered_at),
        ))
        .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}
