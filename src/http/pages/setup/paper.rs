//! Sheets that experts signed on paper: entered by one person, and again by another.

use super::super::prelude::*;
use super::super::whereabouts::after_an_act_on;
use crate::actions::applications::{self, ApplicationView};
use crate::actions::competitions;
use crate::actions::sheets::{self, PaperSeat};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, ExpertId};
use crate::domain::scoring::{Indicator, Scale};
use crate::domain::sheet::{SheetState, judged};

fn shown(request: &PageRequest, application: &ApplicationView, title: &str, content: &Markup) -> Page {
    let id = application.id;
    let whole = html! { (application_views(request, id, "/paper-sheets")) (content) };
    Page::new(title, whole)
        .crumb("/applications", request.t("申报材料", "Applications"))
        .crumb(format!("/applications/{id}"), application.number.clone().unwrap_or_default())
}

pub(super) async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let id: ApplicationId = request.id("application_id")?;
    let application = applications::read(&request.service, &request.context, id).await?;
    let competition =
        competitions::read(&request.service, &request.context, application.competition_id).await?;
    let seats = sheets::paper_seats(&request.service, &request.context, id).await?;
    let table = Table::new(request.t("评审组专家", "Experts of the panel"), &seats)
        .head(request.t("专家", "Expert"), |seat| html! { a href=(request.link(&format!("/applications/{id}/paper-sheets/{}", seat.expert_id))) { (seat.name) } })
        .column(request.t("纸质评分表", "Paper sheet"), |seat| standing(&request, seat))
        .empty(request.t("本件申报还没有评审组。", "The application has no panel yet."));
    let content = html! {
        (after_an_act_on(&request, &application, competition.state, &competition.settings))
        p.lead { (request.t(
            "专家在纸上签署的评分表由一人录入、另一人再次录入；两次一致即生效。",
            "A sheet signed on paper is entered by one person and again by another; it counts once both say the same.",
        )) }
        @if !seats.is_empty() { (print_button(&request)) }
        (table.render())
    };
    let panels = format!("/api/v1/competitions/{}/panels", application.competition_id);
    Ok(shown(&request, &application, request.t("纸质评分表", "Paper sheets"), &content).document_if(
        !seats.is_empty(),
        &printed::BLANK_SHEETS,
        panels,
    ))
}

fn standing(request: &PageRequest, seat: &PaperSeat) -> Markup {
    match seat.state {
        Some(SheetState::Signed) => tag(request.t("已签署", "Signed"), Tone::Good),
        Some(SheetState::Paper) if seat.entered_by_caller => {
            tag(request.t("您已录入，待另一人复核", "Entered by you; another person is due"), Tone::Warning)
        }
        Some(SheetState::Paper) => {
            tag(request.t("已录入，待您复核", "Entered once; enter it again"), Tone::Active)
        }
        Some(SheetState::Draft) | None if !seat.declared => {
            tag(request.t("专家未签回避声明", "No declaration of conflicts yet"), Tone::Warning)
        }
        Some(SheetState::Draft) | None => tag(request.t("未录入", "Not entered"), Tone::Neutral),
    }
}

pub(super) async fn sheet(request: Rc<PageRequest>) -> Result<Page> {
    let id: ApplicationId = request.id("application_id")?;
    let expert: ExpertId = request.id("expert_id")?;
    let application = applications::read(&request.service, &request.context, id).await?;
    let competition =
        competitions::read(&request.service, &request.context, application.competition_id).await?;
    let seats = sheets::paper_seats(&request.service, &request.context, id).await?;
    let seat = seats.into_iter().find(|seat| seat.expert_id == expert).ok_or_else(Error::not_found)?;
    let tally = competition.settings.tally().map_err(|_| Error::internal("stored settings have problems"))?;
    let indicators: Vec<(&Indicator, &Scale)> = judged(&tally.rubric).collect();
    let open = competition.state == CompetitionState::Scoring
        && seat.declared
        && seat.state != Some(SheetState::Signed);
    let content = html! {
        (after_an_act_on(&request, &application, competition.state, &competition.settings))
        p { (standing(&request, &seat)) }
        @if open && !seat.entered_by_caller { (entry(&request, id, &seat, &indicators)) }
        @if seat.state == Some(SheetState::Paper) && competition.state == CompetitionState::Scoring { (discard(&request, id, expert)) }
        @if !open && seat.state != Some(SheetState::Signed) {
            (empty(&html! { p { (request.t("现在不能录入：竞赛须处于考察评审阶段，且该专家已签回避声明。", "It can't be entered now: the competition must be at its scoring, and the expert must have signed the declaration.")) } }))
        }
    };
    let title = format!("{} · {}", request.t("纸质评分表", "Paper sheet"), seat.name);
    Ok(shown(&request, &application, &title, &content)
        .crumb(format!("/applications/{id}/paper-sheets"), request.t("纸质评分表", "Paper sheets")))
}

fn entry(
    request: &PageRequest,
    id: ApplicationId,
    seat: &PaperSeat,
    indicators: &[(&Indicator, &Scale)],
) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{id}/sheets/{}/paper", seat.expert_id))
        .once()
        .next(format!("/applications/{id}/paper-sheets"))
        .done("已录入。", "Entered.");
    // Where both entries differ, complaints name indicators, not rows of the form.
    let wrong = form.carried().into_iter().flat_map(|carried| &carried.error.problems);
    let wrong: Vec<&str> = wrong.map(|problem| problem.pointer.as_str()).collect();
    let second = seat.state == Some(SheetState::Paper);
    let (score, reason) = (request.t("分数", "Score"), request.t("理由", "Reason"));
    let table = Table::new(
        html! { (seat.name) (request.t("：", ": ")) (request.t("照纸质评分表逐项录入", "as it stands on the paper")) },
        indicators.iter().enumerate(),
    )
    .head(request.t("指标", "Indicator"), |(index, (known, scale))| html! {
        input type="hidden" name=(format!("/content/marks/{index}/indicator:key")) value=(known.key);
        (known.key) " " (known.name)
        div.hint { (scale.min) "–" (scale.max) (request.t("，", ", ")) (request.t("步长", "step ")) (scale.step) }
        @if wrong.contains(&format!("/marks/{}", known.key).as_str()) { p.error { (request.t("与第一次录入不一致", "Differs from the first entry")) } }
    })
    .column(score, |(index, (known, _))| {
        let label = format!("{} {score}", known.key);
        form.cell(&Field::number(format!("/content/marks/{index}/score:optional"), label).short().required())
    })
    .column(reason, |(index, (known, _))| {
        form.cell(&Field::text(format!("/content/marks/{index}/reason"), format!("{} {reason}", known.key)))
    });
    html! {
        @if second {
            (notice(Tone::Active, &html! { p { (request.t(
                "第一次录入的内容不显示。请照纸质评分表独立录入；不一致时会指出是哪一项，不会保存。",
                "The first entry is not shown. Enter the sheet from the paper by yourself; where both differ you are told which item, and nothing is saved.",
            )) } }))
        }
        (form.render(&html! {
            (table.render())
            (form.field(&Field::area("/content/opinion", request.t("总体意见", "Overall opinion"), 4)))
            (form.field(&Field::area("/content/dissent", request.t("不同意见", "Dissent"), 2)))
            @if second { (form.danger("复核录入并生效", "Enter it again; it then counts")) } @else { (form.button("录入", "Enter it")) }
        }))
    }
}

fn discard(request: &PageRequest, id: ApplicationId, expert: ExpertId) -> Markup {
    let form = request
        .form(Method::Delete, format!("/api/v1/applications/{id}/sheets/{expert}/paper"))
        .done("第一次录入已作废，可重新录入。", "The first entry is discarded and can be made anew.");
    html! {
        details {
            summary { (request.t("作废第一次录入", "Discard the first entry")) }
            p { (request.t("若第一次录入有误，可作废后重新由两人录入。", "If the first entry is wrong, discard it; two people enter it anew.")) }
            (form.render(&form.danger("作废第一次录入", "Discard the first entry")))
        }
    }
}
