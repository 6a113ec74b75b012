//! Tables that people send, to be imported: how they are read, and how what they would do is told before it is done.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Act;
use crate::domain::problem::FieldProblem;
use crate::domain::table::{Described, Table};
use crate::domain::values::count;
use crate::error::{Error, Result};
use crate::files::{TableFault, read_table};

fn unreadable(fault: &TableFault) -> Error {
    let (code, zh, en) = match fault {
        TableFault::NotATable => (
            "not_a_table",
            "不是 CSV 文件（UTF-8、GB18030 或 UTF-16 编码），也不是 Excel 工作簿（.xlsx）".to_owned(),
            "Neither CSV (in UTF-8, GB18030 or UTF-16) nor an Excel workbook (.xlsx)".to_owned(),
        ),
        TableFault::OldWorkbook => (
            "not_a_table",
            "是旧格式的文件（.xls）：请在 Excel 或 WPS 中另存为 .xlsx".to_owned(),
            "A file of the old kind (.xls): save it as .xlsx".to_owned(),
        ),
        TableFault::Protected => (
            "not_a_table",
            "工作簿设有打开密码：请去掉密码后重新保存".to_owned(),
            "The workbook is protected by a password: save it without one".to_owned(),
        ),
        TableFault::WhichSheet(names) => {
            let names = names.join("、");
            return Error::invalid_field(
                "/worksheet",
                "which_worksheet",
                format!("工作簿有多张工作表，请写明导入哪一张：{names}"),
                format!("The workbook has several sheets: say which, of {names}"),
            );
        }
        TableFault::NoSheet => (
            "not_a_table",
            "工作簿中没有可见的工作表".to_owned(),
            "The workbook has no sheet that is shown".to_owned(),
        ),
        TableFault::TooLarge => (
            "table_too_large",
            "表格过大：至多10000行、100列".to_owned(),
            "The table is too large: at most 10,000 rows of 100 columns".to_owned(),
        ),
        TableFault::Line(line) => (
            "not_a_table",
            format!("第{line}行不是有效的 CSV"),
            format!("Line {line} is not well-formed CSV"),
        ),
    };
    Error::invalid_field("", code, zh, en)
}

/// A table as it was sent: a CSV file as text, or the bytes of a file in base64, with which sheet of it is meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct SentTable {
    pub(crate) csv: Option<String>,
    pub(crate) xlsx: Option<String>,
    pub(crate) worksheet: Option<String>,
}

impl SentTable {
    /// Whether there is any.
    pub(crate) fn is_there(&self) -> bool {
        self.csv.is_some() || self.xlsx.is_some()
    }
}

/// A table to be imported: exactly one of its forms.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ImportTable {
    #[serde(default)]
    pub csv: Option<String>,
    /// The bytes of an Excel workbook (.xlsx), or of a CSV file in UTF-8, UTF-16 or GB18030, in base64.
    #[serde(default)]
    pub xlsx: Option<String>,
    /// Which sheet of the workbook, by its name; needed where several that are not hidden have anything in them.
    #[serde(default)]
    #[schemars(length(max = 31))]
    pub worksheet: Option<String>,
    /// Whether empty cells clear what is there; they leave it else.
    #[serde(default)]
    pub clear_empty: bool,
}

impl ImportTable {
    pub(crate) fn table(&self) -> SentTable {
        SentTable { csv: self.csv.clone(), xlsx: self.xlsx.clone(), worksheet: self.worksheet.clone() }
    }
}

/// What an import did.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ImportedTableView {
    /// Rows by which something was added.
    pub added: u32,
    /// Rows by which something that was there was changed.
    pub changed: u32,
    /// Rows that say what is there already.
    pub unchanged: u32,
    /// Rows and columns of the workbook that are hidden and were imported all the same.
    pub hidden: u32,
}

/// The table that was sent.
///
/// # Errors
/// If there is not exactly one, or it can't be read.
pub(crate) async fn table_of(sent: SentTable) -> Result<Table> {
    // An empty field of a form is none.
    let [csv, xlsx] =
        [sent.csv, sent.xlsx].map(|content| content.filter(|content| !content.trim().is_empty()));
    let worksheet = sent.worksheet;
    let bytes = match (csv, xlsx) {
        (Some(csv), None) => csv.into_bytes(),
        (None, Some(xlsx)) => STANDARD.decode(xlsx).map_err(|_| {
            Error::invalid_field("/xlsx", "not_base64", "不是有效的 `base64`", "Not valid `base64`")
        })?,
        _ => {
            return Err(Error::invalid_field(
                "",
                "one_content",
                "请提供且仅提供一种内容",
                "Give exactly one content of this kind",
            ));
        }
    };
    // A workbook may take its reader long, and a reader that panics must not take the service along.
    let table = tokio::task::spawn_blocking(move || read_table(&bytes, worksheet.as_deref())).await;
    table.unwrap_or(Err(TableFault::NotATable)).map_err(|fault| unreadable(&fault))
}

/// How many of those that a table does not name are named.
const NAMED: usize = 20;

/// What a table would do, told row by row before it is done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preview {
    pub(crate) added: u32,
    pub(crate) changed: u32,
    pub(crate) unchanged: u32,
}

impl Preview {
    /// Tells that a row adds somebody or something of this name.
    pub(crate) fn adds(&mut self, act: &mut Act<'_>, row: usize, name: &str, fields: &[Described]) {
        let of = |words: fn(&(String, String)) -> &str, sign: &str| {
            let values = fields.iter().map(|(_, value)| words(value)).filter(|value| !value.is_empty());
            values.collect::<Vec<_>>().join(sign)
        };
        act.follows(FieldProblem::new(
            format!("/rows/{row}"),
            "added",
            format!("第{row}行 新增 {name}：{}", of(|(zh, _)| zh, "，")),
            format!("Row {row}: adds {name}: {}", of(|(_, en)| en, ", ")),
        ));
        self.added += 1;
    }

    /// Tells what a row changes of somebody or something: each field with what it was and would be.
    pub(crate) fn changes(
        &mut self,
        act: &mut Act<'_>,
        row: usize,
        name: &str,
        (before, after): (&[Described], &[Described]),
    ) {
        let or_empty =
            |text: &str, empty: &str| if text.is_empty() { empty.to_owned() } else { text.to_owned() };
        for (((zh, en), was), (_, is)) in before.iter().zip(after).filter(|((_, was), (_, is))| was != is) {
            act.follows(FieldProblem::new(
                format!("/rows/{row}"),
                "changed",
                format!(
                    "第{row}行 {name} {zh}：{} → {}",
                    or_empty(&was.0, "（空）"),
                    or_empty(&is.0, "（空）")
                ),
                format!(
                    "Row {row}: {name}, {en}: {} → {}",
                    or_empty(&was.1, "(empty)"),
                    or_empty(&is.1, "(empty)")
                ),
            ));
        }
        self.changed += 1;
    }

    /// Tells, where a table does anything, what it leaves as it is: rows that say nothing new, and what it does not name.
    pub(crate) fn leaves(self, act: &mut Act<'_>, missing: &[String]) {
        if self.added + self.changed == 0 {
            return;
        }
        if self.unchanged > 0 {
            let rows = self.unchanged;
            let en = format!("{} as it stands now", count(rows as usize, "row", "rows"));
            act.follows(FieldProblem::new("/rows", "unchanged", format!("另有{rows}行与现有内容相同"), en));
        }
        if !missing.is_empty() {
            let all = missing.len();
            let (named, more) = (missing[..all.min(NAMED)].join("、"), all > NAMED);
            act.follows(FieldProblem::new(
                "/rows",
                "missing",
                format!("现有而表中没有的{all}项保持不变：{named}{}", if more { "等" } else { "" }),
                format!(
                    "Not in the table, and left as they are, {all}: {named}{}",
                    if more { " …" } else { "" }
                ),
            ));
        }
    }
}
