//! The audit trail, and alarms.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;

use crate::actions::alarms::read_alarms;
use crate::actions::audit::{self, Wanted};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::http::request::{Reply, Request};

fn time(request: &Request, name: &str) -> Result<Option<Timestamp>> {
    let Some(text) = request.query.get(name) else { return Ok(None) };
    let wrong = |_| {
        Error::invalid_field(
            format!("/query/{name}"),
            "wrong_value",
            "应为 RFC 3339 时间，如 2026-04-08T17:00:00+08:00",
            "A time as of RFC 3339, such as 2026-04-08T17:00:00+08:00",
        )
    };
    text.parse().map(Some).map_err(wrong)
}

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let wanted = Wanted {
        competition: request.parameter("competition_id")?,
        account: request.parameter("account_id")?,
        action: request.parameter("action")?,
        object: request.parameter("object")?,
        outcome: request.parameter("outcome")?,
        request: request.parameter("request_id")?,
        from: time(&request, "from")?,
        until: time(&request, "until")?,
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
