//! Answers kept under idempotency keys: of an account under its own, of people without one under names that only they
//! can make.

use diesel::prelude::*;

use super::connection::{Conn, each};
use super::schema::{idempotency, public_answer};
use crate::domain::ids::AccountId;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The texts of an answer.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct Texts {
    /// As the program has it; empty while it is being worked out.
    pub(crate) body: String,
    /// As it was sent, if that is stored.
    pub(crate) sent: Option<String>,
}

/// Reserves a key for the answer that this transaction will give; whether nobody had. A request with the same key that
/// is being done at this moment is waited for.
pub(crate) fn reserve(
    conn: &mut Conn,
    account_id: AccountId,
    key: &str,
    fingerprint: Digest,
    now: Timestamp,
) -> Result<bool> {
    let (account, digest) = (account_id.to_string(), fingerprint.to_string());
    let inserted = each!(conn, c => diesel::insert_into(idempotency::table)
        .values((
            idempotency::account_id.eq(&account),
            idempotency::key.eq(key),
            idempotency::fingerprint.eq(&digest),
            idempotency::body.eq(""),
            idempotency::stored_at.eq(now.micros()),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// The answer that an account was given under a key, with the fingerprint of the request.
pub(crate) fn find(conn: &mut Conn, account_id: AccountId, key: &str) -> Result<Option<(Digest, Texts)>> {
    let stored = idempotency::table
        .find((account_id, key))
        .select((idempotency::fingerprint, (idempotency::body, idempotency::sent)));
    Ok(stored.first(conn).optional()?)
}

/// Stores the answer under the key that was reserved for it.
pub(crate) fn store(conn: &mut Conn, account_id: AccountId, key: &str, body: &str) -> Result<()> {
    diesel::update(idempotency::table.find((account_id, key)))
        .set(idempotency::body.eq(body))
        .execute(conn)?;
    Ok(())
}

/// Stores what was sent first under a key to an account.
pub(crate) fn store_sent(conn: &mut Conn, account_id: AccountId, key: &str, sent: &str) -> Result<()> {
    diesel::update(idempotency::table.find((account_id, key)).filter(idempotency::sent.is_null()))
        .set(idempotency::sent.eq(sent))
        .execute(conn)?;
    Ok(())
}

/// The same as [`reserve`] for somebody without an account.
pub(crate) fn reserve_public(conn: &mut Conn, id: &str, now: Timestamp) -> Result<bool> {
    let inserted = each!(conn, c => diesel::insert_into(public_answer::table)
        .values((
            public_answer::id.eq(id),
            public_answer::body.eq(""),
            public_answer::stored_at.eq(now.micros()),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// The answer that somebody without an account was given.
pub(crate) fn find_public(conn: &mut Conn, id: &str) -> Result<Option<Texts>> {
    let stored = public_answer::table.find(id).select((public_answer::body, public_answer::sent));
    Ok(stored.first(conn).optional()?)
}

/// Stores what was sent first to somebody without an account.
pub(crate) fn store_sent_public(conn: &mut Conn, id: &str, sent: &str) -> Result<()> {
    diesel::update(public_answer::table.find(id).filter(public_answer::sent.is_null()))
        .set(public_answer::sent.eq(sent))
        .execute(conn)?;
    Ok(())
}

/// Stores the answer of somebody without an account, and forgets those that are older than a time.
pub(crate) fn store_public(conn: &mut Conn, id: &str, body: &str, forgotten: Timestamp) -> Result<()> {
    diesel::update(public_answer::table.find(id)).set(public_answer::body.eq(body)).execute(conn)?;
    diesel::delete(public_answer::table.filter(public_answer::stored_at.lt(forgotten.micros())))
        .execute(conn)?;
    Ok(())
}
