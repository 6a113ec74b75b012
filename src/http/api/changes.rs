//! What changed, and whole competitions at once: for those who keep a copy.

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::actions::changes::{self, After};
use crate::actions::exports;
use crate::domain::ids::CompetitionId;
use crate::error::Result;
use crate::http::request::{Reply, Request, bad_cursor};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let after = match request.query.get("after") {
        None => After::Nothing,
        Some(text) => text.parse().map_err(|()| bad_cursor())?,
    };
    let (competition, limit) = (request.parameter("competition_id")?, request.limit()?);
    Reply::json(&changes::list(&request.service, &request.context, after, competition, limit).await?)
}

pub(in crate::http) async fn export(request: Request) -> Result<Reply> {
    let competition: CompetitionId = request.id("competition_id")?;
    let (service, context) = (request.service, request.context);
    // The first piece is read before the answer begins, so that a refusal is told as one.
    let first = exports::piece(&service, &context, competition, None).await?;
    let lines = stream::unfold(Some(Ok(first)), move |piece| {
        let (service, context) = (service.clone(), context.clone());
        async move {
            let (lines, next) = match piece? {
                Ok(piece) => piece,
                Err(error) => return Some((Err(error), None)),
            };
            let following = match next {
                Some(before) => Some(exports::piece(&service, &context, competition, Some(before)).await),
                None => None,
            };
            Some((Ok(Bytes::from(lines)), following))
        }
    });
    Ok(Reply::Lines(lines.boxed_local()))
}
