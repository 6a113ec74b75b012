//! Who may do what: one decision for every role, action and relation, asked by every act and by every test.

use crate::domain::catalogue::RegionCode;
use crate::domain::ids::AccountId;
use crate::domain::keyword::keyword_enum;

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
    /// What an account is for. An account has exactly one role.
    pub enum Role {
        /// A city, county or zone that files applications (申报主体); bound to its region.
        Applicant = "applicant",
        /// A city's reviewer (设区市初审); bound to its city.
        CityReviewer = "city_reviewer",
        /// An expert (专家).
        Expert = "expert",
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
            Self::Office => ("领导小组办公室", "Leading-group office"),
            Self::Supervisor => ("纪检监督", "Supervisor"),
            Self::Admin => ("系统管理员", "Administrator"),
        }
    }

    /// The role of a name, in either language, or of its keyword.
    pub fn named(text: &str) -> Option<Self> {
        let is = |role: &Role| {
            let (zh, en) = role.names();
            text == zh || text.eq_ignore_ascii_case(en) || text == role.as_str()
        };
        Self::ALL.iter().copied().find(is)
    }
}

keyword_enum! {
    /// Everything that can be done, as endpoints, the access matrix and the audit trail call it.
    pub enum Action {
        /// Read what everybody may read.
        ReadPublic = "public.read",
        /// Log in.
        LogIn = "session.log_in",
        /// Exchange a refresh token for new tokens.
        Refresh = "session.refresh",
        /// End one's own session.
        LogOut = "session.log_out",
        /// End all of one's own sessions.
        LogOutEverywhere = "session.log_out_everywhere",
        /// Make the first administrator.
        SetUp = "account.set_up",
        /// Set a password by a one-time link.
        AcceptLink = "account.accept_link",
        /// Read one's own account and sessions.
        ReadSelf = "account.read_self",
        /// Change one's own password.
        ChangePassword = "account.change_password",
        /// Set up, replace or remove one's own second factor.
        ChangeSecondFactor = "account.second_factor",
        /// Show again who one is, in a session that goes on.
        ProveAgain = "session.prove",
        /// Read accounts.
        ReadAccounts = "account.read",
        /// Invite a new account.
        InviteAccount = "account.invite",
        /// Change an account's name or binding, disable or enable it.
        ChangeAccount = "account.change",
        /// Give an account a new one-time link, which ends its sessions.
        ResetAccount = "account.reset",
        /// Give an account a new one-time link that also clears its second factor.
        ResetSecondFactor = "account.reset_second_factor",
        /// Confirm, as a second person, the one-time link of an account that judges or watches.
        ConfirmLink = "account.confirm_link",
        /// Turn such a link down.
        RefuseLink = "account.refuse_link",
        /// Make a token of an external system; it works once another administrator has confirmed it.
        MakeMachine = "machine.make",
        /// Confirm such a token, as a second administrator.
        ConfirmMachine = "machine.confirm",
        /// Revoke such a token.
        RevokeMachine = "machine.revoke",
        /// Make a webhook of an external system; it tells nothing before another administrator has confirmed it.
        MakeWebhook = "webhook.make",
        /// Confirm such a webhook, as a second administrator.
        ConfirmWebhook = "webhook.confirm",
        /// Pause a webhook, let it go on, have something told again, or try it.
        ChangeWebhook = "webhook.change",
        /// Give a webhook another secret.
        RotateWebhook = "webhook.rotate",
        /// End a webhook.
        RevokeWebhook = "webhook.revoke",
        /// The service pauses a webhook that has failed for days, or ends one that wants no more; nobody does it by hand.
        StopWebhook = "webhook.stop",
        /// Say that one has read what was done to one's own account.
        Acknowledge = "account.acknowledge",
        /// Link one's own account to who one is at the platform.
        LinkPlatform = "account.link_platform",
        /// End that.
        UnlinkPlatform = "account.unlink_platform",
        /// Import a catalogue or a calendar of working days, or see what it would change.
        ImportData = "data.import",
        /// Read competitions that are not yet called.
        ReadDrafts = "competition.read_draft",
        /// Create a competition.
        CreateCompetition = "competition.create",
        /// Change the settings of a competition before the call.
        ChangeCompetition = "competition.change",
        /// Correct the settings of a competition after the call.
        CorrectCompetition = "competition.correct",
        /// Extend a deadline.
        ExtendDeadline = "competition.extend",
        /// Move a competition to its next state.
        MoveCompetition = "competition.move",
        /// Propose to open a stage again that was closed by mistake.
        ProposeReopening = "competition.propose_reopening",
        /// Open a stage again, as the second person.
        ReopenCompetition = "competition.reopen",
        /// Start an application.
        CreateApplication = "application.create",
        /// List applications that one may see.
        ListApplications = "application.list",
        /// Read an application.
        ReadApplication = "application.read",
        /// Be told what changed.
        ReadChanges = "change.read",
        /// Change an application's content, members or evidence.
        ChangeApplication = "application.change",
        /// Get photographs as they were uploaded, with what they say of place, time and device.
        ReadOriginals = "evidence.read_original",
        /// Give or refuse a member's consent.
        DecideConsent = "application.consent",
        /// Submit an application.
        SubmitApplication = "application.submit",
        /// Withdraw an application.
        WithdrawApplication = "application.withdraw",
        /// Send an application back to its applicant.
        ReturnApplication = "review.return",
        /// Read a city's recommendation list.
        ReadRecommendation = "recommendation.read",
        /// Change a city's recommendation list.
        ChangeRecommendation = "recommendation.change",
        /// Seal a city's recommendation list.
        SealRecommendation = "recommendation.seal",
        /// See duplicates across applications.
        ReadDuplicates = "review.duplicates",
        /// Read formal and veto checks of all applications.
        ReadChecks = "check.read",
        /// Record the formal check of an application.
        CheckFormally = "check.formal",
        /// Take the rejection of an application back, as a second person.
        TakeBackCheck = "check.take_back",
        /// Record the state of a veto item, with its reply document.
        CheckVeto = "check.veto",
        /// Read the audit trail.
        ReadAudit = "audit.read",
        /// Read the alarms of a competition.
        ReadAlarms = "alarm.read",
        /// The service records that a stored document does not match its digest; nobody does it by hand.
        NoteDamage = "document.damaged",
        /// The service records that the scanner found a file harmful; nobody does it by hand.
        QuarantineFile = "file.quarantined",
        /// The service records that the machine's time of day has jumped; nobody does it by hand.
        NoteJump = "clock.jumped",
        /// The service records that a jump is over; nobody does it by hand.
        SettleJump = "clock.settled",
        /// Read the state of the service's clock.
        ReadClock = "clock.read",
        /// Say that the time of day to which the machine has jumped is the right one.
        ConfirmClock = "clock.confirmed",
        /// Put a backup in the place of the data; the operator's alone.
        Restore = "service.restore",
        /// Read the service's health.
        ReadHealth = "service.read_health",
        /// Read the expert pool and conflicts.
        ReadExperts = "expert.read",
        /// Add, change or import experts.
        ChangeExperts = "expert.change",
        /// Read draws, panels and recusals.
        ReadDraws = "draw.read",
        /// Freeze candidates, enter the public seed, give an attempt up.
        Draw = "draw.make",
        /// Confirm or reject a draw as its witness.
        WitnessDraw = "draw.witness",
        /// Recuse an expert from a panel.
        RecuseExpert = "panel.recuse",
        /// Read what one is to judge.
        ReadOwnPanel = "panel.read_own",
        /// Sign the declaration of conflicts.
        DeclareConflicts = "panel.declare",
        /// Read, fill in, sign or correct one's own score sheet.
        FillSheet = "sheet.fill",
        /// Enter or confirm a sheet that was signed on paper.
        EnterPaperSheet = "sheet.enter_paper",
        /// Read signed sheets of all experts: supervisors at any time, the office once scoring is closed.
        ReadSheets = "sheet.read",
        /// Read an inspection as far as one may.
        ReadInspection = "inspection.read",
        /// Plan an inspection, reopen it, consent to raised values.
        PlanInspection = "inspection.plan",
        /// Record and sign an inspection as a member of its team; order and re-check what is to be put right.
        RecordInspection = "inspection.record",
        /// Sign, comment or answer as the inspected party.
        AnswerInspection = "inspection.answer",
        /// Enter bonuses and deductions.
        Adjust = "adjustment.change",
        /// Read tallies and rankings.
        ReadRanking = "ranking.read",
        /// Make a new version of the tally.
        MakeTally = "tally.make",
        /// Confirm a tally that somebody else prepared.
        ConfirmTally = "tally.confirm",
        /// Record a deliberation.
        Deliberate = "selection.deliberate",
        /// Put the list on notice.
        PublishNotice = "notice.publish",
        /// Suspend a name, or end its suspension.
        Suspend = "notice.suspend",
        /// Object, add evidence, look the status up.
        Object = "objection.file",
        /// Read objections and leads with who objects.
        ReadObjections = "objection.read",
        /// Take an objection a step further.
        DecideObjection = "objection.decide",
        /// Record that whoever objects was reached under the contact that they gave.
        ReachObjector = "objection.reach",
        /// Deal with an anonymous lead.
        NoteLead = "objection.note_lead",
        /// Read objections to one's own application, without who objects, and answer them.
        AnswerObjection = "objection.answer",
        /// Ask for a re-check of arithmetic or procedure.
        RequestRecheck = "recheck.request",
        /// Read re-check requests.
        ReadRechecks = "recheck.read",
        /// Answer a re-check request.
        AnswerRecheck = "recheck.answer",
        /// Announce the winners.
        Announce = "announcement.publish",
        /// Read how an application fared, in full.
        ReadResult = "result.read",
        /// File the yearly report of a title.
        ReportTitle = "title.report",
        /// Renew or revoke a title.
        ChangeTitle = "title.change",
        /// See what is late, and by whom.
        ReadProgress = "progress.read",
        /// Remind whoever is late.
        Remind = "letter.remind",
        /// Read letters.
        ReadLetters = "letter.read",
        /// Send a letter again.
        ResendLetter = "letter.resend",
    }
}

impl Role {
    /// Whether the role judges, watches or decides, so that nobody else may come to act in it.
    pub fn is_entrusted(self) -> bool {
        matches!(self, Self::Office | Self::Supervisor | Self::Expert)
    }
}

/// Who asks, as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub account: AccountId,
    pub role: Role,
    /// The region that it is bound to, for an applicant or a city reviewer.
    pub region: Option<RegionCode>,
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
    /// An application that the subject, an expert, serves on the panel of.
    Panel {
        /// Whether the declaration of conflicts is signed.
        declared: bool,
    },
    /// An application whose inspection team the subject, an expert, belongs to.
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
        | A::ChangePassword
        | A::Acknowledge
        | A::LinkPlatform
        | A::UnlinkPlatform
        | A::ChangeSecondFactor
        | A::ProveAgain => R::ALL,
        A::ReadAccounts => &[R::Admin, R::Supervisor],
        A::InviteAccount
        | A::ChangeAccount
        | A::ResetAccount
        | A::ResetSecondFactor
        | A::MakeMachine
        | A::ConfirmMachine
        | A::RevokeMachine
        | A::MakeWebhook
        | A::ConfirmWebhook
        | A::ChangeWebhook
        | A::RotateWebhook
        | A::RevokeWebhook
        | A::ReadHealth => &[R::Admin],
        A::ImportData | A::ConfirmClock => &[R::Admin, R::Office],
        A::ReadClock => &[R::Admin, R::Office, R::Supervisor],
        A::ReadDrafts
        | A::ReadChecks
        | A::ReadExperts
        | A::ReadDraws
        | A::ReadSheets
        | A::ReadRanking
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
        | A::ChangeTitle
        | A::Remind
        | A::ResendLetter => &[R::Office],
        A::ReadOwnPanel | A::DeclareConflicts | A::FillSheet => &[R::Expert],
        A::RecordInspection => &[R::Expert, R::Office],
        A::ReadInspection | A::ReadOriginals => &[R::Applicant, R::Expert, R::Office, R::Supervisor],
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
        A::ListApplications | A::ReadChanges => &[R::Applicant, R::CityReviewer, R::Office, R::Supervisor],
        A::ReadApplication => &[R::Applicant, R::CityReviewer, R::Expert, R::Office, R::Supervisor],
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
    let role = match (subject, action) {
        (_, A::ReadPublic | A::LogIn | A::Refresh | A::SetUp | A::AcceptLink | A::Object) => return Ok(()),
        (None, _) => return Err(Denial::LogInFirst),
        (Some(subject), _) => subject.role,
    };
    if !roles(action).contains(&role) {
        return Err(Denial::NotYourRole);
    }
    let sees = match (role, relation) {
        (_, To::General)
        | (R::Applicant, To::Lead | To::Member)
        | (R::Expert, To::Panel { .. } | To::Team)
        | (R::Supervisor, _) => true,
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
