//! Backups: made while people write, restored into an empty place and served; damaged ones are refused; nothing that was
//! acknowledged is given up without being told.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use futures_util::future::join;
use qianglian::db::Address;
use qianglian::domain::access::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::made_files::pdf;
use super::s3_server::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY};
use super::serving::{Running, request};
use super::support::app::{App, On, PASSWORD};
use super::support::story::{BIOMEDICINE, SUZHOU, called, draft};
use super::support::{Run, run, text};

fn command(arguments: &[&str]) -> Run {
    run(arguments, b"")
}

#[track_caller]
fn done(run: Run) -> String {
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    run.stdout
}

#[track_caller]
fn refused(run: Run, saying: &str) {
    assert_eq!(run.status, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(saying), "{}", run.stderr);
}

/// The options that name the data of an app.
fn data_of(app: &App) -> Vec<String> {
    let mut options = vec!["--data".to_owned(), app.directory.path().display().to_string()];
    if let Address::Postgres(url) = &app.address {
        options.extend(["--database-url".to_owned(), url.clone()]);
    }
    options
}

async fn back_up(app: &App, to: &Path) -> Run {
    let mut arguments = vec!["backup".to_owned(), "--to".to_owned(), to.display().to_string()];
    arguments.extend(data_of(app));
    let run = move || command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn log_in(base: &str, name: &str) -> String {
    let login = json!({ "name": name, "password": PASSWORD });
    let (status, tokens) = request(base, "POST", "/api/v1/login", None, Some(&login));
    assert_eq!(status, 200, "{tokens}");
    text(&tokens["access_token"]).to_owned()
}

/// All login names that a service tells an administrator.
fn names(base: &str, token: &str) -> Vec<String> {
    let (mut names, mut address) = (Vec::new(), "/api/v1/accounts?limit=100".to_owned());
    loop {
        let (status, page) = request(base, "GET", &address, Some(token), None);
        assert_eq!(status, 200, "{page}");
        names.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["name"]).to_owned()));
        let Some(next) = page["next"].as_str() else { return names };
        address = format!("/api/v1/accounts?limit=100&after={next}");
    }
}

/// The keys, which no backup has, are put where it is restored.
fn keys_go_along(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::copy(from.join("keys.json"), to.join("keys.json")).unwrap();
}

async fn drill(app: App, restore: impl Fn(&str, &Path) -> Vec<String>) {
    let id = called(&app).await;
    let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
    let application = draft(&suzhou, &id, BIOMEDICINE).await;
    let mut digests = Vec::new();
    for size in [2_000, 3_000, 9_000_000] {
        let uploaded = suzhou.upload(&application, "figures", "a.pdf", &pdf(size)).await.ok();
        digests.push(text(&uploaded["digest"]).to_owned());
    }
    app.sign_in(Role::Supervisor, None).await;
    let admin = app.sign_in(Role::Admin, None).await;
    let invite = async |name: &str| {
        let body = json!({ "name": name, "display_name": "张三", "role": "office" });
        admin.post("/api/v1/accounts", body).await.ok()
    };
    let open_link = text(&invite("waiting").await["link_token"]).to_owned();

    let place = tempfile::tempdir().unwrap();
    let (acknowledged, over) = (Cell::new(0), Cell::new(false));
    let writing = async {
        while !over.get() {
            invite(&format!("writer-{}", acknowledged.get())).await;
            acknowledged.set(acknowledged.get() + 1);
        }
    };
    let backing_up = async {
        let mut backups = Vec::new();
        for name in ["directory", "file.tar"] {
            let before = acknowledged.get();
            let to = place.path().join(name);
            done(back_up(&app, &to).await);
            assert!(acknowledged.get() > before, "people wrote meanwhile");
            backups.push((to.display().to_string(), before));
        }
        over.set(true);
        backups
    };
    let ((), backups) = join(writing, backing_up).await;

    let left: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing else is left: {left:?}");
    for (backup, before) in backups {
        done(command(&["backup", "--check", &backup]));
        let data = tempfile::tempdir().unwrap();
        let options = restore(&backup, &data.path().join("data"));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        keys_go_along(app.directory.path(), &data.path().join("data"));
        done(command(&[&["restore", "--from", &backup], &options[..]].concat()));
        let restored = Running::start(&options);
        let token = admin.token.as_deref();
        assert_eq!(request(&restored.base, "GET", "/api/v1/me", token, None).0, 401, "sessions ended");
        let accept = json!({ "token": open_link, "password": PASSWORD });
        assert_eq!(request(&restored.base, "POST", "/api/v1/links/acceptance", None, Some(&accept)).0, 409);
        let known = names(&restored.base, &log_in(&restored.base, "admin-0"));
        for number in 0..before {
            assert!(
                known.contains(&format!("writer-{number}")),
                "writer-{number} was acknowledged before the backup began"
            );
        }
        for digest in &digests {
            let kept = data.path().join("data/evidence").join(&digest[..2]).join(digest);
            assert_eq!(&hex::encode(Sha256::digest(fs::read(kept).unwrap())), digest);
        }
        let supervisor = log_in(&restored.base, "supervisor-0");
        let told =
            request(&restored.base, "GET", "/api/v1/audit?action=service.restore", Some(&supervisor), None).1;
        let event = &told["items"][0]["event"];
        assert_eq!((&event["outcome"], &event["details"]["lost"]), (&json!("done"), &json!([])), "{told}");
        restored.stop();
    }
}

#[test]
fn a_backup_made_while_people_write_is_restored_and_served_from_sqlite() {
    actix_web::rt::System::new().block_on(async {
        let app = App::start(On::Sqlite).await;
        drill(app, |_, data| vec!["--data".to_owned(), data.display().to_string()]).await;
    });
}

/// A small service with a file of evidence, and a backup of it in a directory and in a tar file.
async fn small(place: &Path) -> App {
    let app = App::start(On::Sqlite).await;
    let id = called(&app).await;
    let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
    let application = draft(&suzhou, &id, BIOMEDICINE).await;
    suzhou.upload(&application, "figures", "a.pdf", &pdf(2_000)).await.ok();
    for name in ["whole", "whole.tar"] {
        done(back_up(&app, &place.join(name)).await);
    }
    app
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn evidence_in(directory: &Path) -> PathBuf {
    let cache = fs::read_dir(directory.join("evidence")).unwrap().next().unwrap().unwrap().path();
    fs::read_dir(cache).unwrap().next().unwrap().unwrap().path()
}

fn flip(path: &Path, place: usize) {
    let mut bytes = fs::read(path).unwrap();
    let place = place % bytes.len();
    bytes[place] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// What happens to a copy of a backup.
type Damage<'a> = &'a dyn Fn(&Path);

#[test]
fn a_damaged_backup_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let app = actix_web::rt::System::new().block_on(small(place.path()));
    let whole = place.path().join("whole");
    let must_be_refused = |path: &Path, why: &str| {
        let (path, data) = (path.display().to_string(), place.path().join("data"));
        refused(command(&["backup", "--check", &path]), "已损坏或不完整");
        let restored = command(&["restore", "--from", &path, "--data", data.to_str().unwrap()]);
        assert_eq!(restored.status, 2, "{why}: {}", restored.stderr);
        let size = fs::metadata(data.join("qianglian.db")).unwrap().len();
        assert_eq!(size, 0, "{why}: nothing is restored");
        let left = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(
            left.into_iter().all(|name| ["lock", "qianglian.db"].contains(&name.to_str().unwrap())),
            "{why}"
        );
    };
    let damages: [(&str, Damage<'_>); 9] = [
        ("a bit of the database", &|path| flip(&path.join("qianglian.db"), 70_000)),
        ("the first bit of the database", &|path| flip(&path.join("qianglian.db"), 0)),
        ("a bit of the evidence", &|path| flip(&evidence_in(path), 1_000)),
        ("a bit of the manifest", &|path| flip(&path.join("backup.json"), 300)),
        ("evidence is missing", &|path| fs::remove_file(evidence_in(path)).unwrap()),
        ("the database is missing", &|path| fs::remove_file(path.join("qianglian.db")).unwrap()),
        ("the manifest is missing", &|path| fs::remove_file(path.join("backup.json")).unwrap()),
        ("a foreign file", &|path| fs::write(path.join("keys.json"), "x").unwrap()),
        ("a link", &|path| {
            let evidence = evidence_in(path);
            fs::rename(&evidence, place.path().join("elsewhere")).unwrap();
            std::os::unix::fs::symlink(place.path().join("elsewhere"), evidence).unwrap();
        }),
    ];
    for (number, (why, damage)) in damages.iter().enumerate() {
        let path = place.path().join(format!("copy-{number}"));
        copied(&whole, &path);
        damage(&path);
        must_be_refused(&path, why);
    }
    let tar_file = place.path().join("damaged.tar");
    let bytes = fs::read(place.path().join("whole.tar")).unwrap();
    for length in [100, 512, 5_000, bytes.len() / 2, bytes.len() - 2_000] {
        fs::write(&tar_file, &bytes[..length]).unwrap();
        must_be_refused(&tar_file, &format!("cut at {length}"));
    }
    let escape = |header: &mut tar::Header, name: &str| {
        // As an attacker writes it: the library refuses to.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    };
    for (name, kind) in [
        ("../escaped", tar::EntryType::Regular),
        ("/tmp/escaped", tar::EntryType::Regular),
        ("evidence/../../escaped", tar::EntryType::Regular),
        ("qianglian.db", tar::EntryType::Symlink),
        ("qianglian.db", tar::EntryType::Link),
        ("evidence", tar::EntryType::Symlink),
        ("qianglian.db", tar::EntryType::Regular),
    ] {
        let mut archive = tar::Builder::new(fs::File::create(&tar_file).unwrap());
        archive.append_dir_all_files(&whole);
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        escape(&mut header, name);
        header.set_cksum();
        archive.append(&header, std::io::empty()).unwrap();
        archive.finish().unwrap();
        must_be_refused(&tar_file, name);
    }
    assert!(!place.path().join("escaped").exists() && !Path::new("/tmp/escaped").exists());
    drop(app);
}

/// Puts the files of a backup into an archive, as a tar program does.
trait AppendFiles {
    fn append_dir_all_files(&mut self, directory: &Path);
}

impl AppendFiles for tar::Builder<fs::File> {
    fn append_dir_all_files(&mut self, directory: &Path) {
        let evidence = evidence_in(directory);
        for path in [directory.join("qianglian.db"), evidence, directory.join("backup.json")] {
            self.append_path_with_name(&path, path.strip_prefix(directory).unwrap()).unwrap();
        }
    }
}

#[test]
fn what_was_acknowledged_after_the_backup_is_given_up_only_when_told_twice() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).display().to_string();
    let (data, backup) = (path("data"), path("backup"));
    let add = |name: &str| {
        done(command(&["user", "add", name, "--role", "office", "--display-name", "张三", "--data", &data]));
    };
    refused(command(&["backup", "--to", &backup, "--data", &data]), "没有数据库");
    add("before");
    done(command(&["backup", "--to", &backup, "--data", &data]));
    refused(command(&["backup", "--to", &backup, "--data", &data]), "目标已存在");
    add("after");
    let restore = |more: &[&str]| command(&[&["restore", "--from", &backup, "--data", &data], more].concat());
    refused(restore(&[]), "--replace");
    refused(restore(&["--replace"]), "1 条记录");
    let running = Running::start(&["--data", &data]);
    refused(restore(&["--replace", "--lose-what-came-after"]), "正被另一进程使用");
    running.stop();
    let told = done(restore(&["--replace", "--lose-what-came-after"]));
    assert!(told.contains("1 条记录") && told.contains("before-restore-"), "{told}");
    let again = command(&["user", "disable", "after", "--data", &data]);
    assert_eq!(again.status, 2, "it is not there any more");
    // What is kept aside is the old database, whole.
    let aside = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
    let aside = aside.into_iter().find(|path| path.to_string_lossy().contains("before-restore-")).unwrap();
    let old = path("old");
    keys_go_along(Path::new(&data), Path::new(&old));
    fs::copy(aside, Path::new(&old).join("qianglian.db")).unwrap();
    done(command(&["user", "disable", "after", "--data", &old]));
    // The restore itself was acknowledged, too: the same backup once more would lose its event.
    refused(restore(&["--replace"]), "1 条记录");
    // A database that can't be read may be replaced, by who says so.
    fs::write(Path::new(&data).join("qianglian.db"), vec![7; 9_000]).unwrap();
    refused(restore(&["--replace"]), "无法读取");
    done(restore(&["--replace", "--lose-what-came-after"]));
    done(command(&["user", "disable", "before", "--data", &data]));
}

#[test]
fn lost_evidence_is_told_and_the_rest_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    actix_web::rt::System::new().block_on(async {
        let app = small(place.path()).await;
        flip(&evidence_in(app.directory.path()), 500);
        let made = back_up(&app, &backup).await;
        assert_eq!((made.status, made.stderr.contains("1个佐证材料文件")), (1, true), "{}", made.stderr);
    });
    let manifest: Value = serde_json::from_slice(&fs::read(backup.join("backup.json")).unwrap()).unwrap();
    assert_eq!(manifest["damaged"].as_array().unwrap().len(), 1);
    done(command(&["backup", "--check", backup.to_str().unwrap()]));
}

#[test]
fn what_an_interrupted_backup_left_goes_with_the_next() {
    let place = tempfile::tempdir().unwrap();
    let left = place.path().join(".next.new-0195a0de-0000-7000-8000-000000000000");
    let others = place.path().join(".next.new-notes");
    for path in [&left, &others] {
        fs::create_dir(path).unwrap();
        fs::write(path.join("half"), "x").unwrap();
    }
    actix_web::rt::System::new().block_on(async {
        let app = small(place.path()).await;
        done(back_up(&app, &place.path().join("next")).await);
    });
    assert!(!left.exists() && others.exists());
}

#[test]
fn a_backup_may_be_kept_in_a_bucket() {
    let place = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let endpoint = runtime.block_on(super::s3_server::serve(&place.path().join("s3")));
    let data = place.path().join("data").display().to_string();
    let to = format!("s3://{BUCKET}/backups/first");
    let s3 = [
        "--s3-endpoint",
        &endpoint,
        "--s3-access-key-id",
        ACCESS_KEY_ID,
        "--s3-secret-access-key",
        SECRET_ACCESS_KEY,
    ];
    done(command(&["user", "add", "clerk", "--role", "office", "--display-name", "张三", "--data", &data]));
    let backup = [&["backup", "--to", &to, "--data", &data], &s3[..]].concat();
    done(command(&backup));
    refused(command(&backup), "目标已存在");
    done(command(&[&["backup", "--check", &to], &s3[..]].concat()));
    let restored = place.path().join("restored").display().to_string();
    let restore = [&["restore", "--from", &to, "--data", &restored], &s3[..]].concat();
    refused(command(&restore), "keys accept");
    keys_go_along(Path::new(&data), Path::new(&restored));
    done(command(&restore));
    done(command(&["user", "disable", "clerk", "--data", &restored]));
    fs::remove_file(place.path().join("s3").join(BUCKET).join("backups/first/backup.json")).unwrap();
    refused(command(&[&["backup", "--check", &to], &s3[..]].concat()), "没有清单");
}
