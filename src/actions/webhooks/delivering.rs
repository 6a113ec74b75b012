//! How webhooks tell: each by itself, one message after the other, each message until its receiver took it.
//!
//! What is to be told is found in the audit trail, from the place that the webhook has come to. In one transaction the
//! message is stored, the place moved on and the webhook claimed; then it is sent; then another transaction settles what
//! came of it. Whoever dies in between leaves a claim that runs out, and the message is sent again: it may arrive twice, and
//! is never lost. Only one process has a claim at a time, so the order stays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;

use super::{ChangeMessage, key, machine_of, state, told};
use crate::actions::changes::After;
use crate::actions::messages::{Owners, tell_administrators};
use crate::actions::{Act, RequestContext, Service, lock, machines};
use crate::courier::{Parcel, Refusal};
use crate::db::Conn;
use crate::db::webhooks::{self, Delivery, Webhook};
use crate::domain::access::Action;
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::machine::MachineState;
use crate::domain::record::{canonical, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{WebhookState, is_given_up, wait};
use crate::error::{Error, Result};
use crate::keys::{Keys, hmac};

/// How often is looked for something to tell.
const LOOK: Duration = Duration::from_secs(1);
/// Seconds that a delivery may take at most, from its claim to its end: longer than sending lasts.
const CLAIM: i64 = 60;
/// The status by which a receiver says that it wants no more.
const GONE: u16 = 410;

/// What is known of webhooks that had nothing to tell: how many events there were then. Shared by all clones of a service.
#[derive(Debug, Default)]
pub struct Deliveries(Mutex<BTreeMap<WebhookId, i64>>);

/// Something to be sent, and by when whoever sends it has to be ready.
struct Claimed {
    webhook: Webhook,
    delivery: Delivery,
    until: Timestamp,
}

/// Whether a webhook tells anything now.
fn is_active(conn: &mut Conn, webhook: &Webhook, now: Timestamp) -> Result<bool> {
    let (machine, _) = machine_of(conn, webhook)?;
    let machine = machines::state(&machine, now);
    Ok(machine == MachineState::Usable && state(webhook, machine, now) == WebhookState::Active)
}

/// The webhooks that have something to tell now.
async fn due(service: &Service) -> Result<Vec<WebhookId>> {
    let (service_in, now) = (service.clone(), service.clock.now());
    let look = move |conn: &mut Conn| {
        let due = webhooks::due(conn, now)?;
        let events = if due.is_empty() { 0 } else { webhooks::events(conn)? };
        let mut ids = Vec::new();
        for webhook in due {
            if lock(&service_in.deliveries.0).get(&webhook.id) == Some(&events) {
                continue;
            }
            if !is_active(conn, &webhook, now)? {
                continue;
            }
            if webhooks::waiting(conn, webhook.id)?.is_some() || next(&service_in, conn, &webhook)?.is_some()
            {
                ids.push(webhook.id);
            } else {
                lock(&service_in.deliveries.0).insert(webhook.id, events);
            }
        }
        Ok(ids)
    };
    service.read_public("webhook.due", look).await
}

/// What comes next of what a webhook is to tell, and the place after it.
fn next(service: &Service, conn: &mut Conn, webhook: &Webhook) -> Result<Option<(Delivery, String)>> {
    let place = webhook.progress.place.as_deref().unwrap_or_default();
    let after: After = place.parse().map_err(|()| Error::internal("a webhook has no place"))?;
    let told = told(service, conn, webhook, &after, 1)?;
    let (Some(change), Some(digest)) = (told.view.items.into_iter().next(), told.digests.first()) else {
        return Ok(None);
    };
    let cursor = told.view.next_cursor;
    let message = ChangeMessage {
        kind: change.act.clone(),
        timestamp: change.at,
        data: change,
        cursor: cursor.clone(),
    };
    let name = digest_of(format!("{}/{digest}", webhook.id)).to_string();
    let delivery = Delivery {
        id: DeliveryId(service.clock.new_id()),
        webhook_id: webhook.id,
        message_id: format!("msg_{}", &name[..32]),
        kind: message.kind.clone(),
        body: canonical(&message),
        made_at: service.clock.now(),
        attempts: 0,
        tried_at: None,
        status: None,
        fault: None,
        delivered_at: None,
    };
    Ok(Some((delivery, cursor)))
}

/// Claims a webhook with what it is to tell now; none if there is nothing, or somebody else has it.
async fn claim(service: &Service, id: WebhookId) -> Result<Option<Claimed>> {
    let (service_in, now) = (service.clone(), service.clock.now());
    let take = move |conn: &mut Conn| {
        let Some(mut webhook) = webhooks::locked(conn, id)? else { return Ok(None) };
        let is_free = webhook.progress.claimed_until.is_none_or(|until| until < now);
        if !is_free || webhook.progress.next_at > now || !is_active(conn, &webhook, now)? {
            return Ok(None);
        }
        let mut delivery = match webhooks::waiting(conn, id)? {
            Some(delivery) => delivery,
            None => match next(&service_in, conn, &webhook)? {
                Some((delivery, place)) => {
                    webhook.progress.place = Some(place);
                    webhooks::insert_delivery(conn, &delivery)?;
                    delivery
                }
                None => return Ok(None),
            },
        };
        delivery.attempts += 1;
        delivery.tried_at = Some(now);
        webhooks::update_delivery(conn, &delivery)?;
        let until = now.plus_seconds(CLAIM);
        webhook.progress.claimed_until = Some(until);
        webhooks::go_on(conn, &webhook.progress)?;
        Ok(Some(Claimed { webhook, delivery, until }))
    };
    service.db.write("webhook.claim", take).await
}

/// The signature of a message by the secrets that hold.
fn signature(keys: &Keys, webhook: &Webhook, signed: &str, now: Timestamp) -> String {
    let former = webhook.former_until.filter(|until| now < *until).map(|_| webhook.secret_number - 1);
    let numbers = [Some(webhook.secret_number), former].into_iter().flatten();
    let one =
        |number| format!("v1,{}", STANDARD.encode(hmac(&key(keys, webhook, number), signed.as_bytes())));
    numbers.map(one).collect::<Vec<_>>().join(" ")
}

async fn send(service: &Service, claimed: &Claimed) -> std::result::Result<u16, Refusal> {
    let (webhook, delivery, now) = (&claimed.webhook, &claimed.delivery, service.clock.now());
    let time = now.micros().div_euclid(1_000_000).to_string();
    let signed = format!("{}.{time}.{}", delivery.message_id, delivery.body);
    let parcel = Parcel {
        address: &webhook.address,
        headers: [
            ("webhook-id", delivery.message_id.clone()),
            ("webhook-signature", signature(&service.keys, webhook, &signed, now)),
            ("webhook-timestamp", time),
        ],
        body: delivery.body.clone(),
    };
    service.courier.hand_over(parcel).await
}

/// Stores what came of a delivery.
async fn settle(
    service: &Service,
    claimed: Claimed,
    outcome: std::result::Result<u16, Refusal>,
) -> Result<()> {
    let (service_in, now) = (service.clone(), service.clock.now());
    let Claimed { webhook, delivery, until } = claimed;
    let [chance] = service.clock.secret::<1>();
    let (id, mut delivery) = (webhook.id, delivery);
    let status = outcome.map_or_else(|refusal| refusal.status, Some);
    delivery.status = status.map(i32::from);
    delivery.fault = outcome.err().map(|refusal| refusal.fault);
    delivery.delivered_at = outcome.is_ok().then_some(now);
    let failing_since = webhook.progress.failing_since.unwrap_or(now);
    let wants_no_more = outcome.is_err() && status == Some(GONE);
    let stops = wants_no_more || (outcome.is_err() && is_given_up(failing_since, now));
    let store = move |conn: &mut Conn| {
        let (context, place) = (RequestContext::nobody(&service_in.clock), Mutex::new((None, None)));
        let mut act = Act::new(now, &context, &place);
        if stops {
            act.enter_service(conn)?;
        }
        let Some(mut webhook) =
            webhooks::locked(conn, id)?.filter(|row| row.progress.claimed_until == Some(until))
        else {
            return Ok(());
        };
        webhooks::update_delivery(conn, &delivery)?;
        webhook.progress.claimed_until = None;
        match delivery.fault {
            None => {
                webhook.progress.delivered_at = Some(now);
                webhook.progress.failing_since = None;
            }
            Some(fault) => {
                webhook.progress.failed_at = Some(now);
                webhook.progress.fault = Some(fault);
                webhook.progress.failing_since = Some(failing_since);
                webhook.progress.next_at = now.plus_seconds(wait(delivery.attempts, chance));
            }
        }
        if stops && webhook.ended_at.is_none() {
            stop(&service_in, conn, act, &mut webhook, wants_no_more)?;
        }
        webhooks::update(conn, &webhook)
    };
    service.db.write("webhook.settle", store).await
}

/// Ends a webhook that wants no more, or pauses one that has failed for days, and tells the administrators.
fn stop(
    service: &Service,
    conn: &mut Conn,
    mut act: Act<'_>,
    webhook: &mut Webhook,
    wants_no_more: bool,
) -> Result<()> {
    act.on("webhook", webhook.id);
    act.detail("step", &if wants_no_more { "end" } else { "pause" });
    act.detail("fault", &webhook.progress.fault);
    if wants_no_more {
        webhook.ended_at = Some(act.now);
    } else {
        webhook.progress.paused_at = webhook.progress.paused_at.or(Some(act.now));
    }
    tell_administrators(conn, &act, &Owners::of(service), &webhook.name)?;
    act.append(conn, Action::StopWebhook)
}

/// Has one webhook tell what it has to tell, until there is nothing more or its receiver does not take it; how often it
/// was tried.
async fn deliver(service: &Service, id: WebhookId) -> Result<usize> {
    let mut attempts = 0;
    while let Some(claimed) = claim(service, id).await? {
        attempts += 1;
        let outcome = send(service, &claimed).await;
        if let Err(refusal) = &outcome {
            let (fault, status) = (refusal.fault.as_str(), refusal.status);
            tracing::warn!(webhook = %id, fault, status, "a message of a webhook was not delivered");
        }
        settle(service, claimed, outcome).await?;
        if outcome.is_err() {
            break;
        }
    }
    Ok(attempts)
}

/// Has all webhooks tell what they have to tell now; how many attempts that took.
///
/// # Errors
/// If the database does not answer.
pub async fn deliver_due(service: &Service) -> Result<usize> {
    let due = due(service).await?;
    let told = join_all(due.into_iter().map(|id| deliver(service, id))).await;
    told.into_iter().sum()
}

/// Goes on having webhooks tell what they have to tell. One that fails or is slow holds up no other.
pub async fn keep_delivering(service: Service) {
    let mut look = tokio::time::interval(LOOK);
    let (mut under_way, mut busy) = (FuturesUnordered::new(), BTreeSet::new());
    let own = &service;
    let one = |id| async move { (id, deliver(own, id).await) };
    loop {
        tokio::select! {
            _ = look.tick() => match due(own).await {
                Ok(ids) => under_way.extend(ids.into_iter().filter(|id| busy.insert(*id)).map(one)),
                Err(error) => own.loops.failed(NAME, &error),
            },
            Some((id, told)) = under_way.next() => {
                busy.remove(&id);
                if let Err(error) = told {
                    own.loops.failed(NAME, &error);
                }
            }
        }
    }
}

/// How this work is called where it is counted.
pub const NAME: &str = "webhooks";
