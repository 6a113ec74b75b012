//! The gate: what happens to every request of an endpoint before and after its handler, within the
//! [`frame`](super::frame). Order matters; the first check that fails decides the answer.
//!
//! query → token (401) → role (403, recorded) → body (408, 413, 415) → handler → answer.

mod limits;
mod ranges;
mod reading;
mod rendering;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};

use self::reading::{
    ambiguous_credentials, bearer, check_if_match, idempotency, only_validates, read_json, read_nothing,
    read_query,
};
use self::rendering::render;
use super::endpoints::{Body, Endpoint, Method};
use super::frame::Frame;
use super::memory::{Remembered, Turn, Whose};
use super::request::{Incoming, Reply, Request};
use super::routes::Names;
use super::{State, pages, printed, tables};
use crate::actions::login::{authenticate, authenticate_page};
use crate::actions::machines::{self, Asked};
use crate::actions::{Caller, REAUTHENTICATION_REQUIRED, RequestContext, answers};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::RequestId;
use crate::domain::machine::PREFIX;
use crate::domain::record::digest_of;
use crate::domain::time::Timestamp;
use crate::error::{Error, Kind, Result};

pub(super) use self::limits::{Left, Limits};
pub(super) use self::reading::{check_path, decoded, language, read_whole};
pub(super) use self::rendering::{Kept, builder, finish, has_already, known_by, render_error, repr_digest};

/// Answers a request to a path that has these endpoints.
pub(super) async fn answer(
    state: &State,
    rows: &[Endpoint],
    names: Names,
    frame: &Frame,
    http: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse> {
    let Some(row) = row_of(rows, http.method()) else {
        if http.method() == HttpMethod::OPTIONS {
            return Ok(builder(204).insert_header((header::ALLOW, allowed(rows))).finish());
        }
        return Err(no_such_method());
    };
    let (reply, replayed) = handle(state, row, names, frame, http, payload).await?;
    render(reply, replayed, row.method == Method::Get, http)
}

/// The endpoint of a path that a method asks for.
pub(super) fn row_of<'a>(rows: &'a [Endpoint], method: &HttpMethod) -> Option<&'a Endpoint> {
    rows.iter().find(|row| is_method(row.method, method))
}

/// Refuses a method that an address does not have.
pub(super) fn no_such_method() -> Error {
    Error::new(
        Kind::MethodNotAllowed,
        "method_not_allowed",
        "该地址不支持此方法",
        "This address does not have that method",
    )
}

fn is_method(method: Method, http: &HttpMethod) -> bool {
    method.as_str() == http.as_str() || (method == Method::Get && http == HttpMethod::HEAD)
}

/// The methods that a path has.
pub(super) fn allowed(rows: &[Endpoint]) -> HeaderValue {
    let mut methods: Vec<&str> = rows.iter().map(|row| row.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    HeaderValue::from_str(&methods.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("GET"))
}

/// The address that the request came from.
pub(super) fn source(state: &State, http: &HttpRequest) -> String {
    let Some(peer) = http.peer_addr() else { return String::new() };
    let told = http.headers().get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or_default());
    state.trusted_proxies.source(peer.ip(), told).to_string()
}

async fn handle(
    state: &State,
    row: &Endpoint,
    names: Names,
    frame: &Frame,
    http: &HttpRequest,
    payload: Payload,
) -> Result<(Reply, bool)> {
    let query = read_query(row, http.query_string())?;
    let headers = http.headers();
    let token = bearer(headers)?;
    // A cookie is sent by the browser whoever asks, so it opens what can be read, and forms with their seal, no more.
    let cookie = if row.method == Method::Get { pages::session_cookie(headers) } else { None };
    if token.is_some() && cookie.is_some() {
        return Err(ambiguous_credentials());
    }
    // The version is taken before anything is read: an answer is remembered for the state that it was read from.
    let shown = token.or(cookie.as_deref());
    // What a token of an external system, or a region that is named, may be used for is asked each time.
    let is_machine = token.is_some_and(|token| token.starts_with(PREFIX));
    let steady = row.steady && !is_machine && !headers.contains_key(REGION);
    let mut remembering = if steady { Remembering::begin(state, http, shown) } else { None };
    if let Some(found) = remembering.as_ref().and_then(|remembering| remembering.recall(state)) {
        frame.is_of(&found.caller);
        return Ok((found.reply(), false));
    }
    let caller = match (token, &cookie) {
        (Some(token), _) if is_machine => Some(machines::authenticate(&state.service, token).await?),
        (Some(token), _) => Some(authenticate(&state.service, token).await?),
        (None, Some(cookie)) => match authenticate_page(&state.service, cookie).await {
            Ok((caller, _)) => Some(caller),
            // A browser sends the cookie of a session that is over along to what everybody may read.
            Err(error) if error.kind == Kind::Unauthenticated && row.action == Action::ReadPublic => None,
            Err(error) => return Err(error),
        },
        (None, None) => None,
    };
    if let Some(caller) = &caller {
        frame.is_of(&caller.name);
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut sent = Sent {
        caller,
        source: frame.source.clone(),
        request: frame.request,
        address: http.path().to_owned(),
        path: names.into_iter().collect(),
        query,
        if_match: text(header::IF_MATCH),
        idempotency_key: headers
            .get("idempotency-key")
            .map(|key| key.to_str().unwrap_or_default().to_owned()),
        content_digest: text(HeaderName::from_static("content-digest")),
        digest_needed: true,
        objection_code: text(HeaderName::from_static("objection-code")),
        content_length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        user_agent: text(header::USER_AGENT).unwrap_or_default().chars().take(200).collect(),
        confirmed: text(HeaderName::from_static("confirm")),
        by_form: false,
    };
    acts_for(state, row, frame, &mut sent, headers.get(REGION)).await?;
    let context = may_enter(state, row, &sent).await?;
    let upload = match row.body {
        Body::File => Some(state.intake.upload(context.caller.as_ref(), &context.source).await?),
        Body::Json(_) | Body::None => None,
    };
    let mut reading = state.intake.body(context.caller.as_ref(), &context.source);
    let (body, payload) = match row.body {
        Body::File => (Bytes::new(), Some(payload.boxed_local())),
        Body::Json(_) => (read_json(headers, payload, &mut reading).await?, None),
        Body::None => (read_nothing(payload).await?, None),
    };
    // Only now, as nobody may wait for what somebody else's body takes to arrive.
    if let Some(remembering) = &mut remembering
        && let Some(found) = remembering.turn(state).await
    {
        return Ok((found.reply(), false));
    }
    let who = context.caller.as_ref().map_or_else(String::new, |caller| caller.name.clone());
    let until = context.caller.as_ref().map(|caller| caller.good_until);
    let (reply, replayed) = pass(state, row, context, sent, body, payload).await?;
    drop((upload, reading));
    let reply = if row.method == Method::Get { reply.tagged() } else { reply };
    if let Some(remembering) = remembering {
        let an_hour = state.service.clock.now().plus_seconds(3600);
        remembering.keep(&reply, &who, until.unwrap_or(an_hour));
    }
    Ok((reply, replayed))
}

/// What a request for an endpoint says besides its body: in its headers, or in the fields of a form.
pub(super) struct Sent {
    pub(super) caller: Option<Caller>,
    pub(super) source: String,
    pub(super) request: RequestId,
    /// The endpoint's address, names filled in.
    pub(super) address: String,
    /// The names in it.
    pub(super) path: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) if_match: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) content_digest: Option<String>,
    /// Whether an upload must say the digest of what it sends; a form can't.
    pub(super) digest_needed: bool,
    pub(super) objection_code: Option<String>,
    pub(super) content_length: Option<u64>,
    pub(super) user_agent: String,
    /// The digest of the consequences that the caller confirms.
    pub(super) confirmed: Option<String>,
    pub(super) by_form: bool,
}

/// Lets a caller in by role, and if they have shown lately enough who they are, before anything of the body is read. A
/// refusal is recorded.
pub(super) async fn may_enter(state: &State, row: &Endpoint, sent: &Sent) -> Result<RequestContext> {
    let now = state.service.clock.now();
    let context = RequestContext::new(sent.caller.clone(), sent.source.clone(), sent.request, now);
    let context = may_visit(state, context, row.action).await?;
    let protection = state.service.protection;
    let asked_again = |caller: &Caller| protection.asks_again(caller, row.action, now);
    if row.method == Method::Get || !context.caller.as_ref().is_some_and(asked_again) {
        return Ok(context);
    }
    let error = Error::forbidden(
        REAUTHENTICATION_REQUIRED,
        "此操作须再次证明身份：请先输入密码（`POST /api/v1/me/reauthentication`）",
        "This asks again who you are: give your password first (`POST /api/v1/me/reauthentication`)",
    );
    state.service.refused_by_role(&Arc::new(context), row.action, error.code).await?;
    Err(error)
}

/// The header that says which region a request acts for.
const REGION: &str = "qianglian-region";

/// Lets an external system in within its token's scope, and says which region it acts for; anybody else acts for their own.
/// A refusal is recorded.
async fn acts_for(
    state: &State,
    row: &Endpoint,
    frame: &Frame,
    sent: &mut Sent,
    region: Option<&HeaderValue>,
) -> Result<()> {
    let Some(caller) = sent.caller.clone() else { return Ok(()) };
    let region = region.map(|value| value.to_str().unwrap_or_default());
    let admitted = if caller.machine.is_some() {
        let (left, in_time) = state.limits.check_token(caller.account);
        frame.has_left(left);
        in_time?;
        let asked = Asked {
            action: row.action,
            group: row.group().parse().ok(),
            changes: row.method != Method::Get,
            path: &sent.path,
            competition: sent.query.get("competition_id").map(String::as_str),
            region,
            source: &sent.source,
        };
        machines::admit(&state.service, &caller, &asked).await
    } else if region.is_some_and(|region| caller.region.as_ref().is_none_or(|own| own.as_str() != region)) {
        Err(machines::region_not_allowed())
    } else {
        return Ok(());
    };
    match admitted {
        Ok(as_whom) => sent.caller = as_whom,
        Err(error) => {
            if error.kind == Kind::Forbidden {
                let now = state.service.clock.now();
                let context = RequestContext::new(Some(caller), sent.source.clone(), sent.request, now);
                state.service.refused_by_role(&Arc::new(context), row.action, error.code).await?;
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Lets a request in by role. A refusal is recorded.
pub(super) async fn may_visit(
    state: &State,
    context: RequestContext,
    action: Action,
) -> Result<RequestContext> {
    match context.may(action, Relation::General) {
        Ok(()) => Ok(context),
        Err(error) => {
            if context.caller.is_some() {
                state.service.refused_by_role(&Arc::new(context), action, error.code).await?;
            }
            Err(error)
        }
    }
}

/// Has an endpoint's handler answer a request that has wholly arrived, but for the bytes of a file.
pub(super) async fn pass(
    state: &State,
    row: &Endpoint,
    mut context: RequestContext,
    mut sent: Sent,
    body: Bytes,
    payload: Option<Incoming>,
) -> Result<(Reply, bool)> {
    context.received_at = state.service.clock.now();
    check_if_match(row, &sent)?;
    context.only_validates = only_validates(&mut sent)?;
    // What is only tried has no answer to be kept.
    context.idempotency = if context.only_validates { None } else { idempotency(row, &sent, &body)? };
    context.by_form = sent.by_form;
    context.confirmed = sent.confirmed.as_deref().and_then(|text| text.trim_matches('"').parse().ok());
    let context = Arc::new(context);
    // Each file of an upload is answered by itself, which is known once it has come; a form is answered by a page.
    let whole = !matches!(row.body, Body::File) && !sent.by_form;
    if let Some(sent) = if whole { answers::sent(&state.service, &context).await? } else { None } {
        return Ok((Reply::again(sent), true));
    }
    let unconditional = sent.if_match.as_deref().is_none_or(|tag| tag.trim() == "*");
    let format = sent.query.get("format").filter(|_| !row.formats().is_empty()).cloned();
    let request = Request {
        service: state.service.clone(),
        context: Arc::clone(&context),
        path: sent.path,
        query: sent.query,
        body,
        payload,
        if_match: sent.if_match,
        content_digest: sent.content_digest,
        digest_needed: sent.digest_needed,
        objection_code: sent.objection_code,
        content_length: sent.content_length,
        user_agent: sent.user_agent,
    };
    let work = match format {
        Some(format) => in_format(row, request, format).boxed_local(),
        None => (row.handler)(request),
    };
    let reply = work.await.map_err(|error| {
        // Who says nothing about what they saw is told to, but only where nothing else blocks the act.
        if row.needs_revision && unconditional && error.kind == Kind::Stale {
            let mut error = Error::new(
                Kind::PreconditionRequired,
                "if_match_required",
                "请用 `If-Match` 标明所依据的版本（读取时的 `ETag`）",
                "Say by `If-Match` which revision this is a change of (the ETag that reading gave)",
            );
            error.revision = None;
            error
        } else {
            error
        }
    })?;
    let replayed = context.replayed.load(Ordering::Relaxed);
    if let Some(answer) = reply.to_be_stored().filter(|_| whole && !replayed) {
        answers::store_sent(&state.service, &context, answer).await;
    }
    Ok((reply, replayed))
}

/// Has an endpoint's answer given as a table or a document.
async fn in_format(row: &Endpoint, request: Request, format: String) -> Result<Reply> {
    let formats = row.formats();
    let known = formats.contains(&format.as_str());
    match (row.tabled, format.parse(), format.parse()) {
        (Some(tabled), Ok(format), _) if known => tables::file(row, tabled, request, format).await,
        (_, _, Ok(format)) if known => printed::file(row, request, format).await,
        _ => {
            let formats: Vec<String> = formats.iter().map(|format| format!("`{format}`")).collect();
            let (zh, en) = (formats.join("、"), formats.join(", "));
            Err(tables::wrong("format", &format!("应为{zh}"), &format!("One of {en}")))
        }
    }
}

/// A request whose answer may be remembered.
pub(super) struct Remembering {
    version: u64,
    now: Timestamp,
    key: (String, String),
    turn: Option<Turn>,
}

impl Remembering {
    pub(super) fn begin(state: &State, http: &HttpRequest, token: Option<&str>) -> Option<Self> {
        let version = state.service.db.version()?;
        let address = http.uri().path_and_query().map(ToString::to_string)?;
        let key = (token.unwrap_or_default().to_owned(), address);
        Some(Self { version, now: state.service.clock.now(), key, turn: None })
    }

    pub(super) fn recall(&self, state: &State) -> Option<Remembered> {
        state.memory.recall(self.version, self.now, &self.key)
    }

    /// What somebody else is working out for the same bearer, once it is there. None: it is this request's to work out.
    pub(super) async fn turn(&mut self, state: &State) -> Option<Remembered> {
        match state.memory.turn(self.version, &self.key).await {
            Whose::Done(found) if self.now < found.until => return Some(found),
            Whose::Own(turn) => self.turn = Some(turn),
            Whose::Done(_) | Whose::Failed => {}
        }
        None
    }

    /// Remembers what `caller` was answered, until a moment at the latest.
    pub(super) fn keep(self, reply: &Reply, caller: &str, until: Timestamp) {
        if let (Some(turn), Reply::Body { status: 200, media_type, body, etag, digest, .. }) =
            (self.turn, reply)
        {
            turn.answer(Remembered {
                media_type,
                body: body.clone(),
                etag: etag.clone(),
                digest: digest.unwrap_or_else(|| digest_of(body)),
                caller: caller.to_owned(),
                until,
            });
        }
    }
}

pub(super) fn log_inside(error: &Error, request: RequestId) {
    if let Some(inside) = &error.inside {
        tracing::error!(request = %request, code = error.code, error = %inside, "failed");
    }
}
