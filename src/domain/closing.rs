//! Closing: the tally document that is frozen and ranked, and what a later version of it changes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::ids::{ApplicationId, CompetitionId, ExpertId};
use super::record::{canonical, digest_of};
use super::scoring::{Note, Outcome, RESERVE_KEY, Standing, Status, TALLY_FORMAT};

/// What a tally holds of one application.
#[derive(Clone, Debug)]
pub struct TallyApplication {
    pub id: ApplicationId,
    pub title: String,
    /// Its city, by which awards are capped.
    pub city: String,
    /// The track that it is ranked in.
    pub track: Option<String>,
    /// Its chain's number.
    pub chain: String,
    /// Verified values by indicator.
    pub measured: Map<String, Value>,
    /// Bonuses and deductions by key, as decimal text.
    pub adjustments: BTreeMap<String, String>,
    /// Vetoes that stand.
    pub vetoes: Vec<String>,
}

/// What a tally holds of one signed sheet.
#[derive(Clone, Debug)]
pub struct TallySheet {
    pub application: ApplicationId,
    /// The key under which the expert stands; see [`slot`].
    pub slot: String,
    /// Scores by judged indicator, as decimal text.
    pub scores: BTreeMap<String, String>,
}

/// The key under which an expert stands in a tally: another one for each application, so that nobody without the
/// competition's secret can tell whose sheets belong together, and the same in every version of the tally.
pub fn slot(secret: &str, application: ApplicationId, expert: ExpertId) -> String {
    let digest = digest_of(format!("qianglian-slot/1\0{secret}\0{application}\0{expert}")).to_string();
    format!("x-{}", &digest[..16])
}

/// The tally of a competition as canonical JSON, in the shape of docs/normative/SCORING.md.
pub fn tally_document(
    competition: CompetitionId,
    title: &str,
    rubric: &Value,
    rules: &Value,
    applications: &[TallyApplication],
    sheets: &[TallySheet],
    rulings: &[ApplicationId],
) -> String {
    let applications: Vec<Value> = applications
        .iter()
        .map(|application| {
            let mut entry = json!({
                "id": application.id,
                "title": application.title,
                "region": application.city,
                "chain": application.chain,
                "measured": application.measured,
                "adjustments": application.adjustments,
                "vetoes": application.vetoes,
            });
            if let Some(track) = &application.track {
                entry["track"] = json!(track);
            }
            entry
        })
        .collect();
    let sheets: Vec<Value> = sheets
        .iter()
        .map(
            |sheet| json!({ "application": sheet.application, "expert": sheet.slot, "scores": sheet.scores }),
        )
        .collect();
    canonical(&json!({
        "format": TALLY_FORMAT,
        "competition": { "id": competition, "title": title },
        "rubric": rubric,
        "rules": rules,
        "applications": applications,
        "sheets": sheets,
        "rulings": rulings,
    }))
}

/// What the ranking gives an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum GivenAward {
    /// The award with this key.
    Award(String),
    Reserve,
}

impl From<String> for GivenAward {
    fn from(key: String) -> Self {
        if key == RESERVE_KEY { Self::Reserve } else { Self::Award(key) }
    }
}

impl From<GivenAward> for String {
    fn from(given: GivenAward) -> Self {
        match given {
            GivenAward::Award(key) => key,
            GivenAward::Reserve => RESERVE_KEY.to_owned(),
        }
    }
}

/// How an application stands in a result, for people and for what follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placing {
    pub application_id: ApplicationId,
    /// Whether it takes part in the ranking.
    pub status: Status,
    /// The place in its track; none unless ranked.
    pub place: Option<u64>,
    /// The total, as published.
    pub score: Option<String>,
    /// The award's key, or `reserve`.
    #[schemars(with = "Option<String>")]
    pub award: Option<GivenAward>,
    /// A remark on its award.
    pub note: Option<Note>,
    pub track: String,
}

/// How every application stands, in the order of the result. Tallies of a competition name applications by identifiers.
pub fn placings(outcome: &Outcome<'_>) -> Vec<Placing> {
    let tally = outcome.tally;
    let of = |standing: &Standing, track: &str| -> Option<Placing> {
        Some(Placing {
            application_id: tally.applications[standing.application].id.as_str().parse().ok()?,
            status: standing.status,
            place: standing.place,
            score: outcome.scores.figures(standing.application).map(|figures| figures.total().to_string()),
            award: standing.award.map(|award| award.key(tally).to_owned().into()),
            note: standing.note,
            track: track.to_owned(),
        })
    };
    let groups = outcome.groups.iter();
    groups
        .flat_map(|group| {
            group.standings.iter().filter_map(move |standing| of(standing, group.track.as_str()))
        })
        .collect()
}

/// What a version of the tally changed for an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceChange {
    pub application_id: ApplicationId,
    /// How it stood; none if it was not there.
    pub before: Option<Placing>,
    /// How it stands.
    pub after: Option<Placing>,
}

/// What changed from one result to the next, in order of applications.
pub fn place_changes(before: &[Placing], after: &[Placing]) -> Vec<PlaceChange> {
    let by_id = |placings: &[Placing]| -> BTreeMap<ApplicationId, Placing> {
        placings.iter().map(|placing| (placing.application_id, placing.clone())).collect()
    };
    let (before, mut after) = (by_id(before), by_id(after));
    let mut changes: Vec<PlaceChange> = Vec::new();
    for (application, old) in before {
        let new = after.remove(&application);
        if new.as_ref() != Some(&old) {
            changes.push(PlaceChange { application_id: application, before: Some(old), after: new });
        }
    }
    changes.extend(after.into_iter().map(|(application, new)| PlaceChange {
        application_id: application,
        before: None,
        after: Some(new),
    }));
    changes.sort_by_key(|change| change.application_id);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn placing(n: u128, place: u64) -> Placing {
        Placing {
            application_id: ApplicationId(Uuid::from_u128(n)),
            status: Status::Ranked,
            place: Some(place),
            score: Some("80.00".into()),
            award: None,
            note: None,
            track: String::new(),
        }
    }

    #[test]
    fn only_what_changed_is_listed() {
        let changes = place_changes(
            &[placing(1, 1), placing(2, 2), placing(3, 3)],
            &[placing(1, 1), placing(2, 3), placing(4, 2)],
        );
        let applications: Vec<u128> =
            changes.iter().map(|change| change.application_id.0.as_u128()).collect();
        assert_eq!(applications, [2, 3, 4]);
        assert!(changes[1].after.is_none() && changes[2].before.is_none());
    }

    #[test]
    fn an_expert_has_another_key_for_each_application() {
        let (one, two) = (ApplicationId(Uuid::from_u128(1)), ApplicationId(Uuid::from_u128(2)));
        let expert = ExpertId(Uuid::from_u128(3));
        assert_ne!(slot("a", one, expert), slot("a", two, expert));
        assert_ne!(slot("a", one, expert), slot("b", one, expert));
        assert_eq!(slot("a", one, expert), slot("a", one, expert));
    }
}
