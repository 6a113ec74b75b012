//! All inspections of a competition as one plan: teams, days and times for many applications in one act.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::store;
use crate::actions::conflicts::{accepted_parties, conflict_check};
use crate::actions::duties::{Inspector, inspectors_in};
use crate::actions::imports::{ImportTable, ImportedTableView, Preview, table_of};
use crate::actions::rules::{Cache, Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::applications::Application;
use crate::db::competitions::Competition;
use crate::db::inspections::{self, Inspection};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::competition::CompetitionState;
use crate::domain::expert::{ExpertProfile, Parties};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::inspection::{
    InspectionPlan, InspectionRecord, InspectionState, Signatures, TeamMember, check_plan,
};
use crate::domain::inspection_table::{COLUMNS, InspectionVisit, described_plan, names, read_visit};
use crate::domain::likeness::{Likeness, Name};
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::table::Table;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_valid};

/// Inspections of many applications, planned together.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlanInspections {
    /// One for each application; applications of which nothing is said keep their plan.
    #[schemars(length(max = 1_000))]
    pub visits: Vec<InspectionVisit>,
}

/// An accepted application with the plan of its inspection.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlannedInspectionView {
    pub application_id: ApplicationId,
    pub number: String,
    /// Its lead region and chain.
    pub title: String,
    /// Where the inspection stands; none while nothing is planned.
    pub state: Option<InspectionState>,
    pub plan: InspectionPlan,
    /// How a table names its members: by name, or by login name where several have it.
    pub member_names: Vec<String>,
}

/// An application as the plan knows it.
struct Inspected {
    application: Application,
    parties: Parties,
    row: Option<Inspection>,
    plan: InspectionPlan,
    /// What the plan becomes by this act.
    becomes: Option<InspectionPlan>,
}

impl Inspected {
    fn number(&self) -> &str {
        self.application.number.as_deref().unwrap_or_default()
    }

    fn title(&self, rules: &Rules) -> String {
        let region = rules.catalogue.region_name(&self.application.lead_region);
        let chain = rules.catalogue.chain(super::chain_of(&self.application));
        format!("{region} {}", chain.map_or("", |(_, chain)| &chain.name))
    }

    /// The plan as it would be.
    fn planned(&self) -> &InspectionPlan {
        self.becomes.as_ref().unwrap_or(&self.plan)
    }

    fn is_open(&self) -> bool {
        self.row.as_ref().is_none_or(|row| row.state == InspectionState::Open)
    }
}

/// The accepted applications of a competition with their plans, in order of numbers.
fn inspected(conn: &mut Conn, rules: &Rules, id: CompetitionId) -> Result<Vec<Inspected>> {
    let rows = inspections::of_competition(conn, id)?;
    let mut rows: BTreeMap<ApplicationId, Inspection> =
        rows.into_iter().map(|row| (row.application_id, row)).collect();
    let mut all = accepted_parties(conn, rules, id)?
        .into_iter()
        .map(|(application, parties)| {
            let row = rows.remove(&application.id);
            let plan = row.as_ref().map(|row| parse(&row.plan)).transpose()?.unwrap_or_default();
            Ok(Inspected { application, parties, row, plan, becomes: None })
        })
        .collect::<Result<Vec<_>>>()?;
    all.sort_by(|one, other| one.application.number.cmp(&other.application.number));
    Ok(all)
}

/// The plan of all inspections: teams in order of their names, each with its days; what is not planned last.
///
/// # Errors
/// If the caller may not see it.
pub async fn plan_of_all(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<PlannedInspectionView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let mut all = inspected(conn, &rules, id)?;
            all.sort_by_key(|one| {
                let plan = &one.plan;
                (plan.from.is_none(), plan.team_name.clone(), plan.from, plan.arrives)
            });
            let people = inspectors_in(conn, &rules.settings.organizer)?;
            Ok(all
                .iter()
                .map(|one| PlannedInspectionView {
                    application_id: one.application.id,
                    number: one.number().to_owned(),
                    title: one.title(&rules),
                    state: one.row.as_ref().map(|row| row.state),
                    member_names: one.plan.team.iter().map(|member| in_a_table(member, &people)).collect(),
                    plan: one.plan.clone(),
                })
                .collect())
        })
        .await
}

/// How a table names a member.
fn in_a_table(member: &TeamMember, people: &[Inspector]) -> String {
    let same_name = people.iter().filter(|one| one.member.name == member.name);
    let own = people.iter().find(|one| one.member.account == member.account);
    match own {
        Some(own) if same_name.count() > 1 => own.login.clone(),
        _ => member.name.clone(),
    }
}

/// Where a visit stands in what was sent: its place in a list, or its row of a table.
#[derive(Clone, Copy)]
enum Place {
    Visit(usize),
    Row(usize),
}

impl Place {
    /// Which one, from 1.
    fn number(self) -> usize {
        match self {
            Self::Visit(index) => index + 1,
            Self::Row(number) => number,
        }
    }

    fn wrong(self, column: &str, code: &'static str, zh: &str, en: &str) -> FieldProblem {
        let number = self.number();
        let pointer = match self {
            // A table's column is called what it says, not how.
            Self::Visit(index) if column == "members" => format!("/visits/{index}/member_names"),
            Self::Visit(index) => format!("/visits/{index}/{column}"),
            Self::Row(number) => format!("/rows/{number}/{column}"),
        };
        FieldProblem::new(pointer, code, format!("第{number}行：{zh}"), format!("Row {number}: {en}"))
    }

    /// A complaint about a plan, at what says it.
    fn of(self, problem: &FieldProblem) -> FieldProblem {
        let column = match problem.pointer.split('/').nth(1).unwrap_or_default() {
            "team" => "members",
            other => other,
        };
        self.wrong(column, problem.code, &problem.message.zh, &problem.message.en)
    }
}

/// What was sent: a list, or a table.
enum Sent {
    Visits(Vec<InspectionVisit>),
    /// With whether empty cells clear what is there.
    Table(Table, bool),
}

/// Plans the inspections of many applications, once what it changes has been confirmed.
///
/// # Errors
/// If the caller is not the office, the stage is another, or anything is wrong in any of them (all of it is listed): an
/// inspection that somebody has signed, a name that is nobody's or several people's, an inspector at two places at a time.
pub async fn put_plans(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    plans: PlanInspections,
) -> Result<ImportedTableView> {
    put(service, context, id, Sent::Visits(plans.visits)).await
}

/// The same by a table.
///
/// # Errors
/// As [`put_plans`], or if the table can't be read.
pub async fn import_plans(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    import: ImportTable,
) -> Result<ImportedTableView> {
    let (table, clear) = (table_of(import.table()).await?, import.clear_empty);
    put(service, context, id, Sent::Table(table, clear)).await
}

async fn put(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    sent: Sent,
) -> Result<ImportedTableView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::PlanInspection, move |conn, act| {
            act.context.may(Action::PlanInspection, Relation::General)?;
            act.on("competition", id);
            let rules = entered(conn, act, &cache, id)?;
            let mut all = inspected(conn, &rules, id)?;
            let mut problems = Vec::new();
            let hidden = if let Sent::Table(table, _) = &sent { table.hidden } else { 0 };
            let visits = visits(&sent, &all, &mut problems)?;
            let people = People::of(conn, &rules, act.now)?;
            let (mut preview, mut placed) = (Preview::default(), Vec::<(Place, usize)>::new());
            for (place, visit) in visits {
                let Some(at) = open_one(&all, place, &visit, &placed, &mut problems) else { continue };
                let plan = people.plan(place, &visit, &all[at].plan, &rules, &mut problems);
                tell(act, &mut preview, place.number(), &all[at], &plan);
                people.tell_conflicts(act, &rules, &plan, &all[at]);
                placed.push((place, at));
                all[at].becomes = Some(plan);
            }
            for (place, at) in &placed {
                let wrong = clashes(&all[*at], &all).into_iter();
                problems.extend(wrong.map(|(zh, en)| place.wrong("members", "two_places", &zh, &en)));
            }
            must_be_valid(problems)?;
            let (named, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.becomes.is_some());
            let numbers: Vec<String> = named.iter().map(|one| one.number().to_owned()).collect();
            act.detail("planned", &numbers);
            for one in named {
                keep(conn, act, id, one)?;
            }
            let missing = left.iter().filter(|one| one.is_open()).map(|one| one.number().to_owned());
            preview.leaves(act, &missing.collect::<Vec<_>>());
            // Nobody looks at a table row by row before it is sent.
            act.insist();
            let Preview { added, changed, unchanged } = preview;
            Ok(ImportedTableView { added, changed, unchanged, hidden })
        })
        .await
}

/// The rules of a competition at a stage where inspections are made, under its lock.
fn entered(conn: &mut Conn, act: &mut Act<'_>, cache: &Cache, id: CompetitionId) -> Result<Arc<Rules>> {
    visible_competition(conn, cache, act.context, id)?;
    act.enter(conn, id)?;
    let (competition, rules): (Competition, _) = visible_competition(conn, cache, act.context, id)?;
    if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段不能安排考察：应在专家抽取或考察评审阶段",
            "Inspections are planned while panels are drawn and applications are scored",
        ));
    }
    Ok(rules)
}

/// The visits that were sent, each with its place. Rows that say nothing of when and by whom are none.
fn visits(
    sent: &Sent,
    all: &[Inspected],
    problems: &mut Vec<FieldProblem>,
) -> Result<Vec<(Place, InspectionVisit)>> {
    let (table, clear) = match sent {
        Sent::Visits(visits) => {
            let placed =
                visits.iter().cloned().enumerate().map(|(index, visit)| (Place::Visit(index), visit));
            return Ok(placed.filter(|(_, visit)| !visit.is_blank()).collect());
        }
        Sent::Table(table, clear) => (table, *clear),
    };
    let headed = table.headed(&COLUMNS).map_err(Error::invalid)?;
    let mut found = Vec::new();
    for cells in headed.rows() {
        let number = cells.text("application");
        let Some(known) = all.iter().find(|one| one.number() == number) else {
            problems.push(cells.wrong(
                "application",
                "已受理的申报中没有这一编号",
                "no accepted application has this number",
            ));
            continue;
        };
        let mut visit = read_visit(&cells, known.application.id, problems);
        if visit.is_blank() {
            continue;
        }
        if !clear {
            visit.keeps(&known.plan, headed.has("until"));
        }
        found.push((Place::Row(cells.number), visit));
    }
    Ok(found)
}

/// Which application a visit is of, if it can be planned.
fn open_one(
    all: &[Inspected],
    place: Place,
    visit: &InspectionVisit,
    placed: &[(Place, usize)],
    problems: &mut Vec<FieldProblem>,
) -> Option<usize> {
    let at = all.iter().position(|one| one.application.id == visit.application_id);
    let (code, zh, en) = match at.map(|at| &all[at]) {
        None => ("unknown_application", "没有这一已受理的申报", "no such accepted application"),
        Some(_) if placed.iter().any(|(_, other)| Some(*other) == at) => {
            ("duplicate", "该申报出现两次", "the application stands twice")
        }
        Some(one) if !one.is_open() => (
            "no_such_step",
            "考察记录已有人签字，方案不能再改；请去掉这一行",
            "somebody has signed the record: the plan can't be changed; take the row out",
        ),
        Some(_) => return at,
    };
    problems.push(place.wrong("application", code, zh, en));
    None
}

/// Tells what a row does.
fn tell(act: &mut Act<'_>, preview: &mut Preview, row: usize, one: &Inspected, plan: &InspectionPlan) {
    let (was, is) = (described_plan(&one.plan), described_plan(plan));
    match &one.row {
        None => preview.adds(act, row, one.number(), &is),
        Some(_) if one.plan == *plan => preview.unchanged += 1,
        Some(_) => preview.changes(act, row, one.number(), (&was, &is)),
    }
}

/// Stores what an inspection's plan becomes, if that is another.
fn keep(conn: &mut Conn, act: &Act<'_>, competition: CompetitionId, one: Inspected) -> Result<()> {
    let Some(plan) = one.becomes.filter(|plan| *plan != one.plan) else { return Ok(()) };
    let mut row = one.row.unwrap_or_else(|| unplanned(one.application.id, competition, act.now));
    row.plan = canonical(&plan);
    store(conn, act, &mut row)
}

/// An inspection of which nothing is planned yet.
pub(super) fn unplanned(
    application_id: ApplicationId,
    competition_id: CompetitionId,
    now: Timestamp,
) -> Inspection {
    Inspection {
        application_id,
        competition_id,
        state: InspectionState::Open,
        plan: String::new(),
        record: canonical(&InspectionRecord::default()),
        signatures: canonical(&Signatures::default()),
        version: 0,
        comment_until: None,
        revision: 0,
        changed_by: AccountId(uuid::Uuid::nil()),
        changed_at: now,
    }
}

/// Which members are elsewhere while this is inspected, in Chinese and in English.
fn clashes(one: &Inspected, all: &[Inspected]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for other in all.iter().filter(|other| other.application.id != one.application.id) {
        let (plan, elsewhere) = (one.planned(), other.planned());
        if !plan.overlaps(elsewhere) {
            continue;
        }
        for member in &plan.team {
            if elsewhere.team.iter().any(|other| other.account == member.account) {
                let (name, number) = (&member.name, other.number());
                told.push((
                    format!("{name}在同一时段已安排考察{number}"),
                    format!("{name} inspects {number} at the same time"),
                ));
            }
        }
    }
    told
}

/// What is wrong with the plan of one inspection beside the others, and whom it sends to a party of theirs is told.
pub(super) fn check_beside(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    (competition, id): (CompetitionId, ApplicationId),
    plan: &InspectionPlan,
) -> Result<Vec<FieldProblem>> {
    let mut all = inspected(conn, rules, competition)?;
    let Some(at) = all.iter().position(|one| one.application.id == id) else { return Ok(Vec::new()) };
    People::of(conn, rules, act.now)?.tell_conflicts(act, rules, plan, &all[at]);
    all[at].becomes = Some(plan.clone());
    let wrong = clashes(&all[at], &all).into_iter();
    Ok(wrong.map(|(zh, en)| FieldProblem::new("/team", "two_places", zh, en)).collect())
}

/// Who may inspect, and what is known of the experts among them.
struct People {
    inspectors: Vec<Inspector>,
    profiles: BTreeMap<AccountId, ExpertProfile>,
    now: Timestamp,
}

impl People {
    fn of(conn: &mut Conn, rules: &Rules, now: Timestamp) -> Result<Self> {
        let mut profiles = BTreeMap::new();
        for expert in db::experts::all(conn)? {
            if let Some(account) = expert.account_id {
                profiles.insert(account, parse(&expert.content)?);
            }
        }
        Ok(Self { inspectors: inspectors_in(conn, &rules.settings.organizer)?, profiles, now })
    }

    /// The plan that a visit makes of the one before; what is wrong is noted.
    fn plan(
        &self,
        place: Place,
        visit: &InspectionVisit,
        before: &InspectionPlan,
        rules: &Rules,
        problems: &mut Vec<FieldProblem>,
    ) -> InspectionPlan {
        let mut plan = InspectionPlan {
            team: Vec::new(),
            team_name: visit.team_name.trim().to_owned(),
            from: visit.from,
            until: visit.until.or(visit.from),
            arrives: visit.arrives,
            leaves: visit.leaves,
            ..before.clone()
        };
        let known = problems.len();
        // Several names in one field are as many.
        for named in visit.member_names.iter().flat_map(|written| names(written)) {
            match self.called(&named) {
                Ok(member) => {
                    let as_planned = before.team.iter().find(|planned| planned.account == member.account);
                    plan.team.push(as_planned.unwrap_or(member).clone());
                }
                Err((zh, en)) => problems.push(place.wrong("members", "unknown_name", &zh, &en)),
            }
        }
        if problems.len() == known {
            let wrong = check_plan(&plan, &rules.settings);
            problems.extend(wrong.iter().map(|problem| place.of(problem)));
        }
        plan
    }

    /// Who is called so, by login name or name.
    fn called(&self, named: &str) -> std::result::Result<&TeamMember, (String, String)> {
        if let Some(exact) = self.inspectors.iter().find(|one| one.login == named) {
            return Ok(&exact.member);
        }
        let name = Name::new(named.to_owned());
        let same = |one: &&Inspector| name.of_person(&Name::new(one.member.name.clone())) == Likeness::Same;
        let found: Vec<&Inspector> = self.inspectors.iter().filter(same).collect();
        match found[..] {
            [only] => Ok(&only.member),
            [] => Err((
                format!("没有名为“{named}”的专家、考察人员或领导小组办公室账号"),
                format!("no account of an expert, an inspector or the office is called {named}"),
            )),
            _ => {
                let logins: Vec<&str> = found.iter().map(|one| one.login.as_str()).collect();
                let logins = logins.join("、");
                Err((
                    format!("有多人名为“{named}”，请写登录名：{logins}"),
                    format!("several are called {named}: write one of the login names {logins}"),
                ))
            }
        }
    }

    /// Tells which members have, or may have, a conflict of interest with what they inspect.
    fn tell_conflicts(&self, act: &mut Act<'_>, rules: &Rules, plan: &InspectionPlan, one: &Inspected) {
        for member in &plan.team {
            let Some(profile) = self.profiles.get(&member.account) else { continue };
            let finding = conflict_check(rules, profile, self.now).against(&one.parties);
            for (conflict, (zh, en)) in finding
                .conflicts
                .iter()
                .map(|conflict| (conflict, ("有", "has")))
                .chain(finding.alike.iter().map(|conflict| (conflict, ("可能有", "may have"))))
            {
                let (name, number) = (&member.name, one.number());
                let (zh_kind, en_kind) = conflict.kind.words();
                act.follows(FieldProblem::new(
                    "/team",
                    "conflict_of_interest",
                    format!("{name}与{number}{zh}利害关系：{zh_kind}（{}）", conflict.basis),
                    format!("{name} {en} a conflict with {number}: {en_kind} ({})", conflict.basis),
                ));
            }
        }
    }
}
