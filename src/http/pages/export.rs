//! The public pages as files: in both languages, with what they load and the data that they link to.
//!
//! The files are found as a reader would find them, by following links from the pages that everybody may read. So a
//! link of a file always leads to a file, and a page that links to what only the server has is refused here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use bytes::Bytes;

use super::assets::Served;
use super::request::in_language;
use super::serve::{body, language_of, still};
use super::{PageRoute, asset, by_path, public};
use crate::actions::{RequestContext, Service};
use crate::domain::access::Action;
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::http::endpoints::{Answer, Endpoint, Method, endpoints};
use crate::http::gate::decoded;
use crate::http::request::{Reply, Request};
use crate::http::routes::{Names, Routes};

/// What attributes with an address of this service begin with.
const LINKS: [&str; 2] = [" href=\"/", " src=\"/"];

/// All public pages, what they load and the data that they link to: bytes by path. Links are relative, so the files work
/// wherever they lie, also without a server.
///
/// # Errors
/// If the database fails, or a page links to what is no file.
pub async fn site(service: &Service) -> Result<BTreeMap<String, Bytes>> {
    let public_data = endpoints()
        .into_iter()
        .filter(|row| row.method == Method::Get && row.action == Action::ReadPublic)
        .map(|row| (row.path, row));
    let site = Site { service, pages: by_path(public::pages()), rows: Routes::new(public_data) };
    let beginnings = public::pages().into_iter().map(|page| page.path).filter(|path| !path.contains('{'));
    let mut waiting: VecDeque<String> = beginnings
        .flat_map(|path| [Language::Chinese, Language::English].map(|language| in_language(language, path)))
        .collect();
    let (mut seen, mut files) = (BTreeSet::new(), BTreeMap::new());
    while let Some(address) = waiting.pop_front() {
        let file = site.file(&address)?;
        if !seen.insert(file.clone()) {
            continue;
        }
        let mut bytes = site.bytes(&address).await?;
        if site.page(language_of(split(&address).0).1).is_some() {
            let html = String::from_utf8_lossy(&bytes).into_owned();
            let (html, links) = site.relinked(&file, &html)?;
            waiting.extend(links);
            bytes = Bytes::from(html);
        }
        files.insert(file, bytes);
    }
    Ok(files)
}

struct Site<'a> {
    service: &'a Service,
    pages: Routes<PageRoute>,
    rows: Routes<Endpoint>,
}

/// An address without its query, and the query.
fn split(address: &str) -> (&str, &str) {
    address.split_once('?').unwrap_or((address, ""))
}

impl Site<'_> {
    /// The page at a path without language, with the names in the path.
    fn page(&self, path: &str) -> Option<(&PageRoute, Names)> {
        self.pages.find(path)
    }

    /// The endpoint at a path, with the names in the path.
    fn row(&self, path: &str) -> Option<(&Endpoint, Names)> {
        self.rows.find(path)
    }

    /// The file that what is at an address becomes.
    fn file(&self, address: &str) -> Result<String> {
        let (path, query) = split(address);
        let query: String = query.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        if asset(path).is_some() {
            return Ok(path[1..].to_owned());
        }
        if self.page(language_of(path).1).is_some() {
            let folder = path.trim_matches('/');
            let slash = if folder.is_empty() { "" } else { "/" };
            let name = if query.is_empty() { "index" } else { &query };
            return Ok(format!("{folder}{slash}{name}.html"));
        }
        if let Some((row, _)) = self.row(path) {
            let last = path.rsplit('/').next().unwrap_or_default();
            if query.is_empty() && last.contains('.') {
                return Ok(path[1..].to_owned());
            }
            let name = path[1..].strip_suffix("/csv").unwrap_or(&path[1..]);
            let ending = if matches!(row.answer, Answer::Text(_)) { "csv" } else { "json" };
            let slash = if query.is_empty() { "" } else { "/" };
            return Ok(format!("{name}{slash}{query}.{ending}"));
        }
        Err(Error::internal(format!("a public page links to {address}, which is no file")))
    }

    async fn bytes(&self, address: &str) -> Result<Bytes> {
        let (path, query) = split(address);
        if let Some(bytes) = asset(path).map(Served::bytes) {
            return Ok(bytes);
        }
        let nothing = || Error::internal(format!("a public page links to {address}, where nothing is"));
        if let Some((page, names)) = self.page(language_of(path).1) {
            let mut request = still(self.service, path, query);
            request.path = names.into_iter().collect();
            let request = Rc::new(request);
            let shown = (page.handler)(Rc::clone(&request)).await?;
            return Ok(body(&request, &shown));
        }
        let (row, names) = self.row(path).ok_or_else(nothing)?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let nobody = RequestContext::nobody(&self.service.clock);
        let bare = Request {
            query: pairs.filter_map(|(name, value)| Some((decoded(name)?, decoded(value)?))).collect(),
            ..Request::reading(self.service, &nobody, names.into_iter().collect())
        };
        match (row.handler)(bare).await? {
            Reply::Body { body, .. } => Ok(body),
            Reply::Done
            | Reply::File(_)
            | Reply::Attachment { .. }
            | Reply::Made { .. }
            | Reply::Lines(_) => Err(nothing()),
        }
    }

    /// A page with relative links, and the addresses that it links to.
    fn relinked(&self, file: &str, html: &str) -> Result<(String, Vec<String>)> {
        let (mut relinked, mut links, mut rest) = (String::with_capacity(html.len()), Vec::new(), html);
        // In text and in attributes quotation marks are written as entities, so this is found in tags alone.
        while let Some((at, begin)) =
            LINKS.iter().filter_map(|begin| Some((rest.find(begin)?, *begin))).min_by_key(|(at, _)| *at)
        {
            let start = at + begin.len() - 1;
            let end = rest[start..].find('"').map_or(rest.len(), |length| start + length);
            let address = rest[start..end].replace("&amp;", "&");
            let (address, fragment) = address.split_once('#').unwrap_or((&address, ""));
            relinked.push_str(&rest[..start]);
            relinked.push_str(&relative(file, &self.file(address)?));
            if !fragment.is_empty() {
                relinked.push('#');
                relinked.push_str(fragment);
            }
            links.push(address.to_owned());
            rest = &rest[end..];
        }
        relinked.push_str(rest);
        Ok((relinked, links))
    }
}

/// The way from one file to another.
fn relative(from: &str, to: &str) -> String {
    let (mut from, mut to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    while from.len() > 1 && to.len() > 1 && from[0] == to[0] {
        from.remove(0);
        to.remove(0);
    }
    format!("{}{}", "../".repeat(from.len() - 1), to.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_file_is_relative() {
        assert_eq!(relative("index.html", "chains/index.html"), "chains/index.html");
        assert_eq!(relative("en/index.html", "index.html"), "../index.html");
        assert_eq!(relative("notices/a/index.html", "notices/index.html"), "../index.html");
        assert_eq!(relative("notices/a/index.html", "assets/app.css"), "../../assets/app.css");
        assert_eq!(relative("en/notices/a/index.html", "en/notices/b/index.html"), "../b/index.html");
        assert_eq!(relative("a/index.html", "a/index.html"), "index.html");
    }
}
