//! Pictures as others get them: without what cameras and programs write beside the pixels, and what that says of time, place and
//! device.
//!
//! A picture is walked from its first byte to its last; nothing is decoded. What is kept is on a list; what a list does not know
//! is left out. Pixels and colour profiles stay byte for byte, and how the picture is to be turned is written anew. Of the
//! metadata a few fields are looked up where they must stand, so that a picture made to be read for ever, or to fill the memory,
//! is neither.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;

use bytes::Bytes;
use chrono::NaiveDateTime;
use flate2::Crc;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::kind::MediaType;
use super::{FileDigest, FileStream, FilesError, blocking};
use crate::domain::photo::{PhotoFacts, Place, Taken};
use crate::domain::text::forbidden_character;

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

/// A copy of a picture without metadata: what of its file it consists of.
#[derive(Debug, PartialEq, Eq)]
pub struct PhotoCopy {
    /// How many bytes it has.
    pub size: u64,
    /// The digest of its bytes.
    pub digest: FileDigest,
    pieces: Vec<Piece>,
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

/// Pieces that a copy may consist of; pictures have a handful.
const MOST_PIECES: usize = 10_000;

/// Bytes of metadata that are looked into. JPEG has room for fewer.
const MOST_METADATA: u64 = 1 << 20;

/// Fields of a directory that are looked at.
const MOST_FIELDS: u16 = 512;

/// Bytes of a text among the metadata.
const MOST_TEXT: usize = 256;

/// Characters that are shown of a device's name.
const MOST_DEVICE: usize = 80;

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
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
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
struct Pulled {
    runtime: tokio::runtime::Handle,
    stream: BoxStream<'static, io::Result<Bytes>>,
    piece: Bytes,
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

/// Why a picture was not walked to its end.
enum Fault {
    Broken,
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Broken } else { Self::Io(error) }
    }
}

type Walked<T = ()> = Result<T, Fault>;

/// A picture that is being walked.
struct Walk<R> {
    content: BufReader<R>,
    /// How many bytes were read.
    at: u64,
    pieces: Vec<Piece>,
    size: u64,
    hash: Sha256,
    pixels: u64,
    facts: Option<PhotoFacts>,
}

impl<R: Read> Walk<R> {
    fn new(content: R) -> Self {
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

    fn done(self) -> Photo {
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

    fn byte(&mut self) -> Walked<u8> {
        let mut byte = [0];
        self.content.read_exact(&mut byte)?;
        self.at += 1;
        Ok(byte[0])
    }

    fn bytes(&mut self, count: u64) -> Walked<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.content).take(count).read_to_end(&mut bytes)?;
        self.at += bytes.len() as u64;
        if bytes.len() as u64 == count { Ok(bytes) } else { Err(Fault::Broken) }
    }

    /// Keeps what was just read.
    fn keep(&mut self, bytes: &[u8]) -> Walked {
        let start = self.at - bytes.len() as u64;
        match self.pieces.last_mut() {
            Some(Piece::Kept(range)) if range.end == start => range.end = self.at,
            _ => self.add(Piece::Kept(start..self.at))?,
        }
        self.count(bytes);
        Ok(())
    }

    /// Puts bytes there instead of what was read.
    fn put(&mut self, bytes: Vec<u8>) -> Walked {
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

    fn count(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// Passes so many bytes, which may be more than the memory takes; those that are kept are summed up.
    fn pass(&mut self, mut rest: u64, kept: Option<&mut Crc>) -> Walked {
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
    fn sized(&mut self, width: u64, height: u64) -> Walked {
        self.pixels = self.pixels.max(width.saturating_mul(height));
        if width == 0 || height == 0 { Err(Fault::Broken) } else { Ok(()) }
    }

    /// Looks into metadata, the first that there are: how the picture is to be turned, if it is.
    fn look_into(&mut self, exif: &[u8]) -> Option<u8> {
        if self.facts.is_some() {
            return None;
        }
        let exif = Exif::new(exif)?;
        self.facts = Some(exif.facts());
        exif.turned()
    }
}

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// Segments from the start of the image to its end, with a frame before the first scan. What cameras append after the end (a
/// second picture, a short film) is no part of it.
fn jpeg(walk: &mut Walk<impl Read>) -> Walked {
    let start = walk.bytes(2)?;
    if start != [0xff, START_OF_IMAGE] {
        return Err(Fault::Broken);
    }
    walk.keep(&start)?;
    let (mut has_frame, mut has_scan) = (false, false);
    let mut marker = walk.byte()?;
    if marker != 0xff {
        return Err(Fault::Broken);
    }
    loop {
        while marker == 0xff {
            marker = walk.byte()?;
        }
        match marker {
            END_OF_IMAGE if has_frame && has_scan => return walk.keep(&[0xff, END_OF_IMAGE]),
            0x00..=0x01 | 0xd0..=0xd7 | START_OF_IMAGE | END_OF_IMAGE => return Err(Fault::Broken),
            _ => {}
        }
        let content = segment(walk, marker)?;
        if let (true, [_, high, low, wide, narrow, ..]) = (is_frame(marker), content.as_slice()) {
            let side = |high: &u8, low: &u8| u64::from(u16::from_be_bytes([*high, *low]));
            walk.sized(side(wide, narrow), side(high, low))?;
            has_frame = true;
        }
        if marker == START_OF_SCAN {
            has_scan = has_frame;
            marker = scan(walk)?;
        } else {
            marker = walk.byte()?;
            if marker != 0xff {
                return Err(Fault::Broken);
            }
        }
    }
}

/// Frames are C0 to CF but for tables (C4), extensions (C8) and arithmetic conditions (CC).
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// A segment, of which that is kept which makes the picture look as it does; its content.
fn segment(walk: &mut Walk<impl Read>, marker: u8) -> Walked<Vec<u8>> {
    let length = walk.bytes(2)?;
    let rest = u16::from_be_bytes([length[0], length[1]]).checked_sub(2).ok_or(Fault::Broken)?;
    let content = walk.bytes(rest.into())?;
    // Neither has room for anything besides its components.
    let whole = match content.as_slice() {
        [_, _, _, _, _, components, ..] if is_frame(marker) => 6 + 3 * usize::from(*components),
        [components, ..] if marker == START_OF_SCAN => 4 + 2 * usize::from(*components),
        _ if is_frame(marker) || marker == START_OF_SCAN => return Err(Fault::Broken),
        _ => content.len(),
    };
    if content.len() != whole {
        return Err(Fault::Broken);
    }
    match (marker, content.as_slice()) {
        // Frames, tables, scans, restarts; a profile of colours.
        (0xc0..=0xc7 | 0xc9..=0xcf | START_OF_SCAN..=0xdd, _)
        | (0xe2, [b'I', b'C', b'C', b'_', b'P', b'R', b'O', b'F', b'I', b'L', b'E', 0, ..]) => {
            walk.keep(&[&[0xff, marker], &*length, &content].concat())?;
        }
        // The density of pixels, without a thumbnail.
        (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) if content.len() >= 14 => {
            walk.put([b"\xff\xe0\0\x10", &content[..12], b"\0\0"].concat())?;
        }
        // Which colours the components are.
        (0xee, [b'A', b'd', b'o', b'b', b'e', ..]) if content.len() >= 12 => {
            walk.put([b"\xff\xee\0\x0e", &content[..12]].concat())?;
        }
        (0xe1, [b'E', b'x', b'i', b'f', 0, _, exif @ ..]) => {
            if let Some(turned) = walk.look_into(exif) {
                walk.put([b"\xff\xe1\0\x22Exif\0\0", &*only_turned(turned)].concat())?;
            }
        }
        _ => {}
    }
    Ok(content)
}

/// Keeps compressed pixels up to the first marker that is not part of them, which it returns.
fn scan(walk: &mut Walk<impl Read>) -> Walked<u8> {
    loop {
        let there = walk.content.fill_buf()?;
        let pixels = there.iter().position(|&byte| byte == 0xff).unwrap_or(there.len());
        if pixels > 0 {
            let bytes = walk.bytes(pixels as u64)?;
            walk.keep(&bytes)?;
            continue;
        }
        walk.byte()?;
        match walk.content.fill_buf()?.first() {
            None => return Err(Fault::Broken),
            Some(0xff) => walk.keep(&[0xff])?,
            Some(0x00 | 0xd0..=0xd7) => {
                let within = walk.byte()?;
                walk.keep(&[0xff, within])?;
            }
            Some(_) => return walk.byte(),
        }
    }
}

/// Chunks from the signature to the end.
fn png(walk: &mut Walk<impl Read>) -> Walked {
    let signature = walk.bytes(8)?;
    if signature != b"\x89PNG\r\n\x1a\n" {
        return Err(Fault::Broken);
    }
    walk.keep(&signature)?;
    loop {
        let head = walk.bytes(8)?;
        let (length, kind) = head.split_at(4);
        let length = length.iter().fold(0, |length, &byte| length << 8 | u64::from(byte));
        if length > u64::from(u32::MAX >> 1) || (kind == b"IHDR") == (walk.pixels > 0) {
            return Err(Fault::Broken);
        }
        match kind {
            b"IHDR" => {
                let content = walk.bytes(17)?;
                let side =
                    |at: usize| content[at..at + 4].iter().fold(0, |side, &byte| side << 8 | u64::from(byte));
                walk.keep(&[&*head, &content].concat())?;
                walk.sized(side(0), side(4))?;
                if length != 13 {
                    return Err(Fault::Broken);
                }
            }
            b"IEND" => {
                let sum = walk.bytes(4)?;
                walk.keep(&[&*head, &sum].concat())?;
                return if length == 0 && sum == b"\xae\x42\x60\x82" { Ok(()) } else { Err(Fault::Broken) };
            }
            b"eXIf" if length <= MOST_METADATA => {
                let exif = walk.bytes(length)?;
                walk.pass(4, None)?;
                if let Some(turned) = walk.look_into(&exif) {
                    walk.put(chunk(*b"eXIf", &only_turned(turned)))?;
                }
            }
            _ if MAKES_THE_PICTURE.iter().any(|known| *known == kind) => {
                let mut sum = Crc::new();
                sum.update(kind);
                walk.keep(&head)?;
                walk.pass(length, Some(&mut sum))?;
                let there = walk.bytes(4)?;
                walk.keep(&there)?;
                // With a wrong length it would hold what comes after it.
                if there != sum.sum().to_be_bytes() {
                    return Err(Fault::Broken);
                }
            }
            _ => walk.pass(length + 4, None)?,
        }
    }
}

/// Chunks that make a picture look as it does: its pixels, colours, density and frames.
const MAKES_THE_PICTURE: [&[u8; 4]; 18] = [
    b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"mDCv", b"cLLI",
    b"cLLi", b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(content);
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length, &kind[..], content, &sum.sum().to_be_bytes()].concat()
}

/// Metadata that say how a picture is to be turned, and nothing else.
fn only_turned(turned: u8) -> Vec<u8> {
    [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[turned][..], b"\0\0\0\0\0\0"].concat()
}

/// Metadata as cameras write them (Exif): directories of fields, after TIFF.
struct Exif<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
}

/// Where a directory of fields begins.
type Directory = usize;

impl<'a> Exif<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let is_big_endian = match bytes.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        Some(Self { bytes, is_big_endian })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn main(&self) -> Option<Directory> {
        usize::try_from(self.long(4)?).ok()
    }

    /// The directory that a field of the main one leads to.
    fn below(&self, tag: u16) -> Option<Directory> {
        let (at, _) = self.field(self.main()?, tag, LONG)?;
        usize::try_from(self.long(at)?).ok()
    }

    /// Where the values of a field of this kind are, and how many.
    fn field(&self, directory: Directory, tag: u16, kind: (u16, usize)) -> Option<(usize, usize)> {
        let fields = self.short(directory)?.min(MOST_FIELDS);
        let mut fields = (0..usize::from(fields)).map(|n| directory + 2 + 12 * n);
        let at = fields.find(|&at| self.short(at) == Some(tag))?;
        let count = usize::try_from(self.long(at + 4)?).ok()?;
        if self.short(at + 2)? != kind.0 {
            return None;
        }
        let is_here = count.checked_mul(kind.1)? <= 4;
        Some((if is_here { at + 8 } else { usize::try_from(self.long(at + 8)?).ok()? }, count))
    }

    fn text(&self, directory: Directory, tag: u16) -> Option<String> {
        let (at, count) = self.field(directory, tag, ASCII)?;
        let bytes = self.bytes.get(at..)?.get(..count)?;
        let bytes = bytes.split(|&byte| byte == 0).next()?;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_TEXT)]).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Three fractions: degrees or hours, minutes, seconds; in billionths of the first.
    fn sixtieths(&self, directory: Directory, tag: u16) -> Option<u64> {
        let (at, 3) = self.field(directory, tag, RATIONAL)? else { return None };
        let part = |n: usize| {
            let (over, under) = (self.long(at + 8 * n)?, self.long(at + 8 * n + 4)?);
            let share = 60_u64.pow(u32::try_from(n).ok()?) * u64::from(under);
            match (over, n) {
                // Cameras that don't tell seconds write nothing over nothing.
                (0, 1 | 2) => Some(0),
                (over, _) => (u64::from(over) * 1_000_000_000).checked_div(share),
            }
        };
        Some(part(0)? + part(1)? + part(2)?)
    }

    fn turned(&self) -> Option<u8> {
        let (at, _) = self.field(self.main()?, 0x0112, SHORT)?;
        u8::try_from(self.short(at)?).ok().filter(|turned| (2..=8).contains(turned))
    }

    fn facts(&self) -> PhotoFacts {
        let (shot, satellites) = (self.below(0x8769), self.below(0x8825));
        PhotoFacts {
            taken: shot.and_then(|shot| self.taken(shot)).or_else(|| self.taken_by_satellites(satellites?)),
            place: satellites.and_then(|satellites| self.place(satellites)),
            device: self.main().and_then(|main| self.device(main)),
        }
    }

    fn taken(&self, shot: Directory) -> Option<Taken> {
        let local = self.text(shot, 0x9003)?;
        let local = NaiveDateTime::parse_from_str(&local, "%Y:%m:%d %H:%M:%S").ok()?;
        let offset = self.text(shot, 0x9011);
        Some(Taken { local, offset_minutes: offset.as_deref().and_then(offset_minutes) })
    }

    /// By the time of the satellites, which is UTC but for leap seconds.
    fn taken_by_satellites(&self, satellites: Directory) -> Option<Taken> {
        let day = self.text(satellites, 0x1d)?;
        let midnight = NaiveDateTime::parse_from_str(&format!("{day} 00:00:00"), "%Y:%m:%d %H:%M:%S").ok()?;
        let hours = self.sixtieths(satellites, 0x07)?;
        let seconds = i64::try_from((u128::from(hours) * 3_600 + 500_000_000) / 1_000_000_000).ok()?;
        let since = chrono::TimeDelta::try_seconds(seconds).filter(|since| since.num_hours() <= 24)?;
        Some(Taken { local: midnight.checked_add_signed(since)?, offset_minutes: Some(0) })
    }

    fn place(&self, satellites: Directory) -> Option<Place> {
        let latitude = self.degrees(satellites, (0x01, "N", "S"), 0x02, 90)?;
        let longitude = self.degrees(satellites, (0x03, "E", "W"), 0x04, 180)?;
        // Cameras that have found no satellite write zeros.
        let is_somewhere = !latitude.is_zero() || !longitude.is_zero();
        is_somewhere.then_some(Place { latitude, longitude })
    }

    fn degrees(
        &self,
        directory: Directory,
        (side, positive, negative): (u16, &str, &str),
        tag: u16,
        most: u64,
    ) -> Option<Decimal> {
        let millionths = (self.sixtieths(directory, tag)? + 500) / 1_000;
        let degrees = Decimal::new(i64::try_from(millionths).ok()?, 6);
        let side = self.text(directory, side)?;
        match side.as_str() {
            _ if millionths > most * 1_000_000 => None,
            side if side == positive => Some(degrees),
            side if side == negative => Some(-degrees),
            _ => None,
        }
    }

    fn device(&self, main: Directory) -> Option<String> {
        let (maker, model) = (self.text(main, 0x010f), self.text(main, 0x0110));
        let device = match (maker, model) {
            (Some(maker), Some(model)) if model.to_lowercase().starts_with(&maker.to_lowercase()) => model,
            (Some(maker), Some(model)) => format!("{maker} {model}"),
            (maker, model) => maker.or(model)?,
        };
        let is_shown = |c: &char| *c != '\n' && forbidden_character(c.encode_utf8(&mut [0; 4])).is_none();
        Some(device.chars().filter(is_shown).take(MOST_DEVICE).collect())
    }
}

/// Kinds of fields, each with the bytes that a value takes.
const ASCII: (u16, usize) = (2, 1);
const SHORT: (u16, usize) = (3, 2);
const LONG: (u16, usize) = (4, 4);
const RATIONAL: (u16, usize) = (5, 8);

/// `+08:00` in minutes.
fn offset_minutes(text: &str) -> Option<i16> {
    let (sign, rest) = (text.get(..1)?, text.get(1..)?);
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let ahead = i16::from(hours) * 60 + i16::from(minutes);
    match sign {
        _ if hours > 14 || minutes > 59 => None,
        "+" => Some(ahead),
        "-" => Some(-ahead),
        _ => None,
    }
}
