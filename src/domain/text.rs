//! Text that people write: what is refused in it, and how it is made uniform.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::lengths;
use super::problem::FieldProblem;
use super::values::count;

/// Unicode's NFC, in which text is stored: one spelling for what looks the same.
pub fn normalised(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Text as it is stored, whatever it came in: NFC, each sign for the end of a line `\n`, no mark of the order of bytes.
/// These come along with what people paste, and mean no more than that.
pub fn cleaned(text: String) -> String {
    let is_sign =
        |c: char| matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    if !text.contains(is_sign) {
        return normalised(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\u{feff}' => {}
            '\r' if characters.peek() == Some(&'\n') => {}
            c if is_sign(c) => clean.push('\n'),
            c => clean.push(c),
        }
    }
    normalised(clean)
}

/// What is wrong with a text whatever its field: the first character that must not stand in it, with where that is.
pub fn character_problem(pointer: &str, text: &str) -> Option<FieldProblem> {
    let (at, found) = forbidden(text)?;
    let (zh, en) = place_in(text, at);
    let code = u32::from(found);
    Some(FieldProblem::new(
        pointer,
        "bad_text",
        format!("{zh}有不允许的字符（U+{code:04X}），请删去"),
        format!("There is a character that is not allowed {en} (U+{code:04X}); remove it"),
    ))
}

/// A text as it is stored.
///
/// # Errors
/// If a character of it must not stand in it.
pub fn stored(pointer: &str, text: String) -> Result<String, FieldProblem> {
    let text = cleaned(text);
    character_problem(pointer, &text).map_or(Ok(text), Err)
}

/// Where a byte of a text is, for people: the line, where there are several, and what stands before it.
fn place_in(text: &str, at: usize) -> (String, String) {
    const SHOWN: usize = 12;
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    let skipped = last.chars().count().saturating_sub(SHOWN);
    let shown: String = last.chars().skip(skipped).collect();
    let (zh, en) = if shown.is_empty() {
        ("开头".to_owned(), "at the beginning".to_owned())
    } else {
        (format!("“{shown}”之后"), format!("after “{shown}”"))
    };
    if text.contains('\n') {
        (format!("第{line}行{zh}"), format!("in line {line}, {en}"))
    } else {
        (zh, en)
    }
}

/// Why a text may not be stored, whatever its field: the first character that must not stand in it.
pub fn forbidden_character(text: &str) -> Option<char> {
    forbidden(text).map(|(_, found)| found)
}

fn forbidden(text: &str) -> Option<(usize, char)> {
    let mut marks = 0;
    text.char_indices().find(|&(_, c)| {
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
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
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
                format!("At least {}, not {characters}", count(least, "character", "characters")),
            )
        });
    } else if text.chars().count() > most {
        problems.push(FieldProblem::new(
            pointer,
            "too_long",
            format!("至多{most}个字，现有{characters}个"),
            format!("At most {}, not {characters}", count(most, "character", "characters")),
        ));
    }
    if most <= LINE && text.contains('\n') {
        problems.push(FieldProblem::new(
            pointer,
            "bad_text",
            "只能是一行，请删去其中的换行",
            "This is a single line; remove the line end in it",
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

/// Notes what is wrong with a telephone number, which may be absent.
pub fn check_phone(problems: &mut Vec<FieldProblem>, pointer: &str, phone: &str) {
    check_text(problems, pointer, phone, 0, lengths::TAG);
    let fits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '转');
    if !phone.chars().all(fits) {
        problems.push(FieldProblem::new(
            pointer,
            "not_a_phone_number",
            "电话号码只能含数字、空格、括号、加减号和“转”",
            "A telephone number has digits, spaces, brackets, plus, hyphen, and 转 before an extension",
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
    fn what_comes_along_with_pasted_text_becomes_what_it_means() {
        let pasted = "\u{feff}一\r\n二\u{b}三\u{c}四\u{2028}五\u{85}六\r七\u{feff}e\u{301}".to_owned();
        assert_eq!(cleaned(pasted), "一\n二\n三\n四\n五\n六\n七é");
        assert_eq!(cleaned("a\u{7}".to_owned()), "a\u{7}");
    }

    #[test]
    fn where_a_character_must_not_stand_is_told() {
        let told = |text: &str| character_problem("/text", text).unwrap().message.zh;
        assert_eq!(
            told("一\n围绕集群发展的总体思路是\u{7}二"),
            "第2行“围绕集群发展的总体思路是”之后有不允许的字符（U+0007），请删去"
        );
        assert_eq!(told("\u{7}"), "开头有不允许的字符（U+0007），请删去");
        assert!(character_problem("/text", "一\n二").is_none());
    }

    #[test]
    fn a_name_is_one_line() {
        let mut problems = Vec::new();
        check_text(&mut problems, "/name", "示例大学\n信息学院", 1, 100);
        check_text(&mut problems, "/text", "一\n二", 1, 5_000);
        assert_eq!(problems.len(), 1);
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
