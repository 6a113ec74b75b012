//! The rubric as documents need it, and values as they are written.

use serde_json::Value;

use super::{each, text};
use crate::domain::official::{Cell, Table};
use crate::domain::value_names::name_of as value_name;
use crate::domain::values::Language;

/// An indicator of a competition's rubric.
pub(super) struct Indicator<'a> {
    pub(super) criterion: &'a str,
    pub(super) key: &'a str,
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    pub(super) guide: &'a str,
    pub(super) is_judged: bool,
    written: &'a Value,
}

impl Indicator<'_> {
    /// The most points that it gives, or the scale that experts score on.
    pub(super) fn most(&self) -> String {
        let (points, scale) = (text(self.written, "/points"), |end| text(self.written, end));
        match (points, scale("/scale/max")) {
            ("", most) => most.to_owned(),
            (points, _) => points.to_owned(),
        }
    }

    /// From which score to which, and in which steps, experts may score.
    pub(super) fn scale(&self) -> String {
        let end = |pointer| text(self.written, pointer);
        format!("{}—{}（步长{}）", end("/scale/min"), end("/scale/max"), end("/scale/step"))
    }
}

/// All indicators, in the rubric's order.
pub(super) fn indicators(rubric: &Value) -> Vec<Indicator<'_>> {
    let mut found = Vec::new();
    for criterion in each(rubric, "/criteria") {
        for written in each(criterion, "/indicators") {
            found.push(Indicator {
                criterion: text(criterion, "/name"),
                key: text(written, "/key"),
                name: text(written, "/name"),
                unit: text(written, "/unit"),
                guide: text(written, "/guide"),
                is_judged: text(written, "/kind") == "judged",
                written,
            });
        }
    }
    found
}

/// What an indicator is called.
pub(super) fn name_of<'a>(indicators: &[Indicator<'a>], key: &'a str) -> &'a str {
    indicators.iter().find(|indicator| indicator.key == key).map_or(key, |indicator| indicator.name)
}

/// A value of an indicator: a number with its unit, a tier, or counts.
pub(super) fn value(value: &Value, unit: &str) -> String {
    let name = |key: &str| value_name(key, Language::Chinese).to_owned();
    match value {
        Value::Object(counts) => {
            let counts: Vec<String> =
                counts.iter().map(|(key, count)| format!("{} {count}", name(key))).collect();
            counts.join("，")
        }
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            format!("{text}{}{unit}", if unit.is_empty() || unit == "%" { "" } else { " " })
        }
        // Counts are told as text where the workings of a score are.
        Value::String(text) => {
            let one = |one: &str| match one.split_once(' ') {
                Some((key, count)) => format!("{} {count}", name(key)),
                None => name(one),
            };
            text.split(", ").map(one).collect::<Vec<_>>().join("，")
        }
        Value::Null => "—".to_owned(),
        Value::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        other => other.to_string(),
    }
}

/// The rubric as a table (指标体系).
pub(super) fn table(rubric: &Value) -> Table {
    let mut table =
        Table::headed(&[(14, "一级指标"), (40, "指标"), (10, "分值"), (12, "评分方式"), (34, "说明")]);
    for indicator in indicators(rubric) {
        table.row(vec![
            Cell::text(indicator.criterion),
            Cell::text(indicator.name),
            Cell::centred(indicator.most()),
            Cell::centred(if indicator.is_judged { "专家评分" } else { "按核定值计算" }),
            Cell::text(indicator.guide),
        ]);
    }
    table
}
