//! Inspections: planned by the office, recorded and signed by the team, answered by the inspected party.

mod acts;
mod overview;
mod photos;
mod plan;
mod print;
mod record;
mod rectifications;
mod table;

use super::super::prelude::*;
use super::scene;
use crate::actions::duties::Scene;
use crate::actions::inspections::{self, InspectionView};
use crate::domain::ids::ApplicationId;

pub(super) fn pages() -> Vec<PageRoute> {
    let groups = [overview::pages(), plan::pages(), record::pages(), rectifications::pages(), print::pages()];
    groups.into_iter().flatten().collect()
}

/// An inspection with what holds around it.
struct Inspected {
    id: ApplicationId,
    scene: Scene,
    view: InspectionView,
    /// Whether the caller belongs to the team.
    in_team: bool,
}

impl Inspected {
    /// The inspection of the application of the page's address.
    async fn of(request: &PageRequest) -> Result<Self> {
        let (id, scene) = scene::of(request, Action::ReadInspection).await?;
        let view = inspections::read(&request.service, &request.context, id).await?;
        let account = request.caller()?.account;
        let in_team = view.plan.team.iter().any(|member| member.account == account);
        Ok(Self { id, scene, view, in_team })
    }

    /// The address of an act on it.
    fn act(&self, rest: &str) -> String {
        format!("/api/v1/applications/{}/inspection/{rest}", self.id)
    }

    /// The address of a page about it, without the language.
    fn page(&self, rest: &str) -> String {
        format!("/applications/{}/inspection{rest}", self.id)
    }
}
