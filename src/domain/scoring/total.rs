//! From an application's values and sheets to its total (SCORING.md, rules 3 to 7).

use std::ops::Range;

use num_bigint::BigInt;

use super::exact::{Exact, Fraction, Steps, rounded_quotient};
use super::measured::Shape;
use super::panel::{Panel, PanelWitness, Scratch};
use super::plan::Plan;
use super::rubric::{AdjustmentKind, MeasuredRules};
use super::rules::{PanelRule, RankOn};
use super::tally::{Application, PanelScores, Tally};
use crate::domain::values::{DECIMAL_PLACES, Figure};

/// What is known of every application's score. One table for all, since a large tally has a hundred thousand.
#[derive(Debug)]
pub struct ScoreTable {
    places: u32,
    /// How many figures an application has: total, adjustment, one a criterion.
    width: usize,
    rows: Vec<ScoreRow>,
    /// The figures, scaled, application by application; zeros where they cannot be computed.
    figures: Vec<i128>,
    /// The unrounded figures, where the rules rank on them.
    exact: Vec<Option<ExactFigures>>,
    dropped: Vec<usize>,
    missing: Vec<usize>,
}

#[derive(Debug)]
struct ScoreRow {
    experts_used: Option<usize>,
    panel_too_small: bool,
    has_figures: bool,
    /// Where the application's part of `dropped` and of `missing` ends.
    dropped_end: usize,
    missing_end: usize,
}

/// An application's published figures, and the unrounded ones where these decide places.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'s> {
    scaled: &'s [i128],
    places: u32,
    /// The same unrounded, where the rules rank on exact figures.
    pub exact: Option<&'s ExactFigures>,
}

impl Figures<'_> {
    /// The total, at least 0.
    pub fn total(&self) -> Figure {
        Figure::new(self.scaled[0], self.places)
    }

    /// Bonuses less deductions.
    pub fn adjustment(&self) -> Figure {
        Figure::new(self.scaled[1], self.places)
    }

    /// The score of a criterion, given as an index into the rubric's.
    pub fn criterion(&self, criterion: usize) -> Figure {
        Figure::new(self.scaled[2 + criterion], self.places)
    }
}

impl ScoreTable {
    pub(super) fn new(tally: &Tally) -> Self {
        Self {
            places: tally.rules.places,
            width: 2 + tally.rubric.criteria.len(),
            rows: Vec::with_capacity(tally.applications.len()),
            figures: Vec::with_capacity(tally.applications.len() * (2 + tally.rubric.criteria.len())),
            exact: Vec::new(),
            dropped: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The figures of an application, given by its index; `None` where they cannot be computed.
    pub fn figures(&self, application: usize) -> Option<Figures<'_>> {
        self.rows[application].has_figures.then(|| Figures {
            scaled: &self.figures[application * self.width..(application + 1) * self.width],
            places: self.places,
            exact: self.exact.get(application).and_then(Option::as_ref),
        })
    }

    /// Whether the figures of an application can be computed.
    pub(super) fn has_figures(&self, application: usize) -> bool {
        self.rows[application].has_figures
    }

    /// Its published total as a whole number of 10^-places.
    pub(super) fn scaled_total(&self, application: usize) -> Option<i128> {
        self.rows[application].has_figures.then(|| self.figures[application * self.width])
    }

    /// How many sheets were kept (level sheet) or scores an indicator (level indicator); `None` without a panel.
    pub fn experts_used(&self, application: usize) -> Option<usize> {
        self.rows[application].experts_used
    }

    /// Whether fewer sheets were kept than the rules ask for.
    pub fn panel_too_small(&self, application: usize) -> bool {
        self.rows[application].panel_too_small
    }

    /// Level sheet: the sheets that were not kept, as indices among the application's, rising.
    pub fn dropped(&self, application: usize) -> &[usize] {
        let end = |row: &ScoreRow| row.dropped_end;
        &self.dropped[self.before(application, end)..end(&self.rows[application])]
    }

    /// The measured indicators (as indices among them) whose value is missing though their rule needs one.
    pub fn missing(&self, application: usize) -> &[usize] {
        let end = |row: &ScoreRow| row.missing_end;
        &self.missing[self.before(application, end)..end(&self.rows[application])]
    }

    fn before(&self, application: usize, end: impl Fn(&ScoreRow) -> usize) -> usize {
        application.checked_sub(1).map_or(0, |before| end(&self.rows[before]))
    }
}

/// Unrounded figures over one denominator.
#[derive(Clone, Debug)]
pub struct ExactFigures {
    /// Above 0.
    pub denominator: BigInt,
    pub total: BigInt,
    /// One a criterion.
    pub criteria: Box<[BigInt]>,
}

impl ExactFigures {
    /// The total as a fraction.
    pub fn total(&self) -> Fraction {
        Fraction::new(self.total.clone(), self.denominator.clone())
    }
}

/// What scoring needs of a tally, looked up once.
pub(super) struct Scorer<'t> {
    tally: &'t Tally,
    /// For each criterion, its columns of a score sheet.
    judged: Vec<Range<usize>>,
    /// For each criterion, its measured indicators.
    measured: Vec<Range<usize>>,
    /// The measured indicators' rules.
    rules: Vec<&'t MeasuredRules>,
}

/// Sees how an application comes to its total, for an explanation.
pub(super) trait Witness<N>: PanelWitness<N> {
    /// The parts that the total is made of.
    fn total(&mut self, _parts: &Parts<'_, N>) {}
}

impl<N> Witness<N> for super::panel::Nobody {}

/// The parts of a total. Bonuses and deductions are over the plan's denominator, all else is over that × `divisor`.
pub(super) struct Parts<'p, N> {
    pub(super) divisor: &'p N,
    pub(super) criteria: &'p [N],
    /// The sum of the bonuses.
    pub(super) bonus: &'p N,
    /// What of it counts under the rules' cap.
    pub(super) capped_bonus: &'p N,
    pub(super) deduction: &'p N,
    /// Criteria and adjustment.
    pub(super) sum: &'p N,
    /// The sum, at least 0.
    pub(super) total: &'p N,
}

impl<'t> Scorer<'t> {
    pub(super) fn new(tally: &'t Tally) -> Self {
        let judged = tally.rubric.judged_columns();
        let mut end = 0;
        let measured = tally.rubric.criteria.iter().zip(&judged).map(|(criterion, judged)| {
            let start = end;
            end += criterion.indicators.len() - judged.len();
            start..end
        });
        let measured = measured.collect();
        Self { tally, judged, measured, rules: tally.rubric.measured().map(|(_, rules)| rules).collect() }
    }

    /// Scores the next application by a plan for its context, and adds it to the table. `W::LOOKS` aside, the witness
    /// changes nothing.
    pub(super) fn score<N: Exact, W: Witness<N>>(
        &self,
        plan: &Plan<N>,
        application: usize,
        scratch: &mut Scratch<N>,
        witness: &mut W,
        table: &mut ScoreTable,
    ) {
        let facts = &self.tally.applications[application];
        scratch.criteria.clear();
        scratch.dropped.clear();
        let panel = self.panel_rule().map(|rule| match self.tally.sheets.scores_of(application) {
            PanelScores::Narrow(rows) => self.panel(plan, rule, rows, application).combine(scratch, witness),
            PanelScores::Wide(rows) => self.panel(plan, rule, rows, application).combine(scratch, witness),
        });
        let min_kept = self.panel_rule().map_or(0, |rule| rule.min_kept);
        let panel_too_small = panel.as_ref().is_some_and(|panel| (panel.kept as u64) < min_kept);
        let missing_before = table.missing.len();
        table.missing.extend(self.missing(facts));
        let has_figures = table.missing.len() == missing_before && !panel_too_small;
        if has_figures {
            let one = N::one();
            let divisor = panel.as_ref().map_or(&one, |panel| &panel.divisor);
            self.figures(plan, facts, divisor, &mut scratch.criteria, witness, table);
        } else {
            table.figures.resize(table.figures.len() + table.width, 0);
            if self.tally.rules.rank_on == RankOn::Exact {
                table.exact.push(None);
            }
        }
        table.dropped.extend(&scratch.dropped);
        table.rows.push(ScoreRow {
            experts_used: panel.map(|panel| panel.kept),
            panel_too_small,
            has_figures,
            dropped_end: table.dropped.len(),
            missing_end: table.missing.len(),
        });
    }

    /// The rule of the panel; `None` where no indicator is judged.
    fn panel_rule(&self) -> Option<&'t PanelRule> {
        self.tally.rules.panel.as_ref().filter(|_| self.tally.sheets.columns > 0)
    }

    fn panel<'p, N, S: Steps>(
        &'p self,
        plan: &'p Plan<N>,
        rule: &'p PanelRule,
        rows: &'p [S],
        application: usize,
    ) -> Panel<'p, N, S> {
        Panel { plan, rule, criteria: &self.judged, rows, sheets: self.tally.sheets.of(application).len() }
    }

    /// The measured indicators whose value is missing though their rule needs one.
    fn missing(&self, application: &Application) -> impl Iterator<Item = usize> {
        let needed = |(_, rules): &(usize, &&MeasuredRules)| {
            !rules.for_chain(application.chain.as_ref()).missing_is_zero
        };
        let rules = self.rules.iter().enumerate();
        let missing = rules.filter(|(indicator, _)| application.value(*indicator).is_none()).filter(needed);
        missing.map(|(indicator, _)| indicator)
    }

    /// Adds up an application's figures. `criteria` holds the judged part of each criterion over the plan's denominator
    /// × `divisor` (nothing without a panel), and is left with the whole of each.
    fn figures<N: Exact>(
        &self,
        plan: &Plan<N>,
        application: &Application,
        divisor: &N,
        criteria: &mut Vec<N>,
        witness: &mut impl Witness<N>,
        table: &mut ScoreTable,
    ) {
        criteria.resize(self.measured.len(), N::zero());
        let mut sum = N::zero();
        for (criterion, measured) in self.measured.iter().enumerate() {
            let measured = measured.clone().fold(N::zero(), |sum, indicator| {
                let points = measured_points(plan, &plan.measured[indicator], application, indicator);
                sum + points
            });
            let score = criteria[criterion].clone() + measured * divisor.clone();
            sum = sum + score.clone();
            criteria[criterion] = score;
        }
        let (bonus, deduction) = self.adjustments(plan, application);
        let capped_bonus = plan.bonus_cap.clone().map_or_else(|| bonus.clone(), |cap| cap.min(bonus.clone()));
        let adjustment = (capped_bonus.clone() - deduction.clone()) * divisor.clone();
        let sum = sum + adjustment.clone();
        let total = sum.clone().max(N::zero());
        witness.total(&Parts {
            divisor,
            criteria,
            bonus: &bonus,
            capped_bonus: &capped_bonus,
            deduction: &deduction,
            sum: &sum,
            total: &total,
        });
        let unit = plan.place.clone() * divisor.clone();
        let scaled = |value: &N| {
            let scaled = rounded_quotient(value, &unit, plan.rounding).to_i128();
            // At most 13 digits before the point for each of less than 2³¹ parts, and 6 after it.
            scaled.expect("a figure is far below the largest i128")
        };
        table.figures.extend([&total, &adjustment].into_iter().chain(&*criteria).map(scaled));
        if self.tally.rules.rank_on == RankOn::Exact {
            table.exact.push(Some(ExactFigures {
                denominator: plan.denominator.big() * divisor.big(),
                total: total.big(),
                criteria: criteria.iter().map(Exact::big).collect(),
            }));
        }
    }

    /// The sums of an application's bonuses and of its deductions, over the plan's denominator.
    fn adjustments<N: Exact>(&self, plan: &Plan<N>, application: &Application) -> (N, N) {
        let unit = 10_i128.pow(DECIMAL_PLACES - plan.adjustment_places);
        let (mut bonus, mut deduction) = (N::zero(), N::zero());
        for (adjustment, value) in &application.adjustments {
            let units = (value.hundred_millionths() / unit).unsigned_abs();
            let points = N::of_steps(units) * plan.adjustment_unit.clone();
            match self.tally.rubric.adjustments[*adjustment].kind {
                AdjustmentKind::Bonus => bonus = bonus + points,
                AdjustmentKind::Deduction => deduction = deduction + points,
            }
        }
        (bonus, deduction)
    }
}

/// What a measured indicator gives, over the plan's denominator; an absent value that is let pass gives 0.
fn measured_points<N: Exact>(
    plan: &Plan<N>,
    shape: &Shape<N>,
    application: &Application,
    indicator: usize,
) -> N {
    let points = application.value(indicator).map_or_else(N::zero, |value| shape.at(value));
    plan.round(points, plan.indicator_step.as_ref(), &N::one())
}
