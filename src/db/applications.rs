//! Applications: the row, its parts with their history, members, submissions and decisions.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::{Conn, Prepared, columns};
use super::faults::is_duplicate;
use super::intact::{Intact, intact};
use super::schema::{
    account, application, application_decision, application_member, application_part,
    application_part_version, submission,
};
use crate::domain::application::{ApplicationState, ConsentState, MemberRole};
use crate::domain::blocker::Numbered;
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::record::{Digest, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Damage, Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = application)]
pub(crate) struct Application {
    pub(crate) id: ApplicationId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) lead_region: RegionCode,
    pub(crate) city: RegionCode,
    pub(crate) chain: i32,
    pub(crate) state: ApplicationState,
    pub(crate) revision: i64,
    /// Given at the first submission.
    pub(crate) number: Option<String>,
    pub(crate) created_by: AccountId,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

impl From<&Application> for Numbered {
    fn from(application: &Application) -> Self {
        Self { id: application.id, number: application.number.clone().unwrap_or_default() }
    }
}

impl Application {
    /// Whether it was never submitted, so that its city and the office don't see it.
    pub(crate) fn never_submitted(&self) -> bool {
        self.number.is_none()
    }
}

pub(crate) fn insert(conn: &mut Conn, new: &Application) -> Result<()> {
    match diesel::insert_into(application::table).values(new).execute(conn) {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate(&error) => Err(already_filed()),
        Err(error) => Err(error.into()),
    }
}

/// Refuses a second application of one region for one chain.
pub(crate) fn already_filed() -> Error {
    Error::conflict(
        "already_filed",
        "本地区已就该产业链提出申报，同一地区同一产业链只能牵头一件",
        "This region already leads an application for this chain; one a region and chain is allowed",
    )
}

pub(crate) fn lead(
    conn: &mut Conn,
    competition_id: CompetitionId,
    region: &RegionCode,
    chain: i32,
) -> Result<Option<ApplicationId>> {
    Ok(application::table
        .filter(application::competition_id.eq(competition_id))
        .filter(application::lead_region.eq(region))
        .filter(application::chain.eq(chain))
        .filter(application::state.ne(ApplicationState::Withdrawn))
        .select(application::id)
        .first(conn)
        .optional()?)
}

pub(crate) fn by_id(conn: &mut Conn, id: ApplicationId) -> Result<Option<Application>> {
    Ok(application::table.find(id).select(columns::<Application>()).first(conn).optional()?)
}

/// Stores state, number and revision, if nobody else changed the row meanwhile.
pub(crate) fn update(conn: &mut Conn, changed: &Application) -> Result<()> {
    let rows = Prepared(
        diesel::update(
            application::table.find(changed.id).filter(application::revision.eq(changed.revision)),
        )
        .set((
            application::state.eq(changed.state),
            application::number.eq(&changed.number),
            application::changed_at.eq(changed.changed_at),
            application::revision.eq(changed.revision + 1),
        )),
    )
    .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(changed.revision, Vec::new())) }
}

/// What to look for among applications.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) competition: Option<CompetitionId>,
    /// Only of these competitions; none: of all.
    pub(crate) within: Vec<CompetitionId>,
    /// Only those that this region leads or is a member of.
    pub(crate) taking_part: Option<RegionCode>,
    pub(crate) city: Option<RegionCode>,
    pub(crate) chain: Option<i32>,
    pub(crate) state: Option<ApplicationState>,
    /// Leave out what was never submitted.
    pub(crate) submitted_only: bool,
    pub(crate) changed_since: Option<Timestamp>,
    pub(crate) before: Option<ApplicationId>,
}

/// Applications, newest first.
pub(crate) fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Application>> {
    let mut query = application::table.select(columns::<Application>()).into_boxed();
    if let Some(competition) = filter.competition {
        query = query.filter(application::competition_id.eq(competition));
    }
    if !filter.within.is_empty() {
        query = query.filter(application::competition_id.eq_any(filter.within.clone()));
    }
    if let Some(region) = &filter.taking_part {
        let joined = application_member::table
            .filter(application_member::region.eq(region.clone()))
            .select(application_member::application_id);
        query = query.filter(application::id.eq_any(joined));
    }
    if let Some(city) = &filter.city {
        query = query.filter(application::city.eq(city.clone()));
    }
    if let Some(chain) = filter.chain {
        query = query.filter(application::chain.eq(chain));
    }
    if let Some(state) = filter.state {
        query = query.filter(application::state.eq(state));
    }
    if filter.submitted_only {
        query = query.filter(application::number.is_not_null());
    }
    if let Some(since) = filter.changed_since {
        query = query.filter(application::changed_at.ge(since));
    }
    if let Some(before) = filter.before {
        query = query.filter(application::id.lt(before));
    }
    Ok(query.order(application::id.desc()).limit(limit).load(conn)?)
}

/// All applications of a competition in one of some states.
pub(crate) fn in_states(
    conn: &mut Conn,
    competition_id: CompetitionId,
    city: Option<&RegionCode>,
    states: &[ApplicationState],
) -> Result<Vec<Application>> {
    let mut query = application::table
        .filter(application::competition_id.eq(competition_id))
        .filter(application::state.eq_any(states.to_vec()))
        .select(columns::<Application>())
        .into_boxed();
    if let Some(city) = city {
        query = query.filter(application::city.eq(city.clone()));
    }
    Ok(query.order(application::id.asc()).load(conn)?)
}

/// Chains and lead regions of several applications.
pub(crate) fn chains_and_leads(
    conn: &mut Conn,
    ids: &[ApplicationId],
) -> Result<Vec<(ApplicationId, (i32, RegionCode))>> {
    Ok(application::table
        .filter(application::id.eq_any(ids.to_vec()))
        .select((application::id, (application::chain, application::lead_region)))
        .load(conn)?)
}

/// What stands in a part.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = application_part)]
pub(crate) struct PartRow {
    pub(crate) application_id: ApplicationId,
    pub(crate) part: String,
    pub(crate) revision: i64,
    pub(crate) content: String,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn parts(conn: &mut Conn, id: ApplicationId) -> Result<Vec<PartRow>> {
    let rows: Vec<(PartRow, Digest)> = application_part::table
        .inner_join(application_part_version::table.on(kept_as()))
        .filter(application_part::application_id.eq(id))
        .order(application_part::part.asc())
        .select((columns::<PartRow>(), application_part_version::digest))
        .load(conn)?;
    rows.into_iter().map(as_kept).collect()
}

/// The entry of the history that says what stands in a part: it has the digest.
#[diesel::dsl::auto_type(no_type_alias)]
fn kept_as() -> _ {
    application_part_version::application_id
        .eq(application_part::application_id)
        .and(application_part_version::part.eq(application_part::part))
        .and(application_part_version::revision.eq(application_part::revision))
}

/// A part, if it still says what its history says.
fn as_kept((row, digest): (PartRow, Digest)) -> Result<PartRow> {
    if digest_of(&row.content) == digest {
        return Ok(row);
    }
    let name = format!("{}/{}/{}", row.application_id, row.part, row.revision);
    Err(Damage::of("part", name).of_application(row.application_id).into())
}

/// A part of an application: whose, which, its content.
pub(crate) type PartContent = (ApplicationId, String, String);

/// The sections and firms of several applications, in no order, in one statement.
pub(crate) fn texts_and_firms_of(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<PartContent>> {
    Ok(application_part::table
        .filter(application_part::application_id.eq_any(ids.to_vec()))
        .filter(application_part::part.eq("firms").or(application_part::part.like("section.%")))
        .select((application_part::application_id, application_part::part, application_part::content))
        .load(conn)?)
}

/// The profiles (title and the like) of several applications, in one statement.
pub(crate) fn profiles_of(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<(ApplicationId, String)>> {
    Ok(application_part::table
        .filter(application_part::application_id.eq_any(ids.to_vec()))
        .filter(application_part::part.eq("profile"))
        .select((application_part::application_id, application_part::content))
        .load(conn)?)
}

/// What an application is called by.
#[derive(Queryable)]
pub(crate) struct Named {
    pub(crate) id: ApplicationId,
    pub(crate) number: Option<String>,
    pub(crate) lead_region: RegionCode,
    pub(crate) chain: i32,
    /// The profile, if there is one yet.
    pub(crate) profile: Option<String>,
}

/// What all applications of a competition are called by, in one statement.
pub(crate) fn named(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<Named>> {
    Ok(application::table
        .left_join(application_part::table.on(
            application_part::application_id.eq(application::id).and(application_part::part.eq("profile")),
        ))
        .filter(application::competition_id.eq(competition))
        .select((
            application::id,
            application::number,
            application::lead_region,
            application::chain,
            application_part::content.nullable(),
        ))
        .load(conn)?)
}

/// Numbers and lead regions of a competition's applications that were ever submitted.
pub(crate) fn numbered(
    conn: &mut Conn,
    competition: CompetitionId,
) -> Result<Vec<(ApplicationId, String, RegionCode)>> {
    Ok(application::table
        .filter(application::competition_id.eq(competition))
        .filter(application::number.is_not_null())
        .select((application::id, application::number.assume_not_null(), application::lead_region))
        .load(conn)?)
}

/// The numbers of several applications, in one statement.
pub(crate) fn numbers_of(conn: &mut Conn, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, String>> {
    let rows: Vec<(ApplicationId, Option<String>)> = application::table
        .filter(application::id.eq_any(ids.to_vec()))
        .select((application::id, application::number))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, number)| Some((id, number?))).collect())
}

pub(crate) fn part(conn: &mut Conn, id: ApplicationId, part: &str) -> Result<Option<PartRow>> {
    let row: Option<(PartRow, Digest)> = application_part::table
        .inner_join(application_part_version::table.on(kept_as()))
        .filter(application_part::application_id.eq(id))
        .filter(application_part::part.eq(part))
        .select((columns::<PartRow>(), application_part_version::digest))
        .first(conn)
        .optional()?;
    row.map(as_kept).transpose()
}

/// Stores a part over revision `row.revision - 1` (0: over nothing) and keeps it in the history.
pub(crate) fn put_part(conn: &mut Conn, row: &PartRow, digest: Digest) -> Result<()> {
    let before = row.revision - 1;
    let stored = if before == 0 {
        match diesel::insert_into(application_part::table).values(row).execute(conn) {
            Err(error) if is_duplicate(&error) => return Err(Error::stale(1, Vec::new())),
            other => other?,
        }
    } else {
        Prepared(
            diesel::update(
                application_part::table
                    .find((row.application_id, &row.part))
                    .filter(application_part::revision.eq(before)),
            )
            .set((
                application_part::revision.eq(row.revision),
                application_part::content.eq(&row.content),
                application_part::changed_by.eq(row.changed_by),
                application_part::changed_at.eq(row.changed_at),
            )),
        )
        .execute(conn)?
    };
    if stored != 1 {
        return Err(Error::stale(before, Vec::new()));
    }
    diesel::insert_into(application_part_version::table)
        .values((
            application_part_version::application_id.eq(row.application_id),
            application_part_version::part.eq(&row.part),
            application_part_version::revision.eq(row.revision),
            application_part_version::content.eq(&row.content),
            application_part_version::digest.eq(digest),
            application_part_version::changed_by.eq(row.changed_by),
            application_part_version::changed_at.eq(row.changed_at),
        ))
        .execute(conn)?;
    Ok(())
}

intact! {
    /// A revision of a part, with the name of who made it.
    #[derive(Clone, Debug)]
    pub(crate) struct PartRevision {
        pub(crate) application_id: ApplicationId,
        pub(crate) part: String,
        pub(crate) revision: i64,
        pub(crate) content: String,
        pub(crate) digest: Digest,
        pub(crate) changed_by: AccountId,
        pub(crate) changed_by_name: String,
        pub(crate) changed_at: Timestamp,
    }
}

impl Intact for PartRevision {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((&self.content, self.digest))
    }

    fn damage(&self) -> Damage {
        Damage::of("part", format!("{}/{}/{}", self.application_id, self.part, self.revision))
            .of_application(self.application_id)
    }
}

/// Revisions of a part from `from` on, oldest first.
pub(crate) fn part_revisions(
    conn: &mut Conn,
    id: ApplicationId,
    part: &str,
    from: i64,
    limit: i64,
) -> Result<Vec<PartRevision>> {
    Ok(application_part_version::table
        .inner_join(account::table.on(account::id.eq(application_part_version::changed_by)))
        .filter(application_part_version::application_id.eq(id))
        .filter(application_part_version::part.eq(part))
        .filter(application_part_version::revision.ge(from))
        .order(application_part_version::revision.asc())
        .limit(limit)
        .select((
            application_part_version::application_id,
            application_part_version::part,
            application_part_version::revision,
            application_part_version::content,
            application_part_version::digest,
            application_part_version::changed_by,
            account::display_name,
            application_part_version::changed_at,
        ))
        .load(conn)?)
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = application_member)]
pub(crate) struct MemberRow {
    pub(crate) application_id: ApplicationId,
    pub(crate) region: RegionCode,
    pub(crate) role: MemberRole,
    pub(crate) consent: ConsentState,
    /// The text that it was asked to sign.
    pub(crate) statement: String,
    pub(crate) decided_by: Option<AccountId>,
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) added_at: Timestamp,
}

pub(crate) fn members(conn: &mut Conn, id: ApplicationId) -> Result<Vec<MemberRow>> {
    Ok(application_member::table
        .filter(application_member::application_id.eq(id))
        .order(application_member::region.asc())
        .select(columns::<MemberRow>())
        .load(conn)?)
}

/// The members of some applications, in one statement.
pub(crate) fn members_of(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<MemberRow>> {
    Ok(application_member::table
        .filter(application_member::application_id.eq_any(ids.to_vec()))
        .order((application_member::application_id.asc(), application_member::region.asc()))
        .select(columns::<MemberRow>())
        .load(conn)?)
}

/// The applications that a region leads.
pub(crate) fn led_by(conn: &mut Conn, region: &RegionCode) -> Result<Vec<ApplicationId>> {
    Ok(application::table
        .filter(application::lead_region.eq(region.clone()))
        .select(application::id)
        .load(conn)?)
}

pub(crate) fn insert_member(conn: &mut Conn, new: &MemberRow) -> Result<()> {
    diesel::insert_into(application_member::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn remove_member(conn: &mut Conn, id: ApplicationId, region: &RegionCode) -> Result<()> {
    diesel::delete(application_member::table.find((id, region))).execute(conn)?;
    Ok(())
}

pub(crate) fn update_member(conn: &mut Conn, changed: &MemberRow) -> Result<()> {
    diesel::update(application_member::table.find((changed.application_id, &changed.region)))
        .set((
            application_member::role.eq(changed.role),
            application_member::consent.eq(changed.consent),
            application_member::statement.eq(&changed.statement),
            application_member::decided_by.eq(changed.decided_by),
            application_member::decided_at.eq(changed.decided_at),
        ))
        .execute(conn)?;
    Ok(())
}

intact! {
    #[derive(Clone, Debug, Selectable, Insertable)]
    #[diesel(table_name = submission)]
    pub(crate) struct Submission {
        pub(crate) application_id: ApplicationId,
        pub(crate) number: i32,
        pub(crate) content: String,
        pub(crate) digest: Digest,
        pub(crate) submitted_by: AccountId,
        pub(crate) submitted_at: Timestamp,
    }
}

impl Intact for Submission {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((&self.content, self.digest))
    }

    fn damage(&self) -> Damage {
        Damage::of("submission", format!("{}/{}", self.application_id, self.number))
            .of_application(self.application_id)
    }
}

pub(crate) fn insert_submission(conn: &mut Conn, new: &Submission) -> Result<()> {
    diesel::insert_into(submission::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn submission(conn: &mut Conn, id: ApplicationId, number: i32) -> Result<Option<Submission>> {
    Ok(submission::table.find((id, number)).select(columns::<Submission>()).first(conn).optional()?)
}

/// All submissions of an application, oldest first.
pub(crate) fn submissions(conn: &mut Conn, id: ApplicationId) -> Result<Vec<Submission>> {
    Ok(submission::table
        .filter(submission::application_id.eq(id))
        .order(submission::number.asc())
        .select(columns::<Submission>())
        .load(conn)?)
}

/// The numbers of the submissions of several applications, oldest first, in one statement.
pub(crate) fn submission_numbers(
    conn: &mut Conn,
    ids: &[ApplicationId],
) -> Result<Vec<(ApplicationId, i32)>> {
    Ok(submission::table
        .filter(submission::application_id.eq_any(ids.to_vec()))
        .order((submission::application_id.asc(), submission::number.asc()))
        .select((submission::application_id, submission::number))
        .load(conn)?)
}

/// The number and digest of the last submission of several applications, in one statement.
pub(crate) fn last_submissions(
    conn: &mut Conn,
    ids: &[ApplicationId],
) -> Result<Vec<(ApplicationId, i32, Digest)>> {
    let mut all: Vec<(ApplicationId, i32, Digest)> = submission::table
        .filter(submission::application_id.eq_any(ids.to_vec()))
        .order((submission::application_id.asc(), submission::number.desc()))
        .select((submission::application_id, submission::number, submission::digest))
        .load(conn)?;
    all.dedup_by_key(|(id, _, _)| *id);
    Ok(all)
}

/// The last submission of several applications, in order of applications, in one statement.
pub(crate) fn last_submitted(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<Submission>> {
    let mut all: Vec<Submission> = submission::table
        .filter(submission::application_id.eq_any(ids.to_vec()))
        .order((submission::application_id.asc(), submission::number.desc()))
        .select(columns::<Submission>())
        .load(conn)?;
    all.dedup_by_key(|submission| submission.application_id);
    Ok(all)
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = application_decision)]
pub(crate) struct Decision {
    pub(crate) application_id: ApplicationId,
    pub(crate) number: i32,
    pub(crate) kind: String,
    pub(crate) reasons: String,
    pub(crate) decided_by: AccountId,
    pub(crate) decided_at: Timestamp,
}

pub(crate) fn decisions(conn: &mut Conn, id: ApplicationId) -> Result<Vec<Decision>> {
    Ok(application_decision::table
        .filter(application_decision::application_id.eq(id))
        .order(application_decision::number.asc())
        .select(columns::<Decision>())
        .load(conn)?)
}

/// Adds a decision under the next number.
pub(crate) fn decide(
    conn: &mut Conn,
    id: ApplicationId,
    kind: &str,
    reasons: &str,
    by: AccountId,
    at: Timestamp,
) -> Result<()> {
    let count: i64 = application_decision::table
        .filter(application_decision::application_id.eq(id))
        .count()
        .get_result(conn)?;
    diesel::insert_into(application_decision::table)
        .values(&Decision {
            application_id: id,
            number: i32::try_from(count + 1).unwrap_or(i32::MAX),
            kind: kind.to_owned(),
            reasons: reasons.to_owned(),
            decided_by: by,
            decided_at: at,
        })
        .execute(conn)?;
    Ok(())
}
