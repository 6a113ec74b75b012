//! Where the checks of all that cities have recommended stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FormalCheckView, formal_view};
use crate::actions::applications::{chain_of, titles};
use crate::actions::rules::visible_competition;
use crate::actions::{RequestContext, Service};
use crate::db::{applications, checks};
use crate::domain::access::{Action, Relation};
use crate::domain::application::ApplicationState;
use crate::domain::checks::VetoState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::error::Result;

/// Where the checks of an application of a competition stand.
#[derive(Clone, Debug)]
pub struct CheckEntry {
    pub id: ApplicationId,
    pub number: String,
    pub title: String,
    pub state: ApplicationState,
    /// The lead region's name.
    pub region: String,
    pub chain: String,
    /// The last formal check.
    pub formal: Option<FormalCheckView>,
    /// Veto items by key, in the rubric's order.
    pub vetoes: Vec<(String, VetoState)>,
}

/// What cities have recommended of a competition, with where its checks stand: in a number of statements that does not grow
/// with it, in the order of their numbers.
///
/// # Errors
/// If the caller may not see it.
pub async fn of_competition(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<CheckEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadChecks, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadChecks, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let states = [
                ApplicationState::Recommended,
                ApplicationState::Correction,
                ApplicationState::Accepted,
                ApplicationState::Rejected,
            ];
            let applications = applications::in_states(conn, id, None, &states)?;
            let ids: Vec<ApplicationId> = applications.iter().map(|application| application.id).collect();
            let mut titles = titles(conn, &ids)?;
            let mut formal: BTreeMap<ApplicationId, FormalCheckView> = BTreeMap::new();
            // The later round of two comes last and stays.
            for row in checks::formal(conn, &ids)? {
                formal.insert(row.application_id, formal_view(row)?);
            }
            let mut vetoes: BTreeMap<(ApplicationId, String), VetoState> = BTreeMap::new();
            for row in checks::vetoes(conn, &ids)? {
                vetoes.insert((row.application_id, row.item), row.state);
            }
            let items: Vec<String> =
                rules.tally.rubric.vetoes.iter().map(|item| item.key.to_string()).collect();
            let mut entries = Vec::with_capacity(applications.len());
            for application in applications {
                let state = |item: &String| vetoes.get(&(application.id, item.clone())).copied();
                entries.push(CheckEntry {
                    title: titles.remove(&application.id).unwrap_or_default(),
                    region: rules.catalogue.region_name_or_code(&application.lead_region),
                    chain: rules.catalogue.chain_name(chain_of(&application)?).to_owned(),
                    formal: formal.remove(&application.id),
                    vetoes: items
                        .iter()
                        .map(|item| (item.clone(), state(item).unwrap_or(VetoState::NotChecked)))
                        .collect(),
                    id: application.id,
                    state: application.state,
                    number: application.number.unwrap_or_default(),
                });
            }
            entries.sort_by(|left, right| (&left.number, left.id).cmp(&(&right.number, right.id)));
            Ok(entries)
        })
        .await
}
