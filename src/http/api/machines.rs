//! External systems and their tokens.

use crate::actions::machines;
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let (before, limit) = (request.cursor()?, request.limit()?);
    Reply::page(&machines::list(&request.service, &request.context, before, limit).await?)
}

pub(in crate::http) async fn make(request: Request) -> Result<Reply> {
    let made = machines::make(&request.service, &request.context, request.json()?).await?;
    Ok(Reply::json(&made)?.created(format!("/api/v1/machines/{}", made.machine.id)))
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&machines::read(&request.service, &request.context, request.id("machine_id")?).await?)
}

pub(in crate::http) async fn confirm(request: Request) -> Result<Reply> {
    Reply::json(&machines::confirm(&request.service, &request.context, request.id("machine_id")?).await?)
}

pub(in crate::http) async fn revoke(request: Request) -> Result<Reply> {
    let id = request.id("machine_id")?;
    Reply::json(&machines::revoke(&request.service, &request.context, id, request.json()?).await?)
}
