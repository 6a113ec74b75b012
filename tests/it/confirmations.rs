//! Acts that can't be undone: each endpoint says how it is confirmed, and none is forgotten.

use std::collections::BTreeMap;

use qianglian::http::{Method, endpoints};

#[test]
fn every_act_is_listed_with_its_confirmation_or_why_it_needs_none() {
    let kept = include_str!("../../docs/confirmations.md");
    let mut listed: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for line in kept.lines().filter(|line| line.starts_with("| ") && line.contains(" /api/")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [endpoint, kind, why] = cells[..] else { panic!("{line} has three columns") };
        assert!(["asked", "page", "two", "typed", "none"].contains(&kind), "{line}");
        assert!(!why.is_empty(), "{line} says why");
        assert!(listed.insert(endpoint.to_owned(), (kind, why)).is_none(), "{endpoint} is listed twice");
    }
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.method != Method::Get) {
        let name = format!("{} {}", endpoint.method.as_str(), endpoint.path);
        let (kind, _) =
            listed.remove(&name).unwrap_or_else(|| panic!("docs/confirmations.md does not list {name}"));
        assert_eq!(
            kind == "asked",
            endpoint.asks_first,
            "{name}: `asked` is what the table of endpoints says"
        );
    }
    assert!(listed.is_empty(), "no endpoints any more: {listed:?}");
}
