//! City review (初审) and recommendation (推荐): send back, put in order, seal within the quota.

mod returning;
mod sealing;
mod views;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::applications::titles;
use super::rules::{Rules, visible_competition};
use super::{RequestContext, Service, parse};
use crate::db::competitions::Competition;
use crate::db::recommendations::{self, List, Recommendation};
use crate::db::{Conn, applications};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::{Region, RegionCode, RegionKind};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::error::{Error, Result};

pub use self::returning::send_back;
pub use self::sealing::{SealedList, seal};
pub use self::views::*;
pub use self::writing::put;

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

/// Where the lists of all cities stand, in order of the catalogue.
///
/// # Errors
/// If the caller may not see them, or there is no such competition.
pub async fn overview(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<RecommendationsView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadProgress, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadProgress, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let lists = recommendations::lists(conn, id)?;
            let filed = applications::in_states(conn, id, None, ApplicationState::ALL)?;
            let entries = recommendations::entries_of_all(conn, id)?;
            let ids: Vec<ApplicationId> = entries.iter().map(|row| row.application_id).collect();
            let (titles, numbers) = (titles(conn, &ids)?, applications::numbers_of(conn, &ids)?);
            let cities = rules.catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
            let city = |region: &Region| {
                let list = lists.iter().find(|list| list.city == region.code);
                let own = filed.iter().filter(|row| row.city == region.code && !row.never_submitted());
                let entries = entries.iter().filter(|row| row.city == region.code);
                CityListView {
                    city: rules.catalogue.named_city(&region.code),
                    quota: rules.settings.quotas.of(&region.code),
                    submitted_count: own.count(),
                    number: list.and_then(|list| list.number.clone()),
                    document_number: list.map(|list| list.document_number.clone()).unwrap_or_default(),
                    sealed_at: list.and_then(|list| list.sealed_at),
                    entries: entries.map(|row| entry(row, &titles, &numbers)).collect(),
                }
            };
            Ok(RecommendationsView { competition_id: id, lists: cities.map(city).collect() })
        })
        .await
}

/// A place of a list, with what its application is called.
fn entry(
    row: &Recommendation,
    titles: &BTreeMap<ApplicationId, String>,
    numbers: &BTreeMap<ApplicationId, String>,
) -> EntryView {
    EntryView {
        place: row.place,
        number: numbers.get(&row.application_id).cloned().unwrap_or_default(),
        title: titles.get(&row.application_id).cloned().unwrap_or_default(),
        application_id: row.application_id,
        opinion: row.opinion.clone(),
    }
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
        city: rules.catalogue.named_city(city),
        quota: rules.settings.quotas.of(city),
        revision: list.map_or(0, |list| list.revision),
        number: list.and_then(|list| list.number.clone()),
        sealed_at: list.and_then(|list| list.sealed_at),
        digest: list.and_then(|list| list.digest),
        sealed_list: match list.and_then(|list| list.content.as_deref()) {
            Some(content) => Some(parse(content)?),
            None => None,
        },
        entries: rows.iter().map(|row| entry(row, &titles, &numbers)).collect(),
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
