//! Evidence in a folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use super::cache;
use crate::files::FileDigest;
use crate::files::error::FilesError;
use crate::files::spool::{Received, make_private};

pub(super) fn path_below(evidence: &Path, digest: FileDigest) -> PathBuf {
    evidence.join(cache(digest)).join(digest.to_string())
}

/// The kept files of a folder with their sizes.
pub(super) fn kept_in(evidence: &Path) -> io::Result<BTreeMap<FileDigest, u64>> {
    let mut kept = BTreeMap::new();
    for cache in fs::read_dir(evidence)? {
        let cache = cache?;
        if !cache.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(cache.path())? {
            let file = file?;
            if let Some(digest) = file.file_name().to_str().and_then(|name| name.parse().ok()) {
                kept.insert(digest, file.metadata()?.len());
            }
        }
    }
    Ok(kept)
}

/// The files of a shelf that came before a time; of one that is not there, none.
pub(super) fn kept_before(cache: &Path, before: SystemTime) -> io::Result<Vec<FileDigest>> {
    let files = match fs::read_dir(cache) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        files => files?,
    };
    let mut old = Vec::new();
    for file in files {
        let file = file?;
        let came = file.metadata().and_then(|metadata| metadata.modified());
        let digest = file.file_name().to_str().and_then(|name| name.parse::<FileDigest>().ok());
        old.extend(digest.filter(|_| came.is_ok_and(|came| came < before)));
    }
    Ok(old)
}

/// Removes a file, unless it came again since a time. Under the lock of its shelf, so that none goes that comes again just
/// now ([`move_into`]).
pub(super) fn remove_from(evidence: &Path, digest: FileDigest, before: SystemTime) -> io::Result<bool> {
    let folder = File::open(evidence.join(cache(digest)))?;
    folder.lock()?;
    let path = path_below(evidence, digest);
    let came = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        metadata => metadata?.modified()?,
    };
    if came >= before {
        return Ok(false);
    }
    fs::remove_file(&path)?;
    folder.sync_all()?;
    Ok(true)
}

/// Says that a file came just now, though it was there.
fn came_again(path: &Path) -> io::Result<()> {
    let now = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
    };
    Ok(rustix::fs::futimens(File::open(path)?, &now)?)
}

/// Makes what is kept its owner's alone, whatever became of it.
pub(super) fn make_content_private(evidence: &Path) -> io::Result<()> {
    for cache in fs::read_dir(evidence)? {
        let cache = cache?;
        if !cache.file_type()?.is_dir() {
            continue;
        }
        make_private(&cache.path())?;
        for file in fs::read_dir(cache.path())? {
            let file = file?;
            let metadata = file.metadata()?;
            if metadata.is_file() && metadata.permissions().mode() & 0o177 != 0 {
                fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600))?;
            }
        }
    }
    Ok(())
}

/// Moves a file to its final name, unless it is there. Both folders are synced in any case: another task may have made
/// the entry just now and not have synced it yet.
pub(super) fn move_into(evidence: &Path, received: &Received) -> Result<(), FilesError> {
    let cache = evidence.join(cache(received.digest()));
    let path = path_below(evidence, received.digest());
    make_private(&cache)?;
    let folder = File::open(&cache)?;
    folder.lock()?;
    match fs::metadata(&path) {
        Ok(there) if there.len() == received.size() => came_again(&path)?,
        found => {
            if found.is_ok() {
                tracing::error!(digest = %received.digest(), "a kept file had lost its size and is replaced");
            }
            fs::rename(received.path(), &path)?;
        }
    }
    folder.sync_all()?;
    sync(evidence)?;
    Ok(())
}

/// Moves a file of a backup to its final name, unless the same content is there.
pub(super) fn put_in_folder(evidence: &Path, digest: FileDigest, path: &Path) -> Result<(), FilesError> {
    let cache = evidence.join(cache(digest));
    let kept = path_below(evidence, digest);
    if kept.is_file() && crate::files::hashed(&mut File::open(&kept)?, &mut io::sink())?.0 == digest {
        return Ok(());
    }
    make_private(&cache)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    File::open(path)?.sync_all()?;
    fs::rename(path, &kept)?;
    sync(&cache)?;
    sync(evidence)?;
    Ok(())
}

/// Has the entries of a folder written to the disk.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
