//! The shape of a rubric and of rules as JSON, as the description of the API tells it. Nothing is read by it: the readers in
//! `read` decide, and tell more than a shape can; `tests/it/shapes.rs` holds the two together.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A number as text, as a tally file has it.
macro_rules! number_text {
    ($($(#[doc = $doc:literal])+ $name:ident = $title:literal, $pattern:literal;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": concat!($($doc),+).trim(),
                })
            }
        }
    )+};
}

number_text! {
    /// A number as text: at most 12 digits before the point and 8 after it, no exponent.
    AnyNumber = "NumberText", r"^-?[0-9]{1,12}(\.[0-9]{1,8})?$";
    /// A number as text, 0 or above.
    FromZero = "NumberTextFromZero", r"^([0-9]{1,12}(\.[0-9]{1,8})?|-0{1,12}(\.0{1,8})?)$";
    /// A number as text, above 0.
    AboveZero = "NumberTextAboveZero", r"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,8})?$";
}

/// The rubric (指标体系): what applications are scored on, by docs/normative/SCORING.md.
#[derive(JsonSchema)]
#[schemars(rename = "Rubric", deny_unknown_fields)]
pub struct RubricShape {
    /// The total of an application that reaches every fraction in full, usually 100.
    pub full_marks: AboveZero,
    /// What the competition looks for. Their weights sum to exactly 100.
    #[schemars(length(min = 1))]
    pub criteria: Vec<CriterionShape>,
    /// Bonuses and deductions.
    pub adjustments: Vec<AdjustmentShape>,
    /// Grounds that exclude an application outright (一票否决): the items of the veto check.
    pub vetoes: Vec<VetoShape>,
}

/// One of the things that the competition looks for.
#[derive(JsonSchema)]
#[schemars(rename = "Criterion", deny_unknown_fields)]
pub struct CriterionShape {
    /// Unique among the criteria.
    #[schemars(length(min = 1))]
    pub key: String,
    /// For people.
    pub name: String,
    /// Percent of the full marks.
    pub weight: FromZero,
    /// What it is judged by.
    #[schemars(length(min = 1))]
    pub indicators: Vec<IndicatorShape>,
}

/// One scored line of the rubric.
#[derive(JsonSchema)]
#[schemars(rename = "Indicator", tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum IndicatorShape {
    /// Each expert enters a score on the scale.
    Judged {
        /// Unique in the whole rubric.
        #[schemars(length(min = 1))]
        key: String,
        /// For people.
        name: String,
        /// A heading that groups indicators for people.
        section: Option<String>,
        /// Its share of the criterion: points ÷ the sum of points in the criterion.
        points: AboveZero,
        /// The unit of its value, for people.
        unit: Option<String>,
        /// Advice for applicants and experts.
        guide: Option<String>,
        /// The scores that an expert may enter.
        scale: ScaleShape,
    },
    /// Computed once from the application's verified value.
    Measured {
        /// Unique in the whole rubric.
        #[schemars(length(min = 1))]
        key: String,
        /// For people.
        name: String,
        /// A heading that groups indicators for people.
        section: Option<String>,
        /// Its share of the criterion: points ÷ the sum of points in the criterion.
        points: AboveZero,
        /// The unit of its value, for people.
        unit: Option<String>,
        /// Advice for applicants and experts.
        guide: Option<String>,
        /// How its value becomes a fraction.
        rule: MeasuredShape,
    },
}

/// The scores that an expert may enter: min, min + step, … up to max.
#[derive(JsonSchema)]
#[schemars(rename = "Scale", deny_unknown_fields)]
pub struct ScaleShape {
    /// The score of fraction 0.
    pub min: AnyNumber,
    /// The score of fraction 1; above `min`.
    pub max: AnyNumber,
    /// The distance between neighbouring scores.
    pub step: AboveZero,
}

/// The formulas, with the members that each of them has besides its own.
macro_rules! formulas {
    ($(#[$meta:meta])* $name:ident, $title:tt, { $($extra:tt)* }) => {
        $(#[$meta])*
        #[derive(JsonSchema)]
        #[schemars(rename = $title, tag = "type", rename_all = "snake_case", deny_unknown_fields)]
        pub enum $name {
            /// (v − from) ÷ (to − from).
            Linear {
                /// The value of fraction 0.
                from: AnyNumber,
                /// The value of fraction 1; differs from `from`.
                to: AnyNumber,
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
            /// 0.6 + 0.4 × (v − floor) ÷ (target − floor): 功效系数法.
            Efficacy {
                /// The value of fraction 0.6.
                floor: AnyNumber,
                /// The value of fraction 1; differs from `floor`.
                target: AnyNumber,
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
            /// The fraction of the first band with v ≥ `at_least`; none: 0.
            Bands {
                /// With `at_least` falling.
                #[schemars(length(min = 1))]
                bands: Vec<BandShape>,
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
            /// Straight lines between points [x, y], flat beyond the ends.
            Piecewise {
                /// With x rising.
                #[schemars(length(min = 1))]
                points: Vec<(AnyNumber, AnyNumber)>,
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
            /// Σ weight × count ÷ cap over named units.
            PerUnit {
                /// Each name's weight.
                #[schemars(extend("minProperties" = 1))]
                units: BTreeMap<String, FromZero>,
                /// The sum of fraction 1.
                cap: AboveZero,
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
            /// The fraction of the named tier.
            Tiers {
                /// The fractions by name.
                #[schemars(extend("minProperties" = 1))]
                tiers: BTreeMap<String, AnyNumber>,
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
            /// v ÷ the greatest v among the applications of the track that are not vetoed.
            Best {
                /// What an absent value counts as; without it the application is incomplete.
                missing: Option<MissingShape>,
                $($extra)*
            },
        }
    };
}

formulas! {
    /// How a verified value v becomes a fraction, clamped to 0..1.
    MeasuredShape, "MeasuredRule", {
        /// Rules that replace it whole for single chains.
        by_chain: Option<BTreeMap<String, ChainRuleShape>>,
    }
}

formulas! {
    /// The rule of one chain.
    ChainRuleShape, "ChainRule", {}
}

/// What an absent value counts as.
#[derive(JsonSchema)]
#[schemars(rename = "Missing", rename_all = "snake_case")]
pub enum MissingShape {
    /// 0.
    Zero,
}

/// One band.
#[derive(JsonSchema)]
#[schemars(rename = "Band", deny_unknown_fields)]
pub struct BandShape {
    /// The lowest value of the band.
    pub at_least: AnyNumber,
    /// The fraction that it gives.
    pub fraction: AnyNumber,
}

/// A bonus or a deduction that an application may be given.
#[derive(JsonSchema)]
#[schemars(rename = "AdjustmentRule", deny_unknown_fields)]
pub struct AdjustmentShape {
    /// Unique among the adjustments.
    #[schemars(length(min = 1))]
    pub key: String,
    /// For people.
    pub name: String,
    /// Added or taken away.
    pub kind: AdjustmentKindShape,
    /// The most that may be entered.
    pub max: FromZero,
}

/// Whether an adjustment adds or takes away.
#[derive(JsonSchema)]
#[schemars(rename = "AdjustmentKind", rename_all = "snake_case")]
pub enum AdjustmentKindShape {
    /// Added, up to the rules' `bonus_cap`.
    Bonus,
    /// Taken away.
    Deduction,
}

/// A ground that excludes an application outright (一票否决).
#[derive(JsonSchema)]
#[schemars(rename = "Veto", deny_unknown_fields)]
pub struct VetoShape {
    /// Unique among the vetoes.
    #[schemars(length(min = 1))]
    pub key: String,
    /// For people.
    pub name: String,
}

/// The most that a count in the rules may say.
const MOST: u64 = 1_000_000_000;

/// The rules of scoring: everything that decides a result beyond the rubric, by docs/normative/SCORING.md.
#[derive(JsonSchema)]
#[schemars(rename = "Rules", deny_unknown_fields)]
pub struct RulesShape {
    /// How a panel's sheets are combined; absent only where the rubric has no judged indicator.
    pub panel: Option<PanelShape>,
    /// Digits after the point of published figures.
    #[schemars(range(max = 6))]
    pub places: u32,
    /// How every rounding goes.
    pub rounding: RoundingShape,
    /// Declared rounding on the way: digits after the point, where declared.
    pub round_steps: Option<RoundStepsShape>,
    /// Which figures decide places; without it the rounded ones.
    pub rank_on: Option<RankOnShape>,
    /// Keys of criteria that break equal totals, in order, each once.
    pub tie_break: Vec<NonEmpty>,
    /// The most that all bonuses together may add.
    pub bonus_cap: Option<FromZero>,
    /// Totals below it get no award.
    pub pass_mark: Option<FromZero>,
    /// In the order in which they are given.
    pub awards: Vec<AwardShape>,
    /// How many reserve places follow the awards; without it none.
    #[schemars(range(max = MOST))]
    pub reserve: Option<u64>,
}

/// A text that is not empty.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct NonEmpty(#[schemars(length(min = 1))] pub String);

/// How a panel's sheets become one score.
#[derive(JsonSchema)]
#[schemars(rename = "PanelRule", tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum PanelShape {
    /// All are kept.
    Mean {
        /// What is averaged.
        level: PanelLevelShape,
        /// Fewer kept sheets than this leave the application incomplete.
        #[schemars(range(min = 1, max = MOST))]
        min_kept: u64,
        /// Not used.
        #[schemars(default)]
        trim: (),
        /// Not used.
        #[schemars(default)]
        limit: (),
    },
    /// Some are dropped at each end.
    TrimmedMean {
        /// What is sorted and dropped.
        level: PanelLevelShape,
        /// Fewer kept sheets than this leave the application incomplete.
        #[schemars(range(min = 1, max = MOST))]
        min_kept: u64,
        /// How many are dropped.
        trim: TrimShape,
        /// Not used.
        #[schemars(default)]
        limit: (),
    },
    /// All but the middle one or two are dropped.
    Median {
        /// What is sorted and dropped.
        level: PanelLevelShape,
        /// Fewer kept sheets than this leave the application incomplete.
        #[schemars(range(min = 1, max = MOST))]
        min_kept: u64,
        /// Not used.
        #[schemars(default)]
        trim: (),
        /// Not used.
        #[schemars(default)]
        limit: (),
    },
    /// Each score is moved to within the limit of the mean of the raw scores; nobody is dropped.
    CappedMean {
        /// Scores alone are capped.
        #[schemars(extend("const" = "indicator"))]
        level: PanelLevelShape,
        /// Fewer kept sheets than this leave the application incomplete.
        #[schemars(range(min = 1, max = MOST))]
        min_kept: u64,
        /// Not used.
        #[schemars(default)]
        trim: (),
        /// The distance, in score units.
        limit: FromZero,
    },
}

/// What is sorted and dropped.
#[derive(JsonSchema)]
#[schemars(rename = "PanelLevel", rename_all = "snake_case")]
pub enum PanelLevelShape {
    /// Whole sheets, by their totals.
    Sheet,
    /// Scores, indicator by indicator.
    Indicator,
}

/// How many sheets are dropped.
#[derive(JsonSchema)]
#[schemars(rename = "Trim", untagged)]
pub enum TrimShape {
    /// This many at each end.
    Each(#[schemars(range(max = MOST))] u64),
    /// As the last row says whose `at_least` the panel reaches; no such row: none.
    Table(Vec<TrimRowShape>),
}

/// A row of a trimming table.
#[derive(JsonSchema)]
#[schemars(rename = "TrimRow", deny_unknown_fields)]
pub struct TrimRowShape {
    /// The row serves panels of at least this many sheets; rising from row to row.
    #[schemars(range(max = MOST))]
    pub at_least: u64,
    /// How many of the lowest are dropped.
    #[schemars(range(max = MOST))]
    pub low: u64,
    /// How many of the highest are dropped.
    #[schemars(range(max = MOST))]
    pub high: u64,
}

/// How halves are rounded.
#[derive(JsonSchema)]
#[schemars(rename = "Rounding", rename_all = "snake_case")]
pub enum RoundingShape {
    /// Halves away from zero (四舍五入).
    HalfUp,
    /// Halves to the even neighbour (GB/T 8170 四舍六入五成双).
    HalfEven,
}

/// Declared rounding on the way: digits after the point, where declared.
#[derive(JsonSchema)]
#[schemars(rename = "RoundSteps", deny_unknown_fields)]
pub struct RoundStepsShape {
    /// Each sheet's subtotal per criterion; at the panel's level `sheet` alone.
    #[schemars(range(max = 8))]
    pub sheet: Option<u32>,
    /// Each score, after capping and before sorting; at the panel's level `indicator` alone.
    #[schemars(range(max = 8))]
    pub score: Option<u32>,
    /// Each indicator's points; not the judged ones where `sheet` is set.
    #[schemars(range(max = 8))]
    pub indicator: Option<u32>,
}

/// Which figures decide places, ties and the pass mark.
#[derive(JsonSchema)]
#[schemars(rename = "RankOn", rename_all = "snake_case")]
pub enum RankOnShape {
    /// The published ones.
    Rounded,
    /// The unrounded fractions.
    Exact,
}

/// One award and its seats.
#[derive(JsonSchema)]
#[schemars(rename = "AwardRule", deny_unknown_fields)]
pub struct AwardShape {
    /// Unique among the awards; not `reserve`.
    #[schemars(length(min = 1), extend("not" = { "const": "reserve" }))]
    pub key: String,
    /// For people.
    pub name: String,
    /// How many it is given to in a track.
    #[schemars(range(max = MOST))]
    pub quota: u64,
    /// The most that one region may hold of it in a track.
    #[schemars(range(max = MOST))]
    pub per_region: Option<u64>,
}
