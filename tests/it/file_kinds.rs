//! What files really are: the five kinds that may be kept, and every way to pretend.

use std::collections::HashSet;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use qianglian::files::{
    ArchiveFault, FREE_INFLATED, FREE_PDF_INFLATED, FilesError, LONGEST_NAME, MOST_ENTRIES, MOST_INFLATED,
    MOST_RATIO, MediaType, OfficeFault, PdfFault, Refusal, clean_name, content_disposition, sniff,
};

use super::made_files::{
    Part, archive, archive_in_64_bits, docx, docx_parts, end, jpeg, pdf, pdf_of, pdf_stream, png, with_list,
    written_by_zip, xlsx, xlsx_parts, zlib, zlib_zeros,
};

/// Content that is read as from a file, which fails after so many reads.
struct Disk<'b> {
    content: Cursor<&'b [u8]>,
    reads_left: u32,
}

impl Read for Disk<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads_left = self.reads_left.checked_sub(1).ok_or(io::ErrorKind::PermissionDenied)?;
        self.content.read(buffer)
    }
}

impl Seek for Disk<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(at) if i64::try_from(at).is_err() => Err(io::ErrorKind::InvalidInput.into()),
            _ => self.content.seek(to),
        }
    }
}

fn look(name: &str, bytes: &[u8]) -> Result<MediaType, Refusal> {
    let mut content = Disk { content: Cursor::new(bytes), reads_left: u32::MAX };
    match sniff(&mut content, bytes.len() as u64, name) {
        Ok(kind) => Ok(kind),
        Err(FilesError::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{name}: {other}"),
    }
}

/// The archive's fault, when it is refused for one.
fn fault(bytes: &[u8]) -> Option<ArchiveFault> {
    match look("a.docx", bytes) {
        Err(Refusal::ArchiveRefused(fault)) => Some(fault),
        _ => None,
    }
}

/// A document with one more part.
fn docx_with(part: Part) -> Vec<u8> {
    archive(&[docx_parts(), vec![part]].concat())
}

/// A document whose main part is changed.
fn docx_but(change: impl Fn(&mut Part)) -> Vec<u8> {
    let mut parts = docx_parts();
    change(parts.last_mut().unwrap());
    archive(&parts)
}

fn code(name: &str, bytes: &[u8]) -> &'static str {
    match look(name, bytes) {
        Ok(_) => "accepted",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn the_five_kinds_are_known_by_content_and_name() {
    let good: [(&str, Vec<u8>, MediaType); 8] = [
        ("a.pdf", pdf(40), MediaType::Pdf),
        ("申报书.PDF", pdf(5000), MediaType::Pdf),
        ("a.docx", docx(), MediaType::Docx),
        ("a.xlsx", xlsx(), MediaType::Xlsx),
        ("a.png", png(10_000, 10_000), MediaType::Png),
        ("a.jpg", jpeg(10_000, 10_000), MediaType::Jpeg),
        ("a.JPEG", jpeg(1, 1), MediaType::Jpeg),
        ("a.jpg", [jpeg(1, 1), b"a second picture".to_vec()].concat(), MediaType::Jpeg),
    ];
    for (name, bytes, kind) in good {
        assert_eq!(look(name, &bytes), Ok(kind), "{name}");
    }
    for kind in MediaType::ALL {
        assert_eq!(MediaType::from_mime(kind.mime()), Some(kind));
        assert_eq!(MediaType::from_name(&format!("a.{}", kind.extension())), Some(kind));
    }
    assert_eq!(MediaType::from_mime("text/html"), None);
}

#[test]
fn documents_of_other_writers_are_accepted() {
    let parts = [docx_parts(), vec![Part::new("docProps/", b"")]].concat();
    assert_eq!(look("a.docx", &archive(&parts)), Ok(MediaType::Docx), "with a folder");
    assert_eq!(look("a.docx", &written_by_zip(&docx_parts(), false)), Ok(MediaType::Docx), "zip");
    assert_eq!(look("a.xlsx", &written_by_zip(&xlsx_parts(), true)), Ok(MediaType::Xlsx), "zip, large");
    assert_eq!(look("a.xlsx", &archive_in_64_bits(&xlsx_parts())), Ok(MediaType::Xlsx), "64 bits");
    let mut parts = docx_parts();
    parts.reverse();
    parts[0] = Part::stored("word/document.xml", b"<w:document/>");
    assert_eq!(look("a.docx", &archive(&parts)), Ok(MediaType::Docx), "another order, not compressed");
    let with_comment = {
        let mut bytes = docx();
        let length = bytes.len();
        bytes[length - 2] = 5;
        [bytes, b"hello".to_vec()].concat()
    };
    assert_eq!(look("a.docx", &with_comment), Ok(MediaType::Docx), "with a comment");
}

#[test]
fn what_is_not_what_it_says_is_refused() {
    let cases: [(&str, Vec<u8>, &str); 27] = [
        ("a.pdf", vec![], "file_empty"),
        ("a.pdf", b"<html><script>alert(1)</script>%PDF-1.4 %%EOF".to_vec(), "type_mismatch"),
        ("a.pdf", b"%PDF-1.4 <HTML><script>alert(1)</script> %%EOF".to_vec(), "type_mismatch"),
        ("a.pdf", [pdf(40), docx()].concat(), "type_mismatch"),
        ("a.pdf", b"%PDF-1.7 that was cut".to_vec(), "type_mismatch"),
        ("a.pdf", [pdf(40), vec![b' '; 1024]].concat(), "type_mismatch"),
        ("a.pdf", b"%PDF-3.0 %%EOF".to_vec(), "type_mismatch"),
        ("a.pdf", b"MZ\x90\0 %PDF-1.7 %%EOF".to_vec(), "type_not_allowed"),
        ("a.pdf", b"\x7fELF %PDF-1.7 %%EOF".to_vec(), "type_not_allowed"),
        ("a.pdf", b"#!/bin/sh".to_vec(), "type_not_allowed"),
        ("a.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "type_not_allowed"),
        ("a.html", b"<html></html>".to_vec(), "type_not_allowed"),
        ("a.exe", pdf(40), "type_not_allowed"),
        ("pdf", pdf(40), "type_not_allowed"),
        ("a.pdf", png(1, 1), "type_mismatch"),
        ("a.png", jpeg(1, 1), "type_mismatch"),
        ("a.jpg", pdf(40), "type_mismatch"),
        ("a.xlsx", docx(), "type_mismatch"),
        ("a.docx", xlsx(), "type_mismatch"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 with a password".to_vec(), "type_mismatch"),
        ("a.docx", docx()[..docx().len() - 1].to_vec(), "type_mismatch"),
        ("a.docx", docx()[..100].to_vec(), "type_mismatch"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "type_not_allowed"),
        ("a.zip", docx(), "type_not_allowed"),
        ("a.zip", archive(&[Part::new("readme.txt", b"hello")]), "archive_refused"),
        ("a.docx", archive(&[Part::new("readme.txt", b"hello")]), "archive_refused"),
        ("a.zip", end(0, 0, 0), "archive_refused"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(code(name, &bytes), expected, "{name} {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn images_are_whole_and_not_huge() {
    assert_eq!(look("a.png", &png(60_000, 60_000)), Err(Refusal::ImageTooLarge));
    assert_eq!(look("a.png", &png(10_001, 10_000)), Err(Refusal::ImageTooLarge));
    assert_eq!(look("a.png", &png(u32::MAX, u32::MAX)), Err(Refusal::ImageTooLarge));
    assert_eq!(look("a.jpg", &jpeg(60_000, 60_000)), Err(Refusal::ImageTooLarge));
    assert_eq!(look("a.jpg", &jpeg(10_001, 10_000)), Err(Refusal::ImageTooLarge));
    for (name, whole) in [("a.png", png(1, 1)), ("a.jpg", jpeg(1, 1))] {
        for length in 1..whole.len() {
            assert_eq!(code(name, &whole[..length]), "type_mismatch", "{name} cut after {length} bytes");
        }
    }
    for (name, empty) in
        [("a.png", png(0, 1)), ("a.png", png(1, 0)), ("a.jpg", jpeg(0, 1)), ("a.jpg", jpeg(1, 0))]
    {
        assert_eq!(code(name, &empty), "type_mismatch", "an image without pixels");
    }
    assert_eq!(code("a.png", &[png(1, 1), b"x".to_vec()].concat()), "type_mismatch", "after the end");
    assert_eq!(
        code("a.jpg", b"\xff\xd8\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\xd9"),
        "type_mismatch",
        "no frame"
    );
    assert_eq!(code("a.jpg", b"\xff\xd8\xff\xd9"), "type_mismatch", "nothing");
    let without_scan = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xd9";
    assert_eq!(code("a.jpg", without_scan), "type_mismatch", "no scan");
    for marker in [0x00, 0x01, 0xd0, 0xd7, 0xd8] {
        let bytes = [b"\xff\xd8\xff", [marker].as_slice(), b"\0\x02", &jpeg(1, 1)[2..]].concat();
        assert_eq!(code("a.jpg", &bytes), "type_mismatch", "{marker:x} stands between segments");
    }
    assert_eq!(
        code("a.jpg", b"\xff\xd8\xff\xe0\0\x01\xff\xd9"),
        "type_mismatch",
        "a segment shorter than its length"
    );
    assert_eq!(code("a.jpg", &[jpeg(1, 1), docx()].concat()), "type_mismatch", "a document behind");
}

#[test]
fn documents_with_programs_are_refused() {
    let types = |text: &[u8]| {
        let mut parts = xlsx_parts();
        parts[0] = Part::new("[Content_Types].xml", text);
        archive(&parts)
    };
    let wide: Vec<u8> = "macroEnabled".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let cases: [(&str, Vec<u8>); 8] = [
        ("a.xlsx", archive(&[xlsx_parts(), vec![Part::new("xl/vbaProject.bin", b"\xd0\xcf")]].concat())),
        ("a.xlsx", archive(&[xlsx_parts(), vec![Part::new("else/VBAPROJECT.BIN", b"\xd0\xcf")]].concat())),
        ("a.xlsx", types(b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>")),
        ("a.xlsx", types(b"<Types>application/vnd.ms-office.vbaProject</Types>")),
        ("a.xlsx", types(b"<Types>macro&#69;nabled</Types>")),
        ("a.xlsx", types(&wide)),
        ("a.xlsm", xlsx()),
        ("a.docm", docx()),
    ];
    for (name, bytes) in cases {
        assert_eq!(look(name, &bytes), Err(Refusal::MacroRefused), "{name}");
    }
}

#[test]
fn names_of_parts_stay_inside_and_are_told_apart() {
    let long = "x".repeat(1025);
    for name in [
        "/etc/passwd",
        "../evil",
        "word/../../evil",
        "a\\b",
        "C:evil",
        "a\0b",
        "a//b",
        "",
        "./a",
        "..",
        "/",
        &long,
    ] {
        assert_eq!(fault(&docx_with(Part::new(name, b"x"))), Some(ArchiveFault::UnsafeName), "{name:?}");
    }
    assert_eq!(fault(&docx_with(Part::new(&long[1..], b"x"))), None, "1,024 bytes are not too long");
    let part = Part { name: b"\xff".to_vec(), local_name: b"\xff".to_vec(), ..Part::new("x", b"x") };
    assert_eq!(fault(&docx_with(part)), Some(ArchiveFault::UnsafeName));
    for name in ["word/document.xml", "Word/Document.XML"] {
        assert_eq!(fault(&docx_with(Part::new(name, b"other"))), Some(ArchiveFault::DuplicateName), "{name}");
    }
}

#[test]
fn special_parts_are_refused() {
    for mode in [0o120_777, 0o060_644, 0o010_644] {
        assert_eq!(
            fault(&docx_with(Part { mode, ..Part::new("x", b"/etc/passwd") })),
            Some(ArchiveFault::Link)
        );
    }
    for mode in [0o100_644, 0o040_755, 0o644] {
        assert_eq!(fault(&docx_with(Part { mode, ..Part::new("x", b"x") })), None);
    }
    for flags in [1, 0x40, 0x2000] {
        assert_eq!(fault(&docx_with(Part { flags, ..Part::new("x", b"x") })), Some(ArchiveFault::Encrypted));
    }
    for method in [1, 9, 12, 14, 93, 99] {
        assert_eq!(fault(&docx_with(Part { method, ..Part::new("x", b"x") })), Some(ArchiveFault::Method));
    }
}

#[test]
fn sizes_and_checksums_are_believed_only_when_counted() {
    let less = docx_but(|part| part.inflated -= 1);
    let more = docx_but(|part| part.inflated += 1);
    let stored = docx_but(|part| *part = Part { inflated: 3, ..Part::stored("word/document.xml", b"four") });
    for lying in [less, more, stored] {
        assert_eq!(fault(&lying), Some(ArchiveFault::SizeMismatch));
    }
    let damaged = [
        docx_but(|part| part.checksum ^= 1),
        docx_but(|part| part.local_name = b"word/Document.xml".to_vec()),
        docx_but(|part| part.local_name = b"word/document.xml2".to_vec()),
        docx_but(|part| part.packed.push(0)),
        docx_but(|part| part.packed.truncate(part.packed.len() - 1)),
        docx_but(|part| part.packed.fill(0xff)),
    ];
    for (number, bytes) in damaged.iter().enumerate() {
        assert_eq!(fault(bytes), Some(ArchiveFault::Damaged), "number {number}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    let part = Part { inflated: u32::MAX - 1, ..Part::new("xl/media/x", &[0; 1000]) };
    assert_eq!(fault(&docx_with(part)), Some(ArchiveFault::TooLarge), "4 GiB announced");
    let quarter = Part { inflated: 256 << 20, ..Part::stored("x", &vec![0; 2 << 20]) };
    let parts = [
        docx_parts(),
        vec![quarter.clone()],
        vec![Part { name: "y".into(), local_name: "y".into(), ..quarter }],
    ];
    assert_eq!(
        fault(&archive(&parts.concat())),
        Some(ArchiveFault::TooLarge),
        "512 MiB and a little announced"
    );
    let well_packed = Part::zeros("x", 65);
    assert_eq!(fault(&docx_with(well_packed)), Some(ArchiveFault::TooLarge), "1,000 times its size");
    let less = Part::zeros("x", 60);
    assert_eq!(fault(&docx_with(less)), None, "1,000 times its size, but not large");
    // Exactly at a limit it is the false size that is refused, after a count.
    let announcing = |total: u64, packed: usize| {
        let others: u32 = docx_parts().iter().map(|part| part.inflated).sum();
        let packed_others: u32 = docx_parts().iter().map(Part::packed_size).sum();
        let content = vec![0; packed - usize::try_from(packed_others).unwrap()];
        fault(&docx_with(Part {
            inflated: u32::try_from(total).unwrap() - others,
            ..Part::stored("x", &content)
        }))
    };
    let enough = 3 << 20;
    assert_eq!(announcing(MOST_INFLATED, enough), Some(ArchiveFault::SizeMismatch));
    assert_eq!(announcing(MOST_INFLATED + 1, enough), Some(ArchiveFault::TooLarge));
    assert_eq!(announcing(FREE_INFLATED, 1000), Some(ArchiveFault::SizeMismatch));
    assert_eq!(announcing(FREE_INFLATED + 1, 1000), Some(ArchiveFault::TooLarge));
    let packed = 400_000;
    assert_eq!(announcing(packed as u64 * MOST_RATIO, packed), Some(ArchiveFault::SizeMismatch));
    assert_eq!(announcing(packed as u64 * MOST_RATIO + 1, packed), Some(ArchiveFault::TooLarge));
    let many = |count| {
        let parts =
            (docx_parts().len() as u64..count).map(|number| Part::stored(&format!("word/{number}"), b""));
        archive(&[docx_parts(), parts.collect()].concat())
    };
    assert_eq!(fault(&many(MOST_ENTRIES)), None);
    assert_eq!(fault(&many(MOST_ENTRIES + 1)), Some(ArchiveFault::TooManyEntries));
    let types = format!("<Types>{}</Types>", " ".repeat(1 << 20));
    let large_list =
        [vec![Part::new("[Content_Types].xml", types.as_bytes())], docx_parts()[1..].to_vec()].concat();
    assert_eq!(fault(&archive(&large_list)), Some(ArchiveFault::TooLarge), "a list of types of 1 MiB");
    let nested = archive(&[Part::new("bomb.zip", &docx_with(Part::new("x", &vec![0; 1 << 20])))]);
    assert_eq!(look("bomb.zip", &nested), Err(Refusal::ArchiveRefused(ArchiveFault::NotOffice)));
}

#[test]
fn parts_neither_overlap_nor_leave_room() {
    let listed = |part: &Part, at: usize| {
        part.listed(u32::try_from(at).unwrap(), &[], [part.packed_size(), part.inflated])
    };
    let parts = docx_parts();
    let mut bytes = Vec::new();
    let mut list = Vec::new();
    for part in &parts {
        list.push(listed(part, bytes.len()));
        bytes.extend(part.local());
    }
    // A part whose content is the next part, and so on: each is counted many times when unpacked.
    let inner = Part::stored("inner", b"x");
    let outer = Part::stored("outer", &inner.local());
    let at = bytes.len();
    let overlapping = [bytes.clone(), outer.local()].concat();
    let twice = vec![listed(&outer, at), listed(&inner, at + 30 + outer.name.len())];
    assert_eq!(
        fault(&with_list(overlapping.clone(), &[list.clone(), twice].concat())),
        Some(ArchiveFault::Layout)
    );
    assert_eq!(fault(&with_list(overlapping, &[list.clone(), vec![listed(&outer, at)]].concat())), None);

    let hidden = [bytes.clone(), inner.local()].concat();
    assert_eq!(fault(&with_list(hidden, &list)), Some(ArchiveFault::Layout), "a part that is not listed");
    let mut before = inner.local();
    let mut later = Vec::new();
    for part in &parts {
        later.push(listed(part, before.len()));
        before.extend(part.local());
    }
    assert_eq!(
        fault(&with_list(before, &later)),
        Some(ArchiveFault::Layout),
        "one before all that are listed"
    );
    let elsewhere = [inner.local(), bytes.clone()].concat();
    assert_eq!(
        fault(&with_list(elsewhere, &list)),
        Some(ArchiveFault::Damaged),
        "a list that points elsewhere"
    );
    let described = [bytes.clone(), vec![0; 24]].concat();
    assert_eq!(fault(&with_list(described, &list)), None, "a record after the data");

    let whole = with_list(bytes.clone(), &list);
    let list_length = u32::try_from(list.concat().len()).unwrap();
    let at = u32::try_from(bytes.len()).unwrap();
    for (count, length, at) in [
        (4, list_length, at),
        (2, list_length, at),
        (3, list_length - 1, at),
        (3, list_length, at - 1),
        (3, list_length, at + 1),
        (3, u32::MAX, at),
        (3, list_length, u32::MAX),
    ] {
        let lying = [&whole[..whole.len() - 22], &end(count, length, at)].concat();
        assert_eq!(fault(&lying), Some(ArchiveFault::Damaged), "{count} {length} {at}");
    }
}

#[test]
fn no_damage_to_an_archive_panics_or_is_taken_for_a_fault_of_the_disk() {
    for whole in [docx(), written_by_zip(&docx_parts(), true), archive_in_64_bits(&docx_parts())] {
        assert_eq!(look("a.docx", &whole), Ok(MediaType::Docx));
        for at in 0..whole.len() {
            for value in [0, 0xff, whole[at] ^ 1, whole[at] ^ 0x80, whole[at].wrapping_add(1)] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                // It is accepted or refused; `look` panics at anything else.
                let _ = look("a.docx", &bytes);
            }
        }
    }
}

#[test]
fn figures_in_64_bits_agree_with_all_others() {
    let whole = archive_in_64_bits(&docx_parts());
    // From the end: a short record of 22 bytes, where the long one is (20), the long one (56).
    let (short, locator, long) = (whole.len() - 22, whole.len() - 42, whole.len() - 98);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let count = u16::try_from(docx_parts().len()).unwrap().to_le_bytes();
    let start = &whole[long + 48..long + 52];
    let length = &whole[long + 40..long + 44];
    let agreeing =
        [with(short + 8, &[count, count].concat()), with(short + 12, length), with(short + 16, start)];
    for bytes in agreeing {
        assert_eq!(look("a.docx", &bytes), Ok(MediaType::Docx), "a short figure that is the same");
    }
    let lying = [
        with(short + 8, &[4, 0, 4, 0]),
        with(short + 8, &[4, 0]),
        with(short + 12, &[1, 0, 0, 0]),
        with(short + 16, &[1, 0, 0, 0]),
        with(long, b"PK\x06\x05"),
        with(long + 24, &[4]),
        with(long + 32, &[4]),
        with(long + 40, &[1]),
        with(long + 48, &[1]),
        with(locator + 8, &u64::MAX.to_le_bytes()),
        with(locator + 8, &(short as u64).to_le_bytes()),
    ];
    for (number, bytes) in lying.iter().enumerate() {
        assert_eq!(fault(bytes), Some(ArchiveFault::Damaged), "number {number}");
    }
    assert_eq!(fault(&with(long + 24, &[[0xff; 8], [0xff; 8]].concat())), Some(ArchiveFault::TooManyEntries));
    let missing = docx_but(|part| part.inflated = u32::MAX);
    assert_eq!(fault(&missing), Some(ArchiveFault::Damaged), "64 bits are announced but not there");
    let halves = with(short + 10, &[3, 0]);
    assert_eq!(fault(&halves), Some(ArchiveFault::Damaged), "two counts");
}

#[test]
fn a_failing_disk_is_not_taken_for_a_bad_file() {
    for (name, bytes) in [("a.docx", docx()), ("a.pdf", pdf(40)), ("a.png", png(1, 1)), ("a.jpg", jpeg(1, 1))]
    {
        let size = bytes.len() as u64;
        let mut failures = 0;
        loop {
            let mut content = Disk { content: Cursor::new(&bytes), reads_left: failures };
            match sniff(&mut content, size, name) {
                Err(FilesError::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
                Ok(_) => break,
                Err(other) => panic!("{name} after {failures} reads: {other}"),
            }
            failures += 1;
        }
        assert!(failures > 2, "{name}");
    }
}

#[test]
fn parts_of_every_size_are_unpacked_to_their_end() {
    let noise: Vec<u8> =
        (0_u32..40_000).flat_map(|number| (number.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    for size in [0, 1, 258, 65_535, 65_536, 65_537, 65_536 + 258, 131_071, 131_072, 131_073, 160_000] {
        for part in [
            Part::new("x", &vec![0; size]),
            Part::new("x", &noise[..size]),
            Part::stored("x", &noise[..size]),
        ] {
            assert_eq!(look("a.docx", &docx_with(part)), Ok(MediaType::Docx), "{size} bytes");
        }
    }
}

#[test]
fn refusals_are_explained_in_both_languages() {
    let refusals = [
        Refusal::FileEmpty,
        Refusal::TypeNotAllowed,
        Refusal::TypeMismatch { declared: MediaType::Docx },
        Refusal::TypeMismatch { declared: MediaType::Png },
        Refusal::MacroRefused,
        Refusal::ImageTooLarge,
        Refusal::PdfRefused(PdfFault::Script),
        Refusal::PdfRefused(PdfFault::Launch),
        Refusal::PdfRefused(PdfFault::Attachment),
        Refusal::PdfRefused(PdfFault::Encrypted),
        Refusal::PdfRefused(PdfFault::Media),
        Refusal::PdfRefused(PdfFault::Form),
        Refusal::PdfRefused(PdfFault::Structure),
        Refusal::PdfRefused(PdfFault::TooLarge),
        Refusal::OfficeRefused(OfficeFault::External),
        Refusal::OfficeRefused(OfficeFault::Embedded),
        Refusal::OfficeRefused(OfficeFault::Dde),
        Refusal::OfficeRefused(OfficeFault::Doctype),
        Refusal::OfficeRefused(OfficeFault::Encoding),
        Refusal::OfficeRefused(OfficeFault::TagTooLong),
    ];
    let faults = [
        ArchiveFault::Damaged,
        ArchiveFault::Layout,
        ArchiveFault::TooManyEntries,
        ArchiveFault::DuplicateName,
        ArchiveFault::UnsafeName,
        ArchiveFault::Link,
        ArchiveFault::Encrypted,
        ArchiveFault::Method,
        ArchiveFault::SizeMismatch,
        ArchiveFault::TooLarge,
        ArchiveFault::NotOffice,
    ];
    let refusals: Vec<Refusal> = refusals.into_iter().chain(faults.map(Refusal::from)).collect();
    for texts in [|(chinese, _)| chinese, |(_, english)| english] {
        let texts: HashSet<String> = refusals.iter().map(|refusal| texts(refusal.message())).collect();
        assert_eq!(texts.len(), refusals.len(), "each is explained in its own words");
    }
    for refusal in refusals {
        let (chinese, english) = refusal.message();
        assert!(chinese.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)), "{chinese}");
        assert!(english.is_ascii() && !english.is_empty(), "{english}");
    }
}

#[test]
fn names_are_cleaned() {
    let long = format!("{}.pdf", "长".repeat(5000));
    let cases = [
        ("申报书.pdf", "申报书.pdf"),
        ("../../x", "x"),
        ("C:\\Users\\me\\证明 1.docx", "证明 1.docx"),
        ("a\r\nSet-Cookie: b", "aSet-Cookie_ b"),
        ("\"; filename=\"x", "_; filename=_x"),
        ("\u{202e}fdp.exe", "fdp.exe"),
        ("a\u{200b}\u{feff}b.pdf", "ab.pdf"),
        ("CON", "_CON"),
        ("con.pdf", "_con.pdf"),
        ("lpt1.tar.gz", "_lpt1.tar.gz"),
        ("COM10.pdf", "COM10.pdf"),
        ("console.pdf", "console.pdf"),
        ("", "未命名"),
        ("..", "未命名"),
        ("a/", "未命名"),
        (" .pdf", "未命名.pdf"),
        ("  a . pdf . ", "a.pdf"),
        (".htaccess", "未命名.htaccess"),
        ("a?*<>|:b.pdf", "a______b.pdf"),
        ("年度.报告.全文", "年度.报告.全文"),
    ];
    for (given, expected) in cases {
        assert_eq!(clean_name(given), expected, "{given:?}");
    }
    let cleaned = clean_name(&long);
    assert_eq!(cleaned.chars().count(), LONGEST_NAME);
    assert!(cleaned.ends_with("长.pdf"), "{cleaned}");
    assert_eq!(clean_name(&"x.".repeat(5000)).chars().count(), LONGEST_NAME - 1);
    assert_eq!(clean_name(&"字".repeat(300)).chars().count(), LONGEST_NAME);
    assert_eq!(clean_name(&format!("con.{}.pdf", "x".repeat(300))).chars().count(), LONGEST_NAME);
    let endings = format!("a.{}", "x".repeat(300));
    for given in
        cases.map(|(given, _)| given).into_iter().chain([long.as_str(), &endings, "con. .pdf", "a. b. .c"])
    {
        let once = clean_name(given);
        assert_eq!(clean_name(&once), once, "{given:?}");
        assert!((1..=LONGEST_NAME).contains(&once.chars().count()));
    }
}

#[test]
fn a_name_can_not_leave_its_header() {
    assert_eq!(
        content_disposition("申报书 1.pdf"),
        "attachment; filename=\"___ 1.pdf\"; filename*=UTF-8''%E7%94%B3%E6%8A%A5%E4%B9%A6%201.pdf"
    );
    assert_eq!(
        content_disposition("a%22\"b;c'.pdf"),
        "attachment; filename=\"a_22_b;c'.pdf\"; filename*=UTF-8''a%2522_b%3Bc%27.pdf"
    );
    for name in ["a\r\nSet-Cookie: b", "\"; filename=\"x", "\u{202e}x", "", "😀.png"] {
        let header = content_disposition(name);
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}");
        assert_eq!(header.matches('"').count(), 2, "{header}");
    }
}

/// What is refused of a PDF with this between its first line and its end.
fn pdf_fault(body: &[u8]) -> Option<PdfFault> {
    match look("a.pdf", &pdf_of(body)) {
        Ok(_) => None,
        Err(Refusal::PdfRefused(fault)) => Some(fault),
        Err(other) => panic!("{other:?}: {}", String::from_utf8_lossy(body)),
    }
}

#[test]
fn a_pdf_with_a_program_an_attachment_or_encryption_is_refused() {
    let cases: [(&str, PdfFault); 19] = [
        ("1 0 obj <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>> endobj", PdfFault::Script),
        ("1 0 obj <</S/JavaScript>> endobj", PdfFault::Script),
        ("1 0 obj <</S /J#61vaScript>> endobj", PdfFault::Script),
        ("1 0 obj <</S /#4a#61#76#61#53#63#72#69#70#74>> endobj", PdfFault::Script),
        ("1 0 obj <</S /Rendition /JS(x)>> endobj", PdfFault::Media),
        ("1 0 obj <</JS 5 0 R>> endobj", PdfFault::Script),
        ("1 0 obj <</Names <</J#61vaScript 7 0 R>>>> endobj", PdfFault::Script),
        ("1 0 obj <</A <</S /Launch /F (cmd.exe)>>>> endobj", PdfFault::Launch),
        ("1 0 obj <</S/Launch/Win<</F(cmd)>>>> endobj", PdfFault::Launch),
        ("1 0 obj <</Names <</EmbeddedFiles 3 0 R>>>> endobj", PdfFault::Attachment),
        ("1 0 obj <</Type /EmbeddedFile>> stream\nx\nendstream endobj", PdfFault::Attachment),
        ("1 0 obj <</Subtype/FileAttachment>> endobj", PdfFault::Attachment),
        ("1 0 obj <</Type /Filespec /EF <</F 5 0 R>>>> endobj", PdfFault::Attachment),
        ("trailer <</Root 1 0 R /Encrypt 9 0 R>>", PdfFault::Encrypted),
        ("1 0 obj <</Subtype /RichMedia>> endobj", PdfFault::Media),
        ("1 0 obj <</AcroForm <</XFA [(x) 5 0 R]>>>> endobj", PdfFault::Form),
        // Where tokens are misread, so that what follows would seem a string or a stream.
        ("1 0 obj ( 2 0 obj <</S /JavaScript /JS (x)>> endobj", PdfFault::Script),
        ("1 0 obj <</A stream /S /JavaScript >> endobj", PdfFault::Script),
        ("% 1 0 obj <</S /Launch>>\r\n", PdfFault::Launch),
    ];
    for (body, fault) in cases {
        assert_eq!(pdf_fault(body.as_bytes()), Some(fault), "{body}");
    }
    let hidden = pdf_stream("/Length 60", b"xx 7 0 obj <</S /JavaScript /JS (x)>> endobj");
    assert_eq!(
        pdf_fault(&hidden),
        Some(PdfFault::Script),
        "an object inside a stream, for a cross-reference"
    );
    let hidden = pdf_stream("/Length 60", b"xx trailer <</Encrypt 9 0 R>>");
    assert_eq!(pdf_fault(&hidden), Some(PdfFault::Encrypted));
}

#[test]
fn a_pdf_may_speak_of_what_it_may_not_carry() {
    let page = b"BT (see /JavaScript, /Launch and /Encrypt) Tj /F1 12 Tf ET";
    let packed = zlib(page);
    let good: [Vec<u8>; 9] = [
        pdf_stream("/Length 58", page),
        pdf_stream("/Length 5 0 R /Filter /FlateDecode", &packed),
        pdf_stream("/Filter [/FlateDecode /DCTDecode]", &packed),
        pdf_stream("/Filter /FlateDecode", b"\x78\x9c a damaged picture"),
        b"1 0 obj <</Title (/JavaScript \\) and \\( /Launch (nested) /EmbeddedFile)>> endobj".to_vec(),
        b"% /JavaScript /Launch\n1 0 obj <</A 1>> endobj".to_vec(),
        b"1 0 obj <</S /URI /URI (https://example.cn/)>> endobj".to_vec(),
        b"1 0 obj <</S /JavaScripts /Launched 1 /Encryption 2 /EncryptMetadata false /JSX 1>> endobj"
            .to_vec(),
        b"1 0 obj <</ID <4a53> /OpenAction [1 0 R /Fit] /AA <<>>>> endobj".to_vec(),
    ];
    for body in good {
        assert_eq!(pdf_fault(&body), None, "{}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn object_streams_are_looked_into() {
    let objects = b"7 0 8 20 <</Type /Catalog>>  <</S /JavaScript /JS (x)>>";
    let good = b"7 0 8 20 <</Type /Catalog>>  <</S /URI /URI (https://a.cn)>>";
    let usual = "/Type /ObjStm /N 2 /First 9 /Length 60 /Filter /FlateDecode";
    assert_eq!(pdf_fault(&pdf_stream(usual, &zlib(good))), None);
    assert_eq!(pdf_fault(&pdf_stream(usual, &zlib(&[good.as_slice(), &vec![b' '; 200_000]].concat()))), None);
    assert_eq!(
        pdf_fault(&pdf_stream("/Type /ObjStm /N 2 /First 9 /Length 60", good)),
        None,
        "not compressed"
    );
    let far = [vec![b' '; 200_000], objects.to_vec()].concat();
    let in_text = b"7 0 8 20 (<</S /JavaScript /JS 1>>)";
    for (dictionary, content, fault) in [
        (usual, zlib(objects), PdfFault::Script),
        (usual, zlib(&far), PdfFault::Script),
        (usual, zlib(b"7 0 <</S /J#61vaScript"), PdfFault::Script),
        (usual, zlib(b"7 0 /Launch"), PdfFault::Launch),
        (usual, zlib(in_text), PdfFault::Script),
        ("/Type /ObjStm /N 2 /First 9", objects.to_vec(), PdfFault::Script),
        // Readers go by the numbers, not by the type.
        ("/N 2 /First 9 /Filter [/FlateDecode]", zlib(objects), PdfFault::Script),
        ("/N 2 /F#69rst 9 /Filter /Fl", zlib(objects), PdfFault::Script),
        ("/N 2 /First 9 /Filter /LZWDecode", zlib(objects), PdfFault::Structure),
        ("/N 2 /First 9 /Filter 5 0 R", zlib(objects), PdfFault::Structure),
        ("/N 2 /First 9 /Filter [/ASCIIHexDecode /FlateDecode]", zlib(objects), PdfFault::Structure),
        (
            "/N 2 /First 9 /Filter /FlateDecode /DecodeParms <</Predictor 12>>",
            zlib(objects),
            PdfFault::Structure,
        ),
        ("/N 2 /First 9 /Filter /FlateDecode /F (elsewhere)", zlib(objects), PdfFault::Structure),
        ("/N 2 /First 9 /Filter /FlateDecode /Filter /LZWDecode", zlib(objects), PdfFault::Structure),
        (usual, b"\x78\x9c damaged".to_vec(), PdfFault::Structure),
        ("/Filter [/FlateDecode /FlateDecode]", zlib(&zlib(b"x")), PdfFault::TooLarge),
    ] {
        assert_eq!(pdf_fault(&pdf_stream(dictionary, &content)), Some(fault), "{dictionary}");
    }
}

#[test]
fn streams_of_a_pdf_are_bounded_when_unpacked() {
    let mebibytes = u32::try_from(FREE_PDF_INFLATED >> 20).unwrap();
    let half = pdf_stream("/Filter /FlateDecode", &zlib_zeros(mebibytes / 2));
    assert_eq!(pdf_fault(&half), None);
    let more = pdf_stream("/Filter /FlateDecode", &zlib_zeros(mebibytes / 2 + 1));
    assert_eq!(pdf_fault(&[half, more].concat()), Some(PdfFault::TooLarge));
}

fn office_fault(part: Part) -> Option<OfficeFault> {
    let name = String::from_utf8_lossy(&part.name).into_owned();
    let mut parts = docx_parts();
    parts.retain(|other| other.name != part.name);
    match look("a.docx", &archive(&[parts, vec![part]].concat())) {
        Ok(_) => None,
        Err(Refusal::OfficeRefused(fault)) => Some(fault),
        Err(other) => panic!("{name}: {other:?}"),
    }
}

#[test]
fn documents_that_fetch_start_or_carry_something_are_refused() {
    let relations = |kind: &str, rest: &str| {
        let start = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!("<Relationships><Relationship Id=\"r1\" Type=\"{start}/{kind}\" {rest}/></Relationships>")
    };
    let rels = "word/_rels/document.xml.rels";
    let outside = "Target=\"https://example.cn/x\" TargetMode=\"External\"";
    let field = |runs: &str| {
        format!("<w:document><w:p><w:r><w:fldChar w:fldCharType=\"begin\"/>{runs}</w:r></w:p></w:document>")
    };
    let document = "word/document.xml";
    for (name, content, fault) in [
        (rels, relations("attachedTemplate", outside), Some(OfficeFault::External)),
        (
            rels,
            relations("attachedTemplate", &outside.replace("External", "E&#120;ternal")),
            Some(OfficeFault::External),
        ),
        (
            rels,
            relations(
                "attachedTemplate",
                &format!("x=\"a>b\" {}", outside.replace('"', "'")).replace("x='a>b'", "x='a\">b'"),
            ),
            Some(OfficeFault::External),
        ),
        ("word/_rels/settings.xml.rels", relations("attachedTemplate", outside), Some(OfficeFault::External)),
        (rels, relations("image", outside), Some(OfficeFault::External)),
        (rels, relations("frame", outside), Some(OfficeFault::External)),
        (rels, relations("oleObject", "Target=\"x.bin\""), Some(OfficeFault::Embedded)),
        (rels, relations("control", "Target=\"x.xml\""), Some(OfficeFault::Embedded)),
        (rels, relations("aFChunk", "Target=\"x.html\""), Some(OfficeFault::Embedded)),
        (rels, relations("hyperlink", outside), None),
        (rels, relations("image", "Target=\"media/a.png\" TargetMode=\"Internal\""), None),
        (rels, format!("<!-- {} -->", relations("attachedTemplate", outside)), None),
        (
            rels,
            format!("<?x > {{\" ?>{}", relations("attachedTemplate", outside)),
            Some(OfficeFault::External),
        ),
        (
            rels,
            format!("<!-- > \" -->{}", relations("attachedTemplate", outside)),
            Some(OfficeFault::External),
        ),
        (
            rels,
            format!("<![CDATA[ > \" ]]>{}", relations("attachedTemplate", outside)),
            Some(OfficeFault::External),
        ),
        ("word/embeddings/oleObject1.bin", "x".to_owned(), Some(OfficeFault::Embedded)),
        ("word/embeddings/Book.xlsx", "x".to_owned(), Some(OfficeFault::Embedded)),
        ("word/activeX/activeX1.xml", "<x/>".to_owned(), Some(OfficeFault::Embedded)),
        (
            document,
            "<w:document><o:OLEObject Type=\"Link\"/></w:document>".to_owned(),
            Some(OfficeFault::Embedded),
        ),
        (document, field("<w:instrText>DDEAUTO c:\\x</w:instrText>"), Some(OfficeFault::Dde)),
        (
            document,
            field("<w:instrText xml:space=\"preserve\"> dde c:\\x</w:instrText>"),
            Some(OfficeFault::Dde),
        ),
        (
            document,
            field(
                "<w:instrText>D</w:instrText><w:t>x</w:t><w:instrText>DE</w:instrText><w:instrText>AUTO c</w:instrText>",
            ),
            Some(OfficeFault::Dde),
        ),
        (document, field("<w:instrText>&#68;&#x44;E c</w:instrText>"), Some(OfficeFault::Dde)),
        (document, field("<w:instrText><![CDATA[DDE c]]></w:instrText>"), Some(OfficeFault::Dde)),
        (
            document,
            field("<w:instrText>IF 1 = 1 </w:instrText><w:fldChar/><w:instrText>DDE c</w:instrText>"),
            Some(OfficeFault::Dde),
        ),
        (
            document,
            "<w:document><w:fldSimple w:instr=\" DDEAUTO c\"/></w:document>".to_owned(),
            Some(OfficeFault::Dde),
        ),
        (document, field("<w:instrText>HYPERLINK \"https://a.cn/ DDE \"</w:instrText>"), None),
        (document, "<w:document><w:t>DDE and DDEAUTO</w:t></w:document>".to_owned(), None),
        (
            "xl/externalLinks/externalLink1.xml",
            "<externalLink><ddeLink ddeService=\"cmd\"/></externalLink>".to_owned(),
            Some(OfficeFault::Dde),
        ),
        (
            "xl/externalLinks/externalLink1.xml",
            "<externalLink><oleLink/></externalLink>".to_owned(),
            Some(OfficeFault::Embedded),
        ),
        (document, "<!DOCTYPE x [<!ENTITY a \"b\">]><w:document/>".to_owned(), Some(OfficeFault::Doctype)),
        (
            "customXml/item1.xml",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE x><x/>".to_owned(),
            Some(OfficeFault::Doctype),
        ),
        ("word/strange.bin", " \u{feff}<!DOCTYPE x><x/>".to_owned(), None),
        ("word/strange.bin", "\u{feff}<!DOCTYPE x><x/>".to_owned(), Some(OfficeFault::Doctype)),
        (document, "<?xml version=\"1.0\" encoding=\"UTF-7\"?><x/>".to_owned(), Some(OfficeFault::Encoding)),
        (document, "<?xml version='1.0' encoding='utf-8'?><x/>".to_owned(), None),
        (document, format!("<x a=\"{}\"/>", "y".repeat(1 << 20)), Some(OfficeFault::TagTooLong)),
        (document, format!("<x>{}<!--{0}--></x>", "y".repeat(1 << 20)), None),
    ] {
        assert_eq!(office_fault(Part::new(name, content.as_bytes())), fault, "{name}: {content:.200}");
    }
    let wide: Vec<u8> = "<!DOCTYPE x>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(office_fault(Part::new("customXml/item1.xml", &wide)), Some(OfficeFault::Encoding));
}
