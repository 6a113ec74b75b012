//! Letters that ask departments about veto items.

use super::evidence::{content_digest, read_upload, required, sent_before, store_sent};
use crate::actions::evidence::{MOST_BYTES, already_uploaded};
use crate::actions::inquiries::{self, InquiryView};
use crate::error::Result;
use crate::files::FilesError;
use crate::http::request::{Reply, Request};

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    Reply::list(&inquiries::list(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(in crate::http) async fn ask(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    let view = inquiries::ask(&request.service, &request.context, id, request.json()?).await?;
    Ok(Reply::json(&view)?.created(format!("/api/v1/competitions/{id}/inquiries/{}", view.number)))
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    let view = inquiries::read(&request.service, &request.context, id, number).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}

pub(in crate::http) async fn upload_reply(mut request: Request) -> Result<Reply> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    let (digest, name, length) =
        (content_digest(&request)?, required(&request, "name")?, request.content_length);
    if length.is_some_and(|length| length > MOST_BYTES) {
        return Err(FilesError::TooLarge { limit: MOST_BYTES }.into());
    }
    if let Some(sent) = sent_before(&request, digest).await? {
        return Ok(sent);
    }
    let done = already_uploaded::<InquiryView>(&request.service, &request.context, digest).await?;
    let view = if let Some(view) = done {
        view
    } else {
        let (service, context) = (request.service.clone(), request.context.clone());
        let mut incoming = inquiries::begin_upload(&service, &context, id, number, length).await?;
        read_upload(&mut request, &mut incoming).await?;
        inquiries::finish_upload(&service, &context, id, number, &name, (digest, incoming)).await?
    };
    let reply = Reply::json(&view)?;
    store_sent(&request, digest, &reply).await;
    Ok(reply)
}

pub(in crate::http) async fn record_results(request: Request) -> Result<Reply> {
    let (id, number, revision) = (request.id("competition_id")?, request.id("number")?, request.revision());
    let (service, context) = (&request.service, &request.context);
    let view = inquiries::record_results(service, context, id, number, revision, request.json()?).await?;
    Ok(Reply::json(&view)?.revision(view.revision))
}
