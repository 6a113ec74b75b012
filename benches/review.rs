//! What the second half of a competition costs, on the demonstration's own data: ratios within one run.
//!
//! - Making the demonstration of default size.
//! - The ranking of 500 applications of seven sheets, while 50 sheets a second are being saved.
//! - The page of an announcement, against nginx that serves the same bytes as static files, plain and compressed.
//! - Signing a score sheet over HTTP, against the same statements committed one by one: on SQLite in a tight loop, on
//!   PostgreSQL by pgbench.
//!
//! `cargo bench --bench review`; nginx, and PostgreSQL 15 in `/usr/lib/postgresql/15/bin`, are used if they are there.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use flate2::write::GzEncoder;
use serde_json::Value;

mod client;
mod demo;
use client::{BROWSER, Client, median, request};
use demo::{Demo, SCALE, program, sheet};

const POSTGRES: &str = "/usr/lib/postgresql/15/bin";

/// Requests a second and the latencies in milliseconds, by several clients for some seconds.
fn load(base: &str, clients: usize, seconds: f64, wanted: &[u8], status: u16) -> (f64, Vec<f64>) {
    let (stop, all) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let (mut client, mut own) = (Client::new(base), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    let sent = Instant::now();
                    assert_eq!(client.send(wanted).0, status);
                    own.push(sent.elapsed().as_secs_f64() * 1000.0);
                }
                all.lock().unwrap().extend(own);
            });
        }
        std::thread::sleep(Duration::from_secs_f64(seconds));
        stop.store(true, Ordering::Relaxed);
    });
    let mut latencies = all.into_inner().unwrap();
    latencies.sort_by(f64::total_cmp);
    (count(latencies.len()) / start.elapsed().as_secs_f64(), latencies)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Who has what to sign: an expert's token and an application of which nothing is entered yet.
fn unsigned(demo: &Demo) -> Vec<(String, String)> {
    let competition = demo.competition("scoring");
    let mut tasks = Vec::new();
    for token in demo.experts(&competition) {
        let own = demo.get(&format!("/api/v1/competitions/{competition}/panels/mine"), &token);
        for application in own["applications"].as_array().unwrap() {
            if application["sheet"].is_null() {
                tasks.push((token.clone(), application["id"].as_str().unwrap().to_owned()));
            }
        }
    }
    tasks
}

/// Does something once for each task, by 32 clients; how many a second.
fn each(demo: &Demo, tasks: &[(String, String)], one: impl Fn(&mut Client, &str, &str) + Sync) -> f64 {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let mut client = Client::new(&demo.base);
                while let Some((token, application)) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&mut client, token, application);
                }
            });
        }
    });
    count(tasks.len()) / start.elapsed().as_secs_f64()
}

/// Signatures a second, over 32 connections.
fn sign(demo: &Demo) -> f64 {
    let tasks = unsigned(demo);
    let body = sheet("1.5");
    let path = |application: &str| format!("/api/v1/applications/{application}/sheets/mine");
    each(demo, &tasks, |client, token, application| {
        client.json("PUT", &path(application), token, "If-Match: \"0\"\r\n", &body);
    });
    println!("sheets to sign: {}", tasks.len());
    each(demo, &tasks, |client, token, application| {
        let to = format!("{}/signature", path(application));
        client.json("POST", &to, token, "If-Match: \"1\"\r\n", &Value::Null);
    })
}

fn ranking(demo: &Demo) {
    let office = demo.token("office");
    let competition = demo.competition("announced");
    let tallies = demo.get(&format!("/api/v1/competitions/{competition}/tallies"), &office);
    let number = tallies["items"].as_array().unwrap().len();
    let path = format!("/api/v1/competitions/{competition}/tallies/{number}/ranking");
    let wanted = request("GET", &path, &office, BROWSER, &Value::Null);
    let (_, bytes) = Client::new(&demo.base).send(&wanted);
    let tasks = unsigned(demo);
    let (stop, saved) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = Client::new(&demo.base);
            let (mut revision, body) = (0, [sheet("1"), sheet("1.5")]);
            let (token, application) = &tasks[0];
            let path = format!("/api/v1/applications/{application}/sheets/mine");
            let start = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                let tag = format!("If-Match: \"{revision}\"\r\n");
                client.json("PUT", &path, token, &tag, &body[revision % 2]);
                revision += 1;
                saved.fetch_add(1, Ordering::Relaxed);
                let due = Duration::from_millis(20) * u32::try_from(revision).unwrap();
                std::thread::sleep(due.saturating_sub(start.elapsed()));
            }
        });
        let start = Instant::now();
        let (rate, latencies) = load(&demo.base, 8, 5.0, &wanted, 200);
        let saving = count(saved.load(Ordering::Relaxed)) / start.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        println!(
            "ranking of {SCALE} applications of 7 sheets ({} bytes), 8 connections, {saving:.0} sheets/s being saved: {rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms",
            bytes.len(),
            latencies[latencies.len() / 2],
            latencies[latencies.len() * 99 / 100]
        );
    });
}

/// nginx, told to end: its workers would survive a kill of the first process.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ended = told.and_then(|_| self.0.wait());
    }
}

/// nginx with one static file and the same compressed beforehand, if it is installed.
fn nginx(directory: &Path, page: &[u8]) -> Option<(Nginx, String)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    std::fs::write(directory.join("page.html"), page).ok()?;
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(page).ok()?;
    std::fs::write(directory.join("page.html.gz"), packed.finish().ok()?).ok()?;
    let at = directory.display();
    let config = format!(
        "daemon off; worker_processes 2; pid {at}/nginx.pid; error_log {at}/error.log;\nevents {{ worker_connections 1024; }}\n\
         http {{ access_log off; gzip_static on; types {{ text/html html; }} client_body_temp_path {at}/a; proxy_temp_path {at}/b;\n\
         fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d; scgi_temp_path {at}/e; keepalive_requests 100000000;\n\
         server {{ listen 127.0.0.1:{port}; root {at}; }} }}\n"
    );
    let file = directory.join("nginx.conf");
    std::fs::write(&file, config).ok()?;
    let child = Command::new("nginx").arg("-c").arg(&file).stderr(Stdio::null()).spawn().ok()?;
    std::thread::sleep(Duration::from_millis(500));
    Some((Nginx(child), format!("127.0.0.1:{port}")))
}

fn tag(base: &str, path: &str, accepted: &str) -> String {
    // The tag of an answer, read by hand: the client gives bodies alone.
    use std::io::Read;
    let mut stream = std::net::TcpStream::connect(base).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: bench\r\n{accepted}Connection: close\r\n\r\n").unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("etag:")).expect("a tag");
    line.split_once(':').unwrap().1.trim().to_owned()
}

fn page(demo: &Demo) {
    let path = format!("/announcements/{}", demo.competition("announced"));
    let get =
        |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{more}\r\n").into_bytes();
    let (status, bytes) = Client::new(&demo.base).send(&get(&path, ""));
    assert_eq!(status, 200);
    let Some((_nginx, other)) = nginx(&demo.directory, &bytes) else {
        println!("nginx is not installed: the page was not compared");
        return;
    };
    for (what, status, accepted, connections) in [
        ("uncompressed", 200, "", 16),
        ("as browsers ask", 200, BROWSER, 16),
        ("unchanged (304), as browsers ask", 304, BROWSER, 16),
        ("as browsers ask", 200, BROWSER, 400),
    ] {
        let more = |base: &str, path: &str| match status {
            304 => format!("{accepted}If-None-Match: {}\r\n", tag(base, path, accepted)),
            _ => accepted.to_owned(),
        };
        let ours_wanted = get(&path, &more(&demo.base, &path));
        let theirs_wanted = get("/page.html", &more(&other, "/page.html"));
        let bytes = Client::new(&demo.base).send(&ours_wanted).1.len();
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..5 {
            let (one, _) = load(&demo.base, connections, 1.5, &ours_wanted, status);
            let (two, _) = load(&other, connections, 1.5, &theirs_wanted, status);
            ratios.push(one / two);
            ours.push(one);
            theirs.push(two);
        }
        println!(
            "announcement page ({bytes} bytes), {what}, {connections} connections: {:.0}/s; nginx {:.0}/s; ratio {:.2}; peak memory {} MiB",
            median(ours),
            median(theirs),
            median(ratios),
            demo.peak_memory()
        );
    }
}

mod tables {
    diesel::table! { application (id) { id -> Text, competition -> Text, state -> Text, revision -> BigInt, } }
    diesel::table! { placed (id) { id -> Text, unit -> Text, } }
    diesel::table! { seat (unit, expert) { unit -> Text, expert -> Text, state -> Text, } }
    diesel::table! { expert (id) { id -> Text, account -> Text, content -> Text, } }
    diesel::table! { competition (id) { id -> Text, state -> Text, } }
    diesel::table! { sheet (id, expert) { id -> Text, expert -> Text, state -> Text, content -> Text, revision -> BigInt, } }
    diesel::table! { document (kind, subject, number) { kind -> Text, subject -> Text, number -> BigInt, content -> Text, digest -> Text, } }
    diesel::table! { head (chain) { chain -> Text, seq -> BigInt, digest -> Text, } }
    diesel::table! { event (chain, seq) { chain -> Text, seq -> BigInt, body -> Text, at -> BigInt, account -> Text, object -> Text, } }
    diesel::allow_tables_to_appear_in_same_query!(placed, seat, expert);
}

const LOOP_TABLES: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000; PRAGMA mmap_size = 268435456;
    CREATE TABLE application (id TEXT PRIMARY KEY, competition TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
    CREATE TABLE placed (id TEXT PRIMARY KEY, unit TEXT NOT NULL) STRICT;
    CREATE TABLE seat (unit TEXT, expert TEXT, state TEXT NOT NULL, PRIMARY KEY (unit, expert)) STRICT;
    CREATE TABLE expert (id TEXT PRIMARY KEY, account TEXT UNIQUE, content TEXT NOT NULL) STRICT;
    CREATE TABLE competition (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
    CREATE TABLE sheet (id TEXT, expert TEXT, state TEXT NOT NULL, content TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (id, expert)) STRICT;
    CREATE TABLE document (kind TEXT, subject TEXT, number INTEGER, content TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (kind, subject, number)) STRICT;
    CREATE TABLE head (chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, digest TEXT NOT NULL) STRICT;
    CREATE TABLE event (chain TEXT, seq INTEGER, body TEXT NOT NULL, at INTEGER NOT NULL, account TEXT NOT NULL, object TEXT NOT NULL, PRIMARY KEY (chain, seq)) STRICT;
    CREATE INDEX event_at ON event (at); CREATE INDEX event_account ON event (account);
    CREATE INDEX event_object ON event (object);
    CREATE TRIGGER document_no_replace BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document WHERE kind = NEW.kind AND subject = NEW.subject AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
    CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE chain = NEW.chain AND seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'append-only'); END;
    INSERT INTO application VALUES ('a', 'c', 'accepted', 1);
    INSERT INTO placed VALUES ('a', 'all'); INSERT INTO seat VALUES ('all', 'e', 'serving');
    INSERT INTO expert VALUES ('e', 'x', '{}'); INSERT INTO competition VALUES ('c', 'scoring');
    INSERT INTO sheet VALUES ('a', 'e', 'draft', '', 0); INSERT INTO head VALUES ('c', 0, '');";

/// The statements of a signature's write transaction, with values of the same size, prepared once, one transaction
/// after the other on one connection with the service's settings.
fn tight_loop(path: &Path) -> f64 {
    use diesel::prelude::*;
    use tables::{application, competition, document, event, expert, head, placed, seat, sheet as row};
    let mut conn = SqliteConnection::establish(&path.display().to_string()).unwrap();
    conn.batch_execute(LOOP_TABLES).unwrap();
    let (content, body, digest) = (sheet("1.5").to_string(), "x".repeat(800), "d".repeat(64));
    let (start, mut done) = (Instant::now(), 0_i64);
    while start.elapsed().as_secs_f64() < 2.0 {
        done += 1;
        conn.immediate_transaction(|conn| {
            let of = application::table.find("a").select((application::competition, application::revision));
            of.first::<(String, i64)>(conn)?;
            head::table.find("c").select((head::seq, head::digest)).first::<(i64, String)>(conn)?;
            seat::table
                .inner_join(placed::table.on(placed::unit.eq(seat::unit)))
                .inner_join(expert::table.on(expert::id.eq(seat::expert)))
                .filter(placed::id.eq("a"))
                .filter(expert::account.eq("x"))
                .select((seat::state, expert::content))
                .first::<(String, String)>(conn)?;
            competition::table.find("c").select(competition::state).first::<String>(conn)?;
            row::table.find(("a", "e")).select((row::content, row::revision)).first::<(String, i64)>(conn)?;
            diesel::insert_into(document::table)
                .values((
                    document::kind.eq("sheet"),
                    document::subject.eq("a/e"),
                    document::number.eq(done),
                    document::content.eq(&content),
                    document::digest.eq(&digest),
                ))
                .execute(conn)?;
            diesel::update(row::table.find(("a", "e")))
                .set((row::state.eq("signed"), row::content.eq(&content), row::revision.eq(done)))
                .execute(conn)?;
            diesel::insert_into(event::table)
                .values((
                    event::chain.eq("c"),
                    event::seq.eq(done),
                    event::body.eq(&body),
                    event::at.eq(done),
                    event::account.eq("x"),
                    event::object.eq("application/x"),
                ))
                .execute(conn)?;
            diesel::update(head::table.find("c"))
                .set((head::seq.eq(done), head::digest.eq(&digest)))
                .execute(conn)
        })
        .unwrap();
    }
    f64::from(u32::try_from(done).unwrap()) / start.elapsed().as_secs_f64()
}

/// The same statements for pgbench, on the service's own tables.
const PGBENCH: &str = "BEGIN;
SELECT competition_id, revision FROM application WHERE id = 'bench';
SELECT seq, digest FROM audit_head WHERE chain = 'bench' FOR UPDATE \\gset
SELECT s.state, e.content FROM panel_seat s JOIN panel_application p ON p.competition_id = s.competition_id AND p.unit = s.unit JOIN expert e ON e.id = s.expert_id WHERE p.application_id = 'bench' AND e.account_id = 'bench';
SELECT id, state, revision, version FROM competition WHERE id = 'bench';
SELECT content, revision FROM sheet WHERE application_id = 'bench' AND expert_id = 'bench';
INSERT INTO document SELECT id, 'sheet', 'bench', :seq + 1, repeat('x', 1100), repeat('d', 64), '', created_by, 1 FROM competition LIMIT 1;
UPDATE sheet SET state = 'signed', changed_at = :seq WHERE application_id = (SELECT min(application_id) FROM sheet) AND expert_id = (SELECT min(expert_id) FROM sheet);
INSERT INTO audit_event VALUES ('bench', :seq + 1, repeat('d', 64), repeat('x', 800), :seq, 'bench', 'sheet.fill', 'application/bench', 'done', 'bench');
UPDATE audit_head SET seq = :seq + 1, digest = repeat('d', 64), at = :seq WHERE chain = 'bench';
COMMIT;
";

fn postgres_programs() -> Option<PathBuf> {
    Some(PathBuf::from(POSTGRES)).filter(|path| path.join("pgbench").exists())
}

fn quiet(program: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).args(arguments);
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn on_postgres(directory: &Path) {
    let Some(programs) = postgres_programs() else {
        println!("PostgreSQL is not installed: nothing was measured on it");
        return;
    };
    let at = directory.join("pg");
    std::fs::create_dir(&at).unwrap();
    let owned = Command::new("chown").arg("postgres").arg(&at).status().expect("chown runs");
    assert!(owned.success());
    let (data, socket) = (at.join("data").display().to_string(), at.display().to_string());
    quiet(&programs.join("initdb"), &["-D", &data, "-A", "trust", "-E", "UTF8", "--locale=C"]);
    let settings = format!("-k {socket} -c listen_addresses= -c max_connections=100");
    let log = at.join("log").display().to_string();
    quiet(&programs.join("pg_ctl"), &["-D", &data, "-l", &log, "-w", "-o", &settings, "start"]);
    quiet(&programs.join("createdb"), &["-h", &socket, "bench"]);
    let url = format!("postgres://postgres@%2F{}/bench", socket.trim_start_matches('/').replace('/', "%2F"));
    {
        let demo = Demo::start(directory, &["--database-url", &url]);
        let ours = sign(&demo);
        let script = at.join("sign.sql");
        std::fs::write(&script, PGBENCH).unwrap();
        let head = "INSERT INTO audit_head VALUES ('bench', 1000000, '', 0)";
        quiet(&programs.join("psql"), &["-h", &socket, "-d", "bench", "-q", "-c", head]);
        let script = script.display().to_string();
        let run = [
            "-h", &socket, "-d", "bench", "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T", "4", "-f",
            &script,
        ];
        let told = quiet(&programs.join("pgbench"), &run);
        let line = told.lines().find(|line| line.starts_with("tps = ")).expect("a rate");
        let theirs: f64 = line[6..].split(' ').next().unwrap().parse().expect("a number");
        println!(
            "sign a sheet, 32 connections, PostgreSQL: {ours:.0}/s; pgbench (8 clients) {theirs:.0}/s; ratio {:.2}",
            ours / theirs
        );
    }
    quiet(&programs.join("pg_ctl"), &["-D", &data, "-m", "immediate", "stop"]);
}

fn main() {
    let directory = tempfile::tempdir().expect("a directory");
    let small = directory.path().join("small").display().to_string();
    let start = Instant::now();
    let made = program(&["demo", "--no-serve", "--data", &small]).status().expect("the program runs");
    assert!(made.success());
    println!("the demonstration of default size: {:.1} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    {
        let demo = Demo::start(directory.path(), &[]);
        println!("the same with {SCALE} applications: {:.1} s", start.elapsed().as_secs_f64());
        ranking(&demo);
        page(&demo);
        let ours = sign(&demo);
        let theirs = median((0..3).map(|n| tight_loop(&directory.path().join(format!("{n}.db")))).collect());
        println!(
            "sign a sheet, 32 connections, SQLite: {ours:.0}/s; tight loop of the same statements {theirs:.0}/s; ratio {:.2}",
            ours / theirs
        );
    }
    let other = tempfile::tempdir().expect("a directory");
    // The server of PostgreSQL runs as another user.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(other.path(), open).expect("its own directory");
    on_postgres(other.path());
}
