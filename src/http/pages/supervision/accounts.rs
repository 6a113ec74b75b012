//! Accounts: who there is, inviting, changing, disabling, and giving a new one-time code.

use serde_json::Value;

use super::super::prelude::*;
use super::audit::roles;
use super::links::{decision, standing};
use crate::actions::accounts::{self, AccountView, InvitationView};
use crate::actions::data;
use crate::actions::links;
use crate::domain::access::LinkState;
use crate::domain::catalogue::Catalogue;
use crate::domain::ids::AccountId;
use crate::error::Kind;
use crate::http::pages::fields::Fields;
use crate::http::pages::form::Group;
use crate::http::pages::whereabouts::{after_an_act, of_account};
use crate::http::pages::words::time;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/accounts", Action::ReadAccounts, list),
        page("/accounts/new", Action::InviteAccount, new),
        page("/accounts/{account_id}", Action::ReadAccounts, read),
        page("/accounts/{account_id}/access", Action::ChangeAccount, access),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal { method: Method::Post, path: "/api/v1/accounts", show: invited },
        Reveal { method: Method::Post, path: "/api/v1/accounts/{account_id}/reset", show: reset },
        Reveal {
            method: Method::Post,
            path: "/api/v1/accounts/{account_id}/reset-second-factor",
            show: reset,
        },
    ]
}

/// Accounts on a page.
const ACCOUNTS: usize = 50;

fn region_name(catalogue: &Catalogue, account: &AccountView) -> String {
    let Some(code) = &account.region else { return String::new() };
    format!("{} {code}", catalogue.region_name(code))
}

fn state(asked: &Asked, account: &AccountView) -> Markup {
    match (account.enabled, account.active) {
        (false, _) => tag(asked.t("已停用", "Disabled"), Tone::Bad),
        (true, false) => tag(asked.t("待设置密码", "Password not set yet"), Tone::Warning),
        (true, true) => tag(asked.t("正常", "In use"), Tone::Good),
    }
}

fn is_admin(asked: &Asked) -> bool {
    asked.role() == Some(Role::Admin)
}

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let catalogue = data::catalogue(&asked.service, None).await?.catalogue;
    let list = List::new(&asked, "/accounts")
        .filter(Filter::choice("role", asked.t("角色", "Role"), roles(&asked)))
        .filter(Filter::region("region", asked.t("地区", "Region"), &catalogue));
    let (role, region) = (asked.parameter("role"), asked.parameter("region"));
    let after = asked.parameter("cursor");
    let page = accounts::list(&asked.service, &asked.visit, after, ACCOUNTS, role, region).await?;
    let table = Table::new(asked.t("账号，按登录名", "Accounts by login name"), &page.items)
        .head(
            asked.t("登录名", "Login name"),
            |account| html! { a href=(asked.link(&format!("/accounts/{}", account.id))) { (account.name) } },
        )
        .column(asked.t("姓名或单位", "Name"), |account| &account.display_name)
        .column(asked.t("角色", "Role"), |account| account.role.in_language(asked.language))
        .column(asked.t("地区", "Region"), |account| region_name(&catalogue, account))
        .column(asked.t("状态", "State"), |account| state(&asked, account))
        .empty(asked.t(
            "没有符合条件的账号。请放宽筛选条件，或开立账号。",
            "No account fits. Widen the filters, or open an account.",
        ));
    let content = html! {
        @if is_admin(&asked) {
            p { a.button href=(asked.link("/accounts/new")) { (asked.t("开立账号", "Open an account")) } }
        }
        p { a href=(asked.link("/links")) { (asked.t("等待纪检监督确认的链接码", "One-time codes that wait for a supervisor")) } }
        (list.render(&table.render(), page.next_cursor.as_deref()))
    };
    Ok(Shown::new(asked.t("账号", "Accounts"), content).data("/api/v1/accounts"))
}

async fn new(asked: Rc<Asked>) -> Result<Shown> {
    let catalogue = data::catalogue(&asked.service, None).await?.catalogue;
    let form = asked.form(Method::Post, "/api/v1/accounts");
    let mut regions = vec![Group::plain([(String::new(), asked.t("不绑定地区", "No region").to_owned())])];
    regions.extend(Group::regions(&catalogue, |_| true));
    let content = html! {
        p.lead { (asked.t(
            "开立后会显示一次性链接码，只显示这一次。请当面或以可靠方式交给本人，由其自行设置密码。",
            "You will then be shown a one-time code, this once only. Hand it over in person or by a channel that is trusted; its owner sets the password.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/name", asked.t("登录名", "Login name"))
                .hint(asked.t("3至40个小写字母、数字、点、连字符或下划线，以字母开头；开立后不能更改", "3 to 40 lower-case letters, digits, dots, hyphens or underscores, a letter first; it can't be changed later"))
                .complete("off").required().medium()))
            (form.field(&Field::text("/display_name", asked.t("姓名或单位", "Name for people")).required().medium()))
            (form.field(&Field::radios("/role", asked.t("角色", "Role"), roles(&asked))
                .hint(asked.t("一个账号只有一个角色，开立后不能更改", "An account has one role, which can't be changed later")).required()))
            (form.field(&Field::select_of("/region:optional", asked.t("地区", "Region"), regions)
                .hint(asked.t("申报单位须选其所在地区，设区市审核须选一个设区市，其他角色不选", "An applicant needs its region, a city reviewer a city; other roles none")).silent()))
            (form.field(&Field::text("/email:optional", asked.t("电子邮箱", "E-mail"))
                .hint(asked.t("用于接收通知和催办", "For notices and reminders")).complete("off").medium()))
            (form.button("开立账号", "Open the account"))
        }))
    };
    Ok(Shown::new(asked.t("开立账号", "Open an account"), content)
        .crumb("/accounts", asked.t("账号", "Accounts")))
}

fn views(asked: &Asked, id: AccountId, current: &str) -> Markup {
    if !is_admin(asked) {
        return Markup::default();
    }
    let views = [
        (format!("/accounts/{id}"), asked.t("概况", "Overview")),
        (format!("/accounts/{id}/access"), asked.t("停用与重置", "Disable, reset")),
    ];
    tabs(asked, asked.t("本账号", "This account"), &views, &format!("/accounts/{id}{current}"))
}

async fn read(asked: Rc<Asked>) -> Result<Shown> {
    let id: AccountId = asked.id("account_id")?;
    let account = accounts::read(&asked.service, &asked.visit, id).await?;
    let catalogue = data::catalogue(&asked.service, None).await?.catalogue;
    let link = links::newest(&asked.service, &asked.visit, id).await;
    let link =
        link.map(Some).or_else(|error| if error.kind == Kind::NotFound { Ok(None) } else { Err(error) })?;
    let code = link.as_ref().map(|link| (link.state, link.expires_at));
    let content = html! {
        (views(&asked, id, ""))
        (after_an_act(&asked, &of_account(&asked, &account, code)))
        @if let Some(link) = link.as_ref().filter(|link| link.state == LinkState::Awaited) { (decision(&asked, link)) }
        (facts(&[
            (asked.t("登录名", "Login name"), html! { (account.name) }),
            (asked.t("姓名或单位", "Name"), html! { (account.display_name) }),
            (asked.t("角色", "Role"), html! { (account.role.in_language(asked.language)) }),
            (asked.t("地区", "Region"), html! { (if account.region.is_some() { region_name(&catalogue, &account) } else { asked.t("不绑定", "None").to_owned() }) }),
            (asked.t("电子邮箱", "E-mail"), html! { (account.email.as_deref().unwrap_or(asked.t("未填写", "None"))) }),
            (asked.t("状态", "State"), state(&asked, &account)),
            (asked.t("两步验证", "Second factor"), html! { (if account.second_factor { asked.t("已设置", "Set up") } else { asked.t("未设置", "None") }) }),
            (asked.t("开立时间", "Opened"), asked.time(account.created_at)),
            (asked.t("最近一次链接码", "Newest one-time code"), link.as_ref().map_or_else(Markup::default, |link| standing(&asked, link))),
        ]))
        @if asked.role() == Some(Role::Supervisor) {
            p { a href=(asked.link(&format!("/audit?account={id}"))) { (asked.t("该账号的登录与账号记录", "Sign-ins and account events of this account")) } }
        }
        @if is_admin(&asked) {
            @let form = asked.form(Method::Patch, format!("/api/v1/accounts/{id}")).revision(account.revision).done("已保存。", "Saved.");
            h2 { (asked.t("修改", "Change")) }
            p.muted { (asked.t("登录名、角色和地区不能更改：请停用本账号，另行开立。", "Login name, role and region can't be changed: disable this account and open another.")) }
            (form.render(&html! {
                (form.field(&Field::text("/display_name", asked.t("姓名或单位", "Name for people")).value(&account.display_name).required().medium()))
                (form.field(&Field::text("/email:optional", asked.t("电子邮箱", "E-mail")).value(account.email.clone().unwrap_or_default())
                    .hint(asked.t("留空则保持不变", "Left empty it stays as it is")).complete("off").medium()))
                (form.button("保存", "Save"))
            }))
        }
    };
    Ok(Shown::new(account.display_name.clone(), content)
        .crumb("/accounts", asked.t("账号", "Accounts"))
        .data(format!("/api/v1/accounts/{id}"))
        .data(format!("/api/v1/accounts/{id}/link")))
}

async fn access(asked: Rc<Asked>) -> Result<Shown> {
    let id: AccountId = asked.id("account_id")?;
    let account = accounts::read(&asked.service, &asked.visit, id).await?;
    let change = asked
        .form(Method::Patch, format!("/api/v1/accounts/{id}"))
        .revision(account.revision)
        .next(format!("/accounts/{id}"))
        .hidden("/enabled:yes", (!account.enabled).to_string());
    let (title, consequence) = if account.enabled {
        (
            asked.t("停用账号", "Disable the account"),
            asked.t("其全部登录立即结束，之后不能登录。已有的操作和签署全部保留；可以再启用。", "Its sign-ins end at once and it can't sign in any more. What it did and signed stays; it can be enabled again."),
        )
    } else {
        (
            asked.t("启用账号", "Enable the account"),
            asked.t("可以再用原来的密码登录。", "It can sign in again with its password."),
        )
    };
    let change = if account.enabled {
        change.done("账号已停用。", "The account is disabled.")
    } else {
        change.done("账号已启用。", "The account is enabled.")
    };
    let reset = asked.form(Method::Post, format!("/api/v1/accounts/{id}/reset"));
    let content = html! {
        (views(&asked, id, "/access"))
        (facts(&[
            (asked.t("登录名", "Login name"), html! { (account.name) }),
            (asked.t("姓名或单位", "Name"), html! { (account.display_name) }),
            (asked.t("角色", "Role"), html! { (account.role.in_language(asked.language)) }),
            (asked.t("状态", "State"), state(&asked, &account)),
        ]))
        h2 { (title) }
        (notice(Tone::Warning, &html! { p { (consequence) } }))
        (change.render(&html! {
            @if account.enabled { (change.danger("停用该账号", "Disable this account")) } @else { (change.button("启用该账号", "Enable this account")) }
        }))
        h2 { (asked.t("重置", "Reset")) }
        (notice(Tone::Warning, &html! { p { (asked.t(
            "忘记密码、链接码过期或可能泄露时使用。原密码和全部登录立即失效，未用的链接码作废；会显示一个新的一次性链接码，只显示这一次。",
            "For a password that is forgotten, a code that has expired, or anything that may have leaked. Password and sign-ins end at once, unused codes too; you are shown a new one-time code, this once only.",
        )) } }))
        @if !account.enabled {
            p { (asked.t("账号已停用：请先启用，新的链接码才能使用。", "The account is disabled: enable it first, or the new code can't be used.")) }
        }
        (reset.render(&reset.danger("重置该账号", "Reset this account")))
        @if account.second_factor {
            @let reset = asked.form(Method::Post, format!("/api/v1/accounts/{id}/reset-second-factor"));
            h2 { (asked.t("重置密码和两步验证", "Reset password and second factor")) }
            (notice(Tone::Warning, &html! { p { (asked.t(
                "本人丢失了手机和全部恢复码时使用。与重置相同，但使用新链接码时一并清除两步验证；须经纪检监督确认。只忘记密码的，请用上面的重置。",
                "For somebody who has lost the telephone and all recovery codes. The same as a reset, but whoever uses the new code also gets rid of the second factor; a supervisor has to confirm it. For a password that is forgotten use the reset above.",
            )) } }))
            (reset.render(&reset.danger("重置密码和两步验证", "Reset both")))
        }
    };
    Ok(Shown::new(asked.t("停用与重置", "Disable, reset"), content)
        .crumb("/accounts", asked.t("账号", "Accounts"))
        .crumb(format!("/accounts/{id}"), account.display_name)
        .data(format!("/api/v1/accounts/{id}")))
}

/// The one-time code, with a slip to print and hand over.
fn slip(asked: &Asked, title: &str, answer: &Value) -> Result<Shown> {
    let invitation: InvitationView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let account = &invitation.account;
    let until = time(invitation.link_expires_at, asked.language);
    let content = html! {
        div.screen {
            (notice(Tone::Warning, &html! { p { strong { (asked.t(
                "链接码只显示这一次，系统不保存。请现在抄录或打印，离开本页后无法再看；丢失可重置。",
                "The code is shown this once and not stored. Copy or print it now; it can't be seen again. If it is lost, reset the account.",
            )) } } }))
        }
        div.paper {
            h2 { (asked.t("强链账号通知单", "Qianglian account slip")) }
            (facts(&[
                (asked.t("姓名或单位", "Name"), html! { (account.display_name) }),
                (asked.t("角色", "Role"), html! { (account.role.in_language(asked.language)) }),
                (asked.t("登录名", "Login name"), html! { code { (account.name) } }),
                (asked.t("一次性链接码", "One-time code"), html! { code.secret { (invitation.link_token) } }),
                (asked.t("有效期至", "Good until"), html! { (until) }),
            ]))
            p { (asked.t(
                "请在有效期内打开本系统的“登录—设置密码”页面，输入链接码并设置只有您本人知道的密码。链接码用后即废，请勿转交他人。",
                "Before it expires, open “Sign in – set your password” in this system, enter the code and choose a password that only you know. The code can be used once; pass it to nobody.",
            )) }
        }
        @let state = if invitation.needs_confirmation { LinkState::Awaited } else { LinkState::Usable };
        (of_account(asked, account, Some((state, invitation.link_expires_at))).block(asked))
        (print_button(asked))
        div.screen { ul.tasks {
            li { a href=(asked.link(&format!("/accounts/{}", account.id))) { (asked.t("查看该账号", "Look at the account")) } }
            li { a href=(asked.link("/accounts/new")) { (asked.t("再开立一个账号", "Open another account")) } }
            li { a href=(asked.link("/accounts")) { (asked.t("返回账号列表", "Back to the accounts")) } }
        } }
    };
    Ok(Shown::new(title, content).crumb("/accounts", asked.t("账号", "Accounts")))
}

fn invited(asked: &Asked, _: &Fields, answer: &Value) -> Result<Shown> {
    slip(asked, asked.t("账号已开立", "The account is open"), answer)
}

fn reset(asked: &Asked, _: &Fields, answer: &Value) -> Result<Shown> {
    slip(asked, asked.t("账号已重置", "The account is reset"), answer)
}
