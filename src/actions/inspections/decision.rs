//! What is decided of an inspection: by the office, by the inspected party, by consent to a value above the claimed one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Because, DecideInspection, InspectionView, Say, chain_of, claims, enter_inspection, must_be_team,
    must_stand_at, settle, store, view,
};
use crate::actions::applications::named;
use crate::actions::documents;
use crate::actions::{RequestContext, Service, need_reason, need_text, parse};
use crate::domain::access::Action;
use crate::domain::ids::ApplicationId;
use crate::domain::inspection::{
    InspectionRecord, InspectionState, PartyDecision, Signatures, Stance, raised,
};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{DocumentKind, canonical};
use crate::domain::text::check_text;
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Records what the inspected party says of the record: by the lead region itself, or, where it refused to sign, by the
/// team.
///
/// # Errors
/// If the caller is neither, nobody of the team has signed yet, it has been decided, the record has changed meanwhile,
/// or a statement is missing.
pub async fn decide(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    action: Action,
    decide: DecideInspection,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, action, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, action)?;
            let (application, competition, rules, mut row) = scene.planned()?;
            let by_team = action == Action::RecordInspection;
            if by_team {
                must_be_team(act.context, &parse(&row.plan)?)?;
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
            check_text(&mut problems, "/statement", &decide.statement, least, lengths::STATEMENT);
            check_text(&mut problems, "/signatory", &decide.signatory, 1, lengths::NAME);
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
            view(conn, act.context, &application, &rules, Some(row))
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
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    because: Because,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::PlanInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::PlanInspection)?;
            let (application, _, rules, mut row) = scene.planned()?;
            must_stand_at(&row, &[InspectionState::Signing, InspectionState::Final])?;
            must_be_current(row.revision, revision)?;
            need_reason(&because.reason)?;
            let signatures: Signatures = parse(&row.signatures)?;
            let signed = signatures.team.len() + usize::from(signatures.party.is_some());
            let name = named(conn, &rules, &application)?;
            act.follows(FieldProblem::new(
                "",
                "signatures_void",
                format!("{name}的考察记录重新打开，已有的{signed}个签字全部作废，核定值待重新签字后才有效"),
                format!("The inspection of {name} is opened again: its {} void, and its values hold only once it is signed anew", count(signed, "signature is", "signatures are")),
            ));
            row.state = InspectionState::Open;
            row.signatures = canonical(&Signatures::default());
            row.comment_until = None;
            act.detail("reason", &because.reason);
            store(conn, act, &mut row)?;
            view(conn, act.context, &application, &rules, Some(row))
        })
        .await
}

/// Consents to a verified value above the claim (核增).
///
/// # Errors
/// If the caller is not the office, the record is not signed, the value is not above the claim, or the reason is missing.
pub async fn consent(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    indicator: String,
    because: Because,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::PlanInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::PlanInspection)?;
            let (application, competition, rules, row) = scene.planned()?;
            must_stand_at(&row, &[InspectionState::Final])?;
            need_reason(&because.reason)?;
            let claimed = claims(conn, id)?;
            let record: InspectionRecord = parse(&row.record)?;
            let raised = raised(&record, &claimed, &rules.tally.rubric, chain_of(&application));
            if !raised.contains(&indicator) {
                return Err(Error::conflict(
                    "not_raised",
                    "该指标的核定值未高于申报值",
                    "The verified value is not above the claimed value",
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
            view(conn, act.context, &application, &rules, Some(row))
        })
        .await
}

/// The office's consent to a raised value, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Increase {
    /// The signed version of the inspection that it is about.
    pub(crate) version: i32,
    pub(crate) reason: String,
}

/// Comments on the verified values, as the applicant.
///
/// # Errors
/// If the caller is not of the lead region, nothing is verified, or the time for comments is over.
pub async fn comment(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    say: Say,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::AnswerInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::AnswerInspection)?;
            let (application, competition, rules, row) = scene.planned()?;
            must_stand_at(&row, &[InspectionState::Final])?;
            let Some(until) = row.comment_until else {
                return Err(Error::conflict(
                    "agreed",
                    "已签署对考察记录无异议，不再提出意见",
                    "It is signed that you agree with the record: the time for comments has ended with that",
                ));
            };
            if act.context.received_at > until {
                return Err(Error::conflict(
                    "deadline_passed",
                    "对核定值提出意见的期限已过",
                    "The time for comments on verified values is over",
                ));
            }
            need_text("/text", &say.text, 1, 5_000)?;
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
            view(conn, act.context, &application, &rules, Some(row))
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
