//! The marks of a score sheet: entered on their scales, and read.

use super::super::prelude::*;
use crate::actions::rules::Rules;
use crate::domain::scoring::{Indicator, IndicatorKind, Scale};
use crate::domain::sheet::{Mark, SheetContent};
use crate::domain::values::Decimal;

/// Up to so many steps a scale is shown step by step; a longer one is a number to type.
const MOST_STEPS: u128 = 20;

/// The mark of an indicator, if there is one.
pub(super) fn of<'a>(content: &'a SheetContent, indicator: &Indicator) -> Option<&'a Mark> {
    content.marks.iter().find(|mark| mark.indicator == indicator.key.as_str())
}

/// The fields of a whole sheet; `at` is where the sheet stands in the form's document.
pub(super) fn entry(
    form: &Form<'_>,
    request: &PageRequest,
    rules: &Rules,
    content: &SheetContent,
    at: &str,
) -> Markup {
    let mut number = 0;
    html! {
        @for criterion in &rules.tally.rubric.criteria {
            @let judged: Vec<(&Indicator, &Scale)> = criterion.indicators.iter().filter_map(judged).collect();
            @if !judged.is_empty() {
                h3 { (criterion.name) }
                @for (indicator, scale) in judged {
                    (one(form, request, rules, (indicator, scale), of(content, indicator), &format!("{at}/marks/{number}")))
                    @let () = number += 1;
                }
            }
        }
        h3 { (request.t("总体意见", "Overall opinion")) }
        (form.field(&Field::area(format!("{at}/opinion"), request.t("总体意见", "Overall opinion"), 4).value(&*content.opinion)))
        details open[!content.dissent.is_empty()] {
            summary { (request.t("对评审过程有不同意见？", "Do you dissent from how the review is done?")) }
            (form.field(&Field::area(format!("{at}/dissent"), request.t("不同意见", "Dissent"), 3)
                .hint(request.t("写在这里的意见随评分表一并签署存档；不写视为同意。", "It is signed and kept with the sheet; nothing written here counts as agreement."))
                .value(&*content.dissent)))
        }
    }
}

fn judged(indicator: &Indicator) -> Option<(&Indicator, &Scale)> {
    match &indicator.kind {
        IndicatorKind::Judged(scale) => Some((indicator, scale)),
        IndicatorKind::Measured(_) => None,
    }
}

fn one(
    form: &Form<'_>,
    request: &PageRequest,
    rules: &Rules,
    (indicator, scale): (&Indicator, &Scale),
    mark: Option<&Mark>,
    at: &str,
) -> Markup {
    let always = rules.settings.review.reason_required.iter().any(|key| key == indicator.key.as_str());
    let due = if always { "always".to_owned() } else { format!("{} {}", scale.min, scale.max) };
    let when = if always {
        request.t("本项必须说明理由", "A reason is always due here")
    } else {
        request.t("最低分、最高分必须说明理由", "A reason is due at the lowest and the highest score")
    };
    let label = format!(
        "{}{}{}—{}{}",
        indicator.name,
        request.t("（", " ("),
        scale.min,
        scale.max,
        request.t("分）", ")")
    );
    html! {
        div.indicator data-due=(due) {
            input type="hidden" name=(format!("{at}/indicator:key")) value=(indicator.key);
            (form.field(&score(request, format!("{at}/score:optional"), label, indicator, scale, mark)))
            div.reason {
                (form.field(&Field::area(
                    format!("{at}/reason"),
                    format!("{}{}", request.t("理由：", "Reason: "), indicator.name),
                    2,
                ).hint(when).value(mark.map(|mark| &*mark.reason).unwrap_or_default()).silent()))
            }
        }
    }
}

fn score(
    request: &PageRequest,
    name: String,
    label: String,
    indicator: &Indicator,
    scale: &Scale,
    mark: Option<&Mark>,
) -> Field {
    let stored = mark.and_then(|mark| mark.score.as_deref());
    // As the scale writes it, however it was sent.
    let stored =
        stored.map(|text| Decimal::parse(text).map_or_else(|| text.to_owned(), |value| value.to_string()));
    let field = if scale.steps() <= MOST_STEPS {
        let steps = (0..=scale.steps()).map(|steps| scale.min.advanced_by(steps, scale.step));
        Field::scale(name, label, steps.map(|step| step.to_string()))
    } else {
        Field::number(name, label).unit(format!("{}{}", request.t("步长 ", "steps of "), scale.step)).short()
    };
    let field = match &indicator.guide {
        Some(guide) => field.hint(guide.as_str()),
        None => field,
    };
    field.value(stored.unwrap_or_default()).silent()
}

/// A sheet as it is read before it is signed, and afterwards.
pub(super) fn table(request: &PageRequest, rules: &Rules, content: &SheetContent) -> Markup {
    let table =
        Table::new(request.t("专家评分", "Scores"), crate::domain::sheet::judged(&rules.tally.rubric))
            .head(request.t("指标", "Indicator"), |(indicator, _)| &indicator.name)
            .number(request.t("分值范围", "Scale"), |(_, scale)| html! { (scale.min) "—" (scale.max) })
            .number(request.t("评分", "Score"), |(indicator, _)| {
                html! {
                    @match of(content, indicator).and_then(|mark| mark.score.as_deref()) {
                        Some(score) => strong { (score) },
                        None => (request.t("未评", "none")),
                    }
                }
            })
            .text(request.t("理由", "Reason"), |(indicator, _)| {
                of(content, indicator).map_or("", |mark| &mark.reason)
            });
    html! {
        (table.render())
        (said(request.t("总体意见", "Overall opinion"), &content.opinion))
        (said(request.t("不同意见", "Dissent"), &content.dissent))
    }
}

fn said(title: &str, text: &str) -> Markup {
    html! { @if !text.is_empty() { h3 { (title) } p.text { (text) } } }
}
