//! How many requests an address may make.

use std::num::NonZeroU32;

use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::actions::networks::network_of;
use crate::domain::access::Action;
use crate::domain::ids::AccountId;
use crate::error::{Error, Kind, Result};

/// How many requests an address may make.
pub(in crate::http) struct Limits {
    all: Option<Limiter>,
    logins: Option<Limiter>,
    tokens: Option<Limiter>,
}

type Limiter = DefaultKeyedRateLimiter<String, StateInformationMiddleware>;

/// What an address may still ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Left {
    /// Requests, at once.
    pub(in crate::http) requests: u32,
    /// How many they were at first.
    pub(in crate::http) most: u32,
    /// Seconds after which they are so many again, if none comes meanwhile.
    pub(in crate::http) seconds: u64,
    /// Who is counted.
    pub(in crate::http) policy: &'static str,
}

impl Left {
    fn of(quota: Quota, left: u32) -> Self {
        let seconds = quota.burst_size_replenished_in().as_secs_f64().ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
        Self { requests: left, most: quota.burst_size().get(), seconds: seconds as u64, policy: "address" }
    }

    /// The headers that tell it, by the IETF's draft `ratelimit-headers`.
    pub(in crate::http) fn headers(self) -> [(&'static str, String); 2] {
        let Self { requests, most, seconds, policy } = self;
        [
            ("ratelimit-policy", format!("\"{policy}\";q={most};w={seconds}")),
            ("ratelimit", format!("\"{policy}\";r={requests};t={seconds}")),
        ]
    }
}

impl Limits {
    /// `a_second` requests in the mean, five times as many at once; logins and the like 120 a minute: a panel that
    /// signs in behind one address at nine o'clock gets in, and wrong passwords are counted elsewhere. None: no limits.
    pub(in crate::http) fn new(a_second: Option<NonZeroU32>) -> Self {
        let number = |number| NonZeroU32::new(number).expect("it is not 0");
        let limiter = |quota| RateLimiter::keyed(quota).with_middleware();
        let at_once = |rate: NonZeroU32| Quota::per_second(rate).allow_burst(rate.saturating_mul(number(5)));
        Self {
            all: a_second.map(|rate| limiter(at_once(rate))),
            tokens: a_second.map(|rate| limiter(at_once(rate))),
            logins: a_second.map(|_| limiter(Quota::per_minute(number(120)))),
        }
    }

    /// Counts a request. What the address may still ask for, if there is a limit.
    ///
    /// # Errors
    /// If it has asked for too much.
    pub(in crate::http) fn check(&self, source: &str, action: Action) -> (Option<Left>, Result<()>) {
        let secret = matches!(
            action,
            Action::LogIn | Action::AcceptLink | Action::SetUp | Action::ChangePassword | Action::ProveAgain
        );
        let limiter = if secret { &self.logins } else { &self.all };
        let Some(limiter) = limiter else { return (None, Ok(())) };
        match limiter.check_key(&network_of(source)) {
            Ok(state) => (Some(Left::of(state.quota(), state.remaining_burst_capacity())), Ok(())),
            Err(refusal) => (Some(Left::of(refusal.quota(), 0)), Err(too_many(secret))),
        }
    }

    /// Counts a request of an external system, wherever it comes from, beside those of the address. What its token may
    /// still ask for, if there is a limit.
    ///
    /// # Errors
    /// If it has asked for too much.
    pub(in crate::http) fn check_token(&self, account: AccountId) -> (Option<Left>, Result<()>) {
        let Some(limiter) = &self.tokens else { return (None, Ok(())) };
        let of_token = |left: Left| Some(Left { policy: "token", ..left });
        match limiter.check_key(&account.to_string()) {
            Ok(state) => (of_token(Left::of(state.quota(), state.remaining_burst_capacity())), Ok(())),
            Err(refusal) => (of_token(Left::of(refusal.quota(), 0)), Err(too_many(false))),
        }
    }

    /// Forgets addresses that have been quiet, so that memory does not grow with every visitor.
    pub(in crate::http) fn forget_the_quiet(&self) {
        for limiter in [&self.all, &self.logins, &self.tokens].into_iter().flatten() {
            limiter.retain_recent();
        }
    }
}

fn too_many(secret: bool) -> Error {
    Error::new(
        Kind::TooManyRequests,
        "too_many_requests",
        "请求过于频繁，请稍后再试",
        "Too many requests from this address; try again shortly",
    )
    .after(if secret { 60 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_counted_wherever_it_is_used_from_and_no_other_by_it() {
        let limits = Limits::new(NonZeroU32::new(1));
        let [one, other] = [1, 2].map(|number| AccountId(uuid::Uuid::from_u128(number)));
        for _ in 0..4 {
            assert!(limits.check_token(one).1.is_ok());
        }
        let left = limits.check_token(one).0.unwrap();
        assert_eq!((left.requests, left.most, left.policy), (0, 5, "token"));
        assert_eq!(limits.check_token(one).1.unwrap_err().code, "too_many_requests");
        assert!(limits.check_token(other).1.is_ok());
        assert!(limits.check("192.0.2.1", Action::ReadPublic).1.is_ok());
    }
}
