//! Opening many accounts: by a table, or one for every region; and the slips that are handed over.

use serde_json::Value;

use super::super::prelude::*;
use super::accounts::paper;
use crate::actions::account_imports::ImportedAccountsView;
use crate::actions::accounts::{self, InvitationView, InvitedAgainView};
use crate::domain::account_table::COLUMNS;
use crate::http::pages::fields::Fields;
use crate::http::pages::imports::{clearing, described, faults, fields, marked};
use crate::http::pages::words::time;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/accounts/import", Action::InviteAccount, import),
        page("/accounts/invitations", Action::ResetAccount, invite_again),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal { method: Method::Post, path: "/api/v1/accounts/import", show: imported },
        Reveal { method: Method::Post, path: "/api/v1/accounts/invitations", show: invited_again },
    ]
}

/// Whether codes go by mail, where there is a mail server.
fn by_letter(form: &Form<'_>, request: &PageRequest) -> Markup {
    let label = request.t(
        "有邮箱的，以邮件发送链接码；没有的显示在通知单上",
        "Codes go by mail to those with an address; others get slips",
    );
    let field = Field::checkbox("/by_letter:yes", label);
    html! { @if request.service.letters_to_owners { (form.field(&field)) } }
}

fn valid_days(form: &Form<'_>, request: &PageRequest) -> Markup {
    let field = Field::number("/valid_days:whole", request.t("链接码有效期", "Good for"));
    form.field(
        &field.unit(request.t("天", "days")).value("7").hint(request.t("1至30天", "1 to 30 days")).short(),
    )
}

async fn import(request: Rc<PageRequest>) -> Result<Page> {
    let by_table = request.form(Method::Post, "/api/v1/accounts/import").once().files();
    let for_all = request.form(Method::Post, "/api/v1/accounts/import").once();
    let content = html! {
        p.lead { (request.t(
            "整表开立：任何一行有误，全部不开立，并逐行说明原因。已有的登录名只改姓名和邮箱。开立前先列出每一处变化，确认后才生效；各账号的一次性链接码只显示一次，可当场打印通知单。",
            "All of the table or nothing: if any row is wrong, nothing is done and each row is told. Of a login name that is there the name and the address are changed. Every change is shown before anything is done; the one-time codes are shown once, as slips to print.",
        )) }
        (faults(&request, &by_table, &COLUMNS))
        h2 { (request.t("按表格开立", "By a table")) }
        p {
            a href="/api/v1/accounts/import" download { (request.t("下载表格（Excel）", "Download the table (Excel)")) }
            (request.t("：已列出尚无账号的地区，可增删行、填写邮箱；另有“填写说明”。", ": with the regions that have none; add or remove rows, fill in addresses. A second sheet says how."))
        }
        (by_table.render(&html! {
            (fields(&request, &by_table))
            (clearing(&request, &by_table))
            (valid_days(&by_table, &request))
            (by_letter(&by_table, &request))
            (by_table.button("查看将发生的变化", "Show what would change"))
        }))
        (marked(&request, &by_table))
        (described(&request, &COLUMNS))
        h2 { (request.t("为全部地区开立", "For every region")) }
        p { (request.t(
            "目录中每个尚无申报账号的地区，以及每个尚无审核账号的设区市，各开立一个账号：登录名为 region- 或 city- 加地区代码。",
            "An account for each region of the catalogue that has none to file with, and for each city that has none to review with: region- or city- and the region's code.",
        )) }
        (for_all.render(&html! {
            input type="hidden" name="/every_region:yes" value="true";
            (valid_days(&for_all, &request))
            (by_letter(&for_all, &request))
            (for_all.button("查看将开立的账号", "Show what would be opened"))
        }))
    };
    Ok(Page::new(request.t("批量开立账号", "Open many accounts"), content)
        .crumb("/accounts", request.t("账号", "Accounts")))
}

/// The slips, each on a page of its own, below a list of all.
fn imported(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let imported: ImportedAccountsView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let invitations = &imported.invitations;
    let (opened, changed, unchanged) = (invitations.len(), imported.changed, imported.unchanged);
    let told = request.either(
        format!("开立{opened}个账号，修改{changed}个，{unchanged}个没有变化。"),
        format!(
            "Opened {}, changed {changed}, {unchanged} as they were.",
            count(opened, "account", "accounts")
        ),
    );
    let content = html! {
        (notice(Tone::Good, &html! { p { (told) } }))
        @if imported.hidden > 0 {
            (notice(Tone::Warning, &html! { p { (request.either(
                format!("表中有{}个隐藏的行或列，也已导入，请核对。", imported.hidden),
                format!("Hidden rows or columns of the table were imported too: {}. Look at them.", imported.hidden),
            )) } }))
        }
        (slips(request, invitations)?)
        div.screen { ul.tasks { li { a href=(request.link("/accounts")) { (request.t("返回账号列表", "Back to the accounts")) } } } }
    };
    let title = match (opened, changed) {
        (0, 0) => request.t("账号没有变化", "Nothing changed"),
        (0, _) => request.t("账号已修改", "The accounts were changed"),
        _ => request.t("账号已开立", "The accounts were opened"),
    };
    Ok(Page::new(title, content).crumb("/accounts", request.t("账号", "Accounts")))
}

/// New codes for all who have not set a password.
async fn invite_again(request: Rc<PageRequest>) -> Result<Page> {
    let form = request.form(Method::Post, "/api/v1/accounts/invitations").once();
    let kept = accounts::roles_kept(&request.context, Action::ResetAccount);
    let roles = kept.iter().map(|role| (role.to_string(), role.in_language(request.language).to_owned()));
    let any = [(String::new(), request.t("全部角色", "All roles").to_owned())];
    let content = html! {
        p.lead { (request.t(
            "给尚未设置密码的账号重新发放一次性链接码，以前的随即作废；已设置密码的账号不受影响。先列出是哪些账号，确认后才发放。",
            "New one-time codes for accounts whose owners have set no password; codes before them are void. Accounts in use stay as they are. You are shown which, before anything is done.",
        )) }
        (form.render(&html! {
            (form.field(&Field::select("/role:optional", request.t("角色", "Role"), any.into_iter().chain(roles)).silent()))
            (form.field(&Field::checkbox("/expired_only:yes", request.t("只给链接码已过期或已作废的", "Only where the code has expired or is void"))))
            (by_letter(&form, &request))
            (valid_days(&form, &request))
            (form.button("查看将重发的账号", "Show which accounts"))
        }))
    };
    Ok(Page::new(request.t("重发链接码", "New one-time codes"), content)
        .crumb("/accounts", request.t("账号", "Accounts")))
}

fn invited_again(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let again: InvitedAgainView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let number = again.invitations.len();
    let content = html! {
        (notice(Tone::Good, &html! { p { (request.either(
            format!("已为{number}个账号重发链接码。"),
            format!("New codes for {}.", count(number, "account", "accounts")),
        )) } }))
        (slips(request, &again.invitations)?)
        div.screen { ul.tasks { li { a href=(request.link("/accounts")) { (request.t("返回账号列表", "Back to the accounts")) } } } }
    };
    Ok(Page::new(request.t("链接码已重发", "New codes are out"), content)
        .crumb("/accounts", request.t("账号", "Accounts")))
}

/// Codes that were made: a list of all, and below it a slip for each that goes to nobody by mail.
fn slips(request: &PageRequest, invitations: &[InvitationView]) -> Result<Markup> {
    let told = invitations.iter().filter(|invitation| invitation.link_token.is_some());
    let slips: Vec<Markup> = told.map(|invitation| paper(request, invitation)).collect::<Result<_>>()?;
    let waiting = invitations.iter().filter(|invitation| invitation.needs_confirmation).count();
    let mailed = invitations.len() - slips.len();
    let list = Table::new(request.t("账号与一次性链接码", "Accounts and one-time codes"), invitations)
        .head(request.t("姓名或单位", "Name"), |one| &one.account.display_name)
        .column(request.t("角色", "Role"), |one| one.account.role.in_language(request.language))
        .column(request.t("登录名", "Login name"), |one| html! { code { (one.account.name) } })
        .column(request.t("一次性链接码", "One-time code"), |one| html! {
            @if let Some(code) = &one.link_token { code { (code) } }
            @else { (request.t("邮件：", "By mail: ")) (one.account.email.as_deref().unwrap_or_default()) }
        })
        .column(request.t("有效期至", "Valid until"), |one| time(one.link_expires_at, request.language))
        .scrolled();
    Ok(html! {
        @if waiting > 0 {
            (notice(Tone::Warning, &html! { p { (request.either(
                format!("其中{waiting}个账号的链接码须经纪检监督确认后才能使用。"),
                format!("The codes of {waiting} of them can be used once a supervisor has confirmed them."),
            )) } }))
        }
        @if mailed > 0 {
            (notice(Tone::Good, &html! { p { (request.either(
                format!("其中{mailed}个以邮件发送。"),
                format!("{mailed} of them go by mail."),
            )) } }))
        }
        @if !slips.is_empty() {
            div.screen {
                (notice(Tone::Warning, &html! { p { strong { (request.t(
                    "链接码只显示这一次，系统不保存。请现在打印或抄录；丢失的可以重发。",
                    "The codes are shown this once and not stored. Print or copy them now; whoever loses one can be given another.",
                )) } } }))
                div.buttons { (print_button(request)) }
            }
        }
        @if !invitations.is_empty() { (list.render()) }
        @if !slips.is_empty() { div.slips { @for slip in &slips { (slip) } } }
    })
}
