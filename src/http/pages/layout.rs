//! The frame of every page: head, navigation by role, language switch, what the last act tells, footer.

use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::chinese;
use super::request::{Page, PageRequest, in_language};
use super::words::Words;
use crate::domain::access::{Action, Role};
use crate::domain::record::digest_of;
use crate::domain::values::Language;
use crate::http::endpoints::Method;
use crate::http::printed::Issued;

/// Settings of htmx: nothing that the policy forbids, and answers that tell an error are shown like others.
const HTMX: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":"...","swap":true}]}"#;

pub(super) fn page(request: &PageRequest, shown: &Page) -> String {
    let tag = request.t("zh-CN", "en");
    let page = html! {
        (DOCTYPE)
        html lang=(tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (shown.title) " · " (request.t("强链", "Qianglian")) }
                link rel="icon" href=(assets::address("icon"));
                link rel="stylesheet" href=(assets::address("app"));
                meta name="htmx-config" content=(HTMX);
                @let own = if request.context.caller.is_some() { &["queue", "saving"][..] } else { &[] };
                @for script in ["htmx", "core"].iter().chain(own).chain(&shown.scripts) {
                    script src=(assets::address(script)) defer {}
                }
            }
            body class=[shown.landscape.then_some("landscape")] {
                a.skip href="#main" { (request.t("跳到主要内容", "Skip to the content")) }
                (top(request))
                (crumbs(request, shown))
                main id="main" tabindex="-1" {
                    (running(request, shown))
                    @if let Some((flash, act)) = &request.flash { div.flash role="status" data-stored=(act) { (flash) } }
                    (complaint(request))
                    h1 { (shown.title) }
                    (downloads(request, shown))
                    (shown.content)
                }
                (bottom(request, shown))
            }
        }
    };
    let page = page.into_string();
    if request.is_chinese() { page } else { chinese::mark(&page) }
}

/// The head of every page that is printed: sheets of paper get out of order.
fn running(request: &PageRequest, shown: &Page) -> Markup {
    let above = shown.crumbs.iter().map(|(_, words)| words);
    let words: Vec<&String> =
        if shown.running.is_empty() { above.collect() } else { shown.running.iter().collect() };
    html! {
        div.running.print aria-hidden="true" {
            @for words in words { (words) " · " } (shown.title)
            @if !shown.running.is_empty() { " · " (request.t("摘要 ", "digest ")) (printed_digest(&shown.content)) }
        }
    }
}

/// The digest, shortened, of what a form says, so that two prints of it can be told from two states of it. Hidden fields, some
/// of which are new each time, are no part of it.
fn printed_digest(content: &Markup) -> String {
    let mut parts = content.0.split(r#"<input type="hidden""#);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str(part.split_once('>').map_or("", |(_, rest)| rest));
    }
    digest_of(shown).short()
}

/// What is wrong with the form that failed. Where the page no longer has it, also what was typed into it.
fn complaint(request: &PageRequest) -> Markup {
    if let Some(told) = request.complaint.take() {
        return told;
    }
    let Some(carried) = &request.carried else { return Markup::default() };
    html! {
        div.errors role="alert" tabindex="-1" autofocus {
            h2 { (request.localized(&carried.error.message)) }
            @if !carried.error.problems.is_empty() {
                ul { @for problem in &carried.error.problems { li { (request.localized(&problem.message)) } } }
            }
        }
        (super::errors::kept(request, &carried.fields))
    }
}

fn top(request: &PageRequest) -> Markup {
    let other = if request.is_chinese() { Language::English } else { Language::Chinese };
    let entries = request.role().map_or(PUBLIC, entries);
    html! {
        header.top {
            a.brand href=(request.link("/")) { (request.t("强链 · 区域卓越产业链竞赛", "Qianglian · Excellent-chain competition")) }
            nav.main aria-label=(request.t("主导航", "Main")) {
                ul {
                    @for (page, zh, en) in entries.iter().filter(|(page, ..)| !request.still || *page != "/desk") {
                        @let current = request.here.split('?').next() == Some(page);
                        li { a href=(request.link(page)) aria-current=[current.then_some("page")] { (request.t(zh, en)) } }
                    }
                }
            }
            nav.language aria-label=(request.t("语言", "Language")) {
                a href=(in_language(other, &request.here)) lang=(request.t("en", "zh-CN")) hreflang=(request.t("en", "zh-CN")) { (request.t("English", "中文")) }
            }
            @if let Some(caller) = &request.context.caller {
                div.who {
                    a href=(request.link("/account")) { (caller.display_name) (request.aside(&caller.role.in_language(request.language))) }
                    (request.form(Method::Post, "/api/v1/logout").next("/").hidden("_account", caller.account.to_string()).render(&html! {
                        button.secondary type="submit" { (request.t("退出", "Sign out")) }
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
        Role::Expert | Role::Inspector => {
            &[("/desk", "工作台", "Desk"), ("/inspections", "我的考察", "My inspections")]
        }
        Role::Office => &[
            ("/desk", "工作台", "Desk"),
            ("/competitions", "竞赛", "Competitions"),
            ("/applications", "申报材料", "Applications"),
            ("/inspections", "我的考察", "My inspections"),
            ("/experts", "专家库", "Expert pool"),
            ("/accounts", "账号", "Accounts"),
            ("/titles", "称号", "Titles"),
            ("/catalogues/import", "基础数据", "Reference data"),
        ],
        Role::Supervisor => &[
            ("/desk", "工作台", "Desk"),
            ("/competitions", "竞赛", "Competitions"),
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

fn crumbs(request: &PageRequest, shown: &Page) -> Markup {
    if shown.crumbs.is_empty() {
        return Markup::default();
    }
    html! {
        nav.crumbs aria-label=(request.t("当前位置", "Where you are")) {
            ol {
                @for (page, words) in &shown.crumbs { li { a href=(request.link(page)) { (words) } } }
                li aria-current="page" { (shown.title) }
            }
        }
    }
}

/// What the page is about as documents for paper, and what it lists as files for spreadsheet programs.
fn downloads(request: &PageRequest, shown: &Page) -> Markup {
    if shown.tables.is_empty() && shown.documents.is_empty() {
        return Markup::default();
    }
    let language = request.t("zh", "en");
    let link = |address: &str, rest: &str| {
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}{rest}&language={language}")
    };
    html! {
        div.downloads.screen {
            @for (printed, address) in shown.documents.iter().filter(|_| !request.still) {
                @let sign = if address.contains('?') { '&' } else { '?' };
                @for (format, (zh, en)) in [("pdf", ("下载 PDF", "Download as PDF")), ("docx", ("下载 Word", "Download for Word"))] {
                    a download href=(format!("{address}{sign}format={format}&document={}", printed.key)) {
                        (request.t(zh, en))
                        @if shown.documents.len() > 1 { (request.t("：", ": ")) (request.t(printed.name.0, printed.name.1)) }
                    }
                }
                @if printed.issued != Issued::Never && request.role() == Some(Role::Office) && !address.contains('?') {
                    a href=(request.link(&format!("/issued-documents/new?address={address}&document={}", printed.key))) {
                        (request.t("编辑并签发", "Edit and issue"))
                        @if shown.documents.len() > 1 { (request.t("：", ": ")) (request.t(printed.name.0, printed.name.1)) }
                    }
                }
            }
            @for (tabled, address) in &shown.tables {
                @let tables = tabled.tables();
                a download href=(link(address, "format=xlsx")) {
                    (request.t("下载 Excel", "Download for Excel"))
                    @if shown.tables.len() > 1 { (request.t("：", ": ")) (request.t(tabled.name.0, tabled.name.1)) }
                }
                @if let [_] = tables[..] { a download href=(link(address, "format=csv")) { "CSV" } }
                @else {
                    details {
                        summary { (request.t("单张表", "One table")) }
                        ul { @for (key, (zh, en)) in &tables { li {
                            (request.t(zh, en)) " "
                            @for format in ["xlsx", "csv"] {
                                " " a download href=(link(address, &format!("format={format}&table={key}"))) { (format.to_uppercase()) }
                            }
                        } } }
                    }
                }
            }
        }
    }
}

fn bottom(request: &PageRequest, shown: &Page) -> Markup {
    html! {
        footer.bottom.screen {
            @if !shown.data.is_empty() {
                details {
                    summary { (request.t("本页数据（JSON）", "The data of this page (JSON)")) }
                    ul { @for address in &shown.data { li { a href=(address) { (address) } } } }
                }
            }
            p {
                (request.t("强链：开源的区域卓越产业链竞赛系统。", "Qianglian: open-source software for regional excellent-chain competitions."))
                " "
                @if request.still {
                    (request.t("静态副本，制作于", "A copy, made at ")) (request.time(request.service.clock.now())) (request.t("。", "."))
                } @else {
                    a href="/api/docs" { (request.t("开放接口", "Open interface")) }
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
