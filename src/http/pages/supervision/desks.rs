//! The desks of supervisors and administrators: what waits for them, the most urgent first.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::alarms::{counted, line, none};
use super::clock::doubted;
use super::health::warnings;
use crate::actions::competitions::CompetitionEntry;
use crate::actions::watch::{Watch, watch};
use crate::actions::{health, machines, webhooks};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::DrawState;
use crate::domain::ids::CompetitionId;

/// What waits for a supervisor.
pub(in crate::http::pages) async fn supervisor(request: &PageRequest) -> Result<Markup> {
    let waiting = watch(&request.service, &request.context).await?;
    let (competitions, _) = counted(request, None).await?;
    let titles: BTreeMap<CompetitionId, &str> =
        competitions.iter().map(|(competition, _)| (competition.id, competition.title.as_str())).collect();
    let alarms: Vec<Markup> =
        competitions.iter().filter_map(|(competition, count)| line(request, competition, count)).collect();
    Ok(html! {
        h2 { (request.t("待办", "To do")) }
        (to_do(request, &waiting, &titles))
        h2 { (request.t("预警", "Alarms")) }
        @if alarms.is_empty() { (none(request)) } @else { ul.tasks { @for alarm in &alarms { (alarm) } } }
        p { a href=(request.link("/alarms")) { (request.t("各届的预警与规则", "Alarms and rules of all competitions")) } }
        h2 { (request.t("暂停中的名称", "Names that are suspended")) }
        (suspended(request, &waiting, &titles))
        h2 { (request.t("竞赛", "Competitions")) }
        (running(request, competitions.iter().map(|(competition, _)| competition).collect()))
        h2 { (request.t("查阅", "Look up")) }
        ul.tasks {
            li { a href=(request.link("/audit")) { (request.t("审计记录", "Audit trail")) } span { (request.t("谁在何时做了什么，含被拒的操作；可导出核验", "Who did what and when, refusals included; export and check it")) } }
            li { a href=(request.link("/accounts")) { (request.t("账号", "Accounts")) } span { (request.t("有哪些账号，是否启用", "Who has one, and whether it is in use")) } }
            li { a href=(request.link("/clock")) { (request.t("时钟", "The clock")) } span { (request.t("服务所依据的时间，未确认的跳变", "What time the service goes by, jumps that are not confirmed")) } }
        }
    })
}

fn to_do(request: &PageRequest, waiting: &Watch, titles: &BTreeMap<CompetitionId, &str>) -> Markup {
    if waiting.draws.is_empty() && waiting.leads.is_empty() && waiting.links == 0 {
        return notice(
            Tone::Good,
            &html! { p { (request.t("没有等待您处理的抽取、线索或链接码。", "No draw, lead or one-time code waits for you.")) } },
        );
    }
    let title = |id| titles.get(id).copied().unwrap_or_default();
    html! {
        ul.tasks {
            @for draw in &waiting.draws {
                li {
                    a href=(request.link(&format!("/competitions/{}/draws/{}", draw.competition, draw.number))) {
                        @if draw.state == DrawState::Drawn { (request.t("确认或否决专家抽取", "Confirm or reject the draw")) }
                        @else { (request.t("公开事件之前，记下抽取的冻结摘要", "Note the digest of the draw before the public event")) }
                    }
                    span { (title(&draw.competition)) (request.t("，冻结于 ", ", frozen ")) (request.time(draw.frozen_at)) }
                }
            }
            @if waiting.links > 0 {
                li {
                    a href=(request.link("/links")) {
                        (if request.is_chinese() { format!("确认或拒绝{}个一次性链接码", waiting.links) } else { format!("Confirm one-time codes or turn them down ({})", waiting.links) })
                    }
                    span { (request.t("发给专家、办公室或纪检监督账号", "for accounts of experts, the office or supervisors")) }
                }
            }
            @for (competition, leads) in &waiting.leads {
                li {
                    a href=(request.link(&format!("/competitions/{competition}/objections"))) {
                        (if request.is_chinese() { format!("处理{}条匿名线索", leads.count) } else { format!("Deal with anonymous leads ({})", leads.count) })
                    }
                    span { (title(competition)) (request.t("，最早收到于 ", ", the oldest came ")) (request.time(leads.oldest)) }
                }
            }
        }
    }
}

fn suspended(request: &PageRequest, waiting: &Watch, titles: &BTreeMap<CompetitionId, &str>) -> Markup {
    Table::new(request.t("公布时将被扣下，直至恢复", "Held back from the announcement until the suspension ends"), &waiting.suspended)
        .head(request.t("申报", "Application"), |name| html! {
            a href=(request.link(&format!("/applications/{}", name.application))) { (name.number.as_deref().unwrap_or("–")) }
        })
        .column(request.t("竞赛", "Competition"), |name| html! {
            a href=(request.link(&format!("/competitions/{}/notice", name.competition))) { (titles.get(&name.competition).copied().unwrap_or_default()) }
        })
        .text(request.t("理由", "Reason"), |name| &name.reason)
        .column(request.t("自", "From"), |name| request.time(name.since))
        .empty(request.t(
            "没有暂停中的名称。需要时可在各届“公示”页暂停或恢复名称。",
            "No name is suspended. Suspend one, or end that, on a competition's page of the notice.",
        ))
        .render()
}

/// Competitions, those that go on first.
fn running(request: &PageRequest, mut competitions: Vec<&CompetitionEntry>) -> Markup {
    competitions.sort_by_key(|competition| competition.state == CompetitionState::Announced);
    if competitions.is_empty() {
        return empty(&html! { p { (request.t("还没有竞赛。", "There is no competition yet.")) } });
    }
    html! {
        ul.tasks {
            @for competition in competitions {
                li {
                    a href=(request.link(&format!("/competitions/{}", competition.id))) { (competition.title) }
                    (competition_state(request, competition.state))
                    @if let Some(deadline) = competition.due_at.filter(|_| competition.state != CompetitionState::Announced) {
                        span { (request.t("本阶段截止 ", "Deadline of the stage ")) (request.time(deadline)) }
                    }
                }
            }
        }
    }
}

/// What waits for an administrator.
pub(in crate::http::pages) async fn admin(request: &PageRequest) -> Result<Markup> {
    let health = health::read(&request.service, &request.context).await?;
    let warnings = warnings(request, &health);
    let tokens = machines::awaited(&request.service, &request.context).await?;
    let waiting = webhooks::for_caller(&request.service, &request.context).await?;
    Ok(html! {
        h2 { (request.t("运行状况", "Health")) }
        @if warnings.is_empty() {
            (notice(Tone::Good, &html! { p { (request.t("数据库、文件存储和函件均正常。", "Database, files and letters are in order.")) } }))
        }
        @for warning in &warnings { (notice(Tone::Warning, warning)) }
        @if let Some(told) = doubted(request, &health.clock) { (notice(Tone::Warning, &told)) }
        p { a href=(request.link("/health")) { (request.t("查看运行状况和配置", "Look at health and settings")) } }
        h2 { (request.t("账号", "Accounts")) }
        ul.tasks {
            li { a href=(request.link("/accounts/new")) { (request.t("开立账号", "Open an account")) } span { (request.t("显示一次性链接码，可打印交给本人", "You are shown a one-time code to print and hand over")) } }
            li { a href=(request.link("/accounts")) { (request.t("查找账号", "Find an account")) } span { (request.t("改名、停用、启用、重置", "Rename, disable, enable, reset")) } }
            li {
                a href=(request.link("/machines")) { (request.t("外部系统", "External systems")) }
                span {
                    @if tokens > 0 {
                        (if request.is_chinese() { format!("{tokens}个令牌等待您确认") } else { format!("Tokens that wait for you: {tokens}") })
                    } @else { (request.t("平台使用接口的令牌：建立、确认、撤销", "Tokens by which platforms use the API: make, confirm, revoke")) }
                }
            }
            li {
                a href=(request.link("/webhooks")) { (request.t("推送", "Webhooks")) }
                span { (webhooks_that_wait(request, waiting)) }
            }
        }
        h2 { (request.t("基础数据", "Reference data")) }
        (facts(&[
            (request.t("产业链与地区目录", "Catalogue of chains and regions"), html! {
                a href=(request.link(&format!("/catalogues/{}", health.catalogue_version))) { (super::data::numbered(request, health.catalogue_version)) }
                " " a href=(request.link("/catalogues/import")) { (request.t("导入", "Import")) }
            }),
            (request.t("工作日历", "Working days"), html! {
                a href=(request.link(&format!("/working-days/{}", health.working_days_version))) { (super::data::numbered(request, health.working_days_version)) }
                " " a href=(request.link("/working-days/import")) { (request.t("导入", "Import")) }
            }),
        ]))
    })
}

fn webhooks_that_wait(request: &PageRequest, waiting: webhooks::Waiting) -> Markup {
    let webhooks::Waiting { awaited, given_up } = waiting;
    html! {
        @if awaited > 0 { (if request.is_chinese() { format!("{awaited}个推送等待您确认。") } else { format!("Webhooks that wait for you: {awaited}. ") }) }
        @if given_up > 0 { (if request.is_chinese() { format!("{given_up}个推送因连续未能送达而停发。") } else { format!("Webhooks that are paused as nothing could be delivered: {given_up}.") }) }
        @if awaited + given_up == 0 { (request.t("将变更主动发往外部系统：建立、确认、重发、终止", "What changed is sent to external systems: make, confirm, tell again, end")) }
    }
}
