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

pub(super) fn pages() -> Vec<Page> {
    vec![page("/applications/{application_id}/suspension", Action::Suspend, suspension)]
}

/// Suspensions of an edition and, for a supervisor, names on notice that may be suspended.
pub(super) async fn table(
    asked: &Asked,
    edition: &NamedCompetition,
    notice: Option<&Notice>,
) -> Result<Markup> {
    let found = notices::suspensions(&asked.service, &asked.visit, edition.id).await?;
    let supervisor = asked.role() == Some(Role::Supervisor);
    let on_notice = notice.iter().flat_map(|notice| &notice.entries).map(|entry| entry.application);
    let unsuspended: Vec<ApplicationId> = on_notice
        .filter(|application| supervisor && !found.iter().any(|view| view.application_id == *application))
        .collect();
    if found.is_empty() && unsuspended.is_empty() {
        return Ok(Markup::default());
    }
    Ok(html! {
        h2 { (asked.t("暂停的名称", "Suspended names")) }
        @if found.is_empty() { p.muted { (asked.t("没有被暂停的名称。", "No name is suspended.")) } }
        @else { (suspended(asked, edition, &found, supervisor)) }
        @if !unsuspended.is_empty() {
            details.screen {
                summary { (asked.t("暂停一个名称", "Suspend a name")) }
                ul { @for id in &unsuspended {
                    li { a href=(page_of(asked, *id)) { (name(edition, *id)) } }
                } }
            }
        }
    })
}

fn page_of(asked: &Asked, id: ApplicationId) -> String {
    asked.link(&format!("/applications/{id}/suspension"))
}

fn name(edition: &NamedCompetition, id: ApplicationId) -> String {
    edition.applications.get(&id).map_or_else(|| id.to_string(), |name| name.title.clone())
}

fn suspended(
    asked: &Asked,
    edition: &NamedCompetition,
    found: &[SuspensionView],
    supervisor: bool,
) -> Markup {
    Table::new(asked.t("由纪检监督作出，未解除的不予公布", "By the supervisors; not announced until it ends"), found)
        .head(asked.t("申报", "Application"), |view| application(asked, edition, view.application_id))
        .column(asked.t("状态", "State"), |view| state(asked, view))
        .text(asked.t("理由", "Reason"), |view| &view.reason)
        .column(asked.t("时间", "When"), |view| asked.time(view.at))
        .when(supervisor, |table| table.column(asked.t("操作", "Action"), |view| html! {
            a href=(page_of(asked, view.application_id)) {
                (if view.suspended { asked.t("解除暂停", "End it") } else { asked.t("再次暂停", "Suspend again") })
            }
        }))
        .render()
}

fn state(asked: &Asked, view: &SuspensionView) -> Markup {
    if view.suspended {
        tag(asked.t("暂停中", "suspended"), Tone::Bad)
    } else {
        tag(asked.t("已解除", "ended"), Tone::Neutral)
    }
}

async fn suspension(asked: Rc<Asked>) -> Result<Shown> {
    let id: ApplicationId = asked.id("application_id")?;
    let view = applications::read(&asked.service, &asked.visit, id).await?;
    let edition = names::edition(&asked.service, &asked.visit, view.competition_id).await?;
    let found = notices::suspensions(&asked.service, &asked.visit, edition.id).await?;
    let stands = found.iter().find(|view| view.application_id == id);
    let suspended = stands.is_some_and(|view| view.suspended);
    let at_stage = matches!(
        edition.state,
        CompetitionState::Scoring
            | CompetitionState::Selection
            | CompetitionState::Notice
            | CompetitionState::Announced
    );
    let content = html! {
        (application_views(&asked, id, ""))
        (facts(&[
            (asked.t("申报", "Application"), application(&asked, &edition, id)),
            (asked.t("现在", "Now"), match stands {
                Some(view) => html! { (state(&asked, view)) (asked.t("，", ", ")) (asked.time(view.at)) p.text { (view.reason) } },
                None => html! { (asked.t("未暂停", "not suspended")) },
            }),
        ]))
        @if at_stage { (confirm(&asked, &edition, id, suspended)) } @else {
            (banner(Tone::Neutral, &html! { p { (asked.t("评审开始后才能暂停名称。", "Names can be suspended once scoring has begun.")) } }))
        }
    };
    let title = if suspended {
        asked.t("解除暂停", "End the suspension")
    } else {
        asked.t("暂停名称", "Suspend the name")
    };
    Ok(shown(&asked, &edition, &view, title, content)
        .data(format!("/api/v1/competitions/{}/suspensions", edition.id)))
}

fn confirm(asked: &Asked, edition: &NamedCompetition, id: ApplicationId, suspended: bool) -> Markup {
    let act = if suspended { "suspension/end" } else { "suspension" };
    let form = asked
        .form(Method::Post, format!("/api/v1/applications/{id}/{act}"))
        .once()
        .next(format!("/competitions/{}/notice", edition.id));
    let form = if suspended {
        form.done("暂停已解除。", "The suspension has ended.")
    } else {
        form.done("该名称已暂停。", "The name is suspended.")
    };
    html! {
        section.card {
            h2 { (name(edition, id)) }
            p { (if suspended {
                asked.t("解除后，该名称可随下一次公布发布。", "Once it ends, the name may be announced again.")
            } else {
                asked.t(
                    "暂停期间该名称不予公布；评分、名次和其他名称不受影响。理由将长期留存，领导小组办公室可以看到。",
                    "While it is suspended the name is not announced; scores, places and other names stay as they are. The reason is kept for good, and the office reads it.",
                )
            }) }
            (form.render(&html! {
                (form.field(&reason_field(asked, asked.t("依据和情况说明。", "On what ground."))))
                @if suspended { (form.danger("解除暂停", "End the suspension")) } @else { (form.danger("暂停该名称", "Suspend this name")) }
            }))
        }
    }
}
