//! The desk of the office: what waits for it in each edition, the most urgent first.

use std::cmp::Reverse;

use super::super::prelude::*;
use super::super::remedy;
use super::super::supervision::doubted;
use crate::actions::competitions::{self, CompetitionEntry, ReadinessView};
use crate::actions::jumps;
use crate::actions::progress::{self, ProgressView, TaskKind, TaskView};
use crate::domain::competition::CompetitionState;
use crate::domain::time::Timestamp;

/// Editions that a desk looks into; more than go on at once.
const MOST: usize = 20;
/// Within so many days a deadline is near.
const NEAR: i64 = 7;

/// An edition that goes on.
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

/// The desk.
pub(in crate::http::pages) async fn desk(asked: &Asked) -> Result<Markup> {
    let editions = competitions::list(&asked.service, &asked.visit, None, MOST).await?.items;
    let (mut going, mut over) = (Vec::new(), Vec::new());
    for entry in editions {
        if entry.state == CompetitionState::Announced {
            over.push(entry);
            continue;
        }
        let ready = competitions::readiness(&asked.service, &asked.visit, entry.id).await?;
        let progress = progress::read(&asked.service, &asked.visit, entry.id).await?;
        going.push(Going { entry, ready, progress });
    }
    going.sort_by_key(|edition| {
        (Reverse(edition.late() > 0), edition.entry.deadline.is_none(), edition.entry.deadline)
    });
    let clock = jumps::read(&asked.service, &asked.visit).await?;
    Ok(html! {
        @if let Some(told) = doubted(asked, &clock) { (notice(Tone::Warning, &told)) }
        @if going.is_empty() {
            (empty(&html! { p { (asked.t("没有进行中的竞赛。", "No edition is under way.")) " "
                a href=(asked.link("/competitions/new")) { (asked.t("新建一届竞赛", "Make a new edition")) } } }))
        }
        div.cards { @for edition in &going { (card(asked, edition)) } }
        @if !over.is_empty() {
            h2 { (asked.t("已公布", "Announced")) }
            ul { @for entry in &over { li { a href=(asked.link(&format!("/competitions/{}", entry.id))) { (entry.title) } } } }
        }
        p.muted { a href=(asked.link("/clock")) { (asked.t("服务所依据的时间", "The time that the service goes by")) } " " (asked.time(clock.at)) }
    })
}

fn card(asked: &Asked, edition: &Going) -> Markup {
    let id = edition.entry.id;
    let base = format!("/competitions/{id}");
    let own = OWN.iter().filter_map(|own| task(asked, edition, own));
    let own: Vec<_> = seconds(asked, edition).into_iter().chain(own).collect();
    let late = edition.late();
    html! {
        article.card {
            h2 { a href=(asked.link(&base)) { (edition.entry.title) } }
            p {
                (competition_state(asked, edition.entry.state))
                @if let Some(until) = edition.entry.deadline { " " (asked.t("截止 ", "until ")) (asked.time(until)) " " (nearness(asked, until)) }
            }
            @if !own.is_empty() {
                h3 { (asked.t("待办公室办理", "For the office to do")) }
                ul.tasks { @for task in &own { li { (task) } } }
            }
            @if late > 0 {
                p { a href=(asked.link(&format!("{base}/progress"))) {
                    (if asked.is_chinese() { format!("有{late}项已逾期：看进度、催办") } else { format!("{late} things are late: see progress and remind") })
                } " " (tag(asked.t("逾期", "Late"), Tone::Bad)) }
            }
            (next(asked, edition))
        }
    }
}

fn nearness(asked: &Asked, until: Timestamp) -> Markup {
    let days = (until.date() - asked.today()).num_days();
    if until < asked.service.clock.now() {
        return tag(asked.t("已过", "Over"), Tone::Bad);
    }
    let told = if asked.is_chinese() { format!("还有{days}天") } else { format!("{days} days left") };
    tag(&told, if days <= NEAR { Tone::Warning } else { Tone::Neutral })
}

/// What the office itself has to do: kind, page of the edition, words.
const OWN: [(TaskKind, &str, &str, &str); 4] = [
    (TaskKind::CheckForm, "/checks", "件申报待形式审查", "applications to be checked for form"),
    (TaskKind::PlanInspection, "/progress", "件申报待制定考察方案", "inspections to be planned"),
    (TaskKind::DecideObjection, "/objections", "件异议待办理", "objections to be decided"),
    (TaskKind::AnswerRecheck, "/rechecks", "件复核申请待答复", "re-check requests to be answered"),
];

fn task(
    asked: &Asked,
    edition: &Going,
    (kind, page, zh, en): &(TaskKind, &str, &str, &str),
) -> Option<Markup> {
    let tasks: Vec<&TaskView> = edition.progress.tasks.iter().filter(|task| task.kind == *kind).collect();
    let due = tasks.iter().filter_map(|task| task.due).min();
    if tasks.is_empty() {
        return None;
    }
    let number = tasks.len();
    Some(html! {
        a href=(asked.link(&format!("/competitions/{}{page}", edition.entry.id))) {
            (if asked.is_chinese() { format!("{number}{zh}") } else { format!("{number} {en}") })
        }
        @if let Some(due) = due { " " (nearness(asked, due)) }
    })
}

/// What waits for its second person: a task of everybody but the first, who is told that it waits.
fn seconds(asked: &Asked, edition: &Going) -> Vec<Markup> {
    let me = asked.visit.caller.as_ref().map(|caller| caller.account);
    let base = format!("/competitions/{}", edition.entry.id);
    let two = |task: &TaskView| {
        let about = task.about.as_deref().unwrap_or_default();
        let (page, own, other) = match (task.kind, task.application_id) {
            (TaskKind::ConfirmTally, _) => (
                format!("{base}/tallies/{about}"),
                asked.t("评分汇总待您复核：第", "The tally waits for you to confirm it: version "),
                asked.t("您形成的评分汇总待另一人复核：第", "Your tally waits for another person: version "),
            ),
            (TaskKind::EnterPaper, Some(application)) => (
                format!("/applications/{application}/paper-sheets"),
                asked.t("纸质评分表待您第二次录入：", "A paper sheet waits for you to enter it again: "),
                asked.t(
                    "您录入的纸质评分表待另一人再次录入：",
                    "The paper sheet that you entered waits for another person: ",
                ),
            ),
            _ => return None,
        };
        let version = (task.kind == TaskKind::ConfirmTally).then(|| asked.t("版", ""));
        Some(html! {
            @if task.not_by == me { span.muted { (other) (about) @if let Some(version) = version { (version) } } }
            @else { a href=(asked.link(&page)) { (own) (about) @if let Some(version) = version { (version) } } }
        })
    };
    edition.progress.tasks.iter().filter_map(two).collect()
}

/// The next step, with a few of what stands against it.
fn next(asked: &Asked, edition: &Going) -> Markup {
    const FEW: usize = 3;
    let Some(next) = edition.ready.next else { return Markup::default() };
    let id = edition.entry.id;
    let open = &edition.ready.open;
    html! {
        h3 { (asked.t("下一步：", "Next: ")) (next.in_language(asked.language)) }
        @if open.is_empty() {
            p { a.button href=(asked.link(&format!("/competitions/{id}"))) { (asked.t("前提已满足，去办理", "Nothing stands against it: go on")) } }
        } @else {
            (remedy::list(asked, id, &open[..open.len().min(FEW)]))
            @if open.len() > FEW {
                p { a href=(asked.link(&format!("/competitions/{id}"))) {
                    (if asked.is_chinese() { format!("共{}项未完成，查看全部", open.len()) } else { format!("All {} open points", open.len()) })
                } }
            }
        }
    }
}
