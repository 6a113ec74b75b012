//! Signing a sheet, and correcting a signed one.

use std::sync::Arc;

use super::views::{CorrectSheet, SheetReceiptView};
use super::{Entered, enter_own, must_be_scoring, no_longer_open, subject};
use crate::actions::rules::Rules;
use crate::actions::{Act, RequestContext, Service, documents, parse};
use crate::db::competitions::Competition;
use crate::db::sheets::{self, Sheet};
use crate::db::{Conn, applications, experts};
use crate::domain::access::Action;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, ExpertId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{DocumentKind, canonical};
use crate::domain::sheet::{
    PaperEntry, SHEET_FORMAT, SheetContent, SheetCorrection, SheetState, SignedSheet, check_sheet,
};
use crate::domain::text::check_text;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// What a signed version is made of besides its content.
pub(super) struct Signing<'a> {
    pub(super) expert: ExpertId,
    pub(super) correction: Option<SheetCorrection>,
    pub(super) paper: Option<PaperEntry>,
    pub(super) reason: &'a str,
}

/// Keeps the next signed version of a sheet and makes it the one that holds.
pub(super) fn sign_version(
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
    let found = applications::by_id(conn, application)?
        .ok_or_else(|| Error::internal("the application of a sheet is gone"))?;
    let mut titles = crate::actions::applications::titles(conn, &[application])?;
    Ok(SheetReceiptView {
        competition_id: competition.id,
        competition_title: rules.settings.title.clone(),
        application_number: found.number,
        application_title: titles.remove(&application).unwrap_or_default(),
        lead_region: rules.catalogue.named_region(&found.lead_region),
        expert_name: experts::by_id(conn, signing.expert)?.map(|expert| expert.name).unwrap_or_default(),
        unsigned: judged.len().saturating_sub(done),
        due_at: rules.settings.calendar.review.until,
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
            check_text(&mut problems, "/explanation", &correct.explanation, 1, lengths::REASON);
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
