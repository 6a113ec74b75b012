//! Small parts that pages are made of.

use maud::{Markup, html};

use super::asked::Asked;
use super::words::Words;
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;

/// How a state looks.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// Going on.
    Active,
    /// Done, in order.
    Good,
    /// Somebody should do something.
    Warning,
    /// Against the one it is about.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Active => "active",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// A short word that says a state.
pub(super) fn tag(words: &str, tone: Tone) -> Markup {
    html! { span class=(format!("tag {}", tone.class())) { (words) } }
}

/// The state of an application.
pub(super) fn application_state(asked: &Asked, state: ApplicationState) -> Markup {
    use ApplicationState as S;
    let tone = match state {
        S::Draft | S::Withdrawn => Tone::Neutral,
        S::Submitted | S::Recommended => Tone::Active,
        S::Returned | S::Correction => Tone::Warning,
        S::Accepted => Tone::Good,
        S::NotRecommended | S::Rejected => Tone::Bad,
    };
    tag(state.in_language(asked.language), tone)
}

/// The state of an edition.
pub(super) fn competition_state(asked: &Asked, state: CompetitionState) -> Markup {
    let tone = match state {
        CompetitionState::Draft => Tone::Neutral,
        CompetitionState::Announced => Tone::Good,
        _ => Tone::Active,
    };
    tag(state.in_language(asked.language), tone)
}

/// A banner.
pub(super) fn notice(tone: Tone, content: &Markup) -> Markup {
    let class = match tone {
        Tone::Neutral | Tone::Active => "info",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    };
    html! { div class=(format!("notice {class}")) { (content) } }
}

/// What to do where there is nothing yet.
pub(super) fn empty(content: &Markup) -> Markup {
    html! { div.empty { (content) } }
}

/// Facts, each with its name.
pub(super) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, fact) in rows { dt { (name) } dd { (fact) } } } }
}

/// Links to the views of one thing; `current` is the address of the one that is shown.
pub(super) fn tabs(asked: &Asked, label: &str, views: &[(String, &str)], current: &str) -> Markup {
    html! {
        nav.tabs.screen aria-label=(label) {
            ul {
                @for (page, words) in views {
                    li { a href=(asked.link(page)) aria-current=[(page == current).then_some("page")] { (words) } }
                }
            }
        }
    }
}

/// The way to the next part of a list; `query` is what the list was asked with besides.
pub(super) fn next_page(asked: &Asked, page: &str, query: &[(&str, String)], cursor: Option<&str>) -> Markup {
    let Some(cursor) = cursor else { return Markup::default() };
    let mut address = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        address.append_pair(name, value);
    }
    address.append_pair("cursor", cursor);
    html! {
        nav.pages aria-label=(asked.t("分页", "Pages")) {
            a href=(asked.link(&format!("{page}?{}", address.finish()))) { (asked.t("下一页", "Next page")) }
        }
    }
}

/// A button that prints the page; only where scripts run, as every browser can print by itself.
pub(super) fn print_button(asked: &Asked) -> Markup {
    html! { button.secondary.screen type="button" data-print hidden { (asked.t("打印", "Print")) } }
}
