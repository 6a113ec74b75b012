//! COMMIT itself fails, as it does on a full disk: by a constraint that the database looks at no sooner, and that the
//! event of every act breaks.

use std::sync::atomic::Ordering;

use diesel::connection::SimpleConnection;
use qianglian::db::Conn;

use super::app::App;

/// As long as it is there, nothing that is recorded can be committed.
pub(crate) struct FailingCommits<'a> {
    app: &'a App,
    conn: Conn,
}

const SQLITE: (&str, &str) = (
    "CREATE TABLE fulfilled (id INTEGER PRIMARY KEY);
     CREATE TABLE promise (id INTEGER REFERENCES fulfilled (id) DEFERRABLE INITIALLY DEFERRED);
     CREATE TRIGGER breaks_a_promise AFTER INSERT ON audit_event BEGIN INSERT INTO promise VALUES (1); END;",
    "DROP TRIGGER breaks_a_promise; DROP TABLE promise; DROP TABLE fulfilled;",
);

const POSTGRES: (&str, &str) = (
    "CREATE TABLE fulfilled (id INTEGER PRIMARY KEY);
     CREATE TABLE promise (id INTEGER REFERENCES fulfilled (id) DEFERRABLE INITIALLY DEFERRED);
     CREATE FUNCTION break_a_promise() RETURNS trigger LANGUAGE plpgsql
         AS 'BEGIN INSERT INTO promise VALUES (1); RETURN NULL; END';
     CREATE TRIGGER breaks_a_promise AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION break_a_promise();",
    "DROP FUNCTION break_a_promise CASCADE; DROP TABLE promise; DROP TABLE fulfilled;",
);

impl<'a> FailingCommits<'a> {
    pub(crate) fn on(app: &'a App) -> Self {
        let mut conn = Conn::open(&app.address).expect("the database opens");
        conn.batch_execute(statements(&conn).0).expect("tables can be made");
        app.commits_fail.store(true, Ordering::Relaxed);
        Self { app, conn }
    }
}

impl Drop for FailingCommits<'_> {
    fn drop(&mut self) {
        let statements = statements(&self.conn).1;
        self.conn.batch_execute(statements).expect("tables can be dropped");
        self.app.commits_fail.store(false, Ordering::Relaxed);
    }
}

fn statements(conn: &Conn) -> (&'static str, &'static str) {
    match conn {
        Conn::Sqlite(_) => SQLITE,
        Conn::Pg(_) => POSTGRES,
    }
}
