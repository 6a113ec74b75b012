//! What people read while others write: requests a second, latencies and the processor's time of each, at rest and
//! while sheets are being saved.
//!
//! `cargo bench --bench reading`, on the demonstration with 500 applications of seven sheets.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

#[expect(dead_code, reason = "the other benchmarks ask as browsers do")]
mod client;
#[expect(dead_code, reason = "the other benchmarks use the rest")]
mod demo;
use client::{Client, median, request};
use demo::{Demo, SCALE, sheet, sign_in};

/// How browsers and most clients of the API ask.
const GZIP: &str = "Accept-Encoding: gzip\r\n";
/// Sheets saved a second.
const SAVES: u32 = 50;
/// Clients that read.
const CLIENTS: usize = 8;

/// What is read.
struct Wanted {
    what: &'static str,
    request: Vec<u8>,
}

/// What reading came to.
struct Seen {
    a_second: f64,
    p50: f64,
    p99: f64,
    processor: f64,
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Reads over and over for some seconds.
fn load(demo: &Demo, wanted: &[u8], seconds: f64) -> Seen {
    let (stop, all) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let (start, before) = (Instant::now(), demo.processor());
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let (mut client, mut own) = (Client::new(&demo.base), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    let sent = Instant::now();
                    assert_eq!(client.send(wanted).0, 200);
                    own.push(sent.elapsed().as_secs_f64() * 1000.0);
                }
                all.lock().unwrap().extend(own);
            });
        }
        std::thread::sleep(Duration::from_secs_f64(seconds));
        stop.store(true, Ordering::Relaxed);
    });
    let took = start.elapsed().as_secs_f64();
    let spent = demo.processor() - before;
    let mut latencies = all.into_inner().unwrap();
    latencies.sort_by(f64::total_cmp);
    let at = |share: usize| latencies[(latencies.len() * share / 100).min(latencies.len() - 1)];
    Seen {
        a_second: count(latencies.len()) / took,
        p50: at(50),
        p99: at(99),
        processor: spent * 1000.0 / count(latencies.len()),
    }
}

/// An expert with an application of which nothing is entered yet.
fn unsigned(demo: &Demo, competition: &str, tokens: &[String]) -> (String, String) {
    let of = |token: &String| {
        let own = demo.get(&format!("/api/v1/competitions/{competition}/panels/mine"), token);
        let found = own["applications"].as_array()?.iter().find(|one| one["sheet"].is_null())?;
        Some((token.clone(), found["id"].as_str()?.to_owned()))
    };
    tokens.iter().find_map(of).expect("something to enter")
}

/// Saves a sheet again and again until told to stop.
fn save(demo: &Demo, (token, application): &(String, String), revision: &AtomicUsize, stop: &AtomicBool) {
    let (mut client, bodies) = (Client::new(&demo.base), [sheet("1"), sheet("1.5")]);
    let path = format!("/api/v1/applications/{application}/sheets/mine");
    let (start, mut saved) = (Instant::now(), 0);
    while !stop.load(Ordering::Relaxed) {
        let at = revision.fetch_add(1, Ordering::Relaxed);
        client.json("PUT", &path, token, &format!("If-Match: \"{at}\"\r\n"), &bodies[at % 2]);
        saved += 1;
        let due = Duration::from_secs(1) / SAVES * saved;
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
}

fn page(path: &str, cookie: &str) -> Vec<u8> {
    let who = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{who}{GZIP}\r\n").into_bytes()
}

fn all(demo: &Demo) -> Vec<Wanted> {
    let office = demo.token("office");
    let (announced, scoring) = (demo.competition("announced"), demo.competition("scoring"));
    let tallies = demo.get(&format!("/api/v1/competitions/{announced}/tallies"), &office);
    let number = tallies["items"].as_array().unwrap().len();
    let experts = demo.experts(&scoring);
    let (expert, application) = unsigned(demo, &scoring, &experts[1..]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let browser = browser.build().expect("a client");
    let seen = |role: &str| {
        let text = |name: &str| demo.sign_ins[role][name].as_str().expect("text").to_owned();
        let base = format!("http://{}", demo.base);
        runtime.block_on(sign_in(&browser, &base, &text("user"), &text("password")))
    };
    let (cookie, applicant, supervisor) = (seen("office"), seen("applicant"), seen("supervisor"));
    let json = |path: String, token: &str| request("GET", &path, token, GZIP, &Value::Null);
    let entry = |what, request| Wanted { what, request };
    vec![
        entry("announcement, page", page(&format!("/announcements/{announced}"), "")),
        entry("home, page", page("/", "")),
        entry(
            "ranking, JSON",
            json(format!("/api/v1/competitions/{announced}/tallies/{number}/ranking"), &office),
        ),
        entry("ranking, page", page(&format!("/competitions/{announced}/tallies/{number}"), &cookie)),
        entry("progress, page", page(&format!("/competitions/{scoring}/progress"), &cookie)),
        entry("alarms, page", page(&format!("/competitions/{scoring}/alarms"), &supervisor)),
        entry("office's desk", page("/desk", &cookie)),
        entry("applicant's desk", page("/desk", &applicant)),
        entry("application, JSON", json(format!("/api/v1/applications/{application}"), &expert)),
        entry("own sheet, JSON", json(format!("/api/v1/applications/{application}/sheets/mine"), &expert)),
    ]
}

fn main() {
    let _ready = rustls::crypto::ring::default_provider().install_default();
    let directory = tempfile::tempdir().expect("a directory");
    let demo = Demo::start(directory.path(), &[]);
    println!(
        "{SCALE} applications, {CLIENTS} clients, gzip; {SAVES} sheets a second are being saved, then at rest"
    );
    let scoring = demo.competition("scoring");
    let experts = demo.experts(&scoring);
    let (task, revision) = (unsigned(&demo, &scoring, &experts[..1]), AtomicUsize::new(0));
    for wanted in all(&demo) {
        let (mut written, mut rested) = (Vec::new(), Vec::new());
        load(&demo, &wanted.request, 0.3);
        for _ in 0..3 {
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| save(&demo, &task, &revision, &stop));
                written.push(load(&demo, &wanted.request, 1.5));
                stop.store(true, Ordering::Relaxed);
            });
            rested.push(load(&demo, &wanted.request, 0.7));
        }
        let of = |all: &[Seen], pick: fn(&Seen) -> f64| median(all.iter().map(pick).collect());
        let told = |all: &[Seen]| {
            format!(
                "{:.0}/s, p50 {:.1} ms, p99 {:.1} ms, {:.2} ms of processor",
                of(all, |seen| seen.a_second),
                of(all, |seen| seen.p50),
                of(all, |seen| seen.p99),
                of(all, |seen| seen.processor)
            )
        };
        println!("{}: {}; at rest {}", wanted.what, told(&written), told(&rested));
    }
    println!("peak memory {} MiB", demo.peak_memory());
}
