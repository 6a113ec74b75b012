//! Chains and clusters.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::keyword::keyword_enum;

/// The number of a chain in its catalogue, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ChainNumber(pub u16);

impl fmt::Display for ChainNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for ChainNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

keyword_enum! {
    /// Whether a chain is one of the 30 advantage chains (优势产业链). The text that names them lost its bold type, so
    /// for most chains nobody knows; it is never guessed.
    pub enum Advantage {
        /// It is.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// Not known.
        Unknown = "unknown",
    }
}

/// A key industrial chain (重点产业链).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Chain {
    /// Its number in the catalogue.
    pub no: ChainNumber,
    pub name: String,
    /// Whether it is one of those to be raised to excellence (卓越提升).
    pub excellence_target: bool,
    pub advantage: Advantage,
    /// Where this is known from, if it is not the catalogue's own source.
    #[serde(default)]
    pub source_note: Option<String>,
}

/// An advanced manufacturing cluster (先进制造业集群).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Cluster {
    /// Its number in the catalogue.
    pub no: u16,
    pub name: String,
    pub chains: Vec<Chain>,
}
