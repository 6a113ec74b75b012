//! Pages of experts and inspections: each role's way by forms alone, and that none sees more than it may.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::made_files::{docx, pdf, png};
use super::support::app::{App, on_both};
use super::support::browser::{Browser, Form, Page};
use super::support::review::{
    Competition, REGIONS, at_scoring, at_the_draw, declared, drawn, experts, review_settings, serving, sheet,
    team,
};
use super::support::story::{BIOMEDICINE, called, draft, move_to};
use super::support::text;

/// A browser of the applicant of the n-th application.
async fn applicant(app: &App, n: usize) -> Browser<'_> {
    let user = app.known(Role::Applicant, Some(REGIONS[n])).await;
    Browser::of(app, &user.name).await
}

fn act(application: &str, rest: &str) -> String {
    format!("/act/v1/applications/{application}/{rest}")
}

/// The number of the row of a form whose key is this indicator.
#[track_caller]
fn row(form: &Form, list: &str, indicator: &str) -> String {
    let found = form.fields.iter().find(|(name, value)| {
        name.starts_with(list) && name.ends_with("/indicator:key") && value == indicator
    });
    let (name, _) = found.unwrap_or_else(|| panic!("no row for {indicator} in {form:?}"));
    name.trim_end_matches("/indicator:key").to_owned()
}

/// A sheet's form with these marks entered.
fn marked(mut form: Form, list: &str, content: &Value) -> Form {
    for mark in content["marks"].as_array().unwrap() {
        let at = row(&form, list, text(&mark["indicator"]));
        form = form
            .with(&format!("{at}/score:optional"), text(&mark["score"]))
            .with(&format!("{at}/reason"), text(&mark["reason"]));
    }
    form
}

/// A page, which must be there.
#[track_caller]
fn there(page: Page) -> Page {
    assert_eq!(page.status, 200, "{}: {}", page.address, page.text());
    page
}

/// The record's form with every value as claimed.
fn recorded(mut form: Form, inspection: &Value) -> Form {
    for figure in inspection["claimed"].as_array().unwrap() {
        let at = row(&form, "/items", text(&figure["indicator"]));
        match &figure["value"] {
            Value::Object(counts) => {
                for (unit, count) in counts {
                    form = form.with(&format!("{at}/value/{unit}:whole"), &count.to_string());
                }
            }
            value => form = form.with(&format!("{at}/value:null"), text(value)),
        }
        form = form.with(&format!("{at}/seen"), "统计年报").with(&format!("{at}/method"), "documents");
    }
    form.with("/summary", "核定完毕")
}

async fn inspection(app: &App, application: &str) -> Value {
    let supervisor = app.known(Role::Supervisor, None).await;
    supervisor.get(&format!("/api/v1/applications/{application}/inspection")).await.ok()
}

/// A planned inspection, by the office's form.
async fn planned(app: &App, competition: &Competition) {
    let application = &competition.applications[0];
    let team = team(app).await;
    let office = Browser::of(app, &team[0].0).await;
    let page = there(office.get(&format!("/applications/{application}/inspection")).await);
    let plan = format!("/applications/{application}/inspection/plan");
    assert!(page.links().contains(&plan), "{:?}", page.links());
    let mut form = office.get(&plan).await.form(&act(application, "inspection/plan"));
    for (at, (_, id)) in team.iter().enumerate() {
        let member = json!({ "account": id, "name": format!("考察员{at}"), "unit": "办公室" });
        form = form.with(&format!("/team/{at}:json"), &member.to_string());
    }
    // One alone is no team, and what was entered stays.
    let alone = form.clone().with("/team/1:json", "").with("/notes", "先到园区");
    let refused =
        office.send(&alone.with("/from:null", "2026-05-25").with("/until:null", "2026-05-27")).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.form(&act(application, "inspection/plan")).value("/notes"), Some("先到园区"));
    let form = form.with("/from:null", "2026-05-25").with("/until:null", "2026-05-27");
    let saved =
        office.send(&form.with("/firms:lines", "示例龙头公司\r\n另一公司").with("/notes", "路线保密")).await;
    assert!(there(saved).text().contains("考察方案已保存"));
}

fn declaration_act(competition: &Competition) -> String {
    format!("/act/v1/competitions/{}/panels/mine/declaration", competition.id)
}

on_both! {
    async fn an_expert_declares_scores_signs_and_corrects_by_forms(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        drawn(&app, &competition).await;
        let name = serving(&app, &competition).await[0].clone();
        let browser = Browser::of(&app, &name).await;
        let desk = browser.get("/desk").await;
        let panel = format!("/competitions/{}/panel", competition.id);
        assert!(desk.text().contains("先签署回避声明") && desk.links().contains(&panel), "{}", desk.text());
        let application = &competition.applications[0];
        let at = format!("/applications/{application}/sheet");
        assert_eq!(browser.get(&at).await.status, 403, "nothing opens before the declaration");
        let declaration = there(browser.get(&panel).await).form(&declaration_act(&competition));
        let shown = browser.get(&panel).await.text();
        for seen in ["320583", "苏州市昆山市", "示例龙头公司", "首席专家"] {
            assert!(shown.contains(seen), "one judges by {seen}: {shown}");
        }
        assert!(declaration.value("/answers/0/conflict").is_none(), "nothing is chosen beforehand");
        let unsigned = browser.send(&declaration.clone().with("/accepted:yes", "true")).await;
        assert_eq!(unsigned.status, 422);
        assert_eq!(unsigned.text().matches("请选择“有”或“没有”").count(), 6, "above and at each: {}", unsigned.text());
        let answered = (0..3).fold(declaration.with("/accepted:yes", "true"), |form, at| form.with(&format!("/answers/{at}/conflict"), "no"));
        let none = browser.send(&answered.clone().with("/answers/1/conflict", "yes").with("/answers/1/reason", "无")).await;
        assert!(none.status == 422 && none.text().contains("“无”不是应当回避的关系"), "{}", none.text());
        // What would follow is read first; going back keeps what was typed, and nothing is done.
        let risky = answered.clone().with("/answers/1/conflict", "yes").with("/answers/1/reason", "配偶任职");
        let asked = browser.first(&risky).await;
        assert!(asked.status == 200 && asked.text().contains("您将回避") && asked.text().contains("您自己不能撤回"), "{}", asked.text());
        let back = browser.first(&asked.form(&declaration_act(&competition)).with("_back", "yes")).await;
        assert_eq!((back.status, back.form(&declaration_act(&competition)).value("/answers/1/reason")), (200, Some("配偶任职")));
        assert!(serving(&app, &competition).await.contains(&name));
        let signed = there(browser.send(&answered).await);
        assert!(signed.text().contains("现状 回避声明已签署 在谁手中 领导小组办公室"), "{}", signed.text());
        declared(&app, &competition).await;
        move_to(&app.known(Role::Office, None).await, &competition.id, "scoring").await;

        let page = there(browser.get(&at).await);
        let form = page.form(&act(application, "sheets/mine"));
        let first = row(&form, "/marks", "a23");
        let off = form.clone().with(&format!("{first}/score:optional"), "1.25").with(&format!("{first}/reason"), "补链两处");
        let refused = browser.send(&off).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("步长0.5"), "{}", refused.text());
        assert_eq!(refused.form(&act(application, "sheets/mine")).value(&format!("{first}/reason")), Some("补链两处"));
        // A draft that is half done can be saved, but not signed: it is told what is missing.
        let half = form.clone().with(&format!("{first}/score:optional"), "2").with("_next", &format!("{at}/review"));
        let review = there(browser.send(&half).await);
        assert_eq!(review.address, format!("{at}/review"));
        assert!(review.text().contains("“短板补齐实效”：零分、满分以及本届规定的指标必须说明理由"), "{}", review.text());
        assert!(review.forms().iter().all(|form| !form.action.ends_with("/signature")));
        // The form that was opened before is stale now: both versions are shown, nothing is lost.
        let stale = browser.send(&marked(form, "/marks", &sheet(6))).await;
        assert_eq!(stale.status, 412);
        assert!(stale.text().contains("现在的内容： 2"), "{}", stale.text());
        let merged = stale.form(&act(application, "sheets/mine")).with("_next", &format!("{at}/review"));
        let review = there(browser.send(&merged).await);
        let receipt = there(browser.send(&review.form(&act(application, "sheets/mine/signature"))).await);
        let expert = app.known_as(&name, Role::Expert, None).await;
        let own = format!("/api/v1/applications/{application}/sheets/mine");
        let signed = expert.get(&own).await.ok();
        assert_eq!(signed["state"], "signed");
        assert!(receipt.text().contains(text(&signed["versions"][0]["digest"])), "{}", receipt.text());
        // The receipt names competition, application and expert, says what follows, and leads to the next open sheet.
        let next = format!("{panel}/next");
        for told in [text(&review_settings()["title"]), "苏州工业园区", "2026-01-0001", &name.replace("expert-", "专家"), "现在到哪一步", "接下来"] {
            assert!(receipt.text().contains(told), "{told}: {}", receipt.text());
        }
        assert!(receipt.links().contains(&next) && receipt.text().contains("下一件（2）"), "{}", receipt.text());
        let open = there(browser.get(&next).await).address;
        assert!(competition.applications[1..].iter().any(|other| open == format!("/applications/{other}/sheet")), "{open}");
        // Open ones come first; filters; one's own marks side by side.
        let all = there(browser.get(&panel).await);
        let order: Vec<usize> = competition.applications.iter().map(|id| all.html.find(&format!("href=\"/applications/{id}\"")).unwrap()).collect();
        assert!(order[0] > order[1] && order[0] > order[2], "what is signed comes last");
        let unsigned = there(browser.get(&format!("{panel}?show=open")).await);
        assert!(!unsigned.links().contains(&at) && unsigned.links().contains(&open), "{}", unsigned.text());
        let marks = there(browser.get(&format!("{panel}/marks")).await);
        let side = marks.rows().into_iter().find(|row| row[0].contains("2026-01-0001")).unwrap();
        let wanted = text(&signed["content"]["marks"][0]["score"]);
        assert!(side.contains(&wanted.to_owned()), "{wanted}: {side:?}");
        let correction = there(browser.get(&format!("{at}/correction")).await).form(&act(application, "sheets/mine/corrections"));
        let correction = marked(correction, "/content/marks", &sheet(7)).with("/explanation", "看错一行");
        let unexplained = browser.send(&correction).await;
        assert_eq!(unexplained.status, 422, "a reason of the list is due");
        there(browser.send(&correction.with("/reason", "slip")).await);
        assert_eq!(expert.get(&own).await.ok()["versions"][1]["sheet"]["correction"]["reason"], "slip");
        let paper = there(browser.get(&format!("{at}/print")).await);
        // What is signed electronically says so, where the blank form has lines for a hand.
        let signed = paper.text().contains("电子签署，第2版") && !paper.text().contains("专家签名");
        assert!(paper.text().contains("研究院") && signed, "{}", paper.text());
        let blank = there(browser.get(&format!("{at}/print?blank=1")).await);
        assert!(blank.text().contains("专家签名"), "{}", blank.text());
        assert!(!blank.text().contains("研究院") && !blank.text().contains("理由 理由"), "{}", blank.text());
        assert!(browser.get("/desk").await.text().contains("已签署 1 / 3"));
    }

    async fn an_inspection_goes_from_plan_to_comment_by_forms(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let application = &competition.applications[0];
        planned(&app, &competition).await;
        let at = format!("/applications/{application}/inspection");
        let (first, second) = (Browser::of(&app, "inspector-1").await, Browser::of(&app, "inspector-2").await);
        assert!(first.get("/inspections").await.links().contains(&at));
        let party = applicant(&app, 0).await;
        let seen = there(party.get(&at).await);
        assert!(seen.text().contains("另一公司") && !seen.text().contains("路线保密"), "{}", seen.text());

        let page = there(first.get(&format!("{at}/record")).await);
        let photo = page.form(&act(application, "inspection/photos"));
        let page = there(first.upload(&photo, &[("gate.png", &png(8, 8))]).await);
        let form = page.form(&act(application, "inspection/record"));
        let mut record = recorded(form, &inspection(&app, application).await);
        let a12 = row(&record, "/items", "a12");
        let a11 = row(&record, "/items", "a11");
        let shown: Vec<String> = page.links().into_iter().filter(|link| link.ends_with("/inline")).collect();
        let photo_id = shown[0].split('/').nth(2).unwrap().to_owned();
        record = record
            .with(&format!("{a12}/value:null"), "")
            .with(&format!("{a12}/finding"), "企业未能提供台账")
            .with(&format!("{a11}/value:null"), "1200")
            .with(&format!("{a11}/photos/0"), &photo_id)
            .with("/interviews/0/unit", "某配套企业").with("/interviews/0/person", "赵经理").with("/interviews/0/notes", "订单稳定");
        // One tick takes over the claim, over whatever stands in the field; it is never ticked beforehand.
        let a13 = row(&record, "/items", "a13");
        let claimed = inspection(&app, application).await["claimed"].as_array().unwrap().iter()
            .find(|figure| figure["indicator"] == "a13").unwrap()["value"].clone();
        assert_eq!(record.value(&format!("{a13}/value:json")), None);
        record = record.with(&format!("{a13}/value:null"), "").with(&format!("{a13}/value:json"), &claimed.to_string());
        there(first.send(&record).await);
        let stored = inspection(&app, application).await["record"]["items"].as_array().unwrap().iter()
            .find(|item| item["indicator"] == "a13").unwrap()["value"].clone();
        assert_eq!(stored, claimed);
        // Counts left empty are none, as an empty number is, and nothing keeps them from being counted later.
        let a21 = |form: &Form| {
            let units = form.fields.iter().filter(|(name, _)| name.starts_with("/items/") && name.contains("/value/") && name.ends_with(":whole"));
            units.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let counts = a21(&record);
        let first_of = counts[0].rsplit_once("/value/").unwrap().0.to_owned();
        let of_first: Vec<&String> = counts.iter().filter(|name| name.starts_with(&format!("{first_of}/"))).collect();
        let indicator = record.value(&format!("{first_of}/indicator:key")).unwrap().to_owned();
        let value = |record: Value| record["record"]["items"].as_array().unwrap().iter()
            .find(|item| item["indicator"] == indicator.as_str()).unwrap()["value"].clone();
        let form = first.get(&format!("{at}/record")).await.form(&act(application, "inspection/record"));
        let emptied = of_first.iter().fold(form, |form, name| form.with(name, ""));
        there(first.send(&emptied).await);
        assert_eq!(value(inspection(&app, application).await), Value::Null);
        let form = first.get(&format!("{at}/record")).await.form(&act(application, "inspection/record"));
        there(first.send(&of_first.iter().fold(form, |form, name| form.with(name, "2"))).await);
        let counted = value(inspection(&app, application).await);
        assert!(counted.as_object().is_some_and(|counts| counts.values().all(|count| count == 2)), "{counted}");
        // Raised without a finding, it can't be signed yet; and nothing of it is shown to the party.
        let page = there(first.get(&at).await);
        assert!(page.text().contains("签字前还需补充"), "{}", page.text());
        assert!(page.forms().iter().all(|form| !form.action.ends_with("/signatures")));
        assert!(!party.get(&at).await.text().contains("订单稳定"));
        let form = first.get(&format!("{at}/record")).await.form(&act(application, "inspection/record"));
        assert_eq!(form.value(&format!("{a11}/photos/0")), Some(photo_id.as_str()));
        there(first.send(&form.with(&format!("{a11}/finding"), "年报高于申报")).await);
        let page = there(first.get(&at).await);
        assert!(page.text().contains("以下指标无法核定，将不计分：主导产业占核心区规上工业比重"), "{}", page.text());
        let page = there(first.send(&page.form(&act(application, "inspection/signatures"))).await);
        assert!(page.text().contains("您已在考察记录上签字"));
        let page = there(party.get(&at).await);
        assert!(page.text().contains("订单稳定") && !page.links().iter().any(|link| link.contains(&photo_id)));
        assert_eq!(party.get(&format!("/evidence/{photo_id}/inline")).await.status, 404);
        let decision = page.form(&act(application, "inspection/decision")).with("/signatory", "李局长").with("/stance", "objects");
        let silent = party.send(&decision).await;
        assert_eq!((silent.status, silent.form(&act(application, "inspection/decision")).value("/signatory")), (422, Some("李局长")));
        there(party.send(&decision.with("/statement", "a12 有台账")).await);
        let page = there(second.send(&second.get(&at).await.form(&act(application, "inspection/signatures"))).await);
        assert!(page.text().contains("已签字生效") && page.text().contains("核增，待办公室同意"), "{}", page.text());

        let comment = party.get(&at).await.form(&act(application, "inspection/comments"));
        assert!(there(party.send(&comment.with("/text", "第三项口径应为开票销售")).await).text().contains("第三项口径"));
        let consent = second.get(&at).await.form(&act(application, "inspection/increases/a11/consent"));
        assert!(there(second.send(&consent.with("/reason", "年报经审计")).await).text().contains("核增，已同意"));
        let name = serving(&app, &competition).await[0].clone();
        let expert = Browser::of(&app, &name).await;
        assert!(there(expert.get(&at).await).text().contains("1200 亿元"));
        let paper = there(first.get(&format!("{at}/print")).await);
        assert!(paper.text().contains("☑ 有异议") && paper.text().contains("李局长"), "{}", paper.text());

        // Something is ordered to be put right, answered, and re-checked.
        let list = format!("{at}/rectifications");
        let order = there(first.get(&list).await).form(&act(application, "rectifications"));
        there(first.send(&order.with("/finding", "台账不全").with("/due_at:time", "2026-06-01T18:00")).await);
        let answers = |page: Page, end: &str| page.forms().into_iter().find(|form| form.action.ends_with(end));
        assert!(answers(expert.get(&list).await, "/answer").is_none());
        let answer = answers(party.get(&list).await, "/answer").expect("the lead answers");
        there(party.send(&answer.with("/text", "已补齐")).await);
        let recheck = answers(second.get(&list).await, "/recheck").expect("the team re-checks");
        let done = second.send(&recheck.with("/settled:json", "true").with("/text", "属实")).await;
        assert!(there(done).text().contains("已整改"));

        let reopening = second.get(&at).await.form(&act(application, "inspection/reopening"));
        assert!(there(second.send(&reopening.with("/reason", "复核口径")).await).text().contains("记录填写中"));
    }

    async fn a_party_that_refuses_to_sign_is_stated_by_the_team(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let application = &competition.applications[0];
        planned(&app, &competition).await;
        let at = format!("/applications/{application}/inspection");
        let team = [Browser::of(&app, "inspector-1").await, Browser::of(&app, "inspector-2").await];
        let form = team[0].get(&format!("{at}/record")).await.form(&act(application, "inspection/record"));
        there(team[0].send(&recorded(form, &inspection(&app, application).await)).await);
        for member in &team {
            there(member.send(&member.get(&at).await.form(&act(application, "inspection/signatures"))).await);
        }
        let refusal = team[1].get(&at).await.form(&act(application, "inspection/refusal"));
        there(team[1].send(&refusal.with("/signatory", "李局长").with("/statement", "在场而不签")).await);
        let now = inspection(&app, application).await;
        assert_eq!((&now["state"], &now["signatures"]["party"]["stance"]), (&json!("final"), &json!("refused")));
    }

    async fn evidence_is_shown_where_nothing_of_it_can_run(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        let application = &competition.applications[0];
        let list = app.known(Role::Supervisor, None).await.get(&format!("/api/v1/applications/{application}/evidence")).await.ok();
        let id = text(&list["items"][0]["id"]).to_owned();
        let browser = applicant(&app, 0).await;
        let page = there(browser.get(&format!("/evidence/{id}")).await);
        let content = format!("/api/v1/evidence/{id}/content");
        assert!(page.links().contains(&content) && page.links().iter().any(|link| link.starts_with(&format!("/evidence/{id}/inline"))));
        let shown = browser.get(&format!("/evidence/{id}/inline")).await;
        assert_eq!((shown.status, shown.headers["content-type"].as_str()), (200, "application/pdf"));
        assert!(shown.headers["content-disposition"].starts_with("inline;"));
        assert_eq!(shown.headers["x-content-type-options"], "nosniff");
        let policy = &shown.headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{policy}");
        assert!(!policy.contains("script"), "{policy}");
        let stranger = applicant(&app, 1).await;
        for address in [format!("/evidence/{id}"), format!("/evidence/{id}/inline")] {
            assert_eq!(stranger.get(&address).await.status, 404, "{address}");
        }
        assert_eq!(Browser::new(&app).get(&format!("/evidence/{id}/inline")).await.address, format!("/sign-in?next=%2Fevidence%2F{id}%2Finline"));
    }

    async fn what_is_no_picture_and_no_pdf_is_saved_and_pictures_are_sandboxed(app) {
        let id = called(&app).await;
        let lead = app.sign_in(Role::Applicant, Some(REGIONS[0])).await;
        let application = draft(&lead, &id, BIOMEDICINE).await;
        let browser = applicant(&app, 0).await;
        for (name, bytes, status) in [("a.png", png(8, 8), 200), ("a.docx", docx(), 404), ("a.pdf", pdf(900), 200)] {
            let uploaded = lead.upload(&application, "other", name, &bytes).await.ok();
            let address = format!("/evidence/{}/inline", text(&uploaded["id"]));
            let shown = browser.get(&address).await;
            assert_eq!(shown.status, status, "{name}");
            let sandboxed = shown.headers["content-security-policy"].starts_with("sandbox;");
            assert_eq!(sandboxed, name == "a.png", "{name}");
            let page = there(browser.get(&format!("/evidence/{}", text(&uploaded["id"]))).await);
            let linked = page.links().iter().any(|link| link.starts_with(&address));
            assert_eq!(linked, status == 200, "{name}");
        }
    }
}
