//! Sessions: whose a token is, refreshing, and ending them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::tokens::{API, PAGES, read, sign};
use crate::actions::accounts::AccountView;
use crate::actions::networks::network_of;
use crate::actions::{Caller, RequestContext, Service};
use crate::clock::Clock;
use crate::db::accounts::{self, Account, RefreshToken, Session};
use crate::db::{Conn, callers};
use crate::domain::access::Action;
use crate::domain::ids::SessionId;
use crate::domain::record::digest_of;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::keys::{Keys, Purpose, TOKENS_LAST};

/// Seconds that an access token lasts.
const ACCESS_LASTS: i64 = 10 * 60;
/// Seconds within which a refresh token may be used again: an answer that was lost on the way ends no session.
const FORGIVEN: i64 = 30;
/// Seconds without a refresh after which a session ends.
const IDLE: i64 = 60 * 60;
/// Seconds after its last refresh at which a browser's session is refreshed by what its user does.
const KEPT_ALIVE_AFTER: i64 = 10 * 60;
/// Seconds after which a session ends in any case: a long panel day.
pub(super) const SESSION_LASTS: i64 = TOKENS_LAST;

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

#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RefreshTokens")]
pub struct Refresh {
    /// The refresh token that the last login or refresh gave.
    #[validate(length(min = 1, max = 100))]
    pub refresh_token: String,
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
        duties: account.duties,
        session: session.id,
        good_until: expires.min(session.expires_at),
        owes_second_factor: service.protection.obliges(account.role) && account.second_factor_at.is_none(),
        has_second_factor: account.second_factor_at.is_some(),
        proved_at: session.proved_at,
        machine: None,
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

pub(super) struct Fresh {
    pub(super) session: SessionId,
    pub(super) refresh: RefreshToken,
    refresh_secret: String,
}

impl Fresh {
    pub(super) fn of(clock: &Clock, session: SessionId, now: Timestamp) -> Self {
        Self::with(clock.secret(), session, now)
    }

    /// The tokens that follow a refresh token, the same however often they are worked out.
    fn following(keys: &Keys, used: &str, session: SessionId, now: Timestamp) -> Self {
        Self::with(keys.mac(Purpose::RefreshToken, used.as_bytes()), session, now)
    }

    fn with(secret: [u8; 32], session: SessionId, now: Timestamp) -> Self {
        let refresh_secret = format!("qlr_{}", URL_SAFE_NO_PAD.encode(secret));
        let secret_digest = digest_of(&refresh_secret);
        let refresh = RefreshToken { secret_digest, session_id: session, issued_at: now, used_at: None };
        Self { session, refresh, refresh_secret }
    }
}

pub(super) fn token_view(
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

/// Exchanges a refresh token for new tokens. Whoever did not get the answer gets it again within half a minute, by the
/// same program from the same network.
///
/// # Errors
/// If it is not valid. One that was used before otherwise also ends its session.
pub async fn refresh(
    service: &Service,
    context: &Arc<RequestContext>,
    request: Refresh,
    client: String,
) -> Result<TokenView> {
    let now = service.clock.now();
    let used = digest_of(&request.refresh_token);
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
        let used_at = token.used_at.unwrap_or(now);
        let fresh = Fresh::following(&keys, &request.refresh_token, session.id, used_at);
        let is_the_same = session.client == client
            && network_of(&session.source) == network_of(&act.context.source)
            && now.seconds_since(used_at) <= FORGIVEN;
        if token.used_at.is_some() && !(is_the_same && is_unused(conn, &fresh)?) {
            act.refuse("refresh_token_reused");
            accounts::end_session(conn, account.id, session.id, now, "refresh_token_reused")?;
            return Ok(None);
        }
        if !goes_on(&session, now) || !account.enabled {
            return Ok(None);
        }
        act.accept();
        if token.used_at.is_none() {
            accounts::use_refresh_token(conn, used, now)?;
            accounts::insert_refresh_token(conn, &fresh.refresh)?;
            accounts::refreshed(conn, session.id, now)?;
        }
        token_view(&keys, account, session.expires_at, &fresh, used_at).map(Some)
    });
    outcome.await?.ok_or_else(invalid_token)
}

/// Whether nobody has gone on with these tokens.
fn is_unused(conn: &mut Conn, fresh: &Fresh) -> Result<bool> {
    let found = accounts::refresh_token(conn, fresh.refresh.secret_digest)?;
    Ok(found.is_some_and(|token| token.used_at.is_none()))
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
