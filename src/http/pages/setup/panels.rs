//! The panels with their seats, and recusals by the office.

use super::super::prelude::*;
use super::{application_link, applications_of, competition, is_office, of_competition};
use crate::actions::competitions::CompetitionView;
use crate::actions::names::ApplicationNames;
use crate::actions::panels::{self, PanelView, SeatView};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, ExpertId};

pub(super) async fn panels(request: Rc<PageRequest>) -> Result<Page> {
    let competition = competition(&request).await?;
    let id = competition.id;
    let found = panels::list(&request.service, &request.context, id).await?;
    let known = applications_of(&request, id).await?;
    let open = is_office(&request)
        && matches!(competition.state, CompetitionState::Drawing | CompetitionState::Scoring);
    let content = html! {
        @if open { (recusal(&request, &competition, &found)) }
        (print_button(&request))
        @if found.is_empty() {
            (empty(&html! { p {
                (request.t("还没有评审组。", "There are no panels yet.")) " "
                a href=(request.link(&format!("/competitions/{id}/draws"))) { (request.t("抽取专家", "Draw experts")) }
            } }))
        }
        @for panel in &found { (one(&request, &competition, panel, &known, open)) }
    };
    Ok(of_competition(&request, &competition, "/panels", request.t("评审组", "Panels"), &content)
        .document_if(!found.is_empty(), &printed::INVITATIONS, format!("/api/v1/competitions/{id}/panels"))
        .document_if(!found.is_empty(), &printed::BLANK_SHEETS, format!("/api/v1/competitions/{id}/panels"))
        .document_if(
            !found.is_empty() && competition.state > CompetitionState::Scoring,
            &printed::PANEL_SHEETS,
            format!("/api/v1/competitions/{id}/panels"),
        )
        .data(format!("/api/v1/competitions/{id}/panels"))
        .table(&tables::PANELS, format!("/api/v1/competitions/{id}/panels")))
}

/// A panel's name: its track's, or the application's number where it judges one alone.
pub(super) fn name_of(
    competition: &CompetitionView,
    key: &str,
    known: &ApplicationNames,
    request: &PageRequest,
) -> String {
    let track = competition.settings.tracks.iter().find(|track| track.key == key);
    let application = key.parse().ok().and_then(|id: ApplicationId| known.get(&id));
    match (track, application, key) {
        (Some(track), ..) => track.name.clone(),
        (_, Some(entry), _) => format!("{} {}", entry.number, entry.region),
        (_, _, "all") => request.t("全部申报", "All applications").to_owned(),
        (_, _, other) => other.to_owned(),
    }
}

fn one(
    request: &PageRequest,
    competition: &CompetitionView,
    panel: &PanelView,
    known: &ApplicationNames,
    open: bool,
) -> Markup {
    let alternates = competition.settings.review.alternates as usize;
    let waiting: Vec<&SeatView> =
        panel.seats.iter().filter(|seat| seat.state == SeatState::Waiting).collect();
    let first: Vec<&SeatView> = panel
        .seats
        .iter()
        .filter(|seat| seat.state != SeatState::Waiting)
        .chain(waiting.iter().copied().take(alternates))
        .collect();
    let later = waiting.get(alternates..).unwrap_or_default();
    let page = format!("/competitions/{}/panels?panel={}", competition.id, panel.key);
    html! {
        section {
            h2 { (name_of(competition, &panel.key, known, request)) }
            details {
                summary {
                    @let number = panel.application_ids.len();
                    (request.either(format!("评审{number}件申报"), format!("Judges {}", count(number, "application", "applications"))))
                }
                ul {
                    @for application in &panel.application_ids {
                        li {
                            (application_link(request, known, *application))
                            @if open { " · " (paper_link(request, *application)) }
                        }
                    }
                }
            }
            (seats(request, &first, open.then_some(page.as_str()), request.t("席位，按抽取顺序", "Seats in the order of the draw")))
            @if !later.is_empty() {
                details {
                    summary { (request.t("其后顺序", "Who follows")) }
                    (seats(request, later, None, request.t("其后按顺序接替", "They follow in this order")))
                }
            }
        }
    }
}

/// Where sheets that its experts signed on paper are entered.
fn paper_link(request: &PageRequest, application: ApplicationId) -> Markup {
    html! {
        a href=(request.link(&format!("/applications/{application}/paper-sheets"))) {
            (request.t("录入纸质评分表", "Enter paper sheets"))
        }
    }
}

fn seats(request: &PageRequest, seats: &[&SeatView], recuse: Option<&str>, caption: &str) -> Markup {
    let recusal = |page: &str, seat: &SeatView| {
        html! {
            @if seat.state == SeatState::Recused { "—" } @else {
                a href=(request.link(&format!("{page}&expert={}", seat.expert_id))) {
                    (request.t("令其回避", "Recuse the expert")) span.muted { (request.aside(&seat.name)) }
                }
            }
        }
    };
    Table::new(caption, seats.iter().copied())
        .column(request.t("顺序", "Order"), |seat| seat.position)
        .head(request.t("专家", "Expert"), |seat| html! {
            a href=(request.link(&format!("/experts/{}", seat.expert_id))) { (seat.name) } div.hint { (seat.unit) }
        })
        .column(request.t("状态", "State"), |seat| html! { (tag(seat.state.in_language(request.language), tone(seat.state))) " " (seat.reason) })
        .column(request.t("回避声明", "Declaration"), |seat| html! {
            @match seat.declared_at {
                Some(at) => { (request.time(at)) }
                None if seat.state == SeatState::Serving => { (tag(request.t("未签", "Not signed"), Tone::Warning)) }
                None => "—",
            }
        })
        .each(recuse, |table, page| table.column(request.t("操作", "Action"), move |seat| recusal(page, seat)).screen())
        .render()
}

fn tone(state: SeatState) -> Tone {
    match state {
        SeatState::Serving => Tone::Active,
        SeatState::Waiting => Tone::Neutral,
        SeatState::Recused => Tone::Bad,
    }
}

/// The act on the expert that the address names.
fn recusal(request: &PageRequest, competition: &CompetitionView, panels: &[PanelView]) -> Markup {
    let named: Option<ExpertId> = request.parameter("expert");
    let panel = request.query.get("panel").and_then(|key| panels.iter().find(|panel| panel.key == *key));
    let seat = panel.and_then(|panel| panel.seats.iter().find(|seat| Some(seat.expert_id) == named));
    let (Some(panel), Some(seat)) = (panel, seat.filter(|seat| seat.state != SeatState::Recused)) else {
        return Markup::default();
    };
    let here = format!("/competitions/{}/panels", competition.id);
    let form = request
        .form(Method::Post, format!("/api/v1{here}/{}/experts/{}/recusal", panel.key, seat.expert_id))
        .once()
        .next(here)
        .done("该专家已回避。", "The expert is recused.");
    notice(
        Tone::Warning,
        &html! {
            h2 { (request.t("令专家回避：", "Recuse an expert: ")) (seat.name) }
            p { (request.t(
                "该专家将立即失去查看和评分权限，已签的评分表不再计入，由顺序中下一位无利害关系的专家接替。此操作不能撤回。",
                "The expert loses access at once, signed sheets count no more, and the next in order without a conflict is called. This can't be taken back.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("理由", "Reason"), 3).required()))
                (form.danger("令其回避", "Recuse the expert"))
            }))
        },
    )
}
