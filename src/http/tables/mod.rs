//! Lists and documents as tables for spreadsheet programs (`format=xlsx`, `format=csv`): what the API answers to the same
//! address, a cell for each member that people look at. Whoever may read the one may have the other; what is filtered is
//! what is written.

mod columns;
mod competition;
mod lists;
mod marked;
mod statistics;
mod templates;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::Semaphore;

use self::columns::{Column, cell};
use super::endpoints::Endpoint;
use super::printed;
use super::request::{PAGE, Reply, Request};
use crate::actions::desks;
use crate::actions::names::{self, ApplicationName};
use crate::actions::rules::Rules;
use crate::domain::access::{Action, Relation};
use crate::domain::ids::CompetitionId;
use crate::domain::table::TableFormat;
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::files::{self, Grid};

pub(super) use self::competition::{EXPORT, RANKING, SELECTIONS};
pub(super) use self::lists::*;
pub(super) use self::marked::{MARKED, imported};
pub(super) use self::statistics::STATISTICS;
pub(super) use self::templates::{
    accounts as account_template, catalogue as catalogue_template, checks as checks_template,
    experts as expert_template, inspections as inspection_template, part as part_template,
    sheets as sheets_template, working_days as days_template,
};

/// The parameters by which an answer is asked for as a table.
pub(super) const QUERY: &[(&str, &str, &str)] = &[
    (
        "format",
        "`xlsx` 或 `csv`：以表格给出全部内容（不分页）",
        "`xlsx` or `csv`: all of it as a table, not in pages",
    ),
    ("table", "有多张表时，仅此一张；CSV 必填", "Only this one of several tables; CSV needs it"),
    ("language", "表格的语言：`zh`（默认）或 `en`", "The table's language: `zh` unless told, or `en`"),
];

/// The media type of workbooks.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The most rows of a file, over all of its tables.
const MOST_ROWS: usize = 50_000;
/// How many files are made at a time: each takes a processor for a second and some hundred megabytes at most.
static MAKING: Semaphore = Semaphore::const_new(2);

/// What is known when a table is laid out: its language, and the settings of its competition, if it is of one.
pub(super) struct Scene {
    language: Language,
    settings: Value,
    /// Its applications by identifier, each by its number and title, where a table names them.
    applications: BTreeMap<String, String>,
    /// What holds in its competition.
    rules: Option<Arc<Rules>>,
}

impl Scene {
    fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }
}

/// A table that is laid out: its key, its name in Chinese and in English, and its rows, still as JSON.
pub(super) struct Table {
    key: &'static str,
    name: (&'static str, &'static str),
    columns: Vec<Column>,
    rows: Vec<Value>,
}

/// Lays an answer out as tables; of `null`, tables without rows.
type Layout = fn(&Scene, &Value) -> Vec<Table>;

/// How the answers of an endpoint become tables.
pub(super) struct Tabled {
    /// What the file is called, in Chinese and in English.
    pub(super) name: (&'static str, &'static str),
    layout: Layout,
}

impl Tabled {
    /// The tables of a file: the key of each and its name, in Chinese and in English.
    pub(super) fn tables(&self) -> Vec<(&'static str, (&'static str, &'static str))> {
        let nothing = Scene {
            language: Language::Chinese,
            settings: Value::Null,
            applications: BTreeMap::new(),
            rules: None,
        };
        (self.layout)(&nothing, &Value::Null).into_iter().map(|table| (table.key, table.name)).collect()
    }
}

/// Answers an endpoint as a file.
///
/// # Errors
/// What the endpoint refuses; a table that is not there, or none named where CSV needs one; too many rows.
pub(super) async fn file(
    row: &Endpoint,
    tabled: &Tabled,
    request: Request,
    format: TableFormat,
) -> Result<Reply> {
    let language = match request.query.get("language").map(String::as_str) {
        None | Some("zh") => Language::Chinese,
        Some("en") => Language::English,
        Some(_) => return Err(wrong("language", "应为 `zh` 或 `en`", "`zh` or `en`")),
    };
    let (scene, edition) = scene_of(tabled, &request, language).await?;
    let mut made = Made::new(&scene, tabled, request.query.get("table"))?;
    if format == TableFormat::Csv && made.grids.len() != 1 {
        return Err(wrong(
            "table",
            "CSV 只能有一张表：请以 `table` 指明",
            "A CSV file has one table: name it by `table`",
        ));
    }
    each_answer(row, &request, |answer| made.add(&answer)).await?;
    let made_on = request.service.clock.now().date();
    let name = scene.t(tabled.name.0, tabled.name.1);
    let name = match made.only.is_some().then(|| made.grids.first()).flatten() {
        Some(grid) => grid.name.clone(),
        None => name.to_owned(),
    };
    let (media_type, body) = written(format, &edition, made_on, made.grids).await?;
    let parts = [edition.as_str(), name.as_str(), &made_on.to_string()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let name = format!("{}.{format}", parts.join("_"));
    Ok(Reply::Attachment { media_type, name, body: body.into() })
}

/// What is known when an answer is laid out, and the title of its competition.
async fn scene_of(tabled: &Tabled, request: &Request, language: Language) -> Result<(Scene, String)> {
    let mut scene = Scene { language, settings: Value::Null, applications: BTreeMap::new(), rules: None };
    let id = request.path.get("competition_id").or_else(|| request.query.get("competition_id"));
    let Some(id) = id.and_then(|id| id.parse::<CompetitionId>().ok()) else {
        return Ok((scene, String::new()));
    };
    let (_, rules) = desks::rules(&request.service, &request.context, id).await?;
    let title = rules.settings.title.clone();
    scene.settings =
        serde_json::to_value(&rules.settings).map_err(|error| Error::internal(error.to_string()))?;
    scene.rules = Some(rules);
    let heads = (tabled.layout)(&scene, &Value::Null);
    let names_some = heads.iter().flat_map(|table| &table.columns).any(Column::names_applications);
    if names_some && request.context.may(Action::ReadDrafts, Relation::General).is_ok() {
        let named = names::competition(&request.service, &request.context, id).await?.applications;
        let called = |name: ApplicationName| format!("{} {}", name.number, name.title).trim().to_owned();
        scene.applications = named.into_iter().map(|(id, name)| (id.to_string(), called(name))).collect();
    }
    Ok((scene, title))
}

pub(super) fn wrong(parameter: &str, zh: &str, en: &str) -> Error {
    Error::invalid_field(format!("/query/{parameter}"), "wrong_value", zh, en)
}

/// The tables of a file in the making.
struct Made<'a> {
    scene: &'a Scene,
    layout: Layout,
    only: Option<&'static str>,
    columns: Vec<(&'static str, Vec<Column>)>,
    grids: Vec<Grid>,
    rows: usize,
}

impl<'a> Made<'a> {
    /// The headings of all tables, or of one.
    fn new(scene: &'a Scene, tabled: &Tabled, only: Option<&String>) -> Result<Self> {
        let heads = (tabled.layout)(scene, &Value::Null);
        let keys: Vec<&str> = heads.iter().map(|table| table.key).collect();
        let only = match only {
            None => None,
            Some(only) => Some(keys.iter().copied().find(|key| key == only).ok_or_else(|| {
                let keys = keys.join("、");
                wrong(
                    "table",
                    &format!("没有这张表；可选：{keys}"),
                    &format!("There is no such table but {keys}"),
                )
            })?),
        };
        let (mut columns, mut grids) = (Vec::new(), Vec::new());
        for table in heads.into_iter().filter(|table| only.is_none_or(|only| only == table.key)) {
            let heading = table.columns.iter().map(|column| column.heading(scene.language)).collect();
            let name = scene.t(table.name.0, table.name.1).to_owned();
            grids.push(Grid {
                name,
                heading,
                rows: Vec::new(),
                choices: BTreeMap::new(),
                allowed: Vec::new(),
            });
            columns.push((table.key, table.columns));
        }
        Ok(Self { scene, layout: tabled.layout, only, columns, grids, rows: 0 })
    }

    fn add(&mut self, answer: &Value) -> Result<()> {
        for table in (self.layout)(self.scene, answer) {
            let Some(place) = self.columns.iter().position(|(key, _)| *key == table.key) else { continue };
            let columns = &self.columns[place].1;
            self.rows += table.rows.len();
            if self.rows > MOST_ROWS {
                return Err(Error::invalid_field(
                    "/query",
                    "table_too_large",
                    format!("表格超过{MOST_ROWS}行，请先筛选"),
                    format!("The table has more than {MOST_ROWS} rows: filter first"),
                ));
            }
            let cells = |row: &Value| columns.iter().map(|column| cell(column, row, self.scene)).collect();
            self.grids[place].rows.extend(table.rows.iter().map(cells));
        }
        Ok(())
    }
}

/// Reads an endpoint's answer: each page of a list, each line of one that is given in lines, or the whole.
///
/// # Errors
/// What the endpoint refuses, and what `add` does.
pub(super) async fn each_answer(
    row: &Endpoint,
    request: &Request,
    mut add: impl FnMut(Value) -> Result<()>,
) -> Result<()> {
    let in_pages = row.query.iter().any(|(name, ..)| *name == "cursor");
    let mut cursor = None;
    loop {
        match (row.handler)(page(request, in_pages, cursor.take())).await? {
            Reply::Body { body, .. } => {
                let answer = read(&body)?;
                cursor = answer["next_cursor"].as_str().filter(|_| in_pages).map(str::to_owned);
                add(answer)?;
            }
            Reply::Lines(mut pieces) => {
                while let Some(piece) = pieces.next().await {
                    for line in piece?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                        add(read(line)?)?;
                    }
                }
            }
            _ => return Err(Error::internal("an answer of no JSON can't be a file".to_owned())),
        }
        if cursor.is_none() {
            return Ok(());
        }
    }
}

fn read(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|error| Error::internal(error.to_string()))
}

/// The same request for a page of its answer, as large as pages can be.
fn page(request: &Request, in_pages: bool, cursor: Option<String>) -> Request {
    let ours = |name: &str| QUERY.iter().chain(printed::QUERY).any(|(known, ..)| *known == name);
    let mut query = request.query.clone();
    let of_paging = |name: &str| in_pages && matches!(name, "limit" | "cursor");
    query.retain(|name, _| !(ours(name) || of_paging(name)));
    if in_pages {
        query.insert("limit".to_owned(), PAGE.end().to_string());
        query.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
    }
    Request {
        service: request.service.clone(),
        context: Arc::clone(&request.context),
        path: request.path.clone(),
        query,
        body: bytes::Bytes::new(),
        payload: None,
        if_match: None,
        content_digest: None,
        digest_needed: false,
        content_length: None,
        objection_code: request.objection_code.clone(),
        user_agent: request.user_agent.clone(),
    }
}

/// The bytes of a file, made where they keep nobody waiting.
async fn written(
    format: TableFormat,
    title: &str,
    made_on: NaiveDate,
    grids: Vec<Grid>,
) -> Result<(&'static str, Vec<u8>)> {
    let _permit = MAKING.acquire().await.map_err(|_| Error::busy(1))?;
    let title = title.to_owned();
    let work = tokio::task::spawn_blocking(move || match format {
        TableFormat::Csv => Ok((super::request::CSV, grids.first().map(files::csv).unwrap_or_default())),
        TableFormat::Xlsx => files::workbook(&title, made_on, &grids).map(|bytes| (XLSX, bytes)),
    });
    work.await.map_err(|error| Error::internal(error.to_string()))?.map_err(Error::internal)
}
