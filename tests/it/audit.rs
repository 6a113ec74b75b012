//! The audit trail: what is in it, who reads it, and that nobody changes it.

use diesel::RunQueryDsl;
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, PASSWORD, on_both};
use super::support::story::{BIOMEDICINE, NANTONG, SUZHOU, called, submitted};
use super::support::text;

/// The events of a chain.
async fn events(app: &App, query: &str) -> Vec<Value> {
    let supervisor = app.sign_in(Role::Supervisor, None).await;
    let page = supervisor.get(&format!("/api/v1/audit?limit=100{query}")).await.ok();
    page["items"].as_array().unwrap().iter().map(|item| item["event"].clone()).collect()
}

on_both! {
    async fn an_act_is_one_event_with_who_what_when_and_whence(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let found = events(&app, &format!("&competition_id={id}&action=application.submit")).await;
        assert_eq!(found.len(), 1);
        let event = &found[0];
        assert_eq!(event["format"], "qianglian/event/1");
        assert_eq!(event["actor"]["name"], "applicant-320500");
        assert_eq!(event["actor"]["role"], "applicant");
        assert_eq!(event["object"], format!("application/{application}"));
        assert_eq!((&event["outcome"], &event["reason"]), (&json!("done"), &Value::Null));
        assert_eq!((&event["source"], &event["at"]), (&json!("127.0.0.1"), &json!("2026-03-10T10:00:00+08:00")));
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let submissions = suzhou.get(&format!("/api/v1/applications/{application}/submissions")).await.all();
        assert_eq!(event["after"], submissions[0]["digest"]);
        assert_eq!(event["details"]["submission"], 1);
    }

    async fn a_refusal_is_an_event_too_and_undoes_the_act(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let path = format!("/api/v1/applications/{application}");
        let hidden = nantong.get(&path).await.refused(404, "not_found");
        let admin = app.sign_in(Role::Admin, None).await;
        admin.get(&path).await.refused(403, "not_your_role");
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        suzhou.over("PUT", &format!("{path}/parts/profile"), &json!(1), json!({})).await.refused(409, "not_open");
        let mut seen: Vec<(String, String, String)> = Vec::new();
        for chain in [String::new(), format!("&competition_id={id}")] {
            for event in events(&app, &format!("{chain}&outcome=refused")).await {
                let part = |name: &str| text(&event[name]).to_owned();
                seen.push((text(&event["actor"]["role"]).to_owned(), part("action"), part("reason")));
                if event["reason"] == "not_found" {
                    assert_eq!(event["request"], hidden["request_id"]);
                    assert_eq!(event["object"], format!("application/{application}"));
                }
            }
        }
        let told = |role: &str, action: &str, reason: &str| (role.to_owned(), action.to_owned(), reason.to_owned());
        assert_eq!(
            seen,
            [
                told("applicant", "application.read", "not_found"),
                told("admin", "application.read", "not_your_role"),
                told("applicant", "application.change", "not_open"),
            ]
        );
    }

    async fn wrong_passwords_are_recorded_without_what_was_typed(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let typed = json!({ "name": "my-Secret-42", "password": "another-Secret" });
        nobody.post("/api/v1/login", typed).await.refused(401, "login_failed");
        nobody.post("/api/v1/login", json!({ "name": "office-0", "password": "x" })).await.refused(401, "login_failed");
        let found = events(&app, "&action=session.log_in&outcome=refused").await;
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|event| !event.to_string().contains("Secret") && event["actor"].is_null()));
        assert!(text(&found[1]["object"]).starts_with("account/"));
        nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
    }

    async fn the_trail_is_filtered_and_paged(app) {
        let id = called(&app).await;
        submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let me = app.sign_in(Role::Applicant, Some(SUZHOU)).await.get("/api/v1/me").await.ok();
        let by_me = events(&app, &format!("&competition_id={id}&account_id={}", text(&me["id"]))).await;
        assert!(by_me.len() > 10 && by_me.iter().all(|event| event["actor"]["account"] == me["id"]));
        assert!(events(&app, &format!("&competition_id={id}&from=2026-03-11T00:00:00%2B08:00")).await.is_empty());
        let mut numbers = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = supervisor.get(&format!("/api/v1/audit?competition_id={id}&limit=5{cursor}")).await.ok();
            numbers.extend(page["items"].as_array().unwrap().iter().map(|item| item["event"]["seq"].as_u64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        supervisor.get("/api/v1/audit?action=nonsense").await.invalid();
        for role in [Role::Admin, Role::Office, Role::Expert] {
            app.sign_in(role, None).await.get("/api/v1/audit").await.refused(403, "not_your_role");
        }
    }

    async fn nobody_changes_what_is_recorded_not_even_in_the_database(app) {
        let id = called(&app).await;
        submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let mut conn = Conn::open(&app.address).unwrap();
        let mut refused = |statement: String| {
            let outcome = diesel::sql_query(&statement).execute(&mut conn);
            let error = outcome.expect_err(&statement).to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        };
        for (table, column) in [
            ("audit_event", "body"),
            ("competition_version", "content"),
            ("application_part_version", "content"),
            ("submission", "content"),
            ("application_decision", "reasons"),
            ("dataset", "content"),
        ] {
            refused(format!("UPDATE {table} SET {column} = 'x'"));
            refused(format!("DELETE FROM {table}"));
            match &app.address {
                qianglian::db::Address::Sqlite(_) => {
                    refused(format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"));
                    // Also on a connection that does not fire triggers on REPLACE.
                    let mut other = diesel::Connection::establish(&match &app.address {
                        qianglian::db::Address::Sqlite(path) => path.clone(),
                        qianglian::db::Address::Postgres(_) => unreachable!(),
                    })
                    .map(|conn: diesel::SqliteConnection| conn)
                    .unwrap();
                    let statement = format!("REPLACE INTO {table} SELECT * FROM {table}");
                    let error = diesel::sql_query(&statement).execute(&mut other).expect_err(&statement);
                    assert!(error.to_string().contains("append-only"), "{error}");
                }
                qianglian::db::Address::Postgres(_) => refused(format!("TRUNCATE {table} CASCADE")),
            }
        }
    }

    async fn times_in_the_trail_never_go_back(app) {
        let office = app.sign_in(Role::Office, None).await;
        app.at("2026-03-01T00:00:00+08:00");
        app.sign_in_as("office-1", Role::Office, None).await;
        drop(office);
        // `look_for_broken_invariants` compares the times of all events.
        app.at("2026-03-10T10:00:00+08:00");
    }
}
