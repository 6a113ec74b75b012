//! Text in lines: which characters may begin and end one, and how lines are filled.

use std::ops::Range;

use super::fonts::{Drawn, Fonts, Role};

/// What never begins a line (避头) and what never ends one (避尾).
const NEVER_FIRST: &str = "，。、；：？！）》〉」』】〕〗”’…—～·％‰℃,.;:?!)]}%";
const NEVER_LAST: &str = "（《〈「『【〔〖“‘([{＃#￥$";
/// Lines are spread to the margin by at most this part of a character between two.
const MOST_SPREAD: f32 = 0.3;

/// What is longer is no word, but a digest for one, and is broken anywhere behind so many characters.
const LONGEST_WORD: usize = 20;

/// A character of a line.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub(super) drawn: Drawn,
    /// Where it stands in the text.
    pub(super) bytes: Range<usize>,
    /// How far the next one stands, in points.
    pub(super) advance: f32,
    /// Whether a line may begin with it.
    opens: bool,
    blank: bool,
}

/// Text as it is set in one size.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
}

/// Letters, digits and what belongs to them: they are broken only where there is no other way.
fn in_word(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '.' | '_' | '@' | '-' | '+' | '\'' | '&' | '=')
        || ('\u{c0}'..'\u{2000}').contains(&character)
}

/// Whether a line may end with the one and the next begin with the other.
fn may_part(before: char, after: char) -> bool {
    if NEVER_FIRST.contains(after) || NEVER_LAST.contains(before) || after == ' ' {
        return false;
    }
    !(in_word(before) && in_word(after))
}

/// What is not seen and needs no room: joiners, marks of direction, selectors.
fn unseen(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
        || character.is_control()
}

/// A text with what no font has written as its number, which is better than an empty box.
fn with_fonts(fonts: &Fonts, role: Role, text: &str) -> Vec<(char, Drawn)> {
    let mut out = Vec::new();
    for character in text.chars().filter(|character| !unseen(*character)) {
        match fonts.drawn(role, character) {
            Some(drawn) => out.push((character, drawn)),
            None => {
                let number = format!("[U+{:04X}]", u32::from(character));
                out.extend(
                    number.chars().filter_map(|character| Some((character, fonts.drawn(role, character)?))),
                );
            }
        }
    }
    out
}

impl Set {
    /// Sets a text; `tracking` is what is added after each character.
    pub(super) fn new(fonts: &Fonts, role: Role, text: &str, size: f32, tracking: f32) -> Self {
        let mut set = Self::default();
        let (mut before, mut word) = (None, 0);
        for (character, drawn) in with_fonts(fonts, role, text) {
            let from = set.text.len();
            set.text.push(character);
            let narrower = if drawn.advance > 0.9 { tracking } else { 0.0 };
            set.glyphs.push(Glyph {
                advance: drawn.advance * size + narrower,
                bytes: from..set.text.len(),
                opens: before.is_some_and(|before| may_part(before, character)) || word >= LONGEST_WORD,
                blank: character == ' ',
                drawn,
            });
            word = if in_word(character) { word + 1 } else { 0 };
            before = Some(character);
        }
        set
    }

    pub(super) fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.advance).sum()
    }

    /// The same in lines at most `width` wide, the first of them `indent` less.
    pub(super) fn lines(&self, width: f32, indent: f32) -> Vec<Range<usize>> {
        let (mut lines, mut from, mut used, mut opening) = (Vec::new(), 0, indent, None);
        let mut at = 0;
        while let Some(glyph) = self.glyphs.get(at) {
            if at > from && glyph.opens {
                opening = Some(at);
            }
            if used + glyph.advance > width + 0.01 && at > from && !glyph.blank {
                let end = opening.unwrap_or(at);
                lines.push(from..end);
                (from, at, used, opening) = (end, end, 0.0, None);
                continue;
            }
            used += glyph.advance;
            at += 1;
        }
        if from < self.glyphs.len() || lines.is_empty() {
            lines.push(from..self.glyphs.len());
        }
        lines
    }

    /// One line of it, spread to a width where that takes little.
    pub(super) fn line(&self, range: Range<usize>, spread_to: Option<f32>) -> Self {
        let mut glyphs = self.glyphs.get(range).map(<[Glyph]>::to_vec).unwrap_or_default();
        while glyphs.last().is_some_and(|glyph| glyph.blank) {
            glyphs.pop();
        }
        let from = glyphs.first().map_or(0, |glyph| glyph.bytes.start);
        let until = glyphs.last().map_or(from, |glyph| glyph.bytes.end);
        for glyph in &mut glyphs {
            glyph.bytes = glyph.bytes.start - from..glyph.bytes.end - from;
        }
        let mut line = Self { text: self.text.get(from..until).unwrap_or_default().to_owned(), glyphs };
        if let Some(width) = spread_to {
            line.spread(width);
        }
        line
    }

    fn spread(&mut self, width: f32) {
        let room = width - self.width();
        let gaps = self.glyphs.iter().skip(1).filter(|glyph| glyph.opens).count();
        let size = self.glyphs.first().map_or(0.0, |glyph| glyph.advance);
        #[expect(clippy::cast_precision_loss, reason = "a line has few characters")]
        let each = room / gaps.max(1) as f32;
        if gaps == 0 || each <= 0.0 || each > size * MOST_SPREAD {
            return;
        }
        for at in 1..self.glyphs.len() {
            if self.glyphs[at].opens {
                self.glyphs[at - 1].advance += each;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text whose every character is one wide, but for letters of half the width.
    fn set(text: &str) -> Set {
        let mut set = Set::default();
        let mut before = None;
        for character in text.chars() {
            let from = set.text.len();
            set.text.push(character);
            let advance = if character.is_ascii() { 0.5 } else { 1.0 };
            set.glyphs.push(Glyph {
                drawn: Drawn { face: 0, glyph: 1, advance },
                advance,
                bytes: from..set.text.len(),
                opens: before.is_some_and(|before| may_part(before, character)),
                blank: character == ' ',
            });
            before = Some(character);
        }
        set
    }

    fn broken(text: &str, width: f32) -> Vec<String> {
        let set = set(text);
        set.lines(width, 0.0).into_iter().map(|line| set.line(line, None).text).collect()
    }

    #[test]
    fn no_line_begins_with_what_closes_nor_ends_with_what_opens() {
        assert_eq!(broken("一二三四，五六", 4.0), ["一二三", "四，五六"]);
        assert_eq!(broken("一二三（四）", 4.0), ["一二三", "（四）"]);
        assert_eq!(broken("甲乙丙丁〔2026〕8号", 6.0), ["甲乙丙丁", "〔2026〕8号"]);
        assert_eq!(broken("增长12.5%以上", 4.0), ["增长", "12.5%以", "上"]);
    }

    #[test]
    fn words_stay_whole_unless_they_are_longer_than_a_line() {
        assert_eq!(broken("用abcdef写", 3.0), ["用", "abcdef", "写"]);
        assert_eq!(broken("abcdefgh", 2.0), ["abcd", "efgh"]);
        assert_eq!(broken("ab cd ef", 2.5), ["ab cd", "ef"]);
        assert_eq!(broken("", 2.5), [""]);
    }
}
