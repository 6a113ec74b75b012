//! What is read of a request before its handler.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptLanguage, EntityTag, Header, HeaderMap, HeaderValue};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::Sent;
use crate::actions::Idempotency;
use crate::domain::record::digest_of;
use crate::domain::text::normalised;
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::http::endpoints::{Endpoint, Method, Repeats, VALIDATE_ONLY};
use crate::http::intake::{IDLE, Reading, WHOLE, too_slow};

/// Refuses paths that two readers could read differently.
pub(in crate::http) fn check_path(http: &HttpRequest) -> Result<()> {
    let path = http.uri().path().to_ascii_lowercase();
    let odd = ["%00", "%2f", "%5c", "%2e", "//", "/../", "/./"];
    if odd.iter().any(|part| path.contains(part)) || decoded(&path).is_none() {
        return Err(Error::bad_request("bad_path", "地址无效", "The address is not valid"));
    }
    Ok(())
}

pub(super) fn read_query(row: &Endpoint, text: &str) -> Result<BTreeMap<String, String>> {
    let mut query = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(Error::bad_request("bad_query", "查询参数编码有误", "The query is not well-formed"));
        };
        if name == "access_token" || name == "token" {
            return Err(Error::bad_request(
                "token_in_url",
                "令牌不能放在地址中，请使用请求头 `Authorization`，并重新登录",
                "A token does not belong into an address; use the Authorization header, and sign in again",
            ));
        }
        if !row.parameters().any(|(known, ..)| *known == name) {
            return Err(unknown_parameter(row, &name));
        }
        if query.contains_key(&name) {
            return Err(Error::bad_request(
                "bad_query",
                format!("查询参数`{name}`重复"),
                format!("The parameter `{name}` stands twice in the query"),
            ));
        }
        query.insert(name, value);
    }
    Ok(query)
}

/// Names a parameter that an endpoint does not take, and those that it does.
fn unknown_parameter(row: &Endpoint, name: &str) -> Error {
    let name: String = name.chars().take(60).collect();
    let known: Vec<String> = row.parameters().map(|(name, ..)| format!("`{name}`")).collect();
    let (zh, en) = if known.is_empty() {
        ("此地址没有查询参数".to_owned(), "this address takes none".to_owned())
    } else {
        (format!("可用的有{}", known.join("、")), format!("there are {}", known.join(", ")))
    };
    Error::bad_request(
        "bad_query",
        format!("没有查询参数`{name}`：{zh}"),
        format!("There is no parameter `{name}`: {en}"),
    )
}

/// Refuses an `If-Match` that is no tag at all: one that stands for another revision is told otherwise.
pub(super) fn check_if_match(row: &Endpoint, sent: &Sent) -> Result<()> {
    let Some(text) = sent.if_match.as_deref().map(str::trim).filter(|_| row.needs_revision) else {
        return Ok(());
    };
    if text == "*" || text.parse::<EntityTag>().is_ok_and(|tag| !tag.weak) {
        return Ok(());
    }
    Err(Error::bad_request(
        "if_match",
        "`If-Match` 写法有误：应为读取时所得的一个 `ETag`，连同双引号",
        "`If-Match` is not well-formed: it is one `ETag` as reading gave it, with its quotation marks",
    ))
}

/// Whether an act is only to be tried.
pub(super) fn only_validates(sent: &mut Sent) -> Result<bool> {
    match sent.query.remove(VALIDATE_ONLY).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::bad_request(
            "bad_query",
            "`validate_only` 应为 `true` 或 `false`",
            "`validate_only` is `true` or `false`",
        )),
    }
}

/// Percent-decodes a form-encoded text, which becomes NFC; nothing that is not UTF-8 or has control characters.
pub(in crate::http) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut decoded = [0];
                hex::decode_to_slice(digits, &mut decoded).ok()?;
                decoded[0]
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control)).map(normalised)
}

pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && values.next().is_none() => {
            Ok(Some(token.trim()))
        }
        _ => Err(ambiguous_credentials()),
    }
}

pub(in crate::http) fn ambiguous_credentials() -> Error {
    Error::bad_request(
        "ambiguous_credentials",
        "请求带有无效的或多份登录凭证",
        "The request carries no well-formed bearer token, or more than one credential",
    )
}

pub(super) async fn read_json(
    headers: &HeaderMap,
    payload: Payload,
    reading: &mut Reading<'_>,
) -> Result<Bytes> {
    let text =
        |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let media_type = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") || headers.contains_key(header::CONTENT_ENCODING)
    {
        return Err(Error::new(
            Kind::UnsupportedMediaType,
            "unsupported_media_type",
            "请求内容须为未压缩的 `application/json`",
            "The body must be application/json, not compressed",
        ));
    }
    reading.announced(text(header::CONTENT_LENGTH).parse().ok())?;
    let broken = || Error::bad_request("broken_off", "请求不完整", "The request broke off");
    Ok(read_whole(payload, reading, broken).await?.freeze())
}

/// Reads a body into memory, within the bounds of its sender.
pub(in crate::http) async fn read_whole(
    mut payload: Payload,
    reading: &mut Reading<'_>,
    broken: fn() -> Error,
) -> Result<BytesMut> {
    let read = async {
        let mut body = BytesMut::new();
        while let Some(piece) = tokio::time::timeout(IDLE, payload.next()).await.map_err(|_| too_slow())? {
            let piece = piece.map_err(|_| broken())?;
            reading.count(piece.len()).await?;
            body.extend_from_slice(&piece);
        }
        Ok(body)
    };
    tokio::time::timeout(WHOLE, read).await.map_err(|_| too_slow())?
}

/// Reads past a body where none belongs, so that the connection stays usable; refuses more than a few bytes.
pub(super) async fn read_nothing(mut payload: Payload) -> Result<Bytes> {
    let read = async {
        let mut length = 0;
        while let Some(Ok(piece)) = payload.next().await {
            length += piece.len();
            if length > 1024 {
                return Err(Error::new(
                    Kind::TooLarge,
                    "too_large",
                    "此操作不需要请求内容",
                    "This act takes no body",
                ));
            }
        }
        Ok(Bytes::new())
    };
    tokio::time::timeout(IDLE, read).await.map_err(|_| too_slow())?
}

/// The idempotency key with the fingerprint of what it stands for: all that is asked but the bytes of a file, which come
/// later.
pub(super) fn idempotency(row: &Endpoint, sent: &Sent, body: &[u8]) -> Result<Option<Idempotency>> {
    let Some(key) = &sent.idempotency_key else { return Ok(None) };
    let in_secret = match row.repeats {
        _ if row.method == Method::Get => return Ok(None),
        // The key of a form that has none of its own.
        Repeats::Freely if sent.by_form => return Ok(None),
        Repeats::Freely => {
            return Err(Error::bad_request(
                "idempotency_key",
                "此操作不接受 `Idempotency-Key`：重复请求会再次执行",
                "This takes no `Idempotency-Key`: who asks again has it done again",
            ));
        }
        Repeats::Once => false,
        Repeats::OnceInSecret => true,
    };
    let key = key.trim_matches('"');
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(16..=64).contains(&key.len()) || !key.chars().all(allowed) {
        return Err(Error::bad_request(
            "idempotency_key",
            "`Idempotency-Key` 须为16至64个字母、数字、连字符或下划线",
            "An `Idempotency-Key` has 16 to 64 letters, digits, hyphens and underscores",
        ));
    }
    let mut whole = format!("{} {}\n", row.method.as_str(), sent.address).into_bytes();
    for (name, value) in &sent.query {
        whole.extend(format!("{name}={value}\n").bytes());
    }
    whole.extend(sent.objection_code.iter().flat_map(|code| code.bytes()));
    whole.extend_from_slice(body);
    Ok(Some(Idempotency { key: key.to_owned(), fingerprint: digest_of(&whole), in_secret }))
}

/// The language of messages: English where it is asked for before Chinese, else Chinese.
pub(in crate::http) fn language(http: &HttpRequest) -> Language {
    let wanted = AcceptLanguage::parse(http).map(|wanted| wanted.ranked()).unwrap_or_default();
    let known = wanted.iter().find_map(|wanted| match wanted.item()?.primary_language() {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    });
    known.unwrap_or(Language::Chinese)
}
