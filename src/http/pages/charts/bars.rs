//! Bars of counts, and of parts.

use std::cmp::Reverse;

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{AXIS, BAR, Chart, ROW, Scale, THICK, bar, percent, words};
use crate::domain::values::Language;

/// Looks of series in the style sheet. Dark and light ones take turns, so that neighbours differ without colour, too.
const LOOKS: usize = 8;

/// A row of [`stacked_bars`].
pub(in crate::http::pages) struct StackedRow {
    /// Whose bar it is.
    pub(in crate::http::pages) label: String,
    /// The parts, one for each series, none below zero.
    pub(in crate::http::pages) values: Vec<Decimal>,
    /// The sum as the record has it: parts may have been rounded.
    pub(in crate::http::pages) total: Decimal,
}

/// Bars of parts that make up a whole: the points by criterion of each application. `maximum` is what a full bar means.
pub(in crate::http::pages) fn stacked_bars(
    title: &str,
    rows: &[StackedRow],
    series: &[&str],
    maximum: Decimal,
    language: Language,
) -> Markup {
    let Some(best) = rows.iter().min_by_key(|row| Reverse(row.total)) else { return Markup::default() };
    let scale = Scale::new(Decimal::ZERO, maximum);
    let height = AXIS + ROW * rows.len();
    let drawing = html! {
        (scale.axis(height))
        @for (index, row) in rows.iter().enumerate() {
            @let y = AXIS + ROW * index;
            (words(y, &row.label, &format!("{} / {maximum}", row.total)))
            (parts(y + BAR, row, series, &scale))
        }
    };
    Chart {
        title,
        finding: language.pick(
            format!("最高的是{}，{}（满分{maximum}）", best.label, best.total),
            format!("the highest is {} with {} of {maximum}", best.label, best.total),
        ),
        key: key(series),
        drawing,
        height,
        head: [""]
            .iter()
            .chain(series)
            .chain(&[language.pick("合计", "Total")])
            .map(|words| (*words).to_owned())
            .collect(),
        body: rows
            .iter()
            .map(|row| {
                let parts = (0..series.len()).map(|index| row.values.get(index).map(Decimal::to_string));
                let parts = parts.map(Option::unwrap_or_default);
                [row.label.clone()].into_iter().chain(parts).chain([row.total.to_string()]).collect()
            })
            .collect(),
        language,
    }
    .render()
}

/// The parts of one bar, one after another.
fn parts(y: usize, row: &StackedRow, series: &[&str], scale: &Scale) -> Markup {
    let mut end = Decimal::ZERO;
    html! {
        @for (index, (value, name)) in row.values.iter().zip(series).enumerate() {
            @let start = end;
            @let () = end += *value;
            @let width = scale.at(end) - scale.at(start);
            @let look = index % LOOKS;
            g {
                title { (name) "：" (value) }
                rect class=(format!("chart-part chart-look-{look}")) x=(percent(scale.at(start))) y=(y) width=(percent(width)) height=(THICK) {}
                // Figures stand where there is room for them at the width of a telephone.
                @if width >= Decimal::TEN {
                    text class=(format!("chart-on-{look}")) x=(percent(scale.at(start) + width / Decimal::TWO)) y=(y + 12) text-anchor="middle" { (value) }
                }
            }
        }
    }
}

/// What the looks of the series mean, in the order of the bars' parts.
fn key(series: &[&str]) -> Markup {
    html! {
        ul.chart-key {
            @for (index, name) in series.iter().enumerate() {
                li {
                    svg width="14" height="14" aria-hidden="true" {
                        rect class=(format!("chart-look-{}", index % LOOKS)) width="14" height="14" {}
                    }
                    (name)
                }
            }
        }
    }
}

/// Bars of counts: applications by cluster or city. The longest bar is the greatest count.
pub(in crate::http::pages) fn bars(title: &str, rows: &[(String, u64)], language: Language) -> Markup {
    let Some(most) = rows.iter().min_by_key(|row| Reverse(row.1)) else { return Markup::default() };
    let scale = Scale::new(Decimal::ZERO, Decimal::from(most.1));
    let drawing = html! {
        @for (index, (label, count)) in rows.iter().enumerate() {
            (words(ROW * index, label, &count.to_string()))
            (bar("chart-bar", ROW * index + BAR, Decimal::ZERO, scale.at(Decimal::from(*count))))
        }
    };
    Chart {
        title,
        finding: language.pick(
            format!("最多的是{}，{}", most.0, most.1),
            format!("the most is {} with {}", most.0, most.1),
        ),
        key: Markup::default(),
        drawing,
        height: ROW * rows.len(),
        head: language.pick(["", "数量"], ["", "Count"]).map(str::to_owned).into(),
        body: rows.iter().map(|(label, count)| vec![label.clone(), count.to_string()]).collect(),
        language,
    }
    .render()
}

/// The points of one application against the most that each criterion gives: label, points, maximum.
pub(in crate::http::pages) fn criterion_bars(
    title: &str,
    rows: &[(String, Decimal, Decimal)],
    language: Language,
) -> Markup {
    let head = language.pick(["指标", "得分", "满分"], ["Criterion", "Points", "Maximum"]);
    let finding = |best: &str, worst: &str| {
        language.pick(
            format!("得分率最高的是{best}，最低的是{worst}"),
            format!("the strongest is {best}, the weakest is {worst}"),
        )
    };
    part_bars(title, head, rows, finding, language)
}

/// A part of a whole in each row: label, part, whole. `finding` is told where the greatest and the least share is.
pub(in crate::http::pages) fn part_bars(
    title: &str,
    head: [&str; 3],
    rows: &[(String, Decimal, Decimal)],
    finding: impl Fn(&str, &str) -> String,
    language: Language,
) -> Markup {
    let share = |row: &(String, Decimal, Decimal)| Scale::new(Decimal::ZERO, row.2).at(row.1);
    let (Some(most), Some(least)) =
        (rows.iter().min_by_key(|row| Reverse(share(row))), rows.iter().min_by_key(|row| share(row)))
    else {
        return Markup::default();
    };
    let drawing = html! {
        @for (index, row) in rows.iter().enumerate() {
            @let y = ROW * index;
            (words(y, &row.0, &format!("{} / {}", row.1, row.2)))
            (bar("chart-track", y + BAR, Decimal::ZERO, Decimal::ONE_HUNDRED))
            (bar("chart-bar", y + BAR, Decimal::ZERO, share(row)))
        }
    };
    Chart {
        title,
        finding: finding(&most.0, &least.0),
        key: Markup::default(),
        drawing,
        height: ROW * rows.len(),
        head: head.map(str::to_owned).into(),
        body: rows.iter().map(|row| vec![row.0.clone(), row.1.to_string(), row.2.to_string()]).collect(),
        language,
    }
    .render()
}
