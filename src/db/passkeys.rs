//! Passkeys of accounts, and the challenges that were answered.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::{passkey, passkey_challenge};
use crate::domain::ids::{AccountId, PasskeyId};
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = passkey)]
pub(crate) struct Passkey {
    pub(crate) id: PasskeyId,
    pub(crate) account_id: AccountId,
    pub(crate) name: String,
    /// What its authenticator knows it by, in base64url.
    pub(crate) credential_id: String,
    /// In COSE, in base64url.
    pub(crate) public_key: String,
    pub(crate) counter: i64,
    /// Whether there may be copies of it in its owner's other devices.
    pub(crate) copied: bool,
    pub(crate) added_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

/// An account's, in the order in which they were added.
pub(crate) fn of(conn: &mut Conn, account: AccountId) -> Result<Vec<Passkey>> {
    let own = passkey::table.filter(passkey::account_id.eq(account));
    Ok(own.order(passkey::id).select(columns::<Passkey>()).load(conn)?)
}

pub(crate) fn by_credential(conn: &mut Conn, credential: &str) -> Result<Option<Passkey>> {
    let found = passkey::table.filter(passkey::credential_id.eq(credential));
    Ok(found.select(columns::<Passkey>()).first(conn).optional()?)
}

pub(crate) fn insert(conn: &mut Conn, new: &Passkey) -> Result<()> {
    diesel::insert_into(passkey::table).values(new).execute(conn)?;
    Ok(())
}

/// Says that one was used, and where its counter stands.
pub(crate) fn used(conn: &mut Conn, id: PasskeyId, counter: i64, now: Timestamp) -> Result<()> {
    let set = (passkey::counter.eq(counter), passkey::used_at.eq(now));
    diesel::update(passkey::table.find(id)).set(set).execute(conn)?;
    Ok(())
}

/// Removes one of an account's. Whether it had it.
pub(crate) fn remove(conn: &mut Conn, account: AccountId, id: PasskeyId) -> Result<bool> {
    let one = passkey::table.find(id).filter(passkey::account_id.eq(account));
    Ok(diesel::delete(one).execute(conn)? == 1)
}

/// Removes all of an account's.
pub(crate) fn remove_all(conn: &mut Conn, account: AccountId) -> Result<()> {
    diesel::delete(passkey::table.filter(passkey::account_id.eq(account))).execute(conn)?;
    Ok(())
}

/// Uses a challenge up, and forgets those that have ended. Whether it had not been used.
pub(crate) fn use_challenge(
    conn: &mut Conn,
    nonce: &str,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    diesel::delete(passkey_challenge::table.filter(passkey_challenge::ends_at.le(now))).execute(conn)?;
    if passkey_challenge::table.find(nonce).count().get_result::<i64>(conn)? > 0 {
        return Ok(false);
    }
    let row = (passkey_challenge::nonce.eq(nonce), passkey_challenge::ends_at.eq(ends_at));
    diesel::insert_into(passkey_challenge::table).values(row).execute(conn)?;
    Ok(true)
}
