//! What the service costs, against what it could cost at least: ratios within one run.
//!
//! - Reading one application with a token, against an actix handler that answers the same bytes from memory.
//! - Saving a part of a draft, against a tight loop of the same statements with the same durability.
//! - Starting on an existing database.
//!
//! `cargo bench --bench service`

#![expect(clippy::disallowed_methods, reason = "a benchmark measures with the machine's own clock")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use qianglian::actions::login::{AcceptLink, LogIn};
use qianglian::actions::{Hasher, RequestContext, Service, accounts, data, keys, login};
use qianglian::clock::Clock;
use qianglian::db::{Address, Db};
use qianglian::domain::access::Role;
use qianglian::files::FileStore;
use qianglian::http::{Manners, serve};
use qianglian::keys::KeySource;
use serde_json::{Value, json};

mod client;
use client::{BROWSER, Client, median, request};

const ROUNDS: usize = 5;
const SECONDS: f64 = 1.5;

/// Requests a second, by several clients at once for a while.
fn rate(base: &str, clients: usize, one: impl Fn(usize, &mut Client) + Sync) -> f64 {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for index in 0..clients {
            let (stop, count, one) = (&stop, &count, &one);
            scope.spawn(move || {
                let mut client = Client::new(base);
                while !stop.load(Ordering::Relaxed) {
                    one(index, &mut client);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs_f64(SECONDS));
        stop.store(true, Ordering::Relaxed);
    });
    f64::from(u32::try_from(count.into_inner()).unwrap_or(u32::MAX)) / start.elapsed().as_secs_f64()
}

/// The service on a database in `directory`, with somebody of each role that is needed.
async fn start(directory: &std::path::Path) -> (Service, String) {
    let clock = Clock::machine();
    let address = Address::Sqlite(directory.join("qianglian.db").display().to_string());
    let db = Db::open(&address, 1).expect("the database opens");
    data::seed(&db, &clock).await.expect("data can be stored");
    let source = KeySource::File(directory.join("keys.json"));
    let keys = keys::open(&db, &clock, source).await.expect("keys can be made");
    let files = Arc::new(FileStore::local(directory).expect("files can be stored"));
    let hasher = Hasher::with_cost(&clock, 8, 1);
    let service = Service::new(db, clock, files, hasher, keys);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let base = listener.local_addr().expect("an address").to_string();
    let server = serve(service.clone(), listener, None, None, Vec::new(), Manners::default())
        .expect("it can be served");
    actix_web::rt::spawn(server);
    (service, base)
}

async fn token(service: &Service, name: &str, role: Role, region: Option<&str>) -> String {
    let password = "correct-ferry-lantern-73".to_owned();
    let context = RequestContext::of_operator(&service.clock);
    let region = region.map(|code| code.parse().expect("a code"));
    let invite = accounts::Invite {
        name: name.to_owned(),
        display_name: name.to_owned(),
        role,
        region_code: region,
        email: None,
        phone: None,
        duties: qianglian::domain::access::OfficeDuties::default(),
        by_letter: false,
        valid_days: None,
    };
    let invited = accounts::invite(service, &context, invite).await.expect("a good account");
    let accept = AcceptLink { token: invited.link_token.expect("it is told"), password: password.clone() };
    login::accept_link(service, &context, accept).await.expect("a good link");
    let wanted = LogIn { name: name.to_owned(), password };
    let answered = login::log_in(service, &context, wanted, String::new()).await;
    answered.and_then(login::LogInView::session).expect("a good login").access_token
}

/// A competition that is open, with a draft for each of some chains; their identifiers.
fn drafts(base: &str, office: &str, applicant: &str, chains: u16) -> Vec<String> {
    let mut client = Client::new(base);
    let mut settings: Value = serde_json::from_str(include_str!("../data/settings.example.json")).unwrap();
    let at = |hours: i64| {
        let time = chrono::Utc::now() + chrono::Duration::hours(hours);
        json!(time.to_rfc3339())
    };
    for (index, stage) in (1..).zip(["application", "recommendation", "checking", "review", "announcement"]) {
        settings["calendar"][stage] = json!({ "from": at(-1), "until": at(index * 24) });
    }
    let made = client.json("POST", "/api/v1/competitions", office, "", &settings);
    let path = format!("/api/v1/competitions/{}", made["id"].as_str().unwrap());
    client.json(
        "POST",
        &format!("{path}/state"),
        office,
        "If-Match: \"1\"\r\n",
        &json!({ "to": "application" }),
    );
    let create = |chain| json!({ "chain": chain, "role": "core" });
    (1..=chains)
        .map(|chain| {
            let made = client.json("POST", &format!("{path}/applications"), applicant, "", &create(chain));
            made["id"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn section() -> Value {
    json!({ "text": "产业链的现状与基础，形成过程和特色。".repeat(60) })
}

fn read_one(base: &str, token: &str, application: &str, accepted: &str, handle: &tokio::runtime::Handle) {
    let wanted =
        request("GET", &format!("/api/v1/applications/{application}"), token, accepted, &Value::Null);
    let (status, bytes) = Client::new(base).send(&wanted);
    assert_eq!(status, 200);
    let bytes: Arc<[u8]> = bytes.into();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let memory = listener.local_addr().expect("an address").to_string();
    let same = Arc::clone(&bytes);
    let server = HttpServer::new(move || {
        let same = Arc::clone(&same);
        App::new().default_service(web::to(move || {
            let body = same.to_vec();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        }))
    });
    handle.spawn(server.workers(2).listen(listener).expect("it listens").run());
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let read = |_: usize, client: &mut Client| assert_eq!(client.send(&wanted).0, 200);
        let (with_token, from_memory) = (rate(base, 16, read), rate(&memory, 16, read));
        ratios.push(with_token / from_memory);
        ours.push(with_token);
        theirs.push(from_memory);
    }
    println!(
        "read one application ({} bytes), {}, 16 connections: {:.0}/s; from memory {:.0}/s; ratio {:.2}",
        bytes.len(),
        if accepted.is_empty() { "uncompressed" } else { "as browsers ask" },
        median(ours),
        median(theirs),
        median(ratios)
    );
}

fn save_drafts(
    base: &str,
    token: &str,
    applications: &[String],
    directory: &std::path::Path,
    clients: usize,
) {
    let revisions: Vec<AtomicU64> = applications
        .iter()
        .map(|id| {
            let now =
                Client::new(base).json("GET", &format!("/api/v1/applications/{id}"), token, "", &Value::Null);
            AtomicU64::new(now["parts"]["section.status"]["revision"].as_u64().unwrap())
        })
        .collect();
    let body = section();
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let one = rate(base, clients, |index, client| {
            let revision = revisions[index].fetch_add(1, Ordering::Relaxed);
            let path = format!("/api/v1/applications/{}/parts/section.status", applications[index]);
            let tag = format!("If-Match: \"{revision}\"\r\n");
            assert_eq!(client.send(&request("PUT", &path, token, &tag, &body)).0, 200);
        });
        let other = tight_loop(&directory.join(format!("loop-{clients}-{round}.db")), &body);
        ratios.push(one / other);
        ours.push(one);
        theirs.push(other);
    }
    println!(
        "save a part of a draft, {clients} connection(s): {:.0}/s; tight loop of the same statements {:.0}/s; ratio {:.2}",
        median(ours),
        median(theirs),
        median(ratios)
    );
}

mod tables {
    diesel::table! { application (id) { id -> Text, state -> Text, revision -> BigInt, changed_at -> BigInt, } }
    diesel::table! { part (id, name) { id -> Text, name -> Text, revision -> BigInt, content -> Text, } }
    diesel::table! { version (id, name, revision) { id -> Text, name -> Text, revision -> BigInt, content -> Text, digest -> Text, } }
    diesel::table! { member (id, region) { id -> Text, region -> Text, role -> Text, } }
    diesel::table! { competition (id) { id -> Text, state -> Text, } }
    diesel::table! { head (chain) { chain -> Text, seq -> BigInt, digest -> Text, } }
    diesel::table! { event (chain, seq) { chain -> Text, seq -> BigInt, body -> Text, at -> BigInt, account -> Text, object -> Text, } }
}

const LOOP_TABLES: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000; PRAGMA mmap_size = 268435456;
    CREATE TABLE application (id TEXT PRIMARY KEY, state TEXT NOT NULL, revision INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT;
    CREATE TABLE part (id TEXT, name TEXT, revision INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (id, name)) STRICT;
    CREATE TABLE version (id TEXT, name TEXT, revision INTEGER, content TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (id, name, revision)) STRICT;
    CREATE TABLE member (id TEXT, region TEXT, role TEXT NOT NULL, PRIMARY KEY (id, region)) STRICT;
    CREATE TABLE competition (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
    CREATE TABLE head (chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, digest TEXT NOT NULL) STRICT;
    CREATE TABLE event (chain TEXT, seq INTEGER, body TEXT NOT NULL, at INTEGER NOT NULL, account TEXT NOT NULL, object TEXT NOT NULL, PRIMARY KEY (chain, seq)) STRICT;
    CREATE INDEX event_at ON event (at); CREATE INDEX event_account ON event (account);
    CREATE INDEX event_object ON event (object);
    INSERT INTO application VALUES ('a', 'draft', 0, 0); INSERT INTO part VALUES ('a', 's', 0, '');
    INSERT INTO member VALUES ('a', '320500', 'core'); INSERT INTO competition VALUES ('c', 'application');
    INSERT INTO head VALUES ('c', 0, '');";

/// The statements of a save's write transaction, with values of the same size, prepared once, one transaction after the
/// other on one connection with the service's settings.
fn tight_loop(path: &std::path::Path, body: &Value) -> f64 {
    use diesel::prelude::*;
    use tables::{application, competition, event, head, member, part, version};
    let mut conn = SqliteConnection::establish(&path.display().to_string()).unwrap();
    conn.batch_execute(LOOP_TABLES).unwrap();
    let (content, body, digest) = (body.to_string(), "x".repeat(800), "d".repeat(64));
    let start = Instant::now();
    let mut count = 0_i64;
    while start.elapsed().as_secs_f64() < SECONDS {
        count += 1;
        conn.immediate_transaction(|conn| {
            for _ in 0..2 {
                application::table.find("a").select((application::state, application::revision)).first::<(
                    String,
                    i64,
                )>(
                    conn
                )?;
                member::table.filter(member::id.eq("a")).select((member::region, member::role)).load::<(
                    String,
                    String,
                )>(
                    conn
                )?;
            }
            head::table.find("c").select((head::seq, head::digest)).first::<(i64, String)>(conn)?;
            competition::table.find("c").select(competition::state).first::<String>(conn)?;
            part::table.find(("a", "s")).select(part::content).first::<String>(conn)?;
            diesel::update(part::table.find(("a", "s")))
                .set((part::revision.eq(count), part::content.eq(&content)))
                .execute(conn)?;
            diesel::insert_into(version::table)
                .values((
                    version::id.eq("a"),
                    version::name.eq("s"),
                    version::revision.eq(count),
                    version::content.eq(&content),
                    version::digest.eq(&digest),
                ))
                .execute(conn)?;
            diesel::update(application::table.find("a"))
                .set((application::revision.eq(count), application::changed_at.eq(count)))
                .execute(conn)?;
            diesel::insert_into(event::table)
                .values((
                    event::chain.eq("c"),
                    event::seq.eq(count),
                    event::body.eq(&body),
                    event::at.eq(count),
                    event::account.eq("x"),
                    event::object.eq("application/x"),
                ))
                .execute(conn)?;
            diesel::update(head::table.find("c"))
                .set((head::seq.eq(count), head::digest.eq(&digest)))
                .execute(conn)
        })
        .unwrap();
    }
    f64::from(u32::try_from(count).unwrap()) / start.elapsed().as_secs_f64()
}

/// How long the program takes from its start to the line that says that it serves.
fn starting(directory: &std::path::Path) {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_qianglian"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(directory)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !lines.next().expect("it serves").expect("text").contains("http://") {}
        times.push(start.elapsed().as_secs_f64());
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }
    println!("start to serving on an existing database: {:.3} s", median(times));
}

fn main() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_owned();
    actix_web::rt::System::new().block_on(async {
        let (service, base) = start(&path).await;
        let office = token(&service, "office", Role::Office, None).await;
        let applicant = token(&service, "suzhou", Role::Applicant, Some("320500")).await;
        let handle = tokio::runtime::Handle::current();
        let path = path.clone();
        tokio::task::spawn_blocking(move || {
            let applications = drafts(&base, &office, &applicant, 32);
            for (part, content) in
                [("section.status", section()), ("section.chain", section()), ("section.goals", section())]
            {
                let path = format!("/api/v1/applications/{}/parts/{part}", applications[0]);
                Client::new(&base).json("PUT", &path, &applicant, "If-Match: \"0\"\r\n", &content);
            }
            for accepted in ["", BROWSER] {
                read_one(&base, &applicant, &applications[0], accepted, &handle);
            }
            save_drafts(&base, &applicant, &applications, &path, 1);
            save_drafts(&base, &applicant, &applications, &path, 32);
        })
        .await
        .expect("the measurements end");
        drop(service);
    });
    starting(&path);
}
