//! Reference data: read by everybody, imported by few, shown before it is.

use qianglian::domain::access::Role;
use serde_json::{Value, json};

use super::support::app::on_both;
use super::support::text;

const CSV: &str = "cluster_no,cluster_name,chain_no,chain_name,excellence_target,advantage,source_note\n\
    1,新能源,1,特高压设备,yes,yes,\n1,新能源,2,晶硅光伏,no,yes,苏工信〔2026〕1号\n";

on_both! {
    async fn everybody_reads_the_province(app) {
        let nobody = app.public();
        let view = nobody.get("/api/v1/chains").await.ok();
        let clusters = view["catalogue"]["clusters"].as_array().unwrap();
        assert_eq!(clusters.len(), 14);
        let chains: Vec<&Value> = clusters.iter().flat_map(|cluster| cluster["chains"].as_array().unwrap()).collect();
        assert_eq!(chains.len(), 50);
        assert_eq!(chains.iter().filter(|chain| chain["excellence_target"] == true).count(), 10);
        assert_eq!(chains.iter().filter(|chain| chain["advantage"] == "unknown").count(), 39);
        let reported: Vec<_> = chains.iter().filter(|chain| chain["source_note"] != Value::Null).collect();
        assert_eq!((reported.len(), &reported[0]["name"]), (1, &json!("水污染防治设备")), "what is not official says so");
        let cities = nobody.get("/api/v1/regions?kind=city").await.all();
        assert_eq!(cities.as_array().unwrap().len(), 13);
        let suzhou = nobody.get("/api/v1/regions?parent=320500&kind=zone").await.all();
        assert_eq!(suzhou[0]["name"], "苏州工业园区");
        nobody.get("/api/v1/catalogues/2").await.refused(404, "not_found");
    }

    async fn a_zone_that_the_catalogue_lacks_is_added_by_itself(app) {
        let office = app.sign_in(Role::Office, None).await;
        let import = |code: &str, name: &str, parent: &str| json!({
            "base_version": 1, "reason": "国函〔2026〕1号",
            "zone": { "code": code, "name": name, "kind": "zone", "parent": parent },
        });
        for (zone, pointer) in [
            (import("320571", "苏州工业园区", "320500"), "/zone/name"),
            (import("320571", " 苏州 工业园区", "320500"), "/zone/name"),
            (import("320576", "昆山经济技术开发区", "320500"), "/zone/code"),
            (import("320571", "昆山经济技术开发区", "329900"), "/zone"),
        ] {
            let told = office.post("/api/v1/catalogues/preview", zone).await.invalid();
            assert!(told[0].0.starts_with(pointer), "{told:?}");
        }
        let zone = import("320571", "昆山经济技术开发区", "320500");
        let changes = office.post("/api/v1/catalogues/preview", zone.clone()).await.ok()["changes"].clone();
        assert_eq!(changes["regions"][0]["key"], "320571");
        assert!(changes["regions"].as_array().unwrap().iter().all(|change| change["key"] == "320571"), "{changes}");
        office.post("/api/v1/catalogues", zone).await.ok();
        let suzhou = app.public().get("/api/v1/regions?parent=320500&kind=zone").await.all();
        let names: Vec<&str> = suzhou.as_array().unwrap().iter().map(|zone| text(&zone["name"])).collect();
        assert_eq!(names, ["昆山经济技术开发区", "苏州工业园区"]);
    }

    async fn an_unchanged_catalogue_is_not_sent_again(app) {
        let nobody = app.public();
        let first = nobody.get("/api/v1/chains").await;
        let tag = first.headers["etag"].clone();
        let again = nobody.send("GET", "/api/v1/chains", None, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
        assert_eq!(again.headers["etag"], tag);
        let other = nobody.send("GET", "/api/v1/chains", None, &[("if-none-match", "\"x\"")]).await;
        assert_eq!(other.status, 200);
        let head = nobody.send("HEAD", "/api/v1/chains", None, &[]).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
    }

    async fn an_import_is_shown_first_and_kept_with_its_reason(app) {
        let office = app.sign_in(Role::Office, None).await;
        let import = json!({ "base_version": 1, "reason": "苏工信〔2026〕1号", "table": "chains", "csv": CSV });
        let preview = office.post("/api/v1/catalogues/preview", import.clone()).await.ok();
        let changed: Vec<&Value> =
            preview["changes"]["chains"].as_array().unwrap().iter().filter(|change| change["key"] == "2").collect();
        assert_eq!(changed[0], &json!({ "key": "2", "field": "advantage", "before": "unknown", "after": "yes" }));
        assert_eq!(office.get("/api/v1/catalogues").await.ok()["items"].as_array().unwrap().len(), 1);

        let key = [("idempotency-key", "import-of-the-list-1")];
        let imported = office.send("POST", "/api/v1/catalogues", Some(import.clone()), &key).await;
        assert_eq!(imported.headers["location"], "/api/v1/catalogues/2");
        let imported = imported.ok();
        assert_eq!(imported["digest"], preview["digest"]);
        let repeated = office.send("POST", "/api/v1/catalogues", Some(import.clone()), &key).await;
        assert_eq!(repeated.headers["idempotency-replayed"], "true");
        assert_eq!(repeated.ok(), imported);

        office.post("/api/v1/catalogues", import.clone()).await.refused(409, "newer_version");
        let same = json!({ "base_version": 2, "reason": "again", "table": "chains", "csv": CSV });
        office.post("/api/v1/catalogues", same).await.refused(409, "unchanged");
        let newest = app.public().get("/api/v1/chains").await.ok();
        assert_eq!(newest["dataset"]["version"], 2);
        assert_eq!(newest["catalogue"]["regions"].as_array().unwrap().len(), 117);
        assert_eq!(app.public().get("/api/v1/catalogues/1").await.ok()["catalogue"]["clusters"].as_array().unwrap().len(), 14);
        assert_eq!(text(&office.get("/api/v1/catalogues").await.ok()["items"][0]["reason"]), "苏工信〔2026〕1号");
    }

    async fn a_wrong_import_is_refused_line_by_line(app) {
        let admin = app.sign_in(Role::Admin, None).await;
        let csv = CSV.replace("no,yes", "no,maybe").replace(",1,特", ",x,特");
        let import = json!({ "base_version": 1, "reason": "x", "table": "chains", "csv": csv });
        let told = admin.post("/api/v1/catalogues", import).await.invalid();
        let pointers: Vec<&str> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/rows/1/chain_no", "/rows/2/advantage"]);
        let two = json!({ "base_version": 1, "reason": "x", "table": "chains", "csv": CSV, "zone": { "code": "320576", "name": "甲", "kind": "zone", "parent": "320500" } });
        assert_eq!(admin.post("/api/v1/catalogues", two).await.invalid()[0].1, "one_content");
        for base in [i32::MIN, 0, 2, i32::MAX] {
            let other = json!({ "base_version": base, "reason": "x", "table": "chains", "csv": CSV });
            admin.post("/api/v1/catalogues", other).await.refused(409, "newer_version");
        }
        let wrong = json!({ "base_version": 1, "reason": " ", "table": "chains", "csv": CSV });
        assert_eq!(admin.post("/api/v1/catalogues", wrong).await.invalid()[0].0, "/reason");
    }

    async fn a_calendar_of_working_days_is_imported_the_same_way(app) {
        let office = app.sign_in(Role::Office, None).await;
        let mut calendar = app.public().get("/api/v1/working-days/1").await.ok()["working_days"].clone();
        let years = calendar["years"].as_array_mut().unwrap();
        years.push(json!({ "year": 2027, "document": "国办发明电", "holidays": ["2027-01-01"], "make_up_days": [] }));
        let import = json!({ "base_version": 1, "reason": "2027年安排", "working_days": calendar });
        let preview = office.post("/api/v1/working-days/preview", import.clone()).await.ok();
        assert_eq!(
            preview["changes"],
            json!([
                { "key": "2027", "field": "holidays", "before": "", "after": "1月1日" },
                { "key": "2027", "field": "document", "before": "", "after": "国办发明电" },
            ])
        );
        office.post("/api/v1/working-days", import).await.ok();
        assert_eq!(app.public().get("/api/v1/working-days").await.ok()["items"].as_array().unwrap().len(), 2);
        let mut wrong = calendar.clone();
        wrong["years"][0]["make_up_days"] = json!(["2020-01-06"]);
        let import = json!({ "base_version": 2, "reason": "x", "working_days": wrong });
        assert_eq!(
            office.post("/api/v1/working-days", import).await.invalid(),
            [("/working_days/years/0/make_up_days/0".to_owned(), "not_a_weekend".to_owned())]
        );
    }
}
