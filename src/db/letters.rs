//! Letters to be sent by mail: written in the transaction of the act that they tell of, sent afterwards.

use diesel::prelude::*;

use super::connection::{Conn, Locked, columns, each};
use super::schema::letter;
use crate::domain::ids::{AccountId, CompetitionId, LetterId};
use crate::domain::letter::LetterState;
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = letter)]
pub(crate) struct Letter {
    pub(crate) id: LetterId,
    /// The competition; none where it is about an account.
    pub(crate) competition_id: Option<CompetitionId>,
    /// What it is about: a second letter about the same is not written.
    pub(crate) dedupe_key: String,
    /// Whose it is; none for somebody of the public.
    pub(crate) account_id: Option<AccountId>,
    pub(crate) address: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) state: LetterState,
    pub(crate) attempts: i32,
    /// When to try next.
    pub(crate) next_at: Timestamp,
    /// While it is being handed over: until when the process that does so may take.
    pub(crate) claimed_until: Option<Timestamp>,
    pub(crate) error: String,
    pub(crate) created_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
}

impl Letter {
    /// A letter that waits to be sent, of no competition and to no account as yet.
    pub(crate) fn new(
        id: LetterId,
        dedupe_key: String,
        address: &str,
        subject: String,
        body: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            competition_id: None,
            dedupe_key,
            account_id: None,
            address: address.to_owned(),
            subject,
            body,
            state: LetterState::Queued,
            attempts: 0,
            next_at: now,
            claimed_until: None,
            error: String::new(),
            created_at: now,
            sent_at: None,
        }
    }
}

/// Adds a letter, unless there is one about the same; whether it was added.
pub(crate) fn insert(conn: &mut Conn, new: &Letter) -> Result<bool> {
    let rows =
        each!(conn, c => diesel::insert_into(letter::table).values(new).on_conflict_do_nothing().execute(c))?;
    Ok(rows == 1)
}

/// Whether there is a letter about something.
pub(crate) fn is_written(conn: &mut Conn, about: &str) -> Result<bool> {
    let found = letter::table.filter(letter::dedupe_key.eq(about)).select(letter::id);
    Ok(found.first::<LetterId>(conn).optional()?.is_some())
}

/// The letter that has waited longest and is due, locked.
pub(crate) fn due(conn: &mut Conn, now: Timestamp) -> Result<Option<Letter>> {
    let query = letter::table
        .filter(letter::state.eq(LetterState::Queued))
        .filter(letter::next_at.le(now))
        .order((letter::next_at.asc(), letter::id.asc()))
        .limit(1)
        .select(columns::<Letter>());
    Ok(Locked(query).get_result(conn).optional()?)
}

/// Whether there is anything to do: a letter to hand over, or one whose hand-over broke off.
pub(crate) fn is_any_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let queued = letter::state.eq(LetterState::Queued).and(letter::next_at.le(now));
    let broken_off = letter::state.eq(LetterState::Sending).and(letter::claimed_until.lt(now));
    let any = letter::table.filter(queued.or(broken_off));
    Ok(diesel::select(diesel::dsl::exists(any)).get_result(conn)?)
}

/// Letters whose hand-over was begun and never ended.
pub(crate) fn given_up(conn: &mut Conn, now: Timestamp) -> Result<Vec<Letter>> {
    Ok(letter::table
        .filter(letter::state.eq(LetterState::Sending))
        .filter(letter::claimed_until.lt(now))
        .select(columns::<Letter>())
        .load(conn)?)
}

/// Stores where a letter stands, if it still stands where it was read.
pub(crate) fn update(conn: &mut Conn, from: LetterState, changed: &Letter) -> Result<bool> {
    let rows = diesel::update(letter::table.find(changed.id).filter(letter::state.eq(from)))
        .set((
            letter::state.eq(changed.state),
            letter::attempts.eq(changed.attempts),
            letter::next_at.eq(changed.next_at),
            letter::claimed_until.eq(changed.claimed_until),
            letter::error.eq(&changed.error),
            letter::sent_at.eq(changed.sent_at),
        ))
        .execute(conn)?;
    Ok(rows == 1)
}

pub(crate) fn by_id(conn: &mut Conn, id: LetterId) -> Result<Option<Letter>> {
    Ok(letter::table.find(id).select(columns::<Letter>()).first(conn).optional()?)
}

/// How many letters stand where, in all competitions.
pub(crate) fn count(conn: &mut Conn) -> Result<Vec<(LetterState, i64)>> {
    Ok(letter::table.group_by(letter::state).select((letter::state, diesel::dsl::count_star())).load(conn)?)
}

/// The letters of a competition, newest first, before `before`.
pub(crate) fn list(
    conn: &mut Conn,
    competition: CompetitionId,
    before: Option<LetterId>,
    limit: i64,
) -> Result<Vec<Letter>> {
    let mut query =
        letter::table.filter(letter::competition_id.eq(competition)).select(columns::<Letter>()).into_boxed();
    if let Some(before) = before {
        query = query.filter(letter::id.lt(before));
    }
    Ok(query.order(letter::id.desc()).limit(limit).load(conn)?)
}
