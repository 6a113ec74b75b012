//! What operators get wrong, and what they are told: levels of the log, variables of the environment, secrets in files.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::s3_server::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY};
use super::serving::{Running, request};
use super::support::programs::needs;
use super::support::{Run, postgres};

/// Runs the program with variables of the environment.
pub(crate) fn run_in(environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qianglian"));
    command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    let output = command.output().expect("the program runs");
    Run {
        status: output.status.code().expect("the program ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Starts to serve from a directory, which is refused with these words.
#[track_caller]
fn not_served(environment: &[(&str, &str)], arguments: &[&str], words: &[&str]) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let refused = run_in(environment, &[&serve, arguments].concat());
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    for word in words {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn what_is_no_level_of_the_log_is_refused_with_those_that_are() {
    let levels = ["error、warn、info、debug、trace", "error, warn, info, debug, trace"];
    for wrong in ["infoo", "off", "actix_web", "warn,loud"] {
        not_served(&[], &["--log", wrong], &levels);
        not_served(&[("QIANGLIAN_LOG", wrong)], &[], &levels);
    }
    // Errors and warnings are told at levels that people call by other names.
    let place = tempfile::tempdir().unwrap();
    let data = place.path().to_str().unwrap();
    let running = Running::start(&["--data", data, "--log", "Warning"]);
    assert_eq!(request(&running.base, "GET", "/api/v1/me", None, None).0, 401);
    std::fs::remove_dir_all(place.path().join("spool")).unwrap();
    std::fs::remove_dir_all(place.path().join("evidence")).unwrap();
    std::fs::write(place.path().join("evidence"), "").unwrap();
    std::fs::write(place.path().join("spool"), "").unwrap();
    assert_eq!(request(&running.base, "GET", "/readyz", None, None).0, 503);
    let log = running.stop();
    assert!(log.contains("the file store does not answer") && !log.contains("\"INFO\""), "{log}");
}

#[test]
fn a_slip_in_the_environment_is_told_before_anything_is_done() {
    for empty in [
        "QIANGLIAN_DATABASE_URL",
        "QIANGLIAN_LOG",
        "QIANGLIAN_SMTP_URL",
        "QIANGLIAN_KEYS",
        "QIANGLIAN_TRUSTED_PROXIES",
        "QIANGLIAN_S3_SECRET_ACCESS_KEY",
        "QIANGLIAN_DATA",
    ] {
        not_served(&[(empty, "")], &[], &[empty, "已设置但为空"]);
        not_served(&[(empty, "")], &["--lang", "en"], &[empty, "is set to nothing"]);
    }
    not_served(
        &[("QIANGLIAN_DATABSE_URL", "x")],
        &[],
        &["QIANGLIAN_DATABSE_URL", "QIANGLIAN_DATABASE_URL？"],
    );
    let english = [("QIANGLIAN_TRUSTED_PROXY", "10.0.0.1"), ("QIANGLIAN_LANG", "en")];
    not_served(&english, &[], &["is QIANGLIAN_TRUSTED_PROXIES meant?"]);
    not_served(&[], &["--database-url", ""], &["--database-url"]);
    let endpoint = ["--s3-endpoint", "http://127.0.0.1:1"];
    not_served(&[], &endpoint, &["--s3-bucket"]);
    not_served(&[("QIANGLIAN_S3_ACCESS_KEY_ID", "x")], &[], &["--s3-bucket"]);
    not_served(&[("QIANGLIAN_MAIL_FROM", "a@example.org")], &[], &["--smtp-url"]);

    // Every command that touches data says so; what stands alone is not concerned.
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data").display().to_string();
    let empty = [("QIANGLIAN_DATABASE_URL", "")];
    for command in [
        &["migrate"][..],
        &["user", "disable", "x"],
        &["keys", "rotate"],
        &["backup", "--to", "/nowhere/x"],
        &["export-site", "/nowhere/x"],
    ] {
        let refused = run_in(&empty, &[command, &["--data", &data]].concat());
        assert_eq!(
            (refused.status, refused.stderr.contains("QIANGLIAN_DATABASE_URL")),
            (2, true),
            "{command:?}"
        );
    }
    assert!(!Path::new(&data).exists());
    for command in [&["openapi"][..], &["--help"], &["serve", "--help"], &["--version"]] {
        assert_eq!(run_in(&empty, command).status, 0, "{command:?}");
    }
    // What an orchestrator sets is told and passed over.
    let kubernetes =
        [("QIANGLIAN_PORT_8080_TCP", "tcp://10.0.0.1:8080"), ("QIANGLIAN_SERVICE_HOST", "10.0.0.1")];
    let done = run_in(&kubernetes, &["migrate", "--data", &data]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(
        done.stderr.contains("QIANGLIAN_PORT_8080_TCP") && done.stderr.contains("已忽略"),
        "{}",
        done.stderr
    );
}

#[test]
fn secrets_may_be_in_files() {
    needs!(PostgreSql);
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).display().to_string();
    let secret = |name: &str, text: &str| {
        std::fs::write(path(name), text).unwrap();
        std::fs::set_permissions(path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
        path(name)
    };
    let database = postgres::server().fresh(|url| {
        let address = qianglian::db::Address::Postgres(url.to_owned());
        qianglian::db::migrate(&mut qianglian::db::Conn::open(&address).unwrap()).unwrap();
    });
    let url = secret("url", &format!("{}\n", database.url));
    let data = path("data");
    let in_file = [("QIANGLIAN_DATABASE_URL_FILE", url.as_str())];
    let add = ["user", "add", "clerk", "--role", "office", "--display-name", "张三", "--data", &data];
    let added = run_in(&in_file, &add);
    assert_eq!((added.status, added.stderr.as_str()), (0, ""));
    assert!(!place.path().join("data/qianglian.db").exists(), "it went to PostgreSQL");
    // The command line goes before the environment.
    let elsewhere = run_in(
        &[("QIANGLIAN_DATABASE_URL_FILE", &secret("other", "postgres://nowhere.invalid/x"))],
        &[&add[..], &["--database-url", &database.url]].concat(),
    );
    assert!(elsewhere.stderr.contains("该登录名已被使用"), "{}", elsewhere.stderr);

    let both = [("QIANGLIAN_DATABASE_URL_FILE", url.as_str()), ("QIANGLIAN_DATABASE_URL", &database.url)];
    not_served(&both, &[], &["QIANGLIAN_DATABASE_URL", "只能设置一个"]);
    not_served(&[("QIANGLIAN_DATABASE_URL_FILE", &path("none"))], &[], &["无法读取"]);
    not_served(&[("QIANGLIAN_SMTP_URL_FILE", &secret("empty", "\n"))], &[], &["是空的"]);
    not_served(&[("QIANGLIAN_LISTEN_FILE", &url)], &[], &["QIANGLIAN_LISTEN？"]);

    std::fs::set_permissions(&url, std::fs::Permissions::from_mode(0o644)).unwrap();
    let told = run_in(&in_file, &["migrate", "--data", &data, "--lang", "en"]);
    assert_eq!((told.status, told.stderr.contains("everybody can read")), (0, true), "{}", told.stderr);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let endpoint = runtime.block_on(super::s3_server::serve(&place.path().join("s3")));
    let (id, key) = (secret("id", ACCESS_KEY_ID), secret("key", &format!("{SECRET_ACCESS_KEY}\r\n")));
    let environment =
        [("QIANGLIAN_S3_ACCESS_KEY_ID_FILE", id.as_str()), ("QIANGLIAN_S3_SECRET_ACCESS_KEY_FILE", &key)];
    let store = ["--data", &path("s3data"), "--s3-bucket", BUCKET, "--s3-endpoint", &endpoint];
    let running = Running::start_in(&environment, &store);
    assert_eq!(request(&running.base, "GET", "/readyz", None, None).0, 200);
    running.stop();
}

/// Runs the program by a shell, as `$Q`, after `prepared`.
fn by_shell(prepared: &str, arguments: &str) -> Run {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &format!("{prepared}; exec \"$Q\" {arguments}")])
        .env("Q", env!("CARGO_BIN_EXE_qianglian"));
    let output = shell.stdin(Stdio::null()).output().expect("bash runs");
    Run {
        status: output.status.code().expect("the program ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[track_caller]
fn told(run: &Run, status: i32, words: &[&str]) {
    assert_eq!(run.status, status, "{}{}", run.stdout, run.stderr);
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("请求编号") && !run.stderr.contains("request id"), "{}", run.stderr);
}

#[test]
fn what_is_printed_to_a_full_device_is_told_and_what_nobody_reads_is_no_failure() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data").display().to_string();
    let tally = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/small.json");
    let commands = [
        "openapi".to_owned(),
        "--help".to_owned(),
        "--version".to_owned(),
        format!("tally {tally}"),
        format!("tally {tally} --format text"),
        format!("migrate --data {data}"),
        format!("user add first --role office --display-name x --data {data}"),
        format!("keys rotate --data {data}"),
        format!("backup --to {data}.full --data {data}"),
        format!("export-site {data}.site --data {data}"),
    ];
    for command in commands {
        let closed = by_shell("set -o pipefail", &format!("{command} | true"));
        assert_eq!((closed.status, closed.stderr.as_str()), (0, ""), "{command}");
        let command = command.replace("user add first", "user add second").replace(".full", ".more");
        let full = by_shell("true", &format!("{command} --lang en > /dev/full"));
        told(&full, 1, &["standard output", "make room"]);
    }
}

#[test]
fn what_fails_a_command_is_told_with_what_to_do() {
    needs!(PostgreSql);
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).display().to_string();
    let english = [("QIANGLIAN_LANG", "en")];
    // A port in use, and addresses that this machine does not have or that only others may use.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let serve = ["serve", "--data", &path("data"), "--listen", &address];
    told(&run_in(&[], &serve), 1, &[&address, "正在使用", "--listen"]);
    told(&run_in(&english, &serve), 1, &["another program uses it", "--listen"]);
    let metrics = ["serve", "--data", &path("data"), "--listen", "127.0.0.1:0", "--metrics-listen", &address];
    told(&run_in(&[], &metrics), 1, &["--metrics-listen"]);
    told(&run_in(&[], &["serve", "--data", &path("data"), "--listen", "192.0.2.1:80"]), 1, &["没有这个地址"]);

    // Files.
    told(&run_in(&[], &["draw", "--replay", &path("none.json")]), 1, &["none.json", "不存在"]);
    told(&run_in(&english, &["tally", &path("none.json")]), 1, &["none.json", "there is no such file"]);
    told(&run_in(&[], &["tally", &path("")]), 1, &["是目录"]);
    std::fs::write(path("file"), "x").unwrap();
    told(&run_in(&[], &["migrate", "--data", &path("file/data")]), 1, &["file/data", "不是目录"]);
    told(
        &run_in(&english, &["restore", "--from", &path("none"), "--data", &path("data")]),
        1,
        &["none", "no such file"],
    );

    // Databases on SQLite.
    std::fs::create_dir(path("text")).unwrap();
    std::fs::write(path("text/qianglian.db"), vec![b'x'; 5_000]).unwrap();
    told(&run_in(&[], &["migrate", "--data", &path("text")]), 70, &["不是 SQLite 数据库", "restore"]);
    std::fs::create_dir_all(path("folder/qianglian.db")).unwrap();
    told(&run_in(&[], &["migrate", "--data", &path("folder")]), 1, &["qianglian.db", "是目录"]);

    // PostgreSQL.
    let good = postgres::server().url("postgres");
    let other = postgres::server().fresh(|url| {
        let address = qianglian::db::Address::Postgres(url.to_owned());
        qianglian::db::migrate(&mut qianglian::db::Conn::open(&address).unwrap()).unwrap();
    });
    for (url, status, chinese, en) in [
        ("postgres://t@127.0.0.1:1/x".to_owned(), 1, "连不上 PostgreSQL", "can't be reached"),
        ("postgres://t@/x?host=/nowhere".to_owned(), 1, "连不上 PostgreSQL", "pg_isready"),
        ("postgres://t@nowhere.invalid/x".to_owned(), 1, "主机名", "host name"),
        (good.replace("/postgres?", "/nothing?"), 1, "没有这个库", "CREATE DATABASE"),
        (good.replace("//t@", "//nobody@"), 1, "没有这个账号", "CREATE ROLE"),
        (format!("{good}&sslmode=require"), 1, "不含 TLS", "no TLS"),
        ("postgres:/u:secret@host/x".to_owned(), 2, "写法不对", "can't be read"),
        (format!("{good}&secret=1"), 2, "写法不对", "can't be read"),
    ] {
        let migrate = ["migrate", "--database-url", &url, "--data", &path("pg")];
        told(&run_in(&[], &migrate), status, &[chinese]);
        let in_english = run_in(&english, &migrate);
        told(&in_english, status, &[en]);
        assert!(!in_english.stderr.contains("secret"), "{}", in_english.stderr);
    }
    drop(other);
}

#[test]
fn another_programs_database_is_left_as_it_is() {
    use diesel::connection::SimpleConnection;
    needs!(PostgreSql);
    let place = tempfile::tempdir().unwrap();
    let (data, server) = (place.path().join("data"), postgres::server());
    std::fs::create_dir(&data).unwrap();
    server.create_database("anothers", None);
    let sqlite = data.join("qianglian.db").display().to_string();
    for address in
        [qianglian::db::Address::Sqlite(sqlite), qianglian::db::Address::Postgres(server.url("anothers"))]
    {
        let mut options = vec!["--data".to_owned(), data.display().to_string()];
        if let qianglian::db::Address::Postgres(url) = &address {
            options.extend(["--database-url".to_owned(), url.clone()]);
        }
        let mut conn = qianglian::db::Conn::open(&address).unwrap();
        conn.batch_execute("CREATE TABLE orders (id int)").unwrap();
        for command in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let options = options.iter().map(String::as_str);
            let refused = run_in(&[], &command.iter().copied().chain(options).collect::<Vec<_>>());
            told(&refused, 2, &["属于另一程序", "orders"]);
        }
        assert!(conn.batch_execute("SELECT * FROM audit_event").is_err(), "no table was made");
    }
    server.drop_database("anothers").unwrap();
}

#[test]
fn told_to_stop_it_says_that_it_is_not_ready_and_goes_on_for_a_while() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().display().to_string();
    let mut running = Running::start(&["--data", &data, "--drain", "3600", "--log", "info"]);
    let get = |path: &str| request(&running.base, "GET", path, None, None).0;
    assert_eq!((get("/readyz"), get("/api/v1/chains")), (200, 200));
    running.signal("TERM");
    // The signal is on its way for a moment.
    while get("/readyz") == 200 {}
    assert_eq!((get("/readyz"), get("/healthz"), get("/api/v1/chains")), (503, 200, 200));
    // Told again it ends at once.
    running.signal("INT");
    assert_eq!(running.ended(), Some(130));
    let mut running = Running::start(&["--data", &data, "--drain", "0"]);
    running.signal("INT");
    assert_eq!(running.ended(), Some(0));
}

#[test]
fn told_to_stop_while_it_starts_it_ends_in_order() {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};
    needs!(PostgreSql);
    let place = tempfile::tempdir().unwrap();
    let database = postgres::server().fresh(|url| {
        let address = qianglian::db::Address::Postgres(url.to_owned());
        qianglian::db::migrate(&mut qianglian::db::Conn::open(&address).unwrap()).unwrap();
    });
    // The start waits for what another transaction holds.
    let mut holder = PgConnection::establish(&database.url).unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE dataset").unwrap();
    let data = place.path().display().to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_qianglian"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data", &data, "--database-url", &database.url])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut waiting = PgConnection::establish(&database.url).unwrap();
    let blocked = "SELECT 1 / count(*) FROM pg_locks WHERE NOT granted AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database())";
    while waiting.batch_execute(blocked).is_err() {}
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    holder.batch_execute("COMMIT").unwrap();
    let mut printed = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut printed).unwrap();
    assert_eq!((child.wait().unwrap().code(), printed.contains("http://")), (Some(0), false), "{printed}");
}

#[test]
fn browsers_are_told_to_come_by_https_where_it_is_asked_for() {
    needs!(Curl);
    let header = |running: &Running, path: &str| {
        let curl = Command::new("curl")
            .args(["-s", "--noproxy", "*", "-D", "-", "-o", "/dev/null"])
            .arg(format!("{}{path}", running.base))
            .output()
            .unwrap();
        String::from_utf8(curl.stdout)
            .unwrap()
            .to_ascii_lowercase()
            .contains("strict-transport-security: max-age=31536000; includesubdomains")
    };
    for (option, told) in [(None, false), (Some("--hsts"), true)] {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().display().to_string();
        let running = Running::start(&[&["--data", &data][..], option.as_slice()].concat());
        for path in ["/", "/api/v1/me", "/healthz", "/nothing", "/api/docs", "/api/v1/%zz"] {
            assert_eq!(header(&running, path), told, "{path}");
        }
        running.stop();
    }
}
