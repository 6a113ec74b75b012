//! Reads a form: its fields, and its files as they come.

use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use futures_util::StreamExt;

use super::Place;
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::files::decoded;
use crate::http::gate;
use crate::http::intake::{IDLE, Reading, WHOLE, too_slow};
use crate::http::pages::fields::{self, Fields, sent};

/// The most fields of a form.
const MOST_COUNT: usize = 10_000;
/// The longest that the rest of a form is read after an error, so that the browser gets to hear of it.
const REST: Duration = Duration::from_mins(1);

/// A form as it was sent.
pub(super) struct Form {
    pub(super) language: Language,
    /// The endpoint's address.
    pub(super) address: String,
    pub(super) fields: Fields,
    pub(super) files: Option<Files>,
}

/// The files of a form that are still on their way.
pub(super) struct Files {
    pub(super) next: Field,
    pub(super) rest: Multipart,
}

/// Reads a form: all of its fields; of files, the first one's head. What went wrong once the form had named its page is
/// told there.
pub(super) async fn read(
    http: &HttpRequest,
    payload: Payload,
    place: &Place<'_>,
    reading: &mut Reading<'_>,
) -> Result<(Form, Option<Error>)> {
    let mut fault = None;
    let headers = http.headers();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (fields, files) = match text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => {
            reading.announced(text(header::CONTENT_LENGTH).parse().ok())?;
            let body = gate::read_whole(payload, reading, broken).await?;
            (form_urlencoded::parse(&body).into_owned().take(MOST_COUNT + 1).collect(), None)
        }
        "multipart/form-data" => {
            let mut fields = Fields::new();
            let parts = read_parts(Multipart::new(headers, payload), reading, &mut fields, &mut fault);
            let read = tokio::time::timeout(WHOLE, parts).await.unwrap_or_else(|_| Err(too_slow()));
            let files = match read {
                Ok(files) => files,
                Err(error) if sent(&fields, "_page").is_some() => {
                    fault.get_or_insert(error);
                    None
                }
                Err(error) => return Err(error),
            };
            (fields, files)
        }
        _ => {
            return Err(Error::new(
                Kind::UnsupportedMediaType,
                "unsupported_media_type",
                "请从本站页面提交表单",
                "Send the form from its page",
            ));
        }
    };
    if fields.len() > MOST_COUNT {
        return Err(reading.too_large());
    }
    fields::check(&fields)?;
    Ok((Form { language: place.language, address: place.address.clone(), fields, files }, fault))
}

fn broken() -> Error {
    Error::bad_request(
        "broken_off",
        "提交中断或内容有误，请重新提交",
        "The form broke off or is malformed; send it again",
    )
}

/// The fields that stand before the first file, and that file. What is sent as a file under a name that is a pointer is
/// a table: it becomes a field, as text, or in base64 where its name says so; `fault` is why one can't.
async fn read_parts(
    mut parts: Multipart,
    reading: &mut Reading<'_>,
    fields: &mut Fields,
    fault: &mut Option<Error>,
) -> Result<Option<Files>> {
    for _ in 0..=MOST_COUNT {
        let next = tokio::time::timeout(IDLE, parts.next()).await.map_err(|_| too_slow())?;
        let Some(part) = next else { return Ok(None) };
        let part = part.map_err(|_| broken())?;
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.content_disposition().and_then(|told| told.get_filename()).map(str::to_owned);
        reading.count(name.len()).await?;
        match file {
            Some(file) if !name.starts_with('/') => {
                if !file.is_empty() {
                    return Ok(Some(Files { next: part, rest: parts }));
                }
            }
            Some(_) => {
                let bytes = whole(part, reading).await?;
                match table(&name, &bytes) {
                    _ if bytes.is_empty() => {}
                    Ok(field) => fields.push(field),
                    Err(error) => {
                        fault.get_or_insert(error);
                    }
                }
            }
            None => {
                let bytes = whole(part, reading).await?;
                fields.push((name, String::from_utf8(bytes.to_vec()).map_err(|_| broken())?));
            }
        }
    }
    Err(reading.too_large())
}

async fn whole(mut part: Field, reading: &mut Reading<'_>) -> Result<BytesMut> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = tokio::time::timeout(IDLE, part.next()).await.map_err(|_| too_slow())? {
        let piece = piece.map_err(|_| broken())?;
        reading.count(piece.len()).await?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A table that was sent as a file, as a field.
fn table(name: &str, bytes: &[u8]) -> Result<(String, String)> {
    if let Some(name) = name.strip_suffix(":base64") {
        return Ok((name.to_owned(), STANDARD.encode(bytes)));
    }
    let text = decoded(bytes).ok_or_else(|| {
        Error::invalid_field(
            name,
            "not_text",
            "不是文本文件，或已损坏；可用 UTF-8、GB18030、UTF-16 编码的文本",
            "Not a file of text, or damaged; text may be in UTF-8, GB18030 or UTF-16",
        )
    })?;
    Ok((name.to_owned(), text))
}

/// Reads past what is left of a form, so that the browser, which is still sending, gets to read the answer.
pub(super) async fn drain(files: Option<Files>) {
    if let Some(Files { mut next, rest }) = files {
        let read = async { while let Some(Ok(_)) = next.next().await {} };
        if tokio::time::timeout(REST, read).await.is_ok() {
            drop(next);
            drain_parts(rest).await;
        }
    }
}

async fn drain_parts(mut rest: Multipart) {
    let read = async {
        while let Some(Ok(mut part)) = rest.next().await {
            while let Some(Ok(_)) = part.next().await {}
        }
    };
    // Who sends on for longer is cut off.
    let _ = tokio::time::timeout(REST, read).await;
}
