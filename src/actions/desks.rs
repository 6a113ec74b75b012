//! What pages begin with: what holds in an edition, and what is due for a region that takes part.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::applications::{ApplicationEntry, entries, until};
use super::rules::{Rules, visible_edition};
use super::{Page, Service, Visit, parse};
use crate::db::applications::{self, Application, Filter, MemberRow};
use crate::db::competitions::Competition;
use crate::db::inspections::Inspection;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::application::ConsentState;
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::inspection::{InspectionState, RectificationState, Signatures};
use crate::domain::objection::{ObjectionState, ObjectionStep};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The most applications on a desk, the newest; there are as many as a region has chains and editions.
const MOST: i64 = 200;

/// Where an edition stands and what holds in it.
///
/// # Errors
/// If there is none that the caller may see.
pub(crate) async fn rules(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
) -> Result<(CompetitionState, Arc<Rules>)> {
    let (visit, shelf) = (Arc::clone(visit), service.shelf.clone());
    service
        .read("competition.rules", move |conn| {
            let (competition, rules) = visible_edition(conn, &shelf, &visit, id)?;
            Ok((competition.state, rules))
        })
        .await
}

/// An edition on a desk.
#[derive(Clone)]
pub(crate) struct DeskEdition {
    pub(crate) id: CompetitionId,
    /// Where it stands.
    pub(crate) state: CompetitionState,
    /// What holds in it.
    pub(crate) rules: Arc<Rules>,
}

/// Editions that have been called, newest first.
///
/// # Errors
/// If the database fails.
pub(crate) async fn editions(service: &Service) -> Result<Vec<DeskEdition>> {
    let shelf = service.shelf.clone();
    service.read("competition.list", move |conn| called(conn, &shelf)).await
}

fn called(conn: &mut Conn, shelf: &super::rules::Shelf) -> Result<Vec<DeskEdition>> {
    let rows = db::competitions::list(conn, None, MOST, false)?;
    let ids: Vec<CompetitionId> = rows.iter().map(|(competition, _)| competition.id).collect();
    let digests = super::rules::Digests::of(conn, &ids)?;
    let on_desk = |(competition, _): (Competition, _)| {
        Ok(DeskEdition {
            rules: shelf.rules_by(conn, &digests, competition.id, competition.version)?,
            id: competition.id,
            state: competition.state,
        })
    };
    rows.into_iter().map(on_desk).collect()
}

/// An application on the desk of a region that takes part in it.
pub(crate) struct DeskApplication {
    pub(crate) entry: ApplicationEntry,
    /// The state of its edition.
    pub(crate) edition: CompetitionState,
    /// Whether the region leads it.
    pub(crate) lead: bool,
    /// What the region itself has decided.
    pub(crate) consent: ConsentState,
    /// Until when it may be changed and submitted; none if it may not.
    pub(crate) until: Option<Timestamp>,
    /// The record of its inspection waits for the party's signature.
    pub(crate) sign_inspection: bool,
    /// Until when the region may comment on the verified values.
    pub(crate) comment_until: Option<Timestamp>,
    /// What is to be put right, and by when.
    pub(crate) rectify_until: Option<Timestamp>,
    /// Objections that it has been asked about and has not answered.
    pub(crate) questions: usize,
}

/// What is due for a region that files applications, and the editions in which it may begin one.
pub(crate) struct ApplicantDesk {
    /// Applications, newest first.
    pub(crate) applications: Vec<DeskApplication>,
    /// Editions that have been called.
    pub(crate) editions: Vec<DeskEdition>,
}

/// What is due for the caller's region.
///
/// # Errors
/// If the caller files no applications.
pub(crate) async fn of_applicant(service: &Service, visit: &Arc<Visit>) -> Result<ApplicantDesk> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::CreateApplication, "application".to_owned(), move |conn, visit| {
            visit.may(Action::CreateApplication, Relation::General)?;
            let region = visit.caller()?.region.clone().ok_or_else(Error::not_found)?;
            let filter = Filter { taking_part: Some(region.clone()), ..Filter::default() };
            let rows = applications::list(conn, &filter, MOST)?;
            let editions = called(conn, &shelf)?;
            let found = Found::read(conn, &rows, &editions)?;
            let entries = entries(conn, Page { items: rows, next_cursor: None })?.items;
            let due = |entry| found.due(entry, &region, &editions);
            Ok(ApplicantDesk { applications: entries.into_iter().map(due).collect(), editions })
        })
        .await
}

/// What is known about the applications on a desk, by one statement for each kind of thing.
struct Found {
    members: Vec<MemberRow>,
    corrections: BTreeMap<ApplicationId, Option<Timestamp>>,
    inspections: BTreeMap<ApplicationId, Inspection>,
    rectifications: BTreeMap<ApplicationId, Timestamp>,
    questions: BTreeMap<ApplicationId, usize>,
}

impl Found {
    fn read(conn: &mut Conn, rows: &[Application], editions: &[DeskEdition]) -> Result<Self> {
        let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
        let checks = db::checks::formal(conn, &ids)?.into_iter();
        let mut found = Self {
            members: applications::members_of(conn, &ids)?,
            corrections: checks.map(|check| (check.application_id, check.correction_until)).collect(),
            inspections: BTreeMap::new(),
            rectifications: BTreeMap::new(),
            questions: BTreeMap::new(),
        };
        let running = editions.iter().filter(|edition| {
            edition.state >= CompetitionState::Scoring
                && edition.state < CompetitionState::Announced
                && rows.iter().any(|row| row.competition_id == edition.id)
        });
        for edition in running {
            found.read_running(conn, edition.id)?;
        }
        Ok(found)
    }

    fn read_running(&mut self, conn: &mut Conn, edition: CompetitionId) -> Result<()> {
        for row in db::inspections::of_competition(conn, edition)? {
            self.inspections.insert(row.application_id, row);
        }
        for row in db::inspections::rectifications_of(conn, edition)? {
            if row.state == RectificationState::Open {
                let first = self.rectifications.entry(row.application_id).or_insert(row.due);
                *first = row.due.min(*first);
            }
        }
        for row in db::objections::of_competition(conn, edition)? {
            let steps: Vec<ObjectionStep> = parse(&row.steps)?;
            let asked = row.state == ObjectionState::Investigating;
            if asked && steps.last().is_some_and(|step| !step.statement) {
                *self.questions.entry(row.application_id).or_default() += 1;
            }
        }
        Ok(())
    }

    fn due(&self, entry: ApplicationEntry, region: &RegionCode, editions: &[DeskEdition]) -> DeskApplication {
        let id = entry.id;
        let edition = editions.iter().find(|edition| edition.id == entry.competition_id);
        let mut members = self.members.iter().filter(|member| member.application_id == id);
        let inspection = self.inspections.get(&id);
        let signing = inspection.is_some_and(|row| row.state == InspectionState::Signing);
        DeskApplication {
            edition: edition.map_or(CompetitionState::Announced, |edition| edition.state),
            lead: entry.lead_region == *region,
            consent: members
                .find(|member| member.region == *region)
                .map_or(ConsentState::Given, |member| member.consent),
            until: edition.and_then(|edition| self.until(&entry, edition)),
            sign_inspection: signing && inspection.is_some_and(|row| !is_signed_by_party(row)),
            comment_until: inspection.and_then(|row| row.comment_until),
            rectify_until: self.rectifications.get(&id).copied(),
            questions: self.questions.get(&id).copied().unwrap_or_default(),
            entry,
        }
    }

    fn until(&self, entry: &ApplicationEntry, edition: &DeskEdition) -> Option<Timestamp> {
        let correction = self.corrections.get(&entry.id).copied().flatten();
        until(entry.state, edition.state, &edition.rules.settings.calendar, || Ok(correction)).ok().flatten()
    }
}

fn is_signed_by_party(row: &Inspection) -> bool {
    parse::<Signatures>(&row.signatures).is_ok_and(|signatures| signatures.party.is_some())
}
