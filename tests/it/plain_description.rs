//! The API's description says things in the few ways that makers of clients read alike (`docs/api.md`).

use qianglian::http::openapi;
use serde_json::{Value, json};

/// Words of the languages that clients are made in, and names that they know already: no schema is called so, whatever its
/// capitals.
const RESERVED: &str = "abstract and any array as assert async await base bool boolean break byte case catch char class client \
    const continue crate date decimal def default del delete do double dyn elif else end enum error event except exception \
    exclude exec export extends extract false file final finally float fn for foreach from func function get global go goto \
    if impl implements import in instanceof int integer interface internal is lambda let list lock long loop map match method \
    mod model module move mut namespace native new nil none nonlocal not null number object omit operator option or override \
    package parameters partial pass pick pick print private process protected proxy pub public raise range readonly record ref \
    request required response result return self set short sizeof static status string struct super switch symbol \
    synchronized this throw throws trait transient true try tuple type typeof undefined union unknown unsafe use using var \
    void volatile where while with yield";

/// Formats of OpenAPI, JSON Schema and the register beside them.
const FORMATS: [&str; 8] =
    ["date", "date-time", "date-time-local", "int32", "int64", "uri-reference", "uuid", "binary"];

/// Each schema of the description by its pointer.
fn schemas(api: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, schema) in api["components"]["schemas"].as_object().unwrap() {
        below(format!("/components/schemas/{name}"), schema, &mut found);
    }
    used(String::new(), &api["paths"], &mut found);
    for kind in ["parameters", "responses", "headers"] {
        used(format!("/components/{kind}"), &api["components"][kind], &mut found);
    }
    found
}

/// Schemas where they are used.
fn used<'a>(pointer: String, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "schema" => below(format!("{pointer}/schema"), member, found),
                    "example" | "examples" => {}
                    _ => used(format!("{pointer}/{name}"), member, found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                used(format!("{pointer}/{index}"), item, found);
            }
        }
        _ => {}
    }
}

fn below<'a>(pointer: String, schema: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    for (word, inside) in schema.as_object().into_iter().flatten() {
        let at = format!("{pointer}/{word}");
        match word.as_str() {
            "items" | "propertyNames" | "not" | "contains" => below(at, inside, found),
            "additionalProperties" if *inside != json!(false) => below(at, inside, found),
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                for (index, part) in inside.as_array().unwrap().iter().enumerate() {
                    below(format!("{at}/{index}"), part, found);
                }
            }
            "properties" | "patternProperties" => {
                for (name, member) in inside.as_object().unwrap() {
                    below(format!("{at}/{name}"), member, found);
                }
            }
            _ => {}
        }
    }
    found.push((pointer, schema));
}

/// What a schema says in a way of its own, if it does.
fn unlike_the_others(schema: &Value) -> Option<&'static str> {
    let Some(members) = schema.as_object() else { return Some("is no object") };
    let is_null = |part: &Value| part["type"] == "null";
    let words = members.get("enum").and_then(Value::as_array);
    let alternatives = members.get("anyOf").and_then(Value::as_array);
    if members.contains_key("const") {
        Some("a single word is an enum of one")
    } else if words.is_some_and(|words| !words.iter().all(Value::is_string)) {
        Some("an enum is of texts")
    } else if words.is_some() && schema["type"] != "string" && !members.contains_key("$ref") {
        Some("an enum says its type")
    } else if members.contains_key("patternProperties") {
        Some("clients drop what patternProperties describes")
    } else if members.contains_key("prefixItems") {
        Some("elements of one kind are said by items")
    } else if schema["type"].is_array() {
        Some("what may be null is said by anyOf")
    } else if alternatives
        .is_some_and(|parts| parts.iter().any(is_null) && (parts.len() != 2 || !is_null(&parts[1])))
    {
        Some("null is the second of two alternatives")
    } else if members.contains_key("oneOf") && !members.contains_key("discriminator") {
        Some("alternatives are told apart by a word, or are anyOf")
    } else if schema["format"].as_str().is_some_and(|format| !FORMATS.contains(&format)) {
        Some("not a format that all know")
    } else if schema["description"].as_str().is_some_and(|text| text.contains("[`")) {
        Some("a link that leads nowhere")
    } else {
        None
    }
}

#[test]
fn a_schema_says_things_as_all_others_do() {
    let api = openapi();
    let all = schemas(&api);
    assert!(all.len() > 1_500, "{}", all.len());
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(pointer, schema)| Some(format!("{pointer}: {}: {schema}", unlike_the_others(schema)?)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_schema_has_a_name_that_means_something_and_nothing_else() {
    let api = openapi();
    for name in api["components"]["schemas"].as_object().unwrap().keys() {
        assert!(name.chars().all(|c| c.is_ascii_alphabetic()), "{name}: two schemas have the same name");
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
        assert!(
            !RESERVED.split(' ').any(|word| word == name.to_lowercase()),
            "{name} means something in a language"
        );
    }
}

#[test]
fn what_is_said_in_another_way_is_found() {
    let others = [
        json!(true),
        json!({ "const": "a", "type": "string" }),
        json!({ "enum": ["a"] }),
        json!({ "type": "integer", "enum": [1] }),
        json!({ "oneOf": [{ "type": "string" }, { "type": "null" }] }),
        json!({ "anyOf": [{ "type": "null" }, { "type": "string" }] }),
        json!({ "type": ["string", "null"] }),
        json!({ "type": "object", "patternProperties": { "^a$": {} } }),
        json!({ "type": "integer", "format": "uint8" }),
        json!({ "description": "Of [`Part`]." }),
    ];
    for other in others {
        assert!(unlike_the_others(&other).is_some(), "{other}");
    }
}
