//! Tallies, rankings, deliberations and results.

use crate::actions::{closing, selections, statistics};
use crate::error::Result;
use crate::http::request::{JSON, Reply, Request};

pub(in crate::http) async fn adjustments(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    let view = closing::read_adjustments(&request.service, &request.context, id).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn put_adjustments(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let view =
        closing::put_adjustments(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn tallies(request: Request) -> Result<Reply> {
    Reply::list(&closing::list(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn make_tally(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = closing::make(&request.service, &request.context, id, request.json()?).await?;
    let at = format!("/api/v1/competitions/{id}/tallies/{}", view.number);
    Ok(Reply::json(&view)?.created(at))
}

pub(in crate::http) async fn tally(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Ok(Reply::text(JSON, closing::document(&request.service, &request.context, id, number).await?))
}

pub(in crate::http) async fn ranking(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&closing::ranking(&request.service, &request.context, id, number).await?)
}

pub(in crate::http) async fn changes(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&closing::changes(&request.service, &request.context, id, number).await?)
}

pub(in crate::http) async fn confirm(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&closing::confirm(&request.service, &request.context, id, number).await?)
}

pub(in crate::http) async fn selections(request: Request) -> Result<Reply> {
    Reply::list(&selections::list(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn deliberate(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = selections::deliberate(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/selections")))
}

pub(in crate::http) async fn statistics(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::json(&statistics::read(&request.service, &request.context, id).await?)
}

pub(in crate::http) async fn result(request: Request) -> Result<Reply> {
    Reply::json(&closing::result(&request.service, &request.context, request.id("application_id")?).await?)
}
