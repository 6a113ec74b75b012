//! The draw of panels: frozen, drawn by a public seed, confirmed by its witness; every attempt stays.

use std::collections::BTreeMap;

use super::super::prelude::*;
use super::{applications_of, edition, is_office, of_edition, panels};
use crate::actions::competitions::CompetitionView;
use crate::actions::draws::{self, DrawView};
use crate::actions::names::ApplicationNames;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::DrawState;
use crate::domain::ids::{CompetitionId, ExpertId};

fn is_open(edition: &CompetitionView) -> bool {
    matches!(edition.state, CompetitionState::Drawing | CompetitionState::Scoring)
}

fn state(asked: &Asked, state: DrawState) -> Markup {
    let tone = match state {
        DrawState::Frozen | DrawState::Drawn => Tone::Warning,
        DrawState::Confirmed => Tone::Good,
        DrawState::Void => Tone::Bad,
    };
    tag(state.in_language(asked.language), tone)
}

pub(super) async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let attempts = draws::list(&asked.service, &asked.visit, id).await?;
    let unfinished = attempts.iter().any(|draw| matches!(draw.state, DrawState::Frozen | DrawState::Drawn));
    let content = html! {
        p.lead { (asked.t(
            "先冻结候选名单、规则和承诺值，再录入事先指定的公开事件结果作为种子抽取，最后由监督确认。每次抽取都保留在案，任何人都可凭记录重算。",
            "Candidates, rule and a commitment are frozen first; then the outcome of a public event named before is entered as the seed; then the supervisor confirms. Every attempt stays on record and can be drawn again by anyone.",
        )) }
        (print_button(&asked))
        (table(&asked, id, &attempts))
        @if is_office(&asked) && is_open(&edition) && !unfinished { (freeze(&asked, id)) }
    };
    Ok(of_edition(&asked, &edition, "/draws", asked.t("专家抽取", "Draws"), &content)
        .data(format!("/api/v1/competitions/{id}/draws")))
}

fn table(asked: &Asked, id: CompetitionId, attempts: &[DrawView]) -> Markup {
    Table::new(asked.t("历次抽取", "Attempts"), attempts)
        .head(asked.t("次序", "Attempt"), |draw| {
            html! { a href=(asked.link(&format!("/competitions/{id}/draws/{}", draw.number))) {
                @if asked.is_chinese() { "第" (draw.number) "次" } @else { "No. " (draw.number) }
            } }
        })
        .column(asked.t("状态", "State"), |draw| state(asked, draw.state))
        .column(asked.t("冻结时间", "Frozen at"), |draw| asked.time(draw.frozen_at))
        .column(asked.t("公开种子来源", "Source of the seed"), |draw| &draw.basis.seed_source)
        .column(
            asked.t("作废理由", "Why void"),
            |draw| html! { @if draw.reason.is_empty() { "—" } @else { (draw.reason) } },
        )
        .empty(asked.t("还没有抽取。", "Nothing has been drawn yet."))
        .render()
}

fn freeze(asked: &Asked, id: CompetitionId) -> Markup {
    let form = asked
        .form(Method::Post, format!("/api/v1/competitions/{id}/draws"))
        .once()
        .next(format!("/competitions/{id}/draws/{{number}}"))
        .done("候选名单与规则已冻结。", "Candidates and rule are frozen.");
    html! {
        h2 { (asked.t("冻结并开始抽取", "Freeze and begin a draw")) }
        p { (asked.t(
            "冻结后候选名单和规则不能改动；本次抽取只能继续或作废，均保留在案。冻结前请先看“回避”。",
            "Nothing can be changed after that; the attempt goes on or is given up, and both stay on record. Look at the conflicts first.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/seed_source", asked.t("将作为公开种子的事件", "The public event to come whose outcome will be the seed"))
                .hint(asked.t("须尚未发生、结果公开可查，如：中国福利彩票双色球第2026056期开奖号码。", "It must lie ahead and its outcome be public, such as the numbers of a named lottery draw.")).required()))
            (form.field(&Field::checkbox("/unchecked_allowed:yes", asked.t("允许抽取“待核实”的专家", "Experts with something unchecked may be drawn")).value("false")))
            @if form.carried().is_some_and(|carried| carried.error.code == "alike_experts") {
                (form.field(&Field::checkbox("/distinct:yes", asked.t("已核实：以上姓名、单位相近的是不同的人", "I have found out: those who are nearly the same are different people")).value("false")))
            }
            (form.danger("冻结候选名单", "Freeze the candidates"))
        }))
    }
}

pub(super) async fn draw(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let number: i32 = asked.id("number")?;
    let attempts = draws::list(&asked.service, &asked.visit, id).await?;
    let draw = attempts.into_iter().find(|draw| draw.number == number).ok_or_else(Error::not_found)?;
    let known = applications_of(&asked, id).await?;
    let record = format!("/api/v1/competitions/{id}/draws/{number}/record");
    let content = html! {
        (frozen(&asked, &draw))
        @if is_open(&edition) { (acts(&asked, id, &draw)) }
        @if draw.result.is_some() { (result(&asked, &edition, &draw, &known)) }
        @if draw.public_seed.is_some() {
            h2 { (asked.t("记录与重算", "Record and replay")) }
            p { a.button.secondary href=(record) download=(format!("draw-{number}.json")) { (asked.t("下载抽取记录（JSON）", "Download the record (JSON)")) } }
            p { (asked.t("任何人都可用它重算：", "Anyone can draw again from it: ")) code { "qianglian draw --replay draw-" (number) ".json" } }
        }
        (candidates(&asked, &draw))
        div.signatures.print {
            p { (asked.t("抽取人：", "Drawn by:")) }
            p { (asked.t("监督人：", "Witness:")) }
            p { (asked.t("日期：", "Date:")) }
        }
        (print_button(&asked))
    };
    let title =
        if asked.is_chinese() { format!("第{number}次抽取") } else { format!("Draw No. {number}") };
    let shown = of_edition(&asked, &edition, "/draws", &title, &content)
        .crumb(format!("/competitions/{id}/draws"), asked.t("专家抽取", "Draws"))
        .data(format!("/api/v1/competitions/{id}/draws"));
    Ok(if draw.public_seed.is_some() { shown.data(record) } else { shown })
}

fn frozen(asked: &Asked, draw: &DrawView) -> Markup {
    let rule = &draw.basis.rule;
    let seats = asked.either(
        format!("每组{}人，候补{}人", rule.seats, rule.alternates),
        format!("{} seats and {} alternates a panel", rule.seats, rule.alternates),
    );
    let unchecked = if rule.unchecked_allowed {
        asked.t("；允许抽取“待核实”的专家", "; experts with something unchecked may be drawn")
    } else {
        asked.t("；不抽取“待核实”的专家", "; nobody with something unchecked")
    };
    let pending = || html! { (asked.t("尚未录入", "not entered yet")) };
    facts(&[
        (asked.t("状态", "State"), html! { (state(asked, draw.state)) " " (draw.reason) }),
        (asked.t("冻结时间", "Frozen at"), asked.time(draw.frozen_at)),
        (asked.t("候选人数", "Candidates"), html! { (draw.basis.candidates.len()) }),
        (asked.t("规则", "Rule"), html! { (seats) (unchecked) " · " code { (rule.algorithm) } }),
        (asked.t("冻结内容摘要（SHA-256）", "Digest of what is frozen"), html! { code { (draw.digest) } }),
        (asked.t("承诺值", "Commitment"), html! { code { (draw.basis.commitment) } }),
        (asked.t("公开种子来源", "Source of the public seed"), html! { (draw.basis.seed_source) }),
        (
            asked.t("公开种子", "Public seed"),
            draw.public_seed.as_ref().map_or_else(pending, |seed| html! { code { (seed) } }),
        ),
        (
            asked.t("承诺的秘密值", "Secret behind the commitment"),
            draw.secret.as_ref().map_or_else(
                || html! { (asked.t("录入公开种子后公开", "told once the seed is entered")) },
                |secret| html! { code { (secret) } },
            ),
        ),
        (
            asked.t("监督确认", "Witnessed"),
            draw.witnessed_at.map_or_else(|| html! { "—" }, |at| asked.time(at)),
        ),
    ])
}

/// What is to be done next, by whom.
fn acts(asked: &Asked, id: CompetitionId, draw: &DrawView) -> Markup {
    let supervisor = asked.role() == Some(Role::Supervisor);
    match draw.state {
        DrawState::Frozen if is_office(asked) => html! { (seed(asked, id, draw)) (give_up(asked, id, draw)) },
        DrawState::Drawn if supervisor => witness(asked, id, draw),
        DrawState::Drawn => notice(
            Tone::Active,
            &html! { p { (asked.t("等待监督确认。确认后评审组生效。", "The supervisor is waited for; the panels hold once confirmed.")) } },
        ),
        DrawState::Frozen => notice(
            Tone::Active,
            &html! { p { (asked.t("等待领导小组办公室录入公开种子。", "The office is to enter the public seed.")) } },
        ),
        DrawState::Confirmed => html! {
            p { a href=(asked.link(&format!("/competitions/{id}/panels"))) { (asked.t("查看评审组", "See the panels")) } }
        },
        DrawState::Void => Markup::default(),
    }
}

fn address(id: CompetitionId, draw: &DrawView, act: &str) -> String {
    format!("/api/v1/competitions/{id}/draws/{}/{act}", draw.number)
}

fn seed(asked: &Asked, id: CompetitionId, draw: &DrawView) -> Markup {
    let form = asked
        .form(Method::Post, address(id, draw, "seed"))
        .once()
        .done("已按公开种子抽取，请监督确认。", "Drawn; the supervisor is to confirm.");
    html! {
        h2 { (asked.t("录入公开种子", "Enter the public seed")) }
        p { (asked.t("事件：", "The event: ")) strong { (draw.basis.seed_source) } }
        p { (asked.t(
            "照公布的原样录入。录入即抽取，结果不能更改；只有监督可以否决。",
            "Exactly as published. Entering it draws; the outcome can't be changed, and only the supervisor can turn it down.",
        )) }
        (form.render(&html! {
            (form.field(&Field::text("/public_seed", asked.t("公布的结果", "Its outcome")).required()))
            (form.danger("录入并抽取", "Enter it and draw"))
        }))
    }
}

fn give_up(asked: &Asked, id: CompetitionId, draw: &DrawView) -> Markup {
    let form = asked
        .form(Method::Post, address(id, draw, "give-up"))
        .once()
        .done("本次抽取已作废，保留在案。", "The attempt is given up and stays on record.");
    html! {
        details {
            summary { (asked.t("放弃本次抽取", "Give this attempt up")) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", asked.t("理由", "Reason"), 2).required()))
                (form.danger("放弃本次抽取", "Give it up"))
            }))
        }
    }
}

fn witness(asked: &Asked, id: CompetitionId, draw: &DrawView) -> Markup {
    let form = |done: (&'static str, &'static str)| {
        asked.form(Method::Post, address(id, draw, "witness")).once().done(done.0, done.1)
    };
    let confirm = form(("已确认，评审组生效。", "Confirmed; the panels hold."));
    let choices = [
        (
            "true".to_owned(),
            asked
                .t(
                    "确认：抽取过程符合规则，评审组生效",
                    "Confirm: it was done as it must, and the panels hold",
                )
                .to_owned(),
        ),
        ("false".to_owned(), asked.t("否决：本次抽取作废", "Reject: the attempt is void").to_owned()),
    ];
    html! {
        h2 { (asked.t("监督确认", "The witness")) }
        p { (asked.t(
            "请核对公开种子与公布的结果一致，并可下载记录重算。确认或否决都不能撤回。",
            "Check that the public seed is as published; the record can be drawn again. Neither can be taken back.",
        )) }
        (confirm.render(&html! {
            (confirm.field(&Field::radios("/confirmed:yes", asked.t("意见", "Your decision"), choices).required()))
            (confirm.field(&Field::area("/reason", asked.t("理由（否决时必填）", "Reason (obligatory if you reject)"), 3).silent()))
            (confirm.danger("提交监督意见", "Submit your decision"))
        }))
    }
}

fn result(asked: &Asked, edition: &CompetitionView, draw: &DrawView, known: &ApplicationNames) -> Markup {
    let Some(result) = &draw.result else { return Markup::default() };
    let names = |experts: &[ExpertId]| {
        html! {
            @for (index, expert) in experts.iter().enumerate() {
                @if index > 0 { (asked.t("、", "; ")) }
                (person(asked, draw, *expert))
            }
        }
    };
    let table = Table::new(asked.t("各评审组", "The panels"), &result.panels)
        .head(asked.t("评审组", "Panel"), |drawn| panels::name_of(edition, &drawn.key, known, asked))
        .column(asked.t("专家", "Experts"), |drawn| names(&drawn.serving))
        .column(asked.t("候补", "Alternates"), |drawn| names(&drawn.alternates))
        .number(asked.t("可抽取", "Could be drawn"), |drawn| drawn.order.len());
    html! {
        h2 { (asked.t("抽取结果", "Outcome")) }
        p { (asked.t("种子：", "Seed: ")) code { (result.seed) } }
        @if !result.short.is_empty() {
            (notice(Tone::Bad, &html! { p {
                (asked.t("以下评审组人数不足，本次抽取作废：", "These panels could not be filled, and the attempt is void: "))
                @for key in &result.short { (panels::name_of(edition, key, known, asked)) " " }
            } }))
        }
        (table.render())
    }
}

/// An expert with the unit: names alone don't tell people apart.
fn person(asked: &Asked, draw: &DrawView, expert: ExpertId) -> Markup {
    let part = |of: &BTreeMap<ExpertId, String>| of.get(&expert).cloned().unwrap_or_default();
    html! { (part(&draw.names)) (asked.aside(&part(&draw.units))) }
}

fn candidates(asked: &Asked, draw: &DrawView) -> Markup {
    let caption = asked.t("冻结的候选名单", "The frozen candidates");
    let table = Table::new(caption, &draw.basis.candidates)
        .head(asked.t("专家", "Expert"), |candidate| person(asked, draw, candidate.expert))
        .number(asked.t("还可评几件", "Load left"), |candidate| candidate.load)
        .number(asked.t("不得评审的件数", "Applications barred"), |candidate| candidate.barred.len());
    html! { details { summary { (caption) } (table.render()) } }
}
