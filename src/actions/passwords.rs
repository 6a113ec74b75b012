//! Passwords: which are accepted, and how they are hashed without letting a flood of logins take the machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::{Semaphore, oneshot};
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

/// Characters that are examined for being easy to guess: what zxcvbn takes for it grows faster than their number.
const EXAMINED: usize = 72;

/// Words of the field that make a password easy to guess here, beside the dictionaries of zxcvbn.
const FIELD_WORDS: [&str; 18] = [
    "qianglian",
    "jiangsu",
    "jingsai",
    "chanyelian",
    "zhuoyue",
    "competition",
    "chain",
    "excellent",
    "nanjing",
    "suzhou",
    "gongxin",
    "shenbao",
    "pingshen",
    "zhuanjia",
    "强链",
    "江苏",
    "竞赛",
    "产业链",
];

/// What passwords are commonly put together from in China; zxcvbn knows English and keyboards.
const COMMON_WORDS: [&str; 66] = [
    "woaini",
    "woaiwo",
    "aini",
    "woai",
    "nihao",
    "laopo",
    "laogong",
    "baobei",
    "baobao",
    "mima",
    "wodemima",
    "zhongguo",
    "china",
    "beijing",
    "shanghai",
    "dierci",
    "yisheng",
    "yishi",
    "tiantian",
    "mama",
    "baba",
    "xiaoming",
    "admin",
    "administrator",
    "root",
    "user",
    "test",
    "guest",
    "pass",
    "password",
    "passwd",
    "passw0rd",
    "p@ssw0rd",
    "welcome",
    "hello",
    "love",
    "iloveyou",
    "baby",
    "huawei",
    "taobao",
    "weixin",
    "wechat",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyuiop",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "zxcv",
    "zxcvbn",
    "zxcvbnm",
    "1qaz",
    "2wsx",
    "3edc",
    "qazwsx",
    "abc",
    "我爱你",
    "你好",
    "密码",
    "中国",
    "一生一世",
    "wang",
    "zhang",
    "chen",
    "huang",
];

/// Numbers that stand for words, and the parts of dates.
const COMMON_NUMBERS: [&str; 20] = [
    "5201314", "1314", "520", "521", "530", "1234", "4321", "888", "666", "168", "518", "588", "110", "119",
    "147", "258", "369", "789", "202", "198",
];

/// What the characters that are left of a password without its common parts must be worth.
const WORTH: usize = 20;

/// Hashes and checks passwords with Argon2id (19 MiB, 2 passes, 1 lane: OWASP's least), a few at a time.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    work: flume::Sender<Work>,
    /// What an unknown name's password is compared with, so that it takes as long as a known one's.
    nobody: Arc<str>,
}

/// The blocks of memory that a thread hashes in, one hash after the other: given back and taken anew they would leave
/// a little more behind each time (500 MiB after some hundred, measured).
type Blocks = Vec<Block>;
type Work = Box<dyn FnOnce(&mut Blocks) + Send>;

impl Hasher {
    /// A hasher with the strength that is used in service.
    ///
    /// # Panics
    /// If the machine starts no more threads.
    pub fn new(clock: &Clock) -> Self {
        Self::with_cost(clock, 19_456, 2)
    }

    /// A hasher of another cost: for tests and demonstrations, which hash for hundreds of accounts.
    ///
    /// # Panics
    /// If Argon2 does not allow these parameters, or the machine starts no more threads.
    pub fn with_cost(clock: &Clock, kib: u32, passes: u32) -> Self {
        let params = Params::new(kib, passes, 1, None).expect("valid Argon2 parameters");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, "no account has this password", &clock.secret(), &mut Blocks::new())
            .expect("a short password hashes");
        let (work, queue) = flume::unbounded::<Work>();
        for _ in 0..AT_ONCE {
            let queue = queue.clone();
            let thread = std::thread::Builder::new().name("hasher".to_owned());
            thread.spawn(move || hash_one_by_one(&queue)).expect("a thread starts");
        }
        Self {
            argon2,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::default(),
            work,
            nobody: nobody.into(),
        }
    }

    /// The hash of a password, with a salt from `clock`.
    ///
    /// # Errors
    /// If too many wait already.
    pub async fn hash(&self, clock: &Clock, password: String) -> Result<String> {
        let (argon2, salt) = (self.argon2.clone(), clock.secret::<16>());
        self.in_turn(move |blocks| hash(&argon2, &password, &salt, blocks)).await?
    }

    /// Whether a password is that of a hash. Without a hash (no such account) it takes as long and is not.
    ///
    /// # Errors
    /// If too many wait already.
    pub async fn verify(&self, password: String, against: Option<String>) -> Result<bool> {
        let nobody = Arc::clone(&self.nobody);
        self.in_turn(move |blocks| {
            let known = against.is_some();
            let text = against.as_deref().unwrap_or(&nobody);
            let password = normalised(password);
            let matches = PasswordHash::new(text)
                .is_ok_and(|hash| matches(password.as_bytes(), &hash, blocks).unwrap_or(false));
            matches && known
        })
        .await
    }

    /// What is wrong with a password that somebody wants: `own` are words that others know of them.
    ///
    /// # Errors
    /// If too many wait already.
    pub(crate) async fn check(
        &self,
        pointer: &'static str,
        password: &str,
        own: &[&str],
    ) -> Result<Vec<FieldProblem>> {
        let password = password.to_owned();
        let own: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
        self.in_turn(move |_| check_password(pointer, &password, &own)).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Blocks) -> T + Send + 'static,
    ) -> Result<T> {
        let waiting = Waiting(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Error::busy(2));
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| Error::internal("the hasher is closed"))?;
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |blocks| {
            let value = work(blocks);
            drop((turn, waiting));
            // Who asked may have gone away.
            let _ = reply.send(value);
        });
        self.work.send(work).map_err(|_| Error::internal("nobody hashes any more"))?;
        answer.await.map_err(|_| Error::internal("hashing failed"))
    }
}

fn hash_one_by_one(queue: &flume::Receiver<Work>) {
    let mut blocks = Blocks::new();
    while let Ok(work) = queue.recv() {
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut blocks)));
        if worked.is_err() {
            tracing::error!("a hash panicked");
        }
    }
}

/// Counts somebody who waits, until dropped: also when they go away.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes of a hash.
const OUTPUT: usize = Params::DEFAULT_OUTPUT_LEN;

/// Works out a hash in `blocks`, which grow to what it needs and stay so.
fn digest(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    output: &mut [u8],
    blocks: &mut Blocks,
) -> argon2::Result<()> {
    let needed = argon2.params().block_count();
    if blocks.len() < needed {
        blocks.resize(needed, Block::new());
    }
    argon2.hash_password_into_with_memory(password, salt, output, &mut blocks[..needed])
}

fn hash(argon2: &Argon2<'_>, password: &str, salt: &[u8; 16], blocks: &mut Blocks) -> Result<String> {
    let mut output = [0; OUTPUT];
    digest(argon2, normalised(password.to_owned()).as_bytes(), salt, &mut output, blocks)
        .map_err(|error| Error::internal(format!("hashing failed: {error}")))?;
    let params = argon2.params();
    Ok(format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        params.m_cost(),
        params.t_cost(),
        params.p_cost(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(output)
    ))
}

/// Whether a password is that of a hash, worked out with the hash's own algorithm and cost; none if it can't be read.
fn matches(password: &[u8], hash: &PasswordHash, blocks: &mut Blocks) -> Option<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
    let (salt, expected) = (hash.salt?, hash.hash?);
    let mut output = vec![0; expected.len()];
    digest(&argon2, password, salt.as_ref(), &mut output, blocks).ok()?;
    // The library compares these in constant time.
    Some(Output::new(&output).ok()? == expected)
}

fn check_password(pointer: &str, password: &str, own: &[String]) -> Vec<FieldProblem> {
    let weak = |code, zh: &str, en: &str| vec![FieldProblem::new(pointer, code, zh, en)];
    if !LENGTH.contains(&password.chars().count()) {
        return weak("password_length", "密码须为12至128个字符", "A password has 12 to 128 characters");
    }
    let examined: String = password.chars().take(EXAMINED).collect();
    let own = own.iter().map(String::as_str).filter(|word| !word.is_empty());
    let words: Vec<&str> = own.chain(FIELD_WORDS).collect();
    if zxcvbn(&examined, &words).score() < Score::Three || worth(&examined, &words) < WORTH {
        return weak(
            "password_guessable",
            "密码太容易被猜到：请避免常用词、姓名、日期、键盘顺序，可用几个不相干的词组成",
            "The password is too easy to guess: avoid common words, names, dates and keyboard rows; several unrelated words do well",
        );
    }
    Vec::new()
}

/// What is left of a password without common words and numbers, rows of neighbours and what it says again: a letter is
/// worth 4, a digit 2, a Chinese character 6, any other sign 1.
fn worth(password: &str, words: &[&str]) -> usize {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let parts = words.iter().chain(&COMMON_WORDS).chain(&COMMON_NUMBERS);
    let parts: Vec<Vec<char>> = parts.map(|part| lower(part)).filter(|part| part.len() > 1).collect();
    let text = lower(password);
    let (mut at, mut worth) = (0, 0);
    while let Some(&sign) = text.get(at) {
        let rest = &text[at..];
        let common = parts.iter().filter(|part| rest.starts_with(part)).map(Vec::len).max();
        let again = rest.get(..3).is_some_and(|chunk| text[..at].windows(3).any(|before| before == chunk));
        let before = at.checked_sub(1).map(|before| u32::from(text[before]));
        if let Some(length) = common {
            at += length;
        } else if again {
            at += 3;
        } else {
            let neighbour = before.is_some_and(|before| before.abs_diff(u32::from(sign)) <= 1);
            worth += match sign {
                _ if neighbour => 0,
                '0'..='9' => 2,
                _ if sign.is_ascii_alphabetic() => 4,
                _ if sign.is_alphabetic() => 6,
                _ => 1,
            };
            at += 1;
        }
    }
    worth
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
            check_password("/password", password, &["suzhou_gxj".to_owned(), "苏州市".to_owned()])
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

    #[test]
    fn what_is_put_together_from_common_parts_is_refused() {
        let guessable = |password: &str| !check_password("/password", password, &[]).is_empty();
        for password in [
            "Woaini1314520",
            "admin@123456789",
            "5201314520131",
            "woaini5201314!",
            "Laopo@5201314",
            "zhongguo@2026888",
            "qianglian@520520",
            "jiangsu_admin_8888",
            "Nanjing!147258369",
            "Huawei@12345678",
            "wodemima123456!",
            "我爱你一生一世5201314",
            "江苏强链竞赛产业链20261129",
            "zhang19880101wang",
        ] {
            assert!(guessable(password), "{password}");
        }
        for password in [
            "梧桐-bicycle-42-灯塔",
            "x7!Qv9@Lp$2Rw",
            "gaoshan liushui 77 xilan",
            "wugui-chengqiang-42-yaoshi",
            "春江花月夜与旧自行车铃响了",
        ] {
            assert!(!guessable(password), "{password}");
        }
    }

    #[test]
    fn of_a_long_password_only_the_beginning_counts() {
        let guessable = |password: &str| !check_password("/password", password, &[]).is_empty();
        let strong = "wugui-chengqiang-42-yaoshi";
        let common = "woaini".repeat(EXAMINED / 6);
        assert!(guessable(&format!("{common}{strong}")), "what stands behind is not looked at");
        assert!(!guessable(&format!("{strong}{common}")));
    }
}
