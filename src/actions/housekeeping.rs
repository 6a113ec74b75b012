//! Removing rows that serve nothing any more, so that no table grows with nothing but time.

use super::Service;
use crate::db::housekeeping::{Until, forget};
use crate::error::Result;

const DAY: i64 = 24 * 60 * 60;
/// Days that a session is kept after its end: longer than an edition lasts, with its objections and re-checks.
const SESSIONS: i64 = 3 * 366;
/// Days that one-time links are kept after their end, and answers to requests with an idempotency key.
const LINKS_AND_ANSWERS: i64 = 30;

/// Removes what ended long enough ago; how many rows.
///
/// # Errors
/// If the database does not answer.
pub async fn tidy_up(service: &Service) -> Result<usize> {
    let now = service.clock.now();
    let before = |days: i64| now.plus_seconds(-days * DAY);
    let until =
        Until { sessions: before(SESSIONS), tokens: before(1), links_and_answers: before(LINKS_AND_ANSWERS) };
    service.db.write("housekeeping", move |conn| forget(conn, &until)).await
}
