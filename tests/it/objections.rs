//! Objections, leads, suspensions and re-check requests while a list is on notice.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, content_digest, on_both};
use super::support::review::{Edition, REGIONS, announcement, objected, on_notice, review_settings};
use super::support::text;
use crate::made_files::pdf;

async fn winners(app: &App, edition: &Edition) -> Vec<String> {
    let public = app.public().get(&format!("/api/v1/announcements/{}", edition.id)).await.ok();
    public["winners"].as_array().unwrap().iter().map(|entry| text(&entry["application"]).to_owned()).collect()
}

fn status(code: &Value) -> Value {
    json!({ "code": code })
}

on_both! {
    async fn an_objection_is_filed_by_name_followed_by_its_code_and_decided(app) {
        let edition = on_notice(&app, review_settings()).await;
        let public = app.public();
        let receipt = objected(&app, &edition, &edition.applications[0]).await;
        assert_eq!(receipt["state"], "received");
        let code = text(&receipt["code"]).to_owned();
        assert_eq!(code.len(), 11);
        // Evidence with the code, its bytes as announced.
        let bytes = pdf(900);
        let digest = content_digest(&bytes);
        let to = "/api/v1/objections/evidence?name=年报.pdf";
        let with = |code: &str| vec![("content-digest".to_owned(), digest.clone()), ("objection-code".to_owned(), code.to_owned())];
        let send = async |code: &str| {
            let headers = with(code);
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            app.public().send_bytes("POST", to, Some(bytes.clone()), &headers).await
        };
        let file = send(&code).await.ok();
        send("23456-789AB").await.refused(404, "unknown_code");
        for _ in 0..4 {
            send(&code).await.ok();
        }
        send(&code).await.refused(409, "quota");
        public.send_bytes("POST", to, Some(bytes.clone()), &[("content-digest", &digest)]).await.refused(400, "objection_code");
        // The code may be written as people write.
        let seen = public.post("/api/v1/objections/status", status(&json!(code.to_lowercase()))).await.ok();
        assert_eq!((&seen["number"], seen["files"].as_array().unwrap().len()), (&receipt["number"], 5));
        // Fifteen working days, the first not counted: 2 July to 23 July 2026.
        assert_eq!(seen["due"], "2026-07-23T23:59:59.999999+08:00");
        public.post("/api/v1/objections/status", status(&json!("ABCDE-FGHJK"))).await.refused(404, "unknown_code");

        let office = app.known(Role::Office, None).await;
        let list = office.get(&format!("/api/v1/competitions/{}/objections", edition.id)).await.ok();
        assert_eq!(list[0]["objector"]["name"], "赵实名");
        let content = format!("/api/v1/objection-files/{}/content", text(&file["id"]));
        assert_eq!(office.get(&content).await.status, 200);
        let steps = format!("/api/v1/objections/{}/steps", text(&list[0]["id"]));
        let step = |to: &str, report: &str, reply: &str| json!({ "to": to, "report": report, "reply": reply });
        office.over("POST", &steps, &json!(1), step("upheld", "x", "y")).await.refused(409, "no_such_step");
        let no_ground = office.over("POST", &steps, &json!(1), step("refused", "", "不予受理")).await;
        assert_eq!(no_ground.invalid(), [("/ground".to_owned(), "required".to_owned())]);
        let now = office.over("POST", &steps, &json!(1), step("accepted", "", "已受理")).await.ok();
        // The applicant learns nothing before it is asked, and never who objects or in which words.
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let own = format!("/api/v1/applications/{}/objections", edition.applications[0]);
        assert_eq!(lead.get(&own).await.ok(), json!([]));
        let statement = format!("/api/v1/objections/{}/statement", text(&list[0]["id"]));
        lead.over("POST", &statement, &now["revision"], json!({ "text": "x" })).await.refused(404, "not_found");
        let now = office.over("POST", &steps, &now["revision"], step("investigating", "调取年报", "请说明营业收入口径")).await.ok();
        let asked = lead.get(&own).await;
        assert!(!asked.text.contains("赵实名") && !asked.text.contains("13900000000") && !asked.text.contains("见所附年报"));
        assert_eq!(asked.body[0]["questions"][0]["text"], "请说明营业收入口径");
        let stated = lead.over("POST", &statement, &now["revision"], json!({ "text": "口径为开票销售" })).await.ok();
        assert_eq!(stated["statements"][0]["text"], "口径为开票销售");
        let rival = app.known(Role::Applicant, Some(REGIONS[1])).await;
        rival.get(&own).await.refused(404, "not_found");
        // Whoever objected reads replies, not what the applicant was asked or said, nor the report.
        office.over("POST", &steps, &stated["revision"], step("dismissed", "年报与申报一致", "经查不属实")).await.ok();
        let seen = public.post("/api/v1/objections/status", status(&json!(code))).await.ok();
        let replies: Vec<&str> = seen["replies"].as_array().unwrap().iter().map(|reply| text(&reply["text"])).collect();
        assert_eq!(replies, ["已受理", "经查不属实"]);
        send(&code).await.refused(409, "closed");
    }

    async fn an_open_objection_holds_back_its_own_name_alone(app) {
        let edition = on_notice(&app, review_settings()).await;
        let notices = app.public().get(&format!("/api/v1/notices/{}", edition.id)).await.ok();
        assert_eq!(notices[0]["notice"]["entries"].as_array().unwrap().len(), 3);
        objected(&app, &edition, &edition.applications[1]).await;
        let supervisor = app.known(Role::Supervisor, None).await;
        let suspension = format!("/api/v1/applications/{}/suspension", edition.applications[2]);
        let because = json!({ "reason": "线索核查中" });
        supervisor.post(&format!("{suspension}/end"), because.clone()).await.refused(409, "unchanged");
        supervisor.post(&suspension, because.clone()).await.ok();
        supervisor.post(&suspension, because.clone()).await.refused(409, "unchanged");
        let at = format!("/api/v1/competitions/{}", edition.id);
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let preview = office.get(&format!("{at}/announcements/preview")).await.ok();
        assert_eq!((preview["winners"].as_array().unwrap().len(), preview["held_back"].as_array().unwrap().len()), (1, 2));
        office.post(&format!("{at}/announcements"), announcement()).await.ok();
        assert_eq!(winners(&app, &edition).await, [edition.applications[0].clone()]);
        // The objection is found true: its name stays out. The suspension ends: its name follows by a second announcement.
        let list = office.get(&format!("{at}/objections")).await.ok();
        let steps = format!("/api/v1/objections/{}/steps", text(&list[0]["id"]));
        office.over("POST", &steps, &json!(1), json!({ "to": "accepted", "reply": "受理" })).await.ok();
        office.over("POST", &steps, &json!(2), json!({ "to": "upheld", "report": "属实", "reply": "属实" })).await.ok();
        let supervisor = app.known(Role::Supervisor, None).await;
        supervisor.post(&format!("{suspension}/end"), because).await.ok();
        let mut second = announcement();
        assert_eq!(office.post(&format!("{at}/announcements"), second.clone()).await.invalid(), [("/erratum".to_owned(), "required".to_owned())]);
        second["erratum"] = json!("暂停已解除，增补一项");
        office.post(&format!("{at}/announcements"), second).await.ok();
        let mut names = winners(&app, &edition).await;
        names.sort();
        let mut expected = vec![edition.applications[0].clone(), edition.applications[2].clone()];
        expected.sort();
        assert_eq!(names, expected);
    }

    async fn what_is_anonymous_is_a_lead_for_the_supervisors_alone(app) {
        let edition = on_notice(&app, review_settings()).await;
        let path = format!("/api/v1/competitions/{}/objections", edition.id);
        let body = json!({ "application_id": edition.applications[0], "content": { "kind": "conduct", "text": "有人打招呼，请查某某会议" } });
        let receipt = app.public().post(&path, body).await.ok();
        assert_eq!(receipt["state"], "lead");
        let office = app.known(Role::Office, None).await;
        assert_eq!(office.get(&path).await.ok(), json!([]));
        let supervisor = app.known(Role::Supervisor, None).await;
        let list = supervisor.get(&path).await.ok();
        let id = text(&list[0]["id"]).to_owned();
        office.over("POST", &format!("/api/v1/objections/{id}/steps"), &json!(1), json!({ "to": "accepted", "reply": "x" })).await.refused(404, "not_found");
        supervisor.over("POST", &format!("/api/v1/objections/{id}/note"), &json!(1), json!({ "text": "已核查，无此会议" })).await.ok();
        // It blocks nobody.
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", edition.id);
        assert_eq!(office.get(&format!("{at}/announcements/preview")).await.ok()["held_back"], json!([]));
    }

    async fn objections_come_in_time_against_names_on_the_list(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        settings["rules"]["reserve"] = json!(0);
        let edition = on_notice(&app, settings).await;
        let notices = app.public().get(&format!("/api/v1/notices/{}", edition.id)).await.ok();
        let on = text(&notices[0]["notice"]["entries"][0]["application"]).to_owned();
        let off = edition.applications.iter().find(|application| **application != on).unwrap();
        let path = format!("/api/v1/competitions/{}/objections", edition.id);
        let body = |application: &str| json!({
            "application_id": application,
            "content": { "kind": "facts", "text": "短" },
            "objector": { "name": "", "contact": "1" },
        });
        app.public().post(&path, body(off)).await.refused(409, "not_on_notice");
        let wrong: Vec<String> = app.public().post(&path, body(&on)).await.invalid().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(wrong, ["/content/text", "/objector/name", "/objector/contact"]);
        app.at("2026-07-08T23:59:59+08:00");
        objected(&app, &edition, &on).await;
        app.at("2026-07-09T00:00:00+08:00");
        let late = json!({
            "application_id": on, "content": { "kind": "facts", "text": "营业收入与年报不符，见所附年报" },
            "objector": { "name": "赵实名", "contact": "13900000000" },
        });
        app.public().post(&path, late).await.refused(409, "deadline_passed");
    }

    async fn a_recheck_is_about_arithmetic_or_procedure_and_is_answered_first(app) {
        let edition = on_notice(&app, review_settings()).await;
        let path = format!("/api/v1/applications/{}/recheck-requests", edition.applications[0]);
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let wrong = json!({ "kind": "judgement", "text": "专家打分偏低，请重新打分" });
        lead.post(&path, wrong).await.refused(422, "invalid");
        let request = json!({ "kind": "arithmetic", "text": "请复核主导产业得分合计" });
        let filed = lead.post(&path, request.clone()).await.ok();
        lead.post(&path, request.clone()).await.refused(409, "recheck_open");
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", edition.id);
        let early = office.post(&format!("{at}/announcements"), announcement()).await.refused(409, "preconditions");
        assert_eq!(early["errors"][0]["code"], "recheck_open");
        let answer = format!("/api/v1/recheck-requests/{}/answer", text(&filed["id"]));
        let unanswered = json!({ "outcome": "filed", "answer": "x" });
        assert_eq!(office.over("POST", &answer, &json!(1), unanswered).await.invalid()[0].0, "/outcome");
        office.over("POST", &answer, &json!(1), json!({ "outcome": "no_change", "answer": "合计无误" })).await.ok();
        office.over("POST", &answer, &json!(2), json!({ "outcome": "no_change", "answer": "x" })).await.refused(409, "closed");
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        assert_eq!(lead.get(&path).await.ok()[0]["answer"], "合计无误");
        lead.post(&path, request).await.refused(409, "stage_closed");
        office.post(&format!("{at}/announcements"), announcement()).await.ok();
    }
}
