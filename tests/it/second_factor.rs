//! The second factor: set up, asked for, replayed, guessed, obligatory, lost; over the API and on pages.

use hmac::{Hmac, KeyInit, Mac};
use qianglian::actions::second_factor::Protection;
use qianglian::domain::access::{OfficeDuties, Relation, Role, Subject, decide, needs_fresh_proof};
use qianglian::domain::ids::AccountId;
use qianglian::http::{Method, endpoints};
use serde_json::{Value, json};
use sha1::Sha1;

use super::support::app::{Answer, App, On, PASSWORD, User, on_both};
use super::support::browser::{Browser, Page};
use super::support::text;

const FACTOR: &str = "/api/v1/me/second-factor";
const FURTHER: &str = "/api/v1/login/second-factor";

/// What an app shows that was told a secret in base32, so many steps from now.
fn code(app: &App, secret: &str, steps: i64) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in secret.bytes() {
        let value = letters.iter().position(|known| *known == letter).expect("base32");
        bits = (bits << 5) | u32::try_from(value).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    assert_eq!(bytes.len(), 20);
    let step = app.clock.now().seconds() / 30 + steps;
    let mut mac = Hmac::<Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A code that is not that of now, nor of a step beside it.
fn wrong(app: &App, secret: &str) -> String {
    let right: Vec<String> = (-1..=1).map(|step| code(app, secret, step)).collect();
    (0..10).map(|digit| format!("00000{digit}")).find(|code| !right.contains(code)).unwrap()
}

/// Sets a second factor up: its secret and the recovery codes.
pub(crate) async fn set_up(user: &User<'_>) -> (String, Vec<String>) {
    let begun = user.post(&format!("{FACTOR}/totp"), json!(null)).await.ok();
    let secret = text(&begun["secret"]).to_owned();
    assert!(
        text(&begun["address"])
            .starts_with(&format!("otpauth://totp/Qianglian:{}?secret={secret}&", user.name))
    );
    let confirm = json!({ "code": code(user.app, &secret, 0) });
    let codes = user.post(&format!("{FACTOR}/totp/confirmation"), confirm).await.ok();
    let codes =
        codes["recovery_codes"].as_array().unwrap().iter().map(|code| text(code).to_owned()).collect();
    (secret, codes)
}

/// Logs in by name and password: the ticket for the second factor.
async fn ticket(app: &App, name: &str) -> String {
    let login = app.public().post("/api/v1/login", json!({ "name": name, "password": PASSWORD })).await.ok();
    assert!(login.get("access_token").is_none(), "{login}");
    text(&login["second_factor"]["ticket"]).to_owned()
}

async fn further(app: &App, ticket: &str, code: &str) -> Answer {
    app.public().post(FURTHER, json!({ "ticket": ticket, "code": code })).await
}

on_both! {
    async fn who_has_a_second_factor_is_asked_for_it_and_each_code_does_once(app) {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let elsewhere = app.sign_in_as("office-0", Role::Office, None).await;
        let begun = office.post(&format!("{FACTOR}/totp"), json!(null)).await.ok();
        let secret = text(&begun["secret"]).to_owned();
        let confirmation = format!("{FACTOR}/totp/confirmation");
        let bad = json!({ "code": wrong(&app, &secret) });
        assert_eq!(office.post(&confirmation, bad).await.invalid(), [("/code".to_owned(), "wrong_code".to_owned())]);
        // Begun is not confirmed: the password alone still does.
        app.public().post("/api/v1/login", json!({ "name": "office-0", "password": PASSWORD })).await.ok();
        let (secret, codes) = set_up(&office).await;
        assert_eq!(codes.len(), 10);
        office.get("/api/v1/me").await.ok();
        elsewhere.get("/api/v1/me").await.refused(401, "invalid_token");

        let first = ticket(&app, "office-0").await;
        let mut user = app.public();
        user.token = Some(first.clone());
        user.get("/api/v1/me").await.refused(401, "invalid_token");
        // The code that confirmed it has been seen.
        assert_eq!(further(&app, &first, &code(&app, &secret, 0)).await.invalid().len(), 1);
        let next = code(&app, &secret, 1);
        let tokens = further(&app, &first, &next).await.ok();
        user.token = Some(text(&tokens["access_token"]).to_owned());
        assert_eq!(user.get("/api/v1/me").await.ok()["has_second_factor"], true);
        further(&app, &first, &code(&app, &secret, 1)).await.refused(401, "ticket_not_usable");
        let second = ticket(&app, "office-0").await;
        further(&app, &second, &next).await.invalid();
        app.at("2026-03-10T10:01:30+08:00");
        for step in [-3, -2, 2, 3] {
            further(&app, &second, &code(&app, &secret, step)).await.invalid();
        }
        app.at("2026-03-10T10:40:00+08:00");
        let third = ticket(&app, "office-0").await;
        // Typed with another keyboard, and grouped.
        let typed = code(&app, &secret, -1);
        let typed: String = typed.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
        further(&app, &third, &format!("{} {}", &typed[..9], &typed[9..])).await.ok();
    }

    async fn a_recovery_code_does_once_and_new_ones_make_the_old_void(app) {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        office.post(&format!("{FACTOR}/recovery-codes"), json!(null)).await.refused(409, "no_second_factor");
        let (_, codes) = set_up(&office).await;
        let by = async |code: &str| {
            let body = json!({ "ticket": ticket(&app, "office-0").await, "recovery_code": code });
            app.public().post(FURTHER, body).await
        };
        by(&codes[0]).await.ok();
        by(&codes[0]).await.invalid();
        by(&codes[1].to_lowercase().replace('-', " ")).await.ok();
        assert_eq!(office.get(FACTOR).await.ok()["recovery_codes_left"], 8);
        let renewed = office.post(&format!("{FACTOR}/recovery-codes"), json!(null)).await.ok();
        by(&codes[2]).await.invalid();
        by(text(&renewed["recovery_codes"][2])).await.ok();
        let both = json!({ "ticket": ticket(&app, "office-0").await, "code": "123456", "recovery_code": "x" });
        app.public().post(FURTHER, both).await.invalid();
        // Neither secrets nor codes are in the trail, nor another's codes good.
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let trail = supervisor.get("/api/v1/audit/export").await.text;
        assert!(codes.iter().all(|code| !trail.contains(code.as_str())));
        assert!(trail.contains("\"second_factor\":\"recovery\""));
    }

    async fn a_ticket_ends_after_five_minutes_and_with_the_password_and_with_the_account(app) {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let (secret, _) = set_up(&office).await;
        let old = ticket(&app, "office-0").await;
        app.at("2026-03-10T10:06:00+08:00");
        further(&app, &old, &code(&app, &secret, 0)).await.refused(401, "ticket_not_usable");
        let before = ticket(&app, "office-0").await;
        let change = json!({ "old_password": PASSWORD, "new_password": "梧桐-bicycle-42-灯塔" });
        office.post("/api/v1/me/password", change).await.ok();
        further(&app, &before, &code(&app, &secret, 0)).await.refused(401, "ticket_not_usable");

        let login = json!({ "name": "office-0", "password": "梧桐-bicycle-42-灯塔" });
        let login = app.public().post("/api/v1/login", login).await.ok();
        let last = text(&login["second_factor"]["ticket"]).to_owned();
        let admin = app.sign_in(Role::Admin, None).await;
        let path = format!("/api/v1/accounts/{}", text(&office.get("/api/v1/me").await.ok()["id"]));
        let account = admin.get(&path).await.ok();
        admin.over("PATCH", &path, &account["revision"], json!({ "enabled": false })).await.ok();
        further(&app, &last, &code(&app, &secret, 0)).await.refused(401, "ticket_not_usable");
        further(&app, "x", &code(&app, &secret, 0)).await.refused(401, "ticket_not_usable");
    }

    async fn codes_are_counted_before_they_are_looked_at(app) {
        let office = app.sign_in_as("office-0", Role::Office, None).await;
        let (secret, codes) = set_up(&office).await;
        let ticket = ticket(&app, "office-0").await;
        let from = async |address: &str, code: &str| {
            let body = json!({ "ticket": ticket, "code": code });
            app.public().send("POST", FURTHER, Some(body), &[("x-forwarded-for", address)]).await
        };
        let bad = wrong(&app, &secret);
        let guesses = (0..40).map(|_| from("10.0.0.1", &bad));
        let mut looked_at = 0;
        for answer in futures_util::future::join_all(guesses).await {
            match answer.status {
                422 => looked_at += 1,
                _ => { answer.refused(429, "too_many_wrong_codes"); }
            }
        }
        assert_eq!(looked_at, 5);
        from("10.0.0.1", &code(&app, &secret, 1)).await.refused(429, "too_many_wrong_codes");
        for address in 0..5 {
            from(&format!("10.0.1.{address}"), &bad).await.invalid();
        }
        from("10.0.0.2", &code(&app, &secret, 1)).await.refused(429, "too_many_wrong_codes");
        let recovery = json!({ "ticket": ticket, "recovery_code": codes[0] });
        let other = [("x-forwarded-for", "10.0.0.3")];
        app.public().send("POST", FURTHER, Some(recovery), &other).await.refused(429, "too_many_wrong_codes");
        // An hour later these count no more.
        app.at("2026-03-10T11:00:01+08:00");
        let body = json!({ "name": "office-0", "password": PASSWORD });
        let login = app.public().post("/api/v1/login", body).await.ok();
        let ticket = text(&login["second_factor"]["ticket"]).to_owned();
        further(&app, &ticket, &code(&app, &secret, 0)).await.ok();
    }

    async fn who_has_lost_it_gets_a_link_that_a_second_person_confirms(app) {
        app.sign_in(Role::Supervisor, None).await;
        let lead = app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        let (secret, _) = set_up(&lead).await;
        let id = text(&lead.get("/api/v1/me").await.ok()["id"]).to_owned();
        let admin = app.sign_in(Role::Admin, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let accept = async |link: &Value| {
            let body = json!({ "token": link["link_token"], "password": PASSWORD });
            app.public().post("/api/v1/links/acceptance", body).await
        };
        // A password that is forgotten says nothing of the second factor.
        let link = admin.post(&format!("/api/v1/accounts/{id}/reset"), json!(null)).await.ok();
        accept(&link).await.ok();
        ticket(&app, "lead").await;

        let path = format!("/api/v1/accounts/{id}/second-factor/reset");
        supervisor.post(&path, json!(null)).await.refused(403, "not_your_role");
        let link = admin.post(&path, json!(null)).await.ok();
        assert_eq!(link["needs_confirmation"], true);
        assert_eq!(link["account"]["has_second_factor"], true);
        accept(&link).await.refused(409, "link_unconfirmed");
        supervisor.post(&format!("/api/v1/accounts/{id}/link/confirmation"), json!(null)).await.ok();
        accept(&link).await.ok();
        let login = app.public().post("/api/v1/login", json!({ "name": "lead", "password": PASSWORD })).await.ok();
        assert_eq!(login["account"]["has_second_factor"], false);
        let lead = app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
        let (other, _) = set_up(&lead).await;
        assert_ne!(secret, other);
        lead.delete(FACTOR).await.ok();
        app.sign_in_as("lead", Role::Applicant, Some("320500")).await;
    }
}

/// A service that asks for second factors.
async fn asking(on: On) -> App {
    let mut app = App::start(on).await;
    let protection = Protection { second_factor_required: true, ..Protection::default() };
    app.base = app.also(|service| service.protection = protection);
    app
}

fn on_each(story: impl AsyncFn(App)) {
    for on in On::each() {
        actix_web::rt::System::new().block_on(async { story(asking(on).await).await });
    }
}

#[test]
fn the_roles_that_decide_do_nothing_before_they_have_one() {
    on_each(async |app| {
        for role in [Role::Office, Role::Supervisor, Role::Admin] {
            let user = app.sign_in(role, None).await;
            assert_eq!(user.get(FACTOR).await.ok()["required"], true);
            for path in ["/api/v1/accounts", "/api/v1/audit", "/api/v1/experts"] {
                user.get(path).await.refused(403, "second_factor_required");
            }
            user.post("/api/v1/competitions", json!({})).await.refused(403, "second_factor_required");
            user.get("/api/v1/competitions").await.ok();
            set_up(&user).await;
            let allowed = if role == Role::Office { "/api/v1/experts" } else { "/api/v1/accounts" };
            user.get(allowed).await.ok();
            user.delete(FACTOR).await.refused(409, "second_factor_obligatory");
            set_up(&user).await;
        }
        let expert = app.sign_in(Role::Expert, None).await;
        assert_eq!(expert.get(FACTOR).await.ok()["required"], false);
        set_up(&expert).await;
        expert.delete(FACTOR).await.ok();
    });
}

#[test]
fn from_the_first_password_to_the_desk_is_one_walk() {
    on_each(async |app| {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::new(&app);
        let sign_in = browser.get("/sign-in").await.form("/act/v1/login");
        let page = browser.send(&sign_in.with("/name", "office-0").with("/password", PASSWORD)).await;
        assert_eq!((page.status, page.address.as_str()), (200, "/account/second-factor"));
        let kept_out = browser.get("/competitions/new").await;
        assert_eq!(kept_out.status, 403);
        assert!(kept_out.links().contains(&"/account/second-factor".to_owned()), "{}", kept_out.html);
        assert_eq!(browser.get("/desk").await.address, "/account/second-factor");

        let page = browser.send(&page.form("/act/v1/me/second-factor/totp")).await;
        assert!(page.html.contains("<svg class=\"qr\""));
        let secret = page.text();
        let secret = secret.split("手工输入密钥： ").nth(1).unwrap();
        let secret: String =
            secret.chars().take_while(char::is_ascii).filter(|c| !c.is_whitespace()).collect();
        let confirm = |page: &Page| page.form("/act/v1/me/second-factor/totp/confirmation");
        let page = browser.send(&confirm(&page).with("/code", &wrong(&app, &secret))).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("验证码不正确"), "{}", page.text());
        let page = browser.send(&confirm(&page).with("/code", &code(&app, &secret, 0))).await;
        let codes: Vec<String> = page
            .text()
            .split_whitespace()
            .filter(|word| word.len() == 19 && word.is_ascii())
            .map(str::to_owned)
            .collect();
        assert_eq!((page.status, codes.len()), (200, 10), "{}", page.text());
        assert_eq!(browser.get("/desk").await.address, "/desk");
        assert!(!browser.get("/account/second-factor").await.html.contains(&secret));

        // Another day: password, code, and on to where one wanted to go.
        let browser = Browser::new(&app);
        let page = browser.get("/experts").await;
        let sign_in = page.form("/act/v1/login").with("/name", "office-0").with("/password", PASSWORD);
        let page = browser.send(&sign_in).await;
        let form = page.form("/act/v1/login/second-factor");
        assert!(
            page.html.contains("autocomplete=\"one-time-code\"")
                && page.html.contains("inputmode=\"numeric\"")
        );
        let page = browser.send(&form.with("/code:optional", &wrong(&app, &secret))).await;
        assert_eq!(page.status, 422);
        let form = page.form("/act/v1/login/second-factor");
        assert_eq!(form.value("/code:optional"), Some(""));
        let page = browser.send(&form.with("/code:optional", &code(&app, &secret, 1))).await;
        assert_eq!((page.status, page.address.as_str()), (200, "/experts"));

        // The telephone lies at home.
        let browser = Browser::new(&app);
        let sign_in = browser.get("/sign-in").await.form("/act/v1/login");
        let page = browser.send(&sign_in.with("/name", "office-0").with("/password", PASSWORD)).await;
        let form = page.form("/act/v1/login/second-factor").with("/recovery_code:optional", &codes[3]);
        let page = browser.send(&form).await;
        assert_eq!((page.status, page.address.as_str()), (200, "/desk"));
        // Too late for the ticket: the password again.
        let sign_in = browser.get("/sign-in").await.form("/act/v1/login");
        let page = browser.send(&sign_in.with("/name", "office-0").with("/password", PASSWORD)).await;
        let form = page.form("/act/v1/login/second-factor").with("/code:optional", "000000");
        app.at("2026-03-10T10:06:00+08:00");
        let page = browser.send(&form).await;
        assert_eq!(page.status, 401);
        page.form("/act/v1/login");
    });
}

/// Asks again who somebody is, and for nothing else.
async fn asking_again(on: On) -> App {
    let mut app = App::start(on).await;
    let protection = Protection { fresh_proof: true, ..Protection::default() };
    app.base = app.also(|service| service.protection = protection);
    app
}

/// A session whose token is of now.
async fn refreshed<'a>(app: &'a App, name: &str, later: &str) -> User<'a> {
    let tokens = app.public().post("/api/v1/login", json!({ "name": name, "password": PASSWORD })).await.ok();
    app.at(later);
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let tokens = app.public().post("/api/v1/refresh", body).await.ok();
    User { app, token: Some(text(&tokens["access_token"]).to_owned()), name: name.to_owned() }
}

#[test]
fn what_cannot_be_taken_back_asks_again_after_a_quarter_of_an_hour() {
    for on in On::each() {
        actix_web::rt::System::new().block_on(async {
            let app = asking_again(on).await;
            let roles = [
                (Role::Admin, None),
                (Role::Office, None),
                (Role::Supervisor, None),
                (Role::CityReviewer, Some("320500")),
            ];
            let mut asked = Vec::new();
            for (role, region) in roles {
                app.at("2026-03-10T10:00:00+08:00");
                let name = app.sign_in(role, region).await.name;
                let user = refreshed(&app, &name, "2026-03-10T10:15:01+08:00").await;
                let subject = Subject {
                    account: AccountId(uuid::Uuid::nil()),
                    role,
                    region: None,
                    duties: OfficeDuties::default(),
                };
                for row in endpoints() {
                    let may = decide(Some(&subject), row.action, Relation::General).is_ok();
                    if !may || row.method == Method::Get || !needs_fresh_proof(row.action) {
                        continue;
                    }
                    let path: Vec<&str> = row.path.split('/').collect();
                    let path = path.iter().map(|part| {
                        if part.starts_with('{') { "0192f0c1-2345-7abc-8def-0123456789ab" } else { part }
                    });
                    let path = path.collect::<Vec<_>>().join("/");
                    let answer = user.send(row.method.as_str(), &path, Some(json!({})), &[]).await;
                    answer.refused(403, "reauthentication_required");
                    asked.push(row.action.as_str());
                }
                // Nothing else does.
                user.get("/api/v1/me").await.ok();
            }
            for action in [
                "recommendation.seal",
                "notice.publish",
                "announcement.publish",
                "title.change",
                "account.invite",
                "account.reset",
                "account.reset_second_factor",
                "account.confirm_link",
                "account.second_factor",
            ] {
                assert!(asked.contains(&action), "{action}");
            }

            app.at("2026-03-10T11:00:00+08:00");
            let admin = refreshed(&app, "admin-0", "2026-03-10T11:15:00+08:00").await;
            let invite = |name: &str| json!({ "name": name, "display_name": "张三", "role": "admin" });
            admin.post("/api/v1/accounts", invite("one")).await.ok();
            app.at("2026-03-10T11:15:01+08:00");
            admin.post("/api/v1/accounts", invite("two")).await.refused(403, "reauthentication_required");
            let prove = async |body: Value| admin.post("/api/v1/me/reauthentication", body).await;
            let wrong = prove(json!({ "password": "wrong" })).await.invalid();
            assert_eq!(wrong, [("/password".to_owned(), "wrong_password".to_owned())]);
            prove(json!({ "password": PASSWORD })).await.ok();
            admin.post("/api/v1/accounts", invite("two")).await.ok();
            let (secret, _) = set_up(&admin).await;
            prove(json!({ "password": PASSWORD })).await.invalid();
            let bad = json!({ "password": PASSWORD, "code": code(&app, &secret, 0) });
            assert_eq!(prove(bad).await.invalid(), [("/code".to_owned(), "wrong_code".to_owned())]);
            prove(json!({ "password": PASSWORD, "code": code(&app, &secret, 1) })).await.ok();
        });
    }
}

#[test]
fn a_form_that_asks_again_keeps_what_was_typed_and_goes_on() {
    actix_web::rt::System::new().block_on(async {
        let app = asking_again(On::Sqlite).await;
        app.sign_in(Role::Admin, None).await;
        let browser = Browser::of(&app, "admin-0").await;
        app.at("2026-03-10T10:20:00+08:00");
        let form = browser.get("/accounts/new").await.form("/act/v1/accounts");
        let form = form.with("/name", "clerk").with("/display_name", "张三").with("/role", "applicant");
        let page = browser.send(&form.with("/region_code:optional", "320500")).await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains("张三"), "{}", page.text());
        let form = page.form("/act/v1/me/reauthentication");
        let page = browser.send(&form.with("/password", "wrong")).await;
        assert_eq!(page.status, 422);
        let page = browser.send(&page.form("/act/v1/me/reauthentication").with("/password", PASSWORD)).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("clerk") && page.text().contains("qll_"), "{}", page.text());
        // What is carried along is looked at like any other form.
        let deep = format!("/{}", "a/".repeat(3_000));
        let resume = json!(["/api/v1/accounts", [[deep, "1"]]]).to_string();
        app.at("2026-03-10T10:40:00+08:00");
        let form = browser.get("/accounts/new").await.form("/act/v1/accounts");
        let page = browser.send(&form.with("/name", "x")).await;
        let form = page.form("/act/v1/me/reauthentication").with("_resume", &resume);
        assert_eq!(browser.send(&form.with("/password", PASSWORD)).await.status, 400);
    });
}
