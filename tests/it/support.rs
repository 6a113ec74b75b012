//! What several tests need: running the program, and ranking a tally given as JSON.

pub(crate) mod app;
pub(crate) mod authenticator;
pub(crate) mod browser;
pub(crate) mod commits;
pub(crate) mod left_out;
pub(crate) mod postgres;
pub(crate) mod programs;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod recorder;
pub(crate) mod review;
pub(crate) mod story;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use qianglian::domain::scoring::{rank, read_tally};
use qianglian::domain::values::Language;
use serde_json::Value;

/// What a run of the program came to.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program with these arguments and this standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qianglian"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().expect("standard input is piped").write_all(input);
    let output = child.wait_with_output().expect("the program ends");
    Run {
        status: output.status.code().expect("the program ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// A file below `tests/cases`.
pub(crate) fn case(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The tallies below `tests/cases` that have a result beside them, without `.json`: those handed down with the rules,
/// and random ones with the results of the independent implementation in `tests/oracle`.
pub(crate) fn case_names() -> Vec<String> {
    let names = |folder: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
        let entries = std::fs::read_dir(path).expect("the cases are there");
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names = names.filter_map(|name| Some(format!("{folder}{}", name.strip_suffix(".result.json")?)));
        names.collect::<Vec<String>>()
    };
    let mut names = [names(""), names("oracle/")].concat();
    names.sort();
    names
}

/// The tally of a case.
pub(crate) fn tally_of(name: &str) -> Value {
    case(&format!("{name}.json"))
}

/// The result of a tally, as the library gives it. Panics with the problems of a tally that is refused.
pub(crate) fn result_of(tally: &Value) -> Value {
    serde_json::from_slice(&result_bytes(tally)).expect("a result is JSON")
}

/// The same as bytes.
pub(crate) fn result_bytes(tally: &Value) -> Vec<u8> {
    let bytes = serde_json::to_vec(tally).unwrap();
    match read_tally(&bytes) {
        Ok(tally) => rank(&tally).canonical_json(),
        Err(problems) => panic!("{}", problems.text(Language::English)),
    }
}

/// The result that `qianglian tally` prints for a frozen document.
pub(crate) fn ranked_text(document: &str) -> Value {
    let run = run(&["tally", "-"], document.as_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).expect("a result is JSON")
}

/// The standings of the one track of a result, by application.
pub(crate) fn standings(result: &Value) -> Vec<&Value> {
    let groups = result["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["standings"].as_array().unwrap()).collect()
}

/// The standing of an application.
pub(crate) fn standing<'r>(result: &'r Value, application: &str) -> &'r Value {
    let all = standings(result);
    all.into_iter()
        .find(|standing| standing["application"] == application)
        .expect("the application has a standing")
}

/// A member of a value as text.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not text"))
}

/// Every Rust source file below a folder of the project.
pub(crate) fn sources(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
