//! One-time links that a second person decides about: no administrator alone becomes somebody who judges, watches or
//! decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::{AccountView, of_person, roles_kept};
use super::{Act, Page, RequestContext, Service, need_text};
use crate::db::Conn;
use crate::db::accounts::{self, Account, Link};
use crate::domain::access::{Action, LinkConfirmation, LinkState, Relation};
use crate::domain::ids::{AccountId, LinkId};
use crate::domain::lengths;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// A one-time link, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LinkView {
    pub id: LinkId,
    pub account: AccountView,
    /// The administrator who issued it; none for the operator of the machine.
    pub issued_by_name: Option<String>,
    pub issued_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    pub state: LinkState,
    /// The supervisor who confirmed it or turned it down.
    pub decided_by_name: Option<String>,
    /// Why it was turned down.
    pub reason: Option<String>,
}

/// Why a link is turned down.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RefuseLink {
    /// The reason, which the administrators read.
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub reason: String,
}

fn state(link: &Link, now: Timestamp) -> LinkState {
    match (&link.refused_by, link.used_at, link.confirmation) {
        (Some(_), ..) => LinkState::Refused,
        (None, Some(_), _) => LinkState::Over,
        (None, None, _) if now >= link.expires_at => LinkState::Expired,
        (None, None, LinkConfirmation::Awaited) => LinkState::Awaited,
        (None, None, LinkConfirmation::NotNeeded | LinkConfirmation::Given) => LinkState::Usable,
    }
}

/// Links as they are shown, with the names of everybody, in two statements.
fn views(conn: &mut Conn, links: Vec<Link>, now: Timestamp) -> Result<Vec<LinkView>> {
    let people = |link: &Link| [link.issued_by, link.confirmed_by, link.refused_by];
    let mut ids: Vec<AccountId> = links.iter().flat_map(people).flatten().collect();
    ids.extend(links.iter().filter_map(|link| link.account_id));
    ids.sort_unstable();
    ids.dedup();
    let known: BTreeMap<AccountId, Account> =
        accounts::by_ids(conn, &ids)?.into_iter().map(|account| (account.id, account)).collect();
    let name = |id: Option<AccountId>| Some(known.get(&id?)?.display_name.clone());
    let views = links.into_iter().filter_map(|link| {
        Some(LinkView {
            id: link.id,
            account: known.get(&link.account_id?)?.clone().into(),
            issued_by_name: name(link.issued_by),
            issued_at: link.created_at,
            expires_at: link.expires_at,
            state: state(&link, now),
            decided_by_name: name(link.refused_by.or(link.confirmed_by)),
            reason: link.refused_because,
        })
    });
    Ok(views.collect())
}

/// Links that wait for a supervisor, oldest first.
///
/// # Errors
/// If the caller may not see accounts.
pub async fn waiting(
    service: &Service,
    context: &Arc<RequestContext>,
    after: Option<LinkId>,
    limit: usize,
) -> Result<Page<LinkView>> {
    let now = service.clock.now();
    service
        .read(context, Action::ReadAccounts, "account".to_owned(), move |conn, context| {
            context.may(Action::ReadAccounts, Relation::General)?;
            let roles = roles_kept(context, Action::ReadAccounts);
            let rows = accounts::awaiting_links(conn, &roles, after, Page::<Link>::rows(limit), now)?;
            let page = Page::of(rows, limit, |link| link.id.to_string());
            Ok(Page { items: views(conn, page.items, now)?, next_cursor: page.next_cursor })
        })
        .await
}

/// Where the newest link of an account stands.
///
/// # Errors
/// If the caller may not see accounts, or it has had none.
pub async fn newest(service: &Service, context: &Arc<RequestContext>, id: AccountId) -> Result<LinkView> {
    let now = service.clock.now();
    service
        .read(context, Action::ReadAccounts, format!("account/{id}"), move |conn, context| {
            of_person(conn, context, id, Action::ReadAccounts)?;
            let link = accounts::newest_link(conn, id)?.ok_or_else(Error::not_found)?;
            views(conn, vec![link], now)?.pop().ok_or_else(Error::not_found)
        })
        .await
}

/// The link of an account that awaits the caller, who must not be its owner.
fn awaited(conn: &mut Conn, act: &mut Act<'_>, id: AccountId) -> Result<(Account, Link, AccountId)> {
    let caller = act.context.caller()?.account;
    let account = accounts::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    let link = accounts::awaiting_link(conn, id, act.now)?;
    let link = link.filter(|_| caller != id).ok_or_else(|| {
        Error::conflict(
            "nothing_to_confirm",
            "该账号没有等待您确认的一次性链接",
            "This account has no one-time link that awaits your confirmation",
        )
    })?;
    act.detail("name", &account.name);
    Ok((account, link, caller))
}

/// Confirms the one-time link of an account as a second person, so that it can be used.
///
/// # Errors
/// If the caller is no supervisor, it is their own account, or no link awaits it.
pub async fn confirm(service: &Service, context: &Arc<RequestContext>, id: AccountId) -> Result<AccountView> {
    service
        .write(context, Action::ConfirmLink, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            act.context.may(Action::ConfirmLink, Relation::General)?;
            let (account, link, caller) = awaited(conn, act, id)?;
            accounts::confirm_link(conn, link.id, caller)?;
            Ok(account.into())
        })
        .await
}

/// Accounts whose one-time links are confirmed together.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConfirmLinks {
    /// The accounts, whose owners have been asked.
    #[schemars(length(min = 1, max = MOST))]
    pub account_ids: Vec<AccountId>,
}

/// Accounts whose one-time links can be used now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConfirmedLinksView {
    pub accounts: Vec<AccountView>,
}

/// The most links that are confirmed together.
const MOST: usize = 200;

/// Confirms the one-time links of several accounts as a second person: all of them or none.
///
/// # Errors
/// If the caller is no supervisor, one is their own account, or one has no link that awaits it.
pub async fn confirm_several(
    service: &Service,
    context: &Arc<RequestContext>,
    confirm: ConfirmLinks,
) -> Result<ConfirmedLinksView> {
    let ids: BTreeSet<AccountId> = confirm.account_ids.into_iter().collect();
    if !(1..=MOST).contains(&ids.len()) {
        return Err(Error::invalid_field(
            "/account_ids",
            "count",
            format!("请选择1至{MOST}个账号"),
            format!("Choose 1 to {MOST} accounts"),
        ));
    }
    service
        .write(context, Action::ConfirmLink, move |conn, act| {
            act.enter_service(conn)?;
            act.on("accounts", "");
            act.context.may(Action::ConfirmLink, Relation::General)?;
            let mut confirmed = Vec::with_capacity(ids.len());
            for id in &ids {
                let (account, link, caller) = awaited(conn, act, *id)?;
                accounts::confirm_link(conn, link.id, caller)?;
                confirmed.push(AccountView::from(account));
            }
            let names: Vec<&str> = confirmed.iter().map(|account| account.name.as_str()).collect();
            act.detail("name", &names);
            Ok(ConfirmedLinksView { accounts: confirmed })
        })
        .await
}

/// Turns the one-time link of an account down as a second person: it can never be used.
///
/// # Errors
/// If the caller is no supervisor, it is their own account, no link awaits it, or no reason is given.
pub async fn refuse(
    service: &Service,
    context: &Arc<RequestContext>,
    id: AccountId,
    refuse: RefuseLink,
) -> Result<LinkView> {
    service
        .write(context, Action::RefuseLink, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            act.context.may(Action::RefuseLink, Relation::General)?;
            need_text("/reason", &refuse.reason, 1, 500)?;
            let (_, link, caller) = awaited(conn, act, id)?;
            accounts::refuse_link(conn, link.id, caller, refuse.reason.trim(), act.now)?;
            act.detail("reason", &refuse.reason.trim());
            let link = accounts::newest_link(conn, id)?.ok_or_else(Error::not_found)?;
            views(conn, vec![link], act.now)?.pop().ok_or_else(Error::not_found)
        })
        .await
}
