//! Why a file could not be received, kept or read.

use std::{fmt, io};

use super::FileDigest;
use super::kind::Refusal;
use crate::domain::values::count;

/// Why a file could not be received, kept or read.
#[derive(Debug)]
pub enum FilesError {
    /// More bytes came than the receiver allows.
    TooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
    /// The bytes that came are not those that the sender announced.
    DigestMismatch {
        /// What the sender announced.
        expected: FileDigest,
        /// What came.
        found: FileDigest,
    },
    /// The content is not of a kind that may be kept.
    Refused(Refusal),
    /// Too little disk space is left to take in a file.
    InsufficientStorage,
    /// There is no file with this digest.
    NotFound,
    /// What is kept under this digest is something else.
    Damaged(FileDigest),
    /// The file system failed.
    Io(io::Error),
    /// The object store failed.
    Store(object_store::Error),
}

impl fmt::Display for FilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => {
                write!(f, "the file is larger than {}", count(limit, "byte", "bytes"))
            }
            Self::DigestMismatch { expected, found } => {
                write!(f, "the file announced as {expected} came as {found}")
            }
            Self::Refused(refusal) => write!(f, "{}: {}", refusal.code(), refusal.message().1),
            Self::InsufficientStorage => f.write_str("too little disk space is left for files"),
            Self::NotFound => f.write_str("there is no such file"),
            Self::Damaged(digest) => write!(f, "what is kept as {digest} is something else"),
            Self::Io(error) => write!(f, "the file system failed: {error}"),
            Self::Store(error) => write!(f, "the object store failed: {error}"),
        }
    }
}

impl std::error::Error for FilesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for FilesError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::InsufficientStorage,
            _ => Self::Io(error),
        }
    }
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for FilesError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
