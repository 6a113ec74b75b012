//! Tables that people import or are given: rows of text under the names of columns. What is no text, and what would have to be
//! guessed, is told at its row and column.

use super::catalogue::{Catalogue, RegionCode};
use super::keyword::keyword_enum;
use super::problem::{FieldProblem, Message};
use super::values::count;

keyword_enum! {
    /// What kind of file a table is written as.
    pub enum TableFormat {
        /// An Excel workbook.
        Xlsx = "xlsx",
        /// Comma-separated values.
        Csv = "csv",
    }
}

/// A table as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The rows that are not empty, the heading first.
    pub rows: Vec<Row>,
    /// Cells that can't be taken as text.
    pub faults: Vec<CellFault>,
    /// How many rows and columns with content are hidden from whoever looks at the table.
    pub hidden: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which row of the file, from 1.
    pub number: usize,
    pub cells: Vec<String>,
}

/// A cell that can't be taken as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFault {
    /// Which row of the file, from 1.
    pub row: usize,
    /// Which column, from 0.
    pub column: usize,
    /// Why.
    pub fault: Fault,
}

/// Why a cell can't be taken as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is an error, such as `#N/A`.
    Error(String),
    /// It is a date or a time, which is shown in one of many ways.
    Date,
    /// It is a formula without a result.
    Formula,
    /// It is merged with others.
    Merged,
    /// It is a number with more digits than numbers of a spreadsheet keep.
    Digits,
    /// It is a number that is shown as another text.
    Shown,
    /// Its text has a character that no text may have.
    Text(Message),
}

impl Fault {
    fn message(&self) -> Message {
        let (zh, en) = match self {
            Self::Error(error) => {
                return Message::new(
                    format!("是错误值 {error}，请改正公式或填写内容"),
                    format!("is the error {error}; correct its formula or fill it in"),
                );
            }
            Self::Text(message) => return message.clone(),
            Self::Date => (
                "是日期格式，请设为“文本”格式后重新填写，如 2024-06-30",
                "is formatted as a date; format it as text and write it again, like 2024-06-30",
            ),
            Self::Formula => (
                "是没有结果的公式，请粘贴为数值后重新保存",
                "is a formula without a result; paste its value and save again",
            ),
            Self::Merged => {
                ("是合并的单元格，请取消合并并逐格填写", "is merged; unmerge it and fill in each cell")
            }
            Self::Digits => (
                "是超过15位的数字，末尾的数字已经丢失，请设为“文本”格式后重新填写",
                "is a number of more than 15 digits, the last of which are lost; format it as text and write it again",
            ),
            Self::Shown => (
                "显示的内容与所存的数值不同，请设为“文本”或“常规”格式",
                "is shown as something other than its number; format it as text or as general",
            ),
        };
        Message::new(zh, en)
    }
}

/// How a spreadsheet names a cell, such as `B3`; the column counts from 0.
fn cell_name(row: usize, column: usize) -> String {
    let (mut letters, mut left) = (Vec::new(), column + 1);
    while left > 0 {
        left -= 1;
        letters.push(u8::try_from(left % 26).unwrap_or(0) + b'A');
        left /= 26;
    }
    letters.reverse();
    format!("{}{row}", String::from_utf8(letters).unwrap_or_default())
}

/// Headings that people write, with the columns that they mean.
const HEADINGS: &[(&str, &str)] = &[
    // Of experts.
    ("姓名", "name"),
    ("单位", "unit"),
    ("工作单位", "unit"),
    ("职称", "title"),
    ("地区", "region"),
    ("单位所在地区", "region"),
    ("领域", "fields"),
    ("工作量上限", "most_load"),
    ("可参加抽取", "available"),
    ("近三年任职单位", "employers"),
    ("任职单位", "employers"),
    ("电话", "phone"),
    ("联系电话", "phone"),
    ("手机", "phone"),
    ("账号", "account"),
    ("登录名", "account"),
    // Of accounts.
    ("姓名或单位", "name"),
    ("角色", "role"),
    ("地区代码", "region"),
    ("邮箱", "email"),
    ("电子邮箱", "email"),
    // Of what is given, and passed over when it comes back.
    ("最近改动", "changed_at"),
    ("开立时间", "created_at"),
    ("启用", "enabled"),
    ("已设密码", "active"),
    ("两步验证", "has_second_factor"),
    // Of chains.
    ("集群序号", "cluster_no"),
    ("集群名称", "cluster_name"),
    ("产业链序号", "chain_no"),
    ("产业链名称", "chain_name"),
    ("是否卓越提升", "excellence_target"),
    ("卓越提升", "excellence_target"),
    ("是否优势产业链", "advantage"),
    ("优势产业链", "advantage"),
    ("来源", "source_note"),
    // Of regions.
    ("代码", "code"),
    ("名称", "name"),
    ("类别", "kind"),
    ("上级代码", "parent"),
];

/// Columns that tables which are given have, and that no import changes anything by.
const PASSED_OVER: [&str; 5] = ["changed_at", "created_at", "enabled", "active", "has_second_factor"];

/// The column that a heading means, by its own name or in Chinese.
pub fn column(heading: &str) -> &str {
    let heading = heading.trim();
    HEADINGS.iter().find(|(written, _)| *written == heading).map_or(heading, |(_, column)| column)
}

/// A column as people call it in Chinese.
pub fn called(column: &str) -> &str {
    HEADINGS.iter().find(|(_, known)| *known == column).map_or(column, |(written, _)| written)
}

/// The sign between cells of a text, and the text itself: what a first line `sep=;` says, which Excel writes and no row is;
/// else, where the heading has no comma, a tab, as spreadsheets write "Unicode text" and copy cells, or a semicolon.
pub fn delimited(text: &str) -> (u8, &str) {
    let first = text.lines().next().unwrap_or_default();
    if let [sign @ (b',' | b';' | b'\t' | b'|')] = first.strip_prefix("sep=").unwrap_or_default().as_bytes() {
        return (*sign, text.split_once('\n').map_or("", |(_, rest)| rest));
    }
    let others = [('\t', b'\t'), (';', b';')];
    let other = others.into_iter().find(|(sign, _)| !first.contains(',') && first.contains(*sign));
    (other.map_or(b',', |(_, sign)| sign), text)
}

/// The rows of a table below a heading that is in order.
#[derive(Clone, Debug)]
pub struct Headed<'a> {
    /// The names of the columns.
    heading: Vec<&'a str>,
    heading_number: usize,
    rows: &'a [Row],
}

/// A row below a heading.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    heading: &'a [&'a str],
    row: &'a Row,
    /// Which row, from 1, the heading not counted.
    pub number: usize,
}

impl Table {
    /// The rows below the heading, which names some of `columns`, all of `needed` among them.
    ///
    /// # Errors
    /// All that is wrong with the heading, or that can't be taken as text, or stands under no name.
    pub fn headed(&self, columns: &[&str], needed: &[&str]) -> Result<Headed<'_>, Vec<FieldProblem>> {
        let empty = || FieldProblem::new("/rows", "empty", "表中没有数据", "The table has no rows");
        let Some((first, rows)) = self.rows.split_first() else { return Err(vec![empty()]) };
        let named = first.cells.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let heading: Vec<&str> = first.cells[..named].iter().map(|name| column(name)).collect();
        let mut problems = heading_problems(&heading, columns, needed);
        if rows.is_empty() {
            problems.push(empty());
        }
        let is_read = |fault: &&CellFault| {
            heading
                .get(fault.column)
                .is_none_or(|name| !PASSED_OVER.contains(name) || fault.row == first.number)
        };
        let faults = self.faults.iter().filter(is_read);
        problems.extend(faults.map(|fault| fault_problem(fault, &heading, first.number)));
        for row in rows {
            problems.extend(too_many_cells(row, named, first));
        }
        if problems.is_empty() {
            Ok(Headed { heading, heading_number: first.number, rows })
        } else {
            Err(problems)
        }
    }
}

fn heading_problems(heading: &[&str], columns: &[&str], needed: &[&str]) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut wrong = |code, zh: String, en: String| problems.push(FieldProblem::new("/heading", code, zh, en));
    for (index, name) in heading.iter().enumerate() {
        if name.is_empty() {
            let at = cell_name(1, index).trim_end_matches('1').to_owned();
            wrong("unknown_column", format!("{at}列没有列名"), format!("Column {at} has no name"));
        } else if !columns.contains(name) && !PASSED_OVER.contains(name) {
            wrong("unknown_column", format!("未知的列“{name}”"), format!("There is no column `{name}`"));
        } else if heading[..index].contains(name) {
            wrong(
                "column_twice",
                format!("列“{}”出现了两次，不能确定用哪一列", called(name)),
                format!("The column `{name}` stands twice, and which one counts can't be told"),
            );
        }
    }
    for name in needed.iter().filter(|name| !heading.contains(name)) {
        wrong(
            "column_missing",
            format!("缺少列“{}”", called(name)),
            format!("The column `{name}` is missing"),
        );
    }
    problems
}

fn fault_problem(found: &CellFault, heading: &[&str], heading_number: usize) -> FieldProblem {
    let at = cell_name(found.row, found.column);
    let Message { zh, en } = found.fault.message();
    let (zh, en) = match found.fault {
        Fault::Text(_) => (format!("：{zh}"), format!(": {en}")),
        _ => (zh, format!(" {en}")),
    };
    let number = found.row.saturating_sub(heading_number);
    let (pointer, zh, en) = if number == 0 {
        ("/heading".to_owned(), format!("表头（单元格{at}）{zh}"), format!("In the heading, cell {at}{en}"))
    } else {
        let column = heading.get(found.column).copied().unwrap_or_default();
        let pointer = format!("/rows/{number}/{column}");
        (pointer, format!("第{number}行（单元格{at}）{zh}"), format!("Row {number}: cell {at}{en}"))
    };
    FieldProblem::new(pointer.trim_end_matches('/'), "unreadable_cell", zh, en)
}

/// A cell beyond the heading has come there by a comma that was not quoted, or by a slip: which one belongs where can't
/// be told.
fn too_many_cells(row: &Row, named: usize, heading: &Row) -> Option<FieldProblem> {
    let filled = row.cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
    if filled <= named && row.cells.len() <= heading.cells.len() {
        return None;
    }
    let (number, cells) = (row.number - heading.number, row.cells.len());
    Some(FieldProblem::new(
        format!("/rows/{number}"),
        "row",
        format!("第{number}行有{cells}格，表头只有{named}列；单元格内的逗号须加引号"),
        format!(
            "Row {number} has {}, the heading {}; quote commas inside cells",
            count(cells, "cell", "cells"),
            count(named, "column", "columns")
        ),
    ))
}

impl<'a> Headed<'a> {
    /// Whether there is a column of this name.
    pub fn has(&self, name: &str) -> bool {
        self.heading.contains(&name)
    }

    pub fn rows(&'a self) -> impl Iterator<Item = Cells<'a>> {
        self.rows.iter().map(|row| Cells {
            heading: &self.heading,
            row,
            number: row.number - self.heading_number,
        })
    }
}

impl<'a> Cells<'a> {
    /// What stands in the column of this name; nothing where there is none.
    pub fn text(&self, name: &str) -> &'a str {
        let column = self.heading.iter().position(|column| *column == name);
        column.and_then(|column| self.row.cells.get(column)).map_or("", |cell| cell.trim())
    }

    /// The region that is meant by what stands in a column.
    ///
    /// # Errors
    /// What is wrong with it, with the regions that it may mean.
    pub fn region(
        &self,
        catalogue: &Catalogue,
        column: &str,
        text: &str,
    ) -> Result<RegionCode, FieldProblem> {
        catalogue.region_called(text).map_err(|candidates| {
            if candidates.is_empty() {
                return self.wrong(
                    column,
                    "地区应为六位代码，或目录中的名称（如“苏州市昆山市”）",
                    "a region is a code of six digits, or a name of the catalogue",
                );
            }
            let candidates = candidates.join("、");
            self.wrong(
                column,
                &format!("有多个地区叫“{text}”，请写全称：{candidates}"),
                &format!("several regions are called {text}: write {candidates}"),
            )
        })
    }

    /// What is wrong in a column of this row.
    pub fn wrong(&self, column: &str, zh: &str, en: &str) -> FieldProblem {
        FieldProblem::new(
            format!("/rows/{}/{column}", self.number),
            "wrong_value",
            format!("第{}行：{zh}", self.number),
            format!("Row {}: {en}", self.number),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Table {
        let rows = rows.iter().enumerate().map(|(index, cells)| Row {
            number: index + 1,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        });
        Table { rows: rows.collect(), ..Table::default() }
    }

    fn told(table: &Table) -> Vec<(String, &'static str)> {
        let problems = table.headed(&["name", "unit"], &["name"]).err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.pointer, problem.code)).collect()
    }

    #[test]
    fn nothing_is_guessed_about_columns() {
        let one = |pointer: &str, code| vec![(pointer.to_owned(), code)];
        assert_eq!(told(&table(&[&["name", "unit", ""], &["a", "b", ""], &["c"]])), []);
        assert_eq!(told(&table(&[&["name", "unit"], &["a", "b", ""]])), one("/rows/1", "row"));
        assert_eq!(told(&table(&[&["name", "unit", ""], &["a", "b", "c"]])), one("/rows/1", "row"));
        assert_eq!(told(&table(&[&["name", "name"], &["a", "b"]])), one("/heading", "column_twice"));
        assert_eq!(
            told(&table(&[&["name", "", "unit"], &["a", "", "b"]])),
            one("/heading", "unknown_column")
        );
    }

    #[test]
    fn a_fault_is_told_at_its_cell() {
        let mut faulty = table(&[&["name", "unit"], &["a", ""]]);
        faulty.faults = vec![CellFault { row: 2, column: 1, fault: Fault::Error("#N/A".to_owned()) }];
        let problems = faulty.headed(&["name", "unit"], &[]).unwrap_err();
        assert_eq!(problems[0].pointer, "/rows/1/unit");
        assert!(
            problems[0].message.zh.starts_with("第1行（单元格B2）是错误值 #N/A"),
            "{}",
            problems[0].message.zh
        );
        assert_eq!(cell_name(10, 27), "AB10");
    }

    #[test]
    fn a_tab_or_a_semicolon_parts_cells_where_no_comma_does() {
        assert_eq!(delimited("name\tunit\na,b").0, b'\t');
        assert_eq!(delimited("name,unit\n").0, b',');
        assert_eq!(delimited("name;unit\na,b"), (b';', "name;unit\na,b"));
        assert_eq!(delimited("name,fields\na,6;7").0, b',');
        assert_eq!(delimited("sep=;\r\nname;unit\n"), (b';', "name;unit\n"));
    }
}
