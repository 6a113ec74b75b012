//! What tables cost: 10,000 rows written as a workbook and as CSV, 5,000 rows of a workbook read; time, and the most memory
//! held at a time.
//!
//! `cargo bench --bench tables`

use std::collections::BTreeMap;
use std::hint::black_box;

use chrono::NaiveDate;
use divan::AllocProfiler;
use qianglian::files::{Cell, Grid, csv, read_table, workbook};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// A table like that of score sheets: names, marks, reasons, a moment.
fn grid(rows: usize) -> Grid {
    const COLUMNS: usize = 20;
    let day = NaiveDate::from_ymd_opt(2026, 6, 1).expect("a day");
    let cell = |row: usize, column: usize| match column {
        0 => Cell::Text(format!("2026-01-{row:05}")),
        1..=5 => Cell::Text(format!("苏州市吴中区第{row}项产业链，说明{column}")),
        6 => Cell::Date(day),
        7..=15 => Cell::Number(format!("{}.50", row % 100)),
        _ => Cell::Text("符合评分标准，依据见考察记录第三页".to_owned()),
    };
    Grid {
        name: "评分表".to_owned(),
        heading: (0..COLUMNS).map(|column| format!("列{column}")).collect(),
        rows: (0..rows).map(|row| (0..COLUMNS).map(|column| cell(row, column)).collect()).collect(),
        choices: BTreeMap::new(),
        allowed: Vec::new(),
    }
}

fn written(grid: &Grid) -> Vec<u8> {
    let day = NaiveDate::from_ymd_opt(2026, 6, 1).expect("a day");
    workbook("竞赛", day, std::slice::from_ref(grid)).expect("a workbook")
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn workbook_of_10_000_rows(bencher: divan::Bencher<'_, '_>) {
    let grid = grid(10_000);
    bencher.bench_local(|| written(black_box(&grid)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn csv_of_10_000_rows(bencher: divan::Bencher<'_, '_>) {
    let grid = grid(10_000);
    bencher.bench_local(|| csv(black_box(&grid)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn reading_5_000_rows(bencher: divan::Bencher<'_, '_>) {
    let mut plain = grid(5_000);
    // As a person would send it: text alone.
    for cell in plain.rows.iter_mut().flatten() {
        *cell = Cell::Text(cell.text());
    }
    let bytes = written(&plain);
    bencher.bench_local(|| read_table(black_box(&bytes), None).expect("a table"));
}

fn main() {
    divan::main();
}
