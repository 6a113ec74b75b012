//! Names for what applications are made of and what becomes of them.

use super::super::words::{Words, words};
use crate::domain::application::{ConsentState, DecisionKind, FirmRole, MemberRole};
use crate::domain::objection::{RecheckKind, RecheckState};

words! { MemberRole {
    Self::Core => ("核心区", "Core zone"),
    Self::Coordinated => ("协同区", "Coordinated zone"),
} }

words! { ConsentState {
    Self::Asked => ("待确认", "Asked"),
    Self::Given => ("已同意", "Agreed"),
    Self::Declined => ("不同意", "Declined"),
} }

words! { FirmRole {
    Self::ChainLeader => ("链主企业", "Chain leader"),
    Self::KeyFirm => ("骨干企业", "Key firm"),
} }

words! { DecisionKind {
    Self::Submitted => ("提交", "Submitted"),
    Self::Returned => ("设区市退回", "Sent back by the city"),
    Self::Recommended => ("设区市已推荐", "Recommended by the city"),
    Self::NotRecommended => ("设区市未推荐", "Not recommended by the city"),
    Self::Correction => ("要求补正", "To be corrected"),
    Self::Accepted => ("受理", "Accepted"),
    Self::Rejected => ("不予受理", "Rejected"),
    Self::RejectionTakenBack => {
        ("撤回不予受理，重新审查", "Rejection taken back, to be checked again")
    }
    Self::Withdrawn => ("撤回", "Withdrawn"),
} }

words! { RecheckKind {
    Self::Arithmetic => ("计算", "Arithmetic"),
    Self::Procedure => ("程序", "Procedure"),
} }

words! { RecheckState {
    Self::Filed => ("待答复", "To be answered"),
    Self::Corrected => ("已更正", "Corrected"),
    Self::NoChange => ("维持原结果", "No change"),
    Self::Refused => ("不予复核", "Refused"),
} }
