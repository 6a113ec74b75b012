//! Brings schemas into the few forms that makers of clients read alike: `docs/api.md` says which these are.

use schemars::Schema;
use schemars::transform::transform_subschemas;
use serde_json::{Map, Value, json};

/// What tells of a schema and restricts nothing.
const ANNOTATIONS: [&str; 5] = ["description", "default", "title", "examples", "deprecated"];

/// Plain forms for a schema and all below it.
pub(super) fn plain(schema: &mut Schema) {
    if schema.as_bool() == Some(true) {
        *schema = Schema::default();
    }
    if let Some(members) = schema.as_object_mut() {
        words_as_enum(members);
        patterns_as_names(members);
        pair_as_items(members);
        null_as_alternative(members);
        known_format(members);
    }
    transform_subschemas(
        &mut |below: &mut Schema| {
            if !is_null(below) {
                plain(below);
            }
        },
        schema,
    );
}

/// The alternative that nothing stands there.
fn is_null(schema: &Schema) -> bool {
    schema
        .as_object()
        .is_some_and(|members| members.len() == 1 && members.get("type") == Some(&json!("null")))
}

/// Words that are described one by one become one list of words, described together; a single word is a list of one.
fn words_as_enum(members: &mut Map<String, Value>) {
    if let Some(word) = members.remove("const") {
        // It is one of the words of what is referred to.
        members.remove("$ref");
        members.insert("type".to_owned(), json!("string"));
        members.insert("enum".to_owned(), json!([word]));
    }
    let Some(Value::Array(variants)) = members.get("oneOf") else { return };
    let mut words = Vec::new();
    let mut told = Vec::new();
    for variant in variants {
        let of = match (variant.get("const"), variant.get("enum")) {
            (Some(word), _) => std::slice::from_ref(word),
            (None, Some(Value::Array(words))) => words,
            _ => return,
        };
        let meaning = variant["description"].as_str().unwrap_or_default();
        told.extend(of.iter().map(|word| format!("- `{}`: {meaning}", word.as_str().unwrap_or_default())));
        words.extend(of.iter().cloned());
    }
    let what = members.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{what}\n\n{}", told.join("\n"));
    members.remove("oneOf");
    members.insert("description".to_owned(), json!(description.trim()));
    members.insert("type".to_owned(), json!("string"));
    members.insert("enum".to_owned(), Value::Array(words));
}

/// Members whose names follow a pattern.
fn patterns_as_names(members: &mut Map<String, Value>) {
    let Some(Value::Object(patterns)) = members.remove("patternProperties") else { return };
    let (pattern, schema) = patterns.into_iter().next().expect("a pattern");
    members.insert("propertyNames".to_owned(), json!({ "pattern": pattern }));
    members.insert("additionalProperties".to_owned(), schema);
}

/// So many elements of one kind: `minItems` and `maxItems` say how many.
fn pair_as_items(members: &mut Map<String, Value>) {
    let Some(Value::Array(elements)) = members.get("prefixItems") else { return };
    let first = elements.first().cloned().expect("an element");
    if elements.iter().all(|element| *element == first) {
        members.remove("prefixItems");
        members.insert("items".to_owned(), first);
    }
}

/// What may be null is an alternative of what it is else and of null, whether that has a name or not.
fn null_as_alternative(members: &mut Map<String, Value>) {
    match members.get("type") {
        Some(Value::Array(types)) if types.len() == 2 && types[1] == "null" => {
            let one = types[0].clone();
            members.insert("type".to_owned(), one);
        }
        // Nothing but null may stand there: no text is so short and so long.
        Some(Value::String(null)) if null == "null" => {
            members.insert("type".to_owned(), json!("string"));
            members.insert("minLength".to_owned(), json!(1));
            members.insert("maxLength".to_owned(), json!(0));
        }
        _ => return,
    }
    let (about, other): (Map<_, _>, Map<_, _>) =
        std::mem::take(members).into_iter().partition(|(name, _)| ANNOTATIONS.contains(&name.as_str()));
    *members = about;
    members.insert("anyOf".to_owned(), json!([other, { "type": "null" }]));
}

/// Formats of numbers that every maker knows; `minimum` says what has no sign.
fn known_format(members: &mut Map<String, Value>) {
    let known = match members.get("format").and_then(Value::as_str) {
        Some("uint8" | "uint16" | "int8" | "int16") => "int32",
        Some("uint32" | "uint64" | "uint" | "int") => "int64",
        Some("partial-date-time") => "date-time-local",
        _ => return,
    };
    members.insert("format".to_owned(), json!(known));
}

/// Alternatives that a word tells apart become schemas with names of their own, `LinearChainRule` for the `ChainRule` of the
/// type `linear`, and the word is said to be what tells them apart.
pub(super) fn name_alternatives(schemas: &mut Map<String, Value>) {
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        let Some(Value::Array(variants)) = schema.get_mut("oneOf") else { continue };
        let Some(member) = telling_member(variants) else { continue };
        let mut mapping = Map::new();
        for variant in variants {
            let word = variant["properties"][&member]["enum"][0].as_str().unwrap_or_default().to_owned();
            let called = format!("{}{name}", in_capitals(&word));
            let reference = json!(format!("#/components/schemas/{called}"));
            mapping.insert(word, reference.clone());
            named.insert(called, std::mem::replace(variant, json!({ "$ref": reference })));
        }
        schema["discriminator"] = json!({ "propertyName": member, "mapping": mapping });
    }
    schemas.extend(named);
}

/// The member that is another single word in each alternative.
fn telling_member(variants: &[Value]) -> Option<String> {
    let is_word = |schema: &Value| schema["enum"].as_array().is_some_and(|words| words.len() == 1);
    let members = variants.first()?.get("properties")?.as_object()?;
    let in_all =
        |name: &&String| variants.iter().all(|variant| is_word(&variant["properties"][name.as_str()]));
    members.keys().find(in_all).cloned()
}

/// `trimmed_mean` as `TrimmedMean`.
pub(super) fn in_capitals(words: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    words.split(['_', '-', '.']).map(capital).collect()
}
