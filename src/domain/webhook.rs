//! Webhooks: how external systems are told by themselves what changed, when it is tried again, and when no more.

use super::change::told_actions;
use super::keyword::keyword_enum;
use super::time::Timestamp;

/// How a secret begins, as Standard Webhooks has it.
pub const SECRET_PREFIX: &str = "whsec_";
/// The type of a message that only tries whether it arrives.
pub const TEST: &str = "webhook.test";
/// The most webhooks of one external system that have not ended.
pub const MOST_OF_A_MACHINE: i64 = 10;
/// Seconds that the former secret signs too after there is another.
pub const FORMER_SIGNS: i64 = 24 * 60 * 60;
/// Seconds of failures alone after which it is paused.
pub const PAUSED_AFTER: i64 = 5 * 24 * 60 * 60;
/// Seconds from a first failure to the next attempt, and the most between two.
const WAIT: (i64, i64) = (10, 6 * 60 * 60);

keyword_enum! {
    /// Where a webhook stands.
    pub enum WebhookState {
        /// It waits for a second administrator.
        Awaited = "awaited",
        /// Nobody confirmed it in time.
        Lapsed = "lapsed",
        /// It tells what changes.
        Active = "active",
        /// It tells nothing for now, and goes on from where it was.
        Paused = "paused",
        /// It is over: revoked, no more wanted by its receiver, or its token is over.
        Ended = "ended",
    }
}

keyword_enum! {
    /// Why a delivery did not succeed.
    pub enum DeliveryFault {
        /// Its address leads to where nothing may be sent, or nowhere.
        Address = "address",
        /// No connection was made, or it broke.
        Connection = "connection",
        /// The receiver took too long.
        Timeout = "timeout",
        /// The receiver answered that it is elsewhere.
        Redirect = "redirect",
        /// The receiver answered with another status than 2xx.
        Status = "status",
    }
}

/// The types of what it may tell, beside [`TEST`].
pub fn types() -> impl Iterator<Item = &'static str> {
    told_actions().map(super::access::Action::as_str)
}

/// Seconds to wait after so many failures of a delivery: twice as long each time, up to a bound, and by chance a quarter
/// more or less, so that what failed together is not tried together.
pub fn wait(failures: i32, chance: u8) -> i64 {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(16);
    let steady = (WAIT.0 << doublings).min(WAIT.1);
    steady * (192 + i64::from(chance) / 2) / 256
}

/// Whether it has failed for so long that it is paused.
pub fn is_given_up(failing_since: Timestamp, now: Timestamp) -> bool {
    now.seconds_since(failing_since) >= PAUSED_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_differ_by_a_quarter() {
        let middle = |failures| wait(failures, 128);
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, i32::MAX].map(middle),
            [10, 20, 40, 80, 10_240, 20_480, 21_600, 21_600]
        );
        assert_eq!((wait(0, 128), wait(2, 0), wait(2, 255)), (10, 15, 24));
    }

    #[test]
    fn what_it_tells_is_what_is_told_of_changes() {
        assert!(types().any(|told| told == "application.submit"));
        assert!(types().all(|told| told != "session.log_in" && told != TEST));
    }
}
