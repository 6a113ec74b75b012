//! What operations are called in clients: `putApplicationPart`. A rule makes the names of most from method and path; those that it
//! would make badly are written down.

use super::shape::in_capitals;
use crate::http::endpoints::Method;

/// Last segments of a path that are the verb, of what stands before them.
const VERBS: &[(&str, &str)] = &[
    ("abandonment", "giveUp"),
    ("acceptance", "accept"),
    ("answer", "answer"),
    ("confirmation", "confirm"),
    ("corrections", "correct"),
    ("import", "import"),
    ("lifting", "lift"),
    ("preview", "preview"),
    ("recheck", "recheck"),
    ("recusal", "recuse"),
    ("renewal", "renew"),
    ("resending", "resend"),
    ("reset", "reset"),
    ("return", "return"),
    ("revocation", "revoke"),
    ("seal", "seal"),
    ("signature", "sign"),
    ("signatures", "sign"),
    ("withdrawal", "withdraw"),
    ("witness", "witness"),
];

/// Names that the rule would make badly.
const WRITTEN: &[(Method, &str, &str)] = &[
    (Method::Get, "accounts/import", "getAccountsTemplate"),
    (Method::Post, "accounts/import", "importAccounts"),
    (Method::Post, "accounts/invitations", "inviteAccountsAgain"),
    (Method::Get, "accounts/forgotten-passwords", "getForgottenPasswords"),
    (Method::Put, "accounts/forgotten-passwords", "putForgottenPasswords"),
    (Method::Post, "links/requests", "requestLink"),
    (Method::Post, "links/confirmations", "confirmLinks"),
    (Method::Patch, "me", "updateMe"),
    (Method::Post, "competitions/{competition_id}/issued-documents", "issueDocument"),
    (Method::Get, "competitions/{competition_id}/issued-documents", "listIssuedDocuments"),
    (Method::Get, "competitions/{competition_id}/issued-documents/{digest}", "getIssuedDocument"),
    (Method::Get, "competitions/{competition_id}/document-draft", "getDocumentDraft"),
    (Method::Get, "v1", "getAbout"),
    (Method::Get, "applications/{application_id}/parts/{part}/import", "getApplicationPartTemplate"),
    (Method::Get, "catalogues/import", "getCatalogueTemplate"),
    (Method::Get, "working-days/import", "getWorkingDaysTemplate"),
    (Method::Get, "competitions/{competition_id}/sheets/mine/import", "getMySheetsTemplate"),
    (Method::Post, "competitions/{competition_id}/sheets/mine/import", "importMySheets"),
    (Method::Post, "accounts", "inviteAccount"),
    (Method::Post, "accounts/{account_id}/link/confirmation", "confirmAccountLink"),
    (Method::Post, "accounts/{account_id}/link/refusal", "refuseAccountLink"),
    (Method::Post, "accounts/{account_id}/second-factor/reset", "resetAccountSecondFactor"),
    (Method::Post, "applications/{application_id}/consents", "decideApplicationConsent"),
    (Method::Post, "applications/{application_id}/evidence", "uploadApplicationEvidence"),
    (Method::Post, "applications/{application_id}/inspection/decision", "decideApplicationInspection"),
    (
        Method::Post,
        "applications/{application_id}/inspection/increases/{indicator}/consent",
        "acceptApplicationInspectionIncrease",
    ),
    (Method::Post, "applications/{application_id}/inspection/photos", "uploadApplicationInspectionPhoto"),
    (Method::Post, "applications/{application_id}/inspection/refusal", "recordApplicationInspectionRefusal"),
    (Method::Post, "applications/{application_id}/inspection/reopening", "reopenApplicationInspection"),
    (Method::Get, "applications/{application_id}/sheets/mine", "getMySheet"),
    (Method::Put, "applications/{application_id}/sheets/mine", "putMySheet"),
    (Method::Post, "applications/{application_id}/sheets/mine/corrections", "correctMySheet"),
    (Method::Post, "applications/{application_id}/sheets/mine/signature", "signMySheet"),
    (Method::Post, "applications/{application_id}/sheets/{expert_id}/paper", "enterApplicationPaperSheet"),
    (
        Method::Delete,
        "applications/{application_id}/sheets/{expert_id}/paper",
        "discardApplicationPaperSheet",
    ),
    (Method::Get, "applications/{application_id}/parts/{part}/revisions", "listApplicationPartRevisions"),
    (Method::Post, "applications/{application_id}/submissions", "submitApplication"),
    (Method::Post, "applications/{application_id}/suspension", "suspendApplication"),
    (Method::Post, "applications/{application_id}/checks/replies", "uploadApplicationVetoReply"),
    (Method::Post, "competitions/{competition_id}/objections/registrations", "registerObjection"),
    (Method::Post, "objections/{objection_id}/files", "uploadObjectionScan"),
    (Method::Post, "competitions/{competition_id}/checks/drafts", "saveCompetitionCheckDrafts"),
    (Method::Get, "competitions/{competition_id}/checks/drafts", "listCompetitionCheckDrafts"),
    (Method::Get, "competitions/{competition_id}/checks/drafts/import", "getCompetitionCheckDraftsTemplate"),
    (Method::Post, "competitions/{competition_id}/checks/drafts/import", "importCompetitionCheckDrafts"),
    (Method::Post, "competitions/{competition_id}/checks/lots", "issueCompetitionChecks"),
    (Method::Get, "competitions/{competition_id}/checks/lots", "listCompetitionCheckLots"),
    (Method::Get, "competitions/{competition_id}/checks/lots/{number}", "getCompetitionCheckLot"),
    (Method::Post, "competitions/{competition_id}/inquiries/{number}/reply", "uploadCompetitionInquiryReply"),
    (
        Method::Post,
        "competitions/{competition_id}/inquiries/{number}/results",
        "recordCompetitionInquiryResults",
    ),
    (Method::Get, "audit", "listAuditEvents"),
    (Method::Get, "audit/export", "exportAuditEvents"),
    (Method::Post, "catalogues", "importCatalogue"),
    (
        Method::Get,
        "competitions/{competition_id}/announcements/{number}",
        "getCompetitionAnnouncementVersion",
    ),
    (Method::Post, "competitions/{competition_id}/archive", "archiveCompetition"),
    (Method::Get, "competitions/settings-template", "getSettingsTemplate"),
    (Method::Post, "competitions/{competition_id}/announcements", "publishCompetitionAnnouncement"),
    (Method::Get, "competitions/{competition_id}/announcement/preview", "previewCompetitionAnnouncement"),
    (Method::Post, "competitions/{competition_id}/panels/mine/declaration", "signCompetitionDeclaration"),
    (Method::Post, "competitions/{competition_id}/draws/{number}/seed", "enterCompetitionDrawSeed"),
    (Method::Post, "competitions/{competition_id}/extensions", "extendCompetitionDeadline"),
    (Method::Get, "competitions/{competition_id}/panels/mine", "getMyPanel"),
    (Method::Post, "competitions/{competition_id}/notices", "publishCompetitionNotice"),
    (Method::Post, "competitions/{competition_id}/objections", "fileCompetitionObjection"),
    (Method::Post, "competitions/{competition_id}/reminders", "sendCompetitionReminders"),
    (Method::Post, "competitions/{competition_id}/reopening", "proposeCompetitionReopening"),
    (Method::Post, "competitions/{competition_id}/state", "moveCompetition"),
    (Method::Get, "competitions/{competition_id}/inspections/import", "getCompetitionInspectionsTemplate"),
    (Method::Post, "competitions/{competition_id}/inspections/import", "importCompetitionInspections"),
    (Method::Put, "competitions/{competition_id}/inspections", "putCompetitionInspections"),
    (Method::Get, "experts/import", "getExpertsTemplate"),
    (Method::Post, "experts/import", "importExperts"),
    (Method::Post, "login", "logIn"),
    (Method::Post, "login/second-factor", "logInWithSecondFactor"),
    (Method::Post, "logout", "logOut"),
    (Method::Post, "logout/everywhere", "logOutEverywhere"),
    (Method::Get, "me", "getMyAccount"),
    (Method::Post, "me/messages/acknowledgement", "acknowledgeMyMessages"),
    (Method::Post, "me/password", "changeMyPassword"),
    (Method::Post, "me/platform", "linkMyPlatform"),
    (Method::Post, "me/reauthentication", "reauthenticate"),
    (Method::Post, "me/second-factor/recovery-codes", "renewMyRecoveryCodes"),
    (Method::Post, "objections/confirmations", "confirmObjectionReach"),
    (Method::Post, "objection-files", "uploadObjectionFile"),
    (Method::Post, "objections/status", "lookUpObjection"),
    (Method::Post, "objections/{objection_id}/note", "noteObjection"),
    (Method::Post, "objections/{objection_id}/reach", "recordObjectionReach"),
    (Method::Post, "objections/{objection_id}/statement", "stateOnObjection"),
    (Method::Post, "refresh", "refreshTokens"),
    (Method::Post, "setup", "setUp"),
    (Method::Post, "working-days", "importWorkingDays"),
];

/// Words that are the same for one and for many, or that the rule takes for the plural of another.
const SAME: [&str; 6] = ["working-days", "self-score", "completeness", "readiness", "progress", "statistics"];

/// The name of an operation. `is_list` says that it answers with many of what the path names.
pub(super) fn operation_id(method: Method, path: &str, is_list: bool) -> String {
    let path = path.trim_start_matches("/api/v1/").trim_start_matches("/api/");
    if let Some((.., name)) = WRITTEN.iter().find(|(of, at, _)| *of == method && *at == path) {
        return (*name).to_owned();
    }
    let mut segments: Vec<&str> = path.split('/').collect();
    let last = segments.last().copied().unwrap_or_default();
    let verb = VERBS.iter().find(|(end, _)| method == Method::Post && *end == last);
    if verb.is_some() {
        segments.pop();
    }
    let words = words(&segments, method != Method::Post);
    let verb = verb.map_or(verb_of(method, is_list), |(_, verb)| verb);
    format!("{verb}{words}")
}

fn verb_of(method: Method, is_list: bool) -> &'static str {
    match method {
        Method::Get if is_list => "list",
        Method::Get => "get",
        Method::Post => "create",
        Method::Put => "put",
        Method::Patch => "change",
        Method::Delete => "delete",
    }
}

/// The words of a path: one of those that a parameter follows, and of the last unless that `stays`.
fn words(segments: &[&str], stays: bool) -> String {
    let is_parameter = |at: usize| segments.get(at).is_some_and(|segment| segment.starts_with('{'));
    let word = |at: usize| match segments[at] {
        "me" => "My".to_owned(),
        segment if at + 1 == segments.len() && stays => in_capitals(segment),
        segment if at + 1 == segments.len() || is_parameter(at + 1) => in_capitals(&one_of(segment)),
        segment => in_capitals(segment),
    };
    (0..segments.len()).filter(|at| !is_parameter(*at)).map(word).collect()
}

/// One of many: `tally` of `tallies`.
fn one_of(words: &str) -> String {
    if SAME.contains(&words) {
        return words.to_owned();
    }
    match (words.strip_suffix("ies"), words.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        _ => words.to_owned(),
    }
}
