//! Forms: `/act/v1/…` takes the fields of a form and does the act of `/api/v1/…`, by the same row of the same table.
//!
//! What a header says elsewhere, a field says here: `_revision` is `If-Match`, `_key` is `Idempotency-Key`, `?name` a
//! query parameter. A form bears a seal that another site can't know, and is sent from this site alone. Afterwards the
//! browser is sent to the page that the form names; a form that failed is shown again with what was typed.

mod answering;
mod performing;
mod reading;
mod resuming;
mod sender;
mod upload;

use actix_web::http::Method as HttpMethod;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use self::answering::{failed, is_autosave, own_page, succeeded};
use self::performing::{perform, stored_in_part};
use self::reading::{Form, drain, read};
use self::resuming::{ask_again, go_on, resumed, sign_in_again, without_seal};
use self::sender::{Sender, admit, enter, is_from_here};
use super::confirmation;
use super::fields::{Fields, sent};
use super::form::Carried;
use super::layout::is_public;
use super::serve::{self, again, language_of};
use crate::actions::REAUTHENTICATION_REQUIRED;
use crate::domain::access::Action;
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::http::endpoints::{Endpoint, Method};
use crate::http::frame::Frame;
use crate::http::routes::Names;
use crate::http::{State, gate};

pub(super) use self::answering::is_inside;

/// Where a form was sent.
pub(in crate::http) struct Place<'a> {
    language: Language,
    /// The endpoint's address.
    address: String,
    /// What it has, and the names in it.
    rows: &'a [Endpoint],
    names: Names,
}

impl Place<'_> {
    /// What forms can do there.
    fn acts(&self) -> impl Iterator<Item = &Endpoint> {
        self.rows.iter().filter(|row| row.method != Method::Get)
    }

    /// The first of it, by which the rate is counted before the form is read.
    pub(in crate::http) fn action(&self) -> Option<Action> {
        self.acts().next().map(|row| row.action)
    }
}

/// The act that a form is for, and the names in its address.
struct MatchedEndpoint<'a> {
    row: &'a Endpoint,
    path: Names,
}

/// What the addresses of forms begin with, without the language.
pub(in crate::http) const ACTS: &str = "/act/v1/";

/// What is shown where not even the form's own page is known.
pub(in crate::http) async fn act_failed(
    state: &State,
    frame: &Frame,
    http: &HttpRequest,
    error: Error,
) -> HttpResponse {
    let address = if language_of(http.path()).0 == Language::English { "/en/" } else { "/" };
    // Too large to be read at all: whoever is signed in stays so, and is told with the way back.
    if error.kind == Kind::TooLarge {
        return serve::failed_at(state, frame, http, &error, address).await;
    }
    let nobody = Sender::of(frame, http).context(state);
    again(state, &nobody, "", address, Carried { act: String::new(), fields: Fields::new(), error }).await
}

/// Answers a form.
pub(in crate::http) async fn act(
    state: &State,
    place: &Place<'_>,
    frame: &Frame,
    http: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse> {
    if http.method() != HttpMethod::POST {
        return Err(gate::no_such_method());
    }
    is_from_here(http.headers())?;
    let mut sender = Sender::of(frame, http);
    let entered = enter(state, &sender, place, frame).await?;
    let caller = entered.as_ref().and_then(|entered| entered.as_ref().ok());
    let mut reading = state.intake.body(caller, &sender.source);
    let (mut form, fault) = read(http, payload, place, &mut reading).await?;
    let matched = matched(place, &form)?;
    if let Err(error) = admit(&mut sender, entered, &form, &matched) {
        let files = form.files.take();
        let had_files = files.is_some();
        drain(files).await;
        // Whoever sent it without being let in is shown nothing as anybody in particular.
        sender.caller = None;
        let ended = error.kind == Kind::Unauthenticated && !is_public(matched.row.action);
        if ended && !is_autosave(&form) {
            return sign_in_again(state, &sender, &form, had_files);
        }
        return Ok(failed(state, &sender, form, &matched, error).await);
    }
    let outcome = match fault {
        Some(fault) => Err(fault),
        None if sent(&form.fields, "_back").is_some() => Err(confirmation::not_yet()),
        None => perform(state, &sender, &mut form, &matched).await,
    };
    drain(form.files.take()).await;
    match outcome {
        Ok(done) if !done.left.is_empty() && !is_autosave(&form) => {
            Ok(failed(state, &sender, form, &matched, stored_in_part(done.left)).await)
        }
        Ok(done) => match resumed(&form).filter(|_| matched.row.action == Action::ProveAgain) {
            Some(resumed) => go_on(state, sender, form.language, resumed).await,
            None => succeeded(state, &sender, &form, &matched, &done),
        },
        Err(error) if error.code == REAUTHENTICATION_REQUIRED && !is_autosave(&form) => {
            let kept = (form.address.clone(), without_seal(&form.fields));
            ask_again(state, &sender, form.language, &kept, None, &own_page(&form, "_page")).await
        }
        Err(error) if matched.row.action == Action::ProveAgain => match resumed(&form) {
            Some(kept) => {
                let page = own_page(&form, "_page");
                let act = format!("{} {}", matched.row.method.as_str(), form.address);
                let carried = Carried { act, fields: form.fields, error };
                ask_again(state, &sender, form.language, &kept, Some(carried), &page).await
            }
            None => Ok(failed(state, &sender, form, &matched, error).await),
        },
        Err(error) => Ok(failed(state, &sender, form, &matched, error).await),
    }
}

/// Where a form is sent, if any form is.
pub(in crate::http) fn place<'a>(state: &'a State, path: &str) -> Result<Place<'a>> {
    let (language, path) = language_of(path);
    let address = path.replacen("/act/", "/api/", 1);
    let (rows, names) = state.endpoints.find(&address).ok_or_else(Error::not_found)?;
    Ok(Place { language, address, rows, names })
}

/// The act that a form is for.
fn matched<'a>(place: &Place<'a>, form: &Form) -> Result<MatchedEndpoint<'a>> {
    let method = sent(&form.fields, "_method").unwrap_or("POST");
    let acts = |row: &&Endpoint| row.method.as_str() == method && row.method != Method::Get;
    let row = place.rows.iter().find(acts).ok_or_else(Error::not_found)?;
    Ok(MatchedEndpoint { row, path: place.names.clone() })
}
