//! Who may use the API from a page of another site (the Fetch standard's CORS): any site reads what needs no sign-in; the
//! sites that the operator names may do all that the token does which they send. A cookie opens nothing to another site.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};

/// Headers of answers that scripts may read besides the few that they always may.
const EXPOSED: &str = "Content-Disposition, ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, \
    Repr-Digest, Retry-After, X-Request-Id";
/// Methods and headers that any site may use.
const OF_ANY_SITE: (&str, &str) = ("GET, HEAD", "Accept-Language, If-None-Match");
/// Those that a named site may use.
const OF_A_NAMED_SITE: (&str, &str) = (
    "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Accept-Language, Authorization, Confirm, Content-Digest, Content-Type, Idempotency-Key, If-Match, If-None-Match, \
     Objection-Code, Qianglian-Region",
);

/// The sites that the operator named, as browsers tell them: `https://portal.example.cn`.
#[derive(Clone, Debug, Default)]
pub(super) struct Sites(pub(super) Vec<String>);

impl Sites {
    /// Tells a browser whose page may read an answer of the API, and what it may ask where it inquires first.
    pub(super) fn tell(&self, http: &HttpRequest, status: StatusCode, headers: &mut HeaderMap) {
        let named = http.headers().get(header::ORIGIN).filter(|origin| self.names(origin));
        if !self.0.is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        let asked = http.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
        let inquiry = asked.filter(|_| http.method() == Method::OPTIONS && status == StatusCode::NO_CONTENT);
        let reads = matches!(*http.method(), Method::GET | Method::HEAD) || inquiry.is_some();
        let (site, (methods, names)) = match named {
            Some(origin) => (origin.clone(), OF_A_NAMED_SITE),
            None if reads => (HeaderValue::from_static("*"), OF_ANY_SITE),
            None => return,
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, site);
        let mut put = |name: HeaderName, text| headers.insert(name, HeaderValue::from_static(text));
        if inquiry.is_some() {
            put(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            put(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
            put(header::ACCESS_CONTROL_MAX_AGE, "600");
        } else {
            put(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    fn names(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|site| site.as_bytes() == origin.as_bytes())
    }
}
