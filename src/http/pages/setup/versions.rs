//! Versions of a competition's settings, and what each changed.

use super::super::prelude::*;
use super::{competition, of_competition};
use crate::actions::competitions;

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let cursor = request.parameter("cursor");
    let page = competitions::versions(&request.service, &request.context, id, cursor, 50).await?;
    let address = format!("/competitions/{id}/versions");
    let table = Table::new(request.t("设置的版本，新的在前", "Versions of the settings, newest first"), &page.items)
        .head(request.t("版本", "Version"), |version| html! { a href=(request.link(&format!("{address}/{}", version.number))) { (version.number) } })
        .column(request.t("时间", "When"), |version| request.time(version.changed_at))
        .column(request.t("理由", "Reason"), |version| html! {
            @if version.reason.is_empty() { (request.t("发布前的修改", "Changed before the call")) } @else { (version.reason) }
        })
        .column(request.t("摘要", "Digest"), |version| html! { code { (version.digest) } });
    let content = html! {
        (print_button(&request))
        (table.render())
        (List::new(&request, &address).pages(page.next_cursor.as_deref()))
    };
    let title = request.t("设置的版本", "Versions of the settings");
    Ok(of_competition(&request, &competition, "/settings", title, &content)
        .crumb(format!("/competitions/{id}/settings"), request.t("设置", "Settings"))
        .data(format!("/api/v1/competitions/{id}/versions")))
}

pub(super) async fn version(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let number: i32 = request.id("number")?;
    let view = competitions::version(&request.service, &request.context, id, number).await?;
    let content = html! {
        (facts(&[
            (request.t("时间", "When"), request.time(view.entry.changed_at)),
            (request.t("理由", "Reason"), html! {
                @if view.entry.reason.is_empty() { "—" } @else { (view.entry.reason) }
            }),
            (request.t("摘要（SHA-256）", "Digest (SHA-256)"), html! { code { (view.entry.digest) } }),
        ]))
        h2 { (request.t("与上一版的不同", "What it changed")) }
        @if view.changes.is_empty() {
            (empty(&html! { p { (request.t("没有上一版可比较。", "There is no version before it.")) } }))
        } @else { (settings_differences(&request, &view.settings, &view.changes)?) }
        (print_button(&request))
    };
    let title = request.either(format!("设置第{number}版"), format!("Settings, version {number}"));
    Ok(of_competition(&request, &competition, "/settings", &title, &content)
        .crumb(format!("/competitions/{id}/versions"), request.t("设置的版本", "Versions of the settings"))
        .data(format!("/api/v1/competitions/{id}/versions/{number}")))
}
