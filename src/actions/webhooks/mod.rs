//! Webhooks: an administrator makes one for an external system, a second confirms it; from then on the external system is told
//! by itself what `changes` would tell it, and nothing else.

mod changing;
mod delivering;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::changing::{
    PauseWebhook, Replay, RevokeWebhook, pause, replay, replay_one, resume, revoke, rotate, test,
};
pub use self::delivering::{Deliveries, NAME, deliver_due, keep_delivering};
use super::changes::{self, After, ChangeView};
use super::{Page, RequestContext, Service, machines, parse};
use crate::db::machines::Machine;
use crate::db::webhooks::{self, Delivery, Progress, Webhook};
use crate::db::{Conn, accounts};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, DeliveryId, WebhookId};
use crate::domain::lengths;
use crate::domain::machine::{
    CONFIRMED_WITHIN_DAYS, MachineScope, MachineState, ResourceGroup, confirmed_until, is_bound,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{DeliveryFault, MOST_OF_A_MACHINE, SECRET_PREFIX, TEST, WebhookState, types};
use crate::error::{Error, Result, must_be_valid};
use crate::keys::{Keys, Purpose};

/// A webhook, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WebhookView {
    pub id: WebhookId,
    /// The external system, whose token decides what is told.
    pub machine_id: AccountId,
    pub machine_name: String,
    /// The region that it is told for, where the token is bound to regions.
    pub region_code: Option<RegionCode>,
    /// What it is for, for people.
    pub name: String,
    /// Where it is sent to.
    pub address: String,
    /// The acts that it is told, by the keys of `x-action`; none: all.
    pub acts: Vec<String>,
    pub state: WebhookState,
    pub made_by_name: String,
    pub made_at: Timestamp,
    /// The second administrator.
    pub confirmed_by_name: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    /// Absent too where the service paused it, because it had failed for five days.
    pub paused_by_name: Option<String>,
    pub paused_at: Option<Timestamp>,
    pub paused_because: Option<String>,
    /// Absent too where its receiver answered 410.
    pub ended_by_name: Option<String>,
    pub ended_at: Option<Timestamp>,
    pub ended_because: Option<String>,
    /// Until when the secret before signs too; absent where none does.
    pub former_secret_ends_at: Option<Timestamp>,
    /// When something was delivered last.
    pub delivered_at: Option<Timestamp>,
    /// When a delivery failed first since the last that succeeded; absent while all is well.
    pub first_failed_at: Option<Timestamp>,
    /// When a delivery failed last.
    pub failed_at: Option<Timestamp>,
    /// Why that was.
    pub fault: Option<DeliveryFault>,
    /// Whether it was the caller who made it, so that somebody else has to confirm it.
    pub is_own: bool,
}

/// A webhook with its secret, which is told this once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSecretView {
    pub webhook: WebhookView,
    /// `whsec_` and the key of HMAC-SHA256 in Base64, as Standard Webhooks has it.
    pub secret: String,
}

/// Something that a webhook tells.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryView {
    pub id: DeliveryId,
    /// Sent as `webhook-id`: the same whenever the same is told again.
    pub message_id: String,
    /// The act that it tells of, or `webhook.test`; of acts supervisors alone are told here, as administrators see no application.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub made_at: Timestamp,
    /// How often it was tried.
    pub attempts: i32,
    pub tried_at: Option<Timestamp>,
    /// The status that the receiver answered with last.
    pub status: Option<i32>,
    /// Why it was not delivered when it was tried last.
    pub fault: Option<DeliveryFault>,
    /// Absent while it waits.
    pub delivered_at: Option<Timestamp>,
}

/// A webhook for an external system.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MakeWebhook {
    /// The external system, whose token has to be for `changes`.
    pub machine_id: AccountId,
    /// For which of its regions it is told; needed where it acts for several.
    #[serde(default)]
    pub region_code: Option<RegionCode>,
    /// What it is for, for people.
    #[schemars(length(min = 1, max = lengths::DISPLAY_NAME))]
    pub name: String,
    /// Where it is sent to: an `https` address of the internet, or of a network that the operator has opened.
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub address: String,
    /// The acts that it is told, by the keys of `x-action`; none: all that the token may be told.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(max = 50)))]
    pub acts: Vec<String>,
}

/// What is sent when something changed: the change as `changes` tells it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChangeMessage {
    /// What was done, as `data.act` has it.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was done.
    pub timestamp: Timestamp,
    pub data: ChangeView,
    /// The place of this change: sent as `after` to `changes`, it is told what came later.
    pub cursor: String,
}

/// What is sent to try whether it arrives.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TestMessage {
    /// `webhook.test`.
    #[serde(rename = "type")]
    pub kind: String,
    pub timestamp: Timestamp,
    pub data: TestData,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TestData {
    pub webhook_id: WebhookId,
}

/// A secret of a webhook. It is not stored: it follows from the keys.
fn key(keys: &Keys, webhook: &Webhook, number: i32) -> [u8; 32] {
    keys.mac(Purpose::Webhook, format!("{}/{number}", webhook.id).as_bytes())
}

fn secret(keys: &Keys, webhook: &Webhook) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(key(keys, webhook, webhook.secret_number)))
}

fn state(webhook: &Webhook, machine: MachineState, now: Timestamp) -> WebhookState {
    let is_over = !matches!(machine, MachineState::Usable | MachineState::Awaited);
    match webhook.confirmed_at {
        _ if webhook.ended_at.is_some() || is_over => WebhookState::Ended,
        None if now >= confirmed_until(webhook.made_at) => WebhookState::Lapsed,
        None => WebhookState::Awaited,
        Some(_) if webhook.progress.paused_at.is_some() => WebhookState::Paused,
        Some(_) => WebhookState::Active,
    }
}

/// The external system of a webhook, with its account.
fn machine_of(conn: &mut Conn, webhook: &Webhook) -> Result<(Machine, accounts::Account)> {
    crate::db::machines::by_id(conn, webhook.machine_id)?
        .ok_or_else(|| Error::internal("a webhook of no external system"))
}

fn found(conn: &mut Conn, id: WebhookId) -> Result<Webhook> {
    webhooks::locked(conn, id)?.ok_or_else(Error::not_found)
}

/// What the external system of a webhook would be told by `changes` after a place.
fn told(
    service: &Service,
    conn: &mut Conn,
    webhook: &Webhook,
    after: &After,
    limit: usize,
) -> Result<changes::Piece> {
    let (machine, account) = machine_of(conn, webhook)?;
    let mut caller = machines::caller(machine, account)?;
    caller.region.clone_from(&webhook.region);
    let context =
        RequestContext { caller: Some(caller), ..(*RequestContext::nobody(&service.clock)).clone() };
    changes::piece(conn, &context, after, None, &parse::<Vec<String>>(&webhook.acts)?, limit)
}

fn views(
    conn: &mut Conn,
    context: &RequestContext,
    rows: Vec<Webhook>,
    now: Timestamp,
) -> Result<Vec<WebhookView>> {
    let people = |row: &Webhook| {
        [Some(row.made_by), row.confirmed_by, row.progress.paused_by, row.ended_by, Some(row.machine_id)]
    };
    let mut ids: Vec<AccountId> = rows.iter().flat_map(people).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let names: BTreeMap<AccountId, String> = accounts::display_names(conn, &ids)?.into_iter().collect();
    let name = |id: AccountId| names.get(&id).cloned();
    let machines = machines::states(conn, rows.iter().map(|row| row.machine_id).collect(), now)?;
    let caller = context.caller.as_ref().map(|caller| caller.account);
    let view = |row: Webhook| {
        let machine = machines.get(&row.machine_id).copied().unwrap_or(MachineState::Expired);
        Ok(WebhookView {
            id: row.id,
            machine_id: row.machine_id,
            machine_name: name(row.machine_id).unwrap_or_default(),
            state: state(&row, machine, now),
            region_code: row.region,
            name: row.name,
            address: row.address,
            acts: parse(&row.acts)?,
            made_by_name: name(row.made_by).unwrap_or_default(),
            made_at: row.made_at,
            confirmed_by_name: row.confirmed_by.and_then(name),
            confirmed_at: row.confirmed_at,
            paused_by_name: row.progress.paused_by.and_then(name),
            paused_at: row.progress.paused_at,
            paused_because: row.progress.paused_because,
            ended_by_name: row.ended_by.and_then(name),
            ended_at: row.ended_at,
            ended_because: row.ended_because,
            former_secret_ends_at: row.former_until.filter(|until| *until > now),
            delivered_at: row.progress.delivered_at,
            first_failed_at: row.progress.failing_since,
            failed_at: row.progress.failed_at,
            fault: row.progress.fault,
            is_own: caller == Some(row.made_by),
        })
    };
    rows.into_iter().map(view).collect()
}

fn view_of(conn: &mut Conn, context: &RequestContext, row: Webhook, now: Timestamp) -> Result<WebhookView> {
    views(conn, context, vec![row], now)?.pop().ok_or_else(Error::not_found)
}

/// A message as it is shown to somebody. Who keeps accounts learns neither of applications nor of sheets.
fn delivery_view(context: &RequestContext, row: Delivery) -> DeliveryView {
    let role = context.caller.as_ref().map(|caller| caller.role);
    let is_told = role == Some(Role::Supervisor) || row.kind == TEST;
    DeliveryView {
        id: row.id,
        message_id: row.message_id,
        kind: is_told.then_some(row.kind),
        made_at: row.made_at,
        attempts: row.attempts,
        tried_at: row.tried_at,
        status: row.status,
        fault: row.fault,
        delivered_at: row.delivered_at,
    }
}

/// Webhooks, the newest first; of one external system, if it is told which.
///
/// # Errors
/// If the caller may not see accounts.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    machine: Option<AccountId>,
    before: Option<WebhookId>,
    limit: usize,
) -> Result<Page<WebhookView>> {
    let now = service.clock.now();
    service
        .read(context, Action::ReadMachines, "webhook".to_owned(), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            let rows = webhooks::list(conn, machine, before, Page::<Webhook>::rows(limit))?;
            let page = Page::of(rows, limit, |row| row.id.to_string());
            Ok(Page { items: views(conn, context, page.items, now)?, next_cursor: page.next_cursor })
        })
        .await
}

/// One webhook.
///
/// # Errors
/// If the caller may not see accounts, or there is no such one.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: WebhookId) -> Result<WebhookView> {
    let now = service.clock.now();
    service
        .read(context, Action::ReadMachines, format!("webhook/{id}"), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            let row = webhooks::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            view_of(conn, context, row, now)
        })
        .await
}

/// What a webhook has to tell and told during the last thirty days, the newest first.
///
/// # Errors
/// If the caller may not see accounts, or there is no such one.
pub async fn deliveries(
    service: &Service,
    context: &Arc<RequestContext>,
    id: WebhookId,
    before: Option<DeliveryId>,
    limit: usize,
) -> Result<Page<DeliveryView>> {
    service
        .read(context, Action::ReadMachines, format!("webhook/{id}"), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            webhooks::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let rows = webhooks::deliveries(conn, id, before, Page::<Delivery>::rows(limit))?;
            let page = Page::of(rows, limit, |row| row.id.to_string());
            Ok(page.map(|row| delivery_view(context, row)))
        })
        .await
}

/// What waits for an administrator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    /// Webhooks that the caller can confirm.
    pub(crate) awaited: i64,
    /// Those that the service has paused.
    pub(crate) given_up: i64,
}

/// What of webhooks waits for the caller.
///
/// # Errors
/// If the caller may not see accounts.
pub(crate) async fn for_caller(service: &Service, context: &Arc<RequestContext>) -> Result<Waiting> {
    let (now, own) = (service.clock.now(), context.caller()?.account);
    let since = now.plus_seconds(-CONFIRMED_WITHIN_DAYS * 24 * 60 * 60);
    service
        .read(context, Action::ReadMachines, "webhook".to_owned(), move |conn, context| {
            context.may(Action::ReadMachines, Relation::General)?;
            Ok(Waiting { awaited: webhooks::awaited(conn, own, since)?, given_up: webhooks::given_up(conn)? })
        })
        .await
}

/// The region that a webhook is told for.
fn region(
    make: &MakeWebhook,
    role_is_bound: bool,
    scope: &MachineScope,
) -> std::result::Result<Option<RegionCode>, FieldProblem> {
    let wrong =
        |zh: &str, en: &str| FieldProblem::new("/region_code", "region", zh.to_owned(), en.to_owned());
    match (&make.region_code, &scope.region_codes[..]) {
        (None, [only]) if role_is_bound => Ok(Some(only.clone())),
        (None, _) if role_is_bound => {
            Err(wrong("该令牌代表多个地区：请选一个", "Its token acts for several regions: choose one"))
        }
        (Some(region), regions) if regions.contains(region) => Ok(Some(region.clone())),
        (Some(_), _) => Err(wrong("该令牌不代表这一地区", "Its token does not act for this region")),
        (None, _) => Ok(None),
    }
}

/// What is wrong with a webhook that is to be made, or the region that it is told for.
fn checked(
    service: &Service,
    conn: &mut Conn,
    make: &MakeWebhook,
    now: Timestamp,
) -> Result<Option<RegionCode>> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/name", &make.name, 1, lengths::DISPLAY_NAME);
    check_text(&mut problems, "/address", &make.address, 1, lengths::REMARK);
    if problems.is_empty() && service.courier.address(&make.address).is_none() {
        problems.push(FieldProblem::new(
            "/address",
            "address",
            "请写互联网上的 `https` 地址，不含用户名、密码和 `#`；内部网络的地址须由服务器操作员先行开放",
            "Write an `https` address of the internet without name, password or `#`; addresses of inner networks have to be opened by the operator of the machine first",
        ));
    }
    for (index, act) in make.acts.iter().enumerate() {
        if !types().any(|known| known == act) {
            let (zh, en) = ("没有这种变更", "There is no such change");
            problems.push(FieldProblem::new(format!("/acts/{index}"), "unknown", zh, en));
        }
    }
    let Some((machine, account)) = crate::db::machines::by_id(conn, make.machine_id)? else {
        let (zh, en) = ("没有这一外部系统", "There is no such external system");
        problems.push(FieldProblem::new("/machine_id", "unknown", zh, en));
        must_be_valid(problems)?;
        return Ok(None);
    };
    let scope: MachineScope = parse(&machine.scope)?;
    let is_over = !matches!(machines::state(&machine, now), MachineState::Usable | MachineState::Awaited);
    if is_over || !scope.covers(Some(ResourceGroup::Changes), false) {
        let (zh, en) = (
            "该令牌不用于“变更”这组资源，或已失效",
            "Its token is not for the group of resources “changes”, or is over",
        );
        problems.push(FieldProblem::new("/machine_id", "scope", zh, en));
    }
    if webhooks::count_of(conn, make.machine_id)? >= MOST_OF_A_MACHINE {
        problems.push(FieldProblem::new(
            "/machine_id",
            "too_many",
            format!("一个外部系统至多{MOST_OF_A_MACHINE}个推送"),
            format!("An external system has at most {MOST_OF_A_MACHINE} webhooks"),
        ));
    }
    let region = region(make, is_bound(account.role), &scope);
    problems.extend(region.as_ref().err().cloned());
    must_be_valid(problems)?;
    Ok(region.unwrap_or_default())
}

/// Makes a webhook. It tells nothing before a second administrator has confirmed it.
///
/// # Errors
/// If the caller is no administrator, or a field is wrong.
pub async fn make(
    service: &Service,
    context: &Arc<RequestContext>,
    make: MakeWebhook,
) -> Result<WebhookSecretView> {
    let id = WebhookId(service.clock.new_id());
    let service_in = service.clone();
    service
        .write(context, Action::MakeWebhook, move |conn, act| {
            act.enter_service(conn)?;
            act.on("webhook", id);
            act.context.may(Action::MakeWebhook, Relation::General)?;
            let region = checked(&service_in, conn, &make, act.now)?;
            let webhook = Webhook {
                id,
                machine_id: make.machine_id,
                region,
                name: make.name.trim().to_owned(),
                address: make.address.clone(),
                acts: canonical(&make.acts),
                made_by: act.account()?,
                made_at: act.now,
                confirmed_by: None,
                confirmed_at: None,
                ended_by: None,
                ended_at: None,
                ended_because: None,
                secret_number: 1,
                former_until: None,
                progress: Progress::new(id, act.now),
            };
            webhooks::insert(conn, &webhook)?;
            act.detail("machine", &webhook.machine_id);
            act.detail("region", &webhook.region);
            act.detail("name", &webhook.name);
            act.detail("address", &webhook.address);
            act.detail("acts", &make.acts);
            let secret = secret(&service_in.keys, &webhook);
            Ok(WebhookSecretView { webhook: view_of(conn, act.context, webhook, act.now)?, secret })
        })
        .await
}

/// Confirms a webhook that another administrator made: from then on it tells what changes.
///
/// # Errors
/// If the caller is no administrator or made it, or it does not wait.
pub async fn confirm(service: &Service, context: &Arc<RequestContext>, id: WebhookId) -> Result<WebhookView> {
    let service_in = service.clone();
    service
        .write(context, Action::ConfirmWebhook, move |conn, act| {
            act.enter_service(conn)?;
            act.on("webhook", id);
            act.context.may(Action::ConfirmWebhook, Relation::General)?;
            let mut webhook = found(conn, id)?;
            let (machine, _) = machine_of(conn, &webhook)?;
            let machine = machines::state(&machine, act.now);
            if state(&webhook, machine, act.now) != WebhookState::Awaited {
                return Err(Error::conflict(
                    "nothing_to_confirm",
                    "该推送不在等待确认",
                    "This webhook does not wait to be confirmed",
                ));
            }
            let caller = act.account()?;
            if webhook.made_by == caller {
                return Err(Error::conflict(
                    "second_person_required",
                    "须由另一位管理员确认：推送是您建立的",
                    "Another administrator must confirm it: you made it",
                ));
            }
            webhook.confirmed_by = Some(caller);
            webhook.confirmed_at = Some(act.now);
            webhook.progress.next_at = act.now;
            webhook.progress.place =
                Some(told(&service_in, conn, &webhook, &After::Latest, 0)?.view.next_cursor);
            webhooks::update(conn, &webhook)?;
            act.detail("made_by", &webhook.made_by);
            act.detail("address", &webhook.address);
            view_of(conn, act.context, webhook, act.now)
        })
        .await
}
