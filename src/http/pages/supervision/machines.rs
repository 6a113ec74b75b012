//! External systems: making a token, confirming it as a second administrator, what it may do, revoking it.

use serde_json::Value;

use super::super::prelude::*;
use crate::actions::competitions::{self, CompetitionEntry};
use crate::actions::data;
use crate::actions::machines::{self, MachineMadeView, MachineView};
use crate::domain::catalogue::Catalogue;
use crate::domain::ids::AccountId;
use crate::domain::machine::{GroupAccess, MachineState, ResourceGroup, machine_roles};
use crate::http::pages::fields::Fields;
use crate::http::pages::form::Group;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/machines", Action::ReadMachines, list),
        page("/machines/new", Action::MakeMachine, new),
        page("/machines/{machine_id}", Action::ReadMachines, read),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![Reveal { method: Method::Post, path: "/api/v1/machines", show: made }]
}

/// Tokens on a page, and how many regions and competitions its form has places for.
const ON_A_PAGE: usize = 50;
const PLACES: usize = 6;

fn state(request: &PageRequest, machine: &MachineView) -> Markup {
    let tone = match machine.state {
        MachineState::Awaited => Tone::Warning,
        MachineState::Usable => Tone::Good,
        MachineState::Revoked | MachineState::Lapsed => Tone::Bad,
        MachineState::Expired => Tone::Neutral,
    };
    tag(machine.state.in_language(request.language), tone)
}

fn used(request: &PageRequest, machine: &MachineView) -> Markup {
    html! {
        @match machine.used_at {
            Some(at) => { (request.time(at)) " " (machine.used_from.as_deref().unwrap_or_default()) }
            None => (request.t("未使用过", "Never")),
        }
    }
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let before = request.parameter("cursor");
    let page = machines::list(&request.service, &request.context, before, ON_A_PAGE).await?;
    let table = Table::new(request.t("令牌，新的在前", "Tokens, the newest first"), &page.items)
        .head(request.t("外部系统", "External system"), |machine| html! {
            a href=(request.link(&format!("/machines/{}", machine.id))) { (machine.display_name) } " " (machine.name)
        })
        .column(request.t("角色", "Role"), |machine| machine.role.in_language(request.language))
        .column(request.t("状态", "State"), |machine| state(&request, machine))
        .column(request.t("有效期至", "Valid until"), |machine| request.time(machine.expires_at))
        .column(request.t("最近使用", "Last use"), |machine| used(&request, machine))
        .empty(request.t(
            "还没有外部系统。需要时请为其建立令牌。",
            "There is no external system yet. Make a token for one that needs it.",
        ));
    let content = html! {
        p.lead { (request.t(
            "市、省平台等外部系统凭令牌使用接口，不用人的密码。令牌由一位管理员建立，另一位管理员确认后生效，任何管理员可随时撤销。",
            "External systems, such as a city's or the province's platform, use the API by a token, without anybody's password. One administrator makes it, another confirms it, and any can revoke it at any time.",
        )) }
        @if request.role() == Some(Role::Admin) {
            p { a.button href=(request.link("/machines/new")) { (request.t("建立令牌", "Make a token")) } }
        }
        p { a href=(request.link("/webhooks")) { (request.t("推送：将变更主动发往外部系统", "Webhooks: what changed is sent to external systems")) } }
        (table.render())
        (List::new(&request, "/machines").pages(page.next_cursor.as_deref()))
    };
    Ok(Page::new(request.t("外部系统", "External systems"), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .data("/api/v1/machines"))
}

pub(super) fn choice(request: &PageRequest, words: impl Words + std::fmt::Display) -> (String, String) {
    (words.to_string(), words.in_language(request.language).to_owned())
}

/// A row for each group of resources.
fn groups(request: &PageRequest, form: &Form<'_>) -> Markup {
    html! {
        fieldset {
            legend { (request.t("可用的资源", "What it may use")) }
            p.hint { (request.t(
                "不选的组，与公众所见相同。须由人办理的（签署、承诺、同意、封存、评审、决定、公布、第二人确认、账号）一概不能办理。",
                "Of a group that is not chosen it sees what the public does. What needs a person (signatures, undertakings, consents, seals, judging, decisions, announcements, second persons, accounts) it can never do.",
            )) }
            @for (index, group) in ResourceGroup::ALL.iter().enumerate() {
                @let at = format!("/scope/groups/{index}");
                input type="hidden" name=(format!("{at}/group:key")) value=(group);
                @let none = (String::new(), request.t("不使用", "Not used").to_owned());
                @let some = GroupAccess::ALL.iter().map(|access| choice(request, *access));
                @let choices: Vec<_> = std::iter::once(none).chain(some).collect();
                (form.field(&Field::select(format!("{at}/access:optional"), group.in_language(request.language), choices).silent()))
            }
        }
    }
}

/// Places for a few of many.
pub(super) fn places(
    form: &Form<'_>,
    name: &str,
    legend: &str,
    hint: &str,
    label: &str,
    choices: impl Fn() -> Vec<Group>,
) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            p.hint { (hint) }
            @for index in 0..PLACES {
                (form.field(&Field::select_of(format!("{name}/{index}:optional"), format!("{label} {}", index + 1), choices()).silent()))
            }
        }
    }
}

async fn new(request: Rc<PageRequest>) -> Result<Page> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let all = competitions::list(&request.service, &request.context, None, 100).await?.items;
    let form = request.form(Method::Post, "/api/v1/machines");
    let roles = machine_roles().iter().map(|role| choice(&request, *role)).collect::<Vec<_>>();
    let none = || Group::plain([(String::new(), request.t("不选", "None").to_owned())]);
    let regions = || std::iter::once(none()).chain(Group::regions(&catalogue, |_| true)).collect();
    let named = |entry: &CompetitionEntry| (entry.id.to_string(), entry.title.clone());
    let competitions = || vec![none(), Group::plain(all.iter().map(named))];
    let content = html! {
        p.lead { (request.t(
            "令牌只显示一次，请当面或以可靠方式交给对方。经另一位管理员确认后方可使用；范围不能更改，需要时另建一个，再撤销原来的。",
            "The token is shown this once: hand it over in person or by a channel that is trusted. It works once another administrator has confirmed it. What it is for can't be changed: make another, then revoke this one.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/name", request.t("记录中的名称", "Name in the trail"))
                .hint(request.t("3至40个小写字母、数字、点、连字符或下划线，以字母开头", "3 to 40 lower-case letters, digits, dots, hyphens or underscores, a letter first"))
                .complete("off").required().medium()))
            (form.field(&Field::text("/display_name", request.t("系统及其用途", "What it is, and for what"))
                .complete("off").required().medium()))
            (form.field(&Field::radios("/role", request.t("角色", "Role"), roles).required()))
            (form.field(&Field::time("/expires_at:time", request.t("有效期至", "Valid until"))
                .hint(request.t("至多400天", "400 days at most")).required()))
            (groups(&request, &form))
            (places(&form, "/scope/region_codes", request.t("所代表的地区", "Regions that it acts for"),
                request.t("申报单位、设区市的系统必选，其他角色不选；更多地区请用接口", "Needed for an applicant or a city reviewer, none for other roles; more of them by the API"),
                request.t("地区", "Region"), regions))
            (places(&form, "/scope/competition_ids", request.t("哪几届竞赛", "Which competitions"),
                request.t("不选则为该角色可见的各届", "None: all that its role may see"), request.t("竞赛", "Competition"), competitions))
            (form.field(&Field::area("/scope/networks:lines", request.t("可使用的地址", "Addresses that it may be used from"), 3)
                .hint(request.t("每行一个地址段，例如 192.0.2.0/24；不填则不限", "A network a line, such as 192.0.2.0/24; none: anywhere")).silent()))
            (form.button("建立令牌", "Make the token"))
        }))
    };
    Ok(Page::new(request.t("建立令牌", "Make a token"), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .crumb("/machines", request.t("外部系统", "External systems")))
}

/// What a token may do, in words.
fn scope(
    request: &PageRequest,
    catalogue: &Catalogue,
    titles: &[CompetitionEntry],
    machine: &MachineView,
) -> Markup {
    let scope = &machine.scope;
    let title = |id| titles.iter().find(|entry| entry.id == id).map(|entry| entry.title.clone());
    facts(&[
        (request.t("角色", "Role"), html! { (machine.role.in_language(request.language)) }),
        (
            request.t("资源", "Resources"),
            html! { ul { @for scope in &scope.groups {
                li { (scope.group.in_language(request.language)) (request.t("：", ": ")) (scope.access.in_language(request.language)) }
            } } },
        ),
        (
            request.t("地区", "Regions"),
            html! {
                @if scope.region_codes.is_empty() { (request.t("不绑定", "None")) }
                ul { @for code in &scope.region_codes { li { (catalogue.region_name_or_code(code)) " " (code) } } }
            },
        ),
        (
            request.t("竞赛", "Competitions"),
            html! {
                @if scope.competition_ids.is_empty() { (request.t("该角色可见的各届", "All that its role may see")) }
                ul { @for id in &scope.competition_ids { li { (title(*id).unwrap_or_else(|| id.to_string())) } } }
            },
        ),
        (
            request.t("地址", "Addresses"),
            html! {
                @if scope.networks.is_empty() { (request.t("不限", "No limit")) }
                ul { @for network in &scope.networks { li { code { (network) } } } }
            },
        ),
    ])
}

/// What an administrator can do about it now.
fn acts(request: &PageRequest, machine: &MachineView) -> Markup {
    let id = machine.id;
    let confirm = request
        .form(Method::Post, format!("/api/v1/machines/{id}/confirmation"))
        .done("令牌已确认，可以使用。", "The token is confirmed and can be used.");
    let revoke = request
        .form(Method::Post, format!("/api/v1/machines/{id}/revocation"))
        .done("令牌已撤销。", "The token is revoked.");
    let waits = machine.state == MachineState::Awaited;
    html! {
        @if waits && machine.is_own {
            (notice(Tone::Warning, &html! { p { (request.t(
                "令牌由您建立，请另一位管理员在7天内打开本页确认。",
                "You made this token. Ask another administrator to open this page and confirm it within 7 days.",
            )) } }))
        } @else if waits {
            h2 { (request.t("确认", "Confirm")) }
            p { (request.t(
                "请核对用途、范围和接收人，与建立的管理员和对方单位核实后再确认。",
                "Look at what it is for and who gets it, and ask the administrator who made it and its owner, before you confirm it.",
            )) }
            (confirm.render(&confirm.button("确认令牌", "Confirm the token")))
        }
        @if waits || machine.state == MachineState::Usable {
            h2 { (request.t("撤销令牌", "Revoke the token")) }
            (revoke.render(&html! {
                (revoke.field(&Field::text("/reason", request.t("撤销的理由", "Why it is revoked")).required()))
                (revoke.danger("撤销令牌", "Revoke the token"))
            }))
        }
    }
}

async fn read(request: Rc<PageRequest>) -> Result<Page> {
    let id: AccountId = request.id("machine_id")?;
    let machine = machines::read(&request.service, &request.context, id).await?;
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let titles = competitions::list(&request.service, &request.context, None, 100).await?.items;
    let by = |name: &Option<String>, at| {
        html! {
            @if let Some(at) = at { (name.as_deref().unwrap_or(request.t("恢复备份时", "a restore"))) " " (request.time(at)) }
        }
    };
    let content = html! {
        (facts(&[
            (request.t("记录中的名称", "Name in the trail"), html! { code { (machine.name) } }),
            (request.t("状态", "State"), state(&request, &machine)),
            (request.t("建立", "Made"), html! { (machine.made_by_name) " " (request.time(machine.made_at)) }),
            (request.t("确认", "Confirmed"), by(&machine.confirmed_by_name, machine.confirmed_at)),
            (request.t("有效期至", "Valid until"), request.time(machine.expires_at)),
            (request.t("最近使用", "Last use"), used(&request, &machine)),
        ]))
        @if machine.state == MachineState::Revoked {
            p { (request.t("撤销：", "Revoked: ")) (by(&machine.revoked_by_name, machine.revoked_at)) " " (request.aside(machine.revoked_because.as_deref().unwrap_or_default())) }
        }
        h2 { (request.t("可以做什么", "What it may do")) }
        (scope(&request, &catalogue, &titles, &machine))
        p { a href=(request.link(&format!("/webhooks?machine_id={id}"))) { (request.t("该外部系统的推送", "Its webhooks")) } }
        @if request.role() == Some(Role::Admin) { (acts(&request, &machine)) }
    };
    Ok(Page::new(machine.display_name.clone(), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .crumb("/machines", request.t("外部系统", "External systems"))
        .data(format!("/api/v1/machines/{id}")))
}

fn made(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let made: MachineMadeView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let content = html! {
        (notice(Tone::Warning, &html! { p { strong { (request.t(
            "令牌只显示这一次，系统不保存。请现在交给对方；丢失则撤销，另建一个。",
            "The token is shown this once and not stored. Hand it over now; if it is lost, revoke it and make another.",
        )) } } }))
        (facts(&[
            (request.t("外部系统", "External system"), html! { (made.machine.display_name) }),
            (request.t("令牌", "Token"), html! { code.secret { (made.token) } }),
        ]))
        p { (request.t(
            "请另一位管理员打开下面的页面确认；在此之前令牌不能使用。",
            "Ask another administrator to open the page below and confirm it; the token does not work before.",
        )) }
        ul.tasks {
            li { a href=(request.link(&format!("/machines/{}", made.machine.id))) { (request.t("查看该令牌", "Look at the token")) } }
            li { a href=(request.link("/machines")) { (request.t("返回外部系统列表", "Back to the external systems")) } }
        }
    };
    Ok(Page::new(request.t("令牌已建立", "The token was made"), content)
        .crumb("/machines", request.t("外部系统", "External systems")))
}
