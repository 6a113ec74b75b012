//! The service under test: over real HTTP, on a database of its own, under a clock that stands still.

use std::collections::{BTreeMap, HashMap};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qianglian::actions::login::{self, AcceptLink, LogIn};
use qianglian::actions::quotas::Quotas;
use qianglian::actions::{Hasher, RequestContext, Service, accounts, data, doctor, keys};
use qianglian::clock::Clock;
use qianglian::courier::Courier;
use qianglian::db::{Address, Conn, Db, migrate};
use qianglian::domain::access::Role;
use qianglian::domain::time::Timestamp;
use qianglian::files::FileStore;
use qianglian::http::{Manners, openapi, serve};
use qianglian::keys::KeySource;
use qianglian::oidc;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::commits::FailingCommits;
use super::postgres;
use super::programs::Program::PostgreSql;
use super::proxy::Proxy;
use super::recorder::{Exchange, Recorder};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

impl On {
    /// Each database that is there.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        [Self::Sqlite, Self::Postgres].into_iter().filter(|on| *on == Self::Sqlite || PostgreSql.is_there())
    }
}

/// Makes two tests of one story: on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        $(#[$meta])*
        pub(crate) mod $name {
            #[allow(unused_imports, reason = "not every story uses all")]
            use super::*;
            use $crate::support::app::{App, On};

            pub(crate) async fn story($app: App) {
                $body
                $app.look_for_broken_invariants().await;
            }

            #[test]
            fn sqlite() {
                actix_web::rt::System::new().block_on(async { story(App::start(On::Sqlite).await).await });
            }

            #[test]
            fn postgres() {
                $crate::support::programs::needs!(PostgreSql);
                actix_web::rt::System::new().block_on(async { story(App::start(On::Postgres).await).await });
            }
        }
    )+};
}
pub(crate) use on_both;

/// The password of everybody in the tests.
pub(crate) const PASSWORD: &str = "correct-ferry-lantern-73";

/// Tests speak as a proxy that is trusted: where a request comes from is what they say.
pub(crate) fn proxies() -> Vec<ipnet::IpNet> {
    vec![std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST).into()]
}

/// A client of the service.
pub(crate) fn client() -> reqwest::Client {
    /// The cryptography of HTTPS, which the client wants to be told once a process.
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        // Another test of the process may have done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    // Each request has a connection of its own: on a busy machine the service would end a kept one, for being idle,
    // just when the next request is sent on it.
    reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client")
}

/// The service.
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) clock: Clock,
    pub(crate) base: String,
    pub(crate) address: Address,
    pub(crate) client: reqwest::Client,
    /// Whether COMMIT fails at the first attempt of whatever anybody who has logged in changes.
    pub(crate) every_first_commit_fails: AtomicBool,
    /// Whether whatever anybody who has logged in changes is asked for twice, under one idempotency key.
    pub(crate) everything_is_sent_twice: AtomicBool,
    /// Whether COMMIT fails now.
    pub(crate) commits_fail: AtomicBool,
    /// Where what is asked and answered is kept, if anywhere.
    pub(crate) recorder: Option<Recorder>,
    /// Whether a test damaged it on purpose.
    damaged: AtomicBool,
    sessions: Mutex<HashMap<String, (Timestamp, String)>>,
    server: ServerHandle,
    // Dropped last: the database and the files.
    _database: Option<postgres::Database>,
    pub(crate) directory: TempDir,
}

/// Somebody who has logged in, or nobody.
#[derive(Clone)]
pub(crate) struct User<'a> {
    pub(crate) app: &'a App,
    pub(crate) token: Option<String>,
    pub(crate) name: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: Value,
}

/// The header `Content-Digest` of a file.
pub(crate) fn content_digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

impl App {
    pub(crate) async fn start(on: On) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (address, database) = match on {
            On::Sqlite => {
                (Address::Sqlite(directory.path().join("qianglian.db").display().to_string()), None)
            }
            On::Postgres => {
                let database = Self::postgres();
                (Address::Postgres(database.url.clone()), Some(database))
            }
        };
        Self::over(address, database, directory, Clock::simulated(time("2026-03-10T10:00:00+08:00"), 7)).await
    }

    /// A fresh database of the tests' PostgreSQL.
    pub(crate) fn postgres() -> postgres::Database {
        postgres::server().fresh(|url| {
            migrate(&mut Conn::open(&Address::Postgres(url.to_owned())).unwrap()).unwrap();
        })
    }

    /// The service on a PostgreSQL at the end of a line that can be cut, by so many connections, where nobody waits
    /// longer for the database than told.
    pub(crate) async fn at_the_end_of_a_line(threads: usize, patience: Duration) -> (Self, Proxy) {
        let database = Self::postgres();
        let proxy = Proxy::to(&database.url);
        let db = Db::open_with_patience(&Address::Postgres(proxy.url.clone()), threads, patience);
        let address = Address::Postgres(database.url.clone());
        let clock = Clock::simulated(time("2026-03-10T10:00:00+08:00"), 7);
        let directory = tempfile::tempdir().expect("a directory");
        let db = db.expect("the database opens");
        (Self::of(db, address, Some(database), directory, clock).await, proxy)
    }

    /// The service over a database that is there.
    pub(crate) async fn over(
        address: Address,
        database: Option<postgres::Database>,
        directory: TempDir,
        clock: Clock,
    ) -> Self {
        let db = Db::open(&address, 4).expect("the database opens");
        Self::of(db, address, database, directory, clock).await
    }

    async fn of(
        db: Db,
        address: Address,
        database: Option<postgres::Database>,
        directory: TempDir,
        clock: Clock,
    ) -> Self {
        data::seed(&db, &clock).await.expect("data can be stored");
        let source = KeySource::File(directory.path().join("keys.json"));
        let keys = keys::open(&db, &clock, source).await.expect("keys can be made");
        let files = Arc::new(FileStore::local(directory.path()).expect("files can be stored"));
        let hasher = Hasher::with_cost(&clock, 8, 1);
        let mut service = Service::new(db, clock.clone(), files, hasher, keys);
        // Receivers of webhooks are on this machine.
        service.courier = Courier::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it has an address"));
        let server = serve(service.clone(), listener, None, None, proxies(), Manners::default())
            .expect("it can be served");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let client = client();
        Self {
            service,
            clock,
            base,
            address,
            client,
            every_first_commit_fails: AtomicBool::default(),
            everything_is_sent_twice: AtomicBool::default(),
            commits_fail: AtomicBool::default(),
            recorder: None,
            damaged: AtomicBool::default(),
            sessions: Mutex::default(),
            server: handle,
            _database: database,
            directory,
        }
    }

    /// Serves the same database by another service, which takes so much of the public; where.
    pub(crate) fn also_with(&self, quotas: Quotas) -> String {
        self.also(|service| service.quotas = quotas)
    }

    /// Serves the same database by another service, which differs; where.
    pub(crate) fn also(&self, differ: impl FnOnce(&mut Service)) -> String {
        let mut service = self.service.clone();
        differ(&mut service);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it has an address"));
        actix_web::rt::spawn(
            serve(service, listener, None, None, proxies(), Manners::default()).expect("it can be served"),
        );
        base
    }

    /// Serves the same database by another service, where people may also sign in by a platform; where. The settings know
    /// that address.
    pub(crate) fn also_by_platform(&self, settings: impl FnOnce(String) -> oidc::Settings) -> String {
        let mut service = self.service.clone();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it has an address"));
        let platform = oidc::Platform::new(settings(base.clone()), &self.clock);
        service.platform = Some(platform.expect("the settings are good"));
        actix_web::rt::spawn(
            serve(service, listener, None, None, proxies(), Manners::default()).expect("it can be served"),
        );
        base
    }

    /// Sets the clock.
    pub(crate) fn at(&self, text: &str) {
        self.clock.set(time(text));
    }

    /// Nobody in particular.
    pub(crate) fn public(&self) -> User<'_> {
        User { app: self, token: None, name: String::new() }
    }

    /// Somebody new of a role, bound to a region where the role is.
    pub(crate) async fn sign_in(&self, role: Role, region: Option<&str>) -> User<'_> {
        let name = format!("{}-{}", role.as_str().replace('_', "-"), region.unwrap_or("0"));
        self.sign_in_as(&name, role, region).await
    }

    /// The same with a login name; a second time, another session of the same account.
    pub(crate) async fn sign_in_as(&self, name: &str, role: Role, region: Option<&str>) -> User<'_> {
        if accounts::by_name(&self.service, name).await.unwrap().is_none() {
            let context = RequestContext::of_operator(&self.clock);
            let invite = accounts::Invite {
                name: name.to_owned(),
                display_name: format!("{name} 同志"),
                role,
                region_code: region.map(|code| code.parse().expect("a region code")),
                phone: None,
                duties: qianglian::domain::access::OfficeDuties::default(),
                by_letter: false,
                valid_days: None,
                email: Some(format!("{name}@example.org")),
            };
            let invited =
                accounts::invite(&self.service, &context, invite).await.expect("the account is good");
            let accept =
                AcceptLink { token: invited.link_token.expect("it is told"), password: PASSWORD.to_owned() };
            login::accept_link(&self.service, &context, accept).await.expect("the link is good");
        }
        let context = RequestContext::of_operator(&self.clock);
        let login = LogIn { name: name.to_owned(), password: PASSWORD.to_owned() };
        let login = login::log_in(&self.service, &context, login, "tests".into()).await;
        let tokens = login.and_then(login::LogInView::session).expect("the login is good");
        User { app: self, token: Some(tokens.access_token), name: name.to_owned() }
    }

    /// Somebody of a role whom helpers let act again and again: one session as long as the clock stands still.
    pub(crate) async fn known(&self, role: Role, region: Option<&str>) -> User<'_> {
        let name = format!("{}-{}", role.as_str().replace('_', "-"), region.unwrap_or("0"));
        self.known_as(&name, role, region).await
    }

    /// The same with a login name.
    pub(crate) async fn known_as(&self, name: &str, role: Role, region: Option<&str>) -> User<'_> {
        let now = self.clock.now();
        let known = self.sessions.lock().unwrap().get(name).cloned();
        if let Some((_, token)) = known.filter(|(at, _)| *at == now) {
            return User { app: self, token: Some(token), name: name.to_owned() };
        }
        let user = self.sign_in_as(name, role, region).await;
        let token = user.token.clone().expect("a token");
        self.sessions.lock().unwrap().insert(name.to_owned(), (now, token));
        user
    }

    /// Says that its data were damaged on purpose.
    pub(crate) fn is_damaged(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    /// What must hold at the end of every story: each chain of events is whole, and the doctor finds nothing.
    pub(crate) async fn look_for_broken_invariants(&self) {
        if !self.damaged.load(Ordering::Relaxed) {
            self.is_well().await;
        }
        let supervisor = self.sign_in_as("invariants", Role::Supervisor, None).await;
        let competitions = supervisor.get("/api/v1/competitions?limit=100").await.ok();
        let mut chains = vec![String::new()];
        for competition in competitions["items"].as_array().unwrap() {
            chains.push(format!("?competition_id={}", super::text(&competition["id"])));
        }
        for chain in chains {
            let export = supervisor.get(&format!("/api/v1/audit/export{chain}")).await;
            assert_eq!(export.status, 200);
            let mut previous = "0".repeat(64);
            let mut earlier = String::new();
            for (index, line) in export.text.lines().enumerate() {
                let event: Value = serde_json::from_str(line).expect("an event is JSON");
                assert_eq!(event["seq"], index + 1, "numbers have no gaps");
                assert_eq!(event["prev"], previous, "each event names the one before it");
                assert_eq!(
                    serde_json_canonicalizer::to_string(&event).unwrap(),
                    line,
                    "events are canonical"
                );
                assert!(
                    !line.contains(PASSWORD) && !line.contains("qlr_") && !line.contains("qll_"),
                    "no secret"
                );
                let at = super::text(&event["at"]).to_owned();
                assert!(
                    time(&at) >= time(if earlier.is_empty() { "1970-01-01T00:00:00Z" } else { &earlier })
                );
                earlier = at;
                previous = hex::encode(Sha256::digest(line));
            }
        }
    }
}

impl App {
    /// The doctor finds nothing, but that uploads may have broken off.
    async fn is_well(&self) {
        let mut conn = Conn::open(&self.address).expect("the database opens");
        let mut report = doctor::database(&mut conn).expect("it can be looked at");
        if !self.service.files.is_bucket() {
            let now = self.clock.now();
            doctor::files(&self.service.files, &mut report, now, true).await.expect("files can be looked at");
        }
        let found: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _stopping = self.server.stop(false);
    }
}

impl User<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body), &[]).await
    }

    /// A request over the revision that the caller saw.
    pub(crate) async fn over(&self, method: &str, path: &str, revision: &Value, body: Value) -> Answer {
        let tag = format!("\"{revision}\"");
        self.send(method, path, Some(body), &[("if-match", &tag)]).await
    }

    /// A request whose consequences are read and confirmed: what was told, and the answer.
    pub(crate) async fn confirmed(
        &self,
        method: &str,
        path: &str,
        revision: Option<&Value>,
        body: Value,
    ) -> (Vec<String>, Answer) {
        let tag = revision.map(|revision| format!("\"{revision}\""));
        let seen: Vec<(&str, &str)> = tag.iter().map(|tag| ("if-match", tag.as_str())).collect();
        let asked =
            self.send(method, path, Some(body.clone()), &seen).await.refused(428, "confirmation_required");
        let told = asked["errors"].as_array().unwrap().iter();
        let told = told.map(|told| told["detail"].as_str().unwrap().to_owned()).collect();
        let confirm = asked["confirm"].as_str().unwrap().to_owned();
        let headers = [seen, vec![("confirm", confirm.as_str())]].concat();
        (told, self.send(method, path, Some(body), &headers).await)
    }

    /// Imports a table of experts; what it would change is confirmed, if anything.
    pub(crate) async fn imports(&self, body: Value) -> Answer {
        let path = "/api/v1/experts/import";
        let asked = self.post(path, body.clone()).await;
        let Some(confirm) = asked.body["confirm"].as_str().filter(|_| asked.status == 428) else {
            return asked;
        };
        self.send("POST", path, Some(body), &[("confirm", confirm)]).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let bytes = body.filter(|body| !body.is_null()).map(|body| body.to_string().into_bytes());
        let mut all = headers.to_vec();
        if bytes.is_some() {
            all.push(("content-type", "application/json"));
        }
        self.send_bytes(method, path, bytes, &all).await
    }

    /// Uploads a file as evidence.
    pub(crate) async fn upload(&self, application: &str, kind: &str, name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/api/v1/applications/{application}/evidence?kind={kind}&name={name}");
        let digest = content_digest(bytes);
        self.send_bytes("POST", &path, Some(bytes.to_vec()), &[("content-digest", &digest)]).await
    }

    pub(crate) async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        if self.app.every_first_commit_fails.load(Ordering::Relaxed)
            && self.token.is_some()
            && method != "GET"
        {
            let _failing = FailingCommits::on(self.app);
            let undone = self.ask(method, path, body.clone(), headers).await;
            // What only looks writes nothing that could fail.
            assert!(undone.status >= 400 || path.ends_with("/preview"), "{method} {path} was committed");
        }
        let keyed = headers.iter().any(|(name, _)| *name == "idempotency-key");
        if self.app.everything_is_sent_twice.load(Ordering::Relaxed) && self.token.is_some() && !keyed {
            return match method {
                "GET" => self.and_again(path, headers).await,
                _ => self.twice(method, path, body, headers).await,
            };
        }
        self.ask(method, path, body, headers).await
    }

    /// Reads something, and asks whether it has changed since.
    async fn and_again(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let first = self.ask("GET", path, None, headers).await;
        if first.status == 200
            && first.headers.get("content-type").is_none_or(|kind| kind != "application/x-ndjson")
        {
            let tag = first.headers.get("etag").unwrap_or_else(|| panic!("{path} has no tag"));
            let again = self.ask("GET", path, None, &[headers, &[("if-none-match", tag)]].concat()).await;
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        }
        first
    }

    /// Asks for something twice under one key, which must be answered alike; once where it takes no key.
    async fn twice(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let key = self.app.clock.new_id().to_string();
        let mut keyed = headers.to_vec();
        keyed.push(("idempotency-key", &key));
        let first = self.ask(method, path, body.clone(), &keyed).await;
        if first.body["code"] == "idempotency_key" {
            return self.ask(method, path, body, headers).await;
        }
        if first.status < 300 {
            let again = self.ask(method, path, body, &keyed).await;
            assert_eq!((again.status, &again.text), (first.status, &first.text), "{method} {path}");
            assert_eq!(
                again.headers.get("idempotency-replayed").map(String::as_str),
                Some("true"),
                "{method} {path}"
            );
        }
        if first.status == 201 {
            let at = first.headers.get("location").unwrap_or_else(|| panic!("{method} {path}: no Location"));
            let read = self.ask("GET", at, None, &[]).await;
            assert_eq!(read.status, 200, "{method} {path} leads to {at}: {}", read.text);
        }
        first
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Vec<u8>>, headers: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.app.base);
        let mut request = self.app.client.request(method.parse().expect("a method"), url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let asked = self.app.recorder.as_ref().and(body.clone());
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers: BTreeMap<String, String> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let bytes = response.bytes().await.expect("a whole answer");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status, headers, text, bytes: bytes.to_vec(), body };
        answer.must_be_as_described(method, path, self.app.commits_fail.load(Ordering::Relaxed));
        if let (Some(recorder), Some(pattern)) =
            (&self.app.recorder, pattern(path.split('?').next().unwrap()))
        {
            let request = asked.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or(Value::Null);
            let (method, answer) = (method.to_owned(), answer.body.clone());
            recorder.lock().unwrap().push(Exchange { method, pattern, request, status, answer });
        }
        answer
    }
}

impl Answer {
    /// The body of an answer that succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    /// The entries of a list that was given whole.
    #[track_caller]
    pub(crate) fn all(self) -> Value {
        let mut list = self.ok();
        assert!(list["items"].is_array() && list["next_cursor"].is_null(), "{list}");
        list["items"].take()
    }

    /// Checks that the answer is an error of this status and code, and gives it.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}", self.text);
        self.body
    }

    /// The same, of a field: the pointers and codes of what must be corrected.
    #[track_caller]
    pub(crate) fn invalid(self) -> Vec<(String, String)> {
        let body = self.refused(422, "invalid");
        let errors = body["errors"].as_array().expect("there are fields");
        errors
            .iter()
            .map(|error| (super::text(&error["pointer"]).to_owned(), super::text(&error["code"]).to_owned()))
            .collect()
    }

    fn must_be_as_described(&self, method: &str, path: &str, commits_fail: bool) {
        let headers = &self.headers;
        assert!(headers.contains_key("x-request-id") || !path.starts_with("/api"), "{path}");
        if path.starts_with("/api/") {
            assert_eq!(headers.get("x-content-type-options").map(String::as_str), Some("nosniff"), "{path}");
            assert!(headers.contains_key("content-security-policy"), "{path}");
        }
        if self.status >= 400 && path.starts_with("/api/") && method != "HEAD" {
            assert_eq!(
                headers.get("content-type").map(String::as_str),
                Some("application/problem+json"),
                "{path}"
            );
            for inside in ["panicked", "src/", "diesel", "SELECT", "at line", "thread '"] {
                assert!(!self.text.contains(inside), "{}", self.text);
            }
            // The failures that tests bring about.
            let wanted = commits_fail || self.body["code"] == "document_damaged";
            assert!(self.status != 500 || wanted, "{method} {path}");
        }
        let Some(pattern) = pattern(path.split('?').next().unwrap()).filter(|_| method != "HEAD") else {
            return;
        };
        let Some(answer) = described_answer(method, pattern, self.status) else { return };
        let declared = &answer["headers"];
        for name in ["ETag", "Idempotency-Replayed", "Location", "Retry-After", "X-Request-Id"] {
            let sent = headers.contains_key(&name.to_lowercase());
            assert!(
                !sent || !declared[name].is_null(),
                "{method} {pattern} {}: {name} is not declared",
                self.status
            );
        }
        let media_type = headers.get("content-type").map_or("", String::as_str);
        if !matches!(media_type, "application/json" | "application/problem+json") {
            return;
        }
        let Some(schema) = described(method, pattern, self.status) else { return };
        if let Err(error) = schema.validate(&self.body) {
            panic!("{method} {path} {}: {error} at {}\n{}", self.status, error.instance_path(), self.text);
        }
    }
}

/// The API's description. Unknown members are refused: what a view does not declare it must not give.
fn api() -> &'static Value {
    static API: OnceLock<Value> = OnceLock::new();
    API.get_or_init(|| {
        let mut api = openapi();
        closed(&mut api);
        api
    })
}

/// The path of the description that a request's fits.
fn pattern(path: &str) -> Option<&'static str> {
    let fits = |pattern: &str| {
        pattern.split('/').count() == path.split('/').count()
            && pattern.split('/').zip(path.split('/')).all(|(p, s)| p.starts_with('{') || p == s)
    };
    let all = api()["paths"].as_object().unwrap().keys().map(String::as_str);
    all.filter(|pattern| fits(pattern)).min_by_key(|pattern| pattern.matches('{').count())
}

/// The schema of an answer.
fn described(method: &str, pattern: &'static str, status: u16) -> Option<Arc<jsonschema::Validator>> {
    type Known = HashMap<(String, &'static str, u16), Option<Arc<jsonschema::Validator>>>;
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap();
    let validator = known.entry((method.to_owned(), pattern, status)).or_insert_with(|| {
        let content = &described_answer(method, pattern, status)?["content"];
        let json =
            ["application/json", "application/problem+json"].iter().find_map(|kind| content.get(kind))?;
        let mut schema = json["schema"].clone();
        schema["components"] = api()["components"].clone();
        Some(Arc::new(jsonschema::validator_for(&schema).expect("a schema")))
    });
    validator.clone()
}

/// What an operation is said to answer with a status, its own or that of its class.
fn described_answer(method: &str, pattern: &str, status: u16) -> Option<&'static Value> {
    let answers = &api()["paths"][pattern].get(method.to_lowercase())?["responses"];
    let answer = answers.get(status.to_string()).or_else(|| answers.get(format!("{}XX", status / 100)));
    let answer =
        answer.unwrap_or_else(|| panic!("{method} {pattern} answers {status}, which is not declared"));
    let shared = answer["$ref"].as_str();
    Some(shared.map_or(answer, |shared| api().pointer(&shared[1..]).expect("what is referred to")))
}

/// Refuses members that an object's schema does not name.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(closed);
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}
