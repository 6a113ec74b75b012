//! Inspections (考察): planned by the office, recorded and signed by the team, answered by the inspected party. Only
//! the values of a signed record score.

mod decision;
mod planning;
mod record;
mod rectification;
mod team;
mod views;

use std::sync::Arc;

use super::applications::find;
use super::rules::{Cache, visible_competition};
use super::{RequestContext, Service};
use crate::db::{Conn, inspections};
use crate::domain::access::Action;
use crate::domain::ids::ApplicationId;
use crate::error::Result;

pub use decision::*;
pub use planning::*;
pub use record::*;
pub use rectification::*;
pub(crate) use team::*;
pub use views::*;

/// The inspection of an application, as far as the caller may see it.
///
/// # Errors
/// If there is no such application that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<InspectionView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadInspection, format!("application/{id}"), move |conn, context| {
            read_in(conn, &cache, context, id)
        })
        .await
}

/// The same in a transaction.
pub(crate) fn read_in(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<InspectionView> {
    let (application, _) = find(conn, context, id, Action::ReadInspection)?;
    let (_, rules) = visible_competition(conn, cache, context, application.competition_id)?;
    let row = inspections::by_application(conn, id)?;
    view(conn, context, &application, &rules, row)
}
