//! Passkeys of one's own account: what a browser is asked, and what it answers.
//!
//! A challenge is told by nothing that is stored: it names when it ends, and a MAC says that it is ours and for whom, for
//! what and in which session. Once answered it is kept until it ends, so that it does once.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::db::Conn;
use crate::db::accounts::Account;
use crate::db::passkeys::{self, Passkey};
use crate::domain::ids::{AccountId, PasskeyId, SessionId};
use crate::domain::lengths;
use crate::domain::passkey::{self, ALGORITHMS, Assertion, Flaw, Known, Made, Site};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::keys::{Keys, Purpose};

/// Seconds that a challenge lasts.
const LASTS: i64 = 5 * 60;
/// Bytes of chance in a challenge.
const NONCE: usize = 16;
/// Bytes of the time in it.
const TIME: usize = 8;

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyView {
    /// Its identifier here.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl From<Passkey> for PasskeyView {
    fn from(row: Passkey) -> Self {
        Self { id: row.id, name: row.name, added_at: row.added_at, used_at: row.used_at }
    }
}

/// What a browser is asked to make a passkey with: the standard's `PublicKeyCredentialCreationOptionsJSON`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyCreationView {
    pub rp: PasskeySiteView,
    /// The account.
    pub user: PasskeyUserView,
    /// What is to be answered to, in base64url; good once, for five minutes, in this session.
    pub challenge: String,
    /// The algorithms that do, best first.
    pub pub_key_cred_params: Vec<PasskeyAlgorithmView>,
    /// Milliseconds that it lasts.
    pub timeout: i64,
    /// Those that the account has, which are not made again.
    pub exclude_credentials: Vec<PasskeyDescriptorView>,
    /// What the authenticator should be able to do.
    pub authenticator_selection: PasskeySelectionView,
    /// Always `none`.
    pub attestation: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PasskeySiteView {
    /// Its host name.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// The account that a passkey is for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyUserView {
    /// What an authenticator knows it by, in base64url.
    pub id: String,
    /// Its login name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyAlgorithmView {
    /// Always `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number in COSE.
    pub alg: i64,
}

/// A passkey, as browsers name it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyDescriptorView {
    /// Always `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What its authenticator knows it by, in base64url.
    pub id: String,
}

/// What an authenticator should be able to do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySelectionView {
    /// Always `preferred`: kept with its owner's other passkeys, where there is room.
    pub resident_key: String,
    /// Always `preferred`: the password comes first anyway.
    pub user_verification: String,
}

/// What a browser is asked to show a passkey with: the standard's `PublicKeyCredentialRequestOptionsJSON`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRequestView {
    /// What is to be answered to, in base64url; good once, for five minutes, for this account and act alone.
    pub challenge: String,
    /// Milliseconds that it lasts.
    pub timeout: i64,
    /// The host name of the site.
    pub rp_id: String,
    /// The passkeys that do.
    pub allow_credentials: Vec<PasskeyDescriptorView>,
    /// Always `preferred`.
    pub user_verification: String,
}

/// A passkey that was made.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct NewCredential {
    /// The browser's `response.clientDataJSON`, in base64url.
    #[validate(length(min = 1, max = 4000))]
    pub client_data: String,
    /// Its `response.attestationObject`, in base64url.
    #[validate(length(min = 1, max = 8000))]
    pub attestation: String,
}

#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct AddPasskey {
    /// What its owner calls it: 1 to 40 characters.
    #[schemars(length(min = 1, max = lengths::TAG))]
    pub name: String,
    /// What the browser answered.
    #[validate(nested)]
    pub credential: NewCredential,
}

/// A passkey that is shown.
#[derive(Clone, Deserialize, JsonSchema, Validate)]
#[schemars(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The browser's `id`.
    #[validate(length(min = 1, max = 1364))]
    pub credential_id: String,
    /// Its `response.clientDataJSON`, in base64url.
    #[validate(length(min = 1, max = 4000))]
    pub client_data: String,
    /// Its `response.authenticatorData`, in base64url.
    #[validate(length(min = 1, max = 4000))]
    pub authenticator_data: String,
    /// Its `response.signature`, in base64url.
    #[validate(length(min = 1, max = 1000))]
    pub signature: String,
    /// Its `response.userHandle`, in base64url, where it has one.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    pub user_handle: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Add,
    SignIn,
    Prove,
}

/// When a passkey is asked for: a challenge is good for this alone.
#[derive(Clone)]
pub(crate) struct Occasion {
    pub(crate) keys: Keys,
    pub(crate) site: Option<Arc<Site>>,
    pub(crate) purpose: For,
    pub(crate) account: AccountId,
    /// The session, or the one that a ticket is for.
    pub(crate) session: SessionId,
}

impl Occasion {
    /// What the MAC of a challenge is of: what it is for, and the front of it.
    fn bound(&self, front: &[u8]) -> Vec<u8> {
        let purpose = match self.purpose {
            For::Add => "add",
            For::SignIn => "sign_in",
            For::Prove => "prove",
        };
        let bound = format!("{purpose}\n{}\n{}\n", self.account, self.session);
        [bound.as_bytes(), front].concat()
    }

    fn challenge(&self, nonce: [u8; NONCE], now: Timestamp) -> String {
        let mut bytes = [nonce.as_slice(), &(now.seconds() + LASTS).to_be_bytes()].concat();
        bytes.extend(self.keys.mac(Purpose::PasskeyChallenge, &self.bound(&bytes)));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The chance of a challenge that is ours and has not ended, and when it ends.
    fn read(&self, challenge: &str, now: Timestamp) -> Option<([u8; NONCE], Timestamp)> {
        let bytes = URL_SAFE_NO_PAD.decode(challenge).ok()?;
        let (front, mac) = bytes.split_at_checked(NONCE + TIME)?;
        let (nonce, ends) = front.split_first_chunk::<NONCE>()?;
        let ends = Timestamp::from_micros(i64::from_be_bytes(ends.try_into().ok()?).checked_mul(1_000_000)?);
        let is_ours = self.keys.is_mac(Purpose::PasskeyChallenge, &self.bound(front), mac);
        (is_ours && now < ends).then_some((*nonce, ends))
    }

    /// What a browser is asked to make a passkey with; nothing where there can be none, or no more.
    pub(crate) fn creation(
        &self,
        own: &[Passkey],
        account: &Account,
        nonce: [u8; NONCE],
        now: Timestamp,
    ) -> Option<PasskeyCreationView> {
        let site = self.site.as_ref().filter(|_| own.len() < passkey::MOST)?;
        let algorithm = |alg| PasskeyAlgorithmView { kind: "public-key".to_owned(), alg };
        Some(PasskeyCreationView {
            rp: PasskeySiteView { id: site.id.clone(), name: "强链 Qianglian".to_owned() },
            user: PasskeyUserView {
                id: handle(account.id),
                name: account.name.clone(),
                display_name: account.display_name.clone(),
            },
            challenge: self.challenge(nonce, now),
            pub_key_cred_params: ALGORITHMS.into_iter().map(algorithm).collect(),
            timeout: LASTS * 1000,
            exclude_credentials: descriptors(own),
            authenticator_selection: PasskeySelectionView {
                resident_key: "preferred".to_owned(),
                user_verification: "preferred".to_owned(),
            },
            attestation: "none".to_owned(),
        })
    }

    /// What a browser is asked to show one of these with; nothing where there is none.
    pub(crate) fn request(
        &self,
        own: &[Passkey],
        nonce: [u8; NONCE],
        now: Timestamp,
    ) -> Option<PasskeyRequestView> {
        let site = self.site.as_ref().filter(|_| !own.is_empty())?;
        Some(PasskeyRequestView {
            challenge: self.challenge(nonce, now),
            timeout: LASTS * 1000,
            rp_id: site.id.clone(),
            allow_credentials: descriptors(own),
            user_verification: "preferred".to_owned(),
        })
    }

    /// Checks a challenge that was answered: that it is ours, and was not used.
    fn use_up(&self, conn: &mut Conn, challenge: &str, now: Timestamp) -> Result<bool> {
        let Some((nonce, ends)) = self.read(challenge, now) else { return Ok(false) };
        passkeys::use_challenge(conn, &hex::encode(nonce), ends, now)
    }

    /// Checks a passkey that was made.
    pub(crate) fn made(
        &self,
        conn: &mut Conn,
        new: &NewCredential,
        now: Timestamp,
    ) -> Result<std::result::Result<Made, Flaw>> {
        let site = self.site.as_ref().ok_or_else(none_here)?;
        let (Some(client_data), Some(attestation)) = (bytes(&new.client_data), bytes(&new.attestation))
        else {
            return Ok(Err(Flaw::ClientData));
        };
        let mut used = Ok(true);
        let made = passkey::made(site, &client_data, &attestation, |challenge| {
            used = self.use_up(conn, challenge, now);
            matches!(used, Ok(true))
        });
        used.map(|_| made)
    }

    /// Checks a passkey that is shown, and says when it was used.
    pub(crate) fn shown(
        &self,
        conn: &mut Conn,
        answer: &PasskeyAnswer,
        now: Timestamp,
    ) -> Result<std::result::Result<(), Flaw>> {
        let row = passkeys::by_credential(conn, &answer.credential_id)?;
        let row = row.filter(|row| row.account_id == self.account);
        let (Some(site), Some(row)) = (&self.site, row) else { return Ok(Err(Flaw::Unknown)) };
        if answer.user_handle.as_ref().is_some_and(|told| *told != handle(self.account)) {
            return Ok(Err(Flaw::UserHandle));
        }
        let said = (bytes(&answer.client_data), bytes(&answer.authenticator_data), bytes(&answer.signature));
        let (Some(client_data), Some(authenticator_data), Some(signature)) = said else {
            return Ok(Err(Flaw::ClientData));
        };
        let assertion = Assertion {
            client_data: &client_data,
            authenticator_data: &authenticator_data,
            signature: &signature,
        };
        let broken = || Error::internal("a stored passkey can't be read");
        let known = Known {
            public_key: &bytes(&row.public_key).ok_or_else(broken)?,
            counter: u32::try_from(row.counter).map_err(|_| broken())?,
            copied: row.copied,
        };
        let mut used = Ok(true);
        let shown = passkey::shown(site, &known, &assertion, |challenge| {
            used = self.use_up(conn, challenge, now);
            matches!(used, Ok(true))
        });
        used?;
        match shown {
            Ok(counter) => passkeys::used(conn, row.id, i64::from(counter), now).map(Ok),
            Err(flaw) => Ok(Err(flaw)),
        }
    }
}

/// What an authenticator knows an account by.
fn handle(account: AccountId) -> String {
    URL_SAFE_NO_PAD.encode(account.0.as_bytes())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn descriptors(own: &[Passkey]) -> Vec<PasskeyDescriptorView> {
    let named = |row: &Passkey| PasskeyDescriptorView {
        kind: "public-key".to_owned(),
        id: row.credential_id.clone(),
    };
    own.iter().map(named).collect()
}

pub(crate) fn row(id: PasskeyId, account: AccountId, name: &str, made: &Made, now: Timestamp) -> Passkey {
    Passkey {
        id,
        account_id: account,
        name: name.trim().to_owned(),
        credential_id: URL_SAFE_NO_PAD.encode(&made.credential_id),
        public_key: URL_SAFE_NO_PAD.encode(&made.public_key),
        counter: i64::from(made.counter),
        copied: made.copied,
        added_at: now,
        used_at: None,
    }
}

/// That there can be none.
pub(crate) fn none_here() -> Error {
    Error::conflict(
        "passkeys_unavailable",
        "本站没有设置可供通行密钥使用的域名（`--public-url`）",
        "This site has no host name that passkeys could be for (--public-url)",
    )
}

/// That one did not do.
pub(crate) fn refused(pointer: &'static str, flaw: Flaw) -> Error {
    let (zh, en) = flaw.sentence();
    Error::invalid_field(pointer, "wrong_passkey", zh, en)
}
