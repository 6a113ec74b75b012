//! The frame of every request: what its address leads to is looked up once, and what holds for all of them is done here,
//! an identifier, the span of the log, the rate, what a panic comes to, the headers, the metrics, the line of the log.

use std::cell::{Cell, OnceCell};
use std::panic::AssertUnwindSafe;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method as HttpMethod, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::endpoints::Endpoint;
use super::gate::{Kept, Left};
use super::plain::Plain;
use super::routes::Names;
use super::{State, gate, pages, plain};
use crate::clock::Clock;
use crate::domain::access::Action;
use crate::domain::ids::RequestId;
use crate::error::{Error, Result};

/// What is known of a request from its beginning, and of who asks as soon as they are known.
pub(super) struct Frame {
    /// What it is called, in the answer, the log and the audit trail.
    pub(super) request: RequestId,
    /// The address that it came from.
    pub(super) source: String,
    account: OnceCell<String>,
    /// What that address may still ask for.
    left: Cell<Option<Left>>,
}

impl Frame {
    /// Says what who asks may still ask for, where that is less than what the address may.
    pub(super) fn has_left(&self, left: Option<Left>) {
        let fewer = |left: &Left| self.left.get().is_none_or(|known| left.requests < known.requests);
        if let Some(left) = left.filter(fewer) {
            self.left.set(Some(left));
        }
    }

    /// Says who asks: the account's name.
    pub(super) fn is_of(&self, account: &str) {
        if !account.is_empty() {
            Span::current().record("account", account);
            let _known_before = self.account.set(account.to_owned());
        }
    }
}

/// What an address leads to.
enum Target<'a> {
    /// The endpoints of a path.
    Endpoint(&'a [Endpoint], Names),
    /// The act that a form is for, or that there is none.
    Form(Result<pages::Place<'a>>),
    Page(&'a pages::PageRoute, Names),
    /// What serves programs beside these.
    Plain(&'a Plain, Names),
    Nothing,
}

impl<'a> Target<'a> {
    fn of(state: &'a State, path: &str) -> Self {
        if let Some((rows, names)) = state.endpoints.find(path) {
            return Self::Endpoint(rows, names);
        }
        let (_, page) = pages::language_of(path);
        if page.starts_with(pages::ACTS) {
            return Self::Form(pages::place(state, path));
        }
        if let Some((page, names)) = state.pages.find(page) {
            return Self::Page(page, names);
        }
        state.plain.find(path).map_or(Self::Nothing, |(plain, names)| Self::Plain(plain, names))
    }

    /// The pattern of the address, for metrics and the log: never what the caller wrote.
    fn path(&self) -> &'static str {
        match self {
            Self::Endpoint(rows, _) => rows.first().map_or("", |row| row.path),
            Self::Form(_) => "/act",
            Self::Page(page, _) => page.path,
            Self::Plain(plain, _) => plain.path,
            Self::Nothing => "",
        }
    }

    /// What is asked for by a method.
    fn action(&self, method: &HttpMethod) -> Option<Action> {
        match self {
            Self::Endpoint(rows, _) => gate::row_of(rows, method).map(|row| row.action),
            Self::Form(place) => place.as_ref().ok().and_then(pages::Place::action),
            Self::Page(page, _) => Some(page.action),
            Self::Plain(..) | Self::Nothing => None,
        }
    }

    /// How long an answer may be kept by whoever got it.
    fn kept(&self, method: &HttpMethod, status: StatusCode) -> Kept {
        let good = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let holds = match self {
            Self::Endpoint(rows, _) => match gate::row_of(rows, method) {
                Some(row) if row.frozen && good => return Kept::ForGood,
                row => row.is_some_and(|row| row.cacheable),
            },
            Self::Page(page, _) => pages::is_public(page.action) && status.is_success(),
            Self::Plain(plain, _) => plain.cacheable && !status.is_client_error(),
            Self::Form(_) | Self::Nothing => false,
        };
        if holds { Kept::WhileItHolds } else { Kept::Not }
    }

    async fn answer(
        &self,
        state: &State,
        frame: &Frame,
        http: &HttpRequest,
        payload: Payload,
    ) -> Result<HttpResponse> {
        gate::check_path(http)?;
        if let Some(action) = self.action(http.method()) {
            let (left, admitted) = state.limits.check(&frame.source, action);
            frame.left.set(left);
            admitted?;
        }
        match self {
            Self::Endpoint(rows, names) => {
                gate::answer(state, rows, names.clone(), frame, http, payload).await
            }
            Self::Form(Ok(place)) => pages::act(state, place, frame, http, payload).await,
            Self::Form(Err(error)) => Err(error.clone()),
            Self::Page(page, names) => pages::show(state, page, names.clone(), frame, http).await,
            Self::Plain(plain, names) => plain::answer(state, plain, names, http).await,
            Self::Nothing => Err(Error::not_found()),
        }
    }

    /// What is answered where that failed: a page to a person, a problem to a program.
    async fn failed(&self, state: &State, frame: &Frame, http: &HttpRequest, error: Error) -> HttpResponse {
        match self {
            Self::Page(..) => pages::failed(state, frame, http, &error).await,
            Self::Form(_) => pages::act_failed(state, frame, http, error).await,
            Self::Nothing if wants_a_page(http) => pages::failed(state, frame, http, &error).await,
            Self::Endpoint(..) | Self::Plain(..) | Self::Nothing => {
                gate::render_error(&error, gate::language(http), frame.request)
            }
        }
    }

    /// The methods that the address has.
    fn allowed(&self) -> HeaderValue {
        match self {
            Self::Endpoint(rows, _) => gate::allowed(rows),
            Self::Form(_) => HeaderValue::from_static("POST"),
            Self::Page(..) | Self::Plain(..) | Self::Nothing => HeaderValue::from_static("GET, HEAD"),
        }
    }
}

fn wants_a_page(http: &HttpRequest) -> bool {
    let accepts = http.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html")) && !http.path().starts_with("/api/")
}

pub(super) async fn answer(state: &State, http: &HttpRequest, payload: Payload) -> HttpResponse {
    let watch = Clock::stopwatch();
    let request = RequestId(state.service.clock.new_id());
    let frame =
        Frame { request, source: gate::source(state, http), account: OnceCell::new(), left: Cell::new(None) };
    let target = Target::of(state, http.path());
    let action = target.action(http.method()).map(Action::as_str);
    let span = tracing::info_span!("request", id = %request, action, account = Empty);
    let answered = async {
        let work = AssertUnwindSafe(target.answer(state, &frame, http, payload)).catch_unwind();
        match work.await.unwrap_or_else(|_| Err(Error::internal("a handler panicked"))) {
            Ok(response) => (response, None),
            Err(error) => {
                gate::log_inside(&error, request);
                let code = error.code;
                (target.failed(state, &frame, http, error).await, Some(code))
            }
        }
    };
    let (mut response, code) = answered.instrument(span.clone()).await;
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, target.allowed());
    }
    let kept = target.kept(http.method(), status);
    gate::finish(response.headers_mut(), request, kept);
    if let Target::Endpoint(..) = target {
        let headers = response.headers_mut();
        state.manners.sites.tell(http, status, headers);
        for (name, value) in frame.left.get().into_iter().flat_map(Left::headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
    state.metrics.observe(http.method().as_str(), target.path(), status.as_u16(), watch.seconds());
    if !matches!(target, Target::Plain(..)) {
        tracing::info!(
            request = %request,
            method = %http.method(),
            path = target.path(),
            status = status.as_u16(),
            code,
            account = frame.account.get(),
            source = frame.source,
            milliseconds = watch.seconds() * 1000.0,
            "request"
        );
    }
    response
}
