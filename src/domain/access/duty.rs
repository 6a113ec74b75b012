//! Duties within the office: who prepares, who reviews, who issues.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Action;
use crate::domain::keyword::{keyword_enum, named};

keyword_enum! {
    /// What an account of the office is there for.
    pub enum OfficeDuty {
        /// Keeps the files: sets up, checks, plans, calculates (经办).
        Prepare = "prepare",
        /// Looks at what another has done, and takes it back or confirms it (审核).
        Review = "review",
        /// Lets go out what binds (签发): the call and each further stage, letters, the list on notice, the announcement.
        Issue = "issue",
    }
}

impl OfficeDuty {
    /// What people call it, in Chinese and in English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Prepare => ("经办", "Prepare"),
            Self::Review => ("审核", "Review"),
            Self::Issue => ("签发", "Issue"),
        }
    }

    /// The duty of a name, in either language, or of its keyword.
    pub fn named(text: &str) -> Option<Self> {
        named(text, Self::ALL, Self::names)
    }

    /// The duty that an act of the office is part of. What every account of the office may do is part of none: reading,
    /// what concerns the account itself, and what inspection teams do.
    pub fn of(action: Action) -> Option<Self> {
        use Action as A;
        match action {
            A::CreateCompetition
            | A::ChangeCompetition
            | A::ProposeReopening
            | A::CheckFormally
            | A::CheckVeto
            | A::ChangeExperts
            | A::Draw
            | A::RecuseExpert
            | A::EnterPaperSheet
            | A::PlanInspection
            | A::Adjust
            | A::MakeTally
            | A::Deliberate
            | A::DecideObjection
            | A::AnswerRecheck
            | A::Archive
            | A::Remind
            | A::ResendLetter
            | A::InviteAccount
            | A::ChangeAccount
            | A::ResetAccount
            | A::ResetSecondFactor
            | A::AllowForgotten
            | A::ImportData => Some(Self::Prepare),
            A::ReopenCompetition | A::TakeBackCheck | A::ConfirmTally | A::ConfirmClock => Some(Self::Review),
            A::CorrectCompetition
            | A::ExtendDeadline
            | A::MoveCompetition
            | A::PublishNotice
            | A::Announce
            | A::ChangeTitle
            | A::IssueDocument => Some(Self::Issue),
            _ => None,
        }
    }
}

/// The duties of an account of the office. None: duties are not divided, and it has all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("maxItems" = 3))]
pub struct OfficeDuties(BTreeSet<OfficeDuty>);

impl OfficeDuties {
    /// Whether an act is part of its duties, and which duty it is part of where it is not.
    ///
    /// # Errors
    /// The duty that is missing.
    pub fn cover(&self, action: Action) -> Result<(), OfficeDuty> {
        match OfficeDuty::of(action) {
            Some(duty) if !self.0.is_empty() && !self.0.contains(&duty) => Err(duty),
            _ => Ok(()),
        }
    }

    /// Whether duties are divided.
    pub fn are_divided(&self) -> bool {
        !self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = OfficeDuty> {
        self.0.iter().copied()
    }
}

impl FromIterator<OfficeDuty> for OfficeDuties {
    fn from_iter<I: IntoIterator<Item = OfficeDuty>>(duties: I) -> Self {
        Self(duties.into_iter().collect())
    }
}

/// As it is stored: keywords with commas between.
impl fmt::Display for OfficeDuties {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duties: Vec<&str> = self.0.iter().map(|duty| duty.as_str()).collect();
        formatter.write_str(&duties.join(","))
    }
}

/// That a text is no list of duties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotDuties;

impl FromStr for OfficeDuties {
    type Err = NotDuties;

    fn from_str(text: &str) -> Result<Self, NotDuties> {
        let duties = text.split(',').filter(|duty| !duty.is_empty());
        duties.map(|duty| duty.parse().map_err(|_| NotDuties)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Role, roles};
    use super::*;

    #[test]
    fn only_acts_of_the_office_are_part_of_a_duty_and_nothing_that_reads_is() {
        for action in Action::ALL {
            let is_act_of_office = roles(*action).contains(&Role::Office);
            assert!(OfficeDuty::of(*action).is_none() || is_act_of_office, "{action:?}");
            let only_of_office = roles(*action) == [Role::Office];
            assert!(!only_of_office || OfficeDuty::of(*action).is_some(), "{action:?} is part of no duty");
        }
    }

    #[test]
    fn duties_are_stored_as_keywords_and_none_means_all() {
        let own: OfficeDuties = [OfficeDuty::Issue, OfficeDuty::Prepare].into_iter().collect();
        assert_eq!(own.to_string(), "prepare,issue");
        assert_eq!("prepare,issue".parse(), Ok(own.clone()));
        assert_eq!("prepare,sign".parse::<OfficeDuties>(), Err(NotDuties));
        assert_eq!(own.cover(Action::ConfirmTally), Err(OfficeDuty::Review));
        assert_eq!(own.cover(Action::PublishNotice), Ok(()));
        assert_eq!(own.cover(Action::ReadSheets), Ok(()));
        assert_eq!(OfficeDuties::default().cover(Action::ConfirmTally), Ok(()));
        assert!(serde_json::from_str::<OfficeDuties>(r#"["sign"]"#).is_err());
    }
}
