//! What differs between two JSON documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Where: a JSON pointer, into the later document for what is there, else into the earlier one.
    pub pointer: String,
    /// What stood there; absent where something was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there now; absent where something was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Members by which the elements of a list are known again, wherever they have moved to.
const KEYS: [&str; 7] = ["id", "key", "code", "region", "indicator", "credit_code", "no"];

/// What differs, in the order of the documents. Elements of a list that name themselves are compared with their
/// namesakes, others with those at the same place.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(before, after, String::new(), &mut found);
    found
}

fn compare(before: &Value, after: &Value, pointer: String, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => objects(before, after, &pointer, found),
        (Value::Array(before), Value::Array(after)) => match name_of(before, after) {
            Some(key) => named(key, before, after, &pointer, found),
            None => places(before, after, &pointer, found),
        },
        _ if before != after => {
            found.push(Difference { pointer, before: Some(before.clone()), after: Some(after.clone()) });
        }
        _ => {}
    }
}

fn objects(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    pointer: &str,
    found: &mut Vec<Difference>,
) {
    let at = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    for (key, old) in before {
        match after.get(key) {
            Some(new) => compare(old, new, at(key), found),
            None => found.push(Difference { pointer: at(key), before: Some(old.clone()), after: None }),
        }
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        found.push(Difference { pointer: at(key), before: None, after: Some(new.clone()) });
    }
}

/// The member by which all elements of both lists name themselves, each differently in its list.
fn name_of(before: &[Value], after: &[Value]) -> Option<&'static str> {
    KEYS.into_iter().find(|key| {
        let unique = |list: &[Value]| {
            let mut names: Vec<String> = Vec::with_capacity(list.len());
            for element in list {
                match element.get(key) {
                    Some(name @ (Value::String(_) | Value::Number(_))) => names.push(name.to_string()),
                    _ => return false,
                }
            }
            names.sort();
            names.windows(2).all(|pair| pair[0] != pair[1])
        };
        unique(before) && unique(after)
    })
}

fn named(key: &str, before: &[Value], after: &[Value], pointer: &str, found: &mut Vec<Difference>) {
    for (index, old) in before.iter().enumerate() {
        if !after.iter().any(|new| new.get(key) == old.get(key)) {
            found.push(Difference {
                pointer: format!("{pointer}/{index}"),
                before: Some(old.clone()),
                after: None,
            });
        }
    }
    for (index, new) in after.iter().enumerate() {
        let at = format!("{pointer}/{index}");
        match before.iter().find(|old| old.get(key) == new.get(key)) {
            Some(old) => compare(old, new, at, found),
            None => found.push(Difference { pointer: at, before: None, after: Some(new.clone()) }),
        }
    }
    let order = |list: &[Value], others: &[Value]| -> Vec<Value> {
        let both = list.iter().filter(|one| others.iter().any(|other| other.get(key) == one.get(key)));
        both.filter_map(|one| one.get(key).cloned()).collect()
    };
    let (old, new) = (order(before, after), order(after, before));
    if old != new {
        found.push(Difference {
            pointer: pointer.to_owned(),
            before: Some(old.into()),
            after: Some(new.into()),
        });
    }
}

fn places(before: &[Value], after: &[Value], pointer: &str, found: &mut Vec<Difference>) {
    for index in 0..before.len().max(after.len()) {
        let at = format!("{pointer}/{index}");
        match (before.get(index), after.get(index)) {
            (Some(old), Some(new)) => compare(old, new, at, found),
            (old, new) => found.push(Difference { pointer: at, before: old.cloned(), after: new.cloned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<(String, bool, bool)> {
        let all = differences(before, after);
        all.into_iter().map(|one| (one.pointer, one.before.is_some(), one.after.is_some())).collect()
    }

    #[test]
    fn what_is_equal_differs_in_nothing() {
        let document = json!({"a": [1, {"key": "x"}], "b": null});
        assert!(differences(&document, &document.clone()).is_empty());
    }

    #[test]
    fn additions_removals_and_changes_are_told_apart() {
        let before = json!({"same": 1, "changed": 1, "gone": 1, "list": [1, 2]});
        let after = json!({"same": 1, "changed": 2, "new/er": 1, "list": [1, 3, 4]});
        assert_eq!(
            told(&before, &after),
            [
                ("/changed".to_owned(), true, true),
                ("/gone".to_owned(), true, false),
                ("/list/1".to_owned(), true, true),
                ("/list/2".to_owned(), false, true),
                ("/new~1er".to_owned(), false, true),
            ]
        );
    }

    #[test]
    fn named_elements_are_followed_where_they_move() {
        let before = json!([{"key": "a", "v": 1}, {"key": "b", "v": 1}, {"key": "c", "v": 1}]);
        let after = json!([{"key": "c", "v": 2}, {"key": "a", "v": 1}, {"key": "d", "v": 1}]);
        assert_eq!(
            told(&before, &after),
            [
                ("/1".to_owned(), true, false),
                ("/0/v".to_owned(), true, true),
                ("/2".to_owned(), false, true),
                (String::new(), true, true),
            ]
        );
    }
}
