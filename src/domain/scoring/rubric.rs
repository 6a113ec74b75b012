//! The rubric: criteria, their indicators, adjustments and vetoes; and how an indicator's value becomes a fraction.

use std::ops::Range;

use crate::domain::values::{AdjustmentKey, ChainId, CriterionKey, Decimal, IndicatorKey, VetoKey};

/// What applications are scored on. Checked when read: weights sum to 100, keys are unique, every rule is defined.
#[derive(Clone, Debug)]
pub struct Rubric {
    /// The total of an application that reaches every fraction in full, usually 100; above 0.
    pub full_marks: Decimal,
    /// At least one; the weights sum to exactly 100.
    pub criteria: Vec<Criterion>,
    pub adjustments: Vec<Adjustment>,
    /// Grounds that exclude an application outright.
    pub vetoes: Vec<Veto>,
}

/// One of the things that the competition looks for, such as 主导产业突出.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// Unique among the criteria.
    pub key: CriterionKey,
    /// For people.
    pub name: String,
    /// Percent of the full marks, 0 to 100.
    pub weight: Decimal,
    /// At least one.
    pub indicators: Vec<Indicator>,
}

/// One scored line of the rubric.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Unique in the whole rubric.
    pub key: IndicatorKey,
    /// For people.
    pub name: String,
    /// A heading that groups indicators for people; plays no part in scoring.
    pub section: Option<String>,
    /// Its share of the criterion: points ÷ the sum of points in the criterion; above 0.
    pub points: Decimal,
    /// The unit of its value, for people.
    pub unit: Option<String>,
    /// Advice for applicants and experts.
    pub guide: Option<String>,
    /// Judged by experts or computed from a verified value.
    pub kind: IndicatorKind,
}

/// Where an indicator's fraction comes from.
#[derive(Clone, Debug)]
pub enum IndicatorKind {
    /// Each expert enters a score on the scale.
    Judged(Scale),
    /// Computed once from the application's verified value.
    Measured(MeasuredRules),
}

/// The scores that an expert may enter: min, min + step, … up to max.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The score of fraction 0.
    pub min: Decimal,
    /// The score of fraction 1; above `min`.
    pub max: Decimal,
    /// The distance between neighbouring scores; above 0.
    pub step: Decimal,
}

impl Scale {
    /// How many whole steps lie between the lowest and the highest score that can be entered.
    pub fn steps(&self) -> u128 {
        ((self.max.hundred_millionths() - self.min.hundred_millionths()) / self.step.hundred_millionths())
            .unsigned_abs()
    }
}

/// An indicator's rule and the rules that replace it whole for single chains.
#[derive(Clone, Debug)]
pub struct MeasuredRules {
    /// For every chain that `by_chain` does not name.
    pub general: MeasuredRule,
    /// For the chains that it names, in their byte order.
    pub by_chain: Vec<(ChainId, MeasuredRule)>,
}

impl MeasuredRules {
    /// The rule for an application of `chain`.
    pub fn for_chain(&self, chain: Option<&ChainId>) -> &MeasuredRule {
        let own = chain.and_then(|chain| self.by_chain.binary_search_by(|(id, _)| id.cmp(chain)).ok());
        own.map_or(&self.general, |at| &self.by_chain[at].1)
    }

    /// The general rule and every chain's.
    pub fn all(&self) -> impl Iterator<Item = &MeasuredRule> {
        std::iter::once(&self.general).chain(self.by_chain.iter().map(|(_, rule)| rule))
    }
}

/// How a verified value becomes a fraction (SCORING.md, rule 3).
#[derive(Clone, Debug)]
pub struct MeasuredRule {
    pub formula: Formula,
    /// `missing: "zero"`: an absent value gives 0. Otherwise the application is incomplete.
    pub missing_is_zero: bool,
}

/// The formulas of SCORING.md, rule 3; the outcome of each is clamped to 0..1.
#[derive(Clone, Debug)]
pub enum Formula {
    /// (v − from) ÷ (to − from); `to` may lie below `from`.
    Linear {
        /// The value of fraction 0.
        from: Decimal,
        /// The value of fraction 1; differs from `from`.
        to: Decimal,
    },
    /// 0.6 + 0.4 × (v − floor) ÷ (target − floor): 功效系数法.
    Efficacy {
        /// The value of fraction 0.6.
        floor: Decimal,
        /// The value of fraction 1; differs from `floor`.
        target: Decimal,
    },
    /// The fraction of the first band with v ≥ `at_least`; none: 0. At least one band, `at_least` falling.
    Bands(Vec<Band>),
    /// Straight lines between (x, y) points, flat beyond the ends. At least one point, x rising.
    Piecewise(Vec<(Decimal, Decimal)>),
    /// Σ weight × count ÷ cap over named units.
    PerUnit {
        /// Each name's weight, 0 or above.
        units: Vec<(String, Decimal)>,
        /// Above 0.
        cap: Decimal,
    },
    /// The fraction of the named tier.
    Tiers(Vec<(String, Decimal)>),
    /// v ÷ the greatest v among the applications of the track that are not vetoed; 0 where that is not above 0.
    Best,
}

impl Formula {
    /// Its `type` in a tally file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "linear",
            Self::Efficacy { .. } => "efficacy",
            Self::Bands(_) => "bands",
            Self::Piecewise(_) => "piecewise",
            Self::PerUnit { .. } => "per_unit",
            Self::Tiers(_) => "tiers",
            Self::Best => "best",
        }
    }
}

/// One band of [`Formula::Bands`].
#[derive(Clone, Copy, Debug)]
pub struct Band {
    /// The lowest value of the band.
    pub at_least: Decimal,
    /// The fraction that it gives.
    pub fraction: Decimal,
}

/// A bonus or a deduction that an application may be given.
#[derive(Clone, Debug)]
pub struct Adjustment {
    /// Unique among the adjustments.
    pub key: AdjustmentKey,
    /// For people.
    pub name: String,
    /// Added or taken away.
    pub kind: AdjustmentKind,
    /// The most that may be entered, 0 or above.
    pub max: Decimal,
}

/// Whether an adjustment adds or takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentKind {
    /// Added, up to the rules' `bonus_cap`.
    Bonus,
    /// Taken away.
    Deduction,
}

/// A ground that excludes an application outright (一票否决).
#[derive(Clone, Debug)]
pub struct Veto {
    /// Unique among the vetoes.
    pub key: VetoKey,
    /// For people.
    pub name: String,
}

impl Rubric {
    /// Every indicator with its criterion, in the rubric's order.
    pub fn indicators(&self) -> impl Iterator<Item = (&Criterion, &Indicator)> {
        self.criteria
            .iter()
            .flat_map(|criterion| criterion.indicators.iter().map(move |indicator| (criterion, indicator)))
    }

    /// Every measured indicator with its rules, in the rubric's order: the columns of an application's values.
    pub fn measured(&self) -> impl Iterator<Item = (&Indicator, &MeasuredRules)> {
        self.indicators().filter_map(|(_, indicator)| match &indicator.kind {
            IndicatorKind::Measured(rules) => Some((indicator, rules)),
            IndicatorKind::Judged(_) => None,
        })
    }

    /// For each criterion, which columns of a score sheet belong to it.
    pub fn judged_columns(&self) -> Vec<Range<usize>> {
        let mut end = 0;
        self.criteria
            .iter()
            .map(|criterion| {
                let start = end;
                end += criterion
                    .indicators
                    .iter()
                    .filter(|i| matches!(i.kind, IndicatorKind::Judged(_)))
                    .count();
                start..end
            })
            .collect()
    }
}
