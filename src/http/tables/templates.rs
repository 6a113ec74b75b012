//! Tables to be filled in: headings that imports know, what may stand below them, and what each means.

use std::collections::BTreeMap;

use super::XLSX;
use crate::actions::account_imports;
use crate::actions::data::{self, CatalogueTable};
use crate::domain::access::Role;
use crate::domain::catalogue::{CHAIN_COLUMNS, Catalogue, REGION_COLUMNS};
use crate::domain::table::Column;
use crate::domain::{account_table, days_table, expert};
use crate::error::{Error, Result};
use crate::files::{self, Cell, Grid};
use crate::http::request::{Reply, Request};

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A workbook to be filled in, with a sheet that says how.
fn template(
    name: &str,
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
    choices: BTreeMap<u16, Vec<String>>,
    request: &Request,
) -> Result<Reply> {
    let heading = columns.iter().map(|column| column.name().to_owned()).collect();
    let explained = columns.iter().map(|column| {
        let needed = if column.needed { "必填" } else { "" };
        vec![text(column.name()), text(needed), text(column.meaning.0), text(column.example)]
    });
    let grids = [
        Grid { name: name.to_owned(), heading, rows, choices },
        Grid {
            name: files::EXPLANATIONS.to_owned(),
            heading: ["列", "必填", "说明", "示例"].map(str::to_owned).to_vec(),
            rows: explained.collect(),
            choices: BTreeMap::new(),
        },
    ];
    let on = request.service.clock.now().date();
    let body = files::workbook(name, on, &grids).map_err(Error::internal)?;
    Ok(Reply::Attachment { media_type: XLSX, name: format!("{name}导入模板.xlsx"), body: body.into() })
}

/// Regions as they may stand in a table.
fn regions(catalogue: &Catalogue) -> Vec<String> {
    catalogue.regions.iter().map(|region| catalogue.region_name(&region.code)).collect()
}

/// A table of accounts: a row for each region that has none, its address to be filled in.
pub(in crate::http) async fn accounts(request: Request) -> Result<Reply> {
    let (rows, catalogue) = account_imports::missing(&request.service, &request.context).await?;
    let rows = rows.into_iter().map(|row| {
        let region = row.region.map_or_else(String::new, |code| catalogue.region_name(&code));
        vec![text(row.name), text(row.display_name), text(row.role.names().0), text(region), Cell::Empty]
    });
    let roles = Role::ALL.iter().map(|role| role.names().0.to_owned()).collect();
    let choices = BTreeMap::from([(2, roles), (3, regions(&catalogue))]);
    template("账号", &account_table::COLUMNS, rows.collect(), choices, &request)
}

/// A table of experts, empty.
pub(in crate::http) async fn experts(request: Request) -> Result<Reply> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let yes_or_no = ["是", "否"].map(str::to_owned).to_vec();
    let choices = BTreeMap::from([(3, regions(&catalogue)), (6, yes_or_no)]);
    template("专家", &expert::COLUMNS, Vec::new(), choices, &request)
}

/// The rows of a table as they stand.
fn rows_of<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> Vec<Vec<Cell>> {
    rows.map(|row| row.into_iter().map(Cell::Text).collect()).collect()
}

fn choices<const N: usize>(of: [(u16, &[&str]); N]) -> BTreeMap<u16, Vec<String>> {
    of.into_iter().map(|(at, words)| (at, words.iter().map(|word| (*word).to_owned()).collect())).collect()
}

/// One of the catalogue's tables, as it stands.
pub(in crate::http) async fn catalogue(request: Request) -> Result<Reply> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    match request.parameter("table")?.unwrap_or(CatalogueTable::Chains) {
        CatalogueTable::Chains => {
            let words = choices([(4, &["是", "否"]), (5, &["是", "否", "未知"])]);
            template("产业链", &CHAIN_COLUMNS, rows_of(catalogue.chain_rows()), words, &request)
        }
        CatalogueTable::Regions => {
            let words = choices([(2, &["设区市", "县（市、区）", "开发区"])]);
            template("地区", &REGION_COLUMNS, rows_of(catalogue.region_rows()), words, &request)
        }
    }
}

/// The calendar of working days, as it stands.
pub(in crate::http) async fn working_days(request: Request) -> Result<Reply> {
    let calendar = data::working_days(&request.service, None).await?.working_days;
    let rows = calendar.years.iter().map(|year| {
        let [holidays, worked] = [&year.holidays, &year.make_up_days].map(|days| days_table::written(days));
        [year.year.to_string(), String::new(), holidays, worked, year.document.clone().unwrap_or_default()]
    });
    template("工作日历", &days_table::COLUMNS, rows_of(rows), BTreeMap::new(), &request)
}
