//! The parts that an application is written in.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::competition::is_key;
use crate::domain::ids::EvidenceId;
use crate::domain::keyword::keyword_enum;
use crate::domain::lengths;
use crate::domain::typed;

/// A part of an application. Each part has its own revision, so that two people edit two parts without conflict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Basic facts and contacts (基本信息).
    Profile,
    /// Leading firms (领军企业).
    Firms,
    /// Figures of the measured indicators (指标数据).
    Figures,
    /// The signed undertaking (承诺书).
    Undertaking,
    /// A section of the form, by its key in the settings.
    Section(String),
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => formatter.write_str("profile"),
            Self::Firms => formatter.write_str("firms"),
            Self::Figures => formatter.write_str("figures"),
            Self::Undertaking => formatter.write_str("undertaking"),
            Self::Section(key) => write!(formatter, "section.{key}"),
        }
    }
}

/// A text that names no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchPart;

impl FromStr for Part {
    type Err = NoSuchPart;

    fn from_str(text: &str) -> Result<Self, NoSuchPart> {
        match text {
            "profile" => Ok(Self::Profile),
            "firms" => Ok(Self::Firms),
            "figures" => Ok(Self::Figures),
            "undertaking" => Ok(Self::Undertaking),
            _ => match text.strip_prefix("section.") {
                Some(key) if is_key(key) => Ok(Self::Section(key.to_owned())),
                _ => Err(NoSuchPart),
            },
        }
    }
}

/// Basic facts and contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Profile {
    /// The application's title.
    #[schemars(length(max = lengths::TITLE))]
    pub title: String,
    /// The leading industry (主导产业).
    #[schemars(length(max = lengths::LINE))]
    pub leading_industry: String,
    /// Area of the zones taken together, in km².
    #[schemars(with = "Option<String>")]
    #[serde(deserialize_with = "typed::read_area")]
    pub area_km2: Option<Decimal>,
    /// The cluster promotion body (集群发展促进机构).
    #[schemars(length(max = lengths::TITLE))]
    pub promotion_body: String,
    /// Who to ask.
    #[schemars(length(max = lengths::NAME))]
    pub contact_name: String,
    #[schemars(length(max = lengths::NAME))]
    pub contact_post: String,
    #[schemars(length(max = lengths::TAG))]
    pub contact_phone: String,
}

keyword_enum! {
    /// What a firm is to its chain.
    pub enum FirmRole {
        /// Leads the chain (链主企业).
        ChainLeader = "chain_leader",
        /// A key firm of the chain (骨干企业).
        KeyFirm = "key_firm",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Firm {
    /// Its registered name.
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub name: String,
    /// Its unified social credit code (统一社会信用代码, GB 32100).
    pub credit_code: String,
    /// What it is to the chain.
    pub role: FirmRole,
    /// Its main products.
    #[serde(default)]
    #[schemars(length(max = lengths::REMARK))]
    pub products: String,
}

/// The value that an application claims for one measured indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Figure {
    /// The indicator's key in the rubric.
    pub indicator: String,
    /// The value, as SCORING.md has it: a decimal as text, a tier's name, or counts by unit.
    pub value: Value,
    /// The unit, which must be the rubric's (亿元, %, …).
    #[schemars(length(max = lengths::MEASURE))]
    pub unit: String,
    /// The calibre (口径): what exactly was counted.
    #[schemars(length(max = lengths::TITLE))]
    pub calibre: String,
    /// The year that it is of.
    pub year: u16,
    /// The body that it comes from.
    #[schemars(length(max = lengths::TITLE))]
    pub source_body: String,
    /// The value of the year before, in the same unit and calibre, as decimal text.
    #[serde(default)]
    pub last_year: Option<String>,
    /// Evidence of this application that shows it.
    #[serde(default)]
    pub evidence: Vec<EvidenceId>,
    /// Why it is right though it looks wrong; needed where `implausible` tells something of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = lengths::REMARK))]
    pub explanation: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Undertaking {
    /// Whether the undertaking of the competition is signed.
    pub accepted: bool,
    /// Who signs for the applicant.
    #[schemars(length(max = lengths::NAME))]
    pub signatory: String,
    #[schemars(length(max = lengths::NAME))]
    pub post: String,
}

/// The firms of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Firms {
    /// In the applicant's order; at most 50.
    #[schemars(length(max = super::check::MOST_FIRMS))]
    pub firms: Vec<Firm>,
}

/// The figures of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Figures {
    /// At most one an indicator.
    pub figures: Vec<Figure>,
}

/// The text of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Section {
    /// Plain text.
    pub text: String,
}

/// What stands in a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PartContent {
    /// Of `profile`.
    Profile(Profile),
    /// Of `firms`.
    Firms(Firms),
    /// Of `figures`.
    Figures(Figures),
    /// Of `undertaking`.
    Undertaking(Undertaking),
    /// Of `section.…`.
    Section(Section),
}

impl PartContent {
    /// The content as it is meant: figures are understood in their units.
    #[must_use]
    pub fn as_meant(mut self) -> Self {
        match &mut self {
            Self::Profile(profile) => profile.contact_phone = typed::phone(&profile.contact_phone),
            Self::Firms(content) => {
                for firm in &mut content.firms {
                    firm.credit_code = typed::code(&firm.credit_code);
                }
            }
            Self::Figures(content) => {
                for figure in &mut content.figures {
                    typed::value(&mut figure.value, &figure.unit);
                    let mut named = BTreeSet::new();
                    figure.evidence.retain(|id| named.insert(*id));
                    figure.last_year =
                        figure.last_year.take().map(|text| typed::number(&text, &[&figure.unit]));
                }
            }
            Self::Undertaking(_) | Self::Section(_) => {}
        }
        self
    }
}
