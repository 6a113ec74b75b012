//! Announcements and titles.

use crate::actions::{announcements, titles};
use crate::error::Result;
use crate::http::request::{CSV, JSON, Reply, Request};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    Reply::list(&announcements::list(&request.service).await?)
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Ok(Reply::text(JSON, announcements::bytes(&request.service, id, None).await?.1))
}

pub(in crate::http) async fn version(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    Ok(Reply::text(JSON, announcements::bytes(&request.service, id, Some(number)).await?.1))
}

pub(in crate::http) async fn csv(request: Request) -> Result<Reply> {
    Ok(Reply::text(CSV, announcements::csv(&request.service, request.id("competition_id")?).await?))
}

pub(in crate::http) async fn preview(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::json(&announcements::preview(&request.service, &request.context, id).await?)
}

pub(in crate::http) async fn publish(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let draft = request.json()?;
    let entry = announcements::publish(&request.service, &request.context, id, draft).await?;
    Ok(Reply::json(&entry)?.created(format!("/api/v1/competitions/{id}/announcements/{}", entry.number)))
}

pub(in crate::http) async fn titles(request: Request) -> Result<Reply> {
    Reply::page(&titles::list(&request.service, request.cursor()?, request.limit()?).await?)
}

pub(in crate::http) async fn title(request: Request) -> Result<Reply> {
    let view = titles::read(&request.service, &request.context, request.id("title_id")?).await?;
    Ok(Reply::json(&view)?.revision(view.title.revision))
}

pub(in crate::http) async fn report(request: Request) -> Result<Reply> {
    let id = request.id("title_id")?;
    let view = titles::report(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/titles/{id}")))
}

pub(in crate::http) async fn renew(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("title_id")?, request.revision());
    let view = titles::renew(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.title.revision))
}

pub(in crate::http) async fn revoke(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("title_id")?, request.revision());
    let view = titles::revoke(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.title.revision))
}
