//! The desks of applicants and city reviewers: what is due, the most urgent first.

use super::super::prelude::*;
use super::super::words::time_left;
use super::context::chain;
use super::list::{stage, title};
use crate::actions::applications::{self, ApplicationEntry, Wanted};
use crate::actions::desks::{self, DeskApplication, DeskEdition};
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
fn due_list(asked: &Asked, mut dues: Vec<Due>) -> Markup {
    dues.sort_by_key(|due| (due.until.is_none(), due.until));
    let now = asked.visit.received_at;
    html! {
        h2 { (asked.t("要办的事", "What is due")) }
        @if dues.is_empty() {
            (empty(&html! { p { (asked.t("现在没有要办的事。", "Nothing is due now.")) } }))
        } @else {
            ul.tasks { @for due in &dues { li {
                div {
                    a href=(asked.link(&due.page)) { (due.words) }
                    br; span.muted { (due.about) }
                }
                @if let Some(until) = due.until {
                    span { (asked.t("截止：", "until ")) strong { (asked.time(until)) } }
                    @if until < now { (tag(asked.t("已过期", "late"), Tone::Bad)) }
                    @else { (left(asked, until)) }
                }
            } } }
        }
    }
}

/// How long there is left; said loudly in the last three days.
fn left(asked: &Asked, until: Timestamp) -> Markup {
    let days = until.seconds_since(asked.visit.received_at) / 86_400;
    let words = time_left(until, asked.visit.received_at, asked.language);
    tag(&words, if days < 3 { Tone::Warning } else { Tone::Neutral })
}

/// The desk of an applicant.
pub(super) async fn of_applicant(asked: &Asked) -> Result<Markup> {
    let desk = desks::of_applicant(&asked.service, &asked.visit).await?;
    let dues = desk.applications.iter().flat_map(|application| dues_of(asked, application)).collect();
    Ok(html! {
        (due_list(asked, dues))
        (open_editions(asked, &desk.editions))
        h2 { (asked.t("我的申报", "My applications")) }
        (own_table(asked, &desk.applications, &desk.editions))
        p {
            a href=(asked.link("/applications")) { (asked.t("全部申报", "All applications")) } " · "
            a href=(asked.link("/my-titles")) { (asked.t("称号与年度报告", "Titles and yearly reports")) }
        }
    })
}

fn dues_of(asked: &Asked, of: &DeskApplication) -> Vec<Due> {
    let page = format!("/applications/{}", of.entry.id);
    let about = title(asked, &of.entry);
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
            add(of.until, "/consent", asked.t("签署参加意见", "Sign your region's consent"));
        }
        return dues;
    }
    if of.until.is_some() {
        let words = match of.entry.state {
            ApplicationState::Returned => {
                asked.t("按退回意见修改并重新提交", "Change what was sent back, and submit again")
            }
            ApplicationState::Correction => asked.t("补正并提交", "Correct and submit"),
            _ => asked.t("填写并提交申报", "Fill in and submit"),
        };
        add(of.until, "", words);
    }
    if of.sign_inspection {
        add(None, "/inspection", asked.t("签署考察记录", "Sign the record of the inspection"));
    }
    if of.comment_until.is_some_and(|until| until >= asked.visit.received_at) {
        add(
            of.comment_until,
            "/inspection",
            asked.t("核对核定数值，可提出意见", "Look at the verified values; you may comment"),
        );
    }
    if of.rectify_until.is_some() {
        add(of.rectify_until, "/inspection", asked.t("整改并答复", "Put right and answer"));
    }
    if of.questions > 0 {
        add(None, "/objections", asked.t("就异议作出说明", "State your view of an objection"));
    }
    dues
}

/// Editions in which an application may be begun.
fn open_editions(asked: &Asked, editions: &[DeskEdition]) -> Markup {
    let now = asked.visit.received_at;
    let open = editions.iter().filter(|edition| {
        let period = &edition.rules.settings.calendar.application;
        edition.state == CompetitionState::Application && period.from <= now && now <= period.until
    });
    html! {
        h2 { (asked.t("正在接受申报的竞赛", "Editions that take applications")) }
        div.cards { @for edition in open.clone() {
            article.card {
                h3 { a href=(asked.link(&format!("/editions/{}", edition.id))) { (edition.rules.settings.title) } }
                p { (stage(asked, edition)) }
                div.buttons {
                    a.button href=(asked.link(&format!("/competitions/{}/apply", edition.id))) { (asked.t("新的申报", "Begin an application")) }
                }
            }
        } }
        @if open.count() == 0 { p.muted { (asked.t("现在没有。", "None now.")) } }
    }
}

fn own_table(asked: &Asked, own: &[DeskApplication], editions: &[DeskEdition]) -> Markup {
    let page = |of: &DeskApplication| asked.link(&format!("/applications/{}", of.entry.id));
    let edition =
        |of: &DeskApplication| editions.iter().find(|edition| edition.id == of.entry.competition_id);
    Table::new(asked.t("本地区牵头或参加的申报", "Applications that your region leads or takes part in"), own)
        .head(asked.t("申报", "Application"), |of| {
            html! {
                a href=(page(of)) { (title(asked, &of.entry)) }
                @if !of.lead { (asked.t("（成员）", " (member)")) }
            }
        })
        .column(asked.t("产业链", "Chain"), |of| {
            html! {
                @if let Some(edition) = edition(of) { (chain(&edition.rules.catalogue, of.entry.chain)) }
            }
        })
        .column(asked.t("竞赛阶段", "The edition's stage"), |of| competition_state(asked, of.edition))
        .column(asked.t("状态", "State"), |of| {
            html! {
                (application_state(asked, of.entry.state))
                @if matches!(of.entry.state, ApplicationState::NotRecommended | ApplicationState::Rejected) {
                    " " a href=(page(of)) { (asked.t("理由和咨询方式", "Why, and whom to ask")) }
                }
            }
        })
        .column(asked.t("查看", "See"), |of| {
            html! {
                @if of.entry.state == ApplicationState::Accepted && of.edition >= CompetitionState::Scoring {
                    a href=(format!("{}/inspection", page(of))) { (asked.t("考察", "Inspection")) }
                }
                @if of.entry.state == ApplicationState::Accepted && of.edition >= CompetitionState::Notice {
                    " · "
                    a href=(format!("{}/result", page(of))) { (asked.t("结果", "Result")) }
                }
            }
        })
        .empty(asked.t("本地区还没有申报。", "Your region has no applications yet."))
        .render()
}

/// The desk of a city reviewer.
pub(super) async fn of_reviewer(asked: &Asked) -> Result<Markup> {
    let city = asked.caller()?.region.clone().ok_or_else(Error::not_found)?;
    let editions = desks::editions(&asked.service).await?;
    let wanted = Wanted { city: Some(city.clone()), ..Wanted::default() };
    let filed = applications::list(&asked.service, &asked.visit, wanted, MOST).await?.items;
    let mut dues = Vec::new();
    let reviewing = |edition: &&DeskEdition| {
        matches!(edition.state, CompetitionState::Application | CompetitionState::Recommendation)
    };
    for edition in editions.iter().filter(reviewing) {
        let list = recommendations::read(&asked.service, &asked.visit, edition.id, city.clone()).await?;
        if list.sealed_at.is_some() {
            continue;
        }
        let own = filed.iter().filter(|entry| entry.competition_id == edition.id);
        let waiting = own.filter(|entry| entry.state == ApplicationState::Submitted).count();
        let words = if edition.state == CompetitionState::Application {
            asked.t("审核已提交的申报", "Review what is submitted")
        } else {
            asked.t("排定推荐名单并封存", "Put the list in order and seal it")
        };
        let about = asked.either(
            format!(
                "{}：待审{waiting}件，名单{}件，名额{}个",
                edition.rules.settings.title,
                list.entries.len(),
                list.quota
            ),
            format!(
                "{}: {waiting} to review, {} on the list, quota {}",
                edition.rules.settings.title,
                list.entries.len(),
                list.quota
            ),
        );
        dues.push(Due {
            until: Some(edition.rules.settings.calendar.recommendation.until),
            page: format!("/competitions/{}/recommendations/{city}", edition.id),
            words: words.to_owned(),
            about,
        });
    }
    Ok(html! {
        (due_list(asked, dues))
        h2 { (asked.t("各届竞赛", "Editions")) }
        (reviewer_editions(asked, &editions, &filed, &city.to_string()))
    })
}

fn reviewer_editions(
    asked: &Asked,
    editions: &[DeskEdition],
    filed: &[ApplicationEntry],
    city: &str,
) -> Markup {
    let count =
        |edition: &DeskEdition| filed.iter().filter(|entry| entry.competition_id == edition.id).count();
    Table::new(asked.t("各届竞赛中本市的申报", "Your city's applications in each edition"), editions)
        .head(asked.t("竞赛", "Edition"), |edition| &edition.rules.settings.title)
        .column(asked.t("阶段", "Stage"), |edition| stage(asked, edition))
        .number(asked.t("本市申报", "Applications"), |edition| html! {
            a href=(asked.link(&format!("/applications?competition={}", edition.id))) { (count(edition)) }
        })
        .column(asked.t("查看", "See"), |edition| html! {
            @let page = format!("/competitions/{}", edition.id);
            a href=(asked.link(&format!("{page}/recommendations/{city}"))) { (asked.t("推荐名单", "List")) } " · "
            a href=(asked.link(&format!("{page}/duplicates"))) { (asked.t("查重", "Duplicates")) }
        })
        .empty(asked.t("还没有启动的竞赛。", "No edition has been called yet."))
        .render()
}
