//! Forms: each does one act of the API, by fields whose names are pointers into the act's document.
//!
//! A form that fails shows again on its own page, with what was typed, and each complaint at its field. Where others
//! have changed the thing meanwhile, a field shows both what was typed and what is stored now.

use std::cell::RefCell;
use std::collections::BTreeMap;

use maud::{Markup, Render, html};
use serde::Serialize;

use super::errors;
use super::fields::{Fields, sent};
use super::request::PageRequest;
use crate::domain::catalogue::{Catalogue, Region, RegionKind};
use crate::error::{Error, Kind};
use crate::http::endpoints::Method;

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

/// Choices of a list that opens, under a heading or none: value and words.
pub(super) struct Group {
    heading: Option<String>,
    choices: Vec<(String, String)>,
}

impl Group {
    /// Choices under no heading.
    pub(super) fn plain(choices: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { heading: None, choices: choices.into_iter().collect() }
    }

    /// Choices under a heading.
    pub(super) fn of(heading: &str, choices: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { heading: Some(heading.to_owned()), choices: choices.into_iter().collect() }
    }

    /// The regions of a catalogue that are wanted, each under its city.
    pub(super) fn regions(catalogue: &Catalogue, wanted: impl Fn(&Region) -> bool) -> Vec<Self> {
        let cities = catalogue.regions.iter().filter(|region| region.kind == RegionKind::City);
        let group = |city: &Region| {
            let own = |region: &&Region| region.code == city.code || region.parent == city.code;
            let regions = catalogue.regions.iter().filter(own).filter(|region| wanted(region));
            let choice = |region: &Region| {
                let within = (region.code != city.code).then_some(city);
                (region.code.to_string(), format!("{} {}", region.name_in(within), region.code))
            };
            Self { heading: Some(city.name.clone()), choices: regions.map(choice).collect() }
        };
        cities.map(group).filter(|group| !group.choices.is_empty()).collect()
    }
}

/// The choices of a list, one of them chosen.
pub(super) fn options(groups: &[Group], chosen: &str) -> Markup {
    let list = |choices: &[(String, String)]| {
        html! { @for (key, words) in choices { option value=(key) selected[key == chosen] { (words) } } }
    };
    let known = groups.iter().flat_map(|group| &group.choices).any(|(key, _)| key == chosen);
    html! {
        // What is stored stays chosen, though nobody would be offered it: saving the rest of a form does not change it.
        @if !known && !chosen.is_empty() { option value=(chosen) selected { (chosen) } }
        @for group in groups {
            @match &group.heading {
                Some(heading) => optgroup label=(heading) { (list(&group.choices)) },
                None => (list(&group.choices)),
            }
        }
    }
}

/// What a person enters with.
enum Input {
    Text(&'static str),
    Password(&'static str),
    Code,
    Area(u8),
    Date,
    Time,
    Select(Vec<Group>),
    Radios(Vec<(String, String)>),
    Scale(Vec<String>),
    Checkbox,
    Files { accept: String, many: bool, camera: bool },
}

/// A field of a form.
pub(super) struct Field {
    name: String,
    label: String,
    /// What it is of, where several fields have the same label.
    within: Option<String>,
    kind: Input,
    value: String,
    hint: Option<String>,
    required: bool,
    /// Nothing is said about whether it may stay empty.
    stays_silent: bool,
    unit: Option<String>,
    width: &'static str,
    complete: Option<&'static str>,
}

impl Field {
    fn new(name: impl Into<String>, label: impl Into<String>, kind: Input) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            within: None,
            kind,
            value: String::new(),
            hint: None,
            required: false,
            stays_silent: false,
            unit: None,
            width: "",
            complete: None,
        }
    }

    /// A line of text.
    pub(super) fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Text("text"))
    }

    /// A number: a line of text with a keyboard of digits, as decimals are kept as they are typed.
    pub(super) fn number(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Text("decimal"))
    }

    /// A password; `purpose` is what browsers call it: `current-password` or `new-password`.
    pub(super) fn password(name: impl Into<String>, label: impl Into<String>, purpose: &'static str) -> Self {
        Self::new(name, label, Input::Password(purpose))
    }

    /// A code of digits that is good for a moment, which is never shown again.
    pub(super) fn code(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Code)
    }

    /// Text of several lines.
    pub(super) fn area(name: impl Into<String>, label: impl Into<String>, lines: u8) -> Self {
        Self::new(name, label, Input::Area(lines))
    }

    /// A date, `2026-03-10`.
    pub(super) fn date(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Date)
    }

    /// A moment in Asia/Shanghai, `2026-03-10T18:00`; its name ends in `:time`.
    pub(super) fn time(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Time)
    }

    /// One of many, from a list that opens: value and words.
    pub(super) fn select(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self::new(name, label, Input::Select(vec![Group::plain(choices)]))
    }

    /// The same, from choices in groups.
    pub(super) fn select_of(name: impl Into<String>, label: impl Into<String>, groups: Vec<Group>) -> Self {
        Self::new(name, label, Input::Select(groups))
    }

    /// One of a few, all in sight: value and words.
    pub(super) fn radios(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self::new(name, label, Input::Radios(choices.into_iter().collect()))
    }

    /// A score of a scale, its steps in a row.
    pub(super) fn scale(
        name: impl Into<String>,
        label: impl Into<String>,
        steps: impl IntoIterator<Item = String>,
    ) -> Self {
        Self::new(name, label, Input::Scale(steps.into_iter().collect()))
    }

    /// Yes or no; its name ends in `:yes` and its value is `true` or `false`.
    pub(super) fn checkbox(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Checkbox).silent()
    }

    pub(super) fn file(name: impl Into<String>, label: impl Into<String>, accept: impl Into<String>) -> Self {
        Self::new(name, label, Input::Files { accept: accept.into(), many: false, camera: false })
    }

    /// Several files at once.
    pub(super) fn files(
        name: impl Into<String>,
        label: impl Into<String>,
        accept: impl Into<String>,
    ) -> Self {
        Self::new(name, label, Input::Files { accept: accept.into(), many: true, camera: false })
    }

    /// Pictures from the camera of a tablet.
    pub(super) fn camera(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Files { accept: "image/*".to_owned(), many: true, camera: true })
    }

    /// What is stored.
    pub(super) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// What it is of, where other fields of the page have the same label: said where it is complained about.
    pub(super) fn within(mut self, whole: impl Into<String>) -> Self {
        self.within = Some(whole.into());
        self
    }

    /// What to write, and how.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// It must not stay empty.
    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Whether it may stay empty follows from elsewhere: nothing is said about it.
    pub(super) fn silent(mut self) -> Self {
        self.stays_silent = true;
        self
    }

    /// The unit, behind the field.
    pub(super) fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// What browsers call it: `username`, `tel`, `email`, `name`.
    pub(super) fn complete(mut self, purpose: &'static str) -> Self {
        self.complete = Some(purpose);
        self
    }

    /// About ten characters wide.
    pub(super) fn short(mut self) -> Self {
        self.width = "short";
        self
    }

    /// About twenty-five characters wide.
    pub(super) fn medium(mut self) -> Self {
        self.width = "medium";
        self
    }
}

/// The part of a field that a person touches.
struct Control<'a> {
    form: &'a Form<'a>,
    field: &'a Field,
    id: &'a str,
    described: Option<String>,
    wrong: bool,
}

impl Render for Control<'_> {
    fn render(&self) -> Markup {
        let Self { form, field, id, described, wrong } = self;
        let value = form.value(&field.name, &field.value);
        let name = field.name.as_str();
        let invalid = wrong.then_some("true");
        let width = (!field.width.is_empty()).then_some(field.width);
        let label = field.label.as_str();
        let line = |kind: &str, mode: Option<&str>, complete: Option<&str>, value: &str| {
            html! {
                input id=(id) name=(name) type=(kind) value=(value) class=[width] inputmode=[mode] autocomplete=[complete]
                    aria-label=(label) aria-describedby=[described] aria-invalid=[invalid] required[field.required];
            }
        };
        let control = match &field.kind {
            Input::Text("decimal") => line("text", Some("decimal"), Some("off"), &value),
            Input::Text(_) => line("text", None, field.complete, &value),
            // A password is never sent back to the browser.
            Input::Password(purpose) => line("password", None, Some(purpose), ""),
            Input::Code => line("text", Some("numeric"), Some("one-time-code"), ""),
            Input::Date => line("date", None, None, &value),
            Input::Time => line("datetime-local", None, None, &value),
            Input::Area(lines) => html! {
                textarea id=(id) name=(name) rows=(lines) class=[width] aria-label=(label)
                    aria-describedby=[described] aria-invalid=[invalid] required[field.required] { "\n" (value) }
            },
            Input::Select(groups) => html! {
                select id=(id) name=(name) class=[width] aria-label=(label) aria-describedby=[described]
                    aria-invalid=[invalid] required[field.required] {
                    (options(groups, &value))
                }
            },
            Input::Radios(choices) => html! {
                div.choices {
                    @for (index, (key, words)) in choices.iter().enumerate() {
                        label.choice {
                            input id=(numbered(id, index)) type="radio" name=(name) value=(key) checked[*key == value] aria-invalid=[invalid];
                            span { (words) }
                        }
                    }
                }
            },
            Input::Scale(steps) => html! {
                div.scale {
                    @for (index, step) in steps.iter().enumerate() {
                        label {
                            input id=(numbered(id, index)) type="radio" name=(name) value=(step) checked[*step == value] aria-invalid=[invalid];
                            span { (step) }
                        }
                    }
                }
            },
            Input::Checkbox => html! {
                input type="hidden" name=(name) value="false";
                label.choice {
                    input id=(id) type="checkbox" name=(name) value="true" checked[value == "true"]
                        aria-describedby=[described] aria-invalid=[invalid];
                    span { (label) }
                }
            },
            Input::Files { accept, many, camera } => html! {
                div.upload {
                    input id=(id) type="file" name=(name) accept=(accept) multiple[*many] capture=[camera.then_some("environment")]
                        aria-label=(label) aria-describedby=[described] aria-invalid=[invalid];
                    progress max="100" value="0" hidden aria-label=(form.request.t("上传进度", "Upload progress")) {}
                }
            },
        };
        html! { (control) @if let Some(unit) = &field.unit { span.unit { (unit) } } }
    }
}

/// The first choice bears the field's own identifier, so that a link to the field finds it.
fn numbered(id: &str, index: usize) -> String {
    if index == 0 { id.to_owned() } else { format!("{id}{index}") }
}
