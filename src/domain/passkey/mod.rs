//! Passkeys: what a browser says of one is checked as W3C Web Authentication, sections 7.1 and 7.2, has it. No attestation
//! is asked for or looked at: which make of authenticator somebody has does not matter here.

mod cbor;

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use self::cbor::Item;
use crate::domain::keyword::keyword_enum;

/// Passkeys that an account may have.
pub const MOST: usize = 10;
/// The most bytes of a credential's identifier.
const LONGEST_ID: usize = 1023;
/// Bytes of RSA moduli that do: of 2048 to 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// The algorithms that are offered, best first: `EdDSA`, ES256, and RS256 for older Windows machines, as COSE numbers them.
pub const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];
const EDDSA: i64 = -8;
const ES256: i64 = -7;
const RS256: i64 = -257;

keyword_enum! {
    /// Why a passkey was not accepted.
    pub enum Flaw {
        /// What the browser says of itself can't be read.
        ClientData = "client_data",
        /// It was made for another act than this.
        Type = "type",
        /// The challenge is not ours, was for somebody or something else, is too old, or was used.
        Challenge = "challenge",
        /// It was made on another site.
        Origin = "origin",
        /// It was made inside a page of another site.
        CrossOrigin = "cross_origin",
        /// What the authenticator says can't be read.
        AuthenticatorData = "authenticator_data",
        /// The authenticator made it for another site.
        RelyingParty = "relying_party",
        /// Nobody touched the authenticator.
        Presence = "presence",
        /// What it says of copies contradicts itself, or what it said before.
        Backup = "backup",
        /// It is attested, which was not asked for.
        Attestation = "attestation",
        /// The key is of no algorithm that was offered.
        Algorithm = "algorithm",
        /// The key is malformed.
        Key = "key",
        /// The identifier is missing or too long.
        CredentialId = "credential_id",
        /// It is none of the account's.
        Unknown = "unknown",
        /// It is somebody else's, as it says itself.
        UserHandle = "user_handle",
        /// The signature is not the key's.
        Signature = "signature",
        /// It counts backwards: there may be a copy of it.
        Counter = "counter",
    }
}

impl Flaw {
    /// The same in a sentence, in Chinese and in English.
    pub fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::ClientData | Self::AuthenticatorData | Self::CredentialId | Self::Key => {
                ("通行密钥的数据无法识别，请重试", "What the passkey says can't be read; try again")
            }
            Self::Type => ("通行密钥的答复不是为此操作作出的", "The passkey answered to something else"),
            Self::Challenge => (
                "通行密钥的答复已过期或已使用过，请重试",
                "The passkey's answer is too old or was used before; try again",
            ),
            Self::Origin | Self::RelyingParty | Self::CrossOrigin => (
                "通行密钥的答复来自其他网址；请核对浏览器地址栏中的网址",
                "The passkey answered to another site; look at the address in your browser",
            ),
            Self::Presence => ("没有触碰或确认通行密钥", "Nobody touched or confirmed the passkey"),
            Self::Attestation => (
                "通行密钥附有未要求的认证信息",
                "The passkey comes with an attestation that was not asked for",
            ),
            Self::Algorithm => ("不支持这种通行密钥的算法", "The passkey's algorithm is not supported"),
            Self::Unknown | Self::UserHandle => {
                ("这不是本账号的通行密钥", "This is none of the account's passkeys")
            }
            Self::Signature => ("通行密钥的签名不正确", "The passkey's signature is wrong"),
            Self::Counter | Self::Backup => (
                "通行密钥的计数或备份状态不符，可能有人复制了它：请移除后重新添加",
                "The passkey's counter or backup state does not fit; somebody may have copied it: remove it and add it anew",
            ),
        }
    }
}

/// The site that passkeys are for, as browsers know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Scheme, host and port.
    pub origin: String,
    /// The host, which passkeys are bound to.
    pub id: String,
}

impl Site {
    /// The site at a public address. None where browsers have no passkeys: they want a host name, and HTTPS but for
    /// `localhost`.
    pub fn at(address: &str) -> Option<Self> {
        let address = address.to_ascii_lowercase();
        let (scheme, authority) = address.split_once("://")?;
        let (id, port) = match authority.split_once(':') {
            Some((id, port)) => (id, Some(port.parse::<u16>().ok()?)),
            None => (authority, None),
        };
        let usual = match scheme {
            "https" => 443,
            "http" if id == "localhost" => 80,
            _ => return None,
        };
        let labels = || id.split('.');
        let is_label = |label: &str| {
            let plain = label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
            plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
        };
        // What ends in a number is an address, however it is written.
        let last = labels().next_back()?;
        let number = last.bytes().all(|c| c.is_ascii_digit()) || last.starts_with("0x");
        if id.len() > 253 || number || !labels().all(is_label) {
            return None;
        }
        let port = port.filter(|port| *port != usual).map_or_else(String::new, |port| format!(":{port}"));
        Some(Self { origin: format!("{scheme}://{id}{port}"), id: id.to_owned() })
    }
}

/// A passkey that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What the authenticator knows it by.
    pub credential_id: Vec<u8>,
    /// Its public key, in COSE.
    pub public_key: Vec<u8>,
    /// Where its counter stands.
    pub counter: u32,
    /// Whether there may be copies of it in its owner's other devices.
    pub copied: bool,
}

/// What is known of a passkey that is shown.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// Its public key, in COSE.
    pub public_key: &'a [u8],
    /// Where its counter stood.
    pub counter: u32,
    /// Whether there may be copies of it.
    pub copied: bool,
}

/// What a browser says when it shows a passkey.
#[derive(Clone, Debug)]
pub struct Assertion<'a> {
    /// What the browser says of itself, as JSON.
    pub client_data: &'a [u8],
    /// What the authenticator says.
    pub authenticator_data: &'a [u8],
    pub signature: &'a [u8],
}

/// What was signed along by the browser. Further members may be added to it at any time, as the standard says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<String>,
}

/// Checks what a browser says of itself: that it made or got (`kind`) a passkey on our page, for a challenge of ours.
fn check_client_data(
    site: &Site,
    bytes: &[u8],
    kind: &str,
    is_ours: impl FnOnce(&str) -> bool,
) -> Result<(), Flaw> {
    let said: ClientData = serde_json::from_slice(bytes).map_err(|_| Flaw::ClientData)?;
    if said.kind != kind {
        return Err(Flaw::Type);
    }
    if said.origin != site.origin {
        return Err(Flaw::Origin);
    }
    if said.cross_origin || said.top_origin.is_some() {
        return Err(Flaw::CrossOrigin);
    }
    if is_ours(&said.challenge) { Ok(()) } else { Err(Flaw::Challenge) }
}

const PRESENT: u8 = 0x01;
const MAY_BE_COPIED: u8 = 0x08;
const IS_COPIED: u8 = 0x10;
const HAS_KEY: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

/// What an authenticator says.
struct AuthenticatorData<'a> {
    counter: u32,
    copied: bool,
    /// The identifier and the public key of a new credential.
    credential: Option<(&'a [u8], &'a [u8])>,
}

/// Reads what an authenticator says, and checks what holds however it is used.
fn read<'a>(site: &Site, bytes: &'a [u8]) -> Result<AuthenticatorData<'a>, Flaw> {
    let (hash, rest) = bytes.split_at_checked(32).ok_or(Flaw::AuthenticatorData)?;
    let (flags, rest) = rest.split_first().ok_or(Flaw::AuthenticatorData)?;
    let (counter, rest) = rest.split_first_chunk::<4>().ok_or(Flaw::AuthenticatorData)?;
    if hash != Sha256::digest(&site.id).as_slice() {
        return Err(Flaw::RelyingParty);
    }
    let is = |flag: u8| flags & flag != 0;
    if !is(PRESENT) {
        return Err(Flaw::Presence);
    }
    if is(IS_COPIED) && !is(MAY_BE_COPIED) {
        return Err(Flaw::Backup);
    }
    let (credential, rest) = if is(HAS_KEY) { credential(rest)? } else { (None, rest) };
    // None were asked for; some come all the same and say nothing that matters here.
    let extensions = if is(HAS_EXTENSIONS) {
        cbor::only(rest).is_some_and(|item| item.members().is_some())
    } else {
        rest.is_empty()
    };
    if !extensions {
        return Err(Flaw::AuthenticatorData);
    }
    Ok(AuthenticatorData { counter: u32::from_be_bytes(*counter), copied: is(MAY_BE_COPIED), credential })
}

/// Identifier and key, and what follows them.
type Credential<'a> = (Option<(&'a [u8], &'a [u8])>, &'a [u8]);

fn credential(bytes: &[u8]) -> Result<Credential<'_>, Flaw> {
    let (_make, rest) = bytes.split_at_checked(16).ok_or(Flaw::AuthenticatorData)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Flaw::AuthenticatorData)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > LONGEST_ID {
        return Err(Flaw::CredentialId);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(Flaw::AuthenticatorData)?;
    let (_, after) = cbor::first(rest).ok_or(Flaw::Key)?;
    Ok((Some((id, &rest[..rest.len() - after.len()])), after))
}

/// A public key that does.
enum Key<'a> {
    Ed25519(&'a [u8]),
    /// A point of P-256, uncompressed.
    P256(Vec<u8>),
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
}

impl<'a> Key<'a> {
    /// Reads a key from COSE. It has the members that its kind needs and no others, as the standard says.
    fn read(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let key = cbor::only(bytes).ok_or(Flaw::Key)?;
        let get = |label: i64| key.get(&Item::Whole(label));
        let is = |label: i64, number: i64| get(label) == Some(&Item::Whole(number));
        let part = |label: i64| get(label).and_then(Item::bytes).ok_or(Flaw::Key);
        let of_size = |label: i64, size: usize| {
            part(label).and_then(|part| if part.len() == size { Ok(part) } else { Err(Flaw::Key) })
        };
        let Some(Item::Whole(algorithm)) = get(3) else { return Err(Flaw::Key) };
        let shape = |good: bool, members: usize| {
            if good && key.members() == Some(members) { Ok(()) } else { Err(Flaw::Key) }
        };
        match *algorithm {
            EDDSA => {
                shape(is(1, 1) && is(-1, 6), 4)?;
                Ok(Self::Ed25519(of_size(-2, 32)?))
            }
            ES256 => {
                shape(is(1, 2) && is(-1, 1), 5)?;
                Ok(Self::P256([&[4], of_size(-2, 32)?, of_size(-3, 32)?].concat()))
            }
            RS256 => {
                shape(is(1, 3), 4)?;
                let (modulus, exponent) = (part(-1)?, part(-2)?);
                let good = MODULUS.contains(&modulus.len()) && modulus[0] != 0 && exponent.len() <= 4;
                if good { Ok(Self::Rsa { modulus, exponent }) } else { Err(Flaw::Key) }
            }
            _ => Err(Flaw::Algorithm),
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        }
        .is_ok()
    }
}

/// Checks a passkey that was made (section 7.1). `is_ours` says whether a challenge is one of ours, for this.
///
/// # Errors
/// What is wrong with it.
pub fn made(
    site: &Site,
    client_data: &[u8],
    attestation: &[u8],
    is_ours: impl FnOnce(&str) -> bool,
) -> Result<Made, Flaw> {
    check_client_data(site, client_data, "webauthn.create", is_ours)?;
    let object = cbor::only(attestation).ok_or(Flaw::AuthenticatorData)?;
    let get = |name: &'static str| object.get(&Item::Text(name)).ok_or(Flaw::AuthenticatorData);
    let unattested = *get("fmt")? == Item::Text("none") && get("attStmt")?.members() == Some(0);
    if !unattested {
        return Err(Flaw::Attestation);
    }
    let said = get("authData")?.bytes().ok_or(Flaw::AuthenticatorData)?;
    let said = read(site, said)?;
    let (credential_id, public_key) = said.credential.ok_or(Flaw::AuthenticatorData)?;
    Key::read(public_key)?;
    Ok(Made {
        credential_id: credential_id.to_vec(),
        public_key: public_key.to_vec(),
        counter: said.counter,
        copied: said.copied,
    })
}

/// Checks a passkey that is shown (section 7.2), and gives where its counter stands now.
///
/// # Errors
/// What is wrong with it.
pub fn shown(
    site: &Site,
    known: &Known<'_>,
    assertion: &Assertion<'_>,
    is_ours: impl FnOnce(&str) -> bool,
) -> Result<u32, Flaw> {
    check_client_data(site, assertion.client_data, "webauthn.get", is_ours)?;
    let said = read(site, assertion.authenticator_data)?;
    if said.credential.is_some() {
        return Err(Flaw::AuthenticatorData);
    }
    if said.copied != known.copied {
        return Err(Flaw::Backup);
    }
    let signed = [assertion.authenticator_data, Sha256::digest(assertion.client_data).as_slice()].concat();
    if !Key::read(known.public_key)?.verify(&signed, assertion.signature) {
        return Err(Flaw::Signature);
    }
    if (said.counter != 0 || known.counter != 0) && said.counter <= known.counter {
        return Err(Flaw::Counter);
    }
    Ok(said.counter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_a_host_name_and_is_encrypted_or_of_this_machine() {
        for (address, origin, id) in [
            ("https://qianglian.example.org", "https://qianglian.example.org", "qianglian.example.org"),
            ("https://Qianglian.Example.org:443", "https://qianglian.example.org", "qianglian.example.org"),
            ("https://host:8443", "https://host:8443", "host"),
            ("http://localhost:8080", "http://localhost:8080", "localhost"),
            ("http://localhost:80", "http://localhost", "localhost"),
        ] {
            let expected = Site { origin: origin.to_owned(), id: id.to_owned() };
            assert_eq!(Site::at(address), Some(expected), "{address}");
        }
        for address in [
            "",
            "qianglian.example.org",
            "http://qianglian.example.org",
            "http://127.0.0.1:8080",
            "https://127.0.0.1",
            "https://0x7f.1",
            "https://[::1]:8080",
            "https://user@example.org",
            "https://example.org/",
            "https://example.org?x",
            "https://example.org:",
            "https://example.org:99999",
            "https://example.org.",
            "https://.example.org",
            "https://-example.org",
            "https://强链.example.org",
            "ftp://example.org",
        ] {
            assert_eq!(Site::at(address), None, "{address}");
        }
    }

    #[test]
    fn keys_have_what_their_kind_needs_and_no_more() {
        let good = |text: &str| Key::read(&hex::decode(text).unwrap()).map(drop);
        let x = format!("5820{}", "11".repeat(32));
        let rsa = |bytes: usize, first: &str, exponent: &str| {
            format!(
                "a401030339010020{}{first}{}21{exponent}",
                format_args!("59{bytes:04x}"),
                "ff".repeat(bytes - 1)
            )
        };
        assert_eq!(good(&format!("a4010103272006 21{x}").replace(' ', "")), Ok(()));
        assert_eq!(good(&format!("a50102032620 0121{x}22{x}").replace(' ', "")), Ok(()));
        assert_eq!(good(&rsa(256, "ff", "43010001")), Ok(()));
        for (key, flaw) in [
            (format!("a401010327200721{x}"), Flaw::Key),
            (format!("a401020327200621{x}"), Flaw::Key),
            (format!("a5010103272006 21{x}0201").replace(' ', ""), Flaw::Key),
            ("a4010103272006215821".to_owned() + &"11".repeat(33), Flaw::Key),
            (format!("a401020326200121{x}"), Flaw::Key),
            (format!("a5010203262002 21{x}22{x}").replace(' ', ""), Flaw::Key),
            // A point that is told by one coordinate and a sign.
            (format!("a5010203262001 21{x}22f5").replace(' ', ""), Flaw::Key),
            (rsa(255, "ff", "43010001"), Flaw::Key),
            (rsa(513, "ff", "43010001"), Flaw::Key),
            (rsa(256, "00", "43010001"), Flaw::Key),
            (rsa(256, "ff", "450100000001"), Flaw::Key),
            (format!("a50102033822 200121{x}22{x}").replace(' ', ""), Flaw::Algorithm),
            (format!("a30102200121{x}"), Flaw::Key),
            ("80".to_owned(), Flaw::Key),
        ] {
            assert_eq!(good(&key), Err(flaw), "{key}");
        }
    }
}
