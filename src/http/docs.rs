//! The API's description to browse, without any network: Swagger UI, the description itself, and a page of errors.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use bytes::Bytes;
use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

use super::examples::examples;
use super::openapi::{asyncapi, openapi};
use super::request::tag_of;
use super::schemas::schemas;
use crate::domain::record::{Digest, digest_of};
use crate::error::{Error, Result};

/// Swagger UI sets styles from its script and draws icons from data addresses; it gets no more than that.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const INDEX: &str = r#"<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>强链 API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<noscript><p>此页需要 JavaScript；接口说明全文见 <a href="/api/docs/openapi.json">openapi.json</a>。
This page needs JavaScript; the whole description is in <a href="/api/docs/openapi.json">openapi.json</a>.</p></noscript>
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"#;

/// The description says where its examples are; Swagger UI shows those alone that stand in it.
const START: &str = "window.onload = async () => {
  const [spec, examples] = await Promise.all(
    ['/api/docs/openapi.json', '/api/examples'].map(async (address) => (await fetch(address)).json()));
  const show = (content, value) => {
    if (content?.['application/json']) content['application/json'].examples = { recorded: { value } };
  };
  for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
    const { request, answer } = examples[operation.operationId] ?? {};
    show(operation.requestBody?.content, request);
    if (answer) show(operation.responses[answer.status]?.content, answer.body);
  }
  window.ui = SwaggerUIBundle({
    spec, dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null,
    tryItOutEnabled: true, docExpansion: 'none',
  });
};
";

/// Codes of errors, for the page that `type` of a problem points to.
const ERRORS: &str = include_str!("../../docs/errors.md");

#[derive(Clone)]
pub(super) struct File {
    pub(super) media_type: &'static str,
    pub(super) bytes: Bytes,
    /// The digest of the bytes.
    pub(super) digest: Digest,
    /// A tag that follows from it.
    pub(super) etag: String,
}

impl File {
    fn new(media_type: &'static str, bytes: Bytes) -> Self {
        let digest = digest_of(&bytes);
        Self { media_type, bytes, digest, etag: tag_of(digest) }
    }
}

/// Files by name.
pub(super) struct Docs(BTreeMap<String, File>);

impl Docs {
    /// Unpacks the files that are needed of Swagger UI.
    pub(super) fn new() -> Result<Self> {
        let failed =
            |error: &dyn std::fmt::Display| Error::internal(format!("Swagger UI can't be unpacked: {error}"));
        let mut archive =
            ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).map_err(|error| failed(&error))?;
        let mut files = BTreeMap::new();
        for (name, media_type) in
            [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")]
        {
            let names: Vec<String> =
                archive.file_names().filter_map(|file| Some(file.ok()?.into_owned())).collect();
            let inside = names.iter().find(|file| file.ends_with(&format!("/dist/{name}")));
            let inside = inside.ok_or_else(|| failed(&format!("{name} is missing")))?;
            let mut bytes = Vec::new();
            let mut file = archive.by_name(inside).map_err(|error| failed(&error))?;
            file.read_to_end(&mut bytes).map_err(|error| failed(&error))?;
            files.insert(name.to_owned(), File::new(media_type, Bytes::from(bytes)));
        }
        for (name, media_type, bytes) in [
            ("", "text/html; charset=utf-8", Bytes::from_static(INDEX.as_bytes())),
            ("start.js", "text/javascript", Bytes::from_static(START.as_bytes())),
            ("openapi.json", "application/json", Bytes::from(openapi().to_string())),
            ("asyncapi.json", "application/json", Bytes::from(asyncapi().to_string())),
            ("errors", "text/html; charset=utf-8", Bytes::from(errors())),
        ] {
            files.insert(name.to_owned(), File::new(media_type, bytes));
        }
        let mut all = Map::new();
        for (operation, example) in examples() {
            let parts = [("/request", example.get("request")), ("/answer", example.pointer("/answer/body"))];
            for (part, value) in parts.into_iter().chain([("", Some(&example))]) {
                if let Some(value) = value {
                    let file = File::new("application/json", Bytes::from(value.to_string()));
                    files.insert(format!("examples/{operation}{part}"), file);
                }
            }
            all.insert(operation.to_owned(), example);
        }
        let all = Bytes::from(Value::from(all).to_string());
        files.insert("examples".to_owned(), File::new("application/json", all));
        for (name, schema) in schemas() {
            files.insert(name, File::new("application/schema+json", Bytes::from(schema.to_string())));
        }
        Ok(Self(files))
    }

    pub(super) fn file(&self, name: &str) -> Option<File> {
        self.0.get(name).cloned()
    }
}

/// The page of codes of errors: a line for each, which `type` of a problem leads to.
fn errors() -> String {
    let rows = ERRORS.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [status, code, zh, en] = cells[..] else { return None };
        status.parse::<u16>().ok().map(|status| (status, code.trim_matches('`'), zh, en))
    });
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { "错误代码 Codes of errors" }
                style {
                    "body { font: 16px/1.6 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem }"
                    "table { border-collapse: collapse } th, td { border-bottom: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top }"
                    "tr:target { background: #fff2b3 } a { color: inherit }"
                }
            }
            body {
                h1 { "错误代码 Codes of errors" }
                p { "每个错误回答（RFC 9457）的 " code { "code" } "，和随之而来的状态。" }
                p lang="en" { code { "code" } " of each problem (RFC 9457), with the status that it comes with." }
                table {
                    thead { tr { th { "状态 Status" } th { "代码 Code" } th { "含义" } th lang="en" { "Meaning" } } }
                    tbody { @for (status, code, zh, en) in rows {
                        tr id=(code) {
                            td { (status) }
                            td { a href={ "#" (code) } { code { (code) } } }
                            td { (with_code(zh)) }
                            td lang="en" { (with_code(en)) }
                        }
                    } }
                }
            }
        }
    };
    page.into_string()
}

/// A text whose parts between back-quotes are code.
fn with_code(text: &str) -> Markup {
    html! { @for (number, part) in text.split('`').enumerate() { @if number % 2 == 1 { code { (part) } } @else { (part) } } }
}
