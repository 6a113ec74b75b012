//! Whether a database is ours before tables are made in it: another program's is left as it is.

use diesel::{RunQueryDsl, sql_query};

use super::Conn;
use super::fitness::Setting;
use crate::error::{Error, Result};

const SQLITE_TABLES: &str =
    "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";

/// Without those of extensions.
const POSTGRES_TABLES: &str = "SELECT c.relname::text AS value FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
    AND NOT EXISTS (SELECT 1 FROM pg_depend d \
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// A table that the first migration makes.
const OURS: &str = "audit_event";
/// Diesel's own, made before it.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// Refuses a database with tables that are another program's.
pub(super) fn must_not_be_foreign(conn: &mut Conn) -> Result<()> {
    let tables = match conn {
        Conn::Sqlite(_) => SQLITE_TABLES,
        Conn::Pg(_) => POSTGRES_TABLES,
    };
    let tables: Vec<Setting> = sql_query(tables).load(conn)?;
    let other = tables.iter().find(|table| table.value != MIGRATIONS);
    let Some(other) = other.filter(|_| !tables.iter().any(|table| table.value == OURS)) else {
        return Ok(());
    };
    Err(Error::conflict(
        "foreign_database",
        format!("这个数据库属于另一程序（有表 {}），未作任何改动：请检查地址，或另建一个空库", other.value),
        format!(
            "This database is another program's (it has a table {}) and was left as it is: check its address, or make an \
             empty one",
            other.value
        ),
    ))
}
