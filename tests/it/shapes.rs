//! What the description of the API says of rubrics and rules is what their readers read: whatever is read fits it, and
//! whatever is refused for its shape does not.

use std::path::Path;

use jsonschema::Validator;
use qianglian::domain::scoring::{Expected, Problem, read_tally};
use qianglian::http::openapi;
use serde_json::{Value, json};

/// What a part of a tally is described as.
fn described(part: &str) -> Validator {
    let mut schema = json!({ "$ref": format!("#/components/schemas/{part}") });
    schema["components"] = openapi()["components"].clone();
    jsonschema::validator_for(&schema).unwrap()
}

/// Tallies whose rubrics and rules are looked at.
fn tallies() -> Vec<(String, Value)> {
    let folders = ["tests/cases", "tests/cases/oracle", "tests/cases/reference"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut names: Vec<String> = files.map(|file| file.unwrap().path().display().to_string()).collect();
    names.sort();
    let is_json = |name: &String| Path::new(name).extension().is_some_and(|kind| kind == "json");
    let wanted = |name: &String| is_json(name) && !name.contains(".result.");
    names
        .into_iter()
        .filter(wanted)
        .map(|name| (name.clone(), serde_json::from_slice(&std::fs::read(&name).unwrap()).unwrap()))
        .filter(|(_, tally): &(String, Value)| tally["rubric"].is_object() && tally["rules"].is_object())
        .collect()
}

/// What the reader has against rubric and rules.
fn problems(tally: &Value) -> Vec<Problem> {
    let read = read_tally(tally.to_string().as_bytes());
    let problems = read.err().map(|problems| problems.kept().to_vec()).unwrap_or_default();
    let of = |problem: &Problem| ["/rubric", "/rules"].iter().any(|part| problem.pointer.starts_with(part));
    problems.into_iter().filter(of).collect()
}

/// Whether a problem is one of shape, which a description can tell.
fn is_of_shape(problem: &Problem) -> bool {
    match &problem.expected {
        // Whether a panel is needed follows from the rubric.
        Expected::Object => problem.pointer != "/rules/panel" || problem.found.as_deref() != Some("null"),
        Expected::Array
        | Expected::Text
        | Expected::AnyText
        | Expected::Decimal
        | Expected::Pair
        | Expected::OneOf(_)
        | Expected::Member(_)
        | Expected::NotEmpty
        | Expected::AtLeast(_) => true,
        // A row of a trimming table asks for more than the one before it.
        Expected::Integer { .. } => !problem.pointer.ends_with("/at_least"),
        Expected::Required(member) => *member != "panel",
        Expected::Above(bound) => {
            let above_zero = ["/full_marks", "/points", "/step", "/cap"];
            bound == "0" && above_zero.iter().any(|member| problem.pointer.ends_with(member))
        }
        _ => false,
    }
}

/// Every place of a document below a pointer.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(3) {
                places(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The document changed at a place, in each of many ways.
fn mutants(whole: &Value, pointer: &str) -> Vec<Value> {
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(7),
        json!(2_000_000_000),
        json!(""),
        json!("x"),
        json!("0"),
        json!("-1"),
        json!("-0.0"),
        json!("1e3"),
        json!(" 1"),
        json!("+1"),
        json!("0.123456789"),
        json!("1."),
        json!("1234567890123"),
        json!("sheet"),
        json!("indicator"),
        json!("judged"),
        json!("mean"),
        json!("capped_mean"),
        json!("best"),
        json!("reserve"),
        json!("zero"),
        json!([]),
        json!({}),
        json!([1]),
        json!(["1", "2"]),
        json!({ "a": "1" }),
        json!({ "type": "best" }),
    ];
    let mut made: Vec<Value> = others
        .into_iter()
        .map(|other| {
            let mut mutant = whole.clone();
            *mutant.pointer_mut(pointer).unwrap() = other;
            mutant
        })
        .collect();
    let mut more = whole.clone();
    if let Some(members) = more.pointer_mut(pointer).unwrap().as_object_mut() {
        members.insert("zzz".to_owned(), json!("1"));
        made.push(more);
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let mut less = whole.clone();
    let taken = match less.pointer_mut(parent).unwrap() {
        Value::Object(members) => members.remove(&name.replace("~1", "/").replace("~0", "~")).is_some(),
        Value::Array(items) => {
            items.pop();
            true
        }
        _ => false,
    };
    if taken {
        made.push(less);
    }
    made
}

#[test]
fn rubrics_and_rules_are_described_as_they_are_read() {
    let parts = [("rubric", described("Rubric")), ("rules", described("Rules"))];
    let all = tallies();
    assert!(all.len() > 80);
    for (name, tally) in &all {
        for (part, described) in &parts {
            let told: Vec<String> = described.iter_errors(&tally[part]).map(|e| e.to_string()).collect();
            assert!(told.is_empty(), "{name}: {part} is read, but not described so: {told:?}");
        }
    }
    let settings: Value = serde_json::from_str(include_str!("../../data/settings.example.json")).unwrap();
    assert!(described("Settings").is_valid(&settings));
}

#[test]
fn whatever_is_refused_for_its_shape_is_not_described_and_whatever_is_read_is() {
    let parts = [("rubric", described("Rubric")), ("rules", described("Rules"))];
    let (mut refused, mut accepted, mut wrong) = (0, 0, Vec::new());
    let small = tallies().into_iter().filter(|(_, tally)| tally.to_string().len() < 8_000).take(16);
    for (name, mut tally) in small {
        // What else a tally holds is not looked at.
        tally["applications"] = json!([]);
        tally["sheets"] = json!([]);
        for (part, described) in &parts {
            let mut all = Vec::new();
            places(&tally[part], &format!("/{part}"), &mut all);
            for (pointer, mutant) in
                all.iter().flat_map(|at| mutants(&tally, at).into_iter().map(move |mutant| (at, mutant)))
            {
                // A tally without the part is no matter of the part.
                let Some(changed) = mutant.get(part) else { continue };
                let problems = problems(&mutant);
                let of_shape = problems
                    .iter()
                    .any(|problem| problem.pointer.starts_with(&format!("/{part}")) && is_of_shape(problem));
                let described = described.is_valid(changed);
                (refused, accepted) =
                    (refused + usize::from(of_shape), accepted + usize::from(problems.is_empty()));
                if described == of_shape && (described || problems.is_empty()) {
                    let now = mutant.pointer(pointer).unwrap_or(&Value::Null);
                    wrong.push(format!("{name} {pointer} = {now}: described {described}, {problems:?}"));
                }
            }
        }
    }
    assert!(refused > 10_000 && accepted > 500, "{refused} refused, {accepted} accepted");
    assert!(wrong.is_empty(), "{} of {refused}: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}
