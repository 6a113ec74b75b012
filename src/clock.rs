//! Time, chance and identifiers: the only source of each, so that tests and demonstrations can set them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::domain::jump::Reading;
use crate::domain::time::Timestamp;

/// Where time, secrets and identifiers come from: the machine, or a simulation that moves only when told to.
///
/// The present goes on evenly from a time of day that was trusted; that the machine's time of day jumps changes nothing
/// until it is trusted in turn (`docs/decisions/0010`).
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    Machine {
        /// What is to be added to the microseconds since the machine's start.
        trusted: AtomicI64,
    },
    Simulated(Mutex<Simulation>),
}

struct Simulation {
    now: Timestamp,
    /// Set once the clock runs: since when it does.
    running: Option<Stopwatch>,
    /// Microseconds by which the time of day is ahead of the present.
    ahead: i64,
    /// What the present is ahead of the microseconds that have gone by.
    since: i64,
    seed: u64,
    drawn: u64,
}

impl Simulation {
    fn present(&self) -> Timestamp {
        self.running.map_or(self.now, |since| self.now.plus_micros(since.micros()))
    }
}

/// The clock that goes on while the machine sleeps, where there is one.
#[cfg(target_os = "linux")]
const EVEN: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const EVEN: ClockId = ClockId::Monotonic;

fn machine_elapsed() -> i64 {
    let time = clock_gettime(EVEN);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_wall() -> Timestamp {
    chrono::Utc::now().into()
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_micros(u64::try_from(time.micros()).unwrap_or(0))
    }
}

impl Clock {
    /// The machine's clock and its source of random bytes.
    pub fn machine() -> Self {
        let trusted = AtomicI64::new(machine_wall().micros() - machine_elapsed());
        Self(Arc::new(Source::Machine { trusted }))
    }

    /// A clock that stands at `now` until it is set, and whose chance follows from `seed` alone.
    pub fn simulated(now: Timestamp, seed: u64) -> Self {
        let simulation = Simulation { now, running: None, ahead: 0, since: 0, seed, drawn: 0 };
        Self(Arc::new(Source::Simulated(Mutex::new(simulation))))
    }

    fn with<T>(simulation: &Mutex<Simulation>, act: impl FnOnce(&mut Simulation) -> T) -> T {
        act(&mut simulation.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The present, to the microsecond.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Source::Machine { trusted } => {
                Timestamp::from_micros(trusted.load(Ordering::Relaxed) + machine_elapsed())
            }
            Source::Simulated(simulation) => Self::with(simulation, |simulation| simulation.present()),
        }
    }

    /// Microseconds since some moment, which go on evenly whatever becomes of the time of day; a simulation's are its time's.
    pub fn elapsed(&self) -> i64 {
        match &*self.0 {
            Source::Machine { .. } => machine_elapsed(),
            Source::Simulated(simulation) => {
                Self::with(simulation, |simulation| simulation.present().micros() - simulation.since)
            }
        }
    }

    /// The time of day that the machine tells, right or wrong.
    pub fn reading(&self) -> Reading {
        match &*self.0 {
            Source::Machine { .. } => Reading { wall: machine_wall(), elapsed: machine_elapsed() },
            Source::Simulated(simulation) => Self::with(simulation, |simulation| {
                let now = simulation.present();
                let elapsed = now.micros() - simulation.since;
                Reading { wall: now.plus_micros(simulation.ahead), elapsed }
            }),
        }
    }

    /// From now on the present goes on from this time of day.
    pub fn trust(&self, from: Reading) {
        match &*self.0 {
            Source::Machine { trusted } => {
                trusted.store(from.wall.micros() - from.elapsed, Ordering::Relaxed);
            }
            Source::Simulated(simulation) => Self::with(simulation, |simulation| {
                let since = from.wall.micros() - from.elapsed;
                let gone = since - simulation.since;
                simulation.since = since;
                simulation.now = simulation.now.plus_micros(gone);
                simulation.ahead -= gone;
            }),
        }
    }

    /// Sets a simulated clock, as time goes by; the machine's clock is left as it is.
    pub fn set(&self, now: Timestamp) {
        if let Source::Simulated(simulation) = &*self.0 {
            Self::with(simulation, |simulation| simulation.now = now);
        }
    }

    /// Lets the time of day of a simulated clock jump by seconds, while nothing goes by.
    pub fn jump(&self, seconds: i64) {
        if let Source::Simulated(simulation) = &*self.0 {
            Self::with(simulation, |simulation| simulation.ahead += seconds * 1_000_000);
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
            Source::Machine { .. } => {
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

    /// Lets time go by; a simulation that stands goes on at once.
    pub async fn rest(&self, time: Duration) {
        let stands = match &*self.0 {
            Source::Machine { .. } => false,
            Source::Simulated(simulation) => {
                Self::with(simulation, |simulation| simulation.running.is_none())
            }
        };
        if stands {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(time).await;
        }
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
