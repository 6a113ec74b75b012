//! Whether a database is fit for use, and whole.

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::{Address, Conn};
use crate::error::{Error, Result, Trouble};

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

#[derive(QueryableByName)]
pub(super) struct Setting {
    #[diesel(sql_type = Text)]
    pub(super) value: String,
}

#[derive(QueryableByName)]
struct Level {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Reads back what durability rests on, and refuses a database that lacks it.
pub(super) fn check(conn: &mut Conn) -> Result<()> {
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
