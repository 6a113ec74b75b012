//! How far each of its competitions has come.

use crate::cli::demo::figures::Entrant;
use crate::domain::competition::Settings;
use crate::domain::ids::{ApplicationId, CompetitionId};

/// What becomes of a competition of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli::demo) enum Story {
    /// It comes to its announcement.
    Announced,
    /// It comes to its public notice; it is ranked in two tracks, each with a panel.
    OnNotice,
    /// It is being scored.
    Scored,
    Open,
}

impl Story {
    /// The fictional outcome of the lottery that a competition's panels are drawn by. With the seed that holds unless told, the
    /// expert of docs/walkthrough.md is on the panel that scores.
    pub(super) fn public_seed(self) -> &'static str {
        match self {
            Self::Announced => "3141592",
            Self::OnNotice => "2718281",
            Self::Scored | Self::Open => "4123105",
        }
    }
}

pub(in crate::cli::demo) struct DemoCompetition {
    pub(in crate::cli::demo) id: CompetitionId,
    pub(in crate::cli::demo) story: Story,
    pub(in crate::cli::demo) year: i32,
    pub(in crate::cli::demo) settings: Settings,
    pub(super) count: usize,
    pub(in crate::cli::demo) applications: Vec<(ApplicationId, Entrant)>,
}
