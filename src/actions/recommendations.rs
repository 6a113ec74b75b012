//! City review (初审) and recommendation (推荐): send back, put in order, seal within the quota.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::{enter, titles};
use super::rules::{Rules, visible_competition};
use super::{Act, RequestContext, Service, parse};
use crate::db::applications;
use crate::db::competitions::Competition;
use crate::db::recommendations::{self, LeftOut, List, Recommendation};
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
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "ReturnApplication")]
pub struct Return {
    /// What to change.
    pub reasons: String,
}

/// A city's list, in its order, and what it thinks of the others.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutList {
    /// From the first place on.
    #[serde(default)]
    pub entries: Vec<NewEntry>,
    /// Opinions on applications that are not on the list: why they are not recommended.
    #[serde(default)]
    pub left_out: Vec<NewEntry>,
    /// In the place of both: applications, each with its place or none. Places run from 1 without gaps.
    #[serde(default)]
    pub rows: Vec<NewRow>,
    /// Whom applicants may ask: office, person, telephone.
    #[serde(default)]
    pub contact: String,
    /// The number of the city's own letter of recommendation (推荐文号), at most 100 characters; empty where it has none.
    #[serde(default)]
    pub document_number: String,
}

/// An application of a city, with its place on the list.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewRow {
    pub application_id: ApplicationId,
    /// Its place, from 1; none if it is not recommended.
    #[serde(default)]
    pub place: Option<i32>,
    /// The city's opinion (初审意见), or why it is not recommended.
    #[serde(default)]
    pub opinion: String,
}

/// What a list wants, with the pointer of each application in the request.
struct Wanted {
    listed: Vec<(String, NewEntry)>,
    left_out: Vec<(String, NewEntry)>,
}

impl PutList {
    /// The list in its order, however it was given. Places that are no order of the list are told, not put right.
    fn wanted(&self, problems: &mut Vec<FieldProblem>) -> Wanted {
        let at = |part: &str, entries: &[NewEntry]| {
            let entries = entries.iter().cloned().enumerate();
            entries.map(|(index, entry)| (format!("/{part}/{index}"), entry)).collect::<Vec<_>>()
        };
        if self.rows.is_empty() {
            return Wanted { listed: at("entries", &self.entries), left_out: at("left_out", &self.left_out) };
        }
        if !self.entries.is_empty() || !self.left_out.is_empty() {
            problems.push(FieldProblem::new(
                "/rows",
                "not_used",
                "rows 不能与 entries、left_out 同时使用",
                "Rows stand in the place of entries and of what is left out",
            ));
        }
        let (mut listed, mut left_out) = (Vec::new(), Vec::new());
        for (index, row) in self.rows.iter().enumerate() {
            let entry = NewEntry { application_id: row.application_id, opinion: row.opinion.clone() };
            match row.place {
                None => left_out.push((format!("/rows/{index}"), entry)),
                Some(place) => {
                    problems.extend(self.wrong_place(index, place));
                    listed.push((place, (format!("/rows/{index}"), entry)));
                }
            }
        }
        listed.sort_by_key(|(place, _)| *place);
        Wanted { listed: listed.into_iter().map(|(_, entry)| entry).collect(), left_out }
    }

    /// What is wrong with the place of a row: another has it too, or it leaves a gap.
    fn wrong_place(&self, index: usize, place: i32) -> Option<FieldProblem> {
        let pointer = format!("/rows/{index}/place");
        let places = || self.rows.iter().filter_map(|row| row.place);
        if places().filter(|other| *other == place).count() > 1 {
            return Some(FieldProblem::new(
                pointer,
                "duplicate",
                format!("序号{place}填了不止一次，请给每件不同的序号"),
                format!("Place {place} is given more than once: give each its own"),
            ));
        }
        let missing = (1..place).find(|wanted| places().all(|place| place != *wanted));
        if place >= 1 && missing.is_none() {
            return None;
        }
        let missing = missing.unwrap_or(1);
        Some(FieldProblem::new(
            pointer,
            "out_of_range",
            format!("序号应从1起连续：填了{place}，没有{missing}"),
            format!("Places run from 1 without gaps: there is {place}, and no {missing}"),
        ))
    }
}

/// An application to be recommended.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewEntry {
    pub application_id: ApplicationId,
    /// The city's opinion (初审意见).
    pub opinion: String,
}

/// A city's list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RecommendationView {
    pub competition_id: CompetitionId,
    pub city: RegionCode,
    /// Sent as `If-Match` with a change; 0 while there is no list.
    pub revision: i64,
    /// How many the city may recommend.
    pub quota: u32,
    /// From the first place on.
    pub entries: Vec<EntryView>,
    /// What the city thinks of applications that are not on the list.
    pub left_out: Vec<LeftOutView>,
    /// Whom applicants may ask.
    pub contact: String,
    /// The number of the city's own letter of recommendation (推荐文号), as the city gave it; empty where it has none.
    pub document_number: String,
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
    pub application_id: ApplicationId,
    pub number: String,
    pub title: String,
    /// The city's opinion.
    pub opinion: String,
}

/// An application that is not on a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutView {
    pub application_id: ApplicationId,
    pub number: String,
    pub title: String,
    /// Why it is not recommended.
    pub opinion: String,
}

/// A list, as it is sealed: its canonical bytes are what the digest is of.
#[derive(Serialize)]
struct SealedList<'a> {
    competition: CompetitionId,
    city: &'a RegionCode,
    quota: u32,
    entries: Vec<SealedEntry<'a>>,
    left_out: Vec<SealedLeftOut<'a>>,
    contact: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    document_number: &'a str,
}

#[derive(Serialize)]
struct SealedLeftOut<'a> {
    number: &'a str,
    reason: String,
}

#[derive(Serialize)]
struct SealedEntry<'a> {
    place: i32,
    number: &'a str,
    submission: i32,
    digest: Digest,
    opinion: &'a str,
}

fn to_city(context: &RequestContext, city: &RegionCode) -> Relation {
    match &context.caller {
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
    context: &Arc<RequestContext>,
    id: ApplicationId,
    revision: i64,
    request: Return,
) -> Result<()> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ReturnApplication, move |conn, act| {
            let (mut application, _, competition, rules) =
                enter(conn, act, &cache, id, Action::ReturnApplication)?;
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
            "当前阶段不能初审和推荐",
            "The present stage of the competition does not allow city review",
        ));
    }
    let until = rules.settings.calendar.recommendation.until;
    if act.context.received_at > until {
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
/// If the caller may not see it, or there is no such competition or city.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    city: RegionCode,
) -> Result<RecommendationView> {
    let cache = service.cache.clone();
    service
        .read(
            context,
            Action::ReadRecommendation,
            format!("recommendation/{id}/{city}"),
            move |conn, context| {
                context.may(Action::ReadRecommendation, to_city(context, &city))?;
                let (competition, rules) = visible_competition(conn, &cache, context, id)?;
                must_be_a_city(&rules, &city)?;
                let list = recommendations::list(conn, id, &city)?;
                view(conn, &competition, &rules, &city, list.as_ref())
            },
        )
        .await
}

/// Where a city's list stands.
pub(crate) struct CityListView {
    pub(crate) city: RegionCode,
    pub(crate) name: String,
    /// How many it may recommend.
    pub(crate) quota: u32,
    /// Applications of the city that have been submitted, whatever became of them.
    pub(crate) submitted: usize,
    /// The number of the list, once sealed.
    pub(crate) number: Option<String>,
    /// The number of the city's own letter; empty where it has none.
    pub(crate) document_number: String,
    pub(crate) sealed_at: Option<Timestamp>,
}

/// Where the lists of all cities stand, in order of the catalogue.
///
/// # Errors
/// If the caller may not see them, or there is no such competition.
pub(crate) async fn overview(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<CityListView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRecommendation, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRecommendation, Relation::Foreign { draft: false })?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
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
                    document_number: list.map(|list| list.document_number.clone()).unwrap_or_default(),
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
    let left_out = recommendations::left_out(conn, competition.id, city)?;
    let ids = rows.iter().map(|row| row.application_id);
    let ids: Vec<ApplicationId> = ids.chain(left_out.iter().map(|row| row.application_id)).collect();
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
        left_out: left_out
            .into_iter()
            .map(|row| LeftOutView {
                number: numbers.get(&row.application_id).cloned().unwrap_or_default(),
                title: titles.get(&row.application_id).cloned().unwrap_or_default(),
                application_id: row.application_id,
                opinion: row.opinion,
            })
            .collect(),
        contact: list.map(|list| list.contact.clone()).unwrap_or_default(),
        document_number: list.map(|list| list.document_number.clone()).unwrap_or_default(),
    })
}

/// Enters a competition for its city's list, over the revision that the caller saw.
fn enter_list(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &super::rules::Cache,
    id: CompetitionId,
    city: &RegionCode,
    action: Action,
    revision: i64,
) -> Result<(Competition, Arc<Rules>, List)> {
    act.on("recommendation", format!("{id}/{city}"));
    act.context.may(action, to_city(act.context, city))?;
    visible_competition(conn, cache, act.context, id)?;
    act.enter(conn, id)?;
    let (competition, rules) = visible_competition(conn, cache, act.context, id)?;
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
                contact: String::new(),
                document_number: String::new(),
            };
            recommendations::insert_list(conn, &list)?;
            list
        }
    };
    Ok((competition, rules, list))
}

/// Replaces a city's list, and what it thinks of the others. Over quota is refused outright.
///
/// # Errors
/// If it is not the caller's city, the list is sealed or has changed meanwhile, the deadline is over, there are more
/// entries than the quota, an entry is not a submitted application of the city, or places are given twice or with gaps.
pub async fn put(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    city: RegionCode,
    revision: i64,
    wanted: PutList,
) -> Result<RecommendationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ChangeRecommendation, move |conn, act| {
            let (competition, rules, mut list) =
                enter_list(conn, act, &cache, id, &city, Action::ChangeRecommendation, revision)?;
            let quota = rules.settings.quotas.of(&city);
            let mut problems = Vec::new();
            let Wanted { listed, left_out } = wanted.wanted(&mut problems);
            if listed.len() > quota as usize {
                return Err(over_quota(listed.len(), quota));
            }
            let candidates = applications::in_states(conn, id, Some(&city), &[ApplicationState::Submitted])?;
            let candidates: Vec<ApplicationId> = candidates.iter().map(|candidate| candidate.id).collect();
            problems.extend(wrong_entries(&listed, &left_out, &candidates));
            check_text(&mut problems, "/contact", &wanted.contact, 0, 200);
            check_text(&mut problems, "/document_number", &wanted.document_number, 0, 100);
            must_be_valid(problems)?;
            let rows: Vec<Recommendation> = (1..)
                .zip(&listed)
                .map(|(place, (_, entry))| Recommendation {
                    application_id: entry.application_id,
                    competition_id: id,
                    city: city.clone(),
                    place,
                    opinion: entry.opinion.clone(),
                })
                .collect();
            let opinions: Vec<LeftOut> = left_out
                .iter()
                .filter(|(_, entry)| !entry.opinion.trim().is_empty())
                .map(|(_, entry)| LeftOut {
                    application_id: entry.application_id,
                    competition_id: id,
                    city: city.clone(),
                    opinion: entry.opinion.clone(),
                })
                .collect();
            recommendations::replace_entries(conn, id, &city, &rows)?;
            recommendations::replace_left_out(conn, &candidates, &opinions)?;
            list.contact.clone_from(&wanted.contact);
            list.document_number.clone_from(&wanted.document_number);
            recommendations::update_list(conn, &list)?;
            list.revision += 1;
            let order: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
            act.detail("entries", &order);
            view(conn, &competition, &rules, &city, Some(&list))
        })
        .await
}

/// What is wrong with the applications of a list and with those that are left out, whose opinions are due when it is sealed.
fn wrong_entries(
    listed: &[(String, NewEntry)],
    left_out: &[(String, NewEntry)],
    candidates: &[ApplicationId],
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut known: Vec<ApplicationId> = Vec::new();
    let least = std::iter::repeat_n(1, listed.len()).chain(std::iter::repeat(0));
    for ((at, entry), least) in listed.iter().chain(left_out).zip(least) {
        let pointer = format!("{at}/application_id");
        if known.contains(&entry.application_id) {
            problems.push(FieldProblem::new(
                pointer,
                "duplicate",
                "该申报已在名单中",
                "It is on the list already",
            ));
        } else if !candidates.contains(&entry.application_id) {
            problems.push(FieldProblem::new(
                pointer,
                "not_a_candidate",
                "不是本市已提交待推荐的申报",
                "Not a submitted application of this city",
            ));
        }
        known.push(entry.application_id);
        check_text(&mut problems, &format!("{at}/opinion"), &entry.opinion, least, 2_000);
    }
    problems
}

/// What an applicant is told who sent nothing again after the city had sent the application back.
const NOT_SENT_AGAIN: &str = "退回修改后，未在推荐截止前重新提交。";

/// Why each application that is not on the list is not recommended.
///
/// # Errors
/// If one that was submitted has no reason, or nobody is named whom applicants may ask.
fn reasons(
    conn: &mut Conn,
    list: &List,
    left_out: &[&applications::Application],
) -> Result<BTreeMap<ApplicationId, String>> {
    let opinions = recommendations::left_out(conn, list.competition_id, &list.city)?;
    let ids: Vec<ApplicationId> = left_out.iter().map(|application| application.id).collect();
    let titles = titles(conn, &ids)?;
    let (mut reasons, mut problems) = (BTreeMap::new(), Vec::new());
    for application in left_out {
        let opinion = opinions.iter().find(|opinion| opinion.application_id == application.id);
        let opinion = opinion.map(|opinion| opinion.opinion.trim()).unwrap_or_default();
        let reason = match application.state {
            ApplicationState::Returned => NOT_SENT_AGAIN,
            _ => opinion,
        };
        if reason.is_empty() {
            let title = titles.get(&application.id).cloned().unwrap_or_default();
            problems.push(FieldProblem::new(
                format!("/left_out/{}", application.id),
                "required",
                format!("“{title}”未列入名单，请先写明不予推荐的理由"),
                format!("“{title}” is not on the list: say first why it is not recommended"),
            ));
        }
        reasons.insert(application.id, reason.to_owned());
    }
    if !left_out.is_empty() && list.contact.trim().is_empty() {
        problems.push(FieldProblem::new(
            "/contact",
            "required",
            "有申报未列入名单，请先填写咨询方式，随理由告知申报单位",
            "Some are not on the list: say first whom their applicants may ask",
        ));
    }
    must_be_valid(problems)?;
    Ok(reasons)
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
/// If it is not the caller's city, applications can still come in, the list is over quota or has changed meanwhile, or
/// what was submitted is left out without a reason or without somebody to ask.
pub async fn seal(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    city: RegionCode,
    revision: i64,
) -> Result<RecommendationView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::SealRecommendation, move |conn, act| {
            let (competition, rules, mut list) =
                enter_list(conn, act, &cache, id, &city, Action::SealRecommendation, revision)?;
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
            let on_it = |id: ApplicationId| rows.iter().any(|row| row.application_id == id);
            let left_out: Vec<&applications::Application> =
                candidates.iter().filter(|candidate| !on_it(candidate.id)).collect();
            let reasons = reasons(conn, &list, &left_out)?;
            let ids: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
            let submissions = applications::last_submissions(conn, &ids)?;
            let all: Vec<ApplicationId> = ids.iter().chain(reasons.keys()).copied().collect();
            let numbers = applications::numbers_of(conn, &all)?;
            let number_of = |id: &ApplicationId| numbers.get(id).map_or("", String::as_str);
            let entries = rows
                .iter()
                .map(|row| {
                    let (_, submission, digest) = submissions
                        .iter()
                        .find(|(application, ..)| *application == row.application_id)
                        .ok_or_else(|| Error::internal("a recommended application has no submission"))?;
                    Ok(SealedEntry {
                        place: row.place,
                        number: number_of(&row.application_id),
                        submission: *submission,
                        digest: *digest,
                        opinion: &row.opinion,
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            let told = |(id, reason): (&ApplicationId, &String)| SealedLeftOut {
                number: number_of(id),
                reason: reason.clone(),
            };
            let left_out = reasons.iter().map(told).collect();
            let contact = list.contact.clone();
            let document_number = list.document_number.clone();
            let content = canonical(&SealedList {
                competition: id,
                city: &city,
                quota,
                entries,
                left_out,
                contact: &contact,
                document_number: &document_number,
            });
            let number = db::accounts::next_number(conn, &format!("recommendation/{id}"))?;
            let ordinal = db::competitions::ordinal(conn, id)?;
            list.number = Some(format!("T-{ordinal:02}-{city}-{number:03}"));
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
                        (ApplicationState::Recommended, DecisionKind::Recommended, row.opinion.clone())
                    }
                    None => {
                        let reason = reasons.get(&application.id).map_or("", String::as_str);
                        let told = format!("{reason}\n咨询：{contact}");
                        (ApplicationState::NotRecommended, DecisionKind::NotRecommended, told)
                    }
                };
                application.state = state;
                application.changed_at = act.now;
                applications::update(conn, &application)?;
                applications::decide(conn, application.id, kind.as_str(), &reasons, act.account()?, act.now)?;
            }
            act.changed(None, list.digest);
            act.detail("number", &list.number);
            view(conn, &competition, &rules, &city, Some(&list))
        })
        .await
}
