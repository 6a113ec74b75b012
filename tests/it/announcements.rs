//! Announcements: what the public learns, errata that erase nothing, and titles.

use std::collections::BTreeSet;

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::browser::Browser;
use super::support::review::{
    Competition, REGIONS, accepted, announcement, meeting, notice, noticed, on_notice, review_settings,
    taking_applications,
};
use super::support::story::{BIOMEDICINE, NANTONG, submitted};
use super::support::text;

/// Two districts of one name, in different cities.
const GULOU_OF_NANJING: &str = "320106";
const GULOU_OF_XUZHOU: &str = "320302";

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(crate) async fn announced(app: &App, settings: Value) -> Competition {
    published(app, on_notice(app, settings).await).await
}

/// A competition on notice whose winners are announced.
async fn published(app: &App, competition: Competition) -> Competition {
    app.at("2026-07-09T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    office.post(&format!("/api/v1/competitions/{}/announcements", competition.id), announcement()).await.ok();
    competition
}

/// The winners' titles hold when the announcement says, which is as expected of each.
async fn agree(app: &App, announcement: &Value, expected: &[(&str, &str)]) {
    let public = app.public();
    let titles = public.get("/api/v1/titles").await.ok();
    let winners = announcement["winners"].as_array().unwrap();
    assert_eq!(winners.len(), expected.len());
    for (winner, expected) in winners.iter().zip(expected) {
        let same = |title: &&Value| title["content"]["application"] == winner["application"];
        let title = titles["items"].as_array().unwrap().iter().find(same).unwrap();
        assert_eq!((text(&title["valid_from"]), text(&title["valid_until"])), *expected);
        assert_eq!(title["standing"], "in_force");
        let others = announcement["other_validities"].as_array().into_iter().flatten();
        let mut said = others.filter(|other| other["application"] == winner["application"]);
        let said = said.next().unwrap_or(announcement);
        assert_eq!((text(&said["valid_from"]), text(&said["valid_until"])), *expected);
    }
}

on_both! {
    async fn the_public_learns_what_the_competition_discloses_and_no_more(app) {
        let mut settings = review_settings();
        settings["disclosure"] = json!("winners");
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = announced(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let ranking = office.get(&format!("{at}/tallies/1/ranking")).await.ok();
        let public = app.public();
        let paths = [
            format!("/api/v1/competitions/{}/announcement", competition.id),
            format!("/api/v1/competitions/{}/announcements/1", competition.id),
            format!("/api/v1/competitions/{}/announcement/csv", competition.id),
            format!("/announcements/{}", competition.id),
            format!("/api/v1/competitions/{}/notices", competition.id),
            "/api/v1/notices".to_owned(),
            "/api/v1/announcements".to_owned(),
            "/api/v1/titles".to_owned(),
            format!("/data/editions/{}/winners.csv", competition.id),
            format!("/data/editions/{}/members.json", competition.id),
            "/data/titles.csv".to_owned(),
            "/data".to_owned(),
        ];
        for path in paths {
            let seen = public.get(&path).await;
            assert_eq!(seen.status, 200, "{path}");
            for standing in ranking["result"]["groups"][0]["standings"].as_array().unwrap() {
                assert!(!seen.text.contains(text(&standing["score"])), "{path} tells a score");
            }
            assert!(!seen.text.contains("专家") || path.contains("notice"), "{path} tells of experts");
            for hidden in ["x-", "expert", "赵实名"] {
                assert!(!seen.text.contains(&format!("\"{hidden}")), "{path} tells {hidden}");
            }
        }
        let seen = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        assert_eq!((&seen["winners"][0]["score"], &seen["ranking"]), (&Value::Null, &Value::Null));
        public.get(&format!("/api/v1/competitions/{}/announcements/2", competition.id)).await.refused(404, "not_found");
    }

    async fn what_stands_in_text_is_text_on_the_page(app) {
        let mut settings = review_settings();
        settings["title"] = json!("竞赛<script>alert(1)</script>&\"'");
        let competition = announced(&app, settings).await;
        let page = app.public().get(&format!("/announcements/{}", competition.id)).await;
        assert!(!page.text.contains("<script>") && page.text.contains("&lt;script&gt;"));
        let policy = &page.headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{policy}");
    }

    async fn an_erratum_supersedes_and_erases_nothing(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = announced(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}", competition.id);
        let public = app.public();
        let first = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await;
        let winner = text(&first.body["winners"][0]["application"]).to_owned();
        // The group deliberates again, its list is on notice again, then it is announced again.
        let selection = office.get(&format!("{at}/selections")).await.all();
        let reserve = selection[0]["selection"]["entries"][1]["application"].clone();
        let departed = json!({ "meeting": meeting(), "departures": [
            { "application": winner, "result": "not_selected", "reason": "公布后查实不符合条件" },
            { "application": reserve, "result": "proposed", "award": "excellent", "reason": "依次递补" },
        ]});
        office.post(&format!("{at}/selections"), departed).await.ok();
        let mut erratum = announcement();
        erratum["erratum"] = json!("原入选项目查实不符合条件");
        let early = office.post(&format!("{at}/announcements"), erratum.clone()).await.refused(409, "preconditions");
        assert_eq!(early["errors"][0]["code"], "notice_outdated");
        let mut again = notice("2026-07-10");
        again["reason"] = json!("递补公示");
        office.post(&format!("{at}/notices"), again).await.ok();
        app.at("2026-07-17T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        office.post(&format!("{at}/announcements"), erratum).await.ok();
        let second = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await;
        assert_eq!(second.body["number"], 2);
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&first.text));
        assert_eq!(second.body["previous"], digest.as_str(), "it names the bytes that it replaces");
        assert_eq!(public.get(&format!("/api/v1/competitions/{}/announcements/1", competition.id)).await.text, first.text);
        let page = public.get(&format!("/announcements/{}", competition.id)).await;
        assert!(page.text.contains("更正") && page.text.contains(&digest));
        // The one's title is taken back, the other's begins.
        let titles = public.get("/api/v1/titles").await.ok();
        let standing = |application: &Value| {
            let found = titles["items"].as_array().unwrap().iter().find(|t| t["content"]["application"] == *application);
            text(&found.unwrap()["standing"]).to_owned()
        };
        assert_eq!((standing(&json!(winner)), standing(&reserve)), ("revoked".to_owned(), "in_force".to_owned()));
        agree(&app, &second.body, &[("2026-07-17", "2029-07-16")]).await;

        // It was a mistake after all: the first winner has its title again, from when it was given.
        let mistaken = json!({ "meeting": meeting(), "carried": [
            { "application": winner, "decision": "lifted", "reason": "经复核符合条件" },
            { "application": reserve, "decision": "lifted", "reason": "不再空缺" },
        ]});
        app.known(Role::Office, None).await.post(&format!("{at}/selections"), mistaken).await.ok();
        let mut again = notice("2026-07-20");
        again["reason"] = json!("恢复公示");
        app.known(Role::Office, None).await.post(&format!("{at}/notices"), again).await.ok();
        app.at("2026-07-27T09:00:00+08:00");
        let mut restored = announcement();
        restored["erratum"] = json!("经复核，原入选项目符合条件");
        app.known(Role::Office, None).await.post(&format!("{at}/announcements"), restored).await.ok();
        let third = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        assert_eq!(third["winners"][0]["application"], winner.as_str());
        agree(&app, &third, &[("2026-07-09", "2029-07-08")]).await;
    }

    async fn an_erratum_of_words_moves_no_title(app) {
        let competition = announced(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let public = app.public();
        let titles = public.get("/api/v1/titles").await.ok();
        let renewed = &titles["items"][0];
        let renew = json!({ "text": "复核通过", "valid_until": "2032-07-08" });
        office.over("POST", &format!("/api/v1/titles/{}/renewal", text(&renewed["id"])), &renewed["revision"], renew).await.ok();
        app.at("2026-08-03T09:00:00+08:00");
        let page = Browser::of(&app, "office-0").await.get(&format!("/competitions/{}/announcement", competition.id)).await;
        assert!(page.text().contains("已授予的称号有效期不变；新入选者获得称号，有效期自今天至 2029年8月2日"), "{}", page.text());
        let mut erratum = announcement();
        erratum["erratum"] = json!("更正文字");
        let office = app.known(Role::Office, None).await;
        office.post(&format!("/api/v1/competitions/{}/announcements", competition.id), erratum).await.ok();
        let second = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        assert_eq!((&second["valid_from"], &second["valid_until"]), (&json!("2026-07-09"), &json!("2029-07-08")));
        let usual = ("2026-07-09", "2029-07-08");
        let mut expected = vec![usual; second["winners"].as_array().unwrap().len()];
        let at = second["winners"].as_array().unwrap().iter();
        let at = at.clone().position(|winner| winner["application"] == renewed["content"]["application"]).unwrap();
        expected[at] = ("2026-07-09", "2032-07-08");
        agree(&app, &second, &expected).await;
        let page = public.get(&format!("/announcements/{}", competition.id)).await;
        assert!(page.text.contains("2032年7月8日"), "{}", page.text);
    }

    async fn every_list_says_which_regions_and_what_they_bring(app) {
        let competition = announced(&app, review_settings()).await;
        let public = app.public();
        let id = &competition.id;
        let joint = "苏州工业园区（牵头，核心区）、苏州市昆山市（协同区）";
        let notice = public.get(&format!("/api/v1/competitions/{id}/notices")).await.all()[0]["notice"].clone();
        assert!(text(&notice["text"]).contains(joint), "{notice}");
        let csv = format!("/api/v1/competitions/{id}/announcement/csv");
        for path in [format!("/announcements/{id}"), format!("/notices/{id}"), csv] {
            let shown = public.get(&path).await.text;
            assert!(shown.contains(joint), "{path}: {shown}");
        }
        assert!(public.get("/titles").await.text.contains(joint));
        let announced = public.get(&format!("/api/v1/competitions/{id}/announcement")).await.ok();
        let winners = announced["winners"].as_array().unwrap();
        let winner = winners.iter().find(|winner| winner["application"] == competition.applications[0]).unwrap();
        let members = json!([
            { "code": "320576", "name": "苏州工业园区", "role": "core" },
            { "code": "320583", "name": "苏州市昆山市", "role": "coordinated" },
        ]);
        assert_eq!(winner["members"], members);
        let csv = public.get(&format!("/api/v1/competitions/{id}/announcement/csv")).await.text;
        assert!(csv.starts_with("\u{feff}序号,称号,名称,产业链编号,产业链,牵头地区,牵头地区代码,参与地区,参与地区代码,") && csv.contains(",21,生物医药,苏州工业园区,320576,") && csv.contains(",320576、320583,"));
        assert!(!csv.contains(",all,"), "tracks bear names, or none: {csv}");
    }

    async fn a_title_is_reported_on_renewed_and_revoked(app) {
        let competition = announced(&app, review_settings()).await;
        let titles = app.public().get("/api/v1/titles").await.ok();
        let title = titles["items"].as_array().unwrap().iter().find(|t| t["content"]["application"] == competition.applications[0]);
        let path = format!("/api/v1/titles/{}", text(&title.unwrap()["id"]));
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        let report = |year: u16| json!({ "year": year, "text": "年度进展：内部数据" });
        assert_eq!(lead.post(&format!("{path}/reports"), report(2027)).await.invalid(), [("/year".to_owned(), "out_of_range".to_owned())]);
        lead.post(&format!("{path}/reports"), report(2026)).await.ok();
        lead.post(&format!("{path}/reports"), report(2026)).await.refused(409, "already_filed");
        let rival = app.known(Role::Applicant, Some(REGIONS[1])).await;
        rival.post(&format!("{path}/reports"), report(2026)).await.refused(404, "not_found");
        // That it was filed is public, what it says is not.
        let seen = app.public().get(&path).await;
        assert_eq!(seen.body["events"][0]["event"]["year"], 2026);
        assert!(!seen.text.contains("内部数据"));
        assert!(lead.get(&path).await.text.contains("内部数据"));
        // The last ninety days, the end, and the day after.
        for (now, standing) in [
            ("2029-04-08T09:00:00+08:00", "in_force"),
            ("2029-04-11T09:00:00+08:00", "recheck_due"),
            ("2029-07-08T23:00:00+08:00", "recheck_due"),
            ("2029-07-09T00:00:00+08:00", "expired"),
        ] {
            app.at(now);
            assert_eq!(app.public().get(&path).await.ok()["title"]["standing"], standing, "{now}");
        }
        let office = app.known(Role::Office, None).await;
        let now = office.get(&path).await.ok();
        let earlier = json!({ "valid_until": "2029-07-01", "text": "复核通过" });
        assert_eq!(office.over("POST", &format!("{path}/renewal"), &now["title"]["revision"], earlier).await.invalid()[0].1, "not_later");
        let renew = json!({ "valid_until": "2032-07-08", "text": "复核通过" });
        let now = office.over("POST", &format!("{path}/renewal"), &now["title"]["revision"], renew.clone()).await.ok();
        assert_eq!(now["title"]["standing"], "in_force");
        let now = office.over("POST", &format!("{path}/revocation"), &now["title"]["revision"], json!({ "reason": "发生较大事故" })).await.ok();
        assert_eq!(now["title"]["standing"], "revoked");
        office.over("POST", &format!("{path}/renewal"), &now["title"]["revision"], renew).await.refused(409, "not_in_force");
        let lead = app.known(Role::Applicant, Some(REGIONS[0])).await;
        lead.post(&format!("{path}/reports"), report(2029)).await.refused(409, "not_in_force");
        let kinds: Vec<String> = now["events"].as_array().unwrap().iter().map(|e| text(&e["event"]["kind"]).to_owned()).collect();
        assert_eq!(kinds, ["report", "renewed", "revoked"]);
    }

    /// Whatever is published says which 鼓楼区 is meant: by its code, and with its city's name before its own.
    async fn two_winners_of_one_name_are_told_apart(app) {
        let mut settings = review_settings();
        settings["disclosure"] = json!("ranking");
        let id = taking_applications(&app, settings).await;
        let regions = vec![GULOU_OF_NANJING, GULOU_OF_XUZHOU, NANTONG];
        let mut applications = Vec::new();
        for region in &regions {
            applications.push(submitted(&app, &id, region, BIOMEDICINE).await);
        }
        let competition = accepted(&app, Competition { id, applications, regions }).await;
        let competition = published(&app, noticed(&app, competition).await).await;
        let public = app.public();
        let at = format!("/api/v1/competitions/{}", competition.id);
        let expected = [
            json!({ "code": GULOU_OF_NANJING, "name": "南京市鼓楼区" }),
            json!({ "code": GULOU_OF_XUZHOU, "name": "徐州市鼓楼区" }),
        ];
        let named = |region: &Value| json!({ "code": region["code"], "name": region["name"] });
        let announcement = public.get(&format!("{at}/announcement")).await.ok();
        let notices = public.get(&format!("{at}/notices")).await.all();
        for winners in [&announcement["winners"], &notices[0]["notice"]["entries"]] {
            let told: Vec<Value> = list(winners).take(2).map(|winner| named(&winner["members"][0])).collect();
            assert_eq!(told, expected);
        }
        let titles = public.get("/api/v1/titles").await.all();
        let told: BTreeSet<&str> = list(&titles).map(|title| text(&title["content"]["members"][0]["code"])).collect();
        assert!(told.is_superset(&BTreeSet::from([GULOU_OF_NANJING, GULOU_OF_XUZHOU])), "{told:?}");
        for table in ["winners", "members", "ranking"] {
            let csv = public.get(&format!("/data/editions/{}/{table}.csv", competition.id)).await.text;
            for code in [GULOU_OF_NANJING, GULOU_OF_XUZHOU] {
                assert!(csv.contains(code), "{table}: {csv}");
            }
        }
        for page in [format!("/announcements/{}", competition.id), "/titles".to_owned()] {
            let page = public.get(&page).await.text;
            for name in ["南京市鼓楼区", "徐州市鼓楼区"] {
                assert!(page.contains(name), "{page}");
            }
        }
    }
}
