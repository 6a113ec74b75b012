//! The desks of applicants and city reviewers: what is due, the most urgent first.

use super::super::prelude::*;
use super::super::words::time_left;
use super::context::chain;
use super::list::{stage, title};
use crate::actions::applications::{self, ApplicationEntry, Wanted};
use crate::actions::desks::{self, DeskApplication, DeskCompetition};
use crate::actions::recommendations;
use crate::domain::application::{ApplicationState, ConsentState};
use crate::domain::competition::CompetitionState;
use crate::domain::time::Timestamp;

/// The most applications of a city that are looked at.
const MOST: usize = 500;

/// Something that is due.
struct Due {
    until: Option<Timestamp>,
    page: String,
    words: String,
    about: String,
}

/// What is due, the most urgent first.
fn due_list(request: &PageRequest, mut dues: Vec<Due>) -> Markup {
    dues.sort_by_key(|due| (due.until.is_none(), due.until));
    let now = request.context.received_at;
    html! {
        h2 { (request.t("要办的事", "What is due")) }
        @if dues.is_empty() {
            (empty(&html! { p { (request.t("现在没有要办的事。", "Nothing is due now.")) } }))
        } @else {
            ul.tasks { @for due in &dues { li {
                div {
                    a href=(request.link(&due.page)) { (due.words) }
                    br; span.muted { (due.about) }
                }
                @if let Some(until) = due.until {
                    span { (request.t("截止：", "until ")) strong { (request.time(until)) } }
                    @if until < now { (tag(request.t("已逾期", "late"), Tone::Bad)) }
                    @else { (left(request, until)) }
                }
            } } }
        }
    }
}

/// How long there is left; said loudly in the last three days.
fn left(request: &PageRequest, until: Timestamp) -> Markup {
    let days = until.seconds_since(request.context.received_at) / 86_400;
    let words = time_left(until, request.context.received_at, request.language);
    tag(&words, if days < 3 { Tone::Warning } else { Tone::Neutral })
}

/// The desk of an applicant.
pub(super) async fn of_applicant(request: &PageRequest) -> Result<Markup> {
    let desk = desks::of_applicant(&request.service, &request.context).await?;
    let dues = desk.applications.iter().flat_map(|application| dues_of(request, application)).collect();
    Ok(html! {
        (due_list(request, dues))
        (open_competitions(request, &desk.competitions))
        h2 { (request.t("我的申报", "My applications")) }
        (own_table(request, &desk.applications, &desk.competitions))
        p {
            a href=(request.link("/applications")) { (request.t("全部申报", "All applications")) } " · "
            a href=(request.link("/my-titles")) { (request.t("称号与年度报告", "Titles and yearly reports")) }
        }
    })
}

fn dues_of(request: &PageRequest, of: &DeskApplication) -> Vec<Due> {
    let page = format!("/applications/{}", of.entry.id);
    let about = title(request, &of.entry);
    let mut dues = Vec::new();
    let mut add = |until: Option<Timestamp>, below: &str, words: &str| {
        dues.push(Due {
            until,
            page: format!("{page}{below}"),
            words: words.to_owned(),
            about: about.clone(),
        });
    };
    if !of.lead {
        if of.consent == ConsentState::Asked && of.until.is_some() {
            add(of.until, "/consent", request.t("签署参加意见", "Sign your region's consent"));
        }
        return dues;
    }
    if of.until.is_some() {
        let words = match of.entry.state {
            ApplicationState::Returned => {
                request.t("按退回意见修改并重新提交", "Change what was sent back, and submit again")
            }
            ApplicationState::Correction => request.t("补正并提交", "Correct and submit"),
            _ => request.t("填写并提交申报", "Fill in and submit"),
        };
        add(of.until, "", words);
    }
    if of.sign_inspection {
        add(None, "/inspection", request.t("签署考察记录", "Sign the record of the inspection"));
    }
    if of.comment_until.is_some_and(|until| until >= request.context.received_at) {
        add(
            of.comment_until,
            "/inspection",
            request.t("核对核定数值，可提出意见", "Look at the verified values; you may comment"),
        );
    }
    if of.rectify_until.is_some() {
        add(of.rectify_until, "/inspection", request.t("整改并答复", "Put right and answer"));
    }
    if of.questions > 0 {
        add(None, "/objections", request.t("就异议作出说明", "State your view of an objection"));
    }
    dues
}

/// Competitions in which an application may be begun.
fn open_competitions(request: &PageRequest, competitions: &[DeskCompetition]) -> Markup {
    let now = request.context.received_at;
    let open = competitions.iter().filter(|competition| {
        let period = &competition.rules.settings.calendar.application;
        competition.state == CompetitionState::Application && period.from <= now && now <= period.until
    });
    html! {
        h2 { (request.t("正在接受申报的竞赛", "Competitions that take applications")) }
        div.cards { @for competition in open.clone() {
            article.card {
                h3 { a href=(request.link(&format!("/editions/{}", competition.id))) { (competition.rules.settings.title) } }
                p { (stage(request, competition)) }
                div.buttons {
                    a.button href=(request.link(&format!("/competitions/{}/apply", competition.id))) { (request.t("新的申报", "New application")) }
                }
            }
        } }
        @if open.count() == 0 { p.muted { (request.t("现在没有。", "None now.")) } }
    }
}

fn own_table(request: &PageRequest, own: &[DeskApplication], competitions: &[DeskCompetition]) -> Markup {
    let page = |of: &DeskApplication| request.link(&format!("/applications/{}", of.entry.id));
    let competition = |of: &DeskApplication| {
        competitions.iter().find(|competition| competition.id == of.entry.competition_id)
    };
    Table::new(request.t("本地区牵头或参加的申报", "Applications that your region leads or takes part in"), own)
        .head(request.t("申报", "Application"), |of| {
            html! {
                a href=(page(of)) { (title(request, &of.entry)) }
                @if !of.lead { (request.t("（成员）", " (member)")) }
            }
        })
        .column(request.t("产业链", "Chain"), |of| {
            html! {
                @if let Some(competition) = competition(of) { (chain(&competition.rules.catalogue, of.entry.chain.number)) }
            }
        })
        .column(request.t("竞赛阶段", "The competition's stage"), |of| competition_state(request, of.competition))
        .column(request.t("状态", "State"), |of| {
            html! {
                (application_state(request, of.entry.state))
                @if matches!(of.entry.state, ApplicationState::NotRecommended | ApplicationState::Rejected) {
                    " " a href=(page(of)) { (request.t("理由和咨询方式", "Why, and whom to ask")) }
                }
            }
        })
        .column(request.t("查看", "See"), |of| {
            html! {
                @if of.entry.state == ApplicationState::Accepted && of.competition >= CompetitionState::Scoring {
                    a href=(format!("{}/inspection", page(of))) { (request.t("考察", "Inspection")) }
                }
                @if of.entry.state == ApplicationState::Accepted && of.competition >= CompetitionState::Notice {
                    " · "
                    a href=(format!("{}/result", page(of))) { (request.t("结果", "Result")) }
                }
            }
        })
        .empty(request.t("本地区还没有申报。", "Your region has no applications yet."))
        .render()
}

/// The desk of a city reviewer.
pub(super) async fn of_reviewer(request: &PageRequest) -> Result<Markup> {
    let city = request.caller()?.region.clone().ok_or_else(Error::not_found)?;
    let competitions = desks::competitions(&request.service).await?;
    let wanted = Wanted { city: Some(city.clone()), ..Wanted::default() };
    let filed = applications::list(&request.service, &request.context, wanted, MOST).await?.items;
    let mut dues = Vec::new();
    let reviewing = |competition: &&DeskCompetition| {
        matches!(competition.state, CompetitionState::Application | CompetitionState::Recommendation)
    };
    for competition in competitions.iter().filter(reviewing) {
        let list =
            recommendations::read(&request.service, &request.context, competition.id, city.clone()).await?;
        if list.sealed_at.is_some() {
            continue;
        }
        let own = filed.iter().filter(|entry| entry.competition_id == competition.id);
        let waiting = own.filter(|entry| entry.state == ApplicationState::Submitted).count();
        let words = if competition.state == CompetitionState::Application {
            request.t("审核已提交的申报", "Review what is submitted")
        } else {
            request.t("排定推荐名单并封存", "Put the list in order and seal it")
        };
        let about = request.either(
            format!(
                "{}：待审{waiting}件，名单{}件，名额{}个",
                competition.rules.settings.title,
                list.entries.len(),
                list.quota
            ),
            format!(
                "{}: {waiting} to review, {} on the list, quota {}",
                competition.rules.settings.title,
                list.entries.len(),
                list.quota
            ),
        );
        dues.push(Due {
            until: Some(competition.rules.settings.calendar.recommendation.until),
            page: format!("/competitions/{}/recommendations/{city}", competition.id),
            words: words.to_owned(),
            about,
        });
    }
    Ok(html! {
        (due_list(request, dues))
        h2 { (request.t("各届竞赛", "Competitions")) }
        (reviewer_competitions(request, &competitions, &filed, &city.to_string()))
    })
}

fn reviewer_competitions(
    request: &PageRequest,
    competitions: &[DeskCompetition],
    filed: &[ApplicationEntry],
    city: &str,
) -> Markup {
    let count = |competition: &DeskCompetition| {
        filed.iter().filter(|entry| entry.competition_id == competition.id).count()
    };
    Table::new(request.t("各届竞赛中本市的申报", "Your city's applications in each competition"), competitions)
        .head(request.t("竞赛", "Competition"), |competition| &competition.rules.settings.title)
        .column(request.t("阶段", "Stage"), |competition| stage(request, competition))
        .number(request.t("本市申报", "Applications"), |competition| html! {
            a href=(request.link(&format!("/applications?competition_id={}", competition.id))) { (count(competition)) }
        })
        .column(request.t("查看", "See"), |competition| html! {
            @let page = format!("/competitions/{}", competition.id);
            a href=(request.link(&format!("{page}/recommendations/{city}"))) { (request.t("推荐名单", "Recommendation list")) } " · "
            a href=(request.link(&format!("{page}/duplicates"))) { (request.t("查重", "Duplicates")) }
        })
        .empty(request.t("还没有启动的竞赛。", "No competition has been called yet."))
        .render()
}
