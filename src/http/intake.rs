//! How much of what is sent is read, how fast it must come, and how much of it may be on its way at a time: nobody fills
//! the memory or holds all places, however many connections they open.
//!
//! Strangers and accounts have places of their own. A small body needs none, so that one can sign in while others send
//! large ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::actions::Caller;
use crate::actions::networks::network_of;
use crate::clock::Clock;
use crate::error::{Error, Kind, Result};

/// The most bytes of a body that is read into memory: of an account's, and of anybody else's.
pub(super) const MOST: usize = 2 << 20;
const MOST_OF_STRANGERS: usize = 256 << 10;
/// A body of so many bytes needs no place.
const SMALL: usize = 16 << 10;
/// The longest that anything sent may pause.
pub(super) const IDLE: Duration = Duration::from_secs(10);
/// The longest that a body that is read into memory may take.
pub(super) const WHOLE: Duration = Duration::from_secs(30);
/// How long somebody waits for a place before being asked to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// The least bytes a second of an upload, in each stretch of so many seconds.
const LEAST_RATE: i64 = 64_000;
const STRETCH: i64 = 30;

/// The places of all that may come in at a time.
pub(super) struct Intake {
    bodies: [Places; 2],
    uploads: [Places; 2],
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            bodies: [Places::new(32, 8), Places::new(64, 8)],
            uploads: [Places::new(8, 2), Places::new(32, 4)],
        }
    }
}

impl Intake {
    /// Begins to read a body of somebody into memory.
    pub(super) fn body(&self, caller: Option<&Caller>, source: &str) -> Reading<'_> {
        let most = if caller.is_some() { MOST } else { MOST_OF_STRANGERS };
        Reading {
            places: &self.bodies[usize::from(caller.is_some())],
            key: key(caller, source),
            most,
            read: 0,
            place: None,
        }
    }

    /// A place for an upload; it is given up by dropping it.
    pub(super) async fn upload(&self, caller: Option<&Caller>, source: &str) -> Result<Place> {
        self.uploads[usize::from(caller.is_some())].take(&key(caller, source)).await
    }
}

/// Who shares a few places: an account, or the strangers of one address.
fn key(caller: Option<&Caller>, source: &str) -> String {
    caller.map_or_else(|| network_of(source), |caller| caller.account.to_string())
}

/// A bounded number of places, of which nobody gets more than a few. Who comes first gets one first.
struct Places {
    free: Arc<Semaphore>,
    each: usize,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

impl Places {
    fn new(all: usize, each: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), each, taken: Arc::default() }
    }

    async fn take(&self, key: &str) -> Result<Place> {
        let share = self.share(key)?;
        let free = tokio::time::timeout(PATIENCE, Arc::clone(&self.free).acquire_owned()).await;
        match free {
            Ok(Ok(permit)) => Ok(Place { _permit: permit, _share: share }),
            _ => Err(Error::busy(5)),
        }
    }

    fn share(&self, key: &str) -> Result<Share> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(key.to_owned()).or_default();
        if *count >= self.each {
            return Err(Error::new(
                Kind::TooManyRequests,
                "too_many_at_once",
                "同时提交的内容过多，请等待前面的提交完成",
                "Too much is being sent from here at the same time; wait until some of it has arrived",
            )
            .after(5));
        }
        *count += 1;
        Ok(Share { key: key.to_owned(), taken: Arc::clone(&self.taken) })
    }
}

/// A place, until it is dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    _share: Share,
}

/// One of the few places of a key, waited for or taken.
struct Share {
    key: String,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

/// A body that is being read into memory. It holds its place as long as this lives.
pub(super) struct Reading<'a> {
    places: &'a Places,
    key: String,
    most: usize,
    read: usize,
    place: Option<Place>,
}

impl Reading<'_> {
    /// Refuses a length that is told beforehand.
    pub(super) fn announced(&self, length: Option<u64>) -> Result<()> {
        if length.is_some_and(|length| length > self.most as u64) { Err(self.too_large()) } else { Ok(()) }
    }

    /// Counts bytes before they are kept; waits where the body gets large and others are before it.
    pub(super) async fn count(&mut self, bytes: usize) -> Result<()> {
        self.read += bytes;
        if self.read > self.most {
            return Err(self.too_large());
        }
        if self.read > SMALL && self.place.is_none() {
            self.place = Some(self.places.take(&self.key).await?);
        }
        Ok(())
    }

    pub(super) fn too_large(&self) -> Error {
        let most = self.most >> 10;
        Error::new(
            Kind::TooLarge,
            "too_large",
            format!("提交的内容不能超过{most} KiB"),
            format!("What is sent may have at most {most} KiB"),
        )
    }
}

/// Whether an upload comes fast enough to hold its place.
pub(super) struct Pace {
    clock: Clock,
    since: i64,
    bytes: i64,
}

impl Pace {
    pub(super) fn begin(clock: &Clock) -> Self {
        Self { clock: clock.clone(), since: clock.elapsed(), bytes: 0 }
    }

    /// Counts what came; an error once a stretch of time had too little.
    pub(super) fn came(&mut self, bytes: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX));
        let seconds = (self.clock.elapsed() - self.since) / 1_000_000;
        if seconds < STRETCH {
            return Ok(());
        }
        if self.bytes / seconds < LEAST_RATE {
            return Err(too_slow());
        }
        *self = Self::begin(&self.clock);
        Ok(())
    }
}

/// What is told whoever sends too slowly.
pub(super) fn too_slow() -> Error {
    Error::new(
        Kind::Timeout,
        "too_slow",
        "发送过慢，连接已关闭；请重新提交",
        "The request was sent too slowly; send it again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[tokio::test]
    async fn nobody_gets_more_than_a_few_places_and_given_up_ones_are_free_again() {
        let places = Places::new(3, 2);
        let first = places.take("a").await.unwrap();
        let _second = places.take("a").await.unwrap();
        assert_eq!(places.take("a").await.err().map(|error| error.code), Some("too_many_at_once"));
        let _other = places.take("b").await.unwrap();
        assert_eq!(places.free.available_permits(), 0);
        drop(first);
        assert!(places.take("a").await.is_ok());
        assert!(!places.taken.lock().unwrap().contains_key("c"));
    }

    #[test]
    fn each_stretch_of_time_must_bring_enough() {
        let start = 1_000_000_000_000;
        let clock = Clock::simulated(Timestamp::from_micros(start), 1);
        let after = |seconds: i64| clock.set(Timestamp::from_micros(start + seconds * 1_000_000));
        let mut pace = Pace::begin(&clock);
        after(29);
        assert!(pace.came(1).is_ok());
        after(30);
        assert!(pace.came(64_000 * 30).is_ok());
        after(59);
        assert!(pace.came(64_000).is_ok());
        after(61);
        assert_eq!(pace.came(64_000 * 20).err().map(|error| error.code), Some("too_slow"));
    }
}
