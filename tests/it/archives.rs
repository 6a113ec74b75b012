//! The archive of a competition: whole, the same again, for those who may have it, and checked by a program of its own.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use qianglian::domain::access::Role;
use qianglian::domain::record::digest_of;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use super::announcements::announced;
use super::support::app::{App, User, on_both};
use super::support::browser::Browser;
use super::support::review::{Competition, review_settings};
use super::support::story::{SUZHOU, SUZHOU_PARK};
use super::support::text;

type Files = BTreeMap<String, Vec<u8>>;

fn address(competition: &Competition) -> String {
    format!("/api/v1/competitions/{}/archive", competition.id)
}

fn periods() -> Value {
    json!({ "retention": { "result": "permanent", "review": "thirty_years", "filing": "ten_years" } })
}

/// Issues the certificate of a title, with a number.
async fn issued_certificate(office: &User<'_>, competition: &Competition, title: &str) -> Value {
    let id = &competition.id;
    let from = format!("/api/v1/titles/{title}");
    let draft = office
        .get(&format!("/api/v1/competitions/{id}/document-draft?address={from}&key=certificate"))
        .await
        .ok();
    let issue = json!({
        "address": from, "document": "certificate", "drafted_digest": draft["drafted_digest"],
        "edits": { "number": "强链证〔2026〕1号" },
    });
    office.post(&format!("/api/v1/competitions/{id}/issued-documents"), issue).await.ok()
}

async fn content(user: &User<'_>, competition: &Competition) -> Vec<u8> {
    let answer = user.get(&format!("{}/content", address(competition))).await;
    assert_eq!(
        (answer.status, answer.headers["content-type"].as_str()),
        (200, "application/zip"),
        "{}",
        answer.text
    );
    answer.bytes
}

fn unpacked(bytes: &[u8]) -> Files {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = Files::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut whole = Vec::new();
        file.read_to_end(&mut whole).unwrap();
        let name = file.name().unwrap().into_owned();
        assert!(files.insert(name.clone(), whole).is_none(), "{name} stands twice");
    }
    files
}

fn packed(files: &Files) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// What the checker says of an archive or a folder.
fn check(path: &Path) -> Output {
    let checker = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/archive/check.py");
    Command::new("python3").arg(checker).arg(path).output().expect("python3 runs")
}

fn says(path: &Path, code: i32, words: &str) {
    let said = check(path);
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&said.stderr));
    assert!(text.lines().any(|line| line.starts_with(words)), "{words}: {text}");
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A changed byte, a file that is gone and one that was added are each found, in the archive and in its folder.
fn damage_is_found(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    says(&written(folder.path(), "whole.zip", bytes), 0, "完好 whole");
    let files = unpacked(bytes);
    let evidence = files.keys().find(|name| name.contains("/evidence/")).unwrap().clone();
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        files
    };
    let cases: [(&str, Files, String); 4] = [
        (
            "changed",
            changed(&|files| files.get_mut(&evidence).unwrap()[7] ^= 1),
            format!("改动 changed: {evidence}"),
        ),
        ("gone", changed(&|files| drop(files.remove(&evidence))), format!("缺失 missing: {evidence}")),
        (
            "more",
            changed(&|files| drop(files.insert("more.txt".to_owned(), vec![1]))),
            "多出 added: more.txt".to_owned(),
        ),
        ("sums", changed(&|files| drop(files.remove("SHA256SUMS"))), "缺失 missing: SHA256SUMS".to_owned()),
    ];
    for (name, files, words) in &cases {
        says(&written(folder.path(), &format!("{name}.zip"), &packed(files)), 1, words);
        let place = folder.path().join(name);
        for (path, bytes) in files {
            written(&place, path, bytes);
        }
        says(&place, 1, words);
    }
    // A byte of the file itself, within what is stored.
    let mut broken = bytes.to_vec();
    let place = bytes.windows(5).position(|window| window == b"%PDF-").unwrap();
    broken[place + 9] ^= 1;
    says(&written(folder.path(), "broken.zip", &broken), 1, "改动 changed");
}

async fn events(app: &App, competition: &Competition) -> String {
    let supervisor = app.known(Role::Supervisor, None).await;
    supervisor.get(&format!("/api/v1/audit/export?competition_id={}", competition.id)).await.text
}

on_both! {
    async fn an_archive_has_all_that_there_is_and_is_the_same_again(app) {
        let competition = announced(&app, review_settings()).await;
        app.at("2026-07-10T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let title = office.get("/api/v1/titles").await.all()[0]["id"].clone();
        let issued = issued_certificate(&office, &competition, text(&title)).await;
        office.post(&address(&competition), periods()).await.ok();
        let trail = events(&app, &competition).await;
        let supervisor = app.known(Role::Supervisor, None).await;
        let bytes = content(&supervisor, &competition).await;
        // It is the same on another day, and reading it leaves no trace.
        app.at("2026-07-20T09:00:00+08:00");
        let supervisor = app.known(Role::Supervisor, None).await;
        assert!(content(&supervisor, &competition).await == bytes, "the same bytes");
        assert_eq!(events(&app, &competition).await, trail);
        let files = unpacked(&bytes);
        assert_eq!(String::from_utf8_lossy(&files["records/trail.ndjson"]), trail);
        for name in [
            "competition/call.pdf", "competition/draw_record.pdf", "competition/ranking-1.pdf", "competition/minutes.pdf",
            "competition/notice.pdf", "competition/announcement.pdf", "records/draw-1.json", "records/tally/1.json", "README.txt",
        ] {
            assert!(files.contains_key(name), "{name} is missing: {:?}", files.keys());
        }
        for name in [format!("competition/award-{0}.pdf", text(&title)), format!("competition/certificate-{0}.pdf", text(&title)), format!("issued/{}.pdf", &text(&issued["digest"])[..16])] {
            assert!(files[&name].starts_with(b"%PDF-"), "{name}");
        }
        let catalogue: Value = serde_json::from_slice(&files["catalogue.json"]).unwrap();
        let item = catalogue["items"].as_array().unwrap().iter().find(|item| text(&item["path"]).starts_with("issued/")).unwrap();
        let award = catalogue["items"].as_array().unwrap().iter().find(|item| item["path"] == format!("competition/award-{}.pdf", text(&title))).unwrap();
        assert!(text(&award["title"]).ends_with(" 获奖通知") && text(&award["date"]) == "2026-07-09", "{award}");
        assert_eq!((text(&item["document"]), text(&item["date"]), text(&item["class"])), ("强链证〔2026〕1号", "2026-07-10", "result"));
        let tally = supervisor.get(&format!("/api/v1/competitions/{}/tallies/1", competition.id)).await.text;
        assert_eq!(String::from_utf8_lossy(&files["records/tally/1.json"]), tally);
        let mut evidence = 0;
        for id in &competition.applications {
            let view = supervisor.get(&format!("/api/v1/applications/{id}")).await.ok();
            let folder = format!("applications/{}", text(&view["number"]));
            for form in ["application", "receipt-1", "record", "sheets", "points"] {
                assert!(files[&format!("{folder}/{form}.pdf")].starts_with(b"%PDF-"), "{folder}/{form}");
            }
            let list = supervisor.get(&format!("/api/v1/applications/{id}/evidence")).await.ok();
            for one in list["items"].as_array().unwrap() {
                let kept = files.iter().filter(|(name, bytes)| {
                    name.starts_with(&format!("{folder}/evidence/")) && digest_of(bytes).to_string() == text(&one["digest"])
                });
                assert!(kept.count() >= 1, "{one}");
                evidence += 1;
            }
        }
        assert!(evidence > 3);
        catalogue_tells_all(&files);
        damage_is_found(&bytes);
    }

    async fn only_the_office_archives_and_only_it_and_supervisors_have_the_archive(app) {
        let competition = announced(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        office.get(&format!("{}/content", address(&competition))).await.refused(409, "not_archived");
        let view = office.get(&address(&competition)).await.ok();
        assert_eq!((&view["archived_at"], &view["classes"][0]["kept_for"]), (&Value::Null, &json!("permanent")));
        let supervisor = app.known(Role::Supervisor, None).await;
        supervisor.post(&address(&competition), periods()).await.refused(403, "not_your_role");
        let mut periods = periods();
        periods["retention"]["filing"] = json!("permanent");
        office.post(&address(&competition), periods).await.ok();
        let files = unpacked(&content(&office, &competition).await);
        assert!(!files.contains_key("records/trail.ndjson"), "the trail is the supervisors'");
        let catalogue: Value = serde_json::from_slice(&files["catalogue.json"]).unwrap();
        let filed = catalogue["items"].as_array().unwrap().iter().filter(|item| item["class"] == "filing");
        assert!(filed.clone().count() == 0 || filed.clone().all(|item| item["retention"] == "permanent"));
        for (role, region) in [(Role::Applicant, Some(SUZHOU_PARK)), (Role::CityReviewer, Some(SUZHOU)), (Role::Admin, None)] {
            let user = app.known(role, region).await;
            for path in [address(&competition), format!("{}/content", address(&competition))] {
                user.get(&path).await.refused(403, "not_your_role");
            }
        }
        app.public().get(&format!("{}/content", address(&competition))).await.refused(401, "log_in_first");
        // By the page.
        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get(&format!("/competitions/{}/archive", competition.id)).await;
        assert!(page.html.contains("/archive/content"), "{}", page.text());
        let done = browser.send(&page.form(&format!("/act/v1/competitions/{}/archive", competition.id))).await;
        assert!(done.text().contains("已归档"), "{}", done.text());
        let chain = events(&app, &competition).await;
        assert_eq!(chain.matches("\"action\":\"competition.archive\"").count(), 2);
    }

    async fn nothing_is_archived_before_it_is_announced(app) {
        let office = app.known(Role::Office, None).await;
        let made = office.post("/api/v1/competitions", review_settings()).await.ok();
        let at = format!("/api/v1/competitions/{}/archive", text(&made["id"]));
        office.get(&at).await.refused(409, "not_announced");
        office.post(&at, periods()).await.refused(409, "stage_closed");
    }
}

/// Each file is in the sums and, but for those of the archive itself, in the catalogue, under numbers without gaps.
fn catalogue_tells_all(files: &Files) {
    let catalogue: Value = serde_json::from_slice(&files["catalogue.json"]).unwrap();
    let items = catalogue["items"].as_array().unwrap();
    for (index, item) in items.iter().enumerate() {
        assert_eq!(item["number"], index + 1);
        let bytes = &files[text(&item["path"])];
        assert_eq!(
            (text(&item["digest"]), &item["size"]),
            (&*digest_of(bytes).to_string(), &json!(bytes.len()))
        );
        for member in ["title", "responsible", "retention"] {
            assert!(!text(&item[member]).is_empty(), "{item}");
        }
    }
    assert_eq!(items.len() + 4, files.len());
    let announcement = items.iter().find(|item| item["path"] == "competition/announcement.pdf").unwrap();
    assert_eq!(
        (&announcement["date"], &announcement["retention"]),
        (&json!("2026-07-09"), &json!("permanent"))
    );
    assert!(!text(&announcement["document"]).is_empty());
    let csv = String::from_utf8(files["catalogue.csv"].clone()).unwrap();
    let mut reader = csv::Reader::from_reader(csv.strip_prefix('\u{feff}').unwrap().as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(items) {
        assert_eq!(
            (&row[1], &row[7], &row[9]),
            (text(&item["title"]), text(&item["path"]), text(&item["digest"]))
        );
    }
}
