//! Signing in by the province's platform. Its word is taken for who somebody is, and for nothing else: an account is
//! there before, its owner links it, and what it may do is ours to say.
//!
//! A browser that goes there carries a cookie, sealed by a key outside the database, that binds the way back to it: a
//! state, an end, and what for. The nonce and PKCE's verifier follow from the state by the same key, so that nobody
//! else can make them. Each trip ends once.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::guesses::{self, Place};
use super::login::{self, LogInView, SignIn};
use super::messages::{Owners, tell};
use super::{RequestContext, Service};
use crate::db::platform::{self, PlatformLink};
use crate::db::{Conn, accounts};
use crate::domain::access::Action;
use crate::domain::ids::{PlatformLinkId, SessionId};
use crate::domain::message::MessageKind;
use crate::domain::record::digest_of;
use crate::domain::time::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::keys::{Keys, Purpose};
use crate::oidc::{Failure, Person, Platform, Trip};

/// Seconds in which a browser must come back, and in which its owner must then say that the account is theirs.
const TRIP_LASTS: i64 = 600;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Errand {
    SignIn,
    /// Linking the account of this session.
    Link(SessionId),
}

/// What a browser carries on its trip.
#[derive(Serialize, Deserialize)]
struct Ticket {
    state: String,
    until: Timestamp,
    errand: Errand,
    /// The page to go to afterwards, of this service.
    page: String,
}

/// That somebody of the platform came back to a session, for as long as they take to confirm.
#[derive(Serialize, Deserialize)]
struct Proof {
    issuer: String,
    subject: String,
    label: String,
    session: SessionId,
    until: Timestamp,
}

/// What the platform sends a browser back with.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// The code to be exchanged.
    pub code: Option<String>,
    /// The state that it was sent there with.
    pub state: Option<String>,
    /// Whose the answer says to be.
    pub issuer: Option<String>,
}

/// What came of a trip.
pub enum Arrived {
    /// Somebody has proved who they are, as by a password; and the page to go to.
    SignedIn(Box<LogInView>, String),
    /// They are to confirm that the account is theirs: what the browser carries, and the page to go to.
    ToConfirm(String, String),
}

/// How one's own account stands to the platform.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlatformView {
    /// The platform's name; none where there is no platform.
    pub name: Option<String>,
    /// Who one is there, if the account is linked.
    pub label: Option<String>,
    /// Since when.
    pub linked_at: Option<Timestamp>,
}

/// Linking one's own account.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct LinkPlatform {
    /// What the browser brought back from the platform.
    #[validate(length(min = 1, max = 2000))]
    pub proof: String,
    /// The present password.
    #[validate(length(min = 1, max = 128))]
    pub password: String,
}

fn seal(keys: &Keys, content: &impl Serialize) -> String {
    let content = URL_SAFE_NO_PAD.encode(crate::domain::record::canonical(content));
    let mac = URL_SAFE_NO_PAD.encode(keys.mac(Purpose::Platform, format!("sealed\n{content}").as_bytes()));
    format!("{content}.{mac}")
}

/// What was sealed, if it was sealed here.
fn unseal<T: DeserializeOwned>(keys: &Keys, sealed: &str) -> Option<T> {
    let (content, mac) = sealed.split_once('.')?;
    let right = keys.mac(Purpose::Platform, format!("sealed\n{content}").as_bytes());
    let given = URL_SAFE_NO_PAD.decode(mac).ok()?;
    // Compared by digests: how far two agree shows in no time.
    if digest_of(&given) != digest_of(right) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(content).ok()?).ok()
}

fn trip(keys: &Keys, state: &str) -> Trip {
    let of = |what: &str| {
        URL_SAFE_NO_PAD.encode(keys.mac(Purpose::Platform, format!("{what}\n{state}").as_bytes()))
    };
    Trip { state: state.to_owned(), nonce: of("nonce"), verifier: of("verifier") }
}

fn platform(service: &Service) -> Result<Platform> {
    service.platform.clone().ok_or_else(Error::not_found)
}

fn broken_off() -> Error {
    Error::new(
        Kind::BadRequest,
        "platform_trip_over",
        "该次平台登录已失效、已用过，或不是在本浏览器中开始的，请重新开始",
        "This sign-in by the platform is over, was used, or did not begin in this browser; begin anew",
    )
}

/// What a failure of the platform is told as.
fn as_error(failure: &Failure, name: &str) -> Error {
    let mut error = match failure {
        Failure::Down(_) => Error::new(
            Kind::Busy,
            "platform_unavailable",
            format!("{name}暂时无法访问，仍可用登录名和密码登录"),
            format!("{name} does not answer for now; sign in with name and password meanwhile"),
        )
        .after(30),
        Failure::Refused(_) => Error::new(
            Kind::BadRequest,
            "platform_refused",
            format!("{name}没有确认您的身份，请重新开始"),
            format!("{name} did not confirm who you are; begin anew"),
        ),
    };
    error.inside = Some(failure.to_string());
    error
}

async fn set_out(service: &Service, errand: Errand, page: String) -> Result<(String, String)> {
    let platform = platform(service)?;
    let state = URL_SAFE_NO_PAD.encode(service.clock.secret::<32>());
    let trip = trip(&service.keys, &state);
    let address = platform.address(&trip).await.map_err(|failure| as_error(&failure, platform.name()))?;
    let ticket = Ticket { state, until: service.clock.now().plus_seconds(TRIP_LASTS), errand, page };
    Ok((address, seal(&service.keys, &ticket)))
}

/// Begins a sign-in by the platform: where the browser goes, and what it carries. Afterwards it goes to `page`.
///
/// # Errors
/// If there is no platform, or it does not answer.
pub async fn begin_sign_in(service: &Service, page: String) -> Result<(String, String)> {
    set_out(service, Errand::SignIn, page).await
}

/// Begins the linking of the caller's account, in the same way.
///
/// # Errors
/// If nobody has logged in, there is no platform, or it does not answer.
pub async fn begin_link(
    service: &Service,
    context: &Arc<RequestContext>,
    page: String,
) -> Result<(String, String)> {
    set_out(service, Errand::Link(context.caller()?.session), page).await
}

/// Ends a trip: who came back, to what they set out for.
///
/// # Errors
/// If it did not begin in this browser or is over, the platform does not say who it is, or nobody here is linked to them.
pub async fn come_back(
    service: &Service,
    context: &Arc<RequestContext>,
    ticket: Option<&str>,
    returned: Returned,
    client: String,
) -> Result<Arrived> {
    let (platform, now) = (platform(service)?, service.clock.now());
    let ticket = ticket.and_then(|ticket| unseal::<Ticket>(&service.keys, ticket));
    let ticket = ticket.filter(|ticket| now < ticket.until && returned.state.as_ref() == Some(&ticket.state));
    let ticket = ticket.ok_or_else(broken_off)?;
    let state = digest_of(&ticket.state);
    let first = service.db.write("platform.come_back", move |conn| {
        platform::come_back(conn, state, now, now.plus_seconds(-2 * TRIP_LASTS))
    });
    if !first.await? {
        return Err(broken_off());
    }
    let name = platform.name().to_owned();
    let code = returned.code.filter(|code| code.len() <= 4_096);
    let code = code.ok_or_else(|| as_error(&Failure::Refused("there is no code".to_owned()), &name))?;
    let trip = trip(&service.keys, &ticket.state);
    let person = platform.person(&trip, &code, returned.issuer.as_deref(), now).await;
    let person = person.map_err(|failure| as_error(&failure, &name))?;
    match ticket.errand {
        Errand::SignIn => {
            let login = sign_in(service, context, &platform, person, client).await?;
            Ok(Arrived::SignedIn(Box::new(login), ticket.page))
        }
        Errand::Link(session) => {
            let proof = Proof {
                issuer: platform.issuer().to_owned(),
                subject: person.subject,
                label: person.label,
                session,
                until: now.plus_seconds(TRIP_LASTS),
            };
            Ok(Arrived::ToConfirm(seal(&service.keys, &proof), ticket.page))
        }
    }
}

async fn sign_in(
    service: &Service,
    context: &Arc<RequestContext>,
    platform: &Platform,
    person: Person,
    client: String,
) -> Result<LogInView> {
    let (issuer, name) = (platform.issuer().to_owned(), platform.name().to_owned());
    let sign_in = SignIn::new(service, context, client);
    service
        .write(context, Action::LogIn, move |conn, act| {
            act.enter_service(conn)?;
            act.detail("platform", &issuer);
            let linked = platform::of_subject(conn, &issuer, &person.subject)?;
            let account = match linked {
                Some(link) => accounts::by_id(conn, link.account_id)?,
                None => None,
            };
            let account = account.filter(|account| account.enabled).ok_or_else(|| not_linked(&name))?;
            sign_in.proved(conn, act, account)
        })
        .await
}

fn not_linked(name: &str) -> Error {
    Error::forbidden(
        "platform_not_linked",
        format!(
            "您在{name}的身份未关联可用的账号。已有账号的，请用登录名和密码登录，在“我的账号”中关联；没有账号的，请联系系统管理员或领导小组办公室开立"
        ),
        format!(
            "No account that can be used is linked to you at {name}. If you have one, sign in with name and password and link it at “My account”; if not, ask the administrator or the leading-group office"
        ),
    )
}

/// What the browser brought back from the platform, if it is for this session: whom its owner is asked about.
///
/// # Errors
/// If it is not, or is over.
pub fn to_confirm(service: &Service, context: &RequestContext, proof: Option<&str>) -> Result<String> {
    Ok(proved(&service.keys, context, proof.unwrap_or_default(), service.clock.now())?.label)
}

fn proved(keys: &Keys, context: &RequestContext, proof: &str, now: Timestamp) -> Result<Proof> {
    let session = context.caller()?.session;
    let proof = unseal::<Proof>(keys, proof);
    proof.filter(|proof| proof.session == session && now < proof.until).ok_or_else(broken_off)
}

/// Links the caller's account to who they are at the platform.
///
/// # Errors
/// If the proof is not this session's, the password is wrong, or either is linked already.
pub async fn link(
    service: &Service,
    context: &Arc<RequestContext>,
    request: LinkPlatform,
) -> Result<PlatformView> {
    let platform = platform(service)?;
    let caller = context.caller()?.clone();
    let proof = proved(&service.keys, context, &request.proof, service.clock.now())?;
    let tried = guesses::try_password(service, &caller.name, Place::Session, request.password).await?;
    if !matches!(tried.outcome, guesses::Outcome::Right(_)) {
        return Err(
            login::password_refused(service, context, Action::LinkPlatform, "/password", tried).await?
        );
    }
    let (clock, owners) = (service.clock.clone(), Owners::of(service));
    let name = platform.name().to_owned();
    service
        .write(context, Action::LinkPlatform, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", caller.account);
            let account = guesses::settle(conn, &tried)?.ok_or_else(login::changed_meanwhile)?;
            must_be_free(conn, &proof, &account)?;
            let link = PlatformLink {
                id: PlatformLinkId(clock.new_id()),
                account_id: account.id,
                issuer: proof.issuer.clone(),
                subject: proof.subject.clone(),
                label: proof.label.clone(),
                linked_at: act.now,
                ended_at: None,
            };
            platform::insert(conn, &link)?;
            act.detail("platform", &link.issuer);
            act.detail("subject", &link.subject);
            tell(conn, act, &owners, &account, MessageKind::Linked)?;
            Ok(view(Some(name.clone()), Some(link)))
        })
        .await
}

/// One subject, one account.
fn must_be_free(conn: &mut Conn, proof: &Proof, account: &accounts::Account) -> Result<()> {
    if platform::of_subject(conn, &proof.issuer, &proof.subject)?.is_some() {
        return Err(Error::conflict(
            "platform_subject_taken",
            "该平台身份已关联了一个账号",
            "An account is linked to this person of the platform already",
        ));
    }
    if platform::of_account(conn, account.id)?.is_some() {
        return Err(Error::conflict(
            "platform_linked",
            "您的账号已关联平台身份，请先解除关联",
            "Your account is linked already; end that first",
        ));
    }
    Ok(())
}

/// Ends the link of the caller's account.
///
/// # Errors
/// If it has none.
pub async fn unlink(service: &Service, context: &Arc<RequestContext>) -> Result<()> {
    let id = context.caller()?.account;
    let owners = Owners::of(service);
    service
        .write(context, Action::UnlinkPlatform, move |conn, act| {
            act.enter_service(conn)?;
            act.on("account", id);
            let account = accounts::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            if !platform::end(conn, id, act.now)? {
                return Err(Error::not_found());
            }
            tell(conn, act, &owners, &account, MessageKind::Unlinked)
        })
        .await
}

/// How the caller's account stands to the platform.
///
/// # Errors
/// If nobody has logged in.
pub async fn standing(service: &Service, context: &Arc<RequestContext>) -> Result<PlatformView> {
    let account = context.caller()?.account;
    let name = service.platform.as_ref().map(|platform| platform.name().to_owned());
    let link = service.read_public("platform", move |conn| platform::of_account(conn, account)).await?;
    Ok(view(name, link))
}

fn view(name: Option<String>, link: Option<PlatformLink>) -> PlatformView {
    let (label, linked_at) = link.map(|link| (link.label, link.linked_at)).unzip();
    PlatformView { name, label, linked_at }
}
