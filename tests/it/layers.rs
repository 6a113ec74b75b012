//! Reads the sources: layers stay apart, every file says what it is, and the map of the code is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::support::sources;

/// For each layer, words that its sources must not use: those of the layers above it, and of what it may not touch.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    (
        "src/domain",
        &[
            "crate::cli",
            "crate::http",
            "crate::actions",
            "crate::db",
            "crate::files",
            "crate::config",
            "crate::clock",
            "crate::error",
            "actix_web",
            "diesel",
            "tokio",
            "clap",
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "std::process",
            "std::time",
            "std::thread",
            "Utc::now",
            "println!",
            "eprintln!",
            "dbg!",
            "rand",
            "f32",
            "f64",
        ],
    ),
    (
        "src/db",
        &[
            "crate::cli",
            "crate::http",
            "crate::actions",
            "crate::files",
            "crate::config",
            "actix_web",
            "clap",
            "std::env",
        ],
    ),
    (
        "src/files",
        &[
            "crate::cli",
            "crate::http",
            "crate::actions",
            "crate::db",
            "crate::config",
            "actix_web",
            "diesel",
            "clap",
            "std::env",
        ],
    ),
    (
        "src/actions",
        &["crate::cli", "crate::http", "crate::config", "actix_web", "diesel", "clap", "std::env", "std::fs"],
    ),
    ("src/http", &["crate::cli", "crate::db", "crate::config", "diesel", "clap", "std::env", "std::fs"]),
    ("src/cli", &["diesel", "std::env", "num_bigint", "num_rational"]),
];

/// Words that only one file may use: the machine's clock and chance, and the process's environment.
const ONLY_IN: [(&str, &[&str]); 3] = [
    ("Utc::now", &["src/clock.rs"]),
    ("Instant::now", &["src/clock.rs"]),
    ("getrandom", &["src/clock.rs", "src/files/spool.rs"]),
];

fn relative(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned()
}

/// The words of a line of code: letters, digits, `_`, `:` and `!` stay together. Comments are left out.
fn uses(line: &str, word: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins(before) && (word.ends_with([':', '!']) || !joins(after))
    })
}

#[test]
fn layers_do_not_reach_upwards_or_outside() {
    let mut files = 0;
    for (layer, words) in FORBIDDEN {
        for path in sources(layer) {
            files += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                for word in words {
                    // The visitor of a JSON reader must accept every kind of value, floats too, to pass over it.
                    let visits = line.contains("fn visit_f64");
                    assert!(
                        visits || !uses(line, word),
                        "{}:{} uses {word}: {line}",
                        relative(&path),
                        number + 1
                    );
                }
            }
        }
    }
    assert!(files > 20, "only {files} files were read");
}

#[test]
fn time_and_chance_come_from_one_place() {
    for path in sources("src") {
        let text = std::fs::read_to_string(&path).unwrap();
        for (word, files) in ONLY_IN {
            let used = text.lines().any(|line| uses(line, word));
            assert!(!used || files.contains(&relative(&path).as_str()), "{} uses {word}", relative(&path));
        }
    }
}

#[test]
fn the_check_for_words_sees_them() {
    assert!(uses("use std::fs::File;", "std::fs"));
    assert!(uses("let x: f64 = 0.0;", "f64"));
    assert!(uses("    println!(\"\")", "println!"));
    assert!(!uses("fn visit_f64x()", "f64"));
    assert!(!uses("// f64 is not used", "f64"));
    assert!(!uses("let operand = 1;", "rand"));
}

/// The module of `src/actions` that a file belongs to: a folder is one module.
fn act_of(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/actions")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules of `src/actions` that a text names by `word::`, of these: after `actions::` and after as many `super::` as
/// lead out of the module, alone and in braces.
fn acts_named(text: &str, nested: bool, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let out = if nested { "super::super::" } else { "super::" };
    let mut named = BTreeSet::new();
    for way in ["actions::", out] {
        for (at, _) in text.match_indices(way) {
            if way == out && text[..at].ends_with("super::") {
                continue;
            }
            let rest = &text[at + way.len()..];
            let list = rest
                .strip_prefix('{')
                .map_or(rest, |inner| inner.split_once("};").map_or(inner, |found| found.0));
            let single = !rest.starts_with('{');
            let mut depth = 0;
            for word in list.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
                let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
                if depth == 0 && modules.contains(name) {
                    named.insert(name.to_owned());
                }
                if single {
                    break;
                }
                depth += word.matches('{').count();
                depth -= word.matches('}').count().min(depth);
            }
        }
    }
    named
}

#[test]
fn acts_import_each_other_in_no_circle() {
    let sources = sources("src/actions");
    let modules: BTreeSet<String> =
        sources.iter().map(|path| act_of(path)).filter(|name| name != "mod").collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in &sources {
        let module = act_of(path);
        if module == "mod" {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let nested = path.parent().unwrap().file_name().unwrap() != "actions" && !path.ends_with("mod.rs");
        let named = acts_named(&code, nested, &modules);
        imports.entry(module.clone()).or_default().extend(named.into_iter().filter(|name| *name != module));
    }
    let counted: usize = imports.values().map(BTreeSet::len).sum();
    assert!(counted > 100, "only {counted} imports were found");
    // What imports nothing that is left goes, until nothing is left but circles.
    while let Some(free) =
        imports.iter().find(|(_, named)| named.is_empty()).map(|(module, _)| module.clone())
    {
        imports.remove(&free);
        for named in imports.values_mut() {
            named.remove(&free);
        }
    }
    assert!(imports.is_empty(), "acts import each other in a circle, or lead to one: {imports:?}");
}

#[test]
fn every_source_says_what_it_is() {
    for path in sources("src").into_iter().chain(sources("tests")).chain(sources("benches")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no module documentation", relative(&path));
    }
}

/// A file that no module declares is not compiled, and what it tests is not tested.
#[test]
fn every_source_is_declared_by_a_module() {
    for path in sources("src").into_iter().chain(sources("tests/it")) {
        let (folder, stem) = (path.parent().unwrap(), path.file_stem().unwrap().to_str().unwrap());
        if matches!(stem, "main" | "lib") {
            continue;
        }
        let (folder, name) = match stem {
            "mod" => (folder.parent().unwrap(), folder.file_name().unwrap().to_str().unwrap()),
            _ => (folder, stem),
        };
        let above = ["mod.rs", "lib.rs", "main.rs"].map(|file| folder.join(file));
        let parents = above.into_iter().chain([folder.with_extension("rs")]).filter(|parent| parent.exists());
        let declared = parents.into_iter().any(|parent| {
            let text = std::fs::read_to_string(parent).unwrap();
            text.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")))
        });
        assert!(declared, "{} is declared by no module", relative(&path));
    }
}

#[test]
fn the_map_names_every_source_and_nothing_else() {
    let map = include_str!("../../docs/ARCHITECTURE.md");
    let files: Vec<String> = sources("src").iter().map(|path| relative(path)).collect();
    for file in &files {
        assert!(map.contains(&format!("`{file}`")), "docs/ARCHITECTURE.md does not name {file}");
    }
    for named in map.split('`').filter(|word| {
        word.starts_with("src/") && Path::new(word).extension().is_some_and(|extension| extension == "rs")
    }) {
        assert!(
            files.iter().any(|file| file == named),
            "docs/ARCHITECTURE.md names {named}, which is not there"
        );
    }
}
