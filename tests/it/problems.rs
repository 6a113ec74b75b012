//! Bad files: refused whole, with every problem at its place, and nothing on standard output.

use std::fmt::Write;

use qianglian::domain::scoring::{Problems, read_tally};
use qianglian::domain::values::Language;
use serde_json::{Value, json};

use super::support::{Run, case, run};

/// A small valid tally with one of everything that can be wrong.
pub(crate) fn tally() -> Value {
    json!({
        "format": "qianglian-tally/1",
        "competition": {"id": "c1", "title": "竞赛"},
        "rubric": {
            "full_marks": "100",
            "criteria": [
                {"key": "cluster", "name": "主导产业突出", "weight": "60", "indicators": [
                    {"key": "a1", "name": "甲", "points": "2", "kind": "judged", "guide": "看现场",
                     "scale": {"min": "0", "max": "10", "step": "0.5"}},
                    {"key": "a2", "name": "乙", "points": "3", "kind": "measured", "unit": "亿元", "section": "规模",
                     "rule": {"type": "linear", "from": "0", "to": "100", "missing": "zero",
                              "by_chain": {"7": {"type": "efficacy", "floor": "10", "target": "20"}}}}
                ]},
                {"key": "landmark", "name": "地标", "weight": "40", "indicators": [
                    {"key": "b1", "name": "丙", "points": "1", "kind": "measured",
                     "rule": {"type": "per_unit", "units": {"national": "1", "provincial": "0.5"}, "cap": "4"}},
                    {"key": "b2", "name": "丁", "points": "1", "kind": "measured",
                     "rule": {"type": "tiers", "tiers": {"high": "1", "none": "0"}}},
                    {"key": "b3", "name": "戊", "points": "1", "kind": "measured",
                     "rule": {"type": "bands", "bands": [{"at_least": "5", "fraction": "1"}, {"at_least": "1", "fraction": "0.5"}]}},
                    {"key": "b4", "name": "己", "points": "1", "kind": "measured",
                     "rule": {"type": "piecewise", "points": [["0", "0"], ["10", "1"]]}},
                    {"key": "b5", "name": "庚", "points": "1", "kind": "measured", "rule": {"type": "best"}}
                ]}
            ],
            "adjustments": [{"key": "bonus", "name": "加分", "kind": "bonus", "max": "2"}],
            "vetoes": [{"key": "accident", "name": "事故"}]
        },
        "rules": {
            "panel": {"method": "trimmed_mean", "level": "sheet", "min_kept": 1, "trim": [{"at_least": 4, "low": 1, "high": 1}, {"at_least": 8, "low": 2, "high": 2}]},
            "places": 2, "rounding": "half_up", "rank_on": "rounded", "tie_break": ["cluster"],
            "bonus_cap": "2", "pass_mark": "10",
            "awards": [{"key": "gold", "name": "卓越", "quota": 1, "per_region": 1}],
            "reserve": 1
        },
        "applications": [
            {"id": "A", "title": "甲市", "region": "320100", "track": "t", "chain": "1",
             "measured": {"a2": "50", "b1": {"national": 1}, "b2": "high", "b3": "2", "b4": "5", "b5": "3"},
             "adjustments": {"bonus": "1"}, "vetoes": []},
            {"id": "B", "title": "乙市", "region": "320200",
             "measured": {"a2": "15", "b1": {}, "b2": "none", "b3": "2", "b4": "5", "b5": "4"},
             "adjustments": {}, "vetoes": ["accident"]}
        ],
        "sheets": [
            {"application": "A", "expert": "E1", "scores": {"a1": "8.5"}},
            {"application": "B", "expert": "E1", "scores": {"a1": "7"}}
        ],
        "rulings": ["A", "B"]
    })
}

/// Runs the program on a text, and gives its problems as (pointer, code).
fn problems(text: &[u8]) -> Vec<(String, String)> {
    let run = run(&["tally", "-", "--format", "json"], text);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stderr).expect("problems are JSON");
    assert_eq!(document["format"], "qianglian-problems/1");
    let list = document["problems"].as_array().unwrap();
    let member = |problem: &Value, name: &str| problem[name].as_str().unwrap().to_owned();
    list.iter().map(|problem| (member(problem, "pointer"), member(problem, "code"))).collect()
}

fn owned(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

/// Puts a value at a pointer; with `None` the member or element there is taken away.
fn edit(tally: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match (tally.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")), value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(name)),
        (Value::Array(elements), Some(value)) if name == "-" => elements.push(value),
        (Value::Array(elements), Some(value)) => elements[name.parse::<usize>().unwrap()] = value,
        (Value::Array(elements), None) => drop(elements.remove(name.parse().unwrap())),
        _ => panic!("{parent} has no members"),
    }
}

#[test]
fn the_unedited_tally_is_valid() {
    let run = run(&["tally", "-"], tally().to_string().as_bytes());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}

/// The texts of all single faults, in the order of the table, compared with texts that were read line by line.
#[test]
fn each_single_fault_is_told_in_both_languages() {
    for (language, file) in [(Language::Chinese, "problems.zh.txt"), (Language::English, "problems.en.txt")] {
        let mut told = String::new();
        for (pointer, value, _) in single_faults() {
            let mut tally = tally();
            edit(&mut tally, pointer, value);
            let problems = read_tally(tally.to_string().as_bytes()).expect_err("it has a fault");
            assert_eq!(problems.kept().len(), problems.total());
            told += &problems.text(language);
        }
        let path = format!("{}/tests/cases/output/{file}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(told, std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn a_file_that_is_too_large_is_told_so() {
    let problems = Problems::too_large(5);
    assert_eq!(problems.total(), 1);
    assert_eq!(problems.text(Language::English), "(whole file): expected a file of at most 5 bytes\n");
    assert_eq!(problems.text(Language::Chinese), "（整个文件）：文件不得超过 5 字节\n");
}

#[test]
fn an_application_without_an_id_leaves_no_id_unknown() {
    let mut tally = tally();
    edit(&mut tally, "/applications/0/id", None);
    assert_eq!(problems(tally.to_string().as_bytes()), owned(&[("/applications/0", "missing_member")]));
}

#[test]
fn rounding_sheets_has_no_meaning_at_level_indicator() {
    let mut tally = tally();
    edit(&mut tally, "/rules/panel", Some(json!({"method": "mean", "level": "indicator", "min_kept": 1})));
    edit(&mut tally, "/rules/round_steps", Some(json!({"sheet": 1})));
    let expected = [("/rules/round_steps/sheet", "no_meaning_here")];
    assert_eq!(problems(tally.to_string().as_bytes()), owned(&expected));
}

#[test]
fn long_names_are_cut_in_pointers() {
    for (length, shown) in [(100, "甲".repeat(100)), (101, format!("{}…", "甲".repeat(100)))] {
        let mut tally = tally();
        edit(&mut tally, &format!("/rules/{}", "甲".repeat(length)), Some(json!(1)));
        let pointer = format!("/rules/{shown}");
        assert_eq!(problems(tally.to_string().as_bytes()), owned(&[(&pointer, "unknown_member")]));
    }
}

/// What was found is quoted up to 60 characters, quotation marks included.
#[test]
fn long_findings_are_cut() {
    for (length, shown) in [(58, format!("\"{}\"", "甲".repeat(58))), (59, format!("\"{}…", "甲".repeat(59)))]
    {
        let mut tally = tally();
        edit(&mut tally, "/rubric/full_marks", Some(json!("甲".repeat(length))));
        let problems = read_tally(tally.to_string().as_bytes()).expect_err("it has a fault");
        assert_eq!(problems.kept()[0].found.as_deref(), Some(shown.as_str()));
    }
}

type Fault = (&'static str, Option<Value>, &'static [(&'static str, &'static str)]);

#[test]
fn each_single_fault_is_told_at_its_place() {
    for (pointer, value, expected) in single_faults() {
        let mut tally = tally();
        edit(&mut tally, pointer, value.clone());
        assert_eq!(problems(tally.to_string().as_bytes()), owned(expected), "{pointer} = {value:?}");
    }
}

/// What is put where (`None`: taken away), and the problems that it makes.
fn single_faults() -> Vec<Fault> {
    const R: &str = "/rubric/criteria/0/indicators/1/rule";
    let sheet = |scores: Value| json!({"application": "A", "expert": "E2", "scores": scores});
    #[rustfmt::skip]
    let faults: Vec<Fault> = vec![
        // Shape and members.
        ("/format", Some(json!("qianglian-tally/2")), &[("/format", "not_a_choice")]),
        ("/format", Some(json!(1)), &[("/format", "not_a_choice")]),
        ("/format", None, &[("", "missing_member")]),
        ("/extra", Some(json!(1)), &[("/extra", "unknown_member")]),
        ("/a~1b~0c", Some(json!(1)), &[("/a~01b~00c", "unknown_member")]),
        ("/competition", Some(json!([])), &[("/competition", "not_an_object")]),
        ("/competition/id", Some(json!("")), &[("/competition/id", "not_text")]),
        ("/competition/title", Some(json!(3)), &[("/competition/title", "not_text")]),
        ("/competition/title", Some(json!(null)), &[("/competition/title", "not_text")]),
        ("/applications", Some(json!({})), &[("/applications", "not_an_array")]),
        ("/sheets", Some(json!("x")), &[("/sheets", "not_an_array")]),
        ("/sheets/0", Some(json!([])), &[("/sheets/0", "not_an_object")]),
        ("/sheets/0/note", Some(json!("x")), &[("/sheets/0/note", "unknown_member")]),
        ("/sheets/0/expert", None, &[("/sheets/0", "missing_member")]),
        ("/sheets/0/scores", Some(json!("x")), &[("/sheets/0/scores", "not_an_object")]),
        ("/rulings", Some(json!({})), &[("/rulings", "not_an_array")]),
        // Rubric.
        ("/rubric", None, &[("", "missing_member")]),
        ("/rubric/full_marks", Some(json!("0")), &[("/rubric/full_marks", "out_of_range")]),
        ("/rubric/full_marks", Some(json!(100)), &[("/rubric/full_marks", "not_a_decimal")]),
        ("/rubric/full_marks", Some(json!("1e2")), &[("/rubric/full_marks", "not_a_decimal")]),
        ("/rubric/full_marks", Some(json!("NaN")), &[("/rubric/full_marks", "not_a_decimal")]),
        ("/rubric/full_marks", Some(json!("1000000000000")), &[("/rubric/full_marks", "not_a_decimal")]),
        ("/rubric/criteria", Some(json!([])), &[("/rubric/criteria", "empty")]),
        ("/rubric/criteria/0/weight", Some(json!("60.00000001")), &[("/rubric/criteria", "weights_not_100")]),
        ("/rubric/criteria/0/weight", Some(json!("-60")), &[("/rubric/criteria/0/weight", "out_of_range")]),
        ("/rubric/criteria/1/key", Some(json!("cluster")), &[("/rubric/criteria/1/key", "duplicate")]),
        ("/rubric/criteria/1/indicators", Some(json!([])), &[("/rubric/criteria/1/indicators", "empty")]),
        ("/rubric/criteria/1/indicators/0/key", Some(json!("a1")), &[("/rubric/criteria/1/indicators/0/key", "duplicate")]),
        ("/rubric/criteria/0/indicators/0/points", Some(json!("0")), &[("/rubric/criteria/0/indicators/0/points", "out_of_range")]),
        ("/rubric/criteria/0/indicators/0/name", None, &[("/rubric/criteria/0/indicators/0", "missing_member")]),
        ("/rubric/criteria/0/indicators/0/kind", Some(json!("guessed")), &[("/rubric/criteria/0/indicators/0/kind", "not_a_choice")]),
        ("/rubric/criteria/0/indicators/0/kind", None, &[("/rubric/criteria/0/indicators/0", "missing_member")]),
        ("/rubric/criteria/0/indicators/0/rule", Some(json!({})), &[("/rubric/criteria/0/indicators/0/rule", "unknown_member")]),
        ("/rubric/criteria/0/indicators/0/guide", Some(json!(1)), &[("/rubric/criteria/0/indicators/0/guide", "not_text")]),
        ("/rubric/criteria/0/indicators/0/scale/step", Some(json!("0")), &[("/rubric/criteria/0/indicators/0/scale/step", "out_of_range")]),
        ("/rubric/criteria/0/indicators/0/scale/max", Some(json!("0")), &[("/rubric/criteria/0/indicators/0/scale/max", "out_of_range")]),
        ("/rubric/criteria/0/indicators/0/scale/min", None, &[("/rubric/criteria/0/indicators/0/scale", "missing_member")]),
        ("/rubric/adjustments/0/max", Some(json!("-1")), &[("/rubric/adjustments/0/max", "out_of_range")]),
        ("/rubric/adjustments/0/kind", Some(json!("fine")), &[("/rubric/adjustments/0/kind", "not_a_choice")]),
        ("/rubric/adjustments/-", Some(json!({"key": "bonus", "name": "x", "kind": "bonus", "max": "1"})), &[("/rubric/adjustments/1/key", "duplicate")]),
        ("/rubric/vetoes/-", Some(json!({"key": "accident", "name": "x"})), &[("/rubric/vetoes/1/key", "duplicate")]),
        ("/rubric/vetoes/0", Some(json!("accident")), &[("/rubric/vetoes/0", "not_an_object")]),
        // Rules of indicators.
        (R, Some(json!({"from": "0", "to": "1"})), &[(R, "missing_member")]),
        (R, Some(json!({"type": "cubic"})), &[("/rubric/criteria/0/indicators/1/rule/type", "not_a_choice")]),
        (R, Some(json!({"type": "linear", "from": "1", "to": "1.0"})), &[("/rubric/criteria/0/indicators/1/rule/to", "out_of_range")]),
        (R, Some(json!({"type": "linear", "from": "1", "target": "2"})), &[("/rubric/criteria/0/indicators/1/rule/target", "unknown_member"), (R, "missing_member")]),
        (R, Some(json!({"type": "efficacy", "floor": "1", "target": "1"})), &[("/rubric/criteria/0/indicators/1/rule/target", "out_of_range")]),
        ("/rubric/criteria/0/indicators/1/rule/missing", Some(json!("one")), &[("/rubric/criteria/0/indicators/1/rule/missing", "not_a_choice")]),
        ("/rubric/criteria/0/indicators/1/rule/by_chain/7/by_chain", Some(json!({})), &[("/rubric/criteria/0/indicators/1/rule/by_chain/7/by_chain", "unknown_member")]),
        ("/rubric/criteria/0/indicators/1/rule/by_chain/8", Some(json!({"type": "linear", "from": "1"})), &[("/rubric/criteria/0/indicators/1/rule/by_chain/8", "missing_member")]),
        ("/rubric/criteria/1/indicators/0/rule/cap", Some(json!("0")), &[("/rubric/criteria/1/indicators/0/rule/cap", "out_of_range")]),
        ("/rubric/criteria/1/indicators/0/rule/units/national", Some(json!("-1")), &[("/rubric/criteria/1/indicators/0/rule/units/national", "out_of_range")]),
        ("/rubric/criteria/1/indicators/1/rule/tiers", Some(json!({})), &[("/rubric/criteria/1/indicators/1/rule/tiers", "empty")]),
        ("/rubric/criteria/1/indicators/2/rule/bands/1/at_least", Some(json!("5")), &[("/rubric/criteria/1/indicators/2/rule/bands/1/at_least", "out_of_range")]),
        ("/rubric/criteria/1/indicators/2/rule/bands", Some(json!([])), &[("/rubric/criteria/1/indicators/2/rule/bands", "empty")]),
        ("/rubric/criteria/1/indicators/3/rule/points/1/0", Some(json!("0")), &[("/rubric/criteria/1/indicators/3/rule/points/1/0", "out_of_range")]),
        ("/rubric/criteria/1/indicators/3/rule/points/1", Some(json!(["1"])), &[("/rubric/criteria/1/indicators/3/rule/points/1", "not_a_pair")]),
        // Rules of the tally.
        ("/rules/panel", None, &[("/rules", "missing_member")]),
        ("/rules/panel/method", Some(json!("mode")), &[("/rules/panel/method", "not_a_choice")]),
        ("/rules/panel/method", Some(json!("mean")), &[("/rules/panel/trim", "no_meaning_here")]),
        ("/rules/panel/limit", Some(json!("1")), &[("/rules/panel/limit", "no_meaning_here")]),
        ("/rules/panel", Some(json!({"method": "capped_mean", "level": "sheet", "min_kept": 1, "limit": "1"})), &[("/rules/panel/level", "no_meaning_here")]),
        ("/rules/panel", Some(json!({"method": "capped_mean", "level": "indicator", "min_kept": 1})), &[("/rules/panel", "missing_member")]),
        ("/rules/panel", Some(json!({"method": "capped_mean", "level": "indicator", "min_kept": 1, "limit": "-1"})), &[("/rules/panel/limit", "out_of_range")]),
        ("/rules/panel/trim", None, &[("/rules/panel", "missing_member")]),
        ("/rules/panel/trim", Some(json!(-1)), &[("/rules/panel/trim", "not_an_integer")]),
        ("/rules/panel/trim", Some(json!("1")), &[("/rules/panel/trim", "not_an_integer")]),
        ("/rules/panel/trim/1/at_least", Some(json!(4)), &[("/rules/panel/trim/1/at_least", "not_an_integer")]),
        ("/rules/panel/min_kept", Some(json!(0)), &[("/rules/panel/min_kept", "not_an_integer")]),
        ("/rules/panel/min_kept", Some(json!(1.5)), &[("/rules/panel/min_kept", "not_an_integer")]),
        ("/rules/places", Some(json!(7)), &[("/rules/places", "not_an_integer")]),
        ("/rules/places", Some(json!("2")), &[("/rules/places", "not_an_integer")]),
        ("/rules/rounding", Some(json!("down")), &[("/rules/rounding", "not_a_choice")]),
        ("/rules/rank_on", Some(json!("both")), &[("/rules/rank_on", "not_a_choice")]),
        ("/rules/round_steps", Some(json!({"score": 1})), &[("/rules/round_steps/score", "no_meaning_here")]),
        ("/rules/round_steps", Some(json!({"sheet": 9})), &[("/rules/round_steps/sheet", "not_an_integer")]),
        ("/rules/round_steps", Some(json!({"total": 1})), &[("/rules/round_steps/total", "unknown_member")]),
        ("/rules/tie_break/-", Some(json!("cluster")), &[("/rules/tie_break/1", "duplicate")]),
        ("/rules/tie_break/-", Some(json!("sun")), &[("/rules/tie_break/1", "unknown_name")]),
        ("/rules/bonus_cap", Some(json!("-1")), &[("/rules/bonus_cap", "out_of_range")]),
        ("/rules/pass_mark", Some(json!(60)), &[("/rules/pass_mark", "not_a_decimal")]),
        ("/rules/awards/-", Some(json!({"key": "gold", "name": "x", "quota": 1})), &[("/rules/awards/1/key", "duplicate")]),
        ("/rules/awards/-", Some(json!({"key": "reserve", "name": "x", "quota": 1})), &[("/rules/awards/1/key", "no_meaning_here")]),
        ("/rules/awards/0/quota", None, &[("/rules/awards/0", "missing_member")]),
        ("/rules/awards/0/per_region", Some(json!("2")), &[("/rules/awards/0/per_region", "not_an_integer")]),
        ("/rules/reserve", Some(json!(-1)), &[("/rules/reserve", "not_an_integer")]),
        ("/rules/awards", None, &[("/rules", "missing_member")]),
        // Applications.
        ("/applications/1/id", Some(json!("A")), &[("/applications/1/id", "duplicate"), ("/sheets/1/application", "unknown_name"), ("/rulings/1", "unknown_name")]),
        ("/applications/0/region", None, &[("/applications/0", "missing_member")]),
        ("/applications/0/track", Some(json!(1)), &[("/applications/0/track", "not_text")]),
        ("/applications/0/measured/zz", Some(json!("1")), &[("/applications/0/measured/zz", "unknown_name")]),
        ("/applications/0/measured/a1", Some(json!("1")), &[("/applications/0/measured/a1", "unknown_name")]),
        ("/applications/0/measured/a2", Some(json!(50)), &[("/applications/0/measured/a2", "not_a_decimal")]),
        ("/applications/0/measured/a2", Some(json!(null)), &[("/applications/0/measured/a2", "not_a_decimal")]),
        ("/applications/0/measured/b1", Some(json!({"national": "1"})), &[("/applications/0/measured/b1/national", "not_an_integer")]),
        ("/applications/0/measured/b1", Some(json!({"national": -1})), &[("/applications/0/measured/b1/national", "not_an_integer")]),
        ("/applications/0/measured/b1", Some(json!({"local": 1})), &[("/applications/0/measured/b1/local", "unknown_name")]),
        ("/applications/0/measured/b1", Some(json!("1")), &[("/applications/0/measured/b1", "not_an_object")]),
        ("/applications/0/measured/b2", Some(json!("middle")), &[("/applications/0/measured/b2", "unknown_name")]),
        ("/applications/0/adjustments/bonus", Some(json!("2.5")), &[("/applications/0/adjustments/bonus", "out_of_range")]),
        ("/applications/0/adjustments/bonus", Some(json!("-0.5")), &[("/applications/0/adjustments/bonus", "out_of_range")]),
        ("/applications/0/adjustments/malus", Some(json!("1")), &[("/applications/0/adjustments/malus", "unknown_name")]),
        ("/applications/1/vetoes/-", Some(json!("accident")), &[("/applications/1/vetoes/1", "duplicate")]),
        ("/applications/1/vetoes/-", Some(json!("flood")), &[("/applications/1/vetoes/1", "unknown_name")]),
        // Sheets and rulings.
        ("/sheets/0/application", Some(json!("Z")), &[("/sheets/0/application", "unknown_name")]),
        ("/sheets/0/expert", Some(json!("")), &[("/sheets/0/expert", "not_text")]),
        ("/sheets/-", Some(json!({"application": "A", "expert": "E1", "scores": {"a1": "1"}})), &[("/sheets/2/expert", "duplicate")]),
        ("/sheets/-", Some(sheet(json!({}))), &[("/sheets/2/scores", "missing_score")]),
        ("/sheets/-", Some(sheet(json!({"a1": 8}))), &[("/sheets/2/scores/a1", "not_a_decimal")]),
        ("/sheets/-", Some(sheet(json!({"a1": "10.5"}))), &[("/sheets/2/scores/a1", "out_of_range")]),
        ("/sheets/-", Some(sheet(json!({"a1": "-0.5"}))), &[("/sheets/2/scores/a1", "out_of_range")]),
        ("/sheets/-", Some(sheet(json!({"a1": "8.25"}))), &[("/sheets/2/scores/a1", "off_step")]),
        ("/sheets/-", Some(sheet(json!({"a1": "8.50000001"}))), &[("/sheets/2/scores/a1", "off_step")]),
        ("/sheets/-", Some(sheet(json!({"a1": "8", "a2": "8"}))), &[("/sheets/2/scores/a2", "unknown_name")]),
        ("/rulings/0", Some(json!("Z")), &[("/rulings/0", "unknown_name")]),
        ("/rulings/0", Some(json!("B")), &[("/rulings/1", "duplicate")]),
    ];
    faults
}

#[test]
fn all_problems_are_told_at_once_in_both_languages() {
    let mut tally = tally();
    edit(&mut tally, "/rubric/full_marks", Some(json!(100)));
    edit(&mut tally, "/rules/places", Some(json!(9)));
    edit(&mut tally, "/applications/0/measured/a2", Some(json!("1e9")));
    edit(&mut tally, "/sheets/1/scores/a1", Some(json!("7.3")));
    edit(&mut tally, "/rulings/-", Some(json!("C")));
    let expected = [
        ("/rubric/full_marks", "not_a_decimal"),
        ("/rules/places", "not_an_integer"),
        ("/applications/0/measured/a2", "not_a_decimal"),
        ("/sheets/1/scores/a1", "off_step"),
        ("/rulings/2", "unknown_name"),
    ];
    let text = tally.to_string();
    assert_eq!(problems(text.as_bytes()), owned(&expected));

    let Run { status, stdout, stderr } = run(&["tally", "-"], text.as_bytes());
    assert_eq!((status, stdout.as_str()), (2, ""));
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), expected.len());
    assert_eq!(lines[3], "/sheets/1/scores/a1：应自 0 起按步长 0.5 评分；实际为 \"7.3\"");

    let english = run(&["tally", "-", "--lang", "en"], text.as_bytes()).stderr;
    assert_eq!(
        english.lines().nth(1),
        Some("/rules/places: expected an integer from 0 to 6, without quotes; found 9")
    );
}

#[test]
fn doubled_members_are_refused_wherever_they_stand() {
    let whole = tally().to_string();
    let doubled = [
        ("\"format\":", "\"format\":\"qianglian-tally/1\",\"format\":", "/format"),
        ("\"full_marks\":", "\"full_marks\":\"100\",\"full_marks\":", "/rubric/full_marks"),
        (
            "\"at_least\":\"1\"",
            "\"at_least\":\"1\",\"at_least\":\"1\"",
            "/rubric/criteria/1/indicators/2/rule/bands/1/at_least",
        ),
        (
            "\"national\":\"1\"",
            "\"national\":\"1\",\"national\":\"1\"",
            "/rubric/criteria/1/indicators/0/rule/units/national",
        ),
        ("\"a2\":\"50\"", "\"a2\":\"50\",\"a2\":\"50\"", "/applications/0/measured/a2"),
        ("\"bonus\":\"1\"", "\"bonus\":\"1\",\"bonus\":\"1\"", "/applications/0/adjustments/bonus"),
        ("\"a1\":\"8.5\"", "\"a1\":\"8.5\",\"a1\":\"8.5\"", "/sheets/0/scores/a1"),
        (
            "\"expert\":\"E1\",\"scores\":{\"a1\":\"7\"}",
            "\"expert\":\"E1\",\"expert\":\"E1\",\"scores\":{\"a1\":\"7\"}",
            "/sheets/1/expert",
        ),
        // The same name, spelled with an escape.
        ("\"title\":\"竞赛\"", "\"title\":\"竞赛\",\"\\u0074itle\":\"竞赛\"", "/competition/title"),
    ];
    for (once, twice, pointer) in doubled {
        assert!(whole.contains(once), "{once}");
        let text = whole.replacen(once, twice, 1);
        assert_eq!(problems(text.as_bytes()), owned(&[(pointer, "duplicate")]), "{twice}");
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let whole = tally().to_string();
    let changed = |from: &str, to: &str| whole.replacen(from, to, 1).into_bytes();
    let truncated = whole.find("\"a1\":\"8.5\"").unwrap() + 6;
    let mut not_utf8 = whole.clone().into_bytes();
    let title = whole.find("竞赛").unwrap();
    not_utf8[title + 1] = b'x';
    let deep_open = "[".repeat(10_000_000);
    let deep = format!("{{\"format\":\"qianglian-tally/1\",\"x\":{deep_open}{}}}", "]".repeat(10_000_000));
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (Vec::new(), "", "truncated"),
        (b" \n".to_vec(), "", "truncated"),
        (b"\xEF\xBB\xBF{}".to_vec(), "", "not_json"),
        (b"[]".to_vec(), "", "not_an_object"),
        (b"null".to_vec(), "", "not_an_object"),
        (b"{}{}".to_vec(), "", "not_json"),
        (changed("\"full_marks\":\"100\"", "\"full_marks\":NaN"), "/rubric/full_marks", "not_json"),
        (changed("\"8.5\"", "+8.5"), "/sheets/0/scores/a1", "not_json"),
        (changed("\"8.5\"", "08.5"), "/sheets/0/scores/a1", "not_json"),
        (changed("\"8.5\"", "'8.5'"), "/sheets/0/scores/a1", "not_json"),
        (changed("\"8.5\"", "\"8.5\\x\""), "/sheets/0/scores/a1", "not_json"),
        (changed("\"8.5\"", "\"8.5\n\""), "/sheets/0/scores/a1", "not_json"),
        (changed("竞赛", "\\ud800"), "/competition/title", "not_json"),
        (changed("\"rulings\"", "//\"rulings\""), "", "not_json"),
        (whole.as_bytes()[..truncated].to_vec(), "/sheets/0/scores/a1", "truncated"),
        (not_utf8, "/competition/title", "not_utf8"),
        (deep_open.into_bytes(), "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", "truncated"),
    ];
    for (text, pointer, code) in cases {
        let shown = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        assert_eq!(problems(&text), owned(&[(pointer, code)]), "{shown}");
    }
    assert_eq!(problems(deep.as_bytes())[0], ("/x".to_owned(), "unknown_member".to_owned()));
}

#[test]
fn a_pointer_is_found_past_and_within_deep_nesting() {
    let (open, close) = ("[".repeat(40), "]".repeat(40));
    let past = format!("{{\"a\":{open}1,2{close},\"b\":[0,{open}{close},NaN]}}");
    assert_eq!(problems(past.as_bytes()), owned(&[("/b/2", "not_json")]));
    let objects = "{\"x\":".repeat(40);
    let within = format!("{{\"a\":[5,{open}{objects}1,\"y\":2,NaN");
    let pointer = format!("/a/1{}", "/0".repeat(14));
    assert_eq!(problems(within.as_bytes()), owned(&[(&pointer, "not_json")]));
    // Quotes, brackets and escapes inside strings are no structure; a name is the one before the value.
    let strings = "{\"a\":\"[{\\\"]}\",\"b\\\"]\":[\"],\",{\"c\":1,\"d\" : [true, NaN";
    assert_eq!(problems(strings.as_bytes()), owned(&[("/b\\\"]/1/d/1", "not_json")]));
}

#[test]
fn every_beginning_of_a_file_is_refused_and_none_crashes() {
    let whole = case("tally-029.json").to_string();
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)).step_by(7) {
        let problems =
            qianglian::domain::scoring::read_tally(&whole.as_bytes()[..end]).expect_err("it is cut short");
        assert_eq!(problems.total(), 1, "cut at {end}");
    }
}

#[test]
fn a_broken_rubric_does_not_hide_problems_of_the_sheets() {
    let mut tally = tally();
    edit(&mut tally, "/rubric/criteria/0/indicators/0/scale/step", Some(json!("x")));
    edit(&mut tally, "/sheets/0/scores/a1", Some(json!(5)));
    edit(&mut tally, "/sheets/1/scores/other", Some(json!("5")));
    let expected = [
        ("/rubric/criteria/0/indicators/0/scale/step", "not_a_decimal"),
        ("/sheets/0/scores/a1", "not_a_decimal"),
        ("/sheets/1/scores/other", "unknown_name"),
    ];
    assert_eq!(problems(tally.to_string().as_bytes()), owned(&expected));
}

#[test]
fn a_rubric_whose_names_are_not_all_known_calls_no_name_unknown() {
    let mut tally = tally();
    edit(&mut tally, "/rubric/criteria/0/indicators/0/key", None);
    let found = problems(tally.to_string().as_bytes());
    assert_eq!(found, owned(&[("/rubric/criteria/0/indicators/0", "missing_member")]));
}

#[test]
fn an_application_that_could_not_be_read_is_still_known() {
    let mut tally = tally();
    edit(&mut tally, "/applications/0/measured/a2", Some(json!(1)));
    let found = problems(tally.to_string().as_bytes());
    assert_eq!(found, owned(&[("/applications/0/measured/a2", "not_a_decimal")]));
}

#[test]
fn thousands_of_problems_take_bounded_memory_and_are_counted() {
    let mut text = tally().to_string();
    let mut sheets = String::from("\"sheets\":[");
    for sheet in 0..12_000 {
        let comma = if sheet == 0 { "" } else { "," };
        write!(
            sheets,
            "{comma}{{\"application\":\"A\",\"expert\":\"E{sheet}\",\"scores\":{{\"a1\":\"99\"}}}}"
        )
        .unwrap();
    }
    let start = text.find("\"sheets\":[").unwrap();
    let end = start + text[start..].find("}}]").unwrap() + 2;
    text.replace_range(start..end, &sheets);
    let run = run(&["tally", "-", "--format", "json"], text.as_bytes());
    let document: Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(document["total"], 12_000);
    assert_eq!(document["problems"].as_array().unwrap().len(), 10_000);
    let told = super::support::run(&["tally", "-", "--lang", "en"], text.as_bytes()).stderr;
    assert_eq!(told.lines().last(), Some("2000 more problems are not listed"));
}

#[test]
fn a_rubric_of_more_than_a_thousand_indicators_is_refused() {
    let mut tally = tally();
    let indicator = |number: usize| json!({"key": format!("k{number}"), "name": "", "points": "1", "kind": "measured", "rule": {"type": "best", "missing": "zero"}});
    let all: Vec<Value> = (0..1_000).map(indicator).collect();
    edit(&mut tally, "/rubric/criteria/1/indicators", Some(json!(all)));
    let found = problems(tally.to_string().as_bytes());
    assert_eq!(found[0], ("/rubric/criteria/1/indicators/998".to_owned(), "too_many".to_owned()));
}

#[test]
fn optional_members_may_be_null_and_default_as_documented() {
    let mut tally = tally();
    for pointer in [
        "/rules/bonus_cap",
        "/rules/pass_mark",
        "/rules/rank_on",
        "/rules/reserve",
        "/rules/awards/0/per_region",
    ] {
        edit(&mut tally, pointer, Some(json!(null)));
    }
    edit(&mut tally, "/rulings", Some(json!(null)));
    edit(&mut tally, "/applications/0/track", Some(json!(null)));
    let nulls = run(&["tally", "-"], tally.to_string().as_bytes());
    for pointer in [
        "/rules/bonus_cap",
        "/rules/pass_mark",
        "/rules/rank_on",
        "/rules/reserve",
        "/rules/awards/0/per_region",
    ] {
        edit(&mut tally, pointer, None);
    }
    edit(&mut tally, "/rulings", None);
    edit(&mut tally, "/applications/0/track", None);
    let absent = run(&["tally", "-"], tally.to_string().as_bytes());
    assert_eq!((nulls.status, nulls.stderr.as_str()), (0, ""));
    assert_eq!(nulls.stdout, absent.stdout);
}
