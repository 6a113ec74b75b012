//! The beginnings that stories share: a competition that is called, an application that is complete.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::app::{App, User};
use super::text;
use crate::made_files::pdf;

/// Settings of a competition, as the project brings them along as an example.
pub(crate) fn settings() -> Value {
    serde_json::from_str(include_str!("../../../data/settings.example.json")).expect("the example is JSON")
}

/// 苏州市, 南通市 and two of 苏州's.
pub(crate) const SUZHOU: &str = "320500";
pub(crate) const NANTONG: &str = "320600";
pub(crate) const SUZHOU_PARK: &str = "320576";
pub(crate) const KUNSHAN: &str = "320583";
/// 生物医药.
pub(crate) const BIOMEDICINE: u16 = 21;

/// A competition that takes applications.
pub(crate) async fn called(app: &App) -> String {
    let office = app.sign_in(Role::Office, None).await;
    let draft = office.post("/api/v1/competitions", settings()).await.ok();
    let id = text(&draft["id"]).to_owned();
    move_to(&office, &id, "application").await;
    id
}

/// Moves a competition to its next state.
pub(crate) async fn move_to(office: &User<'_>, id: &str, to: &str) -> Value {
    let path = format!("/api/v1/competitions/{id}");
    let now = office.get(&path).await.ok();
    office.over("POST", &format!("{path}/state"), &now["revision"], json!({ "to": to })).await.ok()
}

/// An application as a draft.
pub(crate) async fn draft(applicant: &User<'_>, competition: &str, chain: u16) -> String {
    let path = format!("/api/v1/competitions/{competition}/applications");
    let made = applicant.post(&path, json!({ "chain_number": chain, "role": "core" })).await.ok();
    text(&made["id"]).to_owned()
}

/// A value that fits a measured rule.
fn value_for(rule: &Value) -> Value {
    match rule["type"].as_str().unwrap() {
        "per_unit" => {
            let units = rule["units"].as_object().unwrap();
            Value::Object(units.keys().map(|unit| (unit.clone(), json!(2))).collect())
        }
        "tiers" => json!(rule["tiers"].as_object().unwrap().keys().next().unwrap()),
        "linear" => rule["to"].clone(),
        "efficacy" => rule["target"].clone(),
        _ => json!("12.5"),
    }
}

/// Figures for every measured indicator, each with this evidence.
pub(crate) fn figures(evidence: &str) -> Value {
    let settings = settings();
    let criteria = settings["rubric"]["criteria"].as_array().unwrap().clone();
    let indicators =
        criteria.iter().flat_map(|criterion| criterion["indicators"].as_array().unwrap().clone());
    let measured = indicators.filter(|indicator| indicator["kind"] == "measured");
    let figures: Vec<Value> = measured
        .map(|indicator| {
            json!({
                "indicator": indicator["key"],
                "value": value_for(&indicator["rule"]),
                "unit": indicator.get("unit").cloned().unwrap_or(json!("")),
                "calibre": "规上工业企业",
                "year": 2025,
                "source_body": "市统计局",
                "evidence": [evidence],
            })
        })
        .collect();
    json!({ "figures": figures })
}

/// Writes a part over whatever stands there.
pub(crate) async fn write(applicant: &User<'_>, application: &str, part: &str, content: Value) -> Value {
    let path = format!("/api/v1/applications/{application}");
    let now = applicant.get(&path).await.ok();
    let revision = &now["parts"][part]["revision"];
    applicant.over("PUT", &format!("{path}/parts/{part}"), revision, content).await.ok()
}

/// Fills an application so that nothing is missing.
pub(crate) async fn complete(applicant: &User<'_>, application: &str) {
    let profile = json!({
        "title": format!("{}的生物医药产业链", applicant.name),
        "leading_industry": "生物医药",
        "area_km2": "48.5",
        "promotion_body": "生物医药产业联盟",
        "contact_name": "王小明",
        "contact_post": "科长",
        "contact_phone": "0512-12345678",
    });
    write(applicant, application, "profile", profile).await;
    let firms = json!({ "firms": [
        { "name": "示例龙头公司", "credit_code": "91440300708461136T", "role": "chain_leader", "products": "示例" },
    ]});
    write(applicant, application, "firms", firms).await;
    for section in ["status", "chain", "problems", "goals", "guarantee"] {
        let content = json!({ "text": format!("{}：{section} 一节的内容。", applicant.name) });
        write(applicant, application, &format!("section.{section}"), content).await;
    }
    let uploaded = applicant.upload(application, "figures", "a.pdf", &pdf(2_000)).await.ok();
    write(applicant, application, "figures", figures(text(&uploaded["id"]))).await;
    let undertaking = json!({ "accepted": true, "signatory": "李局长", "post": "局长" });
    write(applicant, application, "undertaking", undertaking).await;
}

/// Submits an application; the receipt.
pub(crate) async fn submit(applicant: &User<'_>, application: &str) -> Value {
    let path = format!("/api/v1/applications/{application}");
    let now = applicant.get(&path).await.ok();
    applicant.over("POST", &format!("{path}/submissions"), &now["revision"], Value::Null).await.ok()
}

/// An application of a region that is submitted.
pub(crate) async fn submitted(app: &App, competition: &str, region: &str, chain: u16) -> String {
    let applicant = app.known(Role::Applicant, Some(region)).await;
    let application = draft(&applicant, competition, chain).await;
    complete(&applicant, &application).await;
    submit(&applicant, &application).await;
    application
}

/// The deadlines of [`settings`] are over: applications closed, the competition with the cities.
pub(crate) async fn close_applications(app: &App) {
    app.at("2026-04-08T17:01:01+08:00");
    qianglian::actions::competitions::close_what_is_due(&app.service).await.expect("stages can be closed");
}

/// A city's sealed list of these applications.
pub(crate) async fn recommend(app: &App, competition: &str, city: &str, applications: &[&str]) -> Value {
    let reviewer = app.sign_in(Role::CityReviewer, Some(city)).await;
    let path = format!("/api/v1/competitions/{competition}/recommendations/{city}");
    let entries: Vec<Value> = applications
        .iter()
        .map(|application| json!({ "application_id": application, "opinion": "同意推荐" }))
        .collect();
    let now = reviewer.get(&path).await.ok();
    let list = reviewer.over("PUT", &path, &now["revision"], json!({ "entries": entries })).await.ok();
    reviewer.over("POST", &format!("{path}/seal"), &list["revision"], Value::Null).await.ok()
}

/// Findings on every item of [`settings`]; all in form, but those named.
pub(crate) fn findings(wrong: &[&str]) -> Value {
    let settings = settings();
    let items = settings["formal_items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let passed = !wrong.contains(&text(&item["key"]));
            json!({ "item": item["key"], "passed": passed, "note": if passed { "" } else { "不符合" } })
        })
        .collect()
}

/// Records a formal check over the application as it stands.
pub(crate) async fn check(office: &User<'_>, application: &str, result: &str, wrong: &[&str]) -> Value {
    let path = format!("/api/v1/applications/{application}");
    let now = office.get(&path).await.ok();
    let body = json!({ "findings": findings(wrong), "result": result, "reason": if wrong.is_empty() { "" } else { "材料不全" } });
    let path = format!("{path}/checks/formal");
    if result == "rejected" {
        return office.confirmed("POST", &path, Some(&now["revision"]), body).await.1.ok();
    }
    office.over("POST", &path, &now["revision"], body).await.ok()
}
