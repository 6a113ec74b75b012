//! What is asked and told of competitions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::actions::open_points::OpenPoint;
use crate::actions::parse;
use crate::db::Conn;
use crate::db::competitions::{self, Competition, Version};
use crate::domain::blocker::Blocker;
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::difference::Difference;
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// A competition with the settings that hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompetitionView {
    pub id: CompetitionId,
    pub state: CompetitionState,
    /// Sent as `If-Match` with a change.
    pub revision: i64,
    /// The version of its settings that holds.
    pub version: i32,
    /// The digest of these settings.
    pub digest: Digest,
    /// Why this version was made.
    pub reason: String,
    /// When this version was made.
    pub changed_at: Timestamp,
    pub settings: Settings,
    /// What is better looked at in its calendar; told to whoever has just changed its settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<OpenPoint>,
}

/// A competition in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CompetitionEntry {
    pub id: CompetitionId,
    pub title: String,
    /// The document that orders it.
    pub authority: String,
    pub state: CompetitionState,
    /// The deadline of its present stage; none for a draft.
    pub due_at: Option<Timestamp>,
}

/// A version of a competition's settings in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VersionEntry {
    /// Its number, from 1.
    pub number: i32,
    /// The digest of the settings.
    pub digest: Digest,
    /// Why it was made.
    pub reason: String,
    pub changed_by: AccountId,
    pub changed_at: Timestamp,
}

/// A version of a competition's settings.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VersionView {
    pub entry: VersionEntry,
    /// What it changed of the one before; empty for the first.
    pub changes: Vec<Difference>,
    pub settings: Settings,
}

/// A correction of settings after the call.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "CorrectSettings")]
pub struct Correct {
    /// Why: told to everybody with the new version.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
    /// The settings as they shall be.
    pub settings: Settings,
}

/// A later deadline.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "ExtendDeadline")]
pub struct Extend {
    /// The state whose deadline it is.
    pub stage: CompetitionState,
    pub due_at: Timestamp,
    /// When the stage begins, where it has not begun and shall begin later too.
    #[serde(default)]
    pub begins_at: Option<Timestamp>,
    /// Whether the stages after it follow: what is still to come of their beginnings and deadlines moves by as many working
    /// days as the deadline, to the same time of day. Then the act must be confirmed: what it moves is told first.
    #[serde(default)]
    pub later_stages_follow: bool,
    /// Why: told to everybody with the new version.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
}

/// A step to the next state.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "MoveCompetition")]
pub struct Move {
    /// The state to go to: the next one.
    pub to: CompetitionState,
}

/// What must still be done before the next state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReadinessView {
    /// The next state; none after the last.
    pub next_state: Option<CompetitionState>,
    /// What blocks it, in both languages; empty if nothing does.
    #[serde(serialize_with = "as_points")]
    #[schemars(with = "Vec<OpenPoint>")]
    pub open: Vec<Blocker>,
    /// What blocks nothing but is better looked at in the calendar: stages too short for their own terms, days off.
    pub warnings: Vec<OpenPoint>,
}

/// Writes what blocks a step as the API tells it.
pub(crate) fn as_points<S: Serializer>(
    open: &[Blocker],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(open.iter().map(|blocker| OpenPoint::from(FieldProblem::from(blocker))))
}

pub(super) fn view(competition: &Competition, version: &Version) -> Result<CompetitionView> {
    Ok(CompetitionView {
        id: competition.id,
        state: competition.state,
        revision: competition.revision,
        version: competition.version,
        digest: version.digest,
        reason: version.reason.clone(),
        changed_at: version.changed_at,
        settings: parse(&version.content)?,
        warnings: Vec::new(),
    })
}

pub(crate) fn view_of(conn: &mut Conn, competition: &Competition) -> Result<CompetitionView> {
    let version = competitions::version(conn, competition.id, competition.version)?;
    view(competition, &version.ok_or_else(|| Error::internal("the settings are gone"))?)
}

pub(super) fn entry(version: &Version) -> VersionEntry {
    VersionEntry {
        number: version.number,
        digest: version.digest,
        reason: version.reason.clone(),
        changed_by: version.changed_by,
        changed_at: version.changed_at,
    }
}
