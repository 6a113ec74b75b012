//! Competitions: set up, called, corrected, extended, moved on.

use diesel::connection::SimpleConnection;
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::damage::{behind_its_back, restarted};
use super::support::app::on_both;
use super::support::browser::Browser;
use super::support::story::{called, close_applications, move_to, settings};
use super::support::text;

on_both! {
    async fn a_draft_is_the_offices_own_until_it_is_called(app) {
        let office = app.sign_in(Role::Office, None).await;
        let draft = office.post("/api/v1/competitions", settings()).await;
        assert_eq!(draft.headers["etag"], "\"1\"");
        let path = draft.headers["location"].clone();
        let draft = draft.ok();
        assert_eq!(draft["state"], "draft");
        let applicant = app.sign_in(Role::Applicant, Some("320500")).await;
        for user in [&app.public(), &applicant] {
            user.get(&path).await.refused(404, "not_found");
            user.get(&format!("{path}/versions")).await.refused(404, "not_found");
            assert!(user.get("/api/v1/competitions").await.ok()["items"].as_array().unwrap().is_empty());
        }
        app.sign_in(Role::Supervisor, None).await.get(&path).await.ok();

        let mut changed = settings();
        changed["title"] = json!("第一届");
        office.over("PUT", &format!("{path}/settings"), &json!(7), changed.clone()).await.refused(412, "stale");
        let changed = office.over("PUT", &format!("{path}/settings"), &draft["revision"], changed).await.ok();
        assert_eq!((&changed["version"], &changed["revision"]), (&json!(2), &json!(2)));
        move_to(&office, text(&draft["id"]), "application").await;
        let seen = app.public().get(&path).await.ok();
        assert_eq!(seen["settings"]["title"], "第一届");
        let listed = app.public().get("/api/v1/competitions").await.ok();
        assert_eq!(listed["items"][0]["due_at"], "2026-04-08T17:00:00+08:00");
        // What was drafted before the call stays the office's own.
        let versions = app.public().get(&format!("{path}/versions")).await.ok();
        assert_eq!(versions["items"].as_array().unwrap().len(), 1);
        app.public().get(&format!("{path}/versions/1")).await.refused(404, "not_found");
        assert_eq!(office.get(&format!("{path}/versions")).await.ok()["items"].as_array().unwrap().len(), 2);
    }

    async fn the_template_of_settings_makes_a_competition_as_it_stands(app) {
        app.at("2029-01-15T12:00:00+08:00");
        let office = app.sign_in(Role::Office, None).await;
        let template = office.get("/api/v1/competitions/settings-template").await.ok();
        assert_eq!(template["calendar"]["application"]["from"], "2029-01-22T09:00:00+08:00");
        let made = office.post("/api/v1/competitions", template.clone()).await.ok();
        assert_eq!(made["settings"], template);
        let mut named = template;
        named["title"] = json!("第三届");
        named["calendar"]["application"]["from"] = json!("2029-02-01T09:00:00+08:00");
        let made = office.post("/api/v1/competitions", named.clone()).await.ok();
        assert_eq!(made["settings"], named);
    }

    async fn settings_are_checked_as_a_whole(app) {
        let office = app.sign_in(Role::Office, None).await;
        let told = async |change: fn(&mut Value)| {
            let mut wrong = settings();
            change(&mut wrong);
            office.post("/api/v1/competitions", wrong).await.invalid()
        };
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(told(|s| s["title"] = json!(" ")).await, one("/title", "required"));
        assert_eq!(told(|s| s["catalogue"] = json!(9)).await, one("/catalogue", "unknown_version"));
        assert_eq!(told(|s| s["working_days"] = json!(9)).await, one("/working_days", "unknown_version"));
        assert_eq!(
            told(|s| s["rubric"]["criteria"][0]["weight"] = json!("41")).await,
            one("/rubric/criteria", "scoring")
        );
        assert_eq!(told(|s| s["rules"]["panel"]["method"] = json!("median2")).await, one("/rules/panel/method", "scoring"));
        assert_eq!(
            told(|s| s["calendar"]["checking"]["until"] = json!("2026-04-01T00:00:00+08:00")).await,
            [
                one("/calendar/checking/until", "not_after_beginning"),
                one("/calendar/checking/until", "not_after_stage_before")
            ].concat()
        );
        assert_eq!(told(|s| s["quotas"]["by_city"] = json!({ "320576": 1 })).await, one("/quotas/by_city/320576", "not_a_city"));
        assert_eq!(told(|s| s["sections"][1]["key"] = json!("status")).await, one("/sections/1/key", "duplicate"));
        assert_eq!(told(|s| s["sections"][1]["key"] = json!("No")).await, one("/sections/1/key", "not_a_key"));
        assert_eq!(told(|s| s["formal_items"] = json!([])).await, one("/formal_items", "empty"));
        assert_eq!(told(|s| s["evidence_quota"] = json!(0)).await, one("/evidence_quota", "out_of_range"));
        assert_eq!(told(|s| s["correction_working_days"] = json!(31)).await, one("/correction_working_days", "out_of_range"));
        let own = told(|s| {
            s["grouping"] = json!("own");
            s["tracks"] = json!([{ "key": "a", "name": "甲", "chains": (1..=49).collect::<Vec<u8>>() }]);
        });
        assert_eq!(own.await, one("/tracks", "chain_without_track"));
        assert_eq!(
            told(|s| s["tracks"] = json!([{ "key": "a", "name": "甲", "chains": [] }])).await,
            one("/tracks", "not_used")
        );
    }

    async fn the_call_freezes_the_settings_and_a_correction_says_what_it_changes(app) {
        let id = called(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{id}");
        let now = office.get(&path).await.ok();
        office
            .over("PUT", &format!("{path}/settings"), &now["revision"], settings())
            .await
            .refused(409, "already_called");
        let mut corrected = now["settings"].clone();
        corrected["formal_items"][0]["title"] = json!("材料齐全（含电子版）");
        let correct = |settings: &Value, reason: &str| json!({ "settings": settings, "reason": reason });
        let corrections = format!("{path}/corrections");
        assert_eq!(
            office.over("POST", &corrections, &now["revision"], correct(&corrected, "")).await.invalid()[0].0,
            "/reason"
        );
        let unchanged = correct(&now["settings"], "无");
        office.over("POST", &corrections, &now["revision"], unchanged).await.refused(409, "unchanged");
        let mut later = now["settings"].clone();
        later["calendar"]["application"]["until"] = json!("2026-04-09T17:00:00+08:00");
        office
            .over("POST", &corrections, &now["revision"], correct(&later, "延期"))
            .await
            .refused(409, "not_by_correction");
        let done = office.over("POST", &corrections, &now["revision"], correct(&corrected, "笔误")).await.ok();
        assert_eq!(done["reason"], "笔误");
        let version = app.public().get(&format!("{path}/versions/{}", done["version"])).await.ok();
        assert_eq!(
            version["changes"],
            json!([{
                "pointer": "/formal_items/0/title",
                "before": "材料齐全",
                "after": "材料齐全（含电子版）",
            }])
        );
    }

    async fn a_deadline_becomes_later_only_with_a_reason(app) {
        let id = called(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{id}");
        let extend = |until: &str, reason: &str| json!({ "stage": "application", "due_at": until, "reason": reason });
        let extensions = format!("{path}/extensions");
        let revision = office.get(&path).await.ok()["revision"].clone();
        let over = async |body| office.over("POST", &extensions, &revision, body).await;
        assert_eq!(over(extend("2026-04-10T17:00:00+08:00", " ")).await.invalid()[0].0, "/reason");
        assert_eq!(over(extend("2026-04-08T17:00:00+08:00", "x")).await.invalid()[0].1, "not_later");
        let too_late = over(extend("2026-04-23T17:00:00+08:00", "x")).await.refused(422, "invalid");
        assert_eq!(too_late["errors"][0]["pointer"], "/due_at");
        assert!(text(&too_late["errors"][0]["detail"]).contains("“初审与推荐”"), "{too_late}");
        let done = over(extend("2026-04-10T17:00:00+08:00", "系统维护")).await.ok();
        assert_eq!(done["settings"]["calendar"]["application"]["until"], "2026-04-10T17:00:00+08:00");
        // What was to begin after the old deadline does not begin before the new one.
        assert_eq!(done["settings"]["calendar"]["recommendation"]["from"], "2026-04-10T17:00:00+08:00");
        close_applications(&app).await;
        assert_eq!(app.public().get(&path).await.ok()["state"], "application");
        app.at("2026-04-10T17:01:01+08:00");
        qianglian::actions::competitions::close_what_is_due(&app.service).await.unwrap();
        assert_eq!(app.public().get(&path).await.ok()["state"], "recommendation");
        let office = app.sign_in(Role::Office, None).await;
        let now = office.get(&path).await.ok();
        let late = extend("2026-04-12T17:00:00+08:00", "再延");
        office.over("POST", &extensions, &now["revision"], late).await.refused(409, "stage_over");
    }

    async fn later_stages_follow_in_one_act_that_is_shown_first(app) {
        let id = called(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{id}");
        let before = office.get(&path).await.ok();
        let extensions = format!("{path}/extensions");
        let body = json!({ "stage": "application", "due_at": "2026-04-13T12:00:00+08:00", "later_stages_follow": true, "reason": "系统维护" });
        let asked = office.over("POST", &extensions, &before["revision"], body.clone()).await.refused(428, "confirmation_required");
        let told = asked["errors"].as_array().unwrap();
        let moved: Vec<_> = told.iter().filter(|one| one["code"] == "changed").map(|one| text(&one["pointer"])).collect();
        assert_eq!(moved.len(), 9, "{asked}");
        assert_eq!(&moved[..2], ["/calendar/application/until", "/calendar/recommendation/from"]);
        assert!(text(&told[0]["detail"]).contains("2026-04-08 17:00 → 2026-04-13 12:00"), "{asked}");
        assert_eq!(office.get(&path).await.ok(), before, "nothing is stored before it is confirmed");
        let (_, done) = office.confirmed("POST", &extensions, Some(&before["revision"]), body).await;
        let done = done.ok();
        assert_eq!(done["version"], json!(before["version"].as_i64().unwrap() + 1));
        // Three working days, over a weekend; times of day stay.
        let calendar = |view: &Value, stage: &str, end: &str| text(&view["settings"]["calendar"][stage][end]).to_owned();
        let days = |stage: &str, end: &str| (calendar(&before, stage, end), calendar(&done, stage, end));
        for stage in ["recommendation", "checking", "review", "announcement"] {
            for end in ["from", "until"] {
                let (old, new) = days(stage, end);
                assert!(new > old && new[10..] == old[10..], "{stage} {end}: {old} {new}");
            }
        }
        assert_eq!(calendar(&done, "application", "from"), calendar(&before, "application", "from"));
        let version = app.public().get(&format!("{path}/versions/{}", done["version"])).await.ok();
        assert_eq!(version["changes"].as_array().unwrap().len(), 9, "one version has it all");
        // What has begun does not begin later; what has not begun may.
        let begin = |stage: &str, begins: &str, until: &str| json!({ "stage": stage, "begins_at": begins, "due_at": until, "reason": "x" });
        let now = done["revision"].clone();
        let begun = begin("application", "2026-04-01T09:00:00+08:00", "2026-04-14T12:00:00+08:00");
        let begun = office.over("POST", &extensions, &now, begun).await.invalid();
        assert_eq!((begun[0].0.as_str(), begun[0].1.as_str()), ("/begins_at", "not_later"));
        let last = begin("announced", "2026-12-26T09:00:00+08:00", "2026-12-28T17:00:00+08:00");
        let done = office.over("POST", &extensions, &now, last).await.ok();
        assert_eq!(calendar(&done, "announcement", "from"), "2026-12-26T09:00:00+08:00");
        // A Saturday, and two days for five of notice: told in the answer and to whoever sets it up.
        let codes = |view: &Value| view["warnings"].as_array().unwrap().iter().map(|one| text(&one["code"]).to_owned()).collect::<Vec<_>>();
        assert_eq!(codes(&done), ["day_off", "too_short"], "{}", done["warnings"]);
        assert_eq!(codes(&office.get(&format!("{path}/readiness")).await.ok()), codes(&done));
        let page = Browser::of(&app, "office-0").await.get(&format!("/competitions/{id}/settings/calendar")).await;
        assert!(page.text().contains("不是工作日") && page.text().contains("太短"), "{}", page.text());
        let public = Browser::new(&app).get(&format!("/editions/{id}")).await;
        assert!(public.text().contains("2026年：国办发明电〔2025〕7号"), "{}", public.text());
        let unknown = json!({ "stage": "announced", "due_at": "2027-03-28T17:00:00+08:00", "later_stages_follow": true, "reason": "x" });
        office.over("POST", &extensions, &done["revision"], unknown).await.refused(409, "year_unknown");
    }

    async fn a_state_follows_the_one_before_and_what_is_missing_is_listed(app) {
        let office = app.sign_in(Role::Office, None).await;
        let mut over = settings();
        over["calendar"]["application"] = json!({ "from": "2026-03-02T09:00:00+08:00", "until": "2026-03-09T17:00:00+08:00" });
        let late = office.post("/api/v1/competitions", over).await.ok();
        let path = format!("/api/v1/competitions/{}", text(&late["id"]));
        let to = |state: &str| json!({ "to": state });
        let states = format!("{path}/state");
        office.over("POST", &states, &late["revision"], to("checking")).await.refused(409, "not_the_next_state");
        let refused = office.over("POST", &states, &late["revision"], to("application")).await.refused(409, "preconditions");
        assert_eq!(refused["errors"][0]["code"], "deadline_passed");
        let readiness = office.get(&format!("{path}/readiness")).await.ok();
        assert_eq!((&readiness["next_state"], &readiness["open"][0]["code"]), (&json!("application"), &json!("deadline_passed")));

        let id = called(&app).await;
        let path = format!("/api/v1/competitions/{id}");
        let now = office.get(&path).await.ok();
        let refused = office
            .over("POST", &format!("{path}/state"), &now["revision"], to("recommendation"))
            .await
            .refused(409, "preconditions");
        assert_eq!(refused["errors"][0]["code"], "before_deadline");
    }

    async fn a_competition_that_can_not_be_closed_keeps_no_other_open(app) {
        let (broken, sound) = (called(&app).await, called(&app).await);
        let damage =
            format!("UPDATE competition_version SET content = content || ' ' WHERE competition_id = '{broken}'");
        behind_its_back(&app, "competition_version", &damage);
        let later = restarted(&app).await;
        later.at("2026-04-08T17:01:01+08:00");
        let closed = qianglian::actions::competitions::close_what_is_due(&later.service).await;
        assert_eq!(closed.unwrap(), 1);
        let state = later.public().get(&format!("/api/v1/competitions/{sound}")).await.ok()["state"].clone();
        assert_eq!(state, "recommendation");
        assert_eq!(later.service.loops.failures(), [("close_stages", 1), ("limits", 0)]);
        let supervisor = later.sign_in(Role::Supervisor, None).await;
        let events = supervisor.get(&format!("/api/v1/audit?competition_id={broken}")).await.ok();
        assert!(events.to_string().contains("damage"), "{events}");
        behind_its_back(&app, "competition_version", "UPDATE competition_version SET content = rtrim(content)");
    }

    async fn an_answer_is_sent_again_as_it_was_whatever_the_program_would_say_now(app) {
        let office = app.sign_in(Role::Office, None).await;
        let (path, key) = ("/api/v1/competitions", ("idempotency-key", "0123456789abcdef"));
        let first = office.send("POST", path, Some(settings()), &[key]).await;
        let again = office.send("POST", path, Some(settings()), &[key]).await;
        assert_eq!((again.status, &again.text), (201, &first.text));
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.headers[header], first.headers[header]);
        }
        // As if a later version had other members, and could not read what this one would answer by.
        let mut conn = Conn::open(&app.address).unwrap();
        let later = r#"UPDATE idempotency SET body = '{}', sent = replace(sent, '"body":"{', '"body":"{\"gone_since\":1,')"#;
        conn.batch_execute(later).unwrap();
        let ask = app.client.post(format!("{}{path}", app.base)).bearer_auth(office.token.as_ref().unwrap());
        let ask = ask.header(key.0, key.1).header("content-type", "application/json").body(settings().to_string());
        let answer = ask.send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!((answer.status().as_u16(), header("idempotency-replayed").as_str()), (201, "true"));
        assert_eq!((&header("etag"), &header("location")), (&first.headers["etag"], &first.headers["location"]));
        assert_eq!(answer.text().await.unwrap(), first.text.replacen('{', r#"{"gone_since":1,"#, 1));
    }

    async fn the_service_closes_applications_a_minute_after_the_deadline_and_never_opens_them_again(app) {
        let id = called(&app).await;
        let path = format!("/api/v1/competitions/{id}");
        for (time, state) in [
            ("2026-04-08T17:00:00+08:00", "application"),
            ("2026-04-08T17:01:00+08:00", "application"),
            ("2026-04-08T17:01:01+08:00", "recommendation"),
            ("2026-03-20T00:00:00+08:00", "recommendation"),
        ] {
            app.at(time);
            qianglian::actions::competitions::close_what_is_due(&app.service).await.unwrap();
            assert_eq!(app.public().get(&path).await.ok()["state"], state, "{time}");
        }
    }
}
