//! The expert pool, conflicts, the draw and its replay, declarations and recusals.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::RunQueryDsl;
use qianglian::db::Conn;
use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::{App, User, on_both};
use super::support::browser::Browser;
use super::support::review::{
    Competition, at_scoring, at_the_draw, declared, drawn, expert_name, experts, profile, review_settings,
    serving, sheet, signed,
};
use super::support::story::{BIOMEDICINE, move_to};
use super::support::{run, text};
use super::tables::workbook;

const HEADING: &str = "name,unit,title,region,fields,most_load,available,employers,phone,account";

async fn panels(app: &App, competition: &Competition) -> Value {
    let office = app.known(Role::Office, None).await;
    office.get(&format!("/api/v1/competitions/{}/panels", competition.id)).await.all()
}

fn states(panels: &Value) -> Vec<&str> {
    panels[0]["seats"].as_array().unwrap().iter().map(|seat| text(&seat["state"])).collect()
}

/// What the pool knows of the n-th expert.
async fn pool_of(office: &User<'_>, n: usize) -> Value {
    let all = office.get("/api/v1/experts").await.ok();
    let name = &profile(n)["name"];
    all["items"].as_array().unwrap().iter().find(|expert| expert["profile"]["name"] == *name).unwrap()["profile"].clone()
}

fn declarations(competition: &Competition) -> String {
    format!("/api/v1/competitions/{}/panels/mine/declaration", competition.id)
}

async fn own(expert: &User<'_>, competition: &Competition) -> Value {
    expert.get(&format!("/api/v1/competitions/{}/panels/mine", competition.id)).await.ok()
}

/// The unit of whoever has the first seat of a draw, by the number in the name.
fn named_unit(drawn: &Value) -> String {
    let name = text(&drawn["names"][text(&drawn["result"]["panels"][0]["serving"][0])]);
    match name.strip_prefix("专家") {
        Some(number) => format!("研究院{number}"),
        None => text(&drawn["units"][text(&drawn["result"]["panels"][0]["serving"][0])]).to_owned(),
    }
}

/// Gives an expert the name and unit of another, otherwise typed, as pools had it before names were compared.
async fn make_one_person(app: &App, one: &str, other: &str, available: bool) {
    let office = app.known(Role::Office, None).await;
    let profile = office.get(&format!("/api/v1/experts/{one}")).await.ok()["profile"].clone();
    let mut twin = profile.clone();
    twin["available"] = json!(available);
    let content = twin.to_string().replace("研究院", "研究院 ").replace('\'', "''");
    let statement = format!(
        "UPDATE expert SET name = '{}', content = '{content}' WHERE id = '{other}'",
        text(&profile["name"])
    );
    let mut conn = Conn::open(&app.address).unwrap();
    assert_eq!(diesel::sql_query(statement).execute(&mut conn), Ok(1));
}

/// Changes what is known of an expert by a table with these columns.
fn one_row(columns: &str, values: &str) -> Value {
    json!({ "csv": format!("name,unit,fields,most_load,{columns}\n{values}\n") })
}

on_both! {
    async fn an_import_tells_what_follows_before_it_is_done_and_a_slip_is_undone(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let names = serving(&app, &competition).await;
        let before = panels(&app, &competition).await;
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        signed(&expert, &competition.applications[0], sheet(6)).await;
        let office = app.known(Role::Office, None).await;
        let n: usize = names[0].trim_start_matches("expert-").parse().unwrap();
        let row = |region: &str| {
            let (name, unit) = (profile(n)["name"].clone(), profile(n)["unit"].clone());
            one_row("region", &format!("{},{},{},{},{region}", text(&name), text(&unit), profile(n)["fields"][0], profile(n)["most_load"]))
        };
        let before_profile = pool_of(&office, n).await;
        // A mistyped region: what follows is told by name, and nothing is done.
        let path = "/api/v1/experts/import";
        let asked = office.post(path, row("320583")).await.refused(428, "confirmation_required");
        let told: Vec<(&str, &str)> =
            asked["errors"].as_array().unwrap().iter().map(|told| (text(&told["code"]), text(&told["detail"]))).collect();
        let codes: Vec<&str> = told.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["recused", "called", "sheets_void", "missing", "changed"], "{told:?}");
        let (name, next) = (text(&profile(n)["name"]).to_owned(), text(&before[0]["seats"][5]["name"]).to_owned());
        assert!(told[0].1.starts_with(&format!("{name}（")) && told[0].1.contains("同一设区市"), "{told:?}");
        assert!(told[1].1.starts_with(&format!("由候补专家{next}（")), "{told:?}");
        assert!(told[2].1.contains("已签署的1份评分表作废"), "{told:?}");
        assert!(told[4].1.contains("地区：") && told[4].1.contains("→ 苏州市昆山市 320583"), "{told:?}");
        assert_eq!((panels(&app, &competition).await, pool_of(&office, n).await), (before.clone(), before_profile.clone()));

        // Something else changes: what was looked at is confirmed no more.
        let seventh = text(&before[0]["seats"][5]["expert_id"]).to_owned();
        let recusal = format!("/api/v1/competitions/{}/panels/all/experts/{seventh}/recusal", competition.id);
        office.post(&recusal, json!({ "reason": "因病" })).await.ok();
        let confirm = text(&asked["confirm"]).to_owned();
        let again = office.send("POST", path, Some(row("320583")), &[("confirm", &confirm)]).await;
        let again = again.refused(428, "confirmation_required");
        assert_ne!(again["confirm"], asked["confirm"]);
        let confirm = text(&again["confirm"]).to_owned();
        office.send("POST", path, Some(row("320583")), &[("confirm", &confirm)]).await.ok();
        let now = panels(&app, &competition).await;
        let called = text(&now[0]["seats"][6]["name"]).to_owned();
        assert_eq!(states(&now), ["recused", "serving", "serving", "serving", "serving", "recused", "serving", "waiting"]);
        expert.get(&format!("/api/v1/applications/{}", competition.applications[0])).await.refused(404, "not_found");

        // Correcting the slip gives the seat back, with what was signed; whoever was called waits again.
        let right = text(&before_profile["region"]).to_owned();
        let (told, done) = office.confirmed("POST", path, None, row(&right)).await;
        done.ok();
        assert!(told[0].starts_with(&format!("{name}（")) && told[0].contains("恢复席位，已签署的评分表恢复有效"), "{told:?}");
        assert!(told[1].starts_with(&format!("{called}（")) && told[1].contains("退回候补"), "{told:?}");
        let now = panels(&app, &competition).await;
        assert_eq!(states(&now), ["serving", "serving", "serving", "serving", "serving", "recused", "waiting", "waiting"]);
        let supervisor = app.known(Role::Supervisor, None).await;
        let sheets = supervisor.get(&format!("/api/v1/applications/{}/sheets", competition.applications[0])).await.all();
        assert_eq!((sheets.as_array().unwrap().len(), &sheets[0]["is_serving"]), (1, &json!(true)));

        // Once an alternate has signed in the place, the seat is the alternate's.
        office.confirmed("POST", path, None, row("320583")).await.1.ok();
        let alternate = app.known_as(&called.replace("专家", "expert-"), Role::Expert, None).await;
        alternate.post(&declarations(&competition), json!({ "accepted": true, "conflicts": [] })).await.ok();
        signed(&alternate, &competition.applications[0], sheet(6)).await;
        let (told, done) = office.confirmed("POST", path, None, row(&right)).await;
        done.ok();
        assert!(told[0].contains("候补专家已签署评分表"), "{told:?}");
        assert!(!serving(&app, &competition).await.contains(&names[0]));
    }

    async fn a_table_of_experts_is_imported_whole_or_not_at_all(app) {
        app.known_as("zhang-san", Role::Expert, None).await;
        let office = app.known(Role::Office, None).await;
        let csv = format!("{HEADING}\n张三,省院,研究员,320100,6;7,20,yes,甲公司@2024-06-30,,zhang-san\n李四,省院,,,6,9,no,-,,\n");
        let wrong = office.post("/api/v1/experts/import", json!({ "csv": csv.replace("6;7", "6;x").replace(",9,", ",0,") })).await;
        assert_eq!(
            wrong.invalid(),
            [("/rows/1/fields".to_owned(), "wrong_value".to_owned()), ("/rows/2/most_load".to_owned(), "out_of_range".to_owned())]
        );
        assert_eq!(office.get("/api/v1/experts").await.ok()["items"], json!([]));
        let done = office.imports(json!({ "csv": csv })).await.ok();
        assert_eq!(done, json!({ "added": 2, "changed": 0, "unchanged": 0, "hidden": 0 }));
        // The same as a workbook, with one change: what is the same stays as it is.
        let heading: Vec<&str> = HEADING.split(',').collect();
        let rows: [&[&str]; 3] = [
            &heading,
            &["张三", "省院", "研究员", "320100", "6;7", "20", "yes", "甲公司@2024-06-30", "", "zhang-san"],
            &["李四", "省院", "", "", "6", "12", "no", "-", "", ""],
        ];
        let xlsx = STANDARD.encode(workbook(&rows));
        let done = office.imports(json!({ "xlsx": xlsx })).await.ok();
        assert_eq!(done, json!({ "added": 0, "changed": 1, "unchanged": 1, "hidden": 0 }));
        let experts = office.get("/api/v1/experts").await.ok();
        for expert in experts["items"].as_array().unwrap() {
            let (load, account) = if expert["profile"]["name"] == "李四" { (12, false) } else { (20, true) };
            assert_eq!((&expert["profile"]["most_load"], expert["account_id"].is_string()), (&json!(load), account));
        }
        office.post("/api/v1/experts/import", json!({ "xlsx": "AAAA" })).await.refused(422, "invalid");
        office.post("/api/v1/experts/import", json!({})).await.refused(422, "invalid");
        let taken = json!({ "profile": profile(9), "account_name": "zhang-san" });
        assert_eq!(office.post("/api/v1/experts", taken).await.invalid(), [("/account_name".to_owned(), "account_taken".to_owned())]);
        let nobody = json!({ "profile": profile(9), "account_name": "nobody" });
        assert_eq!(office.post("/api/v1/experts", nobody).await.invalid(), [("/account_name".to_owned(), "no_such_account".to_owned())]);
    }

    async fn conflicts_bar_from_the_draw_and_unchecked_is_not_clear(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        let ids = experts(&app, 8).await;
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        // 1: a firm of the applications; 2: a former employer; 3: nobody knows where from; 4: of a city that takes part.
        let changes: [(usize, &str, Value); 4] = [
            (0, "unit", json!("示例龙头公司")),
            (1, "employers", json!([{ "unit": "生物医药产业联盟", "until": "2024-01-01" }])),
            (2, "region", Value::Null),
            (3, "region", json!("320583")),
        ];
        for (index, member, value) in changes {
            let mut profile = profile(index + 1);
            profile[member] = value;
            let body = json!({ "profile": profile, "account_name": expert_name(index + 1) });
            office.over("PUT", &format!("/api/v1/experts/{}", ids[index]), &json!(1), body).await.ok();
        }
        let found = office.get(&format!("{path}/conflicts")).await.all();
        let of = |index: usize| {
            found.as_array().unwrap().iter().find(|view| view["expert_id"] == ids[index]).unwrap().clone()
        };
        let kinds = |index: usize| {
            let conflicts = of(index)["conflicts"].as_object().unwrap().clone();
            let mut kinds: Vec<String> = conflicts.values().map(|list| text(&list[0]["kind"]).to_owned()).collect();
            kinds.dedup();
            (conflicts.len(), kinds)
        };
        assert_eq!(kinds(0), (3, vec!["named_firm".to_owned()]));
        assert_eq!(kinds(1), (3, vec!["former_employer".to_owned()]));
        assert_eq!((of(2)["unchecked"].as_object().unwrap().len(), of(2)["clear"].clone()), (3, json!(0)));
        // 昆山 is a member of one application, and of 苏州市 like another's lead.
        assert_eq!(kinds(3), (2, vec!["same_region".to_owned()]));
        assert_eq!(of(4)["clear"], 3);
        // Four are left for five seats.
        let frozen = office.post(&format!("{path}/draws"), json!({ "seed_source": "某期" })).await;
        assert_eq!(frozen.refused(409, "too_few_candidates")["errors"][0]["pointer"], "/panels/all");
        let allowed = json!({ "seed_source": "某期", "unchecked_allowed": true });
        let frozen = office.post(&format!("{path}/draws"), allowed).await.ok();
        assert_eq!(frozen["basis"]["candidates"].as_array().unwrap().len(), 8);
        assert_eq!(frozen["secret"], Value::Null, "the secret is told only with the outcome");
    }

    async fn nobody_is_two_people(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        let office = app.known(Role::Office, None).await;
        let import = |csv: &str| json!({ "csv": csv });
        let table = |rows: &str| format!("name,unit,title,region,fields,most_load,available,employers,phone\n{rows}");
        let row = |unit: &str, phone: &str| format!("戌一,{unit},教授,320100,6,10,yes,-,{phone}\n");
        let first = table(&row("示例大学（南京）", "13800000001"));
        office.imports(import(&first)).await.ok();
        // The same unit otherwise typed is the same expert.
        let done = office.imports(import(&table(&row("示例大学(南京)", "13800000001")))).await.ok();
        assert_eq!((&done["added"], &done["changed"]), (&json!(0), &json!(1)));
        let told = |rows: String| {
            let office = office.clone();
            async move { office.post("/api/v1/experts/import", json!({ "csv": rows })).await.invalid() }
        };
        let one = |code: &str| vec![("/rows/1".to_owned(), code.to_owned())];
        let near = table(&row("示例大学（南京校区）", "13800000002"));
        assert_eq!(told(near.clone()).await, one("alike"));
        let both = table(&(row("范例大学（甲）", "13800000003") + &row("范例大学（乙）", "13800000004")));
        assert_eq!(told(both).await, [("/rows/2".to_owned(), "alike".to_owned())]);
        // By the form and the API of one expert as well.
        let mut other = profile(1);
        other["unit"] = json!("研究院１ ");
        assert_eq!(office.post("/api/v1/experts", json!({ "profile": other })).await.invalid()[0].1, "duplicate");
        let browser = Browser::of(&app, &office.name).await;
        let form = browser.get("/experts/import").await.form("/act/v1/experts/import");
        let asked = browser.upload_as("/xlsx:base64", &form, &[("a.csv", near.as_bytes())]).await;
        assert!(asked.text().contains("姓名、单位相近，请核实是否同一人"), "{}", asked.text());
        let form = asked.form("/act/v1/experts/import").with("/distinct:yes", "true");
        let done = browser.upload_as("/xlsx:base64", &form, &[("a.csv", near.as_bytes())]).await;
        let done = browser.send(&done.form("/act/v1/experts/import")).await;
        assert!(done.text().contains("新增1人"), "{}", done.text());

        // Whoever may be one person is looked at before a draw.
        let path = format!("/api/v1/competitions/{}/draws", competition.id);
        let refused = office.post(&path, json!({ "seed_source": "某期" })).await.refused(409, "alike_experts");
        assert!(text(&refused["errors"][0]["detail"]).contains("戌一（示例大学（南京校区））"), "{refused}");
        let form = browser.get(&format!("/competitions/{}/draws", competition.id)).await;
        let form = form.form(&format!("/act/v1/competitions/{}/draws", competition.id)).with("/seed_source", "某期");
        let asked = browser.send(&form).await;
        let form = asked.form(&format!("/act/v1/competitions/{}/draws", competition.id)).with("/distinct:yes", "true");
        let frozen = browser.send(&form).await;
        assert!(frozen.text().contains("专家1（研究院1）"), "{}", frozen.text());
        office.post(&format!("{path}/1/seed"), json!({ "public_seed": "1" })).await.ok();
        let drawn = office.get(&path).await.all()[0].clone();
        assert_eq!(drawn["units"][text(&drawn["result"]["panels"][0]["serving"][0])], named_unit(&drawn));
        // Who came to be in the pool twice before names were compared is found when the panels are to be seated, and
        // before the next draw.
        let twin = text(&drawn["result"]["panels"][0]["serving"][1]).to_owned();
        let other = text(&drawn["result"]["panels"][0]["serving"][0]).to_owned();
        let supervisor = app.known(Role::Supervisor, None).await;
        let witness = json!({ "confirmed": true });
        // It makes no difference that one of them is not to be drawn any more.
        make_one_person(&app, &other, &twin, false).await;
        supervisor.post(&format!("{path}/1/witness"), witness.clone()).await.refused(409, "same_person");
        make_one_person(&app, &other, &twin, true).await;
        supervisor.post(&format!("{path}/1/witness"), witness).await.refused(409, "same_person");
        supervisor.post(&format!("{path}/1/witness"), json!({ "confirmed": false, "reason": "同一人两席" })).await.ok();
        let again = json!({ "seed_source": "下期", "distinct": true });
        office.post(&path, again).await.refused(409, "same_person");
    }

    async fn whoever_has_another_unit_keeps_the_entry(app) {
        let office = app.known(Role::Office, None).await;
        let table = |rows: &str| {
            json!({ "csv": format!("姓名,单位,领域,工作量上限,可参加抽取,电话,核实\n{rows}") })
        };
        let row = |unit: &str, phone: &str, verified: &str| format!("戌一,{unit},6,10,是,{phone},{verified}\n");
        let pool = || async {
            let experts = office.get("/api/v1/experts").await.ok()["items"].as_array().unwrap().clone();
            let profiles = experts.into_iter().map(|expert| expert["profile"].clone());
            profiles.map(|known| (text(&known["unit"]).to_owned(), known["former_units"].clone())).collect::<Vec<_>>()
        };
        office.imports(table(&row("示例大学（南京）", "13800000001", ""))).await.ok();
        // By the telephone the same person: the preview tells the unit, and the one that was left.
        let moved = table(&row("范例研究院", "13800000001", ""));
        let asked = office.post("/api/v1/experts/import", moved.clone()).await;
        let told = asked.refused(428, "confirmation_required").to_string();
        assert!(told.contains("单位：示例大学（南京） → 范例研究院"), "{told}");
        assert!(told.contains("原单位：（空） → 示例大学（南京）@2026-03-10"), "{told}");
        let done = office.imports(moved).await.ok();
        assert_eq!((&done["added"], &done["changed"]), (&json!(0), &json!(1)));
        let left = json!([{ "unit": "示例大学（南京）", "until": "2026-03-10" }]);
        assert_eq!(pool().await, [("范例研究院".to_owned(), left.clone())]);
        // What is nearly the same is found out by a person, row by row.
        let near = |verified: &str| table(&row("范例研究院（南京）", "13800000002", verified));
        let asked = office.post("/api/v1/experts/import", near("")).await.invalid();
        assert_eq!(asked, [("/rows/1".to_owned(), "alike".to_owned())]);
        let asked = office.post("/api/v1/experts/import", near("也许")).await.invalid();
        assert!(asked.contains(&("/rows/1/verified".to_owned(), "wrong_value".to_owned())), "{asked:?}");
        let done = office.imports(near("同一人")).await.ok();
        assert_eq!((&done["added"], &done["changed"]), (&json!(0), &json!(1)));
        let mut both = left.as_array().unwrap().clone();
        both.push(json!({ "unit": "范例研究院", "until": "2026-03-10" }));
        assert_eq!(pool().await, [("范例研究院（南京）".to_owned(), json!(both))]);
        let other = table(&row("范例研究院", "13800000003", "不同人"));
        assert_eq!(office.imports(other).await.ok()["added"], 1);

        // In the form of the entry a slip is taken out again.
        let experts = office.get("/api/v1/experts").await.all();
        let id = experts.as_array().unwrap().iter().find(|one| !one["profile"]["former_units"].is_null()).unwrap()["id"].clone();
        let browser = Browser::of(&app, &office.name).await;
        let action = format!("/act/v1/experts/{}", text(&id));
        let form = browser.get(&format!("/experts/{}", text(&id))).await.form(&action);
        let form = form.with("/profile/former_units/0/_remove:yes", "true");
        browser.send(&form.with("/profile/former_units/1/_remove:yes", "true")).await;
        assert!(pool().await.contains(&("范例研究院（南京）".to_owned(), Value::Null)), "{:?}", pool().await);
    }

    async fn who_follows_is_nobody_who_has_a_seat(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        drawn(&app, &competition).await;
        let seats = panels(&app, &competition).await[0]["seats"].clone();
        let id = |position: usize| text(&seats[position]["expert_id"]).to_owned();
        assert_eq!(seats[0]["unit"].as_str(), Some(format!("研究院{}", text(&seats[0]["name"]).trim_start_matches("专家")).as_str()));
        make_one_person(&app, &id(1), &id(5), true).await;
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}/panels/all/experts/{}/recusal", competition.id, id(0));
        office.post(&path, json!({ "reason": "因病" })).await.ok();
        let after = panels(&app, &competition).await;
        assert_eq!(states(&after)[..7], ["recused", "serving", "serving", "serving", "serving", "waiting", "serving"]);
        let browser = Browser::of(&app, &office.name).await;
        let page = browser.get(&format!("/competitions/{}/panels", competition.id)).await.text();
        assert!(page.contains("研究院1"), "{page}");
    }

    async fn a_name_that_is_nearly_a_partys_is_never_clear(app) {
        let mut settings = review_settings();
        settings["review"]["chief_experts"] = json!([{ "chain": BIOMEDICINE, "name": "买买提·艾力" }]);
        let competition = at_the_draw(&app, settings).await;
        let office = app.known(Role::Office, None).await;
        let names = ["买买提·艾力", "买买提•艾力", "买买提・艾力", "买买提‧艾力", "买买提艾力", "赵一", "赵二"];
        for (n, name) in names.iter().enumerate() {
            let mut expert = profile(n);
            expert["name"] = json!(name);
            expert["phone"] = json!(format!("025-123456{n}"));
            if n == 5 {
                expert["unit"] = json!("示例龙头公司（南京）");
            }
            office.post("/api/v1/experts", json!({ "profile": expert, "distinct": true })).await.ok();
        }
        let found = office.get(&format!("/api/v1/competitions/{}/conflicts", competition.id)).await.all();
        let of = |name: &str| found.as_array().unwrap().iter().find(|view| view["name"] == name).unwrap().clone();
        for name in &names[..4] {
            // Two of the three applications are of that chain.
            assert_eq!(of(name)["conflicts"].as_object().unwrap().len(), 2, "{name}: {found}");
        }
        for (name, near) in [("买买提艾力", 2), ("赵一", 3), ("赵二", 0)] {
            let view = of(name);
            assert_eq!((view["alike"].as_object().unwrap().len(), &view["conflicts"]), (near, &json!({})), "{name}");
        }
        let browser = Browser::of(&app, &office.name).await;
        let page = browser.get(&format!("/competitions/{}/conflicts", competition.id)).await.text();
        assert!(page.contains("待核实") && page.contains("须核实是否相同") && page.contains("示例龙头公司"), "{page}");
    }

    async fn a_draw_goes_in_order_and_anyone_can_draw_again(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        let office = app.known(Role::Office, None).await;
        let supervisor = app.known(Role::Supervisor, None).await;
        let path = format!("/api/v1/competitions/{}/draws", competition.id);
        let given_up = office.post(&path, json!({ "seed_source": "第一期" })).await.ok();
        office.post(&path, json!({ "seed_source": "第二期" })).await.refused(409, "draw_open");
        let at = format!("{path}/{}", given_up["number"]);
        supervisor.post(&format!("{at}/witness"), json!({ "confirmed": true })).await.refused(409, "no_such_step");
        office.post(&format!("{at}/abandonment"), json!({ "reason": "开奖取消" })).await.ok();
        // Rejected by its witness, an attempt is void too, and stays on record.
        office.post(&path, json!({ "seed_source": "第二期" })).await.ok();
        let at = format!("{path}/2");
        office.post(&format!("{at}/seed"), json!({ "public_seed": "1" })).await.ok();
        office.post(&format!("{at}/abandonment"), json!({ "reason": "不满意" })).await.refused(409, "no_such_step");
        office.post(&format!("{at}/seed"), json!({ "public_seed": "2" })).await.refused(409, "no_such_step");
        supervisor.post(&format!("{at}/witness"), json!({ "confirmed": false })).await.refused(422, "invalid");
        supervisor.post(&format!("{at}/witness"), json!({ "confirmed": false, "reason": "未在场" })).await.ok();
        assert_eq!(panels(&app, &competition).await, json!([]));
        let confirmed = drawn(&app, &competition).await;
        assert_eq!((&confirmed["number"], &confirmed["state"]), (&json!(3), &json!("confirmed")));
        let all = supervisor.get(&path).await.all();
        let states: Vec<&str> = all.as_array().unwrap().iter().map(|draw| text(&draw["state"])).collect();
        assert_eq!(states, ["void", "void", "confirmed"]);

        let record = supervisor.get(&format!("{path}/3/record")).await;
        let file = app.directory.path().join("draw.json");
        std::fs::write(&file, &record.text).unwrap();
        let replayed = run(&["draw", "--replay", file.to_str().unwrap()], b"");
        assert_eq!(replayed.status, 0, "{}", replayed.stderr);
        let first = text(&confirmed["result"]["panels"][0]["serving"][0]);
        assert!(replayed.stdout.contains(first), "{}", replayed.stdout);
        // One candidate's load is another: nobody gets away with it.
        let mut forged = record.body.clone();
        forged["basis"]["candidates"][0]["load"] = json!(21);
        std::fs::write(&file, forged.to_string()).unwrap();
        let replayed = run(&["draw", "--replay", file.to_str().unwrap()], b"");
        assert_eq!(replayed.status, 2);
        assert!(replayed.stderr.contains("不一致"), "{}", replayed.stderr);
        office.post(&path, json!({ "seed_source": "第四期" })).await.refused(409, "nothing_to_draw");
    }

    async fn nothing_is_opened_before_the_declaration_nor_after_a_recusal(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        drawn(&app, &competition).await;
        let names = serving(&app, &competition).await;
        let application = format!("/api/v1/applications/{}", competition.applications[0]);
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        let list = own(&expert, &competition).await;
        assert_eq!((&list["declared"], list["applications"].as_array().unwrap().len()), (&json!(false), 3));
        for path in [application.clone(), format!("{application}/evidence"), format!("{application}/sheets/mine"), format!("{application}/inspection")] {
            expert.get(&path).await.refused(403, "declare_first");
        }
        expert.post(&declarations(&competition), json!({ "accepted": false, "conflicts": [] })).await.refused(422, "invalid");
        expert.post(&declarations(&competition), json!({ "accepted": true, "conflicts": [] })).await.ok();
        assert_eq!(own(&expert, &competition).await["declared"], true);
        expert.get(&application).await.ok();
        let files = expert.get(&format!("{application}/evidence")).await.ok();
        let file = format!("/api/v1/evidence/{}/content", text(&files["items"][0]["id"]));
        assert_eq!(expert.get(&file).await.status, 200);
        assert!(!files.to_string().contains("veto_reply"), "the office's replies are not for experts");

        // Declared conflict: the next in order is called, the expert sees nothing any more.
        let conflicts = json!([{ "application_id": competition.applications[1], "reason": "配偶任职" }]);
        let other = app.known_as(&names[1], Role::Expert, None).await;
        let body = json!({ "accepted": true, "conflicts": conflicts });
        let (told, answer) = other.confirmed("POST", &declarations(&competition), None, body).await;
        let answer = answer.ok();
        assert!(told[0].starts_with("您声明与") && told[0].contains("配偶任职"), "{told:?}");
        assert!(told.iter().any(|told| told.starts_with("您将回避“")), "{told:?}");
        assert!(told.iter().any(|told| told == "您的席位由候补专家按抽取顺序递补"), "{told:?}");
        assert_eq!(answer["applications"], json!([]));
        other.get(&application).await.refused(404, "not_found");
        let now = panels(&app, &competition).await;
        assert_eq!(states(&now), ["serving", "recused", "serving", "serving", "serving", "serving", "waiting", "waiting"]);
        let sixth = text(&now[0]["seats"][5]["name"]).replace("专家", "expert-");
        assert_eq!(own(&app.known_as(&sixth, Role::Expert, None).await, &competition).await["declared"], false);

        // A change of what is known of an expert recuses at once.
        let office = app.known(Role::Office, None).await;
        let id = text(&now[0]["seats"][0]["expert_id"]).to_owned();
        let stored = office.get(&format!("/api/v1/experts/{id}")).await.ok();
        let mut changed = stored["profile"].clone();
        changed["employers"] = json!([{ "unit": "示例龙头公司", "until": "2025-01-01" }]);
        let body = json!({ "profile": changed, "account_name": names[0] });
        let path = format!("/api/v1/experts/{id}");
        office.confirmed("PUT", &path, Some(&stored["revision"]), body).await.1.ok();
        expert.get(&application).await.refused(404, "not_found");
        assert_eq!(expert.get(&file).await.status, 404);
        let now = panels(&app, &competition).await;
        assert_eq!(states(&now), ["recused", "recused", "serving", "serving", "serving", "serving", "serving", "waiting"]);

        // The office recuses too, with a reason; when nobody waits any more the seat stays empty.
        for index in [2, 3] {
            let id = text(&now[0]["seats"][index]["expert_id"]);
            let path = format!("/api/v1/competitions/{}/panels/all/experts/{id}/recusal", competition.id);
            office.post(&path, json!({ "reason": "" })).await.refused(422, "invalid");
            office.post(&path, json!({ "reason": "因病" })).await.ok();
            office.post(&path, json!({ "reason": "因病" })).await.refused(409, "recused");
        }
        let now = panels(&app, &competition).await;
        assert_eq!(states(&now), ["recused", "recused", "recused", "recused", "serving", "serving", "serving", "serving"]);
    }

    async fn a_text_that_says_there_is_none_recuses_nobody(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        experts(&app, 8).await;
        drawn(&app, &competition).await;
        let names = serving(&app, &competition).await;
        let expert = app.known_as(&names[0], Role::Expert, None).await;
        let [first, second, third] = [0, 1, 2].map(|index| competition.applications[index].clone());
        let declare = |body: Value| {
            let (path, expert) = (declarations(&competition), &expert);
            async move { expert.post(&path, body).await }
        };
        for text in ["无", "没有", "不存在", "/", "N/A", "无利害关系。"] {
            let conflicts = json!([{ "application_id": first, "reason": text }]);
            let told = declare(json!({ "accepted": true, "conflicts": conflicts })).await.invalid();
            assert_eq!(told, [("/conflicts/0/reason".to_owned(), "no_conflict".to_owned())], "{text}");
        }
        // Asked one by one: what is not answered is told, and never taken as “no”.
        let answer = |id: &str, conflict: Value, reason: &str| json!({ "application_id": id, "conflict": conflict, "reason": reason });
        let told = declare(json!({ "accepted": true, "answers": [
            answer(&first, json!("no"), ""), answer(&second, Value::Null, "配偶任职"), answer(&third, json!("no"), "曾任董事"),
        ] })).await.invalid();
        let told: Vec<(&str, &str)> = told.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!(told, [("/answers/1/conflict", "required"), ("/answers/2/reason", "contradicts_answer")]);
        let told = declare(json!({ "accepted": true, "answers": [answer(&first, json!("no"), "")] })).await.invalid();
        assert_eq!(told.len(), 2, "two are not answered: {told:?}");
        assert_eq!(own(&expert, &competition).await["declared"], false);
        assert!(serving(&app, &competition).await.contains(&names[0]));

        // What follows is told, and what was told is what is confirmed.
        let body = json!({ "accepted": true, "answers": [
            answer(&first, json!("no"), ""), answer(&second, json!("yes"), "配偶任职"), answer(&third, json!("no"), ""),
        ] });
        let asked = declare(body.clone()).await.refused(428, "confirmation_required");
        let other = json!({ "accepted": true, "answers": [
            answer(&first, json!("yes"), "配偶任职"), answer(&second, json!("no"), ""), answer(&third, json!("no"), ""),
        ] });
        let headers = [("confirm", text(&asked["confirm"]))];
        expert.send("POST", &declarations(&competition), Some(other), &headers).await.refused(428, "confirmation_required");
        assert!(serving(&app, &competition).await.contains(&names[0]), "nothing was done yet");
        expert.send("POST", &declarations(&competition), Some(body), &headers).await.ok();
        assert!(!serving(&app, &competition).await.contains(&names[0]));
    }

    async fn a_correction_of_the_chief_experts_recuses_too(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let names = serving(&app, &competition).await;
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        let now = office.get(&path).await.ok();
        let mut settings = now["settings"].clone();
        let before = settings.clone();
        let name = names[0].replace("expert-", "专家");
        settings["review"]["chief_experts"] = json!([{ "chain": BIOMEDICINE, "name": name }]);
        let correction = json!({ "reason": "补充首席专家名单", "settings": settings });
        let path = format!("{path}/corrections");
        office.confirmed("POST", &path, Some(&now["revision"]), correction).await.1.ok();
        assert!(!serving(&app, &competition).await.contains(&names[0]));
        assert_eq!(serving(&app, &competition).await.len(), 5);
        // It was a slip: once corrected, the seat is the expert's again.
        let at = format!("/api/v1/competitions/{}", competition.id);
        let now = office.get(&at).await.ok();
        let correction = json!({ "reason": "首席专家填错", "settings": before });
        office.confirmed("POST", &path, Some(&now["revision"]), correction).await.1.ok();
        assert_eq!(serving(&app, &competition).await, names);
    }

    async fn scoring_waits_for_every_panel(app) {
        let competition = at_the_draw(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}", competition.id);
        let open = office.get(&format!("{path}/readiness")).await.ok();
        assert_eq!(open["open"].as_array().unwrap().len(), 3);
        assert_eq!(open["open"][0]["code"], "no_panel");
        // Wherever it is told, it leads to where a panel comes from.
        let browser = Browser::of(&app, "office-0").await;
        let draws = format!("href=\"/competitions/{}/draws\">申报", competition.id);
        for view in ["", "/closing"] {
            let page = browser.get(&format!("/competitions/{}{view}", competition.id)).await;
            assert_eq!(page.html.matches(&draws).count(), 3, "{view}: {}", page.html);
        }
        experts(&app, 7).await;
        drawn(&app, &competition).await;
        declared(&app, &competition).await;
        let office = app.known(Role::Office, None).await;
        assert_eq!(move_to(&office, &competition.id, "scoring").await["state"], "scoring");
    }

    async fn panels_by_application_keep_loads(app) {
        let mut settings = review_settings();
        settings["review"]["panel_by"] = json!("application");
        settings["review"]["panel_size"] = json!(3);
        let competition = at_the_draw(&app, settings).await;
        for n in 1..=9 {
            app.known_as(&expert_name(n), Role::Expert, None).await;
            let office = app.known(Role::Office, None).await;
            let mut profile = profile(n);
            profile["most_load"] = json!(1);
            office.post("/api/v1/experts", json!({ "profile": profile, "account_name": expert_name(n) })).await.ok();
        }
        drawn(&app, &competition).await;
        let now = panels(&app, &competition).await;
        let mut all: Vec<String> = Vec::new();
        for panel in now.as_array().unwrap() {
            assert_eq!(panel["application_ids"].as_array().unwrap().len(), 1);
            let serving = panel["seats"].as_array().unwrap().iter().filter(|seat| seat["state"] == "serving");
            all.extend(serving.map(|seat| text(&seat["expert_id"]).to_owned()));
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!((count, all.len()), (9, 9), "nobody has more than one");
    }
}
