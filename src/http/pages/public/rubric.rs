//! A rubric as people read it: criteria with their indicators, and how each is scored.

use super::super::prelude::*;
use super::super::values::named;
use crate::domain::catalogue::Catalogue;
use crate::domain::scoring::{
    AdjustmentKind, Criterion, Formula, Indicator, IndicatorKind, MeasuredRule, MeasuredRules, Rubric,
};
use crate::domain::values::{ChainId, Decimal};

/// A fraction as percent, exactly.
pub(in super::super) fn percent(fraction: Decimal) -> String {
    let millionths = fraction.hundred_millionths();
    let (whole, rest) = (millionths / 1_000_000, (millionths % 1_000_000).abs());
    let rest = format!("{rest:06}");
    let rest = rest.trim_end_matches('0');
    let sign = if millionths < 0 && whole == 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}%") } else { format!("{sign}{whole}.{rest}%") }
}

/// The criteria, the adjustments and the vetoes.
pub(super) fn render(request: &PageRequest, rubric: &Rubric, catalogue: &Catalogue) -> Markup {
    html! {
        h2 id="rubric" { (request.t("指标体系", "Rubric")) }
        p {
            (request.t("满分", "Full marks: ")) (rubric.full_marks)
            (request.t("分。每项指标按得分比例计入所属准则，各准则按权重合计。", ". Each indicator counts towards its criterion by its share of points, each criterion by its weight."))
        }
        @for criterion in &rubric.criteria { (of_criterion(request, criterion, catalogue)) }
        @if !rubric.adjustments.is_empty() {
            h3 { (request.t("加分与扣分", "Bonuses and deductions")) }
            ul {
                @for adjustment in &rubric.adjustments {
                    @let bonus = adjustment.kind == AdjustmentKind::Bonus;
                    li {
                        (if bonus { request.t("加分", "Bonus") } else { request.t("扣分", "Deduction") }) (request.t("：", ": "))
                        (&adjustment.name) (request.t("，至多 ", ", at most ")) (adjustment.max)
                    }
                }
            }
        }
        @if !rubric.vetoes.is_empty() {
            h3 { (request.t("一票否决：有其一即不参加排名", "Vetoes: any of these excludes")) }
            ul { @for veto in &rubric.vetoes { li { (&veto.name) } } }
        }
    }
}

fn of_criterion(request: &PageRequest, criterion: &Criterion, catalogue: &Catalogue) -> Markup {
    let sections = criterion.indicators.chunk_by(|one, next| one.section == next.section);
    let heading = |section: &[Indicator]| html! { @if let Some(section) = &section[0].section { (section) } };
    let table = Table::grouped("", sections.map(|section| (heading(section), section)))
        .head(request.t("指标", "Indicator"), |indicator| &indicator.name)
        .number(request.t("分值", "Points"), |indicator| indicator.points.to_string())
        .column(request.t("怎样得分", "How it is scored"), |indicator| {
            html! {
                (scored(request, indicator, catalogue))
                @if let Some(guide) = &indicator.guide { div.hint { (guide) } }
            }
        });
    html! {
        h3 { (&criterion.name) (request.t("（权重", " (weight ")) (criterion.weight) "%" (request.t("）", ")")) }
        (table.render())
    }
}

fn scored(request: &PageRequest, indicator: &Indicator, catalogue: &Catalogue) -> Markup {
    match &indicator.kind {
        IndicatorKind::Judged(scale) => html! {
            (request.t("专家评判 ", "Judged by experts, ")) (scale.min) "–" (scale.max) (request.t("，步长 ", " in steps of ")) (scale.step)
        },
        IndicatorKind::Measured(rules) => measured(request, indicator, rules, catalogue),
    }
}

fn measured(
    request: &PageRequest,
    indicator: &Indicator,
    rules: &MeasuredRules,
    catalogue: &Catalogue,
) -> Markup {
    let unit = indicator.unit.as_deref().unwrap_or_default();
    html! {
        (request.t("按核定值计算", "Computed from the verified value"))
        @if !unit.is_empty() { (request.t("（单位：", " (unit: ")) (unit) (request.t("）", ")")) }
        (request.t("：", ": ")) (rule(request, &rules.general))
        @if !rules.by_chain.is_empty() {
            details {
                summary { (request.t("另有规定的产业链：", "Chains with a rule of their own: ")) (rules.by_chain.len()) }
                ul {
                    @for (chain, own) in &rules.by_chain {
                        li { (chain_name(chain, catalogue)) (request.t("：", ": ")) (rule(request, own)) }
                    }
                }
            }
        }
    }
}

/// A chain's name; its number as the rubric has it where the catalogue knows none.
fn chain_name(chain: &ChainId, catalogue: &Catalogue) -> Markup {
    let found = chain.as_str().parse().ok().and_then(|number| catalogue.chain(number));
    html! { (found.map_or(chain.as_str(), |(_, chain)| &chain.name)) }
}

fn rule(request: &PageRequest, rule: &MeasuredRule) -> Markup {
    html! {
        (formula(request, &rule.formula)) (request.t("；", "; "))
        (if rule.missing_is_zero {
            request.t("缺失得0分", "no value, no points")
        } else {
            request.t("缺失则申报不完整", "without a value the application is incomplete")
        })
    }
}

/// A rule of a measured indicator in words, with its bounds, steps and weights.
pub(in super::super) fn formula(request: &PageRequest, formula: &Formula) -> Markup {
    let arrow = request.t("得", " gives ");
    let list = |parts: Vec<String>| parts.join(request.t("，", ", "));
    match formula {
        Formula::Linear { from, to } => html! {
            (from) (arrow) "0%" (request.t("，", ", ")) (to) (arrow) "100%" (request.t("，其间按直线计", ", in a straight line between"))
        },
        Formula::Efficacy { floor, target } => html! {
            (request.t("功效系数法：", "efficacy coefficient: ")) (floor) (arrow) "60%" (request.t("，", ", ")) (target) (arrow) "100%"
            (request.t("，按此直线计，0%至100%", ", on that line, between 0% and 100%"))
        },
        Formula::Bands(bands) => {
            let parts =
                bands.iter().map(|band| format!("≥{}{arrow}{}", band.at_least, percent(band.fraction)));
            html! { (list(parts.collect())) (request.t("，其余得0%", ", less gives 0%")) }
        }
        Formula::Piecewise(points) => {
            let parts =
                points.iter().map(|(value, fraction)| format!("{value}{arrow}{}", percent(*fraction)));
            html! { (list(parts.collect())) (request.t("，其间按直线计", ", in a straight line between")) }
        }
        Formula::PerUnit { units, cap } => {
            let parts = units.iter().map(|(name, weight)| format!("{} × {weight}", named(request, name)));
            html! {
                (request.t("加权计数：", "weighted count: ")) (list(parts.collect()))
                (request.t("；合计达", "; a sum of ")) (cap) (arrow) "100%"
            }
        }
        Formula::Tiers(tiers) => {
            let parts = tiers
                .iter()
                .map(|(name, fraction)| format!("{}{arrow}{}", named(request, name), percent(*fraction)));
            html! { (list(parts.collect())) }
        }
        Formula::Best => {
            html! { (request.t("与本组最高值之比", "its ratio to the greatest value of the track")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_exact() {
        let of = |text: &str| percent(Decimal::parse(text).unwrap());
        assert_eq!(of("0.6667"), "66.67%");
        assert_eq!(of("1"), "100%");
        assert_eq!(of("0"), "0%");
        assert_eq!(of("0.00000001"), "0.000001%");
        assert_eq!(of("-0.005"), "-0.5%");
    }
}
