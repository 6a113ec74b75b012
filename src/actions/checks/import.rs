//! Formal checks of many applications from one table: they become drafts.

use std::sync::Arc;

use super::drafts::{Waiting, enter, waiting};
use crate::actions::imports::{ImportTable, ImportedTableView, Preview, table_of};
use crate::actions::rules::Rules;
use crate::actions::{Act, RequestContext, Service};
use crate::domain::access::Action;
use crate::domain::check_table::{COLUMNS, RESULT, lay_check, written, written_result};
use crate::domain::checks::{CheckDraft, ItemFinding};
use crate::domain::ids::CompetitionId;
use crate::domain::sheet_table::by_application;
use crate::domain::table::{Cells, Described, at_row, described};
use crate::error::{Error, Result, must_be_valid};

fn line(finding: &'static str, note: &str) -> [Described; 2] {
    [described("意见", "comment", finding), described("说明", "explanation", note)]
}

/// Tells what becomes of a draft, row by row.
fn tell(
    act: &mut Act<'_>,
    preview: &mut Preview,
    rules: &Rules,
    one: &Waiting,
    after: &CheckDraft,
    rows: &[Cells<'_>],
) {
    let before = &one.draft;
    for cells in rows {
        let named = cells.text("item");
        let item = rules.settings.formal_items.iter().find(|item| item.key == named || item.title == named);
        let (name, was, is) = match item {
            Some(item) => {
                let of = |draft: &CheckDraft| -> ItemFinding {
                    let found = draft.findings.iter().find(|found| found.item == item.key).cloned();
                    found.unwrap_or(ItemFinding { item: item.key.clone(), passed: None, note: String::new() })
                };
                let (was, is) = (of(before), of(after));
                (
                    item.title.as_str(),
                    line(written(was.passed), &was.note),
                    line(written(is.passed), &is.note),
                )
            }
            None => (
                RESULT,
                line(written_result(before.result), &before.reason),
                line(written_result(after.result), &after.reason),
            ),
        };
        if was == is {
            preview.unchanged += 1;
        } else {
            preview.changes(act, cells.number, &format!("{} {name}", one.number()), (&was, &is));
        }
    }
}

/// Fills in drafts of formal checks by a table, once what it does has been confirmed. What it does not name stays.
///
/// # Errors
/// If the caller is not the office, the competition is not at its checks, or anything is wrong in any row (all of it is
/// listed).
pub async fn import(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    import: ImportTable,
) -> Result<ImportedTableView> {
    let (cache, clear) = (service.cache.clone(), import.clear_empty);
    let table = table_of(import.table()).await?;
    service
        .write(context, Action::CheckFormally, move |conn, act| {
            let (competition, rules) = enter(conn, act, &cache, id)?;
            let all = waiting(conn, &competition, &rules, act.context.received_at)?;
            let headed = table.headed(&COLUMNS).map_err(Error::invalid)?;
            let (mut problems, mut preview) = (Vec::new(), Preview::default());
            for (number, rows) in by_application(&headed) {
                let Some(one) = all.iter().find(|one| one.number() == number) else {
                    problems.extend(rows.first().map(|first| {
                        let zh = "该申报现不需形式审查，或编号有误；请删去该申报的各行";
                        let en = "this application is not up for a formal check, or the number is wrong: take its rows out";
                        first.wrong("application", zh, en)
                    }));
                    continue;
                };
                let items = &rules.settings.formal_items;
                let after = lay_check(&rows, &one.draft, items, clear, &mut problems);
                let after = one.laid(&after, &rules);
                let slips = after.slips(items);
                problems.extend(
                    slips.iter().filter_map(|slip| Some(at_row(slip, rows.first()?.number, "note"))),
                );
                tell(act, &mut preview, &rules, one, &after, &rows);
                if problems.is_empty() && after != one.draft {
                    one.save(conn, act, &after)?;
                }
            }
            must_be_valid(problems)?;
            preview.leaves(act, &[]);
            // Nobody looks at a table row by row before it is sent.
            act.insist();
            let Preview { added, changed, unchanged } = preview;
            Ok(ImportedTableView { added, changed, unchanged, hidden: table.hidden })
        })
        .await
}
