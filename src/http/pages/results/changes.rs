//! What a version of the tally changed of the one before.

use super::super::prelude::*;
use super::tallies::version;
use super::{api, application, edition, of_edition};
use crate::actions::closing;
use crate::actions::names::NamedCompetition;
use crate::domain::closing::{GivenAward, PlaceChange, Placing};
use crate::domain::scoring::{Note, Status};

pub(super) fn pages() -> Vec<Page> {
    vec![page("/competitions/{competition_id}/tallies/{number}/changes", Action::ReadRanking, changes)]
}

async fn changes(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let (id, number) = (edition.id, asked.id("number")?);
    let view = closing::changes(&asked.service, &asked.visit, id, number).await?;
    let content = html! {
        p.lead {
            @if asked.is_chinese() { "第" (view.number) "版与第" (view.before) "版相比，" (view.changes.len()) "件申报的结果不同。" }
            @else { "Compared with version " (view.before) ", " (view.changes.len()) " applications stand otherwise." }
        }
        @if view.changes.is_empty() {
            (empty(&html! { p { (asked.t("名次、得分和入选结果均无变化。", "No place, score or award changed.")) } }))
        } @else { (table(&asked, &edition, &view.changes)) }
        div.buttons.screen {
            a.button href=(asked.link(&format!("/competitions/{id}/tallies/{number}"))) { (asked.t("查看这一版排名", "The ranking of this version")) }
            (print_button(&asked))
        }
    };
    let title = asked.either(format!("第{number}版的变化"), format!("Changes of version {number}"));
    Ok(of_edition(&asked, &edition, "/tallies", title, &content)
        .crumb(format!("/competitions/{id}/tallies"), asked.t("汇总与排名", "Tallies and ranking"))
        .crumb(format!("/competitions/{id}/tallies/{number}"), version(&asked, number))
        .data(api(id, &format!("/tallies/{number}/changes"))))
}

fn table(asked: &Asked, edition: &NamedCompetition, changes: &[PlaceChange]) -> Markup {
    Table::new(asked.t("结果有变化的申报", "Applications that stand otherwise"), changes)
        .head(asked.t("申报", "Application"), |change| application(asked, edition, change.application))
        .column(asked.t("原结果", "Before"), |change| placing(asked, edition, change.before.as_ref()))
        .column(asked.t("现结果", "Now"), |change| placing(asked, edition, change.after.as_ref()))
        .render()
}

fn placing(asked: &Asked, edition: &NamedCompetition, placing: Option<&Placing>) -> Markup {
    let Some(placing) = placing else {
        return html! { span.muted { (asked.t("不在汇总中", "not in the tally")) } };
    };
    let status = match placing.status {
        Status::Ranked => "",
        Status::Incomplete => asked.t("评审不完整", "incomplete"),
        Status::Vetoed => asked.t("一票否决", "vetoed"),
    };
    html! {
        @if let Some(place) = placing.place {
            @if asked.is_chinese() { "第" (place) "名" } @else { "Place " (place) }
        } @else { (status) }
        @if let Some(score) = &placing.score { (asked.t("，", ", ")) (score) (asked.t("分", " points")) }
        @if let Some(award) = &placing.award { (asked.t("，", ", ")) (given_words(asked, edition, award)) }
        @if placing.note == Some(Note::NeedsRuling) { (asked.t("，待裁定", ", waits for a ruling")) }
    }
}

fn given_words(asked: &Asked, edition: &NamedCompetition, given: &GivenAward) -> String {
    match given {
        GivenAward::Award(key) => award_words(edition, key),
        GivenAward::Reserve => asked.t("储备", "reserve").to_owned(),
    }
}

/// The name of an award by its key.
pub(super) fn award_words(edition: &NamedCompetition, key: &str) -> String {
    let awards = &edition.rules.tally.rules.awards;
    let award = awards.iter().find(|award| award.key.as_str() == key);
    award.map_or_else(|| key.to_owned(), |award| award.name.clone())
}
