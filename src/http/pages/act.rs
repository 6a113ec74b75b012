//! Forms: `/act/v1/…` takes the fields of a form and does the act of `/api/v1/…`, by the same row of the same table.
//!
//! What a header says elsewhere, a field says here: `_revision` is `If-Match`, `_key` is `Idempotency-Key`, `?name` a
//! query parameter. A form bears a seal that another site can't know, and is sent from this site alone. Afterwards the
//! browser is sent to the page that the form names; a form that failed is shown again with what was typed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use actix_web::http::Method as HttpMethod;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use maud::html;
use serde_json::{Value, json};

use super::fields::{self, Document, Fields, sent};
use super::form::Carried;
use super::layout::is_public;
use super::piecewise::{self, Left, Mended};
use super::request::{Page, PageRequest, in_language};
use super::serve::{self, again, language_of, reveal, see};
use super::{confirmation, csrf_token, reveals, second_factor, session_cookie, words};
use crate::actions::login::{LogInView, TicketView, TokenView, page_cookie};
use crate::actions::networks::network_of;
use crate::actions::{Caller, REAUTHENTICATION_REQUIRED, RequestContext, log_in_first};
use crate::domain::access::Action;
use crate::domain::ids::RequestId;
use crate::domain::problem::{FieldProblem, Message};
use crate::domain::record::digest_of;
use crate::domain::values::{Language, count};
use crate::error::{Error, Kind, Result};
use crate::files::decoded;
use crate::http::State;
use crate::http::endpoints::{Body, Endpoint, Method};
use crate::http::frame::Frame;
use crate::http::gate::{self, Sent};
use crate::http::intake::{IDLE, Reading, WHOLE, too_slow};
use crate::http::request::Reply;
use crate::http::routes::Names;

/// The most fields of a form.
const MOST_COUNT: usize = 10_000;
/// The longest that the rest of a form is read after an error, so that the browser gets to hear of it.
const REST: Duration = Duration::from_secs(60);

/// A form as it was sent.
struct Form {
    language: Language,
    /// The endpoint's address.
    address: String,
    fields: Fields,
    files: Option<Files>,
}

/// The files of a form that are still on their way.
struct Files {
    next: Field,
    rest: Multipart,
}

/// Where a form was sent.
pub(in crate::http) struct Place<'a> {
    language: Language,
    /// The endpoint's address.
    address: String,
    /// What it has, and the names in it.
    rows: &'a [Endpoint],
    names: Names,
}

impl Place<'_> {
    /// What forms can do there.
    fn acts(&self) -> impl Iterator<Item = &Endpoint> {
        self.rows.iter().filter(|row| row.method != Method::Get)
    }

    /// The first of it, by which the rate is counted before the form is read.
    pub(in crate::http) fn action(&self) -> Option<Action> {
        self.acts().next().map(|row| row.action)
    }
}

/// The act that a form is for, and the names in its address.
struct MatchedEndpoint<'a> {
    row: &'a Endpoint,
    path: Names,
}

/// Who sends a form, and from where.
struct Sender {
    caller: Option<Caller>,
    /// The cookie of the session; empty without one.
    session: String,
    source: String,
    request: RequestId,
    agent: String,
}

/// How an act ended.
struct Done {
    reply: Value,
    revision: Option<String>,
    /// What was wrong and is not stored, where the rest of a form is. Pointers are names of fields.
    left: Vec<FieldProblem>,
}

/// The longest address of a page that a form may name.
const LONGEST_PAGE: usize = 2_000;

/// What the addresses of forms begin with, without the language.
pub(in crate::http) const ACTS: &str = "/act/v1/";

/// What is shown where not even the form's own page is known.
pub(in crate::http) async fn act_failed(
    state: &State,
    frame: &Frame,
    http: &HttpRequest,
    error: Error,
) -> HttpResponse {
    let address = if language_of(http.path()).0 == Language::English { "/en/" } else { "/" };
    // Too large to be read at all: whoever is signed in stays so, and is told with the way back.
    if error.kind == Kind::TooLarge {
        return serve::failed_at(state, frame, http, &error, address).await;
    }
    let nobody = Sender::of(frame, http).context(state);
    again(state, &nobody, "", address, Carried { act: String::new(), fields: Fields::new(), error }).await
}

/// Answers a form.
pub(in crate::http) async fn act(
    state: &State,
    place: &Place<'_>,
    frame: &Frame,
    http: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse> {
    if http.method() != HttpMethod::POST {
        return Err(gate::no_such_method());
    }
    is_from_here(http.headers())?;
    let mut sender = Sender::of(frame, http);
    let entered = enter(state, &sender, place, frame).await?;
    let caller = entered.as_ref().and_then(|entered| entered.as_ref().ok());
    let mut reading = state.intake.body(caller, &sender.source);
    let (mut form, fault) = read(http, payload, place, &mut reading).await?;
    let matched = matched(place, &form)?;
    if let Err(error) = admit(&mut sender, entered, &form, &matched) {
        let files = form.files.take();
        let had_files = files.is_some();
        drain(files).await;
        // Whoever sent it without being let in is shown nothing as anybody in particular.
        sender.caller = None;
        let ended = error.kind == Kind::Unauthenticated && !is_public(matched.row.action);
        if ended && !is_autosave(&form) {
            return sign_in_again(state, &sender, &form, had_files);
        }
        return Ok(failed(state, &sender, form, &matched, error).await);
    }
    let outcome = match fault {
        Some(fault) => Err(fault),
        None if sent(&form.fields, "_back").is_some() => Err(confirmation::not_yet()),
        None => perform(state, &sender, &mut form, &matched).await,
    };
    drain(form.files.take()).await;
    match outcome {
        Ok(done) if !done.left.is_empty() && !is_autosave(&form) => {
            Ok(failed(state, &sender, form, &matched, stored_in_part(done.left)).await)
        }
        Ok(done) => match resumed(&form).filter(|_| matched.row.action == Action::ProveAgain) {
            Some(resumed) => go_on(state, sender, form.language, resumed).await,
            None => succeeded(state, &sender, &form, &matched, &done),
        },
        Err(error) if error.code == REAUTHENTICATION_REQUIRED && !is_autosave(&form) => {
            let kept = (form.address.clone(), without_seal(&form.fields));
            ask_again(state, &sender, form.language, &kept, None, &own_page(&form, "_page")).await
        }
        Err(error) if matched.row.action == Action::ProveAgain => match resumed(&form) {
            Some(kept) => {
                let page = own_page(&form, "_page");
                let act = format!("{} {}", matched.row.method.as_str(), form.address);
                let carried = Carried { act, fields: form.fields, error };
                ask_again(state, &sender, form.language, &kept, Some(carried), &page).await
            }
            None => Ok(failed(state, &sender, form, &matched, error).await),
        },
        Err(error) => Ok(failed(state, &sender, form, &matched, error).await),
    }
}

/// What a form carries along to be sent after it.
fn resumed(form: &Form) -> Option<Resumed> {
    sent(&form.fields, "_resume").and_then(|text| serde_json::from_str(text).ok())
}

fn without_seal(fields: &Fields) -> Fields {
    fields.iter().filter(|(name, _)| name != "_csrf_token").cloned().collect()
}

/// Does what was sent before its sender was asked again who they are.
async fn go_on(
    state: &State,
    mut sender: Sender,
    language: Language,
    (address, fields): Resumed,
) -> Result<HttpResponse> {
    fields::check(&fields)?;
    let (rows, names) = state.endpoints.find(&address).ok_or_else(Error::not_found)?;
    let mut form = Form { language, address: address.clone(), fields, files: None };
    let matched = matched(&Place { language, address, rows, names }, &form)?;
    // Who sends it has shown who they are since the caller was looked up.
    sender.caller = Some(serve::enter(state, &sender.session, &sender.source, sender.request).await?);
    match perform(state, &sender, &mut form, &matched).await {
        Ok(done) => succeeded(state, &sender, &form, &matched, &done),
        Err(error) => Ok(failed(state, &sender, form, &matched, error).await),
    }
}

/// Asks again who the sender of a form is, and keeps it.
async fn ask_again(
    state: &State,
    sender: &Sender,
    language: Language,
    resumed: &Resumed,
    carried: Option<Carried>,
    page: &str,
) -> Result<HttpResponse> {
    let status = carried.as_ref().map_or(403, |carried| carried.error.kind.status());
    let text = serde_json::to_string(resumed).map_err(|error| Error::internal(error.to_string()))?;
    let page = in_language(language, page);
    let context = sender.context(state);
    let factor = crate::actions::second_factor::read(&state.service, &context).await?;
    let mut response = serve::reveal_again(state, &context, &sender.session, &page, carried, |request| {
        second_factor::proof_page(request, &factor, text, &resumed.1)
    })?;
    *response.status_mut() = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    Ok(response)
}

impl Sender {
    /// The sender of a request, as long as nobody knows who it is.
    fn of(frame: &Frame, http: &HttpRequest) -> Self {
        let agent = http.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            caller: None,
            session: session_cookie(http.headers()).unwrap_or_default(),
            source: frame.source.clone(),
            request: frame.request,
            agent: agent.unwrap_or_default().chars().take(200).collect(),
        }
    }

    fn context(&self, state: &State) -> Arc<RequestContext> {
        let now = state.service.clock.now();
        Arc::new(RequestContext::new(self.caller.clone(), self.source.clone(), self.request, now))
    }

    /// The key of a form of a page that is the same for everybody, and so has none of its own: sent twice from one
    /// network with the same words it is one act.
    fn common_key(&self) -> Option<String> {
        let key = || digest_of(format!("form {}", network_of(&self.source))).to_string();
        self.caller.is_none().then(key)
    }

    /// What the fields say that headers say elsewhere.
    fn sent(&self, form: &Form, matched: &MatchedEndpoint<'_>) -> Sent {
        let own = |name: &str| sent(&form.fields, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let query = form.fields.iter().filter(|(_, value)| !value.is_empty());
        let query =
            query.filter_map(|(name, value)| Some((name.strip_prefix('?')?.to_owned(), value.clone())));
        Sent {
            caller: self.caller.clone(),
            source: self.source.clone(),
            request: self.request,
            address: form.address.clone(),
            path: matched.path.iter().cloned().collect(),
            query: query.collect(),
            if_match: own("_revision").map(|revision| format!("\"{revision}\"")),
            idempotency_key: own("_key").or_else(|| self.common_key()),
            content_digest: None,
            digest_needed: false,
            objection_code: own("_objection_code"),
            content_length: None,
            user_agent: self.agent.clone(),
            confirmed: own("_confirm"),
            by_form: true,
        }
    }
}

/// Where a form is sent, if any form is.
pub(in crate::http) fn place<'a>(state: &'a State, path: &str) -> Result<Place<'a>> {
    let (language, path) = language_of(path);
    let address = path.replacen("/act/", "/api/", 1);
    let (rows, names) = state.endpoints.find(&address).ok_or_else(Error::not_found)?;
    Ok(Place { language, address, rows, names })
}

/// Finds out who sends a form before it is read: that says how much is read. None where nobody need say who they are.
/// Whose session has ended is told after the form was read, which is shown again then.
async fn enter(
    state: &State,
    sender: &Sender,
    place: &Place<'_>,
    frame: &Frame,
) -> Result<Option<Result<Caller>>> {
    if place.action().is_none() {
        return Err(Error::not_found());
    }
    if sender.session.is_empty() || place.acts().all(|row| is_public(row.action)) {
        return Ok(None);
    }
    let entered = serve::enter(state, &sender.session, &sender.source, sender.request).await;
    if let Ok(caller) = &entered {
        frame.is_of(&caller.name);
    }
    Ok(Some(entered))
}

/// Checks that a form was made for whoever sends it. Whether their role may is asked by the act.
fn admit(
    sender: &mut Sender,
    entered: Option<Result<Caller>>,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
) -> Result<()> {
    let public = is_public(matched.row.action);
    if !public {
        sender.caller = Some(entered.unwrap_or_else(|| Err(log_in_first()))?);
    }
    let given = sent(&form.fields, "_csrf_token").unwrap_or_default();
    if given == csrf_token(&sender.session) || (public && given == csrf_token("")) {
        return Ok(());
    }
    Err(Error::forbidden(
        "not_from_here",
        "该表单不是在本次登录中打开的，请刷新页面后重新提交",
        "This form was not made for this sign-in; open its page again and send it anew",
    ))
}

/// A browser says which site a form was sent from; another site's form is refused, as its cookies came along.
fn is_from_here(headers: &HeaderMap) -> Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let from_here = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            origin.split_once("://").is_some_and(|(_, host)| Some(host) == text(header::HOST.as_str()))
        }
        (None, None) => true,
    };
    if from_here {
        return Ok(());
    }
    Err(Error::forbidden("not_from_here", "该表单不是从本站提交的", "This form was sent from another site"))
}

/// Reads a form: all of its fields; of files, the first one's head. What went wrong once the form had named its page is
/// told there.
async fn read(
    http: &HttpRequest,
    payload: Payload,
    place: &Place<'_>,
    reading: &mut Reading<'_>,
) -> Result<(Form, Option<Error>)> {
    let mut fault = None;
    let headers = http.headers();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (fields, files) = match text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => {
            reading.announced(text(header::CONTENT_LENGTH).parse().ok())?;
            let body = gate::read_whole(payload, reading, broken).await?;
            (form_urlencoded::parse(&body).into_owned().take(MOST_COUNT + 1).collect(), None)
        }
        "multipart/form-data" => {
            let mut fields = Fields::new();
            let parts = read_parts(Multipart::new(headers, payload), reading, &mut fields, &mut fault);
            let read = tokio::time::timeout(WHOLE, parts).await.unwrap_or_else(|_| Err(too_slow()));
            let files = match read {
                Ok(files) => files,
                Err(error) if sent(&fields, "_page").is_some() => {
                    fault.get_or_insert(error);
                    None
                }
                Err(error) => return Err(error),
            };
            (fields, files)
        }
        _ => {
            return Err(Error::new(
                Kind::UnsupportedMediaType,
                "unsupported_media_type",
                "请从本站页面提交表单",
                "Send the form from its page",
            ));
        }
    };
    if fields.len() > MOST_COUNT {
        return Err(reading.too_large());
    }
    fields::check(&fields)?;
    Ok((Form { language: place.language, address: place.address.clone(), fields, files }, fault))
}

fn broken() -> Error {
    Error::bad_request(
        "broken_off",
        "提交中断或内容有误，请重新提交",
        "The form broke off or is malformed; send it again",
    )
}

/// The fields that stand before the first file, and that file. What is sent as a file under a name that is a pointer is
/// a table: it becomes a field, as text, or in base64 where its name says so; `fault` is why one can't.
async fn read_parts(
    mut parts: Multipart,
    reading: &mut Reading<'_>,
    fields: &mut Fields,
    fault: &mut Option<Error>,
) -> Result<Option<Files>> {
    for _ in 0..=MOST_COUNT {
        let next = tokio::time::timeout(IDLE, parts.next()).await.map_err(|_| too_slow())?;
        let Some(part) = next else { return Ok(None) };
        let part = part.map_err(|_| broken())?;
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.content_disposition().and_then(|told| told.get_filename()).map(str::to_owned);
        reading.count(name.len()).await?;
        match file {
            Some(file) if !name.starts_with('/') => {
                if !file.is_empty() {
                    return Ok(Some(Files { next: part, rest: parts }));
                }
            }
            Some(_) => {
                let bytes = whole(part, reading).await?;
                match table(&name, &bytes) {
                    _ if bytes.is_empty() => {}
                    Ok(field) => fields.push(field),
                    Err(error) => {
                        fault.get_or_insert(error);
                    }
                }
            }
            None => {
                let bytes = whole(part, reading).await?;
                fields.push((name, String::from_utf8(bytes.to_vec()).map_err(|_| broken())?));
            }
        }
    }
    Err(reading.too_large())
}

async fn whole(mut part: Field, reading: &mut Reading<'_>) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = tokio::time::timeout(IDLE, part.next()).await.map_err(|_| too_slow())? {
        let piece = piece.map_err(|_| broken())?;
        reading.count(piece.len()).await?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A table that was sent as a file, as a field.
fn table(name: &str, bytes: &[u8]) -> Result<(String, String)> {
    if let Some(name) = name.strip_suffix(":base64") {
        return Ok((name.to_owned(), STANDARD.encode(bytes)));
    }
    let text = decoded(bytes).ok_or_else(|| {
        Error::invalid_field(
            name,
            "not_text",
            "不是文本文件，或已损坏；可用 UTF-8、GB18030、UTF-16 编码的文本",
            "Not a file of text, or damaged; text may be in UTF-8, GB18030 or UTF-16",
        )
    })?;
    Ok((name.to_owned(), text))
}

/// The act that a form is for.
fn matched<'a>(place: &Place<'a>, form: &Form) -> Result<MatchedEndpoint<'a>> {
    let method = sent(&form.fields, "_method").unwrap_or("POST");
    let acts = |row: &&Endpoint| row.method.as_str() == method && row.method != Method::Get;
    let row = place.rows.iter().find(acts).ok_or_else(Error::not_found)?;
    Ok(MatchedEndpoint { row, path: place.names.clone() })
}

/// Does the act: once, or once for each file.
async fn perform(
    state: &State,
    sender: &Sender,
    form: &mut Form,
    matched: &MatchedEndpoint<'_>,
) -> Result<Done> {
    if matches!(matched.row.body, Body::File) {
        return upload(state, sender, form, matched).await;
    }
    let base = sent(&form.fields, "_base").and_then(|text| serde_json::from_str(text).ok());
    let document = fields::document(&form.fields, base);
    let body = match matched.row.body {
        Body::None => Bytes::new(),
        Body::Json(_) | Body::File => Bytes::from(document.value.to_string()),
    };
    match one(state, matched.row, sender.sent(form, matched), body, None).await {
        Ok((reply, revision)) => Ok(Done { reply, revision, left: Vec::new() }),
        Err(error) => {
            let done = in_part(state, sender, form, matched, &document, &error).await?;
            done.ok_or_else(|| at_fields(error, &document.names, &form.fields))
        }
    }
}

/// The most attempts to store a part of a form: a document's reader tells one row at a time.
const MOST_ATTEMPTS: usize = 60;

/// Stores what is good of a form that was refused for something in it. None where it has no part that can be stored.
async fn in_part(
    state: &State,
    sender: &Sender,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
    document: &Document,
    error: &Error,
) -> Result<Option<Done>> {
    let Some(rule) = piecewise::of(matched.row.path).filter(|_| error.kind == Kind::Invalid) else {
        return Ok(None);
    };
    let stored = stored_now(state, sender, form, matched, rule).await?;
    let Some(mut mended) = Mended::new(document.value.clone(), stored, rule) else { return Ok(None) };
    let mut wrong = error.problems.clone();
    let mut left: Vec<FieldProblem> = Vec::new();
    for _ in 0..MOST_ATTEMPTS {
        left.extend(wrong.iter().filter_map(|problem| {
            Some(FieldProblem { pointer: mended.typed_at(&problem.pointer)?, ..problem.clone() })
        }));
        let rest = match mended.without(wrong.iter().map(|problem| problem.pointer.as_str())) {
            Left::Some(rest) => rest,
            Left::Nothing => {
                return Err(at_fields(nothing_else(left), &document.names, &form.fields));
            }
            Left::Unknown => break,
        };
        let body = Bytes::from(rest.to_string());
        match one(state, matched.row, sender.sent(form, matched), body, None).await {
            Ok((reply, revision)) => {
                let left = at_fields(Error::invalid(left), &document.names, &form.fields).problems;
                return Ok(Some(Done { reply, revision, left }));
            }
            Err(next) if next.kind == Kind::Invalid => wrong = next.problems,
            Err(other) => return Err(at_fields(other, &document.names, &form.fields)),
        }
    }
    // All that is wrong is told at once.
    let told = if left.is_empty() { error.clone() } else { Error::invalid(left) };
    Err(at_fields(told, &document.names, &form.fields))
}

/// What is stored of a document, as its endpoint tells it.
async fn stored_now(
    state: &State,
    sender: &Sender,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
    rule: &piecewise::Piecewise,
) -> Result<Value> {
    let address = filled_in(rule.read, &matched.path);
    let (rows, names) = state.endpoints.find(&address).ok_or_else(Error::not_found)?;
    let row = rows.iter().find(|row| row.method == Method::Get).ok_or_else(Error::not_found)?;
    let request = Sent {
        address,
        path: names.into_iter().collect(),
        query: BTreeMap::new(),
        if_match: None,
        idempotency_key: None,
        ..sender.sent(form, matched)
    };
    let (reply, _) = one(state, row, request, Bytes::new(), None).await?;
    Ok(reply.pointer(&filled_in(rule.at, &matched.path)).cloned().unwrap_or_default())
}

/// An address or pointer with the names of an address in place of those in braces.
fn filled_in(pattern: &str, names: &Names) -> String {
    names.iter().fold(pattern.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What is told where nothing but what is wrong differs from what is stored.
fn nothing_else(left: Vec<FieldProblem>) -> Error {
    let count = left.len();
    let mut error = Error::invalid(left);
    error.message = Message::new(
        format!("下列{count}处有误，没有保存；其余内容与已保存的一致"),
        format!("{count} to be corrected, not saved; the rest is as it is stored"),
    );
    error
}

/// What is told where a form is stored but for what is wrong in it.
fn stored_in_part(left: Vec<FieldProblem>) -> Error {
    let count = left.len();
    let mut error = Error::invalid(left);
    error.message = Message::new(
        format!("其余内容已保存；下列{count}处有误，没有保存，改正后请再保存"),
        format!("The rest is saved. {count} below could not be: correct them and save again"),
    );
    error
}

/// Sends each file of a form; the answer is that to the first that was kept. One that is refused does not keep the
/// others from being kept: it is told by its name, with why.
async fn upload(
    state: &State,
    sender: &Sender,
    form: &mut Form,
    matched: &MatchedEndpoint<'_>,
) -> Result<Done> {
    let _place = state.intake.upload(sender.caller.as_ref(), &sender.source).await?;
    let mut files = form.files.take();
    let mut kept = Vec::new();
    let mut refused = Vec::new();
    if files.is_none() {
        return Err(Error::invalid_field("file", "required", "请选择文件", "Choose a file"));
    }
    while let Some(Files { next, mut rest }) = files {
        let mut sent = sender.sent(form, matched);
        let name = next.content_disposition().and_then(|told| told.get_filename()).unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).replace(char::is_control, "_");
        sent.query.insert("name".to_owned(), name.clone());
        let incoming = next.map(|piece| piece.map_err(|_| PayloadError::Incomplete(None))).boxed_local();
        match one(state, matched.row, sent, Bytes::new(), Some(incoming)).await {
            Ok((reply, _)) => kept.push(reply),
            Err(error) => refused.push((name, error)),
        }
        files = next_file(&mut rest).await.map(|next| Files { next, rest });
    }
    match not_kept(kept.len(), refused) {
        None => Ok(Done { reply: kept.swap_remove(0), revision: None, left: Vec::new() }),
        Some(error) => Err(error),
    }
}

/// What is told of files that were refused, beside so many that were kept.
fn not_kept(kept: usize, mut refused: Vec<(String, Error)>) -> Option<Error> {
    if refused.len() == 1 && kept == 0 {
        let (_, mut error) = refused.swap_remove(0);
        for problem in &mut error.problems {
            "file".clone_into(&mut problem.pointer);
        }
        return Some(error);
    }
    let (_, first) = refused.first()?;
    let mut error = first.clone();
    // Where the refusals differ, what can be done is to look at each file.
    if kept > 0 || refused.iter().any(|(_, other)| other.kind != first.kind) {
        error.kind = Kind::Invalid;
    }
    let all = kept + refused.len();
    error.message = Message::new(
        format!("共{all}个文件，{kept}个已上传；下列{}个没有上传，只需重新上传这些", refused.len()),
        format!(
            "{kept} of {} uploaded; what follows is not: upload only that again",
            count(all, "file is", "files are")
        ),
    );
    error.problems = refused.into_iter().map(|(name, error)| told_of_file(&name, &error)).collect();
    Some(error)
}

/// Why a file was refused, under its name.
fn told_of_file(name: &str, error: &Error) -> FieldProblem {
    let why = |language| {
        let problems = error.problems.iter().map(|problem| problem.message.in_language(language));
        let told: Vec<&str> = problems.collect();
        if told.is_empty() { error.message.in_language(language).to_owned() } else { told.join("；") }
    };
    FieldProblem::new(
        "file",
        error.code,
        format!("“{name}”：{}", why(Language::Chinese)),
        format!("“{name}”: {}", why(Language::English)),
    )
}

/// The next part that is a file somebody chose.
async fn next_file(parts: &mut Multipart) -> Option<Field> {
    while let Ok(Some(Ok(part))) = tokio::time::timeout(IDLE, parts.next()).await {
        let file = part.content_disposition().and_then(|told| told.get_filename());
        if file.is_some_and(|file| !file.is_empty()) {
            return Some(part);
        }
    }
    None
}

/// Does the act once. The answer, and the revision that it gives.
async fn one(
    state: &State,
    row: &Endpoint,
    sent: Sent,
    body: Bytes,
    payload: Option<crate::http::request::Incoming>,
) -> Result<(Value, Option<String>)> {
    let context = gate::may_enter(state, row, &sent).await?;
    let (reply, _) = gate::pass(state, row, context, sent, body, payload).await?;
    Ok(match reply {
        Reply::Body { body, etag, .. } => {
            let revision = etag.map(|tag| tag.trim_matches('"').to_owned());
            (serde_json::from_slice(&body).unwrap_or(Value::Null), revision)
        }
        Reply::Done | Reply::File(_) | Reply::Lines(_) => (Value::Null, None),
    })
}

/// The same error with names of fields in place of pointers, where there is such a field. A complaint about an entry of
/// a list that is one field is that field's.
fn at_fields(mut error: Error, names: &BTreeMap<String, String>, fields: &Fields) -> Error {
    for problem in &mut error.problems {
        let query = problem.pointer.strip_prefix("/query/").map(|name| format!("?{name}"));
        let of_query = query.filter(|name| sent(fields, name).is_some());
        if let Some(name) = of_query.or_else(|| field_of(&problem.pointer, names)) {
            problem.pointer = name;
        }
    }
    error
}

/// The field that says what stands at a pointer. Where nothing was sent for it, as of radio buttons none of which is
/// chosen, it is the field of its row, which is known by the others: its name then lacks a type.
fn field_of(pointer: &str, names: &BTreeMap<String, String>) -> Option<String> {
    let above = || std::iter::successors(Some(pointer), |at| at.rfind('/').map(|end| &at[..end]));
    if let Some(name) = above().find_map(|at| names.get(at)) {
        return Some(name.clone());
    }
    above().skip(1).filter(|at| !at.is_empty()).find_map(|at| {
        let below = format!("{at}/");
        let (matched, name) =
            names.range(below.clone()..).next().filter(|(matched, _)| matched.starts_with(&below))?;
        let (name, _) = name.rsplit_once(':').unwrap_or((name, ""));
        let row = name.strip_suffix(&matched[at.len()..])?;
        Some(format!("{row}{}", &pointer[at.len()..]))
    })
}

/// Reads past what is left of a form, so that the browser, which is still sending, gets to read the answer.
async fn drain(files: Option<Files>) {
    if let Some(Files { mut next, rest }) = files {
        let read = async { while let Some(Ok(_)) = next.next().await {} };
        if tokio::time::timeout(REST, read).await.is_ok() {
            drop(next);
            drain_parts(rest).await;
        }
    }
}

async fn drain_parts(mut rest: Multipart) {
    let read = async {
        while let Some(Ok(mut part)) = rest.next().await {
            while let Some(Ok(_)) = part.next().await {}
        }
    };
    // Who sends on for longer is cut off.
    let _ = tokio::time::timeout(REST, read).await;
}

/// The page that a form names to stand on: an address of this service, as browsers write addresses. They leave out
/// control characters, so that one could hide what leads elsewhere.
fn own_page(form: &Form, name: &str) -> String {
    sent(&form.fields, name).filter(|page| is_inside(page)).unwrap_or("/").to_owned()
}

/// Whether an address is one of this service, as browsers read it.
pub(super) fn is_inside(page: &str) -> bool {
    let written = page.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    written && page.starts_with('/') && !page.starts_with("//") && page.len() <= LONGEST_PAGE
}

/// Whether a script sends the form and stays on its page.
fn is_autosave(form: &Form) -> bool {
    sent(&form.fields, "_saved").is_some()
}

async fn failed(
    state: &State,
    sender: &Sender,
    form: Form,
    matched: &MatchedEndpoint<'_>,
    error: Error,
) -> HttpResponse {
    gate::log_inside(&error, sender.request);
    if is_autosave(&form) {
        return not_saved(&form, &error);
    }
    let page = in_language(form.language, &own_page(&form, "_page"));
    if error.confirm.is_some() {
        let shown = reveal(state, &sender.context(state), &sender.session, &page, |request| {
            Ok(confirmation::page(request, &form.address, &form.fields, &error))
        });
        if let Ok(response) = shown {
            return response;
        }
    }
    let act = format!("{} {}", matched.row.method.as_str(), form.address);
    let went_back = confirmation::is_not_yet(&error);
    let carried = Carried { act, fields: form.fields, error };
    let mut response = again(state, &sender.context(state), &sender.session, &page, carried).await;
    if went_back {
        *response.status_mut() = actix_web::http::StatusCode::OK;
    }
    response
}

/// What a script is told that saves a form: words for its state, the revision to go on from, and what was not stored.
fn told_script(
    status: u16,
    words: &str,
    revision: Option<&String>,
    left: &[FieldProblem],
    language: Language,
) -> HttpResponse {
    let problems: Vec<Value> = left
        .iter()
        .map(|problem| {
            let told = words::localized(problem.message.in_language(language), language);
            json!({ "field": problem.pointer, "words": told })
        })
        .collect();
    let body = json!({ "words": words, "revision": revision, "problems": problems });
    gate::builder(status).content_type("application/json").body(body.to_string())
}

fn saved(state: &State, form: &Form, done: &Done) -> HttpResponse {
    let (at, left) = (words::clock(state.service.clock.now()), done.left.len());
    let words = match (form.language, left) {
        (Language::Chinese, 0) => format!("已保存到服务器，{at}"),
        (Language::English, 0) => format!("Saved on the server at {at}"),
        (Language::Chinese, _) => format!("其余内容已保存到服务器，{at}；{left}处没有保存："),
        (Language::English, _) => format!("The rest is saved on the server at {at}; not saved: {left}"),
    };
    told_script(200, &words, done.revision.as_ref(), &done.left, form.language)
}

fn not_saved(form: &Form, error: &Error) -> HttpResponse {
    let ours = match form.language {
        Language::Chinese => "尚未保存：",
        Language::English => "Not saved: ",
    };
    let words =
        format!("{ours}{}", words::localized(error.message.in_language(form.language), form.language));
    told_script(error.kind.status(), &words, None, &error.problems, form.language)
}

fn succeeded(
    state: &State,
    sender: &Sender,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
    done: &Done,
) -> Result<HttpResponse> {
    if is_autosave(form) {
        return Ok(saved(state, form, done));
    }
    let reply = &done.reply;
    let page = in_language(form.language, &own_page(form, "_page"));
    let row = matched.row;
    if row.action == Action::LogIn {
        return signed_in(state, sender, form, reply);
    }
    if let Some(found) =
        reveals().into_iter().find(|found| found.method == row.method && found.path == row.path)
    {
        return reveal(state, &sender.context(state), &sender.session, &page, |request| {
            (found.show)(request, &form.fields, reply)
        });
    }
    let next =
        sent(&form.fields, "_next").map_or_else(|| own_page(form, "_page"), |_| own_page(form, "_next"));
    let mut response = see(&in_language(form.language, &filled(&next, reply)));
    if let Some(words) = sent(&form.fields, "_done") {
        serve::set_flash(&mut response, words, &form.address);
    }
    if matches!(row.action, Action::LogOut | Action::LogOutEverywhere) && row.method == Method::Post {
        serve::set_session(&mut response, None);
    }
    Ok(response)
}

/// An address with members of an answer for the names in braces.
fn filled(page: &str, reply: &Value) -> String {
    let mut filled = String::new();
    let mut rest = page;
    while let Some((before, name, after)) = rest
        .split_once('{')
        .and_then(|(before, rest)| rest.split_once('}').map(|(name, after)| (before, name, after)))
    {
        let member = match &reply[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        filled.push_str(before);
        filled.extend(form_urlencoded::byte_serialize(member.as_bytes()));
        rest = after;
    }
    filled + rest
}

/// Begins the session of a browser, and goes on to where its person wanted to go, or with what they were sending.
fn signed_in(state: &State, sender: &Sender, form: &Form, reply: &Value) -> Result<HttpResponse> {
    let login: LogInView =
        serde_json::from_value(reply.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let login = match login {
        LogInView::Session(login) => login,
        LogInView::SecondFactor(needed) => return ask_further(state, sender, form, &needed.second_factor),
    };
    let cookie = page_cookie(&state.service, &login)?;
    let mut response = match resumed(form) {
        Some(resumed) => {
            let page = in_language(form.language, "/sign-in");
            reveal(state, &sender.context(state), &cookie, &page, |request| {
                Ok(resume(request, &login, &resumed))
            })?
        }
        None => {
            let owes = state.service.protection.obliges(login.account.role) && !login.account.second_factor;
            let next = if owes { second_factor::PAGE.to_owned() } else { own_page(form, "_next") };
            see(&in_language(form.language, &next))
        }
    };
    serve::set_session(&mut response, Some(&cookie));
    Ok(response)
}

/// Asks for the second factor, with where its person wanted to go and what they were sending.
fn ask_further(state: &State, sender: &Sender, form: &Form, ticket: &TicketView) -> Result<HttpResponse> {
    let page = in_language(form.language, "/sign-in");
    let resumed = sent(&form.fields, "_resume").map(str::to_owned);
    let next = own_page(form, "_next");
    reveal(state, &sender.context(state), "", &page, |request| {
        second_factor::code_page(request, ticket, next, resumed)
    })
}

/// A form that was sent after its session had ended: its endpoint's address, and its fields.
type Resumed = (String, Fields);

/// Lets a person sign in again with what they were sending.
fn sign_in_again(state: &State, sender: &Sender, form: &Form, files: bool) -> Result<HttpResponse> {
    let mut kept = without_seal(&form.fields);
    let secrets = kept.iter().any(|(name, _)| fields::is_secret(name));
    if secrets {
        // Passwords are not written into a page, so such a form is begun anew.
        kept.clear();
    }
    let resumed =
        serde_json::to_string(&(&form.address, &kept)).map_err(|error| Error::internal(error.to_string()))?;
    let page = in_language(form.language, "/sign-in");
    let next = own_page(form, "_page");
    let mut response = reveal(state, &sender.context(state), "", &page, |request| {
        let sign_in = request.form(Method::Post, "/api/v1/login").next(next);
        let sign_in = if secrets { sign_in } else { sign_in.hidden("_resume", resumed) };
        let content = html! {
            div.notice.warning {
                p { (if secrets {
                    request.t("登录已过期，操作未生效。请重新登录后再做。", "Your sign-in has ended and nothing was done. Sign in and do it again.")
                } else {
                    request.t(
                        "登录已过期，刚才的内容尚未提交，但没有丢失。重新登录后可继续提交。",
                        "Your sign-in has ended. What you sent was not done, but it is not lost: sign in again and go on.",
                    )
                }) }
                @if files { p { (request.t("所选文件需在登录后重新选择。", "Files must be chosen again after that.")) } }
            }
            (super::account::sign_in_form(&sign_in, request))
            (super::errors::kept(request, &kept))
        };
        Ok(Page::new(request.t("请重新登录", "Sign in again"), content))
    })?;
    *response.status_mut() = actix_web::http::StatusCode::UNAUTHORIZED;
    serve::set_session(&mut response, None);
    Ok(response)
}

/// Asks whether to go on with what was sent before.
fn resume(request: &PageRequest, login: &TokenView, (address, kept): &Resumed) -> Page {
    let action = request.link(&address.replacen("/api/", "/act/", 1));
    let page = kept.iter().rev().find(|(name, _)| name == "_page").map_or("/desk", |(_, page)| page.as_str());
    let content = html! {
        p { (request.t("现在的登录账号：", "Signed in as: ")) strong { (login.account.display_name) } }
        p { (request.t("要继续提交登录过期前填写的内容吗？", "Go on and send what you had entered before your sign-in ended?")) }
        form.form method="post" action=(action) {
            input type="hidden" name="_csrf_token" value=(request.csrf_token);
            @for (name, value) in kept.iter().filter(|(name, _)| name != "_saved") {
                input type="hidden" name=(name) value=(value);
            }
            div.buttons {
                button type="submit" { (request.t("继续提交", "Go on")) }
                a.button.secondary href=(request.link(page)) { (request.t("不提交，返回该页", "Don't; back to the page")) }
            }
        }
        (super::errors::kept(request, kept))
    };
    Page::new(request.t("继续提交", "Go on"), content)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_fills_an_address() {
        let reply = json!({ "id": "a b", "number": 3 });
        assert_eq!(filled("/x/{id}/{number}?q", &reply), "/x/a+b/3?q");
        assert_eq!(filled("/x", &reply), "/x");
    }

    #[test]
    fn only_this_site_sends_forms() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers
                    .insert(header::HeaderName::from_static(name), header::HeaderValue::from_static(value));
            }
            headers
        };
        assert!(is_from_here(&headers(&[])).is_ok());
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin")])).is_ok());
        assert!(is_from_here(&headers(&[("sec-fetch-site", "cross-site")])).is_err());
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-site")])).is_err());
        assert!(is_from_here(&headers(&[("host", "a:1"), ("origin", "http://a:1")])).is_ok());
        assert!(is_from_here(&headers(&[("host", "a:1"), ("origin", "http://b:1")])).is_err());
        assert!(is_from_here(&headers(&[("host", "a:1"), ("origin", "null")])).is_err());
    }
}
