//! What is counted of the database, for metrics.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::Connection;
use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::{Address, Conn};
use crate::error::Result;

/// What the threads count, for metrics.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) committed: AtomicU64,
    pub(super) statements: AtomicU64,
    /// Commits that changed a session or an account, where this process alone writes.
    pub(super) callers: AtomicU64,
    /// How often something else than the writer was seen to have changed an SQLite file: a command beside the service.
    pub(super) elsewhere: AtomicU64,
}

/// Counts the statements of a connection.
struct Counter(Arc<Counts>);

thread_local! {
    /// Set while a thread asks for what nobody asked it to.
    static UNCOUNTED: Cell<bool> = const { Cell::new(false) };
    /// Statements that a thread has run.
    pub(super) static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// Asks the database without counting it.
pub(super) fn uncounted<T>(ask: impl FnOnce() -> T) -> T {
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

/// Opens a connection whose statements are counted.
pub(super) fn counted(address: &Address, counts: &Arc<Counts>) -> Result<Conn> {
    let mut conn = Conn::open(address)?;
    conn.set_instrumentation(Counter(Arc::clone(counts)));
    Ok(conn)
}
