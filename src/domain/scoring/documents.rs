//! The shapes of a tally and of its result, for whoever reads or makes such files. Nothing is read by them, as in `shape`.
#![expect(clippy::zero_sized_map_values, reason = "numbers are shapes alone")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::award::Note;
use super::result::Status;
use super::shape::{AnyNumber, RubricShape, RulesShape};

/// A frozen tally, `qianglian-tally/1`: all that places and awards follow from, by docs/normative/SCORING.md.
#[derive(JsonSchema)]
#[schemars(rename = "Tally", deny_unknown_fields)]
pub struct TallyShape {
    /// `qianglian-tally/1`.
    pub format: String,
    pub competition: CompetitionShape,
    pub rubric: RubricShape,
    pub rules: RulesShape,
    pub applications: Vec<EntrantShape>,
    pub sheets: Vec<SheetShape>,
    /// How equals were put in order: applications, the first before the others.
    #[schemars(default)]
    pub rulings: Vec<String>,
}

/// The competition.
#[derive(JsonSchema)]
#[schemars(rename = "TallyCompetition", deny_unknown_fields)]
pub struct CompetitionShape {
    pub id: String,
    pub title: String,
}

/// An application.
#[derive(JsonSchema)]
#[schemars(rename = "TallyApplication", deny_unknown_fields)]
pub struct EntrantShape {
    pub id: String,
    pub title: String,
    /// The code of its city.
    pub region: String,
    /// The key of its track.
    #[schemars(default)]
    pub track: String,
    /// The number of its chain.
    #[schemars(default)]
    pub chain: Option<String>,
    /// Measured values, by indicator.
    pub measured: BTreeMap<String, MeasuredValue>,
    /// Bonuses and deductions, by key.
    pub adjustments: BTreeMap<String, AnyNumber>,
    /// Vetoes that hit it.
    pub vetoes: Vec<String>,
}

/// A measured value: a number as text or the key of a tier; how many there are of each unit; null where there is none.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum MeasuredValue {
    One(String),
    Counts(BTreeMap<String, u64>),
    Missing(()),
}

/// An expert's sheet on an application.
#[derive(JsonSchema)]
#[schemars(rename = "TallySheet", deny_unknown_fields)]
pub struct SheetShape {
    pub application: String,
    /// A key that tells nothing of who it is.
    pub expert: String,
    /// Scores, by judged indicator; null where the expert gave none.
    pub scores: BTreeMap<String, Option<AnyNumber>>,
}

/// What a tally comes to, `qianglian-result/1`: the bytes that `qianglian tally` prints.
#[derive(JsonSchema)]
#[schemars(rename = "Result", deny_unknown_fields)]
pub struct ResultShape {
    /// `qianglian-result/1`.
    pub format: String,
    pub groups: Vec<GroupShape>,
}

/// The ranking of a track.
#[derive(JsonSchema)]
#[schemars(rename = "ResultGroup", deny_unknown_fields)]
pub struct GroupShape {
    pub track: String,
    /// Whether no ruling among equals is waited for.
    pub complete: bool,
    pub standings: Vec<StandingShape>,
}

/// How an application stands. A total or place that there is none of is null.
#[derive(JsonSchema)]
#[schemars(rename = "ResultStanding", deny_unknown_fields)]
pub struct StandingShape {
    pub application: String,
    pub status: Status,
    pub place: Option<u64>,
    pub score: Option<AnyNumber>,
    /// Points by criterion.
    pub criteria: Option<BTreeMap<String, AnyNumber>>,
    pub adjustment: Option<AnyNumber>,
    /// The award's key, or `reserve`.
    pub award: Option<String>,
    pub note: Option<Note>,
    /// Why it takes no part.
    pub reasons: Vec<String>,
    /// Experts whose sheets were left out.
    pub dropped: Vec<String>,
    pub experts_used: Option<u64>,
}
