//! What is asked and told of tallies.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::closing::PlaceChange;
use crate::domain::ids::{AccountId, ApplicationId};
use crate::domain::lengths;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;

/// A bonus or a deduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AdjustmentEntry {
    /// The key in the rubric.
    pub key: String,
    /// How much, as decimal text.
    pub value: String,
    /// On what ground: document, evidence, finding.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub basis: String,
}

/// The bonuses and deductions of an application.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutAdjustments {
    /// All of them; what is not listed does not hold.
    pub entries: Vec<AdjustmentEntry>,
}

/// The bonuses and deductions of an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AdjustmentsView {
    pub application_id: ApplicationId,
    /// What holds.
    pub entries: Vec<AdjustmentEntry>,
    /// Sent as `If-Match` with a change: how often they were entered.
    pub revision: i64,
}

/// A further version of the tally.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MakeTally {
    /// Why: what was corrected, or that equals are ruled upon.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
    /// Among equals, the order that the office ruled, first one first; empty if nothing is ruled.
    #[serde(default)]
    pub rulings: Vec<ApplicationId>,
    /// The minutes of the ruling; obligatory with rulings.
    #[serde(default)]
    #[schemars(length(max = lengths::REPORT))]
    pub minutes: String,
}

/// A version of the tally in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TallyView {
    /// Which version, from 1; the latest holds.
    pub number: i32,
    /// The digest of the document.
    pub digest: Digest,
    /// Why it was made.
    pub reason: String,
    pub prepared_by: AccountId,
    pub prepared_at: Timestamp,
    pub confirmed_by: Option<AccountId>,
    pub confirmed_at: Option<Timestamp>,
}

/// A ranking: what the frozen tally comes to, by docs/normative/SCORING.md alone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RankingView {
    /// The version of the tally.
    pub tally: TallyView,
    /// Whether no ruling among equals is waited for.
    pub complete: bool,
    /// Titles, cities, tracks and chains of the applications, as the tally has them.
    #[schemars(with = "Vec<Value>")]
    pub applications: Arc<RawValue>,
    /// The result, `qianglian-result/1`: the bytes that `qianglian tally` prints for the document.
    #[schemars(with = "Value")]
    pub result: Arc<RawValue>,
}

/// What a version of the tally changed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TallyChangesView {
    /// The version.
    pub number: i32,
    /// The version before.
    pub before_number: i32,
    /// Applications that stand otherwise.
    pub changes: Vec<PlaceChange>,
}

/// How an application fared, in full.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResultView {
    pub application_id: ApplicationId,
    /// The version of the tally.
    pub tally_number: i32,
    pub tally_digest: Digest,
    /// How each point arose, `qianglian-derivation/1`. Experts stand under keys that tell nothing of who they are. For
    /// applicants without their neighbours in the ranking.
    pub derivation: Value,
}
