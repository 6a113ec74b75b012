//! What stands against an edition's next state, each with a link to where it is put right.

use maud::{Markup, html};

use super::super::asked::Asked;
use crate::actions::competitions::{OpenPoint, ReadinessView};
use crate::domain::access::Role;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::CompetitionId;

/// The step of the settings that a pointer is put right in.
pub(super) fn step_of(pointer: &str) -> Option<&'static str> {
    if pointer.contains("/working_days") {
        Some("title")
    } else if pointer.contains("/calendar") {
        Some("calendar")
    } else {
        None
    }
}

/// The page where an open point is put right.
fn page_of(asked: &Asked, id: CompetitionId, state: CompetitionState, point: &OpenPoint) -> Option<String> {
    let edition = format!("/competitions/{id}");
    let mut parts = point.pointer.split('/').skip(1);
    match (point.code.as_str(), parts.next(), parts.next()) {
        ("by_its_own_act", ..) if state == CompetitionState::Selection => Some(format!("{edition}/notice")),
        ("by_its_own_act", ..) => Some(format!("{edition}/announcement")),
        ("year_unknown", ..) if asked.role() == Some(Role::Office) => Some("/working-days/import".to_owned()),
        ("no_panel", ..) => Some(format!("{edition}/draws")),
        ("formal_check_open" | "veto_open", _, Some(application)) => {
            Some(format!("/applications/{application}/checks"))
        }
        ("sheet_missing", _, Some(application)) if asked.role() == Some(Role::Office) => {
            Some(format!("/applications/{application}/paper-sheets"))
        }
        ("sheet_missing", _, Some(application)) => Some(format!("/applications/{application}/sheets")),
        ("not_verified" | "increase_without_consent" | "comments_open", _, Some(application)) => {
            Some(format!("/applications/{application}/inspection"))
        }
        ("not_sealed", _, Some(city)) => Some(format!("{edition}/recommendations/{city}")),
        _ => step_of(&point.pointer).map(|step| format!("{edition}/settings/{step}")),
    }
}

/// The list of open points. Many of a kind are cut short.
pub(super) fn list(
    asked: &Asked,
    id: CompetitionId,
    state: CompetitionState,
    ready: &ReadinessView,
) -> Markup {
    const MOST: usize = 20;
    html! {
        ul.tasks {
            @for point in ready.open.iter().take(MOST) {
                li {
                    @let words = asked.told_of(&point.zh, &point.en);
                    @match page_of(asked, id, state, point) {
                        Some(page) => { a href=(asked.link(&page)) { (words) } }
                        None => { (words) }
                    }
                }
            }
            @if ready.open.len() > MOST {
                li.muted {
                    @let rest = ready.open.len() - MOST;
                    (if asked.is_chinese() { format!("另有{rest}项") } else { format!("and {rest} more") })
                }
            }
        }
    }
}
