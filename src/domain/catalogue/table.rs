//! The catalogue as tables, read and written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Catalogue;
use super::chain::{Advantage, Chain, ChainNumber, Cluster};
use crate::domain::problem::FieldProblem;
use crate::domain::table::{column, delimited};
use crate::domain::values::count;

impl Catalogue {
    /// The same catalogue with another table of chains, read from CSV with the columns `cluster_no, cluster_name,
    /// chain_no, chain_name, excellence_target, advantage, source_note`.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn with_chains_csv(&self, csv: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            cluster_no: u16,
            cluster_name: String,
            chain_no: ChainNumber,
            chain_name: String,
            excellence_target: YesNo,
            advantage: Advantage,
            source_note: Option<String>,
        }
        let mut clusters: BTreeMap<u16, Cluster> = BTreeMap::new();
        for row in rows::<Row>(csv)? {
            let cluster = clusters.entry(row.cluster_no).or_insert_with(|| Cluster {
                no: row.cluster_no,
                name: row.cluster_name.clone(),
                chains: Vec::new(),
            });
            if cluster.name != row.cluster_name {
                return Err(vec![FieldProblem::new(
                    format!("/chains/{}", row.chain_no),
                    "two_names",
                    format!("集群{}有两个名称", row.cluster_no),
                    format!("Cluster {} has two names", row.cluster_no),
                )]);
            }
            cluster.chains.push(Chain {
                no: row.chain_no,
                name: row.chain_name,
                excellence_target: row.excellence_target == YesNo::Yes,
                advantage: row.advantage,
                source_note: row.source_note.filter(|note| !note.is_empty()),
            });
        }
        Ok(Self { clusters: clusters.into_values().collect(), ..self.clone() })
    }

    /// The same catalogue with another table of regions, read from CSV with the columns `code, name, kind, parent`.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn with_regions_csv(&self, csv: &[u8]) -> Result<Self, Vec<FieldProblem>> {
        Ok(Self { regions: rows(csv)?, ..self.clone() })
    }

    /// The table of chains that [`Catalogue::with_chains_csv`] reads, to be edited.
    pub fn chains_csv(&self) -> String {
        let header = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note";
        let rows = self.chains().map(|(cluster, chain)| {
            let target = if chain.excellence_target { "yes" } else { "no" };
            [
                cluster.no.to_string(),
                cluster.name.clone(),
                chain.no.to_string(),
                chain.name.clone(),
                target.to_owned(),
                chain.advantage.to_string(),
                chain.source_note.clone().unwrap_or_default(),
            ]
        });
        table(header, rows)
    }

    /// The table of regions that [`Catalogue::with_regions_csv`] reads, to be edited.
    pub fn regions_csv(&self) -> String {
        let rows = self.regions.iter().map(|region| {
            [region.code.to_string(), region.name.clone(), region.kind.to_string(), region.parent.to_string()]
        });
        table("code,name,kind,parent", rows)
    }
}

/// A table as CSV (RFC 4180, lines ended by a line feed): cells are quoted where they need it.
pub(super) fn table<const N: usize>(header: &str, rows: impl Iterator<Item = [String; N]>) -> String {
    let cell = |text: String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let mut csv = format!("{header}\n");
    for row in rows {
        csv.push_str(&row.map(cell).join(","));
        csv.push('\n');
    }
    csv
}

/// A yes or no of a CSV file.
#[derive(PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum YesNo {
    Yes,
    No,
}

/// The fields of each thing, by its key.
pub(super) type Fields = BTreeMap<String, Vec<(&'static str, String)>>;

pub(super) fn rows<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<Vec<T>, Vec<FieldProblem>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (sign, bytes) = match std::str::from_utf8(bytes).map(delimited) {
        Ok((sign, text)) => (sign, text.as_bytes()),
        Err(_) => (b',', bytes),
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(sign).from_reader(bytes);
    let heading: csv::StringRecord =
        reader.headers().cloned().unwrap_or_default().iter().map(column).collect();
    reader.set_headers(heading.clone());
    let (mut good, mut problems) = (Vec::new(), Vec::new());
    for (index, row) in reader.records().enumerate() {
        match row.and_then(|row| keyed(&row, &heading).deserialize(Some(&heading))) {
            Ok(row) => good.push(row),
            Err(error) => {
                let (zh, en) = fault_of_row(&error, &heading);
                problems.push(FieldProblem::new(
                    format!("/rows/{}", index + 1),
                    "row",
                    format!("第{}行（不含表头）{zh}", index + 1),
                    format!("Row {} (the heading not counted): {en}", index + 1),
                ));
            }
        }
    }
    if good.is_empty() && problems.is_empty() {
        problems.push(FieldProblem::new("/rows", "empty", "表中没有数据", "The table has no rows"));
    }
    if problems.is_empty() { Ok(good) } else { Err(problems) }
}

/// The keys that people write in Chinese.
const KEYS: &[(&str, &str, &str)] = &[
    ("excellence_target", "是", "yes"),
    ("excellence_target", "否", "no"),
    ("advantage", "是", "yes"),
    ("advantage", "否", "no"),
    ("advantage", "未知", "unknown"),
    ("kind", "设区市", "city"),
    ("kind", "县（市、区）", "county"),
    ("kind", "县", "county"),
    ("kind", "开发区", "zone"),
];

/// A row whose keys are as programs write them.
fn keyed(row: &csv::StringRecord, heading: &csv::StringRecord) -> csv::StringRecord {
    let key = |column: &str, cell| KEYS.iter().find(|(of, zh, _)| *of == column && *zh == cell);
    let cells = row.iter().enumerate();
    cells
        .map(|(at, cell)| key(heading.get(at).unwrap_or_default(), cell).map_or(cell, |(.., key)| key))
        .collect()
}

/// What is wrong with a row of a table, for people.
fn fault_of_row(error: &csv::Error, heading: &csv::StringRecord) -> (String, String) {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("有{len}列，表头有{expected_len}列"),
            format!("{}, where the heading has {expected_len}", count(len, "column", "columns")),
        ),
        csv::ErrorKind::Utf8 { .. } => ("不是UTF-8编码".to_owned(), "not in UTF-8".to_owned()),
        csv::ErrorKind::Deserialize { err, .. } => {
            let (column, why) =
                (err.field().and_then(|at| heading.get(usize::try_from(at).ok()?)), err.kind());
            match column {
                Some(column) => (
                    format!("“{column}”列的内容不能识别"),
                    format!("what stands in `{column}` can't be read ({why})"),
                ),
                None if ["missing field", "unknown field"]
                    .iter()
                    .any(|start| why.to_string().starts_with(start)) =>
                {
                    ("缺列或有不认识的列，请核对表头".to_owned(), format!("{why}: look at the heading"))
                }
                None => ("有不能识别的内容".to_owned(), why.to_string()),
            }
        }
        _ => ("不能读取".to_owned(), "can't be read".to_owned()),
    }
}
