//! Work that is not lost: what is good of a form is stored whatever else is in it; scripts that save are told what is not;
//! one file that is refused keeps no other from being kept.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::made_files::pdf;
use super::support::app::on_both;
use super::support::browser::{Browser, Form, Page};
use super::support::review::{at_scoring, plan, review_settings, team};
use super::support::story::{
    BIOMEDICINE, NANTONG, SUZHOU, called, check, close_applications, complete, draft, figures, move_to,
    recommend, submit, submitted, write,
};
use super::support::text;

/// The row of a form in which an indicator stands.
#[track_caller]
fn row(form: &Form, list: &str, indicator: &str) -> String {
    let at = |row: &usize| format!("{list}/{row}");
    let is = |row: &usize| form.value(&format!("{}/indicator:key", at(row))) == Some(indicator);
    at(&(0..100).find(is).expect("the indicator has a row"))
}

/// The identifiers of the fields that a page's complaints lead to.
fn cells(page: &Page) -> Vec<String> {
    let links = page.html.split("href=\"#f").skip(1);
    links.filter_map(|rest| Some(format!("f{}", rest.split_once('"')?.0))).collect()
}

/// What a script is told.
#[track_caller]
fn told(answer: &Page) -> Value {
    assert_eq!(answer.headers["content-type"], "application/json");
    serde_json::from_str(&answer.html).expect("JSON")
}

on_both! {
    async fn one_wrong_cell_keeps_no_good_row_from_being_stored(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        complete(&applicant, &application).await;
        let stored = || async { applicant.get(&format!("/api/v1/applications/{application}")).await.ok()["parts"]["figures"].clone() };
        let value = |part: &Value, key: &str| {
            let rows = part["content"]["figures"].as_array().unwrap();
            rows.iter().find(|row| row["indicator"] == key).map(|row| row["value"].clone())
        };
        let before = stored().await;
        let evidence = text(&before["content"]["figures"][0]["evidence"][0]).to_owned();
        let all = figures(&evidence)["figures"].as_array().unwrap().clone();
        let plain: Vec<&str> = all.iter().filter(|row| row["value"].is_string() && row["unit"] != "").map(|row| text(&row["indicator"])).collect();
        let [first, second, third] = plain[..3] else { panic!("three figures") };
        let (page, act) = (format!("/applications/{application}/parts/figures"), format!("/act/v1/applications/{application}/parts/figures"));
        let browser = Browser::of(&app, &applicant.name).await;
        let form = browser.get(&page).await.form(&act);
        let (one, two, three) = (row(&form, "/figures", first), row(&form, "/figures", second), row(&form, "/figures", third));
        // A value and a year that are none, each in a row of its own; every other row may change.
        let typed = form.with(&format!("{one}/value"), "很多").with(&format!("{two}/year:usual"), "去年").with(&format!("{three}/value"), "77.5");
        let answer = browser.send(&typed).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains("其余内容已保存；下列2处有误，没有保存"), "{}", answer.text());
        let now = stored().await;
        assert_eq!(now["revision"].as_i64(), before["revision"].as_i64().map(|revision| revision + 1));
        assert_eq!(value(&now, third), Some(json!("77.5")));
        assert_eq!((value(&now, first), value(&now, second)), (value(&before, first), value(&before, second)), "a wrong row stands as before");
        assert_eq!(now["content"]["figures"].as_array().unwrap().len(), all.len());
        // The complaints stand before all else, lead to their cells, and what was typed is there to be corrected.
        let summary = answer.html.find("class=\"errors\"").unwrap();
        assert!(summary < answer.html.find("<h1>").unwrap(), "the summary is in sight");
        let cells = cells(&answer);
        assert_eq!(cells.len(), 2, "{cells:?}");
        assert!(cells.iter().all(|cell| answer.html.contains(&format!("id=\"{cell}\""))), "{cells:?}");
        let again = answer.form(&act);
        assert_eq!(again.value(&format!("{one}/value")), Some("很多"));
        assert_eq!(again.value(&format!("{two}/year:usual")), Some("去年"));
        let names: Vec<&str> = ["：申报值：", "：年份："].into_iter().filter(|name| answer.complaints().contains(name)).collect();
        assert_eq!(names.len(), 2, "{}", answer.complaints());
        let done = browser.send(&again.with(&format!("{one}/value"), "8.5").with(&format!("{two}/year:usual"), "2025")).await;
        assert_eq!(done.status, 200, "{}", done.complaints());
        assert_eq!(value(&stored().await, first), Some(json!("8.5")));
        // A row that is new is not stored while it is wrong; what would change nothing is not stored again.
        write(&applicant, &application, "figures", json!({ "figures": [] })).await;
        let form = browser.get(&page).await.form(&act).with(&format!("{one}/value"), "很多").with(&format!("{three}/value"), "5");
        let answer = browser.send(&form).await;
        let now = stored().await;
        assert_eq!((value(&now, first), value(&now, third)), (None, Some(json!("5"))));
        browser.send(&answer.form(&act)).await;
        assert_eq!(stored().await["revision"], now["revision"]);
        // The interface takes all or nothing.
        let mut wrong = figures(&evidence);
        wrong["figures"][0]["year"] = json!("去年");
        let path = format!("/api/v1/applications/{application}/parts/figures");
        applicant.over("PUT", &path, &now["revision"], wrong).await.invalid();
        assert_eq!(stored().await["revision"], now["revision"]);
    }

    async fn a_firm_with_a_wrong_code_keeps_no_other_from_being_stored(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        let (page, act) = (format!("/applications/{application}/parts/firms"), format!("/act/v1/applications/{application}/parts/firms"));
        let browser = Browser::of(&app, &applicant.name).await;
        let form = browser.get(&page).await.form(&act)
            .with("/firms/0/name", "甲公司").with("/firms/0/credit_code", "9144")
            .with("/firms/2/name", "乙公司").with("/firms/2/credit_code", "91440300708461136T");
        let answer = browser.send(&form).await;
        assert!(answer.complaints().contains("统一社会信用代码（1）："), "{}", answer.complaints());
        let stored = || async { applicant.get(&format!("/api/v1/applications/{application}")).await.ok()["parts"].clone() };
        let firms = stored().await["firms"]["content"]["firms"].clone();
        assert_eq!((firms.as_array().unwrap().len(), &firms[0]["name"]), (1, &json!("乙公司")));
        // Outside of a list, the field alone.
        let act = format!("/act/v1/applications/{application}/parts/profile");
        let form = browser.get(&page.replace("firms", "profile")).await.form(&act);
        let answer = browser.send(&form.with("/title", "苏州的链").with("/contact_phone", "打这个").with("/area_km2:null", "很大")).await;
        assert!(answer.text().contains("下列2处有误"), "{}", answer.text());
        let profile = stored().await["profile"]["content"].clone();
        assert_eq!((&profile["title"], &profile["contact_phone"], &profile["area_km2"]), (&json!("苏州的链"), &json!(""), &Value::Null));
    }

    async fn a_value_before_its_method_keeps_no_other_from_being_recorded(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let application = &competition.applications[0];
        let path = format!("/api/v1/applications/{application}/inspection");
        let team = team(&app).await;
        let office = app.known(Role::Office, None).await;
        let now = office.get(&path).await.ok();
        office.over("PUT", &format!("{path}/plan"), &now["revision"], plan(&team)).await.ok();
        let (page, act) = (format!("/applications/{application}/inspection/record"), format!("/act/v1/applications/{application}/inspection/record"));
        let browser = Browser::of(&app, &team[0].0).await;
        let form = browser.get(&page).await.form(&act);
        // The first two rows stay empty, so that rows of the form and of the document have other numbers.
        let (one, two) = ("/items/3", "/items/5");
        let claimed = |at: &str| {
            let key = form.value(&format!("{at}/indicator:key")).unwrap().to_owned();
            let claim = now["claimed"].as_array().unwrap().iter().find(|figure| figure["indicator"] == key.as_str()).unwrap()["value"].clone();
            (key, claim)
        };
        let with_value = |form: Form, at: &str| match claimed(at).1 {
            Value::Object(counts) => counts.iter().fold(form, |form, (unit, count)| form.with(&format!("{at}/value/{unit}:whole"), &count.to_string())),
            value => form.with(&format!("{at}/value:null"), text(&value)),
        };
        let typed = with_value(with_value(form.clone(), one), two).with(&format!("{two}/method"), "documents").with("/summary", "初稿");
        let answer = browser.send(&typed).await;
        assert!(answer.complaints().contains("核查方法： 必须填写"), "{}", answer.complaints());
        let anchor = cells(&answer).swap_remove(0);
        assert!(anchor.contains(".-items-3-method."), "it leads to the cell of its own row: {anchor}");
        assert!(answer.html.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        let record = office.get(&path).await.ok()["record"].clone();
        let keys: Vec<&str> = record["items"].as_array().unwrap().iter().map(|item| text(&item["indicator"])).collect();
        assert_eq!((keys, &record["summary"]), (vec![claimed(two).0.as_str()], &json!("初稿")));
        let done = browser.send(&answer.form(&act).with(&format!("{one}/method"), "on_site")).await;
        assert_eq!(done.status, 200, "{}", done.complaints());
        assert_eq!(office.get(&path).await.ok()["record"]["items"].as_array().unwrap().len(), 2);
    }

    async fn a_script_that_saves_is_told_what_is_stored_and_overwrites_nobody(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        let (page, act) = (format!("/applications/{application}/parts/profile"), format!("/act/v1/applications/{application}/parts/profile"));
        let browser = Browser::of(&app, &applicant.name).await;
        let form = browser.get(&page).await.form(&act).with("_saved", "1");
        let answer = browser.send(&form.clone().with("/title", "甲").with("/contact_phone", "打这个")).await;
        let said = told(&answer);
        assert_eq!((answer.status, &said["revision"], &said["problems"][0]["field"]), (200, &json!("1"), &json!("/contact_phone")));
        assert!(text(&said["words"]).starts_with("其余内容已保存到服务器，"), "{said}");
        assert!(text(&said["problems"][0]["words"]).contains("电话号码只能含数字"), "{said}");
        // Over a revision that has gone by, nothing is stored, not in part either.
        for phone in ["0512-12345678", "打这个"] {
            let stale = browser.send(&form.clone().with("/title", "乙").with("/contact_phone", phone)).await;
            assert_eq!(stale.status, 412);
            assert!(text(&told(&stale)["words"]).contains("内容已被他人修改"), "{}", stale.html);
        }
        let whole = browser.send(&form.clone().with("_revision", "1").with("/title", "丙")).await;
        let said = told(&whole);
        assert_eq!((&said["revision"], &said["problems"]), (&json!("2"), &json!([])));
        let stored = applicant.get(&format!("/api/v1/applications/{application}")).await.ok()["parts"]["profile"].clone();
        assert_eq!((&stored["content"]["title"], &stored["revision"]), (&json!("丙"), &json!(2)));
        let nothing = browser.send(&form.clone().with("_revision", "2").with("/contact_phone", "打这个").with("/title", "丙")).await;
        assert_eq!((nothing.status, told(&nothing)["problems"].as_array().unwrap().len()), (422, 1));
        browser.cookies.lock().unwrap().clear();
        let ended = browser.send(&form).await;
        assert_eq!((ended.status, told(&ended)["problems"].clone()), (401, json!([])));
        // Whoever may not is told so as well.
        app.known(Role::Applicant, Some(NANTONG)).await;
        let other = Browser::of(&app, "applicant-320600").await;
        let own = other.get("/desk").await.forms().into_iter().find_map(|form| form.value("_csrf_token").map(str::to_owned)).unwrap();
        assert_eq!(told(&other.send(&form.with("_csrf_token", &own)).await)["revision"], Value::Null);
    }

    async fn the_next_page_says_which_form_was_stored(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        let browser = Browser::of(&app, &applicant.name).await;
        let act = format!("/act/v1/applications/{application}/parts/profile");
        let form = browser.get(&format!("/applications/{application}/parts/profile")).await.form(&act);
        let next = browser.send(&form.with("/title", "甲")).await;
        let stored = format!("data-stored=\"/api/v1/applications/{application}/parts/profile\"");
        assert!(next.text().contains("已保存。") && next.html.contains(&stored), "{}", next.html);
    }

    async fn a_file_that_is_refused_keeps_no_other_from_being_kept(app) {
        let id = called(&app).await;
        let applicant = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        let browser = Browser::of(&app, &applicant.name).await;
        let (page, act) = (format!("/applications/{application}/evidence"), format!("/act/v1/applications/{application}/evidence"));
        let (a, b) = (pdf(900), pdf(1_900));
        let form = browser.get(&page).await.form(&act).with("?kind", "figures");
        let files: [(&str, &[u8]); 4] = [("甲.pdf", &a), ("坏.pdf", b"no PDF at all"), ("乙.pdf", &b), ("空.pdf", b"")];
        let answer = browser.upload(&form, &files).await;
        assert_eq!(answer.status, 422);
        let complaints = answer.complaints();
        assert!(complaints.contains("共4个文件，2个已上传；下列2个没有上传"), "{complaints}");
        assert!(complaints.contains("“坏.pdf”：") && complaints.contains("“空.pdf”："), "{complaints}");
        assert!(!complaints.contains("甲.pdf") && !complaints.contains("乙.pdf"), "{complaints}");
        let kept = applicant.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        let mut names: Vec<&str> = kept["items"].as_array().unwrap().iter().map(|item| text(&item["name"])).collect();
        names.sort_unstable();
        assert_eq!(names, ["乙.pdf", "甲.pdf"]);
        // One alone is told as it is, and scripts are told by name too.
        let alone = browser.upload(&answer.form(&act).with("?kind", "figures"), &[("坏.pdf", b"no PDF at all")]).await;
        assert!(alone.status >= 400 && !alone.complaints().contains("共1个"), "{}", alone.complaints());
        let form = browser.get(&page).await.form(&act).with("?kind", "figures").with("_saved", "1");
        let said = told(&browser.upload(&form, &[("丙.pdf", &pdf(2_500)), ("坏.pdf", b"no PDF at all")]).await);
        assert!(text(&said["problems"][0]["words"]).starts_with("“坏.pdf”："), "{said}");
    }

    async fn a_correction_that_changes_nothing_is_refused_and_a_changed_one_is_compared(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        close_applications(&app).await;
        recommend(&app, &id, NANTONG, &[&application]).await;
        app.at("2026-04-28T10:00:00+08:00");
        let office = app.sign_in(Role::Office, None).await;
        move_to(&office, &id, "checking").await;
        check(&office, &application, "correction", &["seal"]).await;
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let path = format!("/api/v1/applications/{application}");
        let now = nantong.get(&path).await.ok();
        let refused = nantong.over("POST", &format!("{path}/submissions"), &now["revision"], Value::Null).await;
        refused.refused(409, "correction_unchanged");
        let lead = Browser::of(&app, "applicant-320600").await;
        let submit_page = format!("/applications/{application}/submit");
        let before = lead.get(&submit_page).await;
        for told in ["要求补正的内容", "签字、盖章齐全", "材料不全", "内容没有变化。"] {
            assert!(before.text().contains(told), "{told}: {}", before.text());
        }
        let act = format!("/act/v1/applications/{application}/submissions");
        let answer = lead.send(&before.form(&act)).await;
        assert!(answer.status == 409 && answer.text().contains("补正的内容与上次提交的完全相同，未提交"), "{}", answer.text());
        assert_eq!(nantong.get(&path).await.ok()["state"], "correction");
        // Written and taken back again is no change either.
        let goals = now["parts"]["section.goals"]["content"].clone();
        write(&nantong, &application, "section.goals", json!({ "text": "补充目标" })).await;
        let page_of_office = format!("/applications/{application}/checks");
        let judge = Browser::of(&app, "office-0").await;
        let seen = judge.get(&page_of_office).await.text();
        assert!(seen.contains("补正尚未提交。") && !seen.contains("补充目标"), "{seen}");
        write(&nantong, &application, "section.goals", goals).await;
        let now = nantong.get(&path).await.ok();
        nantong.over("POST", &format!("{path}/submissions"), &now["revision"], Value::Null).await.refused(409, "correction_unchanged");
        write(&nantong, &application, "section.goals", json!({ "text": "补充目标" })).await;
        let changed = lead.get(&submit_page).await.text();
        assert!(changed.contains("补充目标") && !changed.contains("没有任何修改"), "{changed}");
        assert_eq!(submit(&nantong, &application).await["submission"], 2);
        let judged = judge.get(&page_of_office).await;
        for told in ["要求补正的内容", "签字、盖章齐全", "补充目标"] {
            assert!(judged.text().contains(told), "{told}: {}", judged.text());
        }
    }
}
