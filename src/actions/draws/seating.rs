//! The public seed, the witness, and the panels that follow.

use std::sync::Arc;

use super::freezing::{must_be_different_people, pool_of};
use super::views::{DrawView, EnterSeed, Witness, view};
use super::{enter_attempt, must_stand_at};
use crate::actions::{Act, RequestContext, Service, need_text, parse};
use crate::db::Conn;
use crate::db::experts::{self, Draw, PanelApplication, Seat};
use crate::domain::access::Action;
use crate::domain::draw::{DrawBasis, DrawResult, DrawState, SeatState, draw};
use crate::domain::ids::CompetitionId;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::error::Result;

/// Enters the public seed and draws.
///
/// # Errors
/// If the caller is not the office, there is no such attempt, or it is not waiting for its seed.
pub async fn enter_seed(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    seed: EnterSeed,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Draw, move |conn, act| {
            let mut row = enter_attempt(conn, act, &cache, id, number, Action::Draw)?;
            must_stand_at(&row, DrawState::Frozen)?;
            need_text("/public_seed", &seed.public_seed, 1, 500)?;
            let basis: DrawBasis = parse(&row.content)?;
            let public_seed = seed.public_seed.trim().to_owned();
            act.follows(FieldProblem::new(
                "",
                "drawn",
                format!("以公开种子“{public_seed}”（一字不差）抽取；结果即定，不能改种子重抽，只有纪检监督能否决"),
                format!("Panels are drawn by the public seed “{public_seed}”, to the letter; nobody draws again by another seed, and only a supervisor can reject the outcome"),
            ));
            let result = draw(&basis, &row.secret, &public_seed);
            act.detail("public_seed", &public_seed);
            act.detail("secret", &row.secret);
            act.detail("short", &result.short);
            if result.short.is_empty() {
                row.state = DrawState::Drawn;
            } else {
                row.state = DrawState::Void;
                row.reason = format!("评审组 {} 的专家工作量不足", result.short.join("、"));
            }
            row.public_seed = Some(public_seed);
            row.result = Some(canonical(&result));
            row.drawn_at = Some(act.now);
            experts::update_draw(conn, &row)?;
            act.changed(Some(row.digest), Some(digest_of(canonical(&result))));
            view(&experts::all(conn)?, row)
        })
        .await
}

/// Confirms or rejects a draw, as its witness. Confirmed, the panels hold.
///
/// # Errors
/// If the caller is no supervisor, there is no such attempt, or it is not waiting for its witness.
pub async fn witness(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
    witness: Witness,
) -> Result<DrawView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::WitnessDraw, move |conn, act| {
            let mut row = enter_attempt(conn, act, &cache, id, number, Action::WitnessDraw)?;
            must_stand_at(&row, DrawState::Drawn)?;
            need_text("/reason", &witness.reason, usize::from(!witness.confirmed), 1_000)?;
            if witness.confirmed {
                must_seat_nobody_twice(conn, &row)?;
            }
            row.witnessed_by = Some(act.account()?);
            row.witnessed_at = Some(act.now);
            row.reason.clone_from(&witness.reason);
            row.state = if witness.confirmed { DrawState::Confirmed } else { DrawState::Void };
            experts::update_draw(conn, &row)?;
            act.detail("confirmed", &witness.confirmed);
            if witness.confirmed {
                seat_panels(conn, act, id, &row)?;
            }
            view(&experts::all(conn)?, row)
        })
        .await
}

/// A draw whose candidates were frozen before their names were compared may have drawn somebody twice.
fn must_seat_nobody_twice(conn: &mut Conn, row: &Draw) -> Result<()> {
    let result: DrawResult = parse(row.result.as_deref().unwrap_or_default())?;
    let pool = pool_of(conn)?;
    for panel in &result.panels {
        let serving = pool.iter().filter(|(id, _)| panel.serving.contains(id)).cloned();
        must_be_different_people(&serving.collect::<Vec<_>>(), true)?;
    }
    Ok(())
}

fn seat_panels(conn: &mut Conn, act: &Act<'_>, id: CompetitionId, row: &Draw) -> Result<()> {
    let basis: DrawBasis = parse(&row.content)?;
    let result: DrawResult = parse(row.result.as_deref().unwrap_or_default())?;
    for need in &basis.panels {
        for application in &need.applications {
            experts::insert_panel_application(
                conn,
                &PanelApplication {
                    application_id: *application,
                    competition_id: id,
                    unit: need.key.clone(),
                },
            )?;
        }
    }
    for panel in &result.panels {
        // Serving ones first, then everybody else in the order of the tickets: who is next when one is recused.
        let waiting = panel.order.iter().filter(|expert| !panel.serving.contains(expert));
        let seats = panel.serving.iter().map(|expert| (expert, SeatState::Serving));
        for (index, (expert, state)) in
            seats.chain(waiting.map(|expert| (expert, SeatState::Waiting))).enumerate()
        {
            experts::insert_seat(
                conn,
                &Seat {
                    competition_id: id,
                    unit: panel.key.clone(),
                    expert_id: *expert,
                    position: i32::try_from(index + 1).unwrap_or(i32::MAX),
                    state,
                    reason: String::new(),
                    declared_at: None,
                    changed_at: act.now,
                },
            )?;
        }
    }
    Ok(())
}
