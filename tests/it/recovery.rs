//! PostgreSQL recovered to a point in time, by the commands of `docs/operations.md` as they stand there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::serving::{Running, request};
use super::support::app::PASSWORD;
use super::support::programs::needs;
use super::support::{postgres, text};

/// A server of this test's own, which keeps what others do without, stopped with the value.
struct Server {
    place: tempfile::TempDir,
    who: Option<(u32, u32)>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl -D \"$PGDATA\" -m immediate stop").stderr(Stdio::null()).output();
    }
}

impl Server {
    fn new() -> Self {
        let server = Self { place: tempfile::tempdir().unwrap(), who: postgres::unprivileged() };
        if let Some((user, group)) = server.who {
            chown(server.place.path(), Some(user), Some(group)).unwrap();
        }
        fs::set_permissions(server.place.path(), Permissions::from_mode(0o700)).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_qianglian"), server.path("qianglian")).unwrap();
        server.run(
            "mkdir archive backup data
            initdb -D \"$PGDATA\" -U t -A trust -E UTF8 --locale=C --no-sync --no-instructions
            echo \"unix_socket_directories = '$PWD'
            listen_addresses = ''
            shared_buffers = 16MB\" >> \"$PGDATA/postgresql.conf\"
            pg_ctl -D \"$PGDATA\" -l \"$PWD/log\" -w start
            psql \"$ADMIN\" -c \"CREATE DATABASE qianglian LOCALE 'C' TEMPLATE template0\"",
        );
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://t@/{database}?host={}", self.place.path().display())
    }

    /// Makes a command one of the account that runs the server, with the variables that the manual names.
    fn as_its_account(&self, command: &mut Command) {
        let programs = postgres::programs().expect("PostgreSQL is installed");
        let here = self.place.path();
        command
            .env("PATH", format!("{}:{}:/usr/bin:/bin", here.display(), programs.display()))
            .current_dir(here);
        command.env("LC_ALL", "C").env("PGDATA", self.path("pg")).env("ADMIN", self.url("postgres"));
        command.env("ARCHIVE", self.path("archive")).env("BACKUP", self.path("backup"));
        command.env("DATA", self.path("data")).env("URL", self.url("qianglian"));
        if let Some((user, group)) = self.who {
            command.uid(user).gid(group);
        }
    }

    fn command(&self, script: &str) -> Command {
        let mut shell = Command::new("bash");
        self.as_its_account(shell.args(["-euo", "pipefail", "-c", script]));
        shell
    }

    #[track_caller]
    fn run(&self, script: &str) -> String {
        self.run_to("", script)
    }

    /// With the time to recover to. What is printed goes to a file, as the server that is started keeps it open.
    #[track_caller]
    fn run_to(&self, to: &str, script: &str) -> String {
        let printed = self.path("printed");
        let output = fs::File::create(&printed).unwrap();
        let errors = output.try_clone().unwrap();
        let status =
            self.command(script).env("TO", to).stdin(Stdio::null()).stdout(output).stderr(errors).status();
        let printed = fs::read_to_string(printed).unwrap();
        assert!(
            status.unwrap().success(),
            "{printed}\n{}",
            fs::read_to_string(self.path("log")).unwrap_or_default()
        );
        printed
    }

    fn serve(&self) -> Running {
        let (data, url) = (self.path("data"), self.url("qianglian"));
        let arguments = ["--data", data.to_str().unwrap(), "--database-url", &url];
        Running::start_with(&self.path("qianglian"), &arguments, |command| self.as_its_account(command))
    }
}

#[test]
fn the_database_is_recovered_to_a_time_by_the_commands_of_the_manual() {
    needs!(PostgreSql);
    let manual = include_str!("../../docs/operations.md");
    let (_, section) = manual.split_once("## PostgreSQL：恢复到某一时刻").expect("the section is there");
    let section = section.split("\n## ").next().unwrap();
    let blocks: Vec<&str> =
        section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [archiving, daily, recovering] = blocks[..] else { panic!("{} blocks", blocks.len()) };

    let server = Server::new();
    server.run(archiving);
    let running = server.serve();
    let set_up =
        json!({ "code": running.code, "name": "root", "display_name": "管理员", "password": PASSWORD });
    assert_eq!(request(&running.base, "POST", "/api/v1/setup", None, Some(&set_up)).0, 200);
    let log_in = |running: &Running, name: &str| {
        let login = json!({ "name": name, "password": PASSWORD });
        request(&running.base, "POST", "/api/v1/login", None, Some(&login))
    };
    let token = text(&log_in(&running, "root").1["access_token"]).to_owned();
    let invite = |name: &str, role: &str| -> Value {
        let body = json!({ "name": name, "display_name": "张三", "role": role });
        let (status, invited) = request(&running.base, "POST", "/api/v1/accounts", Some(&token), Some(&body));
        assert_eq!(status, 201, "{invited}");
        invited
    };
    invite("before-base", "office");
    server.run("mkdir -p data/evidence/ab && echo first > data/evidence/ab/first");
    server.run(daily);
    let link = text(&invite("before", "office")["link_token"]).to_owned();
    let to = server.run("psql \"$ADMIN\" -Atc \"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\\\"T\\\"HH24:MI:SS.US\\\"+00:00\\\"')\"");
    let to = to.trim();
    invite("after", "office");
    running.stop();
    // Nothing was recovered yet: refused, and all sessions go on.
    let early = server
        .command(
            "qianglian restore --recovered-to 2020-01-01T00:00:00Z --data \"$DATA\" --database-url \"$URL\"",
        )
        .output()
        .unwrap();
    assert_eq!(early.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&early.stderr).contains("并未恢复到这一时刻"));
    server.run("rm -r data/evidence");

    let told = server.run_to(to, recovering);
    assert!(told.contains("the database was recovered to") && told.contains("1 sessions"), "{told}");
    assert_eq!(fs::read_to_string(server.path("data/evidence/ab/first")).unwrap(), "first\n");
    let running = server.serve();
    assert_eq!(request(&running.base, "GET", "/api/v1/me", Some(&token), None).0, 401, "sessions ended");
    let accept = json!({ "token": link, "password": PASSWORD });
    assert_eq!(
        request(&running.base, "POST", "/api/v1/links/acceptance", None, Some(&accept)).0,
        409,
        "links ended"
    );
    let token = text(&log_in(&running, "root").1["access_token"]).to_owned();
    let accounts = request(&running.base, "GET", "/api/v1/accounts?limit=100", Some(&token), None).1;
    let mut names: Vec<&str> =
        accounts["items"].as_array().unwrap().iter().map(|item| text(&item["name"])).collect();
    names.sort_unstable();
    assert_eq!(names, ["before", "before-base", "root"]);
    running.stop();
    let events =
        server.run("psql \"$URL\" -Atc \"SELECT body FROM audit_event WHERE body LIKE '%service.restore%'\"");
    assert!(events.contains("\"recovery/") && events.contains("\"done\""), "{events}");
    // And all of it once more, from a new backup.
    server.run(daily);
}
