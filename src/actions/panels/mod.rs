//! Panels (评审组): conflicts, the declaration of each expert, recusals and who follows.

mod declaration;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::conflicts::{WithParties, accepted_parties, conflict_check};
use super::recusals::recuse;
use super::rules::{Rules, visible_competition};
use super::{RequestContext, Service, need_reason, parse};
use crate::db::applications::{self, Application};
use crate::db::experts::{self, Expert, Seat};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::expert::{Clearance, ExpertProfile};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::inspection::InspectionPlan;
use crate::domain::lengths;
use crate::domain::sheet::SheetState;
use crate::error::{Error, Result};

pub use self::declaration::*;
pub use self::views::*;

/// A recusal by the office.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RecuseExpert")]
pub struct Recuse {
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
}

/// What the account of an expert or an inspector is to an application: a member of its panel or inspection team, or nothing.
pub(crate) fn judging_relation(
    conn: &mut Conn,
    context: &RequestContext,
    application: &Application,
) -> Result<Relation> {
    let foreign = Relation::Foreign { draft: application.never_submitted() };
    let Some(caller) =
        context.caller.as_ref().filter(|caller| matches!(caller.role, Role::Expert | Role::Inspector))
    else {
        return Ok(foreign);
    };
    if let Some((seat, _)) = experts::seat_for(conn, caller.account, application.id)? {
        match seat.state {
            SeatState::Serving => return Ok(Relation::Panel { declared: seat.declared_at.is_some() }),
            // From the same second on a recused expert sees nothing, as a member of the team neither.
            SeatState::Recused => return Ok(foreign),
            SeatState::Waiting => {}
        }
    }
    let inspection = db::inspections::by_application(conn, application.id)?;
    let plan: Option<InspectionPlan> = inspection.map(|inspection| parse(&inspection.plan)).transpose()?;
    let in_team = plan.is_some_and(|plan| plan.team.iter().any(|member| member.account == caller.account));
    Ok(if in_team { Relation::Team } else { foreign })
}

/// The expert whose account the caller has.
pub(crate) fn own_expert(conn: &mut Conn, context: &RequestContext) -> Result<Expert> {
    experts::by_account(conn, context.caller()?.account)?.ok_or_else(|| {
        Error::conflict(
            "not_in_the_pool",
            "您的账号尚未与专家库关联，请联系领导小组办公室",
            "Your account is not linked to an expert of the pool; ask the office",
        )
    })
}

fn serving(conn: &mut Conn, competition: CompetitionId, expert: ExpertId) -> Result<Vec<Seat>> {
    let seats = experts::seats_of(conn, expert)?.into_iter();
    Ok(seats.filter(|seat| seat.competition_id == competition && seat.state == SeatState::Serving).collect())
}

fn own_view(
    conn: &mut Conn,
    rules: &Rules,
    state: CompetitionState,
    id: CompetitionId,
    expert: ExpertId,
) -> Result<OwnPanelView> {
    let serving = serving(conn, id, expert)?;
    let units: Vec<String> = serving.iter().map(|seat| seat.unit.clone()).collect();
    let sheets: BTreeMap<ApplicationId, SheetState> =
        db::sheets::progress_of(conn, expert)?.into_iter().collect();
    let judged = experts::judged_by(conn, id, &units)?;
    let ids: Vec<ApplicationId> = judged.iter().map(|row| row.application).collect();
    let mut parties: BTreeMap<ApplicationId, WithParties> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        parties.insert(submission.application_id, parse(&submission.content)?);
    }
    let applications = judged
        .into_iter()
        .map(|experts::Judged { application, unit: panel, number, lead_region: region, chain }| {
            let chain = ChainNumber(u16::try_from(chain).unwrap_or(0));
            let parties = parties.remove(&application);
            let mut parties =
                parties.ok_or_else(|| Error::internal("a judged application has no submission"))?;
            parties.members.sort_by_key(|member| (member.region != region, member.region.clone()));
            parties.firms.sort_by_key(|firm| firm.role);
            let chiefs = rules.settings.review.chief_experts.as_ref().map(|all| {
                let of_chain = all.iter().filter(|chief| chief.chain == chain);
                of_chain.map(|chief| chief.name.clone()).collect()
            });
            Ok(OwnApplicationView {
                title: parties.profile.title,
                members: parties
                    .members
                    .into_iter()
                    .map(|member| PartyRegionView {
                        region: rules.catalogue.named_region(&member.region),
                        role: member.role,
                    })
                    .collect(),
                promotion_body: parties.profile.promotion_body,
                firms: parties
                    .firms
                    .into_iter()
                    .map(|firm| PartyFirmView {
                        name: firm.name,
                        credit_code: firm.credit_code,
                        role: firm.role,
                    })
                    .collect(),
                chief_experts: chiefs,
                id: application,
                number,
                panel,
                lead_region: rules.catalogue.named_region(&region),
                chain: rules.catalogue.named_chain(chain),
                sheet_state: sheets.get(&application).copied(),
            })
        })
        .collect::<Result<_>>()?;
    Ok(OwnPanelView {
        competition_id: id,
        state,
        declaration: DECLARATION.to_owned(),
        declared: serving.iter().all(|seat| seat.declared_at.is_some()),
        due_at: rules.settings.calendar.review.until,
        applications,
    })
}

/// What the caller, an expert, is to judge in a competition. Nothing here tells of anybody else's sheets.
///
/// # Errors
/// If the caller is no expert of the pool.
pub async fn read_own(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<OwnPanelView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadOwnPanel, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadOwnPanel, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let expert = own_expert(conn, context)?;
            own_view(conn, &rules, competition.state, id, expert.id)
        })
        .await
}

/// The panels of a competition.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<PanelView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            panels(conn, id)
        })
        .await
}

fn panels(conn: &mut Conn, id: CompetitionId) -> Result<Vec<PanelView>> {
    let known = experts::units(conn)?;
    let mut panels: BTreeMap<String, PanelView> = BTreeMap::new();
    let empty = |key: &String| PanelView { key: key.clone(), application_ids: Vec::new(), seats: Vec::new() };
    for entry in experts::panel_applications(conn, id)? {
        let panel = panels.entry(entry.unit.clone()).or_insert_with(|| empty(&entry.unit));
        panel.application_ids.push(entry.application_id);
    }
    for seat in experts::seats(conn, id)? {
        let panel = panels.entry(seat.unit.clone()).or_insert_with(|| empty(&seat.unit));
        let (name, unit) = known.get(&seat.expert_id).cloned().unwrap_or_default();
        panel.seats.push(SeatView {
            name,
            unit,
            expert_id: seat.expert_id,
            position: seat.position,
            state: seat.state,
            reason: seat.reason,
            declared_at: seat.declared_at,
        });
    }
    Ok(panels.into_values().collect())
}

/// Recuses an expert from a panel, by the office's decision; the next in order is called.
///
/// # Errors
/// If the caller is not the office, the expert has no seat there, or the stage is over.
pub async fn recuse_by_office(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    panel: String,
    expert: ExpertId,
    request: Recuse,
) -> Result<PanelView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::RecuseExpert, move |conn, act| {
            act.context.may(Action::RecuseExpert, Relation::General)?;
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            act.on("expert", expert);
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let seats = experts::seats(conn, id)?.into_iter();
            let seat = seats.filter(|seat| seat.unit == panel).find(|seat| seat.expert_id == expert);
            let seat = seat.ok_or_else(Error::not_found)?;
            if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
                return Err(Error::conflict(
                    "stage_closed",
                    "评分已结束，不能再调整评审组",
                    "Scoring is over; the panel stays as it is",
                ));
            }
            if seat.state == SeatState::Recused {
                return Err(Error::conflict("recused", "该专家已回避", "The expert is recused"));
            }
            need_reason(&request.reason)?;
            recuse(conn, act, &rules, seat, Vec::new(), &request.reason)?;
            let found = panels(conn, id)?.into_iter().find(|view| view.key == panel);
            found.ok_or_else(Error::not_found)
        })
        .await
}

/// What the automatic check finds, as things stand now: for every expert of the pool and every accepted application.
///
/// # Errors
/// If the caller may not see it.
pub async fn conflicts(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<ConflictsView>> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadExperts, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadExperts, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let parties = accepted_parties(conn, &rules, id)?;
            let experts = experts::all(conn)?.into_iter();
            experts
                .map(|expert| {
                    let profile: ExpertProfile = parse(&expert.content)?;
                    let mut view = ConflictsView {
                        expert_id: expert.id,
                        name: expert.name,
                        unit: expert.unit,
                        clear: 0,
                        unchecked: BTreeMap::new(),
                        alike: BTreeMap::new(),
                        conflicts: BTreeMap::new(),
                    };
                    let check = conflict_check(&rules, &profile, now);
                    for (application, parties) in &parties {
                        let finding = check.against(parties);
                        match finding.clearance {
                            Clearance::Clear => view.clear += 1,
                            Clearance::Unchecked => {
                                view.unchecked.insert(application.id, finding.unchecked);
                                if !finding.alike.is_empty() {
                                    view.alike.insert(application.id, finding.alike);
                                }
                            }
                            Clearance::Conflict => {
                                view.conflicts.insert(application.id, finding.conflicts);
                            }
                        }
                    }
                    Ok(view)
                })
                .collect()
        })
        .await
}
