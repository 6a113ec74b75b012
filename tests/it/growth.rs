//! Stored documents can grow: what a later version of the program has added to them is passed over when they are read, so
//! that both can serve side by side. What comes from outside is read strictly, as before.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use qianglian::domain::record::{canonical, digest_of};
use serde_json::{Value, json};

use super::announcements::announced;
use super::damage::{behind_its_back, restarted};
use super::support::app::{App, on_both};
use super::support::browser::Browser;
use super::support::review::{Competition, review_settings};
use super::support::text;

/// Tables whose rows are documents.
const DOCUMENTS: [&str; 7] = [
    "competition_version",
    "dataset",
    "submission",
    "application_part_version",
    "recommendation_list",
    "draw",
    "document",
];

/// Objects within documents that a later version may add to, besides the documents themselves.
const WITHIN: [&str; 12] = [
    "/calendar",
    "/calendar/application",
    "/review",
    "/quotas",
    "/sections/0",
    "/evidence_kinds/0",
    "/clusters/0",
    "/clusters/0/chains/0",
    "/regions/0",
    "/years/0",
    "/content",
    "/entries/0",
];

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    content: String,
    #[diesel(sql_type = Text)]
    digest: String,
}

/// Adds a member to every stored document and to objects within, as a later version would.
fn grow(app: &App) -> usize {
    app.is_damaged();
    let mut grown = 0;
    for table in DOCUMENTS {
        let mut conn = Conn::open(&app.address).unwrap();
        let all = format!("SELECT content, digest FROM {table} WHERE content IS NOT NULL");
        for row in sql_query(all).load::<Stored>(&mut conn).unwrap() {
            let mut content: Value = serde_json::from_str(&row.content).unwrap();
            // What scores are made of is understood wholly or not at all.
            if content["format"].as_str().is_some_and(|format| format.starts_with("qianglian-tally/")) {
                continue;
            }
            for pointer in std::iter::once("").chain(WITHIN) {
                if let Some(Value::Object(members)) = content.pointer_mut(pointer) {
                    members.insert("added_by_a_later_version".to_owned(), json!({ "x": [1] }));
                }
            }
            let content = canonical(&content);
            let digest = digest_of(&content);
            let statement = format!(
                "UPDATE {table} SET content = '{}', digest = '{digest}' WHERE digest = '{}'",
                content.replace('\'', "''"),
                row.digest
            );
            behind_its_back(app, table, &statement);
            if table == "application_part_version" {
                let quoted = |text: &str| text.replace('\'', "''");
                let (new, old) = (quoted(&content), quoted(&row.content));
                let same = format!("UPDATE application_part SET content = '{new}' WHERE content = '{old}'");
                behind_its_back(app, "application_part", &same);
            }
            grown += 1;
        }
    }
    grown
}

/// How pages and data of a competition are answered.
async fn read(app: &App, competition: &Competition) -> Vec<(String, u16)> {
    let (id, application) = (&competition.id, &competition.applications[0]);
    app.known(Role::Office, None).await;
    let office = Browser::of(app, "office-0").await;
    let mut seen = Vec::new();
    for page in [
        "/",
        "/archive",
        "/chains",
        "/titles",
        "/desk",
        "/competitions",
        "/applications",
        "/catalogues/1",
        "/working-days/1",
    ] {
        seen.push((page.to_owned(), office.get(page).await.status));
    }
    for page in [
        "",
        "/settings",
        "/settings/rubric",
        "/versions",
        "/progress",
        "/recommendations",
        "/checks",
        "/draws",
        "/draws/1",
        "/panels",
        "/conflicts",
        "/tallies",
        "/tallies/1",
        "/selections",
        "/notice",
        "/announcement",
    ] {
        let page = format!("/competitions/{id}{page}");
        seen.push((page.clone(), office.get(&page).await.status));
    }
    for page in [format!("/editions/{id}"), format!("/notices/{id}"), format!("/announcements/{id}")] {
        seen.push((page.clone(), office.get(&page).await.status));
    }
    for page in [
        "",
        "/evidence",
        "/self-score",
        "/submissions",
        "/checks",
        "/sheets",
        "/inspection",
        "/result",
        "/print",
    ] {
        let page = format!("/applications/{application}{page}");
        seen.push((page.clone(), office.get(&page).await.status));
    }
    let user = app.known(Role::Office, None).await;
    for data in ["", "/versions/1", "/tallies/1", "/tallies/1/ranking", "/selections", "/panels", "/draws"] {
        let data = format!("/api/v1/competitions/{id}{data}");
        seen.push((data.clone(), user.get(&data).await.status));
    }
    seen
}

on_both! {
    async fn what_a_later_version_adds_to_stored_documents_is_passed_over(app) {
        let competition = announced(&app, review_settings()).await;
        let before = read(&app, &competition).await;
        let bad: Vec<_> = before.iter().filter(|(_, status)| *status != 200).collect();
        assert!(bad.is_empty(), "{bad:?}");
        assert!(grow(&app) > 30);
        let later = restarted(&app).await;
        assert_eq!(read(&later, &competition).await, before);
    }

    async fn what_comes_from_outside_has_no_members_that_nobody_knows(app) {
        let office = app.sign_in(Role::Office, None).await;
        let mut settings = review_settings();
        settings["review"]["colour"] = json!("red");
        settings["sections"][0]["size"] = json!(1);
        let told = office.post("/api/v1/competitions", settings).await.refused(422, "invalid");
        let told: Vec<(&str, &str)> = told["errors"].as_array().unwrap().iter()
            .map(|one| (text(&one["pointer"]), text(&one["code"]))).collect();
        assert_eq!(told, [("/review/colour", "unknown_field"), ("/sections/0/size", "unknown_field")]);
    }
}
