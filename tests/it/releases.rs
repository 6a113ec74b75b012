//! Databases of releases before: each, as that release left it, is opened, migrated, found well and read.
//!
//! `tests/releases/<version>-<newest migration>/` has one archive for each database. They are made once, by the program of
//! that release (`docs/testing.md`), and never changed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use qianglian::clock::Clock;
use qianglian::db::{Address, Conn};
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::announcements::announced;
use super::support::app::{App, On, time};
use super::support::browser::Browser;
use super::support::programs::needs;
use super::support::review::review_settings;
use super::support::{postgres, text};

/// What an archive holds.
const DATABASE: &str = "qianglian.db";
const DUMP: &str = "dump.sql";
const READ: &str = "read.json";
const KEYS: &str = "keys.json";
const EVIDENCE: &str = "evidence";

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    told: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases")
}

fn archive(on: On) -> &'static str {
    match on {
        On::Sqlite => "sqlite.tar.gz",
        On::Postgres => "postgres.tar.gz",
    }
}

/// What people read of a competition that is over, as far as every version must tell it alike.
async fn read(app: &App, competition: &str) -> Value {
    let public = app.public();
    let announcement = public.get(&format!("/api/v1/competitions/{competition}/announcement")).await.ok();
    let notice = public.get(&format!("/api/v1/competitions/{competition}/notices")).await.all();
    let titles = public.get("/api/v1/titles").await.ok();
    let office = app.known(Role::Office, None).await;
    let at = format!("/api/v1/competitions/{competition}");
    let ranking = office.get(&format!("{at}/tallies/1/ranking")).await.ok();
    let settings = office.get(&at).await.ok();
    let standings: Vec<Value> = ranking["result"]["groups"][0]["standings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["application"], one["rank"], one["score"]]))
        .collect();
    let winners: Vec<Value> = announcement["winners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["application"], one["award"], one["score"]]))
        .collect();
    let titles: Vec<Value> = titles["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            json!([one["content"]["application"], one["valid_from"], one["valid_until"], one["state"]])
        })
        .collect();
    json!({
        "edition": competition,
        "settings": settings["digest"],
        "notice": notice["digest"],
        "announcement": announcement["digest"],
        "standings": standings,
        "winners": winners,
        "titles": titles,
    })
}

/// A new directory with what an archive holds.
fn unpacked(archive: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = GzDecoder::new(File::open(archive).unwrap());
    tar::Archive::new(file).unpack(directory.path()).unwrap();
    fs::set_permissions(directory.path().join(KEYS), fs::Permissions::from_mode(0o600)).unwrap();
    directory
}

/// A PostgreSQL database with what a dump says.
fn filled(dump: &Path) -> postgres::Database {
    let database = App::postgres();
    let mut conn = Conn::open(&Address::Postgres(database.url.clone())).unwrap();
    conn.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    // Lines with a backslash are for `psql` alone.
    let dump = fs::read_to_string(dump).unwrap();
    let statements: Vec<&str> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
    conn.batch_execute(&statements.join("\n")).unwrap();
    database
}

async fn is_read_as_before(on: On, release: &Path) {
    let directory = unpacked(&release.join(archive(on)));
    let (address, database) = match on {
        On::Sqlite => (Address::Sqlite(directory.path().join(DATABASE).display().to_string()), None),
        On::Postgres => {
            let database = filled(&directory.path().join(DUMP));
            (Address::Postgres(database.url.clone()), Some(database))
        }
    };
    let before: Value = serde_json::from_slice(&fs::read(directory.path().join(READ)).unwrap()).unwrap();
    let held_before = held(&address);
    qianglian::db::migrate(&mut Conn::open(&address).unwrap()).unwrap();
    let lost: Vec<String> = held_before.difference(&held(&address)).cloned().collect();
    assert!(held_before.len() > 80 && lost.is_empty(), "{lost:?}");
    let clock = Clock::simulated(time("2026-07-20T09:00:00+08:00"), 4_711);
    let app = App::over(address, database, directory, clock).await;
    app.look_for_broken_invariants().await;
    let competition = text(&before["edition"]);
    assert_eq!(read(&app, competition).await, before, "{}", release.display());
    let anybody = Browser::new(&app);
    for page in [
        "/".to_owned(),
        "/archive".to_owned(),
        "/chains".to_owned(),
        "/titles".to_owned(),
        format!("/editions/{competition}"),
        format!("/notices/{competition}"),
        format!("/announcements/{competition}"),
    ] {
        assert_eq!(anybody.get(&page).await.status, 200, "{page}");
    }
    // What it holds can be worked with, too.
    let office = app.known(Role::Office, None).await;
    office.post("/api/v1/competitions", review_settings()).await.ok();
    app.look_for_broken_invariants().await;
}

/// What a migration must not lose: tables, indexes, triggers, references, and rows.
fn held(address: &Address) -> BTreeSet<String> {
    let mut conn = Conn::open(address).unwrap();
    let (things, tables) = match address {
        Address::Sqlite(_) => (
            "SELECT type || ' ' || name AS told FROM sqlite_schema \
             UNION SELECT 'reference ' || t.name || ' ' || f.\"from\" FROM sqlite_schema t \
             JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
            "SELECT name AS told FROM sqlite_schema WHERE type = 'table'",
        ),
        Address::Postgres(_) => (
            "SELECT 'index ' || indexname AS told FROM pg_indexes WHERE schemaname = 'public' \
             UNION SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal \
             UNION SELECT 'reference ' || conname FROM pg_constraint WHERE contype = 'f'",
            "SELECT tablename::text AS told FROM pg_tables WHERE schemaname = 'public'",
        ),
    };
    let mut ask = |query: &str| -> Vec<String> {
        sql_query(query).load::<Told>(&mut conn).unwrap().into_iter().map(|row| row.told).collect()
    };
    let mut held: BTreeSet<String> = ask(things).into_iter().collect();
    for table in ask(tables).into_iter().filter(|table| !table.starts_with("__diesel")) {
        let rows = ask(&format!("SELECT CAST(count(*) AS TEXT) AS told FROM {table}")).remove(0);
        held.insert(format!("{rows} rows of {table}"));
    }
    held
}

fn releases() -> BTreeSet<PathBuf> {
    let found = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    found.filter(|path| path.is_dir()).collect()
}

fn each_is_read_as_before(on: On) {
    let releases = releases();
    assert!(!releases.is_empty());
    for release in releases {
        actix_web::rt::System::new().block_on(is_read_as_before(on, &release));
    }
}

#[test]
fn what_releases_before_left_in_sqlite_is_migrated_and_read() {
    each_is_read_as_before(On::Sqlite);
}

#[test]
fn what_releases_before_left_in_postgresql_is_migrated_and_read() {
    needs!(PostgreSql);
    each_is_read_as_before(On::Postgres);
}

/// A competition to its announcement, packed as this version of the program stores it.
async fn pack(on: On, into: &Path) {
    let app = App::start(on).await;
    let competition = announced(&app, review_settings()).await;
    let (made, data) = (tempfile::tempdir().unwrap(), app.directory.path());
    let read = read(&app, &competition.id).await;
    fs::write(made.path().join(READ), format!("{read:#}\n")).unwrap();
    match &app.address {
        Address::Sqlite(_) => {
            let copy = made.path().join(DATABASE).display().to_string();
            Conn::open(&app.address).unwrap().batch_execute(&format!("VACUUM INTO '{copy}'")).unwrap();
        }
        Address::Postgres(url) => {
            let dump = Command::new(postgres::programs().unwrap().join("pg_dump"))
                .args(["--inserts", "--rows-per-insert=50", "--no-owner", "--no-privileges", "--dbname", url])
                .output()
                .unwrap();
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            fs::write(made.path().join(DUMP), dump.stdout).unwrap();
        }
    }
    let database = if on == On::Sqlite { DATABASE } else { DUMP };
    let mut tar = tar::Builder::new(GzEncoder::new(
        File::create_new(into.join(archive(on))).unwrap(),
        Compression::best(),
    ));
    tar.mode(tar::HeaderMode::Deterministic);
    for (folder, name) in [(made.path(), READ), (made.path(), database), (data, KEYS)] {
        tar.append_path_with_name(folder.join(name), name).unwrap();
    }
    tar.append_dir_all(EVIDENCE, data.join(EVIDENCE)).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
}

/// Run once at each release, on its own program; it never replaces what is there.
#[test]
#[ignore = "makes the databases of a release"]
fn make_the_databases_of_this_release() {
    let directory = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(directory.path().join(DATABASE).display().to_string());
    let mut conn = Conn::open(&address).unwrap();
    qianglian::db::migrate(&mut conn).unwrap();
    let newest = "SELECT max(version) AS told FROM __diesel_schema_migrations";
    let newest: Told = sql_query(newest).get_result(&mut conn).unwrap();
    let into = folder().join(format!("{}-{}", env!("CARGO_PKG_VERSION"), newest.told));
    fs::create_dir_all(folder()).unwrap();
    fs::create_dir(&into).unwrap();
    for on in [On::Sqlite, On::Postgres] {
        actix_web::rt::System::new().block_on(pack(on, &into));
    }
}
