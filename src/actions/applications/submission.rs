//! Submitting and withdrawing an application, and what was submitted.

use std::sync::Arc;

use super::{
    ApplicationView, ReceiptView, SubmissionEntry, SubmissionView, Withdraw, enter, find, must_be_open,
    named, touch, view, whole,
};
use crate::actions::rules::Rules;
use crate::actions::{RequestContext, Service, need_text, parse};
use crate::db::applications::{self, Submission};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::Action;
use crate::domain::application::{ApplicationState, DecisionKind, Whole};
use crate::domain::difference::{Difference, differences};
use crate::domain::ids::ApplicationId;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, canonical_value, digest_of};
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_current};

/// Submits an application: freezes its content with a digest and gives a receipt. In time is what had wholly arrived
/// at the deadline.
///
/// # Errors
/// If the caller is not of the lead region, the application is not complete (what is missing is listed), can't be
/// submitted now, or has changed since the caller read it.
pub async fn submit(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
) -> Result<ReceiptView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::SubmitApplication, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &cache, id, Action::SubmitApplication)?;
            if matches!(application.state, ApplicationState::Submitted) {
                return Err(Error::conflict(
                    "already_submitted",
                    format!("申报已提交，编号{}", application.number.as_deref().unwrap_or_default()),
                    format!("Submitted already, as {}", application.number.as_deref().unwrap_or_default()),
                ));
            }
            must_be_open(conn, act, &application, &competition, &rules)?;
            must_be_current(application.revision, revision)?;
            let (whole, harmful) = whole(conn, &application, &members, competition.version)?;
            let mut missing = whole.missing(&rules.settings, &rules.tally, &rules.catalogue);
            missing.extend(harmful);
            if !missing.is_empty() {
                return Err(incomplete(missing));
            }
            let number = match &application.number {
                Some(number) => number.clone(),
                None => new_number(conn, &competition, &rules)?,
            };
            if application.state == ApplicationState::Correction
                && changes_since_submission(conn, id, &whole)?.is_empty()
            {
                return Err(Error::conflict(
                    "correction_unchanged",
                    "补正的内容与上次提交的完全相同，未提交。补正只有一次，请先按审查意见修改或补充材料",
                    "Nothing differs from what was submitted last, so it was not submitted. There is one correction: change or add what was asked for first",
                ));
            }
            let before = applications::submissions(conn, id)?;
            let content = canonical(&whole);
            let submission = Submission {
                application_id: id,
                number: i32::try_from(before.len() + 1).unwrap_or(i32::MAX),
                digest: digest_of(&content),
                content,
                submitted_by: act.account()?,
                submitted_at: act.context.received_at,
            };
            applications::insert_submission(conn, &submission)?;
            // A correction goes back to the office, everything else to the city.
            application.state = if application.state == ApplicationState::Correction {
                ApplicationState::Recommended
            } else {
                ApplicationState::Submitted
            };
            application.number = Some(number.clone());
            application.changed_at = act.now;
            applications::update(conn, &application)?;
            applications::decide(
                conn,
                id,
                DecisionKind::Submitted.as_str(),
                "",
                submission.submitted_by,
                act.now,
            )?;
            act.changed(before.last().map(|earlier| earlier.digest), Some(submission.digest));
            act.detail("number", &number);
            act.detail("submission", &submission.number);
            Ok(ReceiptView {
                number,
                application_id: id,
                submission: submission.number,
                submitted_at: submission.submitted_at,
                digest: submission.digest,
                files: whole.evidence,
            })
        })
        .await
}

fn incomplete(missing: Vec<FieldProblem>) -> Error {
    Error::conflict(
        "incomplete",
        format!("还有{}项未完成，不能提交", missing.len()),
        format!("{} missing; it can't be submitted", count(missing.len(), "thing is", "things are")),
    )
    .with(missing)
}

/// The next application number of a competition: its year and a running number without gaps.
fn new_number(conn: &mut Conn, competition: &Competition, rules: &Rules) -> Result<String> {
    let year = rules.settings.year();
    let number = db::accounts::next_number(conn, &format!("application/{}", competition.id))?;
    // Two competitions of one year keep apart by which of the installation's they are.
    let ordinal = db::competitions::ordinal(conn, competition.id)?;
    Ok(format!("{year}-{ordinal:02}-{number:04}"))
}

/// Withdraws an application.
///
/// # Errors
/// If the caller is not of the lead region, or the application is decided already or has changed meanwhile.
pub async fn withdraw(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    withdraw: Withdraw,
) -> Result<ApplicationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::WithdrawApplication, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &cache, id, Action::WithdrawApplication)?;
            if !application.state.is_withdrawable() {
                return Err(Error::conflict(
                    "not_withdrawable",
                    "申报现不能撤回",
                    "The application can't be withdrawn now",
                ));
            }
            must_be_current(application.revision, revision)?;
            need_text("/reason", &withdraw.reason, 1, 500)?;
            let sealed = db::recommendations::list(conn, application.competition_id, &application.city)?
                .is_some_and(|list| list.sealed_at.is_some());
            let name = named(conn, &rules, &application)?;
            act.follows(FieldProblem::new(
                "",
                "withdrawn",
                format!("{name}将撤回，本届不再评审，不能恢复，也不能为同一产业链另行申报"),
                format!("{name} is withdrawn for this competition; it can't be restored"),
            ));
            if !sealed {
                // A sealed list is a document and keeps the name; an open one must not name who has left.
                db::recommendations::remove_entry(conn, id)?;
            }
            application.state = ApplicationState::Withdrawn;
            touch(conn, act, &mut application)?;
            let by = act.account()?;
            applications::decide(conn, id, DecisionKind::Withdrawn.as_str(), &withdraw.reason, by, act.now)?;
            act.detail("reason", &withdraw.reason);
            view(conn, application, members, &competition, &rules)
        })
        .await
}

/// Submissions of an application, oldest first.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn submissions(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<Vec<SubmissionEntry>> {
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            find(conn, context, id, Action::ReadApplication)?;
            let rows = applications::submissions(conn, id)?;
            Ok(rows
                .into_iter()
                .map(|row| SubmissionEntry {
                    number: row.number,
                    submitted_at: row.submitted_at,
                    digest: row.digest,
                })
                .collect())
        })
        .await
}

/// What an application as it stands changes of what was submitted last. That the rules have another version by now is no
/// change of it.
pub(crate) fn changes_since_submission(
    conn: &mut Conn,
    id: ApplicationId,
    whole: &Whole,
) -> Result<Vec<Difference>> {
    let Some(last) = applications::submissions(conn, id)?.pop() else { return Ok(Vec::new()) };
    let last = applications::submission(conn, id, last.number)?.ok_or_else(Error::not_found)?;
    let mut changes = differences(&parse(&last.content)?, &canonical_value(whole));
    changes.retain(|change| change.pointer != "/settings_version");
    Ok(changes)
}

/// A submission, with what it changed of the one before.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn submission(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    number: i32,
) -> Result<SubmissionView> {
    service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            find(conn, context, id, Action::ReadApplication)?;
            let row = applications::submission(conn, id, number)?.ok_or_else(Error::not_found)?;
            let changes = match applications::submission(conn, id, number - 1)? {
                Some(earlier) => {
                    let earlier = parse(&earlier.content)?;
                    differences(&earlier, &parse(&row.content)?)
                }
                None => Vec::new(),
            };
            Ok(SubmissionView {
                number: row.number,
                submitted_at: row.submitted_at,
                digest: row.digest,
                changes,
                content: parse(&row.content)?,
            })
        })
        .await
}
