//! A password that is set by a one-time link.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::actions::accounts::AccountView;
use crate::actions::messages::{Owners, tell};
use crate::actions::{RequestContext, Service, answers};
use crate::db::accounts::{self, Link};
use crate::db::second_factors;
use crate::domain::access::{Action, LinkConfirmation};
use crate::domain::message::MessageKind;
use crate::domain::record::digest_of;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_valid};

/// A password set by a one-time link.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct AcceptLink {
    /// The link's secret; blanks in it count for nothing.
    #[serde(deserialize_with = "typed::read_secret")]
    #[validate(length(min = 1, max = 100))]
    pub token: String,
    /// The new password.
    pub password: String,
}

/// Sets the password of a link's account. The link is used up; the account's sessions end.
///
/// # Errors
/// If the link can't be used or the password is too weak.
pub async fn accept_link(
    service: &Service,
    context: &Arc<RequestContext>,
    request: AcceptLink,
) -> Result<AccountView> {
    if let Some(view) = answers::earlier(service, context).await? {
        return Ok(view);
    }
    let now = service.clock.now();
    let secret = digest_of(&request.token);
    let found = service
        .db
        .read("link", move |conn| {
            let link = accounts::usable_link(conn, secret, now)?.map(must_be_confirmed).transpose()?;
            link.and_then(|link| link.account_id).map_or(Ok(None), |id| accounts::by_id(conn, id))
        })
        .await?;
    let account = found.filter(|account| account.enabled).ok_or_else(link_not_usable)?;
    let problems =
        service.hasher.check("/password", &request.password, &[&account.name, &account.display_name]).await?;
    must_be_valid(problems)?;
    let hash = service.hasher.hash(&service.clock, request.password).await?;
    let owners = Owners::of(service);
    service
        .write(context, Action::AcceptLink, move |conn, act| {
            act.enter_service(conn)?;
            let link = accounts::usable_link(conn, secret, now)?.ok_or_else(link_not_usable)?;
            let link = must_be_confirmed(link)?;
            let mut account = match link.account_id {
                Some(id) => accounts::by_id(conn, id)?.filter(|account| account.enabled),
                None => None,
            }
            .ok_or_else(link_not_usable)?;
            act.by(&account);
            act.on("account", account.id);
            accounts::revoke_links(conn, Some(account.id), now)?;
            account.password_hash = Some(hash.clone());
            account.password_changed_at = Some(now);
            accounts::update(conn, &account)?;
            if link.clears_second_factor {
                second_factors::remove(conn, account.id)?;
                account.second_factor_at = None;
                act.detail("second_factor", &"cleared");
                tell(conn, act, &owners, &account, MessageKind::FactorCleared)?;
            }
            accounts::end_sessions(conn, account.id, None, now, "password_reset")?;
            account.revision += 1;
            Ok(account.into())
        })
        .await
}

fn must_be_confirmed(link: Link) -> Result<Link> {
    if link.confirmation == LinkConfirmation::Awaited {
        return Err(Error::conflict(
            "link_unconfirmed",
            "该一次性链接须先由纪检监督确认，请联系纪检监督后再试",
            "A supervisor has to confirm this one-time link first; ask them and try again",
        ));
    }
    Ok(link)
}

pub(super) fn link_not_usable() -> Error {
    Error::conflict(
        "link_not_usable",
        "该一次性链接不存在、已使用或已过期，请向管理员索取新的链接",
        "This one-time link does not exist, was used, or has expired; ask the administrator for a new one",
    )
}
