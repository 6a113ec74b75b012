//! Score sheets.

use crate::actions::imports::ImportTable;
use crate::actions::sheets;
use crate::error::Result;
use crate::http::request::{Reply, Request};
use crate::http::tables;

pub(in crate::http) async fn read_own(request: Request) -> Result<Reply> {
    let view = sheets::read_own(&request.service, &request.context, request.id("application_id")?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn import(request: Request) -> Result<Reply> {
    let (id, import): (_, ImportTable) = (request.id("competition_id")?, request.json()?);
    let sent = import.table();
    let act = async |context| sheets::import(&request.service, &context, id, import).await;
    tables::imported(&request, sent, act).await
}

pub(in crate::http) async fn put(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let content = request.json()?;
    let view = sheets::put(&request.service, &request.context, id, revision, content).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn sign(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let receipt = sheets::sign(&request.service, &request.context, id, revision).await?;
    Ok(Reply::json(&receipt)?
        .revision(receipt.revision)
        .created(format!("/api/v1/applications/{id}/sheets/mine")))
}

pub(in crate::http) async fn correct(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let receipt = sheets::correct(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&receipt)?
        .revision(receipt.revision)
        .created(format!("/api/v1/applications/{id}/sheets/mine")))
}

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    Reply::list(&sheets::list(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn enter_paper(request: Request) -> Result<Reply> {
    let (id, expert) = (request.id("application_id")?, request.id("expert_id")?);
    Reply::json(&sheets::enter_paper(&request.service, &request.context, id, expert, request.json()?).await?)
}

pub(in crate::http) async fn discard_paper(request: Request) -> Result<Reply> {
    let (id, expert) = (request.id("application_id")?, request.id("expert_id")?);
    sheets::discard_paper(&request.service, &request.context, id, expert).await?;
    Ok(Reply::Done)
}
