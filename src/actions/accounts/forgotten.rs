//! Forgotten passwords: a one-time link goes by mail to the address that the account's owner stands by, for roles that the
//! office allows.
//!
//! Whoever asks is told the same whether there is such an account or not. The password holds until the link is used, and so
//! do links that others made: a stranger who asks changes nothing. A second factor stays.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::Invitations;
use super::invitations::mailed_link;
use crate::actions::{RequestContext, Service};
use crate::db::accounts::{self, Account};
use crate::db::letters;
use crate::domain::access::{Action, Relation, Role};
use crate::domain::problem::FieldProblem;
use crate::domain::typed;
use crate::error::{Error, Result, must_be_valid};

/// Seconds that such a link lasts: as long as a letter may be on its way.
const LASTS: i64 = 2 * 60 * 60;

/// Somebody who has forgotten a password.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct Forgotten {
    /// The login name.
    #[serde(deserialize_with = "typed::read_login_name")]
    #[validate(length(min = 1, max = 60))]
    pub name: String,
}

/// Whose forgotten passwords are helped by mail.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AllowForgotten {
    /// The roles, of those that the office keeps accounts of; or none.
    #[schemars(length(max = 4))]
    pub roles: Vec<Role>,
}

/// Whose forgotten passwords are helped by mail.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ForgottenView {
    /// The roles.
    pub roles: Vec<Role>,
    /// Whether there is a mail server; without one nobody is helped.
    pub has_mail: bool,
}

/// Whose forgotten passwords are helped by mail.
///
/// # Errors
/// If the database fails.
pub async fn forgotten(service: &Service) -> Result<ForgottenView> {
    let has_mail = service.letters_to_owners;
    let roles = service.read_public("account.forgotten", accounts::helped_roles).await?;
    Ok(ForgottenView { roles, has_mail })
}

/// Says whose forgotten passwords are helped by mail.
///
/// # Errors
/// If the caller may not, or a role is none that the office keeps.
pub async fn allow_forgotten(
    service: &Service,
    context: &Arc<RequestContext>,
    allow: AllowForgotten,
) -> Result<ForgottenView> {
    let has_mail = service.letters_to_owners;
    service
        .write(context, Action::AllowForgotten, move |conn, act| {
            act.enter_service(conn)?;
            act.on("accounts", "");
            act.context.may(Action::AllowForgotten, Relation::General)?;
            let mut roles = allow.roles.clone();
            roles.sort_unstable();
            roles.dedup();
            let wrong = roles.iter().any(|role| !role.is_kept_by_office());
            let problem = || {
                FieldProblem::new(
                    "/roles",
                    "role_not_kept",
                    "只有申报单位、设区市审核、专家和考察人员可以凭邮件重设密码",
                    "Only applicants, cities, experts and inspectors can be helped by mail",
                )
            };
            must_be_valid(wrong.then(problem).into_iter().collect())?;
            accounts::set_helped_roles(conn, &roles)?;
            act.detail("roles", &roles);
            Ok(ForgottenView { roles, has_mail })
        })
        .await
}

/// Whether an account's owner is helped by mail, and where.
fn address<'a>(account: &'a Account, helped: &[Role]) -> Option<&'a str> {
    let helped = account.enabled && !account.machine && helped.contains(&account.role);
    // An account that judges was once taken up by a link that a supervisor confirmed.
    let taken_up = account.password_changed_at.is_some() || !account.role.is_entrusted();
    account.email.as_deref().filter(|_| helped && taken_up && account.email_confirmed)
}

/// Sends a one-time link by mail to the owner of an account, if that is how they are helped. The answer does not tell.
///
/// # Errors
/// If so many have asked today from this network or for this name.
pub async fn forget(service: &Service, context: &Arc<RequestContext>, asked: Forgotten) -> Result<()> {
    asked
        .validate()
        .map_err(|_| Error::invalid_field("/name", "required", "请填写登录名", "Give the login name"))?;
    let invitations = Invitations::of(service, false)?;
    let (quotas, clock, keys) = (service.quotas, service.clock.clone(), service.keys.clone());
    let has_mail = service.letters_to_owners;
    let source = context.source.clone();
    service
        .write(context, Action::ForgetPassword, move |conn, act| {
            act.enter_service(conn)?;
            quotas.forget(conn, act.now, &source, &asked.name)?;
            let helped = accounts::helped_roles(conn)?;
            let account = accounts::by_name(conn, &asked.name)?;
            let Some(account) = account.filter(|_| has_mail) else { return Ok(()) };
            let Some(address) = address(&account, &helped) else { return Ok(()) };
            let (mut link, _) = mailed_link(&clock, &keys, account.id, act.now);
            link.expires_at = act.now.plus_seconds(LASTS);
            accounts::add_link(conn, &link)?;
            letters::insert(conn, &invitations.letter(&account, address, &link, act.now))?;
            act.on("account", account.id);
            Ok(())
        })
        .await
}
