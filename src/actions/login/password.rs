//! The present password: changed, or shown again.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;

use crate::actions::guesses::{self, Place, Tried};
use crate::actions::passkeys::{For, Occasion, PasskeyAnswer};
use crate::actions::second_factor::{Shown, one_code};
use crate::actions::{RequestContext, Service};
use crate::db::accounts;
use crate::domain::access::Action;
use crate::error::{Error, Kind, Result, must_be_valid};

/// Who one is, shown again.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct ProveAgain {
    #[validate(length(min = 1, max = 128))]
    pub password: String,
    /// The code that the app shows now, where the account has a second factor.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    pub code: Option<String>,
    /// A recovery code instead.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    pub recovery_code: Option<String>,
    /// A passkey instead.
    #[serde(default)]
    #[validate(nested)]
    pub passkey: Option<PasskeyAnswer>,
}

/// A change of one's own password.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    #[validate(length(min = 1, max = 128))]
    pub old_password: String,
    pub new_password: String,
}

/// Changes the caller's password and ends its other sessions.
///
/// # Errors
/// If the present password is wrong or the new one too weak.
pub async fn change_password(
    service: &Service,
    context: &Arc<RequestContext>,
    change: ChangePassword,
) -> Result<()> {
    let caller = context.caller()?.clone();
    let problems = service
        .hasher
        .check("/new_password", &change.new_password, &[&caller.name, &caller.display_name])
        .await?;
    must_be_valid(problems)?;
    let id = caller.account;
    let tried = guesses::try_password(service, &caller.name, Place::Session, change.old_password).await?;
    if !matches!(tried.outcome, guesses::Outcome::Right(_)) {
        return Err(password_refused(service, context, Action::ChangePassword, "/old_password", tried).await?);
    }
    let hash = service.hasher.hash(&service.clock, change.new_password).await?;
    service
        .write(context, Action::ChangePassword, move |conn, act| {
            act.on("account", id);
            let mut account = guesses::settle(conn, &tried)?.ok_or_else(changed_meanwhile)?;
            account.password_hash = Some(hash.clone());
            account.password_changed_at = Some(act.now);
            accounts::update(conn, &account)?;
            accounts::end_sessions(conn, id, Some(caller.session), act.now, "password_changed")?;
            Ok(())
        })
        .await
}

/// Shows again who the caller is: password, and second factor where there is one.
///
/// # Errors
/// If either is wrong.
pub async fn prove_again(
    service: &Service,
    context: &Arc<RequestContext>,
    request: ProveAgain,
) -> Result<()> {
    let caller = context.caller()?.clone();
    let shown = Shown::of(request.code.as_deref(), request.recovery_code.as_deref(), request.passkey);
    if caller.has_second_factor && shown.is_none() {
        return Err(one_code());
    }
    let pointer = shown.as_ref().map_or("/code", Shown::pointer);
    let tried = guesses::try_password(service, &caller.name, Place::Session, request.password).await?;
    if !matches!(tried.outcome, guesses::Outcome::Right(_)) {
        let refused = password_refused(service, context, Action::ProveAgain, "/password", tried);
        return Err(refused.await?);
    }
    let counted = match &shown {
        Some(_) => guesses::count_code(service, &caller.name, &Place::Session).await?,
        None => None,
    };
    let occasion = Occasion {
        keys: service.keys.clone(),
        site: service.site.clone(),
        purpose: For::Prove,
        account: caller.account,
        session: caller.session,
    };
    let proved = service.write(context, Action::ProveAgain, move |conn, act| {
        act.enter_service(conn)?;
        act.on("session", caller.session);
        let account = guesses::settle(conn, &tried)?.ok_or_else(changed_meanwhile)?;
        if account.second_factor_at.is_some() {
            // Set up while the password was being looked at: there is nothing to look at.
            let shown = shown.as_ref().ok_or_else(one_code)?;
            if let Err(refused) = shown.look_at(conn, act, &occasion, counted.as_ref())? {
                return Ok(Err(refused));
            }
        }
        accounts::proved(conn, caller.session, act.now)?;
        Ok(Ok(()))
    });
    proved.await?.map_err(|refused| refused.error(pointer))
}

pub(crate) fn changed_meanwhile() -> Error {
    Error::conflict("changed_meanwhile", "密码刚刚已被更改", "The password has just been changed")
}

/// Records that the present password was not told, and says what to answer.
pub(crate) async fn password_refused(
    service: &Service,
    context: &Arc<RequestContext>,
    action: Action,
    pointer: &'static str,
    tried: Tried,
) -> Result<Error> {
    let (code, error) = match tried.outcome {
        guesses::Outcome::Stopped => {
            let error = Error::new(
                Kind::TooManyRequests,
                "too_many_wrong_passwords",
                "现密码多次填错，请半小时后再试",
                "The present password was wrong too often; try again in half an hour",
            );
            (error.code, error.after(guesses::ONE_PLACE_WITHIN))
        }
        guesses::Outcome::Right(_) | guesses::Outcome::Wrong { .. } => (
            "wrong_password",
            Error::invalid_field(
                pointer,
                "wrong_password",
                "现密码不正确",
                "This is not the present password",
            ),
        ),
    };
    service
        .write(context, action, move |conn, act| {
            act.enter_service(conn)?;
            act.refuse_guess(&tried, code);
            Ok(())
        })
        .await?;
    Ok(error)
}
