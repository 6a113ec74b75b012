//! The own result: how each point arose, from the derivation of the frozen tally.

use std::rc::Rc;

use maud::{Markup, html};
use rust_decimal::Decimal;
use serde_json::Value;

use super::super::asked::{Asked, Shown};
use super::super::charts::criterion_bars;
use super::super::parts::{Tone, empty, facts, print_button, tag};
use super::super::values::written;
use super::context::Context;
use crate::actions::closing::{self, ResultView};
use crate::domain::scoring::{Criterion, Indicator};
use crate::error::{Kind, Result};

/// How an application fared.
pub(super) async fn page(asked: Rc<Asked>) -> Result<Shown> {
    let context = Context::read(&asked).await?;
    let body = match closing::result(&asked.service, &asked.visit, context.view.id).await {
        Ok(result) => sheet(&asked, &context, &result),
        Err(error) if error.kind == Kind::Conflict => empty(&html! {
            p { (asked.told(&error.message)) }
            p { (asked.t(
                "公示开始后，申报单位可在此查看本件的全部得分及其由来。",
                "From the public notice on, applicants see here all points and how each arose.",
            )) }
        }),
        Err(error) => return Err(error),
    };
    let title = asked.t("结果", "Result");
    Ok(context.shown(&asked, title, "/result", &body).data(format!("{}/result", context.api())))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An amount for people: to four places, with the exact fraction where that says more.
fn amount(value: &Value) -> Markup {
    let Some(decimal) = value["decimal"].as_str() else { return html! { "—" } };
    let fraction = text(&value["fraction"]);
    let shown =
        decimal.parse::<Decimal>().map_or(decimal.to_owned(), |decimal| decimal.round_dp(4).to_string());
    html! { span title=(fraction) { (shown) } }
}

fn sheet(asked: &Asked, context: &Context, result: &ResultView) -> Markup {
    let derivation = &result.derivation;
    html! {
        (outcome(asked, context, result))
        p { (asked.t(
            "每一分的由来如下：指标得分＝得分率×该指标满分；准则得分为其各指标之和。专家以代号出现，代号在各件申报之间互不相同。",
            "How each point arose: an indicator's points are its fraction of the most it can give; a criterion is the sum of its indicators. Experts stand under keys, which differ from application to application.",
        )) }
        (criteria(asked, context, derivation))
        (panel(asked, &derivation["panel"]))
        @for (at, criterion) in context.rules.tally.rubric.criteria.iter().enumerate() {
            (indicators(asked, criterion, &derivation["criteria"][at]))
        }
        (adjustment(asked, context, &derivation["adjustment"]))
        p.muted { (asked.t("依据：第", "By version ")) (result.tally) (asked.t("版汇总，摘要", " of the tally, digest ")) " " code { (result.tally_digest) } }
        (print_button(asked))
        p.screen { a href=(asked.link(&format!("{}/rechecks", context.page()))) { (asked.t("计算或程序有误？申请复核", "Is arithmetic or procedure wrong? Ask for a re-check")) } }
    }
}

fn outcome(asked: &Asked, context: &Context, result: &ResultView) -> Markup {
    let derivation = &result.derivation;
    let (zh, en, tone) = match text(&derivation["status"]) {
        "ranked" => ("参加排名", "ranked", Tone::Good),
        "vetoed" => ("一票否决", "vetoed", Tone::Bad),
        _ => ("材料不全，不能计分", "incomplete: can't be scored", Tone::Warning),
    };
    let awards = &context.rules.tally.rules.awards;
    let award = match derivation["award"].as_str() {
        Some("reserve") => asked.t("储备", "Reserve"),
        Some(key) => awards.iter().find(|award| award.key.as_str() == key).map_or(key, |award| &award.name),
        None => "—",
    };
    let total = derivation["total"]["score"].as_str().unwrap_or("—");
    let reasons = derivation["reasons"].as_array().into_iter().flatten().map(text);
    let reasons: Vec<&str> = reasons.collect();
    let track = context.view.track.as_deref().unwrap_or_default();
    let track = context.rules.settings.tracks.iter().find(|known| known.key == track);
    facts(&[
        (
            asked.t("总分", "Total"),
            html! { strong { (total) } " / " (context.rules.tally.rubric.full_marks.to_string()) },
        ),
        (asked.t("计分情况", "Standing"), html! { (tag(asked.t(zh, en), tone)) " " (reasons.join("、")) }),
        (
            asked.t("名次", "Place"),
            html! {
                @match derivation["place"]["place"].as_i64() {
                    Some(place) => { strong { (place) } " / " (derivation["place"]["ranked"]) },
                    None => "—",
                }
                @if let Some(track) = track { (asked.aside(&track.name)) }
            },
        ),
        (asked.t("按得分的奖项", "Award by the score"), html! { (award) }),
    ])
}

/// The most that a criterion can give.
fn most(context: &Context, criterion: &Criterion) -> Decimal {
    let decimal =
        |value: crate::domain::values::Decimal| value.to_string().parse::<Decimal>().unwrap_or_default();
    decimal(context.rules.tally.rubric.full_marks) * decimal(criterion.weight) / Decimal::ONE_HUNDRED
}

fn criteria(asked: &Asked, context: &Context, derivation: &Value) -> Markup {
    let criteria = context.rules.tally.rubric.criteria.iter().enumerate();
    let rows: Vec<(String, Decimal, Decimal)> = criteria
        .filter_map(|(at, criterion)| {
            let score = text(&derivation["criteria"][at]["score"]).parse().ok()?;
            Some((criterion.name.clone(), score, most(context, criterion).normalize()))
        })
        .collect();
    html! {
        h2 { (asked.t("各准则得分", "By criterion")) }
        (criterion_bars(asked.t("准则得分", "Points by criterion"), &rows, asked.language))
    }
}

fn method(asked: &Asked, panel: &Value) -> &'static str {
    match text(&panel["method"]) {
        "mean" => asked.t("取平均", "mean"),
        "trimmed_mean" => asked.t("去除最高、最低后取平均", "mean without the highest and lowest"),
        "median" => asked.t("取中位数", "median"),
        _ => asked.t("偏离过大的折算后取平均", "mean with far scores capped"),
    }
}

fn panel(asked: &Asked, panel: &Value) -> Markup {
    if panel.is_null() {
        return Markup::default();
    }
    let head =
        [asked.t("专家", "Expert"), asked.t("评判部分合计", "Judged total"), asked.t("是否计入", "Counted")];
    html! {
        h2 { (asked.t("专家评分表", "Score sheets")) }
        p { (asked.t("合并办法：", "Combined by: ")) (method(asked, panel)) }
        div.scroll { table.data.cards {
            caption { (asked.t("各评分表", "The sheets")) }
            thead { tr { @for name in head { th scope="col" { (name) } } } }
            tbody { @for sheet in panel["sheets"].as_array().into_iter().flatten() { tr {
                th scope="row" data-label=(head[0]) { (text(&sheet["expert"])) }
                td.number data-label=(head[1]) { (amount(&sheet["total"])) }
                td data-label=(head[2]) { (fate(asked, &sheet["fate"])) }
            } } }
        } }
    }
}

fn fate(asked: &Asked, fate: &Value) -> &'static str {
    match text(fate) {
        "dropped_low" => asked.t("作为最低去除", "dropped as lowest"),
        "dropped_high" => asked.t("作为最高去除", "dropped as highest"),
        "kept" => asked.t("计入", "counts"),
        _ => asked.t("逐项判断", "by indicator"),
    }
}

fn indicators(asked: &Asked, criterion: &Criterion, derived: &Value) -> Markup {
    let head = [
        asked.t("指标", "Indicator"),
        asked.t("依据", "From"),
        asked.t("得分率", "Fraction"),
        asked.t("满分", "At most"),
        asked.t("得分", "Points"),
    ];
    html! {
        h2 { (criterion.name) }
        div.scroll { table.data.cards {
            caption { (criterion.name) (asked.t("：", ": ")) (asked.t("逐项得分", "points by indicator")) }
            thead { tr {
                @for name in &head[..2] { th scope="col" { (name) } }
                @for name in &head[2..] { th.number scope="col" { (name) } }
            } }
            tbody { @for (at, indicator) in criterion.indicators.iter().enumerate() {
                @let found = &derived["indicators"][at];
                tr {
                    th scope="row" data-label=(head[0]) { (indicator.name) }
                    td data-label=(head[1]) { (source(asked, indicator, &found["source"])) }
                    td.number data-label=(head[2]) { (amount(&found["fraction"])) }
                    td.number data-label=(head[3]) { (amount(&found["coefficient"])) }
                    td.number data-label=(head[4]) { (amount(&found["points"])) }
                }
            } }
        } }
    }
}

/// What an indicator's fraction comes from: the verified value with its rule, or the experts' scores.
fn source(asked: &Asked, indicator: &Indicator, source: &Value) -> Markup {
    if text(&source["kind"]) == "judged" {
        let scale = &source["scale"];
        return html! {
            (asked.t("专家评分（", "Scores (")) (text(&scale["min"])) "–" (text(&scale["max"])) (asked.t("）：", "): "))
            @for (at, score) in source["scores"].as_array().into_iter().flatten().enumerate() {
                @if at > 0 { (asked.t("、", ", ")) }
                @if text(&score["fate"]) == "kept" { (text(&score["entered"])) } @else { s { (text(&score["entered"])) } }
            }
            br; (asked.t("平均：", "mean: ")) (amount(&source["mean"]))
        };
    }
    let rule = match text(&source["rule"]) {
        "linear" => asked.t("线性", "linear"),
        "efficacy" => asked.t("功效系数", "efficacy coefficient"),
        "bands" => asked.t("分档", "bands"),
        "piecewise" => asked.t("分段线性", "piecewise linear"),
        "per_unit" => asked.t("按数量", "by count"),
        "tiers" => asked.t("按等级", "by tier"),
        _ => asked.t("与组内最高值之比", "share of the track's best"),
    };
    html! {
        (asked.t("核定值：", "Verified: "))
        @if source["value"].is_null() { (asked.t("无", "none")) } @else { strong { (written(asked, &source["value"], None)) } }
        " " (indicator.unit.as_deref().unwrap_or_default())
        @if let Some(best) = source["best"].as_str() { (asked.t("；", "; ")) (asked.t("组内最高：", "best: ")) (best) }
        br; (asked.t("规则：", "Rule: ")) (rule)
    }
}

fn adjustment(asked: &Asked, context: &Context, adjustment: &Value) -> Markup {
    let entered = adjustment["entered"].as_array().map_or(&[][..], Vec::as_slice);
    if entered.is_empty() {
        return Markup::default();
    }
    let known = &context.rules.tally.rubric.adjustments;
    let name = |key: &str| {
        known.iter().find(|one| one.key.as_str() == key).map_or(key.to_owned(), |one| one.name.clone())
    };
    html! {
        h2 { (asked.t("加分和扣分", "Bonuses and deductions")) }
        ul { @for one in entered { li { (name(text(&one["key"]))) (asked.t("：", ": ")) (text(&one["value"])) } } }
        p { (asked.t("计入总分：", "Counted: ")) strong { (adjustment["score"].as_str().unwrap_or("—")) } }
    }
}
