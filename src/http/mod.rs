//! The service over HTTP, and the only user of actix-web.

mod api;
mod archive;
mod compression;
mod cors;
mod docs;
mod endpoints;
mod examples;
mod frame;
mod gate;
mod given;
mod intake;
mod json;
mod memory;
mod metrics;
mod openapi;
mod pages;
mod plain;
mod printed;
mod proxies;
mod request;
mod routes;
mod schemas;
mod tables;

use std::net::TcpListener;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, middleware, web};

pub use archive::package as archive_of;
pub(crate) use archive::{OpenArchive, serve as serve_archive};
pub use endpoints::{Endpoint, Method, endpoints};
pub(crate) use json::read_value;
pub use openapi::{asyncapi, openapi};
pub use pages::site;
pub use schemas::schemas;

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
    manners: Manners,
    /// The endpoints of each path.
    endpoints: Routes<Vec<Endpoint>>,
    /// The pages, by their paths without the language.
    pages: Routes<pages::PageRoute>,
    /// What serves programs beside these.
    plain: Routes<plain::Plain>,
}

/// How a server meets what is before it: proxies, and who watches whether it is ready.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// Whether browsers are told to come by HTTPS alone.
    hsts: bool,
    /// Threads that handle requests; as many as there are cores unless told.
    workers: Option<u16>,
    /// Sites whose pages may use the API with a token.
    sites: cors::Sites,
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

    /// With sites whose pages may use the API with a token: origins such as `https://portal.example.cn`.
    #[must_use]
    pub fn with_sites(self, sites: Vec<String>) -> Self {
        Self { sites: cors::Sites(sites), ..self }
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
        plain: plain::by_path(),
        manners,
    });
    pages::prepare_assets();
    forget_the_quiet(&state);
    if let Some(listener) = metrics {
        tokio::spawn(tell_metrics(Arc::clone(&state), listener)?);
    }
    let (workers, hsts) = (state.manners.workers(), state.manners.hsts);
    let server = HttpServer::new(move || {
        let (state, around) = (Arc::clone(&state), Arc::clone(&state));
        App::new()
            .wrap(middleware::from_fn(move |request, next| {
                let state = Arc::clone(&around);
                async move { state.compression.around(request, next).await }
            }))
            .wrap(middleware::Condition::new(hsts, middleware::DefaultHeaders::new().add(HSTS)))
            .default_service(web::to(move |http: HttpRequest, payload: web::Payload| {
                let state = Arc::clone(&state);
                async move { frame::answer(&state, &http, payload).await }
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
        loops.every("limits", Duration::from_mins(1), &clock, round).await;
    });
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
            plain::text(500, "metrics\n")
        }
    }
}
