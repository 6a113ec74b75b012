//! Moving a competition from stage to stage, by hand or at a deadline, and what blocks it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CompetitionView, ReadinessView, enter, view_of};
use crate::actions::rules::{Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service};
use crate::actions::{closing, jumps};
use crate::db::competitions::{self, Competition};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::application::ApplicationState;
use crate::domain::blocker::{Blocker, MovingAct};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::CompetitionId;
use crate::domain::problem::FieldProblem;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_current, must_be_unblocked};

/// Seconds after a deadline before the stage is moved on: what had arrived in time may still be under way.
const DRAIN: i64 = 60;

/// What blocks the call.
fn open_before_call(rules: &Rules, now: Timestamp) -> Vec<Blocker> {
    let mut open = Vec::new();
    if rules.settings.calendar.application.until <= now {
        open.push(Blocker::DeadlinePassed);
    }
    // A day count that runs into a year without arrangement would fail later, in the applicant's hands.
    let checking = rules.settings.calendar.checking.until.date();
    if rules.working_days.is_working_day(checking).is_err() {
        open.push(Blocker::YearUnknown { year: chrono::Datelike::year(&checking) });
    }
    open
}

/// The cities that have applications and have not sealed their lists. Nobody waits for a deadline once every city that
/// has applications has.
fn unsealed(conn: &mut Conn, id: CompetitionId, rules: &Rules) -> Result<Vec<Blocker>> {
    let lists = db::recommendations::lists(conn, id)?;
    let sealed: BTreeSet<_> =
        lists.into_iter().filter(|list| list.sealed_at.is_some()).map(|list| list.city).collect();
    let submitted = db::applications::in_states(conn, id, None, &[ApplicationState::Submitted])?;
    let waiting: BTreeSet<_> = submitted.into_iter().map(|application| application.city).collect();
    let waiting = waiting.difference(&sealed);
    Ok(waiting
        .map(|city| Blocker::NotSealed { city: city.clone(), name: rules.catalogue.region_name(city) })
        .collect())
}

/// What blocks a competition's next state.
fn blockers(
    conn: &mut Conn,
    competition: &Competition,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Blocker>> {
    let id = competition.id;
    Ok(match competition.state {
        CompetitionState::Draft => open_before_call(rules, now),
        CompetitionState::Application => {
            let until = rules.settings.calendar.application.until;
            if now <= until { vec![Blocker::BeforeDeadline { until }] } else { Vec::new() }
        }
        CompetitionState::Recommendation => unsealed(conn, id, rules)?,
        CompetitionState::Checking => {
            let undecided = [ApplicationState::Recommended, ApplicationState::Correction];
            let undecided = db::applications::in_states(conn, id, None, &undecided)?;
            undecided.iter().map(|application| Blocker::FormalCheckOpen(application.into())).collect()
        }
        CompetitionState::Drawing => {
            let placed = db::experts::panel_applications(conn, id)?;
            let placed: BTreeSet<_> = placed.into_iter().map(|entry| entry.application_id).collect();
            let accepted = db::applications::in_states(conn, id, None, &[ApplicationState::Accepted])?;
            let without = accepted.iter().filter(|application| !placed.contains(&application.id));
            without.map(|application| Blocker::NoPanel(application.into())).collect()
        }
        CompetitionState::Scoring => closing::blockers(conn, id, rules, now)?,
        CompetitionState::Selection => vec![Blocker::ByItsOwnAct(MovingAct::Notice)],
        CompetitionState::Notice => vec![Blocker::ByItsOwnAct(MovingAct::Announcement)],
        CompetitionState::Announced => vec![Blocker::LastState],
    })
}

/// Moves a competition to its next state, if nothing blocks it.
///
/// # Errors
/// If the caller is not the office, the state is not the next one, or something blocks it (listed).
pub async fn advance(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    revision: i64,
    to: CompetitionState,
) -> Result<CompetitionView> {
    let cache = service.cache.clone();
    let secret = hex::encode(service.clock.secret::<32>());
    service
        .write(context, Action::MoveCompetition, move |conn, act| {
            act.context.may(Action::MoveCompetition, Relation::General)?;
            let mut competition = enter(conn, act, id)?;
            if competition.state.next() != Some(to) {
                return Err(Error::conflict(
                    "not_the_next_state",
                    "竞赛现不能转入这一阶段：各阶段须依次进行，请刷新页面查看当前阶段",
                    "The competition can't go to that stage now: stages follow one another; look at where it stands",
                ));
            }
            must_be_current(competition.revision, revision)?;
            let rules = cache.rules(conn, id, competition.version)?;
            must_be_unblocked(&blockers(conn, &competition, &rules, act.now)?)?;
            tell_move(conn, act, &competition, &rules, to)?;
            if to == CompetitionState::Selection {
                closing::freeze(conn, act, &competition, &rules, &secret)?;
            }
            step(conn, act, &mut competition, to)?;
            view_of(conn, &competition)
        })
        .await
}

/// Tells what ends with a stage.
fn tell_move(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: &Competition,
    rules: &Rules,
    to: CompetitionState,
) -> Result<()> {
    use {ApplicationState as At, CompetitionState as To};
    let title = &rules.settings.title;
    let mut in_state = |state| -> Result<usize> {
        Ok(db::applications::in_states(conn, competition.id, None, &[state])?.len())
    };
    let (zh, en) = match to {
        To::Application => (
            format!("发布“{title}”：所有人随即可见，此后设置只能以更正方式修改"),
            format!(
                "“{title}” is called: everybody sees it, and its settings are changed by corrections alone"
            ),
        ),
        To::Recommendation => {
            let drafts = in_state(At::Draft)?;
            (
                format!("截止“{title}”的申报：尚有{drafts}件草稿未提交，此后不能再提交"),
                format!(
                    "Applications to “{title}” close: {} not submitted and can't be any more",
                    count(drafts, "draft is", "drafts are")
                ),
            )
        }
        To::Checking => (
            format!("“{title}”的推荐结束，转入审查，不能退回"),
            format!("The recommendations of “{title}” end and the checks begin; there is no way back"),
        ),
        To::Drawing => {
            let (accepted, rejected) = (in_state(At::Accepted)?, in_state(At::Rejected)?);
            (
                format!(
                    "“{title}”的审查结束：受理{accepted}件，不予受理{rejected}件；不予受理此后不能再撤回"
                ),
                format!(
                    "The checks of “{title}” end: {accepted} accepted, {rejected} rejected, which can't be taken back any more"
                ),
            )
        }
        To::Scoring => (
            format!("“{title}”转入考察评审：评审组可以评分，不能退回"),
            format!("Inspection and scoring of “{title}” begin; there is no way back"),
        ),
        To::Selection => (
            format!("结束“{title}”的评分并冻结汇总：未签署的评分表不再计入"),
            format!(
                "Scoring of “{title}” is closed and the tally frozen: sheets that are not signed count no more"
            ),
        ),
        To::Draft | To::Notice | To::Announced => return Ok(()),
    };
    act.follows(FieldProblem::new("", "stage_ends", zh, en));
    Ok(())
}

/// Moves a competition to another state.
pub(crate) fn step(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: &mut Competition,
    to: CompetitionState,
) -> Result<()> {
    act.detail("from", &competition.state);
    act.detail("to", &to);
    if competition.state == CompetitionState::Draft {
        competition.called_version = Some(competition.version);
    }
    competition.state = to;
    competitions::update(conn, competition)?;
    competition.revision += 1;
    Ok(())
}

/// What closing stages is called among the work in the background.
pub const CLOSING: &str = "close_stages";

/// Moves competitions whose deadline for applications is over by the drain time: their applications are closed for good,
/// whatever the clock says later. Called by the service's timer. A competition that can't be closed keeps no other open.
///
/// # Errors
/// If the database fails.
pub async fn close_what_is_due(service: &Service) -> Result<usize> {
    if !jumps::may_close(service).await {
        return Ok(0);
    }
    let now = service.clock.now();
    let open = service
        .read_public("due", |conn| competitions::in_state(conn, CompetitionState::Application))
        .await?;
    let mut moved = 0;
    for competition in open {
        let id = competition.id;
        match close_if_due(service, competition, now).await {
            Ok(closed) => moved += usize::from(closed),
            Err(error) => service.loops.failed(CLOSING, &format!("competition {id}: {error}")),
        }
    }
    Ok(moved)
}

/// Closes the applications of one competition, if their time is over; whether it did.
async fn close_if_due(service: &Service, competition: Competition, now: Timestamp) -> Result<bool> {
    let (id, cache) = (competition.id, service.cache.clone());
    let due = service
        .read_public("due", move |conn| Ok(is_over(&*cache.rules(conn, id, competition.version)?, now)));
    if !due.await? {
        return Ok(false);
    }
    let cache = service.cache.clone();
    let context = RequestContext::of_operator(&service.clock);
    let closed = service.write(&context, Action::MoveCompetition, move |conn, act| {
        let mut competition = enter(conn, act, id)?;
        let rules = cache.rules(conn, id, competition.version)?;
        // Another process may have done it, or the deadline may have been extended at the last moment.
        if competition.state != CompetitionState::Application || !is_over(&rules, now) {
            return Err(Error::conflict("not_due", "尚未到期", "Not due"));
        }
        act.detail("deadline", &rules.settings.calendar.application.until);
        step(conn, act, &mut competition, CompetitionState::Recommendation)?;
        Ok(())
    });
    match closed.await {
        Ok(()) => Ok(true),
        Err(error) if error.code == "not_due" => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether applications are over by the drain time.
fn is_over(rules: &Rules, now: Timestamp) -> bool {
    now > rules.settings.calendar.application.until.plus_seconds(DRAIN)
}

/// What blocks a competition's next state.
///
/// # Errors
/// If the caller may not see it.
pub async fn readiness(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<ReadinessView> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadDrafts, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDrafts, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let open = blockers(conn, &competition, &rules, now)?;
            Ok(ReadinessView { next_state: competition.state.next(), open, warnings: rules.warnings() })
        })
        .await
}
