//! THE TABLE: every endpoint once, with its method, path, action, handler, shapes and words. The router, the API's
//! description and the access matrix follow from it.

use std::collections::BTreeMap;
use std::future::Future;

use futures_util::future::LocalBoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::api::{
    accounts, announcements, applications, audit, checks, competitions, data, evidence, experts, health,
    inspections, notices, progress, recommendations, results, session, sheets,
};
use super::request::{CSV, Reply, Request};
use super::routes::Routes;
use crate::actions::Page;
use crate::actions::accounts::{AccountView, ChangeAccount, InvitationView, Invite};
use crate::actions::alarms::AlarmsView;
use crate::actions::announcements::{AnnouncementEntry, AnnouncementPreview};
use crate::actions::applications::consents::{ConsentsView, DecideConsent};
use crate::actions::applications::{
    ApplicationEntry, ApplicationView, CompletenessView, Create, MemberView, PartRevisionView, PartView,
    PreviewView as SelfScoreView, PutMembers, ReceiptView, SubmissionEntry, SubmissionView, Withdraw,
};
use crate::actions::audit::EventView;
use crate::actions::checks::{Check, ChecksView, FormalCheckView, PutVeto, VetoView};
use crate::actions::closing::{
    AdjustmentsView, MakeTally, PutAdjustments, RankingView, ResultView, TallyChangesView, TallyView,
};
use crate::actions::competitions::{
    CompetitionEntry, CompetitionView, Correct, Extend, Move, ReadinessView, VersionEntry, VersionView,
};
use crate::actions::data::{CatalogueView, DatasetView, Import, PreviewView, WorkingDaysView};
use crate::actions::draws::{DrawView, EnterSeed, Freeze, GiveUp, Witness};
use crate::actions::duplicates::DuplicatesView;
use crate::actions::evidence::{EvidenceListView, EvidenceView};
use crate::actions::experts::{ExpertView, ImportExperts, ImportedExpertsView, PutExpert};
use crate::actions::health::HealthView;
use crate::actions::inspections::{
    Because, DecideInspection, InspectionView, OrderRectification, RecheckRectification, RectificationView,
    Say,
};
use crate::actions::jumps::{ClockView, ConfirmClock};
use crate::actions::letters::LetterView;
use crate::actions::links::{LinkView, RefuseLink};
use crate::actions::login::{
    AcceptLink, ChangePassword, LogIn, LogInFurther, LogInView, ProveAgain, Refresh, SessionView, SetUp,
    TokenView,
};
use crate::actions::messages::{AcknowledgeMessages, MessageView};
use crate::actions::notices::{NoticeView, PublishNotice, SuspensionView};
use crate::actions::objections::reaching::ConfirmReach;
use crate::actions::objections::{
    FileObjection, LookUp, ObjectionFileView, ObjectionReceiptView, ObjectionStatusView, ObjectionView,
    OwnObjectionView, StateObjection, StepObjection,
};
use crate::actions::panels::{ConflictsView, Declare, OwnPanelView, PanelView, Recuse};
use crate::actions::passkeys::AddPasskey;
use crate::actions::platform::{LinkPlatform, PlatformView};
use crate::actions::progress::{ProgressView, RemindersView};
use crate::actions::rechecks::{AnswerRecheck, RecheckView, RequestRecheck};
use crate::actions::recommendations::{PutList, RecommendationView, Return};
use crate::actions::reopenings::{ProposeReopening, ReopeningView};
use crate::actions::second_factor::{
    ConfirmTotp, PasskeyAddedView, RecoveryCodesView, SecondFactorView, TotpSecretView,
};
use crate::actions::selections::{Deliberate, SelectionView};
use crate::actions::sheets::{
    CorrectSheet, EnterPaper, ExpertSheetView, PaperView, SheetReceiptView, SheetView,
};
use crate::actions::titles::{RenewTitle, ReportTitle, TitleHistoryView, TitleView};
use crate::domain::access::Action;
use crate::domain::announcement::{Announcement, AnnouncementDraft};
use crate::domain::application::PartContent;
use crate::domain::catalogue::Region;
use crate::domain::competition::Settings;
use crate::domain::draw::DrawRecord;
use crate::domain::inspection::{InspectionPlan, InspectionRecord};
use crate::domain::sheet::SheetContent;
use crate::error::Result;

use Action as A;

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Acts, or makes something new.
    Post,
    /// Replaces.
    Put,
    /// Changes parts.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

type Handler = Box<dyn Fn(Request) -> LocalBoxFuture<'static, Result<Reply>> + Send + Sync>;
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a request carries.
#[derive(Clone, Copy)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// A JSON document of this shape.
    Json(SchemaOf),
    /// The bytes of a file.
    File,
}

/// What an answer carries.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// A JSON document of this shape.
    Json(u16, SchemaOf),
    /// Nothing (204).
    Nothing,
    /// The bytes of a file.
    File,
    /// Lines of JSON.
    Lines,
    /// Text of a media type.
    Text(&'static str),
}

#[expect(clippy::struct_excessive_bools, reason = "a row of a table, whose columns are yes or no")]
pub struct Endpoint {
    pub method: Method,
    /// Its path; names in braces stand for a segment.
    pub path: &'static str,
    /// What it does, as access decisions and the audit trail call it.
    pub action: Action,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Query parameters that it takes: name and meaning.
    pub query: &'static [(&'static str, &'static str)],
    /// Whether it changes what the caller must have seen: needs `If-Match`.
    pub needs_revision: bool,
    /// Whether a repeated request with the same `Idempotency-Key` gets the stored answer.
    pub idempotent: bool,
    /// Whether everybody gets the same answer, which may be cached.
    pub cacheable: bool,
    /// Whether the answer follows from the database and the caller alone, not from the time.
    pub steady: bool,
    /// Whether what follows from it has to be confirmed: by whoever sends it from a page, and where it says so by
    /// programs too (`docs/confirmations.md`).
    pub asks_first: bool,
    pub(super) handler: Handler,
    pub(super) body: Body,
    pub(super) answer: Answer,
}

fn row<F: Future<Output = Result<Reply>> + 'static>(
    method: Method,
    path: &'static str,
    action: Action,
    summary: &'static str,
    handler: impl Fn(Request) -> F + Send + Sync + 'static,
) -> Endpoint {
    Endpoint {
        method,
        path,
        action,
        summary,
        query: &[],
        needs_revision: false,
        idempotent: false,
        cacheable: false,
        steady: false,
        asks_first: false,
        handler: Box::new(move |request| Box::pin(handler(request))),
        body: Body::None,
        answer: Answer::Nothing,
    }
}

impl Endpoint {
    fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Body::Json(SchemaGenerator::subschema_for::<T>);
        self
    }

    fn takes_file(mut self) -> Self {
        self.body = Body::File;
        self
    }

    fn gives<T: JsonSchema>(mut self, status: u16) -> Self {
        self.answer = Answer::Json(status, SchemaGenerator::subschema_for::<T>);
        self
    }

    fn gives_file(mut self) -> Self {
        self.answer = Answer::File;
        self
    }

    fn gives_text(mut self, media_type: &'static str) -> Self {
        self.answer = Answer::Text(media_type);
        self
    }

    fn gives_lines(mut self) -> Self {
        self.answer = Answer::Lines;
        self
    }

    fn asks(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    fn over_revision(mut self) -> Self {
        self.needs_revision = true;
        self
    }

    fn once(mut self) -> Self {
        self.idempotent = true;
        self
    }

    fn steady(mut self) -> Self {
        self.steady = true;
        self
    }

    fn asks_first(mut self) -> Self {
        self.asks_first = true;
        self
    }

    fn for_everybody(mut self) -> Self {
        self.cacheable = true;
        self.steady = true;
        self
    }
}

const PAGING: &[(&str, &str)] = &[
    ("limit", "Entries on a page, 1 to 100; 50 unless told"),
    ("cursor", "`next_cursor` of the page before"),
];

const OBJECTION_QUERY: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("state", "Only in this state"),
    ("open", "`true`: only those on which somebody must still act; `false`: only those that are done with"),
];

const ACCOUNT_QUERY: &[(&str, &str)] =
    &[PAGING[0], PAGING[1], ("role", "Only with this role"), ("region", "Only bound to this region")];

const APPLICATION_QUERY: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("competition", "Only of this competition"),
    ("city", "Only of this city"),
    ("chain", "Only for this chain"),
    ("state", "Only in this state"),
];

const AUDIT_QUERY: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("competition", "The competition; the service's own chain, if absent"),
    ("account", "Only by this account"),
    ("action", "Only of this action"),
    ("object", "Only on this object"),
    ("outcome", "Only `done` or `refused`"),
    ("request", "Only of this request"),
    ("from", "Only from this time on"),
    ("until", "Only until this time"),
];

/// The endpoints of each path.
pub(super) fn by_path(endpoints: Vec<Endpoint>) -> Routes<Vec<Endpoint>> {
    let mut rows: BTreeMap<&'static str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        rows.entry(endpoint.path).or_default().push(endpoint);
    }
    Routes::new(rows)
}

/// All endpoints of the API.
#[expect(clippy::too_many_lines, reason = "it is a table")]
pub fn endpoints() -> Vec<Endpoint> {
    use Method::{Delete, Get, Patch, Post, Put};
    vec![
        // Reference data, for everybody.
        row(Get, "/api/v1/chains", A::ReadPublic, "Key chains of the newest catalogue, by cluster", data::chains)
            .gives::<CatalogueView>(200)
            .for_everybody(),
        row(Get, "/api/v1/regions", A::ReadPublic, "Regions of the newest catalogue", data::regions)
            .asks(&[("kind", "Only `city`, `county` or `zone`"), ("parent", "Only of this city")])
            .gives::<Vec<Region>>(200)
            .for_everybody(),
        row(Get, "/api/v1/catalogues", A::ReadPublic, "Versions of the catalogue, newest first", data::catalogues)
            .asks(PAGING)
            .gives::<Page<DatasetView>>(200)
            .for_everybody(),
        row(Get, "/api/v1/catalogues/{version}", A::ReadPublic, "A version of the catalogue", data::catalogue)
            .gives::<CatalogueView>(200)
            .for_everybody(),
        row(Post, "/api/v1/catalogues/preview", A::ImportData, "What a new version of the catalogue would change", data::preview_catalogue)
            .takes::<Import>()
            .gives::<PreviewView>(200),
        row(Post, "/api/v1/catalogues", A::ImportData, "Import a new version of the catalogue", data::import_catalogue)
            .takes::<Import>()
            .gives::<DatasetView>(201)
            .once(),
        row(Get, "/api/v1/working-days", A::ReadPublic, "Versions of the calendar of working days, newest first", data::calendars)
            .asks(PAGING)
            .gives::<Page<DatasetView>>(200)
            .for_everybody(),
        row(Get, "/api/v1/working-days/{version}", A::ReadPublic, "A version of the calendar of working days", data::calendar)
            .gives::<WorkingDaysView>(200)
            .for_everybody(),
        row(Post, "/api/v1/working-days/preview", A::ImportData, "What a new calendar of working days would change", data::preview_calendar)
            .takes::<Import>()
            .gives::<PreviewView>(200),
        row(Post, "/api/v1/working-days", A::ImportData, "Import a new calendar of working days", data::import_calendar)
            .takes::<Import>()
            .gives::<DatasetView>(201)
            .once(),
        // Sessions and one's own account.
        row(Post, "/api/v1/setup", A::SetUp, "Make the first administrator, by the code that the service printed", session::set_up)
            .takes::<SetUp>()
            .gives::<AccountView>(201),
        row(Post, "/api/v1/login", A::LogIn, "Log in", session::log_in).takes::<LogIn>().gives::<LogInView>(200),
        row(Post, "/api/v1/login/second-factor", A::LogIn, "Show the second factor that a login asked for", session::log_in_further)
            .takes::<LogInFurther>()
            .gives::<TokenView>(200),
        row(Post, "/api/v1/refresh", A::Refresh, "Exchange a refresh token for new tokens", session::refresh)
            .takes::<Refresh>()
            .gives::<TokenView>(200),
        row(Post, "/api/v1/links/accept", A::AcceptLink, "Set a password by a one-time link", session::accept_link)
            .takes::<AcceptLink>()
            .gives::<AccountView>(200)
            .once(),
        row(Post, "/api/v1/logout", A::LogOut, "End this session", session::log_out),
        row(Post, "/api/v1/logout-everywhere", A::LogOutEverywhere, "End all of one's own sessions", session::log_out_everywhere),
        row(Get, "/api/v1/me", A::ReadSelf, "One's own account", session::me).gives::<AccountView>(200),
        row(Post, "/api/v1/me/password", A::ChangePassword, "Change one's own password; other sessions end", session::change_password)
            .takes::<ChangePassword>(),
        row(Post, "/api/v1/me/reauthenticate", A::ProveAgain, "Show again who one is, for 15 minutes of acts that can't be taken back", session::prove_again)
            .takes::<ProveAgain>(),
        row(Get, "/api/v1/me/second-factor", A::ReadSelf, "How one's own second factor stands", session::second_factor)
            .gives::<SecondFactorView>(200),
        row(Post, "/api/v1/me/second-factor/totp", A::ChangeSecondFactor, "Begin with an app that makes codes; what there is stays until it is confirmed", session::begin_totp)
            .gives::<TotpSecretView>(200),
        row(Post, "/api/v1/me/second-factor/totp/confirmation", A::ChangeSecondFactor, "Confirm the app by a code; the answer has new recovery codes, other sessions end", session::confirm_totp)
            .takes::<ConfirmTotp>()
            .gives::<RecoveryCodesView>(200),
        row(Delete, "/api/v1/me/second-factor/totp", A::ChangeSecondFactor, "Remove that app; other sessions end", session::remove_app),
        row(Post, "/api/v1/me/second-factor/passkeys", A::ChangeSecondFactor, "Add a passkey that a browser made; with the first second factor come recovery codes, and other sessions end", session::add_passkey)
            .takes::<AddPasskey>()
            .gives::<PasskeyAddedView>(201),
        row(Delete, "/api/v1/me/second-factor/passkeys/{passkey_id}", A::ChangeSecondFactor, "Remove a passkey; other sessions end", session::remove_passkey),
        row(Post, "/api/v1/me/second-factor/recovery-codes", A::ChangeSecondFactor, "Give new recovery codes in the place of all before", session::renew_recovery_codes)
            .gives::<RecoveryCodesView>(200),
        row(Delete, "/api/v1/me/second-factor", A::ChangeSecondFactor, "Remove one's own second factor, where the role need not have one", session::remove_second_factor),
        row(Get, "/api/v1/me/sessions", A::ReadSelf, "One's own sessions", session::sessions).gives::<Vec<SessionView>>(200),
        row(Delete, "/api/v1/me/sessions/{session_id}", A::LogOut, "End one of one's own sessions", session::end_session),
        row(Get, "/api/v1/me/messages", A::ReadSelf, "What others did to one's own account, newest first, until it is acknowledged", session::messages)
            .gives::<Vec<MessageView>>(200),
        row(Post, "/api/v1/me/messages/acknowledge", A::Acknowledge, "Say that one has read these and older messages", session::acknowledge)
            .takes::<AcknowledgeMessages>(),
        row(Get, "/api/v1/me/platform", A::ReadSelf, "How one's own account stands to the platform", session::platform)
            .gives::<PlatformView>(200),
        row(Post, "/api/v1/me/platform", A::LinkPlatform, "Link one's own account to who came back from the platform to this session", session::link_platform)
            .takes::<LinkPlatform>()
            .gives::<PlatformView>(200),
        row(Delete, "/api/v1/me/platform", A::UnlinkPlatform, "End that link", session::unlink_platform),
        // Accounts.
        row(Get, "/api/v1/accounts", A::ReadAccounts, "Accounts by login name", accounts::list)
            .asks(ACCOUNT_QUERY)
            .gives::<Page<AccountView>>(200),
        row(Post, "/api/v1/accounts", A::InviteAccount, "Invite a new account; the answer has its one-time link", accounts::invite)
            .takes::<Invite>()
            .gives::<InvitationView>(201),
        row(Get, "/api/v1/accounts/{account_id}", A::ReadAccounts, "An account", accounts::read).gives::<AccountView>(200),
        row(Patch, "/api/v1/accounts/{account_id}", A::ChangeAccount, "Rename, disable or enable an account", accounts::change)
            .takes::<ChangeAccount>()
            .gives::<AccountView>(200)
            .over_revision(),
        row(Post, "/api/v1/accounts/{account_id}/reset", A::ResetAccount, "Give an account a new one-time link; its password and sessions end", accounts::reset)
            .asks_first()
            .gives::<InvitationView>(200),
        row(Post, "/api/v1/accounts/{account_id}/reset-second-factor", A::ResetSecondFactor, "The same by a link that also clears the second factor; a supervisor has to confirm it", accounts::reset_second_factor)
            .asks_first()
            .gives::<InvitationView>(200),
        row(Post, "/api/v1/accounts/{account_id}/confirm-link", A::ConfirmLink, "Confirm, as a second person, the one-time link of an office, supervisor or expert account", accounts::confirm_link)
            .gives::<AccountView>(200),
        row(Post, "/api/v1/accounts/{account_id}/refuse-link", A::RefuseLink, "Turn such a link down, with a reason; it can't be used any more", accounts::refuse_link)
            .takes::<RefuseLink>()
            .gives::<LinkView>(200),
        row(Get, "/api/v1/accounts/{account_id}/link", A::ReadAccounts, "Where the newest one-time link of an account stands; never its secret", accounts::link)
            .gives::<LinkView>(200),
        row(Get, "/api/v1/links", A::ReadAccounts, "One-time links that wait for a supervisor, oldest first", accounts::links)
            .asks(PAGING)
            .gives::<Page<LinkView>>(200),
        // The clock.
        row(Get, "/api/v1/clock", A::ReadClock, "The service's clock, and jumps of it that nobody has settled", health::clock)
            .gives::<ClockView>(200),
        row(Post, "/api/v1/clock/jumps/{jump_id}/confirmation", A::ConfirmClock, "Say, with a reason, that the time of day to which the machine has jumped is the right one", health::confirm_clock)
            .takes::<ConfirmClock>()
            .gives::<ClockView>(200),
        // Competitions.
        row(Get, "/api/v1/competitions", A::ReadPublic, "Competitions, newest first; drafts for the office and supervisors alone", competitions::list)
            .asks(PAGING)
            .gives::<Page<CompetitionEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions", A::CreateCompetition, "Create a competition as a draft", competitions::create)
            .takes::<Settings>()
            .gives::<CompetitionView>(201)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}", A::ReadPublic, "A competition with the settings that hold", competitions::read)
            .gives::<CompetitionView>(200)
            .steady(),
        row(Put, "/api/v1/competitions/{competition_id}/settings", A::ChangeCompetition, "Replace the settings of a draft", competitions::change)
            .takes::<Settings>()
            .gives::<CompetitionView>(200)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/corrections", A::CorrectCompetition, "Correct the settings after the call: a new version with its reason", competitions::correct)
            .asks_first()
            .takes::<Correct>()
            .gives::<CompetitionView>(201)
            .over_revision()
            .once(),
        row(Post, "/api/v1/competitions/{competition_id}/extensions", A::ExtendDeadline, "Make a deadline later, with a reason", competitions::extend)
            .takes::<Extend>()
            .gives::<CompetitionView>(201)
            .over_revision()
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/readiness", A::ReadDrafts, "What blocks the next state", competitions::readiness)
            .gives::<ReadinessView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/state", A::MoveCompetition, "Move a competition to its next state", competitions::advance)
            .asks_first()
            .takes::<Move>()
            .gives::<CompetitionView>(200)
            .over_revision()
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/reopening", A::ReadDrafts, "The proposal to open the stage before again that waits for a second person", competitions::read_reopening)
            .gives::<ReopeningView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/reopening", A::ProposeReopening, "Propose, with a reason, to open the stage before again, which was closed by mistake: `application` or `scoring`", competitions::propose_reopening)
            .takes::<ProposeReopening>()
            .gives::<ReopeningView>(201)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/reopening/confirmation", A::ReopenCompetition, "Open that stage again, as the second person of the office", competitions::reopen)
            .gives::<CompetitionView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/versions", A::ReadPublic, "Versions of a competition's settings, newest first", competitions::versions)
            .asks(PAGING)
            .gives::<Page<VersionEntry>>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/versions/{number}", A::ReadPublic, "A version of a competition's settings, with what it changed", competitions::version)
            .gives::<VersionView>(200)
            .steady(),
        // Applications.
        row(Get, "/api/v1/applications", A::ListApplications, "Applications that one may see, newest first", applications::list)
            .asks(APPLICATION_QUERY)
            .gives::<Page<ApplicationEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/applications", A::CreateApplication, "Start an application", applications::create)
            .takes::<Create>()
            .gives::<ApplicationView>(201)
            .once(),
        row(Get, "/api/v1/applications/{application_id}", A::ReadApplication, "An application", applications::read)
            .gives::<ApplicationView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/parts/{part}", A::ChangeApplication, "Replace what stands in a part: `profile`, `firms`, `figures`, `undertaking`, `section.<key>`", applications::put_part)
            .takes::<PartContent>()
            .gives::<PartView>(200)
            .over_revision(),
        row(Get, "/api/v1/applications/{application_id}/parts/{part}/history", A::ReadApplication, "Who changed what of a part, oldest first", applications::part_history)
            .asks(PAGING)
            .gives::<Page<PartRevisionView>>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/members", A::ChangeApplication, "Replace the members besides the lead", applications::put_members)
            .takes::<PutMembers>()
            .gives::<ApplicationView>(200)
            .over_revision(),
        row(Get, "/api/v1/applications/{application_id}/consent", A::ReadApplication, "What the consents of its members cover, and what has changed since each was given", applications::consents)
            .gives::<ConsentsView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/consent", A::DecideConsent, "Give or refuse the consent of one's own region", applications::decide_consent)
            .takes::<DecideConsent>()
            .gives::<MemberView>(200)
            .once(),
        row(Get, "/api/v1/applications/{application_id}/completeness", A::ReadApplication, "What is missing, and what looks wrong", applications::completeness)
            .gives::<CompletenessView>(200)
            .steady(),
        row(Get, "/api/v1/applications/{application_id}/self-score", A::ReadApplication, "How the claims would score", applications::self_score)
            .gives::<SelfScoreView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/submissions", A::SubmitApplication, "Submit an application; the answer is the receipt", applications::submit)
            .gives::<ReceiptView>(201)
            .over_revision()
            .once(),
        row(Get, "/api/v1/applications/{application_id}/submissions", A::ReadApplication, "Submissions, oldest first", applications::submissions)
            .gives::<Vec<SubmissionEntry>>(200)
            .steady(),
        row(Get, "/api/v1/applications/{application_id}/submissions/{number}", A::ReadApplication, "A submission, with what it changed", applications::submission)
            .gives::<SubmissionView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/withdrawal", A::WithdrawApplication, "Withdraw an application", applications::withdraw)
            .asks_first()
            .takes::<Withdraw>()
            .gives::<ApplicationView>(200)
            .over_revision()
            .once(),
        // Evidence.
        row(Get, "/api/v1/applications/{application_id}/evidence", A::ReadApplication, "The evidence of an application", evidence::list)
            .gives::<EvidenceListView>(200),
        row(Post, "/api/v1/applications/{application_id}/evidence", A::ChangeApplication, "Upload a file: its bytes are the body, `Content-Digest` (RFC 9530, sha-256) is obligatory; upload again if it breaks off", evidence::upload)
            .asks(&[("name", "The file's name"), ("kind", "Its kind in the competition's settings")])
            .takes_file()
            .gives::<EvidenceView>(201)
            .once(),
        row(Get, "/api/v1/evidence/{evidence_id}", A::ReadApplication, "A piece of evidence; a picture with what it says of time, place and device, for its lead, the office, supervisors and the inspection team", evidence::read)
            .gives::<EvidenceView>(200),
        row(Get, "/api/v1/evidence/{evidence_id}/content", A::ReadApplication, "The bytes of a piece of evidence; of a picture a copy without place, time and device for members, city reviewers and experts who don't inspect. `Repr-Digest` (RFC 9530) is of the bytes sent", evidence::download).gives_file(),
        row(Delete, "/api/v1/evidence/{evidence_id}", A::ChangeApplication, "Remove a piece of evidence", evidence::remove)
            .asks_first(),
        // City review and recommendation.
        row(Post, "/api/v1/applications/{application_id}/return", A::ReturnApplication, "Send an application back with reasons", recommendations::send_back)
            .takes::<Return>()
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/duplicates", A::ReadDuplicates, "Firms and text that several applications share", recommendations::duplicates)
            .gives::<DuplicatesView>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/recommendations/{city}", A::ReadRecommendation, "A city's recommendation list", recommendations::read)
            .gives::<RecommendationView>(200)
            .steady(),
        row(Put, "/api/v1/competitions/{competition_id}/recommendations/{city}", A::ChangeRecommendation, "Replace a city's recommendation list, in order", recommendations::put)
            .takes::<PutList>()
            .gives::<RecommendationView>(200)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/recommendations/{city}/seal", A::SealRecommendation, "Seal a city's recommendation list; the answer is the receipt", recommendations::seal)
            .gives::<RecommendationView>(200)
            .over_revision()
            .once(),
        // The office's checks.
        row(Get, "/api/v1/applications/{application_id}/checks", A::ReadApplication, "Formal checks and, for the office and supervisors, veto checks", checks::read)
            .gives::<ChecksView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/formal-checks", A::CheckFormally, "Record a formal check", checks::check_formally)
            .asks_first()
            .takes::<Check>()
            .gives::<FormalCheckView>(201)
            .over_revision()
            .once(),
        row(Post, "/api/v1/applications/{application_id}/formal-checks/taking-back", A::TakeBackCheck, "Take a rejection back with a reason, as a second person of the office, until the next stage begins", checks::take_back)
            .takes::<Because>()
            .gives::<FormalCheckView>(201)
            .over_revision()
            .once(),
        row(Put, "/api/v1/applications/{application_id}/veto-checks/{item}", A::CheckVeto, "Record the state of a veto item", checks::put_veto)
            .takes::<PutVeto>()
            .gives::<VetoView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/veto-replies", A::CheckVeto, "Upload a reply document of a veto check", evidence::upload_reply)
            .asks(&[("name", "The file's name")])
            .takes_file()
            .gives::<EvidenceView>(201)
            .once(),
        // Experts and panels.
        row(Get, "/api/v1/experts", A::ReadExperts, "The expert pool", experts::list)
            .asks(PAGING)
            .gives::<Page<ExpertView>>(200)
            .steady(),
        row(Post, "/api/v1/experts", A::ChangeExperts, "Add an expert to the pool", experts::create)
            .takes::<PutExpert>()
            .gives::<ExpertView>(201)
            .once(),
        row(Post, "/api/v1/experts/import", A::ChangeExperts, "Import a table of experts, CSV or Excel: all of it or nothing", experts::import)
            .asks_first()
            .takes::<ImportExperts>()
            .gives::<ImportedExpertsView>(200)
            .once(),
        row(Get, "/api/v1/experts/{expert_id}", A::ReadExperts, "An expert", experts::read)
            .gives::<ExpertView>(200)
            .steady(),
        row(Put, "/api/v1/experts/{expert_id}", A::ChangeExperts, "Change an expert; a conflict found by it recuses the expert at once", experts::change)
            .asks_first()
            .takes::<PutExpert>()
            .gives::<ExpertView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/conflicts", A::ReadExperts, "What the automatic check for conflicts finds, as things stand now", experts::conflicts)
            .gives::<Vec<ConflictsView>>(200),
        row(Get, "/api/v1/competitions/{competition_id}/draws", A::ReadDraws, "Attempts to draw the panels, oldest first", experts::draws)
            .gives::<Vec<DrawView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/draws", A::Draw, "Freeze candidates and rule and commit to a secret, before the public seed is known", experts::freeze)
            .takes::<Freeze>()
            .gives::<DrawView>(201)
            .once(),
        row(Post, "/api/v1/competitions/{competition_id}/draws/{number}/seed", A::Draw, "Enter the public seed and draw", experts::enter_seed)
            .asks_first()
            .takes::<EnterSeed>()
            .gives::<DrawView>(200)
            .once(),
        row(Post, "/api/v1/competitions/{competition_id}/draws/{number}/witness", A::WitnessDraw, "Confirm or reject a draw as its witness", experts::witness)
            .takes::<Witness>()
            .gives::<DrawView>(200)
            .once(),
        row(Post, "/api/v1/competitions/{competition_id}/draws/{number}/give-up", A::Draw, "Give an attempt up before its seed is entered", experts::give_up)
            .takes::<GiveUp>()
            .gives::<DrawView>(200)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/draws/{number}/record", A::ReadDraws, "The record of a draw, for `qianglian draw --replay`", experts::record)
            .gives::<DrawRecord>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/panels", A::ReadDraws, "The panels with their seats", experts::panels)
            .gives::<Vec<PanelView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/panels/{panel}/experts/{expert_id}/recusal", A::RecuseExpert, "Recuse an expert; the next in order is called", experts::recuse)
            .asks_first()
            .takes::<Recuse>()
            .gives::<PanelView>(200)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/my-panel", A::ReadOwnPanel, "What one is to judge as an expert", experts::own_panel)
            .gives::<OwnPanelView>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/declarations", A::DeclareConflicts, "Sign the declaration of conflicts", experts::declare)
            .asks_first()
            .takes::<Declare>()
            .gives::<OwnPanelView>(201)
            .once(),
        // Inspections.
        row(Get, "/api/v1/applications/{application_id}/inspection", A::ReadInspection, "The inspection of an application, as far as one may see it", inspections::read)
            .gives::<InspectionView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/inspection/plan", A::PlanInspection, "Plan an inspection", inspections::put_plan)
            .takes::<InspectionPlan>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Put, "/api/v1/applications/{application_id}/inspection/record", A::RecordInspection, "Save the record of an inspection", inspections::put_record)
            .takes::<InspectionRecord>()
            .gives::<InspectionView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/inspection/photos", A::RecordInspection, "Upload a photograph: its bytes are the body, `Content-Digest` is obligatory", evidence::upload_photo)
            .asks(&[("name", "The file's name")])
            .takes_file()
            .gives::<EvidenceView>(201)
            .once(),
        row(Post, "/api/v1/applications/{application_id}/inspection/signatures", A::RecordInspection, "Sign the record as a member of the team", inspections::sign)
            .asks_first()
            .gives::<InspectionView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/applications/{application_id}/inspection/decision", A::AnswerInspection, "Agree or object as the inspected party", inspections::decide)
            .takes::<DecideInspection>()
            .gives::<InspectionView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/applications/{application_id}/inspection/refusal", A::RecordInspection, "State that the inspected party refused to sign", inspections::state_refusal)
            .takes::<DecideInspection>()
            .gives::<InspectionView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/applications/{application_id}/inspection/reopening", A::PlanInspection, "Reopen a signed inspection for a re-check", inspections::reopen)
            .asks_first()
            .takes::<Because>()
            .gives::<InspectionView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/applications/{application_id}/inspection/increases/{indicator}", A::PlanInspection, "Consent to a verified value above the claim", inspections::consent)
            .takes::<Because>()
            .gives::<InspectionView>(200)
            .once(),
        row(Post, "/api/v1/applications/{application_id}/inspection/comments", A::AnswerInspection, "Comment on the verified values as the applicant", inspections::comment)
            .takes::<Say>()
            .gives::<InspectionView>(200)
            .once(),
        row(Post, "/api/v1/applications/{application_id}/rectifications", A::RecordInspection, "Order something to be put right", inspections::order_rectification)
            .takes::<OrderRectification>()
            .gives::<RectificationView>(201)
            .once(),
        row(Post, "/api/v1/rectifications/{rectification_id}/answer", A::AnswerInspection, "Say what has been put right", inspections::answer_rectification)
            .takes::<Say>()
            .gives::<RectificationView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/rectifications/{rectification_id}/recheck", A::RecordInspection, "Record what the re-check found", inspections::recheck_rectification)
            .takes::<RecheckRectification>()
            .gives::<RectificationView>(200)
            .over_revision()
            .once(),
        // Score sheets.
        row(Get, "/api/v1/applications/{application_id}/my-sheet", A::FillSheet, "One's own score sheet", sheets::read_own)
            .gives::<SheetView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/my-sheet", A::FillSheet, "Save a draft of one's own score sheet", sheets::put)
            .takes::<SheetContent>()
            .gives::<SheetView>(200)
            .over_revision(),
        row(Post, "/api/v1/applications/{application_id}/my-sheet/signature", A::FillSheet, "Sign one's own score sheet; the answer is the receipt", sheets::sign)
            .gives::<SheetReceiptView>(201)
            .over_revision()
            .once(),
        row(Post, "/api/v1/applications/{application_id}/my-sheet/corrections", A::FillSheet, "Correct one's own signed sheet, for one of the competition's reasons", sheets::correct)
            .takes::<CorrectSheet>()
            .gives::<SheetReceiptView>(201)
            .over_revision()
            .once(),
        row(Get, "/api/v1/applications/{application_id}/sheets", A::ReadSheets, "All sheets of an application: for supervisors; for the office once scoring is closed", sheets::list)
            .gives::<Vec<ExpertSheetView>>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/paper-sheets/{expert_id}", A::EnterPaperSheet, "Enter a sheet that was signed on paper; a second person enters it again", sheets::enter_paper)
            .takes::<EnterPaper>()
            .gives::<PaperView>(200)
            .once(),
        row(Delete, "/api/v1/applications/{application_id}/paper-sheets/{expert_id}", A::EnterPaperSheet, "Discard the first entry of a paper sheet", sheets::discard_paper)
            .asks_first(),
        // Closing, ranking, selection.
        row(Get, "/api/v1/applications/{application_id}/adjustments", A::ReadRanking, "Bonuses and deductions of an application", results::adjustments)
            .gives::<AdjustmentsView>(200)
            .steady(),
        row(Put, "/api/v1/applications/{application_id}/adjustments", A::Adjust, "Enter the bonuses and deductions of an application", results::put_adjustments)
            .takes::<PutAdjustments>()
            .gives::<AdjustmentsView>(200)
            .over_revision(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies", A::ReadRanking, "Versions of the tally, oldest first", results::tallies)
            .gives::<Vec<TallyView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/tallies", A::MakeTally, "Make a further version of the tally from what is signed now, with rulings among equals", results::make_tally)
            .takes::<MakeTally>()
            .gives::<TallyChangesView>(201)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies/{number}", A::ReadRanking, "A frozen tally, byte by byte, for `qianglian tally`", results::tally)
            .gives::<Value>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies/{number}/ranking", A::ReadRanking, "The ranking by a frozen tally", results::ranking)
            .gives::<RankingView>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/tallies/{number}/changes", A::ReadRanking, "What a version of the tally changed of the one before", results::changes)
            .gives::<TallyChangesView>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/tallies/{number}/confirmation", A::ConfirmTally, "Confirm the tally that somebody else prepared", results::confirm)
            .gives::<TallyView>(200)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/selections", A::ReadRanking, "Deliberations, oldest first", results::selections)
            .gives::<Vec<SelectionView>>(200)
            .steady(),
        row(Post, "/api/v1/competitions/{competition_id}/selections", A::Deliberate, "Record a deliberation: the ranking adopted, or departed from with reasons", results::deliberate)
            .takes::<Deliberate>()
            .gives::<SelectionView>(201)
            .once(),
        row(Get, "/api/v1/applications/{application_id}/result", A::ReadResult, "How an application fared, point by point", results::result)
            .gives::<ResultView>(200)
            .steady(),
        // Notice, objections, re-checks.
        row(Get, "/api/v1/notices", A::ReadPublic, "The notice that holds of every competition that has one", notices::list)
            .gives::<Vec<NoticeView>>(200)
            .for_everybody(),
        row(Get, "/api/v1/notices/{competition_id}", A::ReadPublic, "The notices of a competition, newest first", notices::read)
            .gives::<Vec<NoticeView>>(200)
            .for_everybody(),
        row(Post, "/api/v1/competitions/{competition_id}/notices", A::PublishNotice, "Put the proposed names on notice", notices::publish)
            .takes::<PublishNotice>()
            .gives::<NoticeView>(201)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/suspensions", A::ReadObjections, "Suspensions of names, those that ended included", notices::suspensions)
            .gives::<Vec<SuspensionView>>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/suspension", A::Suspend, "Suspend a name", notices::suspend)
            .takes::<Because>()
            .gives::<SuspensionView>(200)
            .once(),
        row(Post, "/api/v1/applications/{application_id}/suspension/end", A::Suspend, "End the suspension of a name", notices::lift)
            .takes::<Because>()
            .gives::<SuspensionView>(200)
            .once(),
        row(Post, "/api/v1/competitions/{competition_id}/objections", A::Object, "Object to a name on notice; without a name it is a lead for the supervisors", notices::object)
            .takes::<FileObjection>()
            .gives::<ObjectionReceiptView>(201)
            .once(),
        row(Post, "/api/v1/objections/status", A::Object, "Look up where an objection stands, by the code of its receipt", notices::look_up)
            .takes::<LookUp>()
            .gives::<ObjectionStatusView>(200),
        row(Post, "/api/v1/objections/confirmations", A::Object, "Show that the letter about an objection arrived, by the code in it", notices::confirm_reach)
            .takes::<ConfirmReach>()
            .gives::<ObjectionStatusView>(200),
        row(Post, "/api/v1/objections/evidence", A::Object, "Add a file to an objection, whose code is in the header `Objection-Code`: its bytes are the body, `Content-Digest` is obligatory", notices::add_evidence)
            .asks(&[("name", "The file's name")])
            .takes_file()
            .gives::<ObjectionFileView>(201)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/objections", A::ReadObjections, "Objections, oldest first; for supervisors with anonymous leads", notices::objections)
            .asks(OBJECTION_QUERY)
            .gives::<Page<ObjectionView>>(200)
            .steady(),
        row(Get, "/api/v1/objections/{objection_id}", A::ReadObjections, "An objection or lead", notices::objection)
            .gives::<ObjectionView>(200)
            .steady(),
        row(Post, "/api/v1/objections/{objection_id}/reach", A::ReachObjector, "Record that whoever objects was reached, and how", notices::reach)
            .takes::<StateObjection>()
            .gives::<ObjectionView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/objections/{objection_id}/steps", A::DecideObjection, "Accept, refuse, investigate or decide an objection", notices::decide)
            .asks_first()
            .takes::<StepObjection>()
            .gives::<ObjectionView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/objections/{objection_id}/note", A::NoteLead, "Record what came of an anonymous lead", notices::note_lead)
            .takes::<StateObjection>()
            .gives::<ObjectionView>(200)
            .over_revision()
            .once(),
        row(Get, "/api/v1/objection-files/{objection_file_id}/content", A::ReadObjections, "The bytes of a file that came with an objection", notices::download).gives_file(),
        row(Get, "/api/v1/applications/{application_id}/objections", A::AnswerObjection, "Objections that one's own application has been asked about, without who objects", notices::own_objections)
            .gives::<Vec<OwnObjectionView>>(200)
            .steady(),
        row(Post, "/api/v1/objections/{objection_id}/statement", A::AnswerObjection, "State the applicant's view of an objection", notices::state)
            .takes::<StateObjection>()
            .gives::<OwnObjectionView>(200)
            .over_revision()
            .once(),
        row(Get, "/api/v1/applications/{application_id}/recheck-requests", A::ReadRechecks, "Re-check requests about an application", notices::own_rechecks)
            .gives::<Vec<RecheckView>>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/recheck-requests", A::RequestRecheck, "Ask for a re-check of arithmetic or procedure", notices::request_recheck)
            .takes::<RequestRecheck>()
            .gives::<RecheckView>(201)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/recheck-requests", A::ReadObjections, "Re-check requests of a competition, oldest first", notices::rechecks)
            .gives::<Vec<RecheckView>>(200)
            .steady(),
        row(Post, "/api/v1/recheck-requests/{recheck_id}/answer", A::AnswerRecheck, "Answer a re-check request", notices::answer_recheck)
            .takes::<AnswerRecheck>()
            .gives::<RecheckView>(200)
            .over_revision()
            .once(),
        // Announcement and titles.
        row(Get, "/api/v1/announcements", A::ReadPublic, "The announcement that holds of every competition that has one", announcements::list)
            .gives::<Vec<AnnouncementEntry>>(200)
            .for_everybody(),
        row(Get, "/api/v1/announcements/{competition_id}", A::ReadPublic, "The announcement of a competition that holds, byte by byte", announcements::read)
            .gives::<Announcement>(200)
            .for_everybody(),
        row(Get, "/api/v1/announcements/{competition_id}/csv", A::ReadPublic, "Its winners as a table", announcements::csv)
            .gives_text(CSV)
            .for_everybody(),
        row(Get, "/api/v1/announcements/{competition_id}/{number}", A::ReadPublic, "An announcement of a competition, byte by byte, whether replaced or not", announcements::version)
            .gives::<Announcement>(200)
            .for_everybody(),
        row(Get, "/api/v1/competitions/{competition_id}/announcements/preview", A::ReadRanking, "What an announcement would say now", announcements::preview)
            .gives::<AnnouncementPreview>(200),
        row(Post, "/api/v1/competitions/{competition_id}/announcements", A::Announce, "Announce the winners; a later announcement replaces the one before and says why", announcements::publish)
            .takes::<AnnouncementDraft>()
            .gives::<AnnouncementEntry>(201)
            .once(),
        row(Get, "/api/v1/titles", A::ReadPublic, "Titles, newest first, as they stand today", announcements::titles)
            .asks(PAGING)
            .gives::<Page<TitleView>>(200),
        row(Get, "/api/v1/titles/{title_id}", A::ReadPublic, "A title with what happened to it", announcements::title)
            .gives::<TitleHistoryView>(200),
        row(Post, "/api/v1/titles/{title_id}/reports", A::ReportTitle, "File the yearly report of a title", announcements::report)
            .takes::<ReportTitle>()
            .gives::<TitleHistoryView>(201)
            .once(),
        row(Post, "/api/v1/titles/{title_id}/renewal", A::ChangeTitle, "Renew a title after its re-check", announcements::renew)
            .takes::<RenewTitle>()
            .gives::<TitleHistoryView>(200)
            .over_revision()
            .once(),
        row(Post, "/api/v1/titles/{title_id}/revocation", A::ChangeTitle, "Revoke a title", announcements::revoke)
            .asks_first()
            .takes::<Because>()
            .gives::<TitleHistoryView>(200)
            .over_revision()
            .once(),
        // Progress and letters.
        row(Get, "/api/v1/competitions/{competition_id}/progress", A::ReadProgress, "How a competition goes on: by city, by panel, what is late and by whom", progress::read)
            .gives::<ProgressView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/reminders", A::Remind, "Remind everybody who still has something to do, once a day", progress::remind)
            .gives::<RemindersView>(200)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/letters", A::ReadLetters, "Letters, newest first", progress::letters)
            .asks(PAGING)
            .gives::<Page<LetterView>>(200),
        row(Post, "/api/v1/letters/{letter_id}/resend", A::ResendLetter, "Send a letter again that failed or of which nobody knows", progress::resend)
            .gives::<LetterView>(200)
            .once(),
        // Supervision and administration.
        row(Get, "/api/v1/competitions/{competition_id}/alarms", A::ReadAlarms, "What supervisors should look at in a competition, by stated rules; advice that plays no part in scoring", audit::alarms)
            .gives::<AlarmsView>(200)
            .steady(),
        row(Get, "/api/v1/health", A::ReadHealth, "The service's health: database, files, letters, as configured", health::read).gives::<HealthView>(200),
        // The audit trail.
        row(Get, "/api/v1/audit", A::ReadAudit, "Events of a competition's chain, or of the service's, oldest first", audit::list)
            .asks(AUDIT_QUERY)
            .gives::<Page<EventView>>(200),
        row(Get, "/api/v1/audit/export", A::ReadAudit, "All events of a chain as recorded, one a line", audit::export)
            .asks(&[("competition", "The competition; the service's own chain, if absent")])
            .gives_lines(),
    ]
}
