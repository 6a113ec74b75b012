//! Formal checks that are issued together, and their letters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drafts::{Waiting, enter, not_waiting, waiting};
use super::{Check, FormalCheckView, formal_view, record};
use crate::actions::applications::titles;
use crate::actions::messages::Owners;
use crate::actions::rules::{Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service};
use crate::db::checks::{self, FormalCheck};
use crate::db::{Conn, applications};
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::NamedRegion;
use crate::domain::checks::FormalResult;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::problem::FieldProblem;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Error, Result, must_be_valid};

/// Which formal checks to issue.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IssueChecks {
    /// Of which applications; unless told, of all whose draft is complete.
    #[serde(default)]
    pub application_ids: Option<Vec<ApplicationId>>,
}

/// Formal checks that were issued together, among those of a competition.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckLotEntry {
    /// Which lot of the competition, from 1.
    pub number: i32,
    pub issued_at: Timestamp,
    /// How many were accepted, are to be corrected, were rejected.
    pub accepted_count: u32,
    pub correction_count: u32,
    pub rejected_count: u32,
}

/// Formal checks that were issued together.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckLotView {
    pub competition_id: CompetitionId,
    /// Which lot of the competition, from 1.
    pub number: i32,
    pub issued_at: Timestamp,
    /// In the order of the applications' numbers.
    pub issued_checks: Vec<IssuedCheck>,
}

/// A formal check of a lot.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IssuedCheck {
    pub application_id: ApplicationId,
    pub application_number: String,
    pub title: String,
    pub lead_region: NamedRegion,
    pub check: FormalCheckView,
    /// Whether the rejection was taken back since: it has no letter then.
    pub taken_back: bool,
}

/// The lots of a competition, in order.
fn by_lot(conn: &mut Conn, id: CompetitionId) -> Result<BTreeMap<i32, Vec<FormalCheck>>> {
    let mut lots: BTreeMap<i32, Vec<FormalCheck>> = BTreeMap::new();
    for row in checks::in_lots(conn, id)? {
        lots.entry(row.lot.unwrap_or_default()).or_default().push(row);
    }
    Ok(lots)
}

fn view(
    conn: &mut Conn,
    rules: &Rules,
    competition_id: CompetitionId,
    number: i32,
    rows: Vec<FormalCheck>,
) -> Result<CheckLotView> {
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.application_id).collect();
    let (mut titles, named) = (titles(conn, &ids)?, applications::numbered(conn, competition_id)?);
    let taken_back = FormalResult::TakenBack.as_str();
    let all = checks::formal(conn, &ids)?;
    let taken_back: BTreeSet<_> = all
        .iter()
        .filter(|row| row.result == taken_back)
        .map(|row| (row.application_id, row.round - 1))
        .collect();
    let issued_at = rows.first().ok_or_else(Error::not_found)?.checked_at;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.application_id;
        let (_, number, lead) = named.iter().find(|(known, ..)| *known == id).ok_or_else(Error::not_found)?;
        found.push(IssuedCheck {
            application_id: id,
            application_number: number.clone(),
            title: titles.remove(&id).unwrap_or_default(),
            lead_region: rules.catalogue.named_region(lead),
            taken_back: taken_back.contains(&(id, row.round)),
            check: formal_view(row)?,
        });
    }
    Ok(CheckLotView { competition_id, number, issued_at, issued_checks: found })
}

/// The lots of formal checks of a competition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn lots(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<CheckLotEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadChecks, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadChecks, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let entry = |(number, rows): (i32, Vec<FormalCheck>)| {
                let of = |result: FormalResult| {
                    let of = rows.iter().filter(|row| row.result == result.as_str()).count();
                    u32::try_from(of).unwrap_or(u32::MAX)
                };
                Some(CheckLotEntry {
                    number,
                    issued_at: rows.first()?.checked_at,
                    accepted_count: of(FormalResult::Accepted),
                    correction_count: of(FormalResult::Correction),
                    rejected_count: of(FormalResult::Rejected),
                })
            };
            Ok(by_lot(conn, id)?.into_iter().filter_map(entry).collect())
        })
        .await
}

/// A lot of formal checks.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn lot(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<CheckLotView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadChecks, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadChecks, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let rows = by_lot(conn, id)?.remove(&number).ok_or_else(Error::not_found)?;
            view(conn, &rules, id, number, rows)
        })
        .await
}

/// Issues the formal checks of several applications together: each becomes what it would by itself. Drafts that are not
/// complete stay drafts.
///
/// # Errors
/// If the caller is not the office, the competition is not at its checks, an application is named that does not wait for a
/// check, or none of the drafts is complete.
pub async fn issue(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    asked: IssueChecks,
) -> Result<CheckLotView> {
    let (cache, owners) = (service.cache.clone(), Owners::of(service));
    service
        .write(context, Action::CheckFormally, move |conn, act| {
            let (competition, rules) = enter(conn, act, &cache, id)?;
            let all = waiting(conn, &competition, &rules, act.context.received_at)?;
            let chosen = chosen(all, asked.application_ids.as_deref())?;
            let (whole, left): (Vec<Waiting>, Vec<Waiting>) =
                chosen.into_iter().partition(|one| one.is_complete(&rules));
            if whole.is_empty() {
                return Err(Error::conflict(
                    "nothing_to_issue",
                    "没有填写完整的审查草稿可以印发",
                    "No draft is complete that could be issued",
                ));
            }
            // Nobody looks at each check again before all are issued.
            act.insist();
            tell_counts(act, &whole, &left);
            let last = by_lot(conn, id)?.keys().next_back().copied().unwrap_or_default();
            let number = last + 1;
            let (mut rows, mut told) = (Vec::with_capacity(whole.len()), Vec::new());
            for one in whole {
                let Waiting { application, before, draft, .. } = one;
                let Some(result) = draft.result else { continue };
                let check = Check { findings: draft.findings, result, reason: draft.reason };
                told.push(format!("{}/{result}", application.id));
                rows.push(record(conn, act, &owners, &rules, (application, &before), &check, Some(number))?);
            }
            act.detail("lot", &number);
            act.detail("results", &told);
            view(conn, &rules, id, number, rows)
        })
        .await
}

/// Those that are named of those that wait, or all.
fn chosen(all: Vec<Waiting>, ids: Option<&[ApplicationId]>) -> Result<Vec<Waiting>> {
    let Some(ids) = ids else { return Ok(all) };
    let mut named = BTreeSet::new();
    let wrong = |(index, id): (usize, &ApplicationId)| {
        let waits = all.iter().any(|one| one.application.id == *id);
        (!named.insert(*id) || !waits).then(|| not_waiting(format!("/application_ids/{index}")))
    };
    must_be_valid(ids.iter().enumerate().filter_map(wrong).collect())?;
    Ok(all.into_iter().filter(|one| named.contains(&one.application.id)).collect())
}

/// Tells how many come to what, and which stay drafts.
fn tell_counts(act: &mut Act<'_>, whole: &[Waiting], left: &[Waiting]) {
    let of = |result: FormalResult| whole.iter().filter(|one| one.draft.result == Some(result)).count();
    let [accepted, correction, rejected] =
        [FormalResult::Accepted, FormalResult::Correction, FormalResult::Rejected].map(of);
    act.follows(FieldProblem::new(
        "",
        "issued",
        format!("将印发{}件：受理{accepted}件，补正{correction}件，不予受理{rejected}件", whole.len()),
        format!(
            "{} will be issued: {accepted} accepted, {correction} to be corrected, {rejected} rejected",
            count(whole.len(), "check", "checks")
        ),
    ));
    if !left.is_empty() {
        let numbers: Vec<&str> = left.iter().map(Waiting::number).collect();
        let numbers = numbers.join("、");
        act.follows(FieldProblem::new(
            "",
            "incomplete",
            format!("未填写完整、仍为草稿的{}件：{numbers}", left.len()),
            format!(
                "{} not complete and stay drafts: {numbers}",
                count(left.len(), "check is", "checks are")
            ),
        ));
    }
}
