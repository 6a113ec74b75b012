//! How a page is answered: who asks, whether they may, what they see, and what they see instead.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::form::Carried;
use super::layout::is_public;
use super::request::{Brought, ENGLISH, Onward, Page, PageRequest, in_language};
use super::{FLASH, POLICY, PageRoute, SESSION, TRIP, cookie, csrf_token, errors, layout, session_cookie};
use crate::actions::evidence::Download;
use crate::actions::login::{authenticate_page, keep_alive, page_cookie};
use crate::actions::{Caller, RequestContext, Service};
use crate::domain::ids::RequestId;
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::files::content_disposition;
use crate::http::State;
use crate::http::frame::Frame;
use crate::http::gate::{self, Remembering};
use crate::http::request::{HTML, Reply};
use crate::http::routes::Names;

/// Seconds that a rendered page may be given again: a page shows today's date, and how long ago things were.
const REMEMBERED_FOR: i64 = 60;

/// Answers a request for a page.
pub(in crate::http) async fn show(
    state: &State,
    page: &PageRoute,
    names: Names,
    frame: &Frame,
    http: &HttpRequest,
) -> Result<HttpResponse> {
    if !matches!(*http.method(), HttpMethod::GET | HttpMethod::HEAD) {
        return Err(gate::no_such_method());
    }
    let public = is_public(page.action);
    let headers = http.headers();
    let session = if public { None } else { session_cookie(headers) };
    let flash = cookie(headers, FLASH);
    // The version is taken before anything is read: a page is remembered for the state that it was read from.
    let mut remembering =
        if flash.is_none() { Remembering::begin(state, http, session.as_deref()) } else { None };
    if let Some(found) = remembering.as_ref().and_then(|remembering| remembering.recall(state)) {
        frame.is_of(&found.caller);
        return Ok(whole(&found.reply(), http));
    }
    let caller = match &session {
        Some(session) => Some(enter(state, session, &frame.source, frame.request).await?),
        None => None,
    };
    if let Some(caller) = &caller {
        frame.is_of(&caller.name);
    }
    let until = caller.as_ref().map(|caller| caller.good_until);
    let context = context(state, caller, frame.source.clone(), frame.request);
    let context = Arc::new(gate::may_visit(state, context, page.action).await?);
    if let Some(remembering) = &mut remembering
        && let Some(found) = remembering.turn(state).await
    {
        return Ok(whole(&found.reply(), http));
    }
    let path = http.path();
    let mut request =
        request(state, context, path, http.query_string(), session.as_deref().unwrap_or_default());
    request.path = names.into_iter().collect();
    request.flash = flash.as_deref().and_then(gate::decoded).map(|told| match told.split_once(' ') {
        Some((act, words)) => (words.to_owned(), act.to_owned()),
        None => (told, String::new()),
    });
    request.brought = brought(headers);
    let request = Rc::new(request);
    let mut shown = (page.handler)(Rc::clone(&request)).await?;
    request.service.db.let_go();
    if let Some((download, policy)) = shown.file.take() {
        return Ok(inline(*download, policy));
    }
    if let Some(onward) = shown.onward.take() {
        return leave(state, &onward);
    }
    if let Some(elsewhere) = &shown.elsewhere {
        return Ok(see(&request.link(elsewhere)));
    }
    let reply = Reply::text(HTML, body(&request, &shown)).tagged();
    if let (Some(remembering), false) = (remembering, request.once.get()) {
        let soon = state.service.clock.now().plus_seconds(REMEMBERED_FOR);
        let name = request.context.caller.as_ref().map_or("", |caller| caller.name.as_str());
        remembering.keep(&reply, name, until.map_or(soon, |until| until.min(soon)));
    }
    let mut response = whole(&reply, http);
    if flash.is_some() {
        forget_flash(&mut response);
    }
    Ok(response)
}

/// Who the cookie belongs to. Reading pages is being there: the session is kept alive by it.
pub(super) async fn enter(state: &State, session: &str, source: &str, request: RequestId) -> Result<Caller> {
    let (caller, quiet) = authenticate_page(&state.service, session).await?;
    if quiet {
        let context = context(state, Some(caller.clone()), source.to_owned(), request);
        keep_alive(&state.service, &Arc::new(context)).await?;
    }
    Ok(caller)
}

fn context(state: &State, caller: Option<Caller>, source: String, request: RequestId) -> RequestContext {
    RequestContext::new(caller, source, request, state.service.clock.now())
}

/// A page as it is asked for at an address, the names in it left out.
fn request(
    state: &State,
    context: Arc<RequestContext>,
    path: &str,
    query: &str,
    session: &str,
) -> PageRequest {
    asked_of(&state.service, context, path, query, session)
}

/// A page for nobody in particular, that becomes a file; the names in its address left out.
pub(super) fn still(service: &Service, path: &str, query: &str) -> PageRequest {
    PageRequest { still: true, ..asked_of(service, RequestContext::nobody(&service.clock), path, query, "") }
}

fn asked_of(
    service: &Service,
    context: Arc<RequestContext>,
    path: &str,
    query: &str,
    session: &str,
) -> PageRequest {
    let (language, path) = language_of(path);
    let here = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query =
        pairs.filter_map(|(name, value)| Some((gate::decoded(name)?, gate::decoded(value)?))).collect();
    PageRequest {
        service: service.in_one_snapshot(),
        context,
        language,
        path: BTreeMap::new(),
        query,
        here,
        csrf_token: csrf_token(session),
        carried: None,
        complaint: RefCell::new(None),
        once: Cell::new(false),
        flash: None,
        brought: Brought::default(),
        still: false,
    }
}

/// The language that an address asks for, and the address without it.
pub(in crate::http) fn language_of(path: &str) -> (Language, &str) {
    match path.strip_prefix(ENGLISH) {
        Some("") => (Language::English, "/"),
        Some(rest) if rest.starts_with('/') => (Language::English, rest),
        _ => (Language::Chinese, path),
    }
}

/// The page of an address (with its query) again, after a form on it has failed; the error's own page where the form's
/// can't be shown. What was typed is on either.
pub(super) async fn again(
    state: &State,
    context: &Arc<RequestContext>,
    session: &str,
    address: &str,
    carried: Carried,
) -> HttpResponse {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let (_, plain) = language_of(path);
    let error = carried.error.clone();
    let typed = carried.fields.clone();
    let mut request = request(state, Arc::clone(context), path, query, session);
    request.carried = Some(carried);
    let page = state.pages.find(plain).map(|(page, names)| {
        request.path = names.into_iter().collect();
        page
    });
    let request = Rc::new(request);
    let shown = match page {
        Some(page) => own_page(state, page, &request).await,
        None => None,
    };
    let shown = shown.unwrap_or_else(|| errors::failed(&request, &error, context.request, &typed));
    failure(&error, body(&request, &shown), &request.link(&request.here))
}

/// The page, if whoever asks may see it.
async fn own_page(state: &State, page: &PageRoute, request: &Rc<PageRequest>) -> Option<Page> {
    let context = &request.context;
    let again = RequestContext::new(
        context.caller.clone(),
        context.source.clone(),
        context.request,
        context.received_at,
    );
    gate::may_visit(state, again, page.action).await.ok()?;
    let shown = (page.handler)(Rc::clone(request)).await.ok();
    request.service.db.let_go();
    shown
}

/// A page in answer to an act.
pub(super) fn reveal(
    state: &State,
    context: &Arc<RequestContext>,
    session: &str,
    address: &str,
    show: impl FnOnce(&PageRequest) -> Result<Page>,
) -> Result<HttpResponse> {
    reveal_again(state, context, session, address, None, show)
}

/// The same with a form that failed on it.
pub(super) fn reveal_again(
    state: &State,
    context: &Arc<RequestContext>,
    session: &str,
    address: &str,
    carried: Option<Carried>,
    show: impl FnOnce(&PageRequest) -> Result<Page>,
) -> Result<HttpResponse> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = request(state, Arc::clone(context), path, query, session);
    request.carried = carried;
    let shown = show(&request)?;
    let mut response = page_response(200, body(&request, &shown));
    push(&mut response, &request.link(&request.here));
    Ok(response)
}

pub(super) fn body(request: &PageRequest, shown: &Page) -> Bytes {
    Bytes::from(layout::page(request, shown))
}

/// A file that a page shows in a frame or as a picture.
fn inline(download: Download, policy: &'static str) -> HttpResponse {
    let size = download.stream.size;
    let disposition = content_disposition(&download.name).replacen("attachment", "inline", 1);
    gate::builder(200)
        .content_type(download.media_type.as_str())
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(gate::repr_digest(&download))
        .no_chunking(size)
        .streaming(download.stream.stream)
}

fn page_response(status: u16, body: Bytes) -> HttpResponse {
    gate::builder(status)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .content_type(HTML)
        .body(body)
}

fn failure(error: &Error, body: Bytes, page: &str) -> HttpResponse {
    let mut response = page_response(error.kind.status(), body);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    push(&mut response, page);
    response
}

/// Tells a script that sent a form which page this is.
fn push(response: &mut HttpResponse, page: &str) {
    if let Ok(page) = HeaderValue::from_str(page) {
        response.headers_mut().insert(header::HeaderName::from_static("hx-push-url"), page);
    }
}

/// A page with its tag, or that the browser has it already.
fn whole(reply: &Reply, http: &HttpRequest) -> HttpResponse {
    let Reply::Body { body, etag: Some(etag), digest, .. } = reply else {
        return gate::builder(500).finish();
    };
    let mut response = if gate::has_already(http, etag) {
        gate::builder(304).insert_header((header::CONTENT_SECURITY_POLICY, POLICY)).finish()
    } else {
        page_response(200, body.clone())
    };
    gate::known_by(&mut response, *digest);
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// Sends the browser to another page.
pub(super) fn see(page: &str) -> HttpResponse {
    let mut address = String::with_capacity(page.len());
    for byte in page.bytes() {
        if byte.is_ascii_graphic() {
            address.push(byte.into());
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    HttpResponse::build(StatusCode::SEE_OTHER).insert_header((header::LOCATION, address)).finish()
}

/// Sets the cookie of a session; without one, ends it.
pub(super) fn set_session(response: &mut HttpResponse, session: Option<&str>) {
    let mut cookie = Cookie::build(SESSION, session.unwrap_or_default())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    if session.is_none() {
        cookie.set_max_age(Duration::ZERO);
    }
    add(response, &cookie);
}

fn brought(headers: &HeaderMap) -> Brought {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Brought {
        ticket: cookie(headers, TRIP),
        from_site: text("sec-fetch-site").map(str::to_owned),
        program: text(header::USER_AGENT.as_str()).unwrap_or_default().chars().take(200).collect(),
    }
}

/// Sends the browser on, to another page or another site.
fn leave(state: &State, onward: &Onward) -> Result<HttpResponse> {
    let mut response = see(&onward.address);
    let mut trip = Cookie::build(TRIP, onward.ticket.clone().unwrap_or_default())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::minutes(10))
        .finish();
    if onward.ticket.is_none() {
        trip.set_max_age(Duration::ZERO);
    }
    add(&mut response, &trip);
    if let Some(login) = &onward.login {
        set_session(&mut response, Some(&page_cookie(&state.service, login)?));
    }
    Ok(response)
}

/// Has the next page tell something, and which act it is about: a script then keeps nothing more of that form.
pub(super) fn set_flash(response: &mut HttpResponse, words: &str, act: &str) {
    let words: String = words.chars().take(200).collect();
    let told = format!("{act} {words}");
    let value: String = form_urlencoded::byte_serialize(told.as_bytes()).collect();
    add(response, &flash_cookie(value, Duration::minutes(1)));
}

fn forget_flash(response: &mut HttpResponse) {
    add(response, &flash_cookie(String::new(), Duration::ZERO));
}

fn flash_cookie(value: String, lasts: Duration) -> Cookie<'static> {
    Cookie::build(FLASH, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(lasts)
        .finish()
}

fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// What is shown instead of a page. Who must sign in is sent to where one signs in, and comes back.
pub(in crate::http) async fn failed(
    state: &State,
    frame: &Frame,
    http: &HttpRequest,
    error: &Error,
) -> HttpResponse {
    let address = http.uri().path_and_query().map_or("/", |path| path.as_str());
    failed_at(state, frame, http, error, address).await
}

/// The same at another address than the request's, with its query.
pub(super) async fn failed_at(
    state: &State,
    frame: &Frame,
    http: &HttpRequest,
    error: &Error,
    address: &str,
) -> HttpResponse {
    let (language, here) = language_of(address);
    if error.kind == Kind::Unauthenticated {
        let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        let mut response = see(&in_language(language, &format!("/sign-in?next={next}")));
        if session_cookie(http.headers()).is_some() {
            set_session(&mut response, None);
        }
        return response;
    }
    let session = session_cookie(http.headers()).unwrap_or_default();
    let caller = authenticate_page(&state.service, &session).await.ok().map(|(caller, _)| caller);
    let context = Arc::new(context(state, caller, frame.source.clone(), frame.request));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let request = request(state, context, path, query, &session);
    let page = errors::failed(&request, error, frame.request, &Vec::new());
    failure(error, body(&request, &page), &request.link(&request.here))
}
