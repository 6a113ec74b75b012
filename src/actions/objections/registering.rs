//! Objections that come by letter, telephone or visit: registered by the office, with scans.

use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

use super::files::{has_room, keep_file};
use super::filing::{Code, readable, that_may_be_objected_to};
use super::views::name_on;
use super::{MOST_BYTES, ObjectionFileView, ObjectionReceiptView};
use crate::actions::rules::visible_competition;
use crate::actions::{RequestContext, Service, answers};
use crate::db::objections::{self, Objection};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{ApplicationId, CompetitionId, ObjectionFileId, ObjectionId};
use crate::domain::notice::Notice;
use crate::domain::objection::{
    ObjectionChannel, ObjectionContent, ObjectionState, Objector, check_objection,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{canonical, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_valid};
use crate::files::{FileDigest, Incoming, StoredFile, clean_name};

/// An objection that came otherwise than by the page of the notice.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RegisterObjection {
    /// The application objected to: one on notice.
    pub application_id: ApplicationId,
    /// What is objected, as it was written or said.
    pub content: ObjectionContent,
    /// Who objects.
    pub objector: Objector,
    /// How it came.
    pub channel: ObjectionChannel,
    /// The day on which it came, within the period of the notice: what it is due by counts from this day.
    pub received_on: NaiveDate,
}

/// Registers an objection by name that came by letter, telephone or visit.
///
/// # Errors
/// If the caller is not the office, the application is not on notice, it came outside the period, or a field is wrong.
pub async fn register(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    registered: RegisterObjection,
) -> Result<ObjectionReceiptView> {
    let cache = service.cache.clone();
    let objection_id = ObjectionId(service.clock.new_id());
    let code = readable(&service.clock.secret::<10>());
    let sealed = Code::of(&service.keys, &code).sealed();
    service
        .write(context, Action::DecideObjection, move |conn, act| {
            act.context.may(Action::DecideObjection, Relation::General)?;
            act.enter(conn, id)?;
            act.on("objection", objection_id);
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let notice = that_may_be_objected_to(conn, &competition, registered.application_id)?;
            must_be_valid(check(&registered, &notice, act.now.date()))?;
            let day = registered.received_on;
            let days = rules.settings.review.objection_days;
            let row = Objection {
                id: objection_id,
                competition_id: id,
                application_id: registered.application_id,
                number: format!("YY-{:05}", db::accounts::next_number(conn, "objection")?),
                code_digest: sealed,
                anonymous: false,
                state: ObjectionState::Received,
                content: canonical(&registered.content),
                identity: Some(canonical(&registered.objector)),
                steps: "[]".to_owned(),
                due: Some(rules.end_of_working_days(day, days, FirstDay::NotCounted)?),
                revision: 1,
                received_at: Timestamp::end_of(day).min(act.now),
                changed_at: act.now,
                reached_at: None,
                channel: Some(registered.channel),
            };
            objections::insert(conn, &row)?;
            act.detail("number", &row.number);
            act.detail("application", &row.application_id);
            act.detail("state", &row.state);
            act.detail("channel", &registered.channel);
            act.detail("received_on", &day);
            act.changed(None, Some(digest_of(&row.content)));
            Ok(ObjectionReceiptView {
                number: row.number,
                notice_title: notice.title.clone(),
                name: name_on(&notice, registered.application_id),
                code: code.clone(),
                received_at: row.received_at,
                state: row.state,
                due_at: row.due,
                mailed: false,
            })
        })
        .await
}

fn check(registered: &RegisterObjection, notice: &Notice, today: NaiveDate) -> Vec<FieldProblem> {
    let found = check_objection(&registered.content, Some(&registered.objector)).into_iter();
    let mut problems: Vec<FieldProblem> = found
        .map(|problem| if problem.pointer == "/text" { problem.under("/content") } else { problem })
        .collect();
    if registered.received_on > today {
        problems.push(FieldProblem::new(
            "/received_on",
            "in_future",
            "收到日期不能晚于今天",
            "It can't have come after today",
        ));
    } else if registered.received_on < notice.from || registered.received_on > notice.deadline.date() {
        problems.push(FieldProblem::new(
            "/received_on",
            "outside_the_period",
            format!("应在公示期内：{}至{}", notice.from, notice.deadline.date()),
            format!(
                "It must have come while the list is on notice: {} to {}",
                notice.from,
                notice.deadline.date()
            ),
        ));
    }
    problems
}

/// An objection by name that the office may add files to.
fn registrable(conn: &mut Conn, context: &RequestContext, id: ObjectionId) -> Result<Objection> {
    context.may(Action::DecideObjection, Relation::General)?;
    let row = objections::by_id(conn, id)?.filter(|row| !row.anonymous).ok_or_else(Error::not_found)?;
    has_room(conn, row)
}

/// Begins the upload of a scan by the office.
///
/// # Errors
/// If the caller is not the office, there is no such objection, it is decided, or it has as many files as it may.
pub async fn begin_scan(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
    announced: Option<u64>,
) -> Result<Incoming> {
    service
        .read(context, Action::DecideObjection, format!("objection/{id}"), move |conn, context| {
            registrable(conn, context, id)
        })
        .await?;
    Ok(service.files.receive_announced(MOST_BYTES, announced).await?)
}

/// Ends the upload of a scan by the office.
///
/// # Errors
/// If the bytes are not those announced, the file is of no type that is taken, or there is no more room for it.
pub async fn finish_scan(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
    name: &str,
    (digest, incoming): (Option<FileDigest>, Incoming),
) -> Result<ObjectionFileView> {
    let name = clean_name(name);
    let received = incoming.finish(digest).await?;
    let context = &answers::for_file(context, received.digest());
    if let Some(view) = answers::earlier(service, context).await? {
        return Ok(view);
    }
    let stored: StoredFile = service.files.keep(received, &name).await?;
    let (file, scanning) = (ObjectionFileId(service.clock.new_id()), Arc::clone(&service.scanning));
    let view = service
        .write(context, Action::DecideObjection, move |conn, act| {
            act.context.may(Action::DecideObjection, Relation::General)?;
            let competition = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?.competition_id;
            act.enter(conn, competition)?;
            act.on("objection", id);
            let row = registrable(conn, act.context, id)?;
            keep_file(conn, act, &scanning, (file, row.id), &stored, &name)
        })
        .await?;
    service.scanning.came();
    Ok(view)
}
