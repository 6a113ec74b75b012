//! Applications of a competition, one a line, with what belongs to each as the caller may see it: for those who keep a copy.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::{self, ApplicationView, seen_by};
use super::checks::{self, ChecksView};
use super::closing::{self, ResultView};
use super::inspections::{self, InspectionView};
use super::rules::{Cache, visible_competition};
use super::sheets::{self, ExpertSheetView};
use super::{RequestContext, Service};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::error::{Error, Result};

/// An application with what belongs to it, each as it is read by itself; what is refused then is absent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExportedApplication {
    #[serde(flatten)]
    pub application: ApplicationView,
    pub checks: ChecksView,
    pub inspection: Option<InspectionView>,
    pub sheets: Option<Vec<ExpertSheetView>>,
    pub result: Option<ResultView>,
}

/// Applications that are read together, in one snapshot.
const PIECE: usize = 10;

/// A piece of an export: lines, and the application after which the next piece begins.
///
/// # Errors
/// If the caller's role sees no applications, or there is no such competition that the caller may see.
pub async fn piece(
    service: &Service,
    context: &Arc<RequestContext>,
    competition: CompetitionId,
    before: Option<ApplicationId>,
) -> Result<(String, Option<ApplicationId>)> {
    let cache = service.cache.clone();
    service
        .read(
            context,
            Action::ListApplications,
            format!("competition/{competition}"),
            move |conn, context| {
                context.may(Action::ListApplications, Relation::General)?;
                visible_competition(conn, &cache, context, competition)?;
                let filter =
                    db::applications::Filter { before, ..seen_by(context.caller()?, Some(competition)) };
                let rows = db::applications::list(conn, &filter, i64::try_from(PIECE).unwrap_or(i64::MAX))?;
                let next = if rows.len() < PIECE { None } else { rows.last().map(|row| row.id) };
                let mut lines = String::new();
                for row in rows {
                    let line = exported(conn, &cache, context, row.id)?;
                    let line =
                        serde_json::to_string(&line).map_err(|error| Error::internal(error.to_string()))?;
                    lines.push_str(&line);
                    lines.push('\n');
                }
                Ok((lines, next))
            },
        )
        .await
}

fn exported(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<ExportedApplication> {
    Ok(ExportedApplication {
        application: applications::read_in(conn, cache, context, id)?,
        checks: checks::read_in(conn, cache, context, id)?,
        inspection: unless_refused(inspections::read_in(conn, cache, context, id))?,
        sheets: unless_refused(sheets::list_in(conn, cache, context, id))?,
        result: unless_refused(closing::result_in(conn, cache, context, id))?,
    })
}

/// What was read, or nothing where the caller may not read it, or it is not there yet.
fn unless_refused<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}
