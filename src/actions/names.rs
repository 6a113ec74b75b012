//! Names of what the office and the supervisors read about: a competition's applications, and who acted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rules::{Rules, visible_competition};
use super::{RequestContext, Service, applications};
use crate::db;
use crate::db::competitions::Competition;
use crate::domain::access::{Action, Relation, Role};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::error::Result;

/// A competition with what its things are called.
pub(crate) struct NamedCompetition {
    pub(crate) id: CompetitionId,
    pub(crate) state: CompetitionState,
    pub(crate) revision: i64,
    /// What holds in it.
    pub(crate) rules: Arc<Rules>,
    /// Its applications, as far as the caller may know of them.
    pub(crate) applications: ApplicationNames,
}

impl NamedCompetition {
    /// A competition whose applications are not named.
    pub(crate) fn unnamed(competition: &Competition, rules: Arc<Rules>) -> Self {
        let Competition { id, state, revision, .. } = *competition;
        Self { id, state, revision, rules, applications: ApplicationNames::new() }
    }
}

pub(crate) type ApplicationNames = BTreeMap<ApplicationId, ApplicationName>;

pub(crate) struct ApplicationName {
    pub(crate) number: String,
    pub(crate) title: String,
    /// The name of its lead region.
    pub(crate) region: String,
    pub(crate) chain: String,
}

/// A competition with the names of its applications, in a number of statements that does not grow with them.
///
/// # Errors
/// If there is none that the caller may see.
pub(crate) async fn competition(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<NamedCompetition> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadDrafts, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDrafts, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            let supervisor = context.caller.as_ref().is_some_and(|caller| caller.role == Role::Supervisor);
            let mut rows = db::applications::named(conn, id)?;
            // What was never submitted is not the office's to see.
            rows.retain(|row| supervisor || row.number.is_some());
            let name = |row: db::applications::Named| {
                let name = ApplicationName {
                    chain: rules.catalogue.chain_name(applications::chain(row.chain)?).to_owned(),
                    number: row.number.unwrap_or_default(),
                    title: row
                        .profile
                        .as_deref()
                        .map_or_else(|| Ok(String::new()), applications::title_of)?,
                    region: rules.catalogue.region_name(&row.lead_region),
                };
                Ok((row.id, name))
            };
            let applications = rows.into_iter().map(name).collect::<Result<_>>()?;
            Ok(NamedCompetition { applications, ..NamedCompetition::unnamed(&competition, rules) })
        })
        .await
}

/// The names of those who acted.
///
/// # Errors
/// If the caller is neither of the office nor a supervisor.
pub(crate) async fn people(
    service: &Service,
    context: &Arc<RequestContext>,
    ids: BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, String>> {
    service
        .read(context, Action::ReadDrafts, "account".to_owned(), move |conn, context| {
            context.may(Action::ReadDrafts, Relation::General)?;
            let ids: Vec<AccountId> = ids.iter().copied().collect();
            Ok(db::accounts::display_names(conn, &ids)?.into_iter().collect())
        })
        .await
}
