//! Reading JSON bodies: strictly, with one answer for all that is wrong with a field.
//!
//! Duplicate keys, control characters and unknown members are refused: what two readers could read differently, or
//! what a database can't hold, is not repaired but told.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::domain::problem::FieldProblem;
use crate::domain::strict::{self, Misread, escaped};
use crate::domain::text::{character_problem, cleaned, normalised};
use crate::error::{Error, Result};

/// Reads a value of JSON text, with duplicate keys refused and text made as it is stored.
pub(crate) fn read_value(bytes: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(bytes).map_err(|_| bad_json())?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut reader).map_err(|error| {
        let told = error.to_string();
        match told.strip_prefix(DUPLICATE) {
            Some(key) => Error::bad_request(
                "duplicate_field",
                format!("JSON 中的字段重复：{}", key.split(" at line").next().unwrap_or_default()),
                "A member stands twice in a JSON object",
            ),
            None => bad_json(),
        }
    })?;
    reader.end().map_err(|_| bad_json())?;
    let mut problems = Vec::new();
    check_texts(&value, &mut String::new(), &mut problems);
    if problems.is_empty() { Ok(value) } else { Err(Error::invalid(problems)) }
}

/// Reads a value of a type, and checks it.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    strict::read(value).map_err(|misread| match misread {
        Misread::Wrong(pointer, error) => Error::invalid(vec![shape_problem(pointer, &error.to_string())]),
        Misread::Unknown(pointers) => Error::invalid(pointers.into_iter().map(unknown_field).collect()),
    })
}

/// Checks lengths and the like, as declared at the type and at those of its members.
pub(super) fn validate(value: &impl Validate) -> Result<()> {
    let Err(errors) = value.validate() else { return Ok(()) };
    let mut problems = Vec::new();
    collect(&errors, "", &mut problems);
    // The library's map has no order of its own.
    problems.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Err(Error::invalid(problems))
}

fn collect(errors: &ValidationErrors, pointer: &str, problems: &mut Vec<FieldProblem>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{pointer}/{field}");
        match kind {
            ValidationErrorsKind::Struct(errors) => collect(errors, &pointer, problems),
            ValidationErrorsKind::List(items) => {
                for (index, errors) in items {
                    collect(errors, &format!("{pointer}/{index}"), problems);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    let bound =
                        |name: &str| error.params.get(name).map_or_else(|| "-".to_owned(), Value::to_string);
                    problems.push(FieldProblem::new(
                        pointer.as_str(),
                        "length",
                        format!("长度应为{}至{}个字符", bound("min"), bound("max")),
                        format!("Must have {} to {} characters", bound("min"), bound("max")),
                    ));
                }
            }
        }
    }
}

/// The reader's complaints about shape, in words of ours; its own are for programmers. The first line whose beginning
/// or part stands in the complaint holds: code, Chinese, English. The pointer says where.
const WORDS: [(&str, &str, &str, &str); 17] = [
    ("missing field", "required", "必须填写", "Must be given"),
    ("unknown variant", "not_a_choice", "请从所列选项中选择", "Must be one of the choices"),
    ("UUID parsing failed", "wrong_value", "请选择一项", "Choose one"),
    ("a region code", "wrong_type", "应为六位地区代码", "Must be a region's code of six digits"),
    (
        "a time as of RFC 3339",
        "wrong_type",
        "应为日期和时间，如 2026-03-10 18:00（接口须写明时区：2026-03-10T18:00:00+08:00）",
        "Must be a date and time with its time zone, such as 2026-03-10T18:00:00+08:00",
    ),
    ("a plain decimal", "wrong_type", "应为数字，如 48.5", "Must be a number such as 48.5"),
    ("expected a Decimal", "wrong_type", "应为数字，如 48.5", "Must be a number such as 48.5"),
    ("a boolean", "wrong_type", "应选择是或否", "Must be yes or no"),
    ("expected a string", "wrong_type", "应为文字", "Must be text"),
    ("expected a borrowed string", "wrong_type", "应为文字", "Must be text"),
    ("expected a sequence", "wrong_type", "应为列表", "Must be a list"),
    (
        "expected u",
        "wrong_type",
        "应为整数，且不能过大或为负",
        "Must be a whole number, not too large nor below zero",
    ),
    ("expected i", "wrong_type", "应为整数，且不能过大", "Must be a whole number, not too large"),
    ("formatted date", "wrong_type", "应为日期，如 2026-03-10", "Must be a date such as 2026-03-10"),
    ("invalid characters", "wrong_type", "应为日期，如 2026-03-10", "Must be a date such as 2026-03-10"),
    ("end of input", "wrong_type", "应为日期，如 2026-03-10", "Must be a date such as 2026-03-10"),
    ("expected", "wrong_type", "内容不符合要求", "Not what belongs here"),
];

fn unknown_field(pointer: String) -> FieldProblem {
    FieldProblem::new(pointer, "unknown_field", "这里没有这一项", "There is nothing of this name here")
}

fn shape_problem(pointer: String, told: &str) -> FieldProblem {
    let found = WORDS.iter().find(|(part, ..)| told.contains(part));
    let (_, code, zh, en) =
        found.copied().unwrap_or(("", "wrong_value", "内容不符合要求", "Not what belongs here"));
    let name = told.split('`').nth(1).unwrap_or_default();
    let named = code == "required" && !pointer.ends_with(&format!("/{name}"));
    let pointer = if named { format!("{pointer}/{}", escaped(name)) } else { pointer };
    FieldProblem::new(pointer, code, zh, en)
}

fn bad_json() -> Error {
    Error::bad_request("bad_json", "请求内容不是有效的 JSON", "The request body is not valid JSON")
}

/// Looks for characters that no text may have, up to [`MOST_PROBLEMS`] times. `pointer` is as it was afterwards.
fn check_texts(value: &Value, pointer: &mut String, problems: &mut Vec<FieldProblem>) {
    let here = pointer.len();
    match value {
        Value::String(text) => check_text(text, pointer, problems),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                check_texts(item, pointer, problems);
                pointer.truncate(here);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                pointer.push('/');
                pointer.push_str(&escaped(key));
                check_text(key, pointer, problems);
                check_texts(member, pointer, problems);
                pointer.truncate(here);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_text(text: &str, pointer: &str, problems: &mut Vec<FieldProblem>) {
    if problems.len() < MOST_PROBLEMS {
        problems.extend(character_problem(pointer, text));
    }
}

/// How many texts with a character that is not allowed are told at a time.
const MOST_PROBLEMS: usize = 100;
/// The most bytes of a member's name.
const LONGEST_KEY: usize = 300;
const DUPLICATE: &str = "duplicate member ";

/// Builds a [`Value`] and refuses a key that stands twice, where the library's own would keep the last.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(Value::String(cleaned(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> std::result::Result<Value, E> {
        Ok(Value::String(cleaned(value)))
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key_seed(Key)? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("{DUPLICATE}{key}")));
            }
            let value = members.next_value_seed(Self)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<String, D::Error> {
        let key = String::deserialize(deserializer)?;
        // Each complaint about what stands below a member says its name.
        if key.len() > LONGEST_KEY {
            return Err(D::Error::custom("a long name"));
        }
        Ok(normalised(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Example {
        name: String,
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Item {
        count: u8,
    }

    fn problem(text: &str) -> (String, String) {
        let error = read_value(text.as_bytes()).and_then(read::<Example>).unwrap_err();
        match error.problems.first() {
            Some(problem) => (problem.pointer.clone(), problem.code.to_owned()),
            None => (String::new(), error.code.to_owned()),
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(problem(r#"{"name": "a"}"#), told("/items", "required"));
        assert_eq!(problem(r#"{"name": "a", "items": [], "rank": 1}"#), told("/rank", "unknown_field"));
        assert_eq!(
            problem(r#"{"name": "a", "items": [{"count": 1}, {"count": "2"}]}"#),
            told("/items/1/count", "wrong_type")
        );
        assert_eq!(
            problem(r#"{"name": "a", "items": [{"count": 256}]}"#),
            told("/items/0/count", "wrong_type")
        );
        assert_eq!(problem(r#"{"name": "a", "name": "b", "items": []}"#), told("", "duplicate_field"));
        assert_eq!(problem("{\"name\": \"a\\u0000\", \"items\": []}"), told("/name", "bad_text"));
        for text in ["", "{", "{} x", "\u{feff}{}", "{\"a\": \"\\ud800\"}", "{\"a\": 1e400}"] {
            assert_eq!(problem(text), told("", "bad_json"), "{text}");
        }
        assert_eq!(problem(&"[".repeat(100_000)), told("", "bad_json"));
        assert_eq!(read_value(b"\xff").unwrap_err().code, "bad_json");
    }
}
