//! What is asked and told of objections.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::parse;
use crate::db::objections::{Objection, ObjectionFile};
use crate::domain::ids::{ApplicationId, ObjectionFileId, ObjectionId};
use crate::domain::lengths;
use crate::domain::notice::Notice;
use crate::domain::objection::{
    ObjectionChannel, ObjectionContent, ObjectionState, ObjectionStep, Objector, RefusalGround,
};
use crate::domain::record::Digest;
use crate::domain::scan::ScanState;
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FileObjection {
    /// The application objected to: one on notice.
    pub application_id: ApplicationId,
    /// What is objected.
    pub content: ObjectionContent,
    /// Who objects. Absent: anonymous, and then it is no objection but a lead for the supervisors.
    #[serde(default)]
    pub objector: Option<Objector>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionReceiptView {
    pub number: String,
    /// The notice that it is on.
    pub notice_title: String,
    /// The name that it is about, with its regions.
    pub name: String,
    /// The code by which evidence is added and the status is looked up. It is told once and not stored.
    pub code: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// `received`, or `lead` where it is anonymous.
    pub state: ObjectionState,
    /// Until when it is to be answered; absent of a lead, which nobody answers.
    pub due_at: Option<Timestamp>,
    /// Whether a code goes by mail to the address among the contact, to be entered as proof that it was reached.
    pub mailed: bool,
}

/// A look-up by code.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "LookUpObjection")]
pub struct LookUp {
    /// The code of the receipt.
    pub code: String,
}

/// What whoever objected may see of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionStatusView {
    pub number: String,
    /// The notice that it is on.
    pub notice_title: String,
    /// The name that it is about, with its regions; empty where the notice no longer has it.
    pub name: String,
    pub state: ObjectionState,
    /// When it was received.
    pub received_at: Timestamp,
    /// Until when it is to be answered.
    pub due_at: Option<Timestamp>,
    /// Whether a code was sent by mail, to be entered as proof that it was reached.
    pub mailed: bool,
    /// When whoever objects was shown to be reachable.
    pub reached_at: Option<Timestamp>,
    /// Why it was not accepted.
    pub ground: Option<RefusalGround>,
    /// The office's replies, oldest first.
    pub replies: Vec<ReplyView>,
    /// The files that came with it.
    pub files: Vec<OwnFileView>,
}

/// A file, as whoever sent it sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnFileView {
    pub name: String,
    /// Whether it was scanned; a `quarantined` one nobody reads, and another may be sent in its place.
    pub scan: ScanState,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReplyView {
    /// The state that it came with.
    pub state: ObjectionState,
    pub text: String,
    pub at: Timestamp,
}

/// An objection, for the office and the supervisors.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionView {
    pub id: ObjectionId,
    pub number: String,
    /// The application objected to.
    pub application_id: ApplicationId,
    pub state: ObjectionState,
    /// What is objected.
    pub content: ObjectionContent,
    /// Who objects; none where it is anonymous.
    pub objector: Option<Objector>,
    /// What has been done, oldest first.
    pub steps: Vec<ObjectionStep>,
    /// The files that came with it.
    pub files: Vec<ObjectionFileView>,
    /// Until when it is to be answered.
    pub due_at: Option<Timestamp>,
    /// When whoever objects was shown to be reachable.
    pub reached_at: Option<Timestamp>,
    /// How it came, where the office registered it; none where it was filed on the page of the notice.
    pub channel: Option<ObjectionChannel>,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A file that came with an objection.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ObjectionFileView {
    pub id: ObjectionFileId,
    pub name: String,
    /// What it really is, by its content.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether it was scanned and can be opened.
    pub scan: ScanState,
}

/// What an applicant sees of an objection: never who objects, nor their words.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnObjectionView {
    pub id: ObjectionId,
    pub number: String,
    pub state: ObjectionState,
    /// What the office asks of the applicant.
    pub questions: Vec<ReplyView>,
    /// What the applicant answered.
    pub statements: Vec<ReplyView>,
    /// Sent as `If-Match` with a statement.
    pub revision: i64,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StepObjection {
    /// The state to go to.
    pub to: ObjectionState,
    /// Why it is not accepted; obligatory with `refused`.
    #[serde(default)]
    pub ground: Option<RefusalGround>,
    /// For the files: what was found; obligatory with `upheld` and `dismissed`.
    #[serde(default)]
    #[schemars(length(max = lengths::REPORT))]
    pub report: String,
    /// For whoever objected; with `investigating` for the applicant, who must not learn from it who objects.
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub reply: String,
}

/// An applicant's statement.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StateObjection {
    pub text: String,
}

/// A name as it stands on a notice, with its regions.
pub(super) fn name_on(notice: &Notice, application: ApplicationId) -> String {
    let entry = notice.entries.iter().find(|entry| entry.application == application);
    entry.map_or_else(String::new, |entry| format!("{}（{}）", entry.title, entry.parties()))
}

pub(super) fn status_view(
    row: &Objection,
    notice: Option<&Notice>,
    files: Vec<ObjectionFileView>,
    mailed: bool,
) -> Result<ObjectionStatusView> {
    let steps: Vec<ObjectionStep> = parse(&row.steps)?;
    Ok(ObjectionStatusView {
        number: row.number.clone(),
        notice_title: notice.map(|notice| notice.title.clone()).unwrap_or_default(),
        name: notice.map(|notice| name_on(notice, row.application_id)).unwrap_or_default(),
        state: row.state,
        received_at: row.received_at,
        due_at: row.due,
        mailed,
        reached_at: row.reached_at,
        ground: steps.iter().find_map(|step| step.ground),
        replies: steps
            .iter()
            .filter(|step| step.to != ObjectionState::Investigating && !step.reply.is_empty())
            .map(|step| ReplyView { state: step.to, text: step.reply.clone(), at: step.at })
            .collect(),
        files: files.into_iter().map(|file| OwnFileView { name: file.name, scan: file.scan }).collect(),
    })
}

pub(super) fn file_view(file: ObjectionFile, scan: ScanState) -> ObjectionFileView {
    ObjectionFileView {
        id: file.id,
        name: file.name,
        media_type: file.media_type,
        size: file.size,
        digest: file.digest,
        scan,
    }
}

pub(super) fn view(row: Objection, files: Vec<ObjectionFileView>) -> Result<ObjectionView> {
    Ok(ObjectionView {
        id: row.id,
        number: row.number,
        application_id: row.application_id,
        state: row.state,
        content: parse(&row.content)?,
        objector: row.identity.as_deref().map(parse).transpose()?,
        steps: parse(&row.steps)?,
        files,
        due_at: row.due,
        channel: row.channel,
        reached_at: row.reached_at,
        revision: row.revision,
        received_at: row.received_at,
    })
}

pub(super) fn own_view(row: Objection) -> Result<OwnObjectionView> {
    let steps: Vec<ObjectionStep> = parse(&row.steps)?;
    let reply = |step: &ObjectionStep| ReplyView { state: step.to, text: step.reply.clone(), at: step.at };
    Ok(OwnObjectionView {
        id: row.id,
        number: row.number,
        state: row.state,
        questions: steps
            .iter()
            .filter(|step| step.to == ObjectionState::Investigating && !step.statement)
            .map(reply)
            .collect(),
        statements: steps.iter().filter(|step| step.statement).map(reply).collect(),
        revision: row.revision,
    })
}
