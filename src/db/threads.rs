//! The threads that own the connections, and how a job gets to them.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::counts::Counts;
use super::jobs::{Job, JobKind, Taken, Task, put};
use super::line::Line;
use super::{Conn, callers};
use crate::error::{Error, Result, Trouble};

pub(super) struct Threads {
    /// Whether this process alone writes.
    pub(super) alone: bool,
    /// The longest that anybody waits for a job.
    pub(super) patience: Duration,
    pub(super) writes: Option<flume::Sender<Job>>,
    pub(super) reads: Option<flume::Sender<Job>>,
    /// The way past all others, for whether the database answers.
    pub(super) pulse: Option<flume::Sender<Job>>,
    pub(super) handles: Vec<JoinHandle<()>>,
    pub(super) counts: Arc<Counts>,
    pub(super) callers: callers::Memory,
    pub(super) closed: Closed,
}

/// Tells when the connections of a database are closed, which they are once nobody has a handle of it any more. Where
/// others share the database there is nothing to wait for.
#[derive(Clone)]
pub struct Closed(pub(super) Option<flume::Receiver<()>>);

impl Closed {
    /// Waits for it, so long at most: SQLite removes its log when the last connection is closed, and a process that ends
    /// before leaves one to be recovered.
    pub fn wait(&self, most: Duration) {
        if let Some(closed) = &self.0 {
            // Nothing is ever sent: the threads let go of the other end.
            let _ = closed.recv_timeout(most);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.writes = None;
        self.reads = None;
        self.pulse = None;
        if !self.alone {
            // A server that says nothing any more would be waited for without end. It undoes what is not committed.
            return;
        }
        // A job may hold the last clone, and so be dropped on a thread of the database itself.
        let here = std::thread::current().id();
        for handle in self.handles.drain(..).filter(|handle| handle.thread().id() != here) {
            // A thread that panicked has logged it; there is nothing left to do about it here.
            let _ = handle.join();
        }
    }
}

impl Threads {
    pub(super) async fn send<T: Send + 'static>(
        &self,
        kind: JobKind,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let queue = if kind == JobKind::Write { &self.writes } else { &self.reads };
        self.wait(|job| put(queue.as_ref(), job), kind, name, self.patience, act).await
    }

    /// Has a job put into a queue, and waits for what comes of it.
    pub(super) async fn wait<T: Send + 'static>(
        &self,
        put: impl FnOnce(Job) -> Result<()>,
        kind: JobKind,
        name: &'static str,
        patience: Duration,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let within = tracing::Span::current();
        let work = Box::new(Task { name, within, act, value: None, reply });
        let taken = Taken::default();
        put(Job { kind, work, taken: Arc::clone(&taken) })?;
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(outcome)) => outcome,
            Err(_) if !taken.swap(true, Ordering::AcqRel) => {
                Err(Error::in_trouble(Trouble::Locked, format!("{name} waited too long to begin")))
            }
            Ok(Err(_)) | Err(_) if kind == JobKind::Write => {
                Err(Error::outcome_unknown(Trouble::Slow, format!("{name} was not answered")))
            }
            Ok(Err(_)) | Err(_) => Err(Error::in_trouble(Trouble::Slow, format!("{name} was not answered"))),
        }
    }
}

/// Held by a thread as long as its connection is open. Connections are closed one after the other: of two that SQLite
/// closes at once neither is the last, and the log stays.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) closing: Arc<Mutex<()>>,
    /// Nothing is sent; see [`Closed`].
    pub(super) _held: flume::Sender<()>,
}

/// Starts a thread with a connection.
pub(super) fn spawn(
    name: &str,
    open: &Open,
    mut line: Line,
    run: impl FnOnce(&mut Line) + Send + 'static,
) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    let open = open.clone();
    let whole = move || {
        run(&mut line);
        let _alone = open.closing.lock().unwrap_or_else(PoisonError::into_inner);
        drop(line);
    };
    thread.spawn(whole).map_err(|error| Error::internal(format!("no thread can be started: {error}")))
}
