//! Time, chance and identifiers: the only source of each, so that tests and demonstrations can set them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::domain::time::Timestamp;

/// Where time, secrets and identifiers come from: the machine, or a simulation that moves only when told to.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    Machine(Stopwatch),
    Simulated(Mutex<Simulation>),
}

struct Simulation {
    now: Timestamp,
    /// Set once the clock runs: since when it does.
    running: Option<Stopwatch>,
    seed: u64,
    drawn: u64,
}

impl Clock {
    /// The machine's clock and its source of random bytes.
    pub fn machine() -> Self {
        Self(Arc::new(Source::Machine(Self::stopwatch())))
    }

    /// A clock that stands at `now` until it is set, and whose chance follows from `seed` alone.
    pub fn simulated(now: Timestamp, seed: u64) -> Self {
        Self(Arc::new(Source::Simulated(Mutex::new(Simulation { now, running: None, seed, drawn: 0 }))))
    }

    /// The present, to the microsecond.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
            Source::Machine(_) => chrono::Utc::now().into(),
            Source::Simulated(simulation) => {
                let simulation = simulation.lock().unwrap_or_else(PoisonError::into_inner);
                simulation.running.map_or(simulation.now, |since| simulation.now.plus_micros(since.micros()))
            }
        }
    }

    /// Microseconds since some moment, which go on evenly whatever becomes of the time of day; a simulation's are its time's.
    pub fn elapsed(&self) -> i64 {
        match &*self.0 {
            Source::Machine(since) => since.micros(),
            Source::Simulated(_) => self.now().micros(),
        }
    }

    /// Sets a simulated clock; the machine's clock is left as it is.
    pub fn set(&self, now: Timestamp) {
        if let Source::Simulated(simulation) = &*self.0 {
            simulation.lock().unwrap_or_else(PoisonError::into_inner).now = now;
        }
    }

    /// Lets a simulated clock run from where it stands, with the machine's pace and the machine's chance: what has been
    /// simulated goes on as real.
    pub fn run(&self) {
        if let Source::Simulated(simulation) = &*self.0 {
            let mut simulation = simulation.lock().unwrap_or_else(PoisonError::into_inner);
            simulation.running.get_or_insert_with(Self::stopwatch);
        }
    }

    /// Bytes that nobody can guess (from the operating system), or that follow from a simulation's seed while it stands.
    ///
    /// # Panics
    /// If the operating system has no random bytes to give: nothing secret can be made then.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &*self.0 {
            Source::Machine(_) => {
                getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
            }
            Source::Simulated(simulation) => {
                let mut simulation = simulation.lock().unwrap_or_else(PoisonError::into_inner);
                if simulation.running.is_some() {
                    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
                    return bytes;
                }
                for chunk in bytes.chunks_mut(32) {
                    simulation.drawn += 1;
                    let mut hash = Sha256::new();
                    hash.update(simulation.seed.to_be_bytes());
                    hash.update(simulation.drawn.to_be_bytes());
                    chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A new identifier: `UUIDv7` (RFC 9562), in order of time.
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().micros() / 1000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.secret::<10>()).into_uuid()
    }

    /// A stopwatch, for measuring only; nothing that is kept may depend on it.
    pub fn stopwatch() -> Stopwatch {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
        Stopwatch(Instant::now())
    }
}

/// Measures how long something takes.
#[derive(Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Microseconds since it was made.
    pub fn micros(self) -> i64 {
        i64::try_from(self.0.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// Seconds since it was made.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
