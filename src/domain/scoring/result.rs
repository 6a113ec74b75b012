//! The result: tracks, standings, awards; and its one canonical form.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::award::{Award, Note, award};
use super::context::{Contexts, Plans};
use super::exact::{Fraction, rounded_text};
use super::panel::{Nobody, Scratch};
use super::place::{Decider, Placed, compare, passes, place, telling_figures, told_apart};
use super::plan::{AnyPlan, Extent};
use super::tally::Tally;
use super::total::{ExactFigures, Figures, ScoreTable, Scorer};
use crate::domain::keyword::keyword_enum;
use crate::domain::values::{Figure, TrackKey};

/// The value of `format` of a result.
pub const RESULT_FORMAT: &str = "qianglian-result/1";

/// The award key of reserve places.
pub const RESERVE_KEY: &str = "reserve";

/// What a tally comes to.
#[derive(Debug)]
pub struct Outcome<'t> {
    /// The tally that was ranked.
    pub tally: &'t Tally,
    /// What is known of each application's score.
    pub scores: ScoreTable,
    /// The tracks, in byte order.
    pub groups: Vec<Group<'t>>,
}

/// What a track comes to.
#[derive(Debug)]
pub struct Group<'t> {
    /// The track; `""` for applications that name none.
    pub track: &'t TrackKey,
    /// Whether no ruling is waited for.
    pub complete: bool,
    /// Ranked ones in the order of places, then the others by id.
    pub standings: Vec<Standing>,
}

/// How an application fared.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Its index in the tally.
    pub application: usize,
    /// Ranked, incomplete or vetoed.
    pub status: Status,
    /// Its place, from 1, where it is ranked.
    pub place: Option<u64>,
    /// What it was given.
    pub award: Option<Award>,
    /// A remark on that.
    pub note: Option<Note>,
}

keyword_enum! {
    /// Whether an application takes part in the ranking.
    #[schemars(rename = "RankingStatus")]
    pub enum Status {
        /// It has a place.
        Ranked = "ranked",
        /// A value or sheets are missing.
        Incomplete = "incomplete",
        /// A veto stands.
        Vetoed = "vetoed",
    }
}

/// Ranks a tally: every figure, place and award that SCORING.md gives it. The same tally gives the same outcome on
/// every machine, whatever the order of its applications and sheets was.
pub fn rank(tally: &Tally) -> Outcome<'_> {
    let scores = score_all(tally);
    let tracks = tally.tracks.iter().zip(by_track(tally));
    let groups = tracks.map(|(track, applications)| group(tally, track, &applications, &scores)).collect();
    Outcome { tally, scores, groups }
}

/// The applications of each track, in the order of their ids.
pub(super) fn by_track(tally: &Tally) -> Vec<Vec<usize>> {
    let mut tracks = vec![Vec::new(); tally.tracks.len()];
    for (index, application) in tally.applications.iter().enumerate() {
        tracks[application.track as usize].push(index);
    }
    tracks
}

fn score_all(tally: &Tally) -> ScoreTable {
    let (contexts, extent, scorer) = (Contexts::of(tally), Extent::of(tally), Scorer::new(tally));
    let (mut short, mut long, mut big) = (Scratch::default(), Scratch::default(), Scratch::default());
    let mut plans = Plans::new(&contexts, &extent);
    let mut table = ScoreTable::new(tally);
    for application in 0..tally.applications.len() {
        match plans.plan(application) {
            AnyPlan::Short(plan) => scorer.score(plan, application, &mut short, &mut Nobody, &mut table),
            AnyPlan::Long(plan) => scorer.score(plan, application, &mut long, &mut Nobody, &mut table),
            AnyPlan::Big(plan) => scorer.score(plan, application, &mut big, &mut Nobody, &mut table),
        }
    }
    table
}

fn status(tally: &Tally, application: usize, scores: &ScoreTable) -> Status {
    if !tally.applications[application].vetoes.is_empty() {
        Status::Vetoed
    } else if !scores.has_figures(application) {
        Status::Incomplete
    } else {
        Status::Ranked
    }
}

/// The applications of a track that are ranked, best first.
pub(super) fn placed(tally: &Tally, applications: &[usize], scores: &ScoreTable) -> Vec<Placed> {
    let ranked = applications.iter().copied().filter(|index| status(tally, *index, scores) == Status::Ranked);
    place(tally, scores, ranked)
}

/// Of each placed application whether it reaches the pass mark.
pub(super) fn passing(tally: &Tally, placed: &[Placed], scores: &ScoreTable) -> Vec<bool> {
    let passes =
        |placed: &Placed| scores.figures(placed.application).is_some_and(|figures| passes(tally, figures));
    placed.iter().map(passes).collect()
}

fn group<'t>(
    tally: &'t Tally,
    track: &'t TrackKey,
    applications: &[usize],
    scores: &ScoreTable,
) -> Group<'t> {
    let placed = placed(tally, applications, scores);
    let awarded = award(tally, &placed, &passing(tally, &placed, scores), |_, _| {});
    let ranked = placed.iter().enumerate().map(|(position, placed)| Standing {
        application: placed.application,
        status: Status::Ranked,
        place: Some(placed.place),
        award: awarded.awards[position],
        note: awarded.notes[position],
    });
    let others = applications.iter().filter_map(|&application| {
        let status = status(tally, application, scores);
        (status != Status::Ranked).then_some(Standing {
            application,
            status,
            place: None,
            award: None,
            note: None,
        })
    });
    Group { track, complete: awarded.complete, standings: ranked.chain(others).collect() }
}

impl Outcome<'_> {
    /// Why an application is vetoed or incomplete, as the result names it: keys of vetoes, or `missing:<indicator>`
    /// and `panel_too_small`; sorted.
    pub fn reasons(&self, standing: &Standing) -> Vec<String> {
        let tally = self.tally;
        match standing.status {
            Status::Ranked => Vec::new(),
            Status::Vetoed => {
                let vetoes = &tally.applications[standing.application].vetoes;
                vetoes.iter().map(|veto| tally.rubric.vetoes[*veto].key.to_string()).collect()
            }
            Status::Incomplete => {
                let keys: Vec<_> = tally.rubric.measured().map(|(indicator, _)| &indicator.key).collect();
                let missing = self
                    .scores
                    .missing(standing.application)
                    .iter()
                    .map(|indicator| format!("missing:{}", keys[*indicator]));
                let small =
                    self.scores.panel_too_small(standing.application).then(|| "panel_too_small".to_owned());
                let mut reasons: Vec<String> = missing.chain(small).collect();
                reasons.sort_unstable();
                reasons
            }
        }
    }

    /// What puts one ranked application before another (indices of the tally), with the two figures that decide, in the
    /// same order; no figures where a ruling decides or nothing does.
    pub fn decided(&self, first: usize, second: usize) -> (Decider, Option<(String, String)>) {
        let compared = compare(self.tally, &self.scores, first, second);
        let decider = compared.map_or(Decider::Nothing, |(_, decider)| decider);
        (decider, telling_figures(self.tally, &self.scores, decider, first, second))
    }

    /// The experts whose sheets were not kept, in byte order.
    pub fn dropped(&self, application: usize) -> impl Iterator<Item = &str> {
        let first = self.tally.sheets.of(application).start;
        self.scores
            .dropped(application)
            .iter()
            .map(move |sheet| self.tally.sheets.expert(first + sheet).as_str())
    }

    /// Where exact figures decide places: of each ranked application of a group its exact total, with as many digits as
    /// it takes to tell neighbours apart, but at least those of the published figure. Empty where rounded figures decide.
    pub fn telling_totals(&self, group: &Group<'_>) -> Vec<String> {
        let figures = group.standings.iter().filter(|standing| standing.place.is_some());
        let figures = figures.filter_map(|standing| self.scores.figures(standing.application));
        let exact: Vec<Fraction> =
            figures.filter_map(|figures| figures.exact).map(ExactFigures::total).collect();
        let (places, mode) = (self.tally.rules.places, self.tally.rules.rounding);
        // How many digits it takes to tell each from the next.
        let digits =
            exact.windows(2).map(|pair| decimal_places(&told_apart(&pair[0], &pair[1], places, mode).0));
        let digits: Vec<u32> = std::iter::once(places).chain(digits).chain([places]).collect();
        exact
            .iter()
            .zip(digits.windows(2))
            .map(|(total, digits)| rounded_text(total, digits[0].max(digits[1]), mode))
            .collect()
    }

    /// The result's canonical form (RFC 8785): members sorted, no blanks. Equal outcomes have equal bytes.
    #[expect(clippy::missing_panics_doc, reason = "text and integers always have a JSON form")]
    pub fn canonical_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("text and integers always have a JSON form")
    }
}

/// How many digits a decimal has after its point.
fn decimal_places(text: &str) -> u32 {
    text.split_once('.').map_or(0, |(_, places)| u32::try_from(places.len()).unwrap_or(u32::MAX))
}

impl Award {
    /// The award's key in the result.
    pub fn key(self, tally: &Tally) -> &str {
        match self {
            Self::Won(award) => tally.rules.awards[award].key.as_str(),
            Self::Reserve => RESERVE_KEY,
        }
    }
}

// The members below are declared in the order that RFC 8785 asks for.

impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            format: &'static str,
            groups: Vec<GroupForm<'a>>,
        }
        #[derive(Serialize)]
        struct GroupForm<'a> {
            complete: bool,
            standings: Vec<StandingForm<'a>>,
            track: &'a TrackKey,
        }
        let groups = self.groups.iter().map(|group| GroupForm {
            complete: group.complete,
            standings: group
                .standings
                .iter()
                .map(|standing| StandingForm { outcome: self, standing })
                .collect(),
            track: group.track,
        });
        Document { format: RESULT_FORMAT, groups: groups.collect() }.serialize(serializer)
    }
}

struct StandingForm<'a> {
    outcome: &'a Outcome<'a>,
    standing: &'a Standing,
}

impl Serialize for StandingForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { outcome, standing } = self;
        let tally = outcome.tally;
        let figures = outcome.scores.figures(standing.application);
        let mut map = serializer.serialize_map(Some(11))?;
        map.serialize_entry("adjustment", &figures.map(|figures| figures.adjustment()))?;
        map.serialize_entry("application", &tally.applications[standing.application].id)?;
        map.serialize_entry("award", &standing.award.map(|award| award.key(tally)))?;
        map.serialize_entry("criteria", &figures.map(|figures| CriteriaForm { tally, figures }))?;
        map.serialize_entry("dropped", &outcome.dropped(standing.application).collect::<Vec<_>>())?;
        map.serialize_entry("experts_used", &outcome.scores.experts_used(standing.application))?;
        map.serialize_entry("note", &standing.note)?;
        map.serialize_entry("place", &standing.place)?;
        map.serialize_entry("reasons", &outcome.reasons(standing))?;
        map.serialize_entry("score", &figures.map(|figures| figures.total()))?;
        map.serialize_entry("status", &standing.status)?;
        map.end()
    }
}

struct CriteriaForm<'a> {
    tally: &'a Tally,
    figures: Figures<'a>,
}

impl Serialize for CriteriaForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let criteria = self.tally.rubric.criteria.iter().enumerate();
        let mut entries: Vec<(&str, Figure)> =
            criteria.map(|(at, criterion)| (criterion.key.as_str(), self.figures.criterion(at))).collect();
        // RFC 8785 sorts by UTF-16 code units, which differs from the order of bytes beyond U+FFFF.
        entries.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
        serializer.collect_map(entries)
    }
}
