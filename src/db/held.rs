//! One snapshot for several reads: a reader's thread, held in the transaction that the first of them begins.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::jobs::{Job, JobKind, Taken, Work, put};
use super::threads::Threads;
use super::worker::stop_if_broken;
use super::{Conn, QUEUE};
use crate::error::Result;

/// The longest that a thread waits for the next read: who waits for something else meanwhile, for a file, does not keep
/// others from reading.
const IDLE: Duration = Duration::from_millis(100);

/// Where the thread that holds the snapshot takes its jobs from.
#[derive(Default)]
pub(super) struct Held(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// How many snapshots there have been, one after the other.
    number: u64,
    /// None while no thread holds one.
    jobs: Option<flume::Sender<Job>>,
}

impl Held {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a job done in the snapshot; the first one begins it.
    pub(super) fn take(self: &Arc<Self>, threads: &Threads, job: Job) -> Result<()> {
        let mut queue = self.queue();
        if queue.jobs.is_none() {
            let (sender, jobs) = flume::bounded(QUEUE);
            let work = Box::new(Hold { number: queue.number + 1, jobs, held: Arc::downgrade(self) });
            put(threads.reads.as_ref(), Job { kind: JobKind::Snapshot, work, taken: Taken::default() })?;
            queue.number += 1;
            queue.jobs = Some(sender);
        }
        put(queue.jobs.as_ref(), job)
    }

    /// Ends the snapshot once what waits is done.
    pub(super) fn let_go(&self) {
        self.queue().jobs = None;
    }
}

/// Holds the thread that runs it.
struct Hold {
    number: u64,
    jobs: flume::Receiver<Job>,
    held: Weak<Held>,
}

impl Hold {
    /// The next job; none once nobody has any more.
    fn next(&self) -> Option<Job> {
        match self.jobs.recv_timeout(IDLE) {
            Ok(job) => Some(job),
            Err(flume::RecvTimeoutError::Disconnected) => None,
            Err(flume::RecvTimeoutError::Timeout) => {
                self.close();
                // What came meanwhile came before nothing more could.
                self.jobs.try_recv().ok()
            }
        }
    }

    /// Takes no more jobs than those that wait.
    fn close(&self) {
        if let Some(held) = self.held.upgrade() {
            let mut queue = held.queue();
            // Another thread may hold another snapshot for it by now.
            if queue.number == self.number {
                queue.jobs = None;
            }
        }
    }
}

impl Work for Hold {
    fn name(&self) -> &'static str {
        "snapshot"
    }

    fn run(&mut self, conn: &mut Conn) -> Result<()> {
        while let Some(mut job) = self.next() {
            if !job.begin() {
                continue;
            }
            let outcome = job.work.run(conn);
            // What is not there, or not for whoever asks, is an answer like others. In a transaction that has failed
            // nothing more is read; whoever hears of it reads in another one.
            let failed =
                outcome.as_ref().err().filter(|error| error.trouble.is_some() || error.inside.is_some());
            let failed = failed.cloned();
            if let Some(error) = &failed {
                stop_if_broken(error);
                self.close();
            }
            job.work.answer(outcome);
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Err(error) = outcome else { return };
        self.close();
        for job in self.jobs.drain() {
            job.work.answer(Err(error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;
    use crate::db::schema::counter;
    use crate::db::{Address, Db};
    use crate::error::Error;

    async fn value(db: &Db) -> i64 {
        let read = |conn: &mut Conn| Ok(counter::table.find("x").select(counter::value).first(conn)?);
        db.read("test", read).await.unwrap()
    }

    async fn raise(db: &Db) {
        let raise = |conn: &mut Conn| {
            let one = diesel::update(counter::table.find("x")).set(counter::value.eq(counter::value + 1));
            Ok(one.execute(conn).map(drop)?)
        };
        db.write("test", raise).await.unwrap();
    }

    async fn opened(directory: &tempfile::TempDir) -> Db {
        let path = directory.path().join("test.db").display().to_string();
        let db = Db::open(&Address::Sqlite(path), 1).unwrap();
        let insert = |conn: &mut Conn| {
            let row = (counter::name.eq("x"), counter::value.eq(1_i64));
            Ok(diesel::insert_into(counter::table).values(row).execute(conn).map(drop)?)
        };
        db.write("test", insert).await.unwrap();
        db
    }

    #[tokio::test]
    async fn all_that_is_read_of_a_snapshot_is_of_one_moment_until_it_is_let_go_of() {
        let directory = tempfile::tempdir().unwrap();
        let db = opened(&directory).await;
        let page = db.in_one_snapshot();
        assert_eq!(value(&page).await, 1);
        raise(&db).await;
        assert_eq!((value(&page).await, value(&db).await), (1, 2));
        page.let_go();
        assert_eq!(value(&page).await, 2);
    }

    #[tokio::test]
    async fn who_writes_reads_what_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let db = opened(&directory).await;
        let page = db.in_one_snapshot();
        assert_eq!(value(&page).await, 1);
        raise(&page).await;
        assert_eq!(value(&page).await, 2);
    }

    #[tokio::test]
    async fn more_snapshots_than_threads_are_held_one_after_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let db = opened(&directory).await;
        // Nobody lets go: whoever reads nothing more is waited for no longer.
        let pages: Vec<Db> = (0..9).map(|_| db.in_one_snapshot()).collect();
        for page in &pages {
            assert_eq!(value(page).await, 1);
        }
        raise(&db).await;
        assert_eq!(value(&pages[0]).await, 2);
    }

    #[tokio::test]
    async fn what_is_not_there_ends_no_snapshot() {
        let directory = tempfile::tempdir().unwrap();
        let db = opened(&directory).await;
        let page = db.in_one_snapshot();
        let absent = |_: &mut Conn| -> Result<()> { Err(Error::not_found()) };
        for _ in 0..100 {
            assert_eq!(page.read("test", absent).await.unwrap_err().code, "not_found");
            assert_eq!(value(&page).await, 1);
        }
        raise(&db).await;
        assert_eq!(value(&page).await, 1);
    }

    #[tokio::test]
    async fn a_read_that_fails_ends_the_snapshot_and_the_next_begins_another() {
        let directory = tempfile::tempdir().unwrap();
        let db = opened(&directory).await;
        let page = db.in_one_snapshot();
        assert_eq!(value(&page).await, 1);
        let failing = |_: &mut Conn| -> Result<()> { Err(Error::internal("broken")) };
        assert!(page.read("test", failing).await.is_err());
        raise(&db).await;
        assert_eq!(value(&page).await, 2);
    }
}
