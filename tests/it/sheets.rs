//! Score sheets: drafts, signatures, corrections, paper; and that nobody learns of others' sheets before scoring closes.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use qianglian::db::Address;
use qianglian::domain::access::Role;
use qianglian::http::{Method, endpoints};
use serde_json::{Value, json};

use super::support::app::{App, On, User, on_both};
use super::support::review::{
    REGIONS, at_scoring, inspected, profile, review_settings, serving, sheet, signed,
};
use super::support::story::{KUNSHAN, NANTONG, SUZHOU, move_to};
use super::support::text;

fn of(application: &str, rest: &str) -> String {
    format!("/api/v1/applications/{application}/{rest}")
}

on_both! {
    async fn sheets_saved_at_once_are_one_chain_and_each_asks_the_database_little(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let mut experts = Vec::new();
        for name in serving(&app, &competition).await {
            experts.push(app.known_as(&name, Role::Expert, None).await);
        }
        let again_and_again = async |expert: &User<'_>, application: &str| {
            for revision in 0..4 {
                expert.over("PUT", &of(application, "sheets/mine"), &json!(revision), sheet(revision)).await.ok();
            }
        };
        let all = experts.iter().flat_map(|expert| competition.applications.iter().map(move |one| (expert, one)));
        // Each waits for the competition, and finds it as the one before it has left it.
        join_all(all.map(|(expert, application)| again_and_again(expert, application))).await;
        let before = app.service.db.statements();
        experts[0].over("PUT", &of(&competition.applications[0], "sheets/mine"), &json!(4), sheet(5)).await.ok();
        let asked = app.service.db.statements() - before;
        let most = match &app.address {
            // The transaction and its savepoint; the competition's lock, the seat with the sheet, the competition with what
            // holds in it; the sheet, the event, the end of the chain.
            Address::Sqlite(_) => 4 + 3 + 3,
            // Who it is; the transaction; the same, the event and the end of the chain in one.
            Address::Postgres(_) => 1 + 2 + 3 + 2,
        };
        assert_eq!(asked, most);
    }

    async fn a_draft_is_saved_signed_once_and_corrected_with_a_reason(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let name = serving(&app, &competition).await[0].clone();
        let expert = app.known_as(&name, Role::Expert, None).await;
        let path = of(&competition.applications[0], "sheets/mine");
        let empty = expert.get(&path).await.ok();
        assert_eq!((&empty["revision"], &empty["state"]), (&json!(0), &json!("draft")));
        expert.over("POST", &format!("{path}/signature"), &json!(0), Value::Null).await.refused(409, "nothing_entered");
        // A draft may be half done; what is entered must be on its scale.
        let half = json!({ "marks": [{ "indicator": "a23", "score": "1.5" }, { "indicator": "b24" }] });
        let saved = expert.over("PUT", &path, &json!(0), half.clone()).await;
        assert_eq!(saved.headers["etag"], "\"1\"");
        expert.over("PUT", &path, &json!(0), half.clone()).await.refused(412, "stale");
        let off = json!({ "marks": [{ "indicator": "a23", "score": "1.25" }, { "indicator": "a11", "score": "1" }] });
        assert_eq!(
            expert.over("PUT", &path, &json!(1), off).await.invalid(),
            [("/marks/0/score".to_owned(), "off_scale".to_owned()), ("/marks/1/indicator".to_owned(), "unknown_indicator".to_owned())]
        );
        let codes: Vec<String> = expert
            .over("POST", &format!("{path}/signature"), &json!(1), Value::Null)
            .await
            .invalid()
            .into_iter()
            .map(|(_, code)| code)
            .collect();
        assert_eq!(codes, ["score_missing"; 8]);
        // Reasons at the lowest and highest score, and where the competition says (b24).
        let mut full = sheet(5);
        full["marks"][0]["score"] = json!("0");
        for mark in full["marks"].as_array_mut().unwrap() {
            mark["reason"] = json!("");
        }
        let saved = expert.over("PUT", &path, &json!(1), full.clone()).await.ok();
        let wrong = expert.over("POST", &format!("{path}/signature"), &saved["revision"], Value::Null).await.invalid();
        assert_eq!(wrong, [("/marks/0/reason".to_owned(), "reason_required".to_owned()), ("/marks/3/reason".to_owned(), "reason_required".to_owned())]);
        let receipt = signed(&expert, &competition.applications[0], sheet(5)).await;
        assert_eq!(receipt["number"], 1);
        let now = expert.get(&path).await.ok();
        assert_eq!((&now["state"], &now["versions"][0]["digest"]), (&json!("signed"), &receipt["digest"]));
        let document = serde_json_canonicalizer::to_string(&now["versions"][0]["sheet"]).unwrap();
        assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(document)), text(&receipt["digest"]));
        expert.over("PUT", &path, &now["revision"], full).await.refused(409, "signed");
        expert.over("POST", &format!("{path}/signature"), &now["revision"], Value::Null).await.refused(409, "signed");

        let correction = |reason: &str, content: Value| json!({ "reason": reason, "explanation": "看错一行", "content": content });
        let to = format!("{path}/corrections");
        assert_eq!(
            expert.over("POST", &to, &now["revision"], correction("mood", sheet(6))).await.invalid(),
            [("/reason".to_owned(), "unknown_reason".to_owned())]
        );
        expert.over("POST", &to, &now["revision"], correction("slip", sheet(5))).await.refused(409, "unchanged");
        let second = expert.over("POST", &to, &now["revision"], correction("slip", sheet(6))).await.ok();
        assert_eq!(second["number"], 2);
        let versions = expert.get(&path).await.ok()["versions"].clone();
        assert_eq!(versions[0]["digest"], receipt["digest"], "the old version stays");
        assert_eq!(versions[1]["sheet"]["correction"]["reason"], "slip");
        // What a lost answer hides: the same request again gives the same receipt, and signs nothing more.
        let other = of(&competition.applications[1], "sheets/mine");
        expert.over("PUT", &other, &json!(0), sheet(7)).await.ok();
        let key = [("if-match", "\"1\""), ("idempotency-key", "a-key-of-16-chars")];
        let once = expert.send("POST", &format!("{other}/signature"), None, &key).await;
        let twice = expert.send("POST", &format!("{other}/signature"), None, &key).await;
        assert_eq!((once.text, twice.headers["idempotency-replayed"].as_str()), (twice.text, "true"));
    }

    async fn a_sheet_signed_on_paper_is_entered_by_two_people(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let panels = office.get(&format!("/api/v1/competitions/{}/panels", competition.id)).await.all();
        let seats = panels[0]["seats"].as_array().unwrap();
        let expert = text(&seats[0]["expert_id"]).to_owned();
        let waiting = text(&seats[6]["expert_id"]).to_owned();
        let path = of(&competition.applications[0], &format!("sheets/{expert}/paper"));
        let body = |content: Value| json!({ "content": content });
        let elsewhere = of(&competition.applications[0], &format!("sheets/{waiting}/paper"));
        assert_eq!(office.post(&elsewhere, body(sheet(5))).await.invalid()[0].1, "not_in_panel");
        assert_eq!(office.post(&path, body(sheet(5))).await.ok()["state"], "paper");
        office.post(&path, body(sheet(5))).await.refused(409, "second_person_required");
        let second = app.known_as("office-2", Role::Office, None).await;
        let differ = second.post(&path, body(sheet(9))).await.refused(409, "entries_differ");
        assert!(differ["errors"].as_array().unwrap().len() > 3);
        assert_eq!(second.post(&path, body(sheet(5))).await.ok()["state"], "signed");
        office.post(&path, body(sheet(5))).await.refused(409, "signed");
        let supervisor = app.known(Role::Supervisor, None).await;
        let sheets = supervisor.get(&of(&competition.applications[0], "sheets")).await.all();
        let paper = &sheets[0]["versions"][0]["sheet"]["paper"];
        assert_ne!(paper["entered_by"], paper["confirmed_by"]);
        // A first entry can be discarded; what an expert began online is not overwritten.
        let other = of(&competition.applications[1], &format!("sheets/{expert}/paper"));
        office.post(&other, body(sheet(5))).await.ok();
        office.delete(&other).await.ok();
        office.delete(&other).await.refused(404, "not_found");
        office.post(&other, body(sheet(7))).await.ok();
        let name = serving(&app, &competition).await[1].clone();
        let online = app.known_as(&name, Role::Expert, None).await;
        online.over("PUT", &of(&competition.applications[1], "sheets/mine"), &json!(0), sheet(4)).await.ok();
        let own = text(&seats[1]["expert_id"]);
        office.post(&of(&competition.applications[1], &format!("sheets/{own}/paper")), body(sheet(5))).await.refused(409, "draft_exists");
    }

    async fn only_supervisors_see_sheets_before_closing(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let names = serving(&app, &competition).await;
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        signed(&expert, &competition.applications[0], sheet(5)).await;
        let path = of(&competition.applications[0], "sheets");
        let office = app.known(Role::Office, None).await;
        office.get(&path).await.refused(409, "still_hidden");
        expert.get(&path).await.refused(403, "not_your_role");
        let supervisor = app.known(Role::Supervisor, None).await;
        assert_eq!(supervisor.get(&path).await.all().as_array().unwrap().len(), 1);
        // The office sees that a sheet is signed, never what it says.
        let progress = office.get(&format!("/api/v1/competitions/{}/progress", competition.id)).await;
        assert!(progress.text.contains("\"signed\":1") && !progress.text.contains("a23"));
    }

    async fn a_sheet_is_late_but_taken_until_the_office_closes(app) {
        let competition = at_scoring(&app, review_settings()).await;
        for (application, region) in competition.applications.iter().zip(REGIONS) {
            inspected(&app, application, region, |_| ()).await;
        }
        let names = serving(&app, &competition).await;
        app.at("2026-07-02T09:00:00+08:00");
        for (index, name) in names.iter().enumerate() {
            let expert = app.known_as(name, Role::Expert, None).await;
            for application in &competition.applications {
                if (index, application) != (4, &competition.applications[2]) {
                    signed(&expert, application, sheet(5)).await;
                }
            }
        }
        let office = app.known(Role::Office, None).await;
        let progress = office.get(&format!("/api/v1/competitions/{}/progress", competition.id)).await.ok();
        assert_eq!(progress["tasks"].as_array().unwrap().len(), 1);
        assert_eq!((&progress["tasks"][0]["kind"], &progress["tasks"][0]["late"]), (&json!("sign_sheet"), &json!(true)));
        let path = format!("/api/v1/competitions/{}", competition.id);
        let now = office.get(&path).await.ok();
        let refused = office
            .over("POST", &format!("{path}/state"), &now["revision"], json!({ "to": "selection" }))
            .await
            .refused(409, "preconditions");
        assert_eq!(refused["errors"].as_array().unwrap().len(), 1);
        let name = names[4].replace("expert-", "专家");
        assert!(text(&refused["errors"][0]["detail"]).contains(&name), "{refused}");
        let last = app.known_as(&names[4], Role::Expert, None).await;
        signed(&last, &competition.applications[2], sheet(5)).await;
        move_to(&office, &competition.id, "selection").await;
        last.over("PUT", &of(&competition.applications[2], "sheets/mine"), &json!(9), sheet(4)).await.refused(409, "stage_closed");
    }
}

/// All that somebody can see: status, headers and bytes of every answer to a GET.
type Seen = BTreeMap<(String, String), (u16, BTreeMap<String, String>, String)>;

/// A competition at its scoring, where the other experts have done this much (0: nothing; 1 and 2: drafts and signed sheets,
/// of different scores). What observers see, and what one of them gets for saving and signing a sheet of its own.
async fn world(on: On, others: i64) -> Seen {
    let app = App::start(on).await;
    let competition = at_scoring(&app, review_settings()).await;
    inspected(&app, &competition.applications[0], REGIONS[0], |_| ()).await;
    app.sign_in_as("foreign-expert", Role::Expert, None).await;
    let office = app.known(Role::Office, None).await;
    let mut foreign = profile(50);
    foreign["region"] = json!("320300");
    office
        .post("/api/v1/experts", json!({ "profile": foreign, "account_name": "foreign-expert" }))
        .await
        .ok();
    let names = serving(&app, &competition).await;
    let observers = [
        ("panel", app.known_as(&names[0], Role::Expert, None).await),
        ("foreign expert", app.known_as("foreign-expert", Role::Expert, None).await),
        ("lead", app.known(Role::Applicant, Some(REGIONS[0])).await),
        ("member", app.known(Role::Applicant, Some(KUNSHAN)).await),
        ("rival", app.known(Role::Applicant, Some(NANTONG)).await),
        ("city", app.known(Role::CityReviewer, Some(SUZHOU)).await),
        ("public", app.public()),
    ];
    for (index, name) in names.iter().enumerate().skip(1) {
        let expert = app.known_as(name, Role::Expert, None).await;
        for application in competition.applications.iter().take(usize::try_from(others).unwrap()) {
            if index % 2 == 0 {
                signed(&expert, application, sheet(3 * others)).await;
            } else {
                expert.over("PUT", &of(application, "sheets/mine"), &json!(0), sheet(2 + others)).await.ok();
            }
        }
    }
    let mut seen = Seen::new();
    let mut see = |who: &str, what: String, answer: super::support::app::Answer| {
        let mut headers = answer.headers;
        headers.remove("x-request-id");
        headers.remove("date");
        let request = answer.body["request_id"].as_str().unwrap_or("no request").to_owned();
        seen.insert((who.to_owned(), what), (answer.status, headers, answer.text.replace(&request, "")));
    };
    let expert = &observers[0].1;
    let sheet_path = of(&competition.applications[0], "sheets/mine");
    see("panel", "save".into(), expert.over("PUT", &sheet_path, &json!(0), sheet(5)).await);
    let signature = expert.over("POST", &format!("{sheet_path}/signature"), &json!(1), Value::Null).await;
    see("panel", "sign".into(), signature);
    for (who, user) in &observers {
        for endpoint in endpoints().into_iter().filter(|endpoint| endpoint.method == Method::Get) {
            // One's own sessions differ by their identifiers alone.
            if endpoint.path.contains("sessions") {
                continue;
            }
            for application in &competition.applications {
                let path = endpoint
                    .path
                    .replace("{competition_id}", &competition.id)
                    .replace("{application_id}", application)
                    .replace("{city_code}", SUZHOU)
                    .replace("{part}", "profile")
                    .replace("{number}", "1")
                    .replace("{version}", "1");
                see(who, path.clone(), user.get(&path).await);
            }
        }
    }
    seen
}

#[test]
fn worlds_that_differ_in_hidden_sheets_alone_look_the_same() {
    for on in On::each() {
        let seen = actix_web::rt::System::new()
            .block_on(async { (world(on, 0).await, world(on, 1).await, world(on, 2).await) });
        assert!(seen.0.len() > 500);
        for other in [&seen.1, &seen.2] {
            for (what, answer) in &seen.0 {
                assert_eq!(Some(answer), other.get(what), "{what:?}");
            }
            assert_eq!(seen.0.len(), other.len());
        }
    }
}
