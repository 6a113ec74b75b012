//! A page as it is asked for, and what its handler answers.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use maud::{Markup, Render, html};

use super::form::{Carried, Form};
use super::words;
use crate::actions::evidence::Download;
use crate::actions::login::TokenView;
use crate::actions::{Caller, RequestContext, Service};
use crate::domain::access::{OfficeDuty, Role};
use crate::domain::problem::Message;
use crate::domain::time::Timestamp;
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::http::endpoints::{Method, action_at};
use crate::http::printed::Printed;
use crate::http::tables::Tabled;

/// What English pages' addresses begin with.
pub(super) const ENGLISH: &str = "/en";

/// The address of a page in a language.
pub(super) fn in_language(language: Language, page: &str) -> String {
    match (language, page) {
        (Language::Chinese, _) => page.to_owned(),
        (Language::English, "/") => ENGLISH.to_owned(),
        (Language::English, _) => format!("{ENGLISH}{page}"),
    }
}

/// A page as it is asked for.
pub(super) struct PageRequest {
    /// What acts work with.
    pub(super) service: Service,
    /// Who asks; nobody, on a page for everybody.
    pub(super) context: Arc<RequestContext>,
    /// The language to answer in.
    pub(super) language: Language,
    /// The names in the page's address.
    pub(super) path: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    /// The page's address with its query, without the language.
    pub(super) here: String,
    /// Shows that a form was made for this session.
    pub(super) csrf_token: String,
    /// The form that failed and is shown again.
    pub(super) carried: Option<Carried>,
    /// What is wrong with that form, once it has said so: it stands at the top of the page, where it is in sight.
    pub(super) complaint: RefCell<Option<Markup>>,
    /// Whether the page has a form that is for this one showing of it.
    pub(super) once: Cell<bool>,
    /// What the last act tells, and its endpoint's address.
    pub(super) flash: Option<(String, String)>,
    /// What the browser brought along.
    pub(super) brought: Brought,
    /// Whether the page becomes a file, which no server answers: it has no forms, and nothing that holds today alone.
    pub(super) still: bool,
}

/// What a browser brings along that few pages look at.
#[derive(Default)]
pub(super) struct Brought {
    /// The cookie of a trip to the platform.
    pub(super) ticket: Option<String>,
    /// From where it was sent here, as it says (`Sec-Fetch-Site`).
    pub(super) from_site: Option<String>,
    /// The program, as it calls itself.
    pub(super) program: String,
}

/// Where a browser is sent on to, and what it carries there.
pub(super) struct Onward {
    pub(super) address: String,
    /// For a trip to the platform; none takes it back.
    pub(super) ticket: Option<String>,
    /// A session that begins.
    pub(super) login: Option<TokenView>,
}

impl PageRequest {
    /// One of two wordings.
    pub(super) fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// One of two that were made for a language each.
    pub(super) fn either<T>(&self, zh: T, en: T) -> T {
        if self.is_chinese() { zh } else { en }
    }

    /// Where browsers find a page, if that was told to the service.
    pub(super) fn public_address(&self, page: &str) -> Option<String> {
        self.service.site.as_ref().map(|site| format!("{}{page}", site.origin))
    }

    /// A message in the page's language, with moments as pages write them.
    pub(super) fn localized(&self, message: &Message) -> String {
        self.localized_of(&message.zh, &message.en)
    }

    /// The same of a message's two texts.
    pub(super) fn localized_of(&self, zh: &str, en: &str) -> String {
        words::localized(self.t(zh, en), self.language)
    }

    /// Something in brackets, as the language writes them.
    pub(super) fn aside(&self, content: &(impl Render + ?Sized)) -> Markup {
        html! { (self.t("（", " (")) (content) (self.t("）", ")")) }
    }

    pub(super) fn is_chinese(&self) -> bool {
        self.language == Language::Chinese
    }

    /// The address of a page in the language of this one.
    pub(super) fn link(&self, page: &str) -> String {
        in_language(self.language, page)
    }

    /// A segment of the address. One that can't be what it must is simply not there.
    pub(super) fn id<T: FromStr>(&self, name: &str) -> Result<T> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(Error::not_found)
    }

    /// What the query has under a name; nothing where it has nothing.
    pub(super) fn chosen(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A query parameter; none where it is empty or not what it must be.
    pub(super) fn parameter<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query.get(name).filter(|text| !text.is_empty())?.parse().ok()
    }

    /// Who asks.
    ///
    /// # Errors
    /// If nobody has signed in.
    pub(super) fn caller(&self) -> Result<&Caller> {
        self.context.caller()
    }

    /// The role of who asks.
    pub(super) fn role(&self) -> Option<Role> {
        self.context.caller.as_ref().map(|caller| caller.role)
    }

    /// The duty within the office that an act is part of, where who asks has not got it.
    pub(super) fn missing_duty(&self, method: Method, address: &str) -> Option<OfficeDuty> {
        let duties = &self.context.caller.as_ref()?.duties;
        if duties.are_divided() { duties.cover(action_at(method, address)?).err() } else { None }
    }

    /// A form for the act of this method and address.
    pub(super) fn form(&self, method: Method, address: impl Into<String>) -> Form<'_> {
        Form::new(self, method, address)
    }

    /// A moment, to the minute.
    pub(super) fn time(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) { (words::time(at, self.language)) } }
    }

    pub(super) fn date(&self, date: NaiveDate) -> Markup {
        html! { time datetime=(date) { (words::date(date, self.language)) } }
    }

    /// Today, in Asia/Shanghai.
    pub(super) fn today(&self) -> NaiveDate {
        self.service.clock.now().date()
    }
}

/// What a page shows.
pub(super) struct Page {
    pub(super) title: String,
    /// What stands in its main part, below the title.
    pub(super) content: Markup,
    /// The pages above it: address without language, and words.
    pub(super) crumbs: Vec<(String, String)>,
    /// What stands on every page of it that is printed, before its title; where nothing is said, the pages above it.
    pub(super) running: Vec<String>,
    /// Whether it is printed across: its tables have many columns.
    pub(super) landscape: bool,
    /// The addresses of the API that have what it shows as data.
    pub(super) data: Vec<String>,
    /// Files for spreadsheet programs, each with its address.
    pub(super) tables: Vec<(&'static Tabled, String)>,
    /// Documents for paper, each with its address.
    pub(super) documents: Vec<(&'static Printed, String)>,
    /// Scripts of its own: names of assets.
    pub(super) scripts: Vec<&'static str>,
    /// The page to go to instead, without the language.
    pub(super) elsewhere: Option<String>,
    /// Where to go instead, with cookies.
    pub(super) onward: Option<Onward>,
    /// A file to be shown inside a page, and what it may do there.
    pub(super) file: Option<(Box<Download>, &'static str)>,
}

impl Page {
    pub(super) fn new(title: impl Into<String>, content: Markup) -> Self {
        Self {
            title: title.into(),
            content,
            crumbs: Vec::new(),
            running: Vec::new(),
            landscape: false,
            data: Vec::new(),
            tables: Vec::new(),
            documents: Vec::new(),
            scripts: Vec::new(),
            elsewhere: None,
            onward: None,
            file: None,
        }
    }

    /// A page above this one.
    pub(super) fn crumb(mut self, page: impl Into<String>, words: impl Into<String>) -> Self {
        self.crumbs.push((page.into(), words.into()));
        self
    }

    /// What it is about, said on every page that is printed: competition, number, person or party.
    pub(super) fn running(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.running = words.into_iter().filter(|words| !words.is_empty()).collect();
        self
    }

    /// Printed across.
    pub(super) fn landscape(self) -> Self {
        Self { landscape: true, ..self }
    }

    /// An address of the API that has what the page shows as data.
    pub(super) fn data(mut self, address: impl Into<String>) -> Self {
        self.data.push(address.into());
        self
    }

    /// What the page lists, or more of it, as a file for spreadsheet programs: an address of the API with what it is filtered by.
    pub(super) fn table(mut self, tabled: &'static Tabled, address: impl Into<String>) -> Self {
        self.tables.push((tabled, address.into()));
        self
    }

    /// What the page is about as a document for paper: an address of the API that gives it.
    pub(super) fn document(mut self, printed: &'static Printed, address: impl Into<String>) -> Self {
        self.documents.push((printed, address.into()));
        self
    }

    /// The same where there is one.
    pub(super) fn document_if(
        self,
        there_is: bool,
        printed: &'static Printed,
        address: impl Into<String>,
    ) -> Self {
        if there_is { self.document(printed, address) } else { self }
    }

    /// A script of its own.
    pub(super) fn script(mut self, asset: &'static str) -> Self {
        self.scripts.push(asset);
        self
    }

    /// Another page instead, by its address without the language.
    pub(super) fn elsewhere(page: impl Into<String>) -> Self {
        Self { elsewhere: Some(page.into()), ..Self::new("", Markup::default()) }
    }

    /// Another address instead, with what the browser is to carry there.
    pub(super) fn onward(address: String, ticket: Option<String>, login: Option<TokenView>) -> Self {
        Self { onward: Some(Onward { address, ticket, login }), ..Self::new("", Markup::default()) }
    }

    /// A file to be shown inside a page, under this policy.
    pub(super) fn file(download: Download, policy: &'static str) -> Self {
        Self { file: Some((Box::new(download), policy)), ..Self::new("", Markup::default()) }
    }
}
