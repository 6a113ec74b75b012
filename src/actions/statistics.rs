//! Statistics of a competition, and against the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::closing::{ranked_as, tallies};
use super::rules::{Cache, Rules, visible_competition};
use super::{RequestContext, Service, applications, documents};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::announcement::Announcement;
use crate::domain::application::ApplicationState;
use crate::domain::competition::Grouping;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::record::DocumentKind;
use crate::domain::scoring::{Fraction, Status, fraction};
use crate::domain::statistics::{
    Counted, Counting, Dimension, Group, IndicatorLoss, StatisticsRow, indicator_losses, rows,
};
use crate::domain::values::Decimal;
use crate::error::Result;

/// The competition that another is compared with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompetitionBefore {
    pub competition_id: CompetitionId,
    pub title: String,
}

/// Statistics of a competition.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StatisticsView {
    pub competition_id: CompetitionId,
    pub title: String,
    /// The newest one before it that was announced; what it has is what changes are against.
    pub before: Option<CompetitionBefore>,
    /// The version of the tally whose totals these are; none before there is one.
    pub tally_number: Option<i32>,
    /// By competition (this one and the one before), city, cluster, chain and track, each in the order of keys.
    pub rows: Vec<StatisticsRow>,
    /// What the ranked applications lost, in the order of the rubric; empty before there is a tally.
    pub indicators: Vec<IndicatorLoss>,
}

/// Statistics of a competition as it stands.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<StatisticsView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let (now, tally_number) = counting(conn, &cache, id, &rules)?;
            let (mut before, mut compared) = (None, None);
            if let Some(earlier) = db::competitions::announced_before(conn, id)? {
                let rules = cache.rules(conn, earlier.id, earlier.version)?;
                compared = Some(counting(conn, &cache, earlier.id, &rules)?.0);
                let title = rules.settings.title.clone();
                before = Some(CompetitionBefore { competition_id: earlier.id, title });
            }
            Ok(StatisticsView {
                competition_id: id,
                title: rules.settings.title.clone(),
                before,
                tally_number,
                rows: rows(&now, compared.as_ref()),
                indicators: indicator_losses(&now, compared.as_ref()),
            })
        })
        .await
}

/// What is counted of a competition, and which version of its tally.
fn counting(
    conn: &mut Conn,
    cache: &Cache,
    id: CompetitionId,
    rules: &Rules,
) -> Result<(Counting, Option<i32>)> {
    let submitted =
        db::applications::Filter { competition: Some(id), submitted_only: true, ..Default::default() };
    let submitted = db::applications::list(conn, &submitted, i64::MAX)?;
    let inspected = db::inspections::standings(conn, id)?.into_iter().filter(|one| one.version > 0);
    let inspected: BTreeSet<ApplicationId> = inspected.map(|one| one.application_id).collect();
    let announced: Option<(_, Announcement)> = documents::latest(conn, id, DocumentKind::Announcement, "")?;
    let winners = announced.iter().flat_map(|(_, announcement)| &announcement.winners);
    let winners: BTreeSet<ApplicationId> = winners.map(|entry| entry.application).collect();
    let tally = tallies(conn, id)?.pop();
    let ranked = tally.as_ref().map(|tally| ranked_as(conn, cache, id, tally)).transpose()?;
    let placings = ranked.iter().flat_map(|ranked| &ranked.placings);
    let totals = placings.filter(|placing| placing.status == Status::Ranked).filter_map(|placing| {
        Some((placing.application_id, fraction(Decimal::parse(placing.score.as_deref()?)?)))
    });
    let mut totals: BTreeMap<ApplicationId, Fraction> = totals.collect();
    let mut counted = Vec::with_capacity(submitted.len());
    for row in submitted {
        counted.push(Counted {
            groups: groups(id, rules, &row)?,
            recommended: matches!(
                row.state,
                ApplicationState::Recommended
                    | ApplicationState::Correction
                    | ApplicationState::Accepted
                    | ApplicationState::Rejected
            ),
            accepted: row.state == ApplicationState::Accepted,
            inspected: inspected.contains(&row.id),
            won: winners.contains(&row.id),
            total: totals.remove(&row.id),
        });
    }
    let counting = Counting {
        applications: counted,
        places: ranked.as_ref().map_or(0, |ranked| ranked.tally.rules.places),
        losses: ranked.map(|ranked| ranked.losses().to_vec()).unwrap_or_default(),
    };
    Ok((counting, tally.map(|tally| tally.number)))
}

/// What an application is counted under, by the catalogue and the tracks of its competition.
fn groups(id: CompetitionId, rules: &Rules, row: &db::applications::Application) -> Result<Vec<Group>> {
    let (settings, catalogue) = (&rules.settings, &rules.catalogue);
    let chain = applications::chain(row.chain)?;
    let mut groups = vec![
        (Dimension::Competition, id.to_string(), settings.title.clone()),
        (Dimension::City, row.city.to_string(), catalogue.region_name_or_code(&row.city)),
        (Dimension::Chain, chain.to_string(), catalogue.chain_name(chain).to_owned()),
    ];
    if let Some((cluster, _)) = catalogue.chain(chain) {
        groups.push((Dimension::Cluster, cluster.no.to_string(), cluster.name.clone()));
    }
    let track = settings.track_of(catalogue, chain).filter(|_| settings.grouping != Grouping::Single);
    if let Some(track) = track {
        let name = settings.track_name(&track, catalogue).unwrap_or(&track).to_owned();
        groups.push((Dimension::Track, track, name));
    }
    Ok(groups)
}
