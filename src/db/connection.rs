//! One connection type for both databases, and the few things that diesel can't say once for both.
//!
//! Measured in the design: inserts, joins, conditional updates, grouping and ordering are the same code on both
//! backends through diesel's `MultiConnection`; batches, `ON CONFLICT` and row locks need what is below. This is
//! pinned to diesel 2.3 and tested by `tests/it/databases.rs`.

use std::path::PathBuf;

use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{Connection, QueryResult, RunQueryDsl, Selectable};

use super::faults::{cannot_open, not_committed};
use crate::error::Error;

/// A connection to one of the two databases.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL, 15 or later.
    Pg(PgConnection),
    /// SQLite, always the bundled one.
    Sqlite(SqliteConnection),
}

/// Runs an expression that is compiled once for each backend: for what differs in type, not in meaning.
macro_rules! each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::connection::Conn::Pg($c) => $body,
            $crate::db::connection::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use each;

/// The columns of a row struct. `T::as_select()` also works where nothing is returned by a write.
pub(crate) fn columns<T: Selectable<MultiBackend>>() -> T::SelectExpression {
    T::construct_selection()
}

/// A query whose rows stay locked until the transaction ends. On SQLite a write transaction already excludes all
/// other writers, so nothing is added there.
pub(crate) struct Locked<Q>(pub(crate) Q);

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Locked<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        MultiBackend::walk_variant_ast(&ForUpdate, out)
    }
}

impl<Q: Query> Query for Locked<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryId> QueryId for Locked<Q> {
    type QueryId = Locked<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q> RunQueryDsl<Conn> for Locked<Q> {}

/// The same of a query of several tables, of which the rows of one stay locked. Who had to wait reads that row as it is
/// then, and those of the others as they were when the query began: nothing is read beside it but what never changes.
pub(crate) struct LockedOf<Q>(pub(crate) Q, pub(crate) Of);

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for LockedOf<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        MultiBackend::walk_variant_ast(&ForUpdate, out.reborrow())?;
        MultiBackend::walk_variant_ast(&self.1, out)
    }
}

impl<Q: Query> Query for LockedOf<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for LockedOf<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> RunQueryDsl<Conn> for LockedOf<Q> {}

/// The table whose rows stay locked.
pub(crate) struct Of(pub(crate) &'static str);

impl QueryFragment<Pg> for Of {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" OF ");
        out.push_identifier(self.0)
    }
}

impl QueryFragment<Sqlite> for Of {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        Ok(())
    }
}

struct ForUpdate;

impl QueryFragment<Pg> for ForUpdate {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(" FOR UPDATE");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for ForUpdate {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        Ok(())
    }
}

/// Two changes of different tables, the second of which PostgreSQL does with the first in one statement.
pub(crate) struct Together<A, B>(pub(crate) A, pub(crate) B);

impl<A: QueryFragment<Pg>, B: QueryFragment<Pg>> QueryFragment<Pg> for Together<A, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH first AS (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") ");
        self.1.walk_ast(out)
    }
}

impl<A, B> QueryId for Together<A, B> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// A change whose text is the same whatever its values, so that a connection prepares it once. diesel takes every
/// `UPDATE` for one of endlessly many, and has each prepared and planned anew: two round trips to PostgreSQL and its
/// planner, while the lock of a chain is held.
pub(crate) struct Prepared<Q>(pub(crate) Q);

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

// Known by its text, not by its type.
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, Q> RunQueryDsl<C> for Prepared<Q> {}

impl Conn {
    /// Opens a connection and sets what every connection needs.
    ///
    /// # Errors
    /// If the database can't be reached, is another version than it must be, or does not keep a setting.
    pub fn open(address: &Address) -> Result<Self, Error> {
        match address {
            Address::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path).map_err(|error| cannot_open(&error))?;
                conn.batch_execute(SQLITE_SETTINGS)?;
                Ok(Self::Sqlite(conn))
            }
            Address::Postgres(url) => {
                let conn = PgConnection::establish(&within_bounds(url));
                let mut conn = conn.map_err(|error| cannot_open(&error))?;
                conn.batch_execute(POSTGRES_SETTINGS)?;
                // Not everybody may; then a role's or a database's own setting has to say so.
                let _ = conn.batch_execute("SET lc_messages = 'C'");
                Ok(Self::Pg(conn))
            }
        }
    }

    /// Begins a transaction that may write: on SQLite at once exclusive of other writers (a transaction that turns
    /// into a writer later fails at once when another writes), on PostgreSQL the default isolation, where
    /// [`Locked`] rows decide.
    pub(crate) fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            Self::Pg(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN"),
            Self::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        }
    }

    /// Begins a transaction that reads one snapshot.
    pub(crate) fn begin_read(&mut self) -> QueryResult<()> {
        match self {
            Self::Pg(conn) => AnsiTransactionManager::begin_transaction_sql(
                conn,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ),
            Self::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN"),
        }
    }

    /// Copies SQLite's log into the database and cuts it to nothing, unless somebody is reading what is in it.
    pub(crate) fn cut_log(&mut self) -> QueryResult<()> {
        match self {
            Self::Pg(_) => Ok(()),
            // Nobody is waited for: who writes would have to wait as well.
            Self::Sqlite(conn) => {
                let cut = conn.batch_execute("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE);");
                conn.batch_execute("PRAGMA busy_timeout = 5000;")?;
                cut
            }
        }
    }

    /// Ends a transaction that may have written: commits it if it went well, else rolls it back. What failed first is
    /// told; who goes on with the connection looks whether it is still good.
    pub(crate) fn end<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        let outcome = outcome.and_then(|value| {
            let committed = <Self as Connection>::TransactionManager::commit_transaction(self);
            committed.map(|()| value).map_err(not_committed)
        });
        if outcome.is_err() {
            self.roll_back();
        }
        outcome
    }

    /// Ends a transaction without keeping anything of it; whether the connection is good for another one.
    pub(crate) fn roll_back(&mut self) -> bool {
        <Self as Connection>::TransactionManager::rollback_transaction(self).is_ok()
    }
}

/// WAL with `synchronous=FULL`: an acknowledged write survives a power cut (`NORMAL` lost some in a simulation).
/// A log that grew while somebody read for long is cut to `journal_size_limit` when it begins anew.
/// `recursive_triggers` makes `REPLACE` fire the triggers that keep tables append-only.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000;
    PRAGMA mmap_size = 268435456;
    PRAGMA journal_size_limit = 67108864;";

const POSTGRES_SETTINGS: &str = "SET statement_timeout = '30s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = warning;";

/// What libpq is told unless the address says otherwise: after how long a server that is not there is given up, at the
/// beginning (seconds) and later (milliseconds).
const BOUNDS: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// An address of PostgreSQL, a URL or a connection string, with what it leaves out of [`BOUNDS`].
fn within_bounds(address: &str) -> String {
    let missing = BOUNDS.iter().filter(|(name, _)| !address.contains(name));
    let is_url = address.starts_with("postgres://") || address.starts_with("postgresql://");
    let mut bounded = address.to_owned();
    for (name, value) in missing {
        bounded.push(match (is_url, bounded.contains('?')) {
            (true, false) => '?',
            (true, true) => '&',
            (false, _) => ' ',
        });
        bounded.push_str(&format!("{name}={value}"));
    }
    bounded
}

#[derive(Clone)]
pub enum Address {
    /// The path of a SQLite file.
    Sqlite(String),
    /// A PostgreSQL URL or connection string. It may hold a password: never logged.
    Postgres(String),
}

impl Address {
    /// The log beside a SQLite file.
    pub(super) fn log(&self) -> PathBuf {
        match self {
            Self::Sqlite(path) => format!("{path}-wal").into(),
            Self::Postgres(_) => PathBuf::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_given_bounds_that_it_does_not_set_itself() {
        let bounds = "keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=20000";
        for (address, bounded) in [
            ("postgres://h/d", format!("postgres://h/d?connect_timeout=5&{bounds}")),
            ("postgresql://h/d?connect_timeout=9", format!("postgresql://h/d?connect_timeout=9&{bounds}")),
            ("host=h dbname=d", format!("host=h dbname=d connect_timeout=5 {}", bounds.replace('&', " "))),
        ] {
            assert_eq!(within_bounds(address), bounded);
        }
    }
}
