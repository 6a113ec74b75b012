//! Alarms: what a supervisor should look at, edition by edition, with the rules by which it was found.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::audit::around;
use crate::actions::alarms::{
    AlarmCount, AlarmPersonView, AlarmRuleView, AlarmSubject, AlarmView, AlarmsView, EDITIONS, count_alarms,
    read_alarms,
};
use crate::actions::competitions::{self, CompetitionEntry};
use crate::domain::alarms::AlarmKind;
use crate::domain::ids::CompetitionId;

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("/alarms", Action::ReadAlarms, editions),
        page("/competitions/{competition_id}/alarms", Action::ReadAlarms, of_edition),
    ]
}

/// Editions with how many alarms each has.
pub(super) async fn counted(
    asked: &Asked,
    before: Option<CompetitionId>,
) -> Result<(Vec<(CompetitionEntry, AlarmCount)>, Option<String>)> {
    let page = competitions::list(&asked.service, &asked.visit, before, EDITIONS).await?;
    let ids: Vec<CompetitionId> = page.items.iter().map(|edition| edition.id).collect();
    let counts = count_alarms(&asked.service, &asked.visit, ids).await?;
    let mut counts: BTreeMap<CompetitionId, AlarmCount> =
        counts.into_iter().map(|count| (count.competition, count)).collect();
    let both = page.items.into_iter().filter_map(|edition| {
        let count = counts.remove(&edition.id)?;
        Some((edition, count))
    });
    Ok((both.collect(), page.next_cursor))
}

/// What of it is an edition's count, by rule.
fn by_kind(asked: &Asked, edition: CompetitionId, count: &AlarmCount) -> Markup {
    html! {
        @for (kind, number) in &count.by_kind {
            a href=(asked.link(&format!("/competitions/{edition}/alarms?kind={kind}"))) { (kind.in_language(asked.language)) " " (number) } " "
        }
    }
}

async fn editions(asked: Rc<Asked>) -> Result<Shown> {
    let (editions, next) = counted(&asked, asked.parameter("cursor")).await?;
    let table = Table::new(asked.t("各届的预警", "Alarms by edition"), &editions)
        .head(asked.t("竞赛", "Edition"), |(edition, _)| html! { a href=(asked.link(&format!("/competitions/{}/alarms", edition.id))) { (edition.title) } })
        .column(asked.t("阶段", "Stage"), |(edition, _)| competition_state(&asked, edition.state))
        .number(asked.t("预警数", "Alarms"), |(_, count)| count.by_kind.values().sum::<usize>())
        .column(asked.t("最近一次", "Newest"), |(_, count)| count.newest.map(|at| asked.time(at)).unwrap_or_default())
        .column(asked.t("其中", "Of which"), |(edition, count)| by_kind(&asked, edition.id, count))
        .empty(asked.t("还没有竞赛。办公室建立竞赛后，预警会出现在这里。", "There is no edition yet. Alarms appear here once the office has made one."));
    let content = html! {
        p.lead { (asked.t(
            "预警提示您留意什么，不说明谁有错；预警从不参与评分。规则写在每届的预警页上。",
            "An alarm says what to look at, not that anybody did wrong; it never takes part in scoring. Each edition's page states the rules.",
        )) }
        (table.render())
        (List::new(&asked, "/alarms").pages(next.as_deref()))
    };
    Ok(Shown::new(asked.t("预警", "Alarms"), content).data("/api/v1/competitions"))
}

async fn of_edition(asked: Rc<Asked>) -> Result<Shown> {
    let id: CompetitionId = asked.id("competition_id")?;
    let view = read_alarms(&asked.service, &asked.visit, id).await?;
    let edition = competitions::read(&asked.service, &asked.visit, id).await?;
    let kind: Option<AlarmKind> = asked.parameter("kind");
    let shown: Vec<&AlarmView> =
        view.alarms.iter().filter(|alarm| kind.is_none_or(|kind| alarm.kind == kind)).collect();
    let content = html! {
        (edition_views(&asked, id, "/alarms"))
        p.lead { (asked.t(
            "预警提示您留意什么，不说明谁有错；从不参与评分，申报单位、专家和办公室都看不到。",
            "An alarm says what to look at, not that anybody did wrong; it never takes part in scoring, and neither applicants, experts nor the office see it.",
        )) }
        (rules(&asked, id, &view, kind))
        h2 {
            @match kind {
                Some(kind) => (kind.in_language(asked.language)),
                None => (asked.t("全部预警，最近的在前", "All alarms, newest first")),
            }
        }
        @if shown.is_empty() {
            (empty(&html! { p { (asked.t("按这些规则没有发现需要留意的情况。", "By these rules there is nothing to look at.")) } }))
        } @else {
            (print_button(&asked))
            (table(&asked, id, &shown))
        }
    };
    Ok(Shown::new(asked.t("预警", "Alarms"), content)
        .crumb("/alarms", asked.t("预警", "Alarms"))
        .crumb(format!("/competitions/{id}"), edition.settings.title)
        .data(format!("/api/v1/competitions/{id}/alarms")))
}

/// The rules with how many each found; choosing one shows its alarms alone.
fn rules(asked: &Asked, id: CompetitionId, view: &AlarmsView, chosen: Option<AlarmKind>) -> Markup {
    let found = |rule: &AlarmRuleView| {
        html! {
            @if rule.found == 0 { "0" } @else {
                a href=(asked.link(&format!("/competitions/{id}/alarms?kind={}", rule.kind)))
                    aria-label=(format!("{} {}", rule.kind.in_language(asked.language), rule.found))
                    aria-current=[(chosen == Some(rule.kind)).then_some("true")] { (rule.found) }
            }
        }
    };
    let tone = |rule: &AlarmRuleView| if rule.found == 0 { Tone::Neutral } else { Tone::Warning };
    Table::new(asked.t("规则与数量", "Rules and how many each found"), &view.rules)
        .head(asked.t("规则", "Rule"), |rule| tag(rule.kind.in_language(asked.language), tone(rule)))
        .number(asked.t("数量", "Found"), |rule| found(rule))
        .column(asked.t("含义与阈值", "Meaning and threshold"), |rule| asked.t(&rule.zh, &rule.en))
        .render()
}

fn people(asked: &Asked, people: &[AlarmPersonView]) -> Markup {
    html! {
        @for (index, person) in people.iter().enumerate() {
            @if index > 0 { (asked.t("、", ", ")) }
            @match person.account_id {
                Some(account) => a href=(asked.link(&format!("/accounts/{account}"))) { (person.name) },
                None => (person.name),
            }
        }
    }
}

/// The page of what an alarm is about.
fn thing(id: CompetitionId, alarm: &AlarmView) -> Option<String> {
    let application = alarm.application_id.map(|application| format!("/applications/{application}"));
    let number = alarm.number.map(|number| number.to_string()).unwrap_or_default();
    match alarm.subject {
        AlarmSubject::Sheet => application.map(|page| format!("{page}/sheets")),
        AlarmSubject::Submission => application.map(|page| format!("{page}/submissions/{number}")),
        AlarmSubject::Inspection | AlarmSubject::Increase => {
            application.map(|page| format!("{page}/inspection"))
        }
        AlarmSubject::Adjustments => application.map(|page| format!("{page}/adjustments")),
        AlarmSubject::List => {
            alarm.city.as_ref().map(|city| format!("/competitions/{id}/recommendations/{city}"))
        }
        AlarmSubject::Tally => Some(format!("/competitions/{id}/tallies/{number}/changes")),
        AlarmSubject::Settings => Some(format!("/competitions/{id}/versions/{number}")),
        AlarmSubject::Document => Some(format!("/audit?competition={id}&action=document.damaged")),
        AlarmSubject::File => Some(format!("/audit?competition={id}&action=file.quarantined")),
        AlarmSubject::Clock => Some("/audit?action=clock.jumped".to_owned()),
        AlarmSubject::SignIns => Some("/audit?action=session.log_in".to_owned()),
        AlarmSubject::Reset => Some("/audit?action=account.reset".to_owned()),
        AlarmSubject::Opened => Some("/audit?action=account.invite".to_owned()),
    }
}

fn thing_words(asked: &Asked, alarm: &AlarmView) -> String {
    let words = match alarm.subject {
        AlarmSubject::Sheet => asked.t("评分表", "Score sheets"),
        AlarmSubject::Submission => asked.t("提交的内容", "What was submitted"),
        AlarmSubject::List => asked.t("推荐名单", "The list"),
        AlarmSubject::Inspection | AlarmSubject::Increase => asked.t("考察", "The inspection"),
        AlarmSubject::Adjustments => asked.t("加分扣分", "Bonuses and deductions"),
        AlarmSubject::Tally => asked.t("该版汇总的变化", "What that tally changed"),
        AlarmSubject::Settings => asked.t("该版设置", "That version of the settings"),
        AlarmSubject::Document | AlarmSubject::File | AlarmSubject::Clock => {
            asked.t("审计记录", "The audit trail")
        }
        AlarmSubject::SignIns => asked.t("登录记录", "Sign-ins"),
        AlarmSubject::Reset => asked.t("账号重置记录", "Resets of accounts"),
        AlarmSubject::Opened => asked.t("账号开立记录", "Accounts that were opened"),
    };
    match &alarm.application_number {
        Some(number) => format!("{number} {words}"),
        None => words.to_owned(),
    }
}

fn table(asked: &Asked, id: CompetitionId, alarms: &[&AlarmView]) -> Markup {
    Table::new(asked.t("预警", "Alarms"), alarms.iter().copied())
        .column(asked.t("时间", "When"), |alarm| asked.time(alarm.at))
        .column(asked.t("规则", "Rule"), |alarm| tag(alarm.kind.in_language(asked.language), Tone::Warning))
        .column(asked.t("发现", "What was found"), |alarm| asked.told_of(&alarm.zh, &alarm.en))
        .column(asked.t("操作人", "Done by"), |alarm| people(asked, &alarm.by))
        .column(asked.t("涉及人员", "About whom"), |alarm| people(asked, &alarm.experts))
        .column(asked.t("查看", "Look at"), |alarm| html! {
            @if let Some(page) = thing(id, alarm) { a href=(asked.link(&page)) { (thing_words(asked, alarm)) } }
            br;
            a.muted href=(asked.link(&around(id, alarm.at))) { (asked.t("当时的审计记录", "The trail at that time")) }
        })
        .render()
}

/// A line for the desk, where an edition has any.
pub(super) fn line(asked: &Asked, edition: &CompetitionEntry, count: &AlarmCount) -> Option<Markup> {
    let total: usize = count.by_kind.values().sum();
    (total > 0).then(|| {
        html! {
            li {
                a href=(asked.link(&format!("/competitions/{}/alarms", edition.id))) { (edition.title) }
                span {
                    (if asked.is_chinese() { format!("{total}条预警") } else { format!("{total} alarms") })
                    @if let Some(at) = count.newest { (asked.t("，最近 ", ", the newest ")) (asked.time(at)) }
                }
            }
        }
    })
}

/// That there are none.
pub(super) fn none(asked: &Asked) -> Markup {
    notice(Tone::Good, &html! { p { (asked.t("各届均无预警。", "No edition has alarms.")) } })
}
