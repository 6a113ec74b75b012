//! What follows scoring: progress, closing, ranking, selection, notice, objections, announcement, titles.

mod adjustments;
mod announcement;
mod changes;
mod closing;
mod letters;
mod notice;
mod objection;
mod objections;
mod progress;
mod ranking;
mod rechecks;
mod selections;
mod sheets;
mod spread;
mod suspensions;
mod tallies;
mod titles;
pub(super) mod words;

use super::prelude::*;
use super::whereabouts::page_of_edition;
use crate::actions::names::{self, NamedCompetition};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::notice::PublicEntry;

pub(super) fn pages() -> Vec<Page> {
    let groups = [
        progress::pages(),
        letters::pages(),
        closing::pages(),
        tallies::pages(),
        ranking::pages(),
        changes::pages(),
        sheets::pages(),
        adjustments::pages(),
        selections::pages(),
        notice::pages(),
        suspensions::pages(),
        objections::pages(),
        objection::pages(),
        rechecks::pages(),
        announcement::pages(),
        titles::pages(),
    ];
    groups.into_iter().flatten().collect()
}

pub(super) fn reveals() -> Vec<Reveal> {
    progress::reveals()
}

/// The edition of a page's address, with the names of its applications.
async fn edition(asked: &Asked) -> Result<NamedCompetition> {
    names::edition(&asked.service, &asked.visit, asked.id("competition_id")?).await
}

/// A page of an edition, below its tabs; `view` is the tab that it belongs to.
fn of_edition(
    asked: &Asked,
    edition: &NamedCompetition,
    view: &str,
    title: impl Into<String>,
    content: &Markup,
) -> Shown {
    let about = (edition.id, edition.state, &edition.rules.settings);
    page_of_edition(asked, about, view, title, content)
}

/// The address of the API for something of an edition.
fn api(id: CompetitionId, rest: &str) -> String {
    format!("/api/v1/competitions/{id}{rest}")
}

/// An application's title as a link to it, with its number and lead region.
fn application(asked: &Asked, edition: &NamedCompetition, id: ApplicationId) -> Markup {
    let Some(name) = edition.applications.get(&id) else { return html! { code { (id) } } };
    html! {
        a href=(asked.link(&format!("/applications/{id}"))) { (name.title) }
        " " span.muted { (name.number) " · " (name.region) }
    }
}

/// An application's title and number, for a choice.
fn application_words(edition: &NamedCompetition, id: ApplicationId) -> String {
    let name = edition.applications.get(&id);
    name.map_or_else(|| id.to_string(), |name| format!("{}（{}，{}）", name.title, name.number, name.region))
}

/// A list of names as the public reads it, or will.
fn public_list(asked: &Asked, caption: &str, entries: &[PublicEntry]) -> Markup {
    let places = entries.iter().any(|entry| entry.place.is_some());
    Table::new(caption, entries.iter().enumerate())
        .number(asked.t("序号", "No."), |(index, _)| index + 1)
        .column(asked.t("称号", "Title"), |(_, entry)| &entry.award_name)
        .head(asked.t("名称", "Name"), |(_, entry)| &entry.title)
        .column(asked.t("产业链", "Chain"), |(_, entry)| &entry.chain)
        .column(asked.t("地区", "Regions"), |(_, entry)| entry.parties())
        .when(places, |table| {
            table
                .number(
                    asked.t("名次", "Place"),
                    |(_, entry)| html! { @if let Some(place) = entry.place { (place) } },
                )
                .number(asked.t("得分", "Score"), |(_, entry)| entry.score.as_deref().unwrap_or_default())
        })
        .scrolled()
        .render()
}

/// A track, or what a panel is for, in words.
fn track_words(asked: &Asked, edition: &NamedCompetition, key: &str) -> String {
    let rules = &edition.rules;
    let track = rules.settings.track_name(key, &rules.catalogue).map(str::to_owned);
    let application = key.parse().ok().and_then(|id: ApplicationId| edition.applications.get(&id));
    match track.or_else(|| application.map(|name| name.title.clone())) {
        Some(name) => name,
        None if key.is_empty() || key == "all" => asked.t("全部申报", "All applications").to_owned(),
        None => key.to_owned(),
    }
}

/// The words of a keyword as a choice of a form.
fn choice<T: Words + Copy + std::fmt::Display>(asked: &Asked, keyword: T) -> (String, String) {
    (keyword.to_string(), keyword.in_language(asked.language).to_owned())
}

/// A field for a reason.
fn reason_field(asked: &Asked, hint: &str) -> Field {
    Field::area("/reason", asked.t("理由", "Reason"), 3).hint(hint).required()
}

/// A digest, short enough for a table, whole for who copies it.
fn digest(digest: crate::domain::record::Digest) -> Markup {
    let whole = digest.to_string();
    html! { code title=(whole) { (whole[..12]) "…" } }
}

/// A number of things, or that there are none.
fn count(asked: &Asked, count: usize) -> Markup {
    if count == 0 {
        html! { span.muted { (asked.t("无", "none")) } }
    } else {
        html! { (count) }
    }
}

/// A keyword as a tag.
fn word<T: Words + Copy>(asked: &Asked, keyword: T, tone: super::parts::Tone) -> Markup {
    tag(keyword.in_language(asked.language), tone)
}
