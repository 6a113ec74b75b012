//! `migrate`: brings the tables up to date and ends.

use super::serve::claim_or_join;
use crate::config::DataOptions;
use crate::db::{Conn, migrate};
use crate::error::Result;

/// Runs `migrate`.
pub(super) fn run(options: &DataOptions) -> Result<()> {
    let _claimed = claim_or_join(options)?;
    migrate(&mut Conn::open(&options.address())?)?;
    super::say("数据库已是最新 / the database is up to date")?;
    Ok(())
}
