//! The second half of a competition, step by step: experts, draw, inspection, sheets, closing, selection, notice.

use std::collections::BTreeMap;

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::app::{App, User};
use super::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, check, close_applications, complete, draft, move_to,
    recommend, settings, submit, submitted,
};
use super::text;

/// A competition whose applications are accepted and whose vetoes are clear, before its draw.
pub(crate) struct Competition {
    pub(crate) id: String,
    /// Of 苏州工业园区, 南通市 and 苏州市, in this order, unless others were chosen.
    pub(crate) applications: Vec<String>,
    /// The regions that lead them.
    pub(crate) regions: Vec<&'static str>,
}

/// Settings with a panel of five.
pub(crate) fn review_settings() -> Value {
    let mut settings = settings();
    settings["review"]["panel_size"] = json!(5);
    settings
}

/// A competition at its draw, by these settings, with three accepted applications.
pub(crate) async fn at_the_draw(app: &App, settings: Value) -> Competition {
    let id = taking_applications(app, settings).await;
    let applications = vec![
        with_member(app, &id).await,
        submitted(app, &id, NANTONG, BIOMEDICINE).await,
        submitted(app, &id, SUZHOU, 5).await,
    ];
    accepted(app, Competition { id, applications, regions: REGIONS.to_vec() }).await
}

/// A competition by these settings that takes applications.
pub(crate) async fn taking_applications(app: &App, settings: Value) -> String {
    let office = app.known(Role::Office, None).await;
    let made = office.post("/api/v1/competitions", settings).await.ok();
    let id = text(&made["id"]).to_owned();
    move_to(&office, &id, "application").await;
    id
}

/// A competition at its draw: all that was submitted is recommended and accepted, its vetoes clear.
pub(crate) async fn accepted(app: &App, competition: Competition) -> Competition {
    close_applications(app).await;
    let mut lists: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (application, region) in competition.applications.iter().zip(&competition.regions) {
        lists.entry(format!("{}00", &region[..4])).or_default().push(application);
    }
    for (city, applications) in &lists {
        recommend(app, &competition.id, city, applications).await;
    }
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "checking").await;
    for application in &competition.applications {
        check(&office, application, "accepted", &[]).await;
        clear_vetoes(&office, application).await;
    }
    app.at("2026-05-18T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "drawing").await;
    competition
}

/// An application of 苏州工业园区 with 昆山市 as its member, submitted.
async fn with_member(app: &App, competition: &str) -> String {
    let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
    let application = draft(&lead, competition, BIOMEDICINE).await;
    let path = format!("/api/v1/applications/{application}");
    let now = lead.get(&path).await.ok();
    let members =
        json!({ "lead_role": "core", "members": [{ "region_code": KUNSHAN, "role": "coordinated" }] });
    lead.over("PUT", &format!("{path}/members"), &now["revision"], members).await.ok();
    let member = app.known(Role::Applicant, Some(KUNSHAN)).await;
    complete(&lead, &application).await;
    member.post(&format!("{path}/consents"), json!({ "given": true, "signatory": "主任" })).await.ok();
    submit(&lead, &application).await;
    application
}

/// Every veto item asked about and cleared by a reply.
pub(crate) async fn clear_vetoes(office: &User<'_>, application: &str) {
    let bytes = crate::made_files::pdf(700);
    let digest = super::app::content_digest(&bytes);
    let path = format!("/api/v1/applications/{application}/checks/replies?name=reply.pdf");
    let reply = office.send_bytes("POST", &path, Some(bytes), &[("content-digest", &digest)]).await.ok();
    for veto in settings()["rubric"]["vetoes"].as_array().unwrap() {
        let path = format!("/api/v1/applications/{application}/checks/vetoes/{}", text(&veto["key"]));
        office.over("PUT", &path, &json!(0), json!({ "state": "asked", "note": "函询" })).await.ok();
        let clear = json!({ "state": "clear", "note": "复函：无", "evidence_id": reply["id"] });
        office.over("PUT", &path, &json!(1), clear).await.ok();
    }
}

/// A profile of an expert of 南京, who has no conflict with anybody.
pub(crate) fn profile(n: usize) -> Value {
    json!({
        "name": format!("专家{n}"), "unit": format!("研究院{n}"), "title": "研究员", "region": "320100",
        "fields": [6], "most_load": 20, "available": true, "employers": [], "phone": "025-1234567",
    })
}

/// The login name of an expert.
pub(crate) fn expert_name(n: usize) -> String {
    format!("expert-{n}")
}

/// Experts 1 to `count` of the pool, each with an account; their identifiers.
pub(crate) async fn experts(app: &App, count: usize) -> Vec<String> {
    experts_of(app, count, "320100").await
}

/// The same, of units in a region.
async fn experts_of(app: &App, count: usize, region: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 1..=count {
        app.known_as(&expert_name(n), Role::Expert, None).await;
        let office = app.known(Role::Office, None).await;
        let mut profile = profile(n);
        profile["region"] = json!(region);
        let body = json!({ "profile": profile, "account_name": expert_name(n) });
        let made = office.post("/api/v1/experts", body).await.ok();
        ids.push(text(&made["id"]).to_owned());
    }
    ids
}

/// The panels drawn and confirmed; the draw.
pub(crate) async fn drawn(app: &App, competition: &Competition) -> Value {
    let office = app.known(Role::Office, None).await;
    let supervisor = app.known(Role::Supervisor, None).await;
    let path = format!("/api/v1/competitions/{}/draws", competition.id);
    let frozen = office.post(&path, json!({ "seed_source": "双色球第2026056期" })).await.ok();
    let at = format!("{path}/{}", frozen["number"]);
    office.post(&format!("{at}/seed"), json!({ "public_seed": "03 08 11 19 24 30 + 07" })).await.ok();
    supervisor.post(&format!("{at}/witness"), json!({ "confirmed": true })).await.ok()
}

/// The login names of the experts who serve on the only panel, in the order of the draw.
pub(crate) async fn serving(app: &App, competition: &Competition) -> Vec<String> {
    let office = app.known(Role::Office, None).await;
    let panels = office.get(&format!("/api/v1/competitions/{}/panels", competition.id)).await.all();
    let seats = panels[0]["seats"].as_array().unwrap().iter();
    seats
        .filter(|seat| seat["state"] == "serving")
        .map(|seat| text(&seat["name"]).replace("专家", "expert-"))
        .collect()
}

/// Everybody who serves has declared that there is no conflict.
pub(crate) async fn declared(app: &App, competition: &Competition) {
    for name in serving(app, competition).await {
        let expert = app.known_as(&name, Role::Expert, None).await;
        let path = format!("/api/v1/competitions/{}/panels/mine/declaration", competition.id);
        expert.post(&path, json!({ "accepted": true, "conflicts": [] })).await.ok();
    }
}

/// A competition at its scoring: drawn, declared, moved on.
pub(crate) async fn at_scoring(app: &App, settings: Value) -> Competition {
    scoring(app, at_the_draw(app, settings).await).await
}

/// A competition at its draw, moved on to its scoring.
async fn scoring(app: &App, competition: Competition) -> Competition {
    // Experts of a city are barred from what it leads.
    let of_nanjing = competition.regions.iter().any(|region| region.starts_with("3201"));
    experts_of(app, 8, if of_nanjing { "110100" } else { "320100" }).await;
    drawn(app, &competition).await;
    declared(app, &competition).await;
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "scoring").await;
    competition
}

/// Account identifiers of the two who inspect: the office and another of it.
pub(crate) async fn team(app: &App) -> Vec<(String, String)> {
    let mut team = Vec::new();
    for name in ["inspector-1", "inspector-2"] {
        let me = app.known_as(name, Role::Office, None).await.get("/api/v1/me").await.ok();
        team.push((name.to_owned(), text(&me["id"]).to_owned()));
    }
    team
}

/// A plan with this team.
pub(crate) fn plan(team: &[(String, String)]) -> Value {
    let members: Vec<Value> =
        team.iter().map(|(name, id)| json!({ "account": id, "name": name, "unit": "办公室" })).collect();
    json!({ "team": members, "from": "2026-05-25", "until": "2026-05-27", "firms": ["示例龙头公司"], "notes": "" })
}

/// A record that verifies every value as claimed.
pub(crate) fn record_as_claimed(inspection: &Value) -> Value {
    let items: Vec<Value> = inspection["claimed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|figure| {
            json!({
                "indicator": figure["indicator"], "seen": "统计年报", "value": figure["value"],
                "method": "documents", "finding": "", "photos": [],
            })
        })
        .collect();
    json!({ "items": items, "interviews": [], "summary": "核定完毕" })
}

/// Plans, records and signs the inspection of an application, with a change to its record.
pub(crate) async fn inspected(app: &App, application: &str, region: &str, change: impl Fn(&mut Value)) {
    decided(app, application, region, "agrees", change).await;
}

/// The same, with what the party says of it.
pub(crate) async fn decided(
    app: &App,
    application: &str,
    region: &str,
    stance: &str,
    change: impl Fn(&mut Value),
) {
    let team = team(app).await;
    let path = format!("/api/v1/applications/{application}/inspection");
    let office = app.known(Role::Office, None).await;
    let now = office.get(&path).await.ok();
    office.over("PUT", &format!("{path}/plan"), &now["revision"], plan(&team)).await.ok();
    let first = app.known_as(&team[0].0, Role::Office, None).await;
    let now = first.get(&path).await.ok();
    let mut record = record_as_claimed(&now);
    change(&mut record);
    let mut now = first.over("PUT", &format!("{path}/record"), &now["revision"], record).await.ok();
    for (name, _) in &team {
        let member = app.known_as(name, Role::Office, None).await;
        now = member.over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null).await.ok();
    }
    let applicant = app.known(Role::Applicant, Some(region)).await;
    let statement = if stance == "agrees" { "" } else { "口径有误" };
    let decision = json!({ "stance": stance, "statement": statement, "signatory": "李局长" });
    let last = applicant.over("POST", &format!("{path}/decision"), &now["revision"], decision).await.ok();
    assert_eq!(last["state"], "final");
}

/// A sheet with every judged indicator of the example at a share of its scale: `tenths` of ten, down to the step.
pub(crate) fn sheet(tenths: i64) -> Value {
    let settings = settings();
    let indicators = settings["rubric"]["criteria"].as_array().unwrap().clone();
    let judged = indicators
        .iter()
        .flat_map(|criterion| criterion["indicators"].as_array().unwrap().clone())
        .filter(|indicator| indicator["kind"] == "judged");
    let marks: Vec<Value> = judged
        .map(|indicator| {
            let most: f64 = text(&indicator["scale"]["max"]).parse().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "a few tenths")]
            let halves = (most * 2.0 * tenths as f64 / 10.0).floor();
            json!({ "indicator": indicator["key"], "score": format!("{}", halves / 2.0), "reason": "理由" })
        })
        .collect();
    json!({ "marks": marks, "opinion": "同意", "dissent": "" })
}

/// Fills in and signs a sheet; the receipt.
pub(crate) async fn signed(expert: &User<'_>, application: &str, content: Value) -> Value {
    let path = format!("/api/v1/applications/{application}/sheets/mine");
    let now = expert.get(&path).await.ok();
    let now = expert.over("PUT", &path, &now["revision"], content).await.ok();
    expert.over("POST", &format!("{path}/signature"), &now["revision"], Value::Null).await.ok()
}

/// Everybody who serves has signed a sheet for every application: the n-th expert gives the m-th application
/// `9 - m - n % 3` tenths.
pub(crate) async fn all_signed(app: &App, competition: &Competition) {
    for (n, name) in serving(app, competition).await.iter().enumerate() {
        let expert = app.known_as(name, Role::Expert, None).await;
        for (m, application) in competition.applications.iter().enumerate() {
            let tenths = 9 - i64::try_from(m).unwrap() - i64::try_from(n % 3).unwrap();
            signed(&expert, application, sheet(tenths)).await;
        }
    }
}

/// The regions of the applications of an [`Competition`].
pub(crate) const REGIONS: [&str; 3] = [SUZHOU_PARK, NANTONG, SUZHOU];

/// A competition that is closed, its first tally confirmed.
pub(crate) async fn closed(app: &App, settings: Value) -> Competition {
    judged(app, at_the_draw(app, settings).await).await
}

/// A competition at its draw, moved on until it is closed, its first tally confirmed.
async fn judged(app: &App, competition: Competition) -> Competition {
    let competition = scoring(app, competition).await;
    for (application, region) in competition.applications.iter().zip(&competition.regions) {
        inspected(app, application, region, |_| ()).await;
    }
    all_signed(app, &competition).await;
    app.at("2026-07-01T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "selection").await;
    confirm(app, &competition, 1).await;
    competition
}

/// A competition at its selection in which everybody gave every application the same marks: all totals are equal, and its
/// first tally is not confirmed.
pub(crate) async fn all_equal(app: &App, settings: Value) -> Competition {
    let competition = at_scoring(app, settings).await;
    for (application, region) in competition.applications.iter().zip(REGIONS) {
        inspected(app, application, region, |_| ()).await;
    }
    for name in serving(app, &competition).await {
        let expert = app.known_as(&name, Role::Expert, None).await;
        for application in &competition.applications {
            signed(&expert, application, sheet(8)).await;
        }
    }
    app.at("2026-07-01T09:00:00+08:00");
    move_to(&app.known(Role::Office, None).await, &competition.id, "selection").await;
    competition
}

/// A second person confirms a version of the tally.
pub(crate) async fn confirm(app: &App, competition: &Competition, number: i32) {
    let second = app.known_as("office-2", Role::Office, None).await;
    let path = format!("/api/v1/competitions/{}/tallies/{number}/confirmation", competition.id);
    second.post(&path, Value::Null).await.ok();
}

/// A meeting with a quorum.
pub(crate) fn meeting() -> Value {
    json!({ "date": "2026-07-01", "present": ["甲", "乙", "丙"], "minutes": "会议同意" })
}

/// What the office says of a notice that begins on a day.
pub(crate) fn notice(from: &str) -> Value {
    json!({ "notice": {
        "document": "公示〔2026〕1号", "from": from, "days": 5,
        "channels": ["咨询电话：025-11111111", "监督电话：025-22222222"], "issuer": "领导小组办公室",
    }})
}

/// A competition whose list is on notice, from 2026-07-02 to 2026-07-08.
pub(crate) async fn on_notice(app: &App, settings: Value) -> Competition {
    noticed(app, at_the_draw(app, settings).await).await
}

/// A competition at its draw, moved on until its list is on notice.
pub(crate) async fn noticed(app: &App, competition: Competition) -> Competition {
    let competition = judged(app, competition).await;
    let office = app.known(Role::Office, None).await;
    let path = format!("/api/v1/competitions/{}", competition.id);
    office.post(&format!("{path}/selections"), json!({ "meeting": meeting() })).await.ok();
    office.post(&format!("{path}/notices"), notice("2026-07-02")).await.ok();
    app.at("2026-07-02T10:00:00+08:00");
    competition
}

/// What the office says of an announcement.
pub(crate) fn announcement() -> Value {
    json!({ "document": "公告〔2026〕1号", "issuer": "领导小组办公室", "text": "入选地区应按年度报告进展。" })
}

/// An objection by name against an application on notice; its receipt.
pub(crate) async fn objected(app: &App, competition: &Competition, application: &str) -> Value {
    let path = format!("/api/v1/competitions/{}/objections", competition.id);
    let body = json!({
        "application_id": application,
        "content": { "kind": "facts", "text": "营业收入与年报不符，见所附年报" },
        "objector": { "name": "赵实名", "contact": "13900000000", "unit": "某公司" },
    });
    app.public().post(&path, body).await.ok()
}
