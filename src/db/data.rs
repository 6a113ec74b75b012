//! Versions of reference data: catalogues and calendars of working days.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::intact::{Intact, intact};
use super::schema::dataset;
use crate::domain::ids::AccountId;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Damage, Result};

intact! {
    #[derive(Clone, Debug, Selectable, Insertable)]
    #[diesel(table_name = dataset)]
    pub(crate) struct Dataset {
        pub(crate) kind: String,
        pub(crate) version: i32,
        pub(crate) content: String,
        pub(crate) digest: Digest,
        pub(crate) reason: String,
        /// Nobody for what the program brought along.
        pub(crate) imported_by: Option<AccountId>,
        pub(crate) imported_at: Timestamp,
    }
}

impl Intact for Dataset {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((&self.content, self.digest))
    }

    fn damage(&self) -> Damage {
        Damage::of(&self.kind, self.version)
    }
}

pub(crate) fn insert(conn: &mut Conn, new: &Dataset) -> Result<()> {
    diesel::insert_into(dataset::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn by_version(conn: &mut Conn, kind: &str, version: i32) -> Result<Option<Dataset>> {
    Ok(dataset::table.find((kind, version)).select(columns::<Dataset>()).first(conn).optional()?)
}

/// The digest of a version, without its content.
pub(crate) fn digest(conn: &mut Conn, kind: &str, version: i32) -> Result<Option<Digest>> {
    Ok(dataset::table.find((kind, version)).select(dataset::digest).first(conn).optional()?)
}

/// The digests of all versions, by kind and number.
pub(crate) fn digests(conn: &mut Conn) -> Result<HashMap<(String, i32), Digest>> {
    let found: Vec<(String, i32, Digest)> =
        dataset::table.select((dataset::kind, dataset::version, dataset::digest)).load(conn)?;
    Ok(found.into_iter().map(|(kind, version, digest)| ((kind, version), digest)).collect())
}

pub(crate) fn newest(conn: &mut Conn, kind: &str) -> Result<Option<Dataset>> {
    Ok(dataset::table
        .filter(dataset::kind.eq(kind))
        .order(dataset::version.desc())
        .select(columns::<Dataset>())
        .first(conn)
        .optional()?)
}

/// The number of the newest version.
pub(crate) fn newest_version(conn: &mut Conn, kind: &str) -> Result<Option<i32>> {
    Ok(dataset::table
        .filter(dataset::kind.eq(kind))
        .select(diesel::dsl::max(dataset::version))
        .first(conn)?)
}

/// Versions without their content, newest first, below `before`.
pub(crate) fn list(conn: &mut Conn, kind: &str, before: i32, limit: i64) -> Result<Vec<Dataset>> {
    Ok(dataset::table
        .filter(dataset::kind.eq(kind))
        .filter(dataset::version.lt(before))
        .order(dataset::version.desc())
        .limit(limit)
        .select(columns::<Dataset>())
        .load(conn)?)
}
