//! Experts (专家) of the pool, and when one may not judge an application (回避).

mod conflict;
mod table;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, RegionCode};
use super::likeness::{Likeness, Name};
use super::problem::FieldProblem;
use super::text::check_text;
use super::typed;
use crate::domain::lengths;

pub use self::conflict::*;
pub use self::table::*;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Employment {
    /// The employer's name.
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub unit: String,
    /// Its last day; absent while it goes on.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// What is known of an expert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ExpertProfile {
    #[schemars(length(min = 1, max = lengths::NAME))]
    pub name: String,
    /// Unit (单位).
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub unit: String,
    /// Professional title (职称).
    #[schemars(length(max = lengths::NAME))]
    pub title: String,
    /// The region of the unit; absent if not known, and then no conflict check is called clear.
    #[serde(default)]
    pub region: Option<RegionCode>,
    /// Fields: numbers of clusters, at most three.
    #[schemars(length(min = 1, max = MOST_FIELDS))]
    pub fields: Vec<u16>,
    /// The most applications that the expert takes on in one competition, 1 to 1000.
    #[schemars(range(min = 1, max = 1_000))]
    pub most_load: u32,
    /// Whether the expert can be drawn now.
    pub available: bool,
    /// Former employers; `null` if nobody has asked yet, and then no conflict check is called clear.
    #[serde(default)]
    pub employers: Option<Vec<Employment>>,
    /// Units that the expert was of before in this pool, kept as the unit changes: conflicts are looked for with them as
    /// with former employers. Absent in a change: they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_units: Option<Vec<Employment>>,
    #[serde(default, deserialize_with = "typed::read_phone")]
    #[schemars(length(max = lengths::TELEPHONE))]
    pub phone: String,
}

/// The most fields of an expert, as expert pools have it.
const MOST_FIELDS: usize = 3;

impl ExpertProfile {
    /// What is wrong with a profile.
    pub fn check(&self, catalogue: &Catalogue) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        check_text(&mut problems, "/name", &self.name, 1, lengths::NAME);
        check_text(&mut problems, "/unit", &self.unit, 1, lengths::TITLE);
        check_text(&mut problems, "/title", &self.title, 0, lengths::NAME);
        check_text(&mut problems, "/phone", &self.phone, 0, lengths::TELEPHONE);
        if self.fields.is_empty() || self.fields.len() > MOST_FIELDS {
            problems.push(FieldProblem::new(
                "/fields",
                "out_of_range",
                "应填1至3个领域",
                "One to three fields are needed",
            ));
        }
        for (index, field) in self.fields.iter().enumerate() {
            let known = catalogue.clusters.iter().any(|cluster| cluster.no == *field);
            if !known || self.fields[..index].contains(field) {
                problems.push(FieldProblem::new(
                    format!("/fields/{index}"),
                    "unknown_cluster",
                    "目录中没有该集群，或重复",
                    "Not a cluster of the catalogue, or named twice",
                ));
            }
        }
        if !(1..=1_000).contains(&self.most_load) {
            problems.push(FieldProblem::new(
                "/most_load",
                "out_of_range",
                "应为1至1000",
                "Must be 1 to 1000",
            ));
        }
        for (list, employments) in [("employers", &self.employers), ("former_units", &self.former_units)] {
            for (index, employment) in employments.iter().flatten().enumerate() {
                let pointer = format!("/{list}/{index}/unit");
                check_text(&mut problems, &pointer, &employment.unit, 1, lengths::TITLE);
            }
        }
        problems
    }

    /// Employers that are known, former units among them.
    pub fn known_employers(&self) -> impl Iterator<Item = &Employment> {
        self.employers.iter().chain(&self.former_units).flatten()
    }

    /// The profile with the units that the expert was of before: those known already, and the one of `before` if the
    /// unit is another now, which ends `today`. Another spelling of the same unit is no change.
    #[must_use]
    pub fn with_former_units(mut self, before: &Self, today: NaiveDate) -> Self {
        let former = self.former_units.take().or_else(|| before.former_units.clone());
        let mut former = former.unwrap_or_default();
        let left = Name::new(before.unit.clone());
        let is_left = |unit: &str| left.of_unit(&Name::new(unit)) == Likeness::Same;
        let named = is_left(&self.unit)
            || self.employers.iter().flatten().chain(&former).any(|employment| is_left(&employment.unit));
        if !named {
            former.push(Employment { unit: before.unit.clone(), until: Some(today) });
        }
        Self { former_units: (!former.is_empty()).then_some(former), ..self }
    }
}

#[cfg(test)]
mod tests;
