//! The API says one thing in one way: the rules of addresses and the table of words in `docs/api.md`.

use std::collections::{BTreeMap, BTreeSet};

use qianglian::http::openapi;
use serde_json::Value;

use super::support::app::on_both;

/// Collections whose name is the same for one and for many.
const UNCOUNTED: [&str; 2] = ["audit", "evidence"];

/// Verbs that must not stand in addresses. An act is a noun below the thing that it is done to.
const VERBS: &str = "accept acknowledge add announce apply cancel change confirm create decide delete end enter get give list \
    lift make open post publish put read reauthenticate refuse register remove reopen resend revoke send submit suspend take \
    taking update upload withdraw";

/// Documents whose bytes are kept, with what is entered to become one: they keep the words that they were stored with, and
/// are answered as they stand.
const STORED: &str = "Announcement AnnouncementDraft ApplicationContent Catalogue Covered DrawRecord ExpertProfile InspectionPlan \
    InspectionRecord Notice NoticeDraft ObjectionContent ObjectionStep PartContent PutAdjustments RectificationContent \
    RequestRecheck RecordDeliberation Selection Settings SignedSheet Signatures TitleContent TitleEvent WorkingCalendar";

/// Words that are of more than one form, with the reason.
const MANIFOLD: &[(&str, &str)] = &[
    ("changes", "a list; of reference data by what they are of"),
    ("code", "what an error is, a region's, or a secret that somebody types"),
    ("conflicts", "what is declared is a list; what is found stands by application"),
    ("basis", "what a draw rests on, or the text that shows a conflict"),
    ("id", "the identifier of what it stands in"),
    ("kind", "a word of a list, but a key of the settings where the competition says which kinds there are"),
    ("note", "text, but a word of a list where it is the remark on a place"),
    ("number", "an integer counted from 1; text where it is a registered number, such as A-320500-001"),
    ("result", "a word of a list, or the whole of what a draw or a tally came to"),
    ("sheets", "the sheets of an application; of an expert's progress how many there are"),
    ("status", "RFC 9457 has a number in a Problem; else a word of a list"),
    ("title", "a heading; at TitleHistoryView the honour that is awarded, which the field calls so too"),
];

fn segments(path: &str) -> Vec<&str> {
    path.trim_start_matches("/api/v1").split('/').skip(1).collect()
}

fn is_of_many(segment: &str) -> bool {
    segment.ends_with('s') || UNCOUNTED.contains(&segment)
}

#[test]
fn addresses_are_nouns_collections_are_plural_and_acts_are_nouns_below_a_thing() {
    let api = openapi();
    let verbs: BTreeSet<&str> = VERBS.split_whitespace().collect();
    let mut wrong = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        let segments = segments(path);
        for (at, segment) in segments.iter().enumerate() {
            let written = !segment.starts_with('{');
            let plain = |c: char| c.is_ascii_lowercase() || c == '-' && written || c == '_' && !written;
            let name = segment.trim_start_matches('{').trim_end_matches('}');
            if !name.chars().all(plain) || name.split('-').any(|part| verbs.contains(part)) {
                wrong.push(format!("{path}: {segment} is a verb, or not written as the others are"));
            }
            let one_follows =
                segments.get(at + 1).is_some_and(|next| next.starts_with('{') || *next == "mine");
            if written && one_follows && !is_of_many(segment) {
                wrong.push(format!("{path}: one of many follows {segment}, which is no plural"));
            }
            if segment.starts_with("my-") {
                wrong.push(format!(
                    "{path}: one's own of many is `…s/mine`, all else that is one's own below `/me`"
                ));
            }
        }
        if is_a_list(&api, item) && !segments.last().is_some_and(|last| is_of_many(last)) {
            wrong.push(format!("{path}: a list whose name is no plural"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether reading it gives `{items, next_cursor}`.
fn is_a_list(api: &Value, item: &Value) -> bool {
    let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    schema["$ref"]
        .as_str()
        .is_some_and(|pointer| api_at(api, pointer)["properties"]["next_cursor"].is_object())
}

fn api_at<'a>(api: &'a Value, pointer: &str) -> &'a Value {
    api.pointer(pointer.trim_start_matches('#')).unwrap_or_else(|| panic!("{pointer} leads nowhere"))
}

/// What is written at an address where nothing is read, and the address where it then stands.
const READ_AT: &[(&str, &str)] = &[
    ("PUT /api/v1/competitions/{competition_id}/settings", "/api/v1/competitions/{competition_id}"),
    (
        "POST /api/v1/competitions/{competition_id}/corrections",
        "/api/v1/competitions/{competition_id}/versions",
    ),
    (
        "POST /api/v1/competitions/{competition_id}/extensions",
        "/api/v1/competitions/{competition_id}/versions",
    ),
    ("POST /api/v1/competitions/{competition_id}/applications", "/api/v1/applications/{application_id}"),
    (
        "POST /api/v1/competitions/{competition_id}/announcements",
        "/api/v1/competitions/{competition_id}/announcement",
    ),
    (
        "POST /api/v1/competitions/{competition_id}/panels/mine/declaration",
        "/api/v1/competitions/{competition_id}/panels/mine",
    ),
    ("PUT /api/v1/applications/{application_id}/parts/{part}", "/api/v1/applications/{application_id}"),
    ("PUT /api/v1/applications/{application_id}/members", "/api/v1/applications/{application_id}"),
    (
        "POST /api/v1/applications/{application_id}/checks/formal",
        "/api/v1/applications/{application_id}/checks",
    ),
    (
        "POST /api/v1/applications/{application_id}/checks/formal/revocation",
        "/api/v1/applications/{application_id}/checks",
    ),
    (
        "PUT /api/v1/applications/{application_id}/checks/vetoes/{item}",
        "/api/v1/applications/{application_id}/checks",
    ),
    ("POST /api/v1/applications/{application_id}/checks/replies", "/api/v1/evidence/{evidence_id}"),
    ("POST /api/v1/applications/{application_id}/inspection/photos", "/api/v1/evidence/{evidence_id}"),
    (
        "PUT /api/v1/applications/{application_id}/inspection/plan",
        "/api/v1/applications/{application_id}/inspection",
    ),
    (
        "PUT /api/v1/applications/{application_id}/inspection/record",
        "/api/v1/applications/{application_id}/inspection",
    ),
    (
        "POST /api/v1/applications/{application_id}/rectifications",
        "/api/v1/applications/{application_id}/inspection",
    ),
    (
        "POST /api/v1/applications/{application_id}/sheets/mine/signature",
        "/api/v1/applications/{application_id}/sheets/mine",
    ),
    (
        "POST /api/v1/applications/{application_id}/sheets/mine/corrections",
        "/api/v1/applications/{application_id}/sheets/mine",
    ),
    ("POST /api/v1/me/second-factor/passkeys", "/api/v1/me/second-factor"),
    ("POST /api/v1/titles/{title_id}/reports", "/api/v1/titles/{title_id}"),
];

#[test]
fn whatever_is_written_can_be_read() {
    let api = openapi();
    let paths = api["paths"].as_object().unwrap();
    let mut said: BTreeMap<&str, &str> = READ_AT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, item) in paths {
        for method in ["put", "post"] {
            let makes = method == "put" || item[method]["responses"]["201"].is_object();
            if !item[method].is_object() || !makes || item["get"].is_object() {
                continue;
            }
            let name = format!("{} {path}", method.to_uppercase());
            match said.remove(name.as_str()) {
                Some(read) if paths.get(read).is_some_and(|item| item["get"].is_object()) => {}
                other => wrong.push(format!("{name}: read at {other:?}")),
            }
        }
    }
    assert!(wrong.is_empty() && said.is_empty(), "{wrong:#?} {said:?}");
}

/// What a member is, whatever its meaning: the name of an identifier or a number of a thing, `text` with its format, a word
/// of a list, a thing with other members, a list of one of these. Whether it may be `null` is left out.
fn form(api: &Value, schema: &Value) -> String {
    if let Some(pointer) = schema["$ref"].as_str() {
        let (name, named) = (pointer.rsplit('/').next().unwrap(), api_at(api, pointer));
        let is_thing = named["properties"].is_object() || named["oneOf"].is_array();
        return match name {
            _ if named["enum"].is_array() => "word".to_owned(),
            "NamedChain" | "NamedCity" | "NamedRegion" => members(named),
            _ if is_thing => "thing".to_owned(),
            _ if name.starts_with("NumberText") => "text".to_owned(),
            _ => name.to_owned(),
        };
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        let forms: BTreeSet<String> =
            alternatives.iter().filter(|one| one["type"] != "null").map(|one| form(api, one)).collect();
        return forms.into_iter().collect::<Vec<_>>().join(" or ");
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").unwrap_or(&Value::Null),
        kind => kind,
    };
    match kind.as_str() {
        Some("array") => format!("[{}]", form(api, &schema["items"])),
        Some("string") if schema["enum"].is_array() => "word".to_owned(),
        Some("string") => match schema["format"].as_str().or(schema["pattern"].as_str()) {
            Some(format) => format!("text {format}"),
            None => "text".to_owned(),
        },
        Some("object") | None => "thing".to_owned(),
        Some(kind) => kind.to_owned(),
    }
}

fn members(schema: &Value) -> String {
    let names: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    format!("{{{}}}", names.join(", "))
}

/// Schemas that others lead to.
fn reached<'a>(api: &'a Value, from: &Value, found: &mut BTreeSet<&'a str>) {
    match from {
        Value::Object(members) => {
            for (name, value) in members {
                if let ("$ref", Some(pointer)) = (name.as_str(), value.as_str()) {
                    let name = pointer.rsplit('/').next().unwrap();
                    let schemas = api["components"]["schemas"].as_object().unwrap();
                    let (name, schema) = schemas.get_key_value(name).unwrap();
                    if found.insert(name) {
                        reached(api, schema, found);
                    }
                } else {
                    reached(api, value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| reached(api, item, found)),
        _ => {}
    }
}

/// Members of requests and answers by name, with their forms and the schemas that have them; without those of documents that
/// are stored, which keep their words for ever.
fn words(api: &Value) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let schemas = api["components"]["schemas"].as_object().unwrap();
    let mut stored = BTreeSet::new();
    for name in STORED.split_whitespace() {
        let (name, schema) = schemas.get_key_value(name).unwrap_or_else(|| panic!("{name} is not described"));
        stored.insert(name.as_str());
        reached(api, schema, &mut stored);
    }
    let mut found: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (name, schema) in schemas.iter().filter(|(name, _)| !stored.contains(name.as_str())) {
        for (member, described) in schema["properties"].as_object().into_iter().flatten() {
            let forms = found.entry(member.clone()).or_default();
            forms.entry(form(api, described)).or_default().push(name.clone());
        }
    }
    for (path, item) in api["paths"].as_object().unwrap() {
        let shared = item["parameters"].as_array().into_iter().flatten();
        let own = item
            .as_object()
            .unwrap()
            .values()
            .filter_map(|operation| operation["parameters"].as_array())
            .flatten();
        for parameter in
            shared.chain(own).map(|one| one["$ref"].as_str().map_or(one, |pointer| api_at(api, pointer)))
        {
            if parameter["in"] != "header" {
                let forms = found.entry(parameter["name"].as_str().unwrap().to_owned()).or_default();
                forms.entry("a parameter".to_owned()).or_default().push(path.clone());
            }
        }
    }
    found
}

#[test]
fn a_word_is_of_one_form_wherever_it_stands() {
    let api = openapi();
    let mut unused: BTreeSet<&str> = MANIFOLD.iter().map(|(word, _)| *word).collect();
    let mut wrong = Vec::new();
    for (word, mut forms) in words(&api) {
        forms.remove("a parameter");
        // Text whose pattern is told in one place may stand as plain text in another, such as what is answered.
        let formats = forms.keys().filter(|form| form.starts_with("text ")).count();
        if formats > 0 {
            forms.remove("text");
        }
        if forms.len() > 1
            && !unused.remove(word.as_str())
            && !MANIFOLD.iter().any(|(known, _)| *known == word)
        {
            wrong.push(format!("{word}: {forms:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unused.is_empty(), "of one form by now: {unused:?}");
}

#[test]
fn names_of_members_say_what_they_are() {
    let api = openapi();
    let mut wrong = Vec::new();
    for (word, forms) in words(&api) {
        for (form, places) in forms {
            let is_id = form.ends_with("Id") || form == "thing" && word == "id";
            let fits = match form.as_str() {
                "Timestamp" => word == "at" || word.ends_with("_at"),
                "RegionCode" => word == "code" || word == "parent" || word.ends_with("_code"),
                "ChainNumber" => word == "number" || word == "chain_number",
                "Digest" => word == "digest" || word.ends_with("_digest"),
                _ if is_id => word == "id" || word.ends_with("_id") || word.ends_with("_by"),
                "a parameter" => true,
                _ => !["_at", "_by"].iter().any(|end| word.ends_with(end)),
            };
            if !fits {
                wrong.push(format!("{word} is {form}: {places:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Rows of the table of words: words, their form if one is said, and what is never written for them.
fn table() -> Vec<(Vec<String>, Option<String>, Vec<String>)> {
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows =
        include_str!("../../docs/api.md").lines().skip_while(|line| !line.starts_with("| 词 word |")).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            assert_eq!(cells.len(), 4, "{line}");
            (quoted(cells[0]), quoted(cells[2]).pop(), quoted(cells[3]))
        })
        .collect()
}

#[test]
fn the_table_of_words_is_kept() {
    let api = openapi();
    let (words, table) = (words(&api), table());
    assert!(table.len() > 15, "{}", table.len());
    for (called, said, never) in table {
        for word in &called {
            let forms = words.get(word).unwrap_or_else(|| panic!("{word} stands in the table alone"));
            let others: Vec<_> = forms
                .iter()
                .filter(|(form, _)| said.as_ref().is_some_and(|said| said != *form && *form != "a parameter"))
                .collect();
            assert!(others.is_empty(), "{word} is {said:?}, not {others:?}");
        }
        for word in &never {
            assert!(!words.contains_key(word), "{word} is written for {called:?}: {:?}", words[word]);
        }
    }
}

on_both! {
    async fn the_api_is_found_and_says_its_versions(app) {
        let nobody = app.public();
        let about = nobody.get("/api/v1").await.ok();
        assert_eq!(about["api_version"], openapi()["info"]["version"]);
        assert_eq!(about["program_version"], env!("CARGO_PKG_VERSION"));
        let catalogue = nobody.get("/.well-known/api-catalog").await;
        assert!(catalogue.headers["content-type"].starts_with("application/linkset+json"), "{:?}", catalogue.headers);
        let api = &catalogue.ok()["linkset"][0];
        assert_eq!(api["anchor"], "/api/v1");
        for relation in ["service-desc", "service-doc", "service-meta", "status"] {
            let link = &api[relation][0];
            let there = nobody.get(link["href"].as_str().unwrap()).await;
            assert_eq!(there.status, 200, "{relation}");
            assert!(there.headers["content-type"].starts_with(link["type"].as_str().unwrap()), "{relation}: {:?}", there.headers);
        }
    }
}
