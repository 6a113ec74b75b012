//! Formal checks in the making, of many applications: kept until they are issued.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_up, must_be_checking, was_corrected};
use crate::actions::applications::titles;
use crate::actions::rules::{Cache, Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::applications::{self, Application};
use crate::db::checks::{self, FormalCheck, FormalCheckDraft};
use crate::db::competitions::Competition;
use crate::domain::access::{Action, Relation};
use crate::domain::application::{ApplicationState, Whole};
use crate::domain::catalogue::NamedRegion;
use crate::domain::checks::{CheckDraft, FormalResult, ItemFinding, known_finding};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::time::Timestamp;
use crate::error::{Result, must_be_current, must_be_valid};

/// An application that waits for a formal check, with what is found so far.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckDraftEntry {
    pub application_id: ApplicationId,
    pub application_number: String,
    pub title: String,
    pub lead_region: NamedRegion,
    /// Which round it would be, from 1.
    pub round: i32,
    /// Whether a correction can still be asked for.
    pub correctable: bool,
    /// One for each item of the competition, in their order.
    pub findings: Vec<DraftFinding>,
    /// What shall come of it; absent: not decided.
    pub result: Option<FormalResult>,
    pub reason: String,
    /// Sent back with what is saved; 0 while nothing was.
    pub revision: i64,
    /// Whether it can be issued.
    pub complete: bool,
}

/// What is found so far of an item.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DraftFinding {
    pub item: String,
    pub title: String,
    /// Whether it is in form; absent: not judged.
    pub passed: Option<bool>,
    pub note: String,
    /// Whether the service found it itself, and nobody has said anything else.
    pub by_system: bool,
}

/// Drafts of formal checks.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SaveCheckDrafts {
    pub drafts: Vec<SaveCheckDraft>,
}

/// The draft of a formal check, over the one before.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SaveCheckDraft {
    pub application_id: ApplicationId,
    /// The revision that was looked at.
    pub revision: i64,
    /// At most one for each item; what is left out is not judged.
    #[serde(default)]
    pub findings: Vec<ItemFinding>,
    /// Absent: not decided.
    #[serde(default)]
    pub result: Option<FormalResult>,
    #[serde(default)]
    #[schemars(length(max = lengths::FINDING))]
    pub reason: String,
}

/// How many drafts were changed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SavedCheckDraftsView {
    pub saved: u32,
}

/// An application that waits for a formal check.
pub(super) struct Waiting {
    pub(super) application: Application,
    pub(super) title: String,
    pub(super) before: Vec<FormalCheck>,
    /// With one finding for each item.
    pub(super) draft: CheckDraft,
    /// What the service finds itself.
    known: Option<ItemFinding>,
    pub(super) revision: i64,
}

impl Waiting {
    pub(super) fn is_complete(&self, rules: &Rules) -> bool {
        self.draft.is_complete(&rules.settings.formal_items, was_corrected(&self.before))
    }

    pub(super) fn number(&self) -> &str {
        self.application.number.as_deref().unwrap_or_default()
    }

    /// What it would be with another draft.
    pub(super) fn laid(&self, draft: &CheckDraft, rules: &Rules) -> CheckDraft {
        draft.laid(&rules.settings.formal_items, self.known.as_ref())
    }

    /// Stores another draft, if it says something else.
    pub(super) fn save(&self, conn: &mut Conn, act: &Act<'_>, draft: &CheckDraft) -> Result<()> {
        let row = FormalCheckDraft {
            application_id: self.application.id,
            content: canonical(draft),
            revision: self.revision + 1,
            changed_by: act.account()?,
            changed_at: act.now,
        };
        checks::put_draft(conn, &row)
    }

    fn entry(&self, rules: &Rules) -> CheckDraftEntry {
        let title = |key: &str| {
            let item = rules.settings.formal_items.iter().find(|item| item.key == key);
            item.map_or_else(String::new, |item| item.title.clone())
        };
        let finding = |found: &ItemFinding| DraftFinding {
            title: title(&found.item),
            by_system: self.known.as_ref() == Some(found),
            item: found.item.clone(),
            passed: found.passed,
            note: found.note.clone(),
        };
        CheckDraftEntry {
            application_id: self.application.id,
            application_number: self.number().to_owned(),
            title: self.title.clone(),
            lead_region: rules.catalogue.named_region(&self.application.lead_region),
            round: i32::try_from(self.before.len() + 1).unwrap_or(i32::MAX),
            correctable: !was_corrected(&self.before),
            findings: self.draft.findings.iter().map(finding).collect(),
            result: self.draft.result,
            reason: self.draft.reason.clone(),
            revision: self.revision,
            complete: self.is_complete(rules),
        }
    }
}

/// The applications of a competition that wait for a formal check, in the order of their numbers, in a number of statements
/// that does not grow with them.
pub(super) fn waiting(
    conn: &mut Conn,
    competition: &Competition,
    rules: &Rules,
    at: Timestamp,
) -> Result<Vec<Waiting>> {
    if competition.state != CompetitionState::Checking {
        return Ok(Vec::new());
    }
    let states = [ApplicationState::Recommended, ApplicationState::Correction];
    let found = applications::in_states(conn, competition.id, None, &states)?;
    let ids: Vec<ApplicationId> = found.iter().map(|application| application.id).collect();
    let mut before: BTreeMap<ApplicationId, Vec<FormalCheck>> = BTreeMap::new();
    for row in checks::formal(conn, &ids)? {
        before.entry(row.application_id).or_default().push(row);
    }
    let mut known = known(conn, rules, &ids)?;
    let (mut titles, rows) = (titles(conn, &ids)?, checks::drafts(conn, &ids)?);
    let mut drafts: BTreeMap<_, _> = rows.into_iter().map(|row| (row.application_id, row)).collect();
    let mut all = Vec::with_capacity(found.len());
    for application in found {
        let id = application.id;
        let before = before.remove(&id).unwrap_or_default();
        if !is_up(&application, &before, at) {
            continue;
        }
        let row = drafts.remove(&id);
        let stored: CheckDraft = row.as_ref().map(|row| parse(&row.content)).transpose()?.unwrap_or_default();
        let mut one = Waiting {
            application,
            title: titles.remove(&id).unwrap_or_default(),
            before,
            draft: CheckDraft::default(),
            known: known.remove(&id),
            revision: row.map_or(0, |row| row.revision),
        };
        one.draft = one.laid(&stored, rules);
        all.push(one);
    }
    all.sort_by(|left, right| {
        (left.number(), left.application.id).cmp(&(right.number(), right.application.id))
    });
    Ok(all)
}

/// What the service finds itself of what was submitted last.
fn known(
    conn: &mut Conn,
    rules: &Rules,
    ids: &[ApplicationId],
) -> Result<BTreeMap<ApplicationId, ItemFinding>> {
    let mut found = BTreeMap::new();
    if known_finding(&rules.settings.formal_items, &[]).is_none() {
        return Ok(found);
    }
    for submission in applications::last_submitted(conn, ids)? {
        let whole: Whole = parse(&submission.content)?;
        let has = |key: &str| {
            whole.figures.iter().any(|figure| figure.indicator == key && !figure.evidence.is_empty())
        };
        let indicators = rules.tally.rubric.measured().map(|(indicator, _)| indicator);
        let without = indicators.filter(|indicator| !has(indicator.key.as_str()));
        let without: Vec<&str> = without.map(|indicator| indicator.name.as_str()).collect();
        let finding = known_finding(&rules.settings.formal_items, &without);
        found.extend(finding.map(|finding| (submission.application_id, finding)));
    }
    Ok(found)
}

/// Enters a competition at its checks, for an act on drafts.
pub(super) fn enter(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: CompetitionId,
) -> Result<(Competition, Arc<Rules>)> {
    act.context.may(Action::CheckFormally, Relation::General)?;
    act.on("competition", id);
    act.enter(conn, id)?;
    let (competition, rules) = visible_competition(conn, cache, act.context, id)?;
    must_be_checking(&competition)?;
    Ok((competition, rules))
}

/// The applications of a competition that wait for a formal check, in the order of their numbers, with what is found so far.
///
/// # Errors
/// If the caller may not see it.
pub async fn drafts(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<CheckDraftEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadChecks, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadChecks, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let waiting = waiting(conn, &competition, &rules, context.received_at)?;
            Ok(waiting.iter().map(|one| one.entry(&rules)).collect())
        })
        .await
}

/// Saves drafts of formal checks: nothing is told to anybody before they are issued.
///
/// # Errors
/// If the caller is not the office, the competition is not at its checks, an application does not wait for one, or a draft has
/// changed meanwhile.
pub async fn save(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    save: SaveCheckDrafts,
) -> Result<SavedCheckDraftsView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::CheckFormally, move |conn, act| {
            let (competition, rules) = enter(conn, act, &cache, id)?;
            let waiting = waiting(conn, &competition, &rules, act.context.received_at)?;
            let (mut problems, mut changed) = (Vec::new(), BTreeMap::new());
            for (index, sent) in save.drafts.iter().enumerate() {
                let at = format!("/drafts/{index}");
                let one = waiting.iter().find(|one| one.application.id == sent.application_id);
                let Some(one) = one.filter(|one| !changed.contains_key(&one.application.id)) else {
                    problems.push(not_waiting(format!("{at}/application_id")));
                    continue;
                };
                let draft = CheckDraft {
                    findings: sent.findings.clone(),
                    result: sent.result,
                    reason: sent.reason.clone(),
                };
                let slips = draft.slips(&rules.settings.formal_items);
                problems.extend(slips.into_iter().map(|problem| problem.under(&at)));
                let draft = one.laid(&draft, &rules);
                changed.insert(one.application.id, (one, sent.revision, draft));
            }
            must_be_valid(problems)?;
            changed.retain(|_, (one, _, draft)| *draft != one.draft);
            for (one, revision, draft) in changed.values() {
                must_be_current(one.revision, *revision)?;
                one.save(conn, act, draft)?;
            }
            let ids: Vec<ApplicationId> = changed.keys().copied().collect();
            act.detail("applications", &ids);
            Ok(SavedCheckDraftsView { saved: u32::try_from(changed.len()).unwrap_or(u32::MAX) })
        })
        .await
}

/// A complaint about an application that no draft can be of, or that is named twice.
pub(super) fn not_waiting(pointer: String) -> FieldProblem {
    FieldProblem::new(
        pointer,
        "not_up_for_check",
        "该申报现不需形式审查，或重复列出",
        "The application is not up for a formal check now, or is named twice",
    )
}
