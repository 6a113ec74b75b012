//! What owners of accounts are told.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::account_message;
use crate::domain::ids::{AccountId, MessageId};
use crate::domain::message::MessageKind;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Something that the owner of an account is told.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_message)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) account_id: AccountId,
    pub(crate) kind: MessageKind,
    /// Who did it; none for the operator of the machine.
    pub(crate) by_name: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) read_at: Option<Timestamp>,
}

pub(crate) fn insert(conn: &mut Conn, new: &Message) -> Result<()> {
    diesel::insert_into(account_message::table).values(new).execute(conn)?;
    Ok(())
}

/// What an account has not acknowledged, newest first.
pub(crate) fn unread(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Message>> {
    Ok(account_message::table
        .filter(account_message::account_id.eq(account))
        .filter(account_message::read_at.is_null())
        .order(account_message::id.desc())
        .limit(limit)
        .select(columns::<Message>())
        .load(conn)?)
}

/// Says that an account has read a message and those before it; how many were new to it.
pub(crate) fn acknowledge(
    conn: &mut Conn,
    account: AccountId,
    until: MessageId,
    now: Timestamp,
) -> Result<usize> {
    let unread = account_message::table
        .filter(account_message::account_id.eq(account))
        .filter(account_message::read_at.is_null())
        .filter(account_message::id.le(until));
    Ok(diesel::update(unread).set(account_message::read_at.eq(now)).execute(conn)?)
}
