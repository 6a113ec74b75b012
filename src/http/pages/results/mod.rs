//! What follows scoring: progress, closing, ranking, selection, notice, objections, announcement, titles.

mod adjustments;
mod announcement;
mod archive;
mod changes;
mod closing;
pub(super) mod issued;
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
mod statistics;
mod suspensions;
mod tallies;
mod titles;
pub(super) mod words;

use super::prelude::*;
use super::whereabouts::page_of_competition;
use crate::actions::names::{self, NamedCompetition};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::notice::PublicEntry;

pub(super) fn pages() -> Vec<PageRoute> {
    let groups = [
        progress::pages(),
        letters::pages(),
        issued::pages(),
        closing::pages(),
        tallies::pages(),
        ranking::pages(),
        changes::pages(),
        sheets::pages(),
        adjustments::pages(),
        selections::pages(),
        statistics::pages(),
        notice::pages(),
        suspensions::pages(),
        objections::pages(),
        objection::pages(),
        rechecks::pages(),
        announcement::pages(),
        titles::pages(),
        archive::pages(),
    ];
    groups.into_iter().flatten().collect()
}

pub(super) fn reveals() -> Vec<Reveal> {
    progress::reveals()
}

/// The competition of a page's address, with the names of its applications.
async fn competition(request: &PageRequest) -> Result<NamedCompetition> {
    names::competition(&request.service, &request.context, request.id("competition_id")?).await
}

/// A page of a competition, below its tabs; `view` is the tab that it belongs to.
fn of_competition(
    request: &PageRequest,
    competition: &NamedCompetition,
    view: &str,
    title: impl Into<String>,
    content: &Markup,
) -> Page {
    let about = (competition.id, competition.state, &competition.rules.settings);
    page_of_competition(request, about, view, title, content)
}

/// The address of the API for something of a competition.
fn api(id: CompetitionId, rest: &str) -> String {
    format!("/api/v1/competitions/{id}{rest}")
}

/// An application's title as a link to it, with its number and lead region.
fn application(request: &PageRequest, competition: &NamedCompetition, id: ApplicationId) -> Markup {
    let Some(name) = competition.applications.get(&id) else { return html! { code { (id) } } };
    html! {
        a href=(request.link(&format!("/applications/{id}"))) { (name.title) }
        " " span.muted { (name.number) " · " (name.region) }
    }
}

/// An application's title and number, for a choice.
fn application_words(competition: &NamedCompetition, id: ApplicationId) -> String {
    let name = competition.applications.get(&id);
    name.map_or_else(|| id.to_string(), |name| format!("{}（{}，{}）", name.title, name.number, name.region))
}

/// A list of names as the public reads it, or will.
fn public_list(request: &PageRequest, caption: &str, entries: &[PublicEntry]) -> Markup {
    let places = entries.iter().any(|entry| entry.place.is_some());
    Table::new(caption, entries.iter().enumerate())
        .number(request.t("序号", "No."), |(index, _)| index + 1)
        .column(request.t("称号", "Title"), |(_, entry)| &entry.award_name)
        .head(request.t("名称", "Name"), |(_, entry)| &entry.title)
        .column(request.t("产业链", "Chain"), |(_, entry)| &entry.chain)
        .column(request.t("地区", "Regions"), |(_, entry)| entry.parties())
        .when(places, |table| {
            table
                .number(
                    request.t("名次", "Place"),
                    |(_, entry)| html! { @if let Some(place) = entry.place { (place) } },
                )
                .number(request.t("得分", "Score"), |(_, entry)| entry.score.as_deref().unwrap_or_default())
        })
        .scrolled()
        .render()
}

/// A track, or what a panel is for, in words.
fn track_words(request: &PageRequest, competition: &NamedCompetition, key: &str) -> String {
    let track = competition.rules.track(key).map(|(zh, en)| request.t(zh, en));
    let application = key.parse().ok().and_then(|id: ApplicationId| competition.applications.get(&id));
    track.or_else(|| application.map(|name| name.title.as_str())).unwrap_or(key).to_owned()
}

/// The words of a keyword as a choice of a form.
fn choice<T: Words + Copy + std::fmt::Display>(request: &PageRequest, keyword: T) -> (String, String) {
    (keyword.to_string(), keyword.in_language(request.language).to_owned())
}

fn reason_field(request: &PageRequest, hint: &str) -> Field {
    Field::area("/reason", request.t("理由", "Reason"), 3).hint(hint).required()
}

/// A digest, short enough for a table, whole for who copies it.
fn digest(digest: crate::domain::record::Digest) -> Markup {
    let whole = digest.to_string();
    html! { code title=(whole) { (whole[..12]) "…" } }
}

/// A number of things, or that there are none.
fn number_or_none(request: &PageRequest, number: usize) -> Markup {
    if number == 0 {
        html! { span.muted { (request.t("无", "none")) } }
    } else {
        html! { (number) }
    }
}

/// A keyword as a tag.
fn word<T: Words + Copy>(request: &PageRequest, keyword: T, tone: super::parts::Tone) -> Markup {
    tag(keyword.in_language(request.language), tone)
}
