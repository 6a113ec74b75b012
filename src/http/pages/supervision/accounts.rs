//! Accounts: who there is, inviting, changing, disabling, and giving a new one-time code.

use serde_json::Value;

use super::super::prelude::*;
use super::links::{decision, standing};
use crate::actions::accounts::{self, AccountFilter, AccountView, InvitationView};
use crate::actions::data;
use crate::actions::links;
use crate::domain::access::{AccountState, LinkState, OfficeDuty};
use crate::domain::catalogue::Catalogue;
use crate::domain::ids::AccountId;
use crate::error::Kind;
use crate::http::pages::fields::Fields;
use crate::http::pages::form::Group;
use crate::http::pages::second_factor::qr_code;
use crate::http::pages::whereabouts::{after_an_act, of_account};
use crate::http::pages::words::{time, words};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/accounts", Action::ReadAccounts, list),
        page("/accounts/new", Action::InviteAccount, new),
        page("/accounts/forgotten-passwords", Action::ReadAccounts, forgotten),
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
            path: "/api/v1/accounts/{account_id}/second-factor/reset",
            show: reset,
        },
    ]
}

/// Accounts on a page.
const ACCOUNTS: usize = 50;

fn region_name(catalogue: &Catalogue, account: &AccountView) -> String {
    let Some(code) = &account.region_code else { return String::new() };
    format!("{} {code}", catalogue.region_name(code))
}

words! { AccountState {
    Self::InUse => ("正常", "In use"),
    Self::Invited => ("待设置密码", "Password not set yet"),
    Self::Disabled => ("已停用", "Disabled"),
} }

fn state(request: &PageRequest, account: &AccountView) -> Markup {
    let (state, tone) = match (account.enabled, account.active) {
        (false, _) => (AccountState::Disabled, Tone::Bad),
        (true, false) => (AccountState::Invited, Tone::Warning),
        (true, true) => (AccountState::InUse, Tone::Good),
    };
    tag(state.in_language(request.language), tone)
}

/// What an account of the office is there for.
fn duty_words(request: &PageRequest, account: &AccountView) -> String {
    match account.role {
        Role::Office if account.duties.are_divided() => {
            let words = account.duties.iter().map(|duty| duty.in_language(request.language));
            words.collect::<Vec<_>>().join(request.t("、", ", "))
        }
        Role::Office => request.t("不分工，均可办理", "Not divided: all of them").to_owned(),
        _ => request.t("不适用", "does not apply").to_owned(),
    }
}

/// The duties that an account of the office may have, to be ticked.
fn duties(request: &PageRequest, account: Option<&AccountView>) -> Markup {
    let has = |duty| account.is_some_and(|account| account.duties.iter().any(|own| own == duty));
    html! {
        fieldset {
            legend { (request.t("办公室内的职责", "Duties within the office")) }
            p.hint { (request.t(
                "只用于领导小组办公室的账号；一项不选为不分工，均可办理。查阅不受限制。",
                "Of accounts of the leading-group office alone; with none ticked, duties are not divided and it has all. Reading is not limited.",
            )) }
            @for (place, duty) in OfficeDuty::ALL.iter().enumerate() {
                label.choice {
                    input type="checkbox" name={ "/duties/" (place) } value=(duty) checked[has(*duty)];
                    span { (duty.in_language(request.language)) }
                }
            }
        }
    }
}

/// Whether who asks keeps accounts; of which roles, the act says.
fn keeps(request: &PageRequest) -> bool {
    matches!(request.role(), Some(Role::Admin | Role::Office))
}

/// The roles whose accounts who asks sees.
fn kept_roles(request: &PageRequest) -> Vec<(String, String)> {
    let kept = accounts::roles_kept(&request.context, Action::ReadAccounts);
    kept.iter().map(|role| (role.to_string(), role.in_language(request.language).to_owned())).collect()
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let states = AccountState::ALL
        .iter()
        .map(|state| (state.to_string(), state.in_language(request.language).to_owned()));
    let list = List::new(&request, "/accounts")
        .filter(Filter::text(
            "text",
            request.t("登录名、姓名、邮箱或电话", "Login name, name, e-mail or telephone"),
            "",
        ))
        .filter(Filter::choice("role", request.t("角色", "Role"), kept_roles(&request)))
        .filter(Filter::region("region_code", request.t("地区", "Region"), &catalogue))
        .filter(Filter::choice("state", request.t("状态", "State"), states));
    let filter = AccountFilter {
        role: request.parameter("role"),
        region: request.parameter("region_code"),
        text: request.parameter("text"),
        state: request.parameter("state"),
    };
    let after = request.parameter("cursor");
    let page = accounts::list(&request.service, &request.context, after, ACCOUNTS, filter).await?;
    let table = Table::new(request.t("账号，按登录名", "Accounts by login name"), &page.items)
        .head(
            request.t("登录名", "Login name"),
            |account| html! { a href=(request.link(&format!("/accounts/{}", account.id))) { (account.name) } },
        )
        .column(request.t("姓名或单位", "Name"), |account| &account.display_name)
        .column(request.t("角色", "Role"), |account| account.role.in_language(request.language))
        .column(request.t("地区", "Region"), |account| region_name(&catalogue, account))
        .column(request.t("电话", "Telephone"), |account| account.phone.clone().unwrap_or_default())
        .column(request.t("状态", "State"), |account| state(&request, account))
        .empty(request.t(
            "没有符合条件的账号。请放宽筛选条件，或开立账号。",
            "No account fits. Widen the filters, or open an account.",
        ));
    let content = html! {
        @if keeps(&request) {
            div.buttons.screen {
                a.button href=(request.link("/accounts/new")) { (request.t("开立账号", "Open an account")) }
                a.button.secondary href=(request.link("/accounts/import")) { (request.t("批量开立", "Open many")) }
                a.button.secondary href=(request.link("/accounts/invitations")) { (request.t("重发链接码", "New one-time codes")) }
            }
        }
        p { a href=(request.link("/links")) { (request.t("等待纪检监督确认的链接码", "One-time codes that wait for a supervisor")) } }
        p { a href=(request.link("/accounts/forgotten-passwords")) { (request.t("忘记密码的处理", "Forgotten passwords")) } }
        @if request.role() != Some(Role::Office) {
            p { a href=(request.link("/machines")) { (request.t("外部系统的令牌", "Tokens of external systems")) } }
        }
        (list.render(&table.render(), page.next_cursor.as_deref()))
    };
    let address = "/api/v1/accounts";
    let shown = Page::new(request.t("账号", "Accounts"), content).data(address);
    Ok(shown.table(&tables::ACCOUNTS, list.filtered(address)))
}

async fn new(request: Rc<PageRequest>) -> Result<Page> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let form = request.form(Method::Post, "/api/v1/accounts");
    let mut regions = vec![Group::plain([(String::new(), request.t("不绑定地区", "No region").to_owned())])];
    regions.extend(Group::regions(&catalogue, |_| true));
    let content = html! {
        p.lead { (request.t(
            "开立后会显示一次性链接码，只显示这一次。请当面或以可靠方式交给本人，由其自行设置密码。",
            "You will then be shown a one-time code, this once only. Hand it over in person or by a channel that is trusted; its owner sets the password.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/name", request.t("登录名", "Login name"))
                .hint(request.t("3至40个小写字母、数字、点、连字符或下划线，以字母开头；开立后不能更改", "3 to 40 lower-case letters, digits, dots, hyphens or underscores, a letter first; it can't be changed later"))
                .complete("off").required().medium()))
            (form.field(&Field::text("/display_name", request.t("姓名或单位", "Name")).required().medium()))
            (form.field(&Field::radios("/role", request.t("角色", "Role"), kept_roles(&request))
                .hint(request.t("一个账号只有一个角色，开立后不能更改", "An account has one role, which can't be changed later")).required()))
            (form.field(&Field::select_of("/region_code:optional", request.t("地区", "Region"), regions)
                .hint(request.t("申报单位须选其所在地区，设区市审核须选一个设区市，其他角色不选", "An applicant needs its region, a city reviewer a city; other roles none")).silent()))
            (form.field(&Field::text("/email:optional", request.t("电子邮箱", "E-mail"))
                .hint(request.t("用于接收通知和催办", "For notices and reminders")).complete("off").medium()))
            (form.field(&Field::text("/phone:optional", request.t("电话", "Telephone")).complete("off").medium()))
            @if request.role() == Some(Role::Admin) { (duties(&request, None)) }
            @if request.service.letters_to_owners {
                (form.field(&Field::checkbox("/by_letter:yes", request.t("以邮件发送链接码，不显示", "Send the code by mail, and show it to nobody"))))
            }
            (form.field(&Field::number("/valid_days:whole", request.t("链接码有效期", "Good for")).unit(request.t("天", "days")).value("1")
                .hint(request.t("1至30天", "1 to 30 days")).short()))
            (form.button("开立账号", "Open the account"))
        }))
    };
    Ok(Page::new(request.t("开立账号", "Open an account"), content)
        .crumb("/accounts", request.t("账号", "Accounts")))
}

async fn forgotten(request: Rc<PageRequest>) -> Result<Page> {
    let address = "/api/v1/accounts/forgotten-passwords";
    let view = accounts::forgotten(&request.service).await?;
    let form = request.form(Method::Put, address).done("已保存。", "Saved.");
    let names: Vec<&str> = view.roles.iter().map(|role| role.in_language(request.language)).collect();
    let allowed = Role::ALL.iter().filter(|role| role.is_kept_by_office()).enumerate();
    let content = html! {
        p.lead { (request.t(
            "允许后，这些角色的本人可在登录页自行重设密码：链接码发往账号所登记、并经本人确认的邮箱，两小时内有效；原密码在使用链接码之前继续有效，两步验证不变。专家和考察人员的邮箱须由本人在“我的账号”中填写或确认。",
            "Whoever has one of these roles can then set a new password from the sign-in page: a code goes to the address of the account that its owner stands by, good for two hours. The password holds until the code is used, and a second factor stays. Experts and inspectors enter or confirm their address themselves, below “My account”.",
        )) }
        @if !view.has_mail {
            (notice(Tone::Warning, &html! { p { (request.t("本系统没有设置邮件服务器：设置之前，忘记密码只能由管理员或办公室重置。", "There is no mail server: until there is, forgotten passwords are reset by administrators or the office.")) } }))
        }
        p { (request.t("现在允许的角色：", "Roles that are helped now: ")) (if names.is_empty() { request.t("无", "none").to_owned() } else { names.join(request.t("、", ", ")) }) }
        @if keeps(&request) {
            (form.render(&html! {
                fieldset {
                    legend { (request.t("可凭邮件重设密码的角色", "Roles that are helped by mail")) }
                    // Where none is ticked, the list is empty, not absent.
                    input type="hidden" name="/roles/9" value="";
                    @for (place, role) in allowed {
                        label.choice {
                            input type="checkbox" name={ "/roles/" (place) } value=(role) checked[view.roles.contains(role)];
                            span { (role.in_language(request.language)) }
                        }
                    }
                }
                (form.button("保存", "Save"))
            }))
        }
    };
    Ok(Page::new(request.t("忘记密码的处理", "Forgotten passwords"), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .data(address))
}

fn views(request: &PageRequest, id: AccountId, current: &str) -> Markup {
    if !keeps(request) {
        return Markup::default();
    }
    let views = [
        (format!("/accounts/{id}"), request.t("概况", "Overview")),
        (format!("/accounts/{id}/access"), request.t("停用与重置", "Disable, reset")),
    ];
    tabs(request, request.t("本账号", "This account"), &views, &format!("/accounts/{id}{current}"))
}

async fn read(request: Rc<PageRequest>) -> Result<Page> {
    let id: AccountId = request.id("account_id")?;
    let account = accounts::read(&request.service, &request.context, id).await?;
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let link = links::newest(&request.service, &request.context, id).await;
    let link =
        link.map(Some).or_else(|error| if error.kind == Kind::NotFound { Ok(None) } else { Err(error) })?;
    let code = link.as_ref().map(|link| (link.state, link.expires_at));
    let content = html! {
        (views(&request, id, ""))
        (after_an_act(&request, &of_account(&request, &account, code)))
        @if let Some(link) = link.as_ref().filter(|link| link.state == LinkState::Awaited) { (decision(&request, link)) }
        (facts(&[
            (request.t("登录名", "Login name"), html! { (account.name) }),
            (request.t("姓名或单位", "Name"), html! { (account.display_name) }),
            (request.t("角色", "Role"), html! { (account.role.in_language(request.language)) }),
            (request.t("地区", "Region"), html! { (if account.region_code.is_some() { region_name(&catalogue, &account) } else { request.t("不绑定", "None").to_owned() }) }),
            (request.t("电子邮箱", "E-mail"), html! {
                (account.email.as_deref().unwrap_or(request.t("未填写", "Not given")))
                @if account.email.is_some() && !account.email_confirmed { (request.aside(request.t("本人尚未确认", "not confirmed by its owner"))) }
            }),
            (request.t("电话", "Telephone"), html! { (account.phone.as_deref().unwrap_or(request.t("未填写", "Not given"))) }),
            (request.t("职责", "Duties"), html! { (duty_words(&request, &account)) }),
            (request.t("状态", "State"), state(&request, &account)),
            (request.t("两步验证", "Second factor"), html! { (if account.has_second_factor { request.t("已设置", "Set up") } else { request.t("未设置", "None") }) }),
            (request.t("开立时间", "Opened"), request.time(account.created_at)),
            (request.t("最近一次链接码", "Newest one-time code"), link.as_ref().map_or_else(Markup::default, |link| standing(&request, link))),
        ]))
        @if request.role() == Some(Role::Supervisor) {
            p { a href=(request.link(&format!("/audit?account={id}"))) { (request.t("该账号的登录与账号记录", "Sign-ins and account events of this account")) } }
        }
        @if keeps(&request) {
            @let form = request.form(Method::Patch, format!("/api/v1/accounts/{id}")).revision(account.revision).done("已保存。", "Saved.");
            h2 { (request.t("修改", "Change")) }
            p.muted { (request.t("登录名、角色和地区不能更改：请停用本账号，另行开立。", "Login name, role and region can't be changed: disable this account and open another.")) }
            (form.render(&html! {
                (form.field(&Field::text("/display_name", request.t("姓名或单位", "Name")).value(&account.display_name).required().medium()))
                (form.field(&Field::text("/email:optional", request.t("电子邮箱", "E-mail")).value(account.email.clone().unwrap_or_default())
                    .hint(request.t("留空则保持不变", "Left empty it stays as it is")).complete("off").medium()))
                (form.field(&Field::text("/phone", request.t("电话", "Telephone")).value(account.phone.clone().unwrap_or_default()).complete("off").medium().silent()))
                @if account.role == Role::Office {
                    // Where none is ticked, the list is empty, not absent.
                    input type="hidden" name="/duties/9" value="";
                    (duties(&request, Some(&account)))
                }
                (form.button("保存", "Save"))
            }))
        }
    };
    Ok(Page::new(account.display_name.clone(), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .data(format!("/api/v1/accounts/{id}"))
        .data(format!("/api/v1/accounts/{id}/link")))
}

async fn access(request: Rc<PageRequest>) -> Result<Page> {
    let id: AccountId = request.id("account_id")?;
    let account = accounts::read(&request.service, &request.context, id).await?;
    let change = request
        .form(Method::Patch, format!("/api/v1/accounts/{id}"))
        .revision(account.revision)
        .next(format!("/accounts/{id}"))
        .hidden("/enabled:yes", (!account.enabled).to_string());
    let (title, consequence) = if account.enabled {
        (
            request.t("停用账号", "Disable the account"),
            request.t("其全部登录立即结束，之后不能登录。已有的操作和签署全部保留；可以再启用。", "Its sign-ins end at once and it can't sign in any more. What it did and signed stays; it can be enabled again."),
        )
    } else {
        (
            request.t("启用账号", "Enable the account"),
            request.t("可以再用原来的密码登录。", "It can sign in again with its password."),
        )
    };
    let change = if account.enabled {
        change.done("账号已停用。", "The account is disabled.")
    } else {
        change.done("账号已启用。", "The account is enabled.")
    };
    let reset = request.form(Method::Post, format!("/api/v1/accounts/{id}/reset"));
    let content = html! {
        (views(&request, id, "/access"))
        (facts(&[
            (request.t("登录名", "Login name"), html! { (account.name) }),
            (request.t("姓名或单位", "Name"), html! { (account.display_name) }),
            (request.t("角色", "Role"), html! { (account.role.in_language(request.language)) }),
            (request.t("状态", "State"), state(&request, &account)),
        ]))
        h2 { (title) }
        (notice(Tone::Warning, &html! { p { (consequence) } }))
        (change.render(&html! {
            @if account.enabled { (change.danger("停用该账号", "Disable this account")) } @else { (change.button("启用该账号", "Enable this account")) }
        }))
        h2 { (request.t("重置", "Reset")) }
        (notice(Tone::Warning, &html! { p { (request.t(
            "忘记密码、链接码过期或可能泄露时使用。原密码和全部登录立即失效，未用的链接码作废；会显示一个新的一次性链接码，只显示这一次。",
            "For a password that is forgotten, a code that has expired, or anything that may have leaked. Password and sign-ins end at once, unused codes too; you are shown a new one-time code, this once only.",
        )) } }))
        @if !account.enabled {
            p { (request.t("账号已停用：请先启用，新的链接码才能使用。", "The account is disabled: enable it first, or the new code can't be used.")) }
        }
        (reset.render(&reset.danger("重置该账号", "Reset this account")))
        @if account.has_second_factor {
            @let reset = request.form(Method::Post, format!("/api/v1/accounts/{id}/second-factor/reset"));
            h2 { (request.t("重置密码和两步验证", "Reset password and second factor")) }
            (notice(Tone::Warning, &html! { p { (request.t(
                "本人丢失了手机和全部恢复码时使用。与重置相同，但使用新链接码时一并清除两步验证；须经纪检监督确认。只忘记密码的，请用上面的重置。",
                "For somebody who has lost the telephone and all recovery codes. The same as a reset, but whoever uses the new code also gets rid of the second factor; a supervisor has to confirm it. For a password that is forgotten use the reset above.",
            )) } }))
            (reset.render(&reset.danger("重置密码和两步验证", "Reset password and second factor")))
        }
    };
    Ok(Page::new(request.t("停用与重置", "Disable, reset"), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .crumb(format!("/accounts/{id}"), account.display_name)
        .data(format!("/api/v1/accounts/{id}")))
}

/// The one-time code, with a slip to print and hand over.
fn slip(request: &PageRequest, title: &str, answer: &Value) -> Result<Page> {
    let invitation: InvitationView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let account = &invitation.account;
    let content = html! {
        div.screen {
            @if invitation.link_token.is_some() {
                (notice(Tone::Warning, &html! { p { strong { (request.t(
                    "链接码只显示这一次，系统不保存。请现在抄录或打印，离开本页后无法再看；丢失可重置。",
                    "The code is shown this once and not stored. Copy or print it now; it can't be seen again. If it is lost, reset the account.",
                )) } } }))
            } @else {
                (notice(Tone::Good, &html! { p { (request.t("链接码以邮件发往：", "The code goes by mail to ")) (account.email.as_deref().unwrap_or_default()) } }))
            }
        }
        @if invitation.link_token.is_some() { (paper(request, &invitation)?) }
        @let state = if invitation.needs_confirmation { LinkState::Awaited } else { LinkState::Usable };
        (of_account(request, account, Some((state, invitation.link_expires_at))).block(request))
        @if invitation.link_token.is_some() { (print_button(request)) }
        div.screen { ul.tasks {
            li { a href=(request.link(&format!("/accounts/{}", account.id))) { (request.t("查看该账号", "Look at the account")) } }
            li { a href=(request.link("/accounts/new")) { (request.t("再开立一个账号", "Open another account")) } }
            li { a href=(request.link("/accounts")) { (request.t("返回账号列表", "Back to the accounts")) } }
        } }
    };
    Ok(Page::new(title, content).crumb("/accounts", request.t("账号", "Accounts")))
}

/// The slip: whose it is, the code, and where to go with it.
pub(super) fn paper(request: &PageRequest, invitation: &InvitationView) -> Result<Markup> {
    let account = &invitation.account;
    let address = request.public_address("/accept-link");
    let code = address.as_deref().map(|address| qr_code(address, address)).transpose()?;
    Ok(html! {
        div.paper.slip {
            h2 { (request.t("强链账号通知单", "Qianglian account slip")) }
            (facts(&[
                (request.t("姓名或单位", "Name"), html! { (account.display_name) }),
                (request.t("角色", "Role"), html! { (account.role.in_language(request.language)) }),
                (request.t("登录名", "Login name"), html! { code { (account.name) } }),
                (request.t("一次性链接码", "One-time code"), html! { code.secret { (invitation.link_token.as_deref().unwrap_or_default()) } }),
                (request.t("有效期至", "Valid until"), html! { (time(invitation.link_expires_at, request.language)) }),
            ]))
            @if let Some(address) = &address { p { (request.t("网址：", "Address: ")) code { (address) } } }
            @if let Some(code) = &code { (code) }
            p { (request.t(
                "请在有效期内打开本系统的“登录—设置密码”页面，输入链接码并设置只有您本人知道的密码。链接码用后即废，请勿转交他人。",
                "Before it expires, open “Sign in – set your password” in this system, enter the code and choose a password that only you know. The code can be used once; pass it to nobody.",
            )) }
        }
    })
}

fn invited(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    slip(request, request.t("账号已开立", "The account was opened"), answer)
}

fn reset(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    slip(request, request.t("账号已重置", "The account is reset"), answer)
}
