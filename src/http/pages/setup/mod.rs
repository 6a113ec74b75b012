//! What the office sets up: editions, experts, draws, formal and veto checks, sheets on paper.

mod checks;
mod conflicts;
mod draws;
mod editions;
mod editor;
mod experts;
mod imports;
mod office;
mod overview;
mod panels;
mod paper;
mod rubric;
mod rules;
mod settings;
mod steps;
mod versions;
mod words;

use maud::{Markup, html};

use super::asked::{Asked, Shown};
use super::parts::edition_views;
use super::{Page, Reveal, page, whereabouts};
use crate::actions::competitions::{self, CompetitionView};
use crate::actions::names::{self, ApplicationNames};
use crate::domain::access::{Action as A, Role};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::error::Result;

pub(super) use office::desk;
#[cfg(test)]
pub(super) use settings::STEPS;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/competitions", A::ReadDrafts, editions::list),
        page("/competitions/new", A::CreateCompetition, editions::new),
        page("/competitions/{competition_id}", A::ReadDrafts, overview::overview),
        page("/competitions/{competition_id}/settings", A::ReadDrafts, settings::steps),
        page("/competitions/{competition_id}/settings/{step}", A::ReadDrafts, settings::step),
        page("/competitions/{competition_id}/versions", A::ReadDrafts, versions::list),
        page("/competitions/{competition_id}/versions/{number}", A::ReadDrafts, versions::version),
        page("/competitions/{competition_id}/checks", A::ReadChecks, checks::list),
        page("/applications/{application_id}/checks", A::ReadApplication, checks::application),
        page("/experts", A::ReadExperts, experts::list),
        page("/experts/new", A::ChangeExperts, experts::new),
        page("/experts/import", A::ChangeExperts, imports::import),
        page("/experts/{expert_id}", A::ReadExperts, experts::expert),
        page("/competitions/{competition_id}/conflicts", A::ReadExperts, conflicts::conflicts),
        page("/competitions/{competition_id}/draws", A::ReadDraws, draws::list),
        page("/competitions/{competition_id}/draws/{number}", A::ReadDraws, draws::draw),
        page("/competitions/{competition_id}/panels", A::ReadDraws, panels::panels),
        page("/applications/{application_id}/paper-sheets", A::EnterPaperSheet, paper::list),
        page("/applications/{application_id}/paper-sheets/{expert_id}", A::EnterPaperSheet, paper::sheet),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    Vec::new()
}

/// Whether who asks is the office, which alone changes what these pages show.
fn is_office(asked: &Asked) -> bool {
    asked.role() == Some(Role::Office)
}

/// The edition that the address names.
async fn edition(asked: &Asked) -> Result<CompetitionView> {
    competitions::read(&asked.service, &asked.visit, asked.id("competition_id")?).await
}

/// A page of an edition: its views above the content, the pages above it.
fn of_edition(asked: &Asked, edition: &CompetitionView, view: &str, title: &str, content: &Markup) -> Shown {
    let whereabouts = whereabouts::of_edition(asked, edition.state, &edition.settings);
    let whole = html! {
        (edition_views(asked, edition.id, view))
        (whereabouts::after_an_act(asked, &whereabouts))
        (content)
    };
    let shown = Shown::new(title, whole).crumb("/competitions", asked.t("竞赛", "Editions"));
    // The overview bears the edition's title itself.
    if view.is_empty() {
        return shown;
    }
    shown.crumb(format!("/competitions/{}", edition.id), edition.settings.title.clone())
}

/// What the applications of an edition are called, where lists have their identifiers alone.
async fn applications_of(asked: &Asked, id: CompetitionId) -> Result<ApplicationNames> {
    Ok(names::edition(&asked.service, &asked.visit, id).await?.applications)
}

/// An application's number as a link to it, with its region and chain.
fn application_link(asked: &Asked, known: &ApplicationNames, id: ApplicationId) -> Markup {
    html! {
        a href=(asked.link(&format!("/applications/{id}"))) {
            @match known.get(&id) {
                Some(entry) => { (entry.number) " " (entry.region) " · " (entry.chain) }
                None => { code { (id) } }
            }
        }
    }
}
