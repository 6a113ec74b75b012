//! Keys that are kept outside the database: who reads the database can neither sign a token nor seal a record.
//!
//! They are one small JSON document, `qianglian-keys/1`, in a file of its owner's alone or printed by a command: a master
//! from which a key for each [`Purpose`] is derived, and the keys that sign tokens, newest first. Signing keys rotate;
//! the master stays, as what is sealed is kept.

use std::fmt::{self, Display};
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::clock::Clock;
use crate::domain::record::canonical;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Seconds that what a signing key signs is good for at most: a browser's cookie.
pub(crate) const TOKENS_LAST: i64 = 12 * 60 * 60;
/// Seconds from the making of a signing key to its first use: by then every process has read it.
const SIGNS_AFTER: i64 = 60;
const FORMAT: &str = "qianglian-keys/1";

/// What a MAC is for. Each purpose has a key of its own, so that none can be taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Tells keys apart in the database.
    Fingerprint,
    /// Binds a trip to the platform to the browser that sets out.
    Platform,
    /// Names and masks the answer to somebody without an account.
    PublicAnswer,
    /// What the database knows the codes of objections by.
    ObjectionCode,
    /// Codes by which whoever objects shows that letters reach them.
    ReachCode,
    /// Makes the secrets of one-time links that go by mail.
    LinkCode,
    /// Makes the secrets that apps share which make codes.
    Totp,
    /// Seals recovery codes.
    RecoveryCode,
    /// Says in a ticket for the second factor which password it follows.
    PasswordState,
    /// Marks the challenges that passkeys answer to as ours.
    PasskeyChallenge,
    /// Makes the refresh token that follows another.
    RefreshToken,
    /// Makes the secrets by which messages to webhooks are signed.
    Webhook,
}

impl Purpose {
    /// What the purpose's key is derived by; never changed.
    fn label(self) -> &'static str {
        match self {
            Self::Fingerprint => "qianglian/fingerprint/1",
            Self::Platform => "qianglian/platform/1",
            Self::PublicAnswer => "qianglian/public-answer/1",
            Self::ObjectionCode => "qianglian/objection-code/1",
            Self::ReachCode => "qianglian/reach-code/1",
            Self::LinkCode => "qianglian/link-code/1",
            Self::Totp => "qianglian/totp/1",
            Self::RecoveryCode => "qianglian/recovery-code/1",
            Self::PasswordState => "qianglian/password-state/1",
            Self::PasskeyChallenge => "qianglian/passkey-challenge/1",
            Self::RefreshToken => "qianglian/refresh-token/1",
            Self::Webhook => "qianglian/webhook/1",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file that its owner alone may read.
    File(PathBuf),
    /// A command that prints what such a file holds.
    Command(String),
}

/// A command may hold a password.
impl Display for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Command(_) => formatter.write_str("--keys-command"),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, formatter)
    }
}

/// 32 bytes that are told to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Secret([u8; 32]);

impl Secret {
    /// Of the machine's chance, also where time is simulated: the keys of a demonstration are no easier to guess.
    fn new() -> Self {
        Self(Clock::machine().secret())
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;
    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| "64 hexadecimal digits are expected")?;
        Ok(Self(bytes))
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        hex::encode(secret.0)
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningKey {
    id: String,
    secret: Secret,
    made_at: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    format: String,
    master: Secret,
    /// Newest first.
    signing: Vec<SigningKey>,
}

impl Ring {
    /// The newest key that all processes know by now; the oldest where none is old enough.
    fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        let known = |key: &&SigningKey| now.seconds_since(key.made_at) >= SIGNS_AFTER;
        self.signing.iter().find(known).or(self.signing.last())
    }

    /// Keys some of whose tokens may still be good.
    fn verifying(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        let ended = move |newer: &SigningKey| now.seconds_since(newer.made_at) > SIGNS_AFTER + TOKENS_LAST;
        let newer = std::iter::once(None).chain(self.signing.iter().map(Some));
        self.signing.iter().zip(newer).filter(move |(_, newer)| !newer.is_some_and(ended)).map(|(key, _)| key)
    }
}

/// A key that signs.
pub(crate) struct Signing {
    /// Named in what it signs.
    pub(crate) id: String,
    pub(crate) secret: [u8; 32],
}

/// The keys that hold. Cheap to clone; all clones change together when they are read again.
#[derive(Clone)]
pub struct Keys(Arc<Shared>);

struct Shared {
    source: KeySource,
    ring: RwLock<Arc<Ring>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.ring();
        let ids: Vec<&str> = ring.signing.iter().map(|key| key.id.as_str()).collect();
        formatter.debug_struct("Keys").field("source", &self.0.source).field("signing", &ids).finish()
    }
}

impl Keys {
    fn new(source: &KeySource, ring: Ring) -> Self {
        Self(Arc::new(Shared { source: source.clone(), ring: RwLock::new(Arc::new(ring)) }))
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys; nothing where there is no file.
    ///
    /// # Errors
    /// If they can't be read, others than the owner may read them, or they are not in their format.
    pub fn read(source: &KeySource) -> Result<Option<Self>> {
        Ok(ring_of(source)?.map(|ring| Self::new(source, ring)))
    }

    /// Makes keys. `former` signed before: they verify for as long as what they signed is good, and sign no more.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn make(source: &KeySource, now: Timestamp, former: &[(String, Vec<u8>)]) -> Result<Self> {
        let KeySource::File(path) = source else { return Err(printed_nothing()) };
        // Nobody has known this key for less than all processes have: it is the first, or they are only starting.
        let mut signing = vec![new_key(now.plus_seconds(-SIGNS_AFTER))];
        for (id, secret) in former {
            if let Ok(secret) = <[u8; 32]>::try_from(secret.as_slice()) {
                signing.push(SigningKey {
                    id: id.clone(),
                    secret: Secret(secret),
                    made_at: signing[0].made_at,
                });
            }
        }
        let made = Ring { format: FORMAT.to_owned(), master: Secret::new(), signing };
        put(path, &made, false)
            .map_err(|error| cannot("写入密钥文件", "write the file of keys", path, &error))?;
        // Another process may have been first.
        Self::read(source)?.ok_or_else(|| Error::internal("the keys have gone"))
    }

    /// Reads the keys again; whether they have changed.
    ///
    /// # Errors
    /// If they can't be read, or are those of another database: the former stay.
    pub fn reread(&self) -> Result<bool> {
        let source = &self.0.source;
        let ring = ring_of(source)?.ok_or_else(|| unusable(source, "没有密钥", "there are no keys"))?;
        let before = self.ring();
        if ring.master != before.master {
            return Err(unusable(source, "是另一数据库的密钥", "these are keys of another database"));
        }
        let changed = ring != *before;
        if changed {
            *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        }
        Ok(changed)
    }

    /// How often to read them again.
    pub fn reread_every(&self) -> Duration {
        match self.0.source {
            KeySource::File(_) => Duration::from_secs(3),
            KeySource::Command(_) => Duration::from_secs(30),
        }
    }

    /// A MAC of some bytes for one purpose: HMAC-SHA256 under a key that is derived for it from the master.
    pub fn mac(&self, purpose: Purpose, bytes: &[u8]) -> [u8; 32] {
        hmac(&hmac(&self.ring().master.0, purpose.label().as_bytes()), bytes)
    }

    /// Whether a MAC is that of some bytes, told in the same time whatever it is.
    pub fn is_mac(&self, purpose: Purpose, bytes: &[u8], mac: &[u8]) -> bool {
        let key = hmac(&self.ring().master.0, purpose.label().as_bytes());
        keyed(&key, bytes).verify_slice(mac).is_ok()
    }

    /// What the database knows these keys by.
    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(self.mac(Purpose::Fingerprint, b""))
    }

    pub(crate) fn signing(&self, now: Timestamp) -> Result<Signing> {
        let ring = self.ring();
        let key = ring.signing(now).ok_or_else(|| Error::internal("there is no signing key"))?;
        Ok(Signing { id: key.id.clone(), secret: key.secret.0 })
    }

    /// The secret of a signing key some of whose tokens may still be good.
    pub(crate) fn verifying(&self, id: &str, now: Timestamp) -> Option<[u8; 32]> {
        let ring = self.ring();
        ring.verifying(now).find(|key| key.id == id).map(|key| key.secret.0)
    }
}

/// Adds a signing key to a file, and drops those whose tokens have all ended; the new key's name.
///
/// # Errors
/// If there is no such file, or it can't be written.
pub fn rotate(source: &KeySource, now: Timestamp) -> Result<String> {
    let KeySource::File(path) = source else {
        return Err(unusable(
            source,
            "密钥由命令给出，请在其来源处更换",
            "a command gives the keys; change them where it reads",
        ));
    };
    let failed = |error: &io::Error| cannot("写入密钥文件", "write the file of keys", path, error);
    let _alone = lock(path).map_err(|error| failed(&error))?;
    let mut ring =
        ring_of(source)?.ok_or_else(|| unusable(source, "没有密钥文件", "there is no file of keys"))?;
    ring.signing = ring.verifying(now).cloned().collect();
    let key = new_key(now);
    let id = key.id.clone();
    ring.signing.insert(0, key);
    put(path, &ring, true).map_err(|error| failed(&error))?;
    Ok(id)
}

fn new_key(made_at: Timestamp) -> SigningKey {
    SigningKey { id: Clock::machine().new_id().to_string(), secret: Secret::new(), made_at }
}

/// HMAC-SHA256.
pub(crate) fn hmac(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    keyed(key, bytes).finalize().into_bytes().into()
}

fn keyed(key: &[u8], bytes: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(bytes);
    mac
}

fn ring_of(source: &KeySource) -> Result<Option<Ring>> {
    let bytes = match source {
        KeySource::File(path) => match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot("读取密钥文件", "read the file of keys", path, &error)),
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                return Err(unusable(
                    source,
                    "他人可以读取，请运行 chmod 600，并视情更换密钥",
                    "others may read it; run `chmod 600`, and rotate the keys if they might have",
                ));
            }
            Ok(_) => fs::read(path)
                .map_err(|error| cannot("读取密钥文件", "read the file of keys", path, &error))?,
        },
        KeySource::Command(command) => {
            let output = Command::new("sh").args(["-c", command]).output();
            let output = output.map_err(|error| cannot("运行", "run", Path::new("sh"), &error))?;
            if !output.status.success() {
                return Err(unusable(source, "命令失败", "the command failed"));
            }
            output.stdout
        }
    };
    // What is wrong is not told word by word: it might be a part of a secret.
    let ring = serde_json::from_slice::<Ring>(&bytes).ok();
    let ring = ring.filter(|ring| ring.format == FORMAT && !ring.signing.is_empty());
    ring.map(Some).ok_or_else(|| {
        unusable(
            source,
            "内容不是 qianglian-keys/1 格式的密钥",
            "what it holds is not in the format qianglian-keys/1",
        )
    })
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Keeps other changes of the keys of this directory waiting.
fn lock(path: &Path) -> io::Result<File> {
    let directory = File::open(directory_of(path))?;
    directory.lock()?;
    Ok(directory)
}

/// Writes a file whole or not at all, and for good; one that is there is left as it is unless it is to be replaced.
fn put(path: &Path, ring: &Ring, replace: bool) -> io::Result<()> {
    let directory = directory_of(path);
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let draft = path.with_extension(format!("{}.new", Clock::machine().new_id()));
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(&draft)?;
    let written = (|| {
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(canonical(ring).as_bytes())?;
        file.sync_all()?;
        if replace {
            return fs::rename(&draft, path);
        }
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    })();
    if !replace || written.is_err() {
        fs::remove_file(&draft)?;
    }
    written?;
    File::open(directory)?.sync_all()
}

fn cannot(zh: &str, en: &str, path: &Path, error: &io::Error) -> Error {
    Error::bad_request(
        "keys",
        format!("无法{zh} {}：{error}", path.display()),
        format!("Can't {en} {}: {error}", path.display()),
    )
}

fn unusable(source: &KeySource, zh: &str, en: &str) -> Error {
    Error::bad_request(
        "keys",
        format!("密钥 {source} 不能使用：{zh}"),
        format!("The keys of {source} can't be used: {en}"),
    )
}

fn printed_nothing() -> Error {
    unusable(&KeySource::Command(String::new()), "命令没有给出密钥", "the command gave no keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn a_new_key_signs_once_all_know_it_and_an_old_one_verifies_until_its_tokens_have_ended() {
        let directory = tempfile::tempdir().unwrap();
        let source = KeySource::File(directory.path().join("keys.json"));
        let former = ("former".to_owned(), vec![7; 32]);
        let keys = Keys::make(&source, at(0), &[former]).unwrap();
        let first = keys.signing(at(0)).unwrap().id;
        assert_eq!(keys.verifying("former", at(0)), Some([7; 32]));
        assert_ne!(first, "former");
        assert_eq!(keys.verifying("former", at(TOKENS_LAST + 1)), None);

        let (fingerprint, start) = (keys.fingerprint(), TOKENS_LAST + 1000);
        let second = rotate(&source, at(start)).unwrap();
        assert!(keys.reread().unwrap() && !keys.reread().unwrap());
        assert_eq!(keys.fingerprint(), fingerprint);
        assert_eq!(keys.signing(at(start + SIGNS_AFTER - 1)).unwrap().id, first);
        assert_eq!(keys.signing(at(start + SIGNS_AFTER)).unwrap().id, second);
        let last = start + SIGNS_AFTER + TOKENS_LAST;
        assert!(keys.verifying(&first, at(last)).is_some());
        assert!(keys.verifying(&first, at(last + 1)).is_none());
        assert!(keys.verifying(&second, at(last + 1)).is_some());
        // What can no longer verify is dropped at the next rotation.
        rotate(&source, at(last + 1)).unwrap();
        let text = fs::read_to_string(directory.path().join("keys.json")).unwrap();
        assert!(!text.contains(&first) && text.contains(&second));
        assert!(!format!("{keys:?}").contains(&hex::encode(keys.ring().master.0)));
    }

    #[test]
    fn a_file_is_made_once_for_its_owner_alone_and_refused_where_others_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/keys.json");
        let source = KeySource::File(path.clone());
        assert!(Keys::read(&source).unwrap().is_none());
        let one = Keys::make(&source, at(0), &[]).unwrap();
        let two = Keys::make(&source, at(0), &[]).unwrap();
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let printed = KeySource::Command(format!("cat '{}'", path.display()));
        assert_eq!(Keys::read(&printed).unwrap().unwrap().fingerprint(), one.fingerprint());
        assert!(Keys::read(&KeySource::Command("exit 3".to_owned())).is_err());
        for mode in [0o640, 0o604] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(Keys::read(&source).unwrap_err().message.en.contains("chmod 600"));
            assert!(one.reread().is_err());
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "{}").unwrap();
        assert!(Keys::read(&source).is_err());
    }
}
