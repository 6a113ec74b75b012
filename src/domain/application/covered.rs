//! What an expert sees of an application whose names are covered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::part::{Figure, Firm, FirmRole, Profile};
use super::state::MemberRole;
use super::whole::{Member, Whole};
use crate::domain::catalogue::{ChainNumber, RegionCode};

/// What a partner's consent covers: who takes part in what, under which title, with which firms and figures. Texts,
/// evidence and contacts are the lead's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Covered {
    pub chain: ChainNumber,
    /// The regions with what they bring, in order of their codes.
    pub members: Vec<CoveredMember>,
    /// Of the basic facts, what the application is called and who promotes it.
    pub profile: CoveredProfile,
    /// The firms that it names.
    pub firms: Vec<CoveredFirm>,
    /// The figures that it claims.
    pub figures: Vec<CoveredFigure>,
}

/// Of a member, what its partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredMember {
    pub region: RegionCode,
    /// What it brings.
    pub role: MemberRole,
}

/// Of the basic facts, what partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredProfile {
    /// The application's title.
    pub title: String,
    pub leading_industry: String,
    /// The cluster promotion body.
    pub promotion_body: String,
}

/// Of a firm, what partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredFirm {
    pub name: String,
    pub credit_code: String,
    /// What it is to the chain.
    pub role: FirmRole,
}

/// Of a figure, what partners agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CoveredFigure {
    pub indicator: String,
    /// The claim.
    pub value: Value,
    pub unit: String,
    pub calibre: String,
    /// The year that it is of.
    pub year: u16,
}

impl Covered {
    /// What a consent to an application covers.
    pub fn of(whole: Whole) -> Self {
        let Profile { title, leading_industry, promotion_body, .. } = whole.profile;
        let firm =
            |firm: Firm| CoveredFirm { name: firm.name, credit_code: firm.credit_code, role: firm.role };
        let figure = |figure: Figure| CoveredFigure {
            indicator: figure.indicator,
            value: figure.value,
            unit: figure.unit,
            calibre: figure.calibre,
            year: figure.year,
        };
        let member = |member: Member| CoveredMember { region: member.region, role: member.role };
        Self {
            chain: whole.chain,
            members: whole.members.into_iter().map(member).collect(),
            profile: CoveredProfile { title, leading_industry, promotion_body },
            firms: whole.firms.into_iter().map(firm).collect(),
            figures: whole.figures.into_iter().map(figure).collect(),
        }
    }
}
