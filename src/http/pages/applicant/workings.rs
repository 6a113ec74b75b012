//! How each point arose, so that a stranger follows it with a pocket calculator: values, rules in words, marks, sums.

use rust_decimal::Decimal as Digits;

use super::super::prelude::*;
use super::super::public::rubric::{formula, percent};
use super::super::public::rules;
use super::super::values::named;
use crate::domain::scoring::{
    AdjustmentKind, Amount, Derivation, Fate, Formula, Indicator, IndicatorDerivation, IndicatorKind,
    PanelDerivation, PanelLevel, ScoreDerivation, Source, VerifiedValue,
};
use crate::domain::values::Decimal;

/// To how many digits after the point steps on the way are written; none of them is rounded there.
const SHOWN: u32 = 6;

/// An amount in digits, and whether these are all of it.
fn digits(amount: &Amount) -> (String, bool) {
    let (decimal, exact) = amount.decimal();
    let short = decimal.parse::<Digits>().map(|digits| digits.round_dp(SHOWN).normalize().to_string());
    let short = short.unwrap_or_else(|_| decimal.clone());
    let whole = exact && short == decimal;
    (short, whole)
}

/// An amount by itself, told where it goes on behind the last digit.
fn amount(amount: Option<&Amount>) -> String {
    match amount.map(digits) {
        None => "—".to_owned(),
        Some((digits, true)) => digits,
        Some((digits, false)) => format!("≈{digits}"),
    }
}

/// ` = 0.5`, ` ≈ 0.333333`.
fn equals(amount: &Amount) -> String {
    let (digits, whole) = digits(amount);
    format!(" {} {digits}", if whole { '=' } else { '≈' })
}

/// A number within a calculation: in brackets where it has a sign.
fn operand(number: Decimal) -> String {
    let text = number.to_string();
    if text.starts_with('-') { format!("({text})") } else { text }
}

fn sum<'a>(parts: impl Iterator<Item = &'a Amount>) -> String {
    parts.map(|part| digits(part).0).collect::<Vec<_>>().join(" + ")
}

/// `专家3`, `Expert 3`: experts stand in the order of their keys.
fn expert(request: &PageRequest, at: usize) -> String {
    if request.is_chinese() { format!("专家{}", at + 1) } else { format!("Expert {}", at + 1) }
}

fn fate(request: &PageRequest, fate: Fate) -> &'static str {
    match (fate, request.is_chinese()) {
        (Fate::Kept, true) => "计入",
        (Fate::Kept, false) => "counts",
        (Fate::DroppedLow, true) => "去掉：最低",
        (Fate::DroppedLow, false) => "dropped: lowest",
        (Fate::DroppedHigh, true) => "去掉：最高",
        (Fate::DroppedHigh, false) => "dropped: highest",
    }
}

fn is_judged(indicator: &Indicator) -> bool {
    matches!(indicator.kind, IndicatorKind::Judged(_))
}

/// The sheets and how they are combined; nothing where no indicator is judged.
pub(super) fn panel(request: &PageRequest, derivation: &Derivation<'_>) -> Markup {
    let Some(panel) = &derivation.panel else { return Markup::default() };
    let (low, high) = panel.dropped;
    let (signed, kept) = (panel.sheets.len(), panel.kept);
    let by_indicator = panel.rule.level == PanelLevel::Indicator;
    html! {
        h2 { (request.t("专家评分表", "Experts' score sheets")) }
        p {
            (request.t("规则：", "The rule: ")) (rules::panel(request, panel.rule)) (request.t("。", ". "))
            @if request.is_chinese() {
                "本件有" (signed) "份评分表，" @if by_indicator { "每项指标各" } "去掉最低" (low) "份、最高" (high) "份，计入" (kept) "份。"
            } @else {
                (count(signed, "sheet was", "sheets were")) " signed; " (low) " of the lowest and " (high) " of the highest are dropped"
                @if by_indicator { " at each indicator" } ", " (kept) " count."
            }
        }
        @if by_indicator {
            ul { @for (at, sheet) in panel.sheets.iter().enumerate() {
                li { (expert(request, at)) (request.t("：代号 ", ": key ")) code { (sheet.expert) } }
            } }
        } @else { (sheets(request, derivation, panel)) }
    }
}

fn sheets(request: &PageRequest, derivation: &Derivation<'_>, panel: &PanelDerivation<'_>) -> Markup {
    let criteria = derivation.tally.rubric.criteria.iter().enumerate();
    let judged = criteria.filter(|(_, criterion)| criterion.indicators.iter().any(is_judged));
    let table = Table::new(request.t("各评分表", "The sheets"), panel.sheets.iter().enumerate())
        .head(
            request.t("专家", "Expert"),
            |(at, sheet)| html! { (expert(request, *at)) br; code { (sheet.expert) } },
        )
        .each(judged, |table, (place, criterion)| {
            table.number(criterion.name.as_str(), move |(_, sheet)| amount(sheet.subtotals.get(place)))
        })
        .number(request.t("合计", "Total"), |(_, sheet)| amount(sheet.total.as_ref()))
        .column(request.t("是否计入", "Counted"), |(_, sheet)| fate(request, sheet.fate))
        .broad();
    let of = |kept: bool| {
        panel.sheets.iter().filter(move |sheet| (sheet.fate == Fate::Kept) == kept).map(|sheet| &sheet.total)
    };
    let tied = of(false).any(|dropped| of(true).any(|kept| kept == dropped));
    html! {
        p.hint {
            (request.t(
                "一份评分表中，某准则小计＝各专家评判指标的“得分率×满分”之和，得分率＝（打分－最低分）÷（最高分－最低分）；合计＝各小计之和。按合计由低到高排列后去掉两端。",
                "On a sheet, a criterion's subtotal is the sum of fraction × most over the judged indicators, the fraction being (mark − lowest) ÷ (highest − lowest); the total is the sum of the subtotals. Sheets are put in the order of their totals, then the ends are dropped.",
            ))
            @if let Some(places) = derivation.tally.rules.round_steps.sheet {
                @if request.is_chinese() { "小计舍入到" (places) "位小数。" } @else { " Subtotals are rounded to " (count(places, "digit", "digits")) " after the point." }
            }
            @if tied { (request.t(
                "合计相同的，按代号的先后，靠前的视为较低。",
                " Of equal totals the one whose key comes first counts as the lower.",
            )) }
        }
        (table.render())
    }
}

/// The indicators of a criterion, given by its place in the rubric, and what they add up to.
pub(super) fn criterion(request: &PageRequest, derivation: &Derivation<'_>, at: usize) -> Markup {
    let tally = derivation.tally;
    let criterion = &tally.rubric.criteria[at];
    let found: Vec<_> = derivation.indicators.iter().filter(|found| found.criterion == at).collect();
    let caption = html! { (criterion.name) (request.t("：逐项得分", ": points by indicator")) };
    let table = Table::new(caption, criterion.indicators.iter().zip(&found))
        .head(request.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
        .column(request.t("依据与计算", "From what, and how"), |(indicator, found)| source(request, derivation, indicator, found))
        .number(request.t("得分率", "Fraction"), |(_, found)| amount(found.fraction.as_ref()))
        .number(request.t("满分", "Full marks"), |(indicator, found)| html! {
            (amount(Some(&found.coefficient))) br; span.muted { (request.t("分值 ", "points ")) (indicator.points) }
        })
        .number(request.t("得分", "Score"), |(_, found)| amount(found.points.as_ref()))
        .broad();
    let shares = criterion.indicators.iter().map(|indicator| indicator.points.to_string());
    let shares = shares.collect::<Vec<_>>().join(" + ");
    html! {
        h2 { (criterion.name) }
        p.hint {
            @if request.is_chinese() {
                "各项满分＝总满分" (tally.rubric.full_marks) " × 权重" (criterion.weight) "% × 该项分值 ÷ 分值之和（" (shares) "）。得分＝得分率 × 满分。"
            } @else {
                "The most of each: " (tally.rubric.full_marks) " × weight " (criterion.weight) "% × its points ÷ all points (" (shares) "). Points are fraction × most."
            }
            @if let Some(places) = tally.rules.round_steps.indicator {
                @if request.is_chinese() { "每项得分舍入到" (places) "位小数。" } @else { " Each indicator's points are rounded to " (count(places, "digit", "digits")) " after the point." }
            }
        }
        (table.render())
        (criterion_sum(request, derivation, at, &found))
    }
}

/// How a criterion's score comes from its indicators.
fn criterion_sum(
    request: &PageRequest,
    derivation: &Derivation<'_>,
    at: usize,
    found: &[&IndicatorDerivation<'_>],
) -> Markup {
    let (Some(total), Some(figures)) = (&derivation.total, derivation.figures()) else {
        return Markup::default();
    };
    let judged = |found: &&&IndicatorDerivation<'_>| matches!(found.source, Source::Judged { .. });
    let by_sheets =
        derivation.tally.rules.round_steps.sheet.is_some() && found.iter().any(|one| judged(&one));
    let kept = derivation.panel.iter().flat_map(|panel| &panel.sheets);
    let kept: Vec<&Amount> =
        kept.filter(|sheet| sheet.fate == Fate::Kept).filter_map(|sheet| sheet.subtotals.get(at)).collect();
    let added = found.iter().filter(|one| !(by_sheets && judged(one))).filter_map(|one| one.points.as_ref());
    let added = sum(added);
    html! {
        p {
            (request.t("本准则得分：", "The criterion: "))
            @if by_sheets {
                (request.t("计入各表的小计取平均 ", "the mean of the subtotals that count, ")) "(" (sum(kept.iter().copied())) ") ÷ " (kept.len())
                @if !added.is_empty() { " + " (added) }
            } @else { (added) }
            (equals(&total.criteria[at])) (request.t("，公布为 ", ", published as ")) strong { (figures.criterion(at)) }
        }
    }
}

fn source(
    request: &PageRequest,
    derivation: &Derivation<'_>,
    indicator: &Indicator,
    found: &IndicatorDerivation<'_>,
) -> Markup {
    match &found.source {
        Source::Judged { scale, scores, mean } => html! {
            (request.t("专家打分（", "Marks (")) (scale.min) (request.t("至", " to ")) (scale.max) (request.t("，步长", ", steps of ")) (scale.step) (request.t("）：", "): "))
            @for (at, score) in scores.iter().enumerate() {
                @if at > 0 { (request.t("、", ", ")) }
                (expert(request, at)) " " (mark(request, score))
            }
            @if let Some(mean) = mean {
                br; (request.t("计入的平均：", "mean of those that count: ")) (mean_of(scores)) (equals(mean))
                @if let Some(fraction) = &found.fraction {
                    br; (request.t("得分率：", "fraction: "))
                    "(" (digits(mean).0) " − " (operand(scale.min)) ") ÷ (" (scale.max) " − " (operand(scale.min)) ")" (equals(fraction))
                }
            }
        },
        Source::Measured { rule, own_rule, best, unclamped, .. } => {
            let measured = derivation.tally.rubric.measured();
            let at = measured.into_iter().position(|(one, _)| one.key.as_str() == found.key);
            let application = &derivation.tally.applications[derivation.standing.application];
            let value = at.and_then(|at| application.value(at));
            let unit = indicator.unit.as_deref().unwrap_or_default();
            html! {
                (request.t("核定值：", "Verified value: "))
                @match value {
                    Some(value) => { strong { (written(request, value, &rule.formula)) } " " (unit) },
                    None => {
                        (request.t("无", "none"))
                        (if rule.missing_is_zero { request.t("，按规则得0分", ", which by the rule gives 0") } else { request.t("，不能计分", ", so there is no score") })
                    },
                }
                br; (if *own_rule { request.t("规则（本产业链专用）：", "Rule (of this chain alone): ") } else { request.t("规则：", "Rule: ") })
                (formula(request, &rule.formula))
                @if let (Some(value), Some(unclamped)) = (value, unclamped) {
                    br; (request.t("计算：", "Thus: ")) (working(request, &rule.formula, value, *best)) (equals(unclamped))
                    @if let Some(fraction) = found.fraction.as_ref().filter(|fraction| *fraction != unclamped) {
                        (request.t("，限于0至1，计", ", held within 0 and 1: ")) (digits(fraction).0)
                    }
                }
            }
        }
    }
}

fn mark(request: &PageRequest, score: &ScoreDerivation) -> Markup {
    let counted = score.counted.as_ref().map(|counted| format!("→{}", digits(counted).0)).unwrap_or_default();
    html! {
        @if score.fate == Fate::Kept { (score.entered) (counted) }
        @else { s { (score.entered) (counted) } (request.aside(fate(request, score.fate))) }
    }
}

/// `(85 + 90) ÷ 2`, of the scores that count.
fn mean_of(scores: &[ScoreDerivation]) -> String {
    let kept = scores.iter().filter(|score| score.fate == Fate::Kept);
    let kept: Vec<String> = kept
        .map(|score| {
            score.counted.as_ref().map_or_else(|| operand(score.entered), |counted| digits(counted).0)
        })
        .collect();
    format!("({}) ÷ {}", kept.join(" + "), kept.len())
}

/// A verified value, with the names of units and tiers.
fn written(request: &PageRequest, value: &VerifiedValue, formula: &Formula) -> String {
    match (value, formula) {
        (VerifiedValue::Number(_, number), _) => number.to_string(),
        (VerifiedValue::Counts(_, counts), Formula::PerUnit { units, .. }) => {
            let counts = counts
                .iter()
                .map(|(unit, count)| format!("{} {count}", named(request, &units[*unit as usize].0)));
            counts.collect::<Vec<_>>().join(request.t("，", ", "))
        }
        (VerifiedValue::Tier(_, tier), Formula::Tiers(tiers)) => {
            named(request, &tiers[*tier as usize].0).to_owned()
        }
        _ => String::new(),
    }
}

/// The rule with the value put in.
fn working(request: &PageRequest, formula: &Formula, value: &VerifiedValue, best: Option<Decimal>) -> String {
    let gives = request.t("，得分率", ", fraction");
    let line = |v: Decimal, (from, to): (Decimal, Decimal)| {
        format!("({v} − {}) ÷ ({to} − {})", operand(from), operand(from))
    };
    match (formula, value) {
        (Formula::Linear { from, to }, VerifiedValue::Number(_, v)) => line(*v, (*from, *to)),
        (Formula::Efficacy { floor, target }, VerifiedValue::Number(_, v)) => {
            format!("0.6 + 0.4 × {}", line(*v, (*floor, *target)))
        }
        (Formula::Bands(bands), VerifiedValue::Number(_, v)) => {
            match bands.iter().find(|band| *v >= band.at_least) {
                Some(band) => format!("{v} ≥ {}{gives}", band.at_least),
                None => format!("{v}{}{gives}", request.t(" 不到最低一档", " is below the lowest band")),
            }
        }
        (Formula::Piecewise(points), VerifiedValue::Number(_, v)) => {
            let above = points.iter().position(|(x, _)| v < x);
            match above {
                Some(0) => format!("{v} < {}{gives}", points[0].0),
                None => format!("{v} ≥ {}{gives}", points[points.len() - 1].0),
                Some(at) => {
                    let ((x, y), (next_x, next_y)) = (points[at - 1], points[at]);
                    format!("{y} + ({next_y} − {}) × {}", operand(y), line(*v, (x, next_x)))
                }
            }
        }
        (Formula::PerUnit { units, cap }, VerifiedValue::Counts(_, counts)) => {
            let terms = counts.iter().filter(|(_, count)| *count > 0);
            let terms = terms.map(|(unit, count)| {
                let (name, weight) = &units[*unit as usize];
                format!("{} {count} × {weight}", named(request, name))
            });
            let terms = terms.collect::<Vec<_>>().join(" + ");
            format!("({}) ÷ {cap}", if terms.is_empty() { "0" } else { &terms })
        }
        (Formula::Tiers(tiers), VerifiedValue::Tier(_, tier)) => {
            let (name, fraction) = &tiers[*tier as usize];
            format!("{}{}{}{gives}", named(request, name), request.t("得", " gives "), percent(*fraction))
        }
        (Formula::Best, VerifiedValue::Number(_, v)) => match best.filter(|best| *best > Decimal::ZERO) {
            Some(best) => format!("{v} ÷ {best}{}", request.t("（本组最高值）", " (the track's greatest)")),
            None => request
                .t("本组最高值不大于0，得分率", "the track's greatest is not above 0: fraction")
                .to_owned(),
        },
        _ => String::new(),
    }
}

/// What criteria and adjustments add up to, and how that is rounded; nothing where there is no score.
pub(super) fn total(request: &PageRequest, derivation: &Derivation<'_>) -> Markup {
    let (Some(total), Some(figures)) = (&derivation.total, derivation.figures()) else {
        return Markup::default();
    };
    let rules = &derivation.tally.rules;
    let adjusted = total.capped_bonus.0 != total.deduction.0;
    let rounded = total.sum == total.total;
    html! {
        h2 { (request.t("合计", "Total")) }
        (adjustment(request, derivation))
        p {
            (request.t("总分＝各准则得分（未舍入）", "The total is the sum of the criteria (not rounded)"))
            @if adjusted { (request.t("＋加分－扣分", " and the bonuses less the deductions")) }
            (request.t("：", ": "))
            (sum(total.criteria.iter()))
            @if adjusted { " + " (digits(&total.capped_bonus).0) " − " (digits(&total.deduction).0) }
            (equals(&total.sum))
            @if !rounded { (request.t("，低于0，按0计", ", below 0, which counts as 0")) }
        }
        p {
            @if request.is_chinese() { "最后舍入到" (rules.places) "位小数（" } @else { "Rounded at the end to " (count(rules.places, "digit", "digits")) " after the point (" }
            (super::super::public::rules::rounding(request, rules.rounding))
            (request.t("）：", "): ")) strong { (figures.total()) }
        }
    }
}

fn adjustment(request: &PageRequest, derivation: &Derivation<'_>) -> Markup {
    let tally = derivation.tally;
    let entered = &tally.applications[derivation.standing.application].adjustments;
    let Some(total) = derivation.total.as_ref().filter(|_| !entered.is_empty()) else {
        return Markup::default();
    };
    html! {
        h3 { (request.t("加分与扣分", "Bonuses and deductions")) }
        ul { @for (at, value) in entered {
            @let adjustment = &tally.rubric.adjustments[*at];
            li {
                (adjustment.name) (request.t("：", ": "))
                (if adjustment.kind == AdjustmentKind::Bonus { "+" } else { "−" }) (value)
                (request.t("（至多", " (at most ")) (adjustment.max) (request.t("）", ")"))
            }
        } }
        @if let Some(cap) = tally.rules.bonus_cap.filter(|_| total.bonus != total.capped_bonus) {
            p { (request.t("加分合计", "The bonuses sum to ")) (digits(&total.bonus).0) (request.t("，以", ", held to ")) (cap) (request.t("为限。", ".")) }
        }
    }
}
