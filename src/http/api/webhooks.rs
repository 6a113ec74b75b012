//! Webhooks of external systems.

use crate::actions::webhooks;
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    let (machine, before, limit) = (request.parameter("machine_id")?, request.cursor()?, request.limit()?);
    Reply::page(&webhooks::list(&request.service, &request.context, machine, before, limit).await?)
}

pub(in crate::http) async fn make(request: Request) -> Result<Reply> {
    let made = webhooks::make(&request.service, &request.context, request.json()?).await?;
    Ok(Reply::json(&made)?.created(format!("/api/v1/webhooks/{}", made.webhook.id)))
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&webhooks::read(&request.service, &request.context, request.id("webhook_id")?).await?)
}

pub(in crate::http) async fn confirm(request: Request) -> Result<Reply> {
    Reply::json(&webhooks::confirm(&request.service, &request.context, request.id("webhook_id")?).await?)
}

pub(in crate::http) async fn pause(request: Request) -> Result<Reply> {
    let id = request.id("webhook_id")?;
    Reply::json(&webhooks::pause(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn resume(request: Request) -> Result<Reply> {
    Reply::json(&webhooks::resume(&request.service, &request.context, request.id("webhook_id")?).await?)
}

pub(in crate::http) async fn rotate(request: Request) -> Result<Reply> {
    Reply::json(&webhooks::rotate(&request.service, &request.context, request.id("webhook_id")?).await?)
}

pub(in crate::http) async fn test(request: Request) -> Result<Reply> {
    Reply::json(&webhooks::test(&request.service, &request.context, request.id("webhook_id")?).await?)
}

pub(in crate::http) async fn replay(request: Request) -> Result<Reply> {
    let id = request.id("webhook_id")?;
    Reply::json(&webhooks::replay(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn revoke(request: Request) -> Result<Reply> {
    let id = request.id("webhook_id")?;
    Reply::json(&webhooks::revoke(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn deliveries(request: Request) -> Result<Reply> {
    let (id, before, limit) = (request.id("webhook_id")?, request.cursor()?, request.limit()?);
    Reply::page(&webhooks::deliveries(&request.service, &request.context, id, before, limit).await?)
}

pub(in crate::http) async fn replay_one(request: Request) -> Result<Reply> {
    let (id, delivery) = (request.id("webhook_id")?, request.id("delivery_id")?);
    Reply::json(&webhooks::replay_one(&request.service, &request.context, id, delivery).await?)
}
