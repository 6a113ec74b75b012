//! A PostgreSQL of the tests' own: started once a process from the installed programs, in a directory of its own, on a
//! Unix socket alone; gone when the process is, however it ends.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// The server.
pub(crate) struct Server {
    directory: PathBuf,
    /// Its process, which the watchdog ends; held so that it is not waited for here.
    _process: Child,
    /// The watchdog ends the server when this closes: when the process ends.
    _held: ChildStdin,
    template: Mutex<bool>,
}

/// A database of one test, dropped with the value.
pub(crate) struct Database {
    name: String,
    pub(crate) url: String,
}

const TEMPLATE: &str = "qianglian_template";

/// The server of this process.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

fn programs() -> PathBuf {
    if let Ok(directory) = std::env::var("PG_BIN") {
        return directory.into();
    }
    let found = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(|entry| {
        let path = entry.ok()?.path().join("bin");
        path.join("initdb").exists().then_some(path)
    });
    found.max().expect("PostgreSQL is installed (Debian: apt-get install postgresql), or PG_BIN says where")
}

/// The user to run as, where the tests run as root: PostgreSQL refuses to.
fn unprivileged() -> Option<(u32, u32)> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid =
        status.lines().find(|line| line.starts_with("Uid:")).and_then(|line| line.split_whitespace().nth(1));
    if uid != Some("0") {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").expect("there are accounts");
    let ids = |name: &str| {
        let line = accounts.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(ids("postgres").or_else(|| ids("nobody")).expect("there is an account `postgres` or `nobody`"))
}

fn command(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = unprivileged() {
        command.uid(user).gid(group);
    }
    command
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { Path::new("/tmp") };
        let directory = parent.join(format!("qianglian-tests-{}", std::process::id()));
        std::fs::create_dir(&directory).expect("the directory can be made");
        if let Some((user, group)) = unprivileged() {
            std::os::unix::fs::chown(&directory, Some(user), Some(group)).expect("root may give it away");
        }
        let data = directory.join("data");
        let status = command(&programs.join("initdb"), &directory)
            .args([
                "-U",
                "t",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
                "-D",
            ])
            .arg(&data)
            .status()
            .expect("initdb runs");
        assert!(status.success(), "initdb failed");
        let child = command(&programs.join("postgres"), &directory)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&directory)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off"])
            .args(["-c", "full_page_writes=off", "-c", "max_connections=400", "-c", "autovacuum=off"])
            .process_group(0)
            .spawn()
            .expect("postgres runs");
        let held = watch(&child, &directory);
        let server = Self { directory, _process: child, _held: held, template: Mutex::new(false) };
        server.wait();
        server
    }

    fn wait(&self) {
        for _ in 0..4000 {
            if PgConnection::establish(&self.url("postgres")).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("PostgreSQL did not start within 20 s");
    }

    /// Where a database is.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("host={} user=t dbname={database}", self.directory.display())
    }

    fn run(&self, statement: &str) {
        let mut conn = PgConnection::establish(&self.url("postgres")).expect("PostgreSQL answers");
        conn.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// A fresh database with the tables that `migrate` makes, once, in a template.
    pub(crate) fn fresh(&'static self, migrate: impl FnOnce(&str)) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        // A template may have no other session while it is copied.
        let mut made = self.template.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !*made {
            self.run(&format!("CREATE DATABASE {TEMPLATE}"));
            migrate(&self.url(TEMPLATE));
            *made = true;
        }
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy"));
        drop(made);
        Database { url: self.url(&name), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut conn) = PgConnection::establish(&server().url("postgres")) {
            // What is left over goes with the server.
            let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// A shell that waits for the end of its input, which comes with the end of this process, and then ends the server.
#[expect(clippy::zombie_processes, reason = "it outlives this process: that is what it is for")]
fn watch(child: &Child, directory: &Path) -> ChildStdin {
    let mut watchdog = Command::new("/bin/sh")
        .arg("-c")
        .arg(
            "read -r go; cat >/dev/null; kill -INT \"$1\"; n=0; \
             while kill -0 \"$1\" 2>/dev/null && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done; \
             kill -KILL \"$1\" 2>/dev/null; rm -rf \"$2\"",
        )
        .arg("sh")
        .arg(child.id().to_string())
        .arg(directory)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell runs");
    let mut held = watchdog.stdin.take().expect("its input is piped");
    writeln!(held, "go").expect("the shell reads");
    held
}
