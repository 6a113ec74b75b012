//! Scoring: from one tally file to places and awards, exactly as SCORING.md rules.
//!
//! A file is [read](read_tally) strictly into a [`Tally`]; [`rank`] turns it into an [`Outcome`]. The way from a sheet
//! to an award follows the modules: a rubric and rules become a `plan` of whole numbers, `panel` and `measured`
//! give the parts, `total` adds them up, `place` orders them, `award` gives the awards.

mod award;
mod context;
mod derivation;
mod derivation_json;
pub mod documents;
mod exact;
mod measured;
mod panel;
mod place;
mod plan;
mod problem;
mod read;
mod result;
mod rubric;
mod rules;
pub mod shape;
mod tally;
mod total;

pub use award::{Award, AwardStep, Note};
pub use derivation::{
    Amount, Derivation, Fate, IndicatorDerivation, Neighbour, PanelDerivation, PlaceDerivation,
    ScoreDerivation, SheetDerivation, Source, TotalDerivation, by_indicator, explain, panels,
};
pub use derivation_json::DERIVATION_FORMAT;
pub use exact::{Fraction, fraction, rounded_fraction, rounded_text};
pub use place::Decider;
pub use problem::{Expected, MOST_PROBLEMS, Noun, Problem, Problems, Reason};
pub use read::read_tally;
pub use result::{Group, Outcome, RESERVE_KEY, RESULT_FORMAT, Standing, Status, rank};
pub use rubric::{
    Adjustment, AdjustmentKind, Band, Criterion, Formula, Indicator, IndicatorKind, MeasuredRule,
    MeasuredRules, Rubric, Scale, Veto,
};
pub use rules::{
    AwardRule, Drops, PanelLevel, PanelMethod, PanelRule, RankOn, RoundSteps, Rounding, Rules, Trim, TrimRow,
};
pub use tally::{Application, Competition, Scores, Sheets, TALLY_FORMAT, Tally, VerifiedValue};
pub use total::{ExactFigures, Figures, ScoreTable};
