//! Statistics of a competition: how many applications came how far, by where they come from, what their totals come to, and
//! for what they lost points. All figures are exact and rounded once, to the places of the tally, halves to even.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::keyword::keyword_enum;
use super::scoring::{Amount, Fraction, Rounding, Tally, by_indicator, rounded_fraction, rounded_text};

keyword_enum! {
    /// What applications are counted by.
    pub enum Dimension {
        /// All of a competition.
        Competition = "competition",
        /// Of a city.
        City = "city",
        /// Of chains of a cluster.
        Cluster = "cluster",
        /// Of a chain.
        Chain = "chain",
        /// Ranked together.
        Track = "track",
    }
}

/// What an application is counted under, by the key and the name there.
pub type Group = (Dimension, String, String);

/// An application that was submitted.
#[expect(clippy::struct_excessive_bools, reason = "how far it came, each step by itself")]
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub groups: Vec<Group>,
    pub recommended: bool,
    pub accepted: bool,
    pub inspected: bool,
    pub won: bool,
    /// Its total, if it is ranked.
    pub total: Option<Fraction>,
}

/// What is counted of a competition.
#[derive(Clone, Debug, Default)]
pub struct Counting {
    pub applications: Vec<Counted>,
    /// The places that its tally rounds totals to.
    pub places: u32,
    pub losses: Vec<Loss>,
}

/// What ranked applications lost at an indicator, in the mean.
#[derive(Clone, Debug)]
pub struct Loss {
    pub criterion: String,
    pub key: String,
    pub name: String,
    /// What it could give.
    pub possible: Fraction,
    pub lost: Fraction,
}

/// How far applications came, and what the totals of those that are ranked come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatisticsRow {
    pub by: Dimension,
    /// The city's code, the number of a chain or cluster, the track's key, or the competition's identifier.
    pub key: String,
    pub name: String,
    /// Ever submitted, those that were withdrawn later included.
    pub applied_count: u64,
    /// On a city's sealed list, and not withdrawn.
    pub recommended_count: u64,
    pub accepted_count: u64,
    /// With a record that its team has signed.
    pub inspected_count: u64,
    /// Ranked by the latest tally.
    pub ranked_count: u64,
    /// On the announcement that holds.
    pub winner_count: u64,
    /// The mean of the totals, rounded as the totals are.
    pub mean: Option<String>,
    /// The lowest total.
    pub lowest: Option<String>,
    /// The highest total.
    pub highest: Option<String>,
    /// Against the competition before, where that has a row of this key and name.
    pub change: Option<StatisticsChange>,
}

/// What there is more of than in the competition before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatisticsChange {
    pub applied_count: i64,
    pub recommended_count: i64,
    pub accepted_count: i64,
    pub inspected_count: i64,
    pub ranked_count: i64,
    pub winner_count: i64,
    /// The difference of the means, as they are told.
    pub mean: Option<String>,
}

/// What ranked applications lost at an indicator, in the mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorLoss {
    /// The criterion's name.
    pub criterion: String,
    pub key: String,
    pub name: String,
    /// The points that the indicator can give.
    pub possible: String,
    /// These less the points that it gave.
    pub lost: String,
    /// How much more than in the competition before, where that has an indicator of this key, name and weight.
    pub lost_change: Option<String>,
}

/// Sums of one row.
#[derive(Default)]
struct Sums<'a> {
    name: &'a str,
    counts: [u64; 6],
    totals: Vec<&'a Fraction>,
}

type Key<'a> = (Dimension, usize, &'a str);

impl Counting {
    fn rows(&self) -> BTreeMap<Key<'_>, Sums<'_>> {
        let mut rows: BTreeMap<Key<'_>, Sums<'_>> = BTreeMap::new();
        for one in &self.applications {
            let reached = [true, one.recommended, one.accepted, one.inspected, one.total.is_some(), one.won];
            for (by, key, name) in &one.groups {
                // Shorter keys first: numbers stand in their order.
                let sums = rows.entry((*by, key.len(), key)).or_default();
                sums.name = name;
                for (count, reached) in sums.counts.iter_mut().zip(reached) {
                    *count += u64::from(reached);
                }
                sums.totals.extend(&one.total);
            }
        }
        rows
    }
}

impl Sums<'_> {
    fn mean(&self, places: u32) -> Option<Fraction> {
        let sum: Fraction = self.totals.iter().copied().sum();
        let mean = (!self.totals.is_empty()).then(|| sum / BigInt::from(self.totals.len()))?;
        Some(rounded_fraction(&mean, places, Rounding::HalfEven))
    }
}

fn text(value: &Fraction, places: u32) -> String {
    rounded_text(value, places, Rounding::HalfEven)
}

/// The rows of a competition, and against what the one before has of the same key and name.
pub fn rows(now: &Counting, before: Option<&Counting>) -> Vec<StatisticsRow> {
    let (ours, theirs) = (now.rows(), before.map(Counting::rows).unwrap_or_default());
    let keys: BTreeSet<&Key<'_>> = ours.keys().chain(theirs.keys()).collect();
    let none = Sums::default();
    let row = |key: &&Key<'_>| {
        let (by, _, name_of) = **key;
        // A competition has no other of its key; it is compared with the one before all the same.
        let same_key =
            |other: &&Key<'_>| other.0 == by && (by == Dimension::Competition || other.2 == name_of);
        let mine = ours.get(*key);
        if by == Dimension::Competition && mine.is_none() {
            return theirs.get(*key).zip(before).map(|(sums, before)| row_of(key, sums, before.places, None));
        }
        let other = theirs.iter().find(|(other, _)| same_key(other)).map(|(_, sums)| sums);
        let renamed = mine.zip(other).is_some_and(|(mine, other)| mine.name != other.name);
        let comparable = by == Dimension::Competition || !renamed;
        let gone = Sums { name: other.map_or("", |other| other.name), ..Sums::default() };
        let sums = mine.unwrap_or(&gone);
        let change = before
            .filter(|_| comparable)
            .map(|before| change(sums, now.places, other.unwrap_or(&none), before.places));
        Some(row_of(key, sums, now.places, change))
    };
    keys.iter().filter_map(row).collect()
}

fn row_of(key: &Key<'_>, sums: &Sums<'_>, places: u32, change: Option<StatisticsChange>) -> StatisticsRow {
    let [applied_count, recommended_count, accepted_count, inspected_count, ranked_count, winner_count] =
        sums.counts;
    let shown = |value: &&Fraction| text(value, places);
    StatisticsRow {
        by: key.0,
        key: key.2.to_owned(),
        name: sums.name.to_owned(),
        applied_count,
        recommended_count,
        accepted_count,
        inspected_count,
        ranked_count,
        winner_count,
        mean: sums.mean(places).map(|mean| text(&mean, places)),
        lowest: sums.totals.iter().min().map(shown),
        highest: sums.totals.iter().max().map(shown),
        change,
    }
}

fn change(now: &Sums<'_>, places: u32, before: &Sums<'_>, places_before: u32) -> StatisticsChange {
    let more = |at: usize| now.counts[at].cast_signed() - before.counts[at].cast_signed();
    let means = now.mean(places).zip(before.mean(places_before));
    StatisticsChange {
        applied_count: more(0),
        recommended_count: more(1),
        accepted_count: more(2),
        inspected_count: more(3),
        ranked_count: more(4),
        winner_count: more(5),
        mean: means.map(|(now, before)| text(&(now - before), places.max(places_before))),
    }
}

/// What the applications of a tally that are ranked lost by indicator, in the rubric's order.
pub fn losses(tally: &Tally, is_ranked: impl Fn(usize) -> bool) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    let mut ranked = 0_u32;
    for (_, indicators) in by_indicator(tally).enumerate().filter(|(application, _)| is_ranked(*application))
    {
        ranked += 1;
        if losses.is_empty() {
            losses.extend(indicators.iter().map(|indicator| Loss {
                criterion: tally.rubric.criteria[indicator.criterion].name.clone(),
                key: indicator.key.to_owned(),
                name: indicator.name.to_owned(),
                possible: indicator.coefficient.0.clone(),
                lost: Fraction::zero(),
            }));
        }
        for (loss, indicator) in losses.iter_mut().zip(&indicators) {
            if let Some(points) = &indicator.points {
                loss.lost += &indicator.coefficient.0 - &points.0;
            }
        }
    }
    for loss in &mut losses {
        loss.lost = &loss.lost / BigInt::from(ranked);
    }
    losses
}

/// What was lost by indicator, against the competition before.
pub fn indicator_losses(now: &Counting, before: Option<&Counting>) -> Vec<IndicatorLoss> {
    let rounded =
        |counting: &Counting, loss: &Loss| rounded_fraction(&loss.lost, counting.places, Rounding::HalfEven);
    let change = |loss: &Loss| {
        let before = before?;
        let same = |other: &&Loss| {
            (&other.key, &other.name, &other.possible) == (&loss.key, &loss.name, &loss.possible)
        };
        let other = before.losses.iter().find(same)?;
        let more = rounded(now, loss) - rounded(before, other);
        Some(text(&more, now.places.max(before.places)))
    };
    let of = |loss: &Loss| IndicatorLoss {
        criterion: loss.criterion.clone(),
        key: loss.key.clone(),
        name: loss.name.clone(),
        possible: Amount(loss.possible.clone()).decimal().0,
        lost: text(&loss.lost, now.places),
        lost_change: change(loss),
    };
    now.losses.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(chain: &str, name: &str, total: Option<i64>) -> Counted {
        Counted {
            groups: vec![(Dimension::Chain, chain.to_owned(), name.to_owned())],
            accepted: total.is_some(),
            total: total.map(|total| Fraction::new(total.into(), 100.into())),
            ..Counted::default()
        }
    }

    fn of(applications: Vec<Counted>) -> Counting {
        Counting { applications, places: 2, losses: Vec::new() }
    }

    #[test]
    fn means_are_exact_and_rounded_once_with_halves_to_even() {
        let now = of(vec![
            counted("9", "甲", Some(8001)),
            counted("9", "甲", Some(8000)),
            counted("9", "甲", None),
        ]);
        let rows = rows(&now, None);
        assert_eq!((rows[0].applied_count, rows[0].ranked_count, rows[0].change.is_none()), (3, 2, true));
        assert_eq!(rows[0].mean.as_deref(), Some("80.00"));
        assert_eq!((rows[0].lowest.as_deref(), rows[0].highest.as_deref()), (Some("80.00"), Some("80.01")));
    }

    #[test]
    fn a_row_is_compared_with_what_has_its_key_and_name() {
        let before =
            of(vec![counted("9", "甲", Some(7000)), counted("10", "乙", None), counted("11", "丙", None)]);
        let now = of(vec![counted("9", "甲", Some(8050)), counted("10", "丁", None)]);
        let rows = rows(&now, Some(&before));
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["甲", "丁", "丙"]);
        let change = rows[0].change.as_ref().unwrap();
        assert_eq!((change.applied_count, change.mean.as_deref()), (0, Some("10.50")));
        assert_eq!(rows[1].change, None, "chain 10 is another one now");
        assert_eq!((rows[2].applied_count, rows[2].change.as_ref().unwrap().applied_count), (0, -1));
    }
}
