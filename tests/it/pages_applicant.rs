//! Pages of applicants and city reviewers: their main paths by forms alone, and what they may not see.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::made_files::pdf;
use super::support::app::on_both;
use super::support::browser::{Browser, Form, Page};
use super::support::review::{REGIONS, announcement, objected, on_notice, review_settings};
use super::support::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, called, check, close_applications, draft, figures,
    move_to, recommend, submitted,
};
use super::support::text;

/// The form of a part, filled in with every figure that [`figures`] has.
fn with_figures(page: &Page, action: &str, evidence: &str) -> Form {
    let mut form = page.form(action);
    let all = figures(evidence);
    for figure in all["figures"].as_array().unwrap() {
        let key = text(&figure["indicator"]);
        let row =
            (0..100).find(|row| form.value(&format!("/figures/{row}/indicator:key")) == Some(key)).unwrap();
        let at = |member: &str| format!("/figures/{row}/{member}");
        match &figure["value"] {
            Value::Object(counts) => {
                for (unit, count) in counts {
                    form = form.with(&at(&format!("value/{unit}:whole")), &count.to_string());
                }
            }
            value => form = form.with(&at("value"), text(value)),
        }
        form = form
            .with(&at("calibre"), "规上工业企业")
            .with(&at("year:usual"), "2025")
            .with(&at("source_body"), "市统计局")
            .with(&at("evidence/0"), evidence);
    }
    form
}

on_both! {
    async fn an_application_goes_from_the_desk_to_its_receipt_by_forms_alone(app) {
        let id = called(&app).await;
        app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        app.sign_in(Role::Applicant, Some(KUNSHAN)).await;
        let lead = Browser::of(&app, "applicant-320576").await;
        let desk = lead.get("/desk").await;
        let apply = format!("/competitions/{id}/apply");
        assert!(desk.links().contains(&apply), "{}", desk.html);
        let begin = lead.get(&apply).await.form(&format!("/act/v1/competitions/{id}/applications"));
        assert_eq!((begin.value("/chain_number:whole"), begin.value("/role")), (Some(""), None), "nothing is chosen beforehand");
        let unchosen = lead.send(&begin).await;
        assert_eq!(unchosen.status, 422, "{}", unchosen.text());
        let begin = begin.with("/role", "core");
        let first = lead.send(&begin.with("/chain_number:whole", &BIOMEDICINE.to_string())).await;
        assert_eq!(first.status, 200, "{}", first.text());
        let page = first.address.clone();
        let act = page.replacen("/applications/", "/act/v1/applications/", 1);
        // A member is named, and agrees by its own desk.
        let members = lead.get(&format!("{page}/members")).await.form(&format!("{act}/members"));
        let page_of_members = lead.get(&format!("{page}/members")).await.html;
        for told in ["<optgroup label=\"徐州市\">", "徐州市鼓楼区 320302", "南京市鼓楼区 320106", ">苏州市 320500<"] {
            assert!(page_of_members.contains(told), "{told}");
        }
        lead.send(&members.with("/members/0/region_code", KUNSHAN)).await;
        let member = Browser::of(&app, "applicant-320583").await;
        let consent = format!("{page}/consent");
        assert!(member.get("/desk").await.links().contains(&consent));
        let sign = member.get(&consent).await.form(&format!("{act}/consents"));
        let unsure = member.send(&sign.clone().with("/signatory", "周主任")).await;
        assert_eq!(unsure.status, 422, "{}", unsure.text());
        let agreed = member.send(&sign.with("/given:yes", "true").with("/signatory", "周主任")).await;
        assert!(agreed.text().contains("已同意"), "{}", agreed.text());
        assert!(member.get(&format!("{page}/parts/profile")).await.forms().iter().all(|form| !form.action.contains("/parts/")));
        // What is wrong is told at its field, and what was typed stays.
        let profile = lead.get(&format!("{page}/parts/profile")).await.form(&format!("{act}/parts/profile"));
        let profile = profile
            .with("/title", "园区生物医药产业链").with("/leading_industry", "生物医药").with("/area_km2:null", "48.5")
            .with("/contact_name", "王小明").with("/contact_phone", "打这个电话");
        let wrong = lead.send(&profile).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("电话号码只能含数字"), "{}", wrong.text());
        let again = wrong.form(&format!("{act}/parts/profile"));
        assert_eq!(again.value("/title"), Some("园区生物医药产业链"));
        let next = lead.send(&again.with("/contact_phone", "0512-12345678")).await;
        assert_eq!((next.status, next.address), (200, format!("{page}/parts/firms")));
        let firms = lead.get(&format!("{page}/parts/firms")).await.form(&format!("{act}/parts/firms"));
        lead.send(&firms.with("/firms/1/name", "示例龙头公司").with("/firms/1/credit_code", "91440300708461136T")).await;
        for section in ["status", "chain", "problems", "goals", "guarantee"] {
            let part = format!("parts/section.{section}");
            let form = lead.get(&format!("{page}/{part}")).await.form(&format!("{act}/{part}"));
            lead.send(&form.with("/text", &format!("{section} 一节"))).await;
        }
        // Two files at once, one of them named as evidence of every figure.
        let evidence = lead.get(&format!("{page}/evidence")).await.form(&format!("{act}/evidence"));
        let (a, b) = (pdf(900), pdf(1_900));
        let uploaded = lead.upload(&evidence.with("?kind", "figures"), &[("甲.pdf", &a), ("乙.pdf", &b)]).await;
        assert!(uploaded.text().contains("甲.pdf") && uploaded.text().contains("乙.pdf"), "{}", uploaded.text());
        let file = uploaded.links().into_iter().find_map(|link| link.strip_prefix("/evidence/").map(str::to_owned)).unwrap();
        let missing = lead.get(&format!("{page}/completeness")).await;
        let needed = missing.links().into_iter().filter(|link| link.contains("/parts/figures#f")).count();
        assert_eq!(needed, figures(&file)["figures"].as_array().unwrap().len(), "each missing figure leads to its field");
        let form = with_figures(&lead.get(&format!("{page}/parts/figures")).await, &format!("{act}/parts/figures"), &file);
        let kept = lead.send(&form.with("/figures/0/last_year:optional", "100")).await;
        assert_eq!(kept.status, 200, "{}", kept.text());
        let shown = lead.get(&format!("{page}/parts/figures")).await;
        assert_eq!(shown.form(&format!("{act}/parts/figures")).value("/figures/0/evidence/0"), Some(file.as_str()));
        let warned = lead.get(&format!("{page}/completeness")).await;
        let at_field = warned.links().into_iter().find(|link| link.contains("/parts/figures#f")).expect("a link to the field");
        let anchor = at_field.split_once('#').unwrap().1;
        assert!(shown.html.contains(&format!("id=\"{anchor}\"")), "{at_field}");
        let form = shown.form(&format!("{act}/parts/figures"));
        let explained = lead.get(&format!("{page}/completeness")).await;
        assert!(explained.text().contains("变动900%，超过±50%，请核对；确属实情的，填写情况说明"), "{}", explained.text());
        lead.send(&form.with("/figures/0/explanation", "新厂投产")).await;
        let undertaking = lead.get(&format!("{page}/parts/undertaking")).await.form(&format!("{act}/parts/undertaking"));
        let undertaking = undertaking.with("/signatory", "李局长").with("/post", "局长").with("/accepted:yes", "true");
        lead.send(&undertaking).await;
        // What the member agreed to was an application with nothing in it yet: it sees what changed, and is asked again.
        assert!(lead.get(&format!("{page}/completeness")).await.text().contains("320583"));
        assert!(lead.get(&format!("{page}/members")).await.text().contains("其后下列内容有改动"));
        let shown = member.get(&consent).await;
        for seen in ["须重新确认", "园区生物医药产业链", "示例龙头公司 91440300708461136T", "同意的内容"] {
            assert!(shown.text().contains(seen), "{seen}: {}", shown.text());
        }
        let sign = shown.form(&format!("{act}/consents")).with("/given:yes", "true").with("/signatory", "周主任");
        assert!(member.send(&sign).await.text().contains("已同意"));
        let complete = lead.get(&format!("{page}/completeness")).await;
        assert!(complete.text().contains("没有缺项"), "{}", complete.text());
        let asked = lead.get(&format!("{page}/submit")).await;
        assert!(asked.text().contains("上一完整年度）：比上年变动900%"), "what looks unusual is named: {}", asked.text());
        let receipt = lead.send(&asked.form(&format!("{act}/submissions"))).await;
        assert_eq!(receipt.address, format!("{page}/submissions/1"));
        assert!(receipt.text().contains("2026-01-0001") && receipt.text().contains("甲.pdf"), "{}", receipt.text());
        let history = lead.get(&format!("{page}/parts/profile/history")).await;
        assert!(history.text().contains("联系电话 （空） 0512-12345678") && history.text().contains("applicant-320576 同志"), "{}", history.text());
        let score = lead.get(&format!("{page}/self-score")).await;
        assert!(score.text().contains("定量指标合计"), "{}", score.text());
        // Now it is with the city, and can't be changed; others do not learn of it.
        assert!(lead.get(&format!("{page}/parts/profile")).await.forms().iter().all(|form| !form.action.contains("/parts/")));
        app.sign_in(Role::Applicant, Some(NANTONG)).await;
        assert_eq!(Browser::of(&app, "applicant-320600").await.get(&page).await.status, 404);
        let withdrawal = lead.get(&format!("{page}/withdrawal")).await.form(&format!("{act}/withdrawal"));
        assert_eq!(lead.send(&withdrawal).await.status, 422);
        let withdrawn = lead.send(&withdrawal.with("/reason", "并入苏州市申报")).await;
        assert!(withdrawn.text().contains("已撤回") && withdrawn.text().contains("并入苏州市申报"), "{}", withdrawn.text());
    }

    async fn two_people_in_one_part_see_both_versions_and_merge(app) {
        let id = called(&app).await;
        let lead = app.sign_in(Role::Applicant, Some(SUZHOU_PARK)).await;
        let application = draft(&lead, &id, BIOMEDICINE).await;
        let (part, act) = (format!("/applications/{application}/parts/section.status"), format!("/act/v1/applications/{application}/parts/section.status"));
        let one = Browser::of(&app, "applicant-320576").await;
        let other = Browser::of(&app, "applicant-320576").await;
        let (first, second) = (one.get(&part).await.form(&act), other.get(&part).await.form(&act));
        one.send(&first.with("/text", "甲写的现状")).await;
        let stale = other.send(&second.with("/text", "乙写的现状")).await;
        assert_eq!(stale.status, 412, "{}", stale.text());
        assert!(stale.text().contains("现在的内容： 甲写的现状"), "{}", stale.text());
        let merge = stale.form(&act);
        assert_eq!(merge.value("/text"), Some("乙写的现状"));
        assert_eq!(other.send(&merge.with("/text", "甲乙合写的现状")).await.status, 200);
        // The key of a tier, which is no tier here.
        one.send(&one.get(&part).await.form(&act).with("/text", "none")).await;
        let history = one.get(&format!("{part}/history")).await;
        assert!(history.text().contains("甲写的现状") && history.text().contains("甲乙合写的现状 none"), "{}", history.text());
    }

    async fn a_city_puts_its_list_in_order_by_numbers_and_seals_it(app) {
        let id = called(&app).await;
        let park = submitted(&app, &id, SUZHOU_PARK, BIOMEDICINE).await;
        let kunshan = submitted(&app, &id, KUNSHAN, BIOMEDICINE).await;
        let own = submitted(&app, &id, SUZHOU, 5).await;
        app.sign_in(Role::CityReviewer, Some(SUZHOU)).await;
        app.sign_in(Role::CityReviewer, Some(NANTONG)).await;
        let reviewer = Browser::of(&app, "city-reviewer-320500").await;
        let list = format!("/competitions/{id}/recommendations/{SUZHOU}");
        let desk = reviewer.get("/desk").await;
        assert!(desk.links().contains(&list), "{}", desk.text());
        let act = format!("/act/v1{list}");
        // Numbers say the order; what was typed stays where an opinion is missing.
        let form = reviewer.get(&list).await.form(&act);
        let form = form.with("/rows/1/place:whole", "２").with("/rows/2/place:whole", "1").with("/rows/2/opinion", "同意推荐昆山");
        let wrong = reviewer.send(&form).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        let again = wrong.form(&act);
        assert_eq!((again.value("/rows/2/place:whole"), again.value("/rows/1/opinion")), (Some("1"), Some("")));
        let again = again.with("/rows/1/opinion", "同意推荐园区").with("/rows/3/opinion", "材料尚不成熟");
        // The same place twice, a gap, and what is no number are told at the row, and nothing is put right in silence.
        for (first, second, told) in [("1", "1", "序号1填了不止一次"), ("3", "1", "没有2"), ("第二", "1", "整数")] {
            let form = again.clone().with("/rows/1/place:whole", first).with("/rows/2/place:whole", second);
            let refused = reviewer.send(&form).await;
            assert_eq!(refused.status, 422, "{first} {second}");
            assert!(refused.complaints().contains(told), "{told}: {}", refused.complaints());
            assert!(refused.html.contains("aria-invalid=\"true\""));
        }
        let saved = reviewer.send(&again).await;
        assert!(saved.text().contains("已列入 2 / 3"), "{}", saved.text());
        let seen = app.known(Role::CityReviewer, Some(SUZHOU)).await.get(&format!("/api/v1{list}")).await.ok();
        let order: Vec<&str> = seen["entries"].as_array().unwrap().iter().map(|entry| text(&entry["application_id"])).collect();
        assert_eq!(order, [&kunshan, &park]);
        // Sent back with reasons, it leaves the list.
        let compare = reviewer.get(&format!("/competitions/{id}/compare?a={park}&b={kunshan}")).await;
        assert!(compare.text().contains("applicant-320576的生物医药产业链") && compare.text().contains("applicant-320583的生物医药产业链"));
        let back = reviewer.get(&format!("/applications/{park}/return")).await.form(&format!("/act/v1/applications/{park}/return"));
        assert_eq!(reviewer.send(&back).await.status, 422);
        let after = reviewer.send(&back.with("/reason", "请补充数据来源")).await;
        assert!(after.address == list && after.text().contains("已退回"), "{}", after.text());
        let applicant = Browser::of(&app, "applicant-320576").await;
        assert!(applicant.get("/desk").await.text().contains("按退回意见修改并重新提交"));
        assert!(applicant.get(&format!("/applications/{park}")).await.text().contains("请补充数据来源"));
        // Before applications are closed there is nothing to seal.
        assert!(reviewer.get(&format!("{list}/seal")).await.forms().iter().all(|form| !form.action.ends_with("/seal")));
        close_applications(&app).await;
        let reviewer = Browser::of(&app, "city-reviewer-320500").await;
        let confirm = reviewer.get(&format!("{list}/seal")).await;
        assert!(confirm.text().contains("以下申报将不予推荐"), "{}", confirm.text());
        assert!(confirm.text().contains("材料尚不成熟") && confirm.text().contains("未填写"), "{}", confirm.text());
        assert!(confirm.forms().iter().all(|form| !form.action.ends_with("/seal")), "nobody is named whom to ask");
        let form = reviewer.get(&list).await.form(&act);
        assert_eq!(form.value("/rows/3/opinion"), Some("材料尚不成熟"), "what is thought of others is kept");
        let number = "苏工信产业〔2026〕12号";
        reviewer.send(&form.with("/contact", "苏州市工信局 王处长 0512-11111111").with("/document_number", number)).await;
        let confirm = reviewer.get(&format!("{list}/seal")).await;
        let sealed = reviewer.send(&confirm.form(&format!("{act}/seal"))).await;
        assert!(sealed.text().contains("推荐名单封存回执") && sealed.text().contains("T-01-320500-001") && sealed.text().contains(number), "{}", sealed.text());
        assert!(sealed.forms().iter().all(|form| form.action != act), "a sealed list has no form");
        assert!(reviewer.get(&format!("/applications/{own}")).await.text().contains("未推荐"));
        let applicant = Browser::of(&app, "applicant-320500").await;
        assert!(applicant.get("/desk").await.text().contains("理由和咨询方式"));
        let told = applicant.get(&format!("/applications/{own}")).await.text();
        assert!(told.contains("材料尚不成熟") && told.contains("0512-11111111"), "{told}");
        // Another city sees neither the list nor the applications.
        let other = Browser::of(&app, "city-reviewer-320600").await;
        assert_eq!(other.get(&list).await.status, 404);
        assert_eq!(other.get(&format!("/applications/{kunshan}")).await.status, 404);
        assert_eq!(other.get(&format!("/competitions/{id}/compare?a={park}&b={kunshan}")).await.status, 404);
        // The office has all lists in sight.
        let office = Browser::of(&app, "office-0").await;
        let all = office.get(&format!("/competitions/{id}/recommendations")).await;
        assert!(all.text().contains("T-01-320500-001") && all.text().contains(number), "{}", all.text());
        assert!(office.get(&list).await.text().contains("同意推荐昆山"));
    }

    async fn a_correction_says_what_is_asked_and_goes_back_to_the_office(app) {
        let id = called(&app).await;
        let application = submitted(&app, &id, NANTONG, BIOMEDICINE).await;
        close_applications(&app).await;
        recommend(&app, &id, NANTONG, &[&application]).await;
        let office = app.sign_in(Role::Office, None).await;
        move_to(&office, &id, "checking").await;
        check(&office, &application, "correction", &["seal"]).await;
        let lead = Browser::of(&app, "applicant-320600").await;
        assert!(lead.get("/desk").await.text().contains("补正并提交"));
        let page = lead.get(&format!("/applications/{application}")).await;
        assert!(page.text().contains("签字、盖章齐全") && page.text().contains("材料不全"), "{}", page.text());
        let section = "parts/section.goals";
        let goals = lead.get(&format!("/applications/{application}/{section}")).await.form(&format!("/act/v1/applications/{application}/{section}"));
        lead.send(&goals.with("/text", "补充目标")).await;
        let submit = lead.get(&format!("/applications/{application}/submit")).await;
        let done = lead.send(&submit.form(&format!("/act/v1/applications/{application}/submissions"))).await;
        assert_eq!(done.address, format!("/applications/{application}/submissions/2"), "{}", done.text());
    }

    async fn an_applicant_reads_the_own_result_answers_asks_and_reports(app) {
        let competition = on_notice(&app, review_settings()).await;
        let application = &competition.applications[0];
        let page = format!("/applications/{application}");
        let name = format!("applicant-{}", REGIONS[0]);
        let lead = Browser::of(&app, &name).await;
        let result = lead.get(&format!("{page}/result")).await;
        assert!(result.text().contains("各准则得分") && result.text().contains("专家评分"), "{}", result.text());
        let api = app.known(Role::Applicant, Some(REGIONS[0])).await.get(&format!("/api/v1{page}/result")).await.ok();
        assert!(result.text().contains(text(&api["derivation"]["total"]["score"])));
        for other in &competition.applications[1..] {
            assert!(!result.html.contains(other.as_str()), "nothing of the neighbours");
        }
        followed(&result, &api["derivation"]);
        let recheck = lead.get(&format!("{page}/rechecks")).await.form(&format!("/act/v1{page}/recheck-requests"));
        let filed = lead.send(&recheck.with("/text", "请复核主导产业得分合计")).await;
        assert!(filed.text().contains("待答复"), "{}", filed.text());
        // An objection that the office asks about is on the desk and is answered.
        objected(&app, &competition, application).await;
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        let objections = office.get(&format!("{path}/objections")).await.ok();
        let objection = &objections["items"][0];
        let step = format!("/api/v1/objections/{}/steps", text(&objection["id"]));
        let to = |to: &str, reply: &str| json!({ "to": to, "reply": reply });
        let now = office.over("POST", &step, &objection["revision"], to("accepted", "已受理")).await.ok();
        office.over("POST", &step, &now["revision"], to("investigating", "请说明营业收入口径")).await.ok();
        let answer_page = format!("{page}/objections");
        assert!(lead.get("/desk").await.links().contains(&answer_page));
        let asked = lead.get(&answer_page).await;
        assert!(asked.text().contains("请说明营业收入口径"), "{}", asked.text());
        let form = asked.form(&format!("/act/v1/objections/{}/statement", text(&objection["id"])));
        let stated = lead.send(&form.with("/text", "口径为规上工业企业")).await;
        assert!(stated.text().contains("口径为规上工业企业"), "{}", stated.text());
        // The title, with its report.
        let now = office.get(&format!("{path}/objections")).await.ok()["items"][0]["revision"].clone();
        let dismissed = json!({ "to": "dismissed", "report": "经核查，口径一致", "reply": "经核查不成立" });
        office.over("POST", &step, &now, dismissed).await.ok();
        let requests = office.get(&format!("{path}/recheck-requests")).await.all();
        let answer = format!("/api/v1/recheck-requests/{}/answer", text(&requests[0]["id"]));
        office.over("POST", &answer, &json!(1), json!({ "outcome": "no_change", "answer": "合计无误" })).await.ok();
        app.at("2026-07-09T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        office.post(&format!("{path}/announcements"), announcement()).await.ok();
        let lead = Browser::of(&app, &name).await;
        let titles = lead.get("/my-titles").await;
        let form = titles.forms().into_iter().find(|form| form.action.ends_with("/reports")).expect("a report is due");
        let reported = lead.send(&form.with("/text", "年度进展")).await;
        assert!(reported.text().contains("年度报告（2026）") && reported.text().contains("年度进展"), "{}", reported.text());
        assert!(lead.get(&format!("{page}/rechecks")).await.text().contains("合计无误"));
    }
}

/// Digits of a calculation that a page writes down, without the words in between.
fn calculated(text: &str) -> f64 {
    fn value(rest: &mut &str) -> f64 {
        if let Some(inner) = rest.strip_prefix('(') {
            *rest = inner;
            let value = sum(rest);
            *rest = rest.strip_prefix(')').expect("a bracket is closed");
            return value;
        }
        let end =
            rest.char_indices().find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && *c == '-')));
        let (number, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        *rest = after;
        number.parse().unwrap_or_else(|_| panic!("{number:?} before {after:?} is no number"))
    }
    fn product(rest: &mut &str) -> f64 {
        let mut result = value(rest);
        loop {
            if let Some(after) = rest.strip_prefix('×') {
                *rest = after;
                result *= value(rest);
            } else if let Some(after) = rest.strip_prefix('÷') {
                *rest = after;
                result /= value(rest);
            } else {
                return result;
            }
        }
    }
    fn sum(rest: &mut &str) -> f64 {
        let mut result = product(rest);
        loop {
            if let Some(after) = rest.strip_prefix('+') {
                *rest = after;
                result += product(rest);
            } else if let Some(after) = rest.strip_prefix('−') {
                *rest = after;
                result -= product(rest);
            } else {
                return result;
            }
        }
    }
    let signs: String = text.chars().filter(|c| c.is_ascii_digit() || ".-+−×÷()".contains(*c)).collect();
    let mut rest = signs.as_str();
    let result = sum(&mut rest);
    assert_eq!(rest, "", "{text} is calculated to its end");
    result
}

/// A page of a result is recalculated from what stands on it alone: each value by its rule, each mean of the marks that
/// count, each sum, up to the published total.
fn followed(page: &super::support::browser::Page, derivation: &serde_json::Value) {
    let number =
        |cell: &str| cell.trim_start_matches('≈').parse::<f64>().unwrap_or_else(|_| panic!("{cell}"));
    let near =
        |one: f64, other: f64, what: &str| assert!((one - other).abs() < 0.000_02, "{what}: {one}, {other}");
    let mut indicators = 0;
    for row in page.rows().iter().filter(|row| row.len() == 5 && row[3].contains("分值")) {
        indicators += 1;
        let most = number(row[3].split_whitespace().next().unwrap());
        near(number(&row[2]) * most, number(&row[4]), &row[0]);
        let how = &row[1];
        assert!(how.contains("专家打分") || how.contains("规则：") && how.contains("核定值："), "{how}");
        for step in how.split(['；', '：']).filter(|step| step.contains(" = ") || step.contains(" ≈ ")) {
            let (calculation, rest) = step.split_once(" = ").or_else(|| step.split_once(" ≈ ")).unwrap();
            let told = rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap();
            if calculation.contains('÷') {
                near(calculated(calculation), number(told), step);
            }
        }
    }
    assert_eq!(indicators, 31, "every indicator of the example");
    let text = page.text();
    let told = |begins: &str, ends: &str| {
        text.split(begins).skip(1).map(|rest| rest.split(ends).next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let sums = told("本准则得分：", "，公布为");
    assert_eq!(sums.len(), 3, "{text}");
    for sum in sums.iter().chain(&told("（未舍入）：", "最后舍入")) {
        let (parts, result) = sum.split_once(" = ").or_else(|| sum.split_once(" ≈ ")).expect("a sum");
        near(calculated(parts), number(result.trim()), sum);
    }
    let total = super::support::text(&derivation["total"]["score"]).to_owned();
    assert!(told("位小数（四舍五入）：", " 依据")[0].contains(&total), "{text}");
    // Of seven or five sheets the lowest and the highest go, and the page says which and why at each mark.
    let struck = page.html.matches("<s>").count();
    assert_eq!(
        struck,
        2 * text.matches("专家打分（").count(),
        "two marks are struck at each judged indicator"
    );
    assert!(
        text.contains("去掉：最低") && text.contains("去掉：最高") && text.contains("核心企业库企业"),
        "{text}"
    );
}
