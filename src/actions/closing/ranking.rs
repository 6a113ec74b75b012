//! Ranking a frozen tally, which is done once, and what that comes to.

use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{RankingView, TallyChangesView, tallies};
use crate::actions::boards::Board;
use crate::actions::rules::{Cache, visible_competition};
use crate::actions::{RequestContext, Service};
use crate::db::Conn;
use crate::domain::access::{Action, Relation};
use crate::domain::closing::{Placing, place_changes, placings};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::record::canonical;
use crate::domain::scoring::{Note, Problems, Tally, rank, read_tally};
use crate::domain::values::Language;
use crate::error::{Error, Result};

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

/// A version of a competition's tally, ranked.
pub(crate) fn ranked(
    conn: &mut Conn,
    cache: &Cache,
    competition: CompetitionId,
    number: i32,
) -> Result<Arc<Ranked>> {
    cache.ranked(conn, competition, number, rank_document)?.ok_or_else(Error::not_found)
}

/// The ranking by a version of the tally.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn ranking(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<RankingView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let tally = tallies(conn, id)?.into_iter().find(|tally| tally.number == number);
            let tally = tally.ok_or_else(Error::not_found)?;
            let ranked = ranked(conn, &cache, id, number)?;
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
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<Vec<ApplicationId>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let ranked = ranked(conn, &cache, id, number)?;
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
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<TallyChangesView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            if number < 2 {
                return Err(Error::not_found());
            }
            let (before, now) = (ranked(conn, &cache, id, number - 1)?, ranked(conn, &cache, id, number)?);
            let changes = place_changes(&before.placings, &now.placings);
            Ok(TallyChangesView { number, before: number - 1, changes })
        })
        .await
}
