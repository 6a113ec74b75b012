//! One event of the audit trail: who did what, on what, when and from where, and what came of it.
//!
//! Events of a competition form a chain: each is numbered without gaps and carries the digest of the one before it.
//! Their bytes are canonical JSON; a later signed log takes these bytes as its leaves, so the form is versioned.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::{Digest, canonical, digest_of};
use crate::domain::access::Role;
use crate::domain::catalogue::RegionCode;
use crate::domain::ids::{AccountId, RequestId};
use crate::domain::keyword::keyword_enum;
use crate::domain::time::Timestamp;

/// The version of the form. A change of the form is a new version; old events keep theirs.
pub const EVENT_FORMAT: &str = "qianglian/event/1";

keyword_enum! {
    /// What came of an act.
    pub enum Outcome {
        /// It was done.
        Done = "done",
        /// It was refused; nothing else changed.
        Refused = "refused",
    }
}

/// Who acted. Absent in an event where nobody had said who they are, or the service itself acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    pub account: AccountId,
    /// Its login name at that time.
    pub name: String,
    /// Its role at that time.
    pub role: Role,
    /// Whether it is an external system.
    #[serde(default, skip_serializing_if = "is_false")]
    pub machine: bool,
    /// The region that an external system acted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionCode>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// An event, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// [`EVENT_FORMAT`].
    pub format: String,
    /// The chain: a competition's identifier, or `service` for what belongs to no competition.
    pub chain: String,
    /// Number in the chain, from 1, without gaps.
    pub seq: i64,
    /// Digest of the event before it; zeros for the first.
    pub prev: Digest,
    /// When. Never before the event before it, even if the machine's clock was set back.
    pub at: Timestamp,
    /// Who, if known.
    pub actor: Option<Actor>,
    /// The network address that the request came from; empty on the command line.
    pub source: String,
    /// The request that it belongs to.
    pub request: RequestId,
    /// What was done: the key of an action.
    pub action: String,
    /// On what: kind and identifier, `application/0192…`.
    pub object: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was refused: the code of the error.
    pub reason: Option<String>,
    /// Digest of the content before.
    pub before: Option<Digest>,
    /// Digest of the content after.
    pub after: Option<Digest>,
    /// Particulars of the action, by name.
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub details: Value,
}

impl Event {
    /// The recorded bytes and their digest.
    pub fn seal(&self) -> (String, Digest) {
        let body = canonical(self);
        let digest = digest_of(&body);
        (body, digest)
    }
}
