//! Stages along a calendar.

use chrono::{Datelike, Months, NaiveDate};
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{AXIS, BAR, Chart, ROW, Scale, anchor, bar, day, percent, words};
use crate::domain::values::Language;

/// Months named below a calendar, so that the names fit a telephone.
const NAMED_MONTHS: usize = 4;

/// Stages on a time axis, with a line for today. Each span is a label with its first and its last day.
pub(in crate::http::pages) fn calendar(
    title: &str,
    spans: &[(String, NaiveDate, NaiveDate)],
    today: NaiveDate,
    language: Language,
) -> Markup {
    let (Some(begin), Some(end)) =
        (spans.iter().map(|span| span.1).min(), spans.iter().map(|span| span.2).max())
    else {
        return Markup::default();
    };
    // A day lasts until the next one begins.
    let scale = Scale::new(day(begin), day(end) + Decimal::ONE);
    let height = AXIS + ROW * spans.len();
    let drawing = html! {
        (months(begin, end, height, &scale))
        @for (index, (_, from, until)) in spans.iter().enumerate() {
            @let start = scale.at(day(*from));
            @let width = scale.at(day(*until) + Decimal::ONE) - start;
            (bar(stage_look(*from, *until, today), AXIS + ROW * index + BAR, start, width))
        }
        @if (begin..=end).contains(&today) {
            @let x = scale.at(day(today));
            line class="chart-today" x1=(percent(x)) x2=(percent(x)) y1=(AXIS - 4) y2=(height) {}
            text class="chart-value" x=(percent(x)) y="14" text-anchor=(anchor(x)) { (language.pick("今天", "Today")) " " (today) }
        }
        // Words come last, so that no line runs through them.
        @for (index, (label, from, until)) in spans.iter().enumerate() {
            (words(AXIS + ROW * index, label, &format!("{from} – {until}")))
        }
    };
    let going: Vec<&str> =
        spans.iter().filter(|span| span.1 <= today && today <= span.2).map(|span| span.0.as_str()).collect();
    let finding = if going.is_empty() {
        language.pick(format!("{today}没有正在进行的阶段"), format!("no stage goes on at {today}"))
    } else {
        language.pick(
            format!("{today}正在进行：{}", going.join("、")),
            format!("at {today} there goes on: {}", going.join(", ")),
        )
    };
    Chart {
        title,
        finding,
        key: Markup::default(),
        drawing,
        height: height + AXIS,
        head: language
            .pick(["阶段", "开始", "结束"], ["Stage", "First day", "Last day"])
            .map(str::to_owned)
            .into(),
        body: spans
            .iter()
            .map(|(label, from, until)| vec![label.clone(), from.to_string(), until.to_string()])
            .collect(),
        language,
    }
    .render()
}

/// How a stage looks by where today is.
fn stage_look(from: NaiveDate, until: NaiveDate, today: NaiveDate) -> &'static str {
    if until < today {
        "chart-past"
    } else if from <= today {
        "chart-now"
    } else {
        "chart-ahead"
    }
}

/// Lines where months begin, with the names of some of them below.
fn months(begin: NaiveDate, end: NaiveDate, height: usize, scale: &Scale) -> Markup {
    let first = begin.with_day(1).unwrap_or(begin);
    let starts = (0..).map_while(|count| first.checked_add_months(Months::new(count)));
    let starts: Vec<NaiveDate> =
        starts.take_while(|start| *start <= end).filter(|start| *start >= begin).collect();
    let named = starts.len().div_ceil(NAMED_MONTHS).max(1);
    html! {
        @for (index, start) in starts.iter().enumerate() {
            @let x = scale.at(day(*start));
            line class="chart-grid" x1=(percent(x)) x2=(percent(x)) y1=(AXIS) y2=(height + 4) {}
            @if index.is_multiple_of(named) {
                text class="chart-tick" x=(percent(x)) y=(height + 20) text-anchor=(anchor(x)) { (start.format("%Y-%m")) }
            }
        }
    }
}
