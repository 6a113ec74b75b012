//! Panels (评审组): conflicts, the declaration of each expert, recusals and who follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::documents;
use super::rules::{Rules, Shelf, visible_edition};
use super::{Act, Service, Visit, parse};
use crate::db::applications::{self, Application};
use crate::db::experts::{self, Expert, Seat};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{ApplicationState, Member};
use crate::domain::catalogue::{Catalogue, ChainNumber, RegionCode};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::expert::{
    Clearance, Conflict, ConflictCheck, ConflictKind, ExpertProfile, Parties, Unchecked,
};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::inspection::InspectionPlan;
use crate::domain::likeness::{Likeness, People, Person};
use crate::domain::problem::FieldProblem;
use crate::domain::record::DocumentKind;
use crate::domain::sheet::SheetState;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_valid};

/// What an expert signs (承诺书、回避声明).
pub const DECLARATION: &str = "本人承诺独立、客观、公正评审，保守评审秘密；除以下声明外，本人与所评审的申报主体及相关企业不存在近三年任职、\
     直系或姻亲关系、投资、诉讼及其他可能影响公正评审的关系。";

/// A conflict that an expert declares.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeclaredConflict {
    /// The application.
    pub application_id: ApplicationId,
    /// What the relation is.
    pub reason: String,
}

/// A declaration.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Declare {
    /// Whether the undertaking is signed: must be true.
    pub accepted: bool,
    /// Conflicts; empty if there is none.
    pub conflicts: Vec<DeclaredConflict>,
}

/// A declaration, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Declaration {
    format: String,
    competition: CompetitionId,
    expert: ExpertId,
    statement: String,
    panels: Vec<String>,
    conflicts: Vec<DeclaredConflict>,
}

/// A change of a panel, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PanelChange {
    format: String,
    competition: CompetitionId,
    panel: String,
    recused: ExpertId,
    conflicts: Vec<Conflict>,
    next: Option<ExpertId>,
}

/// A recusal by the office.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Recuse {
    /// Why.
    pub reason: String,
}

/// What one expert is to judge.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnPanelView {
    /// The edition.
    pub competition_id: CompetitionId,
    /// Where it stands.
    pub state: CompetitionState,
    /// What is to be signed before any document can be opened.
    pub declaration: String,
    /// Whether it is signed for every panel that the expert serves on.
    pub declared: bool,
    /// Until when sheets are due.
    pub until: Timestamp,
    /// The applications.
    pub applications: Vec<OwnApplicationView>,
}

/// An application that an expert is to judge.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnApplicationView {
    /// Its identifier.
    pub id: ApplicationId,
    /// Its number.
    pub number: Option<String>,
    /// The panel that judges it.
    pub panel: String,
    /// The lead region.
    pub region: RegionCode,
    /// Its name.
    pub region_name: String,
    /// The chain.
    pub chain: ChainNumber,
    /// Its name.
    pub chain_name: String,
    /// Where the expert's own sheet stands; none while nothing is entered.
    pub sheet: Option<SheetState>,
}

/// A panel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PanelView {
    /// Its key.
    pub key: String,
    /// The applications that it judges.
    pub applications: Vec<ApplicationId>,
    /// Its seats, in the order of the draw.
    pub seats: Vec<SeatView>,
}

/// A seat of a panel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SeatView {
    /// The expert.
    pub expert_id: ExpertId,
    /// The expert's name.
    pub name: String,
    /// The expert's unit.
    pub unit: String,
    /// The position in the order of the draw, from 1.
    pub position: i32,
    /// Serving, waiting or recused.
    pub state: SeatState,
    /// Why recused.
    pub reason: String,
    /// When the declaration of conflicts was signed.
    pub declared_at: Option<Timestamp>,
}

/// What the check for conflicts found of one expert.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConflictsView {
    /// The expert.
    pub expert_id: ExpertId,
    /// The expert's name.
    pub name: String,
    /// The expert's unit.
    pub unit: String,
    /// How many accepted applications are clear.
    pub clear: usize,
    /// Applications where not everything could be looked at, with what could not.
    pub unchecked: BTreeMap<ApplicationId, Vec<Unchecked>>,
    /// Of these, what would be conflicts if names that are nearly the same are the same.
    pub alike: BTreeMap<ApplicationId, Vec<Conflict>>,
    /// Applications with conflicts.
    pub conflicts: BTreeMap<ApplicationId, Vec<Conflict>>,
}

/// Who has a part in an application, by its last submission.
/// Of a submission ([`Whole`](crate::domain::application::Whole)), who has a part in it.
#[derive(Deserialize)]
struct WithParties {
    chain: ChainNumber,
    members: Vec<Member>,
    profile: WithBody,
    firms: Vec<WithName>,
}

/// Of a profile, the promotion body.
#[derive(Deserialize)]
struct WithBody {
    promotion_body: String,
}

/// Of a firm, its name.
#[derive(Deserialize)]
struct WithName {
    name: String,
}

impl WithParties {
    fn parties(self, catalogue: &Catalogue) -> Parties {
        let regions = self.members.into_iter().map(|member| member.region).collect();
        let firms = self.firms.into_iter().map(|firm| firm.name).collect();
        Parties::new(self.chain, regions, self.profile.promotion_body, firms, catalogue)
    }
}

/// The accepted applications of an edition with who has a part in them, in order of identifiers.
pub(crate) fn accepted_parties(
    conn: &mut Conn,
    rules: &Rules,
    competition: CompetitionId,
) -> Result<Vec<(Application, Parties)>> {
    let accepted = applications::in_states(conn, competition, None, &[ApplicationState::Accepted])?;
    let ids: Vec<ApplicationId> = accepted.iter().map(|application| application.id).collect();
    let mut submitted: BTreeMap<ApplicationId, Parties> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        let found: WithParties = parse(&submission.content)?;
        submitted.insert(submission.application_id, found.parties(&rules.catalogue));
    }
    accepted
        .into_iter()
        .map(|application| {
            let parties = submitted.remove(&application.id);
            let parties =
                parties.ok_or_else(|| Error::internal("an accepted application has no submission"))?;
            Ok((application, parties))
        })
        .collect()
}

/// What conflicts of an expert are looked for by at this time.
pub(crate) fn conflict_check<'a>(
    rules: &Rules,
    profile: &'a ExpertProfile,
    now: Timestamp,
) -> ConflictCheck<'a> {
    ConflictCheck::new(profile, &rules.settings.review, &rules.catalogue, now.date())
}

/// What an expert's account is to an application: a member of its panel or inspection team, or nothing.
pub(crate) fn expert_relation(conn: &mut Conn, visit: &Visit, application: &Application) -> Result<Relation> {
    let foreign = Relation::Foreign { draft: application.never_submitted() };
    let Some(caller) = visit.caller.as_ref().filter(|caller| caller.role == Role::Expert) else {
        return Ok(foreign);
    };
    if let Some((seat, _)) = experts::seat_for(conn, caller.account, application.id)? {
        match seat.state {
            SeatState::Serving => return Ok(Relation::Panel { declared: seat.declared_at.is_some() }),
            // From the same second on a recused expert sees nothing, as a member of the team neither.
            SeatState::Recused => return Ok(foreign),
            SeatState::Waiting => {}
        }
    }
    let inspection = db::inspections::by_application(conn, application.id)?;
    let plan: Option<InspectionPlan> = inspection.map(|inspection| parse(&inspection.plan)).transpose()?;
    let in_team = plan.is_some_and(|plan| plan.team.iter().any(|member| member.account == caller.account));
    Ok(if in_team { Relation::Team } else { foreign })
}

/// The expert whose account the caller has.
pub(crate) fn own_expert(conn: &mut Conn, visit: &Visit) -> Result<Expert> {
    experts::by_account(conn, visit.caller()?.account)?.ok_or_else(|| {
        Error::conflict(
            "not_in_the_pool",
            "您的账号尚未与专家库关联，请联系领导小组办公室",
            "Your account is not linked to an expert of the pool; ask the office",
        )
    })
}

/// Recuses an expert from a panel and calls the next in order: the first waiting one without a conflict whose load
/// allows it. What the recused one has signed counts no more.
fn recuse(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    mut seat: Seat,
    conflicts: Vec<Conflict>,
    reason: &str,
) -> Result<()> {
    let (competition, unit) = (seat.competition_id, seat.unit.clone());
    let was_serving = seat.state == SeatState::Serving;
    seat.state = SeatState::Recused;
    reason.clone_into(&mut seat.reason);
    seat.changed_at = act.now;
    experts::update_seat(conn, &seat)?;
    let next = if was_serving { call_next(conn, act, rules, competition, &unit)? } else { None };
    let number = documents::next_number(conn, competition, DocumentKind::PanelChange, &unit)?;
    let change = PanelChange {
        format: "qianglian-panel-change/1".to_owned(),
        competition,
        panel: unit.clone(),
        recused: seat.expert_id,
        conflicts,
        next,
    };
    documents::keep(conn, act, competition, (DocumentKind::PanelChange, &unit, number), &change, reason)?;
    act.detail("panel", &unit);
    act.detail("recused", &seat.expert_id);
    act.detail("next", &next);
    Ok(())
}

fn call_next(
    conn: &mut Conn,
    act: &Act<'_>,
    rules: &Rules,
    competition: CompetitionId,
    unit: &str,
) -> Result<Option<ExpertId>> {
    let seats = experts::seats(conn, competition)?;
    let panels = experts::panel_applications(conn, competition)?;
    let size = |unit: &str| panels.iter().filter(|entry| entry.unit == unit).count();
    let parties = accepted_parties(conn, rules, competition)?;
    let of_panel = |state| seats.iter().filter(move |seat| seat.unit == unit && seat.state == state);
    let mut seated = People::default();
    for seat in of_panel(SeatState::Serving) {
        if let Some(expert) = experts::by_id(conn, seat.expert_id)? {
            seated.add(Person::of(&parse(&expert.content)?), seat.expert_id);
        }
    }
    for seat in of_panel(SeatState::Waiting) {
        let Some(expert) = experts::by_id(conn, seat.expert_id)? else { continue };
        let profile: ExpertProfile = parse(&expert.content)?;
        // Nobody has two seats in a panel, even where the pool has them twice.
        if matches!(seated.like(&Person::of(&profile), |_| true), Some((Likeness::Same, _))) {
            continue;
        }
        let load: usize = seats
            .iter()
            .filter(|other| other.expert_id == seat.expert_id && other.state == SeatState::Serving)
            .map(|other| size(&other.unit))
            .sum();
        let judged = |id| panels.iter().any(|entry| entry.unit == unit && entry.application_id == id);
        let check = conflict_check(rules, &profile, act.now);
        let conflict = parties
            .iter()
            .filter(|(application, _)| judged(application.id))
            .any(|(_, parties)| check.against(parties).clearance == Clearance::Conflict);
        if profile.available && !conflict && load + size(unit) <= profile.most_load as usize {
            let called = Seat { state: SeatState::Serving, changed_at: act.now, ..seat.clone() };
            experts::update_seat(conn, &called)?;
            return Ok(Some(called.expert_id));
        }
    }
    Ok(None)
}

/// After a change of what is known of an expert: recuses the expert from every panel that a conflict was found with.
pub(crate) fn recuse_new_conflicts(
    conn: &mut Conn,
    act: &mut Act<'_>,
    shelf: &Shelf,
    expert: &Expert,
    profile: &ExpertProfile,
) -> Result<()> {
    for seat in experts::seats_of(conn, expert.id)? {
        if seat.state == SeatState::Recused {
            continue;
        }
        let Some(competition) = db::competitions::by_id(conn, seat.competition_id)? else { continue };
        if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
            continue;
        }
        let rules = shelf.rules(conn, competition.id, competition.version)?;
        let found = conflicts_with_panel(conn, act.now, &rules, &seat, profile)?;
        if !found.is_empty() {
            recuse(conn, act, &rules, seat, found, "资料变更后自动检查发现利害关系")?;
        }
    }
    Ok(())
}

/// After a correction of an edition's settings: the same for everybody with a seat in it.
pub(crate) fn recuse_all_new_conflicts(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    competition: CompetitionId,
) -> Result<()> {
    for seat in experts::seats(conn, competition)? {
        if seat.state == SeatState::Recused {
            continue;
        }
        let Some(expert) = experts::by_id(conn, seat.expert_id)? else { continue };
        let profile: ExpertProfile = parse(&expert.content)?;
        let found = conflicts_with_panel(conn, act.now, rules, &seat, &profile)?;
        if !found.is_empty() {
            recuse(conn, act, rules, seat, found, "规则更正后自动检查发现利害关系")?;
        }
    }
    Ok(())
}

fn conflicts_with_panel(
    conn: &mut Conn,
    now: Timestamp,
    rules: &Rules,
    seat: &Seat,
    profile: &ExpertProfile,
) -> Result<Vec<Conflict>> {
    let panels = experts::panel_applications(conn, seat.competition_id)?;
    let judged = |id| panels.iter().any(|entry| entry.unit == seat.unit && entry.application_id == id);
    let parties = accepted_parties(conn, rules, seat.competition_id)?;
    let check = conflict_check(rules, profile, now);
    Ok(parties
        .iter()
        .filter(|(application, _)| judged(application.id))
        .flat_map(|(_, parties)| check.against(parties).conflicts)
        .collect())
}

/// Signs the declaration of conflicts for all panels that the caller serves on. Whoever declares a conflict with an
/// application is recused from the panel that judges it.
///
/// # Errors
/// If the caller is no expert of a panel, nothing is to be declared now, or a field is wrong.
pub async fn declare(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    declare: Declare,
) -> Result<OwnPanelView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::DeclareConflicts, move |conn, act| {
            act.visit.may(Action::DeclareConflicts, Relation::General)?;
            visible_edition(conn, &shelf, act.visit, id)?;
            act.enter(conn, id)?;
            let (competition, rules) = visible_edition(conn, &shelf, act.visit, id)?;
            let expert = own_expert(conn, act.visit)?;
            act.on("expert", expert.id);
            if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
                return Err(Error::conflict(
                    "stage_closed",
                    "当前阶段不签署回避声明",
                    "Nothing is to be declared at the present stage",
                ));
            }
            let serving = serving(conn, id, expert.id)?;
            let units: Vec<String> = serving.iter().map(|seat| seat.unit.clone()).collect();
            let judged = experts::judged_by(conn, id, &units)?;
            let mut problems = Vec::new();
            if !declare.accepted {
                problems.push(FieldProblem::new("/accepted", "required", "必须签署承诺", "Must be signed"));
            }
            for (index, conflict) in declare.conflicts.iter().enumerate() {
                check_text(&mut problems, &format!("/conflicts/{index}/reason"), &conflict.reason, 1, 1_000);
                if !judged.iter().any(|(application, ..)| *application == conflict.application_id) {
                    problems.push(FieldProblem::new(
                        format!("/conflicts/{index}/application_id"),
                        "not_yours",
                        "不是由您评审的申报",
                        "Not an application that you are to judge",
                    ));
                }
            }
            must_be_valid(problems)?;
            if serving.is_empty() {
                return Err(Error::not_found());
            }
            let declaration = Declaration {
                format: "qianglian-declaration/1".to_owned(),
                competition: id,
                expert: expert.id,
                statement: DECLARATION.to_owned(),
                panels: units,
                conflicts: declare.conflicts.clone(),
            };
            let subject = expert.id.to_string();
            let number = documents::next_number(conn, id, DocumentKind::Declaration, &subject)?;
            for mut seat in serving {
                let declared: Vec<&DeclaredConflict> = declare
                    .conflicts
                    .iter()
                    .filter(|conflict| {
                        judged.iter().any(|(application, unit, ..)| {
                            *application == conflict.application_id && *unit == seat.unit
                        })
                    })
                    .collect();
                seat.declared_at = Some(act.now);
                seat.changed_at = act.now;
                experts::update_seat(conn, &seat)?;
                if !declared.is_empty() {
                    let conflicts = declared
                        .iter()
                        .map(|conflict| Conflict {
                            kind: ConflictKind::Declared,
                            basis: format!("{}: {}", conflict.application_id, conflict.reason),
                        })
                        .collect();
                    recuse(conn, act, &rules, seat, conflicts, "专家声明回避")?;
                }
            }
            documents::keep(conn, act, id, (DocumentKind::Declaration, &subject, number), &declaration, "")?;
            act.detail("conflicts", &declare.conflicts.len());
            own_view(conn, &rules, competition.state, id, expert.id)
        })
        .await
}

fn serving(conn: &mut Conn, competition: CompetitionId, expert: ExpertId) -> Result<Vec<Seat>> {
    let seats = experts::seats_of(conn, expert)?.into_iter();
    Ok(seats.filter(|seat| seat.competition_id == competition && seat.state == SeatState::Serving).collect())
}

fn own_view(
    conn: &mut Conn,
    rules: &Rules,
    state: CompetitionState,
    id: CompetitionId,
    expert: ExpertId,
) -> Result<OwnPanelView> {
    let serving = serving(conn, id, expert)?;
    let units: Vec<String> = serving.iter().map(|seat| seat.unit.clone()).collect();
    let sheets: BTreeMap<ApplicationId, SheetState> =
        db::sheets::progress_of(conn, expert)?.into_iter().collect();
    let applications = experts::judged_by(conn, id, &units)?
        .into_iter()
        .map(|(application, panel, number, region, chain)| {
            let region: RegionCode =
                region.parse().map_err(|_| Error::internal("a stored region is no code"))?;
            let chain = ChainNumber(u16::try_from(chain).unwrap_or(0));
            Ok(OwnApplicationView {
                id: application,
                number,
                panel,
                region_name: rules.catalogue.region_name(&region),
                region,
                chain_name: rules.catalogue.chain_name(chain).to_owned(),
                chain,
                sheet: sheets.get(&application).copied(),
            })
        })
        .collect::<Result<_>>()?;
    Ok(OwnPanelView {
        competition_id: id,
        state,
        declaration: DECLARATION.to_owned(),
        declared: serving.iter().all(|seat| seat.declared_at.is_some()),
        until: rules.settings.calendar.review.until,
        applications,
    })
}

/// What the caller, an expert, is to judge in an edition. Nothing here tells of anybody else's sheets.
///
/// # Errors
/// If the caller is no expert of the pool.
pub async fn read_own(service: &Service, visit: &Arc<Visit>, id: CompetitionId) -> Result<OwnPanelView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadOwnPanel, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadOwnPanel, Relation::General)?;
            let (competition, rules) = visible_edition(conn, &shelf, visit, id)?;
            let expert = own_expert(conn, visit)?;
            own_view(conn, &rules, competition.state, id, expert.id)
        })
        .await
}

/// The panels of an edition.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(service: &Service, visit: &Arc<Visit>, id: CompetitionId) -> Result<Vec<PanelView>> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadDraws, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadDraws, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            panels(conn, id)
        })
        .await
}

fn panels(conn: &mut Conn, id: CompetitionId) -> Result<Vec<PanelView>> {
    let known = experts::units(conn)?;
    let mut panels: BTreeMap<String, PanelView> = BTreeMap::new();
    let empty = |key: &String| PanelView { key: key.clone(), applications: Vec::new(), seats: Vec::new() };
    for entry in experts::panel_applications(conn, id)? {
        let panel = panels.entry(entry.unit.clone()).or_insert_with(|| empty(&entry.unit));
        panel.applications.push(entry.application_id);
    }
    for seat in experts::seats(conn, id)? {
        let panel = panels.entry(seat.unit.clone()).or_insert_with(|| empty(&seat.unit));
        let (name, unit) = known.get(&seat.expert_id).cloned().unwrap_or_default();
        panel.seats.push(SeatView {
            name,
            unit,
            expert_id: seat.expert_id,
            position: seat.position,
            state: seat.state,
            reason: seat.reason,
            declared_at: seat.declared_at,
        });
    }
    Ok(panels.into_values().collect())
}

/// Recuses an expert from a panel, by the office's decision; the next in order is called.
///
/// # Errors
/// If the caller is not the office, the expert has no seat there, or the stage is over.
pub async fn recuse_by_office(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    panel: String,
    expert: ExpertId,
    request: Recuse,
) -> Result<PanelView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::RecuseExpert, move |conn, act| {
            act.visit.may(Action::RecuseExpert, Relation::General)?;
            visible_edition(conn, &shelf, act.visit, id)?;
            act.enter(conn, id)?;
            act.on("expert", expert);
            let (competition, rules) = visible_edition(conn, &shelf, act.visit, id)?;
            let seats = experts::seats(conn, id)?.into_iter();
            let seat = seats.filter(|seat| seat.unit == panel).find(|seat| seat.expert_id == expert);
            let seat = seat.ok_or_else(Error::not_found)?;
            if !matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring) {
                return Err(Error::conflict(
                    "stage_closed",
                    "评分已结束，不能再调整评审组",
                    "Scoring is over; the panel stays as it is",
                ));
            }
            if seat.state == SeatState::Recused {
                return Err(Error::conflict("recused", "该专家已回避", "The expert is recused already"));
            }
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &request.reason, 1, 1_000);
            must_be_valid(problems)?;
            recuse(conn, act, &rules, seat, Vec::new(), &request.reason)?;
            let found = panels(conn, id)?.into_iter().find(|view| view.key == panel);
            found.ok_or_else(Error::not_found)
        })
        .await
}

/// What the automatic check finds, as things stand now: for every expert of the pool and every accepted application.
///
/// # Errors
/// If the caller may not see it.
pub async fn conflicts(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
) -> Result<Vec<ConflictsView>> {
    let (shelf, now) = (service.shelf.clone(), service.clock.now());
    service
        .look(visit, Action::ReadExperts, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadExperts, Relation::General)?;
            let (_, rules) = visible_edition(conn, &shelf, visit, id)?;
            let parties = accepted_parties(conn, &rules, id)?;
            let experts = experts::all(conn)?.into_iter();
            experts
                .map(|expert| {
                    let profile: ExpertProfile = parse(&expert.content)?;
                    let mut view = ConflictsView {
                        expert_id: expert.id,
                        name: expert.name,
                        unit: expert.unit,
                        clear: 0,
                        unchecked: BTreeMap::new(),
                        alike: BTreeMap::new(),
                        conflicts: BTreeMap::new(),
                    };
                    let check = conflict_check(&rules, &profile, now);
                    for (application, parties) in &parties {
                        let finding = check.against(parties);
                        match finding.clearance {
                            Clearance::Clear => view.clear += 1,
                            Clearance::Unchecked => {
                                view.unchecked.insert(application.id, finding.unchecked);
                                if !finding.alike.is_empty() {
                                    view.alike.insert(application.id, finding.alike);
                                }
                            }
                            Clearance::Conflict => {
                                view.conflicts.insert(application.id, finding.conflicts);
                            }
                        }
                    }
                    Ok(view)
                })
                .collect()
        })
        .await
}
