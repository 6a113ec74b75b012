//! Everything that can be done.

use crate::domain::keyword::keyword_enum;

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
        /// Have a one-time link sent by mail for a password that was forgotten.
        ForgetPassword = "account.forget_password",
        /// Say whose forgotten passwords are helped by mail.
        AllowForgotten = "account.allow_forgotten",
        /// Change how one is reached.
        ChangeContact = "account.change_contact",
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
        /// Read tokens and webhooks of external systems.
        ReadMachines = "machine.read",
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
        /// Archive a competition that was announced.
        Archive = "competition.archive",
        /// Read what an archive has, and the archive itself.
        ReadArchive = "competition.read_archive",
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
        /// Draft an official document and issue it.
        IssueDocument = "document.issue",
        /// Read documents that were issued, as far as they are to oneself.
        ReadIssued = "document.read",
        /// Read letters.
        ReadLetters = "letter.read",
        /// Send a letter again.
        ResendLetter = "letter.resend",
    }
}
