//! The manifest of a backup: what it consists of, and the names that it may have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::DATABASE;
use crate::db::backup::ChainEnd;
use crate::domain::record::{Digest, canonical, canonical_value, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

pub(super) const MANIFEST: &str = "backup.json";
/// The value of `format` in a manifest.
const FORMAT: &str = "qianglian-backup/1";
/// A manifest is not longer than this.
pub(super) const LONGEST: u64 = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its size in bytes.
    pub(super) size: u64,
    /// Its SHA-256.
    pub(super) sha256: Digest,
}

/// What a backup consists of. Written last: what has none is not a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The form of the backup.
    format: String,
    /// The version of the program that made it.
    program: String,
    /// The newest migration of its database.
    pub(super) migration: String,
    /// When its database was as it is in the backup.
    pub(super) made_at: Timestamp,
    /// The ends of the chains of events.
    pub(super) chains: Vec<ChainEnd>,
    /// All files but this one.
    pub(super) files: BTreeMap<String, Entry>,
    /// Files that the database names and that were not there.
    pub(super) missing: Vec<Digest>,
    /// Files whose content was no longer that of their digest: left out.
    pub(super) damaged: Vec<Digest>,
}

impl Manifest {
    pub(super) fn new(made_at: Timestamp, migration: String, chains: Vec<ChainEnd>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            migration,
            made_at,
            chains,
            files: BTreeMap::new(),
            missing: Vec::new(),
            damaged: Vec::new(),
        }
    }

    /// Its bytes, with a digest of all the rest in them; and that digest.
    pub(super) fn seal(&self) -> (Vec<u8>, Digest) {
        let mut value = canonical_value(self);
        let digest = digest_of(canonical(&value));
        value["digest"] = canonical_value(&digest);
        (format!("{value:#}\n").into_bytes(), digest)
    }

    /// Reads back what [`Self::seal`] wrote.
    pub(super) fn open(bytes: &[u8]) -> Result<(Self, Digest)> {
        let wrong = |what: &str| damaged("清单无法读取", &format!("its manifest can't be read: {what}"));
        let mut value: Value = serde_json::from_slice(bytes).map_err(|error| wrong(&error.to_string()))?;
        let told = value.as_object_mut().and_then(|members| members.remove("digest"));
        let digest = digest_of(canonical(&value));
        if told != Some(canonical_value(&digest)) {
            return Err(damaged("清单的摘要不符", "its manifest is not what its digest says"));
        }
        let manifest: Self = serde_json::from_value(value).map_err(|error| wrong(&error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(wrong(&manifest.format));
        }
        Ok((manifest, digest))
    }
}

/// The name under which a backup has a file of evidence.
pub(crate) fn name_of(digest: Digest) -> String {
    format!("evidence/{}/{digest}", hex::encode(&digest.0[..1]))
}

/// The digest of the evidence that has this name.
pub(super) fn evidence_of(name: &str) -> Option<Digest> {
    let digest: Digest = name.rsplit_once('/')?.1.parse().ok()?;
    (name_of(digest) == name).then_some(digest)
}

/// Whether a backup may have a file of this name; nothing else is ever read from one, so that no name leads out of it.
pub(super) fn is_known(name: &str) -> bool {
    [MANIFEST, DATABASE].contains(&name) || evidence_of(name).is_some()
}

/// A backup that can't be trusted.
pub(super) fn damaged(zh: &str, en: &str) -> Error {
    Error::conflict(
        "backup_damaged",
        format!("备份已损坏或不完整：{zh}"),
        format!("The backup is damaged or not complete: {en}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_has_no_names_but_its_own() {
        let digest = digest_of("x");
        assert!(is_known(&name_of(digest)) && is_known(MANIFEST));
        for name in [
            "../qianglian.db".to_owned(),
            "/qianglian.db".to_owned(),
            "evidence/../qianglian.db".to_owned(),
            format!("evidence/00/{digest}"),
            format!("evidence/{digest}"),
            format!("evidence//{digest}"),
            name_of(digest).to_uppercase(),
            "keys.json".to_owned(),
            String::new(),
        ] {
            assert!(!is_known(&name), "{name}");
        }
    }

    #[test]
    fn any_other_byte_in_a_manifest_is_found() {
        let (bytes, digest) = Manifest::new(Timestamp::from_micros(1), "3".to_owned(), Vec::new()).seal();
        assert_eq!(Manifest::open(&bytes).unwrap().1, digest);
        for place in 0..bytes.len() {
            let mut other = bytes.clone();
            other[place] ^= 1;
            let same = serde_json::from_slice::<Value>(&other).ok() == serde_json::from_slice(&bytes).ok();
            assert!(same || Manifest::open(&other).is_err(), "byte {place}");
        }
    }
}
