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
    fn text_is_stored_composed() {
        assert_eq!(normalised("e\u{301}".to_owned()), "é");
    }
}
