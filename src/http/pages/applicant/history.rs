//! Who changed what: of a part, and between two submissions.

use super::super::prelude::*;
use super::context::Context;
use crate::actions::applications;
use crate::domain::application::Part;

/// Revisions on one page.
const REVISIONS: usize = 50;

/// The history of a part.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let part: Part = request.id("part")?;
    let name = context.part_name(&part.to_string(), request.language)?;
    let after = request.parameter("cursor").unwrap_or(0);
    let id = context.view.id;
    let history =
        applications::part_history(&request.service, &request.context, id, part.clone(), after, REVISIONS)
            .await?;
    let here = format!("{}/parts/{part}/history", context.page());
    let found = html! {
    @if history.items.is_empty() {
        (empty(&html! { p { (request.t("这一部分尚未保存过。", "This part was never saved.")) } }))
    }
    @for revision in &history.items {
        h2 {
            (request.t("第", "Revision ")) (revision.revision) (request.t("次保存", "")) " · "
            (request.time(revision.changed_at)) " · " (revision.changed_by_name)
        }
        (context.differences(&request, &revision.changes))
    }
        };
    let body = List::new(&request, here).render(&found, history.next_cursor.as_deref());
    let title = format!("{}{name}", request.t("修改记录：", "History: "));
    Ok(context
        .shown(&request, &title, &format!("/parts/{part}/history"), &body)
        .crumb(format!("{}/parts/{part}", context.page()), name)
        .data(format!("{}/parts/{part}/revisions", context.api())))
}
