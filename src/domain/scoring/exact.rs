//! Exact arithmetic: whole numbers over a common denominator, in the narrowest type that provably holds them.
//!
//! Every score of a tally is a sum of fractions. The plan (see [`super::plan`]) brings them to one common
//! denominator, so that what is left is adding and comparing whole numbers. How large these can get follows from the
//! rubric and the values, so the plan proves once which type suffices; the arithmetic itself is written once for all
//! three. Why not rationals or big integers everywhere: `docs/decisions/0001-exact-numbers.md` has the measurements.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{Signed, ToPrimitive};

use super::rules::Rounding;
use crate::domain::values::Decimal;

/// An exact fraction of any size.
pub type Fraction = Ratio<BigInt>;

/// A whole number that sums and compares exactly.
pub(super) trait Exact: Integer + Signed + ToPrimitive + Clone {
    /// Takes a number that the plan has proved to fit.
    fn of(value: &BigInt) -> Self;

    /// Takes a number that the plan has proved to fit.
    fn of_steps(steps: u128) -> Self;

    /// Takes a number that the plan has proved to fit.
    fn of_hundred_millionths(value: Decimal) -> Self;

    /// The number in full.
    fn big(&self) -> BigInt;

    /// Σ weight × steps. This is where a large tally spends its time.
    fn weighted_sum<S: Steps>(weights: &[Self], scores: &[S]) -> Self {
        let weighed =
            weights.iter().zip(scores).map(|(weight, score)| weight.clone() * Self::of_steps(score.steps()));
        weighed.fold(Self::zero(), |sum, points| sum + points)
    }

    /// Adds a sheet's steps to the sums of columns.
    fn add_steps<S: Steps>(sums: &mut [Self], scores: &[S]) {
        for (sum, score) in sums.iter_mut().zip(scores) {
            *sum = sum.clone() + Self::of_steps(score.steps());
        }
    }
}

/// A score as it is kept in a tally: whole steps above the lowest.
pub(super) trait Steps: Copy {
    fn steps(self) -> u128;
}

impl Steps for u16 {
    fn steps(self) -> u128 {
        u128::from(self)
    }
}

impl Steps for u128 {
    fn steps(self) -> u128 {
        self
    }
}

/// Why a conversion cannot fail.
const PROVED: &str = "the plan chose a type that holds every value";

macro_rules! machine_integer {
    ($type:ty, $to:ident $(, $own:item)*) => {
        impl Exact for $type {
            fn of(value: &BigInt) -> Self {
                value.$to().expect(PROVED)
            }

            fn of_steps(steps: u128) -> Self {
                Self::try_from(steps).expect(PROVED)
            }

            fn of_hundred_millionths(value: Decimal) -> Self {
                Self::try_from(value.hundred_millionths()).expect(PROVED)
            }

            fn big(&self) -> BigInt {
                BigInt::from(*self)
            }

            $($own)*
        }
    };
}

machine_integer!(
    i64,
    to_i64,
    // The same sums, not checked for overflow, which the plan has ruled out: checking every step costs as much again.
    fn weighted_sum<S: Steps>(weights: &[Self], scores: &[S]) -> Self {
        let weighed = weights
            .iter()
            .zip(scores)
            .map(|(weight, score)| weight.wrapping_mul(Self::of_steps(score.steps())));
        weighed.fold(0, i64::wrapping_add)
    },
    fn add_steps<S: Steps>(sums: &mut [Self], scores: &[S]) {
        for (sum, score) in sums.iter_mut().zip(scores) {
            *sum = sum.wrapping_add(Self::of_steps(score.steps()));
        }
    }
);
machine_integer!(i128, to_i128);

impl Exact for BigInt {
    fn of(value: &BigInt) -> Self {
        value.clone()
    }

    fn of_steps(steps: u128) -> Self {
        Self::from(steps)
    }

    fn of_hundred_millionths(value: Decimal) -> Self {
        Self::from(value.hundred_millionths())
    }

    fn big(&self) -> BigInt {
        self.clone()
    }
}

/// `numerator` ÷ `denominator` (above 0), rounded to a whole number.
pub(super) fn rounded_quotient<N: Exact>(numerator: &N, denominator: &N, mode: Rounding) -> N {
    let (quotient, rest) = numerator.abs().div_rem(denominator);
    // Twice the rest against the divisor, without doubling: the rest against what it lacks.
    let up = match rest.cmp(&(denominator.clone() - rest.clone())) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => match mode {
            Rounding::HalfUp => true,
            Rounding::HalfEven => quotient.is_odd(),
        },
    };
    let magnitude = if up { quotient + N::one() } else { quotient };
    if numerator.is_negative() { -magnitude } else { magnitude }
}

/// A decimal as a fraction.
pub fn fraction(value: Decimal) -> Fraction {
    Fraction::new(BigInt::from(value.hundred_millionths()), BigInt::from(Decimal::ONE.hundred_millionths()))
}

/// 10 to a power.
pub(super) fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// A fraction rounded to a number of places.
pub fn rounded_fraction(value: &Fraction, places: u32, mode: Rounding) -> Fraction {
    let scale = power_of_ten(places);
    Fraction::new(rounded_quotient(&(value.numer() * &scale), value.denom(), mode), scale)
}

/// A fraction rounded to a number of places, and written with exactly that many.
pub fn rounded_text(value: &Fraction, places: u32, mode: Rounding) -> String {
    let scaled = rounded_quotient(&(value.numer() * power_of_ten(places)), value.denom(), mode);
    let digits = format!("{:0>width$}", scaled.magnitude().to_string(), width = places as usize + 1);
    let sign = if scaled.is_negative() { "-" } else { "" };
    match digits.split_at(digits.len() - places as usize) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds<N: Exact + From<i8> + std::fmt::Debug>() {
        // (numerator, denominator, half up, half even)
        let cases: [(i8, i8, i8, i8); 14] = [
            (0, 3, 0, 0),
            (1, 3, 0, 0),
            (2, 3, 1, 1),
            (1, 2, 1, 0),
            (3, 2, 2, 2),
            (5, 2, 3, 2),
            (-1, 2, -1, 0),
            (-3, 2, -2, -2),
            (-5, 2, -3, -2),
            (-1, 3, 0, 0),
            (-2, 3, -1, -1),
            (7, 1, 7, 7),
            (50, 100, 1, 0),
            (49, 100, 0, 0),
        ];
        for (numerator, denominator, half_up, half_even) in cases {
            let quotient = |mode| rounded_quotient(&N::from(numerator), &N::from(denominator), mode);
            assert_eq!(quotient(Rounding::HalfUp), N::from(half_up), "{numerator}/{denominator}");
            assert_eq!(quotient(Rounding::HalfEven), N::from(half_even), "{numerator}/{denominator}");
        }
    }

    #[test]
    fn halves_go_where_the_mode_says_in_every_number_type() {
        rounds::<i64>();
        rounds::<i128>();
        rounds::<BigInt>();
    }

    #[test]
    fn rounding_works_up_to_the_edge_of_a_type() {
        assert_eq!(rounded_quotient(&i64::MAX, &1, Rounding::HalfUp), i64::MAX);
        assert_eq!(rounded_quotient(&i64::MAX, &i64::MAX, Rounding::HalfUp), 1);
        assert_eq!(rounded_quotient(&(i64::MAX - 1), &i64::MAX, Rounding::HalfUp), 1);
    }
}
