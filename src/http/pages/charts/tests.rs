//! Unit tests.

use super::line::tick_step;
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
    assert!(chart.0.contains("<td class=\"number\">5.50</td><td class=\"number\">25.50</td>"), "as given");
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
