//! Logging in and out: locks, refresh tokens, sessions, passwords, forged tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qianglian::domain::access::Role;
use qianglian::http::{Manners, serve};
use serde_json::{Value, json};

use super::support::app::{Answer, App, PASSWORD, on_both};
use super::support::text;

/// Tries a password from an address.
async fn log_in(app: &App, password: &str, from: &str) -> Answer {
    let body = json!({ "name": "office-0", "password": password });
    app.public().send("POST", "/api/v1/login", Some(body), &[("x-forwarded-for", from)]).await
}

/// How many wrong passwords were looked at, as the audit trail tells.
async fn looked_at(app: &App) -> usize {
    let supervisor = app.sign_in(Role::Supervisor, None).await;
    let trail = supervisor.get("/api/v1/audit/export").await.text;
    let events = trail.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events
        .filter(|event| event["reason"] == "login_failed" || event["reason"] == "wrong_password")
        .filter(|event| event["details"]["stopped"].is_null())
        .count()
}

on_both! {
    async fn a_wrong_name_and_a_wrong_password_get_the_same_answer(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let mut unknown = nobody.post("/api/v1/login", json!({ "name": "nobody", "password": PASSWORD })).await;
        let mut wrong = nobody.post("/api/v1/login", json!({ "name": "office-0", "password": "wrong" })).await;
        for answer in [&mut unknown, &mut wrong] {
            answer.body["request_id"] = Value::Null;
            answer.headers.remove("x-request-id");
            answer.headers.remove("date");
        }
        assert_eq!((unknown.status, unknown.body, unknown.headers), (wrong.status, wrong.body, wrong.headers));
    }

    async fn five_wrong_passwords_lock_the_name_for_that_address_for_half_an_hour(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let login = async |password: &str| {
            nobody.post("/api/v1/login", json!({ "name": "office-0", "password": password })).await
        };
        for _ in 0..4 {
            login("wrong").await.refused(401, "login_failed");
        }
        login(PASSWORD).await.ok();
        for _ in 0..5 {
            login("wrong").await.refused(401, "login_failed");
        }
        login(PASSWORD).await.refused(401, "login_failed");
        app.at("2026-03-10T10:29:59+08:00");
        login(PASSWORD).await.refused(401, "login_failed");
        app.at("2026-03-10T10:30:00+08:00");
        login(PASSWORD).await.ok();
    }

    async fn a_lock_is_for_one_address_so_that_nobody_locks_out_a_rival(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let login = async |password: &str, from: &str| {
            let body = json!({ "name": "office-0", "password": password });
            nobody.send("POST", "/api/v1/login", Some(body), &[("x-forwarded-for", from)]).await
        };
        for _ in 0..5 {
            login("wrong", "10.0.0.1").await.refused(401, "login_failed");
        }
        login(PASSWORD, "10.0.0.1").await.refused(401, "login_failed");
        login(PASSWORD, "10.0.0.2").await.ok();
        // Only what the proxy itself added counts; the rest is what the client wrote.
        login(PASSWORD, "10.0.0.2, 10.0.0.1").await.refused(401, "login_failed");
        // A hundred an hour from anywhere, and nobody tries that name any more.
        for address in 0..95 {
            login("wrong", &format!("10.0.1.{address}")).await.refused(401, "login_failed");
        }
        login(PASSWORD, "10.0.0.3").await.refused(401, "login_failed");
    }

    async fn of_many_guesses_at_once_five_from_an_address_are_looked_at(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let guesses = (0..200).map(|_| log_in(&app, "wrong", "10.0.0.1"));
        for answer in futures_util::future::join_all(guesses).await {
            answer.refused(401, "login_failed");
        }
        assert_eq!(looked_at(&app).await, 5);
        log_in(&app, PASSWORD, "10.0.0.1").await.refused(401, "login_failed");
        log_in(&app, PASSWORD, "10.0.0.2").await.ok();
    }

    async fn of_many_guesses_at_once_a_hundred_from_anywhere_are_looked_at(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let from: Vec<String> = (0..40).map(|address| format!("10.0.0.{address}")).collect();
        // A few from each at a time: not more than may wait for a hash.
        for _ in 0..5 {
            let guesses = from.iter().map(|from| log_in(&app, "wrong", from));
            for answer in futures_util::future::join_all(guesses).await {
                answer.refused(401, "login_failed");
            }
        }
        assert_eq!(looked_at(&app).await, 100);
        log_in(&app, PASSWORD, "10.0.0.200").await.refused(401, "login_failed");
        app.at("2026-03-10T11:00:00+08:00");
        log_in(&app, PASSWORD, "10.0.0.200").await.ok();
    }

    async fn five_wrong_ones_in_any_half_hour_and_the_right_one_takes_back_its_own(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        for minute in [0, 10, 20, 24, 25] {
            app.at(&format!("2026-03-10T10:{minute:02}:00+08:00"));
            log_in(&app, "wrong", "10.0.0.1").await.refused(401, "login_failed");
        }
        app.at("2026-03-10T10:29:59+08:00");
        log_in(&app, PASSWORD, "10.0.0.1").await.refused(401, "login_failed");
        app.at("2026-03-10T10:30:00+08:00");
        log_in(&app, "wrong", "10.0.0.1").await.refused(401, "login_failed");
        log_in(&app, PASSWORD, "10.0.0.1").await.refused(401, "login_failed");
        app.at("2026-03-10T10:40:00+08:00");
        for _ in 0..120 {
            log_in(&app, PASSWORD, "10.0.0.1").await.ok();
        }
    }

    async fn an_ipv6_network_is_one_address(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        for address in 1..=100 {
            log_in(&app, "wrong", &format!("2001:db8:0:7::{address:x}")).await.refused(401, "login_failed");
        }
        assert_eq!(looked_at(&app).await, 5);
        log_in(&app, PASSWORD, "2001:db8:0:7:1:2:3:4").await.refused(401, "login_failed");
        log_in(&app, PASSWORD, "2001:db8:0:8::1").await.ok();
    }

    async fn the_present_password_can_be_guessed_five_times_too(app) {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let change = |old: &str| json!({ "old_password": old, "new_password": "梧桐-bicycle-42-灯塔" });
        let guesses = (0..40).map(|_| office.post("/api/v1/me/password", change("wrong")));
        let mut wrong = 0;
        for answer in futures_util::future::join_all(guesses).await {
            match answer.status {
                422 => wrong += 1,
                _ => { answer.refused(429, "too_many_wrong_passwords"); }
            }
        }
        assert_eq!((wrong, looked_at(&app).await), (5, 5));
        office.post("/api/v1/me/password", change(PASSWORD)).await.refused(429, "too_many_wrong_passwords");
        // Where one has not logged in yet it does not matter what was tried in a session.
        log_in(&app, PASSWORD, "10.0.0.1").await.ok();
        app.at("2026-03-10T10:30:00+08:00");
        app.sign_in_as("office-0", Role::Office, None).await.post("/api/v1/me/password", change(PASSWORD)).await.ok();
    }

    async fn where_an_account_has_logged_in_before_strangers_do_not_keep_it_out(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        log_in(&app, PASSWORD, "2001:db8:1:1::7").await.ok();
        for address in 0..20 {
            for _ in 0..5 {
                log_in(&app, "wrong", &format!("10.0.1.{address}")).await.refused(401, "login_failed");
            }
        }
        log_in(&app, PASSWORD, "10.0.0.9").await.refused(401, "login_failed");
        log_in(&app, PASSWORD, "2001:db8:1:1::8").await.ok();
        // There too five wrong ones are enough.
        for _ in 0..5 {
            log_in(&app, "wrong", "2001:db8:1:1::9").await.refused(401, "login_failed");
        }
        log_in(&app, PASSWORD, "2001:db8:1:1::7").await.refused(401, "login_failed");
        assert_eq!(looked_at(&app).await, 105);
    }

    async fn a_panel_behind_one_address_gets_in_at_nine(app) {
        for expert in 0..31 {
            app.sign_in_as(&format!("expert-{expert}"), Role::Expert, None).await;
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/api/v1/login", listener.local_addr().unwrap());
        let rate = std::num::NonZeroU32::new(200);
        let server = serve(app.service.clone(), listener, None, rate, Vec::new(), Manners::default()).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let logins = (0..62).map(|login| {
            let password = if login < 31 { "mistyped" } else { PASSWORD };
            let body = json!({ "name": format!("expert-{}", login % 31), "password": password });
            let request = app.client.post(&address).header("content-type", "application/json");
            request.body(body.to_string()).send()
        });
        let mut came_in = 0;
        for login in logins {
            came_in += usize::from(login.await.unwrap().status() == 200);
        }
        let _stopping = handle.stop(false);
        assert_eq!(came_in, 31);
    }

    async fn wrong_passwords_far_apart_do_not_lock(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        for minute in [0, 10, 20, 30, 40, 50] {
            app.at(&format!("2026-03-10T11:{minute:02}:00+08:00"));
            let wrong = json!({ "name": "office-0", "password": "wrong" });
            nobody.post("/api/v1/login", wrong).await.refused(401, "login_failed");
        }
        nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
    }

    /// Whoever did not get the answer asks again, and gets the same tokens, as long as nobody has gone on with them.
    async fn an_answer_to_a_refresh_that_was_lost_is_given_again_for_half_a_minute(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let login = async || nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
        let refresh = |tokens: &Value| json!({ "refresh_token": tokens["refresh_token"] });
        let first = refresh(&login().await);
        let refreshed = nobody.post("/api/v1/refresh", first.clone()).await.ok();
        app.at("2026-03-10T10:00:30+08:00");
        assert_eq!(nobody.post("/api/v1/refresh", first.clone()).await.ok(), refreshed);
        let further = nobody.post("/api/v1/refresh", refresh(&refreshed)).await.ok();
        assert_ne!(further["refresh_token"], refreshed["refresh_token"]);
        // Somebody has gone on.
        nobody.post("/api/v1/refresh", first).await.refused(401, "invalid_token");
        nobody.post("/api/v1/refresh", refresh(&further)).await.refused(401, "invalid_token");
        // Another program.
        let first = refresh(&login().await);
        nobody.post("/api/v1/refresh", first.clone()).await.ok();
        let other = [("user-agent", "another program")];
        nobody.send("POST", "/api/v1/refresh", Some(first.clone()), &other).await.refused(401, "invalid_token");
        nobody.post("/api/v1/refresh", first).await.refused(401, "invalid_token");
    }

    async fn a_refresh_token_is_used_once_and_its_reuse_ends_the_session(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let login = nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
        let first = json!({ "refresh_token": login["refresh_token"] });
        let refreshed = nobody.post("/api/v1/refresh", first.clone()).await.ok();
        let mut user = app.public();
        user.token = Some(text(&refreshed["access_token"]).to_owned());
        user.get("/api/v1/me").await.ok();
        app.at("2026-03-10T10:00:31+08:00");
        nobody.post("/api/v1/refresh", first).await.refused(401, "invalid_token");
        user.get("/api/v1/me").await.refused(401, "invalid_token");
        let second = json!({ "refresh_token": refreshed["refresh_token"] });
        nobody.post("/api/v1/refresh", second).await.refused(401, "invalid_token");
        nobody.post("/api/v1/refresh", json!({ "refresh_token": "qlr_x" })).await.refused(401, "invalid_token");
    }

    async fn an_access_token_lasts_ten_minutes_and_a_leeway_and_an_idle_session_an_hour(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let login = nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
        let mut user = app.public();
        user.token = Some(text(&login["access_token"]).to_owned());
        app.at("2026-03-10T10:10:59+08:00");
        user.get("/api/v1/me").await.ok();
        app.at("2026-03-10T10:11:00+08:00");
        user.get("/api/v1/me").await.refused(401, "invalid_token");
        // A clock that is behind the one that signed the token, by the leeway and by more.
        app.at("2026-03-10T09:59:00+08:00");
        user.get("/api/v1/me").await.ok();
        app.at("2026-03-10T09:58:59+08:00");
        user.get("/api/v1/me").await.refused(401, "invalid_token");
        app.at("2026-03-10T11:10:01+08:00");
        let late = json!({ "refresh_token": login["refresh_token"] });
        nobody.post("/api/v1/refresh", late).await.refused(401, "invalid_token");
    }

    async fn a_session_ends_after_twelve_hours_however_often_it_is_refreshed(app) {
        app.sign_in_as("office-0", Role::Office, None).await;
        let nobody = app.public();
        let mut tokens = nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
        for hour in 11..=21 {
            app.at(&format!("2026-03-10T{hour}:00:00+08:00"));
            tokens = nobody.post("/api/v1/refresh", json!({ "refresh_token": tokens["refresh_token"] })).await.ok();
        }
        app.at("2026-03-10T22:00:00+08:00");
        let last = json!({ "refresh_token": tokens["refresh_token"] });
        nobody.post("/api/v1/refresh", last).await.refused(401, "invalid_token");
    }

    async fn sessions_are_listed_and_ended(app) {
        let one = app.sign_in_as("office-0", Role::Office, None).await;
        let two = app.sign_in_as("office-0", Role::Office, None).await;
        let sessions = one.get("/api/v1/me/sessions").await.all();
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        let other = sessions.iter().find(|session| session["current"] == false).unwrap();
        // Known already, and yet out at once.
        two.get("/api/v1/me").await.ok();
        one.delete(&format!("/api/v1/me/sessions/{}", text(&other["id"]))).await.ok();
        two.get("/api/v1/me").await.refused(401, "invalid_token");
        let stranger = app.sign_in(Role::Expert, None).await;
        let mine = one.get("/api/v1/me/sessions").await.all();
        let path = format!("/api/v1/me/sessions/{}", text(&mine[0]["id"]));
        stranger.delete(&path).await.refused(404, "not_found");
        let three = app.sign_in_as("office-0", Role::Office, None).await;
        one.post("/api/v1/logout/everywhere", json!(null)).await.ok();
        one.get("/api/v1/me").await.refused(401, "invalid_token");
        three.get("/api/v1/me").await.refused(401, "invalid_token");
    }

    async fn a_sixth_session_ends_the_oldest(app) {
        let mut users = Vec::new();
        for minute in 0..6 {
            app.at(&format!("2026-03-10T10:0{minute}:00+08:00"));
            users.push(app.sign_in_as("office-0", Role::Office, None).await);
        }
        users[0].get("/api/v1/me").await.refused(401, "invalid_token");
        users[1].get("/api/v1/me").await.ok();
    }

    async fn changing_a_password_needs_the_old_one_and_ends_other_sessions(app) {
        let one = app.sign_in_as("office-0", Role::Office, None).await;
        let two = app.sign_in_as("office-0", Role::Office, None).await;
        let change = |old: &str, new: &str| json!({ "old_password": old, "new_password": new });
        let new = "梧桐-bicycle-42-灯塔";
        assert_eq!(
            one.post("/api/v1/me/password", change("wrong", new)).await.invalid(),
            [("/old_password".to_owned(), "wrong_password".to_owned())]
        );
        assert_eq!(
            one.post("/api/v1/me/password", change(PASSWORD, "password1234")).await.invalid(),
            [("/new_password".to_owned(), "password_guessable".to_owned())]
        );
        two.get("/api/v1/me").await.ok();
        one.post("/api/v1/me/password", change(PASSWORD, new)).await.ok();
        one.get("/api/v1/me").await.ok();
        two.get("/api/v1/me").await.refused(401, "invalid_token");
        let nobody = app.public();
        nobody.post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.refused(401, "login_failed");
        nobody.post("/api/v1/login", json!({ "name": "office-0", "password": new })).await.ok();
    }

    async fn forged_tokens_are_refused(app) {
        let office = app.sign_in(Role::Office, None).await;
        let token = office.token.clone().unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        claims["exp"] = json!(4_000_000_000_i64);
        let mut flipped = token.clone().into_bytes();
        let last = flipped.len() - 10;
        flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
        let forged = [
            format!("{}.{}.", encode(json!({ "alg": "none", "kid": header["kid"] })), parts[1]),
            format!("{}.{}.{}", parts[0], encode(claims), parts[2]),
            format!("{}.{}.{}", encode(json!({ "alg": "HS512", "kid": header["kid"] })), parts[1], parts[2]),
            format!("{}.{}.{}", encode(json!({ "alg": "HS256", "kid": "other" })), parts[1], parts[2]),
            format!("{}.{}.{}", encode(json!({ "alg": "HS256", "jku": "http://x", "kid": "../../etc" })), parts[1], parts[2]),
            String::from_utf8(flipped).unwrap(),
            "x".to_owned(),
        ];
        for token in forged {
            let mut user = app.public();
            user.token = Some(token);
            let answer = user.get("/api/v1/me").await;
            assert_eq!(answer.headers["www-authenticate"], r#"Bearer error="invalid_token""#);
            answer.refused(401, "invalid_token");
        }
    }
}
