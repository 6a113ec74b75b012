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

fn shown(asked: &Asked, application: &ApplicationView, title: &str, content: &Markup) -> Shown {
    let id = application.id;
    let whole = html! { (application_views(asked, id, "/paper-sheets")) (content) };
    Shown::new(title, whole)
        .crumb("/applications", asked.t("申报材料", "Applications"))
        .crumb(format!("/applications/{id}"), application.number.clone().unwrap_or_default())
}

pub(super) async fn list(asked: Rc<Asked>) -> Result<Shown> {
    let id: ApplicationId = asked.id("application_id")?;
    let application = applications::read(&asked.service, &asked.visit, id).await?;
    let edition = competitions::read(&asked.service, &asked.visit, application.competition_id).await?;
    let seats = sheets::paper_seats(&asked.service, &asked.visit, id).await?;
    let table = Table::new(asked.t("评审组专家", "Experts of the panel"), &seats)
        .head(asked.t("专家", "Expert"), |seat| html! { a href=(asked.link(&format!("/applications/{id}/paper-sheets/{}", seat.expert_id))) { (seat.name) } })
        .column(asked.t("纸质评分表", "Paper sheet"), |seat| standing(&asked, seat))
        .empty(asked.t("本件申报还没有评审组。", "The application has no panel yet."));
    let content = html! {
        (after_an_act_on(&asked, &application, edition.state, &edition.settings))
        p.lead { (asked.t(
            "专家在纸上签署的评分表由一人录入、另一人再次录入；两次一致即生效。",
            "A sheet signed on paper is entered by one person and again by another; it counts once both say the same.",
        )) }
        @if !seats.is_empty() { (print_button(&asked)) }
        (table.render())
    };
    Ok(shown(&asked, &application, asked.t("纸质评分表", "Paper sheets"), &content))
}

fn standing(asked: &Asked, seat: &PaperSeat) -> Markup {
    match seat.state {
        Some(SheetState::Signed) => tag(asked.t("已签署", "Signed"), Tone::Good),
        Some(SheetState::Paper) if seat.entered_by_caller => {
            tag(asked.t("您已录入，待另一人复核", "Entered by you; another person is due"), Tone::Warning)
        }
        Some(SheetState::Paper) => {
            tag(asked.t("已录入，待您复核", "Entered once; enter it again"), Tone::Active)
        }
        Some(SheetState::Draft) | None if !seat.declared => {
            tag(asked.t("专家未签回避声明", "No declaration of conflicts yet"), Tone::Warning)
        }
        Some(SheetState::Draft) | None => tag(asked.t("未录入", "Not entered"), Tone::Neutral),
    }
}

pub(super) async fn sheet(asked: Rc<Asked>) -> Result<Shown> {
    let id: ApplicationId = asked.id("application_id")?;
    let expert: ExpertId = asked.id("expert_id")?;
    let application = applications::read(&asked.service, &asked.visit, id).await?;
    let edition = competitions::read(&asked.service, &asked.visit, application.competition_id).await?;
    let seats = sheets::paper_seats(&asked.service, &asked.visit, id).await?;
    let seat = seats.into_iter().find(|seat| seat.expert_id == expert).ok_or_else(Error::not_found)?;
    let tally = edition.settings.tally().map_err(|_| Error::internal("stored settings have problems"))?;
    let indicators: Vec<(&Indicator, &Scale)> = judged(&tally.rubric).collect();
    let open =
        edition.state == CompetitionState::Scoring && seat.declared && seat.state != Some(SheetState::Signed);
    let content = html! {
        (after_an_act_on(&asked, &application, edition.state, &edition.settings))
        p { (standing(&asked, &seat)) }
        @if open && !seat.entered_by_caller { (entry(&asked, id, &seat, &indicators)) }
        @if seat.state == Some(SheetState::Paper) && edition.state == CompetitionState::Scoring { (discard(&asked, id, expert)) }
        @if !open && seat.state != Some(SheetState::Signed) {
            (empty(&html! { p { (asked.t("现在不能录入：竞赛须处于考察评审阶段，且该专家已签回避声明。", "It can't be entered now: the edition must be at its scoring, and the expert must have signed the declaration.")) } }))
        }
    };
    let title = format!("{} · {}", asked.t("纸质评分表", "Paper sheet"), seat.name);
    Ok(shown(&asked, &application, &title, &content)
        .crumb(format!("/applications/{id}/paper-sheets"), asked.t("纸质评分表", "Paper sheets")))
}

fn entry(asked: &Asked, id: ApplicationId, seat: &PaperSeat, indicators: &[(&Indicator, &Scale)]) -> Markup {
    let form = asked
        .form(Method::Post, format!("/api/v1/applications/{id}/paper-sheets/{}", seat.expert_id))
        .once()
        .next(format!("/applications/{id}/paper-sheets"))
        .done("已录入。", "Entered.");
    // Where both entries differ, complaints name indicators, not rows of the form.
    let wrong = form.carried().into_iter().flat_map(|carried| &carried.error.problems);
    let wrong: Vec<&str> = wrong.map(|problem| problem.pointer.as_str()).collect();
    let second = seat.state == Some(SheetState::Paper);
    let (score, reason) = (asked.t("分数", "Score"), asked.t("理由", "Reason"));
    let table = Table::new(
        html! { (seat.name) (asked.t("：", ": ")) (asked.t("照纸质评分表逐项录入", "as it stands on the paper")) },
        indicators.iter().enumerate(),
    )
    .head(asked.t("指标", "Indicator"), |(index, (known, scale))| html! {
        input type="hidden" name=(format!("/content/marks/{index}/indicator:key")) value=(known.key);
        (known.key) " " (known.name)
        div.hint { (scale.min) "–" (scale.max) (asked.t("，", ", ")) (asked.t("步长", "step ")) (scale.step) }
        @if wrong.contains(&format!("/marks/{}", known.key).as_str()) { p.error { (asked.t("与第一次录入不一致", "Differs from the first entry")) } }
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
            (notice(Tone::Active, &html! { p { (asked.t(
                "第一次录入的内容不显示。请照纸质评分表独立录入；不一致时会指出是哪一项，不会保存。",
                "The first entry is not shown. Enter the sheet from the paper by yourself; where both differ you are told which item, and nothing is saved.",
            )) } }))
        }
        (form.render(&html! {
            (table.render())
            (form.field(&Field::area("/content/opinion", asked.t("总体意见", "Overall opinion"), 4)))
            (form.field(&Field::area("/content/dissent", asked.t("不同意见", "Dissent"), 2)))
            @if second { (form.danger("复核录入并生效", "Enter it again; it then counts")) } @else { (form.button("录入", "Enter it")) }
        }))
    }
}

fn discard(asked: &Asked, id: ApplicationId, expert: ExpertId) -> Markup {
    let form = asked
        .form(Method::Delete, format!("/api/v1/applications/{id}/paper-sheets/{expert}"))
        .done("第一次录入已作废，可重新录入。", "The first entry is discarded and can be made anew.");
    html! {
        details {
            summary { (asked.t("作废第一次录入", "Discard the first entry")) }
            p { (asked.t("若第一次录入有误，可作废后重新由两人录入。", "If the first entry is wrong, discard it; two people enter it anew.")) }
            (form.render(&form.danger("作废第一次录入", "Discard it")))
        }
    }
}
