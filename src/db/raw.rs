//! Tables read as they are, every column as text: what no type of ours fits is told, and stops nobody who reads.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Nullable, Text};

use super::connection::Conn;
use crate::error::Result;

/// Rows that are read at a time.
const ROWS: usize = 200;

/// What of a table is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns of its primary key, in their order.
    pub(crate) key: &'static [&'static str],
    /// Further columns.
    pub(crate) others: &'static [&'static str],
}

/// A row: its key and the further columns that were asked for.
#[derive(Clone, Debug)]
pub(crate) struct Row(Vec<Option<String>>);

impl Row {
    /// A column, by its place; nothing where it is null.
    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        self.0.get(place).and_then(Option::as_deref)
    }

    /// The same as text.
    pub(crate) fn text(&self, place: usize) -> &str {
        self.get(place).unwrap_or_default()
    }

    /// The same as a number; -1 where it is none.
    pub(crate) fn number(&self, place: usize) -> i64 {
        self.text(place).parse().unwrap_or(-1)
    }
}

#[derive(QueryableByName)]
struct Cells {
    #[diesel(sql_type = Nullable<Text>)]
    c0: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c1: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c2: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c3: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c4: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c5: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c6: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c7: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c8: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c9: Option<String>,
}

/// How many columns can be read of a table.
const MOST: usize = 10;

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The next rows of a table in the order of its key, after a row; in a transaction of their own. Both databases take a
/// quoted number for the number that it says.
pub(crate) fn page(conn: &mut Conn, table: &Table, after: Option<&Row>) -> Result<Vec<Row>> {
    let key = table.key.join(", ");
    let condition = after.map_or_else(String::new, |row| {
        let values: Vec<String> = (0..table.key.len()).map(|place| quoted(row.text(place))).collect();
        match &values[..] {
            [only] => format!(" WHERE {key} > {only}"),
            several => format!(" WHERE ({key}) > ({})", several.join(", ")),
        }
    });
    read(conn, table, &format!("{condition} ORDER BY {key} LIMIT {ROWS}"))
}

/// The rows of a table whose columns are these texts, in the order of its key.
pub(crate) fn those(conn: &mut Conn, table: &Table, columns: &[(&str, &str)]) -> Result<Vec<Row>> {
    let conditions: Vec<String> =
        columns.iter().map(|(name, text)| format!("{name} = {}", quoted(text))).collect();
    let key = table.key.join(", ");
    read(conn, table, &format!(" WHERE {} ORDER BY {key}", conditions.join(" AND ")))
}

fn read(conn: &mut Conn, table: &Table, rest: &str) -> Result<Vec<Row>> {
    let columns = table.key.iter().chain(table.others).map(|column| format!("CAST({column} AS TEXT)"));
    let missing = std::iter::repeat_n("CAST(NULL AS TEXT)".to_owned(), MOST);
    let cells: Vec<String> = columns
        .chain(missing)
        .take(MOST)
        .enumerate()
        .map(|(n, column)| format!("{column} AS c{n}"))
        .collect();
    let query = format!("SELECT {} FROM {}{rest}", cells.join(", "), table.name);
    conn.begin_read()?;
    let rows = sql_query(query).load::<Cells>(conn);
    conn.roll_back();
    let row = |cells: Cells| {
        let Cells { c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 } = cells;
        Row(vec![c0, c1, c2, c3, c4, c5, c6, c7, c8, c9])
    };
    Ok(rows?.into_iter().map(row).collect())
}

/// What SQLite itself finds wrong with its file: broken pages and indexes, and rows that name no row.
pub(crate) fn faults(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    if matches!(conn, Conn::Pg(_)) {
        return Ok(Vec::new());
    }
    let check = Table { name: "pragma_integrity_check", key: &["integrity_check"], others: &[] };
    let broken = read(conn, &check, "")?;
    let broken = broken.iter().map(|row| row.text(0)).filter(|told| *told != "ok");
    let mut faults: Vec<_> = broken.map(|told| ("qianglian.db".to_owned(), told.to_owned())).collect();
    let named = Table { name: "pragma_foreign_key_check", key: &["\"table\""], others: &["rowid", "parent"] };
    for row in read(conn, &named, "")? {
        let told = format!("FOREIGN KEY ({})", row.text(2));
        faults.push((format!("{}/rowid {}", row.text(0), row.text(1)), told));
    }
    Ok(faults)
}
