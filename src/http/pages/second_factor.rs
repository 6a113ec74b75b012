//! The second factor: asked for at a sign-in, and set up, replaced and removed by its owner.

use qrcode::{Color, QrCode};
use serde::Serialize;
use serde_json::Value;

use super::fields::{Fields, sent};
use super::prelude::*;
use crate::actions::login::{self, TicketView};
use crate::actions::passkeys::{PasskeyRequestView, PasskeyView};
use crate::actions::second_factor::{
    self, PasskeyAddedView, RecoveryCodesView, SecondFactorView, TotpSecretView,
};
use crate::domain::access::needs_second_factor;
use crate::domain::second_factor::Way;

/// Where one sets it up.
pub(super) const PAGE: &str = "/account/second-factor";
/// Where a sign-in goes on.
const FURTHER: &str = "/api/v1/login/second-factor";
/// White squares around a QR code.
const MARGIN: usize = 4;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page(PAGE, Action::ReadSelf, own)]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal { method: Method::Post, path: "/api/v1/me/second-factor/totp/confirmation", show: codes },
        Reveal { method: Method::Post, path: "/api/v1/me/second-factor/recovery-codes", show: codes },
        Reveal { method: Method::Post, path: "/api/v1/me/second-factor/passkeys", show: added },
    ]
}

/// What a browser does with a passkey once its script may: the button comes with the script.
#[derive(Clone, Copy)]
enum Ask {
    Make,
    Show,
}

/// A button that has the browser make or show a passkey, and what it answers in a field of the form.
fn passkey_button(request: &PageRequest, ask: Ask, options: &impl Serialize) -> Result<Markup> {
    let options = serde_json::to_string(options).map_err(|error| Error::internal(error.to_string()))?;
    let (ask, field, words) = match ask {
        Ask::Make => ("make", "/credential:json", request.t("添加通行密钥", "Add a passkey")),
        Ask::Show => ("show", "/passkey:json", request.t("使用通行密钥", "Use a passkey")),
    };
    Ok(html! {
        div.buttons data-passkey=(ask) data-options=(options) {
            input type="hidden" name=(field);
            button type="button" hidden { (words) }
            p.muted role="status" {
                noscript { (request.t("通行密钥需要浏览器运行脚本。", "Passkeys need a browser that runs scripts.")) }
            }
        }
    })
}

/// Asks for the second factor of a sign-in, which then goes on to a page, or with what was being sent.
pub(super) fn code_page(
    request: &PageRequest,
    ticket: &TicketView,
    next: String,
    resumed: Option<String>,
) -> Result<Page> {
    let form = request.form(Method::Post, FURTHER).next(next).hidden("/ticket", ticket.ticket.as_str());
    let form = match resumed {
        Some(resumed) => form.hidden("_resume", resumed),
        None => form,
    };
    let has_app = ticket.ways.contains(&Way::Totp);
    let content = form.render(&html! {
        p.lead { @match (&ticket.passkey, has_app) {
            (Some(_), true) => (request.t("第一步已通过。请使用通行密钥，或输入手机验证器应用显示的6位验证码。", "The first step is done. Use a passkey, or enter the 6 digits that the app on your telephone shows.")),
            (Some(_), false) => (request.t("第一步已通过。请使用通行密钥。", "The first step is done. Use your passkey.")),
            (None, _) => (request.t("第一步已通过。请输入手机验证器应用显示的6位验证码。", "The first step is done. Enter the 6 digits that the app on your telephone shows.")),
        } }
        (ways(request, &form, ticket.passkey.as_ref(), has_app)?)
        @if has_app || ticket.passkey.is_none() { (form.button("继续", "Go on")) } @else {
            div.buttons { button.secondary type="submit" { (request.t("用恢复码继续", "Go on by a recovery code")) } }
        }
    });
    Ok(Page::new(request.t("两步验证", "Second factor"), content).script("passkey"))
}

/// Asks again who somebody is before what they have sent is done.
pub(super) fn proof_page(
    request: &PageRequest,
    factor: &SecondFactorView,
    resumed: String,
    typed: &Fields,
) -> Result<Page> {
    let form = request.form(Method::Post, "/api/v1/me/reauthentication").hidden("_resume", resumed);
    let content = html! {
        p.lead { (request.t(
            "此操作不可撤回或涉及他人账号，须再次输入密码。刚才填写的内容没有丢失，输入后随即办理。",
            "This can't be taken back, or opens an account: enter your password again. What you entered is kept, and is done right after.",
        )) }
        (form.render(&html! {
            (form.field(&Field::password("/password", request.t("密码", "Password"), "current-password").required().medium()))
            @if factor.enabled_at.is_some() { (ways(request, &form, factor.passkey_to_show.as_ref(), factor.app)?) }
            div.buttons {
                button type="submit" { (request.t("确认并办理", "Confirm and do it")) }
                a.button.secondary href=(request.link(&request.here)) { (request.t("不办理，返回该页", "Don't; back to the page")) }
            }
        }))
        (super::errors::kept(request, typed))
    };
    Ok(Page::new(request.t("请再次证明身份", "Show again who you are"), content).script("passkey"))
}

/// A passkey, a code of the app, or a recovery code: what there is of them.
fn ways(
    request: &PageRequest,
    form: &Form,
    passkey: Option<&PasskeyRequestView>,
    has_app: bool,
) -> Result<Markup> {
    Ok(html! {
        @if let Some(challenge) = passkey { (passkey_button(request, Ask::Show, challenge)?) }
        @if has_app { (form.field(&Field::code("/code:optional", request.t("验证码", "Code")).silent().short())) }
        details {
            summary {
                @if has_app { (request.t("手机不在身边？用恢复码", "Without your telephone? Use a recovery code")) }
                @else { (request.t("通行密钥不在身边？用恢复码", "Without your passkey? Use a recovery code")) }
            }
            (form.field(&Field::text("/recovery_code:optional", request.t("恢复码", "Recovery code"))
                .hint(request.t("设置时保存的恢复码之一，每个只能用一次", "One of those that you kept when you set this up; each does once"))
                .complete("off").silent().medium()))
        }
    })
}

/// The same again, after something that did not do; none if the sign-in has to begin anew.
pub(super) async fn asked_again(request: &PageRequest) -> Result<Option<Page>> {
    let Some(carried) = request.carried.as_ref() else { return Ok(None) };
    let value = |name: &str| sent(&carried.fields, name).map(str::to_owned);
    let Some(ticket) = value("/ticket").filter(|_| carried.act == format!("POST {FURTHER}")) else {
        return Ok(None);
    };
    let ticket = match login::ask_again(&request.service, &request.context, ticket).await {
        Ok(ticket) => ticket,
        Err(error) if error.code == "ticket_not_usable" => return Ok(None),
        Err(error) => return Err(error),
    };
    let next = value("_next").unwrap_or_else(|| "/desk".to_owned());
    code_page(request, &ticket, next, value("_resume")).map(Some)
}

/// How it stands, in a sentence.
pub(super) fn state(request: &PageRequest, factor: &SecondFactorView) -> Markup {
    let by_choice =
        !request.service.protection.second_factor_required && request.role().is_some_and(needs_second_factor);
    html! {
        @match factor.enabled_at {
            Some(since) => p {
                (request.t("已设置，自", "Set up, since ")) (request.time(since)) (request.t("。剩余恢复码：", ". Recovery codes left: "))
                (factor.recovery_codes_left)
            },
            None => p { (request.t("未设置：只凭密码登录。", "None: the password alone signs in.")) },
        }
        @if by_choice {
            p.muted { (request.t(
                "本站没有要求您的角色使用两步验证（由运行者关闭）。",
                "This site does not ask your role for one: its operator has switched that off.",
            )) }
        }
    }
}

async fn own(request: Rc<PageRequest>) -> Result<Page> {
    let factor = second_factor::read(&request.service, &request.context).await?;
    // A page with a secret is not kept to be shown again.
    request.once.set(true);
    let content = html! {
        @if factor.required && factor.enabled_at.is_none() {
            (notice(Tone::Warning, &html! { p { (request.t(
                "您的角色须使用两步验证：设置后才能继续。需要一部装有验证器应用（支持 TOTP，如微信小程序“二次验证码”、Microsoft Authenticator、FreeOTP）的手机，或者一个通行密钥；约两分钟。",
                "Your role needs a second factor before you can go on. It takes two minutes, and a telephone with an authenticator app (TOTP) or a passkey.",
            )) } }))
        } @else {
            (state(&request, &factor))
        }
        @match &factor.begun_app {
            Some(begun) => (confirmation(&request, begun)?),
            None => (app(&request, &factor)),
        }
        (passkeys(&request, &factor)?)
        @if factor.enabled_at.is_some() { (codes_and_removal(&request, &factor)) }
    };
    Ok(Page::new(request.t("两步验证", "Second factor"), content)
        .crumb("/account", request.t("我的账号", "My account"))
        .data("/api/v1/me/second-factor")
        .script("passkey"))
}

/// The app that makes codes.
fn app(request: &PageRequest, factor: &SecondFactorView) -> Markup {
    let begin = request.form(Method::Post, "/api/v1/me/second-factor/totp");
    let remove = request
        .form(Method::Delete, "/api/v1/me/second-factor/totp")
        .done("验证器应用已移除。", "The authenticator app is removed.");
    html! {
        h2 { (request.t("验证器应用", "Authenticator app")) }
        @if factor.app {
            p { (request.t("已设置。换手机或应用时，确认新的之前，原来的继续有效。", "Set up. For another telephone or app: what you have stays until the new one is confirmed.")) }
            (begin.render(&begin.button("开始更换", "Begin")))
            @if !factor.passkeys.is_empty() {
                (remove.render(&html! { div.buttons { button.secondary type="submit" { (request.t("移除验证器应用", "Remove the app")) } } }))
            }
        } @else {
            p { (request.t(
                "登录时除密码外，再输入手机上每30秒变化的6位验证码。别人知道了密码也无法登录。",
                "Besides the password you enter 6 digits that change every 30 seconds on your telephone. Somebody who knows the password can't sign in.",
            )) }
            (begin.render(&begin.button("开始设置", "Begin")))
        }
    }
}

/// The passkeys, and another.
fn passkeys(request: &PageRequest, factor: &SecondFactorView) -> Result<Markup> {
    let add = request.form(Method::Post, "/api/v1/me/second-factor/passkeys");
    let last = factor.required && !factor.app && factor.passkeys.len() == 1;
    let remove = |passkey: &PasskeyView| {
        let remove =
            request.form(Method::Delete, format!("/api/v1/me/second-factor/passkeys/{}", passkey.id));
        let remove = remove.done("通行密钥已移除。", "The passkey is removed.");
        remove.render(&html! { button.secondary type="submit" { (request.t("移除", "Remove")) } })
    };
    let caption = request.t(
        "丢失了设备或不认识的，请立即移除",
        "Remove those whose device is lost, and those that you do not know",
    );
    let table = Table::new(caption, &factor.passkeys)
        .head(request.t("名称", "Name"), |passkey| &passkey.name)
        .column(request.t("添加时间", "Added"), |passkey| request.time(passkey.added_at))
        .column(request.t("上次使用", "Last used"), |passkey| html! {
            @match passkey.used_at { Some(at) => (request.time(at)), None => (request.t("未使用", "Never")) }
        })
        .column(request.t("操作", "Action"), |passkey| html! {
            @if last { (request.t("先添加另一个才能移除", "Add another first")) } @else { (remove(passkey)) }
        });
    Ok(html! {
        h2 { (request.t("通行密钥", "Passkeys")) }
        p { (request.t(
            "由手机、电脑或安全密钥保管，登录时按指纹、看一眼或触碰即可，不用抄验证码；假冒的网站骗不走。可添加多个。",
            "Kept by a telephone, a computer or a security key: a touch or a glance instead of a code, and nothing that a false site could take. You can have several.",
        )) }
        @if !factor.passkeys.is_empty() { (table.render()) }
        @match (&factor.passkey_to_add, factor.passkeys_available) {
            (Some(options), _) => (add.render(&html! {
                (add.field(&Field::text("/name", request.t("名称", "Name"))
                    .hint(request.t("便于您辨认，如“办公电脑”“蓝色安全密钥”", "For you to know it by: “office computer”, “blue key”"))
                    .complete("off").required().medium()))
                (passkey_button(request, Ask::Make, options)?)
            })),
            (None, true) => p { (request.t("已达上限，移除不用的才能再添加。", "There are as many as there can be; remove one to add another.")) },
            (None, false) => p.muted { (request.t(
                "本站没有设置可供通行密钥使用的域名，暂不能添加；请用验证器应用。",
                "This site has no host name that passkeys could be for, so none can be added; use an authenticator app.",
            )) },
        }
    })
}

fn confirmation(request: &PageRequest, begun: &TotpSecretView) -> Result<Markup> {
    let confirm = request.form(Method::Post, "/api/v1/me/second-factor/totp/confirmation");
    let again = request.form(Method::Post, "/api/v1/me/second-factor/totp");
    let grouped: Vec<String> =
        begun.secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(html! {
        h2 { (request.t("第一步：用验证器应用扫描", "First: scan this with the app")) }
        (qr_code(&begun.address, request.t("两步验证的二维码", "QR code of the second factor"))?)
        p { (request.t("不能扫描时，在应用中手工输入密钥：", "If you can't scan it, type this secret into the app: "))
            code.secret { (grouped.join(" ")) } }
        h2 { (request.t("第二步：输入应用显示的验证码", "Then: enter the code that it shows")) }
        (confirm.render(&html! {
            (confirm.field(&Field::code("/code", request.t("验证码", "Code")).required().short()))
            (confirm.button("确认", "Confirm"))
        }))
        (again.render(&html! { div.buttons { button.secondary type="submit" { (request.t("换一个密钥", "Another secret")) } } }))
    })
}

fn codes_and_removal(request: &PageRequest, factor: &SecondFactorView) -> Markup {
    let renew = request.form(Method::Post, "/api/v1/me/second-factor/recovery-codes");
    let remove = request
        .form(Method::Delete, "/api/v1/me/second-factor")
        .done("两步验证已取消。", "The second factor is removed.");
    html! {
        h2 { (request.t("恢复码", "Recovery codes")) }
        p { (request.t("手机或通行密钥不在身边时用恢复码登录。重新生成后，原来的全部作废。", "They sign you in without your telephone or passkey. New ones make all before void.")) }
        (renew.render(&renew.button("重新生成恢复码", "New recovery codes")))
        h2 { (request.t("取消两步验证", "Remove the second factor")) }
        @if factor.required {
            p { (request.t("您的角色必须使用两步验证，只能更换，不能取消。", "Your role must have a second factor: replace it, but don't remove it.")) }
        } @else {
            (remove.render(&remove.danger("取消两步验证", "Remove the second factor")))
        }
    }
}

/// A passkey that was added, with recovery codes where it is the first.
fn added(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let view: PasskeyAddedView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    if let Some(codes) = &view.recovery_codes {
        return codes_page(request, codes);
    }
    let content = html! {
        (notice(Tone::Good, &html! { p { (request.t("通行密钥已添加：", "The passkey is added: ")) strong { (view.passkey.name) } } }))
        p { a.button href=(request.link(PAGE)) { (request.t("返回两步验证", "Back to the second factor")) } }
    };
    Ok(Page::new(request.t("通行密钥", "Passkey"), content)
        .crumb("/account", request.t("我的账号", "My account")))
}

/// Recovery codes, to print or copy.
fn codes(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let view: RecoveryCodesView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    codes_page(request, &view.recovery_codes)
}

fn codes_page(request: &PageRequest, codes: &[String]) -> Result<Page> {
    let name = request.caller()?.name.clone();
    let content = html! {
        div.screen {
            (notice(Tone::Warning, &html! { p { strong { (request.t(
                "两步验证已生效。恢复码只显示这一次：请打印或抄写，与手机、安全密钥分开保管。",
                "The second factor is in force. These recovery codes are shown this once: print or copy them, and keep them apart from your telephone and keys.",
            )) } } }))
        }
        div.paper {
            h2 { (request.t("强链恢复码", "Qianglian recovery codes")) }
            p { (request.t("登录名：", "Login name: ")) code { (name) } }
            ol { @for code in codes { li { code.secret { (code) } } } }
            p { (request.t("每个恢复码只能使用一次。", "Each does once.")) }
        }
        (print_button(request))
        div.screen { p { a.button href=(request.link("/desk")) { (request.t("已保存，进入工作台", "I have kept them; to my desk")) } } }
    };
    Ok(Page::new(request.t("恢复码", "Recovery codes"), content)
        .crumb("/account", request.t("我的账号", "My account")))
}

/// A QR code as one path of black squares on white.
pub(super) fn qr_code(text: &str, label: &str) -> Result<Markup> {
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
