//! The gate: what happens to every request of an endpoint before and after its handler, within the
//! [`frame`](super::frame). Order matters; the first check that fails decides the answer.
//!
//! query → token (401) → role (403, recorded) → body (408, 413, 415) → handler → answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::http::header::{
    self, AcceptLanguage, EntityTag, Header, HeaderMap, HeaderName, HeaderValue, IfNoneMatch,
};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde_json::json;

use super::State;
use super::endpoints::{Body, Endpoint, Method};
use super::frame::Frame;
use super::intake::{IDLE, Reading, WHOLE, too_slow};
use super::memory::Remembered;
use super::pages;
use super::request::{Incoming, Reply, Request};
use super::routes::Names;
use crate::actions::answers;
use crate::actions::evidence::Download;
use crate::actions::login::{authenticate, authenticate_page};
use crate::actions::networks::network_of;
use crate::actions::{Caller, REAUTHENTICATION_REQUIRED, RequestContext};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::RequestId;
use crate::domain::record::{Digest, digest_of};
use crate::domain::text::normalised;
use crate::domain::time::Timestamp;
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::files::content_disposition;

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
    Ok(render(reply, replayed, row.cacheable, http))
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
    let remembering = if row.steady { Remembering::begin(state, http, shown) } else { None };
    if let Some(found) = remembering.as_ref().and_then(|remembering| remembering.recall(state)) {
        frame.is_of(&found.caller);
        return Ok((found.reply(), false));
    }
    let caller = match (token, &cookie) {
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
    let sent = Sent {
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
    let who = context.caller.as_ref().map_or_else(String::new, |caller| caller.name.clone());
    let until = context.caller.as_ref().map(|caller| caller.good_until);
    let (reply, replayed) = pass(state, row, context, sent, body, payload).await?;
    drop((upload, reading));
    let reply = if row.cacheable { reply.tagged() } else { reply };
    if let Some(remembering) = remembering {
        let an_hour = state.service.clock.now().plus_seconds(3600);
        remembering.keep(state, &reply, &who, until.unwrap_or(an_hour));
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
        "此操作须再次证明身份：请先输入密码（POST /api/v1/me/reauthenticate）",
        "This asks again who you are: give your password first (POST /api/v1/me/reauthenticate)",
    );
    state.service.refused_by_role(&Arc::new(context), row.action, error.code).await?;
    Err(error)
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
    sent: Sent,
    body: Bytes,
    payload: Option<Incoming>,
) -> Result<(Reply, bool)> {
    context.received_at = state.service.clock.now();
    context.idempotency = idempotency(row, &sent, &body)?;
    context.by_form = sent.by_form;
    context.confirmed = sent.confirmed.as_deref().and_then(|text| text.trim_matches('"').parse().ok());
    let context = Arc::new(context);
    // Each file of an upload is answered by itself, which is known once it has come; a form is answered by a page.
    let whole = !matches!(row.body, Body::File) && !sent.by_form;
    if let Some(sent) = if whole { answers::sent(&state.service, &context).await? } else { None } {
        return Ok((Reply::again(sent), true));
    }
    let unconditional = sent.if_match.as_deref().is_none_or(|tag| tag.trim() == "*");
    let work = (row.handler)(Request {
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
    });
    let reply = work.await.map_err(|error| {
        // Who says nothing about what they saw is told to, but only where nothing else blocks the act.
        if row.needs_revision && unconditional && error.kind == Kind::Stale {
            let mut error = Error::new(
                Kind::PreconditionRequired,
                "if_match_required",
                "请用 If-Match 标明所依据的版本（读取时的 ETag）",
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

/// A request whose answer may be remembered.
pub(super) struct Remembering {
    version: u64,
    now: Timestamp,
    key: (String, String),
}

impl Remembering {
    pub(super) fn begin(state: &State, http: &HttpRequest, token: Option<&str>) -> Option<Self> {
        let version = state.service.db.version()?;
        let address = http.uri().path_and_query().map(ToString::to_string)?;
        let key = (token.unwrap_or_default().to_owned(), address);
        Some(Self { version, now: state.service.clock.now(), key })
    }

    pub(super) fn recall(&self, state: &State) -> Option<Remembered> {
        state.memory.recall(self.version, self.now, &self.key)
    }

    /// Remembers what `caller` was answered, until a moment at the latest.
    pub(super) fn keep(self, state: &State, reply: &Reply, caller: &str, until: Timestamp) {
        if let Reply::Body { status: 200, media_type, body, etag, digest, .. } = reply {
            let remembered = Remembered {
                media_type,
                body: body.clone(),
                etag: etag.clone(),
                digest: digest.unwrap_or_else(|| digest_of(body)),
                caller: caller.to_owned(),
                until,
            };
            state.memory.keep(self.version, self.key, remembered);
        }
    }
}

/// Refuses paths that two readers could read differently.
pub(super) fn check_path(http: &HttpRequest) -> Result<()> {
    let path = http.uri().path().to_ascii_lowercase();
    let odd = ["%00", "%2f", "%5c", "%2e", "//", "/../", "/./"];
    if odd.iter().any(|part| path.contains(part)) || decoded(&path).is_none() {
        return Err(Error::bad_request("bad_path", "地址无效", "The address is not valid"));
    }
    Ok(())
}

fn read_query(row: &Endpoint, text: &str) -> Result<BTreeMap<String, String>> {
    let mut query = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(Error::bad_request("bad_query", "查询参数编码有误", "The query is not well-formed"));
        };
        if name == "access_token" || name == "token" {
            return Err(Error::bad_request(
                "token_in_url",
                "令牌不能放在地址中，请使用 Authorization 头，并重新登录",
                "A token does not belong into an address; use the Authorization header, and sign in again",
            ));
        }
        if !row.query.iter().any(|(known, ..)| *known == name) {
            return Err(Error::bad_request(
                "bad_query",
                "有不认识的查询参数",
                "The query has a parameter that this address does not take",
            ));
        }
        if query.insert(name, value).is_some() {
            return Err(Error::bad_request(
                "bad_query",
                "查询参数重复",
                "A parameter stands twice in the query",
            ));
        }
    }
    Ok(query)
}

/// Percent-decodes a form-encoded text, which becomes NFC; nothing that is not UTF-8 or has control characters.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut decoded = [0];
                hex::decode_to_slice(digits, &mut decoded).ok()?;
                decoded[0]
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control)).map(normalised)
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && values.next().is_none() => {
            Ok(Some(token.trim()))
        }
        _ => Err(ambiguous_credentials()),
    }
}

pub(super) fn ambiguous_credentials() -> Error {
    Error::bad_request(
        "ambiguous_credentials",
        "请求带有无效的或多份登录凭证",
        "The request carries no well-formed bearer token, or more than one credential",
    )
}

async fn read_json(headers: &HeaderMap, payload: Payload, reading: &mut Reading<'_>) -> Result<Bytes> {
    let text =
        |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let media_type = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") || headers.contains_key(header::CONTENT_ENCODING)
    {
        return Err(Error::new(
            Kind::UnsupportedMediaType,
            "unsupported_media_type",
            "请求内容须为未压缩的 application/json",
            "The body must be application/json, not compressed",
        ));
    }
    reading.announced(text(header::CONTENT_LENGTH).parse().ok())?;
    let broken = || Error::bad_request("broken_off", "请求不完整", "The request broke off");
    Ok(read_whole(payload, reading, broken).await?.freeze())
}

/// Reads a body into memory, within the bounds of its sender.
pub(super) async fn read_whole(
    mut payload: Payload,
    reading: &mut Reading<'_>,
    broken: fn() -> Error,
) -> Result<BytesMut> {
    let read = async {
        let mut body = BytesMut::new();
        while let Some(piece) = tokio::time::timeout(IDLE, payload.next()).await.map_err(|_| too_slow())? {
            let piece = piece.map_err(|_| broken())?;
            reading.count(piece.len()).await?;
            body.extend_from_slice(&piece);
        }
        Ok(body)
    };
    tokio::time::timeout(WHOLE, read).await.map_err(|_| too_slow())?
}

/// Reads past a body where none belongs, so that the connection stays usable; refuses more than a few bytes.
async fn read_nothing(mut payload: Payload) -> Result<Bytes> {
    let read = async {
        let mut length = 0;
        while let Some(Ok(piece)) = payload.next().await {
            length += piece.len();
            if length > 1024 {
                return Err(Error::new(
                    Kind::TooLarge,
                    "too_large",
                    "此操作不需要请求内容",
                    "This act takes no body",
                ));
            }
        }
        Ok(Bytes::new())
    };
    tokio::time::timeout(IDLE, read).await.map_err(|_| too_slow())?
}

/// The idempotency key with the fingerprint of what it stands for: all that is asked but the bytes of a file, which come
/// later.
fn idempotency(row: &Endpoint, sent: &Sent, body: &[u8]) -> Result<Option<(String, Digest)>> {
    if !row.idempotent {
        return Ok(None);
    }
    let Some(key) = &sent.idempotency_key else { return Ok(None) };
    let key = key.trim_matches('"');
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(16..=64).contains(&key.len()) || !key.chars().all(allowed) {
        return Err(Error::bad_request(
            "idempotency_key",
            "Idempotency-Key 须为16至64个字母、数字、连字符或下划线",
            "An Idempotency-Key has 16 to 64 letters, digits, hyphens and underscores",
        ));
    }
    let mut whole = format!("{} {}\n", row.method.as_str(), sent.address).into_bytes();
    for (name, value) in &sent.query {
        whole.extend(format!("{name}={value}\n").bytes());
    }
    whole.extend(sent.objection_code.iter().flat_map(|code| code.bytes()));
    whole.extend_from_slice(body);
    Ok(Some((key.to_owned(), digest_of(&whole))))
}

/// The language of messages: English where it is asked for before Chinese, else Chinese.
pub(super) fn language(http: &HttpRequest) -> Language {
    let wanted = AcceptLanguage::parse(http).map(|wanted| wanted.ranked()).unwrap_or_default();
    let known = wanted.iter().find_map(|wanted| match wanted.item()?.primary_language() {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    });
    known.unwrap_or(Language::Chinese)
}

pub(super) fn log_inside(error: &Error, request: RequestId) {
    if let Some(inside) = &error.inside {
        tracing::error!(request = %request, code = error.code, error = %inside, "failed");
    }
}

/// An error as `application/problem+json` (RFC 9457).
pub(super) fn render_error(error: &Error, language: Language, request: RequestId) -> HttpResponse {
    let errors: Vec<_> = error
        .problems
        .iter()
        .map(|problem| {
            json!({
                "pointer": problem.pointer,
                "code": problem.code,
                "detail": problem.message.in_language(language),
            })
        })
        .collect();
    let status = error.kind.status();
    let mut body = json!({
        "type": format!("/api/docs/errors#{}", error.code),
        "title": StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error"),
        "status": status,
        "code": error.code,
        "detail": error.message.in_language(language),
        "request_id": request,
    });
    if !errors.is_empty() {
        body["errors"] = errors.into();
    }
    if let Some(digest) = &error.confirm {
        body["confirm"] = json!(digest);
    }
    let mut response = builder(status);
    if let Some(revision) = error.revision {
        response.insert_header((header::ETAG, format!("\"{revision}\"")));
    }
    if let Some(seconds) = error.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if error.kind == Kind::Unauthenticated {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    let tag = match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    response.insert_header((header::CONTENT_LANGUAGE, tag));
    response.content_type("application/problem+json").body(body.to_string())
}

pub(super) fn builder(status: u16) -> HttpResponseBuilder {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Whether whoever asks has what bears this tag already, as `If-None-Match` says.
pub(super) fn has_already(http: &HttpRequest, tag: &str) -> bool {
    let Ok(tag) = tag.parse::<EntityTag>() else { return false };
    match IfNoneMatch::parse(http) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(seen)) => seen.iter().any(|seen| seen.weak_eq(&tag)),
        Err(_) => false,
    }
}

fn render(reply: Reply, replayed: bool, cacheable: bool, http: &HttpRequest) -> HttpResponse {
    let mut response = match reply {
        Reply::Done => return builder(204).finish(),
        Reply::Lines(lines) => {
            let pieces = lines.map(|piece| piece.map_err(|error| std::io::Error::other(error.to_string())));
            return builder(200).content_type("application/x-ndjson").streaming(pieces);
        }
        Reply::File(download) => {
            let size = download.stream.size;
            return builder(200)
                .content_type(download.media_type.as_str())
                .insert_header((header::CONTENT_DISPOSITION, content_disposition(&download.name)))
                .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
                .insert_header((header::CONTENT_ENCODING, "identity"))
                .insert_header(repr_digest(&download))
                .no_chunking(size)
                .streaming(download.stream.stream);
        }
        Reply::Body { status, media_type, body, etag, digest, location } => {
            let unchanged = cacheable && etag.as_deref().is_some_and(|tag| has_already(http, tag));
            let mut response = builder(if unchanged { 304 } else { status });
            if let Some(etag) = etag {
                response.insert_header((header::ETAG, etag));
            }
            if let Some(location) = location {
                response.insert_header((header::LOCATION, location));
            }
            if unchanged {
                return response.finish();
            }
            let mut response = response.content_type(media_type).body(body);
            known_by(&mut response, digest);
            response
        }
    };
    if replayed {
        response
            .headers_mut()
            .insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    }
    response
}

/// The digest of the bytes that are sent (RFC 9530): of a copy its own, not the uploaded file's.
pub(super) fn repr_digest(download: &Download) -> (&'static str, String) {
    ("repr-digest", format!("sha-256=:{}:", STANDARD.encode(download.digest.0)))
}

/// Says by which digest what was compressed of an answer is found again.
pub(super) fn known_by(response: &mut HttpResponse, digest: Option<Digest>) {
    if let Some(digest) = digest {
        response.extensions_mut().insert(digest);
    }
}

/// Headers of every answer to a request of the service proper.
pub(super) fn finish(headers: &mut HeaderMap, request: RequestId, cacheable: bool) {
    set(headers, "x-request-id", &request.to_string());
    set(headers, "cache-control", if cacheable { "public, max-age=0, must-revalidate" } else { "no-store" });
    set(headers, "vary", "Authorization, Accept-Language, Accept-Encoding");
    protect(headers);
}

/// Headers of every answer that this program gives.
pub(super) fn protect(headers: &mut HeaderMap) {
    set(headers, "content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "referrer-policy", "no-referrer");
    set(headers, "cross-origin-resource-policy", "same-origin");
    set(headers, "cross-origin-opener-policy", "same-origin");
}

/// Sets a header unless the answer has its own.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let name = HeaderName::from_static(name);
    if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

/// How many requests an address may make.
pub(super) struct Limits {
    all: Option<Limiter>,
    logins: Option<Limiter>,
}

type Limiter = governor::DefaultKeyedRateLimiter<String>;

impl Limits {
    /// `a_second` requests in the mean, five times as many at once; logins and the like 120 a minute: a panel that
    /// signs in behind one address at nine o'clock gets in, and wrong passwords are counted elsewhere. None: no limits.
    pub(super) fn new(a_second: Option<std::num::NonZeroU32>) -> Self {
        let logins = std::num::NonZeroU32::new(120).expect("120 is not 0");
        Self {
            all: a_second.map(|rate| {
                Limiter::keyed(
                    governor::Quota::per_second(rate)
                        .allow_burst(rate.saturating_mul(std::num::NonZeroU32::new(5).expect("5 is not 0"))),
                )
            }),
            logins: a_second.map(|_| Limiter::keyed(governor::Quota::per_minute(logins))),
        }
    }

    pub(super) fn check(&self, source: &str, action: Action) -> Result<()> {
        let key = network_of(source);
        let secret = matches!(
            action,
            Action::LogIn | Action::AcceptLink | Action::SetUp | Action::ChangePassword | Action::ProveAgain
        );
        let limiter = if secret { &self.logins } else { &self.all };
        match limiter {
            Some(limiter) if limiter.check_key(&key).is_err() => Err(Error::new(
                Kind::TooManyRequests,
                "too_many_requests",
                "请求过于频繁，请稍后再试",
                "Too many requests from this address; try again shortly",
            )
            .after(if secret { 60 } else { 1 })),
            _ => Ok(()),
        }
    }

    /// Forgets addresses that have been quiet, so that memory does not grow with every visitor.
    pub(super) fn forget_the_quiet(&self) {
        for limiter in [&self.all, &self.logins].into_iter().flatten() {
            limiter.retain_recent();
        }
    }
}
