//! The access matrix: every endpoint, asked by everybody, about what is theirs and what is not. The table is kept in
//! `docs/access.md`.

use std::collections::BTreeMap;

use qianglian::domain::access::{Denial, OfficeDuties, Relation, Role, Subject, decide};
use qianglian::domain::ids::AccountId;
use qianglian::http::{Endpoint, endpoints};
use serde_json::{Value, json};

use super::machines::machine;
use super::support::app::{App, on_both};
use super::support::review::{objected, on_notice, profile, review_settings, serving};
use super::support::story::{KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK};
use super::support::text;

/// Who asks: how the table calls them, their role and region.
const ASKERS: [(&str, Option<Role>, Option<&str>); 13] = [
    ("public", None, None),
    ("applicant, lead", Some(Role::Applicant), Some(SUZHOU_PARK)),
    ("applicant, member", Some(Role::Applicant), Some(KUNSHAN)),
    ("applicant, foreign", Some(Role::Applicant), Some(NANTONG)),
    ("reviewer, own city", Some(Role::CityReviewer), Some(SUZHOU)),
    ("reviewer, foreign", Some(Role::CityReviewer), Some(NANTONG)),
    ("expert, panel", Some(Role::Expert), None),
    ("expert, foreign", Some(Role::Expert), None),
    ("office", Some(Role::Office), None),
    ("supervisor", Some(Role::Supervisor), None),
    ("admin", Some(Role::Admin), None),
    ("inspector, foreign", Some(Role::Inspector), None),
    ("ended session", Some(Role::Office), None),
];

/// A competition on notice, with one of everything.
struct Scene {
    values: BTreeMap<&'static str, String>,
    /// The login name of an expert of the panel.
    panel_expert: String,
}

async fn scene(app: &App) -> Scene {
    let competition = on_notice(app, review_settings()).await;
    let application = competition.applications[0].clone();
    let panel_expert = serving(app, &competition).await[0].clone();
    let office = app.sign_in(Role::Office, None).await;
    let supervisor = app.sign_in(Role::Supervisor, None).await;
    let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
    let at = format!("/api/v1/competitions/{}", competition.id);
    objected(app, &competition, &application).await;
    let objections = office.get(&format!("{at}/objections")).await.ok();
    let objection = text(&objections["items"][0]["id"]).to_owned();
    let steps = format!("/api/v1/objections/{objection}/steps");
    office.over("POST", &steps, &json!(1), json!({ "to": "accepted", "reply": "已受理" })).await.ok();
    let asks = json!({ "to": "investigating", "reply": "请说明营业收入口径" });
    office.over("POST", &steps, &json!(2), asks).await.ok();
    let file = {
        let receipt = objected(app, &competition, &application).await;
        let bytes = super::made_files::pdf(800);
        let headers = [
            ("content-digest", super::support::app::content_digest(&bytes)),
            ("objection-code", text(&receipt["code"]).to_owned()),
        ];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = "/api/v1/objection-files?name=a.pdf";
        app.public().send_bytes("POST", path, Some(bytes), &headers).await.ok()
    };
    let recheck = json!({ "kind": "arithmetic", "text": "请复核指标合计是否正确" });
    let recheck =
        lead.post(&format!("/api/v1/applications/{application}/recheck-requests"), recheck).await.ok();
    let evidence = lead.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
    let experts = office.get("/api/v1/experts").await.ok();
    let target = app.sign_in_as("target", Role::Expert, None).await.get("/api/v1/me").await.ok();
    let (machine, _) =
        machine(app, "platform", "office", json!({ "groups": [{ "group": "changes", "access": "read" }] }))
            .await;
    let wanted = json!({ "machine_id": machine, "name": "变更", "address": "https://receiver.example/" });
    let webhook = app.known(Role::Admin, None).await.post("/api/v1/webhooks", wanted).await.ok();
    let panels = supervisor.get(&format!("{at}/panels")).await.all();
    let draft = office.get(&format!("{at}/document-draft?address={at}&key=call")).await.ok();
    let call = json!({ "address": at, "document": "call", "drafted_digest": draft["drafted_digest"] });
    let call = office.post(&format!("{at}/issued-documents"), call).await.ok();
    // Nothing of these kinds is there: whoever may see one is told that there is none.
    let nothing = "0192f0c1-2345-7abc-8def-0123456789ab";
    let values = BTreeMap::from([
        ("{competition_id}", competition.id.clone()),
        ("{application_id}", application),
        ("{evidence_id}", text(&evidence["items"][0]["id"]).to_owned()),
        ("{account_id}", text(&target["id"]).to_owned()),
        ("{machine_id}", machine),
        ("{webhook_id}", text(&webhook["webhook"]["id"]).to_owned()),
        ("{delivery_id}", nothing.to_owned()),
        ("{expert_id}", text(&experts["items"][0]["id"]).to_owned()),
        ("{panel}", text(&panels[0]["key"]).to_owned()),
        ("{objection_id}", objection),
        ("{objection_file_id}", text(&file["id"]).to_owned()),
        ("{recheck_id}", text(&recheck["id"]).to_owned()),
        ("{rectification_id}", nothing.to_owned()),
        ("{digest}", text(&call["digest"]).to_owned()),
        ("{title_id}", nothing.to_owned()),
        ("{letter_id}", nothing.to_owned()),
        ("{indicator}", "a11".to_owned()),
        ("{city_code}", SUZHOU.to_owned()),
        ("{part}", "figures".to_owned()),
        ("{item}", "major_accident".to_owned()),
        ("{number}", "1".to_owned()),
        ("{version}", "1".to_owned()),
    ]);
    Scene { values, panel_expert }
}

/// A body of the right shape where the shape would be looked at before the object.
fn body(path: &str) -> Value {
    let content = json!({ "marks": [] });
    if path.ends_with("/recheck-requests/{recheck_id}/answer") {
        return json!({ "outcome": "no_change", "answer": "x" });
    }
    match path.rsplit('/').next().unwrap() {
        "members" => json!({ "lead_role": "core", "members": [] }),
        "consents" => json!({ "given": true, "signatory": "主任" }),
        "withdrawal" | "recusal" | "reopening" | "consent" | "suspension" | "lifting" | "revocation"
        | "abandonment" | "pause" => {
            json!({ "reason": "x" })
        }
        "return" => json!({ "reason": "x" }),
        "{city_code}" | "adjustments" => json!({ "entries": [] }),
        "formal" => json!({ "findings": [], "result": "accepted" }),
        "{item}" => json!({ "state": "asked", "note": "x" }),
        "plan" => json!({ "team": [] }),
        "record" => json!({ "items": [] }),
        "decision" | "refusal" => json!({ "stance": "agrees", "signatory": "x" }),
        "comments" | "answer" | "note" | "statement" => json!({ "text": "x" }),
        "rectifications" => json!({ "finding": "x", "due_at": "2027-01-01T00:00:00+08:00" }),
        "recheck" => json!({ "settled": true, "text": "x" }),
        "mine" => content,
        "corrections" => json!({ "reason": "slip", "explanation": "x", "content": content }),
        "paper" => json!({ "content": content }),
        "steps" => json!({ "to": "accepted", "reply": "x" }),
        "recheck-requests" => json!({ "kind": "procedure", "text": "程序有误，请复核一次" }),
        "reports" => json!({ "year": 2026, "text": "x" }),
        "renewal" => json!({ "valid_until": "2030-01-01", "text": "x" }),
        _ => json!({}),
    }
}

/// What an asker gets: `ok`, or the status that keeps it out. What the state of things or the empty body forbids is
/// still `ok` here: the asker got that far.
async fn ask(app: &App, scene: &Scene, endpoint: &Endpoint, index: usize) -> String {
    let (name, role, region) = ASKERS[index];
    let user = match role {
        Some(role) if name == "expert, panel" => app.sign_in_as(&scene.panel_expert, role, region).await,
        Some(role) => app.sign_in_as(&format!("asker-{index}"), role, region).await,
        None => app.public(),
    };
    let session = match role {
        Some(_) => text(&user.get("/api/v1/me/sessions").await.all()[0]["id"]).to_owned(),
        None => "0192f0c1-2345-7abc-8def-0123456789ab".to_owned(),
    };
    if name == "ended session" {
        user.post("/api/v1/logout/everywhere", json!(null)).await.ok();
    }
    let mut path = endpoint.path.replace("{session_id}", &session);
    for (name, value) in &scene.values {
        path = path.replace(name, value);
    }
    if path.ends_with("/document-draft") {
        path.push_str(&format!(
            "?address=/api/v1/competitions/{}&key=call",
            scene.values["{competition_id}"]
        ));
    }
    let method = endpoint.method.as_str();
    let answer = if path.ends_with("/evidence") && path.contains("/applications/") && method == "POST" {
        let application = scene.values["{application_id}"].clone();
        user.upload(&application, "figures", "a.pdf", &super::made_files::pdf(900)).await
    } else if ["/checks/replies", "/photos", "/objection-files"].iter().any(|end| path.ends_with(end)) {
        let digest = [("content-digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:")];
        user.send_bytes("POST", &format!("{path}?name=a.pdf"), Some(Vec::new()), &digest).await
    } else {
        user.send(method, &path, if method == "GET" { None } else { Some(body(endpoint.path)) }, &[]).await
    };
    match answer.status {
        status @ (401 | 403 | 404) => status.to_string(),
        status if method == "GET" => {
            assert!(matches!(status, 200 | 409), "{method} {path} as {name}: {}", answer.text);
            "ok".to_owned()
        }
        _ => "ok".to_owned(),
    }
}

on_both! {
    async fn everybody_gets_as_far_as_the_table_says(app) {
        let scene = scene(&app).await;
        let foreign = app.sign_in_as("asker-7", Role::Expert, None).await;
        drop(foreign);
        let office = app.sign_in(Role::Office, None).await;
        let mut profile = profile(99);
        profile["region"] = json!("320300");
        office.post("/api/v1/experts", json!({ "profile": profile, "account_name": "asker-7" })).await.ok();
        let mut table = String::from(
            "| endpoint | action | public | lead | member | foreign applicant | reviewer | foreign reviewer | panel expert | \
             foreign expert | office | supervisor | admin | foreign inspector | ended session |\n|",
        );
        table.push_str(&" --- |".repeat(15));
        table.push('\n');
        for endpoint in endpoints() {
            let mut row = format!("| {} {} | {} |", endpoint.method.as_str(), endpoint.path, endpoint.action);
            for (index, (_, role, _)) in ASKERS.iter().enumerate() {
                let got = ask(&app, &scene, &endpoint, index).await;
                // What the one decision says of the role holds at the endpoint, whatever the object.
                if let Some(role) = role && index != 12 {
                    let subject = Subject { account: AccountId(uuid::Uuid::nil()), role: *role, region: None, duties: OfficeDuties::default() };
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
