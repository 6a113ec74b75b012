//! The fields of a form as the JSON document that an endpoint takes.
//!
//! A field's name is a JSON pointer (RFC 6901) into the document, with a colon and its type behind it unless it is
//! text: `/marks/0/score`, `/rank:whole`. So an endpoint's complaint about a pointer finds its field again. Names that
//! begin with `_` speak to the form's own machinery, those with `?` are query parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::text::cleaned;
use crate::domain::typed;
use crate::error::{Error, Result};

/// The most bytes of a name.
const LONGEST: usize = 300;
/// The most steps of a name that is a pointer, and of all names of a form together.
const DEEPEST: usize = 16;
const MOST_STEPS: usize = 40_000;

/// The fields of a form as sent, in order.
pub(super) type Fields = Vec<(String, String)>;

/// A document built from fields.
pub(super) struct Document {
    pub(super) value: Value,
    /// For each pointer into it, the name of the field that said it.
    pub(super) names: BTreeMap<String, String>,
}

/// Refuses fields that no page has, before anything walks them.
pub(super) fn check(fields: &[(String, String)]) -> Result<()> {
    let steps = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
    let pointers = fields.iter().filter(|(name, _)| name.starts_with('/'));
    let odd = |(name, value): &(String, String)| {
        // What stands for a query parameter is as strictly read as one.
        let query = name.starts_with('?') && value.contains(char::is_control);
        name.len() > LONGEST || name.contains(char::is_control) || steps(name) > DEEPEST || query
    };
    if fields.iter().any(odd) || pointers.map(|(name, _)| steps(name)).sum::<usize>() > MOST_STEPS {
        return Err(Error::bad_request(
            "bad_form",
            "表单中有本站页面没有的栏目，请刷新页面后重新填写",
            "The form has fields that no page of this service has; open its page again",
        ));
    }
    Ok(())
}

/// The last value that was sent under a name.
pub(super) fn sent<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().rev().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
}

/// Whether a field has what must not be shown again: a password, the secret of a link.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or(name);
    name.contains("password")
        || matches!(name, "/token" | "/code" | "/proof" | "/recovery_code" | "/passkey" | "/ticket")
}

/// What a field's text means, by the type behind its name.
///
/// - (none): text as it is stored
/// - `whole`: a whole number
/// - `usual`: a whole number that the page has put in: a row with nothing else is no row
/// - `yes`: `true` or `false`
/// - `optional`: text; absent where empty
/// - `null`: text; `null` where empty
/// - `lines`: a list, one entry a line
/// - `time`: a moment as `2026-03-10T18:00`, in Asia/Shanghai; absent where empty
/// - `wholes`: a list of whole numbers, with blanks, commas or new lines between them
/// - `pairs`: an object, one `name = text` a line
/// - `json`: a JSON value; absent where empty
/// - `key`: text that a person does not enter: a row with nothing else is no row
fn meaning(kind: &str, text: &str) -> Option<Value> {
    let text = cleaned(text.to_owned());
    Some(match kind {
        "whole" | "usual" => match typed::number(&text, &[]).parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) if text.trim().is_empty() => return None,
            // Not a number: the endpoint says so at its pointer.
            Err(_) => Value::String(text),
        },
        "yes" => Value::Bool(text == "true"),
        "optional" if text.is_empty() => return None,
        "null" if text.trim().is_empty() => Value::Null,
        "lines" => text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect(),
        "time" => match text.as_str() {
            "" => return None,
            // As `<input type=datetime-local>` writes it.
            local if local.len() == 16 => Value::String(format!("{local}:00+08:00")),
            local if local.len() == 19 => Value::String(format!("{local}+08:00")),
            _ => Value::String(text),
        },
        "wholes" => text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、'))
            .filter(|part| !part.is_empty())
            .map(|part| {
                typed::number(part, &[]).parse::<i64>().map_or_else(|_| Value::from(part), Value::from)
            })
            .collect(),
        "pairs" => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let pair = |line: &str| {
                let (name, value) = line.split_once(['=', '＝']).unwrap_or((line, ""));
                (name.trim().to_owned(), Value::from(value.trim()))
            };
            Value::Object(lines.map(pair).collect())
        }
        "json" if text.trim().is_empty() => return None,
        "json" => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        _ => Value::String(text),
    })
}

/// A tree of fields: what stands at a pointer, or below it.
enum Node {
    Leaf {
        name: String,
        kind: String,
        text: String,
    },
    Branch(BTreeMap<String, Node>),
    /// Part of the document that the form began with.
    Given(Value),
}

/// Builds the document: the fields laid over `base`, where the form began with one. In a list, rows whose fields a
/// person has left empty are left out, as are those whose `_remove` is ticked; a row stands where its `_order` says, a
/// number from 1. A row with a `_place` is one to pick: it is in the list if it has a place, there. A list without rows is `null` where its `_unknown` is ticked: not known is not the
/// same as none; the same holds for a group of fields that are all left empty.
pub(super) fn document(fields: &[(String, String)], base: Option<Value>) -> Document {
    let mut root = base.map_or_else(|| Node::Branch(BTreeMap::new()), Node::Given);
    for (name, text) in fields.iter().filter(|(name, _)| name.starts_with('/')) {
        let (pointer, kind) = name.rsplit_once(':').unwrap_or((name, ""));
        let leaf = Node::Leaf { name: name.clone(), kind: kind.to_owned(), text: text.clone() };
        let path: Vec<String> =
            pointer[1..].split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
        place(&mut root, &path, leaf);
    }
    let mut names = BTreeMap::new();
    let value = build(root, "", &mut names).unwrap_or_else(|| Value::Object(Map::new()));
    Document { value, names }
}

fn place(node: &mut Node, path: &[String], leaf: Node) {
    let Some((first, rest)) = path.split_first() else {
        *node = leaf;
        return;
    };
    if let Node::Given(value) = node {
        let members = match std::mem::take(value) {
            Value::Object(members) => {
                members.into_iter().map(|(key, value)| (key, Node::Given(value))).collect()
            }
            Value::Array(items) => {
                let rows = items.into_iter().enumerate();
                rows.map(|(index, value)| (index.to_string(), Node::Given(value))).collect()
            }
            _ => BTreeMap::new(),
        };
        *node = Node::Branch(members);
    } else if let Node::Leaf { .. } = node {
        *node = Node::Branch(BTreeMap::new());
    }
    if let Node::Branch(members) = node {
        let below = members.entry(first.clone()).or_insert_with(|| Node::Branch(BTreeMap::new()));
        place(below, rest, leaf);
    }
}

/// Whether a person has entered nothing in it.
fn is_blank(node: &Node) -> bool {
    match node {
        Node::Leaf { kind, text, .. } => {
            matches!(kind.as_str(), "key" | "usual" | "yes") || text.trim().is_empty()
        }
        Node::Branch(members) => {
            text_of(members, "_place").is_none_or(str::is_empty)
                && members.iter().all(|(key, member)| key.starts_with('_') || is_blank(member))
        }
        Node::Given(_) => false,
    }
}

/// What a field that speaks about its row or list says.
fn text_of<'a>(members: &'a BTreeMap<String, Node>, name: &str) -> Option<&'a str> {
    match members.get(name) {
        Some(Node::Leaf { text, .. }) => Some(text.trim()),
        _ => None,
    }
}

fn is_removed(node: &Node) -> bool {
    matches!(node, Node::Branch(members)
        if text_of(members, "_remove") == Some("true") || text_of(members, "_place") == Some(""))
}

/// Where a row stands: where its `_place` or `_order` says, else where its index does. What is no place comes last.
fn place_of(index: usize, node: &Node) -> usize {
    let Node::Branch(members) = node else { return index };
    let place = text_of(members, "_place").map(|text| text.parse().unwrap_or(usize::MAX));
    let order = text_of(members, "_order").and_then(|text| text.parse::<usize>().ok());
    place.or(order).map_or(index, |place| place.saturating_sub(1))
}

/// Whether a key is a place in a list. A longer number is a name, such as a region's code.
fn is_place(key: &str) -> bool {
    key.len() <= 5 && key.parse::<usize>().is_ok()
}

fn build(node: Node, pointer: &str, names: &mut BTreeMap<String, String>) -> Option<Value> {
    match node {
        Node::Given(value) => Some(value),
        Node::Leaf { name, kind, text } => {
            names.insert(pointer.to_owned(), name);
            meaning(&kind, &text)
        }
        Node::Branch(members) => {
            let unknown = text_of(&members, "_unknown").map(|text| text == "true");
            let mut keys = members.keys().filter(|key| !key.starts_with('_')).peekable();
            let is_list = (unknown.is_some() || keys.peek().is_some()) && keys.all(|key| is_place(key));
            if is_list {
                let mut rows: Vec<(usize, Node)> =
                    members.into_iter().filter_map(|(key, node)| Some((key.parse().ok()?, node))).collect();
                rows.sort_by_key(|(index, node)| (place_of(*index, node), *index));
                if unknown == Some(true) && rows.iter().all(|(_, row)| is_blank(row) || is_removed(row)) {
                    return Some(Value::Null);
                }
                let mut items = Vec::new();
                for (_, row) in rows {
                    if is_blank(&row) || is_removed(&row) {
                        continue;
                    }
                    let below = format!("{pointer}/{}", items.len());
                    items.extend(build(row, &below, names));
                }
                return Some(Value::Array(items));
            }
            if unknown == Some(true)
                && members.iter().all(|(key, member)| key.starts_with('_') || is_blank(member))
            {
                return Some(Value::Null);
            }
            let mut object = Map::new();
            for (key, member) in members {
                if key.starts_with('_') {
                    continue;
                }
                let below = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                if let Some(value) = build(member, &below, names) {
                    object.insert(key, value);
                }
            }
            Some(Value::Object(object))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn built(fields: &[(&str, &str)], base: Option<Value>) -> Document {
        let fields: Fields =
            fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        document(&fields, base)
    }

    #[test]
    fn names_are_pointers_and_say_their_type() {
        let fields = [
            ("/name", "链\r\n主"),
            ("/rank:whole", "3"),
            ("/odd:whole", "x"),
            ("/none:whole", ""),
            ("/sure:yes", "false"),
            ("/sure:yes", "true"),
            ("/gone:optional", ""),
            ("/open:null", ""),
            ("/tags:lines", " a \r\n\r\nb"),
            ("/until:time", "2026-03-10T18:00"),
            ("/raw:json", "[1]"),
            ("/bare:json", " "),
            ("/chains:wholes", "3，7\n x"),
            ("/units:pairs", "国家级 = 2\r\n\r\nb＝1"),
            ("/by_city/320500:whole", "3"),
            ("/a~1b/c", "d"),
            ("_method", "PUT"),
            ("?kind", "x"),
        ];
        assert_eq!(
            built(&fields, None).value,
            json!({
                "name": "链\n主", "rank": 3, "odd": "x", "sure": true, "open": null, "tags": ["a", "b"],
                "until": "2026-03-10T18:00:00+08:00", "raw": [1], "a/b": { "c": "d" },
                "chains": [3, 7, "x"], "units": { "国家级": "2", "b": "1" }, "by_city": { "320500": 3 },
            })
        );
    }

    #[test]
    fn rows_left_empty_are_no_rows_and_pointers_find_their_fields() {
        let document = built(
            &[
                ("/rows/0/key:key", "a"),
                ("/rows/0/year:usual", "2025"),
                ("/rows/0/text", ""),
                ("/rows/2/key:key", "b"),
                ("/rows/2/year:usual", "2025"),
                ("/rows/2/text", "x"),
                ("/rows/10/text", "y"),
                ("/rows/11/text", "z"),
                ("/rows/11/_remove:yes", "true"),
            ],
            None,
        );
        assert_eq!(
            document.value,
            json!({ "rows": [{ "key": "b", "year": 2025, "text": "x" }, { "text": "y" }] })
        );
        assert_eq!(document.names["/rows/0/text"], "/rows/2/text");
        assert_eq!(document.names["/rows/1/text"], "/rows/10/text");
    }

    #[test]
    fn fields_are_laid_over_what_the_form_began_with() {
        let base = json!({ "title": "a", "kept": [1], "items": [{ "key": "p", "weight": "1" }, { "key": "q", "weight": "2" }] });
        let fields = [
            ("/title", "b"),
            ("/items/1/weight", "3"),
            ("/items/0/_remove:yes", "true"),
            ("/items/2/key", "r"),
        ];
        assert_eq!(
            built(&fields, Some(base)).value,
            json!({ "title": "b", "kept": [1], "items": [{ "key": "q", "weight": "3" }, { "key": "r" }] })
        );
    }

    #[test]
    fn rows_stand_where_their_order_says() {
        let base = json!({ "rows": [{ "key": "a", "x": 1 }, { "key": "b" }, { "key": "c" }] });
        let fields = [
            ("/rows/0/_order", "3"),
            ("/rows/1/_order", "1"),
            ("/rows/2/_order", "2"),
            ("/rows/3/_order", "4"),
            ("/rows/3/key", ""),
        ];
        assert_eq!(
            built(&fields, Some(base)).value,
            json!({ "rows": [{ "key": "b" }, { "key": "c" }, { "key": "a", "x": 1 }] })
        );
    }

    #[test]
    fn rows_to_pick_stand_in_the_places_that_a_person_gives_them() {
        let document = built(
            &[
                ("/rows/0/key:key", "a"),
                ("/rows/0/_place", "2"),
                ("/rows/1/key:key", "b"),
                ("/rows/1/_place", " "),
                ("/rows/1/text", "x"),
                ("/rows/2/key:key", "c"),
                ("/rows/2/_place", "1"),
                ("/rows/2/text", "y"),
            ],
            None,
        );
        assert_eq!(document.value, json!({ "rows": [{ "key": "c", "text": "y" }, { "key": "a" }] }));
        assert_eq!(document.names["/rows/0/text"], "/rows/2/text");
    }

    #[test]
    fn not_known_is_not_none() {
        let rows = |unknown, name| {
            let fields = [("/rows/_unknown:yes", unknown), ("/rows/0/name", name)];
            built(&fields, Some(json!({ "rows": null }))).value["rows"].clone()
        };
        assert_eq!(rows("true", ""), Value::Null);
        assert_eq!(rows("false", ""), json!([]));
        assert_eq!(rows("true", "x"), json!([{ "name": "x" }]));
        let group = |count| {
            let fields = [("/value/_unknown:yes", "true"), ("/value/a:whole", count), ("/value/b:whole", "")];
            built(&fields, None).value["value"].clone()
        };
        assert_eq!(group(" "), Value::Null);
        assert_eq!(group("2"), json!({ "a": 2 }));
    }

    #[test]
    fn no_fields_are_an_empty_document() {
        assert_eq!(built(&[], None).value, json!({}));
        assert_eq!(built(&[("/rows/0/text", " ")], None).value, json!({ "rows": [] }));
    }
}
