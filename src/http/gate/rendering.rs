//! What is sent: answers, errors, headers.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, EntityTag, Header, HeaderMap, HeaderName, HeaderValue, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use serde_json::json;

use super::ranges::{Wanted, cut, wanted};
use crate::actions::evidence::Download;
use crate::domain::ids::RequestId;
use crate::domain::record::{Digest, digest_of};
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::files::content_disposition;
use crate::http::request::{Reply, tag_of};

/// An error as `application/problem+json` (RFC 9457).
pub(in crate::http) fn render_error(error: &Error, language: Language, request: RequestId) -> HttpResponse {
    if error.kind == Kind::WouldBeDone {
        return builder(204).finish();
    }
    let errors: Vec<_> = error
        .problems
        .iter()
        .map(|problem| {
            json!({
                "pointer": problem.pointer,
                "code": problem.code,
                "detail": problem.message.in_language(language),
            })
        })
        .collect();
    let status = error.kind.status();
    let mut body = json!({
        "type": format!("/api/docs/errors#{}", error.code),
        "title": StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error"),
        "status": status,
        "code": error.code,
        "detail": error.message.in_language(language),
        "request_id": request,
    });
    if !errors.is_empty() {
        body["errors"] = errors.into();
    }
    if let Some(digest) = &error.confirm {
        body["confirm"] = json!(digest);
    }
    let mut response = builder(status);
    if let Some(revision) = error.revision {
        response.insert_header((header::ETAG, format!("\"{revision}\"")));
    }
    if let Some(seconds) = error.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if let Some(challenge) = challenge(error) {
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    let tag = match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    response.insert_header((header::CONTENT_LANGUAGE, tag));
    response.content_type("application/problem+json").body(body.to_string())
}

/// What is wrong with the token that was shown, or that one is wanted (RFC 6750, section 3).
fn challenge(error: &Error) -> Option<&'static str> {
    match (error.kind, error.code) {
        (_, "invalid_token") => Some(r#"Bearer error="invalid_token""#),
        (_, "ambiguous_credentials") => Some(r#"Bearer error="invalid_request""#),
        (Kind::Unauthenticated, _) => Some("Bearer"),
        _ => None,
    }
}

pub(in crate::http) fn builder(status: u16) -> HttpResponseBuilder {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Whether whoever asks has what bears this tag already, as `If-None-Match` says.
pub(in crate::http) fn has_already(http: &HttpRequest, tag: &str) -> bool {
    let Ok(tag) = tag.parse::<EntityTag>() else { return false };
    match IfNoneMatch::parse(http) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(seen)) => seen.iter().any(|seen| seen.weak_eq(&tag)),
        Err(_) => false,
    }
}

pub(super) fn render(
    reply: Reply,
    replayed: bool,
    reading: bool,
    http: &HttpRequest,
) -> Result<HttpResponse> {
    let mut response = match reply {
        Reply::Done => return Ok(builder(204).finish()),
        Reply::Lines(lines) => {
            let pieces = lines.map(|piece| piece.map_err(|error| std::io::Error::other(error.to_string())));
            return Ok(builder(200).content_type("application/x-ndjson").streaming(pieces));
        }
        Reply::Made { media_type, name, pieces } => {
            let pieces = pieces.map(|piece| piece.map_err(|error| std::io::Error::other(error.to_string())));
            return Ok(builder(200)
                .content_type(media_type)
                .insert_header((header::CONTENT_DISPOSITION, content_disposition(&name)))
                .insert_header((header::CONTENT_ENCODING, "identity"))
                .streaming(pieces));
        }
        Reply::Attachment { media_type, name, body } => {
            let tag = tag_of(digest_of(&body));
            if has_already(http, &tag) {
                return Ok(builder(304).insert_header((header::ETAG, tag)).finish());
            }
            let mut response = builder(200);
            // What is given back of what was sent is nowhere to be asked for again.
            if reading {
                response.insert_header((header::ETAG, tag));
            }
            return Ok(response
                .content_type(media_type)
                .insert_header((header::CONTENT_DISPOSITION, content_disposition(&name)))
                .insert_header((header::CONTENT_ENCODING, "identity"))
                .body(body));
        }
        Reply::File(download) => {
            let size = download.stream.size;
            let tag = tag_of(download.digest);
            if has_already(http, &tag) {
                return Ok(builder(304).insert_header((header::ETAG, tag)).finish());
            }
            let digest = repr_digest(&download);
            let (status, length, pieces) = match wanted(http, size, &tag) {
                Wanted::Whole => (200, size, download.stream.stream),
                Wanted::Part(from, to) => (206, to - from + 1, cut(download.stream.stream, from, to)),
                Wanted::Nothing => return Err(no_such_part()),
            };
            let mut response = builder(status);
            if let Wanted::Part(from, to) = wanted(http, size, &tag) {
                response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{size}")));
            }
            return Ok(response
                .insert_header((header::ETAG, tag))
                .insert_header((header::ACCEPT_RANGES, "bytes"))
                .content_type(download.media_type.as_str())
                .insert_header((header::CONTENT_DISPOSITION, content_disposition(&download.name)))
                .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
                .insert_header((header::CONTENT_ENCODING, "identity"))
                .insert_header(digest)
                .no_chunking(length)
                .streaming(pieces));
        }
        Reply::Body { status, media_type, body, etag, digest, location } => {
            let unchanged = reading && etag.as_deref().is_some_and(|tag| has_already(http, tag));
            let mut response = builder(if unchanged { 304 } else { status });
            if let Some(etag) = etag {
                response.insert_header((header::ETAG, etag));
            }
            if let Some(location) = location {
                response.insert_header((header::LOCATION, location));
            }
            if unchanged {
                return Ok(response.finish());
            }
            let mut response = response.content_type(media_type).body(body);
            known_by(&mut response, digest);
            response
        }
    };
    if replayed {
        response
            .headers_mut()
            .insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn no_such_part() -> Error {
    Error::new(
        Kind::NoSuchPart,
        "no_such_part",
        "文件没有 `Range` 所要求的部分",
        "The file does not have the part that `Range` asks for",
    )
}

/// The digest of the bytes that are sent (RFC 9530): of a copy its own, not the uploaded file's.
pub(in crate::http) fn repr_digest(download: &Download) -> (&'static str, String) {
    ("repr-digest", format!("sha-256=:{}:", STANDARD.encode(download.digest.0)))
}

/// Says by which digest what was compressed of an answer is found again.
pub(in crate::http) fn known_by(response: &mut HttpResponse, digest: Option<Digest>) {
    if let Some(digest) = digest {
        response.extensions_mut().insert(digest);
    }
}

/// How long whoever got an answer may keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Kept {
    /// It never changes.
    ForGood,
    /// As long as they ask whether it still holds.
    WhileItHolds,
    Not,
}

/// Headers of every answer to a request of the service proper.
pub(in crate::http) fn finish(headers: &mut HeaderMap, request: RequestId, kept: Kept) {
    set(headers, "x-request-id", &request.to_string());
    let control = match kept {
        Kept::ForGood => "public, max-age=31536000, immutable",
        Kept::WhileItHolds => "public, max-age=0, must-revalidate",
        Kept::Not => "no-store",
    };
    set(headers, "cache-control", control);
    set(headers, "vary", "Authorization, Accept-Language, Accept-Encoding");
    protect(headers);
}

/// Headers of every answer that this program gives.
pub(in crate::http) fn protect(headers: &mut HeaderMap) {
    set(headers, "content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "referrer-policy", "no-referrer");
    set(headers, "cross-origin-resource-policy", "same-origin");
    set(headers, "cross-origin-opener-policy", "same-origin");
}

/// Sets a header unless the answer has its own.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let name = HeaderName::from_static(name);
    if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
