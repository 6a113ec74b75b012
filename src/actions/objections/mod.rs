//! Objections of the public (异议): filed by name against a name on notice, followed by a code, decided by the office.
//! Anonymous ones are leads for the supervisors.

mod deciding;
mod files;
mod filing;
pub mod reaching;
mod registering;
mod views;

use std::sync::Arc;

use super::rules::visible_competition;
use super::{Page, RequestContext, Service};
use crate::db::objections::{self, Objection, Wanted};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{CompetitionId, ObjectionId};
use crate::domain::objection::ObjectionState;
use crate::error::{Error, Result};

pub use deciding::*;
pub use files::*;
pub use filing::*;
pub use registering::*;
pub use views::*;

/// Which objections to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub state: Option<ObjectionState>,
    /// Those on which somebody must still act, or those that are done with.
    pub open: Option<bool>,
}

impl Filter {
    /// The states that it lets through; none where any will do, `None` where no state can.
    fn states(self) -> Option<Vec<ObjectionState>> {
        if self.state.is_none() && self.open.is_none() {
            return Some(Vec::new());
        }
        let wanted = |state: &ObjectionState| {
            self.state.is_none_or(|wanted| wanted == *state)
                && self.open.is_none_or(|open| open == state.waits())
        };
        let states: Vec<ObjectionState> = ObjectionState::ALL.iter().copied().filter(wanted).collect();
        (!states.is_empty()).then_some(states)
    }
}

/// Part of the objections and leads of a competition, oldest first.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    filter: Filter,
    after: Option<ObjectionId>,
    limit: usize,
) -> Result<Page<ObjectionView>> {
    let cache = service.cache.clone();
    let scanning = Arc::clone(&service.scanning);
    service
        .read(context, Action::ReadObjections, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadObjections, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            // Anonymous leads are the supervisors' own.
            let leads = context.may(Action::NoteLead, Relation::General).is_ok();
            let rows = match filter.states() {
                Some(states) => {
                    let wanted = Wanted { competition: id, after, states, leads };
                    objections::list(conn, &wanted, Page::<Objection>::rows(limit))?
                }
                None => Vec::new(),
            };
            let page = Page::of(rows, limit, |row| row.id.to_string());
            let ids: Vec<ObjectionId> = page.items.iter().map(|row| row.id).collect();
            let mut files = files_of(conn, &scanning, &ids)?;
            let views = page.items.into_iter().map(|row| {
                let files = files.remove(&row.id).unwrap_or_default();
                view(row, files)
            });
            Ok(Page { items: views.collect::<Result<_>>()?, next_cursor: page.next_cursor })
        })
        .await
}

/// One objection or lead.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionId,
) -> Result<ObjectionView> {
    let cache = service.cache.clone();
    let scanning = Arc::clone(&service.scanning);
    service
        .read(context, Action::ReadObjections, format!("objection/{id}"), move |conn, context| {
            context.may(Action::ReadObjections, Relation::General)?;
            let row = objections::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            visible_competition(conn, &cache, context, row.competition_id)?;
            if row.anonymous && context.may(Action::NoteLead, Relation::General).is_err() {
                return Err(Error::not_found());
            }
            with_files(conn, &scanning, row)
        })
        .await
}
