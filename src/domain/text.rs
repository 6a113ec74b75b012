//! Text that people write: what is refused in it, and how it is made uniform.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::problem::FieldProblem;

/// Unicode's NFC, in which text is stored: one spelling for what looks the same.
pub fn normalised(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Why a text may not be stored, whatever its field: the first character that must not stand in it.
pub fn forbidden_character(text: &str) -> Option<char> {
    let mut marks = 0;
    text.chars().find(|&c| {
        marks = if unicode_normalization::char::is_combining_mark(c) { marks + 1 } else { 0 };
        // NUL and other controls break databases and terminals; bidirectional overrides make text read other than
        // it is; a flood of combining marks draws over other lines.
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            || marks > 8
    })
}

/// Text that a spreadsheet takes for text: what it would take for a formula, full-width signs too, gets a leading
/// apostrophe.
pub fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The most characters of a name or another short line.
const LINE: usize = 200;

/// A character of a name that nobody sees, so that two names look like one. Joiners are letters' business in Arabic and
/// Indic scripts and within emoji, and stand for nothing beside Chinese or Latin letters. Variants of a character
/// (U+E0100 and on) are seen, and some names are written with them.
pub fn unseen_character(name: &str) -> Option<char> {
    let mut before = None;
    name.chars().find(|&c| {
        let unseen = match c {
            '\u{200c}' | '\u{200d}' => !before.is_some_and(joins),
            _ => is_unseen(c),
        };
        before = Some(c);
        unseen
    })
}

/// Whether a character takes no ink wherever it stands.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a joiner after it may change how it looks.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1800}'..='\u{18af}' | '\u{2600}'..='\u{27bf}'
        | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}')
}

/// Notes what is wrong with a text that must have `least` to `most` characters, spaces at its ends not counted.
pub fn check_text(problems: &mut Vec<FieldProblem>, pointer: &str, text: &str, least: usize, most: usize) {
    let characters = text.trim().chars().count();
    if characters < least {
        problems.push(if least == 1 {
            FieldProblem::new(pointer, "required", "必须填写", "Must be filled in")
        } else {
            FieldProblem::new(
                pointer,
                "too_short",
                format!("至少需要{least}个字，现有{characters}个"),
                format!("At least {least} characters, there are {characters}"),
            )
        });
    } else if text.chars().count() > most {
        problems.push(FieldProblem::new(
            pointer,
            "too_long",
            format!("至多{most}个字，现有{characters}个"),
            format!("At most {most} characters, there are {characters}"),
        ));
    }
    if let Some(unseen) = unseen_character(text).filter(|_| most <= LINE) {
        problems.push(FieldProblem::new(
            pointer,
            "bad_text",
            format!("文字中有看不见的字符（U+{:04X}）", u32::from(unseen)),
            format!("The text has a character that can't be seen (U+{:04X})", u32::from(unseen)),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_stores_and_readers_is_found() {
        assert_eq!(forbidden_character("江苏省\n南京市\t"), None);
        assert_eq!(forbidden_character("a\0b"), Some('\0'));
        assert_eq!(forbidden_character("a\u{202e}b"), Some('\u{202e}'));
        assert_eq!(forbidden_character(&format!("e{}", "\u{301}".repeat(9))), Some('\u{301}'));
        assert_eq!(forbidden_character(&format!("e{}", "\u{301}".repeat(8))), None);
    }

    #[test]
    fn what_nobody_sees_is_found_in_names() {
        for c in ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{ad}', '\u{3164}', '\u{e0041}'] {
            assert_eq!(unseen_character(&format!("张{c}三")), Some(c));
            let mut problems = Vec::new();
            check_text(&mut problems, "/name", &format!("张{c}三"), 1, 50);
            check_text(&mut problems, "/text", &format!("张{c}三"), 1, 5_000);
            assert_eq!(problems.len(), 1);
        }
        // A rare character's variant, Persian with a joiner, an emoji of several.
        for name in ["葛\u{e0100}氏", "می\u{200c}خواهم", "👩\u{200d}🔬"] {
            assert_eq!(unseen_character(name), None);
        }
    }

    #[test]
    fn what_a_spreadsheet_would_reckon_is_marked() {
        for sign in ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'] {
            assert_eq!(no_formula(&format!("{sign}1")), format!("'{sign}1"));
        }
        assert_eq!(no_formula("1=1"), "1=1");
    }

    #[test]
    fn text_is_stored_composed() {
        assert_eq!(normalised("e\u{301}".to_owned()), "é");
    }
}
