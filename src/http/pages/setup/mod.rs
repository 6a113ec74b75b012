//! What the office sets up: competitions, experts, draws, formal and veto checks, sheets on paper.

mod check_lots;
mod checks;
mod competition_list;
mod conflicts;
mod draws;
mod editor;
mod experts;
mod imports;
mod inquiries;
mod inspections;
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
use super::whereabouts::page_of_competition;
use crate::actions::competitions::{self, CompetitionView};
use crate::actions::names::{self, ApplicationNames};
use crate::domain::access::Action as A;
use crate::domain::ids::{ApplicationId, CompetitionId};

pub(super) use office::desk;
#[cfg(test)]
pub(super) use settings::STEPS;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/competitions", A::ReadDrafts, competition_list::list),
        page("/competitions/new", A::CreateCompetition, competition_list::new),
        page("/competitions/{competition_id}", A::ReadDrafts, overview::overview),
        page("/competitions/{competition_id}/settings", A::ReadDrafts, settings::steps),
        page("/competitions/{competition_id}/settings/{step}", A::ReadDrafts, settings::step),
        page("/competitions/{competition_id}/versions", A::ReadDrafts, versions::list),
        page("/competitions/{competition_id}/versions/{number}", A::ReadDrafts, versions::version),
        page("/competitions/{competition_id}/checks", A::ReadChecks, checks::list),
        page("/competitions/{competition_id}/checks/drafts", A::ReadChecks, check_lots::drafts),
        page("/competitions/{competition_id}/checks/drafts/import", A::CheckFormally, check_lots::import),
        page("/competitions/{competition_id}/checks/lots/{number}", A::ReadChecks, check_lots::lot),
        page("/competitions/{competition_id}/inquiries", A::ReadChecks, inquiries::list),
        page("/competitions/{competition_id}/inquiries/{number}", A::ReadChecks, inquiries::inquiry),
        page("/applications/{application_id}/checks", A::ReadApplication, checks::application),
        page("/experts", A::ReadExperts, experts::list),
        page("/experts/new", A::ChangeExperts, experts::new),
        page("/experts/import", A::ChangeExperts, imports::import),
        page("/experts/{expert_id}", A::ReadExperts, experts::expert),
        page("/competitions/{competition_id}/conflicts", A::ReadExperts, conflicts::conflicts),
        page("/competitions/{competition_id}/draws", A::ReadDraws, draws::list),
        page("/competitions/{competition_id}/draws/{number}", A::ReadDraws, draws::draw),
        page("/competitions/{competition_id}/panels", A::ReadDraws, panels::panels),
        page("/competitions/{competition_id}/inspections", A::ReadDraws, inspections::plan),
        page("/competitions/{competition_id}/inspections/import", A::PlanInspection, inspections::import),
        page("/applications/{application_id}/paper-sheets", A::EnterPaperSheet, paper::list),
        page("/applications/{application_id}/paper-sheets/{expert_id}", A::EnterPaperSheet, paper::sheet),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    Vec::new()
}

/// Whether who asks is the office, which alone changes what these pages show.
fn is_office(request: &PageRequest) -> bool {
    request.role() == Some(Role::Office)
}

/// The competition that the address names.
async fn competition(request: &PageRequest) -> Result<CompetitionView> {
    competitions::read(&request.service, &request.context, request.id("competition_id")?).await
}

/// A page of a competition: its views above the content, the pages above it.
fn of_competition(
    request: &PageRequest,
    competition: &CompetitionView,
    view: &str,
    title: &str,
    content: &Markup,
) -> Page {
    page_of_competition(
        request,
        (competition.id, competition.state, &competition.settings),
        view,
        title,
        content,
    )
}

/// What the applications of a competition are called, where lists have their identifiers alone.
async fn applications_of(request: &PageRequest, id: CompetitionId) -> Result<ApplicationNames> {
    Ok(names::competition(&request.service, &request.context, id).await?.applications)
}

/// An application's number as a link to it, with its region and chain.
fn application_link(request: &PageRequest, known: &ApplicationNames, id: ApplicationId) -> Markup {
    html! {
        a href=(request.link(&format!("/applications/{id}"))) {
            @match known.get(&id) {
                Some(entry) => { (entry.number) " " (entry.region) " · " (entry.chain) }
                None => { code { (id) } }
            }
        }
    }
}
