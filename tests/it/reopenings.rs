//! A stage that was closed by mistake is opened again by two people.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::on_both;
use super::support::browser::Browser;
use super::support::review::{closed, confirm, meeting, review_settings, serving, sheet};
use super::support::story::{BIOMEDICINE, SUZHOU, called, close_applications, recommend, submitted};
use super::support::text;

on_both! {
    async fn one_proposes_another_opens_and_the_deadline_is_to_come(app) {
        let id = called(&app).await;
        let path = format!("/api/v1/competitions/{id}");
        let reopening = format!("{path}/reopening");
        let confirmation = format!("{reopening}/confirmation");
        let office = app.sign_in(Role::Office, None).await;
        let propose = |until: Option<&str>| json!({ "reason": "时钟有误，提前截止", "due_at": until });
        let now = office.get(&path).await.ok();
        office.over("POST", &reopening, &now["revision"], propose(None)).await.refused(409, "no_such_step");
        submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        close_applications(&app).await;

        let office = app.sign_in(Role::Office, None).await;
        let second = app.sign_in_as("office-2", Role::Office, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let now = office.get(&path).await.ok()["revision"].clone();
        let over = async |body| office.over("POST", &reopening, &now, body).await;
        assert_eq!(over(json!({ "reason": " ", "due_at": null })).await.invalid()[0].0, "/reason");
        assert_eq!(over(propose(None)).await.invalid()[0], ("/due_at".to_owned(), "not_later".to_owned()));
        // What couldn't be confirmed is not proposed.
        let beyond = over(propose(Some("2027-04-10T17:00:00+08:00"))).await.invalid();
        assert_eq!(beyond[0], ("/due_at".to_owned(), "not_before_next_stage".to_owned()));
        supervisor.get(&reopening).await.refused(404, "not_found");
        second.over("POST", &confirmation, &now, Value::Null).await.refused(404, "not_found");
        let proposed = over(propose(Some("2026-04-10T17:00:00+08:00"))).await.ok();
        assert_eq!((&proposed["from_state"], &proposed["to_state"]), (&json!("recommendation"), &json!("application")));
        assert_eq!(supervisor.get(&reopening).await.ok(), proposed);
        office.over("POST", &confirmation, &now, Value::Null).await.refused(409, "second_person_required");
        supervisor.over("POST", &confirmation, &now, Value::Null).await.refused(403, "not_your_role");
        let browser = Browser::of(&app, "office-2").await;
        let page = browser.get(&format!("/competitions/{id}")).await;
        assert!(page.text().contains("提议重新开放"), "{}", page.text());
        browser.send(&page.form(&format!("/act/v1/competitions/{id}/reopening/confirmation"))).await;
        let opened = office.get(&path).await.ok();
        assert_eq!(opened["state"], "application");
        assert_eq!(opened["settings"]["calendar"]["application"]["until"], "2026-04-10T17:00:00+08:00");
        // It is done once, and the stage closes at its new deadline.
        second.over("POST", &confirmation, &opened["revision"], Value::Null).await.refused(404, "not_found");
        close_applications(&app).await;
        assert_eq!(office.get(&path).await.ok()["state"], "application");
        app.at("2026-04-10T17:01:01+08:00");
        qianglian::actions::competitions::close_what_is_due(&app.service).await.unwrap();
        assert_eq!(app.public().get(&path).await.ok()["state"], "recommendation");
    }

    async fn what_is_settled_since_or_changed_meanwhile_stands_against_it(app) {
        let id = called(&app).await;
        let path = format!("/api/v1/competitions/{id}");
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        close_applications(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let second = app.sign_in_as("office-2", Role::Office, None).await;
        let now = office.get(&path).await.ok()["revision"].clone();
        let propose = json!({ "reason": "误截止", "due_at": "2026-04-10T17:00:00+08:00" });
        let reopening = format!("{path}/reopening");
        office.over("POST", &reopening, &now, propose.clone()).await.ok();
        recommend(&app, &id, SUZHOU, &[&application]).await;
        let confirmation = format!("{reopening}/confirmation");
        second.over("POST", &confirmation, &now, Value::Null).await.refused(409, "followed_already");
        office.over("POST", &reopening, &now, propose).await.refused(409, "followed_already");
        let extend = json!({ "stage": "recommendation", "due_at": "2026-04-29T17:00:00+08:00", "reason": "延期" });
        office.over("POST", &format!("{path}/extensions"), &now, extend).await.ok();
        office.get(&reopening).await.refused(404, "not_found");
    }

    async fn the_tally_that_closing_had_frozen_stays_and_the_next_closing_makes_another(app) {
        let competition = closed(&app, review_settings()).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        let office = app.known(Role::Office, None).await;
        let second = app.known_as("office-2", Role::Office, None).await;
        let first = office.get(&format!("{path}/tallies/1")).await;
        let now = office.get(&path).await.ok()["revision"].clone();
        office.over("POST", &format!("{path}/reopening"), &now, json!({ "reason": "误截止", "due_at": null })).await.ok();
        let opened = second.over("POST", &format!("{path}/reopening/confirmation"), &now, Value::Null).await.ok();
        assert_eq!(opened["state"], "scoring");
        let name = &serving(&app, &competition).await[0];
        let expert = app.known_as(name, Role::Expert, None).await;
        let sheets = format!("/api/v1/applications/{}/sheets/mine", competition.applications[0]);
        let seen = expert.get(&sheets).await.ok();
        let correction = json!({ "reason": "slip", "explanation": "误填", "content": sheet(10) });
        expert.over("POST", &format!("{sheets}/corrections"), &seen["revision"], correction).await.ok();
        let closed = office.over("POST", &format!("{path}/state"), &opened["revision"], json!({ "to": "selection" })).await.ok();
        assert_eq!(closed["state"], "selection");
        assert_eq!(office.get(&format!("{path}/tallies/1")).await.text, first.text, "what was frozen stays");
        let again = office.get(&format!("{path}/tallies/2")).await.ok();
        assert_ne!(again["sheets"], first.body["sheets"]);
        confirm(&app, &competition, 2).await;
        office.post(&format!("{path}/selections"), json!({ "meeting": meeting() })).await.ok();
        let propose = json!({ "reason": "误截止", "due_at": null });
        office.over("POST", &format!("{path}/reopening"), &closed["revision"], propose).await.refused(409, "followed_already");
        assert_eq!(text(&office.get(&path).await.ok()["state"]), "selection");
    }
}
