//! Competitions: set up, called, corrected, extended, and moved from state to state.

mod extensions;
mod settings;
mod stages;
mod template;
mod views;

use std::sync::Arc;

use super::rules::visible_competition;
use super::{Act, Page, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::competitions::{self, Competition};
use crate::domain::access::{Action, Relation};
use crate::domain::competition::Settings;
use crate::domain::ids::CompetitionId;
use crate::error::{Error, Result};

pub use extensions::*;
pub use settings::*;
pub use stages::*;
pub use template::*;
pub use views::*;

pub(crate) fn enter(conn: &mut Conn, act: &mut Act<'_>, id: CompetitionId) -> Result<Competition> {
    if competitions::by_id(conn, id)?.is_none() {
        return Err(Error::not_found());
    }
    act.enter(conn, id)?;
    act.on("competition", id);
    competitions::by_id(conn, id)?.ok_or_else(Error::not_found)
}

/// A competition with the settings that hold.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<CompetitionView> {
    let context = Arc::clone(context);
    let cache = service.cache.clone();
    service
        .read_public("competition.read", move |conn| {
            visible_competition(conn, &cache, &context, id)?;
            let (competition, version) =
                competitions::with_settings(conn, id)?.ok_or_else(Error::not_found)?;
            view(&competition, &version)
        })
        .await
}

/// Competitions, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    before: Option<CompetitionId>,
    limit: usize,
) -> Result<Page<CompetitionEntry>> {
    let drafts = context.may(Action::ReadDrafts, Relation::General).is_ok();
    let rows = service
        .read_public("competition.list", move |conn| {
            competitions::list(conn, before, Page::<Competition>::rows(limit), drafts)
        })
        .await?;
    let page = Page::of(rows, limit, |(competition, _)| competition.id.to_string());
    let mut items = Vec::with_capacity(page.items.len());
    for (competition, version) in &page.items {
        let settings: Settings = parse(&version.content)?;
        items.push(CompetitionEntry {
            id: competition.id,
            due_at: settings.calendar.period(competition.state).map(|period| period.until),
            title: settings.title,
            authority: settings.authority,
            state: competition.state,
        });
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// The newest competitions with the settings that hold, newest first.
///
/// # Errors
/// If the database fails.
pub async fn newest(
    service: &Service,
    context: &Arc<RequestContext>,
    most: usize,
) -> Result<Vec<CompetitionView>> {
    let drafts = context.may(Action::ReadDrafts, Relation::General).is_ok();
    service
        .read_public("competition.newest", move |conn| {
            let rows = competitions::list(conn, None, i64::try_from(most).unwrap_or(i64::MAX), drafts)?;
            rows.iter().map(|(competition, version)| view(competition, version)).collect()
        })
        .await
}
