//! What is typed or chosen in, in HTML.

use maud::{Markup, Render, html};

use super::field::{Field, Input, options};
use super::{Form, numbered};

/// The part of a field that a person touches.
pub(super) struct Control<'a> {
    pub(super) form: &'a Form<'a>,
    pub(super) field: &'a Field,
    pub(super) id: &'a str,
    pub(super) described: Option<String>,
    pub(super) wrong: bool,
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
