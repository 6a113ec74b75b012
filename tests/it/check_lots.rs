//! Formal checks of many applications: drafts in one table, from Excel too, and issued together with their letters.

use std::io::{Cursor, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::inquiries::at_the_checks;
use super::part_tables::sheet_of;
use super::support::app::{Answer, App, User, on_both};
use super::support::browser::Browser;
use super::support::story::{NANTONG, SUZHOU, check, findings};
use super::support::text;

/// What stands in a Word file.
fn words_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes.clone())).unwrap();
    let mut xml = String::new();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
    xml
}

fn draft_of(application: &Value, wrong: &[&str], result: &str, reason: &str) -> Value {
    json!({
        "application_id": application["application_id"], "revision": application["revision"],
        "findings": findings(wrong), "result": result, "reason": reason,
    })
}

async fn waiting(office: &User<'_>, at: &str) -> Vec<Value> {
    office.get(&format!("{at}/drafts")).await.all().as_array().unwrap().clone()
}

/// The drafts of a competition at its checks, one accepted, one to be corrected, one rejected; and where they are.
async fn three_drafts(app: &App) -> (String, Vec<Value>) {
    let (id, _) = at_the_checks(app).await;
    let office = app.known(Role::Office, None).await;
    let at = format!("/api/v1/competitions/{id}/checks");
    let found = waiting(&office, &at).await;
    let drafts = json!({ "drafts": [
        draft_of(&found[0], &[], "accepted", ""),
        draft_of(&found[1], &["seal"], "correction", "请补盖公章"),
        draft_of(&found[2], &["region"], "rejected", "产业链不符合要求"),
    ] });
    assert_eq!(office.post(&format!("{at}/drafts"), drafts).await.ok()["saved"], 3);
    (at, found)
}

on_both! {
    async fn drafts_are_told_to_nobody_and_issued_together(app) {
        let (at, first) = three_drafts(&app).await;
        let office = app.known(Role::Office, None).await;
        // What the service knows is filled in, all else was unset.
        let seen: Vec<(&Value, &Value)> = first[0]["findings"].as_array().unwrap().iter().map(|found| (&found["passed"], &found["by_system"])).collect();
        assert_eq!(seen.iter().filter(|found| **found == (&Value::Null, &json!(false))).count(), seen.len() - 1);
        assert_eq!(seen.last(), Some(&(&json!(true), &json!(true))));
        assert!(text(&first[0]["findings"][4]["note"]).starts_with("系统核对："));
        assert_eq!(first[0]["complete"], false);

        let drafts = waiting(&office, &at).await;
        assert!(drafts.iter().all(|draft| draft["complete"] == true && draft["revision"] == 1), "{drafts:?}");
        // Saving the same changes nothing; over another draft it is stale.
        let same = json!({ "drafts": [draft_of(&first[0], &[], "accepted", "")] });
        assert_eq!(office.post(&format!("{at}/drafts"), same).await.ok()["saved"], 0);
        let over = json!({ "drafts": [draft_of(&first[0], &["seal"], "rejected", "无公章")] });
        office.post(&format!("{at}/drafts"), over).await.refused(412, "stale");
        let twice = json!({ "drafts": [draft_of(&drafts[0], &[], "accepted", ""), draft_of(&drafts[0], &[], "accepted", "")] });
        assert_eq!(office.post(&format!("{at}/drafts"), twice).await.invalid()[0], ("/drafts/1/application_id".to_owned(), "not_up_for_check".to_owned()));
        let wrong = json!({ "drafts": [{ "application_id": drafts[0]["application_id"], "revision": 1, "findings": [{ "item": "x" }], "result": "taken_back" }] });
        let codes: Vec<String> = office.post(&format!("{at}/drafts"), wrong).await.invalid().into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes, ["unknown_item", "wrong_value"]);
        for draft in &drafts {
            let checks = office.get(&format!("/api/v1/applications/{}/checks", text(&draft["application_id"]))).await.ok();
            assert_eq!(checks["formal"], json!([]), "a draft is no check");
        }
        app.known(Role::Supervisor, None).await.get(&format!("{at}/drafts")).await.ok();
        app.known(Role::Applicant, Some(NANTONG)).await.get(&format!("{at}/drafts")).await.refused(403, "not_your_role");
        app.known(Role::CityReviewer, Some(SUZHOU)).await.get(&format!("{at}/drafts")).await.refused(403, "not_your_role");
        app.known(Role::Supervisor, None).await.post(&format!("{at}/lots"), json!({})).await.refused(403, "not_your_role");

        let (told, issued) = office.confirmed("POST", &format!("{at}/lots"), None, json!({})).await;
        assert_eq!(told[0], "将印发3件：受理1件，补正1件，不予受理1件");
        assert!(told.iter().any(|told| told.contains("须补正，期限至")), "{told:?}");
        assert!(told.iter().any(|told| told.contains("不予受理，不再参加本届评审") && told.contains("产业链不符合要求")), "{told:?}");
        let issued = issued.ok();
        let results: Vec<&str> = issued["issued_checks"].as_array().unwrap().iter().map(|one| text(&one["check"]["result"])).collect();
        assert_eq!((&issued["number"], results), (&json!(1), vec!["accepted", "correction", "rejected"]));
        // Each is what it would be by itself: state, deadline, and what its applicant is told.
        for (draft, state) in drafts.iter().zip(["accepted", "correction", "rejected"]) {
            let path = format!("/api/v1/applications/{}", text(&draft["application_id"]));
            assert_eq!(office.get(&path).await.ok()["state"], state);
        }
        assert_eq!(issued["issued_checks"][1]["check"]["correction_due_at"], office.get(&format!("/api/v1/applications/{}/checks", text(&drafts[1]["application_id"]))).await.ok()["formal"][0]["correction_due_at"]);
        assert!(issued["issued_checks"][1]["check"]["correction_due_at"].is_string());
        assert!(waiting(&office, &at).await.is_empty());
        office.post(&format!("{at}/lots"), json!({})).await.refused(409, "nothing_to_issue");

        let words = words_of(&office.get(&format!("{at}/lots/1?format=docx")).await);
        for expected in ["受理通知书", "补正通知书", "不予受理告知书", "决定予以受理", "请补盖公章", "产业链不符合要求"] {
            assert!(words.contains(expected), "{expected}");
        }
        assert_eq!(office.get(&format!("{at}/lots/1")).await.ok()["issued_checks"].as_array().unwrap().len(), 3);
        let list = office.get(&format!("{at}/lots")).await.all();
        assert_eq!((&list[0]["accepted_count"], &list[0]["correction_count"], &list[0]["rejected_count"]), (&json!(1), &json!(1), &json!(1)));
        office.get(&format!("{at}/lots/2")).await.refused(404, "not_found");

        // A rejection that was taken back has no letter any more, and waits again.
        let second = app.known_as("office-2", Role::Office, None).await;
        let path = format!("/api/v1/applications/{}", text(&drafts[2]["application_id"]));
        let now = second.get(&path).await.ok();
        second.over("POST", &format!("{path}/checks/formal/revocation"), &now["revision"], json!({ "reason": "看错了" })).await.ok();
        assert!(!words_of(&office.get(&format!("{at}/lots/1?format=docx")).await).contains("不予受理告知书"));
        let again = waiting(&office, &at).await;
        assert_eq!((again.len(), &again[0]["round"], &again[0]["result"], &again[0]["correctable"]), (1, &json!(3), &Value::Null, &json!(true)));
    }

    async fn what_is_not_complete_or_not_chosen_stays_a_draft(app) {
        let (at, first) = three_drafts(&app).await;
        let office = app.known(Role::Office, None).await;
        let open = json!({ "drafts": [{ "application_id": first[1]["application_id"], "revision": 1, "findings": [], "result": "correction", "reason": "" }] });
        office.post(&format!("{at}/drafts"), open).await.ok();
        let chosen = json!({ "application_ids": [first[0]["application_id"], first[1]["application_id"]] });
        let (told, issued) = office.confirmed("POST", &format!("{at}/lots"), None, chosen.clone()).await;
        assert_eq!(told[..2], [
            "将印发1件：受理1件，补正0件，不予受理0件".to_owned(),
            format!("未填写完整、仍为草稿的1件：{}", text(&first[1]["application_number"])),
        ]);
        assert_eq!(issued.ok()["issued_checks"].as_array().unwrap().len(), 1);
        let left = waiting(&office, &at).await;
        assert_eq!(left.iter().map(|draft| draft["complete"] == true).collect::<Vec<_>>(), [false, true]);
        assert_eq!(office.post(&format!("{at}/lots"), chosen).await.invalid()[0].1, "not_up_for_check");
        // Checked by itself, its draft is gone.
        check(&office, text(&first[2]["application_id"]), "accepted", &[]).await;
        assert_eq!(waiting(&office, &at).await.len(), 1);
    }

    async fn drafts_go_out_as_a_workbook_and_come_back(app) {
        let (at, first) = three_drafts(&app).await;
        let office = app.known(Role::Office, None).await;
        let into = format!("{at}/drafts/import");
        let given = office.get(&into).await;
        let rows = sheet_of(&given);
        assert_eq!(rows.len(), 1 + 3 * 6, "an item a row, and the result");
        let done = office.post(&into, json!({ "xlsx": STANDARD.encode(&given.bytes) })).await.ok();
        assert_eq!(done, json!({ "added": 0, "changed": 0, "unchanged": 18, "hidden": 0 }));
        let number = text(&first[1]["application_number"]);
        let csv = format!("申报编号,审查项目,意见,说明\n{number},签字、盖章齐全,符合,\n{number},结论,受理,\n");
        let (told, done) = office.confirmed("POST", &into, None, json!({ "csv": csv })).await;
        assert_eq!(told[..2], [
            format!("第1行 {number} 签字、盖章齐全 意见：不符合 → 符合"),
            format!("第2行 {number} 结论 意见：补正 → 受理"),
        ]);
        assert_eq!(done.ok()["changed"], 2);
        let draft = waiting(&office, &at).await[1].clone();
        assert_eq!((&draft["result"], &draft["complete"], &draft["revision"]), (&json!("accepted"), &json!(true), &json!(2)));
        let csv = format!("申报编号,审查项目,意见,说明\n{number},x,符合,\n{number},结论,好,\n{number},结论,受理,\n2026-99-0001,结论,受理,\n");
        let pointers: Vec<String> = office.post(&into, json!({ "csv": csv })).await.invalid().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/rows/1/item", "/rows/2/finding", "/rows/3/item", "/rows/4/application"]);
    }

    async fn all_is_done_at_one_page(app) {
        let (id, applications) = at_the_checks(&app).await;
        app.known(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let here = format!("/competitions/{id}/checks/drafts");
        let page = browser.get(&here).await;
        let mut form = page.form(&format!("/act/v1{here}"));
        for row in 0..applications.len() {
            for item in 0..4 {
                form = form.with(&format!("/drafts/{row}/findings/{item}/passed:json"), "true");
            }
            form = form.with(&format!("/drafts/{row}/result:optional"), if row == 0 { "" } else { "accepted" });
        }
        let page = browser.first(&form).await;
        assert!(page.text().contains("草稿已保存"), "{}", page.text());
        assert!(page.text().contains("未填写完整"), "{}", page.text());
        let asked = browser.first(&page.form(&format!("/act/v1/competitions/{id}/checks/lots"))).await;
        assert!(asked.text().contains("将印发2件：受理2件"), "{}", asked.text());
        let confirmation = asked.forms().into_iter().find(|form| form.value("_confirm").is_some()).unwrap();
        let done = browser.first(&confirmation).await;
        assert!(done.text().contains("审查结果已印发"), "{}", done.text());
        assert!(done.text().contains("第1批审查结果"), "{}", done.text());
        let office = app.known(Role::Office, None).await;
        assert_eq!(waiting(&office, &format!("/api/v1/competitions/{id}/checks")).await.len(), 1);
    }
}
