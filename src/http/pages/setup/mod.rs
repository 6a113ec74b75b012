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

use super::prelude::*;
use super::whereabouts::page_of_edition;
use crate::actions::competitions::{self, CompetitionView};
use crate::actions::names::{self, ApplicationNames};
use crate::domain::access::Action as A;
use crate::domain::ids::{ApplicationId, CompetitionId};

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
    page_of_edition(asked, (edition.id, edition.state, &edition.settings), view, title, content)
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
