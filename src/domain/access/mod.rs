//! Who may do what: one decision for every role, action and relation, asked by every act and by every test.

mod action;
mod duty;

pub use action::Action;
pub use duty::{OfficeDuties, OfficeDuty};

use crate::domain::catalogue::RegionCode;
use crate::domain::ids::AccountId;
use crate::domain::keyword::{keyword_enum, named};

keyword_enum! {
    /// Whether a one-time link needs a second person.
    pub enum LinkConfirmation {
        /// It works as it is.
        NotNeeded = "not_needed",
        /// It does not work yet.
        Awaited = "awaited",
        /// It works.
        Given = "given",
    }
}

keyword_enum! {
    /// Where a one-time link stands.
    pub enum LinkState {
        /// It waits for a supervisor.
        Awaited = "awaited",
        /// It can be used.
        Usable = "usable",
        /// A supervisor turned it down.
        Refused = "refused",
        /// It was used, or taken back by a newer one.
        Over = "over",
        /// Its day is over.
        Expired = "expired",
    }
}

keyword_enum! {
    /// Where an account stands.
    pub enum AccountState {
        /// Somebody signs in to it.
        InUse = "in_use",
        /// Its owner has not set a password: it was never used, or it was reset.
        Invited = "invited",
        /// It was disabled.
        Disabled = "disabled",
    }
}

keyword_enum! {
    /// What an account is for. An account has exactly one role.
    pub enum Role {
        /// A city, county or zone that files applications (申报主体); bound to its region.
        Applicant = "applicant",
        /// A city's reviewer (设区市初审); bound to its city.
        CityReviewer = "city_reviewer",
        /// An expert (专家).
        Expert = "expert",
        /// Somebody who inspects and belongs neither to the experts nor to the office (考察人员).
        Inspector = "inspector",
        /// The leading group's office (领导小组办公室).
        Office = "office",
        /// Discipline supervision (纪检监督): reads all, changes nothing of a competition.
        Supervisor = "supervisor",
        /// Keeps accounts and reference data; sees no application and no score.
        Admin = "admin",
    }
}

impl Role {
    /// What people call it, in Chinese and in English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Applicant => ("申报单位", "Applicant"),
            Self::CityReviewer => ("设区市审核", "City reviewer"),
            Self::Expert => ("专家", "Expert"),
            Self::Inspector => ("考察人员", "Inspector"),
            Self::Office => ("领导小组办公室", "Leading-group office"),
            Self::Supervisor => ("纪检监督", "Supervisor"),
            Self::Admin => ("系统管理员", "Administrator"),
        }
    }

    /// The role of a name, in either language, or of its keyword.
    pub fn named(text: &str) -> Option<Self> {
        named(text, Self::ALL, Self::names)
    }
}

impl Role {
    /// Whether the role judges, watches or decides, so that nobody else may come to act in it.
    pub fn is_entrusted(self) -> bool {
        matches!(self, Self::Office | Self::Supervisor | Self::Expert | Self::Inspector)
    }

    /// Whether the office keeps accounts of this role; those of the office, of supervisors and of administrators are
    /// the administrators' alone.
    pub fn is_kept_by_office(self) -> bool {
        matches!(self, Self::Applicant | Self::CityReviewer | Self::Expert | Self::Inspector)
    }
}

/// Who asks, as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub account: AccountId,
    pub role: Role,
    /// The region that it is bound to, for an applicant or a city reviewer.
    pub region: Option<RegionCode>,
    /// Its duties, for somebody of the office.
    pub duties: OfficeDuties,
}

/// What is asked about, as far as access goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Nothing in particular: a list, a service-wide act.
    General,
    /// An application whose lead the subject is.
    Lead,
    /// An application that the subject's region is a member of.
    Member,
    /// An application, or the list, of the subject's city. `draft` is not yet submitted.
    City {
        /// Never submitted so far.
        draft: bool,
    },
    /// An account of this role.
    Account { role: Role },
    /// An application that the subject, an expert, serves on the panel of.
    Panel {
        /// Whether the declaration of conflicts is signed.
        declared: bool,
    },
    /// An application whose inspection team the subject, an expert or an inspector, belongs to.
    Team,
    /// An application, or a list of a city, that is neither.
    Foreign {
        /// Never submitted so far.
        draft: bool,
    },
}

/// Why something is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Only somebody who has logged in may.
    LogInFirst,
    /// The role may not, whatever the object.
    NotYourRole,
    /// It is part of a duty that others of the office have.
    NotYourDuty(OfficeDuty),
    /// The object must not even be known to the subject.
    Hidden,
    /// The subject knows the object, but this is for others to do.
    NotYours,
    /// An expert must sign the declaration of conflicts first.
    DeclareFirst,
}

/// The roles that may do an action at all, whatever it is on.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn roles(action: Action) -> &'static [Role] {
    use Action as A;
    use Role as R;
    match action {
        // What needs no account, and what no account may do: the service's own and the operator's acts.
        A::ReadPublic
        | A::LogIn
        | A::Refresh
        | A::SetUp
        | A::AcceptLink
        | A::ForgetPassword
        | A::Object
        | A::NoteDamage
        | A::QuarantineFile
        | A::NoteJump
        | A::SettleJump
        | A::StopWebhook
        | A::Restore => &[],
        A::LogOut
        | A::LogOutEverywhere
        | A::ReadSelf
        | A::ChangeContact
        | A::ChangePassword
        | A::Acknowledge
        | A::LinkPlatform
        | A::UnlinkPlatform
        | A::ChangeSecondFactor
        | A::ProveAgain => R::ALL,
        A::ReadMachines => &[R::Admin, R::Supervisor],
        A::MakeMachine
        | A::ConfirmMachine
        | A::RevokeMachine
        | A::MakeWebhook
        | A::ConfirmWebhook
        | A::ChangeWebhook
        | A::RotateWebhook
        | A::RevokeWebhook
        | A::ReadHealth => &[R::Admin],
        A::InviteAccount
        | A::ChangeAccount
        | A::ResetAccount
        | A::ResetSecondFactor
        | A::AllowForgotten
        | A::ImportData
        | A::ConfirmClock => &[R::Admin, R::Office],
        A::ReadAccounts | A::ReadClock => &[R::Admin, R::Office, R::Supervisor],
        A::ReadDrafts
        | A::ReadChecks
        | A::ReadExperts
        | A::ReadDraws
        | A::ReadSheets
        | A::ReadRanking
        | A::ReadArchive
        | A::ReadObjections
        | A::ReachObjector
        | A::ReadProgress
        | A::ReadLetters => &[R::Office, R::Supervisor],
        A::CreateCompetition
        | A::ChangeCompetition
        | A::CorrectCompetition
        | A::ExtendDeadline
        | A::MoveCompetition
        | A::ProposeReopening
        | A::ReopenCompetition
        | A::CheckFormally
        | A::TakeBackCheck
        | A::CheckVeto
        | A::ChangeExperts
        | A::Draw
        | A::RecuseExpert
        | A::EnterPaperSheet
        | A::PlanInspection
        | A::Adjust
        | A::MakeTally
        | A::ConfirmTally
        | A::Deliberate
        | A::PublishNotice
        | A::DecideObjection
        | A::AnswerRecheck
        | A::Announce
        | A::Archive
        | A::ChangeTitle
        | A::Remind
        | A::IssueDocument
        | A::ResendLetter => &[R::Office],
        A::ReadOwnPanel | A::DeclareConflicts | A::FillSheet => &[R::Expert],
        A::RecordInspection => &[R::Expert, R::Inspector, R::Office],
        A::ReadInspection | A::ReadOriginals => {
            &[R::Applicant, R::Expert, R::Inspector, R::Office, R::Supervisor]
        }
        A::ReadRechecks | A::ReadResult => &[R::Applicant, R::Office, R::Supervisor],
        A::CreateApplication
        | A::ChangeApplication
        | A::DecideConsent
        | A::SubmitApplication
        | A::WithdrawApplication
        | A::AnswerInspection
        | A::AnswerObjection
        | A::RequestRecheck
        | A::ReportTitle => &[R::Applicant],
        A::ListApplications | A::ReadChanges | A::ReadIssued => {
            &[R::Applicant, R::CityReviewer, R::Office, R::Supervisor]
        }
        A::ReadApplication => {
            &[R::Applicant, R::CityReviewer, R::Expert, R::Inspector, R::Office, R::Supervisor]
        }
        A::ReturnApplication | A::ChangeRecommendation | A::SealRecommendation => &[R::CityReviewer],
        A::ReadRecommendation | A::ReadDuplicates => &[R::CityReviewer, R::Office, R::Supervisor],
        A::ConfirmLink
        | A::RefuseLink
        | A::ReadAudit
        | A::ReadAlarms
        | A::WitnessDraw
        | A::Suspend
        | A::NoteLead => &[R::Supervisor],
    }
}

/// Roles whose accounts need a second factor, where the operator has not made it optional: those that decide, watch, or
/// make accounts.
pub fn needs_second_factor(role: Role) -> bool {
    matches!(role, Role::Office | Role::Supervisor | Role::Admin)
}

/// What an account that needs a second factor may do before it has one: what anybody may, setting it up, and leaving.
pub fn is_open_without_second_factor(action: Action) -> bool {
    use Action as A;
    let own = matches!(
        action,
        A::LogOut | A::LogOutEverywhere | A::ReadSelf | A::ChangeSecondFactor | A::ProveAgain
    );
    own || decide(None, action, Relation::General).is_ok()
}

/// Seconds after which somebody has to show again who they are before they do what [`needs_fresh_proof`]: about as long as it
/// takes to look a notice through once more, and less than a desk is left for lunch.
pub const PROOF_LASTS: i64 = 15 * 60;

/// What can't be taken back once others have seen it, or opens an account to somebody: whoever sits down at a session that was
/// left open does not do it.
pub fn needs_fresh_proof(action: Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::SealRecommendation
            | A::PublishNotice
            | A::Announce
            | A::ChangeTitle
            | A::InviteAccount
            | A::ResetAccount
            | A::ResetSecondFactor
            | A::ConfirmLink
            | A::MakeMachine
            | A::ConfirmMachine
            | A::MakeWebhook
            | A::ConfirmWebhook
            | A::RotateWebhook
            | A::ChangeSecondFactor
            | A::ChangeContact
    )
}

/// Decides whether `subject` (nobody, if absent) may do `action` on something that it has this `relation` to.
///
/// # Errors
/// Why not.
pub fn decide(subject: Option<&Subject>, action: Action, relation: Relation) -> Result<(), Denial> {
    use Action as A;
    use Relation as To;
    use Role as R;
    let subject = match (subject, action) {
        (
            _,
            A::ReadPublic | A::LogIn | A::Refresh | A::SetUp | A::AcceptLink | A::ForgetPassword | A::Object,
        ) => {
            return Ok(());
        }
        (None, _) => return Err(Denial::LogInFirst),
        (Some(subject), _) => subject,
    };
    let role = subject.role;
    if !roles(action).contains(&role) {
        return Err(Denial::NotYourRole);
    }
    if role == R::Office {
        subject.duties.cover(action).map_err(Denial::NotYourDuty)?;
    }
    let sees = match (role, relation) {
        (_, To::General)
        | (R::Applicant, To::Lead | To::Member)
        | (R::Expert, To::Panel { .. } | To::Team)
        | (R::Inspector, To::Team)
        | (R::Admin, To::Account { .. })
        | (R::Supervisor, _) => true,
        (R::Office, To::Account { role }) => role.is_kept_by_office(),
        (R::CityReviewer, To::City { draft }) | (R::Office, To::City { draft } | To::Foreign { draft }) => {
            !draft
        }
        _ => false,
    };
    if !sees {
        return Err(Denial::Hidden);
    }
    match (action, relation) {
        // What the lead files, its members may read and consent to, no more; the lead itself need not consent.
        (
            A::ChangeApplication
            | A::SubmitApplication
            | A::WithdrawApplication
            | A::AnswerInspection
            | A::AnswerObjection
            | A::RequestRecheck
            | A::ReadOriginals
            | A::ReportTitle,
            To::Member,
        )
        | (A::DecideConsent, To::Lead)
        // Who judges needs what a photograph shows; where and when it was taken is for those who inspect.
        | (A::ReadOriginals, To::Panel { declared: true })
        // A panel judges and a team inspects; who is both has the panel's relation and is asked as a team member too.
        | (A::FillSheet, To::Team) => Err(Denial::NotYours),
        (_, To::Panel { declared: false }) => Err(Denial::DeclareFirst),
        _ => Ok(()),
    }
}
