//! Score sheets (专家评分表): what an expert enters, what may be signed, and why a signed one may be corrected.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use super::keyword::keyword_enum;
use super::lengths;
use super::problem::FieldProblem;
use super::review::ReviewSettings;
use super::scoring::{Indicator, IndicatorKind, Rubric, Scale};
use super::text::check_text;
use super::typed;
use super::values::Decimal;

/// The value of `format` of a signed sheet.
pub const SHEET_FORMAT: &str = "qianglian-sheet/1";

/// One judged indicator's score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Mark {
    /// The indicator's key in the rubric.
    pub indicator: String,
    /// The score as decimal text, on the indicator's scale and step; absent in a draft where nothing is entered yet.
    #[serde(default, deserialize_with = "typed::read_score")]
    pub score: Option<String>,
    /// Why; obligatory at the lowest and the highest score, and where the competition says.
    #[serde(default)]
    #[schemars(length(max = lengths::REASON))]
    pub reason: String,
}

/// What stands on a score sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SheetContent {
    /// Scores of judged indicators, at most one each.
    pub marks: Vec<Mark>,
    /// The overall opinion (总体意见).
    #[serde(default)]
    #[schemars(length(max = lengths::STATEMENT))]
    pub opinion: String,
    /// A dissent note (不同意见), if the expert disagrees with how the review was done.
    #[serde(default)]
    #[schemars(length(max = lengths::STATEMENT))]
    pub dissent: String,
}

/// Why a signed sheet was corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SheetCorrection {
    /// One of the competition's reasons.
    pub reason: String,
    /// In words.
    pub explanation: String,
}

/// Who entered a paper sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PaperEntry {
    /// Who entered it first.
    pub entered_by: AccountId,
    /// Who entered it again.
    pub confirmed_by: AccountId,
}

/// A signed sheet, as it is kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignedSheet {
    /// `qianglian-sheet/1`.
    pub format: String,
    pub competition: CompetitionId,
    /// The version of the competition's settings whose rubric it follows.
    pub settings_version: i32,
    pub application: ApplicationId,
    pub expert: ExpertId,
    /// Which signed version, from 1.
    pub number: i32,
    /// What stands on it.
    pub content: SheetContent,
    /// Why it replaces an earlier version.
    pub correction: Option<SheetCorrection>,
    /// Set where it was signed on paper and entered by clerks.
    pub paper: Option<PaperEntry>,
}

keyword_enum! {
    /// Where a sheet stands.
    pub enum SheetState {
        /// Being filled in.
        Draft = "draft",
        /// A paper sheet, entered once; a second person's entry is waited for.
        Paper = "paper",
        /// Signed.
        Signed = "signed",
    }
}

/// The judged indicators of a rubric with their scales, in order.
pub fn judged(rubric: &Rubric) -> impl Iterator<Item = (&Indicator, &Scale)> {
    rubric.indicators().filter_map(|(_, indicator)| match &indicator.kind {
        IndicatorKind::Judged(scale) => Some((indicator, scale)),
        IndicatorKind::Measured(_) => None,
    })
}

/// What is wrong with a sheet. A draft (`complete` unset) may lack scores and reasons.
pub fn check_sheet(
    content: &SheetContent,
    rubric: &Rubric,
    rules: &ReviewSettings,
    complete: bool,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, mark) in content.marks.iter().enumerate() {
        let at = |member: &str| format!("/marks/{index}/{member}");
        check_text(&mut problems, &at("reason"), &mark.reason, 0, lengths::REASON);
        let Some((_, scale)) = judged(rubric).find(|(indicator, _)| indicator.key.as_str() == mark.indicator)
        else {
            problems.push(FieldProblem::new(
                at("indicator"),
                "unknown_indicator",
                "指标体系中没有这一专家评分指标",
                "The rubric has no such judged indicator",
            ));
            continue;
        };
        if !seen.insert(mark.indicator.as_str()) {
            problems.push(FieldProblem::new(
                at("indicator"),
                "duplicate",
                "该指标已评分",
                "The indicator stands twice",
            ));
        }
        let Some(score) = &mark.score else { continue };
        let Some(value) = Decimal::parse(score).filter(|value| on_scale(*value, scale)) else {
            problems.push(FieldProblem::new(
                at("score"),
                "off_scale",
                format!("分数应在{}至{}之间，步长{}", scale.min, scale.max, scale.step),
                format!("A score of {} to {} in steps of {}", scale.min, scale.max, scale.step),
            ));
            continue;
        };
        let due = value == scale.min || value == scale.max || rules.reason_required.contains(&mark.indicator);
        if complete && due && mark.reason.trim().is_empty() {
            problems.push(FieldProblem::new(
                at("reason"),
                "reason_required",
                "零分、满分以及本届规定的指标必须说明理由",
                "A reason is due at the lowest and the highest score and where the competition says",
            ));
        }
    }
    if complete {
        for (indicator, _) in judged(rubric) {
            let scored = content
                .marks
                .iter()
                .any(|mark| mark.indicator == indicator.key.as_str() && mark.score.is_some());
            if !scored {
                problems.push(FieldProblem::new(
                    "/marks",
                    "score_missing",
                    format!("“{}”尚未评分", indicator.name),
                    format!("`{}` has no score", indicator.key),
                ));
            }
        }
    }
    check_text(&mut problems, "/opinion", &content.opinion, 0, lengths::STATEMENT);
    check_text(&mut problems, "/dissent", &content.dissent, 0, lengths::STATEMENT);
    problems
}

fn on_scale(value: Decimal, scale: &Scale) -> bool {
    scale.min <= value
        && value <= scale.max
        && (value.hundred_millionths() - scale.min.hundred_millionths()) % scale.step.hundred_millionths()
            == 0
}

/// Indicators that two entries of one paper sheet differ in.
pub fn paper_differences(first: &SheetContent, second: &SheetContent, rubric: &Rubric) -> Vec<FieldProblem> {
    let score = |content: &SheetContent, indicator: &str| {
        let mark = content.marks.iter().find(|mark| mark.indicator == indicator);
        mark.map(|mark| (mark.score.as_deref().and_then(Decimal::parse), mark.reason.trim().to_owned()))
    };
    let mut indicators: Vec<&str> =
        first.marks.iter().chain(&second.marks).map(|mark| mark.indicator.as_str()).collect();
    indicators.sort_unstable();
    indicators.dedup();
    let known = |key: &str| judged(rubric).find(|(known, _)| known.key.as_str() == key);
    let named = |key: &str| known(key).map_or_else(|| key.to_owned(), |(known, _)| known.name.clone());
    let mut different: Vec<(String, String, String)> = indicators
        .into_iter()
        .filter(|indicator| score(first, indicator) != score(second, indicator))
        .map(|indicator| (format!("/marks/{indicator}"), named(indicator), named(indicator)))
        .collect();
    let whole = [
        (&first.opinion, &second.opinion, "/opinion", "总体意见", "Overall opinion"),
        (&first.dissent, &second.dissent, "/dissent", "不同意见", "Dissent"),
    ];
    let whole = whole.into_iter().filter(|(first, second, ..)| first.trim() != second.trim());
    different.extend(whole.map(|(_, _, pointer, zh, en)| (pointer.to_owned(), zh.to_owned(), en.to_owned())));
    different
        .into_iter()
        .map(|(pointer, zh, en)| {
            FieldProblem::new(
                pointer,
                "entries_differ",
                format!("“{zh}”两次录入不一致，请对照纸质评分表"),
                format!("“{en}”: the two entries differ; compare them with the paper"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::competition::Settings;

    fn settings() -> Settings {
        serde_json::from_str(include_str!("../../data/settings.example.json")).unwrap()
    }

    fn full(score: &str, reason: &str) -> SheetContent {
        let tally = settings().tally().unwrap();
        let mark = |(indicator, _): (&Indicator, &Scale)| Mark {
            indicator: indicator.key.to_string(),
            score: Some(score.into()),
            reason: reason.into(),
        };
        SheetContent { marks: judged(&tally.rubric).map(mark).collect(), ..SheetContent::default() }
    }

    fn codes(content: &SheetContent, complete: bool) -> Vec<(String, &'static str)> {
        let rules = ReviewSettings { reason_required: vec!["b24".into()], ..ReviewSettings::default() };
        let problems = check_sheet(content, &settings().tally().unwrap().rubric, &rules, complete);
        problems.into_iter().map(|problem| (problem.pointer, problem.code)).collect()
    }

    #[test]
    fn a_reason_is_due_at_both_ends_and_where_the_competition_says() {
        assert_eq!(codes(&full("1.5", ""), true), [("/marks/3/reason".to_owned(), "reason_required")]);
        assert_eq!(codes(&full("0", ""), true).len(), 9);
        assert_eq!(codes(&full("0", "无材料"), true), []);
        // 2 is full marks of five indicators, and in the middle of the others.
        let full_marks = codes(&full("2", ""), true);
        assert_eq!(full_marks.len(), 4, "{full_marks:?}");
        assert_eq!(codes(&full("0", ""), false), [], "a draft may lack reasons");
    }

    #[test]
    fn scores_are_on_scale_and_step_and_all_there() {
        let mut sheet = full("1", "x");
        sheet.marks[0].score = Some("1.25".into());
        sheet.marks[1].score = Some("3.5".into());
        sheet.marks[2].score = None;
        sheet.marks[4].indicator = "a11".into();
        sheet.marks[5] = sheet.marks[6].clone();
        let wrong = codes(&sheet, false);
        let expected = [
            ("/marks/0/score", "off_scale"),
            ("/marks/1/score", "off_scale"),
            ("/marks/4/indicator", "unknown_indicator"),
            ("/marks/6/indicator", "duplicate"),
        ];
        assert_eq!(wrong, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        assert_eq!(codes(&sheet, true).iter().filter(|(_, code)| *code == "score_missing").count(), 3);
    }

    #[test]
    fn two_entries_of_a_paper_sheet_are_compared_by_value() {
        let first = full("1", "x");
        let mut second = full("1.0", "x ");
        let rubric = &settings().tally().unwrap().rubric;
        assert_eq!(paper_differences(&first, &second, rubric), []);
        second.marks[0].score = Some("1.5".into());
        second.opinion = "同意".into();
        let different: Vec<_> =
            paper_differences(&first, &second, rubric).into_iter().map(|p| p.pointer).collect();
        assert_eq!(different, ["/marks/a23", "/opinion"]);
    }
}
