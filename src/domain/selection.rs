//! Selection (遴选): the leading group adopts the ranking, or departs from it for a named application with a reason.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::closing::Placing;
use super::ids::{ApplicationId, CompetitionId};
use super::keyword::keyword_enum;
use super::problem::FieldProblem;
use super::record::Digest;
use super::review::ReviewSettings;
use super::scoring::RESERVE_KEY;
use super::text::check_text;

/// The value of `format` of a selection.
pub const SELECTION_FORMAT: &str = "qianglian-selection/1";

keyword_enum! {
    /// What becomes of an application.
    pub enum SelectionResult {
        /// Proposed for an award (拟入选).
        Proposed = "proposed",
        /// On the reserve list (储备).
        Reserve = "reserve",
        /// Neither.
        NotSelected = "not_selected",
    }
}

/// The meeting that deliberated (领导小组会议).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// When it met.
    pub date: NaiveDate,
    /// Who was present.
    pub present: Vec<String>,
    /// Its minutes (会议纪要).
    pub minutes: String,
}

/// A departure from the ranking for one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// The application.
    pub application: ApplicationId,
    /// What becomes of it.
    pub result: SelectionResult,
    /// The award's key, where it is proposed.
    #[serde(default)]
    pub award: Option<String>,
    /// Why.
    pub reason: String,
}

/// What becomes of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectionEntry {
    /// The application.
    pub application: ApplicationId,
    /// Its track.
    pub track: String,
    /// Its place.
    pub place: Option<u64>,
    /// Its total.
    pub score: Option<String>,
    /// What becomes of it.
    pub result: SelectionResult,
    /// The award's key, where it is proposed.
    pub award: Option<String>,
    /// Why the leading group departed from the ranking, if it did.
    pub departure: Option<String>,
}

/// A deliberation and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    /// `qianglian-selection/1`.
    pub format: String,
    /// The edition.
    pub competition: CompetitionId,
    /// Which one, from 1; the latest holds.
    pub number: i32,
    /// The version of the tally that it rests on.
    pub tally: i32,
    /// The digest of that tally.
    pub tally_digest: Digest,
    /// The meeting.
    pub meeting: Meeting,
    /// Every application, in the order of the ranking.
    pub entries: Vec<SelectionEntry>,
}

/// What is wrong with a meeting.
pub fn check_meeting(meeting: &Meeting, rules: &ReviewSettings) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for (index, name) in meeting.present.iter().enumerate() {
        check_text(&mut problems, &format!("/meeting/present/{index}"), name, 1, 50);
        if meeting.present[..index].contains(name) {
            problems.push(FieldProblem::new(
                format!("/meeting/present/{index}"),
                "duplicate",
                "该成员已列出",
                "The member stands twice",
            ));
        }
    }
    if meeting.present.len() < rules.quorum as usize {
        problems.push(FieldProblem::new(
            "/meeting/present",
            "no_quorum",
            format!("出席人数不足法定人数{}人", rules.quorum),
            format!("Fewer than the quorum of {}", rules.quorum),
        ));
    }
    check_text(&mut problems, "/meeting/minutes", &meeting.minutes, 1, 20_000);
    problems
}

/// What becomes of every application: what the ranking says, but for the departures.
///
/// # Errors
/// If a departure names no application of the ranking, changes nothing, has no reason, or would select what is vetoed
/// or incomplete.
pub fn select(
    ranking: &[Placing],
    departures: &[Departure],
    awards: &[String],
) -> Result<Vec<SelectionEntry>, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut entries: Vec<SelectionEntry> = ranking
        .iter()
        .map(|placing| {
            let (result, award) = match placing.award.as_deref() {
                None => (SelectionResult::NotSelected, None),
                Some(RESERVE_KEY) => (SelectionResult::Reserve, None),
                Some(award) => (SelectionResult::Proposed, Some(award.to_owned())),
            };
            SelectionEntry {
                application: placing.application,
                track: placing.track.clone(),
                place: placing.place,
                score: placing.score.clone(),
                result,
                award,
                departure: None,
            }
        })
        .collect();
    for (index, departure) in departures.iter().enumerate() {
        let at = |member: &str| format!("/departures/{index}/{member}");
        check_text(&mut problems, &at("reason"), &departure.reason, 1, 5_000);
        let Some(entry) = entries.iter_mut().find(|entry| entry.application == departure.application) else {
            problems.push(FieldProblem::new(
                at("application"),
                "not_ranked",
                "排名中没有该申报",
                "The ranking has no such application",
            ));
            continue;
        };
        if entry.departure.is_some() {
            problems.push(FieldProblem::new(
                at("application"),
                "duplicate",
                "该申报已列出",
                "The application stands twice",
            ));
            continue;
        }
        let known = departure.award.as_ref().is_some_and(|award| awards.contains(award));
        if (departure.result == SelectionResult::Proposed) != known || (departure.award.is_some() && !known) {
            problems.push(FieldProblem::new(
                at("award"),
                "award",
                "拟入选的须写明规则中的奖项，其他结果不得填写奖项",
                "A proposed application has one of the rules' awards, others have none",
            ));
            continue;
        }
        if entry.place.is_none() && departure.result != SelectionResult::NotSelected {
            problems.push(FieldProblem::new(
                at("result"),
                "not_selectable",
                "被一票否决或评审不完整的申报不能入选",
                "What is vetoed or incomplete can't be selected",
            ));
            continue;
        }
        if entry.result == departure.result && entry.award == departure.award {
            problems.push(FieldProblem::new(
                at("result"),
                "unchanged",
                "与排名结果一致，无须列为调整",
                "This is what the ranking says; it is no departure",
            ));
            continue;
        }
        entry.result = departure.result;
        entry.award.clone_from(&departure.award);
        entry.departure = Some(departure.reason.clone());
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> ApplicationId {
        ApplicationId(Uuid::from_u128(n))
    }

    fn ranking() -> Vec<Placing> {
        let placing = |n, place, award: Option<&str>| Placing {
            application: id(n),
            status: "ranked".into(),
            place,
            score: Some("80.00".into()),
            award: award.map(str::to_owned),
            note: None,
            track: String::new(),
        };
        vec![
            placing(1, Some(1), Some("excellent")),
            placing(2, Some(2), Some("reserve")),
            placing(3, Some(3), None),
            placing(4, None, None),
        ]
    }

    fn departure(n: u128, result: SelectionResult, award: Option<&str>) -> Departure {
        Departure { application: id(n), result, award: award.map(str::to_owned), reason: "理由".into() }
    }

    fn results(departures: &[Departure]) -> Result<Vec<SelectionResult>, Vec<&'static str>> {
        match select(&ranking(), departures, &["excellent".into()]) {
            Ok(entries) => Ok(entries.into_iter().map(|entry| entry.result).collect()),
            Err(problems) => Err(problems.into_iter().map(|problem| problem.code).collect()),
        }
    }

    #[test]
    fn the_ranking_holds_unless_departed_from() {
        use SelectionResult::{NotSelected, Proposed, Reserve};
        assert_eq!(results(&[]), Ok(vec![Proposed, Reserve, NotSelected, NotSelected]));
        let swap = [departure(1, NotSelected, None), departure(3, Proposed, Some("excellent"))];
        assert_eq!(results(&swap), Ok(vec![NotSelected, Reserve, Proposed, NotSelected]));
    }

    #[test]
    fn a_departure_is_real_reasoned_and_allowed() {
        use SelectionResult::{Proposed, Reserve};
        assert_eq!(results(&[departure(9, Reserve, None)]), Err(vec!["not_ranked"]));
        assert_eq!(results(&[departure(2, Reserve, None)]), Err(vec!["unchanged"]));
        assert_eq!(results(&[departure(4, Reserve, None)]), Err(vec!["not_selectable"]));
        assert_eq!(results(&[departure(3, Proposed, None)]), Err(vec!["award"]));
        assert_eq!(results(&[departure(3, Reserve, Some("excellent"))]), Err(vec!["award"]));
        let mut silent = departure(3, Reserve, None);
        silent.reason = " ".into();
        assert_eq!(results(&[silent]), Err(vec!["required"]));
    }

    #[test]
    fn a_quorum_is_of_different_people() {
        let rules = ReviewSettings::default();
        let meeting = |present: &[&str]| Meeting {
            date: NaiveDate::from_ymd_opt(2026, 7, 3).unwrap(),
            present: present.iter().map(|name| (*name).to_owned()).collect(),
            minutes: "同意".into(),
        };
        assert!(check_meeting(&meeting(&["甲", "乙", "丙"]), &rules).is_empty());
        assert_eq!(check_meeting(&meeting(&["甲", "乙"]), &rules)[0].code, "no_quorum");
        assert_eq!(check_meeting(&meeting(&["甲", "乙", "甲"]), &rules)[0].code, "duplicate");
    }
}
