//! A page of a long list.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// A part of a list, and where the next begins.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// Written out because a page is called after what it lists: a page of `AccountView` is an `AccountPage`.
impl<T: JsonSchema> JsonSchema for Page<T> {
    fn schema_name() -> Cow<'static, str> {
        let name = T::schema_name();
        let thing = name.strip_suffix("View").or(name.strip_suffix("Entry")).unwrap_or(&name);
        format!("{thing}Page").into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<Vec<T>>();
        json_schema!({
            "type": "object",
            "description": "A part of a list, and where the next begins.",
            "properties": {
                "items": items,
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Sent as `cursor` for the next part; absent at the end.",
                },
            },
            "required": ["items"],
        })
    }
}

impl<T> Page<T> {
    /// How many rows to ask for, to know whether there are more than `limit`.
    pub(crate) fn rows(limit: usize) -> i64 {
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    }

    /// A page of at most `limit` of the rows; `cursor` says where one stands in the order of the list.
    pub(crate) fn of(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next_cursor }
    }

    /// The same page of other entries.
    pub(crate) fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(view).collect(), next_cursor: self.next_cursor }
    }
}
