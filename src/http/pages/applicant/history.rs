//! Who changed what: of a part, and between two submissions.

use super::super::prelude::*;
use super::context::Context;
use crate::actions::applications;
use crate::domain::application::Part;

/// Revisions on one page.
const REVISIONS: usize = 50;

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
    let found = html! {
    @if history.items.is_empty() {
        (empty(&html! { p { (asked.t("这一部分尚未保存过。", "This part was never saved.")) } }))
    }
    @for revision in &history.items {
        h2 {
            (asked.t("第", "Revision ")) (revision.revision) (asked.t("次保存", "")) " · "
            (asked.time(revision.changed_at)) " · " (revision.changed_by_name)
        }
        (context.differences(&asked, &revision.changes))
    }
        };
    let body = List::new(&asked, here).render(&found, history.next_cursor.as_deref());
    let title = format!("{}{name}", asked.t("修改记录：", "History: "));
    Ok(context
        .shown(&asked, &title, &format!("/parts/{part}/history"), &body)
        .crumb(format!("{}/parts/{part}", context.page()), name)
        .data(format!("{}/parts/{part}/history", context.api())))
}
