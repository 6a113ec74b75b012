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
pub(crate) mod checks;
pub(crate) mod competitions;
pub(crate) mod connection;
pub(crate) mod data;
pub(crate) mod documents;
pub(crate) mod evidence;
pub(crate) mod experts;
mod faults;
mod foreign;
pub(crate) mod guesses;
mod held;
pub(crate) mod housekeeping;
pub(crate) mod inspections;
pub(crate) mod intact;
pub(crate) mod letters;
mod line;
pub(crate) mod messages;
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
pub(crate) mod titles;
mod types;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection, TransactionManager};
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::oneshot;

pub use connection::{Address, Conn};

use self::held::Held;
use self::line::{Line, Patience};
use crate::clock::Clock;
use crate::error::{Error, Result, Trouble};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Jobs that may wait before a caller is told that the service is busy.
const QUEUE: usize = 512;
/// Threads that read SQLite at least, so that one long read does not keep all others waiting.
const FEWEST_READERS: usize = 2;
/// Jobs that SQLite's writer commits together.
const GROUP: usize = 64;
/// Bytes that SQLite's log may have before it is tried to cut it.
const LONGEST_LOG: u64 = 64 << 20;
/// How often PostgreSQL runs a job again that collided with another.
const ATTEMPTS: u32 = 5;
/// The longest that anybody waits for a job: longer than the database is given for a statement and for a lock, so that
/// only a database that says nothing any more, or a long queue, is given up by it.
const PATIENCE: Duration = Duration::from_secs(45);
/// The same for whether the database answers at all.
const PULSE: Duration = Duration::from_secs(2);
/// How often SQLite's writer looks whether a command beside it has changed something.
const LOOKS_EVERY: Duration = Duration::from_millis(100);
/// The exit status where the database's file fails.
pub const BROKEN: i32 = 70;
/// PostgreSQL's advisory lock under which migrations run; any number that nothing else uses.
const MIGRATION_LOCK: i64 = 0x5149_414e_474c_4941;

/// The database. Clones share its threads; they end when the last clone is dropped.
#[derive(Clone)]
pub struct Db {
    threads: Arc<Threads>,
    /// Where whatever this handle reads is of one snapshot.
    held: Option<Arc<Held>>,
}

struct Threads {
    /// Whether this process alone writes.
    alone: bool,
    /// The longest that anybody waits for a job.
    patience: Duration,
    writes: Option<flume::Sender<Job>>,
    reads: Option<flume::Sender<Job>>,
    /// The way past all others, for whether the database answers.
    pulse: Option<flume::Sender<Job>>,
    handles: Vec<JoinHandle<()>>,
    counts: Arc<Counts>,
    callers: callers::Memory,
    closed: Closed,
}

/// Tells when the connections of a database are closed, which they are once nobody has a handle of it any more. Where
/// others share the database there is nothing to wait for.
#[derive(Clone)]
pub struct Closed(Option<flume::Receiver<()>>);

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

/// What the threads count, for metrics.
#[derive(Default)]
struct Counts {
    committed: AtomicU64,
    statements: AtomicU64,
    /// Commits that changed a session or an account, where this process alone writes.
    callers: AtomicU64,
    /// How often something else than the writer was seen to have changed an SQLite file: a command beside the service.
    elsewhere: AtomicU64,
}

/// Counts the statements of a connection.
struct Counter(Arc<Counts>);

thread_local! {
    /// Set while a thread asks for what nobody asked it to.
    static UNCOUNTED: Cell<bool> = const { Cell::new(false) };
    /// Statements that a thread has run.
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// Asks the database without counting it.
fn uncounted<T>(ask: impl FnOnce() -> T) -> T {
    UNCOUNTED.set(true);
    let told = ask();
    UNCOUNTED.set(false);
    told
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) && !UNCOUNTED.get() {
            self.0.statements.fetch_add(1, Ordering::Relaxed);
            STATEMENTS.set(STATEMENTS.get() + 1);
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
    taken: Taken,
}

impl Job {
    /// Whether it is still wanted; who gave it up before it began has been told that it was not done.
    fn begin(&self) -> bool {
        !self.taken.swap(true, Ordering::AcqRel)
    }
}

/// Set by whoever is first: the thread that begins a job, or whoever no longer waits for it to begin.
type Taken = Arc<AtomicBool>;

/// What to do with a connection, and whom to answer.
trait Work: Send {
    fn name(&self) -> &'static str;
    fn run(&mut self, conn: &mut Conn) -> Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Task<T, F> {
    name: &'static str,
    /// What it is done for: a request, as a rule.
    within: tracing::Span,
    act: F,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
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

impl Threads {
    async fn send<T: Send + 'static>(
        &self,
        kind: JobKind,
        name: &'static str,
        act: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let queue = if kind == JobKind::Write { &self.writes } else { &self.reads };
        self.wait(|job| put(queue.as_ref(), job), kind, name, self.patience, act).await
    }

    /// Has a job put into a queue, and waits for what comes of it.
    async fn wait<T: Send + 'static>(
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

/// Puts a job into a queue, if there is still room.
fn put(queue: Option<&flume::Sender<Job>>, job: Job) -> Result<()> {
    let queue = queue.ok_or_else(|| Error::internal("the database is closed"))?;
    queue.try_send(job).map_err(|_| Error::busy(1))
}

/// Opens a connection whose statements are counted.
fn counted(address: &Address, counts: &Arc<Counts>) -> Result<Conn> {
    let mut conn = Conn::open(address)?;
    conn.set_instrumentation(Counter(Arc::clone(counts)));
    Ok(conn)
}

/// Held by a thread as long as its connection is open. Connections are closed one after the other: of two that SQLite
/// closes at once neither is the last, and the log stays.
#[derive(Clone)]
struct Open {
    closing: Arc<Mutex<()>>,
    /// Nothing is sent; see [`Closed`].
    _held: flume::Sender<()>,
}

/// Starts a thread with a connection.
fn spawn(
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

/// SQLite's writer: one commit, and so one wait for the disk, for all jobs that wait at the moment.
fn write_in_groups(
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

/// After a failed write or sync SQLite goes on as if nothing had happened (measured), and from a file that is malformed
/// it reads what it can: no state to take scores in. Stop, so that a restart recovers from the log what was really kept,
/// and looks through the file.
fn stop_if_broken(error: &Error) {
    if error.trouble == Some(Trouble::Broken) {
        tracing::error!(%error, "the database's file failed; stopping, so that a restart recovers what was kept");
        std::process::exit(BROKEN);
    }
}

/// Takes jobs of any kind.
fn take_one_by_one(line: &mut Line, queue: &flume::Receiver<Job>, counts: &Arc<Counts>) {
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

fn run(line: &mut Line, job: &mut Job) -> Result<()> {
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
fn begin(line: &mut Line, kind: JobKind) -> Result<()> {
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

/// Brings the tables up to date. On PostgreSQL under a lock, as several processes may start at once; a SQLite file has
/// one process.
///
/// # Errors
/// If a migration fails, or the database is newer than this program.
pub fn migrate(conn: &mut Conn) -> Result<()> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::internal(format!("migration failed: {error}"))
    };
    // Looked at first: diesel would make its table even if it is there, which an account that may only use the tables is
    // refused.
    if is_up_to_date(conn)? {
        return Ok(());
    }
    foreign::must_not_be_foreign(conn)?;
    match conn {
        Conn::Sqlite(conn) => {
            conn.run_pending_migrations(SQLITE_MIGRATIONS).map_err(failed)?;
        }
        Conn::Pg(conn) => {
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

/// Whether every migration has run: what must hold for whoever works beside a service that runs, as the tables are never
/// changed below it.
///
/// # Errors
/// If the database does not answer, or is newer than this program.
pub fn is_up_to_date(conn: &mut Conn) -> Result<bool> {
    let known = MigrationSource::<Pg>::migrations(&POSTGRES_MIGRATIONS);
    let known = known.map_err(|error| Error::internal(format!("no migrations: {error}")))?;
    let known: BTreeSet<String> = known.iter().map(|one| one.name().version().to_string()).collect();
    let run = migrations_run(conn)?;
    if let Some(version) = run.difference(&known).last() {
        return Err(Error::conflict(
            "database_newer",
            format!(
                "数据库已由较新版本的程序更新（结构版本 {version}），本程序不能使用它；请换用新版程序。数据未作任何改动"
            ),
            format!(
                "A newer program has changed the database (tables of {version}), and this one can't use it: run the newer one. Nothing was changed"
            ),
        ));
    }
    Ok(run.len() == known.len())
}

/// The versions of the migrations that have run.
fn migrations_run(conn: &mut Conn) -> Result<BTreeSet<String>> {
    let table = match conn {
        Conn::Sqlite(_) => {
            "SELECT name AS value FROM sqlite_schema WHERE name = '__diesel_schema_migrations'"
        }
        Conn::Pg(_) => {
            "SELECT found::text AS value FROM to_regclass('__diesel_schema_migrations') AS found \
             WHERE found IS NOT NULL"
        }
    };
    if sql_query(table).load::<Setting>(conn)?.is_empty() {
        return Ok(BTreeSet::new());
    }
    let run = sql_query("SELECT version AS value FROM __diesel_schema_migrations").load::<Setting>(conn)?;
    Ok(run.into_iter().map(|row| row.value).collect())
}

/// Looks through all of an SQLite file, which takes as long as reading it.
///
/// # Errors
/// If it can't be read, or is not whole.
pub fn look_through(address: &Address) -> Result<()> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let Conn::Sqlite(mut conn) = Conn::open(address)? else { return Ok(()) };
    let found: Vec<Found> = sql_query("PRAGMA quick_check(5)").load(&mut conn)?;
    let wrong: Vec<&str> =
        found.iter().map(|row| row.quick_check.as_str()).filter(|row| *row != "ok").collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::in_trouble(Trouble::Broken, wrong.join("; "))) }
}

/// Copies an SQLite database, as it is at one moment, into a file that is not there yet. It may be written to meanwhile.
///
/// # Errors
/// If it is not SQLite, or the copy can't be made.
pub fn snapshot(address: &Address, into: &std::path::Path) -> Result<()> {
    let mut conn = Conn::open(address)?;
    is_up_to_date(&mut conn)?;
    let Conn::Sqlite(mut conn) = conn else {
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
            let language: Setting =
                sql_query("SELECT current_setting('lc_messages') AS value").get_result(conn)?;
            let known =
                matches!(language.value.as_str(), "" | "C" | "POSIX") || language.value.starts_with("en");
            if !known {
                tracing::warn!(
                    language = language.value,
                    "PostgreSQL tells its troubles in words that are not known here: ALTER ROLE … SET lc_messages = 'C'"
                );
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

    #[tokio::test]
    async fn of_jobs_that_are_committed_together_none_is_done_where_the_disk_is_full() {
        let (_directory, db) = open();
        let outcomes = |full: bool| {
            let jobs = (0..10).map(|number| {
                db.write("test", move |conn| {
                    add(conn, &number.to_string())?;
                    let big = "CREATE TABLE filling AS SELECT zeroblob(9000000)";
                    if full && number == 5 { Ok(conn.batch_execute(big)?) } else { Ok(()) }
                })
            });
            join_all(jobs.collect::<Vec<_>>())
        };
        db.write("test", |conn| Ok(conn.batch_execute("PRAGMA max_page_count = 1")?)).await.unwrap();
        let told = outcomes(true).await;
        assert!(told.iter().any(|told| told.as_ref().is_err_and(|error| error.code == "storage_full")));
        let done = told.iter().filter(|told| told.is_ok()).count();
        assert_eq!(count(&db).await, done);
        assert!(outcomes(false).await.iter().all(Result::is_ok));
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
