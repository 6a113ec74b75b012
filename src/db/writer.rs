//! SQLite's writer, which commits the jobs that wait together.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::TransactionManager;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};

use super::Conn;
use super::counts::{Counts, uncounted};
use super::jobs::{Job, JobKind, Work};
use super::line::Line;
use super::worker::{begin, stop_if_broken};
use crate::error::{Error, Result, Trouble};

/// Jobs that SQLite's writer commits together.
const GROUP: usize = 64;
/// Bytes that SQLite's log may have before it is tried to cut it.
const LONGEST_LOG: u64 = 64 << 20;
/// How often SQLite's writer looks whether a command beside it has changed something.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// SQLite's writer: one commit, and so one wait for the disk, for all jobs that wait at the moment.
pub(super) fn write_in_groups(
    line: &mut Line,
    queue: &flume::Receiver<Job>,
    counts: &Arc<Counts>,
    callers_changed: &AtomicBool,
    log: &Path,
) {
    let mut seen = None;
    loop {
        let mut jobs: Vec<Job> = match queue.recv_timeout(LOOKS_EVERY) {
            Ok(first) => std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)).collect(),
            Err(flume::RecvTimeoutError::Timeout) => Vec::new(),
            Err(flume::RecvTimeoutError::Disconnected) => return,
        };
        look_for_changes(line, &mut seen, counts);
        jobs.retain(Job::begin);
        if jobs.is_empty() {
            cut_log(line, log);
            continue;
        }
        let outcomes = commit_together(line, &mut jobs);
        // Before anybody is answered: who has been told of a change is never taken for who they were before it.
        if callers_changed.swap(false, Ordering::Relaxed) {
            counts.callers.fetch_add(1, Ordering::Release);
        }
        match outcomes {
            Ok(outcomes) => {
                let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
                // Before anybody is answered: who has been told of a change never reads what was before it.
                counts.committed.fetch_add(done as u64, Ordering::Release);
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    job.work.answer(outcome);
                }
            }
            Err(error) => {
                stop_if_broken(&error);
                for job in jobs {
                    job.work.answer(Err(error.clone()));
                }
                line.after(Some(&error));
            }
        }
        if queue.is_empty() {
            cut_log(line, log);
        }
    }
}

/// A long reader keeps SQLite from beginning its log anew, so that it grows. Once it has gone, and nobody waits, the log is
/// cut.
fn cut_log(line: &mut Line, log: &Path) {
    if std::fs::metadata(log).is_ok_and(|log| log.len() > LONGEST_LOG)
        && let Ok(conn) = line.conn()
        && let Err(error) = conn.cut_log()
    {
        tracing::warn!(%error, "the log of the database can't be cut now");
    }
}

/// Looks whether anybody else has changed the file since it was last `seen`: SQLite counts what other connections commit,
/// and of those of this process only the writer's writes.
fn look_for_changes(line: &mut Line, seen: &mut Option<i64>, counts: &Counts) {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = BigInt)]
        data_version: i64,
    }
    let Ok(conn) = line.conn() else { return };
    let version = uncounted(|| sql_query("PRAGMA data_version").get_result::<Version>(conn));
    // Where it can't be told everything is taken for changed; what is the matter is found by the next job.
    let version = version.ok().map(|version| version.data_version);
    if seen.is_some() && *seen != version {
        counts.elsewhere.fetch_add(1, Ordering::Release);
    }
    *seen = version;
}

/// Does jobs in one transaction, each in a savepoint of its own. Where the database is in trouble, SQLite may have undone
/// more than one job, so that all are undone and told.
fn commit_together(line: &mut Line, jobs: &mut [Job]) -> Result<Vec<Result<()>>> {
    begin(line, JobKind::Write)?;
    let conn = line.conn()?;
    let outcomes: Vec<Result<()>> = jobs.iter_mut().map(|job| apart(conn, job.work.as_mut())).collect();
    let trouble = outcomes.iter().find_map(|outcome| outcome.as_ref().err().filter(|e| e.trouble.is_some()));
    let trouble = trouble.cloned();
    conn.end(trouble.map_or(Ok(outcomes), Err))
}

/// Does a job in a savepoint.
fn apart(conn: &mut Conn, work: &mut dyn Work) -> Result<()> {
    type Manager = <Conn as Connection>::TransactionManager;
    Manager::begin_transaction(conn)?;
    match work.run(conn) {
        Ok(()) => Ok(Manager::commit_transaction(conn)?),
        Err(error) if error.trouble.is_some() => Err(error),
        Err(error) => Manager::rollback_transaction(conn)
            .map_or_else(|stuck| Err(Error::in_trouble(Trouble::Away, stuck.to_string())), |()| Err(error)),
    }
}
