//! The draw of panels: frozen, drawn by a public seed, confirmed by its witness; every attempt stays.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::{applications_of, competition, is_office, of_competition, panels};
use crate::actions::competitions::CompetitionView;
use crate::actions::draws::{self, DrawView};
use crate::actions::names::ApplicationNames;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::DrawState;
use crate::domain::ids::{CompetitionId, ExpertId};

fn is_open(competition: &CompetitionView) -> bool {
    matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring)
}

fn state(request: &PageRequest, state: DrawState) -> Markup {
    let tone = match state {
        DrawState::Frozen | DrawState::Drawn => Tone::Warning,
        DrawState::Confirmed => Tone::Good,
        DrawState::Void => Tone::Bad,
    };
    tag(state.in_language(request.language), tone)
}

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let attempts = draws::list(&request.service, &request.context, id).await?;
    let unfinished = attempts.iter().any(|draw| matches!(draw.state, DrawState::Frozen | DrawState::Drawn));
    let content = html! {
        p.lead { (request.t(
            "先冻结候选名单、规则和承诺值，再录入事先指定的公开事件结果作为种子抽取，最后由监督确认。每次抽取都保留在案，任何人都可凭记录重算。",
            "Candidates, rule and a commitment are frozen first; then the outcome of a public event named before is entered as the seed; then the supervisor confirms. Every attempt stays on record and can be drawn again by anyone.",
        )) }
        (print_button(&request))
        (table(&request, id, &attempts))
        @if is_office(&request) && is_open(&competition) && !unfinished { (freeze(&request, id)) }
    };
    Ok(of_competition(&request, &competition, "/draws", request.t("专家抽取", "Draw of panels"), &content)
        .document_if(
            attempts.iter().any(|attempt| attempt.result.is_some()),
            &printed::DRAW,
            format!("/api/v1/competitions/{id}/draws"),
        )
        .data(format!("/api/v1/competitions/{id}/draws"))
        .table(&tables::DRAWS, format!("/api/v1/competitions/{id}/draws")))
}

fn table(request: &PageRequest, id: CompetitionId, attempts: &[DrawView]) -> Markup {
    Table::new(request.t("历次抽取", "Attempts"), attempts)
        .head(request.t("次序", "Attempt"), |draw| {
            html! { a href=(request.link(&format!("/competitions/{id}/draws/{}", draw.number))) {
                @if request.is_chinese() { "第" (draw.number) "次" } @else { "No. " (draw.number) }
            } }
        })
        .column(request.t("状态", "State"), |draw| state(request, draw.state))
        .column(request.t("冻结时间", "Frozen at"), |draw| request.time(draw.frozen_at))
        .column(request.t("公开种子来源", "Source of the public seed"), |draw| &draw.basis.seed_source)
        .column(
            request.t("作废理由", "Why void"),
            |draw| html! { @if draw.reason.is_empty() { "—" } @else { (draw.reason) } },
        )
        .empty(request.t("还没有抽取。", "Nothing has been drawn yet."))
        .render()
}

fn freeze(request: &PageRequest, id: CompetitionId) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/competitions/{id}/draws"))
        .once()
        .next(format!("/competitions/{id}/draws/{{number}}"))
        .done("候选名单与规则已冻结。", "Candidates and rule are frozen.");
    html! {
        h2 { (request.t("冻结并开始抽取", "Freeze and begin a draw")) }
        p { (request.t(
            "冻结后候选名单和规则不能改动；本次抽取只能继续或作废，均保留在案。冻结前请先看“回避”。",
            "Nothing can be changed after that; the attempt goes on or is given up, and both stay on record. Look at the conflicts first.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/seed_source", request.t("将作为公开种子的事件", "The public event to come whose outcome will be the seed"))
                .hint(request.t("须尚未发生、结果公开可查，如：中国福利彩票双色球第2026056期开奖号码。", "It must lie ahead and its outcome be public, such as the numbers of a named lottery draw.")).required()))
            (form.field(&Field::checkbox("/unchecked_allowed:yes", request.t("允许抽取“待核实”的专家", "Experts with something unchecked may be drawn")).value("false")))
            @if form.carried().is_some_and(|carried| carried.error.code == "alike_experts") {
                (form.field(&Field::checkbox("/distinct:yes", request.t("已核实：以上姓名、单位相近的是不同的人", "I have found out: those who are nearly the same are different people")).value("false")))
            }
            (form.danger("冻结候选名单", "Freeze the candidates"))
        }))
    }
}

pub(super) async fn draw(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let number: i32 = request.id("number")?;
    let attempts = draws::list(&request.service, &request.context, id).await?;
    let draw = attempts.into_iter().find(|draw| draw.number == number).ok_or_else(Error::not_found)?;
    let known = applications_of(&request, id).await?;
    let record = format!("/api/v1/competitions/{id}/draws/{number}/record");
    let content = html! {
        (frozen(&request, &draw))
        @if is_open(&competition) { (acts(&request, id, &draw)) }
        @if draw.result.is_some() { (result(&request, &competition, &draw, &known)) }
        @if draw.public_seed.is_some() {
            h2 { (request.t("记录与重算", "Record and replay")) }
            p { a.button.secondary href=(record) download=(format!("draw-{number}.json")) { (request.t("下载抽取记录（JSON）", "Download the record (JSON)")) } }
            p { (request.t("任何人都可用它重算：", "Anyone can draw again from it: ")) code { "qianglian draw --replay draw-" (number) ".json" } }
        }
        (candidates(&request, &draw))
        div.signatures.print {
            p { (request.t("抽取人：", "Drawn by:")) }
            p { (request.t("监督人：", "Witness:")) }
            p { (request.t("日期：", "Date:")) }
        }
        (print_button(&request))
    };
    let title =
        if request.is_chinese() { format!("第{number}次抽取") } else { format!("Draw No. {number}") };
    let shown = of_competition(&request, &competition, "/draws", &title, &content)
        .crumb(format!("/competitions/{id}/draws"), request.t("专家抽取", "Draw of panels"))
        .data(format!("/api/v1/competitions/{id}/draws"));
    Ok(if draw.public_seed.is_some() { shown.data(record) } else { shown })
}

fn frozen(request: &PageRequest, draw: &DrawView) -> Markup {
    let rule = &draw.basis.rule;
    let seats = request.either(
        format!("每组{}人，候补{}人", rule.seats, rule.alternates),
        format!(
            "{} and {} a panel",
            count(rule.seats, "seat", "seats"),
            count(rule.alternates, "alternate", "alternates")
        ),
    );
    let unchecked = if rule.unchecked_allowed {
        request.t("；允许抽取“待核实”的专家", "; experts with something unchecked may be drawn")
    } else {
        request.t("；不抽取“待核实”的专家", "; nobody with something unchecked")
    };
    let pending = || html! { (request.t("尚未录入", "not entered yet")) };
    facts(&[
        (request.t("状态", "State"), html! { (state(request, draw.state)) " " (draw.reason) }),
        (request.t("冻结时间", "Frozen at"), request.time(draw.frozen_at)),
        (request.t("候选人数", "Candidates"), html! { (draw.basis.candidates.len()) }),
        (request.t("规则", "Rule"), html! { (seats) (unchecked) " · " code { (rule.algorithm) } }),
        (request.t("冻结内容摘要（SHA-256）", "Digest of what is frozen"), html! { code { (draw.digest) } }),
        (request.t("承诺值", "Commitment"), html! { code { (draw.basis.commitment) } }),
        (request.t("公开种子来源", "Source of the public seed"), html! { (draw.basis.seed_source) }),
        (
            request.t("公开种子", "Public seed"),
            draw.public_seed.as_ref().map_or_else(pending, |seed| html! { code { (seed) } }),
        ),
        (
            request.t("承诺的秘密值", "Secret behind the commitment"),
            draw.secret.as_ref().map_or_else(
                || html! { (request.t("录入公开种子后公开", "told once the seed is entered")) },
                |secret| html! { code { (secret) } },
            ),
        ),
        (
            request.t("监督确认", "Witness"),
            draw.witnessed_at.map_or_else(|| html! { "—" }, |at| request.time(at)),
        ),
    ])
}

/// What is to be done next, by whom.
fn acts(request: &PageRequest, id: CompetitionId, draw: &DrawView) -> Markup {
    let supervisor = request.role() == Some(Role::Supervisor);
    match draw.state {
        DrawState::Frozen if is_office(request) => {
            html! { (seed(request, id, draw)) (give_up(request, id, draw)) }
        }
        DrawState::Drawn if supervisor => witness(request, id, draw),
        DrawState::Drawn => notice(
            Tone::Active,
            &html! { p { (request.t("等待监督确认。确认后评审组生效。", "The supervisor is waited for; the panels hold once confirmed.")) } },
        ),
        DrawState::Frozen => notice(
            Tone::Active,
            &html! { p { (request.t("等待领导小组办公室录入公开种子。", "The office is to enter the public seed.")) } },
        ),
        DrawState::Confirmed => html! {
            p { a href=(request.link(&format!("/competitions/{id}/panels"))) { (request.t("查看评审组", "See the panels")) } }
        },
        DrawState::Void => Markup::default(),
    }
}

fn address(id: CompetitionId, draw: &DrawView, act: &str) -> String {
    format!("/api/v1/competitions/{id}/draws/{}/{act}", draw.number)
}

fn seed(request: &PageRequest, id: CompetitionId, draw: &DrawView) -> Markup {
    let form = request
        .form(Method::Post, address(id, draw, "seed"))
        .once()
        .done("已按公开种子抽取，请监督确认。", "Drawn; the supervisor is to confirm.");
    html! {
        h2 { (request.t("录入公开种子", "Enter the public seed")) }
        p { (request.t("事件：", "The event: ")) strong { (draw.basis.seed_source) } }
        p { (request.t(
            "照公布的原样录入。录入即抽取，结果不能更改；只有监督可以否决。",
            "Exactly as published. Entering it draws; the outcome can't be changed, and only the supervisor can turn it down.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/public_seed", request.t("公布的结果", "Its outcome")).required()))
            (form.danger("录入并抽取", "Enter it and draw"))
        }))
    }
}

fn give_up(request: &PageRequest, id: CompetitionId, draw: &DrawView) -> Markup {
    let form = request
        .form(Method::Post, address(id, draw, "abandonment"))
        .once()
        .done("本次抽取已作废，保留在案。", "The attempt is given up and stays on record.");
    html! {
        details {
            summary { (request.t("放弃本次抽取", "Give this attempt up")) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("理由", "Reason"), 2).required()))
                (form.danger("放弃本次抽取", "Give this attempt up"))
            }))
        }
    }
}

fn witness(request: &PageRequest, id: CompetitionId, draw: &DrawView) -> Markup {
    let form = |done: (&'static str, &'static str)| {
        request.form(Method::Post, address(id, draw, "witness")).once().done(done.0, done.1)
    };
    let confirm = form(("已确认，评审组生效。", "Confirmed; the panels hold."));
    let choices = [
        (
            "true".to_owned(),
            request
                .t(
                    "确认：抽取过程符合规则，评审组生效",
                    "Confirm: it was done as it must, and the panels hold",
                )
                .to_owned(),
        ),
        ("false".to_owned(), request.t("否决：本次抽取作废", "Reject: the attempt is void").to_owned()),
    ];
    html! {
        h2 { (request.t("监督确认", "The witness")) }
        p { (request.t(
            "请核对公开种子与公布的结果一致，并可下载记录重算。确认或否决都不能撤回。",
            "Check that the public seed is as published; the record can be drawn again. Neither can be taken back.",
        )) }
        (confirm.render(&html! {
            (confirm.field(&Field::radios("/confirmed:yes", request.t("签署意见", "Decision"), choices).required()))
            (confirm.field(&Field::area("/reason", request.t("理由（否决时必填）", "Reason (obligatory if you reject)"), 3).silent()))
            (confirm.danger("提交监督意见", "Submit your decision"))
        }))
    }
}

fn result(
    request: &PageRequest,
    competition: &CompetitionView,
    draw: &DrawView,
    known: &ApplicationNames,
) -> Markup {
    let Some(result) = &draw.result else { return Markup::default() };
    let names = |experts: &[ExpertId]| {
        html! {
            @for (index, expert) in experts.iter().enumerate() {
                @if index > 0 { (request.t("、", "; ")) }
                (person(request, draw, *expert))
            }
        }
    };
    let table = Table::new(request.t("各评审组", "The panels"), &result.panels)
        .head(request.t("评审组", "Panel"), |drawn| {
            panels::name_of(competition, &drawn.key, known, request)
        })
        .column(request.t("专家", "Experts"), |drawn| names(&drawn.serving))
        .column(request.t("候补", "Alternates"), |drawn| names(&drawn.alternates))
        .number(request.t("可抽取", "Can be drawn"), |drawn| drawn.order.len());
    html! {
        h2 { (request.t("抽取结果", "Outcome")) }
        p { (request.t("种子：", "Seed: ")) code { (result.seed) } }
        @if !result.short.is_empty() {
            (notice(Tone::Bad, &html! { p {
                (request.t("以下评审组人数不足，本次抽取作废：", "These panels could not be filled, and the attempt is void: "))
                @for key in &result.short { (panels::name_of(competition, key, known, request)) " " }
            } }))
        }
        (table.render())
    }
}

/// An expert with the unit: names alone don't tell people apart.
fn person(request: &PageRequest, draw: &DrawView, expert: ExpertId) -> Markup {
    let part = |of: &BTreeMap<ExpertId, String>| of.get(&expert).cloned().unwrap_or_default();
    html! { (part(&draw.names)) (request.aside(&part(&draw.units))) }
}

fn candidates(request: &PageRequest, draw: &DrawView) -> Markup {
    let caption = request.t("冻结的候选名单", "The frozen candidates");
    let table = Table::new(caption, &draw.basis.candidates)
        .head(request.t("专家", "Expert"), |candidate| person(request, draw, candidate.expert))
        .number(request.t("还可评几件", "Load left"), |candidate| candidate.load)
        .number(request.t("不得评审的件数", "Applications barred"), |candidate| {
            candidate.barred.len()
        });
    html! { details { summary { (caption) } (table.render()) } }
}
