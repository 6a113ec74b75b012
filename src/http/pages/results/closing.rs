//! What blocks the next stage, by kind, with links to where it is put right; and the closing itself.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::super::remedy;
use super::{api, competition, of_competition};
use crate::actions::competitions;
use crate::actions::names::NamedCompetition;
use crate::domain::blocker::{Blocker, BlockerKind};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ExpertId;

/// The most points of one kind, or sheets of one expert, that are listed; the rest are counted.
const MOST_LISTED: usize = 100;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/closing", Action::ReadDrafts, closing)]
}

async fn closing(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let readiness = competitions::readiness(&request.service, &request.context, id).await?;
    let next = readiness.next_state.map(|state| state.in_language(request.language));
    let content = html! {
        p.lead {
            (request.t("现在：", "Now: ")) strong { (competition.state.in_language(request.language)) }
            @if let Some(next) = next { (request.t("；下一阶段：", "; next: ")) strong { (next) } }
        }
        @if readiness.open.is_empty() {
            (notice(Tone::Good, &html! { p { (request.t("前提均已满足，可以转入下一阶段。", "Nothing blocks the next stage.")) } }))
            @if let Some(to) = readiness.next_state { (step(&request, &competition, to)) }
        } @else {
            @if !by_its_own_act(&readiness.open) {
                (notice(Tone::Warning, &html! {
                    p { (unmet(&request, readiness.open.len())) }
                }))
            }
            (missing_sheets(&request, &competition, &readiness.open))
            (others(&request, &competition, &readiness.open))
        }
        div.buttons.screen { (print_button(&request)) }
    };
    let title = if competition.state == CompetitionState::Scoring {
        request.t("结束评分的前提", "Closing of scoring")
    } else {
        request.t("转入下一阶段的前提", "What blocks the next stage")
    };
    Ok(of_competition(&request, &competition, "/progress", title, &content)
        .crumb(format!("/competitions/{id}/progress"), request.t("进度", "Progress"))
        .data(api(id, "/readiness")))
}

fn unmet(request: &PageRequest, unmet: usize) -> String {
    request.either(
        format!("还有{unmet}项前提未满足。点击每一项可到达处理的页面。"),
        format!(
            "{}. Each leads to where it is put right.",
            count(unmet, "precondition is not met", "preconditions are not met")
        ),
    )
}

fn by_its_own_act(open: &[Blocker]) -> bool {
    open.iter().all(|blocker| matches!(blocker, Blocker::ByItsOwnAct(_) | Blocker::LastState))
}

/// Missing sheets, by the experts who have not signed them.
fn missing_sheets(request: &PageRequest, competition: &NamedCompetition, open: &[Blocker]) -> Markup {
    let mut by_expert: BTreeMap<ExpertId, (&str, Vec<&Blocker>)> = BTreeMap::new();
    for blocker in open {
        if let Blocker::SheetMissing { expert, name, .. } = blocker {
            by_expert.entry(*expert).or_insert((name, Vec::new())).1.push(blocker);
        }
    }
    if by_expert.is_empty() {
        return Markup::default();
    }
    let count: usize = by_expert.values().map(|(_, sheets)| sheets.len()).sum();
    html! {
        h2 { (heading(request, BlockerKind::SheetMissing)) (request.aside(&count)) }
        @if request.role() == Some(Role::Office) { p { (request.t(
            "可在进度页催办；专家在纸质评分表上签名的，点击该项录入纸质评分表。",
            "Remind the experts from the progress page; where an expert signed on paper, follow the link to enter the sheet.",
        )) " " a href=(request.link(&format!("/competitions/{}/progress", competition.id))) { (request.t("去催办", "Remind")) } } }
        @for (name, sheets) in by_expert.values() {
            details open[by_expert.len() == 1] {
                summary { (name) (request.aside(&sheets.len())) }
                (list(request, competition, sheets))
            }
        }
    }
}

/// All but missing sheets, by kind.
fn others(request: &PageRequest, competition: &NamedCompetition, open: &[Blocker]) -> Markup {
    let mut by_kind: BTreeMap<BlockerKind, Vec<&Blocker>> = BTreeMap::new();
    for blocker in open.iter().filter(|blocker| blocker.kind() != BlockerKind::SheetMissing) {
        by_kind.entry(blocker.kind()).or_default().push(blocker);
    }
    html! {
        @for (kind, blockers) in &by_kind {
            h2 { (heading(request, *kind)) @if blockers.len() > 1 { (request.aside(&blockers.len())) } }
            (list(request, competition, blockers))
        }
    }
}

fn list(request: &PageRequest, competition: &NamedCompetition, blockers: &[&Blocker]) -> Markup {
    html! {
        ul.tasks { @for blocker in blockers.iter().take(MOST_LISTED) { li { (remedy::link(request, competition.id, blocker)) } } }
        @if blockers.len() > MOST_LISTED {
            @let rest = blockers.len() - MOST_LISTED;
            p.muted { @if request.is_chinese() { "另有" (rest) "项，见本页数据（JSON）。" } @else { "And " (rest) " more: see the data of this page." } }
        }
    }
}

fn heading(request: &PageRequest, kind: BlockerKind) -> &'static str {
    let (zh, en) = match kind {
        BlockerKind::DeadlinePassed => ("申报截止时间已过", "The deadline has passed"),
        BlockerKind::YearUnknown => ("工作日历缺少年份", "The working days of a year are missing"),
        BlockerKind::BeforeDeadline => ("截止时间未到", "The deadline has not passed"),
        BlockerKind::NotSealed => ("推荐名单未封存", "The recommendation list is not sealed"),
        BlockerKind::FormalCheckOpen => ("形式审查尚无结论", "Formal checks without a result"),
        BlockerKind::NoPanel => ("尚无评审组", "Without a panel"),
        BlockerKind::NoApplications => ("没有可评审的申报", "No application to be judged"),
        BlockerKind::VetoOpen => ("否决项尚无结论", "Veto items without a result"),
        BlockerKind::NotVerified => ("指标数据未核定", "Values not verified"),
        BlockerKind::IncreaseWithoutConsent => ("核增未经同意", "Values raised without consent"),
        BlockerKind::CommentsOpen => ("申报单位提出意见的期限未到", "Applicants may still comment"),
        BlockerKind::SheetMissing => ("未签署的评分表", "Sheets not signed"),
        BlockerKind::ByItsOwnAct => ("随下一步自动转入", "The next act moves the competition on"),
        BlockerKind::LastState => ("已是最后阶段", "The last stage"),
        BlockerKind::NotOnNotice | BlockerKind::NoticeRunning | BlockerKind::NoticeOutdated => {
            ("公示", "The notice")
        }
        BlockerKind::RecheckOpen => ("复核申请待答复", "Re-check requests without an answer"),
        BlockerKind::ObjectionsWaiting => ("异议尚未审查", "Objections not looked at"),
    };
    request.t(zh, en)
}

/// The step to the next stage.
fn step(request: &PageRequest, competition: &NamedCompetition, to: CompetitionState) -> Markup {
    if request.role() != Some(Role::Office) {
        return empty(
            &html! { p { (request.t("由领导小组办公室转入下一阶段。", "The office moves the competition on.")) } },
        );
    }
    let closes = to == CompetitionState::Selection;
    let next = if closes {
        format!("/competitions/{}/tallies/1", competition.id)
    } else {
        format!("/competitions/{}", competition.id)
    };
    let form = request
        .form(Method::Post, api(competition.id, "/state"))
        .revision(competition.revision)
        .once()
        .next(next)
        .done("已转入下一阶段。", "The competition has moved on.");
    html! {
        section.card {
            h2 { (if closes { request.t("结束评分", "Close scoring") } else { request.t("转入下一阶段", "Move to the next stage") }) }
            @if closes {
                ul {
                    li { (request.t("全部已签署的评分表、核定值和加分扣分将冻结为第1版评分汇总，并按规则排名。", "All signed sheets, verified values and adjustments are frozen as version 1 of the tally, and ranked by the rules.")) }
                    li { (request.t("此后专家不能再签署新的评分表；更正须形成新一版汇总，原版保留。", "Afterwards no new sheet can be signed; a correction makes a further version, and this one stays.")) }
                    li { (request.t("此步不可撤回。", "This can't be undone.")) }
                }
            } @else {
                p { (request.t("本阶段随即结束，不可撤回。", "The present stage ends; this can't be undone.")) }
            }
            (form.render(&html! {
                input type="hidden" name="/to" value=(to);
                @if closes { (form.danger("结束评分并冻结汇总", "Close scoring and freeze the tally")) } @else { (form.danger("转入下一阶段", "Move to the next stage")) }
            }))
        }
    }
}
