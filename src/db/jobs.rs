//! Jobs: what waits for a connection, and whom to answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

use super::Conn;
use super::counts::STATEMENTS;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// What a job does with its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    /// Changes something, in a transaction.
    Write,
    /// Reads by several statements, which see one snapshot.
    Snapshot,
    /// Reads by one statement, which needs no transaction to see one snapshot.
    Statement,
}

/// Something that waits for a connection.
pub(super) struct Job {
    pub(super) kind: JobKind,
    pub(super) work: Box<dyn Work>,
    pub(super) taken: Taken,
}

impl Job {
    /// Whether it is still wanted; who gave it up before it began has been told that it was not done.
    pub(super) fn begin(&self) -> bool {
        !self.taken.swap(true, Ordering::AcqRel)
    }
}

/// Set by whoever is first: the thread that begins a job, or whoever no longer waits for it to begin.
pub(super) type Taken = Arc<AtomicBool>;

/// What to do with a connection, and whom to answer.
pub(super) trait Work: Send {
    fn name(&self) -> &'static str;
    fn run(&mut self, conn: &mut Conn) -> Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

pub(super) struct Task<T, F> {
    pub(super) name: &'static str,
    /// What it is done for: a request, as a rule.
    pub(super) within: tracing::Span,
    pub(super) act: F,
    pub(super) value: Option<T>,
    pub(super) reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnMut(&mut Conn) -> Result<T> + Send> Work for Task<T, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, conn: &mut Conn) -> Result<()> {
        let (watch, before) = (Clock::stopwatch(), STATEMENTS.get());
        let span = tracing::info_span!(parent: &self.within, "db.job", job = self.name);
        let outcome = span.in_scope(|| {
            let outcome = catch_unwind(AssertUnwindSafe(|| (self.act)(conn)));
            let statements = STATEMENTS.get() - before;
            tracing::debug!(statements, milliseconds = watch.seconds() * 1000.0, "a job of the database");
            outcome
        });
        self.value =
            Some(outcome.unwrap_or_else(|_| Err(Error::internal(format!("{} panicked", self.name))))?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { value, reply, .. } = *self;
        let value = outcome.and_then(|()| value.ok_or_else(|| Error::internal("a job left no value")));
        // Whoever asked may have gone away meanwhile; what was committed stays.
        let _ = reply.send(value);
    }
}

/// Puts a job into a queue, if there is still room.
pub(super) fn put(queue: Option<&flume::Sender<Job>>, job: Job) -> Result<()> {
    let queue = queue.ok_or_else(|| Error::internal("the database is closed"))?;
    queue.try_send(job).map_err(|_| Error::busy(1))
}
