//! Small tables that people import: CSV, or the first sheet of an Excel workbook.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader, Xlsx};

use super::archive;
use super::error::FilesError;
use super::kind::{ArchiveFault, MediaType, Refusal};

/// The most rows and columns of a table.
pub const MOST_ROWS: usize = 10_000;
/// The most columns of a table.
pub const MOST_COLUMNS: usize = 100;
/// The most bytes a workbook may have when unpacked: what its reader keeps in memory is in proportion to this.
const MOST_UNPACKED: u64 = 32 << 20;

/// Why a table can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// It is no CSV file in UTF-8 and no Excel workbook.
    NotATable,
    /// It has too many rows, columns or bytes.
    TooLarge,
    /// This line of the CSV file is not well-formed.
    Line(u64),
}

/// Reads a table as rows of text. A workbook is examined as evidence is before anything parses it, and its cells are
/// read one by one, so that two cells far apart can't ask for a table of all that lies between.
///
/// # Errors
/// Why it can't be read.
pub fn read_table(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableFault> {
    if archive::starts_one(bytes) { read_workbook(bytes) } else { read_csv(bytes) }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| TableFault::NotATable)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record =
            record.map_err(|error| TableFault::Line(error.position().map_or(0, csv::Position::line)))?;
        if rows.len() > MOST_ROWS || record.len() > MOST_COLUMNS {
            return Err(TableFault::TooLarge);
        }
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(record.iter().map(str::to_owned).collect());
        }
    }
    Ok(rows)
}

fn read_workbook(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableFault> {
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
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| TableFault::NotATable)?;
    let sheet = workbook.sheet_names().first().cloned().ok_or(TableFault::NotATable)?;
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|_| TableFault::NotATable)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(|_| TableFault::NotATable)? {
        let (row, column) = cell.get_position();
        let text = cell_text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (row, column) = (row as usize, column as usize);
        if row > MOST_ROWS || column >= MOST_COLUMNS {
            return Err(TableFault::TooLarge);
        }
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        if rows[row].len() <= column {
            rows[row].resize(column + 1, String::new());
        }
        rows[row][column] = text;
    }
    rows.retain(|row| !row.is_empty());
    Ok(rows)
}

/// A cell as a person reads it: whole numbers without a point, dates as ISO 8601.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(true) => "yes".to_owned(),
        DataRef::Bool(false) => "no".to_owned(),
        other => Data::from(other.clone()).to_string().trim().to_owned(),
    }
}
