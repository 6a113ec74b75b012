//! A competition at a glance: its stages, the next step with what blocks it, and the step itself.

use super::super::prelude::*;
use super::super::remedy;
use super::{competition, is_office, of_competition, steps};
use crate::actions::competitions::{self, CompetitionView, ReadinessView};
use crate::actions::reopenings::{self, ReopeningView};
use crate::domain::competition::CompetitionState as S;

pub(super) async fn overview(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let ready = competitions::readiness(&request.service, &request.context, competition.id).await?;
    let id = competition.id;
    let proposal = match reopenings::stage_before(competition.state) {
        Some(_) => reopenings::of(&request.service, &request.context, id).await?,
        None => None,
    };
    let settings = &competition.settings;
    let content = html! {
        (facts(&[
            (request.t("阶段", "Stage"), competition_state(&request, competition.state)),
            (request.t("依据文号", "Authority"), html! { (settings.authority) }),
            (request.t("主办机构", "Organizer"), html! { (settings.organizer) }),
            (request.t("设置版本", "Settings"), html! {
                a href=(request.link(&format!("/competitions/{id}/versions/{}", competition.version))) {
                    @if request.is_chinese() { "第" (competition.version) "版" } @else { "Version " (competition.version) }
                }
                (request.t("，", ", ")) (request.time(competition.changed_at))
                @if !competition.reason.is_empty() { (request.t("：", ": ")) (competition.reason) }
            }),
            (request.t("设置摘要（SHA-256）", "Digest of the settings (SHA-256)"), html! { code { (competition.digest) } }),
        ]))
        div.columns {
            section {
                h2 { (request.t("阶段", "Stages")) }
                (timeline(&request, &competition))
            }
            section {
                h2 { (request.t("下一步", "Next step")) }
                (next_step(&request, &competition, &ready))
                (reopening(&request, &competition, proposal.as_ref()))
            }
        }
        (steps::warnings(&request, &ready))
        (steps::chart(&request, &settings.calendar))
        (steps::deadlines(&request, &settings.calendar))
        (print_button(&request))
        p.screen { a href=(request.link(&format!("/applications?competition_id={id}"))) { (request.t("本届全部申报", "Applications of this competition")) } }
        @if is_office(&request) {
            p.screen { a href=(request.link(&format!("/competitions/new?from={id}"))) { (request.t("以本届设置为底新建一届", "A new competition from these settings")) } }
        }
    };
    Ok(of_competition(&request, &competition, "", &settings.title.clone(), &content)
        .document(&printed::CALL, format!("/api/v1/competitions/{id}"))
        .data(format!("/api/v1/competitions/{id}"))
        .data(format!("/api/v1/competitions/{id}/readiness"))
        .data(format!("/api/v1/competitions/{id}/versions"))
        .table(&tables::EXPORT, format!("/api/v1/competitions/{id}/export")))
}

fn timeline(request: &PageRequest, competition: &CompetitionView) -> Markup {
    let calendar = &competition.settings.calendar;
    html! {
        ol.timeline {
            @for state in S::ALL {
                @let class = match state.cmp(&competition.state) {
                    std::cmp::Ordering::Less => "done",
                    std::cmp::Ordering::Equal => "now",
                    std::cmp::Ordering::Greater => "next",
                };
                li class=(class) aria-current=[(*state == competition.state).then_some("step")] {
                    (state.in_language(request.language))
                    @if let Some(period) = calendar.period(*state) {
                        div.when { (request.date(period.from.date())) " – " (request.date(period.until.date())) }
                    }
                }
            }
        }
    }
}

/// What moving to a state does, which can't be taken back.
fn consequence(to: S) -> (&'static str, &'static str) {
    match to {
        S::Application => (
            "发布后竞赛对外公开，指标与规则冻结，申报单位可以开始填报；此后修改只能以更正或延期的形式公开进行。",
            "The call makes the competition public and freezes rubric and rules; applicants can begin. Later changes are public corrections and extensions.",
        ),
        S::Recommendation => (
            "申报截止，不再接受新的提交；各市开始初审与推荐。",
            "Applications are closed for good; cities review and recommend.",
        ),
        S::Checking => (
            "推荐结束，各市不能再变动名单；开始形式审查与否决核查。",
            "Recommending is over and lists stay as they are; the checks begin.",
        ),
        S::Drawing => (
            "形式审查结束，只有已受理的申报进入评审；开始抽取专家。",
            "The formal checks are over: only accepted applications go on. Panels are drawn.",
        ),
        S::Scoring => (
            "评审组全部产生，专家可以开始评分，考察组开始考察。",
            "All panels stand: experts score and teams inspect.",
        ),
        S::Selection => ("评分截止，汇总冻结。", "Scoring is closed and the tally frozen."),
        S::Draft | S::Notice | S::Announced => ("", ""),
    }
}

fn next_step(request: &PageRequest, competition: &CompetitionView, ready: &ReadinessView) -> Markup {
    let Some(next) = ready.next_state else {
        return notice(
            Tone::Good,
            &html! { p { (request.t("本届竞赛已公开发布。", "The winners are announced.")) } },
        );
    };
    let id = competition.id;
    let words = next.in_language(request.language);
    html! {
        p { (request.t("转入：", "To: ")) strong { (words) } }
        @if !ready.open.is_empty() {
            p { (request.t("还须完成：", "Still to be done:")) }
            (remedy::list(request, id, &ready.open))
        } @else if request.role() != Some(Role::Office) {
            p { (request.t("前提已全部满足，等待领导小组办公室操作。", "Nothing blocks it; the office takes the step.")) }
        } @else if next == S::Selection {
            // Closing the scoring has a page of its own.
            p { a.button href=(request.link(&format!("/competitions/{id}/closing"))) { (request.t("结束评分并汇总", "Close the scoring")) } }
        } @else { (confirm(request, competition, next)) }
    }
}

fn confirm(request: &PageRequest, competition: &CompetitionView, next: S) -> Markup {
    let (zh, en) = consequence(next);
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{}/state", competition.id))
        .revision(competition.revision)
        .once()
        .hidden("/to", next.as_str())
        .done("已转入下一阶段。", "The competition has moved on.");
    notice(
        Tone::Warning,
        &html! {
            p { strong { (competition.settings.title) } (request.t("：", ": ")) (competition.state.in_language(request.language)) " → " (next.in_language(request.language)) }
            p { (request.t(zh, en)) }
            p { (request.t("此操作不能撤回。", "This can't be taken back.")) }
            (form.render(&match next {
                S::Application => form.danger("发布竞赛", "Call the competition"),
                S::Recommendation => form.danger("截止申报，转入初审与推荐", "Close applications"),
                S::Checking => form.danger("转入审查", "Begin the checks"),
                S::Drawing => form.danger("转入专家抽取", "Begin the draw"),
                _ => form.danger("转入考察评审", "Begin inspection and scoring"),
            }))
        },
    )
}

/// Opening the stage before again: proposed by one of the office, done by another.
fn reopening(
    request: &PageRequest,
    competition: &CompetitionView,
    proposal: Option<&ReopeningView>,
) -> Markup {
    let Some(to) = reopenings::stage_before(competition.state) else { return Markup::default() };
    let address = format!("/api/v1/competitions/{}/reopening", competition.id);
    let stage = to.in_language(request.language);
    html! {
        @if let Some(proposal) = proposal {
            (notice(Tone::Warning, &html! {
                p { (request.t("已提议重新开放：", "It is proposed to open again: ")) strong { (stage) }
                    (request.t("，提出于 ", ", since ")) (request.time(proposal.proposed_at)) }
                @if let Some(until) = proposal.due_at { p { (request.t("新的截止时间：", "New deadline: ")) (request.time(until)) } }
                p { (request.t("理由：", "Reason: ")) (proposal.reason) }
            }))
            @if is_office(request) && request.context.caller.as_ref().is_some_and(|caller| caller.account != proposal.proposed_by) {
                @let form = request.form(Method::Post, format!("{address}/confirmation")).revision(competition.revision)
                    .done("已重新开放。", "The stage is open again.");
                (form.render(&form.danger("以第二人身份重新开放", "Open it again, as the second person")))
            }
        }
        @if is_office(request) {
            details {
                @if proposal.is_some() {
                    summary { (request.t("改提：以新的提议代替", "Propose something else in its place")) }
                } @else {
                    summary { (request.t("误截止？重新开放前一阶段", "Closed by mistake? Open the stage before again")) }
                }
                @let form = request.form(Method::Post, address).revision(competition.revision)
                    .done("已提议，须由办公室另一人确认。", "It is proposed; somebody else of the office must confirm it.");
                p { (request.t("将重新开放：", "To be opened again: ")) strong { (stage) } (request.t(
                    "。截止时已形成的版本保留，再次截止时形成新版本。",
                    ". What closing had frozen stays as a version; the next closing makes another.",
                )) }
                (form.render(&html! {
                    (form.field(&Field::area("/reason", request.t("理由", "Reason"), 3).required()))
                    (form.field(&Field::time("/due_at:time", request.t("新的截止时间", "New deadline"))
                        .hint(request.t("原截止时间已过的必须填写；须早于其后阶段的截止时间。", "Needed where the deadline has passed; before later stages end."))))
                    (form.danger("提议重新开放", "Propose to open it again"))
                }))
            }
        }
    }
}
