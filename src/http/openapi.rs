//! The API's description (OpenAPI 3.1), made from the table of endpoints and from the types that they take and give.

mod messages;
mod names;
mod shape;
mod shared;
mod tags;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::endpoints::{Answer, Body, Endpoint, Method, Repeats, SchemaOf, VALIDATE_ONLY, endpoints};
use super::examples;
use crate::actions::health::API_VERSION;
use crate::domain::access::{Denial, Relation, decide, needs_fresh_proof, roles};
use crate::domain::machine::{is_bound, open_to_machines};
pub use messages::asyncapi;
use shared::{bytes, header, inside, parameter, response};

/// The description of the whole API.
/// Schemas, and members of them, that are documents with a schema of their own.
const POINTERS: &[(&str, &str, &str)] = &[
    ("Announcement", "", "qianglian-announcement/1"),
    ("ApplicationContent", "", "submission/1"),
    ("Catalogue", "", "catalogue/1"),
    ("DrawRecord", "", "draw-record/1"),
    ("EventView", "event", "event/1"),
    ("InspectionRecord", "", "inspection-record/1"),
    ("Notice", "", "qianglian-notice/1"),
    ("RankingView", "result", "qianglian-result/1"),
    ("RecommendationView", "sealed_list", "sealed-list/1"),
    ("ResultView", "derivation", "qianglian-derivation/1"),
    ("Selection", "", "qianglian-selection/1"),
    ("Settings", "", "settings/1"),
    ("SignedSheet", "", "qianglian-sheet/1"),
    ("WorkingCalendar", "", "working-days/1"),
];

pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.transforms.push(Box::new(shape::plain));
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    // Files of open data have a catalogue of their own.
    for endpoint in endpoints().into_iter().filter(|endpoint| !endpoint.path.starts_with("/data/")) {
        let path =
            paths.entry(endpoint.path).or_insert_with(|| json!({ "parameters": of_path(endpoint.path) }));
        path[endpoint.method.as_str().to_lowercase()] = operation(&endpoint, &mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    shape::name_alternatives(&mut schemas);
    for (name, member, document) in POINTERS {
        let schema = &mut schemas[*name];
        let schema = if member.is_empty() { schema } else { &mut schema["properties"][*member] };
        schema["externalDocs"] = json!({ "url": format!("/api/schemas/{document}") });
    }
    schemas.insert("Problem".to_owned(), shared::problem());
    schemas.insert("FieldProblem".to_owned(), shared::field_problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "强链 Qianglian",
            "version": API_VERSION,
            "summary": "区域卓越产业链竞赛服务 · the service of a regional excellent-chain competition",
            "description": shared::DESCRIPTION,
            "contact": { "name": "领导小组办公室 · the leading-group office" },
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/", "description": "提供本说明的服务 · the service that gives this description" }],
        "security": [{ "bearer": [] }],
        "tags": tags::tags(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": shared::parameters(),
            "responses": shared::responses(),
            "headers": shared::headers(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let (status, answer) = answer(endpoint, generator);
    let mut operation = json!({
        "operationId": names::operation_id(endpoint.method, endpoint.path, is_list(&answer)),
        "summary": format!("{} · {}", endpoint.summary.0, endpoint.summary.1),
        "description": who_may(endpoint),
        "tags": [endpoint.group()],
        "responses": refusals(endpoint),
        "x-action": endpoint.action.as_str(),
    });
    operation["responses"][status] = answer;
    if let Some(url) = operation["operationId"].as_str().and_then(examples::address) {
        operation["x-examples-at"] = json!(url);
    }
    if open_to_machines(endpoint.action) {
        operation["x-machine"] = json!(true);
    }
    let parameters = of_operation(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    let content = match endpoint.body {
        Body::None => None,
        Body::Json(schema) => Some(json!({ "application/json": { "schema": plain(schema, generator) } })),
        Body::File => Some(json!({ "application/octet-stream": { "schema": shared::bytes() } })),
    };
    if let Some(content) = content {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    if is_open(endpoint) {
        operation["security"] = json!([{}, { "bearer": [] }]);
    }
    operation
}

/// A schema as the description says it where it is used.
fn plain(schema: SchemaOf, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = schema(generator);
    shape::plain(&mut schema);
    schema
}

/// Whether nobody need log in for it.
fn is_open(endpoint: &Endpoint) -> bool {
    decide(None, endpoint.action, Relation::General) != Err(Denial::LogInFirst)
}

/// Whether an external system that asks says for which region.
fn acts_for_a_region(endpoint: &Endpoint) -> bool {
    open_to_machines(endpoint.action) && roles(endpoint.action).iter().any(|role| is_bound(*role))
}

/// Whether a repeated request with the same key gets the answer of the first.
fn takes_a_key(endpoint: &Endpoint) -> bool {
    endpoint.method != Method::Get && endpoint.repeats != Repeats::Freely
}

/// Whether an answer is of many.
fn is_list(answer: &Value) -> bool {
    let schema = &answer["content"]["application/json"]["schema"];
    schema["type"] == "array" || schema["$ref"].as_str().is_some_and(|name| name.ends_with("Page"))
}

/// Who may call it, as `docs/access.md` has it, and what else it takes.
fn who_may(endpoint: &Endpoint) -> String {
    let roles: Vec<String> = roles(endpoint.action).iter().map(|role| format!("`{role}`")).collect();
    let who = if is_open(endpoint) {
        "任何人可用。Anybody.".to_owned()
    } else {
        format!("角色 Roles: {}.", roles.join(", "))
    };
    let proof = "须在15分钟内证明过身份。A proof of who one is, not older than 15 minutes.";
    if needs_fresh_proof(endpoint.action) { format!("{who}\n\n{proof}") } else { who }
}

/// Parameters of whatever is done at a path.
fn of_path(path: &str) -> Vec<Value> {
    let inside = inside(path).map(parameter);
    inside.chain([parameter("Accept-Language")]).collect()
}

fn of_operation(endpoint: &Endpoint) -> Vec<Value> {
    let format = match (endpoint.is_tabled(), endpoint.is_printed()) {
        (true, false) => "format",
        (false, _) => "document_format",
        (true, true) => "any_format",
    };
    let query = endpoint.parameters().map(|(name, zh, en)| match *name {
        "format" => parameter(format),
        "limit" | "cursor" | VALIDATE_ONLY | "table" | "language" => parameter(name),
        "document" => shared::of_documents(endpoint.printed),
        _ => shared::query(name, (zh, en), matches!(endpoint.body, Body::File)),
    });
    let file = matches!(endpoint.body, Body::File);
    let headers = [
        ("If-Match", endpoint.needs_revision),
        ("Idempotency-Key", takes_a_key(endpoint)),
        ("Qianglian-Region", acts_for_a_region(endpoint)),
        ("Confirm", endpoint.asks_first),
        ("Content-Digest", file),
        ("Objection-Code", file && endpoint.path.contains("/objection-files")),
    ];
    query.chain(headers.into_iter().filter(|(_, takes)| *takes).map(|(name, _)| parameter(name))).collect()
}

/// What it answers with once it is done.
fn answer(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> (&'static str, Value) {
    let (status, content) = match endpoint.answer {
        Answer::Json(201, schema) => {
            ("201", json!({ "application/json": { "schema": plain(schema, generator) } }))
        }
        Answer::Json(_, schema) => {
            ("200", json!({ "application/json": { "schema": plain(schema, generator) } }))
        }
        Answer::Nothing => return ("204", response("Done")),
        Answer::File => return ("200", response("File")),
        Answer::Text(media_type) => ("200", json!({ media_type: { "schema": { "type": "string" } } })),
        Answer::Made(media_type) => ("200", json!({ media_type: { "schema": bytes() } })),
        Answer::Lines(of) => {
            let mut lines = json!({ "type": "string" });
            if let Some(schema) = of {
                // What each of the lines is.
                lines["contentMediaType"] = "application/json".into();
                lines["contentSchema"] = json!(plain(schema, generator));
            }
            ("200", json!({ "application/x-ndjson": { "schema": lines } }))
        }
    };
    let tagged =
        endpoint.method == Method::Get || endpoint.needs_revision || has_revision(&content, generator);
    let sent =
        [("ETag", tagged), ("Location", status == "201"), ("Idempotency-Replayed", takes_a_key(endpoint))];
    let sent = sent.into_iter().filter(|(_, sent)| *sent).map(|(name, _)| name);
    let headers: Map<String, Value> =
        ["X-Request-Id"].into_iter().chain(sent).map(|name| (name.to_owned(), header(name))).collect();
    let description = if status == "201" { "已建立 · Created" } else { "完成 · Done" };
    (status, json!({ "description": description, "headers": headers, "content": content }))
}

/// Whether what it answers with has a revision, which a change of it must name.
fn has_revision(content: &Value, generator: &SchemaGenerator) -> bool {
    let name =
        content["application/json"]["schema"]["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    let schema = name.and_then(|name| generator.definitions().get(name));
    schema.is_some_and(|schema| !schema["properties"]["revision"].is_null())
}

/// What it answers with where it was not done.
fn refusals(endpoint: &Endpoint) -> Value {
    let mut refusals = json!({ "4XX": response("Refusal"), "5XX": response("Failure") });
    if matches!(endpoint.answer, Answer::File) {
        refusals["206"] = response("PartOfFile");
    }
    let is_tried = endpoint.query.iter().any(|(name, ..)| *name == VALIDATE_ONLY);
    let others = [
        ("204", "WouldBeDone", is_tried),
        (
            "304",
            "NotModified",
            endpoint.method == Method::Get && !matches!(endpoint.answer, Answer::Lines(_)),
        ),
        ("412", "ChangedMeanwhile", endpoint.needs_revision),
        ("428", "ToBeConfirmed", endpoint.needs_revision || endpoint.asks_first),
    ];
    for (status, name, _) in others.into_iter().filter(|(.., gives)| *gives) {
        refusals[status] = response(name);
    }
    refusals
}
