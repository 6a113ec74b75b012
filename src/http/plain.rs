//! What serves programs beside the API and the pages: whether the service runs and is ready, the description of the API to
//! browse, style sheets and scripts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::routes::{Names, Routes};
use super::{State, compression, docs, gate, pages};
use crate::error::{Error, Result};

/// The longest that the store of files is waited for to say whether it is ready; the database has as long.
const READY: Duration = Duration::from_secs(2);

/// What an address serves.
enum What {
    Healthy,
    Ready,
    Documentation,
    /// Of what webhooks send.
    Messages,
    /// Of a document, by its name and number.
    Schema,
    /// Of all operations, or a part of one's.
    Example,
    /// Of APIs (RFC 9727).
    Catalogue,
    Asset,
}

/// An address that everybody may read.
pub(super) struct Plain {
    pub(super) path: &'static str,
    /// Whether an answer may be kept by whoever got it, as long as they ask whether it still holds.
    pub(super) cacheable: bool,
    what: What,
}

/// All of them, by their paths.
pub(super) fn by_path() -> Routes<Plain> {
    let all = [
        ("/healthz", What::Healthy),
        ("/readyz", What::Ready),
        ("/api/docs", What::Documentation),
        ("/api/docs/", What::Documentation),
        ("/api/docs/{file}", What::Documentation),
        ("/api/asyncapi.json", What::Messages),
        ("/api/schemas/{name}/{number}", What::Schema),
        ("/api/examples", What::Example),
        ("/api/examples/{operation}", What::Example),
        ("/api/examples/{operation}/{part}", What::Example),
        ("/.well-known/api-catalog", What::Catalogue),
        ("/assets/{file}", What::Asset),
    ];
    Routes::new(all.map(|(path, what)| {
        (
            path,
            Plain {
                path,
                cacheable: matches!(
                    what,
                    What::Documentation | What::Messages | What::Schema | What::Example
                ),
                what,
            },
        )
    }))
}

/// Answers a request for one of them.
pub(super) async fn answer(
    state: &State,
    plain: &Plain,
    names: &Names,
    http: &HttpRequest,
) -> Result<HttpResponse> {
    if !matches!(*http.method(), Method::GET | Method::HEAD) {
        return Err(gate::no_such_method());
    }
    match plain.what {
        What::Healthy => Ok(text(200, "ok\n")),
        What::Ready if state.manners.stopping.load(Ordering::Relaxed) => Ok(text(503, "stopping\n")),
        What::Ready => Ok(is_ready(state).await),
        What::Documentation => documentation(state, names.first().map_or("", |(_, file)| file), http),
        What::Messages => documentation(state, "asyncapi.json", http),
        What::Schema => documentation(state, &of_names(names), http),
        What::Example => {
            documentation(state, format!("examples/{}", of_names(names)).trim_end_matches('/'), http)
        }
        What::Catalogue => Ok(catalogue()),
        What::Asset => asset(http),
    }
}

/// Plain text that is not kept.
pub(super) fn text(status: u16, text: &'static str) -> HttpResponse {
    gate::builder(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

/// The database answers and evidence can be stored.
async fn is_ready(state: &State) -> HttpResponse {
    let files = tokio::time::timeout(READY, state.service.files.check());
    let (database, files) = tokio::join!(state.service.db.ping(), files);
    if let Err(error) = database {
        tracing::error!(%error, "the database does not answer");
        return text(503, "database\n");
    }
    if !matches!(files, Ok(Ok(()))) {
        tracing::error!(error = ?files, "the file store does not answer");
        return text(503, "files\n");
    }
    text(200, "ready\n")
}

fn of_names(names: &Names) -> String {
    names.iter().map(|(_, segment)| segment.as_str()).collect::<Vec<_>>().join("/")
}

/// Where the API is, what describes it, and whether it is up.
fn catalogue() -> HttpResponse {
    let to = |href: &str, media_type: &str| json!({ "href": href, "type": media_type });
    let link = |href: &str, media_type: &str| json!([to(href, media_type)]);
    let api = json!({
        "anchor": "/api/v1",
        "service-desc": [to("/api/docs/openapi.json", "application/json"), to("/api/asyncapi.json", "application/json")],
        "service-doc": link("/api/docs", "text/html"),
        "service-meta": link("/api/v1", "application/json"),
        "status": link("/readyz", "text/plain"),
    });
    HttpResponse::Ok()
        .insert_header((header::LINK, "</.well-known/api-catalog>; rel=\"api-catalog\""))
        .content_type("application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"")
        .body(json!({ "linkset": [api] }).to_string())
}

fn documentation(state: &State, file: &str, http: &HttpRequest) -> Result<HttpResponse> {
    let file = state.docs.file(file).ok_or_else(Error::not_found)?;
    let mut response = if gate::has_already(http, &file.etag) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().content_type(file.media_type).body(file.bytes)
    };
    gate::known_by(&mut response, Some(file.digest));
    if let Ok(etag) = HeaderValue::from_str(&file.etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    let policy = HeaderValue::from_static(docs::POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// A style sheet or a script, which never changes at its address.
fn asset(http: &HttpRequest) -> Result<HttpResponse> {
    let asset = pages::asset(http.path()).ok_or_else(Error::not_found)?;
    let coding = compression::Coding::wanted(http.headers());
    let packed = coding.and_then(|coding| Some((coding, asset.packed(coding)?)));
    let bytes = packed.as_ref().map_or_else(|| asset.bytes(), |(_, packed)| packed.clone());
    let mut response = HttpResponse::Ok().content_type(asset.media_type()).body(bytes);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some((coding, _)) = packed {
        compression::mark(headers, coding);
    }
    Ok(response)
}
