//! Walks through a picture piece by piece.

use std::io::{self, BufReader, Read};

use flate2::Crc;
use sha2::{Digest as _, Sha256};

use super::cut::PhotoCopy;
use super::exif::Exif;
use super::{Photo, Piece};
use crate::domain::photo::PhotoFacts;
use crate::files::FileDigest;

/// Pieces that a copy may consist of; pictures have a handful.
const MOST_PIECES: usize = 10_000;

/// Why a picture was not walked to its end.
pub(super) enum Fault {
    Broken,
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Broken } else { Self::Io(error) }
    }
}

pub(super) type Walked<T = ()> = Result<T, Fault>;

/// A picture that is being walked.
pub(super) struct Walk<R> {
    pub(super) content: BufReader<R>,
    /// How many bytes were read.
    pub(super) at: u64,
    pub(super) pieces: Vec<Piece>,
    pub(super) size: u64,
    hash: Sha256,
    pub(super) pixels: u64,
    pub(super) facts: Option<PhotoFacts>,
}

impl<R: Read> Walk<R> {
    pub(super) fn new(content: R) -> Self {
        Self {
            content: BufReader::with_capacity(64 << 10, content),
            at: 0,
            pieces: Vec::new(),
            size: 0,
            hash: Sha256::new(),
            pixels: 0,
            facts: None,
        }
    }

    pub(super) fn done(self) -> Photo {
        Photo {
            facts: self.facts.unwrap_or_default(),
            copy: PhotoCopy {
                size: self.size,
                digest: FileDigest::from(<[u8; 32]>::from(self.hash.finalize())),
                pieces: self.pieces,
            },
            pixels: self.pixels,
            end: self.at,
        }
    }

    pub(super) fn byte(&mut self) -> Walked<u8> {
        let mut byte = [0];
        self.content.read_exact(&mut byte)?;
        self.at += 1;
        Ok(byte[0])
    }

    pub(super) fn bytes(&mut self, count: u64) -> Walked<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.content).take(count).read_to_end(&mut bytes)?;
        self.at += bytes.len() as u64;
        if bytes.len() as u64 == count { Ok(bytes) } else { Err(Fault::Broken) }
    }

    /// Keeps what was just read.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Walked {
        let start = self.at - bytes.len() as u64;
        match self.pieces.last_mut() {
            Some(Piece::Kept(range)) if range.end == start => range.end = self.at,
            _ => self.add(Piece::Kept(start..self.at))?,
        }
        self.count(bytes);
        Ok(())
    }

    /// Puts bytes there instead of what was read.
    pub(super) fn put(&mut self, bytes: Vec<u8>) -> Walked {
        self.count(&bytes);
        self.add(Piece::Put(bytes.into()))
    }

    fn add(&mut self, piece: Piece) -> Walked {
        if self.pieces.len() >= MOST_PIECES {
            return Err(Fault::Broken);
        }
        self.pieces.push(piece);
        Ok(())
    }

    pub(super) fn count(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// Passes so many bytes, which may be more than the memory takes; those that are kept are summed up.
    pub(super) fn pass(&mut self, mut rest: u64, kept: Option<&mut Crc>) -> Walked {
        let mut kept = kept;
        while rest > 0 {
            let bytes = self.bytes(rest.min(64 << 10))?;
            rest -= bytes.len() as u64;
            if let Some(sum) = &mut kept {
                sum.update(&bytes);
                self.keep(&bytes)?;
            }
        }
        Ok(())
    }

    /// A picture of this size.
    pub(super) fn sized(&mut self, width: u64, height: u64) -> Walked {
        self.pixels = self.pixels.max(width.saturating_mul(height));
        if width == 0 || height == 0 { Err(Fault::Broken) } else { Ok(()) }
    }

    /// Looks into metadata, the first that there are: how the picture is to be turned, if it is.
    pub(super) fn look_into(&mut self, exif: &[u8]) -> Option<u8> {
        if self.facts.is_some() {
            return None;
        }
        let exif = Exif::new(exif)?;
        self.facts = Some(exif.facts());
        exif.turned()
    }
}
