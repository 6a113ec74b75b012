//! What is wrong with a part as it was sent.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::part::{Figure, Firm, Part, PartContent, Profile};
use crate::domain::catalogue::ChainNumber;
use crate::domain::competition::Settings;
use crate::domain::credit_code::CreditCode;
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::scoring::{Indicator, IndicatorKind, Tally};
use crate::domain::text::{check_phone, check_text};

/// The most firms that an application names.
pub(super) const MOST_FIRMS: usize = 50;

/// What is wrong with a part, beyond what its type refuses. A draft may be incomplete, but not wrong: what is missing
/// is told by [`Whole::missing`](super::Whole::missing).
pub fn check_part(
    content: &PartContent,
    part: &Part,
    settings: &Settings,
    tally: &Tally,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    match content {
        PartContent::Profile(profile) => check_profile(profile, &mut problems),
        PartContent::Firms(firms) => check_firms(&firms.firms, &mut problems),
        PartContent::Figures(figures) => check_figures(&figures.figures, settings, tally, &mut problems),
        PartContent::Undertaking(undertaking) => {
            check_text(&mut problems, "/signatory", &undertaking.signatory, 0, lengths::NAME);
            check_text(&mut problems, "/post", &undertaking.post, 0, lengths::NAME);
            if undertaking.accepted {
                check_text(&mut problems, "/signatory", &undertaking.signatory, 1, lengths::NAME);
            }
        }
        PartContent::Section(section) => {
            let most = match part {
                Part::Section(key) => settings.sections.iter().find(|rule| rule.key == *key),
                _ => None,
            };
            let most = most.map_or(0, |rule| rule.most_characters as usize);
            check_text(&mut problems, "/text", &section.text, 0, most);
        }
    }
    problems
}

fn check_profile(profile: &Profile, problems: &mut Vec<FieldProblem>) {
    check_text(problems, "/title", &profile.title, 0, lengths::TITLE);
    check_text(problems, "/leading_industry", &profile.leading_industry, 0, lengths::LINE);
    check_text(problems, "/promotion_body", &profile.promotion_body, 0, lengths::TITLE);
    check_text(problems, "/contact_name", &profile.contact_name, 0, lengths::NAME);
    check_text(problems, "/contact_post", &profile.contact_post, 0, lengths::NAME);
    check_phone(problems, "/contact_phone", &profile.contact_phone);
    if profile.area_km2.is_some_and(|area| area <= Decimal::ZERO || area > Decimal::from(200_000)) {
        problems.push(FieldProblem::new(
            "/area_km2",
            "out_of_range",
            "面积应大于0平方公里，且不超过20万平方公里",
            "The area must be above 0 and at most 200,000 km²",
        ));
    }
}

fn check_firms(firms: &[Firm], problems: &mut Vec<FieldProblem>) {
    if firms.len() > MOST_FIRMS {
        problems.push(FieldProblem::new(
            "/firms",
            "too_many",
            format!("至多{MOST_FIRMS}家企业"),
            format!("At most {MOST_FIRMS} firms"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, firm) in firms.iter().enumerate() {
        check_text(problems, &format!("/firms/{index}/name"), &firm.name, 1, lengths::TITLE);
        check_text(problems, &format!("/firms/{index}/products"), &firm.products, 0, lengths::REMARK);
        let pointer = format!("/firms/{index}/credit_code");
        match CreditCode::parse(&firm.credit_code) {
            Err(wrong) => {
                let message = wrong.message();
                problems.push(FieldProblem::new(pointer, "credit_code", message.zh, message.en));
            }
            Ok(code) if !seen.insert(code.to_string()) => problems.push(FieldProblem::new(
                pointer,
                "duplicate",
                "该企业已填写",
                "This firm is listed already",
            )),
            Ok(_) => {}
        }
    }
}

pub(super) fn measured(tally: &Tally) -> impl Iterator<Item = &Indicator> {
    let indicators = tally.rubric.criteria.iter().flat_map(|criterion| &criterion.indicators);
    indicators.filter(|indicator| matches!(indicator.kind, IndicatorKind::Measured { .. }))
}

pub(super) fn check_figures(
    figures: &[Figure],
    settings: &Settings,
    tally: &Tally,
    problems: &mut Vec<FieldProblem>,
) {
    let mut seen = BTreeSet::new();
    let mut values = Map::new();
    for (index, figure) in figures.iter().enumerate() {
        let at = |member: &str| format!("/figures/{index}/{member}");
        let Some(indicator) = measured(tally).find(|indicator| indicator.key.as_str() == figure.indicator)
        else {
            problems.push(FieldProblem::new(
                at("indicator"),
                "unknown_indicator",
                "指标体系中没有这一定量指标",
                "The rubric has no such measured indicator",
            ));
            continue;
        };
        if !seen.insert(&figure.indicator) {
            problems.push(FieldProblem::new(
                at("indicator"),
                "duplicate",
                "该指标已填写",
                "The indicator stands twice",
            ));
            continue;
        }
        if let Some(unit) = indicator.unit.as_deref().filter(|unit| *unit != figure.unit) {
            problems.push(FieldProblem::new(
                at("unit"),
                "other_unit",
                format!("该指标的单位应为“{unit}”"),
                format!("This indicator is in {unit}"),
            ));
        }
        check_text(problems, &at("unit"), &figure.unit, 0, lengths::MEASURE);
        check_text(problems, &at("calibre"), &figure.calibre, 0, lengths::TITLE);
        check_text(problems, &at("source_body"), &figure.source_body, 0, lengths::TITLE);
        check_text(problems, &at("explanation"), &figure.explanation, 0, lengths::REMARK);
        if !(2000..=2100).contains(&figure.year) {
            problems.push(FieldProblem::new(
                at("year"),
                "out_of_range",
                "年份应为2000至2100",
                "A year from 2000 to 2100",
            ));
        }
        if figure
            .last_year
            .as_deref()
            .is_some_and(|text| crate::domain::values::Decimal::parse(text).is_none())
        {
            problems.push(FieldProblem::new(
                at("last_year"),
                "not_a_decimal",
                "应为普通小数，如“12.5”，整数部分至多12位，小数部分至多8位",
                "A plain decimal such as \"12.5\": at most 12 digits before and 8 after the point",
            ));
        }
        values.insert(figure.indicator.clone(), figure.value.clone());
    }
    for (key, mut problem) in wrong_values(settings, &values, None) {
        let Some(index) = figures.iter().position(|figure| figure.indicator == key) else { continue };
        problem.pointer = format!("/figures/{index}/value{}", problem.pointer);
        problems.push(problem);
    }
}

/// What is wrong with values of measured indicators, with the key of each; pointers are below the value. The scoring
/// core reads them as it will read the verified ones, so what is accepted here can be scored.
pub(in crate::domain) fn wrong_values(
    settings: &Settings,
    values: &Map<String, Value>,
    chain: Option<ChainNumber>,
) -> Vec<(String, FieldProblem)> {
    let mut application = json!({ "id": "claim", "title": "", "region": "", "measured": values, "adjustments": {}, "vetoes": [] });
    if let Some(chain) = chain {
        application["chain"] = json!(chain.to_string());
    }
    let Err(wrong) = settings.tally_of(&json!([application])) else { return Vec::new() };
    let of_values = wrong.into_iter().filter_map(|mut problem| {
        let rest = problem.pointer.strip_prefix("/applications/0/measured/")?.to_owned();
        let (key, below) = rest.split_once('/').unwrap_or((&rest, ""));
        let separator = if below.is_empty() { "" } else { "/" };
        problem.pointer = format!("{separator}{below}");
        problem.code = "value";
        Some((key.to_owned(), problem))
    });
    of_values.collect()
}
