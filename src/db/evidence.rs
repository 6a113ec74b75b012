//! Evidence: which file belongs to which application. The bytes are kept by [`crate::files`].

use std::collections::HashSet;

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::{evidence, objection_file};
use crate::domain::ids::{AccountId, ApplicationId, EvidenceId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = evidence)]
pub(crate) struct Evidence {
    pub(crate) id: EvidenceId,
    pub(crate) application_id: ApplicationId,
    pub(crate) digest: Digest,
    pub(crate) size: i64,
    pub(crate) media_type: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Filed by the office (replies to veto inquiries): the applicant and its city don't see it.
    pub(crate) office_only: bool,
    pub(crate) uploaded_by: AccountId,
    pub(crate) uploaded_at: Timestamp,
    pub(crate) removed_at: Option<Timestamp>,
}

pub(crate) fn insert(conn: &mut Conn, new: &Evidence) -> Result<()> {
    diesel::insert_into(evidence::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn by_id(conn: &mut Conn, id: EvidenceId) -> Result<Option<Evidence>> {
    Ok(evidence::table.find(id).select(columns::<Evidence>()).first(conn).optional()?)
}

/// Evidence of an application that was not removed, in order of upload.
pub(crate) fn of_application(conn: &mut Conn, id: ApplicationId, office_only: bool) -> Result<Vec<Evidence>> {
    Ok(evidence::table
        .filter(evidence::application_id.eq(id))
        .filter(evidence::office_only.eq(office_only))
        .filter(evidence::removed_at.is_null())
        .order(evidence::id.asc())
        .select(columns::<Evidence>())
        .load(conn)?)
}

/// The same of several applications, what the office and the inspectors filed included, in order of upload, in one statement.
pub(crate) fn of_applications(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<Evidence>> {
    Ok(evidence::table
        .filter(evidence::application_id.eq_any(ids.to_vec()))
        .filter(evidence::removed_at.is_null())
        .order(evidence::id.asc())
        .select(columns::<Evidence>())
        .load(conn)?)
}

/// Where a file that the office filed is among the evidence of some applications.
pub(crate) fn filed(
    conn: &mut Conn,
    ids: &[ApplicationId],
    digest: Digest,
) -> Result<Vec<(ApplicationId, EvidenceId)>> {
    Ok(evidence::table
        .filter(evidence::application_id.eq_any(ids))
        .filter(evidence::digest.eq(digest))
        .filter(evidence::office_only.eq(true))
        .order(evidence::id.asc())
        .select((evidence::application_id, evidence::id))
        .load(conn)?)
}

/// Those of some files that no record names.
pub(crate) fn unnamed(conn: &mut Conn, files: &[Digest]) -> Result<Vec<Digest>> {
    let of_evidence: Vec<Digest> =
        evidence::table.filter(evidence::digest.eq_any(files)).select(evidence::digest).load(conn)?;
    let of_objections: Vec<Digest> = objection_file::table
        .filter(objection_file::digest.eq_any(files))
        .select(objection_file::digest)
        .load(conn)?;
    let named: HashSet<Digest> = of_evidence.into_iter().chain(of_objections).collect();
    Ok(files.iter().filter(|digest| !named.contains(digest)).copied().collect())
}

/// Bytes of an application's evidence, or of what the office and the inspectors filed: of what is there, and with what was
/// removed.
pub(crate) fn bytes_of(conn: &mut Conn, id: ApplicationId, office_only: bool) -> Result<(i64, i64)> {
    let sizes: Vec<(i64, Option<Timestamp>)> = evidence::table
        .filter(evidence::application_id.eq(id))
        .filter(evidence::office_only.eq(office_only))
        .select((evidence::size, evidence::removed_at))
        .load(conn)?;
    let there = sizes.iter().filter(|(_, removed)| removed.is_none()).map(|(size, _)| size).sum();
    Ok((there, sizes.iter().map(|(size, _)| size).sum()))
}

pub(crate) fn remove(conn: &mut Conn, id: EvidenceId, now: Timestamp) -> Result<()> {
    diesel::update(evidence::table.find(id)).set(evidence::removed_at.eq(now)).execute(conn)?;
    Ok(())
}
