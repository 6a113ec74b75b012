//! Filters of a list: a form whose fields are the page's own query.

use maud::{Markup, html};

use crate::domain::catalogue::Catalogue;
use crate::http::pages::asked::Asked;
use crate::http::pages::form::{Group, options};

/// A filter.
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
}

impl Filter {
    /// A line of text, with an example of what may stand there.
    pub(super) fn text(name: &'static str, label: &str, example: &str) -> Self {
        Self { name, label: label.to_owned(), kind: Kind::Text(example.to_owned()) }
    }

    /// One of many: value and words.
    pub(super) fn choice(
        name: &'static str,
        label: &str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self { name, label: label.to_owned(), kind: Kind::Choice(vec![Group::plain(choices)]) }
    }

    /// A region of a catalogue.
    pub(super) fn region(name: &'static str, label: &str, catalogue: &Catalogue) -> Self {
        Self { name, label: label.to_owned(), kind: Kind::Choice(Group::regions(catalogue, |_| true)) }
    }

    /// A moment.
    pub(super) fn time(name: &'static str, label: &str) -> Self {
        Self { name, label: label.to_owned(), kind: Kind::Time }
    }
}

/// What the query has under a name.
pub(super) fn chosen(asked: &Asked, name: &str) -> String {
    asked.query.get(name).cloned().unwrap_or_default()
}

/// What of the query a list is asked with besides its cursor, for the way to its next page.
pub(super) fn query<'a>(asked: &Asked, filters: &'a [Filter]) -> Vec<(&'a str, String)> {
    filters.iter().map(|filter| (filter.name, chosen(asked, filter.name))).collect()
}

/// The form. `page` is the list's own address.
pub(super) fn form(asked: &Asked, page: &str, filters: &[Filter]) -> Markup {
    let any = filters.iter().any(|filter| !chosen(asked, filter.name).is_empty());
    html! {
        form.form.filters.screen method="get" action=(asked.link(page)) role="search" {
            div.cards { @for filter in filters { (field(asked, filter)) } }
            div.buttons {
                button.secondary type="submit" { (asked.t("筛选", "Filter")) }
                @if any { a href=(asked.link(page)) { (asked.t("清除筛选", "Clear the filters")) } }
            }
        }
    }
}

fn field(asked: &Asked, filter: &Filter) -> Markup {
    let id = format!("filter-{}", filter.name);
    let value = chosen(asked, filter.name);
    html! {
        div.field {
            label for=(id) { (filter.label) }
            @match &filter.kind {
                Kind::Text(example) => input id=(id) name=(filter.name) type="text" value=(value) placeholder=(example) autocomplete="off";,
                Kind::Time => input id=(id) name=(filter.name) type="datetime-local" value=(value);,
                Kind::Choice(groups) => select id=(id) name=(filter.name) {
                    option value="" { (asked.t("全部", "All")) }
                    (options(groups, &value))
                }
            }
        }
    }
}
