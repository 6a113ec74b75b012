//! The plan of all inspections: teams, days and times for many applications, by a list, a form or a workbook.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::official::document;
use super::support::app::{App, on_both};
use super::support::browser::Browser;
use super::support::review::{
    Competition, REGIONS, at_scoring, inspected, plan, profile, review_settings, team,
};
use super::support::text;
use super::tables::sheet_of;

fn address(competition: &Competition) -> String {
    format!("/api/v1/competitions/{}/inspections", competition.id)
}

fn visit(competition: &Competition, index: usize, hours: (&str, &str)) -> Value {
    json!({
        "application_id": competition.applications[index], "team_name": "第一组", "member_names": ["inspector-1、inspector-2"],
        "from": "2026-05-25", "arrives": hours.0, "leaves": hours.1,
    })
}

/// Plans the first two on one day, one after the other.
async fn planned(app: &App, competition: &Competition) -> Vec<String> {
    let office = app.known(Role::Office, None).await;
    let visits = [visit(competition, 0, ("09:00", "11:30")), visit(competition, 1, ("11:30", "17:00"))];
    let (told, done) =
        office.confirmed("PUT", &address(competition), None, json!({ "visits": visits })).await;
    assert_eq!(done.ok()["added"], 2);
    told
}

on_both! {
    async fn many_inspections_are_planned_in_one_act_that_is_shown_first(app) {
        let competition = at_scoring(&app, review_settings()).await;
        team(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = address(&competition);
        let before = office.get(&at).await.ok();
        assert!(before["items"].as_array().unwrap().iter().all(|one| one["state"].is_null()), "{before}");
        let visits = json!({ "visits": [visit(&competition, 0, ("09:00", "11:30"))] });
        office.send("PUT", &at, Some(visits), &[]).await.refused(428, "confirmation_required");
        assert_eq!(office.get(&at).await.ok(), before, "nothing is stored before it is confirmed");
        let told = planned(&app, &competition).await;
        let added = |line: &&String| line.contains("新增") && line.contains("第一组") && line.contains("09:00 – 11:30");
        assert_eq!(told.iter().filter(added).count(), 1, "{told:?}");
        assert!(told.iter().any(|line| line.contains("表中没有的1项保持不变")), "{told:?}");
        let now = office.get(&at).await.ok();
        let first = &now["items"][0];
        assert_eq!((&first["plan"]["team_name"], &first["plan"]["until"]), (&json!("第一组"), &json!("2026-05-25")));
        assert_eq!(first["plan"]["team"].as_array().unwrap().len(), 2);
        assert_eq!(now["items"][2]["state"], Value::Null, "what is not planned is last");
        let party = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let seen = party.get(&format!("/api/v1/applications/{}/inspection", competition.applications[0])).await.ok();
        assert_eq!(seen["plan"]["arrives"], "09:00");
        party.get(&at).await.refused(403, "not_your_role");
        let supervisor = app.known(Role::Supervisor, None).await;
        assert_eq!(supervisor.get(&at).await.ok(), now);
        supervisor.send("PUT", &at, Some(json!({ "visits": [] })), &[]).await.refused(403, "not_your_role");
    }

    async fn nobody_is_at_two_places_at_a_time(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let team = team(&app).await;
        planned(&app, &competition).await;
        let office = app.known(Role::Office, None).await;
        let put = async |visits: Value| office.send("PUT", &address(&competition), Some(json!({ "visits": visits })), &[]).await;
        // Beside one that is planned, and beside one of the same list.
        let early = visit(&competition, 2, ("11:00", "11:45"));
        let clash = put(json!([early])).await.invalid();
        assert_eq!(clash.len(), 4, "two members, two places: {clash:?}");
        assert!(clash.iter().all(|(pointer, code)| pointer == "/visits/0/member_names" && code == "two_places"), "{clash:?}");
        // One who moves away leaves the place to another.
        let both = json!([visit(&competition, 0, ("17:00", "18:00")), visit(&competition, 2, ("09:00", "11:30"))]);
        put(both).await.refused(428, "confirmation_required");
        let wrong = |member: &str, value: Value| {
            let mut visit = visit(&competition, 2, ("18:00", "19:00"));
            visit[member] = value;
            json!([visit])
        };
        let one = |answer: Vec<(String, String)>| answer[0].clone();
        let told = |pointer: &str, code: &str| (format!("/visits/0/{pointer}"), code.to_owned());
        assert_eq!(one(put(wrong("member_names", json!(["无此人", "inspector-1"]))).await.invalid()), told("member_names", "unknown_name"));
        assert_eq!(one(put(wrong("member_names", json!(["inspector-1"]))).await.invalid()), told("member_names", "team_too_small"));
        assert_eq!(one(put(wrong("leaves", json!("17:00"))).await.invalid()), told("leaves", "not_after_beginning"));
        assert_eq!(one(put(wrong("leaves", Value::Null)).await.invalid()), told("leaves", "required"));
        let typed = put(wrong("leaves", json!("九点"))).await;
        assert!(typed.text.contains("应为时刻，如 09:00"), "{}", typed.text);
        assert_eq!(one(put(wrong("application_id", json!(competition.id))).await.invalid()), told("application", "unknown_application"));
        // The plan of a single one is looked at in the same way.
        let path = format!("/api/v1/applications/{}/inspection/plan", competition.applications[2]);
        let mut single = plan(&team);
        (single["until"], single["arrives"], single["leaves"]) = (json!("2026-05-25"), json!("11:00"), json!("11:45"));
        assert_eq!(office.over("PUT", &path, &json!(0), single.clone()).await.invalid()[0], ("/team".to_owned(), "two_places".to_owned()));
        (single["arrives"], single["leaves"]) = (json!("17:00"), json!("18:00"));
        office.over("PUT", &path, &json!(0), single).await.ok();
        // What somebody has signed stays as it was planned.
        inspected(&app, &competition.applications[0], REGIONS[0], |_| ()).await;
        let office = app.known(Role::Office, None).await;
        let signed = json!({ "visits": [visit(&competition, 0, ("07:00", "08:00"))] });
        assert_eq!(office.send("PUT", &address(&competition), Some(signed), &[]).await.invalid()[0].1, "no_such_step");
    }

    async fn a_conflict_of_interest_is_told_before_the_plan_is_stored(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let team = team(&app).await;
        let me = app.known_as("expert-90", Role::Expert, None).await.get("/api/v1/me").await.ok();
        let office = app.known(Role::Office, None).await;
        let mut near = profile(90);
        near["region"] = json!(REGIONS[0]);
        office.post("/api/v1/experts", json!({ "profile": near, "account_name": "expert-90" })).await.ok();
        let mut visit = visit(&competition, 0, ("09:00", "11:30"));
        visit["member_names"] = json!(["inspector-1", "专家90"]);
        let (told, done) = office.confirmed("PUT", &address(&competition), None, json!({ "visits": [visit] })).await;
        assert!(told.iter().any(|line| line.contains("专家90与") && line.contains("有利害关系：同一设区市")), "{told:?}");
        done.ok();
        // By a form, the plan of a single one tells it too.
        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get(&format!("/applications/{}/inspection/plan", competition.applications[0])).await;
        let form = page.form(&format!("/act/v1/applications/{}/inspection/plan", competition.applications[0]));
        let asked = browser.first(&form.with("/notes", "东线")).await;
        assert!(asked.text().contains("有利害关系"), "{}", asked.text());
        assert!(!team.is_empty() && me["id"].is_string());
    }

    async fn the_plan_goes_out_as_a_workbook_and_comes_back(app) {
        let competition = at_scoring(&app, review_settings()).await;
        team(&app).await;
        planned(&app, &competition).await;
        let office = app.known(Role::Office, None).await;
        let import = format!("{}/import", address(&competition));
        let sent = office.get(&import).await;
        let rows = sheet_of(&sent);
        assert_eq!(rows[0][..5], ["申报编号", "申报", "考察组", "成员", "日期"].map(str::to_owned), "{rows:?}");
        assert_eq!(rows[1][6..], ["09:00", "11:30"].map(str::to_owned), "{rows:?}");
        let same = office.post(&import, json!({ "xlsx": STANDARD.encode(&sent.bytes) })).await.ok();
        assert_eq!((&same["added"], &same["changed"], &same["unchanged"]), (&json!(0), &json!(0), &json!(2)));
        let number = rows[3][0].clone();
        let csv = format!("申报编号,成员,日期,到达,离开\n{number},inspector-1；inspector-2,2026年5月26日,9：00,11:30\n");
        let (told, done) = office.confirmed("POST", &import, None, json!({ "csv": csv })).await;
        assert!(told.iter().any(|line| line.contains(&number) && line.contains("2026-05-26")), "{told:?}");
        done.ok();
        // An empty cell leaves what is there, a bad one is told at its row.
        let csv = format!("申报编号,考察组,成员,日期,到达,离开\n{number},第二组,,2026-05-26,,\n");
        let (told, done) = office.confirmed("POST", &import, None, json!({ "csv": csv })).await;
        assert!(told.iter().any(|line| line.contains("考察组：（空） → 第二组")), "{told:?}");
        done.ok();
        let now = office.get(&address(&competition)).await.ok();
        let second = now["items"].as_array().unwrap().iter().find(|one| one["number"] == number.as_str()).unwrap();
        assert_eq!((&second["plan"]["arrives"], second["plan"]["team"].as_array().unwrap().len()), (&json!("09:00"), 2));
        let csv = format!("申报编号,成员,日期,到达\n{number},inspector-1,明天,九点\nX,甲,2026-05-26,\n");
        let wrong = office.post(&import, json!({ "csv": csv })).await.invalid();
        let pointers: Vec<&str> = wrong.iter().map(|(pointer, _)| pointer.as_str()).collect();
        for pointer in ["/rows/1/from", "/rows/1/arrives", "/rows/2/application"] {
            assert!(pointers.contains(&pointer), "{wrong:?}");
        }
    }

    async fn the_schedule_and_all_notices_are_printed(app) {
        let competition = at_scoring(&app, review_settings()).await;
        team(&app).await;
        let office = app.known(Role::Office, None).await;
        let at = address(&competition);
        office.get(&format!("{at}?format=docx&document=schedule")).await.refused(409, "nothing_to_print");
        planned(&app, &competition).await;
        let now = office.get(&at).await.ok();
        let numbers = [text(&now["items"][0]["number"]), text(&now["items"][1]["number"])];
        let open = format!("尚未安排：{}", text(&now["items"][2]["number"]));
        let said = ["第一组　2026年5月25日", "09:00至11:30", "11:30至17:00", numbers[0], numbers[1], &open];
        document(&office, &format!("{at}?document=schedule"), "考察日程表", &said).await;
        let notices = ["考察组将于2026年5月25日09:00", numbers[0], numbers[1]];
        document(&office, &format!("{at}?document=inspection_notices"), "考察通知（全部）", &notices).await;
    }

    async fn many_inspections_are_planned_by_a_form(app) {
        let competition = at_scoring(&app, review_settings()).await;
        team(&app).await;
        let browser = Browser::of(&app, "office-0").await;
        let at = format!("/competitions/{}/inspections", competition.id);
        let page = browser.get(&at).await;
        let act = format!("/act/v1/competitions/{}/inspections", competition.id);
        let form = page.form(&act);
        let filled = form.with("/visits/0/team_name", "第一组").with("/visits/0/member_names:lines", "inspector-1、inspector-2")
            .with("/visits/0/from:null", "2026-05-25").with("/visits/0/arrives:null", "09:00").with("/visits/0/leaves:null", "08:00");
        let wrong = browser.send(&filled).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("离开的时刻须晚于到达的时刻"), "{}", wrong.text());
        let filled = wrong.form(&act).with("/visits/0/leaves:null", "11:30");
        let asked = browser.first(&filled).await;
        assert!(asked.text().contains("新增"), "{}", asked.text());
        let done = browser.send(&filled).await;
        assert!(done.text().contains("考察安排已保存") && done.text().contains("第一组"), "{}", done.text());
        let page = browser.get(&format!("{at}/import")).await;
        let csv = page.form(&format!("{act}/import")).with("/csv:optional", "申报编号,成员,日期\nX,甲,2026-05-25\n");
        assert!(browser.send(&csv).await.text().contains("没有这一编号"));
    }
}
