//! Sheets as they are sent and shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::NamedRegion;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::lengths;
use crate::domain::record::Digest;
use crate::domain::sheet::{SheetContent, SheetState, SignedSheet};
use crate::domain::time::Timestamp;

/// A correction of a signed sheet.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CorrectSheet {
    /// The key of one of the competition's reasons.
    pub reason: String,
    /// Why, in words.
    #[schemars(length(min = 1, max = lengths::REASON))]
    pub explanation: String,
    /// The sheet as it shall be, complete.
    pub content: SheetContent,
}

/// A sheet that was signed on paper.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EnterPaper {
    /// What stands on it, complete.
    pub content: SheetContent,
}

/// One's own sheet.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SheetView {
    pub application_id: ApplicationId,
    pub state: SheetState,
    /// Sent as `If-Match` with a change; 0 while nothing is entered.
    pub revision: i64,
    /// What stands on it.
    pub content: SheetContent,
    /// Signed versions, oldest first.
    pub versions: Vec<SheetVersionView>,
    /// When it last changed; none while nothing is entered.
    pub changed_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SheetVersionView {
    /// Which one, from 1.
    pub number: i32,
    /// The digest of the signed document.
    pub digest: Digest,
    /// When it was signed.
    pub signed_at: Timestamp,
    pub sheet: SignedSheet,
}

/// The receipt of a signature.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SheetReceiptView {
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    /// Which signed version.
    pub number: i32,
    /// The digest of the signed document: keep it to prove what was signed.
    pub digest: Digest,
    pub signed_at: Timestamp,
    /// The sheet's revision now.
    pub revision: i64,
    pub competition_id: CompetitionId,
    /// Its title.
    pub competition_title: String,
    pub application_number: Option<String>,
    pub application_title: String,
    pub lead_region: NamedRegion,
    /// The expert's name.
    pub expert_name: String,
    /// How many of the expert's sheets in this competition are not signed yet.
    pub unsigned: usize,
    /// Until when sheets are due.
    pub due_at: Timestamp,
}

/// A paper sheet after its first entry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PaperView {
    pub application_id: ApplicationId,
    pub expert_id: ExpertId,
    /// `paper` after the first entry, `signed` once a second person has entered the same.
    pub state: SheetState,
    /// Who entered it first.
    pub entered_by: AccountId,
}

/// An expert whose sheet on an application may be entered from paper. Nothing that stands on a sheet is here.
#[derive(Clone, Debug)]
pub struct PaperSeat {
    pub expert_id: ExpertId,
    pub name: String,
    /// Whether the expert has signed the declaration of conflicts, or has no account to sign it by.
    pub declared: bool,
    /// Where the sheet stands; none while nothing is entered.
    pub state: Option<SheetState>,
    /// Whether the caller made the first entry, and so can't make the second.
    pub entered_by_caller: bool,
}

/// The sheets of an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExpertSheetView {
    pub expert_id: ExpertId,
    pub name: String,
    /// Whether the expert still serves; what a recused one signed counts no more.
    pub is_serving: bool,
    /// Where the sheet stands.
    pub state: SheetState,
    /// Signed versions, oldest first.
    pub versions: Vec<SheetVersionView>,
}
