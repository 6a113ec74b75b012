//! The API's description: it is the one that the program makes, and it can be browsed without a network.

use std::collections::BTreeSet;

use qianglian::http::{endpoints, openapi};
use serde_json::Value;

use super::support::app::on_both;

#[test]
fn the_description_in_the_repository_is_that_of_the_program() {
    let kept: Value = serde_json::from_str(include_str!("../../api-spec/openapi.json")).unwrap();
    assert!(
        kept == openapi(),
        "api-spec/openapi.json is not what the program has: cargo run -- openapi > api-spec/openapi.json"
    );
}

#[test]
fn every_endpoint_is_described_once_and_nothing_else_is() {
    let api = openapi();
    let described: BTreeSet<String> =
        operations(&api).map(|(method, path, _)| format!("{} {path}", method.to_uppercase())).collect();
    let all = endpoints();
    // Files of open data have a catalogue of their own.
    let all: Vec<_> = all.iter().filter(|endpoint| !endpoint.path.starts_with("/data/")).collect();
    let listed: BTreeSet<String> = all.iter().map(|e| format!("{} {}", e.method.as_str(), e.path)).collect();
    assert_eq!(listed.len(), all.len(), "an endpoint stands twice");
    assert_eq!(described, listed);
}

/// Each operation with its method and path.
fn operations(api: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    api["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters");
        item.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

#[test]
fn an_operation_is_called_by_a_verb_and_a_noun_in_one_way() {
    let api = openapi();
    let ids: Vec<&str> =
        operations(&api).map(|(.., operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "two have the same name");
    for id in &ids {
        assert!(id.chars().all(|c| c.is_ascii_alphabetic()) && id.starts_with(char::is_lowercase), "{id}");
        assert!(id.len() <= 45, "{id}");
    }
    for (method, path, id) in [
        ("put", "/api/v1/applications/{application_id}/parts/{part}", "putApplicationPart"),
        ("get", "/api/v1/competitions/{competition_id}/tallies", "listCompetitionTallies"),
        (
            "get",
            "/api/v1/competitions/{competition_id}/tallies/{number}/ranking",
            "getCompetitionTallyRanking",
        ),
        (
            "post",
            "/api/v1/competitions/{competition_id}/tallies/{number}/confirmation",
            "confirmCompetitionTally",
        ),
        ("post", "/api/v1/working-days/preview", "previewWorkingDays"),
        ("post", "/api/v1/competitions", "createCompetition"),
        ("delete", "/api/v1/me/sessions/{session_id}", "deleteMySession"),
    ] {
        assert_eq!(api["paths"][path][method]["operationId"], id);
    }
}

#[test]
fn an_operation_says_what_it_does_in_two_languages_who_may_and_where_it_belongs() {
    let api = openapi();
    let tags: BTreeSet<&str> =
        api["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut used = BTreeSet::new();
    for (_, path, operation) in operations(&api) {
        let (zh, en) = operation["summary"].as_str().unwrap().split_once(" · ").unwrap();
        assert!(zh.contains(is_chinese) && !en.contains(is_chinese), "{zh} · {en}");
        let who = operation["description"].as_str().unwrap();
        assert!(who.starts_with("角色 Roles: `") || who.starts_with("任何人可用。Anybody."), "{path}: {who}");
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(tags.contains(tag), "{path}: {tag} is not described");
        used.insert(tag);
    }
    assert_eq!(used, tags, "a tag that nothing belongs to");
    let whole =
        operations(&api).find(|(.., operation)| operation["operationId"] == "publishCompetitionNotice");
    assert_eq!(
        whole.unwrap().2["description"],
        "角色 Roles: `office`.\n\n须在15分钟内证明过身份。A proof of who one is, not older than 15 minutes."
    );
}

#[test]
fn everything_that_is_shared_is_used_and_the_whole_is_small() {
    let api = openapi();
    let whole = api.to_string();
    assert!(whole.len() <= 558_000, "{} bytes", whole.len());
    for kind in ["schemas", "parameters", "responses", "headers"] {
        for name in api["components"][kind].as_object().unwrap().keys() {
            assert!(whole.contains(&format!("\"#/components/{kind}/{name}\"")), "{kind}/{name} is not used");
        }
    }
    for part in whole.split("\"#/").skip(1) {
        let pointer = format!("/{}", part.split('"').next().unwrap());
        assert!(api.pointer(&pointer).is_some(), "{pointer} leads nowhere");
    }
}

#[test]
fn every_code_of_an_error_is_documented() {
    let documented = include_str!("../../docs/errors.md");
    let mut codes = BTreeSet::new();
    for path in super::support::sources("src") {
        let text = std::fs::read_to_string(&path).unwrap();
        for maker in [
            "Error::conflict(",
            "Error::forbidden(",
            "Error::bad_request(",
            "Error::unauthenticated(",
            "Kind::",
        ] {
            for (start, _) in text.match_indices(maker) {
                // `JobKind::` is another type.
                if text[..start].ends_with(|c: char| c.is_alphanumeric()) {
                    continue;
                }
                // The first text after the maker is the code, unless another call comes before.
                let rest: String = text[start + maker.len()..].chars().take(160).collect();
                let Some((before, rest)) = rest.split_once('"') else { continue };
                if before.contains([';', '{', '=', '|']) || before.contains('(') {
                    continue;
                }
                let code = rest.split('"').next().unwrap();
                if code.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !code.is_empty() {
                    codes.insert(code.to_owned());
                }
            }
        }
    }
    assert!(codes.len() > 40, "{codes:?}");
    let missing: Vec<&String> =
        codes.iter().filter(|code| !documented.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/errors.md does not name {missing:?}");
}

on_both! {
    async fn it_is_browsed_at_the_service_itself(app) {
        let nobody = app.public();
        let page = nobody.get("/api/docs").await;
        assert_eq!(page.status, 200);
        let mut files = 0;
        for address in page.text.split('"').filter(|part| part.starts_with("/api/docs/")) {
            let file = nobody.get(address).await;
            assert_eq!(file.status, 200, "{address}");
            files += 1;
        }
        assert!(files >= 4, "{files}");
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "no other host");
        let served: Value = serde_json::from_str(&nobody.get("/api/docs/openapi.json").await.text).unwrap();
        assert_eq!(served, openapi());
        let errors = nobody.get("/api/docs/errors").await;
        let problem = nobody.get("/api/v1/nothing").await;
        let (page, anchor) = problem.body["type"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!(page, "/api/docs/errors");
        assert!(errors.text.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        let told = include_str!("../../docs/errors.md").lines().filter(|line| line.starts_with("| 2") || line.starts_with("| 4") || line.starts_with("| 5"));
        assert_eq!(errors.text.matches("<tr id=").count(), told.count());
        nobody.get("/api/docs/nothing").await.refused(404, "not_found");
    }
}
