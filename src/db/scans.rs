//! What a scanner said of kept files, by the digest of their content.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::connection::{Conn, each};
use super::schema::{application, evidence, file_scan, objection, objection_file};
use crate::domain::ids::{ApplicationId, CompetitionId, EvidenceId, ObjectionFileId};
use crate::domain::record::Digest;
use crate::domain::scan::ScanState;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What was said of some files; of one that was not scanned, nothing.
pub(crate) fn of(conn: &mut Conn, digests: Vec<Digest>) -> Result<BTreeMap<Digest, ScanState>> {
    let found: Vec<(Digest, ScanState)> = file_scan::table
        .filter(file_scan::digest.eq_any(digests))
        .select((file_scan::digest, file_scan::state))
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// Those of some files that the scanner found something in.
pub(crate) fn harmful(conn: &mut Conn, digests: Vec<Digest>) -> Result<BTreeSet<Digest>> {
    let quarantined = |(digest, state)| (state == ScanState::Quarantined).then_some(digest);
    Ok(of(conn, digests)?.into_iter().filter_map(quarantined).collect())
}

/// Files that were not scanned, the newest of each sort first.
pub(crate) fn unscanned(conn: &mut Conn, most: i64) -> Result<Vec<Digest>> {
    let mut found: Vec<Digest> = evidence::table
        .filter(not(exists(file_scan::table.filter(file_scan::digest.eq(evidence::digest)))))
        .order(evidence::id.desc())
        .select(evidence::digest)
        .limit(most)
        .load(conn)?;
    let of_objections: Vec<Digest> = objection_file::table
        .filter(not(exists(file_scan::table.filter(file_scan::digest.eq(objection_file::digest)))))
        .order(objection_file::id.desc())
        .select(objection_file::digest)
        .limit(most)
        .load(conn)?;
    found.extend(of_objections);
    Ok(found)
}

/// How many times a file is named that was not scanned.
pub(crate) fn count_unscanned(conn: &mut Conn) -> Result<i64> {
    let of_evidence: i64 = evidence::table
        .filter(not(exists(file_scan::table.filter(file_scan::digest.eq(evidence::digest)))))
        .count()
        .get_result(conn)?;
    let of_objections: i64 = objection_file::table
        .filter(not(exists(file_scan::table.filter(file_scan::digest.eq(objection_file::digest)))))
        .count()
        .get_result(conn)?;
    Ok(of_evidence + of_objections)
}

/// How many files the scanner found something in.
pub(crate) fn count_quarantined(conn: &mut Conn) -> Result<i64> {
    Ok(file_scan::table.filter(file_scan::state.eq(ScanState::Quarantined)).count().get_result(conn)?)
}

/// Stores a verdict; whether it is the first on this file, which alone holds.
pub(crate) fn store(
    conn: &mut Conn,
    digest: Digest,
    state: ScanState,
    found: &str,
    now: Timestamp,
) -> Result<bool> {
    let row = (
        file_scan::digest.eq(digest),
        file_scan::state.eq(state),
        file_scan::found.eq(found),
        file_scan::scanned_at.eq(now),
    );
    let stored = each!(conn, c => diesel::insert_into(file_scan::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(stored == 1)
}

/// Where a file is named.
pub(crate) struct Named {
    pub(crate) competition: CompetitionId,
    /// The application that it is evidence of; none where it came with an objection.
    pub(crate) application: Option<ApplicationId>,
    /// Kind and identifier of the row.
    pub(crate) object: String,
    pub(crate) name: String,
}

/// Where a file is named, competition by competition.
pub(crate) fn named(conn: &mut Conn, digest: Digest) -> Result<Vec<Named>> {
    let of_evidence: Vec<(CompetitionId, ApplicationId, EvidenceId, String)> = evidence::table
        .inner_join(application::table.on(application::id.eq(evidence::application_id)))
        .filter(evidence::digest.eq(digest))
        .select((application::competition_id, application::id, evidence::id, evidence::name))
        .load(conn)?;
    let of_objections: Vec<(CompetitionId, ObjectionFileId, String)> = objection_file::table
        .inner_join(objection::table.on(objection::id.eq(objection_file::objection_id)))
        .filter(objection_file::digest.eq(digest))
        .select((objection::competition_id, objection_file::id, objection_file::name))
        .load(conn)?;
    let of_evidence = of_evidence.into_iter().map(|(competition, application, id, name)| Named {
        competition,
        application: Some(application),
        object: format!("evidence/{id}"),
        name,
    });
    let of_objections = of_objections.into_iter().map(|(competition, id, name)| Named {
        competition,
        application: None,
        object: format!("objection_file/{id}"),
        name,
    });
    let mut named: Vec<Named> = of_evidence.chain(of_objections).collect();
    named.sort_by_key(|one| one.competition);
    Ok(named)
}
