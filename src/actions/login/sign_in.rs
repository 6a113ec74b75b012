//! Signing in: by a password, and by a second factor where the account has one.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::sessions::{Fresh, SESSION_LASTS, TokenView, token_view};
use super::tokens::{Claims, SECOND_FACTOR, read, sign};
use crate::actions::guesses::{self, Place};
use crate::actions::passkeys::{For, Occasion, PasskeyAnswer, PasskeyRequestView};
use crate::actions::second_factor::{self, Shown, one_code};
use crate::actions::{Act, RequestContext, Service};
use crate::db::Conn;
use crate::db::accounts::{self, Account, Session};
use crate::domain::access::Action;
use crate::domain::ids::{AccountId, SessionId};
use crate::domain::passkey::Site;
use crate::domain::second_factor::Way;
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::error::{Error, Result};
use crate::keys::{Keys, Purpose};

/// Sessions that an account may have at a time; one more ends the oldest.
const SESSIONS: usize = 5;
/// Seconds that such a ticket lasts: time to fetch a telephone from the other room.
const TICKET_LASTS: i64 = 5 * 60;

/// Says which password an account has now, without telling anything of it.
fn password_state(keys: &Keys, account: &Account) -> String {
    let hash = account.password_hash.as_deref().unwrap_or_default();
    hex::encode(keys.mac(Purpose::PasswordState, format!("{}\n{hash}", account.id).as_bytes()))
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

fn login_failed() -> Error {
    Error::unauthenticated(
        "login_failed",
        "登录名或密码不正确，或暂时不能登录",
        "The name or password is wrong, or login is not possible for now",
    )
}

/// What a sign-in makes, prepared before the transaction in which somebody proves who they are: time, chance and keys are
/// not asked for inside one, as it may be tried again.
pub(crate) struct SignIn {
    pub(super) keys: Keys,
    pub(super) site: Option<Arc<Site>>,
    /// Chance for the challenge that a passkey is asked for with.
    nonce: [u8; 16],
    fresh: Fresh,
    pub(super) now: Timestamp,
    pub(super) source: String,
    pub(super) client: String,
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
