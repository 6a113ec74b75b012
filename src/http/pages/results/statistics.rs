//! Statistics of a competition: where applications come from and how far they came, their totals, what they lost points for.

use rust_decimal::Decimal;

use super::super::charts::part_bars;
use super::super::prelude::*;
use super::{api, competition, of_competition};
use crate::actions::statistics::{self, StatisticsView};
use crate::domain::statistics::{Dimension, IndicatorLoss, StatisticsRow};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/competitions/{competition_id}/statistics", Action::ReadRanking, statistics)]
}

async fn statistics(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let view = statistics::read(&request.service, &request.context, id).await?;
    let content = html! {
        p.lead { (request.t(
            "申报为提交过的（含后来撤回的），推荐为在封存的推荐名单上的，考察为考察组已签署记录的，入选以现行公布为准。平均分按汇总的小数位数四舍六入五成双。",
            "Applied: ever submitted, withdrawn ones included. Recommended: on a city's sealed list. Inspected: with a record that its team has signed. Won: on the announcement that holds. Means have the places of the tally, halves to even.",
        )) }
        (basis(&request, &view))
        @for dimension in Dimension::ALL { (section(&request, &view, *dimension)) }
        (losses(&request, &view.indicators))
        (print_button(&request))
    };
    Ok(of_competition(&request, &competition, "/statistics", request.t("统计", "Statistics"), &content)
        .landscape()
        .data(api(id, "/statistics"))
        .table(&tables::STATISTICS, api(id, "/statistics")))
}

/// Which tally, and which competition the changes are against.
fn basis(request: &PageRequest, view: &StatisticsView) -> Markup {
    html! {
        @if let Some(number) = view.tally_number {
            p { (request.either(format!("得分以汇总第{number}版为准。"), format!("Totals are those of version {number} of the tally."))) }
        } @else {
            p { (request.t("评分尚未结束，还没有得分。", "Scoring is not closed: there are no totals yet.")) }
        }
        @if let Some(before) = &view.before {
            p {
                (request.t("括号内为与上届相比的增减，上届：", "In brackets, the change against the competition before: "))
                a href=(request.link(&format!("/competitions/{}/statistics", before.competition_id))) { (before.title) }
            }
        } @else {
            p.muted { (request.t("没有更早公布的竞赛可比。", "No earlier competition was announced, so there is nothing to compare with.")) }
        }
    }
}

fn section(request: &PageRequest, view: &StatisticsView, dimension: Dimension) -> Markup {
    let rows: Vec<&StatisticsRow> = view.rows.iter().filter(|row| row.by == dimension).collect();
    let name = dimension.in_language(request.language);
    html! {
        @if !rows.is_empty() {
            h2 { @if request.is_chinese() { "按" (name) } @else { "By " (name.to_lowercase()) } }
            (table(request, name, &rows))
            @if dimension != Dimension::Competition { (chart(request, name, &rows)) }
        }
    }
}

fn table(request: &PageRequest, name: &str, rows: &[&StatisticsRow]) -> Markup {
    let counted = |count: u64, change: Option<i64>| {
        html! {
            (count) @if let Some(change) = change.filter(|change| *change != 0) { " " span.muted { (bracketed(request, &change.to_string())) } }
        }
    };
    macro_rules! counts {
        ($table:expr, $($member:ident, $zh:literal, $en:literal);+) => {
            $table$(.number(request.t($zh, $en), move |row: &&StatisticsRow| {
                counted(row.$member, row.change.as_ref().map(|change| change.$member))
            }))+
        };
    }
    let table = Table::new("", rows.iter().copied()).head(name, |row| &row.name);
    let table = counts!(
        table,
        applied_count, "申报数", "Applied";
        recommended_count, "推荐数", "Recommended by cities";
        accepted_count, "受理数", "Accepted applications";
        inspected_count, "考察数", "Inspected";
        ranked_count, "排名数", "Applications ranked";
        winner_count, "入选数", "Won"
    );
    table
        .number(request.t("平均分", "Mean"), |row| {
            let change = row.change.as_ref().and_then(|change| change.mean.as_deref());
            html! { (row.mean.as_deref().unwrap_or("—")) @if let Some(change) = change { " " span.muted { (bracketed(request, change)) } } }
        })
        .number(request.t("最低—最高总分", "Totals, lowest – highest"), |row| {
            html! { @if let (Some(low), Some(high)) = (&row.lowest, &row.highest) { (low) "–" (high) } @else { "—" } }
        })
        .scrolled()
        .render()
}

/// A change, in brackets and with its sign.
fn bracketed(request: &PageRequest, change: &str) -> String {
    let signed = match change.strip_prefix('-') {
        Some(less) => format!("−{less}"),
        None if change.bytes().all(|byte| matches!(byte, b'0' | b'.')) => change.to_owned(),
        None => format!("+{change}"),
    };
    request.either(format!("（{signed}）"), format!("({signed})"))
}

/// How many of what applied won.
fn chart(request: &PageRequest, name: &str, rows: &[&StatisticsRow]) -> Markup {
    let drawn: Vec<(String, Decimal, Decimal)> = rows
        .iter()
        .filter(|row| row.applied_count > 0)
        .map(|row| (row.name.clone(), Decimal::from(row.winner_count), Decimal::from(row.applied_count)))
        .collect();
    let title = request.either(
        format!("入选与申报（按{name}）"),
        format!("Winners among applications, by {}", name.to_lowercase()),
    );
    let head = [name, request.t("入选数", "Won"), request.t("申报数", "Applied")];
    let finding = |most: &str, least: &str| {
        request.either(
            format!("入选比例最高的是{most}，最低的是{least}"),
            format!("the greatest share won in {most}, the least in {least}"),
        )
    };
    part_bars(&title, head, &drawn, finding, request.language)
}

/// What ranked applications lost at each indicator.
fn losses(request: &PageRequest, indicators: &[IndicatorLoss]) -> Markup {
    if indicators.is_empty() {
        return Markup::default();
    }
    let decimal = |text: &str| text.parse::<Decimal>().unwrap_or_default();
    let drawn: Vec<(String, Decimal, Decimal)> = indicators
        .iter()
        .map(|loss| (loss.name.clone(), decimal(&loss.lost), decimal(&loss.possible)))
        .collect();
    let title = request.t("各指标平均失分", "Points lost by indicator");
    let head = [
        request.t("指标", "Indicator"),
        request.t("平均失分", "Lost, in the mean"),
        request.t("满分", "Full marks"),
    ];
    let finding = |most: &str, least: &str| {
        request.either(
            format!("失分比例最高的是{most}，最低的是{least}"),
            format!("the greatest share was lost at {most}, the least at {least}"),
        )
    };
    html! {
        h2 { (title) }
        p { (request.t("参加排名的申报在该指标上的满分减去得分，取平均。", "The most that an indicator gives less what it gave, as a mean over the ranked applications.")) }
        (Table::new("", indicators)
            .head(head[0], |loss| &loss.name)
            .column(request.t("所属标准", "Criterion"), |loss| &loss.criterion)
            .number(head[2], |loss| &loss.possible)
            .number(head[1], |loss| html! {
                (loss.lost) @if let Some(change) = &loss.lost_change { " " span.muted { (bracketed(request, change)) } }
            })
            .scrolled()
            .render())
        (part_bars(title, head, &drawn, finding, request.language))
    }
}
