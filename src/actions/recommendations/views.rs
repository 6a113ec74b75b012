//! Lists as they are sent and shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::NamedCity;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::Digest;
use crate::domain::time::Timestamp;

/// Reasons for sending an application back.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "ReturnApplication")]
pub struct Return {
    /// What to change.
    #[schemars(length(min = 1, max = lengths::FINDING))]
    pub reason: String,
}

/// A city's list, in its order, and what it thinks of the others.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PutList {
    /// From the first place on.
    #[serde(default)]
    pub entries: Vec<NewEntry>,
    /// Opinions on applications that are not on the list: why they are not recommended.
    #[serde(default)]
    pub left_out: Vec<NewEntry>,
    /// In the place of both: applications, each with its place or none. Places run from 1 without gaps.
    #[serde(default)]
    pub rows: Vec<NewRow>,
    /// Whom applicants may ask: office, person, telephone.
    #[serde(default)]
    #[schemars(length(max = lengths::LINE))]
    pub contact: String,
    /// The number of the city's own letter of recommendation (推荐文号), at most 100 characters; empty where it has none.
    #[serde(default)]
    #[schemars(length(max = lengths::TITLE))]
    pub document_number: String,
}

/// An application of a city, with its place on the list.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewRow {
    pub application_id: ApplicationId,
    /// Its place, from 1; none if it is not recommended.
    #[serde(default)]
    pub place: Option<i32>,
    /// The city's opinion (初审意见), or why it is not recommended.
    #[serde(default)]
    #[schemars(length(max = lengths::FINDING))]
    pub opinion: String,
}

/// What a list wants, with the pointer of each application in the request.
pub(super) struct Wanted {
    pub(super) listed: Vec<(String, NewEntry)>,
    pub(super) left_out: Vec<(String, NewEntry)>,
}

impl PutList {
    /// The list in its order, however it was given. Places that are no order of the list are told, not put right.
    pub(super) fn wanted(&self, problems: &mut Vec<FieldProblem>) -> Wanted {
        let at = |part: &str, entries: &[NewEntry]| {
            let entries = entries.iter().cloned().enumerate();
            entries.map(|(index, entry)| (format!("/{part}/{index}"), entry)).collect::<Vec<_>>()
        };
        if self.rows.is_empty() {
            return Wanted { listed: at("entries", &self.entries), left_out: at("left_out", &self.left_out) };
        }
        if !self.entries.is_empty() || !self.left_out.is_empty() {
            problems.push(FieldProblem::new(
                "/rows",
                "not_used",
                "`rows` 不能与 `entries`、`left_out` 同时使用",
                "`rows` stands in the place of `entries` and `left_out`",
            ));
        }
        let (mut listed, mut left_out) = (Vec::new(), Vec::new());
        for (index, row) in self.rows.iter().enumerate() {
            let entry = NewEntry { application_id: row.application_id, opinion: row.opinion.clone() };
            match row.place {
                None => left_out.push((format!("/rows/{index}"), entry)),
                Some(place) => {
                    problems.extend(self.wrong_place(index, place));
                    listed.push((place, (format!("/rows/{index}"), entry)));
                }
            }
        }
        listed.sort_by_key(|(place, _)| *place);
        Wanted { listed: listed.into_iter().map(|(_, entry)| entry).collect(), left_out }
    }

    /// What is wrong with the place of a row: another has it too, or it leaves a gap.
    fn wrong_place(&self, index: usize, place: i32) -> Option<FieldProblem> {
        let pointer = format!("/rows/{index}/place");
        let places = || self.rows.iter().filter_map(|row| row.place);
        if places().filter(|other| *other == place).count() > 1 {
            return Some(FieldProblem::new(
                pointer,
                "duplicate",
                format!("序号{place}填了不止一次，请给每件不同的序号"),
                format!("Place {place} is given more than once: give each its own"),
            ));
        }
        let missing = (1..place).find(|wanted| places().all(|place| place != *wanted));
        if place >= 1 && missing.is_none() {
            return None;
        }
        let missing = missing.unwrap_or(1);
        Some(FieldProblem::new(
            pointer,
            "out_of_range",
            format!("序号应从1起连续：填了{place}，没有{missing}"),
            format!("Places run from 1 without gaps: there is {place}, and no {missing}"),
        ))
    }
}

/// An application to be recommended.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NewEntry {
    pub application_id: ApplicationId,
    /// The city's opinion (初审意见).
    #[schemars(length(max = lengths::FINDING))]
    pub opinion: String,
}

/// A city's list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RecommendationView {
    pub competition_id: CompetitionId,
    pub city: NamedCity,
    /// Sent as `If-Match` with a change; 0 while there is no list.
    pub revision: i64,
    /// How many the city may recommend.
    pub quota: u32,
    /// From the first place on.
    pub entries: Vec<EntryView>,
    /// What the city thinks of applications that are not on the list.
    pub left_out: Vec<LeftOutView>,
    /// Whom applicants may ask.
    pub contact: String,
    /// The number of the city's own letter of recommendation (推荐文号), as the city gave it; empty where it has none.
    pub document_number: String,
    /// Its number, once sealed.
    pub number: Option<String>,
    /// When it was sealed.
    pub sealed_at: Option<Timestamp>,
    /// The digest of the sealed list.
    pub digest: Option<Digest>,
    /// The sealed list; the digest is that of its canonical JSON (RFC 8785).
    pub sealed_list: Option<serde_json::Value>,
}

/// An application on a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EntryView {
    /// Its place, from 1.
    pub place: i32,
    pub application_id: ApplicationId,
    pub number: String,
    pub title: String,
    /// The city's opinion.
    pub opinion: String,
}

/// An application that is not on a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutView {
    pub application_id: ApplicationId,
    pub number: String,
    pub title: String,
    /// Why it is not recommended.
    pub opinion: String,
}

/// Where the lists of all cities stand (推荐汇总表).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RecommendationsView {
    pub competition_id: CompetitionId,
    /// In order of the catalogue; cities without a list, too.
    pub lists: Vec<CityListView>,
}

/// Where a city's list stands.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CityListView {
    pub city: NamedCity,
    /// How many it may recommend.
    pub quota: u32,
    /// Applications of the city that have been submitted, whatever became of them.
    pub submitted_count: usize,
    /// The number of the list, once sealed.
    pub number: Option<String>,
    /// The number of the city's own letter (推荐文号); empty where it has none.
    pub document_number: String,
    /// When it was sealed; until then the list may change.
    pub sealed_at: Option<Timestamp>,
    /// From the first place on.
    pub entries: Vec<EntryView>,
}
