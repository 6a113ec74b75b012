//! Pictures as others get them: without what cameras and programs write beside the pixels, and what that says of time, place and
//! device.
//!
//! A picture is walked from its first byte to its last; nothing is decoded. What is kept is on a list; what a list does not know
//! is left out. Pixels and colour profiles stay byte for byte, and how the picture is to be turned is written anew. Of the
//! metadata a few fields are looked up where they must stand, so that a picture made to be read for ever, or to fill the memory,
//! is neither.

mod cut;
mod exif;
mod jpeg;
mod png;
mod walk;

use std::io::{self, Read};
use std::ops::Range;

use bytes::Bytes;

use self::cut::Pulled;
use self::jpeg::jpeg;
use self::png::png;
use self::walk::{Fault, Walk};
use super::kind::MediaType;
use super::{FileStream, FilesError, blocking};
use crate::domain::photo::PhotoFacts;

pub use self::cut::PhotoCopy;

/// What is known of a picture once it was walked.
#[derive(Debug, PartialEq, Eq)]
pub struct Photo {
    /// What it says of itself.
    pub facts: PhotoFacts,
    /// What others get of it.
    pub copy: PhotoCopy,
    /// How many pixels it claims.
    pub(super) pixels: u64,
    /// Where in its file it ends.
    pub(super) end: u64,
}

/// A part of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// These bytes of the file.
    Kept(Range<u64>),
    /// Bytes in place of others of the file.
    Put(Bytes),
}

/// The picture's structure is broken: what of it is metadata can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Bytes of metadata that are looked into. JPEG has room for fewer.
const MOST_METADATA: u64 = 1 << 20;

/// Walks a kept picture, to its end in any case: whoever reads on knows that it is what its digest was made of.
///
/// # Errors
/// What reading it says; [`Broken`] inside where it is no picture of its kind, or not wholly.
pub async fn examine(file: FileStream, kind: MediaType) -> Result<Result<Photo, Broken>, FilesError> {
    let runtime = tokio::runtime::Handle::current();
    blocking(move || {
        let mut content = Pulled { runtime, stream: file.stream, piece: Bytes::new() };
        let found = walk(&mut content, kind)?;
        io::copy(&mut content, &mut io::sink())?;
        Ok(found)
    })
    .await
}

/// Walks a picture.
///
/// # Errors
/// What reading it says.
pub(super) fn walk(content: impl Read, kind: MediaType) -> io::Result<Result<Photo, Broken>> {
    let mut walk = Walk::new(content);
    let walked = match kind {
        MediaType::Jpeg => jpeg(&mut walk),
        MediaType::Png => png(&mut walk),
        MediaType::Pdf | MediaType::Docx | MediaType::Xlsx => Err(Fault::Broken),
    };
    match walked {
        Ok(()) => Ok(Ok(walk.done())),
        Err(Fault::Broken) => Ok(Err(Broken)),
        Err(Fault::Io(error)) => Err(error),
    }
}
