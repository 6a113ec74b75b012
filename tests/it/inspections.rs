//! Inspections: who records and signs, what scores, and what the inspected party may say.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, User, content_digest, on_both};
use super::support::browser::Browser;
use super::support::review::{
    Competition, REGIONS, all_signed, at_scoring, decided, inspected, plan, record_as_claimed,
    review_settings, serving, team,
};
use super::support::story::move_to;
use super::support::text;

fn path(competition: &Competition, index: usize) -> String {
    format!("/api/v1/applications/{}/inspection", competition.applications[index])
}

/// A planned and recorded inspection; the team's users.
async fn recorded<'a>(
    app: &'a App,
    competition: &Competition,
    change: impl Fn(&mut Value),
) -> (Vec<User<'a>>, Value) {
    let team = team(app).await;
    let office = app.known(Role::Office, None).await;
    let path = path(competition, 0);
    office.over("PUT", &format!("{path}/plan"), &json!(0), plan(&team)).await.ok();
    let mut members = Vec::new();
    for (name, _) in &team {
        members.push(app.known_as(name, Role::Office, None).await);
    }
    let now = members[0].get(&path).await.ok();
    let mut record = record_as_claimed(&now);
    change(&mut record);
    let now = members[0].over("PUT", &format!("{path}/record"), &now["revision"], record).await.ok();
    (members, now)
}

fn item<'a>(record: &'a mut Value, indicator: &str) -> &'a mut Value {
    record["items"].as_array_mut().unwrap().iter_mut().find(|item| item["indicator"] == indicator).unwrap()
}

on_both! {
    async fn a_team_of_two_plans_records_and_signs(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let path = path(&competition, 0);
        let team = team(&app).await;
        let alone = office.over("PUT", &format!("{path}/plan"), &json!(0), plan(&team[..1])).await;
        assert_eq!(alone.invalid(), [("/team".to_owned(), "team_too_small".to_owned())]);
        let mut stranger = plan(&team);
        let applicant = app.known(Role::Applicant, Some(REGIONS[0])).await.get("/api/v1/me").await.ok();
        stranger["team"][1]["account"] = applicant["id"].clone();
        assert_eq!(office.over("PUT", &format!("{path}/plan"), &json!(0), stranger).await.invalid()[0].1, "no_such_account");
        let (members, now) = recorded(&app, &competition, |record| {
            record["items"].as_array_mut().unwrap().pop();
            record["summary"] = json!("");
        })
        .await;
        // Who is not in the team records nothing, and adds no photograph.
        office.over("PUT", &format!("{path}/record"), &now["revision"], json!({ "items": [] })).await.refused(403, "not_in_team");
        let bytes = crate::made_files::png(8, 8);
        let digest = content_digest(&bytes);
        let photo = format!("{path}/photos?name=a.png");
        let headers = [("content-digest", digest.as_str())];
        office.send_bytes("POST", &photo, Some(bytes.clone()), &headers).await.refused(403, "not_in_team");
        let photo = members[0].send_bytes("POST", &photo, Some(bytes), &headers).await.ok();
        // Incomplete, it can't be signed.
        let codes: Vec<String> = members[0]
            .over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null)
            .await
            .invalid()
            .into_iter()
            .map(|(_, code)| code)
            .collect();
        assert_eq!(codes, ["indicator_missing", "required"]);
        let mut record = record_as_claimed(&now);
        item(&mut record, "a11")["photos"] = json!([photo["id"]]);
        let unknown = {
            let mut record = record.clone();
            item(&mut record, "a12")["photos"] = json!([competition.id]);
            record
        };
        let refused = members[0].over("PUT", &format!("{path}/record"), &now["revision"], unknown).await;
        assert_eq!(refused.invalid(), [("/items/1/photos/0".to_owned(), "unknown_photo".to_owned())]);
        let now = members[0].over("PUT", &format!("{path}/record"), &now["revision"], record.clone()).await.ok();
        // Until somebody signs, the applicant sees no record, and can't decide about it.
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        assert_eq!(lead.get(&path).await.ok()["record"], Value::Null);
        let agrees = json!({ "stance": "agrees", "signatory": "李局长" });
        lead.over("POST", &format!("{path}/decision"), &now["revision"], agrees.clone()).await.refused(409, "no_such_step");
        let now = members[0].over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null).await.ok();
        assert_eq!(now["state"], "signing");
        members[0].over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null).await.refused(409, "signed");
        members[1].over("PUT", &format!("{path}/record"), &now["revision"], record).await.refused(409, "no_such_step");
        let refused = json!({ "stance": "refused", "signatory": "李局长" });
        assert_eq!(lead.over("POST", &format!("{path}/decision"), &now["revision"], refused).await.invalid()[0].1, "not_yours");
        let silent = json!({ "stance": "objects", "signatory": "李局长" });
        assert_eq!(lead.over("POST", &format!("{path}/decision"), &now["revision"], silent).await.invalid()[0].0, "/statement");
        let now = lead.over("POST", &format!("{path}/decision"), &now["revision"], agrees).await.ok();
        assert_eq!(now["state"], "signing", "one of the team is missing");
        let now = members[1].over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null).await.ok();
        assert_eq!((&now["state"], &now["version"]), (&json!("final"), &json!(1)));
        // Whoever has signed that it agrees has nothing more to say, and nobody waits for it.
        assert_eq!(now["comments_due_at"], Value::Null);
        lead.post(&format!("{path}/comments"), json!({ "text": "补充意见" })).await.refused(409, "agreed");
        for signature in now["signatures"]["team"].as_array().unwrap() {
            assert_eq!(signature["record"], now["record_digest"], "what was signed is what stands there");
        }
        let lead_sees = lead.get(&path).await.ok();
        assert_eq!(lead_sees["record"], now["record"]);
        let names = serving(&app, &competition).await;
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        assert_eq!(expert.get(&path).await.ok()["record"], now["record"]);
        let content = format!("/api/v1/evidence/{}/content", text(&photo["id"]));
        assert_eq!((expert.get(&content).await.status, lead.get(&content).await.status), (200, 404));
    }

    async fn an_inspector_sees_the_own_inspections_and_nothing_else(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let mut team = Vec::new();
        for name in ["surveyor-1", "surveyor-2"] {
            let me = app.known_as(name, Role::Inspector, None).await.get("/api/v1/me").await.ok();
            team.push((name.to_owned(), text(&me["id"]).to_owned()));
        }
        let (own, other) = (path(&competition, 0), path(&competition, 1));
        let first = app.known_as("surveyor-1", Role::Inspector, None).await;
        let second = app.known_as("surveyor-2", Role::Inspector, None).await;
        let application = |index: usize| format!("/api/v1/applications/{}", competition.applications[index]);
        // Before the plan names them they know of none.
        for at in [own.clone(), application(0), format!("{}/evidence", application(0))] {
            first.get(&at).await.refused(404, "not_found");
        }
        office.over("PUT", &format!("{own}/plan"), &json!(0), plan(&team)).await.ok();
        let now = first.get(&own).await.ok();
        let record = record_as_claimed(&now);
        let mut now = first.over("PUT", &format!("{own}/record"), &now["revision"], record).await.ok();
        first.get(&format!("{}/evidence", application(0))).await.ok();
        for member in [&first, &second] {
            now = member.over("POST", &format!("{own}/signatures"), &now["revision"], Value::Null).await.ok();
        }
        assert_eq!(now["signatures"]["team"].as_array().unwrap().len(), 2);
        // Neither the others' nor lists, sheets, checks, scores; nor do they plan.
        for at in [other, application(1), format!("{}/evidence", application(1))] {
            first.get(&at).await.refused(404, "not_found");
        }
        let of = format!("/api/v1/competitions/{}", competition.id);
        for at in [
            "/api/v1/experts".to_owned(),
            "/api/v1/accounts".to_owned(),
            format!("{of}/panels"),
            format!("{of}/progress"),
            format!("{}/sheets", application(0)),
            format!("{}/sheets/mine", application(0)),
        ] {
            first.get(&at).await.refused(403, "not_your_role");
        }
        first.over("PUT", &format!("{own}/plan"), &now["revision"], plan(&team)).await.refused(403, "not_your_role");
        // Their desk has what they inspect; whoever plans is offered them, and says of which unit they are.
        let browser = Browser::of(&app, "surveyor-1").await;
        let desk = browser.get("/desk").await;
        assert!(desk.text().contains("进行中"), "{}", desk.text());
        for page in [format!("/applications/{}/inspection", competition.applications[0]), "/inspections".to_owned()] {
            assert_eq!(browser.get(&page).await.status, 200, "{page}");
        }
        let planning = Browser::of(&app, "office-0").await;
        let page = planning.get(&format!("/applications/{}/inspection/plan", competition.applications[1])).await;
        assert!(page.html.contains("surveyor-2 同志"), "{}", page.text());
        // Whoever inspects is not made by one person alone.
        app.known(Role::Supervisor, None).await;
        let body = json!({ "name": "surveyor-3", "display_name": "考察丙", "role": "inspector" });
        assert_eq!(office.post("/api/v1/accounts", body).await.ok()["needs_confirmation"], true);
    }

    async fn the_applicant_comments_in_time_and_a_reopening_makes_another_version(app) {
        let competition = at_scoring(&app, review_settings()).await;
        decided(&app, &competition.applications[0], REGIONS[0], "objects", |_| ()).await;
        let path = path(&competition, 0);
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        // Monday 18 May 2026: three working days later, the day itself not counted.
        assert_eq!(lead.get(&path).await.ok()["comments_due_at"], "2026-05-21T23:59:59.999999+08:00");
        let said = json!({ "text": "第三项口径应为开票销售" });
        assert_eq!(lead.post(&format!("{path}/comments"), said.clone()).await.ok()["comments"][0]["text"], said["text"]);
        let office = app.known(Role::Office, None).await;
        let now = office.get(&path).await.ok();
        let first = now["digest"].clone();
        office.over("POST", &format!("{path}/reopening"), &now["revision"], json!({ "reason": "" })).await.refused(422, "invalid");
        let now = office.over("POST", &format!("{path}/reopening"), &now["revision"], json!({ "reason": "复核口径" })).await.ok();
        assert_eq!((&now["state"], &now["signatures"]["team"]), (&json!("open"), &json!([])));
        decided(&app, &competition.applications[0], REGIONS[0], "objects", |record| {
            *item(record, "a12") = json!({ "indicator": "a12", "seen": "年报", "value": "20", "method": "on_site", "finding": "核减", "photos": [] });
        })
        .await;
        let now = office.get(&path).await.ok();
        assert_eq!(now["version"], 2);
        assert_ne!(now["digest"], first);
        app.at("2026-05-22T09:00:00+08:00");
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        lead.post(&format!("{path}/comments"), said).await.refused(409, "deadline_passed");
    }

    async fn a_value_above_the_claim_scores_only_with_consent(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let raise = |record: &mut Value| {
            let item = item(record, "a11");
            item["value"] = json!("1200");
            item["finding"] = json!("年报高于申报");
        };
        inspected(&app, &competition.applications[0], REGIONS[0], raise).await;
        for index in [1, 2] {
            let stance = if index == 1 { "objects" } else { "agrees" };
            decided(&app, &competition.applications[index], REGIONS[index], stance, |_| ()).await;
        }
        all_signed(&app, &competition).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let open = office.get(&format!("{at}/readiness")).await.ok();
        let mut codes: Vec<&str> =
            open["open"].as_array().unwrap().iter().map(|point| text(&point["code"])).collect();
        codes.sort_unstable();
        // Comments may still come, too, of whoever has not agreed.
        assert_eq!(codes, ["comments_open", "increase_without_consent"]);
        let path = path(&competition, 0);
        office.post(&format!("{path}/increases/a12/consent"), json!({ "reason": "x" })).await.refused(409, "not_raised");
        office.post(&format!("{path}/increases/a11/consent"), json!({ "reason": "" })).await.refused(422, "invalid");
        let now = office.post(&format!("{path}/increases/a11/consent"), json!({ "reason": "年报证实" })).await.ok();
        assert_eq!(now["raised"], json!({ "a11": "年报证实" }));
        // Another version of the record needs another consent.
        office.over("POST", &format!("{path}/reopening"), &now["revision"], json!({ "reason": "复核" })).await.ok();
        inspected(&app, &competition.applications[0], REGIONS[0], raise).await;
        assert_eq!(office.get(&path).await.ok()["raised"], json!({ "a11": null }));
        office.post(&format!("{path}/increases/a11/consent"), json!({ "reason": "再次证实" })).await.ok();
        app.at("2026-07-01T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        move_to(&office, &competition.id, "selection").await;
        let tally = office.get(&format!("{at}/tallies/1")).await.ok();
        let entry = tally["applications"].as_array().unwrap().iter().find(|entry| entry["id"] == competition.applications[0]);
        assert_eq!(entry.unwrap()["measured"]["a11"], "1200");
    }

    async fn what_can_not_be_verified_scores_nothing(app) {
        let competition = at_scoring(&app, review_settings()).await;
        inspected(&app, &competition.applications[0], REGIONS[0], |record| {
            let item = item(record, "a11");
            item["value"] = Value::Null;
            item["seen"] = json!("");
            item["finding"] = json!("无佐证材料");
        })
        .await;
        for index in [1, 2] {
            inspected(&app, &competition.applications[index], REGIONS[index], |_| ()).await;
        }
        all_signed(&app, &competition).await;
        app.at("2026-07-01T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        move_to(&office, &competition.id, "selection").await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let tally = office.get(&format!("{at}/tallies/1")).await.ok();
        let entries = tally["applications"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["id"] == competition.applications[0]).unwrap();
        assert!(entry["measured"].get("a11").is_none() && entry["measured"].get("a12").is_some(), "{entry}");
        let result = office.get(&format!("/api/v1/applications/{}/result", competition.applications[0])).await.ok();
        let points = &result["derivation"]["criteria"][0]["indicators"][0];
        assert_eq!((&points["key"], &points["points"]["decimal"]), (&json!("a11"), &json!("0")), "{points}");
    }

    async fn what_the_party_refuses_the_team_states(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let (members, mut now) = recorded(&app, &competition, |_| ()).await;
        let path = path(&competition, 0);
        for member in &members {
            now = member.over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null).await.ok();
        }
        let silent = json!({ "stance": "refused", "signatory": "李局长" });
        assert_eq!(members[0].over("POST", &format!("{path}/refusal"), &now["revision"], silent).await.invalid()[0].0, "/statement");
        let refused = json!({ "stance": "refused", "signatory": "李局长", "statement": "在场拒绝签字，两名成员见证" });
        let now = members[0].over("POST", &format!("{path}/refusal"), &now["revision"], refused).await.ok();
        assert_eq!((&now["state"], &now["signatures"]["party"]["stance"]), (&json!("final"), &json!("refused")));
    }

    async fn a_finding_is_put_right_and_checked_again(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let (members, _) = recorded(&app, &competition, |_| ()).await;
        let to = format!("/api/v1/applications/{}/rectifications", competition.applications[0]);
        let order = json!({ "finding": "台账缺失", "due_at": "2026-06-01T17:00:00+08:00" });
        let past = json!({ "finding": "台账缺失", "due_at": "2026-05-01T17:00:00+08:00" });
        assert_eq!(members[0].post(&to, past).await.invalid(), [("/due_at".to_owned(), "not_later".to_owned())]);
        let ordered = members[0].post(&to, order).await.ok();
        let at = format!("/api/v1/rectifications/{}", text(&ordered["id"]));
        let recheck = json!({ "settled": true, "text": "已补齐" });
        members[0].over("POST", &format!("{at}/recheck"), &ordered["revision"], recheck.clone()).await.refused(409, "no_such_step");
        let rival = app.known(Role::Applicant, Some(REGIONS[1])).await;
        rival.over("POST", &format!("{at}/answer"), &json!(1), json!({ "text": "x" })).await.refused(404, "not_found");
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let answered = lead.over("POST", &format!("{at}/answer"), &json!(1), json!({ "text": "台账已补齐" })).await.ok();
        let settled = members[1].over("POST", &format!("{at}/recheck"), &answered["revision"], recheck).await.ok();
        assert_eq!((&settled["state"], &settled["content"]["recheck"]), (&json!("settled"), &json!("已补齐")));
        let seen = lead.get(&path(&competition, 0)).await.ok();
        assert_eq!(seen["rectifications"][0]["content"]["answer"], "台账已补齐");
    }
}
