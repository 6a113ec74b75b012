//! Dealing with objections and leads, and what those concerned state.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ObjectionView, OwnObjectionView, StateObjection, StepObjection, own_view, with_files};
use crate::actions::applications::find;
use crate::actions::rules::Cache;
use crate::actions::{Act, RequestContext, Service, need_text, parse};
use crate::db::Conn;
use crate::db::objections::{self, Objection};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{ApplicationId, CompetitionId, ObjectionId};
use crate::domain::lengths;
use crate::domain::objection::{ObjectionState, ObjectionStep};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::text::check_text;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Records that whoever objects was reached under the contact that they gave: from then on the objection holds its name
/// back though the office has not accepted it yet.
///
/// # Errors
/// If the caller is neither the office nor a supervisor, the objection no longer waits, they were reached before, it has
/// changed meanwhile, or it is not said how.
pub async fn reach(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
    revision: i64,
    said: StateObjection,
) -> Result<ObjectionView> {
    let scanning = Arc::clone(&service.scanning);
    service
        .write(context, Action::ReachObjector, move |conn, act| {
            let mut row = enter_objection(conn, act, id, revision, Action::ReachObjector)?;
            if row.state != ObjectionState::Received || row.reached_at.is_some() {
                return Err(Error::conflict(
                    "no_such_step",
                    "该异议已受理、已办结或已核实异议人",
                    "The objection was accepted or closed, or whoever objects was reached already",
                ));
            }
            need_text("/text", &said.text, 1, 1_000)?;
            act.detail("how", &said.text);
            row.reached_at = Some(act.now);
            row.revision += 1;
            row.changed_at = act.now;
            objections::update(conn, &row)?;
            with_files(conn, &scanning, row)
        })
        .await
}

/// An objection that the caller may decide about, under the competition's lock.
fn enter_objection(
    conn: &mut Conn,
    act: &mut Act<'_>,
    id: ObjectionId,
    revision: i64,
    action: Action,
) -> Result<Objection> {
    act.context.may(action, Relation::General)?;
    let found = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    act.enter(conn, found.competition_id)?;
    act.on("objection", id);
    let row = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    if row.anonymous != (action == Action::NoteLead) {
        return Err(Error::not_found());
    }
    must_be_current(row.revision, revision)?;
    Ok(row)
}

/// Stores the next step of an objection.
fn store(conn: &mut Conn, act: &mut Act<'_>, mut row: Objection, step: ObjectionStep) -> Result<Objection> {
    let mut steps: Vec<ObjectionStep> = parse(&row.steps)?;
    act.detail("from", &row.state);
    act.detail("to", &step.to);
    row.state = step.to;
    steps.push(step);
    let before = digest_of(&row.steps);
    row.steps = canonical(&steps);
    row.revision += 1;
    row.changed_at = act.now;
    objections::update(conn, &row)?;
    act.changed(Some(before), Some(digest_of(&row.steps)));
    Ok(row)
}

/// Takes an objection a step further: accepts or refuses it, asks the applicant, decides.
///
/// # Errors
/// If the caller is not the office, the step is not possible, it has changed meanwhile, or ground, report or reply are
/// missing.
pub async fn decide(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
    revision: i64,
    request: StepObjection,
) -> Result<ObjectionView> {
    let scanning = Arc::clone(&service.scanning);
    service
        .write(context, Action::DecideObjection, move |conn, act| {
            let row = enter_objection(conn, act, id, revision, Action::DecideObjection)?;
            if !row.state.may_go_to(request.to) {
                return Err(Error::conflict(
                    "no_such_step",
                    "异议现不能转为这一状态，请刷新页面查看其进展",
                    "The objection can't take this step now; look at where it stands",
                ));
            }
            let mut problems = Vec::new();
            if request.ground.is_some() != (request.to == ObjectionState::Refused) {
                problems.push(FieldProblem::new(
                    "/ground",
                    "required",
                    "不予受理须写明理由类别，其他情形不填",
                    "A reason is chosen with a rejection, and only then",
                ));
            }
            let decided = matches!(request.to, ObjectionState::Upheld | ObjectionState::Dismissed);
            check_text(&mut problems, "/report", &request.report, usize::from(decided), lengths::REPORT);
            check_text(&mut problems, "/reply", &request.reply, 1, lengths::STATEMENT);
            must_be_valid(problems)?;
            if decided || request.to == ObjectionState::Refused {
                let number = row.number.clone();
                act.follows(FieldProblem::new(
                    "",
                    "decided",
                    format!("异议{number}的处理为终局，答复随即告知异议人，不能更改：{}", request.reply),
                    format!("The decision on objection {number} is final, and whoever objects reads the reply at once: {}", request.reply),
                ));
            }
            let step = ObjectionStep {
                to: request.to,
                ground: request.ground,
                statement: false,
                report: request.report.clone(),
                reply: request.reply.clone(),
                by: act.account()?,
                at: act.now,
            };
            let row = store(conn, act, row, step)?;
            with_files(conn, &scanning, row)
        })
        .await
}

/// Records what came of an anonymous lead, as a supervisor.
///
/// # Errors
/// If the caller is no supervisor, it is no lead or dealt with, it has changed meanwhile, or nothing is said.
pub async fn note_lead(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
    revision: i64,
    said: StateObjection,
) -> Result<ObjectionView> {
    let scanning = Arc::clone(&service.scanning);
    service
        .write(context, Action::NoteLead, move |conn, act| {
            let row = enter_objection(conn, act, id, revision, Action::NoteLead)?;
            if row.state != ObjectionState::Lead {
                return Err(Error::conflict("closed", "该线索已处理", "The lead is dealt with"));
            }
            need_text("/text", &said.text, 1, 20_000)?;
            let step = ObjectionStep {
                to: ObjectionState::Noted,
                ground: None,
                statement: false,
                report: said.text.clone(),
                reply: String::new(),
                by: act.account()?,
                at: act.now,
            };
            let row = store(conn, act, row, step)?;
            with_files(conn, &scanning, row)
        })
        .await
}

/// Objections to an application that its applicant has been asked about, without who objects and their words.
///
/// # Errors
/// If the caller is not of the lead region.
pub async fn list_own(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<OwnObjectionView>> {
    service
        .read(context, Action::AnswerObjection, format!("application/{id}"), move |conn, context| {
            find(conn, context, id, Action::AnswerObjection)?;
            let views = objections::to_application(conn, id)?.into_iter().map(own_view);
            // What the applicant was never asked about it need not know of.
            views.filter(|view| view.as_ref().is_ok_and(|view| !view.questions.is_empty())).collect()
        })
        .await
}

/// States the applicant's view of an objection that it has been asked about.
///
/// # Errors
/// If the caller is not of the lead region, was not asked, it has changed meanwhile, or nothing is said.
pub async fn state(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
    revision: i64,
    said: StateObjection,
) -> Result<OwnObjectionView> {
    let cache: Cache = service.cache.clone();
    service
        .write(context, Action::AnswerObjection, move |conn, act| {
            let Some(found) = objections::by_id(conn, id)? else {
                act.context.may(Action::AnswerObjection, Relation::General)?;
                return Err(Error::not_found());
            };
            crate::actions::applications::enter(
                conn,
                act,
                &cache,
                found.application_id,
                Action::AnswerObjection,
            )?;
            act.on("objection", id);
            let row = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            if own_view(row.clone())?.questions.is_empty() {
                return Err(Error::not_found());
            }
            if row.state != ObjectionState::Investigating {
                return Err(Error::conflict("closed", "该异议已办结", "The objection is closed"));
            }
            must_be_current(row.revision, revision)?;
            need_text("/text", &said.text, 1, 5_000)?;
            let step = ObjectionStep {
                to: ObjectionState::Investigating,
                ground: None,
                statement: true,
                report: String::new(),
                reply: said.text.clone(),
                by: act.account()?,
                at: act.now,
            };
            own_view(store(conn, act, row, step)?)
        })
        .await
}

/// What objections mean for an announcement.
pub(crate) struct Standing {
    /// Names that must not be announced now: objected to by somebody who was reached or heard, or found true.
    pub(crate) held: BTreeSet<ApplicationId>,
    /// Numbers of objections that the office has not looked at.
    pub(crate) waiting: Vec<String>,
}

pub(crate) fn standing(conn: &mut Conn, id: CompetitionId) -> Result<Standing> {
    let rows = objections::of_competition(conn, id)?;
    let held = rows.iter().filter(|row| row.state.holds_back(row.reached_at.is_some()));
    let waiting = rows.iter().filter(|row| row.state == ObjectionState::Received);
    Ok(Standing {
        held: held.map(|row| row.application_id).collect(),
        waiting: waiting.map(|row| row.number.clone()).collect(),
    })
}
