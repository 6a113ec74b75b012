//! Selection (遴选): the leading group's deliberations. The latest holds; earlier ones stay.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::closing::{enter_closed, latest_tally, ranked};
use super::documents;
use super::rules::visible_edition;
use super::{Service, Visit, parse};
use crate::db;
use crate::db::documents::Document;
use crate::domain::access::{Action, Relation};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::selection::{Departure, Meeting, SELECTION_FORMAT, Selection, check_meeting, select};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_valid};

/// A deliberation.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Deliberate {
    /// The meeting.
    pub meeting: Meeting,
    /// Departures from the ranking; empty if it was adopted as it is.
    #[serde(default)]
    pub departures: Vec<Departure>,
}

/// A deliberation and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SelectionView {
    /// The digest of the document.
    pub digest: Digest,
    /// Who recorded it.
    pub recorded_by: AccountId,
    /// When.
    pub recorded_at: Timestamp,
    /// The document.
    pub selection: Selection,
}

fn view(document: &Document) -> Result<SelectionView> {
    Ok(SelectionView {
        digest: document.digest,
        recorded_by: document.signed_by,
        recorded_at: document.signed_at,
        selection: parse(&document.content)?,
    })
}

/// Records a deliberation on the latest ranking: adopted, or departed from for named applications with reasons.
///
/// # Errors
/// If the caller is not the office, the stage is another, the tally is not confirmed or waits for a ruling, there was no
/// quorum, the meeting lies in the future, or a departure is not allowed.
pub async fn deliberate(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    deliberate: Deliberate,
) -> Result<SelectionView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::Deliberate, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice, CompetitionState::Announced];
            let (_, rules) = enter_closed(conn, act, &shelf, id, Action::Deliberate, &states)?;
            let tally = latest_tally(conn, id)?;
            if tally.confirmed_by.is_none() {
                return Err(Error::conflict(
                    "not_confirmed",
                    "评分汇总尚未由第二人复核",
                    "The tally is not confirmed by a second person",
                ));
            }
            let ranked = ranked(conn, &shelf, id, tally.number)?;
            if !ranked.complete {
                return Err(Error::conflict(
                    "needs_ruling",
                    "有并列的申报待裁定，请先形成裁定",
                    "Equals wait for a ruling; rule first",
                ));
            }
            let mut problems = check_meeting(&deliberate.meeting, &rules.settings.review);
            if deliberate.meeting.date > act.now.date() {
                problems.push(FieldProblem::new(
                    "/meeting/date",
                    "in_the_future",
                    "会议日期不得在将来",
                    "The meeting lies in the future",
                ));
            }
            let awards: Vec<String> =
                ranked.tally.rules.awards.iter().map(|award| award.key.to_string()).collect();
            let entries = match select(&ranked.placings, &deliberate.departures, &awards) {
                Ok(entries) => entries,
                Err(wrong) => {
                    problems.extend(wrong);
                    Vec::new()
                }
            };
            must_be_valid(problems)?;
            let number = documents::next_number(conn, id, DocumentKind::Selection, "")?;
            let selection = Selection {
                format: SELECTION_FORMAT.to_owned(),
                competition: id,
                number,
                tally: tally.number,
                tally_digest: tally.digest,
                meeting: deliberate.meeting.clone(),
                entries,
            };
            let kept = documents::keep(conn, act, id, (DocumentKind::Selection, "", number), &selection, "")?;
            act.detail("departures", &deliberate.departures);
            view(&kept)
        })
        .await
}

/// The deliberations of an edition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(service: &Service, visit: &Arc<Visit>, id: CompetitionId) -> Result<Vec<SelectionView>> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRanking, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRanking, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            let kept = db::documents::versions(conn, id, DocumentKind::Selection, "")?;
            kept.iter().map(view).collect()
        })
        .await
}
