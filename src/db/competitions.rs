//! Competitions and the versions of their settings.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::intact::{Intact, intact};
use super::schema::{competition, competition_version, dataset};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Damage, Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = competition)]
pub(crate) struct Competition {
    pub(crate) id: CompetitionId,
    pub(crate) state: CompetitionState,
    pub(crate) revision: i64,
    /// The version of its settings that holds.
    pub(crate) version: i32,
    /// The version that it was called with; those before it are drafts.
    pub(crate) called_version: Option<i32>,
    pub(crate) created_by: AccountId,
    pub(crate) created_at: Timestamp,
}

intact! {
    /// A version of its settings.
    #[derive(Clone, Debug, Selectable, Insertable)]
    #[diesel(table_name = competition_version)]
    pub(crate) struct Version {
        pub(crate) competition_id: CompetitionId,
        pub(crate) number: i32,
        pub(crate) content: String,
        pub(crate) digest: Digest,
        pub(crate) reason: String,
        pub(crate) changed_by: AccountId,
        pub(crate) changed_at: Timestamp,
    }
}

impl Intact for Version {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((&self.content, self.digest))
    }

    fn damage(&self) -> Damage {
        Damage::of("settings", self.number).in_competition(self.competition_id)
    }
}

pub(crate) fn insert(conn: &mut Conn, new: &Competition) -> Result<()> {
    diesel::insert_into(competition::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn insert_version(conn: &mut Conn, new: &Version) -> Result<()> {
    diesel::insert_into(competition_version::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn by_id(conn: &mut Conn, id: CompetitionId) -> Result<Option<Competition>> {
    Ok(competition::table.find(id).select(columns::<Competition>()).first(conn).optional()?)
}

/// What a competition rests on, as digests.
pub(crate) struct Grounds {
    pub(crate) competition: Competition,
    /// The digest of the settings that hold; none if they are gone.
    pub(crate) settings: Option<Digest>,
    /// The digests of all reference data, by kind and number.
    pub(crate) data: HashMap<(String, i32), Digest>,
}

/// A competition with what it rests on, in one statement.
pub(crate) fn with_grounds(conn: &mut Conn, id: CompetitionId) -> Result<Option<Grounds>> {
    type Row = (Competition, Option<Digest>, Option<(String, i32, Digest)>);
    let rows: Vec<Row> = competition::table
        .left_join(
            competition_version::table.on(competition_version::competition_id
                .eq(competition::id)
                .and(competition_version::number.eq(competition::version))),
        )
        // Each with all of them, which are a handful.
        .left_join(dataset::table.on(dataset::version.gt(0)))
        .filter(competition::id.eq(id))
        .select((
            columns::<Competition>(),
            competition_version::digest.nullable(),
            (dataset::kind, dataset::version, dataset::digest).nullable(),
        ))
        .load(conn)?;
    let mut grounds: Option<Grounds> = None;
    for (competition, settings, data) in rows {
        let all = grounds.get_or_insert_with(|| Grounds { competition, settings, data: HashMap::new() });
        all.data.extend(data.map(|(kind, version, digest)| ((kind, version), digest)));
    }
    Ok(grounds)
}

/// The newest competition before this one that was announced.
pub(crate) fn announced_before(conn: &mut Conn, id: CompetitionId) -> Result<Option<Competition>> {
    Ok(competition::table
        .filter(competition::id.lt(id))
        .filter(competition::state.eq(CompetitionState::Announced))
        .order(competition::id.desc())
        .select(columns::<Competition>())
        .first(conn)
        .optional()?)
}

/// These competitions, newest first.
pub(crate) fn by_ids(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Vec<Competition>> {
    Ok(competition::table
        .filter(competition::id.eq_any(ids.to_vec()))
        .order(competition::id.desc())
        .select(columns::<Competition>())
        .load(conn)?)
}

/// The newest competitions.
pub(crate) fn latest(conn: &mut Conn, limit: i64) -> Result<Vec<Competition>> {
    Ok(competition::table
        .order(competition::id.desc())
        .limit(limit)
        .select(columns::<Competition>())
        .load(conn)?)
}

/// A competition with the settings that hold, in one statement.
pub(crate) fn with_settings(conn: &mut Conn, id: CompetitionId) -> Result<Option<(Competition, Version)>> {
    Ok(competition::table
        .inner_join(
            competition_version::table.on(competition_version::competition_id
                .eq(competition::id)
                .and(competition_version::number.eq(competition::version))),
        )
        .filter(competition::id.eq(id))
        .select((columns::<Competition>(), columns::<Version>()))
        .first(conn)
        .optional()?)
}

/// Competitions with the settings that hold, newest first, before `before`.
pub(crate) fn list(
    conn: &mut Conn,
    before: Option<CompetitionId>,
    limit: i64,
    drafts: bool,
) -> Result<Vec<(Competition, Version)>> {
    let mut query = competition::table
        .inner_join(
            competition_version::table.on(competition_version::competition_id
                .eq(competition::id)
                .and(competition_version::number.eq(competition::version))),
        )
        .select((columns::<Competition>(), columns::<Version>()))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(competition::id.lt(before));
    }
    if !drafts {
        query = query.filter(competition::state.ne(CompetitionState::Draft));
    }
    Ok(query.order(competition::id.desc()).limit(limit).load(conn)?)
}

/// Competitions in a state, for what is due.
pub(crate) fn in_state(conn: &mut Conn, state: CompetitionState) -> Result<Vec<Competition>> {
    Ok(competition::table.filter(competition::state.eq(state)).select(columns::<Competition>()).load(conn)?)
}

pub(crate) fn version(conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Option<Version>> {
    Ok(competition_version::table.find((id, number)).select(columns::<Version>()).first(conn).optional()?)
}

/// The digests of all versions of these competitions.
pub(crate) fn digests(
    conn: &mut Conn,
    ids: &[CompetitionId],
) -> Result<HashMap<(CompetitionId, i32), Digest>> {
    let found: Vec<(CompetitionId, i32, Digest)> = competition_version::table
        .filter(competition_version::competition_id.eq_any(ids.to_vec()))
        .select((
            competition_version::competition_id,
            competition_version::number,
            competition_version::digest,
        ))
        .load(conn)?;
    Ok(found.into_iter().map(|(id, number, digest)| ((id, number), digest)).collect())
}

/// The digest of one version.
pub(crate) fn digest(conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Option<Digest>> {
    Ok(competition_version::table
        .find((id, number))
        .select(competition_version::digest)
        .first(conn)
        .optional()?)
}

/// Versions of a competition from number `from` on, newest first.
pub(crate) fn versions(
    conn: &mut Conn,
    id: CompetitionId,
    from: i32,
    before: i32,
    limit: i64,
) -> Result<Vec<Version>> {
    Ok(competition_version::table
        .filter(competition_version::competition_id.eq(id))
        .filter(competition_version::number.ge(from))
        .filter(competition_version::number.lt(before))
        .order(competition_version::number.desc())
        .limit(limit)
        .select(columns::<Version>())
        .load(conn)?)
}

/// Which competition of this installation it is, from 1: what numbers that people read begin with.
pub(crate) fn ordinal(conn: &mut Conn, id: CompetitionId) -> Result<i64> {
    Ok(competition::table.filter(competition::id.le(id)).count().get_result(conn)?)
}

/// Stores a competition's state and version, if nobody else changed it meanwhile.
pub(crate) fn update(conn: &mut Conn, changed: &Competition) -> Result<()> {
    let rows = diesel::update(
        competition::table.find(changed.id).filter(competition::revision.eq(changed.revision)),
    )
    .set((
        competition::state.eq(changed.state),
        competition::version.eq(changed.version),
        competition::called_version.eq(changed.called_version),
        competition::revision.eq(changed.revision + 1),
    ))
    .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(changed.revision, Vec::new())) }
}
