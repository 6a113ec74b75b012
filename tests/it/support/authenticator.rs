//! A device that keeps a passkey, and the browser before it: both do as the standard says, or as a test has them err.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const PRESENT: u8 = 0x01;
pub(crate) const VERIFIED: u8 = 0x04;
pub(crate) const MAY_BE_COPIED: u8 = 0x08;
pub(crate) const IS_COPIED: u8 = 0x10;
pub(crate) const HAS_KEY: u8 = 0x40;
pub(crate) const HAS_EXTENSIONS: u8 = 0x80;

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The first byte or bytes of an item of CBOR.
pub(crate) fn head(major: u8, number: usize) -> Vec<u8> {
    let major = major << 5;
    match number {
        0..24 => vec![major | u8::try_from(number).unwrap()],
        24..256 => vec![major | 0x18, u8::try_from(number).unwrap()],
        _ => [&[major | 0x19], u16::try_from(number).unwrap().to_be_bytes().as_slice()].concat(),
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()).as_slice(), bytes].concat()
}

fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()).as_slice(), text.as_bytes()].concat()
}

/// A whole number.
pub(crate) fn whole(number: i64) -> Vec<u8> {
    let far = usize::try_from(if number < 0 { -1 - number } else { number }).unwrap();
    head(u8::from(number < 0), far)
}

/// A map of these keys and values.
pub(crate) fn map(members: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut all = head(5, members.len());
    for (key, value) in members {
        all.extend([key.as_slice(), value].concat());
    }
    all
}

/// A key in COSE: numbers and bytes by their labels.
pub(crate) fn cose(numbers: &[(i64, i64)], parts: &[(i64, &[u8])]) -> Vec<u8> {
    let numbers = numbers.iter().map(|(label, number)| (whole(*label), whole(*number)));
    let parts = parts.iter().map(|(label, part)| (whole(*label), bytes(part)));
    map(&numbers.chain(parts).collect::<Vec<_>>())
}

enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// A device with a passkey.
pub(crate) struct Authenticator {
    key: Key,
    pub(crate) id: Vec<u8>,
    pub(crate) counter: u32,
    /// Whether it copies what it keeps to its owner's other devices.
    pub(crate) copies: bool,
    origin: &'static str,
    site: &'static str,
}

/// What is about to be said of a passkey, to be changed before it is.
pub(crate) struct Saying {
    /// What the browser says of itself.
    pub(crate) client: Value,
    /// The same as bytes, if it is to be those.
    pub(crate) client_bytes: Option<Vec<u8>>,
    pub(crate) site: &'static str,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) id: Vec<u8>,
    /// The public key in COSE.
    pub(crate) key: Vec<u8>,
    /// What follows all else that the authenticator says.
    pub(crate) extensions: Vec<u8>,
    /// How it is attested, in CBOR.
    pub(crate) format: Vec<u8>,
    pub(crate) statement: Vec<u8>,
    /// The whole attestation, if it is to be these bytes.
    pub(crate) attestation: Option<Vec<u8>>,
    /// What is done to a signature.
    pub(crate) spoil: fn(&mut Vec<u8>),
    pub(crate) user_handle: Option<String>,
}

impl Saying {
    fn client_bytes(&self) -> Vec<u8> {
        self.client_bytes.clone().unwrap_or_else(|| self.client.to_string().into_bytes())
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let mut data = Sha256::digest(self.site).to_vec();
        data.push(self.flags);
        data.extend(self.counter.to_be_bytes());
        if self.flags & HAS_KEY != 0 {
            data.extend([0; 16]);
            data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
            data.extend(&self.id);
            data.extend(&self.key);
        }
        data.extend(&self.extensions);
        data
    }
}

impl Authenticator {
    fn with(key: Key) -> Self {
        let id = Sha256::digest(Self::public(&key)).to_vec();
        let (origin, site) = ("https://qianglian.example.org", "qianglian.example.org");
        Self { key, id, counter: 1, copies: false, origin, site }
    }

    pub(crate) fn es256() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random);
        Self::with(Key::Es256(key.unwrap()))
    }

    pub(crate) fn eddsa() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::with(Key::EdDsa(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap()))
    }

    pub(crate) fn rs256() -> Self {
        let made = Command::new("openssl").args(["genrsa", "-traditional", "2048"]).output();
        let pem = String::from_utf8(made.expect("openssl runs").stdout).unwrap();
        let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>());
        Self::with(Key::Rs256(RsaKeyPair::from_der(&der.unwrap()).unwrap()))
    }

    fn public(key: &Key) -> Vec<u8> {
        match key {
            Key::Es256(pair) => {
                let point = pair.public_key().as_ref();
                cose(&[(1, 2), (3, -7), (-1, 1)], &[(-2, &point[1..33]), (-3, &point[33..])])
            }
            Key::EdDsa(pair) => cose(&[(1, 1), (3, -8), (-1, 6)], &[(-2, pair.public_key().as_ref())]),
            Key::Rs256(pair) => {
                let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                cose(&[(1, 3), (3, -257)], &[(-1, &parts.n), (-2, &parts.e)])
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    fn saying(&self, kind: &str, options: &Value, more: u8) -> Saying {
        let copies = if self.copies { MAY_BE_COPIED | IS_COPIED } else { 0 };
        Saying {
            client: json!({
                "type": kind,
                "challenge": options["challenge"],
                "origin": self.origin,
                "crossOrigin": false,
                "other_keys_can_be_added_here": "as the standard says",
            }),
            client_bytes: None,
            site: self.site,
            flags: PRESENT | VERIFIED | copies | more,
            counter: self.counter,
            id: self.id.clone(),
            key: Self::public(&self.key),
            extensions: Vec::new(),
            format: text("none"),
            statement: map(&[]),
            attestation: None,
            spoil: |_| (),
            user_handle: None,
        }
    }

    /// What a browser answers that was asked to make the passkey.
    pub(crate) fn make(&self, options: &Value, change: impl FnOnce(&mut Saying)) -> Value {
        let mut saying = self.saying("webauthn.create", options, HAS_KEY);
        change(&mut saying);
        let object = || {
            map(&[
                (text("fmt"), saying.format.clone()),
                (text("attStmt"), saying.statement.clone()),
                (text("authData"), bytes(&saying.authenticator_data())),
            ])
        };
        let attestation = saying.attestation.clone().unwrap_or_else(object);
        json!({ "client_data": base64url(&saying.client_bytes()), "attestation": base64url(&attestation) })
    }

    /// What a browser answers that was asked to show the passkey, which counts.
    pub(crate) fn show(&mut self, options: &Value, change: impl FnOnce(&mut Saying)) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let mut saying = self.saying("webauthn.get", options, 0);
        change(&mut saying);
        let (client, data) = (saying.client_bytes(), saying.authenticator_data());
        let mut signature = self.sign(&[data.as_slice(), &Sha256::digest(&client)].concat());
        (saying.spoil)(&mut signature);
        let mut answer = json!({
            "credential_id": base64url(&saying.id),
            "client_data": base64url(&client),
            "authenticator_data": base64url(&data),
            "signature": base64url(&signature),
        });
        if let Some(handle) = saying.user_handle {
            answer["user_handle"] = json!(handle);
        }
        answer
    }
}
