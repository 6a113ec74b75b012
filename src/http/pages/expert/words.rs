//! Names of what experts and inspection teams work with.

use super::super::prelude::*;
use super::super::words::words;
use crate::domain::inspection::{InspectionState, Method, RectificationState, Stance};
use crate::domain::sheet::SheetState;

words! { SheetState {
    Self::Draft => ("填写中", "Begun"),
    Self::Paper => ("纸质表录入中", "Paper sheet being entered"),
    Self::Signed => ("已签署", "Signed"),
} }

words! { InspectionState {
    Self::Open => ("记录填写中", "Being recorded"),
    Self::Signing => ("签字中", "Being signed"),
    Self::Final => ("已签字生效", "Signed, final"),
} }

words! { Method {
    Self::Documents => ("查验文件", "Documents"),
    Self::OnSite => ("现场核查", "On site"),
} }

words! { Stance {
    Self::Agrees => ("无异议", "Agrees"),
    Self::Objects => ("有异议", "Objects"),
    Self::Refused => ("拒绝签字", "Refused to sign"),
} }

words! { RectificationState {
    Self::Open => ("待整改", "To be put right"),
    Self::Answered => ("待复查", "To be re-checked"),
    Self::Settled => ("已整改", "Put right"),
    Self::Failed => ("整改未到位", "Not put right"),
} }

/// Where one's own sheet stands.
pub(super) fn sheet_state(request: &PageRequest, state: Option<SheetState>) -> Markup {
    let Some(state) = state else { return tag(request.t("未开始", "Not begun"), Tone::Neutral) };
    let tone = match state {
        SheetState::Draft | SheetState::Paper => Tone::Active,
        SheetState::Signed => Tone::Good,
    };
    tag(state.in_language(request.language), tone)
}

/// Where an inspection stands.
pub(super) fn inspection_state(request: &PageRequest, state: Option<InspectionState>) -> Markup {
    let Some(state) = state else { return tag(request.t("未安排", "Not planned"), Tone::Neutral) };
    let tone = match state {
        InspectionState::Open => Tone::Active,
        InspectionState::Signing => Tone::Warning,
        InspectionState::Final => Tone::Good,
    };
    tag(state.in_language(request.language), tone)
}

/// Where something to be put right stands.
pub(super) fn rectification_state(request: &PageRequest, state: RectificationState) -> Markup {
    let tone = match state {
        RectificationState::Open => Tone::Warning,
        RectificationState::Answered => Tone::Active,
        RectificationState::Settled => Tone::Good,
        RectificationState::Failed => Tone::Bad,
    };
    tag(state.in_language(request.language), tone)
}
