//! The database, and the only user of diesel.
//!
//! Threads own their connections and take jobs from a bounded queue. SQLite has one writer, which commits the jobs
//! that wait together in one transaction, each in a savepoint of its own, and answers only after the commit; beside
//! it readers. PostgreSQL has threads that each take any job.

pub(crate) mod accounts;
pub(crate) mod alarms;
pub(crate) mod answers;
pub(crate) mod applications;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod callers;
pub(crate) mod changes;
pub(crate) mod checks;
pub(crate) mod competitions;
pub(crate) mod connection;
mod counts;
pub(crate) mod data;
pub(crate) mod documents;
pub(crate) mod evidence;
pub(crate) mod experts;
mod faults;
mod fitness;
mod foreign;
pub(crate) mod guesses;
mod held;
pub(crate) mod housekeeping;
pub(crate) mod inquiries;
pub(crate) mod inspections;
pub(crate) mod intact;
mod jobs;
pub(crate) mod letters;
mod line;
pub(crate) mod machines;
pub(crate) mod messages;
mod migrations;
pub(crate) mod objections;
pub(crate) mod passkeys;
pub(crate) mod platform;
pub(crate) mod public_use;
pub(crate) mod raw;
pub(crate) mod recommendations;
pub(crate) mod scans;
pub(crate) mod schema;
pub(crate) mod second_factors;
pub(crate) mod sheets;
mod threads;
pub(crate) mod titles;
mod types;
pub(crate) mod webhooks;
mod worker;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::{RunQueryDsl, sql_query};

use self::counts::{Counts, counted};
use self::fitness::{Setting, check};
use self::held::Held;
use self::jobs::{JobKind, put};
use self::line::{Line, Patience};
use self::threads::{Open, Threads, spawn};
use self::worker::take_one_by_one;
use self::writer::write_in_groups;
use crate::error::{Error, Result, Trouble};

pub use self::fitness::look_through;
pub use self::migrations::{is_up_to_date, migrate};
pub use self::threads::Closed;
pub use self::worker::BROKEN;
pub use connection::{Address, Conn};

/// Jobs that may wait before a caller is told that the service is busy.
const QUEUE: usize = 512;
/// Threads that read SQLite at least, so that one long read does not keep all others waiting.
const FEWEST_READERS: usize = 2;
/// The longest that anybody waits for a job: longer than the database is given for a statement and for a lock, so that
/// only a database that says nothing any more, or a long queue, is given up by it.
const PATIENCE: Duration = Duration::from_secs(45);
/// The same for whether the database answers at all.
const PULSE: Duration = Duration::from_secs(2);

/// The database. Clones share its threads; they end when the last clone is dropped.
#[derive(Clone)]
pub struct Db {
    threads: Arc<Threads>,
    /// Where whatever this handle reads is of one snapshot.
    held: Option<Arc<Held>>,
}

impl Db {
    /// Opens the database: brings its tables up to date, checks that it keeps what is committed, and starts its
    /// threads: one that writes on SQLite, `threads` that read there and do everything on PostgreSQL, and one that only
    /// asks whether it answers.
    ///
    /// # Errors
    /// If it can't be opened, or is not fit for use.
    pub fn open(address: &Address, threads: usize) -> Result<Self> {
        Self::open_with_patience(address, threads, PATIENCE)
    }

    /// The same, where nobody waits longer for a job than told.
    ///
    /// # Errors
    /// If it can't be opened, or is not fit for use.
    pub fn open_with_patience(address: &Address, threads: usize, patience: Duration) -> Result<Self> {
        let counts = Arc::new(Counts::default());
        let mut conn = counted(address, &counts)?;
        migrate(&mut conn)?;
        check(&mut conn)?;
        drop(conn);
        let connecting = Arc::new(Patience::default());
        let line = || {
            let (address, counts) = (address.clone(), Arc::clone(&counts));
            Line::open(&connecting, move || counted(&address, &counts))
        };
        let (writes, write_queue) = flume::bounded(QUEUE);
        let (pulse, pulse_queue) = flume::bounded(QUEUE);
        let mut handles = Vec::new();
        let (held, closed) = flume::bounded(0);
        let open = Open { closing: Arc::default(), _held: held };
        let alone = matches!(address, Address::Sqlite(_));
        let mut takers = vec![(line()?, pulse_queue)];
        let reads = if alone {
            let changed = Arc::new(AtomicBool::new(false));
            let (place, count, flag) = (address.clone(), Arc::clone(&counts), Arc::clone(&changed));
            let own = Line::open(&connecting, move || {
                let mut conn = counted(&place, &count)?;
                callers::watch(&mut conn, &flag)?;
                Ok(conn)
            })?;
            let count = Arc::clone(&counts);
            let log = address.log();
            handles.push(spawn("db-writer", &open, own, move |line| {
                write_in_groups(line, &write_queue, &count, &changed, &log);
            })?);
            let (reads, read_queue) = flume::bounded(QUEUE);
            for _ in 0..threads.max(FEWEST_READERS) {
                takers.push((line()?, read_queue.clone()));
            }
            reads
        } else {
            for _ in 0..threads.max(1) {
                takers.push((line()?, write_queue.clone()));
            }
            writes.clone()
        };
        for (line, queue) in takers {
            let count = Arc::clone(&counts);
            handles.push(spawn("db", &open, line, move |line| take_one_by_one(line, &queue, &count))?);
        }
        let threads = Arc::new(Threads {
            patience,
            writes: Some(writes),
            reads: Some(reads),
            pulse: Some(pulse),
            handles,
            counts,
            alone,
            callers: callers::Memory::default(),
            closed: Closed(alone.then_some(closed)),
        });
        Ok(Self { threads, held: None })
    }

    /// A handle whose reads all see one snapshot, the one of the first of them: for whoever reads several things that go
    /// together. It lets go of it with its own writes, so that it reads what it wrote, and where nothing is read for a while.
    pub(crate) fn in_one_snapshot(&self) -> Self {
        Self { threads: Arc::clone(&self.threads), held: Some(Arc::default()) }
    }

    /// Lets go of the snapshot, if there is one: nothing more is to be read.
    pub(crate) fn let_go(&self) {
        if let Some(held) = &self.held {
            held.let_go();
        }
    }

    /// Changes something: the one way to. `act` may run more than once, so it touches nothing but the connection;
    /// all that it did is kept if it and the commit succeed, else nothing.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.let_go();
        self.threads.send(JobKind::Write, name, act).await
    }

    /// Reads one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.look(JobKind::Snapshot, name, act).await
    }

    /// Reads by a single statement: what happens at every request need not open and close a transaction.
    pub(crate) async fn read_by_one_statement<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.look(JobKind::Statement, name, act).await
    }

    async fn look<T: Send + 'static>(
        &self,
        kind: JobKind,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.held {
            Some(held) => {
                self.threads
                    .wait(|job| held.take(&self.threads, job), kind, name, self.threads.patience, act)
                    .await
            }
            None => self.threads.send(kind, name, act).await,
        }
    }

    /// Tells when its connections are closed.
    pub fn closed(&self) -> Closed {
        self.threads.closed.clone()
    }

    /// Transactions committed since the start, for metrics.
    pub fn committed(&self) -> u64 {
        self.threads.counts.committed.load(Ordering::Relaxed)
    }

    /// Whether this process alone writes: so it is with SQLite, but for commands beside it, and not with PostgreSQL.
    pub fn writes_alone(&self) -> bool {
        self.threads.alone
    }

    /// A number that grows with every change, where this process alone writes; none where others write too. What was
    /// read while it stood at a number is what is there as long as it still does.
    pub fn version(&self) -> Option<u64> {
        let counts = &self.threads.counts;
        let changes = || counts.committed.load(Ordering::Acquire) + counts.elsewhere.load(Ordering::Acquire);
        self.threads.alone.then(changes)
    }

    /// A number that grows with every change of a session or an account, where this process alone writes.
    fn callers_version(&self) -> Option<u64> {
        let counts = &self.threads.counts;
        let changes = || counts.callers.load(Ordering::Acquire) + counts.elsewhere.load(Ordering::Acquire);
        self.threads.alone.then(changes)
    }

    /// Statements run since the start, for metrics.
    pub fn statements(&self) -> u64 {
        self.threads.counts.statements.load(Ordering::Relaxed)
    }

    /// Jobs that wait, for metrics.
    pub fn waiting(&self) -> usize {
        self.threads.writes.as_ref().map_or(0, flume::Sender::len)
            + self.threads.reads.as_ref().map_or(0, flume::Sender::len)
    }

    /// Whether the database answers within two seconds and takes writes, whatever waits for it at the moment.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<()> {
        let look = |conn: &mut Conn| {
            let read_only = match conn {
                // What is not kept in memory, but read.
                Conn::Sqlite(_) => "SELECT name AS value FROM counter WHERE name = 'on'",
                Conn::Pg(_) => "SELECT current_setting('transaction_read_only') AS value",
            };
            let told: Vec<Setting> = sql_query(read_only).load(conn)?;
            if told.iter().any(|setting| setting.value == "on") {
                return Err(Error::in_trouble(Trouble::ReadOnly, "the database can only be read"));
            }
            Ok(())
        };
        let pulse = self.threads.pulse.as_ref();
        self.threads.wait(|job| put(pulse, job), JobKind::Statement, "ping", PULSE, look).await
    }
}

#[cfg(test)]
mod tests;
