//! Versions of an edition's settings, and what each changed.

use std::rc::Rc;

use maud::{Markup, html};
use serde_json::Value;

use super::super::asked::{Asked, Shown};
use super::super::parts::{empty, facts, next_page, print_button};
use super::editor::shown;
use super::{edition, of_edition};
use crate::actions::competitions;
use crate::domain::difference::Difference;
use crate::error::Result;

pub(super) async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let cursor = asked.parameter("cursor");
    let page = competitions::versions(&asked.service, &asked.visit, id, cursor, 50).await?;
    let (number, at, reason) =
        (asked.t("版本", "Version"), asked.t("时间", "When"), asked.t("理由", "Reason"));
    let digest = asked.t("摘要", "Digest");
    let address = format!("/competitions/{id}/versions");
    let content = html! {
        (print_button(&asked))
        div.scroll {
            table.data.cards {
                caption { (asked.t("设置的版本，新的在前", "Versions of the settings, newest first")) }
                thead { tr { th scope="col" { (number) } th scope="col" { (at) } th scope="col" { (reason) } th scope="col" { (digest) } } }
                tbody {
                    @for version in &page.items {
                        tr {
                            th scope="row" { a href=(asked.link(&format!("{address}/{}", version.number))) { (version.number) } }
                            td data-label=(at) { (asked.time(version.changed_at)) }
                            td data-label=(reason) {
                                @if version.reason.is_empty() { (asked.t("发布前的修改", "Changed before the call")) } @else { (version.reason) }
                            }
                            td data-label=(digest) { code { (version.digest) } }
                        }
                    }
                }
            }
        }
        (next_page(&asked, &address, &[], page.next_cursor.as_deref()))
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
        } @else { (changes(&asked, &view.changes)) }
        (print_button(&asked))
    };
    let title = if asked.is_chinese() {
        format!("设置第{number}版")
    } else {
        format!("Settings, version {number}")
    };
    Ok(of_edition(&asked, &edition, "/settings", &title, &content)
        .crumb(format!("/competitions/{id}/versions"), asked.t("设置的版本", "Versions"))
        .data(format!("/api/v1/competitions/{id}/versions/{number}")))
}

fn changes(asked: &Asked, changes: &[Difference]) -> Markup {
    let (at, before, after) = (asked.t("位置", "Where"), asked.t("原为", "Before"), asked.t("改为", "After"));
    let value = |value: &Option<Value>| {
        html! {
            @match value { None => "—", some => { span.text { (shown(some.as_ref())) } } }
        }
    };
    html! {
        div.scroll {
            table.data.cards {
                caption { (asked.t("逐项差异", "Difference by difference")) }
                thead { tr { th scope="col" { (at) } th scope="col" { (before) } th scope="col" { (after) } } }
                tbody {
                    @for change in changes {
                        tr {
                            th scope="row" { (place(asked, &change.pointer)) " " code { (change.pointer) } }
                            td data-label=(before) { (value(&change.before)) }
                            td data-label=(after) { (value(&change.after)) }
                        }
                    }
                }
            }
        }
    }
}

/// The part of the settings that a pointer is in, in words.
fn place<'a>(asked: &Asked, pointer: &str) -> &'a str {
    let known = [
        ("/title", "名称", "Title"),
        ("/authority", "依据", "Authority"),
        ("/calendar/application", "申报日程", "Applications"),
        ("/calendar/recommendation", "推荐日程", "Recommendation"),
        ("/calendar/checking", "审查日程", "Checks"),
        ("/calendar/review", "评审日程", "Review"),
        ("/calendar/announcement", "公示公布日程", "Announcement"),
        ("/quotas", "推荐名额", "Quotas"),
        ("/grouping", "分组", "Grouping"),
        ("/tracks", "分组", "Tracks"),
        ("/sections", "申报书", "Form"),
        ("/evidence", "佐证材料", "Evidence"),
        ("/formal_items", "形式审查", "Formal check"),
        ("/correction_working_days", "补正期限", "Time for the correction"),
        ("/rubric/vetoes", "否决项", "Vetoes"),
        ("/rubric/adjustments", "加扣分", "Bonuses and deductions"),
        ("/rubric", "指标体系", "Rubric"),
        ("/rules/awards", "奖项", "Awards"),
        ("/rules", "计分规则", "Scoring rules"),
        ("/review", "评审规定", "Rules of review"),
        ("/disclosure", "公开范围", "Disclosure"),
        ("/catalogue", "产业链目录", "Catalogue"),
        ("/working_days", "工作日历", "Working days"),
        ("/undertaking", "承诺书", "Undertaking"),
        ("/consent_statement", "成员同意书", "Consent"),
    ];
    let found = known.iter().find(|(prefix, ..)| pointer.starts_with(prefix));
    found.map_or("", |(_, zh, en)| if asked.is_chinese() { *zh } else { *en })
}
