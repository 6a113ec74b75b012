//! Titles of a competition: their reports, renewal after a re-check, revocation.

use super::super::prelude::*;
use super::words::title_tone;
use super::{competition, of_competition, reason_field, word};
use crate::actions::names::NamedCompetition;
use crate::actions::titles::{self, TitleHistoryView, TitleView};
use crate::domain::announcement::{TitleEvent, TitleStanding};
use crate::domain::ids::TitleId;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions/{competition_id}/titles", Action::ReadRanking, list),
        page("/competitions/{competition_id}/titles/{title_id}", Action::ReadRanking, title),
    ]
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let titles = titles::of_competition(&request.service, competition.id).await?;
    let content = html! {
        (table(&request, &competition, &titles))
        @if !titles.is_empty() { div.buttons.screen { (print_button(&request)) } }
    };
    let id = competition.id;
    Ok(of_competition(&request, &competition, "/announcement", request.t("称号", "Titles"), &content)
        .crumb(format!("/competitions/{id}/announcement"), request.t("公布", "Announcement"))
        .data("/api/v1/titles")
        .table(&tables::TITLES, "/api/v1/titles"))
}

fn table(request: &PageRequest, competition: &NamedCompetition, titles: &[TitleView]) -> Markup {
    Table::new(request.t("本届授予的称号", "Titles that this competition awarded"), titles)
        .head(request.t("名称", "Name"), |title| html! {
            a href=(request.link(&format!("/competitions/{}/titles/{}", competition.id, title.id))) { (title.content.title) }
        })
        .column(request.t("称号", "Title"), |title| &title.content.award_name)
        .column(request.t("地区", "Regions"), |title| title.content.parties())
        .column(request.t("有效期至", "Valid until"), |title| request.date(title.valid_until))
        .column(request.t("状态", "State"), |title| word(request, title.standing, title_tone(title.standing)))
        .empty(request.t("公布后，入选者在此获得称号。", "The winners get their titles with the announcement."))
        .render()
}

async fn title(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id: TitleId = request.id("title_id")?;
    let view = titles::read(&request.service, &request.context, id).await?;
    if view.title.competition_id != competition.id {
        return Err(Error::not_found());
    }
    let title = &view.title;
    let content = html! {
        (facts(&[
            (request.t("称号", "Title"), html! { (title.content.award_name) }),
            (request.t("产业链", "Chain"), html! { (title.content.chain) }),
            (request.t("地区", "Regions"), html! { (title.content.parties()) }),
            (request.t("有效期", "Valid"), html! { (request.date(title.valid_from)) "–" (request.date(title.valid_until)) }),
            (request.t("状态", "State"), word(&request, title.standing, title_tone(title.standing))),
        ]))
        h2 { (request.t("经过", "What happened to it")) }
        (events(&request, &view))
        @if request.role() == Some(Role::Office) && title.standing != TitleStanding::Revoked {
            (renewal(&request, &competition, title))
            (revocation(&request, &competition, title))
        }
    };
    let page = format!("/competitions/{}", competition.id);
    Ok(of_competition(&request, &competition, "/announcement", title.content.title.clone(), &content)
        .crumb(format!("{page}/announcement"), request.t("公布", "Announcement"))
        .crumb(format!("{page}/titles"), request.t("称号", "Titles"))
        .document(&printed::AWARD, format!("/api/v1/titles/{id}"))
        .document(&printed::CERTIFICATE, format!("/api/v1/titles/{id}"))
        .data(format!("/api/v1/titles/{id}")))
}

fn events(request: &PageRequest, view: &TitleHistoryView) -> Markup {
    html! {
        ol.timeline {
            li.done { span.when { (request.date(view.title.valid_from)) } " " (request.t("授予", "Awarded")) }
            @for entry in &view.events {
                li.done {
                    span.when { (request.time(entry.at)) } " " strong { (event_words(request, &entry.event)) }
                    @if !entry.event.text.is_empty() { div.text { (entry.event.text) } }
                }
            }
        }
    }
}

fn event_words(request: &PageRequest, event: &TitleEvent) -> String {
    let kind = event.kind.in_language(request.language);
    match (event.year, request.is_chinese()) {
        (Some(year), true) => format!("{year}年{kind}"),
        (Some(year), false) => format!("{kind}, {year}"),
        (None, _) => kind.to_owned(),
    }
}

fn renewal(request: &PageRequest, competition: &NamedCompetition, title: &TitleView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/titles/{}/renewal", title.id))
        .revision(title.revision)
        .once()
        .next(format!("/competitions/{}/titles/{}", competition.id, title.id))
        .done("称号已续期。", "The title is renewed.");
    html! {
        section.card.screen {
            h2 { (request.t("复核续期", "Renewed after re-check")) }
            p { (request.t("称号有效期延长至新的日期，公众可见；复核情况长期留存。", "The title is valid until the new date, as the public sees; what the re-check found is kept for good.")) }
            (form.render(&html! {
                (form.field(&Field::date("/valid_until", request.t("新的有效期截止日", "New last day")).required()))
                (form.field(&Field::area("/text", request.t("复核情况", "What the re-check found"), 4).required()))
                (form.danger("续期", "Renew the title"))
            }))
        }
    }
}

fn revocation(request: &PageRequest, competition: &NamedCompetition, title: &TitleView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/titles/{}/revocation", title.id))
        .revision(title.revision)
        .once()
        .next(format!("/competitions/{}/titles/{}", competition.id, title.id))
        .done("称号已撤销。", "The title is revoked.");
    html! {
        section.card.screen {
            h2 { (request.t("撤销称号", "Revoke the title")) }
            p {
                strong { (title.content.title) } (request.t("的“", ": the title “")) (title.content.award_name)
                (request.t("”称号将立即失效，公众可见，不能恢复。", "” ends at once, as the public sees; it can't be restored."))
            }
            (form.render(&html! {
                (form.field(&reason_field(request, request.t("依据和情况说明，公众可见。", "Basis and explanation; the public reads them."))))
                (form.danger("撤销称号", "Revoke the title"))
            }))
        }
    }
}
