//! Evidence: streamed in, streamed out.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;

use crate::actions::answers;
use crate::actions::evidence::{self, Announced, EvidenceView, MOST_BYTES, VETO_REPLY};
use crate::domain::ids::ApplicationId;
use crate::domain::photo::PHOTO;
use crate::error::{Error, Result};
use crate::files::{FileDigest, Incoming};
use crate::http::intake::{IDLE, Pace, too_slow};
use crate::http::request::{Reply, Request};

/// The longest that an upload may take.
const WHOLE: Duration = Duration::from_mins(10);

pub(in crate::http) async fn list(request: Request) -> Result<Reply> {
    Reply::json(&evidence::list(&request.service, &request.context, request.id("application_id")?).await?)
}

pub(in crate::http) async fn read(request: Request) -> Result<Reply> {
    Reply::json(&evidence::read(&request.service, &request.context, request.id("evidence_id")?).await?)
}

pub(in crate::http) async fn upload(request: Request) -> Result<Reply> {
    let kind = required(&request, "kind")?;
    if kind == VETO_REPLY || kind == PHOTO {
        return Err(Error::invalid_field(
            "/query/kind",
            "unknown_kind",
            "本届没有这一类佐证材料",
            "The competition has no such kind of evidence",
        ));
    }
    receive(request, kind).await
}

pub(in crate::http) async fn upload_reply(request: Request) -> Result<Reply> {
    receive(request, VETO_REPLY.to_owned()).await
}

pub(in crate::http) async fn upload_photo(request: Request) -> Result<Reply> {
    receive(request, PHOTO.to_owned()).await
}

pub(super) fn required(request: &Request, name: &str) -> Result<String> {
    let given = request.query.get(name).filter(|text| !text.trim().is_empty());
    given.cloned().ok_or_else(|| {
        Error::invalid_field(
            format!("/query/{name}"),
            "required",
            format!("缺少查询参数 {name}"),
            format!("The parameter `{name}` is missing"),
        )
    })
}

async fn receive(mut request: Request, kind: String) -> Result<Reply> {
    let id: ApplicationId = request.id("application_id")?;
    let digest = content_digest(&request)?;
    let announced = Announced { name: required(&request, "name")?, kind, digest };
    if request.content_length.is_some_and(|length| length > MOST_BYTES) {
        return Err(crate::files::FilesError::TooLarge { limit: MOST_BYTES }.into());
    }
    let length = request.content_length;
    if let Some(sent) = sent_before(&request, digest).await? {
        return Ok(sent);
    }
    let done = evidence::already_uploaded::<EvidenceView>(&request.service, &request.context, digest).await?;
    let view = if let Some(view) = done {
        view
    } else {
        let mut incoming =
            evidence::begin_upload(&request.service, &request.context, id, &announced, length).await?;
        read_upload(&mut request, &mut incoming).await?;
        evidence::finish_upload(&request.service, &request.context, id, announced, incoming).await?
    };
    let reply = Reply::json(&view)?.created(format!("/api/v1/evidence/{}", view.id));
    store_sent(&request, digest, &reply).await;
    Ok(reply)
}

/// What was sent already to an upload that comes again, before any byte of it is read.
pub(super) async fn sent_before(request: &Request, digest: Option<FileDigest>) -> Result<Option<Reply>> {
    let Some(digest) = digest else { return Ok(None) };
    let context = answers::for_file(&request.context, digest);
    Ok(answers::sent(&request.service, &context).await?.map(Reply::again))
}

/// Stores what is sent to an upload, so that it is sent again as it is.
pub(super) async fn store_sent(request: &Request, digest: Option<FileDigest>, reply: &Reply) {
    if let (Some(digest), Some(answer)) = (digest, reply.to_be_stored()) {
        answers::store_sent(&request.service, &answers::for_file(&request.context, digest), answer).await;
    }
}

/// Reads the body of an upload, which must not pause, dawdle or take for too long.
pub(super) async fn read_upload(request: &mut Request, incoming: &mut Incoming) -> Result<()> {
    let mut payload = request.payload.take().ok_or_else(|| Error::internal("an upload without a body"))?;
    let mut pace = Pace::begin(&request.service.clock);
    let read = async {
        loop {
            match tokio::time::timeout(IDLE, payload.next()).await {
                Err(_) => return Err(too_slow()),
                Ok(None) => return Ok(()),
                Ok(Some(Err(_))) => {
                    return Err(Error::bad_request(
                        "broken_off",
                        "上传中断，请重新上传",
                        "The upload broke off; upload the file again",
                    ));
                }
                Ok(Some(Ok(bytes))) => {
                    pace.came(bytes.len())?;
                    incoming.write(bytes).await?;
                }
            }
        }
    };
    tokio::time::timeout(WHOLE, read).await.map_err(|_| too_slow())?
}

/// The digest in `Content-Digest: sha-256=:…:` (RFC 9530). One spelling for one digest: what it decodes to must
/// encode to it again. A form of a page has none, and need not.
pub(super) fn content_digest(request: &Request) -> Result<Option<FileDigest>> {
    let header = request.content_digest.as_deref();
    if header.is_none() && !request.digest_needed {
        return Ok(None);
    }
    let read = |header: &str| {
        let encoded = header.trim().strip_prefix("sha-256=:")?.strip_suffix(':')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        if STANDARD.encode(&bytes) != encoded {
            return None;
        }
        Some(FileDigest::from(<[u8; 32]>::try_from(bytes).ok()?))
    };
    header.and_then(read).map(Some).ok_or_else(|| {
        Error::bad_request(
            "content_digest",
            "缺少文件摘要，或格式有误：`Content-Digest: sha-256=:<base64>:`",
            "The header `Content-Digest: sha-256=:<base64>:` (RFC 9530) is missing or not well-formed",
        )
    })
}

pub(in crate::http) async fn download(request: Request) -> Result<Reply> {
    let download = evidence::download(&request.service, &request.context, request.id("evidence_id")?).await?;
    Ok(Reply::File(Box::new(download)))
}

pub(in crate::http) async fn remove(request: Request) -> Result<Reply> {
    evidence::remove(&request.service, &request.context, request.id("evidence_id")?).await?;
    Ok(Reply::Done)
}
