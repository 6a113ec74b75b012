//! Inspections as they stand, and what is to be put right after them. Signed versions are kept as documents.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::schema::{application, inspection, rectification};
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, RectificationId};
use crate::domain::inspection::{InspectionState, RectificationState};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inspection)]
pub(crate) struct Inspection {
    pub(crate) application_id: ApplicationId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) state: InspectionState,
    pub(crate) plan: String,
    pub(crate) record: String,
    pub(crate) signatures: String,
    /// The signed version that holds; 0 if there is none.
    pub(crate) version: i32,
    /// Until when the applicant may comment on the values of that version; none where it has signed that it agrees.
    pub(crate) comment_until: Option<Timestamp>,
    pub(crate) revision: i64,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn by_application(conn: &mut Conn, id: ApplicationId) -> Result<Option<Inspection>> {
    Ok(inspection::table.find(id).select(columns::<Inspection>()).first(conn).optional()?)
}

/// Stores an inspection over revision `row.revision - 1`.
pub(crate) fn put(conn: &mut Conn, row: &Inspection) -> Result<()> {
    let before = row.revision - 1;
    if before == 0 {
        diesel::insert_into(inspection::table).values(row).execute(conn)?;
        return Ok(());
    }
    let rows =
        diesel::update(inspection::table.find(row.application_id).filter(inspection::revision.eq(before)))
            .set((
                inspection::state.eq(row.state),
                inspection::plan.eq(&row.plan),
                inspection::record.eq(&row.record),
                inspection::signatures.eq(&row.signatures),
                inspection::version.eq(row.version),
                inspection::comment_until.eq(row.comment_until),
                inspection::revision.eq(row.revision),
                inspection::changed_by.eq(row.changed_by),
                inspection::changed_at.eq(row.changed_at),
            ))
            .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

/// How an inspection stands, without what was planned, found and signed.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = inspection)]
pub(crate) struct Standing {
    pub(crate) application_id: ApplicationId,
    pub(crate) state: InspectionState,
    pub(crate) version: i32,
    pub(crate) comment_until: Option<Timestamp>,
}

/// How all inspections of a competition stand.
pub(crate) fn standings(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<Standing>> {
    Ok(inspection::table
        .filter(inspection::competition_id.eq(competition))
        .order(inspection::application_id.asc())
        .select(columns::<Standing>())
        .load(conn)?)
}

/// The inspections of a competition that go on.
pub(crate) fn going_on(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<Inspection>> {
    Ok(inspection::table
        .filter(inspection::competition_id.eq(competition))
        .filter(inspection::state.ne(InspectionState::Final))
        .select(columns::<Inspection>())
        .load(conn)?)
}

/// The inspections of a competition, in order of applications.
pub(crate) fn of_competition(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<Inspection>> {
    Ok(inspection::table
        .filter(inspection::competition_id.eq(competition))
        .order(inspection::application_id.asc())
        .select(columns::<Inspection>())
        .load(conn)?)
}

/// An inspection with its application's number, lead region and chain.
#[derive(Queryable)]
pub(crate) struct WithApplication {
    pub(crate) inspection: Inspection,
    pub(crate) number: Option<String>,
    pub(crate) lead_region: RegionCode,
    pub(crate) chain: i32,
}

/// The inspections whose plan names an account, newest application first. The plan is kept as text: the reader looks
/// whether it is the team that names the account.
pub(crate) fn with_member(conn: &mut Conn, account: AccountId) -> Result<Vec<WithApplication>> {
    Ok(inspection::table
        .inner_join(application::table.on(application::id.eq(inspection::application_id)))
        .filter(inspection::plan.like(format!("%{account}%")))
        .order(inspection::application_id.desc())
        .select((columns::<Inspection>(), application::number, application::lead_region, application::chain))
        .load(conn)?)
}

/// Something to be put right.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = rectification)]
pub(crate) struct Rectification {
    pub(crate) id: RectificationId,
    pub(crate) application_id: ApplicationId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) state: RectificationState,
    pub(crate) content: String,
    pub(crate) due: Timestamp,
    pub(crate) revision: i64,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn insert_rectification(conn: &mut Conn, new: &Rectification) -> Result<()> {
    diesel::insert_into(rectification::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn rectification_by_id(conn: &mut Conn, id: RectificationId) -> Result<Option<Rectification>> {
    Ok(rectification::table.find(id).select(columns::<Rectification>()).first(conn).optional()?)
}

/// Stores what became of it over revision `changed.revision - 1`.
pub(crate) fn update_rectification(conn: &mut Conn, changed: &Rectification) -> Result<()> {
    let before = changed.revision - 1;
    let rows =
        diesel::update(rectification::table.find(changed.id).filter(rectification::revision.eq(before)))
            .set((
                rectification::state.eq(changed.state),
                rectification::content.eq(&changed.content),
                rectification::revision.eq(changed.revision),
                rectification::changed_by.eq(changed.changed_by),
                rectification::changed_at.eq(changed.changed_at),
            ))
            .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

/// What is to be put right of an application, in order.
pub(crate) fn rectifications(conn: &mut Conn, id: ApplicationId) -> Result<Vec<Rectification>> {
    Ok(rectification::table
        .filter(rectification::application_id.eq(id))
        .order(rectification::id.asc())
        .select(columns::<Rectification>())
        .load(conn)?)
}

/// What is to be put right in a competition, in order.
pub(crate) fn rectifications_of(conn: &mut Conn, id: CompetitionId) -> Result<Vec<Rectification>> {
    Ok(rectification::table
        .filter(rectification::competition_id.eq(id))
        .order(rectification::id.asc())
        .select(columns::<Rectification>())
        .load(conn)?)
}
