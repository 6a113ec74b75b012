//! A thread's connection, opened again where it was lost: after a while that grows with each failure and differs a
//! little each time, so that a server that comes back is not met by everybody at once.

use std::sync::{Arc, Mutex, PoisonError};

use super::connection::Conn;
use super::counts::uncounted;
use crate::clock::{Clock, Stopwatch};
use crate::error::{Error, Result, Trouble};

/// Microseconds before the second attempt; each failure doubles it.
const SHORTEST: i64 = 100_000;
/// The most microseconds between two attempts.
const LONGEST: i64 = 5_000_000;

/// When to try again to connect: one for all threads.
pub(super) struct Patience {
    running: Stopwatch,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    failures: u32,
    until: i64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { running: Clock::stopwatch(), waiting: Mutex::default() }
    }
}

impl Patience {
    /// Refuses as long as the last failure is too fresh. Whoever is let through tries for all.
    fn may_try(&self) -> Result<()> {
        let now = self.running.micros();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.failures > 0 {
            if now < waiting.until {
                return Err(Error::in_trouble(
                    Trouble::Away,
                    "the connection is lost, and not tried again yet",
                ));
            }
            waiting.until = now + delay(waiting.failures);
        }
        Ok(())
    }

    fn tried(&self, succeeded: bool) {
        let now = self.running.micros();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.failures = if succeeded { 0 } else { waiting.failures.saturating_add(1) };
        waiting.until = now + delay(waiting.failures);
    }
}

/// Half of the time, and a part of the other half that chance decides.
fn delay(failures: u32) -> i64 {
    let whole = SHORTEST.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(LONGEST);
    let [part] = Clock::machine().secret::<1>();
    whole / 2 + whole / 2 * i64::from(part) / 255
}

/// A connection that is opened again where it was lost.
pub(super) struct Line {
    open: Box<dyn Fn() -> Result<Conn> + Send>,
    conn: Option<Conn>,
    patience: Arc<Patience>,
}

impl Line {
    /// Opens a connection for the first time.
    pub(super) fn open(
        patience: &Arc<Patience>,
        open: impl Fn() -> Result<Conn> + Send + 'static,
    ) -> Result<Self> {
        let conn = Some(open()?);
        Ok(Self { open: Box::new(open), conn, patience: Arc::clone(patience) })
    }

    pub(super) fn conn(&mut self) -> Result<&mut Conn> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.open_again()?,
        };
        Ok(self.conn.insert(conn))
    }

    fn open_again(&self) -> Result<Conn> {
        self.patience.may_try()?;
        let opened = (self.open)();
        self.patience.tried(opened.is_ok());
        if let Err(error) = &opened {
            tracing::error!(%error, "the connection was lost and can't be opened again yet");
        }
        opened
    }

    /// Gives the connection up; whether there was one.
    pub(super) fn lose(&mut self) -> bool {
        self.conn.take().is_some()
    }

    /// Gives the connection up if it is of no more use after an error.
    pub(super) fn after(&mut self, error: Option<&Error>) {
        let Some(error) = error else { return };
        let gone = matches!(error.trouble, Some(Trouble::Away | Trouble::ReadOnly));
        if gone || !self.conn.as_mut().is_some_and(|conn| uncounted(|| is_good(conn))) {
            self.lose();
        }
    }
}

/// Whether a connection answers, and is in no transaction.
fn is_good(conn: &mut Conn) -> bool {
    let begun = conn.begin_read().is_ok();
    begun && conn.roll_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tries_again_waits_longer_each_time_and_one_tries_for_all() {
        let patience = Patience::default();
        assert!(patience.may_try().is_ok() && patience.may_try().is_ok());
        patience.tried(false);
        assert_eq!(patience.may_try().unwrap_err().code, "database_unavailable");
        for failures in 1..40 {
            let longest = (SHORTEST << (failures - 1_u32).min(6)).min(LONGEST);
            assert!((longest / 2..=longest).contains(&delay(failures)), "{failures}");
        }
        // The time is over: the first is let through, who comes next waits for what it finds.
        patience.waiting.lock().unwrap().until = 0;
        assert!(patience.may_try().is_ok() && patience.may_try().is_err());
        patience.tried(true);
        assert!(patience.may_try().is_ok() && patience.may_try().is_ok());
    }
}
