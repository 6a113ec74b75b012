//! Who may do what with an application, and until when.

use std::sync::Arc;

use crate::actions::rules::{Cache, Rules, visible_competition};
use crate::actions::{Act, RequestContext};
use crate::db::applications::{self, Application, MemberRow};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::ApplicationState;
use crate::domain::competition::{Calendar, CompetitionState};
use crate::domain::ids::ApplicationId;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// What the caller is to an application.
pub(crate) fn relation(
    context: &RequestContext,
    application: &Application,
    members: &[MemberRow],
) -> Relation {
    let draft = application.never_submitted();
    let Some(caller) = &context.caller else { return Relation::Foreign { draft } };
    let Some(region) = &caller.region else { return Relation::Foreign { draft } };
    match caller.role {
        Role::Applicant if *region == application.lead_region => Relation::Lead,
        Role::Applicant if members.iter().any(|member| member.region == *region) => Relation::Member,
        Role::CityReviewer if *region == application.city => Relation::City { draft },
        _ => Relation::Foreign { draft },
    }
}

/// An application that the caller may do `action` on.
pub(crate) fn find(
    conn: &mut Conn,
    context: &RequestContext,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Vec<MemberRow>)> {
    let found = applications::by_id(conn, id)?;
    let Some(application) = found else {
        // Whose role may not do this anyway is told so; the others can't tell absent from hidden.
        context.may(action, Relation::General)?;
        return Err(Error::not_found());
    };
    let members = applications::members(conn, id)?;
    context.may(action, relation_now(conn, context, &application, &members)?)?;
    Ok((application, members))
}

/// What the caller, who may be an expert or an inspector too, is to an application.
pub(crate) fn relation_now(
    conn: &mut Conn,
    context: &RequestContext,
    application: &Application,
    members: &[MemberRow],
) -> Result<Relation> {
    match context.caller.as_ref().map(|caller| caller.role) {
        Some(Role::Expert | Role::Inspector) => {
            crate::actions::panels::judging_relation(conn, context, application)
        }
        _ => Ok(relation(context, application, members)),
    }
}

/// The same under the competition's lock, for acts: with the competition and what holds in it.
pub(crate) fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Vec<MemberRow>, Competition, Arc<Rules>)> {
    act.on("application", id);
    let (application, _) = find(conn, act.context, id, action)?;
    act.enter(conn, application.competition_id)?;
    let (application, members) = find(conn, act.context, id, action)?;
    let (competition, rules) = visible_competition(conn, cache, act.context, application.competition_id)?;
    Ok((application, members, competition, rules))
}

/// Until when an application may be changed and submitted: the competition's deadline for a draft or one that was sent
/// back, the correction's for one under correction.
pub(super) fn submit_until(
    conn: &mut Conn,
    application: &Application,
    competition: &Competition,
    rules: &Rules,
) -> Result<Option<Timestamp>> {
    until(application.state, competition.state, &rules.settings.calendar, || {
        let checks = db::checks::formal(conn, &[application.id])?;
        Ok(checks.last().and_then(|check| check.correction_until))
    })
}

/// The same from what it depends on.
pub(crate) fn until(
    application: ApplicationState,
    competition: CompetitionState,
    calendar: &Calendar,
    correction_until: impl FnOnce() -> Result<Option<Timestamp>>,
) -> Result<Option<Timestamp>> {
    Ok(match (application, competition) {
        (ApplicationState::Draft, CompetitionState::Application) => Some(calendar.application.until),
        (ApplicationState::Returned, CompetitionState::Application | CompetitionState::Recommendation) => {
            Some(calendar.recommendation.until)
        }
        (ApplicationState::Correction, CompetitionState::Checking) => correction_until()?,
        _ => None,
    })
}

/// Refuses a change of an application that is not open, or whose deadline was over when the request arrived.
pub(crate) fn must_be_open(
    conn: &mut Conn,
    act: &Act<'_>,
    application: &Application,
    competition: &Competition,
    rules: &Rules,
) -> Result<()> {
    if !application.state.is_open() {
        return Err(Error::conflict(
            "not_open",
            "申报已提交或已结束，现不能修改",
            "The application was submitted or has ended, and can't be changed now",
        ));
    }
    match submit_until(conn, application, competition, rules)? {
        None => Err(Error::conflict(
            "stage_closed",
            "当前阶段不能修改申报",
            "The present stage of the competition does not allow it",
        )),
        Some(until) if act.context.received_at > until => Err(Error::conflict(
            "deadline_passed",
            format!("截止时间（{until}）已过；本请求于{}收到", act.context.received_at),
            format!("The deadline ({until}) has passed; this request arrived at {}", act.context.received_at),
        )),
        Some(_) => Ok(()),
    }
}

/// Notes that something of an application has changed, so that who read it before does not submit what they have not
/// seen.
pub(crate) fn touch(conn: &mut Conn, act: &Act<'_>, application: &mut Application) -> Result<()> {
    application.changed_at = act.now;
    applications::update(conn, application)?;
    application.revision += 1;
    Ok(())
}
