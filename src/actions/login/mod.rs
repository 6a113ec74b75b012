//! Logging in and out: passwords, access tokens, refresh tokens, sessions, one-time links.
//!
//! An access token is a JWT of ten minutes that names a session; the session is looked up at every request, so that
//! what is ended is ended at once. A refresh token is a random secret that is used once; a used one that comes again
//! ends its session, as one of its two holders stole it.

mod link;
mod password;
mod sessions;
mod set_up;
mod sign_in;
mod tokens;

use super::Act;
use super::guesses::{self, Tried};

pub use self::link::*;
pub use self::password::*;
pub use self::sessions::*;
pub use self::set_up::*;
pub use self::sign_in::*;

impl Act<'_> {
    /// Makes the event that of a password that did not do. The name is told only if it is an account's: people type
    /// passwords into the wrong field.
    fn refuse_guess(&mut self, tried: &Tried, code: &'static str) {
        if let Some(account) = &tried.account {
            self.on("account", account.id);
        }
        self.refuse(code);
        match tried.outcome {
            guesses::Outcome::Wrong { left: 0 } => self.detail("locked", &true),
            guesses::Outcome::Stopped => self.detail("stopped", &true),
            guesses::Outcome::Wrong { .. } | guesses::Outcome::Right(_) => {}
        }
    }
}
