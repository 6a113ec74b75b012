//! What the owner of an account is told that was done to it: at once by a letter, where its address is known, and on
//! its pages until it is acknowledged, so that an account taken over does not stay so unnoticed.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Act, RequestContext, Service};
use crate::clock::Clock;
use crate::db::Conn;
use crate::db::accounts::{self, Account, Wanted};
use crate::db::letters::{self, Letter};
use crate::db::messages::{self, Message};
use crate::domain::access::{Action, Role};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{LetterId, MessageId};
use crate::domain::message::MessageKind;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Messages that are shown at a time.
const SHOWN: i64 = 50;

/// Something that was done to one's account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MessageView {
    pub id: MessageId,
    /// What was done.
    pub kind: MessageKind,
    /// Who did it; none for the operator of the machine.
    pub by_name: Option<String>,
    pub at: Timestamp,
    /// The same in a sentence, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// Messages that were read.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AcknowledgeMessages {
    /// The newest of them.
    pub last_message_id: MessageId,
}

/// How owners of accounts are told.
#[derive(Clone)]
pub(crate) struct Owners {
    clock: Clock,
    by_letter: bool,
}

impl Owners {
    pub(crate) fn of(service: &Service) -> Self {
        Self { clock: service.clock.clone(), by_letter: service.letters_to_owners }
    }
}

/// Tells the owner of an account what was done to it, as part of that act. The letter goes to the address that `account`
/// has.
pub(crate) fn tell(
    conn: &mut Conn,
    act: &Act<'_>,
    owners: &Owners,
    account: &Account,
    kind: MessageKind,
) -> Result<()> {
    let caller = act.context.caller.as_ref().map(|caller| caller.display_name.clone());
    let by_name = caller.or_else(|| act.is_by(account.id).then(|| account.display_name.clone()));
    tell_of(conn, act, owners, account, kind, by_name)
}

fn tell_of(
    conn: &mut Conn,
    act: &Act<'_>,
    owners: &Owners,
    account: &Account,
    kind: MessageKind,
    by_name: Option<String>,
) -> Result<()> {
    let clock = &owners.clock;
    let message = Message {
        id: MessageId(clock.new_id()),
        account_id: account.id,
        kind,
        by_name,
        at: act.now,
        // Whoever takes an invitation up knows of it.
        read_at: (kind == MessageKind::Invited).then_some(act.now),
    };
    messages::insert(conn, &message)?;
    if let Some(address) = account.email.as_ref().filter(|_| owners.by_letter) {
        letters::insert(conn, &letter(clock, account, address, &message))?;
    }
    Ok(())
}

/// The most accounts that are told at once.
const MOST: i64 = 1_000;

/// Tells every administrator that a webhook tells nothing any more.
pub(crate) fn tell_administrators(
    conn: &mut Conn,
    act: &Act<'_>,
    owners: &Owners,
    webhook: &str,
) -> Result<()> {
    let accounts = accounts::list(conn, None, MOST, &Wanted::of_role(Role::Admin))?;
    accounts.iter().filter(|account| account.enabled).try_for_each(|account| {
        tell_of(conn, act, owners, account, MessageKind::WebhookStopped, Some(webhook.to_owned()))
    })
}

/// Tells everybody who files applications for a region.
pub(crate) fn tell_region(
    conn: &mut Conn,
    act: &Act<'_>,
    owners: &Owners,
    region: &RegionCode,
    kind: MessageKind,
) -> Result<()> {
    let accounts = accounts::list(conn, None, MOST, &Wanted::bound_to(Role::Applicant, region))?;
    accounts
        .iter()
        .filter(|account| account.enabled)
        .try_for_each(|account| tell(conn, act, owners, account, kind))
}

fn letter(clock: &Clock, account: &Account, address: &str, message: &Message) -> Letter {
    let (zh, en) = message.kind.sentence(message.by_name.as_deref(), message.at);
    let (unless_zh, unless_en) = if message.kind.is_of_account() {
        (
            "若您对此不知情，请立即联系纪检监督或服务器操作员。\n\n",
            "\nIf you did not expect this, tell a supervisor or the operator of the machine at once.\n",
        )
    } else {
        ("", "")
    };
    Letter {
        account_id: Some(account.id),
        ..Letter::new(
            LetterId(clock.new_id()),
            format!("account/{}", message.id),
            address,
            format!("强链：{}", message.kind.title().0),
            format!(
                "{0}（登录名 {1}）：\n\n{zh}\n\n{unless_zh}----\n\n{0} ({1})\n\n{en}\n{unless_en}",
                account.display_name, account.name
            ),
            message.at,
        )
    }
}

/// What was done to the caller's account that they have not acknowledged, newest first.
///
/// # Errors
/// If nobody has logged in.
pub async fn unread(service: &Service, context: &Arc<RequestContext>) -> Result<Vec<MessageView>> {
    let account = context.caller()?.account;
    let rows =
        service.read_public("account.messages", move |conn| messages::unread(conn, account, SHOWN)).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (zh, en) = row.kind.sentence(row.by_name.as_deref(), row.at);
            MessageView { id: row.id, kind: row.kind, by_name: row.by_name, at: row.at, zh, en }
        })
        .collect())
}

/// Says that the caller has read a message and those before it.
///
/// # Errors
/// If nobody has logged in.
pub async fn acknowledge(
    service: &Service,
    context: &Arc<RequestContext>,
    read: AcknowledgeMessages,
) -> Result<()> {
    let account = context.caller()?.account;
    service
        .write(context, Action::Acknowledge, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", account);
            let count = messages::acknowledge(conn, account, read.last_message_id, act.now)?;
            act.detail("messages", &count);
            Ok(())
        })
        .await
}
