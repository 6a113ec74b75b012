//! Makes small files of each kind, and archives with every part of every record as a test wants it.

use std::io::{Cursor, Write};

use flate2::Crc;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A PDF of exactly `size` bytes, at least 32.
pub(crate) fn pdf(size: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.resize(size - 6, b' ');
    bytes.extend_from_slice(b"%%EOF\n");
    bytes
}

/// A PDF with this between its first line and its end.
pub(crate) fn pdf_of(body: &[u8]) -> Vec<u8> {
    [b"%PDF-1.7\n".as_slice(), body, b"\n%%EOF\n"].concat()
}

/// A stream of a PDF.
pub(crate) fn pdf_stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    [format!("5 0 obj\n<<{dictionary}>>\nstream\r\n").as_bytes(), content, b"\nendstream\nendobj\n"].concat()
}

/// The content as streams of a PDF are compressed.
pub(crate) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// So many mebibytes of nothing, compressed.
pub(crate) fn zlib_zeros(mebibytes: u32) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// A PNG image that says it has this size, with no more than one pixel of content.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    for (kind, content) in
        [(b"IHDR", header.as_slice()), (b"IDAT", b"x\x9cc\0\0\0\x01\0\x01"), (b"IEND", b"")]
    {
        let mut checksum = Crc::new();
        checksum.update(kind);
        checksum.update(content);
        bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        bytes.extend(kind);
        bytes.extend(content);
        bytes.extend(checksum.sum().to_be_bytes());
    }
    bytes
}

/// The markers of a JPEG image of this size: application data, a frame, a table, a scan (with a restart marker and a
/// stuffed FF), the end.
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let [high, low] = height.to_be_bytes();
    let [wide, narrow] = width.to_be_bytes();
    [
        &b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"[..],
        &[0xff, 0xc2, 0, 11, 8, high, low, wide, narrow, 1, 1, 0x11, 0],
        b"\xff\xc4\0\x03\0",
        b"\xff\xff\xda\0\x08\x01\x01\0\0\x3f\0\x12\xff\0\x34\xff\xd0\x56\xff\xd9",
    ]
    .concat()
}

/// What a picture must not tell others: marks of metadata that the pictures below carry.
pub(crate) const TELLING: [&[u8]; 12] = [
    b"HUAWEI",
    b"ALN-AL00",
    b"2026:05:26",
    b"+08:00",
    LATITUDE,
    b"a maker's note",
    b"a thumbnail",
    b"an xmp packet",
    b"a comment",
    b"an iptc record",
    b"a second picture",
    b"Exif\0\0II",
];

/// 31°17'56.305" as metadata write it.
const LATITUDE: &[u8] = b"\x1f\0\0\0\x01\0\0\0\x11\0\0\0\x01\0\0\0\xf1\xdb\0\0\xe8\x03\0\0";
const LONGITUDE: &[u8] = b"\x78\0\0\0\x01\0\0\0\x23\0\0\0\x01\0\0\0\x07\0\0\0\x02\0\0\0";

/// Metadata as a telephone writes them (Exif): taken on 26 May 2026 at 10:11:12 in 苏州, to be turned by a quarter.
pub(crate) fn exif() -> Vec<u8> {
    type Field<'a> = (u16, u16, u32, &'a [u8]);
    let main: [Field; 5] = [
        (0x010f, 2, 7, b"HUAWEI\0"),
        (0x0110, 2, 9, b"ALN-AL00\0"),
        (0x0112, 3, 1, b"\x06\0\0\0"),
        (0x8769, 4, 1, b"\x4a\0\0\0"),
        (0x8825, 4, 1, b"\x74\0\0\0"),
    ];
    let shot: [Field; 3] = [
        (0x9003, 2, 20, b"2026:05:26 10:11:12\0"),
        (0x9011, 2, 7, b"+08:00\0"),
        (0x927c, 7, 14, b"a maker's note"),
    ];
    let satellites: [Field; 4] =
        [(1, 2, 2, b"N\0\0\0"), (2, 5, 3, LATITUDE), (3, 2, 2, b"E\0\0\0"), (4, 5, 3, LONGITUDE)];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let mut values = Vec::new();
    let directories = [&main[..], &shot, &satellites];
    let values_at = 8 + directories.iter().map(|fields| 6 + 12 * fields.len()).sum::<usize>();
    for fields in directories {
        bytes.extend(u16::try_from(fields.len()).unwrap().to_le_bytes());
        for (tag, kind, count, value) in fields {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend(count.to_le_bytes());
            if value.len() == 4 {
                bytes.extend(*value);
            } else {
                bytes.extend(u32::try_from(values_at + values.len()).unwrap().to_le_bytes());
                values.extend(*value);
            }
        }
        bytes.extend([0; 4]);
    }
    [bytes, values, b"a thumbnail".to_vec()].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// A photograph as a telephone takes it, all that it tells included: behind its end too.
pub(crate) fn telling_jpeg() -> Vec<u8> {
    let plain = jpeg(3, 4);
    [
        b"\xff\xd8".to_vec(),
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x48\0\x48\x01\x01\x0fa thumbnail"),
        segment(0xe1, &[b"Exif\0\0", &*exif()].concat()),
        segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0an xmp packet"),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
        segment(0xe2, b"MPF\0a second picture"),
        segment(0xed, b"Photoshop 3.0\0an iptc record"),
        segment(0xee, b"Adobe\0\x64\0\0\0\0\x01a comment"),
        segment(0xfe, b"a comment"),
        plain[20..].to_vec(),
        b"a second picture with HUAWEI".to_vec(),
    ]
    .concat()
}

/// What of it others get.
pub(crate) fn plain_jpeg() -> Vec<u8> {
    let turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let plain = jpeg(3, 4);
    let fill = plain.windows(3).position(|bytes| bytes == b"\xff\xff\xda").unwrap();
    [
        b"\xff\xd8".to_vec(),
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x48\0\x48\0\0"),
        segment(0xe1, turned),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"),
        segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
        plain[20..fill].to_vec(),
        plain[fill + 1..].to_vec(),
    ]
    .concat()
}

fn png_chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut checksum = Crc::new();
    checksum.update(&kind);
    checksum.update(content);
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &kind, content, &checksum.sum().to_be_bytes()].concat()
}

/// A PNG image that tells as much.
pub(crate) fn telling_png() -> Vec<u8> {
    let plain = png(3, 4);
    [
        plain[..33].to_vec(),
        png_chunk(*b"iCCP", b"colours"),
        png_chunk(*b"eXIf", &exif()),
        png_chunk(*b"tEXt", b"Comment\0a comment"),
        png_chunk(*b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0an xmp packet"),
        png_chunk(*b"pHYs", &[0; 9]),
        png_chunk(*b"tIME", b"\x07\xea\x05\x1a\x0a\x0b\x0c"),
        png_chunk(*b"prVt", b"a maker's note"),
        plain[33..].to_vec(),
    ]
    .concat()
}

/// What of it others get.
pub(crate) fn plain_png() -> Vec<u8> {
    let turned = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let plain = png(3, 4);
    [
        plain[..33].to_vec(),
        png_chunk(*b"iCCP", b"colours"),
        png_chunk(*b"eXIf", turned),
        png_chunk(*b"pHYs", &[0; 9]),
        plain[33..].to_vec(),
    ]
    .concat()
}

/// The parts that a Word document can't do without.
pub(crate) fn docx_parts() -> Vec<Part> {
    office_parts("wordprocessingml.document", "word/document.xml", "<w:document/>")
}

/// The parts that an Excel workbook can't do without.
pub(crate) fn xlsx_parts() -> Vec<Part> {
    office_parts("spreadsheetml.sheet", "xl/workbook.xml", "<workbook/>")
}

fn office_parts(kind: &str, main: &str, content: &str) -> Vec<Part> {
    let types = format!(
        "<Types><Override PartName=\"/{main}\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/></Types>"
    );
    vec![
        Part::new("[Content_Types].xml", types.as_bytes()),
        Part::new("_rels/.rels", b"<Relationships/>"),
        Part::new(main, content.as_bytes()),
    ]
}

pub(crate) fn docx() -> Vec<u8> {
    archive(&docx_parts())
}

pub(crate) fn xlsx() -> Vec<u8> {
    archive(&xlsx_parts())
}

/// The same parts as the `zip` crate writes them: an independent writer.
pub(crate) fn written_by_zip(parts: &[Part], large: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for part in parts {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(large)
            .unix_permissions(0o644);
        writer.start_file(std::str::from_utf8(&part.name).unwrap(), options).unwrap();
        writer.write_all(&part.content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A part of an archive, with what its records say of it.
#[derive(Clone)]
pub(crate) struct Part {
    /// In the list and, unless `local_name` differs, before the data.
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Vec<u8>,
    pub(crate) content: Vec<u8>,
    /// What stands for the content in the archive.
    pub(crate) packed: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    /// The kind and permissions on Unix.
    pub(crate) mode: u32,
    pub(crate) inflated: u32,
    pub(crate) checksum: u32,
}

impl Part {
    /// A compressed part that says what it is.
    pub(crate) fn new(name: &str, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        Self { packed, method: 8, ..Self::stored(name, content) }
    }

    /// A part that is not compressed.
    pub(crate) fn stored(name: &str, content: &[u8]) -> Self {
        let mut checksum = Crc::new();
        checksum.update(content);
        Self {
            name: name.into(),
            local_name: name.into(),
            content: content.to_vec(),
            packed: content.to_vec(),
            method: 0,
            flags: 0,
            mode: 0,
            inflated: u32::try_from(content.len()).unwrap(),
            checksum: checksum.sum(),
        }
    }

    /// A compressed part of so many mebibytes of nothing, made without holding them.
    pub(crate) fn zeros(name: &str, mebibytes: u32) -> Self {
        let zeros = vec![0; 1 << 20];
        let (mut encoder, mut checksum) =
            (DeflateEncoder::new(Vec::new(), flate2::Compression::best()), Crc::new());
        for _ in 0..mebibytes {
            encoder.write_all(&zeros).unwrap();
            checksum.update(&zeros);
        }
        let packed = encoder.finish().unwrap();
        Self {
            packed,
            inflated: mebibytes << 20,
            checksum: checksum.sum(),
            method: 8,
            ..Self::stored(name, b"")
        }
    }

    pub(crate) fn packed_size(&self) -> u32 {
        u32::try_from(self.packed.len()).unwrap()
    }

    /// The header before the data, and the data.
    pub(crate) fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        shorts(&mut bytes, &[20, self.flags, self.method, 0, 0x21]);
        longs(&mut bytes, &[self.checksum, self.packed_size(), self.inflated]);
        shorts(&mut bytes, &[self.local_name.len().try_into().unwrap(), 0]);
        [bytes.as_slice(), &self.local_name, &self.packed].concat()
    }

    /// The record in the list.
    pub(crate) fn listed(&self, at: u32, extra: &[u8], sizes: [u32; 2]) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02".to_vec();
        shorts(&mut bytes, &[0x0314, 20, self.flags, self.method, 0, 0x21]);
        longs(&mut bytes, &[self.checksum, sizes[0], sizes[1]]);
        shorts(&mut bytes, &[self.name.len().try_into().unwrap(), extra.len().try_into().unwrap(), 0, 0, 0]);
        longs(&mut bytes, &[self.mode << 16, at]);
        [bytes.as_slice(), &self.name, extra].concat()
    }
}

fn shorts(bytes: &mut Vec<u8>, numbers: &[u16]) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn longs(bytes: &mut Vec<u8>, numbers: &[u32]) {
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// An archive of these parts in this order.
pub(crate) fn archive(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for part in parts {
        list.push(part.listed(u32::try_from(bytes.len()).unwrap(), &[], [part.packed_size(), part.inflated]));
        bytes.extend(part.local());
    }
    with_list(bytes, &list)
}

/// Puts the list of parts and the record of the end after the parts.
pub(crate) fn with_list(mut bytes: Vec<u8>, list: &[Vec<u8>]) -> Vec<u8> {
    let at = u32::try_from(bytes.len()).unwrap();
    let count = u16::try_from(list.len()).unwrap();
    let list = list.concat();
    bytes.extend(&list);
    bytes.extend(end(count, u32::try_from(list.len()).unwrap(), at));
    bytes
}

/// The record of the end.
pub(crate) fn end(count: u16, length: u32, at: u32) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06".to_vec();
    shorts(&mut bytes, &[0, 0, count, count]);
    longs(&mut bytes, &[length, at]);
    shorts(&mut bytes, &[0]);
    bytes
}

/// An archive that gives every size and place in 64 bits, as some writers of large workbooks always do.
pub(crate) fn archive_in_64_bits(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for part in parts {
        let numbers = [u64::from(part.inflated), u64::from(part.packed_size()), bytes.len() as u64];
        let mut extra = vec![0xfe, 0xca, 1, 0, 9];
        shorts(&mut extra, &[1, 24]);
        extra.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        list.extend(part.listed(u32::MAX, &extra, [u32::MAX; 2]));
        bytes.extend(part.local());
    }
    let at = bytes.len() as u64;
    bytes.extend(&list);
    let end_at = bytes.len() as u64;
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44_u64.to_le_bytes());
    shorts(&mut bytes, &[45, 45]);
    longs(&mut bytes, &[0, 0]);
    for number in [parts.len() as u64, parts.len() as u64, list.len() as u64, at] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(end_at.to_le_bytes());
    longs(&mut bytes, &[1]);
    bytes.extend(end(u16::MAX, u32::MAX, u32::MAX));
    bytes
}
