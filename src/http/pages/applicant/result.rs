//! The own result: how each point arose, from the derivation of the frozen tally.

use rust_decimal::Decimal;

use super::super::charts::criterion_bars;
use super::super::prelude::*;
use super::super::results::words::standing_reasons;
use super::context::Context;
use super::workings;
use crate::actions::boards;
use crate::actions::closing::{self, ResultBasis};
use crate::domain::scoring::{Award, Derivation, Status, explain};
use crate::error::Kind;

/// How an application fared.
pub(super) async fn page(request: Rc<PageRequest>) -> Result<Page> {
    let context = Context::read(&request).await?;
    let found = closing::result_basis(&request.service, &request.context, context.view.id).await;
    let is_there = found.is_ok();
    let body = match found {
        Ok(basis) => {
            let derivation = explain(&basis.ranked.tally, &context.view.id.to_string());
            sheet(&request, &context, &basis, &derivation.ok_or_else(Error::not_found)?)
        }
        Err(error) if error.kind == Kind::Conflict => empty(&html! {
            p { (request.localized(&error.message)) }
            p { (request.t(
                "公示开始后，申报单位可在此查看本件的全部得分及其由来。",
                "From the notice on, applicants see here all points and how each arose.",
            )) }
        }),
        Err(error) => return Err(error),
    };
    let title = request.t("结果", "Result");
    let address = format!("{}/result", context.api());
    Ok(context
        .shown(&request, title, "/result", &body)
        .document_if(is_there, &printed::RESULT, address.clone())
        .data(address))
}

fn sheet(
    request: &PageRequest,
    context: &Context,
    basis: &ResultBasis,
    derivation: &Derivation<'_>,
) -> Markup {
    html! {
        (outcome(request, context, derivation))
        p { (request.t(
            "以下列出每一分的由来，可用计算器逐步复算：核定值、规则、各专家打分、去掉了哪些、平均、合计和最后的舍入。写“≈”的是除不尽的数，只在显示时截短，计算时不舍入。专家以代号出现，代号在各件申报之间互不相同。",
            "This is how each point arose, to be followed with a calculator: verified values, rules, each expert's marks, which were dropped, means, sums, and the rounding at the end. What “≈” stands before does not end; it is shortened here only and never in the calculation. Experts stand under keys, which differ from application to application.",
        )) }
        (criteria(request, derivation))
        (workings::panel(request, derivation))
        @for at in 0..derivation.tally.rubric.criteria.len() { (workings::criterion(request, derivation, at)) }
        (workings::total(request, derivation))
        p.muted { (request.t("依据：第", "By version ")) (basis.number) (request.t("版汇总，摘要", " of the tally, digest ")) " " code { (basis.digest) } }
        (print_button(request))
        p.screen { a href=(request.link(&format!("{}/rechecks", context.page()))) { (request.t("计算或程序有误？申请复核", "Is arithmetic or procedure wrong? Ask for a re-check")) } }
    }
}

fn outcome(request: &PageRequest, context: &Context, derivation: &Derivation<'_>) -> Markup {
    let (tally, standing) = (derivation.tally, &derivation.standing);
    let tone = match standing.status {
        Status::Ranked => Tone::Good,
        Status::Vetoed => Tone::Bad,
        Status::Incomplete => Tone::Warning,
    };
    let award = match standing.award {
        Some(Award::Reserve) => request.t("储备", "Reserve"),
        Some(Award::Won(award)) => &tally.rules.awards[award].name,
        None => "—",
    };
    let total = derivation.figures().map_or_else(|| "—".to_owned(), |figures| figures.total().to_string());
    let reasons = standing_reasons(request, standing.status, &boards::reasons(tally, &derivation.reasons));
    let track = context.view.track.as_deref().unwrap_or_default();
    let track = context.rules.settings.tracks.iter().find(|known| known.key == track);
    facts(&[
        (request.t("总分", "Total"), html! { strong { (total) } " / " (tally.rubric.full_marks) }),
        (
            request.t("计分情况", "Standing"),
            html! { (tag(standing.status.in_language(request.language), tone)) " " (reasons) },
        ),
        (
            request.t("名次", "Place"),
            html! {
                @match (standing.place, &derivation.place) {
                    (Some(place), Some(among)) => { strong { (place) } " / " (among.ranked) },
                    _ => "—",
                }
                @if let Some(track) = track { (request.aside(&track.name)) }
            },
        ),
        (
            request.t("按得分的奖项", "Award by the score"),
            html! {
                (award)
                @if let Some(note) = standing.note { (request.aside(note.in_language(request.language))) }
            },
        ),
    ])
}

fn criteria(request: &PageRequest, derivation: &Derivation<'_>) -> Markup {
    let rubric = &derivation.tally.rubric;
    let decimal =
        |value: crate::domain::values::Decimal| value.to_string().parse::<Decimal>().unwrap_or_default();
    let most = |weight| (decimal(rubric.full_marks) * decimal(weight) / Decimal::ONE_HUNDRED).normalize();
    let criteria = rubric.criteria.iter().enumerate();
    let rows: Vec<(String, Decimal, Decimal)> = criteria
        .filter_map(|(at, criterion)| {
            let score = derivation.figures()?.criterion(at).to_string().parse().ok()?;
            Some((criterion.name.clone(), score, most(criterion.weight)))
        })
        .collect();
    html! {
        h2 { (request.t("各准则得分", "By criterion")) }
        (criterion_bars(request.t("准则得分", "Points by criterion"), &rows, request.language))
    }
}
