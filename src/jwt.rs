//! Signing and verifying tokens (JWT) by ring: HS256, which is ours, and what a platform may sign its ID tokens by. What the
//! library would bring for that are all algorithms there are, RSA in a form whose timing tells of private keys among them.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as Unsigned, Signer, Verifier};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey, Header, Validation,
};
use ring::error::Unspecified;
use ring::hmac;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

static BY_RING: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| signer(*algorithm, key),
    verifier_factory: |algorithm, key| verifier(*algorithm, key),
    key_utils: KeyUtils::new_unimplemented(),
};

/// A token that is signed with a secret.
///
/// # Errors
/// If the claims are no JSON.
pub(crate) fn signed(header: &Header, claims: &impl Serialize, secret: &[u8]) -> Result<String> {
    let _already = BY_RING.install_default();
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret))
}

/// What a token claims whose signature is of this key and that fulfils the rules.
///
/// # Errors
/// If it does not.
pub(crate) fn verified<T: DeserializeOwned>(token: &str, key: &DecodingKey, rules: &Validation) -> Result<T> {
    let _already = BY_RING.install_default();
    Ok(jsonwebtoken::decode(token, key, rules)?.claims)
}

fn signer(algorithm: Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    match (algorithm, key.family()) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(Box::new(Mac::new(key.as_bytes()))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

fn verifier(algorithm: Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    match (algorithm, key.family()) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(Box::new(Mac::new(key.try_get_as_bytes()?))),
        (Algorithm::RS256 | Algorithm::PS256, AlgorithmFamily::Rsa)
        | (Algorithm::ES256, AlgorithmFamily::Ec) => {
            Ok(Box::new(Public { algorithm, key: key.kind().clone() }))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

/// HS256.
struct Mac(hmac::Key);

impl Mac {
    fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }
}

impl Signer<Vec<u8>> for Mac {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Unsigned> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl Verifier<Vec<u8>> for Mac {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Unsigned> {
        hmac::verify(&self.0, message, signature).map_err(|Unspecified| Unsigned::new())
    }
}

impl JwtSigner for Mac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Mac {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// A public key, of an algorithm.
struct Public {
    algorithm: Algorithm,
    key: DecodingKeyKind,
}

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Unsigned> {
        let holds = match &self.key {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let padding = if self.algorithm == Algorithm::PS256 {
                    &RSA_PSS_2048_8192_SHA256
                } else {
                    &RSA_PKCS1_2048_8192_SHA256
                };
                // Some write a zero before a modulus that begins with a one bit.
                let n = n.strip_prefix(&[0]).unwrap_or(n);
                RsaPublicKeyComponents { n, e }.verify(padding, message, signature)
            }
            DecodingKeyKind::SecretOrDer(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        };
        holds.map_err(|Unspecified| Unsigned::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
