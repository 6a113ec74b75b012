//! The service over HTTP, and the only user of actix-web.

mod api;
mod compression;
mod docs;
mod endpoints;
mod gate;
mod intake;
mod json;
mod memory;
mod metrics;
mod openapi;
mod pages;
mod proxies;
mod request;
mod routes;

use std::net::TcpListener;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, middleware, web};

pub use endpoints::{Endpoint, Method, endpoints};
pub(crate) use json::read_value;
pub use openapi::openapi;
pub use pages::site;

use ipnet::IpNet;

use crate::actions::Service;
use crate::error::{Error, Result};
use gate::Limits;
use metrics::Metrics;
use routes::Routes;

/// Seconds that requests under way have to finish once the service is told to stop.
const SHUTDOWN: u64 = 20;

/// Connections that each worker has open at most; more wait to be accepted.
const CONNECTIONS: usize = 2_000;

/// The longest that the store of files is waited for to say whether it is ready; the database has as long.
const READY: Duration = Duration::from_secs(2);

/// What all requests share.
struct State {
    service: Service,
    metrics: Metrics,
    limits: Limits,
    trusted_proxies: proxies::Proxies,
    intake: intake::Intake,
    memory: memory::Memory,
    compression: compression::Compression,
    docs: docs::Docs,
    /// The endpoints of each path.
    endpoints: Routes<Vec<Endpoint>>,
    /// The pages, by their paths without the language.
    pages: Routes<pages::Page>,
}

/// How a server meets what is before it: proxies, and who watches whether it is ready.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Whether browsers are told to come by HTTPS alone.
    hsts: bool,
    /// Threads that handle requests; as many as there are cores unless told.
    workers: Option<u16>,
    stopping: Arc<AtomicBool>,
}

impl Manners {
    /// With or without `Strict-Transport-Security`.
    pub fn new(hsts: bool) -> Self {
        Self { hsts, ..Self::default() }
    }

    /// With so many threads that handle requests.
    #[must_use]
    pub fn with_workers(self, workers: Option<u16>) -> Self {
        Self { workers, ..self }
    }

    /// Two at least, so that one that renders a large page does not keep everybody waiting.
    fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get).max(2);
        self.workers.map_or_else(cores, usize::from)
    }

    /// Says from now on that it is not ready any more, though it still serves.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// Tells browsers for a year to come by HTTPS alone.
const HSTS: (&str, &str) = ("strict-transport-security", "max-age=31536000; includeSubDomains");

/// Starts to serve on a listener. Of a trusted proxy, `X-Forwarded-For` is believed. Metrics have a listener of their own,
/// or are not told: behind a proxy on the same machine everybody would seem to ask from there. The server runs until its handle stops it.
///
/// # Errors
/// If the listener can't be used.
pub fn serve(
    service: Service,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    rate: Option<NonZeroU32>,
    trusted_proxies: Vec<IpNet>,
    manners: Manners,
) -> Result<Server> {
    let state = Arc::new(State {
        service,
        metrics: Metrics::new()?,
        limits: Limits::new(rate),
        trusted_proxies: proxies::Proxies::new(trusted_proxies),
        memory: memory::Memory::default(),
        compression: compression::Compression::default(),
        intake: intake::Intake::default(),
        docs: docs::Docs::new()?,
        endpoints: endpoints::by_path(endpoints()),
        pages: pages::by_path(pages::pages()),
    });
    pages::prepare_assets();
    forget_the_quiet(&state);
    if let Some(listener) = metrics {
        tokio::spawn(tell_metrics(Arc::clone(&state), listener)?);
    }
    let workers = manners.workers();
    let server = HttpServer::new(move || {
        let (ready, documented, rest) = (Arc::clone(&state), Arc::clone(&state), Arc::clone(&state));
        let stopping = Arc::clone(&manners.stopping);
        let around = Arc::clone(&state);
        App::new()
            .wrap(middleware::from_fn(move |request, next| {
                let state = Arc::clone(&around);
                async move { state.compression.around(request, next).await }
            }))
            .wrap(middleware::Condition::new(manners.hsts, middleware::DefaultHeaders::new().add(HSTS)))
            .service(web::resource("/healthz").get(healthy))
            .service(web::resource("/readyz").get(move || {
                let (state, stopping) = (Arc::clone(&ready), stopping.load(Ordering::Relaxed));
                async move { if stopping { plain(503, "stopping\n") } else { is_ready(state).await } }
            }))
            .service(web::resource(["/api/docs", "/api/docs/{file:.*}"]).get(move |http: HttpRequest| {
                let state = Arc::clone(&documented);
                async move { documented_page(&state, &http) }
            }))
            .service(web::resource("/assets/{file}").get(asset))
            .default_service(web::to(move |http: HttpRequest, payload: web::Payload| {
                answer(Arc::clone(&rest), http, payload)
            }))
    });
    let server = server
        .listen(listener)
        .map_err(|error| Error::internal(format!("can't listen: {error}")))?
        .workers(workers)
        .disable_signals()
        .max_connections(CONNECTIONS)
        // Else the end of a long body waits until the other side acknowledges its beginning, some 40 ms.
        .tcp_nodelay(true)
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(SHUTDOWN);
    Ok(server.run())
}

/// Forgets again and again who has been quiet, for as long as the server runs.
fn forget_the_quiet(state: &Arc<State>) {
    let (loops, clock) = (state.service.loops.clone(), state.service.clock.clone());
    let state = Arc::clone(state);
    let round = async move || {
        state.limits.forget_the_quiet();
        Ok(())
    };
    actix_web::rt::spawn(async move {
        loops.every("limits", Duration::from_secs(60), &clock, round).await;
    });
}

/// Answers a request to an endpoint, a form or a page.
async fn answer(state: Arc<State>, http: HttpRequest, payload: web::Payload) -> HttpResponse {
    let path = http.path();
    if let Some((rows, names)) = state.endpoints.find(path) {
        return gate::answer(&state, rows, names, &http, payload).await;
    }
    let (_, plain) = pages::language_of(path);
    if plain.starts_with(pages::ACTS) {
        return pages::act(&state, &http, payload).await;
    }
    match state.pages.find(plain) {
        Some((page, names)) => pages::show(&state, page, names, &http).await,
        None => nothing_there(&state, &http).await,
    }
}

/// A style sheet or a script, which never changes at its address.
async fn asset(http: HttpRequest) -> HttpResponse {
    let Some(asset) = pages::asset(http.path()) else { return plain(404, "not found\n") };
    let coding = compression::Coding::wanted(http.headers());
    let packed = coding.and_then(|coding| Some((coding, asset.packed(coding)?)));
    let bytes = packed.as_ref().map_or_else(|| asset.bytes(), |(_, packed)| packed.clone());
    let mut response = HttpResponse::Ok().content_type(asset.media_type()).body(bytes);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some((coding, _)) = packed {
        compression::mark(headers, coding);
    }
    gate::protect(headers);
    response
}

/// Tells that there is nothing at an address: a person by a page, a program by a problem.
async fn nothing_there(state: &State, http: &HttpRequest) -> HttpResponse {
    let accepts = http.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let browser = accepts.is_some_and(|accepts| accepts.contains("text/html"));
    if browser && !http.path().starts_with("/api/") {
        pages::lost(state, http).await
    } else {
        gate::no_such_path(state, http)
    }
}

fn plain(status: u16, text: &'static str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    let mut response = HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(text);
    gate::protect(response.headers_mut());
    response
}

/// The process runs.
async fn healthy() -> HttpResponse {
    plain(200, "ok\n")
}

/// The database answers and evidence can be stored.
async fn is_ready(state: Arc<State>) -> HttpResponse {
    let files = tokio::time::timeout(READY, state.service.files.check());
    let (database, files) = tokio::join!(state.service.db.ping(), files);
    if let Err(error) = database {
        tracing::error!(%error, "the database does not answer");
        return plain(503, "database\n");
    }
    if !matches!(files, Ok(Ok(()))) {
        tracing::error!(error = ?files, "the file store does not answer");
        return plain(503, "files\n");
    }
    plain(200, "ready\n")
}

/// Serves the metrics, and nothing else.
fn tell_metrics(state: Arc<State>, listener: TcpListener) -> Result<Server> {
    let server = HttpServer::new(move || {
        let state = Arc::clone(&state);
        App::new().service(web::resource("/metrics").get(move || {
            let state = Arc::clone(&state);
            async move { measured(&state) }
        }))
    });
    let server = server
        .listen(listener)
        .map_err(|error| Error::internal(format!("can't listen: {error}")))?
        .workers(1)
        .disable_signals();
    Ok(server.run())
}

fn measured(state: &State) -> HttpResponse {
    let db = &state.service.db;
    state.metrics.tell_failures(&state.service.loops.failures());
    match state.metrics.text(db.committed(), db.statements(), db.waiting()) {
        Ok(text) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(error) => {
            tracing::error!(%error, "no metrics");
            plain(500, "metrics\n")
        }
    }
}

fn documented_page(state: &State, http: &HttpRequest) -> HttpResponse {
    let file = http.match_info().get("file").unwrap_or_default().to_owned();
    let request = crate::domain::ids::RequestId(state.service.clock.new_id());
    match state.docs.file(&file) {
        Some(file) => {
            let mut response = if gate::has_already(http.headers(), &file.etag) {
                HttpResponse::NotModified().finish()
            } else {
                HttpResponse::Ok().content_type(file.media_type).body(file.bytes)
            };
            response.extensions_mut().insert(file.digest);
            if let Ok(etag) = HeaderValue::from_str(&file.etag) {
                response.headers_mut().insert(header::ETAG, etag);
            }
            let policy = HeaderValue::from_static(docs::POLICY);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            gate::finish(response.headers_mut(), request, true);
            response
        }
        None => gate::no_such_path(state, http),
    }
}
