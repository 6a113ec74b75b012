//! The step of the rubric: criteria and indicators with their weights and sums, and each indicator by itself.

use serde_json::Value;

use super::super::prelude::*;
use super::editor::{Editor, shown};
use super::settings::{Basis, settings_json};
use crate::actions::competitions::CompetitionView;
use crate::domain::values::Decimal;

const CRITERIA: &str = "/rubric/criteria";

/// Ways to come by an indicator's points: experts judge, or one of the formulas of a measured value.
const KINDS: [(&str, &str, &str); 8] = [
    ("judged", "专家评判", "Judged by experts"),
    ("linear", "线性：从起点到满分点", "Linear, from a start to full marks"),
    ("efficacy", "功效系数：下限得60%，目标得满分", "Efficacy: floor gives 60 %, target full marks"),
    ("bands", "分档：达到某值得某比例", "Bands: a fraction from a value on"),
    ("piecewise", "折线：若干点之间连线", "Straight lines between points"),
    ("per_unit", "计数：各类数量加权", "Counts, weighted by kind"),
    ("tiers", "等级：每级对应比例", "Tiers, each with its fraction"),
    ("best", "与本组最高值之比", "Ratio to the greatest value of the track"),
];

/// The sum of a member over entries, exactly.
fn sum(entries: Option<&Value>, member: &str) -> String {
    let entries = entries.and_then(Value::as_array).into_iter().flatten();
    let values = entries.filter_map(|entry| entry[member].as_str().and_then(Decimal::parse));
    let sum: i128 = values.map(Decimal::hundred_millionths).sum();
    let step = Decimal::parse("0.00000001").unwrap_or(Decimal::ONE);
    Decimal::ZERO.advanced_by(sum.max(0).unsigned_abs(), step).to_string()
}

/// The way by which an indicator comes by its points.
fn kind_of(indicator: &Value) -> &str {
    match indicator["kind"].as_str() {
        Some("measured") => indicator["rule"]["type"].as_str().unwrap_or("linear"),
        _ => "judged",
    }
}

fn words_of<'a>(request: &PageRequest, kind: &str) -> &'a str {
    let found = KINDS.iter().find(|(known, ..)| *known == kind).unwrap_or(&KINDS[0]);
    if request.is_chinese() { found.1 } else { found.2 }
}

/// What a rule or scale says, in short.
fn in_short(e: &Editor<'_>, indicator: &Value) -> String {
    let rule = &indicator["rule"];
    let of = |member: &str| shown(rule.get(member));
    match kind_of(indicator) {
        "judged" => {
            let scale = &indicator["scale"];
            let at = |member: &str| shown(scale.get(member));
            let step = e.t("步长", "step");
            format!("{}–{}，{step}{}", at("min"), at("max"), at("step"))
        }
        "linear" => format!("{} → {}", of("from"), of("to")),
        "efficacy" => format!("{} → {}", of("floor"), of("target")),
        _ => String::new(),
    }
}

pub(super) fn rubric(editor: &Editor<'_>, basis: &Basis) -> Markup {
    let e = editor;
    let criteria = e.settings.pointer(CRITERIA);
    let shown_rows = e.rows_with(CRITERIA, 1);
    let base = format!("/competitions/{}/settings/rubric", basis.competition.id);
    let content = html! {
        (e.field(&e.number("/rubric/full_marks", e.t("满分", "Full marks")).required()))
        p.lead {
            (e.t("权重合计", "Sum of the weights")) " "
            output.number data-sum="weight" data-wanted="100" { (sum(criteria, "weight")) }
            " / 100"
        }
        div data-rows="" {
            @for index in 0..shown_rows {
                (criterion(e, index, &base))
            }
        }
    };
    e.render(&content)
}

fn criterion(e: &Editor<'_>, index: usize, base: &str) -> Markup {
    let row = format!("{CRITERIA}/{index}");
    let stored = e.settings.pointer(&row);
    let indicators = format!("{row}/indicators");
    let heading = match stored {
        Some(criterion) => shown(criterion.get("name")),
        None => e.t("新增准则（不需要则留空）", "A new criterion (leave empty if not needed)").to_owned(),
    };
    html! {
        fieldset.group data-row="" {
            legend { (heading) }
            @if stored.is_none() {
                input type="hidden" name=(e.at(&format!("{row}/key:key"))) value=(e.free_key(CRITERIA, "criterion", index));
            }
            div.fields {
                (e.field(&e.text(&format!("{row}/name"), e.t("准则名称", "Name")).silent()))
                (e.field(&e.number(&format!("{row}/weight"), e.t("权重", "Weight")).silent()))
                div.field { (e.row_tools(&row, index, stored.is_some(), &mover(e))) }
            }
            (table(e, &indicators, stored, base))
            p.muted {
                (e.t("本准则分值合计", "Points of this criterion")) " "
                output.number data-sum="points" { (sum(stored.and_then(|criterion| criterion.get("indicators")), "points")) }
                (e.t("。", ". ")) (e.t("每项指标占准则权重的比例 = 分值 ÷ 合计。", "An indicator's share of the weight is its points ÷ this sum."))
            }
            @if let Some(criterion) = stored {
                p.screen {
                    a href=(e.request.link(&format!("{base}?indicator=&criterion={}", shown(criterion.get("key"))))) {
                        (e.t("增加指标（含计算类）", "Add an indicator, measured ones too"))
                    }
                }
            }
        }
    }
}

/// Buttons that move a row, where scripts run.
fn mover(e: &Editor<'_>) -> Markup {
    html! {
        button.secondary type="button" data-move="up" hidden aria-label=(e.t("上移", "Move up")) { "↑" }
        button.secondary type="button" data-move="down" hidden aria-label=(e.t("下移", "Move down")) { "↓" }
    }
}

fn table(e: &Editor<'_>, list: &str, criterion: Option<&Value>, base: &str) -> Markup {
    let (key, name, points) = (e.t("代码", "Key"), e.t("指标", "Indicator"), e.t("分值", "Points"));
    let stored = |index: usize| criterion.and_then(|criterion| criterion["indicators"].get(index));
    let row = |index: usize| format!("{list}/{index}");
    Table::new(e.t("指标", "Indicators"), 0..e.rows_with(list, 1))
        .column(key, |index| match stored(*index) {
            Some(indicator) => html! { (shown(indicator.get("key"))) },
            None => e.cell(&e.text(&format!("{}/key", row(*index)), key).short()),
        })
        .field(name, |index| e.cell(&e.text(&format!("{}/name", row(*index)), name)))
        .column(points, |index| e.cell(&e.number(&format!("{}/points", row(*index)), points)))
        .column(e.t("得分方式", "How it scores"), |index| match stored(*index) {
            Some(indicator) => html! {
                (words_of(e.request, kind_of(indicator))) " " span.muted { (in_short(e, indicator)) } " "
                a href=(e.request.link(&format!("{base}?indicator={}", shown(indicator.get("key"))))) { (e.t("细改", "Edit")) }
            },
            None => judged_cells(e, &row(*index)),
        })
        .column(e.t("顺序", "Order"), |index| e.row_tools(&row(*index), *index, stored(*index).is_some(), &mover(e)))
        .movable()
        .render()
}

/// The rest of a new row: an indicator that experts judge.
fn judged_cells(e: &Editor<'_>, row: &str) -> Markup {
    let most = e.t("专家评分，最高分", "Judged, highest score");
    html! {
        input type="hidden" name=(e.at(&format!("{row}/kind:key"))) value="judged";
        input type="hidden" name=(e.at(&format!("{row}/scale/min:key"))) value="0";
        input type="hidden" name=(e.at(&format!("{row}/scale/step:key"))) value="0.5";
        span.muted { (most) } " "
        (e.cell(&e.number(&format!("{row}/scale/max"), most)))
    }
}

/// Where an indicator stands, or would stand: criterion, place in it, and what is stored.
fn find(settings: &Value, key: &str, criterion: Option<&String>) -> Option<(usize, usize, Option<Value>)> {
    let criteria = settings.pointer(CRITERIA)?.as_array()?;
    if key.is_empty() {
        let at = criteria.iter().position(|known| known["key"].as_str() == criterion.map(String::as_str))?;
        return Some((at, criteria[at]["indicators"].as_array()?.len(), None));
    }
    criteria.iter().enumerate().find_map(|(at, known)| {
        let indicators = known["indicators"].as_array()?;
        let place = indicators.iter().position(|indicator| indicator["key"].as_str() == Some(key))?;
        Some((at, place, Some(indicators[place].clone())))
    })
}

/// An indicator by itself: all that stands in the rubric about it.
pub(super) fn indicator(
    request: &PageRequest,
    competition: &CompetitionView,
    base_page: String,
) -> Result<Markup> {
    let settings = settings_json(competition)?;
    let key = request.query.get("indicator").cloned().unwrap_or_default();
    let found = find(&settings, &key, request.query.get("criterion"));
    let (criterion, place, stored) = found.ok_or_else(Error::not_found)?;
    let kept = stored.as_ref().map_or("judged", kind_of);
    let kind = request.query.get("as").map_or(kept, String::as_str);
    let kind = KINDS.iter().find(|(known, ..)| *known == kind).map_or("judged", |(known, ..)| *known);
    let row = format!("{CRITERIA}/{criterion}/indicators/{place}");
    let mut base = settings.clone();
    // What belongs to the kind is given whole by the fields.
    if let Some(indicator) = base.pointer_mut(&row).and_then(Value::as_object_mut) {
        indicator.remove("scale");
        indicator.remove("rule");
    }
    let mut editor = Editor::new(request, competition, base, base_page);
    editor.settings = settings;
    let e = &editor;
    let at = |member: &str| format!("{row}/{member}");
    let content = html! {
        h2 { @if key.is_empty() { (e.t("新增指标", "A new indicator")) } @else { (e.t("指标", "Indicator")) " " (key) } }
        (ways(request, &key, kind))
        @if stored.is_some() {
            (facts(&[(e.t("代码", "Key"), html! { (key) })]))
        } @else {
            (e.field(&e.text(&at("key"), e.t("代码", "Key")).hint(e.t("如 a11；在整个指标体系中不得重复。", "Such as a11; once in the whole rubric.")).short().required()))
        }
        (e.field(&e.text(&at("name"), e.t("名称", "Name")).required()))
        (e.field(&e.text(&at("section:optional"), e.t("小节", "Section")).medium()))
        (e.field(&e.number(&at("points"), e.t("分值", "Points")).required()))
        (e.field(&e.area(&at("guide:optional"), e.t("说明（申报单位和专家可见）", "Advice for applicants and experts"), 3)))
        input type="hidden" name=(e.at(&at("kind:key"))) value=(if kind == "judged" { "judged" } else { "measured" });
        @if kind == "judged" { (scale(e, &row)) } @else { (rule(e, &row, kind, kept)) }
    };
    Ok(e.render(&content))
}

/// Other ways by which the indicator could score: each shows its own fields.
fn ways(request: &PageRequest, key: &str, kind: &str) -> Markup {
    let criterion = request.query.get("criterion").map(|criterion| format!("&criterion={criterion}"));
    let criterion = criterion.unwrap_or_default();
    let page = request.here.split('?').next().unwrap_or_default();
    html! {
        nav.tabs.screen aria-label=(request.t("得分方式", "How it scores")) {
            ul {
                @for (known, zh, en) in &KINDS {
                    li { a href=(request.link(&format!("{page}?indicator={key}{criterion}&as={known}"))) aria-current=[(*known == kind).then_some("page")] { (request.t(zh, en)) } }
                }
            }
        }
    }
}

fn scale(e: &Editor<'_>, row: &str) -> Markup {
    let number =
        |member: &str, label: &str| e.field(&e.number(&format!("{row}/scale/{member}"), label).required());
    html! {
        fieldset.group {
            legend { (e.t("评分尺度", "Scale")) }
            (number("min", e.t("最低分", "Lowest score")))
            (number("max", e.t("最高分", "Highest score")))
            (number("step", e.t("步长", "Step")))
        }
    }
}

fn rule(e: &Editor<'_>, row: &str, kind: &str, kept: &str) -> Markup {
    let at = |member: &str| format!("{row}/rule/{member}");
    let number = |member: &str, label: &str| e.field(&e.number(&at(member), label).required());
    let missing = [
        (String::new(), e.t("申报不完整，不计总分", "The application is incomplete").to_owned()),
        ("zero".to_owned(), e.t("该项按0分", "It scores nothing").to_owned()),
    ];
    html! {
        (e.field(&e.text(&format!("{row}/unit:optional"), e.t("单位", "Unit")).short()))
        fieldset.group {
            legend { (words_of(e.request, kind)) }
            input type="hidden" name=(e.at(&at("type:key"))) value=(kind);
            @match kind {
                "linear" => {
                    (number("from", e.t("得0分的值", "Value of no points")))
                    (number("to", e.t("得满分的值", "Value of full marks")))
                }
                "efficacy" => {
                    (number("floor", e.t("下限（得60%）", "Floor (60 %)")))
                    (number("target", e.t("目标（得满分）", "Target (full marks)")))
                }
                "bands" => { (rows(e, &at("bands"), ["at_least", "fraction"], [e.t("达到", "At least"), e.t("得满分的比例（0至1）", "Fraction, 0 to 1")], kept == kind)) }
                "piecewise" => { (rows(e, &at("points"), ["0", "1"], [e.t("指标值", "Value"), e.t("得满分的比例（0至1）", "Fraction, 0 to 1")], kept == kind)) }
                "per_unit" => {
                    (e.field(&lines(e, &at("units"), e.t("各类数量的权重", "Weight of each kind"), e.t("每行一类，如：国家级 = 2", "One a line, such as national = 2"))))
                    (number("cap", e.t("得满分的加权数量", "Weighted count of full marks")))
                }
                "tiers" => {
                    (e.field(&lines(e, &at("tiers"), e.t("各等级的比例", "Fraction of each tier"), e.t("每行一级，如：一等 = 1", "One a line, such as first = 1"))))
                }
                _ => { p { (e.t("得分 = 核定值 ÷ 本组最高核定值。", "Score = verified value ÷ the track's greatest.")) } }
            }
            (e.field(&e.select(&at("missing:optional"), e.t("没有核定值时", "Without a verified value"), missing).silent()))
        }
        (e.field(&e.area(&at("by_chain:json"), e.t("个别产业链另用的规则（JSON）", "Rules of single chains (JSON)"), 3)
            .hint(e.t("以产业链编号为键，规则形状见 SCORING.md；一般留空。", "By number of the chain, in the shape of SCORING.md; usually empty."))))
    }
}

/// A list of pairs of numbers.
fn rows(e: &Editor<'_>, list: &str, members: [&str; 2], words: [&str; 2], stored: bool) -> Markup {
    let count = if stored { e.rows(list) } else { e.rows(list).max(4) };
    Table::new(e.t("空行不会保存", "Empty rows are not saved"), 0..count)
        .each(members.into_iter().zip(words), |table, (member, words)| {
            table.column(words, move |index| e.cell(&e.number(&format!("{list}/{index}/{member}"), words)))
        })
        .scrolled()
        .render()
}

/// An object of names and numbers, one a line.
fn lines(e: &Editor<'_>, pointer: &str, label: &str, hint: &str) -> Field {
    let stored = e.settings.pointer(pointer).and_then(Value::as_object);
    let lines: Vec<String> = stored
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name} = {}", shown(Some(value))))
        .collect();
    Field::area(e.at(&format!("{pointer}:pairs")), label, 4).value(lines.join("\n")).hint(hint).required()
}
