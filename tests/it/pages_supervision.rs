//! Pages of supervisors and administrators: the trail, alarms, accounts, reference data, health, and the design system.

use std::collections::{BTreeMap, BTreeSet};

use qianglian::domain::access::Role;
use qianglian::domain::catalogue::Catalogue;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::support::app::{App, PASSWORD, on_both};
use super::support::browser::{Browser, Page};
use super::support::review::{Competition, at_scoring, closed, review_settings, serving, sheet, signed};
use super::support::story::{BIOMEDICINE, NANTONG, SUZHOU, called, settings, submitted};
use super::support::text;

/// The one-time code that a page shows.
fn code_of(page: &Page) -> String {
    let document = Html::parse_document(&page.html);
    let shown = document.select(&Selector::parse("code.secret").unwrap()).next();
    shown.unwrap_or_else(|| panic!("no code: {}", page.text())).text().collect()
}

/// Sets a password by a one-time code.
async fn accept(app: &App, code: &str) {
    let nobody = Browser::new(app);
    let form = nobody.get("/accept-link").await.form("/act/v1/links/acceptance");
    let done = nobody.send(&form.with("/token", code).with("/password", PASSWORD)).await;
    assert_eq!(done.address, "/sign-in", "{}", done.text());
}

async fn alarms(app: &App, id: &str) -> Value {
    let supervisor = app.sign_in(Role::Supervisor, None).await;
    supervisor.get(&format!("/api/v1/competitions/{id}/alarms")).await.ok()
}

/// How many alarms there are by which rule.
fn counted(alarms: &Value) -> BTreeMap<String, u64> {
    let mut by_kind = BTreeMap::new();
    // Accounts are opened in every story.
    let others = |kind: &Value| *kind != "account_opened";
    for alarm in alarms["alarms"].as_array().unwrap().iter().filter(|alarm| others(&alarm["kind"])) {
        *by_kind.entry(text(&alarm["kind"]).to_owned()).or_insert(0) += 1;
    }
    let told = alarms["rules"].as_array().unwrap().iter().filter(|rule| others(&rule["kind"]));
    let told = told.map(|rule| (text(&rule["kind"]).to_owned(), rule["found"].as_u64().unwrap()));
    assert_eq!(told.filter(|(_, found)| *found > 0).collect::<BTreeMap<_, _>>(), by_kind);
    by_kind
}

fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

async fn correct(app: &App, name: &str, application: &str, content: Value) {
    let expert = app.sign_in_as(name, Role::Expert, None).await;
    let path = format!("/api/v1/applications/{application}/sheets/mine");
    let now = expert.get(&path).await.ok();
    let body = json!({ "reason": "slip", "explanation": "看错一行", "content": content });
    expert.over("POST", &format!("{path}/corrections"), &now["revision"], body).await.ok();
}

/// The identifier of the expert with a login name, from the panel.
async fn expert_id(app: &App, competition: &Competition, name: &str) -> String {
    let office = app.sign_in(Role::Office, None).await;
    let panels = office.get(&format!("/api/v1/competitions/{}/panels", competition.id)).await.all();
    let seats = panels[0]["seats"].as_array().unwrap();
    let wanted = name.replace("expert-", "专家");
    let seat = seats.iter().find(|seat| seat["name"] == json!(wanted)).expect("a seat");
    text(&seat["expert_id"]).to_owned()
}

/// A competition whose first application has a sheet of each who serves, by their names; the fifth one's is far from the others.
async fn with_a_far_sheet(app: &App) -> (Competition, Vec<String>) {
    let competition = at_scoring(app, review_settings()).await;
    let names = serving(app, &competition).await;
    for (name, tenths) in names.iter().zip([8, 8, 8, 7, 2]) {
        let expert = app.sign_in_as(name, Role::Expert, None).await;
        signed(&expert, &competition.applications[0], sheet(tenths)).await;
    }
    (competition, names)
}

on_both! {
    async fn an_administrator_keeps_accounts_by_forms_alone(app) {
        app.sign_in(Role::Admin, None).await;
        let admin = Browser::of(&app, "admin-0").await;
        let desk = admin.get("/desk").await;
        for link in ["/accounts/new", "/accounts", "/health", "/catalogues/import", "/working-days/import"] {
            assert!(desk.links().iter().any(|found| found == link), "{link} is not on the desk");
        }
        let form = admin.get("/accounts/new").await.form("/act/v1/accounts");
        let form = form.with("/display_name", "苏州市工信局").with("/role", "applicant").with("/name", "Suzhou!");
        let wrong = admin.send(&form).await;
        assert_eq!(wrong.status, 422);
        let again = wrong.form("/act/v1/accounts");
        assert_eq!(again.value("/display_name"), Some("苏州市工信局"), "what was typed stays");
        assert_eq!(again.value("/role"), Some("applicant"));
        let invited = admin.send(&again.with("/name", "suzhou").with("/region_code:optional", SUZHOU)).await;
        assert_eq!(invited.status, 200, "{}", invited.text());
        let code = code_of(&invited);
        assert!(code.starts_with("qll_"), "{code}");
        assert!(invited.text().contains("苏州市工信局") && invited.text().contains("有效期至"));
        let where_it_is = "现状 一次性链接码可以使用 在谁手中 苏州市工信局 期限 2026年";
        assert!(invited.text().contains(where_it_is), "{}", invited.text());
        let account = invited.links().into_iter().find(|link| link.starts_with("/accounts/0")).expect("its page");
        assert!(!admin.get(&account).await.html.contains("qll_"), "the code is shown once");
        accept(&app, &code).await;
        Browser::of(&app, "suzhou").await;

        let id = account.strip_prefix("/accounts/").unwrap().to_owned();
        let act = format!("/act/v1/accounts/{id}");
        let saved = admin.send(&admin.get(&account).await.form(&act).with("/display_name", "苏州市工业和信息化局")).await;
        assert!(saved.text().contains("已保存") && saved.text().contains("苏州市工业和信息化局"), "{}", saved.text());
        assert!(saved.text().contains("现状 可以登录 在谁手中 苏州市工业和信息化局"), "{}", saved.text());
        let list = admin.get("/accounts?role=applicant&region_code=320500").await;
        assert!(list.text().contains("苏州市工业和信息化局") && !list.text().contains("admin-0"), "{}", list.text());

        let access = format!("{account}/access");
        let disabled = admin.send(&admin.get(&access).await.form(&act)).await;
        assert!(disabled.text().contains("现状 账号已停用，不能登录 在谁手中 系统管理员"), "{}", disabled.text());
        let barred = Browser::new(&app);
        let sign_in = barred.get("/sign-in").await.form("/act/v1/login").with("/name", "suzhou").with("/password", PASSWORD);
        assert_eq!(barred.send(&sign_in).await.status, 401);
        let enabled = admin.send(&admin.get(&access).await.form(&act)).await;
        assert!(enabled.text().contains("账号已启用"), "{}", enabled.text());
        Browser::of(&app, "suzhou").await;

        let reset = admin.send(&admin.get(&access).await.form(&format!("{act}/reset"))).await;
        assert_eq!(barred.send(&sign_in).await.status, 401, "the old password has ended");
        accept(&app, &code_of(&reset)).await;
        Browser::of(&app, "suzhou").await;
        // An account of one's own stays in use.
        let me = app.known(Role::Admin, None).await.get("/api/v1/me").await.ok();
        let own = format!("/accounts/{}/access", text(&me["id"]));
        let own = admin.send(&admin.get(&own).await.form(&format!("/act/v1/accounts/{}", text(&me["id"])))).await;
        assert_eq!(own.status, 409, "{}", own.text());
        // Supervisors look, and are offered nothing to change.
        app.sign_in(Role::Supervisor, None).await;
        let supervisor = Browser::of(&app, "supervisor-0").await;
        let seen = supervisor.get(&account).await;
        assert_eq!(seen.status, 200);
        assert!(seen.forms().iter().all(|form| !form.action.contains("accounts")), "{:?}", seen.forms());
        assert_eq!(supervisor.get(&access).await.status, 403);
        assert_eq!(supervisor.get("/health").await.status, 403);
    }

    async fn reference_data_is_imported_once_its_changes_were_seen(app) {
        app.sign_in(Role::Office, None).await;
        let office = Browser::of(&app, "office-0").await;
        let form = office.get("/catalogues/import").await.form("/act/v1/catalogues/preview");
        let catalogue = app.public().get("/api/v1/catalogues/1").await.ok()["catalogue"].clone();
        let catalogue: Catalogue = serde_json::from_value(catalogue).unwrap();
        let heading = "集群序号\t集群名称\t产业链序号\t产业链名称\t是否卓越提升\t是否优势产业链\t来源".to_owned();
        let rows: Vec<String> = std::iter::once(heading).chain(catalogue.chain_rows().map(|row| row.join("\t"))).collect();
        let table = rows.join("\n");
        let bad = office.send(&form.clone().with("/csv:optional", "cluster_no\nx\n")).await;
        assert_eq!(bad.status, 422);
        assert_eq!(bad.form("/act/v1/catalogues/preview").value("/csv:optional"), Some("cluster_no\nx\n"));
        let same = office.send(&form.clone().with("/csv:optional", &table)).await;
        assert!(same.text().contains("没有变化"), "{}", same.text());
        let changed = table.replace("生物医药\t", "生物医药与健康\t");
        let seen = office.send(&form.with("/csv:optional", &changed)).await;
        assert!(seen.text().contains("将发生的变化") && seen.text().contains("生物医药与健康"), "{}", seen.text());
        let import = seen.form("/act/v1/catalogues");
        let unfounded = office.send(&import).await;
        assert_eq!(unfounded.status, 422, "{}", unfounded.text());
        assert!(unfounded.text().contains("生物医药与健康 "), "the changes too: {}", unfounded.text());
        let import = unfounded.form("/act/v1/catalogues");
        assert_eq!(import.value("/csv"), Some(changed.as_str()), "the table is still there");
        let done = office.send(&import.with("/reason", "苏政办发〔2026〕1号")).await;
        assert_eq!(done.address, "/catalogues/2", "{}", done.text());
        assert!(done.text().contains("生物医药与健康") && done.text().contains("苏政办发〔2026〕1号"));
        assert!(done.text().contains("现状 已导入，为现行版本") && done.text().contains("新建的竞赛采用本版"), "{}", done.text());
        // Everybody reads it, and it says the same to everybody.
        let nobody = Browser::new(&app);
        assert!(nobody.get("/en/catalogues").await.text().contains("Version 2"));
        assert_eq!(nobody.get("/catalogues/import").await.address, "/sign-in?next=%2Fcatalogues%2Fimport");

        // A calendar is filled in year by year.
        let page = office.get("/working-days/import").await;
        let form = page.form("/act/v1/working-days/preview");
        let years = form.fields.iter().filter(|(name, _)| name.ends_with("/year:whole")).count();
        let at = |member: &str| format!("/working_days/years/{}/{member}", years - 1);
        let form = form.with(&at("year:whole"), "2031").with(&at("document:null"), "国办发明电〔2030〕9号")
            .with(&at("holidays:lines"), "2031-01-01\n2031-01-02").with(&at("make_up_days:lines"), "2031-01-04");
        let seen = office.send(&form).await;
        assert!(seen.text().contains("2031 放假日 （无） 1月1日至2日"), "{}", seen.text());
        let done = office.send(&seen.form("/act/v1/working-days").with("/reason", "国办发明电〔2030〕9号")).await;
        assert_eq!(done.address, "/working-days/2", "{}", done.text());
        assert!(done.text().contains("2031年1月4日"), "{}", done.text());
        let stored = app.public().get("/api/v1/working-days/2").await.ok();
        assert_eq!(stored["working_days"]["years"].as_array().unwrap().len(), years);
        app.sign_in(Role::Supervisor, None).await;
        let supervisor = Browser::of(&app, "supervisor-0").await;
        assert_eq!(supervisor.get("/catalogues/import").await.status, 403);
    }

    async fn a_supervisor_reads_the_trail_by_filters(app) {
        let id = called(&app).await;
        let office = app.sign_in(Role::Office, None).await;
        office.get("/api/v1/audit").await.refused(403, "not_your_role");
        app.sign_in(Role::Supervisor, None).await;
        let supervisor = Browser::of(&app, "supervisor-0").await;
        let refused = supervisor.get("/audit?outcome=refused&account=office-0").await;
        assert!(refused.text().contains("查看审计记录") && refused.text().contains("not_your_role"), "{}", refused.text());
        assert!(!refused.text().contains("开立账号 …"), "only what was refused: {}", refused.text());
        let competition = supervisor.get(&format!("/audit?competition_id={id}&action=competition.move")).await;
        assert!(competition.text().contains("转入下一阶段") && competition.text().contains("office-0"), "{}", competition.text());
        assert!(competition.links().contains(&format!("/api/v1/audit/export?competition_id={id}")));
        let later = supervisor.get(&format!("/audit?competition_id={id}&from=2026-03-11T00%3A00")).await;
        assert!(later.text().contains("没有符合条件的记录"), "{}", later.text());
        let unknown = supervisor.get("/audit?account=nobody-here").await;
        assert!(unknown.text().contains("没有这个登录名"), "{}", unknown.text());
        // Pages of a list go on where the one before ended, with its filters.
        for n in 0..60 {
            app.sign_in_as(&format!("expert-{n}"), Role::Expert, None).await;
        }
        let first = supervisor.get("/audit?action=account.invite").await;
        let next = first.links().into_iter().find(|link| link.contains("cursor=")).expect("a next page");
        assert!(next.contains("action=account.invite"), "{next}");
        let second = supervisor.get(&next).await;
        assert!(second.text().contains("expert-59") && !first.text().contains("expert-59"), "{}", second.text());
        // And back, page by page.
        let way = |page: &Page, rel: &str| {
            let (_, link) = page.html.split_once(&format!("rel=\"{rel}\" href=\"")).expect(rel);
            link.split_once('"').unwrap().0.replace("&amp;", "&")
        };
        let mut pages = vec!["/audit?outcome=done".to_owned()];
        for _ in 0..2 {
            let next = way(&supervisor.get(&pages[pages.len() - 1]).await, "next");
            pages.push(next);
        }
        assert!(!supervisor.get(&pages[0]).await.html.contains("rel=\"prev\""), "nothing is before the first");
        for pair in pages.windows(2) {
            assert_eq!(way(&supervisor.get(&pair[1]).await, "prev"), pair[0]);
        }
        let browser = Browser::of(&app, "office-0").await;
        assert_eq!(browser.get("/audit").await.status, 403);
    }

    async fn alarms_say_what_to_look_at_while_experts_judge(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let (first, second) = (competition.applications[0].clone(), competition.applications[1].clone());
        let names = serving(&app, &competition).await;
        for (name, tenths) in names.iter().zip([8, 8, 8, 7, 2]) {
            let expert = app.sign_in_as(name, Role::Expert, None).await;
            if name == &names[4] {
                assert_eq!(counted(&alarms(&app, &competition.id).await), counts(&[]), "nothing is odd so far");
            }
            signed(&expert, &first, sheet(tenths)).await;
        }
        let far = alarms(&app, &competition.id).await;
        assert_eq!(counted(&far), counts(&[("far_from_panel", 1)]));
        let alarm = &far["alarms"][0];
        assert_eq!(alarm["application_id"], json!(first));
        assert_eq!(alarm["experts"][0]["name"], json!(names[4].replace("expert-", "专家")));

        correct(&app, &names[4], &first, sheet(7)).await;
        assert_eq!(counted(&alarms(&app, &competition.id).await), counts(&[("sheet_corrected", 1)]), "no longer far");
        Browser::of(&app, &names[0]).await;
        assert_eq!(counted(&alarms(&app, &competition.id).await), counts(&[("sheet_corrected", 1)]), "one is alone there");
        Browser::of(&app, &names[1]).await;
        let expert = expert_id(&app, &competition, &names[2]).await;
        let office = app.sign_in(Role::Office, None).await;
        let paper = format!("/api/v1/applications/{second}/sheets/{expert}/paper");
        office.post(&paper, json!({ "content": sheet(5) })).await.ok();
        office.delete(&paper).await.ok();
        app.at("2026-06-30T16:55:00+08:00");
        signed(&app.sign_in_as(&names[0], Role::Expert, None).await, &second, sheet(7)).await;
        app.at("2026-06-30T17:30:00+08:00");
        signed(&app.sign_in_as(&names[1], Role::Expert, None).await, &second, sheet(7)).await;
        let found = alarms(&app, &competition.id).await;
        assert_eq!(
            counted(&found),
            counts(&[
                ("near_deadline", 1), ("paper_replaced", 1), ("shared_address", 1), ("sheet_corrected", 1), ("sheet_late", 1),
            ])
        );
        let times: Vec<&str> = found["alarms"].as_array().unwrap().iter().map(|alarm| text(&alarm["at"])).collect();
        assert!(times.is_sorted_by(|one, next| one >= next), "newest first: {times:?}");

        let supervisor = Browser::of(&app, "supervisor-0").await;
        let page = supervisor.get(&format!("/competitions/{}/alarms", competition.id)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        for words in ["签署后更正", "逾期签署", "同一网络地址 127.0.0.1", "纸质评分表的首次录入被作废"] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        assert!(page.links().contains(&format!("/applications/{second}/sheets")), "{:?}", page.links());
        let one = supervisor.get(&format!("/competitions/{}/alarms?kind=sheet_late", competition.id)).await;
        assert!(!one.text().contains("127.0.0.1"), "only what was chosen: {}", one.text());
        let all = found["alarms"].as_array().unwrap().len();
        assert!(supervisor.get("/desk").await.text().contains(&format!("{all}条预警")));
        assert!(supervisor.get("/en/alarms").await.text().contains("Same address 1"));
        // Nobody else learns of any, not even the office.
        for name in ["office-0", names[0].as_str()] {
            let browser = Browser::of(&app, name).await;
            assert_eq!(browser.get(&format!("/competitions/{}/alarms", competition.id)).await.status, 403, "{name}");
        }
        let office = app.sign_in(Role::Office, None).await;
        office.get(&format!("/api/v1/competitions/{}/alarms", competition.id)).await.refused(403, "not_your_role");
    }

    async fn what_sheets_come_to_follows_the_settings_that_hold(app) {
        let (competition, _) = with_a_far_sheet(&app).await;
        // 合计 of the sheet that is far.
        let told = |alarms: &Value| text(&alarms["alarms"][0]["zh"]).split('，').next().unwrap().to_owned();
        let before = told(&alarms(&app, &competition.id).await);
        assert!(before.starts_with("专家评分合计"), "{before}");
        assert_eq!(told(&alarms(&app, &competition.id).await), before);
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        let mut now = office.get(&path).await.ok();
        let (revision, mut settings) = (now["revision"].take(), now["settings"].take());
        for (criterion, weight) in [(0, "20"), (1, "55")] {
            settings["rubric"]["criteria"][criterion]["weight"] = json!(weight);
        }
        let correction = json!({ "reason": "更正权重", "settings": settings });
        office.over("POST", &format!("{path}/corrections"), &revision, correction).await.ok();
        let after = told(&alarms(&app, &competition.id).await);
        assert!(after.starts_with("专家评分合计") && after != before, "{before} {after}");
    }

    async fn a_sheet_of_who_serves_no_more_is_far_from_nobody(app) {
        let (competition, names) = with_a_far_sheet(&app).await;
        assert_eq!(counted(&alarms(&app, &competition.id).await), counts(&[("far_from_panel", 1)]));
        let expert = expert_id(&app, &competition, &names[4]).await;
        let recusal = format!("/api/v1/competitions/{}/panels/all/experts/{expert}/recusal", competition.id);
        app.sign_in(Role::Office, None).await.post(&recusal, json!({ "reason": "因病" })).await.ok();
        assert_eq!(counted(&alarms(&app, &competition.id).await), counts(&[]));
    }

    async fn what_is_changed_after_the_tally_is_an_alarm(app) {
        let competition = closed(&app, review_settings()).await;
        assert_eq!(counted(&alarms(&app, &competition.id).await), counts(&[]), "a competition without incident has none");
        app.at("2026-07-01T10:00:00+08:00");
        let names = serving(&app, &competition).await;
        correct(&app, &names[0], &competition.applications[0], sheet(8)).await;
        let office = app.sign_in(Role::Office, None).await;
        let path = format!("/api/v1/applications/{}/adjustments", competition.applications[0]);
        office.over("PUT", &path, &json!(0), json!({ "entries": [] })).await.ok();
        let tallies = format!("/api/v1/competitions/{}/tallies", competition.id);
        office.post(&tallies, json!({ "reason": "一份评分表更正" })).await.ok();
        let found = alarms(&app, &competition.id).await;
        assert_eq!(counted(&found), counts(&[("after_tally", 3)]));
        let subjects: BTreeSet<&str> =
            found["alarms"].as_array().unwrap().iter().map(|alarm| text(&alarm["subject_kind"])).collect();
        assert_eq!(subjects, BTreeSet::from(["adjustments", "opened", "sheet", "tally"]));
    }

    async fn deadlines_are_watched_and_counting_takes_no_more_statements_for_more_competitions(app) {
        let id = called(&app).await;
        app.at("2026-04-08T16:55:00+08:00");
        submitted(&app, &id, SUZHOU, BIOMEDICINE).await;
        let office = app.sign_in(Role::Office, None).await;
        let now = office.get(&format!("/api/v1/competitions/{id}")).await.ok();
        let extension = json!({ "stage": "application", "due_at": "2026-04-10T17:00:00+08:00", "reason": "系统维护" });
        office.over("POST", &format!("/api/v1/competitions/{id}/extensions"), &now["revision"], extension).await.ok();
        app.at("2026-04-09T10:00:00+08:00");
        submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        let found = alarms(&app, &id).await;
        assert_eq!(counted(&found), counts(&[("after_extension", 1), ("near_deadline", 1)]));
        assert!(text(&found["alarms"][0]["zh"]).contains("2026-04-08T17:00:00+08:00"), "{found}");

        app.sign_in(Role::Supervisor, None).await;
        let supervisor = Browser::of(&app, "supervisor-0").await;
        supervisor.get("/alarms").await;
        let mut taken = Vec::new();
        for more in 0..2 {
            if more > 0 {
                let office = app.sign_in(Role::Office, None).await;
                office.post("/api/v1/competitions", settings()).await.ok();
                supervisor.get("/alarms").await;
            }
            // Something else changes, so that the page is not given from memory.
            app.sign_in_as(&format!("somebody-{more}"), Role::Expert, None).await;
            let before = app.service.db.statements();
            let page = supervisor.get("/alarms").await;
            assert_eq!(page.links().iter().filter(|link| link.ends_with("/alarms")).count(), 3 + more);
            taken.push(app.service.db.statements() - before);
        }
        assert_eq!(taken[0], taken[1]);
    }

    async fn what_is_read_ahead_nobody_waits_for(app) {
        let competition = at_scoring(&app, review_settings()).await;
        for name in serving(&app, &competition).await {
            signed(&app.sign_in_as(&name, Role::Expert, None).await, &competition.applications[0], sheet(8)).await;
        }
        let supervisor = app.sign_in(Role::Supervisor, None).await;
        qianglian::actions::alarms::read_ahead(&app.service).await.unwrap();
        let taken = async || {
            // The service finds out who asks.
            supervisor.get("/api/v1/me").await.ok();
            let before = app.service.db.statements();
            supervisor.get(&format!("/api/v1/competitions/{}/alarms", competition.id)).await.ok();
            app.service.db.statements() - before
        };
        let at_first = taken().await;
        let expert = app.sign_in_as(&serving(&app, &competition).await[0], Role::Expert, None).await;
        signed(&expert, &competition.applications[1], sheet(8)).await;
        assert_eq!(taken().await, at_first + 1, "what was signed since is read");
        app.sign_in_as("somebody", Role::Expert, None).await;
        assert_eq!(taken().await, at_first, "what was read is kept");
    }

    async fn administrators_alone_see_how_the_service_fares(app) {
        app.sign_in(Role::Admin, None).await;
        let admin = Browser::of(&app, "admin-0").await;
        let page = admin.get("/health").await;
        assert_eq!(page.status, 200);
        for words in ["应答正常", "可以存取", "数据目录", "未配置邮件服务器", "不限"] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let health = app.known(Role::Admin, None).await.get("/api/v1/health").await.ok();
        assert_eq!((&health["catalogue_version"], &health["file_store"]["ready"]), (&json!(1), &json!(true)));
        std::fs::remove_dir_all(app.directory.path().join("spool")).unwrap();
        // Something changes, so that the page is not given from memory.
        app.sign_in(Role::Office, None).await;
        let page = admin.get("/health").await;
        assert!(page.text().contains("文件存储现在不能用"), "{}", page.text());
        assert!(admin.get("/desk").await.text().contains("文件存储现在不能用"));
        std::fs::create_dir(app.directory.path().join("spool")).unwrap();
    }

    async fn the_design_system_is_shown_in_development_builds(app) {
        let nobody = Browser::new(&app);
        for page in [nobody.get("/design").await, nobody.get("/en/design").await] {
            assert_eq!(page.status, 200);
            let document = Html::parse_document(&page.html);
            let mut seen = BTreeSet::new();
            for element in document.select(&Selector::parse("[id]").unwrap()) {
                let id = element.attr("id").unwrap();
                assert!(seen.insert(id.to_owned()), "{id} stands twice");
            }
            let count = |css: &str| document.select(&Selector::parse(css).unwrap()).count();
            assert_eq!(count("figure.chart svg[role=img]"), 6);
            assert!(count(".errors") == 2 && count(".stored") == 1 && count("ol.timeline") == 1);
            assert_eq!(count("[style], main script"), 0);
        }
    }
}
