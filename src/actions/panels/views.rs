//! Panels as they are shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::application::{FirmRole, MemberRole};
use crate::domain::catalogue::{NamedChain, NamedRegion};
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::domain::expert::{Conflict, Unchecked};
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::sheet::SheetState;
use crate::domain::time::Timestamp;

/// What one expert is to judge.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnPanelView {
    pub competition_id: CompetitionId,
    pub state: CompetitionState,
    /// What is to be signed before any document can be opened.
    pub declaration: String,
    /// Whether it is signed for every panel that the expert serves on.
    pub declared: bool,
    /// Until when sheets are due.
    pub due_at: Timestamp,
    pub applications: Vec<OwnApplicationView>,
}

/// An application that an expert is to judge.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnApplicationView {
    pub id: ApplicationId,
    pub number: Option<String>,
    /// The panel that judges it.
    pub panel: String,
    pub lead_region: NamedRegion,
    pub chain: NamedChain,
    pub title: String,
    /// The regions that take part, the lead first.
    pub members: Vec<PartyRegionView>,
    pub promotion_body: String,
    /// The firms that it names, chain leaders first.
    pub firms: Vec<PartyFirmView>,
    /// The chief experts of its chain; none where the competition has not said who is.
    pub chief_experts: Option<Vec<String>>,
    /// Where the expert's own sheet stands; none while nothing is entered.
    pub sheet_state: Option<SheetState>,
}

/// A region that takes part in an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartyRegionView {
    pub region: NamedRegion,
    /// What it brings.
    pub role: MemberRole,
}

/// A firm that an application names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartyFirmView {
    pub name: String,
    pub credit_code: String,
    /// What it is to its chain.
    pub role: FirmRole,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PanelView {
    pub key: String,
    /// The applications that it judges.
    pub application_ids: Vec<ApplicationId>,
    /// Its seats, in the order of the draw.
    pub seats: Vec<SeatView>,
}

/// A seat of a panel.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SeatView {
    pub expert_id: ExpertId,
    /// The expert's name.
    pub name: String,
    /// The expert's unit.
    pub unit: String,
    /// The position in the order of the draw, from 1.
    pub position: i32,
    /// Serving, waiting or recused.
    pub state: SeatState,
    /// Why recused.
    pub reason: String,
    /// When the declaration of conflicts was signed.
    pub declared_at: Option<Timestamp>,
}

/// What the check for conflicts found of one expert.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConflictsView {
    pub expert_id: ExpertId,
    /// The expert's name.
    pub name: String,
    /// The expert's unit.
    pub unit: String,
    /// How many accepted applications are clear.
    pub clear: usize,
    /// Applications where not everything could be looked at, with what could not.
    pub unchecked: BTreeMap<ApplicationId, Vec<Unchecked>>,
    /// Of these, what would be conflicts if names that are nearly the same are the same.
    pub alike: BTreeMap<ApplicationId, Vec<Conflict>>,
    pub conflicts: BTreeMap<ApplicationId, Vec<Conflict>>,
}
