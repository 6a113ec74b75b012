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
    let described: BTreeSet<String> = api["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let all = endpoints();
    let listed: BTreeSet<String> = all.iter().map(|e| format!("{} {}", e.method.as_str(), e.path)).collect();
    assert_eq!(listed.len(), all.len(), "an endpoint stands twice");
    assert_eq!(described, listed);
    let ids: BTreeSet<&str> = api["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|operations| operations.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn every_code_of_an_error_is_documented() {
    let documented = include_str!("../../docs/api.md");
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
    assert!(missing.is_empty(), "docs/api.md does not name {missing:?}");
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
        assert_eq!(nobody.get("/api/docs/errors").await.status, 200);
        nobody.get("/api/docs/nothing").await.refused(404, "not_found");
    }
}
