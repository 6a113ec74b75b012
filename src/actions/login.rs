//! Logging in and out: passwords, access tokens, refresh tokens, sessions, one-time links.
//!
//! An access token is a JWT of ten minutes that names a session; the session is looked up at every request, so that
//! what is ended is ended at once. A refresh token is a random secret that is used once; a used one that comes again
//! ends its session, as one of its two holders stole it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::accounts::{AccountView, new_link};
use super::guesses::{self, Place, Tried};
use super::messages::{Owners, tell};
use super::passkeys::{For, Occasion, PasskeyAnswer, PasskeyRequestView};
use super::second_factor::{self, Shown, one_code};
use super::{Act, Caller, RequestContext, Service, answers};
use crate::clock::Clock;
use crate::db::accounts::{self, Account, Link, RefreshToken, Session};
use crate::db::{Conn, callers, second_factors};
use crate::domain::access::{Action, LinkConfirmation, Relation, Role};
use crate::domain::ids::{AccountId, SessionId};
use crate::domain::message::MessageKind;
use crate::domain::passkey::Site;
use crate::domain::record::{Digest, digest_of};
use crate::domain::second_factor::Way;
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Kind, Result, must_be_valid};
use crate::jwt;
use crate::keys::{Keys, Purpose, TOKENS_LAST};

/// Seconds that an access token lasts.
const ACCESS_LASTS: i64 = 10 * 60;
/// Seconds without a refresh after which a session ends.
const IDLE: i64 = 60 * 60;
/// Seconds after its last refresh at which a browser's session is refreshed by what its user does.
const KEPT_ALIVE_AFTER: i64 = 10 * 60;
/// Seconds after which a session ends in any case: a long panel day.
const SESSION_LASTS: i64 = TOKENS_LAST;
/// Sessions that an account may have at a time; one more ends the oldest.
const SESSIONS: usize = 5;
/// Seconds by which the clocks of machines that serve together may differ.
const LEEWAY: i64 = 60;
const ISSUER: &str = "qianglian";
/// What an access token is for.
const API: &str = "qianglian-api";
/// What the cookie of a browser is for. None is taken for another.
const PAGES: &str = "qianglian-pages";
/// What a ticket for the second factor is for.
const SECOND_FACTOR: &str = "qianglian-second-factor";
/// Seconds that such a ticket lasts: time to fetch a telephone from the other room.
const TICKET_LASTS: i64 = 5 * 60;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: AccountId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
    /// Which password a ticket follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl Claims {
    /// The second from which it is not accepted any more.
    fn ends(&self) -> i64 {
        self.exp.saturating_add(LEEWAY)
    }
}

fn sign(
    keys: &Keys,
    audience: &str,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
    lasts: i64,
    password: Option<String>,
) -> Result<String> {
    let key = keys.signing(now)?;
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key.id);
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: audience.to_owned(),
        sub: account,
        sid: session,
        iat: now.seconds(),
        nbf: now.seconds(),
        exp: now.seconds() + lasts,
        password,
    };
    jwt::signed(&header, &claims, &key.secret).map_err(|error| Error::internal(error.to_string()))
}

/// What a token says that is valid at `now`. One algorithm, our issuer and audience, no trust in
/// the token's header beyond which of our keys it names (RFC 8725).
fn read(keys: &Keys, audience: &str, token: &str, now: Timestamp) -> Option<Claims> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let secret = keys.verifying(header.kid.as_deref()?, now)?;
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["iss", "aud", "exp", "nbf"]);
    // The library would ask the machine for the time; ours is an argument.
    rules.validate_exp = false;
    let claims: Claims = jwt::verified(token, &DecodingKey::from_secret(&secret), &rules).ok()?;
    let seconds = now.seconds();
    let begun = claims.nbf.saturating_sub(LEEWAY) <= seconds;
    (begun && seconds < claims.ends()).then_some(claims)
}

/// Says which password an account has now, without telling anything of it.
fn password_state(keys: &Keys, account: &Account) -> String {
    let hash = account.password_hash.as_deref().unwrap_or_default();
    hex::encode(keys.mac(Purpose::PasswordState, format!("{}\n{hash}", account.id).as_bytes()))
}

/// What a login or a refresh gives.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TokenView {
    /// Sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds that the access token lasts.
    pub expires_in: i64,
    /// Exchanged once for new tokens.
    pub refresh_token: String,
    /// When the session ends at the latest.
    pub session_expires_at: Timestamp,
    /// Who has logged in.
    pub account: AccountView,
}

/// What a first proof of who somebody is gives: a session, or what a second one is asked for with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LogInView {
    /// They have logged in.
    Session(TokenView),
    /// Their account has a second factor.
    SecondFactor(SecondFactorNeededView),
}

impl LogInView {
    /// The session, where no second factor is asked for.
    ///
    /// # Errors
    /// If one is.
    pub fn session(self) -> Result<TokenView> {
        match self {
            Self::Session(tokens) => Ok(tokens),
            Self::SecondFactor(_) => Err(Error::internal("the account has a second factor")),
        }
    }
}

/// That a second factor is asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SecondFactorNeededView {
    /// What to answer with.
    pub second_factor: TicketView,
}

/// What a second factor is answered with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TicketView {
    /// Sent along with the second factor. Good once.
    pub ticket: String,
    /// Seconds that it lasts.
    pub expires_in: i64,
    /// What may be shown.
    pub ways: Vec<Way>,
    /// What a browser is asked to show a passkey with; absent where there is none.
    pub passkey: Option<PasskeyRequestView>,
}

#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct LogIn {
    /// The login name.
    #[validate(length(min = 1, max = 64))]
    #[serde(deserialize_with = "typed::read_login_name")]
    pub name: String,
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

/// The second factor that a login asked for: a passkey, a code of the app, or a recovery code.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct LogInFurther {
    /// The ticket that the login gave.
    #[validate(length(min = 1, max = 1000))]
    pub ticket: String,
    /// The code that the app shows now.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    pub code: Option<String>,
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    pub recovery_code: Option<String>,
    /// A passkey instead.
    #[serde(default)]
    #[validate(nested)]
    pub passkey: Option<PasskeyAnswer>,
}

impl LogInFurther {
    fn shown(&self) -> Result<Shown> {
        let passkey = self.passkey.clone();
        Shown::of(self.code.as_deref(), self.recovery_code.as_deref(), passkey).ok_or_else(one_code)
    }
}

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

#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RefreshTokens")]
pub struct Refresh {
    /// The refresh token that the last login or refresh gave.
    #[validate(length(min = 1, max = 100))]
    pub refresh_token: String,
}

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
    pub display_name: String,
    pub password: String,
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

/// A session, as its owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SessionView {
    pub id: SessionId,
    /// When the login was.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub refreshed_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The address that it came from.
    pub source: String,
    /// The program that made it, as it calls itself.
    pub client: String,
    /// Whether it is the session of this request.
    pub current: bool,
}

fn new_refresh_token(clock: &Clock, session_id: SessionId, now: Timestamp) -> (RefreshToken, String) {
    let secret = format!("qlr_{}", URL_SAFE_NO_PAD.encode(clock.secret::<32>()));
    (RefreshToken { secret_digest: digest_of(&secret), session_id, issued_at: now, used_at: None }, secret)
}

fn login_failed() -> Error {
    Error::unauthenticated(
        "login_failed",
        "登录名或密码不正确，或暂时不能登录",
        "The name or password is wrong, or login is not possible for now",
    )
}

fn invalid_token() -> Error {
    Error::unauthenticated(
        "invalid_token",
        "登录已失效，请重新登录",
        "This sign-in is no longer valid; sign in again",
    )
}

/// Who a token belongs to, asked at every request that carries one.
///
/// # Errors
/// If it is not a valid token of a session that goes on, of an account that is enabled.
pub async fn authenticate(service: &Service, token: &str) -> Result<Caller> {
    Ok(bearer_of(service, API, token).await?.0)
}

/// Who the cookie of a browser belongs to, and whether it is time to [`keep_alive`] its session.
///
/// # Errors
/// If it is not a valid cookie of a session that goes on, of an account that is enabled.
pub async fn authenticate_page(service: &Service, cookie: &str) -> Result<(Caller, bool)> {
    let (caller, session) = bearer_of(service, PAGES, cookie).await?;
    let quiet = service.clock.now().seconds_since(session.refreshed_at) >= KEPT_ALIVE_AFTER;
    Ok((caller, quiet))
}

async fn bearer_of(service: &Service, audience: &str, token: &str) -> Result<(Caller, Session)> {
    let now = service.clock.now();
    let claims = read(&service.keys, audience, token, now).ok_or_else(invalid_token)?;
    let found = service.db.caller_of(claims.sid).await?;
    let (session, account) = found.ok_or_else(invalid_token)?;
    if !goes_on(&session, now) || !account.enabled || account.id != claims.sub {
        return Err(invalid_token());
    }
    let expires = Timestamp::from_micros(claims.ends().saturating_mul(1_000_000));
    let caller = Caller {
        account: account.id,
        name: account.name,
        display_name: account.display_name,
        role: account.role,
        region: account.region,
        session: session.id,
        good_until: expires.min(session.expires_at),
        owes_second_factor: service.protection.obliges(account.role) && account.second_factor_at.is_none(),
        has_second_factor: account.second_factor_at.is_some(),
        proved_at: session.proved_at,
    };
    Ok((caller, session))
}

/// The cookie of a browser for the session that a login began: good for all of the session, whose end and idleness are
/// looked up at every request.
///
/// # Errors
/// If the login is not one of now.
pub fn page_cookie(service: &Service, login: &TokenView) -> Result<String> {
    let now = service.clock.now();
    let claims = read(&service.keys, API, &login.access_token, now).ok_or_else(invalid_token)?;
    sign(&service.keys, PAGES, claims.sub, claims.sid, now, SESSION_LASTS, None)
}

/// Says that the person at the browser is still there, as a refresh of tokens does elsewhere.
///
/// # Errors
/// If it can't be recorded.
pub async fn keep_alive(service: &Service, context: &Arc<RequestContext>) -> Result<()> {
    service
        .write(context, Action::Refresh, move |conn, act| {
            act.enter_service(conn)?;
            let session = act.context.caller()?.session;
            act.on("session", session);
            accounts::refreshed(conn, session, act.now)
        })
        .await
}

fn goes_on(session: &Session, now: Timestamp) -> bool {
    session.ended_at.is_none()
        && now < session.expires_at
        && now.seconds_since(session.refreshed_at) <= IDLE + ACCESS_LASTS
}

struct Fresh {
    session: SessionId,
    refresh: RefreshToken,
    refresh_secret: String,
}

impl Fresh {
    fn of(clock: &Clock, session: SessionId, now: Timestamp) -> Self {
        let (refresh, refresh_secret) = new_refresh_token(clock, session, now);
        Self { session, refresh, refresh_secret }
    }
}

fn token_view(
    keys: &Keys,
    account: Account,
    session_expires_at: Timestamp,
    fresh: &Fresh,
    now: Timestamp,
) -> Result<TokenView> {
    Ok(TokenView {
        access_token: sign(keys, API, account.id, fresh.session, now, ACCESS_LASTS, None)?,
        token_type: "Bearer".to_owned(),
        expires_in: ACCESS_LASTS,
        refresh_token: fresh.refresh_secret.clone(),
        session_expires_at,
        account: account.into(),
    })
}

/// What a sign-in makes, prepared before the transaction in which somebody proves who they are: time, chance and keys are
/// not asked for inside one, as it may be tried again.
pub(crate) struct SignIn {
    keys: Keys,
    site: Option<Arc<Site>>,
    /// Chance for the challenge that a passkey is asked for with.
    nonce: [u8; 16],
    fresh: Fresh,
    now: Timestamp,
    source: String,
    client: String,
}

impl SignIn {
    pub(crate) fn new(service: &Service, context: &RequestContext, client: String) -> Self {
        Self::of_session(service, context, client, SessionId(service.clock.new_id()))
    }

    /// The same of a session whose name is known.
    fn of_session(service: &Service, context: &RequestContext, client: String, session: SessionId) -> Self {
        let now = service.clock.now();
        Self {
            keys: service.keys.clone(),
            site: service.site.clone(),
            nonce: service.clock.secret(),
            fresh: Fresh::of(&service.clock, session, now),
            now,
            source: context.source.clone(),
            client,
        }
    }

    /// What every first proof of who somebody is ends in, in the transaction that rests on it.
    pub(crate) fn proved(&self, conn: &mut Conn, act: &mut Act<'_>, account: Account) -> Result<LogInView> {
        act.by(&account);
        if account.second_factor_at.is_none() {
            return self.begin(conn, act, account).map(LogInView::Session);
        }
        act.on("account", account.id);
        act.detail("awaits", &"second_factor");
        // The ticket names the session that it is for, so that it does once.
        let state = Some(password_state(&self.keys, &account));
        let (session, now) = (self.fresh.session, self.now);
        let ticket = sign(&self.keys, SECOND_FACTOR, account.id, session, now, TICKET_LASTS, state)?;
        let second_factor = self.ask(conn, account.id, ticket, TICKET_LASTS)?;
        Ok(LogInView::SecondFactor(SecondFactorNeededView { second_factor }))
    }

    /// Asks for the second factor that a ticket is answered with.
    fn ask(
        &self,
        conn: &mut Conn,
        account: AccountId,
        ticket: String,
        expires_in: i64,
    ) -> Result<TicketView> {
        let (ways, passkey) = second_factor::ways(conn, &self.occasion(account), self.nonce, self.now)?;
        Ok(TicketView { ticket, expires_in, ways, passkey })
    }

    fn occasion(&self, account: AccountId) -> Occasion {
        let (keys, site) = (self.keys.clone(), self.site.clone());
        Occasion { keys, site, purpose: For::SignIn, account, session: self.fresh.session }
    }

    fn begin(&self, conn: &mut Conn, act: &mut Act<'_>, account: Account) -> Result<TokenView> {
        let now = self.now;
        act.on("session", self.fresh.session);
        let live = accounts::live_sessions(conn, account.id, now)?;
        for oldest in live.iter().take((live.len() + 1).saturating_sub(SESSIONS)) {
            accounts::end_session(conn, account.id, oldest.id, now, "too_many")?;
        }
        let session = Session {
            id: self.fresh.session,
            account_id: account.id,
            created_at: now,
            refreshed_at: now,
            expires_at: now.plus_seconds(SESSION_LASTS),
            source: self.source.clone(),
            client: self.client.clone(),
            ended_at: None,
            ended_because: None,
            proved_at: now,
        };
        accounts::insert_session(conn, &session)?;
        accounts::insert_refresh_token(conn, &self.fresh.refresh)?;
        token_view(&self.keys, account, session.expires_at, &self.fresh, now)
    }
}

/// Logs in. A wrong name, a wrong password, a lock and a disabled account give one and the same answer, and take the
/// same time.
///
/// # Errors
/// If it does not succeed, or too many are logging in.
pub async fn log_in(
    service: &Service,
    context: &Arc<RequestContext>,
    login: LogIn,
    client: String,
) -> Result<LogInView> {
    let sign_in = SignIn::new(service, context, client);
    let tried =
        guesses::try_password(service, &login.name, Place::of(&context.source), login.password).await?;
    let outcome = service.write(context, Action::LogIn, move |conn, act| {
        act.enter_service(conn)?;
        let Some(account) = guesses::settle(conn, &tried)? else {
            act.refuse_guess(&tried, "login_failed");
            return Ok(None);
        };
        sign_in.proved(conn, act, account).map(Some)
    });
    outcome.await?.ok_or_else(login_failed)
}

/// The account that a ticket is for, if it may still be used.
fn account_of(conn: &mut Conn, keys: &Keys, ticket: &Claims) -> Result<Account> {
    let account = accounts::by_id(conn, ticket.sub)?.filter(|account| account.enabled);
    let account = account.filter(|account| account.second_factor_at.is_some());
    let account = account.filter(|account| ticket.password == Some(password_state(keys, account)));
    let used = accounts::has_session(conn, ticket.sid)?;
    account.filter(|_| !used).ok_or_else(ticket_not_usable)
}

fn read_ticket(service: &Service, ticket: &str) -> Result<Claims> {
    read(&service.keys, SECOND_FACTOR, ticket, service.clock.now()).ok_or_else(ticket_not_usable)
}

/// Asks once more for the second factor of a login, after one that did not do.
///
/// # Errors
/// If the ticket is not good any more.
pub async fn ask_again(
    service: &Service,
    context: &Arc<RequestContext>,
    ticket: String,
) -> Result<TicketView> {
    let claims = read_ticket(service, &ticket)?;
    let sign_in = SignIn::of_session(service, context, String::new(), claims.sid);
    let asked = service.db.read("ticket", move |conn| {
        let account = account_of(conn, &sign_in.keys, &claims)?;
        sign_in.ask(conn, account.id, ticket.clone(), (claims.exp - sign_in.now.seconds()).max(0))
    });
    asked.await
}

/// Shows the second factor that a login asked for.
///
/// # Errors
/// If the ticket is not good any more, or what is shown is not.
pub async fn log_in_further(
    service: &Service,
    context: &Arc<RequestContext>,
    request: LogInFurther,
    client: String,
) -> Result<TokenView> {
    let shown = request.shown()?;
    let pointer = shown.pointer();
    let ticket = Arc::new(read_ticket(service, &request.ticket)?);
    let sign_in = SignIn::of_session(service, context, client, ticket.sid);
    let (seen, keys) = (Arc::clone(&ticket), service.keys.clone());
    let name = service.db.read("ticket", move |conn| account_of(conn, &keys, &seen)).await?.name;
    let counted = guesses::count_code(service, &name, &Place::of(&context.source)).await?;
    let outcome = service.write(context, Action::LogIn, move |conn, act| {
        act.enter_service(conn)?;
        let account = account_of(conn, &sign_in.keys, &ticket)?;
        act.by(&account);
        act.on("account", account.id);
        match shown.look_at(conn, act, &sign_in.occasion(account.id), counted.as_ref())? {
            Ok(()) => sign_in.begin(conn, act, account).map(Ok),
            Err(refused) => Ok(Err(refused)),
        }
    });
    outcome.await?.map_err(|refused| refused.error(pointer))
}

fn ticket_not_usable() -> Error {
    Error::unauthenticated(
        "ticket_not_usable",
        "登录的第一步已过期或已使用，请重新登录",
        "The first step of this sign-in has expired or was used; sign in again",
    )
}

impl Act<'_> {
    /// Makes the event that of a password that did not do. The name is told only if it is an account's: people type
    /// passwords into the wrong field.
    fn refuse_guess(&mut self, tried: &Tried, code: &'static str) {
        if let Some(account) = &tried.account {
            self.on("account", account.id);
        }
        self.refuse(code);
        match tried.outcome {
            guesses::Outcome::Wrong { left: 0 } => self.detail("locked", &true),
            guesses::Outcome::Stopped => self.detail("stopped", &true),
            guesses::Outcome::Wrong { .. } | guesses::Outcome::Right(_) => {}
        }
    }
}

/// Exchanges a refresh token for new tokens.
///
/// # Errors
/// If it is not valid. One that was used before also ends its session.
pub async fn refresh(
    service: &Service,
    context: &Arc<RequestContext>,
    request: Refresh,
) -> Result<TokenView> {
    let now = service.clock.now();
    let used = digest_of(&request.refresh_token);
    let fresh_secret = new_refresh_token(&service.clock, SessionId(service.clock.new_id()), now);
    let keys = service.keys.clone();
    let outcome = service.write(context, Action::Refresh, move |conn, act| {
        act.enter_service(conn)?;
        act.refuse("invalid_token");
        let Some(token) = accounts::refresh_token(conn, used)? else { return Ok(None) };
        let Some((session, account)) = callers::session_with_account(conn, token.session_id)? else {
            return Ok(None);
        };
        act.by(&account);
        act.on("session", session.id);
        if token.used_at.is_some() {
            act.refuse("refresh_token_reused");
            accounts::end_session(conn, account.id, session.id, now, "refresh_token_reused")?;
            return Ok(None);
        }
        if !goes_on(&session, now) || !account.enabled {
            return Ok(None);
        }
        act.accept();
        let (mut refresh, refresh_secret) = fresh_secret.clone();
        refresh.session_id = session.id;
        let fresh = Fresh { session: session.id, refresh, refresh_secret };
        accounts::use_refresh_token(conn, used, now)?;
        accounts::insert_refresh_token(conn, &fresh.refresh)?;
        accounts::refreshed(conn, session.id, now)?;
        token_view(&keys, account, session.expires_at, &fresh, now).map(Some)
    });
    outcome.await?.ok_or_else(invalid_token)
}

/// Ends the session of this request.
///
/// # Errors
/// If nobody has logged in.
pub async fn log_out(service: &Service, context: &Arc<RequestContext>) -> Result<()> {
    let (account, session) = (context.caller()?.account, context.caller()?.session);
    service
        .write(context, Action::LogOut, move |conn, act| {
            act.on("session", session);
            accounts::end_session(conn, account, session, act.now, "logged_out").map(drop)
        })
        .await
}

/// Ends one session of the caller's.
///
/// # Errors
/// If it has no such session.
pub async fn end_session(service: &Service, context: &Arc<RequestContext>, session: SessionId) -> Result<()> {
    let account = context.caller()?.account;
    service
        .write(context, Action::LogOut, move |conn, act| {
            act.on("session", session);
            let ended = accounts::end_session(conn, account, session, act.now, "revoked")?;
            if ended { Ok(()) } else { Err(Error::not_found()) }
        })
        .await
}

/// Ends all sessions of the caller's.
///
/// # Errors
/// If nobody has logged in.
pub async fn log_out_everywhere(service: &Service, context: &Arc<RequestContext>) -> Result<()> {
    let account = context.caller()?.account;
    service
        .write(context, Action::LogOutEverywhere, move |conn, act| {
            act.on("account", account);
            let ended = accounts::end_sessions(conn, account, None, act.now, "logged_out_everywhere")?;
            act.detail("sessions", &ended);
            Ok(())
        })
        .await
}

/// The sessions of the caller's that go on.
///
/// # Errors
/// If nobody has logged in.
pub async fn sessions(service: &Service, context: &Arc<RequestContext>) -> Result<Vec<SessionView>> {
    let (account, current, now) = (context.caller()?.account, context.caller()?.session, service.clock.now());
    let live = service.db.read("sessions", move |conn| accounts::live_sessions(conn, account, now)).await?;
    Ok(live
        .into_iter()
        .filter(|session| goes_on(session, now))
        .map(|session| SessionView {
            id: session.id,
            created_at: session.created_at,
            refreshed_at: session.refreshed_at,
            expires_at: session.expires_at,
            source: session.source,
            client: session.client,
            current: session.id == current,
        })
        .collect())
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

fn set_up_not_usable() -> Error {
    Error::conflict(
        "link_not_usable",
        "设置码不对、已过期，或已有管理员；还没有管理员的，重新启动服务会打印新的设置码",
        "The set-up code is wrong or has expired, or there is an administrator; where there is none, the service prints a new code when it is started again",
    )
}

fn link_not_usable() -> Error {
    Error::conflict(
        "link_not_usable",
        "该一次性链接不存在、已使用或已过期，请向管理员索取新的链接",
        "This one-time link does not exist, was used, or has expired; ask the administrator for a new one",
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
    let mut problems = super::accounts::check_names(&request.name, &request.display_name);
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
        second_factor_at: None,
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
