//! Editions: set up, called, corrected, extended, and moved from state to state.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::recusals::recuse_all_new_conflicts;
use super::rules::{Rules, Shelf, visible_edition};
use super::{Act, Page, Service, Visit, parse};
use super::{closing, jumps};
use crate::db::competitions::{self, Competition, Version};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::application::ApplicationState;
use crate::domain::blocker::{Blocker, MovingAct};
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::difference::{Difference, differences};
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, canonical, canonical_value, digest_of};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_unblocked, must_be_valid};

/// Seconds after a deadline before the stage is moved on: what had arrived in time may still be under way.
const DRAIN: i64 = 60;

/// An edition with the settings that hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompetitionView {
    /// Its identifier.
    pub id: CompetitionId,
    /// Where it stands.
    pub state: CompetitionState,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
    /// The version of its settings that holds.
    pub version: i32,
    /// The digest of these settings.
    pub digest: Digest,
    /// Why this version was made.
    pub reason: String,
    /// When this version was made.
    pub changed_at: Timestamp,
    /// The settings.
    pub settings: Settings,
}

/// An edition in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompetitionEntry {
    /// Its identifier.
    pub id: CompetitionId,
    /// Its title.
    pub title: String,
    /// The document that orders it.
    pub authority: String,
    /// Where it stands.
    pub state: CompetitionState,
    /// The deadline of its present stage; none for a draft.
    pub deadline: Option<Timestamp>,
}

/// A version of an edition's settings in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VersionEntry {
    /// Its number, from 1.
    pub number: i32,
    /// The digest of the settings.
    pub digest: Digest,
    /// Why it was made.
    pub reason: String,
    /// Who made it.
    pub changed_by: AccountId,
    /// When.
    pub changed_at: Timestamp,
}

/// A version of an edition's settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VersionView {
    /// Which one.
    pub version: VersionEntry,
    /// What it changed of the one before; empty for the first.
    pub changes: Vec<Difference>,
    /// The settings.
    pub settings: Settings,
}

/// A correction of settings after the call.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Correct {
    /// Why: told to everybody with the new version.
    pub reason: String,
    /// The settings as they shall be.
    pub settings: Settings,
}

/// A later deadline.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Extend {
    /// The state whose deadline it is.
    pub stage: CompetitionState,
    /// The new deadline.
    pub until: Timestamp,
    /// Why: told to everybody with the new version.
    pub reason: String,
}

/// A step to the next state.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Move {
    /// The state to go to: the next one.
    pub to: CompetitionState,
}

/// What must still be done before the next state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReadinessView {
    /// The next state; none after the last.
    pub next: Option<CompetitionState>,
    /// What stands against it, in both languages; empty if nothing does.
    #[serde(serialize_with = "as_points")]
    #[schemars(with = "Vec<OpenPoint>")]
    pub open: Vec<Blocker>,
}

/// One thing that must still be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenPoint {
    /// What it is about.
    pub pointer: String,
    /// What, for programs.
    pub code: String,
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
}

impl From<FieldProblem> for OpenPoint {
    fn from(problem: FieldProblem) -> Self {
        Self {
            pointer: problem.pointer,
            code: problem.code.to_owned(),
            zh: problem.message.zh,
            en: problem.message.en,
        }
    }
}

/// Writes what stands against a step as the API tells it.
pub(crate) fn as_points<S: Serializer>(
    open: &[Blocker],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(open.iter().map(|blocker| OpenPoint::from(FieldProblem::from(blocker))))
}

fn view(competition: &Competition, version: &Version) -> Result<CompetitionView> {
    Ok(CompetitionView {
        id: competition.id,
        state: competition.state,
        revision: competition.revision,
        version: competition.version,
        digest: version.digest,
        reason: version.reason.clone(),
        changed_at: version.changed_at,
        settings: parse(&version.content)?,
    })
}

/// Checks settings against the data that they name.
fn check(shelf: &Shelf, conn: &mut Conn, settings: &Settings) -> Result<Vec<FieldProblem>> {
    let catalogue = shelf.catalogue(conn, settings.catalogue)?;
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

/// Creates an edition as a draft.
///
/// # Errors
/// If the caller is not the office, or the settings are wrong.
pub async fn create(service: &Service, visit: &Arc<Visit>, settings: Settings) -> Result<CompetitionView> {
    let settings = settings.as_meant();
    let id = CompetitionId(service.clock.new_id());
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::CreateCompetition, move |conn, act| {
            act.visit.may(Action::CreateCompetition, Relation::General)?;
            act.enter(conn, id)?;
            act.on("competition", id);
            let problems = check(&shelf, conn, &settings)?;
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
            view(&competition, &version)
        })
        .await
}

/// Replaces the settings of an edition that is not yet called.
///
/// # Errors
/// If the caller is not the office, the edition is called already or has changed meanwhile, or the settings are wrong.
pub async fn change(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    revision: i64,
    settings: Settings,
) -> Result<CompetitionView> {
    let settings = settings.as_meant();
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::ChangeCompetition, move |conn, act| {
            act.visit.may(Action::ChangeCompetition, Relation::General)?;
            let competition = enter(conn, act, id)?;
            if competition.state != CompetitionState::Draft {
                return Err(Error::conflict(
                    "already_called",
                    "竞赛已发布，指标与规则已冻结；如需更正请另行发布更正并说明理由",
                    "The edition is called and its settings are frozen; publish a correction with a reason instead",
                ));
            }
            must_be_current(competition.revision, revision)?;
            put_settings(&shelf, conn, act, competition, &settings, "", &[])
        })
        .await
}

pub(crate) fn enter(conn: &mut Conn, act: &mut Act<'_>, id: CompetitionId) -> Result<Competition> {
    if competitions::by_id(conn, id)?.is_none() {
        return Err(Error::not_found());
    }
    act.enter(conn, id)?;
    act.on("competition", id);
    competitions::by_id(conn, id)?.ok_or_else(Error::not_found)
}

/// Stores new settings as the next version, unless they change one of the members `never` (as pointers).
pub(crate) fn put_settings(
    shelf: &Shelf,
    conn: &mut Conn,
    act: &mut Act<'_>,
    mut competition: Competition,
    settings: &Settings,
    reason: &str,
    never: &[&str],
) -> Result<CompetitionView> {
    let problems = check(shelf, conn, settings)?;
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
    view(&competition, &version)
}

/// Corrects the settings of an edition that is called: a new version, with its reason and a list of what it changes.
/// Deadlines are not corrected but extended; the catalogue stays, as applications name its chains.
///
/// # Errors
/// If the caller is not the office, the edition is a draft or has changed meanwhile, or the settings are wrong.
pub async fn correct(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    revision: i64,
    correct: Correct,
) -> Result<CompetitionView> {
    let settings = correct.settings.as_meant();
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::CorrectCompetition, move |conn, act| {
            act.visit.may(Action::CorrectCompetition, Relation::General)?;
            let competition = enter(conn, act, id)?;
            if competition.state == CompetitionState::Draft {
                return Err(Error::conflict(
                    "not_called",
                    "竞赛尚未发布，可直接修改设置",
                    "The edition is not called yet; change its settings instead",
                ));
            }
            must_be_current(competition.revision, revision)?;
            need_reason(&correct.reason)?;
            let state = competition.state;
            let corrected = put_settings(
                &shelf,
                conn,
                act,
                competition,
                &settings,
                &correct.reason,
                &["/calendar", "/catalogue"],
            )?;
            if matches!(state, CompetitionState::Drawing | CompetitionState::Scoring) {
                let rules = shelf.rules(conn, id, corrected.version)?;
                recuse_all_new_conflicts(conn, act, &rules, id)?;
            }
            Ok(corrected)
        })
        .await
}

pub(crate) fn need_reason(reason: &str) -> Result<()> {
    let mut problems = Vec::new();
    check_text(&mut problems, "/reason", reason, 1, 1_000);
    must_be_valid(problems)
}

/// Makes a deadline of the present or a later stage later. Never silently: the reason is part of the new version.
///
/// # Errors
/// If the caller is not the office, the stage is over, the new deadline is not later, or it collides with the next
/// stage's.
pub async fn extend(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    revision: i64,
    extend: Extend,
) -> Result<CompetitionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::ExtendDeadline, move |conn, act| {
            act.visit.may(Action::ExtendDeadline, Relation::General)?;
            let competition = enter(conn, act, id)?;
            must_be_current(competition.revision, revision)?;
            need_reason(&extend.reason)?;
            if competition.state == CompetitionState::Draft || extend.stage < competition.state {
                return Err(Error::conflict(
                    "stage_over",
                    "只能延长进行中或尚未开始的环节的截止时间",
                    "Only the deadline of a stage that goes on or is to come can be extended",
                ));
            }
            let rules = shelf.rules(conn, id, competition.version)?;
            let mut settings = rules.settings.clone();
            let period = settings.calendar.period(extend.stage).ok_or_else(Error::not_found)?;
            if extend.until <= period.until {
                return Err(Error::invalid_field(
                    "/until",
                    "not_later",
                    format!("新的截止时间必须晚于{}", period.until),
                    format!("The new deadline must be later than {}", period.until),
                ));
            }
            settings
                .calendar
                .extend(extend.stage, extend.until)
                .map_err(|problem| Error::invalid(vec![problem]))?;
            put_settings(&shelf, conn, act, competition, &settings, &extend.reason, &[])
        })
        .await
}

/// An edition as it stands.
pub(crate) fn view_of(conn: &mut Conn, competition: &Competition) -> Result<CompetitionView> {
    let version = competitions::version(conn, competition.id, competition.version)?;
    view(competition, &version.ok_or_else(|| Error::internal("the settings are gone"))?)
}

/// What stands against the call.
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

/// What stands against an edition's next state.
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

/// Moves an edition to its next state, if nothing stands against it.
///
/// # Errors
/// If the caller is not the office, the state is not the next one, or something stands against it (listed).
pub async fn advance(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    revision: i64,
    to: CompetitionState,
) -> Result<CompetitionView> {
    let shelf = service.shelf.clone();
    let secret = hex::encode(service.clock.secret::<32>());
    service
        .perform(visit, Action::MoveCompetition, move |conn, act| {
            act.visit.may(Action::MoveCompetition, Relation::General)?;
            let mut competition = enter(conn, act, id)?;
            if competition.state.next() != Some(to) {
                return Err(Error::conflict(
                    "not_the_next_state",
                    "竞赛现不能转入这一阶段：各阶段须依次进行，请刷新页面查看当前阶段",
                    "The edition can't go to that stage now: stages follow one another; look at where it stands",
                ));
            }
            must_be_current(competition.revision, revision)?;
            let rules = shelf.rules(conn, id, competition.version)?;
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
    let mut count = |state| -> Result<usize> {
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
            let drafts = count(At::Draft)?;
            (
                format!("截止“{title}”的申报：尚有{drafts}件草稿未提交，此后不能再提交"),
                format!(
                    "Applications to “{title}” close: {drafts} drafts are not submitted and can't be any more"
                ),
            )
        }
        To::Checking => (
            format!("“{title}”的推荐结束，转入审查，不能退回"),
            format!("The recommendations of “{title}” end and the checks begin; there is no way back"),
        ),
        To::Drawing => {
            let (accepted, rejected) = (count(At::Accepted)?, count(At::Rejected)?);
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

/// Moves an edition to another state.
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

/// Moves editions whose deadline for applications is over by the drain time: their applications are closed for good,
/// whatever the clock says later. Called by the service's timer. An edition that can't be closed keeps no other open.
///
/// # Errors
/// If the database fails.
pub async fn close_what_is_due(service: &Service) -> Result<usize> {
    if !jumps::may_close(service).await {
        return Ok(0);
    }
    let now = service.clock.now();
    let open =
        service.read("due", |conn| competitions::in_state(conn, CompetitionState::Application)).await?;
    let mut moved = 0;
    for competition in open {
        let id = competition.id;
        match close_if_due(service, competition, now).await {
            Ok(closed) => moved += usize::from(closed),
            Err(error) => service.loops.failed(CLOSING, &format!("edition {id}: {error}")),
        }
    }
    Ok(moved)
}

/// Closes the applications of one edition, if their time is over; whether it did.
async fn close_if_due(service: &Service, competition: Competition, now: Timestamp) -> Result<bool> {
    let (id, shelf) = (competition.id, service.shelf.clone());
    let due =
        service.read("due", move |conn| Ok(is_over(&*shelf.rules(conn, id, competition.version)?, now)));
    if !due.await? {
        return Ok(false);
    }
    let shelf = service.shelf.clone();
    let visit = Visit::of_operator(&service.clock);
    let closed = service.perform(&visit, Action::MoveCompetition, move |conn, act| {
        let mut competition = enter(conn, act, id)?;
        let rules = shelf.rules(conn, id, competition.version)?;
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

/// An edition with the settings that hold.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(service: &Service, visit: &Arc<Visit>, id: CompetitionId) -> Result<CompetitionView> {
    let visit = Arc::clone(visit);
    let shelf = service.shelf.clone();
    service
        .read("competition.read", move |conn| {
            visible_edition(conn, &shelf, &visit, id)?;
            let (competition, version) =
                competitions::with_settings(conn, id)?.ok_or_else(Error::not_found)?;
            view(&competition, &version)
        })
        .await
}

/// What stands against an edition's next state.
///
/// # Errors
/// If the caller may not see it.
pub async fn readiness(service: &Service, visit: &Arc<Visit>, id: CompetitionId) -> Result<ReadinessView> {
    let (shelf, now) = (service.shelf.clone(), service.clock.now());
    service
        .look(visit, Action::ReadDrafts, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadDrafts, Relation::General)?;
            let (competition, rules) = visible_edition(conn, &shelf, visit, id)?;
            let open = blockers(conn, &competition, &rules, now)?;
            Ok(ReadinessView { next: competition.state.next(), open })
        })
        .await
}

/// Editions, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(
    service: &Service,
    visit: &Arc<Visit>,
    before: Option<CompetitionId>,
    limit: usize,
) -> Result<Page<CompetitionEntry>> {
    let drafts = visit.may(Action::ReadDrafts, Relation::General).is_ok();
    let rows = service
        .read("competition.list", move |conn| {
            competitions::list(conn, before, Page::<Competition>::rows(limit), drafts)
        })
        .await?;
    let page = Page::of(rows, limit, |(competition, _)| competition.id.to_string());
    let mut items = Vec::with_capacity(page.items.len());
    for (competition, version) in &page.items {
        let settings: Settings = parse(&version.content)?;
        items.push(CompetitionEntry {
            id: competition.id,
            deadline: settings.calendar.period(competition.state).map(|period| period.until),
            title: settings.title,
            authority: settings.authority,
            state: competition.state,
        });
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// The newest editions with the settings that hold, newest first.
///
/// # Errors
/// If the database fails.
pub async fn newest(service: &Service, visit: &Arc<Visit>, most: usize) -> Result<Vec<CompetitionView>> {
    let drafts = visit.may(Action::ReadDrafts, Relation::General).is_ok();
    service
        .read("competition.newest", move |conn| {
            let rows = competitions::list(conn, None, i64::try_from(most).unwrap_or(i64::MAX), drafts)?;
            rows.iter().map(|(competition, version)| view(competition, version)).collect()
        })
        .await
}

/// The first version of the settings that the caller may see: drafts are the office's own.
fn first_version(visit: &Visit, competition: &Competition) -> i32 {
    if visit.may(Action::ReadDrafts, Relation::General).is_ok() {
        1
    } else {
        competition.called_version.unwrap_or(1)
    }
}

fn entry(version: &Version) -> VersionEntry {
    VersionEntry {
        number: version.number,
        digest: version.digest,
        reason: version.reason.clone(),
        changed_by: version.changed_by,
        changed_at: version.changed_at,
    }
}

/// Versions of an edition's settings, newest first.
///
/// # Errors
/// If there is no such edition that the caller may see.
pub async fn versions(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    before: Option<i32>,
    limit: usize,
) -> Result<Page<VersionEntry>> {
    let (visit, shelf) = (Arc::clone(visit), service.shelf.clone());
    let rows = service
        .read("competition.versions", move |conn| {
            let (competition, _) = visible_edition(conn, &shelf, &visit, id)?;
            let from = first_version(&visit, &competition);
            competitions::versions(conn, id, from, before.unwrap_or(i32::MAX), Page::<Version>::rows(limit))
        })
        .await?;
    Ok(Page::of(rows, limit, |version| version.number.to_string()).map(|version| entry(&version)))
}

/// A version of an edition's settings, with what it changed of the one before.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn version(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    number: i32,
) -> Result<VersionView> {
    let (visit, shelf) = (Arc::clone(visit), service.shelf.clone());
    service
        .read("competition.version", move |conn| {
            let (competition, _) = visible_edition(conn, &shelf, &visit, id)?;
            let first = first_version(&visit, &competition);
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
            Ok(VersionView { version: entry(&version), changes, settings })
        })
        .await
}
