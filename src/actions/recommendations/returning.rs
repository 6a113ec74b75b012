//! Sending an application back to its applicant.

use std::sync::Arc;

use super::views::Return;
use crate::actions::applications::enter;
use crate::actions::rules::Rules;
use crate::actions::{Act, RequestContext, Service, need_text};
use crate::db::competitions::Competition;
use crate::db::recommendations::{self, List};
use crate::db::{Conn, applications};
use crate::domain::access::Action;
use crate::domain::application::{ApplicationState, DecisionKind};
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::error::{Error, Result, must_be_current};

/// Sends an application back to its applicant, who may change and submit it again until the city's deadline.
///
/// # Errors
/// If it is not of the caller's city, was not submitted, the list is sealed, or the deadline is over.
pub async fn send_back(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    request: Return,
) -> Result<()> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ReturnApplication, move |conn, act| {
            let (mut application, _, competition, rules) =
                enter(conn, act, &cache, id, Action::ReturnApplication)?;
            if application.state != ApplicationState::Submitted {
                return Err(Error::conflict(
                    "not_submitted",
                    "只有已提交、尚未推荐的申报可以退回",
                    "Only an application that is submitted and not yet recommended can be sent back",
                ));
            }
            must_be_reviewing(conn, act, &competition, &rules, &application.city)?;
            must_be_current(application.revision, revision)?;
            need_text("/reason", &request.reason, 1, 2_000)?;
            recommendations::remove_entry(conn, id)?;
            application.state = ApplicationState::Returned;
            application.changed_at = act.now;
            applications::update(conn, &application)?;
            let by = act.account()?;
            applications::decide(conn, id, DecisionKind::Returned.as_str(), &request.reason, by, act.now)?;
            act.detail("reasons", &request.reason);
            Ok(())
        })
        .await
}

/// Refuses city review outside its time, or after the city has sealed its list.
pub(super) fn must_be_reviewing(
    conn: &mut Conn,
    act: &Act<'_>,
    competition: &Competition,
    rules: &Rules,
    city: &RegionCode,
) -> Result<()> {
    if !matches!(competition.state, CompetitionState::Application | CompetitionState::Recommendation) {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段不能初审和推荐",
            "The present stage of the competition does not allow city review",
        ));
    }
    let until = rules.settings.calendar.recommendation.until;
    if act.context.received_at > until {
        return Err(Error::conflict(
            "deadline_passed",
            format!("推荐截止时间（{until}）已过"),
            format!("The deadline for recommendations ({until}) has passed"),
        ));
    }
    let list = recommendations::list(conn, competition.id, city)?;
    if let Some(List { sealed_at: Some(at), .. }) = list {
        return Err(Error::conflict(
            "sealed",
            format!("推荐名单已于{at}封存"),
            format!("The list was sealed at {at}"),
        ));
    }
    Ok(())
}
