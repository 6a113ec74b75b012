//! The office's formal checks and veto checks.

use diesel::prelude::*;

use super::connection::{Conn, columns, each};
use super::schema::{application, formal_check, formal_check_draft, veto_check};
use crate::domain::application::ApplicationState;
use crate::domain::checks::VetoState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, EvidenceId};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = formal_check)]
pub(crate) struct FormalCheck {
    pub(crate) application_id: ApplicationId,
    pub(crate) round: i32,
    pub(crate) items: String,
    pub(crate) result: String,
    pub(crate) reasons: String,
    pub(crate) correction_until: Option<Timestamp>,
    pub(crate) checked_by: AccountId,
    pub(crate) checked_at: Timestamp,
    pub(crate) lot: Option<i32>,
}

/// The formal checks of some applications, in order of their rounds, in one statement.
pub(crate) fn formal(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<FormalCheck>> {
    Ok(formal_check::table
        .filter(formal_check::application_id.eq_any(ids.to_vec()))
        .order((formal_check::application_id.asc(), formal_check::round.asc()))
        .select(columns::<FormalCheck>())
        .load(conn)?)
}

pub(crate) fn insert_formal(conn: &mut Conn, new: &FormalCheck) -> Result<()> {
    diesel::insert_into(formal_check::table).values(new).execute(conn)?;
    Ok(())
}

/// The formal checks of a competition that were issued together with others, by the number of their lot.
pub(crate) fn in_lots(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<FormalCheck>> {
    Ok(formal_check::table
        .inner_join(application::table.on(application::id.eq(formal_check::application_id)))
        .filter(application::competition_id.eq(competition))
        .filter(formal_check::lot.is_not_null())
        .order((formal_check::lot.asc(), application::number.asc(), application::id.asc()))
        .select(columns::<FormalCheck>())
        .load(conn)?)
}

/// A formal check that is not issued yet.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = formal_check_draft)]
pub(crate) struct FormalCheckDraft {
    pub(crate) application_id: ApplicationId,
    pub(crate) content: String,
    pub(crate) revision: i64,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

/// The drafts of some applications, in one statement.
pub(crate) fn drafts(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<FormalCheckDraft>> {
    Ok(formal_check_draft::table
        .filter(formal_check_draft::application_id.eq_any(ids.to_vec()))
        .select(columns::<FormalCheckDraft>())
        .load(conn)?)
}

/// Stores a draft, under the lock of its competition.
pub(crate) fn put_draft(conn: &mut Conn, row: &FormalCheckDraft) -> Result<()> {
    each!(conn, c => diesel::insert_into(formal_check_draft::table)
        .values(row)
        .on_conflict(formal_check_draft::application_id)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

pub(crate) fn remove_draft(conn: &mut Conn, id: ApplicationId) -> Result<()> {
    diesel::delete(formal_check_draft::table.find(id)).execute(conn)?;
    Ok(())
}

/// The state of one veto item of one application.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = veto_check)]
pub(crate) struct VetoCheck {
    pub(crate) application_id: ApplicationId,
    pub(crate) item: String,
    pub(crate) state: VetoState,
    pub(crate) note: String,
    pub(crate) document: Option<EvidenceId>,
    pub(crate) revision: i64,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

/// The veto checks of some applications, in one statement. Items that nobody has touched have no row.
pub(crate) fn vetoes(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<VetoCheck>> {
    Ok(veto_check::table
        .filter(veto_check::application_id.eq_any(ids.to_vec()))
        .order((veto_check::application_id.asc(), veto_check::item.asc()))
        .select(columns::<VetoCheck>())
        .load(conn)?)
}

/// The veto checks of a competition's applications, in one statement.
pub(crate) fn vetoes_in(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<VetoCheck>> {
    Ok(veto_check::table
        .inner_join(application::table.on(application::id.eq(veto_check::application_id)))
        .filter(application::competition_id.eq(competition))
        .select(columns::<VetoCheck>())
        .load(conn)?)
}

/// Where the veto checks of a competition's applications in a state stand, without what was noted.
pub(crate) fn vetoes_of(
    conn: &mut Conn,
    competition: CompetitionId,
    state: ApplicationState,
) -> Result<Vec<(ApplicationId, String, VetoState)>> {
    Ok(veto_check::table
        .inner_join(application::table.on(application::id.eq(veto_check::application_id)))
        .filter(application::competition_id.eq(competition))
        .filter(application::state.eq(state))
        .select((veto_check::application_id, veto_check::item, veto_check::state))
        .load(conn)?)
}

/// Stores the state of an item over revision `row.revision - 1`.
pub(crate) fn put_veto(conn: &mut Conn, row: &VetoCheck) -> Result<()> {
    let before = row.revision - 1;
    let rows = if before == 0 {
        each!(conn, c => diesel::insert_into(veto_check::table).values(row).on_conflict_do_nothing().execute(c))?
    } else {
        diesel::update(
            veto_check::table.find((row.application_id, &row.item)).filter(veto_check::revision.eq(before)),
        )
        .set((
            veto_check::state.eq(row.state),
            veto_check::note.eq(&row.note),
            veto_check::document.eq(row.document),
            veto_check::revision.eq(row.revision),
            veto_check::changed_by.eq(row.changed_by),
            veto_check::changed_at.eq(row.changed_at),
        ))
        .execute(conn)?
    };
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}
