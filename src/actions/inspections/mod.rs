//! Inspections (考察): planned by the office, recorded and signed by the team, answered by the inspected party. Only
//! the values of a signed record score.

mod decision;
mod record;
mod rectification;
mod team;
mod views;

use std::sync::Arc;

use super::applications::find;
use super::rules::visible_edition;
use super::{Service, Visit};
use crate::db::inspections::{self};
use crate::domain::access::Action;
use crate::domain::ids::ApplicationId;
use crate::error::Result;

pub use decision::*;
pub use record::*;
pub use rectification::*;
pub(crate) use team::*;
pub use views::*;

/// The inspection of an application, as far as the caller may see it.
///
/// # Errors
/// If there is no such application that the caller may see.
pub async fn read(service: &Service, visit: &Arc<Visit>, id: ApplicationId) -> Result<InspectionView> {
    let shelf = service.shelf.clone();
    service
        .look(visit, Action::ReadInspection, format!("application/{id}"), move |conn, visit| {
            let (application, _) = find(conn, visit, id, Action::ReadInspection)?;
            let (_, rules) = visible_edition(conn, &shelf, visit, application.competition_id)?;
            let row = inspections::by_application(conn, id)?;
            view(conn, visit, &application, &rules, row)
        })
        .await
}
