//! Progress (进度): what is still to be done in a competition, by whom, and who is reminded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::{Rules, visible_competition};
use super::{RequestContext, Service, parse};
use crate::db::accounts::Account;
use crate::db::applications::{self, Application};
use crate::db::competitions::Competition;
use crate::db::inspections::Inspection;
use crate::db::letters::{self, Letter};
use crate::db::{self, Conn, experts};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId, LetterId};
use crate::domain::inspection::{InspectionPlan, InspectionState, RectificationState, Signatures};
use crate::domain::keyword::keyword_enum;
use crate::domain::notice::chinese_date;
use crate::domain::objection::RecheckState;
use crate::domain::record::DocumentKind;
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

keyword_enum! {
    /// What somebody still has to do.
    pub enum TaskKind {
        /// Submit an application that was begun.
        Submit = "submit",
        /// Submit a correction.
        Correct = "correct",
        /// Seal a city's list.
        Seal = "seal",
        /// Check form.
        CheckForm = "check_form",
        /// Sign the declaration of conflicts.
        Declare = "declare",
        /// Sign a score sheet.
        SignSheet = "sign_sheet",
        /// Plan an inspection.
        PlanInspection = "plan_inspection",
        /// Record and sign an inspection.
        SignInspection = "sign_inspection",
        /// Sign an inspection as the inspected party.
        AnswerInspection = "answer_inspection",
        /// Put something right.
        Rectify = "rectify",
        /// Decide an objection.
        DecideObjection = "decide_objection",
        /// Answer a re-check request.
        AnswerRecheck = "answer_recheck",
        /// Confirm a tally that somebody else prepared.
        ConfirmTally = "confirm_tally",
        /// Enter a sheet that was signed on paper a second time.
        EnterPaper = "enter_paper",
    }
}

impl TaskKind {
    /// What is to be done, on pages and in letters alike, in Chinese and in English.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Submit => ("提交申报", "Submit the application"),
            Self::Correct => ("提交补正", "Submit the correction"),
            Self::Seal => ("封存推荐名单", "Seal the recommendation list"),
            Self::CheckForm => ("形式审查", "Formal check"),
            Self::Declare => ("签署回避声明", "Sign the declaration of conflicts"),
            Self::SignSheet => ("签署评分表", "Sign the score sheet"),
            Self::PlanInspection => ("制定考察方案", "Plan the inspection"),
            Self::SignInspection => ("填写并签署考察记录", "Record and sign the inspection"),
            Self::AnswerInspection => ("签署考察记录意见", "Sign the inspection record as inspected party"),
            Self::Rectify => ("完成整改", "Put right what was found"),
            Self::DecideObjection => ("办理异议", "Decide the objection"),
            Self::AnswerRecheck => ("答复复核申请", "Answer the re-check request"),
            Self::ConfirmTally => ("复核评分汇总", "Confirm the tally"),
            Self::EnterPaper => ("第二人录入纸质评分表", "Enter the paper sheet a second time"),
        }
    }
}

/// Something that somebody still has to do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TaskView {
    pub kind: TaskKind,
    /// Who: an expert's, a region's or the office's name.
    pub who: String,
    /// The city that it belongs to, for applicants and cities.
    pub city: Option<RegionCode>,
    /// The panel that it belongs to.
    pub panel: Option<String>,
    /// What about: an application's or an objection's number.
    pub about: Option<String>,
    pub due: Option<Timestamp>,
    /// Whether that is over.
    pub late: bool,
    /// The application, where the office does it on that one's page.
    pub application_id: Option<ApplicationId>,
    /// Who may not do it, having done the first half.
    pub not_by: Option<AccountId>,
}

/// How a competition goes on in one city.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CityProgressView {
    pub city: RegionCode,
    pub name: String,
    /// How many applications stand where.
    pub applications: BTreeMap<ApplicationState, usize>,
    /// Whether its list is sealed.
    pub sealed: bool,
}

/// How a competition goes on in one panel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PanelProgressView {
    pub key: String,
    /// Its experts who serve.
    pub experts: Vec<ExpertProgressView>,
}

/// How far an expert is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExpertProgressView {
    pub expert_id: ExpertId,
    pub name: String,
    /// Whether the declaration is signed.
    pub declared: bool,
    /// Sheets to be signed.
    pub due: usize,
    pub begun: usize,
    pub signed: usize,
}

/// How a competition goes on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProgressView {
    pub state: CompetitionState,
    /// The deadline of the present stage.
    pub deadline: Option<Timestamp>,
    /// By city, those with applications.
    pub cities: Vec<CityProgressView>,
    pub panels: Vec<PanelProgressView>,
    /// How many inspections stand where.
    pub inspections: BTreeMap<InspectionState, usize>,
    /// What is still to be done at the present stage.
    pub tasks: Vec<TaskView>,
}

/// What reminding came to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RemindersView {
    pub written: usize,
    /// People who have been reminded today already.
    pub already: usize,
    /// Who can't be written to, as no address is known.
    pub without_address: Vec<String>,
}

/// Who has to do something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whom {
    Region(Role, RegionCode),
    Expert(ExpertId),
    Account(AccountId),
    Office,
}

struct Task {
    view: TaskView,
    whom: Whom,
}

/// What a competition is at, read in a number of statements that does not grow with it.
struct Standing {
    applications: Vec<Application>,
    sealed: Vec<RegionCode>,
    names: BTreeMap<ExpertId, String>,
    seats: Vec<experts::Seat>,
    placed: Vec<experts::PanelApplication>,
    sheets: BTreeMap<(ApplicationId, ExpertId), SheetState>,
    inspections: Vec<db::inspections::Standing>,
}

impl Standing {
    fn read(conn: &mut Conn, id: CompetitionId) -> Result<Self> {
        let sealed = db::recommendations::lists(conn, id)?.into_iter();
        Ok(Self {
            applications: applications::in_states(conn, id, None, ApplicationState::ALL)?,
            sealed: sealed.filter(|list| list.sealed_at.is_some()).map(|list| list.city).collect(),
            names: experts::names(conn)?,
            seats: experts::seats(conn, id)?,
            placed: experts::panel_applications(conn, id)?,
            sheets: db::sheets::progress(conn, id)?
                .into_iter()
                .map(|(application, expert, state)| ((application, expert), state))
                .collect(),
            inspections: db::inspections::standings(conn, id)?,
        })
    }

    fn serving(&self) -> impl Iterator<Item = &experts::Seat> {
        self.seats.iter().filter(|seat| seat.state == SeatState::Serving)
    }

    fn judged<'a>(&'a self, unit: &'a str) -> impl Iterator<Item = ApplicationId> + 'a {
        self.placed.iter().filter(move |entry| entry.unit == unit).map(|entry| entry.application_id)
    }

    fn name(&self, expert: ExpertId) -> String {
        self.names.get(&expert).cloned().unwrap_or_default()
    }
}

/// Everything that is still to be done at the present stage.
fn tasks(
    conn: &mut Conn,
    competition: &Competition,
    rules: &Rules,
    standing: &Standing,
    now: Timestamp,
) -> Result<Vec<Task>> {
    let deadline = rules.settings.calendar.period(competition.state).map(|period| period.until);
    let mut list = TaskList { now, tasks: Vec::new() };
    match competition.state {
        CompetitionState::Draft | CompetitionState::Announced => {}
        CompetitionState::Selection => list.tally(conn, competition.id)?,
        CompetitionState::Application => list.drafts(rules, standing, deadline),
        CompetitionState::Recommendation => list.lists(rules, standing, deadline),
        CompetitionState::Checking => list.checks(conn, rules, standing, deadline)?,
        CompetitionState::Drawing => list.declarations(standing, deadline),
        CompetitionState::Scoring => {
            list.declarations(standing, deadline);
            list.sheets(standing, deadline);
            list.papers(conn, competition.id, standing, deadline)?;
            list.inspections(conn, rules, competition, standing, deadline)?;
        }
        CompetitionState::Notice => {
            list.tally(conn, competition.id)?;
            list.objections(conn, competition.id)?;
        }
    }
    Ok(list.tasks)
}

struct TaskList {
    now: Timestamp,
    tasks: Vec<Task>,
}

impl TaskList {
    fn add(&mut self, kind: TaskKind, whom: Whom, who: String, due: Option<Timestamp>) -> &mut TaskView {
        let late = due.is_some_and(|due| due < self.now);
        let view = TaskView {
            kind,
            who,
            city: None,
            panel: None,
            about: None,
            due,
            late,
            application_id: None,
            not_by: None,
        };
        self.tasks.push(Task { view, whom });
        // Just pushed, so there is a last one.
        let last = self.tasks.len() - 1;
        &mut self.tasks[last].view
    }

    fn of_application(
        &mut self,
        rules: &Rules,
        kind: TaskKind,
        application: &Application,
        due: Option<Timestamp>,
    ) {
        let whom = Whom::Region(Role::Applicant, application.lead_region.clone());
        let view = self.add(kind, whom, rules.catalogue.region_name(&application.lead_region), due);
        view.city = Some(application.city.clone());
        view.about.clone_from(&application.number);
    }

    fn drafts(&mut self, rules: &Rules, standing: &Standing, due: Option<Timestamp>) {
        for application in &standing.applications {
            if matches!(application.state, ApplicationState::Draft | ApplicationState::Returned) {
                self.of_application(rules, TaskKind::Submit, application, due);
            }
        }
    }

    fn lists(&mut self, rules: &Rules, standing: &Standing, due: Option<Timestamp>) {
        let mut waiting: Vec<RegionCode> = Vec::new();
        for application in &standing.applications {
            match application.state {
                ApplicationState::Submitted if !standing.sealed.contains(&application.city) => {
                    waiting.push(application.city.clone());
                }
                ApplicationState::Returned => self.of_application(rules, TaskKind::Submit, application, due),
                _ => {}
            }
        }
        waiting.sort();
        waiting.dedup();
        for city in waiting {
            let whom = Whom::Region(Role::CityReviewer, city.clone());
            let name = rules.catalogue.region_name(&city);
            self.add(TaskKind::Seal, whom, name, due).city = Some(city);
        }
    }

    fn checks(
        &mut self,
        conn: &mut Conn,
        rules: &Rules,
        standing: &Standing,
        due: Option<Timestamp>,
    ) -> Result<()> {
        let correcting: Vec<ApplicationId> = standing
            .applications
            .iter()
            .filter(|application| application.state == ApplicationState::Correction)
            .map(|application| application.id)
            .collect();
        let until: BTreeMap<ApplicationId, Option<Timestamp>> = db::checks::formal(conn, &correcting)?
            .into_iter()
            .map(|check| (check.application_id, check.correction_until))
            .collect();
        for application in &standing.applications {
            match application.state {
                ApplicationState::Correction => {
                    let until = until.get(&application.id).copied().flatten();
                    self.of_application(rules, TaskKind::Correct, application, until);
                }
                ApplicationState::Recommended => {
                    let view = self.add(TaskKind::CheckForm, Whom::Office, "领导小组办公室".to_owned(), due);
                    view.city = Some(application.city.clone());
                    view.about.clone_from(&application.number);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn declarations(&mut self, standing: &Standing, due: Option<Timestamp>) {
        for seat in standing.serving().filter(|seat| seat.declared_at.is_none()) {
            let whom = Whom::Expert(seat.expert_id);
            self.add(TaskKind::Declare, whom, standing.name(seat.expert_id), due).panel =
                Some(seat.unit.clone());
        }
    }

    fn sheets(&mut self, standing: &Standing, due: Option<Timestamp>) {
        let numbers: BTreeMap<ApplicationId, Option<String>> = standing
            .applications
            .iter()
            .map(|application| (application.id, application.number.clone()))
            .collect();
        for seat in standing.serving() {
            for application in standing.judged(&seat.unit) {
                let state = standing.sheets.get(&(application, seat.expert_id));
                if state == Some(&SheetState::Signed) {
                    continue;
                }
                let whom = Whom::Expert(seat.expert_id);
                let view = self.add(TaskKind::SignSheet, whom, standing.name(seat.expert_id), due);
                view.panel = Some(seat.unit.clone());
                view.about = numbers.get(&application).cloned().flatten();
            }
        }
    }

    fn inspections(
        &mut self,
        conn: &mut Conn,
        rules: &Rules,
        competition: &Competition,
        standing: &Standing,
        due: Option<Timestamp>,
    ) -> Result<()> {
        let by_application: BTreeMap<ApplicationId, &Application> =
            standing.applications.iter().map(|application| (application.id, application)).collect();
        let begun: BTreeSet<ApplicationId> =
            standing.inspections.iter().map(|inspection| inspection.application_id).collect();
        let going_on = db::inspections::going_on(conn, competition.id)?.into_iter();
        let going_on: BTreeMap<ApplicationId, Inspection> =
            going_on.map(|row| (row.application_id, row)).collect();
        let accepted = standing
            .applications
            .iter()
            .filter(|application| application.state == ApplicationState::Accepted);
        for application in accepted {
            if !begun.contains(&application.id) {
                let view = self.add(TaskKind::PlanInspection, Whom::Office, "领导小组办公室".to_owned(), due);
                view.about.clone_from(&application.number);
                continue;
            }
            let Some(row) = going_on.get(&application.id) else { continue };
            let plan: InspectionPlan = parse(&row.plan)?;
            let signatures: Signatures = parse(&row.signatures)?;
            for member in &plan.team {
                if signatures.team.iter().any(|signature| signature.account == member.account) {
                    continue;
                }
                let whom = Whom::Account(member.account);
                let view = self.add(TaskKind::SignInspection, whom, member.name.clone(), due);
                view.about.clone_from(&application.number);
            }
            if row.state == InspectionState::Signing && signatures.party.is_none() {
                self.of_application(rules, TaskKind::AnswerInspection, application, due);
            }
        }
        for row in db::inspections::rectifications_of(conn, competition.id)? {
            if row.state == RectificationState::Open
                && let Some(application) = by_application.get(&row.application_id)
            {
                self.of_application(rules, TaskKind::Rectify, application, Some(row.due));
            }
        }
        Ok(())
    }

    /// The latest tally, where it waits for its second person.
    fn tally(&mut self, conn: &mut Conn, id: CompetitionId) -> Result<()> {
        if let Some(tally) =
            super::closing::tallies(conn, id)?.last().filter(|tally| tally.confirmed_by.is_none())
        {
            let view = self.add(TaskKind::ConfirmTally, Whom::Office, "领导小组办公室".to_owned(), None);
            view.about = Some(tally.number.to_string());
            view.not_by = Some(tally.prepared_by);
        }
        Ok(())
    }

    /// Sheets that were entered from paper once.
    fn papers(
        &mut self,
        conn: &mut Conn,
        id: CompetitionId,
        standing: &Standing,
        due: Option<Timestamp>,
    ) -> Result<()> {
        for (application, expert, entered_by) in db::sheets::papers(conn, id)? {
            let found = standing.applications.iter().find(|known| known.id == application);
            let number = found.and_then(|known| known.number.clone()).unwrap_or_default();
            let name = standing.name(expert);
            let view = self.add(TaskKind::EnterPaper, Whom::Office, "领导小组办公室".to_owned(), due);
            view.about = Some(format!("{number} {name}"));
            (view.application_id, view.not_by) = (Some(application), Some(entered_by));
        }
        Ok(())
    }

    fn objections(&mut self, conn: &mut Conn, id: CompetitionId) -> Result<()> {
        for row in db::objections::of_competition(conn, id)? {
            if row.state.is_open() {
                let view =
                    self.add(TaskKind::DecideObjection, Whom::Office, "领导小组办公室".to_owned(), row.due);
                view.about = Some(row.number);
            }
        }
        for row in db::objections::rechecks_of_competition(conn, id)? {
            if row.state == RecheckState::Filed {
                self.add(TaskKind::AnswerRecheck, Whom::Office, "领导小组办公室".to_owned(), None);
            }
        }
        Ok(())
    }
}

/// How a competition goes on: by city, by panel, and what is still to be done by whom.
///
/// # Errors
/// If the caller may not see it.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<ProgressView> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadProgress, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadProgress, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let standing = Standing::read(conn, id)?;
            let tasks = tasks(conn, &competition, &rules, &standing, now)?;
            let mut inspections = BTreeMap::new();
            for row in &standing.inspections {
                *inspections.entry(row.state).or_insert(0) += 1;
            }
            Ok(ProgressView {
                state: competition.state,
                deadline: rules.settings.calendar.period(competition.state).map(|period| period.until),
                cities: cities(&rules, &standing),
                panels: panels(&standing),
                inspections,
                tasks: tasks.into_iter().map(|task| task.view).collect(),
            })
        })
        .await
}

/// How many score sheets had been signed by the end of which day, for each day on which one was.
///
/// # Errors
/// If the caller may not see it.
pub async fn signatures(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<(NaiveDate, u64)>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadProgress, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadProgress, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let mut by_day: BTreeMap<NaiveDate, u64> = BTreeMap::new();
            // A correction is no further sheet.
            for at in db::documents::first_signed(conn, id, DocumentKind::Sheet)? {
                *by_day.entry(at.date()).or_insert(0) += 1;
            }
            let mut signed = 0;
            let sum = |(day, count)| {
                signed += count;
                (day, signed)
            };
            Ok(by_day.into_iter().map(sum).collect())
        })
        .await
}

fn cities(rules: &Rules, standing: &Standing) -> Vec<CityProgressView> {
    let mut cities: BTreeMap<RegionCode, CityProgressView> = BTreeMap::new();
    for application in &standing.applications {
        // What a city has not submitted is not the office's to see.
        if application.never_submitted() {
            continue;
        }
        let city = &application.city;
        let view = cities.entry(city.clone()).or_insert_with(|| CityProgressView {
            city: city.clone(),
            name: rules.catalogue.region_name(city),
            applications: BTreeMap::new(),
            sealed: standing.sealed.contains(city),
        });
        *view.applications.entry(application.state).or_insert(0) += 1;
    }
    cities.into_values().collect()
}

fn panels(standing: &Standing) -> Vec<PanelProgressView> {
    let mut panels: BTreeMap<String, PanelProgressView> = BTreeMap::new();
    for seat in standing.serving() {
        let states: Vec<Option<SheetState>> = standing
            .judged(&seat.unit)
            .map(|application| standing.sheets.get(&(application, seat.expert_id)).copied())
            .collect();
        let panel = panels
            .entry(seat.unit.clone())
            .or_insert_with(|| PanelProgressView { key: seat.unit.clone(), experts: Vec::new() });
        panel.experts.push(ExpertProgressView {
            expert_id: seat.expert_id,
            name: standing.name(seat.expert_id),
            declared: seat.declared_at.is_some(),
            due: states.len(),
            begun: states.iter().filter(|state| state.is_some()).count(),
            signed: states.iter().filter(|state| **state == Some(SheetState::Signed)).count(),
        });
    }
    panels.into_values().collect()
}

/// Writes a letter to everybody who still has something to do at the present stage: one a person and day, whatever there
/// is to do.
///
/// # Errors
/// If the caller is not the office, or there is nothing to remind of.
pub async fn remind(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<RemindersView> {
    let (cache, clock) = (service.cache.clone(), service.clock.clone());
    service
        .write(context, Action::Remind, move |conn, act| {
            act.context.may(Action::Remind, Relation::General)?;
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            act.on("competition", id);
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let standing = Standing::read(conn, id)?;
            let mut by_person: BTreeMap<Whom, Vec<TaskView>> = BTreeMap::new();
            for task in tasks(conn, &competition, &rules, &standing, act.now)? {
                by_person.entry(task.whom).or_default().push(task.view);
            }
            // The office reads its own list.
            by_person.remove(&Whom::Office);
            if by_person.is_empty() {
                return Err(Error::conflict(
                    "nothing_to_remind",
                    "没有需要催办的事项",
                    "Nobody has anything to do",
                ));
            }
            let mut view = RemindersView { written: 0, already: 0, without_address: Vec::new() };
            for (whom, tasks) in by_person {
                let accounts = accounts_of(conn, &whom)?;
                let addressed: Vec<&Account> =
                    accounts.iter().filter(|account| account.email.is_some()).collect();
                if addressed.is_empty() {
                    view.without_address.push(tasks[0].who.clone());
                }
                for account in addressed {
                    let letter = reminder(&clock, &rules, id, account, &tasks, act.now);
                    if letters::insert(conn, &letter)? { view.written += 1 } else { view.already += 1 }
                }
            }
            act.detail("written", &view.written);
            act.detail("already", &view.already);
            Ok(view)
        })
        .await
}

fn accounts_of(conn: &mut Conn, whom: &Whom) -> Result<Vec<Account>> {
    let account = match whom {
        Whom::Region(role, region) => {
            let accounts = db::accounts::list(conn, None, 100, Some(*role), Some(region))?;
            return Ok(accounts.into_iter().filter(|account| account.enabled).collect());
        }
        Whom::Expert(id) => experts::by_id(conn, *id)?.and_then(|expert| expert.account_id),
        Whom::Account(id) => Some(*id),
        Whom::Office => None,
    };
    let found = match account {
        Some(id) => db::accounts::by_id(conn, id)?.filter(|account| account.enabled),
        None => None,
    };
    Ok(found.into_iter().collect())
}

fn reminder(
    clock: &crate::clock::Clock,
    rules: &Rules,
    id: CompetitionId,
    account: &Account,
    tasks: &[TaskView],
    now: Timestamp,
) -> Letter {
    let title = &rules.settings.title;
    let (mut zh, mut en) = (String::new(), String::new());
    for task in tasks {
        let about = task.about.as_deref().map(|about| format!(" {about}")).unwrap_or_default();
        let (chinese, english) = task.kind.names();
        let due = |until: &str| {
            let by = |due: Timestamp| {
                format!("（{until}{}{}）", chinese_date(due.date()), due.local().format("%H:%M"))
            };
            task.due.map(by).unwrap_or_default()
        };
        zh.push_str(&format!("· {chinese}{about}{}\n", due(if task.late { "已逾期，期限" } else { "期限" })));
        en.push_str(&format!("- {english}{about}\n"));
    }
    Letter {
        competition_id: Some(id),
        account_id: Some(account.id),
        ..Letter::new(
            LetterId(clock.new_id()),
            format!("reminder/{id}/{}/{}", account.id, now.date()),
            account.email.as_deref().unwrap_or_default(),
            format!("催办：{title}"),
            format!(
                "{}：\n\n{title}有以下事项待您办理：\n\n{zh}\n请登录系统办理。\n\n----\n\nStill to be done by you:\n\n{en}",
                account.display_name
            ),
            now,
        )
    }
}
