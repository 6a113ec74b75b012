//! An expert's own sheets from a table that was filled in without a network: they become drafts, never signed ones.

use std::sync::Arc;

use super::must_be_scoring;
use crate::actions::imports::{ImportTable, ImportedTableView, Preview, table_of};
use crate::actions::rules::{Rules, visible_competition};
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::Conn;
use crate::db::experts::{self, Seat};
use crate::db::sheets::{self, Sheet};
use crate::domain::access::{Action, Relation};
use crate::domain::draw::SeatState;
use crate::domain::ids::{ApplicationId, CompetitionId, ExpertId};
use crate::domain::problem::FieldProblem;
use crate::domain::record::canonical;
use crate::domain::sheet::{SheetContent, SheetState, check_sheet};
use crate::domain::sheet_table::{COLUMNS, DISSENT, OPINION, by_application, lay_sheet};
use crate::domain::table::{Cells, Described, at_its_row, at_row, described};
use crate::error::{Error, Result, must_be_valid};

/// An application that the caller has, or had, a seat for.
struct Judged {
    id: ApplicationId,
    number: String,
    seat: Seat,
}

fn judged_by(conn: &mut Conn, competition: CompetitionId, expert: ExpertId) -> Result<Vec<Judged>> {
    let seats = experts::seats_of(conn, expert)?.into_iter();
    let seats: Vec<Seat> = seats.filter(|seat| seat.competition_id == competition).collect();
    let units: Vec<String> = seats.iter().map(|seat| seat.unit.clone()).collect();
    let judged = experts::judged_by(conn, competition, &units)?.into_iter().filter_map(|judged| {
        let seat = seats.iter().find(|seat| seat.unit == judged.unit)?.clone();
        Some(Judged { id: judged.application, number: judged.number.unwrap_or_default(), seat })
    });
    Ok(judged.collect())
}

/// A mark or an opinion, as it is told.
fn line(score: Option<&String>, reason: &str) -> [Described; 2] {
    [
        described("得分", "score", score.cloned().unwrap_or_default()),
        described("理由或意见", "reason or opinion", reason),
    ]
}

/// Tells what becomes of a sheet, mark by mark.
fn tell(
    act: &mut Act<'_>,
    preview: &mut Preview,
    rules: &Rules,
    number: &str,
    (before, after): (&SheetContent, &SheetContent),
    rows: &[(usize, usize)],
) {
    for (place, row) in rows {
        let Some(mark) = after.marks.get(*place) else { continue };
        let was = before.marks.iter().find(|was| was.indicator == mark.indicator);
        if was == Some(mark) {
            preview.unchanged += 1;
            continue;
        }
        let indicators = rules.tally.rubric.indicators();
        let name = indicators.map(|(_, one)| one).find(|one| one.key.as_str() == mark.indicator);
        let name = name.map_or(mark.indicator.as_str(), |one| one.name.as_str());
        let was = line(was.and_then(|was| was.score.as_ref()), was.map_or("", |was| &was.reason));
        let is = line(mark.score.as_ref(), &mark.reason);
        preview.changes(act, *row, &format!("{number} {name}"), (&was, &is));
    }
    let opinions = [(OPINION, &before.opinion, &after.opinion), (DISSENT, &before.dissent, &after.dissent)];
    for (name, was, is) in opinions.into_iter().filter(|(_, was, is)| was != is) {
        let row = rows.last().map_or(1, |(_, row)| *row);
        preview.changes(act, row, &format!("{number} {name}"), (&line(None, was), &line(None, is)));
    }
}

/// Why a sheet can't be filled in: the expert stepped back, it is not the expert's, or it is no draft.
fn barred(judged: Option<&Judged>, rows: &[Cells<'_>]) -> Option<FieldProblem> {
    let first = rows.first()?;
    let (zh, en) = match judged.map(|judged| judged.seat.state) {
        Some(SeatState::Serving) => return None,
        Some(SeatState::Recused) => (
            "您已回避该申报，不能评分；请删去该申报的各行",
            "you are recused from this application: take its rows out",
        ),
        _ => ("您不评审该申报，或编号有误", "this application is not yours to judge, or the number is wrong"),
    };
    Some(first.wrong("application", zh, en))
}

/// Fills in one's own sheets by a table, once what it does has been confirmed. Signed sheets stay as they are.
///
/// # Errors
/// If the competition is not at its scoring, the caller has not declared, or anything is wrong in any row (all of it is
/// listed): a sheet that is signed and would differ, an application that the caller is recused from.
pub async fn import(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    import: ImportTable,
) -> Result<ImportedTableView> {
    let (cache, clear) = (service.cache.clone(), import.clear_empty);
    let table = table_of(import.table()).await?;
    service
        .write(context, Action::FillSheet, move |conn, act| {
            act.context.may(Action::FillSheet, Relation::General)?;
            act.on("competition", id);
            visible_competition(conn, &cache, act.context, id)?;
            act.enter(conn, id)?;
            let (competition, rules) = visible_competition(conn, &cache, act.context, id)?;
            let account = act.account()?;
            let expert = experts::by_account(conn, account)?.ok_or_else(Error::not_found)?.id;
            let judged = judged_by(conn, id, expert)?;
            must_be_scoring(&competition)?;
            let headed = table.headed(&COLUMNS).map_err(Error::invalid)?;
            let (mut problems, mut preview) = (Vec::new(), Preview::default());
            for (number, rows) in by_application(&headed) {
                let known = judged.iter().find(|judged| judged.number == number);
                problems.extend(barred(known, &rows));
                let Some(known) = known.filter(|known| known.seat.state == SeatState::Serving) else {
                    continue;
                };
                // Each panel has a declaration of its own: who was called into one later has yet to sign it.
                let declared = known.seat.declared_at.is_some();
                act.context.may(Action::FillSheet, Relation::Panel { declared })?;
                let row = sheets::own(conn, account, known.id)?.and_then(|own| own.sheet);
                let before: SheetContent =
                    row.as_ref().map(|row| parse(&row.content)).transpose()?.unwrap_or_default();
                let (after, places) = lay_sheet(&rows, &before, &rules.tally.rubric, clear, &mut problems);
                if row.as_ref().is_some_and(|row| row.state != SheetState::Draft) && after != before {
                    problems.extend(rows.first().map(|first| {
                        first.wrong(
                            "application",
                            "评分表已签署，不能用表格更改；请删去该申报的各行，如需更改请提交更正",
                            "the sheet is signed: take its rows out, and correct it with a reason instead",
                        )
                    }));
                    continue;
                }
                let wrong = check_sheet(&after, &rules.tally.rubric, &rules.settings.review, false);
                problems.extend(wrong.into_iter().map(|problem| of_sheet(problem, &rows, &places)));
                tell(act, &mut preview, &rules, number, (&before, &after), &places);
                if problems.is_empty() && after != before {
                    let revision = row.map_or(0, |row| row.revision) + 1;
                    sheets::put(conn, &draft((id, known.id, expert), &after, revision, act)?)?;
                }
            }
            must_be_valid(problems)?;
            // Nobody looks at a table row by row before it is sent.
            preview.leaves(act, &[]);
            act.insist();
            let Preview { added, changed, unchanged } = preview;
            Ok(ImportedTableView { added, changed, unchanged, hidden: table.hidden })
        })
        .await
}

fn draft(
    (competition_id, application_id, expert_id): (CompetitionId, ApplicationId, ExpertId),
    content: &SheetContent,
    revision: i64,
    act: &Act<'_>,
) -> Result<Sheet> {
    Ok(Sheet {
        application_id,
        expert_id,
        competition_id,
        state: SheetState::Draft,
        content: canonical(content),
        version: 0,
        digest: None,
        revision,
        changed_by: act.account()?,
        changed_at: act.now,
    })
}

/// A complaint about a sheet, at the row that its mark comes from; else at the first of its rows.
fn of_sheet(problem: FieldProblem, rows: &[Cells<'_>], places: &[(usize, usize)]) -> FieldProblem {
    let member = problem.pointer.split('/').nth(3).unwrap_or_default();
    let first = || Some(at_row(&problem, rows.first()?.number, member));
    at_its_row(&problem, places).or_else(first).unwrap_or(problem)
}
