//! External systems: tokens that two administrators make, what they are good for, and what needs a person.

use qianglian::domain::access::{Action, Role, roles};
use qianglian::domain::machine::{ResourceGroup, open_to_machines};
use qianglian::http::{Method, endpoints};
use serde_json::{Value, json};

use super::support::app::{Answer, App, User, on_both};
use super::support::review::review_settings;
use super::support::story::{BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, called, draft, write};
use super::support::text;

const NOWHERE: &str = "0192f0c1-2345-7abc-8def-0123456789ab";

fn everything(access: &str) -> Value {
    ResourceGroup::ALL.iter().map(|group| json!({ "group": group.as_str(), "access": access })).collect()
}

fn wanted(name: &str, role: &str, scope: Value) -> Value {
    let expires_at = "2026-12-31T00:00:00+08:00";
    json!({ "name": name, "display_name": "市级平台", "role": role, "expires_at": expires_at, "scope": scope })
}

/// Has a token made and confirmed, and gives it to somebody.
pub(crate) async fn machine<'a>(app: &'a App, name: &str, role: &str, scope: Value) -> (String, User<'a>) {
    let admin = app.known(Role::Admin, None).await;
    let made = admin.post("/api/v1/machines", wanted(name, role, scope)).await.ok();
    let id = text(&made["machine"]["id"]).to_owned();
    let second = app.known_as("second-admin", Role::Admin, None).await;
    second.post(&format!("/api/v1/machines/{id}/confirmation"), json!(null)).await.ok();
    (id, User { app, token: Some(text(&made["token"]).to_owned()), name: name.to_owned() })
}

/// What an external system of a role would be for, as far as it can be.
fn whole_scope(role: Role, access: &str) -> Value {
    let regions = match role {
        Role::Applicant | Role::CityReviewer => json!([SUZHOU]),
        _ => json!([]),
    };
    json!({ "groups": everything(access), "region_codes": regions })
}

fn filled(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{part}" => "profile",
        "{city}" => SUZHOU,
        "{number}" | "{version}" => "1",
        named if named.starts_with('{') => NOWHERE,
        written => written,
    });
    segments.collect::<Vec<_>>().join("/")
}

async fn write_to(user: &User<'_>, application: &str, part: &str, region: &str) -> Answer {
    let path = format!("/api/v1/applications/{application}/parts/{part}");
    let headers = [("if-match", "\"0\""), ("qianglian-region", region)];
    user.send("PUT", &path, Some(json!({ "accepted": true, "signatory": "主任" })), &headers).await
}

on_both! {
    async fn a_token_works_once_another_administrator_confirmed_it_and_until_it_is_revoked(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let second = app.sign_in_as("second", Role::Admin, None).await;
        let scope = json!({ "groups": everything("read"), "region_codes": [SUZHOU] });
        let made = admin.post("/api/v1/machines", wanted("suzhou", "applicant", scope)).await.ok();
        let token = text(&made["token"]).to_owned();
        assert!(token.starts_with("qlm_") && token.len() == 47, "{token}");
        let id = text(&made["machine"]["id"]);
        let system = User { app: &app, token: Some(token.clone()), name: String::new() };
        let answer = system.get("/api/v1/applications").await;
        assert_eq!(answer.headers["www-authenticate"], r#"Bearer error="invalid_token""#);
        answer.refused(401, "invalid_token");
        let at = |act: &str| format!("/api/v1/machines/{id}{act}");
        admin.post(&at("/confirmation"), json!(null)).await.refused(409, "second_person_required");
        let confirmed = second.post(&at("/confirmation"), json!(null)).await.ok();
        assert_eq!((&confirmed["state"], &confirmed["used_at"]), (&json!("usable"), &Value::Null));
        second.post(&at("/confirmation"), json!(null)).await.refused(409, "nothing_to_confirm");
        assert_eq!(system.get("/api/v1/applications").await.ok()["items"], json!([]));
        assert_eq!(system.get("/api/v1/me").await.ok()["name"], "suzhou");
        let used = admin.get(&at("")).await.ok();
        assert_eq!((&used["used_at"], &used["used_from"]), (&json!("2026-03-10T10:00:00+08:00"), &json!("127.0.0.1")));
        // It is no account that anybody signs in to, and has no session.
        let accounts = admin.get("/api/v1/accounts").await.all();
        assert!(accounts.as_array().unwrap().iter().all(|account| account["name"] != "suzhou"), "{accounts}");
        admin.post(&format!("/api/v1/accounts/{id}/reset"), json!(null)).await.refused(404, "not_found");
        assert_eq!(system.get("/api/v1/me/sessions").await.all(), json!([]));
        // Any administrator revokes it, and it ends at once.
        let revoked = second.post(&at("/revocation"), json!({ "reason": "不再使用" })).await.ok();
        assert_eq!((&revoked["state"], &revoked["revoked_because"]), (&json!("revoked"), &json!("不再使用")));
        system.get("/api/v1/applications").await.refused(401, "invalid_token");
        admin.post(&at("/revocation"), json!({ "reason": "再次" })).await.refused(409, "revoked");
        // Nothing that is kept has it.
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let trail = supervisor.get("/api/v1/audit/export").await.text;
        assert!(!trail.contains("qlm_") && trail.contains("machine.confirm") && trail.contains("machine.revoke"));
        let listed = supervisor.get("/api/v1/machines").await;
        assert!(!listed.text.contains("qlm_"), "{}", listed.text);
    }

    async fn a_token_ends_by_itself_and_one_that_nobody_confirms_lapses(app) {
        let (_, system) = machine(&app, "short", "office", json!({ "groups": everything("read") })).await;
        let admin = app.sign_in(Role::Admin, None).await;
        let made = admin.post("/api/v1/machines", wanted("late", "office", json!({ "groups": everything("read") }))).await.ok();
        app.at("2026-03-17T10:00:00+08:00");
        let second = app.sign_in_as("second-admin", Role::Admin, None).await;
        let path = format!("/api/v1/machines/{}/confirmation", text(&made["machine"]["id"]));
        second.post(&path, json!(null)).await.refused(409, "nothing_to_confirm");
        app.at("2026-12-30T23:59:59+08:00");
        system.get("/api/v1/applications").await.ok();
        app.at("2026-12-31T00:00:00+08:00");
        system.get("/api/v1/applications").await.refused(401, "invalid_token");
        // Three years later nothing is left of it but its name.
        app.at("2030-01-05T00:00:00+08:00");
        qianglian::actions::housekeeping::tidy_up(&app.service).await.unwrap();
        let admin = app.sign_in(Role::Admin, None).await;
        assert_eq!(admin.get("/api/v1/machines").await.all(), json!([]));
    }

    async fn what_a_token_is_for_is_checked_when_it_is_made(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let refused = async |role: &str, scope: Value| admin.post("/api/v1/machines", wanted("x-y", role, scope)).await.invalid();
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        let all = || everything("read");
        assert_eq!(refused("expert", json!({ "groups": all() })).await, one("/role", "role"));
        assert_eq!(refused("admin", json!({ "groups": all() })).await, one("/role", "role"));
        assert_eq!(refused("office", json!({ "groups": [] })).await, one("/scope/groups", "required"));
        assert_eq!(refused("applicant", json!({ "groups": all() })).await, one("/scope/region_codes", "region"));
        assert_eq!(refused("office", json!({ "groups": all(), "region_codes": [SUZHOU] })).await, one("/scope/region_codes", "region"));
        assert_eq!(refused("city_reviewer", json!({ "groups": all(), "region_codes": [KUNSHAN] })).await, one("/scope/region_codes/0", "region"));
        assert_eq!(refused("office", json!({ "groups": all(), "networks": ["10.0.0.1"] })).await, one("/scope/networks/0", "network"));
        assert_eq!(refused("office", json!({ "groups": all(), "competition_ids": [NOWHERE] })).await, one("/scope/competition_ids/0", "unknown"));
        for expires_at in ["2026-03-10T10:00:00+08:00", "2027-04-14T10:00:01+08:00"] {
            let mut body = wanted("x-y", "office", json!({ "groups": all() }));
            body["expires_at"] = json!(expires_at);
            assert_eq!(admin.post("/api/v1/machines", body).await.invalid(), one("/expires_at", "out_of_range"));
        }
    }

    /// Of every endpoint: whoever may only read is refused whatever changes, whatever its role.
    async fn a_token_for_reading_changes_nothing(app) {
        for role in qianglian::domain::machine::machine_roles() {
            let (_, system) = machine(&app, &format!("reads-{}", role.as_str().replace('_', "-")), role.as_str(), whole_scope(*role, "read")).await;
            for endpoint in endpoints().iter().filter(|endpoint| endpoint.method != Method::Get) {
                let answer = system.send(endpoint.method.as_str(), &filled(endpoint.path), None, &[]).await;
                let code = if open_to_machines(endpoint.action) { "outside_scope" } else { "person_required" };
                answer.refused(403, code);
            }
        }
    }

    /// Of every endpoint: what needs a person is refused, whatever the token is for; the rest is let through to where its
    /// role decides.
    async fn what_needs_a_person_is_closed_to_every_token(app) {
        for role in qianglian::domain::machine::machine_roles() {
            let (_, system) = machine(&app, &format!("writes-{}", role.as_str().replace('_', "-")), role.as_str(), whole_scope(*role, "write")).await;
            for endpoint in endpoints() {
                let path = filled(endpoint.path);
                let answer = system.send(endpoint.method.as_str(), &path, None, &[]).await;
                let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
                let what = format!("{} {path} of {role}: {} {code}", endpoint.method.as_str(), answer.status);
                let is_open = open_to_machines(endpoint.action);
                let is_its = endpoint.action == Action::ReadPublic || roles(endpoint.action).contains(role);
                match (is_open, is_its) {
                    (false, _) => assert_eq!((answer.status, code.as_str()), (403, "person_required"), "{what}"),
                    (true, false) => assert_eq!((answer.status, code.as_str()), (403, "not_your_role"), "{what}"),
                    (true, true) => assert!(!matches!(answer.status, 401 | 403), "{what}"),
                }
            }
        }
    }

    async fn one_token_files_for_the_regions_that_it_names_and_the_trail_says_for_which(app) {
        let competition = called(&app).await;
        let scope = json!({ "groups": everything("write"), "region_codes": [SUZHOU_PARK, NANTONG] });
        let (id, system) = machine(&app, "platform", "applicant", scope).await;
        let path = format!("/api/v1/competitions/{competition}/applications");
        let body = json!({ "chain_number": BIOMEDICINE, "role": "core" });
        system.post(&path, body.clone()).await.refused(400, "region_required");
        system.send("POST", &path, Some(body.clone()), &[("qianglian-region", KUNSHAN)]).await.refused(403, "region_not_allowed");
        let file = async |region: &str| {
            let made = system.send("POST", &path, Some(body.clone()), &[("qianglian-region", region)]).await.ok();
            assert_eq!(made["lead_region"]["code"], region);
            text(&made["id"]).to_owned()
        };
        let (park, nantong) = (file(SUZHOU_PARK).await, file(NANTONG).await);
        // Acting for one region it sees what is that region's.
        let seen = async |region: &str, application: &str| {
            system.send("GET", &format!("/api/v1/applications/{application}"), None, &[("qianglian-region", region)]).await
        };
        assert_eq!(seen(NANTONG, &nantong).await.ok()["id"], nantong);
        seen(NANTONG, &park).await.refused(404, "not_found");
        // A person undertakes; a system does not.
        write_to(&system, &park, "undertaking", SUZHOU_PARK).await.refused(403, "person_required");
        let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        write(&lead, &park, "undertaking", json!({ "accepted": true, "signatory": "主任", "post": "主任" })).await;
        // Whoever signs in acts for their own region and no other.
        seen_by(&lead, &park, SUZHOU_PARK).await.ok();
        seen_by(&lead, &park, NANTONG).await.refused(403, "region_not_allowed");
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let trail = supervisor.get(&format!("/api/v1/audit?competition_id={competition}&account_id={id}&outcome=done")).await.all();
        let actors: Vec<Value> = trail.as_array().unwrap().iter().map(|event| event["event"]["actor"].clone()).collect();
        let actor = |region: &str| json!({ "account": id, "name": "platform", "role": "applicant", "machine": true, "region": region });
        assert_eq!(actors, [actor(SUZHOU_PARK), actor(NANTONG)]);
    }

    async fn a_token_is_good_for_its_groups_competitions_and_addresses_alone(app) {
        let office = app.sign_in(Role::Office, None).await;
        let first = called(&app).await;
        let mut settings = review_settings();
        settings["title"] = json!("另一届竞赛");
        let second = text(&office.post("/api/v1/competitions", settings).await.ok()["id"]).to_owned();
        let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&lead, &first, BIOMEDICINE).await;
        let groups = json!([{ "group": "applications", "access": "read" }, { "group": "competitions", "access": "read" }, { "group": "audit", "access": "read" }]);
        let scope = json!({ "groups": groups, "competition_ids": [second], "networks": ["192.0.2.0/24"] });
        let (id, system) = machine(&app, "mirror", "supervisor", scope).await;
        let at = async |path: &str| system.send("GET", path, None, &[("x-forwarded-for", "192.0.2.9")]).await;
        system.get("/api/v1/applications").await.refused(403, "address_not_allowed");
        // A competition that it is not for, whatever leads there.
        at(&format!("/api/v1/applications/{application}")).await.refused(403, "outside_scope");
        at(&format!("/api/v1/competitions/{first}/progress")).await.refused(403, "outside_scope");
        at(&format!("/api/v1/audit?competition_id={first}")).await.refused(403, "outside_scope");
        at("/api/v1/audit").await.refused(403, "outside_scope");
        at(&format!("/api/v1/competitions/{second}/progress")).await.ok();
        at(&format!("/api/v1/audit?competition_id={second}")).await.ok();
        assert_eq!(at("/api/v1/applications").await.all(), json!([]));
        // A group that it is not for; what is public it reads as the public does.
        at("/api/v1/experts").await.refused(403, "outside_scope");
        at(&format!("/api/v1/competitions/{second}")).await.ok();
        at(&format!("/api/v1/competitions/{first}")).await.ok();
        let (_, other) = machine(&app, "evidence", "office", json!({ "groups": [{ "group": "evidence", "access": "read" }] })).await;
        other.get(&format!("/api/v1/competitions/{second}")).await.refused(404, "not_found");
        // Refusals are recorded as the system's.
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let refused = supervisor.get(&format!("/api/v1/audit?account_id={id}&outcome=refused")).await.all();
        assert_eq!(refused[0]["event"]["reason"], "address_not_allowed");
        assert_eq!(refused[0]["event"]["actor"]["machine"], true);
    }

    async fn uses_are_noted_once_in_a_while(app) {
        let (id, system) = machine(&app, "busy", "office", json!({ "groups": everything("read") })).await;
        let noted = async || {
            let admin = app.sign_in(Role::Admin, None).await;
            admin.get(&format!("/api/v1/machines/{id}")).await.ok()["used_at"].clone()
        };
        for (at, then) in [
            ("2026-03-10T10:01:00+08:00", "2026-03-10T10:01:00+08:00"),
            ("2026-03-10T10:10:59+08:00", "2026-03-10T10:01:00+08:00"),
            ("2026-03-10T10:11:00+08:00", "2026-03-10T10:11:00+08:00"),
        ] {
            app.at(at);
            system.get("/api/v1/applications").await.ok();
            assert_eq!(noted().await, then);
        }
    }
}

async fn seen_by(user: &User<'_>, application: &str, region: &str) -> Answer {
    let path = format!("/api/v1/applications/{application}");
    user.send("GET", &path, None, &[("qianglian-region", region)]).await
}

#[test]
fn whatever_a_token_may_have_belongs_to_a_group_and_names_in_addresses_lead_to_a_competition() {
    let of_a_competition =
        ["competition_id", "application_id", "evidence_id", "objection_id", "objection_file_id", "title_id"];
    let of_none = [
        "account_id",
        "city_code",
        "digest",
        "expert_id",
        "indicator",
        "item",
        "number",
        "panel",
        "part",
        "version",
    ];
    for endpoint in endpoints().iter().filter(|endpoint| open_to_machines(endpoint.action)) {
        let named =
            endpoint.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        for name in named {
            assert!(of_a_competition.contains(&name) || of_none.contains(&name), "{}: {name}", endpoint.path);
        }
        let group = endpoint.path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let is_one = group.parse::<ResourceGroup>().is_ok() || group == "objection-files";
        let open = matches!(endpoint.action, Action::ReadPublic | Action::ReadSelf | Action::ImportData);
        assert!(is_one || open, "{}", endpoint.path);
    }
}
