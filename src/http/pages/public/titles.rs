//! Titles: who holds which, until when, and what became of them.

use super::super::prelude::*;
use crate::actions::titles::{self, TitleEventView};
use crate::domain::announcement::{TitleEventKind, TitleStanding};

/// Titles on a page.
const ON_A_PAGE: usize = 50;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/titles", Action::ReadPublic, list), page("/titles/{title_id}", Action::ReadPublic, title)]
}

fn standing(request: &PageRequest, standing: TitleStanding) -> Markup {
    let tone = match standing {
        TitleStanding::InForce => Tone::Good,
        TitleStanding::RecheckDue => Tone::Warning,
        TitleStanding::Expired => Tone::Neutral,
        TitleStanding::Revoked => Tone::Bad,
    };
    tag(standing.in_language(request.language), tone)
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let before = request.parameter("cursor");
    let found = titles::list(&request.service, before, ON_A_PAGE).await?;
    let table = Table::new(request.t("称号，新的在前", "Titles, newest first"), &found.items)
        .head(request.t("名称", "Name"), |title| html! { a href=(request.link(&format!("/titles/{}", title.id))) { (&title.content.title) } })
        .column(request.t("称号", "Title"), |title| &title.content.award_name)
        .column(request.t("产业链", "Chain"), |title| &title.content.chain)
        .column(request.t("地区", "Regions"), |title| title.content.parties())
        .column(request.t("有效期", "Valid"), |title| html! { (title.valid_from) " – " (title.valid_until) })
        .column(request.t("状态", "State"), |title| standing(&request, title.standing))
        .empty(request.t("还没有授予称号。入选名单公布后，称号列在这里。", "No title has been awarded yet. They are listed here once winners are announced."));
    let content = html! {
        @if !found.items.is_empty() {
            p { (request.t(
                "称号有期限：每年报告进展，到期前90天复核，不再符合条件的撤销。",
                "A title holds for a time: its holder reports every year, it is re-checked in its last 90 days, and revoked where it is no longer deserved.",
            )) }
        }
        (table.render())
        (List::new(&request, "/titles").pages(found.next_cursor.as_deref()))
    };
    let data = match before {
        Some(cursor) => format!("/api/v1/titles?cursor={cursor}"),
        None => "/api/v1/titles".to_owned(),
    };
    Ok(Page::new(request.t("称号", "Titles"), content).crumb("/", request.t("首页", "Home")).data(data))
}

async fn title(request: Rc<PageRequest>) -> Result<Page> {
    let id = request.id("title_id")?;
    let view = titles::read(&request.service, &request.context, id).await?;
    let (title, content) = (&view.title, &view.title.content);
    let announcement = request.link(&format!("/announcements/{}", title.competition_id));
    let shown = html! {
        (facts(&[
            (request.t("称号", "Title"), html! { (&content.award_name) }),
            (request.t("状态", "State"), standing(&request, title.standing)),
            (request.t("产业链", "Chain"), html! { (&content.chain) }),
            (request.t("地区", "Regions"), html! { (&content.parties()) }),
            (request.t("有效期", "Valid"), html! { (request.date(title.valid_from)) " – " (request.date(title.valid_until)) }),
            (request.t("授予", "Awarded"), html! { a href=(announcement) { (request.t("公布", "The announcement")) } }),
        ]))
        h2 { (request.t("变化", "Changes")) }
        ol.timeline {
            li.done { strong { (request.t("授予", "Awarded")) } div.when { (request.date(title.valid_from)) } }
            @for event in &view.events { (happened(&request, event)) }
        }
        @if title.standing == TitleStanding::RecheckDue {
            p { (request.t("称号即将到期，须经复核方可延续。", "The title ends soon; it goes on only after a re-check.")) }
        }
    };
    Ok(Page::new(content.title.as_str(), shown)
        .crumb("/", request.t("首页", "Home"))
        .crumb("/titles", request.t("称号", "Titles"))
        .document(&printed::AWARD, format!("/api/v1/titles/{id}"))
        .document(&printed::CERTIFICATE, format!("/api/v1/titles/{id}"))
        .data(format!("/api/v1/titles/{id}")))
}

fn happened(request: &PageRequest, view: &TitleEventView) -> Markup {
    let event = &view.event;
    html! {
        li.done {
            strong {
                (event.kind.in_language(request.language))
                @if let Some(year) = event.year { (request.t("（", " (")) (year) (request.t("年）", ")")) }
            }
            div.when { (request.time(view.at)) }
            @if event.kind == TitleEventKind::Renewed {
                p { (request.t("有效期延至", "Valid until ")) (request.date(event.valid_until)) }
            }
            @if !event.text.is_empty() { p.text { (&event.text) } }
        }
    }
}
