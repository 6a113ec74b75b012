//! Accounts: invited, changed, disabled, reset, and the first administrator.

use qianglian::actions::login::set_up_code;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{PASSWORD, on_both};
use super::support::text;

on_both! {
    /// The code that the service prints makes one administrator, once.
    async fn the_first_administrator_is_made_by_the_printed_code(app) {
        let code = set_up_code(&app.service).await.unwrap().expect("there is no administrator yet");
        let nobody = app.public();
        let set_up = |code: &str, password: &str| json!({
            "code": code, "name": "root", "display_name": "管理员", "password": password,
        });
        nobody.post("/api/v1/setup", set_up("qll_wrong", PASSWORD)).await.refused(409, "link_not_usable");
        let weak = nobody.post("/api/v1/setup", set_up(&code, "short")).await.invalid();
        assert_eq!(weak, [("/password".to_owned(), "password_length".to_owned())]);
        let admin = nobody.post("/api/v1/setup", set_up(&code, PASSWORD)).await.ok();
        assert_eq!(admin["role"], "admin");
        nobody.post("/api/v1/setup", set_up(&code, PASSWORD)).await.refused(409, "link_not_usable");
        assert_eq!(set_up_code(&app.service).await.unwrap(), None);
        let login = nobody.post("/api/v1/login", json!({ "name": "root", "password": PASSWORD })).await.ok();
        assert_eq!(login["account"]["name"], "root");
    }

    async fn an_invitation_is_accepted_once(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let invite = json!({ "name": "suzhou", "display_name": "苏州市工信局", "role": "applicant", "region": "320500" });
        let invited = admin.post("/api/v1/accounts", invite.clone()).await.ok();
        assert_eq!(invited["account"]["active"], false);
        admin.post("/api/v1/accounts", invite).await.refused(409, "name_taken");

        let nobody = app.public();
        let accept = json!({ "token": invited["link_token"], "password": PASSWORD });
        let guessable = json!({ "token": invited["link_token"], "password": "suzhou-suzhou-1" });
        assert_eq!(
            nobody.post("/api/v1/links/accept", guessable).await.invalid(),
            [("/password".to_owned(), "password_guessable".to_owned())]
        );
        nobody.post("/api/v1/links/accept", accept.clone()).await.ok();
        nobody.post("/api/v1/links/accept", accept).await.refused(409, "link_not_usable");
        nobody.post("/api/v1/login", json!({ "name": "suzhou", "password": PASSWORD })).await.ok();
    }

    async fn a_link_expires_after_a_day_and_a_newer_one_replaces_it(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let invite = json!({ "name": "clerk", "display_name": "张三", "role": "office" });
        let invited = admin.post("/api/v1/accounts", invite).await.ok();
        let path = format!("/api/v1/accounts/{}/reset", text(&invited["account"]["id"]));
        let again = admin.post(&path, json!(null)).await.ok();
        let accept = |token: &serde_json::Value| json!({ "token": token, "password": PASSWORD });
        let nobody = app.public();
        nobody.post("/api/v1/links/accept", accept(&invited["link_token"])).await.refused(409, "link_not_usable");
        app.at("2026-03-11T10:00:00+08:00");
        nobody.post("/api/v1/links/accept", accept(&again["link_token"])).await.refused(409, "link_not_usable");
    }

    async fn no_administrator_alone_becomes_somebody_who_judges_or_watches(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let invite = async |name: &str, role: &str| {
            let body = json!({ "name": name, "display_name": name, "role": role });
            admin.post("/api/v1/accounts", body).await.ok()
        };
        let nobody = app.public();
        let accept = async |invited: &Value| {
            let body = json!({ "token": invited["link_token"], "password": PASSWORD });
            nobody.post("/api/v1/links/accept", body).await
        };
        // Until there is a supervisor there is nobody to ask.
        let first = invite("supervisor-0", "supervisor").await;
        assert_eq!(first["needs_confirmation"], false);
        accept(&first).await.ok();
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let path = |invited: &Value, act: &str| format!("/api/v1/accounts/{}/{act}", text(&invited["account"]["id"]));

        for role in ["office", "expert", "supervisor"] {
            let invited = invite(&format!("new-{role}"), role).await;
            assert_eq!(invited["needs_confirmation"], true);
            accept(&invited).await.refused(409, "link_unconfirmed");
            admin.post(&path(&invited, "confirm-link"), json!(null)).await.refused(403, "not_your_role");
            supervisor.post(&path(&invited, "confirm-link"), json!(null)).await.ok();
            supervisor.post(&path(&invited, "confirm-link"), json!(null)).await.refused(409, "nothing_to_confirm");
            accept(&invited).await.ok();
            let reset = admin.post(&path(&invited, "reset"), json!(null)).await.ok();
            accept(&reset).await.refused(409, "link_unconfirmed");
        }
        // Of two supervisors one was reset; the other is the last who can confirm, and can't be taken over.
        admin.post(&path(&first, "reset"), json!(null)).await.refused(409, "no_second_person");
        let me = admin.get(&format!("/api/v1/accounts/{}", text(&first["account"]["id"]))).await.ok();
        let own = format!("/api/v1/accounts/{}", text(&first["account"]["id"]));
        admin.over("PATCH", &own, &me["revision"], json!({ "enabled": false })).await.ok();
        let body = json!({ "name": "mole", "display_name": "mole", "role": "supervisor" });
        admin.post("/api/v1/accounts", body).await.refused(409, "no_second_person");
        let applicant = json!({ "name": "suzhou", "display_name": "苏州", "role": "applicant", "region": "320500" });
        assert_eq!(admin.post("/api/v1/accounts", applicant).await.ok()["needs_confirmation"], false);
    }

    async fn what_is_wrong_with_an_invitation_is_told_at_once(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let invalid = async |body| admin.post("/api/v1/accounts", body).await.invalid();
        let told = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            invalid(json!({ "name": "A", "display_name": " ", "role": "city_reviewer", "region": "320576" })).await,
            [told("/name", "not_a_login_name"), told("/display_name", "required"), told("/region", "region")]
        );
        assert_eq!(
            invalid(json!({ "name": "expert", "display_name": "x", "role": "expert", "region": "320500" })).await,
            [told("/region", "region")]
        );
        assert_eq!(
            invalid(json!({ "name": "somebody", "display_name": "x", "role": "god" })).await,
            [told("/role", "not_a_choice")]
        );
        assert_eq!(
            invalid(json!({ "name": "somebody", "display_name": "x", "role": "applicant", "region": "999999" })).await,
            [told("/region", "region")]
        );
    }

    async fn a_disabled_account_is_out_at_once(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let office = app.sign_in(Role::Office, None).await;
        let id = text(&office.get("/api/v1/me").await.ok()["id"]).to_owned();
        let path = format!("/api/v1/accounts/{id}");
        let account = admin.get(&path).await.ok();
        admin.send("PATCH", &path, Some(json!({ "enabled": false })), &[]).await.refused(428, "if_match_required");
        let stale = json!(999);
        admin.over("PATCH", &path, &stale, json!({ "enabled": false })).await.refused(412, "stale");
        admin.over("PATCH", &path, &account["revision"], json!({ "enabled": false })).await.ok();
        office.get("/api/v1/me").await.refused(401, "invalid_token");
        let login = json!({ "name": office.name, "password": PASSWORD });
        app.public().post("/api/v1/login", login).await.refused(401, "login_failed");

        let own = admin.get("/api/v1/me").await.ok();
        let own_path = format!("/api/v1/accounts/{}", text(&own["id"]));
        admin
            .over("PATCH", &own_path, &own["revision"], json!({ "enabled": false }))
            .await
            .refused(409, "own_account");
    }

    async fn accounts_are_listed_page_by_page(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        for region in ["320100", "320200", "320300", "320400"] {
            app.sign_in(Role::Applicant, Some(region)).await;
        }
        let mut names = Vec::new();
        let mut path = "/api/v1/accounts?role=applicant&limit=3".to_owned();
        loop {
            let page = admin.get(&path).await.ok();
            names.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["name"]).to_owned()));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/accounts?role=applicant&limit=3&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(names, ["applicant-320100", "applicant-320200", "applicant-320300", "applicant-320400"]);
        let one = admin.get("/api/v1/accounts?region=320200").await.ok();
        assert_eq!(one["items"].as_array().unwrap().len(), 1);
    }
}
