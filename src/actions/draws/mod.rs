//! The draw of panels: candidates and rule are frozen, then the seed is entered, then the supervisor confirms.

mod freezing;
mod seating;
mod views;

use std::sync::Arc;

use super::rules::{Cache, Rules, visible_competition};
use super::{Act, RequestContext, Service, need_reason, parse};
use crate::db::Conn;
use crate::db::competitions::Competition;
use crate::db::experts::{self, Draw};
use crate::domain::access::{Action, Relation};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::{DrawRecord, DrawState};
use crate::domain::ids::CompetitionId;
use crate::error::{Error, Result};

pub use self::freezing::freeze;
pub use self::seating::{enter_seed, witness};
pub use self::views::*;

/// Enters a competition that is at its draw.
fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: CompetitionId,
    action: Action,
) -> Result<(Competition, Arc<Rules>)> {
    act.context.may(action, Relation::General)?;
    visible_competition(conn, cache, act.context, id)?;
    act.enter(conn, id)?;
    let (competition, rules) = visible_competition(conn, cache, act.context, id)?;
    if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段不能抽取专家",
            "The competition is not at its draw",
        ));
    }
    Ok((competition, rules))
}

fn attempt(conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Draw> {
    let found = experts::draws(conn, id)?.into_iter().find(|row| row.number == number);
    found.ok_or_else(Error::not_found)
}

/// Enters the competition of an attempt.
fn enter_attempt(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: CompetitionId,
    number: i32,
    action: Action,
) -> Result<Draw> {
    enter(conn, act, cache, id, action)?;
    act.on("draw", format!("{id}/{number}"));
    attempt(conn, id, number)
}

fn must_stand_at(row: &Draw, state: DrawState) -> Result<()> {
    if row.state == state {
        return Ok(());
    }
    Err(Error::conflict(
        "no_such_step",
        "本次抽取现不能进行此操作，请刷新页面查看其进展",
        "This can't be done at this point of the draw; look at where it stands",
    ))
}

/// Gives an attempt up before it is confirmed. It stays on record.
///
/// # Errors
/// If the caller is not the office, there is no such attempt, or it is finished.
pub async fn give_up(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    request: GiveUp,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Draw, move |conn, act| {
            let mut row = enter_attempt(conn, act, &cache, id, number, Action::Draw)?;
            // Once the outcome is known, only the witness can turn it down: else the office could draw until it likes it.
            must_stand_at(&row, DrawState::Frozen)?;
            need_reason(&request.reason)?;
            row.state = DrawState::Void;
            row.reason.clone_from(&request.reason);
            experts::update_draw(conn, &row)?;
            act.detail("reason", &row.reason);
            view(&experts::all(conn)?, row)
        })
        .await
}

/// The attempts of a competition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<DrawView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let pool = experts::all(conn)?;
            experts::draws(conn, id)?.into_iter().map(|row| view(&pool, row)).collect()
        })
        .await
}

/// The record of a draw: the file that `qianglian draw --replay` draws again from.
///
/// # Errors
/// If the caller may not see it, or nothing has been drawn.
pub async fn record(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<DrawRecord> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("draw/{id}/{number}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let row = attempt(conn, id, number)?;
            let (Some(public_seed), Some(result)) = (row.public_seed, row.result) else {
                return Err(Error::conflict("not_drawn", "尚未抽取", "Nothing has been drawn yet"));
            };
            Ok(DrawRecord {
                basis: parse(&row.content)?,
                digest: row.digest,
                secret: row.secret,
                public_seed,
                result: parse(&result)?,
            })
        })
        .await
}
