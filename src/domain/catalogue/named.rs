//! How answers name a chain, a city and a region: by what programs compare, with what people read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Catalogue;
use super::chain::ChainNumber;
use super::region::{RegionCode, RegionKind};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedChain {
    pub number: ChainNumber,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedCity {
    pub code: RegionCode,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedRegion {
    pub code: RegionCode,
    /// As people write it, its city's before it (徐州市鼓楼区); the code where the catalogue has none of it.
    pub name: String,
    /// The city that it belongs to; none of a city.
    pub city: Option<NamedCity>,
}

impl Catalogue {
    pub fn named_chain(&self, number: ChainNumber) -> NamedChain {
        NamedChain { number, name: self.chain_name(number).to_owned() }
    }

    pub fn named_city(&self, code: &RegionCode) -> NamedCity {
        NamedCity { code: code.clone(), name: self.region_name_or_code(code) }
    }

    pub fn named_region(&self, code: &RegionCode) -> NamedRegion {
        let region = self.region(code).filter(|region| region.kind != RegionKind::City);
        NamedRegion {
            code: code.clone(),
            name: self.region_name_or_code(code),
            city: region.map(|region| self.named_city(&region.parent)),
        }
    }
}
