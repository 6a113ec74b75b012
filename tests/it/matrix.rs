//! The access matrix: every endpoint, asked by everybody, about what is theirs and what is not. The table is kept in
//! `docs/access.md`.

use qianglian::domain::access::{Denial, Relation, Role, Subject, decide};
use qianglian::domain::ids::AccountId;
use qianglian::http::{Endpoint, endpoints};
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, called, complete, draft, submit,
};
use super::support::text;

/// Who asks: how the table calls them, their role and region.
const ASKERS: [(&str, Option<Role>, Option<&str>); 11] = [
    ("public", None, None),
    ("applicant, lead", Some(Role::Applicant), Some(SUZHOU_PARK)),
    ("applicant, member", Some(Role::Applicant), Some(KUNSHAN)),
    ("applicant, foreign", Some(Role::Applicant), Some(NANTONG)),
    ("reviewer, own city", Some(Role::CityReviewer), Some(SUZHOU)),
    ("reviewer, foreign", Some(Role::CityReviewer), Some(NANTONG)),
    ("expert", Some(Role::Expert), None),
    ("office", Some(Role::Office), None),
    ("supervisor", Some(Role::Supervisor), None),
    ("admin", Some(Role::Admin), None),
    ("ended session", Some(Role::Office), None),
];

struct Scene {
    competition: String,
    application: String,
    evidence: String,
    account: String,
}

async fn scene(app: &App) -> Scene {
    let competition = called(app).await;
    let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
    let application = draft(&lead, &competition, BIOMEDICINE).await;
    let path = format!("/api/v1/applications/{application}");
    let now = lead.get(&path).await.ok();
    let members = json!({ "lead_role": "core", "members": [{ "region": KUNSHAN, "role": "coordinated" }] });
    lead.over("PUT", &format!("{path}/members"), &now["revision"], members).await.ok();
    let member = app.sign_in(Role::Applicant, Some(KUNSHAN)).await;
    member.post(&format!("{path}/consent"), json!({ "given": true, "signatory": "主任" })).await.ok();
    complete(&lead, &application).await;
    submit(&lead, &application).await;
    let evidence = lead.get(&format!("{path}/evidence")).await.ok();
    let target = app.sign_in_as("target", Role::Expert, None).await.get("/api/v1/me").await.ok();
    Scene {
        evidence: text(&evidence["items"][0]["id"]).to_owned(),
        account: text(&target["id"]).to_owned(),
        competition,
        application,
    }
}

/// A body of the right shape where the shape would be looked at before the object.
fn body(path: &str) -> Value {
    match path.rsplit('/').next().unwrap() {
        "members" => json!({ "lead_role": "core", "members": [] }),
        "consent" => json!({ "given": true, "signatory": "主任" }),
        "withdrawal" => json!({ "reason": "x" }),
        "return" => json!({ "reasons": "x" }),
        "{city}" => json!({ "entries": [] }),
        "formal-checks" => json!({ "findings": [], "result": "accepted" }),
        "{item}" => json!({ "state": "asked", "note": "x" }),
        _ => json!({}),
    }
}

/// What an asker gets: `ok`, or the status that keeps it out. What the state of things or the empty body forbids is
/// still `ok` here: the asker got that far.
async fn ask(app: &App, scene: &Scene, endpoint: &Endpoint, index: usize) -> String {
    let (name, role, region) = ASKERS[index];
    let user = match role {
        Some(role) => app.sign_in_as(&format!("asker-{index}"), role, region).await,
        None => app.public(),
    };
    let session = match role {
        Some(_) => text(&user.get("/api/v1/me/sessions").await.ok()[0]["id"]).to_owned(),
        None => "0192f0c1-2345-7abc-8def-0123456789ab".to_owned(),
    };
    if name == "ended session" {
        user.post("/api/v1/logout-everywhere", json!(null)).await.ok();
    }
    let path = endpoint
        .path
        .replace("{competition_id}", &scene.competition)
        .replace("{application_id}", &scene.application)
        .replace("{evidence_id}", &scene.evidence)
        .replace("{account_id}", &scene.account)
        .replace("{session_id}", &session)
        .replace("{city}", SUZHOU)
        .replace("{part}", "profile")
        .replace("{item}", "major_accident")
        .replace("{number}", "1")
        .replace("{version}", "1");
    let method = endpoint.method.as_str();
    let answer = if path.ends_with("/evidence") && method == "POST" {
        let other = scene.application.clone();
        user.upload(&other, "figures", "a.pdf", &super::made_files::pdf(900)).await
    } else if path.ends_with("/veto-replies") {
        let digest = [("content-digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:")];
        user.send_bytes("POST", &format!("{path}?name=a.pdf"), Some(Vec::new()), &digest).await
    } else {
        user.send(method, &path, if method == "GET" { None } else { Some(body(endpoint.path)) }, &[]).await
    };
    match answer.status {
        status @ (401 | 403 | 404) => status.to_string(),
        status if method == "GET" => {
            assert_eq!(status, 200, "{method} {path} as {name}: {}", answer.text);
            "ok".to_owned()
        }
        _ => "ok".to_owned(),
    }
}

on_both! {
    async fn everybody_gets_as_far_as_the_table_says(app) {
        let scene = scene(&app).await;
        let mut table = String::from(
            "| endpoint | action | public | lead | member | foreign applicant | reviewer | foreign reviewer | expert | \
             office | supervisor | admin | ended session |\n|",
        );
        table.push_str(&" --- |".repeat(13));
        table.push('\n');
        for endpoint in endpoints() {
            let mut row = format!("| {} {} | {} |", endpoint.method.as_str(), endpoint.path, endpoint.action);
            for (index, (_, role, _)) in ASKERS.iter().enumerate() {
                let got = ask(&app, &scene, &endpoint, index).await;
                // What the one decision says of the role holds at the endpoint, whatever the object.
                if let Some(role) = role && index != 10 {
                    let subject = Subject { account: AccountId(uuid::Uuid::nil()), role: *role, region: None };
                    let denied = decide(Some(&subject), endpoint.action, Relation::General) == Err(Denial::NotYourRole);
                    assert!(got == "403" || !denied, "{row} {got}");
                }
                row.push_str(&format!(" {got} |"));
            }
            table.push_str(&row);
            table.push('\n');
        }
        let kept = include_str!("../../docs/access.md");
        let kept = kept.split_once("\n| endpoint |").map_or("", |(_, table)| table);
        let kept = format!("| endpoint |{kept}");
        if kept != table {
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("access.md");
            std::fs::write(&path, &table).unwrap();
            panic!("docs/access.md is not what the service does; see {}", path.display());
        }
    }
}
