//! The office's checks.

use crate::actions::checks;
use crate::error::Result;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&checks::read(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn check_formally(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let view =
        checks::check_formally(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/applications/{id}/checks")))
}

pub(in crate::http) async fn take_back(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("application_id")?, request.revision());
    let view = checks::take_back(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/applications/{id}/checks")))
}

pub(in crate::http) async fn put_veto(request: Request) -> Result<Reply> {
    let (id, item, revision) = (request.id("application_id")?, request.id("item")?, request.revision());
    let view =
        checks::put_veto(&request.service, &request.context, id, item, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}
