//! Official panels and published worked examples, expressed as tallies. Each file names its source and licence in its
//! `source` member; the expected figures are the published ones.

use std::collections::BTreeSet;

use qianglian::domain::values::Decimal;
use serde_json::{Value, json};

use super::support::{case, result_of, standing, standings, text};

fn reference(name: &str) -> Value {
    case(&format!("reference/{name}.json"))
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}

/// Plain decimals: published figures come with signs, exponents and blanks now and then.
fn decimal(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.trim_start_matches('+').to_owned()
}

fn judged(key: &str, points: &str, min: &str, max: &str, step: &str) -> Value {
    json!({"key": key, "name": key, "points": points, "kind": "judged", "scale": {"min": min, "max": max, "step": step}})
}

fn measured(key: &str, points: &str, rule: &Value) -> Value {
    json!({"key": key, "name": key, "points": points, "kind": "measured", "rule": rule})
}

fn linear(from: &str, to: &str) -> Value {
    json!({"type": "linear", "from": from, "to": to})
}

fn criterion(key: &str, weight: &str, indicators: Vec<Value>) -> Value {
    json!({"key": key, "name": key, "weight": weight, "indicators": indicators})
}

/// Rules without a panel, ties or awards; `edits` are merged in.
fn rules(places: u32, rounding: &str, edits: Value) -> Value {
    let mut rules = json!({"places": places, "rounding": rounding, "tie_break": [], "awards": []});
    let Value::Object(edits) = edits else { panic!("edits are members") };
    rules.as_object_mut().unwrap().extend(edits);
    rules
}

fn application(id: &str, region: &str, measured: Value) -> Value {
    json!({"id": id, "title": id, "region": region, "measured": measured, "adjustments": {}, "vetoes": []})
}

fn tally(
    full_marks: &str,
    criteria: Vec<Value>,
    rules: Value,
    applications: Vec<Value>,
    sheets: Vec<Value>,
) -> Value {
    json!({
        "format": "qianglian-tally/1",
        "competition": {"id": "reference", "title": "reference"},
        "rubric": {"full_marks": full_marks, "criteria": criteria, "vetoes": [{"key": "withdrawn", "name": "withdrawn"}],
                   "adjustments": [{"key": "deduction", "name": "deduction", "kind": "deduction", "max": "999999999999"},
                                   {"key": "bonus", "name": "bonus", "kind": "bonus", "max": "999999999999"}]},
        "rules": rules,
        "applications": applications,
        "sheets": sheets,
    })
}

/// The sheets of one application for one indicator: one an expert who gave a score.
fn sheets(application: &str, indicator: &str, scores: &[Value]) -> Vec<Value> {
    let given = scores.iter().enumerate().filter(|(_, score)| !score.is_null());
    given
        .map(|(expert, score)| {
            json!({"application": application, "expert": format!("J{expert:02}"), "scores": {indicator: decimal(score)}})
        })
        .collect()
}

fn panel(method: &str, level: &str) -> Value {
    json!({"method": method, "level": level, "min_kept": 1})
}

fn trimmed(level: &str) -> Value {
    json!({"method": "trimmed_mean", "level": level, "min_kept": 1, "trim": 1})
}

/// The tally of one stage of the piano competition: one indicator of up to 25 points, capped, rounded before the mean.
fn piano(case: &Value) -> Value {
    let mut panel = panel("capped_mean", "indicator");
    panel["limit"] = case["rule"]["deviation_cap"].clone();
    let contestants = list(&case["input"]["contestants"]);
    let applications =
        contestants.iter().map(|one| application(text(&one["name"]), "-", json!({}))).collect();
    let sheets =
        contestants.iter().flat_map(|one| sheets(text(&one["name"]), "play", list(&one["scores"]))).collect();
    let rules = rules(2, "half_up", json!({"panel": panel, "round_steps": {"score": 2}}));
    tally(
        "25",
        vec![criterion("play", "100", vec![judged("play", "1", "0", "25", "1")])],
        rules,
        applications,
        sheets,
    )
}

#[test]
fn the_piano_competition_gives_every_published_mean() {
    for (name, contestants) in [("chopin2025_stage1", 84), ("chopin2025_stage2", 40)] {
        let case = reference(name);
        let result = result_of(&piano(&case));
        let all = list(&case["input"]["contestants"]);
        assert_eq!(all.len(), contestants);
        for one in all {
            assert_eq!(
                standing(&result, text(&one["name"]))["score"],
                one["official_mean"],
                "{name} {}",
                one["name"]
            );
        }
    }
}

#[test]
fn the_piano_competition_gives_every_published_corrected_score() {
    use qianglian::domain::scoring::{Source, explain, read_tally};
    for name in ["chopin2025_stage1", "chopin2025_stage2"] {
        let case = reference(name);
        let bytes = piano(&case).to_string();
        let tally = read_tally(bytes.as_bytes()).unwrap();
        for one in list(&case["input"]["contestants"]) {
            let derivation = explain(&tally, text(&one["name"])).unwrap();
            let Source::Judged { scores, .. } = &derivation.indicators[0].source else {
                panic!("play is judged")
            };
            let corrected = scores.iter().map(|score| match &score.counted {
                Some(counted) => counted.decimal().0,
                None => score.entered.to_string(),
            });
            let published = list(&one["official_corrected"]).iter().filter(|score| !score.is_null());
            let published =
                published.map(|score| decimal(score).trim_end_matches('0').trim_end_matches('.').to_owned());
            assert_eq!(
                corrected.collect::<Vec<_>>(),
                published.collect::<Vec<_>>(),
                "{name} {}",
                one["name"]
            );
        }
    }
}

#[test]
fn the_piano_competition_advances_the_published_forty() {
    let case = reference("chopin2025_stage1_quota");
    let contestants = list(&case["input"]["contestants"]);
    let applications = contestants
        .iter()
        .map(|one| application(text(&one["name"]), "-", json!({"mean": decimal(&one["score"])})))
        .collect();
    let award = json!([{"key": "stage2", "name": "stage 2", "quota": case["input"]["quota"]}]);
    let rules = rules(2, "half_up", json!({"awards": award}));
    let criteria = vec![criterion("mean", "100", vec![measured("mean", "1", &linear("0", "25"))])];
    let result = result_of(&tally("25", criteria, rules, applications, vec![]));
    assert_eq!(
        names(&result, |standing| standing["award"] == "stage2"),
        published_names(&case["expected"]["selected"])
    );
    // The published order lists those who share a place as it likes; scores must fall along it.
    let order = list(&case["expected"]["order"])
        .iter()
        .map(|name| standing(&result, text(name))["place"].as_u64().unwrap());
    assert!(order.collect::<Vec<_>>().is_sorted());
}

#[test]
fn the_piano_competition_gives_the_published_sums_of_two_stages() {
    let case = reference("chopin2025_cumulative_stage2");
    let contestants = list(&case["input"]["contestants"]);
    let applications = contestants.iter().map(|one| {
        let stages = list(&one["stages"]);
        application(text(&one["name"]), "-", json!({"one": decimal(&stages[0]), "two": decimal(&stages[1])}))
    });
    let award = json!([{"key": "next", "name": "next", "quota": case["input"]["quota"]}]);
    let rules = rules(2, "half_up", json!({"awards": award}));
    let criteria = vec![
        criterion("one", "30", vec![measured("one", "1", &linear("0", "25"))]),
        criterion("two", "70", vec![measured("two", "1", &linear("0", "25"))]),
    ];
    let result = result_of(&tally("25", criteria, rules, applications.collect(), vec![]));
    for one in contestants {
        let standing = standing(&result, text(&one["name"]));
        assert_eq!(standing["score"], one["official_result"], "{}", one["name"]);
        assert_eq!(standing["award"] == "next", one["advanced"] == true, "{}", one["name"]);
        // The published list numbers equals one after the other; a place is shared.
        let position = one["official_position"].as_u64().unwrap();
        let shared = contestants.iter().filter(|other| other["official_result"] == one["official_result"]);
        let first = shared.map(|other| other["official_position"].as_u64().unwrap()).min().unwrap();
        assert!(first <= position && standing["place"] == first, "{}", one["name"]);
    }
}

/// The names of applications whose standing is as asked.
fn names(result: &Value, asked: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let asked = standings(result).into_iter().filter(|standing| asked(standing));
    asked.map(|standing| text(&standing["application"]).to_owned()).collect()
}

fn published_names(names: &Value) -> BTreeSet<String> {
    list(names).iter().map(|name| text(name).to_owned()).collect()
}

/// Skating rounds twice on the way: the panel's mean, then that times a factor. A tally rounds an indicator's points
/// once, so the protocol is two tallies: one of the panels, and one that takes its results as values.
#[test]
fn skating_protocols_give_every_published_figure() {
    for name in ["skating_worlds2017_ladies_free", "skating_worlds2017_men_short", "skating_missing_judge_a"]
    {
        let case = reference(name);
        let performances = list(&case["input"]["performances"]);
        let id = |performance: &Value, component: &Value| {
            format!("{} / {}", text(&performance["name"]), text(&component["component"]))
        };
        let (mut applications, mut marks) = (Vec::new(), Vec::new());
        for performance in performances {
            for component in list(&performance["components"]) {
                let id = id(performance, component);
                applications.push(application(&id, "-", json!({})));
                marks.extend(sheets(&id, "mark", list(&component["scores"])));
            }
        }
        let criteria = vec![criterion("mark", "100", vec![judged("mark", "1", "0", "10", "0.25")])];
        let panels = tally(
            "10",
            criteria,
            rules(2, "half_up", json!({"panel": trimmed("sheet")})),
            applications,
            marks,
        );
        let panels = result_of(&panels);

        // The components' share of 200 points, so that each coefficient is 10 times the factor; the rest are elements.
        let factor = text(&performances[0]["components"][0]["factor"]);
        let (components_weight, elements_weight, elements) = match factor {
            "1.6" => ("40", "60", "120"),
            "1.0" => ("25", "75", "150"),
            "0.8" => ("20", "80", "160"),
            other => panic!("{name} has the factor {other}"),
        };
        let keys = list(&performances[0]["components"]).iter().map(|component| text(&component["component"]));
        let components = keys.map(|key| measured(key, "1", &linear("0", "10"))).collect();
        let segments = performances.iter().map(|performance| {
            let mut values = json!({"elements": decimal(&performance["element_score"])});
            for component in list(&performance["components"]) {
                assert_eq!(text(&component["factor"]), factor);
                let score = text(&standing(&panels, &id(performance, component))["score"]);
                let published =
                    format!("{:.2}", text(&component["official_panel_score"]).parse::<f64>().unwrap());
                assert_eq!(score, published, "{name} {}", id(performance, component));
                values[text(&component["component"])] = json!(score);
            }
            let mut segment = application(text(&performance["name"]), "-", values);
            let deduction = decimal(&performance["deductions"]);
            segment["adjustments"] = json!({"deduction": deduction.trim_start_matches('-')});
            segment
        });
        let criteria = vec![
            criterion("components", components_weight, components),
            criterion("elements", elements_weight, vec![measured("elements", "1", &linear("0", elements))]),
        ];
        let rules = rules(2, "half_up", json!({"round_steps": {"indicator": 2}}));
        let result = result_of(&tally("200", criteria, rules, segments.collect(), vec![]));
        for performance in performances {
            let standing = standing(&result, text(&performance["name"]));
            assert_eq!(standing["criteria"]["components"], performance["official_component_total"], "{name}");
            assert_eq!(
                standing["score"], performance["official_segment_score"],
                "{name} {}",
                performance["name"]
            );
            // The excerpt with a missing judge has 4 of 8 pairs, whose ranks among all 8 it cannot show.
            if name != "skating_missing_judge_a" {
                assert_eq!(standing["place"], performance["official_rank"], "{name} {}", performance["name"]);
            }
        }
    }
}

/// Seven judges, the highest and lowest dropped dive by dive, the sum of five × difficulty × 0.6. A diver's tally has
/// one indicator a dive, whose coefficient is 30 × difficulty: 30 × mean ÷ 10 = 0.6 × sum of five.
#[test]
fn diving_gives_the_published_totals_and_ranks() {
    let case = reference("diving_sydney2000_men_10m");
    let competitors = list(&case["input"]["competitors"]);
    let mut totals = Vec::new();
    for diver in competitors {
        let dives = list(&diver["dives"]);
        let hundredths = |dive: &Value| {
            Decimal::parse(text(&dive["difficulty"])).unwrap().hundred_millionths() / 1_000_000
        };
        let difficulty: i128 = dives.iter().map(hundredths).sum();
        let full_marks = format!("{}.{:02}", 30 * difficulty / 100, 30 * difficulty % 100);
        let key = |number: usize| format!("dive{number}");
        let indicators = dives
            .iter()
            .enumerate()
            .map(|(number, dive)| judged(&key(number), text(&dive["difficulty"]), "0", "10", "0.5"));
        let sheet = |judge: usize| {
            let scores =
                dives.iter().enumerate().map(|(number, dive)| (key(number), dive["scores"][judge].clone()));
            json!({"application": diver["name"], "expert": format!("J{judge}"), "scores": scores.collect::<serde_json::Map<_, _>>()})
        };
        let tally = tally(
            &full_marks,
            vec![criterion("dives", "100", indicators.collect())],
            rules(2, "half_up", json!({"panel": trimmed("indicator")})),
            vec![application(text(&diver["name"]), text(&diver["country"]), json!({}))],
            (0..7).map(sheet).collect(),
        );
        let result = result_of(&tally);
        totals.push((text(&diver["name"]), text(&standings(&result)[0]["score"]).to_owned()));
    }
    for (name, published) in case["expected"]["totals_published"].as_object().unwrap() {
        let (_, total) = totals.iter().find(|(diver, _)| diver == name).unwrap();
        assert_eq!(total, published, "{name}");
    }
    let applications =
        totals.iter().map(|(name, total)| application(name, "-", json!({"total": total}))).collect();
    let criteria = vec![criterion("total", "100", vec![measured("total", "1", &linear("0", "1000"))])];
    let result = result_of(&tally("1000", criteria, rules(2, "half_up", json!({})), applications, vec![]));
    let ranks = case["expected"]["final_rank"].as_object().unwrap();
    assert_eq!(ranks.len(), 12);
    for (name, rank) in ranks {
        assert_eq!(standing(&result, name)["place"], *rank, "{name}");
    }
}

/// Gymnastics qualification: difficulty + execution − penalty, ties by execution, then difficulty; eight finalists, at
/// most two a country. Who withdrew is vetoed, which gives the place to the next under the same cap.
#[test]
fn gymnastics_gives_the_published_finalists() {
    let names_of_cases = [
        "fig_worlds2022_m_hb_tiebreak",
        "fig_worlds2022_m_pb_final8",
        "fig_worlds2022_w_bb_final8",
        "fig_worlds2023_m_pb_tiebreak",
        "fig_worlds2023_w_bb_withdrawal",
    ];
    for name in names_of_cases {
        let case = reference(name);
        let withdrawn = case["input"]["withdrawn"].as_array().cloned().unwrap_or_default();
        let gymnasts = list(&case["input"]["applications"]).iter().map(|one| {
            let values = json!({"d": decimal(&one["d_score"]), "e": decimal(&one["e_score"])});
            let mut gymnast = application(text(&one["name"]), text(&one["cluster"]), values);
            gymnast["adjustments"] = json!({"deduction": decimal(&one["penalty"])});
            if withdrawn.contains(&one["name"]) {
                gymnast["vetoes"] = json!(["withdrawn"]);
            }
            gymnast
        });
        let criteria = vec![
            criterion("e", "50", vec![measured("e", "1", &linear("0", "10"))]),
            criterion("d", "50", vec![measured("d", "1", &linear("0", "10"))]),
        ];
        let awards = json!([{"key": "final", "name": "final", "quota": 8, "per_region": 2}]);
        let rules = rules(3, "half_up", json!({"tie_break": ["e", "d"], "awards": awards}));
        let result = result_of(&tally("20", criteria, rules, gymnasts.collect(), vec![]));
        for one in list(&case["input"]["applications"]) {
            let score = Decimal::parse(text(&standing(&result, text(&one["name"]))["score"]));
            assert_eq!(score, Decimal::parse(text(&one["score"])), "{name} {}", one["name"]);
        }
        let finalists = names(&result, |standing| standing["award"] == "final");
        assert_eq!(finalists, published_names(&case["expected"]["selected"]), "{name}");
    }
}

/// A bonus or deduction is published rounded, which shows the rounding of a single number, with its sign.
fn rounded(value: &str, places: u32, mode: &str) -> String {
    let mut one = application("x", "-", json!({}));
    let (key, magnitude) =
        value.strip_prefix('-').map_or(("bonus", value), |magnitude| ("deduction", magnitude));
    one["adjustments"] = json!({key: magnitude});
    let criteria =
        vec![criterion("c", "100", vec![measured("m", "1", &json!({"type": "best", "missing": "zero"}))])];
    let result = result_of(&tally("1", criteria, rules(places, mode, json!({})), vec![one], vec![]));
    text(&standings(&result)[0]["adjustment"]).to_owned()
}

/// The national standard's worked examples of 四舍六入五成双. Intervals above 1 are rounded in units of the interval.
#[test]
fn the_national_rounding_standard_gives_its_worked_examples() {
    let case = reference("rounding_gbt8170_a");
    let items = list(&case["input"]["items"]).iter().zip(list(&case["expected"]["result"]));
    for (item, expected) in items {
        let (x, interval, expected) = (text(&item["x"]), text(&item["interval"]), text(expected));
        let zeros = interval.len() - 1;
        if interval.starts_with('1') && zeros > 0 {
            let in_intervals = format!("{}.{}", &x[..x.len() - zeros], &x[x.len() - zeros..]);
            assert_eq!(
                rounded(&in_intervals, 0, "half_even") + &interval[1..],
                expected,
                "{x} by {interval}"
            );
        } else {
            let places =
                interval.split_once('.').map_or(0, |(_, places)| u32::try_from(places.len()).unwrap());
            assert_eq!(rounded(x, places, "half_even"), expected, "{x} by {interval}");
        }
    }
}

/// The vectors that a tally can hold: the two modes, 0 to 6 places, plain decimals of at most 12 and 8 digits.
#[test]
fn the_decimal_arithmetic_suite_agrees_on_every_vector_that_a_tally_can_hold() {
    let case = reference("rounding_dectest_quantize_odd");
    let mut checked = 0;
    for (item, expected) in list(&case["input"]["items"]).iter().zip(list(&case["expected"]["result"])) {
        let (mode, x, unit) = (text(&item["mode"]), decimal(&item["x"]), text(&item["exponent_of"]));
        let places = match unit.to_lowercase().split_once('e') {
            Some((digits, exponent)) => {
                let own = digits.split_once('.').map_or(0, |(_, places)| places.len());
                i32::try_from(own).unwrap() - exponent.trim_start_matches('+').parse::<i32>().unwrap()
            }
            None => unit.split_once('.').map_or(0, |(_, places)| i32::try_from(places.len()).unwrap()),
        };
        let Some(places) = u32::try_from(places).ok().filter(|places| *places <= 6) else { continue };
        let holds = Decimal::parse(&x).is_some();
        if !["half_up", "half_even"].contains(&mode) || !holds {
            continue;
        }
        // The suite tells -0 from 0; a published figure does not.
        let zero = expected.as_str().unwrap().chars().all(|c| ['-', '0', '.'].contains(&c));
        let expected = if zero { expected.as_str().unwrap().trim_start_matches('-') } else { text(expected) };
        assert_eq!(rounded(&x, places, mode), expected, "{}", item["id"]);
        checked += 1;
    }
    assert!(checked >= 100, "only {checked} vectors were checked");
}

/// A single application's score under one measured rule, out of 1.
fn score_of(rule: &Value, value: &str) -> String {
    let criteria = vec![criterion("c", "100", vec![measured("m", "1", rule)])];
    let applications = vec![application("x", "-", json!({"m": value}))];
    let result = result_of(&tally("1", criteria, rules(6, "half_up", json!({})), applications, vec![]));
    text(&standings(&result)[0]["score"]).to_owned()
}

fn six_places(value: &Value) -> String {
    format!("{:.6}", decimal(value).parse::<f64>().unwrap())
}

#[test]
fn piecewise_lines_give_the_published_values() {
    let case = reference("piecewise_linear_smaa_a");
    for (function, ys) in list(&case["input"]["functions"]).iter().zip(list(&case["expected"]["y"])) {
        let points: Vec<Value> = list(&function["cutoffs"])
            .iter()
            .zip(list(&function["values"]))
            .map(|(x, y)| json!([x, y]))
            .collect();
        let rule = json!({"type": "piecewise", "points": points});
        for (x, y) in list(&function["x"]).iter().zip(list(ys)) {
            assert_eq!(score_of(&rule, text(x)), six_places(y), "{points:?} at {x}");
        }
    }
}

/// Goalposts, and distance to target with a cap. Without a cap a share may exceed 1, which a tally's never does.
#[test]
fn goalposts_and_capped_targets_give_the_published_shares() {
    let case = reference("normalise_coinr_targets");
    let mut checked = 0;
    for (item, ys) in list(&case["input"]["items"]).iter().zip(list(&case["expected"]["y"])) {
        let rule = match (text(&item["method"]), &item["cap"]) {
            ("goalposts", _) => linear(&decimal(&item["low"]), &decimal(&item["high"])),
            ("distance_to_target", Value::Bool(true)) => {
                linear(&decimal(&item["x"][0]), &decimal(&item["target"]))
            }
            _ => continue,
        };
        for (x, y) in list(&item["x"]).iter().zip(list(ys)) {
            assert_eq!(score_of(&rule, &decimal(x)), six_places(y), "{item} at {x}");
            checked += 1;
        }
    }
    assert_eq!(checked, 6);
}

/// Places of values where the lowest comes first, ties sharing the better place (`min` of `scipy.stats.rankdata`).
#[test]
fn shared_places_are_those_of_scipy() {
    let case = reference("ranks_scipy_doc");
    let values = list(&case["input"]["x"]);
    let applications = values
        .iter()
        .enumerate()
        .map(|(at, x)| application(&format!("x{at}"), "-", json!({"m": decimal(x)})))
        .collect();
    let criteria = vec![criterion("c", "100", vec![measured("m", "1", &linear("3", "0"))])];
    let result = result_of(&tally("100", criteria, rules(2, "half_up", json!({})), applications, vec![]));
    for (at, rank) in list(&case["expected"]["min"]).iter().enumerate() {
        assert_eq!(standing(&result, &format!("x{at}"))["place"], *rank);
    }
}

/// A medal table: gold, then silver, then bronze. One gold outweighs any number of silvers that a country can have.
#[test]
fn the_medal_table_gives_the_published_ranks() {
    let case = reference("medals_diving_sydney2000");
    let rows = list(&case["input"]["rows"]);
    let applications = rows.iter().map(|row| {
        let medals = json!({"g": decimal(&row[1]), "s": decimal(&row[2]), "b": decimal(&row[3])});
        application(text(&row[0]), "-", medals)
    });
    let medal =
        |key: &str, weight: &str| criterion(key, weight, vec![measured(key, "1", &linear("0", "100"))]);
    let criteria = vec![medal("g", "99"), medal("s", "0.99"), medal("b", "0.01")];
    let rules = rules(6, "half_up", json!({"tie_break": ["g", "s", "b"]}));
    let result = result_of(&tally("1000", criteria, rules, applications.collect(), vec![]));
    for (row, rank) in rows.iter().zip(list(&case["expected"]["rank"])) {
        assert_eq!(standing(&result, text(&row[0]))["place"], *rank, "{}", row[0]);
    }
}

/// The scores of one panel under a method, out of `full`, on a scale from 0 to `full` in whole steps.
fn panel_score(scores: &[Value], panel: &Value, full: &str, places: u32) -> String {
    let criteria = vec![criterion("c", "100", vec![judged("s", "1", "0", full, "1")])];
    let rules = rules(places, "half_up", json!({"panel": panel}));
    let applications = vec![application("x", "-", json!({}))];
    let result = result_of(&tally(full, criteria, rules, applications, sheets("x", "s", scores)));
    text(&standings(&result)[0]["score"]).to_owned()
}

#[test]
fn dropping_the_highest_and_lowest_gives_the_published_averages() {
    let case = reference("trim_pta_l2_015");
    for level in ["sheet", "indicator"] {
        let scores = list(&case["input"]["scores"]).iter();
        let mut averages: Vec<String> =
            scores.map(|scores| panel_score(list(scores), &trimmed(level), "100", 3)).collect();
        averages.sort_by_key(|average| average.replace('.', "").parse::<u64>().unwrap());
        let top = &averages[averages.len() - 3..];
        let published: Vec<&str> = list(&case["expected"]["result_ascending"]).iter().map(text).collect();
        assert_eq!(top, published, "{level}");
    }
    let case = reference("trimmed_mean_r_doc");
    let scores = list(&case["input"]["x"]);
    assert_eq!(panel_score(scores, &panel("mean", "sheet"), "50", 2), text(&case["expected"]["mean"]));
    assert_eq!(panel_score(scores, &trimmed("sheet"), "50", 1), text(&case["expected"]["trimmed_mean"]));
}

/// Of the rope-skipping union's table a tally can hold the mean of two; "the two closest of three" it cannot.
#[test]
fn two_judges_give_their_mean() {
    let case = reference("small_n_ijru");
    let panels = list(&case["input"]["panels"]);
    let table = json!({"method": "trimmed_mean", "level": "sheet", "min_kept": 1, "trim": [{"at_least": 4, "low": 1, "high": 1}]});
    assert_eq!(panel_score(list(&panels[0]), &table, "200", 0), text(&case["expected"]["result"][0]));
}

/// A composite index of 51 countries: equal weights in a tree of three levels, which two criteria and points hold.
/// Values have up to 12 digits after the point in the source, of which a tally takes 8.
#[test]
fn a_composite_index_gives_the_published_scores_and_ranks() {
    let case = reference("composite_asem_arithmetic");
    let tree = case["input"]["tree"]["Index"].as_object().unwrap();
    let indicators: Vec<&str> = list(&case["input"]["indicators"]).iter().map(text).collect();
    let criteria = tree.iter().map(|(key, pillars)| {
        let sizes: Vec<usize> =
            pillars.as_object().unwrap().values().map(|pillar| list(pillar).len()).collect();
        let common: usize = sizes.iter().product();
        let leaves = pillars.as_object().unwrap().values().flat_map(|pillar| {
            let points = (common / list(pillar).len()).to_string();
            list(pillar).iter().map(move |leaf| measured(text(leaf), &points, &linear("0", "100")))
        });
        criterion(key, "50", leaves.collect())
    });
    let units = list(&case["input"]["units"]);
    let applications = units.iter().zip(list(&case["input"]["normalised"])).map(|(unit, row)| {
        let values = indicators
            .iter()
            .zip(list(row))
            .map(|(key, value)| ((*key).to_owned(), json!(format!("{:.8}", value.as_f64().unwrap()))));
        application(text(unit), "-", Value::Object(values.collect()))
    });
    let rules = rules(6, "half_up", json!({"rank_on": "exact"}));
    let result = result_of(&tally("100", criteria.collect(), rules, applications.collect(), vec![]));
    let near = |ours: &Value, published: f64| (text(ours).parse::<f64>().unwrap() - published).abs() <= 1e-6;
    for (at, unit) in units.iter().enumerate() {
        let standing = standing(&result, text(unit));
        let published = |name: &str| case["expected"][name][at].as_f64().unwrap();
        assert!(near(&standing["score"], published("Index")), "{unit}");
        // A criterion is worth half of the index.
        for key in ["Conn", "Sust"] {
            assert!(near(&standing["criteria"][key], published(key) / 2.0), "{unit} {key}");
        }
        assert_eq!(standing["place"], case["expected"]["rank"][at], "{unit}");
    }
}

/// The families of the research's corpus that no tally can express, with the reason.
const NOT_EXPRESSIBLE: [(&str, &str); 12] = [
    ("aggregation (geometric and harmonic means)", "a tally's criteria are added up, never multiplied"),
    ("ahp, ahp_hierarchy", "weights are entered, never derived from comparisons"),
    ("critic_weights, entropy_weights", "weights are entered, never derived from the applications' values"),
    (
        "normalisation_log, normalisation_matrix, uncapped targets",
        "no logarithm, no vector norm, no share above 1",
    ),
    ("promethee2, topsis, vikor", "no application's score depends on another's but through `best`"),
    ("winsorised_mean", "extremes are dropped or capped around the mean, never replaced by their neighbours"),
    ("small_n_rule for three judges", "no method keeps the two closest of three"),
    ("quantitative_formula (decathlon)", "no powers, and no rounding down"),
    ("icc, kappa, kendall_w, krippendorff_alpha", "agreement among experts is advice, not a score"),
    ("rank_confidence, robustness_removal, smaa", "stability is advice, not a score"),
    ("severity_additive, severity_lmm", "experts' severity is never corrected in the official path"),
    (
        "rounding modes up, down, ceiling, floor, half_down; places above 6",
        "the rules know half_up and half_even",
    ),
];

#[test]
fn every_reference_file_is_used_and_every_family_left_out_has_a_reason() {
    let used = include_str!("reference.rs");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/reference");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(used.contains(&format!("\"{name}\"")), "{name} is not used");
        let source = &case(&format!("reference/{name}.json"))["source"];
        assert!(source["what"].is_string() && source["licence"].is_string(), "{name} names no source");
    }
    let documented = include_str!("../../docs/testing.md");
    for (family, reason) in NOT_EXPRESSIBLE {
        assert!(documented.contains(family) && documented.contains(reason), "docs/testing.md lacks {family}");
    }
}

/// The domain research's vectors for single formulas.
#[test]
fn single_formulas_give_their_vectors() {
    let efficacy = json!({"type": "efficacy", "floor": "40", "target": "1000"});
    assert_eq!(score_of(&efficacy, "400"), "0.750000");
    // The formula as a ministry's example has it: floor 6, target 12, value 5.81 give 58.73 of 100.
    let criteria = vec![criterion(
        "c",
        "100",
        vec![measured("m", "1", &json!({"type": "efficacy", "floor": "6", "target": "12"}))],
    )];
    let applications = vec![application("x", "-", json!({"m": "5.81"}))];
    let result = result_of(&tally("100", criteria, rules(2, "half_up", json!({})), applications, vec![]));
    assert_eq!(text(&standings(&result)[0]["score"]), "58.73");
    assert_eq!(score_of(&linear("5", "30"), "17.5"), "0.500000");
    let scores = ["20.5", "22", "23", "23.5", "18"].map(|score| json!(score));
    let criteria = || vec![criterion("c", "100", vec![judged("s", "1", "0", "25", "0.5")])];
    for (panel, expected) in [(trimmed("sheet"), "21.83"), (panel("mean", "sheet"), "21.40")] {
        let rules = rules(2, "half_up", json!({"panel": panel}));
        let applications = vec![application("x", "-", json!({}))];
        let result = result_of(&tally("25", criteria(), rules, applications, sheets("x", "s", &scores)));
        assert_eq!(text(&standings(&result)[0]["score"]), expected);
    }
}

/// The default rubric and rules make a tally; who reaches everything has full marks, who reaches nothing has what the
/// efficacy formula gives at best for values far below its floor: nothing.
#[test]
fn the_default_rubric_gives_from_nothing_to_full_marks() {
    let default = case("rubric.default.json");
    let rubric = &default["rubric"];
    let indicators: Vec<&Value> =
        list(&rubric["criteria"]).iter().flat_map(|criterion| list(&criterion["indicators"])).collect();
    let all = |best: bool| {
        let (mut values, mut scores) = (serde_json::Map::new(), serde_json::Map::new());
        for indicator in &indicators {
            let key = text(&indicator["key"]).to_owned();
            let rule = &indicator["rule"];
            let value = match rule["type"].as_str() {
                None => {
                    scores.insert(key, indicator["scale"][if best { "max" } else { "min" }].clone());
                    continue;
                }
                Some("per_unit") => {
                    let units = rule["units"].as_object().unwrap().keys();
                    Value::Object(units.map(|unit| (unit.clone(), json!(if best { 9 } else { 0 }))).collect())
                }
                Some("tiers") => json!(if best { "national_cluster" } else { "none" }),
                Some(_) => json!(if best { "99999" } else { "-99999" }),
            };
            values.insert(key, value);
        }
        (Value::Object(values), Value::Object(scores))
    };
    let (mut applications, mut sheets) = (Vec::new(), Vec::new());
    for (id, best) in [("best", true), ("worst", false)] {
        let (values, scores) = all(best);
        applications.push(application(id, "320100", values));
        for expert in 0..5 {
            sheets.push(json!({"application": id, "expert": format!("E{expert}"), "scores": scores}));
        }
    }
    let tally = json!({
        "format": "qianglian-tally/1", "competition": {"id": "default", "title": "default"},
        "rubric": rubric, "rules": default["rules"], "applications": applications, "sheets": sheets
    });
    let result = result_of(&tally);
    assert_eq!(standing(&result, "best")["score"], "100.00");
    assert_eq!(standing(&result, "best")["award"], "excellent");
    assert_eq!(standing(&result, "worst")["score"], "0.00");
    assert_eq!(standing(&result, "worst")["note"], "below_pass_mark");
}
