//! Answers that are remembered until something changes: reading the same thing again need not ask the database.
//!
//! Only where one process writes (SQLite): there the count of commits says whether anything has changed. An answer is
//! given again to the bearer of the same token alone, for the same address, while no commit has happened since the
//! snapshot that it was read from, and not beyond the token's own end. Several processes on one PostgreSQL don't
//! know of each other's commits, and remember nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::request::Reply;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;

/// Bytes of answers kept at most; beyond it all are forgotten.
const MOST: usize = 64 << 20;
/// A larger answer is not kept.
const MOST_BYTES: usize = 1 << 20;
/// What an answer takes besides its body, about.
const AROUND: usize = 1 << 10;

#[derive(Clone)]
pub(super) struct Remembered {
    pub(super) media_type: &'static str,
    pub(super) body: Bytes,
    pub(super) etag: Option<String>,
    /// The digest of the body.
    pub(super) digest: Digest,
    /// Who asked, for the log.
    pub(super) caller: String,
    /// Until when it may be given again.
    pub(super) until: Timestamp,
}

impl Remembered {
    /// The answer again.
    pub(super) fn reply(self) -> Reply {
        Reply::Body {
            status: 200,
            media_type: self.media_type,
            body: self.body,
            etag: self.etag,
            digest: Some(self.digest),
            location: None,
        }
    }
}

/// The answers of one state of the database.
#[derive(Default)]
struct Answers {
    version: u64,
    by_request: HashMap<(String, String), Remembered>,
    bytes: usize,
}

#[derive(Default)]
pub(super) struct Memory(Mutex<Answers>);

impl Memory {
    /// What the bearer of a token was answered at an address, if it still holds at this version of the database.
    pub(super) fn recall(&self, version: u64, now: Timestamp, key: &(String, String)) -> Option<Remembered> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.version != version {
            return None;
        }
        answers.by_request.get(key).filter(|found| now < found.until).cloned()
    }

    /// Remembers an answer that was read at a version of the database.
    pub(super) fn keep(&self, version: u64, key: (String, String), remembered: Remembered) {
        if remembered.body.len() > MOST_BYTES {
            return;
        }
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // An answer of an older state than those kept came too late.
        if answers.version > version {
            return;
        }
        if answers.version < version || answers.bytes >= MOST {
            answers.by_request.clear();
            answers.bytes = 0;
            answers.version = version;
        }
        answers.bytes += remembered.body.len() + AROUND;
        answers.by_request.insert(key, remembered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::digest_of;

    #[test]
    fn an_answer_holds_for_its_bearer_its_version_and_its_time() {
        let memory = Memory::default();
        let (now, later) = (Timestamp::from_micros(1), Timestamp::from_micros(9));
        let key = |token: &str, path: &str| (token.to_owned(), path.to_owned());
        let answer = |body: &'static [u8]| Remembered {
            media_type: "application/json",
            body: Bytes::from_static(body),
            etag: None,
            digest: digest_of(body),
            caller: "me".to_owned(),
            until: later,
        };
        memory.keep(3, key("t", "/a"), answer(b"x"));
        assert!(memory.recall(3, now, &key("t", "/a")).is_some());
        assert!(memory.recall(3, later, &key("t", "/a")).is_none());
        assert!(memory.recall(4, now, &key("t", "/a")).is_none());
        assert!(memory.recall(3, now, &key("u", "/a")).is_none());
        assert!(memory.recall(3, now, &key("t", "/b")).is_none());
        memory.keep(4, key("t", "/b"), answer(b"y"));
        memory.keep(3, key("t", "/a"), answer(b"x"));
        assert!(memory.recall(3, now, &key("t", "/a")).is_none());
        assert!(memory.recall(4, now, &key("t", "/b")).is_some());
    }
}
