//! What pages begin with: what holds in a competition, and what is due for a region that takes part.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::applications::{ApplicationEntry, entries, until};
use super::rules::{Rules, visible_competition};
use super::{Page, RequestContext, Service, parse};
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

/// The most applications on a desk, the newest; there are as many as a region has chains and competitions.
const MOST: i64 = 200;

/// Where a competition stands and what holds in it.
///
/// # Errors
/// If there is none that the caller may see.
pub(crate) async fn rules(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<(CompetitionState, Arc<Rules>)> {
    let (context, cache) = (Arc::clone(context), service.cache.clone());
    service
        .read_public("competition.rules", move |conn| {
            let (competition, rules) = visible_competition(conn, &cache, &context, id)?;
            Ok((competition.state, rules))
        })
        .await
}

#[derive(Clone)]
pub(crate) struct DeskCompetition {
    pub(crate) id: CompetitionId,
    pub(crate) state: CompetitionState,
    /// What holds in it.
    pub(crate) rules: Arc<Rules>,
}

/// Competitions that have been called, newest first.
///
/// # Errors
/// If the database fails.
pub(crate) async fn competitions(service: &Service) -> Result<Vec<DeskCompetition>> {
    let cache = service.cache.clone();
    service.read_public("competition.list", move |conn| called(conn, &cache)).await
}

fn called(conn: &mut Conn, cache: &super::rules::Cache) -> Result<Vec<DeskCompetition>> {
    let rows = db::competitions::list(conn, None, MOST, false)?;
    let ids: Vec<CompetitionId> = rows.iter().map(|(competition, _)| competition.id).collect();
    let digests = super::rules::Digests::of(conn, &ids)?;
    let on_desk = |(competition, _): (Competition, _)| {
        Ok(DeskCompetition {
            rules: cache.rules_by(conn, &digests, competition.id, competition.version)?,
            id: competition.id,
            state: competition.state,
        })
    };
    rows.into_iter().map(on_desk).collect()
}

/// An application on the desk of a region that takes part in it.
pub(crate) struct DeskApplication {
    pub(crate) entry: ApplicationEntry,
    pub(crate) competition: CompetitionState,
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

/// What is due for a region that files applications, and the competitions in which it may begin one.
pub(crate) struct ApplicantDesk {
    /// Applications, newest first.
    pub(crate) applications: Vec<DeskApplication>,
    /// Competitions that have been called.
    pub(crate) competitions: Vec<DeskCompetition>,
}

/// What is due for the caller's region.
///
/// # Errors
/// If the caller files no applications.
pub(crate) async fn of_applicant(service: &Service, context: &Arc<RequestContext>) -> Result<ApplicantDesk> {
    let cache = service.cache.clone();
    service
        .read(context, Action::CreateApplication, "application".to_owned(), move |conn, context| {
            context.may(Action::CreateApplication, Relation::General)?;
            let region = context.caller()?.region.clone().ok_or_else(Error::not_found)?;
            let filter = Filter { taking_part: Some(region.clone()), ..Filter::default() };
            let rows = applications::list(conn, &filter, MOST)?;
            let competitions = called(conn, &cache)?;
            let found = Found::read(conn, &rows, &competitions)?;
            let entries = entries(conn, &cache, Page { items: rows, next_cursor: None })?.items;
            let due = |entry| found.due(entry, &region, &competitions);
            Ok(ApplicantDesk { applications: entries.into_iter().map(due).collect(), competitions })
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
    fn read(conn: &mut Conn, rows: &[Application], competitions: &[DeskCompetition]) -> Result<Self> {
        let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
        let checks = db::checks::formal(conn, &ids)?.into_iter();
        let mut found = Self {
            members: applications::members_of(conn, &ids)?,
            corrections: checks.map(|check| (check.application_id, check.correction_until)).collect(),
            inspections: BTreeMap::new(),
            rectifications: BTreeMap::new(),
            questions: BTreeMap::new(),
        };
        let running = competitions.iter().filter(|competition| {
            competition.state >= CompetitionState::Scoring
                && competition.state < CompetitionState::Announced
                && rows.iter().any(|row| row.competition_id == competition.id)
        });
        for competition in running {
            found.read_running(conn, competition.id)?;
        }
        Ok(found)
    }

    fn read_running(&mut self, conn: &mut Conn, competition: CompetitionId) -> Result<()> {
        for row in db::inspections::of_competition(conn, competition)? {
            self.inspections.insert(row.application_id, row);
        }
        for row in db::inspections::rectifications_of(conn, competition)? {
            if row.state == RectificationState::Open {
                let first = self.rectifications.entry(row.application_id).or_insert(row.due);
                *first = row.due.min(*first);
            }
        }
        for row in db::objections::of_competition(conn, competition)? {
            let steps: Vec<ObjectionStep> = parse(&row.steps)?;
            let asked = row.state == ObjectionState::Investigating;
            if asked && steps.last().is_some_and(|step| !step.statement) {
                *self.questions.entry(row.application_id).or_default() += 1;
            }
        }
        Ok(())
    }

    fn due(
        &self,
        entry: ApplicationEntry,
        region: &RegionCode,
        competitions: &[DeskCompetition],
    ) -> DeskApplication {
        let id = entry.id;
        let competition = competitions.iter().find(|competition| competition.id == entry.competition_id);
        let mut members = self.members.iter().filter(|member| member.application_id == id);
        let inspection = self.inspections.get(&id);
        let signing = inspection.is_some_and(|row| row.state == InspectionState::Signing);
        DeskApplication {
            competition: competition.map_or(CompetitionState::Announced, |competition| competition.state),
            lead: entry.lead_region.code == *region,
            consent: members
                .find(|member| member.region == *region)
                .map_or(ConsentState::Given, |member| member.consent),
            until: competition.and_then(|competition| self.until(&entry, competition)),
            sign_inspection: signing && inspection.is_some_and(|row| !is_signed_by_party(row)),
            comment_until: inspection.and_then(|row| row.comment_until),
            rectify_until: self.rectifications.get(&id).copied(),
            questions: self.questions.get(&id).copied().unwrap_or_default(),
            entry,
        }
    }

    fn until(&self, entry: &ApplicationEntry, competition: &DeskCompetition) -> Option<Timestamp> {
        let correction = self.corrections.get(&entry.id).copied().flatten();
        until(entry.state, competition.state, &competition.rules.settings.calendar, || Ok(correction))
            .ok()
            .flatten()
    }
}

fn is_signed_by_party(row: &Inspection) -> bool {
    parse::<Signatures>(&row.signatures).is_ok_and(|signatures| signatures.party.is_some())
}
