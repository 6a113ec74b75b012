//! Forms: each does one act of the API, by fields whose names are pointers into the act's document.
//!
//! A form that fails shows again on its own page, with what was typed, and each complaint at its field. Where others
//! have changed the thing meanwhile, a field shows both what was typed and what is stored now.

mod control;
mod field;

use std::cell::RefCell;
use std::collections::BTreeMap;

use maud::{Markup, html};
use serde::Serialize;

use self::control::Control;
use super::errors;
use super::fields::{Fields, sent};
use super::request::PageRequest;
use crate::domain::access::OfficeDuty;
use crate::error::{Error, Kind};
use crate::http::endpoints::Method;

pub(super) use self::field::*;

/// A form that was sent and failed.
pub(super) struct Carried {
    /// The act, as [`Form`] names it.
    pub(super) act: String,
    pub(super) fields: Fields,
    /// Why it failed; the pointers of its problems are names of fields already, as far as there are any.
    pub(super) error: Error,
}

/// A form for one act.
pub(super) struct Form<'a> {
    request: &'a PageRequest,
    method: Method,
    /// The endpoint's address.
    address: String,
    revision: Option<i64>,
    once: bool,
    next: Option<String>,
    done: Option<&'static str>,
    base: Option<String>,
    files: bool,
    queued: bool,
    kept: Option<Kept>,
    extra: Vec<(&'static str, String)>,
    /// What the fields that were written are called, by their names.
    labels: RefCell<BTreeMap<String, String>>,
}

/// How a script sees to it that nothing typed into a form is lost; each is what its attribute says.
#[derive(Clone, Copy)]
enum Kept {
    /// It is saved as it is typed and when the page is left, and kept on the device until the server has it.
    Saves,
    /// It is kept on the device until its button has sent it.
    Keeps,
}

/// A list that was sent with more rows than this is not shown again whole.
const MOST_ROWS: usize = 1_000;

impl<'a> Form<'a> {
    /// A form for the act of this method and address (`/api/v1/…`, with a query where it takes one).
    pub(super) fn new(request: &'a PageRequest, method: Method, address: impl Into<String>) -> Self {
        Self {
            request,
            method,
            address: address.into(),
            revision: None,
            once: false,
            next: None,
            done: None,
            base: None,
            files: false,
            queued: false,
            kept: None,
            extra: Vec::new(),
            labels: RefCell::default(),
        }
    }

    /// The revision that the form is a change of.
    pub(super) fn revision(mut self, revision: i64) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Sent twice, the act is done once.
    pub(super) fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// The page to go to afterwards, without the language; `{name}` stands for a member of the answer. The page that
    /// the form is on, unless told.
    pub(super) fn next(mut self, page: impl Into<String>) -> Self {
        self.next = Some(page.into());
        self
    }

    /// What is told on that page.
    pub(super) fn done(mut self, zh: &'static str, en: &'static str) -> Self {
        self.done = Some(self.request.t(zh, en));
        self
    }

    /// The document that the fields are laid over.
    pub(super) fn base(mut self, document: &impl Serialize) -> Self {
        self.base = serde_json::to_string(document).ok();
        self
    }

    /// The form carries files: fields of type `file`, which come last.
    pub(super) fn files(mut self) -> Self {
        self.files = true;
        self
    }

    /// The files are kept on the device until they are sent, where the browser runs scripts: for places without a network.
    /// The form has nothing else that a person enters.
    pub(super) fn queued(mut self) -> Self {
        self.files = true;
        self.queued = true;
        self
    }

    /// The form is saved as it is typed, where the browser runs scripts. Its act must be one over a revision.
    pub(super) fn autosave(mut self) -> Self {
        self.kept = Some(Kept::Saves);
        self
    }

    /// What is typed is kept on the device until the form is sent, where the browser runs scripts: for acts that are not
    /// to happen before somebody wants them. It must be an act over a revision.
    pub(super) fn kept(mut self) -> Self {
        self.kept = Some(Kept::Keeps);
        self
    }

    /// A value that a person does not enter, under a name of any kind.
    pub(super) fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((name, value.into()));
        self
    }

    fn act(&self) -> String {
        format!("{} {}", self.method.as_str(), self.address)
    }

    /// The form as it was sent, if it failed.
    pub(super) fn carried(&self) -> Option<&'a Carried> {
        self.request.carried.as_ref().filter(|carried| carried.act == self.act())
    }

    /// What was typed under a name; what is stored, if the form was not sent.
    pub(super) fn value(&self, name: &str, stored: &str) -> String {
        let typed = self.carried().and_then(|carried| sent(&carried.fields, name));
        typed.unwrap_or(stored).to_owned()
    }

    /// The highest row of a list that was sent, to show as many rows again: one more than its number.
    pub(super) fn rows_sent(&self, list: &str) -> usize {
        let prefix = format!("{list}/");
        let rows = self.carried().into_iter().flat_map(|carried| &carried.fields).filter_map(|(name, _)| {
            name.strip_prefix(&prefix)?.split(['/', ':']).next()?.parse::<usize>().ok()
        });
        let rows = rows.filter(|row| *row < MOST_ROWS);
        rows.max().map_or(0, |row| row + 1)
    }

    /// An identifier for a field of this form, which links to it name.
    pub(super) fn id(&self, name: &str) -> String {
        let mut id = String::from("f");
        for part in [self.address.as_str(), name] {
            for c in part.chars() {
                id.push(if c.is_ascii_alphanumeric() { c } else { '-' });
            }
            id.push('.');
        }
        id
    }

    fn problems(&self, name: &str) -> Vec<String> {
        let Some(carried) = self.carried() else { return Vec::new() };
        let found = carried.error.problems.iter().filter(|problem| is_of(&problem.pointer, name));
        found.map(|problem| self.request.localized(&problem.message)).collect()
    }

    /// The form with these fields and buttons.
    pub(super) fn render(&self, content: &Markup) -> Markup {
        let request = self.request;
        if let Some(duty) = request.missing_duty(self.method, &self.address) {
            return self.of_others(duty, content);
        }
        let action = request.link(&self.address.replacen("/api/", "/act/", 1));
        let kept = self.kept.map(|kept| match kept {
            Kept::Saves => "saves",
            Kept::Keeps => "keeps",
        });
        // What was typed over something that others have changed waits for the person's decision.
        let failed = self.carried().filter(|_| kept.is_some()).map(|carried| match carried.error.kind {
            Kind::Stale => "stale",
            _ => "wrong",
        });
        if self.once {
            request.once.set(true);
        }
        if let Some(told) = self.summary() {
            request.complaint.replace(Some(told));
        }
        let encoding = if self.files { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
        html! {
            form.form method="post" action=(action) enctype=(encoding) novalidate
                data-kept=[kept] data-failed=[failed] data-queue[self.queued]
                hx-boost=[(self.files && !self.queued).then_some("true")] {
                input type="hidden" name="_method" value=(self.method.as_str());
                input type="hidden" name="_csrf_token" value=(request.csrf_token);
                input type="hidden" name="_page" value=(request.here);
                @if let Some(revision) = self.revision_now() {
                    input type="hidden" name="_revision" value=(revision) id=(format!("{}revision", self.id("")));
                }
                @if self.once { input type="hidden" name="_key" value=(self.key()); }
                @if let Some(next) = &self.next { input type="hidden" name="_next" value=(next); }
                @if let Some(done) = self.done { input type="hidden" name="_done" value=(done); }
                @if let Some(base) = &self.base { input type="hidden" name="_base" value=(base); }
                @for (name, value) in &self.extra { input type="hidden" name=(name) value=(value); }
                (content)
                @match self.kept {
                    Some(Kept::Saves) => p.saved role="status" data-state="idle" {
                        (request.t("允许脚本时内容会自动保存；也可点击按钮保存", "Saved as you type where scripts run; or use the button"))
                    },
                    Some(Kept::Keeps) => p.saved role="status" data-state="idle" {
                        (request.t("填写的内容点击按钮后才保存", "Saved by the button alone"))
                    },
                    None => {}
                }
            }
        }
    }

    /// What it says, to be read: it is part of a duty that others have.
    fn of_others(&self, duty: OfficeDuty, content: &Markup) -> Markup {
        let request = self.request;
        let (zh, en) = duty.names();
        html! {
            div.form {
                p.muted {
                    (request.t("由有“", "For accounts with the duty “")) (request.t(zh, en)) (request.t("”职责的人员办理。", "”."))
                }
                fieldset.others disabled { (content) }
            }
        }
    }

    /// The revision that the next attempt is a change of: after a stale one the person has seen what is stored now.
    fn revision_now(&self) -> Option<i64> {
        let stale = self.carried().filter(|carried| carried.error.kind == Kind::Stale);
        stale.and_then(|carried| carried.error.revision).or(self.revision)
    }

    /// What makes the act one act however often the form is sent. Where it may have been done already it stays.
    fn key(&self) -> String {
        let unknown = self.carried().filter(|carried| carried.error.is_outcome_unknown());
        let sent = unknown.and_then(|carried| sent(&carried.fields, "_key"));
        sent.map_or_else(|| self.request.service.clock.new_id().to_string(), str::to_owned)
    }

    /// What is wrong, with links to the fields.
    fn summary(&self) -> Option<Markup> {
        let carried = self.carried()?;
        let (request, error) = (self.request, &carried.error);
        Some(html! {
            div.errors role="alert" tabindex="-1" autofocus {
                h2 { (request.localized(&error.message)) }
                @if error.is_outcome_unknown() {
                    p { (errors::unknown(request)) }
                    (errors::look(request))
                }
                @if error.kind == Kind::Stale {
                    p { (request.t(
                        "您填写的内容保留在下方，尚未保存。请与“现在的内容”核对，合并后再次提交。",
                        "What you entered stands below and is not saved yet. Compare it with what is stored now, merge, and send again.",
                    )) }
                }
                @if !error.problems.is_empty() {
                    ul {
                        @for problem in &error.problems { li { (self.told_of_field(carried, &problem.pointer, &request.localized(&problem.message))) } }
                    }
                }
            }
        })
    }

    /// A complaint that leads to its field, if there is one.
    fn told_of_field(&self, carried: &Carried, pointer: &str, told: &str) -> Markup {
        let labels = self.labels.borrow();
        match labels.iter().find(|(name, _)| is_of(pointer, name)) {
            Some((name, label)) => html! {
                a href=(format!("#{}", self.id(name))) { (label) (self.request.t("：", ": ")) span.told { (told) } }
            },
            None if sent(&carried.fields, pointer).is_some() => html! {
                a.told href=(format!("#{}", self.id(pointer))) { (told) }
            },
            None => html! { span.told { (told) } },
        }
    }

    /// Keeps what a field is called, for complaints about it.
    fn call(&self, field: &Field) {
        let within = field.within.as_deref().map(|within| format!("{within}{}", self.request.t("：", ": ")));
        let label = format!("{}{}", within.unwrap_or_default(), field.label);
        self.labels.borrow_mut().insert(field.name.clone(), label);
    }

    /// A field with its label, hint and complaints.
    pub(super) fn field(&self, field: &Field) -> Markup {
        self.call(field);
        let problems = self.problems(&field.name);
        let id = self.id(&field.name);
        let (hint_id, error_id) = (format!("{id}hint"), format!("{id}error"));
        let mut described: Vec<&str> = Vec::new();
        if field.hint.is_some() {
            described.push(&hint_id);
        }
        if !problems.is_empty() {
            described.push(&error_id);
        }
        let described = (!described.is_empty()).then(|| described.join(" "));
        let wrong = !problems.is_empty();
        let control = Control { form: self, field, id: &id, described, wrong };
        let around = html! {
            @if let Some(hint) = &field.hint { div.hint id=(hint_id) { (hint) } }
            @if wrong { @for told in &problems { p.error id=(error_id) { (told) } } }
        };
        let stored = self.stored(field);
        if matches!(field.kind, Input::Radios(_) | Input::Scale(_)) {
            return html! {
                fieldset.group.wrong[wrong] aria-describedby=[control.described.as_deref()] {
                    legend { (field.label) (self.optional(field)) }
                    (around)
                    (control)
                    (stored)
                }
            };
        }
        if matches!(field.kind, Input::Checkbox) {
            return html! { div.field.wrong[wrong] { (around) (control) (stored) } };
        }
        html! {
            div.field.wrong[wrong] {
                label for=(id) { (field.label) (self.optional(field)) }
                (around)
                (control)
                (stored)
            }
        }
    }

    /// A field inside a table, whose label is only read out.
    pub(super) fn cell(&self, field: &Field) -> Markup {
        self.call(field);
        let problems = self.problems(&field.name);
        let id = self.id(&field.name);
        let error_id = format!("{id}error");
        let described = (!problems.is_empty()).then(|| error_id.clone());
        let control = Control { form: self, field, id: &id, described, wrong: !problems.is_empty() };
        html! {
            @for told in &problems { p.error id=(error_id) { (told) } }
            (control)
            (self.stored(field))
        }
    }

    fn optional(&self, field: &Field) -> &'static str {
        if field.required || field.stays_silent { "" } else { self.request.t("（选填）", " (optional)") }
    }

    /// What is stored now, where the form is stale and says something else.
    fn stored(&self, field: &Field) -> Markup {
        let stale = self.carried().filter(|carried| carried.error.kind == Kind::Stale);
        let Some(carried) = stale else { return Markup::default() };
        let Some(typed) = sent(&carried.fields, &field.name) else { return Markup::default() };
        if typed.replace("\r\n", "\n") == field.value {
            return Markup::default();
        }
        html! {
            p.stored {
                strong { (self.request.t("现在的内容：", "Stored now: ")) }
                @if field.value.is_empty() { (self.request.t("（空）", "(empty)")) } @else { (field.value) }
            }
        }
    }

    /// A row of buttons: the first does the act.
    pub(super) fn button(&self, zh: &'static str, en: &'static str) -> Markup {
        html! { div.buttons { button type="submit" { (self.request.t(zh, en)) } } }
    }

    /// A button for an act that can't be undone.
    pub(super) fn danger(&self, zh: &'static str, en: &'static str) -> Markup {
        html! { div.buttons { button.danger type="submit" { (self.request.t(zh, en)) } } }
    }
}

/// Whether a complaint is about the field of this name: by the name, or, where the field was not sent, without its type.
fn is_of(pointer: &str, name: &str) -> bool {
    pointer == name
        || (name.starts_with('/') && name.rsplit_once(':').is_some_and(|(plain, _)| pointer == plain))
}

/// The first choice bears the field's own identifier, so that a link to the field finds it.
fn numbered(id: &str, index: usize) -> String {
    if index == 0 { id.to_owned() } else { format!("{id}{index}") }
}
