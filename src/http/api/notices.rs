//! Notices, suspensions, objections and re-check requests.

use crate::actions::evidence::already_uploaded;
use crate::actions::objections::{self, reaching};
use crate::actions::objections::{Filter, ObjectionFileView};
use crate::actions::{notices, rechecks};
use crate::error::{Error, Result};
use crate::http::request::{Reply, Request};

use super::evidence::{content_digest, read_upload, required, sent_before, store_sent};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    Reply::list(&notices::list(&request.service).await?)
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::list(&notices::read(&request.service, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn publish(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = notices::publish(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/notices")))
}

pub(in crate::http) async fn suspensions(request: Request) -> Result<Reply> {
    Reply::list(
        &notices::suspensions(&request.service, &request.context, request.id("competition_id")?).await?,
    )
}

pub(in crate::http) async fn suspend(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    Reply::json(&notices::suspend(&request.service, &request.context, id, true, request.json()?).await?)
}

pub(in crate::http) async fn lift(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    Reply::json(&notices::suspend(&request.service, &request.context, id, false, request.json()?).await?)
}

pub(in crate::http) async fn object(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let receipt = objections::file(&request.service, &request.context, id, request.json()?).await?;
    Reply::json(&receipt)
}

pub(in crate::http) async fn look_up(request: Request) -> Result<Reply> {
    Reply::json(&objections::look_up(&request.service, request.json()?).await?)
}

pub(in crate::http) async fn confirm_reach(request: Request) -> Result<Reply> {
    Reply::json(&reaching::confirm(&request.service, &request.context, request.json()?).await?)
}

pub(in crate::http) async fn add_evidence(mut request: Request) -> Result<Reply> {
    let code = request.objection_code.clone().ok_or_else(|| {
        Error::bad_request(
            "objection_code",
            "请填写查询码（回执上的两组字符；程序以请求头 `Objection-Code` 给出）",
            "Give the code of the receipt (programs: in the header `Objection-Code`)",
        )
    })?;
    let (name, digest) = (required(&request, "name")?, content_digest(&request)?);
    if request.content_length.is_some_and(|length| length > objections::MOST_BYTES) {
        return Err(crate::files::FilesError::TooLarge { limit: objections::MOST_BYTES }.into());
    }
    if let Some(sent) = sent_before(&request, digest).await? {
        return Ok(sent);
    }
    let done = already_uploaded::<ObjectionFileView>(&request.service, &request.context, digest).await?;
    let view = if let Some(view) = done {
        view
    } else {
        let mut incoming =
            objections::begin_upload(&request.service, &request.context, &code, request.content_length)
                .await?;
        read_upload(&mut request, &mut incoming).await?;
        let (service, context) = (&request.service, &request.context);
        objections::finish_upload(service, context, &code, &name, digest, incoming).await?
    };
    let reply = Reply::json(&view)?;
    store_sent(&request, digest, &reply).await;
    Ok(reply)
}

pub(in crate::http) async fn register(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::json(&objections::register(&request.service, &request.context, id, request.json()?).await?)
}

pub(in crate::http) async fn add_scan(mut request: Request) -> Result<Reply> {
    let (id, name) = (request.id("objection_id")?, required(&request, "name")?);
    let (digest, length) = (content_digest(&request)?, request.content_length);
    if length.is_some_and(|length| length > objections::MOST_BYTES) {
        return Err(crate::files::FilesError::TooLarge { limit: objections::MOST_BYTES }.into());
    }
    if let Some(sent) = sent_before(&request, digest).await? {
        return Ok(sent);
    }
    let done = already_uploaded::<ObjectionFileView>(&request.service, &request.context, digest).await?;
    let view = if let Some(view) = done {
        view
    } else {
        let (service, context) = (request.service.clone(), request.context.clone());
        let mut incoming = objections::begin_scan(&service, &context, id, length).await?;
        read_upload(&mut request, &mut incoming).await?;
        objections::finish_scan(&service, &context, id, &name, (digest, incoming)).await?
    };
    let reply = Reply::json(&view)?;
    store_sent(&request, digest, &reply).await;
    Ok(reply)
}

pub(in crate::http) async fn objections(request: Request) -> Result<Reply> {
    let (id, after, limit) = (request.id("competition_id")?, request.cursor()?, request.limit()?);
    let filter = Filter { state: request.parameter("state")?, open: request.parameter("open")? };
    Reply::page(&objections::list(&request.service, &request.context, id, filter, after, limit).await?)
}

pub(in crate::http) async fn objection(request: Request) -> Result<Reply> {
    let view = objections::read(&request.service, &request.context, request.id("objection_id")?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn reach(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("objection_id")?, request.revision());
    let view = objections::reach(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn decide(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("objection_id")?, request.revision());
    let view = objections::decide(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn note_lead(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("objection_id")?, request.revision());
    let view =
        objections::note_lead(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn own_objections(request: Request) -> Result<Reply> {
    Reply::list(
        &objections::list_own(&request.service, &request.context, request.id("application_id")?).await?,
    )
}

pub(in crate::http) async fn state(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("objection_id")?, request.revision());
    let view = objections::state(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn download(request: Request) -> Result<Reply> {
    let id = request.id("objection_file_id")?;
    Ok(Reply::File(Box::new(objections::download(&request.service, &request.context, id).await?)))
}

pub(in crate::http) async fn request_recheck(request: Request) -> Result<Reply> {
    let id = request.id("application_id")?;
    let view = rechecks::request(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?
        .revision(view.revision)
        .created(format!("/api/v1/applications/{id}/recheck-requests")))
}

pub(in crate::http) async fn own_rechecks(request: Request) -> Result<Reply> {
    Reply::list(&rechecks::list_own(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn rechecks(request: Request) -> Result<Reply> {
    Reply::list(&rechecks::list(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn answer_recheck(request: Request) -> Result<Reply> {
    let (id, revision) = (request.id("recheck_id")?, request.revision());
    let view = rechecks::answer(&request.service, &request.context, id, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}
