//! An application's own result, step by step.

use std::sync::Arc;

use serde_json::Value;

use super::{ResultView, TallyView, latest_tally, ranked};
use crate::actions::applications::find;
use crate::actions::ranked::Ranked;
use crate::actions::rules::{Cache, visible_competition};
use crate::actions::{RequestContext, Service};
use crate::db::Conn;
use crate::domain::access::{Action, Role};
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::record::Digest;
use crate::domain::scoring::explain;
use crate::error::{Error, Result};

/// How an application fared, point by point: for the office and supervisors once scoring is closed, for the applicant
/// from the notice on.
///
/// # Errors
/// If there is no such application that the caller may see, or no result yet.
pub async fn result(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<ResultView> {
    look_at_result(service, context, id, move |ranked, latest, applicant| {
        explained(&ranked, &latest, applicant, id)
    })
    .await
}

/// The same in a transaction.
pub(crate) fn result_in(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<ResultView> {
    let (ranked, latest, applicant) = looked_at(conn, cache, context, id)?;
    explained(&ranked, &latest, applicant, id)
}

fn explained(ranked: &Ranked, latest: &TallyView, applicant: bool, id: ApplicationId) -> Result<ResultView> {
    let derivation = explain(&ranked.tally, &id.to_string()).ok_or_else(Error::not_found)?;
    let mut derivation = derivation.json();
    if applicant {
        conceal_neighbours(&mut derivation);
    }
    Ok(ResultView {
        application_id: id,
        tally_number: latest.number,
        tally_digest: latest.digest,
        derivation,
    })
}

/// The latest tally with an application's result in it, for whoever may see that result.
pub(crate) struct ResultBasis {
    /// The tally, ranked.
    pub(crate) ranked: Arc<Ranked>,
    /// Which version it is.
    pub(crate) number: i32,
    pub(crate) digest: Digest,
}

/// What [`result`] is derived from.
///
/// # Errors
/// As [`result`].
pub(crate) async fn result_basis(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<ResultBasis> {
    look_at_result(service, context, id, |ranked, latest, _| {
        Ok(ResultBasis { ranked, number: latest.number, digest: latest.digest })
    })
    .await
}

async fn look_at_result<T: Send + 'static>(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    tell: impl Fn(Arc<Ranked>, TallyView, bool) -> Result<T> + Send + 'static,
) -> Result<T> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadResult, format!("application/{id}"), move |conn, context| {
            let (ranked, latest, applicant) = looked_at(conn, &cache, context, id)?;
            tell(ranked, latest, applicant)
        })
        .await
}

/// The latest tally, for whoever may see an application's result in it, and whether that is its applicant.
fn looked_at(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: ApplicationId,
) -> Result<(Arc<Ranked>, TallyView, bool)> {
    let (application, _) = find(conn, context, id, Action::ReadResult)?;
    let (competition, _) = visible_competition(conn, cache, context, application.competition_id)?;
    let applicant = context.caller.as_ref().is_some_and(|caller| caller.role == Role::Applicant);
    let first = if applicant { CompetitionState::Notice } else { CompetitionState::Selection };
    if competition.state < first || application.state != ApplicationState::Accepted {
        return Err(Error::conflict("no_result", "尚无结果可查", "There is no result yet"));
    }
    let latest = latest_tally(conn, competition.id)?;
    Ok((ranked(conn, cache, competition.id, latest.number)?, latest, applicant))
}

/// Takes out of a derivation what it tells of other applications.
fn conceal_neighbours(derivation: &mut Value) {
    if let Some(place) = derivation.get_mut("place").and_then(Value::as_object_mut) {
        for member in ["above", "below", "shared_with"] {
            place.remove(member);
        }
    }
    if let Some(members) = derivation.as_object_mut() {
        members.remove("award_steps");
    }
}
