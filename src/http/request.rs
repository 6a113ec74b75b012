//! A request as handlers see it, and what they answer.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::stream::LocalBoxStream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::Validate;

use super::json;
use crate::actions::answers::SentAnswer;
use crate::actions::evidence::Download;
use crate::actions::{Page, RequestContext, Service};
use crate::domain::application::{Part, PartContent};
use crate::domain::record::{Digest, digest_of};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The most entries of a page, and how many there are unless told.
pub(super) const PAGE: std::ops::RangeInclusive<usize> = 1..=100;
pub(super) const PAGE_UNLESS_TOLD: usize = 50;

/// The media type of JSON.
pub(super) const JSON: &str = "application/json";
/// The media type of pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";
/// The media type of tables.
pub(super) const CSV: &str = "text/csv; charset=utf-8";

/// No revision of anything: what a request without `If-Match` says it saw.
const NO_REVISION: i64 = i64::MIN;

/// The bytes of a file on their way in.
pub(super) type Incoming = LocalBoxStream<'static, std::result::Result<Bytes, PayloadError>>;

/// A request that has passed the gate: the caller is known, its role may do this, its body has wholly arrived.
pub(super) struct Request {
    pub(super) service: Service,
    pub(super) context: Arc<RequestContext>,
    pub(super) path: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Bytes,
    /// The body of an upload, which is not read before its handler does.
    pub(super) payload: Option<Incoming>,
    pub(super) if_match: Option<String>,
    pub(super) content_digest: Option<String>,
    /// Whether an upload must say its digest.
    pub(super) digest_needed: bool,
    pub(super) content_length: Option<u64>,
    /// The code of an objection's receipt, which evidence for it comes with.
    pub(super) objection_code: Option<String>,
    pub(super) user_agent: String,
}

impl Request {
    /// A read of what is at a path, by whoever asks for something else that it is a part of.
    pub(super) fn reading(
        service: &Service,
        context: &Arc<RequestContext>,
        path: BTreeMap<String, String>,
    ) -> Self {
        Self {
            service: service.clone(),
            context: Arc::clone(context),
            path,
            query: BTreeMap::new(),
            body: Bytes::new(),
            payload: None,
            if_match: None,
            content_digest: None,
            digest_needed: false,
            content_length: None,
            objection_code: None,
            user_agent: String::new(),
        }
    }

    /// A segment of the path. One that can't be what it must is simply not there.
    pub(super) fn id<T: FromStr>(&self, name: &str) -> Result<T> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(Error::not_found)
    }

    pub(super) fn parameter<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.query.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            Error::invalid_field(
                format!("/query/{name}"),
                "wrong_value",
                format!("查询参数 {name} 的值无效"),
                format!("`{name}` has no valid value"),
            )
        })
    }

    /// A point in time.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>> {
        let Some(text) = self.query.get(name) else { return Ok(None) };
        let wrong = |_| {
            Error::invalid_field(
                format!("/query/{name}"),
                "wrong_value",
                "应为 RFC 3339 时间，如 2026-04-08T17:00:00+08:00",
                "A time as of RFC 3339, such as 2026-04-08T17:00:00+08:00",
            )
        };
        text.parse().map(Some).map_err(wrong)
    }

    /// How many entries a page shall have.
    pub(super) fn limit(&self) -> Result<usize> {
        let limit = self.parameter("limit")?.unwrap_or(PAGE_UNLESS_TOLD);
        if PAGE.contains(&limit) {
            return Ok(limit);
        }
        Err(Error::invalid_field(
            "/query/limit",
            "out_of_range",
            format!("`limit` 应为{}至{}", PAGE.start(), PAGE.end()),
            format!("`limit` must be {} to {}", PAGE.start(), PAGE.end()),
        ))
    }

    /// Where a page begins: what an earlier page gave as `next_cursor`.
    pub(super) fn cursor<T: FromStr>(&self) -> Result<Option<T>> {
        let Some(text) = self.query.get("cursor") else { return Ok(None) };
        text.parse().map(Some).map_err(|_| bad_cursor())
    }

    /// The revision that the caller saw, from `If-Match`: what a tag of [`Reply::tagged`] begins with. Without it, or with
    /// one that can't match, it matches none.
    pub(super) fn revision(&self) -> i64 {
        let tag = self.if_match.as_deref().and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
        let revision = tag.map(|tag| tag.split_once('-').map_or(tag, |(revision, _)| revision));
        revision.and_then(|revision| revision.parse().ok()).unwrap_or(NO_REVISION)
    }

    /// The body, of a type whose act checks what else it must be.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        json::read(json::read_value(&self.body)?)
    }

    /// The body, of a type that says itself how long its members may be.
    pub(super) fn checked<T: DeserializeOwned + Validate>(&self) -> Result<T> {
        let value: T = self.json()?;
        json::validate(&value)?;
        Ok(value)
    }

    /// The body, in the shape of a part of an application.
    pub(super) fn part_content(&self, part: &Part) -> Result<PartContent> {
        let value: Value = json::read_value(&self.body)?;
        Ok(match part {
            Part::Profile => PartContent::Profile(json::read(value)?),
            Part::Firms => PartContent::Firms(json::read(value)?),
            Part::Figures => PartContent::Figures(json::read(value)?),
            Part::Undertaking => PartContent::Undertaking(json::read(value)?),
            Part::Section(_) => PartContent::Section(json::read(value)?),
        })
    }
}

/// Refuses a place in a list that the list did not give.
pub(super) fn bad_cursor() -> Error {
    Error::bad_request(
        "bad_cursor",
        "`cursor` 或 `after` 无效，请从第一页开始",
        "The cursor is not one that this list gave",
    )
}

/// What is answered.
pub(super) enum Reply {
    /// A document of a media type.
    Body {
        status: u16,
        media_type: &'static str,
        body: Bytes,
        etag: Option<String>,
        /// The digest of the body, where it is known: what was compressed is found again by it.
        digest: Option<Digest>,
        location: Option<String>,
    },
    /// Nothing but that it was done (204).
    Done,
    File(Box<Download>),
    /// A file that was made for whoever asks, with its name.
    Attachment {
        media_type: &'static str,
        name: String,
        body: Bytes,
    },
    /// A file that is made while it is sent, with its name.
    Made {
        media_type: &'static str,
        name: String,
        pieces: LocalBoxStream<'static, Result<Bytes>>,
    },
    /// Lines of JSON, piece by piece.
    Lines(LocalBoxStream<'static, Result<Bytes>>),
}

impl Reply {
    /// A document (200).
    pub(super) fn json(value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::text(JSON, body))
    }

    /// A document of another media type, or JSON that is stored as such (200).
    pub(super) fn text(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::Body { status: 200, media_type, body: body.into(), etag: None, digest: None, location: None }
    }

    /// A whole list (200), in the shape of a page that is the last.
    pub(super) fn list<T: Serialize>(items: &[T]) -> Result<Self> {
        Self::page(&Page { items: items.iter().collect(), next_cursor: None })
    }

    /// A page of a list (200).
    pub(super) fn page<T: Serialize>(page: &Page<T>) -> Result<Self> {
        Self::json(page)
    }

    /// What was sent before, as it was.
    pub(super) fn again(sent: SentAnswer) -> Self {
        let Some(media_type) = sent.media_type.as_deref().and_then(media_type_of) else { return Self::Done };
        Self::Body {
            status: sent.status,
            media_type,
            body: sent.body.into(),
            etag: sent.etag,
            digest: None,
            location: sent.location,
        }
    }

    /// The same as it is stored, to be sent again; none where it is a file or goes on as it is made.
    pub(super) fn to_be_stored(&self) -> Option<SentAnswer> {
        match self {
            Self::Body { status, media_type, body, etag, location, .. } => Some(SentAnswer {
                status: *status,
                media_type: Some((*media_type).to_owned()),
                etag: etag.clone(),
                location: location.clone(),
                body: String::from_utf8(body.to_vec()).ok()?,
            }),
            Self::Done => Some(SentAnswer {
                status: 204,
                media_type: None,
                etag: None,
                location: None,
                body: String::new(),
            }),
            Self::File(_) | Self::Attachment { .. } | Self::Made { .. } | Self::Lines(_) => None,
        }
    }

    /// The same as something new (201), at an address of its own.
    pub(super) fn created(mut self, at: String) -> Self {
        if let Self::Body { status, location, .. } = &mut self {
            *status = 201;
            *location = Some(at);
        }
        self
    }

    /// The same with a tag of its bytes, worked out once however often the answer is given. Where a change must name the
    /// revision, the tag begins with it: much of what is read with it changes without a new revision.
    pub(super) fn tagged(mut self) -> Self {
        if let Self::Body { body, etag, digest, .. } = &mut self {
            let found = digest_of(body);
            let tag = tag_of(found);
            *etag = Some(match etag.as_deref().map(|tag| tag.trim_matches('"')) {
                Some(revision) => format!("\"{revision}-{}", &tag[1..]),
                None => tag,
            });
            *digest = Some(found);
        }
        self
    }

    /// The same with the revision that a change must name.
    pub(super) fn revision(mut self, revision: i64) -> Self {
        if let Self::Body { etag, .. } = &mut self {
            *etag = Some(format!("\"{revision}\""));
        }
        self
    }
}

/// One of the media types of answers that are stored.
fn media_type_of(name: &str) -> Option<&'static str> {
    [JSON, HTML, CSV].into_iter().find(|known| *known == name)
}

/// The tag of bytes with a digest.
pub(super) fn tag_of(digest: Digest) -> String {
    format!("\"{}\"", &digest.to_string()[..32])
}
