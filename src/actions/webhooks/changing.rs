//! What administrators do about a webhook that is confirmed: pause it, let it go on, try it, have something told again, change
//! its secret, end it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Delivery, DeliveryView, TestData, TestMessage, WebhookSecretView, WebhookView, delivery_view, found,
    machine_of, secret, state, told, view_of,
};
use crate::actions::changes::After;
use crate::actions::{Act, RequestContext, Service, machines, need_text};
use crate::db::Conn;
use crate::db::webhooks::{self, Webhook};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::webhook::{FORMER_SIGNS, TEST, WebhookState};
use crate::error::{Error, Result};

/// Why a webhook is paused.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PauseWebhook {
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub reason: String,
}

/// Why a webhook is ended.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RevokeWebhook {
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub reason: String,
}

/// From where a webhook goes on.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Replay {
    /// A `cursor` of a message or of `changes`; `latest` passes over all that was not told; absent: from the beginning.
    #[serde(default)]
    #[schemars(length(max = lengths::TEXT))]
    pub cursor: Option<String>,
}

/// Enters an act on a webhook that has to stand somewhere.
fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    action: Action,
    id: WebhookId,
    states: &[WebhookState],
) -> Result<Webhook> {
    act.enter_service(conn)?;
    act.on("webhook", id);
    act.context.may(action, Relation::General)?;
    let webhook = found(conn, id)?;
    let (machine, _) = machine_of(conn, &webhook)?;
    let stands = state(&webhook, machines::state(&machine, act.now), act.now);
    if states.contains(&stands) {
        return Ok(webhook);
    }
    Err(Error::conflict(
        "no_such_step",
        "该推送现在不能这样办理：请查看其状态",
        "This can't be done with the webhook as it stands: look at its state",
    ))
}

/// Does something about a webhook, stores it and shows it.
async fn change(
    service: &Service,
    context: &Arc<RequestContext>,
    action: Action,
    id: WebhookId,
    states: &'static [WebhookState],
    mut body: impl FnMut(&mut Conn, &mut Act<'_>, &mut Webhook) -> Result<()> + Send + 'static,
) -> Result<WebhookView> {
    service
        .write(context, action, move |conn, act| {
            let mut webhook = enter(conn, act, action, id, states)?;
            body(conn, act, &mut webhook)?;
            webhooks::update(conn, &webhook)?;
            view_of(conn, act.context, webhook, act.now)
        })
        .await
}

const GOES_ON: &[WebhookState] = &[WebhookState::Active, WebhookState::Paused];

/// Pauses a webhook: what changes meanwhile is told later.
///
/// # Errors
/// If the caller is no administrator, no reason is given, or it is not active.
pub async fn pause(
    service: &Service,
    context: &Arc<RequestContext>,
    id: WebhookId,
    pause: PauseWebhook,
) -> Result<WebhookView> {
    let active = &[WebhookState::Active];
    change(service, context, Action::ChangeWebhook, id, active, move |_, act, webhook| {
        need_text("/reason", &pause.reason, 1, lengths::REMARK)?;
        webhook.progress.paused_by = Some(act.account()?);
        webhook.progress.paused_at = Some(act.now);
        webhook.progress.paused_because = Some(pause.reason.trim().to_owned());
        act.detail("step", &"pause");
        act.detail("reason", &webhook.progress.paused_because);
        Ok(())
    })
    .await
}

/// Lets a paused webhook go on from where it was, at once.
///
/// # Errors
/// If the caller is no administrator, or it is not paused.
pub async fn resume(service: &Service, context: &Arc<RequestContext>, id: WebhookId) -> Result<WebhookView> {
    let paused = &[WebhookState::Paused];
    change(service, context, Action::ChangeWebhook, id, paused, |_, act, webhook| {
        webhook.progress.paused_by = None;
        webhook.progress.paused_at = None;
        webhook.progress.paused_because = None;
        webhook.progress.failing_since = None;
        webhook.progress.next_at = act.now;
        act.detail("step", &"resume");
        Ok(())
    })
    .await
}

/// Has a webhook tell again, or pass over, what came after a place.
///
/// # Errors
/// If the caller is no administrator, it is over, or the place is not one of these data.
pub async fn replay(
    service: &Service,
    context: &Arc<RequestContext>,
    id: WebhookId,
    replay: Replay,
) -> Result<WebhookView> {
    let service_in = service.clone();
    change(service, context, Action::ChangeWebhook, id, GOES_ON, move |conn, act, webhook| {
        let after = match replay.cursor.as_deref() {
            None => After::Nothing,
            Some(text) => text.parse().map_err(|()| {
                let (zh, en) = ("请原样填写所得的位置", "Write a place exactly as it was given");
                Error::invalid_field("/cursor", "cursor", zh, en)
            })?,
        };
        webhook.progress.place = Some(told(&service_in, conn, webhook, &after, 0)?.view.next_cursor);
        webhook.progress.next_at = act.now;
        webhooks::drop_waiting(conn, id)?;
        act.detail("step", &"replay");
        act.detail("cursor", &replay.cursor);
        Ok(())
    })
    .await
}

/// Ends a webhook.
///
/// # Errors
/// If the caller is no administrator, no reason is given, or it is over already.
pub async fn revoke(
    service: &Service,
    context: &Arc<RequestContext>,
    id: WebhookId,
    revoke: RevokeWebhook,
) -> Result<WebhookView> {
    let open = &[WebhookState::Awaited, WebhookState::Lapsed, WebhookState::Active, WebhookState::Paused];
    change(service, context, Action::RevokeWebhook, id, open, move |_, act, webhook| {
        need_text("/reason", &revoke.reason, 1, lengths::REMARK)?;
        let name = &webhook.name;
        act.follows(FieldProblem::new(
            "",
            "revoked",
            format!("推送“{name}”立即终止，不能恢复；未送达的不再发送"),
            format!(
                "The webhook “{name}” ends at once and for good; what was not delivered is not sent any more"
            ),
        ));
        webhook.ended_by = Some(act.account()?);
        webhook.ended_at = Some(act.now);
        webhook.ended_because = Some(revoke.reason.trim().to_owned());
        act.detail("reason", &webhook.ended_because);
        Ok(())
    })
    .await
}

/// Gives a webhook another secret; the one before signs too for a day.
///
/// # Errors
/// If the caller is no administrator, or it is over.
pub async fn rotate(
    service: &Service,
    context: &Arc<RequestContext>,
    id: WebhookId,
) -> Result<WebhookSecretView> {
    let keys = service.keys.clone();
    service
        .write(context, Action::RotateWebhook, move |conn, act| {
            let mut webhook = enter(conn, act, Action::RotateWebhook, id, GOES_ON)?;
            webhook.secret_number += 1;
            webhook.former_until = Some(act.now.plus_seconds(FORMER_SIGNS));
            webhooks::update(conn, &webhook)?;
            act.detail("number", &webhook.secret_number);
            act.detail("former_until", &webhook.former_until);
            let secret = secret(&keys, &webhook);
            Ok(WebhookSecretView { webhook: view_of(conn, act.context, webhook, act.now)?, secret })
        })
        .await
}

/// Has a webhook send something that only tries whether it arrives.
///
/// # Errors
/// If the caller is no administrator, or it is not active.
pub async fn test(service: &Service, context: &Arc<RequestContext>, id: WebhookId) -> Result<DeliveryView> {
    let delivery_id = DeliveryId(service.clock.new_id());
    service
        .write(context, Action::ChangeWebhook, move |conn, act| {
            let mut webhook = enter(conn, act, Action::ChangeWebhook, id, &[WebhookState::Active])?;
            let message =
                TestMessage { kind: TEST.to_owned(), timestamp: act.now, data: TestData { webhook_id: id } };
            let delivery = Delivery {
                id: delivery_id,
                webhook_id: id,
                message_id: format!("msg_{}", delivery_id.0.simple()),
                kind: message.kind.clone(),
                body: canonical(&message),
                made_at: act.now,
                attempts: 0,
                tried_at: None,
                status: None,
                fault: None,
                delivered_at: None,
            };
            webhooks::insert_delivery(conn, &delivery)?;
            webhook.progress.next_at = act.now;
            webhooks::update(conn, &webhook)?;
            act.detail("step", &"test");
            Ok(delivery_view(act.context, delivery))
        })
        .await
}

/// Has a webhook tell again something that it told.
///
/// # Errors
/// If the caller is no administrator, it is not active, or there is no such delivery any more.
pub async fn replay_one(
    service: &Service,
    context: &Arc<RequestContext>,
    id: WebhookId,
    delivery: DeliveryId,
) -> Result<DeliveryView> {
    service
        .write(context, Action::ChangeWebhook, move |conn, act| {
            let mut webhook = enter(conn, act, Action::ChangeWebhook, id, &[WebhookState::Active])?;
            let mut found = webhooks::delivery(conn, id, delivery)?.ok_or_else(Error::not_found)?;
            found.delivered_at = None;
            webhooks::update_delivery(conn, &found)?;
            webhook.progress.next_at = act.now;
            webhooks::update(conn, &webhook)?;
            act.detail("step", &"replay");
            act.detail("delivery", &delivery);
            Ok(delivery_view(act.context, found))
        })
        .await
}
