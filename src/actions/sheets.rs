//! Score sheets: each expert's own, signed once and corrected with a reason, hidden from everybody until scoring closes.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::{enter, find};
use super::documents;
use super::rules::{Rules, visible_competition};
use super::{Act, RequestContext, Service, parse};
use crate::db::competitions::Competition;
use crate::db::documents::Document;
use crate::db::experts::{self, Expert, Seat};
use crate::db::sheets::{self, Sheet};
use crate::db::{Conn, applications};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind, canonical};
use crate::domain::sheet::{
    PaperEntry, SHEET_FORMAT, SheetContent, SheetCorrection, SheetState, SignedSheet, check_sheet,
    paper_differences,
};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// A correction of a signed sheet.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CorrectSheet {
    /// The key of one of the competition's reasons.
    pub reason: String,
    /// Why, in words.
    pub explanation: String,
    /// The sheet as it shall be, complete.
    pub content: SheetContent,
}

/// A sheet that was signed on paper.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EnterPaper {
    /// What stands on it, complete.
    pub content: SheetContent,
}

/// One's own sheet.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SheetView {
    pub application_id: ApplicationId,
    pub state: SheetState,
    /// Sent as `If-Match` with a change; 0 while nothing is entered.
    pub revision: i64,
    /// What stands on it.
    pub content: SheetContent,
    /// Signed versions, oldest first.
    pub versions: Vec<SheetVersionView>,
    /// When it last changed; none while nothing is entered.
    pub changed_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SheetVersionView {
    /// Which one, from 1.
    pub number: i32,
    /// The digest of the signed document.
    pub digest: Digest,
    /// When it was signed.
    pub signed_at: Timestamp,
    pub sheet: SignedSheet,
}

/// The receipt of a signature.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SheetReceiptView {
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    /// Which signed version.
    pub number: i32,
    /// The digest of the signed document: keep it to prove what was signed.
    pub digest: Digest,
    pub signed_at: Timestamp,
    /// The sheet's revision now.
    pub revision: i64,
    pub competition_id: CompetitionId,
    /// Its title.
    pub competition: String,
    pub application_number: Option<String>,
    pub application_title: String,
    /// Its lead region.
    pub region: String,
    /// The expert's name.
    pub expert: String,
    /// How many of the expert's sheets in this competition are not signed yet.
    pub unsigned: usize,
    /// Until when sheets are due.
    pub until: Timestamp,
}

/// A paper sheet after its first entry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PaperView {
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    /// `paper` after the first entry, `signed` once a second person has entered the same.
    pub state: SheetState,
    /// Who entered it first.
    pub entered_by: AccountId,
}

/// An expert whose sheet on an application may be entered from paper. Nothing that stands on a sheet is here.
#[derive(Clone, Debug)]
pub struct PaperSeat {
    pub expert_id: ExpertId,
    pub name: String,
    /// Whether the expert has signed the declaration of conflicts, or has no account to sign it by.
    pub declared: bool,
    /// Where the sheet stands; none while nothing is entered.
    pub state: Option<SheetState>,
    /// Whether the caller made the first entry, and so can't make the second.
    pub entered_by_caller: bool,
}

/// The sheets of an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExpertSheetView {
    pub expert_id: ExpertId,
    pub name: String,
    /// Whether the expert still serves; what a recused one signed counts no more.
    pub serving: bool,
    /// Where the sheet stands.
    pub state: SheetState,
    /// Signed versions, oldest first.
    pub versions: Vec<SheetVersionView>,
}

pub(super) fn subject(application: ApplicationId, expert: ExpertId) -> String {
    format!("{application}/{expert}")
}

/// What the subject of a sheet names.
pub(super) fn of_subject(subject: &str) -> Option<(ApplicationId, ExpertId)> {
    let (application, expert) = subject.split_once('/')?;
    Some((application.parse().ok()?, expert.parse().ok()?))
}

fn version_view(document: &Document) -> Result<SheetVersionView> {
    Ok(SheetVersionView {
        number: document.number,
        digest: document.digest,
        signed_at: document.signed_at,
        sheet: parse(&document.content)?,
    })
}

/// The caller's own sheet of an application, under the competition's lock.
struct Entered {
    competition: Competition,
    rules: Arc<Rules>,
    expert: ExpertId,
    /// The sheet as it stands; none while nothing is entered.
    before: Option<Sheet>,
}

fn enter_own(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &super::rules::Cache,
    id: ApplicationId,
) -> Result<Entered> {
    act.context.may(Action::FillSheet, Relation::General)?;
    act.on("application", id);
    let competition = act.enter_competition_of(conn, id)?;
    // A sheet asks for the seat alone: who has none here, or no longer, must not even know of the application.
    let own = sheets::own(conn, act.account()?, id)?;
    let own = own.filter(|own| own.seat.state == SeatState::Serving).ok_or_else(Error::not_found)?;
    act.context.may(Action::FillSheet, Relation::Panel { declared: own.seat.declared_at.is_some() })?;
    let (competition, rules) = visible_competition(conn, cache, act.context, competition)?;
    Ok(Entered { competition, rules, expert: own.expert, before: own.sheet })
}

/// Refuses a change of a sheet once scoring is closed, or before it begins. What arrived after the deadline is still
/// taken until the office closes: a late sheet is better than none, and the progress list says who is late.
fn must_be_scoring(competition: &Competition) -> Result<()> {
    if competition.state == CompetitionState::Scoring {
        return Ok(());
    }
    Err(Error::conflict("stage_closed", "当前阶段不能评分", "The competition is not at its scoring"))
}

fn no_longer_open() -> Error {
    Error::conflict(
        "signed",
        "评分表已签署；如需更改请提交更正并说明理由",
        "The sheet is signed; correct it with a reason instead",
    )
}

/// Saves a draft of the caller's own sheet over the revision that the caller saw.
///
/// # Errors
/// If the caller does not serve on the application's panel, has not declared, the competition is not at its scoring, the
/// sheet is signed or has changed meanwhile, or a score is off its scale.
pub async fn put(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    content: SheetContent,
) -> Result<SheetView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::FillSheet, move |conn, act| {
            let Entered { competition, rules, expert, before } = enter_own(conn, act, &cache, id)?;
            must_be_scoring(&competition)?;
            must_be_current(before.as_ref().map_or(0, |sheet| sheet.revision), revision)?;
            if before.as_ref().is_some_and(|sheet| sheet.state != SheetState::Draft) {
                return Err(no_longer_open());
            }
            must_be_valid(check_sheet(&content, &rules.tally.rubric, &rules.settings.review, false))?;
            let row = Sheet {
                application_id: id,
                expert_id: expert,
                competition_id: competition.id,
                state: SheetState::Draft,
                content: canonical(&content),
                version: 0,
                digest: None,
                revision: revision + 1,
                changed_by: act.account()?,
                changed_at: act.now,
            };
            sheets::put(conn, &row)?;
            act.changed(
                before.map(|sheet| crate::domain::record::digest_of(sheet.content)),
                Some(crate::domain::record::digest_of(&row.content)),
            );
            Ok(SheetView {
                application_id: id,
                state: row.state,
                revision: row.revision,
                content: content.clone(),
                versions: Vec::new(),
                changed_at: Some(row.changed_at),
            })
        })
        .await
}

/// What a signed version is made of besides its content.
struct Signing<'a> {
    expert: ExpertId,
    correction: Option<SheetCorrection>,
    paper: Option<PaperEntry>,
    reason: &'a str,
}

/// Keeps the next signed version of a sheet and makes it the one that holds.
fn sign_version(
    conn: &mut Conn,
    act: &mut Act<'_>,
    (competition, rules): (&Competition, &Rules),
    before: &Sheet,
    content: SheetContent,
    signing: Signing<'_>,
) -> Result<SheetReceiptView> {
    let (application, number) = (before.application_id, before.version + 1);
    let signed = SignedSheet {
        format: SHEET_FORMAT.to_owned(),
        competition: competition.id,
        settings_version: competition.version,
        application,
        expert: signing.expert,
        number,
        content,
        correction: signing.correction,
        paper: signing.paper,
    };
    let subject = subject(application, signing.expert);
    let document = documents::keep(
        conn,
        act,
        competition.id,
        (DocumentKind::Sheet, &subject, number),
        &signed,
        signing.reason,
    )?;
    act.changed(before.digest, Some(document.digest));
    let row = Sheet {
        state: SheetState::Signed,
        content: canonical(&signed.content),
        version: number,
        digest: Some(document.digest),
        revision: before.revision + 1,
        changed_by: act.account()?,
        changed_at: act.now,
        ..before.clone()
    };
    sheets::put(conn, &row)?;
    let judged = experts::judged_by_expert(conn, signing.expert)?.into_iter();
    let judged =
        judged.filter(|judged| judged.competition_id == competition.id && judged.state == SeatState::Serving);
    let judged: Vec<ApplicationId> = judged.map(|judged| judged.application_id).collect();
    let done = sheets::progress_of(conn, signing.expert)?.into_iter();
    let done = done.filter(|(id, state)| *state == SheetState::Signed && judged.contains(id)).count();
    let (found, mut titles) =
        (applications::by_id(conn, application)?, super::applications::titles(conn, &[application])?);
    let region = found.as_ref().map(|found| rules.catalogue.region_name(&found.lead_region));
    Ok(SheetReceiptView {
        competition_id: competition.id,
        competition: rules.settings.title.clone(),
        application_number: found.and_then(|found| found.number),
        application_title: titles.remove(&application).unwrap_or_default(),
        region: region.unwrap_or_default(),
        expert: experts::by_id(conn, signing.expert)?.map(|expert| expert.name).unwrap_or_default(),
        unsigned: judged.len().saturating_sub(done),
        until: rules.settings.calendar.review.until,
        application_id: application,
        expert_id: signing.expert,
        number,
        digest: document.digest,
        signed_at: document.signed_at,
        revision: row.revision,
    })
}

/// Signs the caller's own sheet as it stands. The answer is the receipt.
///
/// # Errors
/// If the caller does not serve on the application's panel, the competition is not at its scoring, the sheet is signed
/// already, has changed meanwhile, or is not complete.
pub async fn sign(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
) -> Result<SheetReceiptView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::FillSheet, move |conn, act| {
            let Entered { competition, rules, expert, before } = enter_own(conn, act, &cache, id)?;
            must_be_scoring(&competition)?;
            let before = before.ok_or_else(|| {
                Error::conflict("nothing_entered", "尚未填写评分表", "Nothing is entered yet")
            })?;
            if before.state != SheetState::Draft {
                return Err(no_longer_open());
            }
            must_be_current(before.revision, revision)?;
            let content: SheetContent = parse(&before.content)?;
            must_be_valid(check_sheet(&content, &rules.tally.rubric, &rules.settings.review, true))?;
            let signing = Signing { expert, correction: None, paper: None, reason: "" };
            sign_version(conn, act, (&competition, &rules), &before, content, signing)
        })
        .await
}

/// Corrects the caller's own signed sheet, for one of the competition's reasons: a new signed version; the old one stays.
/// After closing a correction is still possible and changes nothing by itself: the office makes a new version of the
/// tally, with what it changes.
///
/// # Errors
/// If the caller does not serve on the application's panel, nothing is signed, the stage is over, the sheet has changed
/// meanwhile, the reason is not one of the list, or the sheet is not complete or not changed.
pub async fn correct(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    correct: CorrectSheet,
) -> Result<SheetReceiptView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::FillSheet, move |conn, act| {
            let Entered { competition, rules, expert, before } = enter_own(conn, act, &cache, id)?;
            if !matches!(
                competition.state,
                CompetitionState::Scoring | CompetitionState::Selection | CompetitionState::Notice
            ) {
                return Err(Error::conflict(
                    "stage_closed",
                    "当前阶段不能更正评分表",
                    "Sheets can't be corrected at the present stage",
                ));
            }
            let before = before
                .filter(|sheet| sheet.state == SheetState::Signed)
                .ok_or_else(|| Error::conflict("not_signed", "评分表尚未签署", "The sheet is not signed"))?;
            must_be_current(before.revision, revision)?;
            let mut problems = Vec::new();
            let reasons = &rules.settings.review.correction_reasons;
            if !reasons.iter().any(|reason| reason.key == correct.reason) {
                problems.push(FieldProblem::new(
                    "/reason",
                    "unknown_reason",
                    "不是本届规定的更正理由",
                    "Not one of the competition's reasons",
                ));
            }
            check_text(&mut problems, "/explanation", &correct.explanation, 1, 1_000);
            let wrong = check_sheet(&correct.content, &rules.tally.rubric, &rules.settings.review, true);
            problems.extend(wrong.into_iter().map(|problem| problem.under("/content")));
            must_be_valid(problems)?;
            if canonical(&correct.content) == before.content {
                return Err(Error::conflict("unchanged", "内容没有变化", "Nothing was changed"));
            }
            let correction =
                SheetCorrection { reason: correct.reason.clone(), explanation: correct.explanation.clone() };
            let signing =
                Signing { expert, correction: Some(correction), paper: None, reason: &correct.explanation };
            sign_version(conn, act, (&competition, &rules), &before, correct.content.clone(), signing)
        })
        .await
}

/// The caller's own sheet, with its signed versions.
///
/// # Errors
/// If the caller does not serve on the application's panel, or has not declared.
pub async fn read_own(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<SheetView> {
    service
        .read(context, Action::FillSheet, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, Action::FillSheet)?;
            let own = sheets::own(conn, context.caller()?.account, id)?.ok_or_else(Error::not_found)?;
            let versions = crate::db::documents::versions(
                conn,
                application.competition_id,
                DocumentKind::Sheet,
                &subject(id, own.expert),
            )?;
            let versions = versions.iter().map(version_view).collect::<Result<Vec<_>>>()?;
            let row = own.sheet;
            let signed =
                versions.last().filter(|_| row.as_ref().is_some_and(|row| row.state == SheetState::Signed));
            Ok(SheetView {
                application_id: id,
                state: row.as_ref().map_or(SheetState::Draft, |row| row.state),
                revision: row.as_ref().map_or(0, |row| row.revision),
                content: match (signed, &row) {
                    (Some(signed), _) => signed.sheet.content.clone(),
                    (None, Some(row)) => parse(&row.content)?,
                    (None, None) => SheetContent::default(),
                },
                versions,
                changed_at: row.map(|row| row.changed_at),
            })
        })
        .await
}

/// The seat of an expert in the panel of an application, serving.
fn serving_seat(
    conn: &mut Conn,
    competition: CompetitionId,
    id: ApplicationId,
    expert: ExpertId,
) -> Result<Seat> {
    let placed = experts::panel_applications(conn, competition)?;
    let unit = placed.into_iter().find(|entry| entry.application_id == id).map(|entry| entry.unit);
    let seats = experts::seats(conn, competition)?.into_iter();
    let seat = seats
        .filter(|seat| Some(&seat.unit) == unit.as_ref() && seat.state == SeatState::Serving)
        .find(|seat| seat.expert_id == expert);
    seat.ok_or_else(|| {
        Error::invalid_field(
            "/expert_id",
            "not_in_panel",
            "该专家不在本申报的评审组",
            "The expert does not serve on the application's panel",
        )
    })
}

/// Enters a sheet that an expert signed on paper. The first entry waits for a second person's; when both say the same
/// the sheet is signed.
///
/// # Errors
/// If the caller is not the office, the expert does not serve on the panel, the competition is not at its scoring, the sheet
/// is signed already, the same person enters twice, the entries differ (where is listed), or the sheet is not complete.
pub async fn enter_paper(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    expert: ExpertId,
    paper: EnterPaper,
) -> Result<PaperView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::EnterPaperSheet, move |conn, act| {
            let (_, _, competition, rules) = enter(conn, act, &cache, id, Action::EnterPaperSheet)?;
            act.detail("expert", &expert);
            must_be_scoring(&competition)?;
            let seat = serving_seat(conn, competition.id, id, expert)?;
            if seat.declared_at.is_none()
                && experts::by_id(conn, expert)?.is_some_and(|e| e.account_id.is_some())
            {
                return Err(Error::conflict(
                    "declare_first",
                    "该专家尚未签署回避声明",
                    "The expert has not signed the declaration of conflicts",
                ));
            }
            let wrong = check_sheet(&paper.content, &rules.tally.rubric, &rules.settings.review, true);
            must_be_valid(wrong.into_iter().map(|problem| problem.under("/content")).collect())?;
            let account = act.account()?;
            let before = sheets::by_id(conn, id, expert)?;
            match before {
                Some(sheet) if sheet.state == SheetState::Signed => Err(no_longer_open()),
                Some(sheet) if sheet.state == SheetState::Paper => {
                    if sheet.changed_by == account {
                        return Err(Error::conflict(
                            "second_person_required",
                            "须由另一人复核录入",
                            "A second person must enter it again",
                        ));
                    }
                    let first: SheetContent = parse(&sheet.content)?;
                    let different = paper_differences(&first, &paper.content, &rules.tally.rubric);
                    if !different.is_empty() {
                        return Err(Error::conflict(
                            "entries_differ",
                            "两次录入不一致，未保存；请对照纸质评分表",
                            "The two entries differ and nothing was saved; compare them with the paper",
                        )
                        .with(different));
                    }
                    let entered_by = sheet.changed_by;
                    let signing = Signing {
                        expert,
                        correction: None,
                        paper: Some(PaperEntry { entered_by, confirmed_by: account }),
                        reason: "",
                    };
                    sign_version(conn, act, (&competition, &rules), &sheet, paper.content.clone(), signing)?;
                    Ok(PaperView {
                        application_id: id,
                        expert_id: expert,
                        state: SheetState::Signed,
                        entered_by,
                    })
                }
                Some(sheet) if sheet.content != canonical(&SheetContent::default()) => Err(Error::conflict(
                    "draft_exists",
                    "该专家已在线填写草稿，不能以纸质评分表代替",
                    "The expert has begun a sheet online; it can't be replaced by one on paper",
                )),
                other => {
                    let row = Sheet {
                        application_id: id,
                        expert_id: expert,
                        competition_id: competition.id,
                        state: SheetState::Paper,
                        content: canonical(&paper.content),
                        version: 0,
                        digest: None,
                        revision: other.map_or(1, |sheet| sheet.revision + 1),
                        changed_by: account,
                        changed_at: act.now,
                    };
                    sheets::put(conn, &row)?;
                    Ok(PaperView {
                        application_id: id,
                        expert_id: expert,
                        state: SheetState::Paper,
                        entered_by: account,
                    })
                }
            }
        })
        .await
}

/// The experts of an application's panel, with whether their sheets are entered from paper.
///
/// # Errors
/// If the caller is not the office, or there is no such application.
pub async fn paper_seats(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<PaperSeat>> {
    service
        .read(context, Action::EnterPaperSheet, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, Action::EnterPaperSheet)?;
            let caller = context.caller()?.account;
            let placed = experts::panel_applications(conn, application.competition_id)?.into_iter();
            let mut units = placed.filter(|entry| entry.application_id == id).map(|entry| entry.unit);
            let Some(unit) = units.next() else { return Ok(Vec::new()) };
            let pool: BTreeMap<ExpertId, Expert> =
                experts::all(conn)?.into_iter().map(|expert| (expert.id, expert)).collect();
            let sheets: BTreeMap<ExpertId, Sheet> =
                sheets::of_application(conn, id)?.into_iter().map(|sheet| (sheet.expert_id, sheet)).collect();
            let seats = experts::seats(conn, application.competition_id)?.into_iter();
            let serving = seats.filter(|seat| seat.unit == unit && seat.state == SeatState::Serving);
            Ok(serving
                .filter_map(|seat| {
                    let expert = pool.get(&seat.expert_id)?;
                    let sheet = sheets.get(&seat.expert_id);
                    Some(PaperSeat {
                        expert_id: expert.id,
                        name: expert.name.clone(),
                        declared: seat.declared_at.is_some() || expert.account_id.is_none(),
                        // A draft is the expert's own business.
                        state: sheet.map(|sheet| sheet.state).filter(|state| *state != SheetState::Draft),
                        entered_by_caller: sheet.is_some_and(|sheet| {
                            sheet.state == SheetState::Paper && sheet.changed_by == caller
                        }),
                    })
                })
                .collect())
        })
        .await
}

/// Discards the first entry of a paper sheet, so that it can be entered anew.
///
/// # Errors
/// If the caller is not the office, or no first entry waits for its second.
pub async fn discard_paper(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    expert: ExpertId,
) -> Result<()> {
    let cache = service.cache.clone();
    service
        .write(context, Action::EnterPaperSheet, move |conn, act| {
            let (_, _, competition, _) = enter(conn, act, &cache, id, Action::EnterPaperSheet)?;
            act.detail("expert", &expert);
            act.detail("discarded", &true);
            must_be_scoring(&competition)?;
            let sheet = sheets::by_id(conn, id, expert)?.filter(|sheet| sheet.state == SheetState::Paper);
            let sheet = sheet.ok_or_else(Error::not_found)?;
            let name = experts::by_id(conn, expert)?.map_or_else(String::new, |expert| expert.name);
            act.follows(FieldProblem::new(
                "",
                "discarded",
                format!("{name}纸质评分表的第一次录入作废，须由两人重新录入"),
                format!("The first entry of {name}'s paper sheet is discarded; two people enter it anew"),
            ));
            let row = Sheet {
                state: SheetState::Draft,
                content: canonical(&SheetContent::default()),
                revision: sheet.revision + 1,
                changed_by: act.account()?,
                changed_at: act.now,
                ..sheet
            };
            sheets::put(conn, &row)
        })
        .await
}

/// All sheets of an application, with every signed version: for supervisors at any time, for the office once scoring is
/// closed.
///
/// # Errors
/// If the caller may not see them, or not yet.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<ExpertSheetView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadSheets, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, Action::ReadSheets)?;
            let (competition, _) = visible_competition(conn, &cache, context, application.competition_id)?;
            let supervisor = context.caller.as_ref().is_some_and(|caller| caller.role == Role::Supervisor);
            if !supervisor && competition.state < CompetitionState::Selection {
                return Err(Error::conflict(
                    "still_hidden",
                    "评分结束前，评分表对领导小组办公室保密",
                    "Sheets are hidden from the office until scoring is closed",
                ));
            }
            context.may(Action::ReadSheets, Relation::General)?;
            expert_sheets(conn, competition.id, id)
        })
        .await
}

fn expert_sheets(
    conn: &mut Conn,
    competition: CompetitionId,
    id: ApplicationId,
) -> Result<Vec<ExpertSheetView>> {
    let names = experts::names(conn)?;
    let placed = experts::panel_applications(conn, competition)?;
    let unit = placed.into_iter().find(|entry| entry.application_id == id).map(|entry| entry.unit);
    let serving: Vec<ExpertId> = experts::seats(conn, competition)?
        .into_iter()
        .filter(|seat| Some(&seat.unit) == unit.as_ref() && seat.state == SeatState::Serving)
        .map(|seat| seat.expert_id)
        .collect();
    let mut versions: BTreeMap<String, Vec<SheetVersionView>> = BTreeMap::new();
    let rows = sheets::of_application(conn, id)?;
    let subjects: Vec<String> = rows.iter().map(|row| subject(id, row.expert_id)).collect();
    for document in crate::db::documents::about(conn, competition, DocumentKind::Sheet, &subjects)? {
        versions.entry(document.subject.clone()).or_default().push(version_view(&document)?);
    }
    Ok(rows
        .into_iter()
        .map(|sheet| ExpertSheetView {
            name: names.get(&sheet.expert_id).cloned().unwrap_or_default(),
            serving: serving.contains(&sheet.expert_id),
            state: sheet.state,
            versions: versions.remove(&subject(id, sheet.expert_id)).unwrap_or_default(),
            expert_id: sheet.expert_id,
        })
        .collect())
}
