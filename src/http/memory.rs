//! Answers that are remembered until something changes: reading the same thing again need not ask the database.
//!
//! Only where one process writes (SQLite): there the count of commits says whether anything has changed. An answer is
//! given again to the bearer of the same token alone, for the same address, while no commit has happened since the
//! snapshot that it was read from, and not beyond the token's own end. Who asks for what is being worked out for the
//! same token at the same state waits for that answer: after each commit one of all who ask has the work.
//! Several processes on one PostgreSQL don't know of each other's commits, and remember nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

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

/// Whose token (none: everybody), and the address with its query.
type Key = (String, String);

/// The answers of one state of the database.
#[derive(Default)]
struct Answers {
    version: u64,
    by_request: HashMap<Key, Remembered>,
    bytes: usize,
    /// What is being worked out, since which state.
    under_way: HashMap<Key, (u64, watch::Receiver<Option<Remembered>>)>,
}

#[derive(Default)]
pub(super) struct Memory(Arc<Mutex<Answers>>);

/// What somebody has to work out for all who ask the same meanwhile. Dropped without an answer, it tells them to do it
/// themselves.
pub(super) struct Turn {
    answers: Arc<Mutex<Answers>>,
    version: u64,
    key: Key,
    told: watch::Sender<Option<Remembered>>,
}

/// Who works out an answer.
pub(super) enum Whose {
    /// Whoever asked, for all others too.
    Own(Turn),
    /// Somebody else, who did.
    Done(Remembered),
    /// Somebody else, who failed to.
    Failed,
}

fn lock(answers: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// What the bearer of a token was answered at an address, if it still holds at this version of the database.
    pub(super) fn recall(&self, version: u64, now: Timestamp, key: &Key) -> Option<Remembered> {
        let answers = lock(&self.0);
        if answers.version != version {
            return None;
        }
        answers.by_request.get(key).filter(|found| now < found.until).cloned()
    }

    /// Takes the turn to answer, or waits for the answer of who has it. Nothing that waits for the client may come
    /// between taking the turn and answering.
    pub(super) async fn turn(&self, version: u64, key: &Key) -> Whose {
        let mut waiting = {
            let mut answers = lock(&self.0);
            match answers.under_way.get(key) {
                Some((since, waiting)) if *since >= version => waiting.clone(),
                _ => {
                    let (told, waiting) = watch::channel(None);
                    answers.under_way.insert(key.clone(), (version, waiting));
                    return Whose::Own(Turn {
                        answers: Arc::clone(&self.0),
                        version,
                        key: key.clone(),
                        told,
                    });
                }
            }
        };
        match waiting.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone()) {
            Some(answer) => Whose::Done(answer),
            None => Whose::Failed,
        }
    }
}

impl Turn {
    /// Answers all who wait, and remembers the answer while its state lasts.
    pub(super) fn answer(self, remembered: Remembered) {
        if remembered.body.len() <= MOST_BYTES {
            lock(&self.answers).keep(self.version, self.key.clone(), remembered.clone());
        }
        self.told.send_replace(Some(remembered));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut answers = lock(&self.answers);
        if answers.under_way.get(&self.key).is_some_and(|(since, _)| *since == self.version) {
            answers.under_way.remove(&self.key);
        }
    }
}

impl Answers {
    fn keep(&mut self, version: u64, key: Key, remembered: Remembered) {
        // An answer of an older state than those kept came too late.
        if self.version > version {
            return;
        }
        if self.version < version || self.bytes >= MOST {
            self.by_request.clear();
            self.bytes = 0;
            self.version = version;
        }
        self.bytes += remembered.body.len() + AROUND;
        self.by_request.insert(key, remembered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::digest_of;

    fn key(token: &str, path: &str) -> Key {
        (token.to_owned(), path.to_owned())
    }

    fn answer(body: &'static [u8]) -> Remembered {
        Remembered {
            media_type: "application/json",
            body: Bytes::from_static(body),
            etag: None,
            digest: digest_of(body),
            caller: "me".to_owned(),
            until: Timestamp::from_micros(9),
        }
    }

    async fn own(memory: &Memory, version: u64, key: &Key) -> Turn {
        match memory.turn(version, key).await {
            Whose::Own(turn) => turn,
            Whose::Done(_) | Whose::Failed => panic!("somebody else's turn"),
        }
    }

    #[actix_web::test]
    async fn an_answer_holds_for_its_bearer_its_version_and_its_time() {
        let memory = Memory::default();
        let (now, later) = (Timestamp::from_micros(1), Timestamp::from_micros(9));
        own(&memory, 3, &key("t", "/a")).await.answer(answer(b"x"));
        assert!(memory.recall(3, now, &key("t", "/a")).is_some());
        assert!(memory.recall(3, later, &key("t", "/a")).is_none());
        assert!(memory.recall(4, now, &key("t", "/a")).is_none());
        assert!(memory.recall(3, now, &key("u", "/a")).is_none());
        assert!(memory.recall(3, now, &key("t", "/b")).is_none());
        own(&memory, 4, &key("t", "/b")).await.answer(answer(b"y"));
        own(&memory, 3, &key("t", "/a")).await.answer(answer(b"x"));
        assert!(memory.recall(3, now, &key("t", "/a")).is_none());
        assert!(memory.recall(4, now, &key("t", "/b")).is_some());
    }

    #[actix_web::test]
    async fn who_asks_meanwhile_gets_the_answer_that_is_being_worked_out() {
        let memory = Memory::default();
        let asked = key("t", "/a");
        let turn = own(&memory, 3, &asked).await;
        let (same, before) = (memory.turn(3, &asked), memory.turn(2, &asked));
        // Another bearer, another address, a state that came since: their own work.
        let others = (own(&memory, 3, &key("u", "/a")).await, own(&memory, 3, &key("t", "/b")).await);
        let (same, before, ()) = futures_util::join!(same, before, async { turn.answer(answer(b"x")) });
        assert!(matches!(same, Whose::Done(found) if *found.body == *b"x"));
        assert!(matches!(before, Whose::Done(_)));
        drop(others);
        let (turn, newer) = (own(&memory, 3, &asked).await, own(&memory, 4, &asked).await);
        turn.answer(answer(b"x"));
        let (later, ()) = futures_util::join!(memory.turn(4, &asked), async { newer.answer(answer(b"y")) });
        assert!(matches!(later, Whose::Done(found) if *found.body == *b"y"));
        assert!(lock(&memory.0).under_way.is_empty());
    }

    #[actix_web::test]
    async fn who_waited_for_somebody_who_failed_does_it_himself() {
        let memory = Memory::default();
        let asked = key("t", "/a");
        let turn = own(&memory, 3, &asked).await;
        let (waited, ()) = futures_util::join!(memory.turn(3, &asked), async { drop(turn) });
        assert!(matches!(waited, Whose::Failed));
        own(&memory, 3, &asked).await;
        assert!(lock(&memory.0).under_way.is_empty());
    }
}
