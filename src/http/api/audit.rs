//! The audit trail, and alarms.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;

use crate::actions::alarms::read_alarms;
use crate::actions::audit::{self, Wanted};
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let wanted = Wanted {
        competition: request.parameter("competition_id")?,
        account: request.parameter("account_id")?,
        action: request.parameter("action")?,
        object: request.parameter("object")?,
        outcome: request.parameter("outcome")?,
        request: request.parameter("request_id")?,
        from: request.moment("from")?,
        until: request.moment("until")?,
        after: request.cursor()?.unwrap_or(0),
    };
    Reply::page(&audit::list(&request.service, &request.context, wanted, request.limit()?).await?)
}

pub(in crate::http) async fn export(request: Request) -> Result<Reply> {
    let competition = request.parameter("competition_id")?;
    let (service, context) = (request.service, request.context);
    let first = audit::export(&service, &context, Wanted { competition, ..Wanted::default() }).await?;
    // The first piece is read before the answer begins, so that a refusal is told as one.
    let lines = stream::unfold(Some(first), move |piece| {
        let (service, context) = (service.clone(), context.clone());
        async move {
            let (lines, next) = piece?;
            let following = match next {
                Some(after) => {
                    let wanted = Wanted { competition, after, ..Wanted::default() };
                    match audit::export(&service, &context, wanted).await {
                        Ok(piece) => Some(piece),
                        Err(error) => return Some((Err(error), None)),
                    }
                }
                None => None,
            };
            Some((Ok(Bytes::from(lines)), following))
        }
    });
    Ok(Reply::Lines(lines.boxed_local()))
}

pub(in crate::http) async fn alarms(request: Request) -> Result<Reply> {
    Reply::json(&read_alarms(&request.service, &request.context, request.id("competition_id")?).await?)
}
