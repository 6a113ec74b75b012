//! What follows scoring, by pages and their forms alone: closing, confirming, deliberating, the notice, objections, the
//! announcement, titles; and that nobody sees or does there what is not theirs.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::browser::Browser;
use super::support::review::{
    Competition, REGIONS, all_equal, all_signed, at_scoring, closed, inspected, objected, on_notice,
    review_settings, serving, sheet, signed,
};
use super::support::text;

/// An office account with a browser; tests sign the same account in anew after time has passed.
async fn office<'a>(app: &'a App, name: &str) -> Browser<'a> {
    app.known_as(name, Role::Office, None).await;
    Browser::of(app, name).await
}

async fn supervisor(app: &App) -> Browser<'_> {
    let name = app.known(Role::Supervisor, None).await.name;
    Browser::of(app, &name).await
}

fn page(competition: &Competition, rest: &str) -> String {
    format!("/competitions/{}{rest}", competition.id)
}

fn act(competition: &Competition, rest: &str) -> String {
    format!("/act/v1/competitions/{}{rest}", competition.id)
}

/// The code of the only objection, as the office has it.
async fn only_objection(app: &App, competition: &Competition) -> Value {
    let office = app.known(Role::Office, None).await;
    office.get(&format!("/api/v1/competitions/{}/objections", competition.id)).await.ok()["items"][0].clone()
}

on_both! {
    async fn scoring_is_closed_where_nothing_stands_against_it(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let late = serving(&app, &competition).await;
        app.at("2026-07-01T09:00:00+08:00");
        let browser = office(&app, "office-1").await;
        let progress = browser.get(&page(&competition, "/progress")).await;
        let name = late[0].replace("expert-", "专家");
        assert!(progress.text().contains(&name) && progress.text().contains("逾期"), "{}", progress.text());
        // Cities without applications are counted too, and blank sheets are at hand.
        assert!(progress.text().contains("13个设区市中，11个没有提交申报"), "{}", progress.text());
        assert!(progress.html.contains("document=blank_sheets"));
        // The board asks for itself again, and the form is outside of it.
        assert!(progress.html.contains("hx-trigger=\"every 30s\"") && progress.html.contains("hx-select=\"#board\""));
        let reminded = browser.send(&progress.form(&act(&competition, "/reminders"))).await;
        assert!(reminded.text().contains("没有邮箱"), "{}", reminded.text());
        let closing = browser.get(&page(&competition, "/closing")).await;
        for told in ["未签署的评分表", &name, "指标数据未核定"] {
            assert!(closing.text().contains(told), "{told}: {}", closing.text());
        }
        assert!(closing.links().iter().any(|link| link.ends_with(&format!("{}/inspection", competition.applications[0]))));
        assert!(closing.forms().iter().all(|form| form.action != act(&competition, "/state")), "nothing can be closed yet");
        for (application, region) in competition.applications.iter().zip(REGIONS) {
            inspected(&app, application, region, |_| ()).await;
        }
        all_signed(&app, &competition).await;
        app.at("2026-07-08T09:00:00+08:00");
        let browser = office(&app, "office-1").await;
        let closing = browser.get(&page(&competition, "/closing")).await;
        let ranking = browser.send(&closing.form(&act(&competition, "/state"))).await;
        assert_eq!(ranking.address, page(&competition, "/tallies/1"), "{}", ranking.text());
        assert!(ranking.text().contains("须由领导小组办公室的另一人复核"), "{}", ranking.text());
        assert!(ranking.forms().iter().all(|form| !form.action.ends_with("/confirmation")), "nobody confirms alone");
        // After the act the page says where the competition is now; the tally is a task of the other person.
        for told in ["现在到哪一步", "在谁手中", "接下来", "审议后公示拟入选名单"] {
            assert!(ranking.text().contains(told), "{told}: {}", ranking.text());
        }
        let tally = page(&competition, "/tallies/1");
        let own = browser.get("/desk").await;
        assert!(own.text().contains("您形成的评分汇总待另一人复核：第1版") && !own.links().contains(&tally), "{}", own.text());
        let other = office(&app, "office-2").await.get("/desk").await;
        assert!(other.text().contains("评分汇总待您复核：第1版") && other.links().contains(&tally), "{}", other.text());
    }

    async fn a_tally_is_confirmed_corrected_and_compared(app) {
        let competition = closed(&app, review_settings()).await;
        let browser = office(&app, "office-1").await;
        // Every figure of the page is the ranking's.
        let reader = app.known(Role::Office, None).await;
        let ranking = reader.get(&format!("/api/v1/competitions/{}/tallies/1/ranking", competition.id)).await.ok();
        let shown = browser.get(&page(&competition, "/tallies/1")).await;
        for standing in ranking["result"]["groups"][0]["standings"].as_array().unwrap() {
            for figure in [&standing["score"], &standing["criteria"]["cluster"], &standing["adjustment"]] {
                assert!(shown.text().contains(text(figure)), "{figure}: {}", shown.text());
            }
        }
        assert_eq!(shown.html.matches("<figure class=\"chart\"").count(), 2, "points and spread");
        // A deduction is entered by its form; what was typed survives an error.
        let at = format!("/applications/{}/adjustments", competition.applications[0]);
        let form = browser.get(&at).await.form(&format!("/act/v1{at}"));
        let form = form.with("/entries/5/value", "4").with("/entries/5/basis", "核减超过5%");
        let wrong = browser.send(&form).await;
        assert_eq!(wrong.status, 422);
        assert_eq!(wrong.form(&format!("/act/v1{at}")).value("/entries/5/basis"), Some("核减超过5%"));
        let saved = browser.send(&form.with("/entries/5/value", "3")).await;
        assert_eq!((saved.status, saved.address.as_str()), (200, at.as_str()), "{}", saved.text());
        let tallies = browser.get(&page(&competition, "/tallies")).await;
        let changes = browser.send(&tallies.form(&act(&competition, "/tallies")).with("/reason", "核减偏差")).await;
        assert_eq!(changes.address, page(&competition, "/tallies/2/changes"), "{}", changes.text());
        assert!(changes.text().contains("苏州工业园区"), "{}", changes.text());
        // The first version says that it is replaced; the second person confirms the second.
        assert!(browser.get(&page(&competition, "/tallies/1")).await.text().contains("已被后来的版本取代"));
        let second = office(&app, "office-2").await;
        let tally = second.get(&page(&competition, "/tallies/2")).await;
        let confirmed = second.send(&tally.form(&act(&competition, "/tallies/2/confirmation"))).await;
        assert!(confirmed.text().contains("office-2 同志"), "{}", confirmed.text());
    }

    async fn equals_are_ruled_upon_by_a_form(app) {
        let mut settings = review_settings();
        settings["rules"]["tie_break"] = json!([]);
        settings["rules"]["awards"] = json!([{ "key": "excellent", "name": "卓越产业链", "quota": 1 }]);
        settings["rules"]["pass_mark"] = json!("0");
        let competition = all_equal(&app, settings).await;
        let browser = office(&app, "office-1").await;
        let tallies = browser.get(&page(&competition, "/tallies")).await;
        assert!(tallies.text().contains("3件申报并列"), "{}", tallies.text());
        let form = tallies.form(&act(&competition, "/tallies")).with("/reason", "裁定并列");
        let form = form.with("/rulings/0", &competition.applications[2]).with("/rulings/1", &competition.applications[0]);
        let no_minutes = browser.send(&form).await;
        assert_eq!(no_minutes.status, 422, "{}", no_minutes.text());
        let kept = no_minutes.form(&act(&competition, "/tallies"));
        assert_eq!(kept.value("/rulings/0"), Some(competition.applications[2].as_str()));
        let changes = browser.send(&kept.with("/minutes", "会议纪要")).await;
        assert_eq!(changes.address, page(&competition, "/tallies/2/changes"), "{}", changes.text());
        // The next version keeps the ruling unless the office takes it back.
        let form = browser.get(&page(&competition, "/tallies")).await.form(&act(&competition, "/tallies"));
        assert_eq!(form.value("/rulings/0"), Some(competition.applications[2].as_str()));
        assert_eq!(form.value("/rulings/1"), Some(competition.applications[0].as_str()));
        assert!(browser.get(&page(&competition, "/tallies/2")).await.text().contains("按领导小组办公室的裁定"));
    }

    async fn a_selection_goes_on_notice_after_it_was_read(app) {
        let competition = closed(&app, review_settings()).await;
        let browser = office(&app, "office-1").await;
        let form = browser.get(&page(&competition, "/selections")).await.form(&act(&competition, "/selections"));
        let form = form.with("/meeting/date", "2026-07-01").with("/meeting/minutes", "审议通过");
        let few = browser.send(&form.clone().with("/meeting/present:lines", "甲\n乙")).await;
        assert_eq!(few.status, 422);
        assert_eq!(few.form(&act(&competition, "/selections")).value("/meeting/minutes"), Some("审议通过"));
        let form = form.with("/meeting/present:lines", "甲\n乙\n丙");
        let departed = form
            .with("/departures/1/application", &competition.applications[2])
            .with("/departures/1/result", "not_selected")
            .with("/departures/1/reason", "重大事项待查");
        let done = browser.send(&departed).await;
        assert!(done.text().contains("重大事项待查"), "{}", done.text());
        // What is wrong with a notice is told before it is published.
        let query = |from: &str| {
            let pairs = [
                ("document", "公示〔2026〕1号"), ("from", from), ("days", "5"),
                ("channel0", "电话：025-11111111"), ("channel1", "监督：025-22222222"), ("issuer", "领导小组办公室"),
            ];
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        let past = browser.get(&format!("{}?{}", page(&competition, "/notice/preview"), query("2026-06-30"))).await;
        assert!(past.text().contains("起始日：公示期不得从过去的日期开始"), "{}", past.text());
        assert!(past.forms().iter().all(|form| form.action != act(&competition, "/notices")));
        let preview = browser.get(&format!("{}?{}", page(&competition, "/notice/preview"), query("2026-07-02"))).await;
        for told in ["2026年7月8日", "苏州工业园区", "监督：025-22222222", "发布后不能修改"] {
            assert!(preview.text().contains(told), "{told}: {}", preview.text());
        }
        let published = browser.send(&preview.form(&act(&competition, "/notices"))).await;
        assert_eq!(published.address, page(&competition, "/notice"), "{}", published.text());
        let list = app.public().get(&format!("/api/v1/competitions/{}/notices", competition.id)).await.all();
        assert_eq!(list[0]["notice"]["channels"], json!(["电话：025-11111111", "监督：025-22222222"]));
        assert_eq!(list[0]["notice"]["entries"].as_array().unwrap().len(), 2);
        assert!(browser.get(&page(&competition, "/notice/print")).await.text().contains("拟入选名单公示"));
    }

    async fn who_renounced_is_asked_about_at_the_next_deliberation(app) {
        let mut settings = review_settings();
        settings["rules"]["awards"][0]["quota"] = json!(1);
        let competition = closed(&app, settings).await;
        let browser = office(&app, "office-1").await;
        let ranking = app.known(Role::Office, None).await.get(&format!("/api/v1/competitions/{}/tallies/1/ranking", competition.id)).await.ok();
        let placed = ranking["result"]["groups"][0]["standings"].as_array().unwrap().clone();
        let (first, second) = (text(&placed[0]["application"]), text(&placed[1]["application"]));
        let form = browser.get(&page(&competition, "/selections")).await.form(&act(&competition, "/selections"));
        let met = form.with("/meeting/date", "2026-07-01").with("/meeting/minutes", "审议通过").with("/meeting/present:lines", "甲\n乙\n丙");
        let renounced = met
            .with("/departures/0/application", first)
            .with("/departures/0/kind:optional", "renounced")
            .with("/departures/0/result", "not_selected")
            .with("/departures/0/reason", "来函放弃");
        let done = browser.send(&renounced).await;
        for told in ["空出1个名额", "下一个是：第2名", "放弃", "来函放弃", "逐件决定"] {
            assert!(done.text().contains(told), "{told}: {}", done.text());
        }
        assert!(done.links().contains(&format!("/applications/{second}")));
        assert!(browser.get(&page(&competition, "/notice")).await.text().contains("空出1个名额"));
        let form = done.form(&act(&competition, "/selections"));
        assert_eq!(form.value("/carried/0/decision"), None, "nothing is chosen beforehand");
        let again = form.with("/meeting/minutes", "再次审议").with("/meeting/present:lines", "甲\n乙\n丙");
        let silent = browser.send(&again).await;
        assert_eq!(silent.status, 422, "{}", silent.text());
        assert!(silent.complaints().contains("请选择维持或者取消"), "{}", silent.complaints());
        let kept = browser.send(&silent.form(&act(&competition, "/selections")).with("/carried/0/decision", "kept")).await;
        assert!(kept.text().contains("第2次审议") && kept.text().contains("来函放弃"), "{}", kept.text());
        let lifted = kept.form(&act(&competition, "/selections")).with("/meeting/minutes", "三审").with("/meeting/present:lines", "甲\n乙\n丙");
        let lifted = lifted.with("/carried/0/decision", "lifted").with("/carried/0/reason", "撤回放弃");
        let lifted = browser.send(&lifted).await;
        assert!(lifted.text().contains("取消的调整") && !lifted.text().contains("空出"), "{}", lifted.text());
    }

    async fn objections_and_rechecks_are_dealt_with_before_the_announcement(app) {
        let competition = on_notice(&app, review_settings()).await;
        objected(&app, &competition, &competition.applications[0]).await;
        let anonymous = json!({
            "application_id": competition.applications[1],
            "content": { "kind": "conduct", "text": "有人在评审前打招呼，请查" },
        });
        app.public().post(&format!("/api/v1/competitions/{}/objections", competition.id), anonymous).await.ok();
        let lead = app.known(Role::Applicant, Some(REGIONS[1])).await;
        let recheck = json!({ "kind": "arithmetic", "text": "总分与分项之和不符，请复核" });
        let path = format!("/api/v1/applications/{}/recheck-requests", competition.applications[1]);
        lead.post(&path, recheck).await.ok();
        let browser = office(&app, "office-1").await;
        let list = browser.get(&page(&competition, "/objections")).await;
        assert!(!list.text().contains("线索") && list.text().contains("YY-00001"), "{}", list.text());
        let case = only_objection(&app, &competition).await;
        let (at, step) =
            (page(&competition, &format!("/objections/{}", text(&case["id"]))), format!("/act/v1/objections/{}/steps", text(&case["id"])));
        let shown = browser.get(&at).await;
        assert!(shown.text().contains("赵实名") && shown.text().contains("2026年7月23日"), "{}", shown.text());
        let refused = browser.send(&shown.form(&step).with("/to", "refused").with("/reply", "不予受理")).await;
        assert_eq!(refused.status, 422, "a ground is missing");
        assert_eq!(refused.form(&step).value("/reply"), Some("不予受理"));
        let accepted = browser.send(&refused.form(&step).with("/to", "accepted").with("/reply", "已受理")).await;
        assert_eq!(accepted.address, at, "{}", accepted.text());
        let letter = browser.get(&format!("{at}/letters/1")).await;
        assert!(letter.text().contains("异议受理告知书") && letter.text().contains("赵实名"), "{}", letter.text());
        // The supervisor sees the lead, notes it, and suspends the name.
        let watching = supervisor(&app).await;
        let leads = watching.get(&page(&competition, "/objections")).await;
        let lead_page = leads.links().into_iter().find(|link| link.contains("/objections/") && *link != at).unwrap();
        let lead = watching.get(&lead_page).await;
        let note = lead.forms().into_iter().find(|form| form.action.ends_with("/note")).unwrap();
        assert!(watching.send(&note.with("/text", "已核查")).await.text().contains("线索已处理"));
        assert_eq!(browser.get(&lead_page).await.status, 404, "leads are the supervisors' own");
        assert!(watching.get(&at).await.forms().iter().all(|form| form.action != step));
        let name = format!("/applications/{}/suspension", competition.applications[2]);
        let suspend = watching.get(&name).await.form(&format!("/act/v1{name}")).with("/reason", "核查中");
        assert!(watching.send(&suspend).await.text().contains("暂停中"));
        assert_eq!(browser.get(&name).await.status, 403);
        // Neither can be announced; the request must be answered first.
        app.at("2026-07-09T09:00:00+08:00");
        let browser = office(&app, "office-1").await;
        let preview = browser.get(&page(&competition, "/announcement")).await;
        assert!(preview.text().contains("有复核申请待答复") && preview.text().contains("暂不公布的名称（2）"), "{}", preview.text());
        assert!(preview.forms().iter().all(|form| form.action != act(&competition, "/announcements")));
        let requests = browser.get(&page(&competition, "/rechecks")).await;
        let answer = requests.forms().into_iter().find(|form| form.action.ends_with("/answer")).unwrap();
        browser.send(&answer.with("/outcome", "no_change").with("/answer", "复核无误")).await;
        let preview = browser.get(&page(&competition, "/announcement")).await;
        assert!(preview.text().contains("1项 入选名称立即公开"), "{}", preview.text());
    }

    async fn winners_are_announced_replaced_renewed_and_revoked(app) {
        let competition = on_notice(&app, review_settings()).await;
        app.at("2026-07-09T09:00:00+08:00");
        let browser = office(&app, "office-1").await;
        let form = browser.get(&page(&competition, "/announcement")).await.form(&act(&competition, "/announcements"));
        let done = browser.send(&form.with("/document", "公告〔2026〕1号").with("/issuer", "领导小组办公室")).await;
        assert!(done.text().contains("现行公布"), "{}", done.text());
        let again = done.form(&act(&competition, "/announcements")).with("/document", "公告〔2026〕2号");
        let silent = browser.send(&again).await;
        assert_eq!(silent.status, 422, "an erratum says why");
        assert_eq!(silent.form(&act(&competition, "/announcements")).value("/document"), Some("公告〔2026〕2号"));
        let replaced = browser.send(&again.with("/erratum", "更正文号")).await;
        assert_eq!(replaced.status, 200, "{}", replaced.text());
        let public = app.public().get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        assert_eq!((&public["number"], &public["erratum"]), (&json!(2), &json!("更正文号")));
        let titles = browser.get(&page(&competition, "/titles")).await;
        let of_one: Vec<String> = titles.links().into_iter().filter(|link| link.contains("/titles/")).collect();
        let title = browser.get(&of_one[0]).await;
        let renewal = title.forms().into_iter().find(|form| form.action.ends_with("/renewal")).unwrap();
        let renewed = browser.send(&renewal.with("/valid_until", "2032-07-08").with("/text", "复核通过")).await;
        assert!(renewed.text().contains("2032年7月8日"), "{}", renewed.text());
        let revocation = renewed.forms().into_iter().find(|form| form.action.ends_with("/revocation")).unwrap();
        let revoked = browser.send(&revocation.with("/reason", "查实造假")).await;
        assert!(revoked.text().contains("已撤销"), "{}", revoked.text());
        assert!(revoked.forms().iter().all(|form| !form.action.contains("/titles/")));
    }

    async fn pages_show_no_more_than_one_may_see(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let expert = app.known_as(&serving(&app, &competition).await[0], Role::Expert, None).await;
        let application = &competition.applications[0];
        signed(&expert, application, sheet(9)).await;
        let at = format!("/applications/{application}/sheets");
        let (browser, watching) = (office(&app, "office-1").await, supervisor(&app).await);
        let hidden = browser.get(&at).await;
        assert!(hidden.text().contains("对领导小组办公室保密") && !hidden.text().contains("同意"), "{}", hidden.text());
        assert!(watching.get(&at).await.text().contains("同意"));
        let pages = ["/progress", "/letters", "/closing", "/tallies", "/selections", "/notice", "/objections", "/rechecks",
            "/announcement", "/titles"];
        for rest in pages {
            for browser in [&browser, &watching] {
                for language in ["", "/en"] {
                    let shown = browser.get(&format!("{language}{}", page(&competition, rest))).await;
                    assert_eq!(shown.status, 200, "{language}{rest}: {}", shown.text());
                }
            }
            let acts = watching.get(&page(&competition, rest)).await;
            let acts = acts.forms().into_iter().filter(|form| form.action.starts_with("/act/") && !form.action.ends_with("/logout"));
            assert_eq!(acts.count(), 0, "supervisors change nothing on {rest}");
        }
        let applicant = app.known(Role::Applicant, Some(REGIONS[0])).await.name;
        for name in [applicant.as_str(), &expert.name] {
            let foreign = Browser::of(&app, name).await;
            for rest in pages {
                assert_eq!(foreign.get(&page(&competition, rest)).await.status, 403, "{name} {rest}");
            }
        }
    }
}
