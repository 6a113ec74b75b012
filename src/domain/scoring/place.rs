//! From totals to places (SCORING.md, "From score to place").

use std::cmp::{Ordering, Reverse};

use num_bigint::BigInt;

use super::exact::{Fraction, fraction, rounded_text};
use super::rules::{RankOn, Rounding};
use super::tally::Tally;
use super::total::{ExactFigures, Figures, ScoreTable};
use crate::domain::values::{Decimal, Figure};

/// What puts one application before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// The higher total.
    Total,
    /// Equal totals: the higher score of this criterion (an index into the rubric's).
    Criterion(usize),
    /// Equal scores: the office's ruling.
    Ruling,
    /// Nothing: they share a place.
    Nothing,
}

/// A ranked application: its index and its place, 1 for the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) application: usize,
    pub(super) place: u64,
}

/// Which of two applications comes first (`Less`: the first), and what decides it; `None` where one has no figures.
pub(super) fn compare(
    tally: &Tally,
    scores: &ScoreTable,
    left: usize,
    right: usize,
) -> Option<(Ordering, Decider)> {
    let (first, second) = (scores.figures(left)?, scores.figures(right)?);
    let exact = first.exact.zip(second.exact);
    let total = compare_figures(first.total(), second.total(), exact, |exact| &exact.total);
    if total.is_ne() {
        return Some((total, Decider::Total));
    }
    for &criterion in &tally.rules.tie_break {
        let (ours, theirs) = (first.criterion(criterion), second.criterion(criterion));
        let score = compare_figures(ours, theirs, exact, |exact| &exact.criteria[criterion]);
        if score.is_ne() {
            return Some((score, Decider::Criterion(criterion)));
        }
    }
    // Those that no ruling names come last, equal among themselves.
    let position = |application: usize| tally.rulings[application].unwrap_or(usize::MAX);
    let ruled = position(left).cmp(&position(right));
    Some((ruled, if ruled.is_eq() { Decider::Nothing } else { Decider::Ruling }))
}

/// The higher figure comes first. Rounding never reverses an order, so exact figures, where they decide, only have to
/// be looked at where the rounded ones are equal.
fn compare_figures(
    left: Figure,
    right: Figure,
    exact: Option<(&ExactFigures, &ExactFigures)>,
    figure: impl Fn(&ExactFigures) -> &BigInt,
) -> Ordering {
    right.scaled().cmp(&left.scaled()).then_with(|| match exact {
        None => Ordering::Equal,
        Some((left, right)) => (figure(right) * &left.denominator).cmp(&(figure(left) * &right.denominator)),
    })
}

/// The two figures that decide between two applications, in the same order: the published ones; or, where exact
/// figures decide, with as many more digits as it takes to tell them apart.
pub(super) fn telling_figures(
    tally: &Tally,
    scores: &ScoreTable,
    decider: Decider,
    left: usize,
    right: usize,
) -> Option<(String, String)> {
    let (first, second) = (scores.figures(left)?, scores.figures(right)?);
    let (first_figure, second_figure) = match decider {
        Decider::Total => (first.total(), second.total()),
        Decider::Criterion(criterion) => (first.criterion(criterion), second.criterion(criterion)),
        Decider::Ruling | Decider::Nothing => return None,
    };
    let (Some(first), Some(second)) = (first.exact, second.exact) else {
        return Some((first_figure.to_string(), second_figure.to_string()));
    };
    let exact = |figures: &ExactFigures| match decider {
        Decider::Criterion(criterion) => {
            Fraction::new(figures.criteria[criterion].clone(), figures.denominator.clone())
        }
        _ => figures.total(),
    };
    Some(told_apart(&exact(first), &exact(second), tally.rules.places, tally.rules.rounding))
}

/// Two different fractions with the fewest digits after the point, but at least `places`, that show them different.
pub(super) fn told_apart(left: &Fraction, right: &Fraction, places: u32, mode: Rounding) -> (String, String) {
    let texts = |places| (rounded_text(left, places, mode), rounded_text(right, places, mode));
    (places..u32::MAX)
        .map(texts)
        .find(|(left_text, right_text)| left_text != right_text || left == right)
        .unwrap_or_default()
}

/// Orders the applications that have figures, best first, equal ones by id, and gives each its place (1, 2, 2, 4).
pub(super) fn place(
    tally: &Tally,
    scores: &ScoreTable,
    applications: impl Iterator<Item = usize>,
) -> Vec<Placed> {
    // Most are told apart by the published total alone, cut to 64 bits so that sorting moves little. Cutting it keeps
    // the order, and only equal ones get a closer look.
    let total =
        |application| scores.scaled_total(application).map(|total| (Reverse(cut(total)), application));
    let mut order: Vec<(Reverse<i64>, usize)> = applications.filter_map(total).collect();
    // Applications stand in the order of their ids, so the index lists equal ones as the ids' bytes do.
    order.sort_unstable();
    let compare = |left: usize, right: usize| {
        compare(tally, scores, left, right).map_or(Ordering::Equal, |(order, _)| order)
    };
    let mut placed: Vec<Placed> = Vec::with_capacity(order.len());
    for equals in order.chunk_by_mut(|left, right| left.0 == right.0) {
        equals.sort_unstable_by(|left, right| compare(left.1, right.1).then(left.1.cmp(&right.1)));
        for equals in equals.chunk_by(|left, right| compare(left.1, right.1).is_eq()) {
            let place = placed.len() as u64 + 1;
            placed.extend(equals.iter().map(|(_, application)| Placed { application: *application, place }));
        }
    }
    placed
}

/// A total, which is never negative, or the greatest 64-bit number.
fn cut(total: i128) -> i64 {
    i64::try_from(total).unwrap_or(i64::MAX)
}

/// Whether an application's total, as `rank_on` says, reaches the pass mark.
pub(super) fn passes(tally: &Tally, figures: Figures<'_>) -> bool {
    let Some(mark) = tally.rules.pass_mark else {
        return true;
    };
    match (tally.rules.rank_on, figures.exact) {
        (RankOn::Exact, Some(exact)) => exact.total() >= fraction(mark),
        _ => {
            let unit = Decimal::ONE.hundred_millionths() / 10_i128.pow(tally.rules.places);
            figures.total().scaled() * unit >= mark.hundred_millionths()
        }
    }
}
