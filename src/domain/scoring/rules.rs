//! The rules: how a panel's sheets become one score, where figures are rounded, how ties are broken, what is awarded.

use crate::domain::values::{AwardKey, Decimal};

/// Everything that decides a result beyond the rubric (`rules` of the tally file).
#[derive(Clone, Debug)]
pub struct Rules {
    /// How a panel's sheets are combined; absent only where the rubric has no judged indicator.
    pub panel: Option<PanelRule>,
    /// Digits after the point of published figures, 0 to 6.
    pub places: u32,
    /// The mode of every rounding.
    pub rounding: Rounding,
    /// Declared rounding on the way (SCORING.md, rule 6).
    pub round_steps: RoundSteps,
    /// Which figures decide places.
    pub rank_on: RankOn,
    /// Criteria that break equal totals, in order; each is an index into the rubric's criteria.
    pub tie_break: Vec<usize>,
    /// The most that all bonuses together may add.
    pub bonus_cap: Option<Decimal>,
    /// Totals below it get no award.
    pub pass_mark: Option<Decimal>,
    /// In the order in which they are given.
    pub awards: Vec<AwardRule>,
    /// How many reserve places follow the awards.
    pub reserve: u64,
}

/// How a panel's sheets become one score (SCORING.md, rule 4).
#[derive(Clone, Debug)]
pub struct PanelRule {
    /// What is done with the extremes.
    pub method: PanelMethod,
    /// What is sorted and dropped.
    pub level: PanelLevel,
    /// Fewer kept sheets than this leave the application incomplete; at least 1.
    pub min_kept: u64,
}

/// What is done with extreme sheets or scores.
#[derive(Clone, Debug)]
pub enum PanelMethod {
    /// All are kept.
    Mean,
    /// Some are dropped at each end.
    TrimmedMean(Trim),
    /// All but the middle one or two are dropped.
    Median,
    /// Each score is moved to within this distance, in score units, of the mean of the raw scores; nobody is dropped.
    CappedMean(Decimal),
}

/// How many of n sheets are dropped.
#[derive(Clone, Debug)]
pub enum Trim {
    /// This many at each end.
    Each(u64),
    /// As the last row with `at_least` ≤ n says; no such row: none.
    Table(Vec<TrimRow>),
}

/// A row of a trimming table.
#[derive(Clone, Copy, Debug)]
pub struct TrimRow {
    /// The row serves panels of at least this many sheets; rising from row to row.
    pub at_least: u64,
    /// How many of the lowest are dropped.
    pub low: u64,
    /// How many of the highest are dropped.
    pub high: u64,
}

/// How many are dropped at each end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drops {
    /// Of the lowest.
    pub low: usize,
    /// Of the highest.
    pub high: usize,
}

impl PanelMethod {
    /// How many of `n` sheets are dropped at each end; where the rule asks for more than there are, all of them.
    pub fn drops(&self, n: usize) -> Drops {
        let (low, high) = match self {
            Self::Mean | Self::CappedMean(_) => (0, 0),
            Self::Median => (n.saturating_sub(1) / 2, n.saturating_sub(1) / 2),
            Self::TrimmedMean(Trim::Each(k)) => (count(*k), count(*k)),
            Self::TrimmedMean(Trim::Table(rows)) => rows
                .iter()
                .rev()
                .find(|row| row.at_least <= n as u64)
                .map_or((0, 0), |row| (count(row.low), count(row.high))),
        };
        let low = low.min(n);
        Drops { low, high: high.min(n - low) }
    }
}

/// A declared count as a size; one beyond the address space would drop everything anyway.
fn count(declared: u64) -> usize {
    usize::try_from(declared).unwrap_or(usize::MAX)
}

/// What is sorted and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelLevel {
    /// Whole sheets, by their totals.
    Sheet,
    /// Scores, indicator by indicator.
    Indicator,
}

/// How halves are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Halves away from zero (四舍五入).
    HalfUp,
    /// Halves to the even neighbour (GB/T 8170 四舍六入五成双).
    HalfEven,
}

/// Declared rounding on the way: digits after the point, where declared.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundSteps {
    /// Each sheet's subtotal per criterion (level sheet).
    pub sheet: Option<u32>,
    /// Each score, after capping and before sorting (level indicator).
    pub score: Option<u32>,
    /// Each indicator's points; not the judged ones where `sheet` is set.
    pub indicator: Option<u32>,
}

/// Which figures decide places, ties and the pass mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankOn {
    /// The published ones.
    Rounded,
    /// The unrounded fractions.
    Exact,
}

/// One award and its seats.
#[derive(Clone, Debug)]
pub struct AwardRule {
    /// Unique among the awards; not `reserve`.
    pub key: AwardKey,
    /// For people.
    pub name: String,
    /// How many it is given to in a track.
    pub quota: u64,
    /// The most that one region may hold of it in a track.
    pub per_region: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drops(method: &PanelMethod, n: usize) -> (usize, usize) {
        let Drops { low, high } = method.drops(n);
        (low, high)
    }

    #[test]
    fn median_keeps_the_middle_one_or_two() {
        for (n, each) in [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (8, 3), (9, 4)] {
            assert_eq!(drops(&PanelMethod::Median, n), (each, each), "{n} sheets");
        }
    }

    #[test]
    fn a_table_serves_by_its_last_row_that_the_panel_reaches() {
        let row = |at_least, low, high| TrimRow { at_least, low, high };
        let table = PanelMethod::TrimmedMean(Trim::Table(vec![row(5, 0, 1), row(7, 1, 1), row(9, 2, 3)]));
        for (n, expected) in
            [(4, (0, 0)), (5, (0, 1)), (6, (0, 1)), (7, (1, 1)), (8, (1, 1)), (9, (2, 3)), (30, (2, 3))]
        {
            assert_eq!(drops(&table, n), expected, "{n} sheets");
        }
    }

    #[test]
    fn where_the_drops_reach_the_panel_nothing_is_kept() {
        for (k, n, expected) in [
            (2, 5, (2, 2)),
            (2, 4, (2, 2)),
            (2, 3, (2, 1)),
            (2, 1, (1, 0)),
            (u64::MAX, 3, (3, 0)),
            (0, 0, (0, 0)),
        ] {
            assert_eq!(drops(&PanelMethod::TrimmedMean(Trim::Each(k)), n), expected, "trim {k} of {n}");
        }
    }
}
