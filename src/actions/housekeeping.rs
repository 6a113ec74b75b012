//! Removing what serves nothing any more, so that nothing grows with nothing but time. `docs/operations.md` tells what is
//! kept for how long.

use super::Service;
use super::doctor::BROKEN_OFF;
use super::restore::ASIDE;
use crate::db::audit::time_told;
use crate::db::evidence::unnamed;
use crate::db::housekeeping::{Until, forget};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::files::FileDigest;

const DAY: i64 = 24 * 60 * 60;
/// Days that a session is kept after its end: longer than a competition lasts, with its objections and re-checks.
const SESSIONS: i64 = 3 * 366;
/// Days that what an account was told is kept once its owner has read it; the trail keeps what was done.
const READ_MESSAGES: i64 = 366;
/// Days that one-time links are kept after their end, and answers to requests with an idempotency key.
const LINKS_AND_ANSWERS: i64 = 30;
/// Days that is kept what webhooks have told.
const DELIVERIES: i64 = 30;
/// Days that is kept what serves for minutes or hours.
const PASSING: i64 = 1;
/// Days that a file is kept which no record names, also after a restore: whoever finds that the wrong backup was taken may
/// go back.
const UNNAMED: i64 = 90;
/// How many files are looked for in the database at once.
const FILES: usize = 500;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub rows: usize,
    /// Uploads that broke off.
    pub uploads: usize,
    /// Files that no record names.
    pub files: usize,
}

/// Removes what ended long enough ago. Where one kind can't be removed, the others are.
///
/// # Errors
/// If the database or the store of files does not answer.
pub async fn tidy_up(service: &Service) -> Result<Removed> {
    let now = service.clock.now();
    let rows = forget_rows(service, now).await;
    let uploads = service.files.sweep_spool(now.into(), BROKEN_OFF).await;
    let files = remove_unnamed(service, days_before(now, UNNAMED)).await;
    let removed = Removed { rows: rows?, uploads: uploads?, files: files? };
    if removed != Removed::default() {
        tracing::info!(rows = removed.rows, uploads = removed.uploads, files = removed.files, "cleaned up");
    }
    Ok(removed)
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.plus_seconds(-days * DAY)
}

async fn forget_rows(service: &Service, now: Timestamp) -> Result<usize> {
    let until = Until {
        sessions: days_before(now, SESSIONS),
        read_messages: days_before(now, READ_MESSAGES),
        links_and_answers: days_before(now, LINKS_AND_ANSWERS),
        deliveries: days_before(now, DELIVERIES),
        passing: days_before(now, PASSING),
        today: now.date().to_string(),
    };
    service.db.write("housekeeping", move |conn| forget(conn, &until)).await
}

/// Removes files that came before a time and that no record names, a folder of the store at a time. None is removed as
/// long as a replaced database lies beside, whose files they may be; nor where the trail tells of nothing before that time:
/// in a database that is new, or was restored since, records may be missing and not files too many.
async fn remove_unnamed(service: &Service, before: Timestamp) -> Result<usize> {
    if service.files.has_beside(ASIDE).await? {
        return Ok(0);
    }
    let told = service.db.read("housekeeping.told", time_told).await?;
    if told.is_none_or(|told| told > before) {
        return Ok(0);
    }
    let mut removed = 0;
    for cache in 0..=u8::MAX {
        let old = service.files.kept_before(cache, before.into()).await?;
        for some in old.chunks(FILES) {
            let digests: Vec<Digest> = some.iter().map(|digest| Digest(*digest.as_bytes())).collect();
            let unnamed =
                service.db.read("housekeeping.unnamed", move |conn| unnamed(conn, &digests)).await?;
            for digest in unnamed {
                removed +=
                    usize::from(service.files.remove(FileDigest::from(digest.0), before.into()).await?);
            }
        }
    }
    Ok(removed)
}
