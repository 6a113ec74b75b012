//! The office's checks: form with one correction, vetoes with their replies.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::made_files::pdf;
use super::support::app::{App, content_digest, on_both};
use super::support::browser::Browser;
use super::support::story::{
    BIOMEDICINE, NANTONG, SUZHOU, called, check, close_applications, findings, move_to, recommend, submit,
    submitted, write,
};
use super::support::text;

/// A competition at its checks, with a recommended application.
pub(super) async fn checking(app: &App) -> (String, String) {
    let id = called(app).await;
    let application = submitted(app, &id, NANTONG, BIOMEDICINE).await;
    close_applications(app).await;
    recommend(app, &id, NANTONG, &[&application]).await;
    app.at("2026-04-28T10:00:00+08:00");
    let office = app.sign_in(Role::Office, None).await;
    move_to(&office, &id, "checking").await;
    (id, application)
}

on_both! {
    async fn what_is_in_form_goes_on(app) {
        let (id, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let done = check(&office, &application, "accepted", &[]).await;
        assert_eq!((&done["round"], &done["result"]), (&json!(1), &json!("accepted")));
        let path = format!("/api/v1/applications/{application}");
        assert_eq!(office.get(&path).await.ok()["state"], "accepted");
        let now = office.get(&path).await.ok();
        let again = json!({ "findings": findings(&[]), "result": "accepted" });
        office.over("POST", &format!("{path}/checks/formal"), &now["revision"], again).await.refused(409, "not_up_for_check");
        app.at("2026-05-15T17:00:01+08:00");
        let office = app.sign_in(Role::Office, None).await;
        assert_eq!(move_to(&office, &id, "drawing").await["state"], "drawing");
    }

    async fn one_correction_is_asked_for_with_a_deadline_in_working_days(app) {
        let (id, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        let done = check(&office, &application, "correction", &["seal"]).await;
        // Asked on 28 April 2026; the holiday of 1 to 5 May is off, Saturday 9 May is worked: the fifth working day
        // after is 8 May.
        assert_eq!(done["correction_due_at"], "2026-05-08T23:59:59.999999+08:00");
        let open = office.get(&format!("/api/v1/competitions/{id}/readiness")).await.ok();
        assert!(open["open"].as_array().unwrap().iter().any(|point| point["code"] == "formal_check_open"));

        app.at("2026-05-08T23:59:59+08:00");
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let seen = nantong.get(&format!("{path}/checks")).await.ok();
        assert_eq!((&seen["formal"][0]["reason"], &seen["vetoes"]), (&json!("材料不全"), &Value::Null));
        write(&nantong, &application, "section.other", json!({ "text": "已补盖公章" })).await;
        assert_eq!(submit(&nantong, &application).await["submission"], 2);
        let office = app.sign_in(Role::Office, None).await;
        let now = office.get(&path).await.ok();
        let again = json!({ "findings": findings(&["seal"]), "result": "correction", "reason": "仍缺" });
        let told = office.over("POST", &format!("{path}/checks/formal"), &now["revision"], again).await.invalid();
        assert_eq!(told, [("/result".to_owned(), "one_correction_only".to_owned())]);
        assert_eq!(check(&office, &application, "rejected", &["seal"]).await["round"], 2);
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let now = nantong.get(&path).await.ok();
        assert_eq!((&now["state"], &now["decisions"].as_array().unwrap().last().unwrap()["reason"]), (&json!("rejected"), &json!("材料不全")));
    }

    async fn a_correction_that_does_not_come_in_time_is_decided_without(app) {
        let (_, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        check(&office, &application, "correction", &["seal"]).await;
        let now = office.get(&path).await.ok();
        let early = json!({ "findings": findings(&["seal"]), "result": "rejected", "reason": "逾期" });
        office.over("POST", &format!("{path}/checks/formal"), &now["revision"], early).await.refused(409, "not_up_for_check");
        app.at("2026-05-09T00:00:00+08:00");
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let part = format!("{path}/parts/section.other");
        nantong.over("PUT", &part, &json!(0), json!({ "text": "迟" })).await.refused(409, "deadline_passed");
        let office = app.sign_in(Role::Office, None).await;
        check(&office, &application, "rejected", &["seal"]).await;
    }

    async fn findings_must_be_complete_and_fit_the_result(app) {
        let (_, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        let revision = office.get(&path).await.ok()["revision"].clone();
        let told = async |body: Value| {
            office.over("POST", &format!("{path}/checks/formal"), &revision, body).await.invalid()
        };
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        let all = findings(&[]);
        let few: Vec<Value> = all.as_array().unwrap()[1..].to_vec();
        assert_eq!(told(json!({ "findings": few, "result": "accepted" })).await, one("/findings", "each_item_once"));
        assert_eq!(
            told(json!({ "findings": all, "result": "rejected", "reason": "x" })).await,
            one("/result", "contradicts_findings")
        );
        assert_eq!(
            told(json!({ "findings": findings(&["seal"]), "result": "correction" })).await,
            one("/reason", "required")
        );
    }

    async fn a_rejection_is_confirmed_first_and_taken_back_by_a_second_person(app) {
        let (id, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        let now = office.get(&path).await.ok();
        let body = json!({ "findings": findings(&["seal"]), "result": "rejected", "reason": "材料不全" });
        let checks = format!("{path}/checks/formal");
        let (told, done) = office.confirmed("POST", &checks, Some(&now["revision"]), body).await;
        let number = text(&now["number"]);
        assert!(told[0].starts_with(number) && told[0].contains("不予受理") && told[0].contains("材料不全"), "{told:?}");
        assert!(told[1].contains("不符合") && told[2].contains("另一人"), "{told:?}");
        done.ok();
        let nantong = app.known(Role::Applicant, Some(NANTONG)).await;
        let told = async || -> Vec<Value> {
            let messages = nantong.get("/api/v1/me/messages").await.all();
            let mut kinds: Vec<Value> = messages.as_array().unwrap().iter().map(|message| message["kind"].clone()).collect();
            kinds.sort_by_key(ToString::to_string);
            kinds
        };
        assert_eq!(told().await, ["application_rejected"]);

        let back = format!("{checks}/revocation");
        let now = office.get(&path).await.ok();
        let because = json!({ "reason": "公章在扫描件第三页，看漏了" });
        office.over("POST", &back, &now["revision"], because.clone()).await.refused(409, "second_person_required");
        let second = app.known_as("office-2", Role::Office, None).await;
        second.over("POST", &back, &now["revision"], json!({ "reason": "" })).await.invalid();
        let browser = Browser::of(&app, &second.name).await;
        let page = browser.get(&format!("/applications/{application}/checks")).await;
        let form = page.form(&format!("/act/v1/applications/{application}/checks/formal/revocation"));
        let done = browser.send(&form.with("/reason", text(&because["reason"]))).await;
        assert!(done.text().contains("不予受理已撤回") && done.text().contains("看漏了"), "{}", done.text());
        let done = second.get(&format!("{path}/checks")).await.ok()["formal"][1].clone();
        assert_eq!((&done["round"], &done["result"]), (&json!(2), &json!("taken_back")));
        let seen = nantong.get(&path).await.ok();
        let last = seen["decisions"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&seen["state"], &last["kind"]), (&json!("recommended"), &json!("rejection_taken_back")));
        assert!(text(&last["reason"]).contains("看漏了"));
        assert_eq!(told().await, ["application_rejected", "rejection_taken_back"]);
        let supervisor = app.known(Role::Supervisor, None).await;
        let events = supervisor.get(&format!("/api/v1/audit?competition_id={id}&action=check.take_back&outcome=done")).await.ok();
        assert_eq!(events["items"].as_array().unwrap().len(), 1, "an event of its own");
        // It is checked again, and the one correction is still to be had.
        second.over("POST", &back, &seen["revision"], json!({ "reason": "再" })).await.refused(409, "not_up_for_check");
        check(&office, &application, "correction", &["seal"]).await;
        app.at("2026-05-09T00:00:00+08:00");
        let office = app.sign_in(Role::Office, None).await;
        check(&office, &application, "rejected", &["seal"]).await;
        // Once the next stage has begun it stays.
        app.at("2026-05-15T17:00:01+08:00");
        let office = app.sign_in(Role::Office, None).await;
        let asked = office.get(&format!("/api/v1/competitions/{id}")).await.ok();
        let moved = office.over("POST", &format!("/api/v1/competitions/{id}/state"), &asked["revision"], json!({ "to": "drawing" })).await;
        if moved.status == 200 {
            let second = app.known_as("office-2", Role::Office, None).await;
            let now = second.get(&path).await.ok();
            second.over("POST", &back, &now["revision"], json!({ "reason": "迟" })).await.refused(409, "not_up_for_check");
        }
    }

    async fn what_is_not_judged_is_told_by_name(app) {
        let (_, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        let revision = office.get(&path).await.ok()["revision"].clone();
        let mut unjudged = findings(&[]);
        unjudged[1].as_object_mut().unwrap().remove("passed");
        let body = json!({ "findings": unjudged, "result": "accepted" });
        let told = office.over("POST", &format!("{path}/checks/formal"), &revision, body).await.invalid();
        assert!(told.contains(&("/findings/1/passed".to_owned(), "required".to_owned())), "{told:?}");
    }

    async fn a_veto_item_is_cleared_only_with_the_reply(app) {
        let (_, application) = checking(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        let checks = office.get(&format!("{path}/checks")).await.ok();
        let items = checks["vetoes"].as_object().unwrap();
        assert_eq!((items.len(), &checks["all_clear"]), (5, &json!(false)));
        assert!(items.values().all(|item| item["state"] == "not_checked"));
        let item = format!("{path}/checks/vetoes/major_accident");
        let put = async |revision: i64, body: Value| office.over("PUT", &item, &json!(revision), body).await;
        put(0, json!({ "state": "clear", "note": "无" })).await.refused(409, "no_such_step");
        put(0, json!({ "state": "asked", "note": "函请省应急厅，2026-04-28" })).await.ok();
        put(0, json!({ "state": "asked", "note": "再" })).await.refused(412, "stale");
        assert_eq!(
            put(1, json!({ "state": "clear", "note": "复函：无" })).await.invalid(),
            [("/evidence_id".to_owned(), "required".to_owned())]
        );
        let digest = content_digest(&pdf(900));
        let replies = format!("{path}/checks/replies?name=reply.pdf");
        let reply = office.send_bytes("POST", &replies, Some(pdf(900)), &[("content-digest", &digest)]).await.ok();
        assert_eq!(reply["kind"], "veto_reply");
        let clear = json!({ "state": "clear", "note": "复函：三年内无较大及以上事故", "evidence_id": reply["id"] });
        assert_eq!(put(1, clear).await.ok()["state"], "clear");
        // The applicant learns nothing of inquiries, and can't open the reply.
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let content = format!("/api/v1/evidence/{}/content", text(&reply["id"]));
        nantong.get(&content).await.refused(404, "not_found");
        let listed = nantong.get(&format!("{path}/evidence")).await.ok();
        assert!(listed["items"].as_array().unwrap().iter().all(|file| file["kind"] != "veto_reply"));
        app.sign_in(Role::Supervisor, None).await.get(&content).await.ok();
        let foreign = submitted_evidence(&nantong, &path).await;
        let wrong = json!({ "state": "asked", "note": "再问" });
        put(2, wrong).await.ok();
        assert_eq!(
            put(3, json!({ "state": "hit", "note": "有", "evidence_id": foreign })).await.invalid()[0].1,
            "unknown_document"
        );
        put(3, json!({ "state": "hit", "note": "有", "evidence_id": reply["id"] })).await.ok();
        put(4, json!({ "state": "clear", "note": "x", "evidence_id": reply["id"] })).await.refused(409, "no_such_step");
        put(4, json!({ "state": "contested", "note": "申报单位提出异议" })).await.ok();
        office
            .over("PUT", &format!("{path}/checks/vetoes/nothing"), &json!(0), json!({ "state": "asked", "note": "x" }))
            .await
            .refused(404, "not_found");
    }

    async fn checks_wait_for_their_stage(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{application}");
        let revision = office.get(&path).await.ok()["revision"].clone();
        let body = json!({ "findings": findings(&[]), "result": "accepted" });
        office.over("POST", &format!("{path}/checks/formal"), &revision, body).await.refused(409, "stage_closed");
        let veto = json!({ "state": "asked", "note": "x" });
        office
            .over("PUT", &format!("{path}/checks/vetoes/dishonesty"), &json!(0), veto)
            .await
            .refused(409, "not_up_for_check");
    }
}

/// Evidence that the applicant uploaded itself.
async fn submitted_evidence(applicant: &super::support::app::User<'_>, path: &str) -> Value {
    applicant.get(&format!("{path}/evidence")).await.ok()["items"][0]["id"].clone()
}
