//! What is shown instead of a page: what happened, what was kept, and what to do now.

use super::fields::{Fields, is_secret};
use super::prelude::*;
use crate::actions::SECOND_FACTOR_REQUIRED;
use crate::domain::ids::RequestId;
use crate::error::Kind;

/// The page of an error; `typed` is what a form had carried.
pub(super) fn failed(request: &PageRequest, error: &Error, request_id: RequestId, typed: &Fields) -> Page {
    let (zh, en) = if error.is_outcome_unknown() {
        ("不知道是否已完成", "Whether it was done is not known")
    } else {
        title(error.kind)
    };
    let content = html! {
        p.lead { (request.localized(&error.message)) }
        @if !error.problems.is_empty() {
            ul { @for problem in &error.problems { li { (request.localized(&problem.message)) } } }
        }
        p { (advice(request, error)) }
        (kept(request, typed))
        @if error.code == SECOND_FACTOR_REQUIRED {
            p { a.button href=(request.link("/account/second-factor")) { (request.t("设置两步验证", "Set up the second factor")) } }
        }
        div.buttons {
            @if error.is_outcome_unknown() { (look(request)) }
            a.button href=(request.link(if request.role().is_some() { "/desk" } else { "/" })) {
                (if request.role().is_some() { request.t("回到工作台", "To your desk") } else { request.t("回到首页", "To the home page") })
            }
        }
        p.muted { (request.t("请求编号：", "Request: ")) code { (request_id) } }
    };
    Page::new(request.t(zh, en), content)
}

/// What was typed, so that nothing is lost that a person wrote.
pub(super) fn kept(request: &PageRequest, typed: &Fields) -> Markup {
    let written: Vec<&(String, String)> = typed
        .iter()
        .filter(|(name, text)| name.starts_with('/') && !is_secret(name) && !text.trim().is_empty())
        .collect();
    if written.is_empty() {
        return Markup::default();
    }
    html! {
        details open {
            summary { (request.t("您填写的内容（未保存，可复制留存）", "What you entered (not saved; copy it to keep it)")) }
            dl.facts {
                @for (name, text) in written {
                    dt { code { (name.split(':').next().unwrap_or(name)) } }
                    dd.text { (text) }
                }
            }
        }
    }
}

/// A way to look at the page as it is now.
pub(super) fn look(request: &PageRequest) -> Markup {
    html! { a.button.secondary href=(request.link(&request.here)) { (request.t("查看现在的状态", "See how things stand")) } }
}

fn title(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::WouldBeDone => ("可以办理，未作改动", "It would be done; nothing was changed"),
        Kind::BadRequest | Kind::MethodNotAllowed => ("请求有误", "Not a proper request"),
        Kind::Unauthenticated => ("请先登录", "Sign in first"),
        Kind::Forbidden => ("无权进行此操作", "Not allowed"),
        Kind::NotFound | Kind::Gone | Kind::NoSuchPart => ("没有找到该内容", "There is no such thing"),
        Kind::Conflict => ("现在不能这样做", "Not possible now"),
        Kind::Stale | Kind::PreconditionRequired => ("内容已被他人修改", "Changed by others"),
        Kind::Invalid => ("有内容需要改正", "Something to correct"),
        Kind::TooLarge => ("文件或内容过大", "Too large"),
        Kind::UnsupportedMediaType => ("不接受此类内容", "This kind is not taken"),
        Kind::TooManyRequests => ("操作过于频繁", "Too many requests"),
        Kind::Timeout => ("网络过慢", "Too slow"),
        Kind::Busy => ("系统繁忙", "Busy"),
        Kind::Internal | Kind::InsufficientStorage => ("系统出错", "Something failed"),
    }
}

/// What to do where nobody knows whether an act was done.
pub(super) fn unknown(request: &PageRequest) -> &'static str {
    request.t(
        "操作可能已经完成，也可能没有。请稍后先查看现在的状态；再次提交同一表单不会做两遍。",
        "It may or may not have been done. Look in a moment how things stand; sending the same form again does nothing twice.",
    )
}

fn advice(request: &PageRequest, error: &Error) -> String {
    if error.is_outcome_unknown() {
        return unknown(request).to_owned();
    }
    match error.kind {
        Kind::NotFound => request.t(
            "地址可能有误，或该内容不对您开放。请从导航进入。",
            "The address may be wrong, or this is not open to you. Use the navigation.",
        ),
        Kind::Forbidden => request.t(
            "如果您认为应当有此权限，请联系领导小组办公室或系统管理员。此次尝试已记入审计记录。",
            "If you think you should be allowed, ask the leading-group office or the administrator. This attempt is on record.",
        ),
        Kind::TooLarge => request.t(
            "没有保存。请返回上一页（浏览器一般还留着所填内容），删减或分开后重新提交。",
            "Nothing was saved. Go back (browsers mostly keep what was typed), shorten or split it, and send it again.",
        ),
        Kind::Conflict => request.t(
            "操作未生效，原有内容未变。请返回上一页查看现在的状态。",
            "Nothing was done and nothing has changed. Go back and look at the present state.",
        ),
        Kind::Stale | Kind::PreconditionRequired => request.t(
            "您的内容没有保存。请返回该页，核对现在的内容后重新提交。",
            "Yours was not saved. Go back, compare with what is there now, and send again.",
        ),
        Kind::TooManyRequests | Kind::Busy => {
            let seconds = error.retry_after.unwrap_or(1);
            return request.either(format!("操作未生效。请在{seconds}秒后重试。"), format!("Nothing was done. Try again in {seconds} seconds."));
        }
        Kind::Internal | Kind::InsufficientStorage => request.t(
            "操作未生效，已保存的内容不受影响。请稍后重试；如仍出错，请将请求编号告知管理员。",
            "Nothing was done; what had been saved is safe. Try again later; if it fails again, give the request's number to the administrator.",
        ),
        _ => request.t("操作未生效。请返回上一页改正后重试。", "Nothing was done. Go back, correct it and try again."),
    }
    .to_owned()
}
