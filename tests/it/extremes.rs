//! The ends of what a tally may hold: nothing overflows, nothing is lost, results stay exact.

use serde_json::{Value, json};

use super::support::{result_of, standing, standings, text};

const MOST: &str = "999999999999.99999999";

fn tally(full_marks: &str, criteria: Value, rules: &Value) -> Value {
    let bonus = |at: usize| json!({"key": format!("b{at}"), "name": "b", "kind": "bonus", "max": MOST});
    let mut adjustments: Vec<Value> = (0..12).map(bonus).collect();
    adjustments.push(json!({"key": "d", "name": "d", "kind": "deduction", "max": MOST}));
    let mut all = json!({"places": 6, "rounding": "half_even", "tie_break": [], "awards": [],
                         "panel": {"method": "mean", "level": "sheet", "min_kept": 1}});
    all.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
    json!({
        "format": "qianglian-tally/1", "competition": {"id": "c", "title": "c"},
        "rubric": {"full_marks": full_marks, "criteria": criteria, "adjustments": adjustments, "vetoes": []},
        "rules": all, "applications": [], "sheets": []
    })
}

fn add(tally: &mut Value, id: &str, measured: &Value, adjustments: &Value, scores: &[Value]) {
    tally["applications"].as_array_mut().unwrap().push(json!({
        "id": id, "title": id, "region": "r", "measured": measured, "adjustments": adjustments, "vetoes": []}));
    for (expert, scores) in scores.iter().enumerate() {
        let sheet = json!({"application": id, "expert": format!("E{expert}"), "scores": scores});
        tally["sheets"].as_array_mut().unwrap().push(sheet);
    }
}

fn measured(rule: &Value) -> Value {
    json!([{"key": "c", "name": "c", "weight": "100", "indicators": [
        {"key": "m", "name": "m", "points": "1", "kind": "measured", "rule": rule}]}])
}

fn judged(scale: [&str; 3]) -> Value {
    json!([{"key": "c", "name": "c", "weight": "100", "indicators": [
        {"key": "j", "name": "j", "points": "1", "kind": "judged",
         "scale": {"min": scale[0], "max": scale[1], "step": scale[2]}}]}])
}

/// Twelve bonuses of all but 10¹² take a total at six places beyond 64 bits; places still tell millionths apart.
#[test]
fn totals_beyond_64_bits_are_ordered_to_the_last_digit() {
    let rule = json!({"type": "linear", "from": "0", "to": MOST});
    let mut tally = tally(MOST, measured(&rule), &json!({}));
    let all = |last: &str| {
        let bonuses = (0..12).map(|at| (format!("b{at}"), json!(if at == 11 { last } else { MOST })));
        Value::Object(bonuses.collect())
    };
    add(&mut tally, "A", &json!({"m": MOST}), &all("999999999999.999998"), &[]);
    add(&mut tally, "B", &json!({"m": MOST}), &all("999999999999.999999"), &[]);
    add(&mut tally, "C", &json!({"m": "0"}), &json!({"d": MOST}), &[]);
    add(&mut tally, "D", &json!({"m": MOST}), &all("999999999999.999999"), &[]);
    let result = result_of(&tally);
    // 12 × 10¹² − 11 × 10⁻⁸ + 10¹² − 10⁻⁸ − 10⁻⁶, rounded to millionths.
    assert_eq!(standing(&result, "B")["score"], "12999999999999.999999");
    assert_eq!(standing(&result, "A")["score"], "12999999999999.999998");
    assert_eq!(standing(&result, "C")["adjustment"], "-1000000000000.000000");
    assert_eq!(standing(&result, "C")["score"], "0.000000");
    let order: Vec<(&str, u64)> = standings(&result)
        .into_iter()
        .map(|standing| (text(&standing["application"]), standing["place"].as_u64().unwrap()))
        .collect();
    assert_eq!(order, [("B", 1), ("D", 1), ("A", 3), ("C", 4)]);
}

/// A scale of 10²⁰ steps: the mean of neighbours is told apart in the eighth digit after the point.
#[test]
fn the_finest_and_widest_scale_is_exact() {
    for (level, method) in
        [("sheet", "mean"), ("indicator", "mean"), ("indicator", "median"), ("sheet", "median")]
    {
        let panel = json!({"panel": {"method": method, "level": level, "min_kept": 1}, "rank_on": "exact"});
        let mut tally = tally(MOST, judged(["0", MOST, "0.00000001"]), &panel);
        let score = |score: &str| json!({"j": score});
        add(&mut tally, "A", &json!({}), &json!({}), &[score(MOST), score("999999999999.99999997")]);
        add(&mut tally, "B", &json!({}), &json!({}), &[score("999999999999.99999998"); 1]);
        add(
            &mut tally,
            "C",
            &json!({}),
            &json!({}),
            &[score("123456789012.12345678"), score("123456789012.12345679")],
        );
        let result = result_of(&tally);
        // A and B have the same mean.
        assert_eq!(standing(&result, "A")["place"], 1, "{level} {method}");
        assert_eq!(standing(&result, "B")["place"], 1, "{level} {method}");
        assert_eq!(standing(&result, "C")["score"], "123456789012.123457", "{level} {method}");
    }
}

/// Capping and rounding on a scale that needs all 20 digits.
#[test]
fn capping_on_the_finest_scale_is_exact() {
    let panel = json!({"panel": {"method": "capped_mean", "level": "indicator", "min_kept": 1, "limit": "0.00000001"}});
    let mut tally = tally("1000000", judged(["-999999999999.99999999", MOST, "0.00000001"]), &panel);
    let scores = ["-999999999999.99999999", "0", MOST].map(|score| json!({"j": score}));
    add(&mut tally, "A", &json!({}), &json!({}), &scores);
    let result = result_of(&tally);
    // The mean is 0, and what is capped lies as far below it as above.
    assert_eq!(standing(&result, "A")["score"], "500000.000000");
    tally["rules"]["round_steps"] = json!({"score": 8, "indicator": 8});
    assert_eq!(standing(&result_of(&tally), "A")["score"], "500000.000000");
}

/// Thirty rules with pairwise different prime ranges: a common denominator of hundreds of digits.
#[test]
fn denominators_of_hundreds_of_digits_are_exact() {
    let primes = [
        999_983_u64,
        999_979,
        999_961,
        999_959,
        999_953,
        999_931,
        999_917,
        999_907,
        999_883,
        999_863,
        999_853,
        999_809,
        999_773,
        999_769,
        999_763,
        999_749,
        999_727,
        999_721,
        999_683,
        999_671,
        999_667,
        999_653,
        999_631,
        999_629,
        999_623,
        999_613,
        999_611,
        999_599,
        999_563,
        999_553,
    ];
    let indicators: Vec<Value> = primes
        .iter()
        .map(|prime| {
            json!({"key": format!("m{prime}"), "name": "m", "points": "1", "kind": "measured",
                   "rule": {"type": "linear", "from": "0", "to": prime.to_string()}})
        })
        .collect();
    let criteria = json!([{"key": "c", "name": "c", "weight": "100", "indicators": indicators}]);
    let mut tally = tally("30", criteria, &json!({"rank_on": "exact"}));
    let values = |value: &dyn Fn(u64) -> u64| -> Value {
        Value::Object(
            primes.iter().map(|&prime| (format!("m{prime}"), json!(value(prime).to_string()))).collect(),
        )
    };
    add(&mut tally, "A", &values(&|prime| prime - 1), &json!({}), &[]);
    add(
        &mut tally,
        "B",
        &values(&|prime| if prime == 999_983 { prime - 2 } else { prime - 1 }),
        &json!({}),
        &[],
    );
    add(&mut tally, "C", &values(&|prime| prime), &json!({}), &[]);
    let result = result_of(&tally);
    // 30 − Σ 1/p, and one 1/p less.
    let missing: f64 = primes.iter().map(|&prime| 1.0 / f64::from(u32::try_from(prime).unwrap())).sum();
    for (id, expected) in [("A", 30.0 - missing), ("B", 30.0 - missing - 1.0 / 999_983.0), ("C", 30.0)] {
        let score: f64 = text(&standing(&result, id)["score"]).parse().unwrap();
        assert!((score - expected).abs() < 1e-6, "{id} has {score}");
    }
    let places: Vec<&str> =
        standings(&result).into_iter().map(|standing| text(&standing["application"])).collect();
    assert_eq!(places, ["C", "A", "B"]);
}

/// Counts of 18 digits by weights of 20.
#[test]
fn the_largest_counts_reach_the_cap_and_no_further() {
    let rule = json!({"type": "per_unit", "units": {"x": MOST, "y": "0.00000001"}, "cap": MOST});
    let mut tally = tally("100", measured(&rule), &json!({}));
    add(&mut tally, "A", &json!({"m": {"x": 999_999_999_999_999_999_u64}}), &json!({}), &[]);
    add(&mut tally, "B", &json!({"m": {"y": 999_999_999_999_999_999_u64}}), &json!({}), &[]);
    add(&mut tally, "C", &json!({"m": {}}), &json!({}), &[]);
    let result = result_of(&tally);
    assert_eq!(standing(&result, "A")["score"], "100.000000");
    // 10¹⁸ − 1 hundred-millionths of a cap of 10²⁰ − 1 of them.
    assert_eq!(standing(&result, "B")["score"], "1.000000");
    assert_eq!(standing(&result, "C")["score"], "0.000000");
}

/// A sheet step that leaves a subtotal exactly on a half, in both modes.
#[test]
fn halves_on_the_way_are_rounded_as_the_mode_says() {
    for (mode, expected) in [("half_up", "1.000000"), ("half_even", "0.000000")] {
        let rules = json!({"rounding": mode, "round_steps": {"sheet": 0}});
        let mut tally = tally("1", judged(["0", "2", "1"]), &rules);
        add(&mut tally, "A", &json!({}), &json!({}), &[json!({"j": "1"}), json!({"j": "1"})]);
        assert_eq!(standing(&result_of(&tally), "A")["score"], expected, "{mode}");
    }
}

/// Thousands of equal applications share a place, and a ruling orders every one.
#[test]
fn thousands_of_equals_share_a_place_and_a_ruling_orders_them() {
    let rule = json!({"type": "linear", "from": "0", "to": "3"});
    let mut tally =
        tally("100", measured(&rule), &json!({"awards": [{"key": "gold", "name": "g", "quota": 10}]}));
    let ids: Vec<String> = (0..3_000).map(|at| format!("A{at:04}")).collect();
    for id in &ids {
        add(&mut tally, id, &json!({"m": "1"}), &json!({}), &[]);
    }
    let result = result_of(&tally);
    assert!(standings(&result).iter().all(|one| one["place"] == 1 && one["note"] == "needs_ruling"));
    let ruled: Vec<&String> = ids.iter().rev().collect();
    tally["rulings"] = json!(ruled);
    let result = result_of(&tally);
    let order: Vec<&str> = standings(&result).into_iter().map(|one| text(&one["application"])).collect();
    assert_eq!(order, ruled);
    assert_eq!(standings(&result).iter().filter(|one| one["award"] == "gold").count(), 10);
}
