//! Letters (通知、催办) and where they stand on their way.

use crate::domain::keyword::keyword_enum;

keyword_enum! {
    /// Where a letter stands.
    pub enum LetterState {
        /// It is to be sent.
        Queued = "queued",
        /// It is being handed to the mail server.
        Sending = "sending",
        /// The mail server has taken it.
        Sent = "sent",
        /// The mail server refused it for good, or too often.
        Failed = "failed",
        /// The hand-over broke off and nobody knows whether the server took it: a person decides, so that no letter is
        /// sent twice by itself and none is lost.
        Unsure = "unsure",
    }
}
