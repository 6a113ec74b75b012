//! Shapes of documents as JSON Schema files: they are the program's, they are served, what is stored fits them, and what the
//! description leaves open is one of them or has a reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use qianglian::http::{openapi, schemas};
use serde_json::Value;

use super::support::app::on_both;
use super::support::{run, text};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&fs::read(here(path)).unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap()
}

fn validator(name: &str) -> Validator {
    let schemas = schemas();
    let schema = schemas.get(name).unwrap_or_else(|| panic!("there is no schema {name}"));
    jsonschema::draft202012::options().build(schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether a document is of the shape that is told of it.
pub(crate) fn must_fit(name: &str, document: &Value) {
    let validator = validator(name);
    let faults: Vec<String> = validator
        .iter_errors(document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .take(5)
        .collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}");
}

/// What demonstrations of released forms have left (`docs/testing.md`), and the schema of each.
const GOLDEN: &[(&str, &str)] = &[
    ("announcement", "qianglian-announcement/1"),
    ("catalogue", "catalogue/1"),
    ("draw", "qianglian-draw/1"),
    ("draw_result", "draw-result/1"),
    ("event", "event/1"),
    ("inspection", "qianglian-inspection/1"),
    ("inspection_plan", "inspection-plan/1"),
    ("inspection_record", "inspection-record/1"),
    ("notice", "qianglian-notice/1"),
    ("part_figures", "part-figures/1"),
    ("part_firms", "part-firms/1"),
    ("part_profile", "part-profile/1"),
    ("part_section", "part-section/1"),
    ("part_undertaking", "part-undertaking/1"),
    ("recommendation_list", "sealed-list/1"),
    ("selection", "qianglian-selection/1"),
    ("settings", "settings/1"),
    ("sheet", "qianglian-sheet/1"),
    ("submission", "submission/1"),
    ("tally", "qianglian-tally/1"),
    ("working_days", "working-days/1"),
];

/// Documents by the names of their schemas.
fn documents() -> Vec<(&'static str, Value)> {
    let mut all: Vec<(&str, Value)> =
        GOLDEN.iter().map(|(form, name)| (*name, read(&format!("tests/golden/{form}.json")))).collect();
    let settings = read("tests/golden/settings.json");
    all.push(("rubric/1", settings["rubric"].clone()));
    all.push(("rules/1", settings["rules"].clone()));
    for tally in ["tests/golden/tally.json", "tests/cases/small.json", "tests/cases/tally-044.json"] {
        let path = here(tally);
        let of = |arguments: &[&str]| -> Value {
            let run = run(&[&["tally", path.to_str().unwrap(), "--format", "json"], arguments].concat(), b"");
            assert_eq!(run.status, 0, "{}", run.stderr);
            serde_json::from_str(&run.stdout).unwrap()
        };
        all.push(("qianglian-tally/1", read(tally)));
        all.push(("qianglian-result/1", of(&[])));
        for application in read(tally)["applications"].as_array().unwrap().iter().take(5) {
            all.push(("qianglian-derivation/1", of(&["--explain", text(&application["id"])])));
        }
    }
    all
}

#[test]
fn documents_fit_their_schemas_and_changed_ones_do_not() {
    for (name, document) in documents() {
        must_fit(name, &document);
        let (schema, validator) = (schemas()[name].clone(), validator(name));
        let needed = schema["required"].as_array().cloned().unwrap_or_default();
        for member in needed {
            let mut less = document.clone();
            less.as_object_mut().unwrap().remove(text(&member));
            assert!(!validator.is_valid(&less), "{name} without {member}");
            let mut other = document.clone();
            other[text(&member)] = Value::from(vec![vec![1.5]]);
            assert!(!validator.is_valid(&other), "{name} with another {member}");
        }
    }
}

#[test]
fn the_files_are_those_of_the_program() {
    let wanted: BTreeMap<String, Value> = schemas()
        .into_iter()
        .map(|(name, schema)| (format!("{}.json", name.replace('/', ".")), schema))
        .collect();
    let kept: BTreeMap<String, Value> = fs::read_dir(here("api-spec/schemas"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|file| (file.clone(), read(&format!("api-spec/schemas/{file}"))))
        .collect();
    if kept != wanted {
        let made = here("target/tmp/schemas");
        let _ = fs::remove_dir_all(&made);
        fs::create_dir_all(&made).unwrap();
        for (file, schema) in &wanted {
            fs::write(made.join(file), format!("{schema:#}\n")).unwrap();
        }
        panic!("api-spec/schemas is not what the program has: copy {}", made.display());
    }
}

/// What the description says nothing of the shape of, and why.
const OPEN: &[(&str, &str)] = &[
    (
        "CoveredFigure.value",
        "text, or how many of each unit, as the indicator's rule asks; see part-figures/1",
    ),
    ("Difference.after", "whatever stood at the pointer"),
    ("Difference.before", "whatever stood at the pointer"),
    ("EventView.event", "event/1"),
    ("Figure.value", "text, or how many of each unit, as the indicator's rule asks"),
    ("ImportPreviewView.changes", "of chains and regions, or of dates"),
    ("PartView.content", "the part's shape: part-profile/1 and so on"),
    ("RankingView.applications", "the tally's own: applications of qianglian-tally/1"),
    ("RankingView.result", "qianglian-result/1"),
    ("RecommendationView.sealed_list", "sealed-list/1"),
    ("ResultView.derivation", "qianglian-derivation/1"),
    ("VerifiedItem.value", "as Figure.value"),
];

fn is_open(schema: &Value) -> bool {
    let says = |word: &str| !schema[word].is_null();
    let alternatives =
        ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| schema[*word].as_array()).flatten();
    !["type", "$ref", "anyOf", "oneOf", "allOf", "enum"].iter().any(|word| says(word))
        || alternatives.clone().any(is_open)
        || schema["type"] == "array" && is_open(&schema["items"])
        || schema["type"] == "object" && !says("properties") && !schema["additionalProperties"].is_object()
}

#[test]
fn nothing_is_left_open_without_a_reason() {
    let api = openapi();
    let mut open = Vec::new();
    for (name, schema) in api["components"]["schemas"].as_object().unwrap() {
        for (member, described) in schema["properties"].as_object().into_iter().flatten() {
            if is_open(described) {
                open.push(format!("{name}.{member}"));
            }
        }
    }
    let known: Vec<&str> = OPEN.iter().map(|(member, _)| *member).collect();
    assert_eq!(open, known);
    let schemas = schemas();
    for (member, reason) in OPEN {
        if let Some(name) = reason.split_whitespace().find(|word| word.ends_with("/1")) {
            assert!(schemas.contains_key(name), "{member}: {name}");
        }
    }
    for (name, url) in described(&api) {
        assert!(schemas.contains_key(url.trim_start_matches("/api/schemas/")), "{name} points to {url}");
    }
}

/// Where the description points to a schema.
fn described(api: &Value) -> Vec<(String, String)> {
    let all = api["components"]["schemas"].as_object().unwrap().iter();
    let own = all.clone().map(|(name, schema)| (name.clone(), schema));
    let members = all.flat_map(|(name, schema)| {
        let members = schema["properties"].as_object().into_iter().flatten();
        members.map(move |(member, schema)| (format!("{name}.{member}"), schema))
    });
    let found: Vec<(String, String)> = own
        .chain(members)
        .filter_map(|(name, schema)| Some((name, schema["externalDocs"]["url"].as_str()?.to_owned())))
        .collect();
    assert!(found.len() >= 12, "{found:?}");
    found
}

on_both! {
    async fn schemas_are_served(app) {
        let nobody = app.public();
        for (name, schema) in schemas() {
            let answer = nobody.get(&format!("/api/schemas/{name}")).await;
            assert_eq!(answer.headers["content-type"], "application/schema+json");
            assert_eq!(schema["$id"], format!("/api/schemas/{name}"));
            assert_eq!(answer.ok(), schema);
        }
        nobody.get("/api/schemas/nothing/1").await.refused(404, "not_found");
    }
}
