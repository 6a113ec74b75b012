//! Names for what follows scoring.

use super::super::parts::Tone;
use super::super::request::PageRequest;
use super::super::words::{Words, words};
use crate::actions::progress::TaskKind;
use crate::domain::announcement::TitleStanding;
use crate::domain::letter::LetterState;
use crate::domain::objection::{ObjectionChannel, ObjectionState, RecheckState};
use crate::domain::scoring::{Note, Status};
use crate::domain::selection::{Carried, DepartureKind, SelectionResult};

impl Words for TaskKind {
    fn words(self) -> (&'static str, &'static str) {
        self.names()
    }
}

words! { ObjectionChannel {
    Self::Letter => ("来信", "By letter"),
    Self::Telephone => ("来电", "By telephone"),
    Self::Visit => ("来访", "In person"),
} }

words! { LetterState {
    Self::Queued => ("待发送", "To be sent"),
    Self::Sending => ("发送中", "Being sent"),
    Self::Sent => ("已发送", "Sent"),
    Self::Failed => ("发送失败", "Failed"),
    Self::Unsure => ("是否送达不明", "Unsure whether it was sent"),
} }

/// How a letter looks by its state.
pub(super) fn letter_tone(state: LetterState) -> Tone {
    match state {
        LetterState::Queued | LetterState::Sending => Tone::Active,
        LetterState::Sent => Tone::Good,
        LetterState::Failed => Tone::Bad,
        LetterState::Unsure => Tone::Warning,
    }
}

words! { SelectionResult {
    Self::Proposed => ("拟入选", "Proposed"),
    Self::Reserve => ("储备", "Reserve"),
    Self::NotSelected => ("未入选", "Not selected"),
} }

words! { DepartureKind {
    Self::Judgement => ("审议调整", "Judged otherwise"),
    Self::Renounced => ("放弃", "Renounced"),
    Self::Withdrawn => ("退出", "Withdrawn"),
    Self::Disqualified => ("取消资格", "Disqualified"),
} }

words! { Carried {
    Self::Kept => ("维持", "Keep it"),
    Self::Lifted => ("取消，按本次排名", "Lift it: the ranking decides"),
} }

/// How an objection looks by its state.
pub(super) fn objection_tone(state: ObjectionState) -> Tone {
    match state {
        ObjectionState::Received | ObjectionState::Lead => Tone::Warning,
        ObjectionState::Accepted | ObjectionState::Investigating => Tone::Active,
        ObjectionState::Upheld => Tone::Bad,
        ObjectionState::Dismissed => Tone::Good,
        ObjectionState::Refused | ObjectionState::Noted => Tone::Neutral,
    }
}

/// How a re-check request looks by its state.
pub(super) fn recheck_tone(state: RecheckState) -> Tone {
    match state {
        RecheckState::Filed => Tone::Warning,
        RecheckState::Corrected | RecheckState::NoChange => Tone::Good,
        RecheckState::Refused => Tone::Neutral,
    }
}

/// How a title looks by how it stands.
pub(super) fn title_tone(standing: TitleStanding) -> Tone {
    match standing {
        TitleStanding::InForce => Tone::Good,
        TitleStanding::RecheckDue => Tone::Warning,
        TitleStanding::Expired => Tone::Neutral,
        TitleStanding::Revoked => Tone::Bad,
    }
}

words! { Status {
    Self::Ranked => ("已排名", "Ranked"),
    Self::Incomplete => ("评审不完整", "Incomplete"),
    Self::Vetoed => ("一票否决", "Vetoed"),
} }

words! { Note {
    Self::BelowPassMark => ("未达入选分数线", "Below the pass mark"),
    Self::RegionCap => ("所在设区市名额已满", "Its city holds all it may"),
    Self::NeedsRuling => ("并列，待裁定", "Equal to others: a ruling is needed"),
} }

/// Why an application is not ranked, from the names of the vetoes or of the indicators without value.
pub(in super::super) fn standing_reasons(
    request: &PageRequest,
    status: Status,
    reasons: &[String],
) -> String {
    let told = reasons.iter().map(|reason| match (reason.as_str(), status) {
        ("panel_too_small", _) => request.t("计入的评分表不足", "too few sheets are kept").to_owned(),
        (name, Status::Incomplete) if request.is_chinese() => format!("“{name}”没有核定值"),
        (name, Status::Incomplete) => format!("no verified value for “{name}”"),
        (name, _) => name.to_owned(),
    });
    told.collect::<Vec<_>>().join(request.t("；", "; "))
}
