//! A database in trouble: lost, restarting, locked, slow, full; and a COMMIT of which nobody hears. Nobody is told that
//! nothing was done when it may have been.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::db::{Address, Conn};
use qianglian::domain::access::Role;
use qianglian::error::Error;
use serde_json::{Value, json};

use super::support::app::{Answer, App, PASSWORD, User, on_both};
use super::support::browser::{Browser, Page};
use super::support::programs::needs;
use super::support::proxy::Cut;
use super::support::text;

/// Longer than any test runs.
const FOR_EVER: Duration = Duration::from_hours(1);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(app: &App, table: &str) -> i64 {
    let mut conn = Conn::open(&app.address).unwrap();
    let found: Count =
        sql_query(format!("SELECT count(*) AS count FROM {table}")).get_result(&mut conn).unwrap();
    found.count
}

async fn competition_by(office: &User<'_>, key: &str) -> Answer {
    let settings: Value =
        serde_json::from_str(include_str!("../../data/settings.example.json")).expect("an example");
    office.send("POST", "/api/v1/competitions", Some(settings), &[("idempotency-key", key)]).await
}

/// An answer that says: come back, and when.
#[track_caller]
fn comes_back(answer: Answer, code: &str) -> Value {
    assert!(answer.headers.contains_key("retry-after"), "{}", answer.text);
    answer.refused(503, code)
}

async fn a_competition_through_a_cut(cut: Cut, patience: Duration, done: bool) {
    let (app, proxy) = App::at_the_end_of_a_line(2, patience).await;
    let office = app.sign_in(Role::Office, None).await;
    let key = "0123456789abcdef";
    let events = count(&app, "audit_event");
    proxy.set(cut);
    let told = comes_back(competition_by(&office, key).await, "outcome_unknown");
    assert!(text(&told["detail"]).contains("可能已完成，也可能没有"), "{told}");
    assert!(proxy.has_cut());
    // Once it was done, once it was not; in neither case did the service do it again by itself.
    let kept = || (count(&app, "competition"), count(&app, "audit_event") - events);
    let once = i64::from(done);
    assert_eq!(kept(), (once, once));
    let again = competition_by(&office, key).await;
    assert_eq!(again.headers.contains_key("idempotency-replayed"), done);
    let made = again.ok();
    assert_eq!(kept(), (1, 1));
    assert_eq!(competition_by(&office, key).await.ok()["id"], made["id"]);
    assert_eq!(kept(), (1, 1));
}

#[test]
fn a_commit_that_is_cut_off_may_have_been_done_and_the_repeat_finds_out() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        a_competition_through_a_cut(Cut::BeforeCommit, FOR_EVER, false).await;
        a_competition_through_a_cut(Cut::AfterCommit, FOR_EVER, true).await;
    });
}

#[test]
fn a_form_whose_outcome_is_not_known_says_so_and_is_one_act_when_it_is_sent_again() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        let (app, proxy) = App::at_the_end_of_a_line(2, FOR_EVER).await;
        let admin = app.sign_in(Role::Admin, None).await;
        let invite = json!({ "name": "clerk", "display_name": "张三", "role": "office" });
        let link = admin.post("/api/v1/accounts", invite).await.ok()["link_token"].clone();
        let browser = Browser::new(&app);
        let act = "/act/v1/links/acceptance";
        let filled = |page: &Page| page.form(act).with("/token", text(&link)).with("/password", PASSWORD);
        let page = browser.get("/accept-link").await;
        proxy.set(Cut::AfterCommit);
        let told = browser.send(&filled(&page)).await;
        assert_eq!(told.status, 503);
        assert!(
            told.text().contains("可能已经完成，也可能没有")
                && told.links().contains(&"/accept-link".to_owned())
        );
        let done = browser.send(&filled(&told)).await;
        assert_eq!((done.status, done.address.as_str()), (200, "/sign-in"), "{}", done.text());
        // Anything else that is sent is another act.
        let other = filled(&page).with("/password", "another-ferry-lantern-73");
        assert_eq!(browser.send(&other).await.status, 409);
    });
}

#[test]
fn a_commit_without_an_answer_may_have_been_done_and_readiness_does_not_wait_behind_it() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        a_competition_through_a_cut(Cut::NoAnswer, Duration::from_secs(1), true).await;
        let (app, proxy) = App::at_the_end_of_a_line(1, Duration::from_secs(2)).await;
        let office = app.sign_in(Role::Office, None).await;
        proxy.set(Cut::NoAnswer);
        comes_back(competition_by(&office, "0123456789abcdef").await, "outcome_unknown");
        // The one connection hangs: who comes next is told that nothing was begun.
        comes_back(competition_by(&office, "fedcba9876543210").await, "busy");
        assert_eq!(app.public().get("/readyz").await.status, 200);
        assert_eq!(count(&app, "competition"), 1);
    });
}

#[test]
fn readiness_is_told_though_the_database_says_nothing() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        let (app, proxy) = App::at_the_end_of_a_line(1, FOR_EVER).await;
        proxy.set(Cut::Silent);
        assert_eq!(app.public().get("/readyz").await.status, 503);
    });
}

/// Asks until the database is back.
async fn is_back(app: &App) -> bool {
    for _ in 0..20_000 {
        let answer = app.public().get("/api/v1/competitions").await;
        if answer.status == 200 {
            return true;
        }
        comes_back(answer, "database_unavailable");
    }
    false
}

#[test]
fn a_database_that_is_lost_comes_back() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        let (app, proxy) = App::at_the_end_of_a_line(3, FOR_EVER).await;
        let office = app.sign_in(Role::Office, None).await;
        proxy.set(Cut::Down);
        for _ in 0..5 {
            comes_back(app.public().get("/api/v1/competitions").await, "database_unavailable");
            comes_back(competition_by(&office, "0123456789abcdef").await, "database_unavailable");
        }
        assert_eq!(app.public().get("/readyz").await.status, 503);
        proxy.set(Cut::None);
        assert!(is_back(&app).await);
        competition_by(&office, "0123456789abcdef").await.ok();
        // All sessions end at once, as at a restart: who asks next hears nothing of it.
        let mut conn = Conn::open(&app.address).unwrap();
        let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        conn.batch_execute(ended).unwrap();
        competition_by(&office, "fedcba9876543210").await.ok();
        for _ in 0..5 {
            app.public().get("/api/v1/competitions").await.ok();
        }
        assert_eq!(app.public().get("/readyz").await.status, 200);
    });
}

/// What a statement's failure is told as.
fn told(conn: &mut Conn, statements: &str) -> &'static str {
    Error::from(conn.batch_execute(statements).expect_err("it fails")).code
}

on_both! {
    /// The words by which troubles are known are those of the databases themselves.
    async fn troubles_of_a_real_database_have_their_codes(app) {
        let (mut one, mut other) = (Conn::open(&app.address).unwrap(), Conn::open(&app.address).unwrap());
        let unavailable = Address::Sqlite("/nowhere/at/all.db".to_owned());
        match &app.address {
            Address::Sqlite(path) => {
                one.batch_execute("BEGIN IMMEDIATE").unwrap();
                assert_eq!(told(&mut other, "PRAGMA busy_timeout = 1; BEGIN IMMEDIATE"), "busy");
                one.batch_execute("ROLLBACK; PRAGMA max_page_count = 1").unwrap();
                let filling = "CREATE TABLE filling AS SELECT zeroblob(10000000)";
                assert_eq!(told(&mut one, filling), "storage_full");
                one.batch_execute("PRAGMA query_only = 1").unwrap();
                assert_eq!(told(&mut one, "DELETE FROM counter"), "database_read_only");
                let other = format!("{path}.other");
                std::fs::write(&other, [7; 8192]).unwrap();
                let refused = Conn::open(&Address::Sqlite(other)).err().expect("no database");
                assert_eq!(refused.code, "database_failed");
                assert_eq!(Conn::open(&unavailable).err().expect("no file").code, "database_unavailable");
            }
            Address::Postgres(url) => {
                one.batch_execute("SET statement_timeout = 20").unwrap();
                assert_eq!(told(&mut one, "SELECT pg_sleep(60)"), "database_slow");
                one.batch_execute("SET statement_timeout = 0; BEGIN; LOCK TABLE counter").unwrap();
                other.batch_execute("SET lock_timeout = 20").unwrap();
                assert_eq!(told(&mut other, "DELETE FROM counter"), "busy");
                one.batch_execute("ROLLBACK; SET default_transaction_read_only = on").unwrap();
                assert_eq!(told(&mut one, "DELETE FROM counter"), "database_read_only");
                let nobody = url.replace("port=5432", "port=5433");
                let refused = Conn::open(&Address::Postgres(nobody)).err().expect("no server");
                assert_eq!(refused.code, "database_unavailable");
                assert_eq!(told(&mut one, "SELECT pg_terminate_backend(pg_backend_pid())"), "database_unavailable");
            }
        }
        assert_eq!(told(&mut other, "SELECT nothing FROM nowhere"), "internal");
    }
}
