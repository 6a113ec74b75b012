//! The stages of a competition as pages call them: one name each, wherever it stands.

use crate::domain::competition::{Calendar, CompetitionState, Period, STAGE_NAMES};
use crate::domain::values::Language;

/// A stage: its span, and the first and the last state of a competition that belong to it.
pub(super) struct Stage<'a> {
    /// Its member of the calendar.
    pub(super) member: &'static str,
    name: (&'static str, &'static str),
    pub(super) period: &'a Period,
    /// The state in which it begins.
    pub(super) first: CompetitionState,
    /// The state in which it ends, whose deadline it has.
    pub(super) last: CompetitionState,
}

impl Stage<'_> {
    /// What it is called.
    pub(super) fn name(&self, language: Language) -> &'static str {
        language.pick(self.name.0, self.name.1)
    }
}

/// The stages of a calendar, in order.
pub(super) fn stages(calendar: &Calendar) -> [Stage<'_>; 5] {
    use CompetitionState as S;
    let spans = [
        (&calendar.application, S::Application, S::Application),
        (&calendar.recommendation, S::Recommendation, S::Recommendation),
        (&calendar.checking, S::Checking, S::Checking),
        (&calendar.review, S::Drawing, S::Scoring),
        (&calendar.announcement, S::Selection, S::Announced),
    ];
    std::array::from_fn(|at| {
        let ((member, name), (period, first, last)) = (STAGE_NAMES[at], spans[at]);
        Stage { member, name, period, first, last }
    })
}

/// What the stage with this member of the calendar is called.
pub(super) fn stage_name(member: &str, language: Language) -> Option<&'static str> {
    let found = STAGE_NAMES.iter().find(|(stage, _)| *stage == member);
    found.map(|(_, (zh, en))| language.pick(*zh, *en))
}
