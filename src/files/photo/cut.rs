//! A picture without what it tells of its maker, read as it is sent.

use std::io::{self, Read};
use std::ops::Range;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::Piece;
use crate::files::{FileDigest, FileStream};

/// A copy of a picture without metadata: what of its file it consists of.
#[derive(Debug, PartialEq, Eq)]
pub struct PhotoCopy {
    /// How many bytes it has.
    pub size: u64,
    /// The digest of its bytes.
    pub digest: FileDigest,
    pub(super) pieces: Vec<Piece>,
}

impl PhotoCopy {
    /// The copy, made of the file while that is read. Its last piece comes only once all of the file was read.
    pub fn of(&self, file: FileStream) -> FileStream {
        let pieces = self.pieces.clone().into_iter();
        let cut = Cut { file: file.stream, at: 0, piece: Bytes::new(), pieces, next: None, held: None };
        let stream = stream::try_unfold(cut, async |mut cut| Ok(cut.next().await?.map(|bytes| (bytes, cut))));
        FileStream { size: self.size, stream: stream.boxed() }
    }
}

/// A file that is being cut.
struct Cut {
    file: BoxStream<'static, io::Result<Bytes>>,
    /// Where in the file `piece` begins.
    at: u64,
    piece: Bytes,
    pieces: std::vec::IntoIter<Piece>,
    /// What is left of the part under way.
    next: Option<Range<u64>>,
    /// What is given out next.
    held: Option<Bytes>,
}

impl Cut {
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(bytes) = self.cut().await? {
            if let Some(ready) = self.held.replace(bytes) {
                return Ok(Some(ready));
            }
        }
        while self.file.next().await.transpose()?.is_some() {}
        Ok(self.held.take())
    }

    /// The next bytes of the copy.
    async fn cut(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let range = match self.next.take() {
                Some(range) => range,
                None => match self.pieces.next() {
                    None => return Ok(None),
                    Some(Piece::Put(bytes)) => return Ok(Some(bytes)),
                    Some(Piece::Kept(range)) => range,
                },
            };
            let end = self.at + self.piece.len() as u64;
            if range.start >= end {
                let piece = self.file.next().await.transpose()?;
                (self.at, self.piece) = (end, piece.ok_or(io::ErrorKind::UnexpectedEof)?);
                self.next = Some(range);
                continue;
            }
            let within = |at: u64| usize::try_from(at - self.at).unwrap_or(usize::MAX);
            let bytes = self.piece.slice(within(range.start)..within(range.end.min(end)));
            self.next = (range.end > end).then_some(end..range.end);
            return Ok(Some(bytes));
        }
    }
}

/// A stream, read by a thread that may wait.
pub(super) struct Pulled {
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) stream: BoxStream<'static, io::Result<Bytes>>,
    pub(super) piece: Bytes,
}

impl Read for Pulled {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.stream.next()) {
                None => return Ok(0),
                // Of a file that ends too early the end of a picture could not be told.
                Some(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(io::Error::other(error));
                }
                Some(piece) => self.piece = piece?,
            }
        }
        let taken = self.piece.split_to(into.len().min(self.piece.len()));
        into[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}
