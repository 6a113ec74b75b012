//! Inspections (考察): planned by the office, recorded and signed by the team, answered by the inspected party. Only
//! the values of a signed record score.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::{enter, find, named};
use super::documents;
use super::rules::{Rules, Shelf, visible_edition};
use super::{Act, Service, Visit, parse};
use crate::db::applications::{self, Application};
use crate::db::competitions::Competition;
use crate::db::inspections::{self, Inspection, Rectification};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{ApplicationState, Figure, Whole};
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, RectificationId};
use crate::domain::inspection::{
    INSPECTION_FORMAT, InspectionPlan, InspectionRecord, InspectionState, PartyDecision,
    RectificationContent, RectificationState, Signatures, SignedInspection, Stance, TeamSignature,
    check_plan, check_record, raised,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind, canonical, digest_of};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// The inspected party's decision.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DecideInspection {
    /// What it says: `agrees` or `objects`; `refused` is for the team to state.
    pub stance: Stance,
    /// Its statement; obligatory unless it agrees.
    #[serde(default)]
    pub statement: String,
    /// Who signs for it, or who refused.
    pub signatory: String,
}

/// A reason in words.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Because {
    /// Why.
    pub reason: String,
}

/// Words of the applicant or of the team.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Say {
    /// The text.
    pub text: String,
}

/// Something to be put right.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OrderRectification {
    /// What was found.
    pub finding: String,
    /// Until when it is to be put right.
    pub due: Timestamp,
}

/// What a re-check found.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RecheckRectification {
    /// Whether it was put right.
    pub settled: bool,
    /// What was found.
    pub text: String,
}

/// An inspection, as far as the caller may see it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InspectionView {
    /// The application.
    pub application_id: ApplicationId,
    /// Where it stands; none while nothing is planned.
    pub state: Option<InspectionState>,
    /// Sent as `If-Match` with a change; 0 while nothing is planned.
    pub revision: i64,
    /// The plan; for applicants without its notes.
    pub plan: InspectionPlan,
    /// What the application claims.
    pub claimed: Vec<Figure>,
    /// The record: for applicants once somebody has signed it, for the panel once it is final.
    pub record: Option<InspectionRecord>,
    /// The digest of the record, which signatures name.
    pub record_digest: Option<Digest>,
    /// Signatures.
    pub signatures: Signatures,
    /// The signed version that holds; 0 if there is none.
    pub version: i32,
    /// The digest of that version.
    pub digest: Option<Digest>,
    /// Indicators whose verified value is above the claim, with the office's reason where it has consented.
    pub raised: BTreeMap<String, Option<String>>,
    /// Until when the applicant may comment.
    pub comment_until: Option<Timestamp>,
    /// The applicant's comments, oldest first.
    pub comments: Vec<CommentView>,
    /// What is to be put right.
    pub rectifications: Vec<RectificationView>,
}

/// A comment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CommentView {
    /// What the applicant says.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Something to be put right.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RectificationView {
    /// Its identifier.
    pub id: RectificationId,
    /// Where it stands.
    pub state: RectificationState,
    /// Finding, answer and re-check.
    pub content: RectificationContent,
    /// Until when it is to be put right.
    pub due: Timestamp,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
}

fn rectification_view(row: &Rectification) -> Result<RectificationView> {
    Ok(RectificationView {
        id: row.id,
        state: row.state,
        content: parse(&row.content)?,
        due: row.due,
        revision: row.revision,
    })
}

/// What an application claims, by its last submission.
pub(crate) fn claims(conn: &mut Conn, id: ApplicationId) -> Result<Vec<Figure>> {
    let submission = applications::last_submitted(conn, &[id])?.pop();
    let submission = submission.ok_or_else(|| Error::internal("the application has no submission"))?;
    let whole: Whole = parse(&submission.content)?;
    Ok(whole.figures)
}

fn chain_of(application: &Application) -> ChainNumber {
    ChainNumber(u16::try_from(application.chain).unwrap_or(0))
}

fn is_team(visit: &Visit, plan: &InspectionPlan) -> bool {
    visit
        .caller
        .as_ref()
        .is_some_and(|caller| plan.team.iter().any(|member| member.account == caller.account))
}

/// Refuses whoever is not in the team. An expert who is not must not even learn that there is an inspection.
fn must_be_team(visit: &Visit, plan: &InspectionPlan) -> Result<()> {
    if is_team(visit, plan) {
        return Ok(());
    }
    Err(Error::forbidden("not_in_team", "您不在考察组", "You are not in the inspection team"))
}

/// Whether the caller is in the inspection team of an application, whatever else it is to that.
pub(crate) fn inspects(conn: &mut Conn, visit: &Visit, id: ApplicationId) -> Result<bool> {
    let Some(row) = inspections::by_application(conn, id)? else { return Ok(false) };
    Ok(is_team(visit, &parse(&row.plan)?))
}

/// Refuses a photograph from whoever is not in the team of an inspection that is being recorded.
pub(crate) fn must_take_photos(conn: &mut Conn, visit: &Visit, id: ApplicationId) -> Result<()> {
    let Some(row) = inspections::by_application(conn, id)? else {
        return Err(Error::conflict("not_planned", "尚未制定考察方案", "The inspection is not planned yet"));
    };
    must_be_team(visit, &parse(&row.plan)?)?;
    must_stand_at(&row, &[InspectionState::Open])
}

/// What an act on an inspection works with.
struct Scene {
    application: Application,
    competition: Competition,
    rules: Arc<Rules>,
    row: Option<Inspection>,
}

/// An application and its inspection, under the edition's lock, at a stage where inspections are made.
fn enter_inspection(
    conn: &mut Conn,
    act: &mut Act<'_>,
    shelf: &Shelf,
    id: ApplicationId,
    action: Action,
) -> Result<Scene> {
    let (application, _, competition, rules) = enter(conn, act, shelf, id, action)?;
    let at_stage = matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring);
    if !at_stage || application.state != ApplicationState::Accepted {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段或该申报的状态不能进行考察",
            "Nothing is inspected at the present stage, or the application is not accepted",
        ));
    }
    let row = inspections::by_application(conn, id)?;
    Ok(Scene { application, competition, rules, row })
}

impl Scene {
    fn planned(self) -> Result<(Application, Competition, Arc<Rules>, Inspection)> {
        let row = self.row.ok_or_else(|| {
            Error::conflict("not_planned", "尚未制定考察方案", "The inspection is not planned yet")
        })?;
        Ok((self.application, self.competition, self.rules, row))
    }
}

fn must_stand_at(row: &Inspection, states: &[InspectionState]) -> Result<()> {
    if states.contains(&row.state) {
        return Ok(());
    }
    Err(Error::conflict(
        "no_such_step",
        "考察现不能进行此操作，请刷新页面查看其进展",
        "This can't be done at this point of the inspection; look at where it stands",
    ))
}

/// Stores the next revision of an inspection.
fn store(conn: &mut Conn, act: &Act<'_>, row: &mut Inspection) -> Result<()> {
    row.revision += 1;
    row.changed_by = act.account()?;
    row.changed_at = act.now;
    inspections::put(conn, row)
}

/// Plans an inspection, or changes its plan while nobody has signed.
///
/// # Errors
/// If the caller is not the office, the stage is another, somebody has signed, the plan has changed meanwhile, a member's
/// account is neither an expert's nor the office's, or a field is wrong.
pub async fn put_plan(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    plan: InspectionPlan,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::PlanInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::PlanInspection)?;
            must_be_current(scene.row.as_ref().map_or(0, |row| row.revision), revision)?;
            if let Some(row) = &scene.row {
                must_stand_at(row, &[InspectionState::Open])?;
            }
            let mut problems = check_plan(&plan, &scene.rules.settings);
            for (index, member) in plan.team.iter().enumerate() {
                let account = db::accounts::by_id(conn, member.account)?;
                let fits = account.is_some_and(|account| {
                    account.enabled && matches!(account.role, Role::Expert | Role::Office)
                });
                if !fits {
                    problems.push(FieldProblem::new(
                        format!("/team/{index}/account"),
                        "no_such_account",
                        "应为专家或领导小组办公室的账号",
                        "Must be an account of an expert or of the office",
                    ));
                }
            }
            must_be_valid(problems)?;
            let mut row = scene.row.unwrap_or_else(|| Inspection {
                application_id: id,
                competition_id: scene.competition.id,
                state: InspectionState::Open,
                plan: String::new(),
                record: canonical(&InspectionRecord::default()),
                signatures: canonical(&Signatures::default()),
                version: 0,
                comment_until: None,
                revision: 0,
                changed_by: crate::domain::ids::AccountId(uuid::Uuid::nil()),
                changed_at: act.now,
            });
            let before = digest_of(&row.plan);
            row.plan = canonical(&plan);
            act.changed(Some(before), Some(digest_of(&row.plan)));
            store(conn, act, &mut row)?;
            view(conn, act.visit, &scene.application, &scene.rules, Some(row))
        })
        .await
}

/// Saves the record while nobody has signed.
///
/// # Errors
/// If the caller is not in the team, the stage is another, somebody has signed, the record has changed meanwhile, a
/// photograph is not one of the team's, or a field is wrong.
pub async fn put_record(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    mut record: InspectionRecord,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::RecordInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::RecordInspection)?;
            let (application, _, rules, mut row) = scene.planned()?;
            must_be_team(act.visit, &parse(&row.plan)?)?;
            must_stand_at(&row, &[InspectionState::Open])?;
            must_be_current(row.revision, revision)?;
            let claimed = claims(conn, id)?;
            let (settings, rubric) = (&rules.settings, &rules.tally.rubric);
            record.as_meant(rubric);
            let mut problems =
                check_record(&record, &claimed, settings, rubric, chain_of(&application), false);
            let mut photos = db::evidence::of_application(conn, id, true)?;
            let harmful = db::scans::harmful(conn, photos.iter().map(|photo| photo.digest).collect())?;
            photos.retain(|photo| !harmful.contains(&photo.digest));
            for (index, item) in record.items.iter().enumerate() {
                for (at, photo) in item.photos.iter().enumerate() {
                    let known =
                        photos.iter().any(|row| row.id == *photo && row.kind == super::evidence::PHOTO);
                    if !known {
                        problems.push(FieldProblem::new(
                            format!("/items/{index}/photos/{at}"),
                            "unknown_photo",
                            "不是考察组就该申报上传的照片",
                            "Not a photograph that the team uploaded for this application",
                        ));
                    }
                }
            }
            must_be_valid(problems)?;
            let before = digest_of(&row.record);
            row.record = canonical(&record);
            act.changed(Some(before), Some(digest_of(&row.record)));
            store(conn, act, &mut row)?;
            view(conn, act.visit, &application, &rules, Some(row))
        })
        .await
}

/// Signs the record as a member of the team. The first signature stops further changes; with the last of the team and
/// the party's decision the record is final.
///
/// # Errors
/// If the caller is not in the team or has signed, the stage is another, the record has changed meanwhile or is not
/// complete.
pub async fn sign(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::RecordInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::RecordInspection)?;
            let (application, competition, rules, mut row) = scene.planned()?;
            must_be_team(act.visit, &parse(&row.plan)?)?;
            must_stand_at(&row, &[InspectionState::Open, InspectionState::Signing])?;
            must_be_current(row.revision, revision)?;
            let mut signatures: Signatures = parse(&row.signatures)?;
            let account = act.account()?;
            if signatures.team.iter().any(|signature| signature.account == account) {
                return Err(Error::conflict("signed", "您已签字", "You have signed already"));
            }
            let record: InspectionRecord = parse(&row.record)?;
            let (settings, rubric) = (&rules.settings, &rules.tally.rubric);
            let claimed = claims(conn, id)?;
            must_be_valid(check_record(&record, &claimed, settings, rubric, chain_of(&application), true))?;
            let name = named(conn, &rules, &application)?;
            act.follows(FieldProblem::new(
                "",
                "record_signed",
                format!(
                    "您在{name}的考察记录上签字：第一人签字后，记录的{}项核定不能再改",
                    record.items.len()
                ),
                format!(
                    "You sign the record of {name}: after the first signature its {} items can't be changed",
                    record.items.len()
                ),
            ));
            let signature = TeamSignature { account, record: digest_of(&row.record), at: act.now };
            act.changed(None, Some(signature.record));
            signatures.team.push(signature);
            row.state = InspectionState::Signing;
            settle(conn, act, &competition, &rules, &mut row, signatures, claimed)?;
            view(conn, act.visit, &application, &rules, Some(row))
        })
        .await
}

/// Stores signatures, and makes the record final once they are all there.
fn settle(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: &Competition,
    rules: &Rules,
    row: &mut Inspection,
    signatures: Signatures,
    claimed: Vec<Figure>,
) -> Result<()> {
    let plan: InspectionPlan = parse(&row.plan)?;
    let all_signed = plan
        .team
        .iter()
        .all(|member| signatures.team.iter().any(|signature| signature.account == member.account));
    row.signatures = canonical(&signatures);
    if all_signed && signatures.party.is_some() {
        row.state = InspectionState::Final;
        row.version += 1;
        let days = rules.settings.review.comment_days;
        row.comment_until = Some(rules.end_of_working_days(act.now.date(), days, FirstDay::NotCounted)?);
        let signed = SignedInspection {
            format: INSPECTION_FORMAT.to_owned(),
            competition: competition.id,
            application: row.application_id,
            number: row.version,
            claimed,
            plan,
            record: parse(&row.record)?,
            signatures,
        };
        let subject = row.application_id.to_string();
        documents::keep(
            conn,
            act,
            competition.id,
            (DocumentKind::Inspection, &subject, row.version),
            &signed,
            "",
        )?;
    }
    store(conn, act, row)
}

/// Records what the inspected party says of the record: by the lead region itself, or, where it refused to sign, by the
/// team.
///
/// # Errors
/// If the caller is neither, nobody of the team has signed yet, it has been decided, the record has changed meanwhile,
/// or a statement is missing.
pub async fn decide(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    action: Action,
    decide: DecideInspection,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, action, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, action)?;
            let (application, competition, rules, mut row) = scene.planned()?;
            let by_team = action == Action::RecordInspection;
            if by_team {
                must_be_team(act.visit, &parse(&row.plan)?)?;
            }
            must_stand_at(&row, &[InspectionState::Signing])?;
            must_be_current(row.revision, revision)?;
            let mut problems = Vec::new();
            if by_team != (decide.stance == Stance::Refused) {
                problems.push(FieldProblem::new(
                    "/stance",
                    "not_yours",
                    "同意或有异议由被考察单位签署，拒签由考察组注明",
                    "The party itself agrees or objects; that it refused is for the team to state",
                ));
            }
            let least = usize::from(decide.stance != Stance::Agrees);
            check_text(&mut problems, "/statement", &decide.statement, least, 5_000);
            check_text(&mut problems, "/signatory", &decide.signatory, 1, 50);
            must_be_valid(problems)?;
            let mut signatures: Signatures = parse(&row.signatures)?;
            if signatures.party.is_some() {
                return Err(Error::conflict(
                    "signed",
                    "被考察单位已签署意见",
                    "The party has decided already",
                ));
            }
            signatures.party = Some(PartyDecision {
                stance: decide.stance,
                statement: decide.statement.clone(),
                signatory: decide.signatory.clone(),
                entered_by: act.account()?,
                at: act.now,
            });
            act.detail("stance", &decide.stance);
            let claimed = claims(conn, id)?;
            settle(conn, act, &competition, &rules, &mut row, signatures, claimed)?;
            view(conn, act.visit, &application, &rules, Some(row))
        })
        .await
}

/// Reopens an inspection that somebody has signed, for a re-check: its signatures are void, its signed versions stay,
/// and the next signing makes another.
///
/// # Errors
/// If the caller is not the office, nobody has signed, the inspection has changed meanwhile, or the reason is missing.
pub async fn reopen(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    because: Because,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::PlanInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::PlanInspection)?;
            let (application, _, rules, mut row) = scene.planned()?;
            must_stand_at(&row, &[InspectionState::Signing, InspectionState::Final])?;
            must_be_current(row.revision, revision)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &because.reason, 1, 1_000);
            must_be_valid(problems)?;
            let signatures: Signatures = parse(&row.signatures)?;
            let signed = signatures.team.len() + usize::from(signatures.party.is_some());
            let name = named(conn, &rules, &application)?;
            act.follows(FieldProblem::new(
                "",
                "signatures_void",
                format!("{name}的考察记录重新打开，已有的{signed}个签字全部作废，核定值待重新签字后才有效"),
                format!("The inspection of {name} is opened again: its {signed} signatures are void, and its values hold only once it is signed anew"),
            ));
            row.state = InspectionState::Open;
            row.signatures = canonical(&Signatures::default());
            row.comment_until = None;
            act.detail("reason", &because.reason);
            store(conn, act, &mut row)?;
            view(conn, act.visit, &application, &rules, Some(row))
        })
        .await
}

/// Consents to a verified value above the claim (核增).
///
/// # Errors
/// If the caller is not the office, the record is not signed, the value is not above the claim, or the reason is missing.
pub async fn consent(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    indicator: String,
    because: Because,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::PlanInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::PlanInspection)?;
            let (application, competition, rules, row) = scene.planned()?;
            must_stand_at(&row, &[InspectionState::Final])?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &because.reason, 1, 1_000);
            must_be_valid(problems)?;
            let claimed = claims(conn, id)?;
            let record: InspectionRecord = parse(&row.record)?;
            let raised = raised(&record, &claimed, &rules.tally.rubric, chain_of(&application));
            if !raised.contains(&indicator) {
                return Err(Error::conflict(
                    "not_raised",
                    "该指标的核定值未高于申报值",
                    "The verified value is not above the claim",
                ));
            }
            let subject = format!("{id}/{indicator}");
            let number = documents::next_number(conn, competition.id, DocumentKind::Increase, &subject)?;
            let consent = Increase { version: row.version, reason: because.reason.clone() };
            documents::keep(
                conn,
                act,
                competition.id,
                (DocumentKind::Increase, &subject, number),
                &consent,
                &because.reason,
            )?;
            act.detail("indicator", &indicator);
            view(conn, act.visit, &application, &rules, Some(row))
        })
        .await
}

/// The office's consent to a raised value, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Increase {
    /// The signed version of the inspection that it is about.
    pub(crate) version: i32,
    /// Why.
    pub(crate) reason: String,
}

/// Comments on the verified values, as the applicant.
///
/// # Errors
/// If the caller is not of the lead region, nothing is verified, or the time for comments is over.
pub async fn comment(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    say: Say,
) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::AnswerInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::AnswerInspection)?;
            let (application, competition, rules, row) = scene.planned()?;
            must_stand_at(&row, &[InspectionState::Final])?;
            if row.comment_until.is_none_or(|until| act.visit.received_at > until) {
                return Err(Error::conflict(
                    "deadline_passed",
                    "对核定值提出意见的期限已过",
                    "The time for comments on verified values is over",
                ));
            }
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &say.text, 1, 5_000);
            must_be_valid(problems)?;
            let subject = id.to_string();
            let number = documents::next_number(conn, competition.id, DocumentKind::Comment, &subject)?;
            documents::keep(
                conn,
                act,
                competition.id,
                (DocumentKind::Comment, &subject, number),
                &say.text,
                "",
            )?;
            view(conn, act.visit, &application, &rules, Some(row))
        })
        .await
}

/// Orders something to be put right.
///
/// # Errors
/// If the caller is not in the team, the stage is another, or a field is wrong.
pub async fn order_rectification(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    order: OrderRectification,
) -> Result<RectificationView> {
    let shelf = service.shelf.clone();
    let rectification = RectificationId(service.clock.new_id());
    service
        .perform(visit, Action::RecordInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &shelf, id, Action::RecordInspection)?;
            let (_, competition, _, row) = scene.planned()?;
            must_be_team(act.visit, &parse(&row.plan)?)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/finding", &order.finding, 1, 2_000);
            if order.due <= act.now {
                problems.push(FieldProblem::new(
                    "/due",
                    "not_later",
                    "期限必须在将来",
                    "Must lie in the future",
                ));
            }
            must_be_valid(problems)?;
            let content =
                RectificationContent { finding: order.finding.clone(), answer: None, recheck: None };
            let row = Rectification {
                id: rectification,
                application_id: id,
                competition_id: competition.id,
                state: RectificationState::Open,
                content: canonical(&content),
                due: order.due,
                revision: 1,
                changed_by: act.account()?,
                changed_at: act.now,
            };
            inspections::insert_rectification(conn, &row)?;
            act.detail("rectification", &row.id);
            act.changed(None, Some(digest_of(&row.content)));
            rectification_view(&row)
        })
        .await
}

/// A step of something to be put right, under the edition's lock.
fn step_rectification(
    conn: &mut Conn,
    act: &mut Act<'_>,
    shelf: &Shelf,
    (id, revision, action): (RectificationId, i64, Action),
    from: RectificationState,
    step: impl FnOnce(&mut RectificationContent) -> RectificationState,
) -> Result<RectificationView> {
    let Some(row) = inspections::rectification_by_id(conn, id)? else {
        act.visit.may(action, Relation::General)?;
        return Err(Error::not_found());
    };
    let scene = enter_inspection(conn, act, shelf, row.application_id, action)?;
    let (.., inspection) = scene.planned()?;
    if action == Action::RecordInspection {
        must_be_team(act.visit, &parse(&inspection.plan)?)?;
    }
    let mut row = inspections::rectification_by_id(conn, id)?.ok_or_else(Error::not_found)?;
    if row.state != from {
        return Err(Error::conflict(
            "no_such_step",
            "整改事项现不能进行此操作，请刷新页面查看其进展",
            "This can't be done now; look at where the rectification stands",
        ));
    }
    must_be_current(row.revision, revision)?;
    let mut content: RectificationContent = parse(&row.content)?;
    row.state = step(&mut content);
    let before = digest_of(&row.content);
    row.content = canonical(&content);
    row.revision += 1;
    row.changed_by = act.account()?;
    row.changed_at = act.now;
    inspections::update_rectification(conn, &row)?;
    act.detail("rectification", &id);
    act.changed(Some(before), Some(digest_of(&row.content)));
    rectification_view(&row)
}

/// Says what has been put right, as the applicant.
///
/// # Errors
/// If the caller is not of the lead region, it is not open, has changed meanwhile, or nothing is said.
pub async fn answer_rectification(
    service: &Service,
    visit: &Arc<Visit>,
    id: RectificationId,
    revision: i64,
    say: Say,
) -> Result<RectificationView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::AnswerInspection, move |conn, act| {
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &say.text, 1, 5_000);
            must_be_valid(problems)?;
            let which = (id, revision, Action::AnswerInspection);
            step_rectification(conn, act, &shelf, which, RectificationState::Open, |content| {
                content.answer = Some(say.text.clone());
                RectificationState::Answered
            })
        })
        .await
}

/// Records what the re-check found, as the team.
///
/// # Errors
/// If the caller is not in the team, it is not answered, has changed meanwhile, or nothing is said.
pub async fn recheck_rectification(
    service: &Service,
    visit: &Arc<Visit>,
    id: RectificationId,
    revision: i64,
    recheck: RecheckRectification,
) -> Result<RectificationView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::RecordInspection, move |conn, act| {
            let mut problems = Vec::new();
            check_text(&mut problems, "/text", &recheck.text, 1, 5_000);
            must_be_valid(problems)?;
            let which = (id, revision, Action::RecordInspection);
            step_rectification(conn, act, &shelf, which, RectificationState::Answered, |content| {
                content.recheck = Some(recheck.text.clone());
                if recheck.settled { RectificationState::Settled } else { RectificationState::Failed }
            })
        })
        .await
}

/// The inspection of an application, as far as the caller may see it.
///
/// # Errors
/// If there is no such application that the caller may see.
pub async fn read(service: &Service, visit: &Arc<Visit>, id: ApplicationId) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadInspection, format!("application/{id}"), move |conn, visit| {
            let (application, _) = find(conn, visit, id, Action::ReadInspection)?;
            let (_, rules) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            let row = inspections::by_application(conn, id)?;
            view(conn, visit, &application, &rules, row)
        })
        .await
}

/// Indicators of the record above the claim, with the office's reason where it consented to this version.
pub(crate) fn consents(
    raised: Vec<String>,
    id: ApplicationId,
    version: i32,
    documents: &[crate::db::documents::Document],
) -> Result<BTreeMap<String, Option<String>>> {
    raised
        .into_iter()
        .map(|indicator| {
            let subject = format!("{id}/{indicator}");
            let mut reason = None;
            for document in documents.iter().filter(|document| document.subject == subject) {
                let increase: Increase = parse(&document.content)?;
                if increase.version == version {
                    reason = Some(increase.reason);
                }
            }
            Ok((indicator, reason))
        })
        .collect()
}

fn view(
    conn: &mut Conn,
    visit: &Visit,
    application: &Application,
    rules: &Rules,
    row: Option<Inspection>,
) -> Result<InspectionView> {
    let (id, competition) = (application.id, application.competition_id);
    let rectifications = inspections::rectifications(conn, id)?;
    let rectifications = rectifications.iter().map(rectification_view).collect::<Result<_>>()?;
    let claimed = if application.never_submitted() { Vec::new() } else { claims(conn, id)? };
    let Some(row) = row else {
        return Ok(InspectionView {
            application_id: id,
            state: None,
            revision: 0,
            plan: InspectionPlan::default(),
            claimed,
            record: None,
            record_digest: None,
            signatures: Signatures::default(),
            version: 0,
            digest: None,
            raised: BTreeMap::new(),
            comment_until: None,
            comments: Vec::new(),
            rectifications,
        });
    };
    let mut plan: InspectionPlan = parse(&row.plan)?;
    let role = visit.caller.as_ref().map(|caller| caller.role);
    // The record is the team's own until it is signed: the party sees it to sign it, the panel once its values hold.
    let sees_record = match role {
        Some(Role::Applicant) => row.state != InspectionState::Open,
        Some(Role::Expert) => is_team(visit, &plan) || row.state == InspectionState::Final,
        _ => true,
    };
    if role == Some(Role::Applicant) {
        // The route and the team's remarks are not for whoever is inspected.
        plan.notes.clear();
    }
    let record: InspectionRecord = parse(&row.record)?;
    let raised_above = raised(&record, &claimed, &rules.tally.rubric, chain_of(application));
    let subjects: Vec<String> = raised_above.iter().map(|indicator| format!("{id}/{indicator}")).collect();
    let consented = db::documents::about(conn, competition, DocumentKind::Increase, &subjects)?;
    let comments = db::documents::versions(conn, competition, DocumentKind::Comment, &id.to_string())?;
    let comments = comments
        .into_iter()
        .map(|document| Ok(CommentView { text: parse(&document.content)?, at: document.signed_at }))
        .collect::<Result<_>>()?;
    let kept = db::documents::latest(conn, competition, DocumentKind::Inspection, &id.to_string())?;
    Ok(InspectionView {
        application_id: id,
        state: Some(row.state),
        revision: row.revision,
        claimed,
        raised: if sees_record {
            consents(raised_above, id, row.version, &consented)?
        } else {
            BTreeMap::new()
        },
        record_digest: sees_record.then(|| digest_of(&row.record)),
        record: sees_record.then_some(record),
        signatures: parse(&row.signatures)?,
        version: row.version,
        digest: kept.map(|document| document.digest),
        comment_until: row.comment_until,
        comments,
        rectifications,
        plan,
    })
}
