//! Accounts: invited, changed, disabled, reset, and the first administrator.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::actions::letters::deliver_next;
use qianglian::actions::login::set_up_code;
use qianglian::actions::{RequestContext, accounts};
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::mail::Server;
use super::support::app::{PASSWORD, on_both};
use super::support::browser::Browser;
use super::support::review::review_settings as story_settings;
use super::support::text;

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// An answer as the database has it.
#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    text: String,
}

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

    /// Whoever did not get the answer asks again, and gets the link that stands; the database alone does not give it.
    async fn an_invitation_asked_for_twice_is_one_with_one_link(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let send = |path: String, body: Value, key: &'static str| {
            let admin = &admin;
            async move { admin.send("POST", &path, Some(body), &[("idempotency-key", key)]).await.ok() }
        };
        let invite = json!({ "name": "suzhou", "display_name": "苏州市工信局", "role": "applicant", "region_code": "320500" });
        let path = "/api/v1/accounts".to_owned();
        let invited = send(path.clone(), invite.clone(), "the-first-invitation").await;
        assert_eq!(send(path.clone(), invite.clone(), "the-first-invitation").await, invited);
        admin.send("POST", &path, Some(invite), &[("idempotency-key", "another-invitation")]).await.refused(409, "name_taken");
        let reset = format!("/api/v1/accounts/{}/reset", text(&invited["account"]["id"]));
        let anew = send(reset.clone(), Value::Null, "the-first-reset-of-it").await;
        assert_ne!(anew["link_token"], invited["link_token"]);
        assert_eq!(send(reset, Value::Null, "the-first-reset-of-it").await, anew);
        let kept = "SELECT body || COALESCE(sent, '') AS text FROM public_answer
            UNION ALL SELECT body || COALESCE(sent, '') FROM idempotency";
        let kept: Vec<Kept> = sql_query(kept).load(&mut Conn::open(&app.address).unwrap()).unwrap();
        assert_eq!(kept.len(), 2);
        for link in [&invited, &anew] {
            assert!(kept.iter().all(|kept| !kept.text.contains(text(&link["link_token"]))));
        }
        let accept = json!({ "token": anew["link_token"], "password": PASSWORD });
        app.public().post("/api/v1/links/acceptance", accept).await.ok();
    }

    async fn an_invitation_is_accepted_once(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let invite = json!({ "name": "suzhou", "display_name": "苏州市工信局", "role": "applicant", "region_code": "320500" });
        let invited = admin.post("/api/v1/accounts", invite.clone()).await.ok();
        assert_eq!(invited["account"]["active"], false);
        admin.post("/api/v1/accounts", invite).await.refused(409, "name_taken");

        let nobody = app.public();
        let accept = json!({ "token": invited["link_token"], "password": PASSWORD });
        let guessable = json!({ "token": invited["link_token"], "password": "suzhou-suzhou-1" });
        assert_eq!(
            nobody.post("/api/v1/links/acceptance", guessable).await.invalid(),
            [("/password".to_owned(), "password_guessable".to_owned())]
        );
        nobody.post("/api/v1/links/acceptance", accept.clone()).await.ok();
        nobody.post("/api/v1/links/acceptance", accept).await.refused(409, "link_not_usable");
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
        nobody.post("/api/v1/links/acceptance", accept(&invited["link_token"])).await.refused(409, "link_not_usable");
        app.at("2026-03-11T10:00:00+08:00");
        nobody.post("/api/v1/links/acceptance", accept(&again["link_token"])).await.refused(409, "link_not_usable");
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
            nobody.post("/api/v1/links/acceptance", body).await
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
            admin.post(&path(&invited, "link/confirmation"), json!(null)).await.refused(403, "not_your_role");
            supervisor.post(&path(&invited, "link/confirmation"), json!(null)).await.ok();
            supervisor.post(&path(&invited, "link/confirmation"), json!(null)).await.refused(409, "nothing_to_confirm");
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
        let applicant = json!({ "name": "suzhou", "display_name": "苏州", "role": "applicant", "region_code": "320500" });
        assert_eq!(admin.post("/api/v1/accounts", applicant).await.ok()["needs_confirmation"], false);
    }

    async fn the_owner_is_told_what_was_done_to_the_account_until_acknowledged(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let body = json!({ "name": "suzhou", "display_name": "苏州市工信局", "role": "applicant", "region_code": "320500", "email": "old@example.org" });
        let invited = admin.post("/api/v1/accounts", body).await.ok();
        let path = format!("/api/v1/accounts/{}", text(&invited["account"]["id"]));
        // Nothing happens at the same moment as something else.
        let change = async |change: Value| {
            app.clock.set(app.clock.now().plus_seconds(1));
            let now = admin.get(&path).await.ok();
            admin.over("PATCH", &path, &now["revision"], change).await.ok();
        };
        change(json!({ "email": "new@example.org" })).await;
        change(json!({ "display_name": "苏州市工业和信息化局", "enabled": false })).await;
        change(json!({ "enabled": true })).await;
        app.clock.set(app.clock.now().plus_seconds(1));
        let reset = admin.post(&format!("{path}/reset"), json!(null)).await.ok();
        let accept = json!({ "token": reset["link_token"], "password": PASSWORD });
        app.public().post("/api/v1/links/acceptance", accept).await.ok();
        let owner = app.sign_in_as("suzhou", Role::Applicant, None).await;
        let kinds = async || {
            let told = owner.get("/api/v1/me/messages").await.all();
            let told = told.as_array().unwrap().clone();
            assert!(told.iter().all(|message| message["by_name"] == "admin-0 同志"), "{told:?}");
            (told.iter().map(|message| text(&message["kind"]).to_owned()).collect::<Vec<_>>(), told)
        };
        let (all, messages) = kinds().await;
        assert_eq!(all, ["reset", "enabled", "disabled", "renamed", "readdressed"]);
        let browser = Browser::of(&app, "suzhou").await;
        for page in ["/desk", "/account"] {
            let page = browser.get(page).await;
            assert!(page.text().contains("您的账号被重置") && page.text().contains("admin-0 同志"), "{}", page.text());
        }
        // What came later than what was read stays.
        let until = json!({ "last_message_id": messages[1]["id"] });
        owner.post("/api/v1/me/messages/acknowledgement", until).await.ok();
        assert_eq!(kinds().await.0, ["reset"]);
        let form = browser.get("/account").await.form("/act/v1/me/messages/acknowledgement");
        let page = browser.send(&form).await;
        assert!(!page.text().contains("您的账号被重置"), "{}", page.text());
        assert_eq!(owner.get("/api/v1/me/messages").await.all(), json!([]));
        // Nobody else's.
        assert_eq!(admin.get("/api/v1/me/messages").await.all(), json!([]));

        // Where there was an address before, the letter about a new one goes there.
        let server = Server::start();
        while deliver_next(&app.service, &server.mailer()).await.unwrap() {}
        let letters = server.letters();
        for (address, count) in [("old@example.org", 2), ("new@example.org", 4), ("admin-0@example.org", 1)] {
            let to = |letter: &&String| letter.contains(&format!("To: {address}"));
            assert_eq!(letters.iter().filter(to).count(), count, "{address}: {letters:?}");
        }
        assert!(letters.iter().all(|letter| !letter.contains("qll_")));
    }

    async fn links_that_wait_are_listed_and_confirmed_or_turned_down(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        assert_eq!(supervisor.get("/api/v1/links").await.ok()["items"], json!([]));
        let mut invited = Vec::new();
        for name in ["first", "second", "third"] {
            app.clock.set(app.clock.now().plus_seconds(1));
            let body = json!({ "name": name, "display_name": name, "role": "expert" });
            invited.push(admin.post("/api/v1/accounts", body).await.ok());
        }
        let page = supervisor.get("/api/v1/links?limit=2").await.ok();
        let rest = format!("/api/v1/links?limit=2&cursor={}", text(&page["next_cursor"]));
        let rest = admin.get(&rest).await.ok();
        let names = [&page["items"][0], &page["items"][1], &rest["items"][0]].map(|link| text(&link["account"]["name"]).to_owned());
        assert_eq!(names, ["first", "second", "third"]);
        let link = &page["items"][0];
        assert_eq!((&link["issued_by_name"], &link["state"]), (&json!("admin-0 同志"), &json!("awaited")));
        assert!(!page.to_string().contains("qll_") && !page.to_string().contains("secret"));
        let desk = Browser::of(&app, "supervisor-0").await;
        assert!(desk.get("/desk").await.text().contains("确认或拒绝3个一次性链接码"));
        assert!(desk.get("/links").await.text().contains("admin-0 同志"));

        let path = |index: usize, act: &str| format!("/api/v1/accounts/{}/{act}", text(&invited[index]["account"]["id"]));
        let refuse = json!({ "reason": "本人称未申请" });
        admin.post(&path(0, "link/refusal"), refuse.clone()).await.refused(403, "not_your_role");
        let empty = supervisor.post(&path(0, "link/refusal"), json!({ "reason": " " })).await.invalid();
        assert_eq!(empty, [("/reason".to_owned(), "required".to_owned())]);
        supervisor.post(&path(0, "link/refusal"), refuse.clone()).await.ok();
        supervisor.post(&path(0, "link/refusal"), refuse).await.refused(409, "nothing_to_confirm");
        supervisor.post(&path(0, "link/confirmation"), json!(null)).await.refused(409, "nothing_to_confirm");
        let accept = |index: usize| json!({ "token": invited[index]["link_token"], "password": PASSWORD });
        app.public().post("/api/v1/links/acceptance", accept(0)).await.refused(409, "link_not_usable");
        supervisor.post(&path(1, "link/confirmation"), json!(null)).await.ok();
        app.public().post("/api/v1/links/acceptance", accept(1)).await.ok();
        assert_eq!(admin.get("/api/v1/links").await.ok()["items"].as_array().unwrap().len(), 1);

        // The administrator sees where each stands.
        let standing = async |index: usize| {
            let link = admin.get(&path(index, "link")).await.ok();
            (link["state"].clone(), link["decided_by_name"].clone(), link["reason"].clone())
        };
        assert_eq!(standing(0).await, (json!("refused"), json!("supervisor-0 同志"), json!("本人称未申请")));
        assert_eq!(standing(1).await, (json!("over"), json!("supervisor-0 同志"), json!(null)));
        let browser = Browser::of(&app, "admin-0").await;
        let account = browser.get(&format!("/accounts/{}", text(&invited[0]["account"]["id"]))).await;
        assert!(account.text().contains("已被拒绝") && account.text().contains("本人称未申请"), "{}", account.text());
        app.at("2026-03-11T10:00:03+08:00");
        let admin = app.sign_in(Role::Admin, None).await;
        assert_eq!(admin.get(&path(2, "link")).await.ok()["state"], "expired");
        assert_eq!(admin.get("/api/v1/links").await.ok()["items"], json!([]));
    }

    /// Also what the operator does, and what is done before there is a supervisor who could confirm it.
    async fn resets_of_people_who_judge_watch_or_decide_alarm(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let body = |name: &str, role: &str| json!({ "name": name, "display_name": name, "role": role });
        let office = app.sign_in(Role::Office, None).await;
        app.clock.set(app.clock.now().plus_seconds(1));
        let competition = office.post("/api/v1/competitions", story_settings()).await.ok();
        let alarms = format!("/api/v1/competitions/{}/alarms", text(&competition["id"]));
        let office_id = text(&office.get("/api/v1/me").await.ok()["id"]).to_owned();
        admin.post(&format!("/api/v1/accounts/{office_id}/reset"), json!(null)).await.ok();
        admin.post(&format!("/api/v1/accounts/{office_id}/second-factor/reset"), json!(null)).await.ok();
        for name in ["judge-1", "judge-2"] {
            admin.post("/api/v1/accounts", body(name, "expert")).await.ok();
        }
        let applicant = json!({ "name": "suzhou", "display_name": "苏州", "role": "applicant", "region_code": "320500" });
        let applicant = admin.post("/api/v1/accounts", applicant).await.ok();
        admin.post(&format!("/api/v1/accounts/{}/reset", text(&applicant["account"]["id"])), json!(null)).await.ok();

        let supervisor = app.sign_in(Role::Supervisor, None).await;
        accounts::reset(&app.service, &RequestContext::of_operator(&app.clock), office_id.parse().unwrap()).await.unwrap();
        let body = body("judge-3", "expert");
        admin.post("/api/v1/accounts", body).await.ok();
        let found = supervisor.get(&alarms).await.ok();
        let mut told: Vec<_> = found["alarms"].as_array().unwrap().iter().map(|alarm| {
            let by = alarm["persons"][0]["name"].as_str().unwrap_or("-").to_owned();
            (text(&alarm["kind"]).to_owned(), by, alarm["experts"].as_array().unwrap().len(), text(&alarm["zh"]).to_owned())
        }).collect();
        told.sort();
        let line = |kind: &str, by: &str, count, zh: &str| (kind.to_owned(), by.to_owned(), count, zh.to_owned());
        assert_eq!(told, [
            line("account_opened", "-", 1, "服务器操作员开立了1个账号，其中1个链接码无须纪检监督确认"),
            line("account_opened", "admin-0 同志", 3, "admin-0 同志开立了3个账号，其中2个链接码无须纪检监督确认"),
            line("account_reset", "-", 1, "服务器操作员重置了账号，其中1个链接码无须纪检监督确认"),
            line("account_reset", "admin-0 同志", 1, "admin-0 同志重置了账号，其中1个链接码无须纪检监督确认"),
            line("account_reset", "admin-0 同志", 1, "admin-0 同志重置了账号，其中1个链接码无须纪检监督确认"),
        ]);
    }

    async fn what_is_wrong_with_an_invitation_is_told_at_once(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let invalid = async |body| admin.post("/api/v1/accounts", body).await.invalid();
        let told = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(
            invalid(json!({ "name": "A", "display_name": " ", "role": "city_reviewer", "region_code": "320576" })).await,
            [told("/name", "not_a_login_name"), told("/display_name", "required"), told("/region_code", "region")]
        );
        assert_eq!(
            invalid(json!({ "name": "expert", "display_name": "x", "role": "expert", "region_code": "320500" })).await,
            [told("/region_code", "region")]
        );
        assert_eq!(
            invalid(json!({ "name": "somebody", "display_name": "x", "role": "god" })).await,
            [told("/role", "not_a_choice")]
        );
        assert_eq!(
            invalid(json!({ "name": "somebody", "display_name": "x", "role": "applicant", "region_code": "999999" })).await,
            [told("/region_code", "region")]
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
        let one = admin.get("/api/v1/accounts?region_code=320200").await.ok();
        assert_eq!(one["items"].as_array().unwrap().len(), 1);
    }
}

/// The table of all regions as it is given, read by the library that imports don't write with.
fn template(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).expect("a workbook");
    assert_eq!(workbook.sheet_names()[..2], ["账号", "填写说明"]);
    let rows = workbook.worksheet_range("账号").unwrap();
    rows.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

on_both! {
    async fn every_region_gets_an_account_by_one_act_and_no_second_one(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        app.sign_in(Role::Applicant, Some("320583")).await;
        let given = admin.get("/api/v1/accounts/import").await;
        let rows = template(&given.bytes);
        assert_eq!(rows[0], ["登录名", "姓名或单位", "角色", "地区", "邮箱", "电话", "职责"]);
        let regions = app.public().get("/api/v1/regions").await.all();
        let cities = list(&regions).filter(|region| region["kind"] == "city").count();
        let expected = list(&regions).count() - 1 + cities;
        assert_eq!(rows.len() - 1, expected);
        let asked = admin.post("/api/v1/accounts/import", json!({ "every_region": true, "valid_days": 30 })).await;
        let follows = list(&asked.body["errors"]).count();
        assert_eq!((asked.status, follows), (428, expected));
        let confirm = text(&asked.body["confirm"]).to_owned();
        let body = json!({ "every_region": true, "valid_days": 30 });
        let done = admin.send("POST", "/api/v1/accounts/import", Some(body.clone()), &[("confirm", &confirm)]).await.ok();
        let invitations: Vec<&Value> = list(&done["invitations"]).collect();
        assert_eq!((invitations.len(), &done["changed"], &done["unchanged"]), (expected, &json!(0), &json!(0)));
        let one = invitations.iter().find(|one| one["account"]["name"] == "region-320506").unwrap();
        assert_eq!(one["account"]["display_name"], "苏州市吴中区申报");
        // Thirty days later it is still good, and it may be heard rather than read.
        app.at("2026-03-30T10:00:00+08:00");
        let heard = text(&one["link_token"]).to_uppercase().replace('-', " ").replace('0', "O");
        let accept = json!({ "token": heard, "password": "wuzhong-ferry-lantern-73" });
        app.public().post("/api/v1/links/acceptance", accept).await.ok();
        // Nothing is left to be opened.
        let admin = app.sign_in_as("admin-late", Role::Admin, None).await;
        assert_eq!(template(&admin.get("/api/v1/accounts/import").await.bytes).len(), 1);
    }

    async fn a_table_opens_and_changes_accounts_and_its_export_changes_nothing(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let import = async |csv: &str| {
            let body = json!({ "csv": csv });
            let asked = admin.post("/api/v1/accounts/import", body.clone()).await;
            let Some(confirm) = asked.body["confirm"].as_str() else { return (asked.body.clone(), asked) };
            let done = admin.send("POST", "/api/v1/accounts/import", Some(body), &[("confirm", confirm)]).await;
            (asked.body, done)
        };
        let heading = "登录名,姓名或单位,角色,地区,邮箱,电话";
        let wrong = format!(
            "{heading}\nwuzhong,吴中区,申报单位,鼓楼区,,\nA,某人,专家,,,\nboard,某人,主任,,,\nx-1,某人,申报单位,,,\nx-1,某人,专家,,nobody,\n"
        );
        let (_, refused) = import(&wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let told: Vec<(&str, &str)> =
            list(&refused.body["errors"]).map(|one| (text(&one["pointer"]), text(&one["detail"]))).collect();
        let says = |pointer: &str, words: &str| told.iter().any(|(at, said)| *at == pointer && said.contains(words));
        assert!(says("/rows/1/region", "南京市鼓楼区、徐州市鼓楼区"), "{told:?}");
        assert!(says("/rows/3/role", "领导小组办公室"), "{told:?}");
        assert!(says("/rows/5/account", "第4行"), "{told:?}");
        let (_, refused) = import(&format!("{heading}\nexpert-9,专家九,专家,,,请来电\n")).await;
        assert_eq!(refused.invalid(), [("/rows/1/phone".to_owned(), "not_a_phone_number".to_owned())]);
        let good = format!("{heading}\nwuzhong,吴中区,申报单位,吴中区,a@example.org,０５１２-65250000分机801\nexpert-9,专家九,专家,,,\n");
        let (asked, done) = import(&good).await;
        assert!(asked.to_string().contains("第1行 新增 wuzhong：吴中区，申报单位，苏州市吴中区，a@example.org"), "{asked}");
        assert_eq!(list(&done.body["invitations"]).count(), 2, "{}", done.text);
        // What is given comes back without changing anything.
        let given = admin.get("/api/v1/accounts?format=csv").await.text;
        let (asked, done) = import(&given).await;
        assert_eq!((list(&done.body["invitations"]).count(), &done.body["changed"]), (0, &json!(0)), "{asked}");
        // A name and an address can be changed, a role can't.
        let changed = format!("{heading}\nwuzhong,吴中区工信局,申报单位,320506,b@example.org,13900000000\n");
        let (asked, done) = import(&changed).await;
        assert!(asked.to_string().contains("wuzhong 邮箱：a@example.org → b@example.org"), "{asked}");
        assert!(asked.to_string().contains("wuzhong 电话：0512-65250000转801 → 13900000000"), "{asked}");
        assert_eq!(done.body["changed"], 1);
        let (_, refused) = import(&format!("{heading}\nwuzhong,吴中区,专家,,,\n")).await;
        assert!(refused.text.contains("account_differs"), "{}", refused.text);
        let other = app.sign_in(Role::Supervisor, None).await;
        other.post("/api/v1/accounts/import", json!({ "every_region": true })).await.refused(403, "not_your_role");
    }
}
