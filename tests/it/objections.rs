//! Objections, leads, suspensions and re-check requests while a list is on notice.

use std::sync::Arc;

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::actions::health::ConfiguredView;
use qianglian::actions::letters::deliver_next;
use qianglian::actions::quotas::Quotas;
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::mail::Server;
use super::support::app::{Answer, App, PASSWORD, User, content_digest, on_both};
use super::support::browser::Browser;
use super::support::review::{Competition, REGIONS, announcement, objected, on_notice, review_settings};
use super::support::text;
use crate::made_files::pdf;

async fn winners(app: &App, competition: &Competition) -> Vec<String> {
    let public =
        app.public().get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
    public["winners"].as_array().unwrap().iter().map(|entry| text(&entry["application"]).to_owned()).collect()
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    text: String,
}

fn status(code: &Value) -> Value {
    json!({ "code": code })
}

on_both! {
    async fn what_comes_by_letter_is_registered_and_due_from_the_day_on_which_it_came(app) {
        let competition = on_notice(&app, review_settings()).await;
        // The notice runs from 2 to 8 July 2026; the letter is written down the day after it ended.
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}/objections", competition.id);
        let register = format!("{path}/registrations");
        let body = |channel: &str, day: &str| json!({
            "application_id": competition.applications[0], "channel": channel, "received_on": day,
            "content": { "kind": "facts", "text": "来信称营业收入与年报不符，附年报" },
            "objector": { "name": "钱来信", "contact": "南京市某路1号", "unit": "" },
        });
        let told = async |day: &str| office.post(&register, body("letter", day)).await.invalid();
        let wrong = |code: &str| vec![("/received_on".to_owned(), code.to_owned())];
        assert_eq!(told("2026-07-10").await, wrong("in_future"));
        assert_eq!(told("2026-07-09").await, wrong("outside_the_period"));
        assert_eq!(told("2026-07-01").await, wrong("outside_the_period"));
        let mut nameless = body("visit", "2026-07-07");
        nameless.as_object_mut().unwrap().remove("objector");
        office.post(&register, nameless).await.invalid();
        app.public().post(&register, body("letter", "2026-07-07")).await.refused(401, "log_in_first");
        let supervisor = app.known(Role::Supervisor, None).await;
        supervisor.post(&register, body("letter", "2026-07-07")).await.refused(403, "not_your_role");

        let receipt = office.post(&register, body("letter", "2026-07-07")).await.ok();
        // Fifteen working days from 7 July, not from the 9th.
        assert_eq!(receipt["due_at"], "2026-07-28T23:59:59.999999+08:00");
        let seen = app.public().post("/api/v1/objections/status", status(&receipt["code"])).await.ok();
        assert_eq!(seen["number"], receipt["number"]);
        let list = office.get(&path).await.ok();
        let row = &list["items"][0];
        assert_eq!((&row["channel"], &row["state"], &row["reached_at"]), (&json!("letter"), &json!("received"), &json!(null)));
        assert!(text(&row["received_at"]).starts_with("2026-07-07"));

        let bytes = pdf(900);
        let digest = content_digest(&bytes);
        let scan = format!("/api/v1/objections/{}/files?name=来信.pdf", text(&row["id"]));
        let send = async |user: &User<'_>| {
            user.send_bytes("POST", &scan, Some(bytes.clone()), &[("content-digest", &digest)]).await
        };
        send(&supervisor).await.refused(403, "not_your_role");
        let file = send(&office).await.ok();
        assert_eq!(office.get(&format!("/api/v1/objection-files/{}/content", text(&file["id"]))).await.status, 200);

        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get(&format!("/competitions/{}/objections", competition.id)).await;
        let form = page.form(&format!("/act/v1/competitions/{}/objections/registrations", competition.id));
        let form = form
            .with("/application_id", &competition.applications[1])
            .with("/content/text", "来访反映所报企业不在本地区")
            .with("/channel", "visit")
            .with("/received_on", "2026-07-08")
            .with("/objector/name", "孙来访")
            .with("/objector/contact", "13800000000");
        let receipt = browser.send(&form).await;
        assert!(receipt.text().contains("查询码只显示这一次"), "{}", receipt.text());
        let list = office.get(&path).await.ok();
        let visited = list["items"].as_array().unwrap().iter().find(|item| item["channel"] == "visit").unwrap();
        let page = browser.get(&format!("/competitions/{}/objections/{}", competition.id, text(&visited["id"]))).await;
        assert!(page.text().contains("来访"));
        let form = page.form(&format!("/act/v1/objections/{}/files", text(&visited["id"])));
        let page = browser.upload(&form, &[("笔录.pdf", &pdf(800))]).await;
        assert!(page.text().contains("扫描件已上传") && page.text().contains("笔录.pdf"), "{}", page.text());
    }

    async fn an_objection_is_filed_by_name_followed_by_its_code_and_decided(app) {
        let competition = on_notice(&app, review_settings()).await;
        let public = app.public();
        let receipt = objected(&app, &competition, &competition.applications[0]).await;
        assert_eq!(receipt["state"], "received");
        let code = text(&receipt["code"]).to_owned();
        assert_eq!(code.len(), 11);
        // Evidence with the code, its bytes as announced.
        let bytes = pdf(900);
        let digest = content_digest(&bytes);
        let to = "/api/v1/objection-files?name=年报.pdf";
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
        assert_eq!(seen["due_at"], "2026-07-23T23:59:59.999999+08:00");
        public.post("/api/v1/objections/status", status(&json!("ABCDE-FGHJK"))).await.refused(404, "unknown_code");

        let office = app.known(Role::Office, None).await;
        let list = office.get(&format!("/api/v1/competitions/{}/objections", competition.id)).await.ok();
        assert_eq!(list["items"][0]["objector"]["name"], "赵实名");
        let content = format!("/api/v1/objection-files/{}/content", text(&file["id"]));
        assert_eq!(office.get(&content).await.status, 200);
        let steps = format!("/api/v1/objections/{}/steps", text(&list["items"][0]["id"]));
        let step = |to: &str, report: &str, reply: &str| json!({ "to": to, "report": report, "reply": reply });
        office.over("POST", &steps, &json!(1), step("upheld", "x", "y")).await.refused(409, "no_such_step");
        let no_ground = office.over("POST", &steps, &json!(1), step("refused", "", "不予受理")).await;
        assert_eq!(no_ground.invalid(), [("/ground".to_owned(), "required".to_owned())]);
        let now = office.over("POST", &steps, &json!(1), step("accepted", "", "已受理")).await.ok();
        // The applicant learns nothing before it is asked, and never who objects or in which words.
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let own = format!("/api/v1/applications/{}/objections", competition.applications[0]);
        assert_eq!(lead.get(&own).await.all(), json!([]));
        let statement = format!("/api/v1/objections/{}/statement", text(&list["items"][0]["id"]));
        lead.over("POST", &statement, &now["revision"], json!({ "text": "x" })).await.refused(404, "not_found");
        let now = office.over("POST", &steps, &now["revision"], step("investigating", "调取年报", "请说明营业收入口径")).await.ok();
        let asked = lead.get(&own).await;
        assert!(!asked.text.contains("赵实名") && !asked.text.contains("13900000000") && !asked.text.contains("见所附年报"));
        assert_eq!(asked.body["items"][0]["questions"][0]["text"], "请说明营业收入口径");
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
        let competition = on_notice(&app, review_settings()).await;
        let notices = app.public().get(&format!("/api/v1/competitions/{}/notices", competition.id)).await.all();
        assert_eq!(notices[0]["notice"]["entries"].as_array().unwrap().len(), 3);
        objected(&app, &competition, &competition.applications[1]).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let office = app.known(Role::Office, None).await;
        let list = office.get(&format!("{at}/objections")).await.ok();
        let steps = format!("/api/v1/objections/{}/steps", text(&list["items"][0]["id"]));
        office.over("POST", &steps, &json!(1), json!({ "to": "accepted", "reply": "受理" })).await.ok();
        let supervisor = app.known(Role::Supervisor, None).await;
        let suspension = format!("/api/v1/applications/{}/suspension", competition.applications[2]);
        let because = json!({ "reason": "线索核查中" });
        supervisor.post(&format!("{suspension}/lifting"), because.clone()).await.refused(409, "unchanged");
        supervisor.post(&suspension, because.clone()).await.ok();
        supervisor.post(&suspension, because.clone()).await.refused(409, "unchanged");
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let preview = office.get(&format!("{at}/announcement/preview")).await.ok();
        assert_eq!((preview["winners"].as_array().unwrap().len(), preview["held_back"].as_array().unwrap().len()), (1, 2));
        office.post(&format!("{at}/announcements"), announcement()).await.ok();
        assert_eq!(winners(&app, &competition).await, [competition.applications[0].clone()]);
        // The objection is found true: its name stays out. The suspension ends: its name follows by a second announcement.
        office.over("POST", &steps, &json!(2), json!({ "to": "upheld", "report": "属实", "reply": "属实" })).await.ok();
        let supervisor = app.known(Role::Supervisor, None).await;
        supervisor.post(&format!("{suspension}/lifting"), because).await.ok();
        let mut second = announcement();
        assert_eq!(office.post(&format!("{at}/announcements"), second.clone()).await.invalid(), [("/erratum".to_owned(), "required".to_owned())]);
        second["erratum"] = json!("暂停已解除，增补一项");
        office.post(&format!("{at}/announcements"), second).await.ok();
        let mut names = winners(&app, &competition).await;
        names.sort();
        let mut expected = vec![competition.applications[0].clone(), competition.applications[2].clone()];
        expected.sort();
        assert_eq!(names, expected);
    }

    async fn what_is_anonymous_is_a_lead_for_the_supervisors_alone(app) {
        let competition = on_notice(&app, review_settings()).await;
        let path = format!("/api/v1/competitions/{}/objections", competition.id);
        let body = json!({ "application_id": competition.applications[0], "content": { "kind": "conduct", "text": "有人打招呼，请查某某会议" } });
        let receipt = app.public().post(&path, body).await.ok();
        assert_eq!(receipt["state"], "lead");
        let office = app.known(Role::Office, None).await;
        assert_eq!(office.get(&path).await.ok()["items"], json!([]));
        let supervisor = app.known(Role::Supervisor, None).await;
        let list = supervisor.get(&path).await.ok();
        let id = text(&list["items"][0]["id"]).to_owned();
        office.over("POST", &format!("/api/v1/objections/{id}/steps"), &json!(1), json!({ "to": "accepted", "reply": "x" })).await.refused(404, "not_found");
        supervisor.over("POST", &format!("/api/v1/objections/{id}/note"), &json!(1), json!({ "text": "已核查，无此会议" })).await.ok();
        // It blocks nobody.
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        assert_eq!(office.get(&format!("{at}/announcement/preview")).await.ok()["held_back"], json!([]));
    }

    async fn objections_come_in_time_against_names_on_the_list(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        settings["rules"]["reserve"] = json!(0);
        let competition = on_notice(&app, settings).await;
        let notices = app.public().get(&format!("/api/v1/competitions/{}/notices", competition.id)).await.all();
        let on = text(&notices[0]["notice"]["entries"][0]["application"]).to_owned();
        let off = competition.applications.iter().find(|application| **application != on).unwrap();
        let path = format!("/api/v1/competitions/{}/objections", competition.id);
        let body = |application: &str| json!({
            "application_id": application,
            "content": { "kind": "facts", "text": "短" },
            "objector": { "name": "", "contact": "1" },
        });
        app.public().post(&path, body(off)).await.refused(409, "not_on_notice");
        let mut unseen = body(&on);
        unseen["content"]["text"] = json!("营业收入与年报不符，见所附年报");
        unseen["objector"] = json!({ "name": "赵\u{200b}实名", "contact": "13900000000", "unit": "某\u{200d}公司" });
        let wrong = app.public().post(&path, unseen).await.invalid();
        assert_eq!(wrong, [("/objector/name".to_owned(), "bad_text".to_owned()), ("/objector/unit".to_owned(), "bad_text".to_owned())]);
        let wrong: Vec<String> = app.public().post(&path, body(&on)).await.invalid().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(wrong, ["/content/text", "/objector/name", "/objector/contact"]);
        app.at("2026-07-08T23:59:59+08:00");
        objected(&app, &competition, &on).await;
        app.at("2026-07-09T00:00:00+08:00");
        let late = json!({
            "application_id": on, "content": { "kind": "facts", "text": "营业收入与年报不符，见所附年报" },
            "objector": { "name": "赵实名", "contact": "13900000000" },
        });
        app.public().post(&path, late).await.refused(409, "deadline_passed");
    }

    async fn a_recheck_is_about_arithmetic_or_procedure_and_is_answered_first(app) {
        let competition = on_notice(&app, review_settings()).await;
        let path = format!("/api/v1/applications/{}/recheck-requests", competition.applications[0]);
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let wrong = json!({ "kind": "judgement", "text": "专家打分偏低，请重新打分" });
        lead.post(&path, wrong).await.refused(422, "invalid");
        let request = json!({ "kind": "arithmetic", "text": "请复核主导产业得分合计" });
        let filed = lead.post(&path, request.clone()).await.ok();
        lead.post(&path, request.clone()).await.refused(409, "recheck_open");
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let early = office.post(&format!("{at}/announcements"), announcement()).await.refused(409, "preconditions");
        assert_eq!(early["errors"][0]["code"], "recheck_open");
        let answer = format!("/api/v1/recheck-requests/{}/answer", text(&filed["id"]));
        let unanswered = json!({ "outcome": "filed", "answer": "x" });
        assert_eq!(office.over("POST", &answer, &json!(1), unanswered).await.invalid()[0].0, "/outcome");
        office.over("POST", &answer, &json!(1), json!({ "outcome": "no_change", "answer": "合计无误" })).await.ok();
        office.over("POST", &answer, &json!(2), json!({ "outcome": "no_change", "answer": "x" })).await.refused(409, "closed");
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        assert_eq!(lead.get(&path).await.all()[0]["answer"], "合计无误");
        lead.post(&path, request).await.refused(409, "stage_closed");
        office.post(&format!("{at}/announcements"), announcement()).await.ok();
    }

    async fn a_source_files_so_many_a_day_under_however_many_names(app) {
        let competition = on_notice(&app, review_settings()).await;
        let file = async |source: &str, at: usize, named: bool| {
            let mut body = filing(&competition.applications[0], at);
            if !named { body.as_object_mut().unwrap().remove("objector"); }
            filed_from(&app, &competition, source, body).await
        };
        // One household of IPv6 is one source, and leads count with objections.
        for at in 0..20 {
            file(&format!("2001:db8:1:2::{at:x}"), at, at % 2 == 0).await.ok();
        }
        let refused = file("2001:db8:1:2:ffff::1", 20, true).await;
        // Until the day ends: 14 hours.
        assert_eq!(refused.headers["retry-after"], "50400");
        refused.refused(429, "daily_quota");
        file("2001:db8:1:2:ffff::1", 20, false).await.refused(429, "daily_quota");
        // Its neighbours still may, as many as four sources.
        for at in 0..60 {
            file(&format!("2001:db8:1:{:x}::1", 3 + at / 20), 100 + at, true).await.ok();
        }
        file("2001:db8:1:9::1", 200, true).await.refused(429, "daily_quota");
        file("2001:db8:2::1", 200, true).await.ok();
        file("192.0.2.7", 201, true).await.ok();
        // Another day is another count.
        app.at("2026-07-03T00:00:00+08:00");
        file("2001:db8:1:2::1", 300, true).await.ok();
    }

    async fn a_contact_and_a_name_file_so_many_a_day_from_wherever(app) {
        let competition = on_notice(&app, review_settings()).await;
        for at in 0..5 {
            let mut body = filing(&competition.applications[0], at);
            body["objector"]["contact"] = json!(if at % 2 == 0 { "139 0000 0000" } else { "１３９-００００-００００" });
            filed_from(&app, &competition, &format!("192.0.{at}.1"), body).await.ok();
        }
        let mut sixth = filing(&competition.applications[0], 6);
        sixth["objector"]["contact"] = json!("13900000000");
        filed_from(&app, &competition, "198.51.100.1", sixth.clone()).await.refused(429, "daily_quota");
        sixth["objector"]["contact"] = json!("13900000001");
        filed_from(&app, &competition, "198.51.100.1", sixth).await.ok();
        let named = |at: usize| {
            let mut body = filing(&competition.applications[0], 100 + at);
            body["objector"]["name"] = json!("王某某");
            body
        };
        for at in 0..20 {
            filed_from(&app, &competition, &format!("203.0.{at}.1"), named(at)).await.ok();
        }
        filed_from(&app, &competition, "198.51.100.1", named(20)).await.refused(429, "daily_quota");
    }

    async fn forged_objections_hold_no_name_back_and_true_ones_are_not_lost(app) {
        let competition = on_notice(&app, review_settings()).await;
        for (at, application) in competition.applications.iter().enumerate() {
            filed_from(&app, &competition, "192.0.2.7", filing(application, at)).await.ok();
        }
        let at = format!("/api/v1/competitions/{}", competition.id);
        let (preview, announcements) = (format!("{at}/announcement/preview"), format!("{at}/announcements"));
        // Until the office has looked at each, nothing is announced over them: three working days, 9 to 13 July.
        app.at("2026-07-13T23:59:59+08:00");
        let office = app.known(Role::Office, None).await;
        let seen = office.get(&preview).await.ok();
        assert_eq!((seen["waiting_objections"].as_array().unwrap().len(), seen["held_back"].as_array().unwrap().len()), (3, 0));
        let early = office.post(&announcements, announcement()).await.refused(409, "preconditions");
        assert_eq!(early["errors"][0]["code"], "objections_waiting");
        // The supervisors reach one of those who object, where the office did not.
        let list = office.get(&format!("{at}/objections?state=received")).await.ok();
        let of_the_second = |item: &&Value| item["application_id"] == competition.applications[1].as_str();
        let item = list["items"].as_array().unwrap().iter().find(of_the_second).expect("it is listed");
        let id = text(&item["id"]).to_owned();
        let reach = format!("/api/v1/objections/{id}/reach");
        let how = json!({ "text": "已电话核实" });
        let applicant = app.known(Role::Applicant, Some(REGIONS[0])).await;
        applicant.over("POST", &reach, &json!(1), how.clone()).await.refused(403, "not_your_role");
        let supervisor = app.known(Role::Supervisor, None).await;
        supervisor.over("POST", &reach, &json!(1), json!({ "text": " " })).await.refused(422, "invalid");
        let reached = supervisor.over("POST", &reach, &json!(1), how.clone()).await.ok();
        assert_eq!(reached["reached_at"], "2026-07-13T23:59:59+08:00");
        office.over("POST", &reach, &json!(2), how).await.refused(409, "no_such_step");
        // Afterwards that one holds its name back, and the others hold nothing back but are still to be answered.
        app.at("2026-07-14T00:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        office.post(&announcements, announcement()).await.ok();
        let mut names = winners(&app, &competition).await;
        names.sort();
        let mut expected = vec![competition.applications[0].clone(), competition.applications[2].clone()];
        expected.sort();
        assert_eq!(names, expected);
        assert_eq!(office.get(&format!("{at}/objections?open=true")).await.ok()["items"].as_array().unwrap().len(), 3);
    }

    async fn objections_are_listed_in_parts_and_by_state(app) {
        let competition = on_notice(&app, review_settings()).await;
        for at in 0..5 {
            app.at(&format!("2026-07-02T10:00:0{at}+08:00"));
            filed_from(&app, &competition, "192.0.2.7", filing(&competition.applications[0], at)).await.ok();
        }
        let path = format!("/api/v1/competitions/{}/objections", competition.id);
        let office = app.known(Role::Office, None).await;
        let first = office.get(&format!("{path}?limit=2")).await.ok();
        let second = office.get(&format!("{path}?limit=2&cursor={}", text(&first["next_cursor"]))).await.ok();
        let third = office.get(&format!("{path}?limit=2&cursor={}", text(&second["next_cursor"]))).await.ok();
        let numbers: Vec<&str> = [&first, &second, &third]
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .map(|row| text(&row["number"]))
            .collect();
        assert_eq!(numbers, ["YY-00001", "YY-00002", "YY-00003", "YY-00004", "YY-00005"]);
        assert_eq!(third["next_cursor"], Value::Null);
        let steps = format!("/api/v1/objections/{}/steps", text(&first["items"][0]["id"]));
        office.over("POST", &steps, &json!(1), json!({ "to": "refused", "ground": "false_name", "reply": "查无此人" })).await.ok();
        let count = async |query: &str| office.get(&format!("{path}?{query}")).await.ok()["items"].as_array().unwrap().len();
        assert_eq!((count("state=refused").await, count("open=true").await, count("open=false").await), (1, 4, 1));
        assert_eq!((count("state=refused&open=true").await, count("state=accepted").await), (0, 0));
        office.get(&format!("{path}?state=guessed")).await.refused(422, "invalid");
        office.get(&format!("{path}?limit=101")).await.refused(422, "invalid");
        let one = office.get(&format!("/api/v1/objections/{}", text(&second["items"][0]["id"]))).await.ok();
        assert_eq!(one, second["items"][0]);
    }

    async fn files_of_the_public_take_so_much_of_the_storage(app) {
        let competition = on_notice(&app, review_settings()).await;
        let mut lead = filing(&competition.applications[0], 2);
        lead.as_object_mut().unwrap().remove("objector");
        let named = filed_from(&app, &competition, "192.0.2.7", filing(&competition.applications[0], 1)).await.ok()["code"].clone();
        let lead = filed_from(&app, &competition, "192.0.2.7", lead).await.ok()["code"].clone();
        let file = pdf(900);
        let size = i64::try_from(file.len()).unwrap();
        // A tenth of a day's bytes is one source's, a quarter is for leads; two services count as one.
        let few = Quotas { bytes_a_day: size * 10, bytes: size * 6, ..Quotas::default() };
        let (one, other) = (app.also_with(few), app.also_with(few));
        let refused = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(sent(&app, &one, &named, "192.0.2.1", &file).await.0, 200);
        assert_eq!(sent(&app, &other, &named, "192.0.2.1", &file).await, refused(429, "daily_quota"));
        assert_eq!(sent(&app, &one, &lead, "192.0.3.1", &file).await.0, 200);
        assert_eq!(sent(&app, &other, &lead, "192.0.4.1", &file).await.0, 200);
        assert_eq!(sent(&app, &one, &lead, "192.0.5.1", &file).await, refused(429, "daily_quota"));
        // What was refused took nothing, and another day has its own share, but not beyond that of all days.
        app.at("2026-07-03T10:00:00+08:00");
        for source in 1..=3 {
            assert_eq!(sent(&app, &other, &named, &format!("198.51.{source}.1"), &file).await.0, 200);
        }
        assert_eq!(sent(&app, &one, &named, "203.0.113.1", &file).await, refused(507, "public_storage_full"));
    }

    /// Whoever has no account has their key alone: it finds what they sent with it, and nobody else's.
    async fn a_stranger_who_asks_again_with_the_same_key_gets_the_same_answer(app) {
        let competition = on_notice(&app, review_settings()).await;
        let (public, path) = (app.public(), format!("/api/v1/competitions/{}/objections", competition.id));
        let file = async |body: Value, key: &str| {
            let answer = public.send("POST", &path, Some(body), &[("idempotency-key", key)]).await;
            (answer.headers.contains_key("idempotency-replayed"), answer.ok())
        };
        let (key, mine) = ("0123456789abcdef", filing(&competition.applications[0], 1));
        let (_, receipt) = file(mine.clone(), key).await;
        assert_eq!(file(mine.clone(), key).await, (true, receipt.clone()));
        // The same key of somebody else is another key, and the same objection with another key is another objection.
        let (again, other) = file(filing(&competition.applications[0], 2), key).await;
        assert!(!again && other["number"] == "YY-00002");
        let (again, other) = file(mine.clone(), "fedcba9876543210").await;
        assert!(!again && other["number"] == "YY-00003");
        public.send("POST", &path, Some(mine.clone()), &[("idempotency-key", "short")]).await.refused(400, "idempotency_key");

        // Neither the key nor the receipt's code can be read in the database.
        let mut conn = Conn::open(&app.address).unwrap();
        let kept: Vec<Kept> = sql_query("SELECT id || ' ' || body AS text FROM public_answer").load(&mut conn).unwrap();
        assert_eq!(kept.len(), 3);
        for row in &kept {
            let readable = hex::decode(row.text.split(' ').nth(1).unwrap()).unwrap();
            let readable = format!("{} {}", row.text, String::from_utf8_lossy(&readable));
            assert!(!readable.contains(text(&receipt["code"])) && !readable.contains(key), "{readable}");
        }
        // Both texts of an answer are JSON objects: under one mask they would begin alike, and give each other away.
        let alike = "SELECT id AS text FROM public_answer WHERE substr(body, 1, 4) = substr(sent, 1, 4)";
        let alike: Vec<Kept> = sql_query(alike).load(&mut conn).unwrap();
        assert!(alike.len() < kept.len());

        // Each file of another content is one, however often it is sent, and also when there is no room for one more.
        let code = text(&receipt["code"]);
        let add = async |bytes: &[u8], key: Option<&str>| {
            let digest = content_digest(bytes);
            let mut headers = vec![("content-digest", digest.as_str()), ("objection-code", code)];
            headers.extend(key.map(|key| ("idempotency-key", key)));
            public.send_bytes("POST", "/api/v1/objection-files?name=a.pdf", Some(bytes.to_vec()), &headers).await
        };
        let first = add(&pdf(900), Some(key)).await.ok();
        assert_ne!(add(&pdf(901), Some(key)).await.ok()["id"], first["id"]);
        for size in 902..905 {
            add(&pdf(size), None).await.ok();
        }
        add(&pdf(905), Some(key)).await.refused(409, "quota");
        assert_eq!(add(&pdf(900), Some(key)).await.ok(), first);

        // After a day it is forgotten.
        app.at("2026-07-04T10:00:00+08:00");
        file(filing(&competition.applications[0], 3), "aaaabbbbccccdddd").await;
        let (again, other) = file(mine, key).await;
        assert!(!again && other["number"] == "YY-00005");
    }

    async fn an_invitation_accepted_twice_with_one_key_is_accepted_once(app) {
        let admin = app.known(Role::Admin, None).await;
        let invite = json!({ "name": "clerk", "display_name": "张三", "role": "office" });
        let link = admin.post("/api/v1/accounts", invite).await.ok()["link_token"].clone();
        let accept = |password: &str| json!({ "token": link, "password": password });
        let send = async |body: Value| {
            let key = [("idempotency-key", "0123456789abcdef")];
            app.public().send("POST", "/api/v1/links/acceptance", Some(body), &key).await
        };
        let accepted = send(accept(PASSWORD)).await.ok();
        let again = send(accept(PASSWORD)).await;
        assert!(again.headers.contains_key("idempotency-replayed"));
        assert_eq!(again.ok(), accepted);
        send(accept("another-ferry-lantern-73")).await.refused(409, "link_not_usable");
    }

    async fn a_lead_leaves_no_gap_in_the_numbers_of_objections(app) {
        let competition = on_notice(&app, review_settings()).await;
        let mut lead = filing(&competition.applications[0], 9);
        lead.as_object_mut().unwrap().remove("objector");
        let mut numbers = Vec::new();
        for body in [filing(&competition.applications[0], 1), lead.clone(), lead, filing(&competition.applications[0], 2)] {
            numbers.push(filed_from(&app, &competition, "192.0.2.7", body).await.ok()["number"].clone());
        }
        assert_eq!(json!(numbers), json!(["YY-00001", "XS-00001", "XS-00002", "YY-00002"]));
        let supervisor = app.known(Role::Supervisor, None).await;
        let list = supervisor.get(&format!("/api/v1/competitions/{}/objections?state=lead", competition.id)).await.ok();
        let id = text(&list["items"][0]["id"]).to_owned();
        supervisor.get(&format!("/api/v1/objections/{id}")).await.ok();
        let office = app.known(Role::Office, None).await;
        office.get(&format!("/api/v1/objections/{id}")).await.refused(404, "not_found");
    }
}

/// An objection by somebody of their own name and contact.
fn filing(application: &str, at: usize) -> Value {
    json!({
        "application_id": application,
        "content": { "kind": "facts", "text": "营业收入与年报不符，见所附年报" },
        "objector": { "name": format!("异议人{at}"), "contact": format!("138{at:08}") },
    })
}

async fn filed_from(app: &App, competition: &Competition, source: &str, body: Value) -> Answer {
    let path = format!("/api/v1/competitions/{}/objections", competition.id);
    app.public().send("POST", &path, Some(body), &[("x-forwarded-for", source)]).await
}

/// How sending a file with an objection's code ends, at one of several services; the code of the error if it is refused.
async fn sent(app: &App, base: &str, code: &Value, source: &str, bytes: &[u8]) -> (u16, String) {
    let answer = app
        .client
        .post(format!("{base}/api/v1/objection-files?name=a.pdf"))
        .header("content-digest", content_digest(bytes))
        .header("objection-code", text(code))
        .header("x-forwarded-for", source)
        .body(bytes.to_vec())
        .send()
        .await
        .expect("it is answered");
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("it is JSON");
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

/// Whoever objects by mail, at a service that sends letters.
async fn objected_by_mail(
    app: &App,
    base: &str,
    competition: &Competition,
    application: &str,
    contact: &str,
) -> Value {
    let body = json!({
        "application_id": application,
        "content": { "kind": "facts", "text": "点此领奖 https://evil.example" },
        "objector": { "name": "赵实名 https://evil.example", "contact": contact, "unit": "" },
    });
    let url = format!("{base}/api/v1/competitions/{}/objections", competition.id);
    let request = app.client.post(url).header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

async fn confirm(app: &App, code: &Value, mailed: &str) -> Answer {
    app.public()
        .post("/api/v1/objections/confirmations", json!({ "code": code, "mailed_code": mailed }))
        .await
}

/// The code in a letter.
fn code_of(letter: &str) -> String {
    let (_, rest) = letter.split_once("Code: ").expect("a code");
    rest.split_whitespace().next().unwrap().to_owned()
}

on_both! {
    async fn a_code_that_was_mailed_shows_that_whoever_objects_is_reached(app) {
        let competition = on_notice(&app, review_settings()).await;
        let (earlier, server) = (Server::start(), Server::start());
        // What the owners of accounts are told.
        while deliver_next(&app.service, &earlier.mailer()).await.unwrap() {}
        let base = app.also(|service| {
            service.configured = Arc::new(ConfiguredView { mail_from: Some("office@example.org".into()), ..ConfiguredView::default() });
        });
        let name = &competition.applications[0];
        let receipt = objected_by_mail(&app, &base, &competition, name, "请发邮件：zhao@example.org").await;
        assert_eq!(receipt["mailed"], true);
        let quiet = objected_by_mail(&app, &base, &competition, name, "13900000000").await;
        assert_eq!(quiet["mailed"], false);
        assert!(deliver_next(&app.service, &server.mailer()).await.unwrap());
        assert!(!deliver_next(&app.service, &server.mailer()).await.unwrap());
        let letter = server.letter(0);
        assert!(letter.contains("To: zhao@example.org") && letter.contains(text(&receipt["number"])), "{letter}");
        assert!(!letter.contains("evil") && !letter.contains("{code}"), "{letter}");
        let mailed = code_of(&letter);

        // The office sees that a letter went, and not its code.
        let office = app.known(Role::Office, None).await;
        let listed = office.get(&format!("/api/v1/competitions/{}/letters", competition.id)).await;
        assert!(!listed.text.contains(&mailed));
        assert_eq!((&listed.body["items"][0]["account_id"], &listed.body["items"][0]["state"]), (&Value::Null, &json!("sent")));

        let wrong = |answer: Answer| assert_eq!(answer.invalid(), [("/mailed_code".to_owned(), "wrong_code".to_owned())]);
        wrong(confirm(&app, &receipt["code"], "ABCDE-FGHJK").await);
        wrong(confirm(&app, &quiet["code"], &mailed).await);
        confirm(&app, &json!("ABCDE-FGHJK"), &mailed).await.refused(404, "unknown_code");
        let before = app.public().post("/api/v1/objections/status", status(&receipt["code"])).await.ok();
        assert_eq!((&before["mailed"], &before["reached_at"]), (&json!(true), &Value::Null));
        let reached = confirm(&app, &receipt["code"], &mailed.to_lowercase()).await.ok();
        assert!(reached["reached_at"].is_string());
        // Sent again, it is as it was.
        assert_eq!(confirm(&app, &receipt["code"], &mailed).await.ok(), reached);
        let rows = office.get(&format!("/api/v1/competitions/{}/objections", competition.id)).await.ok();
        let reached = rows["items"].as_array().unwrap().iter().filter(|row| row["reached_at"].is_string());
        assert_eq!(reached.count(), 1);
    }

    async fn the_public_can_cause_so_many_letters_and_no_more(app) {
        let competition = on_notice(&app, review_settings()).await;
        let base = app.also(|service| {
            service.configured = Arc::new(ConfiguredView { mail_from: Some("office@example.org".into()), ..ConfiguredView::default() });
        });
        let name = &competition.applications[0];
        let mut mailed = Vec::new();
        for contact in ["zhao@example.org", "ZHAO@example.org", "zhao@example.org 晚上", "b@example.org", "c@example.org", "d@example.org", "e@example.org"] {
            let receipt = objected_by_mail(&app, &base, &competition, name, contact).await;
            mailed.push(receipt["mailed"].as_bool().unwrap());
        }
        // Two to one address, five for one source; the objections are taken all the same.
        assert_eq!(mailed, [true, true, false, true, true, true, false]);
        // Where no mail server is named nothing is written.
        assert_eq!(objected_by_mail(&app, &app.base, &competition, name, "f@example.org").await["mailed"], false);
    }

    async fn codes_stand_under_a_key_outside_the_database_and_old_ones_are_found(app) {
        let competition = on_notice(&app, review_settings()).await;
        let receipt = objected(&app, &competition, &competition.applications[0]).await;
        let code = text(&receipt["code"]);
        let plain = hex::encode(Sha256::digest(code));
        let mut conn = Conn::open(&app.address).unwrap();
        let of = |digest: &str| format!("SELECT number AS name FROM objection WHERE code_digest = '{digest}'");
        assert!(sql_query(of(&plain)).load::<Name>(&mut conn).unwrap().is_empty(), "no plain digest is stored");
        // As releases before stored it.
        sql_query(format!("UPDATE objection SET code_digest = '{plain}'")).execute(&mut conn).unwrap();
        let seen = app.public().post("/api/v1/objections/status", status(&json!(code))).await.ok();
        assert_eq!(seen["number"], receipt["number"]);
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    #[allow(dead_code, reason = "only whether there is one counts")]
    name: String,
}
