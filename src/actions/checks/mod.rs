//! The office's checks of what cities recommend: form (形式审查) with one correction, and vetoes (否决核查).

mod drafts;
mod entries;
mod import;
mod lots;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::drafts::{CheckDraftEntry, SaveCheckDrafts, SavedCheckDraftsView, drafts, save};
pub use self::entries::{CheckEntry, of_competition};
pub use self::import::import;
pub use self::lots::{CheckLotEntry, CheckLotView, IssueChecks, issue, lot, lots};
use super::applications::{changes_since_submission, enter, find, named, relation, whole};
use super::inspections::Because;
use super::messages::{Owners, tell_region};
use super::rules::{Cache, Rules, visible_competition};
use super::{Act, RequestContext, Service, need_text, parse};
use crate::db::applications::{self, Application};
use crate::db::checks::{self, FormalCheck, VetoCheck};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::application::{ApplicationState, DecisionKind};
use crate::domain::checks::{FormalResult, ItemFinding, VetoState, check_findings, checks_vetoes};
use crate::domain::competition::CompetitionState;
use crate::domain::difference::{Difference, differences};
use crate::domain::ids::{ApplicationId, EvidenceId};
use crate::domain::lengths;
use crate::domain::message::MessageKind;
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_current, must_be_valid};

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RecordFormalCheck")]
pub struct Check {
    /// One finding for each item of the competition.
    pub findings: Vec<ItemFinding>,
    /// What comes of it.
    pub result: FormalResult,
    /// Why, in words for the applicant; obligatory unless it is accepted.
    #[serde(default)]
    #[schemars(length(max = lengths::FINDING))]
    pub reason: String,
}

/// A new state of a veto item.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutVeto {
    pub state: VetoState,
    /// What was asked or replied: body, document number, date.
    #[schemars(length(min = 1, max = lengths::FINDING))]
    pub note: String,
    /// The reply, uploaded as evidence of kind `veto_reply`; obligatory for `clear` and `hit`.
    #[serde(default)]
    pub evidence_id: Option<EvidenceId>,
}

/// The checks of an application. The applicant sees its own formal checks, not the veto inquiries.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChecksView {
    pub application_id: ApplicationId,
    /// Formal checks, and rejections taken back.
    pub formal: Vec<FormalCheckView>,
    /// Veto items by key; absent for whoever may not see them.
    pub vetoes: Option<BTreeMap<String, VetoView>>,
    /// Whether every veto item is clear; absent likewise.
    pub all_clear: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FormalCheckView {
    /// The round, from 1: the checks, and rejections that were taken back.
    pub round: i32,
    pub findings: Vec<ItemFinding>,
    /// What came of it.
    pub result: FormalResult,
    pub reason: String,
    /// Until when the correction may be submitted.
    pub correction_due_at: Option<Timestamp>,
    pub checked_at: Timestamp,
}

/// The state of a veto item.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VetoView {
    /// What the item is.
    pub title: String,
    pub state: VetoState,
    /// What was asked or replied.
    pub note: String,
    /// The reply.
    pub evidence_id: Option<EvidenceId>,
    /// Sent as `If-Match` with a change; 0 while nobody has looked.
    pub revision: i64,
}

fn formal_view(row: FormalCheck) -> Result<FormalCheckView> {
    Ok(FormalCheckView {
        round: row.round,
        findings: parse(&row.items)?,
        result: row.result.parse().map_err(|_| Error::internal("an unknown result is stored"))?,
        reason: row.reasons,
        correction_due_at: row.correction_until,
        checked_at: row.checked_at,
    })
}

fn veto_views(rules: &Rules, rows: Vec<VetoCheck>) -> BTreeMap<String, VetoView> {
    let mut rows: BTreeMap<String, VetoCheck> = rows.into_iter().map(|row| (row.item.clone(), row)).collect();
    let items = rules.tally.rubric.vetoes.iter();
    items
        .map(|item| {
            let key = item.key.to_string();
            let row = rows.remove(&key);
            let view = VetoView {
                title: item.name.clone(),
                state: row.as_ref().map_or(VetoState::NotChecked, |row| row.state),
                note: row.as_ref().map_or_else(String::new, |row| row.note.clone()),
                evidence_id: row.as_ref().and_then(|row| row.document),
                revision: row.as_ref().map_or(0, |row| row.revision),
            };
            (key, view)
        })
        .collect()
}

/// The checks of an application.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: ApplicationId) -> Result<ChecksView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            read_in(conn, &cache, context, id)
        })
        .await
}

/// The same in a transaction.
pub(crate) fn read_in(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<ChecksView> {
    let (application, _) = find(conn, context, id, Action::ReadApplication)?;
    let (_, rules) = visible_competition(conn, cache, context, application.competition_id)?;
    let formal = checks::formal(conn, &[id])?.into_iter().map(formal_view).collect::<Result<_>>()?;
    let vetoes = if context.may(Action::ReadChecks, Relation::General).is_ok() {
        Some(veto_views(&rules, checks::vetoes(conn, &[id])?))
    } else {
        None
    };
    let all_clear = vetoes.as_ref().map(|items| items.values().all(|item| item.state == VetoState::Clear));
    Ok(ChecksView { application_id: id, formal, vetoes, all_clear })
}

/// What was asked to be corrected, and what was changed.
#[derive(Clone, Debug)]
pub struct CorrectionView {
    pub asked: FormalCheckView,
    /// What the correction changes of what was submitted before; none while whoever reads it may not see it.
    pub changes: Option<Vec<Difference>>,
}

/// The correction of an application, if one was asked for. While it is written, its lead alone sees the changes.
///
/// # Errors
/// If there is no application that the caller may see.
pub async fn correction(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Option<CorrectionView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            let (application, members) = find(conn, context, id, Action::ReadApplication)?;
            let formal = checks::formal(conn, &[id])?;
            let asked = formal.into_iter().find(|row| row.correction_until.is_some());
            let Some(asked) = asked else { return Ok(None) };
            let changes = if application.state == ApplicationState::Correction {
                let is_lead = relation(context, &application, &members) == Relation::Lead;
                let (competition, _) =
                    visible_competition(conn, &cache, context, application.competition_id)?;
                let (now, _) = whole(conn, &application, &members, competition.version)?;
                if is_lead { Some(changes_since_submission(conn, id, &now)?) } else { None }
            } else {
                corrected(conn, id, asked.checked_at)?
            };
            Ok(Some(CorrectionView { asked: formal_view(asked)?, changes }))
        })
        .await
}

/// What the submission since a time changed; none if there is none.
fn corrected(conn: &mut Conn, id: ApplicationId, asked_at: Timestamp) -> Result<Option<Vec<Difference>>> {
    let all = applications::submissions(conn, id)?;
    let Some(after) = all.last().filter(|row| row.number > 1 && row.submitted_at >= asked_at) else {
        return Ok(None);
    };
    let content = |conn: &mut Conn, number| {
        let row = applications::submission(conn, id, number)?.ok_or_else(Error::not_found)?;
        parse::<serde_json::Value>(&row.content)
    };
    let mut changes = differences(&content(conn, after.number - 1)?, &content(conn, after.number)?);
    changes.retain(|change| change.pointer != "/settings_version");
    Ok(Some(changes))
}

/// Records a formal check. The first may ask for one correction, by a deadline in working days.
///
/// # Errors
/// If the caller is not the office, the application is not up for checking or has changed meanwhile, or the findings
/// are not complete or contradict the result.
pub async fn check_formally(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    check: Check,
) -> Result<FormalCheckView> {
    let (cache, owners) = (service.cache.clone(), Owners::of(service));
    service
        .write(context, Action::CheckFormally, move |conn, act| {
            let (application, _, competition, rules) = enter(conn, act, &cache, id, Action::CheckFormally)?;
            let before = checks::formal(conn, &[id])?;
            must_be_up_for_check(act, &competition, &application, &before)?;
            must_be_current(application.revision, revision)?;
            let row = record(conn, act, &owners, &rules, (application, &before), &check, None)?;
            act.detail("round", &row.round);
            act.detail("result", &check.result);
            act.detail("correction_until", &row.correction_until);
            formal_view(row)
        })
        .await
}

/// Records a formal check of an application that is up for one, tells what comes of it, and ends its draft. `lot`: with which
/// others it is issued.
fn record(
    conn: &mut Conn,
    act: &mut Act<'_>,
    owners: &Owners,
    rules: &Rules,
    (mut application, before): (Application, &[FormalCheck]),
    check: &Check,
    lot: Option<i32>,
) -> Result<FormalCheck> {
    let id = application.id;
    let corrected = was_corrected(before);
    let mut problems = check_findings(&rules.settings.formal_items, &check.findings, check.result, corrected);
    let least = usize::from(check.result != FormalResult::Accepted);
    check_text(&mut problems, "/reason", &check.reason, least, lengths::FINDING);
    must_be_valid(problems)?;
    let correction_until = match check.result {
        FormalResult::Correction => {
            let days = rules.settings.correction_working_days;
            Some(rules.end_of_working_days(act.now.date(), days, FirstDay::NotCounted)?)
        }
        FormalResult::Accepted | FormalResult::Rejected | FormalResult::TakenBack => None,
    };
    tell_outcome(conn, act, rules, &application, check, correction_until)?;
    let row = FormalCheck {
        application_id: id,
        round: i32::try_from(before.len() + 1).unwrap_or(i32::MAX),
        items: canonical(&check.findings),
        result: check.result.to_string(),
        reasons: check.reason.clone(),
        correction_until,
        checked_by: act.account()?,
        checked_at: act.now,
        lot,
    };
    checks::insert_formal(conn, &row)?;
    checks::remove_draft(conn, id)?;
    let (state, kind) = match check.result {
        FormalResult::Accepted => (ApplicationState::Accepted, DecisionKind::Accepted),
        FormalResult::Correction => (ApplicationState::Correction, DecisionKind::Correction),
        FormalResult::Rejected | FormalResult::TakenBack => {
            tell_region(conn, act, owners, &application.lead_region, MessageKind::ApplicationRejected)?;
            (ApplicationState::Rejected, DecisionKind::Rejected)
        }
    };
    application.state = state;
    application.changed_at = act.now;
    applications::update(conn, &application)?;
    applications::decide(conn, id, kind.as_str(), &check.reason, row.checked_by, act.now)?;
    Ok(row)
}

/// Whether the one correction has been asked for.
fn was_corrected(before: &[FormalCheck]) -> bool {
    before.iter().any(|check| check.result == FormalResult::Correction.as_str())
}

fn must_be_up_for_check(
    act: &Act<'_>,
    competition: &Competition,
    application: &Application,
    before: &[FormalCheck],
) -> Result<()> {
    must_be_checking(competition)?;
    if is_up(application, before, act.context.received_at) {
        return Ok(());
    }
    Err(Error::conflict(
        "not_up_for_check",
        "申报现不需形式审查，请刷新页面查看其状态",
        "The application is not up for a formal check now; look at where it stands",
    ))
}

fn must_be_checking(competition: &Competition) -> Result<()> {
    if competition.state == CompetitionState::Checking {
        return Ok(());
    }
    Err(Error::conflict("stage_closed", "当前阶段不能进行形式审查", "The competition is not at its checks"))
}

/// Whether an application waits for a formal check: it was recommended, or the time for its correction is over.
fn is_up(application: &Application, before: &[FormalCheck], at: Timestamp) -> bool {
    let until = before.last().and_then(|check| check.correction_until);
    application.state == ApplicationState::Recommended
        || (application.state == ApplicationState::Correction && until.is_some_and(|until| at > until))
}

/// Tells what a check that is not an acceptance comes to; a rejection by whatever way it is sent.
fn tell_outcome(
    conn: &mut Conn,
    act: &mut Act<'_>,
    rules: &Rules,
    application: &Application,
    check: &Check,
    until: Option<Timestamp>,
) -> Result<()> {
    if check.result == FormalResult::Accepted {
        return Ok(());
    }
    let name = named(conn, rules, application)?;
    let failed = check.findings.iter().filter(|finding| finding.passed == Some(false));
    let title = |key: &str| {
        let item = rules.settings.formal_items.iter().find(|item| item.key == key);
        item.map_or_else(|| key.to_owned(), |item| item.title.clone())
    };
    let failed: Vec<String> =
        failed.map(|finding| format!("{}（{}）", title(&finding.item), finding.note)).collect();
    let failed = failed.join("；");
    let (zh, en) = match until {
        Some(until) => (
            format!("{name}须补正，期限至{until}；补正只有这一次"),
            format!("{name} is to be corrected by {until}; there is this one correction"),
        ),
        None => {
            act.insist();
            (
                format!("{name}不予受理，不再参加本届评审；申报单位随即看到理由：{}", check.reason),
                format!(
                    "{name} is rejected and takes no further part; the applicant reads the reasons: {}",
                    check.reason
                ),
            )
        }
    };
    let mut tell = |code, zh, en| act.follows(FieldProblem::new("", code, zh, en));
    tell("decided", zh, en);
    tell("not_in_form", format!("不符合的项目：{failed}"), format!("Not in form: {failed}"));
    if until.is_none() {
        tell(
            "second_person",
            "您自己不能撤回；转入下一阶段之前，可由办公室另一人说明理由撤回".to_owned(),
            "You can't take it back; another person of the office can, with a reason, until the next stage begins".to_owned(),
        );
    }
    Ok(())
}

/// Takes the rejection of an application back, with a reason, as somebody else than who rejected it: it is to be checked
/// again. Until the competition's next stage begins.
///
/// # Errors
/// If the caller is not the office, or rejected it themselves, it is not rejected, the stage is over, or it has changed
/// meanwhile.
pub async fn take_back(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    because: Because,
) -> Result<FormalCheckView> {
    let (cache, owners) = (service.cache.clone(), Owners::of(service));
    service
        .write(context, Action::TakeBackCheck, move |conn, act| {
            let (mut application, _, competition, _) = enter(conn, act, &cache, id, Action::TakeBackCheck)?;
            let before = checks::formal(conn, &[id])?;
            let last = before.last().filter(|_| application.state == ApplicationState::Rejected);
            let last = last.filter(|_| competition.state == CompetitionState::Checking).ok_or_else(|| {
                Error::conflict(
                    "not_up_for_check",
                    "该申报现没有可以撤回的不予受理：只能在审查阶段、转入下一阶段之前撤回",
                    "There is no rejection to take back: that is done at the checks, before the next stage begins",
                )
            })?;
            must_be_current(application.revision, revision)?;
            let by = act.account()?;
            if last.checked_by == by {
                return Err(Error::conflict(
                    "second_person_required",
                    "须由办公室另一人撤回：不予受理是您作出的",
                    "Somebody else of the office must take it back: you rejected it",
                ));
            }
            need_text("/reason", &because.reason, 1, 2_000)?;
            let row = FormalCheck {
                application_id: id,
                round: last.round + 1,
                items: canonical(&Vec::<ItemFinding>::new()),
                result: FormalResult::TakenBack.to_string(),
                reasons: because.reason.clone(),
                correction_until: None,
                checked_by: by,
                checked_at: act.now,
                lot: None,
            };
            checks::insert_formal(conn, &row)?;
            application.state = ApplicationState::Recommended;
            application.changed_at = act.now;
            applications::update(conn, &application)?;
            let kind = DecisionKind::RejectionTakenBack.as_str();
            applications::decide(conn, id, kind, &because.reason, by, act.now)?;
            tell_region(conn, act, &owners, &application.lead_region, MessageKind::RejectionTakenBack)?;
            act.detail("round", &row.round);
            act.detail("reason", &because.reason);
            formal_view(row)
        })
        .await
}

/// Records the state of a veto item.
///
/// # Errors
/// If the caller is not the office, there is no such item, it has changed meanwhile, the step is not possible, or the
/// reply document is missing.
pub async fn put_veto(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    item: String,
    revision: i64,
    put: PutVeto,
) -> Result<VetoView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::CheckVeto, move |conn, act| {
            let (application, _, competition, rules) = enter(conn, act, &cache, id, Action::CheckVeto)?;
            let veto = rules.tally.rubric.vetoes.iter().find(|veto| veto.key.to_string() == item);
            let veto = veto.ok_or_else(Error::not_found)?;
            act.detail("item", &item);
            if !checks_vetoes(competition.state, application.state) {
                return Err(Error::conflict(
                    "not_up_for_check",
                    "该申报现不需否决核查",
                    "The application is not up for veto checks",
                ));
            }
            let stored = checks::vetoes(conn, &[id])?.into_iter().find(|row| row.item == item);
            let now_at = stored.as_ref().map_or(0, |row| row.revision);
            must_be_current(now_at, revision)?;
            let from = stored.as_ref().map_or(VetoState::NotChecked, |row| row.state);
            let needs = from.step_to(put.state).map_err(|_| {
                Error::conflict(
                    "no_such_step",
                    "查证结论不能这样更改，请刷新页面查看现在的结论",
                    "What was found can't be changed in this way; look at what stands now",
                )
            })?;
            need_text("/note", &put.note, 1, 2_000)?;
            match put.evidence_id {
                Some(document) => must_be_a_reply(conn, id, document)?,
                None if needs.0 => {
                    return Err(Error::invalid_field(
                        "/evidence_id",
                        "required",
                        "须附复函",
                        "The reply document is obligatory",
                    ));
                }
                None => {}
            }
            let row = VetoCheck {
                application_id: id,
                item: item.clone(),
                state: put.state,
                note: put.note.clone(),
                document: put.evidence_id.or(stored.and_then(|row| row.document)),
                revision: revision + 1,
                changed_by: act.account()?,
                changed_at: act.now,
            };
            checks::put_veto(conn, &row)?;
            act.detail("from", &from);
            act.detail("to", &put.state);
            act.detail("document", &row.document);
            Ok(VetoView {
                title: veto.name.clone(),
                state: row.state,
                note: row.note,
                evidence_id: row.document,
                revision: row.revision,
            })
        })
        .await
}

fn must_be_a_reply(conn: &mut Conn, id: ApplicationId, document: EvidenceId) -> Result<()> {
    let row = db::evidence::by_id(conn, document)?;
    if let Some(row) = row.filter(|row| row.application_id == id && row.office_only)
        && db::scans::harmful(conn, vec![row.digest])?.is_empty()
    {
        return Ok(());
    }
    Err(Error::invalid_field(
        "/evidence_id",
        "unknown_document",
        "不是就该申报上传的复函",
        "Not a reply that was uploaded for this application",
    ))
}
