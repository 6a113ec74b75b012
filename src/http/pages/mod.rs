//! Pages that the server renders: compile-time checked markup, no script, one style that the policy names by its digest.

pub(super) mod announcement;

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::domain::record::digest_of;

/// The style of public pages. On paper, headings and text are set as official documents are.
const STYLE: &str = "body{font-family:-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;\
line-height:1.7;color:#1a1a1a;background:#fff;max-width:60rem;margin:0 auto;padding:1rem}\
h1{font-size:1.6rem}h2{font-size:1.25rem}a{color:#0b4f9e}.note{border-left:4px solid #8a5a00;padding:.5rem 1rem;\
background:#fff8e6}table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.4rem .6rem;\
text-align:left;vertical-align:top}th{background:#f2f4f7}.scroll{overflow-x:auto}code{overflow-wrap:anywhere}\
.text{white-space:pre-wrap}@media print{body{font-family:FangSong,STFangsong,serif;max-width:none}\
h1,h2,th{font-family:SimHei,STHeiti,sans-serif}.screen{display:none}@page{size:A4;margin:2.5cm}}";

/// The policy of pages: nothing but the style above.
pub(super) fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let style = STANDARD.encode(digest_of(STYLE).0);
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        )
    })
}

/// A whole page.
fn page(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    page.into_string()
}
