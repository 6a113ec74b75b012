//! Stages, when they are, and which follows which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::keyword::keyword_enum;
use crate::domain::problem::FieldProblem;
use crate::domain::time::Timestamp;

keyword_enum! {
    /// Where a competition stands. It moves forward, one step at a time; a stage that was closed by mistake is opened again
    /// by two people (`actions/reopenings.rs`).
    pub enum CompetitionState {
        /// Being set up; only the office sees it.
        Draft = "draft",
        /// Called: applications are filed (申报).
        Application = "application",
        /// Cities review and recommend (推荐).
        Recommendation = "recommendation",
        /// The office checks form and vetoes (形式审查、否决核查).
        Checking = "checking",
        /// Checked: panels are drawn for what was accepted (专家抽取).
        Drawing = "drawing",
        /// Experts inspect, verify and score (考察、评审).
        Scoring = "scoring",
        /// Scoring is closed and the tally frozen: ranking and deliberation (汇总、遴选).
        Selection = "selection",
        /// The list is on public notice (公示).
        Notice = "notice",
        /// The winners are announced (公开发布).
        Announced = "announced",
    }
}

impl CompetitionState {
    /// The state after this one; none after the last.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(Self::ALL.iter().position(|state| *state == self)? + 1).copied()
    }
}

/// The span of a stage. Both ends belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Period {
    pub from: Timestamp,
    /// Its deadline: what has wholly arrived at this time is in time.
    pub until: Timestamp,
}

/// The stages' members of the calendar, in order, with their names.
pub const STAGE_NAMES: [(&str, (&str, &str)); 5] = [
    ("application", CompetitionState::Application.names()),
    ("recommendation", CompetitionState::Recommendation.names()),
    ("checking", CompetitionState::Checking.names()),
    ("review", CompetitionState::Scoring.names()),
    ("announcement", ("遴选、公示、公布", "Selection, notice, announcement")),
];

impl CompetitionState {
    /// What the stage is called wherever people read of it, in Chinese and in English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Draft => ("筹备", "Draft"),
            Self::Application => ("申报", "Application"),
            Self::Recommendation => ("初审与推荐", "City review and recommendation"),
            Self::Checking => ("审查", "Checks"),
            Self::Drawing => ("专家抽取", "Draw of panels"),
            Self::Scoring => ("考察评审", "Inspection and scoring"),
            Self::Selection => ("遴选", "Selection"),
            Self::Notice => ("公示", "Notice"),
            Self::Announced => ("已公布", "Announced"),
        }
    }
}

/// Which stage a state belongs to, from 0; a draft belongs to none.
pub(super) fn stage_of(state: CompetitionState) -> Option<usize> {
    use CompetitionState as S;
    match state {
        S::Draft => None,
        S::Application => Some(0),
        S::Recommendation => Some(1),
        S::Checking => Some(2),
        S::Drawing | S::Scoring => Some(3),
        S::Selection | S::Notice | S::Announced => Some(4),
    }
}

/// The calendar of a competition. Stages after `checking` are announced but move by acts, not by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Calendar {
    /// Filing of applications (申报).
    pub application: Period,
    /// City review and recommendation (初审、推荐).
    pub recommendation: Period,
    /// Formal and veto checks (形式审查、否决核查).
    pub checking: Period,
    /// Expert review and inspection (评审、考察).
    pub review: Period,
    /// Deliberation, notice and announcement (审议、公示、公布).
    pub announcement: Period,
}

impl Calendar {
    /// The last year that is over when applications are first taken: what figures are asked of, of those who file on the
    /// first day and on the last alike.
    pub fn last_full_year(&self) -> i32 {
        chrono::Datelike::year(&self.application.from.date()) - 1
    }

    /// The period of a state; a draft has none.
    pub fn period(&self, state: CompetitionState) -> Option<&Period> {
        stage_of(state).map(|at| self.in_order()[at])
    }

    /// Has a state's stage begin at another time.
    pub fn begin(&mut self, state: CompetitionState, from: Timestamp) {
        if let Some(at) = stage_of(state) {
            self.in_order_mut()[at].from = from;
        }
    }

    /// Makes the deadline of a state's stage later. What was to begin after it does not begin before it.
    ///
    /// # Errors
    /// If the stage after it ends before that.
    pub fn extend(&mut self, state: CompetitionState, until: Timestamp) -> Result<(), FieldProblem> {
        let Some(at) = stage_of(state) else { return Ok(()) };
        if let Some(next) = self.in_order().get(at + 1)
            && next.until <= until
        {
            let (_, (zh, en)) = STAGE_NAMES[at + 1];
            return Err(FieldProblem::new(
                "/due_at",
                "not_before_next_stage",
                format!("须早于下一阶段“{zh}”的截止时间{}；请先延长其后的阶段，从最后一个延起", next.until),
                format!(
                    "It must be before the next stage, “{en}”, ends ({}): extend later stages first, the last one before the others",
                    next.until
                ),
            ));
        }
        let periods = self.in_order_mut();
        let was = periods[at].until;
        for (later, period) in periods.into_iter().enumerate().skip(at) {
            if later == at {
                period.until = until;
            } else if period.from >= was && period.from < until {
                period.from = until;
            }
        }
        Ok(())
    }

    pub(super) fn in_order_mut(&mut self) -> [&mut Period; 5] {
        [
            &mut self.application,
            &mut self.recommendation,
            &mut self.checking,
            &mut self.review,
            &mut self.announcement,
        ]
    }

    pub fn in_order(&self) -> [&Period; 5] {
        [&self.application, &self.recommendation, &self.checking, &self.review, &self.announcement]
    }
}
