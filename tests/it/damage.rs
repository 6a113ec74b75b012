//! What somebody changes behind the service's back is not used: every stored document is compared with its digest when
//! it is read, and supervisors are told. And what only grows is guarded in the database itself.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::clock::Clock;
use qianglian::db::{Address, Conn};
use qianglian::domain::access::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::made_files::pdf;
use super::support::app::{Answer, App, On, User, on_both};
use super::support::browser::Browser;
use super::support::programs::needs;
use super::support::review::{
    Competition, REGIONS, all_signed, announcement, at_scoring, closed, inspected, meeting, notice,
    review_settings,
};
use super::support::story::{BIOMEDICINE, SUZHOU, called, draft, submitted};
use super::support::text;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Runs statements as somebody who owns the database, its triggers switched off.
pub(crate) fn behind_its_back(app: &App, table: &str, statement: &str) {
    app.is_damaged();
    let mut conn = Conn::open(&app.address).unwrap();
    match &app.address {
        Address::Postgres(_) => {
            conn.batch_execute(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")).unwrap();
        }
        Address::Sqlite(_) => {
            let named =
                format!("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '{table}'");
            for trigger in sql_query(named).load::<Name>(&mut conn).unwrap() {
                conn.batch_execute(&format!("DROP TRIGGER {}", trigger.name)).unwrap();
            }
        }
    }
    conn.batch_execute(statement).unwrap();
}

/// A data directory that has the keys of a service, as its other processes have.
fn with_keys_of(app: &App) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(app.directory.path().join("keys.json"), directory.path().join("keys.json")).unwrap();
    directory
}

/// The same service started anew, so that nothing is left of what it had read.
pub(crate) async fn restarted(app: &App) -> App {
    // Another seed each time, as no two starts make the same identifiers.
    static STARTS: AtomicU64 = AtomicU64::new(100);
    let start = STARTS.fetch_add(1, Ordering::Relaxed);
    // Later each time, so that of too many sessions the oldest ends and not one of the same instant.
    let later = app.clock.now().plus_seconds(i64::try_from(start).unwrap());
    let clock = Clock::simulated(later, start);
    App::over(app.address.clone(), None, with_keys_of(app), clock).await
}

/// What supervisors are told of damage in a competition.
async fn damage(app: &App, competition: &str) -> Vec<String> {
    let supervisor = app.sign_in(Role::Supervisor, None).await;
    let found = supervisor.get(&format!("/api/v1/competitions/{competition}/alarms")).await.ok();
    let alarms = found["alarms"].as_array().unwrap().iter();
    alarms
        .filter(|alarm| alarm["kind"] == "document_damaged")
        .map(|alarm| text(&alarm["en"]).to_owned())
        .collect()
}

/// A document changed so that it reads the same: only its digest can tell.
struct Case<'a> {
    table: &'a str,
    rows: String,
    /// How the alarm begins to call it.
    name: &'a str,
    use_of_it: (&'a str, String, Value),
    role: Option<Role>,
}

async fn act(user: &User<'_>, (method, path, body): &(&str, String, Value)) -> Answer {
    match *method {
        "GET" => user.get(path).await,
        _ => user.post(path, body.clone()).await,
    }
}

/// Damages each document, sees its use refused and the alarm there, and puts it back.
async fn each_is_refused(app: &App, competition: &str, cases: Vec<Case<'_>>) {
    for case in cases {
        let (table, rows) = (case.table, &case.rows);
        behind_its_back(app, table, &format!("UPDATE {table} SET content = content || ' ' WHERE {rows}"));
        {
            let app = restarted(app).await;
            let user = match case.role {
                Some(role) => app.known(role, None).await,
                None => app.public(),
            };
            let answer = act(&user, &case.use_of_it).await;
            let told = answer.refused(500, "document_damaged");
            let named = told["errors"][0]["detail"].as_str().is_some_and(|detail| detail.contains(case.name));
            // What everybody may read is read without looking at who asks, so nobody is told which.
            assert_eq!(named, case.role.is_some() && case.name != "settings", "{told}");
            let alarms = damage(&app, competition).await;
            assert!(
                alarms.iter().any(|alarm| alarm.contains(&format!(" {}/", case.name))),
                "{}: {alarms:?}",
                case.name
            );
            // Pages that list competitions need what holds in them, so damage of that closes them, saying so; no other does.
            if !["competition_version", "dataset"].contains(&table) {
                let browser = Browser::of(&app, "supervisor-0").await;
                assert_eq!(browser.get("/alarms").await.status, 200);
            }
        }
        let whole =
            format!("UPDATE {table} SET content = substr(content, 1, length(content) - 1) WHERE {rows}");
        behind_its_back(app, table, &whole);
    }
}

fn document(competition: &Competition, kind: &str) -> String {
    format!("competition_id = '{}' AND kind = '{kind}'", competition.id)
}

on_both! {
    async fn each_kind_of_document_is_compared_with_its_digest_before_it_is_used(app) {
        let competition = closed(&app, review_settings()).await;
        let id = competition.id.clone();
        let at = format!("/api/v1/competitions/{id}");
        let application = competition.applications[0].clone();
        let get = |path: String| ("GET", path, Value::Null);
        let office = Some(Role::Office);
        let case = |table, rows, name, use_of_it, role| Case { table, rows, name, use_of_it, role };
        let of_competition = format!("competition_id = '{id}'");
        let of_application = format!("application_id = '{application}'");
        let again = ("POST", format!("{at}/tallies"), json!({ "reason": "再算一次" }));
        each_is_refused(&app, &id, vec![
            case("competition_version", of_competition.clone(), "settings", get(at.clone()), office),
            case("dataset", "kind = 'catalogue'".to_owned(), "catalogue", get("/api/v1/chains".to_owned()), None),
            case("dataset", "kind = 'working_days'".to_owned(), "working_days", get(at.clone()), None),
            case("submission", of_application.clone(), "submission", again.clone(), office),
            case("application_part", of_application.clone(), "part", get(format!("/api/v1/applications/{application}")), office),
            case("recommendation_list", of_competition.clone(), "list", get(format!("{at}/recommendations/{SUZHOU}")), office),
            case("draw", of_competition.clone(), "draw", get(format!("{at}/draws")), office),
            case("document", document(&competition, "sheet"), "sheet", again.clone(), office),
            case("document", document(&competition, "inspection"), "inspection", again, office),
            case("document", document(&competition, "tally"), "tally", ("POST", format!("{at}/selections"), json!({ "meeting": meeting() })), office),
            case("document", document(&competition, "tally"), "tally", get(format!("{at}/tallies/1/ranking")), office),
        ]).await;
        let office_0 = app.sign_in(Role::Office, None).await;
        office_0.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
        each_is_refused(&app, &id, vec![
            case("document", document(&competition, "selection"), "selection", ("POST", format!("{at}/notices"), notice("2026-07-02")), office),
        ]).await;
        let office_0 = app.sign_in(Role::Office, None).await;
        office_0.post(&format!("{at}/notices"), notice("2026-07-02")).await.ok();
        app.at("2026-07-09T09:00:00+08:00");
        let announce = ("POST", format!("{at}/announcements"), announcement());
        each_is_refused(&app, &id, vec![
            case("document", document(&competition, "notice"), "notice", get(format!("/api/v1/competitions/{id}/notices")), None),
            case("document", document(&competition, "selection"), "selection", announce.clone(), office),
            case("document", document(&competition, "notice"), "notice", announce, office),
        ]).await;
        let office_0 = app.sign_in(Role::Office, None).await;
        office_0.post(&format!("{at}/announcements"), announcement()).await.ok();
        each_is_refused(&app, &id, vec![
            case("document", document(&competition, "announcement"), "announcement", get(format!("/api/v1/competitions/{id}/announcement")), None),
        ]).await;
        let (a_title, told) = (app.public().get("/api/v1/titles").await.ok(), damage(&app, &id).await);
        assert!(a_title["items"].as_array().is_some_and(|titles| !titles.is_empty()), "whole again, all goes on");
        assert!(told.len() >= 11, "and the alarms stay: {told:?}");
    }

    async fn sheets_that_are_rewritten_move_nobody(app) {
        let competition = at_scoring(&app, review_settings()).await;
        for (application, region) in competition.applications.iter().zip(REGIONS) {
            inspected(&app, application, region, |_| ()).await;
        }
        all_signed(&app, &competition).await;
        let rows = format!("{} AND subject LIKE '{}/%'", document(&competition, "sheet"), competition.applications[0]);
        let zeroed = "replace(content, '\"score\":\"', '\"score\":\"0')";
        behind_its_back(&app, "document", &format!("UPDATE document SET content = {zeroed} WHERE {rows}"));
        app.at("2026-07-01T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let now = office.get(&at).await.ok();
        let close = office.over("POST", &format!("{at}/state"), &now["revision"], json!({ "to": "selection" })).await;
        close.refused(500, "document_damaged");
        assert_eq!(office.get(&at).await.ok()["state"], "scoring");
        assert!(!damage(&app, &competition.id).await.is_empty());
    }

    async fn evidence_that_is_changed_is_not_given_out(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        for (size, whole) in [(900, true), (3 << 20, false)] {
            let bytes = pdf(size);
            let kept = suzhou.upload(&application, "figures", "a.pdf", &bytes).await.ok();
            let path = format!("/api/v1/evidence/{}/content", text(&kept["id"]));
            assert_eq!(suzhou.get(&path).await.status, 200);
            let digest = text(&kept["digest"]);
            let file = app.directory.path().join("evidence").join(&digest[..2]).join(digest);
            let mut changed = bytes.clone();
            changed[size / 2] ^= 1;
            app.is_damaged();
            std::fs::write(&file, &changed).unwrap();
            if whole {
                suzhou.get(&path).await.refused(500, "document_damaged");
            } else {
                let url = format!("{}{path}", app.base);
                let answer = app.client.get(url).bearer_auth(suzhou.token.clone().unwrap()).send().await.unwrap();
                assert!(answer.bytes().await.is_err(), "what arrives is not whole");
            }
            let named = format!("evidence/{}", text(&kept["id"]));
            assert!(damage(&app, &id).await.iter().any(|alarm| alarm.contains(&named)));
        }
    }

    /// Each table is either on this list, with rows that may change, or guarded by triggers.
    async fn a_table_grows_only_or_is_known_to_change(app) {
        let changing: BTreeSet<&str> = CHANGING.iter().copied().collect();
        let (tables, guards): (&str, &[&str]) = match &app.address {
            Address::Sqlite(_) => (
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                &["_no_update", "_no_delete", "_no_replace"],
            ),
            Address::Postgres(_) => (
                "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
                &["_rows_stay", "_stays"],
            ),
        };
        let triggers = match &app.address {
            Address::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
            Address::Postgres(_) => "SELECT tgname::text AS name FROM pg_trigger WHERE NOT tgisinternal",
        };
        let mut conn = Conn::open(&app.address).unwrap();
        let mut names = |statement: &str| -> BTreeSet<String> {
            sql_query(statement).load::<Name>(&mut conn).unwrap().into_iter().map(|row| row.name).collect()
        };
        let (tables, triggers) = (names(tables), names(triggers));
        for table in tables.iter().filter(|table| !table.starts_with("__diesel")) {
            let guarded = guards.iter().all(|guard| triggers.contains(&format!("{table}{guard}")));
            assert!(guarded != changing.contains(table.as_str()), "{table}: guarded {guarded}");
        }
    }
}

/// Tables whose rows may change or go, and why that is so is plain: where things stand, drafts, sessions, counters.
const CHANGING: &[&str] = &[
    "account",
    "account_message",
    "application",
    "application_member",
    "application_part",
    "audit_head",
    "competition",
    "counter",
    "draw",
    "evidence",
    "expert",
    "forgotten_password",
    "formal_check_draft",
    "idempotency",
    "inquiry",
    "inspection",
    "key_fingerprint",
    "letter",
    "login_failure",
    "machine",
    "objection",
    "one_time_link",
    "panel_seat",
    "passkey",
    "passkey_challenge",
    "password_guess",
    "platform_link",
    "platform_trip",
    "public_answer",
    "public_use",
    "recheck_request",
    "recommendation",
    "recommendation_left_out",
    "recommendation_list",
    "recovery_code",
    "rectification",
    "refresh_token",
    "session",
    "sheet",
    "signing_key",
    "title",
    "totp",
    "veto_check",
    "webhook",
    "webhook_delivery",
    "webhook_progress",
];

/// The statements of `docs/operations.md`, word for word.
#[test]
fn an_account_that_owns_nothing_serves_as_the_operations_manual_says() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        let owner = App::start(On::Postgres).await;
        let Address::Postgres(url) = &owner.address else { unreachable!() };
        let manual = include_str!("../../docs/operations.md");
        let (_, rest) = manual.split_once("```sql\n").expect("statements");
        let (statements, _) = rest.split_once("```").expect("their end");
        Conn::open(&owner.address).unwrap().batch_execute(statements).unwrap();
        let account = Address::Postgres(url.replace("//t@", "//qianglian@"));
        let clock = Clock::simulated(owner.clock.now(), 99);
        let app = App::over(account, None, with_keys_of(&owner), clock).await;
        let id = called(&app).await;
        submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        app.look_for_broken_invariants().await;
        let mut conn = Conn::open(&app.address).unwrap();
        for statement in [
            "UPDATE submission SET content = ''",
            "DELETE FROM audit_event",
            "ALTER TABLE submission DISABLE TRIGGER USER",
            "DROP TABLE submission",
            "CREATE TABLE own (x int)",
        ] {
            let refused = conn.batch_execute(statement).expect_err(statement).to_string();
            assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{refused}");
        }
        drop(conn);
        drop(app);
    });
}
