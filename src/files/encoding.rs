//! Which encoding a file of text is in: UTF-8, UTF-16, or GB18030, as spreadsheets in China write it.

use std::cmp::Ordering;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// The text of a file; none if it is none.
pub fn decoded(bytes: &[u8]) -> Option<String> {
    let (encoding, length) = match Encoding::for_bom(bytes) {
        Some(marked) => marked,
        None if bytes.contains(&0) => (without_mark(bytes)?, 0),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
        // Of UTF-8 with a slip GB18030 would make other Chinese.
        None if is_damaged_utf8(bytes) => return None,
        None => (GB18030, 0),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[length..])?;
    // What was lost before the file came here can't be read either.
    (!text.contains(['\0', char::REPLACEMENT_CHARACTER])).then(|| text.into_owned())
}

/// UTF-16 without its mark: Latin letters and line ends, of which each table has many, have an empty first byte.
fn without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let empty = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    match empty(0).cmp(&empty(1)) {
        Ordering::Less => Some(UTF_16LE),
        Ordering::Greater => Some(UTF_16BE),
        Ordering::Equal => None,
    }
}

/// Whether there are more characters of three bytes, as Chinese ones are in UTF-8, than places that are not UTF-8.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut characters, mut faults) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        characters += chunk.valid().chars().filter(|c| c.len_utf8() == 3).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    characters > faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name,unit\r\n𠮷一,示例大学（南京）\r\n";

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn each_encoding_of_spreadsheets_is_known() {
        let (gb18030, ..) = GB18030.encode(TEXT);
        let marked = |text: &str| format!("\u{feff}{text}");
        let all = [
            TEXT.as_bytes().to_vec(),
            marked(TEXT).into_bytes(),
            gb18030.into_owned(),
            utf16(&marked(TEXT), u16::to_le_bytes),
            utf16(&marked(TEXT), u16::to_be_bytes),
            utf16(TEXT, u16::to_le_bytes),
            utf16(TEXT, u16::to_be_bytes),
        ];
        for bytes in all {
            assert_eq!(decoded(&bytes).as_deref(), Some(TEXT), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_damaged_is_no_other_text() {
        let mut damaged = TEXT.as_bytes().to_vec();
        damaged.remove(12);
        assert_eq!(decoded(&damaged), None);
        assert_eq!(decoded("\u{fffd}".as_bytes()), None);
        assert_eq!(decoded(b"PK\x03\x04\0\0\xff\xff"), None);
    }
}
