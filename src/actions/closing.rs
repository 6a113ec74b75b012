//! Closing (汇总): the tally is frozen from what was signed, ranked, confirmed by a second person, and corrected only by
//! a further version.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::applications::{enter, find};
use super::boards::Board;
use super::inspections::consents;
use super::rules::{Rules, Shelf, visible_edition};
use super::{Act, Service, Visit, documents, parse, sheets};
use crate::db::applications::{self, Application};
use crate::db::competitions::Competition;
use crate::db::documents::Document;
use crate::db::experts;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{ApplicationState, Whole};
use crate::domain::blocker::Blocker;
use crate::domain::catalogue::ChainNumber;
use crate::domain::checks::VetoState;
use crate::domain::closing::{
    PlaceChange, Placing, TallyApplication, TallySheet, place_changes, placings, slot, tally_document,
};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::inspection::{InspectionState, SignedInspection, raised};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind, canonical};
use crate::domain::scoring::{AdjustmentKind, Note, Problems, Tally, explain, rank, read_tally};
use crate::domain::sheet::SignedSheet;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::typed;
use crate::domain::values::{Decimal, Language};
use crate::error::{Error, Result, must_be_current, must_be_unblocked, must_be_valid};

/// A bonus or a deduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AdjustmentEntry {
    /// The key in the rubric.
    pub key: String,
    /// How much, as decimal text.
    pub value: String,
    /// On what ground: document, evidence, finding.
    pub basis: String,
}

/// The bonuses and deductions of an application.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutAdjustments {
    /// All of them; what is not listed does not hold.
    pub entries: Vec<AdjustmentEntry>,
}

/// The bonuses and deductions of an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AdjustmentsView {
    /// The application.
    pub application_id: ApplicationId,
    /// What holds.
    pub entries: Vec<AdjustmentEntry>,
    /// Sent as `If-Match` with a change: how often they were entered.
    pub revision: i64,
}

/// A further version of the tally.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MakeTally {
    /// Why: what was corrected, or that equals are ruled upon.
    pub reason: String,
    /// Among equals, the order that the office ruled, first one first; empty if nothing is ruled.
    #[serde(default)]
    pub rulings: Vec<ApplicationId>,
    /// The minutes of the ruling; obligatory with rulings.
    #[serde(default)]
    pub minutes: String,
}

/// A version of the tally in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TallyView {
    /// Which version, from 1; the latest holds.
    pub number: i32,
    /// The digest of the document.
    pub digest: Digest,
    /// Why it was made.
    pub reason: String,
    /// Who prepared it.
    pub prepared_by: AccountId,
    /// When.
    pub prepared_at: Timestamp,
    /// Who confirmed it.
    pub confirmed_by: Option<AccountId>,
    /// When.
    pub confirmed_at: Option<Timestamp>,
}

/// A ranking: what the frozen tally comes to, by docs/normative/SCORING.md alone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RankingView {
    /// The version of the tally.
    pub tally: TallyView,
    /// Whether no ruling among equals is waited for.
    pub complete: bool,
    /// Titles, cities, tracks and chains of the applications, as the tally has them.
    #[schemars(with = "Vec<Value>")]
    pub applications: Arc<RawValue>,
    /// The result, `qianglian-result/1`: the bytes that `qianglian tally` prints for the document.
    #[schemars(with = "Value")]
    pub result: Arc<RawValue>,
}

/// What a version of the tally changed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TallyChangesView {
    /// The version.
    pub number: i32,
    /// The version before.
    pub before: i32,
    /// Applications that stand otherwise.
    pub changes: Vec<PlaceChange>,
}

/// How an application fared, in full.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResultView {
    /// The application.
    pub application_id: ApplicationId,
    /// The version of the tally.
    pub tally: i32,
    /// The digest of that tally.
    pub tally_digest: Digest,
    /// How each point arose, `qianglian-derivation/1`. Experts stand under keys that tell nothing of who they are. For
    /// applicants without their neighbours in the ranking.
    pub derivation: Value,
}

/// A frozen tally with what it comes to. Frozen documents never change, so what was ranked once is kept.
pub(crate) struct Ranked {
    pub(crate) tally: Tally,
    /// How each application stands.
    pub(crate) placings: Vec<Placing>,
    /// Whether no ruling is waited for.
    pub(crate) complete: bool,
    /// The same as rows for people, made when they are first asked for.
    pub(crate) board: OnceLock<Board>,
    applications: Arc<RawValue>,
    pub(crate) result: Arc<RawValue>,
}

fn raw(json: String) -> Result<Arc<RawValue>> {
    let raw = RawValue::from_string(json).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Arc::from(raw))
}

fn first_problem(problems: &Problems) -> String {
    problems.kept().first().map(|problem| problem.text(Language::English)).unwrap_or_default()
}

/// Reads and ranks a frozen document.
pub(crate) fn rank_document(content: &str) -> Result<Ranked> {
    let tally = read_tally(content.as_bytes());
    let tally = tally.map_err(|problems| {
        Error::internal(format!("a frozen tally can't be read: {}", first_problem(&problems)))
    })?;
    let (placings, complete, result) = {
        let outcome = rank(&tally);
        let complete = outcome.groups.iter().all(|group| group.complete);
        let result = String::from_utf8(outcome.canonical_json()).map_err(|_| Error::internal("not UTF-8"))?;
        (placings(&outcome), complete, result)
    };
    let applications: Vec<Value> = tally
        .applications
        .iter()
        .enumerate()
        .map(|(index, application)| {
            json!({
                "id": application.id,
                "title": application.title,
                "region": tally.region(index),
                "track": tally.track(index),
                "chain": application.chain,
            })
        })
        .collect();
    Ok(Ranked {
        placings,
        complete,
        board: OnceLock::new(),
        applications: raw(canonical(&applications))?,
        result: raw(result)?,
        tally,
    })
}

/// A version of an edition's tally, ranked.
pub(crate) fn ranked(
    conn: &mut Conn,
    shelf: &Shelf,
    competition: CompetitionId,
    number: i32,
) -> Result<Arc<Ranked>> {
    shelf.ranked(conn, competition, number, rank_document)?.ok_or_else(Error::not_found)
}

/// Enters the bonuses and deductions of an application.
///
/// # Errors
/// If the caller is not the office, the stage is another, they have changed meanwhile, or a value is not the rubric's.
pub async fn put_adjustments(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    revision: i64,
    mut put: PutAdjustments,
) -> Result<AdjustmentsView> {
    for entry in &mut put.entries {
        entry.value = typed::number(&entry.value, &["分"]);
    }
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::Adjust, move |conn, act| {
            let (application, _, competition, rules) = enter(conn, act, &shelf, id, Action::Adjust)?;
            let at_stage = matches!(
                competition.state,
                CompetitionState::Drawing
                    | CompetitionState::Scoring
                    | CompetitionState::Selection
                    | CompetitionState::Notice
            );
            if !at_stage || application.state != ApplicationState::Accepted {
                return Err(Error::conflict(
                    "stage_closed",
                    "当前阶段不能录入加分扣分",
                    "Bonuses and deductions can't be entered at the present stage",
                ));
            }
            let subject = id.to_string();
            let number = documents::next_number(conn, competition.id, DocumentKind::Adjustments, &subject)?;
            must_be_current(i64::from(number - 1), revision)?;
            must_be_valid(check_adjustments(&put.entries, &rules.tally))?;
            documents::keep(
                conn,
                act,
                competition.id,
                (DocumentKind::Adjustments, &subject, number),
                &put.entries,
                "",
            )?;
            Ok(AdjustmentsView { application_id: id, entries: put.entries.clone(), revision: number.into() })
        })
        .await
}

fn check_adjustments(entries: &[AdjustmentEntry], tally: &Tally) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = |member: &str| format!("/entries/{index}/{member}");
        check_text(&mut problems, &at("basis"), &entry.basis, 1, 1_000);
        let rule = tally.rubric.adjustments.iter().find(|rule| rule.key.as_str() == entry.key);
        let Some(rule) = rule.filter(|_| entries[..index].iter().all(|other| other.key != entry.key)) else {
            problems.push(FieldProblem::new(
                at("key"),
                "unknown_adjustment",
                "指标体系中没有该加分扣分项，或重复",
                "The rubric has no such bonus or deduction, or it stands twice",
            ));
            continue;
        };
        let fits =
            Decimal::parse(&entry.value).is_some_and(|value| Decimal::ZERO <= value && value <= rule.max);
        if !fits {
            let kind = if rule.kind == AdjustmentKind::Bonus { "加分" } else { "扣分" };
            problems.push(FieldProblem::new(
                at("value"),
                "out_of_range",
                format!("{kind}应在0至{}之间", rule.max),
                format!("Must be 0 to {}", rule.max),
            ));
        }
    }
    problems
}

/// The bonuses and deductions of an application.
///
/// # Errors
/// If the caller may not see them.
pub async fn read_adjustments(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
) -> Result<AdjustmentsView> {
    service
        .look(visit, Action::ReadRanking, format!("application/{id}"), move |conn, visit| {
            let (application, _) = find(conn, visit, id, Action::ReadRanking)?;
            let found: Option<(Document, Vec<AdjustmentEntry>)> = documents::latest(
                conn,
                application.competition_id,
                DocumentKind::Adjustments,
                &id.to_string(),
            )?;
            let (revision, entries) =
                found.map_or((0, Vec::new()), |(document, entries)| (document.number.into(), entries));
            Ok(AdjustmentsView { application_id: id, entries, revision })
        })
        .await
}

/// Everything that was signed or decided about the accepted applications of an edition.
struct Signed {
    accepted: Vec<Application>,
    /// Which application and expert there are signed sheets of, as subjects of documents name them.
    sheets: BTreeSet<String>,
    /// The last version of each document whose content was read, by kind and subject.
    latest: BTreeMap<(DocumentKind, String), Document>,
    increases: Vec<Document>,
    vetoes: BTreeMap<ApplicationId, Vec<db::checks::VetoCheck>>,
    inspections: BTreeMap<ApplicationId, db::inspections::Inspection>,
    placed: Vec<experts::PanelApplication>,
    seats: Vec<experts::Seat>,
    names: BTreeMap<ExpertId, String>,
}

impl Signed {
    /// Reads it, with the contents of documents of these kinds, in a number of statements that does not grow with the
    /// edition.
    fn read(conn: &mut Conn, id: CompetitionId, kinds: &[DocumentKind]) -> Result<Self> {
        let accepted = applications::in_states(conn, id, None, &[ApplicationState::Accepted])?;
        let ids: Vec<ApplicationId> = accepted.iter().map(|application| application.id).collect();
        // In order of versions, so the last of a subject is the one that holds.
        let (mut latest, mut increases) = (BTreeMap::new(), Vec::new());
        for document in db::documents::of_kinds(conn, id, kinds)? {
            if document.kind == DocumentKind::Increase {
                increases.push(document);
            } else {
                latest.insert((document.kind, document.subject.clone()), document);
            }
        }
        let mut vetoes: BTreeMap<ApplicationId, Vec<db::checks::VetoCheck>> = BTreeMap::new();
        for check in db::checks::vetoes(conn, &ids)? {
            vetoes.entry(check.application_id).or_default().push(check);
        }
        Ok(Self {
            sheets: db::documents::subjects(conn, id, DocumentKind::Sheet)?.into_iter().collect(),
            latest,
            increases,
            vetoes,
            inspections: db::inspections::of_competition(conn, id)?
                .into_iter()
                .map(|row| (row.application_id, row))
                .collect(),
            placed: experts::panel_applications(conn, id)?,
            seats: experts::seats(conn, id)?,
            names: experts::names(conn)?,
            accepted,
        })
    }

    /// What is open before any application is looked at: whether there is none at all.
    fn open_at_first(&self) -> Vec<Blocker> {
        if self.accepted.is_empty() { vec![Blocker::NoApplications] } else { Vec::new() }
    }

    fn document(&self, kind: DocumentKind, subject: String) -> Option<&Document> {
        self.latest.get(&(kind, subject))
    }

    /// The vetoes that stand against an application; those without a result are noted as open.
    fn vetoes(&self, rules: &Rules, application: &Application, open: &mut Vec<Blocker>) -> Vec<String> {
        let mut standing = Vec::new();
        let checks = self.vetoes.get(&application.id).map_or(&[][..], Vec::as_slice);
        for item in &rules.tally.rubric.vetoes {
            let key = item.key.to_string();
            let row = checks.iter().find(|row| row.item == key);
            match row.map_or(VetoState::NotChecked, |row| row.state) {
                VetoState::Clear => {}
                VetoState::Hit => standing.push(key),
                _ => open.push(Blocker::VetoOpen {
                    application: application.into(),
                    key,
                    item: item.name.clone(),
                }),
            }
        }
        standing
    }

    /// The verified values of an application; what keeps them from holding is noted as open.
    fn values(
        &self,
        rules: &Rules,
        application: &Application,
        now: Timestamp,
        open: &mut Vec<Blocker>,
    ) -> Result<Map<String, Value>> {
        let id = application.id;
        let row = self.inspections.get(&id).filter(|row| row.state == InspectionState::Final);
        let document = self.document(DocumentKind::Inspection, id.to_string());
        let (Some(row), Some(document)) = (row, document) else {
            open.push(Blocker::NotVerified(application.into()));
            return Ok(Map::new());
        };
        let signed: SignedInspection = parse(&document.content)?;
        let above = raised(&signed.record, &signed.claimed, &rules.tally.rubric, chain_of(application));
        for (indicator, consent) in consents(above, id, row.version, &self.increases)? {
            if consent.is_none() {
                let mut indicators = rules.tally.rubric.indicators();
                let found = indicators.find(|(_, known)| known.key.as_str() == indicator);
                let name = found.map_or_else(|| indicator.clone(), |(_, known)| known.name.clone());
                let application = application.into();
                open.push(Blocker::IncreaseWithoutConsent { application, key: indicator, indicator: name });
            }
        }
        if let Some(until) = row.comment_until.filter(|until| now <= *until) {
            open.push(Blocker::CommentsOpen { application: application.into(), until });
        }
        let verified = signed.record.items.into_iter().filter(|item| !item.value.is_null());
        Ok(verified.map(|item| (item.indicator, item.value)).collect())
    }

    /// Who serves on an application's panel.
    fn serving(&self, application: ApplicationId) -> impl Iterator<Item = ExpertId> {
        let panel = self.placed.iter().find(|entry| entry.application_id == application);
        let panel = panel.map(|entry| &entry.unit);
        let seats = self.seats.iter().filter(move |seat| Some(&seat.unit) == panel);
        seats.filter(|seat| seat.state == SeatState::Serving).map(|seat| seat.expert_id)
    }

    /// Notes the sheets that those who serve on an application's panel have not signed.
    fn missing_sheets(&self, application: &Application, open: &mut Vec<Blocker>) {
        let id = application.id;
        for expert in self.serving(id) {
            if self.sheets.contains(&sheets::subject(id, expert)) {
                continue;
            }
            let name = self.names.get(&expert).cloned().unwrap_or_default();
            open.push(Blocker::SheetMissing { application: application.into(), expert, name });
        }
    }

    /// The signed sheets of those who serve on an application's panel.
    fn scored(&self, application: ApplicationId) -> Result<Vec<Scored>> {
        let signed = self.serving(application).filter_map(|expert| {
            Some((expert, self.document(DocumentKind::Sheet, sheets::subject(application, expert))?))
        });
        signed
            .map(|(expert, document)| {
                let signed: SignedSheet = parse(&document.content)?;
                let marks = signed.content.marks.into_iter();
                let scores = marks.filter_map(|mark| Some((mark.indicator, mark.score?))).collect();
                Ok(Scored { application, expert, scores })
            })
            .collect()
    }
}

/// What an expert gives an application, by indicator.
struct Scored {
    application: ApplicationId,
    expert: ExpertId,
    scores: BTreeMap<String, String>,
}

/// What a tally is made of, as it stands, and what is still missing.
struct Gathered {
    open: Vec<Blocker>,
    applications: Vec<TallyApplication>,
    sheets: Vec<Scored>,
}

/// Gathers what was signed in an edition.
fn gather(conn: &mut Conn, id: CompetitionId, rules: &Rules, now: Timestamp) -> Result<Gathered> {
    let kinds =
        [DocumentKind::Sheet, DocumentKind::Inspection, DocumentKind::Increase, DocumentKind::Adjustments];
    let signed = Signed::read(conn, id, &kinds)?;
    let ids: Vec<ApplicationId> = signed.accepted.iter().map(|application| application.id).collect();
    let mut wholes: BTreeMap<ApplicationId, Whole> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        wholes.insert(submission.application_id, parse(&submission.content)?);
    }
    let mut gathered =
        Gathered { open: signed.open_at_first(), applications: Vec::new(), sheets: Vec::new() };
    let open = &mut gathered.open;
    for application in &signed.accepted {
        let whole = wholes.remove(&application.id);
        let whole = whole.ok_or_else(|| Error::internal("an accepted application has no submission"))?;
        let chain = chain_of(application);
        let adjustments = match signed.document(DocumentKind::Adjustments, application.id.to_string()) {
            Some(document) => parse::<Vec<AdjustmentEntry>>(&document.content)?,
            None => Vec::new(),
        };
        gathered.applications.push(TallyApplication {
            id: application.id,
            title: whole.profile.title,
            city: application.city.to_string(),
            track: rules.settings.track_of(&rules.catalogue, chain),
            chain: chain.to_string(),
            vetoes: signed.vetoes(rules, application, open),
            measured: signed.values(rules, application, now, open)?,
            adjustments: adjustments.into_iter().map(|entry| (entry.key, entry.value)).collect(),
        });
        signed.missing_sheets(application, open);
        gathered.sheets.extend(signed.scored(application.id)?);
    }
    Ok(gathered)
}

fn chain_of(application: &Application) -> ChainNumber {
    ChainNumber(u16::try_from(application.chain).unwrap_or(0))
}

/// What stands against closing.
pub(crate) fn blockers(
    conn: &mut Conn,
    id: CompetitionId,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Blocker>> {
    let signed = Signed::read(conn, id, &[DocumentKind::Inspection, DocumentKind::Increase])?;
    let mut open = signed.open_at_first();
    for application in &signed.accepted {
        signed.vetoes(rules, application, &mut open);
        signed.values(rules, application, now, &mut open)?;
        signed.missing_sheets(application, &mut open);
    }
    Ok(open)
}

/// The document of the next version of the tally.
fn next_document(
    conn: &mut Conn,
    competition: &Competition,
    rules: &Rules,
    now: Timestamp,
    rulings: &[ApplicationId],
) -> Result<String> {
    let gathered = gather(conn, competition.id, rules, now)?;
    must_be_unblocked(&gathered.open)?;
    let secret = db::documents::secret(conn, competition.id)?;
    let secret = secret.ok_or_else(|| Error::internal("the edition has no secret"))?;
    let sheets: Vec<TallySheet> = gathered
        .sheets
        .into_iter()
        .map(|Scored { application, expert, scores }| TallySheet {
            application,
            slot: slot(&secret, application, expert),
            scores,
        })
        .collect();
    let settings = &rules.settings;
    Ok(tally_document(
        competition.id,
        &settings.title,
        &settings.rubric,
        &settings.rules,
        &gathered.applications,
        &sheets,
        rulings,
    ))
}

/// Freezes the tally: what closing does besides moving the edition on. It is the first version, or, where scoring was
/// opened again, the next.
pub(crate) fn freeze(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: &Competition,
    rules: &Rules,
    secret: &str,
) -> Result<()> {
    if db::documents::secret(conn, competition.id)?.is_none() {
        db::documents::insert_secret(conn, competition.id, secret)?;
    }
    let number = documents::next_number(conn, competition.id, DocumentKind::Tally, "")?;
    let document = next_document(conn, competition, rules, act.now, &[])?;
    // What can't be ranked must not be frozen.
    rank_document(&document)?;
    let place = (DocumentKind::Tally, "", number);
    let kept = documents::keep_text(conn, act, competition.id, place, document, "评分结束")?;
    act.detail("tally", &kept.digest);
    Ok(())
}

/// An edition with a frozen tally, under its lock.
pub(crate) fn enter_closed(
    conn: &mut Conn,
    act: &mut Act<'_>,
    shelf: &Shelf,
    id: CompetitionId,
    action: Action,
    states: &[CompetitionState],
) -> Result<(Competition, Arc<Rules>)> {
    act.visit.may(action, Relation::General)?;
    visible_edition(conn, shelf, act.visit, id)?;
    act.enter(conn, id)?;
    act.on("competition", id);
    let (competition, rules) = visible_edition(conn, shelf, act.visit, id)?;
    if !states.contains(&competition.state) {
        return Err(Error::conflict(
            "stage_closed",
            "竞赛的当前阶段不能进行此操作",
            "This can't be done at this stage of the edition",
        ));
    }
    Ok((competition, rules))
}

/// The versions of an edition's tally, oldest first.
pub(crate) fn tallies(conn: &mut Conn, id: CompetitionId) -> Result<Vec<TallyView>> {
    let checks: BTreeMap<String, (AccountId, Timestamp)> =
        db::documents::heads(conn, id, DocumentKind::TallyCheck)?
            .into_iter()
            .map(|head| (head.subject, (head.signed_by, head.signed_at)))
            .collect();
    let heads = db::documents::heads(conn, id, DocumentKind::Tally)?.into_iter();
    Ok(heads
        .map(|head| {
            let check = checks.get(&head.number.to_string()).copied();
            TallyView {
                number: head.number,
                digest: head.digest,
                reason: head.reason,
                prepared_by: head.signed_by,
                prepared_at: head.signed_at,
                confirmed_by: check.map(|(by, _)| by),
                confirmed_at: check.map(|(_, at)| at),
            }
        })
        .collect())
}

/// The latest version, which must be there.
pub(crate) fn latest_tally(conn: &mut Conn, id: CompetitionId) -> Result<TallyView> {
    tallies(conn, id)?.pop().ok_or_else(|| Error::internal("a closed edition has no tally"))
}

/// Makes a further version of the tally from what is signed now, with rulings among equals. Earlier versions stay as
/// they are.
///
/// # Errors
/// If the caller is not the office, scoring is not closed or the winners are announced, the reason or the minutes are
/// missing, a ruling names no application of the tally, or nothing is changed.
pub async fn make(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    make: MakeTally,
) -> Result<TallyChangesView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::MakeTally, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice];
            let (competition, rules) = enter_closed(conn, act, &shelf, id, Action::MakeTally, &states)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &make.reason, 1, 1_000);
            check_text(
                &mut problems,
                "/minutes",
                &make.minutes,
                usize::from(!make.rulings.is_empty()),
                20_000,
            );
            let before = latest_tally(conn, id)?;
            let stood = ranked(conn, &shelf, id, before.number)?;
            for (index, ruled) in make.rulings.iter().enumerate() {
                let known = stood.placings.iter().any(|placing| placing.application == *ruled);
                if !known || make.rulings[..index].contains(ruled) {
                    problems.push(FieldProblem::new(
                        format!("/rulings/{index}"),
                        "not_ranked",
                        "排名中没有该申报，或重复",
                        "The ranking has no such application, or it stands twice",
                    ));
                }
            }
            must_be_valid(problems)?;
            let document = next_document(conn, &competition, &rules, act.now, &make.rulings)?;
            let now = rank_document(&document)?;
            let number = before.number + 1;
            if crate::domain::record::digest_of(&document) == before.digest {
                return Err(Error::conflict("unchanged", "内容没有变化", "Nothing was changed"));
            }
            if !make.rulings.is_empty() {
                let ruling = json!({
                    "format": "qianglian-ruling/1",
                    "tally": number,
                    "rulings": make.rulings,
                    "minutes": make.minutes,
                });
                let subject = number.to_string();
                documents::keep(conn, act, id, (DocumentKind::Ruling, &subject, 1), &ruling, &make.reason)?;
            }
            let kept = documents::keep_text(
                conn,
                act,
                id,
                (DocumentKind::Tally, "", number),
                document,
                &make.reason,
            )?;
            act.changed(Some(before.digest), Some(kept.digest));
            let changes = place_changes(&stood.placings, &now.placings);
            act.detail("changes", &changes.len());
            Ok(TallyChangesView { number, before: before.number, changes })
        })
        .await
}

/// Confirms the latest version of the tally, as somebody who did not prepare it.
///
/// # Errors
/// If the caller is not the office or prepared it, it is not the latest, or it is confirmed already.
pub async fn confirm(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    number: i32,
) -> Result<TallyView> {
    let shelf = service.shelf.clone();
    service
        .perform(visit, Action::ConfirmTally, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice];
            enter_closed(conn, act, &shelf, id, Action::ConfirmTally, &states)?;
            let mut latest = latest_tally(conn, id)?;
            if latest.number != number {
                return Err(Error::conflict(
                    "not_the_latest",
                    format!("现行汇总是第{}版", latest.number),
                    format!("Version {} holds now", latest.number),
                ));
            }
            if latest.prepared_by == act.account()? {
                return Err(Error::conflict(
                    "second_person_required",
                    "填写人与复核人不得为同一人",
                    "Who prepared it can't confirm it",
                ));
            }
            if latest.confirmed_by.is_some() {
                return Err(Error::conflict("confirmed", "已复核", "It is confirmed already"));
            }
            let subject = number.to_string();
            let check = json!({ "format": "qianglian-tally-check/1", "tally": latest.digest });
            let kept = documents::keep(conn, act, id, (DocumentKind::TallyCheck, &subject, 1), &check, "")?;
            latest.confirmed_by = Some(kept.signed_by);
            latest.confirmed_at = Some(kept.signed_at);
            Ok(latest)
        })
        .await
}

/// The versions of an edition's tally.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(service: &Service, visit: &Arc<Visit>, id: CompetitionId) -> Result<Vec<TallyView>> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRanking, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRanking, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            tallies(conn, id)
        })
        .await
}

/// The frozen document of a version, byte by byte.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn document(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    number: i32,
) -> Result<String> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRanking, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRanking, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            let found = db::documents::version(conn, id, DocumentKind::Tally, "", number)?;
            Ok(found.ok_or_else(Error::not_found)?.content)
        })
        .await
}

/// The ranking by a version of the tally.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn ranking(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    number: i32,
) -> Result<RankingView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRanking, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRanking, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            let tally = tallies(conn, id)?.into_iter().find(|tally| tally.number == number);
            let tally = tally.ok_or_else(Error::not_found)?;
            let ranked = ranked(conn, &shelf, id, number)?;
            Ok(RankingView {
                tally,
                complete: ranked.complete,
                applications: Arc::clone(&ranked.applications),
                result: Arc::clone(&ranked.result),
            })
        })
        .await
}

/// Applications of a ranking that wait for a ruling among equals, in order of their places.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn waiting(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    number: i32,
) -> Result<Vec<ApplicationId>> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRanking, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRanking, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            let ranked = ranked(conn, &shelf, id, number)?;
            let waiting = ranked.placings.iter();
            let waiting = waiting.filter(|placing| placing.note == Some(Note::NeedsRuling));
            Ok(waiting.map(|placing| placing.application).collect())
        })
        .await
}

/// What a version of the tally changed of the one before.
///
/// # Errors
/// If there is none that the caller may see, or it is the first.
pub async fn changes(
    service: &Service,
    visit: &Arc<Visit>,
    id: CompetitionId,
    number: i32,
) -> Result<TallyChangesView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadRanking, format!("competition/{id}"), move |conn, visit| {
            visit.may(Action::ReadRanking, Relation::General)?;
            visible_edition(conn, &shelf, visit, id)?;
            if number < 2 {
                return Err(Error::not_found());
            }
            let (before, now) = (ranked(conn, &shelf, id, number - 1)?, ranked(conn, &shelf, id, number)?);
            let changes = place_changes(&before.placings, &now.placings);
            Ok(TallyChangesView { number, before: number - 1, changes })
        })
        .await
}

/// How an application fared, point by point: for the office and supervisors once scoring is closed, for the applicant
/// from the notice on.
///
/// # Errors
/// If there is no such application that the caller may see, or no result yet.
pub async fn result(service: &Service, visit: &Arc<Visit>, id: ApplicationId) -> Result<ResultView> {
    look_at_result(service, visit, id, move |ranked, latest, applicant| {
        let derivation = explain(&ranked.tally, &id.to_string()).ok_or_else(Error::not_found)?;
        let mut derivation = derivation.json();
        if applicant {
            conceal_neighbours(&mut derivation);
        }
        Ok(ResultView { application_id: id, tally: latest.number, tally_digest: latest.digest, derivation })
    })
    .await
}

/// The latest tally with an application's result in it, for whoever may see that result.
pub(crate) struct ResultBasis {
    /// The tally, ranked.
    pub(crate) ranked: Arc<Ranked>,
    /// Which version it is.
    pub(crate) number: i32,
    pub(crate) digest: Digest,
}

/// What [`result`] is derived from.
///
/// # Errors
/// As [`result`].
pub(crate) async fn result_basis(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
) -> Result<ResultBasis> {
    look_at_result(service, visit, id, |ranked, latest, _| {
        Ok(ResultBasis { ranked, number: latest.number, digest: latest.digest })
    })
    .await
}

async fn look_at_result<T: Send + 'static>(
    service: &Service,
    visit: &Arc<Visit>,
    id: ApplicationId,
    tell: impl Fn(Arc<Ranked>, TallyView, bool) -> Result<T> + Send + 'static,
) -> Result<T> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadResult, format!("application/{id}"), move |conn, visit| {
            let (application, _) = find(conn, visit, id, Action::ReadResult)?;
            let (competition, _) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            let applicant = visit.caller.as_ref().is_some_and(|caller| caller.role == Role::Applicant);
            let first = if applicant { CompetitionState::Notice } else { CompetitionState::Selection };
            if competition.state < first || application.state != ApplicationState::Accepted {
                return Err(Error::conflict("no_result", "尚无结果可查", "There is no result yet"));
            }
            let latest = latest_tally(conn, competition.id)?;
            tell(ranked(conn, &shelf, competition.id, latest.number)?, latest, applicant)
        })
        .await
}

/// Takes out of a derivation what it tells of other applications.
fn conceal_neighbours(derivation: &mut Value) {
    if let Some(place) = derivation.get_mut("place").and_then(Value::as_object_mut) {
        for member in ["above", "below", "shared_with"] {
            place.remove(member);
        }
    }
    if let Some(members) = derivation.as_object_mut() {
        members.remove("award_steps");
    }
}
