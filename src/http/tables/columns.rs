//! Columns of tables: which member of a row's JSON stands there, and as what.

use std::str::FromStr;

use serde_json::Value;

use super::Scene;
use crate::domain::scoring::RESERVE_KEY;
use crate::domain::time::Timestamp;
use crate::domain::value_names::name_of;
use crate::domain::values::Language;
use crate::files::Cell;
use crate::http::pages::Words;

/// The names of a keyword, in Chinese and in English.
type Names = fn(&str) -> Option<(&'static str, &'static str)>;

enum Kind {
    Text,
    Number,
    Moment,
    Day,
    YesNo,
    Words(Names),
    /// A value of an indicator: a number, a tier, or counts by unit.
    Value,
    /// An application, by its number and title.
    Application,
    /// A track, by its name.
    Track,
    /// An award, by its name.
    Award,
}

/// A column of a table.
pub(super) struct Column {
    pointer: String,
    zh: String,
    en: String,
    kind: Kind,
}

/// A column of text. The pointer is of RFC 6901; where it has `*` stands for each of a list, what is found is written one
/// after the other.
pub(super) fn column(pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Column {
    Column { pointer: pointer.into(), zh: zh.into(), en: en.into(), kind: Kind::Text }
}

impl Column {
    pub(super) fn heading(&self, language: Language) -> String {
        match language {
            Language::Chinese => self.zh.clone(),
            Language::English => self.en.clone(),
        }
    }

    pub(super) fn number(self) -> Self {
        Self { kind: Kind::Number, ..self }
    }

    pub(super) fn moment(self) -> Self {
        Self { kind: Kind::Moment, ..self }
    }

    pub(super) fn day(self) -> Self {
        Self { kind: Kind::Day, ..self }
    }

    pub(super) fn yes_no(self) -> Self {
        Self { kind: Kind::YesNo, ..self }
    }

    pub(super) fn value(self) -> Self {
        Self { kind: Kind::Value, ..self }
    }

    pub(super) fn application(self) -> Self {
        Self { kind: Kind::Application, ..self }
    }

    pub(super) fn track(self) -> Self {
        Self { kind: Kind::Track, ..self }
    }

    pub(super) fn award(self) -> Self {
        Self { kind: Kind::Award, ..self }
    }

    pub(super) fn names_applications(&self) -> bool {
        matches!(self.kind, Kind::Application)
    }

    /// A keyword, by its name for people.
    pub(super) fn words<T: Words + FromStr>(self) -> Self {
        Self { kind: Kind::Words(|word| word.parse::<T>().ok().map(T::words)), ..self }
    }
}

/// What a pointer leads to.
fn found<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let Some((before, after)) = pointer.split_once("/*") else {
        return value.pointer(pointer).into_iter().collect();
    };
    let each = value.pointer(before).and_then(Value::as_array).into_iter().flatten();
    each.flat_map(|one| found(one, after)).collect()
}

/// What stands in a column of a row.
pub(super) fn cell(column: &Column, row: &Value, scene: &Scene) -> Cell {
    match found(row, &column.pointer).as_slice() {
        [] | [Value::Null] => Cell::Empty,
        [one] => cell_of(column, one, scene),
        several => {
            let texts = several.iter().map(|one| cell_of(column, one, scene).text());
            let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
            Cell::Text(texts.join(scene.t("、", ", ")))
        }
    }
}

fn cell_of(column: &Column, value: &Value, scene: &Scene) -> Cell {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    if text.is_empty() {
        return Cell::Empty;
    }
    match column.kind {
        Kind::Text => Cell::Text(text),
        Kind::Number => Cell::Number(text),
        Kind::Moment => text.parse::<Timestamp>().map_or(Cell::Text(text), |at| Cell::Moment(at.local())),
        Kind::Day => text.parse().map_or(Cell::Text(text), Cell::Date),
        Kind::YesNo => Cell::Text(yes_no(scene, &text).to_owned()),
        Kind::Words(names) => Cell::Text(names(&text).map_or(text, |(zh, en)| scene.t(zh, en).to_owned())),
        Kind::Value => value_cell(value, scene),
        Kind::Application => Cell::Text(scene.applications.get(&text).cloned().unwrap_or(text)),
        Kind::Track => {
            let named = scene.rules.as_ref().and_then(|rules| rules.track(&text));
            Cell::Text(named.map_or(&*text, |(zh, en)| scene.t(zh, en)).to_owned())
        }
        Kind::Award => Cell::Text(award(scene, &text).to_owned()),
    }
}

/// What an award is called by the rules; the reserve is none of them.
fn award<'a>(scene: &'a Scene, key: &'a str) -> &'a str {
    let awards = scene.settings.pointer("/rules/awards").and_then(Value::as_array);
    let own = awards.into_iter().flatten().find(|award| award["key"] == key);
    match own.and_then(|award| award["name"].as_str()) {
        Some(name) => name,
        None if key == RESERVE_KEY => scene.t("储备", "reserve"),
        None => key,
    }
}

fn yes_no<'a>(scene: &Scene, text: &'a str) -> &'a str {
    match text {
        "true" => scene.t("是", "yes"),
        "false" => scene.t("否", "no"),
        other => other,
    }
}

fn value_cell(value: &Value, scene: &Scene) -> Cell {
    let name = |key: &str| name_of(key, scene.language).to_owned();
    match value {
        Value::Object(counts) => {
            let counts = counts.iter().map(|(unit, count)| format!("{} {count}", name(unit)));
            Cell::Text(counts.collect::<Vec<_>>().join(scene.t("，", ", ")))
        }
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            Cell::Number(text.clone())
        }
        Value::String(tier) => Cell::Text(name(tier)),
        Value::Null => Cell::Empty,
        other => Cell::Number(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::application::ApplicationState;

    fn shown(column: &Column, row: &Value) -> Cell {
        let applications = [("a".to_owned(), "2026-01-0001 甲".to_owned())].into();
        let scene = Scene { language: Language::Chinese, settings: Value::Null, applications, rules: None };
        cell(column, row, &scene)
    }

    #[test]
    fn a_cell_is_what_the_pointer_leads_to() {
        let row = json!({
            "state": "accepted", "at": "2026-04-08T17:00:00+08:00", "on": "2026-04-08", "is": true, "no": null,
            "members": [{ "name": "甲" }, { "name": "乙" }], "score": "82.50", "counts": { "little_giant": 2 },
            "one": "a", "other": "b",
        });
        let text = |text: &str| Cell::Text(text.to_owned());
        let at = |pointer: &str| column(pointer, "", "");
        assert_eq!(shown(&at("/members/*/name"), &row), text("甲、乙"));
        assert_eq!(shown(&at("/state").words::<ApplicationState>(), &row), text("已受理"));
        assert_eq!(shown(&at("/is").yes_no(), &row), text("是"));
        assert_eq!(shown(&at("/score").number(), &row), Cell::Number("82.50".to_owned()));
        assert_eq!(shown(&at("/at").moment(), &row).text(), "2026-04-08 17:00:00");
        assert_eq!(shown(&at("/on").day(), &row).text(), "2026-04-08");
        assert_eq!(shown(&at("/counts").value(), &row), text("专精特新“小巨人” 2"));
        assert_eq!(shown(&at("/one").application(), &row), text("2026-01-0001 甲"));
        assert_eq!(shown(&at("/other").application(), &row), text("b"));
        assert_eq!((shown(&at("/no"), &row), shown(&at("/absent"), &row)), (Cell::Empty, Cell::Empty));
    }
}
