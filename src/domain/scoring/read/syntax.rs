//! Whether a file is JSON at all, and where it stops being so.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

use super::super::problem::{Expected, Problems};
use super::json::{Entries, Entry, escape};

/// The members of the document's object, once it is known to be UTF-8 and well-formed JSON throughout.
pub(super) fn well_formed(bytes: &[u8]) -> Result<Vec<Entry<'_>>, Problems> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let offset = error.valid_up_to();
            let found = bytes[offset..]
                .iter()
                .take(4)
                .map(|byte| format!("0x{byte:02X}"))
                .collect::<Vec<_>>()
                .join(" ");
            let prefix = std::str::from_utf8(&bytes[..offset]).unwrap_or_default();
            return Err(one_problem(pointer_at(prefix), Some(&found), Expected::Utf8(offset)));
        }
    };
    if text.contains("\\u") {
        // Skipping over a string leaves its escapes unchecked: half of a surrogate pair would pass.
        serde_json::from_str::<Escapes>(text).map_err(|error| syntax_problem(text, &error))?;
    }
    let mut members = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Entries(&mut members).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if read.is_err() {
        let document: &RawValue = serde_json::from_str(text).map_err(|error| syntax_problem(text, &error))?;
        return Err(one_problem(String::new(), Some(document.get()), Expected::Object));
    }
    Ok(members)
}

fn one_problem(pointer: String, found: Option<&str>, expected: Expected) -> Problems {
    let mut problems = Problems::default();
    problems.add(pointer, found, expected);
    problems
}

fn syntax_problem(text: &str, error: &serde_json::Error) -> Problems {
    let (line, column) = (error.line(), error.column());
    let line_start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    // The column counts bytes up to and including the one that is wrong.
    let offset = (line_start + column.saturating_sub(1)).min(text.len());
    let offset = (0..=offset).rev().find(|offset| text.is_char_boundary(*offset)).unwrap_or_default();
    let (before, after) = text.split_at(offset);
    if error.is_eof() {
        return one_problem(pointer_at(text), None, Expected::WholeDocument { line, column });
    }
    let detail = error.to_string();
    let detail = detail.split(" at line ").next().unwrap_or_default().to_owned();
    one_problem(pointer_at(before), Some(after), Expected::Json { line, column, detail })
}

/// The JSON pointer of the value at the end of a well-formed beginning of a document; at most 16 steps of it.
fn pointer_at(beginning: &str) -> String {
    const MOST_STEPS: usize = 16;
    enum Container<'a> {
        Object(&'a str),
        Array(usize),
    }
    let bytes = beginning.as_bytes();
    let mut path: Vec<Container<'_>> = Vec::new();
    let mut too_deep = 0_usize;
    let mut position = 0;
    while position < bytes.len() {
        match bytes[position] {
            b'"' => {
                let start = position + 1;
                position = end_of_string(bytes, start);
                let next =
                    bytes[(position + 1).min(bytes.len())..].iter().find(|byte| !byte.is_ascii_whitespace());
                if let (Some(Container::Object(name)), Some(b':'), 0) = (path.last_mut(), next, too_deep) {
                    *name = beginning.get(start..position).unwrap_or_default();
                }
            }
            b'{' | b'[' if path.len() == MOST_STEPS => too_deep += 1,
            b'{' => path.push(Container::Object("")),
            b'[' => path.push(Container::Array(0)),
            b'}' | b']' if too_deep > 0 => too_deep -= 1,
            b'}' | b']' => drop(path.pop()),
            b',' if too_deep == 0 => match path.last_mut() {
                Some(Container::Array(index)) => *index += 1,
                Some(Container::Object(name)) => *name = "",
                None => {}
            },
            _ => {}
        }
        position += 1;
    }
    let mut pointer = String::new();
    for container in &path {
        match container {
            Container::Object("") => break,
            Container::Object(name) => pointer.extend(["/", &escape(name)]),
            Container::Array(index) => pointer.extend(["/", &index.to_string()]),
        }
    }
    pointer
}

/// Where the string that begins at `start` has its closing quote.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut position = start;
    while position < bytes.len() && bytes[position] != b'"' {
        position += if bytes[position] == b'\\' { 2 } else { 1 };
    }
    position.min(bytes.len())
}

/// Reads every string of a document and keeps nothing.
struct Escapes;

impl<'de> Deserialize<'de> for Escapes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Escapes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_unit<E>(self) -> Result<Escapes, E> {
                Ok(Escapes)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Escapes, E> {
                Ok(Escapes)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Escapes, E> {
                Ok(Escapes)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Escapes, E> {
                Ok(Escapes)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Escapes, E> {
                Ok(Escapes)
            }
            fn visit_str<E>(self, _: &str) -> Result<Escapes, E> {
                Ok(Escapes)
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut sequence: S) -> Result<Escapes, S::Error> {
                while sequence.next_element::<Escapes>()?.is_some() {}
                Ok(Escapes)
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Escapes, M::Error> {
                while map.next_entry::<Escapes, Escapes>()?.is_some() {}
                Ok(Escapes)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
