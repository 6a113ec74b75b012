//! The plan: a rubric and rules made ready for one group of applications, over one common denominator.
//!
//! Rule 1 to 3 of SCORING.md make every part of a score coefficient × fraction. The plan multiplies these out once,
//! brings them to a common denominator D, and proves which number type holds whatever can come of them.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Bounded, One, Zero};

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
    /// Above the magnitude of every cell, and of each number here.
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
        let most = BigInt::from(scale.steps()) + 1;
        let cell = CellDraft { min: BigInt::zero(), step: BigInt::one(), limit: None, rounding: None, most };
        return (cell, fraction(scale.step));
    }
    let values = [Some(scale.min), Some(scale.step), limit].into_iter().flatten();
    let places = values.map(Decimal::places).chain(rounding).max().unwrap_or_default();
    let whole =
        |value: Decimal| BigInt::from(value.hundred_millionths() / 10_i128.pow(DECIMAL_PLACES - places));
    let rounding = rounding.map(|rounding| power_of_ten(places - rounding));
    let (min, step, limit) = (whole(scale.min), whole(scale.step), limit.map(whole));
    let span = BigInt::from(min.magnitude() * 2_u8) + &step * (BigInt::from(scale.steps()) + 1);
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
fn fits<N: Bounded + Into<BigInt>>(bound: &BigInt) -> bool {
    bound * BigInt::from(4) <= N::max_value().into()
}

#[cfg(test)]
mod tests {
    use super::super::context::Contexts;
    use super::super::rank;
    use super::super::read_tally;
    use super::*;
    use crate::domain::values::Language;

    /// A tally of one judged and one measured indicator, with two applications.
    fn tally(
        full_marks: &str,
        scale: [&str; 3],
        linear: [&str; 2],
        value: &str,
        sheets: usize,
        panel: &str,
    ) -> Tally {
        let [min, max, step] = scale;
        let [from, to] = linear;
        let sheet =
            |expert| format!(r#"{{"application":"A","expert":"E{expert}","scores":{{"j":"{min}"}}}}"#);
        let sheets = (0..sheets).map(sheet).collect::<Vec<_>>().join(",");
        let text = format!(
            r#"{{"format":"qianglian-tally/1","competition":{{"id":"c","title":"c"}},"rubric":{{"full_marks":"{full_marks}",
            "criteria":[{{"key":"c","name":"c","weight":"100","indicators":[
            {{"key":"j","name":"j","points":"1","kind":"judged","scale":{{"min":"{min}","max":"{max}","step":"{step}"}}}},
            {{"key":"m","name":"m","points":"2","kind":"measured","rule":{{"type":"linear","from":"{from}","to":"{to}","missing":"zero"}}}}]}}],
            "adjustments":[{{"key":"b","name":"b","kind":"bonus","max":"5"}}],"vetoes":[]}},
            "rules":{{"panel":{panel},"places":2,"rounding":"half_up","tie_break":[],"awards":[]}},
            "applications":[
            {{"id":"A","title":"A","region":"r","measured":{{"m":"{value}"}},"adjustments":{{"b":"0.125"}},"vetoes":[]}},
            {{"id":"B","title":"B","region":"r","measured":{{}},"adjustments":{{}},"vetoes":[]}}],"sheets":[{sheets}]}}"#
        );
        read_tally(text.as_bytes()).unwrap_or_else(|problems| panic!("{}", problems.text(Language::Chinese)))
    }

    const MEAN: &str = r#"{"method":"mean","level":"sheet","min_kept":1}"#;
    const CAPPED: &str = r#"{"method":"capped_mean","level":"indicator","min_kept":1,"limit":"0.5"}"#;

    fn plan(tally: &Tally) -> AnyPlan {
        let contexts = Contexts::of(tally);
        contexts.draft(contexts.context(0)).plan(tally, &Extent::of(tally))
    }

    fn width(tally: &Tally) -> &'static str {
        match plan(tally) {
            AnyPlan::Short(_) => "short",
            AnyPlan::Long(_) => "long",
            AnyPlan::Big(_) => "big",
        }
    }

    #[test]
    fn the_denominator_is_the_least_that_holds_every_part() {
        let tally = tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 3, MEAN);
        let AnyPlan::Short(plan) = plan(&tally) else { panic!("small numbers are short") };
        // One step of 20 is worth 100/3 ÷ 20 = 5/3; a hundred-millionth of 30 is worth 200/3 ÷ 30 ÷ 10⁸ = 1/(45 × 10⁶).
        assert_eq!(plan.denominator, 45_000_000);
        assert_eq!(plan.weights, [75_000_000]);
        assert_eq!((plan.adjustment_places, plan.adjustment_unit, plan.place), (3, 45_000, 450_000));
    }

    #[test]
    fn numbers_are_as_wide_as_the_tally_needs() {
        let widths = [
            (tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 3, MEAN), "short"),
            // A value far beyond the rule's range.
            (tally("100", ["0", "10", "0.5"], ["0", "30"], "999999999999", 3, MEAN), "long"),
            // Awkward denominators.
            (tally("999999999999.99999999", ["0", "10", "0.5"], ["0", "30"], "20", 3, MEAN), "long"),
            (
                tally(
                    "999999999999.99999999",
                    ["0", "7.00000001", "0.00000001"],
                    ["0.00000001", "999999999999.99999999"],
                    "999999999999.99999998",
                    3,
                    MEAN,
                ),
                "big",
            ),
            // A capped mean is over the square of the panel.
            (tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 3, CAPPED), "short"),
            (tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 20_000, CAPPED), "long"),
            (tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 20_000, MEAN), "short"),
        ];
        for (at, (tally, expected)) in widths.iter().enumerate() {
            assert_eq!(width(tally), *expected, "tally {at}");
            rank(tally);
        }
    }

    #[test]
    fn a_cell_is_bounded_by_its_scale_limit_and_rounding() {
        let decimal = |text| Decimal::parse(text).unwrap();
        let scale = Scale { min: decimal("-2"), max: decimal("3"), step: decimal("0.5") };
        let mut rules = tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 1, MEAN).rules;
        let (plain, unit) = cell_draft(&scale, &rules);
        assert_eq!((plain.most, unit), (BigInt::from(10 + 1), fraction(decimal("0.5"))));
        rules = tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 1, &CAPPED.replace("0.5", "1.25")).rules;
        rules.round_steps.score = Some(1);
        let (fine, unit) = cell_draft(&scale, &rules);
        assert_eq!(unit, fraction(decimal("0.01")));
        // In hundredths: twice the lowest, eleven steps, the limit, the rounding.
        assert_eq!(fine.most, BigInt::from(2 * 200 + 11 * 50 + 125 + 10));
        assert_eq!((fine.min, fine.step), (BigInt::from(-200), BigInt::from(50)));
        assert_eq!((fine.limit, fine.rounding), (Some(BigInt::from(125)), Some(BigInt::from(10))));
    }

    /// Worked by hand from the parts that `bound` names.
    #[test]
    fn a_plan_is_bounded_by_all_that_is_added_up() {
        let bound = |tally: &Tally| {
            let (contexts, extent) = (Contexts::of(tally), Extent::of(tally));
            let draft = contexts.draft(contexts.context(0));
            let plan = draft.over(&draft.denominator(&tally.rules, &extent), tally, &extent);
            draft.bound(&plan, tally, &extent)
        };
        // One unit of 1/D, D = 45 × 10⁶: judged 75 × 10⁶ × 21; measured 2 × 10⁹ + 1 and 3 × 10⁹; adjustments 5 D; a point
        // for each of 4 roundings; all three times, for three sheets; and the value itself.
        let tally_of = |panel| tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 3, panel);
        let d = 45_000_000_i64;
        let measured = 2_000_000_001 + 3_000_000_000;
        let mean = 75_000_000 * 21 + 21 + measured + 5 * d + 4 * d + 1;
        assert_eq!(bound(&tally_of(MEAN)), BigInt::from(mean * 3 + 2_000_000_000));
        // Capped: cells of tenths, 15 × 10⁶ each, up to 21 × 5 + 5; nine times, for the square of three sheets.
        let capped = 15_000_000 * 110 + 110 + measured + 5 * d + 4 * d + 1;
        assert_eq!(bound(&tally_of(CAPPED)), BigInt::from(capped * 9 + 2_000_000_000));
        let mut with_cap = tally_of(MEAN);
        with_cap.rules.bonus_cap = Decimal::parse("2");
        assert_eq!(bound(&with_cap), BigInt::from((mean + 2 * d) * 3 + 2_000_000_000));
        let mut without_sheets = tally("100", ["0", "10", "0.5"], ["0", "30"], "20", 0, MEAN);
        without_sheets.applications[0].measured =
            [VerifiedValue::Counts(0, [(0, 7), (1, 9), (2, 8)].into())].into();
        let measured = 1 + 3_000_000_000;
        let counts = 75_000_000 * 21 + 21 + measured + 5 * d + 4 * d + 1;
        assert_eq!(bound(&without_sheets), BigInt::from(counts + 9));
    }

    #[test]
    fn a_scale_of_a_single_score_still_fits() {
        for panel in [MEAN, CAPPED] {
            let tally = tally("100", ["0", "0.00000001", "999999999999"], ["0", "30"], "20", 3, panel);
            assert_eq!(rank(&tally).groups[0].standings.len(), 2);
        }
    }

    /// The proof of a width: the bound is above everything, found by scoring at the ends of what a tally may hold with
    /// every addition checked.
    #[test]
    fn a_type_is_only_taken_with_room_to_spare() {
        assert!(fits::<i64>(&BigInt::from(i64::MAX / 4)));
        assert!(!fits::<i64>(&(BigInt::from(i64::MAX / 4) + 1)));
        assert!(fits::<i128>(&BigInt::from(i128::MAX / 4)));
        assert!(!fits::<i128>(&(BigInt::from(i128::MAX / 4) + 1)));
    }
}
