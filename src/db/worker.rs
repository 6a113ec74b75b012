//! Jobs done one by one: reads on SQLite, everything on PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Conn;
use super::counts::{Counts, uncounted};
use super::jobs::{Job, JobKind, Work};
use super::line::Line;
use crate::error::{Error, Result, Trouble};

/// How often PostgreSQL runs a job again that collided with another.
const ATTEMPTS: u32 = 5;
/// The exit status where the database's file fails.
pub const BROKEN: i32 = 70;

/// After a failed write or sync SQLite goes on as if nothing had happened (measured), and from a file that is malformed
/// it reads what it can: no state to take scores in. Stop, so that a restart recovers from the log what was really kept,
/// and looks through the file.
pub(super) fn stop_if_broken(error: &Error) {
    if error.trouble == Some(Trouble::Broken) {
        tracing::error!(%error, "the database's file failed; stopping, so that a restart recovers what was kept");
        std::process::exit(BROKEN);
    }
}

/// Takes jobs of any kind.
pub(super) fn take_one_by_one(line: &mut Line, queue: &flume::Receiver<Job>, counts: &Arc<Counts>) {
    while let Ok(mut job) = queue.recv() {
        if !job.begin() {
            continue;
        }
        let outcome = run(line, &mut job);
        if job.kind == JobKind::Write && outcome.is_ok() {
            counts.committed.fetch_add(1, Ordering::Relaxed);
        }
        let error = outcome.as_ref().err().cloned();
        error.iter().for_each(stop_if_broken);
        job.work.answer(outcome);
        line.after(error.as_ref());
    }
}

pub(super) fn run(line: &mut Line, job: &mut Job) -> Result<()> {
    begin(line, job.kind)?;
    match job.kind {
        JobKind::Write => write_again_if_it_collides(line.conn()?, job.work.as_mut()),
        JobKind::Snapshot => {
            let conn = line.conn()?;
            let outcome = job.work.run(conn);
            uncounted(|| conn.roll_back());
            outcome
        }
        JobKind::Statement => {
            let outcome = job.work.run(line.conn()?);
            if is_away(&outcome) && line.lose() { job.work.run(line.conn()?) } else { outcome }
        }
    }
}

fn is_away(outcome: &Result<()>) -> bool {
    outcome.as_ref().is_err_and(|error| error.trouble == Some(Trouble::Away))
}

/// Begins what a job needs; where the connection turns out to be lost, once more on another one: nothing was done yet.
pub(super) fn begin(line: &mut Line, kind: JobKind) -> Result<()> {
    let begun = begin_once(line, kind);
    if is_away(&begun) && line.lose() { begin_once(line, kind) } else { begun }
}

fn begin_once(line: &mut Line, kind: JobKind) -> Result<()> {
    let conn = line.conn()?;
    match kind {
        JobKind::Write => conn.begin_write()?,
        // Neither this nor its end is counted: they come with the first read of many, and after the last.
        JobKind::Snapshot => uncounted(|| conn.begin_read())?,
        JobKind::Statement => {}
    }
    Ok(())
}

/// Does a job in the transaction that has begun, and again in another one where it only met somebody else's.
fn write_again_if_it_collides(conn: &mut Conn, work: &mut dyn Work) -> Result<()> {
    for attempt in 1.. {
        let outcome = work.run(conn);
        match conn.end(outcome) {
            Err(error) if error.trouble == Some(Trouble::Collided) && attempt < ATTEMPTS => {
                tracing::debug!(job = work.name(), attempt, "collided with another transaction");
                conn.begin_write()?;
            }
            other => return other,
        }
    }
    Ok(())
}
