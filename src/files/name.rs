//! Names of files as people gave them: data that is shown and offered, never a path.

use crate::domain::text::normalised;

/// The longest name that is kept, in characters.
pub const LONGEST_NAME: usize = 200;

/// The longest ending that survives the shortening of a name, in characters.
const LONGEST_EXTENSION: usize = 16;

/// What stands for a name of which nothing is left.
const UNNAMED: &str = "未命名";

/// A name that is safe to show, to send in a header and to save under on any system: the last part of a path,
/// in NFC without control characters and marks that hide or turn text, of 1 to [`LONGEST_NAME`] characters, with its ending.
pub fn clean_name(name: &str) -> String {
    let name = normalised(name.to_owned());
    let last_part = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible = last_part.chars().filter(|&character| !is_hidden(character));
    let plain: String =
        visible.map(|character| if is_special(character) { '_' } else { character }).collect();
    let is_edge = |character: char| character == '.' || character.is_whitespace();
    let (stem, extension) = match plain.trim_end_matches(is_edge).rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= LONGEST_EXTENSION => {
            (stem, Some(extension.trim()))
        }
        _ => (plain.as_str(), None),
    };
    let ending = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
    let stem = stem.trim_matches(is_edge);
    let prefix = if is_reserved(stem) { "_" } else { "" };
    let stem = if stem.is_empty() { UNNAMED } else { stem };
    let room = LONGEST_NAME - prefix.len() - ending.chars().count();
    let stem: String = stem.chars().take(room).collect();
    format!("{prefix}{}{ending}", stem.trim_end_matches(is_edge))
}

/// The header `Content-Disposition` (RFC 6266) that has a browser save the file under this name, which is cleaned
/// first: for old readers in ASCII, for the others in full (RFC 8187).
pub fn content_disposition(name: &str) -> String {
    let name = clean_name(name);
    let is_plain = |character: char| matches!(character, ' '..='~') && !matches!(character, '"' | '%' | '\\');
    let fallback: String =
        name.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    let mut encoded = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
}

/// Characters that can't be seen, or that change how others are seen: controls, zero-width characters, line and
/// paragraph separators, marks of direction, variation and language tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Characters that some file systems give a meaning.
fn is_special(character: char) -> bool {
    matches!(character, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Whether Windows takes the name for a device.
fn is_reserved(stem: &str) -> bool {
    let device = stem.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    let is_numbered = |kind: &str| {
        let number = device.strip_prefix(kind).map(|rest| rest.chars().collect::<Vec<_>>());
        matches!(number.as_deref(), Some(['0'..='9' | '¹' | '²' | '³']))
    };
    matches!(device.as_str(), "CON" | "PRN" | "AUX" | "NUL") || is_numbered("COM") || is_numbered("LPT")
}
