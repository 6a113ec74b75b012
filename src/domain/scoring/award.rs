//! From places to awards (SCORING.md, "From place to award").

use std::collections::HashMap;

use super::place::Placed;
use super::tally::Tally;
use crate::domain::keyword::keyword_enum;

/// What an application was given in its track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Award {
    /// One of the rules' awards, as an index.
    Won(usize),
    Reserve,
}

keyword_enum! {
    /// A remark on an application's award.
    #[schemars(rename = "PlaceNote")]
    pub enum Note {
        /// Its total is below the pass mark.
        BelowPassMark = "below_pass_mark",
        /// It stepped aside because its region held all it may of an award.
        RegionCap = "region_cap",
        /// It waits for the office to rule among equals.
        NeedsRuling = "needs_ruling",
    }
}

/// One step of giving awards, in the order in which it happened. `award` is an index into the rules' awards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwardStep {
    /// Its total is below the pass mark.
    BelowPassMark,
    /// It stepped aside: its region already held `held`, all it may, of the award.
    RegionCap {
        award: usize,
        /// How many the region held.
        held: u64,
    },
    /// It won the award, when this many seats were left.
    Won {
        award: usize,
        /// Seats left before the block was served.
        seats: u64,
    },
    /// Its block of equals was larger than the seats left.
    TooManyEquals {
        award: usize,
        /// How many equals asked for seats.
        equals: u64,
        /// Seats left.
        seats: u64,
    },
    /// Its block of equals would have taken a region past its cap.
    RegionPastCap {
        award: usize,
        /// How many equals asked for seats.
        equals: u64,
    },
    /// The award's seats were gone before its turn.
    SeatsGone { award: usize },
    /// The track waits for a ruling, so the award (or with `None` the reserve) is not given.
    TrackWaits {
        /// The award; `None` for the reserve.
        award: Option<usize>,
    },
    /// It was given a reserve place, when this many had been given before its block.
    Reserve {
        /// Reserve places given before.
        given: u64,
    },
    /// The reserve was full before its turn.
    ReserveFull,
}

/// What a track's awards came to; one element a placed application.
#[derive(Debug)]
pub(super) struct Awarded {
    /// Whether no ruling is waited for.
    pub(super) complete: bool,
    pub(super) awards: Vec<Option<Award>>,
    pub(super) notes: Vec<Option<Note>>,
}

/// Gives the awards of one track. `placed` is in the order of places; `passing` says of each whether it reaches the
/// pass mark; `tell` learns of each step, with the position in `placed` that it concerns.
pub(super) fn award(
    tally: &Tally,
    placed: &[Placed],
    passing: &[bool],
    tell: impl FnMut(usize, AwardStep),
) -> Awarded {
    let awarded =
        Awarded { complete: true, awards: vec![None; placed.len()], notes: vec![None; placed.len()] };
    let mut track = Track { tally, placed, awarded, tell };
    for position in (0..placed.len()).filter(|position| !passing[*position]) {
        track.awarded.notes[position] = Some(Note::BelowPassMark);
        (track.tell)(position, AwardStep::BelowPassMark);
    }
    let mut open: Vec<usize> = (0..placed.len()).filter(|position| passing[*position]).collect();
    for award in 0..tally.rules.awards.len() {
        track.give(award, &open);
        open.retain(|position| track.awarded.awards[*position].is_none());
    }
    track.reserve(&open);
    track.awarded
}

struct Track<'t, Tell> {
    tally: &'t Tally,
    placed: &'t [Placed],
    awarded: Awarded,
    tell: Tell,
}

impl<Tell: FnMut(usize, AwardStep)> Track<'_, Tell> {
    /// Gives one award to the passing applications without one, which are given in the order of places.
    fn give(&mut self, award: usize, open: &[usize]) {
        let rule = &self.tally.rules.awards[award];
        let mut seats = rule.quota;
        let mut held: HashMap<u32, u64> = HashMap::new();
        let placed = self.placed;
        for block in open.chunk_by(|left, right| placed[*left].place == placed[*right].place) {
            if !self.awarded.complete {
                self.tell_all(block, AwardStep::TrackWaits { award: Some(award) });
                continue;
            }
            if seats == 0 {
                self.tell_all(block, AwardStep::SeatsGone { award });
                continue;
            }
            let cap = rule.per_region.unwrap_or(u64::MAX);
            let holding = |region| held.get(&region).copied().unwrap_or_default();
            let (aside, rest): (Vec<usize>, Vec<usize>) =
                block.iter().partition(|position| holding(self.region(**position)) >= cap);
            for position in aside {
                self.awarded.notes[position] = Some(Note::RegionCap);
                let held = held.get(&self.region(position)).copied().unwrap_or_default();
                (self.tell)(position, AwardStep::RegionCap { award, held });
            }
            let equals = rest.len() as u64;
            for position in &rest {
                *held.entry(self.region(*position)).or_default() += 1;
            }
            let past_cap = rest.iter().any(|position| held[&self.region(*position)] > cap);
            if equals > seats || past_cap {
                self.awarded.complete = false;
                for &position in &rest {
                    self.awarded.notes[position] = Some(Note::NeedsRuling);
                }
                let too_many = AwardStep::TooManyEquals { award, equals, seats };
                let step = if equals > seats { too_many } else { AwardStep::RegionPastCap { award, equals } };
                self.tell_all(&rest, step);
                continue;
            }
            for &position in &rest {
                self.awarded.awards[position] = Some(Award::Won(award));
                self.awarded.notes[position] = None;
            }
            self.tell_all(&rest, AwardStep::Won { award, seats });
            seats -= equals;
        }
    }

    /// Gives reserve places to the passing applications without an award, which are given in the order of places.
    fn reserve(&mut self, open: &[usize]) {
        let placed = self.placed;
        let mut given = 0;
        let most = self.tally.rules.reserve;
        for block in open.chunk_by(|left, right| placed[*left].place == placed[*right].place) {
            if most == 0 {
                break;
            }
            if !self.awarded.complete {
                self.tell_all(block, AwardStep::TrackWaits { award: None });
            } else if given >= most {
                self.tell_all(block, AwardStep::ReserveFull);
            } else {
                for &position in block {
                    self.awarded.awards[position] = Some(Award::Reserve);
                }
                self.tell_all(block, AwardStep::Reserve { given });
                given += block.len() as u64;
            }
        }
    }

    fn tell_all(&mut self, positions: &[usize], step: AwardStep) {
        for &position in positions {
            (self.tell)(position, step);
        }
    }

    fn region(&self, position: usize) -> u32 {
        self.tally.applications[self.placed[position].application].region
    }
}
