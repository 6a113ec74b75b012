//! Titles: who holds which, until when, and what became of them.

use super::super::prelude::*;
use crate::actions::titles::{self, TitleEventView};
use crate::domain::announcement::{TitleEventKind, TitleStanding};

/// Titles on a page.
const ON_A_PAGE: usize = 50;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/titles", Action::ReadPublic, list), page("/titles/{title_id}", Action::ReadPublic, title)]
}

fn standing(asked: &Asked, standing: TitleStanding) -> Markup {
    let tone = match standing {
        TitleStanding::InForce => Tone::Good,
        TitleStanding::RecheckDue => Tone::Warning,
        TitleStanding::Expired => Tone::Neutral,
        TitleStanding::Revoked => Tone::Bad,
    };
    tag(standing.in_language(asked.language), tone)
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let before = asked.parameter("cursor");
    let found = titles::list(&asked.service, before, ON_A_PAGE).await?;
    let table = Table::new(asked.t("称号，新的在前", "Titles, newest first"), &found.items)
        .head(asked.t("名称", "Name"), |title| html! { a href=(asked.link(&format!("/titles/{}", title.id))) { (&title.content.title) } })
        .column(asked.t("称号", "Title"), |title| &title.content.award_name)
        .column(asked.t("产业链", "Chain"), |title| &title.content.chain)
        .column(asked.t("地区", "Regions"), |title| title.content.parties())
        .column(asked.t("有效期", "Valid"), |title| html! { (title.valid_from) " – " (title.valid_until) })
        .column(asked.t("状态", "Standing"), |title| standing(&asked, title.standing))
        .empty(asked.t("还没有授予称号。入选名单公布后，称号列在这里。", "No title has been awarded yet. They are listed here once winners are announced."));
    let content = html! {
        @if !found.items.is_empty() {
            p { (asked.t(
                "称号有期限：每年报告进展，到期前90天复核，不再符合条件的撤销。",
                "A title holds for a time: its holder reports every year, it is re-checked in its last 90 days, and revoked where it is no longer deserved.",
            )) }
        }
        (table.render())
        (List::new(&asked, "/titles").pages(found.next_cursor.as_deref()))
    };
    let data = match before {
        Some(cursor) => format!("/api/v1/titles?cursor={cursor}"),
        None => "/api/v1/titles".to_owned(),
    };
    Ok(Shown::new(asked.t("称号", "Titles"), content).crumb("/", asked.t("首页", "Home")).data(data))
}

async fn title(asked: Rc<Asked>) -> Result<Shown> {
    let id = asked.id("title_id")?;
    let view = titles::read(&asked.service, &asked.visit, id).await?;
    let (title, content) = (&view.title, &view.title.content);
    let announcement = asked.link(&format!("/announcements/{}", title.competition_id));
    let shown = html! {
        (facts(&[
            (asked.t("称号", "Title"), html! { (&content.award_name) }),
            (asked.t("状态", "Standing"), standing(&asked, title.standing)),
            (asked.t("产业链", "Chain"), html! { (&content.chain) }),
            (asked.t("地区", "Regions"), html! { (&content.parties()) }),
            (asked.t("有效期", "Valid"), html! { (asked.date(title.valid_from)) " – " (asked.date(title.valid_until)) }),
            (asked.t("授予", "Awarded by"), html! { a href=(announcement) { (asked.t("公布", "The announcement")) } }),
        ]))
        h2 { (asked.t("变化", "What became of it")) }
        ol.timeline {
            li.done { strong { (asked.t("授予", "Awarded")) } div.when { (asked.date(title.valid_from)) } }
            @for event in &view.events { (happened(&asked, event)) }
        }
        @if title.standing == TitleStanding::RecheckDue {
            p { (asked.t("称号即将到期，须经复核方可延续。", "The title ends soon; it goes on only after a re-check.")) }
        }
    };
    Ok(Shown::new(content.title.as_str(), shown)
        .crumb("/", asked.t("首页", "Home"))
        .crumb("/titles", asked.t("称号", "Titles"))
        .data(format!("/api/v1/titles/{id}")))
}

fn happened(asked: &Asked, view: &TitleEventView) -> Markup {
    let event = &view.event;
    html! {
        li.done {
            strong {
                (event.kind.in_language(asked.language))
                @if let Some(year) = event.year { (asked.t("（", " (")) (year) (asked.t("年）", ")")) }
            }
            div.when { (asked.time(view.at)) }
            @if event.kind == TitleEventKind::Renewed {
                p { (asked.t("有效期延至", "Valid until ")) (asked.date(event.valid_until)) }
            }
            @if !event.text.is_empty() { p.text { (&event.text) } }
        }
    }
}
