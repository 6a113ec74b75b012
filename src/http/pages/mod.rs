//! Pages that the server renders: THE TABLE of pages, and the cookies that they live by.
//!
//! A page calls the same actions as the API. Its forms are acts of the API too, sent as form fields to `/act/…`
//! ([`act`]), so that whatever a page can do, the API can, by the same rules. Every page has an English twin below
//! `/en`. Pages work without scripts.

mod account;
mod act;
mod applicant;
mod assets;
mod charts;
mod chinese;
mod confirmation;
mod desk;
mod errors;
mod expert;
mod export;
mod fields;
mod form;
mod imports;
mod layout;
mod list;
mod parts;
mod photos;
mod piecewise;
mod platform;
mod prelude;
mod public;
mod remedy;
mod request;
mod results;
mod second_factor;
mod serve;
mod settings_words;
mod setup;
mod stages;
#[cfg(test)]
mod style;
mod supervision;
mod table;
mod values;
mod whereabouts;
mod words;

use std::future::Future;
use std::rc::Rc;

use actix_web::http::header::{self, HeaderMap};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

pub(super) use act::{ACTS, Place, act, act_failed, place};
pub(super) use assets::{at as asset, prepare as prepare_assets, style};
pub use export::site;
use fields::Fields;
pub(super) use layout::is_public;
use request::{Page, PageRequest};
pub(super) use serve::{failed, language_of, show};
pub(super) use words::Words;

use super::endpoints::Method;
use super::routes::Routes;
use crate::domain::access::Action;
use crate::domain::record::digest_of;
use crate::error::Result;

type Handler = Box<dyn Fn(Rc<PageRequest>) -> LocalBoxFuture<'static, Result<Page>> + Send + Sync>;

pub(super) struct PageRoute {
    /// Its path, without the language; names in braces stand for a segment.
    pub(super) path: &'static str,
    /// What reading it is, as access decisions call it.
    pub(super) action: Action,
    handler: Handler,
}

/// A row of the table.
fn page<F: Future<Output = Result<Page>> + 'static>(
    path: &'static str,
    action: Action,
    handler: impl Fn(Rc<PageRequest>) -> F + Send + Sync + 'static,
) -> PageRoute {
    PageRoute { path, action, handler: Box::new(move |request| Box::pin(handler(request))) }
}

/// An act whose answer is shown as it is, once: a secret, a receipt, what an import would change.
pub(super) struct Reveal {
    method: Method,
    path: &'static str,
    /// By the fields of the form and the answer.
    show: fn(&PageRequest, &Fields, &Value) -> Result<Page>,
}

pub(super) fn pages() -> Vec<PageRoute> {
    let groups = [
        public::pages(),
        account::pages(),
        platform::pages(),
        second_factor::pages(),
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
        second_factor::reveals(),
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
/// The cookie of a trip to the platform, and of what came back from there.
const TRIP: &str = "__Host-qianglian-platform";
/// The cookie that carries what an act tells over to the next page.
const FLASH: &str = "__Host-qianglian-flash";

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
fn csrf_token(session: &str) -> String {
    digest_of(format!("qianglian form\n{session}")).to_string()[..32].to_owned()
}

/// Pages by their paths.
pub(super) fn by_path(pages: Vec<PageRoute>) -> Routes<PageRoute> {
    Routes::new(pages.into_iter().map(|page| (page.path, page)))
}

/// What an act is called, in Chinese and in English.
pub(super) fn act_names(act: Action) -> (&'static str, &'static str) {
    act.words()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_names_its_path_goes_before_one_with_a_name_in_it() {
        let all = by_path(pages());
        for path in ["/experts/new", "/competitions/new", "/accounts/new", "/catalogues/import"] {
            assert_eq!(all.find(path).map(|(page, _)| page.path), Some(path));
        }
        assert_eq!(all.find("/accounts/x").map(|(page, _)| page.path), Some("/accounts/{account_id}"));
        assert!(all.find("/nothing/here").is_none());
    }
}
