//! The store of evidence files: they come in to a spool, are looked at, and are kept under the digest of their content.
//!
//! A file is under its final name wholly or not at all, and what is there is on the disk (or in the object store)
//! before [`FileStore::keep`] returns, so that a row in the database may refer to it. The same content is kept once;
//! who may read it is decided by row, never by digest.

mod archive;
mod encoding;
mod error;
mod kind;
mod name;
mod objects;
mod office;
mod package;
mod packaged;
mod pdf;
mod photo;
mod scanner;
mod spool;
mod spreadsheet;
mod store;
mod table;
mod typeset;
mod word;

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

pub use archive::{FREE_INFLATED, MOST_ENTRIES, MOST_INFLATED, MOST_RATIO};
pub use encoding::decoded;
pub use error::FilesError;
pub use kind::{ArchiveFault, MOST_PIXELS, MediaType, OfficeFault, PdfFault, Refusal, sniff};
pub use name::{LONGEST_NAME, clean_name, content_disposition};
pub use objects::Objects;
pub use package::Package;
pub use packaged::PackagedFiles;
pub use pdf::{FREE_PDF_INFLATED, MOST_PDF_INFLATED, MOST_PDF_RATIO};
pub use photo::{Broken, Photo, PhotoCopy, examine as examine_photo};
pub use scanner::{NoVerdict, Scanner, ScannerAddress, Verdict};
pub use spool::{Incoming, Received};
pub use spreadsheet::{Allowed, Cell, Grid, csv, workbook};
pub use store::{FileStore, FileStream, KEPT_FREE, S3Settings, StoredFile, is_damage};
pub use table::{EXPLANATIONS, MOST_COLUMNS, MOST_ROWS, TableFault, read_table};
pub use typeset::{Fonts, NoChineseFont, Role, pdf};
pub use word::docx;

/// The SHA-256 of a file's content, which is also what the store calls the file. Written as 64 hexadecimal digits in
/// lower case, and read only so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileDigest([u8; 32]);

impl FileDigest {
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for FileDigest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileDigest({self})")
    }
}

/// A text is not a digest: it is not 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigest;

impl fmt::Display for NotADigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SHA-256 is 64 hexadecimal digits in lower case")
    }
}

impl std::error::Error for NotADigest {}

impl FromStr for FileDigest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let mut bytes = [0; 32];
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if is_lower => Ok(Self(bytes)),
            _ => Err(NotADigest),
        }
    }
}

impl Serialize for FileDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Copies all of a file, and says what its digest and its size are.
///
/// # Errors
///
/// What the file, or where it is copied to, says.
pub fn hashed(from: &mut dyn Read, into: &mut dyn Write) -> io::Result<(FileDigest, u64)> {
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut piece = vec![0; 128 << 10];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok((FileDigest(hash.finalize().into()), size)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&piece[..read]);
        into.write_all(&piece[..read])?;
        size += read as u64;
    }
}

/// Does work that waits for a disk, or computes for long, away from the threads that serve requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FilesError> + Send + 'static,
) -> Result<T, FilesError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(FilesError::Io(std::io::Error::other(error))),
    }
}
