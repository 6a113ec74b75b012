//! How many requests are taken from one place.

use crate::actions::networks::network_of;
use crate::domain::access::Action;
use crate::error::{Error, Kind, Result};

/// How many requests an address may make.
pub(in crate::http) struct Limits {
    all: Option<Limiter>,
    logins: Option<Limiter>,
}

type Limiter = governor::DefaultKeyedRateLimiter<String>;

impl Limits {
    /// `a_second` requests in the mean, five times as many at once; logins and the like 120 a minute: a panel that
    /// signs in behind one address at nine o'clock gets in, and wrong passwords are counted elsewhere. None: no limits.
    pub(in crate::http) fn new(a_second: Option<std::num::NonZeroU32>) -> Self {
        let logins = std::num::NonZeroU32::new(120).expect("120 is not 0");
        Self {
            all: a_second.map(|rate| {
                Limiter::keyed(
                    governor::Quota::per_second(rate)
                        .allow_burst(rate.saturating_mul(std::num::NonZeroU32::new(5).expect("5 is not 0"))),
                )
            }),
            logins: a_second.map(|_| Limiter::keyed(governor::Quota::per_minute(logins))),
        }
    }

    pub(in crate::http) fn check(&self, source: &str, action: Action) -> Result<()> {
        let key = network_of(source);
        let secret = matches!(
            action,
            Action::LogIn | Action::AcceptLink | Action::SetUp | Action::ChangePassword | Action::ProveAgain
        );
        let limiter = if secret { &self.logins } else { &self.all };
        match limiter {
            Some(limiter) if limiter.check_key(&key).is_err() => Err(Error::new(
                Kind::TooManyRequests,
                "too_many_requests",
                "请求过于频繁，请稍后再试",
                "Too many requests from this address; try again shortly",
            )
            .after(if secret { 60 } else { 1 })),
            _ => Ok(()),
        }
    }

    /// Forgets addresses that have been quiet, so that memory does not grow with every visitor.
    pub(in crate::http) fn forget_the_quiet(&self) {
        for limiter in [&self.all, &self.logins].into_iter().flatten() {
            limiter.retain_recent();
        }
    }
}
