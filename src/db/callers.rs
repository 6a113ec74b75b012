//! Whose a session is: what every request with a token asks.
//!
//! Where this process alone writes (SQLite) it is remembered until a session or an account changes. That they changed
//! is said by the database itself: a trigger on the writer's connection, so no act can forget to. Several processes on
//! one PostgreSQL don't know of each other's changes, and ask each time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::Db;
use super::accounts::{Account, Session};
use super::connection::{Conn, columns};
use super::jobs::JobKind;
use super::schema::{account, session};
use crate::domain::ids::SessionId;
use crate::error::Result;

/// Sessions remembered at most; beyond it all are forgotten.
const MOST: usize = 10_000;

/// The sessions of one state of the database.
#[derive(Default)]
struct Sessions {
    version: u64,
    by_id: HashMap<SessionId, (Session, Account)>,
}

#[derive(Default)]
pub(super) struct Memory(Mutex<Sessions>);

impl Memory {
    fn recall(&self, version: u64, id: SessionId) -> Option<(Session, Account)> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.version == version { sessions.by_id.get(&id).cloned() } else { None }
    }

    fn keep(&self, version: u64, found: &(Session, Account)) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What was read in an older state than those kept came too late.
        if sessions.version > version {
            return;
        }
        if sessions.version < version || sessions.by_id.len() >= MOST {
            sessions.by_id.clear();
            sessions.version = version;
        }
        sessions.by_id.insert(found.0.id, found.clone());
    }
}

#[declare_sql_function]
extern "SQL" {
    /// Says that a session or an account changed.
    fn callers_changed() -> Integer;
}

/// Has the database say by the flag that a statement of this connection changed a session or an account. A new one
/// changes nothing that anybody remembers.
pub(super) fn watch(writer: &mut Conn, changed: &Arc<AtomicBool>) -> Result<()> {
    let Conn::Sqlite(writer) = writer else { return Ok(()) };
    let flag = Arc::clone(changed);
    callers_changed_utils::register_nondeterministic_impl(writer, move || {
        flag.store(true, Ordering::Relaxed);
        0
    })?;
    for table in ["session", "account"] {
        for event in ["UPDATE", "DELETE"] {
            writer.batch_execute(&format!(
                "CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table} BEGIN SELECT callers_changed(); END"
            ))?;
        }
    }
    Ok(())
}

/// A session with its account, in one statement.
pub(crate) fn session_with_account(conn: &mut Conn, id: SessionId) -> Result<Option<(Session, Account)>> {
    Ok(session::table
        .inner_join(account::table.on(account::id.eq(session::account_id)))
        .filter(session::id.eq(id))
        .select((columns::<Session>(), columns::<Account>()))
        .first(conn)
        .optional()?)
}

impl Db {
    /// The session with its account as they are now, or were when nothing of either had changed since.
    pub(crate) async fn caller_of(&self, id: SessionId) -> Result<Option<(Session, Account)>> {
        // The version is taken before the rows are read: they are remembered for the state that they were read from.
        let version = self.callers_version();
        if let Some(found) = version.and_then(|version| self.threads.callers.recall(version, id)) {
            return Ok(Some(found));
        }
        let look = move |conn: &mut Conn| session_with_account(conn, id);
        let found = self.threads.send(JobKind::Statement, "authenticate", look).await?;
        if let (Some(version), Some(found)) = (version, &found) {
            self.threads.callers.keep(version, found);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Address;

    #[tokio::test]
    async fn the_database_says_when_a_session_or_an_account_changes_and_else_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db").display().to_string();
        let db = Db::open(&Address::Sqlite(path), 1).unwrap();
        let run = |sql: &'static str| db.write("test", move |conn| Ok(conn.batch_execute(sql)?));
        run("INSERT INTO account (id, name, display_name, role, enabled, revision, created_at)
             VALUES ('a', 'a', 'a', 'office', 1, 0, 0)")
        .await
        .unwrap();
        run("INSERT INTO session (id, account_id, created_at, refreshed_at, expires_at, source, client)
             VALUES ('s', 'a', 0, 0, 9, '', '')")
        .await
        .unwrap();
        run("INSERT INTO counter (name, value) VALUES ('x', 1)").await.unwrap();
        let mut version = db.callers_version().unwrap();
        assert_eq!(version, 0);
        for sql in [
            "UPDATE session SET ended_at = 1",
            "UPDATE account SET enabled = 0",
            "INSERT OR REPLACE INTO account SELECT * FROM account",
            "DELETE FROM session",
        ] {
            run(sql).await.unwrap();
            let now = db.callers_version().unwrap();
            assert!(now > version, "{sql}");
            version = now;
        }
    }
}
