//! Where files are while they come in: under names that nobody can guess, until they are whole or given up.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::error::FilesError;
use super::{FileDigest, blocking};

/// How many bytes are gathered before they are hashed and written at once, away from the threads that serve requests.
const GATHERED: usize = 256 << 10;

/// The ending of the name of a file that is coming in.
const ENDING: &str = "part";

/// The folder that files come into.
#[derive(Clone, Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    /// Bytes that files may yet bring which come in now.
    promised: Arc<AtomicU64>,
}

impl Spool {
    /// Uses `folder`, which is made if it is not there.
    pub(super) fn new(folder: PathBuf) -> io::Result<Self> {
        make_private(&folder)?;
        Ok(Self { folder, promised: Arc::default() })
    }

    /// How many bytes the file system has left for the likes of us.
    pub(super) fn free(&self) -> io::Result<u64> {
        let space = rustix::fs::statvfs(&self.folder)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// Starts a file of at most `limit` bytes and probably `size`, unless these, what others were promised, and what must
    /// be `kept_free` are more than there is.
    pub(super) fn receive(&self, limit: u64, size: u64, kept_free: u64) -> Result<Incoming, FilesError> {
        // Promised before it is looked: of two at once, one sees the other.
        let promise = Promise::new(&self.promised, size);
        if self.free()? < kept_free.saturating_add(self.promised.load(Ordering::Relaxed)) {
            return Err(FilesError::InsufficientStorage);
        }
        let (file, spooled) = self.create()?;
        let gathered = Vec::with_capacity(GATHERED);
        Ok(Incoming {
            sink: Some(Sink { file, hash: Sha256::new() }),
            gathered,
            spooled,
            size: 0,
            limit,
            promise,
        })
    }

    fn create(&self) -> io::Result<(File, Spooled)> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
        let path = self.folder.join(hex::encode(secret)).with_extension(ENDING);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok((file, Spooled { path }))
    }

    /// Removes what nobody has written to for `age` before `now`: files that a stopped process left.
    pub(super) fn sweep(&self, now: SystemTime, age: Duration) -> io::Result<usize> {
        let left = self.left(now, age)?;
        Ok(left.into_iter().filter(|path| fs::remove_file(path).is_ok()).count())
    }

    /// What nobody has written to for `age` before `now`.
    pub(super) fn left(&self, now: SystemTime, age: Duration) -> io::Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension().is_none_or(|extension| extension != ENDING) {
                continue;
            }
            // One that is finished or given up meanwhile is gone by itself.
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let is_old =
                written.is_ok_and(|written| now.duration_since(written).is_ok_and(|idle| idle >= age));
            if is_old {
                left.push(entry.path());
            }
        }
        Ok(left)
    }

    /// Whether a file whose name begins so lies beside this folder.
    pub(super) fn has_beside(&self, start: &str) -> io::Result<bool> {
        for entry in fs::read_dir(self.folder.join(".."))? {
            if entry?.file_name().to_str().is_some_and(|name| name.starts_with(start)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether files can be made here.
    pub(super) fn check(&self) -> io::Result<()> {
        self.create().map(drop)
    }
}

/// Room on the disk that is promised to a file while it comes in, as far as it is not written yet.
#[derive(Debug)]
struct Promise {
    all: Arc<AtomicU64>,
    bytes: u64,
}

impl Promise {
    fn new(all: &Arc<AtomicU64>, bytes: u64) -> Self {
        all.fetch_add(bytes, Ordering::Relaxed);
        Self { all: Arc::clone(all), bytes }
    }

    /// What has been written takes room by itself.
    fn keep(&mut self, bytes: u64) {
        let kept = bytes.min(self.bytes);
        self.bytes -= kept;
        self.all.fetch_sub(kept, Ordering::Relaxed);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Makes a folder its owner's alone, whether it was there or not.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// A file in the spool; it is removed with this.
#[derive(Debug)]
struct Spooled {
    path: PathBuf,
}

impl Drop for Spooled {
    fn drop(&mut self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a spooled file could not be removed; the next sweep will try again");
            }
            _ => {}
        }
    }
}

/// What bytes go through to the disk.
#[derive(Debug)]
struct Sink {
    file: File,
    hash: Sha256,
}

impl Sink {
    fn take_in(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }
}

/// A file that is coming in. Given up (dropped), it leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    /// Not there while it works, and so not any more once that was given up or failed.
    sink: Option<Sink>,
    gathered: Vec<u8>,
    spooled: Spooled,
    size: u64,
    limit: u64,
    promise: Promise,
}

impl Incoming {
    /// Takes in the next bytes.
    ///
    /// # Errors
    ///
    /// [`FilesError::TooLarge`] as soon as there are more bytes than the limit, or what the disk says. The file can't be
    /// finished then.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), FilesError> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        self.check_size()?;
        let mut rest = bytes.as_ref();
        while self.gathered.len() + rest.len() >= GATHERED {
            let (now, later) = rest.split_at(GATHERED - self.gathered.len());
            self.gathered.extend_from_slice(now);
            self.flush().await?;
            rest = later;
        }
        self.gathered.extend_from_slice(rest);
        Ok(())
    }

    /// Ends the file: it is on the disk then, and has the digest that was announced, if one was.
    ///
    /// # Errors
    ///
    /// [`FilesError::DigestMismatch`], [`FilesError::TooLarge`] if that was not heeded before, or what the disk says.
    pub async fn finish(mut self, expected: Option<FileDigest>) -> Result<Received, FilesError> {
        self.check_size()?;
        self.flush().await?;
        let Self { sink, spooled, size, .. } = self;
        let sink = sink.ok_or_else(interrupted)?;
        blocking(move || {
            let digest = FileDigest::from(<[u8; 32]>::from(sink.hash.finalize()));
            if let Some(expected) = expected.filter(|&expected| expected != digest) {
                return Err(FilesError::DigestMismatch { expected, found: digest });
            }
            sink.file.sync_all()?;
            Ok(Received { spooled, digest, size })
        })
        .await
    }

    fn check_size(&self) -> Result<(), FilesError> {
        if self.size > self.limit { Err(FilesError::TooLarge { limit: self.limit }) } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), FilesError> {
        let mut sink = self.sink.take().ok_or_else(interrupted)?;
        let mut gathered = std::mem::take(&mut self.gathered);
        let written = gathered.len() as u64;
        let (sink, gathered) = blocking(move || {
            sink.take_in(&gathered)?;
            gathered.clear();
            Ok((sink, gathered))
        })
        .await?;
        self.promise.keep(written);
        self.sink = Some(sink);
        self.gathered = gathered;
        Ok(())
    }
}

/// Some of the bytes are lost, since writing them failed or was given up.
fn interrupted() -> FilesError {
    FilesError::Io(io::Error::other("an earlier write was interrupted"))
}

/// A file that came in whole. Dropped without being kept, it leaves nothing behind.
#[derive(Debug)]
pub struct Received {
    spooled: Spooled,
    digest: FileDigest,
    size: u64,
}

impl Received {
    /// The digest of its content.
    pub fn digest(&self) -> FileDigest {
        self.digest
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where it is for now.
    pub(super) fn path(&self) -> &Path {
        &self.spooled.path
    }
}
