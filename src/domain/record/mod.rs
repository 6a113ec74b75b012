//! What is recorded for ever: canonical bytes, their digests, and the events of the audit trail.

mod digest;
mod document;
mod event;

pub use digest::{Digest, NotADigest, canonical, canonical_value, digest_of, parse};
pub use document::DocumentKind;
pub use event::{Actor, EVENT_FORMAT, Event, Outcome};
