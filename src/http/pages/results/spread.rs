//! Charts of a ranking: points by criterion, and how far apart the sheets of an application are.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::super::charts::{StackedRow, dot_plot, stacked_bars};
use super::super::request::PageRequest;
use crate::actions::boards::{BoardCriterion, BoardRow};
use crate::domain::scoring::Fate;
use crate::domain::values::count;

/// The most applications that a chart shows: the best ones.
const MOST_DRAWN: usize = 20;

/// The charts of a track, of its ranked applications in the order of places.
pub(super) fn charts(
    request: &PageRequest,
    criteria: &[BoardCriterion],
    full_marks: &str,
    rows: &[&BoardRow],
) -> Markup {
    if rows.is_empty() {
        return Markup::default();
    }
    let drawn = &rows[..rows.len().min(MOST_DRAWN)];
    html! {
        @if rows.len() > drawn.len() {
            p.muted {
                @if request.is_chinese() { "图中为前" (drawn.len()) "件，共" (rows.len()) "件；其余见上表。" }
                @else { "The charts show the first " (drawn.len()) " of " (rows.len()) "; the table above has all." }
            }
        }
        (by_criterion(request, criteria, full_marks, drawn))
        (by_sheet(request, drawn))
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn label(row: &BoardRow) -> String {
    format!("{}. {}", row.place.unwrap_or_default(), row.title)
}

fn by_criterion(
    request: &PageRequest,
    criteria: &[BoardCriterion],
    full_marks: &str,
    rows: &[&BoardRow],
) -> Markup {
    let drawn: Vec<StackedRow> = rows
        .iter()
        .map(|row| StackedRow {
            label: label(row),
            values: row.criteria.iter().map(|points| decimal(points)).collect(),
            total: decimal(row.score.as_deref().unwrap_or_default()),
        })
        .collect();
    let series: Vec<&str> = criteria.iter().map(|criterion| criterion.name.as_str()).collect();
    let title = request.t(
        "各项指标得分（数字为含加减分的总分）",
        "Points by criterion; the figures are totals with adjustments",
    );
    stacked_bars(title, &drawn, &series, decimal(full_marks), request.language)
}

fn by_sheet(request: &PageRequest, rows: &[&BoardRow]) -> Markup {
    let drawn: Vec<(String, Vec<Decimal>)> = rows
        .iter()
        .filter(|row| !row.sheets.is_empty())
        .map(|row| (label(row), row.sheets.iter().map(|sheet| decimal(&sheet.total).round_dp(2)).collect()))
        .collect();
    let values = || drawn.iter().flat_map(|(_, values)| values);
    let (Some(low), Some(high)) = (values().min(), values().max()) else {
        return html! { p.muted { (request.t(
            "本届规则按指标合并各专家的分数，评分表没有各自的总分，故不画离散图。",
            "By this competition's rules scores are combined by indicator and sheets have no totals of their own, so no spread is drawn.",
        )) } };
    };
    let title =
        request.t("各评分表的合计（专家评分部分）", "What each sheet comes to (the part that experts judge)");
    let dropped = rows.iter().flat_map(|row| &row.sheets).filter(|sheet| sheet.fate != Fate::Kept).count();
    html! {
        (dot_plot(title, &drawn, low.floor(), high.ceil(), request.language))
        @if dropped > 0 {
            p.muted {
                @if request.is_chinese() { "按规则去掉最高、最低的评分表共" (dropped) "份，图中仍然画出。" }
                @else { (count(dropped, "sheet was", "sheets were")) " dropped as highest or lowest by the rules, and drawn all the same." }
            }
        }
    }
}
