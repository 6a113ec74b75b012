//! The desks of supervisors and administrators: what waits for them, the most urgent first.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::alarms::{counted, line, none};
use super::clock::doubted;
use super::health::warnings;
use crate::actions::competitions::CompetitionEntry;
use crate::actions::health;
use crate::actions::watch::{Watch, watch};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::DrawState;
use crate::domain::ids::CompetitionId;

/// What waits for a supervisor.
pub(in crate::http::pages) async fn supervisor(asked: &Asked) -> Result<Markup> {
    let waiting = watch(&asked.service, &asked.visit).await?;
    let (editions, _) = counted(asked, None).await?;
    let titles: BTreeMap<CompetitionId, &str> =
        editions.iter().map(|(edition, _)| (edition.id, edition.title.as_str())).collect();
    let alarms: Vec<Markup> =
        editions.iter().filter_map(|(edition, count)| line(asked, edition, count)).collect();
    Ok(html! {
        h2 { (asked.t("待办", "To do")) }
        (to_do(asked, &waiting, &titles))
        h2 { (asked.t("预警", "Alarms")) }
        @if alarms.is_empty() { (none(asked)) } @else { ul.tasks { @for alarm in &alarms { (alarm) } } }
        p { a href=(asked.link("/alarms")) { (asked.t("各届的预警与规则", "Alarms and rules of all editions")) } }
        h2 { (asked.t("暂停中的名称", "Names that are suspended")) }
        (suspended(asked, &waiting, &titles))
        h2 { (asked.t("竞赛", "Editions")) }
        (running(asked, editions.iter().map(|(edition, _)| edition).collect()))
        h2 { (asked.t("查阅", "Look things up")) }
        ul.tasks {
            li { a href=(asked.link("/audit")) { (asked.t("审计记录", "Audit trail")) } span { (asked.t("谁在何时做了什么，含被拒的操作；可导出核验", "Who did what and when, refusals included; export and check it")) } }
            li { a href=(asked.link("/accounts")) { (asked.t("账号", "Accounts")) } span { (asked.t("有哪些账号，是否启用", "Who has one, and whether it is in use")) } }
            li { a href=(asked.link("/clock")) { (asked.t("时钟", "The clock")) } span { (asked.t("服务所依据的时间，未确认的跳变", "What time the service goes by, jumps that are not confirmed")) } }
        }
    })
}

fn to_do(asked: &Asked, waiting: &Watch, titles: &BTreeMap<CompetitionId, &str>) -> Markup {
    if waiting.draws.is_empty() && waiting.leads.is_empty() && waiting.links == 0 {
        return notice(
            Tone::Good,
            &html! { p { (asked.t("没有等待您处理的抽取、线索或链接码。", "No draw, lead or one-time code waits for you.")) } },
        );
    }
    let title = |id| titles.get(id).copied().unwrap_or_default();
    html! {
        ul.tasks {
            @for draw in &waiting.draws {
                li {
                    a href=(asked.link(&format!("/competitions/{}/draws/{}", draw.competition, draw.number))) {
                        @if draw.state == DrawState::Drawn { (asked.t("确认或否决专家抽取", "Confirm or reject the draw")) }
                        @else { (asked.t("公开事件之前，记下抽取的冻结摘要", "Note the digest of the draw before the public event")) }
                    }
                    span { (title(&draw.competition)) (asked.t("，冻结于 ", ", frozen ")) (asked.time(draw.frozen_at)) }
                }
            }
            @if waiting.links > 0 {
                li {
                    a href=(asked.link("/links")) {
                        (if asked.is_chinese() { format!("确认或拒绝{}个一次性链接码", waiting.links) } else { format!("Confirm one-time codes or turn them down ({})", waiting.links) })
                    }
                    span { (asked.t("发给专家、办公室或纪检监督账号", "for accounts of experts, the office or supervisors")) }
                }
            }
            @for (competition, leads) in &waiting.leads {
                li {
                    a href=(asked.link(&format!("/competitions/{competition}/objections"))) {
                        (if asked.is_chinese() { format!("处理{}条匿名线索", leads.count) } else { format!("Deal with anonymous leads ({})", leads.count) })
                    }
                    span { (title(competition)) (asked.t("，最早收到于 ", ", the oldest came ")) (asked.time(leads.oldest)) }
                }
            }
        }
    }
}

fn suspended(asked: &Asked, waiting: &Watch, titles: &BTreeMap<CompetitionId, &str>) -> Markup {
    Table::new(asked.t("公布时将被扣下，直至恢复", "Held back from the announcement until the suspension ends"), &waiting.suspended)
        .head(asked.t("申报", "Application"), |name| html! {
            a href=(asked.link(&format!("/applications/{}", name.application))) { (name.number.as_deref().unwrap_or("–")) }
        })
        .column(asked.t("竞赛", "Edition"), |name| html! {
            a href=(asked.link(&format!("/competitions/{}/notice", name.competition))) { (titles.get(&name.competition).copied().unwrap_or_default()) }
        })
        .text(asked.t("理由", "Reason"), |name| &name.reason)
        .column(asked.t("自", "Since"), |name| asked.time(name.since))
        .empty(asked.t(
            "没有暂停中的名称。需要时可在各届“公示”页暂停或恢复名称。",
            "No name is suspended. Suspend one, or end that, on an edition's page of the notice.",
        ))
        .render()
}

/// Editions, those that go on first.
fn running(asked: &Asked, mut editions: Vec<&CompetitionEntry>) -> Markup {
    editions.sort_by_key(|edition| edition.state == CompetitionState::Announced);
    if editions.is_empty() {
        return empty(&html! { p { (asked.t("还没有竞赛。", "There is no edition yet.")) } });
    }
    html! {
        ul.tasks {
            @for edition in editions {
                li {
                    a href=(asked.link(&format!("/competitions/{}", edition.id))) { (edition.title) }
                    (competition_state(asked, edition.state))
                    @if let Some(deadline) = edition.deadline.filter(|_| edition.state != CompetitionState::Announced) {
                        span { (asked.t("本阶段截止 ", "This stage until ")) (asked.time(deadline)) }
                    }
                }
            }
        }
    }
}

/// What waits for an administrator.
pub(in crate::http::pages) async fn admin(asked: &Asked) -> Result<Markup> {
    let health = health::read(&asked.service, &asked.visit).await?;
    let warnings = warnings(asked, &health);
    Ok(html! {
        h2 { (asked.t("运行状况", "Health")) }
        @if warnings.is_empty() {
            (notice(Tone::Good, &html! { p { (asked.t("数据库、文件存储和函件均正常。", "Database, files and letters are in order.")) } }))
        }
        @for warning in &warnings { (notice(Tone::Warning, warning)) }
        @if let Some(told) = doubted(asked, &health.clock) { (notice(Tone::Warning, &told)) }
        p { a href=(asked.link("/health")) { (asked.t("查看运行状况和配置", "Look at health and settings")) } }
        h2 { (asked.t("账号", "Accounts")) }
        ul.tasks {
            li { a href=(asked.link("/accounts/new")) { (asked.t("开立账号", "Open an account")) } span { (asked.t("显示一次性链接码，可打印交给本人", "You are shown a one-time code to print and hand over")) } }
            li { a href=(asked.link("/accounts")) { (asked.t("查找账号", "Find an account")) } span { (asked.t("改名、停用、启用、重置", "Rename, disable, enable, reset")) } }
        }
        h2 { (asked.t("基础数据", "Reference data")) }
        (facts(&[
            (asked.t("产业链与地区目录", "Catalogue"), html! {
                a href=(asked.link(&format!("/catalogues/{}", health.catalogue))) { (super::data::numbered(asked, health.catalogue)) }
                " " a href=(asked.link("/catalogues/import")) { (asked.t("导入", "Import")) }
            }),
            (asked.t("工作日历", "Working days"), html! {
                a href=(asked.link(&format!("/working-days/{}", health.working_days))) { (super::data::numbered(asked, health.working_days)) }
                " " a href=(asked.link("/working-days/import")) { (asked.t("导入", "Import")) }
            }),
        ]))
    })
}
