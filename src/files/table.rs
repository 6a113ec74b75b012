//! Small tables that people import: CSV in the encodings of spreadsheets, or a sheet of an Excel workbook that is not
//! hidden.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Cursor};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::archive;
use super::encoding::decoded;
use super::error::FilesError;
use super::kind::{ArchiveFault, MediaType, Refusal};
use crate::domain::table::{CellFault, Fault, Row, Table, delimited};
use crate::domain::text::{character_problem, cleaned};

/// The most rows and columns of a table.
pub const MOST_ROWS: usize = 10_000;
/// The most columns of a table.
pub const MOST_COLUMNS: usize = 100;
/// The most bytes a workbook may have when unpacked: what its reader keeps in memory is in proportion to this.
const MOST_UNPACKED: u64 = 32 << 20;
/// How many cells that can't be read are told at a time.
const MOST_FAULTS: usize = 100;
/// Whole numbers below this are kept exactly, and shown with all of their digits.
const EXACT: f64 = 1e15;

/// Why a table can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// It is no CSV file in an encoding that is known and no Excel workbook.
    NotATable,
    /// It is a workbook of the kind before 2007.
    OldWorkbook,
    /// It is a workbook that a password protects.
    Protected,
    /// It is a workbook without a sheet that is shown.
    NoSheet,
    /// It has several sheets that are shown and not empty, and which is meant was not said, or there is none of that name.
    WhichSheet(Vec<String>),
    /// It has too many rows, columns or bytes.
    TooLarge,
    /// This line of the CSV file is not well-formed.
    Line(u64),
}

/// How compound files begin: workbooks before 2007, and newer ones that a password protects.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// The part that what a password protects is in.
const ENCRYPTED: &str = "EncryptedPackage";

/// What a compound file is, which no table can be read of.
fn compound(bytes: &[u8]) -> TableFault {
    let name: Vec<u8> = ENCRYPTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let protected = bytes.windows(name.len()).any(|part| part == name);
    if protected { TableFault::Protected } else { TableFault::OldWorkbook }
}

/// Reads a table as rows of text, from the sheet of this name, or the only one that is shown. A workbook is examined as evidence is before anything parses it, and its cells are
/// read one by one, so that two cells far apart can't ask for a table of all that lies between.
///
/// # Errors
/// Why it can't be read.
pub fn read_table(bytes: &[u8], sheet: Option<&str>) -> Result<Table, TableFault> {
    if bytes.starts_with(COMPOUND) {
        return Err(compound(bytes));
    }
    let mut table = if archive::starts_one(bytes) { read_workbook(bytes, sheet)? } else { read_csv(bytes)? };
    let mut faults = Vec::new();
    for row in &mut table.rows {
        for (column, cell) in row.cells.iter_mut().enumerate() {
            *cell = cleaned(std::mem::take(cell));
            if let Some(problem) = character_problem("", cell) {
                faults.push(CellFault { row: row.number, column, fault: Fault::Text(problem.message) });
            }
        }
    }
    table.faults.append(&mut faults);
    table.faults.truncate(MOST_FAULTS);
    Ok(table)
}

fn read_csv(bytes: &[u8]) -> Result<Table, TableFault> {
    let text = cleaned(decoded(bytes).ok_or(TableFault::NotATable)?);
    let mut reader = csv::ReaderBuilder::new();
    let (sign, text) = delimited(&text);
    let reader = reader.has_headers(false).flexible(true).delimiter(sign);
    let mut rows = Vec::new();
    for (index, record) in reader.from_reader(text.as_bytes()).records().enumerate() {
        let record =
            record.map_err(|error| TableFault::Line(error.position().map_or(0, csv::Position::line)))?;
        if rows.len() > MOST_ROWS || record.len() > MOST_COLUMNS {
            return Err(TableFault::TooLarge);
        }
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(Row { number: index + 1, cells: record.iter().map(str::to_owned).collect() });
        }
    }
    Ok(Table { rows, ..Table::default() })
}

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

fn read_workbook(bytes: &[u8], sheet: Option<&str>) -> Result<Table, TableFault> {
    let size = bytes.len() as u64;
    let mut content = Cursor::new(bytes);
    match archive::unpacked_size(&mut content, size) {
        Ok(unpacked) if unpacked <= MOST_UNPACKED => {}
        Ok(_) | Err(FilesError::Refused(Refusal::ArchiveRefused(ArchiveFault::TooLarge))) => {
            return Err(TableFault::TooLarge);
        }
        Err(_) => return Err(TableFault::NotATable),
    }
    match archive::examine(&mut content, size) {
        Ok(Some(MediaType::Xlsx)) => {}
        _ => return Err(TableFault::NotATable),
    }
    let mut workbook: Workbook<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| TableFault::NotATable)?;
    let sheet = chosen(&mut workbook, sheet)?;
    let (found, mut faults) = read_cells(&mut workbook, &sheet)?;
    let merged = workbook.merge_cells_by_sheet_name(&sheet).map_err(|_| TableFault::NotATable)?;
    faults.extend(merged.iter().map(|area| fault_at(area.start, Fault::Merged)));
    faults.sort_by_key(|fault| (fault.row, fault.column));
    let hidden = Hidden::of(bytes, &sheet).ok_or(TableFault::NotATable)?;
    let mut columns: Vec<usize> = found.values().flat_map(BTreeMap::keys).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    let rows_hidden = found.keys().filter(|row| hidden.rows.contains(row)).count();
    let columns_hidden = columns.iter().filter(|column| hidden.has_column(**column)).count();
    let rows = found.into_iter().map(|(row, cells)| {
        let width = cells.keys().next_back().map_or(0, |last| last + 1);
        let mut texts = vec![String::new(); width];
        for (column, text) in cells {
            texts[column] = text;
        }
        Row { number: row + 1, cells: texts }
    });
    let hidden = u32::try_from(rows_hidden + columns_hidden).unwrap_or(u32::MAX);
    Ok(Table { rows: rows.collect(), faults, hidden })
}

/// The sheet that explains how to fill in the others, in tables that this service gave.
pub const EXPLANATIONS: &str = "填写说明";

/// The sheet that is meant: that of a name, or the only one that is shown, is not empty, and does not explain the others.
fn chosen(workbook: &mut Workbook<'_>, name: Option<&str>) -> Result<String, TableFault> {
    let shown = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let mut names: Vec<String> = shown.map(|sheet| sheet.name.clone()).collect();
    let first = names.first().cloned().ok_or(TableFault::NoSheet)?;
    if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
        return names.iter().find(|known| known.trim() == name).cloned().ok_or(TableFault::WhichSheet(names));
    }
    let mut filled = Vec::new();
    for name in names.drain(..).filter(|name| name != EXPLANATIONS) {
        if is_filled(workbook, &name)? {
            filled.push(name);
        }
    }
    match filled.len() {
        0 => Ok(first),
        1 => Ok(filled.remove(0)),
        _ => Err(TableFault::WhichSheet(filled)),
    }
}

/// Whether a sheet has a cell that says anything.
fn is_filled(workbook: &mut Workbook<'_>, sheet: &str) -> Result<bool, TableFault> {
    let unreadable = |_| TableFault::NotATable;
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        if !matches!(cell.get_value(), DataRef::Empty) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn fault_at((row, column): (u32, u32), fault: Fault) -> CellFault {
    CellFault { row: row as usize + 1, column: column as usize, fault }
}

/// The texts of a sheet by row and column, and the cells that can't be taken as text.
type Found = (BTreeMap<usize, BTreeMap<usize, String>>, Vec<CellFault>);

fn read_cells(workbook: &mut Workbook<'_>, sheet: &str) -> Result<Found, TableFault> {
    let unreadable = |_| TableFault::NotATable;
    let formats = number_formats(workbook, sheet)?;
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let (mut found, mut faults) = (BTreeMap::<usize, BTreeMap<usize, String>>::new(), Vec::new());
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(unreadable)? {
        let format = formats.get(&cell.pos).map(String::as_str);
        let text = match cell_text(&cell.value, format) {
            Ok(text) if text.is_empty() && cell.formula.is_some() => Err(Fault::Formula),
            other => other,
        };
        let text = match text {
            Ok(text) if text.is_empty() => continue,
            Ok(text) => text,
            Err(fault) => {
                let day = if let Fault::Date(Some(day)) = &fault { day.clone() } else { String::new() };
                faults.push(fault_at(cell.pos, fault));
                day
            }
        };
        let (row, column) = (cell.pos.0 as usize, cell.pos.1 as usize);
        if row > MOST_ROWS || column >= MOST_COLUMNS {
            return Err(TableFault::TooLarge);
        }
        found.entry(row).or_default().insert(column, text);
    }
    Ok((found, faults))
}

/// The formats of numbers of the cells that have one of their own.
fn number_formats(
    workbook: &mut Workbook<'_>,
    sheet: &str,
) -> Result<BTreeMap<(u32, u32), String>, TableFault> {
    let unreadable = |_| TableFault::NotATable;
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
    let mut formats = BTreeMap::new();
    while let Some((row, column, style)) = cells.next_style_id().map_err(unreadable)? {
        if row as usize > MOST_ROWS || column as usize >= MOST_COLUMNS {
            continue;
        }
        if let Some(format) = cells.styles().get(style).and_then(|style| style.number_format.as_ref()) {
            formats.insert((row, column), format.format_code.clone());
        }
    }
    Ok(formats)
}

/// A cell's text as a person reads it, if it can be told.
fn cell_text(value: &DataRef<'_>, format: Option<&str>) -> Result<String, Fault> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(true) => "yes".to_owned(),
        DataRef::Bool(false) => "no".to_owned(),
        DataRef::Error(error) => return Err(Fault::Error(error.to_string())),
        DataRef::DateTime(date) => return Err(date_fault(date)),
        DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => return Err(Fault::Date(None)),
        DataRef::Int(number) => return number_text(&number.to_string(), format),
        DataRef::Float(number) if number.abs() >= EXACT => return Err(Fault::Digits),
        DataRef::Float(number) => return number_text(&number.to_string(), format),
    })
}

/// A cell that is a date, or a time, which is none.
fn date_fault(date: &ExcelDateTime) -> Fault {
    let (year, month, day, hour, minute, ..) = date.to_ymd_hms_milli();
    let (days, part) = (date.as_f64().trunc(), date.as_f64().fract());
    // A time of day has no day before it.
    let text = match (date.is_datetime(), days == 0.0, part == 0.0) {
        (true, false, true) => Some(format!("{year:04}-{month:02}-{day:02}")),
        (true, true, false) => Some(format!("{hour:02}:{minute:02}")),
        _ => None,
    };
    Fault::Date(text)
}

/// A number, if it is shown as it is: but for the signs between thousands, and noughts at its end.
fn number_text(number: &str, format: Option<&str>) -> Result<String, Fault> {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let shown = match format.unwrap_or("General") {
        "General" | "@" => true,
        format => decimals_shown(format).is_some_and(|shown| {
            let own = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            // Negative numbers may be shown in brackets, which mean something else to people.
            own <= shown && !(number.starts_with('-') && format.contains('('))
        }),
    };
    match (shown, digits <= 15) {
        (true, true) => Ok(number.to_owned()),
        (true, false) => Err(Fault::Digits),
        (false, _) => Err(Fault::Shown),
    }
}

/// How many decimals a format shows of a number, if it is one of those that change nothing else: `0`, `#,##0.00`, `0.0_ `,
/// `0.00_);[Red]\\(0.00\\)`.
fn decimals_shown(format: &str) -> Option<usize> {
    let first = format.split([';', '_']).next().unwrap_or_default();
    let noughts = first.strip_prefix("#,##").unwrap_or(first);
    match noughts.split_once('.') {
        None => (noughts == "0").then_some(0),
        Some(("0", decimals)) => decimals.bytes().all(|byte| byte == b'0').then_some(decimals.len()),
        Some(_) => None,
    }
}

/// What of a sheet nobody sees who looks at it.
struct Hidden {
    rows: BTreeSet<usize>,
    /// First and last of columns side by side.
    columns: Vec<(usize, usize)>,
}

impl Hidden {
    fn has_column(&self, column: usize) -> bool {
        self.columns.iter().any(|(first, last)| (*first..=*last).contains(&column))
    }

    /// What the sheet of this name hides.
    fn of(bytes: &[u8], sheet: &str) -> Option<Self> {
        let mut parts = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut relation = None;
        tags(&mut parts, "xl/workbook.xml", |tag| {
            if tag.local_name().as_ref() == "sheet" && attribute(tag, "name").as_deref() == Some(sheet) {
                relation = attribute(tag, "id");
            }
        })?;
        let mut target = None;
        tags(&mut parts, "xl/_rels/workbook.xml.rels", |tag| {
            if attribute(tag, "Id").is_some_and(|id| Some(id) == relation) {
                target = attribute(tag, "Target");
            }
        })?;
        let target = target?;
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        let mut hidden = Self { rows: BTreeSet::new(), columns: Vec::new() };
        let mut row = 0;
        tags(&mut parts, &path, |tag| {
            let number = |name: &str| attribute(tag, name).and_then(|text| text.parse::<usize>().ok());
            let is_hidden =
                || attribute(tag, "hidden").is_some_and(|text| matches!(text.as_str(), "1" | "true"));
            match tag.local_name().as_ref() {
                "row" => {
                    row = number("r").unwrap_or(row + 1);
                    if is_hidden() {
                        hidden.rows.insert(row.saturating_sub(1));
                    }
                }
                "col" if is_hidden() => {
                    if let (Some(first), Some(last)) = (number("min"), number("max")) {
                        hidden.columns.push((first.saturating_sub(1), last.saturating_sub(1)));
                    }
                }
                _ => {}
            }
        })?;
        Some(hidden)
    }
}

/// Shows each tag of a part.
fn tags(
    parts: &mut zip::ZipArchive<Cursor<&[u8]>>,
    path: &str,
    mut see: impl FnMut(&BytesStart<'_>),
) -> Option<()> {
    let name =
        parts.file_names().filter_map(Result::ok).find(|name| name.eq_ignore_ascii_case(path))?.into_owned();
    let part = parts.by_name(&name).ok()?;
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(tag) | Event::Empty(tag) => see(&tag),
            Event::Eof => return Some(()),
            _ => {}
        }
        buffer.clear();
    }
}

/// What a tag says under a name, whatever its prefix.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes().filter_map(Result::ok);
    let found = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::default()).ok().map(std::borrow::Cow::into_owned)
}
