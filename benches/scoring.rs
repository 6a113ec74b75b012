//! How fast tallies are read and ranked: `cargo bench --bench scoring`.
//!
//! 7 sheets an application and 30 judged indicators, at 1,000, 10,000 and 100,000 applications, so that growth shows;
//! and the same file read by `serde_json` into plain structs, for comparison. `against_numpy` compares the ranking with
//! vectorised NumPy in one run.

mod example;

use std::collections::HashMap;

use divan::{Bencher, black_box};
use qianglian::domain::scoring::{rank, read_tally};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// A tally as a programmer would first write it down.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "what is read is not used")]
struct PlainTally {
    applications: Vec<PlainApplication>,
    sheets: Vec<PlainSheet>,
}

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "what is read is not used")]
struct PlainApplication {
    id: String,
    title: String,
    region: String,
}

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "what is read is not used")]
struct PlainSheet {
    application: String,
    expert: String,
    scores: HashMap<String, String>,
}

/// The same with texts borrowed from the file.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "what is read is not used")]
struct BorrowedTally<'a> {
    #[serde(borrow)]
    sheets: Vec<BorrowedSheet<'a>>,
}

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "what is read is not used")]
struct BorrowedSheet<'a> {
    application: &'a str,
    expert: &'a str,
    #[serde(borrow)]
    scores: HashMap<&'a str, &'a str>,
}

#[divan::bench(args = SIZES, sample_count = 9, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>, applications: usize) {
    let file = example::tally("sheet", applications);
    bencher.bench(|| read_tally(black_box(file.as_bytes())).is_ok());
}

#[divan::bench(args = SIZES, sample_count = 9, sample_size = 1)]
fn read_by_serde_json_into_plain_structs(bencher: Bencher<'_, '_>, applications: usize) {
    let file = example::tally("sheet", applications);
    bencher.bench(|| serde_json::from_str::<PlainTally>(black_box(&file)).is_ok());
}

#[divan::bench(args = SIZES, sample_count = 9, sample_size = 1)]
fn read_by_serde_json_into_borrowing_structs(bencher: Bencher<'_, '_>, applications: usize) {
    let file = example::tally("sheet", applications);
    bencher.bench(|| serde_json::from_str::<BorrowedTally<'_>>(black_box(&file)).is_ok());
}

#[divan::bench(args = SIZES, sample_count = 25, sample_size = 1)]
fn rank_by_whole_sheets(bencher: Bencher<'_, '_>, applications: usize) {
    let tally = read_tally(example::tally("sheet", applications).as_bytes()).expect("the example is valid");
    bencher.bench(|| black_box(rank(black_box(&tally))).groups.len());
}

#[divan::bench(args = SIZES, sample_count = 25, sample_size = 1)]
fn rank_by_indicators(bencher: Bencher<'_, '_>, applications: usize) {
    let tally =
        read_tally(example::tally("indicator", applications).as_bytes()).expect("the example is valid");
    bencher.bench(|| black_box(rank(black_box(&tally))).groups.len());
}

#[divan::bench(args = SIZES, sample_count = 25, sample_size = 1)]
fn rank_with_measured_indicators(bencher: Bencher<'_, '_>, applications: usize) {
    let tally = read_tally(example::measured(applications).as_bytes()).expect("the example is valid");
    bencher.bench(|| black_box(rank(black_box(&tally))).groups.len());
}

#[divan::bench(args = SIZES, sample_count = 25, sample_size = 1)]
fn write_the_result(bencher: Bencher<'_, '_>, applications: usize) {
    let tally = read_tally(example::tally("sheet", applications).as_bytes()).expect("the example is valid");
    let outcome = rank(&tally);
    bencher.bench(|| black_box(&outcome).canonical_json().len());
}
