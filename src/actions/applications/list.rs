//! Lists of applications, and what they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::{ApplicationEntry, chain_of};
use crate::actions::rules::{Cache, Digests, Rules};
use crate::actions::{Caller, Page, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::applications::{self, Application, Filter};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::ApplicationState;
use crate::domain::catalogue::{ChainNumber, RegionCode};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub competition: Option<CompetitionId>,
    pub city: Option<RegionCode>,
    pub chain: Option<ChainNumber>,
    pub state: Option<ApplicationState>,
    pub changed_since: Option<Timestamp>,
    /// Where the page begins.
    pub before: Option<ApplicationId>,
}

/// Applications that the caller may see, newest first.
///
/// # Errors
/// If the caller may see none.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    wanted: Wanted,
    limit: usize,
) -> Result<Page<ApplicationEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ListApplications, "application".to_owned(), move |conn, context| {
            context.may(Action::ListApplications, Relation::General)?;
            let caller = context.caller()?;
            let mut filter = Filter {
                chain: wanted.chain.map(|chain| i32::from(chain.0)),
                state: wanted.state,
                changed_since: wanted.changed_since,
                before: wanted.before,
                ..seen_by(caller, wanted.competition)
            };
            if let Some(city) = &wanted.city {
                if filter.city.as_ref().is_some_and(|own| own != city) {
                    return Ok(Page { items: Vec::new(), next_cursor: None });
                }
                filter.city = Some(city.clone());
            }
            let rows = applications::list(conn, &filter, Page::<Application>::rows(limit))?;
            entries(conn, &cache, Page::of(rows, limit, |row| row.id.to_string()))
        })
        .await
}

/// The applications that somebody sees, of a competition or of all.
pub(crate) fn seen_by(caller: &Caller, competition: Option<CompetitionId>) -> Filter {
    let region = || caller.region.clone();
    let within = caller.machine.as_ref().map(|machine| machine.scope.competition_ids.clone());
    let filter = Filter { competition, within: within.unwrap_or_default(), ..Filter::default() };
    match caller.role {
        Role::Applicant => Filter { taking_part: region(), ..filter },
        Role::CityReviewer => Filter { city: region(), submitted_only: true, ..filter },
        Role::Supervisor => filter,
        _ => Filter { submitted_only: true, ..filter },
    }
}

/// Applications as lists have them.
pub(crate) fn entries(
    conn: &mut Conn,
    cache: &Cache,
    page: Page<Application>,
) -> Result<Page<ApplicationEntry>> {
    let ids: Vec<ApplicationId> = page.items.iter().map(|row| row.id).collect();
    let titles = titles(conn, &ids)?;
    let competitions: BTreeSet<CompetitionId> = page.items.iter().map(|row| row.competition_id).collect();
    let digests = Digests::of(conn, &competitions.into_iter().collect::<Vec<_>>())?;
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        let rules = cache.newest_rules_by(conn, &digests, row.competition_id)?;
        items.push(ApplicationEntry {
            chain: rules.catalogue.named_chain(chain_of(&row)?),
            title: titles.get(&row.id).cloned().unwrap_or_default(),
            id: row.id,
            competition_id: row.competition_id,
            number: row.number,
            state: row.state,
            lead_region: rules.catalogue.named_region(&row.lead_region),
            city: rules.catalogue.named_city(&row.city),
            changed_at: row.changed_at,
        });
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub(crate) fn titles(conn: &mut Conn, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, String>> {
    let profiles = applications::profiles_of(conn, ids)?.into_iter();
    profiles.map(|(id, profile)| Ok((id, title_of(&profile)?))).collect()
}

/// The title that stands in a profile.
pub(crate) fn title_of(profile: &str) -> Result<String> {
    /// Of a profile, no more than is needed.
    #[derive(Deserialize)]
    struct Titled {
        title: String,
    }
    Ok(parse::<Titled>(profile)?.title)
}

/// An application as it is named where somebody has to know which is meant: number, title and lead region.
pub(crate) fn named(conn: &mut Conn, rules: &Rules, application: &Application) -> Result<String> {
    let title = titles(conn, &[application.id])?.remove(&application.id).unwrap_or_default();
    let region = rules.catalogue.region_name_or_code(&application.lead_region);
    Ok(format!("{}“{title}”（{region}）", application.number.as_deref().unwrap_or_default()))
}
