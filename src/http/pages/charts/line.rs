//! A line over time.

use chrono::NaiveDate;
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{AXIS, Chart, FIELD, Scale, day, percent};
use crate::domain::values::Language;

/// Beyond so many points, their marks would hide the line.
const MARKED_POINTS: usize = 40;

/// A count over time: sheets signed so far, say. Points lie where their dates are, earliest first; the axis begins at
/// zero.
pub(in crate::http::pages) fn line(title: &str, points: &[(NaiveDate, u64)], language: Language) -> Markup {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Markup::default() };
    let across = Scale::new(day(first.0), day(last.0));
    let step = tick_step(points.iter().map(|point| point.1).max().unwrap_or(0));
    let top = step * points.iter().map(|point| point.1.div_ceil(step)).max().unwrap_or(0).max(1);
    let up = Scale::new(Decimal::ZERO, Decimal::from(top));
    let y = |count: u64| {
        let share = up.at(Decimal::from(count)) / Decimal::ONE_HUNDRED;
        ((Decimal::ONE - share) * Decimal::from(FIELD) + Decimal::from(AXIS)).round_dp(1).normalize()
    };
    let at = |date: NaiveDate| percent(across.at(day(date)));
    let marked = if points.len() > MARKED_POINTS { points.len() - 1 } else { 0 };
    let drawing = html! {
        @for tick in (0..=top / step).map(|index| index * step) {
            line class="chart-grid" x1="0%" x2="100%" y1=(y(tick)) y2=(y(tick)) {}
            text class="chart-tick" x="0%" dx="8" y=(y(tick) - Decimal::from(4)) { (tick) }
        }
        @for pair in points.windows(2) {
            line class="chart-line" x1=(at(pair[0].0)) y1=(y(pair[0].1)) x2=(at(pair[1].0)) y2=(y(pair[1].1)) {}
        }
        @for (date, count) in &points[marked..] {
            circle class="chart-dot" cx=(at(*date)) cy=(y(*count)) r="4" { title { (date) "：" (count) } }
        }
        text class="chart-value" x=(at(last.0)) y=(y(last.1) - Decimal::from(9)) text-anchor=(if across.is_point() { "start" } else { "end" }) { (last.1) }
        text class="chart-tick" x="0%" y=(AXIS + FIELD + 20) { (first.0) }
        @if !across.is_point() {
            text class="chart-tick" x="100%" y=(AXIS + FIELD + 20) text-anchor="end" { (last.0) }
        }
    };
    Chart {
        title,
        finding: language.pick(
            format!("{}为{}，{}为{}", first.0, first.1, last.0, last.1),
            format!("{} on {}, {} on {}", first.1, first.0, last.1, last.0),
        ),
        key: Markup::default(),
        drawing,
        height: AXIS + FIELD + AXIS,
        head: language.pick(["日期", "数量"], ["Date", "Count"]).map(str::to_owned).into(),
        body: points.iter().map(|(date, count)| vec![date.to_string(), count.to_string()]).collect(),
        language,
    }
    .render()
}

/// The step of an axis that takes at most five steps to `greatest`: 1, 2 or 5, times a power of ten.
pub(super) fn tick_step(greatest: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if greatest.div_ceil(step) <= 5 {
                return step;
            }
        }
        power *= 10;
    }
}
