//! Values that every part of the domain shares: exact decimals, names of things, languages.

use std::fmt;

use serde::Serialize;

/// How many decimal places a [`Decimal`] keeps.
pub const DECIMAL_PLACES: u32 = 8;

/// How many digits a [`Decimal`] may have before the point.
pub const WHOLE_DIGITS: usize = 12;

/// An exact decimal of at most 12 digits before and 8 after the point, as SCORING.md ("The tally file") defines
/// every number that takes part in scoring. Held as a whole number of 10⁻⁸; its magnitude is below 10²⁰.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal {
    // The two halves of an i128, which by itself would ask for 16-byte alignment and so cost a value of a large
    // tally half as much memory again. The derived order is the number's: the signed half decides first.
    high: i64,
    low: u64,
}

/// How many hundred-millionths make one.
const UNIT: i128 = 10_i128.pow(DECIMAL_PLACES);

impl Decimal {
    pub const ZERO: Self = Self::from_hundred_millionths(0);
    pub const ONE: Self = Self::from_hundred_millionths(UNIT);

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the two halves hold all of the number"
    )]
    const fn from_hundred_millionths(value: i128) -> Self {
        Self { high: (value >> 64) as i64, low: value as u64 }
    }

    /// Reads a plain decimal: an optional `-`, 1 to 12 digits, optionally a point and 1 to 8 digits.
    /// `None` for anything else (exponents, `+`, blanks, other digits than 0–9, missing digits).
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            all => (false, all),
        };
        let point = digits.iter().position(|&byte| byte == b'.');
        let (whole, places) = match point {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &digits[..0]),
        };
        let sizes_fit = (1..=WHOLE_DIGITS).contains(&whole.len())
            && places.len() <= DECIMAL_PLACES as usize
            && (point.is_none() || !places.is_empty());
        if !sizes_fit {
            return None;
        }
        let whole = digits_value(whole)?;
        let missing_digits = (places.len()..DECIMAL_PLACES as usize).count();
        let fraction = (0..missing_digits).fold(digits_value(places)?, |value, _| value * 10);
        let magnitude = i128::from(whole) * UNIT + i128::from(fraction);
        Some(Self::from_hundred_millionths(if negative { -magnitude } else { magnitude }))
    }

    /// A whole number of 10⁻⁸.
    pub fn hundred_millionths(self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }

    /// This value and `steps` times `step` more, which must be within what a decimal can hold.
    pub(crate) fn advanced_by(self, steps: u128, step: Self) -> Self {
        Self::from_hundred_millionths(
            self.hundred_millionths() + steps.cast_signed() * step.hundred_millionths(),
        )
    }

    /// How many digits after the point the value needs, 0 to 8.
    pub fn places(self) -> u32 {
        let value = self.hundred_millionths();
        (0..DECIMAL_PLACES)
            .find(|&places| value % 10_i128.pow(DECIMAL_PLACES - places) == 0)
            .unwrap_or(DECIMAL_PLACES)
    }
}

/// The value of up to 12 ASCII digits (which fits in 64 bits); no digits are 0.
fn digits_value(digits: &[u8]) -> Option<u64> {
    digits
        .iter()
        .try_fold(0_u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
}

impl fmt::Display for Decimal {
    /// Writes the shortest plain decimal: no trailing zeros, no bare point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places();
        let scaled = self.hundred_millionths() / 10_i128.pow(DECIMAL_PLACES - places);
        f.write_str(&fixed_point(scaled, places))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

/// A published figure: rounded once to the places that the rules name (0 to 6) and printed with exactly that many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Figure {
    /// The figure as a whole number of 10^-places. Figures of one tally have the same places, so comparing them
    /// compares this number.
    scaled: i128,
    places: u32,
}

impl Figure {
    /// The figure `scaled` × 10^-`places`.
    pub fn new(scaled: i128, places: u32) -> Self {
        Self { scaled, places }
    }

    /// The figure as a whole number of 10^-places.
    pub fn scaled(self) -> i128 {
        self.scaled
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fixed_point(self.scaled, self.places))
    }
}

impl Serialize for Figure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes `scaled` × 10^-`places` with exactly `places` digits after the point (none: no point); zero has no sign.
fn fixed_point(scaled: i128, places: u32) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let unit = 10_u128.pow(places);
    let (whole, part) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
    match places {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:0width$}", width = places as usize),
    }
}

/// Declares a name of one kind of thing: text that is compared by its bytes and never mixed up with another kind.
macro_rules! name_of {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+};
}

name_of! {
    /// An application's id within its competition.
    ApplicationId;
    /// An industrial chain's id in the catalogue.
    ChainId;
    /// The unit that regional caps count: the lead applicant's prefecture-level city.
    RegionId;
    /// A track: a class of applications that are ranked among themselves. The absent track is `""`.
    TrackKey;
    /// An expert's key on score sheets; its bytes order equal sheets.
    ExpertKey;
    /// A criterion's key, such as `cluster`.
    CriterionKey;
    /// An indicator's key, unique in its rubric.
    IndicatorKey;
    /// A bonus's or deduction's key.
    AdjustmentKey;
    /// A veto item's key.
    VetoKey;
    /// An award's key.
    AwardKey;
}

/// A language that people read: Chinese first, English complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    English,
}

impl Language {
    /// Picks the text in this language.
    pub fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// A number and the English words that it counts: `1 application`, `2 applications`, `0 applications`; with their verb,
/// where they have one.
pub fn count(number: impl fmt::Display, one: &str, many: &str) -> String {
    let number = number.to_string();
    let words = if number == "1" { one } else { many };
    format!("{number} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_plain_and_within_twelve_and_eight_digits() {
        let good = [
            ("0", "0"),
            ("-0", "0"),
            ("87.5", "87.5"),
            ("87.50", "87.5"),
            ("007", "7"),
            ("-0.00000001", "-0.00000001"),
            ("999999999999.99999999", "999999999999.99999999"),
            ("-999999999999.99999999", "-999999999999.99999999"),
        ];
        for (text, shown) in good {
            assert_eq!(Decimal::parse(text).map(|value| value.to_string()).as_deref(), Some(shown), "{text}");
        }
        let bad = [
            "",
            "-",
            "+1",
            "1e3",
            "1E3",
            "NaN",
            "inf",
            ".5",
            "5.",
            "1.",
            "-.5",
            "--1",
            "1_000",
            "1,5",
            " 1",
            "1 ",
            "1\n",
            "１",
            "1.2.3",
            "0x10",
            "1000000000000",
            "0.000000001",
            "1.123456789",
            "٣",
        ];
        for text in bad {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn places_are_those_the_value_needs() {
        for (text, places) in [("0", 0), ("10", 0), ("1.50", 1), ("0.25", 2), ("3.00000001", 8), ("-2.5", 1)]
        {
            assert_eq!(Decimal::parse(text).unwrap().places(), places, "{text}");
        }
    }

    #[test]
    fn a_figure_is_printed_with_exactly_its_places() {
        for (scaled, places, shown) in
            [(0, 2, "0.00"), (-5, 2, "-0.05"), (7, 0, "7"), (123_456, 3, "123.456"), (-100, 1, "-10.0")]
        {
            assert_eq!(Figure::new(scaled, places).to_string(), shown);
        }
    }
}
