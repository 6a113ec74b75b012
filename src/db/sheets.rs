//! Score sheets as they stand. Signed versions are kept as documents.

use diesel::prelude::*;

use super::connection::{Conn, Prepared, columns};
use super::experts::{Seat, seats_with_applications};
use super::schema::{expert, panel_application, panel_seat, sheet};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::record::Digest;
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sheet)]
pub(crate) struct Sheet {
    pub(crate) application_id: ApplicationId,
    pub(crate) expert_id: ExpertId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) state: SheetState,
    pub(crate) content: String,
    /// The signed version that holds; 0 if there is none.
    pub(crate) version: i32,
    pub(crate) digest: Option<Digest>,
    pub(crate) revision: i64,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn by_id(conn: &mut Conn, application: ApplicationId, expert: ExpertId) -> Result<Option<Sheet>> {
    Ok(sheet::table.find((application, expert)).select(columns::<Sheet>()).first(conn).optional()?)
}

/// An expert's place where an application is judged.
#[derive(Queryable)]
pub(crate) struct Own {
    pub(crate) seat: Seat,
    pub(crate) expert: ExpertId,
    /// The expert's sheet of the application; none while nothing is entered.
    pub(crate) sheet: Option<Sheet>,
}

/// The place of the expert with this account in the panel that judges an application, in one statement.
pub(crate) fn own(conn: &mut Conn, account: AccountId, application: ApplicationId) -> Result<Option<Own>> {
    Ok(seats_with_applications()
        .inner_join(expert::table.on(expert::id.eq(panel_seat::expert_id)))
        .left_join(
            sheet::table.on(sheet::application_id
                .eq(panel_application::application_id)
                .and(sheet::expert_id.eq(panel_seat::expert_id))),
        )
        .filter(panel_application::application_id.eq(application))
        .filter(expert::account_id.eq(account))
        .select((columns::<Seat>(), panel_seat::expert_id, columns::<Option<Sheet>>()))
        .first(conn)
        .optional()?)
}

/// Stores a sheet over revision `row.revision - 1`.
pub(crate) fn put(conn: &mut Conn, row: &Sheet) -> Result<()> {
    let before = row.revision - 1;
    if before == 0 {
        diesel::insert_into(sheet::table).values(row).execute(conn)?;
        return Ok(());
    }
    let rows = Prepared(
        diesel::update(
            sheet::table.find((row.application_id, row.expert_id)).filter(sheet::revision.eq(before)),
        )
        .set((
            sheet::state.eq(row.state),
            sheet::content.eq(&row.content),
            sheet::version.eq(row.version),
            sheet::digest.eq(row.digest),
            sheet::revision.eq(row.revision),
            sheet::changed_by.eq(row.changed_by),
            sheet::changed_at.eq(row.changed_at),
        )),
    )
    .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

/// The sheets of an application, in order of experts.
pub(crate) fn of_application(conn: &mut Conn, application: ApplicationId) -> Result<Vec<Sheet>> {
    Ok(sheet::table
        .filter(sheet::application_id.eq(application))
        .order(sheet::expert_id.asc())
        .select(columns::<Sheet>())
        .load(conn)?)
}

/// Where the sheets of a competition stand, without what they say.
pub(crate) fn progress(
    conn: &mut Conn,
    competition: CompetitionId,
) -> Result<Vec<(ApplicationId, ExpertId, SheetState)>> {
    Ok(sheet::table
        .filter(sheet::competition_id.eq(competition))
        .order((sheet::application_id.asc(), sheet::expert_id.asc()))
        .select((sheet::application_id, sheet::expert_id, sheet::state))
        .load(conn)?)
}

/// Sheets that were entered from paper once, with who entered them.
pub(crate) fn papers(
    conn: &mut Conn,
    competition: CompetitionId,
) -> Result<Vec<(ApplicationId, ExpertId, AccountId)>> {
    Ok(sheet::table
        .filter(sheet::competition_id.eq(competition))
        .filter(sheet::state.eq(SheetState::Paper))
        .order((sheet::application_id.asc(), sheet::expert_id.asc()))
        .select((sheet::application_id, sheet::expert_id, sheet::changed_by))
        .load(conn)?)
}

/// Where the sheets of one expert stand.
pub(crate) fn progress_of(conn: &mut Conn, expert: ExpertId) -> Result<Vec<(ApplicationId, SheetState)>> {
    Ok(sheet::table
        .filter(sheet::expert_id.eq(expert))
        .order(sheet::application_id.asc())
        .select((sheet::application_id, sheet::state))
        .load(conn)?)
}
