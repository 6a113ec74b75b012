//! The single correction: what was asked beside what changed.

use super::super::prelude::*;
use super::context::Context;
use crate::actions::checks;

/// What was asked and what changed of the application that a page is about; nothing if no correction was asked for.
pub(in super::super) async fn of_page(request: &PageRequest) -> Result<Markup> {
    beside(request, &Context::read(request).await?).await
}

/// The same for a page that has read the application.
pub(super) async fn beside(request: &PageRequest, context: &Context) -> Result<Markup> {
    let found = checks::correction(&request.service, &request.context, context.view.id).await?;
    let Some(found) = found else { return Ok(Markup::default()) };
    let title = |item: &str| {
        let known = context.rules.settings.formal_items.iter().find(|known| known.key == item);
        known.map_or_else(|| item.to_owned(), |known| known.title.clone())
    };
    Ok(html! {
        section.correction {
            h3 { (request.t("补正：要求与修改对照", "The correction: what was asked, and what changed")) }
            div.pair {
                div {
                    h4 { (request.t("要求补正的内容", "Asked for")) }
                    ul { @for finding in found.asked.findings.iter().filter(|finding| finding.passed == Some(false)) {
                        li { strong { (title(&finding.item)) } (request.t("：", ": ")) (finding.note) }
                    } }
                    @if !found.asked.reason.is_empty() { p.text { (found.asked.reason) } }
                }
                div {
                    h4 { (request.t("与上次提交相比的修改", "Changed since the last submission")) }
                    @match &found.changes {
                        None => p.muted { (request.t("补正尚未提交。", "The correction is not submitted yet.")) },
                        Some(changes) if changes.is_empty() => p { strong { (request.t("内容没有变化。", "Nothing was changed.")) } },
                        Some(changes) => (context.differences(request, changes)),
                    }
                }
            }
        }
    })
}
