//! Applications: written in parts by several people, agreed to by members, submitted with a receipt, withdrawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::competitions::OpenPoint;
use super::consents;
use super::messages::Owners;
use super::rules::{Rules, Shelf, visible_edition};
use super::{Act, Page, Service, Visit, parse};
use crate::db::applications::{self, Application, Filter, MemberRow, PartRow, Submission};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{
    ApplicationState, ConsentState, DecisionKind, EvidenceEntry, Figures, Firms, Member, MemberRole, Part,
    PartContent, Profile, Section, Undertaking, Whole, check_part, preview,
};
use crate::domain::catalogue::{Catalogue, ChainNumber, RegionCode};
use crate::domain::competition::{Calendar, CompetitionState};
use crate::domain::difference::{Difference, differences};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, canonical, canonical_value, digest_of};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_current, must_be_valid};

/// The most members of an application, lead included.
const MOST_MEMBERS: usize = 30;

/// A new application.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Create {
    /// The chain.
    pub chain: ChainNumber,
    /// What the lead region itself brings.
    pub role: MemberRole,
}

/// Members of an application besides its lead.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutMembers {
    /// What the lead region brings.
    pub lead_role: MemberRole,
    /// The other members. A consent is asked for again where it was given to other members, roles or contents.
    pub members: Vec<NewMember>,
}

/// A member to be asked.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewMember {
    /// The region.
    pub region: RegionCode,
    /// What it brings.
    pub role: MemberRole,
}

/// A reason for withdrawing.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Withdraw {
    /// Why.
    pub reason: String,
}

/// An application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationView {
    /// Its identifier.
    pub id: ApplicationId,
    /// The edition.
    pub competition_id: CompetitionId,
    /// Its number, from the first submission on.
    pub number: Option<String>,
    /// Where it stands.
    pub state: ApplicationState,
    /// Sent as `If-Match` with acts on the whole application.
    pub revision: i64,
    /// The lead region.
    pub lead_region: RegionCode,
    /// Its city.
    pub city: RegionCode,
    /// The chain.
    pub chain: ChainNumber,
    /// The track that it is ranked in.
    pub track: Option<String>,
    /// Until when it may be submitted in its present state; none if it may not.
    pub submit_until: Option<Timestamp>,
    /// Its parts, by name: `profile`, `firms`, `figures`, `undertaking`, `section.<key>`.
    pub parts: BTreeMap<String, PartView>,
    /// Its members, lead included.
    pub members: Vec<MemberView>,
    /// What was decided about it.
    pub decisions: Vec<DecisionView>,
    /// When anything of it last changed.
    pub changed_at: Timestamp,
}

/// What stands in a part.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartView {
    /// Sent as `If-Match` with a change of the part; 0 if nothing stands there yet.
    pub revision: i64,
    /// Who changed it last.
    pub changed_by: Option<AccountId>,
    /// When.
    pub changed_at: Option<Timestamp>,
    /// The content, in the part's shape.
    pub content: Value,
}

/// A member.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MemberView {
    /// The region.
    pub region: RegionCode,
    /// Its name.
    pub name: String,
    /// What it brings.
    pub role: MemberRole,
    /// Whether it is the lead.
    pub lead: bool,
    /// Whether it has agreed.
    pub consent: ConsentState,
    /// What it is asked to sign, with its signatory once it has.
    pub statement: String,
    /// When it decided.
    pub decided_at: Option<Timestamp>,
}

/// A decision about an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DecisionView {
    /// What was decided.
    pub kind: String,
    /// Why.
    pub reasons: String,
    /// When.
    pub at: Timestamp,
}

/// An application in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationEntry {
    /// Its identifier.
    pub id: ApplicationId,
    /// The edition.
    pub competition_id: CompetitionId,
    /// Its number.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: ApplicationState,
    /// The lead region.
    pub lead_region: RegionCode,
    /// Its city.
    pub city: RegionCode,
    /// The chain.
    pub chain: ChainNumber,
    /// When anything of it last changed.
    pub changed_at: Timestamp,
}

/// What is missing, and what looks wrong.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompletenessView {
    /// Whether it can be submitted.
    pub complete: bool,
    /// What is missing.
    pub missing: Vec<OpenPoint>,
    /// What looks wrong but may be right: figures against last year, slips of unit.
    pub warnings: Vec<OpenPoint>,
}

/// How the claims would score.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PreviewView {
    /// By criterion, in the rubric's order.
    pub criteria: Vec<CriterionPreview>,
}

/// How the claims would score in one criterion.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CriterionPreview {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The points that its measured indicators can give at most.
    pub most_measured: String,
    /// By indicator. Judged indicators have no points here.
    pub indicators: Vec<IndicatorPreview>,
}

/// How a claim would score.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorPreview {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The most points.
    pub most: String,
    /// Whether experts judge it.
    pub judged: bool,
    /// The points of the claim, to 8 places; absent for a judged indicator or a value that is missing.
    pub points: Option<String>,
}

/// The receipt of a submission.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptView {
    /// The application's number.
    pub number: String,
    /// The application.
    pub application_id: ApplicationId,
    /// Which submission of it this is.
    pub submission: i32,
    /// When it was received.
    pub submitted_at: Timestamp,
    /// The digest of the canonical content, the digests of all files included.
    pub digest: Digest,
    /// The digest of each file.
    pub files: Vec<EvidenceEntry>,
}

/// A submission, whole.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionView {
    /// Which one, from 1.
    pub number: i32,
    /// When.
    pub submitted_at: Timestamp,
    /// The digest of the canonical content.
    pub digest: Digest,
    /// What it changed of the one before; empty for the first.
    pub changes: Vec<Difference>,
    /// The content.
    pub content: Whole,
}

/// A submission in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionEntry {
    /// Which one, from 1.
    pub number: i32,
    /// When.
    pub submitted_at: Timestamp,
    /// The digest of the canonical content.
    pub digest: Digest,
}

/// A revision of a part.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartRevisionView {
    /// Which one, from 1.
    pub revision: i64,
    /// Who made it.
    pub changed_by: AccountId,
    /// Their name.
    pub changed_by_name: String,
    /// When.
    pub changed_at: Timestamp,
    /// What it changed of the one before.
    pub changes: Vec<Difference>,
}

/// What the caller is to an application.
pub(crate) fn relation(visit: &Visit, application: &Application, members: &[MemberRow]) -> Relation {
    let draft = application.never_submitted();
    let Some(caller) = &visit.caller else { return Relation::Foreign { draft } };
    let Some(region) = &caller.region else { return Relation::Foreign { draft } };
    match caller.role {
        Role::Applicant if *region == application.lead_region => Relation::Lead,
        Role::Applicant if members.iter().any(|member| member.region == *region) => Relation::Member,
        Role::CityReviewer if *region == application.city => Relation::City { draft },
        _ => Relation::Foreign { draft },
    }
}

/// An application that the caller may do `action` on.
pub(crate) fn find(
    conn: &mut Conn,
    visit: &Visit,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Vec<MemberRow>)> {
    let found = applications::by_id(conn, id)?;
    let Some(application) = found else {
        // Whose role may not do this anyway is told so; the others can't tell absent from hidden.
        visit.may(action, Relation::General)?;
        return Err(Error::not_found());
    };
    let members = applications::members(conn, id)?;
    visit.may(action, relation_now(conn, visit, &application, &members)?)?;
    Ok((application, members))
}

/// What the caller, who may be an expert too, is to an application.
pub(crate) fn relation_now(
    conn: &mut Conn,
    visit: &Visit,
    application: &Application,
    members: &[MemberRow],
) -> Result<Relation> {
    match visit.caller.as_ref().map(|caller| caller.role) {
        Some(Role::Expert) => super::panels::expert_relation(conn, visit, application),
        _ => Ok(relation(visit, application, members)),
    }
}

/// The same under the edition's lock, for acts: with the edition and what holds in it.
pub(crate) fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    shelf: &Shelf,
    id: ApplicationId,
    action: Action,
) -> Result<(Application, Vec<MemberRow>, Competition, Arc<Rules>)> {
    act.on("application", id);
    let (application, _) = find(conn, act.visit, id, action)?;
    act.enter(conn, application.competition_id)?;
    let (application, members) = find(conn, act.visit, id, action)?;
    let (competition, rules) = visible_edition(conn, shelf, act.visit, application.competition_id)?;
    Ok((application, members, competition, rules))
}

/// Until when an application may be changed and submitted: the edition's deadline for a draft or one that was sent
/// back, the correction's for one under correction.
fn submit_until(
    conn: &mut Conn,
    application: &Application,
    competition: &Competition,
    rules: &Rules,
) -> Result<Option<Timestamp>> {
    until(application.state, competition.state, &rules.settings.calendar, || {
        let checks = db::checks::formal(conn, &[application.id])?;
        Ok(checks.last().and_then(|check| check.correction_until))
    })
}

/// The same from what it depends on.
pub(crate) fn until(
    application: ApplicationState,
    competition: CompetitionState,
    calendar: &Calendar,
    correction_until: impl FnOnce() -> Result<Option<Timestamp>>,
) -> Result<Option<Timestamp>> {
    Ok(match (application, competition) {
        (ApplicationState::Draft, CompetitionState::Application) => Some(calendar.application.until),
        (ApplicationState::Returned, CompetitionState::Application | CompetitionState::Recommendation) => {
            Some(calendar.recommendation.until)
        }
        (ApplicationState::Correction, CompetitionState::Checking) => correction_until()?,
        _ => None,
    })
}

/// Refuses a change of an application that is not open, or whose deadline was over when the request arrived.
pub(crate) fn must_be_open(
    conn: &mut Conn,
    act: &Act<'_>,
    application: &Application,
    competition: &Competition,
    rules: &Rules,
) -> Result<()> {
    if !application.state.is_open() {
        return Err(Error::conflict(
            "not_open",
            "申报已提交或已结束，现不能修改",
            "The application was submitted or has ended, and can't be changed now",
        ));
    }
    match submit_until(conn, application, competition, rules)? {
        None => Err(Error::conflict(
            "stage_closed",
            "当前阶段不能修改申报",
            "The present stage of the edition does not allow it",
        )),
        Some(until) if act.visit.received_at > until => Err(Error::conflict(
            "deadline_passed",
            format!("截止时间（{until}）已过；本请求于{}收到", act.visit.received_at),
            format!("The deadline ({until}) has passed; this request arrived at {}", act.visit.received_at),
        )),
        Some(_) => Ok(()),
    }
}

/// Notes that something of an application has changed, so that who read it before does not submit what they have not
/// seen.
pub(crate) fn touch(conn: &mut Conn, act: &Act<'_>, application: &mut Application) -> Result<()> {
    application.changed_at = act.now;
    applications::update(conn, application)?;
    application.revision += 1;
    Ok(())
}

/// Starts an application. One lead a region and chain.
///
/// # Errors
/// If the caller is no applicant, the edition takes no applications, the chain is not in its catalogue, or the region
/// leads one for the chain already.
pub async fn create(
    service: &Service,
    visit: &Arc<Visit>,
    competition_id: CompetitionId,
    create: Create,
) -> Result<ApplicationView> {
    let id = ApplicationId(service.clock.new_id());
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::CreateApplication, move |conn, act| {
            act.visit.may(Action::CreateApplication, Relation::General)?;
            visible_edition(conn, &shelf, act.visit, competition_id)?;
            act.enter(conn, competition_id)?;
            act.on("application", id);
            let (competition, rules) = visible_edition(conn, &shelf, act.visit, competition_id)?;
            let period = &rules.settings.calendar.application;
            if competition.state != CompetitionState::Application {
                return Err(Error::conflict(
                    "stage_closed",
                    "本届竞赛现不接受申报",
                    "The edition takes no applications now",
                ));
            }
            if act.visit.received_at > period.until || act.visit.received_at < period.from {
                return Err(Error::conflict(
                    "deadline_passed",
                    format!("申报时间为{}至{}", period.from, period.until),
                    format!("Applications are taken from {} to {}", period.from, period.until),
                ));
            }
            if rules.catalogue.chain(create.chain).is_none() {
                return Err(Error::invalid_field(
                    "/chain",
                    "unknown_chain",
                    "本届目录中没有该产业链",
                    "The edition's catalogue has no such chain",
                ));
            }
            let region = act.visit.caller()?.region.clone().ok_or_else(Error::not_found)?;
            let Some(city) = rules.catalogue.city_of(&region).cloned() else {
                return Err(Error::conflict(
                    "region_not_in_catalogue",
                    "本地区不在本届目录中",
                    "Your region is not in the edition's catalogue",
                ));
            };
            let chain = i32::from(create.chain.0);
            if applications::lead(conn, competition_id, &region, chain)?.is_some() {
                return Err(applications::already_filed());
            }
            let application = Application {
                id,
                competition_id,
                lead_region: region.clone(),
                city,
                chain,
                state: ApplicationState::Draft,
                revision: 1,
                number: None,
                created_by: act.account()?,
                created_at: act.now,
                changed_at: act.now,
            };
            applications::insert(conn, &application)?;
            let lead = MemberRow {
                application_id: id,
                region,
                role: create.role,
                consent: ConsentState::Given,
                statement: String::new(),
                decided_by: Some(act.account()?),
                decided_at: Some(act.now),
                added_at: act.now,
            };
            applications::insert_member(conn, &lead)?;
            act.detail("lead_region", &application.lead_region);
            act.detail("chain", &create.chain);
            view(conn, application, vec![lead], &competition, &rules)
        })
        .await
}

fn view(
    conn: &mut Conn,
    application: Application,
    members: Vec<MemberRow>,
    competition: &Competition,
    rules: &Rules,
) -> Result<ApplicationView> {
    let stored = applications::parts(conn, application.id)?;
    let mut parts = BTreeMap::new();
    for part in all_parts(rules) {
        let row = stored.iter().find(|row| row.part == part.to_string());
        let content = match row {
            Some(row) => parse(&row.content)?,
            None => canonical_value(&empty(&part)),
        };
        parts.insert(
            part.to_string(),
            PartView {
                revision: row.map_or(0, |row| row.revision),
                changed_by: row.map(|row| row.changed_by),
                changed_at: row.map(|row| row.changed_at),
                content,
            },
        );
    }
    let decisions = applications::decisions(conn, application.id)?;
    let submit_until = submit_until(conn, &application, competition, rules)?;
    let chain = chain_of(&application)?;
    Ok(ApplicationView {
        id: application.id,
        competition_id: application.competition_id,
        number: application.number,
        state: application.state,
        revision: application.revision,
        city: application.city,
        chain,
        track: rules.settings.track_of(&rules.catalogue, chain),
        submit_until,
        parts,
        members: members
            .into_iter()
            .map(|member| member_view(&rules.catalogue, &application.lead_region, member))
            .collect(),
        decisions: decisions
            .into_iter()
            .map(|decision| DecisionView {
                kind: decision.kind,
                reasons: decision.reasons,
                at: decision.decided_at,
            })
            .collect(),
        lead_region: application.lead_region,
        changed_at: application.changed_at,
    })
}

pub(crate) fn member_view(catalogue: &Catalogue, lead_region: &RegionCode, member: MemberRow) -> MemberView {
    MemberView {
        name: catalogue.region_name(&member.region),
        lead: member.region == *lead_region,
        region: member.region,
        role: member.role,
        consent: member.consent,
        statement: member.statement,
        decided_at: member.decided_at,
    }
}

pub(crate) fn chain_of(application: &Application) -> Result<ChainNumber> {
    let number = u16::try_from(application.chain);
    number.map(ChainNumber).map_err(|_| Error::internal("a stored chain number is out of range"))
}

fn all_parts(rules: &Rules) -> Vec<Part> {
    let mut parts = vec![Part::Profile, Part::Firms, Part::Figures, Part::Undertaking];
    parts.extend(rules.settings.sections.iter().map(|section| Part::Section(section.key.clone())));
    parts
}

fn empty(part: &Part) -> PartContent {
    match part {
        Part::Profile => PartContent::Profile(Profile::default()),
        Part::Firms => PartContent::Firms(Firms::default()),
        Part::Figures => PartContent::Figures(Figures::default()),
        Part::Undertaking => PartContent::Undertaking(Undertaking::default()),
        Part::Section(_) => PartContent::Section(Section::default()),
    }
}

/// An application.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(service: &Service, visit: &Arc<Visit>, id: ApplicationId) -> Result<ApplicationView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            let (application, members) = find(conn, visit, id, Action::ReadApplication)?;
            let (competition, rules) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            view(conn, application, members, &competition, &rules)
        })
        .await
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only of this edition.
    pub competition: Option<CompetitionId>,
    /// Only of this city.
    pub city: Option<RegionCode>,
    /// Only for this chain.
    pub chain: Option<ChainNumber>,
    /// Only in this state.
    pub state: Option<ApplicationState>,
    /// Where the page begins.
    pub before: Option<ApplicationId>,
}

/// Applications that the caller may see, newest first.
///
/// # Errors
/// If the caller may see none.
pub async fn list(
    service: &Service,
    visit: &Arc<Visit>,
    wanted: Wanted,
    limit: usize,
) -> Result<Page<ApplicationEntry>> {
    service
        .look(visit, Action::ListApplications, "application".to_owned(), move |conn, visit| {
            visit.may(Action::ListApplications, Relation::General)?;
            let caller = visit.caller()?;
            let mut filter = Filter {
                competition: wanted.competition,
                city: wanted.city.clone(),
                chain: wanted.chain.map(|chain| i32::from(chain.0)),
                state: wanted.state,
                before: wanted.before,
                ..Filter::default()
            };
            match caller.role {
                Role::Applicant => filter.taking_part.clone_from(&caller.region),
                Role::CityReviewer => {
                    if filter.city.is_some() && filter.city != caller.region {
                        return Ok(Page { items: Vec::new(), next_cursor: None });
                    }
                    filter.city.clone_from(&caller.region);
                    filter.submitted_only = true;
                }
                Role::Supervisor => {}
                _ => filter.submitted_only = true,
            }
            let rows = applications::list(conn, &filter, Page::<Application>::rows(limit))?;
            entries(conn, Page::of(rows, limit, |row| row.id.to_string()))
        })
        .await
}

/// Applications as lists have them.
pub(crate) fn entries(conn: &mut Conn, page: Page<Application>) -> Result<Page<ApplicationEntry>> {
    let ids: Vec<ApplicationId> = page.items.iter().map(|row| row.id).collect();
    let titles = titles(conn, &ids)?;
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(ApplicationEntry {
            chain: chain_of(&row)?,
            title: titles.get(&row.id).cloned().unwrap_or_default(),
            id: row.id,
            competition_id: row.competition_id,
            number: row.number,
            state: row.state,
            lead_region: row.lead_region,
            city: row.city,
            changed_at: row.changed_at,
        });
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// The titles of some applications.
pub(crate) fn titles(conn: &mut Conn, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, String>> {
    /// Of a profile, no more than is needed.
    #[derive(Deserialize)]
    struct Titled {
        title: String,
    }
    let profiles = applications::profiles_of(conn, ids)?.into_iter();
    profiles.map(|(id, content)| Ok((id, parse::<Titled>(&content)?.title))).collect()
}

/// An application as it is named where somebody has to know which is meant: number, title and lead region.
pub(crate) fn named(conn: &mut Conn, rules: &Rules, application: &Application) -> Result<String> {
    let title = titles(conn, &[application.id])?.remove(&application.id).unwrap_or_default();
    let region = rules.catalogue.region_name_or_code(&application.lead_region);
    Ok(format!("{}“{title}”（{region}）", application.number.as_deref().unwrap_or_default()))
}

/// Replaces the content of a part over the revision that the caller saw.
///
/// # Errors
/// If the caller is not of the lead region, the application can't be changed now, the content is wrong, or somebody
/// else has changed the part meanwhile: then the answer names who changed what.
pub async fn put_part(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    part: Part,
    revision: i64,
    content: PartContent,
) -> Result<PartView> {
    let content = content.as_meant();
    let (shelf, owners) = (service.shelf.clone(), Owners::of(service));
    service
        .perform(visit, Action::ChangeApplication, move |conn, act| {
            let (mut application, _, competition, rules) =
                enter(conn, act, &shelf, id, Action::ChangeApplication)?;
            if !all_parts(&rules).contains(&part) {
                return Err(Error::not_found());
            }
            act.detail("part", &part.to_string());
            must_be_open(conn, act, &application, &competition, &rules)?;
            let problems = check_part(&content, &part, &rules.settings, &rules.tally);
            must_be_valid(problems)?;
            let stored = applications::part(conn, id, &part.to_string())?;
            let now_at = stored.as_ref().map_or(0, |row| row.revision);
            if now_at != revision {
                return Err(Error::stale(now_at, changed_since(conn, id, &part, revision)?));
            }
            let text = canonical(&content);
            let digest = digest_of(&text);
            let row = PartRow {
                application_id: id,
                part: part.to_string(),
                revision: revision + 1,
                content: text,
                changed_by: act.account()?,
                changed_at: act.now,
            };
            applications::put_part(conn, &row, digest)?;
            touch(conn, act, &mut application)?;
            if matches!(part, Part::Profile | Part::Firms | Part::Figures) {
                consents::ask_again(conn, act, &owners, &rules, &application)?;
            }
            act.changed(stored.map(|row| digest_of(&row.content)), Some(digest));
            Ok(PartView {
                revision: row.revision,
                changed_by: Some(row.changed_by),
                changed_at: Some(row.changed_at),
                content: canonical_value(&content),
            })
        })
        .await
}

/// Who changed what of a part after a revision, for whoever wanted to save over it.
fn changed_since(
    conn: &mut Conn,
    id: ApplicationId,
    part: &Part,
    revision: i64,
) -> Result<Vec<FieldProblem>> {
    let rows = applications::part_revisions(conn, id, &part.to_string(), revision.max(1), 50)?;
    let mut changes = Vec::new();
    let mut before = if revision == 0 { canonical_value(&empty(part)) } else { Value::Null };
    for row in rows {
        let content: Value = parse(&row.content)?;
        if row.revision > revision {
            for change in differences(&before, &content) {
                changes.push(FieldProblem::new(
                    change.pointer,
                    "changed_by_other",
                    format!("{}于{}修改", row.changed_by_name, row.changed_at),
                    format!("Changed by {} at {}", row.changed_by_name, row.changed_at),
                ));
            }
        }
        before = content;
    }
    Ok(changes)
}

/// The history of a part, oldest first.
///
/// # Errors
/// If there is no such application or part that the caller may see.
pub async fn part_history(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    part: Part,
    after: i64,
    limit: usize,
) -> Result<Page<PartRevisionView>> {
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            find(conn, visit, id, Action::ReadApplication)?;
            let from = after.max(1);
            let rows = applications::part_revisions(
                conn,
                id,
                &part.to_string(),
                from,
                Page::<Value>::rows(limit) + 1,
            )?;
            let mut before = if after == 0 { canonical_value(&empty(&part)) } else { Value::Null };
            let mut views = Vec::new();
            for row in rows {
                let content: Value = parse(&row.content)?;
                if row.revision > after {
                    views.push(PartRevisionView {
                        revision: row.revision,
                        changed_by: row.changed_by,
                        changed_by_name: row.changed_by_name,
                        changed_at: row.changed_at,
                        changes: differences(&before, &content),
                    });
                }
                before = content;
            }
            Ok(Page::of(views, limit, |view| view.revision.to_string()))
        })
        .await
}

/// Replaces the members of an application besides its lead. Who is new is asked for its consent.
///
/// # Errors
/// If the caller is not of the lead region, the application can't be changed now or has changed meanwhile, or a
/// member is unknown or named twice.
pub async fn put_members(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    wanted: PutMembers,
) -> Result<ApplicationView> {
    let (shelf, owners) = (service.shelf.clone(), Owners::of(service));
    service
        .perform(visit, Action::ChangeApplication, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &shelf, id, Action::ChangeApplication)?;
            must_be_open(conn, act, &application, &competition, &rules)?;
            must_be_current(application.revision, revision)?;
            let problems = check_members(&wanted, &application, &rules);
            must_be_valid(problems)?;
            for member in &members {
                let role = if member.region == application.lead_region {
                    Some(wanted.lead_role)
                } else {
                    wanted.members.iter().find(|new| new.region == member.region).map(|new| new.role)
                };
                match role {
                    None => applications::remove_member(conn, id, &member.region)?,
                    Some(role) if role != member.role => {
                        let mut changed = member.clone();
                        changed.role = role;
                        if member.region != application.lead_region {
                            // It agreed to another part than it is now given: ask again.
                            changed.consent = ConsentState::Asked;
                            changed.decided_by = None;
                            changed.decided_at = None;
                            changed.statement.clone_from(&rules.settings.consent_statement);
                        }
                        applications::update_member(conn, &changed)?;
                    }
                    Some(_) => {}
                }
            }
            for new in wanted.members.iter().filter(|new| !members.iter().any(|old| old.region == new.region))
            {
                applications::insert_member(
                    conn,
                    &MemberRow {
                        application_id: id,
                        region: new.region.clone(),
                        role: new.role,
                        consent: ConsentState::Asked,
                        statement: rules.settings.consent_statement.clone(),
                        decided_by: None,
                        decided_at: None,
                        added_at: act.now,
                    },
                )?;
            }
            touch(conn, act, &mut application)?;
            consents::ask_again(conn, act, &owners, &rules, &application)?;
            let members = applications::members(conn, id)?;
            let named: Vec<_> = members.iter().map(|member| (&member.region, member.role)).collect();
            act.detail("members", &named);
            view(conn, application, members, &competition, &rules)
        })
        .await
}

fn check_members(wanted: &PutMembers, application: &Application, rules: &Rules) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if wanted.members.len() >= MOST_MEMBERS {
        problems.push(FieldProblem::new(
            "/members",
            "too_many",
            format!("含牵头单位至多{MOST_MEMBERS}个成员"),
            format!("At most {MOST_MEMBERS} members, the lead included"),
        ));
    }
    for (index, member) in wanted.members.iter().enumerate() {
        let pointer = format!("/members/{index}/region");
        let twice = wanted.members[..index].iter().any(|earlier| earlier.region == member.region);
        if twice || member.region == application.lead_region {
            problems.push(FieldProblem::new(
                pointer,
                "duplicate",
                "该地区已是成员",
                "The region is a member already",
            ));
        } else if rules.catalogue.region(&member.region).is_none() {
            problems.push(FieldProblem::new(
                pointer,
                "unknown_region",
                "本届目录中没有该地区",
                "The edition's catalogue has no such region",
            ));
        }
    }
    problems
}

/// The whole of an application, as it stands. Evidence that was found harmful is as if it were not there; how those files
/// are to be replaced is told beside it.
pub(crate) fn whole(
    conn: &mut Conn,
    application: &Application,
    members: &[MemberRow],
    settings_version: i32,
) -> Result<(Whole, Vec<FieldProblem>)> {
    let parts = applications::parts(conn, application.id)?;
    let mut evidence = db::evidence::of_application(conn, application.id, false)?;
    let found = db::scans::harmful(conn, evidence.iter().map(|row| row.digest).collect())?;
    let harmful = evidence.extract_if(.., |row| found.contains(&row.digest)).map(|row| {
        FieldProblem::new(
            "/evidence",
            "file_quarantined",
            format!("安全扫描发现“{}”有害，请删除并换一份安全的文件", row.name),
            format!("The scanner found `{}` harmful; remove it and upload a safe file", row.name),
        )
    });
    let harmful = harmful.collect();
    Ok((assemble(application, members, parts, evidence, settings_version)?, harmful))
}

/// The same without evidence: what nobody's consent covers.
pub(crate) fn assembled(conn: &mut Conn, application: &Application, members: &[MemberRow]) -> Result<Whole> {
    assemble(application, members, applications::parts(conn, application.id)?, Vec::new(), 0)
}

fn assemble(
    application: &Application,
    members: &[MemberRow],
    parts: Vec<PartRow>,
    evidence: Vec<db::evidence::Evidence>,
    settings_version: i32,
) -> Result<Whole> {
    let mut whole = Whole {
        application: application.id,
        lead_region: application.lead_region.clone(),
        chain: chain_of(application)?,
        settings_version,
        members: members
            .iter()
            .map(|member| Member {
                region: member.region.clone(),
                role: member.role,
                consent: member.consent,
                statement: member.decided_at.map(|_| digest_of(&member.statement)),
            })
            .collect(),
        profile: Profile::default(),
        firms: Vec::new(),
        figures: Vec::new(),
        sections: BTreeMap::new(),
        undertaking: Undertaking::default(),
        evidence: evidence
            .into_iter()
            .map(|row| EvidenceEntry {
                id: row.id,
                kind: row.kind,
                name: row.name,
                size: row.size,
                digest: row.digest,
            })
            .collect(),
    };
    for row in parts {
        let part: Part =
            row.part.parse().map_err(|_| Error::internal(format!("unknown part {}", row.part)))?;
        match part {
            Part::Profile => whole.profile = parse(&row.content)?,
            Part::Firms => whole.firms = parse::<Firms>(&row.content)?.firms,
            Part::Figures => whole.figures = parse::<Figures>(&row.content)?.figures,
            Part::Undertaking => whole.undertaking = parse(&row.content)?,
            Part::Section(key) => {
                let section: Section = parse(&row.content)?;
                whole.sections.insert(key, section.text);
            }
        }
    }
    Ok(whole)
}

/// An application as it is stored now, whole.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn stored(service: &Service, visit: &Arc<Visit>, id: ApplicationId) -> Result<Whole> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            let (application, members) = find(conn, visit, id, Action::ReadApplication)?;
            let (competition, _) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            Ok(whole(conn, &application, &members, competition.version)?.0)
        })
        .await
}

/// What is missing of an application, and what looks wrong.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn completeness(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
) -> Result<CompletenessView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            let (application, members) = find(conn, visit, id, Action::ReadApplication)?;
            let (competition, rules) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            let (whole, harmful) = whole(conn, &application, &members, competition.version)?;
            let mut missing = whole.missing(&rules.settings, &rules.tally, &rules.catalogue);
            missing.extend(harmful);
            Ok(CompletenessView {
                complete: missing.is_empty(),
                missing: missing.into_iter().map(OpenPoint::from).collect(),
                warnings: whole
                    .implausible(&rules.settings, &rules.tally)
                    .into_iter()
                    .map(OpenPoint::from)
                    .collect(),
            })
        })
        .await
}

/// How the claims of an application would score, by the code that scores verified values.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn self_score(service: &Service, visit: &Arc<Visit>, id: ApplicationId) -> Result<PreviewView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            let (application, members) = find(conn, visit, id, Action::ReadApplication)?;
            let (competition, rules) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            let (whole, _) = whole(conn, &application, &members, competition.version)?;
            let tally = whole.preview_tally(&rules.settings, &application.city).map_err(Error::invalid)?;
            Ok(PreviewView { criteria: preview_criteria(&preview(&tally)) })
        })
        .await
}

fn preview_criteria(derivation: &crate::domain::scoring::Derivation<'_>) -> Vec<CriterionPreview> {
    use crate::domain::scoring::{Amount, Fraction, Source};
    let criteria = derivation.tally.rubric.criteria.iter().enumerate();
    criteria
        .map(|(index, criterion)| {
            let of_criterion = derivation.indicators.iter().filter(|indicator| indicator.criterion == index);
            let mut most_measured = Fraction::from_integer(0.into());
            let indicators = of_criterion
                .map(|indicator| {
                    let judged = matches!(indicator.source, Source::Judged { .. });
                    if !judged {
                        most_measured += &indicator.coefficient.0;
                    }
                    IndicatorPreview {
                        key: indicator.key.to_owned(),
                        name: indicator.name.to_owned(),
                        most: indicator.coefficient.decimal().0,
                        judged,
                        points: indicator
                            .points
                            .as_ref()
                            .filter(|_| !judged)
                            .map(|points| points.decimal().0),
                    }
                })
                .collect();
            CriterionPreview {
                key: criterion.key.to_string(),
                name: criterion.name.clone(),
                most_measured: Amount(most_measured).decimal().0,
                indicators,
            }
        })
        .collect()
}

/// Submits an application: freezes its content with a digest and gives a receipt. In time is what had wholly arrived
/// at the deadline.
///
/// # Errors
/// If the caller is not of the lead region, the application is not complete (what is missing is listed), can't be
/// submitted now, or has changed since the caller read it.
pub async fn submit(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
) -> Result<ReceiptView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::SubmitApplication, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &shelf, id, Action::SubmitApplication)?;
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
                return Err(Error::conflict(
                    "incomplete",
                    format!("还有{}项未完成，不能提交", missing.len()),
                    format!("{} things are missing; it can't be submitted", missing.len()),
                )
                .with(missing));
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
                submitted_at: act.visit.received_at,
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

/// The next application number of an edition: its year and a running number without gaps.
fn new_number(conn: &mut Conn, competition: &Competition, rules: &Rules) -> Result<String> {
    let year = rules.settings.year();
    let number = db::accounts::next_number(conn, &format!("application/{}", competition.id))?;
    // Two editions of one year keep apart by which of the installation's they are.
    let edition = db::competitions::ordinal(conn, competition.id)?;
    Ok(format!("{year}-{edition:02}-{number:04}"))
}

/// Withdraws an application.
///
/// # Errors
/// If the caller is not of the lead region, or the application is decided already or has changed meanwhile.
pub async fn withdraw(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    withdraw: Withdraw,
) -> Result<ApplicationView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::WithdrawApplication, move |conn, act| {
            let (mut application, members, competition, rules) =
                enter(conn, act, &shelf, id, Action::WithdrawApplication)?;
            if !application.state.is_withdrawable() {
                return Err(Error::conflict(
                    "not_withdrawable",
                    "申报现不能撤回",
                    "The application can't be withdrawn now",
                ));
            }
            must_be_current(application.revision, revision)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &withdraw.reason, 1, 500);
            must_be_valid(problems)?;
            let sealed = db::recommendations::list(conn, application.competition_id, &application.city)?
                .is_some_and(|list| list.sealed_at.is_some());
            let name = named(conn, &rules, &application)?;
            act.follows(FieldProblem::new(
                "",
                "withdrawn",
                format!("{name}将撤回，本届不再评审，不能恢复，也不能为同一产业链另行申报"),
                format!("{name} is withdrawn for this edition; it can't be restored"),
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
    visit: &Arc<Visit>,
    id: ApplicationId,
) -> Result<Vec<SubmissionEntry>> {
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            find(conn, visit, id, Action::ReadApplication)?;
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
    visit: &Arc<Visit>,
    id: ApplicationId,
    number: i32,
) -> Result<SubmissionView> {
    service
        .look(visit, Action::ReadApplication, format!("application/{id}"), move |conn, visit| {
            find(conn, visit, id, Action::ReadApplication)?;
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
