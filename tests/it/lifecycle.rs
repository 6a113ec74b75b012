//! A whole competition over HTTP, from the call to the announced winners, with every figure checked against the frozen tally.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{User, on_both};
use super::support::review::{
    REGIONS, all_signed, announcement, at_scoring, confirm, inspected, meeting, notice, review_settings,
};
use super::support::story::move_to;
use super::support::{ranked_text, text};

on_both! {
    async fn a_competition_goes_from_call_to_announced_winners(app) {
        let mut settings = review_settings();
        settings["disclosure"] = json!("ranking");
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = at_scoring(&app, settings).await;
        // One value of the second application is verified below its claim; the first gets a bonus.
        inspected(&app, &competition.applications[0], REGIONS[0], |_| ()).await;
        inspected(&app, &competition.applications[1], REGIONS[1], |record| {
            let item = record["items"].as_array_mut().unwrap().iter_mut().find(|item| item["indicator"] == "a11");
            let item = item.unwrap();
            item["value"] = json!("120.5");
            item["finding"] = json!("年报口径有误，核减");
        })
        .await;
        inspected(&app, &competition.applications[2], REGIONS[2], |_| ()).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{}/adjustments", competition.applications[0]);
        let bonus = json!({ "entries": [{ "key": "key_tech", "value": "1", "basis": "验收文件" }] });
        office.over("PUT", &path, &json!(0), bonus).await.ok();
        all_signed(&app, &competition).await;
        app.at("2026-07-01T09:00:00+08:00");
        let office = app.sign_in(Role::Office, None).await;
        move_to(&office, &competition.id, "selection").await;

        // The frozen document, ranked by the command line, is what the service shows.
        let at = format!("/api/v1/competitions/{}", competition.id);
        let frozen = office.get(&format!("{at}/tallies/1")).await;
        assert_eq!(frozen.status, 200);
        let by_command = ranked_text(&frozen.text);
        let ranking = office.get(&format!("{at}/tallies/1/ranking")).await.ok();
        assert_eq!(ranking["result"], by_command);
        assert_eq!(frozen.body["sheets"].as_array().unwrap().len(), 15);
        let second = &frozen.body["applications"].as_array().unwrap()[..];
        assert!(second.iter().any(|entry| entry["measured"]["a11"] == "120.5"), "verified values score, not claims");

        confirm(&app, &competition, 1).await;
        let office = app.sign_in(Role::Office, None).await;
        office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
        office.post(&format!("{at}/notices"), notice("2026-07-02")).await.ok();
        assert_eq!(office.get(&at).await.ok()["state"], "notice");
        let notices = app.public().get(&format!("/api/v1/competitions/{}/notices", competition.id)).await.all();
        // 2 July 2026 is a Thursday: five working days, the first counted, end on Wednesday.
        assert_eq!(notices[0]["notice"]["until"], "2026-07-08");
        assert!(text(&notices[0]["notice"]["text"]).contains("监督电话：025-22222222"));
        let early = office.post(&format!("{at}/announcements"), announcement()).await;
        assert_eq!(early.refused(409, "preconditions")["errors"][0]["code"], "notice_running");

        app.at("2026-07-09T09:00:00+08:00");
        let office = app.sign_in(Role::Office, None).await;
        let entry = office.post(&format!("{at}/announcements"), announcement()).await.ok();
        assert_eq!(office.get(&at).await.ok()["state"], "announced");

        // Every figure of the announcement is the tally's.
        let public = app.public();
        let published = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await;
        assert_eq!(published.status, 200);
        assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&published.text)), text(&entry["digest"]));
        let standings: Vec<Value> = by_command["groups"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|group| group["standings"].as_array().unwrap().clone())
            .collect();
        let standing = |application: &Value| {
            standings.iter().find(|standing| standing["application"] == *application).unwrap().clone()
        };
        let winners = published.body["winners"].as_array().unwrap();
        let won: Vec<&Value> = standings.iter().filter(|s| s["award"] == "excellent").collect();
        assert_eq!(winners.len(), won.len());
        assert_eq!(winners.len(), 1);
        for winner in winners {
            let standing = standing(&winner["application"]);
            assert_eq!(winner["place"], standing["place"]);
            assert_eq!(winner["score"], standing["score"]);
        }
        let ranking = published.body["ranking"].as_array().unwrap();
        assert_eq!(ranking.len(), 3);
        for (entry, standing) in ranking.iter().zip(&standings) {
            assert_eq!((&entry["place"], &entry["score"]), (&standing["place"], &standing["score"]));
        }
        let digest = office.get(&format!("{at}/tallies")).await.all();
        assert_eq!(published.body["tally"], digest[0]["digest"]);

        // The page and the table say the same, and an unchanged page is told by its tag.
        let page = public.get(&format!("/announcements/{}", competition.id)).await;
        assert!(page.text.contains(text(&winners[0]["score"])) && page.text.contains(text(&entry["digest"])));
        assert!(page.headers["content-type"].starts_with("text/html"));
        let tag = page.headers["etag"].clone();
        let again = public
            .send("GET", &format!("/announcements/{}", competition.id), None, &[("if-none-match", &tag)])
            .await;
        assert_eq!((again.status, again.text.len()), (304, 0));
        let csv = public.get(&format!("/api/v1/competitions/{}/announcement/csv", competition.id)).await;
        assert_eq!(csv.text.lines().count(), 2);

        own_results(&app.sign_in(Role::Applicant, Some(REGIONS[0])).await, &competition.applications[0], &standings).await;
        let titles = public.get("/api/v1/titles").await.ok();
        assert_eq!(titles["items"][0]["standing"], "in_force");
        assert_eq!(titles["items"][0]["valid_until"], "2029-07-08");
    }
}

/// The applicant sees how each point arose, and neither experts nor neighbours.
async fn own_results(applicant: &User<'_>, application: &str, standings: &[Value]) {
    let result = applicant.get(&format!("/api/v1/applications/{application}/result")).await;
    assert_eq!(result.status, 200, "{}", result.text);
    let standing = standings.iter().find(|standing| standing["application"] == *application).unwrap();
    assert_eq!(result.body["derivation"]["total"]["score"], standing["score"]);
    assert!(!result.text.contains("专家") && !result.text.contains("expert-"));
    for other in standings.iter().filter(|standing| standing["application"] != *application) {
        assert!(!result.text.contains(text(&other["application"])), "a neighbour is named");
    }
}
