//! Signing in, one's own account, and the two ways to a first password.

use super::prelude::*;
use super::{platform, second_factor};
use crate::actions::login::SessionView;
use crate::actions::{accounts, login, messages, second_factor as factor};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/sign-in", Action::LogIn, sign_in),
        page("/accept-link", Action::AcceptLink, accept_link),
        page("/set-up", Action::SetUp, set_up),
        page("/forgotten-password", Action::ForgetPassword, forgotten),
        page("/account", Action::ReadSelf, account),
    ]
}

/// Name and password.
pub(super) fn sign_in_form(form: &Form, request: &PageRequest) -> Markup {
    form.render(&html! {
        (form.field(&Field::text("/name", request.t("登录名", "Login name")).complete("username").required().medium()))
        (form.field(&Field::password("/password", request.t("密码", "Password"), "current-password").required().medium()))
        (form.button("登录", "Sign in"))
    })
}

async fn sign_in(request: Rc<PageRequest>) -> Result<Page> {
    if let Some(code) = second_factor::asked_again(&request).await? {
        return Ok(code);
    }
    let next: Option<String> = request.parameter("next");
    let form =
        request.form(Method::Post, "/api/v1/login").next(next.clone().unwrap_or_else(|| "/desk".to_owned()));
    let by_platform = platform::button(&request, next.as_deref());
    let content = html! {
        @if next.is_some() { p.lead { (request.t("该页面需要登录。", "That page needs a sign-in.")) } }
        (sign_in_form(&form, &request))
        (by_platform)
        p { (request.t("第一次登录？用管理员交给您的一次性链接码", "First time here? Use the one-time code from the administrator to"))
            " " a href=(request.link("/accept-link")) { (request.t("设置密码", "set your password")) } (request.t("。", ".")) }
        p.muted { (request.t(
            "连续5次输错密码，30分钟内不能再从同一地址登录。",
            "After 5 wrong passwords there is no sign-in from the same address for 30 minutes.",
        )) " " a href=(request.link("/forgotten-password")) { (request.t("忘记密码？", "Forgot your password?")) } }
        @if !request.service.protection.second_factor_required {
            p.muted { (request.t("本站未要求两步验证。", "This site asks nobody for a second factor.")) }
        }
    };
    Ok(Page::new(request.t("登录", "Sign in"), content))
}

fn new_password(form: &Form, request: &PageRequest, name: &'static str) -> Markup {
    form.field(
        &Field::password(name, request.t("新密码", "New password"), "new-password")
            .hint(request.t(
                "至少12个字符；不要用姓名、单位、日期或常见的词。一句只有您知道的话最好记。",
                "At least 12 characters; no names, dates or common words. A sentence that only you know is easiest to remember.",
            ))
            .required()
            .medium(),
    )
}

async fn accept_link(request: Rc<PageRequest>) -> Result<Page> {
    let form = request
        .form(Method::Post, "/api/v1/links/acceptance")
        // Where there is a platform, a first sign-in leads to the page where the account is linked to it.
        .next(if request.service.platform.is_some() {
            "/sign-in?next=%2Faccount%2Fplatform"
        } else {
            "/sign-in"
        })
        .done("密码已设置，请登录。", "Your password is set. Sign in.");
    let content = form.render(&html! {
        (form.field(&Field::text("/token", request.t("一次性链接码", "One-time code"))
            .hint(request.t("管理员交给您的、以 qll_ 开头，每四个字符一组；大小写和分隔均可。", "From the administrator: it begins with qll_, in groups of four; capitals and how it is parted do not matter."))
            .required()))
        (new_password(&form, &request, "/password"))
        (form.button("设置密码", "Set your password"))
    });
    Ok(Page::new(request.t("设置密码", "Set your password"), content)
        .crumb("/sign-in", request.t("登录", "Sign in")))
}

/// Whom a letter helps, and whom to ask else.
async fn forgotten(request: Rc<PageRequest>) -> Result<Page> {
    let view = accounts::forgotten(&request.service).await?;
    let names: Vec<&str> = view.roles.iter().map(|role| role.in_language(request.language)).collect();
    let form = request.form(Method::Post, "/api/v1/links/requests").next("/accept-link").done(
        "如该登录名可凭邮件重设密码，一次性链接码已发往其邮箱，两小时内有效。收到后请在此输入。",
        "If that login name can be helped by mail, a one-time code is on its way to its address, good for two hours. Enter it here.",
    );
    let content = html! {
        @if view.has_mail && !names.is_empty() {
            p.lead { (request.t("以下角色可凭邮件重设密码：", "These roles can be helped by mail: ")) (names.join(request.t("、", ", "))) (request.t("。", ".")) }
            (form.render(&html! {
                (form.field(&Field::text("/name", request.t("登录名", "Login name")).complete("username").required().medium()))
                (form.button("发送链接码", "Send a code"))
            }))
            p.muted { (request.t("收不到邮件，或邮箱已变更的，请联系为您开立账号的办公室或管理员。", "If nothing comes, or your address has changed, ask the office or the administrator who opened your account.")) }
        } @else {
            p.lead { (request.t("请联系为您开立账号的办公室或管理员，由其重置并交给您新的一次性链接码。", "Ask the office or the administrator who opened your account: they reset it and hand you a new one-time code.")) }
        }
    };
    Ok(Page::new(request.t("忘记密码", "Forgotten password"), content)
        .crumb("/sign-in", request.t("登录", "Sign in")))
}

async fn set_up(request: Rc<PageRequest>) -> Result<Page> {
    let form = request
        .form(Method::Post, "/api/v1/setup")
        .next("/sign-in")
        .done("管理员账号已建立，请登录。", "The administrator's account is made. Sign in.");
    let content = html! {
        p.lead { (request.t("仅在首次安装时使用：建立第一个管理员。", "For a new installation only: make the first administrator.")) }
        (form.render(&html! {
            (form.field(&Field::text("/code", request.t("设置码", "Set-up code"))
                .hint(request.t("服务首次启动时打印在控制台上。", "The service printed it when it was first started.")).required()))
            (form.field(&Field::text("/name", request.t("登录名", "Login name")).complete("username").required().medium()))
            (form.field(&Field::text("/display_name", request.t("姓名", "Name")).required().medium()))
            (new_password(&form, &request, "/password"))
            (form.button("建立管理员", "Make the administrator"))
        }))
    };
    Ok(Page::new(request.t("首次安装", "First installation"), content))
}

/// What others did to the account of whoever asks, until they say that they have read it.
pub(super) async fn messages_of_others(request: &PageRequest) -> Result<Markup> {
    let messages = messages::unread(&request.service, &request.context).await?;
    let Some(newest) = messages.first() else { return Ok(Markup::default()) };
    let all_of_account = messages.iter().all(|message| message.kind.is_of_account());
    let read = request
        .form(Method::Post, "/api/v1/me/messages/acknowledgement")
        .hidden("/last_message_id", newest.id.to_string())
        .done("已记录您的知悉。", "It is recorded that you have read it.");
    Ok(notice(
        Tone::Warning,
        &html! {
            p { strong { (if all_of_account { request.t("您的账号有以下变动", "This was done to your account") } else { request.t("您有以下通知", "You are told") }) } }
            ul { @for message in &messages { li { (request.localized_of(&message.zh, &message.en)) } } }
            @if messages.iter().any(|message| message.kind.is_of_account()) {
                p { (request.t(
                    "若您对账号的变动不知情，请立即联系纪检监督或服务器操作员。",
                    "If you did not expect what was done to your account, tell a supervisor or the operator of the machine at once.",
                )) }
            }
            (read.render(&read.button("我已知悉", "I have read this")))
        },
    ))
}

async fn account(request: Rc<PageRequest>) -> Result<Page> {
    let caller = request.caller()?.clone();
    let told = messages_of_others(&request).await?;
    let sessions = login::sessions(&request.service, &request.context).await?;
    let factor = factor::read(&request.service, &request.context).await?;
    let change = request
        .form(Method::Post, "/api/v1/me/password")
        .done("密码已更改，其他登录已结束。", "Your password is changed; your other sign-ins have ended.");
    let own = accounts::read_self(&request.service, &request.context).await?;
    let contact = request
        .form(Method::Patch, "/api/v1/me")
        .revision(own.revision)
        .done("联系方式已保存。", "How you are reached is saved.");
    let everywhere = request.form(Method::Post, "/api/v1/logout/everywhere").next("/sign-in");
    let end = |session: &SessionView| {
        let end = request.form(Method::Delete, format!("/api/v1/me/sessions/{}", session.id));
        let end = end.done("该登录已结束。", "That sign-in has ended.");
        end.render(&html! { button.secondary type="submit" { (request.t("结束", "End it")) } })
    };
    let caption = request.t(
        "正在进行的登录；不认识的请立即结束，并更改密码",
        "Sign-ins under way; end those that you do not know, and change your password",
    );
    let table = Table::new(caption, &sessions)
        .column(request.t("登录时间", "Signed in"), |session| request.time(session.created_at))
        .column(request.t("来源地址", "Address"), |session| &session.source)
        .column(request.t("所用程序", "Program"), |session| &session.client)
        .column(request.t("操作", "Action"), |session| {
            html! {
                @if session.current { (request.t("本次登录", "This one")) } @else { (end(session)) }
            }
        });
    let content = html! {
        (told)
        (facts(&[
            (request.t("姓名", "Name"), html! { (caller.display_name) }),
            (request.t("登录名", "Login name"), html! { (caller.name) }),
            (request.t("角色", "Role"), html! { (caller.role.in_language(request.language)) }),
        ]))
        @if let Some(platform) = &request.service.platform {
            p { a href=(request.link("/account/platform")) { (request.t("通过平台登录：", "Signing in by the platform: ")) (platform.name()) } }
        }
        h2 { (request.t("本人联系方式", "How you are reached")) }
        @if own.email.is_some() && !own.email_confirmed {
            (notice(Tone::Warning, &html! { p { (request.t("该邮箱由他人填写。请核对后保存，即为确认；确认之前，忘记密码时不会向它发送链接码。", "Somebody else entered this address. Save it, if it is yours: until then no code is sent to it for a password that was forgotten.")) } }))
        }
        (contact.render(&html! {
            (contact.field(&Field::text("/email:optional", request.t("电子邮箱", "E-mail")).value(own.email.clone().unwrap_or_default()).complete("email").medium()))
            (contact.field(&Field::text("/phone", request.t("电话", "Telephone")).value(own.phone.clone().unwrap_or_default()).complete("tel").medium().silent()))
            (contact.button("保存联系方式", "Save how you are reached"))
        }))
        h2 { (request.t("更改密码", "Change your password")) }
        (change.render(&html! {
            (change.field(&Field::password("/old_password", request.t("现密码", "Present password"), "current-password").required().medium()))
            (new_password(&change, &request, "/new_password"))
            (change.button("更改密码", "Change your password"))
        }))
        h2 { (request.t("两步验证", "Second factor")) }
        (second_factor::state(&request, &factor))
        p { a.button.secondary href=(request.link("/account/second-factor")) {
            @if factor.enabled_at.is_some() { (request.t("更换、恢复码、取消", "Replace it, recovery codes, remove it")) }
            @else { (request.t("设置两步验证", "Set up the second factor")) }
        } }
        h2 { (request.t("登录情况", "Sign-ins")) }
        (table.render())
        (everywhere.render(&everywhere.danger("结束我的全部登录", "End all my sign-ins")))
    };
    Ok(Page::new(request.t("我的账号", "My account"), content)
        .data("/api/v1/me")
        .data("/api/v1/me/sessions")
        .data("/api/v1/me/messages"))
}
