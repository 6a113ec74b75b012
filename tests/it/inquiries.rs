//! Veto checks by letter: one letter to a department for many applications, one reply, one table of results.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::made_files::pdf;
use super::support::app::{App, User, content_digest, on_both};
use super::support::browser::Browser;
use super::support::review::{review_settings, taking_applications};
use super::support::story::{
    BIOMEDICINE, NANTONG, SUZHOU, SUZHOU_PARK, check, close_applications, move_to, recommend, settings,
    submitted,
};
use super::support::text;

/// A competition at its checks, with three recommended applications.
pub(crate) async fn at_the_checks(app: &App) -> (String, Vec<String>) {
    let id = taking_applications(app, review_settings()).await;
    let applications = vec![
        submitted(app, &id, SUZHOU_PARK, BIOMEDICINE).await,
        submitted(app, &id, NANTONG, BIOMEDICINE).await,
        submitted(app, &id, SUZHOU, 5).await,
    ];
    close_applications(app).await;
    recommend(app, &id, SUZHOU, &[&applications[0], &applications[2]]).await;
    recommend(app, &id, NANTONG, &[&applications[1]]).await;
    app.at("2026-04-28T10:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    move_to(&office, &id, "checking").await;
    (id, applications)
}

pub(crate) async fn upload(office: &User<'_>, letter: &str, name: &str) -> super::support::app::Answer {
    let bytes = pdf(900);
    let digest = content_digest(&bytes);
    office
        .send_bytes(
            "POST",
            &format!("{letter}/reply?name={name}"),
            Some(bytes),
            &[("content-digest", &digest)],
        )
        .await
}

async fn states(user: &User<'_>, application: &str) -> Vec<String> {
    let checks = user.get(&format!("/api/v1/applications/{application}/checks")).await.ok();
    checks["vetoes"].as_object().unwrap().values().map(|veto| text(&veto["state"]).to_owned()).collect()
}

on_both! {
    async fn one_letter_asks_for_all_and_one_reply_answers_it(app) {
        let (id, applications) = at_the_checks(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{id}/inquiries");
        let body = |items: Value| json!({
            "department": "省应急管理厅", "document_number": "强链办函〔2026〕5号", "dated": "2026-04-28", "item_keys": items,
        });
        assert_eq!(office.post(&at, body(json!([]))).await.invalid(), [("/item_keys".to_owned(), "required".to_owned())]);
        assert_eq!(office.post(&at, body(json!(["x"]))).await.invalid()[0].1, "unknown_item");
        let mut none = body(json!(["major_accident"]));
        none["application_ids"] = json!([]);
        assert_eq!(office.post(&at, none).await.invalid()[0].1, "nothing_to_ask");

        let letter = office.post(&at, body(json!(["major_accident", "dishonesty"]))).await.ok();
        assert_eq!((&letter["number"], letter["applications"].as_array().unwrap().len()), (&json!(1), 3));
        assert!(letter["applications"][0]["firms"].as_array().is_some_and(|firms| !firms.is_empty()));
        let checks = office.get(&format!("/api/v1/applications/{}/checks", applications[0])).await.ok();
        let asked = &checks["vetoes"]["major_accident"];
        assert_eq!(asked["state"], "asked");
        assert_eq!(asked["note"], "函询省应急管理厅，强链办函〔2026〕5号，2026年4月28日");
        // What was asked is not asked again.
        assert_eq!(office.post(&at, body(json!(["dishonesty"]))).await.invalid()[0].1, "nothing_to_ask");

        let one = format!("{at}/1");
        let results = json!({ "note": "苏应急函〔2026〕12号，2026年5月6日", "exceptions": [
            { "application_id": applications[1], "item": "major_accident", "outcome": "hit", "note": "2025年9月较大事故一起" },
            { "application_id": applications[2], "item": "dishonesty", "outcome": "unanswered" },
        ] });
        office.over("POST", &format!("{one}/results"), &letter["revision"], results.clone()).await.refused(409, "no_reply");
        let uploaded = upload(&office, &one, "reply.pdf").await.ok();
        assert_eq!(uploaded["reply_file"]["name"], "reply.pdf");
        office.over("POST", &format!("{one}/results"), &letter["revision"], results.clone()).await.refused(412, "stale");
        let mut wrong = results.clone();
        wrong["exceptions"][0]["note"] = json!("");
        wrong["exceptions"][1]["item"] = json!("false_filing");
        let told = office.over("POST", &format!("{one}/results"), &uploaded["revision"], wrong).await.invalid();
        let told: Vec<&str> = told.iter().map(|(_, code)| code.as_str()).collect();
        assert_eq!(told, ["required", "not_asked"]);

        let done = office.over("POST", &format!("{one}/results"), &uploaded["revision"], results).await.ok();
        let of = |n: usize, item: usize| done["applications"][n]["items"][item]["state"].clone();
        let order: Vec<&str> = done["applications"].as_array().unwrap().iter().map(|one| text(&one["application_id"])).collect();
        let place = |n: usize| order.iter().position(|id| *id == applications[n]).unwrap();
        let items: Vec<&str> = done["items"].as_array().unwrap().iter().map(|item| text(&item["item"])).collect();
        let (accident, dishonest) = (
            items.iter().position(|item| *item == "major_accident").unwrap(),
            items.iter().position(|item| *item == "dishonesty").unwrap(),
        );
        assert_eq!((of(place(1), accident), of(place(2), dishonest), of(place(0), dishonest)), (json!("hit"), json!("asked"), json!("clear")));
        // Each application has the reply as the basis, and nobody but the office and supervisors opens it.
        for application in &applications {
            let checks = office.get(&format!("/api/v1/applications/{application}/checks")).await.ok();
            let basis = text(&checks["vetoes"]["major_accident"]["evidence_id"]);
            let content = format!("/api/v1/evidence/{basis}/content");
            office.get(&content).await.ok();
            let evidence = office.get(&format!("/api/v1/evidence/{basis}")).await.ok();
            assert_eq!(evidence["application_id"], json!(application));
            app.known(Role::Applicant, Some(NANTONG)).await.get(&content).await.refused(404, "not_found");
        }
        let list = office.get(&at).await.all();
        assert_eq!((&list[0]["open_count"], &list[0]["application_count"]), (&json!(1), &json!(3)));
        app.known(Role::Supervisor, None).await.get(&one).await.ok();
        app.known(Role::CityReviewer, Some(SUZHOU)).await.get(&one).await.refused(403, "not_your_role");

        // What was left open is answered by a further reply, and then nothing is open.
        let again = upload(&office, &one, "second.pdf").await.ok();
        let rest = json!({ "note": "补充复函" });
        office.over("POST", &format!("{one}/results"), &again["revision"], rest.clone()).await.ok();
        assert!(states(&office, &applications[2]).await.iter().filter(|state| *state == "clear").count() == 2);
        let now = office.get(&one).await.ok();
        office.over("POST", &format!("{one}/results"), &now["revision"], rest).await.refused(409, "nothing_open");
        upload(&office, &one, "third.pdf").await.refused(409, "nothing_open");
        office.get(&format!("{at}/2")).await.refused(404, "not_found");
    }

    async fn what_is_rejected_meanwhile_is_passed_over(app) {
        let (id, applications) = at_the_checks(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{id}/inquiries");
        let body = json!({ "department": "省生态环境厅", "dated": "2026-04-28", "item_keys": ["major_accident"], "application_ids": &applications[..2] });
        office.post(&at, body).await.ok();
        check(&office, &applications[0], "rejected", &["seal"]).await;
        let uploaded = upload(&office, &format!("{at}/1"), "reply.pdf").await.ok();
        let done = json!({ "note": "复函" });
        office.over("POST", &format!("{at}/1/results"), &uploaded["revision"], done).await.ok();
        assert!(states(&office, &applications[0]).await.contains(&"asked".to_owned()));
        assert!(states(&office, &applications[1]).await.contains(&"clear".to_owned()));
    }

    async fn five_letters_are_fifteen_submissions_at_the_pages(app) {
        let (id, applications) = at_the_checks(&app).await;
        app.known(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let here = format!("/competitions/{id}/inquiries");
        let vetoes = settings()["rubric"]["vetoes"].as_array().unwrap().len();
        let mut submissions = 0;
        for item in 1..=vetoes {
            let page = browser.get(&here).await;
            let form = page.form(&format!("/act/v1{here}"));
            let key = settings()["rubric"]["vetoes"][item - 1]["key"].clone();
            let asked = browser.first(&form.with("/department", &format!("部门{item}")).with(&format!("/item_keys/{item}"), text(&key))).await;
            assert!(asked.text().contains("函件已建立"), "{}", asked.text());
            let letter = format!("{here}/{item}");
            let form = asked.form(&format!("/act/v1{letter}/reply"));
            let page = browser.upload(&form, &[("复函.pdf", &pdf(800))]).await;
            assert!(page.text().contains("复函已上传"), "{}", page.text());
            let form = page.form(&format!("/act/v1{letter}/results")).with("/note", "复函〔2026〕1号");
            // Nothing is asked before nothing but clear results are recorded.
            let page = browser.first(&form).await;
            assert!(page.text().contains("结果已记录"), "{}", page.text());
            submissions += 3;
        }
        assert_eq!(submissions, 15);
        let office = app.known(Role::Office, None).await;
        for application in &applications {
            assert!(states(&office, application).await.iter().all(|state| state == "clear"));
        }
    }

    async fn a_hit_is_confirmed_by_name_and_a_mistake_stays_on_the_page(app) {
        let (id, applications) = at_the_checks(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{id}/inquiries");
        let body = json!({ "department": "省市场监管局", "dated": "2026-04-28", "item_keys": ["dishonesty"] });
        office.post(&at, body).await.ok();
        upload(&office, &format!("{at}/1"), "reply.pdf").await.ok();
        let browser = Browser::of(&app, "office-0").await;
        let here = format!("/competitions/{id}/inquiries/1");
        let page = browser.get(&here).await;
        let form = page.form(&format!("/act/v1{here}/results")).with("/note", "复函");
        let wrong = browser.first(&form.clone().with("/exceptions/2/outcome:optional", "hit")).await;
        assert!(wrong.complaints().contains("必须填写"), "{}", wrong.complaints());
        let asked = browser.first(&form.with("/exceptions/2/outcome:optional", "hit").with("/exceptions/2/note", "列入失信名单")).await;
        assert!(asked.text().contains("不能入选：列入失信名单"), "{}", asked.text());
        let confirmation = asked.forms().into_iter().find(|form| form.value("_confirm").is_some()).unwrap();
        let done = browser.first(&confirmation).await;
        assert!(done.text().contains("结果已记录"), "{}", done.text());
        let mut hits = 0;
        for application in &applications {
            hits += usize::from(states(&office, application).await.contains(&"hit".to_owned()));
        }
        assert_eq!(hits, 1);
    }
}
