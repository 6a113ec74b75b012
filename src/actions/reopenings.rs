//! Opening a stage again that was closed by mistake: one of the office proposes it with a reason, another does it. What
//! closing had frozen stays as a version; the next closing makes another.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::competitions::{CompetitionView, enter, put_settings, step, view_of};
use super::need_reason;
use super::rules::{Cache, Rules};
use super::{RequestContext, Service, documents};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::lengths;
use crate::domain::record::DocumentKind;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current};

/// A proposal to open the stage before again.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProposeReopening {
    /// Why: it becomes part of the record.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
    /// A new deadline of that stage: needed where the deadline of applications has passed, else they would be closed again.
    pub due_at: Option<Timestamp>,
}

/// What is proposed, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Proposal {
    from: CompetitionState,
    to: CompetitionState,
    until: Option<Timestamp>,
    /// The competition's revision that it is about: whatever happens to the competition meanwhile makes it void.
    revision: i64,
}

/// A proposal that waits for a second person.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReopeningView {
    /// The present stage.
    pub from_state: CompetitionState,
    /// The stage to be opened again.
    pub to_state: CompetitionState,
    /// Its new deadline, if it is to have one.
    pub due_at: Option<Timestamp>,
    pub reason: String,
    pub proposed_by: AccountId,
    pub proposed_at: Timestamp,
}

/// The stage that can be opened again from another.
pub(crate) fn stage_before(state: CompetitionState) -> Option<CompetitionState> {
    match state {
        CompetitionState::Recommendation => Some(CompetitionState::Application),
        CompetitionState::Selection => Some(CompetitionState::Scoring),
        _ => None,
    }
}

/// The proposal that waits, if there is one.
pub(crate) fn waiting(conn: &mut Conn, competition: &Competition) -> Result<Option<ReopeningView>> {
    let found = documents::latest::<Proposal>(conn, competition.id, DocumentKind::Reopening, "")?;
    let found = found.filter(|(_, proposal)| proposal.revision == competition.revision);
    Ok(found.map(|(document, proposal)| ReopeningView {
        from_state: proposal.from,
        to_state: proposal.to,
        due_at: proposal.until,
        reason: document.reason,
        proposed_by: document.signed_by,
        proposed_at: document.signed_at,
    }))
}

/// Looks what blocks opening a stage again.
fn must_be_possible(
    conn: &mut Conn,
    competition: &Competition,
    rules: &Rules,
    to: CompetitionState,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let blocked = match to {
        CompetitionState::Application => {
            let lists = db::recommendations::lists(conn, competition.id)?;
            lists.iter().any(|list| list.sealed_at.is_some())
        }
        _ => db::documents::latest(conn, competition.id, DocumentKind::Selection, "")?.is_some(),
    };
    if blocked {
        return Err(Error::conflict(
            "followed_already",
            "后续阶段已形成定论（已封存推荐名单，或已审议），不能重新开放",
            "What follows has been settled (a list is sealed, or the group has deliberated); the stage can't be opened again",
        ));
    }
    let deadline = until.or_else(|| rules.settings.calendar.period(to).map(|period| period.until));
    if deadline.is_some_and(|deadline| deadline <= now)
        && (to == CompetitionState::Application || until.is_some())
    {
        return Err(Error::invalid_field(
            "/due_at",
            "not_later",
            "该阶段的截止时间已过，请给出晚于现在的新截止时间",
            "The deadline of that stage has passed: give a new one that is to come",
        ));
    }
    if let Some(until) = until {
        rules.settings.calendar.clone().extend(to, until).map_err(|problem| Error::invalid(vec![problem]))?;
    }
    Ok(())
}

/// Proposes to open the stage before again.
///
/// # Errors
/// If the caller is not the office, no stage can be opened again, or the reason or a deadline is missing.
pub async fn propose(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    revision: i64,
    propose: ProposeReopening,
) -> Result<ReopeningView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ProposeReopening, move |conn, act| {
            act.context.may(Action::ProposeReopening, Relation::General)?;
            let competition = enter(conn, act, id)?;
            must_be_current(competition.revision, revision)?;
            need_reason(&propose.reason)?;
            let from = competition.state;
            let to = stage_before(from).ok_or_else(not_reopened)?;
            let rules = cache.rules(conn, id, competition.version)?;
            must_be_possible(conn, &competition, &rules, to, propose.due_at, act.now)?;
            let proposal = Proposal { from, to, until: propose.due_at, revision };
            let number = documents::next_number(conn, id, DocumentKind::Reopening, "")?;
            let place = (DocumentKind::Reopening, "", number);
            documents::keep(conn, act, id, place, &proposal, &propose.reason)?;
            act.detail("to", &to);
            waiting(conn, &competition)?.ok_or_else(|| Error::internal("the proposal is gone"))
        })
        .await
}

fn not_reopened() -> Error {
    Error::conflict(
        "no_such_step",
        "从竞赛的当前阶段不能重新开放前一阶段",
        "From this stage of the competition the stage before can't be opened again",
    )
}

/// The proposal that waits for a second person, if there is one.
///
/// # Errors
/// If the caller may not see it.
pub(crate) async fn of(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Option<ReopeningView>> {
    service
        .read(context, Action::ReadDrafts, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDrafts, Relation::General)?;
            let competition = db::competitions::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            waiting(conn, &competition)
        })
        .await
}

/// The proposal that waits for a second person.
///
/// # Errors
/// If there is none, or the caller may not see it.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<ReopeningView> {
    of(service, context, id).await?.ok_or_else(Error::not_found)
}

/// Opens the stage again that somebody else has proposed to.
///
/// # Errors
/// If the caller is not the office or proposed it, nothing is proposed, or it has become impossible meanwhile.
pub async fn reopen(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    revision: i64,
) -> Result<CompetitionView> {
    let cache: Cache = service.cache.clone();
    service
        .write(context, Action::ReopenCompetition, move |conn, act| {
            act.context.may(Action::ReopenCompetition, Relation::General)?;
            let mut competition = enter(conn, act, id)?;
            must_be_current(competition.revision, revision)?;
            let proposal = waiting(conn, &competition)?.ok_or_else(Error::not_found)?;
            if proposal.proposed_by == act.account()? {
                return Err(Error::conflict(
                    "second_person_required",
                    "须由另一人办理：您是提议人",
                    "Somebody else must do it: you proposed it",
                ));
            }
            let rules = cache.rules(conn, id, competition.version)?;
            must_be_possible(conn, &competition, &rules, proposal.to_state, proposal.due_at, act.now)?;
            act.detail("proposed_by", &proposal.proposed_by);
            act.detail("reason", &proposal.reason);
            step(conn, act, &mut competition, proposal.to_state)?;
            if let Some(until) = proposal.due_at {
                let mut settings = rules.settings.clone();
                settings
                    .calendar
                    .extend(proposal.to_state, until)
                    .map_err(|problem| Error::invalid(vec![problem]))?;
                return put_settings(&cache, conn, act, competition, &settings, &proposal.reason, &[]);
            }
            view_of(conn, &competition)
        })
        .await
}
