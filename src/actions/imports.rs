//! Tables that people send, to be imported.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::table::Table;
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

/// The table that was sent.
///
/// # Errors
/// If there is not exactly one, or it can't be read.
pub(crate) async fn table_of(
    csv: Option<String>,
    xlsx: Option<String>,
    worksheet: Option<String>,
) -> Result<Table> {
    // An empty field of a form is none.
    let [csv, xlsx] = [csv, xlsx].map(|content| content.filter(|content| !content.trim().is_empty()));
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
