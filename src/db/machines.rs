//! Tokens of external systems, and which competition it is that they ask about.

use diesel::prelude::*;

use super::Db;
use super::accounts::Account;
use super::connection::{Conn, columns};
use super::jobs::JobKind;
use super::schema::{account, application, evidence, machine, objection, objection_file, title};
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = machine)]
pub(crate) struct Machine {
    pub(crate) account_id: AccountId,
    pub(crate) secret_digest: Digest,
    /// What it is good for, as JSON.
    pub(crate) scope: String,
    pub(crate) made_by: AccountId,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) confirmed_by: Option<AccountId>,
    pub(crate) confirmed_at: Option<Timestamp>,
    /// None where a restore did.
    pub(crate) revoked_by: Option<AccountId>,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) revoked_because: Option<String>,
    /// To within some minutes.
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) used_from: Option<String>,
}

pub(crate) fn insert(conn: &mut Conn, new: &Machine) -> Result<()> {
    diesel::insert_into(machine::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn by_id(conn: &mut Conn, id: AccountId) -> Result<Option<(Machine, Account)>> {
    Ok(machine::table
        .inner_join(account::table.on(account::id.eq(machine::account_id)))
        .filter(machine::account_id.eq(id))
        .select((columns::<Machine>(), columns::<Account>()))
        .first(conn)
        .optional()?)
}

/// Those of some accounts.
pub(crate) fn some(conn: &mut Conn, ids: Vec<AccountId>) -> Result<Vec<Machine>> {
    Ok(machine::table.filter(machine::account_id.eq_any(ids)).select(columns::<Machine>()).load(conn)?)
}

/// Those made before one, the newest first.
pub(crate) fn list(
    conn: &mut Conn,
    before: Option<AccountId>,
    limit: i64,
) -> Result<Vec<(Machine, Account)>> {
    let mut query = machine::table
        .inner_join(account::table.on(account::id.eq(machine::account_id)))
        .select((columns::<Machine>(), columns::<Account>()))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(machine::account_id.lt(before));
    }
    Ok(query.order(machine::account_id.desc()).limit(limit).load(conn)?)
}

/// How many wait for somebody else than `by`, made since a time.
pub(crate) fn awaited(conn: &mut Conn, by: AccountId, since: Timestamp, now: Timestamp) -> Result<i64> {
    Ok(machine::table
        .filter(machine::confirmed_at.is_null())
        .filter(machine::revoked_at.is_null())
        .filter(machine::made_by.ne(by))
        .filter(machine::made_at.gt(since))
        .filter(machine::expires_at.gt(now))
        .count()
        .get_result(conn)?)
}

pub(crate) fn confirm(conn: &mut Conn, id: AccountId, by: AccountId, now: Timestamp) -> Result<()> {
    diesel::update(machine::table.find(id))
        .set((machine::confirmed_by.eq(by), machine::confirmed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn revoke(
    conn: &mut Conn,
    id: AccountId,
    by: AccountId,
    because: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::update(machine::table.find(id))
        .set((machine::revoked_by.eq(by), machine::revoked_at.eq(now), machine::revoked_because.eq(because)))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn used(conn: &mut Conn, id: AccountId, now: Timestamp, from: &str) -> Result<()> {
    diesel::update(machine::table.find(id))
        .set((machine::used_at.eq(now), machine::used_from.eq(from)))
        .execute(conn)?;
    Ok(())
}

/// Revokes all that are not; how many.
pub(crate) fn revoke_all(conn: &mut Conn, because: &str, now: Timestamp) -> Result<usize> {
    let good = machine::table.filter(machine::revoked_at.is_null()).filter(machine::expires_at.gt(now));
    let change = (machine::revoked_at.eq(now), machine::revoked_because.eq(because));
    Ok(diesel::update(good).set(change).execute(conn)?)
}

impl Db {
    /// The token with a secret, and its account.
    pub(crate) async fn machine_of(&self, secret: Digest) -> Result<Option<(Machine, Account)>> {
        let look = move |conn: &mut Conn| {
            let found = machine::table
                .inner_join(account::table.on(account::id.eq(machine::account_id)))
                .filter(machine::secret_digest.eq(secret))
                .select((columns::<Machine>(), columns::<Account>()));
            Ok(found.first(conn).optional()?)
        };
        self.threads.send(JobKind::Statement, "authenticate", look).await
    }
}

/// The competition of what a segment of an address names; none where there is no such thing.
///
/// # Errors
/// If the name is one that nobody said what it leads to.
pub(crate) fn competition_of(conn: &mut Conn, name: &str, id: &str) -> Result<Option<CompetitionId>> {
    let id = id.to_owned();
    let of_application = |conn: &mut Conn, id: String| {
        application::table.filter(application::id.eq(id)).select(application::competition_id).first(conn)
    };
    let found = match name {
        "application_id" => of_application(conn, id),
        "evidence_id" => {
            let of = evidence::table.filter(evidence::id.eq(id)).select(evidence::application_id);
            match of.first::<String>(conn).optional()? {
                Some(application) => of_application(conn, application),
                None => return Ok(None),
            }
        }
        "objection_id" => {
            objection::table.filter(objection::id.eq(id)).select(objection::competition_id).first(conn)
        }
        "objection_file_id" => objection::table
            .inner_join(objection_file::table.on(objection_file::objection_id.eq(objection::id)))
            .filter(objection_file::id.eq(id))
            .select(objection::competition_id)
            .first(conn),
        "title_id" => title::table.filter(title::id.eq(id)).select(title::competition_id).first(conn),
        // What belongs to no competition, or is of what another name in the same address leads to.
        "account_id" | "city_code" | "expert_id" | "indicator" | "item" | "number" | "panel" | "part"
        | "version" => return Ok(None),
        // Whether it is one of the token's competitions can't be told, so it is none.
        name => return Err(Error::internal(format!("it is not known what competition `{name}` leads to"))),
    };
    Ok(found.optional()?)
}
