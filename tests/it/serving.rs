//! The program as its operator runs it: started in an empty directory, stopped, started again, kept from the command
//! line; and the walk of `docs/api.md`, as it stands there.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use diesel::sql_types::Binary;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::db::{Address, Conn};
use serde_json::{Value, json};

use super::s3_server::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY};
use super::support::app::{PASSWORD, client};
use super::support::programs::needs;
use super::support::{postgres, run, text};

/// A running service.
pub(crate) struct Running {
    child: Child,
    pub(crate) base: String,
    pub(crate) code: Option<String>,
    output: BufReader<std::process::ChildStdout>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(&[], arguments)
    }

    /// With variables of the environment.
    pub(crate) fn start_in(environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        Self::start_with(Path::new(env!("CARGO_BIN_EXE_qianglian")), arguments, |command| {
            command.envs(environment.iter().copied());
        })
    }

    /// A copy of the program, with what else is said of its process.
    pub(crate) fn start_with(program: &Path, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--rate", "0"]).args(arguments);
        command.envs([("QIANGLIAN_DRAIN", "0"), ("QIANGLIAN_SECOND_FACTOR", "optional")]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        prepare(&mut command);
        let mut child = command.spawn().expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (mut base, mut code) = (String::new(), None);
        while base.is_empty() {
            let mut line = String::new();
            if output.read_line(&mut line).unwrap() == 0 {
                let mut errors = String::new();
                let _ = child.stderr.take().unwrap().read_to_string(&mut errors);
                panic!("the service ended: {errors}");
            }
            if let Some(secret) = line.trim().strip_prefix("qll_") {
                code = Some(format!("qll_{secret}"));
            }
            if let Some((_, address)) = line.split_once("http://") {
                base = format!("http://{}", address.trim().trim_end_matches('/'));
            }
        }
        Self { child, base, code, output }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// The exit status, once it has ended.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Stops it as an operator does; what it logged.
    pub(crate) fn stop(mut self) -> String {
        self.signal("TERM");
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        self.output.read_to_string(&mut log).unwrap();
        assert!(self.child.wait().unwrap().success(), "{log}");
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only if a test failed before it stopped it.
        let _ = self.child.kill();
    }
}

pub(crate) fn request(
    base: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> (u16, Value) {
    let answer = async {
        let mut request = client().request(method.parse().unwrap(), format!("{base}{path}"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        Ok::<_, reqwest::Error>((answer.status().as_u16(), answer.text().await?))
    };
    // On a thread of its own: some callers run on a runtime already.
    let answer = std::thread::scope(|scope| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        scope.spawn(move || runtime.block_on(answer)).join().unwrap()
    });
    // Whoever does not answer has no status.
    let (status, body) = answer.unwrap_or_default();
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

#[test]
fn what_the_database_does_for_a_request_is_logged_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data").display().to_string();
    let running = Running::start(&["--data", &data, "--log", "qianglian=debug"]);
    assert_eq!(request(&running.base, "GET", "/api/v1/competitions", None, None).0, 200);
    let log = running.stop();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let answered =
        lines.iter().find(|line| line["fields"]["path"] == "/api/v1/competitions").expect("a request");
    let of_it = |line: &&Value| {
        line["fields"]["statements"].as_u64() > Some(0)
            && line["span"]["job"] == "competition.list"
            && line["spans"][0]["id"] == answered["fields"]["request"]
    };
    assert_eq!(lines.iter().filter(of_it).count(), 1, "{log}");
}

fn story_of_an_operator(arguments: &[&str], data: &Path) {
    let running = Running::start(arguments);
    let code = running.code.clone().expect("the first start prints a code");
    let set_up = json!({ "code": code, "name": "root", "display_name": "管理员", "password": PASSWORD });
    assert_eq!(request(&running.base, "POST", "/api/v1/setup", None, Some(&set_up)).0, 200);
    let login = json!({ "name": "root", "password": PASSWORD });
    let (status, tokens) = request(&running.base, "POST", "/api/v1/login", None, Some(&login));
    assert_eq!(status, 200);
    let token = text(&tokens["access_token"]).to_owned();
    assert_eq!(request(&running.base, "GET", "/api/v1/me", Some(&token), None).0, 200);
    let log = running.stop();
    for secret in [code.as_str(), PASSWORD, &token, text(&tokens["refresh_token"])] {
        assert!(!log.contains(secret), "a secret stands in the log");
    }
    let requests: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let login =
        requests.iter().find(|line| line["fields"]["path"] == "/api/v1/login").expect("requests are logged");
    assert_eq!((&login["fields"]["status"], text(&login["fields"]["request"]).len()), (&json!(200), 36));

    // While it is stopped, accounts are kept from the command line.
    let offline = |rest: &[&str]| run(&[rest, arguments].concat(), b"");
    let added = offline(&["user", "add", "clerk", "--role", "office", "--display-name", "张三"]);
    assert_eq!(added.status, 0, "{}", added.stderr);
    let secret = added.stdout.split_whitespace().find(|word| word.starts_with("qll_")).unwrap().to_owned();
    let twice = offline(&["user", "add", "clerk", "--role", "office", "--display-name", "张三"]);
    assert_eq!((twice.status, twice.stderr.contains("该登录名已被使用")), (2, true));
    assert_eq!(offline(&["user", "add", "x", "--role", "god", "--display-name", "x"]).status, 2);

    let again = Running::start(arguments);
    assert_eq!(again.code, None, "an administrator is there");
    // What was signed before the restart is still good: the key was kept.
    assert_eq!(request(&again.base, "GET", "/api/v1/me", Some(&token), None).0, 200);
    let accept = json!({ "token": secret, "password": PASSWORD });
    assert_eq!(request(&again.base, "POST", "/api/v1/links/acceptance", None, Some(&accept)).0, 200);
    let clerk = json!({ "name": "clerk", "password": PASSWORD });
    assert_eq!(request(&again.base, "POST", "/api/v1/login", None, Some(&clerk)).0, 200);
    if !arguments.contains(&"--database-url") {
        let second = run(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat(), b"");
        assert_eq!(
            (second.status, second.stderr.contains("正被另一进程使用")),
            (2, true),
            "{}",
            second.stderr
        );
    }
    again.stop();

    assert_eq!(offline(&["user", "disable", "clerk"]).status, 0);
    assert_eq!(offline(&["user", "disable", "nobody"]).status, 2);
    assert_eq!(offline(&["migrate"]).status, 0);
    let csv = data.join("chains.csv");
    std::fs::write(
        &csv,
        "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n1,甲,1,乙,no,unknown,\n",
    )
    .unwrap();
    let import = ["import", csv.to_str().unwrap(), "--content", "chains", "--reason", "测试"];
    let shown = offline(&import);
    assert!(
        shown.status == 0 && shown.stdout.contains("特高压设备") && shown.stdout.contains("未导入"),
        "{}",
        shown.stdout
    );
    let imported = offline(&[&import[..], &["--yes"]].concat());
    assert!(imported.stdout.contains("已导入第2版"), "{}{}", imported.stdout, imported.stderr);
    let third = Running::start(arguments);
    assert_eq!(request(&third.base, "POST", "/api/v1/login", None, Some(&clerk)).0, 401);
    assert_eq!(request(&third.base, "GET", "/api/v1/chains", None, None).1["dataset"]["version"], 2);
    third.stop();
}

/// Starts the service, and stops it once it serves and so listens to signals; what it logged.
fn served_once(arguments: &[&str]) -> String {
    let running = Running::start(arguments);
    assert_eq!(request(&running.base, "GET", "/readyz", None, None).0, 200);
    running.stop()
}

/// Accounts are kept beside the running service, which knows of it at once.
fn story_beside_a_service(arguments: &[&str], address: &Address) {
    let running = Running::start(arguments);
    let beside = |rest: &[&str]| run(&[rest, arguments].concat(), b"");
    let added = beside(&["user", "add", "clerk", "--role", "office", "--display-name", "张三"]);
    assert_eq!(added.status, 0, "{}", added.stderr);
    let secret = |run: &super::support::Run| {
        run.stdout.split_whitespace().find(|word| word.starts_with("qll_")).unwrap().to_owned()
    };
    let log_in = |secret: &str| {
        let accept = json!({ "token": secret, "password": PASSWORD });
        assert_eq!(request(&running.base, "POST", "/api/v1/links/acceptance", None, Some(&accept)).0, 200);
        let login = json!({ "name": "clerk", "password": PASSWORD });
        let (status, tokens) = request(&running.base, "POST", "/api/v1/login", None, Some(&login));
        assert_eq!(status, 200);
        text(&tokens["access_token"]).to_owned()
    };
    let me = |token: &str| request(&running.base, "GET", "/api/v1/me", Some(token), None).0;
    // The service looks ten times a second; a request takes some milliseconds.
    let is_out = |token: &str| (0..2_000).any(|_| me(token) == 401);
    let token = log_in(&secret(&added));
    assert_eq!(me(&token), 200);
    let reset = beside(&["user", "reset", "clerk"]);
    assert_eq!(reset.status, 0, "{}", reset.stderr);
    assert!(is_out(&token));
    let token = log_in(&secret(&reset));
    assert_eq!(me(&token), 200);
    assert_eq!(beside(&["user", "disable", "clerk"]).status, 0);
    assert!(is_out(&token));
    let migrated = beside(&["migrate"]);
    assert_eq!((migrated.status, migrated.stdout.contains("已是最新")), (0, true), "{}", migrated.stderr);
    if let Address::Sqlite(_) = address {
        // Tables of a program that is newer than the service are not made below it.
        let mut conn = Conn::open(address).unwrap();
        let last = "DELETE FROM __diesel_schema_migrations WHERE version = \
            (SELECT max(version) FROM __diesel_schema_migrations)";
        sql_query(last).execute(&mut conn).unwrap();
        for command in [&["migrate"][..], &["user", "disable", "clerk"]] {
            let refused = beside(command);
            assert_eq!(
                (refused.status, refused.stderr.contains("请先停止服务")),
                (2, true),
                "{}",
                refused.stderr
            );
        }
    }
    running.stop();
}

#[test]
fn accounts_are_kept_beside_the_service_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(directory.path().join("qianglian.db").display().to_string());
    story_beside_a_service(&["--data", directory.path().to_str().unwrap()], &address);
}

#[test]
fn accounts_are_kept_beside_the_service_on_postgresql() {
    needs!(PostgreSql);
    let directory = tempfile::tempdir().unwrap();
    let database = super::support::app::App::postgres();
    let address = Address::Postgres(database.url.clone());
    let data = directory.path().to_str().unwrap();
    story_beside_a_service(&["--data", data, "--database-url", &database.url], &address);
}

/// A database that a newer program has migrated is refused by every command, and not written to.
fn story_of_a_newer_database(arguments: &[&str], directory: &Path, address: &Address) {
    served_once(arguments);
    let newer = "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('20991231000001', CURRENT_TIMESTAMP)";
    sql_query(newer).execute(&mut Conn::open(address).unwrap()).unwrap();
    let file = directory.join("qianglian.db");
    let before = std::fs::read(&file).ok();
    let csv = directory.join("chains.csv");
    std::fs::write(&csv, "x").unwrap();
    let (site, backup) = (directory.join("site"), directory.join("backup"));
    let (csv, site, backup) = (csv.to_str().unwrap(), site.to_str().unwrap(), backup.to_str().unwrap());
    let sqlite = matches!(address, Address::Sqlite(_));
    for command in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["user", "disable", "clerk"],
        &["keys", "accept"],
        &["import", csv, "--content", "chains", "--reason", "测试"],
        &["export-site", site],
        &["backup", "--to", backup],
        &["migrate"],
    ] {
        if command[0] == "backup" && !sqlite {
            continue;
        }
        let refused = run(&[command, arguments].concat(), b"");
        let told = refused.stderr.contains("较新版本的程序") && refused.stderr.contains("20991231000001");
        assert_eq!((refused.status, told), (2, true), "{command:?} {}", refused.stderr);
    }
    assert_eq!(std::fs::read(&file).ok(), before, "nothing is written");
}

#[test]
fn an_older_program_refuses_a_newer_database_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(directory.path().join("qianglian.db").display().to_string());
    story_of_a_newer_database(&["--data", directory.path().to_str().unwrap()], directory.path(), &address);
}

#[test]
fn an_older_program_refuses_a_newer_database_on_postgresql() {
    needs!(PostgreSql);
    let directory = tempfile::tempdir().unwrap();
    let database = super::support::app::App::postgres();
    let data = directory.path().to_str().unwrap();
    let address = Address::Postgres(database.url.clone());
    story_of_a_newer_database(&["--data", data, "--database-url", &database.url], directory.path(), &address);
}

/// Overwrites the first pages of a table and its indexes.
fn spoil(path: &Path, table: &str) {
    use std::os::unix::fs::FileExt;
    #[derive(QueryableByName)]
    struct Root {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        page: i64,
    }
    let mut conn = Conn::open(&Address::Sqlite(path.display().to_string())).unwrap();
    let roots =
        format!("SELECT rootpage AS page FROM sqlite_schema WHERE tbl_name = '{table}' AND rootpage > 0");
    let roots: Vec<Root> = sql_query(roots).load(&mut conn).unwrap();
    drop(conn);
    assert!(!roots.is_empty());
    let file = std::fs::File::options().write(true).open(path).unwrap();
    for root in roots {
        file.write_all_at(&[0xa5; 512], u64::try_from(root.page - 1).unwrap() * 4096).unwrap();
    }
}

#[test]
fn a_file_that_is_malformed_stops_the_service_whoever_meets_it() {
    let directory = tempfile::tempdir().unwrap();
    let (path, data) = (directory.path().join("qianglian.db"), directory.path().to_str().unwrap().to_owned());
    served_once(&["--data", &data]);
    // An orderly end leaves no log, so that nothing is looked for at the next start: a reader meets it.
    assert!(!directory.path().join("qianglian.db-wal").exists());
    spoil(&path, "objection");
    let mut running = Running::start(&["--data", &data]);
    let code = json!({ "code": "ABCDE-FGHJK" });
    let (told, _) = request(&running.base, "POST", "/api/v1/objections/status", None, Some(&code));
    assert!(matches!(told, 0 | 503), "{told}");
    assert_eq!(running.child.wait().unwrap().code(), Some(70));
    // It did not end by itself: the next start looks first, and does not serve.
    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--data", &data], b"");
    assert_eq!(
        (refused.status, refused.stderr.contains("数据库文件无法正常读写")),
        (70, true),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_database_is_looked_through_after_an_end_that_was_not_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap().to_owned();
    let mut running = Running::start(&["--data", &data]);
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let log = served_once(&["--data", &data]);
    assert!(log.contains("looked through the database") && log.contains("\"whole\":true"), "{log}");
    let log = served_once(&["--data", &data]);
    assert!(!log.contains("looked through the database"), "{log}");
}

fn file_mode(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).unwrap()) & 0o777
}

#[derive(QueryableByName)]
struct Former {
    #[diesel(sql_type = Binary)]
    secret: Vec<u8>,
}

/// Keys of an installation that kept them in its database; then changed beside the service, missing, those of another.
fn story_of_keys(arguments: &[&str], data: &Path, address: &Address) {
    let file = data.join("keys.json");
    let offline = |rest: &[&str]| run(&[rest, arguments].concat(), b"");
    let refused = |words: &str| {
        let refused = offline(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!((refused.status, refused.stderr.contains(words)), (2, true), "{}", refused.stderr);
    };
    let running = Running::start(arguments);
    let code = running.code.clone().unwrap();
    let set_up = json!({ "code": code, "name": "root", "display_name": "管理员", "password": PASSWORD });
    assert_eq!(request(&running.base, "POST", "/api/v1/setup", None, Some(&set_up)).0, 200);
    running.stop();
    assert_eq!(file_mode(&file), 0o600);

    std::fs::remove_file(&file).unwrap();
    let mut conn = Conn::open(address).unwrap();
    for statement in [
        "DELETE FROM key_fingerprint",
        match address {
            Address::Sqlite(_) => "INSERT INTO signing_key VALUES ('former', randomblob(32), 1)",
            Address::Postgres(_) => "INSERT INTO signing_key VALUES ('former', sha256('x'), 1)",
        },
    ] {
        sql_query(statement).execute(&mut conn).unwrap();
    }
    let running = Running::start(arguments);
    let former: Vec<Former> = sql_query("SELECT secret FROM signing_key").load(&mut conn).unwrap();
    assert_eq!(former.iter().map(|key| key.secret.len()).collect::<Vec<_>>(), [0]);
    let kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((file_mode(&file), &kept["signing"][1]["id"]), (0o600, &json!("former")));
    assert_ne!(kept["signing"][0]["id"], "former", "what may stand in a copy of the database signs no more");

    let login = json!({ "name": "root", "password": PASSWORD });
    let (_, tokens) = request(&running.base, "POST", "/api/v1/login", None, Some(&login));
    let token = text(&tokens["access_token"]);
    let rotated = offline(&["keys", "rotate"]);
    assert_eq!(rotated.status, 0, "{}", rotated.stderr);
    let again: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&again["master"], &again["signing"][1]), (&kept["master"], &kept["signing"][0]));
    assert_eq!(request(&running.base, "GET", "/api/v1/me", Some(token), None).0, 200);
    running.stop();
    let running = Running::start(arguments);
    assert_eq!(request(&running.base, "GET", "/api/v1/me", Some(token), None).0, 200);
    running.stop();

    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    refused("chmod 600");
    std::fs::remove_file(&file).unwrap();
    refused("keys accept");
    let elsewhere = data.join("elsewhere");
    let other = Running::start(&["--data", elsewhere.to_str().unwrap()]);
    assert_eq!(request(&other.base, "GET", "/readyz", None, None).0, 200);
    other.stop();
    std::fs::copy(elsewhere.join("keys.json"), &file).unwrap();
    refused("不属于此数据库");
    assert_eq!(offline(&["keys", "accept"]).status, 0);
    let running = Running::start(arguments);
    assert_eq!(request(&running.base, "GET", "/api/v1/me", Some(token), None).0, 401);
    running.stop();
}

#[test]
fn keys_are_kept_outside_the_database_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(directory.path().join("qianglian.db").display().to_string());
    story_of_keys(&["--data", directory.path().to_str().unwrap()], directory.path(), &address);
}

#[test]
fn keys_are_kept_outside_the_database_on_postgresql() {
    needs!(PostgreSql);
    let directory = tempfile::tempdir().unwrap();
    let database = postgres::server().fresh(|url| {
        qianglian::db::migrate(&mut Conn::open(&Address::Postgres(url.to_owned())).unwrap()).unwrap();
    });
    let address = Address::Postgres(database.url.clone());
    let data = directory.path().to_str().unwrap();
    story_of_keys(&["--data", data, "--database-url", &database.url], directory.path(), &address);
}

#[test]
fn unless_told_otherwise_the_first_administrator_needs_a_second_factor() {
    let directory = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_qianglian"));
    let running = Running::start_with(program, &["--data", directory.path().to_str().unwrap()], |command| {
        command.env_remove("QIANGLIAN_SECOND_FACTOR");
    });
    let set_up =
        json!({ "code": running.code, "name": "root", "display_name": "管理员", "password": PASSWORD });
    assert_eq!(request(&running.base, "POST", "/api/v1/setup", None, Some(&set_up)).0, 200);
    let login = json!({ "name": "root", "password": PASSWORD });
    let (status, tokens) = request(&running.base, "POST", "/api/v1/login", None, Some(&login));
    assert_eq!(status, 200);
    let ask = |path: &str| request(&running.base, "GET", path, tokens["access_token"].as_str(), None);
    let (status, refused) = ask("/api/v1/accounts");
    assert_eq!((status, text(&refused["code"])), (403, "second_factor_required"));
    let (status, factor) = ask("/api/v1/me/second-factor");
    assert_eq!((status, &factor["required"]), (200, &json!(true)));
    running.stop();
}

#[test]
fn an_operators_day_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    story_of_an_operator(&["--data", data.to_str().unwrap()], directory.path());
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&data).unwrap());
    assert_eq!(mode & 0o777, 0o700, "the data are their owner's alone");
}

#[test]
fn the_database_is_its_owners_alone_also_in_a_directory_that_others_read() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let running = Running::start(&["--data", directory.path().to_str().unwrap()]);
    assert_eq!(request(&running.base, "GET", "/readyz", None, None).0, 200);
    for file in ["qianglian.db", "qianglian.db-wal"] {
        let mode =
            std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(directory.path().join(file)).unwrap());
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    running.stop();
}

#[test]
fn an_operators_day_on_postgresql() {
    needs!(PostgreSql);
    let directory = tempfile::tempdir().unwrap();
    let database = postgres::server().fresh(|url| {
        let mut conn = qianglian::db::Conn::open(&qianglian::db::Address::Postgres(url.to_owned())).unwrap();
        qianglian::db::migrate(&mut conn).unwrap();
    });
    let data = directory.path().join("data");
    story_of_an_operator(
        &["--data", data.to_str().unwrap(), "--database-url", &database.url],
        directory.path(),
    );
}

#[test]
fn a_request_under_way_is_finished_before_the_service_stops() {
    use std::io::Write;
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(&["--data", directory.path().to_str().unwrap()]);
    let body = json!({ "name": "nobody", "password": "x" }).to_string();
    let mut socket = std::net::TcpStream::connect(running.base.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&body.as_bytes()[..5]).unwrap();
    // The service has the head once it answers another request that came after it.
    assert_eq!(request(&running.base, "GET", "/healthz", None, None).0, 200);
    let pid = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    socket.write_all(&body.as_bytes()[5..]).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let mut child = running;
    assert!(child.child.wait().unwrap().success());
}

#[test]
fn evidence_is_kept_in_an_object_store_where_one_is_configured() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let endpoint = runtime.block_on(super::s3_server::serve(&directory.path().join("s3")));
    let data = directory.path().join("data");
    let arguments = [
        "--data",
        data.to_str().unwrap(),
        "--s3-bucket",
        BUCKET,
        "--s3-endpoint",
        &endpoint,
        "--s3-access-key-id",
        ACCESS_KEY_ID,
        "--s3-secret-access-key",
    ];
    let running = Running::start(&[&arguments[..], &[SECRET_ACCESS_KEY]].concat());
    assert_eq!(request(&running.base, "GET", "/readyz", None, None).0, 200);
    let log = running.stop();
    assert!(!log.contains(SECRET_ACCESS_KEY));
    let wrong = Running::start(&[&arguments[..], &["another"]].concat());
    assert_eq!(request(&wrong.base, "GET", "/readyz", None, None).0, 503);
    wrong.stop();
}

#[test]
fn the_walk_of_the_documentation_runs() {
    needs!(Curl, Jq);
    let page = include_str!("../../docs/api.md");
    let script: String = page
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .filter(|block| !block.contains("qianglian serve"))
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(&["--data", directory.path().join("data").to_str().unwrap()]);
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("BASE", &running.base)
        .env("CODE", running.code.as_ref().unwrap())
        .env("no_proxy", "*")
        .env("WORK", directory.path())
        .output()
        .expect("bash runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.trim_end().ends_with("accepted"), "{told}");
    running.stop();
}
