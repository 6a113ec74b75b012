//! What people read has one name for each thing: the pairs of Chinese and English in the sources keep to
//! `docs/glossary.md`, and numbers agree with the English words that follow them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::support::sources;

/// Files whose Chinese is paired with names for programs, and what is compared byte for byte with stored output.
const FOR_PROGRAMS: [&str; 3] = ["src/domain/table.rs", "src/cli/tally.rs", "src/cli/explanation.rs"];

/// The longest text that is taken for a label, in characters of Chinese.
const LABEL: usize = 12;

/// Words after which a noun is not what the number before them counts, and words that end like plurals and are none.
const NO_NOUNS: [&str; 9] = ["is", "was", "has", "as", "gives", "counts", "get", "works", "with"];

/// A text in Chinese and the one in English beside it.
struct Pair {
    at: String,
    zh: String,
    en: String,
}

/// A row of the glossary.
struct Term {
    zh: String,
    /// Its forms in English, as [`plain`] leaves them.
    forms: BTreeSet<String>,
    /// What it is not called, in either language.
    not: Vec<String>,
}

/// A piece of a source: a literal, with the number of its line, or the code between two.
enum Piece {
    Literal(usize, String),
    Code(String),
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The literals of a source and the code between them, without comments and the module of its tests.
fn pieces(source: &str) -> Vec<Piece> {
    let source = ["#[cfg(test)]\nmod ", "#[test]"]
        .iter()
        .fold(source, |source, tests| source.split(tests).next().unwrap());
    let (mut found, mut code, mut line) = (Vec::new(), String::new(), 1);
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("r\"") || rest.starts_with("r#\"") {
            let begin = rest.find('"').unwrap() + 1;
            let end = if rest.starts_with("r#") { "\"#" } else { "\"" };
            let length = rest[begin..].find(end).expect("a raw literal ends");
            found.push(Piece::Code(std::mem::take(&mut code)));
            found.push(Piece::Literal(line, rest[begin..begin + length].to_owned()));
            line += rest[..begin + length].matches('\n').count();
            rest = &rest[begin + length + end.len()..];
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let end = end.expect("a literal ends") + 1;
            found.push(Piece::Code(std::mem::take(&mut code)));
            found.push(Piece::Literal(line, rest[1..end].replace("\\n", "\n").replace("\\\"", "\"")));
            line += rest[..end].matches('\n').count();
            rest = &rest[end + 1..];
        } else if let Some(quoted) = ["'\"'", "'\\''", "'\\\"'"].iter().find(|one| rest.starts_with(**one)) {
            rest = &rest[quoted.len()..];
        } else {
            line += usize::from(c == '\n');
            if !c.is_whitespace() {
                code.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// Whether the code between two literals makes them a pair: nothing but a comma, and how each is made.
fn joins(code: &str) -> bool {
    let made = ["", "format!(", "&format!("].iter().any(|made| code.ends_with(&format!(",{made}")));
    made && code.len() < 80 && !code.contains([';', '{']) && !code.contains("=>")
}

/// The sources, by their paths in the project.
fn texts() -> Vec<(String, String)> {
    let named = |path: PathBuf| {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    sources("src").into_iter().map(named).collect()
}

fn pairs() -> Vec<Pair> {
    let mut found = Vec::new();
    for (path, source) in texts() {
        if FOR_PROGRAMS.contains(&path.as_str()) {
            continue;
        }
        for three in pieces(&source).windows(3) {
            let [Piece::Literal(line, zh), Piece::Code(between), Piece::Literal(_, en)] = three else {
                continue;
            };
            let english = !is_chinese(en) && en.chars().any(|c| c.is_ascii_alphabetic());
            if is_chinese(zh) && english && joins(between) {
                found.push(Pair { at: format!("{path}:{line}"), zh: zh.clone(), en: en.clone() });
            }
        }
    }
    assert!(found.len() > 4_000, "{} pairs: the sources are no longer understood", found.len());
    found
}

/// English without what does not tell one name from another: capitals, marks, articles, whose it is, plurals.
fn plain(text: &str) -> String {
    const LITTLE: [&str; 8] = ["a", "an", "the", "its", "their", "your", "was", "were"];
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '-' | '/'));
    let words = words.map(|word| word.trim_end_matches("'s").trim_matches('\''));
    let words = words.filter(|word| !word.is_empty() && !LITTLE.contains(word)).map(singular);
    words.collect::<Vec<_>>().join(" ")
}

fn singular(word: &str) -> String {
    match word {
        _ if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") => word.to_owned(),
        _ if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        _ if word.ends_with("xes") || word.ends_with("toes") => word[..word.len() - 2].to_owned(),
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

/// Chinese without the marks around it.
fn label(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || "。：；，（）…".contains(c))
}

/// The tables of the glossary: its terms, and the labels that mean several things.
fn glossary() -> (Vec<Term>, BTreeMap<String, BTreeSet<String>>) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/glossary.md")).unwrap();
    let (terms, several) = text.split_once("## Words that mean several things").unwrap();
    let rows = |table: &str| -> Vec<Vec<String>> {
        let rows = table.lines().filter(|line| line.starts_with("| "));
        let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        rows.filter(|row| !row.starts_with("| 中文") && !row.starts_with("| ---")).map(cells).collect()
    };
    let forms = |cell: &str| cell.split(';').map(plain).collect::<BTreeSet<_>>();
    let terms = rows(terms).into_iter().map(|row| Term {
        zh: row[0].clone(),
        forms: forms(&row[1]),
        not: row[4].split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect(),
    });
    let several = rows(several).into_iter().map(|row| (row[0].clone(), forms(&row[1])));
    (terms.collect(), several.collect())
}

/// Whether a text has a term that is no part of a longer one.
fn has(text: &str, term: &str, all: &[Term]) -> bool {
    let longer =
        all.iter().map(|one| one.zh.as_str()).filter(|one| one.len() > term.len() && one.contains(term));
    longer.fold(text.to_owned(), |text, longer| text.replace(longer, "")).contains(term)
}

/// Whether an English text has a word, or several that follow each other, in whatever number.
fn says(text: &str, word: &str) -> bool {
    format!(" {} ", plain(text)).contains(&format!(" {} ", plain(word)))
}

#[test]
fn a_term_of_the_glossary_has_its_english_and_no_other() {
    let (terms, _) = glossary();
    let mut wrong = Vec::new();
    for Pair { at, zh, en } in pairs() {
        for term in &terms {
            if label(&zh) == term.zh && !term.forms.contains(&plain(&en)) {
                wrong.push(format!("{at}: “{zh}” is “{en}”, not {:?}", term.forms));
            }
            for not in &term.not {
                let other = if is_chinese(not) {
                    has(&zh, not, &terms)
                } else {
                    has(&zh, &term.zh, &terms) && says(&en, not)
                };
                if other {
                    wrong.push(format!("{at}: “{not}” in “{zh}”, “{en}”: see {}", term.zh));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_label_has_one_english_wherever_it_stands() {
    let (terms, several) = glossary();
    let mut english: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for Pair { at, zh, en } in pairs() {
        // What ends or begins with a space is part of a sentence.
        let part = en.trim() != en || zh.trim() != zh || zh.contains('{');
        let is_label = label(&zh).chars().count() > 1 && label(&zh).chars().count() <= LABEL;
        if is_label && !part && !terms.iter().any(|term| term.zh == label(&zh)) {
            english.entry(label(&zh).to_owned()).or_default().insert(plain(&en), format!("“{en}” ({at})"));
        }
    }
    let mut wrong = Vec::new();
    for (zh, forms) in &english {
        let allowed = several.get(zh);
        let fits = allowed.is_some_and(|allowed| forms.keys().all(|form| allowed.contains(form)));
        if forms.len() > 1 && !fits {
            wrong.push(format!("{zh}: {}", forms.values().cloned().collect::<Vec<_>>().join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{} labels:\n{}", wrong.len(), wrong.join("\n"));
    assert!(several.len() <= 24, "a table of exceptions that grows excepts everything");
}

/// Formats, units and the like that have no Chinese name.
const WORDS_OF_THE_FIELD: [&str; 15] = [
    "API", "CSV", "Excel", "GB", "GiB", "JSON", "KiB", "MiB", "PDF", "RFC", "UTF", "WPS", "Word", "xls",
    "xlsx",
];

#[test]
fn the_chinese_of_an_error_has_no_programmers_word_outside_back_quotes() {
    // What pages, letters, alarms and the API's description say is not of errors; what `tally` prints is compared byte
    // for byte.
    let others = [
        "src/actions/objections/reaching.rs",
        "src/actions/progress",
        "src/domain/alarms",
        "src/domain/scoring/",
        "src/http/docs.rs",
        "src/http/endpoints",
        "src/http/openapi",
        "src/http/pages/",
    ];
    let of_an_error = |at: &str| {
        let starts = |part: &&str| at.starts_with(*part);
        ["src/actions/", "src/domain/", "src/http/"].iter().any(starts) && !others.iter().any(starts)
    };
    let mut wrong = Vec::new();
    for Pair { at, zh, .. } in pairs().into_iter().filter(|pair| of_an_error(&pair.at)) {
        let outside: String = zh.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let told: String =
            outside.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
        let words = told.split(|c: char| !c.is_ascii_alphabetic() && c != '_');
        wrong.extend(
            words
                .filter(|word| word.len() > 1 && !WORDS_OF_THE_FIELD.contains(word))
                .map(|word| format!("{at}: {word} in “{zh}”")),
        );
    }
    assert!(wrong.is_empty(), "{} words:\n{}", wrong.len(), wrong.join("\n"));
}

/// English nouns that the program counts: what it gives to `count` for many.
fn counted(all: &[(String, String)]) -> BTreeSet<String> {
    let mut nouns = BTreeSet::new();
    for (_, source) in all {
        for five in pieces(source).windows(4) {
            let [Piece::Code(before), Piece::Literal(_, one), Piece::Code(between), Piece::Literal(_, many)] =
                five
            else {
                continue;
            };
            if before.contains("count(") && between == "," && one != many {
                nouns.extend(many.split(' ').filter(|word| word.ends_with('s')).map(str::to_owned));
            }
        }
    }
    nouns
}

#[test]
fn a_number_in_english_agrees_with_its_noun() {
    let all = texts();
    let mut nouns = counted(&all);
    assert!(nouns.len() > 20, "{nouns:?}");
    let (terms, _) = glossary();
    let one_word = terms.iter().flat_map(|term| &term.forms).filter(|form| !form.contains(' '));
    nouns.extend(one_word.map(|form| format!("{form}s")));
    nouns.retain(|noun| !NO_NOUNS.contains(&noun.as_str()));
    let mut wrong = Vec::new();
    for (path, source) in &all {
        for piece in pieces(source) {
            let Piece::Literal(line, text) = piece else { continue };
            if text.contains("(s)") {
                wrong.push(format!("{path}:{line}: {text}"));
            }
            if is_chinese(&text) {
                continue;
            }
            // What is put in, unless it is a constant, and a noun within the next two words.
            let put_in =
                text.split('{').skip(1).filter(|rest| !rest.starts_with(|c: char| c.is_ascii_uppercase()));
            let after = put_in.filter_map(|rest| Some(rest.split_once('}')?.1));
            // Or a text that begins with a noun, after a number that stands before it on a page.
            let begins = text.strip_prefix(' ').into_iter().map(|rest| format!(" {rest}"));
            for rest in after.map(str::to_owned).chain(begins) {
                let Some(rest) = rest.strip_prefix(' ') else { continue };
                let words = rest.split(' ').take(2).take_while(|word| {
                    !NO_NOUNS.contains(word) && word.starts_with(|c: char| c.is_ascii_lowercase())
                });
                let word = words
                    .map(|word| word.trim_end_matches([',', '.', ';', ':']))
                    .find(|word| nouns.contains(*word));
                if let Some(word) = word {
                    wrong.push(format!("{path}:{line}: a number before “{word}” in “{text}”"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} texts:\n{}", wrong.len(), wrong.join("\n"));
}
