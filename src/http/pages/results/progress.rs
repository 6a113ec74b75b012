//! How a competition goes on: by city, by panel, what is late and by whom; and reminding those who are.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::super::charts::line;
use super::super::fields::Fields;
use super::super::prelude::*;
use super::{api, competition, number_or_none, of_competition, track_words};
use crate::actions::names::{ApplicationName, NamedCompetition};
use crate::actions::progress::{
    self, CityProgressView, PanelProgressView, ProgressView, RemindersView, TaskView,
};
use crate::domain::application::ApplicationState;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::time::Timestamp;

/// The most things that are named of one person; the rest are counted.
const MOST_NAMED: usize = 20;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/progress", Action::ReadProgress, board)]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![Reveal {
        method: Method::Post,
        path: "/api/v1/competitions/{competition_id}/reminders",
        show: reminded,
    }]
}

async fn board(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let view = progress::read(&request.service, &request.context, id).await?;
    let signed = progress::signatures(&request.service, &request.context, id).await?;
    let content = html! {
        // Where scripts run the board is asked for again every half minute; without, the page shows how it was.
        div id="board" hx-get=(request.link(&request.here)) hx-trigger="every 30s" hx-select="#board" hx-swap="outerHTML" {
            (overview(&request, &view))
            (tasks(&request, &competition, &view))
            (signatures(&request, &signed))
            (panels(&request, &competition, &view.panels))
            (cities(&request, &view.cities))
        }
        (remind(&request, &competition, &view))
        div.buttons.screen {
            a.button.secondary href=(request.link(&format!("/competitions/{id}/letters"))) { (request.t("查看函件", "See the letters")) }
            a.button.secondary href=(request.link(&format!("/competitions/{id}/closing"))) { (request.t("查看下一阶段的前提", "What blocks the next stage")) }
            (print_button(&request))
        }
    };
    let title = request.t("进度", "Progress");
    Ok(of_competition(&request, &competition, "/progress", title, &content)
        .document_if(!view.panels.is_empty(), &printed::BLANK_SHEETS, api(id, "/panels"))
        .data(api(id, "/progress"))
        .table(&tables::PROGRESS, api(id, "/progress")))
}

fn overview(request: &PageRequest, view: &ProgressView) -> Markup {
    let late = view.tasks.iter().filter(|task| task.late).count();
    let (due, signed) = sums(&view.panels);
    html! {
        p.muted { (request.t("截至 ", "As of ")) (request.time(request.service.clock.now())) }
        (facts(&[
            (request.t("当前阶段", "Stage"), html! { (view.state.in_language(request.language)) }),
            (request.t("本阶段截止", "Deadline of the stage"), deadline(request, view.due_at)),
            (request.t("待办事项", "Still to be done"), number_or_none(request, view.tasks.len())),
            (request.t("其中逾期", "Late"), if late == 0 { number_or_none(request, 0) } else { html! { (late) " " (tag(request.t("逾期", "late"), Tone::Bad)) } }),
            (request.t("评分表", "Score sheets"), html! {
                @if due == 0 { span.muted { (request.t("尚未分配", "none assigned yet")) } } @else { (ratio(request, signed, due)) }
            }),
            (request.t("考察", "Inspections"), inspections(request, view)),
        ]))
    }
}

fn inspections(request: &PageRequest, view: &ProgressView) -> Markup {
    html! {
        @if view.inspections.is_empty() { span.muted { (request.t("尚未安排", "none planned yet")) } }
        @for (index, (state, number)) in view.inspections.iter().enumerate() {
            @if index > 0 { (request.t("，", ", ")) }
            (state.in_language(request.language)) " " (number)
        }
    }
}

fn sums(panels: &[PanelProgressView]) -> (usize, usize) {
    let experts = || panels.iter().flat_map(|panel| &panel.experts);
    (experts().map(|expert| expert.sheets).sum(), experts().map(|expert| expert.signed).sum())
}

fn deadline(request: &PageRequest, until: Option<Timestamp>) -> Markup {
    html! { @match until { Some(until) => (request.time(until)), None => span.muted { (request.t("未定", "none")) } } }
}

/// A share as figures and as a bar.
fn ratio(request: &PageRequest, part: usize, whole: usize) -> Markup {
    let told =
        if request.is_chinese() { format!("{part}，共{whole}") } else { format!("{part} of {whole}") };
    html! { meter min="0" max=(whole.max(1)) value=(part) aria-label=(told) {} " " span.number { (part) "/" (whole) } }
}

/// What one person or office still has to do.
struct Owed<'a> {
    who: &'a str,
    tasks: Vec<&'a TaskView>,
    late: usize,
    due: Option<Timestamp>,
}

fn owed(tasks: &[TaskView]) -> Vec<Owed<'_>> {
    let mut by_person: BTreeMap<&str, Vec<&TaskView>> = BTreeMap::new();
    for task in tasks {
        by_person.entry(&task.who_name).or_default().push(task);
    }
    let mut owed: Vec<Owed<'_>> = by_person
        .into_iter()
        .map(|(who, tasks)| Owed {
            who,
            late: tasks.iter().filter(|task| task.late).count(),
            due: tasks.iter().filter_map(|task| task.due_at).min(),
            tasks,
        })
        .collect();
    owed.sort_by(|one, other| other.late.cmp(&one.late).then(other.tasks.len().cmp(&one.tasks.len())));
    owed
}

/// Applications by their numbers.
type Numbered<'a> = BTreeMap<&'a str, (&'a ApplicationId, &'a ApplicationName)>;

fn tasks(request: &PageRequest, competition: &NamedCompetition, view: &ProgressView) -> Markup {
    let by_number =
        competition.applications.iter().map(|(id, name)| (name.number.as_str(), (id, name))).collect();
    let table =
        Table::new(request.t("逾期多的在前", "Those with most that is late come first"), owed(&view.tasks))
            .head(request.t("责任人", "Who"), |owed| owed.who)
            .number(request.t("待办", "To do"), |owed| owed.tasks.len())
            .number(request.t("逾期", "Late"), |owed| {
                html! {
                    (owed.late) @if owed.late > 0 { " " (tag(request.t("逾期", "late"), Tone::Bad)) }
                }
            })
            .column(request.t("最早期限", "Earliest due"), |owed| deadline(request, owed.due))
            .column(request.t("事项", "Item"), |owed| owed_by_kind(request, &by_number, owed))
            .empty(nothing_due(request, view.state));
    html! {
        h2 { (request.t("待办与逾期，按责任人", "To be done, and late, by whom")) }
        (table.render())
    }
}

/// All that somebody still has to do, folded by its kind.
fn owed_by_kind(request: &PageRequest, by_number: &Numbered<'_>, owed: &Owed<'_>) -> Markup {
    let mut kinds: BTreeMap<&str, Vec<&TaskView>> = BTreeMap::new();
    for task in &owed.tasks {
        kinds.entry(task.kind.in_language(request.language)).or_default().push(task);
    }
    html! {
        @for (kind, tasks) in &kinds {
            details {
                summary { (kind) (request.aside(&tasks.len())) }
                ul { @for task in tasks.iter().take(MOST_NAMED) { li { (about(request, by_number, task)) } } }
                @if tasks.len() > MOST_NAMED {
                    p.muted { (more(request, tasks.len() - MOST_NAMED)) }
                }
            }
        }
    }
}

fn more(request: &PageRequest, rest: usize) -> String {
    request.either(
        format!("另有{rest}项，见本页数据（JSON）。"),
        format!("and {rest} more: see the data of this page."),
    )
}

fn about(request: &PageRequest, by_number: &Numbered<'_>, task: &TaskView) -> Markup {
    let number = task.about.as_deref();
    let found = number.and_then(|number| by_number.get(number));
    html! {
        @match (found, number) {
            (Some((id, name)), _) => a href=(request.link(&format!("/applications/{id}"))) { (name.number) " " (name.title) },
            (None, Some(number)) => (number),
            (None, None) => (task.kind.in_language(request.language)),
        }
        @if let Some(due) = task.due_at { (request.t("，期限 ", ", due ")) (request.time(due)) }
        @if task.late { " " (tag(request.t("逾期", "late"), Tone::Bad)) }
    }
}

fn nothing_due(request: &PageRequest, state: CompetitionState) -> &'static str {
    let (zh, en) = match state {
        CompetitionState::Draft => {
            ("竞赛尚未发布，没有待办事项。", "The competition is not called yet; there is nothing to do.")
        }
        CompetitionState::Selection => (
            "评分已结束。下一步：复核汇总、审议遴选、发布公示。",
            "Scoring is closed. Next: confirm the tally, deliberate, put the list on notice.",
        ),
        CompetitionState::Announced => {
            ("本届已公布，没有待办事项。", "The competition is announced; there is nothing left to do.")
        }
        _ => ("本阶段没有待办事项。", "There is nothing left to do at this stage."),
    };
    if request.is_chinese() { zh } else { en }
}

/// How many sheets were signed until which day.
fn signatures(request: &PageRequest, signed: &[(NaiveDate, u64)]) -> Markup {
    if signed.len() < 2 {
        return Markup::default();
    }
    line(request.t("累计签署的评分表", "Sheets signed so far"), signed, request.language)
}

fn panels(request: &PageRequest, competition: &NamedCompetition, panels: &[PanelProgressView]) -> Markup {
    if panels.is_empty() {
        return Markup::default();
    }
    let table = |panel: &PanelProgressView| {
        let caption =
            html! { (request.t("评审组：", "Panel: ")) (track_words(request, competition, &panel.key)) };
        Table::new(caption, &panel.experts)
            .head(request.t("专家", "Expert"), |expert| {
                html! {
                    a href=(request.link(&format!("/experts/{}", expert.expert_id))) { (expert.name) }
                }
            })
            .column(request.t("回避声明", "Declaration"), |expert| {
                if expert.declared {
                    tag(request.t("已签署", "signed"), Tone::Good)
                } else {
                    tag(request.t("未签署", "not signed"), Tone::Warning)
                }
            })
            .number(request.t("应签", "Due"), |expert| expert.sheets)
            .number(request.t("已动笔", "Begun"), |expert| expert.begun)
            .column(request.t("已签署", "Signed"), |expert| ratio(request, expert.signed, expert.sheets))
            .render()
    };
    html! {
        h2 { (request.t("专家与评分表", "Experts and their sheets")) }
        @for panel in panels { (table(panel)) }
    }
}

fn cities(request: &PageRequest, cities: &[CityProgressView]) -> Markup {
    let states: Vec<ApplicationState> = ApplicationState::ALL
        .iter()
        .copied()
        .filter(|state| cities.iter().any(|city| city.application_counts.contains_key(state)))
        .collect();
    let table = Table::new(request.t("各状态的件数", "How many stand where"), cities)
        .head(request.t("设区市", "City"), |city| &city.city.name)
        .each(states, |table, state| {
            table.number(state.in_language(request.language), move |city| {
                city.application_counts.get(&state).copied().unwrap_or(0)
            })
        })
        .number(request.t("合计", "Total"), |city| city.application_counts.values().sum::<usize>())
        .column(request.t("推荐名单", "Recommendation list"), |city| {
            if city.application_counts.is_empty() {
                tag(request.t("无申报", "nothing submitted"), Tone::Neutral)
            } else if city.is_sealed {
                tag(request.t("已封存", "sealed"), Tone::Good)
            } else {
                tag(request.t("未封存", "not sealed"), Tone::Warning)
            }
        })
        .scrolled();
    let without = cities.iter().filter(|city| city.application_counts.is_empty()).count();
    html! {
        h2 { (request.t("各设区市的申报", "Applications by city")) }
        @if without > 0 {
            p { (request.either(
                format!("{}个设区市中，{without}个没有提交申报。", cities.len()),
                format!("{without} of {} submitted no application.", count(cities.len(), "city", "cities")),
            )) }
        }
        (table.render())
    }
}

fn remind(request: &PageRequest, competition: &NamedCompetition, view: &ProgressView) -> Markup {
    if request.role() != Some(Role::Office) || view.tasks.is_empty() {
        return Markup::default();
    }
    let form = request.form(Method::Post, api(competition.id, "/reminders")).once();
    html! {
        section.screen {
            h2 { (request.t("催办", "Remind")) }
            p { (request.t(
                "给每位尚有待办事项的申报单位、设区市和专家各发一封函件，列明全部事项和期限；同一人一天最多一封。",
                "One letter to each applicant, city and expert who still has something to do, with all of it and by when; at most one a person and day.",
            )) }
            (form.render(&form.button("发出催办函", "Send the reminders")))
        }
    }
}

/// What reminding came to.
fn reminded(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let view: RemindersView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let content = html! {
        (facts(&[
            (request.t("写好并待发送的函件", "Letters written"), number_or_none(request, view.written)),
            (request.t("今天已催办过、不再重复", "Reminded today already"), number_or_none(request, view.already)),
            (request.t("没有邮箱、须另行联系", "Without an address"), number_or_none(request, view.without_address.len())),
        ]))
        @if !view.without_address.is_empty() {
            (notice(Tone::Warning, &html! {
                p { (request.t("以下责任人没有登记邮箱，请电话联系：", "No address is known of these; call them:")) }
                ul { @for who in &view.without_address { li { (who) } } }
            }))
        }
        div.buttons {
            a.button href=(request.link(&request.here)) { (request.t("回到进度", "Back to the progress")) }
            a.button.secondary href=(request.link(&request.here.replace("/progress", "/letters"))) { (request.t("查看函件", "See the letters")) }
        }
    };
    Ok(Page::new(request.t("催办结果", "Reminders"), content))
}
