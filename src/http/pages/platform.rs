//! Signing in by the province's platform, and linking one's own account to it.

use super::fields::sent;
use super::prelude::*;
use super::request::in_language;
use super::{act::is_inside, second_factor};
use crate::actions::login::LogInView;
use crate::actions::platform::{self, Arrived, Returned};
use crate::oidc::RETURN;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/sign-in/platform", Action::LogIn, go),
        page(RETURN, Action::LogIn, come_back),
        page("/account/platform", Action::ReadSelf, account),
        page("/account/platform/go", Action::ReadSelf, go_to_link),
        page("/account/platform/confirm", Action::ReadSelf, confirm),
    ]
}

/// The way to sign in by the platform, where there is one.
pub(super) fn button(request: &PageRequest, next: Option<&str>) -> Markup {
    let Some(platform) = &request.service.platform else { return Markup::default() };
    let next: String = form_urlencoded::byte_serialize(next.unwrap_or("/desk").as_bytes()).collect();
    html! {
        p { a.button.secondary href=(request.link(&format!("/sign-in/platform?next={next}"))) {
            (request.t("通过", "Sign in by ")) (platform.name()) (request.t("登录", ""))
        } }
    }
}

/// Whether another site sent the browser here: a person is then to press the button of our page.
fn is_sent(request: &PageRequest) -> bool {
    matches!(request.brought.from_site.as_deref(), Some("cross-site" | "same-site"))
}

async fn go(request: Rc<PageRequest>) -> Result<Page> {
    if is_sent(&request) {
        return Ok(Page::elsewhere("/sign-in"));
    }
    let next: Option<String> = request.parameter("next");
    let next = next.filter(|page| is_inside(page)).unwrap_or_else(|| "/desk".to_owned());
    let page = in_language(request.language, &next);
    let (address, ticket) = platform::begin_sign_in(&request.service, page).await?;
    Ok(Page::onward(address, Some(ticket), None))
}

async fn come_back(request: Rc<PageRequest>) -> Result<Page> {
    let returned = Returned {
        code: request.parameter("code"),
        state: request.parameter("state"),
        issuer: request.parameter("iss"),
    };
    let (ticket, client) = (request.brought.ticket.as_deref(), request.brought.program.clone());
    match platform::come_back(&request.service, &request.context, ticket, returned, client).await? {
        Arrived::SignedIn(login, page) => match *login {
            LogInView::Session(login) => Ok(Page::onward(page, None, Some(login))),
            LogInView::SecondFactor(needed) => {
                // The ticket is for this browser alone.
                request.once.set(true);
                second_factor::code_page(&request, &needed.second_factor, page, None)
            }
        },
        Arrived::ToConfirm(proof, page) => Ok(Page::onward(page, Some(proof), None)),
    }
}

async fn account(request: Rc<PageRequest>) -> Result<Page> {
    let view = platform::standing(&request.service, &request.context).await?;
    let name = view.name.clone().ok_or_else(Error::not_found)?;
    let unlink =
        request.form(Method::Delete, "/api/v1/me/platform").done("已解除关联。", "The link has ended.");
    let content = html! {
        p.lead { (request.t(
            "关联后，您可以通过平台登录本账号。平台只确认您是谁；您的角色和权限不由它决定。",
            "Once linked, you can sign in to this account by the platform. It only says who you are; your role is not its to say.",
        )) }
        @match (&view.label, view.linked_at) {
            (Some(label), Some(at)) => {
                (facts(&[
                    (request.t("平台", "Platform"), html! { (name) }),
                    (request.t("平台身份", "Who you are there"), html! { (label) }),
                    (request.t("关联时间", "Linked"), request.time(at)),
                ]))
                (unlink.render(&unlink.danger("解除关联", "End the link")))
            },
            _ => p { a.button href=(request.link("/account/platform/go")) { (request.t("关联", "Link with ")) (name) } },
        }
    };
    Ok(Page::new(name, content)
        .crumb("/account", request.t("我的账号", "My account"))
        .data("/api/v1/me/platform"))
}

async fn go_to_link(request: Rc<PageRequest>) -> Result<Page> {
    if is_sent(&request) {
        return Ok(Page::elsewhere("/account/platform"));
    }
    let page = request.link("/account/platform/confirm");
    let (address, ticket) = platform::begin_link(&request.service, &request.context, page).await?;
    Ok(Page::onward(address, Some(ticket), None))
}

/// Whom the account is to be linked to, confirmed by the password: who only finds a session open can't link it.
async fn confirm(request: Rc<PageRequest>) -> Result<Page> {
    // What the browser brought back is no part of what pages are remembered by.
    request.once.set(true);
    // Shown again, the form has it.
    let carried = request.carried.as_ref().and_then(|carried| sent(&carried.fields, "/proof"));
    let proof = carried.map(str::to_owned).or_else(|| request.brought.ticket.clone());
    let label = platform::to_confirm(&request.service, &request.context, proof.as_deref())?;
    let form = request
        .form(Method::Post, "/api/v1/me/platform")
        .next("/account/platform")
        .hidden("/proof", proof.unwrap_or_default())
        .done("已关联，今后可以通过平台登录。", "Linked: you can sign in by the platform from now on.");
    let caller = request.caller()?;
    let content = html! {
        (facts(&[
            (request.t("平台身份", "Who you are there"), html! { (label) }),
            (request.t("本系统账号", "Your account here"), html! { (caller.display_name) " " (caller.name) }),
        ]))
        p { (request.t("两者都是您本人时，输入现密码确认关联。", "If both are you, confirm by your present password.")) }
        (form.render(&html! {
            (form.field(&Field::password("/password", request.t("现密码", "Present password"), "current-password").required().medium()))
            (form.button("确认关联", "Confirm the link"))
        }))
    };
    Ok(Page::new(request.t("确认关联", "Confirm the link"), content)
        .crumb("/account", request.t("我的账号", "My account")))
}
