//! Keeping files and giving them out: in a folder of this machine, or in an object store that speaks S3.

mod bucket;
mod folder;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fmt, io};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{Attributes, ObjectStore, ObjectStoreExt};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt;

use self::bucket::{PIECE, key, upload};
use self::folder::{
    kept_before, kept_in, make_content_private, move_into, path_below, put_in_folder, remove_from, sync,
};
use super::error::FilesError;
use super::kind::{MediaType, sniff};
use super::spool::{Incoming, Received, Spool, make_private};
use super::{FileDigest, blocking};

pub use self::bucket::S3Settings;
pub(super) use self::bucket::send;

/// How many bytes of disk stay free: with less, no file is taken in.
pub const KEPT_FREE: u64 = 1 << 30;
/// The folder, or the start of the keys, that kept files are under.
const EVIDENCE: &str = "evidence";
/// The size of the parts in which a large file goes to an object store; smaller files go at once.
const PART: usize = 8 << 20;
/// Files of so many bytes are read and checked before anything is given out; larger ones while they are.
const READ_AHEAD: u64 = 1 << 20;
/// How long the object store may keep silent, and how long a request to it is repeated.
const PATIENCE: Duration = Duration::from_secs(15);

/// A file that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// What the store calls it.
    pub digest: FileDigest,
    /// How many bytes it has.
    pub size: u64,
    /// What it really is.
    pub media_type: MediaType,
}

/// A kept file on its way out.
pub struct FileStream {
    /// How many bytes it has.
    pub size: u64,
    /// Its content, piece by piece. A file that ends before its size, or is not what its digest was made of, is an error
    /// before its last piece.
    pub stream: BoxStream<'static, io::Result<Bytes>>,
}

impl fmt::Debug for FileStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStream").field("size", &self.size).finish_non_exhaustive()
    }
}

/// The store of evidence files.
#[derive(Debug)]
pub struct FileStore {
    spool: Spool,
    kept_free: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Bucket(AmazonS3),
}

impl FileStore {
    /// A store in a folder of this machine: `spool` and `evidence` below `directory`, made if they are not there.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn local(directory: &Path) -> Result<Self, FilesError> {
        let is_new = !directory.exists();
        let spool = Spool::new(directory.join("spool"))?;
        let evidence = directory.join(EVIDENCE);
        make_private(&evidence)?;
        make_content_private(&evidence)?;
        sync(directory)?;
        if is_new {
            sync(&directory.canonicalize()?.join(".."))?;
        }
        Ok(Self { spool, kept_free: KEPT_FREE, place: Place::Folder(evidence) })
    }

    /// A store in an object store. Nothing is asked of it yet; [`check`](Self::check) does.
    ///
    /// # Errors
    ///
    /// [`FilesError::Store`] when the settings can't be right, or what the disk of the spool says.
    pub fn s3(settings: S3Settings) -> Result<Self, FilesError> {
        let bucket = settings.connect()?;
        let spool = Spool::new(settings.spool_directory)?;
        Ok(Self { spool, kept_free: KEPT_FREE, place: Place::Bucket(bucket) })
    }

    /// The same store, which keeps another number of bytes free than [`KEPT_FREE`].
    #[must_use]
    pub fn keeping_free(self, bytes: u64) -> Self {
        Self { kept_free: bytes, ..self }
    }

    /// Starts to take in a file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`FilesError::InsufficientStorage`] when so many bytes would not fit beside what files bring that come in already
    /// and what stays free, or what the disk says otherwise.
    pub async fn receive(&self, limit: u64) -> Result<Incoming, FilesError> {
        self.receive_announced(limit, None).await
    }

    /// The same where it was announced how many bytes there will be.
    ///
    /// # Errors
    ///
    /// As of [`receive`](Self::receive).
    pub async fn receive_announced(
        &self,
        limit: u64,
        announced: Option<u64>,
    ) -> Result<Incoming, FilesError> {
        let (spool, kept_free) = (self.spool.clone(), self.kept_free);
        let size = announced.unwrap_or(limit).min(limit);
        blocking(move || spool.receive(limit, size, kept_free)).await
    }

    /// Keeps a file that came in, if it really is what a file of this name may be. When this returns, the file is there
    /// for good. If it was there already, it is left as it is.
    ///
    /// # Errors
    ///
    /// [`FilesError::Refused`], or what the disk or the object store says. Nothing is kept then.
    pub async fn keep(&self, received: Received, declared_name: &str) -> Result<StoredFile, FilesError> {
        let name = declared_name.to_owned();
        let (received, media_type) = blocking(move || {
            let media_type = sniff(&mut File::open(received.path())?, received.size(), &name)?;
            Ok((received, media_type))
        })
        .await?;
        let stored = StoredFile { digest: received.digest(), size: received.size(), media_type };
        match &self.place {
            Place::Folder(evidence) => {
                let evidence = evidence.clone();
                blocking(move || move_into(&evidence, &received)).await?;
            }
            Place::Bucket(bucket) => upload(bucket, &received, media_type).await?,
        }
        Ok(stored)
    }

    /// Puts back a file of a backup, whose content has been found to be that of its digest; what is there under the
    /// digest and is something else is replaced. The file is moved or copied away from `path`.
    ///
    /// # Errors
    ///
    /// What the disk or the object store says.
    pub async fn put_back(&self, digest: FileDigest, path: &Path) -> Result<(), FilesError> {
        match &self.place {
            Place::Folder(evidence) => {
                let (evidence, path) = (evidence.clone(), path.to_owned());
                blocking(move || put_in_folder(&evidence, digest, &path)).await
            }
            Place::Bucket(bucket) => send(bucket, &key(digest), path, Attributes::new()).await,
        }
    }

    /// Opens a kept file.
    ///
    /// # Errors
    ///
    /// [`FilesError::NotFound`]; [`FilesError::Damaged`] where that is seen before anything is given out; or what the
    /// disk or the object store says.
    pub async fn open(&self, digest: &FileDigest) -> Result<FileStream, FilesError> {
        let FileStream { size, stream } = self.open_unchecked(digest).await?;
        let mut checked = checked(stream, *digest).boxed();
        if size > READ_AHEAD {
            return Ok(FileStream { size, stream: checked });
        }
        let mut pieces = Vec::new();
        while let Some(piece) = checked.next().await {
            pieces.push(Ok(piece.map_err(|error| {
                if is_damage(&error) { FilesError::Damaged(*digest) } else { error.into() }
            })?));
        }
        Ok(FileStream { size, stream: stream::iter(pieces).boxed() })
    }

    async fn open_unchecked(&self, digest: &FileDigest) -> Result<FileStream, FilesError> {
        match &self.place {
            Place::Folder(evidence) => {
                let path = path_below(evidence, *digest);
                let file = tokio::fs::File::open(path).await.map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => FilesError::NotFound,
                    _ => error.into(),
                })?;
                let size = file.metadata().await?.len();
                Ok(FileStream { size, stream: pieces(file, size).boxed() })
            }
            Place::Bucket(bucket) => {
                let found = bucket.get(&key(*digest)).await.map_err(|error| match error {
                    object_store::Error::NotFound { .. } => FilesError::NotFound,
                    other => other.into(),
                })?;
                let size = found.meta.size;
                Ok(FileStream { size, stream: found.into_stream().map_err(io::Error::other).boxed() })
            }
        }
    }

    /// Removes files that came in and were neither kept nor given up, since the process stopped: those that nobody has
    /// written to for `older_than` before `now`. Returns how many.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub async fn sweep_spool(&self, now: SystemTime, older_than: Duration) -> Result<usize, FilesError> {
        let spool = self.spool.clone();
        blocking(move || Ok(spool.sweep(now, older_than)?)).await
    }

    /// The names of files that came in and that nobody has written to for `older_than` before `now`.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub async fn unfinished(&self, now: SystemTime, older_than: Duration) -> Result<Vec<String>, FilesError> {
        let spool = self.spool.clone();
        let left = blocking(move || Ok(spool.left(now, older_than)?)).await?;
        let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(left.iter().filter_map(name).collect())
    }

    /// All kept files with their sizes, without a look at what is in them.
    ///
    /// # Errors
    ///
    /// What the disk or the object store says.
    pub async fn kept(&self) -> Result<BTreeMap<FileDigest, u64>, FilesError> {
        match &self.place {
            Place::Folder(evidence) => {
                let evidence = evidence.clone();
                blocking(move || Ok(kept_in(&evidence)?)).await
            }
            Place::Bucket(bucket) => {
                let found: Vec<_> = bucket.list(Some(&Key::from(EVIDENCE))).try_collect().await?;
                let named = |name: Option<&str>| name.and_then(|name| name.parse().ok());
                let kept =
                    found.iter().filter_map(|object| Some((named(object.location.filename())?, object.size)));
                Ok(kept.collect())
            }
        }
    }

    /// The kept files of the shelf of a number that came before a time.
    ///
    /// # Errors
    ///
    /// What the disk or the object store says.
    pub async fn kept_before(&self, number: u8, before: SystemTime) -> Result<Vec<FileDigest>, FilesError> {
        let name = hex::encode([number]);
        match &self.place {
            Place::Folder(evidence) => {
                let folder = evidence.join(name);
                blocking(move || Ok(kept_before(&folder, before)?)).await
            }
            Place::Bucket(bucket) => {
                let found = bucket.list(Some(&Key::from_iter([EVIDENCE, &name])));
                let old = found.try_filter_map(async |object| {
                    let is_old = SystemTime::from(object.last_modified) < before;
                    let digest = object.location.filename().and_then(|name| name.parse::<FileDigest>().ok());
                    Ok(digest.filter(|_| is_old))
                });
                Ok(old.try_collect().await?)
            }
        }
    }

    /// Removes a kept file that nobody may come to name any more, unless it came again since a time; whether it did.
    ///
    /// # Errors
    ///
    /// What the disk or the object store says.
    pub async fn remove(&self, digest: FileDigest, before: SystemTime) -> Result<bool, FilesError> {
        match &self.place {
            Place::Folder(evidence) => {
                let evidence = evidence.clone();
                blocking(move || Ok(remove_from(&evidence, digest, before)?)).await
            }
            Place::Bucket(bucket) => {
                let key = key(digest);
                match bucket.head(&key).await {
                    Ok(there) if SystemTime::from(there.last_modified) < before => {}
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => return Ok(false),
                    Err(error) => return Err(error.into()),
                }
                bucket.delete(&key).await?;
                Ok(true)
            }
        }
    }

    /// Whether a file whose name begins so lies beside the folder that files come into.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub async fn has_beside(&self, start: &'static str) -> Result<bool, FilesError> {
        let spool = self.spool.clone();
        blocking(move || Ok(spool.has_beside(start)?)).await
    }

    /// How many bytes are left where files come in, and how many of them must stay free for a file to be taken in.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub async fn space(&self) -> Result<(u64, u64), FilesError> {
        let spool = self.spool.clone();
        Ok((blocking(move || Ok(spool.free()?)).await?, self.kept_free))
    }

    /// Whether files are kept in a bucket, not in a folder of this machine.
    pub fn is_bucket(&self) -> bool {
        matches!(self.place, Place::Bucket(_))
    }

    /// Whether files can be taken in and kept now.
    ///
    /// # Errors
    ///
    /// What the disk or the object store says.
    pub async fn check(&self) -> Result<(), FilesError> {
        let spool = self.spool.clone();
        blocking(move || Ok(spool.check()?)).await?;
        match &self.place {
            Place::Folder(evidence) => {
                let evidence = evidence.clone();
                let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
                blocking(move || Ok(rustix::fs::access(&evidence, access).map_err(io::Error::from)?)).await
            }
            Place::Bucket(bucket) => {
                bucket.list(Some(&Key::from(EVIDENCE))).next().await.transpose()?;
                Ok(())
            }
        }
    }
}

/// The name of the folder that a file is in: the first two digits of its digest.
fn cache(digest: FileDigest) -> String {
    hex::encode(&digest.as_bytes()[..1])
}

/// Whether a stream of a kept file ended because it is not what its digest was made of.
pub fn is_damage(error: &io::Error) -> bool {
    let inside = error.get_ref().and_then(|inside| inside.downcast_ref::<FilesError>());
    matches!(inside, Some(FilesError::Damaged(_)))
}

/// The same pieces, the last of them only once all are known to be what the digest was made of: whoever gets less than
/// the size that was told knows that something is wrong.
fn checked(
    pieces: BoxStream<'static, io::Result<Bytes>>,
    digest: FileDigest,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    let start = (pieces, Sha256::new(), Bytes::new(), false);
    stream::try_unfold(start, move |(mut pieces, mut hash, mut held, ended)| async move {
        if ended {
            return Ok(None);
        }
        while let Some(piece) = pieces.try_next().await? {
            hash.update(&piece);
            let ready = std::mem::replace(&mut held, piece);
            if !ready.is_empty() {
                return Ok(Some((ready, (pieces, hash, held, false))));
            }
        }
        if hash.finalize().as_slice() == digest.as_bytes().as_slice() {
            Ok(Some((held, (pieces, Sha256::new(), Bytes::new(), true))))
        } else {
            Err(io::Error::other(FilesError::Damaged(digest)))
        }
    })
}

/// The first `size` bytes of a file, piece by piece.
fn pieces(file: tokio::fs::File, size: u64) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold((file, size), async |(mut file, rest)| {
        if rest == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(rest).unwrap_or(PIECE).min(PIECE);
        let mut piece = BytesMut::with_capacity(wanted);
        (&mut file).take(wanted as u64).read_buf(&mut piece).await?;
        if piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let rest = rest - piece.len() as u64;
        Ok(Some((piece.freeze(), (file, rest))))
    })
}
