//! The form of a step of setting up: its fields are laid over the whole settings. Before the call it replaces the
//! settings, afterwards it is a correction with its reason.

use serde_json::{Value, json};

use super::super::prelude::*;
use super::is_office;
use crate::actions::competitions::CompetitionView;
use crate::domain::competition::CompetitionState;

/// Empty rows at the end of a list.
const BLANK: usize = 2;

/// The form of a step.
pub(super) struct Editor<'a> {
    pub(super) request: &'a PageRequest,
    /// The settings as JSON.
    pub(super) settings: Value,
    form: Form<'a>,
    prefix: &'static str,
    open: bool,
    called: bool,
}

/// What a column of a list is entered with.
pub(super) enum Cell {
    Text,
    Whole,
    /// A decimal, kept as it is typed.
    Decimal,
    Area,
    Yes,
    /// One of these, by value; a row with nothing else is no row.
    Select(Vec<(String, String)>),
    /// One of these by number; without one the row is empty.
    Numbered(Vec<(String, String)>),
    /// Whole numbers, with blanks or commas between.
    Wholes,
}

/// A column of a list.
pub(super) struct Column {
    pub(super) member: &'static str,
    pub(super) words: &'static str,
    pub(super) cell: Cell,
}

/// A JSON value as a field shows it.
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_number) => {
            items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

impl<'a> Editor<'a> {
    /// The form of a step, laid over `settings`; afterwards the page `next`.
    pub(super) fn new(
        request: &'a PageRequest,
        competition: &CompetitionView,
        settings: Value,
        next: String,
    ) -> Self {
        let id = competition.id;
        let called = competition.state != CompetitionState::Draft;
        let form = if called {
            request
                .form(Method::Post, format!("/api/v1/competitions/{id}/corrections"))
                .revision(competition.revision)
                .once()
                .base(&json!({ "reason": "", "settings": settings }))
                .done("更正已发布，形成新版本。", "The correction is published as a new version.")
        } else {
            request
                .form(Method::Put, format!("/api/v1/competitions/{id}/settings"))
                .revision(competition.revision)
                .base(&settings)
                .done("已保存。", "Saved.")
        };
        // Each time they are stored the settings become a version of their own, so they don't save themselves.
        let form = form.next(next).kept();
        let prefix = if called { "/settings" } else { "" };
        Self { request, settings, form, prefix, open: is_office(request), called }
    }

    /// One of two wordings.
    pub(super) fn t<'b>(&self, zh: &'b str, en: &'b str) -> &'b str {
        self.request.t(zh, en)
    }

    /// The name of the field for a pointer into the settings, with its type.
    pub(super) fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.prefix)
    }

    /// What is stored at a pointer, which may have a field's type behind it.
    pub(super) fn stored(&self, pointer: &str) -> String {
        let pointer = pointer.split(':').next().unwrap_or(pointer);
        shown(self.settings.pointer(pointer))
    }

    /// A line of text.
    pub(super) fn text(&self, pointer: &str, label: &str) -> Field {
        Field::text(self.at(pointer), label).value(self.stored(pointer))
    }

    pub(super) fn number(&self, pointer: &str, label: &str) -> Field {
        Field::number(self.at(pointer), label).value(self.stored(pointer)).short()
    }

    /// Text of several lines.
    pub(super) fn area(&self, pointer: &str, label: &str, lines: u8) -> Field {
        Field::area(self.at(pointer), label, lines).value(self.stored(pointer))
    }

    pub(super) fn yes(&self, pointer: &str, label: &str) -> Field {
        Field::checkbox(self.at(pointer), label).value(self.stored(pointer))
    }

    /// One of a few.
    pub(super) fn radios(
        &self,
        pointer: &str,
        label: &str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Field {
        Field::radios(self.at(pointer), label, choices).value(self.stored(pointer)).required()
    }

    /// One of many.
    pub(super) fn select(
        &self,
        pointer: &str,
        label: &str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Field {
        Field::select(self.at(pointer), label, choices).value(self.stored(pointer)).medium()
    }

    /// A field with its label.
    pub(super) fn field(&self, field: &Field) -> Markup {
        self.form.field(field)
    }

    /// A field in a table.
    pub(super) fn cell(&self, field: &Field) -> Markup {
        self.form.cell(field)
    }

    /// Entries that are stored in a list.
    pub(super) fn length(&self, list: &str) -> usize {
        self.settings.pointer(list).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Rows to show for a list: what is stored or was sent, with empty ones behind.
    pub(super) fn rows(&self, list: &str) -> usize {
        self.rows_with(list, BLANK)
    }

    /// The same with so many empty ones.
    pub(super) fn rows_with(&self, list: &str, blank: usize) -> usize {
        let blank = if self.open { blank } else { 0 };
        (self.length(list) + blank).max(self.form.rows_sent(&self.at(list)))
    }

    /// A key that no entry of a list has, for the row at `index`.
    pub(super) fn free_key(&self, list: &str, stem: &str, index: usize) -> String {
        let stored = self.settings.pointer(list).and_then(Value::as_array);
        let taken: Vec<&str> =
            stored.into_iter().flatten().filter_map(|entry| entry["key"].as_str()).collect();
        let free = (1..).map(|n| format!("{stem}{n}")).filter(|key| !taken.contains(&key.as_str()));
        let nth = index.saturating_sub(taken.len());
        free.take(nth + 1).last().unwrap_or_default()
    }

    /// Where a row stands and whether it goes, with and without scripts; and what else there is to do with it.
    pub(super) fn row_tools(&self, row: &str, index: usize, stored: bool, more: &Markup) -> Markup {
        let request = self.request;
        let order = Field::number(self.at(&format!("{row}/_order")), request.t("顺序", "Order"))
            .value((index + 1).to_string())
            .short();
        html! {
            div.tools {
                (self.cell(&order))
                @if stored {
                    (self.cell(&Field::checkbox(self.at(&format!("{row}/_remove:yes")), request.t("删除", "Remove"))))
                }
                (more)
            }
        }
    }

    /// A list as a table, one row an entry. New rows get keys of this stem.
    pub(super) fn table(&self, list: &str, caption: &str, stem: Option<&str>, columns: &[Column]) -> Markup {
        let key = |index: usize| {
            html! {
                @if let Some(stem) = stem.filter(|_| index >= self.length(list)) {
                    input type="hidden" name=(self.at(&format!("{list}/{index}/key:key"))) value=(self.free_key(list, stem, index));
                }
            }
        };
        let row = |index: usize| format!("{list}/{index}");
        let table = Table::new(caption, 0..self.rows(list))
            .each(columns.iter().enumerate(), |table, (place, column)| {
                let cell = move |index: &usize| {
                    html! {
                        @if place == 0 { (key(*index)) }
                        (self.cell(&self.column(&row(*index), column)))
                    }
                };
                match column.cell {
                    Cell::Text | Cell::Area => table.field(column.words, cell),
                    _ => table.column(column.words, cell),
                }
            })
            .column(self.t("顺序", "Order"), |index| {
                self.row_tools(&row(*index), *index, *index < self.length(list), &Markup::default())
            });
        html! {
            (table.render())
            @if self.open {
                p.hint { (self.t(
                    "空行不会保存；要增加更多，保存后会再出现空行。",
                    "Empty rows are not saved; after saving there are new empty rows.",
                )) }
            }
        }
    }

    fn column(&self, row: &str, column: &Column) -> Field {
        let pointer = format!("{row}/{}", column.member);
        let stored = self.stored(&pointer);
        let name = |kind: &str| self.at(&format!("{pointer}{kind}"));
        let words = column.words;
        let field = match &column.cell {
            Cell::Text => Field::text(name(""), words),
            Cell::Whole => Field::number(name(":whole"), words).short(),
            Cell::Decimal => Field::number(name(""), words).short(),
            Cell::Area => Field::area(name(""), words, 2),
            Cell::Yes => Field::checkbox(name(":yes"), words),
            Cell::Select(choices) => Field::select(name(":key"), words, choices.clone()),
            Cell::Numbered(choices) => {
                let none = (String::new(), "—".to_owned());
                Field::select(name(":whole"), words, std::iter::once(none).chain(choices.clone()))
            }
            Cell::Wholes => Field::text(name(":wholes"), words),
        };
        field.value(stored)
    }

    /// The whole form. Whoever may not change anything sees it as it is.
    pub(super) fn render(&self, content: &Markup) -> Markup {
        if !self.open {
            return html! { div.form { fieldset disabled { (content) } } };
        }
        self.form.render(&html! {
            (content)
            @if self.called {
                (self.form.field(&Field::area("/reason", self.t("更正理由", "Reason of the correction"), 3)
                    .hint(self.t(
                        "竞赛已发布：保存即发布更正，形成新版本，理由随新版本公开。",
                        "The competition is called: saving publishes a correction as a new version, and its reason with it.",
                    ))
                    .required()))
                (self.form.danger("发布更正", "Publish the correction"))
            } @else {
                (self.form.button("保存", "Save"))
            }
        })
    }
}
