//! Accounts, one-time links, sessions, refresh tokens, which keys hold, counters.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::connection::{Conn, Prepared, columns, each};
use super::faults::is_duplicate;
use super::schema::{
    account, counter, forgotten_password, key_fingerprint, one_time_link, refresh_token, session, signing_key,
};
use crate::domain::access::{AccountState, LinkConfirmation, OfficeDuties, Role};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, LinkId, SessionId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = account)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) role: Role,
    pub(crate) region: Option<RegionCode>,
    pub(crate) enabled: bool,
    pub(crate) password_hash: Option<String>,
    pub(crate) password_changed_at: Option<Timestamp>,
    pub(crate) revision: i64,
    pub(crate) created_at: Timestamp,
    /// Where letters go.
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    /// Whether its owner stands by the address: it was there when the account was opened, or the owner entered it.
    pub(crate) email_confirmed: bool,
    /// Since when it has a second factor.
    pub(crate) second_factor_at: Option<Timestamp>,
    /// Whether it is an external system's, which nobody signs in to.
    pub(crate) machine: bool,
    /// What it is there for, if it is one of the office whose duties are divided.
    pub(crate) duties: OfficeDuties,
}

/// Adds an account; a name that is taken is a conflict.
pub(crate) fn insert(conn: &mut Conn, new: &Account) -> Result<()> {
    // A failed statement would end a PostgreSQL transaction: look first, and let the unique index decide races.
    if by_name(conn, &new.name)?.is_some() {
        return Err(name_taken());
    }
    match diesel::insert_into(account::table).values(new).execute(conn) {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => Err(name_taken()),
        Err(error) => Err(error.into()),
    }
}

fn name_taken() -> Error {
    Error::conflict("name_taken", "该登录名已被使用", "This login name is taken")
}

pub(crate) fn by_id(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    Ok(account::table.find(id).select(columns::<Account>()).first(conn).optional()?)
}

/// The account of a person.
pub(crate) fn person(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    Ok(by_id(conn, id)?.filter(|account| !account.machine))
}

pub(crate) fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Account>> {
    Ok(account::table.filter(account::name.eq(name)).select(columns::<Account>()).first(conn).optional()?)
}

/// The roles and regions that people's accounts are bound to.
pub(crate) fn bound(conn: &mut Conn) -> Result<BTreeSet<(Role, RegionCode)>> {
    let rows: Vec<(Role, Option<RegionCode>)> = account::table
        .filter(account::machine.eq(false))
        .filter(account::region.is_not_null())
        .select((account::role, account::region))
        .distinct()
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(role, region)| Some((role, region?))).collect())
}

/// Several accounts, in one statement.
pub(crate) fn by_ids(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    Ok(account::table.filter(account::id.eq_any(ids.to_vec())).select(columns::<Account>()).load(conn)?)
}

/// The names for people of several accounts, in one statement.
pub(crate) fn display_names(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<(AccountId, String)>> {
    Ok(account::table
        .filter(account::id.eq_any(ids.to_vec()))
        .select((account::id, account::display_name))
        .load(conn)?)
}

/// Whether there is an administrator who has set a password: until then the service awaits its set-up.
pub(crate) fn has_admin(conn: &mut Conn) -> Result<bool> {
    let admins = account::table
        .filter(account::role.eq(Role::Admin))
        .filter(account::password_hash.is_not_null())
        .count()
        .get_result::<i64>(conn)?;
    Ok(admins > 0)
}

/// Whether an administrator can sign in.
pub(crate) fn has_enabled_admin(conn: &mut Conn) -> Result<bool> {
    let admins = account::table
        .filter(account::role.eq(Role::Admin))
        .filter(account::password_hash.is_not_null())
        .filter(account::enabled.eq(true))
        .count()
        .get_result::<i64>(conn)?;
    Ok(admins > 0)
}

/// Which accounts are meant; what is none leaves all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Of one of these roles.
    pub(crate) roles: Vec<Role>,
    pub(crate) region: Option<RegionCode>,
    /// What stands in the login name, the name for people, the address or the telephone number.
    pub(crate) text: Option<String>,
    pub(crate) state: Option<AccountState>,
}

impl Wanted {
    pub(crate) fn of_roles(roles: Vec<Role>) -> Self {
        Self { roles, ..Self::default() }
    }

    pub(crate) fn of_role(role: Role) -> Self {
        Self::of_roles(vec![role])
    }

    pub(crate) fn bound_to(role: Role, region: &RegionCode) -> Self {
        Self { region: Some(region.clone()), ..Self::of_role(role) }
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// A text in lower case.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
    /// A text, or another where there is none.
    #[sql_name = "coalesce"]
    fn or_else(
        text: diesel::sql_types::Nullable<diesel::sql_types::Text>,
        other: diesel::sql_types::Text,
    ) -> diesel::sql_types::Text;
}

/// A text as a pattern that finds it anywhere, capitals aside.
fn anywhere(text: &str) -> String {
    let escaped = text.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// Accounts of people by name, after `after`.
pub(crate) fn list(
    conn: &mut Conn,
    after: Option<&str>,
    limit: i64,
    wanted: &Wanted,
) -> Result<Vec<Account>> {
    let mut query =
        account::table.filter(account::machine.eq(false)).select(columns::<Account>()).into_boxed();
    query = query.filter(account::role.eq_any(wanted.roles.clone()));
    if let Some(after) = after {
        query = query.filter(account::name.gt(after.to_owned()));
    }
    if let Some(region) = &wanted.region {
        query = query.filter(account::region.eq(region.clone()));
    }
    if let Some(text) = &wanted.text {
        let of = || anywhere(text);
        let names =
            account::name.like(of()).escape('\\').or(lower(account::display_name).like(of()).escape('\\'));
        // What is not there holds nothing.
        let ways = lower(or_else(account::email, "")).like(of()).escape('\\');
        let ways = ways.or(or_else(account::phone, "").like(of()).escape('\\'));
        query = query.filter(names.or(ways));
    }
    query = match wanted.state {
        None => query,
        Some(AccountState::Disabled) => query.filter(account::enabled.eq(false)),
        Some(AccountState::Invited) => {
            query.filter(account::enabled.eq(true).and(account::password_hash.is_null()))
        }
        Some(AccountState::InUse) => {
            query.filter(account::enabled.eq(true).and(account::password_hash.is_not_null()))
        }
    };
    Ok(query.order(account::name.asc()).limit(limit).load(conn)?)
}

/// Stores what may change of an account, if nobody else did meanwhile.
pub(crate) fn update(conn: &mut Conn, changed: &Account) -> Result<()> {
    let rows = diesel::update(account::table.find(changed.id).filter(account::revision.eq(changed.revision)))
        .set((
            account::display_name.eq(&changed.display_name),
            account::email.eq(&changed.email),
            account::phone.eq(&changed.phone),
            account::email_confirmed.eq(changed.email_confirmed),
            account::region.eq(&changed.region),
            account::duties.eq(&changed.duties),
            account::enabled.eq(changed.enabled),
            account::password_hash.eq(&changed.password_hash),
            account::password_changed_at.eq(changed.password_changed_at),
            account::revision.eq(changed.revision + 1),
        ))
        .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(changed.revision, Vec::new())) }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_link)]
pub(crate) struct Link {
    pub(crate) id: LinkId,
    /// Whose password it sets; none for the first set-up.
    pub(crate) account_id: Option<AccountId>,
    pub(crate) secret_digest: Digest,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    /// Whether a second person has to confirm it before it can be used.
    pub(crate) confirmation: LinkConfirmation,
    /// The administrator who made it; none for the operator of the machine.
    pub(crate) issued_by: Option<AccountId>,
    /// The supervisor who confirmed it.
    pub(crate) confirmed_by: Option<AccountId>,
    /// The supervisor who turned it down.
    pub(crate) refused_by: Option<AccountId>,
    pub(crate) refused_because: Option<String>,
    /// Whether whoever uses it also gets rid of the account's second factor.
    pub(crate) clears_second_factor: bool,
}

/// The link of an account that waits for a second person at `now`.
pub(crate) fn awaiting_link(conn: &mut Conn, account_id: AccountId, now: Timestamp) -> Result<Option<Link>> {
    let query = one_time_link::table
        .filter(one_time_link::account_id.eq(account_id))
        .filter(one_time_link::confirmation.eq(LinkConfirmation::Awaited))
        .filter(one_time_link::used_at.is_null())
        .filter(one_time_link::expires_at.gt(now))
        .select(columns::<Link>());
    Ok(query.first(conn).optional()?)
}

/// Links of accounts of these roles that wait for a second person at `now`, oldest first, after `after`.
pub(crate) fn awaiting_links(
    conn: &mut Conn,
    roles: &[Role],
    after: Option<LinkId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Link>> {
    let mut query = one_time_link::table
        .inner_join(account::table.on(one_time_link::account_id.eq(account::id.nullable())))
        .filter(account::role.eq_any(roles.to_vec()))
        .filter(one_time_link::confirmation.eq(LinkConfirmation::Awaited))
        .filter(one_time_link::used_at.is_null())
        .filter(one_time_link::expires_at.gt(now))
        .select(columns::<Link>())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(one_time_link::id.gt(after));
    }
    Ok(query.order(one_time_link::id.asc()).limit(limit).load(conn)?)
}

pub(crate) fn newest_link(conn: &mut Conn, account_id: AccountId) -> Result<Option<Link>> {
    let query = one_time_link::table
        .filter(one_time_link::account_id.eq(account_id))
        .order(one_time_link::id.desc())
        .select(columns::<Link>());
    Ok(query.first(conn).optional()?)
}

/// Takes a link back, and records who turned it down and why.
pub(crate) fn refuse_link(
    conn: &mut Conn,
    link: LinkId,
    by: AccountId,
    because: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::update(one_time_link::table.find(link))
        .set((
            one_time_link::used_at.eq(now),
            one_time_link::refused_by.eq(by),
            one_time_link::refused_because.eq(because),
        ))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn confirm_link(conn: &mut Conn, link: LinkId, by: AccountId) -> Result<()> {
    diesel::update(one_time_link::table.find(link))
        .set((one_time_link::confirmation.eq(LinkConfirmation::Given), one_time_link::confirmed_by.eq(by)))
        .execute(conn)?;
    Ok(())
}

/// Whether any supervisor has ever set a password. Disabling or resetting them all does not undo it.
pub(crate) fn has_had_supervisor(conn: &mut Conn) -> Result<bool> {
    let supervisors = account::table
        .filter(account::role.eq(Role::Supervisor))
        .filter(account::password_changed_at.is_not_null())
        .count()
        .get_result::<i64>(conn)?;
    Ok(supervisors > 0)
}

/// Whether a supervisor other than `but` can sign in.
pub(crate) fn has_other_supervisor(conn: &mut Conn, but: AccountId) -> Result<bool> {
    let supervisors = account::table
        .filter(account::role.eq(Role::Supervisor))
        .filter(account::enabled.eq(true))
        .filter(account::password_hash.is_not_null())
        .filter(account::id.ne(but))
        .count()
        .get_result::<i64>(conn)?;
    Ok(supervisors > 0)
}

/// Which of some accounts have a link that can be used at `now`, or waits for a second person.
pub(crate) fn with_live_link(
    conn: &mut Conn,
    ids: &[AccountId],
    now: Timestamp,
) -> Result<BTreeSet<AccountId>> {
    let rows: Vec<Option<AccountId>> = one_time_link::table
        .filter(one_time_link::account_id.eq_any(ids.to_vec()))
        .filter(one_time_link::used_at.is_null())
        .filter(one_time_link::expires_at.gt(now))
        .select(one_time_link::account_id)
        .load(conn)?;
    Ok(rows.into_iter().flatten().collect())
}

/// The roles whose forgotten passwords are helped by mail.
pub(crate) fn helped_roles(conn: &mut Conn) -> Result<Vec<Role>> {
    Ok(forgotten_password::table
        .select(forgotten_password::role)
        .order(forgotten_password::role)
        .load(conn)?)
}

/// Says whose forgotten passwords are helped by mail.
pub(crate) fn set_helped_roles(conn: &mut Conn, roles: &[Role]) -> Result<()> {
    diesel::delete(forgotten_password::table).execute(conn)?;
    for role in roles {
        diesel::insert_into(forgotten_password::table)
            .values(forgotten_password::role.eq(role))
            .execute(conn)?;
    }
    Ok(())
}

/// Adds a link beside those that an account has.
pub(crate) fn add_link(conn: &mut Conn, new: &Link) -> Result<()> {
    diesel::insert_into(one_time_link::table).values(new).execute(conn)?;
    Ok(())
}

/// Adds a link and takes back those that the same account had (or those of the first set-up).
pub(crate) fn replace_links(conn: &mut Conn, new: &Link) -> Result<()> {
    revoke_links(conn, new.account_id, new.created_at)?;
    add_link(conn, new)
}

/// Takes back the unused links of an account (or those of the first set-up).
pub(crate) fn revoke_links(conn: &mut Conn, account_id: Option<AccountId>, now: Timestamp) -> Result<()> {
    let unused = one_time_link::table.filter(one_time_link::used_at.is_null());
    match account_id {
        Some(id) => diesel::update(unused.filter(one_time_link::account_id.eq(id)))
            .set(one_time_link::used_at.eq(now))
            .execute(conn)?,
        None => diesel::update(unused.filter(one_time_link::account_id.is_null()))
            .set(one_time_link::used_at.eq(now))
            .execute(conn)?,
    };
    Ok(())
}

/// The link with a secret, if it can be used at `now`.
pub(crate) fn usable_link(conn: &mut Conn, secret: Digest, now: Timestamp) -> Result<Option<Link>> {
    let query = one_time_link::table
        .filter(one_time_link::secret_digest.eq(secret))
        .filter(one_time_link::used_at.is_null())
        .filter(one_time_link::expires_at.gt(now))
        .select(columns::<Link>());
    Ok(query.first(conn).optional()?)
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = session)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) account_id: AccountId,
    pub(crate) created_at: Timestamp,
    pub(crate) refreshed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) source: String,
    pub(crate) client: String,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) ended_because: Option<String>,
    /// When who uses it last showed who they are, all of it.
    pub(crate) proved_at: Timestamp,
}

pub(crate) fn insert_session(conn: &mut Conn, new: &Session) -> Result<()> {
    diesel::insert_into(session::table).values(new).execute(conn)?;
    Ok(())
}

/// Sessions of an account that go on at `now`, oldest first.
pub(crate) fn live_sessions(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<Vec<Session>> {
    Ok(session::table
        .filter(session::account_id.eq(id))
        .filter(session::ended_at.is_null())
        .filter(session::expires_at.gt(now))
        .select(columns::<Session>())
        .order((session::created_at.asc(), session::id.asc()))
        .load(conn)?)
}

/// The addresses that an account has logged in from since a time.
pub(crate) fn sources_since(conn: &mut Conn, id: AccountId, since: Timestamp) -> Result<Vec<String>> {
    Ok(session::table
        .filter(session::account_id.eq(id))
        .filter(session::created_at.ge(since))
        .select(session::source)
        .distinct()
        .load(conn)?)
}

/// Ends one session of an account. Whether it was going on.
pub(crate) fn end_session(
    conn: &mut Conn,
    owner: AccountId,
    id: SessionId,
    now: Timestamp,
    because: &str,
) -> Result<bool> {
    let live =
        session::table.find(id).filter(session::account_id.eq(owner)).filter(session::ended_at.is_null());
    let rows = diesel::update(live)
        .set((session::ended_at.eq(now), session::ended_because.eq(because)))
        .execute(conn)?;
    Ok(rows > 0)
}

/// Ends all sessions of an account but one.
pub(crate) fn end_sessions(
    conn: &mut Conn,
    owner: AccountId,
    but: Option<SessionId>,
    now: Timestamp,
    because: &str,
) -> Result<usize> {
    let live = session::table.filter(session::account_id.eq(owner)).filter(session::ended_at.is_null());
    let change = (session::ended_at.eq(now), session::ended_because.eq(because.to_owned()));
    Ok(match but {
        Some(id) => diesel::update(live.filter(session::id.ne(id))).set(change).execute(conn)?,
        None => diesel::update(live).set(change).execute(conn)?,
    })
}

/// Whether there is, or was, a session.
pub(crate) fn has_session(conn: &mut Conn, id: SessionId) -> Result<bool> {
    Ok(session::table.find(id).select(session::id).first::<SessionId>(conn).optional()?.is_some())
}

/// Says when who uses a session last showed who they are.
pub(crate) fn proved(conn: &mut Conn, id: SessionId, now: Timestamp) -> Result<()> {
    diesel::update(session::table.find(id)).set(session::proved_at.eq(now)).execute(conn)?;
    Ok(())
}

pub(crate) fn refreshed(conn: &mut Conn, id: SessionId, now: Timestamp) -> Result<()> {
    Prepared(diesel::update(session::table.find(id)).set(session::refreshed_at.eq(now))).execute(conn)?;
    Ok(())
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_token)]
pub(crate) struct RefreshToken {
    pub(crate) secret_digest: Digest,
    pub(crate) session_id: SessionId,
    pub(crate) issued_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

pub(crate) fn insert_refresh_token(conn: &mut Conn, new: &RefreshToken) -> Result<()> {
    diesel::insert_into(refresh_token::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn refresh_token(conn: &mut Conn, secret: Digest) -> Result<Option<RefreshToken>> {
    let query = refresh_token::table.find(secret).select(columns::<RefreshToken>());
    Ok(query.first(conn).optional()?)
}

pub(crate) fn use_refresh_token(conn: &mut Conn, secret: Digest, now: Timestamp) -> Result<()> {
    Prepared(diesel::update(refresh_token::table.find(secret)).set(refresh_token::used_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Secrets of keys that an earlier version kept in the database, newest first.
pub(crate) fn signing_keys(conn: &mut Conn) -> Result<Vec<(String, Vec<u8>)>> {
    Ok(signing_key::table
        .filter(signing_key::secret.ne(Vec::new()))
        .order(signing_key::created_at.desc())
        .select((signing_key::id, signing_key::secret))
        .load(conn)?)
}

/// Empties these secrets, once they are kept elsewhere.
pub(crate) fn empty_signing_keys(conn: &mut Conn) -> Result<()> {
    diesel::update(signing_key::table).set(signing_key::secret.eq(Vec::new())).execute(conn)?;
    Ok(())
}

/// Which keys the database goes with, once some have been used.
pub(crate) fn key_fingerprint(conn: &mut Conn) -> Result<Option<String>> {
    Ok(key_fingerprint::table.select(key_fingerprint::fingerprint).first(conn).optional()?)
}

/// Says which keys the database goes with from now on.
pub(crate) fn set_key_fingerprint(conn: &mut Conn, fingerprint: &str, now: Timestamp) -> Result<()> {
    diesel::delete(key_fingerprint::table).execute(conn)?;
    diesel::insert_into(key_fingerprint::table)
        .values((key_fingerprint::fingerprint.eq(fingerprint), key_fingerprint::recorded_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub(crate) fn any(conn: &mut Conn) -> Result<bool> {
    Ok(account::table.select(account::id).first::<AccountId>(conn).optional()?.is_some())
}

/// Whether a running number has begun.
pub(crate) fn has_begun(conn: &mut Conn, name: &str) -> Result<bool> {
    Ok(counter::table.find(name).select(counter::value).first::<i64>(conn).optional()?.is_some())
}

/// The next value of a running number, from 1, without gaps: given back if the transaction fails.
pub(crate) fn next_number(conn: &mut Conn, name: &str) -> Result<i64> {
    each!(conn, c => diesel::insert_into(counter::table)
        .values((counter::name.eq(name), counter::value.eq(0_i64)))
        .on_conflict_do_nothing()
        .execute(c))?;
    diesel::update(counter::table.find(name)).set(counter::value.eq(counter::value + 1)).execute(conn)?;
    Ok(counter::table.find(name).select(counter::value).first(conn)?)
}
