//! Charts, drawn on the server as SVG inside the page.
//!
//! Each is a figure with its title, the drawing, and a table of the same values. Positions across are percentages and
//! positions down are pixels, so a drawing is as wide as its column while its text keeps the size of the page's text on a
//! telephone as on a wide screen. Positions are reckoned in decimals like the values themselves. Looks come from
//! classes of the style sheet alone, as the policy of pages forbids style attributes; nothing has an identifier, so any
//! number of charts may share a page. A chart of nothing is no markup: the page says what there is to do instead.

use std::cmp::Reverse;

use super::table::Table;
use chrono::{Datelike, Months, NaiveDate};
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::domain::values::Language;

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
/// Looks of series in the style sheet. Dark and light ones take turns, so that neighbours differ without colour, too.
const LOOKS: usize = 8;
/// Beyond so many points, their marks would hide the line.
const MARKED_POINTS: usize = 40;
/// How many points of a panel lie on each other before they are drawn closer.
const LOOSE_STACK: usize = 3;
/// Months named below a calendar, so that the names fit a telephone.
const NAMED_MONTHS: usize = 4;

/// A row of [`stacked_bars`].
pub(super) struct StackedRow {
    /// Whose bar it is.
    pub(super) label: String,
    /// The parts, one for each series, none below zero.
    pub(super) values: Vec<Decimal>,
    /// The sum as the record has it: parts may have been rounded.
    pub(super) total: Decimal,
}

/// Bars of parts that make up a whole: the points by criterion of each application. `maximum` is what a full bar means.
pub(super) fn stacked_bars(
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

/// Points on a line for each row: how far apart the sheets of an application are. `low` and `high` are the ends of the
/// scale; equal values lie on each other.
pub(super) fn dot_plot(
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
fn spread(values: &[Decimal]) -> Decimal {
    let (low, high) = (values.iter().min(), values.iter().max());
    low.zip(high).map_or(Decimal::ZERO, |(low, high)| high - low)
}

/// The points of one row above the line at `y`.
fn dots(y: usize, values: &[Decimal], scale: &Scale) -> Markup {
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

/// Bars of counts: applications by cluster or city. The longest bar is the greatest count.
pub(super) fn bars(title: &str, rows: &[(String, u64)], language: Language) -> Markup {
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

/// A count over time: sheets signed so far, say. Points lie where their dates are, earliest first; the axis begins at
/// zero.
pub(super) fn line(title: &str, points: &[(NaiveDate, u64)], language: Language) -> Markup {
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
fn tick_step(greatest: u64) -> u64 {
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

/// Stages on a time axis, with a line for today. Each span is a label with its first and its last day.
pub(super) fn calendar(
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

/// The points of one application against the most that each criterion gives: label, points, maximum.
pub(super) fn criterion_bars(title: &str, rows: &[(String, Decimal, Decimal)], language: Language) -> Markup {
    let share = |row: &(String, Decimal, Decimal)| Scale::new(Decimal::ZERO, row.2).at(row.1);
    let (Some(best), Some(worst)) =
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
        finding: language.pick(
            format!("得分率最高的是{}，最低的是{}", best.0, worst.0),
            format!("the strongest is {}, the weakest is {}", best.0, worst.0),
        ),
        key: Markup::default(),
        drawing,
        height: ROW * rows.len(),
        head: language
            .pick(["指标", "得分", "满分"], ["Criterion", "Points", "Maximum"])
            .map(str::to_owned)
            .into(),
        body: rows.iter().map(|row| vec![row.0.clone(), row.1.to_string(), row.2.to_string()]).collect(),
        language,
    }
    .render()
}

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
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn decs(texts: &[&str]) -> Vec<Decimal> {
        texts.iter().map(|text| dec(text)).collect()
    }

    /// The elements with a class, as attributes of their start tags.
    fn drawn(markup: &Markup, class: &str) -> Vec<String> {
        let class = format!("class=\"{class}\"");
        markup
            .0
            .split('<')
            .filter(|tag| tag.contains(&class))
            .map(|tag| tag[..tag.find('>').unwrap()].to_owned())
            .collect()
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
        let begin = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        &tag[begin..begin + tag[begin..].find('"').unwrap()]
    }

    fn attributes(markup: &Markup, class: &str, names: &[&str]) -> Vec<Vec<String>> {
        let tags = drawn(markup, class);
        tags.iter().map(|tag| names.iter().map(|name| attribute(tag, name).to_owned()).collect()).collect()
    }

    fn stacked() -> Markup {
        let rows = [
            StackedRow { label: "甲".into(), values: decs(&["20", "5.50"]), total: dec("25.50") },
            StackedRow { label: "乙".into(), values: decs(&["30", "10"]), total: dec("40") },
        ];
        stacked_bars("得分", &rows, &["创新", "规模"], dec("50"), Language::Chinese)
    }

    #[test]
    fn parts_follow_each_other_on_the_scale_of_the_maximum() {
        let chart = stacked();
        let first = attributes(&chart, "chart-part chart-look-0", &["x", "y", "width"]);
        let second = attributes(&chart, "chart-part chart-look-1", &["x", "y", "width"]);
        assert_eq!(first, [["0%", "49", "40%"], ["0%", "97", "60%"]]);
        assert_eq!(second, [["40%", "49", "11%"], ["60%", "97", "20%"]]);
        assert!(chart.0.contains("aria-label=\"得分：最高的是乙，40（满分50）\""));
        assert!(
            chart.0.contains("<td class=\"number\">5.50</td><td class=\"number\">25.50</td>"),
            "as given"
        );
    }

    #[test]
    fn points_lie_on_the_scale_and_equal_ones_on_each_other() {
        let rows = [("甲".to_owned(), decs(&["80", "70", "80"])), ("乙".to_owned(), vec![])];
        let chart = dot_plot("离散", &rows, dec("60"), dec("100"), Language::English);
        let dots = attributes(&chart, "chart-dot", &["cx", "cy"]);
        assert_eq!(dots, [["25%", "60"], ["50%", "60"], ["50%", "55"]]);
        assert_eq!(attributes(&chart, "chart-range", &["x1", "x2"]), [["25%", "50%"]]);
        assert!(chart.0.contains("the furthest apart is 甲, spread 10"));
    }

    #[test]
    fn the_greatest_count_has_the_longest_bar() {
        let rows = [("a".to_owned(), 3), ("b".to_owned(), 12), ("c".to_owned(), 0)];
        let chart = bars("By city", &rows, Language::English);
        assert_eq!(attributes(&chart, "chart-bar", &["y", "width"]), [["23", "25%"], ["71", "100%"]]);
        assert!(chart.0.contains("height=\"144\""));
        assert!(chart.0.contains("By city: the most is b with 12"));
    }

    #[test]
    fn a_line_keeps_the_distance_of_days_and_begins_at_zero() {
        let points = [(date("2026-03-01"), 0), (date("2026-03-02"), 25), (date("2026-03-11"), 50)];
        let chart = line("进度", &points, Language::Chinese);
        let dots = attributes(&chart, "chart-dot", &["cx", "cy"]);
        assert_eq!(dots, [["0%", "226"], ["10%", "126"], ["100%", "26"]]);
        assert_eq!(drawn(&chart, "chart-line").len(), 2);
        assert_eq!(drawn(&chart, "chart-grid").len(), 6);
    }

    #[test]
    fn a_line_of_one_point_or_of_zeros_is_drawn() {
        let one = line("进度", &[(date("2026-03-01"), 4)], Language::Chinese);
        assert_eq!(attributes(&one, "chart-dot", &["cx", "cy"]), [["0%", "26"]]);
        let zeros = line("进度", &[(date("2026-03-01"), 0), (date("2026-03-02"), 0)], Language::Chinese);
        assert_eq!(attributes(&zeros, "chart-dot", &["cx", "cy"]), [["0%", "226"], ["100%", "226"]]);
    }

    #[test]
    fn steps_of_an_axis_are_round() {
        let steps = [0, 1, 5, 6, 10, 11, 25, 26, 50, 51, 500].map(tick_step);
        assert_eq!(steps, [1, 1, 1, 2, 2, 5, 5, 10, 10, 20, 100]);
    }

    #[test]
    fn stages_last_through_their_last_day() {
        let spans = [
            ("申报".to_owned(), date("2026-03-01"), date("2026-03-05")),
            ("推荐".to_owned(), date("2026-03-06"), date("2026-03-07")),
            ("审查".to_owned(), date("2026-03-08"), date("2026-03-10")),
        ];
        let chart = calendar("日程", &spans, date("2026-03-07"), Language::Chinese);
        assert_eq!(attributes(&chart, "chart-past", &["x", "width"]), [["0%", "50%"]]);
        assert_eq!(attributes(&chart, "chart-now", &["x", "width"]), [["50%", "20%"]]);
        assert_eq!(attributes(&chart, "chart-ahead", &["x", "width"]), [["70%", "30%"]]);
        assert_eq!(attributes(&chart, "chart-today", &["x1"]), [["60%"]]);
        assert!(chart.0.contains("正在进行：推荐"));
        let later = calendar("日程", &spans, date("2026-03-11"), Language::Chinese);
        assert!(drawn(&later, "chart-today").is_empty());
        assert!(later.0.contains("没有正在进行的阶段"));
    }

    #[test]
    fn each_criterion_is_drawn_against_its_own_maximum() {
        let rows = [("a".to_owned(), dec("15"), dec("20")), ("b".to_owned(), dec("15"), dec("30"))];
        let chart = criterion_bars("Points", &rows, Language::English);
        assert_eq!(attributes(&chart, "chart-bar", &["width"]), [["75%"], ["50%"]]);
        assert_eq!(attributes(&chart, "chart-track", &["width"]), [["100%"], ["100%"]]);
        assert!(chart.0.contains("the strongest is a, the weakest is b"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let language = Language::Chinese;
        let charts = [
            stacked_bars("", &[], &[], dec("1"), language),
            dot_plot("", &[], dec("0"), dec("1"), language),
            bars("", &[], language),
            line("", &[], language),
            calendar("", &[], date("2026-03-01"), language),
            criterion_bars("", &[], language),
        ];
        for chart in charts {
            assert_eq!(chart.0, "");
        }
    }

    #[test]
    fn words_are_escaped_and_cut() {
        let chart = bars("<i>", &[("<b>&\"".to_owned(), 1)], Language::Chinese);
        assert!(!chart.0.contains("<i>") && !chart.0.contains("<b>"));
        assert!(chart.0.contains("&lt;b&gt;&amp;&quot;"));
        assert_eq!(shortened("产业链ab", 8), "产业链ab");
        assert_eq!(shortened("产业链abc", 8), "产业链…");
        assert_eq!(shortened("abc", 2), "…");
    }

    #[test]
    fn what_lies_outside_is_drawn_at_the_end() {
        let scale = Scale::new(dec("60"), dec("100"));
        assert_eq!(
            ["50", "60", "99", "120"].map(|value| scale.at(dec(value))),
            ["0", "0", "97.5", "100"].map(dec)
        );
        assert_eq!(Scale::new(dec("5"), dec("5")).at(dec("5")), Decimal::ZERO);
    }

    #[test]
    fn charts_carry_no_style_and_no_identifier() {
        let chart = stacked().0;
        for forbidden in [" style=", " id=", "fill=\"", "stroke=\"", "<script"] {
            assert!(!chart.contains(forbidden), "{forbidden}");
        }
    }
}
