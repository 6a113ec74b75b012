//! `qianglian doctor` finds nothing in what stories leave, names each damage that is done behind the service's back, and
//! works beside it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::actions::doctor::{self, Report};
use qianglian::db::{Address, Conn};
use qianglian::domain::access::Role;
use qianglian::files::FileStore;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::made_files::pdf;
use super::serving::Running;
use super::support::app::{App, On, content_digest, on_both};
use super::support::review::{Competition, announcement, closed, meeting, notice, objected, review_settings};
use super::support::story::SUZHOU;
use super::support::{run, text};

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    told: String,
}

fn ask(conn: &mut Conn, query: &str) -> String {
    let rows: Vec<Told> = sql_query(query).load(conn).unwrap();
    assert_eq!(rows.len(), 1, "{query}");
    rows.into_iter().next().unwrap().told
}

/// A connection of somebody who owns the database, for whom neither triggers nor foreign keys hold.
fn owner(app: &App) -> Conn {
    let mut conn = Conn::open(&app.address).unwrap();
    match &app.address {
        Address::Postgres(_) => conn.batch_execute("SET session_replication_role = replica").unwrap(),
        Address::Sqlite(_) => {
            conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
            let triggers = "SELECT name AS told FROM sqlite_schema WHERE type = 'trigger'";
            for trigger in sql_query(triggers).load::<Told>(&mut conn).unwrap() {
                conn.batch_execute(&format!("DROP TRIGGER {}", trigger.told)).unwrap();
            }
        }
    }
    conn
}

/// A competition with everything: announced, a title reported on, an objection with a file.
async fn whole_story(app: &App) -> Competition {
    let competition = closed(app, review_settings()).await;
    let at = format!("/api/v1/competitions/{}", competition.id);
    let office = app.known(Role::Office, None).await;
    office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
    office.post(&format!("{at}/notices"), notice("2026-07-02")).await.ok();
    app.at("2026-07-02T10:00:00+08:00");
    let receipt = objected(app, &competition, &competition.applications[1]).await;
    let bytes = pdf(800);
    let digest = content_digest(&bytes);
    let headers = [("content-digest", digest.as_str()), ("objection-code", text(&receipt["code"]))];
    let path = "/api/v1/objection-files?name=a.pdf";
    app.public().send_bytes("POST", path, Some(bytes), &headers).await.ok();
    app.at("2026-07-20T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    office.post(&format!("{at}/announcements"), announcement()).await.ok();
    competition
}

async fn looked(app: &App) -> Report {
    let mut report = doctor::database(&mut Conn::open(&app.address).unwrap()).unwrap();
    let store = FileStore::local(app.directory.path()).unwrap();
    doctor::files(&store, &mut report, app.clock.now(), true).await.unwrap();
    report
}

fn told(report: &Report) -> Vec<String> {
    report.findings.iter().map(|found| format!("{} {} {found}", found.wrong.code(), found.record)).collect()
}

/// Something that is done to the database, and what must be told of it.
struct Damage {
    tables: &'static [&'static str],
    statement: String,
    /// What the record that is told begins with.
    record: String,
    code: &'static str,
    /// Kinds of records of which more may be told: those that rest on it.
    beside: &'static [&'static str],
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A statement that changes the content of a document, and its digest with it.
fn resealed(conn: &mut Conn, rows: &str, change: impl Fn(&mut Value)) -> String {
    let content = ask(conn, &format!("SELECT content AS told FROM document WHERE {rows}"));
    let mut value: Value = serde_json::from_str(&content).unwrap();
    change(&mut value);
    let content = serde_json_canonicalizer::to_string(&value).unwrap();
    let digest = hex::encode(Sha256::digest(&content));
    format!("UPDATE document SET content = {}, digest = '{digest}' WHERE {rows}", quoted(&content))
}

fn damages(conn: &mut Conn, competition: &Competition) -> Vec<Damage> {
    let (id, application) = (&competition.id, &competition.applications[0]);
    let mut all = Vec::new();
    let mut add = |tables, statement: String, record: String, code, beside| {
        all.push(Damage { tables, statement, record, code, beside });
    };
    let append =
        |table: &str, rows: &str| format!("UPDATE {table} SET content = content || ' ' WHERE {rows}");
    let of = |kind: &str| format!("competition_id = '{id}' AND kind = '{kind}'");
    let sheets = format!("{} AND subject LIKE '{application}/%'", of("sheet"));
    let expert = ask(
        conn,
        &format!("SELECT MIN(expert_id) AS told FROM sheet WHERE application_id = '{application}'"),
    );
    let sheet = format!("{} AND subject = '{application}/{expert}'", of("sheet"));
    let sheet_row = format!("application_id = '{application}' AND expert_id = '{expert}'");
    let none: &[&str] = &[];
    let other = "0".repeat(64);

    // What carries the digest of its content.
    add(
        &["competition_version"],
        append("competition_version", &format!("competition_id = '{id}' AND number = 1")),
        "settings/1".into(),
        "altered",
        none,
    );
    add(&["dataset"], append("dataset", "kind = 'catalogue'"), "catalogue/".into(), "altered", none);
    add(&["dataset"], append("dataset", "kind = 'working_days'"), "working_days/".into(), "altered", none);
    add(
        &["submission"],
        append("submission", &format!("application_id = '{application}'")),
        format!("submission/{application}/1"),
        "altered",
        none,
    );
    add(
        &["application_part_version"],
        append("application_part_version", &format!("application_id = '{application}' AND part = 'profile'")),
        format!("part/{application}/profile/"),
        "altered",
        none,
    );
    add(
        &["recommendation_list"],
        append("recommendation_list", &format!("competition_id = '{id}' AND city = '{SUZHOU}'")),
        format!("list/{SUZHOU}"),
        "altered",
        none,
    );
    add(
        &["draw"],
        append("draw", &format!("competition_id = '{id}'")),
        "draw/1".into(),
        "altered",
        &["seat", "notice"],
    );
    add(
        &["document"],
        append("document", &sheets),
        format!("sheet/{application}/{expert}/1"),
        "altered",
        &["sheet", "tally"],
    );
    for kind in
        ["inspection", "declaration", "partner_consent", "tally_check", "selection", "notice", "announcement"]
    {
        add(
            &["document"],
            append("document", &of(kind)),
            format!("{kind}/"),
            "altered",
            &["inspection", "declaration", "title"],
        );
    }
    add(&["document"], append("document", &of("tally")), "tally/1".into(), "altered", none);
    add(
        &["document"],
        format!("UPDATE document SET digest = '{other}' WHERE {}", of("selection")),
        "selection/1".into(),
        "altered",
        &["notice", "event", "selection"],
    );
    // The draw is drawn again.
    add(
        &["draw"],
        format!("UPDATE draw SET secret = secret || '0' WHERE competition_id = '{id}'"),
        "draw/1".into(),
        "disagrees",
        &["seat", "notice"],
    );
    add(
        &["draw"],
        format!(
            "UPDATE draw SET result = replace(result, '\"short\":[]', '\"short\":[\"x\"]') WHERE competition_id = '{id}'"
        ),
        "draw/1".into(),
        "disagrees",
        none,
    );
    add(
        &["draw"],
        format!("UPDATE draw SET state = 'void' WHERE competition_id = '{id}'"),
        "notice/1".into(),
        "names_missing",
        &["seat"],
    );
    add(
        &["panel_seat"],
        format!("UPDATE panel_seat SET expert_id = '{id}' WHERE competition_id = '{id}' AND position = 1"),
        "seat/".into(),
        "orphan",
        &["table"],
    );
    // Rows without documents, and documents without rows.
    add(
        &["document"],
        format!("DELETE FROM document WHERE {sheet}"),
        format!("sheet_row/{application}/{expert}"),
        "names_missing",
        &["event", "tally"],
    );
    add(
        &["sheet"],
        format!("DELETE FROM sheet WHERE {sheet_row}"),
        format!("sheet/{application}/{expert}/1"),
        "orphan",
        none,
    );
    add(
        &["sheet"],
        format!("UPDATE sheet SET version = 2 WHERE {sheet_row}"),
        format!("sheet_row/{application}/{expert}"),
        "names_missing",
        none,
    );
    add(
        &["sheet"],
        format!("UPDATE sheet SET version = 0 WHERE {sheet_row}"),
        format!("sheet_row/{application}/{expert}"),
        "disagrees",
        none,
    );
    add(
        &["sheet"],
        format!("UPDATE sheet SET digest = '{other}' WHERE {sheet_row}"),
        format!("sheet_row/{application}/{expert}"),
        "disagrees",
        none,
    );
    add(
        &["sheet"],
        format!("UPDATE sheet SET content = '{{' WHERE {sheet_row}"),
        format!("sheet_row/{application}/{expert}"),
        "unreadable",
        none,
    );
    add(
        &["document"],
        format!("DELETE FROM document WHERE {} AND subject = '{application}'", of("inspection")),
        format!("inspection_row/{application}"),
        "names_missing",
        &["event"],
    );
    add(
        &["inspection"],
        format!("DELETE FROM inspection WHERE application_id = '{application}'"),
        format!("inspection/{application}/1"),
        "orphan",
        none,
    );
    add(
        &["inspection"],
        format!("UPDATE inspection SET record = 'x' WHERE application_id = '{application}'"),
        format!("inspection_row/{application}"),
        "unreadable",
        none,
    );
    add(
        &["competition_version"],
        format!("DELETE FROM competition_version WHERE competition_id = '{id}' AND number = 1"),
        format!("competition/{id}"),
        "names_missing",
        &["sheet", "settings"],
    );
    add(
        &["document"],
        format!("UPDATE document SET number = 3 WHERE {}", of("selection")),
        "selection/2".into(),
        "missing",
        &["selection"],
    );
    add(
        &["submission"],
        format!("DELETE FROM submission WHERE application_id = '{application}'"),
        format!("submission/{application}/1"),
        "missing",
        &["list"],
    );
    add(
        &["submission"],
        format!("UPDATE submission SET number = 2 WHERE application_id = '{application}'"),
        format!("submission/{application}/1"),
        "missing",
        &["list"],
    );
    add(
        &["application_part"],
        format!(
            "UPDATE application_part SET content = content || ' ' WHERE application_id = '{application}' AND part = 'profile'"
        ),
        format!("application_part/{application}/profile"),
        "disagrees",
        none,
    );
    add(
        &["application_part_version"],
        format!(
            "DELETE FROM application_part_version WHERE application_id = '{application}' AND part = 'firms'"
        ),
        format!("application_part/{application}/firms"),
        "names_missing",
        none,
    );
    add(
        &["recommendation"],
        format!("UPDATE recommendation SET place = 9 WHERE application_id = '{application}'"),
        format!("list/{SUZHOU}"),
        "disagrees",
        none,
    );
    add(
        &["recommendation"],
        format!("DELETE FROM recommendation WHERE application_id = '{application}'"),
        format!("list/{SUZHOU}"),
        "disagrees",
        none,
    );
    add(
        &["evidence"],
        format!(
            "UPDATE evidence SET digest = '{other}' WHERE application_id = '{application}' AND office_only = (1 = 0)"
        ),
        format!("submission/{application}/1"),
        "names_missing",
        none,
    );
    add(
        &["edition_secret"],
        "DELETE FROM edition_secret".into(),
        format!("edition_secret/{id}"),
        "missing",
        none,
    );
    add(
        &["expert"],
        format!("UPDATE expert SET content = '' WHERE id = '{expert}'"),
        format!("expert/{expert}"),
        "unreadable",
        none,
    );
    add(&["objection"], "UPDATE objection SET steps = 'x'".into(), "objection/".into(), "unreadable", none);
    // What was changed with its digest: nothing that follows from it, and no event, knows it.
    add(
        &["document"],
        resealed(conn, &sheet, |sheet| sheet["content"]["marks"][0]["score"] = json!("0")),
        format!("sheet/{application}/{expert}/1"),
        "unrecorded",
        &["event", "tally", "sheet_row"],
    );
    add(
        &["document"],
        resealed(conn, &of("tally"), |tally| tally["applications"][0]["title"] = json!("甲")),
        "tally/1".into(),
        "unrecorded",
        &["event", "tally_check", "selection", "announcement"],
    );
    add(
        &["document"],
        resealed(conn, &of("tally"), |tally| tally["sheets"][0]["scores"] = json!({})),
        "tally/1".into(),
        "names_missing",
        &["tally", "event", "tally_check", "selection", "announcement"],
    );
    add(
        &["document"],
        resealed(conn, &of("selection"), |selection| selection["entries"][0]["place"] = json!(7)),
        "selection/1".into(),
        "disagrees",
        &["event", "selection", "notice"],
    );
    add(
        &["document"],
        resealed(conn, &of("selection"), |selection| selection["format"] = json!("x/9")),
        "selection/1".into(),
        "unreadable",
        &["event", "selection", "notice"],
    );
    add(
        &["document"],
        resealed(conn, &of("notice"), |notice| notice["entries"] = json!([])),
        "notice/1".into(),
        "disagrees",
        &["event", "notice", "announcement"],
    );
    add(
        &["document"],
        resealed(conn, &of("announcement"), |told| told["winners"] = json!([])),
        "announcement/1".into(),
        "disagrees",
        &["event", "announcement", "title"],
    );
    add(
        &["document"],
        resealed(conn, &of("announcement"), |told| told["number"] = json!(4)),
        "announcement/1".into(),
        "disagrees",
        &["event", "announcement"],
    );
    add(
        &["document"],
        resealed(conn, &of("announcement"), |told| told["notice"] = json!("0".repeat(64))),
        "announcement/1".into(),
        "names_missing",
        &["event", "announcement"],
    );
    // The chains of events.
    let event = |seq: &str| format!("chain = '{id}' AND seq = {seq}");
    let last = format!("(SELECT seq FROM audit_head WHERE chain = '{id}')");
    add(
        &["audit_event"],
        format!("UPDATE audit_event SET body = replace(body, 'done', 'refused') WHERE {}", event("5")),
        format!("event/{id}/5"),
        "chain_broken",
        &["event", "submission", "sheet", "settings"],
    );
    add(
        &["audit_event"],
        format!("DELETE FROM audit_event WHERE {}", event("2")),
        format!("event/{id}/3"),
        "chain_broken",
        &["submission", "settings"],
    );
    add(
        &["audit_event"],
        format!("DELETE FROM audit_event WHERE {}", event(&last)),
        format!("audit_head/{id}"),
        "chain_broken",
        &["announcement"],
    );
    add(
        &["audit_head"],
        format!("DELETE FROM audit_head WHERE chain = '{id}'"),
        format!("audit_head/{id}"),
        "missing",
        none,
    );
    add(
        &["audit_event"],
        format!("UPDATE audit_event SET action = 'x' WHERE {}", event("5")),
        format!("event/{id}/5"),
        "disagrees",
        none,
    );
    add(
        &["audit_event"],
        format!("UPDATE audit_event SET at = at + 1 WHERE {}", event("5")),
        format!("event/{id}/5"),
        "disagrees",
        none,
    );
    // Titles.
    add(
        &["title"],
        format!("DELETE FROM title WHERE competition_id = '{id}'"),
        "title/".into(),
        "missing",
        &["title"],
    );
    add(
        &["title"],
        "UPDATE title SET valid_until = '2039-01-01'".into(),
        "title/".into(),
        "disagrees",
        &["title"],
    );
    add(&["title"], "UPDATE title SET state = 'revoked'".into(), "title/".into(), "disagrees", &["title"]);
    add(
        &["title"],
        "UPDATE title SET content = replace(content, '\"award_name\":\"', '\"award_name\":\"x')".into(),
        "title/".into(),
        "names_missing",
        &["title"],
    );
    all
}

/// Does a damage, sees it told, and puts the tables back.
fn is_told(conn: &mut Conn, damage: &Damage) -> Vec<String> {
    for table in damage.tables {
        conn.batch_execute(&format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}")).unwrap();
    }
    conn.batch_execute(&damage.statement).unwrap_or_else(|error| panic!("{}: {error}", damage.statement));
    let report = doctor::database(conn).unwrap();
    for table in damage.tables {
        conn.batch_execute(&format!(
            "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}; DROP TABLE saved_{table}"
        ))
        .unwrap();
    }
    let is_it = |found: &doctor::Finding| {
        found.wrong.code() == damage.code && found.record.to_string().starts_with(&damage.record)
    };
    let mut wrong = Vec::new();
    if !report.findings.iter().any(is_it) {
        wrong.push(format!("not told: {} {}: {:#?}", damage.code, damage.record, told(&report)));
    }
    for found in &report.findings {
        if !is_it(found) && !damage.beside.contains(&found.record.kind.as_str()) {
            wrong.push(format!(
                "{} {}: also told: {} {found}",
                damage.code,
                damage.record,
                found.wrong.code()
            ));
        }
    }
    wrong
}

/// What is done to a file, and what must be told.
async fn file_damages(app: &App) {
    let report = looked(app).await;
    assert_eq!(told(&report), Vec::<String>::new());
    assert!(report.looked["file"] >= 3 && report.looked["document"] > 20, "{:?}", report.looked);
    let mut conn = Conn::open(&app.address).unwrap();
    let row = "SELECT id || ' ' || digest AS told FROM evidence ORDER BY id LIMIT 1";
    let row = ask(&mut conn, row);
    let (id, digest) = row.split_once(' ').unwrap();
    let folder = app.directory.path().join("evidence").join(&digest[..2]);
    let file = folder.join(digest);
    let bytes = fs::read(&file).unwrap();
    let only = |report: &Report, code: &str, record: &str| {
        let told = told(report);
        assert!(
            !told.is_empty() && told.iter().any(|told| told.contains(record)),
            "{code} {record}: {told:?}"
        );
        assert!(told.iter().all(|told| told.starts_with(code)), "{told:?}");
    };
    let record = format!("evidence/{id}");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    fs::write(&file, &changed).unwrap();
    only(&looked(app).await, "file_altered", &record);
    fs::write(&file, &bytes[1..]).unwrap();
    only(&looked(app).await, "file_size", &record);
    fs::remove_file(&file).unwrap();
    only(&looked(app).await, "file_missing", &record);
    fs::write(&file, &bytes).unwrap();
    let part = app.directory.path().join("spool").join(format!("{}.part", "a".repeat(32)));
    fs::write(&part, b"x").unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    fs::File::open(&part).unwrap().set_modified(long_ago).unwrap();
    only(&looked(app).await, "unfinished_upload", "upload/");
    fs::remove_file(&part).unwrap();
    let stranger = hex::encode(Sha256::digest(b"x"));
    fs::create_dir_all(folder.with_file_name(&stranger[..2])).unwrap();
    let stranger_file: PathBuf = folder.with_file_name(&stranger[..2]).join(&stranger);
    fs::write(&stranger_file, b"x").unwrap();
    let report = looked(app).await;
    assert_eq!(told(&report), Vec::<String>::new());
    assert_eq!(report.notes.len(), 1, "a note, and no finding");
    assert_eq!(report.notes[0].record.to_string(), format!("file/{stranger}"));
}

on_both! {
    async fn every_damage_is_told_by_its_record(app) {
        let competition = whole_story(&app).await;
        file_damages(&app).await;
        let mut conn = owner(&app);
        let damages = damages(&mut conn, &competition);
        assert!(damages.len() >= 30, "{}", damages.len());
        let wrong: Vec<String> = damages.iter().flat_map(|damage| is_told(&mut conn, damage)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // A table that can't be read is told, and the others are looked at all the same.
        conn.batch_execute("ALTER TABLE panel_seat RENAME TO elsewhere; DELETE FROM title").unwrap();
        let told = told(&doctor::database(&mut conn).unwrap());
        assert!(told.iter().any(|told| told.starts_with("unreadable table/panel_seat")), "{told:?}");
        assert!(told.iter().any(|told| told.starts_with("missing title/")), "{told:?}");
        app.is_damaged();
    }
}

#[test]
fn sqlite_is_asked_for_rows_that_name_no_row() {
    actix_web::rt::System::new().block_on(async {
        let app = App::start(On::Sqlite).await;
        app.sign_in(Role::Office, None).await;
        owner(&app).batch_execute("UPDATE session SET account_id = 'nobody'").unwrap();
        let told = told(&doctor::database(&mut Conn::open(&app.address).unwrap()).unwrap());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("database table/session"), "{told:?}");
    });
}

#[test]
fn an_operator_looks_beside_the_running_service() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let nothing = run(&["doctor", "--data", data], b"");
    assert_eq!((nothing.status, nothing.stdout.as_str()), (2, ""));
    assert!(nothing.stderr.contains("没有数据库"), "{}", nothing.stderr);
    assert_eq!(
        run(&["doctor", "--data", data, "--s3-region", "x", "--s3-endpoint", "http://x"], b"").status,
        2
    );
    assert_eq!(run(&["doctor", "--nonsense"], b"").status, 2);
    let running = Running::start(&["--data", data]);
    let whole = run(&["doctor", "--data", data], b"");
    assert_eq!((whole.status, whole.stderr.as_str()), (0, ""), "{}", whole.stdout);
    assert!(whole.stdout.contains("没有发现问题 / nothing is wrong"), "{}", whole.stdout);
    assert!(whole.stdout.contains("dataset 2"), "{}", whole.stdout);
    let path = directory.path().join("qianglian.db").display().to_string();
    let mut conn = Conn::open(&Address::Sqlite(path.clone())).unwrap();
    conn.batch_execute(
        "DROP TRIGGER dataset_no_update; UPDATE dataset SET content = content || ' ' WHERE kind = 'catalogue'",
    )
    .unwrap();
    drop(conn);
    let damaged = run(&["doctor", "--data", data, "--no-files"], b"");
    assert_eq!(damaged.status, 1, "{}", damaged.stdout);
    let line = "catalogue/1：内容与其摘要不符 / is not what its digest was made of\n";
    assert!(damaged.stdout.starts_with(line), "{}", damaged.stdout);
    let damaged = run(&["doctor", "--data", data, "--json"], b"");
    let told: Value = serde_json::from_str(&damaged.stdout).unwrap();
    assert_eq!((damaged.status, &told["format"]), (1, &json!("qianglian-doctor/1")));
    assert_eq!(told["findings"][0]["code"], "altered");
    assert_eq!(told["findings"][0]["record"], json!({ "kind": "catalogue", "id": "1" }));
    running.stop();
    fs::write(&path, "no database, but long enough to be taken for one".repeat(100)).unwrap();
    let broken = run(&["doctor", "--data", data], b"");
    assert_eq!(broken.status, 2, "{}{}", broken.stdout, broken.stderr);
    assert!(!broken.stderr.is_empty());
}
