//! Brings the tables up to date.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::{RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::fitness::Setting;
use super::{Conn, foreign};
use crate::error::{Error, Result};

pub(super) const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// PostgreSQL's advisory lock under which migrations run; any number that nothing else uses.
const MIGRATION_LOCK: i64 = 0x5149_414e_474c_4941;

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
