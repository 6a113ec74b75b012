//! A form that is kept while its sender shows who they are.

use actix_web::HttpResponse;
use maud::html;
use serde_json::Value;

use super::answering::{failed, own_page, succeeded};
use super::performing::perform;
use super::reading::Form;
use super::sender::Sender;
use super::{Place, matched};
use crate::actions::login::{LogInView, TicketView, TokenView, page_cookie};
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::http::State;
use crate::http::endpoints::Method;
use crate::http::pages::fields::{self, Fields, sent};
use crate::http::pages::form::Carried;
use crate::http::pages::request::{Page, PageRequest, in_language};
use crate::http::pages::second_factor;
use crate::http::pages::serve::{self, reveal, see};

/// What a form carries along to be sent after it.
pub(super) fn resumed(form: &Form) -> Option<Resumed> {
    sent(&form.fields, "_resume").and_then(|text| serde_json::from_str(text).ok())
}

pub(super) fn without_seal(fields: &Fields) -> Fields {
    fields.iter().filter(|(name, _)| name != "_csrf_token").cloned().collect()
}

/// Does what was sent before its sender was asked again who they are.
pub(super) async fn go_on(
    state: &State,
    mut sender: Sender,
    language: Language,
    (address, fields): Resumed,
) -> Result<HttpResponse> {
    fields::check(&fields)?;
    let (rows, names) = state.endpoints.find(&address).ok_or_else(Error::not_found)?;
    let mut form = Form { language, address: address.clone(), fields, files: None };
    let matched = matched(&Place { language, address, rows, names }, &form)?;
    // Who sends it has shown who they are since the caller was looked up.
    sender.caller = Some(serve::enter(state, &sender.session, &sender.source, sender.request).await?);
    match perform(state, &sender, &mut form, &matched).await {
        Ok(done) => succeeded(state, &sender, &form, &matched, &done),
        Err(error) => Ok(failed(state, &sender, form, &matched, error).await),
    }
}

/// Asks again who the sender of a form is, and keeps it.
pub(super) async fn ask_again(
    state: &State,
    sender: &Sender,
    language: Language,
    resumed: &Resumed,
    carried: Option<Carried>,
    page: &str,
) -> Result<HttpResponse> {
    let status = carried.as_ref().map_or(403, |carried| carried.error.kind.status());
    let text = serde_json::to_string(resumed).map_err(|error| Error::internal(error.to_string()))?;
    let page = in_language(language, page);
    let context = sender.context(state);
    let factor = crate::actions::second_factor::read(&state.service, &context).await?;
    let mut response = serve::reveal_again(state, &context, &sender.session, &page, carried, |request| {
        second_factor::proof_page(request, &factor, text, &resumed.1)
    })?;
    *response.status_mut() = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    Ok(response)
}

/// Begins the session of a browser, and goes on to where its person wanted to go, or with what they were sending.
pub(super) fn signed_in(state: &State, sender: &Sender, form: &Form, reply: &Value) -> Result<HttpResponse> {
    let login: LogInView =
        serde_json::from_value(reply.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let login = match login {
        LogInView::Session(login) => login,
        LogInView::SecondFactor(needed) => return ask_further(state, sender, form, &needed.second_factor),
    };
    let cookie = page_cookie(&state.service, &login)?;
    let mut response = match resumed(form) {
        Some(resumed) => {
            let page = in_language(form.language, "/sign-in");
            reveal(state, &sender.context(state), &cookie, &page, |request| {
                Ok(resume(request, &login, &resumed))
            })?
        }
        None => {
            let owes =
                state.service.protection.obliges(login.account.role) && !login.account.has_second_factor;
            let next = if owes { second_factor::PAGE.to_owned() } else { own_page(form, "_next") };
            see(&in_language(form.language, &next))
        }
    };
    serve::set_session(&mut response, Some(&cookie));
    Ok(response)
}

/// Asks for the second factor, with where its person wanted to go and what they were sending.
fn ask_further(state: &State, sender: &Sender, form: &Form, ticket: &TicketView) -> Result<HttpResponse> {
    let page = in_language(form.language, "/sign-in");
    let resumed = sent(&form.fields, "_resume").map(str::to_owned);
    let next = own_page(form, "_next");
    reveal(state, &sender.context(state), "", &page, |request| {
        second_factor::code_page(request, ticket, next, resumed)
    })
}

/// A form that was sent after its session had ended: its endpoint's address, and its fields.
type Resumed = (String, Fields);

/// Lets a person sign in again with what they were sending.
pub(super) fn sign_in_again(
    state: &State,
    sender: &Sender,
    form: &Form,
    files: bool,
) -> Result<HttpResponse> {
    let mut kept = without_seal(&form.fields);
    let secrets = kept.iter().any(|(name, _)| fields::is_secret(name));
    if secrets {
        // Passwords are not written into a page, so such a form is begun anew.
        kept.clear();
    }
    let resumed =
        serde_json::to_string(&(&form.address, &kept)).map_err(|error| Error::internal(error.to_string()))?;
    let page = in_language(form.language, "/sign-in");
    let next = own_page(form, "_page");
    let mut response = reveal(state, &sender.context(state), "", &page, |request| {
        let sign_in = request.form(Method::Post, "/api/v1/login").next(next);
        let sign_in = if secrets { sign_in } else { sign_in.hidden("_resume", resumed) };
        let content = html! {
            div.notice.warning {
                p { (if secrets {
                    request.t("登录已过期，操作未生效。请重新登录后再做。", "Your sign-in has ended and nothing was done. Sign in and do it again.")
                } else {
                    request.t(
                        "登录已过期，刚才的内容尚未提交，但没有丢失。重新登录后可继续提交。",
                        "Your sign-in has ended. What you sent was not done, but it is not lost: sign in again and go on.",
                    )
                }) }
                @if files { p { (request.t("所选文件需在登录后重新选择。", "Files must be chosen again after that.")) } }
            }
            (crate::http::pages::account::sign_in_form(&sign_in, request))
            (crate::http::pages::errors::kept(request, &kept))
        };
        Ok(Page::new(request.t("请重新登录", "Sign in again"), content))
    })?;
    *response.status_mut() = actix_web::http::StatusCode::UNAUTHORIZED;
    serve::set_session(&mut response, None);
    Ok(response)
}

/// Asks whether to go on with what was sent before.
fn resume(request: &PageRequest, login: &TokenView, (address, kept): &Resumed) -> Page {
    let action = request.link(&address.replacen("/api/", "/act/", 1));
    let page = kept.iter().rev().find(|(name, _)| name == "_page").map_or("/desk", |(_, page)| page.as_str());
    let content = html! {
        p { (request.t("现在的登录账号：", "Signed in as: ")) strong { (login.account.display_name) } }
        p { (request.t("要继续提交登录过期前填写的内容吗？", "Go on and send what you had entered before your sign-in ended?")) }
        form.form method="post" action=(action) {
            input type="hidden" name="_csrf_token" value=(request.csrf_token);
            @for (name, value) in kept.iter().filter(|(name, _)| name != "_saved") {
                input type="hidden" name=(name) value=(value);
            }
            div.buttons {
                button type="submit" { (request.t("继续提交", "Go on")) }
                a.button.secondary href=(request.link(page)) { (request.t("不提交，返回该页", "Don't; back to the page")) }
            }
        }
        (crate::http::pages::errors::kept(request, kept))
    };
    Page::new(request.t("继续提交", "Go on"), content)
}
