//! Files: those that records name, those that no record names, and those that never came in wholly.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::TryStreamExt;

use super::finding::{Record, Wrong};
use super::{NamedFile, Report};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::files::{FileDigest, FileStore, FilesError, is_damage};

/// Uploads that nobody has written to for so long have broken off.
pub(crate) const BROKEN_OFF: Duration = Duration::from_hours(24);

/// Looks through the files that a report's records name; what is in them only if `read`, as that may take long.
///
/// # Errors
/// If the store can't be reached or listed.
pub async fn files(store: &FileStore, report: &mut Report, now: Timestamp, read: bool) -> Result<()> {
    let kept = store.kept().await?;
    let mut named: BTreeMap<FileDigest, Vec<NamedFile>> = BTreeMap::new();
    for file in std::mem::take(&mut report.named) {
        match file.digest.parse() {
            Ok(digest) => named.entry(digest).or_default().push(file),
            Err(_) => report.tell(file.record, Wrong::Unreadable("digest".to_owned())),
        }
    }
    for (digest, by) in &named {
        let wrong = match kept.get(digest) {
            None => Some(Wrong::FileMissing),
            Some(size) if by.iter().any(|file| file.size != *size) => Some(Wrong::FileSize(*size)),
            Some(_) if read && !is_whole(store, digest).await? => Some(Wrong::FileAltered),
            Some(_) => None,
        };
        let Some(wrong) = wrong else { continue };
        for file in by.iter().filter(|file| file.must || wrong != Wrong::FileMissing) {
            report.tell(file.record.clone(), wrong.clone());
        }
    }
    let unnamed: BTreeSet<&FileDigest> = kept.keys().filter(|digest| !named.contains_key(digest)).collect();
    for digest in unnamed {
        report.tell(Record::of("file", digest), Wrong::Unnamed);
    }
    for name in store.unfinished(now.into(), BROKEN_OFF).await? {
        report.tell(Record::of("upload", name), Wrong::Unfinished);
    }
    report.looked.insert("file", kept.len() as u64);
    Ok(())
}

async fn is_whole(store: &FileStore, digest: &FileDigest) -> Result<bool> {
    let mut stream = match store.open(digest).await {
        Ok(file) => file.stream,
        Err(FilesError::Damaged(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    loop {
        match stream.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(true),
            Err(error) if is_damage(&error) => return Ok(false),
            Err(error) => return Err(FilesError::from(error).into()),
        }
    }
}
