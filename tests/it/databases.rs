//! What both databases must do alike: the tables of `schema.rs`, migrations, order, keys of several processes.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::clock::Clock;
use qianglian::db::{Address, Conn, migrate};
use qianglian::domain::access::Role;
use serde_json::json;

use super::crawl::kind;
use super::support::app::{App, On, PASSWORD, User, on_both, time};
use super::support::browser::Browser;
use super::support::programs::needs;
use super::support::review::{
    Competition, REGIONS, all_signed, at_scoring, inspected, objected, on_notice, review_settings, serving,
    sheet, signed,
};
use super::support::story::{NANTONG, SUZHOU, SUZHOU_PARK, called, submitted};
use super::support::{postgres, text};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The statements of a read by somebody whom the service knows already: after a change of any session the next request
/// looks the caller up, whatever it asks for.
async fn statements(app: &App, user: &User<'_>, path: &str) -> u64 {
    user.get("/api/v1/me").await.ok();
    let before = app.service.db.statements();
    user.get(path).await.ok();
    app.service.db.statements() - before
}

/// One page of each kind that somebody reaches, by its kind; but no page that is about one of `others`, and for who has
/// signed in none that is for everybody.
async fn pages(browser: &Browser<'_>, start: &str, others: &[String]) -> BTreeMap<String, String> {
    let (mut waiting, mut seen, mut found) = (vec![start.to_owned()], BTreeSet::new(), BTreeMap::new());
    while let Some(address) = waiting.pop() {
        let path = address.split(['?', '#']).next().unwrap();
        let kind = kind(path);
        let other = ["/api/", "/data/", "/assets/", "/en"].iter().any(|start| path.starts_with(start))
            || others.iter().any(|other| path.contains(other.as_str()));
        if other || found.contains_key(&kind) || !seen.insert(path.to_owned()) {
            continue;
        }
        let page = browser.get(path).await;
        // Where it leads to is looked at under its own name.
        let anybody = page.headers.get("cache-control").is_some_and(|value| value.starts_with("public"));
        if page.status == 200 && page.address == path && (start == "/" || !anybody) {
            found.insert(kind, path.to_owned());
        }
        waiting.extend(page.links());
    }
    found
}

/// What pages ask of the database, by their kind.
async fn asked_for(
    app: &App,
    browser: &Browser<'_>,
    pages: &BTreeMap<String, String>,
) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (kind, address) in pages {
        // The first look finds out who is looking and ranks a frozen tally; both are kept then.
        browser.get(address).await;
        let before = app.service.db.statements();
        let page = browser.get(&format!("{address}?again=1")).await;
        assert_eq!(page.status, 200, "{address}");
        counts.insert(kind.clone(), app.service.db.statements() - before);
    }
    counts
}

/// Looks at the pages of everybody before and after more is there: but for pages about the applications with which
/// something happens, none asks the database for more.
async fn before_and_after(app: &App, expert: &str, others: &[String], more: impl AsyncFnOnce()) {
    let people = [
        (expert, Role::Expert, None),
        ("applicant-320576", Role::Applicant, Some(SUZHOU_PARK)),
        ("city-reviewer-320500", Role::CityReviewer, Some(SUZHOU)),
        ("office-0", Role::Office, None),
        ("supervisor-0", Role::Supervisor, None),
        ("admin-0", Role::Admin, None),
    ];
    let mut browsers = vec![("public", Browser::new(app), "/")];
    for (name, role, region) in people {
        app.known_as(name, role, region).await;
        browsers.push((name, Browser::of(app, name).await, "/desk"));
    }
    let mut before = Vec::new();
    for (name, browser, start) in &browsers {
        let pages = pages(browser, start, others).await;
        assert!(pages.len() >= 3, "{name} reaches {pages:?}");
        let counts = asked_for(app, browser, &pages).await;
        before.push((pages, counts));
    }
    more().await;
    let mut grown = Vec::new();
    for ((name, browser, _), (pages, before)) in browsers.iter().zip(before) {
        let after = asked_for(app, browser, &pages).await;
        grown.extend(
            before
                .iter()
                .filter(|(kind, count)| after[*kind] != **count)
                .map(|(kind, count)| format!("{name} at {}: {count}, then {}", pages[kind], after[kind])),
        );
    }
    assert!(grown.is_empty(), "{}", grown.join("\n"));
}

/// An application is inspected, and everybody who serves signs a sheet for it.
async fn reviewed(app: &App, competition: &Competition, number: usize) {
    let application = &competition.applications[number];
    inspected(app, application, REGIONS[number], |_| ()).await;
    for name in serving(app, competition).await {
        signed(&app.known_as(&name, Role::Expert, None).await, application, sheet(7)).await;
    }
}

on_both! {
    async fn the_tables_are_those_of_the_schema(app) {
        let mut declared = BTreeSet::new();
        let mut table = String::new();
        for line in include_str!("../../src/db/schema.rs").lines().map(str::trim) {
            if let Some((name, rest)) = line.split_once(" (") && rest.ends_with(") {") {
                name.clone_into(&mut table);
            } else if let Some((column, kind)) = line.split_once(" -> ") {
                let kind = kind.trim_end_matches(',');
                let (kind, null) = match kind.strip_prefix("Nullable<") {
                    Some(kind) => (kind.trim_end_matches('>'), "null"),
                    None => (kind, "not null"),
                };
                declared.insert(format!("{table}.{column} {kind} {null}"));
            }
        }
        let statement = match &app.address {
            Address::Sqlite(_) =>
                "SELECT t.name || '.' || c.name || ' ' || CASE \
                     WHEN t.sql LIKE '%CHECK (' || c.name || ' IN (0, 1))%' THEN 'Bool' \
                     WHEN c.type = 'TEXT' THEN 'Text' WHEN c.type = 'BLOB' THEN 'Binary' ELSE 'Integer' END \
                     || CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE ' null' END AS name \
                 FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
            Address::Postgres(_) =>
                "SELECT table_name || '.' || column_name || ' ' || CASE data_type WHEN 'text' THEN 'Text' \
                     WHEN 'bigint' THEN 'BigInt' WHEN 'bytea' THEN 'Binary' WHEN 'boolean' THEN 'Bool' \
                     ELSE 'Integer' END || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE ' null' END AS name \
                 FROM information_schema.columns WHERE table_schema = 'public'",
        };
        let mut conn = Conn::open(&app.address).unwrap();
        let columns: Vec<Column> = sql_query(statement).load(&mut conn).unwrap();
        let sqlite = matches!(app.address, Address::Sqlite(_));
        let made: BTreeSet<String> = columns
            .into_iter()
            .map(|column| column.name)
            .filter(|name| !name.starts_with("__diesel") && !name.starts_with("sqlite_"))
            .collect();
        // SQLite has one type of whole numbers.
        let declared: BTreeSet<String> =
            declared.into_iter().map(|name| if sqlite { name.replace(" BigInt ", " Integer ") } else { name }).collect();
        assert_eq!(made, declared);
    }

    async fn which_roles_kinds_and_states_there_are_is_for_the_program_to_say(app) {
        let lists = match &app.address {
            Address::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE sql LIKE '%IN (''%'",
            Address::Postgres(_) =>
                "SELECT conname::text AS name FROM pg_constraint WHERE contype = 'c' \
                 AND contypid = 0 AND pg_get_constraintdef(oid) LIKE '%::text%'",
        };
        let mut conn = Conn::open(&app.address).unwrap();
        let found: Vec<Column> = sql_query(lists).load(&mut conn).unwrap();
        assert_eq!(found.into_iter().map(|list| list.name).collect::<Vec<_>>(), Vec::<String>::new());
        conn.batch_execute(
            "BEGIN; \
             INSERT INTO account (id, name, display_name, role, enabled, revision, created_at) \
             VALUES ('x', 'x', 'x', 'a role to come', TRUE, 1, 0); \
             ROLLBACK",
        )
        .unwrap();
    }

    async fn migrating_again_changes_nothing(app) {
        migrate(&mut Conn::open(&app.address).unwrap()).unwrap();
        app.public().get("/api/v1/chains").await.ok();
    }

    /// What a list costs does not grow with what stands on its page.
    async fn a_list_takes_as_many_statements_for_fifty_entries_as_for_one(app) {
        let id = called(&app).await;
        for chain in 1..=12 {
            submitted(&app, &id, SUZHOU, chain).await;
        }
        for region in ["320100", "320200", "320300"] {
            app.sign_in(Role::Applicant, Some(region)).await;
        }
        let application = {
            let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
            text(&reviewer.get("/api/v1/applications").await.ok()["items"][0]["id"]).to_owned()
        };
        let office = app.sign_in(Role::Office, None).await;
        let admin = app.sign_in(Role::Admin, None).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        for (user, list) in [
            (&office, "/api/v1/catalogues".to_owned()),
            (&office, "/api/v1/working-days".to_owned()),
            (&admin, "/api/v1/accounts".to_owned()),
            (&office, "/api/v1/competitions".to_owned()),
            (&office, format!("/api/v1/competitions/{id}/versions")),
            (&office, "/api/v1/applications".to_owned()),
            (&supervisor, "/api/v1/audit".to_owned()),
            (&supervisor, format!("/api/v1/audit?competition_id={id}")),
            (&supervisor, format!("/api/v1/applications/{application}/parts/profile/revisions")),
        ] {
            let mut counts = Vec::new();
            let separator = if list.contains('?') { '&' } else { '?' };
            for limit in [1, 50] {
                counts.push(statements(&app, user, &format!("{list}{separator}limit={limit}")).await);
            }
            assert!(counts[0] > 0 && counts[0] == counts[1], "{list}: {counts:?}");
        }
        // Lists that have no pages: their cost must not follow what stands on them either.
        let path = format!("/api/v1/competitions/{id}/duplicates");
        let with_twelve = statements(&app, &office, &path).await;
        submitted(&app, &id, NANTONG, 1).await;
        let office = app.sign_in(Role::Office, None).await;
        assert_eq!(statements(&app, &office, &path).await, with_twelve);
    }

    /// What the office sees of a competition costs the same with fifteen sheets, three inspections and objections as with none.
    async fn the_second_half_takes_as_many_statements_however_much_there_is(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let names = serving(&app, &competition).await;
        let counts = async |paths: &[String], role: &str| {
            let user = match role {
                "expert" => app.known_as(&names[0], Role::Expert, None).await,
                _ => app.known(Role::Supervisor, None).await,
            };
            let mut counts = Vec::new();
            for path in paths {
                counts.push((path.clone(), statements(&app, &user, path).await));
            }
            counts
        };
        let at_scoring: Vec<String> = ["progress", "readiness", "panels", "draws", "conflicts", "objections", "letters"]
            .iter()
            .map(|list| format!("{at}/{list}"))
            .collect();
        let own = [format!("{at}/panels/mine")];
        let empty = (counts(&at_scoring, "supervisor").await, counts(&own, "expert").await);
        for (application, region) in competition.applications.iter().zip(REGIONS) {
            inspected(&app, application, region, |_| ()).await;
        }
        all_signed(&app, &competition).await;
        let office = app.known(Role::Office, None).await;
        office.post(&format!("{at}/panels/all/experts/{}/recusal", {
            let panels = office.get(&format!("{at}/panels")).await.all();
            text(&panels[0]["seats"][4]["expert_id"]).to_owned()
        }), json!({ "reason": "因病" })).await.ok();
        assert_eq!((counts(&at_scoring, "supervisor").await, counts(&own, "expert").await), empty);
    }

    async fn a_ranking_and_a_notice_take_as_many_statements_with_more_objections(app) {
        let competition = on_notice(&app, review_settings()).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let paths: Vec<String> = ["objections", "announcement/preview", "tallies/1/ranking", "tallies", "selections", "progress"]
            .iter()
            .map(|list| format!("{at}/{list}"))
            .collect();
        let count = async || {
            let office = app.known(Role::Office, None).await;
            let mut counts = Vec::new();
            for path in &paths {
                // The first look ranks the frozen tally, which is kept then.
                office.get(path).await.ok();
                counts.push((path.clone(), statements(&app, &office, &format!("{path}?")).await));
            }
            counts
        };
        let before = count().await;
        for application in &competition.applications {
            objected(&app, &competition, application).await;
        }
        assert_eq!(count().await, before);
    }

    async fn a_page_takes_as_many_statements_with_eight_applications_as_with_two(app) {
        let id = called(&app).await;
        submitted(&app, &id, SUZHOU_PARK, 1).await;
        submitted(&app, &id, SUZHOU, 1).await;
        before_and_after(&app, "expert-0", &[], async || {
            for chain in 2..5 {
                submitted(&app, &id, SUZHOU_PARK, chain).await;
                submitted(&app, &id, SUZHOU, chain).await;
            }
        })
        .await;
    }

    async fn a_page_takes_as_many_statements_with_three_applications_reviewed_as_with_one(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let expert = serving(&app, &competition).await.remove(0);
        reviewed(&app, &competition, 0).await;
        before_and_after(&app, &expert, &competition.applications[1..], async || {
            reviewed(&app, &competition, 1).await;
            reviewed(&app, &competition, 2).await;
            for chain in 1..4 {
                app.sign_in_as(&format!("more-{chain}"), Role::Expert, None).await;
            }
        })
        .await;
    }

    async fn a_page_takes_as_many_statements_with_three_objections_as_with_one(app) {
        let competition = on_notice(&app, review_settings()).await;
        let expert = serving(&app, &competition).await.remove(0);
        objected(&app, &competition, &competition.applications[0]).await;
        before_and_after(&app, &expert, &competition.applications[1..], async || {
            objected(&app, &competition, &competition.applications[1]).await;
            objected(&app, &competition, &competition.applications[2]).await;
        })
        .await;
    }

    async fn names_sort_by_their_bytes_on_both(app) {
        let admin = app.sign_in_as("zz-admin", Role::Admin, None).await;
        for name in ["b-one", "a_two", "a-two", "a.two", "a2two"] {
            app.sign_in_as(name, Role::Expert, None).await;
        }
        let page = admin.get("/api/v1/accounts?role=expert").await.ok();
        let names: Vec<&str> = page["items"].as_array().unwrap().iter().map(|item| text(&item["name"])).collect();
        assert_eq!(names, ["a-two", "a.two", "a2two", "a_two", "b-one"]);
    }
}

#[test]
fn several_processes_serve_one_postgresql() {
    needs!(PostgreSql);
    actix_web::rt::System::new().block_on(async {
        let one = App::start(On::Postgres).await;
        let clock = Clock::simulated(time("2026-03-10T10:00:00+08:00"), 99);
        let directory = tempfile::tempdir().unwrap();
        std::fs::copy(one.directory.path().join("keys.json"), directory.path().join("keys.json")).unwrap();
        let two = App::over(one.address.clone(), None, directory, clock).await;
        let admin = one.sign_in(Role::Admin, None).await;
        // A token of one is good at the other, and what one ends is ended at the other at once.
        let mut elsewhere = two.public();
        elsewhere.token.clone_from(&admin.token);
        elsewhere.get("/api/v1/me").await.ok();
        let nobody = two.public();
        nobody.post("/api/v1/login", json!({ "name": admin.name, "password": PASSWORD })).await.ok();
        admin.post("/api/v1/logout", json!(null)).await.ok();
        elsewhere.get("/api/v1/me").await.refused(401, "invalid_token");
        one.look_for_broken_invariants().await;
        drop(two);
    });
}

#[test]
fn several_processes_may_start_at_once_on_an_empty_postgresql() {
    needs!(PostgreSql);
    let database = postgres::server().fresh(|url| {
        migrate(&mut Conn::open(&Address::Postgres(url.to_owned())).unwrap()).unwrap();
    });
    let address = Address::Postgres(database.url.clone());
    let mut conn = Conn::open(&address).unwrap();
    sql_query("DROP SCHEMA public CASCADE").execute(&mut conn).unwrap();
    sql_query("CREATE SCHEMA public").execute(&mut conn).unwrap();
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || migrate(&mut Conn::open(&address).unwrap()).unwrap())
        })
        .collect();
    for start in starts {
        start.join().unwrap();
    }
}

#[test]
fn the_log_of_sqlite_is_cut_after_a_long_reader() {
    actix_web::rt::System::new().block_on(async {
        let app = App::start(On::Sqlite).await;
        let Address::Sqlite(path) = &app.address else { unreachable!() };
        let log = || std::fs::metadata(format!("{path}-wal")).unwrap().len();
        let (mut writer, mut reader) = (Conn::open(&app.address).unwrap(), Conn::open(&app.address).unwrap());
        writer.batch_execute("CREATE TABLE large (content BLOB)").unwrap();
        reader.batch_execute("BEGIN; SELECT count(*) FROM large").unwrap();
        for _ in 0..70 {
            writer.batch_execute("INSERT INTO large VALUES (randomblob(1048576))").unwrap();
        }
        app.sign_in_as("first", Role::Office, None).await;
        assert!(log() > 70 << 20, "a reader keeps the log");
        reader.batch_execute("COMMIT").unwrap();
        app.sign_in_as("second", Role::Office, None).await;
        // The cut comes after the answer; whatever is written next finds it done.
        app.sign_in_as("third", Role::Office, None).await;
        assert!(log() < 1 << 20, "{}", log());
    });
}
