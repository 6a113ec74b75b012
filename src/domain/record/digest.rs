//! Canonical JSON (RFC 8785) and its SHA-256.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigest;

/// How many digits of a digest a page of paper carries.
const SHORT: usize = 16;

impl Digest {
    /// The digest that an empty chain starts from: 32 zero bytes.
    pub const ZERO: Self = Self([0; 32]);

    /// Its first digits: what stands on paper, to be compared by eye.
    pub fn short(self) -> String {
        hex::encode(&self.0[..SHORT / 2])
    }
}

impl fmt::Display for NotADigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a SHA-256 digest of 64 lower-case hexadecimal digits")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    /// Reads lower case only, so that a digest has one spelling.
    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotADigest)?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Err(NotADigest) } else { Ok(Self(bytes)) }
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256" })
    }
}

/// The SHA-256 of bytes.
pub fn digest_of(bytes: impl AsRef<[u8]>) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// Canonical JSON (RFC 8785): one spelling for one value.
///
/// # Panics
/// Never for the types of this crate: their keys are strings and their numbers are whole.
pub fn canonical(value: &impl Serialize) -> String {
    serde_json_canonicalizer::to_string(value).expect("our types are JSON objects with text keys")
}

/// A value of ours as generic JSON.
///
/// # Panics
/// Never for the types of this crate, as [`canonical`].
pub fn canonical_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("our types are JSON objects with text keys")
}

/// Reads back what [`canonical`] wrote.
///
/// # Errors
/// If the text is not of that type: what was stored has been damaged, or was written by another version.
pub fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("stored JSON can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let text = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(digest_of("test").to_string(), text);
        assert_eq!(text.parse::<Digest>().unwrap(), digest_of("test"));
        assert!(text.to_uppercase().parse::<Digest>().is_err());
        assert!(text[1..].parse::<Digest>().is_err());
    }

    #[test]
    fn canonical_json_sorts_keys_and_leaves_no_space() {
        let value: Value = serde_json::from_str(r#"{"b": [1, 2], "a": "强", "é": null}"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":"强","b":[1,2],"é":null}"#);
    }
}
