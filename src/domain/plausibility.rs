//! Figures that look wrong where they are typed: against their unit, the year that is asked for, what the rule reckons
//! with, and the year before. They are told and want an explanation, and are never refused: a chain may really have
//! doubled.

use rust_decimal::Decimal;

use super::problem::Message;
use super::scoring::{Formula, Indicator};

/// What is usual for the figure of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Its unit; empty if it has none.
    unit: String,
    /// The lowest and the highest value that its rule tells apart; none where the rule knows no bounds.
    bounds: Option<(Decimal, Decimal)>,
    /// Whether it may be below 0, being a change: 增速, 增长率, 增幅.
    is_change: bool,
    /// The year that it is of: the last that is over when applications are first taken.
    year: i32,
}

impl Usual {
    /// What is usual for an indicator by the formula that scores it, in a competition that asks for a year.
    pub fn of(indicator: &Indicator, formula: &Formula, year: i32) -> Self {
        Self {
            unit: indicator.unit.clone().unwrap_or_default(),
            bounds: bounds(formula),
            is_change: indicator.name.contains('增'),
            year,
        }
    }

    /// The lowest and the highest percentage that is usual: 0 to 100, unless the rule itself reaches further.
    fn percentages(&self) -> (Decimal, Decimal) {
        let (low, high) = self.bounds.unwrap_or_default();
        let least = if self.is_change { -Decimal::ONE_HUNDRED } else { Decimal::ZERO };
        (low.min(least), high.max(Decimal::ONE_HUNDRED))
    }

    fn is_money(&self) -> bool {
        self.unit.contains('元')
    }
}

/// The lowest and the highest value that a formula tells apart.
fn bounds(formula: &Formula) -> Option<(Decimal, Decimal)> {
    let exact = |value: &super::values::Decimal| value.to_string().parse().unwrap_or_default();
    let all: Vec<Decimal> = match formula {
        Formula::Linear { from, to } => vec![exact(from), exact(to)],
        Formula::Efficacy { floor, target } => vec![exact(floor), exact(target)],
        Formula::Bands(bands) => bands.iter().map(|band| exact(&band.at_least)).collect(),
        Formula::Piecewise(points) => points.iter().map(|(x, _)| exact(x)).collect(),
        Formula::PerUnit { .. } | Formula::Tiers(_) | Formula::Best => return None,
    };
    Some((all.iter().min().copied()?, all.iter().max().copied()?))
}

/// Why a figure looks wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// More than 50 % above or below last year: by so many percent, rounded to whole ones.
    LargeChange(Decimal),
    /// About a hundred (0.35 for 35 %), ten thousand (亿元 for 万元) or a hundred million times (亿元 for 元) last year's,
    /// or such a part of it.
    UnitSlip {
        /// The power of ten.
        power: u32,
        /// Whether this year's is the greater.
        greater: bool,
    },
    /// A percentage outside of what is usual.
    OutOfRange {
        /// The lowest that is usual.
        least: Decimal,
        /// The highest that is usual.
        most: Decimal,
    },
    /// Below 1 %, where the rule reckons with ten and more: a share as a fraction of 1.
    Fraction,
    /// A thousand times and more what the rule gives full marks for, or so little an amount of money.
    FarFromRule {
        /// What the rule reckons with at most.
        most: Decimal,
        unit: String,
        /// Whether the figure is the greater.
        greater: bool,
    },
    /// Of another year than is asked for.
    OtherYear(i32),
}

/// Powers of ten by which Chinese units of money differ: 亿元/万元 and 万元/元, and 亿元/元.
const SLIPS: [u32; 2] = [4, 8];

/// The power by which a share as a fraction differs from one in percent.
const PERCENT: u32 = 2;

/// A figure so many times what its rule reckons with is no great achievement but another unit.
const FAR: u32 = 1_000;

/// What looks wrong with a value against what is usual for it, and against that of the year before. Where there is none,
/// or it is not above 0, nothing is said of it.
pub fn warnings(value: Decimal, last_year: Option<Decimal>, usual: &Usual) -> Vec<Warning> {
    let before = last_year.filter(|before| *before > Decimal::ZERO);
    let by_itself = if usual.unit == "%" { percentage(value, before, usual) } else { amount(value, usual) };
    if let Some(warning) = by_itself {
        return vec![warning];
    }
    before.and_then(|before| change(value, before, usual)).into_iter().collect()
}

/// What looks wrong with the year of a figure.
pub fn year_warning(year: u16, usual: &Usual) -> Option<Warning> {
    (i32::from(year) != usual.year).then_some(Warning::OtherYear(usual.year))
}

fn percentage(value: Decimal, before: Option<Decimal>, usual: &Usual) -> Option<Warning> {
    let (least, most) = usual.percentages();
    if value < least || value > most {
        return Some(Warning::OutOfRange { least, most });
    }
    let reckons_with_ten = usual.bounds.is_some_and(|(_, high)| high >= Decimal::TEN);
    let is_fraction = value > Decimal::ZERO && value < Decimal::ONE && before.is_none() && reckons_with_ten;
    is_fraction.then_some(Warning::Fraction)
}

fn amount(value: Decimal, usual: &Usual) -> Option<Warning> {
    let (_, most) = usual.bounds.filter(|(_, most)| *most > Decimal::ZERO)?;
    let far = |one: Decimal, other: Decimal| other.checked_mul(FAR.into()).is_some_and(|far| one >= far);
    let greater = far(value, most);
    let smaller = usual.is_money() && value > Decimal::ZERO && far(most, value);
    (greater || smaller).then(|| Warning::FarFromRule { most, unit: usual.unit.clone(), greater })
}

fn change(value: Decimal, before: Decimal, usual: &Usual) -> Option<Warning> {
    let percent = (usual.unit == "%").then_some(PERCENT);
    if value > Decimal::ZERO {
        for power in percent.into_iter().chain(SLIPS) {
            let factor = Decimal::from(10_u64.pow(power));
            for (greater, one, other) in [(true, value, before), (false, before, value)] {
                // Within a factor of two of the power.
                let (Some(least), Some(most)) =
                    (other.checked_mul(factor / Decimal::TWO), other.checked_mul(factor * Decimal::TWO))
                else {
                    continue;
                };
                if least <= one && one <= most {
                    return Some(Warning::UnitSlip { power, greater });
                }
            }
        }
    }
    let percent =
        (value - before).checked_div(before).and_then(|ratio| ratio.checked_mul(Decimal::ONE_HUNDRED));
    match percent {
        Some(percent) if percent.abs() > Decimal::from(50) => Some(Warning::LargeChange(percent.round())),
        Some(_) => None,
        None => Some(Warning::LargeChange(Decimal::MAX)),
    }
}

impl Warning {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LargeChange(_) => "large_change",
            Self::UnitSlip { .. } => "unit_slip",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Fraction => "fraction_for_percent",
            Self::FarFromRule { .. } => "far_from_rule",
            Self::OtherYear(_) => "other_year",
        }
    }

    /// For people.
    pub fn message(&self) -> Message {
        match self {
            Self::LargeChange(percent) => Message::new(
                format!("比上年变动{percent}%，超过±50%，请核对"),
                format!("{percent} % against last year, beyond ±50 %: please check"),
            ),
            Self::UnitSlip { power: PERCENT, greater } => {
                let (zh, en) = if *greater { ("100倍", "100 times") } else { ("1%", "a hundredth of") };
                Message::new(
                    format!("约为上年的{zh}；百分数填“35”，不填“0.35”，请核对"),
                    format!("About {en} last year's: 35 % is written 35, not 0.35; please check"),
                )
            }
            Self::UnitSlip { power, greater } => {
                let (zh, en) = if *greater { ("倍", "times") } else { ("分之一", "th part of") };
                Message::new(
                    format!("约为上年的10^{power}{zh}，请核对单位（亿元、万元、元）"),
                    format!("About 10^{power} {en} last year's: check the unit (亿元, 万元, 元)"),
                )
            }
            Self::OutOfRange { least, most } => Message::new(
                format!("百分数一般在{least}至{most}之间，请核对"),
                format!("A percentage is usually from {least} to {most}: please check"),
            ),
            Self::Fraction => Message::new(
                "不到1%；百分数填“35”，不填“0.35”，请核对",
                "Below 1 %: 35 % is written 35, not 0.35; please check",
            ),
            Self::FarFromRule { most, unit, greater } => {
                let (zh, en) = if *greater {
                    ("的一千倍以上", "A thousand times and more")
                } else {
                    ("的千分之一以下", "Less than a thousandth of")
                };
                Message::new(
                    format!("为计分上限（{most}{unit}）{zh}，请核对单位"),
                    format!("{en} what gives full marks ({most} {unit}): check the unit"),
                )
            }
            Self::OtherYear(year) => Message::new(
                format!("应为{year}年（最近一个完整年度）的数据，请核对年份"),
                format!("Figures of {year}, the last full year, are asked for: check the year"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(unit: &str, bounds: Option<(i64, i64)>) -> Usual {
        let bounds = bounds.map(|(low, high)| (low.into(), high.into()));
        Usual { unit: unit.to_owned(), bounds, is_change: false, year: 2025 }
    }

    fn of(value: &str, before: &str) -> Vec<Warning> {
        warnings(value.parse().unwrap(), Some(before.parse().unwrap()), &usual("亿元", None))
    }

    /// The code of what is told of a value of such a unit, by a rule from 5 to 30.
    fn told(value: &str, unit: &str, before: Option<&str>) -> Option<&'static str> {
        let before = before.map(|before| before.parse().unwrap());
        let all = warnings(value.parse().unwrap(), before, &usual(unit, Some((5, 30))));
        all.first().map(Warning::code)
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
        assert!(warnings(5.into(), None, &usual("亿元", None)).is_empty());
        assert!(of("5", "0").is_empty());
        assert!(of("5", "-3").is_empty());
        assert_eq!(of("999999999999", "0.00000001").len(), 1);
    }

    #[test]
    fn a_percentage_lies_between_0_and_100_unless_the_rule_reaches_further() {
        for (value, code) in [
            ("350", Some("out_of_range")),
            ("100.01", Some("out_of_range")),
            ("100", None),
            ("0", None),
            ("-0.1", Some("out_of_range")),
            ("1", None),
            ("0.99", Some("fraction_for_percent")),
            ("0.35", Some("fraction_for_percent")),
        ] {
            assert_eq!(told(value, "%", None), code, "{value}");
        }
        let further = |value: i64, is_change| {
            let usual = Usual { is_change, ..usual("%", Some((0, 150))) };
            warnings(value.into(), None, &usual)
        };
        assert!(further(150, false).is_empty());
        assert_eq!(further(151, false), [Warning::OutOfRange { least: 0.into(), most: 150.into() }]);
        assert!(further(-20, true).is_empty());
        assert_eq!(further(-101, true).len(), 1);
        // Where the rule reckons with a few percent, less than one is nothing strange.
        assert!(warnings("0.35".parse().unwrap(), None, &usual("%", Some((0, 5)))).is_empty());
    }

    #[test]
    fn a_share_as_a_fraction_is_told_against_the_year_before() {
        assert_eq!(told("0.35", "%", Some("34")), Some("unit_slip"));
        assert_eq!(told("35", "%", Some("0.34")), Some("unit_slip"));
        assert_eq!(told("35", "个", Some("0.34")), Some("large_change"));
        assert_eq!(told("0.35", "%", Some("0.34")), None);
    }

    #[test]
    fn an_amount_far_from_what_the_rule_reckons_with_is_of_another_unit() {
        for (value, unit, code) in [
            ("30000", "亿元", Some("far_from_rule")),
            ("29999.9", "亿元", None),
            ("6205000", "家", Some("far_from_rule")),
            ("0.03", "亿元", Some("far_from_rule")),
            ("0.031", "亿元", None),
            ("0.03", "家", None),
            ("0", "亿元", None),
        ] {
            assert_eq!(told(value, unit, None), code, "{value} {unit}");
        }
    }

    #[test]
    fn the_last_full_year_is_asked_for() {
        let usual = usual("%", None);
        assert_eq!(year_warning(2019, &usual), Some(Warning::OtherYear(2025)));
        assert_eq!(year_warning(2026, &usual), Some(Warning::OtherYear(2025)));
        assert_eq!(year_warning(2025, &usual), None);
    }
}
