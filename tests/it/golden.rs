//! What is stored is read for ever: of each stored form there is a text as a version of the program once wrote it, and
//! every later version reads it, by the code that reads it from the database, to the same meaning.
//!
//! `tests/golden/<form>.json`, or `<form>.<what is new>.json` where a form has changed, holds the bytes; `digests.txt` their
//! digests. They are never edited, only added (`docs/testing.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use qianglian::actions::doctor::{meaning, stored_forms};
use qianglian::domain::record::digest_of;
use serde_json::Value;

/// Documents with a `format` that no database stores: files and answers, which have tests of their own.
const ELSEWHERE: [&str; 9] = [
    "qianglian-archive/1",
    "qianglian-backup/1",
    "qianglian-derivation/1",
    "qianglian-doctor/1",
    "qianglian-keys/1",
    "qianglian-problems/1",
    "qianglian-result/1",
    "qianglian-site/1",
    "qianglian-answer/1",
];

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The golden files: name and text.
fn golden() -> BTreeMap<String, String> {
    let found = fs::read_dir(root("tests/golden")).unwrap().map(|entry| entry.unwrap().path());
    let files = found.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

fn form(name: &str) -> &str {
    name.split('.').next().unwrap()
}

/// The digests that were recorded with the files, and what a tally was ranked to.
fn recorded() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root("tests/golden/digests.txt")).unwrap();
    let line = |line: &str| {
        let (digest, name) = line.split_once("  ").expect("a digest and a name");
        (name.to_owned(), digest.to_owned())
    };
    text.lines().map(line).collect()
}

/// What of a stored value is not told any more.
fn lost(at: &str, stored: &Value, told: &Value, found: &mut Vec<String>) {
    match (stored, told) {
        (Value::Object(stored), Value::Object(told)) => {
            for (name, value) in stored {
                lost(&format!("{at}/{name}"), value, told.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(stored), Value::Array(told)) if stored.len() == told.len() => {
            for (index, (stored, told)) in stored.iter().zip(told).enumerate() {
                lost(&format!("{at}/{index}"), stored, told, found);
            }
        }
        (stored, told) if stored == told => {}
        (stored, told) => found.push(format!("{at}: {stored} is read as {told}")),
    }
}

/// The formats that the program's source names.
fn formats_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            formats_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|piece| {
                let version = piece.rsplit_once('/').map(|(_, version)| version);
                (piece.starts_with("qianglian-") || piece.starts_with("qianglian/event/"))
                    && version.is_some_and(|version| {
                        !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())
                    })
            });
            found.extend(quoted.map(ToOwned::to_owned));
        }
    }
}

#[test]
fn each_golden_file_is_read_to_the_meaning_that_it_had() {
    let recorded = recorded();
    for (name, text) in golden() {
        assert_eq!(
            recorded.get(&name),
            Some(&digest_of(&text).to_string()),
            "{name} was edited, or has no digest"
        );
        let told = meaning(form(&name), &text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if form(&name) == "tally" {
            assert_eq!(
                told["ranked"].as_str(),
                recorded.get(&format!("{name} ranked")).map(String::as_str),
                "{name}"
            );
            continue;
        }
        let mut found = Vec::new();
        lost("", &serde_json::from_str(&text).unwrap(), &told, &mut found);
        assert!(found.is_empty(), "{name}: {}", found.join("\n"));
    }
    let files: BTreeSet<String> = golden().into_keys().collect();
    let gone = recorded.keys().filter(|name| !name.ends_with(" ranked") && !files.contains(*name));
    assert_eq!(gone.collect::<Vec<_>>(), Vec::<&String>::new(), "golden files are never removed");
}

#[test]
fn each_stored_form_and_each_format_has_a_golden_file() {
    let golden = golden();
    let forms: BTreeSet<&str> = golden.keys().map(|name| form(name)).collect();
    let missing: Vec<&str> = stored_forms().filter(|name| !forms.contains(name)).collect();
    assert!(missing.is_empty(), "no golden file of {missing:?}");
    let of = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        value["format"].as_str().map(ToOwned::to_owned)
    };
    let shown: BTreeSet<String> = golden.values().filter_map(|text| of(text)).collect();
    let mut known = BTreeSet::new();
    formats_in(&root("src"), &mut known);
    assert!(known.len() > 15, "{known:?}");
    let missing: Vec<&String> = known
        .iter()
        .filter(|format| !shown.contains(*format) && !ELSEWHERE.contains(&format.as_str()))
        .collect();
    assert!(missing.is_empty(), "no golden file of {missing:?}");
}
