//! The API's description (OpenAPI 3.1), made from the table of endpoints and from the types that they take and give.

use std::collections::BTreeSet;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::endpoints::{Answer, Body, Endpoint, endpoints};
use crate::domain::access::{Denial, Relation, decide};
use crate::files::MediaType;

/// The description of the whole API.
pub fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation(&endpoint, &mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "强链 Qianglian",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "区域卓越产业链竞赛服务 · the service of a regional excellent-chain competition. See docs/api.md.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [tag(endpoint.path)],
        "parameters": parameters(endpoint),
        "responses": responses(endpoint, generator),
        "x-action": endpoint.action.as_str(),
    });
    match endpoint.body {
        Body::None => {}
        Body::Json(schema) => {
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": schema(generator) } },
            });
        }
        Body::File => {
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } },
            });
        }
    }
    let open = decide(None, endpoint.action, Relation::General) != Err(Denial::LogInFirst);
    operation["security"] = if open { json!([{}, { "bearer": [] }]) } else { json!([{ "bearer": [] }]) };
    operation
}

/// A name for programs: the handler's path in words.
fn operation_id(endpoint: &Endpoint) -> String {
    let path = endpoint.path.trim_start_matches("/api/v1/");
    let words: Vec<&str> = path.split(['/', '-', '.']).map(|word| word.trim_matches(['{', '}'])).collect();
    format!("{}_{}", endpoint.method.as_str().to_lowercase(), words.join("_"))
}

/// The group that an endpoint is shown in.
fn tag(path: &str) -> &str {
    match path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default() {
        "setup" | "login" | "refresh" | "links" | "logout" | "logout-everywhere" | "me" => "session",
        "chains" | "regions" | "catalogues" | "working-days" => "data",
        first => first,
    }
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut parameters: Vec<Value> = endpoint
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let whole = matches!(name, "version" | "number");
            let schema =
                if whole { json!({ "type": "integer", "minimum": 1 }) } else { json!({ "type": "string" }) };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    for (name, meaning) in endpoint.query {
        let schema = if *name == "limit" {
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 50 })
        } else {
            json!({ "type": "string" })
        };
        let required = matches!(endpoint.body, Body::File);
        parameters.push(
            json!({ "name": name, "in": "query", "required": required, "description": meaning, "schema": schema }),
        );
    }
    let mut header = |name: &str, required: bool, meaning: &str| {
        parameters.push(json!({
            "name": name, "in": "header", "required": required, "description": meaning,
            "schema": { "type": "string" },
        }));
    };
    if endpoint.needs_revision {
        header(
            "If-Match",
            true,
            "The ETag of what is changed, as reading gave it; `\"0\"` where nothing stands yet",
        );
    }
    if endpoint.idempotent {
        header(
            "Idempotency-Key",
            false,
            "16 to 64 letters, digits, `-`, `_`: a repeated request gets the stored answer",
        );
    }
    if endpoint.asks_first {
        header(
            "Confirm",
            false,
            "What the answer 428 `confirmation_required` gave as `confirm`, once somebody has looked at what follows from the act, which its `errors` list",
        );
    }
    if matches!(endpoint.body, Body::File) {
        header("Content-Digest", true, "`sha-256=:<base64>:` (RFC 9530)");
    }
    header("Accept-Language", false, "`zh` (default) or `en`: the language of messages");
    parameters
}

fn responses(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let (status, content) = match endpoint.answer {
        Answer::Json(status, schema) => {
            (status, json!({ "application/json": { "schema": schema(generator) } }))
        }
        Answer::Nothing => (204, Value::Null),
        Answer::File => {
            let of = |kind: MediaType| {
                (kind.mime().to_owned(), json!({ "schema": { "type": "string", "format": "binary" } }))
            };
            (200, Value::Object(MediaType::ALL.into_iter().map(of).collect()))
        }
        Answer::Text(media_type) => (200, json!({ media_type: { "schema": { "type": "string" } } })),
        Answer::Lines => (200, json!({ "application/x-ndjson": { "schema": { "type": "string" } } })),
    };
    let mut done = json!({ "description": "Done" });
    if !content.is_null() {
        done["content"] = content;
    }
    responses.insert(status.to_string(), done);
    if endpoint.cacheable {
        responses.insert("304".to_owned(), json!({ "description": "Unchanged" }));
    }
    for status in problem_statuses(endpoint) {
        responses.insert(
            status.to_string(),
            json!({
                "description": "See `code` and docs/api.md",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }),
        );
    }
    Value::Object(responses)
}

/// Statuses of errors that an endpoint can give.
fn problem_statuses(endpoint: &Endpoint) -> BTreeSet<u16> {
    let mut statuses: BTreeSet<u16> = [400, 401, 404, 405, 408, 429, 500, 503].into();
    if decide(None, endpoint.action, Relation::General) == Err(Denial::LogInFirst) {
        statuses.extend([403, 409]);
    }
    if !matches!(endpoint.body, Body::None) || !endpoint.query.is_empty() {
        statuses.insert(422);
    }
    if endpoint.method.as_str() != "GET" {
        statuses.extend([409, 413, 422, 507]);
    }
    if matches!(endpoint.body, Body::Json(_)) {
        statuses.insert(415);
    }
    if endpoint.needs_revision {
        statuses.extend([412, 428]);
    }
    if endpoint.asks_first {
        statuses.insert(428);
    }
    statuses
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "additionalProperties": false,
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "pattern": "^[a-z_]+$" },
            "detail": { "type": "string" },
            "request_id": { "type": "string", "format": "uuid" },
            "confirm": {
                "type": "string",
                "description": "With `confirmation_required`: sent as the header `Confirm` it confirms what `errors` list",
            },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "detail"],
                    "additionalProperties": false,
                    "properties": {
                        "pointer": { "type": "string", "description": "RFC 6901" },
                        "code": { "type": "string", "pattern": "^[a-z_0-9]+$" },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
    })
}
