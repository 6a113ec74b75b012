//! One-time codes that wait for a supervisor: who issued them, for whom, since when; confirming and turning down.

use super::super::prelude::*;
use crate::actions::links::{self, LinkView};
use crate::domain::access::LinkState;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/links", Action::ReadAccounts, list)]
}

/// Links on a page.
const LINKS: usize = 50;

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let page = links::waiting(&request.service, &request.context, request.parameter("cursor"), LINKS).await?;
    let can_confirm = request.role() == Some(Role::Supervisor);
    let form = request
        .form(Method::Post, "/api/v1/links/confirmations")
        .done("所选的链接码已确认，可以使用。", "The codes that were ticked are confirmed and can be used.");
    let own = request.caller()?.account;
    let rows: Vec<(usize, &LinkView)> = page.items.iter().enumerate().collect();
    let table = Table::new(
        request.t("等待确认的链接码，最早的在前", "Codes that wait, the oldest first"),
        &rows,
    )
    .head(request.t("账号", "Account"), |(_, link)| {
        html! {
            a href=(request.link(&format!("/accounts/{}", link.account.id))) { (link.account.display_name) }
            " " (link.account.name)
        }
    })
    .column(request.t("角色", "Role"), |(_, link)| link.account.role.in_language(request.language))
    .column(request.t("发放人", "Issued by"), |(_, link)| issuer(&request, link).to_owned())
    .column(request.t("发放时间", "Issued"), |(_, link)| request.time(link.issued_at))
    .column(request.t("有效期至", "Valid until"), |(_, link)| request.time(link.expires_at))
    .column(request.t("核实", "Asked"), |(place, link)| {
        html! {
            @if can_confirm && link.account.id != own {
                label.choice {
                    input type="checkbox" name={ "/account_ids/" (place) } value=(link.account.id);
                    span { (request.t("已向本人核实", "Asked its owner")) }
                }
            }
        }
    })
    .empty(request.t("没有等待确认的链接码。", "No code waits to be confirmed."));
    let content = html! {
        p.lead { (request.t(
            "专家、办公室和纪检监督账号的一次性链接码，须经一位纪检监督确认后才能使用。确认之前，请以可靠方式向账号本人核实：是否知道并等待这个链接码。",
            "A one-time code for an account of an expert, the office or a supervisor works once a supervisor has confirmed it. Before that ask the account's owner, by a channel that is trusted, whether they know of the code and wait for it.",
        )) }
        @if can_confirm && !page.items.is_empty() {
            (form.render(&html! {
                (table.render())
                // Where none is ticked, the list is empty, not absent.
                input type="hidden" name="/account_ids/9999" value="";
                (form.button("确认所选的链接码", "Confirm the codes that are ticked"))
            }))
        } @else { (table.render()) }
        @if !page.items.is_empty() { p { (request.t("打开账号，即可逐个确认或拒绝。", "Open an account to confirm its code alone, or to turn it down.")) } }
        (List::new(&request, "/links").pages(page.next_cursor.as_deref()))
    };
    Ok(Page::new(request.t("等待确认的链接码", "Codes that wait"), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .data("/api/v1/links"))
}

fn issuer<'a>(request: &'a PageRequest, link: &'a LinkView) -> &'a str {
    link.issued_by_name.as_deref().unwrap_or(request.t("服务器操作员", "the operator of the machine"))
}

/// A link that waits for a supervisor, who is offered to confirm it or to turn it down.
pub(super) fn decision(request: &PageRequest, link: &LinkView) -> Markup {
    let id = link.account.id;
    let confirm = request.form(Method::Post, format!("/api/v1/accounts/{id}/link/confirmation"));
    let confirm = confirm.done("链接码已确认，可以使用。", "The code is confirmed and can be used.");
    let refuse = request.form(Method::Post, format!("/api/v1/accounts/{id}/link/refusal"));
    let refuse = refuse.done("链接码已作废。", "The code is turned down.");
    let others = request.context.caller.as_ref().is_some_and(|caller| caller.account != id);
    html! {
        (notice(Tone::Warning, &html! { p {
            (issuer(request, link)) (request.t(" 于 ", ", ")) (request.time(link.issued_at))
            (request.t(
                " 为该账号发放了一次性链接码，须经纪检监督确认后才能使用。请先向本人核实。",
                ", issued a one-time code for this account. It works once a supervisor has confirmed it; ask its owner first.",
            ))
        } }))
        @if request.role() == Some(Role::Supervisor) && others {
            (confirm.render(&confirm.button("确认链接码", "Confirm the code")))
            (refuse.render(&html! {
                (refuse.field(&Field::text("/reason", request.t("拒绝的理由", "Why it is turned down")).required()))
                (refuse.danger("拒绝，链接码作废", "Turn it down"))
            }))
        }
    }
}

/// Where a link stands, in a line.
pub(super) fn standing(request: &PageRequest, link: &LinkView) -> Markup {
    let (words, tone) = match link.state {
        LinkState::Awaited => (request.t("等待纪检监督确认", "Waits for a supervisor"), Tone::Warning),
        LinkState::Usable => (request.t("可以使用", "Can be used"), Tone::Good),
        LinkState::Refused => (request.t("已被拒绝", "Turned down"), Tone::Bad),
        LinkState::Over => (request.t("已使用或已收回", "Used or taken back"), Tone::Neutral),
        LinkState::Expired => (request.t("已过期", "Expired"), Tone::Neutral),
    };
    html! {
        (tag(words, tone)) " " (issuer(request, link)) (request.t("，", ", ")) (request.time(link.issued_at))
        @if let Some(by) = &link.decided_by_name {
            (request.t("；", "; "))
            @if link.state == LinkState::Refused { (request.t("拒绝人：", "turned down by ")) } @else { (request.t("确认人：", "confirmed by ")) }
            (by)
        }
        @if let Some(reason) = &link.reason { (request.aside(reason)) }
    }
}
