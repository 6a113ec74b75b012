//! THE TABLE: every endpoint once, with its method, path, action, handler, shapes and words. The router, the API's
//! description and the access matrix follow from it.

use std::future::Future;

use futures_util::future::LocalBoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::api::{
    accounts, applications, audit, checks, competitions, data, evidence, recommendations, session,
};
use super::request::{Reply, Request};
use crate::actions::Page;
use crate::actions::accounts::{AccountView, ChangeAccount, InvitationView, Invite};
use crate::actions::applications::{
    ApplicationEntry, ApplicationView, CompletenessView, Create, DecideConsent, MemberView, PartRevisionView,
    PartView, PreviewView as SelfScoreView, PutMembers, ReceiptView, SubmissionEntry, SubmissionView,
    Withdraw,
};
use crate::actions::audit::EventView;
use crate::actions::checks::{Check, ChecksView, FormalCheckView, PutVeto, VetoView};
use crate::actions::competitions::{
    CompetitionEntry, CompetitionView, Correct, Extend, Move, ReadinessView, VersionEntry, VersionView,
};
use crate::actions::data::{CatalogueView, DatasetView, Import, PreviewView, WorkingDaysView};
use crate::actions::duplicates::DuplicatesView;
use crate::actions::evidence::{EvidenceListView, EvidenceView};
use crate::actions::login::{AcceptLink, ChangePassword, LogIn, Refresh, SessionView, SetUp, TokenView};
use crate::actions::recommendations::{PutList, RecommendationView, Return};
use crate::domain::access::Action;
use crate::domain::application::PartContent;
use crate::domain::catalogue::Region;
use crate::domain::competition::Settings;
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
}

/// An endpoint.
#[expect(clippy::struct_excessive_bools, reason = "a row of a table, whose columns are yes or no")]
pub struct Endpoint {
    /// Its method.
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

const ACCOUNT_QUERY: &[(&str, &str)] =
    &[PAGING[0], PAGING[1], ("role", "Only with this role"), ("region", "Only bound to this region")];

const APPLICATION_QUERY: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("competition", "Only of this edition"),
    ("city", "Only of this city"),
    ("chain", "Only for this chain"),
    ("state", "Only in this state"),
];

const AUDIT_QUERY: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("competition", "The edition; the service's own chain, if absent"),
    ("account", "Only by this account"),
    ("action", "Only of this action"),
    ("object", "Only on this object"),
    ("outcome", "Only `done` or `refused`"),
    ("request", "Only of this request"),
    ("from", "Only from this time on"),
    ("until", "Only until this time"),
];

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
        row(Post, "/api/v1/login", A::LogIn, "Log in", session::log_in).takes::<LogIn>().gives::<TokenView>(200),
        row(Post, "/api/v1/refresh", A::Refresh, "Exchange a refresh token for new tokens", session::refresh)
            .takes::<Refresh>()
            .gives::<TokenView>(200),
        row(Post, "/api/v1/links/accept", A::AcceptLink, "Set a password by a one-time link", session::accept_link)
            .takes::<AcceptLink>()
            .gives::<AccountView>(200),
        row(Post, "/api/v1/logout", A::LogOut, "End this session", session::log_out),
        row(Post, "/api/v1/logout-everywhere", A::LogOutEverywhere, "End all of one's own sessions", session::log_out_everywhere),
        row(Get, "/api/v1/me", A::ReadSelf, "One's own account", session::me).gives::<AccountView>(200),
        row(Post, "/api/v1/me/password", A::ChangePassword, "Change one's own password; other sessions end", session::change_password)
            .takes::<ChangePassword>(),
        row(Get, "/api/v1/me/sessions", A::ReadSelf, "One's own sessions", session::sessions).gives::<Vec<SessionView>>(200),
        row(Delete, "/api/v1/me/sessions/{session_id}", A::LogOut, "End one of one's own sessions", session::end_session),
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
            .gives::<InvitationView>(200),
        // Editions.
        row(Get, "/api/v1/competitions", A::ReadPublic, "Editions, newest first; drafts for the office and supervisors alone", competitions::list)
            .asks(PAGING)
            .gives::<Page<CompetitionEntry>>(200)
            .steady(),
        row(Post, "/api/v1/competitions", A::CreateCompetition, "Create an edition as a draft", competitions::create)
            .takes::<Settings>()
            .gives::<CompetitionView>(201)
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}", A::ReadPublic, "An edition with the settings that hold", competitions::read)
            .gives::<CompetitionView>(200)
            .steady(),
        row(Put, "/api/v1/competitions/{competition_id}/settings", A::ChangeCompetition, "Replace the settings of a draft", competitions::change)
            .takes::<Settings>()
            .gives::<CompetitionView>(200)
            .over_revision(),
        row(Post, "/api/v1/competitions/{competition_id}/corrections", A::CorrectCompetition, "Correct the settings after the call: a new version with its reason", competitions::correct)
            .takes::<Correct>()
            .gives::<CompetitionView>(201)
            .over_revision()
            .once(),
        row(Post, "/api/v1/competitions/{competition_id}/extensions", A::ExtendDeadline, "Make a deadline later, with a reason", competitions::extend)
            .takes::<Extend>()
            .gives::<CompetitionView>(201)
            .over_revision()
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/readiness", A::ReadDrafts, "What stands against the next state", competitions::readiness)
            .gives::<ReadinessView>(200),
        row(Post, "/api/v1/competitions/{competition_id}/state", A::MoveCompetition, "Move an edition to its next state", competitions::advance)
            .takes::<Move>()
            .gives::<CompetitionView>(200)
            .over_revision()
            .once(),
        row(Get, "/api/v1/competitions/{competition_id}/versions", A::ReadPublic, "Versions of an edition's settings, newest first", competitions::versions)
            .asks(PAGING)
            .gives::<Page<VersionEntry>>(200)
            .steady(),
        row(Get, "/api/v1/competitions/{competition_id}/versions/{number}", A::ReadPublic, "A version of an edition's settings, with what it changed", competitions::version)
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
            .takes::<Withdraw>()
            .gives::<ApplicationView>(200)
            .over_revision()
            .once(),
        // Evidence.
        row(Get, "/api/v1/applications/{application_id}/evidence", A::ReadApplication, "The evidence of an application", evidence::list)
            .gives::<EvidenceListView>(200)
            .steady(),
        row(Post, "/api/v1/applications/{application_id}/evidence", A::ChangeApplication, "Upload a file: its bytes are the body, `Content-Digest` (RFC 9530, sha-256) is obligatory; upload again if it breaks off", evidence::upload)
            .asks(&[("name", "The file's name"), ("kind", "Its kind in the edition's settings")])
            .takes_file()
            .gives::<EvidenceView>(201),
        row(Get, "/api/v1/evidence/{evidence_id}/content", A::ReadApplication, "The bytes of a piece of evidence", evidence::download).gives_file(),
        row(Delete, "/api/v1/evidence/{evidence_id}", A::ChangeApplication, "Remove a piece of evidence", evidence::remove),
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
            .takes::<Check>()
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
            .gives::<EvidenceView>(201),
        // The audit trail.
        row(Get, "/api/v1/audit", A::ReadAudit, "Events of an edition's chain, or of the service's, oldest first", audit::list)
            .asks(AUDIT_QUERY)
            .gives::<Page<EventView>>(200),
        row(Get, "/api/v1/audit/export", A::ReadAudit, "All events of a chain as recorded, one a line", audit::export)
            .asks(&[("competition", "The edition; the service's own chain, if absent")])
            .gives_lines(),
    ]
}
