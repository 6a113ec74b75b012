//! Dots along a scale.

use std::cmp::Reverse;

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{AXIS, BAR, Chart, ROW, Scale, THICK, percent, words};
use crate::domain::values::Language;

/// How many points of a panel lie on each other before they are drawn closer.
const LOOSE_STACK: usize = 3;

/// Points on a line for each row: how far apart the sheets of an application are. `low` and `high` are the ends of the
/// scale; equal values lie on each other.
pub(in crate::http::pages) fn dot_plot(
    title: &str,
    rows: &[(String, Vec<Decimal>)],
    low: Decimal,
    high: Decimal,
    language: Language,
) -> Markup {
    let Some(widest) = rows.iter().min_by_key(|row| Reverse(spread(&row.1))) else {
        return Markup::default();
    };
    let scale = Scale::new(low, high);
    let height = AXIS + ROW * rows.len();
    let told = |values: &[Decimal]| {
        language.pick(format!("极差 {}", spread(values)), format!("spread {}", spread(values)))
    };
    let drawing = html! {
        (scale.axis(height))
        @for (index, (label, values)) in rows.iter().enumerate() {
            @let y = AXIS + ROW * index;
            (words(y, label, &told(values)))
            (dots(y + BAR + THICK, values, &scale))
        }
    };
    Chart {
        title,
        finding: language.pick(
            format!("相差最大的是{}，{}", widest.0, told(&widest.1)),
            format!("the furthest apart is {}, {}", widest.0, told(&widest.1)),
        ),
        key: Markup::default(),
        drawing,
        height,
        head: language.pick(["", "各评分", "极差"], ["", "Scores", "Spread"]).map(str::to_owned).into(),
        body: rows
            .iter()
            .map(|(label, values)| {
                let given: Vec<String> = values.iter().map(Decimal::to_string).collect();
                vec![label.clone(), given.join(language.pick("、", ", ")), spread(values).to_string()]
            })
            .collect(),
        language,
    }
    .render()
}

/// The greatest value less the smallest.
pub(super) fn spread(values: &[Decimal]) -> Decimal {
    let (low, high) = (values.iter().min(), values.iter().max());
    low.zip(high).map_or(Decimal::ZERO, |(low, high)| high - low)
}

/// The points of one row above the line at `y`.
pub(super) fn dots(y: usize, values: &[Decimal], scale: &Scale) -> Markup {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    html! {
        line class="chart-grid" x1="0%" x2="100%" y1=(y) y2=(y) {}
        @if let (Some(first), Some(last)) = (sorted.first(), sorted.last()) {
            line class="chart-range" x1=(percent(scale.at(*first))) x2=(percent(scale.at(*last))) y1=(y - 5) y2=(y - 5) {}
        }
        @for equal in sorted.chunk_by(|left, right| left == right) {
            @for (index, value) in equal.iter().enumerate() {
                @let lift = if equal.len() > LOOSE_STACK { 12 * index / (equal.len() - 1) } else { 5 * index };
                circle class="chart-dot" cx=(percent(scale.at(*value))) cy=(y - 5 - lift) r="5" { title { (value) } }
            }
        }
    }
}
