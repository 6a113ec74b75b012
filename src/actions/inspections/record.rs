//! Planning an inspection, recording what was verified, and signing it.

use std::sync::Arc;

use super::planning::{check_beside, unplanned};
use super::{InspectionView, chain_of, claims, enter_inspection, must_be_team, must_stand_at, store, view};
use crate::actions::applications::named;
use crate::actions::documents;
use crate::actions::rules::Rules;
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::competitions::Competition;
use crate::db::inspections::Inspection;
use crate::db::{self, Conn};
use crate::domain::access::{Action, roles};
use crate::domain::application::Figure;
use crate::domain::ids::ApplicationId;
use crate::domain::inspection::{
    INSPECTION_FORMAT, InspectionPlan, InspectionRecord, InspectionState, Signatures, SignedInspection,
    Stance, TeamSignature, check_plan, check_record,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{DocumentKind, canonical, digest_of};
use crate::domain::values::count;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Plans an inspection, or changes its plan while nobody has signed.
///
/// # Errors
/// If the caller is not the office, the stage is another, somebody has signed, the plan has changed meanwhile, a member's
/// account is neither an expert's nor the office's, or a field is wrong.
pub async fn put_plan(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    plan: InspectionPlan,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::PlanInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::PlanInspection)?;
            must_be_current(scene.row.as_ref().map_or(0, |row| row.revision), revision)?;
            if let Some(row) = &scene.row {
                must_stand_at(row, &[InspectionState::Open])?;
            }
            let mut problems = check_plan(&plan, &scene.rules.settings);
            for (index, member) in plan.team.iter().enumerate() {
                let account = db::accounts::person(conn, member.account)?;
                let fits = account.is_some_and(|account| {
                    account.enabled && roles(Action::RecordInspection).contains(&account.role)
                });
                if !fits {
                    problems.push(FieldProblem::new(
                        format!("/team/{index}/account"),
                        "no_such_account",
                        "应为专家、考察人员或领导小组办公室的账号",
                        "Must be an account of an expert, an inspector or the office",
                    ));
                }
            }
            let beside = (scene.competition.id, id);
            problems.extend(check_beside(conn, act, &scene.rules, beside, &plan)?);
            must_be_valid(problems)?;
            let mut row = scene.row.unwrap_or_else(|| unplanned(id, scene.competition.id, act.now));
            let before = digest_of(&row.plan);
            row.plan = canonical(&plan);
            act.changed(Some(before), Some(digest_of(&row.plan)));
            store(conn, act, &mut row)?;
            view(conn, act.context, &scene.application, &scene.rules, Some(row))
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
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    mut record: InspectionRecord,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::RecordInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::RecordInspection)?;
            let (application, _, rules, mut row) = scene.planned()?;
            must_be_team(act.context, &parse(&row.plan)?)?;
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
                        photos.iter().any(|row| row.id == *photo && row.kind == crate::domain::photo::PHOTO);
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
            view(conn, act.context, &application, &rules, Some(row))
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
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::RecordInspection, move |conn, act| {
            let scene = enter_inspection(conn, act, &cache, id, Action::RecordInspection)?;
            let (application, competition, rules, mut row) = scene.planned()?;
            must_be_team(act.context, &parse(&row.plan)?)?;
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
                    "You sign the record of {name}: after the first signature its {} can't be changed",
                    count(record.items.len(), "item", "items")
                ),
            ));
            let signature = TeamSignature { account, record: digest_of(&row.record), at: act.now };
            act.changed(None, Some(signature.record));
            signatures.team.push(signature);
            row.state = InspectionState::Signing;
            settle(conn, act, &competition, &rules, &mut row, signatures, claimed)?;
            view(conn, act.context, &application, &rules, Some(row))
        })
        .await
}

/// Stores signatures, and makes the record final once they are all there.
pub(super) fn settle(
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
    let party = signatures.party.as_ref().map(|party| party.stance);
    if let (true, Some(stance)) = (all_signed, party) {
        row.state = InspectionState::Final;
        row.version += 1;
        let days = rules.settings.review.comment_days;
        // A party that has signed that it agrees has nothing more to say: nobody waits for it.
        row.comment_until = if stance == Stance::Agrees {
            None
        } else {
            Some(rules.end_of_working_days(act.now.date(), days, FirstDay::NotCounted)?)
        };
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
