//! Pages that the server renders: THE TABLE of pages, and the cookies that they live by.
//!
//! A page calls the same actions as the API. Its forms are acts of the API too, sent as form fields to `/act/…`
//! ([`act`]), so that whatever a page can do, the API can, by the same rules. Every page has an English twin below
//! `/en`. Pages work without scripts.

mod account;
mod act;
mod applicant;
mod asked;
mod assets;
mod charts;
mod desk;
mod errors;
mod expert;
mod export;
mod fields;
mod form;
mod layout;
mod parts;
mod public;
mod results;
mod serve;
mod setup;
mod supervision;
mod values;
mod words;

use std::future::Future;
use std::rc::Rc;

use actix_web::http::header::{self, HeaderMap};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

pub(super) use act::act;
use asked::{Asked, Shown};
pub(super) use assets::at as asset;
pub use export::site;
use fields::Fields;
pub(super) use serve::{lost, show};

use super::endpoints::{Endpoint, Method};
use crate::domain::access::Action;
use crate::domain::record::digest_of;
use crate::error::Result;

type Handler = Box<dyn Fn(Rc<Asked>) -> LocalBoxFuture<'static, Result<Shown>> + Send + Sync>;

/// A page.
pub(super) struct Page {
    /// Its path, without the language; names in braces stand for a segment.
    pub(super) path: &'static str,
    /// What reading it is, as access decisions call it.
    pub(super) action: Action,
    handler: Handler,
}

/// A row of the table.
fn page<F: Future<Output = Result<Shown>> + 'static>(
    path: &'static str,
    action: Action,
    handler: impl Fn(Rc<Asked>) -> F + Send + Sync + 'static,
) -> Page {
    Page { path, action, handler: Box::new(move |asked| Box::pin(handler(asked))) }
}

/// An act whose answer is shown as it is, once: a secret, a receipt, what an import would change.
pub(super) struct Reveal {
    method: Method,
    path: &'static str,
    /// By the fields of the form and the answer.
    show: fn(&Asked, &Fields, &Value) -> Result<Shown>,
}

/// All pages.
pub(super) fn pages() -> Vec<Page> {
    let groups = [
        public::pages(),
        account::pages(),
        desk::pages(),
        applicant::pages(),
        expert::pages(),
        setup::pages(),
        results::pages(),
        supervision::pages(),
    ];
    groups.into_iter().flatten().collect()
}

/// All acts whose answer is shown.
fn reveals() -> Vec<Reveal> {
    let groups = [
        public::reveals(),
        applicant::reveals(),
        expert::reveals(),
        setup::reveals(),
        results::reveals(),
        supervision::reveals(),
    ];
    groups.into_iter().flatten().collect()
}

/// What pages may load: what this server itself gives, and no more.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The cookie of a session. Its name makes browsers insist that it is for this host alone and never sent in the clear.
const SESSION: &str = "__Host-qianglian";
/// The cookie that carries what an act tells over to the next page.
const FLASH: &str = "qianglian-flash";

/// The value of a cookie; none where it was sent twice.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
    let mut found = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, value)| *known == name && !value.is_empty());
    let value = found.next()?.1.to_owned();
    found.next().is_none().then_some(value)
}

/// The session that a browser shows.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    cookie(headers, SESSION)
}

/// What shows that a form was made for a session: another site can't know it, as it can't read the cookie.
fn seal(session: &str) -> String {
    digest_of(format!("qianglian form\n{session}")).to_string()[..32].to_owned()
}

/// Names in a path, each with what stands for it, in order.
type Names = Vec<(String, String)>;

/// The names in a path that matches a pattern.
fn names_in(pattern: &str, path: &str) -> Option<Names> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut names = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(names),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => names.push((name.to_owned(), given.to_owned())),
                    None if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// The page at a path without the language, and the names in it: of those that match, the one that names most of it
/// itself.
fn page_at<'a>(pages: &'a [Page], path: &str) -> Option<(&'a Page, Names)> {
    let found = pages.iter().filter_map(|page| Some((page, names_in(page.path, path)?)));
    found.min_by_key(|(_, names)| names.len())
}

/// The same of endpoints.
fn endpoint_at<'a>(rows: impl Iterator<Item = &'a Endpoint>, path: &str) -> Option<(&'a Endpoint, Names)> {
    let found = rows.filter_map(|row| Some((row, names_in(row.path, path)?)));
    found.min_by_key(|(_, names)| names.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_segments() {
        let names = |pattern, path| names_in(pattern, path);
        assert_eq!(names("/a/{b}/c", "/a/x/c"), Some(vec![("b".to_owned(), "x".to_owned())]));
        assert_eq!(names("/a", "/a"), Some(vec![]));
        assert_eq!(names("/a/{b}", "/a/"), None);
        assert_eq!(names("/a/{b}", "/a/x/c"), None);
        assert_eq!(names("/a/b", "/a/c"), None);
    }

    #[test]
    fn a_page_that_names_its_path_goes_before_one_with_a_name_in_it() {
        let all = pages();
        for path in ["/experts/new", "/competitions/new", "/accounts/new", "/catalogues/import"] {
            assert_eq!(page_at(&all, path).map(|(page, _)| page.path), Some(path));
        }
        assert_eq!(page_at(&all, "/accounts/x").map(|(page, _)| page.path), Some("/accounts/{account_id}"));
        assert!(page_at(&all, "/nothing/here").is_none());
    }
}
