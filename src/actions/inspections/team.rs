//! Who inspects, and an inspection as an act finds it.

use std::sync::Arc;

use crate::actions::applications::enter;
use crate::actions::rules::{Cache, Rules};
use crate::actions::{Act, RequestContext, parse};
use crate::db::Conn;
use crate::db::applications::{self, Application};
use crate::db::competitions::Competition;
use crate::db::inspections::{self, Inspection};
use crate::domain::access::Action;
use crate::domain::application::{ApplicationState, Figure, Whole};
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::inspection::{InspectionPlan, InspectionState};
use crate::error::{Error, Result};

/// What an application claims, by its last submission.
pub(crate) fn claims(conn: &mut Conn, id: ApplicationId) -> Result<Vec<Figure>> {
    let submission = applications::last_submitted(conn, &[id])?.pop();
    let submission = submission.ok_or_else(|| Error::internal("the application has no submission"))?;
    let whole: Whole = parse(&submission.content)?;
    Ok(whole.figures)
}

pub(super) fn chain_of(application: &Application) -> ChainNumber {
    ChainNumber(u16::try_from(application.chain).unwrap_or(0))
}

pub(super) fn is_team(context: &RequestContext, plan: &InspectionPlan) -> bool {
    context
        .caller
        .as_ref()
        .is_some_and(|caller| plan.team.iter().any(|member| member.account == caller.account))
}

/// Refuses whoever is not in the team. An expert who is not must not even learn that there is an inspection.
pub(super) fn must_be_team(context: &RequestContext, plan: &InspectionPlan) -> Result<()> {
    if is_team(context, plan) {
        return Ok(());
    }
    Err(Error::forbidden("not_in_team", "您不在考察组", "You are not in the inspection team"))
}

/// Whether the caller is in the inspection team of an application, whatever else it is to that.
pub(crate) fn inspects(conn: &mut Conn, context: &RequestContext, id: ApplicationId) -> Result<bool> {
    let Some(row) = inspections::by_application(conn, id)? else { return Ok(false) };
    Ok(is_team(context, &parse(&row.plan)?))
}

/// Refuses a photograph from whoever is not in the team of an inspection that is being recorded.
pub(crate) fn must_take_photos(conn: &mut Conn, context: &RequestContext, id: ApplicationId) -> Result<()> {
    let Some(row) = inspections::by_application(conn, id)? else {
        return Err(Error::conflict("not_planned", "尚未制定考察方案", "The inspection is not planned yet"));
    };
    must_be_team(context, &parse(&row.plan)?)?;
    must_stand_at(&row, &[InspectionState::Open])
}

/// What an act on an inspection works with.
pub(super) struct Scene {
    pub(super) application: Application,
    pub(super) competition: Competition,
    pub(super) rules: Arc<Rules>,
    pub(super) row: Option<Inspection>,
}

/// An application and its inspection, under the competition's lock, at a stage where inspections are made.
pub(super) fn enter_inspection(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: ApplicationId,
    action: Action,
) -> Result<Scene> {
    let (application, _, competition, rules) = enter(conn, act, cache, id, action)?;
    let at_stage = matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring);
    if !at_stage || application.state != ApplicationState::Accepted {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段或该申报的状态不能进行考察",
            "Nothing is inspected at the present stage, or the application is not accepted",
        ));
    }
    let row = inspections::by_application(conn, id)?;
    Ok(Scene { application, competition, rules, row })
}

impl Scene {
    pub(in crate::actions) fn planned(self) -> Result<(Application, Competition, Arc<Rules>, Inspection)> {
        let row = self.row.ok_or_else(|| {
            Error::conflict("not_planned", "尚未制定考察方案", "The inspection is not planned yet")
        })?;
        Ok((self.application, self.competition, self.rules, row))
    }
}

pub(super) fn must_stand_at(row: &Inspection, states: &[InspectionState]) -> Result<()> {
    if states.contains(&row.state) {
        return Ok(());
    }
    Err(Error::conflict(
        "no_such_step",
        "考察现不能进行此操作，请刷新页面查看其进展",
        "This can't be done at this point of the inspection; look at where it stands",
    ))
}

/// Stores the next revision of an inspection.
pub(super) fn store(conn: &mut Conn, act: &Act<'_>, row: &mut Inspection) -> Result<()> {
    row.revision += 1;
    row.changed_by = act.account()?;
    row.changed_at = act.now;
    inspections::put(conn, row)
}
