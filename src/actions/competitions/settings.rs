//! The settings of a competition: its versions and their correction.

use std::sync::Arc;

use super::{CompetitionView, Correct, VersionEntry, VersionView, enter, entry, view};
use crate::actions::recusals::recuse_all_new_conflicts;
use crate::actions::rules::{Cache, visible_competition};
use crate::actions::{Act, Page, RequestContext, Service, need_reason, parse};
use crate::db::competitions::{self, Competition, Version};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::difference::differences;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, canonical_value, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Checks settings against the data that they name.
fn check(cache: &Cache, conn: &mut Conn, settings: &Settings) -> Result<Vec<FieldProblem>> {
    let catalogue = cache.catalogue(conn, settings.catalogue)?;
    let mut problems = settings.check(catalogue.as_deref());
    if db::data::digest(conn, "working_days", settings.working_days)?.is_none() {
        problems.push(FieldProblem::new(
            "/working_days",
            "unknown_version",
            "没有这一版工作日历",
            "There is no such version of the calendar of working days",
        ));
    }
    Ok(problems)
}

fn new_version(
    id: CompetitionId,
    number: i32,
    settings: &Settings,
    reason: &str,
    by: AccountId,
    at: Timestamp,
) -> Version {
    let content = canonical(settings);
    Version {
        competition_id: id,
        number,
        digest: digest_of(&content),
        content,
        reason: reason.to_owned(),
        changed_by: by,
        changed_at: at,
    }
}

/// Creates a competition as a draft.
///
/// # Errors
/// If the caller is not the office, or the settings are wrong.
pub async fn create(
    service: &Service,
    context: &Arc<RequestContext>,
    settings: Settings,
) -> Result<CompetitionView> {
    let settings = settings.as_meant();
    let id = CompetitionId(service.clock.new_id());
    let cache = service.cache.clone();
    service
        .write(context, Action::CreateCompetition, move |conn, act| {
            act.context.may(Action::CreateCompetition, Relation::General)?;
            act.enter(conn, id)?;
            act.on("competition", id);
            let problems = check(&cache, conn, &settings)?;
            must_be_valid(problems)?;
            let by = act.account()?;
            let competition = Competition {
                id,
                state: CompetitionState::Draft,
                revision: 1,
                version: 1,
                called_version: None,
                created_by: by,
                created_at: act.now,
            };
            let version = new_version(id, 1, &settings, "", by, act.now);
            competitions::insert(conn, &competition)?;
            competitions::insert_version(conn, &version)?;
            act.changed(None, Some(version.digest));
            warned(&cache, conn, view(&competition, &version)?)
        })
        .await
}

/// Replaces the settings of a competition that is not yet called.
///
/// # Errors
/// If the caller is not the office, the competition is called already or has changed meanwhile, or the settings are wrong.
pub async fn change(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    revision: i64,
    settings: Settings,
) -> Result<CompetitionView> {
    let settings = settings.as_meant();
    let cache = service.cache.clone();
    service
        .write(context, Action::ChangeCompetition, move |conn, act| {
            act.context.may(Action::ChangeCompetition, Relation::General)?;
            let competition = enter(conn, act, id)?;
            if competition.state != CompetitionState::Draft {
                return Err(Error::conflict(
                    "already_called",
                    "竞赛已发布，指标与规则已冻结；如需更正请另行发布更正并说明理由",
                    "The competition is called and its settings are frozen; publish a correction with a reason instead",
                ));
            }
            must_be_current(competition.revision, revision)?;
            put_settings(&cache, conn, act, competition, &settings, "", &[])
        })
        .await
}

/// Stores new settings as the next version, unless they change one of the members `never` (as pointers).
pub(crate) fn put_settings(
    cache: &Cache,
    conn: &mut Conn,
    act: &mut Act<'_>,
    mut competition: Competition,
    settings: &Settings,
    reason: &str,
    never: &[&str],
) -> Result<CompetitionView> {
    let problems = check(cache, conn, settings)?;
    must_be_valid(problems)?;
    let id = competition.id;
    let before = competitions::version(conn, id, competition.version)?;
    let before = before.ok_or_else(|| Error::internal("the settings are gone"))?;
    let version = new_version(id, before.number + 1, settings, reason, act.account()?, act.now);
    if version.digest == before.digest {
        return Err(Error::conflict("unchanged", "内容没有变化", "Nothing was changed"));
    }
    let earlier = parse(&before.content)?;
    let changes = differences(&earlier, &canonical_value(settings));
    for change in &changes {
        if let Some(member) = never.iter().find(|member| change.pointer.starts_with(**member)) {
            let (zh, en) = match *member {
                "/calendar" => (
                    "日程不能通过更正修改；截止时间请用“延长截止时间”",
                    "The calendar can't be changed by a correction: extend a deadline instead",
                ),
                _ => (
                    "产业链目录不能通过更正修改：申报按它填写",
                    "The catalogue can't be changed by a correction: applications name its chains",
                ),
            };
            return Err(Error::conflict("not_by_correction", zh, en));
        }
    }
    act.changed(Some(before.digest), Some(version.digest));
    act.detail("reason", &reason);
    act.detail("changes", &changes);
    competitions::insert_version(conn, &version)?;
    competition.version = version.number;
    competitions::update(conn, &competition)?;
    competition.revision += 1;
    warned(cache, conn, view(&competition, &version)?)
}

/// A competition with what is better looked at in its calendar.
fn warned(cache: &Cache, conn: &mut Conn, mut view: CompetitionView) -> Result<CompetitionView> {
    let rules = cache.rules(conn, view.id, view.version)?;
    view.warnings = rules.warnings();
    Ok(view)
}

/// Corrects the settings of a competition that is called: a new version, with its reason and a list of what it changes.
/// Deadlines are not corrected but extended; the catalogue stays, as applications name its chains.
///
/// # Errors
/// If the caller is not the office, the competition is a draft or has changed meanwhile, or the settings are wrong.
pub async fn correct(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    revision: i64,
    correct: Correct,
) -> Result<CompetitionView> {
    let settings = correct.settings.as_meant();
    let cache = service.cache.clone();
    service
        .write(context, Action::CorrectCompetition, move |conn, act| {
            act.context.may(Action::CorrectCompetition, Relation::General)?;
            let competition = enter(conn, act, id)?;
            if competition.state == CompetitionState::Draft {
                return Err(Error::conflict(
                    "not_called",
                    "竞赛尚未发布，可直接修改设置",
                    "The competition is not called yet; change its settings instead",
                ));
            }
            must_be_current(competition.revision, revision)?;
            need_reason(&correct.reason)?;
            let state = competition.state;
            let corrected = put_settings(
                &cache,
                conn,
                act,
                competition,
                &settings,
                &correct.reason,
                &["/calendar", "/catalogue"],
            )?;
            if matches!(state, CompetitionState::Drawing | CompetitionState::Scoring) {
                let rules = cache.rules(conn, id, corrected.version)?;
                recuse_all_new_conflicts(conn, act, &rules, id)?;
            }
            Ok(corrected)
        })
        .await
}

/// The first version of the settings that the caller may see: drafts are the office's own.
fn first_version(context: &RequestContext, competition: &Competition) -> i32 {
    if context.may(Action::ReadDrafts, Relation::General).is_ok() {
        1
    } else {
        competition.called_version.unwrap_or(1)
    }
}

/// Versions of a competition's settings, newest first.
///
/// # Errors
/// If there is no such competition that the caller may see.
pub async fn versions(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    before: Option<i32>,
    limit: usize,
) -> Result<Page<VersionEntry>> {
    let (context, cache) = (Arc::clone(context), service.cache.clone());
    let rows = service
        .read_public("competition.versions", move |conn| {
            let (competition, _) = visible_competition(conn, &cache, &context, id)?;
            let from = first_version(&context, &competition);
            competitions::versions(conn, id, from, before.unwrap_or(i32::MAX), Page::<Version>::rows(limit))
        })
        .await?;
    Ok(Page::of(rows, limit, |version| version.number.to_string()).map(|version| entry(&version)))
}

/// A version of a competition's settings, with what it changed of the one before.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn version(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<VersionView> {
    let (context, cache) = (Arc::clone(context), service.cache.clone());
    service
        .read_public("competition.version", move |conn| {
            let (competition, _) = visible_competition(conn, &cache, &context, id)?;
            let first = first_version(&context, &competition);
            let version = competitions::version(conn, id, number)?.filter(|version| version.number >= first);
            let version = version.ok_or_else(Error::not_found)?;
            let settings: Settings = parse(&version.content)?;
            let earlier = if number > first { competitions::version(conn, id, number - 1)? } else { None };
            let changes = match earlier {
                Some(earlier) => {
                    let earlier = parse(&earlier.content)?;
                    differences(&earlier, &canonical_value(&settings))
                }
                None => Vec::new(),
            };
            Ok(VersionView { entry: entry(&version), changes, settings })
        })
        .await
}
