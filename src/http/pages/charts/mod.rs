//! Charts, drawn on the server as SVG inside the page.
//!
//! Each is a figure with its title, the drawing, and a table of the same values. Positions across are percentages and
//! positions down are pixels, so a drawing is as wide as its column while its text keeps the size of the page's text on a
//! telephone as on a wide screen. Positions are reckoned in decimals like the values themselves. Looks come from
//! classes of the style sheet alone, as the policy of pages forbids style attributes; nothing has an identifier, so any
//! number of charts may share a page. A chart of nothing is no markup: the page says what there is to do instead.

mod bars;
mod calendar;
mod dots;
mod line;

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::table::Table;
use crate::domain::values::Language;

pub(super) use self::bars::{StackedRow, bars, criterion_bars, part_bars, stacked_bars};
pub(super) use self::calendar::calendar;
pub(super) use self::dots::dot_plot;
pub(super) use self::line::line;

/// Height of a row: a line of words above what is drawn.
const ROW: usize = 48;
/// Where the line of words stands in a row.
const WORDS: usize = 16;
/// Where the bar begins in a row.
const BAR: usize = 23;
/// Height of a bar.
const THICK: usize = 16;
/// Height of the line with the words of an axis.
const AXIS: usize = 26;
/// Height of the field that a line is drawn in.
const FIELD: usize = 200;

/// What is common to charts.
struct Chart<'a> {
    title: &'a str,
    /// What the chart shows above all, for those who don't see it.
    finding: String,
    key: Markup,
    drawing: Markup,
    height: usize,
    head: Vec<String>,
    body: Vec<Vec<String>>,
    language: Language,
}

impl Chart<'_> {
    fn render(&self) -> Markup {
        let label = format!("{}{}{}", self.title, self.language.pick("：", ": "), self.finding);
        html! {
            figure.chart {
                figcaption { (self.title) }
                (self.key)
                svg role="img" aria-label=(label) width="100%" height=(self.height) { (self.drawing) }
                details.screen {
                    summary { (self.language.pick("用表格查看", "As a table")) }
                    (self.table())
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let at = |place: usize| move |row: &&Vec<String>| row.get(place).cloned().unwrap_or_default();
        let Some((first, others)) = self.head.split_first() else { return Markup::default() };
        Table::new("", &self.body)
            .head(first, at(0))
            .each(others.iter().zip(1..), |table, (name, place)| table.number(name, at(place)))
            .scrolled()
            .render()
    }
}

/// Where values lie between the two ends of an axis.
struct Scale {
    low: Decimal,
    high: Decimal,
}

impl Scale {
    fn new(low: Decimal, high: Decimal) -> Self {
        Self { low, high }
    }

    /// Whether both ends are the same, so that nothing has a length.
    fn is_point(&self) -> bool {
        self.high <= self.low
    }

    /// How far along the axis a value lies, in percent; what lies outside is drawn at the nearer end.
    fn at(&self, value: Decimal) -> Decimal {
        if self.is_point() {
            return Decimal::ZERO;
        }
        (value.clamp(self.low, self.high) - self.low) * Decimal::ONE_HUNDRED / (self.high - self.low)
    }

    /// Both ends and the middle, with lines down the drawing.
    fn axis(&self, height: usize) -> Markup {
        let middle = (self.low + self.high) / Decimal::TWO;
        let ticks = [self.low, middle, self.high];
        html! {
            @for tick in ticks {
                @let x = self.at(tick);
                line class="chart-grid" x1=(percent(x)) x2=(percent(x)) y1=(AXIS - 6) y2=(height) {}
                text class="chart-tick" x=(percent(x)) y="14" text-anchor=(anchor(x)) { (tick.normalize()) }
            }
        }
    }
}

/// A bar; one of nothing is not drawn.
fn bar(class: &str, y: usize, start: Decimal, width: Decimal) -> Markup {
    html! {
        @if width > Decimal::ZERO {
            rect class=(class) x=(percent(start)) y=(y) width=(percent(width)) height=(THICK) {}
        }
    }
}

/// The line of words of a row: whose it is, and the value.
fn words(y: usize, label: &str, value: &str) -> Markup {
    html! {
        text class="chart-label" y=(y + WORDS) {
            title { (label) }
            (shortened(label, 46_usize.saturating_sub(value.chars().count())))
            tspan class="chart-value" dx="8" { (value) }
        }
    }
}

/// The words, cut to a width where they are longer: drawings can't break lines. A letter of the Latin alphabet is one
/// wide, a Chinese character two.
fn shortened(words: &str, most: usize) -> String {
    let width = |c: char| if c.is_ascii() { 1 } else { 2 };
    if words.chars().map(width).sum::<usize>() <= most {
        return words.to_owned();
    }
    let mut used = 2;
    let fits = words.chars().take_while(|c| {
        used += width(*c);
        used <= most
    });
    fits.chain(['…']).collect()
}

/// How words at a position keep within the drawing.
fn anchor(x: Decimal) -> &'static str {
    let (left, right) = (Decimal::from(20), Decimal::from(80));
    if x < left {
        "start"
    } else if x > right {
        "end"
    } else {
        "middle"
    }
}

/// A day as a number.
fn day(date: NaiveDate) -> Decimal {
    Decimal::from(date.num_days_from_ce())
}

/// A position or a length across the drawing.
fn percent(value: Decimal) -> String {
    format!("{}%", value.round_dp(2).normalize())
}

#[cfg(test)]
mod tests;
