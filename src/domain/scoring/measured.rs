//! Measured indicators: from a rule to points over a common denominator (SCORING.md, rule 3).

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::exact::{Fraction, fraction};
use super::rubric::Formula;
use super::tally::VerifiedValue;
use crate::domain::values::Decimal;

/// A rule made ready for evaluation: what it gives for a value before the outcome is clamped to 0..`full`. `T` is a
/// fraction while the plan is drawn up and for explanations, and a whole number over the plan's denominator when
/// scores are computed.
#[derive(Clone, Debug)]
pub(super) struct Shape<T> {
    curve: Curve<T>,
    /// What fraction 1 gives.
    full: T,
}

#[derive(Clone, Debug)]
enum Curve<T> {
    Line(Line<T>),
    /// The value of the first band with v ≥ its bound; none: 0.
    Bands(Vec<(Decimal, T)>),
    /// A line up to and including each bound, then the last line.
    Pieces(Vec<(Decimal, Line<T>)>, Line<T>),
    /// What one of each unit gives.
    PerUnit(Vec<T>),
    /// What each tier gives.
    Tiers(Vec<T>),
}

/// intercept + slope × v, with v in hundred-millionths.
#[derive(Clone, Debug)]
struct Line<T> {
    intercept: T,
    slope: T,
}

impl<T> Line<T> {
    fn map<U>(&self, convert: &impl Fn(&T) -> U) -> Line<U> {
        Line { intercept: convert(&self.intercept), slope: convert(&self.slope) }
    }
}

impl Line<Fraction> {
    fn flat(y: Fraction) -> Self {
        Self { intercept: y, slope: Fraction::zero() }
    }

    /// The line through two points with different x.
    fn through((x0, y0): (Decimal, Fraction), (x1, y1): (Decimal, Fraction)) -> Self {
        let (x0, x1) = (BigInt::from(x0.hundred_millionths()), BigInt::from(x1.hundred_millionths()));
        let slope = (y1 - &y0) / (x1 - &x0);
        Self { intercept: y0 - &slope * x0, slope }
    }
}

/// The fraction of `formula`. `best` is the greatest value of the track, in hundred-millionths, which only the rule
/// `best` needs; where it is not above 0, that rule gives 0.
pub(super) fn shape(formula: &Formula, best: Option<Decimal>) -> Shape<Fraction> {
    let (zero, one) = (Fraction::zero, Fraction::one);
    let curve = match formula {
        Formula::Linear { from, to } => Curve::Line(Line::through((*from, zero()), (*to, one()))),
        Formula::Efficacy { floor, target } => {
            let at_floor = Fraction::new(BigInt::from(6), BigInt::from(10));
            Curve::Line(Line::through((*floor, at_floor), (*target, one())))
        }
        Formula::Bands(bands) => {
            Curve::Bands(bands.iter().map(|band| (band.at_least, fraction(band.fraction))).collect())
        }
        Formula::Piecewise(points) => pieces(points),
        Formula::PerUnit { units, cap } => {
            Curve::PerUnit(units.iter().map(|(_, weight)| fraction(*weight) / fraction(*cap)).collect())
        }
        Formula::Tiers(tiers) => Curve::Tiers(tiers.iter().map(|(_, tier)| fraction(*tier)).collect()),
        Formula::Best => match best.filter(|best| *best > Decimal::ZERO) {
            Some(best) => Curve::Line(Line::through((Decimal::ZERO, zero()), (best, one()))),
            None => Curve::Line(Line::flat(zero())),
        },
    };
    Shape { curve, full: one() }
}

fn pieces(points: &[(Decimal, Decimal)]) -> Curve<Fraction> {
    let before = points.first().map(|(x, y)| (*x, Line::flat(fraction(*y))));
    let between = points.windows(2).map(|pair| {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        (x1, Line::through((x0, fraction(y0)), (x1, fraction(y1))))
    });
    let beyond = points.last().map_or_else(Fraction::zero, |(_, y)| fraction(*y));
    Curve::Pieces(before.into_iter().chain(between).collect(), Line::flat(beyond))
}

impl<T> Shape<T> {
    /// The same shape with every number converted.
    pub(super) fn map<U>(&self, convert: impl Fn(&T) -> U) -> Shape<U> {
        let convert = &convert;
        let curve = match &self.curve {
            Curve::Line(line) => Curve::Line(line.map(convert)),
            Curve::Bands(bands) => {
                Curve::Bands(bands.iter().map(|(bound, y)| (*bound, convert(y))).collect())
            }
            Curve::Pieces(pieces, beyond) => {
                let pieces = pieces.iter().map(|(bound, line)| (*bound, line.map(convert))).collect();
                Curve::Pieces(pieces, beyond.map(convert))
            }
            Curve::PerUnit(units) => Curve::PerUnit(units.iter().map(convert).collect()),
            Curve::Tiers(tiers) => Curve::Tiers(tiers.iter().map(convert).collect()),
        };
        Shape { curve, full: convert(&self.full) }
    }

    /// Every number of the shape.
    pub(super) fn numbers(&self) -> Vec<&T> {
        let mut numbers = vec![&self.full];
        match &self.curve {
            Curve::Line(line) => numbers.extend([&line.intercept, &line.slope]),
            Curve::Bands(bands) => numbers.extend(bands.iter().map(|(_, y)| y)),
            Curve::Pieces(pieces, beyond) => {
                let lines = pieces.iter().map(|(_, line)| line).chain([beyond]);
                numbers.extend(lines.flat_map(|line| [&line.intercept, &line.slope]));
            }
            Curve::PerUnit(numbers_of) | Curve::Tiers(numbers_of) => numbers.extend(numbers_of),
        }
        numbers
    }
}

/// What evaluating a shape needs of its numbers.
pub(super) trait Number: num_traits::Num + PartialOrd + Clone {
    /// Takes a decimal's hundred-millionths.
    fn of_hundred_millionths(value: Decimal) -> Self;
    /// Takes a count.
    fn of_count(count: u64) -> Self;
}

impl Number for Fraction {
    fn of_hundred_millionths(value: Decimal) -> Self {
        Self::from(BigInt::from(value.hundred_millionths()))
    }

    fn of_count(count: u64) -> Self {
        Self::from(BigInt::from(count))
    }
}

impl<N: super::exact::Exact> Number for N {
    fn of_hundred_millionths(value: Decimal) -> Self {
        super::exact::Exact::of_hundred_millionths(value)
    }

    fn of_count(count: u64) -> Self {
        N::of_steps(u128::from(count))
    }
}

impl<T: Number> Shape<T> {
    /// What a value gives before it is clamped. Reading the tally gave each value the form that its rule asks for; one
    /// of another form would give 0.
    pub(super) fn unclamped(&self, value: &VerifiedValue) -> T {
        match (&self.curve, value) {
            (Curve::Line(line), VerifiedValue::Number(_, v)) => line.at(*v),
            (Curve::Bands(bands), VerifiedValue::Number(_, v)) => {
                bands.iter().find(|(at_least, _)| v >= at_least).map_or_else(T::zero, |(_, y)| y.clone())
            }
            (Curve::Pieces(pieces, beyond), VerifiedValue::Number(_, v)) => {
                pieces.iter().find(|(bound, _)| v <= bound).map_or(beyond, |(_, line)| line).at(*v)
            }
            (Curve::PerUnit(units), VerifiedValue::Counts(_, counts)) => {
                counts.iter().fold(T::zero(), |sum, (unit, count)| {
                    sum + units[*unit as usize].clone() * T::of_count(*count)
                })
            }
            (Curve::Tiers(tiers), VerifiedValue::Tier(_, tier)) => tiers[*tier as usize].clone(),
            _ => T::zero(),
        }
    }

    /// What a value gives.
    pub(super) fn at(&self, value: &VerifiedValue) -> T {
        num_traits::clamp(self.unclamped(value), T::zero(), self.full.clone())
    }
}

impl<T: Number> Line<T> {
    fn at(&self, value: Decimal) -> T {
        self.intercept.clone() + self.slope.clone() * T::of_hundred_millionths(value)
    }
}

impl Shape<BigInt> {
    /// No number that comes up while a value is evaluated exceeds this, for values of at most `value` hundred-millionths
    /// and counts of at most `count` a unit.
    pub(super) fn bound(&self, value: &BigInt, count: u64) -> BigInt {
        let line = |line: &Line<BigInt>| line.intercept.abs() + line.slope.abs() * (value + 1);
        let curve: BigInt = match &self.curve {
            Curve::Line(one) => line(one),
            Curve::Bands(bands) => bands.iter().map(|(_, y)| y.abs()).sum(),
            Curve::Pieces(pieces, beyond) => {
                pieces.iter().map(|(_, piece)| line(piece)).sum::<BigInt>() + line(beyond)
            }
            Curve::PerUnit(units) => units.iter().map(|unit| unit.abs() * (count + 1)).sum(),
            Curve::Tiers(tiers) => tiers.iter().map(Signed::abs).sum(),
        };
        curve + &self.full
    }
}

#[cfg(test)]
mod tests {
    use super::super::rubric::Band;
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    /// The bound of a rule whose fractions are brought over `denominator`.
    fn bound(formula: &Formula, denominator: i64, value: i64, count: u64) -> BigInt {
        let whole = shape(formula, Some(decimal("4"))).map(|number| {
            let whole = number * BigInt::from(denominator);
            assert!(whole.is_integer(), "{whole}");
            whole.to_integer()
        });
        whole.bound(&BigInt::from(value), count)
    }

    #[test]
    fn a_shape_is_bounded_by_what_its_numbers_can_make_of_a_value() {
        let units = vec![("x".to_owned(), decimal("2")), ("y".to_owned(), decimal("1"))];
        let per_unit = Formula::PerUnit { units, cap: decimal("4") };
        // Over 4: 2 and 1 a unit, up to 10 of each and one more, and 4 for the whole.
        assert_eq!(bound(&per_unit, 4, 1_000, 10), BigInt::from(2 * 11 + 11 + 4));
        let tiers = Formula::Tiers(vec![("a".to_owned(), decimal("0.5")), ("b".to_owned(), decimal("-1"))]);
        assert_eq!(bound(&tiers, 10, 1_000, 10), BigInt::from(5 + 10 + 10));
        let bands = [("5", "0.3"), ("1", "-0.2")];
        let bands = bands
            .map(|(at_least, fraction)| Band { at_least: decimal(at_least), fraction: decimal(fraction) });
        assert_eq!(bound(&Formula::Bands(bands.to_vec()), 10, 1_000, 10), BigInt::from(3 + 2 + 10));
        // Over 4 × 10⁸ a hundred-millionth is worth 1, the point where the line begins 4 × 10⁸.
        let linear = Formula::Linear { from: decimal("4"), to: decimal("8") };
        assert_eq!(bound(&linear, 400_000_000, 1_000, 10), BigInt::from(400_000_000 + 1_001 + 400_000_000));
        assert_eq!(bound(&Formula::Best, 400_000_000, 1_000, 10), BigInt::from(1_001 + 400_000_000));
        // Flat at 0 before, a line from (4, 0) to (8, 1), flat at 1 beyond.
        let points = vec![(decimal("4"), decimal("0")), (decimal("8"), decimal("1"))];
        let line = 400_000_000 + 1_001;
        assert_eq!(
            bound(&Formula::Piecewise(points), 400_000_000, 1_000, 10),
            BigInt::from(line + 400_000_000 + 400_000_000)
        );
    }
}
