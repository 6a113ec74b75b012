//! Figures, firms and score sheets that are filled in as tables.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calamine::{Reader, Xlsx};
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{Answer, on_both};
use super::support::browser::Browser;
use super::support::review::{at_scoring, review_settings, serving, sheet, signed};
use super::support::story::{called, complete, draft};
use super::support::text;

const SUZHOU: &str = "320500";
const BIOMEDICINE: u16 = 21;

/// The first sheet of a workbook that was answered, row by row.
pub(crate) fn sheet_of(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).expect("a workbook");
    let name = workbook.sheet_names()[0].clone();
    let range = workbook.worksheet_range(&name).unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// What is told of an import that is to be confirmed, or refused: pointer and words.
fn told(answer: &Value) -> Vec<(String, String)> {
    let all = answer["errors"].as_array().unwrap().iter();
    all.map(|one| (text(&one["pointer"]).to_owned(), text(&one["detail"]).to_owned())).collect()
}

on_both! {
    async fn figures_and_firms_go_out_as_tables_and_come_back(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        complete(&suzhou, &application).await;
        let path = format!("/api/v1/applications/{application}");
        let before = suzhou.get(&path).await.ok();
        for part in ["figures", "firms"] {
            let given = suzhou.get(&format!("{path}/parts/{part}/import")).await;
            let rows = sheet_of(&given).len() - 1;
            let done = suzhou.post(&format!("{path}/parts/{part}/import"), json!({ "xlsx": STANDARD.encode(&given.bytes) })).await.ok();
            assert_eq!(done, json!({ "added": 0, "changed": 0, "unchanged": rows, "hidden": 0 }), "{part}");
        }
        assert_eq!(suzhou.get(&path).await.ok()["parts"], before["parts"]);
        suzhou.get(&format!("{path}/parts/profile/import")).await.refused(404, "not_found");

        // What a row says anew is told field by field, and done once it is confirmed; the rest stays, evidence too.
        let into = format!("{path}/parts/figures/import");
        let sales = "主导产业规上营业收入(上一完整年度)";
        let table = json!({ "csv": format!("指标\t申报值\t单位\t口径\n{sales}\t1,234.5\t亿元\t\n优质企业梯队\t单项冠军 2，专精特新“小巨人” 3\t家\t新口径\n最高称号\t四星级国家示范基地\t\t\n") });
        let asked = suzhou.post(&into, table.clone()).await.refused(428, "confirmation_required");
        let words: Vec<String> = told(&asked).into_iter().map(|(_, words)| words).collect();
        assert!(words.iter().any(|words| words.starts_with("第1行 主导产业规上营业收入") && words.ends_with("→ 1234.5")), "{words:?}");
        assert!(words.iter().any(|words| words.ends_with("口径：规上工业企业 → 新口径")), "{words:?}");
        assert!(words.iter().any(|words| words.starts_with("现有而表中没有的")), "{words:?}");
        assert_eq!(suzhou.get(&path).await.ok()["parts"], before["parts"]);
        let (_, done) = suzhou.confirmed("POST", &into, None, table).await;
        assert_eq!(done.ok()["changed"], 3);
        let now = suzhou.get(&path).await.ok()["parts"]["figures"]["content"]["figures"].clone();
        let figure = |key: &str| now.as_array().unwrap().iter().find(|figure| figure["indicator"] == key).unwrap().clone();
        assert_eq!((&figure("a11")["value"], &figure("a11")["calibre"]), (&json!("1234.5"), &json!("规上工业企业")));
        assert_eq!(figure("b13")["value"], json!({ "single_champion": 2, "little_giant": 3 }));
        assert_eq!(figure("c12")["value"], "four_star_base");
        let was = &before["parts"]["figures"]["content"]["figures"];
        assert_eq!(now.as_array().unwrap().len(), was.as_array().unwrap().len());
        assert_eq!(figure("a11")["evidence"], was[0]["evidence"]);
    }

    async fn what_is_wrong_in_a_table_of_figures_or_firms_is_told_at_its_row(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let path = format!("/api/v1/applications/{application}/parts");
        let wrong = async |part: &str, csv: &str| {
            let refused = suzhou.post(&format!("{path}/{part}/import"), json!({ "csv": csv })).await.refused(422, "invalid");
            told(&refused)
        };
        let rows = "指标\t申报值\t单位\t年份\na11\t12\t万元\t2025\na11\t12\t\t2025\nb11\t12亿元\t\t\na23\t1\t\t2025\nb13\t冠军 2\t家\t2025\nc12\t六星\t\t2025\na12\t1e3\t%\t2025\na13\t5\t%\t1025\na13\t5\t%\t2025\n";
        let found = wrong("figures", rows).await;
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/rows/1/unit", "/rows/2/unit", "/rows/3/year", "/rows/4/indicator", "/rows/5/value", "/rows/6/value",
                "/rows/9/indicator", "/rows/8/year", "/rows/7/value",
            ],
            "{found:?}"
        );
        assert!(found[0].1.contains("单位应写明为“亿元”，不作换算"), "{found:?}");
        let firms = "统一社会信用代码,企业名称,作用\n91440300708461136X,甲,链主企业\n9144 0300 7084 6113 6T,乙,\n91440300708461136T,丙,骨干企业\n91440300708461136t,丁,key_firm\n";
        let found = wrong("firms", firms).await;
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/rows/2/role", "/rows/4/credit_code", "/rows/1/credit_code"], "{found:?}");
        let marked = suzhou.post(&format!("{path}/firms/import?marked=true"), json!({ "csv": firms })).await;
        assert!(sheet_of(&marked)[4][3].contains("与第3行重复"), "{:?}", sheet_of(&marked));
        // Nobody else fills it in, and nobody once it is sent.
        let other = app.sign_in(Role::Applicant, Some("320600")).await;
        let good = json!({ "csv": "credit_code,name,role\n91440300708461136T,示例,key_firm\n" });
        other.post(&format!("{path}/firms/import"), good.clone()).await.refused(404, "not_found");
        let (_, done) = suzhou.confirmed("POST", &format!("{path}/firms/import"), None, good.clone()).await;
        assert_eq!(done.ok()["added"], 1);
        let empty = suzhou.post(&format!("{path}/figures/import"), json!({ "xlsx": STANDARD.encode(&suzhou.get(&format!("{path}/figures/import")).await.bytes) })).await;
        assert_eq!(empty.ok()["added"], 0, "a table that nobody filled in makes nothing");
    }

    async fn an_applicant_fills_in_figures_by_a_table_at_a_page(app) {
        let id = called(&app).await;
        let suzhou = app.sign_in(Role::Applicant, Some(SUZHOU)).await;
        let application = draft(&suzhou, &id, BIOMEDICINE).await;
        let browser = Browser::of(&app, &suzhou.name).await;
        let page = browser.get(&format!("/applications/{application}/parts/firms")).await;
        assert!(page.text().contains("用表格填写"), "{}", page.text());
        let act = format!("/act/v1/applications/{application}/parts/firms/import");
        let form = browser.get(&format!("/applications/{application}/parts/firms/import")).await.form(&act);
        let rows = "信用代码\t名称\t类别\n91440300708461136T\t示例龙头\t骨干\n";
        let refused = browser.send(&form.with("/csv:optional", rows)).await;
        assert!(refused.status == 422 && refused.text().contains("作用应为链主企业或骨干企业"), "{}", refused.text());
        let form = refused.form(&act).with("/csv:optional", &rows.replace("骨干", "骨干企业"));
        let asked = browser.first(&form).await;
        assert!(asked.text().contains("第1行 新增 示例龙头"), "{}", asked.text());
        let done = browser.send(&asked.form(&act)).await;
        assert!(done.text().contains("导入完成：新增1项"), "{}", done.text());
    }

    async fn an_expert_fills_in_sheets_without_a_network(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let names = serving(&app, &competition).await;
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        let into = format!("/api/v1/competitions/{}/sheets/mine/import", competition.id);
        signed(&expert, &competition.applications[0], sheet(6)).await;
        let own = async |at: usize| expert.get(&format!("/api/v1/applications/{}/sheets/mine", competition.applications[at])).await.ok();
        let kept = own(0).await;
        // Those that are not signed go out; as they are, they change nothing.
        let given = expert.get(&into).await;
        let rows = sheet_of(&given);
        assert_eq!(rows.len() - 1, (competition.applications.len() - 1) * 11, "{rows:?}");
        let back = json!({ "xlsx": STANDARD.encode(&given.bytes) });
        assert_eq!(expert.post(&into, back).await.ok()["changed"], 0);
        // Filled in, they are drafts; a score off its scale is told at its row, in the table too.
        let table = |score: &str| {
            let mut filled: Vec<Vec<String>> = rows.clone();
            for row in filled.iter_mut().skip(1).filter(|row| !row[3].is_empty()) {
                (row[4], row[5]) = (score.to_owned(), "理由".to_owned());
            }
            json!({ "csv": filled.iter().map(|row| row.join("\t")).collect::<Vec<_>>().join("\n") })
        };
        let wrong = told(&expert.post(&into, table("0.7")).await.refused(422, "invalid"));
        assert_eq!(wrong.len(), (competition.applications.len() - 1) * 9);
        assert!(wrong[0].0 == "/rows/1/score" && wrong[0].1.contains("步长0.5"), "{wrong:?}");
        let (said, done) = expert.confirmed("POST", &into, None, table("1.5")).await;
        assert!(said.iter().any(|words| words.contains("短板补齐实效 得分：（空） → 1.5")), "{said:?}");
        done.ok();
        for at in 1..competition.applications.len() {
            let now = own(at).await;
            assert_eq!((&now["state"], now["content"]["marks"].as_array().unwrap().len()), (&json!("draft"), 9));
        }
        assert_eq!(own(0).await, kept);
        // A signed one is not touched, one that is nobody's or that the expert stepped back from is told in words.
        let row = |number: &str| json!({ "csv": format!("申报编号,指标,得分,理由或意见\n{number},短板补齐实效,0.5,理由\n") });
        let about = async |number: &str| told(&expert.post(&into, row(number)).await.refused(422, "invalid"));
        assert!(about("2026-01-0001").await[0].1.contains("评分表已签署"));
        assert!(about("2026-01-0099").await[0].1.contains("您不评审该申报"));
        assert_eq!(own(0).await, kept);
        let office = app.known(Role::Office, None).await;
        office.post(&into, row("2026-01-0002")).await.refused(403, "not_your_role");
        let seat = text(&office.get(&format!("/api/v1/competitions/{}/panels", competition.id)).await.ok()["items"][0]["seats"][0]["expert_id"]).to_owned();
        office.post(&format!("/api/v1/competitions/{}/panels/all/experts/{seat}/recusal", competition.id), json!({ "reason": "因病" })).await.ok();
        assert!(about("2026-01-0002").await[0].1.contains("您已回避该申报"));
    }

    async fn whoever_is_called_into_a_panel_declares_before_a_table_fills_its_sheets(app) {
        let mut settings = review_settings();
        settings["review"]["panel_by"] = json!("application");
        settings["review"]["panel_size"] = json!(3);
        let competition = at_scoring(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let at = format!("/api/v1/competitions/{}/panels", competition.id);
        let panels = office.get(&at).await.all();
        let seats = |panel: &Value, state: &str| -> Vec<String> {
            let seats = panel["seats"].as_array().unwrap().iter().filter(|seat| seat["state"] == state);
            seats.map(|seat| text(&seat["expert_id"]).to_owned()).collect()
        };
        // Somebody who is the next of one panel and serves in another.
        let (called, into, from) = panels
            .as_array()
            .unwrap()
            .iter()
            .find_map(|panel| {
                let next = seats(panel, "waiting").into_iter().next()?;
                let serves = panels.as_array().unwrap().iter().find(|other| seats(other, "serving").contains(&next))?;
                Some((next, panel.clone(), serves.clone()))
            })
            .expect("eight experts serve in several of three panels");
        let seat = into["seats"].as_array().unwrap().iter().find(|seat| seat["expert_id"] == *called).unwrap();
        let name = text(&seat["name"]).replace("专家", "expert-");
        let expert = app.known_as(&name, Role::Expert, None).await;
        let declares = async || {
            let declaration = json!({ "accepted": true, "conflicts": [] });
            expert.post(&format!("{at}/mine/declaration"), declaration).await.ok();
        };
        declares().await;
        let leaves = seats(&into, "serving").remove(0);
        let recusal = format!("{at}/{}/experts/{leaves}/recusal", text(&into["key"]));
        office.post(&recusal, json!({ "reason": "因病" })).await.ok();
        let path = format!("/api/v1/competitions/{}/sheets/mine/import", competition.id);
        let fill = async |panel: &Value| {
            let application = text(&panel["application_ids"][0]).to_owned();
            let number = office.get(&format!("/api/v1/applications/{application}")).await.ok()["number"].clone();
            let csv = format!("申报编号,指标,得分,理由或意见\n{},短板补齐实效,1.5,理由\n", text(&number));
            expert.post(&path, json!({ "csv": csv })).await
        };
        assert_eq!(fill(&from).await.status, 428);
        fill(&into).await.refused(403, "declare_first");
        declares().await;
        assert_eq!(fill(&into).await.status, 428);
    }

    async fn an_expert_brings_sheets_back_at_a_page(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let names = serving(&app, &competition).await;
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        let browser = Browser::of(&app, &expert.name).await;
        let panel = browser.get(&format!("/competitions/{}/panel", competition.id)).await;
        assert!(panel.text().contains("离线填写评分表"), "{}", panel.text());
        let act = format!("/act/v1/competitions/{}/sheets/mine/import", competition.id);
        let form = browser.get(&format!("/competitions/{}/panel/import", competition.id)).await.form(&act);
        let row = "申报编号\t指标\t得分\n2026-01-0001\t短板补齐实效\t0.5分\n2026-01-0001\t总体意见\t\n";
        let asked = browser.first(&form.with("/csv:optional", row)).await;
        assert!(asked.text().contains("短板补齐实效 得分：（空） → 0.5"), "{}", asked.text());
        let done = browser.send(&asked.form(&act)).await;
        assert!(done.text().contains("已存为草稿"), "{}", done.text());
    }
}
