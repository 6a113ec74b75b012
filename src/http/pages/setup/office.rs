//! The desk of the office: what waits for it in each competition, the most urgent first.

use std::cmp::Reverse;

use super::super::prelude::*;
use super::super::remedy;
use super::super::supervision::doubted;
use crate::actions::competitions::{self, CompetitionEntry, ReadinessView};
use crate::actions::jumps;
use crate::actions::progress::{self, ProgressView, TaskKind, TaskView};
use crate::domain::competition::CompetitionState;
use crate::domain::time::Timestamp;

/// Competitions that a desk looks into; more than go on at once.
const MOST: usize = 20;
/// Within so many days a deadline is near.
const NEAR: i64 = 7;

/// A competition that goes on.
struct Going {
    entry: CompetitionEntry,
    ready: ReadinessView,
    progress: ProgressView,
}

impl Going {
    fn late(&self) -> usize {
        self.progress.tasks.iter().filter(|task| task.late).count()
    }
}

pub(in crate::http::pages) async fn desk(request: &PageRequest) -> Result<Markup> {
    let competitions = competitions::list(&request.service, &request.context, None, MOST).await?.items;
    let (mut going, mut over) = (Vec::new(), Vec::new());
    for entry in competitions {
        if entry.state == CompetitionState::Announced {
            over.push(entry);
            continue;
        }
        let ready = competitions::readiness(&request.service, &request.context, entry.id).await?;
        let progress = progress::read(&request.service, &request.context, entry.id).await?;
        going.push(Going { entry, ready, progress });
    }
    going.sort_by_key(|competition| {
        (Reverse(competition.late() > 0), competition.entry.due_at.is_none(), competition.entry.due_at)
    });
    let clock = jumps::read(&request.service, &request.context).await?;
    Ok(html! {
        @if let Some(told) = doubted(request, &clock) { (notice(Tone::Warning, &told)) }
        @if going.is_empty() {
            (empty(&html! { p { (request.t("没有进行中的竞赛。", "No competition is under way.")) " "
                a href=(request.link("/competitions/new")) { (request.t("新建一届竞赛", "New competition")) } } }))
        }
        div.cards { @for competition in &going { (card(request, competition)) } }
        @if !over.is_empty() {
            h2 { (request.t("已公布", "Announced")) }
            ul { @for entry in &over { li { a href=(request.link(&format!("/competitions/{}", entry.id))) { (entry.title) } } } }
        }
        p.muted { a href=(request.link("/clock")) { (request.t("服务所依据的时间", "The time that the service goes by")) } " " (request.time(clock.at)) }
    })
}

fn card(request: &PageRequest, competition: &Going) -> Markup {
    let id = competition.entry.id;
    let base = format!("/competitions/{id}");
    let own = OWN.iter().filter_map(|own| task(request, competition, own));
    let own: Vec<_> = seconds(request, competition).into_iter().chain(own).collect();
    let late = competition.late();
    html! {
        article.card {
            h2 { a href=(request.link(&base)) { (competition.entry.title) } }
            p {
                (competition_state(request, competition.entry.state))
                @if let Some(until) = competition.entry.due_at { " " (request.t("截止 ", "until ")) (request.time(until)) " " (nearness(request, until)) }
            }
            @if !own.is_empty() {
                h3 { (request.t("待办公室办理", "For the office to do")) }
                ul.tasks { @for task in &own { li { (task) } } }
            }
            @if late > 0 {
                p { a href=(request.link(&format!("{base}/progress"))) {
                    (request.either(format!("有{late}项已逾期：看进度、催办"), format!("{}: see progress and remind", count(late, "thing is late", "things are late"))))
                } " " (tag(request.t("逾期", "Late"), Tone::Bad)) }
            }
            (next(request, competition))
        }
    }
}

fn nearness(request: &PageRequest, until: Timestamp) -> Markup {
    let days = (until.date() - request.today()).num_days();
    if until < request.service.clock.now() {
        return tag(request.t("已过", "Over"), Tone::Bad);
    }
    let told = request.either(format!("还有{days}天"), count(days, "day left", "days left"));
    tag(&told, if days <= NEAR { Tone::Warning } else { Tone::Neutral })
}

/// What the office itself has to do: kind, page of the competition, words.
const OWN: [(TaskKind, &str, &str, (&str, &str)); 4] = [
    (
        TaskKind::CheckForm,
        "/checks",
        "件申报待形式审查",
        ("application to be checked for form", "applications to be checked for form"),
    ),
    (
        TaskKind::PlanInspection,
        "/inspections",
        "件申报待制定考察方案",
        ("inspection to be planned", "inspections to be planned"),
    ),
    (
        TaskKind::DecideObjection,
        "/objections",
        "件异议待办理",
        ("objection to be decided", "objections to be decided"),
    ),
    (
        TaskKind::AnswerRecheck,
        "/rechecks",
        "件复核申请待答复",
        ("re-check request to be answered", "re-check requests to be answered"),
    ),
];

fn task(
    request: &PageRequest,
    competition: &Going,
    (kind, page, zh, (one, many)): &(TaskKind, &str, &str, (&str, &str)),
) -> Option<Markup> {
    let tasks: Vec<&TaskView> = competition.progress.tasks.iter().filter(|task| task.kind == *kind).collect();
    let due = tasks.iter().filter_map(|task| task.due_at).min();
    if tasks.is_empty() {
        return None;
    }
    let number = tasks.len();
    Some(html! {
        a href=(request.link(&format!("/competitions/{}{page}", competition.entry.id))) {
            (request.either(format!("{number}{zh}"), count(number, one, many)))
        }
        @if let Some(due) = due { " " (nearness(request, due)) }
    })
}

/// What waits for its second person: a task of everybody but the first, who is told that it waits.
fn seconds(request: &PageRequest, competition: &Going) -> Vec<Markup> {
    let me = request.context.caller.as_ref().map(|caller| caller.account);
    let base = format!("/competitions/{}", competition.entry.id);
    let two = |task: &TaskView| {
        let about = task.about.as_deref().unwrap_or_default();
        let (page, own, other) = match (task.kind, task.application_id) {
            (TaskKind::ConfirmTally, _) => (
                format!("{base}/tallies/{about}"),
                request.t("评分汇总待您复核：第", "The tally waits for you to confirm it: version "),
                request
                    .t("您形成的评分汇总待另一人复核：第", "Your tally waits for another person: version "),
            ),
            (TaskKind::EnterPaper, Some(application)) => (
                format!("/applications/{application}/paper-sheets"),
                request.t("纸质评分表待您第二次录入：", "A paper sheet waits for you to enter it again: "),
                request.t(
                    "您录入的纸质评分表待另一人再次录入：",
                    "The paper sheet that you entered waits for another person: ",
                ),
            ),
            _ => return None,
        };
        let version = (task.kind == TaskKind::ConfirmTally).then(|| request.t("版", ""));
        Some(html! {
            @if task.not_by_account_id == me { span.muted { (other) (about) @if let Some(version) = version { (version) } } }
            @else { a href=(request.link(&page)) { (own) (about) @if let Some(version) = version { (version) } } }
        })
    };
    competition.progress.tasks.iter().filter_map(two).collect()
}

/// The next step, with a few of what blocks it.
fn next(request: &PageRequest, competition: &Going) -> Markup {
    const FEW: usize = 3;
    let Some(next) = competition.ready.next_state else { return Markup::default() };
    let id = competition.entry.id;
    let open = &competition.ready.open;
    html! {
        h3 { (request.t("下一步：", "Next step: ")) (next.in_language(request.language)) }
        @if open.is_empty() {
            p { a.button href=(request.link(&format!("/competitions/{id}"))) { (request.t("前提已满足，去办理", "Nothing blocks it: go on")) } }
        } @else {
            (remedy::list(request, id, &open[..open.len().min(FEW)]))
            @if open.len() > FEW {
                p { a href=(request.link(&format!("/competitions/{id}"))) {
                    (request.either(format!("共{}项未完成，查看全部", open.len()), format!("See all: {}", count(open.len(), "open point", "open points"))))
                } }
            }
        }
    }
}
