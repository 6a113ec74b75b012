//! One connection type for both databases, and the few things that diesel can't say once for both.
//!
//! Measured in the design: inserts, joins, conditional updates, grouping and ordering are the same code on both
//! backends through diesel's `MultiConnection`; batches, `ON CONFLICT` and row locks need what is below. This is
//! pinned to diesel 2.3 and tested by `tests/it/databases.rs`.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{Connection, QueryResult, RunQueryDsl, Selectable};

use crate::error::{Damage, Error, Kind};

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
                let mut conn = PgConnection::establish(url).map_err(|error| cannot_open(&error))?;
                conn.batch_execute(POSTGRES_SETTINGS)?;
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

    /// Ends the transaction: commits it if it went well, else rolls it back.
    pub(crate) fn end<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        match outcome {
            Ok(value) => match <Self as Connection>::TransactionManager::commit_transaction(self) {
                Ok(()) => Ok(value),
                Err(error) => {
                    // The failure to commit is what is told; a failing rollback would only hide it.
                    let _ = <Self as Connection>::TransactionManager::rollback_transaction(self);
                    Err(error.into())
                }
            },
            Err(error) => {
                <Self as Connection>::TransactionManager::rollback_transaction(self)?;
                Err(error)
            }
        }
    }
}

/// WAL with `synchronous=FULL`: an acknowledged write survives a power cut (`NORMAL` lost some in a simulation).
/// `recursive_triggers` makes `REPLACE` fire the triggers that keep tables append-only.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000;
    PRAGMA mmap_size = 268435456;";

const POSTGRES_SETTINGS: &str = "SET statement_timeout = '30s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SET client_min_messages = warning;";

/// Where the database is.
#[derive(Clone)]
pub enum Address {
    /// The path of a SQLite file.
    Sqlite(String),
    /// A PostgreSQL URL or connection string. It may hold a password: never logged.
    Postgres(String),
}

fn cannot_open(error: &diesel::ConnectionError) -> Error {
    let mut busy = Error::busy(5);
    busy.inside = Some(format!("the database can't be opened: {error}"));
    busy
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if let DieselError::DeserializationError(inside) = &error
            && let Some(damage) = inside.downcast_ref::<Damage>()
        {
            return damage.clone().into();
        }
        let text = error.to_string();
        if text.contains("database or disk is full") || text.contains("No space left on device") {
            let mut full = Self::new(
                Kind::InsufficientStorage,
                "storage_full",
                "存储空间已满，操作未生效；请通知管理员",
                "The storage is full and nothing was done; tell the administrator",
            );
            full.inside = Some(text);
            return full;
        }
        let collided =
            matches!(&error, DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _))
                || text.contains("deadlock detected");
        if collided {
            let mut busy = Self::busy(1);
            busy.inside = Some(text);
            return busy;
        }
        Self::internal(text)
    }
}

/// Whether a transaction failed only because of another one that ran beside it, and may be run again.
pub(crate) fn collided(error: &Error) -> bool {
    error.kind == Kind::Busy && error.inside.is_some()
}

/// Whether the statement failed because a row with the same key is there already.
pub(crate) fn is_duplicate(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}
