//! The second factor: asked for at a sign-in, and set up, replaced and removed by its owner.

use std::rc::Rc;

use maud::{Markup, html};
use qrcode::{Color, QrCode};
use serde_json::Value;

use super::asked::{Asked, Shown};
use super::fields::{Fields, sent};
use super::form::{Field, Form};
use super::parts::{Tone, notice, print_button};
use super::{Page, Reveal, page};
use crate::actions::second_factor::{self, RecoveryCodesView, SecondFactorView, TotpSecretView};
use crate::domain::access::{Action, needs_second_factor};
use crate::error::{Error, Result};
use crate::http::endpoints::Method;

/// Where one sets it up.
pub(super) const PAGE: &str = "/account/second-factor";
/// Where a sign-in goes on.
const FURTHER: &str = "/api/v1/login/second-factor";
/// White squares around a QR code.
const MARGIN: usize = 4;

pub(super) fn pages() -> Vec<Page> {
    vec![page(PAGE, Action::ReadSelf, own)]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal { method: Method::Post, path: "/api/v1/me/second-factor/totp/confirmation", show: codes },
        Reveal { method: Method::Post, path: "/api/v1/me/second-factor/recovery-codes", show: codes },
    ]
}

/// Asks for the second factor of a sign-in, which then goes on to a page, or with what was being sent.
pub(super) fn code_page(asked: &Asked, ticket: &str, next: String, resumed: Option<String>) -> Shown {
    let form = asked.form(Method::Post, FURTHER).next(next).hidden("/ticket", ticket);
    let form = match resumed {
        Some(resumed) => form.hidden("_resume", resumed),
        None => form,
    };
    let content = form.render(&html! {
        p.lead { (asked.t("第一步已通过。请输入手机验证器应用显示的6位验证码。", "The first step is done. Enter the 6 digits that the app on your telephone shows.")) }
        (code_fields(asked, &form))
        (form.button("继续", "Go on"))
    });
    Shown::new(asked.t("两步验证", "Second factor"), content)
}

/// Asks again who somebody is before what they have sent is done.
pub(super) fn proof_page(asked: &Asked, resumed: String, typed: &Fields) -> Shown {
    let form = asked.form(Method::Post, "/api/v1/me/reauthenticate").hidden("_resume", resumed);
    let has_factor = asked.visit.caller.as_ref().is_some_and(|caller| caller.has_second_factor);
    let content = html! {
        p.lead { (asked.t(
            "此操作不可撤回或涉及他人账号，须再次输入密码。刚才填写的内容没有丢失，输入后随即办理。",
            "This can't be taken back, or opens an account: enter your password again. What you entered is kept, and is done right after.",
        )) }
        (form.render(&html! {
            (form.field(&Field::password("/password", asked.t("密码", "Password"), "current-password").required().medium()))
            @if has_factor { (code_fields(asked, &form)) }
            div.buttons {
                button type="submit" { (asked.t("确认并办理", "Confirm and do it")) }
                a.button.secondary href=(asked.link(&asked.here)) { (asked.t("不办理，返回该页", "Don't; back to the page")) }
            }
        }))
        (super::errors::kept(asked, typed))
    };
    Shown::new(asked.t("请再次证明身份", "Show again who you are"), content)
}

/// A code of the app, or a recovery code.
fn code_fields(asked: &Asked, form: &Form) -> Markup {
    html! {
        (form.field(&Field::code("/code:optional", asked.t("验证码", "Code")).silent().short()))
        details {
            summary { (asked.t("手机不在身边？用恢复码", "Without your telephone? Use a recovery code")) }
            (form.field(&Field::text("/recovery_code:optional", asked.t("恢复码", "Recovery code"))
                .hint(asked.t("设置时保存的恢复码之一，每个只能用一次", "One of those that you kept when you set this up; each does once"))
                .complete("off").silent().medium()))
        }
    }
}

/// The same again, after a code that was wrong; none if the sign-in has to begin anew.
pub(super) fn asked_again(asked: &Asked) -> Option<Shown> {
    let carried = asked.carried.as_ref()?;
    if carried.act != format!("POST {FURTHER}") || carried.error.code == "ticket_not_usable" {
        return None;
    }
    let value = |name: &str| sent(&carried.fields, name).map(str::to_owned);
    let next = value("_next").unwrap_or_else(|| "/desk".to_owned());
    Some(code_page(asked, &value("/ticket")?, next, value("_resume")))
}

/// How it stands, in a sentence.
pub(super) fn state(asked: &Asked, factor: &SecondFactorView) -> Markup {
    let by_choice =
        !asked.service.protection.second_factor_required && asked.role().is_some_and(needs_second_factor);
    html! {
        @match factor.since {
            Some(since) => p {
                (asked.t("已设置，自", "Set up, since ")) (asked.time(since)) (asked.t("。剩余恢复码：", ". Recovery codes left: "))
                (factor.recovery_codes_left)
            },
            None => p { (asked.t("未设置：只凭密码登录。", "None: the password alone signs in.")) },
        }
        @if by_choice {
            p.muted { (asked.t(
                "本站没有要求您的角色使用两步验证（由运行者关闭）。",
                "This site does not ask your role for one: its operator has switched that off.",
            )) }
        }
    }
}

async fn own(asked: Rc<Asked>) -> Result<Shown> {
    let factor = second_factor::read(&asked.service, &asked.visit).await?;
    // A page with a secret is not kept to be shown again.
    asked.once.set(true);
    let content = html! {
        @if factor.required && factor.since.is_none() {
            (notice(Tone::Warning, &html! { p { (asked.t(
                "您的角色须使用两步验证：设置后才能继续。需要一部装有验证器应用（支持 TOTP，如微信小程序“二次验证码”、Microsoft Authenticator、FreeOTP）的手机，约两分钟。",
                "Your role needs a second factor before you can go on. It takes a telephone with an authenticator app (TOTP) and two minutes.",
            )) } }))
        } @else {
            (state(&asked, &factor))
        }
        @match &factor.begun {
            Some(begun) => (confirmation(&asked, begun)?),
            None => (beginning(&asked, &factor)),
        }
        @if factor.since.is_some() { (codes_and_removal(&asked, &factor)) }
    };
    Ok(Shown::new(asked.t("两步验证", "Second factor"), content)
        .crumb("/account", asked.t("我的账号", "My account"))
        .data("/api/v1/me/second-factor"))
}

fn beginning(asked: &Asked, factor: &SecondFactorView) -> Markup {
    let begin = asked.form(Method::Post, "/api/v1/me/second-factor/totp");
    html! {
        @if factor.since.is_some() {
            h2 { (asked.t("更换手机或应用", "Another telephone or app")) }
            p { (asked.t("确认新的应用之前，原来的继续有效。", "What you have stays until the new one is confirmed.")) }
            (begin.render(&begin.button("开始更换", "Begin")))
        } @else {
            p { (asked.t(
                "登录时除密码外，再输入手机上每30秒变化的6位验证码。别人知道了密码也无法登录。",
                "Besides the password you enter 6 digits that change every 30 seconds on your telephone. Somebody who knows the password can't sign in.",
            )) }
            (begin.render(&begin.button("开始设置", "Begin")))
        }
    }
}

fn confirmation(asked: &Asked, begun: &TotpSecretView) -> Result<Markup> {
    let confirm = asked.form(Method::Post, "/api/v1/me/second-factor/totp/confirmation");
    let again = asked.form(Method::Post, "/api/v1/me/second-factor/totp");
    let grouped: Vec<String> =
        begun.secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(html! {
        h2 { (asked.t("第一步：用验证器应用扫描", "First: scan this with the app")) }
        (squares(&begun.address, asked.t("两步验证的二维码", "QR code of the second factor"))?)
        p { (asked.t("不能扫描时，在应用中手工输入密钥：", "If you can't scan it, type this secret into the app: "))
            code.secret { (grouped.join(" ")) } }
        h2 { (asked.t("第二步：输入应用显示的验证码", "Then: enter the code that it shows")) }
        (confirm.render(&html! {
            (confirm.field(&Field::code("/code", asked.t("验证码", "Code")).required().short()))
            (confirm.button("确认", "Confirm"))
        }))
        (again.render(&html! { div.buttons { button.secondary type="submit" { (asked.t("换一个密钥", "Another secret")) } } }))
    })
}

fn codes_and_removal(asked: &Asked, factor: &SecondFactorView) -> Markup {
    let renew = asked.form(Method::Post, "/api/v1/me/second-factor/recovery-codes");
    let remove = asked
        .form(Method::Delete, "/api/v1/me/second-factor")
        .done("两步验证已取消。", "The second factor is removed.");
    html! {
        h2 { (asked.t("恢复码", "Recovery codes")) }
        p { (asked.t("手机不在身边时用恢复码登录。重新生成后，原来的全部作废。", "They sign you in without your telephone. New ones make all before void.")) }
        (renew.render(&renew.button("重新生成恢复码", "New recovery codes")))
        h2 { (asked.t("取消两步验证", "Remove it")) }
        @if factor.required {
            p { (asked.t("您的角色必须使用两步验证，只能更换，不能取消。", "Your role must have a second factor: replace it, but don't remove it.")) }
        } @else {
            (remove.render(&remove.danger("取消两步验证", "Remove the second factor")))
        }
    }
}

/// Recovery codes, to print or copy.
fn codes(asked: &Asked, _: &Fields, answer: &Value) -> Result<Shown> {
    let view: RecoveryCodesView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let name = asked.caller()?.name.clone();
    let content = html! {
        div.screen {
            (notice(Tone::Warning, &html! { p { strong { (asked.t(
                "两步验证已生效。恢复码只显示这一次：请打印或抄写，与手机分开保管。",
                "The second factor is in force. These recovery codes are shown this once: print or copy them, and keep them apart from your telephone.",
            )) } } }))
        }
        div.paper {
            h2 { (asked.t("强链恢复码", "Qianglian recovery codes")) }
            p { (asked.t("登录名：", "Login name: ")) code { (name) } }
            ol { @for code in &view.recovery_codes { li { code.secret { (code) } } } }
            p { (asked.t("每个恢复码只能使用一次。", "Each does once.")) }
        }
        (print_button(asked))
        div.screen { p { a.button href=(asked.link("/desk")) { (asked.t("已保存，进入工作台", "I have kept them; to my desk")) } } }
    };
    Ok(Shown::new(asked.t("恢复码", "Recovery codes"), content)
        .crumb("/account", asked.t("我的账号", "My account")))
}

/// A QR code as one path of black squares on white.
fn squares(text: &str, label: &str) -> Result<Markup> {
    let code = QrCode::new(text).map_err(|error| Error::internal(error.to_string()))?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (place % width + MARGIN, place / width + MARGIN);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    let side = width + 2 * MARGIN;
    Ok(html! {
        svg.qr role="img" aria-label=(label) viewBox=(format!("0 0 {side} {side}")) width="240" height="240"
            shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}
