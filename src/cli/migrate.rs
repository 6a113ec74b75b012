//! `migrate`: brings the tables up to date and ends.

use super::serve::{claim_or_join, has_database};
use crate::config::DataOptions;
use crate::db::{Conn, migrate};
use crate::error::Result;

/// Runs `migrate`.
pub(super) fn run(options: &DataOptions) -> Result<()> {
    let new = options.database_url.is_none() && !has_database(options);
    let _claimed = claim_or_join(options)?;
    migrate(&mut Conn::open(&options.address())?)?;
    if new {
        let directory = options.directory().display();
        super::say(&format!("已在 {directory} 中新建数据库 / a new database was made in {directory}"))?;
    } else {
        super::say("数据库已是最新 / the database is up to date")?;
    }
    Ok(())
}
