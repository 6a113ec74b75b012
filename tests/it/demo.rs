//! `qianglian demo` as somebody tries it: made, served, walked through, served again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::support::{postgres, run, text};

/// A demonstration that is served; it ends with its owner.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn serve(directory: &Path, file: &Path) -> (Served, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qianglian"))
        .args(["demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(directory)
        .arg("--sign-ins")
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let base = lines.map_while(Result::ok).find_map(|line| {
        let address = line.split_once("http://")?.1.split('/').next()?.to_owned();
        Some(format!("http://{address}"))
    });
    (Served(child), base.expect("it serves"))
}

#[test]
fn a_demonstration_is_made_served_and_walked_through() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("sign-ins.json"));
    let (served, base) = serve(&data, &file);
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
    assert_eq!(mode & 0o777, 0o600, "tokens are for their owner alone");
    let sign_ins: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    for role in ["applicant", "city_reviewer", "expert", "office", "supervisor", "admin"] {
        assert!(!text(&sign_ins[role]["token"]).is_empty());
    }
    let script: String = include_str!("../../docs/walkthrough.md")
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .filter(|block| !block.contains("qianglian demo"))
        .collect();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env("BASE", &base)
        .env("SIGN_INS", &file)
        .env("WORK", directory.path())
        .env("QIANGLIAN", env!("CARGO_BIN_EXE_qianglian"))
        .env("no_proxy", "*")
        .output()
        .expect("bash runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.trim_end().ends_with("walked") && told.contains("一致 same"), "{told}");
    let published = std::fs::read_to_string(directory.path().join("announcement.json")).unwrap();
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&published));
    assert_eq!(told.matches(&digest).count(), 2, "the digest in the list is that of the bytes");
    drop(served);
    // The same seed makes the same bytes, wherever and however fast.
    let other = directory.path().join("other");
    let (served, base) = serve(&other, &file);
    let list = format!("{base}/api/v1/announcements");
    let list = Command::new("curl").args(["-fsS", "--noproxy", "*", &list]).output().expect("curl runs");
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list[0]["digest"], digest.as_str());
    drop(served);
    // What is there is served again as it is.
    let again = run(&["demo", "--no-serve", "--data", data.to_str().unwrap()], b"");
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(!again.stdout.contains("演示数据已生成"), "{}", again.stdout);
    // Its password is known to everybody: nobody serves it by mistake.
    let served = run(&["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()], b"");
    assert_eq!(served.status, 2, "{}", served.stderr);
    assert!(served.stderr.contains("--allow-demonstration"), "{}", served.stderr);
}

#[test]
fn it_is_made_on_postgresql_too() {
    let database = postgres::server().fresh(|url| {
        let address = qianglian::db::Address::Postgres(url.to_owned());
        qianglian::db::migrate(&mut qianglian::db::Conn::open(&address).unwrap()).unwrap();
    });
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let arguments = ["demo", "--no-serve", "--data", data.to_str().unwrap(), "--database-url", &database.url];
    let made = run(&arguments, b"");
    assert_eq!(made.status, 0, "{}", made.stderr);
    assert!(made.stdout.contains("演示数据已生成"), "{}", made.stdout);
}

#[test]
fn it_is_not_made_among_real_accounts_nor_beyond_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("real");
    let real = real.to_str().unwrap();
    let added = ["user", "add", "clerk", "--data", real, "--role", "office", "--display-name", "张三"];
    let added = run(&added, b"");
    assert_eq!(added.status, 0, "{}", added.stderr);
    let among = run(&["demo", "--no-serve", "--data", real], b"");
    assert_eq!(among.status, 2, "{}", among.stderr);
    assert!(among.stderr.contains("不是演示数据"), "{}", among.stderr);
    let accounts = run(&["user", "reset", "clerk", "--data", real], b"");
    assert_eq!(accounts.status, 0, "{}", accounts.stderr);
    let empty = directory.path().join("empty");
    let remote = ["demo", "--no-serve", "--listen", "0.0.0.0:0", "--data", empty.to_str().unwrap()];
    let remote = run(&remote, b"");
    assert_eq!(remote.status, 2, "{}", remote.stderr);
    assert!(remote.stderr.contains("--allow-remote"), "{}", remote.stderr);
    assert!(!empty.exists());
}

#[test]
fn letters_do_not_leave_the_machine_unencrypted_unless_told() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let mail = ["--smtp-url", "smtp://mail.example.org", "--mail-from", "a@example.org"];
    let run = run(&[&["serve", "--listen", "127.0.0.1:0", "--data", data], &mail[..]].concat(), b"");
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("--smtp-plain"), "{}", run.stderr);
}
