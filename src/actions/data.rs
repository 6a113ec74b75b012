//! Reference data: versions of the catalogue and of the calendar of working days. A new version is shown as a list of
//! what it changes before it is imported.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::imports::{SentTable, table_of};
use super::{Page, RequestContext, Service, need_text, parse};
use crate::clock::Clock;
use crate::db::accounts;
use crate::db::data::{self, Dataset};
use crate::db::{Conn, Db};
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::{Catalogue, JIANGSU, Region};
use crate::domain::ids::AccountId;
use crate::domain::keyword::keyword_enum;
use crate::domain::lengths;
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, canonical, canonical_value, digest_of};
use crate::domain::table::Table;
use crate::domain::time::Timestamp;
use crate::domain::working_days::{CHINA, WorkingCalendar};
use crate::error::{Error, Result, must_be_valid};

keyword_enum! {
    /// A kind of reference data.
    pub enum Kind {
        /// Clusters, chains and regions.
        Catalogue = "catalogue",
        /// Holidays and make-up days.
        WorkingDays = "working_days",
    }
}

keyword_enum! {
    /// One of the catalogue's tables.
    pub enum CatalogueTable {
        Chains = "chains",
        Regions = "regions",
    }
}

/// A new version: a whole catalogue or calendar, a table, or one region to be added. A table of the catalogue replaces that
/// table; one of working days replaces the years that it names.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "ImportData")]
pub struct Import {
    /// The version that it was made from: the newest, else the import is refused.
    pub base_version: i32,
    /// Why, and from which document (文号).
    #[schemars(length(min = 1, max = lengths::REMARK))]
    pub reason: String,
    #[serde(default)]
    pub catalogue: Option<Catalogue>,
    /// Which table of the catalogue `csv` or `xlsx` is.
    #[serde(default)]
    pub table: Option<CatalogueTable>,
    #[serde(default)]
    pub csv: Option<String>,
    /// The bytes of an Excel workbook (.xlsx), or of a CSV file in UTF-8, UTF-16 or GB18030, in base64.
    #[serde(default)]
    pub xlsx: Option<String>,
    /// Which sheet of the workbook, by its name; needed where several that are not hidden have anything in them.
    #[serde(default)]
    #[schemars(length(max = 31))]
    pub worksheet: Option<String>,
    /// One region, to be added to the catalogue: a zone that it lacks.
    #[serde(default)]
    pub zone: Option<Region>,
    /// A whole calendar of working days.
    #[serde(default)]
    pub working_days: Option<WorkingCalendar>,
}

impl Import {
    pub(crate) fn table(&self) -> SentTable {
        SentTable { csv: self.csv.clone(), xlsx: self.xlsx.clone(), worksheet: self.worksheet.clone() }
    }

    /// The table that it has, if it has one.
    async fn read_table(&self) -> Result<Option<Table>> {
        let sent = self.table();
        if sent.is_there() { table_of(sent).await.map(Some) } else { Ok(None) }
    }
}

/// What an import would change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ImportPreviewView")]
pub struct PreviewView {
    /// The version that holds now.
    pub base_version: i32,
    /// The digest that the new version would have.
    pub digest: Digest,
    /// Whether it would change nothing.
    pub changes_nothing: bool,
    /// What it would change, chain by chain and region by region, or year by year.
    pub changes: Value,
}

/// A version of reference data, without its content.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DatasetView {
    /// Its number, from 1.
    pub version: i32,
    /// The digest of its content.
    pub digest: Digest,
    /// Why it was imported.
    pub reason: String,
    /// Who imported it; nobody for what the program brought along or the operator imported.
    pub imported_by: Option<AccountId>,
    pub imported_at: Timestamp,
}

impl From<&Dataset> for DatasetView {
    fn from(row: &Dataset) -> Self {
        Self {
            version: row.version,
            digest: row.digest,
            reason: row.reason.clone(),
            imported_by: row.imported_by,
            imported_at: row.imported_at,
        }
    }
}

/// A version of the catalogue.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CatalogueView {
    pub dataset: DatasetView,
    pub catalogue: Catalogue,
}

/// A version of the calendar of working days.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WorkingDaysView {
    pub dataset: DatasetView,
    pub working_days: WorkingCalendar,
}

/// The running number that only a demonstration begins, so that its data are known for what they are.
const DEMONSTRATION: &str = "demonstration";

/// Whether the data are a demonstration's.
///
/// # Errors
/// If the database fails.
pub async fn is_demonstration(service: &Service) -> Result<bool> {
    service.db.read("demonstration", |conn| accounts::has_begun(conn, DEMONSTRATION)).await
}

/// Marks the data as a demonstration's, before there is any.
///
/// # Errors
/// If something that is real is there.
pub async fn mark_as_demonstration(service: &Service) -> Result<()> {
    service
        .db
        .write("demonstration", |conn| {
            if accounts::has_begun(conn, DEMONSTRATION)? {
                return Ok(());
            }
            if accounts::any(conn)? {
                return Err(Error::conflict(
                    "no_demo",
                    "该数据目录不是演示数据，请另选目录（`--data`）",
                    "What is there is no demonstration; choose another directory (`--data`)",
                ));
            }
            accounts::next_number(conn, DEMONSTRATION).map(drop)
        })
        .await
}

/// Stores the data that the program brings along, where there is none yet.
///
/// # Errors
/// If the database fails.
pub async fn seed(db: &Db, clock: &Clock) -> Result<()> {
    let now = clock.now();
    db.write("seed", move |conn| {
        crate::db::audit::lock(conn, crate::db::audit::SERVICE_CHAIN)?;
        let notices = "国务院办公厅关于部分节假日安排的各年通知（文号见各年）";
        let brought = [(Kind::Catalogue, JIANGSU, "随程序提供"), (Kind::WorkingDays, CHINA, notices)];
        for (kind, text, reason) in brought {
            if data::newest_version(conn, kind.as_str())?.is_none() {
                let content: Value = parse(text)?;
                let content = canonical(&content);
                data::insert(
                    conn,
                    &Dataset {
                        kind: kind.to_string(),
                        version: 1,
                        digest: digest_of(&content),
                        content,
                        reason: reason.to_owned(),
                        imported_by: None,
                        imported_at: now,
                    },
                )?;
            }
        }
        Ok(())
    })
    .await
}

/// What the new version would be, against the newest.
struct Draft {
    base: Dataset,
    content: String,
    changes: Value,
}

fn draft(conn: &mut Conn, kind: Kind, import: &Import, table: Option<&Table>) -> Result<Draft> {
    let newest = data::newest(conn, kind.as_str())?;
    let base = newest.ok_or_else(|| Error::internal(format!("no {kind} is stored")))?;
    if base.version != import.base_version {
        return Err(Error::conflict(
            "newer_version",
            format!("现行版本是第{}版，请在其基础上重新导入", base.version),
            format!("Version {} holds now; make the import from it", base.version),
        ));
    }
    let wholes = [import.catalogue.is_some(), import.zone.is_some(), import.working_days.is_some()];
    let given = wholes.iter().filter(|given| **given).count() + usize::from(table.is_some());
    let fits = match kind {
        Kind::Catalogue => import.working_days.is_none() && import.table.is_some() == table.is_some(),
        Kind::WorkingDays => import.catalogue.is_none() && import.zone.is_none() && import.table.is_none(),
    };
    if given != 1 || !fits {
        return Err(Error::invalid_field(
            "",
            "one_content",
            "请提供且仅提供一种内容",
            "Give exactly one content of this kind",
        ));
    }
    let (content, changes) = match kind {
        Kind::WorkingDays => {
            let before: WorkingCalendar = parse(&base.content)?;
            let after = drafted_calendar(&before, import, table)?;
            (canonical(&after), canonical_value(&before.changes_to(&after)))
        }
        Kind::Catalogue => {
            let before: Catalogue = parse(&base.content)?;
            let after = drafted_catalogue(&before, import, table)?;
            (canonical(&after), canonical_value(&before.changes_to(&after)))
        }
    };
    Ok(Draft { base, content, changes })
}

fn drafted_calendar(
    before: &WorkingCalendar,
    import: &Import,
    table: Option<&Table>,
) -> Result<WorkingCalendar> {
    match (&import.working_days, table) {
        (Some(calendar), _) => {
            let problems = calendar.check().into_iter();
            must_be_valid(problems.map(|problem| problem.under("/working_days")).collect())?;
            Ok(calendar.clone())
        }
        (None, Some(table)) => before.with_days(table).map_err(Error::invalid),
        (None, None) => Ok(before.clone()),
    }
}

fn drafted_catalogue(before: &Catalogue, import: &Import, table: Option<&Table>) -> Result<Catalogue> {
    let (after, part) = match (&import.catalogue, &import.zone, import.table.zip(table)) {
        (Some(catalogue), ..) => (Ok(catalogue.clone()), "/catalogue"),
        (None, Some(region), _) => (before.with_region(region.clone()), "/zone"),
        (None, None, Some((CatalogueTable::Chains, table))) => (before.with_chains(table), ""),
        (None, None, Some((CatalogueTable::Regions, table))) => (before.with_regions(table), ""),
        (None, None, None) => (Ok(before.clone()), ""),
    };
    let under = |problems: Vec<FieldProblem>| problems.into_iter().map(|p| p.under(part)).collect();
    let after = after.map_err(|problems| Error::invalid(under(problems)))?;
    must_be_valid(under(after.check()))?;
    Ok(after)
}

/// What an import would change. Nothing is stored.
///
/// # Errors
/// If the caller may not import, or the content is wrong.
pub async fn preview(
    service: &Service,
    context: &Arc<RequestContext>,
    kind: Kind,
    import: Import,
) -> Result<PreviewView> {
    let table = import.read_table().await?;
    service
        .read(context, Action::ImportData, kind.to_string(), move |conn, context| {
            context.may(Action::ImportData, Relation::General)?;
            let draft = draft(conn, kind, &import, table.as_ref())?;
            Ok(PreviewView {
                base_version: draft.base.version,
                digest: digest_of(&draft.content),
                changes_nothing: draft.content == draft.base.content,
                changes: draft.changes,
            })
        })
        .await
}

/// Imports a new version.
///
/// # Errors
/// If the caller may not, the content is wrong or changes nothing, or another version has been imported meanwhile.
pub async fn import(
    service: &Service,
    context: &Arc<RequestContext>,
    kind: Kind,
    import: Import,
) -> Result<DatasetView> {
    let table = import.read_table().await?;
    service
        .write(context, Action::ImportData, move |conn, act| {
            act.enter_service(conn)?;
            act.on(kind.as_str(), import.base_version.saturating_add(1));
            act.context.may(Action::ImportData, Relation::General)?;
            need_text("/reason", &import.reason, 1, 500)?;
            let draft = draft(conn, kind, &import, table.as_ref())?;
            if draft.content == draft.base.content {
                return Err(Error::conflict(
                    "unchanged",
                    "内容与现行版本相同",
                    "This is the same as the version that holds",
                ));
            }
            let row = Dataset {
                kind: kind.to_string(),
                version: draft.base.version + 1,
                digest: digest_of(&draft.content),
                content: draft.content,
                reason: import.reason.clone(),
                imported_by: act.context.caller.as_ref().map(|caller| caller.account),
                imported_at: act.now,
            };
            act.changed(Some(draft.base.digest), Some(row.digest));
            act.detail("reason", &row.reason);
            act.detail("changes", &draft.changes);
            data::insert(conn, &row)?;
            Ok(DatasetView::from(&row))
        })
        .await
}

impl PreviewView {
    /// The changes, for people at a command line: one a line.
    pub fn changes_text(&self) -> String {
        let changes = serde_json::to_string_pretty(&self.changes).unwrap_or_default();
        format!("第{}版之后的变化 / changes to version {}:\n{changes}", self.base_version, self.base_version)
    }
}

/// The number of the newest version.
///
/// # Errors
/// If the database fails.
pub async fn newest_version(service: &Service, kind: Kind) -> Result<i32> {
    Ok(stored(service, kind, None).await?.version)
}

async fn stored(service: &Service, kind: Kind, version: Option<i32>) -> Result<Dataset> {
    service
        .read_public("data", move |conn| {
            let found = match version {
                Some(version) => data::by_version(conn, kind.as_str(), version)?,
                None => data::newest(conn, kind.as_str())?,
            };
            found.ok_or_else(Error::not_found)
        })
        .await
}

/// A version of the catalogue, or the newest.
///
/// # Errors
/// If there is no such version.
pub async fn catalogue(service: &Service, version: Option<i32>) -> Result<CatalogueView> {
    let row = stored(service, Kind::Catalogue, version).await?;
    let catalogue = parse(&row.content)?;
    Ok(CatalogueView { dataset: DatasetView::from(&row), catalogue })
}

/// A version of the calendar of working days, or the newest.
///
/// # Errors
/// If there is no such version.
pub async fn working_days(service: &Service, version: Option<i32>) -> Result<WorkingDaysView> {
    let row = stored(service, Kind::WorkingDays, version).await?;
    let working_days = parse(&row.content)?;
    Ok(WorkingDaysView { dataset: DatasetView::from(&row), working_days })
}

/// Versions, newest first.
///
/// # Errors
/// If the database fails.
pub async fn versions(
    service: &Service,
    kind: Kind,
    before: Option<i32>,
    limit: usize,
) -> Result<Page<DatasetView>> {
    let rows = service
        .read_public("data.versions", move |conn| {
            data::list(conn, kind.as_str(), before.unwrap_or(i32::MAX), Page::<Dataset>::rows(limit))
        })
        .await?;
    Ok(Page::of(rows, limit, |row| row.version.to_string()).map(|row| DatasetView::from(&row)))
}
