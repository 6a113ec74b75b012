//! What blocks a step of a competition, with a link to where it is put right: the one map from reasons to pages.

use super::prelude::*;
use crate::domain::blocker::{Blocker, MovingAct};
use crate::domain::ids::CompetitionId;
use crate::domain::problem::FieldProblem;

/// The page on which it is put right, or, where that is for others to do, on which it is seen; none where there is nothing
/// to put right.
fn page_of(role: Option<Role>, id: CompetitionId, blocker: &Blocker) -> Option<String> {
    let competition = |rest: &str| format!("/competitions/{id}/{rest}");
    let is_office = role == Some(Role::Office);
    Some(match blocker {
        Blocker::YearUnknown { .. } if is_office => "/working-days/import".to_owned(),
        Blocker::DeadlinePassed | Blocker::BeforeDeadline { .. } | Blocker::YearUnknown { .. } => {
            competition(&format!("settings/{}", step_of(blocker)?))
        }
        Blocker::NotSealed { city, .. } => competition(&format!("recommendations/{city}")),
        Blocker::FormalCheckOpen(application) | Blocker::VetoOpen { application, .. } => {
            format!("/applications/{}/checks", application.id)
        }
        Blocker::NoPanel(_) => competition("draws"),
        Blocker::NoApplications => format!("/applications?competition_id={id}"),
        Blocker::NotVerified(application)
        | Blocker::IncreaseWithoutConsent { application, .. }
        | Blocker::CommentsOpen { application, .. } => {
            format!("/applications/{}/inspection", application.id)
        }
        // The office enters what was signed on paper; a supervisor looks at what there is.
        Blocker::SheetMissing { application, expert, .. } if is_office => {
            format!("/applications/{}/paper-sheets/{expert}", application.id)
        }
        Blocker::SheetMissing { application, .. } => format!("/applications/{}/sheets", application.id),
        Blocker::ByItsOwnAct(MovingAct::Announcement) => competition("announcement"),
        Blocker::ByItsOwnAct(MovingAct::Notice)
        | Blocker::NotOnNotice
        | Blocker::NoticeRunning { .. }
        | Blocker::NoticeOutdated => competition("notice"),
        Blocker::RecheckOpen { .. } => competition("rechecks"),
        Blocker::ObjectionsWaiting { .. } => competition("objections?state=received"),
        Blocker::LastState => return None,
    })
}

/// The step of the settings that it is put right in.
pub(super) fn step_of(blocker: &Blocker) -> Option<&'static str> {
    match blocker {
        Blocker::DeadlinePassed | Blocker::BeforeDeadline { .. } => Some("calendar"),
        Blocker::YearUnknown { .. } => Some("title"),
        _ => None,
    }
}

pub(super) fn words(request: &PageRequest, blocker: &Blocker) -> String {
    request.localized(&FieldProblem::from(blocker).message)
}

/// Its words, as a link to where it is put right.
pub(super) fn link(request: &PageRequest, id: CompetitionId, blocker: &Blocker) -> Markup {
    let words = words(request, blocker);
    match page_of(request.role(), id, blocker) {
        Some(page) => html! { a href=(request.link(&page)) { (words) } },
        None => html! { (words) },
    }
}

/// The list of them. Many are cut short.
pub(super) fn list(request: &PageRequest, id: CompetitionId, open: &[Blocker]) -> Markup {
    const MOST: usize = 20;
    html! {
        ul.tasks {
            @for blocker in open.iter().take(MOST) { li { (link(request, id, blocker)) } }
            @if open.len() > MOST {
                li.muted {
                    @let rest = open.len() - MOST;
                    (if request.is_chinese() { format!("另有{rest}项") } else { format!("and {rest} more") })
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::setup::STEPS;
    use super::super::{by_path, pages};
    use super::*;
    use crate::domain::access::{Action, OfficeDuties, Relation, Subject, decide};
    use crate::domain::blocker::{BlockerKind, Numbered};
    use crate::domain::ids::{AccountId, ApplicationId, ExpertId, RecheckId};
    use crate::domain::time::Timestamp;

    fn each() -> Vec<Blocker> {
        let application = || Numbered { id: ApplicationId(Uuid::nil()), number: "S-01".to_owned() };
        let until: Timestamp = "2026-07-01T18:00:00+08:00".parse().unwrap();
        let (key, item, name) = ("a".to_owned(), "项".to_owned(), "某".to_owned());
        vec![
            Blocker::DeadlinePassed,
            Blocker::YearUnknown { year: 2027 },
            Blocker::BeforeDeadline { until },
            Blocker::NotSealed { city: "320500".parse().unwrap(), name: name.clone() },
            Blocker::FormalCheckOpen(application()),
            Blocker::NoPanel(application()),
            Blocker::NoApplications,
            Blocker::VetoOpen { application: application(), key: key.clone(), item: item.clone() },
            Blocker::NotVerified(application()),
            Blocker::IncreaseWithoutConsent { application: application(), key, indicator: item },
            Blocker::CommentsOpen { application: application(), until },
            Blocker::SheetMissing { application: application(), expert: ExpertId(Uuid::nil()), name },
            Blocker::ByItsOwnAct(MovingAct::Notice),
            Blocker::ByItsOwnAct(MovingAct::Announcement),
            Blocker::LastState,
            Blocker::NotOnNotice,
            Blocker::NoticeRunning { until },
            Blocker::NoticeOutdated,
            Blocker::RecheckOpen { recheck: RecheckId(Uuid::nil()) },
            Blocker::ObjectionsWaiting { waiting: 1, until },
        ]
    }

    /// Whoever puts it right besides the office, which sees to all of it.
    fn others(kind: BlockerKind) -> &'static [Role] {
        match kind {
            BlockerKind::NotSealed => &[Role::CityReviewer],
            BlockerKind::NotVerified => &[Role::Expert],
            _ => &[],
        }
    }

    #[test]
    fn whatever_stands_against_a_step_has_a_page_for_who_puts_it_right_and_who_reads_of_it() {
        let (known, all) = (by_path(pages()), each());
        for kind in BlockerKind::ALL {
            assert!(all.iter().any(|blocker| blocker.kind() == *kind), "{kind} is not looked at");
        }
        let may = |role, action| {
            let subject = Subject {
                account: AccountId(Uuid::nil()),
                role,
                region: None,
                duties: OfficeDuties::default(),
            };
            decide(Some(&subject), action, Relation::General).is_ok()
        };
        for blocker in all.iter().filter(|blocker| **blocker != Blocker::LastState) {
            let readers = Role::ALL.iter().filter(|role| may(**role, Action::ReadDrafts));
            for role in readers.chain(others(blocker.kind())) {
                let address = page_of(Some(*role), CompetitionId(Uuid::nil()), blocker).unwrap();
                let found = known.find(address.split('?').next().unwrap());
                let (page, names) = found.unwrap_or_else(|| panic!("{address} is no page"));
                assert!(may(*role, page.action), "{address} is not for {role}");
                for (_, step) in names.iter().filter(|(name, _)| name == "step") {
                    assert!(STEPS.iter().any(|known| known.key == step), "{address}: no such step");
                }
            }
        }
    }
}
