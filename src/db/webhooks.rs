//! Webhooks, and what they tell.

use diesel::prelude::*;

use super::connection::{Conn, Locked, columns};
use super::schema::{audit_head, webhook, webhook_delivery, webhook_progress};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, DeliveryId, WebhookId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::DeliveryFault;
use crate::error::Result;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = webhook)]
pub(crate) struct Webhook {
    pub(crate) id: WebhookId,
    pub(crate) machine_id: AccountId,
    /// The region that it is told for, where its external system acts for regions.
    pub(crate) region: Option<RegionCode>,
    pub(crate) name: String,
    pub(crate) address: String,
    /// The actions that it is told, as JSON; none: all.
    pub(crate) acts: String,
    pub(crate) made_by: AccountId,
    pub(crate) made_at: Timestamp,
    pub(crate) confirmed_by: Option<AccountId>,
    pub(crate) confirmed_at: Option<Timestamp>,
    /// None where its receiver wants no more.
    pub(crate) ended_by: Option<AccountId>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) ended_because: Option<String>,
    pub(crate) secret_number: i32,
    pub(crate) former_until: Option<Timestamp>,
    #[diesel(embed)]
    pub(crate) progress: Progress,
}

/// How far a webhook has come.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_progress, primary_key(webhook_id), treat_none_as_null = true)]
pub(crate) struct Progress {
    pub(crate) webhook_id: WebhookId,
    /// Up to where of what changed deliveries have been made; none before it is confirmed.
    pub(crate) place: Option<String>,
    pub(crate) next_at: Timestamp,
    pub(crate) claimed_until: Option<Timestamp>,
    pub(crate) failing_since: Option<Timestamp>,
    pub(crate) delivered_at: Option<Timestamp>,
    pub(crate) failed_at: Option<Timestamp>,
    pub(crate) fault: Option<DeliveryFault>,
    /// None where the service did.
    pub(crate) paused_by: Option<AccountId>,
    pub(crate) paused_at: Option<Timestamp>,
    pub(crate) paused_because: Option<String>,
}

impl Progress {
    /// Of a webhook that has told nothing.
    pub(crate) fn new(of: WebhookId, now: Timestamp) -> Self {
        Self {
            webhook_id: of,
            place: None,
            next_at: now,
            claimed_until: None,
            failing_since: None,
            delivered_at: None,
            failed_at: None,
            fault: None,
            paused_by: None,
            paused_at: None,
            paused_because: None,
        }
    }
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_delivery, treat_none_as_null = true)]
pub(crate) struct Delivery {
    pub(crate) id: DeliveryId,
    pub(crate) webhook_id: WebhookId,
    /// What its receiver knows it by: the same whenever the same is told again.
    pub(crate) message_id: String,
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) made_at: Timestamp,
    pub(crate) attempts: i32,
    pub(crate) tried_at: Option<Timestamp>,
    pub(crate) status: Option<i32>,
    pub(crate) fault: Option<DeliveryFault>,
    /// None while it waits.
    pub(crate) delivered_at: Option<Timestamp>,
}

/// Webhooks with how far they have come.
macro_rules! whole {
    () => {
        webhook::table.inner_join(webhook_progress::table.on(webhook_progress::webhook_id.eq(webhook::id)))
    };
}

pub(crate) fn insert(conn: &mut Conn, new: &Webhook) -> Result<()> {
    diesel::insert_into(webhook::table)
        .values((
            webhook::id.eq(new.id),
            webhook::machine_id.eq(new.machine_id),
            webhook::region.eq(&new.region),
            webhook::name.eq(&new.name),
            webhook::address.eq(&new.address),
            webhook::acts.eq(&new.acts),
            webhook::made_by.eq(new.made_by),
            webhook::made_at.eq(new.made_at),
            webhook::secret_number.eq(new.secret_number),
        ))
        .execute(conn)?;
    diesel::insert_into(webhook_progress::table).values(&new.progress).execute(conn)?;
    Ok(())
}

pub(crate) fn by_id(conn: &mut Conn, id: WebhookId) -> Result<Option<Webhook>> {
    Ok(whole!().filter(webhook::id.eq(id)).select(columns::<Webhook>()).first(conn).optional()?)
}

/// The same, locked.
pub(crate) fn locked(conn: &mut Conn, id: WebhookId) -> Result<Option<Webhook>> {
    let found = whole!().filter(webhook::id.eq(id)).select(columns::<Webhook>());
    Ok(Locked(found).get_result(conn).optional()?)
}

/// Stores where a webhook stands and how far it has come.
pub(crate) fn update(conn: &mut Conn, changed: &Webhook) -> Result<()> {
    diesel::update(webhook::table.find(changed.id))
        .set((
            webhook::confirmed_by.eq(changed.confirmed_by),
            webhook::confirmed_at.eq(changed.confirmed_at),
            webhook::ended_by.eq(changed.ended_by),
            webhook::ended_at.eq(changed.ended_at),
            webhook::ended_because.eq(&changed.ended_because),
            webhook::secret_number.eq(changed.secret_number),
            webhook::former_until.eq(changed.former_until),
        ))
        .execute(conn)?;
    go_on(conn, &changed.progress)
}

/// Stores how far a webhook has come.
pub(crate) fn go_on(conn: &mut Conn, progress: &Progress) -> Result<()> {
    diesel::update(webhook_progress::table.find(progress.webhook_id)).set(progress).execute(conn)?;
    Ok(())
}

/// Those made before one, the newest first; of one external system, if it is told which.
pub(crate) fn list(
    conn: &mut Conn,
    machine: Option<AccountId>,
    before: Option<WebhookId>,
    limit: i64,
) -> Result<Vec<Webhook>> {
    let mut query = whole!().select(columns::<Webhook>()).into_boxed();
    if let Some(machine) = machine {
        query = query.filter(webhook::machine_id.eq(machine));
    }
    if let Some(before) = before {
        query = query.filter(webhook::id.lt(before));
    }
    Ok(query.order(webhook::id.desc()).limit(limit).load(conn)?)
}

/// How many of an external system have not ended.
pub(crate) fn count_of(conn: &mut Conn, machine: AccountId) -> Result<i64> {
    let of = webhook::table.filter(webhook::machine_id.eq(machine)).filter(webhook::ended_at.is_null());
    Ok(of.count().get_result(conn)?)
}

/// How many wait for somebody else than `by`, made since a time.
pub(crate) fn awaited(conn: &mut Conn, by: AccountId, since: Timestamp) -> Result<i64> {
    Ok(webhook::table
        .filter(webhook::confirmed_at.is_null())
        .filter(webhook::ended_at.is_null())
        .filter(webhook::made_by.ne(by))
        .filter(webhook::made_at.gt(since))
        .count()
        .get_result(conn)?)
}

/// How many the service has paused.
pub(crate) fn given_up(conn: &mut Conn) -> Result<i64> {
    Ok(whole!()
        .filter(webhook_progress::paused_at.is_not_null())
        .filter(webhook_progress::paused_by.is_null())
        .filter(webhook::ended_at.is_null())
        .count()
        .get_result(conn)?)
}

/// Those that may tell something now.
pub(crate) fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Webhook>> {
    Ok(whole!()
        .filter(webhook::confirmed_at.is_not_null())
        .filter(webhook_progress::paused_at.is_null())
        .filter(webhook::ended_at.is_null())
        .filter(webhook_progress::next_at.le(now))
        .filter(webhook_progress::claimed_until.is_null().or(webhook_progress::claimed_until.lt(now)))
        .order(webhook::id.asc())
        .select(columns::<Webhook>())
        .load(conn)?)
}

/// How many events all chains have: while it is the same, nothing has happened.
pub(crate) fn events(conn: &mut Conn) -> Result<i64> {
    let numbers: Vec<i64> = audit_head::table.select(audit_head::seq).load(conn)?;
    Ok(numbers.iter().sum())
}

pub(crate) fn insert_delivery(conn: &mut Conn, new: &Delivery) -> Result<()> {
    diesel::insert_into(webhook_delivery::table).values(new).execute(conn)?;
    Ok(())
}

/// What waits longest to be told.
pub(crate) fn waiting(conn: &mut Conn, of: WebhookId) -> Result<Option<Delivery>> {
    Ok(webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(of))
        .filter(webhook_delivery::delivered_at.is_null())
        .order(webhook_delivery::id.asc())
        .select(columns::<Delivery>())
        .first(conn)
        .optional()?)
}

pub(crate) fn delivery(conn: &mut Conn, of: WebhookId, id: DeliveryId) -> Result<Option<Delivery>> {
    Ok(webhook_delivery::table
        .find(id)
        .filter(webhook_delivery::webhook_id.eq(of))
        .select(columns::<Delivery>())
        .first(conn)
        .optional()?)
}

/// Deliveries made before one, the newest first.
pub(crate) fn deliveries(
    conn: &mut Conn,
    of: WebhookId,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let mut query = webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(of))
        .select(columns::<Delivery>())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(webhook_delivery::id.lt(before));
    }
    Ok(query.order(webhook_delivery::id.desc()).limit(limit).load(conn)?)
}

pub(crate) fn update_delivery(conn: &mut Conn, changed: &Delivery) -> Result<()> {
    diesel::update(webhook_delivery::table.find(changed.id)).set(changed).execute(conn)?;
    Ok(())
}

/// Drops what waits: it will be told from another place.
pub(crate) fn drop_waiting(conn: &mut Conn, of: WebhookId) -> Result<usize> {
    let waiting = webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(of))
        .filter(webhook_delivery::delivered_at.is_null());
    Ok(diesel::delete(waiting).execute(conn)?)
}

/// Removes what was told before a time, what ended webhooks never told, and the webhooks of external systems whose token
/// ended before `machines`; how many rows.
pub(crate) fn forget(conn: &mut Conn, told: Timestamp, machines: Timestamp) -> Result<usize> {
    use super::schema::machine;
    let old = machine::table.filter(machine::expires_at.lt(machines)).select(machine::account_id);
    let gone = webhook::table.filter(webhook::machine_id.eq_any(old)).select(webhook::id);
    let ended = webhook::table.filter(webhook::ended_at.is_not_null()).select(webhook::id);
    let rows = [
        diesel::delete(webhook_delivery::table.filter(webhook_delivery::webhook_id.eq_any(gone)))
            .execute(conn)?,
        diesel::delete(webhook_progress::table.filter(webhook_progress::webhook_id.eq_any(gone)))
            .execute(conn)?,
        diesel::delete(webhook::table.filter(webhook::machine_id.eq_any(old))).execute(conn)?,
        diesel::delete(webhook_delivery::table.filter(webhook_delivery::delivered_at.lt(told)))
            .execute(conn)?,
        diesel::delete(
            webhook_delivery::table
                .filter(webhook_delivery::webhook_id.eq_any(ended))
                .filter(webhook_delivery::made_at.lt(told)),
        )
        .execute(conn)?,
    ];
    Ok(rows.iter().sum())
}
