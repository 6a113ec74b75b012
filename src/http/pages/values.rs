//! Values of measured indicators: how they are written, and how they are entered.

use maud::{Markup, html};
use serde_json::Value;

use super::form::{Field, Form};
use super::request::PageRequest;
use crate::domain::scoring::{Formula, Indicator};
use crate::domain::value_names::name_of;

/// The name of a unit or tier.
pub(super) fn named<'a>(request: &PageRequest, key: &'a str) -> &'a str {
    name_of(key, request.language)
}

/// A value with its unit; a dash where there is none.
pub(super) fn written(request: &PageRequest, value: &Value, unit: Option<&str>) -> String {
    match value {
        Value::Object(counts) => {
            let counts: Vec<String> = counts
                .iter()
                .filter(|(_, count)| count.as_u64() != Some(0))
                .map(|(key, count)| format!("{} {count}", named(request, key)))
                .collect();
            if counts.is_empty() { "0".to_owned() } else { counts.join(request.t("，", ", ")) }
        }
        Value::String(text) => match (named(request, text), unit.unwrap_or_default()) {
            (text, "") => text.to_owned(),
            (text, unit) => format!("{text} {unit}"),
        },
        _ => "—".to_owned(),
    }
}

/// What it means to leave a value empty.
const UNVERIFIED: (&str, &str) = (
    "选了核查方法而全部留空，即“无法核定”，本项不计分",
    "Left empty while it says how you looked: could not be verified, scores nothing",
);

/// The fields for a value at a pointer, with what is stored there. An empty one means that none could be verified.
pub(super) fn fields(
    form: &Form<'_>,
    request: &PageRequest,
    pointer: &str,
    (indicator, formula): (&Indicator, &Formula),
    stored: Option<&Value>,
) -> Markup {
    let label = request.t("核定值", "Verified value");
    let (name, unit) = (indicator.name.as_str(), indicator.unit.as_deref());
    let text = stored.and_then(Value::as_str).unwrap_or_default();
    match formula {
        Formula::PerUnit { units, .. } => {
            html! {
                fieldset.group {
                    legend { (label) }
                    // Counts that are all left empty are none, as an empty number is.
                    input type="hidden" name=(format!("{pointer}/_unknown:yes")) value="true";
                    @for (unit, _) in units {
                        @let count = stored.and_then(|counts| counts.get(unit)).map(ToString::to_string);
                        (form.field(&Field::number(format!("{pointer}/{unit}:whole"), named(request, unit))
                            .value(count.unwrap_or_default()).within(name).silent().short()))
                    }
                    p.hint { (request.t(UNVERIFIED.0, UNVERIFIED.1)) }
                }
            }
        }
        Formula::Tiers(tiers) => {
            let none = (String::new(), request.t("（无法核定）", "(could not be verified)").to_owned());
            let tiers = tiers.iter().map(|(tier, _)| (tier.clone(), named(request, tier).to_owned()));
            let choices = std::iter::once(none).chain(tiers);
            form.field(
                &Field::select(format!("{pointer}:null"), label, choices)
                    .value(text)
                    .within(name)
                    .silent()
                    .medium(),
            )
        }
        _ => form.field(
            &Field::number(format!("{pointer}:null"), label)
                .value(text)
                .within(name)
                .unit(unit.unwrap_or_default())
                .hint(request.t(UNVERIFIED.0, UNVERIFIED.1))
                .silent()
                .short(),
        ),
    }
}
