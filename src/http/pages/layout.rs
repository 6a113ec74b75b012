//! The frame of every page: head, navigation by role, language switch, what the last act tells, footer.

use maud::{DOCTYPE, Markup, html};

use super::asked::{Asked, Shown, in_language};
use super::assets;
use super::chinese;
use super::words::Words;
use crate::domain::access::{Action, Role};
use crate::domain::values::Language;
use crate::http::endpoints::Method;

/// Settings of htmx: nothing that the policy forbids, and answers that tell an error are shown like others.
const HTMX: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":"...","swap":true}]}"#;

/// The whole page.
pub(super) fn page(asked: &Asked, shown: &Shown) -> String {
    let tag = asked.t("zh-CN", "en");
    let page = html! {
        (DOCTYPE)
        html lang=(tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (shown.title) " · " (asked.t("强链", "Qianglian")) }
                link rel="icon" href=(assets::address("icon"));
                link rel="stylesheet" href=(assets::address("app"));
                meta name="htmx-config" content=(HTMX);
                @let own = if asked.visit.caller.is_some() { &["queue", "saving"][..] } else { &[] };
                @for script in ["htmx", "core"].iter().chain(own).chain(&shown.scripts) {
                    script src=(assets::address(script)) defer {}
                }
            }
            body class=[shown.landscape.then_some("landscape")] {
                a.skip href="#main" { (asked.t("跳到主要内容", "Skip to the content")) }
                (top(asked))
                (crumbs(asked, shown))
                main id="main" tabindex="-1" {
                    (running(shown))
                    @if let Some((flash, act)) = &asked.flash { div.flash role="status" data-stored=(act) { (flash) } }
                    (complaint(asked))
                    h1 { (shown.title) }
                    (shown.content)
                }
                (bottom(asked, shown))
            }
        }
    };
    let page = page.into_string();
    if asked.is_chinese() { page } else { chinese::mark(&page) }
}

/// The head of every page that is printed: sheets of paper get out of order.
fn running(shown: &Shown) -> Markup {
    let above = shown.crumbs.iter().map(|(_, words)| words);
    let words: Vec<&String> =
        if shown.running.is_empty() { above.collect() } else { shown.running.iter().collect() };
    html! {
        div.running.print aria-hidden="true" {
            @for words in words { (words) " · " } (shown.title)
        }
    }
}

/// What is wrong with the form that failed. Where the page no longer has it, also what was typed into it.
fn complaint(asked: &Asked) -> Markup {
    if let Some(told) = asked.complaint.take() {
        return told;
    }
    let Some(carried) = &asked.carried else { return Markup::default() };
    html! {
        div.errors role="alert" tabindex="-1" autofocus {
            h2 { (asked.told(&carried.error.message)) }
            @if !carried.error.problems.is_empty() {
                ul { @for problem in &carried.error.problems { li { (asked.told(&problem.message)) } } }
            }
        }
        (super::errors::kept(asked, &carried.fields))
    }
}

fn top(asked: &Asked) -> Markup {
    let other = if asked.is_chinese() { Language::English } else { Language::Chinese };
    let entries = asked.role().map_or(PUBLIC, entries);
    html! {
        header.top {
            a.brand href=(asked.link("/")) { (asked.t("强链 · 区域卓越产业链竞赛", "Qianglian · Excellent-chain competition")) }
            nav.main aria-label=(asked.t("主导航", "Main")) {
                ul {
                    @for (page, zh, en) in entries.iter().filter(|(page, ..)| !asked.still || *page != "/desk") {
                        @let current = asked.here.split('?').next() == Some(page);
                        li { a href=(asked.link(page)) aria-current=[current.then_some("page")] { (asked.t(zh, en)) } }
                    }
                }
            }
            nav.language aria-label=(asked.t("语言", "Language")) {
                a href=(in_language(other, &asked.here)) lang=(asked.t("en", "zh-CN")) hreflang=(asked.t("en", "zh-CN")) { (asked.t("English", "中文")) }
            }
            @if let Some(caller) = &asked.visit.caller {
                div.who {
                    a href=(asked.link("/account")) { (caller.display_name) (asked.aside(&caller.role.in_language(asked.language))) }
                    (asked.form(Method::Post, "/api/v1/logout").next("/").hidden("_account", caller.account.to_string()).render(&html! {
                        button.secondary type="submit" { (asked.t("退出", "Sign out")) }
                    }))
                }
            }
        }
    }
}

type Entry = (&'static str, &'static str, &'static str);

const PUBLIC: &[Entry] = &[
    ("/", "首页", "Home"),
    ("/chains", "产业链目录", "Key chains"),
    ("/notices", "公示", "Notices"),
    ("/announcements", "公布", "Announcements"),
    ("/objections", "异议", "Objections"),
    ("/desk", "工作台", "Sign in"),
];

/// The main pages of a role.
fn entries(role: Role) -> &'static [Entry] {
    match role {
        Role::Applicant => &[("/desk", "工作台", "Desk"), ("/applications", "我的申报", "My applications")],
        Role::CityReviewer => &[("/desk", "工作台", "Desk"), ("/applications", "申报材料", "Applications")],
        Role::Expert => &[("/desk", "工作台", "Desk"), ("/inspections", "我的考察", "My inspections")],
        Role::Office => &[
            ("/desk", "工作台", "Desk"),
            ("/competitions", "竞赛", "Editions"),
            ("/applications", "申报材料", "Applications"),
            ("/inspections", "我的考察", "My inspections"),
            ("/experts", "专家库", "Experts"),
            ("/titles", "称号", "Titles"),
            ("/catalogues/import", "基础数据", "Reference data"),
        ],
        Role::Supervisor => &[
            ("/desk", "工作台", "Desk"),
            ("/competitions", "竞赛", "Editions"),
            ("/applications", "申报材料", "Applications"),
            ("/audit", "审计记录", "Audit trail"),
            ("/alarms", "预警", "Alarms"),
        ],
        Role::Admin => &[
            ("/desk", "工作台", "Desk"),
            ("/accounts", "账号", "Accounts"),
            ("/catalogues/import", "基础数据", "Reference data"),
            ("/health", "运行状况", "Health"),
        ],
    }
}

fn crumbs(asked: &Asked, shown: &Shown) -> Markup {
    if shown.crumbs.is_empty() {
        return Markup::default();
    }
    html! {
        nav.crumbs aria-label=(asked.t("当前位置", "Where you are")) {
            ol {
                @for (page, words) in &shown.crumbs { li { a href=(asked.link(page)) { (words) } } }
                li aria-current="page" { (shown.title) }
            }
        }
    }
}

fn bottom(asked: &Asked, shown: &Shown) -> Markup {
    html! {
        footer.bottom.screen {
            @if !shown.data.is_empty() {
                details {
                    summary { (asked.t("本页数据（JSON）", "The data of this page (JSON)")) }
                    ul { @for address in &shown.data { li { a href=(address) { (address) } } } }
                }
            }
            p {
                (asked.t("强链：开源的区域卓越产业链竞赛系统。", "Qianglian: open-source software for regional excellent-chain competitions."))
                " "
                @if asked.still {
                    (asked.t("静态副本，制作于", "A copy, made at ")) (asked.time(asked.service.clock.now())) (asked.t("。", "."))
                } @else {
                    a href="/api/docs" { (asked.t("开放接口", "Open interface")) }
                }
            }
        }
    }
}

/// Whether a page is for everybody, and so the same for everybody.
pub(in crate::http) fn is_public(action: Action) -> bool {
    use crate::domain::access::{Relation, decide};
    decide(None, action, Relation::General).is_ok()
}
