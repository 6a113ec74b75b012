//! Closing (汇总): the tally is frozen from what was signed, ranked, confirmed by a second person, and corrected only by
//! a further version.

mod adjustments;
mod board;
mod freezing;
mod gathering;
mod ranking;
mod result;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rules::visible_competition;
use super::{RequestContext, Service};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::DocumentKind;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

pub use adjustments::*;
pub(crate) use board::*;
pub use freezing::*;
pub(crate) use gathering::*;
pub use ranking::*;
pub use result::*;
pub use views::*;

/// The versions of a competition's tally, oldest first.
pub(crate) fn tallies(conn: &mut Conn, id: CompetitionId) -> Result<Vec<TallyView>> {
    let checks: BTreeMap<String, (AccountId, Timestamp)> =
        db::documents::heads(conn, id, DocumentKind::TallyCheck)?
            .into_iter()
            .map(|head| (head.subject, (head.signed_by, head.signed_at)))
            .collect();
    let heads = db::documents::heads(conn, id, DocumentKind::Tally)?.into_iter();
    Ok(heads
        .map(|head| {
            let check = checks.get(&head.number.to_string()).copied();
            TallyView {
                number: head.number,
                digest: head.digest,
                reason: head.reason,
                prepared_by: head.signed_by,
                prepared_at: head.signed_at,
                confirmed_by: check.map(|(by, _)| by),
                confirmed_at: check.map(|(_, at)| at),
            }
        })
        .collect())
}

/// The latest version, which must be there.
pub(crate) fn latest_tally(conn: &mut Conn, id: CompetitionId) -> Result<TallyView> {
    tallies(conn, id)?.pop().ok_or_else(|| Error::internal("a closed competition has no tally"))
}

/// The versions of a competition's tally.
///
/// # Errors
/// If the caller may not see them.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<TallyView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            tallies(conn, id)
        })
        .await
}

/// The frozen document of a version, byte by byte.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn document(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    number: i32,
) -> Result<String> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            let found = db::documents::version(conn, id, DocumentKind::Tally, "", number)?;
            Ok(found.ok_or_else(Error::not_found)?.content)
        })
        .await
}
