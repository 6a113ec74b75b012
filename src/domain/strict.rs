//! Reading what comes from outside: a member that its type does not know is told, never passed over. What is stored is read
//! by [`record::parse`](super::record::parse), which passes over what a later version of the program may have added, so
//! that both can serve side by side.

use serde::de::{self, DeserializeOwned, Unexpected};
use serde::{Deserialize, Deserializer};

use super::keyword::keyword_enum;
use super::problem::FieldProblem;

keyword_enum! {
    /// What a reader of ours wanted where it refuses a text, as it says in its error.
    pub enum Wanted {
        /// A [`RegionCode`](super::catalogue::RegionCode).
        RegionCode = "a region code of six digits",
        /// A [`Timestamp`](super::time::Timestamp).
        Time = "a time as of RFC 3339",
        /// A number without exponent.
        Number = "a plain decimal",
        /// A date.
        Date = "a date",
        /// A [`TimeOfDay`](super::time::TimeOfDay).
        TimeOfDay = "a time of day like 09:00",
    }
}

impl Wanted {
    /// The error of a reader that wanted it.
    pub fn error<E: de::Error>(self, text: &str) -> E {
        E::invalid_value(Unexpected::Str(text), &self.as_str())
    }
}

/// What kept a document from being read.
#[derive(Debug)]
pub enum Misread<E> {
    /// Something is not of its type: the JSON pointer of it, and the reader's complaint.
    Wrong(String, E),
    /// Members that the type does not know, by their JSON pointers.
    Unknown(Vec<String>),
}

/// Unknown members that are told at once.
const MOST_UNKNOWN: usize = 20;

/// Reads a document.
///
/// # Errors
/// The first thing that is not of the type, or all members that it does not know.
pub fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(document: D) -> Result<T, Misread<D::Error>> {
    let (mut unknown, mut track) = (Vec::new(), serde_path_to_error::Track::new());
    let read = {
        let tracked = serde_path_to_error::Deserializer::new(document, &mut track);
        let mut note = |path: serde_ignored::Path<'_>| {
            if unknown.len() < MOST_UNKNOWN {
                unknown.push(pointer_of_ignored(&path));
            }
        };
        T::deserialize(serde_ignored::Deserializer::new(tracked, &mut note))
    };
    match read {
        Ok(value) if unknown.is_empty() => Ok(value),
        Ok(_) => Err(Misread::Unknown(unknown)),
        Err(error) => Err(Misread::Wrong(pointer(&track.path()), error)),
    }
}

/// Reads a document of JSON text, to its end.
///
/// # Errors
/// As [`read`]; also if something follows it.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Misread<serde_json::Error>> {
    let mut document = serde_json::Deserializer::from_slice(text);
    let value = read(&mut document)?;
    document.end().map_err(|error| Misread::Wrong(String::new(), error))?;
    Ok(value)
}

/// Reads a file of reference data, which is called so in Chinese and English.
///
/// # Errors
/// As [`from_json`], for people.
pub fn dataset<T: DeserializeOwned>(text: &[u8], (zh, en): (&str, &str)) -> Result<T, Vec<FieldProblem>> {
    let problem = |pointer, what: String, told: String| {
        FieldProblem::new(
            pointer,
            "bad_json",
            format!("不是有效的{zh}文件：{what}"),
            format!("Not {en}: {told}"),
        )
    };
    from_json(text).map_err(|misread| match misread {
        Misread::Wrong(pointer, error) => {
            let what = format!("第{}行第{}列有误", error.line(), error.column());
            vec![problem(pointer, what, error.to_string())]
        }
        Misread::Unknown(pointers) => {
            let told = |pointer: String| {
                let name = pointer.rsplit('/').next().unwrap_or_default().to_owned();
                problem(pointer, format!("没有“{name}”这一项"), format!("there is nothing called `{name}`"))
            };
            pointers.into_iter().map(told).collect()
        }
    })
}

fn pointer_of_ignored(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path as P;
    match path {
        P::Root => String::new(),
        P::Seq { parent, index } => format!("{}/{index}", pointer_of_ignored(parent)),
        P::Map { parent, key } => format!("{}/{}", pointer_of_ignored(parent), escaped(key)),
        P::Some { parent } | P::NewtypeStruct { parent } | P::NewtypeVariant { parent } => {
            pointer_of_ignored(parent)
        }
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// A name as a step of a JSON pointer (RFC 6901).
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Whole {
        parts: Vec<Part>,
        #[serde(default)]
        other: Option<Part>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Part {
        count: u8,
    }

    fn told(value: Value) -> Vec<String> {
        match read::<Whole, _>(value) {
            Ok(_) => Vec::new(),
            Err(Misread::Wrong(pointer, _)) => vec![pointer],
            Err(Misread::Unknown(pointers)) => pointers,
        }
    }

    #[test]
    fn every_unknown_member_is_told_with_its_place() {
        assert!(read::<Whole, _>(json!({ "parts": [{ "count": 1 }] })).is_ok());
        let unknown = json!({ "parts": [{ "count": 1 }, { "count": 2, "a/b": 3 }], "other": { "count": 1, "x": 1 }, "y": {} });
        assert_eq!(told(unknown), ["/other/x", "/parts/1/a~1b", "/y"]);
        assert_eq!(told(json!({ "parts": [{ "count": "1" }], "y": 1 })), ["/parts/0/count"]);
        let of = |text: &str| {
            dataset::<Whole>(text.as_bytes(), ("目录", "a catalogue")).unwrap_err()[0].message.zh.clone()
        };
        assert_eq!(of("{\n \"parts\": [1] }"), "不是有效的目录文件：第2行第12列有误");
        assert_eq!(of(r#"{ "parts": [], "x": 1 }"#), "不是有效的目录文件：没有“x”这一项");
        assert!(from_json::<Whole>(br#"{ "parts": [] }"#).is_ok());
        assert!(from_json::<Whole>(br#"{ "parts": [] } x"#).is_err());
    }
}
