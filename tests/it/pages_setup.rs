//! Pages of the office: a competition set up and corrected, experts, checks, the draw, sheets on paper; by forms alone.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::browser::{Browser, Form, Page};
use super::support::review::{at_scoring, at_the_draw, experts, review_settings, sheet};
use super::support::story::{
    BIOMEDICINE, NANTONG, called, close_applications, move_to, recommend, settings, submitted,
};
use super::support::text;
use crate::made_files::pdf;

/// A draft made by the form, and its settings' page.
async fn made(browser: &Browser<'_>) -> (String, Page) {
    let form = browser.get("/competitions/new").await.form("/act/v1/competitions");
    let page = browser.send(&form.with("/title", "第二届竞赛").with("/authority", "测试〔2026〕1号")).await;
    let id = page.address.strip_prefix("/competitions/").and_then(|rest| rest.strip_suffix("/settings"));
    (id.unwrap_or_else(|| panic!("{}: {}", page.address, page.text())).to_owned(), page)
}

async fn step(browser: &Browser<'_>, id: &str, step: &str) -> Form {
    let page = browser.get(&format!("/competitions/{id}/settings/{step}")).await;
    page.form(&format!("/act/v1/competitions/{id}/settings"))
}

async fn stored(app: &App, id: &str) -> Value {
    let office = app.known(Role::Office, None).await;
    office.get(&format!("/api/v1/competitions/{id}")).await.ok()
}

#[track_caller]
fn done(page: &Page) {
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.html.contains("class=\"errors\""), "{}", page.text());
}

on_both! {
    async fn a_competition_is_set_up_by_steps_called_and_corrected(app) {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let (id, page) = made(&browser).await;
        done(&page);
        // Each step as it stands changes nothing but what is entered, whatever else the settings hold.
        let before = stored(&app, &id).await["settings"].clone();
        for key in ["title", "calendar", "entry", "forms", "evidence", "checks", "rubric", "scoring", "experts", "awards", "notice"] {
            let same = browser.send(&step(&browser, &id, key).await).await;
            assert!(same.status == 409 && same.text().contains("内容没有变化"), "{key}: {}", same.text());
        }
        assert_eq!(stored(&app, &id).await["settings"], before);
        let quotas = step(&browser, &id, "entry").await.with("/quotas/default:whole", "4").with("/quotas/by_city/320500:whole", "");
        done(&browser.send(&quotas.with("/quotas/by_city/320600:whole", "5")).await);
        assert_eq!(stored(&app, &id).await["settings"]["quotas"], json!({ "default": 4, "by_city": { "320600": 5 } }));
        // What is wrong is told at its field, and what was typed stays.
        let short = step(&browser, &id, "notice").await.with("/review/notice_days:whole", "4").with("/review/objection_days:whole", "17");
        let wrong = browser.send(&short).await;
        assert_eq!(wrong.status, 422);
        let form = wrong.form(&format!("/act/v1/competitions/{id}/settings"));
        assert_eq!((form.value("/review/notice_days:whole"), form.value("/review/objection_days:whole")), (Some("4"), Some("17")));
        assert!(wrong.text().contains("应为5至60"), "{}", wrong.text());
        done(&browser.send(&form.with("/review/notice_days:whole", "7")).await);
        // Not known is kept apart from none.
        let unknown = step(&browser, &id, "experts").await.with("/review/chief_experts/_unknown:yes", "true");
        done(&browser.send(&unknown).await);
        assert_eq!(stored(&app, &id).await["settings"]["review"]["chief_experts"], Value::Null);
        assert!(browser.get(&format!("/competitions/{id}/settings/experts")).await.text().contains("首席专家名单未备齐"));
        // Called, the same step is a correction with a reason.
        let overview = browser.get(&format!("/competitions/{id}")).await;
        let called = browser.send(&overview.form(&format!("/act/v1/competitions/{id}/state"))).await;
        done(&called);
        assert_eq!(stored(&app, &id).await["state"], "application");
        let page = browser.get(&format!("/competitions/{id}/settings/title")).await;
        let correction = page.form(&format!("/act/v1/competitions/{id}/corrections")).with("/settings/title", "更名后的竞赛");
        let without = browser.send(&correction).await;
        assert_eq!(without.status, 422, "a correction needs its reason");
        let correction = without.form(&format!("/act/v1/competitions/{id}/corrections"));
        assert_eq!(correction.value("/settings/title"), Some("更名后的竞赛"));
        done(&browser.send(&correction.with("/reason", "名称有误")).await);
        let now = stored(&app, &id).await;
        assert_eq!((&now["settings"]["title"], &now["reason"]), (&json!("更名后的竞赛"), &json!("名称有误")));
        let version = browser.get(&format!("/competitions/{id}/versions/{}", now["version"])).await;
        assert!(version.text().contains("第二届竞赛") && version.text().contains("更名后的竞赛"), "{}", version.text());
        let calendar = browser.get(&format!("/competitions/{id}/settings/calendar")).await;
        let extension = calendar.form(&format!("/act/v1/competitions/{id}/extensions"));
        let until = text(&now["settings"]["calendar"]["application"]["until"])[..10].to_owned();
        done(&browser.send(&extension.with("/due_at:time", &format!("{until}T18:30")).with("/reason", "应各市要求")).await);
        assert_eq!(stored(&app, &id).await["settings"]["calendar"]["application"]["until"], format!("{until}T18:30:00+08:00"));
    }

    async fn the_rubric_is_edited_and_its_rows_move(app) {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let (id, _) = made(&browser).await;
        let before = stored(&app, &id).await["settings"]["rubric"].clone();
        let (first, second) = (&before["criteria"][0], &before["criteria"][1]);
        let weights = step(&browser, &id, "rubric").await.with("/rubric/criteria/0/weight", "41");
        let wrong = browser.send(&weights).await;
        assert_eq!(wrong.status, 422);
        let form = wrong.form(&format!("/act/v1/competitions/{id}/settings"));
        assert_eq!(form.value("/rubric/criteria/0/weight"), Some("41"));
        // The first two change places with all that they hold; an indicator goes, another comes.
        let moved = form
            .with("/rubric/criteria/0/weight", text(&first["weight"]))
            .with("/rubric/criteria/0/_order", "2")
            .with("/rubric/criteria/1/_order", "1")
            .with("/rubric/criteria/0/indicators/0/_remove:yes", "true");
        let count = first["indicators"].as_array().unwrap().len();
        let row = format!("/rubric/criteria/0/indicators/{count}");
        let added = moved
            .with(&format!("{row}/key"), "a99")
            .with(&format!("{row}/name"), "新指标")
            .with(&format!("{row}/points"), " ２ ")
            .with(&format!("{row}/scale/max"), "2");
        done(&browser.send(&added).await);
        let now = stored(&app, &id).await["settings"]["rubric"].clone();
        assert_eq!(now["criteria"][0], *second);
        let indicators = now["criteria"][1]["indicators"].as_array().unwrap();
        assert_eq!(indicators[0], first["indicators"][1]);
        assert_eq!(indicators[count - 1], json!({
            "key": "a99", "name": "新指标", "points": "2", "kind": "judged", "scale": { "min": "0", "max": "2", "step": "0.5" },
        }));
        // An indicator by itself: from judged to counted.
        let page = browser.get(&format!("/competitions/{id}/settings/rubric?indicator=a99&as=per_unit")).await;
        let row = format!("/rubric/criteria/1/indicators/{}", count - 1);
        let counted = page
            .form(&format!("/act/v1/competitions/{id}/settings"))
            .with(&format!("{row}/unit:optional"), "个")
            .with(&format!("{row}/rule/units:pairs"), "national = 2\nprovincial = 1")
            .with(&format!("{row}/rule/cap"), "6");
        done(&browser.send(&counted).await);
        let now = stored(&app, &id).await["settings"]["rubric"]["criteria"][1]["indicators"][count - 1].clone();
        assert_eq!(now, json!({
            "key": "a99", "name": "新指标", "points": "2", "kind": "measured", "unit": "个",
            "rule": { "type": "per_unit", "units": { "national": "2", "provincial": "1" }, "cap": "6" },
        }));
    }

    async fn supervisors_see_what_the_office_sets_up_and_others_do_not(app) {
        let id = called(&app).await;
        app.sign_in(Role::Supervisor, None).await;
        let supervisor = Browser::of(&app, "supervisor-0").await;
        let address = format!("/competitions/{id}");
        for page in ["", "/settings", "/settings/rubric", "/settings/calendar", "/versions", "/versions/1", "/checks", "/conflicts", "/draws", "/panels"] {
            let shown = supervisor.get(&format!("{address}{page}")).await;
            assert_eq!(shown.status, 200, "{page}: {}", shown.text());
            let acts: Vec<String> = shown.forms().into_iter().map(|form| form.action).collect();
            assert!(acts.iter().all(|act| act == "/act/v1/logout"), "{page}: {acts:?}");
        }
        assert_eq!(supervisor.get("/competitions/new").await.status, 403);
        app.sign_in(Role::Applicant, Some(NANTONG)).await;
        let applicant = Browser::of(&app, &format!("applicant-{NANTONG}")).await;
        for page in ["/competitions", &address, "/experts"] {
            assert_eq!(applicant.get(page).await.status, 403, "{page}");
        }
    }

    async fn experts_are_added_looked_for_and_imported_row_by_row(app) {
        app.sign_in(Role::Office, None).await;
        let browser = Browser::of(&app, "office-0").await;
        let form = browser.get("/experts/new").await.form("/act/v1/experts");
        let form = form.with("/profile/name", "张三").with("/profile/unit", "省产业研究院").with("/profile/fields/1:whole", "6");
        let shown = browser.send(&form).await;
        done(&shown);
        let id = shown.address.strip_prefix("/experts/").unwrap().to_owned();
        let office = app.known(Role::Office, None).await;
        let expert = office.get(&format!("/api/v1/experts/{id}")).await.ok();
        assert_eq!((&expert["profile"]["employers"], &expert["profile"]["fields"]), (&Value::Null, &json!([6])));
        // Employers are known and there is none; then there is one.
        let path = format!("/act/v1/experts/{id}");
        let none = browser.send(&shown.form(&path).with("/profile/employers/_unknown:yes", "false")).await;
        done(&none);
        assert_eq!(office.get(&format!("/api/v1/experts/{id}")).await.ok()["profile"]["employers"], json!([]));
        let one = none.form(&path).with("/profile/employers/1/unit", "甲公司").with("/profile/employers/1/until:optional", "2025-06-30");
        done(&browser.send(&one).await);
        assert_eq!(
            office.get(&format!("/api/v1/experts/{id}")).await.ok()["profile"]["employers"],
            json!([{ "unit": "甲公司", "until": "2025-06-30" }])
        );
        let heading = "name,unit,title,region,fields,most_load,available,employers,phone,account";
        let import = browser.get("/experts/import").await.form("/act/v1/experts/import");
        let bad = format!("{heading}\n李四,省院,,320100,6,20,yes,-,,\n王五,省院,,3201,99,x,yes,-,,");
        let told = browser.send(&import.clone().with("/csv", &bad)).await;
        assert_eq!(told.status, 422);
        for words in ["有误的行", "地区", "工作量上限", "什么都没有导入"] {
            assert!(told.text().contains(words), "{words}: {}", told.text());
        }
        let good = format!("{heading}\n李四,省院,,320100,7,20,yes,-,,\n王五,市院,,,7,20,no,,,");
        let asked = browser.first(&told.form("/act/v1/experts/import").with("/csv", &good)).await;
        assert!(asked.text().contains("将写入的内容") && asked.text().contains("第1行 新增 李四"), "{}", asked.text());
        let imported = browser.send(&asked.form("/act/v1/experts/import")).await;
        assert!(imported.text().contains("新增2人，更新0人"), "{}", imported.text());
        let found = browser.get("/experts?field=7&available=true").await.text();
        assert!(found.contains("李四") && !found.contains("王五") && !found.contains("张三"), "{found}");
        let incomplete = browser.get("/experts?incomplete=true").await.text();
        assert!(incomplete.contains("王五") && !incomplete.contains("李四"), "{incomplete}");
    }

    async fn applications_are_checked_and_vetoes_cleared_by_a_reply(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        close_applications(&app).await;
        recommend(&app, &id, NANTONG, &[&application]).await;
        let office = app.known(Role::Office, None).await;
        move_to(&office, &id, "checking").await;
        let browser = Browser::of(&app, "office-0").await;
        assert!(browser.get("/desk").await.text().contains("1件申报待形式审查"));
        let listed = browser.get(&format!("/competitions/{id}/checks")).await;
        let address = format!("/applications/{application}/checks");
        assert!(listed.text().contains("待审查") && listed.links().contains(&address));
        let page = browser.get(&address).await;
        let act = format!("/act/v1/applications/{application}/checks/formal");
        let form = page.form(&act);
        assert!(form.fields.iter().all(|(name, _)| !name.ends_with("/passed:yes") && name != "/result"), "nothing is chosen beforehand");
        let unset = browser.send(&form.clone().with("/result", "accepted")).await;
        assert_eq!((unset.status, unset.text().matches("请选择“符合”或“不符合”").count()), (422, 10), "above and at each row: {}", unset.text());
        let judged = (0..5).fold(form, |form, at| form.with(&format!("/findings/{at}/passed:yes"), "true"));
        let contradicts = judged.with("/findings/0/note", "缺一页").with("/result", "rejected").with("/reason", "材料不全");
        let told = browser.send(&contradicts).await;
        assert!(told.text().contains("结论与各项审查意见不一致"), "{}", told.text());
        let form = told.form(&act);
        assert_eq!((form.value("/findings/0/note"), form.value("/reason")), (Some("缺一页"), Some("材料不全")));
        // A rejection is read first; going back leaves everything as it was.
        let risky = form.clone().with("/findings/0/passed:yes", "false").with("/result", "rejected");
        let asked = browser.first(&risky).await;
        assert!(asked.status == 200 && asked.text().contains("不予受理，不再参加本届评审"), "{}", asked.text());
        let back = browser.first(&asked.form(&act).with("_back", "yes")).await;
        assert_eq!(back.form(&act).value("/findings/0/note"), Some("缺一页"));
        done(&browser.send(&form.with("/result", "accepted")).await);
        assert!(browser.get(&format!("/competitions/{id}/checks")).await.text().contains("受理"));
        // A veto: asked, then cleared by the reply that was uploaded.
        let item = text(&settings()["rubric"]["vetoes"][0]["key"]).to_owned();
        let act = format!("/act/v1/applications/{application}/checks/vetoes/{item}");
        let asked = browser.get(&address).await.form(&act).with("/note", "函询省生态环境厅");
        assert_eq!(asked.value("/state"), Some("asked"));
        done(&browser.send(&asked).await);
        let upload = browser.get(&address).await.form(&format!("/act/v1/applications/{application}/checks/replies"));
        let uploaded = browser.upload(&upload, &[("复函.pdf", &pdf(900))]).await;
        done(&uploaded);
        let clear = uploaded.form(&act).with("/state", "clear").with("/note", "复函：无");
        let without = browser.send(&clear).await;
        assert!(without.text().contains("须附复函"), "{}", without.text());
        let reply = office.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        let reply = reply["items"].as_array().unwrap().iter().find(|file| file["kind"] == "veto_reply").unwrap().clone();
        done(&browser.send(&without.form(&act).with("/evidence_id:optional", text(&reply["id"]))).await);
        let checks = office.get(&format!("/api/v1/applications/{application}/checks")).await.ok();
        assert_eq!(checks["vetoes"][&item]["state"], "clear");
        // The applicant reads the formal check, and nothing of the vetoes.
        app.known(Role::Applicant, Some(NANTONG)).await;
        let applicant = Browser::of(&app, &format!("applicant-{NANTONG}")).await;
        let own = applicant.get(&address).await.text();
        assert!(own.contains("受理") && !own.contains("否决") && !own.contains("复函"), "{own}");
    }

    async fn panels_are_drawn_witnessed_and_an_expert_recused(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        app.known(Role::Office, None).await;
        app.known(Role::Supervisor, None).await;
        let (office, supervisor) = (Browser::of(&app, "office-0").await, Browser::of(&app, "supervisor-0").await);
        let base = format!("/competitions/{}", competition.id);
        let page = office.get(&format!("{base}/draws")).await;
        let act = format!("/act/v1{base}/draws");
        let frozen = office.send(&page.form(&act).with("/seed_source", "双色球第2026056期")).await;
        done(&frozen);
        assert_eq!(frozen.address, format!("{base}/draws/1"));
        let witness = format!("{act}/1/witness");
        let drawn = office.send(&frozen.form(&format!("{act}/1/seed")).with("/public_seed", "03 08 11")).await;
        done(&drawn);
        assert!(drawn.forms().iter().all(|form| form.action != witness), "the office is not its own witness");
        let seen = supervisor.get(&frozen.address).await;
        let rejected = supervisor.send(&seen.form(&witness).with("/confirmed:yes", "false")).await;
        assert_eq!(rejected.status, 422, "a rejection needs its reason");
        done(&supervisor.send(&rejected.form(&witness).with("/confirmed:yes", "true")).await);
        let links = supervisor.get(&frozen.address).await.links();
        assert!(links.contains(&format!("/api/v1{base}/draws/1/record")));
        // One expert goes; the next in order comes.
        let panels = office.get(&format!("{base}/panels")).await;
        let link = panels.links().into_iter().find(|link| link.contains("&expert=")).unwrap();
        let confirm = office.get(&link).await;
        let form = confirm.forms().into_iter().find(|form| form.action.ends_with("/recusal")).unwrap();
        let after = office.send(&form.with("/reason", "本人提出")).await;
        done(&after);
        assert!(after.text().contains("本人提出"), "{}", after.text());
        let seats = app.known(Role::Office, None).await.get(&format!("/api/v1{base}/panels")).await.all();
        let serving = seats[0]["seats"].as_array().unwrap().iter().filter(|seat| seat["state"] == "serving");
        assert_eq!(serving.count(), 5);
        assert!(office.get(&format!("{base}/conflicts")).await.text().contains("专家1"));
    }

    async fn a_paper_sheet_is_entered_by_two_people_who_do_not_see_each_other(app) {
        let competition = at_scoring(&app, review_settings()).await;
        app.known(Role::Office, None).await;
        app.known_as("office-2", Role::Office, None).await;
        let (first, second) = (Browser::of(&app, "office-0").await, Browser::of(&app, "office-2").await);
        let list = format!("/applications/{}/paper-sheets", competition.applications[0]);
        let page = first.get(&list).await;
        let address = page.links().into_iter().find(|link| link.starts_with(&format!("{list}/"))).unwrap();
        let expert = address.rsplit('/').next().unwrap();
        let act = format!("/act/v1/applications/{}/sheets/{expert}/paper", competition.applications[0]);
        let fill = |form: Form, score: i64| {
            let content = sheet(score);
            let marks = content["marks"].as_array().unwrap();
            marks.iter().enumerate().fold(form, |form, (index, mark)| {
                assert_eq!(form.value(&format!("/content/marks/{index}/indicator:key")), mark["indicator"].as_str());
                form.with(&format!("/content/marks/{index}/score:optional"), text(&mark["score"]))
                    .with(&format!("/content/marks/{index}/reason"), mark["reason"].as_str().unwrap_or(""))
            })
        };
        let page = first.get(&address).await;
        done(&first.send(&fill(page.form(&act), 5)).await);
        assert!(first.get(&address).await.forms().iter().all(|form| !form.fields.iter().any(|(name, _)| name.contains("marks"))));
        assert!(first.get("/desk").await.text().contains("您录入的纸质评分表待另一人再次录入"));
        let desk = second.get("/desk").await;
        assert!(desk.text().contains("纸质评分表待您第二次录入") && desk.links().contains(&list), "{}", desk.text());
        let page = second.get(&address).await;
        assert_eq!(page.form(&act).value("/content/marks/0/score:optional"), Some(""), "the first entry is not shown");
        let differ = second.send(&fill(page.form(&act), 9)).await;
        assert!(differ.status == 409 && differ.text().contains("与第一次录入不一致"), "{}", differ.text());
        done(&second.send(&fill(page.form(&act), 5)).await);
        assert!(second.get(&list).await.text().contains("已签署"));
    }
}
