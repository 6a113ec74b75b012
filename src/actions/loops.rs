//! Work that goes on in the background for as long as the service runs. What fails in it, be it by a panic, is logged and
//! counted, and the work goes on.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;

use super::lock;
use crate::clock::Clock;
use crate::error::Result;

/// The longest that work rests after a panic: it begins with a second, and each panic soon after another doubles it.
const MOST: u64 = 64;

/// Work that ran for so long before it panicked, in microseconds, rests no longer than after its first panic.
const STEADY: i64 = 600_000_000;

/// What goes on in the background, and how often each part of it has failed; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Loops(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Loops {
    /// How often each has failed since the start.
    pub fn failures(&self) -> Vec<(&'static str, u64)> {
        lock(&self.0).iter().map(|(name, failures)| (*name, *failures)).collect()
    }

    /// Logs and counts that something failed in work that goes on.
    pub(crate) fn failed(&self, name: &'static str, error: &dyn Display) {
        tracing::error!(work = name, %error, "work in the background failed; it goes on");
        *lock(&self.0).entry(name).or_default() += 1;
    }

    /// Does work until it ends by itself; whenever it panics, it rests and begins anew.
    pub async fn keep(&self, name: &'static str, clock: &Clock, work: impl AsyncFn()) {
        lock(&self.0).entry(name).or_default();
        let mut panics = 0;
        loop {
            let began = clock.elapsed();
            let Err(panic) = AssertUnwindSafe(work()).catch_unwind().await else { return };
            self.failed(name, &said(panic.as_ref()));
            let was_steady = clock.elapsed() - began >= STEADY;
            panics = if was_steady { 1 } else { panics + 1 };
            clock.rest(rest(panics)).await;
        }
    }

    /// Does a round of work now and again after each period, for ever.
    pub async fn every<T>(
        &self,
        name: &'static str,
        period: Duration,
        clock: &Clock,
        round: impl AsyncFn() -> Result<T>,
    ) {
        let rounds = async || {
            let mut due = tokio::time::interval(period);
            loop {
                due.tick().await;
                if let Err(error) = round().await {
                    self.failed(name, &error);
                }
            }
        };
        self.keep(name, clock, rounds).await;
    }
}

/// How long work rests after so many panics soon after one another.
fn rest(panics: u32) -> Duration {
    Duration::from_secs((1 << panics.saturating_sub(1).min(16)).min(MOST))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.map_or_else(|| "panicked".to_owned(), |text| format!("panicked: {text}"))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::Error;

    fn clock() -> Clock {
        Clock::simulated("2026-03-10T10:00:00+08:00".parse().unwrap(), 1)
    }

    #[tokio::test]
    async fn work_that_panics_begins_anew_and_each_panic_is_counted() {
        let (loops, begun) = (Loops::default(), Cell::new(0));
        let work = async || {
            begun.set(begun.get() + 1);
            assert!(begun.get() > 3, "a bug in a loop");
        };
        loops.keep("bug", &clock(), work).await;
        assert_eq!((begun.get(), loops.failures()), (4, vec![("bug", 3)]));
    }

    #[tokio::test]
    async fn a_round_that_fails_is_followed_by_the_next_and_so_is_one_that_panics() {
        let (loops, rounds, told) = (Loops::default(), Cell::new(0), tokio::sync::Notify::new());
        let round = async || {
            rounds.set(rounds.get() + 1);
            match rounds.get() {
                1 => Err(Error::not_found()),
                2 => panic!("a bug in a round"),
                3 => Ok(()),
                _ => {
                    told.notify_one();
                    Ok(())
                }
            }
        };
        let clock = clock();
        tokio::select! {
            () = loops.every("round", Duration::from_millis(1), &clock, round) => {}
            () = told.notified() => {}
        }
        assert_eq!(loops.failures(), [("round", 2)]);
    }

    #[test]
    fn the_rest_after_a_panic_grows_to_a_bound() {
        let rests: Vec<u64> = [1, 2, 3, 7, 8, u32::MAX].into_iter().map(|n| rest(n).as_secs()).collect();
        assert_eq!(rests, [1, 2, 4, 64, 64, 64]);
    }
}
