//! Versions of an edition's settings, and what each changed.

use super::super::prelude::*;
use super::{edition, of_edition};
use crate::actions::competitions;

pub(super) async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let cursor = asked.parameter("cursor");
    let page = competitions::versions(&asked.service, &asked.visit, id, cursor, 50).await?;
    let address = format!("/competitions/{id}/versions");
    let table = Table::new(asked.t("设置的版本，新的在前", "Versions of the settings, newest first"), &page.items)
        .head(asked.t("版本", "Version"), |version| html! { a href=(asked.link(&format!("{address}/{}", version.number))) { (version.number) } })
        .column(asked.t("时间", "When"), |version| asked.time(version.changed_at))
        .column(asked.t("理由", "Reason"), |version| html! {
            @if version.reason.is_empty() { (asked.t("发布前的修改", "Changed before the call")) } @else { (version.reason) }
        })
        .column(asked.t("摘要", "Digest"), |version| html! { code { (version.digest) } });
    let content = html! {
        (print_button(&asked))
        (table.render())
        (List::new(&asked, &address).pages(page.next_cursor.as_deref()))
    };
    let title = asked.t("设置的版本", "Versions of the settings");
    Ok(of_edition(&asked, &edition, "/settings", title, &content)
        .crumb(format!("/competitions/{id}/settings"), asked.t("设置", "Settings"))
        .data(format!("/api/v1/competitions/{id}/versions")))
}

pub(super) async fn version(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let number: i32 = asked.id("number")?;
    let view = competitions::version(&asked.service, &asked.visit, id, number).await?;
    let content = html! {
        (facts(&[
            (asked.t("时间", "When"), asked.time(view.version.changed_at)),
            (asked.t("理由", "Reason"), html! {
                @if view.version.reason.is_empty() { "—" } @else { (view.version.reason) }
            }),
            (asked.t("摘要（SHA-256）", "Digest (SHA-256)"), html! { code { (view.version.digest) } }),
        ]))
        h2 { (asked.t("与上一版的不同", "What it changed")) }
        @if view.changes.is_empty() {
            (empty(&html! { p { (asked.t("没有上一版可比较。", "There is no version before it.")) } }))
        } @else { (settings_differences(&asked, &view.settings, &view.changes)?) }
        (print_button(&asked))
    };
    let title = asked.either(format!("设置第{number}版"), format!("Settings, version {number}"));
    Ok(of_edition(&asked, &edition, "/settings", &title, &content)
        .crumb(format!("/competitions/{id}/versions"), asked.t("设置的版本", "Versions"))
        .data(format!("/api/v1/competitions/{id}/versions/{number}")))
}
