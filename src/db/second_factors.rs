//! Second factors: apps that make codes, recovery codes.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::passkeys;
use super::schema::{account, recovery_code, totp};
use crate::domain::ids::AccountId;
use crate::domain::second_factor::TotpState;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// An app that makes codes for an account. Its secret follows from the nonce.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = totp)]
pub(crate) struct Totp {
    pub(crate) account_id: AccountId,
    pub(crate) state: TotpState,
    pub(crate) nonce: String,
    /// The last step whose code was accepted.
    pub(crate) used_step: i64,
    pub(crate) begun_at: Timestamp,
}

pub(crate) fn totp(conn: &mut Conn, id: AccountId, state: TotpState) -> Result<Option<Totp>> {
    Ok(totp::table.find((id, state)).select(columns::<Totp>()).first(conn).optional()?)
}

/// Begins with an app, in the place of one that was begun before.
pub(crate) fn begin(conn: &mut Conn, new: &Totp) -> Result<()> {
    diesel::delete(totp::table.find((new.account_id, TotpState::Begun))).execute(conn)?;
    diesel::insert_into(totp::table).values(new).execute(conn)?;
    Ok(())
}

/// Makes the app that was begun the account's, in the place of any before.
pub(crate) fn confirm(conn: &mut Conn, id: AccountId, step: i64) -> Result<()> {
    diesel::delete(totp::table.find((id, TotpState::Confirmed))).execute(conn)?;
    diesel::update(totp::table.find((id, TotpState::Begun)))
        .set((totp::state.eq(TotpState::Confirmed), totp::used_step.eq(step)))
        .execute(conn)?;
    Ok(())
}

/// Uses up a step and all before it. Whether none so late was.
pub(crate) fn use_step(conn: &mut Conn, id: AccountId, step: i64) -> Result<bool> {
    let before = totp::table.find((id, TotpState::Confirmed)).filter(totp::used_step.lt(step));
    Ok(diesel::update(before).set(totp::used_step.eq(step)).execute(conn)? == 1)
}

/// Gives an account these recovery codes in the place of all before.
pub(crate) fn replace_codes(conn: &mut Conn, id: AccountId, macs: &[String]) -> Result<()> {
    diesel::delete(recovery_code::table.filter(recovery_code::account_id.eq(id))).execute(conn)?;
    for mac in macs {
        diesel::insert_into(recovery_code::table)
            .values((recovery_code::mac.eq(mac), recovery_code::account_id.eq(id)))
            .execute(conn)?;
    }
    Ok(())
}

/// Uses up a recovery code. Whether it was one that had not been used.
pub(crate) fn use_code(conn: &mut Conn, id: AccountId, mac: &str, now: Timestamp) -> Result<bool> {
    let unused = recovery_code::table
        .find(mac)
        .filter(recovery_code::account_id.eq(id))
        .filter(recovery_code::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_code::used_at.eq(now)).execute(conn)? == 1)
}

/// How many recovery codes are left.
pub(crate) fn codes_left(conn: &mut Conn, id: AccountId) -> Result<i64> {
    let unused = recovery_code::table
        .filter(recovery_code::account_id.eq(id))
        .filter(recovery_code::used_at.is_null());
    Ok(unused.count().get_result(conn)?)
}

/// Takes the app away that makes codes for an account. Whether it had one.
pub(crate) fn remove_totp(conn: &mut Conn, id: AccountId) -> Result<bool> {
    Ok(diesel::delete(totp::table.find((id, TotpState::Confirmed))).execute(conn)? == 1)
}

/// Takes all of an account's away, passkeys too.
pub(crate) fn remove(conn: &mut Conn, id: AccountId) -> Result<()> {
    diesel::delete(recovery_code::table.filter(recovery_code::account_id.eq(id))).execute(conn)?;
    diesel::delete(totp::table.filter(totp::account_id.eq(id))).execute(conn)?;
    passkeys::remove_all(conn, id)?;
    set_since(conn, id, None)
}

/// Says since when the account has a second factor, if it has.
pub(crate) fn set_since(conn: &mut Conn, id: AccountId, at: Option<Timestamp>) -> Result<()> {
    diesel::update(account::table.find(id)).set(account::second_factor_at.eq(at)).execute(conn)?;
    Ok(())
}
