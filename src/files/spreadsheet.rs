//! Tables for spreadsheet programs: an Excel workbook or a CSV file. What is a number there is one here, to its last
//! digit; what is text is never a formula.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use rust_xlsxwriter::{
    DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Formula, Workbook, Worksheet, XlsxError, utility,
};
use unicode_width::UnicodeWidthStr;

use crate::domain::text::no_formula;

/// The most characters of a cell of a workbook, by the format.
const MOST_CHARACTERS: usize = 32_767;
/// What stands at the end of a text that had more.
const CUT: &str = "……";
/// The most significant digits that a number of a spreadsheet keeps.
const KEPT_DIGITS: usize = 15;
/// Columns are at least and at most this wide, in characters of a Latin font.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=48;
/// Rows whose cells decide how wide a column is.
const LOOKED_AT: usize = 200;
/// The sheet with what may stand in columns.
const CHOICES: &str = "可选值";
/// A4, as the format numbers kinds of paper.
const A4: u8 = 9;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    Text(String),
    /// A decimal number as it was written: `82.50` keeps both of its places.
    Number(String),
    /// A day.
    Date(NaiveDate),
    /// A moment, as clocks of the place show it.
    Moment(NaiveDateTime),
}

/// A table: a heading, and rows as wide as it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// What the sheet is called, at most 31 characters and none of `[]:*?/\`.
    pub name: String,
    pub heading: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// What may stand in some of the columns, offered to whoever fills them in.
    pub choices: BTreeMap<u16, Vec<String>>,
    /// What may stand in some of the cells.
    pub allowed: Vec<Allowed>,
}

/// What may stand in a cell that is to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Which row, from 0, the heading not counted.
    pub row: u32,
    pub column: u16,
    /// Each of the values, where they are few; else none but the least and the greatest.
    pub values: Vec<String>,
    /// Whether what lies between the values may stand there, too.
    pub between: bool,
    /// What is told beside it.
    pub hint: String,
}

impl Cell {
    /// As it is written where there are no kinds of cells.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Moment(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }

    /// How much room its longest line takes.
    fn width(&self) -> usize {
        match self {
            Self::Date(_) => 11,
            Self::Moment(_) => 17,
            other => other.text().lines().map(UnicodeWidthStr::width).max().unwrap_or(0) + 1,
        }
    }
}

/// A decimal number, if a spreadsheet keeps all of its digits: how many stand after the point, and its value.
fn exact(text: &str) -> Option<(usize, f64)> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = plain.split_once('.').unwrap_or((plain, ""));
    let is_number = !whole.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !is_number || digits > KEPT_DIGITS || places.contains('.') || plain.ends_with('.') {
        return None;
    }
    Some((places.len(), text.parse().ok()?))
}

/// The formats of a workbook.
struct Formats {
    heading: Format,
    text: Format,
    date: Format,
    moment: Format,
    /// By the places after the point.
    numbers: Vec<Format>,
}

impl Formats {
    fn new() -> Self {
        let cell = || Format::new().set_align(FormatAlign::Top).set_border(FormatBorder::Thin);
        let number = |places: usize| {
            let point = if places == 0 { "" } else { "." };
            cell().set_num_format(format!("0{point}{}", "0".repeat(places)))
        };
        Self {
            heading: cell().set_bold().set_text_wrap().set_background_color("#E8EEF4"),
            text: cell().set_text_wrap().set_num_format("@"),
            date: cell().set_num_format("yyyy-mm-dd"),
            moment: cell().set_num_format("yyyy-mm-dd hh:mm"),
            numbers: (0..KEPT_DIGITS).map(number).collect(),
        }
    }
}

fn day(date: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    ExcelDateTime::from_ymd(
        u16::try_from(date.year()).unwrap_or_default(),
        part(date.month()),
        part(date.day()),
    )
}

fn moment(at: NaiveDateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    day(at.date())?.and_hms(
        u16::try_from(at.hour()).unwrap_or_default(),
        part(at.minute()),
        f64::from(at.second()),
    )
}

/// A text as a cell can hold it.
fn fitting(text: &str) -> String {
    // The format counts UTF-16 units.
    if text.encode_utf16().count() <= MOST_CHARACTERS {
        return text.to_owned();
    }
    let room = MOST_CHARACTERS - CUT.encode_utf16().count();
    let mut used = 0;
    let kept = text.chars().take_while(|character| {
        used += character.len_utf16();
        used <= room
    });
    kept.collect::<String>() + CUT
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => sheet.write_blank(row, column, &formats.text)?,
        Cell::Text(text) => sheet.write_string_with_format(row, column, fitting(text), &formats.text)?,
        Cell::Number(text) => match exact(text)
            .and_then(|(places, value)| formats.numbers.get(places).map(|format| (format, value)))
        {
            Some((format, value)) => sheet.write_number_with_format(row, column, value, format)?,
            None => sheet.write_string_with_format(row, column, text, &formats.text)?,
        },
        Cell::Date(date) => sheet.write_datetime_with_format(row, column, day(*date)?, &formats.date)?,
        Cell::Moment(at) => sheet.write_datetime_with_format(row, column, moment(*at)?, &formats.moment)?,
    };
    Ok(())
}

fn width_of(grid: &Grid, column: usize) -> usize {
    let cells = grid.rows.iter().take(LOOKED_AT).filter_map(|row| row.get(column));
    let widest = cells.map(Cell::width).max().unwrap_or(0);
    let heading = grid.heading[column].width() + 3;
    widest.max(heading.min(20)).clamp(*WIDTHS.start(), *WIDTHS.end())
}

fn write_grid(sheet: &mut Worksheet, title: &str, grid: &Grid, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(&grid.name)?;
    let last = u16::try_from(grid.heading.len().saturating_sub(1)).unwrap_or(u16::MAX);
    for (column, heading) in (0..).zip(&grid.heading) {
        sheet.write_string_with_format(0, column, heading, &formats.heading)?;
        sheet.set_column_width(column, u32::try_from(width_of(grid, column.into())).unwrap_or(8))?;
    }
    for (row, cells) in (1..).zip(&grid.rows) {
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, (row, column), cell, formats)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if !grid.rows.is_empty() {
        sheet.autofilter(0, 0, u32::try_from(grid.rows.len()).unwrap_or(u32::MAX), last)?;
    }
    // On paper: lying, as wide as a page, the heading on each.
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    // `&` begins a code there.
    let title = title.replace('&', "&&");
    sheet.set_header(format!("&L{title}&R{}", grid.name.replace('&', "&&")));
    sheet.set_footer("&C&P / &N");
    Ok(())
}

/// How far down a column offers its choices.
const OFFERED: u32 = 2000;

/// Has columns offer what may stand in them. The lists stand in a sheet that is not shown, as a list in the column's own
/// rule can have no more than 255 characters.
fn offer_choices(workbook: &mut Workbook, grids: &[Grid]) -> Result<(), XlsxError> {
    let with_choices = |grid: &Grid| !grid.choices.is_empty();
    if !grids.iter().any(with_choices) {
        return Ok(());
    }
    let (mut lists, mut column) = (Worksheet::new(), 0);
    lists.set_name(CHOICES)?.set_hidden(true);
    for grid in grids {
        for (of, choices) in &grid.choices {
            for (row, choice) in (0..).zip(choices) {
                lists.write_string(row, column, choice)?;
            }
            let last = u32::try_from(choices.len()).unwrap_or(u32::MAX).saturating_sub(1);
            let list = utility::cell_range_absolute(0, column, last, column);
            let rule = DataValidation::new().allow_list_formula(Formula::new(format!("='{CHOICES}'!{list}")));
            let sheet = workbook.worksheet_from_name(&grid.name)?;
            sheet.add_data_validation(1, *of, OFFERED, *of, &rule)?;
            column += 1;
        }
    }
    workbook.push_worksheet(lists);
    Ok(())
}

/// Has cells take what may stand in them alone.
fn allow(sheet: &mut Worksheet, allowed: &[Allowed]) -> Result<(), XlsxError> {
    for cell in allowed {
        let number =
            |text: Option<&String>| text.and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        let rule = if cell.between {
            let (least, most) = (number(cell.values.first()), number(cell.values.last()));
            DataValidation::new().allow_decimal_number(DataValidationRule::Between(least, most))
        } else {
            DataValidation::new().allow_list_strings(&cell.values)?
        };
        let rule = rule.set_error_message(&cell.hint)?;
        sheet.add_data_validation(cell.row + 1, cell.column, cell.row + 1, cell.column, &rule)?;
    }
    Ok(())
}

/// A workbook of these tables, one a sheet. It says on which day it was made, no more, so that the same tables are the same
/// bytes.
///
/// # Errors
/// If a table is larger than a sheet can be, or two have one name.
pub fn workbook(title: &str, made_on: NaiveDate, grids: &[Grid]) -> Result<Vec<u8>, String> {
    let written = || {
        let mut workbook = Workbook::new();
        let properties = DocProperties::new().set_title(title).set_creation_datetime(&day(made_on)?);
        workbook.set_properties(&properties);
        let formats = Formats::new();
        for grid in grids {
            let sheet = workbook.add_worksheet();
            write_grid(sheet, title, grid, &formats)?;
            allow(sheet, &grid.allowed)?;
        }
        offer_choices(&mut workbook, grids)?;
        workbook.save_to_buffer()
    };
    written().map_err(|error: XlsxError| error.to_string())
}

/// A CSV file that spreadsheet programs open as it is: UTF-8 with its mark, lines that end as theirs do, and no formulas.
pub fn csv(grid: &Grid) -> Vec<u8> {
    let mut lines = String::from('\u{feff}');
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        let quoted = |cell: String| {
            if cell.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        };
        lines.push_str(&cells.map(quoted).collect::<Vec<_>>().join(","));
        lines.push_str("\r\n");
    };
    line(&mut grid.heading.iter().map(|heading| no_formula(heading)));
    for row in &grid.rows {
        line(&mut row.iter().map(|cell| match cell {
            Cell::Number(text) if exact(text).is_some() => text.clone(),
            other => no_formula(&other.text()),
        }));
    }
    lines.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_where_all_of_its_digits_are_kept() {
        assert_eq!(exact("82.50"), Some((2, 82.5)));
        assert_eq!(exact("-3"), Some((0, -3.0)));
        for text in ["", "-", "1.", ".5", "1.2.3", "1e5", "＋1", "1234567890123456", "一"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_visibly() {
        let long = fitting(&"長".repeat(40_000));
        assert_eq!(long.encode_utf16().count(), MOST_CHARACTERS);
        assert!(long.ends_with(CUT));
    }

    #[test]
    fn a_csv_file_has_no_formula_and_keeps_its_lines_together() {
        let cells = ["=1+1", "a,b", "一行\n二行", "\"x\""].map(|text| Cell::Text(text.to_owned()));
        let grid = Grid {
            name: "表".to_owned(),
            heading: ["甲", "乙", "丙", "丁"].map(str::to_owned).to_vec(),
            rows: vec![
                cells.to_vec(),
                vec![Cell::Number("-1.50".to_owned()), Cell::Empty, Cell::Empty, Cell::Empty],
            ],
            choices: BTreeMap::new(),
            allowed: Vec::new(),
        };
        let expected = "\u{feff}甲,乙,丙,丁\r\n'=1+1,\"a,b\",\"一行\n二行\",\"\"\"x\"\"\"\r\n-1.50,,,\r\n";
        assert_eq!(String::from_utf8(csv(&grid)).unwrap(), expected);
    }
}
