//! Who changed what: of a part, and between two submissions.

use std::rc::Rc;

use maud::{Markup, html};
use serde_json::Value;

use super::super::asked::{Asked, Shown};
use super::super::parts::{empty, next_page};
use super::context::Context;
use crate::actions::applications;
use crate::domain::application::Part;
use crate::domain::difference::Difference;
use crate::error::Result;

/// Revisions on one page.
const REVISIONS: usize = 50;

fn written(asked: &Asked, value: Option<&Value>) -> Markup {
    html! {
        @match value {
            None | Some(Value::Null) => span.muted { (asked.t("（无）", "(none)")) },
            Some(Value::String(text)) if text.is_empty() => span.muted { (asked.t("（空）", "(empty)")) },
            Some(Value::String(text)) => span.text { (text) },
            Some(Value::Bool(yes)) => (if *yes { asked.t("是", "yes") } else { asked.t("否", "no") }),
            Some(Value::Number(number)) => (number),
            Some(compound) => code { (compound) },
        }
    }
}

/// Differences as a table: where, what stood there, what stands there now.
pub(super) fn differences(asked: &Asked, changes: &[Difference]) -> Markup {
    if changes.is_empty() {
        return html! { p.muted { (asked.t("内容没有变化。", "Nothing of the content changed.")) } };
    }
    let head = [asked.t("位置", "Where"), asked.t("原内容", "Before"), asked.t("新内容", "After")];
    html! {
        div.scroll {
            table.data.cards {
                caption { (asked.t("变化", "Changes")) (asked.aside(&changes.len())) }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for change in changes {
                        tr {
                            th scope="row" data-label=(head[0]) { code { (change.pointer) } }
                            td data-label=(head[1]) { (written(asked, change.before.as_ref())) }
                            td data-label=(head[2]) { (written(asked, change.after.as_ref())) }
                        }
                    }
                }
            }
        }
    }
}

/// The history of a part.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let part: Part = asked.id("part")?;
    let name = context.part_name(&part.to_string(), asked.language)?;
    let after = asked.parameter("cursor").unwrap_or(0);
    let id = context.view.id;
    let history =
        applications::part_history(&asked.service, &asked.visit, id, part.clone(), after, REVISIONS).await?;
    let here = format!("{}/parts/{part}/history", context.page());
    let body = html! {
        @if history.items.is_empty() {
            (empty(&html! { p { (asked.t("这一部分尚未保存过。", "This part was never saved.")) } }))
        }
        @for revision in &history.items {
            h2 {
                (asked.t("第", "Revision ")) (revision.revision) (asked.t("次保存", "")) "　"
                (asked.time(revision.changed_at)) "　" (revision.changed_by_name)
            }
            (differences(&asked, &revision.changes))
        }
        (next_page(&asked, &here, &[], history.next_cursor.as_deref()))
    };
    let title = format!("{}{name}", asked.t("修改记录：", "History: "));
    Ok(context
        .shown(&asked, &title, &format!("/parts/{part}/history"), &body)
        .crumb(format!("{}/parts/{part}", context.page()), name)
        .data(format!("{}/parts/{part}/history", context.api())))
}
