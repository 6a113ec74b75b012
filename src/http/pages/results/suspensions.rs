//! Names that a supervisor suspends: they are not announced until the suspension ends.

use super::super::parts::notice as banner;
use super::super::prelude::*;
use super::sheets::shown;
use super::{application, reason_field};
use crate::actions::applications;
use crate::actions::names::{self, NamedCompetition};
use crate::actions::notices::{self, SuspensionView};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::ApplicationId;
use crate::domain::notice::Notice;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/applications/{application_id}/suspension", Action::Suspend, suspension)]
}

/// Suspensions of a competition and, for a supervisor, names on notice that may be suspended.
pub(super) async fn table(
    request: &PageRequest,
    competition: &NamedCompetition,
    notice: Option<&Notice>,
) -> Result<Markup> {
    let found = notices::suspensions(&request.service, &request.context, competition.id).await?;
    let supervisor = request.role() == Some(Role::Supervisor);
    let on_notice = notice.iter().flat_map(|notice| &notice.entries).map(|entry| entry.application);
    let unsuspended: Vec<ApplicationId> = on_notice
        .filter(|application| supervisor && !found.iter().any(|view| view.application_id == *application))
        .collect();
    if found.is_empty() && unsuspended.is_empty() {
        return Ok(Markup::default());
    }
    Ok(html! {
        h2 { (request.t("暂停的名称", "Suspended names")) }
        @if found.is_empty() { p.muted { (request.t("没有被暂停的名称。", "No name is suspended.")) } }
        @else { (suspended(request, competition, &found, supervisor)) }
        @if !unsuspended.is_empty() {
            details.screen {
                summary { (request.t("暂停一个名称", "Suspend a name")) }
                ul { @for id in &unsuspended {
                    li { a href=(page_of(request, *id)) { (name(competition, *id)) } }
                } }
            }
        }
    })
}

fn page_of(request: &PageRequest, id: ApplicationId) -> String {
    request.link(&format!("/applications/{id}/suspension"))
}

fn name(competition: &NamedCompetition, id: ApplicationId) -> String {
    competition.applications.get(&id).map_or_else(|| id.to_string(), |name| name.title.clone())
}

fn suspended(
    request: &PageRequest,
    competition: &NamedCompetition,
    found: &[SuspensionView],
    supervisor: bool,
) -> Markup {
    Table::new(request.t("由纪检监督作出，未解除的不予公布", "By the supervisors; not announced until it ends"), found)
        .head(request.t("申报", "Application"), |view| application(request, competition, view.application_id))
        .column(request.t("状态", "State"), |view| state(request, view))
        .text(request.t("理由", "Reason"), |view| &view.reason)
        .column(request.t("时间", "When"), |view| request.time(view.at))
        .when(supervisor, |table| table.column(request.t("操作", "Action"), |view| html! {
            a href=(page_of(request, view.application_id)) {
                (if view.suspended { request.t("解除暂停", "End the suspension") } else { request.t("再次暂停", "Suspend again") })
            }
        }))
        .render()
}

fn state(request: &PageRequest, view: &SuspensionView) -> Markup {
    if view.suspended {
        tag(request.t("暂停中", "suspended"), Tone::Bad)
    } else {
        tag(request.t("已解除", "ended"), Tone::Neutral)
    }
}

async fn suspension(request: Rc<PageRequest>) -> Result<Page> {
    let id: ApplicationId = request.id("application_id")?;
    let view = applications::read(&request.service, &request.context, id).await?;
    let competition = names::competition(&request.service, &request.context, view.competition_id).await?;
    let found = notices::suspensions(&request.service, &request.context, competition.id).await?;
    let stands = found.iter().find(|view| view.application_id == id);
    let suspended = stands.is_some_and(|view| view.suspended);
    let at_stage = matches!(
        competition.state,
        CompetitionState::Scoring
            | CompetitionState::Selection
            | CompetitionState::Notice
            | CompetitionState::Announced
    );
    let content = html! {
        (application_views(&request, id, ""))
        (facts(&[
            (request.t("申报", "Application"), application(&request, &competition, id)),
            (request.t("现在", "Now"), match stands {
                Some(view) => html! { (state(&request, view)) (request.t("，", ", ")) (request.time(view.at)) p.text { (view.reason) } },
                None => html! { (request.t("未暂停", "not suspended")) },
            }),
        ]))
        @if at_stage { (confirm(&request, &competition, id, suspended)) } @else {
            (banner(Tone::Neutral, &html! { p { (request.t("评审开始后才能暂停名称。", "Names can be suspended once scoring has begun.")) } }))
        }
    };
    let title = if suspended {
        request.t("解除暂停", "End the suspension")
    } else {
        request.t("暂停名称", "Suspend the name")
    };
    Ok(shown(&request, &competition, &view, title, content)
        .data(format!("/api/v1/competitions/{}/suspensions", competition.id)))
}

fn confirm(
    request: &PageRequest,
    competition: &NamedCompetition,
    id: ApplicationId,
    suspended: bool,
) -> Markup {
    let act = if suspended { "suspension/lifting" } else { "suspension" };
    let form = request
        .form(Method::Post, format!("/api/v1/applications/{id}/{act}"))
        .once()
        .next(format!("/competitions/{}/notice", competition.id));
    let form = if suspended {
        form.done("暂停已解除。", "The suspension has ended.")
    } else {
        form.done("该名称已暂停。", "The name is suspended.")
    };
    html! {
        section.card {
            h2 { (name(competition, id)) }
            p { (if suspended {
                request.t("解除后，该名称可随下一次公布发布。", "Once it ends, the name may be announced again.")
            } else {
                request.t(
                    "暂停期间该名称不予公布；评分、名次和其他名称不受影响。理由将长期留存，领导小组办公室可以看到。",
                    "While it is suspended the name is not announced; scores, places and other names stay as they are. The reason is kept for good, and the office reads it.",
                )
            }) }
            (form.render(&html! {
                (form.field(&reason_field(request, request.t("依据和情况说明。", "Basis and explanation."))))
                @if suspended { (form.danger("解除暂停", "End the suspension")) } @else { (form.danger("暂停该名称", "Suspend this name")) }
            }))
        }
    }
}
