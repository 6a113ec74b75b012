//! Identifiers: `UUIDv7`, one type for each kind of thing, so that none is taken for another.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no identifier: anything but a lower-case hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not an identifier")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! id_of {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Reads the one spelling that [`fmt::Display`] writes; other spellings of a UUID are refused, so that
            /// a thing has one address.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let id = Uuid::try_parse(text).map_err(|_| NotAnId)?;
                let mut spelled = Uuid::encode_buffer();
                if id.as_hyphenated().encode_lower(&mut spelled) == text { Ok(Self(id)) } else { Err(NotAnId) }
            }
        }
    )+};
}

id_of! {
    /// An account.
    AccountId;
    /// A session: one login on one device, with all the refresh tokens that follow from it.
    SessionId;
    /// A one-time link: invitation, reset or first set-up.
    LinkId;
    /// A password that somebody tried.
    GuessId;
    /// A jump of the machine's time of day.
    JumpId;
    /// A competition (届) of the competition.
    CompetitionId;
    /// An application (申报).
    ApplicationId;
    /// A piece of evidence (佐证材料) of an application.
    EvidenceId;
    /// An expert of the pool (专家库).
    ExpertId;
    /// Something to be put right after an inspection (整改).
    RectificationId;
    /// An objection of the public (异议), or an anonymous lead.
    ObjectionId;
    /// A file that came with an objection.
    ObjectionFileId;
    /// A request of an applicant for a re-check (复核申请).
    RecheckId;
    /// A title that was awarded.
    TitleId;
    /// A letter to be sent.
    LetterId;
    /// Something that the owner of an account is told.
    MessageId;
    /// That an account is linked to somebody of the platform.
    PlatformLinkId;
    /// A passkey of an account.
    PasskeyId;
    /// A webhook of an external system.
    WebhookId;
    /// Something that a webhook tells.
    DeliveryId;
    /// One request to the service.
    RequestId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_written_form_is_read() {
        let text = "0192f0c1-2345-7abc-8def-0123456789ab";
        assert_eq!(text.parse::<ApplicationId>().unwrap().to_string(), text);
        for other in [
            "0192F0C1-2345-7ABC-8DEF-0123456789AB",
            "0192f0c123457abc8def0123456789ab",
            "{0192f0c1-2345-7abc-8def-0123456789ab}",
            "urn:uuid:0192f0c1-2345-7abc-8def-0123456789ab",
            "",
            "1",
        ] {
            assert_eq!(other.parse::<ApplicationId>(), Err(NotAnId), "{other}");
        }
    }
}
