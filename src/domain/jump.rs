//! Whether a time of day can be believed: it is compared with time that goes by evenly, and at the start with the last
//! thing that was recorded. Why these rules: `docs/decisions/0010`.

use super::keyword::keyword_enum;
use super::time::Timestamp;

const SECOND: i64 = 1_000_000;

/// The largest difference that is no jump, in microseconds.
const TOLERATED: i64 = 5 * SECOND;
/// Differences add up to no jump over so long.
const WATCHED: i64 = 3_600 * SECOND;
/// So long a time of day must go on evenly to be believed by itself after a jump,
const STEADY: i64 = 60 * SECOND;
/// which must not be larger than this.
const SMALL: i64 = 300 * SECOND;

/// What the machine tells at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time of day.
    pub wall: Timestamp,
    /// Microseconds that have gone by evenly since some moment.
    pub elapsed: i64,
}

impl Reading {
    /// The time of day at another moment, if it goes on evenly from this.
    #[must_use]
    pub fn at(self, elapsed: i64) -> Self {
        Self { wall: self.wall.plus_micros(elapsed - self.elapsed), elapsed }
    }

    /// Microseconds by which `later` is ahead of what it should be by this.
    fn lead_of(self, later: Self) -> i64 {
        later.wall.micros() - self.at(later.elapsed).wall.micros()
    }
}

/// A jump of the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// What the time of day should have been.
    pub from: Timestamp,
    /// What it was.
    pub to: Timestamp,
}

keyword_enum! {
    /// How it came that a time of day is believed again.
    pub enum Settlement {
        /// It is again what it should be.
        Returned = "returned",
        /// It was a small jump, and went on evenly for a minute.
        Steady = "steady",
    }
}

/// What follows from a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It can be believed.
    Believed,
    /// It has jumped, or once more.
    Jumped(Jump),
    /// It is what it was jumped to.
    Doubtful,
    /// It can be believed again.
    Settled(Settlement),
}

/// Nothing is known of the time since the last that was recorded, but that it is before `ceiling`.
#[derive(Clone, Copy, Debug)]
struct Floor {
    ceiling: Option<Timestamp>,
}

/// Watches a time of day.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// A reading that was believed; or, where nothing is known of the time since, the last that was recorded.
    anchor: Reading,
    /// Set where any later time is as good as the anchor's.
    floor: Option<Floor>,
    /// The reading that is not believed.
    doubted: Option<Reading>,
}

impl Watch {
    /// Begins with a reading. `last` is the time of the last thing recorded, `open` a jump that was recorded and never
    /// settled.
    pub fn begin(reading: Reading, last: Option<Timestamp>, open: Option<Jump>) -> (Self, Finding) {
        let believed = Self { anchor: reading, floor: None, doubted: None };
        let Some(last) = last else { return (believed, Finding::Believed) };
        let ceiling = open.and_then(|jump| (jump.to > jump.from).then_some(jump.to));
        let early = reading.wall < last.plus_micros(-TOLERATED);
        let late = ceiling.is_some_and(|ceiling| reading.wall >= ceiling);
        if !early && !late {
            let finding =
                if open.is_some() { Finding::Settled(Settlement::Returned) } else { Finding::Believed };
            return (believed, finding);
        }
        let anchor = Reading { wall: last, elapsed: reading.elapsed };
        let watch = Self { anchor, floor: Some(Floor { ceiling }), doubted: Some(reading) };
        let finding = match open {
            Some(_) => Finding::Doubtful,
            None => Finding::Jumped(Jump { from: last, to: reading.wall }),
        };
        (watch, finding)
    }

    /// What is known of the present by this.
    pub fn trusted(&self, elapsed: i64) -> Reading {
        self.anchor.at(elapsed)
    }

    /// The reading that is not believed, if there is one.
    pub fn doubted(&self) -> Option<Reading> {
        self.doubted
    }

    /// Takes the next reading.
    pub fn read(&mut self, reading: Reading) -> Finding {
        let lead = self.anchor.lead_of(reading);
        let Some(doubted) = self.doubted else {
            if lead.abs() > TOLERATED {
                return self.doubt(reading);
            }
            if reading.elapsed - self.anchor.elapsed >= WATCHED {
                self.anchor = reading;
            }
            return Finding::Believed;
        };
        let above = self.floor.is_some_and(|floor| {
            lead >= -TOLERATED && floor.ceiling.is_none_or(|ceiling| reading.wall < ceiling)
        });
        if above {
            self.believe(reading);
            return Finding::Settled(Settlement::Returned);
        }
        if lead.abs() <= TOLERATED {
            self.doubted = None;
            return Finding::Settled(Settlement::Returned);
        }
        if doubted.lead_of(reading).abs() > TOLERATED {
            return self.doubt(reading);
        }
        if lead.abs() <= SMALL && reading.elapsed - doubted.elapsed >= STEADY {
            self.believe(reading);
            return Finding::Settled(Settlement::Steady);
        }
        Finding::Doubtful
    }

    /// Believes a reading: a person says that it is right.
    pub fn believe(&mut self, reading: Reading) {
        *self = Self { anchor: reading, floor: None, doubted: None };
    }

    fn doubt(&mut self, reading: Reading) -> Finding {
        self.doubted = Some(reading);
        Finding::Jumped(Jump { from: self.trusted(reading.elapsed).wall, to: reading.wall })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_700_000_000 * SECOND;

    /// A reading after so many seconds, with the time of day ahead by so many.
    fn reading(after: i64, ahead: i64) -> Reading {
        Reading { wall: at(after + ahead), elapsed: after * SECOND }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(NOON + seconds * SECOND)
    }

    fn watch() -> Watch {
        Watch::begin(reading(0, 0), Some(at(-14 * 86_400)), None).0
    }

    #[test]
    fn a_jump_is_doubted_until_it_returns() {
        for ahead in [6, -6, 30 * 86_400, -3_600] {
            let mut watch = watch();
            assert_eq!(watch.read(reading(1, 5)), Finding::Believed);
            assert_eq!(
                watch.read(reading(2, ahead)),
                Finding::Jumped(Jump { from: at(2), to: at(2 + ahead) })
            );
            assert_eq!(watch.read(reading(3, ahead)), Finding::Doubtful);
            assert_eq!(watch.trusted(3 * SECOND).wall, at(3));
            assert_eq!(watch.read(reading(4, 0)), Finding::Settled(Settlement::Returned));
            assert_eq!(watch.read(reading(5, 0)), Finding::Believed);
        }
    }

    #[test]
    fn a_small_jump_is_believed_after_a_steady_minute_and_a_large_one_by_a_person_alone() {
        for (ahead, steady) in [(300, true), (-300, true), (301, false), (86_400, false)] {
            let mut watch = watch();
            watch.read(reading(1, ahead));
            assert_eq!(watch.read(reading(60, ahead)), Finding::Doubtful);
            let found = watch.read(reading(61, ahead));
            let expected = if steady { Finding::Settled(Settlement::Steady) } else { Finding::Doubtful };
            assert_eq!(found, expected, "{ahead}");
            assert_eq!(watch.read(reading(86_400, ahead)) == Finding::Believed, steady, "{ahead}");
            watch.believe(reading(86_401, ahead));
            assert_eq!(watch.read(reading(86_402, ahead)), Finding::Believed);
        }
    }

    #[test]
    fn a_time_that_jumps_again_begins_its_minute_anew_and_small_steps_add_up() {
        let mut watch = watch();
        watch.read(reading(1, 60));
        assert!(matches!(watch.read(reading(50, 120)), Finding::Jumped(_)));
        assert_eq!(watch.read(reading(61, 120)), Finding::Doubtful);
        assert_eq!(watch.read(reading(110, 120)), Finding::Settled(Settlement::Steady));

        let mut watch = self::watch();
        assert_eq!(watch.read(reading(1, 3)), Finding::Believed);
        assert!(matches!(watch.read(reading(2, 6)), Finding::Jumped(_)));
    }

    #[test]
    fn at_the_start_what_was_recorded_decides() {
        let begin = |last, open| Watch::begin(reading(0, 0), last, open);
        // Switched off for a year; never used.
        assert_eq!(begin(Some(at(-365 * 86_400)), None).1, Finding::Believed);
        assert_eq!(begin(None, None).1, Finding::Believed);
        // Recorded in what is to come: nothing goes before that, and any later time will do.
        let (mut watch, found) = begin(Some(at(3_600)), None);
        assert_eq!(found, Finding::Jumped(Jump { from: at(3_600), to: at(0) }));
        assert_eq!(watch.trusted(SECOND).wall, at(3_601));
        assert_eq!(watch.read(reading(1, 0)), Finding::Doubtful);
        assert_eq!(watch.read(reading(2, 86_400)), Finding::Settled(Settlement::Returned));
        // A jump ahead that nobody confirmed is none the truer for a restart.
        let jump = |to| Some(Jump { from: at(-60), to: at(to) });
        let (mut watch, found) = begin(Some(at(-50)), jump(-2));
        assert_eq!((found, watch.trusted(0).wall), (Finding::Doubtful, at(-50)));
        assert_eq!(watch.read(reading(1, 0)), Finding::Doubtful);
        assert_eq!(watch.read(reading(2, -10)), Finding::Settled(Settlement::Returned));
        assert_eq!(begin(Some(at(-50)), jump(30 * 86_400)).1, Finding::Settled(Settlement::Returned));
        assert_eq!(begin(Some(at(-50)), jump(-3_600)).1, Finding::Settled(Settlement::Returned));
    }
}
