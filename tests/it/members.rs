//! Each field of a form names a member of what its endpoint takes, by its pointer, and says a type that the member has: so
//! that a member which gets another name can't silently break a form.

use std::sync::OnceLock;

use qianglian::http::{Endpoint, openapi};
use serde_json::{Value, json};

/// What fields below a list or a row say about it, where a member can't be called so.
const OF_ROWS: [&str; 4] = ["_remove", "_order", "_place", "_unknown"];

/// What is wrong with the name of a field of a form for an endpoint, if anything is.
pub(crate) fn fault(endpoint: &Endpoint, name: &str) -> Option<String> {
    static API: OnceLock<Value> = OnceLock::new();
    let fault = name_fault(API.get_or_init(openapi), endpoint, name)?;
    Some(format!("{} {}: {name}: {fault}", endpoint.method.as_str(), endpoint.path))
}

fn name_fault(api: &Value, endpoint: &Endpoint, name: &str) -> Option<String> {
    let operation = &api["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
    if let Some(parameter) = name.strip_prefix('?') {
        let mut known = operation["parameters"].as_array().into_iter().flatten();
        let shared = format!("#/components/parameters/{parameter}");
        let found = known.any(|known| known["name"] == parameter || known["$ref"] == json!(shared));
        return (!found).then(|| "no such parameter".to_owned());
    }
    if !name.starts_with('/') {
        return None;
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if body.is_null() {
        return Some("nothing is taken".to_owned());
    }
    member_fault(api, body, name)
}

fn member_fault(api: &Value, body: &Value, name: &str) -> Option<String> {
    let (pointer, kind) = name.rsplit_once(':').unwrap_or((name, ""));
    let steps: Vec<String> =
        pointer[1..].split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let (steps, told) = match steps.split_last() {
        Some((last, above)) if last.starts_with('_') => (above, Some(last)),
        _ => (&steps[..], None),
    };
    let mut found = alternatives(api, body);
    for step in steps {
        found = found.iter().flat_map(|schema| below(api, schema, step)).collect();
        if found.is_empty() {
            return Some(format!("no member {step}"));
        }
    }
    if let Some(told) = told {
        return (!OF_ROWS.contains(&told.as_str())).then(|| format!("{told} says nothing"));
    }
    let has = found.iter().any(|schema| fits(api, schema, kind));
    (!has).then(|| format!("`{kind}` is not its type: {found:?}"))
}

/// A schema with its references followed, one for each alternative.
fn alternatives<'a>(api: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(target) = schema["$ref"].as_str() {
        let target = api.pointer(target.trim_start_matches('#')).expect("a schema that is referred to");
        return alternatives(api, target);
    }
    let parts = ["anyOf", "oneOf", "allOf"].iter().filter_map(|of| schema[*of].as_array()).flatten();
    let mut all: Vec<&Value> = parts.flat_map(|part| alternatives(api, part)).collect();
    if all.is_empty() || schema.get("properties").is_some() {
        all.push(schema);
    }
    all
}

/// What a member or an element of what a schema describes is.
fn below<'a>(api: &'a Value, schema: &'a Value, step: &str) -> Vec<&'a Value> {
    if is_anything(schema) {
        return vec![schema];
    }
    let place = step.parse::<usize>().ok().filter(|_| step.len() <= 5);
    let named = schema["properties"].get(step);
    // Names that a pattern tells, such as codes of regions.
    let may_be_called =
        schema.get("propertyNames").is_none_or(|names| jsonschema::is_valid(names, &json!(step)));
    let other = schema.get("additionalProperties").filter(|other| may_be_called && **other != json!(false));
    let fixed = place.and_then(|place| schema["prefixItems"].get(place));
    let element = place.and_then(|_| schema.get("items")).filter(|items| **items != json!(false));
    match named.or(other).or(fixed).or(element) {
        Some(found) => alternatives(api, found),
        None => Vec::new(),
    }
}

/// Whether a schema says nothing of what it describes.
fn is_anything(schema: &Value) -> bool {
    const SAYING: [&str; 8] =
        ["type", "enum", "const", "properties", "additionalProperties", "items", "prefixItems", "pattern"];
    *schema == json!(true) || SAYING.iter().all(|word| schema.get(*word).is_none()) && schema.is_object()
}

fn is_a(schema: &Value, wanted: &str) -> bool {
    let words = || schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
    is_anything(schema)
        || schema["type"] == wanted
        || schema["type"].as_array().is_some_and(|types| types.iter().any(|one| one == wanted))
        || (wanted == "string" && words().any(Value::is_string))
}

/// Whether what a field of a type says (`src/http/pages/fields.rs`) is what a schema describes.
fn fits(api: &Value, schema: &Value, kind: &str) -> bool {
    let items_are = |wanted: &str| {
        is_a(schema, "array")
            && schema
                .get("items")
                .is_none_or(|items| alternatives(api, items).into_iter().any(|item| is_a(item, wanted)))
    };
    let is_moment = schema["format"] == "date-time";
    match kind {
        "" | "key" | "optional" | "null" | "base64" => is_a(schema, "string") && !is_moment,
        "whole" | "usual" => is_a(schema, "integer"),
        "yes" => is_a(schema, "boolean"),
        "lines" => items_are("string"),
        "wholes" => items_are("integer"),
        "time" => is_moment,
        "pairs" => is_a(schema, "object"),
        "json" => true,
        _ => false,
    }
}

#[test]
fn a_field_that_names_no_member_or_another_type_is_found() {
    let api = json!({ "components": { "schemas": {
        "Row": { "type": "object", "additionalProperties": false, "properties": {
            "key": { "type": "string" }, "count": { "type": ["integer", "null"] },
        } },
        "Tag": { "enum": ["a", "b"], "type": "string" },
    } } });
    let body = json!({ "type": "object", "properties": {
        "rows": { "type": "array", "items": { "$ref": "#/components/schemas/Row" } },
        "tag": { "anyOf": [{ "$ref": "#/components/schemas/Tag" }, { "type": "null" }] },
        "until": { "type": "string", "format": "date-time" },
        "sure": { "type": "boolean" },
        "tags": { "type": "array", "items": { "type": "string" } },
        "by_city": { "type": "object", "propertyNames": { "pattern": "^[0-9]{6}$" }, "additionalProperties": { "type": "integer" } },
        "free": {},
    } });
    for good in [
        "/rows/0/key",
        "/rows/12/count:whole",
        "/rows/3/_remove:yes",
        "/rows/_unknown:yes",
        "/tag",
        "/tag:null",
        "/until:time",
        "/sure:yes",
        "/tags:lines",
        "/tags/0",
        "/by_city/320500:whole",
        "/free/of/all:whole",
    ] {
        assert_eq!(member_fault(&api, &body, good), None, "{good}");
    }
    for bad in [
        "/row/0/key",
        "/rows/0/keys",
        "/rows/x/key",
        "/rows/0/key:whole",
        "/rows/0/count",
        "/until",
        "/sure",
        "/sure:time",
        "/tags",
        "/tag/a",
        "/by_city/320500",
        "/by_city/3205:whole",
        "/rows/0/_gone",
        "/tag:unheard",
    ] {
        assert!(member_fault(&api, &body, bad).is_some(), "{bad}");
    }
}
