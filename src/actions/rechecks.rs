//! Re-check requests (复核申请): applicants ask to have arithmetic or procedure looked at again. Not an objection.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::{enter, find};
use super::documents;
use super::rules::visible_competition;
use super::{RequestContext, Service, need_text, parse};
use crate::db::objections::{self, RecheckRequest};
use crate::domain::access::{Action, Relation};
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId, RecheckId};
use crate::domain::lengths;
use crate::domain::notice::Notice;
use crate::domain::objection::{RecheckKind, RecheckState};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{DocumentKind, canonical, digest_of};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_valid};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RequestRecheck {
    /// What is to be looked at again.
    pub kind: RecheckKind,
    /// What is wrong with it.
    #[schemars(length(min = 10, max = lengths::TEXT))]
    pub text: String,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AnswerRecheck {
    /// `corrected`, `no_change` or `refused`.
    pub outcome: RecheckState,
    /// The answer, in words.
    #[schemars(length(min = 1, max = lengths::TEXT))]
    pub answer: String,
}

/// A request with its answer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RecheckView {
    pub id: RecheckId,
    pub application_id: ApplicationId,
    pub state: RecheckState,
    pub request: RequestRecheck,
    pub answer: Option<String>,
    /// Sent as `If-Match` with the answer.
    pub revision: i64,
    /// When it was filed.
    pub filed_at: Timestamp,
}

fn view(row: RecheckRequest) -> Result<RecheckView> {
    Ok(RecheckView {
        id: row.id,
        application_id: row.application_id,
        state: row.state,
        request: parse(&row.content)?,
        answer: row.answer,
        revision: row.revision,
        filed_at: row.filed_at,
    })
}

/// Asks for a re-check, while the list is on notice.
///
/// # Errors
/// If the caller is not of the lead region, the application was not judged, no notice runs, another request waits for
/// its answer, or nothing is said.
pub async fn request(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    request: RequestRecheck,
) -> Result<RecheckView> {
    let (cache, recheck) = (service.cache.clone(), RecheckId(service.clock.new_id()));
    service
        .write(context, Action::RequestRecheck, move |conn, act| {
            let (application, _, competition, _) = enter(conn, act, &cache, id, Action::RequestRecheck)?;
            let latest: Option<(_, Notice)> =
                documents::latest(conn, competition.id, DocumentKind::Notice, "")?;
            let runs = competition.state == CompetitionState::Notice
                && application.state == ApplicationState::Accepted
                && latest.is_some_and(|(_, notice)| act.context.received_at <= notice.deadline);
            if !runs {
                return Err(Error::conflict(
                    "stage_closed",
                    "复核申请须在公示期内提出",
                    "A re-check is asked for while the list is on notice",
                ));
            }
            need_text("/text", &request.text, 10, 10_000)?;
            let before = objections::rechecks_of_application(conn, id)?;
            if before.iter().any(|row| row.state == RecheckState::Filed) {
                return Err(Error::conflict(
                    "recheck_open",
                    "已有一份复核申请待答复",
                    "Another request waits for its answer",
                ));
            }
            let row = RecheckRequest {
                id: recheck,
                competition_id: competition.id,
                application_id: id,
                state: RecheckState::Filed,
                content: canonical(&request),
                answer: None,
                revision: 1,
                filed_by: act.account()?,
                filed_at: act.now,
                changed_at: act.now,
            };
            objections::insert_recheck(conn, &row)?;
            act.detail("recheck", &row.id);
            act.detail("kind", &request.kind);
            act.changed(None, Some(digest_of(&row.content)));
            view(row)
        })
        .await
}

/// Answers a request. A correction is made first, as a further version of the tally.
///
/// # Errors
/// If the caller is not the office, it is answered already or has changed meanwhile, or the answer is missing.
pub async fn answer(
    service: &Service,
    context: &Arc<RequestContext>,
    id: RecheckId,
    revision: i64,
    answer: AnswerRecheck,
) -> Result<RecheckView> {
    service
        .write(context, Action::AnswerRecheck, move |conn, act| {
            act.context.may(Action::AnswerRecheck, Relation::General)?;
            let found = objections::recheck_by_id(conn, id)?.ok_or_else(Error::not_found)?;
            act.enter(conn, found.competition_id)?;
            act.on("recheck", id);
            let mut row = objections::recheck_by_id(conn, id)?.ok_or_else(Error::not_found)?;
            if row.state != RecheckState::Filed {
                return Err(Error::conflict("closed", "该申请已答复", "The request is answered"));
            }
            must_be_current(row.revision, revision)?;
            let mut problems = Vec::new();
            if answer.outcome == RecheckState::Filed {
                problems.push(FieldProblem::new(
                    "/outcome",
                    "required",
                    "必须给出结论",
                    "An outcome is needed",
                ));
            }
            check_text(&mut problems, "/answer", &answer.answer, 1, lengths::TEXT);
            must_be_valid(problems)?;
            row.state = answer.outcome;
            row.answer = Some(answer.answer.clone());
            row.revision += 1;
            row.changed_at = act.now;
            objections::update_recheck(conn, &row)?;
            act.detail("outcome", &row.state);
            view(row)
        })
        .await
}

/// The requests about an application.
///
/// # Errors
/// If the caller may not see them.
pub async fn list_own(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<RecheckView>> {
    service
        .read(context, Action::ReadRechecks, format!("application/{id}"), move |conn, context| {
            find(conn, context, id, Action::ReadRechecks)?;
            objections::rechecks_of_application(conn, id)?.into_iter().map(view).collect()
        })
        .await
}

/// The requests of a competition, for the office and the supervisors.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<RecheckView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadObjections, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadObjections, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            objections::rechecks_of_competition(conn, id)?.into_iter().map(view).collect()
        })
        .await
}
