//! Selection (遴选): the leading group's deliberations. The latest holds; earlier ones stay.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::closing::{enter_closed, latest_tally, ranked};
use super::documents;
use super::ranked::Ranked;
use super::rules::visible_competition;
use super::{RequestContext, Service, parse};
use crate::db::documents::Document;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::announcement::TitleState;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::selection::{
    CarriedDecision, Decided, Departure, FreeSeats, Meeting, SELECTION_FORMAT, Selected, Selection, Standing,
    Turn, check_meeting, free_seats, select, standing, undecided,
};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_valid};

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RecordDeliberation")]
pub struct Deliberate {
    pub meeting: Meeting,
    /// Departures from the ranking; empty if it was adopted as it is.
    #[serde(default)]
    pub departures: Vec<Departure>,
    /// What is done with each departure that stands from earlier (`carried` of the latest deliberation).
    #[serde(default)]
    pub carried: Vec<CarriedDecision>,
}

/// A deliberation and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SelectionView {
    /// The digest of the document.
    pub digest: Digest,
    pub recorded_by: AccountId,
    pub recorded_at: Timestamp,
    pub selection: Selection,
    /// Seats that departures left free, with who is next.
    pub free_seats: Vec<FreeSeats>,
    /// Departures that stand after it, in the order of the ranking: the next deliberation keeps or lifts each.
    pub carried: Vec<Standing>,
}

/// The deliberations of a competition with what else moved departures, in the order of time.
struct History {
    deliberations: Vec<(Document, Selection)>,
    /// Titles that are revoked now: when, whose, and why.
    revocations: Vec<(Timestamp, ApplicationId, String)>,
}

impl History {
    fn read(conn: &mut Conn, id: CompetitionId) -> Result<Self> {
        let mut deliberations = Vec::new();
        for document in db::documents::versions(conn, id, DocumentKind::Selection, "")? {
            let selection = parse(&document.content)?;
            deliberations.push((document, selection));
        }
        let mut revocations = Vec::new();
        for title in db::titles::of_competition(conn, id)? {
            if title.state == TitleState::Revoked {
                let why = "称号已撤销".to_owned();
                revocations.push((title.changed_at, title.application_id, why));
            }
        }
        Ok(Self { deliberations, revocations })
    }

    /// The departures that stood at the deliberation at this place; after the last, those that stand now.
    fn standing_at(&self, place: usize) -> BTreeMap<ApplicationId, Standing> {
        let until = self.deliberations.get(place).map(|(document, _)| document.signed_at);
        let earlier = self.deliberations.iter().take(place);
        let earlier =
            earlier.map(|(document, selection)| (document.signed_at, Turn::Deliberation(selection)));
        let revoked = self.revocations.iter().filter(|(at, ..)| until.is_none_or(|until| *at < until));
        let revoked = revoked.map(|(at, id, why)| (*at, Turn::Revocation(*id, why.as_str())));
        let mut turns: Vec<_> = earlier.chain(revoked).collect();
        turns.sort_by_key(|(at, _)| *at);
        standing(turns.into_iter().map(|(_, turn)| turn))
    }

    fn view(&self, place: usize, ranked: &Ranked) -> SelectionView {
        let (document, selection) = &self.deliberations[place];
        let mut carried: Vec<Standing> = self.standing_at(place + 1).into_values().collect();
        let order = |standing: &Standing| {
            let mut entries = selection.entries.iter();
            entries.position(|entry| entry.application == standing.departure.application)
        };
        carried.sort_by_key(order);
        SelectionView {
            digest: document.digest,
            recorded_by: document.signed_by,
            recorded_at: document.signed_at,
            selection: selection.clone(),
            free_seats: free_seats(&ranked.tally, &ranked.placings, &selection.entries),
            carried,
        }
    }
}

/// Refuses to go on by a deliberation that is silent about a departure which stood before it.
///
/// # Errors
/// If there is one.
pub(crate) fn must_be_decided(conn: &mut Conn, id: CompetitionId) -> Result<()> {
    let history = History::read(conn, id)?;
    let Some(last) = history.deliberations.len().checked_sub(1) else { return Ok(()) };
    if undecided(&history.standing_at(last), &history.deliberations[last].1).is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        "departure_undecided",
        "此前审议中有放弃、退出、取消资格或者其他调整，现行审议没有逐件维持或取消，须重新审议",
        "The latest deliberation neither keeps nor lifts a departure of an earlier one; deliberate again",
    ))
}

/// What is wrong where a departure that stands is neither kept nor lifted, nor replaced.
fn not_decided(
    ranked: &Ranked,
    before: &BTreeMap<ApplicationId, Standing>,
    selection: &Selection,
) -> Vec<FieldProblem> {
    let problem = |id: ApplicationId| {
        let at = ranked.tally.application(&id.to_string());
        let title = at.map(|at| ranked.tally.applications[at].title.to_string()).unwrap_or_default();
        FieldProblem::new(
            "/carried",
            "departure_undecided",
            format!("“{title}”此前已作调整，请写明维持还是取消"),
            format!("A departure stands for “{title}”: say whether it is kept or lifted"),
        )
    };
    undecided(before, selection).into_iter().map(problem).collect()
}

/// Records a deliberation on the latest ranking: adopted, or departed from for named applications with reasons.
///
/// # Errors
/// If the caller is not the office, the stage is another, the tally is not confirmed or waits for a ruling, there was no
/// quorum, the meeting lies in the future, or a departure is not allowed.
pub async fn deliberate(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    deliberate: Deliberate,
) -> Result<SelectionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Deliberate, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice, CompetitionState::Announced];
            let (_, rules) = enter_closed(conn, act, &cache, id, Action::Deliberate, &states)?;
            let tally = latest_tally(conn, id)?;
            if tally.confirmed_by.is_none() {
                return Err(Error::conflict(
                    "not_confirmed",
                    "评分汇总尚未由第二人复核",
                    "The tally is not confirmed by a second person",
                ));
            }
            let ranked = ranked(conn, &cache, id, tally.number)?;
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
            let history = History::read(conn, id)?;
            let before = history.standing_at(history.deliberations.len());
            let decided = Decided { departures: &deliberate.departures, carried: &deliberate.carried };
            let selected = match select(&ranked.placings, &before, &decided, &awards) {
                Ok(selected) => selected,
                Err(wrong) => {
                    problems.extend(wrong);
                    Selected { entries: Vec::new(), lifted: Vec::new() }
                }
            };
            let number = documents::next_number(conn, id, DocumentKind::Selection, "")?;
            let selection = Selection {
                format: SELECTION_FORMAT.to_owned(),
                competition: id,
                number,
                tally: tally.number,
                tally_digest: tally.digest,
                meeting: deliberate.meeting.clone(),
                entries: selected.entries,
                lifted: selected.lifted,
            };
            problems.extend(not_decided(&ranked, &before, &selection));
            must_be_valid(problems)?;
            let kept = documents::keep(conn, act, id, (DocumentKind::Selection, "", number), &selection, "")?;
            act.detail("departures", &deliberate.departures);
            act.detail("carried", &deliberate.carried);
            let mut history = history;
            history.deliberations.push((kept, selection));
            Ok(history.view(history.deliberations.len() - 1, &ranked))
        })
        .await
}

/// The deliberations of a competition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<SelectionView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let history = History::read(conn, id)?;
            let mut views = Vec::with_capacity(history.deliberations.len());
            for (place, (_, selection)) in history.deliberations.iter().enumerate() {
                let ranked = ranked(conn, &cache, id, selection.tally)?;
                views.push(history.view(place, &ranked));
            }
            Ok(views)
        })
        .await
}
