//! How many requests an address may make.

use std::num::NonZeroU32;

use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::actions::networks::network_of;
use crate::domain::access::Action;
use crate::error::{Error, Kind, Result};

/// How many requests an address may make.
pub(in crate::http) struct Limits {
    all: Option<Limiter>,
    logins: Option<Limiter>,
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
}

impl Left {
    fn of(quota: Quota, left: u32) -> Self {
        let seconds = quota.burst_size_replenished_in().as_secs_f64().ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
        Self { requests: left, most: quota.burst_size().get(), seconds: seconds as u64 }
    }

    /// The headers that tell it, by the IETF's draft `ratelimit-headers`.
    pub(in crate::http) fn headers(self) -> [(&'static str, String); 2] {
        let Self { requests, most, seconds } = self;
        [
            ("ratelimit-policy", format!("\"address\";q={most};w={seconds}")),
            ("ratelimit", format!("\"address\";r={requests};t={seconds}")),
        ]
    }
}

impl Limits {
    /// `a_second` requests in the mean, five times as many at once; logins and the like 120 a minute: a panel that
    /// signs in behind one address at nine o'clock gets in, and wrong passwords are counted elsewhere. None: no limits.
    pub(in crate::http) fn new(a_second: Option<NonZeroU32>) -> Self {
        let number = |number| NonZeroU32::new(number).expect("it is not 0");
        let limiter = |quota| RateLimiter::keyed(quota).with_middleware();
        Self {
            all: a_second
                .map(|rate| limiter(Quota::per_second(rate).allow_burst(rate.saturating_mul(number(5))))),
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

    /// Forgets addresses that have been quiet, so that memory does not grow with every visitor.
    pub(in crate::http) fn forget_the_quiet(&self) {
        for limiter in [&self.all, &self.logins].into_iter().flatten() {
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
