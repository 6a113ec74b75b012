//! The plan: a rubric and rules made ready for one group of applications, over one common denominator.
//!
//! Rule 1 to 3 of SCORING.md make every part of a score coefficient × fraction. The plan multiplies these out once,
//! brings them to a common denominator D, and proves which number type holds whatever can come of them.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

use super::exact::{Exact, Fraction, fraction, power_of_ten, rounded_quotient};
use super::measured::{Shape, shape};
use super::rubric::{IndicatorKind, Rubric, Scale};
use super::rules::{PanelMethod, Rounding, Rules};
use super::tally::{Tally, VerifiedValue};
use crate::domain::values::{ChainId, DECIMAL_PLACES, Decimal};

/// What a plan depends on beyond rubric and rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Context<'t> {
    /// The track, as its index, where a rule compares with the best of the track.
    pub(super) track: Option<u32>,
    /// The chain, where a rule is its own.
    pub(super) chain: Option<&'t ChainId>,
}

/// How large the numbers of a tally get, and how many places they use. Numbers that provably stay small are what
/// makes fast arithmetic exact.
#[derive(Debug)]
pub(super) struct Extent {
    /// The largest panel.
    panel: usize,
    /// For each measured indicator, the greatest magnitude of a number (in hundred-millionths) and of a count.
    measured: Vec<(u128, u64)>,
    /// The most places of an entered adjustment.
    adjustment_places: u32,
}

impl Extent {
    pub(super) fn of(tally: &Tally) -> Self {
        let panel = (0..tally.applications.len()).map(|application| tally.sheets.of(application).len()).max();
        let mut measured = vec![(0, 0); tally.rubric.measured().count()];
        let mut adjustment_places = tally.rules.bonus_cap.map_or(0, Decimal::places);
        for application in &tally.applications {
            for value in &application.measured {
                let (number, count) = &mut measured[value.indicator()];
                match value {
                    VerifiedValue::Number(_, v) => {
                        *number = v.hundred_millionths().unsigned_abs().max(*number);
                    }
                    VerifiedValue::Counts(_, counts) => {
                        *count = counts.iter().map(|(_, count)| *count).max().unwrap_or_default().max(*count);
                    }
                    VerifiedValue::Tier(..) => {}
                }
            }
            for (_, value) in &application.adjustments {
                adjustment_places = adjustment_places.max(value.places());
            }
        }
        Self { panel: panel.unwrap_or_default(), measured, adjustment_places }
    }
}

/// A plan in fractions: what explanations quote, and what the plan in whole numbers is made from.
#[derive(Debug)]
pub(super) struct PlanDraft {
    /// Rule 1, one an indicator in the rubric's order.
    pub(super) coefficients: Vec<Fraction>,
    /// For each judged indicator, the unit of its cells in score units.
    pub(super) units: Vec<Fraction>,
    /// For each judged indicator, what one unit of its cells is worth in points.
    judged: Vec<Fraction>,
    /// For each judged indicator, how its scores become cells.
    cells: Vec<CellDraft>,
    /// For each measured indicator, the shape of its fraction.
    pub(super) fractions: Vec<Shape<Fraction>>,
    /// For each measured indicator, the shape of its points.
    points: Vec<Shape<Fraction>>,
}

/// How a judged indicator's scores become whole numbers: a score is `min + steps × step`, all in a unit of the scale.
#[derive(Clone, Debug)]
struct CellDraft {
    min: BigInt,
    step: BigInt,
    /// How far from the mean of the raw scores a score may lie.
    limit: Option<BigInt>,
    /// What scores are rounded to.
    rounding: Option<BigInt>,
    /// The greatest magnitude of a cell.
    most: BigInt,
}

impl PlanDraft {
    pub(super) fn of(tally: &Tally, context: Context<'_>, best: impl Fn(u32) -> Option<Decimal>) -> Self {
        let (rubric, rules) = (&tally.rubric, &tally.rules);
        let coefficients = coefficients(rubric);
        let (mut units, mut judged, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        let (mut fractions, mut points) = (Vec::new(), Vec::new());
        let mut measured_so_far = 0;
        for ((_, indicator), coefficient) in rubric.indicators().zip(&coefficients) {
            match &indicator.kind {
                IndicatorKind::Judged(scale) => {
                    let (cell, unit) = cell_draft(scale, rules);
                    judged.push(coefficient * &unit / (fraction(scale.max) - fraction(scale.min)));
                    units.push(unit);
                    cells.push(cell);
                }
                IndicatorKind::Measured(measured) => {
                    let rule = measured.for_chain(context.chain);
                    let shape = shape(&rule.formula, best(measured_so_far));
                    measured_so_far += 1;
                    points.push(shape.map(|number| number * coefficient));
                    fractions.push(shape);
                }
            }
        }
        Self { coefficients, units, judged, cells, fractions, points }
    }
}

/// Rule 1: full marks × (weight ÷ 100) × (points ÷ the points of the criterion), one an indicator.
fn coefficients(rubric: &Rubric) -> Vec<Fraction> {
    let mut coefficients = Vec::new();
    for criterion in &rubric.criteria {
        let points: Fraction = criterion.indicators.iter().map(|indicator| fraction(indicator.points)).sum();
        let share = fraction(rubric.full_marks) * fraction(criterion.weight) / BigInt::from(100);
        let of = |own: Decimal| &share * fraction(own) / &points;
        coefficients.extend(criterion.indicators.iter().map(|indicator| of(indicator.points)));
    }
    coefficients
}

/// How scores on a scale become whole numbers, and the unit of these in score units.
fn cell_draft(scale: &Scale, rules: &Rules) -> (CellDraft, Fraction) {
    let limit = match rules.panel.as_ref().map(|panel| &panel.method) {
        Some(PanelMethod::CappedMean(limit)) => Some(*limit),
        _ => None,
    };
    let rounding = rules.round_steps.score;
    if limit.is_none() && rounding.is_none() {
        // Whole steps above the lowest score are all that is needed.
        let most = BigInt::from(scale.steps());
        let cell = CellDraft { min: BigInt::zero(), step: BigInt::one(), limit: None, rounding: None, most };
        return (cell, fraction(scale.step));
    }
    let values = [Some(scale.min), Some(scale.step), limit].into_iter().flatten();
    let places = values.map(Decimal::places).chain(rounding).max().unwrap_or_default();
    let whole =
        |value: Decimal| BigInt::from(value.hundred_millionths() / 10_i128.pow(DECIMAL_PLACES - places));
    let rounding = rounding.map(|rounding| power_of_ten(places - rounding));
    let (min, step, limit) = (whole(scale.min), whole(scale.step), limit.map(whole));
    let span = BigInt::from(min.magnitude() * 2_u8) + &step * BigInt::from(scale.steps());
    let most = span + limit.clone().unwrap_or_default() + rounding.clone().unwrap_or_default();
    (CellDraft { min, step, limit, rounding, most }, Fraction::new(BigInt::one(), power_of_ten(places)))
}

/// A plan in whole numbers of 1/D points.
#[derive(Debug)]
pub(super) struct Plan<N> {
    /// D.
    pub(super) denominator: N,
    /// For each judged indicator, what one unit of its cell is worth.
    pub(super) weights: Vec<N>,
    /// For each judged indicator, how scores become cells; absent where the steps are the cells.
    pub(super) cells: Option<Vec<Cell<N>>>,
    /// For each measured indicator, the shape of its points.
    pub(super) measured: Vec<Shape<N>>,
    /// What one unit of an adjustment is worth, in 10^-`adjustment_places`.
    pub(super) adjustment_unit: N,
    pub(super) adjustment_places: u32,
    pub(super) bonus_cap: Option<N>,
    /// What published figures are whole multiples of.
    pub(super) place: N,
    /// What a sheet's subtotals are rounded to.
    pub(super) sheet_step: Option<N>,
    /// What an indicator's points are rounded to.
    pub(super) indicator_step: Option<N>,
    /// The mode of every rounding.
    pub(super) rounding: Rounding,
}

/// How a judged indicator's scores become cells, where they are capped or rounded.
#[derive(Debug)]
pub(super) struct Cell<N> {
    pub(super) min: N,
    pub(super) step: N,
    pub(super) limit: Option<N>,
    pub(super) rounding: Option<N>,
}

impl<N: Exact> Plan<N> {
    /// `value`, over D × `divisor`, rounded to a whole number of `step`, where there is one.
    pub(super) fn round(&self, value: N, step: Option<&N>, divisor: &N) -> N {
        match step {
            None => value,
            Some(step) => {
                let unit = step.clone() * divisor.clone();
                rounded_quotient(&value, &unit, self.rounding) * unit
            }
        }
    }
}

/// A plan in the narrowest number type that holds whatever can come of it.
#[derive(Debug)]
pub(super) enum AnyPlan {
    Short(Plan<i64>),
    Long(Plan<i128>),
    Big(Plan<BigInt>),
}

impl PlanDraft {
    /// The plan in the narrowest number type that suffices for every application of the tally.
    pub(super) fn plan(&self, tally: &Tally, extent: &Extent) -> AnyPlan {
        let denominator = self.denominator(&tally.rules, extent);
        let plan = self.over::<BigInt>(&denominator, tally, extent);
        let bound = self.bound(&plan, tally, extent);
        if fits::<i64>(&bound) {
            AnyPlan::Short(self.over(&denominator, tally, extent))
        } else if fits::<i128>(&bound) {
            AnyPlan::Long(self.over(&denominator, tally, extent))
        } else {
            AnyPlan::Big(plan)
        }
    }

    /// The least D over which every part of a score is whole, and so is every unit that something is rounded to.
    fn denominator(&self, rules: &Rules, extent: &Extent) -> BigInt {
        let steps = rules.round_steps;
        let places = [Some(rules.places), steps.sheet, steps.indicator, Some(extent.adjustment_places)];
        let places = places.into_iter().flatten().max().unwrap_or_default();
        let fractions = self.judged.iter().chain(self.points.iter().flat_map(Shape::numbers));
        fractions.fold(power_of_ten(places), |lcm, fraction| lcm.lcm(fraction.denom()))
    }

    fn over<N: Exact>(&self, denominator: &BigInt, tally: &Tally, extent: &Extent) -> Plan<N> {
        let rules = &tally.rules;
        let whole = |value: &Fraction| N::of(&(value * denominator).to_integer());
        let unit_of = |places: u32| N::of(&(denominator / power_of_ten(places)));
        let computed = |cell: &CellDraft| Cell {
            min: N::of(&cell.min),
            step: N::of(&cell.step),
            limit: cell.limit.as_ref().map(N::of),
            rounding: cell.rounding.as_ref().map(N::of),
        };
        let plain = self.cells.iter().all(|cell| cell.limit.is_none() && cell.rounding.is_none());
        Plan {
            denominator: N::of(denominator),
            weights: self.judged.iter().map(whole).collect(),
            cells: (!plain).then(|| self.cells.iter().map(computed).collect()),
            measured: self.points.iter().map(|shape| shape.map(whole)).collect(),
            adjustment_unit: unit_of(extent.adjustment_places),
            adjustment_places: extent.adjustment_places,
            bonus_cap: rules.bonus_cap.map(|cap| whole(&fraction(cap))),
            place: unit_of(rules.places),
            sheet_step: rules.round_steps.sheet.map(unit_of),
            indicator_step: rules.round_steps.indicator.map(unit_of),
            rounding: rules.rounding,
        }
    }

    /// No number that comes up while an application of the tally is scored exceeds this.
    fn bound(&self, plan: &Plan<BigInt>, tally: &Tally, extent: &Extent) -> BigInt {
        let panel = BigInt::from(extent.panel.max(1));
        // A panel's sums are over the number of its kept sheets, or over its square where scores are capped.
        let divisor = if plan.cells.is_some() { &panel * &panel } else { panel.clone() };
        let judged: BigInt =
            plan.weights.iter().zip(&self.cells).map(|(weight, cell)| weight * &cell.most).sum();
        let cells: BigInt = self.cells.iter().map(|cell| &cell.most).sum();
        let measured: BigInt = plan
            .measured
            .iter()
            .zip(&extent.measured)
            .map(|(shape, (number, count))| shape.bound(&BigInt::from(*number), *count))
            .sum();
        let adjustments = tally.rubric.adjustments.iter().map(|adjustment| fraction(adjustment.max));
        let adjustments = adjustments.sum::<Fraction>() * &plan.denominator;
        // Each declared rounding moves a figure by less than one point.
        let roundings =
            BigInt::from(1 + tally.rubric.criteria.len() + self.coefficients.len()) * &plan.denominator;
        let values =
            extent.measured.iter().map(|(number, count)| BigInt::from(*number) + *count).sum::<BigInt>();
        let cap = plan.bonus_cap.clone().unwrap_or_default();
        (judged + cells + measured + adjustments.to_integer() + roundings + cap + 1) * divisor + values
    }
}

/// Whether numbers up to `bound` fit with room for adding and comparing two of them.
fn fits<N: Exact>(bound: &BigInt) -> bool {
    N::most().is_none_or(|most| bound * BigInt::from(4) <= most)
}
