//! What one catalogue changes of another.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Catalogue;
use super::chain::{Chain, Cluster};
use super::region::Region;

/// What changes between two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogueChanges {
    pub clusters: Vec<Change>,
    pub chains: Vec<Change>,
    pub regions: Vec<Change>,
}

/// One thing that changes: it comes, goes, or differs in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Its number or code.
    pub key: String,
    /// The field; absent where all of it comes or goes.
    pub field: Option<String>,
    /// What was; absent where it comes.
    pub before: Option<String>,
    /// What will be; absent where it goes.
    pub after: Option<String>,
}

/// The fields of each thing, by its key.
pub(in crate::domain) type Fields = BTreeMap<String, Vec<(&'static str, String)>>;

impl Catalogue {
    /// What a new version changes of this one.
    pub fn changes_to(&self, new: &Self) -> CatalogueChanges {
        let clusters = |catalogue: &Self| -> Fields {
            catalogue.clusters.iter().map(|c| (c.no.to_string(), vec![("name", c.name.clone())])).collect()
        };
        let chains = |catalogue: &Self| -> Fields {
            let fields = |(cluster, chain): (&Cluster, &Chain)| {
                let fields = vec![
                    ("name", chain.name.clone()),
                    ("cluster", cluster.no.to_string()),
                    ("excellence_target", chain.excellence_target.to_string()),
                    ("advantage", chain.advantage.to_string()),
                    ("source_note", chain.source_note.clone().unwrap_or_default()),
                ];
                (chain.no.to_string(), fields)
            };
            catalogue.chains().map(fields).collect()
        };
        let regions = |catalogue: &Self| -> Fields {
            let fields = |region: &Region| {
                let fields = vec![
                    ("name", region.name.clone()),
                    ("kind", region.kind.to_string()),
                    ("parent", region.parent.to_string()),
                ];
                (region.code.to_string(), fields)
            };
            catalogue.regions.iter().map(fields).collect()
        };
        CatalogueChanges {
            clusters: changes(&clusters(self), &clusters(new)),
            chains: changes(&chains(self), &chains(new)),
            regions: changes(&regions(self), &regions(new)),
        }
    }
}

/// What changes between things by their keys, each with its fields, the first of which names it.
pub(in crate::domain) fn changes(before: &Fields, after: &Fields) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let name = |fields: &[(&str, String)]| fields.first().map(|(_, name)| name.clone());
    let mut found = Vec::new();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) => {
                for ((field, old), (_, new)) in old.iter().zip(new) {
                    if old != new {
                        found.push(Change {
                            key: key.clone(),
                            field: Some((*field).to_owned()),
                            before: Some(old.clone()),
                            after: Some(new.clone()),
                        });
                    }
                }
            }
            (old, new) => found.push(Change {
                key: key.clone(),
                field: None,
                before: old.and_then(|fields| name(fields)),
                after: new.and_then(|fields| name(fields)),
            }),
        }
    }
    found
}
