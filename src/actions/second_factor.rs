//! The second factor of one's own account: an app that makes codes, passkeys, and recovery codes.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::guesses::{self, Counted};
use super::messages::{Owners, tell};
use super::passkeys::{
    AddPasskey, For, Occasion, PasskeyAnswer, PasskeyCreationView, PasskeyRequestView, PasskeyView,
    none_here, refused, row,
};
use super::{Act, Caller, RequestContext, Service, need_text};
use crate::clock::Clock;
use crate::db::accounts::{self, Account};
use crate::db::second_factors::{self, Totp};
use crate::db::{Conn, passkeys};
use crate::domain::access::{Action, PROOF_LASTS, Role, needs_fresh_proof, needs_second_factor};
use crate::domain::ids::{AccountId, PasskeyId};
use crate::domain::message::MessageKind;
use crate::domain::passkey::{Flaw, MOST};
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
    pub enabled_at: Option<Timestamp>,
    /// Whether an app makes codes for it.
    pub app: bool,
    /// Its passkeys, in the order in which they were added.
    pub passkeys: Vec<PasskeyView>,
    /// Whether there can be passkeys here.
    pub passkeys_available: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
    /// An app that was begun with and not confirmed.
    pub begun_app: Option<TotpSecretView>,
    /// What a browser is asked to make a passkey with; absent where there can be none, or no more.
    pub passkey_to_add: Option<PasskeyCreationView>,
    /// What a browser is asked to show a passkey with, to show again who one is; absent where there is none.
    pub passkey_to_show: Option<PasskeyRequestView>,
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
#[schemars(deny_unknown_fields)]
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

/// A passkey that was added, and recovery codes where it is the account's first second factor.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyAddedView {
    pub passkey: PasskeyView,
    /// The codes, each good once. They are told once.
    pub recovery_codes: Option<Vec<String>>,
}

/// What somebody shows to have an account's second factor.
#[derive(Clone)]
pub(crate) enum Shown {
    Totp(String),
    Recovery(String),
    Passkey(Box<PasskeyAnswer>),
}

/// Why what was shown did not do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Refused {
    /// Too much was shown lately: it was not looked at.
    TooMany,
    Code,
    Passkey(Flaw),
}

impl Refused {
    fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too_many_wrong_codes",
            Self::Code => "wrong_code",
            Self::Passkey(_) => "wrong_passkey",
        }
    }

    /// What is answered to what was shown in this field.
    pub(crate) fn error(self, pointer: &'static str) -> Error {
        match self {
            Self::TooMany => too_many(),
            Self::Code => wrong_code(pointer),
            Self::Passkey(flaw) => refused(pointer, flaw),
        }
    }
}

impl Shown {
    /// Of three fields one of which holds something.
    pub(crate) fn of(
        code: Option<&str>,
        recovery_code: Option<&str>,
        passkey: Option<PasskeyAnswer>,
    ) -> Option<Self> {
        match (code, recovery_code, passkey) {
            (Some(code), None, None) => Some(Self::Totp(typed(code))),
            (None, Some(code), None) => Some(Self::Recovery(typed(code))),
            (None, None, Some(answer)) => Some(Self::Passkey(Box::new(answer))),
            _ => None,
        }
    }

    /// The field that it came in.
    pub(crate) fn pointer(&self) -> &'static str {
        match self {
            Self::Totp(_) => "/code",
            Self::Recovery(_) => "/recovery_code",
            Self::Passkey(_) => "/passkey",
        }
    }

    /// Looks at what is shown, if it could be counted before, and uses it up. What is refused is so in the event too.
    pub(crate) fn look_at(
        &self,
        conn: &mut Conn,
        act: &mut Act<'_>,
        occasion: &Occasion,
        counted: Option<&Counted>,
    ) -> Result<std::result::Result<(), Refused>> {
        let used = match counted {
            Some(_) => self.use_up(conn, occasion, act.now)?,
            None => Err(Refused::TooMany),
        };
        match (used, counted) {
            (Ok(way), Some(counted)) => {
                guesses::take_back(conn, counted)?;
                act.detail("second_factor", &way);
                Ok(Ok(()))
            }
            (Ok(_), None) => Err(Error::internal("a second factor was looked at and not counted")),
            (Err(refused), _) => {
                act.refuse(refused.code());
                if let Refused::Passkey(flaw) = refused {
                    act.detail("flaw", &flaw);
                }
                Ok(Err(refused))
            }
        }
    }

    /// Uses up what is shown, if it is the account's and was not used before.
    fn use_up(
        &self,
        conn: &mut Conn,
        occasion: &Occasion,
        now: Timestamp,
    ) -> Result<std::result::Result<Way, Refused>> {
        let (keys, id) = (&occasion.keys, occasion.account);
        match self {
            Self::Totp(code) => {
                let Some(totp) = second_factors::totp(conn, id, TotpState::Confirmed)? else {
                    return Ok(Err(Refused::Code));
                };
                let step = step_of(&secret(keys, &totp), code, now.seconds(), totp.used_step);
                let Some(step) = step else { return Ok(Err(Refused::Code)) };
                let used = second_factors::use_step(conn, id, step)?;
                Ok(if used { Ok(Way::Totp) } else { Err(Refused::Code) })
            }
            Self::Recovery(code) => {
                let used = second_factors::use_code(conn, id, &sealed(keys, id, code), now)?;
                Ok(if used { Ok(Way::Recovery) } else { Err(Refused::Code) })
            }
            Self::Passkey(answer) => {
                let shown = occasion.shown(conn, answer, now)?;
                Ok(shown.map(|()| Way::Passkey).map_err(Refused::Passkey))
            }
        }
    }
}

/// What an account can show: ways, and what a browser is asked to show a passkey with.
pub(crate) fn ways(
    conn: &mut Conn,
    occasion: &Occasion,
    nonce: [u8; 16],
    now: Timestamp,
) -> Result<(Vec<Way>, Option<PasskeyRequestView>)> {
    let id = occasion.account;
    let request = occasion.request(&passkeys::of(conn, id)?, nonce, now);
    let mut ways = Vec::new();
    if second_factors::totp(conn, id, TotpState::Confirmed)?.is_some() {
        ways.push(Way::Totp);
    }
    if request.is_some() {
        ways.push(Way::Passkey);
    }
    if second_factors::codes_left(conn, id)? > 0 {
        ways.push(Way::Recovery);
    }
    Ok((ways, request))
}

/// That not one thing was sent.
pub(crate) fn one_code() -> Error {
    Error::invalid_field(
        "/code",
        "one_code",
        "请使用通行密钥，或填写验证码或恢复码，只选其一",
        "Use a passkey, or give a code of the app or a recovery code: one of them",
    )
}

/// That a code did not do.
fn wrong_code(pointer: &'static str) -> Error {
    Error::invalid_field(
        pointer,
        "wrong_code",
        "验证码不正确、已过期或已使用过",
        "The code is wrong, too old, or was used before",
    )
}

/// That none is looked at for now.
fn too_many() -> Error {
    Error::new(
        crate::error::Kind::TooManyRequests,
        "too_many_wrong_codes",
        "两步验证多次未通过，请半小时后再试",
        "The second factor was wrong too often; try again in half an hour",
    )
    .after(guesses::ONE_PLACE_WITHIN)
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

/// What the caller's passkeys are asked for.
fn occasion(service: &Service, context: &RequestContext, purpose: For) -> Result<Occasion> {
    let caller = context.caller()?;
    Ok(Occasion {
        keys: service.keys.clone(),
        site: service.site.clone(),
        purpose,
        account: caller.account,
        session: caller.session,
    })
}

/// How the caller's second factor stands.
///
/// # Errors
/// If nobody has logged in.
pub async fn read(service: &Service, context: &Arc<RequestContext>) -> Result<SecondFactorView> {
    let (adding, proving) = (occasion(service, context, For::Add)?, occasion(service, context, For::Prove)?);
    let (id, keys, protection) = (adding.account, service.keys.clone(), service.protection);
    let (nonces, now) = ([service.clock.secret::<16>(), service.clock.secret::<16>()], service.clock.now());
    service
        .read_public("account.second_factor", move |conn| {
            let account = own(conn, id)?;
            let begun = second_factors::totp(conn, id, TotpState::Begun)?;
            let own = passkeys::of(conn, id)?;
            Ok(SecondFactorView {
                required: protection.obliges(account.role),
                enabled_at: account.second_factor_at,
                app: second_factors::totp(conn, id, TotpState::Confirmed)?.is_some(),
                passkeys_available: adding.site.is_some(),
                recovery_codes_left: second_factors::codes_left(conn, id)?,
                begun_app: begun.map(|totp| secret_view(&keys, &totp, &account.name)),
                passkey_to_add: adding.creation(&own, &account, nonces[0], now),
                passkey_to_show: proving.request(&own, nonces[1], now),
                passkeys: own.into_iter().map(PasskeyView::from).collect(),
            })
        })
        .await
}

/// Begins with an app that makes codes. What the account has stays until the new one is confirmed.
///
/// # Errors
/// If nobody has logged in.
pub async fn begin(service: &Service, context: &Arc<RequestContext>) -> Result<TotpSecretView> {
    let (id, keys) = (context.caller()?.account, service.keys.clone());
    let nonce = hex::encode(service.clock.secret::<16>());
    service
        .write(context, Action::ChangeSecondFactor, move |conn, act| {
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
    context: &Arc<RequestContext>,
    request: ConfirmTotp,
) -> Result<RecoveryCodesView> {
    let (id, session, keys) = (context.caller()?.account, context.caller()?.session, service.keys.clone());
    let (codes, macs) = new_codes(&service.clock, &keys, id);
    let owners = Owners::of(service);
    service
        .write(context, Action::ChangeSecondFactor, move |conn, act| {
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
            let account = own(conn, id)?;
            tell(conn, act, &owners, &account, MessageKind::AppSet)?;
            Ok(codes.clone())
        })
        .await
}

/// Gives new recovery codes in the place of all before.
///
/// # Errors
/// If the account has no second factor.
pub async fn renew_codes(service: &Service, context: &Arc<RequestContext>) -> Result<RecoveryCodesView> {
    let id = context.caller()?.account;
    let (codes, macs) = new_codes(&service.clock, &service.keys, id);
    let owners = Owners::of(service);
    service
        .write(context, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let account = own(conn, id)?;
            must_have_one(&account)?;
            second_factors::replace_codes(conn, id, &macs)?;
            act.detail("step", &"codes_renewed");
            tell(conn, act, &owners, &account, MessageKind::CodesRenewed)?;
            Ok(codes.clone())
        })
        .await
}

/// Adds a passkey. Where it is the account's first second factor, there are recovery codes with it, and sessions
/// elsewhere, which began without it, end.
///
/// # Errors
/// If what the browser says does not do, there can be none here, or no more.
pub async fn add_passkey(
    service: &Service,
    context: &Arc<RequestContext>,
    request: AddPasskey,
) -> Result<PasskeyAddedView> {
    need_text("/name", &request.name, 1, 40)?;
    let occasion = occasion(service, context, For::Add)?;
    let (id, session) = (occasion.account, occasion.session);
    let (codes, macs) = new_codes(&service.clock, &service.keys, id);
    let (new_id, owners) = (PasskeyId(service.clock.new_id()), Owners::of(service));
    let added = service.write(context, Action::ChangeSecondFactor, move |conn, act| {
        act.enter_service(conn)?;
        act.on("account", id);
        let account = own(conn, id)?;
        must_have_room(conn, &occasion)?;
        let made = match occasion.made(conn, &request.credential, act.now)? {
            Ok(made) => made,
            Err(flaw) => {
                act.refuse("wrong_passkey");
                act.detail("flaw", &flaw);
                return Ok(Err(flaw));
            }
        };
        let new = row(new_id, id, &request.name, &made, act.now);
        must_be_new(conn, &new.credential_id)?;
        passkeys::insert(conn, &new)?;
        act.detail("step", &"passkey_added");
        act.detail("passkey", &new.id);
        let first = account.second_factor_at.is_none();
        if first {
            second_factors::replace_codes(conn, id, &macs)?;
            second_factors::set_since(conn, id, Some(act.now))?;
            accounts::end_sessions(conn, id, Some(session), act.now, "second_factor_changed")?;
        }
        tell(conn, act, &owners, &account, MessageKind::PasskeyAdded)?;
        let recovery_codes = first.then(|| codes.recovery_codes.clone());
        Ok(Ok(PasskeyAddedView { passkey: new.into(), recovery_codes }))
    });
    added.await?.map_err(|flaw: Flaw| refused("/credential", flaw))
}

fn must_have_room(conn: &mut Conn, occasion: &Occasion) -> Result<()> {
    if occasion.site.is_none() {
        return Err(none_here());
    }
    if passkeys::of(conn, occasion.account)?.len() < MOST {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many_passkeys",
        format!("一个账号至多{MOST}个通行密钥，请先移除不用的"),
        format!("An account has at most {MOST} passkeys; remove one that is not used"),
    ))
}

/// One credential, one account: whoever shows it is nobody else.
fn must_be_new(conn: &mut Conn, credential: &str) -> Result<()> {
    if passkeys::by_credential(conn, credential)?.is_none() {
        return Ok(());
    }
    Err(Error::conflict("passkey_known", "这个通行密钥已经添加过", "This passkey was added before"))
}

/// Removes a passkey. What signed in elsewhere, perhaps by it, ends.
///
/// # Errors
/// If there is no such passkey, or it is the last of a second factor that the role must have.
pub async fn remove_passkey(
    service: &Service,
    context: &Arc<RequestContext>,
    passkey: PasskeyId,
) -> Result<()> {
    take_away(service, context, MessageKind::PasskeyRemoved, move |conn, act, id| {
        act.detail("passkey", &passkey);
        passkeys::remove(conn, id, passkey)
    })
    .await
}

/// Removes the app that makes codes, likewise.
///
/// # Errors
/// If there is none, or nothing else is there of a second factor that the role must have.
pub async fn remove_app(service: &Service, context: &Arc<RequestContext>) -> Result<()> {
    take_away(service, context, MessageKind::AppRemoved, |conn, _, id| second_factors::remove_totp(conn, id))
        .await
}

/// Takes a part of the second factor away; with the last of them all of it.
async fn take_away(
    service: &Service,
    context: &Arc<RequestContext>,
    kind: MessageKind,
    remove: impl Fn(&mut Conn, &mut Act<'_>, AccountId) -> Result<bool> + Send + 'static,
) -> Result<()> {
    let (id, session, protection) =
        (context.caller()?.account, context.caller()?.session, service.protection);
    let owners = Owners::of(service);
    service
        .write(context, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let account = own(conn, id)?;
            act.detail("step", &kind);
            if !remove(conn, act, id)? {
                return Err(Error::not_found());
            }
            let left = !passkeys::of(conn, id)?.is_empty()
                || second_factors::totp(conn, id, TotpState::Confirmed)?.is_some();
            if !left {
                must_not_be_obliged(protection, &account)?;
                second_factors::remove(conn, id)?;
            }
            accounts::end_sessions(conn, id, Some(session), act.now, "second_factor_changed")?;
            tell(conn, act, &owners, &account, if left { kind } else { MessageKind::FactorRemoved })
        })
        .await
}

/// Removes the second factor, all of it.
///
/// # Errors
/// If there is none, or the role must have one.
pub async fn remove(service: &Service, context: &Arc<RequestContext>) -> Result<()> {
    let (id, protection) = (context.caller()?.account, service.protection);
    let owners = Owners::of(service);
    service
        .write(context, Action::ChangeSecondFactor, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let account = own(conn, id)?;
            must_have_one(&account)?;
            must_not_be_obliged(protection, &account)?;
            second_factors::remove(conn, id)?;
            act.detail("step", &"removed");
            tell(conn, act, &owners, &account, MessageKind::FactorRemoved)
        })
        .await
}

fn must_not_be_obliged(protection: Protection, account: &Account) -> Result<()> {
    if !protection.obliges(account.role) {
        return Ok(());
    }
    Err(Error::conflict(
        "second_factor_obligatory",
        "您的角色必须使用两步验证：只能更换，不能取消",
        "Your role must have a second factor: replace it, but don't remove it",
    ))
}

fn must_have_one(account: &Account) -> Result<()> {
    if account.second_factor_at.is_some() {
        return Ok(());
    }
    Err(Error::conflict("no_second_factor", "本账号没有设置两步验证", "This account has no second factor"))
}
