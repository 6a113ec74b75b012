//! Acts that are only tried: the answer is what it would be, and nothing is done, kept or recorded.

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, User, on_both};
use super::support::review::{closed, review_settings};
use super::support::story::{
    BIOMEDICINE, SUZHOU, called, check, close_applications, complete, draft, findings, move_to, settings,
    submit,
};
use super::support::text;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// How many events the audit trail has.
fn events(app: &App) -> i64 {
    let counted: Counted = sql_query("SELECT COUNT(*) AS number FROM audit_event")
        .get_result(&mut Conn::open(&app.address).unwrap())
        .unwrap();
    counted.number
}

/// What becomes of an act that is only tried, which nothing is recorded of.
async fn tried(
    app: &App,
    user: &User<'_>,
    method: &str,
    path: &str,
    revision: &Value,
    body: Value,
) -> (u16, Value) {
    let before = events(app);
    let answer = user.over(method, &format!("{path}?validate_only=true"), revision, body).await;
    assert_eq!(events(app), before, "{method} {path} was recorded");
    (answer.status, answer.body)
}

on_both! {
    async fn an_application_is_tried_before_it_is_submitted_recommended_and_checked(app) {
        let id = called(&app).await;
        let suzhou = app.known(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let path = format!("/api/v1/applications/{application}");
        let now = suzhou.get(&path).await.ok();
        let submissions = format!("{path}/submissions");
        let (status, told) = tried(&app, &suzhou, "POST", &submissions, &now["revision"], Value::Null).await;
        assert_eq!((status, &told["code"]), (409, &json!("incomplete")));
        complete(&suzhou, &application).await;
        let now = suzhou.get(&path).await.ok();
        assert_eq!(tried(&app, &suzhou, "POST", &submissions, &json!(0), Value::Null).await.0, 412);
        assert_eq!(tried(&app, &suzhou, "POST", &submissions, &now["revision"], Value::Null).await.0, 204);
        assert_eq!(suzhou.get(&path).await.ok(), now, "it is a draft still");
        submit(&suzhou, &application).await;
        let perhaps = format!("{submissions}?validate_only=perhaps");
        suzhou.over("POST", &perhaps, &now["revision"], Value::Null).await.refused(400, "bad_query");

        close_applications(&app).await;
        let reviewer = app.known(Role::CityReviewer, Some(SUZHOU)).await;
        let list = format!("/api/v1/competitions/{id}/recommendations/{SUZHOU}");
        let entries = json!({ "entries": [{ "application_id": application, "opinion": "同意推荐" }] });
        let put = reviewer.over("PUT", &list, &json!(0), entries).await.ok();
        let seal = format!("{list}/seal");
        assert_eq!(tried(&app, &reviewer, "POST", &seal, &put["revision"], Value::Null).await.0, 204);
        assert!(reviewer.get(&list).await.ok()["sealed_at"].is_null());
        reviewer.over("POST", &seal, &put["revision"], Value::Null).await.ok();

        app.at("2026-04-23T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        move_to(&office, &id, "checking").await;
        let now = office.get(&path).await.ok();
        let checks = format!("{path}/checks/formal");
        let accepted = json!({ "findings": findings(&[]), "result": "accepted", "reason": "" });
        assert_eq!(tried(&app, &office, "POST", &checks, &now["revision"], accepted).await.0, 204);
        let rejected = json!({ "findings": findings(&["seal"]), "result": "rejected", "reason": "材料不全" });
        let (status, told) = tried(&app, &office, "POST", &checks, &now["revision"], rejected).await;
        assert_eq!((status, &told["code"]), (428, &json!("confirmation_required")));
        check(&office, &application, "accepted", &[]).await;
    }

    async fn settings_and_a_tally_are_tried_first(app) {
        let office = app.known(Role::Office, None).await;
        let made = office.post("/api/v1/competitions", settings()).await.ok();
        let path = format!("/api/v1/competitions/{}/settings", text(&made["id"]));
        let mut other = settings();
        other["title"] = json!("另一届");
        assert_eq!(tried(&app, &office, "PUT", &path, &made["revision"], other.clone()).await.0, 204);
        other["title"] = json!("");
        assert_eq!(tried(&app, &office, "PUT", &path, &made["revision"], other).await.0, 422);
        let now = office.get(&format!("/api/v1/competitions/{}", text(&made["id"]))).await.ok();
        assert_eq!((&now["revision"], &now["settings"]["title"]), (&made["revision"], &made["settings"]["title"]));

        let competition = closed(&app, review_settings()).await;
        let tallies = format!("/api/v1/competitions/{}/tallies", competition.id);
        let office = app.known(Role::Office, None).await;
        let body = json!({ "reason": "加分" });
        assert_eq!(tried(&app, &office, "POST", &tallies, &json!(0), body.clone()).await.0, 409, "nothing has changed");
        let bonus = json!({ "entries": [{ "key": "key_tech", "value": "1", "basis": "验收文件" }] });
        let adjustments = format!("/api/v1/applications/{}/adjustments", competition.applications[0]);
        office.over("PUT", &adjustments, &json!(0), bonus).await.ok();
        assert_eq!(tried(&app, &office, "POST", &tallies, &json!(0), body.clone()).await.0, 204);
        assert_eq!(office.get(&tallies).await.all().as_array().unwrap().len(), 1);
        office.post(&tallies, body).await.ok();
        assert_eq!(office.get(&tallies).await.all().as_array().unwrap().len(), 2);
    }
}
