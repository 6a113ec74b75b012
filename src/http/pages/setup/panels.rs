//! The panels with their seats, and recusals by the office.

use super::super::prelude::*;
use super::{application_link, applications_of, edition, is_office, of_edition};
use crate::actions::competitions::CompetitionView;
use crate::actions::names::ApplicationNames;
use crate::actions::panels::{self, PanelView, SeatView};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, ExpertId};

pub(super) async fn panels(asked: Rc<Asked>) -> Result<Shown> {
    let edition = edition(&asked).await?;
    let id = edition.id;
    let found = panels::list(&asked.service, &asked.visit, id).await?;
    let known = applications_of(&asked, id).await?;
    let open =
        is_office(&asked) && matches!(edition.state, CompetitionState::Drawing | CompetitionState::Scoring);
    let content = html! {
        @if open { (recusal(&asked, &edition, &found)) }
        (print_button(&asked))
        @if found.is_empty() {
            (empty(&html! { p {
                (asked.t("还没有评审组。", "There are no panels yet.")) " "
                a href=(asked.link(&format!("/competitions/{id}/draws"))) { (asked.t("抽取专家", "Draw experts")) }
            } }))
        }
        @for panel in &found { (one(&asked, &edition, panel, &known, open)) }
    };
    Ok(of_edition(&asked, &edition, "/panels", asked.t("评审组", "Panels"), &content)
        .data(format!("/api/v1/competitions/{id}/panels")))
}

/// A panel's name: its track's, or the application's number where it judges one alone.
pub(super) fn name_of(
    edition: &CompetitionView,
    key: &str,
    known: &ApplicationNames,
    asked: &Asked,
) -> String {
    let track = edition.settings.tracks.iter().find(|track| track.key == key);
    let application = key.parse().ok().and_then(|id: ApplicationId| known.get(&id));
    match (track, application, key) {
        (Some(track), ..) => track.name.clone(),
        (_, Some(entry), _) => format!("{} {}", entry.number, entry.region),
        (_, _, "all") => asked.t("全部申报", "All applications").to_owned(),
        (_, _, other) => other.to_owned(),
    }
}

fn one(
    asked: &Asked,
    edition: &CompetitionView,
    panel: &PanelView,
    known: &ApplicationNames,
    open: bool,
) -> Markup {
    let alternates = edition.settings.review.alternates as usize;
    let waiting: Vec<&SeatView> =
        panel.seats.iter().filter(|seat| seat.state == SeatState::Waiting).collect();
    let first: Vec<&SeatView> = panel
        .seats
        .iter()
        .filter(|seat| seat.state != SeatState::Waiting)
        .chain(waiting.iter().copied().take(alternates))
        .collect();
    let later = waiting.get(alternates..).unwrap_or_default();
    let page = format!("/competitions/{}/panels?panel={}", edition.id, panel.key);
    html! {
        section {
            h2 { (name_of(edition, &panel.key, known, asked)) }
            details {
                summary {
                    @let number = panel.applications.len();
                    (if asked.is_chinese() { format!("评审{number}件申报") } else { format!("Judges {number} applications") })
                }
                ul {
                    @for application in &panel.applications {
                        li {
                            (application_link(asked, known, *application))
                            @if open { " · " (paper_link(asked, *application)) }
                        }
                    }
                }
            }
            (seats(asked, &first, open.then_some(page.as_str()), asked.t("席位，按抽取顺序", "Seats in the order of the draw")))
            @if !later.is_empty() {
                details {
                    summary { (asked.t("其后顺序", "Who follows")) }
                    (seats(asked, later, None, asked.t("其后按顺序接替", "They follow in this order")))
                }
            }
        }
    }
}

/// Where sheets that its experts signed on paper are entered.
fn paper_link(asked: &Asked, application: ApplicationId) -> Markup {
    html! {
        a href=(asked.link(&format!("/applications/{application}/paper-sheets"))) {
            (asked.t("录入纸质评分表", "Enter sheets on paper"))
        }
    }
}

fn seats(asked: &Asked, seats: &[&SeatView], recuse: Option<&str>, caption: &str) -> Markup {
    let recusal = |page: &str, seat: &SeatView| {
        html! {
            @if seat.state == SeatState::Recused { "—" } @else {
                a href=(asked.link(&format!("{page}&expert={}", seat.expert_id))) {
                    (asked.t("令其回避", "Recuse")) span.muted { (asked.aside(&seat.name)) }
                }
            }
        }
    };
    Table::new(caption, seats.iter().copied())
        .column(asked.t("顺序", "Order"), |seat| seat.position)
        .head(asked.t("专家", "Expert"), |seat| html! {
            a href=(asked.link(&format!("/experts/{}", seat.expert_id))) { (seat.name) } div.hint { (seat.unit) }
        })
        .column(asked.t("状态", "State"), |seat| html! { (tag(seat.state.in_language(asked.language), tone(seat.state))) " " (seat.reason) })
        .column(asked.t("回避声明", "Declaration"), |seat| html! {
            @match seat.declared_at {
                Some(at) => { (asked.time(at)) }
                None if seat.state == SeatState::Serving => { (tag(asked.t("未签", "Not signed"), Tone::Warning)) }
                None => "—",
            }
        })
        .each(recuse, |table, page| table.column(asked.t("操作", "Action"), move |seat| recusal(page, seat)).screen())
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
fn recusal(asked: &Asked, edition: &CompetitionView, panels: &[PanelView]) -> Markup {
    let named: Option<ExpertId> = asked.parameter("expert");
    let panel = asked.query.get("panel").and_then(|key| panels.iter().find(|panel| panel.key == *key));
    let seat = panel.and_then(|panel| panel.seats.iter().find(|seat| Some(seat.expert_id) == named));
    let (Some(panel), Some(seat)) = (panel, seat.filter(|seat| seat.state != SeatState::Recused)) else {
        return Markup::default();
    };
    let here = format!("/competitions/{}/panels", edition.id);
    let form = asked
        .form(Method::Post, format!("/api/v1{here}/{}/experts/{}/recusal", panel.key, seat.expert_id))
        .once()
        .next(here)
        .done("该专家已回避。", "The expert is recused.");
    notice(
        Tone::Warning,
        &html! {
            h2 { (asked.t("令专家回避：", "Recuse an expert: ")) (seat.name) }
            p { (asked.t(
                "该专家将立即失去查看和评分权限，已签的评分表不再计入，由顺序中下一位无利害关系的专家接替。此操作不能撤回。",
                "The expert loses access at once, signed sheets count no more, and the next in order without a conflict is called. This can't be taken back.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", asked.t("理由", "Reason"), 3).required()))
                (form.danger("令其回避", "Recuse the expert"))
            }))
        },
    )
}
