//! `export-site` where it is interrupted, and into directories that somebody has prepared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::serving::{Running, request};
use super::support::programs::needs;
use super::support::{postgres, run};

/// A place with an empty service's data in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let made = run(&["migrate", "--data", &place.text("data")], b"");
        assert_eq!(made.status, 0, "{}", made.stderr);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn command(&self, target: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qianglian"));
        command.args(["export-site", &self.text(target), "--data", &self.text("data")]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[track_caller]
    fn export(&self, target: &str) {
        let output = self.command(target).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Entries of a folder whose names begin so.
    fn left(&self, folder: &str, prefix: &str) -> usize {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return 0 };
        entries
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(prefix))
            .count()
    }
}

fn files(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let mode = fs::metadata(&path).unwrap().mode() & 0o777;
            if path.is_dir() {
                assert_eq!(mode, 0o755, "{}", path.display());
                waiting.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(directory).unwrap().to_owned(), (bytes, mode));
            }
        }
    }
    found
}

/// All but the manifest, which tells when it was made.
fn pages(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mut files = files(directory);
    assert!(files.remove(Path::new("qianglian-site.json")).is_some());
    files
}

#[test]
fn what_a_killed_export_left_goes_with_the_next_or_with_the_next_start() {
    let place = Place::new();
    place.export("whole");
    let whole = pages(&place.path("whole"));
    assert!(whole.len() > 20, "{}", whole.len());
    let copied = |_: &str| place.left("data", "export-") > 0;
    let making = |target: &str| place.left(target, ".qianglian-new-") > 0;
    let moving = |target: &str| place.path(target).join("qianglian-site.json").exists();
    for name in ["copied", "making", "moving"] {
        let moment = |name: &str| match name {
            "copied" => copied(name),
            "making" => making(name),
            _ => moving(name),
        };
        let mut child = place.command(name).spawn().unwrap();
        while !moment(name) && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        if name == "copied" {
            assert!(place.left("data", "export-") > 0, "{name}: it was killed before its end");
        }
        place.export(name);
        // Pages tell when they were made.
        let again = pages(&place.path(name));
        assert_eq!(again.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "{name}");
        assert_eq!(place.left("data", "export-"), 0, "{name}");
    }
    // A start of the service does it, too, and leaves alone what is in use.
    let mut child = place.command("again").spawn().unwrap();
    while !copied("") {}
    child.kill().unwrap();
    child.wait().unwrap();
    let id = "0195a0de-0000-7000-8000-000000000000";
    for name in [format!("backup-{id}"), format!("restore-{id}"), format!("export-0{}", &id[1..])] {
        fs::create_dir(place.path("data").join(name)).unwrap();
    }
    let used = place.path("data").join("export-0195a0de-0000-7000-8000-000000000001");
    fs::create_dir(&used).unwrap();
    let lock = fs::File::open(&used).unwrap();
    lock.lock().unwrap();
    fs::create_dir(place.path("data/export-notes")).unwrap();
    let running = Running::start(&["--data", &place.text("data")]);
    assert_eq!(request(&running.base, "GET", "/readyz", None, None).0, 200);
    assert_eq!((place.left("data", "export-"), used.exists()), (2, true));
    assert_eq!((place.left("data", "backup-"), place.left("data", "restore-")), (0, 0));
    running.stop();
}

#[test]
fn a_link_stays_a_link_and_a_prepared_directory_stays_what_it_is() {
    let place = Place::new();
    for (link, to) in [("link", "real"), ("dangling", "later")] {
        if link == "link" {
            fs::create_dir(place.path(to)).unwrap();
            fs::set_permissions(place.path(to), fs::Permissions::from_mode(0o2750)).unwrap();
        }
        symlink(to, place.path(link)).unwrap();
        for _ in 0..2 {
            place.export(link);
            assert_eq!(fs::read_link(place.path(link)).unwrap(), Path::new(to));
            assert!(place.path(to).join("en/index.html").is_file());
        }
    }
    assert_eq!(fs::metadata(place.path("real")).unwrap().mode() & 0o7777, 0o2750);
    // What an earlier version left beside it goes.
    fs::create_dir(place.path(".real.old-0195a0de-0000-7000-8000-000000000000")).unwrap();
    place.export("real");
    assert_eq!(place.left("", ".real"), 0);
    // One at a time.
    let lock = fs::File::open(place.path("real")).unwrap();
    lock.lock().unwrap();
    let output = place.command("link").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("另一个 export-site"));
}

#[test]
fn everybody_can_read_a_site_whatever_the_umask_says() {
    let place = Place::new();
    let mut shell = Command::new("bash");
    shell.args(["-c", "umask 077; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_qianglian"), "export-site"]);
    let output = shell.args([&place.text("sites/one"), "--data", &place.text("data")]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (path, (_, mode)) in files(&place.path("sites")) {
        assert_eq!(mode, 0o644, "{}", path.display());
    }
}

#[test]
fn a_directory_that_can_be_written_is_enough() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    // As root everything can be written: as somebody else, who may run the program where it is.
    let who = postgres::unprivileged();
    let program = path("qianglian");
    fs::copy(env!("CARGO_BIN_EXE_qianglian"), &program).unwrap();
    for folder in ["data", "web", "web/site"] {
        fs::create_dir(path(folder)).unwrap();
        if let (Some((user, group)), true) = (who, folder != "web") {
            chown(path(folder), Some(user), Some(group)).unwrap();
        }
    }
    for (folder, mode) in [("", 0o755), ("web", 0o555)] {
        fs::set_permissions(path(folder), fs::Permissions::from_mode(mode)).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        if let Some((user, group)) = who {
            command.uid(user).gid(group);
        }
        let output =
            command.args(arguments).args(["--data", path("data").to_str().unwrap()]).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run(&["migrate"]), (0, String::new()));
    let (site, other) = (path("web/site"), path("web/other"));
    for _ in 0..2 {
        assert_eq!(run(&["export-site", site.to_str().unwrap()]), (0, String::new()));
    }
    assert!(pages(&site).len() > 20);
    let (status, told) = run(&["export-site", other.to_str().unwrap()]);
    assert_eq!((status, told.contains("没有权限") && told.contains("web/other")), (1, true), "{told}");
    fs::set_permissions(path("web"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn where_nothing_more_can_be_written_the_former_site_stays() {
    needs!(PostgreSql);
    let place = Place::new();
    place.export("site");
    let before = files(&place.path("site"));
    let database = postgres::server().fresh(|url| {
        let address = qianglian::db::Address::Postgres(url.to_owned());
        qianglian::db::migrate(&mut qianglian::db::Conn::open(&address).unwrap()).unwrap();
    });
    // No file may grow past 8 KiB: on SQLite the copy of the database can't be written, on PostgreSQL a page.
    for database in [None, Some(&database.url)] {
        let mut shell = Command::new("bash");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_qianglian")]);
        shell.args(["export-site", &place.text("site"), "--data", &place.text("data")]);
        if let Some(url) = database {
            // The keys are another database's.
            let _ = fs::remove_file(place.path("data/keys.json"));
            let accepted =
                run(&["keys", "accept", "--data", &place.text("data"), "--database-url", url], b"");
            assert_eq!(accepted.status, 0, "{}", accepted.stderr);
            shell.args(["--database-url", url]);
        }
        let output = shell.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let words = ["ulimit -f", "磁盘", "存储空间"];
        assert!(!output.status.success() && words.iter().any(|word| told.contains(word)), "{told}");
        assert_eq!(files(&place.path("site")), before);
        assert_eq!((place.left("data", "export-"), place.left("site", ".qianglian")), (0, 0));
    }
}
