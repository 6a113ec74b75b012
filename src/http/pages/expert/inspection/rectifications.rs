//! What is to be put right: ordered by the team, answered by the applicant, re-checked by the team.

use super::Inspected;
use crate::actions::inspections::RectificationView;
use crate::domain::inspection::RectificationState;
use crate::http::pages::expert::scene;
use crate::http::pages::expert::words::rectification_state;
use crate::http::pages::prelude::*;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page(
        "/applications/{application_id}/inspection/rectifications",
        Action::ReadInspection,
        rectifications,
    )]
}

async fn rectifications(request: Rc<PageRequest>) -> Result<Page> {
    let inspected = Inspected::of(&request).await?;
    let all = &inspected.view.rectifications;
    let acts = inspected.scene.is_inspected_now() && inspected.view.state.is_some();
    let content = html! {
        p.lead { (scene::about(&inspected.scene)) }
        @if all.is_empty() {
            (empty(&html! { p { (request.t("没有整改事项。", "Nothing is to be put right.")) } }))
        }
        @for (at, one) in all.iter().enumerate() {
            section {
                h2 { (request.t("事项", "Item ")) (at + 1) " " (rectification_state(&request, one.state)) }
                (stands(&request, one))
                @if acts && inspected.scene.is_lead && one.state == RectificationState::Open { (answer(&request, one)) }
                @if acts && inspected.in_team && one.state == RectificationState::Answered { (recheck(&request, one)) }
            }
        }
        @if acts && inspected.in_team { (order(&request, &inspected)) }
    };
    Ok(scene::page(&request, &inspected.scene, request.t("整改事项", "What is to be put right"), content)
        .crumb(inspected.page(""), request.t("考察", "Inspection"))
        .data(format!("/api/v1/applications/{}/inspection", inspected.id)))
}

fn stands(request: &PageRequest, one: &RectificationView) -> Markup {
    let late = one.state == RectificationState::Open && request.service.clock.now() > one.due_at;
    let said = |text: Option<&String>| html! { span.text { (text.map_or("—", |text| text)) } };
    facts(&[
        (request.t("发现的问题", "Finding"), said(Some(&one.content.finding))),
        (
            request.t("整改期限", "Due"),
            html! { (request.time(one.due_at)) @if late { " " (tag(request.t("已逾期", "Late"), Tone::Bad)) } },
        ),
        (request.t("整改情况", "What has been put right"), said(one.content.answer.as_ref())),
        (request.t("复查结果", "Re-check"), said(one.content.recheck.as_ref())),
    ])
}

fn answer(request: &PageRequest, one: &RectificationView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/rectifications/{}/answer", one.id))
        .revision(one.revision)
        .once()
        .done("整改情况已提交，等待复查。", "Your answer is sent; the re-check follows.");
    form.render(&html! {
        (form.field(&Field::area("/text", request.t("整改情况", "What has been put right"), 4).required()))
        (form.button("提交整改情况", "Send the answer"))
    })
}

fn recheck(request: &PageRequest, one: &RectificationView) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/rectifications/{}/recheck", one.id))
        .revision(one.revision)
        .once()
        .done("复查结果已记录。", "The re-check is recorded.");
    let outcomes = [
        ("true", request.t("已整改到位", "It is put right")),
        ("false", request.t("整改未到位", "Not put right")),
    ];
    let outcomes = outcomes.map(|(key, words)| (key.to_owned(), words.to_owned()));
    form.render(&html! {
        (form.field(&Field::radios("/settled:json", request.t("复查结论", "Outcome"), outcomes).required()))
        (form.field(&Field::area("/text", request.t("复查情况", "What was found"), 3).required()))
        (form.button("记录复查结果", "Record the re-check"))
    })
}

fn order(request: &PageRequest, inspected: &Inspected) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{}/rectifications", inspected.id))
        .once()
        .done("整改事项已下达。", "It is ordered to be put right.");
    html! {
        h2 { (request.t("下达整改", "Order something to be put right")) }
        (form.render(&html! {
            (form.field(&Field::area("/finding", request.t("发现的问题与整改要求", "What was found, and what is to be done"), 3).required()))
            (form.field(&Field::time("/due_at:time", request.t("整改期限", "Due")).required().medium()))
            (form.button("下达整改", "Order something to be put right"))
        }))
    }
}
