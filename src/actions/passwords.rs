//! Passwords: which are accepted, and how they are hashed without letting a flood of logins take the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use crate::clock::Clock;
use crate::domain::problem::FieldProblem;
use crate::domain::text::normalised;
use crate::error::{Error, Result};

/// The fewest and the most characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;
/// Hashes that are worked out at a time: one takes 19 MiB and about 25 ms of a core.
const AT_ONCE: usize = 2;
/// Hashes that may wait; 400 that did took 1 GB and made everything else wait 16 s (measured).
const WAITING: usize = 50;

/// Words of the field that make a password easy to guess here, beside the dictionaries of zxcvbn.
const FIELD_WORDS: [&str; 8] =
    ["qianglian", "jiangsu", "jingsai", "chanyelian", "zhuoyue", "competition", "chain", "excellent"];

/// Hashes and checks passwords with Argon2id (19 MiB, 2 passes, 1 lane: OWASP's least), a few at a time.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// What an unknown name's password is compared with, so that it takes as long as a known one's.
    nobody: Arc<str>,
}

impl Hasher {
    /// A hasher with the strength that is used in service.
    ///
    /// # Panics
    /// Never: the parameters are valid.
    pub fn new(clock: &Clock) -> Self {
        Self::with_cost(clock, 19_456, 2)
    }

    /// A hasher of another cost: for tests and demonstrations, which hash for hundreds of accounts.
    ///
    /// # Panics
    /// If Argon2 does not allow these parameters.
    pub fn with_cost(clock: &Clock, kib: u32, passes: u32) -> Self {
        let params = Params::new(kib, passes, 1, None).expect("valid Argon2 parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody =
            hash(&argon2, "no account has this password", &clock.secret()).expect("a short password hashes");
        Self {
            argon2,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::default(),
            nobody: nobody.into(),
        }
    }

    /// The hash of a password, with a salt from `clock`.
    ///
    /// # Errors
    /// If too many wait already.
    pub async fn hash(&self, clock: &Clock, password: String) -> Result<String> {
        let (argon2, salt) = (self.argon2.clone(), clock.secret::<16>());
        self.in_turn(move || hash(&argon2, &password, &salt)).await?
    }

    /// Whether a password is that of a hash. Without a hash (no such account) it takes as long and is not.
    ///
    /// # Errors
    /// If too many wait already.
    pub async fn verify(&self, password: String, against: Option<String>) -> Result<bool> {
        let argon2 = self.argon2.clone();
        let nobody = Arc::clone(&self.nobody);
        self.in_turn(move || {
            let known = against.is_some();
            let text = against.as_deref().unwrap_or(&nobody);
            let matches = PasswordHash::new(text)
                .is_ok_and(|hash| argon2.verify_password(normalised(password).as_bytes(), &hash).is_ok());
            matches && known
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let waiting = Waiting(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Error::busy(2));
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| Error::internal("the hasher is closed"))?;
        let value = tokio::task::spawn_blocking(move || {
            let value = work();
            drop((turn, waiting));
            value
        });
        value.await.map_err(|error| Error::internal(format!("hashing failed: {error}")))
    }
}

/// Counts somebody who waits, until dropped: also when they go away.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hash(argon2: &Argon2<'_>, password: &str, salt: &[u8; 16]) -> Result<String> {
    let hash = argon2.hash_password_with_salt(normalised(password.to_owned()).as_bytes(), salt);
    hash.map(|hash| hash.to_string()).map_err(|error| Error::internal(format!("hashing failed: {error}")))
}

/// What is wrong with a password that somebody wants: `own` are words that others know of them.
pub(crate) fn check_password(pointer: &str, password: &str, own: &[&str]) -> Vec<FieldProblem> {
    let weak = |code, zh: &str, en: &str| vec![FieldProblem::new(pointer, code, zh, en)];
    if !LENGTH.contains(&password.chars().count()) {
        return weak("password_length", "密码须为12至128个字符", "A password has 12 to 128 characters");
    }
    let words: Vec<&str> = own.iter().chain(&FIELD_WORDS).copied().filter(|word| !word.is_empty()).collect();
    if zxcvbn(password, &words).score() < Score::Three {
        return weak(
            "password_guessable",
            "密码太容易被猜到：请避免常用词、姓名、日期、键盘顺序，可用几个不相干的词组成",
            "The password is too easy to guess: avoid common words, names, dates and keyboard rows; several unrelated words do well",
        );
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::poll;

    use super::*;
    use crate::domain::time::Timestamp;
    use crate::error::Kind;

    #[tokio::test]
    async fn of_a_flood_of_logins_fifty_wait_and_the_rest_are_told_to_come_back() {
        let clock = Clock::simulated(Timestamp::from_micros(0), 1);
        let hasher = Hasher::with_cost(&clock, 8, 1);
        // Nobody's turn comes before all have arrived, however fast the hashes and slow the machine.
        let turns =
            Arc::clone(&hasher.turns).acquire_many_owned(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        let mut waiting = Vec::new();
        let mut refused = 0;
        for _ in 0..60 {
            let mut login = Box::pin(hasher.verify("guess".to_owned(), None));
            match poll!(&mut login) {
                Poll::Pending => waiting.push(login),
                Poll::Ready(answer) => {
                    assert!(matches!(&answer, Err(error) if error.kind == Kind::Busy), "{answer:?}");
                    refused += 1;
                }
            }
        }
        assert_eq!((waiting.len(), refused), (WAITING, 10));
        drop(turns);
        for login in waiting {
            assert_eq!(login.await, Ok(false));
        }
        assert_eq!(hasher.verify("guess".to_owned(), None).await, Ok(false), "who waited has left the queue");
    }

    #[tokio::test]
    async fn a_password_is_known_again_however_its_characters_are_composed() {
        let clock = Clock::simulated(Timestamp::from_micros(0), 1);
        let hasher = Hasher::with_cost(&clock, 8, 1);
        let hash = hasher.hash(&clock, "caf\u{e9} 灯塔 42".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_eq!(hasher.verify("cafe\u{301} 灯塔 42".to_owned(), Some(hash.clone())).await, Ok(true));
        assert_eq!(hasher.verify("cafe 灯塔 42".to_owned(), Some(hash)).await, Ok(false));
    }

    #[test]
    fn short_common_and_own_words_are_refused() {
        let codes = |password: &str| {
            check_password("/password", password, &["suzhou_gxj", "苏州市"])
                .iter()
                .map(|p| p.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(codes("Abc12345"), ["password_length"]);
        assert_eq!(codes(&"长".repeat(129)), ["password_length"]);
        assert_eq!(codes("password1234"), ["password_guessable"]);
        assert_eq!(codes("suzhou_gxj123"), ["password_guessable"]);
        assert_eq!(codes("qianglian2026"), ["password_guessable"]);
        assert!(codes("梧桐 rain 42 灯塔 bicycle").is_empty());
        assert!(codes("correct-ferry-lantern-73").is_empty());
    }
}
