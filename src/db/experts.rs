//! The expert pool, draws, panels and what their experts declared.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::intact::{Intact, intact};
use super::schema::{application, draw, expert, panel_application, panel_seat};
use crate::domain::catalogue::RegionCode;
use crate::domain::draw::{DrawState, SeatState};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Damage, Error, Result};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = expert)]
pub(crate) struct Expert {
    pub(crate) id: ExpertId,
    /// The account by which the expert works; none for whoever only fills in paper.
    pub(crate) account_id: Option<AccountId>,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) content: String,
    pub(crate) revision: i64,
    pub(crate) changed_by: AccountId,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn insert(conn: &mut Conn, new: &Expert) -> Result<()> {
    diesel::insert_into(expert::table).values(new).execute(conn)?;
    Ok(())
}

/// Stores a changed expert over revision `changed.revision - 1`.
pub(crate) fn update(conn: &mut Conn, changed: &Expert) -> Result<()> {
    let before = changed.revision - 1;
    let rows = diesel::update(expert::table.find(changed.id).filter(expert::revision.eq(before)))
        .set((
            expert::account_id.eq(changed.account_id),
            expert::name.eq(&changed.name),
            expert::unit.eq(&changed.unit),
            expert::content.eq(&changed.content),
            expert::revision.eq(changed.revision),
            expert::changed_by.eq(changed.changed_by),
            expert::changed_at.eq(changed.changed_at),
        ))
        .execute(conn)?;
    if rows == 1 { Ok(()) } else { Err(Error::stale(before, Vec::new())) }
}

pub(crate) fn by_id(conn: &mut Conn, id: ExpertId) -> Result<Option<Expert>> {
    Ok(expert::table.find(id).select(columns::<Expert>()).first(conn).optional()?)
}

pub(crate) fn by_account(conn: &mut Conn, id: AccountId) -> Result<Option<Expert>> {
    Ok(expert::table.filter(expert::account_id.eq(id)).select(columns::<Expert>()).first(conn).optional()?)
}

/// Experts in order of their identifiers, after `after`.
pub(crate) fn list(conn: &mut Conn, after: Option<ExpertId>, limit: i64) -> Result<Vec<Expert>> {
    let mut query = expert::table.select(columns::<Expert>()).into_boxed();
    if let Some(after) = after {
        query = query.filter(expert::id.gt(after));
    }
    Ok(query.order(expert::id.asc()).limit(limit).load(conn)?)
}

/// The whole pool, in order of identifiers.
pub(crate) fn all(conn: &mut Conn) -> Result<Vec<Expert>> {
    Ok(expert::table.order(expert::id.asc()).select(columns::<Expert>()).load(conn)?)
}

/// Names and units of the whole pool.
pub(crate) fn units(conn: &mut Conn) -> Result<BTreeMap<ExpertId, (String, String)>> {
    let rows: Vec<(ExpertId, String, String)> =
        expert::table.select((expert::id, expert::name, expert::unit)).load(conn)?;
    Ok(rows.into_iter().map(|(id, name, unit)| (id, (name, unit))).collect())
}

/// The names of the whole pool.
pub(crate) fn names(conn: &mut Conn) -> Result<BTreeMap<ExpertId, String>> {
    let names: Vec<(ExpertId, String)> = expert::table.select((expert::id, expert::name)).load(conn)?;
    Ok(names.into_iter().collect())
}

intact! {
    /// An attempt to draw.
    #[derive(Clone, Debug, Selectable, Insertable)]
    #[diesel(table_name = draw)]
    pub(crate) struct Draw {
        pub(crate) competition_id: CompetitionId,
        pub(crate) number: i32,
        pub(crate) state: DrawState,
        pub(crate) content: String,
        pub(crate) digest: Digest,
        /// Told to nobody before the public seed is entered.
        pub(crate) secret: String,
        pub(crate) public_seed: Option<String>,
        pub(crate) result: Option<String>,
        pub(crate) frozen_by: AccountId,
        pub(crate) frozen_at: Timestamp,
        pub(crate) drawn_at: Option<Timestamp>,
        pub(crate) witnessed_by: Option<AccountId>,
        pub(crate) witnessed_at: Option<Timestamp>,
        pub(crate) reason: String,
    }
}

impl Intact for Draw {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((&self.content, self.digest))
    }

    fn damage(&self) -> Damage {
        Damage::of("draw", self.number).in_competition(self.competition_id)
    }
}

pub(crate) fn insert_draw(conn: &mut Conn, new: &Draw) -> Result<()> {
    diesel::insert_into(draw::table).values(new).execute(conn)?;
    Ok(())
}

/// Stores what happened to an attempt. What was frozen is never touched.
pub(crate) fn update_draw(conn: &mut Conn, changed: &Draw) -> Result<()> {
    diesel::update(draw::table.find((changed.competition_id, changed.number)))
        .set((
            draw::state.eq(changed.state),
            draw::public_seed.eq(&changed.public_seed),
            draw::result.eq(&changed.result),
            draw::drawn_at.eq(changed.drawn_at),
            draw::witnessed_by.eq(changed.witnessed_by),
            draw::witnessed_at.eq(changed.witnessed_at),
            draw::reason.eq(&changed.reason),
        ))
        .execute(conn)?;
    Ok(())
}

/// The attempts of a competition, in order.
pub(crate) fn draws(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<Draw>> {
    Ok(draw::table
        .filter(draw::competition_id.eq(competition))
        .order(draw::number.asc())
        .select(columns::<Draw>())
        .load(conn)?)
}

/// Which panel judges an application.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = panel_application)]
pub(crate) struct PanelApplication {
    pub(crate) application_id: ApplicationId,
    pub(crate) competition_id: CompetitionId,
    pub(crate) unit: String,
}

pub(crate) fn insert_panel_application(conn: &mut Conn, new: &PanelApplication) -> Result<()> {
    diesel::insert_into(panel_application::table).values(new).execute(conn)?;
    Ok(())
}

/// Which panels judge the applications of a competition, in order of applications.
pub(crate) fn panel_applications(
    conn: &mut Conn,
    competition: CompetitionId,
) -> Result<Vec<PanelApplication>> {
    Ok(panel_application::table
        .filter(panel_application::competition_id.eq(competition))
        .order(panel_application::application_id.asc())
        .select(columns::<PanelApplication>())
        .load(conn)?)
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = panel_seat)]
pub(crate) struct Seat {
    pub(crate) competition_id: CompetitionId,
    pub(crate) unit: String,
    pub(crate) expert_id: ExpertId,
    pub(crate) position: i32,
    pub(crate) state: SeatState,
    pub(crate) reason: String,
    /// When the expert signed the declaration of conflicts: nothing can be opened before.
    pub(crate) declared_at: Option<Timestamp>,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn insert_seat(conn: &mut Conn, new: &Seat) -> Result<()> {
    diesel::insert_into(panel_seat::table).values(new).execute(conn)?;
    Ok(())
}

pub(crate) fn update_seat(conn: &mut Conn, changed: &Seat) -> Result<()> {
    diesel::update(panel_seat::table.find((changed.competition_id, &changed.unit, changed.expert_id)))
        .set((
            panel_seat::state.eq(changed.state),
            panel_seat::reason.eq(&changed.reason),
            panel_seat::declared_at.eq(changed.declared_at),
            panel_seat::changed_at.eq(changed.changed_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The seats of a competition, panel by panel, in the order of the draw.
pub(crate) fn seats(conn: &mut Conn, competition: CompetitionId) -> Result<Vec<Seat>> {
    Ok(panel_seat::table
        .filter(panel_seat::competition_id.eq(competition))
        .order((panel_seat::unit.asc(), panel_seat::position.asc()))
        .select(columns::<Seat>())
        .load(conn)?)
}

/// The seats of one expert, in all competitions.
pub(crate) fn seats_of(conn: &mut Conn, id: ExpertId) -> Result<Vec<Seat>> {
    Ok(panel_seat::table
        .filter(panel_seat::expert_id.eq(id))
        .order((panel_seat::competition_id.asc(), panel_seat::unit.asc()))
        .select(columns::<Seat>())
        .load(conn)?)
}

/// Seats with the applications that their panels judge.
#[diesel::dsl::auto_type]
pub(super) fn seats_with_applications() -> _ {
    panel_seat::table.inner_join(
        panel_application::table.on(panel_application::competition_id
            .eq(panel_seat::competition_id)
            .and(panel_application::unit.eq(panel_seat::unit))),
    )
}

/// The seat of the expert with this account in the panel that judges an application, in one statement.
pub(crate) fn seat_for(
    conn: &mut Conn,
    account_id: AccountId,
    id: ApplicationId,
) -> Result<Option<(Seat, Expert)>> {
    Ok(seats_with_applications()
        .inner_join(expert::table.on(expert::id.eq(panel_seat::expert_id)))
        .filter(panel_application::application_id.eq(id))
        .filter(expert::account_id.eq(account_id))
        .select((columns::<Seat>(), columns::<Expert>()))
        .first(conn)
        .optional()?)
}

/// What an expert of a panel may know of an application before declaring conflicts.
#[derive(Queryable)]
pub(crate) struct Judged {
    pub(crate) application: ApplicationId,
    pub(crate) unit: String,
    pub(crate) number: Option<String>,
    pub(crate) lead_region: RegionCode,
    pub(crate) chain: i32,
}

/// Applications that the panels `units` of a competition judge.
pub(crate) fn judged_by(
    conn: &mut Conn,
    competition: CompetitionId,
    units: &[String],
) -> Result<Vec<Judged>> {
    Ok(panel_application::table
        .inner_join(application::table.on(application::id.eq(panel_application::application_id)))
        .filter(panel_application::competition_id.eq(competition))
        .filter(panel_application::unit.eq_any(units.to_vec()))
        .order(application::number.asc())
        .select((
            application::id,
            panel_application::unit,
            application::number,
            application::lead_region,
            application::chain,
        ))
        .load(conn)?)
}

/// An application of a panel that an expert has a seat in.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct JudgedByExpert {
    pub(crate) competition_id: CompetitionId,
    pub(crate) application_id: ApplicationId,
    pub(crate) state: SeatState,
    pub(crate) declared_at: Option<Timestamp>,
}

/// The applications of all panels that an expert has a seat in.
pub(crate) fn judged_by_expert(conn: &mut Conn, id: ExpertId) -> Result<Vec<JudgedByExpert>> {
    Ok(seats_with_applications()
        .filter(panel_seat::expert_id.eq(id))
        .order(panel_application::application_id.asc())
        .select((
            panel_seat::competition_id,
            panel_application::application_id,
            panel_seat::state,
            panel_seat::declared_at,
        ))
        .load(conn)?)
}
