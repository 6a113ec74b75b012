//! A PostgreSQL of the tests' own: started once per test process from the installed programs, on a Unix socket alone,
//! in a directory of its own, and gone with it when the process ends, however it ends.
//!
//! [`server`] starts it, [`Server::fresh`] gives each test a database with all tables.

use std::fs::{metadata, read_dir, read_to_string};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryResult};

/// Makes the server and stays as its watchdog. It is told the programs' directory and the directory to work below, and
/// writes the server's directory on success, else what went wrong. Its input never gets anything but an end, when the
/// test process is gone (or has given up): statics are not dropped, and nothing runs after SIGKILL, but the kernel
/// always closes a pipe. Being the server's parent, it knows that the process it ends is the server; having made the
/// directory, it leaves nothing even if the tests die during `initdb`. SIGHUP may come when the tests' session ends.
const WATCHDOG: &str = r#"
    exec 2>&1
    trap '' HUP INT TERM PIPE
    directory=$(mktemp -d "$2/qianglian-pg.XXXXXX") || exit 1
    trap 'rm -rf "$directory"' EXIT
    "$1/initdb" -D "$directory/data" -U t -A trust -E UTF8 --locale=C --no-sync --no-instructions \
        >"$directory/log" 2>&1 || { cat "$directory/log"; exit 1; }
    "$1/postgres" -D "$directory/data" -k "$directory" -p 5432 -c listen_addresses= -c max_connections=400 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off \
        -c wal_level=minimal -c max_wal_senders=0 -c dynamic_shared_memory_type=mmap \
        >"$directory/log" 2>&1 &
    server=$!
    echo "$directory"
    exec >/dev/null 2>&1
    while read -r _; do :; done
    polls=0
    # Again and again, as a server that is only starting ignores it.
    while kill -INT $server && [ $((polls += 1)) -le 100 ]; do sleep 0.05; done
    kill -KILL $server
    wait
"#;

/// Room that a server with the databases of some tests at a time may need: 40 MB, and 10 MB per database.
const ROOM: u64 = 1 << 30;

const TEMPLATE: &str = "template_of_tests";

/// A running server.
pub(crate) struct Server {
    directory: PathBuf,
    /// Holds the pipe whose end is the server's end.
    _watchdog: Child,
    template: Once,
    /// Creates one database at a time, as a template may have no other session, and that includes another copying.
    admin: Mutex<()>,
}

/// A database of one test, dropped with the value, whoever is still connected.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
    /// Where it is, for libpq and Diesel.
    pub(crate) url: String,
}

/// The server of this process, started by the first caller.
///
/// # Panics
/// If PostgreSQL is not installed or does not start.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref().unwrap_or_else(|message| panic!("{message}"))
}

/// `$PG_BIN`, or the programs of the newest version installed.
pub(crate) fn programs() -> Option<PathBuf> {
    let has_server = |path: &PathBuf| path.join("initdb").exists() && path.join("postgres").exists();
    if let Some(path) = std::env::var_os("PG_BIN") {
        return Some(path.into()).filter(has_server);
    }
    let versions = read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path());
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let found = versions.filter_map(|path| Some((version(&path)?, path.join("bin"))));
    found.filter(|(_, path)| has_server(path)).max().map(|(_, path)| path)
}

/// The user and group to run as where the tests run as root, which PostgreSQL refuses to.
pub(crate) fn unprivileged() -> Option<(u32, u32)> {
    if metadata("/proc/self").is_ok_and(|process| process.uid() != 0) {
        return None;
    }
    let accounts = read_to_string("/etc/passwd").ok()?;
    let ids = |name| {
        let mut lines = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let account = lines.find(|fields| fields[0] == name)?;
        Some((account.get(2)?.parse().ok()?, account.get(3)?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}

impl Server {
    fn start() -> Result<Self, String> {
        let programs = programs().ok_or(
            "no PostgreSQL server to test with: apt-get install postgresql-15 (or newer), or set PG_BIN to the \
             directory of initdb and postgres",
        )?;
        let memory = rustix::fs::statvfs("/dev/shm");
        let in_memory = memory.is_ok_and(|volume| volume.f_bavail.saturating_mul(volume.f_frsize) >= ROOM);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", WATCHDOG, "sh"]).arg(programs).arg(if in_memory { "/dev/shm" } else { "/tmp" });
        shell.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        if let Some((user, group)) = unprivileged() {
            shell.uid(user).gid(group);
        }
        // A group of its own: Ctrl-C in a terminal is for the tests.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut watchdog = shell.spawn().map_err(|error| format!("/bin/sh: {error}"))?;
        let mut said = String::new();
        let read = watchdog.stdout.take().map(|mut stdout| stdout.read_to_string(&mut said));
        let directory = PathBuf::from(said.trim_end());
        if !matches!(read, Some(Ok(_))) || !directory.is_dir() {
            let _ = watchdog.wait();
            return Err(format!("PostgreSQL can't be made: {said}"));
        }
        let server = Self { directory, _watchdog: watchdog, template: Once::new(), admin: Mutex::new(()) };
        // 20 s.
        for _ in 0..4000 {
            if PgConnection::establish(&server.url("postgres")).is_ok() {
                return Ok(server);
            }
            sleep(Duration::from_millis(5));
        }
        let log = read_to_string(server.directory.join("log")).unwrap_or_default();
        Err(format!("PostgreSQL does not answer: {log}"))
    }

    /// Where a database is, for libpq and Diesel.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://t@/{database}?host={}&port=5432", self.directory.display())
    }

    /// Makes a database: a copy of the template, or an empty one.
    pub(crate) fn create_database(&self, name: &str, template: Option<&str>) {
        let template = template.unwrap_or("template1");
        let _one = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        // Copying files is twice as fast as the default, which logs every page.
        self.run(&[&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" STRATEGY file_copy")])
            .unwrap_or_else(|error| panic!("database {name} can't be made: {error}"));
    }

    /// Drops a database and ends its sessions.
    ///
    /// # Errors
    /// If the server refuses, or is gone.
    pub(crate) fn drop_database(&self, name: &str) -> QueryResult<()> {
        // FORCE alone looks for the end of the sessions every 100 ms; most end within five.
        self.run(&[
            &format!(
                "SELECT CASE WHEN pg_terminate_backend(pid) THEN pg_sleep(0.005) END \
                 FROM pg_stat_activity WHERE datname = '{name}'"
            ),
            &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"),
        ])
    }

    fn run(&self, statements: &[&str]) -> QueryResult<()> {
        let conn = PgConnection::establish(&self.url("postgres"));
        let mut conn = conn.map_err(|error| diesel::result::Error::QueryBuilderError(error.into()))?;
        statements.iter().try_for_each(|statement| conn.batch_execute(statement))
    }

    /// A fresh database with what `migrate` makes in the database it is told. It runs once per process, in a template,
    /// and must leave no session open; what later callers give is not run.
    pub(crate) fn fresh(&'static self, migrate: impl FnOnce(&str)) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        self.template.call_once(|| {
            self.create_database(TEMPLATE, None);
            migrate(&self.url(TEMPLATE));
        });
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.create_database(&name, Some(TEMPLATE));
        Database { server: self, url: self.url(&name), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = self.server.drop_database(&self.name) {
            // No panic: a test may be failing. What is left goes with the server.
            eprintln!("database {} stays: {error}", self.name);
        }
    }
}
