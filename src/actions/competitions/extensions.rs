//! Making deadlines later, where the office wants it with the stages after them.

use std::sync::Arc;

use super::settings::put_settings;
use super::{CompetitionView, Extend, enter};
use crate::actions::rules::{Cache, Rules};
use crate::actions::{Act, RequestContext, Service, need_reason};
use crate::db::Conn;
use crate::db::competitions::Competition;
use crate::domain::access::{Action, Relation};
use crate::domain::competition::{Calendar, CompetitionState};
use crate::domain::ids::CompetitionId;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current};

/// Makes a deadline of the present or a later stage later. Never silently: the reason is part of the new version. Where
/// the stages after it follow, everybody is told each beginning and deadline that moves before it does.
///
/// # Errors
/// If the caller is not the office, the stage is over, the new deadline is not later, or it collides with the next
/// stage's.
pub async fn extend(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    revision: i64,
    extend: Extend,
) -> Result<CompetitionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ExtendDeadline, move |conn, act| {
            act.context.may(Action::ExtendDeadline, Relation::General)?;
            let competition = enter(conn, act, id)?;
            must_be_current(competition.revision, revision)?;
            need_reason(&extend.reason)?;
            if extend.stage < competition.state || extend.stage == CompetitionState::Draft {
                return Err(Error::conflict(
                    "stage_over",
                    "只能延长进行中或尚未开始的阶段的截止时间",
                    "Only the deadline of a stage that goes on or is to come can be extended",
                ));
            }
            let rules = cache.rules(conn, id, competition.version)?;
            let calendar = extended(&rules, &extend, act.now)?;
            store(&cache, conn, act, competition, &rules, calendar, &extend)
        })
        .await
}

/// The calendar as it would be.
fn extended(rules: &Rules, extend: &Extend, now: Timestamp) -> Result<Calendar> {
    let mut calendar = rules.settings.calendar.clone();
    let period = calendar.period(extend.stage).ok_or_else(Error::not_found)?.clone();
    if extend.due_at <= period.until {
        return Err(Error::invalid_field(
            "/due_at",
            "not_later",
            format!("新的截止时间必须晚于{}", period.until),
            format!("The new deadline must be later than {}", period.until),
        ));
    }
    if let Some(begins) = extend.begins_at {
        if period.from <= now || begins <= period.from {
            return Err(Error::invalid_field(
                "/begins_at",
                "not_later",
                format!("阶段尚未开始才能改开始时间，且必须晚于{}", period.from),
                format!("Only a stage that has not begun can begin later, after {}", period.from),
            ));
        }
        calendar.begin(extend.stage, begins);
    }
    if extend.later_stages_follow {
        return calendar
            .followed(extend.stage, extend.due_at, now, &rules.working_days)
            .map_err(crate::actions::rules::year_unknown);
    }
    calendar.extend(extend.stage, extend.due_at).map_err(|problem| Error::invalid(vec![problem]))?;
    Ok(calendar)
}

/// Stores the new calendar as a version, and tells what moves.
fn store(
    cache: &Cache,
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: Competition,
    rules: &Rules,
    calendar: Calendar,
    extend: &Extend,
) -> Result<CompetitionView> {
    for told in rules.settings.calendar.moves(&calendar) {
        act.follows(told);
    }
    let mut settings = rules.settings.clone();
    settings.calendar = calendar;
    let warnings = settings.warnings(&rules.working_days);
    let view = put_settings(cache, conn, act, competition, &settings, &extend.reason, &[])?;
    for warning in warnings {
        act.follows(warning);
    }
    if extend.later_stages_follow {
        act.insist();
    }
    Ok(view)
}
