//! Draws as they are sent and shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::parse;
use crate::db::experts::{Draw, Expert};
use crate::domain::draw::{DrawBasis, DrawResult, DrawState};
use crate::domain::ids::{AccountId, ExpertId};
use crate::domain::lengths;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What is decided before a draw.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "FreezeCandidates")]
pub struct Freeze {
    /// The public event to come whose outcome will be the public seed, such as the numbers of a named lottery draw.
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub seed_source: String,
    /// Whether experts whose conflicts could not be fully checked may be drawn.
    #[serde(default)]
    pub unchecked_allowed: bool,
    /// Whether somebody has looked at experts whose names and units are nearly the same, and they are different people.
    #[serde(default)]
    pub distinct: bool,
}

/// The outcome of the public event.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EnterSeed {
    /// Exactly as published.
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub public_seed: String,
}

/// The supervisor's word, or the office's reason for giving an attempt up.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "WitnessDraw")]
pub struct Witness {
    /// Whether the draw was done as it must.
    pub confirmed: bool,
    /// Why not; obligatory unless confirmed.
    #[serde(default)]
    #[schemars(length(max = lengths::REASON))]
    pub reason: String,
}

/// Why an attempt is given up.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "GiveUpDraw")]
pub struct GiveUp {
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub reason: String,
}

/// An attempt to draw.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DrawView {
    /// Which attempt, from 1.
    pub number: i32,
    pub state: DrawState,
    /// What was frozen.
    pub basis: DrawBasis,
    /// The digest of what was frozen.
    pub digest: Digest,
    /// The secret behind the commitment, once the public seed is entered.
    pub secret: Option<String>,
    pub public_seed: Option<String>,
    /// What the draw came to.
    pub result: Option<DrawResult>,
    /// Names of the experts.
    pub names: BTreeMap<ExpertId, String>,
    /// Their units.
    pub units: BTreeMap<ExpertId, String>,
    /// When it was frozen.
    pub frozen_at: Timestamp,
    /// Who confirmed or rejected it.
    pub witnessed_by: Option<AccountId>,
    pub witnessed_at: Option<Timestamp>,
    /// Why it is void.
    pub reason: String,
}

pub(super) fn view(pool: &[Expert], row: Draw) -> Result<DrawView> {
    let basis: DrawBasis = parse(&row.content)?;
    let drawn: Vec<ExpertId> = basis.candidates.iter().map(|candidate| candidate.expert).collect();
    let known: Vec<&Expert> = pool.iter().filter(|expert| drawn.contains(&expert.id)).collect();
    let names = known.iter().map(|expert| (expert.id, expert.name.clone())).collect();
    let units = known.iter().map(|expert| (expert.id, expert.unit.clone())).collect();
    Ok(DrawView {
        number: row.number,
        state: row.state,
        basis,
        digest: row.digest,
        secret: row.public_seed.is_some().then_some(row.secret),
        public_seed: row.public_seed,
        result: row.result.as_deref().map(parse).transpose()?,
        names,
        units,
        frozen_at: row.frozen_at,
        witnessed_by: row.witnessed_by,
        witnessed_at: row.witnessed_at,
        reason: row.reason,
    })
}
