//! Inspection (考察): who goes when, what was seen, which value is verified (核定), and who signed.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::application::{Figure, wrong_values};
use super::catalogue::ChainNumber;
use super::competition::Settings;
use super::ids::{AccountId, ApplicationId, CompetitionId, EvidenceId};
use super::keyword::keyword_enum;
use super::lengths;
use super::problem::FieldProblem;
use super::record::Digest;
use super::scoring::{Formula, Rubric};
use super::text::check_text;
use super::time::{TimeOfDay, Timestamp};
use super::typed;
use super::values::{ChainId, Decimal};

/// The value of `format` of a signed inspection record.
pub const INSPECTION_FORMAT: &str = "qianglian-inspection/1";

/// The most people who inspect together.
const MOST_OF_A_TEAM: usize = 20;

keyword_enum! {
    /// Where an inspection stands.
    pub enum InspectionState {
        /// Planned; the record is being written.
        Open = "open",
        /// Somebody has signed: the record stands still until all have, or it is reopened.
        Signing = "signing",
        /// Signed by the team and decided by the inspected party: its values are verified.
        Final = "final",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TeamMember {
    /// The account by which the member records and signs: an expert's, an inspector's or the office's.
    pub account: AccountId,
    #[schemars(length(min = 1, max = lengths::NAME))]
    pub name: String,
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub unit: String,
}

/// The plan of an inspection (考察方案).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InspectionPlan {
    /// The team: at least as many as the competition says.
    #[schemars(length(max = MOST_OF_A_TEAM))]
    pub team: Vec<TeamMember>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
    /// Firms to be visited (抽查企业).
    #[serde(default)]
    #[schemars(inner(length(min = 1, max = lengths::TITLE)))]
    pub firms: Vec<String>,
    /// Route and remarks.
    #[serde(default)]
    #[schemars(length(max = lengths::STATEMENT))]
    pub notes: String,
    /// What the team is called among the teams of the competition.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = lengths::NAME))]
    pub team_name: String,
    /// When the team arrives on the first day, where that is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives: Option<TimeOfDay>,
    /// When it leaves on the last day; told with `arrives`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<TimeOfDay>,
}

impl InspectionPlan {
    /// From when to when the team is there, where both are planned to the minute.
    fn span(&self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        Some((self.arrives?.on(self.from?), self.leaves?.on(self.until?)))
    }

    /// Whether two inspections go on at the same time, as far as both are planned to the minute.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.span(), other.span()) {
            (Some((from, until)), Some((begins, ends))) => from < ends && begins < until,
            _ => false,
        }
    }
}

keyword_enum! {
    /// How a value was verified (考核方法).
    #[schemars(rename = "InspectionMethod")]
    pub enum Method {
        /// By the documents (查验文件).
        Documents = "documents",
        /// On site (现场核查).
        OnSite = "on_site",
    }
}

/// What was found for one measured indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VerifiedItem {
    /// The indicator's key.
    pub indicator: String,
    /// The documents that were seen.
    #[schemars(length(max = lengths::REASON))]
    pub seen: String,
    /// The verified value, in the shape of the claim; `null` if none could be verified, and then none scores.
    pub value: Value,
    pub method: Method,
    /// What was found (检查情况记录); obligatory where the value differs from the claim.
    #[serde(default)]
    #[schemars(length(max = lengths::FINDING))]
    pub finding: String,
    /// Photographs, uploaded by the team for this application.
    #[serde(default)]
    pub photos: Vec<EvidenceId>,
}

impl InspectionRecord {
    /// Understands the values in the units of their indicators.
    pub fn as_meant(&mut self, rubric: &Rubric) {
        for item in &mut self.items {
            let indicator = rubric.measured().find(|(known, _)| known.key.as_str() == item.indicator);
            let unit = indicator.and_then(|(indicator, _)| indicator.unit.as_deref());
            typed::value(&mut item.value, unit.unwrap_or_default());
        }
    }
}

/// A conversation (访谈).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Interview {
    /// The firm or body.
    #[schemars(length(min = 1, max = lengths::TITLE))]
    pub unit: String,
    #[schemars(length(min = 1, max = lengths::NAME))]
    pub person: String,
    /// What was said.
    #[schemars(length(min = 1, max = lengths::STATEMENT))]
    pub notes: String,
}

/// The record of an inspection (考察记录表).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct InspectionRecord {
    /// Measured indicators, at most one entry each.
    pub items: Vec<VerifiedItem>,
    #[serde(default)]
    pub interviews: Vec<Interview>,
    /// The team's summary.
    #[serde(default)]
    #[schemars(length(max = lengths::TEXT))]
    pub summary: String,
}

keyword_enum! {
    /// What the inspected party says of the record.
    pub enum Stance {
        /// It agrees.
        Agrees = "agrees",
        /// It objects, with a statement.
        Objects = "objects",
        /// It refused to sign, as the team states.
        Refused = "refused",
    }
}

/// A member's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TeamSignature {
    pub account: AccountId,
    /// What was signed: the digest of the record.
    pub record: Digest,
    pub at: Timestamp,
}

/// The inspected party's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartyDecision {
    /// What it says.
    pub stance: Stance,
    /// Its statement, or the team's on a refusal; obligatory unless it agrees.
    #[serde(default)]
    pub statement: String,
    /// Who signs for it, or who refused.
    pub signatory: String,
    pub entered_by: AccountId,
    pub at: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Signatures {
    pub team: Vec<TeamSignature>,
    /// The inspected party's.
    pub party: Option<PartyDecision>,
}

/// A signed inspection, as it is kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignedInspection {
    /// `qianglian-inspection/1`.
    pub format: String,
    pub competition: CompetitionId,
    pub application: ApplicationId,
    /// Which signed version, from 1.
    pub number: i32,
    /// What the application claimed.
    pub claimed: Vec<Figure>,
    pub plan: InspectionPlan,
    pub record: InspectionRecord,
    pub signatures: Signatures,
}

/// What is wrong with a plan.
pub fn check_plan(plan: &InspectionPlan, settings: &Settings) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let least = settings.review.inspection_team as usize;
    if plan.team.len() < least || plan.team.len() > MOST_OF_A_TEAM {
        problems.push(FieldProblem::new(
            "/team",
            "team_too_small",
            format!("考察组应有{least}至20人"),
            format!("A team has {least} to 20 members"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, member) in plan.team.iter().enumerate() {
        check_text(&mut problems, &format!("/team/{index}/name"), &member.name, 1, lengths::NAME);
        check_text(&mut problems, &format!("/team/{index}/unit"), &member.unit, 1, lengths::TITLE);
        if !seen.insert(member.account) {
            problems.push(FieldProblem::new(
                format!("/team/{index}/account"),
                "duplicate",
                "该成员已在考察组",
                "The member stands twice",
            ));
        }
    }
    match (plan.from, plan.until) {
        (Some(from), Some(until)) if from <= until => {}
        (Some(_), Some(_)) => problems.push(FieldProblem::new(
            "/until",
            "not_after_beginning",
            "结束日期不得早于开始日期",
            "The last day is not before the first",
        )),
        _ => problems.push(FieldProblem::new(
            "/from",
            "required",
            "必须填写起止日期",
            "First and last day must be given",
        )),
    }
    check_text(&mut problems, "/team_name", &plan.team_name, 0, lengths::NAME);
    if plan.arrives.is_some() != plan.leaves.is_some() {
        problems.push(FieldProblem::new(
            "/leaves",
            "required",
            "到达和离开的时刻须一并填写",
            "When the team arrives and when it leaves are given together",
        ));
    } else if plan.from <= plan.until && plan.span().is_some_and(|(from, until)| from >= until) {
        problems.push(FieldProblem::new(
            "/leaves",
            "not_after_beginning",
            "离开的时刻须晚于到达的时刻",
            "The team leaves after it arrives",
        ));
    }
    for (index, firm) in plan.firms.iter().enumerate() {
        check_text(&mut problems, &format!("/firms/{index}"), firm, 1, lengths::TITLE);
    }
    check_text(&mut problems, "/notes", &plan.notes, 0, lengths::STATEMENT);
    problems
}

/// What is wrong with a record. While it is written (`complete` unset) it may lack indicators.
pub fn check_record(
    record: &InspectionRecord,
    claimed: &[Figure],
    settings: &Settings,
    rubric: &Rubric,
    chain: ChainNumber,
    complete: bool,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut values = Map::new();
    for (index, item) in record.items.iter().enumerate() {
        let at = |member: &str| format!("/items/{index}/{member}");
        if !rubric.measured().any(|(indicator, _)| indicator.key.as_str() == item.indicator) {
            problems.push(FieldProblem::new(
                at("indicator"),
                "unknown_indicator",
                "指标体系中没有这一定量指标",
                "The rubric has no such measured indicator",
            ));
            continue;
        }
        if record.items[..index].iter().any(|other| other.indicator == item.indicator) {
            problems.push(FieldProblem::new(
                at("indicator"),
                "duplicate",
                "该指标已填写",
                "The indicator stands twice",
            ));
            continue;
        }
        check_text(
            &mut problems,
            &at("seen"),
            &item.seen,
            usize::from(complete && !item.value.is_null()),
            lengths::REASON,
        );
        let as_claimed =
            claimed.iter().any(|figure| figure.indicator == item.indicator && figure.value == item.value);
        let least = usize::from(complete && !as_claimed);
        check_text(&mut problems, &at("finding"), &item.finding, least, lengths::FINDING);
        if !item.value.is_null() {
            values.insert(item.indicator.clone(), item.value.clone());
        }
    }
    for (key, mut problem) in wrong_values(settings, &values, Some(chain)) {
        let Some(index) = record.items.iter().position(|item| item.indicator == key) else { continue };
        problem.pointer = format!("/items/{index}/value{}", problem.pointer);
        problems.push(problem);
    }
    if complete {
        for (indicator, _) in rubric.measured() {
            if !record.items.iter().any(|item| item.indicator == indicator.key.as_str()) {
                problems.push(FieldProblem::new(
                    "/items",
                    "indicator_missing",
                    format!("“{}”尚未核定", indicator.name),
                    format!("`{}` is not yet verified", indicator.key),
                ));
            }
        }
    }
    for (index, interview) in record.interviews.iter().enumerate() {
        check_text(&mut problems, &format!("/interviews/{index}/unit"), &interview.unit, 1, lengths::TITLE);
        check_text(
            &mut problems,
            &format!("/interviews/{index}/person"),
            &interview.person,
            1,
            lengths::NAME,
        );
        check_text(
            &mut problems,
            &format!("/interviews/{index}/notes"),
            &interview.notes,
            1,
            lengths::STATEMENT,
        );
    }
    check_text(&mut problems, "/summary", &record.summary, usize::from(complete), lengths::TEXT);
    problems
}

/// Indicators whose verified value is better than the claim (核增), which needs the office's consent. A value where
/// nothing was claimed is better too.
pub fn raised(
    record: &InspectionRecord,
    claimed: &[Figure],
    rubric: &Rubric,
    chain: ChainNumber,
) -> Vec<String> {
    let chain = ChainId::new(chain.to_string());
    let rules =
        rubric.measured().map(|(indicator, rules)| (indicator, &rules.for_chain(Some(&chain)).formula));
    rules
        .filter_map(|(indicator, formula)| {
            let item = record.items.iter().find(|item| item.indicator == indicator.key.as_str())?;
            let claim = claimed.iter().find(|figure| figure.indicator == item.indicator);
            let better = match claim {
                _ if item.value.is_null() => false,
                None => true,
                Some(claim) => is_better(&item.value, &claim.value, formula),
            };
            better.then(|| item.indicator.clone())
        })
        .collect()
}

/// Whether a value is better than another, by the rule that both are scored by.
fn is_better(value: &Value, other: &Value, formula: &Formula) -> bool {
    let number = |value: &Value| value.as_str().and_then(Decimal::parse);
    match formula {
        Formula::PerUnit { units, .. } => {
            let count = |value: &Value, unit: &str| value.get(unit).and_then(Value::as_u64).unwrap_or(0);
            units.iter().any(|(unit, _)| count(value, unit) > count(other, unit))
        }
        Formula::Tiers(tiers) => {
            let fraction = |value: &Value| {
                tiers.iter().find(|(name, _)| value.as_str() == Some(name)).map(|(_, fraction)| *fraction)
            };
            fraction(value) > fraction(other)
        }
        Formula::Linear { from, to } if to < from => number(value) < number(other),
        Formula::Efficacy { floor, target } if target < floor => number(value) < number(other),
        // A line may fall and rise; any other value than the claim is then for the office to see.
        Formula::Piecewise(points) if points.windows(2).any(|pair| pair[1].1 < pair[0].1) => {
            number(value) != number(other)
        }
        _ => number(value) > number(other),
    }
}

keyword_enum! {
    /// Where something to be put right stands.
    pub enum RectificationState {
        /// The applicant is to answer.
        Open = "open",
        /// The applicant has answered; the re-check is to come.
        Answered = "answered",
        /// The re-check found it put right.
        Settled = "settled",
        /// The re-check found it not put right.
        Failed = "failed",
    }
}

/// Something to be put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RectificationContent {
    pub finding: String,
    /// What the applicant says has been done.
    pub answer: Option<String>,
    /// What the re-check found.
    pub recheck: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> Settings {
        serde_json::from_str(include_str!("../../data/settings.example.json")).unwrap()
    }

    fn figure(indicator: &str, value: Value) -> Figure {
        Figure {
            indicator: indicator.into(),
            value,
            unit: String::new(),
            calibre: String::new(),
            year: 2025,
            source_body: String::new(),
            last_year: None,
            evidence: Vec::new(),
            explanation: String::new(),
        }
    }

    fn item(indicator: &str, value: Value) -> VerifiedItem {
        VerifiedItem {
            indicator: indicator.into(),
            seen: "统计年报".into(),
            value,
            method: Method::Documents,
            finding: String::new(),
            photos: Vec::new(),
        }
    }

    #[test]
    fn only_a_better_value_needs_consent() {
        let tally = settings().tally().unwrap();
        let one = |key: &str, claimed: Value, verified: Value| {
            let record = InspectionRecord { items: vec![item(key, verified)], ..InspectionRecord::default() };
            !raised(&record, &[figure(key, claimed)], &tally.rubric, ChainNumber(21)).is_empty()
        };
        assert!(one("a11", json!("100"), json!("100.01")));
        assert!(!one("a11", json!("100"), json!("100.00")));
        assert!(!one("a11", json!("100"), json!("99")));
        assert!(!one("a11", json!("100"), Value::Null));
        let units = settings().rubric["criteria"][1]["indicators"][3]["rule"]["units"].clone();
        let unit = units.as_object().unwrap().keys().next().unwrap().clone();
        assert!(one("b21", json!({ unit.clone(): 2 }), json!({ unit.clone(): 3 })));
        assert!(!one("b21", json!({ unit.clone(): 2 }), json!({ unit: 1 })));
        let record = InspectionRecord { items: vec![item("a11", json!("1"))], ..InspectionRecord::default() };
        assert_eq!(raised(&record, &[], &tally.rubric, ChainNumber(21)), ["a11"]);
    }

    #[test]
    fn less_can_be_better() {
        let falling =
            Formula::Linear { from: Decimal::parse("9").unwrap(), to: Decimal::parse("1").unwrap() };
        assert!(is_better(&json!("3"), &json!("4"), &falling));
        assert!(!is_better(&json!("5"), &json!("4"), &falling));
    }

    #[test]
    fn a_complete_record_has_every_indicator_and_says_why_values_differ() {
        let (settings, tally) = (settings(), settings().tally().unwrap());
        let check = |items: Vec<VerifiedItem>, complete| {
            let record = InspectionRecord { items, ..InspectionRecord::default() };
            let claimed = [figure("a11", json!("100"))];
            check_record(&record, &claimed, &settings, &tally.rubric, ChainNumber(21), complete)
                .into_iter()
                .map(|problem| (problem.pointer, problem.code))
                .collect::<Vec<_>>()
        };
        assert_eq!(check(vec![item("a11", json!("90"))], false), []);
        let found = check(vec![item("a11", json!("90"))], true);
        assert_eq!(found[0], ("/items/0/finding".to_owned(), "required"));
        assert_eq!(found.iter().filter(|(_, code)| *code == "indicator_missing").count(), 21);
        assert_eq!(found.last().unwrap(), &("/summary".to_owned(), "required"));
        assert_eq!(check(vec![item("a11", json!("x"))], false), [("/items/0/value".to_owned(), "value")]);
        assert_eq!(
            check(vec![item("a23", json!("1"))], false),
            [("/items/0/indicator".to_owned(), "unknown_indicator")]
        );
    }
}
