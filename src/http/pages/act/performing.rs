//! Does the act of a form, or as much of it as is good.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::MatchedEndpoint;
use super::reading::Form;
use super::sender::Sender;
use super::upload::upload;
use crate::domain::problem::{FieldProblem, Message};
use crate::error::{Error, Kind, Result};
use crate::http::State;
use crate::http::endpoints::{Body, Endpoint, Method};
use crate::http::gate::{self, Sent};
use crate::http::pages::fields::{self, Document, Fields, sent};
use crate::http::pages::piecewise::{self, Left, Mended};
use crate::http::request::Reply;
use crate::http::routes::Names;

/// A file that an act answers with: its media type, name and bytes.
pub(super) type Given = (&'static str, String, Bytes);

/// How an act ended.
#[derive(Default)]
pub(super) struct Done {
    pub(super) reply: Value,
    pub(super) revision: Option<String>,
    /// The file that it gives, where it gives one.
    pub(super) file: Option<Given>,
    /// What was wrong and is not stored, where the rest of a form is. Pointers are names of fields.
    pub(super) left: Vec<FieldProblem>,
}

/// Does the act: once, or once for each file.
pub(super) async fn perform(
    state: &State,
    sender: &Sender,
    form: &mut Form,
    matched: &MatchedEndpoint<'_>,
) -> Result<Done> {
    if matches!(matched.row.body, Body::File) {
        return upload(state, sender, form, matched).await;
    }
    let base = sent(&form.fields, "_base").and_then(|text| serde_json::from_str(text).ok());
    let document = fields::document(&form.fields, base);
    let body = match matched.row.body {
        Body::None => Bytes::new(),
        Body::Json(_) | Body::File => Bytes::from(document.value.to_string()),
    };
    match one(state, matched.row, sender.sent(form, matched), body, None).await {
        Ok(done) => Ok(done),
        Err(error) => {
            let done = in_part(state, sender, form, matched, &document, &error).await?;
            done.ok_or_else(|| at_fields(error, &document.names, &form.fields))
        }
    }
}

/// The most attempts to store a part of a form: a document's reader tells one row at a time.
const MOST_ATTEMPTS: usize = 60;

/// Stores what is good of a form that was refused for something in it. None where it has no part that can be stored.
async fn in_part(
    state: &State,
    sender: &Sender,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
    document: &Document,
    error: &Error,
) -> Result<Option<Done>> {
    let Some(rule) = piecewise::of(matched.row.path).filter(|_| error.kind == Kind::Invalid) else {
        return Ok(None);
    };
    let stored = stored_now(state, sender, form, matched, rule).await?;
    let Some(mut mended) = Mended::new(document.value.clone(), stored, rule) else { return Ok(None) };
    let mut wrong = error.problems.clone();
    let mut left: Vec<FieldProblem> = Vec::new();
    for _ in 0..MOST_ATTEMPTS {
        left.extend(wrong.iter().filter_map(|problem| {
            Some(FieldProblem { pointer: mended.typed_at(&problem.pointer)?, ..problem.clone() })
        }));
        let rest = match mended.without(wrong.iter().map(|problem| problem.pointer.as_str())) {
            Left::Some(rest) => rest,
            Left::Nothing => {
                return Err(at_fields(nothing_else(left), &document.names, &form.fields));
            }
            Left::Unknown => break,
        };
        let body = Bytes::from(rest.to_string());
        match one(state, matched.row, sender.sent(form, matched), body, None).await {
            Ok(done) => {
                let left = at_fields(Error::invalid(left), &document.names, &form.fields).problems;
                return Ok(Some(Done { left, ..done }));
            }
            Err(next) if next.kind == Kind::Invalid => wrong = next.problems,
            Err(other) => return Err(at_fields(other, &document.names, &form.fields)),
        }
    }
    // All that is wrong is told at once.
    let told = if left.is_empty() { error.clone() } else { Error::invalid(left) };
    Err(at_fields(told, &document.names, &form.fields))
}

/// What is stored of a document, as its endpoint tells it.
async fn stored_now(
    state: &State,
    sender: &Sender,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
    rule: &piecewise::Piecewise,
) -> Result<Value> {
    let address = filled_in(rule.read, &matched.path);
    let (rows, names) = state.endpoints.find(&address).ok_or_else(Error::not_found)?;
    let row = rows.iter().find(|row| row.method == Method::Get).ok_or_else(Error::not_found)?;
    let request = Sent {
        address,
        path: names.into_iter().collect(),
        query: BTreeMap::new(),
        if_match: None,
        idempotency_key: None,
        ..sender.sent(form, matched)
    };
    let reply = one(state, row, request, Bytes::new(), None).await?.reply;
    Ok(reply.pointer(&filled_in(rule.at, &matched.path)).cloned().unwrap_or_default())
}

/// An address or pointer with the names of an address in place of those in braces.
fn filled_in(pattern: &str, names: &Names) -> String {
    names.iter().fold(pattern.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What is told where nothing but what is wrong differs from what is stored.
fn nothing_else(left: Vec<FieldProblem>) -> Error {
    let count = left.len();
    let mut error = Error::invalid(left);
    error.message = Message::new(
        format!("下列{count}处有误，没有保存；其余内容与已保存的一致"),
        format!("{count} to be corrected, not saved; the rest is as it is stored"),
    );
    error
}

/// What is told where a form is stored but for what is wrong in it.
pub(super) fn stored_in_part(left: Vec<FieldProblem>) -> Error {
    let count = left.len();
    let mut error = Error::invalid(left);
    error.message = Message::new(
        format!("其余内容已保存；下列{count}处有误，没有保存，改正后请再保存"),
        format!("The rest is saved. {count} below could not be: correct them and save again"),
    );
    error
}

/// Does the act once.
pub(super) async fn one(
    state: &State,
    row: &Endpoint,
    sent: Sent,
    body: Bytes,
    payload: Option<crate::http::request::Incoming>,
) -> Result<Done> {
    let context = gate::may_enter(state, row, &sent).await?;
    let (reply, _) = gate::pass(state, row, context, sent, body, payload).await?;
    Ok(match reply {
        Reply::Body { body, etag, .. } => {
            let revision = etag.map(|tag| tag.trim_matches('"').to_owned());
            let reply = serde_json::from_slice(&body).unwrap_or(Value::Null);
            Done { reply, revision, ..Done::default() }
        }
        Reply::Attachment { media_type, name, body } => {
            Done { file: Some((media_type, name, body)), ..Done::default() }
        }
        Reply::Done | Reply::File(_) | Reply::Made { .. } | Reply::Lines(_) => Done::default(),
    })
}

/// The same error with names of fields in place of pointers, where there is such a field. A complaint about an entry of
/// a list that is one field is that field's.
fn at_fields(mut error: Error, names: &BTreeMap<String, String>, fields: &Fields) -> Error {
    for problem in &mut error.problems {
        let query = problem.pointer.strip_prefix("/query/").map(|name| format!("?{name}"));
        let of_query = query.filter(|name| sent(fields, name).is_some());
        if let Some(name) = of_query.or_else(|| field_of(&problem.pointer, names)) {
            problem.pointer = name;
        }
    }
    error
}

/// The field that says what stands at a pointer. Where nothing was sent for it, as of radio buttons none of which is
/// chosen, it is the field of its row, which is known by the others: its name then lacks a type.
fn field_of(pointer: &str, names: &BTreeMap<String, String>) -> Option<String> {
    let above = || std::iter::successors(Some(pointer), |at| at.rfind('/').map(|end| &at[..end]));
    if let Some(name) = above().find_map(|at| names.get(at)) {
        return Some(name.clone());
    }
    above().skip(1).filter(|at| !at.is_empty()).find_map(|at| {
        let below = format!("{at}/");
        let (matched, name) =
            names.range(below.clone()..).next().filter(|(matched, _)| matched.starts_with(&below))?;
        let (name, _) = name.rsplit_once(':').unwrap_or((name, ""));
        let row = name.strip_suffix(&matched[at.len()..])?;
        Some(format!("{row}{}", &pointer[at.len()..]))
    })
}
