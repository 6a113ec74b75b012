//! The fields of a form.

use maud::{Markup, html};

use crate::domain::catalogue::{Catalogue, Region, RegionKind};

/// Choices of a list that opens, under a heading or none: value and words.
pub(in crate::http::pages) struct Group {
    heading: Option<String>,
    pub(super) choices: Vec<(String, String)>,
}

impl Group {
    /// Choices under no heading.
    pub(in crate::http::pages) fn plain(choices: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { heading: None, choices: choices.into_iter().collect() }
    }

    /// Choices under a heading.
    pub(in crate::http::pages) fn of(
        heading: &str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self { heading: Some(heading.to_owned()), choices: choices.into_iter().collect() }
    }

    /// The regions of a catalogue that are wanted, each under its city.
    pub(in crate::http::pages) fn regions(
        catalogue: &Catalogue,
        wanted: impl Fn(&Region) -> bool,
    ) -> Vec<Self> {
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
pub(in crate::http::pages) fn options(groups: &[Group], chosen: &str) -> Markup {
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
pub(super) enum Input {
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
pub(in crate::http::pages) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    /// What it is of, where several fields have the same label.
    pub(super) within: Option<String>,
    pub(super) kind: Input,
    pub(super) value: String,
    pub(super) hint: Option<String>,
    pub(super) required: bool,
    /// Nothing is said about whether it may stay empty.
    pub(super) stays_silent: bool,
    pub(super) unit: Option<String>,
    pub(super) width: &'static str,
    pub(super) complete: Option<&'static str>,
}

impl Field {
    pub(super) fn new(name: impl Into<String>, label: impl Into<String>, kind: Input) -> Self {
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
    pub(in crate::http::pages) fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Text("text"))
    }

    /// A number: a line of text with a keyboard of digits, as decimals are kept as they are typed.
    pub(in crate::http::pages) fn number(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Text("decimal"))
    }

    /// A password; `purpose` is what browsers call it: `current-password` or `new-password`.
    pub(in crate::http::pages) fn password(
        name: impl Into<String>,
        label: impl Into<String>,
        purpose: &'static str,
    ) -> Self {
        Self::new(name, label, Input::Password(purpose))
    }

    /// A code of digits that is good for a moment, which is never shown again.
    pub(in crate::http::pages) fn code(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Code)
    }

    /// Text of several lines.
    pub(in crate::http::pages) fn area(name: impl Into<String>, label: impl Into<String>, lines: u8) -> Self {
        Self::new(name, label, Input::Area(lines))
    }

    /// A date, `2026-03-10`.
    pub(in crate::http::pages) fn date(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Date)
    }

    /// A moment in Asia/Shanghai, `2026-03-10T18:00`; its name ends in `:time`.
    pub(in crate::http::pages) fn time(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Time)
    }

    /// One of many, from a list that opens: value and words.
    pub(in crate::http::pages) fn select(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self::new(name, label, Input::Select(vec![Group::plain(choices)]))
    }

    /// The same, from choices in groups.
    pub(in crate::http::pages) fn select_of(
        name: impl Into<String>,
        label: impl Into<String>,
        groups: Vec<Group>,
    ) -> Self {
        Self::new(name, label, Input::Select(groups))
    }

    /// One of a few, all in sight: value and words.
    pub(in crate::http::pages) fn radios(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self::new(name, label, Input::Radios(choices.into_iter().collect()))
    }

    /// A score of a scale, its steps in a row.
    pub(in crate::http::pages) fn scale(
        name: impl Into<String>,
        label: impl Into<String>,
        steps: impl IntoIterator<Item = String>,
    ) -> Self {
        Self::new(name, label, Input::Scale(steps.into_iter().collect()))
    }

    /// Yes or no; its name ends in `:yes` and its value is `true` or `false`.
    pub(in crate::http::pages) fn checkbox(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Checkbox).silent()
    }

    pub(in crate::http::pages) fn file(
        name: impl Into<String>,
        label: impl Into<String>,
        accept: impl Into<String>,
    ) -> Self {
        Self::new(name, label, Input::Files { accept: accept.into(), many: false, camera: false })
    }

    /// Several files at once.
    pub(in crate::http::pages) fn files(
        name: impl Into<String>,
        label: impl Into<String>,
        accept: impl Into<String>,
    ) -> Self {
        Self::new(name, label, Input::Files { accept: accept.into(), many: true, camera: false })
    }

    /// Pictures from the camera of a tablet.
    pub(in crate::http::pages) fn camera(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Input::Files { accept: "image/*".to_owned(), many: true, camera: true })
    }

    /// What is stored.
    pub(in crate::http::pages) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// What it is of, where other fields of the page have the same label: said where it is complained about.
    pub(in crate::http::pages) fn within(mut self, whole: impl Into<String>) -> Self {
        self.within = Some(whole.into());
        self
    }

    /// What to write, and how.
    pub(in crate::http::pages) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// It must not stay empty.
    pub(in crate::http::pages) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Whether it may stay empty follows from elsewhere: nothing is said about it.
    pub(in crate::http::pages) fn silent(mut self) -> Self {
        self.stays_silent = true;
        self
    }

    /// The unit, behind the field.
    pub(in crate::http::pages) fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// What browsers call it: `username`, `tel`, `email`, `name`.
    pub(in crate::http::pages) fn complete(mut self, purpose: &'static str) -> Self {
        self.complete = Some(purpose);
        self
    }

    /// About ten characters wide.
    pub(in crate::http::pages) fn short(mut self) -> Self {
        self.width = "short";
        self
    }

    /// About twenty-five characters wide.
    pub(in crate::http::pages) fn medium(mut self) -> Self {
        self.width = "medium";
        self
    }
}
