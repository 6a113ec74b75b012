//! Reading JSON bodies: strictly, with one answer for all that is wrong with a field.
//!
//! Duplicate keys, control characters and unknown members are refused: what two readers could read differently, or
//! what a database can't hold, is not repaired but told.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::given::{Given, Mistake, What};
use crate::domain::problem::FieldProblem;
use crate::domain::strict::{self, Misread, escaped};
use crate::domain::text::{character_problem, cleaned, normalised};
use crate::domain::values::count;
use crate::error::{Error, Result};

/// Reads a value of JSON text, with duplicate keys refused and text made as it is stored.
pub(crate) fn read_value(bytes: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(bytes).map_err(|_| bad_json())?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let twice = RefCell::new(None);
    let value = Strict { twice: &twice }.deserialize(&mut reader).map_err(|_| match twice.take() {
        Some(key) => Error::bad_request(
            "duplicate_field",
            format!("JSON 中的字段重复：{key}"),
            "A member stands twice in a JSON object",
        ),
        None => bad_json(),
    })?;
    reader.end().map_err(|_| bad_json())?;
    let mut problems = Vec::new();
    check_texts(&value, &mut String::new(), &mut problems);
    if problems.is_empty() { Ok(value) } else { Err(Error::invalid(problems)) }
}

/// Reads a value of a type. All that is not as its type wants it is told at once.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    strict::read(Given(&value)).map_err(|misread| Error::invalid(faults::<T>(value, misread)))
}

/// What keeps a value from being read: what is found to be wrong is replaced by something that its type might take, and the
/// value read again, as long as that leads on.
fn faults<T: DeserializeOwned>(mut value: Value, mut misread: Misread<Mistake>) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut replaced: Vec<String> = Vec::new();
    let is_ours = |replaced: &[String], pointer: &str| {
        let below = |top: &String| {
            pointer.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        replaced.iter().any(below)
    };
    for _ in 0..(MOST_READ / weight(&value)).clamp(1, MOST_READINGS) {
        let (pointer, mistake) = match misread {
            Misread::Wrong(pointer, mistake) => (pointer_of(pointer, &mistake), mistake),
            Misread::Unknown(pointers) => {
                let theirs = pointers.into_iter().filter(|pointer| !is_ours(&replaced, pointer));
                problems.extend(theirs.map(unknown_field));
                break;
            }
        };
        if !is_ours(&replaced, &pointer) {
            problems.push(shape_problem(&pointer, &mistake));
        }
        if !replace(&mut value, &pointer, mistake.stand_in()) || problems.len() == MOST_FAULTS {
            break;
        }
        replaced.push(pointer);
        match strict::read::<T, _>(Given(&value)) {
            Ok(_) => break,
            Err(further) => misread = further,
        }
    }
    problems
}

/// Puts something in the place of what is, or should be, at a pointer; not where it stands there already.
fn replace(value: &mut Value, pointer: &str, stand_in: Value) -> bool {
    if let Some(present) = value.pointer_mut(pointer) {
        let other = *present != stand_in;
        *present = stand_in;
        return other;
    }
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    let Some(Value::Object(members)) = value.pointer_mut(parent) else { return false };
    members.insert(name.replace("~1", "/").replace("~0", "~"), stand_in);
    true
}

/// How much there is to read of a value: its parts and the bytes of its texts.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
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
                        format!(
                            "Must have {} to {}",
                            bound("min"),
                            count(bound("max"), "character", "characters")
                        ),
                    ));
                }
            }
        }
    }
}

fn unknown_field(pointer: String) -> FieldProblem {
    FieldProblem::new(pointer, "unknown_field", "这里没有这一项", "There is nothing of this name here")
}

/// Where the value is, or would be, that a mistake is about.
fn pointer_of(pointer: String, mistake: &Mistake) -> String {
    match mistake.what {
        What::Missing(name) => format!("{pointer}/{}", escaped(name)),
        What::NotAChoice(_) | What::Shape | What::Value => pointer,
    }
}

fn shape_problem(pointer: &str, mistake: &Mistake) -> FieldProblem {
    let code = match mistake.what {
        What::Missing(_) => "required",
        What::NotAChoice(_) => "not_a_choice",
        What::Shape => "wrong_type",
        What::Value => "wrong_value",
    };
    let (zh, en) = mistake.words();
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

/// How many faults of types are told at a time.
const MOST_FAULTS: usize = 20;
/// How often a value is read to find them, and how much at the most, by [`weight`]: what is large is read less often.
const MOST_READINGS: usize = 100;
const MOST_READ: usize = 4_000_000;
/// How many texts with a character that is not allowed are told at a time.
const MOST_PROBLEMS: usize = 100;
/// The most bytes of a member's name.
const LONGEST_KEY: usize = 300;

/// Builds a [`Value`] and refuses a key that stands twice, where the library's own would keep the last.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// Where that key is noted.
    twice: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key_seed(Key)? {
            if object.contains_key(&key) {
                self.twice.replace(Some(key));
                return Err(A::Error::custom("a member twice"));
            }
            let value = members.next_value_seed(self)?;
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
    use std::collections::BTreeMap;

    use chrono::NaiveDate;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;
    use crate::domain::access::Role;
    use crate::domain::catalogue::RegionCode;
    use crate::domain::ids::ApplicationId;
    use crate::domain::time::Timestamp;

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

    #[test]
    fn what_a_value_is_not_is_told_by_its_type() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only read")]
        struct Each {
            flag: Option<bool>,
            text: Option<String>,
            small: Option<u8>,
            signed: Option<i32>,
            list: Option<Vec<u8>>,
            id: Option<ApplicationId>,
            date: Option<NaiveDate>,
            time: Option<Timestamp>,
            region: Option<RegionCode>,
            number: Option<Decimal>,
            choice: Option<Role>,
            inner: Option<Item>,
            by_region: Option<BTreeMap<RegionCode, u32>>,
        }
        for (given, code, en) in [
            (json!({ "flag": "true" }), "wrong_type", "Must be yes or no"),
            (json!({ "text": 1 }), "wrong_type", "Must be text"),
            (json!({ "small": -1 }), "wrong_type", "Must be a whole number, not too large nor below zero"),
            (json!({ "small": 1.5 }), "wrong_type", "Must be a whole number, not too large nor below zero"),
            (json!({ "signed": "x" }), "wrong_type", "Must be a whole number, not too large"),
            (json!({ "list": {} }), "wrong_type", "Must be a list"),
            (json!({ "id": "" }), "wrong_value", "Choose one"),
            (json!({ "id": 1 }), "wrong_type", "Not what belongs here"),
            (json!({ "date": "2026-13-01" }), "wrong_type", "Must be a date such as 2026-03-10"),
            (json!({ "date": "" }), "wrong_type", "Must be a date such as 2026-03-10"),
            (json!({ "date": [] }), "wrong_type", "Must be a date such as 2026-03-10"),
            (
                json!({ "time": "2026-03-10" }),
                "wrong_type",
                "Must be a date and time with its time zone, such as 2026-03-10T18:00:00+08:00",
            ),
            (json!({ "region": "32" }), "wrong_type", "Must be a region's code of six digits"),
            (json!({ "number": "x" }), "wrong_type", "Must be a number such as 48.5"),
            (json!({ "choice": "king" }), "not_a_choice", "Must be one of the choices"),
            (json!({ "choice": 1 }), "wrong_type", "Not what belongs here"),
            (json!({ "inner": [] }), "wrong_type", "Not what belongs here"),
            (json!({ "inner": {} }), "required", "Must be filled in"),
            (json!({ "by_region": { "x": 1 } }), "wrong_type", "Must be a region's code of six digits"),
        ] {
            let error = read::<Each>(given.clone()).unwrap_err();
            let problem = &error.problems[0];
            assert_eq!((problem.code, problem.message.en.as_str()), (code, en), "{given}");
        }
        let told = |given: Value| {
            let problems = read::<Each>(given).unwrap_err().problems;
            problems.into_iter().map(|problem| (problem.pointer, problem.code)).collect::<Vec<_>>()
        };
        let of = |pointer: &str, code| (pointer.to_owned(), code);
        let all = json!({
            "choice": "king", "date": "x", "flag": 1, "id": "", "inner": {}, "list": [1, "2", 300], "number": "x",
            "region": "32", "small": "x", "text": 1, "time": 1, "unknown": 1,
        });
        let expected = [
            of("/choice", "not_a_choice"),
            of("/date", "wrong_type"),
            of("/flag", "wrong_type"),
            of("/id", "wrong_value"),
            of("/inner/count", "required"),
            of("/list/1", "wrong_type"),
            of("/list/2", "wrong_type"),
            of("/number", "wrong_type"),
            of("/region", "wrong_type"),
            of("/small", "wrong_type"),
            of("/text", "wrong_type"),
            of("/time", "wrong_type"),
            of("/unknown", "unknown_field"),
        ];
        assert_eq!(told(all), expected);
        // What only stands in for something is not complained about.
        assert_eq!(told(json!({ "inner": [], "by_region": { "x": 1, "320000": "y" } })).len(), 2);
        assert_eq!(told(json!([])), [of("", "wrong_type")]);
        assert_eq!(told(json!({ "list": vec!["x"; 500] })).len(), MOST_FAULTS);
        // What is large is read once.
        assert_eq!(told(json!({ "text": 1, "list": vec![json!("x".repeat(40_000)); 100] })).len(), 1);
        // What somebody wrote is never taken for what a reader says.
        let error =
            read::<Each>(json!({ "choice": "missing field `expected a string` UUID parsing failed" }));
        assert_eq!(error.unwrap_err().problems[0].code, "not_a_choice");
    }
}
