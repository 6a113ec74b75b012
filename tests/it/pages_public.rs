//! Pages for everybody: what can be reached, objections by forms alone, and the site as files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path, PathBuf};

use qianglian::db::Address;
use qianglian::domain::access::{Action, Role};
use qianglian::http::{Method, endpoints};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::browser::Browser;
use super::support::review::{
    Competition, all_equal, announcement, confirm, meeting, notice, on_notice, review_settings,
};
use super::support::{Run, run, story, text};
use crate::made_files::pdf;

/// The most bytes of a public page.
const MOST_BYTES: usize = 100_000;

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

/// A competition that is announced, was corrected before it, and whose announcement was replaced.
async fn announced_again(app: &App) -> Competition {
    let mut settings = review_settings();
    settings["disclosure"] = json!("ranking");
    let competition = on_notice(app, settings).await;
    let at = format!("/api/v1/competitions/{}", competition.id);
    app.at("2026-07-09T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    let mut settings = office.get(&at).await.ok();
    let revision = settings["revision"].take();
    let mut settings = settings["settings"].take();
    settings["review"]["objection_days"] = json!(20);
    let correction = json!({ "reason": "延长异议答复期限", "settings": settings });
    office.over("POST", &format!("{at}/corrections"), &revision, correction).await.ok();
    office.post(&format!("{at}/announcements"), announcement()).await.ok();
    let mut erratum = announcement();
    erratum["erratum"] = json!("更正文号");
    office.post(&format!("{at}/announcements"), erratum).await.ok();
    competition
}

on_both! {
    async fn all_that_is_public_is_reached_by_links_and_is_the_same_for_everybody(app) {
        let competition = announced_again(&app).await;
        let (nobody, office) = (Browser::new(&app), Browser::of(&app, "office-0").await);
        let mut waiting: VecDeque<String> = ["/".to_owned(), "/en".to_owned()].into();
        let (mut seen, mut read) = (BTreeSet::new(), BTreeSet::new());
        while let Some(address) = waiting.pop_front() {
            let address = address.split('#').next().unwrap().to_owned();
            if address.ends_with("/desk") || address.starts_with("/api/docs") || !seen.insert(address.clone()) {
                continue;
            }
            let page = nobody.get(&address).await;
            assert_eq!(page.status, 200, "{address}");
            if address.starts_with("/api/") || address.starts_with("/data/") {
                read.insert(address.split('?').next().unwrap().to_owned());
            }
            if ["/api/", "/data/", "/assets/"].iter().any(|start| address.starts_with(start)) {
                continue;
            }
            assert!(page.html.len() < MOST_BYTES, "{address} has {} bytes", page.html.len());
            assert_eq!(page.headers["cache-control"], "public, max-age=0, must-revalidate", "{address}");
            assert!(page.headers.contains_key("etag"), "{address}");
            assert_eq!(office.get(&address).await.html, page.html, "{address} differs for the office");
            waiting.extend(page.links());
        }
        let public = |method: Method, action: Action| (method, action) == (Method::Get, Action::ReadPublic);
        for endpoint in endpoints().into_iter().filter(|row| public(row.method, row.action)) {
            let found = read.iter().any(|path| matches(endpoint.path, path));
            assert!(found, "{} is on no page", endpoint.path);
        }
        // What was corrected, replaced and announced can be read.
        let versions = nobody.get(&format!("/editions/{}/versions/2", competition.id)).await.text();
        assert!(versions.contains("延长异议答复期限") && versions.contains("评审规定 › 异议答复期（工作日） 15 20"), "{versions}");
        let replaced = nobody.get(&format!("/announcements/{}/1", competition.id)).await.text();
        assert!(replaced.contains("本次公布已被更正取代"), "{replaced}");
        let holds = nobody.get(&format!("/announcements/{}", competition.id)).await.text();
        assert!(!holds.contains("得分相同而名次不同"), "no totals are equal: {holds}");
        assert!(holds.contains("更正文号") && !holds.contains("取代，仅供查阅"), "{holds}");
        assert_eq!(nobody.get(&format!("/announcements/{}/3", competition.id)).await.status, 404);
    }

    async fn english_pages_say_which_of_their_words_are_chinese(app) {
        let competition = announced_again(&app).await;
        let (nobody, office) = (Browser::new(&app), Browser::of(&app, "office-0").await);
        let (id, application) = (&competition.id, &competition.applications[0]);
        let public = ["", "/chains", "/titles"].map(str::to_owned);
        let of_competition = ["announcements", "notices", "editions"].map(|kind| format!("/{kind}/{id}"));
        let inside = [format!("/competitions/{id}"), format!("/applications/{application}"), format!("/competitions/{id}/tallies/1")];
        let pages = public.into_iter().chain(of_competition).map(|path| (&nobody, path));
        for (browser, path) in pages.chain(inside.map(|path| (&office, path))) {
            let page = browser.get(&format!("/en{path}")).await;
            assert_eq!(page.status, 200, "{path}");
            let parsed = scraper::Html::parse_document(&page.html);
            let texts = parsed.tree.nodes().filter(|node| node.value().is_text());
            let mut chinese = 0;
            for node in texts {
                let text: &str = node.value().as_text().unwrap();
                if !text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
                    continue;
                }
                let languages = node.ancestors().filter_map(|above| above.value().as_element()?.attr("lang"));
                assert_eq!(languages.into_iter().next(), Some("zh-CN"), "{path}: {text}");
                chinese += 1;
            }
            assert!(chinese > 0, "{path}");
        }
    }

    async fn equal_totals_at_different_places_are_explained_to_the_public(app) {
        let mut settings = review_settings();
        settings["rules"]["pass_mark"] = json!("0");
        settings["rules"]["awards"][0]["per_region"] = json!(null);
        let competition = all_equal(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        let ruled = [&competition.applications[2], &competition.applications[0]];
        let ruling = json!({ "reason": "裁定并列", "rulings": ruled, "minutes": "会议纪要" });
        office.post(&format!("{path}/tallies"), ruling).await.ok();
        confirm(&app, &competition, 2).await;
        office.post(&format!("{path}/selections"), json!({ "meeting": meeting() })).await.ok();
        office.post(&format!("{path}/notices"), notice("2026-07-02")).await.ok();
        let browser = Browser::new(&app);
        let explained = "得分相同而名次不同的，按本届评分规则排定：依次比较以下准则的得分：主导产业突出、龙头企业引领、地标特征明显；\
                         仍相同的，由领导小组办公室裁定。";
        let on_notice = browser.get(&format!("/notices/{}", competition.id)).await.text().replace(' ', "");
        assert!(on_notice.contains(explained), "{on_notice}");
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        office.post(&format!("{path}/announcements"), announcement()).await.ok();
        let announced = browser.get(&format!("/announcements/{}", competition.id)).await.text().replace(' ', "");
        assert!(announced.contains(explained), "{announced}");
    }

    async fn a_competition_that_is_not_called_is_on_no_page(app) {
        let office = app.sign_in(Role::Office, None).await;
        let settings = story::settings();
        let draft = office.post("/api/v1/competitions", settings).await.ok();
        let browser = Browser::of(&app, "office-0").await;
        for address in ["/".to_owned(), "/archive".to_owned()] {
            assert!(!browser.get(&address).await.html.contains(text(&draft["id"])), "{address}");
        }
        assert_eq!(browser.get(&format!("/editions/{}", text(&draft["id"]))).await.status, 404);
    }

    async fn somebody_objects_adds_evidence_and_follows_it_by_forms_alone(app) {
        let competition = on_notice(&app, review_settings()).await;
        let browser = Browser::new(&app);
        let (page, act) = (format!("/notices/{}", competition.id), format!("/act/v1/competitions/{}/objections", competition.id));
        let notice = browser.get(&page).await;
        assert!(notice.text().contains("公示期还剩5个工作日（含今天）"), "{}", notice.text());
        let written = "营业收入与企业年报不符，见年报第12页。";
        let nothing = browser.send(&notice.form(&act)).await;
        assert!(nothing.status == 422 && nothing.text().contains("请选择一项"), "{}", nothing.text());
        let form = notice.form(&act).with("/application_id", &competition.applications[0]).with("/content/text", written);
        let unsigned = browser.send(&form).await;
        assert_eq!(unsigned.status, 422);
        let again = unsigned.form(&act);
        assert_eq!(again.value("/content/text"), Some(written), "what was typed stays");
        assert_eq!(again.value("/application_id"), Some(competition.applications[0].as_str()));
        let signed = again.with("/objector/name", "赵实名").with("/objector/contact", "13900000000");
        let receipt = browser.send(&signed).await;
        assert_eq!(receipt.status, 200, "{}", receipt.text());
        let code = Html::parse_document(&receipt.html);
        let code: String = code.select(&Selector::parse(".secret").unwrap()).next().expect("a code").text().collect();
        let where_it_is = "现状 待受理 在谁手中 领导小组办公室 期限 2026年";
        assert!(receipt.text().contains("所涉名称") && receipt.text().contains("苏州工业园区"), "{}", receipt.text());
        assert!(receipt.text().contains(where_it_is) && receipt.text().contains("决定是否受理"), "{}", receipt.text());
        assert_eq!(receipt.headers["cache-control"], "no-store");
        assert!(!browser.get(&page).await.html.contains(&code), "it is shown once");
        // Evidence by the code, which is nowhere in an address.
        let follow = browser.get("/objections").await;
        let add = follow.form("/act/v1/objection-files");
        let wrong = browser.upload(&add.clone().with("_objection_code", "ABCDE-FGHJK"), &[("a.pdf", &pdf(900))]).await;
        assert_eq!(wrong.status, 404, "{}", wrong.text());
        assert_eq!(wrong.form("/act/v1/objection-files").value("_objection_code"), Some("ABCDE-FGHJK"));
        let added = browser.upload(&add.with("_objection_code", &code), &[("年报.pdf", &pdf(900))]).await;
        assert_eq!((added.status, added.address.as_str()), (200, "/objections"), "{}", added.text());
        assert!(added.text().contains("材料已收到"), "{}", added.text());
        let seen = browser.send(&follow.form("/act/v1/objections/status").with("/code", &code.to_lowercase())).await;
        assert_eq!(seen.status, 200);
        assert!(seen.text().contains(where_it_is) && seen.text().contains("年报.pdf"), "{}", seen.text());
        assert!(!seen.html.contains("赵实名"), "who objects is not told, whoever has the code");
        // A lead without a name, in English.
        let lead = browser.get(&format!("/en/notices/{}/lead", competition.id)).await;
        let form = lead.form(&format!("/en{act}")).with("/application_id", &competition.applications[1]);
        let sent = browser.send(&form.with("/content/kind", "conduct").with("/content/text", written)).await;
        assert!(sent.text().contains("goes to the supervisors"), "{}", sent.text());
        let supervisor = app.known(Role::Supervisor, None).await;
        let all = supervisor.get(&format!("/api/v1/competitions/{}/objections", competition.id)).await.ok();
        let all: BTreeMap<&str, &Value> =
            all["items"].as_array().unwrap().iter().map(|objection| (text(&objection["state"]), objection)).collect();
        assert_eq!(all["lead"]["objector"], Value::Null);
        assert_eq!(all["received"]["objector"]["name"], "赵实名");
        // Over is over.
        app.at("2026-07-09T00:00:00+08:00");
        let over = browser.get(&page).await;
        assert!(over.forms().is_empty() && over.text().contains("公示期已结束"), "{}", over.text());
    }

    async fn the_public_pages_stand_by_themselves_as_files(app) {
        let competition = announced_again(&app).await;
        let office = app.known(Role::Office, None).await;
        let mut again = notice("2026-07-10");
        again["reason"] = json!("重新公示");
        office.post(&format!("/api/v1/competitions/{}/notices", competition.id), again).await.ok();
        let place = tempfile::tempdir().unwrap();
        let site = place.path().join("site");
        // The service runs meanwhile.
        let done = export(&app, &site);
        assert_eq!(done.status, 0, "{}", done.stderr);
        let files = files_in(&site);
        let mut pages = 0;
        for (file, bytes) in files.iter().filter(|(file, _)| file.extension().is_some_and(|end| end == "html")) {
            let html = String::from_utf8(bytes.clone()).unwrap();
            assert!(!html.contains("<form") && html.len() < MOST_BYTES, "{}", file.display());
            for link in links(&html) {
                let at = resolved(file, &link);
                assert!(files.contains_key(&at), "{} links to {link}, which is no file", file.display());
            }
            pages += 1;
        }
        assert!(pages > 30, "{pages} pages");
        for name in ["index.html", "en/index.html", "chains/index.html", "titles/index.html"] {
            assert!(files.contains_key(Path::new(name)), "{name}");
        }
        let notice = String::from_utf8(files[Path::new(&format!("notices/{}/index.html", competition.id))].clone()).unwrap();
        assert!(notice.contains("请向以下渠道") && !notice.contains("还剩"), "{notice}");
        // The record is the same, byte by byte, as is the table.
        for (file, address) in [("1.json", "s/1"), ("2.json", "s/2"), ("", ""), ("csv", "/csv")] {
            let file = match file {
                "" => format!("api/v1/competitions/{}/announcement.json", competition.id),
                "csv" => format!("api/v1/competitions/{}/announcement.csv", competition.id),
                number => format!("api/v1/competitions/{}/announcements/{number}", competition.id),
            };
            let served = app.public().get(&format!("/api/v1/competitions/{}/announcement{address}", competition.id)).await;
            assert_eq!(files[Path::new(&file)], served.text.as_bytes(), "{file}");
        }
        // Its own site is replaced, a foreign file never.
        std::fs::remove_file(site.join("index.html")).unwrap();
        assert_eq!(export(&app, &site).status, 0);
        assert_eq!(files_in(&site).keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
        std::fs::write(site.join("mine.txt"), "mine").unwrap();
        let refused = export(&app, &site);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains("mine.txt"), "{}", refused.stderr);
        assert_eq!(std::fs::read(site.join("mine.txt")).unwrap(), b"mine");
        let beside: Vec<_> = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside, ["site"], "nothing is left behind");
        let copies = std::fs::read_dir(app.directory.path()).unwrap();
        assert!(copies.into_iter().all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with("export-")));
    }
}

fn export(app: &App, site: &Path) -> Run {
    let (site, data) = (site.display().to_string(), app.directory.path().display().to_string());
    let mut arguments = vec!["export-site", &site, "--data", &data];
    if let Address::Postgres(url) = &app.address {
        arguments.extend(["--database-url", url]);
    }
    run(&arguments, b"")
}

/// The files below a directory, by their paths from it.
fn files_in(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut waiting) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(path.strip_prefix(directory).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// All that a page links to or loads.
fn links(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let linking = Selector::parse("[href], [src]").unwrap();
    let found = document.select(&linking).filter_map(|link| link.attr("href").or(link.attr("src")));
    found.filter(|link| !link.starts_with('#')).map(str::to_owned).collect()
}

/// The file that a relative link of a file leads to.
fn resolved(file: &Path, link: &str) -> PathBuf {
    let mut at = file.parent().unwrap().to_owned();
    for part in Path::new(link.split('#').next().unwrap()).components() {
        match part {
            Component::ParentDir => assert!(at.pop(), "{link} leads out"),
            Component::Normal(part) => at.push(part),
            _ => panic!("{link} is not relative"),
        }
    }
    at
}
