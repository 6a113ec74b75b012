//! Duplicates across the applications of a competition: firms that several name, and text that several share.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::titles;
use super::rules::visible_competition;
use super::{RequestContext, Service, parse};
use crate::db::{Conn, applications};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::application::{ApplicationState, Firms, Section};
use crate::domain::catalogue::{Catalogue, NamedRegion, RegionCode};
use crate::domain::credit_code::CreditCode;
use crate::domain::duplicates::{Entry, find_duplicates};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::error::{Error, Result};

/// What several applications share.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DuplicatesView {
    /// Firms that more than one application names.
    pub firms: Vec<SharedFirmView>,
    /// Sections of two applications that share much of their text.
    pub texts: Vec<SimilarTextView>,
}

/// A firm that more than one application names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SharedFirmView {
    pub credit_code: String,
    pub applications: Vec<NamedApplication>,
}

/// Two sections that share much of their text.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SimilarTextView {
    pub first: NamedApplication,
    pub first_section: String,
    /// The other.
    pub second: NamedApplication,
    pub second_section: String,
    /// How much of the shorter text stands in the other too, in whole percent.
    pub percent: u32,
    /// The longest passage that both have.
    pub passage: Option<String>,
}

/// An application, named for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedApplication {
    pub id: ApplicationId,
    pub number: String,
    pub title: String,
    pub lead_region: NamedRegion,
}

/// States in which an application takes part.
const COMPARED: [ApplicationState; 6] = [
    ApplicationState::Submitted,
    ApplicationState::Returned,
    ApplicationState::Recommended,
    ApplicationState::NotRecommended,
    ApplicationState::Correction,
    ApplicationState::Accepted,
];

/// What is compared of one application.
struct Compared {
    named: NamedApplication,
    city: RegionCode,
    firms: Vec<CreditCode>,
    texts: Vec<(String, String)>,
}

/// Duplicates among what was submitted in a competition. A city sees those in which an application of its own has a part.
///
/// # Errors
/// If the caller may not see them, or there is no such competition.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<DuplicatesView> {
    let cache = service.cache.clone();
    let gathered = service
        .read(context, Action::ReadDuplicates, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadDuplicates, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            gather(conn, id, &rules.catalogue)
        })
        .await?;
    let caller = context.caller()?;
    let own_city = if caller.role == Role::CityReviewer { caller.region.clone() } else { None };
    // Seconds of work for hundreds of applications: not on a thread of the database, nor on one that answers.
    let compared = tokio::task::spawn_blocking(move || compare(&gathered, own_city.as_ref()));
    compared.await.map_err(|error| Error::internal(format!("the comparison failed: {error}")))
}

fn gather(conn: &mut Conn, id: CompetitionId, catalogue: &Catalogue) -> Result<Vec<Compared>> {
    let rows = applications::in_states(conn, id, None, &COMPARED)?;
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
    let mut titles = titles(conn, &ids)?;
    let mut places = BTreeMap::new();
    let mut all: Vec<Compared> = Vec::with_capacity(rows.len());
    for row in rows {
        places.insert(row.id, all.len());
        all.push(Compared {
            named: NamedApplication {
                id: row.id,
                number: row.number.unwrap_or_default(),
                title: titles.remove(&row.id).unwrap_or_default(),
                lead_region: catalogue.named_region(&row.lead_region),
            },
            city: row.city,
            firms: Vec::new(),
            texts: Vec::new(),
        });
    }
    for (application, part, content) in applications::texts_and_firms_of(conn, &ids)? {
        let Some(one) = places.get(&application).and_then(|place| all.get_mut(*place)) else {
            continue;
        };
        if part == "firms" {
            let named: Firms = parse(&content)?;
            one.firms.extend(named.firms.iter().filter_map(|firm| CreditCode::parse(&firm.credit_code).ok()));
        } else if let Some(key) = part.strip_prefix("section.") {
            let section: Section = parse(&content)?;
            one.texts.push((key.to_owned(), section.text));
        }
    }
    for one in &mut all {
        one.texts.sort();
    }
    Ok(all)
}

fn compare(all: &[Compared], own_city: Option<&RegionCode>) -> DuplicatesView {
    let entries: Vec<Entry<'_>> = all
        .iter()
        .enumerate()
        .map(|(application, one)| Entry {
            application,
            firms: one.firms.iter().collect(),
            texts: one.texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect(),
        })
        .collect();
    let found = find_duplicates(&entries);
    let concerns =
        |places: &[usize]| own_city.is_none_or(|city| places.iter().any(|place| all[*place].city == *city));
    let named = |place: usize| all[place].named.clone();
    let firms = found.firms.into_iter().filter(|shared| concerns(&shared.applications));
    let texts = found.texts.into_iter().filter(|pair| concerns(&[pair.first, pair.second]));
    DuplicatesView {
        firms: firms
            .map(|shared| SharedFirmView {
                credit_code: shared.code.to_string(),
                applications: shared.applications.into_iter().map(named).collect(),
            })
            .collect(),
        texts: texts
            .map(|pair| SimilarTextView {
                first: named(pair.first),
                first_section: pair.first_section,
                second: named(pair.second),
                second_section: pair.second_section,
                percent: pair.percent,
                passage: pair.passage,
            })
            .collect(),
    }
}
