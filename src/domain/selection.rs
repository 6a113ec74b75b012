//! Selection (遴选): the leading group adopts the ranking, or departs from it for a named application with a reason.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::closing::{GivenAward, Placing};
use super::ids::{ApplicationId, CompetitionId};
use super::keyword::keyword_enum;
use super::lengths;
use super::problem::FieldProblem;
use super::record::Digest;
use super::review::ReviewSettings;
use super::scoring::{Note, Tally};
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

keyword_enum! {
    /// What a departure from the ranking is for.
    pub enum DepartureKind {
        /// The leading group judged otherwise (审议调整).
        Judgement = "judgement",
        /// Its region gave up what it won (放弃).
        Renounced = "renounced",
        /// It left the competition (退出).
        Withdrawn = "withdrawn",
        /// It was found not to be entitled (取消资格).
        Disqualified = "disqualified",
    }
}

impl DepartureKind {
    /// Whether the application itself is out of the question, whatever the ranking says.
    pub fn is_out(self) -> bool {
        self != Self::Judgement
    }
}

keyword_enum! {
    /// What a deliberation does with a departure that an earlier one made.
    pub enum Carried {
        /// It stands.
        Kept = "kept",
        /// It stands no more: the ranking decides again.
        Lifted = "lifted",
    }
}

fn by_judgement() -> DepartureKind {
    DepartureKind::Judgement
}

/// The meeting that deliberated (领导小组会议).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Meeting {
    /// When it met.
    pub date: NaiveDate,
    #[schemars(inner(length(min = 1, max = lengths::NAME)))]
    pub present: Vec<String>,
    /// Its minutes (会议纪要).
    #[schemars(length(min = 1, max = lengths::REPORT))]
    pub minutes: String,
}

/// A departure from the ranking for one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Departure {
    pub application: ApplicationId,
    /// What becomes of it.
    pub result: SelectionResult,
    /// The award's key, where it is proposed.
    #[serde(default)]
    pub award: Option<String>,
    #[serde(default = "by_judgement")]
    pub kind: DepartureKind,
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub reason: String,
}

/// A departure that stands until a deliberation lifts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// What was decided.
    pub departure: Departure,
    /// By which deliberation; none where a title was revoked since.
    pub since_number: Option<i32>,
}

/// What is decided of a departure that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CarriedDecision {
    pub application: ApplicationId,
    /// Whether it stands.
    #[serde(default)]
    pub decision: Option<Carried>,
    /// Why: obligatory where it is lifted. Kept without one, the earlier reason stands.
    #[serde(default)]
    #[schemars(length(max = lengths::STATEMENT))]
    pub reason: String,
}

/// A departure that was lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lifted {
    pub application: ApplicationId,
    pub reason: String,
}

/// What becomes of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelectionEntry {
    pub application: ApplicationId,
    pub track: String,
    pub place: Option<u64>,
    /// Its total.
    pub score: Option<String>,
    /// What becomes of it.
    pub result: SelectionResult,
    /// The award's key, where it is proposed.
    pub award: Option<String>,
    /// Why the leading group departed from the ranking, if it did.
    pub departure: Option<String>,
    /// What the departure is for; none where there is none, or in what was kept before this was told.
    #[serde(default)]
    pub departure_kind: Option<DepartureKind>,
}

impl SelectionEntry {
    fn standing(&self, number: i32) -> Option<Standing> {
        let departure = Departure {
            application: self.application,
            result: self.result,
            award: self.award.clone(),
            kind: self.departure_kind.unwrap_or(DepartureKind::Judgement),
            reason: self.departure.clone()?,
        };
        Some(Standing { departure, since_number: Some(number) })
    }

    /// Whether it could still be proposed: it is ranked, and nothing was decided against it.
    fn is_waiting(&self) -> bool {
        let against = self.result == SelectionResult::NotSelected && self.departure.is_some();
        self.place.is_some() && self.result != SelectionResult::Proposed && !against
    }
}

/// A deliberation and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    /// `qianglian-selection/1`.
    pub format: String,
    pub competition: CompetitionId,
    /// Which one, from 1; the latest holds.
    pub number: i32,
    /// The version of the tally that it rests on.
    pub tally: i32,
    pub tally_digest: Digest,
    pub meeting: Meeting,
    /// Every application, in the order of the ranking.
    pub entries: Vec<SelectionEntry>,
    /// Earlier departures that were lifted.
    #[serde(default)]
    pub lifted: Vec<Lifted>,
}

/// What moves departures, in the order of time.
#[derive(Clone, Copy, Debug)]
pub enum Turn<'a> {
    /// The leading group deliberated.
    Deliberation(&'a Selection),
    /// A title was revoked, with the reason.
    Revocation(ApplicationId, &'a str),
}

/// The departures that stand after all these.
pub fn standing<'a>(turns: impl IntoIterator<Item = Turn<'a>>) -> BTreeMap<ApplicationId, Standing> {
    let mut standing = BTreeMap::new();
    for turn in turns {
        match turn {
            Turn::Deliberation(selection) => {
                for lifted in &selection.lifted {
                    standing.remove(&lifted.application);
                }
                let departed = selection.entries.iter().filter_map(|entry| entry.standing(selection.number));
                standing.extend(departed.map(|departed| (departed.departure.application, departed)));
            }
            Turn::Revocation(application, reason) => {
                let departure = Departure {
                    application,
                    result: SelectionResult::NotSelected,
                    award: None,
                    kind: DepartureKind::Disqualified,
                    reason: reason.to_owned(),
                };
                standing.insert(application, Standing { departure, since_number: None });
            }
        }
    }
    standing
}

/// The applications whose departures stood before a deliberation that says nothing of them.
pub fn undecided(before: &BTreeMap<ApplicationId, Standing>, selection: &Selection) -> Vec<ApplicationId> {
    let says = |id: &ApplicationId| {
        let entry = selection.entries.iter().find(|entry| entry.application == *id);
        entry.is_none_or(|entry| entry.departure.is_some())
            || selection.lifted.iter().any(|lifted| lifted.application == *id)
    };
    before.keys().filter(|id| !says(id)).copied().collect()
}

/// Seats that the ranking gave and nobody holds, with who is next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreeSeats {
    pub track: String,
    /// The award's key.
    pub award: String,
    pub seat_count: usize,
    /// Who is next by the ranking, pass mark and regional cap; several where they share a place, nobody where none is left.
    pub next: Vec<ApplicationId>,
}

/// The seats that departures left free.
pub fn free_seats(tally: &Tally, ranking: &[Placing], entries: &[SelectionEntry]) -> Vec<FreeSeats> {
    let mut free = Vec::new();
    let region =
        |id: &ApplicationId| tally.application(&id.to_string()).map(|at| tally.applications[at].region);
    for track in &tally.tracks {
        let of_track = || entries.iter().filter(|entry| entry.track == track.as_str());
        for award in &tally.rules.awards {
            let key = award.key.as_str();
            let given = ranking.iter().filter(|placing| placing.track == track.as_str());
            let given = given
                .filter(|placing| matches!(&placing.award, Some(GivenAward::Award(given)) if given == key))
                .count();
            let holders: Vec<_> = of_track().filter(|entry| entry.award.as_deref() == Some(key)).collect();
            let Some(seats) = given.checked_sub(holders.len()).filter(|seats| *seats > 0) else { continue };
            let has_room = |entry: &&SelectionEntry| {
                let own = region(&entry.application);
                let held = holders.iter().filter(|holder| region(&holder.application) == own).count();
                award.per_region.is_none_or(|most| (held as u64) < most)
            };
            let passes = |entry: &&SelectionEntry| {
                let placing = ranking.iter().find(|placing| placing.application_id == entry.application);
                placing.is_some_and(|placing| placing.note != Some(Note::BelowPassMark))
            };
            let mut waiting: Vec<_> =
                of_track().filter(|entry| entry.is_waiting()).filter(passes).filter(has_room).collect();
            waiting.sort_by_key(|entry| entry.place);
            let first = waiting.first().map(|entry| entry.place);
            let next = waiting.iter().take_while(|entry| Some(entry.place) == first);
            let next = next.map(|entry| entry.application).collect();
            free.push(FreeSeats { track: track.to_string(), award: key.to_owned(), seat_count: seats, next });
        }
    }
    free
}

/// What is wrong with a meeting.
pub fn check_meeting(meeting: &Meeting, rules: &ReviewSettings) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for (index, name) in meeting.present.iter().enumerate() {
        check_text(&mut problems, &format!("/meeting/present/{index}"), name, 1, lengths::NAME);
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
    check_text(&mut problems, "/meeting/minutes", &meeting.minutes, 1, lengths::REPORT);
    problems
}

/// What a deliberation decides besides adopting the ranking.
#[derive(Clone, Debug, Default)]
pub struct Decided<'a> {
    /// Departures that it makes.
    pub departures: &'a [Departure],
    /// What it does with those of earlier ones.
    pub carried: &'a [CarriedDecision],
}

/// What came of a deliberation.
#[derive(Debug, PartialEq, Eq)]
pub struct Selected {
    /// Every application, in the order of the ranking.
    pub entries: Vec<SelectionEntry>,
    /// Earlier departures that were lifted.
    pub lifted: Vec<Lifted>,
}

/// What becomes of every application: what the ranking says, but for the departures that are made or kept. That each one
/// that stood is decided is for the caller to see, by [`undecided`].
///
/// # Errors
/// If a departure names no application of the ranking, changes nothing, has no reason, or would select what is vetoed,
/// incomplete or out of the question; or if a decision is none, or about nothing that stands.
pub fn select(
    ranking: &[Placing],
    standing: &BTreeMap<ApplicationId, Standing>,
    decided: &Decided<'_>,
    awards: &[String],
) -> Result<Selected, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut selected = Selected { entries: ranking.iter().map(as_ranked).collect(), lifted: Vec::new() };
    let mut known: Vec<ApplicationId> = Vec::new();
    for (index, carried) in decided.carried.iter().enumerate() {
        let at = |member: &str| format!("/carried/{index}/{member}");
        let Some(standing) = standing.get(&carried.application) else {
            problems.push(FieldProblem::new(
                at("application"),
                "not_carried",
                "该申报没有待决定的调整",
                "No departure of this application waits for a decision",
            ));
            continue;
        };
        if known.contains(&carried.application) {
            problems.push(stands_twice(at("application")));
            continue;
        }
        known.push(carried.application);
        match carried.decision {
            None => problems.push(FieldProblem::new(
                at("decision"),
                "departure_undecided",
                "请选择维持或者取消",
                "Say whether it is kept or lifted",
            )),
            Some(Carried::Lifted) => {
                check_text(&mut problems, &at("reason"), &carried.reason, 1, lengths::STATEMENT);
                let reason = carried.reason.clone();
                selected.lifted.push(Lifted { application: carried.application, reason });
            }
            Some(Carried::Kept) => {
                let mut kept = standing.departure.clone();
                if !carried.reason.trim().is_empty() {
                    kept.reason.clone_from(&carried.reason);
                }
                check_text(&mut problems, &at("reason"), &kept.reason, 1, lengths::STATEMENT);
                problems.extend(depart(&mut selected.entries, &kept, awards, true, &at));
            }
        }
    }
    for (index, departure) in decided.departures.iter().enumerate() {
        let at = |member: &str| format!("/departures/{index}/{member}");
        check_text(&mut problems, &at("reason"), &departure.reason, 1, lengths::STATEMENT);
        if known.contains(&departure.application) {
            problems.push(stands_twice(at("application")));
            continue;
        }
        known.push(departure.application);
        let stood = standing.contains_key(&departure.application);
        problems.extend(depart(&mut selected.entries, departure, awards, stood, &at));
    }
    if problems.is_empty() { Ok(selected) } else { Err(problems) }
}

fn stands_twice(pointer: String) -> FieldProblem {
    FieldProblem::new(pointer, "duplicate", "该申报已列出", "The application stands twice")
}

/// What becomes of an application if the ranking is adopted.
pub fn as_ranked(placing: &Placing) -> SelectionEntry {
    let (result, award) = match &placing.award {
        None => (SelectionResult::NotSelected, None),
        Some(GivenAward::Reserve) => (SelectionResult::Reserve, None),
        Some(GivenAward::Award(award)) => (SelectionResult::Proposed, Some(award.clone())),
    };
    SelectionEntry {
        application: placing.application_id,
        track: placing.track.clone(),
        place: placing.place,
        score: placing.score.clone(),
        result,
        award,
        departure: None,
        departure_kind: None,
    }
}

/// Makes one departure; `stood` says whether one stood before, which may be what the ranking says by now.
fn depart(
    entries: &mut [SelectionEntry],
    departure: &Departure,
    awards: &[String],
    stood: bool,
    at: &dyn Fn(&str) -> String,
) -> Option<FieldProblem> {
    let Some(entry) = entries.iter_mut().find(|entry| entry.application == departure.application) else {
        return Some(FieldProblem::new(
            at("application"),
            "not_ranked",
            "排名中没有该申报",
            "The ranking has no such application",
        ));
    };
    let known = departure.award.as_ref().is_some_and(|award| awards.contains(award));
    if (departure.result == SelectionResult::Proposed) != known || (departure.award.is_some() && !known) {
        return Some(FieldProblem::new(
            at("award"),
            "award",
            "拟入选的须写明规则中的奖项，其他结果不得填写奖项",
            "A proposed application has one of the rules' awards, others have none",
        ));
    }
    let out = entry.place.is_none() || departure.kind.is_out();
    if out && departure.result != SelectionResult::NotSelected {
        return Some(FieldProblem::new(
            at("result"),
            "not_selectable",
            "被一票否决、评审不完整、放弃、退出或取消资格的申报不能入选",
            "What is vetoed, incomplete, renounced, withdrawn or disqualified can't be selected",
        ));
    }
    let same = entry.result == departure.result && entry.award == departure.award;
    if same && !stood && !departure.kind.is_out() {
        return Some(FieldProblem::new(
            at("result"),
            "unchanged",
            "与排名结果一致，无须列为调整",
            "This is what the ranking says; it is no departure",
        ));
    }
    entry.result = departure.result;
    entry.award.clone_from(&departure.award);
    entry.departure = Some(departure.reason.clone());
    entry.departure_kind = Some(departure.kind);
    None
}

#[cfg(test)]
mod tests {
    use super::super::scoring::Status;
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> ApplicationId {
        ApplicationId(Uuid::from_u128(n))
    }

    fn ranking() -> Vec<Placing> {
        let placing = |n, place, award: Option<&str>| Placing {
            application_id: id(n),
            status: Status::Ranked,
            place,
            score: Some("80.00".into()),
            award: award.map(|key| key.to_owned().into()),
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
        Departure {
            application: id(n),
            result,
            award: award.map(str::to_owned),
            kind: DepartureKind::Judgement,
            reason: "理由".into(),
        }
    }

    fn results(departures: &[Departure]) -> Result<Vec<SelectionResult>, Vec<&'static str>> {
        let decided = Decided { departures, carried: &[] };
        match select(&ranking(), &BTreeMap::new(), &decided, &["excellent".into()]) {
            Ok(selected) => Ok(selected.entries.into_iter().map(|entry| entry.result).collect()),
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
    fn what_an_earlier_program_forgot_is_undecided_until_it_is_kept_or_lifted() {
        let deliberation = |number, departures: &[Departure], lifted: Vec<Lifted>| {
            let decided = Decided { departures, carried: &[] };
            let selected = select(&ranking(), &BTreeMap::new(), &decided, &["excellent".into()]).unwrap();
            Selection {
                format: SELECTION_FORMAT.into(),
                competition: CompetitionId(Uuid::nil()),
                number,
                tally: 1,
                tally_digest: crate::domain::record::digest_of(""),
                meeting: Meeting {
                    date: NaiveDate::from_ymd_opt(2026, 7, 3).unwrap(),
                    present: Vec::new(),
                    minutes: String::new(),
                },
                entries: selected.entries,
                lifted,
            }
        };
        let renounced = [departure(1, SelectionResult::NotSelected, None)];
        let first = deliberation(1, &renounced, Vec::new());
        let before = standing([Turn::Deliberation(&first)]);
        let silent = deliberation(2, &[], Vec::new());
        assert_eq!(undecided(&before, &silent), [id(1)]);
        assert_eq!(undecided(&before, &deliberation(2, &renounced, Vec::new())), []);
        let lifted = deliberation(2, &[], vec![Lifted { application: id(1), reason: "撤回".into() }]);
        assert_eq!(undecided(&before, &lifted), []);
        // What was forgotten once stands on; a revoked title stands like a departure.
        let later = standing([Turn::Deliberation(&first), Turn::Deliberation(&silent)]);
        assert_eq!(undecided(&later, &silent), [id(1)]);
        let revoked = standing([Turn::Deliberation(&silent), Turn::Revocation(id(2), "查实造假")]);
        assert_eq!(undecided(&revoked, &silent), [id(2)]);
        assert!(standing([Turn::Deliberation(&first), Turn::Deliberation(&lifted)]).is_empty());
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
