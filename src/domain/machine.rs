//! External systems: what one may be let in for, and what none may do.

use std::collections::BTreeSet;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Action, Role};
use super::catalogue::RegionCode;
use super::ids::CompetitionId;
use super::keyword::keyword_enum;
use super::problem::FieldProblem;
use super::time::Timestamp;

/// How a token begins, so that whoever finds one knows what it is.
pub const PREFIX: &str = "qlm_";
/// The longest that a token may be good for, in days.
pub const LONGEST_DAYS: i64 = 400;
/// Days within which a second person has to confirm it.
pub const CONFIRMED_WITHIN_DAYS: i64 = 7;
/// The most regions, competitions and networks that a token names.
pub const MOST_NAMED: usize = 200;

keyword_enum! {
    /// A group of resources, as the API's description has them.
    pub enum ResourceGroup {
        Data = "data",
        Competitions = "competitions",
        Applications = "applications",
        Evidence = "evidence",
        Experts = "experts",
        Objections = "objections",
        Titles = "titles",
        Changes = "changes",
        Audit = "audit",
    }
}

keyword_enum! {
    /// What may be done with a group of resources.
    pub enum GroupAccess {
        /// Read.
        Read = "read",
        /// Read and change.
        Write = "write",
    }
}

keyword_enum! {
    /// Where a token stands.
    pub enum MachineState {
        /// It waits for a second administrator.
        Awaited = "awaited",
        /// It can be used.
        Usable = "usable",
        /// Nobody confirmed it in time.
        Lapsed = "lapsed",
        /// It was revoked.
        Revoked = "revoked",
        /// Its time is over.
        Expired = "expired",
    }
}

/// A group of resources that a token is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupScope {
    pub group: ResourceGroup,
    pub access: GroupAccess,
}

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MachineScope {
    /// The groups of resources; in all others it reads what everybody may.
    #[schemars(length(min = 1, max = 9))]
    pub groups: Vec<GroupScope>,
    /// The regions that it acts for, where its role is bound to one.
    #[serde(default)]
    #[schemars(length(max = MOST_NAMED))]
    pub region_codes: Vec<RegionCode>,
    /// The competitions; none: all that its role may see.
    #[serde(default)]
    #[schemars(length(max = MOST_NAMED))]
    pub competition_ids: Vec<CompetitionId>,
    /// The addresses that it may be used from, as CIDR; none: all.
    #[serde(default)]
    #[schemars(length(max = MOST_NAMED), inner(length(max = 50)))]
    pub networks: Vec<String>,
}

impl MachineScope {
    /// Whether something may be read, or also changed.
    pub fn covers(&self, group: Option<ResourceGroup>, changes: bool) -> bool {
        let enough = |scope: &GroupScope| !changes || scope.access == GroupAccess::Write;
        self.groups.iter().any(|scope| Some(scope.group) == group && enough(scope))
    }

    pub fn has_competition(&self, competition: CompetitionId) -> bool {
        self.competition_ids.is_empty() || self.competition_ids.contains(&competition)
    }

    /// Its networks. What is no network was refused before it was stored.
    pub fn nets(&self) -> impl Iterator<Item = IpNet> {
        self.networks.iter().filter_map(|text| text.parse().ok())
    }

    /// What is wrong with it for a role; which regions and competitions there are is looked up elsewhere.
    pub fn problems(&self, role: Role) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut wrong =
            |pointer: String, code, zh, en| problems.push(FieldProblem::new(pointer, code, zh, en));
        if !machine_roles().contains(&role) {
            let (zh, en) = ("该角色须由人担任", "This role is for people alone");
            wrong("/role".to_owned(), "role", zh, en);
        }
        if self.groups.is_empty() {
            let (zh, en) = ("请至少选一组资源", "Choose a group of resources at least");
            wrong("/groups".to_owned(), "required", zh, en);
        }
        let groups: BTreeSet<ResourceGroup> = self.groups.iter().map(|scope| scope.group).collect();
        if groups.len() != self.groups.len() {
            let (zh, en) = ("同一组资源写了两次", "A group of resources stands twice");
            wrong("/groups".to_owned(), "twice", zh, en);
        }
        if is_bound(role) == self.region_codes.is_empty() {
            let (zh, en) = if is_bound(role) {
                ("该角色须指明所代表的地区", "This role acts for regions: name them")
            } else {
                ("该角色不绑定地区", "This role is bound to no region")
            };
            wrong("/region_codes".to_owned(), "region", zh, en);
        }
        for (index, text) in self.networks.iter().enumerate() {
            if text.parse::<IpNet>().is_err() {
                let zh = "请写地址段，例如 `192.0.2.0/24`；单个地址写 `192.0.2.7/32`";
                let en = "Write a network such as `192.0.2.0/24`, one address as `192.0.2.7/32`";
                wrong(format!("/networks/{index}"), "network", zh, en);
            }
        }
        let lists = [
            ("/region_codes", self.region_codes.len()),
            ("/competition_ids", self.competition_ids.len()),
            ("/networks", self.networks.len()),
        ];
        for (pointer, length) in lists.into_iter().filter(|(_, length)| *length > MOST_NAMED) {
            problems.push(FieldProblem::new(
                pointer,
                "too_many",
                format!("至多{MOST_NAMED}个，现有{length}个"),
                format!("At most {MOST_NAMED}; there are {length}"),
            ));
        }
        problems
    }
}

/// The roles that an external system may have: it keeps no accounts, and it judges nothing.
pub fn machine_roles() -> &'static [Role] {
    &[Role::Applicant, Role::CityReviewer, Role::Office, Role::Supervisor]
}

/// Whether a role acts for a region.
pub fn is_bound(role: Role) -> bool {
    matches!(role, Role::Applicant | Role::CityReviewer)
}

/// Until when a token that is made now may be good at most.
pub fn latest_end(now: Timestamp) -> Timestamp {
    now.plus_seconds(LONGEST_DAYS * 24 * 60 * 60)
}

/// Until when a token that was made then can be confirmed.
pub fn confirmed_until(made_at: Timestamp) -> Timestamp {
    made_at.plus_seconds(CONFIRMED_WITHIN_DAYS * 24 * 60 * 60)
}

/// What an external system may do at all. The rest needs a person: who signs, undertakes, consents, seals, judges, decides,
/// announces, confirms as a second person or keeps accounts answers for it by name.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn open_to_machines(action: Action) -> bool {
    use Action as A;
    match action {
        A::ReadPublic
        | A::ReadSelf
        | A::ReadDrafts
        | A::ListApplications
        | A::ReadChanges
        | A::ReadApplication
        | A::ReadOriginals
        | A::ReadRecommendation
        | A::ReadDuplicates
        | A::ReadChecks
        | A::ReadAudit
        | A::ReadAlarms
        | A::ReadExperts
        | A::ReadDraws
        | A::ReadSheets
        | A::ReadInspection
        | A::ReadRanking
        | A::ReadObjections
        | A::ReadRechecks
        | A::ReadResult
        | A::ReadProgress
        | A::ReadLetters
        | A::ReadIssued
        // What it changes.
        | A::ImportData
        | A::CreateCompetition
        | A::ChangeCompetition
        | A::CreateApplication
        | A::ChangeApplication
        | A::SubmitApplication
        | A::ReturnApplication
        | A::ChangeRecommendation
        | A::CheckVeto
        | A::ChangeExperts
        | A::ReportTitle
        | A::Remind => true,
        A::LogIn
        | A::Refresh
        | A::LogOut
        | A::LogOutEverywhere
        | A::SetUp
        | A::AcceptLink
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
        | A::ReadHealth
        | A::ReadClock
        | A::ConfirmClock
        // What somebody decides or signs.
        | A::CorrectCompetition
        | A::Archive
        | A::ReadArchive
        | A::ExtendDeadline
        | A::MoveCompetition
        | A::IssueDocument
        | A::ProposeReopening
        | A::ReopenCompetition
        | A::DecideConsent
        | A::WithdrawApplication
        | A::SealRecommendation
        | A::CheckFormally
        | A::TakeBackCheck
        | A::Draw
        | A::WitnessDraw
        | A::RecuseExpert
        | A::ReadOwnPanel
        | A::DeclareConflicts
        | A::FillSheet
        | A::EnterPaperSheet
        | A::PlanInspection
        | A::RecordInspection
        | A::AnswerInspection
        | A::Adjust
        | A::MakeTally
        | A::ConfirmTally
        | A::Deliberate
        | A::PublishNotice
        | A::Suspend
        | A::Object
        | A::DecideObjection
        | A::ReachObjector
        | A::NoteLead
        | A::AnswerObjection
        | A::RequestRecheck
        | A::AnswerRecheck
        | A::Announce
        | A::ResendLetter
        | A::ChangeTitle
        // The service's own acts.
        | A::NoteDamage
        | A::QuarantineFile
        | A::NoteJump
        | A::SettleJump
        | A::StopWebhook
        | A::Restore => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::needs_fresh_proof;

    #[test]
    fn what_asks_again_who_one_is_needs_a_person() {
        for action in Action::ALL.iter().filter(|action| needs_fresh_proof(**action)) {
            assert!(!open_to_machines(*action), "{action}");
        }
    }

    #[test]
    fn writing_includes_reading_and_no_other_group() {
        let scope = MachineScope {
            groups: vec![
                GroupScope { group: ResourceGroup::Applications, access: GroupAccess::Write },
                GroupScope { group: ResourceGroup::Titles, access: GroupAccess::Read },
            ],
            region_codes: Vec::new(),
            competition_ids: Vec::new(),
            networks: Vec::new(),
        };
        let covers = |group, changes| scope.covers(Some(group), changes);
        assert!(covers(ResourceGroup::Applications, true) && covers(ResourceGroup::Applications, false));
        assert!(covers(ResourceGroup::Titles, false) && !covers(ResourceGroup::Titles, true));
        assert!(!covers(ResourceGroup::Evidence, false) && !scope.covers(None, false));
    }
}
