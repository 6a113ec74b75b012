//! Titles of an edition: their reports, renewal after a re-check, revocation.

use super::super::prelude::*;
use super::words::title_tone;
use super::{edition, of_edition, reason_field, word};
use crate::actions::names::NamedCompetition;
use crate::actions::titles::{self, TitleHistoryView, TitleView};
use crate::domain::announcement::{TitleEvent, TitleStanding};
use crate::domain::ids::TitleId;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/competitions/{competition_id}/titles", Action::ReadRanking, list),
        page("/competitions/{competition_id}/titles/{title_id}", Action::ReadRanking, title),
    ]
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let titles = titles::of_edition(&asked.service, edition.id).await?;
    let content = html! {
        (table(&asked, &edition, &titles))
        @if !titles.is_empty() { div.buttons.screen { (print_button(&asked)) } }
    };
    let id = edition.id;
    Ok(of_edition(&asked, &edition, "/announcement", asked.t("称号", "Titles"), &content)
        .crumb(format!("/competitions/{id}/announcement"), asked.t("公布", "Announcement"))
        .data("/api/v1/titles"))
}

fn table(asked: &Asked, edition: &NamedCompetition, titles: &[TitleView]) -> Markup {
    Table::new(asked.t("本届授予的称号", "Titles that this edition awarded"), titles)
        .head(asked.t("名称", "Name"), |title| html! {
            a href=(asked.link(&format!("/competitions/{}/titles/{}", edition.id, title.id))) { (title.content.title) }
        })
        .column(asked.t("称号", "Title"), |title| &title.content.award_name)
        .column(asked.t("地区", "Regions"), |title| title.content.parties())
        .column(asked.t("有效期至", "Valid until"), |title| asked.date(title.valid_until))
        .column(asked.t("状态", "Standing"), |title| word(asked, title.standing, title_tone(title.standing)))
        .empty(asked.t("公布后，入选者在此获得称号。", "The winners get their titles with the announcement."))
        .render()
}

async fn title(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id: TitleId = asked.id("title_id")?;
    let view = titles::read(&asked.service, &asked.visit, id).await?;
    if view.title.competition_id != edition.id {
        return Err(Error::not_found());
    }
    let title = &view.title;
    let content = html! {
        (facts(&[
            (asked.t("称号", "Title"), html! { (title.content.award_name) }),
            (asked.t("产业链", "Chain"), html! { (title.content.chain) }),
            (asked.t("地区", "Regions"), html! { (title.content.parties()) }),
            (asked.t("有效期", "Valid"), html! { (asked.date(title.valid_from)) "–" (asked.date(title.valid_until)) }),
            (asked.t("状态", "Standing"), word(&asked, title.standing, title_tone(title.standing))),
        ]))
        h2 { (asked.t("经过", "What happened to it")) }
        (events(&asked, &view))
        @if asked.role() == Some(Role::Office) && title.standing != TitleStanding::Revoked {
            (renewal(&asked, &edition, title))
            (revocation(&asked, &edition, title))
        }
    };
    let page = format!("/competitions/{}", edition.id);
    Ok(of_edition(&asked, &edition, "/announcement", title.content.title.clone(), &content)
        .crumb(format!("{page}/announcement"), asked.t("公布", "Announcement"))
        .crumb(format!("{page}/titles"), asked.t("称号", "Titles"))
        .data(format!("/api/v1/titles/{id}")))
}

fn events(asked: &Asked, view: &TitleHistoryView) -> Markup {
    html! {
        ol.timeline {
            li.done { span.when { (asked.date(view.title.valid_from)) } " " (asked.t("授予", "Awarded")) }
            @for entry in &view.events {
                li.done {
                    span.when { (asked.time(entry.at)) } " " strong { (event_words(asked, &entry.event)) }
                    @if !entry.event.text.is_empty() { div.text { (entry.event.text) } }
                }
            }
        }
    }
}

fn event_words(asked: &Asked, event: &TitleEvent) -> String {
    let kind = event.kind.in_language(asked.language);
    match (event.year, asked.is_chinese()) {
        (Some(year), true) => format!("{year}年{kind}"),
        (Some(year), false) => format!("{kind}, {year}"),
        (None, _) => kind.to_owned(),
    }
}

fn renewal(asked: &Asked, edition: &NamedCompetition, title: &TitleView) -> Markup {
    let form = asked
        .form(Method::Post, format!("/api/v1/titles/{}/renewal", title.id))
        .revision(title.revision)
        .once()
        .next(format!("/competitions/{}/titles/{}", edition.id, title.id))
        .done("称号已续期。", "The title is renewed.");
    html! {
        section.card.screen {
            h2 { (asked.t("复核续期", "Renew it after a re-check")) }
            p { (asked.t("称号有效期延长至新的日期，公众可见；复核情况长期留存。", "The title is valid until the new date, as the public sees; what the re-check found is kept for good.")) }
            (form.render(&html! {
                (form.field(&Field::date("/valid_until", asked.t("新的有效期截止日", "New last day")).required()))
                (form.field(&Field::area("/text", asked.t("复核情况", "What the re-check found"), 4).required()))
                (form.danger("续期", "Renew the title"))
            }))
        }
    }
}

fn revocation(asked: &Asked, edition: &NamedCompetition, title: &TitleView) -> Markup {
    let form = asked
        .form(Method::Post, format!("/api/v1/titles/{}/revocation", title.id))
        .revision(title.revision)
        .once()
        .next(format!("/competitions/{}/titles/{}", edition.id, title.id))
        .done("称号已撤销。", "The title is revoked.");
    html! {
        section.card.screen {
            h2 { (asked.t("撤销称号", "Revoke it")) }
            p {
                strong { (title.content.title) } (asked.t("的“", ": the title “")) (title.content.award_name)
                (asked.t("”称号将立即失效，公众可见，不能恢复。", "” ends at once, as the public sees; it can't be restored."))
            }
            (form.render(&html! {
                (form.field(&reason_field(asked, asked.t("依据和情况说明，公众可见。", "On what ground; the public reads it."))))
                (form.danger("撤销称号", "Revoke the title"))
            }))
        }
    }
}
