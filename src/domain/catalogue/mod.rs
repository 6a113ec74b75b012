//! The catalogue (产业链目录): clusters, key chains and regions. It is versioned data, never code: later plans count
//! other clusters and chains.

mod chain;
mod changes;
mod named;
mod region;
mod table;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::FieldProblem;
use super::strict;

pub use self::chain::*;
pub use self::changes::{CatalogueChanges, Change};
pub(in crate::domain) use self::changes::{Fields, changes};
pub use self::named::{NamedChain, NamedCity, NamedRegion};
pub use self::region::*;
pub use self::table::{CHAIN_COLUMNS, REGION_COLUMNS};

/// A version of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Catalogue {
    /// Where it comes from.
    pub source_note: String,
    /// Clusters with their chains.
    pub clusters: Vec<Cluster>,
    /// Cities, counties and zones.
    pub regions: Vec<Region>,
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// If it is not JSON of this shape, or [`Catalogue::check`] finds something.
    pub fn read_json(bytes: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        let catalogue: Self = strict::dataset(bytes, ("目录", "a catalogue"))?;
        let problems = catalogue.check();
        if problems.is_empty() { Ok(catalogue) } else { Err(problems) }
    }

    /// Every chain with its cluster, in order.
    pub fn chains(&self) -> impl Iterator<Item = (&Cluster, &Chain)> {
        self.clusters.iter().flat_map(|cluster| cluster.chains.iter().map(move |chain| (cluster, chain)))
    }

    pub fn chain(&self, no: ChainNumber) -> Option<(&Cluster, &Chain)> {
        self.chains().find(|(_, chain)| chain.no == no)
    }

    pub fn region(&self, code: &RegionCode) -> Option<&Region> {
        self.regions.iter().find(|region| region.code == *code)
    }

    /// The name of a region as people write it ([`Region::name_in`]); empty where there is none.
    pub fn region_name(&self, code: &RegionCode) -> String {
        self.region(code).map_or_else(String::new, |region| region.name_in(self.region(&region.parent)))
    }

    /// The same, or the code where the catalogue has none of it.
    pub fn region_name_or_code(&self, code: &RegionCode) -> String {
        if self.region(code).is_some() {
            return self.region_name(code);
        }
        let province = PROVINCES.iter().find(|(digits, _)| code.as_str().starts_with(digits));
        match province {
            Some((digits, name)) if code.as_str()[digits.len()..] == *"0000" => (*name).to_owned(),
            Some((_, name)) => format!("{name} {code}"),
            None => code.to_string(),
        }
    }

    /// The region that people mean by a code, a full name (徐州市鼓楼区), or a name that no other region has.
    ///
    /// # Errors
    /// The full names of those that it may mean; none where there is no such region.
    pub fn region_called(&self, text: &str) -> Result<RegionCode, Vec<String>> {
        if let Some(region) = text.parse().ok().and_then(|code| self.region(&code)) {
            return Ok(region.code.clone());
        }
        let city =
            |region: &Region| self.region(&region.parent).map_or("", |city| city.name.as_str()).to_owned();
        let in_full = |region: &&Region| {
            self.region_name(&region.code) == text || format!("{}{}", city(region), region.name) == text
        };
        if let Some(region) = self.regions.iter().find(in_full) {
            return Ok(region.code.clone());
        }
        let so_named: Vec<&Region> = self.regions.iter().filter(|region| region.name == text).collect();
        match so_named[..] {
            [region] => Ok(region.code.clone()),
            _ => Err(so_named.iter().map(|region| self.region_name(&region.code)).collect()),
        }
    }

    /// The name of a chain; empty where there is none.
    pub fn chain_name(&self, no: ChainNumber) -> &str {
        self.chain(no).map_or("", |(_, chain)| &chain.name)
    }

    /// The city that a region belongs to; a city is its own.
    pub fn city_of(&self, code: &RegionCode) -> Option<&RegionCode> {
        let region = self.region(code)?;
        Some(if region.kind == RegionKind::City { &region.code } else { &region.parent })
    }

    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        self.check_chains(&mut problems);
        self.check_regions(&mut problems);
        problems
    }

    fn check_chains(&self, problems: &mut Vec<FieldProblem>) {
        let (mut clusters, mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (index, cluster) in self.clusters.iter().enumerate() {
            check_name(problems, format!("/clusters/{index}/name"), &cluster.name);
            if cluster.no == 0 || !clusters.insert(cluster.no) {
                problems.push(duplicate(format!("/clusters/{index}/no")));
            }
            for (place, chain) in cluster.chains.iter().enumerate() {
                let pointer = format!("/clusters/{index}/chains/{place}");
                check_name(problems, format!("{pointer}/name"), &chain.name);
                if chain.no.0 == 0 || !numbers.insert(chain.no) {
                    problems.push(duplicate(format!("{pointer}/no")));
                }
                if !names.insert(&chain.name) {
                    problems.push(duplicate(format!("{pointer}/name")));
                }
                if chain.excellence_target && chain.advantage == Advantage::No {
                    problems.push(FieldProblem::new(
                        format!("{pointer}/advantage"),
                        "contradiction",
                        "卓越提升产业链都属于优势产业链",
                        "A chain to be raised to excellence is one of the advantage chains",
                    ));
                }
            }
        }
        if numbers.is_empty() {
            problems.push(FieldProblem::new("/clusters", "empty", "目录中没有产业链", "There is no chain"));
        }
    }

    fn check_regions(&self, problems: &mut Vec<FieldProblem>) {
        let mut codes = BTreeSet::new();
        for (index, region) in self.regions.iter().enumerate() {
            check_name(problems, format!("/regions/{index}/name"), &region.name);
            if !codes.insert(&region.code) {
                problems.push(duplicate(format!("/regions/{index}/code")));
            }
            let fits = match region.kind {
                RegionKind::City => {
                    region.parent.as_str()[2..] == *"0000"
                        && region.code.as_str()[..2] == region.parent.as_str()[..2]
                }
                RegionKind::County | RegionKind::Zone => {
                    self.region(&region.parent).is_some_and(|parent| parent.kind == RegionKind::City)
                }
            };
            if !fits {
                problems.push(FieldProblem::new(
                    format!("/regions/{index}/parent"),
                    "parent",
                    "县（市、区）和开发区须属于目录中的设区市，设区市须属于省",
                    "A county or zone belongs to a city of the catalogue, a city to its province",
                ));
            }
        }
        let provinces: BTreeSet<&str> = self
            .regions
            .iter()
            .filter(|region| region.kind == RegionKind::City)
            .map(|city| city.parent.as_str())
            .collect();
        if provinces.len() != 1 {
            problems.push(FieldProblem::new(
                "/regions",
                "one_province",
                "目录须属于同一个省",
                "All cities belong to one province",
            ));
        }
    }

    /// The catalogue with one more region.
    ///
    /// # Errors
    /// If there is one with that code, or of that name below the same city.
    pub fn with_region(&self, new: Region) -> Result<Self, Vec<FieldProblem>> {
        let letters = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let same_name =
            |region: &&Region| region.parent == new.parent && letters(&region.name) == letters(&new.name);
        let taken = self.region(&new.code).map(|region| ("/code", region));
        let taken = taken.or_else(|| self.regions.iter().find(same_name).map(|region| ("/name", region)));
        if let Some((pointer, region)) = taken {
            return Err(vec![FieldProblem::new(
                pointer,
                "duplicate",
                format!("目录中已有{}（{}）", self.region_name(&region.code), region.code),
                format!("The catalogue has {} ({}) already", region.name, region.code),
            )]);
        }
        let mut regions = self.regions.clone();
        regions.push(new);
        regions.sort_by(|one, other| one.code.cmp(&other.code));
        Ok(Self { regions, ..self.clone() })
    }
}

fn check_name(problems: &mut Vec<FieldProblem>, pointer: String, name: &str) {
    if name.trim().is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        problems.push(FieldProblem::new(
            pointer,
            "name",
            "名称须为1至60个字",
            "A name has 1 to 60 characters",
        ));
    }
}

fn duplicate(pointer: String) -> FieldProblem {
    FieldProblem::new(pointer, "duplicate", "重复或为零", "Stands twice, or is zero")
}

#[cfg(test)]
mod tests;
