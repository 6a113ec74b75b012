//! Who keeps which accounts, how their owners are reached, new links in one act, links by mail, forgotten passwords.

use qianglian::actions::letters::deliver_next;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::mail::Server;
use super::support::app::{App, PASSWORD, on_both};
use super::support::browser::Browser;
use super::support::review::review_settings;
use super::support::text;

/// The letters that are handed over by now.
async fn handed_over(app: &App, server: &Server) -> Vec<String> {
    while deliver_next(&app.service, &server.mailer()).await.unwrap() {}
    (0..server.letters().len()).map(|number| server.letter(number)).collect()
}

/// The one-time code of a letter.
fn code(letter: &str) -> String {
    let from = letter.find("qll_").expect("a code");
    letter[from..].split_whitespace().next().unwrap().to_owned()
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|account| text(&account["name"])).collect()
}

on_both! {
    async fn the_office_keeps_accounts_of_applicants_reviewers_and_experts_alone(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        app.sign_in(Role::Supervisor, None).await;
        let office = app.sign_in(Role::Office, None).await;
        let at = "/api/v1/accounts";
        let applicant = json!({ "name": "suzhou", "display_name": "苏州", "role": "applicant", "region_code": "320500" });
        let applicant = office.post(at, applicant).await.ok();
        let expert = office.post(at, json!({ "name": "judge", "display_name": "专家", "role": "expert" })).await.ok();
        // Whoever judges is confirmed by a supervisor, whoever invites.
        assert_eq!((&applicant["needs_confirmation"], &expert["needs_confirmation"]), (&json!(false), &json!(true)));
        for role in ["office", "supervisor", "admin"] {
            let body = json!({ "name": "mole", "display_name": "某人", "role": role });
            let problems = office.post(at, body).await.invalid();
            assert_eq!(problems, [("/role".to_owned(), "role_not_kept".to_owned())]);
        }
        let csv = json!({ "csv": "登录名,姓名,角色\nmole,某人,领导小组办公室\n" });
        let problems = office.post("/api/v1/accounts/import", csv).await.invalid();
        assert_eq!(problems, [("/rows/1/role".to_owned(), "role_not_kept".to_owned())]);
        // Of others it knows nothing, and does nothing to them.
        assert_eq!(names(&office.get(at).await.ok()), ["judge", "suzhou"]);
        assert_eq!(names(&office.get(&format!("{at}?role=admin")).await.ok()), [""; 0]);
        let other = format!("{at}/{}", text(&admin.get("/api/v1/me").await.ok()["id"]));
        office.get(&other).await.refused(404, "not_found");
        office.get(&format!("{other}/link")).await.refused(404, "not_found");
        office.over("PATCH", &other, &json!(1), json!({ "enabled": false })).await.refused(404, "not_found");
        office.post(&format!("{other}/reset"), json!(null)).await.refused(404, "not_found");
        office.get("/api/v1/machines").await.refused(403, "not_your_role");
        let own = format!("{at}/{}", text(&applicant["account"]["id"]));
        office.over("PATCH", &own, &json!(1), json!({ "display_name": "苏州市工信局" })).await.ok();
        office.post(&format!("{own}/reset"), json!(null)).await.ok();
        // Its pages offer no more.
        let browser = Browser::of(&app, "office-0").await;
        let page = browser.get("/accounts/new").await;
        assert!(page.text().contains("设区市审核") && !page.text().contains("系统管理员"), "{}", page.text());
        assert!(browser.get("/accounts").await.text().contains("苏州市工信局"));
        let waiting = office.get("/api/v1/links").await.ok();
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        // What waits for others is not for the office to see.
        admin.post(at, json!({ "name": "clerk", "display_name": "科员", "role": "office" })).await.ok();
        assert_eq!(office.get("/api/v1/links").await.ok()["items"].as_array().unwrap().len(), 1);
        assert_eq!(admin.get("/api/v1/links").await.ok()["items"].as_array().unwrap().len(), 2);
    }

    async fn the_office_divides_its_duties(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let clerk = app.sign_in_as("clerk", Role::Office, None).await;
        let at = "/api/v1/accounts";
        let wrong = json!({ "name": "judge", "display_name": "专家", "role": "expert", "duties": ["issue"] });
        assert_eq!(admin.post(at, wrong).await.invalid(), [("/duties".to_owned(), "only_of_the_office".to_owned())]);
        let account = admin.get(&format!("{at}?text=clerk")).await.all()[0].clone();
        assert_eq!(account["duties"], json!([]));
        let own = format!("{at}/{}", text(&account["id"]));

        // Who issues prepares nothing, and reads everything.
        let issuing = admin.over("PATCH", &own, &account["revision"], json!({ "duties": ["issue"] })).await.ok();
        clerk.post("/api/v1/competitions", review_settings()).await.refused(403, "not_your_duty");
        clerk.get("/api/v1/competitions").await.ok();
        let browser = Browser::of(&app, "clerk").await;
        assert!(browser.get("/accounts/new").await.text().contains("办公室有“经办”职责的人员"));
        let page = browser.get("/accounts/forgotten-passwords").await;
        assert!(page.text().contains("由有“经办”职责的人员办理"), "{}", page.text());
        assert!(!page.html.contains("/act/v1/accounts"), "and there is no form to send");

        // Who prepares lets nothing go out.
        let preparing = admin.over("PATCH", &own, &issuing["revision"], json!({ "duties": ["prepare"] })).await.ok();
        let made = clerk.post("/api/v1/competitions", review_settings()).await.ok();
        let state = format!("/api/v1/competitions/{}/state", text(&made["id"]));
        clerk.over("POST", &state, &made["revision"], json!({ "to": "call" })).await.refused(403, "not_your_duty");
        let told = clerk.get("/api/v1/me/messages").await.all();
        assert_eq!(told.as_array().unwrap().iter().filter(|message| message["kind"] == "duties_changed").count(), 2);
        // What an account of the office does not say stays; none at all is no division.
        let named = admin.over("PATCH", &own, &preparing["revision"], json!({ "display_name": "科员" })).await.ok();
        assert_eq!(named["duties"], json!(["prepare"]));
        let all = admin.over("PATCH", &own, &named["revision"], json!({ "duties": [] })).await.ok();
        let other = app.sign_in_as("clerk-2", Role::Office, None).await;
        other.over("PATCH", &own, &all["revision"], json!({ "duties": ["issue"] })).await.refused(404, "not_found");

        // By table, there and back.
        let import = format!("{at}/import");
        let table = |duties: &str| json!({ "csv": format!("登录名,姓名,角色,职责\nclerk,科员,领导小组办公室,{duties}\n") });
        assert_eq!(admin.post(&import, table("经办、盖章")).await.invalid(), [("/rows/1/duties".to_owned(), "wrong_value".to_owned())]);
        let (_, done) = admin.confirmed("POST", &import, None, table("审核，签发")).await;
        let done = done.ok();
        assert_eq!(done["changed"], 1);
        let csv = admin.get(&format!("{at}?format=csv&text=clerk")).await.text;
        assert!(csv.contains("审核、签发"), "{csv}");
        let again = admin.post(&import, json!({ "csv": csv })).await.ok();
        assert_eq!((&again["changed"], &again["unchanged"]), (&json!(0), &json!(2)));
        clerk.post("/api/v1/competitions", review_settings()).await.refused(403, "not_your_duty");

        // An administrator ticks them in the browser, and takes all of them back.
        let desk = Browser::of(&app, "admin-0").await;
        let page = desk.get(&own.replace("/api/v1", "")).await;
        assert!(page.text().contains("审核、签发"), "{}", page.text());
        let form = page.form(&own.replace("/api/", "/act/"));
        let done = desk.send(&form.with("/duties/0", "prepare")).await;
        assert!(done.text().contains("经办、审核、签发"), "{}", done.text());
    }

    async fn accounts_are_found_by_any_of_their_names_and_by_their_state(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let at = "/api/v1/accounts";
        for (name, own, email, phone) in [
            ("first", "苏州市吴中区", "wu_zhong@example.org", "0512-65250000"),
            ("second", "南京市%区", "wuxzhong@example.org", "13900000000"),
        ] {
            let body = json!({ "name": name, "display_name": own, "role": "expert", "email": email, "phone": phone });
            admin.post(at, body).await.ok();
        }
        let found = async |query: &str| {
            let page = admin.get(&format!("{at}?{query}")).await.ok();
            names(&page).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
        };
        for (query, expected) in [
            ("text=FIR", &["first"][..]),
            ("text=%E5%90%B4%E4%B8%AD", &["first"]),
            ("text=6525", &["first"]),
            ("text=WUXZHONG", &["second"]),
            // Signs that stand for others in patterns are themselves.
            ("text=wu_zhong", &["first"]),
            ("text=%25", &["second"]),
            ("text=%5C", &[]),
            ("state=invited", &["first", "second"]),
            ("state=in_use", &["admin-0"]),
            ("state=disabled", &[]),
        ] {
            assert_eq!(found(query).await, expected, "{query}");
        }
        let second = admin.get(&format!("{at}?text=second")).await.ok()["items"][0].clone();
        let path = format!("{at}/{}", text(&second["id"]));
        admin.over("PATCH", &path, &second["revision"], json!({ "enabled": false })).await.ok();
        assert_eq!((found("state=disabled").await, found("state=invited").await), (vec!["second".to_owned()], vec!["first".to_owned()]));
        // The page asks the same, and its table has what it shows.
        let browser = Browser::of(&app, "admin-0").await;
        let page = browser.get("/accounts?text=6525").await;
        assert!(page.text().contains("0512-65250000") && !page.text().contains("13900000000"), "{}", page.text());
        assert!(page.html.contains("/api/v1/accounts?text=6525&amp;format=xlsx"), "{}", page.html);
    }

    async fn owners_say_how_they_are_reached_and_stand_by_what_they_enter(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let owner = app.sign_in(Role::Applicant, Some("320500")).await;
        let me = async || owner.get("/api/v1/me").await.ok();
        // The address of the invitation is as good as the owner's own, unless the owner judges.
        assert_eq!(me().await["email_confirmed"], true);
        let expert = app.sign_in(Role::Expert, None).await;
        assert_eq!(expert.get("/api/v1/me").await.ok()["email_confirmed"], false);
        let path = format!("/api/v1/accounts/{}", text(&me().await["id"]));
        let change = json!({ "email": "other@example.org", "phone": "（０５１２）6525 0000 分机 801" });
        let changed = admin.over("PATCH", &path, &me().await["revision"], change).await.ok();
        assert_eq!((&changed["phone"], &changed["email_confirmed"]), (&json!("(0512)6525 0000 转 801"), &json!(false)));
        let problems = owner.over("PATCH", "/api/v1/me", &me().await["revision"], json!({ "phone": "请来电", "email": "x" })).await;
        assert_eq!(problems.invalid(), [("/email".to_owned(), "email".to_owned()), ("/phone".to_owned(), "not_a_phone_number".to_owned())]);
        owner.over("PATCH", "/api/v1/me", &json!(1), json!({ "phone": "" })).await.refused(412, "stale");
        let browser = Browser::of(&app, "applicant-320500").await;
        let page = browser.get("/account").await;
        assert!(page.text().contains("该邮箱由他人填写"), "{}", page.text());
        let saved = browser.send(&page.form("/act/v1/me")).await;
        assert!(!saved.text().contains("该邮箱由他人填写"), "{}", saved.text());
        let own = me().await;
        assert_eq!((&own["email"], &own["email_confirmed"]), (&json!("other@example.org"), &json!(true)));
        let cleared = owner.over("PATCH", "/api/v1/me", &own["revision"], json!({ "phone": "" })).await.ok();
        assert_eq!((&cleared["phone"], &cleared["email"]), (&json!(null), &own["email"]));
    }

    async fn all_who_have_not_come_get_new_codes_in_one_act(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let office = app.sign_in(Role::Office, None).await;
        app.sign_in(Role::Applicant, Some("320583")).await;
        let invite = |name: &str, days: u8| json!({
            "name": name, "display_name": name, "role": "applicant", "region_code": "320500", "valid_days": days,
        });
        let short = admin.post("/api/v1/accounts", invite("short", 1)).await.ok();
        let long = admin.post("/api/v1/accounts", invite("long", 30)).await.ok();
        admin.post("/api/v1/accounts", json!({ "name": "clerk", "display_name": "科员", "role": "office", "valid_days": 1 })).await.ok();
        app.at("2026-03-12T10:00:00+08:00");
        let office = app.sign_in_as(&office.name, Role::Office, None).await;
        let at = "/api/v1/accounts/invitations";
        // Those whose code could still be used keep it, if so wished; those of other roles are not the office's.
        let asked = office.post(at, json!({ "expired_only": true })).await;
        assert_eq!((asked.status, asked.body["errors"].as_array().unwrap().len()), (428, 1), "{}", asked.text);
        let again = office.confirmed("POST", at, None, json!({ "expired_only": true, "valid_days": 30 })).await.1.ok();
        assert_eq!(again["invitations"][0]["account"]["name"], "short");
        assert_eq!(again["invitations"].as_array().unwrap().len(), 1);
        let nobody = app.public();
        let accept = |token: &Value| json!({ "token": token, "password": PASSWORD });
        nobody.post("/api/v1/links/acceptance", accept(&short["link_token"])).await.refused(409, "link_not_usable");
        office.post(at, json!({ "expired_only": true })).await.refused(409, "nobody_waits");
        office.post(at, json!({ "role": "expert" })).await.refused(409, "nobody_waits");
        let all = office.confirmed("POST", at, None, json!({})).await.1.ok();
        let told: Vec<&str> = all["invitations"].as_array().unwrap().iter().map(|one| text(&one["account"]["name"])).collect();
        assert_eq!(told, ["long", "short"]);
        nobody.post("/api/v1/links/acceptance", accept(&long["link_token"])).await.refused(409, "link_not_usable");
        nobody.post("/api/v1/links/acceptance", accept(&again["invitations"][0]["link_token"])).await.refused(409, "link_not_usable");
        nobody.post("/api/v1/links/acceptance", accept(&all["invitations"][0]["link_token"])).await.ok();
        // By hand: what would be done is shown first, then slips to print.
        let browser = Browser::of(&app, "office-0").await;
        let shown = browser.first(&browser.get("/accounts/invitations").await.form("/act/v1/accounts/invitations")).await;
        assert!(shown.text().contains("short（short）得到新的一次性链接码"), "{}", shown.text());
        let slips = browser.send(&shown.form("/act/v1/accounts/invitations")).await;
        assert!(slips.text().contains("强链账号通知单") && slips.text().contains("qll_"), "{}", slips.text());
    }

    async fn codes_go_by_mail_and_are_told_to_nobody_else(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let at = "/api/v1/accounts";
        let body = json!({ "name": "suzhou", "display_name": "苏州", "role": "applicant", "region_code": "320500", "by_letter": true });
        let problems = admin.post(at, body.clone()).await.invalid();
        assert_eq!(problems, [("/email".to_owned(), "required".to_owned())]);
        let mut addressed = body;
        addressed["email"] = json!("suzhou@example.org");
        let invited = admin.post(at, addressed).await.ok();
        assert_eq!(invited["link_token"], json!(null));
        let server = Server::start();
        let letters = handed_over(&app, &server).await;
        let letter = letters.iter().find(|letter| letter.contains("qll_")).expect("a letter with a code");
        assert!(letter.contains("To: suzhou@example.org"), "{letter}");
        let first = code(letter);
        // Whoever has an address gets a letter, others get slips.
        admin.post(at, json!({ "name": "wuxi", "display_name": "无锡", "role": "applicant", "region_code": "320200" })).await.ok();
        let again = admin.confirmed("POST", "/api/v1/accounts/invitations", None, json!({ "by_letter": true })).await.1.ok();
        let told: Vec<bool> = again["invitations"].as_array().unwrap().iter().map(|one| one["link_token"].is_string()).collect();
        assert_eq!(told, [false, true], "{again}");
        let letters = handed_over(&app, &server).await;
        let second = code(letters.iter().rfind(|letter| letter.contains("qll_")).unwrap());
        assert_ne!(first, second);
        let nobody = app.public();
        let accept = |token: &str| json!({ "token": token, "password": PASSWORD });
        nobody.post("/api/v1/links/acceptance", accept(&first)).await.refused(409, "link_not_usable");
        nobody.post("/api/v1/links/acceptance", accept(&second)).await.ok();
    }

    async fn a_forgotten_password_is_helped_by_mail_where_the_office_allows_it(app) {
        let office = app.sign_in(Role::Office, None).await;
        let owner = app.sign_in(Role::Applicant, Some("320500")).await;
        let admin = app.sign_in(Role::Admin, None).await;
        let expert = app.sign_in(Role::Expert, None).await;
        let server = Server::start();
        handed_over(&app, &server).await;
        let nobody = app.public();
        let forget = async |name: &str| {
            let answer = nobody.post("/api/v1/links/requests", json!({ "name": name })).await;
            assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{name}");
            let all = handed_over(&app, &server).await;
            all.into_iter().filter(|letter| letter.contains("qll_")).collect::<Vec<_>>()
        };
        // Nobody, before the office says whom.
        assert_eq!(forget(&owner.name).await.len(), 0);
        let at = "/api/v1/accounts/forgotten-passwords";
        let problems = office.send("PUT", at, Some(json!({ "roles": ["office"] })), &[]).await.invalid();
        assert_eq!(problems, [("/roles".to_owned(), "role_not_kept".to_owned())]);
        owner.send("PUT", at, Some(json!({ "roles": [] })), &[]).await.refused(403, "not_your_role");
        let browser = Browser::of(&app, "office-0").await;
        let form = browser.get("/accounts/forgotten-passwords").await.form("/act/v1/accounts/forgotten-passwords");
        browser.send(&form.with("/roles/0", "applicant").with("/roles/2", "expert")).await;
        assert_eq!(office.get(at).await.ok()["roles"], json!(["applicant", "expert"]));
        // The answer is the same for all; a letter goes to whom it may.
        office.send("PUT", at, Some(json!({ "roles": ["expert", "applicant"] })), &[]).await.ok();
        for name in ["nobody-0", &admin.name, &office.name, &expert.name] {
            assert_eq!(forget(name).await.len(), 0, "{name}");
        }
        let letters = forget(&owner.name).await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].contains("To: applicant-320500@example.org"), "{}", letters[0]);
        // Asking ends nothing: neither the password nor a link that somebody else made.
        owner.get("/api/v1/me").await.ok();
        let first = code(&letters[0]);
        let accept = |token: &str| json!({ "token": token, "password": "taihu-ferry-lantern-19" });
        nobody.post("/api/v1/links/acceptance", accept(&first)).await.ok();
        owner.get("/api/v1/me").await.refused(401, "invalid_token");
        nobody.post("/api/v1/links/acceptance", accept(&first)).await.refused(409, "link_not_usable");
        // An expert who entered the own address is helped; of an address that somebody else entered since, nobody is.
        let me = expert.get("/api/v1/me").await.ok();
        let mine = json!({ "email": "judge@example.org" });
        let me = expert.over("PATCH", "/api/v1/me", &me["revision"], mine).await.ok();
        let count = forget(&expert.name).await.len();
        assert_eq!(count, 2);
        let path = format!("/api/v1/accounts/{}", text(&me["id"]));
        admin.over("PATCH", &path, &me["revision"], json!({ "email": "mole@example.org" })).await.ok();
        assert_eq!(forget(&expert.name).await.len(), count);
        // So often a day, whether there is such an account or not.
        nobody.post("/api/v1/links/requests", json!({ "name": owner.name })).await;
        nobody.post("/api/v1/links/requests", json!({ "name": owner.name })).await.refused(429, "daily_quota");
        for _ in 0..2 {
            nobody.post("/api/v1/links/requests", json!({ "name": "nobody-0" })).await;
        }
        nobody.post("/api/v1/links/requests", json!({ "name": "NOBODY-0" })).await.refused(429, "daily_quota");
    }

    async fn a_mailed_code_lasts_two_hours_and_a_sign_in_page_leads_there(app) {
        let office = app.sign_in(Role::Office, None).await;
        app.sign_in(Role::CityReviewer, Some("320500")).await;
        let roles = json!({ "roles": ["city_reviewer"] });
        office.send("PUT", "/api/v1/accounts/forgotten-passwords", Some(roles), &[]).await.ok();
        let browser = Browser::new(&app);
        assert!(browser.get("/sign-in").await.html.contains("/forgotten-password"));
        let page = browser.get("/forgotten-password").await;
        let told = browser.send(&page.form("/act/v1/links/requests").with("/name", "city-reviewer-320500")).await;
        assert!(told.text().contains("一次性链接码已发往其邮箱"), "{}", told.text());
        let server = Server::start();
        let letters = handed_over(&app, &server).await;
        let code = code(letters.iter().find(|letter| letter.contains("qll_")).unwrap());
        app.at("2026-03-10T12:00:01+08:00");
        let accept = json!({ "token": code, "password": PASSWORD });
        app.public().post("/api/v1/links/acceptance", accept).await.refused(409, "link_not_usable");
    }

    async fn several_codes_are_confirmed_together_or_none(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let mut ids = Vec::new();
        for name in ["first", "second", "third"] {
            let invited = admin.post("/api/v1/accounts", json!({ "name": name, "display_name": name, "role": "expert" })).await.ok();
            ids.push(text(&invited["account"]["id"]).to_owned());
        }
        let at = "/api/v1/links/confirmations";
        let left = async || admin.get("/api/v1/links").await.ok()["items"].as_array().unwrap().len();
        admin.post(at, json!({ "account_ids": ids })).await.refused(403, "not_your_role");
        let own = text(&supervisor.get("/api/v1/me").await.ok()["id"]).to_owned();
        supervisor.post(at, json!({ "account_ids": [ids[0], own] })).await.refused(409, "nothing_to_confirm");
        let problems = supervisor.post(at, json!({ "account_ids": [] })).await.invalid();
        assert_eq!(problems, [("/account_ids".to_owned(), "count".to_owned())]);
        assert_eq!(left().await, 3);
        let browser = Browser::of(&app, &supervisor.name).await;
        let form = browser.get("/links").await.form("/act/v1/links/confirmations");
        browser.send(&form.with("/account_ids/0", &ids[0]).with("/account_ids/2", &ids[2])).await;
        assert_eq!(left().await, 1);
        let confirmed = supervisor.post(at, json!({ "account_ids": [ids[1]] })).await.ok();
        assert_eq!(confirmed["accounts"][0]["name"], "second");
        assert_eq!(left().await, 0);
    }
}
