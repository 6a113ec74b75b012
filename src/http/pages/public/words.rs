//! Names of what the public reads about.

use super::super::words::{Words, words};
use crate::domain::announcement::{TitleEventKind, TitleStanding};
use crate::domain::competition::{Disclosure, Grouping};
use crate::domain::objection::{ObjectionKind, ObjectionState, RefusalGround};

words! { Grouping {
    Self::Single => ("全部申报为一组", "One track of all"),
    Self::Cluster => ("每个集群一组", "A track for each cluster"),
    Self::Chain => ("每条产业链一组", "A track for each chain"),
    Self::Own => ("自定分组", "Tracks of one's own"),
} }

words! { Disclosure {
    Self::Winners => ("仅公布入选名单", "Names of the winners"),
    Self::RankedWinners => ("公布入选名单、名次和总分", "Winners with places and totals"),
    Self::Ranking => ("公布全部排名和总分", "Every ranked application with its total"),
} }

words! { ObjectionKind {
    Self::Facts => ("事实与数据", "Facts and figures"),
    Self::Eligibility => ("参赛资格", "Eligibility"),
    Self::Conduct => ("人员行为", "Conduct"),
} }

words! { ObjectionState {
    Self::Received => ("待受理", "Received"),
    Self::Accepted => ("已受理", "Accepted"),
    Self::Investigating => ("核查中", "Under investigation"),
    Self::Upheld => ("异议成立", "Upheld"),
    Self::Dismissed => ("异议不成立", "Dismissed"),
    Self::Refused => ("不予受理", "Rejected"),
    Self::Lead => ("匿名线索", "Anonymous lead"),
    Self::Noted => ("线索已处理", "Lead dealt with"),
} }

words! { RefusalGround {
    Self::NoEvidence => ("无证据，也无可查的线索", "Neither evidence nor a lead to any"),
    Self::FalseName => ("署名不实", "The name given is false"),
    Self::Unrelated => ("与本竞赛无关", "About something else"),
    Self::ReviewResult => (
        "对评审结果有不同意见（应由申报单位申请复核）",
        "Disagrees with the result: for a re-check request",
    ),
} }

words! { TitleStanding {
    Self::InForce => ("有效", "In force"),
    Self::RecheckDue => ("待复核", "Re-check due"),
    Self::Expired => ("已到期", "Expired"),
    Self::Revoked => ("已撤销", "Revoked"),
} }

words! { TitleEventKind {
    Self::Report => ("年度报告", "Yearly report"),
    Self::Renewed => ("复核续期", "Renewed after re-check"),
    Self::Restored => ("恢复", "Given again"),
    Self::Revoked => ("撤销", "Revoked"),
} }
