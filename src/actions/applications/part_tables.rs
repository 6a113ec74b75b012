//! Figures and firms of an application from a table.

use std::sync::Arc;

use super::parts::store;
use super::{enter, find, must_be_open};
use crate::actions::imports::{ImportTable, ImportedTableView, Preview, table_of};
use crate::actions::messages::Owners;
use crate::actions::rules::Rules;
use crate::actions::{Act, RequestContext, Service, parse};
use crate::db::{Conn, applications};
use crate::domain::access::Action;
use crate::domain::application::{
    FIGURE_COLUMNS, FIRM_COLUMNS, Figures, Firms, Laid, Part, PartContent, check_part, described_figure,
    described_firm, lay_figures, lay_firms,
};
use crate::domain::ids::ApplicationId;
use crate::domain::table::{Described, Table, at_its_row};
use crate::error::{Error, Result, must_be_valid};

/// What a table makes of a list: the list, with the rows that its entries come from.
struct Made {
    content: PartContent,
    rows: Vec<(usize, usize)>,
}

/// Lays rows over a list, and tells what that does.
fn laid_over<T: Clone + PartialEq>(
    act: &mut Act<'_>,
    preview: &mut Preview,
    stored: &[T],
    laid: Vec<Laid<T>>,
    name: impl Fn(&T) -> String,
    described: impl Fn(&T) -> Vec<Described>,
) -> (Vec<T>, Vec<(usize, usize)>) {
    let (mut list, mut rows, mut named) = (stored.to_vec(), Vec::new(), Vec::new());
    for Laid { row, before, after } in laid {
        let place = before.as_ref().and_then(|before| stored.iter().position(|known| known == before));
        match (&before, place) {
            (Some(before), Some(place)) => {
                named.push(place);
                list[place].clone_from(&after);
                rows.push((place, row));
                if *before == after {
                    preview.unchanged += 1;
                } else {
                    preview.changes(act, row, &name(before), (&described(before), &described(&after)));
                }
            }
            _ => {
                preview.adds(act, row, &name(&after), &described(&after));
                rows.push((list.len(), row));
                list.push(after);
            }
        }
    }
    let missing = stored.iter().enumerate().filter(|(place, _)| !named.contains(place));
    let missing: Vec<String> = missing.map(|(_, one)| name(one)).collect();
    preview.leaves(act, &missing);
    (list, rows)
}

fn made(
    act: &mut Act<'_>,
    preview: &mut Preview,
    (part, rules): (&Part, &Rules),
    stored: Option<&str>,
    (table, clear): (&Table, bool),
) -> Result<Made> {
    let mut problems = Vec::new();
    let made = match part {
        Part::Figures => {
            let stored: Figures = stored.map(parse).transpose()?.unwrap_or_default();
            let headed = table.headed(&FIGURE_COLUMNS).map_err(Error::invalid)?;
            let rubric = &rules.tally.rubric;
            let laid = lay_figures(&headed, &stored.figures, rubric, clear, &mut problems);
            let name = |key: &str| {
                let found = rubric.measured().find(|(indicator, _)| indicator.key.as_str() == key);
                found.map_or_else(|| key.to_owned(), |(indicator, _)| indicator.name.clone())
            };
            let of_figure = |figure: &crate::domain::application::Figure| name(&figure.indicator);
            let (figures, rows) = laid_over(act, preview, &stored.figures, laid, of_figure, described_figure);
            Made { content: PartContent::Figures(Figures { figures }), rows }
        }
        Part::Firms => {
            let stored: Firms = stored.map(parse).transpose()?.unwrap_or_default();
            let headed = table.headed(&FIRM_COLUMNS).map_err(Error::invalid)?;
            let laid = lay_firms(&headed, &stored.firms, clear, &mut problems);
            let (firms, rows) =
                laid_over(act, preview, &stored.firms, laid, |firm| firm.name.clone(), described_firm);
            Made { content: PartContent::Firms(Firms { firms }), rows }
        }
        _ => return Err(Error::not_found()),
    };
    let wrong = check_part(&made.content, part, &rules.settings, &rules.tally);
    let at_row = |problem| at_its_row(&problem, &made.rows).unwrap_or(problem);
    problems.extend(wrong.into_iter().map(at_row));
    must_be_valid(problems)?;
    Ok(made)
}

/// Lays a table over the figures or the firms of an application, once what it does has been confirmed. What the table does
/// not name stays.
///
/// # Errors
/// If the caller is not of the lead region, the application can't be changed now, or anything is wrong in any row (all of it
/// is listed).
pub async fn import_part(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    part: Part,
    import: ImportTable,
) -> Result<ImportedTableView> {
    let (cache, owners, clear) = (service.cache.clone(), Owners::of(service), import.clear_empty);
    // Whoever may not change it is told so, not what is wrong with the table.
    let of = format!("application/{id}");
    let may =
        move |conn: &mut Conn, context: &RequestContext| find(conn, context, id, Action::ChangeApplication);
    service.read(context, Action::ChangeApplication, of, may).await?;
    let table = table_of(import.table()).await?;
    service
        .write(context, Action::ChangeApplication, move |conn, act| {
            let (mut application, _, competition, rules) =
                enter(conn, act, &cache, id, Action::ChangeApplication)?;
            act.detail("part", &part.to_string());
            must_be_open(conn, act, &application, &competition, &rules)?;
            let stored = applications::part(conn, id, &part.to_string())?;
            let mut preview = Preview::default();
            let before = stored.as_ref().map(|row| row.content.as_str());
            let made = made(act, &mut preview, (&part, &rules), before, (&table, clear))?;
            if preview.added + preview.changed > 0 {
                store(conn, act, (&owners, &rules), &mut application, (&part, stored), &made.content)?;
            }
            // Nobody looks at a table row by row before it is sent.
            act.insist();
            let Preview { added, changed, unchanged } = preview;
            Ok(ImportedTableView { added, changed, unchanged, hidden: table.hidden })
        })
        .await
}
