//! Checks of the style sheet: what is read can be read, by the contrast that WCAG 2.2 asks for.

use std::collections::{BTreeMap, BTreeSet};

const SHEET: &str = include_str!("assets/app.css");

/// Contrast of text with what it stands on (success criterion 1.4.3).
const TEXT: f64 = 4.5;
/// Contrast of edges, marks and focus with what is next to them (1.4.11).
const SHAPE: f64 = 3.0;

/// What stands on what in the sheet.
const PAIRS: &[(&str, &[&str], f64)] = &[
    ("ink", &["paper", "ground", "pick", "info-soft", "good-soft", "warning-soft", "bad-soft"], TEXT),
    ("muted", &["paper", "ground", "info-soft", "good-soft", "warning-soft", "bad-soft"], TEXT),
    ("link", &["paper", "ground", "info-soft", "good-soft", "warning-soft", "bad-soft"], TEXT),
    ("link-over", &["paper", "ground", "pick", "info-soft", "good-soft", "warning-soft", "bad-soft"], TEXT),
    ("brand", &["paper", "ground"], TEXT),
    ("act", &["paper", "ground"], TEXT),
    ("act-over", &["paper", "pick"], TEXT),
    ("on-act", &["act", "act-over", "bad", "bad-over", "good"], TEXT),
    ("info", &["paper", "ground", "info-soft"], TEXT),
    ("good", &["paper", "ground", "good-soft"], TEXT),
    ("warning", &["paper", "ground", "warning-soft"], TEXT),
    ("bad", &["paper", "ground", "bad-soft"], TEXT),
    ("neutral", &["paper", "ground", "neutral-soft"], TEXT),
    ("on-dark", &["dark-1", "dark-2", "dark-3", "dark-4"], TEXT),
    ("on-light", &["light-1", "light-2", "light-3", "light-4"], TEXT),
    ("edge", &["paper", "ground"], SHAPE),
    ("focus", &["paper", "ground", "pick", "info-soft", "good-soft", "warning-soft", "bad-soft"], SHAPE),
    // Parts of a bar, each on the page and next to the parts before and after it.
    ("dark-1", &["paper", "light-1", "light-4"], SHAPE),
    ("dark-2", &["paper", "light-1", "light-2"], SHAPE),
    ("dark-3", &["paper", "light-2", "light-3"], SHAPE),
    ("dark-4", &["paper", "light-3", "light-4"], SHAPE),
    ("light-1", &["paper"], SHAPE),
    ("light-2", &["paper"], SHAPE),
    ("light-3", &["paper"], SHAPE),
    ("light-4", &["paper"], SHAPE),
];

/// Lines between rows that are told apart by the space between them, too.
const DECORATION: [&str; 1] = ["line"];

/// The colours of the sheet by name: those of paper, and those of a screen that its owner wants dark.
fn schemes() -> [BTreeMap<&'static str, &'static str>; 2] {
    let mut roots = SHEET.split(":root {").skip(1).map(|rest| {
        let pairs = rest.split_once('}').unwrap().0.split(';').filter_map(|rule| rule.split_once(':'));
        let named = pairs.map(|(name, value)| (name.trim().trim_start_matches("--"), value.trim()));
        named.filter(|(_, value)| value.starts_with('#')).collect()
    });
    [roots.next().unwrap(), roots.next().unwrap()]
}

/// The names of the tokens that rules use.
fn used() -> BTreeSet<&'static str> {
    SHEET.split("var(--").skip(1).map(|rest| rest.split_once(')').unwrap().0).collect()
}

/// Relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn contrast_is_as_the_guidelines_reckon_it() {
    let rounded = |one, other| format!("{:.2}", contrast(one, other));
    assert_eq!(rounded("#000000", "#ffffff"), "21.00");
    assert_eq!(rounded("#767676", "#ffffff"), "4.54");
    assert_eq!(rounded("#ffffff", "#777777"), "4.48");
}

#[test]
fn everything_stands_out_from_what_it_stands_on() {
    let mut low = Vec::new();
    for (scheme, tokens) in schemes().iter().enumerate() {
        for (front, grounds, least) in PAIRS {
            for ground in *grounds {
                let found = contrast(tokens[front], tokens[ground]);
                if found < *least {
                    low.push(format!("{front} on {ground}: {found:.2} < {least} in scheme {scheme}"));
                }
            }
        }
    }
    assert!(low.is_empty(), "{low:#?}");
}

#[test]
fn every_colour_is_a_token_that_is_used_and_checked() {
    let [tokens, dark] = schemes();
    assert_eq!(tokens.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
    let used = used();
    let checked: BTreeSet<&str> = PAIRS
        .iter()
        .flat_map(|(front, grounds, _)| grounds.iter().chain([front]))
        .copied()
        .chain(DECORATION)
        .collect();
    for name in tokens.keys() {
        assert!(used.contains(name), "--{name} colours nothing");
        assert!(checked.contains(name), "--{name} is checked against nothing");
    }
    for name in &used {
        assert!(SHEET.contains(&format!("--{name}:")), "--{name} has no value");
    }
    let rules = SHEET.rsplit_once(":root {").unwrap().1.split_once('}').unwrap().1;
    for literal in ["rgb", "hsl", ": #", " #"] {
        assert!(!rules.contains(literal), "a colour beside the tokens: {literal}");
    }
}

#[test]
fn the_sheet_is_small_and_stands_alone() {
    assert!(SHEET.len() < 26_000, "{} bytes", SHEET.len());
    for foreign in ["@import", "url(", "http", "data:"] {
        assert!(!SHEET.contains(foreign), "{foreign}");
    }
}
