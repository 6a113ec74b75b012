//! Figures that look wrong against the year before. They are told, never refused: a chain may really have doubled.

use rust_decimal::Decimal;

use super::problem::Message;

/// Why a figure looks wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// More than 50 % above or below last year: by so many percent, rounded to whole ones.
    LargeChange(Decimal),
    /// About ten thousand (亿元 for 万元) or a hundred million times (亿元 for 元) as much, or as little.
    UnitSlip {
        /// The power of ten.
        power: u32,
        /// Whether this year's is the greater.
        greater: bool,
    },
}

/// Powers of ten by which Chinese units of money differ: 亿元/万元 and 万元/元, and 亿元/元.
const SLIPS: [u32; 2] = [4, 8];

/// What looks wrong with a value against that of the year before. Without one, or where that is not above 0, nothing
/// can be said.
pub fn warnings(value: Decimal, last_year: Option<Decimal>) -> Vec<Warning> {
    let Some(before) = last_year.filter(|before| *before > Decimal::ZERO) else { return Vec::new() };
    if value > Decimal::ZERO {
        for power in SLIPS {
            let factor = Decimal::from(10_u64.pow(power));
            for (greater, one, other) in [(true, value, before), (false, before, value)] {
                // Within a factor of two of the power.
                let (Some(least), Some(most)) =
                    (other.checked_mul(factor / Decimal::TWO), other.checked_mul(factor * Decimal::TWO))
                else {
                    continue;
                };
                if least <= one && one <= most {
                    return vec![Warning::UnitSlip { power, greater }];
                }
            }
        }
    }
    let percent =
        (value - before).checked_div(before).and_then(|ratio| ratio.checked_mul(Decimal::ONE_HUNDRED));
    match percent {
        Some(percent) if percent.abs() > Decimal::from(50) => vec![Warning::LargeChange(percent.round())],
        Some(_) => Vec::new(),
        None => vec![Warning::LargeChange(Decimal::MAX)],
    }
}

impl Warning {
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::LargeChange(_) => "large_change",
            Self::UnitSlip { .. } => "unit_slip",
        }
    }

    /// For people.
    pub fn message(self) -> Message {
        match self {
            Self::LargeChange(percent) => Message::new(
                format!("比上年变动{percent}%，超过±50%，请核对"),
                format!("{percent} % against last year, beyond ±50 %: please check"),
            ),
            Self::UnitSlip { power, greater } => {
                let (zh, en) = if greater { ("倍", "times") } else { ("分之一", "th part of") };
                Message::new(
                    format!("约为上年的10^{power}{zh}，请核对单位（亿元、万元、元）"),
                    format!("About 10^{power} {en} last year's: check the unit (亿元, 万元, 元)"),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str, before: &str) -> Vec<Warning> {
        warnings(value.parse().unwrap(), Some(before.parse().unwrap()))
    }

    #[test]
    fn fifty_percent_is_the_limit() {
        assert!(of("150", "100").is_empty());
        assert!(of("50", "100").is_empty());
        assert_eq!(of("150.01", "100"), [Warning::LargeChange(50.into())]);
        assert_eq!(of("49.9", "100"), [Warning::LargeChange((-50).into())]);
        assert_eq!(of("0", "100"), [Warning::LargeChange((-100).into())]);
        assert_eq!(of("-5", "100"), [Warning::LargeChange((-105).into())]);
    }

    #[test]
    fn a_slip_of_unit_is_named_as_one() {
        assert_eq!(of("4120000", "400"), [Warning::UnitSlip { power: 4, greater: true }]);
        assert_eq!(of("0.0412", "400"), [Warning::UnitSlip { power: 4, greater: false }]);
        assert_eq!(of("41200000000", "400"), [Warning::UnitSlip { power: 8, greater: true }]);
        assert_eq!(of("2000000", "400"), [Warning::UnitSlip { power: 4, greater: true }]);
        assert_eq!(of("1999999", "400"), [Warning::LargeChange(499_900.into())]);
    }

    #[test]
    fn without_a_base_nothing_is_said() {
        assert!(warnings(5.into(), None).is_empty());
        assert!(of("5", "0").is_empty());
        assert!(of("5", "-3").is_empty());
        assert_eq!(of("999999999999", "0.00000001").len(), 1);
    }
}
