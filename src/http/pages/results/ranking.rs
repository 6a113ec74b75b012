//! The ranking by a version of the tally: places and scores, what decided between neighbours, the spread of the sheets,
//! how far it is to the last seat.

use super::super::prelude::*;
use super::spread::charts;
use super::tallies::{confirmation, people};
use super::words::standing_reasons;
use super::{api, of_competition, track_words};
use crate::actions::boards::{BoardGroup, BoardRow, Decided, DecidedBy};
use crate::actions::closing::{self, RankedBoard};
use crate::domain::scoring::{Note, Status};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/tallies/{number}", Action::ReadRanking, ranking)]
}

async fn ranking(request: Rc<PageRequest>) -> Result<Page> {
    let (id, number) = (request.id("competition_id")?, request.id("number")?);
    let ranked = closing::board(&request.service, &request.context, id, Some(number)).await?;
    let competition = &ranked.competition;
    let content = html! {
        (head(&request, &ranked).await?)
        @for group in &ranked.board().groups { (track(&request, &ranked, group)) }
        (confirmation(&request, competition, &ranked.tally, ranked.latest)?)
        div.buttons.screen {
            @if number > 1 {
                a.button.secondary href=(request.link(&format!("/competitions/{id}/tallies/{number}/changes"))) { (request.t("与上一版对照", "Compared with the version before")) }
            }
            a.button.secondary href=(request.link(&format!("/competitions/{id}/selections"))) { (request.t("遴选", "Selection")) }
            (print_button(&request))
        }
    };
    let title = request
        .either(format!("排名（汇总第{number}版）"), format!("Ranking by version {number} of the tally"));
    Ok(of_competition(&request, competition, "/tallies", title, &content)
        .landscape()
        .crumb(format!("/competitions/{id}/tallies"), request.t("汇总与排名", "Tallies and ranking"))
        .data(api(id, &format!("/tallies/{number}")))
        .data(api(id, &format!("/tallies/{number}/ranking")))
        .document(&printed::RANKING, api(id, &format!("/tallies/{number}/ranking")))
        .table(&tables::RANKING, api(id, &format!("/tallies/{number}/ranking")))
        .table(&tables::EXPORT, api(id, "/export")))
}

async fn head(request: &PageRequest, ranked: &RankedBoard) -> Result<Markup> {
    let (competition, tally) = (&ranked.competition, &ranked.tally);
    let people = people(request, std::slice::from_ref(tally)).await?;
    let name = |id| people.get(&id).cloned().unwrap_or_default();
    Ok(html! {
        @if !ranked.latest {
            (notice(Tone::Warning, &html! { p {
                (request.t("这一版已被后来的版本取代。", "A later version replaces this one. "))
                a href=(request.link(&format!("/competitions/{}/tallies", competition.id))) { (request.t("查看各版", "All versions")) }
            } }))
        }
        @if ranked.board().groups.iter().any(|group| !group.complete) {
            (notice(Tone::Warning, &html! { p {
                (request.t("有申报并列，须作出裁定后才能审议。", "Some applications are equal: rule among them before the leading group deliberates. "))
                a href=(request.link(&format!("/competitions/{}/tallies", competition.id))) { (request.t("去裁定", "Rule")) }
            } }))
        }
        (facts(&[
            (request.t("理由", "Reason"), html! { (tally.reason) }),
            (request.t("填写人", "Prepared by"), html! { (name(tally.prepared_by)) (request.t("，", ", ")) (request.time(tally.prepared_at)) }),
            (request.t("复核人", "Confirmed by"), html! {
                @match (tally.confirmed_by, tally.confirmed_at) {
                    (Some(by), Some(at)) => { (name(by)) (request.t("，", ", ")) (request.time(at)) },
                    _ => (tag(request.t("未复核", "not confirmed"), Tone::Warning)),
                }
            }),
            (request.t("摘要", "Digest"), html! { code { (tally.digest) } }),
        ]))
        p.muted.screen {
            (request.t("任何人持冻结的汇总文件（本页数据第一项），用 ", "Whoever holds the frozen document (the first of this page's data) comes to the same places and scores by "))
            code { "qianglian tally" } (request.t(" 可算出同样的名次和得分。", "."))
        }
    })
}

fn track(request: &PageRequest, ranked: &RankedBoard, group: &BoardGroup) -> Markup {
    let competition = &ranked.competition;
    let (placed, others): (Vec<&BoardRow>, Vec<&BoardRow>) =
        group.rows.iter().partition(|row| row.place.is_some());
    let full_marks = competition.rules.tally.rubric.full_marks.to_string();
    html! {
        h2 { (track_words(request, competition, &group.track)) (request.aside(&placed.len())) }
        (table(request, ranked, &placed))
        (decisions(request, &placed))
        (charts(request, &ranked.board().criteria, &full_marks, &placed))
        @if !others.is_empty() { (unranked(request, ranked, &others)) }
    }
}

fn table(request: &PageRequest, ranked: &RankedBoard, rows: &[&BoardRow]) -> Markup {
    let caption = html! {
        (request.t("名次、得分与入选结果", "Places, scores and awards"))
        (request.t("；与末席之差：该件得分减去最后一个入选者的得分", "; margin: the score less that of the last who won an award"))
    };
    let spread = rows.iter().any(|row| !row.sheets.is_empty());
    Table::new(caption, rows.iter().copied())
        .number(request.t("名次", "Place"), |row| html! { @if let Some(place) = row.place { (place) } })
        .head(request.t("申报", "Application"), |row| named(request, ranked, row))
        .each(ranked.board().criteria.iter().enumerate(), |table, (place, criterion)| {
            table
                .number(criterion.name.as_str(), move |row| {
                    row.criteria.get(place).map_or("", |points| points)
                })
                .heading(html! { (criterion.name) " " span.muted { "/" (criterion.weight) } })
        })
        .number(request.t("加减分", "Adjustment"), |row| row.adjustment.as_deref().unwrap_or_default())
        .number(
            request.t("总分", "Total"),
            |row| html! { @if let Some(score) = &row.score { strong { (score) } } },
        )
        .number(
            request.t("与末席之差", "Margin"),
            |row| html! { @if let Some(margin) = &row.margin { (signed(margin)) } },
        )
        .when(spread, |table| {
            table.number(request.t("评分表最低—最高", "Sheets, lowest – highest"), |row| {
                html! { @if let Some((low, high)) = &row.range { (low) "–" (high) } }
            })
        })
        .column(request.t("奖项", "Award"), |row| award(request, row))
        .id(|row| format!("a-{}", row.application))
        .scrolled()
        .render()
}

fn named(request: &PageRequest, ranked: &RankedBoard, row: &BoardRow) -> Markup {
    let name = ranked.numbered.get(&row.application);
    html! {
        a href=(request.link(&format!("/applications/{}/sheets", row.application))) { (row.title) }
        @if let Some(name) = name { br; span.muted { (name.number) " · " (name.region) } }
    }
}

fn signed(margin: &str) -> String {
    let zero = margin.chars().all(|c| matches!(c, '0' | '.'));
    if margin.starts_with('-') || zero { margin.replace('-', "−") } else { format!("+{margin}") }
}

fn award(request: &PageRequest, row: &BoardRow) -> Markup {
    html! {
        @if let Some(award) = &row.award { (tag(award, Tone::Good)) }
        @if row.reserve { (tag(request.t("储备", "reserve"), Tone::Active)) }
        @if let Some(note) = row.note {
            " " (tag(note.in_language(request.language), if note == Note::NeedsRuling { Tone::Warning } else { Tone::Neutral }))
        }
    }
}

/// Where something else than the total put one before the next.
fn decisions(request: &PageRequest, rows: &[&BoardRow]) -> Markup {
    let pairs = rows.iter().zip(rows.iter().skip(1)).filter_map(|(first, second)| {
        let decided = second.decided.as_ref()?;
        (!matches!(decided.by, DecidedBy::Total)).then_some((first, second, decided))
    });
    let pairs: Vec<_> = pairs.collect();
    if pairs.is_empty() {
        return html! { p.muted { (request.t("没有总分相同的申报。", "No two totals are equal.")) } };
    }
    html! {
        h3 { (request.t("总分相同时如何排定", "How equal totals were put in order")) }
        ul {
            @for (first, second, decided) in &pairs {
                li {
                    a href=(format!("#a-{}", first.application)) { (first.title) }
                    (request.t(" 与 ", " and "))
                    a href=(format!("#a-{}", second.application)) { (second.title) }
                    (request.t("：", ": "))
                    (decision(request, decided))
                }
            }
        }
    }
}

fn decision(request: &PageRequest, decided: &Decided) -> Markup {
    html! {
        @match &decided.by {
            DecidedBy::Total => (request.t("总分高者在前", "the higher total comes first")),
            DecidedBy::Criterion(name) => {
                @if request.is_chinese() { "“" (name) "”得分高者在前" } @else { "the higher score in “" (name) "” comes first" }
                @if let Some((ours, theirs)) = &decided.figures { "（" (ours) " > " (theirs) "）" }
            },
            DecidedBy::Ruling => (request.t("按领导小组办公室的裁定", "by the office's ruling")),
            DecidedBy::Nothing => (request.t("并列，名次相同", "equal: they share a place")),
        }
    }
}

fn unranked(request: &PageRequest, ranked: &RankedBoard, rows: &[&BoardRow]) -> Markup {
    let tone = |row: &BoardRow| if row.status == Status::Vetoed { Tone::Bad } else { Tone::Warning };
    let caption = request.t("未参加排名的申报及原因", "Applications that are not ranked, and why");
    let table = Table::new(caption, rows.iter().copied())
        .head(request.t("申报", "Application"), |row| named(request, ranked, row))
        .column(request.t("情况", "State"), |row| tag(row.status.in_language(request.language), tone(row)))
        .column(request.t("原因", "Reason"), |row| standing_reasons(request, row.status, &row.reasons));
    html! { h3 { (request.t("未参加排名的申报", "Not ranked")) } (table.render()) }
}
