//! Closing, further versions of the tally, rulings, and the leading group's deliberations.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::on_both;
use super::support::review::{
    all_equal, at_scoring, closed, confirm, meeting, notice, review_settings, serving, sheet,
};
use super::support::{ranked_text, standings, text};

on_both! {
    async fn closing_lists_what_is_missing_by_name(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let veto = format!("/api/v1/applications/{}/checks/vetoes/dishonesty", competition.applications[0]);
        office.over("PUT", &veto, &json!(2), json!({ "state": "asked", "note": "再次函询" })).await.ok();
        let open = office.get(&format!("{at}/readiness")).await.ok();
        let mut codes: Vec<&str> = open["open"].as_array().unwrap().iter().map(|point| text(&point["code"])).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes, ["not_verified", "sheet_missing", "veto_open"]);
        // Fifteen sheets, three inspections, one veto.
        assert_eq!(open["open"].as_array().unwrap().len(), 19);
        office.get(&format!("{at}/tallies/1")).await.refused(404, "not_found");
    }

    async fn a_tally_is_confirmed_by_another_and_corrected_only_by_a_further_version(app) {
        let competition = closed(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let second = app.known_as("office-2", Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let first = office.get(&format!("{at}/tallies/1")).await;
        office.post(&format!("{at}/tallies"), json!({ "reason": "再算一次" })).await.refused(409, "unchanged");
        // Experts find a slip, and correct it; nothing follows by itself.
        for name in serving(&app, &competition).await.iter().take(3) {
            let expert = app.known_as(name, Role::Expert, None).await;
            let path = format!("/api/v1/applications/{}/sheets/mine", competition.applications[2]);
            let now = expert.get(&path).await.ok();
            let correction = json!({ "reason": "slip", "explanation": "误填", "content": sheet(10) });
            expert.over("POST", &format!("{path}/corrections"), &now["revision"], correction).await.ok();
        }
        assert_eq!(office.get(&format!("{at}/tallies/1")).await.text, first.text, "what is frozen stays as it is");
        let made = office.post(&format!("{at}/tallies"), json!({ "reason": "专家更正笔误" })).await.ok();
        assert_eq!(made["number"], 2);
        let changed: Vec<&str> =
            made["changes"].as_array().unwrap().iter().map(|change| text(&change["application_id"])).collect();
        assert!(changed.contains(&competition.applications[2].as_str()), "{made}");
        assert_eq!(office.get(&format!("{at}/tallies/2/changes")).await.ok(), made);
        // A deliberation waits for the second person.
        office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.refused(409, "not_confirmed");
        office.post(&format!("{at}/tallies/2/confirmation"), Value::Null).await.refused(409, "second_person_required");
        second.post(&format!("{at}/tallies/1/confirmation"), Value::Null).await.refused(409, "not_the_latest");
        second.post(&format!("{at}/tallies/2/confirmation"), Value::Null).await.ok();
        second.post(&format!("{at}/tallies/2/confirmation"), Value::Null).await.refused(409, "confirmed");
        office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
        // Experts stand in both versions under the same keys, and under other ones for each application.
        let keys = |document: &Value, application: &str| {
            let sheets = document["sheets"].as_array().unwrap().iter();
            let mut keys: Vec<String> = sheets
                .filter(|sheet| sheet["application"] == application)
                .map(|sheet| text(&sheet["expert"]).to_owned())
                .collect();
            keys.sort();
            keys
        };
        let again = office.get(&format!("{at}/tallies/2")).await.ok();
        assert_eq!(keys(&first.body, &competition.applications[0]), keys(&again, &competition.applications[0]));
        assert_ne!(keys(&first.body, &competition.applications[0]), keys(&first.body, &competition.applications[1]));
    }

    async fn equals_are_ruled_upon_with_minutes(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        settings["rules"]["awards"][0].as_object_mut().unwrap().remove("per_region");
        settings["rules"]["pass_mark"] = json!("10");
        let competition = all_equal(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        confirm(&app, &competition, 1).await;
        assert_eq!(office.get(&format!("{at}/tallies/1/ranking")).await.ok()["complete"], false);
        office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.refused(409, "needs_ruling");
        let order = [&competition.applications[1], &competition.applications[2], &competition.applications[0]];
        let silent = json!({ "reason": "并列裁定", "rulings": order });
        assert_eq!(office.post(&format!("{at}/tallies"), silent).await.invalid()[0].0, "/minutes");
        let twice = json!({ "reason": "x", "minutes": "x", "rulings": [order[0], order[0], competition.id] });
        assert_eq!(office.post(&format!("{at}/tallies"), twice).await.invalid().len(), 2);
        let ruled = json!({ "reason": "并列裁定", "rulings": order, "minutes": "抽签决定" });
        office.post(&format!("{at}/tallies"), ruled).await.ok();
        let frozen = office.get(&format!("{at}/tallies/2")).await;
        let ranking = office.get(&format!("{at}/tallies/2/ranking")).await.ok();
        assert_eq!(ranking["result"], ranked_text(&frozen.text));
        let placed: Vec<&str> = standings(&ranking["result"]).iter().map(|s| text(&s["application"])).collect();
        assert_eq!(placed, order.map(String::as_str));
        assert_eq!(ranking["complete"], true);
    }

    async fn the_leading_group_departs_from_the_ranking_only_with_a_reason(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = closed(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let to = format!("{at}/selections");
        let mut few = meeting();
        few["present"] = json!(["甲", "乙"]);
        assert_eq!(office.post(&to, json!({ "meeting": few })).await.invalid(), [("/meeting/present".to_owned(), "no_quorum".to_owned())]);
        let mut future = meeting();
        future["date"] = json!("2026-07-02");
        assert_eq!(office.post(&to, json!({ "meeting": future })).await.invalid()[0].1, "in_the_future");
        let adopted = office.post(&to, json!({ "meeting": meeting() })).await.ok();
        let results = |view: &Value| -> Vec<(String, String)> {
            let entries = view["selection"]["entries"].as_array().unwrap().iter();
            entries.map(|entry| (text(&entry["application"]).to_owned(), text(&entry["result"]).to_owned())).collect()
        };
        let first = results(&adopted);
        assert_eq!(first.iter().map(|(_, result)| result.as_str()).collect::<Vec<_>>(), ["proposed", "reserve", "reserve"]);
        let departure = |application: &str, result: &str, reason: &str| {
            let award = if result == "proposed" { json!("excellent") } else { Value::Null };
            json!({ "application": application, "result": result, "award": award, "reason": reason })
        };
        let silent = json!({ "meeting": meeting(), "departures": [departure(&first[0].0, "not_selected", "")] });
        assert_eq!(office.post(&to, silent).await.invalid(), [("/departures/0/reason".to_owned(), "required".to_owned())]);
        let departed = json!({ "meeting": meeting(), "departures": [
            departure(&first[0].0, "not_selected", "主体涉诉"),
            departure(&first[1].0, "proposed", "依次递补"),
        ]});
        let second = office.post(&to, departed).await.ok();
        assert_eq!(results(&second).iter().map(|(_, result)| result.as_str()).collect::<Vec<_>>(), ["not_selected", "proposed", "reserve"]);
        assert_eq!(second["selection"]["entries"][0]["departure"], "主体涉诉");
        assert_eq!(office.get(&to).await.all().as_array().unwrap().len(), 2, "the earlier one stays");
        let published = office.post(&format!("{at}/notices"), notice("2026-07-02")).await.ok();
        assert_eq!(published["notice"]["entries"][0]["application"], first[1].0.as_str());
    }

    async fn a_winner_who_renounced_comes_back_only_by_a_decision(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = closed(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let to = format!("{at}/selections");
        let adopted = office.post(&to, json!({ "meeting": meeting() })).await.ok();
        assert_eq!(adopted["free_seats"], json!([]));
        let entries = adopted["selection"]["entries"].as_array().unwrap().clone();
        let (winner, next) = (text(&entries[0]["application"]).to_owned(), text(&entries[1]["application"]).to_owned());
        let renounced = |result: &str| json!({ "meeting": meeting(), "departures": [
            { "application": winner, "result": result, "kind": "renounced", "reason": "来函放弃" },
        ]});
        let wrong = office.post(&to, renounced("reserve")).await.invalid();
        assert_eq!(wrong, [("/departures/0/result".to_owned(), "not_selectable".to_owned())]);
        let second = office.post(&to, renounced("not_selected")).await.ok();
        assert_eq!(second["free_seats"][0]["next"], json!([next]));
        assert_eq!(second["free_seats"][0]["seat_count"], 1);
        assert_eq!(second["carried"][0]["departure"]["kind"], "renounced");
        // A further tally; silence about who renounced is refused, and so is half a decision.
        let name = serving(&app, &competition).await[0].clone();
        let expert = app.known_as(&name, Role::Expert, None).await;
        let path = format!("/api/v1/applications/{}/sheets/mine", competition.applications[0]);
        let now = expert.get(&path).await.ok();
        let correction = json!({ "reason": "slip", "explanation": "误填", "content": sheet(3) });
        expert.over("POST", &format!("{path}/corrections"), &now["revision"], correction).await.ok();
        office.post(&format!("{at}/tallies"), json!({ "reason": "更正" })).await.ok();
        confirm(&app, &competition, 2).await;
        let silent = office.post(&to, json!({ "meeting": meeting() })).await.invalid();
        assert_eq!(silent, [("/carried".to_owned(), "departure_undecided".to_owned())]);
        let with = |carried: Value| json!({ "meeting": meeting(), "carried": [carried] });
        let undecided = office.post(&to, with(json!({ "application": winner }))).await.invalid();
        assert_eq!(undecided, [("/carried/0/decision".to_owned(), "departure_undecided".to_owned())]);
        let silent = with(json!({ "application": winner, "decision": "lifted" }));
        assert_eq!(office.post(&to, silent).await.invalid(), [("/carried/0/reason".to_owned(), "required".to_owned())]);
        let other = with(json!({ "application": next, "decision": "kept" }));
        assert!(office.post(&to, other).await.invalid().contains(&("/carried/0/application".to_owned(), "not_carried".to_owned())));
        // Kept, with its first reason; a seat is still free, and it goes to the next with a departure.
        let kept = office.post(&to, with(json!({ "application": winner, "decision": "kept" }))).await.ok();
        let of = |view: &Value, id: &str| {
            let entries = view["selection"]["entries"].as_array().unwrap();
            entries.iter().find(|entry| entry["application"] == id).unwrap().clone()
        };
        assert_eq!((&of(&kept, &winner)["departure"], &of(&kept, &winner)["result"]), (&json!("来函放弃"), &json!("not_selected")));
        let seats = office.get(&to).await.all();
        assert_eq!(seats[2]["free_seats"][0]["next"], json!([next]));
        assert_eq!((&seats[0]["free_seats"], &seats[0]["carried"]), (&json!([]), &json!([])), "as they were then");
        // Only a decision with a reason brings it back; then nothing stands any more.
        let lifted = with(json!({ "application": winner, "decision": "lifted", "reason": "来函撤回放弃" }));
        let lifted = office.post(&to, lifted).await.ok();
        assert_eq!((&lifted["selection"]["lifted"][0]["reason"], &lifted["carried"]), (&json!("来函撤回放弃"), &json!([])));
        assert_eq!(of(&lifted, &winner)["departure"], Value::Null);
        office.post(&format!("{at}/notices"), notice("2026-07-02")).await.ok();
    }

    async fn a_notice_runs_for_working_days_and_follows_the_latest_tally(app) {
        let competition = closed(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let to = format!("{at}/notices");
        office.post(&to, notice("2026-07-02")).await.refused(409, "not_selected");
        office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
        let mut short = notice("2026-06-30");
        short["notice"]["days"] = json!(4);
        short["notice"]["channels"] = json!([]);
        let wrong: Vec<String> = office.post(&to, short).await.invalid().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(wrong, ["/notice/days", "/notice/channels", "/notice/from"]);
        // A correction after the deliberation: the deliberation no longer rests on what holds.
        let name = serving(&app, &competition).await[0].clone();
        let expert = app.known_as(&name, Role::Expert, None).await;
        let path = format!("/api/v1/applications/{}/sheets/mine", competition.applications[0]);
        let now = expert.get(&path).await.ok();
        let correction = json!({ "reason": "slip", "explanation": "误填", "content": sheet(3) });
        expert.over("POST", &format!("{path}/corrections"), &now["revision"], correction).await.ok();
        office.post(&format!("{at}/tallies"), json!({ "reason": "更正" })).await.ok();
        office.post(&to, notice("2026-07-02")).await.refused(409, "selection_outdated");
        confirm(&app, &competition, 2).await;
        office.post(&format!("{at}/selections"), json!({ "meeting": meeting() })).await.ok();
        let published = office.post(&to, notice("2026-07-02")).await.ok();
        assert_eq!(published["notice"]["deadline"], "2026-07-08T23:59:59.999999+08:00");
        assert_eq!(published["notice"]["draws"].as_array().unwrap().len(), 1);
        // A second notice says why.
        assert_eq!(office.post(&to, notice("2026-07-03")).await.invalid(), [("/reason".to_owned(), "required".to_owned())]);
        let mut again = notice("2026-07-03");
        again["reason"] = json!("更正渠道电话");
        office.post(&to, again).await.ok();
        let all = app.public().get(&format!("/api/v1/competitions/{}/notices", competition.id)).await.all();
        assert_eq!(all.as_array().unwrap().len(), 2);
        assert_eq!((&all[0]["reason"], &all[0]["notice"]["until"]), (&json!("更正渠道电话"), &json!("2026-07-09")));
    }
}
