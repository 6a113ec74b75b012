//! Ranking against vectorised NumPy on one thread, in one run: `cargo bench --bench against_numpy`.
//!
//! Both sides begin with the scores in memory and do the same weighted trimmed mean. NumPy's part is in
//! `benches/numpy_trimmed_mean.py`; the two take turns, and ratios of medians are printed. Needs `python3` with numpy,
//! and times numba too where that is installed.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]

#[expect(dead_code, reason = "one of the examples is for the other benchmark")]
mod example;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use qianglian::domain::scoring::{rank, read_tally};

const ROUNDS: usize = 15;

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/numpy_trimmed_mean.py");
    println!("{:>12} {:>10}  {:<34} {:>10} {:>10}", "applications", "level", "what", "median", "ours ÷ it");
    for applications in [1_000, 10_000, 100_000] {
        for level in ["sheet", "indicator"] {
            let file = example::tally(level, applications);
            let path = std::env::temp_dir().join(format!("qianglian-bench-{}.json", std::process::id()));
            std::fs::write(&path, &file).expect("the temporary folder can be written");
            let tally = read_tally(file.as_bytes()).expect("the example is valid");
            drop(file);
            let mut python = Command::new("python3")
                .args([script, path.to_str().expect("the path is text"), level])
                .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, "1")))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("python3 is installed");
            let mut ask = python.stdin.take().expect("piped");
            let mut answers = BufReader::new(python.stdout.take().expect("piped")).lines();
            let names = answers.next().and_then(Result::ok).expect("numpy is installed");
            let names: Vec<&str> = names.split('\t').collect();
            let mut theirs: Vec<Vec<Duration>> = vec![Vec::new(); names.len()];
            let mut ours = Vec::new();
            for _ in 0..ROUNDS {
                let start = Instant::now();
                let outcome = rank(&tally);
                ours.push(start.elapsed());
                drop(outcome);
                ask.write_all(b"go\n").expect("python3 is listening");
                let line = answers.next().and_then(Result::ok).expect("python3 answers");
                for (times, time) in theirs.iter_mut().zip(line.split('\t')) {
                    times.push(Duration::from_nanos(time.parse().expect("nanoseconds")));
                }
            }
            drop(ask);
            python.wait().expect("python3 ends");
            let ours = median(&mut ours);
            println!(
                "{applications:>12} {level:>10}  {:<34} {ours:>10.2?} {:>10}",
                "qianglian, whole ranking", ""
            );
            for (name, times) in names.iter().zip(&mut theirs) {
                let their = median(times);
                let ratio = ours.as_secs_f64() / their.as_secs_f64();
                println!("{applications:>12} {level:>10}  {name:<34} {their:>10.2?} {ratio:>10.2}");
            }
            std::fs::remove_file(path).expect("the file can be removed");
        }
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
