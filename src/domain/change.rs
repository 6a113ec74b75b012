//! Of which events of a competition's chain somebody is told that follows what changes: those that change what they read.

use super::access::{Action, Role};

/// Whom an event is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Whoever sees the application, or a list of its city.
    WithApplication,
    /// Whoever sees the competition.
    WithCompetition,
    /// The office and supervisors.
    Office,
    /// Supervisors; the office as well while sheets are open to it.
    WithSheets,
    Supervisors,
    /// Nobody: it changes nothing that others read, or is of no competition.
    Nobody,
}

/// Whom the events of an action are told.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn told(action: Action) -> Told {
    use Action as A;
    match action {
        A::CreateApplication
        | A::ChangeApplication
        | A::DecideConsent
        | A::SubmitApplication
        | A::WithdrawApplication
        | A::ReturnApplication
        | A::SealRecommendation
        | A::CheckFormally
        | A::TakeBackCheck
        | A::PlanInspection
        | A::RecordInspection
        | A::AnswerInspection => Told::WithApplication,
        A::CorrectCompetition
        | A::ExtendDeadline
        | A::MoveCompetition
        | A::ReopenCompetition
        | A::PublishNotice
        | A::Announce
        | A::ReportTitle
        | A::ChangeTitle => Told::WithCompetition,
        A::CreateCompetition
        | A::ChangeCompetition
        | A::ProposeReopening
        | A::Archive
        | A::ChangeRecommendation
        | A::CheckVeto
        | A::Draw
        | A::WitnessDraw
        | A::RecuseExpert
        | A::DeclareConflicts
        | A::Adjust
        | A::MakeTally
        | A::ConfirmTally
        | A::Deliberate
        | A::Suspend
        | A::Object
        | A::DecideObjection
        | A::ReachObjector
        | A::AnswerObjection
        | A::RequestRecheck
        | A::AnswerRecheck
        | A::Remind
        | A::IssueDocument
        | A::ResendLetter => Told::Office,
        A::FillSheet | A::EnterPaperSheet => Told::WithSheets,
        A::NoteLead => Told::Supervisors,
        A::ReadPublic
        | A::LogIn
        | A::Refresh
        | A::LogOut
        | A::LogOutEverywhere
        | A::SetUp
        | A::AcceptLink
        | A::ReadSelf
        | A::ChangePassword
        | A::ChangeSecondFactor
        | A::ProveAgain
        | A::ReadAccounts
        | A::ReadMachines
        | A::ChangeContact
        | A::ForgetPassword
        | A::AllowForgotten
        | A::InviteAccount
        | A::ChangeAccount
        | A::ResetAccount
        | A::ResetSecondFactor
        | A::ConfirmLink
        | A::RefuseLink
        | A::MakeMachine
        | A::ConfirmMachine
        | A::RevokeMachine
        | A::MakeWebhook
        | A::ConfirmWebhook
        | A::ChangeWebhook
        | A::RotateWebhook
        | A::RevokeWebhook
        | A::Acknowledge
        | A::LinkPlatform
        | A::UnlinkPlatform
        | A::ImportData
        | A::ReadDrafts
        | A::ListApplications
        | A::ReadApplication
        | A::ReadOriginals
        | A::ReadRecommendation
        | A::ReadDuplicates
        | A::ReadChecks
        | A::ReadAudit
        | A::ReadAlarms
        | A::NoteDamage
        | A::QuarantineFile
        | A::NoteJump
        | A::SettleJump
        | A::StopWebhook
        | A::ReadClock
        | A::ConfirmClock
        | A::Restore
        | A::ReadHealth
        | A::ReadExperts
        | A::ChangeExperts
        | A::ReadDraws
        | A::ReadOwnPanel
        | A::ReadSheets
        | A::ReadInspection
        | A::ReadRanking
        | A::ReadArchive
        | A::ReadObjections
        | A::ReadRechecks
        | A::ReadResult
        | A::ReadProgress
        | A::ReadLetters
        | A::ReadIssued
        | A::ReadChanges => Told::Nobody,
    }
}

/// The actions whose events anybody is told.
pub fn told_actions() -> impl Iterator<Item = Action> {
    Action::ALL.iter().copied().filter(|action| told(*action) != Told::Nobody)
}

/// The actions whose events a role is told wherever it sees the competition, and those that it is told with the
/// application; where sheets are open to the office.
pub fn told_to(role: Role, sheets_open: bool) -> (Vec<Action>, Vec<Action>) {
    let office = matches!(role, Role::Office | Role::Supervisor);
    let supervisor = role == Role::Supervisor;
    let of = |wanted: &dyn Fn(Told) -> bool| {
        Action::ALL.iter().copied().filter(|action| wanted(told(*action))).collect()
    };
    let whole = of(&|told| match told {
        Told::WithCompetition => true,
        Told::Office => office,
        Told::Supervisors => supervisor,
        Told::WithSheets => supervisor || (office && sheets_open),
        Told::WithApplication | Told::Nobody => false,
    });
    (whole, of(&|told| told == Told::WithApplication))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_hidden_sheets_supervisors_alone_are_told() {
        for role in Role::ALL {
            let told = told_to(*role, false);
            let sheets = told.0.contains(&Action::FillSheet) || told.1.contains(&Action::FillSheet);
            assert_eq!(sheets, *role == Role::Supervisor, "{role}");
        }
        assert!(told_to(Role::Office, true).0.contains(&Action::FillSheet));
        assert!(!told_to(Role::Applicant, true).0.contains(&Action::FillSheet));
    }
}
