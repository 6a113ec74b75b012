//! Applications: written in parts, agreed to, submitted with a receipt, withdrawn.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use qianglian::domain::access::Role;
use qianglian::domain::record::digest_of;
use serde_json::{Value, json};

use super::support::app::{Answer, User, on_both};
use super::support::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, called, close_applications, complete, draft, figures,
    submit, submitted, write,
};
use super::support::text;

/// Changes a part as it stands.
async fn part(user: &User<'_>, path: &str, name: &str, change: impl Fn(&mut Value)) -> u16 {
    let now = user.get(path).await.ok();
    let mut content = now["parts"][name]["content"].clone();
    change(&mut content);
    let revision = now["parts"][name]["revision"].clone();
    user.over("PUT", &format!("{path}/parts/{name}"), &revision, content).await.status
}

on_both! {
    async fn a_region_leads_one_application_for_a_chain(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let path = format!("/api/v1/competitions/{id}/applications");
        let create = |chain: u16| json!({ "chain_number": chain, "role": "core" });
        let made = suzhou.post(&path, create(BIOMEDICINE)).await;
        assert_eq!(made.headers["location"], format!("/api/v1/applications/{}", text(&made.body["id"])));
        suzhou.post(&path, create(BIOMEDICINE)).await.refused(409, "already_filed");
        suzhou.post(&path, create(22)).await.ok();
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        nantong.post(&path, create(BIOMEDICINE)).await.ok();
        assert_eq!(suzhou.post(&path, create(51)).await.invalid(), [("/chain_number".to_owned(), "unknown_chain".to_owned())]);
        // Who withdraws may file again.
        let application = format!("/api/v1/applications/{}", text(&made.body["id"]));
        suzhou
            .over("POST", &format!("{application}/withdrawal"), &made.body["revision"], json!({ "reason": "重报" }))
            .await
            .ok();
        suzhou.post(&path, create(BIOMEDICINE)).await.ok();
    }

    async fn a_draft_is_its_regions_own_until_it_is_submitted(app) {
        let id = called(&app).await;
        let park = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&park, &id, BIOMEDICINE).await;
        write(&park, &application, "section.status", json!({ "text": "未定稿" })).await;
        let uploaded = park.upload(&application, "figures", "a.pdf", &crate::made_files::pdf(900)).await.ok();
        let path = format!("/api/v1/applications/{application}");
        for (role, region) in [(Role::CityReviewer, Some(SUZHOU)), (Role::Office, None)] {
            let user = app.sign_in(role, region).await;
            for below in ["", "/completeness", "/evidence", "/checks", "/parts/section.status/revisions"] {
                user.get(&format!("{path}{below}")).await.refused(404, "not_found");
            }
            let content = format!("/api/v1/evidence/{}/content", text(&uploaded["id"]));
            user.get(&content).await.refused(404, "not_found");
            assert!(user.get("/api/v1/applications").await.ok()["items"].as_array().unwrap().is_empty());
        }
        // Who supervises sees everything.
        app.sign_in(Role::Supervisor, None).await.get(&path).await.ok();
    }

    async fn what_is_filed_outside_the_time_is_refused(app) {
        let id = called(&app).await;
        let path = format!("/api/v1/competitions/{id}/applications");
        for time in ["2026-03-02T08:59:59+08:00", "2026-04-08T17:00:00.000001+08:00"] {
            app.at(time);
            let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
            suzhou.post(&path, json!({ "chain_number": 1, "role": "core" })).await.refused(409, "deadline_passed");
        }
        app.at("2026-04-08T17:00:00+08:00");
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        suzhou.post(&path, json!({ "chain_number": 1, "role": "core" })).await.ok();
    }

    async fn two_people_edit_one_application_and_neither_overwrites_the_other(app) {
        let id = called(&app).await;
        let one = app.sign_in_as("suzhou-one", Role::Applicant, Some(SUZHOU)).await;
        let two = app.sign_in_as("suzhou-two", Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&one, &id, BIOMEDICINE).await;
        let part = format!("/api/v1/applications/{application}/parts/profile");
        let profile = |title: &str, name: &str| json!({ "title": title, "contact_name": name });
        one.send("PUT", &part, Some(profile("甲", "")), &[]).await.refused(428, "if_match_required");
        one.over("PUT", &part, &json!(0), profile("甲", "")).await.ok();
        let saved = one.over("PUT", &part, &json!(1), profile("甲", "王")).await;
        assert_eq!(saved.headers["etag"], "\"2\"");
        let refused = two.over("PUT", &part, &json!(1), profile("乙", "")).await;
        assert_eq!(refused.headers["etag"], "\"2\"");
        let refused = refused.refused(412, "stale");
        let changes = refused["errors"].as_array().unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0]["pointer"], "/contact_name");
        assert!(text(&changes[0]["detail"]).contains("suzhou-one 同志"), "{changes:?}");
        // Another part has a revision of its own.
        let other = format!("/api/v1/applications/{application}/parts/section.status");
        two.over("PUT", &other, &json!(0), json!({ "text": "现状" })).await.ok();
        let now = one.get(&format!("/api/v1/applications/{application}")).await.ok();
        assert_eq!(now["parts"]["profile"]["content"]["title"], "甲");
        let history = one.get(&format!("{part}/revisions?limit=1")).await.ok();
        assert_eq!(history["items"][0]["changes"][0]["after"], "甲");
        let rest = one.get(&format!("{part}/revisions?cursor={}", text(&history["next_cursor"]))).await.ok();
        assert_eq!(rest["items"][0]["changes"], json!([{ "pointer": "/contact_name", "before": "", "after": "王" }]));
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    }

    async fn fifty_writers_at_once_lose_no_update(app) {
        let id = called(&app).await;
        let one = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&one, &id, BIOMEDICINE).await;
        let part = format!("/api/v1/applications/{application}/parts/section.status");
        let writers = (0..50).map(|number| {
            let (one, part) = (&one, &part);
            async move {
                // Each adds its line to what it read, until nobody was quicker.
                for _ in 0..200 {
                    let now = one.get(&format!("/api/v1/applications/{}", part.split('/').nth(4).unwrap())).await.ok();
                    let now = &now["parts"]["section.status"];
                    let added = format!("{}第{number}行\n", text(&now["content"]["text"]));
                    let answer = one.over("PUT", part, &now["revision"], json!({ "text": added })).await;
                    if answer.status == 200 {
                        return;
                    }
                    answer.refused(412, "stale");
                }
                panic!("writer {number} never came through");
            }
        });
        join_all(writers).await;
        let now = one.get(&format!("/api/v1/applications/{application}")).await.ok();
        let part = &now["parts"]["section.status"];
        assert_eq!(part["revision"], 50);
        for number in 0..50 {
            assert_eq!(text(&part["content"]["text"]).matches(&format!("第{number}行\n")).count(), 1, "{number}");
        }
    }

    async fn what_is_wrong_with_a_part_is_told_by_field(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let told = async |part: &str, content: Value| {
            let path = format!("/api/v1/applications/{application}/parts/{part}");
            suzhou.over("PUT", &path, &json!(0), content).await.invalid()
        };
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        let firm = |code: &str| json!({ "firms": [{ "name": "甲", "credit_code": code, "role": "key_firm" }] });
        assert_eq!(told("firms", firm("91440300708461136X")).await, one("/firms/0/credit_code", "credit_code"));
        assert_eq!(told("firms", firm("9144")).await, one("/firms/0/credit_code", "credit_code"));
        let two = json!({ "firms": [firm("91440300708461136T")["firms"][0], firm("91440300708461136t")["firms"][0]] });
        assert_eq!(told("firms", two).await, one("/firms/1/credit_code", "duplicate"));
        let figure = |indicator: &str, value: Value, unit: &str| json!({ "figures": [{
            "indicator": indicator, "value": value, "unit": unit, "calibre": "", "year": 2025, "source_body": "",
        }]});
        assert_eq!(told("figures", figure("a11", json!("1e3"), "亿元")).await, one("/figures/0/value", "value"));
        assert_eq!(told("figures", figure("a11", json!(12), "亿元")).await, one("/figures/0/value", "value"));
        assert_eq!(told("figures", figure("a11", json!("12"), "万元")).await, one("/figures/0/unit", "other_unit"));
        assert_eq!(told("figures", figure("zz", json!("12"), "亿元")).await, one("/figures/0/indicator", "unknown_indicator"));
        assert_eq!(told("figures", figure("a23", json!("12"), "")).await, one("/figures/0/indicator", "unknown_indicator"));
        assert_eq!(told("profile", json!({ "contact_phone": "call me" })).await, one("/contact_phone", "not_a_phone_number"));
        assert_eq!(told("profile", json!({ "area_km2": "-1" })).await, one("/area_km2", "out_of_range"));
        assert_eq!(told("profile", json!({ "rank": 1 })).await, one("/rank", "unknown_field"));
        assert_eq!(told("section.status", json!({ "text": "字".repeat(8001) })).await, one("/text", "too_long"));
        assert_eq!(told("undertaking", json!({ "accepted": true })).await, one("/signatory", "required"));
        for part in ["section.nothing", "nothing", "section."] {
            let path = format!("/api/v1/applications/{application}/parts/{part}");
            suzhou.over("PUT", &path, &json!(0), json!({ "text": "" })).await.refused(404, "not_found");
        }
    }

    async fn a_member_is_asked_and_signs_for_itself(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let park = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let path = format!("/api/v1/applications/{application}");
        park.get(&path).await.refused(404, "not_found");
        let members = |roles: &[(&str, &str)]| json!({
            "lead_role": "core",
            "members": roles.iter().map(|(region, role)| json!({ "region_code": region, "role": role })).collect::<Vec<_>>(),
        });
        let put = async |body: Value| {
            let now = suzhou.get(&path).await.ok();
            suzhou.over("PUT", &format!("{path}/members"), &now["revision"], body).await
        };
        assert_eq!(put(members(&[(SUZHOU, "core")])).await.invalid()[0].1, "duplicate");
        assert_eq!(put(members(&[("310000", "core")])).await.invalid()[0].1, "unknown_region");
        put(members(&[(SUZHOU_PARK, "coordinated"), (KUNSHAN, "coordinated")])).await.ok();

        park.get(&path).await.ok();
        park.over("PUT", &format!("{path}/parts/profile"), &json!(0), json!({})).await.refused(403, "not_yours");
        let consent = |given: bool| json!({ "given": given, "signatory": "园区主任" });
        suzhou.post(&format!("{path}/consents"), consent(true)).await.refused(403, "not_yours");
        let member = park.post(&format!("{path}/consents"), consent(true)).await.ok();
        assert!(text(&member["statement"]).contains("园区主任"));
        let state = async |region: &str| {
            let now = suzhou.get(&path).await.ok();
            let members = now["members"].as_array().unwrap();
            members.iter().find(|member| member["region"]["code"] == region).map(|member| member["consent"].clone())
        };
        assert_eq!(state(SUZHOU_PARK).await, Some(json!("given")));
        assert_eq!(state(KUNSHAN).await, Some(json!("asked")));
        // Who is given another part is asked again; who stays as it was is not.
        put(members(&[(SUZHOU_PARK, "core")])).await.ok();
        assert_eq!((state(SUZHOU_PARK).await, state(KUNSHAN).await), (Some(json!("asked")), None));
        complete(&suzhou, &application).await;
        let completeness = suzhou.get(&format!("{path}/completeness")).await.ok();
        let missing = completeness["missing"].as_array().unwrap();
        assert_eq!((missing.len(), &missing[0]["code"]), (1, &json!("consent_needed")));
        park.post(&format!("{path}/consents"), consent(true)).await.ok();
        submit(&suzhou, &application).await;
    }

    async fn a_consent_is_to_what_it_covers_and_asked_again_when_that_changes(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let park = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let path = format!("/api/v1/applications/{application}");
        let members = |roles: &[(&str, &str)]| json!({
            "lead_role": "core",
            "members": roles.iter().map(|(region, role)| json!({ "region_code": region, "role": role })).collect::<Vec<_>>(),
        });
        let put = async |body: Value| {
            let now = suzhou.get(&path).await.ok();
            suzhou.over("PUT", &format!("{path}/members"), &now["revision"], body).await.ok()
        };
        put(members(&[(SUZHOU_PARK, "coordinated")])).await;
        complete(&suzhou, &application).await;
        let state = async || suzhou.get(&path).await.ok()["members"].as_array().unwrap().iter()
            .find(|member| member["region"]["code"] == SUZHOU_PARK).unwrap()["consent"].clone();
        let sign = async || {
            let read = park.get(&format!("{path}/consents")).await.ok();
            let body = json!({ "given": true, "signatory": "园区主任", "covered_digest": read["digest"] });
            park.post(&format!("{path}/consents"), body).await
        };
        let told = async |user: &User<'_>, kind: &str| {
            let messages = user.get("/api/v1/me/messages").await.all();
            messages.as_array().unwrap().iter().filter(|message| message["kind"] == kind).count()
        };
        let signed = sign().await.ok();
        let digest = park.get(&format!("{path}/consents")).await.ok()["digest"].clone();
        assert!(text(&signed["statement"]).contains(text(&digest)), "{signed}");
        // What it does not cover changes nothing.
        write(&suzhou, &application, "section.other", json!({ "text": "另一节" })).await;
        let contact = part(&suzhou, &path, "profile", |profile| profile["contact_phone"] = json!("0512-99999999")).await;
        assert_eq!((contact, state().await), (200, json!("given")));
        assert_eq!(told(&park, "consent_asked").await, 0);
        // Whatever it covers asks again, blocks submission, and tells both.
        for (at, name) in ["profile", "firms", "figures"].into_iter().enumerate() {
            let other = |content: &mut Value| match name {
                "profile" => content["title"] = json!("另一标题"),
                "firms" => content["firms"][0]["name"] = json!("另一公司"),
                _ => content["figures"][0]["value"] = json!("31"),
            };
            assert_eq!(part(&suzhou, &path, name, other).await, 200, "{name}");
            assert_eq!(state().await, "asked", "{name}");
            assert_eq!((told(&park, "consent_asked").await, told(&suzhou, "consents_lapsed").await), (at + 1, at + 1));
            let now = suzhou.get(&path).await.ok();
            let refused = suzhou.over("POST", &format!("{path}/submissions"), &now["revision"], Value::Null).await;
            let refused = refused.refused(409, "incomplete");
            assert!(refused["errors"].as_array().unwrap().iter().any(|error| error["code"] == "consent_needed"), "{refused}");
            let seen = park.get(&format!("{path}/consents")).await.ok();
            let differs = seen["members"][0]["changes"].as_array().unwrap();
            assert_eq!((differs.len(), text(&differs[0]["pointer"]).contains(name)), (1, true), "{seen}");
            sign().await.ok();
        }
        // Another member, or another part for one that is there, is another thing to agree to.
        put(members(&[(SUZHOU_PARK, "coordinated"), (KUNSHAN, "coordinated")])).await;
        assert_eq!(state().await, "asked");
        put(members(&[(SUZHOU_PARK, "coordinated")])).await;
        // What was read is what is signed.
        let read = park.get(&format!("{path}/consents")).await.ok();
        assert_eq!(part(&suzhou, &path, "profile", |profile| profile["title"] = json!("又一标题")).await, 200);
        let unread = json!({ "given": true, "signatory": "园区主任", "covered_digest": read["digest"] });
        park.post(&format!("{path}/consents"), unread).await.refused(409, "consent_outdated");
        sign().await.ok();
        submit(&suzhou, &application).await;
    }

    async fn nothing_incomplete_is_submitted_and_what_is_missing_is_listed(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let path = format!("/api/v1/applications/{application}");
        let refused = suzhou.over("POST", &format!("{path}/submissions"), &json!(1), Value::Null).await;
        let listed = refused.refused(409, "incomplete")["errors"].as_array().unwrap().len();
        let completeness = suzhou.get(&format!("{path}/completeness")).await.ok();
        assert_eq!(completeness["missing"].as_array().unwrap().len(), listed);
        let measured = figures("00000000-0000-7000-8000-000000000000")["figures"].as_array().unwrap().len();
        // Five fields of the profile, five sections, a chain leader, evidence, the undertaking; and every figure.
        assert_eq!(listed, 5 + 5 + 1 + 1 + 1 + measured);
        complete(&suzhou, &application).await;
        let completeness = suzhou.get(&format!("{path}/completeness")).await.ok();
        assert_eq!(completeness["complete"], true, "{completeness}");
    }

    async fn figures_must_fit_the_rubric_that_holds_when_they_are_submitted(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let office = app.sign_in(Role::Office, None).await;
        let competition = format!("/api/v1/competitions/{id}");
        let now = office.get(&competition).await.ok();
        let mut settings = now["settings"].clone();
        settings["rubric"]["criteria"][0]["indicators"][0]["unit"] = json!("万元");
        let correction = json!({ "settings": settings, "reason": "单位更正" });
        office.over("POST", &format!("{competition}/corrections"), &now["revision"], correction).await.ok();
        let path = format!("/api/v1/applications/{application}");
        let revision = suzhou.get(&path).await.ok()["revision"].clone();
        let refused = suzhou.over("POST", &format!("{path}/submissions"), &revision, Value::Null).await;
        let refused = refused.refused(409, "incomplete");
        assert_eq!(refused["errors"], json!([{
            "pointer": "/figures/figures/0/unit",
            "code": "other_unit",
            "detail": "该指标的单位应为“万元”",
        }]));
    }

    async fn figures_that_look_wrong_are_told_where_they_stand_and_want_an_explanation(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let path = format!("/api/v1/applications/{application}");
        let mut content = suzhou.get(&path).await.ok()["parts"]["figures"]["content"].clone();
        let strange = [
            // Of a rule that gives full marks for 1,000.
            ("a11", "value", "6205000", "value", "far_from_rule"),
            ("a12", "value", "350", "value", "out_of_range"),
            ("a13", "value", "0.35", "value", "fraction_for_percent"),
            ("a21", "last_year", "0.9", "value", "unit_slip"),
            ("a22", "last_year", "20", "value", "large_change"),
            ("a41", "year", "2019", "year", "other_year"),
        ];
        let place = |content: &Value, key: &str| {
            content["figures"].as_array().unwrap().iter().position(|figure| figure["indicator"] == key).unwrap()
        };
        for (key, member, typed, ..) in strange {
            let at = place(&content, key);
            content["figures"][at][member] = if member == "year" { json!(2019) } else { json!(typed) };
        }
        write(&suzhou, &application, "figures", content.clone()).await;
        let points = |found: &Value, kind: &str| -> BTreeSet<(String, String)> {
            let points = found[kind].as_array().unwrap().iter();
            points.map(|point| (text(&point["pointer"]).to_owned(), text(&point["code"]).to_owned())).collect()
        };
        let expected = |content: &Value, member: Option<&str>, code: Option<&str>| -> BTreeSet<(String, String)> {
            let points = strange.iter().map(|(key, _, _, at, told)| {
                let pointer = format!("/figures/figures/{}/{}", place(content, key), member.unwrap_or(at));
                (pointer, code.unwrap_or(told).to_owned())
            });
            points.collect()
        };
        let found = suzhou.get(&format!("{path}/completeness")).await.ok();
        assert_eq!(points(&found, "warnings"), expected(&content, None, None));
        assert_eq!(points(&found, "missing"), expected(&content, Some("explanation"), Some("explanation_needed")));
        let now = suzhou.get(&path).await.ok();
        let refused = suzhou.over("POST", &format!("{path}/submissions"), &now["revision"], Value::Null).await;
        let told = refused.refused(409, "incomplete").to_string();
        assert!(told.contains("占全省同一产业链比重：不到1%"), "it is named: {told}");
        for (key, ..) in strange {
            let at = place(&content, key);
            content["figures"][at]["explanation"] = json!("口径调整，见说明材料");
        }
        write(&suzhou, &application, "figures", content.clone()).await;
        let found = suzhou.get(&format!("{path}/completeness")).await.ok();
        assert_eq!((points(&found, "warnings").len(), &found["complete"]), (strange.len(), &json!(true)));
        submit(&suzhou, &application).await;
        let kept = suzhou.get(&format!("{path}/submissions/1")).await.ok();
        let at = place(&content, "a12");
        assert_eq!(kept["content"]["figures"][at]["explanation"], "口径调整，见说明材料");
    }

    async fn the_self_score_is_that_of_the_scoring_core(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let figure = |indicator: &str, value: &str, unit: &str| json!({
            "indicator": indicator, "value": value, "unit": unit, "calibre": "", "year": 2025, "source_body": "",
        });
        // The worked examples of the domain's notes: efficacy 40 → 1000 at 400 of 5 points is 3.75; linear 5 → 30 at
        // 17.5 of 4 points is 2.
        let content = json!({ "figures": [figure("a11", "400", "亿元"), figure("a13", "17.5", "%")] });
        write(&suzhou, &application, "figures", content).await;
        let preview = suzhou.get(&format!("/api/v1/applications/{application}/self-score")).await.ok();
        let indicators = preview["criteria"][0]["indicators"].as_array().unwrap();
        let of = |key: &str| indicators.iter().find(|indicator| indicator["key"] == key).unwrap();
        assert_eq!((&of("a11")["points"], &of("a11")["most"]), (&json!("3.75"), &json!("5")));
        assert_eq!((&of("a13")["points"], &of("a13")["most"]), (&json!("2"), &json!("4")));
        assert_eq!((&of("a23")["judged"], &of("a23")["points"]), (&json!(true), &Value::Null));
    }

    async fn a_receipt_names_what_was_submitted(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let receipt = submit(&suzhou, &application).await;
        assert_eq!(receipt["submitted_at"], "2026-03-10T10:00:00+08:00");
        assert!(text(&receipt["number"]).starts_with("2026-") && text(&receipt["number"]).ends_with("-0001"));
        assert_eq!(receipt["files"].as_array().unwrap().len(), 1);
        let path = format!("/api/v1/applications/{application}");
        let submission = suzhou.get(&format!("{path}/submissions/1")).await.ok();
        let canonical = serde_json_canonicalizer::to_string(&submission["content"]).unwrap();
        assert_eq!(digest_of(canonical).to_string(), text(&receipt["digest"]));
        // What is submitted is out of the applicant's hands.
        suzhou
            .over("PUT", &format!("{path}/parts/profile"), &json!(1), json!({ "title": "改" }))
            .await
            .refused(409, "not_open");
        let now = suzhou.get(&path).await.ok();
        suzhou
            .over("POST", &format!("{path}/submissions"), &now["revision"], Value::Null)
            .await
            .refused(409, "already_submitted");
        submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        let nantong = app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let listed = nantong.get("/api/v1/applications").await.ok();
        assert!(text(&listed["items"][0]["number"]).ends_with("-0002"));
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    }

    async fn what_changed_since_it_was_read_is_not_submitted(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let path = format!("/api/v1/applications/{application}");
        let seen = suzhou.get(&path).await.ok();
        suzhou.upload(&application, "other", "b.pdf", &crate::made_files::pdf(900)).await.ok();
        suzhou
            .over("POST", &format!("{path}/submissions"), &seen["revision"], Value::Null)
            .await
            .refused(412, "stale");
    }

    async fn a_repeated_submission_gets_the_same_receipt_even_after_the_deadline(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let path = format!("/api/v1/applications/{application}/submissions");
        let revision = suzhou.get(&format!("/api/v1/applications/{application}")).await.ok()["revision"].to_string();
        let tag = format!("\"{revision}\"");
        let headers = [("if-match", tag.as_str()), ("idempotency-key", "0123456789abcdef")];
        let answers = join_all((0..8).map(|_| suzhou.send("POST", &path, None, &headers))).await;
        let receipts: Vec<Value> = answers.into_iter().map(Answer::ok).collect();
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
        close_applications(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let late = suzhou.send("POST", &path, None, &headers).await;
        assert_eq!(late.headers["idempotency-replayed"], "true");
        assert_eq!(late.ok(), receipts[0]);
        let submissions = suzhou.get(&path).await.all();
        assert_eq!(submissions.as_array().unwrap().len(), 1);
        let other = [("if-match", "\"1\""), ("idempotency-key", "0123456789abcdef")];
        let withdrawal = path.replace("submissions", "withdrawal");
        let answer = suzhou.send("POST", &withdrawal, Some(json!({ "reason": "x" })), &other).await;
        assert_eq!(answer.invalid()[0].1, "idempotency_key_reused");
    }

    async fn at_the_deadline_each_of_fifty_is_told_the_truth(app) {
        let id = called(&app).await;
        let catalogue = app.public().get("/api/v1/regions").await.all();
        let regions: Vec<String> =
            catalogue.as_array().unwrap().iter().take(50).map(|region| text(&region["code"]).to_owned()).collect();
        app.at("2026-04-08T16:59:59.999999+08:00");
        let mut ready = Vec::new();
        for region in &regions {
            let applicant = app.sign_in(Role::Applicant, Some(region)).await;
            let application = draft(&applicant, &id, BIOMEDICINE).await;
            complete(&applicant, &application).await;
            let path = format!("/api/v1/applications/{application}");
            let revision = applicant.get(&path).await.ok()["revision"].clone();
            ready.push((applicant, application, revision));
        }
        // Half way through the rush the deadline passes.
        let all = ready.iter().enumerate().map(|(index, (applicant, application, revision))| {
            let app = &app;
            async move {
                if index == 25 {
                    app.at("2026-04-08T17:00:00.000001+08:00");
                }
                let path = format!("/api/v1/applications/{application}/submissions");
                applicant.over("POST", &path, revision, Value::Null).await
            }
        });
        let answers = join_all(all).await;
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        let mut accepted = 0;
        for (answer, (_, application, _)) in answers.into_iter().zip(&ready) {
            let now = supervisor.get(&format!("/api/v1/applications/{application}")).await.ok();
            if answer.status == 201 {
                accepted += 1;
                assert_eq!(now["state"], "submitted");
                assert_eq!(answer.body["submitted_at"], "2026-04-08T16:59:59.999999+08:00");
            } else {
                answer.refused(409, "deadline_passed");
                assert_eq!(now["state"], "draft");
            }
        }
        let listed = supervisor.get("/api/v1/applications?state=submitted&limit=100").await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), accepted);
    }

    async fn a_withdrawn_application_stays_readable_to_its_region(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let path = format!("/api/v1/applications/{application}");
        let now = suzhou.get(&path).await.ok();
        let withdrawal = format!("{path}/withdrawal");
        let withdraw = |reason: &str| json!({ "reason": reason });
        assert_eq!(suzhou.over("POST", &withdrawal, &now["revision"], withdraw(" ")).await.invalid()[0].0, "/reason");
        suzhou.over("POST", &withdrawal, &json!(1), withdraw("材料有误")).await.refused(412, "stale");
        let done = suzhou.over("POST", &withdrawal, &now["revision"], withdraw("材料有误")).await.ok();
        assert_eq!((&done["state"], &done["decisions"][1]["reason"]), (&json!("withdrawn"), &json!("材料有误")));
        suzhou
            .over("POST", &withdrawal, &done["revision"], withdraw("再次"))
            .await
            .refused(409, "not_withdrawable");
    }
}
