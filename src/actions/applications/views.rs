//! What is asked and told of applications.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actions::open_points::OpenPoint;
use crate::domain::application::{ApplicationState, ConsentState, EvidenceEntry, MemberRole, Whole};
use crate::domain::catalogue::{ChainNumber, NamedChain, NamedCity, NamedRegion, RegionCode};
use crate::domain::difference::Difference;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;

/// A new application.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "CreateApplication")]
pub struct Create {
    pub chain_number: ChainNumber,
    /// What the lead region itself brings.
    pub role: MemberRole,
}

/// Members of an application besides its lead.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutMembers {
    /// What the lead region brings.
    pub lead_role: MemberRole,
    /// The other members. A consent is asked for again where it was given to other members, roles or contents.
    pub members: Vec<NewMember>,
}

/// A member to be asked.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewMember {
    pub region_code: RegionCode,
    /// What it brings.
    pub role: MemberRole,
}

/// A reason for withdrawing.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "WithdrawApplication")]
pub struct Withdraw {
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationView {
    pub id: ApplicationId,
    pub competition_id: CompetitionId,
    /// Its number, from the first submission on.
    pub number: Option<String>,
    pub state: ApplicationState,
    /// Sent as `If-Match` with acts on the whole application.
    pub revision: i64,
    pub lead_region: NamedRegion,
    pub city: NamedCity,
    pub chain: NamedChain,
    /// The track that it is ranked in.
    pub track: Option<String>,
    /// Until when it may be submitted in its present state; none if it may not.
    pub submission_due_at: Option<Timestamp>,
    /// Its parts, by name: `profile`, `firms`, `figures`, `undertaking`, `section.<key>`.
    pub parts: BTreeMap<String, PartView>,
    /// Its members, lead included.
    pub members: Vec<MemberView>,
    /// What was decided about it.
    pub decisions: Vec<DecisionView>,
    /// When anything of it last changed.
    pub changed_at: Timestamp,
}

/// What stands in a part.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartView {
    /// Sent as `If-Match` with a change of the part; 0 if nothing stands there yet.
    pub revision: i64,
    /// Who changed it last.
    pub changed_by: Option<AccountId>,
    pub changed_at: Option<Timestamp>,
    /// The content, in the part's shape.
    pub content: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MemberView {
    pub region: NamedRegion,
    /// What it brings.
    pub role: MemberRole,
    pub lead: bool,
    /// Whether it has agreed.
    pub consent: ConsentState,
    /// What it is asked to sign, with its signatory once it has.
    pub statement: String,
    /// When it decided.
    pub decided_at: Option<Timestamp>,
}

/// A decision about an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DecisionView {
    /// What was decided.
    pub kind: String,
    pub reason: String,
    pub at: Timestamp,
}

/// An application in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationEntry {
    pub id: ApplicationId,
    pub competition_id: CompetitionId,
    pub number: Option<String>,
    pub title: String,
    pub state: ApplicationState,
    pub lead_region: NamedRegion,
    pub city: NamedCity,
    pub chain: NamedChain,
    /// When anything of it last changed.
    pub changed_at: Timestamp,
}

/// What is missing, and what looks wrong.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompletenessView {
    /// Whether it can be submitted.
    pub complete: bool,
    pub missing: Vec<OpenPoint>,
    /// What looks wrong but may be right: figures against last year, slips of unit.
    pub warnings: Vec<OpenPoint>,
}

/// How the claims would score.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SelfScoreView")]
pub struct PreviewView {
    /// By criterion, in the rubric's order.
    pub criteria: Vec<CriterionPreview>,
}

/// How the claims would score in one criterion.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CriterionPreview {
    pub key: String,
    pub name: String,
    /// The points that its measured indicators can give at most.
    pub most_measured: String,
    /// By indicator. Judged indicators have no points here.
    pub indicators: Vec<IndicatorPreview>,
}

/// How a claim would score.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorPreview {
    pub key: String,
    pub name: String,
    /// The most points.
    pub most: String,
    /// Whether experts judge it.
    pub judged: bool,
    /// The points of the claim, to 8 places; absent for a judged indicator or a value that is missing.
    pub points: Option<String>,
}

/// The receipt of a submission.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptView {
    /// The application's number.
    pub number: String,
    pub application_id: ApplicationId,
    /// Which submission of it this is.
    pub submission: i32,
    /// When it was received.
    pub submitted_at: Timestamp,
    /// The digest of the canonical content, the digests of all files included.
    pub digest: Digest,
    /// The digest of each file.
    pub files: Vec<EvidenceEntry>,
}

/// A submission, whole.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionView {
    /// Which one, from 1.
    pub number: i32,
    pub submitted_at: Timestamp,
    /// The digest of the canonical content.
    pub digest: Digest,
    /// What it changed of the one before; empty for the first.
    pub changes: Vec<Difference>,
    pub content: Whole,
}

/// A submission in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubmissionEntry {
    /// Which one, from 1.
    pub number: i32,
    pub submitted_at: Timestamp,
    /// The digest of the canonical content.
    pub digest: Digest,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartRevisionView {
    /// Which one, from 1.
    pub revision: i64,
    pub changed_by: AccountId,
    pub changed_by_name: String,
    pub changed_at: Timestamp,
    /// What it changed of the one before.
    pub changes: Vec<Difference>,
}
