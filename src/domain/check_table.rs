//! Formal checks of many applications as one table: a row for each application and item, and one for what comes of it.

use super::checks::{CheckDraft, FormalResult, ItemFinding};
use super::competition::CheckItem;
use super::problem::FieldProblem;
use super::table::{Cells, Column, column};

/// The columns of a table of formal checks.
pub const COLUMNS: [Column; 5] = [
    column("application", &["申报编号"]).needed().means(
        "所下载的表中的编号",
        "As the table has it",
        "2026-01-0001",
    ),
    column("title", &["申报"]).means("供核对，不保存", "To be compared; not stored", ""),
    column("item", &["审查项目"]).needed().means(
        "形式审查项目的名称或代码；或“结论”",
        "An item of the formal check by its title or key; or result",
        "材料齐全",
    ),
    column("finding", &["意见"]).needed().means(
        "符合或不符合；在“结论”一行：受理、补正或不予受理",
        "In form or not; in the row of the result: accepted, correction or rejected",
        "符合",
    ),
    column("note", &["说明"]).means(
        "不符合的必须说明；在“结论”一行是告知申报单位的理由",
        "Due where it is not in form; in the row of the result the reasons for the applicant",
        "",
    ),
];

/// What the row of the result is called.
pub const RESULT: &str = "结论";
/// What stands for a finding.
pub const PASSED: [&str; 2] = ["符合", "不符合"];
/// What stands for a result.
pub const RESULTS: [(FormalResult, &str); 3] = [
    (FormalResult::Accepted, "受理"),
    (FormalResult::Correction, "补正"),
    (FormalResult::Rejected, "不予受理"),
];

/// What stands in a table for a finding that is made or not.
pub fn written(passed: Option<bool>) -> &'static str {
    passed.map_or("", |passed| PASSED[usize::from(!passed)])
}

/// What stands in a table for a result that is decided or not.
pub fn written_result(result: Option<FormalResult>) -> &'static str {
    RESULTS.iter().find(|(known, _)| Some(*known) == result).map_or("", |(_, name)| name)
}

fn result_called(text: &str) -> Option<FormalResult> {
    let known = RESULTS.iter().find(|(result, name)| *name == text || result.as_str() == text);
    known.map(|(result, _)| *result)
}

fn passed_called(text: &str) -> Option<bool> {
    match text {
        "符合" | "是" | "yes" | "true" => Some(true),
        "不符合" | "否" | "no" | "false" => Some(false),
        _ => None,
    }
}

/// Lays the rows of one application over its draft; all that is wrong is noted.
pub fn lay_check(
    rows: &[Cells<'_>],
    before: &CheckDraft,
    items: &[CheckItem],
    clear: bool,
    problems: &mut Vec<FieldProblem>,
) -> CheckDraft {
    let mut draft = before.clone();
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for cells in rows {
        let (named, finding, note) = (cells.text("item"), cells.text("finding"), cells.text("note"));
        let is_result = matches!(named, RESULT | "result");
        let item = items.iter().find(|item| item.key == named || item.title == named);
        let key = item.map_or(named, |item| item.key.as_str());
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == key) {
            let (zh, en) = (format!("与第{first}行重复"), format!("the same as row {first}"));
            problems.push(cells.wrong("item", &zh, &en));
            continue;
        }
        seen.push((key, cells.number));
        let is_set = !finding.is_empty();
        if is_result {
            let result = result_called(finding);
            if is_set && result.is_none() {
                let zh = "结论应为受理、补正或不予受理";
                problems.push(cells.wrong(
                    "finding",
                    zh,
                    "a check accepts, asks for a correction or rejects",
                ));
            }
            if is_set || clear {
                draft.result = result;
            }
            if clear || !note.is_empty() {
                note.clone_into(&mut draft.reason);
            }
            continue;
        }
        if item.is_none() {
            let zh = format!("没有叫“{named}”的审查项目");
            problems.push(cells.wrong("item", &zh, "there is no such item"));
            continue;
        }
        let passed = passed_called(finding);
        if is_set && passed.is_none() {
            problems.push(cells.wrong("finding", "意见应为符合或不符合", "say whether it is in form"));
        }
        let place = draft.findings.iter().position(|found| found.item == key);
        let place = place.unwrap_or_else(|| {
            draft.findings.push(ItemFinding { item: key.to_owned(), passed: None, note: String::new() });
            draft.findings.len() - 1
        });
        let found = &mut draft.findings[place];
        if is_set || clear {
            found.passed = passed;
        }
        if clear || !note.is_empty() {
            note.clone_into(&mut found.note);
        }
    }
    draft
}
