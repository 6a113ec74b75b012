//! Reading a backup: everything in it is compared with its manifest, and its database with its files.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::manifest::{Entry, LONGEST, MANIFEST, Manifest, damaged, evidence_of, name_of};
use super::{Place, contents_of};
use crate::cli::failure::{Doing, failed};
use crate::config::DATABASE;
use crate::db::backup::{Contents, newest_migration};
use crate::domain::problem::Message;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Error, Result};
use crate::files::hashed;

/// What of a backup is kept in the folder that it is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Database,
    All,
}

/// A backup that is whole.
#[derive(Debug)]
pub(crate) struct Found {
    /// What it consists of.
    pub(super) manifest: Manifest,
    /// The digest of its manifest.
    pub(super) seal: Digest,
    /// What its database holds.
    pub(super) contents: Contents,
}

/// Reads a backup wholly, into a folder.
///
/// # Errors
/// If anything in it is damaged, missing, or no part of a backup, or another version of this program made it.
pub(crate) async fn read(place: &Place, into: &Path, keep: Keep) -> Result<Found> {
    let (mut seen, mut manifest) = (BTreeMap::new(), None);
    place
        .each(into, |name, content| {
            if name == MANIFEST {
                let mut bytes = Vec::new();
                let read = content.take(LONGEST).read_to_end(&mut bytes);
                read.map_err(|error| damaged("清单无法读取", &error.to_string()))?;
                manifest = Some(bytes);
                return Ok(());
            }
            if seen.contains_key(name) {
                return Err(damaged(&format!("{name} 出现两次"), &format!("{name} comes twice")));
            }
            seen.insert(name.to_owned(), take(name, content, into, keep)?);
            Ok(())
        })
        .await?;
    let manifest =
        manifest.ok_or_else(|| damaged("没有清单，备份未完成", "it has no manifest: it was not finished"))?;
    let (manifest, seal) = Manifest::open(&manifest)?;
    must_be_the_same(&manifest, &seen)?;
    if manifest.migration > newest_migration() {
        return Err(Error::conflict(
            "backup_newer",
            "此备份由更新版本的程序制作，请用该版本恢复",
            "A newer version of this program made this backup: restore it with that version",
        ));
    }
    if !manifest.files.contains_key(DATABASE) {
        return Err(damaged("缺少数据库", "it has no database"));
    }
    let contents = contents_of(&into.join(DATABASE))?;
    let found = Found { manifest, seal, contents };
    found.must_agree()?;
    Ok(found)
}

fn take(name: &str, content: &mut dyn Read, into: &Path, keep: Keep) -> Result<Entry> {
    let read = if keep == Keep::All || evidence_of(name).is_none() {
        let path = into.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create_new(&path));
        let mut file = made.map_err(|error| failed(Doing::Making, &path, &error))?;
        hashed(content, &mut file)
    } else {
        hashed(content, &mut io::sink())
    };
    let (digest, size) = read
        .map_err(|error| damaged(&format!("{name} 无法读取"), &format!("{name} can't be read: {error}")))?;
    Ok(Entry { size, sha256: Digest(*digest.as_bytes()) })
}

fn must_be_the_same(manifest: &Manifest, seen: &BTreeMap<String, Entry>) -> Result<()> {
    for (name, entry) in &manifest.files {
        let right = evidence_of(name).is_none_or(|digest| digest == entry.sha256);
        match seen.get(name) {
            None => return Err(damaged(&format!("缺少 {name}"), &format!("{name} is missing"))),
            Some(found) if found != entry || !right => {
                return Err(damaged(&format!("{name} 的内容已变"), &format!("{name} is not what it was")));
            }
            Some(_) => {}
        }
    }
    match seen.keys().find(|name| !manifest.files.contains_key(*name)) {
        Some(name) => Err(damaged(&format!("清单中没有 {name}"), &format!("{name} is not in its manifest"))),
        None => Ok(()),
    }
}

impl Found {
    /// The database and the manifest tell the same, and what the database names is there or is said not to be.
    fn must_agree(&self) -> Result<()> {
        let (manifest, contents) = (&self.manifest, &self.contents);
        if (&manifest.migration, &manifest.chains) != (&contents.migration, &contents.chains) {
            return Err(damaged("数据库与清单不符", "its database is not the one of its manifest"));
        }
        let has = |digest: &Digest| {
            manifest.files.contains_key(&name_of(*digest))
                || manifest.missing.contains(digest)
                || manifest.damaged.contains(digest)
        };
        match contents.needed.iter().find(|digest| !has(digest)) {
            Some(digest) => {
                Err(damaged(&format!("缺少佐证材料 {digest}"), &format!("the evidence {digest} is missing")))
            }
            None => Ok(()),
        }
    }

    /// The digest of its manifest.
    pub(crate) fn seal(&self) -> Digest {
        self.seal
    }

    /// When its database was as it is in it.
    pub(crate) fn made_at(&self) -> Timestamp {
        self.manifest.made_at
    }

    pub(crate) fn events(&self) -> &HashSet<Digest> {
        &self.contents.events
    }

    pub(crate) fn evidence(&self) -> impl Iterator<Item = Digest> {
        self.manifest.files.keys().filter_map(|name| evidence_of(name))
    }

    /// Files that its database names and that were lost already when it was made.
    pub(crate) fn files_lost(&self) -> Vec<Digest> {
        [&self.manifest.missing[..], &self.manifest.damaged[..]].concat()
    }

    /// What it holds, for people.
    pub(crate) fn summary(&self) -> String {
        let manifest = &self.manifest;
        let size: u64 = manifest.files.values().map(|entry| entry.size).sum();
        let events: i64 = manifest.chains.iter().map(|end| end.seq).sum();
        format!(
            "  时间 / as of: {}\n  记录 / events: {events}\n  文件 / files: {} ({size} bytes)\n  摘要 / digest: {}",
            manifest.made_at,
            manifest.files.len(),
            self.seal
        )
    }

    /// Fails if files that the database names were missing or damaged when the backup was made.
    pub(crate) fn must_have_all_files(&self) -> Result<()> {
        let lost = self.files_lost();
        if lost.is_empty() {
            return Ok(());
        }
        let mut error =
            Error::internal(lost.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "));
        error.code = "evidence_lost";
        error.message = Message::new(
            format!("已完成，但有{}个佐证材料文件在备份时已丢失或损坏，备份中没有", lost.len()),
            format!(
                "Done, but {} lost or damaged already and not in the backup",
                count(lost.len(), "file of evidence was", "files of evidence were")
            ),
        );
        Err(error)
    }
}
