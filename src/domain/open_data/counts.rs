//! How many of an announcement's applications come from where: nothing that it does not say itself.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{OpenRow, OpenTable, Whereabouts, ranking, winners};
use crate::domain::announcement::Announcement;
use crate::domain::catalogue::Catalogue;
use crate::domain::ids::CompetitionId;
use crate::domain::statistics::Dimension;

/// What a city, cluster, chain or track has of an announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountRow {
    pub competition_id: CompetitionId,
    pub counted_by: Dimension,
    pub key: String,
    pub name: String,
    /// Where the competition discloses its ranking.
    pub ranked_count: Option<u64>,
    pub winner_count: u64,
}

impl OpenRow for CountRow {
    const TABLE: OpenTable = OpenTable::Statistics;
    const COLUMNS: &'static [&'static str] =
        &["competition_id", "counted_by", "key", "name", "ranked_count", "winner_count"];
}

/// The counts of an announcement by city, cluster, chain and track, each in the order of keys; tracks where they have names.
pub fn counts(
    announcement: &Announcement,
    catalogue: &Catalogue,
    track_name: impl Fn(&str) -> Option<String>,
) -> Vec<CountRow> {
    let (winners, ranking) = (winners(announcement, catalogue), ranking(announcement, catalogue));
    let won = winners.iter().map(|row| (true, &row.whereabouts, row.track.as_str()));
    let ranked = ranking.iter().flatten().map(|row| (false, &row.whereabouts, row.track.as_str()));
    let mut counted: BTreeMap<(Dimension, usize, String), (String, u64, u64)> = BTreeMap::new();
    for (is_winner, whereabouts, track) in won.chain(ranked) {
        let track = track_name(track).map(|name| (Dimension::Track, track.to_owned(), name));
        for (by, key, name) in places(whereabouts).into_iter().chain(track) {
            let (_, ranked, won) = counted.entry((by, key.len(), key)).or_insert_with(|| (name, 0, 0));
            *(if is_winner { won } else { ranked }) += 1;
        }
    }
    let row = |((counted_by, _, key), (name, ranked, winner_count))| CountRow {
        competition_id: announcement.competition,
        counted_by,
        key,
        name,
        ranked_count: announcement.ranking.is_some().then_some(ranked),
        winner_count,
    };
    counted.into_iter().map(row).collect()
}

/// City, cluster and chain, as far as they are known.
fn places(of: &Whereabouts) -> Vec<(Dimension, String, String)> {
    let city = of.city_code.as_ref().zip(of.city_name.clone());
    let city = city.map(|(code, name)| (Dimension::City, code.to_string(), name));
    let cluster = of.cluster_number.zip(of.cluster_name.clone());
    let cluster = cluster.map(|(number, name)| (Dimension::Cluster, number.to_string(), name));
    let chain = of.chain_number.map(|number| (Dimension::Chain, number.to_string(), of.chain_name.clone()));
    [city, cluster, chain].into_iter().flatten().collect()
}
