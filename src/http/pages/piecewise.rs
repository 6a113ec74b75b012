//! What of a form can be stored though something in it is wrong.
//!
//! An endpoint takes its document whole or not at all. A person who fills in 22 rows and slips in one has done 21 rows of
//! work: a form sends again what is left when the wrong row, or the wrong field outside of a row, stands as it was stored
//! before (`docs/decisions/0012`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A document of which a form may store a part.
pub(super) struct Piecewise {
    /// The endpoint that takes the document.
    path: &'static str,
    /// The endpoint that tells what is stored.
    pub(super) read: &'static str,
    /// Where in that answer; `{name}` stands for a segment of the address.
    pub(super) at: &'static str,
    /// The members by which a row is known again: one that is equal and not empty.
    alike: &'static [&'static str],
}

const DOCUMENTS: [Piecewise; 2] = [
    Piecewise {
        path: "/api/v1/applications/{application_id}/parts/{part}",
        read: "/api/v1/applications/{application_id}",
        at: "/parts/{part}/content",
        alike: &["indicator", "credit_code", "name"],
    },
    Piecewise {
        path: "/api/v1/applications/{application_id}/inspection/record",
        read: "/api/v1/applications/{application_id}/inspection",
        at: "/record",
        alike: &["indicator", "person", "unit"],
    },
];

/// The document that an endpoint takes, if a part of it may be stored.
pub(super) fn of(path: &str) -> Option<&'static Piecewise> {
    DOCUMENTS.iter().find(|known| known.path == path)
}

/// How a piece that is wrong is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instead {
    /// As it was stored before.
    Stored,
    Nothing,
}

/// What is left of a document without its wrong pieces.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// A document to be stored.
    Some(Value),
    /// No more than is stored already.
    Nothing,
    /// What is wrong is wrong with all of it.
    Unknown,
}

/// A document whose wrong pieces give way to what was stored.
pub(super) struct Mended {
    typed: Map<String, Value>,
    stored: Value,
    alike: &'static [&'static str],
    /// What stands in for a piece, by the pointer of the piece in what was typed.
    instead: BTreeMap<String, Instead>,
    /// For each list as it is sent, which of the typed rows its rows are.
    rows: BTreeMap<String, Vec<usize>>,
}

impl Mended {
    /// A document as it was typed, over what is stored. None where what was typed is no object.
    pub(super) fn new(typed: Value, stored: Value, document: &Piecewise) -> Option<Self> {
        let Value::Object(typed) = typed else { return None };
        let lists = typed.iter().filter_map(|(name, value)| Some((name, value.as_array()?)));
        let rows = lists.map(|(name, list)| (name.clone(), (0..list.len()).collect())).collect();
        Some(Self { typed, stored, alike: document.alike, instead: BTreeMap::new(), rows })
    }

    /// Where in what was typed a place of the document is that was sent last; none if that piece was not the person's.
    pub(super) fn typed_at(&self, pointer: &str) -> Option<String> {
        let (piece, rest) = self.piece(pointer)?;
        (!self.instead.contains_key(&piece)).then(|| piece + rest)
    }

    /// The pointer of the piece, in what was typed, that a place of the document belongs to, and what is below it.
    fn piece<'a>(&self, pointer: &'a str) -> Option<(String, &'a str)> {
        let path = pointer.strip_prefix('/')?;
        let (member, below) = path.split_once('/').unwrap_or((path, ""));
        let Some(rows) = self.rows.get(member) else {
            return Some((format!("/{member}"), &path[member.len()..]));
        };
        let index = below.split('/').next().unwrap_or_default();
        let row = rows.get(index.parse::<usize>().ok()?)?;
        Some((format!("/{member}/{row}"), &below[index.len()..]))
    }

    /// The document without the pieces that these places belong to.
    pub(super) fn without<'a>(&mut self, pointers: impl Iterator<Item = &'a str>) -> Left {
        let wrong: Option<Vec<String>> =
            pointers.map(|pointer| self.piece(pointer).map(|(piece, _)| piece)).collect();
        let Some(mut wrong) = wrong else { return Left::Unknown };
        wrong.sort();
        wrong.dedup();
        for piece in wrong {
            let next = match self.instead.get(&piece) {
                None => Instead::Stored,
                Some(Instead::Stored) => Instead::Nothing,
                Some(Instead::Nothing) => return Left::Unknown,
            };
            self.instead.insert(piece, next);
        }
        self.document()
    }

    fn document(&mut self) -> Left {
        let mut document = Map::new();
        let mut is_typed = false;
        self.rows.clear();
        for (name, value) in &self.typed {
            let at = format!("/{name}");
            if let Value::Array(list) = value {
                let mut rows = Vec::new();
                let mut sent = Vec::new();
                let before = self.stored.get(name).and_then(Value::as_array).map_or(0, Vec::len);
                is_typed |= list.len() < before;
                for (index, row) in list.iter().enumerate() {
                    let instead = self.instead.get(&format!("{at}/{index}")).copied();
                    is_typed |= instead.is_none() && is_change(row, self.stored_row(name, row));
                    let row = match instead {
                        None => Some(row),
                        Some(Instead::Stored) => self.stored_row(name, row),
                        Some(Instead::Nothing) => None,
                    };
                    if let Some(row) = row {
                        rows.push(row.clone());
                        sent.push(index);
                    }
                }
                self.rows.insert(name.clone(), sent);
                document.insert(name.clone(), Value::Array(rows));
                continue;
            }
            let instead = self.instead.get(&at).copied();
            is_typed |= instead.is_none() && is_change(value, self.stored.get(name));
            let value = match instead {
                None => Some(value),
                Some(Instead::Stored) => self.stored.get(name),
                Some(Instead::Nothing) => None,
            };
            if let Some(value) = value {
                document.insert(name.clone(), value.clone());
            }
        }
        if is_typed { Left::Some(Value::Object(document)) } else { Left::Nothing }
    }

    /// The stored row that a typed one is a change of.
    fn stored_row(&self, list: &str, typed: &Value) -> Option<&Value> {
        let said = |row: &Value, member: &str| {
            row.get(member).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
        };
        let stored = self.stored.get(list)?.as_array()?;
        self.alike.iter().find_map(|member| {
            let name = said(typed, member)?;
            stored.iter().find(|row| said(row, member).as_ref() == Some(&name))
        })
    }
}

/// Whether what was typed says anything else than what is stored. What is left out is as good as empty.
fn is_change(typed: &Value, stored: Option<&Value>) -> bool {
    let stored = stored.unwrap_or(&Value::Null);
    match (typed, stored) {
        (Value::Object(typed), Value::Object(stored)) => {
            typed.iter().any(|(name, value)| is_change(value, stored.get(name)))
                || stored.iter().any(|(name, value)| !typed.contains_key(name) && !is_empty(value))
        }
        _ => typed != stored && !(is_empty(typed) && is_empty(stored)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mended(typed: Value, stored: Value) -> Mended {
        Mended::new(typed, stored, &DOCUMENTS[0]).unwrap()
    }

    fn without(mended: &mut Mended, pointers: &[&str]) -> Value {
        match mended.without(pointers.iter().copied()) {
            Left::Some(document) => document,
            other => panic!("{other:?}"),
        }
    }

    fn row(indicator: &str, value: &str) -> Value {
        json!({ "indicator": indicator, "value": value })
    }

    #[test]
    fn a_wrong_row_stands_as_it_was_stored_and_a_new_one_not_at_all() {
        let typed = json!({ "figures": [row("a", "x"), row("b", "2"), row("c", "y")], "other": "z" });
        let mut mended = mended(typed, json!({ "figures": [row("a", "1")] }));
        let left = without(&mut mended, &["/figures/0/value", "/figures/2/value"]);
        assert_eq!(left, json!({ "figures": [row("a", "1"), row("b", "2")], "other": "z" }));
        // What is said of the document as it was sent is told of what was typed.
        assert_eq!(mended.typed_at("/figures/1/value").unwrap(), "/figures/1/value");
        assert_eq!(mended.typed_at("/figures/0/value"), None, "the stored row is not the person's");
        let left = without(&mut mended, &["/figures/0", "/other"]);
        assert_eq!(left, json!({ "figures": [row("b", "2")] }));
        assert_eq!(mended.typed_at("/figures/0/value").unwrap(), "/figures/1/value");
        assert_eq!(mended.without(["/figures/0/value"].into_iter()), Left::Nothing);
    }

    #[test]
    fn a_wrong_field_outside_of_a_row_stands_as_it_was_stored() {
        let mut mended =
            mended(json!({ "title": "新", "phone": "打电话" }), json!({ "title": "旧", "phone": "025" }));
        let left = without(&mut mended, &["/phone"]);
        assert_eq!(left, json!({ "title": "新", "phone": "025" }));
        assert_eq!(mended.typed_at("/title").unwrap(), "/title");
        assert_eq!(mended.without([""].into_iter()), Left::Unknown);
    }

    #[test]
    fn what_changes_nothing_is_not_stored_once_more() {
        let stored =
            json!({ "figures": [{ "indicator": "a", "value": "1", "last_year": null }], "text": "" });
        let typed = json!({ "figures": [row("a", "1"), row("b", "x")], "text": " " });
        assert_eq!(mended(typed, stored.clone()).without(["/figures/1/value"].into_iter()), Left::Nothing);
        let fewer = json!({ "figures": [], "text": "错" });
        let left = without(&mut mended(fewer, stored), &["/text"]);
        assert_eq!(left, json!({ "figures": [], "text": "" }), "a row that was removed is a change");
    }

    #[test]
    fn a_row_is_known_again_by_what_did_not_change() {
        let firm = |name: &str, code: &str| json!({ "name": name, "credit_code": code });
        let typed = json!({ "firms": [firm("甲", "错"), firm("乙改", "2"), firm("", "")] });
        let stored = json!({ "firms": [firm("甲", "1"), firm("乙", "2"), firm("", "")] });
        let mut mended = mended(typed, stored);
        let left = without(&mut mended, &["/firms/0/credit_code", "/firms/2/name"]);
        assert_eq!(left, json!({ "firms": [firm("甲", "1"), firm("乙改", "2")] }));
    }
}
