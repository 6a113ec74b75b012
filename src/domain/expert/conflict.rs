//! Conflicts of interest (回避): computed from what is known of an expert and of an application.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Employment, ExpertProfile};
use crate::domain::catalogue::{Catalogue, ChainNumber, RegionCode};
use crate::domain::keyword::keyword_enum;
use crate::domain::likeness::{Likeness, Name};
use crate::domain::review::{ChiefExpert, ReviewSettings};

/// Who has a part in an application: what conflicts are looked for against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    pub(super) chain: ChainNumber,
    /// The lead and member regions, each with its city.
    pub(super) regions: Vec<(RegionCode, RegionCode)>,
    /// Names of these regions and of the promotion body.
    bodies: Vec<Name>,
    /// Names of the leading firms.
    pub(super) firms: Vec<Name>,
}

impl Parties {
    /// The parties: a chain, the lead and member regions, the promotion body, the leading firms.
    pub fn new(
        chain: ChainNumber,
        regions: Vec<RegionCode>,
        promotion_body: String,
        firms: Vec<String>,
        catalogue: &Catalogue,
    ) -> Self {
        let named =
            regions.iter().filter_map(|code| catalogue.region(code)).map(|region| region.name.clone());
        Self {
            chain,
            bodies: named.chain([promotion_body]).map(Name::new).collect(),
            firms: firms.into_iter().map(Name::new).collect(),
            regions: regions
                .into_iter()
                .map(|code| {
                    let city = city_of(&code, catalogue);
                    (code, city)
                })
                .collect(),
        }
    }
}

/// The city of a region; the region itself, where the catalogue knows none.
fn city_of(region: &RegionCode, catalogue: &Catalogue) -> RegionCode {
    catalogue.city_of(region).unwrap_or(region).clone()
}

keyword_enum! {
    /// Why an expert may not judge an application.
    pub enum ConflictKind {
        /// The expert's unit is in a city that takes part.
        SameRegion = "same_region",
        /// The expert's unit is the applicant or its promotion body.
        SameUnit = "same_unit",
        /// An employer of the last years has a part in the application.
        FormerEmployer = "former_employer",
        /// The expert's unit is one of the application's firms.
        NamedFirm = "named_firm",
        /// The expert is the chain's chief expert.
        ChiefExpert = "chief_expert",
        /// Declared by the expert.
        Declared = "declared",
    }
}

impl ConflictKind {
    /// Its name, in Chinese and in English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SameRegion => ("同一设区市", "Same city"),
            Self::SameUnit => ("所在单位为申报单位或推进机构", "Unit is the applicant or its promotion body"),
            Self::FormerEmployer => ("近年任职单位与申报有关", "A recent employer has a part in it"),
            Self::NamedFirm => ("所在单位为申报企业", "Unit is one of its firms"),
            Self::ChiefExpert => ("该产业链首席专家", "Chief expert of the chain"),
            Self::Declared => ("本人声明", "Declared"),
        }
    }
}

/// A reason why an expert may not judge an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Conflict {
    pub kind: ConflictKind,
    /// What it was found by, for people.
    pub basis: String,
}

keyword_enum! {
    /// What the check for conflicts could not look at.
    #[schemars(rename = "UncheckedConflict")]
    pub enum Unchecked {
        /// Where the expert's unit is.
        Region = "region",
        /// Where the expert has worked.
        Employers = "employers",
        /// Who the chains' chief experts are.
        ChiefExperts = "chief_experts",
        /// Whether a name that is nearly that of a party is of the same.
        Alike = "alike",
    }
}

keyword_enum! {
    /// What the automatic check for conflicts came to.
    pub enum Clearance {
        /// Everything was looked at and nothing found.
        Clear = "clear",
        /// Nothing was found, but not everything could be looked at.
        Unchecked = "unchecked",
        /// A conflict was found.
        Conflict = "conflict",
    }
}

/// What the check of one expert against one application found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Finding {
    /// What it came to.
    pub clearance: Clearance,
    pub conflicts: Vec<Conflict>,
    /// What could not be looked at.
    pub unchecked: Vec<Unchecked>,
    /// What would be conflicts if names that are nearly the same are the same.
    pub alike: Vec<Conflict>,
}

/// Among the units that have a part in an application, the one that a unit is, or else one that it may be.
fn among<'a>(unit: &Name, parties: &'a [Name]) -> Option<(Likeness, &'a str)> {
    let likeness = parties.iter().map(|party| (party.of_unit(unit), party.given()));
    likeness.filter(|(likeness, _)| *likeness > Likeness::Other).max_by_key(|(likeness, _)| *likeness)
}

/// Whether an employment that ended at `until` still counts on `today`, within `years` years.
fn within_years(until: Option<NaiveDate>, today: NaiveDate, years: u32) -> bool {
    let Some(until) = until else { return true };
    let year = today.year() - i32::try_from(years).unwrap_or(i32::MAX / 2);
    // Three years before 29 February is 28 February.
    let since = today.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28));
    since.is_none_or(|since| until >= since)
}

/// What conflicts of an expert are looked for by, as things stand on a day: names once for many applications.
pub struct ConflictCheck<'a> {
    pub(super) expert: &'a ExpertProfile,
    pub(super) unit: Name,
    pub(super) city: Option<RegionCode>,
    /// Units known to have employed the expert within the years that count.
    pub(super) employers: Vec<Name>,
    /// The chains whose chief expert this is, or may be; none where the competition has not said who is.
    chief_of: Option<Vec<(ChainNumber, Likeness)>>,
}

impl<'a> ConflictCheck<'a> {
    /// The check of an expert, as things stand on `today`.
    pub fn new(
        expert: &'a ExpertProfile,
        rules: &ReviewSettings,
        catalogue: &Catalogue,
        today: NaiveDate,
    ) -> Self {
        let counts = |employment: &&Employment| within_years(employment.until, today, rules.employer_years);
        let name = Name::new(expert.name.clone());
        Self {
            expert,
            unit: Name::new(expert.unit.clone()),
            city: expert.region.as_ref().map(|region| city_of(region, catalogue)),
            employers: {
                let counting = expert.known_employers().filter(counts);
                counting.map(|employment| Name::new(employment.unit.clone())).collect()
            },
            chief_of: rules.chief_experts.as_ref().map(|chiefs| {
                let likeness = |chief: &ChiefExpert| name.of_person(&Name::new(chief.name.clone()));
                let all = chiefs.iter().map(|chief| (chief.chain, likeness(chief)));
                all.filter(|(_, likeness)| *likeness > Likeness::Other).collect()
            }),
        }
    }

    /// Looks for conflicts with an application.
    pub fn against(&self, parties: &Parties) -> Finding {
        let (mut conflicts, mut alike, mut unchecked) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = |kind, (likeness, basis): (Likeness, &str)| {
            let list = if likeness == Likeness::Same { &mut conflicts } else { &mut alike };
            list.push(Conflict { kind, basis: basis.to_owned() });
        };
        match &self.city {
            None => unchecked.push(Unchecked::Region),
            Some(city) => {
                if let Some((same, _)) = parties.regions.iter().find(|(_, other)| other == city) {
                    found(ConflictKind::SameRegion, (Likeness::Same, same.as_str()));
                }
            }
        }
        if let Some(party) = among(&self.unit, &parties.bodies) {
            found(ConflictKind::SameUnit, party);
        }
        if let Some(party) = among(&self.unit, &parties.firms) {
            found(ConflictKind::NamedFirm, party);
        }
        if self.expert.employers.is_none() {
            unchecked.push(Unchecked::Employers);
        }
        for unit in &self.employers {
            let parties = [among(unit, &parties.firms), among(unit, &parties.bodies)];
            if let Some(party) = parties.into_iter().flatten().max_by_key(|(likeness, _)| *likeness) {
                found(ConflictKind::FormerEmployer, party);
            }
        }
        match &self.chief_of {
            None => unchecked.push(Unchecked::ChiefExperts),
            Some(chains) => {
                let of_chain = chains.iter().filter(|(chain, _)| *chain == parties.chain);
                if let Some(likeness) = of_chain.map(|(_, likeness)| *likeness).max() {
                    found(ConflictKind::ChiefExpert, (likeness, &self.expert.name));
                }
            }
        }
        if !alike.is_empty() {
            unchecked.push(Unchecked::Alike);
        }
        let clearance = match (conflicts.is_empty(), unchecked.is_empty()) {
            (false, _) => Clearance::Conflict,
            (true, false) => Clearance::Unchecked,
            (true, true) => Clearance::Clear,
        };
        Finding { clearance, conflicts, unchecked, alike }
    }
}
