//! Webhooks: external systems are told by themselves what the changes would tell them, signed, in order, until they took it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join;
use qianglian::actions::Service;
use qianglian::actions::webhooks::{deliver_due, keep_delivering};
use qianglian::courier::Courier;
use qianglian::domain::access::Role;
use qianglian::domain::webhook::{TEST, types};
use qianglian::http::asyncapi;
use serde_json::{Value, json};

use super::machines::machine;
use super::support::app::{App, User, on_both, time};
use super::support::receiver::{Received, Receiver};
use super::support::story::{BIOMEDICINE, NANTONG, SUZHOU, SUZHOU_PARK, called, draft, submitted, write};
use super::support::text;

#[test]
fn the_description_of_messages_in_the_repository_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("api-spec/asyncapi.json");
    let kept: Value = fs::read(path).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
    if kept != asyncapi() {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asyncapi.json");
        fs::write(&made, format!("{:#}\n", asyncapi())).unwrap();
        panic!("api-spec/asyncapi.json is not what the program has: copy {}", made.display());
    }
}

#[test]
fn every_reference_of_the_description_of_messages_leads_somewhere_and_every_change_has_a_message() {
    let api = asyncapi();
    for part in api.to_string().split("\"#/").skip(1) {
        let pointer = format!("/{}", part.split('"').next().unwrap());
        assert!(api.pointer(&pointer).is_some(), "{pointer} leads nowhere");
    }
    let messages: Vec<&str> =
        api["channels"]["webhook"]["messages"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = types().chain([TEST]).collect();
    wanted.sort_unstable();
    assert_eq!(messages, wanted);
    let unlike = described(
        &json!({ "type": "application.submit", "timestamp": "2026-03-10T10:00:00+08:00" }),
        "application.submit",
    );
    assert!(unlike.is_err());
}

/// Whether a message is as the description has it.
fn described(message: &Value, kind: &str) -> Result<(), String> {
    let api = asyncapi();
    let schema =
        json!({ "$ref": format!("#/components/messages/{kind}/payload"), "components": api["components"] });
    let validator = jsonschema::draft7::options().build(&schema).unwrap();
    validator.validate(message).map_err(|fault| format!("{kind}: {fault}"))
}

/// An external system that may follow what changes.
async fn follower<'a>(app: &'a App, name: &str, role: &str, regions: &[&str]) -> (String, User<'a>) {
    let groups = [json!({ "group": "changes", "access": "read" })];
    machine(app, name, role, json!({ "groups": groups, "region_codes": regions })).await
}

fn wanted(machine: &str, address: &str) -> Value {
    json!({ "machine_id": machine, "name": "省平台的变更", "address": address })
}

/// A webhook that is made and confirmed: where it is in the API, and its secret.
async fn confirmed(app: &App, body: Value) -> (String, String) {
    let admin = app.known(Role::Admin, None).await;
    let made = admin.post("/api/v1/webhooks", body).await.ok();
    let path = format!("/api/v1/webhooks/{}", text(&made["webhook"]["id"]));
    let second = app.known_as("second-admin", Role::Admin, None).await;
    assert_eq!(second.post(&format!("{path}/confirmation"), Value::Null).await.ok()["state"], "active");
    (path, text(&made["secret"]).to_owned())
}

/// A supervisor's external system with a webhook to a receiver: the webhook's path, its secret, the system.
async fn webhook<'a>(app: &'a App, name: &str, receiver: &Receiver) -> (String, String, User<'a>) {
    let (id, system) = follower(app, name, "supervisor", &[]).await;
    let (path, secret) = confirmed(app, wanted(&id, &receiver.address)).await;
    (path, secret, system)
}

async fn read(app: &App, path: &str) -> Value {
    app.known(Role::Admin, None).await.get(path).await.ok()
}

async fn act(app: &App, path: &str, act: &str, body: Value) -> Value {
    app.known(Role::Admin, None).await.post(&format!("{path}/{act}"), body).await.ok()
}

/// Somebody changes an application.
async fn change(app: &App, region: &str, application: &str, section: &str) {
    let applicant = app.known(Role::Applicant, Some(region)).await;
    write(
        &applicant,
        application,
        &format!("section.{section}"),
        json!({ "text": format!("{section} 有改动") }),
    )
    .await;
}

async fn deliver(app: &App) -> usize {
    deliver_due(&app.service).await.unwrap()
}

/// The types of messages, each of which is as it is described.
fn told(received: &[Received]) -> Vec<&str> {
    let kind = |received: &Received| {
        described(&received.body, text(&received.body["type"])).unwrap();
    };
    received.iter().for_each(kind);
    received.iter().map(|received| text(&received.body["type"])).collect()
}

/// Another service on the same data, as after a restart or beside it.
fn another(app: &App) -> Service {
    let mut service = Service::new(
        app.service.db.clone(),
        app.clock.clone(),
        app.service.files.clone(),
        app.service.hasher.clone(),
        app.service.keys.clone(),
    );
    service.courier = app.service.courier.clone();
    service
}

on_both! {
    async fn what_changes_is_told_signed_and_in_order_once_two_have_agreed(app) {
        let receiver = Receiver::start();
        let competition = called(&app).await;
        let (id, system) = follower(&app, "province", "supervisor", &[]).await;
        let admin = app.known(Role::Admin, None).await;
        let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
        let made = admin.post("/api/v1/webhooks", wanted(&id, &receiver.address)).await.ok();
        let (path, secret) = (format!("/api/v1/webhooks/{}", text(&made["webhook"]["id"])), text(&made["secret"]).to_owned());
        assert_eq!((&made["webhook"]["state"], secret.len()), (&json!("awaited"), 50));
        // Nothing is told of what was before, nor before a second person has confirmed it.
        let application = draft(&lead, &competition, BIOMEDICINE).await;
        assert_eq!(deliver(&app).await, 0);
        admin.post(&format!("{path}/confirmation"), Value::Null).await.refused(409, "second_person_required");
        let second = app.known_as("second-admin", Role::Admin, None).await;
        second.post(&format!("{path}/confirmation"), Value::Null).await.ok();
        second.post(&format!("{path}/confirmation"), Value::Null).await.refused(409, "nothing_to_confirm");
        assert_eq!(deliver(&app).await, 0);
        let latest = system.get("/api/v1/changes?after=latest").await.ok();
        for section in ["status", "chain", "problems"] {
            change(&app, SUZHOU_PARK, &application, section).await;
        }
        assert_eq!((deliver(&app).await, deliver(&app).await), (3, 0));
        // It is told what the changes tell, each with the place after it.
        let received = receiver.received();
        assert_eq!(told(&received), ["application.change"; 3]);
        let cursor = text(&latest["next_cursor"]).to_owned();
        let changes = system.get(&format!("/api/v1/changes?after={cursor}")).await.ok();
        let data: Vec<&Value> = received.iter().map(|received| &received.body["data"]).collect();
        // All are the application's, whose revision goes on meanwhile.
        assert_eq!(json!(data), changes["items"]);
        assert_eq!(received[2].body["cursor"], changes["next_cursor"]);
        let rest = system.get(&format!("/api/v1/changes?after={}", text(&received[0].body["cursor"]))).await.ok();
        assert_eq!(json!(data[1..]), rest["items"]);
        for received in &received {
            assert!(received.is_signed_by(&secret), "{received:?}");
            assert_eq!(received.headers["content-type"], "application/json");
            assert_eq!(received.headers["webhook-timestamp"], time("2026-03-10T10:00:00+08:00").seconds_since(time("1970-01-01T00:00:00Z")).to_string());
            assert_eq!((text(&received.body["type"]), &received.body["timestamp"]), ("application.change", &received.body["data"]["at"]));
        }
        let mut ids: Vec<&str> = received.iter().map(Received::id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3);
        let webhook = read(&app, &path).await;
        assert_eq!((&webhook["delivered_at"], &webhook["first_failed_at"]), (&json!("2026-03-10T10:00:00+08:00"), &Value::Null));
        // Nothing that is kept or shown has the secret.
        let supervisor = app.known(Role::Supervisor, None).await;
        let trail = supervisor.get("/api/v1/audit/export").await.text;
        assert!(trail.contains("webhook.make") && trail.contains("webhook.confirm") && !trail.contains("whsec_"));
        for path in ["/api/v1/webhooks", &format!("/api/v1/webhooks?machine_id={id}"), &path, &format!("{path}/deliveries")] {
            let shown = supervisor.get(path).await;
            assert!(shown.status == 200 && !shown.text.contains("whsec_") && !shown.text.contains(&secret[6..]), "{}", shown.text);
        }
    }

    /// What fails is tried again, later and later, before anything that came after it, and holds up nobody else.
    async fn what_fails_is_tried_again_in_order_and_paused_after_days(app) {
        let (failing, well) = (Receiver::start(), Receiver::start());
        let (path, secret, _) = webhook(&app, "failing", &failing).await;
        webhook(&app, "well", &well).await;
        let competition = called(&app).await;
        assert_eq!(deliver(&app).await, 4);
        assert_eq!(told(&failing.received()), ["competition.create", "competition.move"]);
        assert_eq!(well.received().len(), 2);
        failing.answers(&[500, 503, 429]);
        let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&lead, &competition, BIOMEDICINE).await;
        change(&app, SUZHOU_PARK, &application, "status").await;
        assert_eq!(deliver(&app).await, 3);
        assert_eq!(well.received().len(), 2);
        let webhook = read(&app, &path).await;
        assert_eq!((&webhook["fault"], &webhook["first_failed_at"]), (&json!("status"), &json!("2026-03-10T10:00:00+08:00")));
        // 10 s, a quarter more or less; 20 s; 40 s.
        let mut tried = 1;
        for (at, attempts) in [("10:00:06", 1), ("10:00:13", 2), ("10:00:20", 2), ("10:00:39", 3), ("10:00:50", 3), ("10:01:30", 5)] {
            app.at(&format!("2026-03-10T{at}+08:00"));
            tried += deliver(&app).await;
            assert_eq!(tried, attempts, "{at}");
        }
        let received = failing.received();
        assert_eq!(told(&received), ["application.create"; 4].into_iter().chain(["application.change"]).collect::<Vec<_>>());
        let of_one: Vec<(&str, &str)> = received[..4].iter().map(|one| (one.id(), one.text.as_str())).collect();
        assert!(of_one.iter().all(|one| *one == of_one[0]) && received.iter().all(|one| one.is_signed_by(&secret)));
        assert_ne!(received[0].headers["webhook-timestamp"], received[3].headers["webhook-timestamp"]);
        let deliveries = app.known(Role::Supervisor, None).await.get(&format!("{path}/deliveries")).await.ok();
        let of = |kind: &str| deliveries["items"].as_array().unwrap().iter().find(|one| one["type"] == kind).unwrap();
        let (newest, older) = (of("application.change"), of("application.create"));
        assert_eq!((&newest["type"], &newest["attempts"], &newest["status"]), (&json!("application.change"), &json!(1), &json!(204)));
        assert_eq!((&older["attempts"], &older["fault"], &older["delivered_at"]), (&json!(4), &Value::Null, &json!("2026-03-10T10:01:30+08:00")));
        assert_eq!(read(&app, &path).await["first_failed_at"], Value::Null);
        // After five days of failures alone it is paused, and the administrators are told.
        failing.answers(&[500; 40]);
        change(&app, SUZHOU_PARK, &application, "chain").await;
        deliver(&app).await;
        for (hours, state) in [(30, "active"), (80, "active"), (119, "active"), (126, "paused"), (140, "paused")] {
            app.clock.set(time("2026-03-10T10:01:30+08:00").plus_seconds(hours * 3600));
            deliver(&app).await;
            assert_eq!(read(&app, &path).await["state"], state, "{hours}");
        }
        assert_eq!(failing.received().len(), 5);
        let admin = app.known(Role::Admin, None).await;
        let messages = admin.get("/api/v1/me/messages").await.ok();
        let stopped = messages["items"].as_array().unwrap().iter().find(|one| one["kind"] == "webhook_stopped").unwrap();
        assert!(text(&stopped["en"]).starts_with("A webhook of an external system has stopped"), "{stopped}");
        let trail = app.known(Role::Supervisor, None).await.get("/api/v1/audit/export").await.text;
        assert!(trail.contains("webhook.stop"));
        // It goes on from where it was.
        change(&app, SUZHOU_PARK, &application, "goals").await;
        failing.answers(&[]);
        assert_eq!(act(&app, &path, "resumption", Value::Null).await["state"], "active");
        deliver(&app).await;
        assert_eq!(told(&failing.received()), ["application.change"; 2]);
    }

    async fn who_wants_no_more_is_told_no_more_and_so_is_whoever_was_revoked(app) {
        let (gone, revoked, over) = (Receiver::start(), Receiver::start(), Receiver::start());
        let (path, _, _) = webhook(&app, "gone", &gone).await;
        let (revoked_path, _, _) = webhook(&app, "revoked", &revoked).await;
        let (over_id, _) = follower(&app, "over", "supervisor", &[]).await;
        let (over_path, _) = confirmed(&app, wanted(&over_id, &over.address)).await;
        act(&app, &revoked_path, "revocation", json!({ "reason": "不再使用" })).await;
        act(&app, &format!("/api/v1/machines/{over_id}"), "revocation", json!({ "reason": "不再使用" })).await;
        gone.answers(&[410]);
        called(&app).await;
        assert_eq!((deliver(&app).await, deliver(&app).await), (1, 0));
        assert_eq!((gone.received().len(), revoked.received().len(), over.received().len()), (1, 0, 0));
        let webhook = read(&app, &path).await;
        assert_eq!((&webhook["state"], &webhook["ended_by_name"], &webhook["fault"]), (&json!("ended"), &Value::Null, &json!("status")));
        let admin = app.known(Role::Admin, None).await;
        for path in [&path, &revoked_path, &over_path] {
            assert_eq!(read(&app, path).await["state"], "ended");
            for (step, body) in [("test", json!(null)), ("secret", json!(null)), ("resumption", json!(null)), ("replay", json!({})), ("pause", json!({ "reason": "停" })), ("revocation", json!({ "reason": "停" }))] {
                admin.post(&format!("{path}/{step}"), body).await.refused(409, "no_such_step");
            }
        }
    }

    async fn what_does_not_answer_as_it_should_counts_as_not_delivered(app) {
        let receiver = Receiver::start();
        let (path, _, _) = webhook(&app, "odd", &receiver).await;
        called(&app).await;
        let fault = async || {
            let tried = deliver(&app).await;
            let webhook = read(&app, &path).await;
            let next = app.clock.now().plus_seconds(7 * 3600);
            app.clock.set(next);
            (tried, text(&webhook["fault"]).to_owned())
        };
        // A redirect leads nowhere: where it points to is not asked.
        receiver.answers(&[307]);
        assert_eq!(fault().await, (1, "redirect".to_owned()));
        receiver.answers(&[404]);
        assert_eq!(fault().await, (1, "status".to_owned()));
        assert_eq!(receiver.received().len(), 2);
        // Who is silent is waited for so long and no longer.
        let mut impatient = another(&app);
        let networks = vec!["127.0.0.0/8".parse().unwrap()];
        impatient.courier = Courier::with_patience(networks, Duration::from_millis(300));
        receiver.answers(&[0]);
        assert_eq!(deliver_due(&impatient).await.unwrap(), 1);
        assert_eq!(read(&app, &path).await["fault"], "timeout");
        receiver.received();
        // Where nothing may be sent to, nothing is sent, though the address was taken when it still might.
        app.clock.set(app.clock.now().plus_seconds(7 * 3600));
        let mut closed = another(&app);
        closed.courier = Courier::default();
        assert_eq!(deliver_due(&closed).await.unwrap(), 1);
        assert_eq!((text(&read(&app, &path).await["fault"]), receiver.received().len()), ("address", 0));
        app.clock.set(app.clock.now().plus_seconds(7 * 3600));
        assert_eq!(deliver(&app).await, 2);
        assert_eq!(told(&receiver.received()), ["competition.create", "competition.move"]);
    }

    async fn what_a_webhook_is_for_is_checked_when_it_is_made(app) {
        let (id, _) = follower(&app, "office", "office", &[]).await;
        let (cities, _) = follower(&app, "cities", "city_reviewer", &[SUZHOU, NANTONG]).await;
        let titles = json!({ "groups": [{ "group": "titles", "access": "read" }] });
        let (other, _) = machine(&app, "titles", "office", titles).await;
        let admin = app.known(Role::Admin, None).await;
        let refused = async |body: Value| admin.post("/api/v1/webhooks", body).await.invalid();
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        for address in ["http://receiver.example/", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://a:b@receiver.example/", "ftp://receiver.example/", "changes"] {
            assert_eq!(refused(wanted(&id, address)).await, one("/address", "address"), "{address}");
        }
        let good = "https://receiver.example/changes";
        let with = |name: &str, value: Value| { let mut body = wanted(&id, good); body[name] = value; body };
        assert_eq!(refused(with("acts", json!(["application.submit", "session.log_in"]))).await, one("/acts/1", "unknown"));
        assert_eq!(refused(with("region_code", json!(SUZHOU))).await, one("/region_code", "region"));
        assert_eq!(refused(with("machine_id", json!("0192f0c1-2345-7abc-8def-0123456789ab"))).await, one("/machine_id", "unknown"));
        assert_eq!(refused(with("machine_id", json!(other))).await, one("/machine_id", "scope"));
        assert_eq!(refused(wanted(&cities, good)).await, one("/region_code", "region"));
        let mut body = wanted(&cities, good);
        body["region_code"] = json!(SUZHOU_PARK);
        assert_eq!(refused(body.clone()).await, one("/region_code", "region"));
        body["region_code"] = json!(NANTONG);
        assert_eq!(admin.post("/api/v1/webhooks", body).await.ok()["webhook"]["region_code"], NANTONG);
        for _ in 0..10 {
            admin.post("/api/v1/webhooks", wanted(&id, good)).await.ok();
        }
        assert_eq!(refused(wanted(&id, good)).await, one("/machine_id", "too_many"));
        // One that nobody confirms lapses.
        let path = format!("/api/v1/webhooks/{}", text(&admin.get("/api/v1/webhooks").await.ok()["items"][0]["id"]));
        app.at("2026-03-17T10:00:00+08:00");
        let second = app.known_as("second-admin", Role::Admin, None).await;
        second.post(&format!("{path}/confirmation"), Value::Null).await.refused(409, "nothing_to_confirm");
        assert_eq!(read(&app, &path).await["state"], "lapsed");
    }

    /// Who is bound to a region or an act is told of nothing else, and everybody exactly what the changes tell them.
    async fn nobody_is_told_by_a_webhook_what_their_token_may_not_see(app) {
        let mut all = Vec::new();
        for (name, role, regions) in [
            ("lead", "applicant", &[SUZHOU_PARK][..]),
            ("city", "city_reviewer", &[SUZHOU]),
            ("office", "office", &[]),
            ("supervisor", "supervisor", &[]),
        ] {
            let (id, system) = follower(&app, name, role, regions).await;
            let receiver = Receiver::start();
            confirmed(&app, wanted(&id, &receiver.address)).await;
            all.push((name, system, receiver));
        }
        let (id, _) = follower(&app, "submissions", "office", &[]).await;
        let of_one_act = Receiver::start();
        let mut body = wanted(&id, &of_one_act.address);
        body["acts"] = json!(["application.submit"]);
        confirmed(&app, body).await;
        let competition = called(&app).await;
        let own = submitted(&app, &competition, SUZHOU_PARK, BIOMEDICINE).await;
        let foreign = submitted(&app, &competition, NANTONG, BIOMEDICINE).await;
        while deliver(&app).await > 0 {}
        for (name, system, receiver) in &all {
            let received = receiver.received();
            let changes = system.get("/api/v1/changes?limit=100").await.ok();
            let place = |change: &Value| json!([change["act"], change["id"], change["at"]]);
            let data: Vec<Value> = received.iter().map(|received| place(&received.body["data"])).collect();
            let wanted: Vec<Value> = changes["items"].as_array().unwrap().iter().map(place).collect();
            let of = |application: &str| received.iter().filter(|one| one.text.contains(application)).count();
            let sees_foreign = matches!(*name, "office" | "supervisor");
            assert!(of(&own) > 0 && (of(&foreign) > 0) == sees_foreign, "{name}");
            // The office sees by now what each of the two was before it was submitted, and was not told then.
            assert!(data == wanted || (*name == "office" && data.len() <= wanted.len()), "{name}: {data:#?} {wanted:#?}");
            for secret in ["示例龙头公司", "王小明", "12.5"] {
                assert!(received.iter().all(|one| !one.text.contains(secret)), "{name}");
            }
        }
        assert_eq!(told(&of_one_act.received()), ["application.submit"; 2]);
    }

    async fn while_the_secret_changes_both_sign(app) {
        let receiver = Receiver::start();
        let (path, former, _) = webhook(&app, "rotates", &receiver).await;
        let rotated = act(&app, &path, "secret", Value::Null).await;
        let secret = text(&rotated["secret"]);
        assert_ne!(secret, former);
        assert_eq!(rotated["webhook"]["former_secret_ends_at"], "2026-03-11T10:00:00+08:00");
        for (at, both) in [("2026-03-11T09:59:59+08:00", true), ("2026-03-11T10:00:00+08:00", false)] {
            app.at(at);
            act(&app, &path, "test", Value::Null).await;
            assert_eq!(deliver(&app).await, 1);
            let [received] = &receiver.received()[..] else { panic!("one message") };
            assert!(received.is_signed_by(secret) && received.is_signed_by(&former) == both, "{at}");
            assert_eq!(received.body["type"], "webhook.test");
        }
        assert_eq!(read(&app, &path).await["former_secret_ends_at"], Value::Null);
    }

    async fn what_was_told_can_be_told_again(app) {
        let receiver = Receiver::start();
        let (path, _, system) = webhook(&app, "again", &receiver).await;
        let competition = called(&app).await;
        let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
        draft(&lead, &competition, BIOMEDICINE).await;
        assert_eq!(deliver(&app).await, 3);
        let first = receiver.received();
        // One message, as it was. Who keeps accounts sees that there are some and not what they tell.
        let shown = read(&app, &format!("{path}/deliveries")).await;
        assert!(shown["items"].as_array().unwrap().iter().all(|one| one["type"] == Value::Null), "{shown}");
        let deliveries = app.known(Role::Supervisor, None).await.get(&format!("{path}/deliveries")).await.ok();
        let one = deliveries["items"].as_array().unwrap().iter().find(|one| one["type"] == "competition.move").unwrap();
        act(&app, &format!("{path}/deliveries/{}", text(&one["id"])), "replay", Value::Null).await;
        assert_eq!(deliver(&app).await, 1);
        let again = receiver.received();
        assert_eq!((again[0].id(), &again[0].text), (first[1].id(), &first[1].text));
        // From a place, from the beginning, from now.
        let ids = |received: &[Received]| received.iter().map(|one| one.id().to_owned()).collect::<Vec<_>>();
        act(&app, &path, "replay", json!({ "cursor": first[0].body["cursor"] })).await;
        assert_eq!(deliver(&app).await, 2);
        assert_eq!(ids(&receiver.received()), ids(&first[1..]));
        receiver.answers(&[500]);
        act(&app, &path, "replay", json!({})).await;
        assert_eq!(deliver(&app).await, 1);
        act(&app, &path, "replay", json!({ "cursor": "latest" })).await;
        assert_eq!(deliver(&app).await, 0);
        let admin = app.known(Role::Admin, None).await;
        assert_eq!(admin.post(&format!("{path}/replay"), json!({ "cursor": "latest2" })).await.invalid(), [("/cursor".to_owned(), "cursor".to_owned())]);
        let elsewhere = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        admin.post(&format!("{path}/replay"), json!({ "cursor": elsewhere })).await.refused(410, "cursor_gone");
        system.get(&format!("/api/v1/changes?after={elsewhere}")).await.refused(410, "cursor_gone");
        // While it is paused nothing is told, and nothing lost.
        act(&app, &path, "pause", json!({ "reason": "对方维护" })).await;
        app.clock.set(app.clock.now().plus_seconds(60));
        draft(&app.known(Role::Applicant, Some(NANTONG)).await, &competition, BIOMEDICINE).await;
        assert_eq!(deliver(&app).await, 0);
        receiver.received();
        act(&app, &path, "resumption", Value::Null).await;
        assert_eq!(deliver(&app).await, 1);
        assert_eq!(told(&receiver.received()), ["application.create"]);
    }

    /// The service dies when a message was sent and nobody knows what came of it: it is sent again, under the same name.
    async fn a_restart_loses_nothing_and_two_processes_tell_each_thing_once(app) {
        let receiver = Receiver::start();
        webhook(&app, "restarts", &receiver).await;
        let competition = called(&app).await;
        receiver.answers(&[0]);
        tokio::select! {
            _ = deliver_due(&app.service) => panic!("it never answers"),
            () = receiver.something() => {}
        }
        let first = receiver.received();
        let restarted = another(&app);
        assert_eq!(deliver_due(&restarted).await.unwrap(), 0);
        app.clock.set(app.clock.now().plus_seconds(61));
        assert_eq!(deliver_due(&restarted).await.unwrap(), 2);
        let received = receiver.received();
        assert_eq!((told(&received), received[0].id()), (vec!["competition.create", "competition.move"], first[0].id()));
        // Two processes on one database.
        let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&lead, &competition, BIOMEDICINE).await;
        for section in ["status", "chain", "problems", "goals"] {
            change(&app, SUZHOU_PARK, &application, section).await;
        }
        let beside = another(&app);
        let both = async || join(deliver_due(&app.service), deliver_due(&beside)).await;
        let mut tried = 0;
        while tried < 5 {
            let (one, other) = both().await;
            tried += one.unwrap() + other.unwrap();
        }
        let received = receiver.received();
        assert_eq!((tried, received.len()), (5, 5));
        let system = follower(&app, "reads", "supervisor", &[]).await.1;
        let changes = system.get("/api/v1/changes?limit=100").await.ok();
        let last = changes["items"].as_array().unwrap().len() - 5;
        let acts: Vec<&str> = changes["items"].as_array().unwrap()[last..].iter().map(|change| text(&change["act"])).collect();
        assert_eq!(told(&received), acts);
        assert_eq!(received[4].body["cursor"], changes["next_cursor"]);
    }

    /// The loop as the service runs it: while one receiver is silent, the other is told.
    async fn a_silent_receiver_holds_up_no_other(app) {
        let (silent, well) = (Receiver::start(), Receiver::start());
        webhook(&app, "silent", &silent).await;
        webhook(&app, "well", &well).await;
        silent.answers(&[0]);
        let story = async {
            called(&app).await;
            silent.something().await;
            let mut told = 0;
            while told < 2 {
                well.something().await;
                told += well.received().len();
            }
        };
        tokio::select! {
            () = keep_delivering(app.service.clone()) => panic!("it goes on"),
            () = story => {}
        }
        assert_eq!(silent.received().len(), 1);
    }

    async fn what_was_told_is_kept_for_thirty_days(app) {
        let receiver = Receiver::start();
        let (path, _, _) = webhook(&app, "kept", &receiver).await;
        called(&app).await;
        assert_eq!(deliver(&app).await, 2);
        let kept = async || read(&app, &format!("{path}/deliveries")).await["items"].as_array().unwrap().len();
        for (at, left) in [("2026-04-09T09:00:00+08:00", 2), ("2026-04-09T10:00:01+08:00", 0)] {
            app.at(at);
            qianglian::actions::housekeeping::tidy_up(&app.service).await.unwrap();
            assert_eq!(kept().await, left, "{at}");
        }
        app.at("2030-01-05T00:00:00+08:00");
        qianglian::actions::housekeeping::tidy_up(&app.service).await.unwrap();
        let admin = app.known(Role::Admin, None).await;
        assert_eq!(admin.get("/api/v1/webhooks").await.all(), json!([]));
    }
}
