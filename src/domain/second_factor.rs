//! The second factor of a sign-in.

use crate::domain::keyword::keyword_enum;

keyword_enum! {
    /// What shows that somebody has what only the owner of an account has.
    pub enum Way {
        /// The code of the moment, of an app that shares a secret with the account (RFC 6238).
        Totp = "totp",
        /// A code from a list that was given out once.
        Recovery = "recovery",
    }
}
