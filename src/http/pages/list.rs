//! Long lists: filters that are the page's own query, what was found, and the ways to the pages before and after.

use form_urlencoded::Serializer;
use maud::{Markup, html};

use super::form::{Group, options};
use super::request::PageRequest;
use crate::domain::catalogue::Catalogue;

/// The parameter of the query that says where a page begins.
const CURSOR: &str = "cursor";
/// The parameter with where the pages before begin, oldest first, the first page not among them.
const EARLIER: &str = "earlier";
/// The most pages that one goes back through, one by one.
const MOST_EARLIER: usize = 40;

pub(super) struct Filter {
    name: &'static str,
    label: String,
    kind: Kind,
}

enum Kind {
    /// A line of text, with what may stand there.
    Text(String),
    /// One of many: value and words; any, if none is chosen.
    Choice(Vec<Group>),
    /// A moment in Asia/Shanghai, to the minute.
    Time,
    /// Only such, if ticked.
    Tick,
}

impl Filter {
    fn new(name: &'static str, label: &str, kind: Kind) -> Self {
        Self { name, label: label.to_owned(), kind }
    }

    /// A line of text, with an example of what may stand there.
    pub(super) fn text(name: &'static str, label: &str, example: &str) -> Self {
        Self::new(name, label, Kind::Text(example.to_owned()))
    }

    /// One of many: value and words.
    pub(super) fn choice(
        name: &'static str,
        label: &str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self::new(name, label, Kind::Choice(vec![Group::plain(choices)]))
    }

    pub(super) fn region(name: &'static str, label: &str, catalogue: &Catalogue) -> Self {
        Self::new(name, label, Kind::Choice(Group::regions(catalogue, |_| true)))
    }

    pub(super) fn time(name: &'static str, label: &str) -> Self {
        Self::new(name, label, Kind::Time)
    }

    /// Only such.
    pub(super) fn tick(name: &'static str, label: &str) -> Self {
        Self::new(name, label, Kind::Tick)
    }
}

/// A list in the making.
pub(super) struct List<'a> {
    request: &'a PageRequest,
    page: String,
    filters: Vec<Filter>,
    kept: Vec<&'static str>,
}

impl<'a> List<'a> {
    /// The list at an address.
    pub(super) fn new(request: &'a PageRequest, page: impl Into<String>) -> Self {
        Self { request, page: page.into(), filters: Vec::new(), kept: Vec::new() }
    }

    pub(super) fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// A parameter of the query that links lead here with, and no field offers.
    pub(super) fn keep(mut self, name: &'static str) -> Self {
        self.kept.push(name);
        self
    }

    fn query(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let names = self.filters.iter().map(|filter| filter.name).chain(self.kept.iter().copied());
        names.map(|name| (name, self.request.chosen(name))).filter(|(_, value)| !value.is_empty())
    }

    /// An address of the API with what the list is filtered by, which both call by the same names.
    pub(super) fn filtered(&self, address: &str) -> String {
        let query = Serializer::new(String::new()).extend_pairs(self.query()).finish();
        if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") }
    }

    /// Whether not everything is asked for.
    pub(super) fn is_filtered(&self) -> bool {
        self.query().next().is_some()
    }

    /// The filters, what was found, and the ways to other pages.
    pub(super) fn render(&self, found: &Markup, next: Option<&str>) -> Markup {
        html! {
            @if !self.filters.is_empty() { (self.form()) }
            (found)
            (self.pages(next))
        }
    }

    pub(super) fn form(&self) -> Markup {
        let request = self.request;
        html! {
            form.filter.screen method="get" action=(request.link(&self.page)) role="search" {
                @for filter in &self.filters { (self.field(filter)) }
                div.buttons {
                    button.secondary type="submit" { (request.t("筛选", "Filter")) }
                    @if self.is_filtered() { a href=(request.link(&self.page)) { (request.t("清除筛选", "Clear the filters")) } }
                }
            }
        }
    }

    fn field(&self, filter: &Filter) -> Markup {
        let (name, value) = (filter.name, self.request.chosen(filter.name));
        let id = format!("filter-{name}");
        let field = match &filter.kind {
            Kind::Tick => {
                return html! { div.field { label.choice {
                    input type="checkbox" name=(name) value="true" checked[value == "true"];
                    span { (filter.label) }
                } } };
            }
            Kind::Text(example) => {
                html! { input id=(id) name=(name) type="text" value=(value) placeholder=(example) autocomplete="off"; }
            }
            Kind::Time => html! { input id=(id) name=(name) type="datetime-local" value=(value); },
            Kind::Choice(groups) => html! { select id=(id) name=(name) {
                option value="" { (self.request.t("全部", "All")) }
                (options(groups, value))
            } },
        };
        html! { div.field { label for=(id) { (filter.label) } (field) } }
    }

    /// The ways to the page before and the next one. Where the pages before began goes along in the address, as a cursor
    /// leads on only.
    pub(super) fn pages(&self, next: Option<&str>) -> Markup {
        let request = self.request;
        let here = request.chosen(CURSOR);
        let mut earlier: Vec<&str> =
            request.chosen(EARLIER).split(',').filter(|cursor| !cursor.is_empty()).collect();
        let before = earlier.last().copied().unwrap_or_default();
        let back =
            (!here.is_empty()).then(|| self.address(before, &earlier[..earlier.len().saturating_sub(1)]));
        earlier.extend((!here.is_empty()).then_some(here));
        let earlier = &earlier[earlier.len().saturating_sub(MOST_EARLIER)..];
        let next = next.map(|next| self.address(next, earlier));
        html! {
            @if back.is_some() || next.is_some() {
                nav.pages aria-label=(request.t("分页", "Pages")) {
                    @if let Some(back) = back { a rel="prev" href=(back) { (request.t("上一页", "Previous page")) } }
                    @if let Some(next) = next { a rel="next" href=(next) { (request.t("下一页", "Next page")) } }
                }
            }
        }
    }

    fn address(&self, cursor: &str, earlier: &[&str]) -> String {
        let earlier = earlier.join(",");
        let places =
            [(CURSOR, cursor), (EARLIER, &earlier)].into_iter().filter(|(_, value)| !value.is_empty());
        let query = Serializer::new(String::new()).extend_pairs(self.query().chain(places)).finish();
        let query = if query.is_empty() { query } else { format!("?{query}") };
        self.request.link(&format!("{}{query}", self.page))
    }
}
