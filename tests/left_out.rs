//! Runs after all other tests and tells what they left out for want of programs.

#[path = "it/support/left_out.rs"]
mod left_out;

use std::collections::{BTreeMap, BTreeSet};

fn main() {
    // What lists tests, to run each by itself, finds none here.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let record = left_out::record();
    let lines = std::fs::read_to_string(&record).unwrap_or_default();
    let mut by_package: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (package, test) in lines.lines().filter_map(|line| line.split_once(' ')) {
        by_package.entry(package).or_default().insert(test);
    }
    if by_package.is_empty() {
        println!("\nno test was left out for want of a program");
        return;
    }
    println!("\nLEFT OUT for want of programs (.ci/run leaves nothing out):");
    for (package, tests) in by_package {
        println!("  {} that need what `apt-get install {package}` brings:", tests.len());
        for test in tests {
            println!("    {test}");
        }
    }
    std::fs::remove_file(record).expect("the record can be removed");
}
