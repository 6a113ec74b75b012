//! What many operations share: parameters, headers and answers.

use serde_json::{Map, Value, json};

use crate::files::MediaType;
use crate::http::printed::{self, Printed};
use crate::http::tables::QUERY;

/// What holds everywhere.
pub(super) const DESCRIPTION: &str = "约定见 docs/api.md：错误为 `application/problem+json`，代码固定；修改须带 `If-Match`；重试须带 \
    `Idempotency-Key`；列表为 `{items, next_cursor}`；外部系统的令牌仅可用于标有 `x-machine` 的操作。\n\n\
    Conventions are in docs/api.md: errors are `application/problem+json` with a stable `code`; changes name what they change by \
    `If-Match`; retries carry an `Idempotency-Key`; lists are `{items, next_cursor}`; tokens of external \
    systems are good for operations with `x-machine` alone.";

/// Parameters in the path: name, schema and meaning.
fn path_parameters() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let id = || json!({ "type": "string", "format": "uuid" });
    let number = || json!({ "type": "integer", "format": "int32", "minimum": 1 });
    let key = || json!({ "type": "string", "minLength": 1 });
    vec![
        ("account_id", id(), "账号", "The account"),
        ("application_id", id(), "申报", "The application"),
        (
            "city_code",
            json!({ "type": "string", "pattern": "^[0-9]{6}$" }),
            "设区市的六位代码",
            "The city, by its code",
        ),
        ("competition_id", id(), "竞赛", "The competition"),
        ("delivery_id", id(), "推送的一条消息", "The message of a webhook"),
        (
            "digest",
            json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
            "所保存内容的摘要（SHA-256）",
            "The digest of what is kept (SHA-256)",
        ),
        ("evidence_id", id(), "一份佐证材料", "The piece of evidence"),
        ("expert_id", id(), "专家", "The expert"),
        ("indicator", key(), "指标的键", "The indicator's key in the rubric"),
        ("item", key(), "否决项的键", "The veto's key in the rubric"),
        ("jump_id", id(), "一次时钟跳变", "The jump of the clock"),
        ("letter_id", id(), "函件", "The letter"),
        ("machine_id", id(), "外部系统", "The external system"),
        ("number", number(), "第几个，从1起", "Which one, from 1"),
        ("objection_file_id", id(), "异议所附文件", "The file of an objection"),
        ("objection_id", id(), "异议", "The objection"),
        ("panel", key(), "评审组的键", "The panel's key"),
        (
            "part",
            json!({ "type": "string", "pattern": "^(profile|firms|figures|undertaking|section\\..+)$" }),
            "申报书的部分",
            "The part of the application",
        ),
        ("passkey_id", id(), "通行密钥", "The passkey"),
        ("recheck_id", id(), "复核申请", "The re-check request"),
        ("rectification_id", id(), "一项整改", "What is to be put right"),
        ("session_id", id(), "一次登录", "The session"),
        ("title_id", id(), "称号", "The title"),
        ("webhook_id", id(), "推送", "The webhook"),
        ("version", number(), "第几版，从1起", "Which version, from 1"),
    ]
}

/// Parameters in headers: name, whether it is always needed, pattern and meaning.
const HEADER_PARAMETERS: [(&str, bool, Option<&str>, &str, &str); 7] = [
    (
        "Accept-Language",
        false,
        None,
        "消息的语言：`zh`（默认）或 `en`",
        "`zh` (default) or `en`: the language of messages",
    ),
    (
        "Confirm",
        false,
        Some("^[0-9a-f]{64}$"),
        "428 `confirmation_required` 所给的 `confirm`，有人看过 `errors` 所列的后果之后再发",
        "What the answer 428 `confirmation_required` gave as `confirm`, once somebody has looked at what follows from the act, \
         which its `errors` list",
    ),
    (
        "Content-Digest",
        true,
        Some("sha-256=:[A-Za-z0-9+/]{43}=:"),
        "正文的摘要：`sha-256=:<base64>:`（RFC 9530）",
        "`sha-256=:<base64>:` of the body (RFC 9530)",
    ),
    (
        "Idempotency-Key",
        false,
        Some("^[A-Za-z0-9_-]{16,64}$"),
        "16至64个字母、数字、`-`、`_`：重复的请求得到已存的答复",
        "16 to 64 letters, digits, `-`, `_`: a repeated request gets the stored answer",
    ),
    (
        "If-Match",
        true,
        None,
        "所改内容读取时的 ETag；尚无内容时为 `\"0\"`",
        "The ETag of what is changed, as reading gave it; `\"0\"` where nothing stands yet",
    ),
    ("Objection-Code", true, None, "回执上的查询码", "The code of the objection's receipt"),
    (
        "Qianglian-Region",
        false,
        Some("^[0-9]{6}$"),
        "外部系统的令牌可代表多个地区时，本次请求所代表的地区",
        "The region that a request acts for, by its code: needed where the token of an external system is for several",
    ),
];

/// Headers of answers: name and meaning.
const HEADERS: [(&str, &str, &str); 9] = [
    ("Content-Language", "消息的语言", "The language of messages"),
    (
        "ETag",
        "所给内容的标记：再读时作 `If-None-Match`，修改时作 `If-Match`",
        "The tag of what is given: sent as `If-None-Match` when it is read again, as `If-Match` with a change",
    ),
    (
        "Idempotency-Replayed",
        "`true`：此前已办，这是当时的答复",
        "`true`: it was done before, and this is the answer of then",
    ),
    ("Location", "所建内容的地址", "Where what was made is read"),
    (
        "RateLimit",
        "该地址还可一次请求多少次（`r`），多少秒后恢复如初（`t`）",
        "How many requests the address has left at once (`r`), and the seconds until it has all again (`t`)",
    ),
    (
        "RateLimit-Policy",
        "该地址一次可请求多少次（`q`），多少秒后恢复如初（`w`）",
        "How many requests an address has at once (`q`), and the seconds until it has all again (`w`)",
    ),
    ("Retry-After", "多少秒后再试", "Seconds after which to ask again"),
    (
        "WWW-Authenticate",
        "401 时为 `Bearer`，令牌无效时另有 `error`",
        "`Bearer` with 401, and `error` where the token is not valid",
    ),
    (
        "X-Request-Id",
        "本次请求的编号，日志和审计记录中相同",
        "The request's id, as in the log and the audit trail",
    ),
];

fn both((zh, en): (&str, &str)) -> String {
    format!("{zh} · {en}")
}

/// The names in braces of a path.
pub(super) fn inside(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// A parameter that is described once for all.
pub(super) fn parameter(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// A header of answers that is described once for all.
pub(super) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// An answer that is described once for all.
pub(super) fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// A parameter in the query.
pub(super) fn query(name: &str, meaning: (&str, &str), required: bool) -> Value {
    let mut parameter =
        json!({ "name": name, "in": "query", "description": both(meaning), "schema": { "type": "string" } });
    if required {
        parameter["required"] = true.into();
    }
    parameter
}

/// The parameter that says which of several documents is asked for.
pub(super) fn of_documents(printed: &[&Printed]) -> Value {
    let names = |name: fn(&Printed) -> &'static str, between| {
        let names = printed.iter().map(|printed| format!("`{}` {}", printed.key, name(printed)));
        names.collect::<Vec<_>>().join(between)
    };
    let (zh, en) = (names(|printed| printed.name.0, "，"), names(|printed| printed.name.1, ", "));
    let mut parameter = query("document", (&format!("文书：{zh}"), &format!("Which document: {en}")), false);
    parameter["schema"]["enum"] = printed.iter().map(|printed| printed.key).collect();
    parameter
}

pub(super) fn bytes() -> Value {
    json!({ "type": "string", "format": "binary" })
}

/// All parameters that are described once.
pub(super) fn parameters() -> Value {
    let mut parameters = json!({
        "limit": {
            "name": "limit", "in": "query", "description": "每页条数 · Entries on a page",
            "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 50 },
        },
        "validate_only": {
            "name": "validate_only", "in": "query",
            "description": "只试不办：可以办理答 204 · Nothing is done; 204 says that it would be",
            "schema": { "type": "boolean", "default": false },
        },
        "format": {
            "name": "format", "in": "query", "description": both((QUERY[0].1, QUERY[0].2)),
            "schema": { "type": "string", "enum": ["xlsx", "csv"] },
        },
        "document_format": {
            "name": "format", "in": "query", "description": both((printed::QUERY[0].1, printed::QUERY[0].2)),
            "schema": { "type": "string", "enum": ["pdf", "docx"] },
        },
        "any_format": {
            "name": "format", "in": "query", "description": "表格（`xlsx`、`csv`）或文书（`pdf`、`docx`） · A table (`xlsx`, `csv`) or a document for paper (`pdf`, `docx`)",
            "schema": { "type": "string", "enum": ["xlsx", "csv", "pdf", "docx"] },
        },
        "table": query("table", (QUERY[1].1, QUERY[1].2), false),
        "language": {
            "name": "language", "in": "query", "description": both((QUERY[2].1, QUERY[2].2)),
            "schema": { "type": "string", "enum": ["zh", "en"], "default": "zh" },
        },
        "cursor": query("cursor", ("上一页的 `next_cursor`", "`next_cursor` of the page before"), false),
    });
    for (name, schema, zh, en) in path_parameters() {
        parameters[name] = json!({ "name": name, "in": "path", "required": true, "description": both((zh, en)), "schema": schema });
    }
    for (name, required, pattern, zh, en) in HEADER_PARAMETERS {
        let mut schema = json!({ "type": "string" });
        if let Some(pattern) = pattern {
            schema["pattern"] = json!(pattern);
        }
        parameters[name] = json!({
            "name": name, "in": "header", "required": required, "description": both((zh, en)), "schema": schema,
        });
    }
    parameters
}

pub(super) fn headers() -> Value {
    let described = |(name, zh, en): (&str, &str, &str)| {
        let kind =
            if name == "Retry-After" { json!({ "type": "integer" }) } else { json!({ "type": "string" }) };
        (name.to_owned(), json!({ "description": both((zh, en)), "schema": kind }))
    };
    Value::Object(HEADERS.into_iter().map(described).collect::<Map<_, _>>())
}

pub(super) fn responses() -> Value {
    let files: Map<String, Value> = MediaType::ALL
        .into_iter()
        .map(|kind| (kind.mime().to_owned(), json!({ "schema": bytes() })))
        .collect();
    json!({
        "Done": plain(("完成", "Done"), &["Idempotency-Replayed"]),
        "NotModified": plain(("未变", "Unchanged"), &["ETag"]),
        "WouldBeDone": plain(("可以办理，未作任何改动", "It would be done; nothing was changed"), &[]),
        "File": {
            "description": "文件的字节 · The bytes of the file",
            "headers": of(&["ETag"]),
            "content": files,
        },
        "PartOfFile": plain(("所请求的部分（`Range`）", "The part that `Range` asks for"), &["ETag"]),
        "Refusal": refusal(("未办：见 `code` 和 docs/api.md", "Not done: see `code` and docs/api.md")),
        "ChangedMeanwhile": refusal(("他人已先修改：`changed`，`errors` 说明由谁改了什么", "Somebody was quicker: `changed`, and `errors` say who changed what")),
        "ToBeConfirmed": refusal(("缺 `If-Match`，或须先确认 `errors` 所列的后果", "`If-Match` is missing, or what `errors` list has to be confirmed first")),
        "Failure": refusal(("服务未能办理：见 `code`，按 `Retry-After` 再试", "The service could not: see `code`, ask again after `Retry-After`")),
    })
}

/// Headers that every answer has. Those of the limit are told here alone, not again at each operation.
const ALWAYS: [&str; 3] = ["X-Request-Id", "RateLimit", "RateLimit-Policy"];

fn of(names: &[&str]) -> Value {
    Value::Object(ALWAYS.iter().chain(names).map(|name| ((*name).to_owned(), header(name))).collect())
}

fn plain(meaning: (&str, &str), headers: &[&str]) -> Value {
    json!({ "description": both(meaning), "headers": of(headers) })
}

fn refusal(meaning: (&str, &str)) -> Value {
    json!({
        "description": both(meaning),
        "headers": of(&["Content-Language", "ETag", "Retry-After", "WWW-Authenticate"]),
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

pub(super) fn problem() -> Value {
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
                "items": { "$ref": "#/components/schemas/FieldProblem" },
            },
        },
    })
}

/// What is wrong with a member of what was sent.
pub(super) fn field_problem() -> Value {
    json!({
        "type": "object",
        "description": "What is wrong at a place of what was sent, or follows from an act that is to be confirmed",
        "required": ["pointer", "code", "detail"],
        "additionalProperties": false,
        "properties": {
            "pointer": { "type": "string", "description": "RFC 6901" },
            "code": { "type": "string", "pattern": "^[a-z_0-9]+$" },
            "detail": { "type": "string" },
        },
    })
}
