//! What is missing, with links to the fields, and how the claims would score.

use rust_decimal::Decimal;

use super::super::charts::criterion_bars;
use super::super::prelude::*;
use super::context::Context;
use super::figures::{row_of, value_field};
use super::parts::form;
use crate::actions::applications::{self, CriterionPreview, IndicatorPreview};
use crate::actions::open_points::OpenPoint;
use crate::domain::application::Figures;

/// The page on which something that is missing is put right, at its field.
fn place_of(
    request: &PageRequest,
    context: &Context,
    stored: &Figures,
    point: &OpenPoint,
    unfilled: &[usize],
) -> String {
    let rest = point.pointer.trim_start_matches('/');
    let (part, below) = rest.split_once('/').unwrap_or((rest, ""));
    let page = context.page();
    match part {
        "evidence" | "members" => return format!("{page}/{part}"),
        _ if !context.view.parts.contains_key(part) => return page,
        _ => {}
    }
    let field = match (part, below) {
        ("profile", "area_km2") => Some("/area_km2:null".to_owned()),
        ("undertaking", "accepted") => Some("/accepted:yes".to_owned()),
        ("firms", _) => Some("/firms/0/name".to_owned()),
        ("figures", "figures") => unfilled.first().and_then(|row| value_field(context, *row)),
        ("figures", _) => figure_field(context, stored, below),
        _ => Some(format!("/{below}")),
    };
    let anchor =
        field.map_or_else(String::new, |field| format!("#{}", form(request, context, part).id(&field)));
    format!("{page}/parts/{part}{anchor}")
}

/// Where the figure stands that a pointer below the part names.
fn figure_place(below: &str) -> Option<usize> {
    below.split('/').nth(1)?.parse().ok()
}

/// The field of a figure: what is stored is in the order in which it was sent, the form in that of the rubric.
fn figure_field(context: &Context, stored: &Figures, below: &str) -> Option<String> {
    let row = row_of(context, stored, figure_place(below)?)?;
    let member = match below.split('/').nth(2) {
        None => "calibre",
        Some("value") => return value_field(context, row),
        Some("evidence") => "evidence/0",
        Some("year") => "year:usual",
        Some("last_year") => "last_year:optional",
        Some(member) => member,
    };
    Some(format!("/figures/{row}/{member}"))
}

/// Rows of the form whose indicators have no figure: what is missing names them in the same order.
fn rows_without_figure(context: &Context, stored: &Figures) -> Vec<usize> {
    let filled = |key: &str| stored.figures.iter().any(|figure| figure.indicator == key);
    let measured = context.rules.tally.rubric.measured().enumerate();
    let missing = measured.filter(|(_, (indicator, _))| !filled(indicator.key.as_str()));
    missing.map(|(row, _)| row).collect()
}

/// What a warning is about, where that is a figure.
fn about(context: &Context, stored: &Figures, point: &OpenPoint) -> Option<String> {
    let place = figure_place(point.pointer.strip_prefix("/figures/")?)?;
    let row = row_of(context, stored, place)?;
    context.rules.tally.rubric.measured().nth(row).map(|(indicator, _)| indicator.name.clone())
}

/// Things that are missing or look wrong, each with a link to where it is put right.
pub(super) fn points(
    request: &PageRequest,
    context: &Context,
    stored: &Figures,
    points: &[OpenPoint],
    naming: bool,
) -> Markup {
    let all = rows_without_figure(context, stored);
    let mut unfilled = all.as_slice();
    let may_change = context.may_change(request);
    html! {
        ul.tasks {
            @for point in points {
                @let told = match about(context, stored, point).filter(|_| naming) {
                    Some(name) => format!("{name}：{}", request.t(&point.zh, &point.en)),
                    None => request.t(&point.zh, &point.en).to_owned(),
                };
                @let place = place_of(request, context, stored, point, unfilled);
                @let () = if point.code == "figure_needed" { unfilled = unfilled.get(1..).unwrap_or_default(); };
                li { @if may_change { a href=(request.link(&place)) { (told) } } @else { (told) } }
            }
        }
    }
}

/// What is missing, and what looks wrong.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let found = applications::completeness(&request.service, &request.context, context.view.id).await?;
    let stored: Figures = context.content("figures")?;
    let body = html! {
        @if found.complete {
            (notice(Tone::Good, &html! { p { (request.t("没有缺项。", "Nothing is missing.")) } }))
            @if context.may_change(&request) {
                p { a.button href=(request.link(&format!("{}/submit", context.page()))) { (request.t("去提交", "Go on to submit")) } }
            }
        } @else {
            h2 { (request.t("还缺", "Missing: ")) (found.missing.len()) (request.t("项", "")) }
            (points(&request, &context, &stored, &found.missing, false))
        }
        @if !found.warnings.is_empty() {
            h2 { (request.t("请核对", "Please check")) }
            p { (request.t("下列数据看起来不寻常：有误的请更正，确属实情的请填写情况说明；说明随申报送审。", "These figures look unusual: put right what is wrong, and explain what is right; explanations go with the application.")) }
            (points(&request, &context, &stored, &found.warnings, true))
        }
    };
    let title = request.t("完整性", "Completeness");
    Ok(context.shown(&request, title, "/completeness", &body).data(format!("{}/completeness", context.api())))
}

/// Points to two places, as people read them.
fn short(points: Decimal) -> String {
    points.round_dp(2).normalize().to_string()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

/// The points that the claims of a criterion give.
fn sum(criterion: &CriterionPreview) -> Decimal {
    let points = criterion.indicators.iter().filter_map(|indicator| indicator.points.as_deref());
    points.map(decimal).sum()
}

/// How the claims would score.
pub(super) async fn self_score(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let preview = applications::self_score(&request.service, &request.context, context.view.id).await?;
    let stored: Figures = context.content("figures")?;
    let measured = preview.criteria.iter().filter(|criterion| !decimal(&criterion.most_measured).is_zero());
    let measured: Vec<&CriterionPreview> = measured.collect();
    let (total, most): (Decimal, Decimal) = (
        measured.iter().map(|criterion| sum(criterion)).sum(),
        measured.iter().map(|criterion| decimal(&criterion.most_measured)).sum(),
    );
    let body = html! {
        p.lead {
            (request.t("按申报值计算，定量指标合计", "By the claimed values, the measured indicators give")) " "
            strong { (short(total)) } (request.either(format!("分，满分{}分。", short(most)), format!(" of {}.", count(short(most), "point", "points"))))
        }
        p { (request.t(
            "只有经考察核定的数值才计分；专家评判的指标不在此预估。计算规则与正式计分完全相同。",
            "Only values that an inspection has verified will score; what experts judge is not estimated here. The rules are those of the real scoring.",
        )) }
        (bars(&request, &measured))
        @for criterion in &preview.criteria { (indicators(&request, criterion, &stored)) }
    };
    let title = request.t("自评", "Self-score");
    Ok(context.shown(&request, title, "/self-score", &body).data(format!("{}/self-score", context.api())))
}

fn bars(request: &PageRequest, criteria: &[&CriterionPreview]) -> Markup {
    let rows: Vec<(String, Decimal, Decimal)> = criteria
        .iter()
        .map(|criterion| {
            let most = decimal(&criterion.most_measured).round_dp(2).normalize();
            (criterion.name.clone(), sum(criterion).round_dp(2).normalize(), most)
        })
        .collect();
    criterion_bars(
        request.t("各准则的定量部分", "The measured part of each criterion"),
        &rows,
        request.language,
    )
}

fn indicators(request: &PageRequest, criterion: &CriterionPreview, stored: &Figures) -> Markup {
    let caption = html! { (criterion.name) (request.t("：", ": ")) (request.t("逐项", "by indicator")) };
    let table = Table::new(caption, &criterion.indicators)
        .head(request.t("指标", "Indicator"), |indicator| &indicator.name)
        .number(request.t("得分", "Score"), |indicator| claimed(request, indicator, stored))
        .number(request.t("满分", "Full marks"), |indicator| short(decimal(&indicator.most)));
    html! { h2 { (criterion.name) } (table.render()) }
}

fn claimed(request: &PageRequest, indicator: &IndicatorPreview, stored: &Figures) -> Markup {
    let filled = stored.figures.iter().any(|figure| figure.indicator == indicator.key);
    match &indicator.points {
        Some(points) if filled => html! { (short(decimal(points))) },
        _ if indicator.judged => html! { span.muted { (request.t("专家评判", "judged by experts")) } },
        _ => tag(request.t("未填", "no value"), Tone::Warning),
    }
}
