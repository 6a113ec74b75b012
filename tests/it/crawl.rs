//! Follows every link and looks at every form, as each role, while a competition goes from its draft to its titles: no
//! link is dead, whatever a role may do by the API it can do from its pages, and each field of each form is what the
//! description of the API says that the form's endpoint takes.

use std::collections::{BTreeMap, BTreeSet};

use qianglian::actions::letters::deliver_next;
use qianglian::actions::webhooks::deliver_due;
use qianglian::domain::access::{OfficeDuties, Relation, Role, Subject, decide};
use qianglian::domain::ids::AccountId;
use qianglian::http::{Endpoint, endpoints};
use serde_json::{Value, json};

use super::inquiries::upload;
use super::machines::machine;
use super::support::app::{App, On};
use super::support::browser::{Browser, Page};
use super::support::receiver::Receiver;
use super::support::review::{
    Competition, REGIONS, announcement, clear_vetoes, confirm, declared, drawn, experts, meeting, notice,
    objected, plan, record_as_claimed, review_settings, serving, sheet, signed, team,
};
use super::support::story::{
    BIOMEDICINE, KUNSHAN, NANTONG, SUZHOU, SUZHOU_PARK, check, close_applications, complete, draft, move_to,
    recommend, settings, submit, submitted,
};
use super::support::text;

/// Pages of one kind that are visited, for each role at each stage. Which parts of an application, steps of a set-up or
/// the like there are is seen on all of them.
const OF_A_KIND: usize = 24;

/// Pages that tell of results, which are read in English too.
const OF_RESULTS: [&str; 7] =
    ["/result", "/tallies", "/selections", "/sheets", "/notice", "/announcement", "/titles"];

/// Endpoints that no page needs, with the reason.
const WITHOUT_PAGE: &[(&str, &str)] = &[
    (
        "POST /api/v1/me/messages/acknowledgement",
        "only where there is something to read: tests/it/accounts.rs",
    ),
    ("GET /api/v1", "for programs"),
    ("GET /api/v1/changes", "for programs that keep a copy: tests/it/mirror.rs"),
    ("GET /api/v1/competitions/{competition_id}/export", "for programs that keep a copy: tests/it/mirror.rs"),
    (
        "GET /api/v1/competitions/{competition_id}/archive/content",
        "only once it was archived: tests/it/archives.rs",
    ),
    ("GET /api/v1/me/platform", "only where there is a platform: tests/it/platform.rs"),
    ("POST /api/v1/me/platform", "only where there is a platform: tests/it/platform.rs"),
    ("DELETE /api/v1/me/platform", "only where there is a platform: tests/it/platform.rs"),
    ("POST /api/v1/refresh", "a browser's session is kept alive by its pages"),
    ("POST /api/v1/setup", "the first start names the page"),
    ("POST /api/v1/me/reauthentication", "asked for when it is needed; tests/it/second_factor.rs"),
    ("POST /api/v1/login/second-factor", "the answer to a password; tests/it/second_factor.rs"),
    ("POST /api/v1/me/second-factor/totp/confirmation", "once it was begun; tests/it/second_factor.rs"),
    ("POST /api/v1/me/second-factor/recovery-codes", "once there is one; tests/it/second_factor.rs"),
    ("DELETE /api/v1/me/second-factor", "once there is one; tests/it/second_factor.rs"),
    ("DELETE /api/v1/me/second-factor/totp", "once there is a passkey beside it; tests/it/passkeys.rs"),
    ("POST /api/v1/me/second-factor/passkeys", "only at a public host name; tests/it/passkeys.rs"),
    ("DELETE /api/v1/me/second-factor/passkeys/{passkey_id}", "once there is one; tests/it/passkeys.rs"),
    (
        "POST /api/v1/accounts/{account_id}/second-factor/reset",
        "once there is one; tests/it/second_factor.rs",
    ),
];

/// Endpoints whose forms stand under a preview, or where something has happened before, and what goes through that.
const BEHIND_A_PREVIEW: [(&str, &str); 8] = [
    ("POST /api/v1/applications/{application_id}/checks/formal/revocation", "tests/it/checks.rs"),
    ("GET /api/v1/competitions/{competition_id}/checks/lots/{number}", "tests/it/check_lots.rs"),
    ("POST /api/v1/clock/jumps/{jump_id}/confirmation", "tests/it/jumps.rs"),
    ("GET /api/v1/competitions/{competition_id}/reopening", "tests/it/reopenings.rs"),
    ("POST /api/v1/competitions/{competition_id}/reopening/confirmation", "tests/it/reopenings.rs"),
    ("POST /api/v1/catalogues", "tests/it/pages_supervision.rs"),
    ("POST /api/v1/working-days", "tests/it/pages_supervision.rs"),
    ("POST /api/v1/competitions/{competition_id}/notices", "tests/it/pages_results.rs"),
];

/// What was found: who (nobody for the public) reaches which endpoint.
#[derive(Default)]
struct Found {
    reached: BTreeSet<(Option<Role>, String)>,
    dead: BTreeSet<String>,
    /// Fields of forms by the endpoint, and those that are no member of what it takes.
    fields: BTreeSet<(String, String)>,
    strangers: BTreeSet<String>,
    /// Keys and states in the place of names, with the kind of page that shows them.
    keys: BTreeSet<String>,
}

/// The endpoint that an address belongs to: of those that match, the one that names most of it itself.
fn endpoint<'a>(all: &'a [Endpoint], method: &str, address: &str) -> Option<&'a Endpoint> {
    let address = address.split('?').next().unwrap();
    let given: Vec<&str> = address.split('/').collect();
    let matching = all.iter().filter(|row| {
        let wanted: Vec<&str> = row.path.split('/').collect();
        row.method.as_str() == method
            && wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    });
    matching.min_by_key(|row| row.path.matches('{').count())
}

/// Addresses of one kind: names and numbers taken out.
pub(crate) fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| if segment.contains(|c: char| c.is_ascii_digit()) { "*" } else { segment })
        .collect();
    let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    format!("{}?{}", segments.join("/"), names.join("&"))
}

fn look(found: &mut Found, all: &[Endpoint], role: Option<Role>, page: &Page) {
    // Words that were made of marked-up text are shown with their marks.
    if page.html.contains("&lt;/") {
        found.dead.insert(format!("{} shows marks of HTML", page.address));
    }
    let shown = super::names::shown(page, false).into_iter();
    found.keys.extend(shown.map(|key| format!("{key} on {}", kind(&page.address))));
    for link in page.links().iter().filter(|link| link.starts_with("/api/v1/") || link.starts_with("/data/"))
    {
        match endpoint(all, "GET", link) {
            Some(row) => drop(found.reached.insert((role, format!("GET {}", row.path)))),
            None => drop(found.dead.insert(format!("{} links to {link}", page.address))),
        }
    }
    for form in page.forms() {
        let action = form.action.trim_start_matches("/en");
        let Some(act) = action.strip_prefix("/act/") else { continue };
        let method = form.value("_method").unwrap_or("POST");
        match endpoint(all, method, &format!("/api/{act}")) {
            Some(row) => {
                found.reached.insert((role, format!("{method} {}", row.path)));
                for name in &form.names {
                    if found.fields.insert((format!("{method} {}", row.path), name.clone())) {
                        found.strangers.extend(super::members::fault(row, name));
                    }
                }
            }
            None => drop(found.dead.insert(format!("{} has a form for {method} {action}", page.address))),
        }
    }
}

/// One thing in the words of many, such as “1 applications”; a version may be said to hold.
fn slip(prose: &str) -> Option<String> {
    let words: Vec<&str> = prose.split_whitespace().collect();
    let plural = |word: &str| word.ends_with('s') && !word.ends_with("ss") && word.len() > 3;
    let many = |word: &str| plural(word) && word != "holds" && word.chars().all(|c| c.is_ascii_lowercase());
    words.windows(2).find(|two| two[0] == "1" && many(two[1])).map(|two| two.join(" "))
}

async fn crawl(found: &mut Found, all: &[Endpoint], browser: &Browser<'_>, role: Option<Role>) {
    let mut waiting: Vec<(String, String)> =
        vec![(if role.is_some() { "/desk" } else { "/" }.to_owned(), "the start".to_owned())];
    let mut seen = BTreeSet::new();
    let mut of_a_kind: BTreeMap<String, usize> = BTreeMap::new();
    while let Some((address, from)) = waiting.pop() {
        let whole = address.split('#').next().unwrap().to_owned();
        let other = ["/api/", "/data/", "/assets/", "/en"].iter().any(|start| whole.starts_with(start));
        if other || !seen.insert(whole.clone()) {
            continue;
        }
        let count = of_a_kind.entry(kind(&whole)).or_default();
        *count += 1;
        if *count > OF_A_KIND {
            continue;
        }
        let page = browser.get(&whole).await;
        if page.status != 200 {
            found.dead.insert(format!("{role:?}: {from} links to {whole}: {}", page.status));
            continue;
        }
        look(found, all, role, &page);
        let of_results = OF_RESULTS.iter().any(|result| kind(&whole).contains(result));
        if of_results || *count == 1 {
            let english = browser.get(&format!("/en{whole}")).await;
            found.dead.extend(
                slip(&english.prose()).into_iter().map(|slip| format!("“{slip}” on {}", english.address)),
            );
            if of_results {
                let shown = super::names::shown(&english, true).into_iter();
                found.keys.extend(shown.map(|key| format!("{key} on /en{}", kind(&whole))));
            }
        }
        let leads = page.links().into_iter().chain(page.steps());
        waiting.extend(leads.map(|link| (link, whole.clone())));
    }
}

/// Everybody looks at everything.
async fn everybody(found: &mut Found, app: &App, expert: Option<&str>, stage: &str) {
    let all = endpoints();
    let before = found.reached.len();
    crawl(found, &all, &Browser::new(app), None).await;
    let mut people = vec![
        ("applicant-320576".to_owned(), Role::Applicant, Some(SUZHOU_PARK)),
        ("applicant-320583".to_owned(), Role::Applicant, Some(KUNSHAN)),
        ("city-reviewer-320500".to_owned(), Role::CityReviewer, Some(SUZHOU)),
        ("office-0".to_owned(), Role::Office, None),
        ("supervisor-0".to_owned(), Role::Supervisor, None),
        ("admin-0".to_owned(), Role::Admin, None),
        ("inspector-0".to_owned(), Role::Inspector, None),
    ];
    people.extend(expert.map(|name| (name.to_owned(), Role::Expert, None)));
    for (name, role, region) in people {
        app.known_as(&name, role, region).await;
        let browser = Browser::of(app, &name).await;
        crawl(found, &all, &browser, Some(role)).await;
        // A sixth session of an account would end the first, in which the story goes on.
        browser.send(&browser.get("/desk").await.form("/act/v1/logout")).await;
    }
    println!("{stage}: {} more", found.reached.len() - before);
}

/// An inspection that is planned, recorded, signed by the team, as far as told.
async fn inspect(app: &App, application: &str, region: &str, found: &mut Found, expert: &str, looking: bool) {
    let team = team(app).await;
    let path = format!("/api/v1/applications/{application}/inspection");
    let office = app.known(Role::Office, None).await;
    let now = office.get(&path).await.ok();
    let me = office.get("/api/v1/me").await.ok();
    let mut people = team.clone();
    // The office, the expert and the inspector that look are of the team, so that they see the team's forms.
    people[0] = ("office-0".to_owned(), text(&me["id"]).to_owned());
    let own = app.known_as(expert, Role::Expert, None).await.get("/api/v1/me").await.ok();
    people[1] = (expert.to_owned(), text(&own["id"]).to_owned());
    let own = app.known_as("inspector-0", Role::Inspector, None).await.get("/api/v1/me").await.ok();
    people.push(("inspector-0".to_owned(), text(&own["id"]).to_owned()));
    office.over("PUT", &format!("{path}/plan"), &now["revision"], plan(&people)).await.ok();
    if looking {
        everybody(found, app, Some(expert), "inspection planned").await;
    }
    let office = app.known(Role::Office, None).await;
    let now = office.get(&path).await.ok();
    let mut record = record_as_claimed(&now);
    if looking {
        // A value above the claim, which the office must consent to.
        let items = record["items"].as_array_mut().unwrap();
        let raised = items.iter_mut().find(|item| item["indicator"] == "a11").unwrap();
        (raised["value"], raised["finding"]) = (json!("1200"), json!("年报高于申报"));
    }
    let mut now = office.over("PUT", &format!("{path}/record"), &now["revision"], record).await.ok();
    if looking {
        everybody(found, app, Some(expert), "inspection recorded").await;
    }
    for (name, _) in &people {
        let role = match name.as_str() {
            "inspector-0" => Role::Inspector,
            name if name == expert => Role::Expert,
            _ => Role::Office,
        };
        let member = app.known_as(name, role, None).await;
        now = member.over("POST", &format!("{path}/signatures"), &now["revision"], Value::Null).await.ok();
    }
    if looking {
        everybody(found, app, Some(expert), "inspection signed").await;
    }
    let applicant = app.known(Role::Applicant, Some(region)).await;
    // Whoever agrees has no comment to make.
    let objects = json!({ "stance": "objects", "statement": "口径有误", "signatory": "李局长" });
    applicant.over("POST", &format!("{path}/decision"), &now["revision"], objects).await.ok();
    if looking {
        let order = json!({ "finding": "台账缺失", "due_at": "2026-06-20T17:00:00+08:00" });
        let office = app.known(Role::Office, None).await;
        let ordered = office.post(&format!("/api/v1/applications/{application}/rectifications"), order).await;
        assert_eq!(ordered.status, 201, "{}", ordered.text);
        everybody(found, app, Some(expert), "rectification ordered").await;
        let at = format!("/api/v1/rectifications/{}", text(&ordered.body["id"]));
        let answer = json!({ "text": "台账已补齐" });
        let applicant = app.known(Role::Applicant, Some(region)).await;
        applicant.over("POST", &format!("{at}/answer"), &ordered.body["revision"], answer).await.ok();
        everybody(found, app, Some(expert), "rectification answered").await;
        let office = app.known(Role::Office, None).await;
        office.post(&format!("{path}/increases/a11/consent"), json!({ "reason": "年报证实" })).await.ok();
    }
}

/// One webhook that has told something, one that is paused, one that waits.
async fn webhooks(app: &App) {
    let scope = json!({ "groups": [{ "group": "changes", "access": "read" }], "region_codes": [SUZHOU] });
    let (machine, _) = machine(app, "mirror", "city_reviewer", scope).await;
    let receiver = Receiver::start();
    let make = async |name: &str| {
        let second = app.known_as("second-admin", Role::Admin, None).await;
        let body = json!({ "machine_id": machine, "name": name, "address": receiver.address });
        let made = second.post("/api/v1/webhooks", body).await.ok();
        format!("/api/v1/webhooks/{}", text(&made["webhook"]["id"]))
    };
    let admin = app.known(Role::Admin, None).await;
    for (name, act, body) in
        [("市平台的变更", "test", Value::Null), ("停发的推送", "pause", json!({ "reason": "维护" }))]
    {
        let path = make(name).await;
        admin.post(&format!("{path}/confirmation"), Value::Null).await.ok();
        admin.post(&format!("{path}/{act}"), body).await.ok();
    }
    assert_eq!(deliver_due(&app.service).await.unwrap(), 1);
    make("待确认的推送").await;
}

/// From the draft to the sealed lists.
async fn filed(app: &App, found: &mut Found) -> Competition {
    everybody(found, app, None, "nothing yet").await;
    // External systems: one in use, one that somebody else's administrator waits for.
    let scope =
        || json!({ "groups": [{ "group": "applications", "access": "read" }], "region_codes": [SUZHOU] });
    machine(app, "platform", "applicant", scope()).await;
    let second = app.known_as("second-admin", Role::Admin, None).await;
    let body = json!({
        "name": "other-platform", "display_name": "另一平台", "role": "applicant", "scope": scope(),
        "expires_at": "2026-12-31T00:00:00+08:00",
    });
    second.post("/api/v1/machines", body).await.ok();
    webhooks(app).await;
    let office = app.known(Role::Office, None).await;
    let mut settings = review_settings();
    settings["disclosure"] = json!("ranking");
    let made = office.post("/api/v1/competitions", settings).await.ok();
    let id = text(&made["id"]).to_owned();
    everybody(found, app, None, "draft").await;
    let office = app.known(Role::Office, None).await;
    move_to(&office, &id, "application").await;
    let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
    let first = draft(&lead, &id, BIOMEDICINE).await;
    let path = format!("/api/v1/applications/{first}");
    let now = lead.get(&path).await.ok();
    let members =
        json!({ "lead_role": "core", "members": [{ "region_code": KUNSHAN, "role": "coordinated" }] });
    lead.over("PUT", &format!("{path}/members"), &now["revision"], members).await.ok();
    everybody(found, app, None, "application begun").await;
    let member = app.known(Role::Applicant, Some(KUNSHAN)).await;
    member.post(&format!("{path}/consents"), json!({ "given": true, "signatory": "主任" })).await.ok();
    let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
    complete(&lead, &first).await;
    // What was agreed to was less than what it says now.
    let member = app.known(Role::Applicant, Some(KUNSHAN)).await;
    member.post(&format!("{path}/consents"), json!({ "given": true, "signatory": "主任" })).await.ok();
    everybody(found, app, None, "application complete").await;
    let lead = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
    submit(&lead, &first).await;
    let applications =
        vec![first, submitted(app, &id, NANTONG, BIOMEDICINE).await, submitted(app, &id, SUZHOU, 5).await];
    everybody(found, app, None, "application submitted").await;
    close_applications(app).await;
    // A list that can be sealed: nothing is left out without a reason.
    let reviewer = app.known(Role::CityReviewer, Some(SUZHOU)).await;
    let list = format!("/api/v1/competitions/{id}/recommendations/{SUZHOU}");
    let entry = |application: &str| json!({ "application_id": application, "opinion": "同意推荐" });
    let entries = json!({ "entries": [entry(&applications[0]), entry(&applications[2])] });
    reviewer.over("PUT", &list, &json!(0), entries).await.ok();
    everybody(found, app, None, "recommendation").await;
    recommend(app, &id, SUZHOU, &[&applications[0], &applications[2]]).await;
    recommend(app, &id, NANTONG, &[&applications[1]]).await;
    Competition { id, applications, regions: REGIONS.to_vec() }
}

async fn drawn_up(app: &App, found: &mut Found, competition: &Competition) {
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "checking").await;
    let inquiries = format!("/api/v1/competitions/{}/inquiries", competition.id);
    let vetoes = settings()["rubric"]["vetoes"].as_array().unwrap().clone();
    let items: Vec<&Value> = vetoes.iter().map(|veto| &veto["key"]).collect();
    let asked = json!({
        "department": "省应急管理厅", "dated": "2026-04-28", "item_keys": items, "application_ids": [competition.applications[0]],
    });
    office.post(&inquiries, asked).await.ok();
    let reply = upload(&office, &format!("{inquiries}/1"), "reply.pdf").await.ok();
    everybody(found, app, None, "checking").await;
    let office = app.known(Role::Office, None).await;
    let results = format!("{inquiries}/1/results");
    office.over("POST", &results, &reply["revision"], json!({ "note": "复函" })).await.ok();
    for application in &competition.applications {
        check(&office, application, "accepted", &[]).await;
    }
    for application in &competition.applications[1..] {
        clear_vetoes(&office, application).await;
    }
    app.at("2026-05-18T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "drawing").await;
    experts(app, 8).await;
    everybody(found, app, None, "drawing").await;
    let office = app.known(Role::Office, None).await;
    let path = format!("/api/v1/competitions/{}/draws", competition.id);
    let frozen = office.post(&path, json!({ "seed_source": "双色球第2026056期" })).await.ok();
    everybody(found, app, None, "candidates frozen").await;
    let office = app.known(Role::Office, None).await;
    let at = format!("{path}/{}", frozen["number"]);
    office.post(&format!("{at}/seed"), json!({ "public_seed": "03 08 11 19 24 30 + 07" })).await.ok();
    everybody(found, app, None, "seed entered").await;
    let supervisor = app.known(Role::Supervisor, None).await;
    supervisor
        .post(&format!("{at}/witness"), json!({ "confirmed": false, "reason": "号码录入有误" }))
        .await
        .ok();
    drawn(app, competition).await;
}

async fn scored(app: &App, found: &mut Found, competition: &Competition) {
    let expert = serving(app, competition).await[0].clone();
    everybody(found, app, Some(&expert), "panels drawn").await;
    declared(app, competition).await;
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "scoring").await;
    everybody(found, app, Some(&expert), "scoring").await;
    for (index, (application, region)) in competition.applications.iter().zip(REGIONS).enumerate() {
        inspect(app, application, region, found, &expert, index == 0).await;
    }
    // A sheet that was signed on paper, entered once.
    let office = app.known(Role::Office, None).await;
    let panels = office.get(&format!("/api/v1/competitions/{}/panels", competition.id)).await.all();
    let seat = panels[0]["seats"]
        .as_array()
        .unwrap()
        .iter()
        .find(|seat| text(&seat["name"]) != expert.replace("expert-", "专家"));
    let paper = format!(
        "/api/v1/applications/{}/sheets/{}/paper",
        competition.applications[0],
        text(&seat.unwrap()["expert_id"])
    );
    office.post(&paper, json!({ "content": sheet(8) })).await.ok();
    let first = app.known_as(&expert, Role::Expert, None).await;
    let path = format!("/api/v1/applications/{}/sheets/mine", competition.applications[0]);
    let now = first.get(&path).await.ok();
    first.over("PUT", &path, &now["revision"], sheet(8)).await.ok();
    everybody(found, app, Some(&expert), "sheet in draft").await;
    app.known(Role::Office, None).await.delete(&paper).await.ok();
    undelivered(app, competition).await;
    let first = app.known_as(&expert, Role::Expert, None).await;
    signed(&first, &competition.applications[0], sheet(8)).await;
    everybody(found, app, Some(&expert), "sheet signed").await;
}

/// Reminders to an address that a mail server refuses for good stay with the office.
async fn undelivered(app: &App, competition: &Competition) {
    let office = app.known(Role::Office, None).await;
    office.post(&format!("/api/v1/competitions/{}/reminders", competition.id), Value::Null).await.ok();
    let server = super::mail::Server::start();
    server.set(super::mail::Mood::Refuses);
    while deliver_next(&app.service, &server.mailer()).await.unwrap() {}
}

async fn decided(app: &App, found: &mut Found, competition: &Competition) {
    let expert = serving(app, competition).await[0].clone();
    app.at("2026-07-01T09:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    move_to(&office, &competition.id, "selection").await;
    everybody(found, app, Some(&expert), "closed").await;
    confirm(app, competition, 1).await;
    let path = format!("/api/v1/competitions/{}", competition.id);
    // A further version, prepared by somebody else, so that the office that looks can confirm it.
    let corrected = app.known_as(&expert, Role::Expert, None).await;
    let own = format!("/api/v1/applications/{}/sheets/mine", competition.applications[2]);
    let now = corrected.get(&own).await.ok();
    let correction = json!({ "reason": "slip", "explanation": "误填", "content": sheet(10) });
    corrected.over("POST", &format!("{own}/corrections"), &now["revision"], correction).await.ok();
    let second = app.known_as("office-2", Role::Office, None).await;
    second.post(&format!("{path}/tallies"), json!({ "reason": "核对后重新汇总" })).await.ok();
    everybody(found, app, Some(&expert), "further tally").await;
    let office = app.known(Role::Office, None).await;
    office.post(&format!("{path}/tallies/2/confirmation"), Value::Null).await.ok();
    office.post(&format!("{path}/selections"), json!({ "meeting": meeting() })).await.ok();
    everybody(found, app, Some(&expert), "selected").await;
    let office = app.known(Role::Office, None).await;
    office.post(&format!("{path}/notices"), notice("2026-07-02")).await.ok();
    app.at("2026-07-02T10:00:00+08:00");
    everybody(found, app, Some(&expert), "notice").await;
    let receipt = objected(app, competition, &competition.applications[0]).await;
    let bytes = super::made_files::pdf(800);
    let digest = super::support::app::content_digest(&bytes);
    let headers = [("content-digest", digest.as_str()), ("objection-code", text(&receipt["code"]))];
    app.public().send_bytes("POST", "/api/v1/objection-files?name=a.pdf", Some(bytes), &headers).await.ok();
    let lead = json!({ "application_id": competition.applications[1], "content": { "kind": "facts", "text": "听说营业收入数据不实，请核查年报" } });
    app.public().post(&format!("{path}/objections"), lead).await.ok();
    everybody(found, app, Some(&expert), "objection filed").await;
    let office = app.known(Role::Office, None).await;
    let list = office.get(&format!("{path}/objections")).await.ok();
    let steps = format!("/api/v1/objections/{}/steps", text(&list["items"][0]["id"]));
    office.over("POST", &steps, &json!(1), json!({ "to": "accepted", "reply": "已受理" })).await.ok();
    let asks = json!({ "to": "investigating", "reply": "请说明营业收入口径" });
    office.over("POST", &steps, &json!(2), asks).await.ok();
    let applicant = app.known(Role::Applicant, Some(SUZHOU_PARK)).await;
    let recheck = json!({ "kind": "arithmetic", "text": "请复核指标合计是否正确" });
    applicant
        .post(&format!("/api/v1/applications/{}/recheck-requests", competition.applications[0]), recheck)
        .await
        .ok();
    let supervisor = app.known(Role::Supervisor, None).await;
    let reason = json!({ "reason": "需核查环保事项" });
    supervisor
        .post(&format!("/api/v1/applications/{}/suspension", competition.applications[2]), reason)
        .await
        .ok();
    office.post(&format!("{path}/reminders"), Value::Null).await;
    everybody(found, app, Some(&expert), "objection investigated").await;
    app.at("2026-07-20T10:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    let asked = office.get(&format!("{path}/recheck-requests")).await.all();
    let answer = format!("/api/v1/recheck-requests/{}/answer", text(&asked[0]["id"]));
    let dismissed = json!({ "to": "dismissed", "report": "经核查，口径一致", "reply": "异议不成立" });
    office.over("POST", &steps, &json!(3), dismissed).await.ok();
    let same = json!({ "outcome": "no_change", "answer": "经复核，合计无误" });
    office.over("POST", &answer, &asked[0]["revision"], same).await.ok();
    let office = app.known(Role::Office, None).await;
    office.post(&format!("{path}/announcements"), announcement()).await.ok();
    app.at("2027-03-01T10:00:00+08:00");
    let office = app.known(Role::Office, None).await;
    let titles = office.get("/api/v1/titles").await.all();
    let title = titles
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["content"]["application"] == competition.applications[0]);
    let award = format!("/api/v1/titles/{}", text(&title.unwrap()["id"]));
    let draft = office.get(&format!("{path}/document-draft?address={award}&key=award")).await.ok();
    let issue = json!({ "address": award, "document": "award", "drafted_digest": draft["drafted_digest"] });
    office.post(&format!("{path}/issued-documents"), issue).await.ok();
    everybody(found, app, Some(&expert), "announced").await;
}

#[test]
fn whatever_a_role_may_do_it_can_do_from_its_pages() {
    actix_web::rt::System::new().block_on(async {
        let app = App::start(On::Sqlite).await;
        let mut found = Found::default();
        // A link that waits for the supervisor, first among the accounts.
        app.known(Role::Supervisor, None).await;
        let waiting = json!({ "name": "a0-waiting", "display_name": "待确认专家", "role": "expert" });
        app.known(Role::Admin, None).await.post("/api/v1/accounts", waiting).await.ok();
        let helped = json!({ "roles": ["applicant"] });
        let helps = "/api/v1/accounts/forgotten-passwords";
        app.known(Role::Office, None).await.send("PUT", helps, Some(helped), &[]).await.ok();
        let competition = filed(&app, &mut found).await;
        drawn_up(&app, &mut found, &competition).await;
        scored(&app, &mut found, &competition).await;
        all_signed_but_first(&app, &competition).await;
        decided(&app, &mut found, &competition).await;
        let missing = missing(&found);
        assert!(
            found.dead.is_empty() && missing.is_empty(),
            "dead: {:#?}\nno page leads to:\n{}",
            found.dead,
            missing.join("\n")
        );
        assert!(found.fields.len() > 1_000, "{}", found.fields.len());
        assert!(found.strangers.is_empty(), "fields that name no member: {:#?}", found.strangers);
        assert!(found.keys.is_empty(), "keys and states in the place of names: {:#?}", found.keys);
    });
}

/// Everybody signs all that is not signed yet.
async fn all_signed_but_first(app: &App, competition: &Competition) {
    for (n, name) in serving(app, competition).await.iter().enumerate() {
        let expert = app.known_as(name, Role::Expert, None).await;
        for (m, application) in competition.applications.iter().enumerate() {
            if (n, m) != (0, 0) {
                signed(&expert, application, sheet(8 - i64::try_from(m).unwrap())).await;
            }
        }
    }
}

/// What a role may do that no page of its leads to. What everybody may do, the public's pages lead to.
fn missing(found: &Found) -> Vec<String> {
    let mut missing = Vec::new();
    for row in endpoints() {
        let name = format!("{} {}", row.method.as_str(), row.path);
        if WITHOUT_PAGE.iter().chain(&BEHIND_A_PREVIEW).any(|(known, _)| *known == name) {
            continue;
        }
        let may = |role: Option<Role>| {
            let subject = role.map(|role| Subject {
                account: AccountId(uuid::Uuid::nil()),
                role,
                region: None,
                duties: OfficeDuties::default(),
            });
            decide(subject.as_ref(), row.action, Relation::General).is_ok()
        };
        let askers: Vec<Option<Role>> = if may(None) {
            vec![None]
        } else {
            Role::ALL.iter().copied().map(Some).filter(|role| may(*role)).collect()
        };
        for asker in askers {
            if !found.reached.contains(&(asker, name.clone())) {
                missing.push(format!("{} {name}", asker.map_or("public", Role::as_str)));
            }
        }
    }
    missing
}
