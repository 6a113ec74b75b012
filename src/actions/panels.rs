//! Panels (评审组): conflicts, the declaration of each expert, recusals and who follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conflicts::{WithParties, accepted_parties, conflict_check};
use super::documents;
use super::recusals::recuse;
use super::rules::{Rules, visible_competition};
use super::{Act, RequestContext, Service, parse};
use crate::db::applications::{self, Application};
use crate::db::experts::{self, Expert, Seat};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{FirmRole, MemberRole};
use crate::domain::catalogue::{ChainNumber, RegionCode};
use crate::domain::competition::CompetitionState;
use crate::domain::declaration::{HasConflict, says_none};
use crate::domain::draw::SeatState;
use crate::domain::expert::{Clearance, Conflict, ConflictKind, ExpertProfile, Unchecked};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::inspection::InspectionPlan;
use crate::domain::problem::FieldProblem;
use crate::domain::record::DocumentKind;
use crate::domain::sheet::SheetState;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_valid};

/// What was the answer about one application, where an expert was asked about each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConflictAnswer {
    pub application_id: ApplicationId,
    /// Whether there is a conflict; absent: not answered, which is refused.
    #[serde(default)]
    pub conflict: Option<HasConflict>,
    /// What the relation is; with `yes` alone.
    #[serde(default)]
    pub reason: String,
}

/// What an expert signs (承诺书、回避声明).
pub const DECLARATION: &str = "本人承诺独立、客观、公正评审，保守评审秘密；除以下声明外，本人与所评审的申报主体及相关企业不存在近三年任职、\
     直系或姻亲关系、投资、诉讼及其他可能影响公正评审的关系。";

/// A conflict that an expert declares.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeclaredConflict {
    pub application_id: ApplicationId,
    /// What the relation is.
    pub reason: String,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "DeclareConflicts")]
pub struct Declare {
    /// Whether the undertaking is signed: must be true.
    pub accepted: bool,
    /// Conflicts; empty if there is none. A text that says there is none, such as `无` or `N/A`, is refused
    /// (`no_conflict`): nobody is recused by it, and it is not passed over either.
    #[serde(default)]
    pub conflicts: Vec<DeclaredConflict>,
    /// The same, asked about each application: every one that the expert judges must be answered. In place of
    /// `conflicts`.
    #[serde(default)]
    pub answers: Option<Vec<ConflictAnswer>>,
}

/// A declaration, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Declaration {
    format: String,
    competition: CompetitionId,
    expert: ExpertId,
    statement: String,
    panels: Vec<String>,
    conflicts: Vec<DeclaredConflict>,
    /// Applications about which the expert was asked one by one and said that there is none.
    without: Vec<ApplicationId>,
}

/// A recusal by the office.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RecuseExpert")]
pub struct Recuse {
    pub reason: String,
}

/// What one expert is to judge.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnPanelView {
    pub competition_id: CompetitionId,
    pub state: CompetitionState,
    /// What is to be signed before any document can be opened.
    pub declaration: String,
    /// Whether it is signed for every panel that the expert serves on.
    pub declared: bool,
    /// Until when sheets are due.
    pub until: Timestamp,
    pub applications: Vec<OwnApplicationView>,
}

/// An application that an expert is to judge.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnApplicationView {
    pub id: ApplicationId,
    pub number: Option<String>,
    /// The panel that judges it.
    pub panel: String,
    /// The lead region.
    pub region: RegionCode,
    pub region_name: String,
    pub chain: ChainNumber,
    pub chain_name: String,
    pub title: String,
    /// The regions that take part, the lead first.
    pub members: Vec<PartyRegionView>,
    pub promotion_body: String,
    /// The firms that it names, chain leaders first.
    pub firms: Vec<PartyFirmView>,
    /// The chief experts of its chain; none where the competition has not said who is.
    pub chief_experts: Option<Vec<String>>,
    /// Where the expert's own sheet stands; none while nothing is entered.
    pub sheet: Option<SheetState>,
}

/// A region that takes part in an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartyRegionView {
    pub region: RegionCode,
    /// Its name, with its city.
    pub name: String,
    /// What it brings.
    pub role: MemberRole,
}

/// A firm that an application names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartyFirmView {
    pub name: String,
    pub credit_code: String,
    /// What it is to its chain.
    pub role: FirmRole,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PanelView {
    pub key: String,
    /// The applications that it judges.
    pub applications: Vec<ApplicationId>,
    /// Its seats, in the order of the draw.
    pub seats: Vec<SeatView>,
}

/// A seat of a panel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SeatView {
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
    pub conflicts: BTreeMap<ApplicationId, Vec<Conflict>>,
}

/// What an expert's account is to an application: a member of its panel or inspection team, or nothing.
pub(crate) fn expert_relation(
    conn: &mut Conn,
    context: &RequestContext,
    application: &Application,
) -> Result<Relation> {
    let foreign = Relation::Foreign { draft: application.never_submitted() };
    let Some(caller) = context.caller.as_ref().filter(|caller| caller.role == Role::Expert) else {
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
pub(crate) fn own_expert(conn: &mut Conn, context: &RequestContext) -> Result<Expert> {
    experts::by_account(conn, context.caller()?.account)?.ok_or_else(|| {
        Error::conflict(
            "not_in_the_pool",
            "您的账号尚未与专家库关联，请联系领导小组办公室",
            "Your account is not linked to an expert of the pool; ask the office",
        )
    })
}

/// Signs the declaration of conflicts for all panels that the caller serves on. Whoever declares a conflict with an
/// application is recused from the panel that judges it.
///
/// # Errors
/// If the caller is no expert of a panel, nothing is to be declared now, or a field is wrong.
pub async fn declare(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    declare: Declare,
) -> Result<OwnPanelView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::DeclareConflicts, move |conn, act| {
            act.context.may(Action::DeclareConflicts, Relation::General)?;
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let expert = own_expert(conn, act.context)?;
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
            let numbers: BTreeMap<ApplicationId, String> =
                judged.iter().map(|row| (row.application, row.number.clone().unwrap_or_default())).collect();
            let (conflicts, without) = stated(&declare, &numbers, &mut problems);
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
                conflicts: conflicts.clone(),
                without,
            };
            tell_statement(act, &conflicts, &numbers);
            let subject = expert.id.to_string();
            let number = documents::next_number(conn, id, DocumentKind::Declaration, &subject)?;
            for mut seat in serving {
                let declared: Vec<&DeclaredConflict> = conflicts
                    .iter()
                    .filter(|conflict| {
                        judged
                            .iter()
                            .any(|row| row.application == conflict.application_id && row.unit == seat.unit)
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
            act.detail("conflicts", &conflicts.len());
            own_view(conn, &rules, competition.state, id, expert.id)
        })
        .await
}

/// What a declaration states of the applications that its expert judges, given with their numbers: conflicts, and those
/// with none. What is missing or contradicts itself is noted.
fn stated(
    declare: &Declare,
    judged: &BTreeMap<ApplicationId, String>,
    problems: &mut Vec<FieldProblem>,
) -> (Vec<DeclaredConflict>, Vec<ApplicationId>) {
    let mut conflicts = declare.conflicts.clone();
    let mut without = Vec::new();
    let mut at: Vec<String> = (0..conflicts.len()).map(|index| format!("/conflicts/{index}")).collect();
    for (index, answer) in declare.answers.iter().flatten().enumerate() {
        let (pointer, id) = (format!("/answers/{index}"), answer.application_id);
        let number = judged.get(&id).map_or("", String::as_str);
        match (answer.conflict, answer.reason.trim().is_empty()) {
            (Some(HasConflict::Yes), _) => {
                conflicts.push(DeclaredConflict { application_id: id, reason: answer.reason.clone() });
                at.push(pointer);
            }
            (Some(HasConflict::No), true) => without.push(id),
            (Some(HasConflict::No), false) => problems.push(FieldProblem::new(
                format!("{pointer}/reason"),
                "contradicts_answer",
                format!("{number}：选了“没有”，却写了关系；有则选“有”，没有则清空文字"),
                format!("{number}: a relation is written down with “no”; choose “yes”, or clear the text"),
            )),
            (None, _) => problems.push(FieldProblem::new(
                format!("{pointer}/conflict"),
                "required",
                format!("{number}：请选择“有”或“没有”"),
                format!("{number}: choose “yes” or “no”"),
            )),
        }
    }
    for (conflict, pointer) in conflicts.iter().zip(at) {
        check_text(problems, &format!("{pointer}/reason"), &conflict.reason, 1, 1_000);
        let Some(number) = judged.get(&conflict.application_id) else {
            problems.push(FieldProblem::new(
                format!("{pointer}/application_id"),
                "not_yours",
                "不是由您评审的申报",
                "Not an application that you are to judge",
            ));
            continue;
        };
        if says_none(&conflict.reason) {
            let text = &conflict.reason;
            problems.push(FieldProblem::new(
                format!("{pointer}/reason"),
                "no_conflict",
                format!("{number}：“{text}”不是应当回避的关系。没有则不要声明该件；有则写明是什么关系"),
                format!("{number}: “{text}” is no conflict. If there is none, declare none; if there is one, say which relation"),
            ));
        }
    }
    if let Some(answers) = &declare.answers {
        for (id, number) in judged {
            let times = answers.iter().filter(|answer| answer.application_id == *id).count();
            if times != 1 {
                problems.push(FieldProblem::new(
                    "/answers",
                    "each_application_once",
                    format!("{number}须有且仅有一项回答"),
                    format!("{number} must be answered exactly once"),
                ));
            }
        }
        if !declare.conflicts.is_empty() {
            problems.push(FieldProblem::new(
                "/conflicts",
                "one_content",
                "逐件回答时不另列利害关系",
                "Where each application is answered, no conflicts are listed besides",
            ));
        }
    }
    (conflicts, without)
}

/// Tells what is signed, before it is.
fn tell_statement(
    act: &mut Act<'_>,
    conflicts: &[DeclaredConflict],
    judged: &BTreeMap<ApplicationId, String>,
) {
    let mut tell = |code, zh: String, en: String| act.follows(FieldProblem::new("", code, zh, en));
    for conflict in conflicts {
        let (number, reason) = (&judged[&conflict.application_id], &conflict.reason);
        tell(
            "declared",
            format!("您声明与{number}有应当回避的关系：{reason}"),
            format!("You declare a conflict with {number}: {reason}"),
        );
    }
    let others = judged.len() - conflicts.len().min(judged.len());
    if others > 0 {
        tell(
            "declared_none",
            format!(
                "您声明与{}{others}件申报没有应当回避的关系；不如实声明的，评分无效并追究责任",
                if conflicts.is_empty() { "由您评审的全部" } else { "其余" }
            ),
            format!(
                "You declare that there is no conflict with {}{}; a false declaration voids your scores",
                if conflicts.is_empty() { "any of the " } else { "the other " },
                count(others, "application", "applications")
            ),
        );
    }
    if !conflicts.is_empty() {
        tell(
            "final",
            "签署后您自己不能撤回；如系误选，请先返回修改".to_owned(),
            "Once signed you can't take it back yourself; if it is a slip, go back and change it now"
                .to_owned(),
        );
        act.insist();
    }
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
    let judged = experts::judged_by(conn, id, &units)?;
    let ids: Vec<ApplicationId> = judged.iter().map(|row| row.application).collect();
    let mut parties: BTreeMap<ApplicationId, WithParties> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        parties.insert(submission.application_id, parse(&submission.content)?);
    }
    let applications = judged
        .into_iter()
        .map(|experts::Judged { application, unit: panel, number, lead_region: region, chain }| {
            let chain = ChainNumber(u16::try_from(chain).unwrap_or(0));
            let parties = parties.remove(&application);
            let mut parties =
                parties.ok_or_else(|| Error::internal("a judged application has no submission"))?;
            parties.members.sort_by_key(|member| (member.region != region, member.region.clone()));
            parties.firms.sort_by_key(|firm| firm.role);
            let chiefs = rules.settings.review.chief_experts.as_ref().map(|all| {
                let of_chain = all.iter().filter(|chief| chief.chain == chain);
                of_chain.map(|chief| chief.name.clone()).collect()
            });
            Ok(OwnApplicationView {
                title: parties.profile.title,
                members: parties
                    .members
                    .into_iter()
                    .map(|member| PartyRegionView {
                        name: rules.catalogue.region_name_or_code(&member.region),
                        region: member.region,
                        role: member.role,
                    })
                    .collect(),
                promotion_body: parties.profile.promotion_body,
                firms: parties
                    .firms
                    .into_iter()
                    .map(|firm| PartyFirmView {
                        name: firm.name,
                        credit_code: firm.credit_code,
                        role: firm.role,
                    })
                    .collect(),
                chief_experts: chiefs,
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

/// What the caller, an expert, is to judge in a competition. Nothing here tells of anybody else's sheets.
///
/// # Errors
/// If the caller is no expert of the pool.
pub async fn read_own(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<OwnPanelView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadOwnPanel, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadOwnPanel, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let expert = own_expert(conn, context)?;
            own_view(conn, &rules, competition.state, id, expert.id)
        })
        .await
}

/// The panels of a competition.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<PanelView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDraws, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDraws, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
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
    context: &Arc<RequestContext>,
    id: CompetitionId,
    panel: String,
    expert: ExpertId,
    request: Recuse,
) -> Result<PanelView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::RecuseExpert, move |conn, act| {
            act.context.may(Action::RecuseExpert, Relation::General)?;
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            act.on("expert", expert);
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
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
                return Err(Error::conflict("recused", "该专家已回避", "The expert is recused"));
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
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<ConflictsView>> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadExperts, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadExperts, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
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
