//! Restoring a backup: what the trail says of it, and what ends with it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{RequestContext, Service};
use crate::db::backup::end_what_was_open;
use crate::domain::access::{Action, Relation};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// How the names of databases begin that were replaced and are kept beside the new one.
pub const ASIDE: &str = "before-restore-";

/// What data are restored from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A backup, by the digest of its manifest.
    Backup(Digest),
    /// The database's own archive.
    Recovery,
}

/// What is restored, in whose place.
#[derive(Clone, Debug)]
pub struct Restored {
    pub source: Source,
    /// When the backup was made, or to which time the database was recovered.
    pub made_at: Timestamp,
    /// What the data that it replaces had beyond it, by chain.
    pub lost: Value,
    /// Where the data that it replaces are kept.
    pub kept_aside: Option<String>,
    /// Files that it names and does not have.
    pub missing_files: usize,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EndedView {
    pub sessions: usize,
    /// One-time links.
    pub links: usize,
    /// Tokens of external systems.
    pub machines: usize,
    /// Letters that may have been sent since the backup: the office decides about them.
    pub letters: usize,
}

/// Records that these data were restored from a backup. Ends all sessions, refresh tokens, one-time links and tokens of external systems: who
/// holds one may have lost it since. Letters that waited are for a person to decide, as they may have been sent since.
///
/// # Errors
/// If the database fails, or somebody else than the operator asks.
pub async fn record(
    service: &Service,
    context: &Arc<RequestContext>,
    restored: Restored,
) -> Result<EndedView> {
    service
        .write(context, Action::Restore, move |conn, act| {
            act.enter_service(conn)?;
            match restored.source {
                Source::Backup(digest) => act.on("backup", digest),
                Source::Recovery => act.on("recovery", restored.made_at),
            }
            act.context.may(Action::Restore, Relation::General)?;
            let ended = end_what_was_open(conn, act.now)?;
            act.detail("made_at", &restored.made_at);
            act.detail("lost", &restored.lost);
            act.detail("kept_aside", &restored.kept_aside);
            act.detail("missing_files", &restored.missing_files);
            act.detail("ended", &ended);
            Ok(EndedView {
                sessions: ended.sessions,
                links: ended.links,
                machines: ended.machines,
                letters: ended.letters,
            })
        })
        .await
}
