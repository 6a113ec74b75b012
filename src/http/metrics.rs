//! What the service measures of itself, in the text form of Prometheus.

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::error::{Error, Result};

/// Counters of the HTTP side and gauges of the database.
pub(super) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    failures: IntCounterVec,
    committed: IntGauge,
    statements: IntGauge,
    waiting: IntGauge,
}

impl Metrics {
    /// New metrics, all zero.
    pub(super) fn new() -> Result<Self> {
        let failed = |error: prometheus::Error| Error::internal(format!("metrics: {error}"));
        let requests = IntCounterVec::new(
            Opts::new("qianglian_http_requests_total", "Requests answered"),
            &["method", "path", "status"],
        )
        .map_err(failed)?;
        let durations = HistogramVec::new(
            HistogramOpts::new("qianglian_http_request_seconds", "Time to answer")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]),
            &["path"],
        )
        .map_err(failed)?;
        let failures = IntCounterVec::new(
            Opts::new("qianglian_loop_failures_total", "Failures of work in the background, which went on"),
            &["loop"],
        )
        .map_err(failed)?;
        let committed =
            IntGauge::new("qianglian_transactions_committed", "Transactions committed since the start")
                .map_err(failed)?;
        let statements = IntGauge::new("qianglian_statements", "Database statements run since the start")
            .map_err(failed)?;
        let waiting = IntGauge::new("qianglian_database_jobs_waiting", "Jobs that wait for the database")
            .map_err(failed)?;
        let registry = Registry::new();
        for collector in [
            Box::new(requests.clone()) as Box<dyn prometheus::core::Collector>,
            Box::new(durations.clone()),
            Box::new(failures.clone()),
            Box::new(committed.clone()),
            Box::new(statements.clone()),
            Box::new(waiting.clone()),
        ] {
            registry.register(collector).map_err(failed)?;
        }
        Ok(Self { registry, requests, durations, failures, committed, statements, waiting })
    }

    /// Counts an answer. `path` is the pattern of the endpoint, never what the caller wrote.
    pub(super) fn observe(&self, method: &str, path: &str, status: u16, seconds: f64) {
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
            _ => "other",
        };
        self.requests.with_label_values(&[method, path, &status.to_string()]).inc();
        self.durations.with_label_values(&[path]).observe(seconds);
    }

    /// Says how often work in the background has failed so far, by its name.
    pub(super) fn tell_failures(&self, failures: &[(&'static str, u64)]) {
        self.failures.reset();
        for (name, count) in failures {
            self.failures.with_label_values(&[*name]).inc_by(*count);
        }
    }

    pub(super) fn text(&self, committed: u64, statements: u64, waiting: usize) -> Result<String> {
        self.committed.set(i64::try_from(committed).unwrap_or(i64::MAX));
        self.statements.set(i64::try_from(statements).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .map_err(|error| Error::internal(format!("metrics: {error}")))?;
        String::from_utf8(text).map_err(|error| Error::internal(format!("metrics: {error}")))
    }
}
