//! Answers under idempotency keys: who asks again with the same key gets the same answer, and nothing is done twice.
//!
//! An account's keys are its own. Who has no account has only the key itself, which is a secret of their making: their
//! answer is kept under a name that is made of the key and of all that was asked, and masked by the same, with keys that
//! are outside the database. So nobody finds or reads it but who sends the same request with the same key, and nobody's
//! key stands in another's way. An answer that has a secret, such as a one-time link, is kept in the same way.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Idempotency, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::answers::{self, Texts};
use crate::domain::ids::AccountId;
use crate::domain::record::{Digest, canonical, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::files::FileDigest;
use crate::keys::{Keys, Purpose};

/// Seconds that a masked answer is kept. What somebody without an account may ask for in that
/// time is bounded by the public's quotas, and so is what is kept.
const KEPT: i64 = 24 * 3600;

/// An answer as it was sent. It is sent again as it is, whatever a later version of the program would answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAnswer {
    pub status: u16,
    /// What its body is; none where it has no body.
    pub media_type: Option<String>,
    pub etag: Option<String>,
    pub location: Option<String>,
    pub body: String,
}

/// The texts of an answer that are kept. Each has a mask of its own: two under one mask would give each other away.
#[derive(Clone, Copy)]
enum Text {
    /// As the program has it; empty while it is being worked out.
    Typed,
    /// As it was sent, if that is stored.
    Sent,
}

impl Text {
    fn of(self, texts: Texts) -> Option<String> {
        match self {
            Self::Typed => Some(texts.body),
            Self::Sent => texts.sent,
        }
    }

    /// The first part of what masks it.
    fn mask(self) -> u32 {
        match self {
            Self::Typed => 1,
            Self::Sent => 1 << 31,
        }
    }
}

/// Whose answer it is, and what it is found by.
enum Owner<'a> {
    Account(AccountId, &'a str, Digest),
    Masked(Masked),
}

/// Somebody without an account, or whose answer has a secret.
struct Masked {
    keys: Keys,
    secret: Vec<u8>,
}

impl Masked {
    /// A part of what only this key with this request makes: the first names the answer, the others mask it.
    fn part(&self, number: u32) -> [u8; 32] {
        self.keys.mac(Purpose::PublicAnswer, &[&number.to_be_bytes()[..], &self.secret].concat())
    }

    fn id(&self) -> String {
        hex::encode(self.part(0))
    }

    fn readable(&self, text: Text, masked: &str) -> Result<String> {
        let bytes = hex::decode(masked).map_err(|error| Error::internal(error.to_string()))?;
        String::from_utf8(self.masked(text, &bytes)).map_err(|error| Error::internal(error.to_string()))
    }

    /// Masks what is readable, or makes what is masked readable.
    fn masked(&self, text: Text, bytes: &[u8]) -> Vec<u8> {
        let mask = (text.mask()..).flat_map(|number| self.part(number));
        bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
    }
}

impl<'a> Owner<'a> {
    fn of(keys: &Keys, context: &'a RequestContext) -> Option<Self> {
        let Idempotency { key, fingerprint, in_secret } = context.idempotency.as_ref()?;
        let account = context.caller.as_ref().map(|caller| caller.account);
        Some(match account {
            Some(account) if !in_secret => Self::Account(account, key, *fingerprint),
            _ => {
                let account = account.map(|account| account.to_string()).unwrap_or_default();
                let secret = [&fingerprint.0[..], key.as_bytes(), account.as_bytes()].concat();
                Self::Masked(Masked { keys: keys.clone(), secret })
            }
        })
    }

    /// A text of the answer that was given.
    fn find(&self, conn: &mut Conn, text: Text) -> Result<Option<String>> {
        match self {
            Self::Account(account, key, fingerprint) => match answers::find(conn, *account, key)? {
                Some((other, _)) if other != *fingerprint => Err(reused()),
                found => Ok(found.and_then(|(_, texts)| text.of(texts))),
            },
            Self::Masked(masked) => {
                let found = answers::find_public(conn, &masked.id())?.and_then(|texts| text.of(texts));
                found.map(|found| masked.readable(text, &found)).transpose()
            }
        }
    }

    fn reserve(&self, conn: &mut Conn, now: Timestamp) -> Result<bool> {
        match self {
            Self::Account(account, key, fingerprint) => {
                answers::reserve(conn, *account, key, *fingerprint, now)
            }
            Self::Masked(masked) => answers::reserve_public(conn, &masked.id(), now),
        }
    }
}

fn reused() -> Error {
    Error::invalid_field(
        "",
        "idempotency_key_reused",
        "这份表单已用另外的内容提交过，请刷新页面后重新填写提交（程序请换用一个新的键）",
        "This idempotency key was used for another request; use a new one",
    )
}

fn replayed<T: DeserializeOwned>(context: &RequestContext, body: &str) -> Result<T> {
    context.replayed.store(true, Ordering::Relaxed);
    parse(body)
}

/// The answer that the request got already; else its key is reserved for the one that this transaction will give.
pub(super) fn stored<T: DeserializeOwned>(
    conn: &mut Conn,
    keys: &Keys,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Option<T>> {
    let Some(owner) = Owner::of(keys, context) else { return Ok(None) };
    if owner.reserve(conn, now)? {
        return Ok(None);
    }
    owner.find(conn, Text::Typed)?.map(|body| replayed(context, &body)).transpose()
}

/// Stores the answer under the key that was reserved for it.
pub(super) fn store<T: Serialize>(
    conn: &mut Conn,
    keys: &Keys,
    context: &RequestContext,
    now: Timestamp,
    value: &T,
) -> Result<()> {
    match Owner::of(keys, context) {
        None => Ok(()),
        Some(Owner::Account(account, key, _)) => answers::store(conn, account, key, &canonical(value)),
        Some(Owner::Masked(masked)) => {
            let body = hex::encode(masked.masked(Text::Typed, canonical(value).as_bytes()));
            answers::store_public(conn, &masked.id(), &body, now.plus_seconds(-KEPT))
        }
    }
}

/// A text of the answer that the request got already.
async fn kept(service: &Service, context: &Arc<RequestContext>, text: Text) -> Result<Option<String>> {
    if context.idempotency.is_none() {
        return Ok(None);
    }
    let (keys, asking) = (service.keys.clone(), Arc::clone(context));
    let look = move |conn: &mut Conn| match Owner::of(&keys, &asking) {
        Some(owner) => owner.find(conn, text),
        None => Ok(None),
    };
    service.db.read("answer", look).await
}

/// What was sent to the request already, if that is stored.
///
/// # Errors
/// If its key was used for another request.
pub async fn sent(service: &Service, context: &Arc<RequestContext>) -> Result<Option<SentAnswer>> {
    kept(service, context, Text::Sent).await?.map(|sent| replayed(context, &sent)).transpose()
}

/// Stores what is sent, so that it is sent again as it is. The answer stands already in the form that the program has for
/// it, so that this may fail: then it is made of that again.
pub async fn store_sent(service: &Service, context: &Arc<RequestContext>, answer: SentAnswer) {
    if context.idempotency.is_none() {
        return;
    }
    let (keys, asked, text) = (service.keys.clone(), Arc::clone(context), canonical(&answer));
    let store = move |conn: &mut Conn| match Owner::of(&keys, &asked) {
        None => Ok(()),
        Some(Owner::Account(account, key, _)) => answers::store_sent(conn, account, key, &text),
        Some(Owner::Masked(masked)) => {
            let text = hex::encode(masked.masked(Text::Sent, text.as_bytes()));
            answers::store_sent_public(conn, &masked.id(), &text)
        }
    };
    if let Err(error) = service.db.write("answer.sent", store).await {
        tracing::warn!(%error, "an answer is not stored as it was sent");
    }
}

/// The answer that the request got already, where what comes before the act would refuse to do it twice.
pub(super) async fn earlier<T: DeserializeOwned + Send + 'static>(
    service: &Service,
    context: &Arc<RequestContext>,
) -> Result<Option<T>> {
    let body = kept(service, context, Text::Typed).await?;
    body.filter(|body| !body.is_empty()).map(|body| replayed(context, &body)).transpose()
}

/// The context as it is for a file of a content: with one key, each file is one act.
pub fn for_file(context: &Arc<RequestContext>, digest: FileDigest) -> Arc<RequestContext> {
    let Some(idempotency) = &context.idempotency else { return Arc::clone(context) };
    let key = digest_of([idempotency.key.as_bytes(), &digest.as_bytes()[..]].concat()).to_string();
    let idempotency = Some(Idempotency { key, ..idempotency.clone() });
    Arc::new(RequestContext { idempotency, ..context.as_ref().clone() })
}
