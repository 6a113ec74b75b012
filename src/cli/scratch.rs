//! Folders for what is being made: nobody takes them for what is finished, and what an interrupted command left in one
//! goes when the next looks.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::clock::Clock;

/// A folder that this process alone uses, gone with the value.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes one, named `prefix` and an identifier, for its owner alone; removes those that nobody uses any more.
    pub(super) fn new(parent: &Path, prefix: &str, clock: &Clock) -> io::Result<Self> {
        sweep(parent, prefix);
        loop {
            let path = parent.join(format!("{prefix}{}", clock.new_id()));
            DirBuilder::new().mode(0o700).create(&path)?;
            // Another process that sweeps may have taken it for a left one just now.
            if let Ok(lock) = File::open(&path)
                && lock.try_lock().is_ok()
                && path.is_dir()
            {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders with this prefix that no process uses: what interrupted commands left.
pub(super) fn sweep(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_ours = name.strip_prefix(prefix).is_some_and(|id| Uuid::parse_str(id).is_ok());
        if is_ours
            && !path.is_symlink()
            && let Ok(lock) = File::open(&path)
            && lock.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Has what is written on the file system of a folder, and the folder's own entries, kept for good.
pub(super) fn sync_all(folder: &Path) -> io::Result<()> {
    let folder = File::open(folder)?;
    rustix::fs::syncfs(&folder)?;
    folder.sync_all()
}
