//! Walking a JSON document piece by piece, collecting every problem instead of stopping at the first.
//!
//! The text was checked to be well-formed before (see [`super::well_formed`]), so a piece only has to be split into
//! its members or elements; each keeps its literal text, which is what a message quotes. Nothing here recurses on
//! what the file holds, so depth costs no stack.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::problem::{Expected, Noun, Problems};
use crate::domain::values::Decimal;

/// A piece of the document, as it stands in the file.
pub(super) type Piece<'a> = &'a RawValue;

/// Where a piece stands: a JSON pointer that is only written out when a problem needs it.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Member(&'p str),
    Element(usize),
}

impl<'p> Place<'p> {
    pub(super) const ROOT: Self = Self { parent: None, step: Step::Root };

    pub(super) fn member(&'p self, name: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Member(name) }
    }

    pub(super) fn element(&'p self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Element(index) }
    }

    /// The JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Place::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Member(name) => pointer.extend(["/", &escape(name)]),
            Step::Element(index) => pointer.extend(["/", &index.to_string()]),
        }
        pointer
    }
}

/// A member's name as a step of a JSON pointer; a very long one is cut, so that a message stays readable.
pub(super) fn escape(name: &str) -> String {
    const MOST_CHARACTERS: usize = 100;
    let mut shown: String = name.chars().take(MOST_CHARACTERS).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    shown.replace('~', "~0").replace('/', "~1").replace(char::is_control, " ")
}

/// The members of an object whose names the format fixes.
pub(super) struct Members<'a>(Vec<(&'static str, Piece<'a>)>);

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<Piece<'a>> {
        self.0.iter().find_map(|(known, piece)| (*known == name).then_some(*piece))
    }
}

/// Collects problems while pieces are read. Each method returns `None` after it has recorded why.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Problems,
}

impl Reader {
    /// Records that a piece is not what was expected.
    pub(super) fn refuse(&mut self, place: &Place<'_>, found: &str, expected: Expected) {
        self.problems.add(place.pointer(), Some(found), expected);
    }

    /// Records that something is missing.
    pub(super) fn miss(&mut self, place: &Place<'_>, expected: Expected) {
        self.problems.add(place.pointer(), None, expected);
    }

    /// An object with exactly these members. `null` for an optional one means that it is absent.
    pub(super) fn members<'a>(
        &mut self,
        piece: Piece<'a>,
        place: &Place<'_>,
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Option<Members<'a>> {
        let entries = self.entries(piece, place)?;
        Some(self.members_among(entries, place, required, optional))
    }

    /// The same of an object that was split before.
    pub(super) fn members_among<'a>(
        &mut self,
        entries: Vec<Entry<'a>>,
        place: &Place<'_>,
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Members<'a> {
        let mut members: Vec<(&'static str, Piece<'a>)> = Vec::with_capacity(required.len() + optional.len());
        for (name, value) in entries {
            let place = place.member(&name);
            let Some(known) = required.iter().chain(optional).copied().find(|known| *known == name) else {
                let known = required.iter().chain(optional).copied().collect();
                self.refuse(&place, value.get(), Expected::Member(known));
                continue;
            };
            if members.iter().any(|(earlier, _)| *earlier == known) {
                self.refuse(&place, value.get(), Expected::Unique(Noun::Member));
            } else {
                members.push((known, value));
            }
        }
        for name in required {
            if !members.iter().any(|(known, _)| known == name) {
                self.miss(place, Expected::Required(name));
            }
        }
        members.retain(|(known, value)| required.contains(known) || value.get() != "null");
        Members(members)
    }

    /// The members of an object whose names are data, each once.
    pub(super) fn named<'a>(&mut self, piece: Piece<'a>, place: &Place<'_>) -> Option<Vec<Entry<'a>>> {
        let mut entries = self.entries(piece, place)?;
        let mut seen = HashSet::with_capacity(entries.len());
        entries.retain(|(name, value)| {
            let new = seen.insert(name.clone());
            if !new {
                self.refuse(&place.member(name), value.get(), Expected::Unique(Noun::Member));
            }
            new
        });
        Some(entries)
    }

    /// The members of an object as they stand, doubles and all.
    pub(super) fn entries<'a>(&mut self, piece: Piece<'a>, place: &Place<'_>) -> Option<Vec<Entry<'a>>> {
        let entries = split_object(piece);
        if entries.is_none() {
            self.refuse(place, piece.get(), Expected::Object);
        }
        entries
    }

    /// The elements of a list.
    pub(super) fn elements<'a>(&mut self, piece: Piece<'a>, place: &Place<'_>) -> Option<Vec<Piece<'a>>> {
        let elements = split_array(piece);
        if elements.is_none() {
            self.refuse(place, piece.get(), Expected::Array);
        }
        elements
    }

    /// The elements of a list that has at least one.
    pub(super) fn some_elements<'a>(
        &mut self,
        piece: Piece<'a>,
        place: &Place<'_>,
    ) -> Option<Vec<Piece<'a>>> {
        let elements = self.elements(piece, place)?;
        if elements.is_empty() {
            self.refuse(place, piece.get(), Expected::NotEmpty);
            return None;
        }
        Some(elements)
    }

    /// A string, perhaps empty.
    pub(super) fn any_text<'a>(&mut self, piece: Piece<'a>, place: &Place<'_>) -> Option<Cow<'a, str>> {
        let text = string(piece);
        if text.is_none() {
            self.refuse(place, piece.get(), Expected::AnyText);
        }
        text
    }

    /// A string that is not empty.
    pub(super) fn text<'a>(&mut self, piece: Piece<'a>, place: &Place<'_>) -> Option<Cow<'a, str>> {
        let text = string(piece).filter(|text| !text.is_empty());
        if text.is_none() {
            self.refuse(place, piece.get(), Expected::Text);
        }
        text
    }

    /// A string that holds a plain decimal.
    pub(super) fn decimal(&mut self, piece: Piece<'_>, place: &Place<'_>) -> Option<Decimal> {
        let decimal = string(piece).and_then(|text| Decimal::parse(&text));
        if decimal.is_none() {
            self.refuse(place, piece.get(), Expected::Decimal);
        }
        decimal
    }

    /// A decimal above `bound`.
    pub(super) fn decimal_above(
        &mut self,
        piece: Piece<'_>,
        place: &Place<'_>,
        bound: Decimal,
    ) -> Option<Decimal> {
        let decimal = self.decimal(piece, place)?;
        if decimal <= bound {
            self.refuse(place, piece.get(), Expected::Above(bound.to_string()));
            return None;
        }
        Some(decimal)
    }

    /// A decimal of at least 0.
    pub(super) fn decimal_from_zero(&mut self, piece: Piece<'_>, place: &Place<'_>) -> Option<Decimal> {
        let decimal = self.decimal(piece, place)?;
        if decimal < Decimal::ZERO {
            self.refuse(place, piece.get(), Expected::AtLeast("0".into()));
            return None;
        }
        Some(decimal)
    }

    /// A JSON integer from `least` to `most`, written as plain digits.
    pub(super) fn integer(
        &mut self,
        piece: Piece<'_>,
        place: &Place<'_>,
        least: u64,
        most: u64,
    ) -> Option<u64> {
        let literal = piece.get();
        let integer =
            literal.bytes().all(|byte| byte.is_ascii_digit()).then(|| literal.parse().ok()).flatten();
        let integer = integer.filter(|value| (least..=most).contains(value));
        if integer.is_none() {
            self.refuse(place, literal, Expected::Integer { least, most });
        }
        integer
    }

    /// One of a few strings.
    pub(super) fn choice<T: Copy>(
        &mut self,
        piece: Piece<'_>,
        place: &Place<'_>,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let text = string(piece);
        let chosen =
            choices.iter().find_map(|(name, value)| (text.as_deref() == Some(name)).then_some(*value));
        if chosen.is_none() {
            let names = choices.iter().map(|(name, _)| *name).collect();
            self.refuse(place, piece.get(), Expected::OneOf(names));
        }
        chosen
    }
}

/// The text of a JSON string; `None` for any other value.
pub(super) fn string(piece: Piece<'_>) -> Option<Cow<'_, str>> {
    let literal = piece.get();
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(literal).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// A member of an object as it stands in the file.
pub(super) type Entry<'a> = (Cow<'a, str>, Piece<'a>);

/// The members of a JSON object; `None` for any other value.
fn split_object(piece: Piece<'_>) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    Entries(&mut entries).deserialize(&mut serde_json::Deserializer::from_str(piece.get())).ok()?;
    Some(entries)
}

/// Reads an object's members into a list, doubles and all.
pub(super) struct Entries<'s, 'a>(pub(super) &'s mut Vec<Entry<'a>>);

impl<'de> DeserializeSeed<'de> for Entries<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        self.0.clear();
        while let Some((Name(name), value)) = map.next_entry()? {
            self.0.push((name, value));
        }
        Ok(())
    }
}

/// The elements of a JSON array; `None` for any other value.
fn split_array(piece: Piece<'_>) -> Option<Vec<Piece<'_>>> {
    struct Split;
    impl<'de> Visitor<'de> for Split {
        type Value = Vec<Piece<'de>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<S: SeqAccess<'de>>(self, mut sequence: S) -> Result<Self::Value, S::Error> {
            let mut elements = Vec::new();
            while let Some(element) = sequence.next_element()? {
                elements.push(element);
            }
            Ok(elements)
        }
    }
    serde_json::Deserializer::from_str(piece.get()).deserialize_seq(Split).ok()
}

/// A member's name, borrowed from the document unless it has escapes.
pub(super) struct Name<'a>(pub(super) Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
