//! The second factor of one's own account: an app that makes codes, and recovery codes.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{Caller, Service, Visit};
use crate::clock::Clock;
use crate::db::Conn;
use crate::db::accounts::{self, Account};
use crate::db::second_factors::{self, Totp};
use crate::domain::access::{Action, PROOF_LASTS, Role, needs_fresh_proof, needs_second_factor};
use crate::domain::ids::AccountId;
use crate::domain::second_factor::{
    RECOVERY_CODES, SECRET, TotpState, Way, address, base32, recovery_code, step_of, typed,
};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::keys::{Keys, Purpose};

/// What of sign-ins the operator decides. By itself nothing is asked for: `serve` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// Whether the roles that decide need a second factor.
    pub second_factor_required: bool,
    /// Whether what can't be taken back asks again who somebody is, after a while.
    pub fresh_proof: bool,
}

impl Protection {
    /// Whether a caller has to show again who they are before they do this.
    pub fn asks_again(self, caller: &Caller, action: Action, now: Timestamp) -> bool {
        let old = now.seconds_since(caller.proved_at) > PROOF_LASTS;
        self.fresh_proof && old && needs_fresh_proof(action)
    }

    /// Whether an account of this role must have a second factor.
    pub fn obliges(self, role: Role) -> bool {
        self.second_factor_required && needs_second_factor(role)
    }
}

/// How one's own second factor stands.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SecondFactorView {
    /// Whether the role must have one here.
    pub required: bool,
    /// Since when there is one.
    pub since: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
    /// An app that was begun with and not confirmed.
    pub begun: Option<TotpSecretView>,
}

/// What an app that makes codes is told.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TotpSecretView {
    /// The secret, in base32, to be typed.
    pub secret: String,
    /// The same as an address, to be shown as a QR code.
    pub address: String,
}

/// A code of an app that was begun with.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// The code that it shows.
    #[validate(length(min = 1, max = 64))]
    pub code: String,
}

/// Recovery codes. They are told once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryCodesView {
    /// The codes, each good once.
    pub recovery_codes: Vec<String>,
}

/// What somebody shows to have an account's second factor.
#[derive(Clone)]
pub(crate) enum Shown {
    Totp(String),
    Recovery(String),
}

impl Shown {
    /// Of two fields one of which holds a code.
    pub(crate) fn of(code: Option<&str>, recovery_code: Option<&str>) -> Option<Self> {
        match (code, recovery_code) {
            (Some(code), None) => Some(Self::Totp(typed(code))),
            (None, Some(code)) => Some(Self::Recovery(typed(code))),
            _ => None,
        }
    }

    /// The field that it came in.
    pub(crate) fn pointer(&self) -> &'static str {
        match self {
            Self::Totp(_) => "/code",
            Self::Recovery(_) => "/recovery_code",
        }
    }

    /// Uses up what is shown, if it is the account's and was not used before.
    pub(crate) fn use_up(
        &self,
        conn: &mut Conn,
        keys: &Keys,
        id: AccountId,
        now: Timestamp,
    ) -> Result<Option<Way>> {
        match self {
            Self::Totp(code) => {
                let Some(totp) = second_factors::totp(conn, id, TotpState::Confirmed)? else {
                    return Ok(None);
                };
                let step = step_of(&secret(keys, &totp), code, now.seconds(), totp.used_step);
                let Some(step) = step else { return Ok(None) };
                Ok(second_factors::use_step(conn, id, step)?.then_some(Way::Totp))
            }
            Self::Recovery(code) => {
                let used = second_factors::use_code(conn, id, &sealed(keys, id, code), now)?;
                Ok(used.then_some(Way::Recovery))
            }
        }
    }
}

/// What an account can show.
pub(crate) fn ways(conn: &mut Conn, id: AccountId) -> Result<Vec<Way>> {
    let mut ways = Vec::new();
    if second_factors::totp(conn, id, TotpState::Confirmed)?.is_some() {
        ways.push(Way::Totp);
    }
    if second_factors::codes_left(conn, id)? > 0 {
        ways.push(Way::Recovery);
    }
    Ok(ways)
}

/// That not one code was sent.
pub(crate) fn one_code() -> Error {
    Error::invalid_field(
        "/code",
        "one_code",
        "请填写验证码或恢复码，二者填一",
        "Give either a code of the app or a recovery code",
    )
}

/// That a code did not do.
pub(crate) fn wrong_code(pointer: &'static str) -> Error {
    Error::invalid_field(
        pointer,
        "wrong_code",
        "验证码不正确、已过期或已使用过",
        "The code is wrong, too old, or was used before",
    )
}

/// That none is looked at for now.
pub(crate) fn too_many_wrong_codes() -> Error {
    Error::new(
        crate::error::Kind::TooManyRequests,
        "too_many_wrong_codes",
        "验证码多次填错，请半小时后再试",
        "The code was wrong too often; try again in half an hour",
    )
    .after(super::guesses::ONE_PLACE_WITHIN)
}

/// The secret that an app shares: it follows from what is stored and a key that is not.
fn secret(keys: &Keys, totp: &Totp) -> [u8; SECRET] {
    let mac = keys.mac(Purpose::Totp, format!("{}\n{}", totp.account_id, totp.nonce).as_bytes());
    std::array::from_fn(|index| mac[index])
}

fn secret_view(keys: &Keys, totp: &Totp, name: &str) -> TotpSecretView {
    let secret = secret(keys, totp);
    TotpSecretView { secret: base32(&secret), address: address(&secret, name) }
}

/// A recovery code as it is stored.
fn sealed(keys: &Keys, id: AccountId, code: &str) -> String {
    hex::encode(keys.mac(Purpose::RecoveryCode, format!("{id}\n{code}").as_bytes()))
}

/// New recovery codes, and what is stored of them.
fn new_codes(clock: &Clock, keys: &Keys, id: AccountId) -> (RecoveryCodesView, Vec<String>) {
    let recovery_codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code(clock.secret())).collect();
    let macs = recovery_codes.iter().map(|code| sealed(keys, id, &typed(code))).collect();
    (RecoveryCodesView { recovery_codes }, macs)
}

fn own(conn: &mut Conn, id: AccountId) -> Result<Account> {
    accounts::by_id(conn, id)?.ok_or_else(Error::not_found)
}

/// How the caller's second factor stands.
///
/// # Errors
/// If nobody has logged in.
pub async fn read(service: &Service, visit: &Arc<Visit>) -> Result<SecondFactorView> {
    let (id, keys, protection) = (visit.caller()?.account, service.keys.clone(), service.protection);
    service
        .read("account.second_factor", move |conn| {
            let account = own(conn, id)?;
            let begun = second_factors::totp(conn, id, TotpState::Begun)?;
            Ok(SecondFactorView {
                required: protection.obliges(account.role),
                since: account.second_factor_at,
                recovery_codes_left: second_factors::codes_left(conn, id)?,
                begun: begun.map(|totp| secret_view(&keys, &totp, &account.name)),
            })
        })
        .await
}

/// Begins with an app that makes codes. What the account has stays until the new one is confirmed.
///
/// # Errors
/// If nobody has logged in.
pub async fn begin(service: &Service, visit: &Arc<Visit>) -> Result<TotpSecretView> {
    let (id, keys) = (visit.caller()?.account, service.keys.clone());
    let nonce = hex::encode(service.clock.secret::<16>());
    service
        .perform(visit, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let account = own(conn, id)?;
            let totp = Totp {
                account_id: id,
                state: TotpState::Begun,
                nonce: nonce.clone(),
                used_step: 0,
                begun_at: act.now,
            };
            second_factors::begin(conn, &totp)?;
            act.detail("step", &"begun");
            Ok(secret_view(&keys, &totp, &account.name))
        })
        .await
}

/// Confirms the app by a code: from now on the account has a second factor. Sessions elsewhere, which began without it,
/// end.
///
/// # Errors
/// If none was begun with, or the code is not its.
pub async fn confirm(
    service: &Service,
    visit: &Arc<Visit>,
    request: ConfirmTotp,
) -> Result<RecoveryCodesView> {
    let (id, session, keys) = (visit.caller()?.account, visit.caller()?.session, service.keys.clone());
    let (codes, macs) = new_codes(&service.clock, &keys, id);
    service
        .perform(visit, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let totp = second_factors::totp(conn, id, TotpState::Begun)?.ok_or_else(|| {
                Error::conflict(
                    "second_factor_not_begun",
                    "请先开始设置两步验证",
                    "Begin to set the second factor up first",
                )
            })?;
            let step = step_of(&secret(&keys, &totp), &typed(&request.code), act.now.seconds(), 0);
            let step = step.ok_or_else(|| wrong_code("/code"))?;
            second_factors::confirm(conn, id, step)?;
            second_factors::replace_codes(conn, id, &macs)?;
            second_factors::set_since(conn, id, Some(act.now))?;
            accounts::end_sessions(conn, id, Some(session), act.now, "second_factor_changed")?;
            act.detail("step", &"confirmed");
            Ok(codes.clone())
        })
        .await
}

/// Gives new recovery codes in the place of all before.
///
/// # Errors
/// If the account has no second factor.
pub async fn renew_codes(service: &Service, visit: &Arc<Visit>) -> Result<RecoveryCodesView> {
    let id = visit.caller()?.account;
    let (codes, macs) = new_codes(&service.clock, &service.keys, id);
    service
        .perform(visit, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            must_have_one(&own(conn, id)?)?;
            second_factors::replace_codes(conn, id, &macs)?;
            act.detail("step", &"codes_renewed");
            Ok(codes.clone())
        })
        .await
}

/// Removes the second factor.
///
/// # Errors
/// If there is none, or the role must have one.
pub async fn remove(service: &Service, visit: &Arc<Visit>) -> Result<()> {
    let (id, protection) = (visit.caller()?.account, service.protection);
    service
        .perform(visit, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let account = own(conn, id)?;
            must_have_one(&account)?;
            if protection.obliges(account.role) {
                return Err(Error::conflict(
                    "second_factor_obligatory",
                    "您的角色必须使用两步验证：只能更换，不能取消",
                    "Your role must have a second factor: replace it, but don't remove it",
                ));
            }
            second_factors::remove(conn, id)?;
            act.detail("step", &"removed");
            Ok(())
        })
        .await
}

fn must_have_one(account: &Account) -> Result<()> {
    if account.second_factor_at.is_some() {
        return Ok(());
    }
    Err(Error::conflict("no_second_factor", "本账号没有设置两步验证", "This account has no second factor"))
}
