//! Competitions.

use crate::actions::competitions::{self, CompetitionView, Move};
use crate::actions::reopenings;
use crate::domain::ids::CompetitionId;
use crate::error::Result;
use crate::http::request::{Reply, Request};

fn reply(view: &CompetitionView) -> Result<Reply> {
    Ok(Reply::json(view)?.revision(view.revision))
}

fn address(view: &CompetitionView) -> String {
    format!("/api/v1/competitions/{}", view.id)
}

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let (before, limit) = (request.cursor()?, request.limit()?);
    Reply::page(&competitions::list(&request.service, &request.context, before, limit).await?)
}

pub(in crate::http) async fn template(request: Request) -> Result<Reply> {
    Reply::json(&competitions::template(&request.service).await?)
}

pub(in crate::http) async fn create(request: Request) -> Result<Reply> {
    let view = competitions::create(&request.service, &request.context, request.json()?).await?;
    Ok(reply(&view)?.created(address(&view)))
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    reply(&competitions::read(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn change(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("competition_id")?, request.revision());
    let settings = request.json()?;
    reply(&competitions::change(&request.service, &request.context, id, revision, settings).await?)
}

pub(in crate::http) async fn correct(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("competition_id")?, request.revision());
    let view =
        competitions::correct(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(reply(&view)?.created(format!("{}/versions/{}", address(&view), view.version)))
}

pub(in crate::http) async fn extend(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("competition_id")?, request.revision());
    let view =
        competitions::extend(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(reply(&view)?.created(format!("{}/versions/{}", address(&view), view.version)))
}

pub(in crate::http) async fn readiness(request: Request) -> Result<Reply> {
    Reply::json(
        &competitions::readiness(&request.service, &request.context, request.id("competition_id")?).await?,
    )
}

pub(in crate::http) async fn advance(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("competition_id")?, request.revision());
    let Move { to } = request.json()?;
    reply(&competitions::advance(&request.service, &request.context, id, revision, to).await?)
}

pub(in crate::http) async fn versions(request: Request) -> Result<Reply> {
    let (id, before, limit) = (request.id("competition_id")?, request.cursor()?, request.limit()?);
    Reply::page(&competitions::versions(&request.service, &request.context, id, before, limit).await?)
}

pub(in crate::http) async fn version(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Reply::json(&competitions::version(&request.service, &request.context, id, number).await?)
}

pub(in crate::http) async fn read_reopening(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::json(&reopenings::read(&request.service, &request.context, id).await?)
}

pub(in crate::http) async fn propose_reopening(request: Request) -> Result<Reply> {
    let (id, revision): (CompetitionId, _) = (request.id("competition_id")?, request.revision());
    let view = reopenings::propose(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/reopening")))
}

pub(in crate::http) async fn reopen(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("competition_id")?, request.revision());
    reply(&reopenings::reopen(&request.service, &request.context, id, revision).await?)
}
