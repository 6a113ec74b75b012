//! The office's checks: form (形式审查) and vetoes (否决核查).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application::ApplicationState;
use super::competition::{CheckItem, CompetitionState};
use super::keyword::keyword_enum;
use super::lengths;
use super::problem::FieldProblem;
use super::text::check_text;

keyword_enum! {
    /// The state of one veto item of one application. Selection needs every item to be `clear`.
    pub enum VetoState {
        /// Nobody has looked yet.
        NotChecked = "not_checked",
        /// The body that keeps the register has been asked (征求意见函).
        Asked = "asked",
        /// It replied that there is nothing.
        Clear = "clear",
        /// It replied that there is: the application can't be selected.
        Hit = "hit",
        /// The applicant disputes the hit; open until it is cleared or confirmed.
        Contested = "contested",
    }
}

impl VetoState {
    /// Whether an item may go from this state to another, and whether that needs the reply document.
    ///
    /// # Errors
    /// If it may not.
    pub fn step_to(self, to: Self) -> Result<NeedsDocument, NoSuchStep> {
        use VetoState as V;
        match (self, to) {
            (V::NotChecked | V::Clear | V::Hit | V::Contested, V::Asked) | (V::Hit, V::Contested) => {
                Ok(NeedsDocument(false))
            }
            (V::Asked | V::Contested, V::Clear | V::Hit) => Ok(NeedsDocument(true)),
            _ => Err(NoSuchStep),
        }
    }
}

/// Whether the vetoes of an application are checked now.
pub fn checks_vetoes(competition: CompetitionState, application: ApplicationState) -> bool {
    use {ApplicationState as At, CompetitionState as Is};
    matches!(competition, Is::Checking | Is::Drawing | Is::Scoring)
        && matches!(application, At::Recommended | At::Correction | At::Accepted)
}

/// Whether the reply document must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedsDocument(pub bool);

keyword_enum! {
    /// What a reply says of an item, where it is not that there is nothing.
    pub enum InquiryOutcome {
        /// There is: the application can't be selected.
        Hit = "hit",
        /// It does not say; another reply may.
        Unanswered = "unanswered",
    }
}

/// A step that an item can't take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchStep;

keyword_enum! {
    /// What came of a formal check.
    pub enum FormalResult {
        /// In form: it goes on.
        Accepted = "accepted",
        /// To be corrected once, by a deadline (补正).
        Correction = "correction",
        /// Not in form: it ends here.
        Rejected = "rejected",
        /// The rejection before was taken back by a second person: it is to be checked again. Not given by a check.
        TakenBack = "taken_back",
    }
}

/// The finding on one item of the formal check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemFinding {
    /// The item's key in the settings.
    pub item: String,
    /// Whether it is in form; absent: not judged, which is refused.
    #[serde(default)]
    pub passed: Option<bool>,
    /// What is missing or wrong; obligatory where it is not in form.
    #[serde(default)]
    pub note: String,
}

/// What is wrong with the findings of a formal check: each item of the settings must be judged once, and the result
/// must follow from the findings. `corrected`: the one correction has been asked for before.
pub fn check_findings(
    items: &[CheckItem],
    findings: &[ItemFinding],
    result: FormalResult,
    corrected: bool,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for item in items {
        let times = findings.iter().filter(|finding| finding.item == item.key).count();
        if times != 1 {
            problems.push(FieldProblem::new(
                "/findings",
                "each_item_once",
                format!("“{}”须有且仅有一项审查意见", item.title),
                format!("Item `{}` must be judged exactly once", item.key),
            ));
        }
    }
    for (index, finding) in findings.iter().enumerate() {
        let item = items.iter().find(|item| item.key == finding.item);
        if let (Some(item), None) = (item, finding.passed) {
            problems.push(FieldProblem::new(
                format!("/findings/{index}/passed"),
                "required",
                format!("“{}”：请选择“符合”或“不符合”", item.title),
                format!("“{}”: say whether it is in form", item.title),
            ));
        }
        if item.is_none() {
            problems.push(FieldProblem::new(
                format!("/findings/{index}/item"),
                "unknown_item",
                "没有这一审查项",
                "There is no such item",
            ));
        }
        if finding.passed == Some(false) && finding.note.trim().is_empty() {
            problems.push(FieldProblem::new(
                format!("/findings/{index}/note"),
                "required",
                "不符合的项目必须说明原因",
                "Say why where an item is not in form",
            ));
        }
    }
    let judged = findings.iter().all(|finding| finding.passed.is_some());
    let all_passed = findings.iter().all(|finding| finding.passed == Some(true));
    let fits = match result {
        FormalResult::Accepted => all_passed,
        FormalResult::Correction | FormalResult::Rejected => !all_passed,
        FormalResult::TakenBack => false,
    };
    if judged && !fits {
        problems.push(FieldProblem::new(
            "/result",
            "contradicts_findings",
            "结论与各项审查意见不一致",
            "The result contradicts the findings",
        ));
    }
    if result == FormalResult::Correction && corrected {
        problems.push(FieldProblem::new(
            "/result",
            "one_correction_only",
            "只能补正一次",
            "There is one correction only",
        ));
    }
    problems
}

/// A formal check that is not issued yet: what of it is not decided is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDraft {
    pub findings: Vec<ItemFinding>,
    pub result: Option<FormalResult>,
    pub reason: String,
}

impl CheckDraft {
    /// The draft with one finding for each item of the settings, in their order. Where nothing was found yet, it is what the
    /// service knows itself, else unset.
    #[must_use]
    pub fn laid(&self, items: &[CheckItem], known: Option<&ItemFinding>) -> Self {
        let finding = |item: &CheckItem| {
            let found = self.findings.iter().find(|finding| finding.item == item.key);
            let known = known.filter(|known| known.item == item.key);
            let unset = || ItemFinding { item: item.key.clone(), passed: None, note: String::new() };
            let is_set = |finding: &&ItemFinding| finding.passed.is_some() || !finding.note.is_empty();
            found.filter(is_set).or(known).cloned().unwrap_or_else(unset)
        };
        Self { findings: items.iter().map(finding).collect(), ..self.clone() }
    }

    /// What is wrong with a draft as such: what it says of an item that there is none of, or twice.
    pub fn slips(&self, items: &[CheckItem]) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        for (index, finding) in self.findings.iter().enumerate() {
            let is_known = items.iter().any(|item| item.key == finding.item);
            let is_double = self.findings[..index].iter().any(|before| before.item == finding.item);
            if !is_known || is_double {
                problems.push(FieldProblem::new(
                    format!("/findings/{index}/item"),
                    if is_double { "each_item_once" } else { "unknown_item" },
                    if is_double { "该审查项已有意见" } else { "没有这一审查项" },
                    if is_double { "The item is judged already" } else { "There is no such item" },
                ));
            }
            check_text(&mut problems, &format!("/findings/{index}/note"), &finding.note, 0, lengths::REASON);
        }
        if self.result == Some(FormalResult::TakenBack) {
            problems.push(FieldProblem::new(
                "/result",
                "wrong_value",
                "结论应为受理、补正或不予受理",
                "A check accepts, asks for a correction or rejects",
            ));
        }
        check_text(&mut problems, "/reason", &self.reason, 0, lengths::FINDING);
        problems
    }

    /// Whether it can be issued as it stands. `corrected`: the one correction has been asked for before.
    pub fn is_complete(&self, items: &[CheckItem], corrected: bool) -> bool {
        let Some(result) = self.result else { return false };
        let told = result == FormalResult::Accepted || !self.reason.trim().is_empty();
        told && check_findings(items, &self.findings, result, corrected).is_empty()
    }
}

/// The key of the item that the service looks at itself: whether each figure has evidence.
const EVIDENCE: &str = "evidence";

/// What the service finds itself, of what was submitted last: the names of indicators whose figures have no evidence.
pub fn known_finding(items: &[CheckItem], without: &[&str]) -> Option<ItemFinding> {
    items.iter().find(|item| item.key == EVIDENCE)?;
    let note = if without.is_empty() {
        "系统核对：每项指标数据均附有佐证材料".to_owned()
    } else {
        format!("系统核对：没有佐证材料的指标：{}", without.join("、"))
    };
    Some(ItemFinding { item: EVIDENCE.to_owned(), passed: Some(without.is_empty()), note })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_veto_is_cleared_or_hit_only_by_a_reply() {
        use VetoState as V;
        assert_eq!(V::NotChecked.step_to(V::Clear), Err(NoSuchStep));
        assert_eq!(V::Asked.step_to(V::Clear), Ok(NeedsDocument(true)));
        assert_eq!(V::Hit.step_to(V::Clear), Err(NoSuchStep));
        assert_eq!(V::Hit.step_to(V::Contested), Ok(NeedsDocument(false)));
        assert_eq!(V::Contested.step_to(V::Clear), Ok(NeedsDocument(true)));
        for state in V::ALL {
            assert_eq!(state.step_to(V::NotChecked), Err(NoSuchStep));
        }
    }

    #[test]
    fn a_draft_is_unset_but_for_what_is_known_and_issued_when_whole() {
        let item = |key: &str| CheckItem { key: key.into(), title: key.into() };
        let items = [item("seal"), item("evidence")];
        let known = known_finding(&items, &[]).unwrap();
        assert_eq!(known_finding(&items[..1], &[]), None);
        assert_eq!(known_finding(&items, &["甲"]).unwrap().passed, Some(false));
        let mut draft = CheckDraft { result: Some(FormalResult::Accepted), ..CheckDraft::default() };
        let laid = draft.laid(&items, Some(&known));
        assert_eq!(laid.findings.iter().map(|found| found.passed).collect::<Vec<_>>(), [None, Some(true)]);
        assert!(!laid.is_complete(&items, false));
        draft.findings.push(ItemFinding { item: "seal".into(), passed: Some(true), note: String::new() });
        assert!(draft.laid(&items, Some(&known)).is_complete(&items, false));
        // What somebody found stands before what is known.
        draft.findings.push(ItemFinding {
            item: "evidence".into(),
            passed: Some(false),
            note: "模糊".into(),
        });
        let laid = draft.laid(&items, Some(&known));
        assert_eq!((laid.findings[1].passed, laid.is_complete(&items, false)), (Some(false), false));
        draft.result = Some(FormalResult::Correction);
        assert!(!draft.is_complete(&items, false));
        draft.reason = "佐证模糊".into();
        assert!(draft.is_complete(&items, false));
        assert!(!draft.is_complete(&items, true));
        draft.result = Some(FormalResult::TakenBack);
        draft.findings.push(draft.findings[0].clone());
        draft.findings.push(ItemFinding { item: "x".into(), passed: None, note: String::new() });
        let codes: Vec<_> = draft.slips(&items).iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["each_item_once", "unknown_item", "wrong_value"]);
    }

    #[test]
    fn a_result_follows_from_its_findings() {
        let items = [
            CheckItem { key: "seal".into(), title: "盖章".into() },
            CheckItem { key: "form".into(), title: "表格".into() },
        ];
        let finding = |item: &str, passed, note: &str| ItemFinding {
            item: item.into(),
            passed: Some(passed),
            note: note.into(),
        };
        let codes = |findings: &[ItemFinding], result, round| {
            check_findings(&items, findings, result, round > 1).iter().map(|p| p.code).collect::<Vec<_>>()
        };
        let good = [finding("seal", true, ""), finding("form", true, "")];
        assert!(codes(&good, FormalResult::Accepted, 1).is_empty());
        assert_eq!(codes(&good, FormalResult::Rejected, 1), ["contradicts_findings"]);
        let bad = [finding("seal", false, "无公章"), finding("form", true, "")];
        assert!(codes(&bad, FormalResult::Correction, 1).is_empty());
        assert_eq!(codes(&bad, FormalResult::Correction, 2), ["one_correction_only"]);
        assert_eq!(codes(&bad, FormalResult::Accepted, 1), ["contradicts_findings"]);
        assert_eq!(
            codes(&[finding("seal", false, " "), finding("form", true, "")], FormalResult::Rejected, 1),
            ["required"]
        );
        let unjudged = ItemFinding { passed: None, ..finding("form", true, "") };
        assert_eq!(codes(&[good[0].clone(), unjudged], FormalResult::Accepted, 1), ["required"]);
        assert_eq!(codes(&bad, FormalResult::TakenBack, 1), ["contradicts_findings"]);
        assert_eq!(codes(&good[..1], FormalResult::Accepted, 1), ["each_item_once"]);
        assert_eq!(
            codes(
                &[finding("seal", true, ""), finding("form", true, ""), finding("x", true, "")],
                FormalResult::Accepted,
                1
            ),
            ["unknown_item"]
        );
    }
}
