//! What is answered to a form: a page to go to, the page again, or words for a script.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::{Value, json};

use super::MatchedEndpoint;
use super::performing::Done;
use super::reading::Form;
use super::resuming::signed_in;
use super::sender::Sender;
use crate::domain::access::Action;
use crate::domain::problem::FieldProblem;
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::files::content_disposition;
use crate::http::endpoints::Method;
use crate::http::pages::fields::sent;
use crate::http::pages::form::Carried;
use crate::http::pages::request::in_language;
use crate::http::pages::serve::{self, again, reveal, see};
use crate::http::pages::{confirmation, reveals, words};
use crate::http::{State, gate};

/// The longest address of a page that a form may name.
const LONGEST_PAGE: usize = 2_000;

/// The page that a form names to stand on: an address of this service, as browsers write addresses. They leave out
/// control characters, so that one could hide what leads elsewhere.
pub(super) fn own_page(form: &Form, name: &str) -> String {
    sent(&form.fields, name).filter(|page| is_inside(page)).unwrap_or("/").to_owned()
}

/// Whether an address is one of this service, as browsers read it.
pub(in crate::http::pages) fn is_inside(page: &str) -> bool {
    let written = page.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    written && page.starts_with('/') && !page.starts_with("//") && page.len() <= LONGEST_PAGE
}

/// Whether a script sends the form and stays on its page.
pub(super) fn is_autosave(form: &Form) -> bool {
    sent(&form.fields, "_saved").is_some()
}

pub(super) async fn failed(
    state: &State,
    sender: &Sender,
    form: Form,
    matched: &MatchedEndpoint<'_>,
    error: Error,
) -> HttpResponse {
    gate::log_inside(&error, sender.request);
    if is_autosave(&form) {
        return not_saved(&form, &error);
    }
    let page = in_language(form.language, &own_page(&form, "_page"));
    if error.confirm.is_some() {
        let shown = reveal(state, &sender.context(state), &sender.session, &page, |request| {
            Ok(confirmation::page(request, &form.address, &form.fields, &error))
        });
        if let Ok(response) = shown {
            return response;
        }
    }
    let act = format!("{} {}", matched.row.method.as_str(), form.address);
    let went_back = confirmation::is_not_yet(&error);
    let carried = Carried { act, fields: form.fields, error };
    let mut response = again(state, &sender.context(state), &sender.session, &page, carried).await;
    if went_back {
        *response.status_mut() = actix_web::http::StatusCode::OK;
    }
    response
}

/// What a script is told that saves a form: words for its state, the revision to go on from, and what was not stored.
fn told_script(
    status: u16,
    words: &str,
    revision: Option<&String>,
    left: &[FieldProblem],
    language: Language,
) -> HttpResponse {
    let problems: Vec<Value> = left
        .iter()
        .map(|problem| {
            let told = words::localized(problem.message.in_language(language), language);
            json!({ "field": problem.pointer, "words": told })
        })
        .collect();
    let body = json!({ "words": words, "revision": revision, "problems": problems });
    gate::builder(status).content_type("application/json").body(body.to_string())
}

pub(super) fn saved(state: &State, form: &Form, done: &Done) -> HttpResponse {
    let (at, left) = (words::clock(state.service.clock.now()), done.left.len());
    let words = match (form.language, left) {
        (Language::Chinese, 0) => format!("已保存到服务器，{at}"),
        (Language::English, 0) => format!("Saved on the server at {at}"),
        (Language::Chinese, _) => format!("其余内容已保存到服务器，{at}；{left}处没有保存："),
        (Language::English, _) => format!("The rest is saved on the server at {at}; not saved: {left}"),
    };
    told_script(200, &words, done.revision.as_ref(), &done.left, form.language)
}

fn not_saved(form: &Form, error: &Error) -> HttpResponse {
    let ours = match form.language {
        Language::Chinese => "尚未保存：",
        Language::English => "Not saved: ",
    };
    let words =
        format!("{ours}{}", words::localized(error.message.in_language(form.language), form.language));
    told_script(error.kind.status(), &words, None, &error.problems, form.language)
}

pub(super) fn succeeded(
    state: &State,
    sender: &Sender,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
    done: &Done,
) -> Result<HttpResponse> {
    if is_autosave(form) {
        return Ok(saved(state, form, done));
    }
    if let Some((media_type, name, body)) = &done.file {
        return Ok(gate::builder(200)
            .content_type(*media_type)
            .insert_header((header::CONTENT_DISPOSITION, content_disposition(name)))
            .body(body.clone()));
    }
    let reply = &done.reply;
    let page = in_language(form.language, &own_page(form, "_page"));
    let row = matched.row;
    if row.action == Action::LogIn {
        return signed_in(state, sender, form, reply);
    }
    if let Some(found) =
        reveals().into_iter().find(|found| found.method == row.method && found.path == row.path)
    {
        return reveal(state, &sender.context(state), &sender.session, &page, |request| {
            (found.show)(request, &form.fields, reply)
        });
    }
    let next =
        sent(&form.fields, "_next").map_or_else(|| own_page(form, "_page"), |_| own_page(form, "_next"));
    let mut response = see(&in_language(form.language, &filled(&next, reply)));
    if let Some(words) = sent(&form.fields, "_done") {
        serve::set_flash(&mut response, words, &form.address);
    }
    if matches!(row.action, Action::LogOut | Action::LogOutEverywhere) && row.method == Method::Post {
        serve::set_session(&mut response, None);
    }
    Ok(response)
}

/// An address with members of an answer for the names in braces.
pub(super) fn filled(page: &str, reply: &Value) -> String {
    let mut filled = String::new();
    let mut rest = page;
    while let Some((before, name, after)) = rest
        .split_once('{')
        .and_then(|(before, rest)| rest.split_once('}').map(|(name, after)| (before, name, after)))
    {
        let member = match &reply[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        filled.push_str(before);
        filled.extend(form_urlencoded::byte_serialize(member.as_bytes()));
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::filled;

    #[test]
    fn an_answer_fills_an_address() {
        let reply = json!({ "id": "a b", "number": 3 });
        assert_eq!(filled("/x/{id}/{number}?q", &reply), "/x/a+b/3?q");
        assert_eq!(filled("/x", &reply), "/x");
    }
}
