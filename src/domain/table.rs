//! Tables that people import or are given: rows of text under the names of columns. What is no text, and what would have to be
//! guessed, is told at its row and column.

use unicode_normalization::UnicodeNormalization;

use super::catalogue::{Catalogue, RegionCode};
use super::keyword::keyword_enum;
use super::problem::{FieldProblem, Message};
use super::values::{Language, count};

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
    /// It is a date, or a time, which is no day. In a column of dates a day is what it is; elsewhere nobody knows whether it
    /// was meant: spreadsheets make dates of `3-1`.
    Date(Option<String>),
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
            Self::Date(_) => (
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

/// A complaint about what a row makes, at the row, and told of it.
pub fn at_row(problem: &FieldProblem, row: usize, column: &str) -> FieldProblem {
    let (zh, en) = (&problem.message.zh, &problem.message.en);
    FieldProblem::new(
        format!("/rows/{row}/{column}"),
        problem.code,
        format!("第{row}行：{zh}"),
        format!("Row {row}: {en}"),
    )
}

/// A complaint about an entry of a list (`/list/place/member`), at the row that the entry comes from, of `rows` with the
/// place and the row of each; none if it comes from no row.
pub fn at_its_row(problem: &FieldProblem, rows: &[(usize, usize)]) -> Option<FieldProblem> {
    let mut steps = problem.pointer.split('/').skip(2);
    let place = steps.next().and_then(|place| place.parse::<usize>().ok())?;
    let (_, row) = rows.iter().find(|(of, _)| *of == place)?;
    Some(at_row(problem, *row, steps.next().unwrap_or_default()))
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

/// A column of a table that people import: what it is called, and what stands below. Headings, templates and the words of
/// pages follow from it.
#[derive(Debug)]
pub struct Column {
    /// What programs call it; a heading, too.
    pub key: &'static str,
    /// What people call it; the first of these is what this service writes.
    called: &'static [&'static str],
    /// Whether a table must have it.
    pub needed: bool,
    /// What stands below it, in Chinese and in English.
    pub meaning: (&'static str, &'static str),
    pub example: &'static str,
    /// Whether dates stand below it.
    dates: bool,
}

/// A column of what people call it, that a table may lack.
pub const fn column(key: &'static str, called: &'static [&'static str]) -> Column {
    Column { key, called, needed: false, meaning: ("", ""), example: "", dates: false }
}

impl Column {
    /// The same, which a table must have.
    #[must_use]
    pub const fn needed(self) -> Self {
        Self { needed: true, ..self }
    }

    /// The same, below which dates stand.
    #[must_use]
    pub const fn dates(self) -> Self {
        Self { dates: true, ..self }
    }

    /// The same with what stands below it, and an example.
    #[must_use]
    pub const fn means(self, zh: &'static str, en: &'static str, example: &'static str) -> Self {
        Self { meaning: (zh, en), example, ..self }
    }

    /// What people call it in Chinese.
    pub fn name(&self) -> &'static str {
        self.called.first().copied().unwrap_or(self.key)
    }

    fn is_called(&self, heading: &str) -> bool {
        self.key == heading || self.called.contains(&heading)
    }
}

/// Columns that tables which are given have, and that no import changes anything by.
const PASSED_OVER: [&[&str]; 8] = [
    &["former_units", "原单位"],
    &["email_confirmed", "邮箱已由本人确认"],
    &["changed_at", "最近改动"],
    &["created_at", "开立时间"],
    &["enabled", "启用"],
    &["active", "已设密码"],
    &["has_second_factor", "两步验证"],
    &["problems", PROBLEMS],
];

/// What the last column is called of a table that is given back with what is wrong in each row.
pub const PROBLEMS: &str = "问题";

/// A heading as it is compared: of the usual width, without blanks, and without what stands in brackets at its end.
fn plain(heading: &str) -> String {
    let plain: String = heading.nfkc().filter(|c| !c.is_whitespace()).collect();
    match plain.split_once('(') {
        Some((name, rest)) if rest.ends_with(')') && !name.is_empty() => name.to_owned(),
        _ => plain,
    }
}

/// What a heading means: one of the columns, something that is passed over, or nothing that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading<'a> {
    Column(&'static str),
    PassedOver,
    Unknown(&'a str),
}

impl<'a> Heading<'a> {
    fn of(written: &'a str, columns: &'static [Column]) -> Self {
        let written = written.trim();
        let known = |heading: &str| columns.iter().find(|column| column.is_called(heading));
        // `县（市、区）` may be a heading as it stands.
        if let Some(column) = known(written).or_else(|| known(&plain(written))) {
            return Self::Column(column.key);
        }
        let passed_over = PASSED_OVER.iter().any(|names| names.contains(&written));
        if passed_over || written.starts_with(PROBLEMS) { Self::PassedOver } else { Self::Unknown(written) }
    }
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
    /// The keys of the columns; nothing where a column is passed over.
    heading: Vec<&'static str>,
    heading_number: usize,
    rows: &'a [Row],
}

/// A row below a heading.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    heading: &'a [&'static str],
    row: &'a Row,
    /// Which row, from 1, the heading not counted.
    pub number: usize,
}

impl Table {
    /// The rows below the heading, which names some of `columns`, all that are needed among them.
    ///
    /// # Errors
    /// All that is wrong with the heading, or that can't be taken as text, or stands under no name.
    pub fn headed(&self, columns: &'static [Column]) -> Result<Headed<'_>, Vec<FieldProblem>> {
        let empty = || FieldProblem::new("/rows", "empty", "表中没有数据", "The table has no rows");
        let Some((first, rows)) = self.rows.split_first() else { return Err(vec![empty()]) };
        let named = first.cells.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let meant: Vec<Heading<'_>> =
            first.cells[..named].iter().map(|name| Heading::of(name, columns)).collect();
        let mut problems = heading_problems(&meant, columns);
        if rows.is_empty() {
            problems.push(empty());
        }
        let takes_dates = |fault: &CellFault| match meant.get(fault.column) {
            Some(Heading::Column(key)) => columns.iter().any(|column| column.key == *key && column.dates),
            _ => false,
        };
        let is_read = |fault: &&CellFault| {
            let is_day = matches!(fault.fault, Fault::Date(Some(_))) && takes_dates(fault);
            (meant.get(fault.column) != Some(&Heading::PassedOver) && !is_day) || fault.row == first.number
        };
        let key = |heading: &Heading<'_>| match heading {
            Heading::Column(key) => *key,
            Heading::PassedOver | Heading::Unknown(_) => "",
        };
        let heading: Vec<&'static str> = meant.iter().map(key).collect();
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

    /// The table as it was sent, the heading first, with what is told of each row in a last column.
    pub fn told(&self, told: &[FieldProblem], language: Language) -> Vec<Vec<String>> {
        let width = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let first = self.rows.first().map_or(0, |row| row.number);
        // A table that was given back already has the column.
        let last = self
            .rows
            .first()
            .and_then(|row| row.cells.iter().position(|heading| heading.trim().starts_with(PROBLEMS)));
        let last = last.unwrap_or(width);
        let of_row = |number: usize| {
            let at = format!("/rows/{number}");
            let is_here = |pointer: &str| {
                pointer.strip_prefix(&at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    || (number == 0 && !pointer.starts_with("/rows/"))
            };
            let here = told.iter().filter(|problem| is_here(&problem.pointer));
            here.map(|problem| problem.message.in_language(language)).collect::<Vec<_>>().join("\n")
        };
        let row = |row: &Row| {
            let mut cells = row.cells.clone();
            cells.resize(width.max(last + 1), String::new());
            for fault in self.faults.iter().filter(|fault| fault.row == row.number) {
                if let (Some(cell), Fault::Error(error)) = (cells.get_mut(fault.column), &fault.fault) {
                    cell.clone_from(error);
                }
            }
            let number = row.number - first;
            let told = of_row(number);
            cells[last] = match (number, told.as_str()) {
                (0, "") => PROBLEMS.to_owned(),
                (0, told) => format!("{PROBLEMS}：{told}"),
                _ => told,
            };
            cells
        };
        self.rows.iter().map(row).collect()
    }
}

fn heading_problems(heading: &[Heading<'_>], columns: &[Column]) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut wrong = |code, zh: String, en: String| problems.push(FieldProblem::new("/heading", code, zh, en));
    let called = |key: &str| columns.iter().find(|column| column.key == key).map_or("", Column::name);
    for (index, name) in heading.iter().enumerate() {
        match name {
            Heading::Unknown("") => {
                let at = cell_name(1, index).trim_end_matches('1').to_owned();
                wrong("unknown_column", format!("{at}列没有列名"), format!("Column {at} has no name"));
            }
            Heading::Unknown(name) => {
                let known: Vec<&str> = columns.iter().map(Column::name).collect();
                wrong(
                    "unknown_column",
                    format!("未知的列“{name}”；可用的列：{}", known.join("、")),
                    format!("There is no column `{name}`"),
                );
            }
            Heading::Column(key) if heading[..index].contains(name) => wrong(
                "column_twice",
                format!("列“{}”出现了两次，不能确定用哪一列", called(key)),
                format!("The column `{key}` stands twice, and which one counts can't be told"),
            ),
            Heading::Column(_) | Heading::PassedOver => {}
        }
    }
    for column in columns.iter().filter(|column| column.needed) {
        if !heading.contains(&Heading::Column(column.key)) {
            wrong(
                "column_missing",
                format!("缺少列“{}”", column.name()),
                format!("The column `{}` is missing", column.key),
            );
        }
    }
    problems
}

fn fault_problem(found: &CellFault, heading: &[&'static str], heading_number: usize) -> FieldProblem {
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

    /// What is meant by yes or no; none where it is neither.
    pub fn yes_or_no(&self, column: &str) -> Option<bool> {
        match self.text(column).to_lowercase().as_str() {
            "yes" | "true" | "是" => Some(true),
            "no" | "false" | "否" => Some(false),
            _ => None,
        }
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

/// A field of what a row makes: its name, and what stands in it, each in Chinese and in English.
pub type Described = ((&'static str, &'static str), (String, String));

/// A field that reads alike in both languages.
pub fn described(zh: &'static str, en: &'static str, text: impl Into<String>) -> Described {
    let text = text.into();
    ((zh, en), (text.clone(), text))
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

    const COLUMNS: [Column; 2] = [column("name", &["姓名"]).needed(), column("unit", &["单位", "工作单位"])];

    fn told(table: &Table) -> Vec<(String, &'static str)> {
        let problems = table.headed(&COLUMNS).err().unwrap_or_default();
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
    fn columns_are_known_by_each_of_their_names_in_any_order() {
        let known = table(&[&["工作单位（全称）", " 姓 名 ", "最近改动"], &["b", "a", "x"]]);
        let headed = known.headed(&COLUMNS).unwrap();
        let row = headed.rows().next().unwrap();
        assert_eq!((row.text("name"), row.text("unit"), row.text("changed_at")), ("a", "b", ""));
        assert_eq!(
            told(&table(&[&["姓名", "name"], &["a", "b"]])),
            [("/heading".to_owned(), "column_twice")]
        );
        assert_eq!(told(&table(&[&["单位"], &["b"]])), [("/heading".to_owned(), "column_missing")]);
    }

    #[test]
    fn what_is_told_stands_in_a_last_column_and_may_come_back() {
        let mut sent = table(&[&["name", "unit"], &["a"], &["c", ""]]);
        sent.faults = vec![CellFault { row: 3, column: 1, fault: Fault::Error("#N/A".to_owned()) }];
        let problem = |pointer: &str, zh: &str| FieldProblem::new(pointer, "x", zh, "-");
        let all = [
            problem("/rows/1/unit", "缺单位"),
            problem("/rows/1", "重复"),
            problem("/rows/2/unit", "错误值"),
        ];
        let given = sent.told(&all, Language::Chinese);
        assert_eq!(
            given,
            [vec!["name", "unit", "问题"], vec!["a", "", "缺单位\n重复"], vec!["c", "#N/A", "错误值"]]
        );
        let again: Vec<Vec<&str>> =
            given.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let again = table(&again.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(told(&again), []);
        assert_eq!(again.told(&[], Language::Chinese)[1], ["a", "", ""]);
        assert_eq!(
            sent.told(&[problem("/heading", "缺列")], Language::Chinese)[0],
            ["name", "unit", "问题：缺列"]
        );
    }

    #[test]
    fn a_fault_is_told_at_its_cell() {
        let mut faulty = table(&[&["name", "unit"], &["a", ""]]);
        faulty.faults = vec![CellFault { row: 2, column: 1, fault: Fault::Error("#N/A".to_owned()) }];
        let problems = faulty.headed(&COLUMNS).unwrap_err();
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
