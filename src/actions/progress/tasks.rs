//! What is to be done, by whom and until when.

use std::collections::{BTreeMap, BTreeSet};

use super::views::{TaskKind, TaskView};
use crate::actions::parse;
use crate::actions::rules::Rules;
use crate::db::applications::{self, Application};
use crate::db::competitions::Competition;
use crate::db::inspections::Inspection;
use crate::db::{self, Conn, experts};
use crate::domain::access::Role;
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::inspection::{InspectionPlan, InspectionState, RectificationState, Signatures};
use crate::domain::objection::RecheckState;
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Who has to do something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    Region(Role, RegionCode),
    Expert(ExpertId),
    Account(AccountId),
    Office,
}

pub(super) struct Task {
    pub(super) view: TaskView,
    pub(super) whom: Whom,
}

/// What a competition is at, read in a number of statements that does not grow with it.
pub(super) struct Standing {
    pub(super) applications: Vec<Application>,
    pub(super) sealed: Vec<RegionCode>,
    names: BTreeMap<ExpertId, String>,
    seats: Vec<experts::Seat>,
    placed: Vec<experts::PanelApplication>,
    pub(super) sheets: BTreeMap<(ApplicationId, ExpertId), SheetState>,
    pub(super) inspections: Vec<db::inspections::Standing>,
}

impl Standing {
    pub(super) fn read(conn: &mut Conn, id: CompetitionId) -> Result<Self> {
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

    pub(super) fn serving(&self) -> impl Iterator<Item = &experts::Seat> {
        self.seats.iter().filter(|seat| seat.state == SeatState::Serving)
    }

    pub(super) fn judged<'a>(&'a self, unit: &'a str) -> impl Iterator<Item = ApplicationId> + 'a {
        self.placed.iter().filter(move |entry| entry.unit == unit).map(|entry| entry.application_id)
    }

    pub(super) fn name(&self, expert: ExpertId) -> String {
        self.names.get(&expert).cloned().unwrap_or_default()
    }
}

/// Everything that is still to be done at the present stage.
pub(super) fn tasks(
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
            who_name: who,
            city: None,
            panel: None,
            about: None,
            due_at: due,
            late,
            application_id: None,
            not_by_account_id: None,
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
        view.city = Some(rules.catalogue.named_city(&application.city));
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
            let city = rules.catalogue.named_city(&city);
            let name = city.name.clone();
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
                    view.city = Some(rules.catalogue.named_city(&application.city));
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

    pub(super) fn sheets(&mut self, standing: &Standing, due: Option<Timestamp>) {
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

    pub(super) fn inspections(
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
            crate::actions::closing::tallies(conn, id)?.last().filter(|tally| tally.confirmed_by.is_none())
        {
            let view = self.add(TaskKind::ConfirmTally, Whom::Office, "领导小组办公室".to_owned(), None);
            view.about = Some(tally.number.to_string());
            view.not_by_account_id = Some(tally.prepared_by);
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
            (view.application_id, view.not_by_account_id) = (Some(application), Some(entered_by));
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
