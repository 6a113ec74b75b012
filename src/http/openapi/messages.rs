//! What webhooks send, described for programs (`AsyncAPI` 3.0), made from the types that are sent: `/api/asyncapi.json`.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::actions::health::API_VERSION;
use crate::actions::webhooks::{ChangeMessage, TestMessage};
use crate::domain::change::told_actions;
use crate::domain::webhook::TEST;
use crate::http::pages::act_names;

const DESCRIPTION: &str = "推送：有变更时以 POST 发往登记的 `https` 地址，内容与 `/api/v1/changes` 所告知的相同，按 Standard Webhooks 签名。约定见 docs/api.md。\n\n\
    Webhooks: what changed is sent by POST to the https address that was registered, as `/api/v1/changes` tells it, signed as Standard Webhooks \
    has it. Conventions are in docs/api.md.";

/// The headers of each message.
fn headers() -> Value {
    let text = |zh: &str, en: &str, pattern: &str| json!({ "type": "string", "pattern": pattern, "description": format!("{zh} · {en}") });
    json!({
        "type": "object",
        "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
        "properties": {
            "webhook-id": text("消息的标识；同一消息重发时不变", "The message; the same whenever the same is told again", "^msg_[0-9a-f]{32}$"),
            "webhook-timestamp": text("发送的时间，1970年起的秒数", "When it is sent, in seconds since 1970", "^[0-9]+$"),
            "webhook-signature": text(
                "`{标识}.{时间}.{正文}` 的 HMAC-SHA256；更换密钥期间有两个，以空格分隔",
                "HMAC-SHA256 of `{id}.{timestamp}.{body}`; two of them, with a space between, while the secret changes",
                "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$",
            ),
        },
    })
}

/// A message of one type.
fn message(kind: &str, names: (&str, &str), schema: &str) -> Value {
    json!({
        "name": kind,
        "title": names.0,
        "summary": format!("{} · {}", names.0, names.1),
        "contentType": "application/json",
        "headers": { "$ref": "#/components/schemas/Headers" },
        "payload": {
            "allOf": [
                { "$ref": format!("#/components/schemas/{schema}") },
                { "properties": { "type": { "enum": [kind] } } },
            ],
        },
    })
}

/// The description of all that webhooks send.
pub fn asyncapi() -> Value {
    let settings = SchemaSettings::draft07().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    generator.subschema_for::<ChangeMessage>();
    generator.subschema_for::<TestMessage>();
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Headers".to_owned(), headers());
    let changes = told_actions().map(|act| (act.as_str(), act_names(act), "ChangeMessage"));
    let all = changes.chain([(TEST, ("试验消息", "A message to try whether it arrives"), "TestMessage")]);
    let messages: Map<String, Value> =
        all.map(|(kind, names, schema)| (kind.to_owned(), message(kind, names, schema))).collect();
    let refer = |kind: &String| {
        let kind = kind.clone();
        let to = json!({ "$ref": format!("#/components/messages/{kind}") });
        (kind, to)
    };
    let named: Map<String, Value> = messages.keys().map(refer).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "强链 Qianglian",
            "version": API_VERSION,
            "description": DESCRIPTION,
            "contact": { "name": "领导小组办公室 · the leading-group office" },
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "defaultContentType": "application/json",
        "channels": {
            "webhook": {
                "address": null,
                "title": "推送 Webhook",
                "description": "推送登记的接收地址 · The address that a webhook was registered with",
                "messages": named,
            },
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": { "$ref": "#/channels/webhook" },
                "summary": "告知一项变更 · Tell one change",
                "description": "2xx 为送达；410 终止推送；其余重试 · 2xx: it is delivered; 410 ends the webhook; else it is tried again",
                "bindings": { "http": { "method": "POST", "bindingVersion": "0.3.0" } },
            },
        },
        "components": { "messages": messages, "schemas": schemas },
    })
}
