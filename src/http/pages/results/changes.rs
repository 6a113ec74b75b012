//! What a version of the tally changed of the one before.

use super::super::prelude::*;
use super::tallies::version;
use super::{api, application, competition, of_competition};
use crate::actions::closing;
use crate::actions::names::NamedCompetition;
use crate::domain::closing::{GivenAward, PlaceChange, Placing};
use crate::domain::scoring::{Note, Status};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/tallies/{number}/changes", Action::ReadRanking, changes)]
}

async fn changes(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let (id, number) = (competition.id, request.id("number")?);
    let view = closing::changes(&request.service, &request.context, id, number).await?;
    let content = html! {
        p.lead {
            @if request.is_chinese() { "第" (view.number) "版与第" (view.before_number) "版相比，" (view.changes.len()) "件申报的结果不同。" }
            @else { "Compared with version " (view.before_number) ", " (count(view.changes.len(), "application stands", "applications stand")) " otherwise." }
        }
        @if view.changes.is_empty() {
            (empty(&html! { p { (request.t("名次、得分和入选结果均无变化。", "No place, score or award changed.")) } }))
        } @else { (table(&request, &competition, &view.changes)) }
        div.buttons.screen {
            a.button href=(request.link(&format!("/competitions/{id}/tallies/{number}"))) { (request.t("查看这一版排名", "The ranking of this version")) }
            (print_button(&request))
        }
    };
    let title = request.either(format!("第{number}版的变化"), format!("Changes of version {number}"));
    Ok(of_competition(&request, &competition, "/tallies", title, &content)
        .crumb(format!("/competitions/{id}/tallies"), request.t("汇总与排名", "Tallies and ranking"))
        .crumb(format!("/competitions/{id}/tallies/{number}"), version(&request, number))
        .data(api(id, &format!("/tallies/{number}/changes"))))
}

fn table(request: &PageRequest, competition: &NamedCompetition, changes: &[PlaceChange]) -> Markup {
    Table::new(request.t("结果有变化的申报", "Applications that stand otherwise"), changes)
        .head(request.t("申报", "Application"), |change| {
            application(request, competition, change.application_id)
        })
        .column(request.t("原结果", "Before"), |change| {
            placing(request, competition, change.before.as_ref())
        })
        .column(request.t("现结果", "Now"), |change| placing(request, competition, change.after.as_ref()))
        .render()
}

fn placing(request: &PageRequest, competition: &NamedCompetition, placing: Option<&Placing>) -> Markup {
    let Some(placing) = placing else {
        return html! { span.muted { (request.t("不在汇总中", "not in the tally")) } };
    };
    let status = match placing.status {
        Status::Ranked => "",
        Status::Incomplete => request.t("评审不完整", "incomplete"),
        Status::Vetoed => request.t("一票否决", "vetoed"),
    };
    html! {
        @if let Some(place) = placing.place {
            @if request.is_chinese() { "第" (place) "名" } @else { "Place " (place) }
        } @else { (status) }
        @if let Some(score) = &placing.score { (request.t("，", ", ")) (request.either(format!("{score}分"), count(score, "point", "points"))) }
        @if let Some(award) = &placing.award { (request.t("，", ", ")) (given_words(request, competition, award)) }
        @if placing.note == Some(Note::NeedsRuling) { (request.t("，待裁定", ", waits for a ruling")) }
    }
}

fn given_words(request: &PageRequest, competition: &NamedCompetition, given: &GivenAward) -> String {
    match given {
        GivenAward::Award(key) => award_words(competition, key),
        GivenAward::Reserve => request.t("储备", "reserve").to_owned(),
    }
}

pub(super) fn award_words(competition: &NamedCompetition, key: &str) -> String {
    let awards = &competition.rules.tally.rules.awards;
    let award = awards.iter().find(|award| award.key.as_str() == key);
    award.map_or_else(|| key.to_owned(), |award| award.name.clone())
}
