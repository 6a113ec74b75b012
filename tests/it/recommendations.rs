//! City review and recommendation: queue, send back, order, quota, duplicates, sealed list.

use futures_util::future::join_all;
use qianglian::domain::access::Role;
use qianglian::domain::record::digest_of;
use serde_json::{Value, json};

use super::support::app::on_both;
use super::support::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, called, close_applications, complete, draft, move_to,
    recommend, submit, submitted, write,
};
use super::support::text;

fn entries(applications: &[&str]) -> Value {
    let entries: Vec<Value> =
        applications.iter().map(|id| json!({ "application_id": id, "opinion": "同意推荐" })).collect();
    json!({ "entries": entries })
}

on_both! {
    async fn a_reviewer_sees_its_own_citys_submitted_applications(app) {
        let id = called(&app).await;
        let park = submitted(&app, &id, SUZHOU_PARK, BIOMEDICINE).await;
        submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        let kunshan = app.sign_in(Role::Applicant, Some(KUNSHAN)).await;
        draft(&kunshan, &id, BIOMEDICINE).await;
        let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        let queue = reviewer.get(&format!("/api/v1/applications?competition_id={id}")).await.ok();
        let seen: Vec<&str> = queue["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect();
        assert_eq!(seen, [park]);
        assert!(reviewer.get("/api/v1/applications?city_code=320600").await.ok()["items"].as_array().unwrap().is_empty());
    }

    async fn an_application_is_sent_back_with_reasons_and_comes_again(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, SUZHOU_PARK, BIOMEDICINE).await;
        let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        let path = format!("/api/v1/applications/{application}");
        let seen = reviewer.get(&path).await.ok();
        let send_back = format!("{path}/return");
        let reasons = |reasons: &str| json!({ "reason": reasons });
        assert_eq!(reviewer.over("POST", &send_back, &seen["revision"], reasons("")).await.invalid()[0].0, "/reason");
        reviewer.over("POST", &send_back, &seen["revision"], reasons("请补充数据来源")).await.ok();
        reviewer.over("POST", &send_back, &seen["revision"], reasons("再退")).await.refused(409, "not_submitted");
        let park = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let now = park.get(&path).await.ok();
        assert_eq!(now["state"], "returned");
        assert_eq!(now["decisions"][1]["reason"], "请补充数据来源");
        // What was sent back may come until the city's own deadline.
        assert_eq!(now["submission_due_at"], "2026-04-22T17:00:00+08:00");
        write(&park, &application, "section.status", json!({ "text": "补充后的现状" })).await;
        let receipt = submit(&park, &application).await;
        assert_eq!((&receipt["submission"], &receipt["number"]), (&json!(2), &now["number"]));
        let second = reviewer.get(&format!("{path}/submissions/2")).await.ok();
        let pointers: Vec<&str> = second["changes"].as_array().unwrap().iter().map(|c| text(&c["pointer"])).collect();
        assert_eq!(pointers, ["/sections/status"]);
    }

    async fn a_list_over_quota_is_refused_outright(app) {
        let id = called(&app).await;
        let mut all = Vec::new();
        for chain in [21, 22, 23, 24] {
            all.push(submitted(&app, &id, SUZHOU_PARK, chain).await);
        }
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        let path = format!("/api/v1/competitions/{id}/recommendations/{SUZHOU}");
        assert_eq!(reviewer.get(&path).await.ok()["quota"], 3);
        reviewer.over("PUT", &path, &json!(0), entries(&all)).await.refused(409, "over_quota");
        assert!(reviewer.get(&path).await.ok()["entries"].as_array().unwrap().is_empty());
        let list = reviewer.over("PUT", &path, &json!(0), entries(&all[..3])).await.ok();
        let order: Vec<&str> = list["entries"].as_array().unwrap().iter().map(|entry| text(&entry["application_id"])).collect();
        assert_eq!(order, all[..3]);
        let told = reviewer.over("PUT", &path, &list["revision"], entries(&[all[0], all[0]])).await.invalid();
        assert_eq!(told, [("/entries/1/application_id".to_owned(), "duplicate".to_owned())]);
        let foreign = submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        let told = reviewer.over("PUT", &path, &list["revision"], entries(&[&foreign])).await.invalid();
        assert_eq!(told[0].1, "not_a_candidate");
    }

    async fn of_many_lists_at_once_one_is_kept_and_never_over_quota(app) {
        let id = called(&app).await;
        let mut all = Vec::new();
        for chain in 21..=26 {
            all.push(submitted(&app, &id, NANTONG, chain).await);
        }
        let reviewer = app.sign_in(Role::CityReviewer, Some(NANTONG)).await;
        let path = format!("/api/v1/competitions/{id}/recommendations/{NANTONG}");
        let lists: Vec<Value> = (0..20).map(|n| entries(&[&all[n % 6], &all[(n + 1 + n / 6) % 6]])).collect();
        let none = json!(0);
        let answers = join_all(lists.iter().map(|list| reviewer.over("PUT", &path, &none, list.clone()))).await;
        let kept: Vec<usize> = (0..20).filter(|n| answers[*n].status == 200).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        for (n, answer) in answers.into_iter().enumerate() {
            if n != kept[0] {
                answer.refused(412, "stale");
            }
        }
        let now = reviewer.get(&path).await.ok();
        let order: Vec<&Value> = now["entries"].as_array().unwrap().iter().map(|entry| &entry["application_id"]).collect();
        let wanted: Vec<&Value> = lists[kept[0]]["entries"].as_array().unwrap().iter().map(|entry| &entry["application_id"]).collect();
        assert_eq!(order, wanted);
    }

    async fn a_list_is_sealed_once_and_after_the_applications(app) {
        let id = called(&app).await;
        let one = submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let two = submitted(&app, &id, KUNSHAN, BIOMEDICINE).await;
        let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        let path = format!("/api/v1/competitions/{id}/recommendations/{SUZHOU}");
        let list = reviewer.over("PUT", &path, &json!(0), entries(&[&one])).await.ok();
        reviewer
            .over("POST", &format!("{path}/seal"), &list["revision"], Value::Null)
            .await
            .refused(409, "applications_open");
        close_applications(&app).await;
        let reviewer = app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        // Whoever is left out learns why, and whom to ask: without that nothing is sealed.
        let silent = reviewer.over("POST", &format!("{path}/seal"), &list["revision"], Value::Null).await.invalid();
        let silent: Vec<&str> = silent.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(silent, [format!("/left_out/{two}").as_str(), "/contact"]);
        let row = |id: &str, place: Value, opinion: &str| json!({ "application_id": id, "place": place, "opinion": opinion });
        let rows = |rows: Vec<Value>| json!({ "rows": rows, "contact": "王处长 0512-11111111", "document_number": "苏工信产业〔2026〕12号" });
        let twice = rows(vec![row(&one, json!(1), "同意"), row(&two, json!(1), "同意")]);
        let told = reviewer.over("PUT", &path, &list["revision"], twice).await.invalid();
        let both = ["/rows/0/place", "/rows/1/place"].map(|pointer| (pointer.to_owned(), "duplicate".to_owned()));
        assert_eq!(told, both);
        let gap = rows(vec![row(&one, json!(3), "同意"), row(&two, json!(1), "同意")]);
        let told = reviewer.over("PUT", &path, &list["revision"], gap).await.invalid();
        assert_eq!(told, [("/rows/0/place".to_owned(), "out_of_range".to_owned())]);
        let why = rows(vec![row(&two, Value::Null, "主导产业不突出"), row(&one, json!(1), "同意推荐")]);
        let list = reviewer.over("PUT", &path, &list["revision"], why).await.ok();
        assert_eq!((&list["left_out"][0]["opinion"], &list["entries"][0]["application_id"]), (&json!("主导产业不突出"), &json!(one)));
        let sealed = reviewer.over("POST", &format!("{path}/seal"), &list["revision"], Value::Null).await.ok();
        assert_eq!(sealed["number"], "T-01-320500-001");
        let canonical = serde_json_canonicalizer::to_string(&sealed["sealed_list"]).unwrap();
        assert_eq!(text(&sealed["digest"]), digest_of(canonical).to_string());
        assert_eq!(sealed["sealed_list"]["entries"].as_array().unwrap().len(), 1);
        // The city's own number of its letter, beside the system's of the list.
        assert_eq!(sealed["sealed_list"]["document_number"], "苏工信产业〔2026〕12号");
        reviewer
            .over("POST", &format!("{path}/seal"), &sealed["revision"], Value::Null)
            .await
            .refused(409, "sealed");
        reviewer.over("PUT", &path, &sealed["revision"], entries(&[&two])).await.refused(409, "sealed");
        for (application, state) in [(&one, "recommended"), (&two, "not_recommended")] {
            let seen = reviewer.get(&format!("/api/v1/applications/{application}")).await.ok();
            assert_eq!(seen["state"], state);
        }
        // The office has all lists at once, cities without one too, and as a table.
        let office = app.sign_in(Role::Office, None).await;
        let overview = format!("/api/v1/competitions/{id}/recommendations");
        let all = office.get(&overview).await.ok();
        let lists = all["lists"].as_array().unwrap();
        assert_eq!(lists.len(), 13);
        let own = lists.iter().find(|list| list["city"]["code"] == SUZHOU).unwrap();
        assert_eq!((&own["number"], &own["submitted_count"], &own["sealed_at"]), (&sealed["number"], &json!(2), &sealed["sealed_at"]));
        assert_eq!(own["entries"], sealed["entries"]);
        assert!(lists.iter().filter(|list| list["city"]["code"] != SUZHOU).all(|list| list["entries"] == json!([])));
        let table = office.get(&format!("{overview}?format=csv")).await.text;
        let row = format!("苏州市,1,{},", text(&sealed["entries"][0]["number"]));
        assert!(table.lines().count() == 2 && table.contains(&row) && table.contains("苏工信产业〔2026〕12号"), "{table}");
        reviewer.get(&overview).await.refused(403, "not_your_role");
        let kunshan = app.sign_in(Role::Applicant, Some(KUNSHAN)).await;
        kunshan.get(&overview).await.refused(403, "not_your_role");
        let told = kunshan.get(&format!("/api/v1/applications/{two}")).await.ok();
        let decisions = told["decisions"].as_array().unwrap();
        assert_eq!(decisions.last().unwrap()["reason"], "主导产业不突出\n咨询：王处长 0512-11111111");
        assert_eq!(sealed["sealed_list"]["left_out"][0]["reason"], "主导产业不突出");
        // Only the lead of a withdrawn application leaves; the sealed list keeps its name.
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let now = suzhou.get(&format!("/api/v1/applications/{one}")).await.ok();
        let withdrawal = format!("/api/v1/applications/{one}/withdrawal");
        suzhou.over("POST", &withdrawal, &now["revision"], json!({ "reason": "退出" })).await.ok();
        assert_eq!(reviewer.get(&path).await.ok()["entries"].as_array().unwrap().len(), 1);
    }

    async fn nothing_is_recommended_after_the_deadline(app) {
        let id = called(&app).await;
        let one = submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        close_applications(&app).await;
        app.at("2026-04-22T17:00:00.000001+08:00");
        let reviewer = app.sign_in(Role::CityReviewer, Some(NANTONG)).await;
        let path = format!("/api/v1/competitions/{id}/recommendations/{NANTONG}");
        reviewer.over("PUT", &path, &json!(0), entries(&[&one])).await.refused(409, "deadline_passed");
        // Without its list the competition does not move on, and the office is told whose it is.
        let office = app.sign_in(Role::Office, None).await;
        let readiness = office.get(&format!("/api/v1/competitions/{id}/readiness")).await.ok();
        assert_eq!(readiness["open"][0]["pointer"], "/recommendations/320600");
    }

    async fn a_city_that_was_late_is_given_time_by_an_extension(app) {
        let id = called(&app).await;
        let one = submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        close_applications(&app).await;
        app.at("2026-04-22T18:00:00+08:00");
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{id}");
        let now = office.get(&path).await.ok();
        let extend = json!({ "stage": "recommendation", "due_at": "2026-04-23T17:00:00+08:00", "reason": "南通逾期，经同意" });
        office.over("POST", &format!("{path}/extensions"), &now["revision"], extend).await.ok();
        recommend(&app, &id, NANTONG, &[&one]).await;
        app.at("2026-04-23T17:00:01+08:00");
        let office = app.sign_in(Role::Office, None).await;
        assert_eq!(move_to(&office, &id, "checking").await["state"], "checking");
    }

    async fn duplicates_across_applications_are_shown(app) {
        let id = called(&app).await;
        let copied = "生物医药产业集群以研发服务外包和创新药为特色。".to_owned()
            + "园区集聚企业二百余家，年均增长百分之十五，形成从研发、临床到生产的完整链条，建有公共实验平台六个，"
            + "引进领军人才团队四十八个，获批一类新药十二个，设立产业基金三支，总规模六十亿元，推动上下游协同发展。";
        for region in [SUZHOU_PARK, NANTONG] {
            let applicant = app.sign_in(Role::Applicant, Some(region)).await;
            let application = draft(&applicant, &id, BIOMEDICINE).await;
            complete(&applicant, &application).await;
            write(&applicant, &application, "section.status", json!({ "text": copied })).await;
            submit(&applicant, &application).await;
        }
        submitted(&app, &id, KUNSHAN, BIOMEDICINE).await;
        let path = format!("/api/v1/competitions/{id}/duplicates");
        let office = app.sign_in(Role::Office, None).await;
        let seen = office.get(&path).await.ok();
        assert_eq!(seen["firms"].as_array().unwrap().len(), 1);
        assert_eq!(seen["firms"][0]["applications"].as_array().unwrap().len(), 3);
        let texts = seen["texts"].as_array().unwrap();
        assert_eq!((texts.len(), &texts[0]["percent"], &texts[0]["first_section"]), (1, &json!(100), &json!("status")));
        let wuxi = app.sign_in(Role::CityReviewer, Some("320200")).await;
        assert_eq!(wuxi.get(&path).await.ok(), json!({ "firms": [], "texts": [] }));
    }
}
