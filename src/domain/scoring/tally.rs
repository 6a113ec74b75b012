//! The tally: one document that holds all that a result depends on (SCORING.md, "The tally file").

use std::ops::Range;

use super::rubric::{Rubric, Scale};
use super::rules::Rules;
use crate::domain::values::{ApplicationId, ChainId, Decimal, ExpertKey, RegionId, TrackKey};

/// The value of `format` that this code reads.
pub const TALLY_FORMAT: &str = "qianglian-tally/1";

/// A whole, checked tally. Reading one is the only way to make one (see [`super::read_tally`]).
#[derive(Debug)]
pub struct Tally {
    /// Whose result this is.
    pub competition: Competition,
    /// What applications are scored on.
    pub rubric: Rubric,
    /// How scores become places and awards.
    pub rules: Rules,
    /// In the byte order of their ids, whatever the order in the file.
    pub applications: Vec<Application>,
    /// Every track that an application names, in byte order; `""` where one names none.
    pub tracks: Vec<TrackKey>,
    /// Every region that an application names, in byte order.
    pub regions: Vec<RegionId>,
    pub sheets: Sheets,
    /// For each application, its position in the office's ruling; `None` where it is not named.
    pub rulings: Vec<Option<usize>>,
}

/// The competition that a tally belongs to.
#[derive(Clone, Debug)]
pub struct Competition {
    pub id: String,
    /// Its title, for people.
    pub title: String,
}

/// One application's facts.
#[derive(Clone, Debug)]
pub struct Application {
    /// Unique in the tally.
    pub id: ApplicationId,
    /// For people.
    pub title: Box<str>,
    /// What regional caps count, as an index into the tally's regions.
    pub region: u32,
    /// What it is ranked within, as an index into the tally's tracks.
    pub track: u32,
    /// The chain, which may select a rule of its own.
    pub chain: Option<ChainId>,
    /// The verified values that there are, in the rubric's order of measured indicators.
    pub measured: Box<[VerifiedValue]>,
    /// Entered adjustments as (index into the rubric's, value), in the rubric's order.
    pub adjustments: Box<[(usize, Decimal)]>,
    /// Standing vetoes as indices into the rubric's, in the byte order of their keys.
    pub vetoes: Box<[usize]>,
}

/// A verified value, in the shape that the application's rule for the indicator asks for. The first field is the
/// indicator, as an index among the rubric's measured ones.
#[derive(Clone, Debug)]
pub enum VerifiedValue {
    Number(u32, Decimal),
    /// How many of each of the rule's units, as (index of the unit, count); units not named count 0.
    Counts(u32, Box<[(u32, u64)]>),
    /// Which of the rule's tiers, as its index.
    Tier(u32, u32),
}

impl VerifiedValue {
    /// The indicator, as an index among the rubric's measured ones.
    pub fn indicator(&self) -> usize {
        let (Self::Number(indicator, _) | Self::Counts(indicator, _) | Self::Tier(indicator, _)) = self;
        *indicator as usize
    }
}

impl Application {
    /// The verified value for an indicator, given as an index among the rubric's measured ones.
    pub fn value(&self, indicator: usize) -> Option<&VerifiedValue> {
        self.measured
            .binary_search_by_key(&indicator, VerifiedValue::indicator)
            .ok()
            .map(|at| &self.measured[at])
    }
}

/// All signed sheets, grouped by application and within it in the byte order of the experts' keys.
#[derive(Debug)]
pub struct Sheets {
    /// Every expert who signed a sheet, in byte order.
    pub(super) experts: Vec<ExpertKey>,
    /// For each sheet, its expert as an index into `experts`.
    pub(super) expert_of: Vec<u32>,
    /// Where each application's sheets begin; one longer than the applications.
    pub(super) starts: Vec<usize>,
    /// The scores, sheet by sheet, in the order of the judged indicators.
    pub(super) scores: Scores,
    /// How many judged indicators there are.
    pub(super) columns: usize,
}

/// Scores as whole steps above the scale's lowest score. Two bytes do for all but unusual scales, and the width of
/// this table is what limits the speed of a large tally.
#[derive(Debug)]
pub enum Scores {
    /// For rubrics whose scales all have fewer than 65,536 steps.
    Narrow(Vec<u16>),
    /// For all others.
    Wide(Vec<u128>),
}

/// The scores of one application's panel.
#[derive(Clone, Copy, Debug)]
pub(super) enum PanelScores<'t> {
    Narrow(&'t [u16]),
    Wide(&'t [u128]),
}

impl Sheets {
    /// The sheets of one application, given by its index.
    pub(super) fn of(&self, application: usize) -> Range<usize> {
        self.starts[application]..self.starts[application + 1]
    }

    /// The expert who signed a sheet.
    pub(super) fn expert(&self, sheet: usize) -> &ExpertKey {
        &self.experts[self.expert_of[sheet] as usize]
    }

    /// The scores that one application's experts entered in a column.
    pub(super) fn entered(
        &self,
        application: usize,
        column: usize,
        scale: &Scale,
    ) -> impl Iterator<Item = Decimal> {
        let steps = move |sheet: usize| match &self.scores {
            Scores::Narrow(all) => u128::from(all[sheet * self.columns + column]),
            Scores::Wide(all) => all[sheet * self.columns + column],
        };
        self.of(application).map(move |sheet| scale.min.advanced_by(steps(sheet), scale.step))
    }

    pub(super) fn scores_of(&self, application: usize) -> PanelScores<'_> {
        let sheets = self.of(application);
        let cells = sheets.start * self.columns..sheets.end * self.columns;
        match &self.scores {
            Scores::Narrow(all) => PanelScores::Narrow(&all[cells]),
            Scores::Wide(all) => PanelScores::Wide(&all[cells]),
        }
    }
}

impl Tally {
    /// The region of an application, given by its index.
    pub fn region(&self, application: usize) -> &RegionId {
        &self.regions[self.applications[application].region as usize]
    }

    /// The track of an application, given by its index.
    pub fn track(&self, application: usize) -> &TrackKey {
        &self.tracks[self.applications[application].track as usize]
    }

    /// The index of the application with this id.
    pub fn application(&self, id: &str) -> Option<usize> {
        self.applications.binary_search_by(|application| application.id.as_str().cmp(id)).ok()
    }
}
