//! Ranking a frozen tally, which is done once, and what that comes to.

use std::sync::Arc;

use super::{RankingView, TallyChangesView, TallyView, tallies};
use crate::actions::ranked::{Ranked, rank_document};
use crate::actions::rules::{Cache, visible_competition};
use crate::actions::{RequestContext, Service};
use crate::db::Conn;
use crate::domain::access::{Action, Relation};
use crate::domain::closing::place_changes;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::scoring::Note;
use crate::error::{Error, Result};

/// A version of a competition's tally, ranked.
pub(crate) fn ranked(
    conn: &mut Conn,
    cache: &Cache,
    competition: CompetitionId,
    number: i32,
) -> Result<Arc<Ranked>> {
    cache.ranked(conn, competition, number, rank_document)?.ok_or_else(Error::not_found)
}

/// The same of a version that was looked up.
pub(crate) fn ranked_as(
    conn: &mut Conn,
    cache: &Cache,
    competition: CompetitionId,
    tally: &TallyView,
) -> Result<Arc<Ranked>> {
    let found = cache.ranked_as(conn, competition, tally.number, tally.digest, rank_document)?;
    found.ok_or_else(Error::not_found)
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
            let ranked = ranked_as(conn, &cache, id, &tally)?;
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
            Ok(waiting.map(|placing| placing.application_id).collect())
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
            Ok(TallyChangesView { number, before_number: number - 1, changes })
        })
        .await
}
