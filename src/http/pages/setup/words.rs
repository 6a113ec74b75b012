//! Names of what the office sets up.

use super::super::words::{Words, words};
use crate::domain::checks::{FormalResult, InquiryOutcome, VetoState};
use crate::domain::draw::{DrawState, SeatState};
use crate::domain::expert::{ConflictKind, Unchecked};
use crate::domain::review::PanelBy;
use crate::domain::values::Language;

words! { PanelBy {
    Self::Track => ("每组一个评审组", "One panel for each track"),
    Self::Application => ("每件申报一个评审组", "One panel for each application"),
} }

words! { DrawState {
    Self::Frozen => ("已冻结，待公开种子", "Frozen, seed awaited"),
    Self::Drawn => ("已抽取，待监督确认", "Drawn, witness awaited"),
    Self::Confirmed => ("已确认", "Confirmed"),
    Self::Void => ("作废", "Void"),
} }

words! { SeatState {
    Self::Serving => ("评审中", "Serving"),
    Self::Waiting => ("候补", "Alternate"),
    Self::Recused => ("已回避", "Recused"),
} }

impl Words for ConflictKind {
    fn words(self) -> (&'static str, &'static str) {
        self.words()
    }
}

words! { FormalResult {
    Self::Accepted => ("受理", "Accepted"),
    Self::Correction => ("补正", "To be corrected"),
    Self::Rejected => ("不予受理", "Rejected"),
    Self::TakenBack => ("不予受理已撤回", "Rejection taken back"),
} }

words! { VetoState {
    Self::NotChecked => ("未核查", "Not checked"),
    Self::Asked => ("已发函，待复", "Asked, reply awaited"),
    Self::Clear => ("无", "Clear"),
    Self::Hit => ("有", "Hit"),
    Self::Contested => ("有异议，复核中", "Contested"),
} }

words! { InquiryOutcome {
    Self::Hit => ("有", "Hit"),
    Self::Unanswered => ("未答复", "Not answered"),
} }

words! { Unchecked {
    Self::Region => ("专家所在地区未填", "the expert's region is not known"),
    Self::Employers => ("专家任职经历未核实", "the expert's employers are not known"),
    Self::ChiefExperts => ("本届首席专家名单未备齐", "the competition's chief experts are not known"),
    Self::Alike => (
        "姓名或单位与申报中的相近，须核实是否相同",
        "a name is nearly that of a party: find out whether it is the same",
    ),
} }

/// The keywords of an enum as choices of a field.
pub(super) fn choices<T: Words + Copy + ToString>(
    all: &[T],
    language: Language,
) -> impl Iterator<Item = (String, String)> {
    all.iter().map(move |one| (one.to_string(), one.in_language(language).to_owned()))
}
