//! Open data: every file that the catalogue names is there as it says, and tells what was announced.

use std::collections::BTreeMap;

use qianglian::domain::record::digest_of;
use serde_json::{Value, json};

use super::announcements::announced;
use super::support::app::on_both;
use super::support::review::review_settings;
use super::support::text;

const LICENCE: &str = "https://creativecommons.org/licenses/by/4.0/";

/// The distributions of a catalogue with the addresses of their files.
fn distributions(catalogue: &Value) -> Vec<(&Value, String)> {
    let datasets = catalogue["dcat:dataset"].as_array().unwrap().iter();
    let all = datasets.flat_map(|dataset| dataset["dcat:distribution"].as_array().unwrap());
    all.map(|one| (one, format!("/data/{}", text(&one["dcat:downloadURL"]["@id"])))).collect()
}

/// A cell of CSV as JSON has it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Each row of CSV is the row of JSON, member by member.
fn same_rows(csv: &str, rows: &Value, of: &str) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let rows = rows.as_array().unwrap();
    assert_eq!(read.len(), rows.len(), "{of}");
    for (record, row) in read.iter().zip(rows) {
        assert_eq!(names.len(), row.as_object().unwrap().len(), "{of}");
        for (name, told) in names.iter().zip(record) {
            assert_eq!(told, cell(&row[name]), "{of} {name}");
        }
    }
}

on_both! {
    async fn every_file_that_the_catalogue_names_is_there_as_it_says(app) {
        let mut settings = review_settings();
        settings["disclosure"] = json!("ranking");
        settings["licence"] = json!({ "name": "CC BY 4.0", "url": LICENCE });
        let competition = announced(&app, settings).await;
        let public = app.public();
        let catalogue = public.get("/data/catalogue.jsonld").await;
        assert_eq!(catalogue.headers["content-type"], "application/ld+json");
        let catalogue: Value = serde_json::from_str(&catalogue.text).unwrap();
        let mut files = BTreeMap::new();
        for (told, address) in distributions(&catalogue) {
            let file = public.get(&address).await;
            assert_eq!(file.status, 200, "{address}");
            assert_eq!(file.headers["access-control-allow-origin"], "*", "{address}");
            assert_eq!(text(&told["dcat:byteSize"]["@value"]), file.text.len().to_string());
            assert_eq!(text(&told["spdx:checksum"]["spdx:checksumValue"]["@value"]), digest_of(&file.text).to_string());
            let own = address.contains("/editions/");
            assert_eq!(told["dct:license"]["@id"] == LICENCE, own, "{address}");
            files.insert(address, file.text);
        }
        assert_eq!(files.len(), 14);
        let page = public.get("/data").await.text;
        let tables = files.iter().filter_map(|(address, csv)| Some((address.strip_suffix(".csv")?, address, csv)));
        for (table, address, csv) in tables {
            let json: Value = serde_json::from_str(&files[&format!("{table}.json")]).unwrap();
            same_rows(csv, &json["rows"], address);
            assert_eq!(json["licence"]["name"] == "CC BY 4.0", address.contains("/editions/"));
            assert!(page.contains(address) && page.contains(&digest_of(csv).to_string()), "{address}");
        }
        // What was announced, with codes.
        let read = |name: &str| -> Value { serde_json::from_str(&files[&format!("/data/{name}.json")]).unwrap() };
        let folder = format!("editions/{}", competition.id);
        let announcement = public.get(&format!("/api/v1/competitions/{}/announcement", competition.id)).await.ok();
        let notice = public.get(&format!("/api/v1/competitions/{}/notices", competition.id)).await.all();
        for document in [&announcement, &notice[0]["notice"]] {
            assert_eq!(document["licence"], json!({ "name": "CC BY 4.0", "url": LICENCE }));
        }
        let winners = read(&format!("{folder}/winners"));
        assert_eq!(winners["rows"].as_array().unwrap().len(), announcement["winners"].as_array().unwrap().len());
        let members = read(&format!("{folder}/members"));
        for (row, winner) in winners["rows"].as_array().unwrap().iter().zip(announcement["winners"].as_array().unwrap()) {
            assert_eq!((&row["application_id"], &row["score"]), (&winner["application"], &winner["score"]));
            assert_eq!(row["region_code"], winner["members"][0]["code"]);
            assert_eq!(row["chain_number"], winner["chain_number"]);
            let of = |member: &&Value| member["application_id"] == row["application_id"];
            let told: Vec<&Value> = members["rows"].as_array().unwrap().iter().filter(of).collect();
            assert_eq!(told.len(), winner["members"].as_array().unwrap().len());
            assert_eq!((&told[0]["region_code"], &told[0]["is_lead"]), (&row["region_code"], &json!(true)));
        }
        let ranking = read(&format!("{folder}/ranking"));
        assert_eq!(ranking["rows"].as_array().unwrap().len(), 3);
        for row in ["titles", "chains", "regions"].map(|name| read(name)["rows"].clone()).as_slice().iter().flat_map(|rows| rows.as_array().unwrap()) {
            assert!(row.get("region_code").or_else(|| row.get("chain_number")).is_some_and(|code| !code.is_null()));
        }
        for row in ranking["rows"].as_array().unwrap() {
            assert!(row["region_code"].is_string() && row["chain_number"].is_number() && row["cluster_number"].is_number());
        }
    }

    async fn what_is_not_disclosed_is_no_file(app) {
        let mut settings = review_settings();
        settings["disclosure"] = json!("winners");
        let competition = announced(&app, settings).await;
        let public = app.public();
        let folder = format!("/data/editions/{}", competition.id);
        for format in ["csv", "json"] {
            public.get(&format!("{folder}/ranking.{format}")).await.refused(404, "not_found");
        }
        let catalogue: Value = serde_json::from_str(&public.get("/data/catalogue.jsonld").await.text).unwrap();
        assert!(distributions(&catalogue).iter().all(|(told, address)| {
            !address.contains("ranking") && told.get("dct:license").is_none()
        }));
        let winners = public.get(&format!("{folder}/winners.json")).await.ok();
        assert_eq!((&winners["rows"][0]["score"], &winners["rows"][0]["place"]), (&Value::Null, &Value::Null));
        assert!(winners.get("licence").is_none());
        let unknown = format!("/data/editions/{}/winners.csv", uuid::Uuid::nil());
        public.get(&unknown).await.refused(404, "not_found");
    }
}
