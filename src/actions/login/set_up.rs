//! The first administrator.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::actions::accounts::{AccountView, new_link};
use crate::actions::{RequestContext, Service};
use crate::db::accounts::{self, Account};
use crate::domain::access::{Action, OfficeDuties, Relation, Role};
use crate::domain::ids::AccountId;
use crate::domain::lengths;
use crate::domain::record::{Digest, digest_of};
use crate::domain::typed;
use crate::error::{Error, Result, must_be_valid};

/// The first administrator.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct SetUp {
    /// The code that the service printed at its first start; blanks in it count for nothing.
    #[serde(deserialize_with = "typed::read_secret")]
    #[validate(length(min = 1, max = 100))]
    pub code: String,
    /// The login name.
    pub name: String,
    /// The name for people.
    #[schemars(length(min = 1, max = lengths::DISPLAY_NAME))]
    pub display_name: String,
    pub password: String,
}

fn set_up_not_usable() -> Error {
    Error::conflict(
        "link_not_usable",
        "设置码不对、已过期，或已有管理员；还没有管理员的，重新启动服务会打印新的设置码",
        "The set-up code is wrong or has expired, or there is an administrator; where there is none, the service prints a new code when it is started again",
    )
}

/// Makes the code for the first administrator, if there is none yet. A new code replaces an older one.
///
/// # Errors
/// If the database fails.
pub async fn set_up_code(service: &Service) -> Result<Option<String>> {
    let (link, secret) = new_link(&service.clock, None, service.clock.now());
    service
        .db
        .write("set_up_code", move |conn| {
            if accounts::has_admin(conn)? {
                return Ok(None);
            }
            accounts::replace_links(conn, &link)?;
            Ok(Some(secret.clone()))
        })
        .await
}

/// Makes the first administrator, by the code that the service printed.
///
/// # Errors
/// If there is an administrator already, the code is wrong, or name or password don't do.
pub async fn set_up(service: &Service, context: &Arc<RequestContext>, request: SetUp) -> Result<AccountView> {
    context.may(Action::SetUp, Relation::General)?;
    let now = service.clock.now();
    let secret: Digest = digest_of(&request.code);
    let usable = service
        .db
        .read("set_up", move |conn| {
            Ok(accounts::usable_link(conn, secret, now)?.is_some_and(|link| link.account_id.is_none()))
        })
        .await?;
    if !usable {
        return Err(set_up_not_usable());
    }
    let mut problems = crate::actions::accounts::check_names(&request.name, &request.display_name);
    problems.extend(
        service.hasher.check("/password", &request.password, &[&request.name, &request.display_name]).await?,
    );
    must_be_valid(problems)?;
    let account = Account {
        id: AccountId(service.clock.new_id()),
        name: request.name,
        display_name: request.display_name,
        role: Role::Admin,
        region: None,
        enabled: true,
        password_hash: Some(service.hasher.hash(&service.clock, request.password).await?),
        password_changed_at: Some(now),
        revision: 1,
        created_at: now,
        email: None,
        phone: None,
        email_confirmed: false,
        second_factor_at: None,
        machine: false,
        duties: OfficeDuties::default(),
    };
    service
        .write(context, Action::SetUp, move |conn, act| {
            act.enter_service(conn)?;
            act.by(&account);
            act.on("account", account.id);
            let link = accounts::usable_link(conn, secret, now)?.filter(|link| link.account_id.is_none());
            if link.is_none() || accounts::has_admin(conn)? {
                return Err(set_up_not_usable());
            }
            accounts::revoke_links(conn, None, now)?;
            accounts::insert(conn, &account)?;
            Ok(account.clone().into())
        })
        .await
}
