//! City review (初审) and recommendation (推荐): send back, put in order, seal within the quota.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::applications::{enter, titles};
use super::rules::{Rules, visible_edition};
use super::{Act, Service, Visit, parse};
use crate::db::applications;
use crate::db::competitions::Competition;
use crate::db::recommendations::{self, List, Recommendation};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{ApplicationState, DecisionKind};
use crate::domain::catalogue::{Region, RegionCode, RegionKind};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, canonical, digest_of};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// Reasons for sending an application back.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// What to change.
    pub reasons: String,
}

/// A city's list, in its order.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PutList {
    /// From the first place on.
    pub entries: Vec<NewEntry>,
}

/// An application to be recommended.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// The application.
    pub application_id: ApplicationId,
    /// The city's opinion (初审意见).
    pub opinion: String,
}

/// A city's list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RecommendationView {
    /// The edition.
    pub competition_id: CompetitionId,
    /// The city.
    pub city: RegionCode,
    /// Sent as `If-Match` with a change; 0 while there is no list.
    pub revision: i64,
    /// How many the city may recommend.
    pub quota: u32,
    /// From the first place on.
    pub entries: Vec<EntryView>,
    /// Its number, once sealed.
    pub number: Option<String>,
    /// When it was sealed.
    pub sealed_at: Option<Timestamp>,
    /// The digest of the sealed list.
    pub digest: Option<Digest>,
    /// The sealed list; the digest is that of its canonical JSON (RFC 8785).
    pub sealed: Option<serde_json::Value>,
}

/// An application on a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EntryView {
    /// Its place, from 1.
    pub place: i32,
    /// The application.
    pub application_id: ApplicationId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The city's opinion.
    pub opinion: String,
}

/// A list, as it is sealed: its canonical bytes are what the digest is of.
#[derive(Serialize)]
struct SealedList<'a> {
    competition: CompetitionId,
    city: &'a RegionCode,
    quota: u32,
    entries: Vec<SealedEntry<'a>>,
}

#[derive(Serialize)]
struct SealedEntry<'a> {
    place: i32,
    number: &'a str,
    submission: i32,
    digest: Digest,
    opinion: &'a str,
}

fn to_city(visit: &Visit, city: &RegionCode) -> Relation {
    match &visit.caller {
        Some(caller) if caller.role == Role::CityReviewer && caller.region.as_ref() == Some(city) => {
            Relation::City { draft: false }
        }
        _ => Relation::Foreign { draft: false },
    }
}

fn must_be_a_city(rules: &Rules, city: &RegionCode) -> Result<()> {
    let known = rules.catalogue.region(city).is_some_and(|region| region.kind == RegionKind::City);
    if known { Ok(()) } else { Err(Error::not_found()) }
}

/// Sends an application back to its applicant, who may change and submit it again until the city's deadline.
///
/// # Errors
/// If it is not of the caller's city, was not submitted, the list is sealed, or the deadline is over.
pub async fn send_back(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    request: Return,
) -> Result<()> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::ReturnApplication, move |conn, act| {
            let (mut application, _, competition, rules) =
                enter(conn, act, &shelf, id, Action::ReturnApplication)?;
            if application.state != ApplicationState::Submitted {
                return Err(Error::conflict(
                    "not_submitted",
                    "只有已提交、尚未推荐的申报可以退回",
                    "Only an application that is submitted and not yet recommended can be sent back",
                ));
            }
            must_be_reviewing(conn, act, &competition, &rules, &application.city)?;
            must_be_current(application.revision, revision)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reasons", &request.reasons, 1, 2_000);
            must_be_valid(problems)?;
            recommendations::remove_entry(conn, id)?;
            application.state = ApplicationState::Returned;
            application.changed_at = act.now;
            applications::update(conn, &application)?;
            let by = act.account()?;
            applications::decide(conn, id, DecisionKind::Returned.as_str(), &request.reasons, by, act.now)?;
            act.detail("reasons", &request.reasons);
            Ok(())
        })
        .await
}

/// Refuses city review outside its time, or after the city has sealed its list.
fn must_be_reviewing(
    conn: &mut Conn,
    act: &Act<'_>,
    competition: &Competition,
    rules: &Rules,
    city: &RegionCode,
) -> Result<()> {
    if !matches!(competition.state, CompetitionState::Application | CompetitionState::Recommendation) {
        return Err(Error::conflict(
            "stage_closed",
            "当前阶段不能进行初审和推荐",
            "The present stage of the edition does not allow city review",
        ));
    }
    let until = rules.settings.calendar.recommendation.until;
    if act.visit.received_at > until {
        return Err(Error::conflict(
            "deadline_passed",
            format!("推荐截止时间（{until}）已过"),
            format!("The deadline for recommendations ({until}) has passed"),
        ));
    }
    let list = recommendations::list(conn, competition.id, city)?;
    if let Some(List { sealed_at: Some(at), .. }) = list {
        return Err(Error::conflict(
            "sealed",
            format!("推荐名单已于{at}封存"),
            format!("The list was sealed at {at}"),
        ));
    }
    Ok(())
}

/// A city's list.
///
/// # Errors
/// If the caller may not see it, or there is no such edition or city.
pub async fn read(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    city: RegionCode,
) -> Result<RecommendationView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRecommendation, format!("recommendation/{id}/{city}"), move |conn, visit| {
            visit.may(Action::ReadRecommendation, to_city(visit, &city))?;
            let (competition, rules) = visible_edition(conn, &shelf, visit, id)?;
            must_be_a_city(&rules, &city)?;
            let list = recommendations::list(conn, id, &city)?;
            view(conn, &competition, &rules, &city, list.as_ref())
        })
        .await
}

/// Where a city's list stands.
pub(crate) struct CityListView {
    /// The city.
    pub(crate) city: RegionCode,
    /// Its name.
    pub(crate) name: String,
    /// How many it may recommend.
    pub(crate) quota: u32,
    /// Applications of the city that have been submitted, whatever became of them.
    pub(crate) submitted: usize,
    /// The number of the list, once sealed.
    pub(crate) number: Option<String>,
    /// When it was sealed.
    pub(crate) sealed_at: Option<Timestamp>,
}

/// Where the lists of all cities stand, in order of the catalogue.
///
/// # Errors
/// If the caller may not see them, or there is no such edition.
pub(crate) async fn overview(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
) -> Result<Vec<CityListView>> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRecommendation, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRecommendation, Relation::Foreign { draft: false })?;
            let (_, rules) = visible_edition(conn, &shelf, visit, id)?;
            let lists = recommendations::lists(conn, id)?;
            let filed = applications::in_states(conn, id, None, ApplicationState::ALL)?;
            let cities = rules.catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
            let city = |region: &Region| {
                let list = lists.iter().find(|list| list.city == region.code);
                let own = filed.iter().filter(|row| row.city == region.code && !row.never_submitted());
                CityListView {
                    city: region.code.clone(),
                    name: region.name.clone(),
                    quota: rules.settings.quotas.of(&region.code),
                    submitted: own.count(),
                    number: list.and_then(|list| list.number.clone()),
                    sealed_at: list.and_then(|list| list.sealed_at),
                }
            };
            Ok(cities.map(city).collect())
        })
        .await
}

fn view(
    conn: &mut Conn,
    competition: &Competition,
    rules: &Rules,
    city: &RegionCode,
    list: Option<&List>,
) -> Result<RecommendationView> {
    let rows = recommendations::entries(conn, competition.id, city)?;
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
    let titles = titles(conn, &ids)?;
    let numbers = applications::numbers_of(conn, &ids)?;
    Ok(RecommendationView {
        competition_id: competition.id,
        city: city.clone(),
        quota: rules.settings.quotas.of(city),
        revision: list.map_or(0, |list| list.revision),
        number: list.and_then(|list| list.number.clone()),
        sealed_at: list.and_then(|list| list.sealed_at),
        digest: list.and_then(|list| list.digest),
        sealed: match list.and_then(|list| list.content.as_deref()) {
            Some(content) => Some(parse(content)?),
            None => None,
        },
        entries: rows
            .into_iter()
            .map(|row| EntryView {
                place: row.place,
                number: numbers.get(&row.application_id).cloned().unwrap_or_default(),
                title: titles.get(&row.application_id).cloned().unwrap_or_default(),
                application_id: row.application_id,
                opinion: row.opinion,
            })
            .collect(),
    })
}

/// Enters an edition for its city's list, over the revision that the caller saw.
fn enter_list(
    conn: &mut Conn,
    act: &mut Act<'_>,
    shelf: &super::rules::Shelf,
    id: CompetitionId,
    city: &RegionCode,
    action: Action,
    revision: i64,
) -> Result<(Competition, Arc<Rules>, List)> {
    act.on("recommendation", format!("{id}/{city}"));
    act.visit.may(action, to_city(act.visit, city))?;
    visible_edition(conn, shelf, act.visit, id)?;
    act.enter(conn, id)?;
    let (competition, rules) = visible_edition(conn, shelf, act.visit, id)?;
    must_be_a_city(&rules, city)?;
    must_be_reviewing(conn, act, &competition, &rules, city)?;
    let stored = recommendations::list(conn, id, city)?;
    let now_at = stored.as_ref().map_or(0, |list| list.revision);
    must_be_current(now_at, revision)?;
    let list = match stored {
        Some(list) => list,
        None => {
            let list = List {
                competition_id: id,
                city: city.clone(),
                revision: 0,
                number: None,
                content: None,
                digest: None,
                sealed_by: None,
                sealed_at: None,
            };
            recommendations::insert_list(conn, &list)?;
            list
        }
    };
    Ok((competition, rules, list))
}

/// Replaces a city's list. Over quota is refused outright.
///
/// # Errors
/// If it is not the caller's city, the list is sealed or has changed meanwhile, the deadline is over, there are more
/// entries than the quota, or an entry is not a submitted application of the city.
pub async fn put(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    city: RegionCode,
    revision: i64,
    wanted: PutList,
) -> Result<RecommendationView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::ChangeRecommendation, move |conn, act| {
            let (competition, rules, mut list) =
                enter_list(conn, act, &shelf, id, &city, Action::ChangeRecommendation, revision)?;
            let quota = rules.settings.quotas.of(&city);
            if wanted.entries.len() > quota as usize {
                return Err(over_quota(wanted.entries.len(), quota));
            }
            let candidates = applications::in_states(conn, id, Some(&city), &[ApplicationState::Submitted])?;
            let mut problems = Vec::new();
            for (index, entry) in wanted.entries.iter().enumerate() {
                let pointer = format!("/entries/{index}/application_id");
                let twice =
                    wanted.entries[..index].iter().any(|other| other.application_id == entry.application_id);
                if twice {
                    problems.push(FieldProblem::new(
                        pointer,
                        "duplicate",
                        "该申报已在名单中",
                        "It is on the list already",
                    ));
                } else if !candidates.iter().any(|candidate| candidate.id == entry.application_id) {
                    problems.push(FieldProblem::new(
                        pointer,
                        "not_a_candidate",
                        "不是本市已提交待推荐的申报",
                        "Not a submitted application of this city",
                    ));
                }
                check_text(&mut problems, &format!("/entries/{index}/opinion"), &entry.opinion, 1, 2_000);
            }
            must_be_valid(problems)?;
            let rows: Vec<Recommendation> = (1..)
                .zip(&wanted.entries)
                .map(|(place, entry)| Recommendation {
                    application_id: entry.application_id,
                    competition_id: id,
                    city: city.clone(),
                    place,
                    opinion: entry.opinion.clone(),
                })
                .collect();
            recommendations::replace_entries(conn, id, &city, &rows)?;
            recommendations::update_list(conn, &list)?;
            list.revision += 1;
            let order: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
            act.detail("entries", &order);
            view(conn, &competition, &rules, &city, Some(&list))
        })
        .await
}

fn over_quota(wanted: usize, quota: u32) -> Error {
    Error::conflict(
        "over_quota",
        format!("推荐名额为{quota}，名单有{wanted}件；超过名额的一律不予受理"),
        format!("The quota is {quota} and the list has {wanted}; a list over quota is not accepted"),
    )
}

/// Seals a city's list: after the deadline for applications, once, with a receipt. What is on it is recommended, what
/// was submitted and is not on it is not.
///
/// # Errors
/// If it is not the caller's city, applications can still come in, the list is over quota or has changed meanwhile.
pub async fn seal(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    city: RegionCode,
    revision: i64,
) -> Result<RecommendationView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::SealRecommendation, move |conn, act| {
            let (competition, rules, mut list) =
                enter_list(conn, act, &shelf, id, &city, Action::SealRecommendation, revision)?;
            if competition.state != CompetitionState::Recommendation {
                return Err(Error::conflict(
                    "applications_open",
                    "申报尚未截止，不能封存推荐名单",
                    "Applications can still come in; seal the list when they are closed",
                ));
            }
            let rows = recommendations::entries(conn, id, &city)?;
            let quota = rules.settings.quotas.of(&city);
            if rows.len() > quota as usize {
                return Err(over_quota(rows.len(), quota));
            }
            let submitted = [ApplicationState::Submitted, ApplicationState::Returned];
            let candidates = applications::in_states(conn, id, Some(&city), &submitted)?;
            let ids: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
            let submissions = applications::last_submissions(conn, &ids)?;
            let numbers = applications::numbers_of(conn, &ids)?;
            let entries = rows
                .iter()
                .map(|row| {
                    let (_, submission, digest) = submissions
                        .iter()
                        .find(|(application, ..)| *application == row.application_id)
                        .ok_or_else(|| Error::internal("a recommended application has no submission"))?;
                    Ok(SealedEntry {
                        place: row.place,
                        number: numbers.get(&row.application_id).map_or("", String::as_str),
                        submission: *submission,
                        digest: *digest,
                        opinion: &row.opinion,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            let content = canonical(&SealedList { competition: id, city: &city, quota, entries });
            let number = db::accounts::next_number(conn, &format!("recommendation/{id}"))?;
            let edition = db::competitions::ordinal(conn, id)?;
            list.number = Some(format!("T-{edition:02}-{city}-{number:03}"));
            list.digest = Some(digest_of(&content));
            list.content = Some(content);
            list.sealed_by = Some(act.account()?);
            list.sealed_at = Some(act.now);
            recommendations::update_list(conn, &list)?;
            list.revision += 1;
            for mut application in candidates {
                let place = rows.iter().find(|row| row.application_id == application.id);
                let (state, kind, reasons) = match place {
                    Some(row) => {
                        (ApplicationState::Recommended, DecisionKind::Recommended, row.opinion.as_str())
                    }
                    None => (ApplicationState::NotRecommended, DecisionKind::NotRecommended, ""),
                };
                application.state = state;
                application.changed_at = act.now;
                applications::update(conn, &application)?;
                applications::decide(conn, application.id, kind.as_str(), reasons, act.account()?, act.now)?;
            }
            act.changed(None, list.digest);
            act.detail("number", &list.number);
            view(conn, &competition, &rules, &city, Some(&list))
        })
        .await
}
