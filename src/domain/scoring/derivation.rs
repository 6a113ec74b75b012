//! The derivation of one application's result: every step from sheets and values to place and award, as data.
//!
//! Nothing is worked out a second time: the same code that ranks a tally runs once more for the application, with a
//! witness that keeps what passes by.

use std::ops::Range;

use num_bigint::BigInt;
use num_rational::Ratio;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::award::{AwardStep, award};
use super::context::{Contexts, Plans};
use super::exact::{Exact, Fraction, fraction, rounded_fraction, rounded_text};
use super::panel::{PanelWitness, Scratch};
use super::place::{Decider, Placed, compare, telling_figures};
use super::plan::{AnyPlan, Extent, Plan, PlanDraft};
use super::result::{Standing, by_track, passing, placed, rank};
use super::rubric::{Formula, IndicatorKind, MeasuredRule, Scale};
use super::rules::{PanelRule, Rounding};
use super::tally::{Tally, VerifiedValue};
use super::total::{Figures, Parts, ScoreTable, Scorer, Witness};
use crate::domain::values::Decimal;

/// How many digits after the point a fraction's decimal form shows.
const SHOWN_PLACES: u32 = 8;

/// An exact amount, shown as a fraction and as a decimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount(pub Fraction);

impl Amount {
    /// The amount as a decimal of at most 8 places, halves to even, without trailing zeros; and whether it is exact.
    pub fn decimal(&self) -> (String, bool) {
        let text = rounded_text(&self.0, SHOWN_PLACES, Rounding::HalfEven);
        let shortest = text.trim_end_matches('0').trim_end_matches('.').to_owned();
        (shortest, rounded_fraction(&self.0, SHOWN_PLACES, Rounding::HalfEven) == self.0)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut form = serializer.serialize_struct("Amount", 2)?;
        form.serialize_field("decimal", &self.decimal().0)?;
        form.serialize_field("fraction", &self.0.to_string())?;
        form.end()
    }
}

/// How one application came to its result.
#[derive(Debug)]
pub struct Derivation<'t> {
    pub tally: &'t Tally,
    /// How the application fared; its index is in here.
    pub standing: Standing,
    /// Why it is vetoed or incomplete, as the result names it.
    pub reasons: Vec<String>,
    /// What is known of every application's score.
    pub scores: ScoreTable,
    /// How the sheets were combined; `None` where no indicator is judged.
    pub panel: Option<PanelDerivation<'t>>,
    /// One an indicator, in the rubric's order.
    pub indicators: Vec<IndicatorDerivation<'t>>,
    /// How the parts were added up; `None` where they cannot be.
    pub total: Option<TotalDerivation>,
    /// Where it stands among its track; `None` where it is not ranked.
    pub place: Option<PlaceDerivation>,
    /// What happened to it while awards were given, in order.
    pub award_steps: Vec<AwardStep>,
}

/// How the sheets were combined.
#[derive(Debug)]
pub struct PanelDerivation<'t> {
    pub rule: &'t PanelRule,
    /// Every sheet, in the byte order of experts' keys.
    pub sheets: Vec<SheetDerivation<'t>>,
    /// How many were dropped at the low and the high end (level sheet), or of each indicator's scores.
    pub dropped: (usize, usize),
    pub kept: usize,
}

#[derive(Debug)]
pub struct SheetDerivation<'t> {
    pub expert: &'t str,
    /// Level sheet: its points per criterion (after declared rounding), in the rubric's order.
    pub subtotals: Vec<Amount>,
    /// Level sheet: its total.
    pub total: Option<Amount>,
    /// Level sheet: whether it was kept.
    pub fate: Fate,
}

/// Whether a sheet or a score was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It counts.
    Kept,
    /// It was dropped as one of the lowest.
    DroppedLow,
    /// It was dropped as one of the highest.
    DroppedHigh,
}

/// How an indicator came to its points.
#[derive(Debug)]
pub struct IndicatorDerivation<'t> {
    /// Its criterion, as an index into the rubric's.
    pub criterion: usize,
    pub key: &'t str,
    /// Its name, for people.
    pub name: &'t str,
    /// Rule 1.
    pub coefficient: Amount,
    /// Where its fraction comes from.
    pub source: Source<'t>,
    /// Rule 2 or 3, clamped where the rule says so; `None` where it cannot be computed.
    pub fraction: Option<Amount>,
    /// Coefficient × fraction, after declared rounding.
    pub points: Option<Amount>,
}

/// Where an indicator's fraction comes from.
#[derive(Debug)]
pub enum Source<'t> {
    Judged {
        scale: Scale,
        /// One a sheet, in the byte order of experts' keys.
        scores: Vec<ScoreDerivation>,
        /// The mean of the scores that count; `None` where none does.
        mean: Option<Amount>,
    },
    Measured {
        rule: &'t MeasuredRule,
        /// Whether it is a rule of the application's chain.
        own_rule: bool,
        /// The value, as it was entered; `None` where there is none.
        value: Option<String>,
        /// For the rule `best`: the greatest value of the track.
        best: Option<Decimal>,
        /// The fraction before it was clamped.
        unclamped: Option<Amount>,
    },
}

/// One expert's score for an indicator.
#[derive(Debug)]
pub struct ScoreDerivation {
    /// As entered.
    pub entered: Decimal,
    /// What counts of it after capping and declared rounding, where these apply.
    pub counted: Option<Amount>,
    /// Whether it was kept.
    pub fate: Fate,
}

/// How the parts were added up.
#[derive(Debug)]
pub struct TotalDerivation {
    /// Each criterion's score, unrounded.
    pub criteria: Vec<Amount>,
    /// The sum of the bonuses.
    pub bonus: Amount,
    /// What of it counts under the rules' cap.
    pub capped_bonus: Amount,
    /// The sum of the deductions.
    pub deduction: Amount,
    /// Criteria and adjustment.
    pub sum: Amount,
    /// The sum, at least 0, unrounded.
    pub total: Amount,
}

/// Where an application stands among its track.
#[derive(Debug)]
pub struct PlaceDerivation {
    /// How many applications of the track are ranked.
    pub ranked: usize,
    /// Who shares the place, as indices of applications.
    pub shared_with: Vec<usize>,
    /// The nearest one with a better place.
    pub above: Option<Neighbour>,
    /// The nearest one with a worse place.
    pub below: Option<Neighbour>,
}

/// Another application of the track, and what decides between the two.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its index.
    pub application: usize,
    pub place: u64,
    pub decided_by: Decider,
    /// The two figures that decide, the explained application's first; `None` where a ruling does.
    pub figures: Option<(String, String)>,
}

impl Derivation<'_> {
    /// The application's figures; `None` where they cannot be computed.
    pub fn figures(&self) -> Option<Figures<'_>> {
        self.scores.figures(self.standing.application)
    }
}

/// Derives the result of one application, given by its id; `None` where the tally has no such application.
pub fn explain<'t>(tally: &'t Tally, id: &str) -> Option<Derivation<'t>> {
    let application = tally.application(id)?;
    let outcome = rank(tally);
    let mut standings = outcome.groups.iter().flat_map(|group| &group.standings);
    let standing = *standings.find(|standing| standing.application == application)?;
    let contexts = Contexts::of(tally);
    let context = contexts.context(application);
    let draft = contexts.draft(context);
    let record = match draft.plan(tally, &Extent::of(tally)) {
        AnyPlan::Short(plan) => record(tally, &plan, application),
        AnyPlan::Long(plan) => record(tally, &plan, application),
        AnyPlan::Big(plan) => record(tally, &plan, application),
    };
    let place = standing.place.is_some().then(|| place_derivation(tally, &outcome.scores, application));
    let (place, award_steps) = place.unzip();
    Some(Derivation {
        tally,
        standing,
        reasons: outcome.reasons(&standing),
        panel: panel_derivation(tally, application, &record),
        indicators: indicators(tally, application, &draft, &record, |indicator| {
            contexts.best(context, indicator)
        }),
        total: record.total,
        scores: outcome.scores,
        place,
        award_steps: award_steps.unwrap_or_default(),
    })
}

/// How the sheets of every application were combined, in the order of the tally; `None` where no indicator is judged.
pub fn panels(tally: &Tally) -> Vec<Option<PanelDerivation<'_>>> {
    let (contexts, extent) = (Contexts::of(tally), Extent::of(tally));
    let mut plans = Plans::new(&contexts, &extent);
    let panel = |application| {
        let record = match plans.plan(application) {
            AnyPlan::Short(plan) => record(tally, plan, application),
            AnyPlan::Long(plan) => record(tally, plan, application),
            AnyPlan::Big(plan) => record(tally, plan, application),
        };
        panel_derivation(tally, application, &record)
    };
    (0..tally.applications.len()).map(panel).collect()
}

/// How every application came to its points by indicator, in the order of the tally.
pub fn by_indicator(tally: &Tally) -> impl Iterator<Item = Vec<IndicatorDerivation<'_>>> {
    let (contexts, extent) = (Contexts::of(tally), Extent::of(tally));
    (0..tally.applications.len()).map(move |application| {
        let context = contexts.context(application);
        let draft = contexts.draft(context);
        let record = match draft.plan(tally, &extent) {
            AnyPlan::Short(plan) => record(tally, &plan, application),
            AnyPlan::Long(plan) => record(tally, &plan, application),
            AnyPlan::Big(plan) => record(tally, &plan, application),
        };
        indicators(tally, application, &draft, &record, |indicator| contexts.best(context, indicator))
    })
}

/// What a witness keeps, in fractions.
#[derive(Default)]
struct Record {
    /// Level sheet: subtotals and total, one a sheet.
    sheets: Vec<(Vec<Amount>, Amount)>,
    /// Level sheet: one a sheet.
    fates: Vec<Fate>,
    /// Level indicator: for each column and sheet, what the cell is in units of the scale, and its fate.
    cells: Vec<Vec<(Fraction, Fate)>>,
    total: Option<TotalDerivation>,
}

struct Recorder<'p, N> {
    plan: &'p Plan<N>,
    record: Record,
}

fn record<N: Exact>(tally: &Tally, plan: &Plan<N>, application: usize) -> Record {
    let mut recorder = Recorder { plan, record: Record::default() };
    let mut table = ScoreTable::new(tally);
    Scorer::new(tally).score(plan, application, &mut Scratch::default(), &mut recorder, &mut table);
    recorder.record
}

/// The fate of each sheet, from their order and which of it was kept.
fn fates<N>(order: &[(N, usize)], kept: &Range<usize>) -> Vec<Fate> {
    let mut fates = vec![Fate::Kept; order.len()];
    for (position, (_, sheet)) in order.iter().enumerate() {
        fates[*sheet] = match position {
            _ if kept.contains(&position) => Fate::Kept,
            _ if position < kept.start => Fate::DroppedLow,
            _ => Fate::DroppedHigh,
        };
    }
    fates
}

impl<N: Exact> Recorder<'_, N> {
    fn amount(&self, value: &N, divisor: &N) -> Amount {
        Amount(Ratio::new(value.big(), self.plan.denominator.big() * divisor.big()))
    }
}

impl<N: Exact> PanelWitness<N> for Recorder<'_, N> {
    fn sheet(&mut self, subtotals: &[N], total: &N) {
        let subtotals = subtotals.iter().map(|subtotal| self.amount(subtotal, &N::one())).collect();
        self.record.sheets.push((subtotals, self.amount(total, &N::one())));
    }

    fn sheets_in_order(&mut self, order: &[(N, usize)], kept: &Range<usize>) {
        self.record.fates = fates(order, kept);
    }

    fn scores_in_order(&mut self, _column: usize, order: &[(N, usize)], kept: &Range<usize>, scale: &N) {
        let fates = fates(order, kept);
        let mut by_sheet: Vec<_> =
            order.iter().map(|(cell, sheet)| (*sheet, Ratio::new(cell.big(), scale.big()))).collect();
        by_sheet.sort_by_key(|(sheet, _)| *sheet);
        self.record.cells.push(by_sheet.into_iter().map(|(_, cell)| cell).zip(fates).collect());
    }
}

impl<N: Exact> Witness<N> for Recorder<'_, N> {
    fn total(&mut self, parts: &Parts<'_, N>) {
        let whole = |value: &N| self.amount(value, parts.divisor);
        let entered = |value: &N| self.amount(value, &N::one());
        let total = TotalDerivation {
            criteria: parts.criteria.iter().map(whole).collect(),
            bonus: entered(parts.bonus),
            capped_bonus: entered(parts.capped_bonus),
            deduction: entered(parts.deduction),
            sum: whole(parts.sum),
            total: whole(parts.total),
        };
        self.record.total = Some(total);
    }
}

fn panel_derivation<'t>(
    tally: &'t Tally,
    application: usize,
    record: &Record,
) -> Option<PanelDerivation<'t>> {
    let rule = tally.rules.panel.as_ref().filter(|_| tally.sheets.columns > 0)?;
    let range = tally.sheets.of(application);
    let drops = rule.method.drops(range.len());
    let sheets = range.clone().enumerate().map(|(position, sheet)| {
        let (subtotals, total) = record.sheets.get(position).cloned().unzip();
        SheetDerivation {
            expert: tally.sheets.expert(sheet).as_str(),
            subtotals: subtotals.unwrap_or_default(),
            total,
            fate: record.fates.get(position).copied().unwrap_or(Fate::Kept),
        }
    });
    Some(PanelDerivation {
        rule,
        sheets: sheets.collect(),
        dropped: (drops.low, drops.high),
        kept: range.len() - drops.low - drops.high,
    })
}

fn indicators<'t>(
    tally: &'t Tally,
    application: usize,
    draft: &PlanDraft,
    record: &Record,
    best: impl Fn(u32) -> Option<Decimal>,
) -> Vec<IndicatorDerivation<'t>> {
    let facts = &tally.applications[application];
    let (mut judged, mut measured) = (0, 0);
    let criteria = tally.rubric.criteria.iter().enumerate();
    let indicators = criteria
        .flat_map(|(at, criterion)| criterion.indicators.iter().map(move |indicator| (at, indicator)));
    let derive =
        |((criterion, indicator), coefficient): ((usize, &'t super::rubric::Indicator), &Fraction)| {
            let (source, fraction) = match &indicator.kind {
                IndicatorKind::Judged(scale) => {
                    let judged_before = judged;
                    judged += 1;
                    judged_source(tally, application, judged_before, *scale, draft, record)
                }
                IndicatorKind::Measured(rules) => {
                    let rule = rules.for_chain(facts.chain.as_ref());
                    let value = facts.value(measured);
                    let shape = &draft.fractions[measured];
                    let source = Source::Measured {
                        rule,
                        own_rule: !std::ptr::eq(rule, &raw const rules.general),
                        value: value.map(|value| entered(value, rule)),
                        best: best(u32::try_from(measured).unwrap_or(u32::MAX))
                            .filter(|_| matches!(rule.formula, Formula::Best)),
                        unclamped: value.map(|value| Amount(shape.unclamped(value))),
                    };
                    measured += 1;
                    let absent = rule.missing_is_zero.then(|| Ratio::from(BigInt::ZERO));
                    (source, value.map(|value| shape.at(value)).or(absent))
                }
            };
            let points = fraction.as_ref().map(|fraction| {
                let points = coefficient * fraction;
                let by_sheets =
                    matches!(source, Source::Judged { .. }) && tally.rules.round_steps.sheet.is_some();
                match tally.rules.round_steps.indicator.filter(|_| !by_sheets) {
                    Some(places) => rounded_fraction(&points, places, tally.rules.rounding),
                    None => points,
                }
            });
            IndicatorDerivation {
                criterion,
                key: indicator.key.as_str(),
                name: &indicator.name,
                coefficient: Amount(coefficient.clone()),
                source,
                fraction: fraction.map(Amount),
                points: points.map(Amount),
            }
        };
    indicators.zip(&draft.coefficients).map(derive).collect()
}

fn judged_source<'t>(
    tally: &Tally,
    application: usize,
    column: usize,
    scale: Scale,
    draft: &PlanDraft,
    record: &Record,
) -> (Source<'t>, Option<Fraction>) {
    let min = fraction(scale.min);
    let scores: Vec<ScoreDerivation> = tally
        .sheets
        .entered(application, column, &scale)
        .enumerate()
        .map(|(sheet, entered)| match record.cells.get(column).map(|cells| &cells[sheet]) {
            // Level indicator: the cell is what counts of the score.
            Some((cell, fate)) => {
                let counted = &min + cell * &draft.units[column];
                let changed = counted != fraction(entered);
                ScoreDerivation { entered, counted: changed.then_some(Amount(counted)), fate: *fate }
            }
            None => {
                let fate = record.fates.get(sheet).copied().unwrap_or(Fate::Kept);
                ScoreDerivation { entered, counted: None, fate }
            }
        })
        .collect();
    let kept: Vec<Fraction> = scores
        .iter()
        .filter(|score| score.fate == Fate::Kept)
        .map(|score| {
            score.counted.as_ref().map_or_else(|| fraction(score.entered), |counted| counted.0.clone())
        })
        .collect();
    let mean = (!kept.is_empty()).then(|| kept.iter().sum::<Fraction>() / BigInt::from(kept.len()));
    let share = mean.as_ref().map(|mean| (mean - &min) / (fraction(scale.max) - &min));
    (Source::Judged { scale, scores, mean: mean.map(Amount) }, share)
}

/// A value as it was entered.
fn entered(value: &VerifiedValue, rule: &MeasuredRule) -> String {
    match (value, &rule.formula) {
        (VerifiedValue::Number(_, number), _) => number.to_string(),
        (VerifiedValue::Counts(_, counts), Formula::PerUnit { units, .. }) => {
            let counts = counts.iter().map(|(unit, count)| format!("{} {count}", units[*unit as usize].0));
            counts.collect::<Vec<_>>().join(", ")
        }
        (VerifiedValue::Tier(_, tier), Formula::Tiers(tiers)) => tiers[*tier as usize].0.clone(),
        _ => String::new(),
    }
}

fn place_derivation(
    tally: &Tally,
    scores: &ScoreTable,
    application: usize,
) -> (PlaceDerivation, Vec<AwardStep>) {
    let track = &by_track(tally)[tally.applications[application].track as usize];
    let placed = placed(tally, track, scores);
    let own = placed.iter().position(|placed| placed.application == application).unwrap_or_default();
    let place = placed[own].place;
    let sharing = placed.iter().filter(|other| other.place == place && other.application != application);
    let above = placed[..own].iter().rev().find(|other| other.place < place);
    let below = placed[own..].iter().find(|other| other.place > place);
    let mut steps = Vec::new();
    award(tally, &placed, &passing(tally, &placed, scores), |position, step| {
        if position == own {
            steps.push(step);
        }
    });
    let neighbour = |other: &Placed| {
        let compared = compare(tally, scores, application, other.application);
        let decided_by = compared.map_or(Decider::Nothing, |(_, decider)| decider);
        let figures = telling_figures(tally, scores, decided_by, application, other.application);
        Neighbour { application: other.application, place: other.place, decided_by, figures }
    };
    let derivation = PlaceDerivation {
        ranked: placed.len(),
        shared_with: sharing.map(|other| other.application).collect(),
        above: above.map(neighbour),
        below: below.map(neighbour),
    };
    (derivation, steps)
}
