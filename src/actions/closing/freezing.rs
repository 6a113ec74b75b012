//! Making a version of the tally, and confirming it by a second person.

use std::sync::Arc;

use serde_json::json;

use super::{MakeTally, Scored, TallyChangesView, TallyView, gather, latest_tally, ranked};
use crate::actions::ranked::rank_document;
use crate::actions::rules::{Cache, Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service, documents};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::closing::{TallySheet, place_changes, slot, tally_document};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::DocumentKind;
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_unblocked, must_be_valid};

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
    let secret = secret.ok_or_else(|| Error::internal("the competition has no secret"))?;
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

/// Freezes the tally: what closing does besides moving the competition on. It is the first version, or, where scoring was
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

/// A competition with a frozen tally, under its lock.
pub(crate) fn enter_closed(
    conn: &mut Conn,
    act: &mut Act<'_>,
    cache: &Cache,
    id: CompetitionId,
    action: Action,
    states: &[CompetitionState],
) -> Result<(Competition, Arc<Rules>)> {
    act.context.may(action, Relation::General)?;
    visible_competition(conn, cache, act.context, id)?;
    act.enter(conn, id)?;
    act.on("competition", id);
    let (competition, rules) = visible_competition(conn, cache, act.context, id)?;
    if !states.contains(&competition.state) {
        return Err(Error::conflict(
            "stage_closed",
            "竞赛的当前阶段不能进行此操作",
            "This can't be done at this stage of the competition",
        ));
    }
    Ok((competition, rules))
}

/// Makes a further version of the tally from what is signed now, with rulings among equals. Earlier versions stay as
/// they are.
///
/// # Errors
/// If the caller is not the office, scoring is not closed or the winners are announced, the reason or the minutes are
/// missing, a ruling names no application of the tally, or nothing is changed.
pub async fn make(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    make: MakeTally,
) -> Result<TallyChangesView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::MakeTally, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice];
            let (competition, rules) = enter_closed(conn, act, &cache, id, Action::MakeTally, &states)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &make.reason, 1, lengths::REASON);
            check_text(
                &mut problems,
                "/minutes",
                &make.minutes,
                usize::from(!make.rulings.is_empty()),
                lengths::REPORT,
            );
            let before = latest_tally(conn, id)?;
            let stood = ranked(conn, &cache, id, before.number)?;
            for (index, ruled) in make.rulings.iter().enumerate() {
                let known = stood.placings.iter().any(|placing| placing.application_id == *ruled);
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
            Ok(TallyChangesView { number, before_number: before.number, changes })
        })
        .await
}

/// Confirms the latest version of the tally, as somebody who did not prepare it.
///
/// # Errors
/// If the caller is not the office or prepared it, it is not the latest, or it is confirmed already.
pub async fn confirm(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<TallyView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ConfirmTally, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice];
            enter_closed(conn, act, &cache, id, Action::ConfirmTally, &states)?;
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
                return Err(Error::conflict("confirmed", "已复核", "It is confirmed"));
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
