//! Tables that were sent to be imported, given back with what is wrong in each row, or would change by it, in a last column.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::written;
use crate::actions::RequestContext;
use crate::actions::imports::{SentTable, table_of};
use crate::domain::table::TableFormat;
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::files::{Cell, Grid};
use crate::http::request::{Reply, Request};

/// The parameter by which an import is tried, and the table asked for.
pub(in crate::http) const MARKED: &[(&str, &str, &str)] = &[(
    "marked",
    "`true`：只试不办，答复为所发的表（Excel），末列写明各行的问题或将发生的变化",
    "`true`: nothing is done; the answer is the table as a workbook, with what is wrong in a row, or would change, in a last column",
)];

/// Does an import; or tries it, where the table is asked for with what comes of each row.
///
/// # Errors
/// What the import refuses; where the table is asked for, what is wrong with no row of it.
pub(in crate::http) async fn imported<T: Serialize>(
    request: &Request,
    sent: SentTable,
    import: impl AsyncFnOnce(Arc<RequestContext>) -> Result<T>,
) -> Result<Reply> {
    if !request.parameter("marked")?.unwrap_or(false) {
        return Reply::json(&import(Arc::clone(&request.context)).await?);
    }
    let tried =
        RequestContext { only_validates: true, idempotency: None, ..RequestContext::clone(&request.context) };
    let told = match import(Arc::new(tried)).await {
        Ok(_) => Vec::new(),
        Err(error) if is_of_table(&error) => error.problems,
        Err(error) => return Err(error),
    };
    let mut rows = table_of(sent).await?.told(&told, Language::Chinese).into_iter();
    let grid = Grid {
        name: "表".to_owned(),
        heading: rows.next().unwrap_or_default(),
        rows: rows.map(|row| row.into_iter().map(Cell::Text).collect()).collect(),
        choices: BTreeMap::new(),
        allowed: Vec::new(),
    };
    let on = request.service.clock.now().date();
    let (media_type, body) = written(TableFormat::Xlsx, "", on, vec![grid]).await?;
    let name = "标明问题的表格.xlsx".to_owned();
    Ok(Reply::Attachment { media_type, name, body: body.into() })
}

/// Whether what an error tells is of a table's rows: what is wrong in them, or what they would do.
fn is_of_table(error: &Error) -> bool {
    let of_rows = |pointer: &str| pointer.starts_with("/rows") || pointer == "/heading";
    error.is_would_be_done() || error.problems.iter().any(|problem| of_rows(&problem.pointer))
}
