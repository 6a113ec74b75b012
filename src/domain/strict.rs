//! Reading what comes from outside: a member that its type does not know is told, never passed over. What is stored is read
//! by [`record::parse`](super::record::parse), which passes over what a later version of the program may have added, so
//! that both can serve side by side.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// What kept a document from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// Where: a JSON pointer.
    pub pointer: String,
    /// What the reader complains about, in its own words.
    pub told: String,
}

/// Unknown members that are told at once.
const MOST_UNKNOWN: usize = 20;

/// Reads a document.
///
/// # Errors
/// The first thing that is not of the type, or all members that it does not know.
pub fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(document: D) -> Result<T, Vec<Misread>> {
    let (mut unknown, mut track) = (Vec::new(), serde_path_to_error::Track::new());
    let read = {
        let tracked = serde_path_to_error::Deserializer::new(document, &mut track);
        let mut note = |path: serde_ignored::Path<'_>| {
            if unknown.len() < MOST_UNKNOWN {
                unknown.push(unknown_member(&path));
            }
        };
        T::deserialize(serde_ignored::Deserializer::new(tracked, &mut note))
    };
    match read {
        Ok(value) if unknown.is_empty() => Ok(value),
        Ok(_) => Err(unknown),
        Err(error) => Err(vec![Misread { pointer: pointer(&track.path()), told: error.to_string() }]),
    }
}

/// Reads a document of JSON text, to its end.
///
/// # Errors
/// As [`read`]; also if something follows it.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Vec<Misread>> {
    let mut document = serde_json::Deserializer::from_slice(text);
    let value = read(&mut document)?;
    let end = document.end();
    end.map_err(|error| vec![Misread { pointer: String::new(), told: error.to_string() }])?;
    Ok(value)
}

fn unknown_member(path: &serde_ignored::Path<'_>) -> Misread {
    let name = match path {
        serde_ignored::Path::Map { key, .. } => key.as_str(),
        _ => "",
    };
    Misread { pointer: pointer_of_ignored(path), told: format!("unknown field `{name}`") }
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
        read::<Whole, _>(value).err().unwrap_or_default().into_iter().map(|one| one.pointer).collect()
    }

    #[test]
    fn every_unknown_member_is_told_with_its_place() {
        assert!(read::<Whole, _>(json!({ "parts": [{ "count": 1 }] })).is_ok());
        let unknown = json!({ "parts": [{ "count": 1 }, { "count": 2, "a/b": 3 }], "other": { "count": 1, "x": 1 }, "y": {} });
        assert_eq!(told(unknown), ["/other/x", "/parts/1/a~1b", "/y"]);
        assert_eq!(told(json!({ "parts": [{ "count": "1" }], "y": 1 })), ["/parts/0/count"]);
        assert!(from_json::<Whole>(br#"{ "parts": [] }"#).is_ok());
        assert!(from_json::<Whole>(br#"{ "parts": [] } x"#).is_err());
    }
}
