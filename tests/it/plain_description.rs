//! The API's description says things in the few ways that makers of clients read alike (`docs/api.md`).

use std::collections::BTreeSet;

use qianglian::domain::access::Role;
use qianglian::http::openapi;
use serde_json::{Value, json};

use super::support::app::on_both;
use super::support::story::{BIOMEDICINE, SUZHOU, called, complete, draft};

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
const FORMATS: [&str; 9] =
    ["date", "date-time", "date-time-local", "email", "int32", "int64", "uri-reference", "uuid", "binary"];

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
    } else if schema["default"] == "" && schema["minLength"].as_u64().is_some_and(|least| least > 0) {
        Some("what is there unless told is long enough")
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
        json!({ "type": "string", "default": "", "minLength": 1 }),
    ];
    for other in others {
        assert!(unlike_the_others(&other).is_some(), "{other}");
    }
}

/// Texts that are sent and say of no length: what is left to the readers of rubrics and rules, is one of the keys or codes that the
/// competition or the service gave, is understood however it is typed, differs from act to act, or is as long as its kind of file.
const OF_NO_LENGTH: &[&str] = &[
    "AcceptLink.password",
    "AdjustmentEntry.key",
    "AdjustmentEntry.value",
    "AdjustmentRule.key",
    "AdjustmentRule.name",
    "AskDepartment.item_keys",
    "AwardRule.key",
    "AwardRule.name",
    "Catalogue.source_note",
    "Chain.name",
    "Chain.source_note",
    "ChangePassword.new_password",
    "Cluster.name",
    "ConfirmReach.code",
    "ConfirmReach.mailed_code",
    "ConflictAnswer.reason",
    "CorrectSheet.reason",
    "Criterion.key",
    "Criterion.name",
    "Departure.award",
    "Figure.indicator",
    "Figure.last_year",
    "Firm.credit_code",
    "GiveReason.reason",
    "ImportAccounts.csv",
    "ImportAccounts.xlsx",
    "ImportData.csv",
    "ImportData.xlsx",
    "ImportExperts.csv",
    "ImportExperts.xlsx",
    "ImportTable.csv",
    "ImportTable.xlsx",
    "InquiryException.item",
    "ItemFinding.item",
    "ItemFinding.note",
    "JudgedIndicator.guide",
    "JudgedIndicator.key",
    "JudgedIndicator.name",
    "JudgedIndicator.section",
    "JudgedIndicator.unit",
    "LookUpObjection.code",
    "Mark.indicator",
    "Mark.score",
    "MeasuredIndicator.guide",
    "MeasuredIndicator.key",
    "MeasuredIndicator.name",
    "MeasuredIndicator.section",
    "MeasuredIndicator.unit",
    "Profile.area_km2",
    "PutExpert.account_name",
    "Region.name",
    "ReviewSettings.reason_required",
    "Rules.tie_break",
    "Section.text",
    "SetUp.name",
    "SetUp.password",
    "StateObjection.text",
    "VerifiedItem.indicator",
    "Veto.key",
    "Veto.name",
    "WorkingCalendar.source_note",
    "YearArrangement.document",
];

#[test]
fn a_text_that_is_sent_says_how_long_it_may_be() {
    let api = openapi();
    let mut sent = BTreeSet::new();
    for item in api["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            reached(&api, &operation["requestBody"]["content"]["application/json"]["schema"], &mut sent);
        }
    }
    let mut of_no_length = BTreeSet::new();
    for name in &sent {
        let mut inside = Vec::new();
        below(String::new(), &api["components"]["schemas"][name], &mut inside);
        for (pointer, schema) in inside {
            let limits = ["maxLength", "pattern", "format", "enum"];
            if schema["type"] == "string" && limits.iter().all(|limit| schema.get(limit).is_none()) {
                let member = pointer.trim_start_matches("/properties/").split('/').next().unwrap();
                of_no_length.insert(format!("{name}.{member}"));
            }
        }
    }
    let listed: BTreeSet<String> = OF_NO_LENGTH.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(of_no_length, listed);
}

/// Names of the schemas that a schema refers to, and those that these do.
fn reached(api: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    let mut inside = Vec::new();
    below(String::new(), schema, &mut inside);
    for (_, schema) in inside {
        let Some(name) = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) else {
            continue;
        };
        if found.insert(name.to_owned()) {
            reached(api, &api["components"]["schemas"][name], found);
        }
    }
}

on_both! {
    async fn a_text_as_long_as_described_is_taken_and_a_longer_one_is_not(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        complete(&applicant, &application).await;
        let path = format!("/api/v1/applications/{application}");
        let before = applicant.get(&path).await.ok()["parts"]["profile"].clone();
        let api = openapi();
        let members = api["components"]["schemas"]["Profile"]["properties"].as_object().unwrap();
        let mut revision = before["revision"].clone();
        let at = format!("{path}/parts/profile");
        let mut limits = 0;
        // A telephone number has a form besides.
        let texts = members.iter().filter(|(name, _)| *name != "contact_phone");
        for (name, most) in texts.filter_map(|(name, schema)| Some((name, schema["maxLength"].as_u64()?))) {
            let most = usize::try_from(most).unwrap();
            let mut profile = before["content"].clone();
            profile[name] = json!("业".repeat(most + 1));
            let answer = applicant.over("PUT", &at, &revision, profile.clone()).await;
            assert_eq!(answer.invalid(), [(format!("/{name}"), "too_long".to_owned())]);
            profile[name] = json!("业".repeat(most));
            let answer = applicant.over("PUT", &at, &revision, profile).await;
            revision = answer.ok()["revision"].clone();
            limits += 1;
        }
        assert!(limits >= 5, "{limits}");
    }
}
