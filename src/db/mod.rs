//! The database, and the only user of diesel.
//!
//! Threads own their connections and take jobs from a bounded queue. SQLite has one writer, which commits the jobs
//! that wait together in one transaction, each in a savepoint of its own, and answers only after the commit; beside
//! it a few readers. PostgreSQL has threads that each take any job.

pub(crate) mod accounts;
pub(crate) mod alarms;
pub(crate) mod answers;
pub(crate) mod applications;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod callers;
pub(crate) mod checks;
pub(crate) mod competitions;
pub(crate) mod connection;
pub(crate) mod data;
pub(crate) mod documents;
pub(crate) mod evidence;
pub(crate) mod experts;
pub(crate) mod guesses;
pub(crate) mod inspections;
pub(crate) mod intact;
pub(crate) mod letters;
pub(crate) mod messages;
pub(crate) mod objections;
pub(crate) mod platform;
pub(crate) mod public_use;
pub(crate) mod recommendations;
pub(crate) mod schema;
pub(crate) mod sheets;
pub(crate) mod titles;
mod types;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::migration::MigrationSource;
use diesel::pg::{Pg, PgConnection};
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::oneshot;

pub use connection::{Address, Conn};

use crate::error::{Error, Result};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Jobs that may wait before a caller is told that the service is busy.
const QUEUE: usize = 512;
/// Jobs that SQLite's writer commits together.
const GROUP: usize = 64;
/// How often PostgreSQL runs a job again that collided with another.
const ATTEMPTS: u32 = 5;
/// PostgreSQL's advisory lock under which migrations run; any number that nothing else uses.
const MIGRATION_LOCK: i64 = 0x5149_414e_474c_4941;

/// The database. Clones share its threads; they end when the last clone is dropped.
#[derive(Clone)]
pub struct Db(Arc<Threads>);

struct Threads {
    /// Whether this process alone writes.
    alone: bool,
    writes: Option<flume::Sender<Job>>,
    reads: Option<flume::Sender<Job>>,
    handles: Vec<JoinHandle<()>>,
    counts: Arc<Counts>,
    callers: callers::Memory,
}

/// What the threads count, for metrics.
#[derive(Default)]
struct Counts {
    committed: AtomicU64,
    statements: AtomicU64,
    /// Commits that changed a session or an account, where this process alone writes.
    callers: AtomicU64,
}

/// Counts the statements of a connection.
struct Counter(Arc<Counts>);

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            self.0.statements.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.writes = None;
        self.reads = None;
        // A job may hold the last clone, and so be dropped on a thread of the database itself.
        let here = std::thread::current().id();
        for handle in self.handles.drain(..).filter(|handle| handle.thread().id() != here) {
            // A thread that panicked has logged it; there is nothing left to do about it here.
            let _ = handle.join();
        }
    }
}

/// What a job does with its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JobKind {
    /// Changes something, in a transaction.
    Write,
    /// Reads by several statements, which see one snapshot.
    Snapshot,
    /// Reads by one statement, which needs no transaction to see one snapshot.
    Statement,
}

/// Something that waits for a connection.
struct Job {
    kind: JobKind,
    work: Box<dyn Work>,
}

/// What to do with a connection, and whom to answer.
trait Work: Send {
    fn name(&self) -> &'static str;
    fn run(&mut self, conn: &mut Conn) -> Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Task<T, F> {
    name: &'static str,
    act: F,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnMut(&mut Conn) -> Result<T> + Send> Work for Task<T, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, conn: &mut Conn) -> Result<()> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.act)(conn)));
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

impl Db {
    /// Opens the database: brings its tables up to date, checks that it keeps what is committed, and starts its
    /// threads (PostgreSQL: `threads` of them).
    ///
    /// # Errors
    /// If it can't be opened, or is not fit for use.
    pub fn open(address: &Address, threads: usize) -> Result<Self> {
        let counts = Arc::new(Counts::default());
        let mut conn = counted(address, &counts)?;
        migrate(&mut conn)?;
        check(&mut conn)?;
        let (writes, write_queue) = flume::bounded(QUEUE);
        let mut handles = Vec::new();
        let alone = matches!(conn, Conn::Sqlite(_));
        let reads = match conn {
            Conn::Sqlite(ref mut sqlite) => {
                let changed = callers::watch(sqlite)?;
                let (reads, read_queue) = flume::bounded(QUEUE);
                let count = Arc::clone(&counts);
                handles
                    .push(spawn("db-writer", move || write_in_groups(conn, &write_queue, &count, &changed))?);
                for _ in 0..2 {
                    let (conn, queue) = (counted(address, &counts)?, flume::Receiver::clone(&read_queue));
                    handles.push(spawn("db-reader", move || read_one_by_one(conn, &queue))?);
                }
                reads
            }
            Conn::Pg(_) => {
                let mut first = Some(conn);
                for _ in 0..threads.max(1) {
                    let conn = first.take().map_or_else(|| counted(address, &counts), Ok)?;
                    let (queue, count) = (flume::Receiver::clone(&write_queue), Arc::clone(&counts));
                    let address = address.clone();
                    handles.push(spawn("db", move || take_any(conn, &address, &queue, &count))?);
                }
                writes.clone()
            }
        };
        Ok(Self(Arc::new(Threads {
            writes: Some(writes),
            reads: Some(reads),
            handles,
            counts,
            alone,
            callers: callers::Memory::default(),
        })))
    }

    /// Changes something: the one way to. `act` may run more than once, so it touches nothing but the connection;
    /// all that it did is kept if it and the commit succeed, else nothing.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.send(JobKind::Write, name, act).await
    }

    /// Reads one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.send(JobKind::Snapshot, name, act).await
    }

    /// Reads by a single statement: what happens at every request need not open and close a transaction.
    pub(crate) async fn read_by_one_statement<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.send(JobKind::Statement, name, act).await
    }

    /// Transactions committed since the start, for metrics.
    pub fn committed(&self) -> u64 {
        self.0.counts.committed.load(Ordering::Relaxed)
    }

    /// Whether this process alone writes: so it is with SQLite, not with PostgreSQL.
    pub fn writes_alone(&self) -> bool {
        self.0.alone
    }

    /// A number that grows with every change, where this process alone writes; none where others write too. What was
    /// read while it stood at a number is what is there as long as it still does.
    pub fn version(&self) -> Option<u64> {
        self.0.alone.then(|| self.0.counts.committed.load(Ordering::Acquire))
    }

    /// A number that grows with every change of a session or an account, where this process alone writes.
    fn callers_version(&self) -> Option<u64> {
        self.0.alone.then(|| self.0.counts.callers.load(Ordering::Acquire))
    }

    /// Statements run since the start, for metrics.
    pub fn statements(&self) -> u64 {
        self.0.counts.statements.load(Ordering::Relaxed)
    }

    /// Jobs that wait, for metrics.
    pub fn waiting(&self) -> usize {
        self.0.writes.as_ref().map_or(0, flume::Sender::len)
            + self.0.reads.as_ref().map_or(0, flume::Sender::len)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<()> {
        self.read("ping", |conn| Ok(conn.batch_execute("SELECT 1")?)).await
    }
}

impl Threads {
    async fn send<T: Send + 'static>(
        &self,
        kind: JobKind,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Task { name, act, value: None, reply });
        let queue = if kind == JobKind::Write { &self.writes } else { &self.reads };
        let queue = queue.as_ref().ok_or_else(|| Error::internal("the database is closed"))?;
        queue.try_send(Job { kind, work }).map_err(|_| Error::busy(1))?;
        answer.await.map_err(|_| Error::internal(format!("{name} was not answered")))?
    }
}

/// Opens a connection whose statements are counted.
fn counted(address: &Address, counts: &Arc<Counts>) -> Result<Conn> {
    let mut conn = Conn::open(address)?;
    conn.set_instrumentation(Counter(Arc::clone(counts)));
    Ok(conn)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(|error| Error::internal(format!("no thread can be started: {error}")))
}

/// SQLite's writer: one commit, and so one wait for the disk, for all jobs that wait at the moment.
fn write_in_groups(
    mut conn: Conn,
    queue: &flume::Receiver<Job>,
    counts: &Arc<Counts>,
    callers_changed: &AtomicBool,
) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        while jobs.len() < GROUP {
            match queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        let outcomes = conn.begin_write().map_err(Error::from).and_then(|()| {
            let outcomes = jobs.iter_mut().map(|job| conn.transaction(|conn| job.work.run(conn))).collect();
            conn.end(Ok::<Vec<Result<()>>, Error>(outcomes))
        });
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
                    stop_if_the_disk_fails(&outcome);
                    job.work.answer(outcome);
                }
            }
            Err(error) => {
                let failed = Err(error);
                stop_if_the_disk_fails(&failed);
                for job in jobs {
                    job.work.answer(failed.clone());
                }
            }
        }
    }
}

/// After a failed write or sync SQLite goes on as if nothing had happened (measured), which is no state to take
/// scores in: stop, so that a restart recovers from the log what was really kept.
fn stop_if_the_disk_fails(outcome: &Result<()>) {
    if let Err(Error { inside: Some(inside), .. }) = outcome
        && inside.contains("disk I/O error")
    {
        tracing::error!(error = %inside, "the disk failed; stopping, so that a restart recovers what was kept");
        std::process::exit(70);
    }
}

fn read_one_by_one(mut conn: Conn, queue: &flume::Receiver<Job>) {
    while let Ok(mut job) = queue.recv() {
        let outcome = read(&mut conn, &mut job);
        job.work.answer(outcome);
    }
}

fn read(conn: &mut Conn, job: &mut Job) -> Result<()> {
    if job.kind == JobKind::Statement {
        return job.work.run(conn);
    }
    conn.begin_read()?;
    let outcome = job.work.run(conn);
    conn.end(outcome)
}

fn take_any(mut conn: Conn, address: &Address, queue: &flume::Receiver<Job>, counts: &Arc<Counts>) {
    while let Ok(mut job) = queue.recv() {
        let outcome = match job.kind {
            JobKind::Write => write_again_if_it_collides(&mut conn, job.work.as_mut()),
            JobKind::Snapshot | JobKind::Statement => read(&mut conn, &mut job),
        };
        if job.kind == JobKind::Write && outcome.is_ok() {
            counts.committed.fetch_add(1, Ordering::Relaxed);
        }
        let broken = outcome.is_err() && conn.batch_execute("SELECT 1").is_err();
        job.work.answer(outcome);
        if broken {
            match counted(address, counts) {
                Ok(fresh) => conn = fresh,
                Err(error) => {
                    tracing::error!(%error, "the connection was lost and can't be opened again yet");
                }
            }
        }
    }
}

fn write_again_if_it_collides(conn: &mut Conn, work: &mut dyn Work) -> Result<()> {
    for attempt in 1.. {
        conn.begin_write()?;
        let outcome = work.run(conn);
        match conn.end(outcome) {
            Err(error) if connection::collided(&error) && attempt < ATTEMPTS => {
                tracing::debug!(job = work.name(), attempt, "collided with another transaction");
            }
            other => return other,
        }
    }
    Ok(())
}

/// Brings the tables up to date. On PostgreSQL under a lock, as several processes may start at once; a SQLite file has
/// one process.
///
/// # Errors
/// If a migration fails, or the database is newer than this program.
pub fn migrate(conn: &mut Conn) -> Result<()> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::internal(format!("migration failed: {error}"))
    };
    match conn {
        Conn::Sqlite(conn) => {
            conn.run_pending_migrations(SQLITE_MIGRATIONS).map_err(failed)?;
        }
        Conn::Pg(conn) => {
            if is_up_to_date(conn) {
                return Ok(());
            }
            // A waiting process must not be cut off by the time-outs that protect requests.
            conn.batch_execute("SET lock_timeout = 0; SET statement_timeout = 0")?;
            conn.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            let outcome = conn.run_pending_migrations(POSTGRES_MIGRATIONS).map(drop).map_err(failed);
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
            conn.batch_execute("SET lock_timeout = '10s'; SET statement_timeout = '30s'")?;
            outcome?;
        }
    }
    Ok(())
}

/// Whether every migration has run. Looked at first, as diesel would make its table even if it is there, which an account
/// that may only use the tables is refused.
fn is_up_to_date(conn: &mut PgConnection) -> bool {
    let Ok(known) = MigrationSource::<Pg>::migrations(&POSTGRES_MIGRATIONS) else { return false };
    let run = sql_query("SELECT version AS value FROM __diesel_schema_migrations").load::<Setting>(conn);
    let run: BTreeSet<String> = run.unwrap_or_default().into_iter().map(|row| row.value).collect();
    known.iter().all(|migration| run.contains(&migration.name().version().to_string()))
}

/// Copies an SQLite database, as it is at one moment, into a file that is not there yet. It may be written to meanwhile.
///
/// # Errors
/// If it is not SQLite, or the copy can't be made.
pub fn snapshot(address: &Address, into: &std::path::Path) -> Result<()> {
    let Conn::Sqlite(mut conn) = Conn::open(address)? else {
        return Err(Error::internal("only an SQLite database is copied"));
    };
    sql_query("VACUUM INTO ?").bind::<Text, _>(into.to_string_lossy()).execute(&mut conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Level {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Reads back what durability rests on, and refuses a database that lacks it.
fn check(conn: &mut Conn) -> Result<()> {
    let unfit = |what: String| Err(Error::internal(format!("the database is not fit for use: {what}")));
    match conn {
        Conn::Sqlite(conn) => {
            let version: Setting = sql_query("SELECT sqlite_version() AS value").get_result(conn)?;
            let parts: Vec<u32> = version.value.split('.').filter_map(|part| part.parse().ok()).collect();
            // 3.7.0 to 3.51.2 may lose data of a log with two connections ("WAL-reset bug").
            if parts < vec![3, 51, 3] {
                return unfit(format!("SQLite {} is older than 3.51.3", version.value));
            }
            let journal: Setting =
                sql_query("SELECT journal_mode AS value FROM pragma_journal_mode").get_result(conn)?;
            let synchronous: Level =
                sql_query("SELECT synchronous AS value FROM pragma_synchronous").get_result(conn)?;
            if journal.value != "wal" || synchronous.value != 2 {
                return unfit(format!("journal_mode {}, synchronous {}", journal.value, synchronous.value));
            }
        }
        Conn::Pg(conn) => {
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                let setting: Setting =
                    sql_query(format!("SELECT current_setting('{name}') AS value")).get_result(conn)?;
                if setting.value == "off" {
                    tracing::warn!(setting = name, "PostgreSQL may lose committed writes at a power cut");
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::error::Kind;

    fn open() -> (tempfile::TempDir, Db) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db").display().to_string();
        (directory, Db::open(&Address::Sqlite(path), 1).unwrap())
    }

    fn add(conn: &mut Conn, name: &str) -> Result<()> {
        accounts::next_number(conn, name).map(drop)
    }

    async fn count(db: &Db) -> usize {
        #[derive(QueryableByName)]
        struct Name {
            #[diesel(sql_type = Text)]
            #[expect(dead_code, reason = "rows are counted")]
            name: String,
        }
        let rows =
            db.read("count", |conn| Ok(sql_query("SELECT name FROM counter").load::<Name>(conn)?.len()));
        rows.await.unwrap()
    }

    #[tokio::test]
    async fn of_jobs_that_are_committed_together_one_that_fails_undoes_itself_alone() {
        let (_directory, db) = open();
        let jobs = (0..40).map(|number| {
            db.write("test", move |conn| {
                add(conn, &number.to_string())?;
                match number % 4 {
                    0 => Err(Error::not_found()),
                    1 => panic!("a bug in a job"),
                    _ => Ok(()),
                }
            })
        });
        let outcomes = join_all(jobs).await;
        for (number, outcome) in outcomes.into_iter().enumerate() {
            match number % 4 {
                0 => assert_eq!(outcome.unwrap_err().kind, Kind::NotFound),
                1 => assert_eq!(outcome.unwrap_err().kind, Kind::Internal),
                _ => outcome.unwrap(),
            }
        }
        assert_eq!(count(&db).await, 20);
        assert_eq!(db.committed(), 20);
    }

    #[tokio::test]
    async fn a_read_writes_nothing_and_the_queue_has_an_end() {
        let (_directory, db) = open();
        let outcome = db.read("test", |conn| add(conn, "x").and(Err::<(), _>(Error::not_found()))).await;
        assert!(outcome.is_err());
        assert_eq!(count(&db).await, 0);
        // More jobs at once than may wait: the rest is told to come back, and none is lost.
        let jobs = (0..2_000).map(|number| db.write("test", move |conn| add(conn, &number.to_string())));
        let outcomes = join_all(jobs).await;
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome.as_ref().map_or_else(|error| error.kind == Kind::Busy, |()| true))
        );
        assert_eq!(count(&db).await, done);
    }

    #[test]
    fn a_database_that_may_lose_what_it_acknowledged_is_refused() {
        let (directory, _db) = open();
        let path = directory.path().join("test.db").display().to_string();
        let mut conn = Conn::open(&Address::Sqlite(path)).unwrap();
        assert!(check(&mut conn).is_ok());
        conn.batch_execute("PRAGMA synchronous = NORMAL").unwrap();
        assert_eq!(check(&mut conn).unwrap_err().kind, Kind::Internal);
    }
}
