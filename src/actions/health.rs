//! The service's health, for administrators: what readiness, the metrics and the start's options know, in one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::Kind;
use super::jumps::{self, ClockView};
use super::{RequestContext, Service};
use crate::db;
use crate::domain::access::{Action, Relation};
use crate::domain::keyword::keyword_enum;
use crate::domain::letter::LetterState;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

keyword_enum! {
    /// Which database keeps what is recorded.
    pub enum DatabaseKind {
        /// The database in the data directory, written by this process alone.
        Sqlite = "sqlite",
        /// A PostgreSQL server, which other processes may write to as well.
        Postgres = "postgres",
    }
}

keyword_enum! {
    /// Where files are kept.
    pub enum FilesPlace {
        /// In the data directory.
        Folder = "folder",
        /// In an S3-compatible store.
        Bucket = "bucket",
    }
}

/// What the service was started with, as far as it may be told: no address with a password, no key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfiguredView {
    /// Who letters come from; none where no mail server is named and letters only wait.
    pub mail_from: Option<String>,
    /// Requests a second from one address; none for no limit.
    pub requests_per_second: Option<u32>,
    /// Proxies whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<String>,
    /// The level of the log.
    pub log: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseHealthView {
    pub kind: DatabaseKind,
    /// Transactions committed since the start.
    pub committed: u64,
    /// Statements run since the start.
    pub statement_count: u64,
    /// Jobs that wait for it now.
    pub waiting: usize,
}

/// The store of files.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FilesHealthView {
    /// Where files are kept.
    pub store: FilesPlace,
    /// Whether files can be taken in and kept now. Why not is in the log.
    pub ready: bool,
    /// Bytes left on the disk where files come in; none where the disk does not say.
    pub free: Option<u64>,
    /// With fewer bytes left than this, no file is taken in.
    pub kept_free: Option<u64>,
}

/// The scanner for harmful files.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ScannerHealthView {
    /// Where it listens; none where files are opened unscanned.
    pub address: Option<String>,
    /// What it calls itself; none while it does not answer.
    pub scanner_version: Option<String>,
    /// Files that wait for its verdict.
    pub pending: i64,
    /// Those of them that it was asked about and had no verdict on. Why is in the log.
    pub stuck: usize,
    /// Files in which it found something.
    pub quarantined: i64,
}

/// The version of the API, which is not the program's: what it promises is in `docs/api.md`.
pub const API_VERSION: &str = "0.1.0";

/// Which API this is, and which program serves it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AboutView {
    pub api_version: String,
    pub program_version: String,
}

impl AboutView {
    pub fn now() -> Self {
        Self { api_version: API_VERSION.to_owned(), program_version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The service's health. That there is an answer at all says that the database answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HealthView {
    /// The version of the program.
    pub program_version: String,
    /// The service's own time.
    pub at: Timestamp,
    pub clock: ClockView,
    pub database: DatabaseHealthView,
    /// The store of files.
    pub file_store: FilesHealthView,
    /// The scanner for harmful files.
    pub scanner: ScannerHealthView,
    /// How many letters stand where, in all competitions.
    pub letters: BTreeMap<LetterState, i64>,
    /// The version of the catalogue that is the newest.
    pub catalogue_version: i32,
    /// The version of the calendar of working days that is the newest.
    pub working_days_version: i32,
    /// What the service was started with.
    pub configured: ConfiguredView,
}

async fn files_health(service: &Service) -> FilesHealthView {
    let files = &service.files;
    let ready = match files.check().await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(error = ?error, "the file store does not answer");
            false
        }
    };
    let space = files.space().await.ok();
    FilesHealthView {
        store: if files.is_bucket() { FilesPlace::Bucket } else { FilesPlace::Folder },
        ready,
        free: space.map(|(free, _)| free),
        kept_free: space.map(|(_, kept)| kept),
    }
}

async fn scanner_health(service: &Service) -> Result<ScannerHealthView> {
    let scanner = service.scanning.scanner();
    let version = match scanner {
        Some(scanner) => scanner.version().await.ok(),
        None => None,
    };
    let (unscanned, quarantined) = service
        .db
        .read("health.scans", |conn| {
            Ok((db::scans::count_unscanned(conn)?, db::scans::count_quarantined(conn)?))
        })
        .await?;
    Ok(ScannerHealthView {
        address: scanner.map(|scanner| scanner.address().to_string()),
        scanner_version: version,
        pending: if scanner.is_some() { unscanned } else { 0 },
        stuck: service.scanning.stuck(),
        quarantined,
    })
}

/// The service's health.
///
/// # Errors
/// If the caller is no administrator, or the database does not answer.
pub async fn read(service: &Service, context: &Arc<RequestContext>) -> Result<HealthView> {
    let (letters, catalogue, working_days) = service
        .read(context, Action::ReadHealth, "service".to_owned(), move |conn, context| {
            context.may(Action::ReadHealth, Relation::General)?;
            let mut newest = |kind: Kind| {
                let found = db::data::newest_version(conn, kind.as_str())?;
                found.ok_or_else(|| Error::internal(format!("no {kind} is stored")))
            };
            let (catalogue, working_days) = (newest(Kind::Catalogue)?, newest(Kind::WorkingDays)?);
            Ok((db::letters::count(conn)?, catalogue, working_days))
        })
        .await?;
    let (db, clock) = (&service.db, jumps::read(service, context).await?);
    Ok(HealthView {
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        at: clock.at,
        clock,
        database: DatabaseHealthView {
            kind: if db.writes_alone() { DatabaseKind::Sqlite } else { DatabaseKind::Postgres },
            committed: db.committed(),
            statement_count: db.statements(),
            waiting: db.waiting(),
        },
        file_store: files_health(service).await,
        scanner: scanner_health(service).await?,
        letters: letters.into_iter().collect(),
        catalogue_version: catalogue,
        working_days_version: working_days,
        configured: service.configured.as_ref().clone(),
    })
}
