//! Alarms: what a supervisor should look at, competition by competition, with the rules by which it was found.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::audit::around;
use crate::actions::alarms::{
    AlarmCount, AlarmPersonView, AlarmRuleView, AlarmSubject, AlarmView, AlarmsView, COMPETITIONS,
    count_alarms, read_alarms,
};
use crate::actions::competitions::{self, CompetitionEntry};
use crate::domain::alarms::AlarmKind;
use crate::domain::ids::CompetitionId;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/alarms", Action::ReadAlarms, competitions),
        page("/competitions/{competition_id}/alarms", Action::ReadAlarms, of_competition),
    ]
}

/// Competitions with how many alarms each has.
pub(super) async fn counted(
    request: &PageRequest,
    before: Option<CompetitionId>,
) -> Result<(Vec<(CompetitionEntry, AlarmCount)>, Option<String>)> {
    let page = competitions::list(&request.service, &request.context, before, COMPETITIONS).await?;
    let ids: Vec<CompetitionId> = page.items.iter().map(|competition| competition.id).collect();
    let counts = count_alarms(&request.service, &request.context, ids).await?;
    let mut counts: BTreeMap<CompetitionId, AlarmCount> =
        counts.into_iter().map(|count| (count.competition, count)).collect();
    let both = page.items.into_iter().filter_map(|competition| {
        let count = counts.remove(&competition.id)?;
        Some((competition, count))
    });
    Ok((both.collect(), page.next_cursor))
}

/// What of it is a competition's count, by rule.
fn by_kind(request: &PageRequest, competition: CompetitionId, count: &AlarmCount) -> Markup {
    html! {
        @for (kind, number) in &count.by_kind {
            a href=(request.link(&format!("/competitions/{competition}/alarms?kind={kind}"))) { (kind.in_language(request.language)) " " (number) } " "
        }
    }
}

async fn competitions(request: Rc<PageRequest>) -> Result<Page> {
    let (competitions, next) = counted(&request, request.parameter("cursor")).await?;
    let table = Table::new(request.t("各届的预警", "Alarms by competition"), &competitions)
        .head(request.t("竞赛", "Competition"), |(competition, _)| html! { a href=(request.link(&format!("/competitions/{}/alarms", competition.id))) { (competition.title) } })
        .column(request.t("阶段", "Stage"), |(competition, _)| competition_state(&request, competition.state))
        .number(request.t("预警数", "Alarms"), |(_, count)| count.by_kind.values().sum::<usize>())
        .column(request.t("最近一次", "Newest"), |(_, count)| count.newest.map(|at| request.time(at)).unwrap_or_default())
        .column(request.t("其中", "Of which"), |(competition, count)| by_kind(&request, competition.id, count))
        .empty(request.t("还没有竞赛。办公室建立竞赛后，预警会出现在这里。", "There is no competition yet. Alarms appear here once the office has made one."));
    let content = html! {
        p.lead { (request.t(
            "预警提示您留意什么，不说明谁有错；预警从不参与评分。规则写在每届的预警页上。",
            "An alarm says what to look at, not that anybody did wrong; it never takes part in scoring. Each competition's page states the rules.",
        )) }
        (table.render())
        (List::new(&request, "/alarms").pages(next.as_deref()))
    };
    Ok(Page::new(request.t("预警", "Alarms"), content).data("/api/v1/competitions"))
}

async fn of_competition(request: Rc<PageRequest>) -> Result<Page> {
    let id: CompetitionId = request.id("competition_id")?;
    let view = read_alarms(&request.service, &request.context, id).await?;
    let competition = competitions::read(&request.service, &request.context, id).await?;
    let kind: Option<AlarmKind> = request.parameter("kind");
    let shown: Vec<&AlarmView> =
        view.alarms.iter().filter(|alarm| kind.is_none_or(|kind| alarm.kind == kind)).collect();
    let content = html! {
        (competition_views(&request, id, "/alarms"))
        p.lead { (request.t(
            "预警提示您留意什么，不说明谁有错；从不参与评分，申报单位、专家和办公室都看不到。",
            "An alarm says what to look at, not that anybody did wrong; it never takes part in scoring, and neither applicants, experts nor the office see it.",
        )) }
        (rules(&request, id, &view, kind))
        h2 {
            @match kind {
                Some(kind) => (kind.in_language(request.language)),
                None => (request.t("全部预警，最近的在前", "All alarms, newest first")),
            }
        }
        @if shown.is_empty() {
            (empty(&html! { p { (request.t("按这些规则没有发现需要留意的情况。", "By these rules there is nothing to look at.")) } }))
        } @else {
            (print_button(&request))
            (table(&request, id, &shown))
        }
    };
    Ok(Page::new(request.t("预警", "Alarms"), content)
        .crumb("/alarms", request.t("预警", "Alarms"))
        .crumb(format!("/competitions/{id}"), competition.settings.title)
        .data(format!("/api/v1/competitions/{id}/alarms"))
        .table(&tables::ALARMS, format!("/api/v1/competitions/{id}/alarms")))
}

/// The rules with how many each found; choosing one shows its alarms alone.
fn rules(request: &PageRequest, id: CompetitionId, view: &AlarmsView, chosen: Option<AlarmKind>) -> Markup {
    let found = |rule: &AlarmRuleView| {
        html! {
            @if rule.found == 0 { "0" } @else {
                a href=(request.link(&format!("/competitions/{id}/alarms?kind={}", rule.kind)))
                    aria-label=(format!("{} {}", rule.kind.in_language(request.language), rule.found))
                    aria-current=[(chosen == Some(rule.kind)).then_some("true")] { (rule.found) }
            }
        }
    };
    let tone = |rule: &AlarmRuleView| if rule.found == 0 { Tone::Neutral } else { Tone::Warning };
    Table::new(request.t("规则与数量", "Rules and how many each found"), &view.rules)
        .head(request.t("规则", "Rule"), |rule| tag(rule.kind.in_language(request.language), tone(rule)))
        .number(request.t("数量", "Found"), |rule| found(rule))
        .column(request.t("含义与阈值", "Meaning and threshold"), |rule| request.t(&rule.zh, &rule.en))
        .render()
}

fn people(request: &PageRequest, people: &[AlarmPersonView]) -> Markup {
    html! {
        @for (index, person) in people.iter().enumerate() {
            @if index > 0 { (request.t("、", ", ")) }
            @match person.account_id {
                Some(account) => a href=(request.link(&format!("/accounts/{account}"))) { (person.name) },
                None => (person.name),
            }
        }
    }
}

/// The page of what an alarm is about.
fn thing(id: CompetitionId, alarm: &AlarmView) -> Option<String> {
    let application = alarm.application_id.map(|application| format!("/applications/{application}"));
    let number = alarm.number.map(|number| number.to_string()).unwrap_or_default();
    match alarm.subject_kind {
        AlarmSubject::Sheet => application.map(|page| format!("{page}/sheets")),
        AlarmSubject::Submission => application.map(|page| format!("{page}/submissions/{number}")),
        AlarmSubject::Inspection | AlarmSubject::Increase => {
            application.map(|page| format!("{page}/inspection"))
        }
        AlarmSubject::Adjustments => application.map(|page| format!("{page}/adjustments")),
        AlarmSubject::List => {
            alarm.city.as_ref().map(|city| format!("/competitions/{id}/recommendations/{}", city.code))
        }
        AlarmSubject::Tally => Some(format!("/competitions/{id}/tallies/{number}/changes")),
        AlarmSubject::Settings => Some(format!("/competitions/{id}/versions/{number}")),
        AlarmSubject::Document => Some(format!("/audit?competition_id={id}&action=document.damaged")),
        AlarmSubject::File => Some(format!("/audit?competition_id={id}&action=file.quarantined")),
        AlarmSubject::Clock => Some("/audit?action=clock.jumped".to_owned()),
        AlarmSubject::SignIns => Some("/audit?action=session.log_in".to_owned()),
        AlarmSubject::Reset => Some("/audit?action=account.reset".to_owned()),
        AlarmSubject::Opened => Some("/audit?action=account.invite".to_owned()),
    }
}

fn thing_words(request: &PageRequest, alarm: &AlarmView) -> String {
    let words = match alarm.subject_kind {
        AlarmSubject::Sheet => request.t("评分表", "Score sheets"),
        AlarmSubject::Submission => request.t("提交的内容", "What was submitted"),
        AlarmSubject::List => request.t("推荐名单", "Recommendation list"),
        AlarmSubject::Inspection | AlarmSubject::Increase => request.t("考察", "The inspection"),
        AlarmSubject::Adjustments => request.t("加分与扣分", "Bonuses and deductions"),
        AlarmSubject::Tally => request.t("该版汇总的变化", "What that tally changed"),
        AlarmSubject::Settings => request.t("该版设置", "That version of the settings"),
        AlarmSubject::Document | AlarmSubject::File | AlarmSubject::Clock => {
            request.t("审计记录", "The audit trail")
        }
        AlarmSubject::SignIns => request.t("登录记录", "Sign-ins"),
        AlarmSubject::Reset => request.t("账号重置记录", "Resets of accounts"),
        AlarmSubject::Opened => request.t("账号开立记录", "Accounts that were opened"),
    };
    match &alarm.application_number {
        Some(number) => format!("{number} {words}"),
        None => words.to_owned(),
    }
}

fn table(request: &PageRequest, id: CompetitionId, alarms: &[&AlarmView]) -> Markup {
    Table::new(request.t("预警", "Alarms"), alarms.iter().copied())
        .column(request.t("时间", "When"), |alarm| request.time(alarm.at))
        .column(request.t("规则", "Rule"), |alarm| tag(alarm.kind.in_language(request.language), Tone::Warning))
        .column(request.t("发现", "What was found"), |alarm| request.localized_of(&alarm.zh, &alarm.en))
        .column(request.t("操作人", "Done by"), |alarm| people(request, &alarm.persons))
        .column(request.t("涉及人员", "About whom"), |alarm| people(request, &alarm.experts))
        .column(request.t("查看", "See"), |alarm| html! {
            @if let Some(page) = thing(id, alarm) { a href=(request.link(&page)) { (thing_words(request, alarm)) } }
            br;
            a.muted href=(request.link(&around(id, alarm.at))) { (request.t("当时的审计记录", "The trail at that time")) }
        })
        .render()
}

/// A line for the desk, where a competition has any.
pub(super) fn line(
    request: &PageRequest,
    competition: &CompetitionEntry,
    alarms: &AlarmCount,
) -> Option<Markup> {
    let total: usize = alarms.by_kind.values().sum();
    (total > 0).then(|| {
        html! {
            li {
                a href=(request.link(&format!("/competitions/{}/alarms", competition.id))) { (competition.title) }
                span {
                    (request.either(format!("{total}条预警"), count(total, "alarm", "alarms")))
                    @if let Some(at) = alarms.newest { (request.t("，最近 ", ", the newest ")) (request.time(at)) }
                }
            }
        }
    })
}

pub(super) fn none(request: &PageRequest) -> Markup {
    notice(Tone::Good, &html! { p { (request.t("各届均无预警。", "No competition has alarms.")) } })
}
