//! One-time codes that wait for a supervisor: who issued them, for whom, since when; confirming and turning down.

use super::super::prelude::*;
use crate::actions::links::{self, LinkView};
use crate::domain::access::LinkState;

pub(super) fn pages() -> Vec<Page> {
    vec![page("/links", Action::ReadAccounts, list)]
}

/// Links on a page.
const LINKS: usize = 50;

async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let page = links::waiting(&asked.service, &asked.visit, asked.parameter("cursor"), LINKS).await?;
    let table = Table::new(
        asked.t("等待确认的链接码，最早的在前", "Codes that wait, the oldest first"),
        &page.items,
    )
    .head(asked.t("账号", "Account"), |link| {
        html! {
            a href=(asked.link(&format!("/accounts/{}", link.account.id))) { (link.account.display_name) }
            " " (link.account.name)
        }
    })
    .column(asked.t("角色", "Role"), |link| link.account.role.in_language(asked.language))
    .column(asked.t("发放人", "Issued by"), |link| issuer(&asked, link).to_owned())
    .column(asked.t("发放时间", "Issued"), |link| asked.time(link.issued_at))
    .column(asked.t("有效期至", "Good until"), |link| asked.time(link.expires_at))
    .empty(asked.t("没有等待确认的链接码。", "No code waits to be confirmed."));
    let content = html! {
        p.lead { (asked.t(
            "专家、办公室和纪检监督账号的一次性链接码，须经一位纪检监督确认后才能使用。确认之前，请以可靠方式向账号本人核实：是否知道并等待这个链接码。",
            "A one-time code for an account of an expert, the office or a supervisor works once a supervisor has confirmed it. Before that ask the account's owner, by a channel that is trusted, whether they know of the code and wait for it.",
        )) }
        (table.render())
        @if !page.items.is_empty() { p { (asked.t("打开账号，即可确认或拒绝。", "Open an account to confirm its code or turn it down.")) } }
        (List::new(&asked, "/links").pages(page.next_cursor.as_deref()))
    };
    Ok(Shown::new(asked.t("等待确认的链接码", "Codes that wait"), content)
        .crumb("/accounts", asked.t("账号", "Accounts"))
        .data("/api/v1/links"))
}

fn issuer<'a>(asked: &'a Asked, link: &'a LinkView) -> &'a str {
    link.issued_by.as_deref().unwrap_or(asked.t("服务器操作员", "the operator of the machine"))
}

/// A link that waits for a supervisor, who is offered to confirm it or to turn it down.
pub(super) fn decision(asked: &Asked, link: &LinkView) -> Markup {
    let id = link.account.id;
    let confirm = asked.form(Method::Post, format!("/api/v1/accounts/{id}/confirm-link"));
    let confirm = confirm.done("链接码已确认，可以使用。", "The code is confirmed and can be used.");
    let refuse = asked.form(Method::Post, format!("/api/v1/accounts/{id}/refuse-link"));
    let refuse = refuse.done("链接码已作废。", "The code is turned down.");
    let others = asked.visit.caller.as_ref().is_some_and(|caller| caller.account != id);
    html! {
        (notice(Tone::Warning, &html! { p {
            (issuer(asked, link)) (asked.t(" 于 ", ", ")) (asked.time(link.issued_at))
            (asked.t(
                " 为该账号发放了一次性链接码，须经纪检监督确认后才能使用。请先向本人核实。",
                ", issued a one-time code for this account. It works once a supervisor has confirmed it; ask its owner first.",
            ))
        } }))
        @if asked.role() == Some(Role::Supervisor) && others {
            (confirm.render(&confirm.button("确认链接码", "Confirm the code")))
            (refuse.render(&html! {
                (refuse.field(&Field::text("/reason", asked.t("拒绝的理由", "Why it is turned down")).required()))
                (refuse.danger("拒绝，链接码作废", "Turn it down"))
            }))
        }
    }
}

/// Where a link stands, in a line.
pub(super) fn standing(asked: &Asked, link: &LinkView) -> Markup {
    let (words, tone) = match link.state {
        LinkState::Awaited => (asked.t("等待纪检监督确认", "Waits for a supervisor"), Tone::Warning),
        LinkState::Usable => (asked.t("可以使用", "Can be used"), Tone::Good),
        LinkState::Refused => (asked.t("已被拒绝", "Turned down"), Tone::Bad),
        LinkState::Over => (asked.t("已使用或已收回", "Used or taken back"), Tone::Neutral),
        LinkState::Expired => (asked.t("已过期", "Expired"), Tone::Neutral),
    };
    html! {
        (tag(words, tone)) " " (issuer(asked, link)) (asked.t("，", ", ")) (asked.time(link.issued_at))
        @if let Some(by) = &link.decided_by {
            (asked.t("；", "; "))
            @if link.state == LinkState::Refused { (asked.t("拒绝人：", "turned down by ")) } @else { (asked.t("确认人：", "confirmed by ")) }
            (by)
        }
        @if let Some(reason) = &link.reason { (asked.aside(reason)) }
    }
}
