//! The machine's clock jumps: what is recorded and told, what does not follow from it, and who says that it is right.

use qianglian::actions::{competitions, jumps};
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::browser::Browser;
use super::support::story::{BIOMEDICINE, SUZHOU, called, draft, write};
use super::support::text;

const MONTH: i64 = 30 * 86_400;

/// Time goes by, as the clock says.
fn pass(app: &App, seconds: i64) {
    app.clock.set(app.clock.now().plus_seconds(seconds));
}

/// What the service does every second.
async fn a_second_later(app: &App) {
    pass(app, 1);
    jumps::look(&app.service).await.unwrap();
    competitions::close_what_is_due(&app.service).await.unwrap();
}

/// A competition that takes applications, and a service that has long run.
async fn running(app: &App) -> String {
    let id = called(app).await;
    jumps::begin(&app.service).await.unwrap();
    pass(app, 61);
    a_second_later(app).await;
    id
}

async fn state(app: &App, id: &str) -> Value {
    app.public().get(&format!("/api/v1/competitions/{id}")).await.ok()["state"].clone()
}

async fn alarms(app: &App, id: &str) -> usize {
    let supervisor = app.known(Role::Supervisor, None).await;
    let found = supervisor.get(&format!("/api/v1/competitions/{id}/alarms")).await.ok();
    found["alarms"].as_array().unwrap().iter().filter(|alarm| alarm["kind"] == "clock_jumped").count()
}

on_both! {
    async fn a_jump_closes_nothing_signs_nobody_out_and_alarms(app) {
        let id = running(&app).await;
        let admin = app.sign_in(Role::Admin, None).await;
        let office = app.sign_in(Role::Office, None).await;
        let applicant = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&applicant, &id, BIOMEDICINE).await;
        assert_eq!(office.get("/api/v1/clock").await.ok()["believed"], true);
        applicant.get("/api/v1/clock").await.refused(403, "not_your_role");
        for (number, seconds) in [MONTH, -MONTH, 400].into_iter().enumerate() {
            app.clock.jump(seconds);
            a_second_later(&app).await;
            assert_eq!(state(&app, &id).await, "application", "{seconds}");
            let clock = office.get("/api/v1/clock").await.ok();
            assert_eq!((&clock["believed"], &clock["jumps"][0]["seconds"]), (&json!(false), &json!(seconds)));
            write(&applicant, &application, "section.status", json!({ "text": format!("{seconds}") })).await;
            assert_eq!(admin.get("/api/v1/health").await.ok()["clock"]["believed"], false);
            assert!(Browser::of(&app, "office-0").await.get("/desk").await.text().contains("时钟发生跳变"));
            for _ in 0..120 {
                a_second_later(&app).await;
            }
            app.clock.jump(-seconds);
            a_second_later(&app).await;
            let clock = office.get("/api/v1/clock").await.ok();
            assert_eq!((&clock["believed"], clock["jumps"].as_array().unwrap().len()), (&json!(true), 0), "{seconds}");
            assert_eq!(alarms(&app, &id).await, number + 1);
        }
        // A small one is believed once it has gone on for a minute.
        app.clock.jump(-6);
        for (after, believed) in [(1, false), (59, false), (1, true)] {
            for _ in 0..after {
                a_second_later(&app).await;
            }
            assert_eq!(office.get("/api/v1/clock").await.ok()["believed"], believed, "{after}");
        }
    }

    async fn a_person_says_with_a_reason_that_the_clock_is_right(app) {
        let id = running(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        app.clock.jump(MONTH);
        a_second_later(&app).await;
        let clock = office.get("/api/v1/clock").await.ok();
        let path = format!("/api/v1/clock/jumps/{}/confirmation", text(&clock["jumps"][0]["id"]));
        let confirm = |reason: &str| json!({ "reason": reason });
        assert_eq!(office.post(&path, confirm(" ")).await.invalid()[0].0, "/reason");
        supervisor.post(&path, confirm("看过")).await.refused(403, "not_your_role");
        let other = "/api/v1/clock/jumps/01a226d6-e9ec-7b28-9242-38fc665c981b/confirmation";
        office.post(other, confirm("看过")).await.refused(404, "not_found");
        a_second_later(&app).await;
        assert_eq!(office.get("/api/v1/clock").await.ok()["believed"], false);
        let clock = office.post(&path, confirm("与授时中心核对")).await.ok();
        assert_eq!((&clock["believed"], clock["jumps"].as_array().unwrap().len()), (&json!(true), 0));
        assert_eq!(clock["at"], clock["machine_at"]);
        a_second_later(&app).await;
        assert_eq!(state(&app, &id).await, "recommendation");
        let office = app.sign_in(Role::Office, None).await;
        office.post(&path, confirm("再次")).await.refused(404, "not_found");
    }

    async fn a_clock_that_was_set_back_is_confirmed_on_its_page(app) {
        running(&app).await;
        let admin = app.sign_in(Role::Admin, None).await;
        let before = app.clock.now();
        app.clock.jump(-3_600);
        a_second_later(&app).await;
        let browser = Browser::of(&app, "admin-0").await;
        assert!(browser.get("/desk").await.text().contains("时钟发生跳变"));
        let page = browser.get("/clock").await;
        let jump = text(&admin.get("/api/v1/clock").await.ok()["jumps"][0]["id"]).to_owned();
        let form = page.form(&format!("/act/v1/clock/jumps/{jump}/confirmation"));
        browser.send(&form.with("/reason", "此前设快了一小时")).await;
        // Tokens that were signed in what is to come now are good no more.
        admin.get("/api/v1/clock").await.refused(401, "invalid_token");
        let admin = app.sign_in(Role::Admin, None).await;
        assert_eq!(admin.get("/api/v1/clock").await.ok()["believed"], true);
        assert_eq!(app.clock.now().seconds_since(before), -3_599);
    }

    async fn a_restart_does_not_make_a_wrong_clock_right(app) {
        let id = running(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let believed = async || office.get("/api/v1/clock").await.ok()["believed"].clone();
        // Started again with a clock that nobody has confirmed, and with one that is before what is recorded.
        app.clock.jump(MONTH);
        a_second_later(&app).await;
        for ahead in [0, -MONTH - 3_600] {
            app.clock.jump(ahead);
            let before = app.clock.now();
            jumps::begin(&app.service).await.unwrap();
            assert_eq!(believed().await, false, "{ahead}");
            assert!(app.clock.now().seconds_since(before).abs() < 120);
            pass(&app, 61);
            a_second_later(&app).await;
            assert_eq!(state(&app, &id).await, "application");
        }
        // Put right, it is believed at once.
        app.clock.jump(3_700);
        a_second_later(&app).await;
        assert_eq!(believed().await, true);
        // Switched off for two weeks.
        pass(&app, 14 * 86_400);
        jumps::begin(&app.service).await.unwrap();
        assert_eq!(app.sign_in(Role::Office, None).await.get("/api/v1/clock").await.ok()["believed"], true);
    }

    async fn a_deadline_that_passes_while_the_clock_is_doubted_waits(app) {
        let id = running(&app).await;
        app.clock.jump(400);
        a_second_later(&app).await;
        app.at("2026-04-08T17:01:01+08:00");
        a_second_later(&app).await;
        assert_eq!(state(&app, &id).await, "application");
        app.clock.jump(-400);
        a_second_later(&app).await;
        assert_eq!(state(&app, &id).await, "recommendation");
    }

    async fn nothing_is_closed_in_the_first_minute(app) {
        let id = called(&app).await;
        app.at("2026-04-08T17:01:01+08:00");
        jumps::begin(&app.service).await.unwrap();
        a_second_later(&app).await;
        assert_eq!(state(&app, &id).await, "application");
        pass(&app, 58);
        a_second_later(&app).await;
        assert_eq!(state(&app, &id).await, "recommendation");
    }
}
