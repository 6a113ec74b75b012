//! The archives that Word and Excel documents are: read strictly, believed in nothing, and unpacked nowhere.
//!
//! Reading is our own, over records of the ZIP format (APPNOTE 6.3). A reader made to open whatever can be opened hides
//! one of two equal names and takes overlapping parts; here one reading decides, and what it can't account for is
//! refused. Only the compression itself is left to a library.

use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::error::FilesError;
use super::kind::{ArchiveFault, MediaType, Refusal, contains, read_up_to};
use super::office::{self, PartScan};

/// The most parts a document may have.
pub const MOST_ENTRIES: u64 = 2_000;
/// The most bytes the parts may have together when unpacked.
pub const MOST_INFLATED: u64 = 512 << 20;
/// How many times their packed size the parts may have together, once that is more than [`FREE_INFLATED`].
pub const MOST_RATIO: u64 = 200;
/// Up to this size together, the parts may be compressed as well as they will.
pub const FREE_INFLATED: u64 = 64 << 20;

/// The longest name of a part, in bytes.
const LONGEST_NAME: u16 = 1024;
/// The largest list of content types; real ones have some kilobytes.
const LARGEST_CONTENT_TYPES: usize = 1 << 20;
/// How many bytes are read and unpacked at a time.
const PIECE: usize = 64 << 10;
/// The longest record (signature, checksum and two long sizes) that may follow a part's data.
const LONGEST_DESCRIPTOR: u64 = 24;

const CONTENT_TYPES: &str = "[content_types].xml";

/// Whether the bytes start as a ZIP archive does.
pub(super) fn starts_one(head: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|start| head.starts_with(*start))
}

/// Whether the content ends as a ZIP archive does, whatever it starts with.
pub(super) fn ends_one(content: &mut (impl Read + Seek), size: u64) -> io::Result<bool> {
    Ok(find_end(content, size)?.is_some())
}

/// Which kind of document the archive is, after a look at all of it. `None`: it is no archive, since it has no end.
pub(super) fn examine(content: &mut (impl Read + Seek), size: u64) -> Result<Option<MediaType>, FilesError> {
    let Some(end) = find_end(content, size)? else {
        return Ok(None);
    };
    match examine_whole(content, &end) {
        // A record that says to read past the end.
        Err(FilesError::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(refused(ArchiveFault::Damaged))
        }
        result => result.map(Some),
    }
}

/// How many bytes the parts have together when unpacked, as the archive says; [`examine`] finds out whether it is true.
pub(super) fn unpacked_size(content: &mut (impl Read + Seek), size: u64) -> Result<u64, FilesError> {
    let end = find_end(content, size)?.ok_or_else(|| refused(ArchiveFault::Damaged))?;
    let directory = Directory::read(content, &end)?;
    let entries = list(content, &directory)?;
    Ok(entries.iter().fold(0, |sum, entry| entry.inflated.saturating_add(sum)))
}

fn examine_whole(content: &mut (impl Read + Seek), end: &End) -> Result<MediaType, FilesError> {
    let directory = Directory::read(content, end)?;
    let mut entries = list(content, &directory)?;
    locate(content, &mut entries, directory.start)?;
    bound(&entries)?;
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    if entries.iter().any(|entry| entry.name.rsplit('/').next() == Some("vbaproject.bin")) {
        return Err(Refusal::MacroRefused.into());
    }
    let kind = match (has(CONTENT_TYPES), has("word/document.xml"), has("xl/workbook.xml")) {
        (true, true, false) => MediaType::Docx,
        (true, false, true) => MediaType::Xlsx,
        _ => return Err(refused(ArchiveFault::NotOffice)),
    };
    if let Some(fault) = entries.iter().find_map(|entry| office::fault_of_name(&entry.name)) {
        return Err(Refusal::from(fault).into());
    }
    let mut content_types = Vec::new();
    let mut found = None;
    for entry in &entries {
        let is_list = entry.name == CONTENT_TYPES;
        let mut scan = PartScan::default();
        inflate(content, entry, |piece| {
            if is_list {
                content_types.extend_from_slice(piece);
            }
            // What the bytes say is of account only once they are known to be whole.
            found = found.or(scan.take(piece).err());
            content_types.len() <= LARGEST_CONTENT_TYPES
        })?;
        found = found.or(scan.end().err());
        if let Some(fault) = found.filter(|_| !is_list) {
            return Err(Refusal::from(fault).into());
        }
    }
    if lists_programs(&content_types) {
        return Err(Refusal::MacroRefused.into());
    }
    if let Some(fault) = found {
        return Err(Refusal::from(fault).into());
    }
    Ok(kind)
}

/// Whether a list of content types names a kind of part that programs are in, in UTF-8 or UTF-16, or writes in
/// references so that it can't be seen.
fn lists_programs(content_types: &[u8]) -> bool {
    let text: Vec<u8> = content_types.iter().filter(|&&byte| byte != 0).map(u8::to_ascii_lowercase).collect();
    [b"macroenabled".as_slice(), b"vbaproject", b"macrosheet", b"&#", b"<!entity"]
        .iter()
        .any(|wanted| contains(&text, wanted))
}

fn refused(fault: ArchiveFault) -> FilesError {
    Refusal::from(fault).into()
}

fn number<const N: usize>(record: &[u8], at: usize) -> u64 {
    record[at..at + N].iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// The record at the end of an archive, and where it is.
struct End {
    at: u64,
    record: [u8; End::LENGTH],
}

impl End {
    const LENGTH: usize = 22;
}

/// Finds the record at the end: the last one whose comment reaches exactly to the end of the content.
fn find_end(content: &mut (impl Read + Seek), size: u64) -> io::Result<Option<End>> {
    let longest = End::LENGTH + usize::from(u16::MAX);
    let from = size.saturating_sub(longest as u64);
    let tail = read_up_to(content, from, longest)?;
    let found = tail.windows(End::LENGTH).enumerate().rev().find(|(at, record)| {
        record.starts_with(b"PK\x05\x06") && number::<2>(record, 20) == (tail.len() - at - End::LENGTH) as u64
    });
    Ok(found.and_then(|(at, record)| Some(End { at: from + at as u64, record: record.try_into().ok()? })))
}

/// Where the list of parts is, and how many it has.
struct Directory {
    start: u64,
    length: u64,
    count: u64,
}

impl Directory {
    fn read(content: &mut (impl Read + Seek), end: &End) -> Result<Self, FilesError> {
        const LONG_LOCATOR: u64 = 20;
        let short = &end.record;
        let mut directory = Self {
            count: number::<2>(short, 10),
            length: number::<4>(short, 12),
            start: number::<4>(short, 16),
        };
        let mut agrees = number::<2>(short, 8) == directory.count;
        let mut ends_at = end.at;
        let locator = match end.at.checked_sub(LONG_LOCATOR) {
            Some(at) => read_up_to(content, at, 20)?,
            None => Vec::new(),
        };
        // Large archives, and those of some careful writers, give the same figures in 64 bits.
        if locator.starts_with(b"PK\x06\x07") {
            ends_at = number::<8>(&locator, 8);
            if ends_at > end.at {
                return Err(refused(ArchiveFault::Damaged));
            }
            let mut long = [0; 56];
            content.seek(SeekFrom::Start(ends_at))?;
            content.read_exact(&mut long)?;
            let same = |short: u64, unknown: u64, long: u64| short == unknown || short == long;
            let wide = Self {
                count: number::<8>(&long, 32),
                length: number::<8>(&long, 40),
                start: number::<8>(&long, 48),
            };
            agrees &= long.starts_with(b"PK\x06\x06")
                && number::<8>(&long, 24) == wide.count
                && same(directory.count, u16::MAX.into(), wide.count)
                && same(directory.length, u32::MAX.into(), wide.length)
                && same(directory.start, u32::MAX.into(), wide.start);
            directory = wide;
        }
        if directory.count > MOST_ENTRIES {
            return Err(refused(ArchiveFault::TooManyEntries));
        }
        agrees &= directory.start.checked_add(directory.length) == Some(ends_at);
        if agrees { Ok(directory) } else { Err(refused(ArchiveFault::Damaged)) }
    }
}

/// A part of an archive.
struct Entry {
    /// In lower case, as documents compare names.
    name: String,
    raw_name: Vec<u8>,
    method: u64,
    checksum: u64,
    packed: u64,
    inflated: u64,
    header: u64,
    data: u64,
}

const STORED: u64 = 0;
const DEFLATED: u64 = 8;

/// Reads the list of parts. Exactly as many are there as are announced, and each could be part of a document.
fn list(content: &mut (impl Read + Seek), directory: &Directory) -> Result<Vec<Entry>, FilesError> {
    content.seek(SeekFrom::Start(directory.start))?;
    let mut records = BufReader::with_capacity(PIECE, content).take(directory.length);
    let mut names = HashSet::new();
    let mut entries = Vec::new();
    for _ in 0..directory.count {
        let entry = read_entry(&mut records)?;
        if !names.insert(entry.name.clone()) {
            return Err(refused(ArchiveFault::DuplicateName));
        }
        entries.push(entry);
    }
    if records.limit() == 0 { Ok(entries) } else { Err(refused(ArchiveFault::Damaged)) }
}

fn read_entry(records: &mut impl Read) -> Result<Entry, FilesError> {
    let mut record = [0; 46];
    records.read_exact(&mut record)?;
    if !record.starts_with(b"PK\x01\x02") {
        return Err(refused(ArchiveFault::Damaged));
    }
    let [name_length, extra_length, comment_length] =
        [28, 30, 32].map(|at| u16::from_le_bytes([record[at], record[at + 1]]));
    if name_length > LONGEST_NAME {
        return Err(refused(ArchiveFault::UnsafeName));
    }
    let mut take = |length: u16| {
        let mut bytes = vec![0; length.into()];
        records.read_exact(&mut bytes).map(|()| bytes)
    };
    let (raw_name, extra, _comment) = (take(name_length)?, take(extra_length)?, take(comment_length)?);
    let name = safe_name(&raw_name)?;
    // Encrypted, strongly encrypted, or with hidden headers.
    if number::<2>(&record, 8) & (1 | 1 << 6 | 1 << 13) != 0 {
        return Err(refused(ArchiveFault::Encrypted));
    }
    // The kind of file on Unix: regular, a directory, or not told.
    if !matches!(number::<2>(&record, 40) >> 12, 0 | 0o4 | 0o10) {
        return Err(refused(ArchiveFault::Link));
    }
    let method = number::<2>(&record, 10);
    if !matches!(method, STORED | DEFLATED) {
        return Err(refused(ArchiveFault::Method));
    }
    let mut wide = wide_numbers(&extra);
    let mut widen = |short: u64| match short {
        0xffff_ffff => wide.next().ok_or(refused(ArchiveFault::Damaged)),
        short => Ok(short),
    };
    let inflated = widen(number::<4>(&record, 24))?;
    let packed = widen(number::<4>(&record, 20))?;
    let header = widen(number::<4>(&record, 42))?;
    Ok(Entry {
        name,
        raw_name,
        method,
        checksum: number::<4>(&record, 16),
        packed,
        inflated,
        header,
        data: 0,
    })
}

/// The numbers of 64 bits among the extra fields of a record.
fn wide_numbers(extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut rest = extra;
    let mut wide: &[u8] = &[];
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let (kind, length) = (number::<2>(head, 0), u16::from_le_bytes([head[2], head[3]]));
        let Some((field, after)) = tail.split_at_checked(length.into()) else {
            break;
        };
        if kind == 1 {
            wide = field;
            break;
        }
        rest = after;
    }
    wide.chunks_exact(8).map(|bytes| number::<8>(bytes, 0))
}

/// The name in lower case, if it stays within the archive and looks the same to everybody.
fn safe_name(raw: &[u8]) -> Result<String, FilesError> {
    let name = std::str::from_utf8(raw).map_err(|_| refused(ArchiveFault::UnsafeName))?;
    let is_safe = !name.is_empty()
        && !name.chars().any(|character| character.is_control() || matches!(character, '\\' | ':'))
        && name.strip_suffix('/').unwrap_or(name).split('/').all(|part| !matches!(part, "" | "." | ".."));
    if is_safe { Ok(name.to_ascii_lowercase()) } else { Err(refused(ArchiveFault::UnsafeName)) }
}

/// Finds each part's data by its own header, which must say what the list says. The parts must follow one another from
/// the start of the archive to the list, with no room for others between.
fn locate(content: &mut (impl Read + Seek), entries: &mut [Entry], end: u64) -> Result<(), FilesError> {
    entries.sort_by_key(|entry| entry.header);
    let mut free_from = 0;
    for entry in entries {
        follows(free_from, entry.header)?;
        content.seek(SeekFrom::Start(entry.header))?;
        let mut header = [0; 30];
        content.read_exact(&mut header)?;
        let name_length = number::<2>(&header, 26);
        let mut name = vec![0; entry.raw_name.len()];
        content.read_exact(&mut name)?;
        // A writer that did not know the sizes yet leaves them 0, or all ones when they are given in 64 bits.
        let has_size = |at: usize, size: u64| {
            matches!(number::<4>(&header, at), 0 | 0xffff_ffff) || number::<4>(&header, at) == size
        };
        let same = header.starts_with(b"PK\x03\x04")
            && number::<2>(&header, 8) == entry.method
            && has_size(18, entry.packed)
            && has_size(22, entry.inflated)
            && name_length == name.len() as u64
            && name == entry.raw_name;
        if !same {
            return Err(refused(ArchiveFault::Damaged));
        }
        entry.data = entry.header + 30 + name_length + number::<2>(&header, 28);
        free_from = entry.data.saturating_add(entry.packed);
        if free_from > end {
            return Err(refused(ArchiveFault::Layout));
        }
    }
    follows(free_from, end)
}

/// What starts at `start` follows upon what ended at `end`, but for a record that may follow a part's data.
fn follows(end: u64, start: u64) -> Result<(), FilesError> {
    match start.checked_sub(end) {
        Some(0..=LONGEST_DESCRIPTOR) => Ok(()),
        _ => Err(refused(ArchiveFault::Layout)),
    }
}

/// Bounds what the parts say they would be when unpacked; [`inflate`] holds each to what it says.
fn bound(entries: &[Entry]) -> Result<(), FilesError> {
    let total = entries.iter().fold(0_u64, |total, entry| total.saturating_add(entry.inflated));
    let packed: u64 = entries.iter().map(|entry| entry.packed).sum();
    if total > MOST_INFLATED || (total > FREE_INFLATED && total > packed.saturating_mul(MOST_RATIO)) {
        return Err(refused(ArchiveFault::TooLarge));
    }
    Ok(())
}

/// Unpacks a part piece by piece into nothing but `look`, which says whether to go on, and checks that it is as large
/// as it says and whole.
fn inflate(
    content: &mut (impl Read + Seek),
    entry: &Entry,
    mut look: impl FnMut(&[u8]) -> bool,
) -> Result<(), FilesError> {
    let mut checksum = Crc::new();
    let mut inflated = 0;
    let mut take = |piece: &[u8]| {
        inflated += piece.len() as u64;
        checksum.update(piece);
        if inflated > entry.inflated {
            return Err(refused(ArchiveFault::SizeMismatch));
        }
        if look(piece) { Ok(()) } else { Err(refused(ArchiveFault::TooLarge)) }
    };
    content.seek(SeekFrom::Start(entry.data))?;
    let mut packed = content.take(entry.packed);
    let mut input = vec![0; PIECE];
    if entry.method == STORED {
        loop {
            match packed.read(&mut input)? {
                0 => break,
                length => take(&input[..length])?,
            }
        }
    } else {
        unpack(&mut packed, &mut input, take)?;
    }
    if packed.limit() != 0 {
        return Err(refused(ArchiveFault::Damaged));
    }
    if inflated != entry.inflated {
        return Err(refused(ArchiveFault::SizeMismatch));
    }
    if u64::from(checksum.sum()) != entry.checksum {
        return Err(refused(ArchiveFault::Damaged));
    }
    Ok(())
}

/// Unpacks all of `packed`, which ends where its compression ends.
fn unpack(
    packed: &mut impl Read,
    input: &mut [u8],
    mut take: impl FnMut(&[u8]) -> Result<(), FilesError>,
) -> Result<(), FilesError> {
    let mut decompress = Decompress::new(false);
    let mut output = vec![0; PIECE];
    loop {
        let length = packed.read(input)?;
        let mut used = 0;
        loop {
            let (before_in, before_out) = (decompress.total_in(), decompress.total_out());
            let status = decompress
                .decompress(&input[used..length], &mut output, FlushDecompress::None)
                .map_err(|_| refused(ArchiveFault::Damaged))?;
            let [taken, given] = [decompress.total_in() - before_in, decompress.total_out() - before_out]
                .map(|count| usize::try_from(count).unwrap_or(usize::MAX));
            used += taken;
            take(&output[..given])?;
            match status {
                Status::StreamEnd if used == length => return Ok(()),
                // Something follows the end, or the rest is missing.
                Status::StreamEnd => return Err(refused(ArchiveFault::Damaged)),
                _ if taken == 0 && given == 0 => break,
                _ => {}
            }
        }
        if length == 0 {
            return Err(refused(ArchiveFault::Damaged));
        }
    }
}
