//! What is to be put right, and whether it was.

use std::sync::Arc;

use super::{
    OrderRectification, RecheckRectification, RectificationView, Say, enter_inspection, must_be_team,
    rectification_view,
};
use crate::actions::rules::Cache;
use crate::actions::{Act, RequestContext, Service, need_text, parse};
use crate::db::Conn;
use crate::db::inspections::{self, Rectification};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{ApplicationId, RectificationId};
use crate::domain::inspection::{RectificationContent, RectificationState};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::text::check_text;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Orders something to be put right.
///
/// # Errors
/// If the caller is not in the team, the stage is another, or a field is wrong.
pub async fn order_rectification(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    order: OrderRectification,
) -> Result<RectificationView> {
    let cache = service.cache.clone();
    let rectification = RectificationId(service.clock.new_id());
    service
        .write(context, Action::RecordInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::RecordInspection)?;
            let (_, competition, _, row) = scene.planned()?;
            must_be_team(act.context, &parse(&row.plan)?)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/finding", &order.finding, 1, lengths::FINDING);
            if order.due_at <= act.now {
                problems.push(FieldProblem::new(
                    "/due_at",
                    "not_later",
                    "期限必须在将来",
                    "Must lie in the future",
                ));
            }
            must_be_valid(problems)?;
            let content =
                RectificationContent { finding: order.finding.clone(), answer: None, recheck: None };
            let row = Rectification {
                id: rectification,
                application_id: id,
                competition_id: competition.id,
                state: RectificationState::Open,
                content: canonical(&content),
                due: order.due_at,
                revision: 1,
                changed_by: act.account()?,
                changed_at: act.now,
            };
            inspections::insert_rectification(conn, &row)?;
            act.detail("rectification", &row.id);
            act.changed(None, Some(digest_of(&row.content)));
            rectification_view(&row)
        })
        .await
}

/// A step of something to be put right, under the competition's lock.
fn step_rectification(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    (id, revision, action): (RectificationId, i64, Action),
    from: RectificationState,
    step: impl FnOnce(&mut RectificationContent) -> RectificationState,
) -> Result<RectificationView> {
    let Some(row) = inspections::rectification_by_id(conn, id)? else {
        act.context.may(action, Relation::General)?;
        return Err(Error::not_found());
    };
    let scene = enter_inspection(conn, act, cache, row.application_id, action)?;
    let (.., inspection) = scene.planned()?;
    if action == Action::RecordInspection {
        must_be_team(act.context, &parse(&inspection.plan)?)?;
    }
    let mut row = inspections::rectification_by_id(conn, id)?.ok_or_else(Error::not_found)?;
    if row.state != from {
        return Err(Error::conflict(
            "no_such_step",
            "整改事项现不能进行此操作，请刷新页面查看其进展",
            "This can't be done now; look at where the rectification stands",
        ));
    }
    must_be_current(row.revision, revision)?;
    let mut content: RectificationContent = parse(&row.content)?;
    row.state = step(&mut content);
    let before = digest_of(&row.content);
    row.content = canonical(&content);
    row.revision += 1;
    row.changed_by = act.account()?;
    row.changed_at = act.now;
    inspections::update_rectification(conn, &row)?;
    act.detail("rectification", &id);
    act.changed(Some(before), Some(digest_of(&row.content)));
    rectification_view(&row)
}

/// Says what has been put right, as the applicant.
///
/// # Errors
/// If the caller is not of the lead region, it is not open, has changed meanwhile, or nothing is said.
pub async fn answer_rectification(
    service: &Service,
    context: &Arc<RequestContext>,
    id: RectificationId,
    revision: i64,
    say: Say,
) -> Result<RectificationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::AnswerInspection, move |conn, act| {
            need_text("/text", &say.text, 1, 5_000)?;
            let which = (id, revision, Action::AnswerInspection);
            step_rectification(conn, act, &cache, which, RectificationState::Open, |content| {
                content.answer = Some(say.text.clone());
                RectificationState::Answered
            })
        })
        .await
}

/// Records what the re-check found, as the team.
///
/// # Errors
/// If the caller is not in the team, it is not answered, has changed meanwhile, or nothing is said.
pub async fn recheck_rectification(
    service: &Service,
    context: &Arc<RequestContext>,
    id: RectificationId,
    revision: i64,
    recheck: RecheckRectification,
) -> Result<RectificationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::RecordInspection, move |conn, act| {
            need_text("/text", &recheck.text, 1, 5_000)?;
            let which = (id, revision, Action::RecordInspection);
            step_rectification(conn, act, &cache, which, RectificationState::Answered, |content| {
                content.recheck = Some(recheck.text.clone());
                if recheck.settled { RectificationState::Settled } else { RectificationState::Failed }
            })
        })
        .await
}
