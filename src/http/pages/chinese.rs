//! Chinese on English pages: titles, names and whatever else people wrote is marked as Chinese, so that it is read aloud
//! and shown as such. It is done to the whole page, since no page would think of every text.

use std::fmt::Write;

/// Elements that hold text alone, or none of HTML: they are marked themselves.
const MARKED_THEMSELVES: [&str; 6] = ["title", "textarea", "option", "text", "tspan", "desc"];

/// Elements whose text is not read.
const NOT_READ: [&str; 2] = ["script", "style"];

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Marks that stand beside Chinese and belong to it.
fn belongs(c: char) -> bool {
    is_chinese(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

/// The part of a text from its first Chinese character to its last.
fn chinese_part(text: &str) -> Option<(usize, usize)> {
    let first = text.find(is_chinese)?;
    let before = text[..first].char_indices().rev().take_while(|(_, c)| belongs(*c)).last();
    let (last, c) = text.char_indices().rev().find(|(_, c)| is_chinese(*c))?;
    let last = last + c.len_utf8();
    // Figures may stand between the marks behind it: 徐州市（320300）.
    let behind = text[last..].char_indices().take_while(|(_, c)| belongs(*c) || c.is_ascii_digit());
    let after = behind.filter(|(_, c)| belongs(*c)).last().map_or(0, |(at, c)| at + c.len_utf8());
    Some((before.map_or(first, |(at, _)| at), last + after))
}

/// The page with its Chinese marked. What is marked already is left as it is.
pub(super) fn mark(page: &str) -> String {
    let mut marked = String::with_capacity(page.len() + page.len() / 8);
    let mut rest = page;
    // The element that is Chinese as a whole or whose text is not read, and how many of its name are open in it.
    let mut within: Option<(String, usize)> = None;
    while let Some(start) = rest.find('<') {
        let (text, from_tag) = rest.split_at(start);
        push_text(&mut marked, text, within.is_some());
        let end = from_tag.find('>').map_or(from_tag.len(), |end| end + 1);
        let (tag, after) = from_tag.split_at(end);
        let name = tag.trim_start_matches(['<', '/']);
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        let closes = tag.starts_with("</");
        match &mut within {
            Some((outer, depth)) if outer == name => {
                *depth = if closes { *depth - 1 } else { *depth + 1 };
                if *depth == 0 {
                    within = None;
                }
            }
            None if !closes && (tag.contains(" lang=\"zh-CN\"") || NOT_READ.contains(&name)) => {
                within = Some((name.to_owned(), 1));
            }
            _ => {}
        }
        let own = &after[..after.find('<').unwrap_or(after.len())];
        let itself =
            within.is_none() && !closes && MARKED_THEMSELVES.contains(&name) && own.contains(is_chinese);
        if itself {
            marked.push_str(tag.trim_end_matches('>'));
            marked.push_str(" lang=\"zh-CN\">");
            within = Some((name.to_owned(), 1));
        } else {
            marked.push_str(tag);
        }
        rest = after;
    }
    push_text(&mut marked, rest, within.is_some());
    marked
}

fn push_text(marked: &mut String, text: &str, as_it_is: bool) {
    match chinese_part(text).filter(|_| !as_it_is) {
        Some((from, until)) => {
            let (before, part, after) = (&text[..from], &text[from..until], &text[until..]);
            // Writing to a text does not fail.
            let _ = write!(marked, "{before}<span lang=\"zh-CN\">{part}</span>{after}");
        }
        None => marked.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_marked_where_it_stands() {
        for (page, marked) in [
            (
                "<p>Region: 徐州市（320300）, leads</p>",
                "<p>Region: <span lang=\"zh-CN\">徐州市（320300）</span>, leads</p>",
            ),
            ("<p>（演示）a</p>", "<p><span lang=\"zh-CN\">（演示）</span>a</p>"),
            ("<p>plain — text</p>", "<p>plain — text</p>"),
            ("<option value=\"徐\">徐州市</option>", "<option value=\"徐\" lang=\"zh-CN\">徐州市</option>"),
            ("<title>甲 · Q</title><p>b</p>", "<title lang=\"zh-CN\">甲 · Q</title><p>b</p>"),
            ("<svg><text x=\"1\">甲</text></svg>", "<svg><text x=\"1\" lang=\"zh-CN\">甲</text></svg>"),
            (
                "<div lang=\"zh-CN\">甲<div>乙</div>丙</div><p>丁</p>",
                "<div lang=\"zh-CN\">甲<div>乙</div>丙</div><p><span lang=\"zh-CN\">丁</span></p>",
            ),
            ("<script>甲</script><p>𠮷</p>", "<script>甲</script><p><span lang=\"zh-CN\">𠮷</span></p>"),
            ("<textarea></textarea><p>甲</p>", "<textarea></textarea><p><span lang=\"zh-CN\">甲</span></p>"),
        ] {
            assert_eq!(mark(page), marked);
        }
    }
}
