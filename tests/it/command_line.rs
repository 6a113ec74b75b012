//! The command line: formats, languages, explanations, exit status.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::support::{run, tally_of};

const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/small.json");

/// Compares the output of a run with a text below `tests/cases/output`, which was read line by line before it was kept.
fn gives(arguments: &[&str], name: &str) {
    let run = run(&[&["tally", SMALL], arguments].concat(), b"");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/output").join(name);
    assert_eq!(run.stdout, std::fs::read_to_string(path).unwrap(), "{arguments:?}");
}

#[test]
fn tables_for_people_are_aligned_in_both_languages() {
    gives(&["--format", "text"], "small.zh.txt");
    gives(&["--format", "text", "--lang", "en"], "small.en.txt");
}

#[test]
fn csv_has_one_row_an_application() {
    gives(&["--format", "csv"], "small.zh.csv");
    gives(&["--format", "csv", "--lang", "en"], "small.en.csv");
}

#[test]
fn explanations_tell_every_step_in_both_languages() {
    for (application, language) in [("A1", "zh"), ("A1", "en"), ("A4", "zh"), ("A5", "en"), ("A6", "zh")] {
        gives(
            &["--explain", application, "--lang", language],
            &format!("small.{application}.{language}.txt"),
        );
    }
}

#[test]
fn an_explanation_is_also_one_json_document() {
    gives(&["--explain", "A1", "--format", "json"], "small.A1.json");
}

/// A tally with one judged indicator of 0 to 100, ranked on exact figures at no places.
fn plain(edits: &[(&str, Value)], totals: &[(&str, &str, &[&str])]) -> Value {
    let mut tally = json!({
        "format": "qianglian-tally/1",
        "competition": {"id": "c", "title": "c"},
        "rubric": {"full_marks": "100", "adjustments": [], "vetoes": [], "criteria": [
            {"key": "x", "name": "x", "weight": "100", "indicators": [
                {"key": "s", "name": "s", "points": "1", "kind": "judged", "scale": {"min": "0", "max": "100", "step": "1"}}]}]},
        "rules": {"panel": {"method": "mean", "level": "sheet", "min_kept": 1}, "places": 0, "rounding": "half_up",
                  "rank_on": "exact", "tie_break": [], "awards": [], "reserve": 0},
        "applications": [], "sheets": []
    });
    for (pointer, value) in edits {
        *tally.pointer_mut(pointer).unwrap() = value.clone();
    }
    for (id, region, scores) in totals {
        tally["applications"].as_array_mut().unwrap().push(json!({
            "id": id, "title": id, "region": region, "measured": {}, "adjustments": {}, "vetoes": []}));
        for (expert, score) in scores.iter().enumerate() {
            tally["sheets"].as_array_mut().unwrap().push(json!({
                "application": id, "expert": format!("E{expert}"), "scores": {"s": score}}));
        }
    }
    tally
}

fn output(tally: &Value, arguments: &[&str]) -> String {
    let run = run(&[&["tally", "-"], arguments].concat(), tally.to_string().as_bytes());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
    run.stdout
}

#[test]
fn exact_totals_show_as_many_digits_as_tell_neighbours_apart() {
    // 80, 79 2/3, 79 3/5: published as 80, 80, 80.
    let tally = plain(
        &[],
        &[("A", "r", &["80"]), ("B", "r", &["79", "80", "80"]), ("C", "r", &["79", "79", "80", "80", "80"])],
    );
    let text = output(&tally, &["--format", "text", "--lang", "en"]);
    let row =
        |id: &str| text.lines().find(|line| line.split_whitespace().nth(1) == Some(id)).unwrap().to_owned();
    let cells = |id: &str| row(id).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cells("A")[4..6], ["80", "80.0"], "{text}");
    assert_eq!(cells("B")[4..6], ["80", "79.7"], "{text}");
    assert_eq!(cells("C")[4..6], ["80", "79.6"], "{text}");
    let explained = output(&tally, &["--explain", "B", "--lang", "en"]);
    assert!(explained.contains("behind A (place 1): total 79.7 against 80.0"), "{explained}");
    assert!(explained.contains("ahead of C (place 3): total 79.7 against 79.6"), "{explained}");
}

#[test]
fn neighbours_that_differ_late_show_that_many_digits() {
    // 80 and 1999 ÷ 25 = 79.96: published as 80, and 80.0 at one place.
    let close: Vec<&str> = std::iter::once("79").chain(std::iter::repeat_n("80", 24)).collect();
    let tally =
        plain(&[], &[("A", "r", &["80"]), ("B", "r", &close), ("C", "r", &close), ("D", "r", &["70"])]);
    let text = output(&tally, &["--format", "text", "--lang", "en"]);
    for (id, exact) in [("A", "80.00"), ("B", "79.96"), ("C", "80"), ("D", "70")] {
        let row = text.lines().find(|line| line.split_whitespace().nth(1) == Some(id)).unwrap();
        assert_eq!(row.split_whitespace().nth(5), Some(exact), "{text}");
    }
}

#[test]
fn an_explanation_of_exact_figures_tells_which_criterion_broke_a_tie() {
    let mut tally = plain(&[("/rules/tie_break", json!(["y"]))], &[]);
    let indicator = |key: &str| json!({"key": key, "name": key, "points": "1", "kind": "measured", "rule": {"type": "linear", "from": "0", "to": "3"}});
    tally["rubric"]["criteria"] = json!([
        {"key": "x", "name": "x", "weight": "50", "indicators": [indicator("x1")]},
        {"key": "y", "name": "Y", "weight": "50", "indicators": [indicator("y1")]}
    ]);
    for (id, x, y) in [("A", "1", "2"), ("B", "2", "1"), ("C", "1.98", "1.02")] {
        tally["applications"].as_array_mut().unwrap().push(json!({
            "id": id, "title": id, "region": "r", "measured": {"x1": x, "y1": y}, "adjustments": {}, "vetoes": []}));
    }
    // 33 1/3 against 17: two different figures; 17 against 16 2/3: one digit more tells them apart.
    let explained = output(&tally, &["--explain", "C", "--lang", "en"]);
    assert!(explained.contains("behind A (place 1): equal totals, Y 17 against 33"), "{explained}");
    assert!(explained.contains("ahead of B (place 3): equal totals, Y 17.0 against 16.7"), "{explained}");
}

#[test]
fn an_explanation_tells_how_a_tie_was_broken() {
    let mut tally = plain(
        &[("/rules/rank_on", json!("rounded"))],
        &[("A", "r", &["80"]), ("B", "r", &["80"]), ("C", "q", &["80"])],
    );
    tally["rulings"] = json!(["C", "B"]);
    tally["rules"]["awards"] = json!([{"key": "gold", "name": "Gold", "quota": 1}]);
    let explained = output(&tally, &["--explain", "B", "--lang", "en"]);
    assert!(
        explained.contains("behind C (place 1): all equal, ordered by the office's ruling"),
        "{explained}"
    );
    assert!(
        explained.contains("ahead of A (place 3): all equal, ordered by the office's ruling"),
        "{explained}"
    );
    assert!(explained.contains("Gold: no seats were left\n  no award"), "{explained}");

    tally["rulings"] = json!([]);
    let explained = output(&tally, &["--explain", "B", "--lang", "en"]);
    assert!(explained.contains("1 of 3 ranked in the track, shared with A, C"), "{explained}");
    assert!(explained.contains("Gold: 3 equals for 1 seat; waits for a ruling"), "{explained}");

    tally["rules"]["awards"][0] = json!({"key": "gold", "name": "Gold", "quota": 3, "per_region": 1});
    let explained = output(&tally, &["--explain", "B", "--lang", "en"]);
    assert!(
        explained.contains("Gold: serving all 3 equals would take a region past its cap; waits for a ruling"),
        "{explained}"
    );
}

#[test]
fn an_explanation_tells_what_the_keys_of_experts_decided() {
    let panel = json!({"method": "trimmed_mean", "level": "sheet", "min_kept": 1, "trim": 1});
    let tally = plain(&[("/rules/panel", panel)], &[("A", "r", &["80", "80", "80", "90"])]);
    let explained = output(&tally, &["--explain", "A", "--lang", "en"]);
    assert!(explained.contains("  E0      80     80  dropped (lowest)\n"), "{explained}");
    assert!(
        explained.contains("Sheets of equal total are ordered by the bytes of the experts' keys"),
        "{explained}"
    );
    // Where the drops reach the panel, none is kept.
    for (level, list) in [("sheet", "/panel/sheets"), ("indicator", "/criteria/0/indicators/0/source/scores")]
    {
        let panel = json!({"method": "trimmed_mean", "level": level, "min_kept": 1, "trim": 2});
        let tally = plain(&[("/rules/panel", panel)], &[("A", "r", &["70", "80", "85", "90"])]);
        let document: Value =
            serde_json::from_str(&output(&tally, &["--explain", "A", "--format", "json"])).unwrap();
        let entries = document.pointer(list).unwrap().as_array().unwrap();
        let fates: Vec<&str> = entries.iter().map(|entry| entry["fate"].as_str().unwrap()).collect();
        assert_eq!(fates, ["dropped_low", "dropped_low", "dropped_high", "dropped_high"], "{level}");
    }
    let tally = plain(&[("/rules/panel/min_kept", json!(2))], &[("A", "r", &["80"])]);
    let explained = output(&tally, &["--explain", "A", "--lang", "en"]);
    assert!(explained.contains("1 kept (at least 2 needed): too few, so there is no score"), "{explained}");
    assert!(explained.contains("incomplete (panel_too_small)"), "{explained}");
}

#[test]
fn an_explanation_tells_what_capping_and_rounding_made_of_a_score() {
    let panel = json!({"method": "capped_mean", "level": "indicator", "min_kept": 1, "limit": "1.5"});
    let mut tally = plain(&[("/rules/panel", panel)], &[("A", "r", &["70", "80", "81"])]);
    let explained = output(&tally, &["--explain", "A", "--lang", "en"]);
    // The mean is 77, so scores lie within 75.5 and 78.5.
    assert!(
        explained.contains("scores (0 to 100): E0 70→75.5, E1 80→78.5, E2 81→78.5; mean 77.5"),
        "{explained}"
    );
    tally["rules"]["round_steps"] = json!({"score": 0});
    let explained = output(&tally, &["--explain", "A", "--lang", "en"]);
    assert!(explained.contains("E0 70→76, E1 80→79, E2 81→79; mean 78"), "{explained}");
}

#[test]
fn a_spreadsheet_takes_no_text_for_a_formula() {
    for start in ["=", "+", "-", "@", "\t", "\r"] {
        let id = format!("{start}1");
        let tally = plain(&[], &[(&id, "r", &["80"])]);
        let csv = output(&tally, &["--format", "csv"]);
        assert!(csv.contains(&format!("'{id}")), "{csv:?}");
    }
}

#[test]
fn the_three_formats_agree() {
    for name in super::support::case_names() {
        let tally = &tally_of(&name);
        let result: Value = serde_json::from_str(&output(tally, &[])).unwrap();
        let csv = output(tally, &["--format", "csv", "--lang", "en"]);
        let csv = csv.strip_prefix('\u{feff}').expect("spreadsheet programs read Chinese by the mark");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let heading = reader.headers().unwrap().clone();
        let mut rows = reader.records();
        for standing in super::support::standings(&result) {
            let row = rows.next().unwrap().unwrap();
            let cell = |name: &str| &row[heading.iter().position(|heading| heading == name).unwrap()];
            let shown = |value: &Value| match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Array(list) => {
                    list.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(";")
                }
                other => other.to_string(),
            };
            let columns = ["place", "status", "score", "adjustment", "experts_used", "note"];
            for member in columns {
                assert_eq!(cell(member), shown(&standing[member]), "{name} {member}");
            }
            // Texts that a spreadsheet would take for a formula have an apostrophe before them.
            for member in ["application", "reasons", "dropped", "award"] {
                let text = shown(&standing[member]);
                assert!(cell(member) == text || cell(member) == format!("'{text}"), "{name} {member}");
            }
            for (key, score) in standing["criteria"].as_object().into_iter().flatten() {
                assert_eq!(cell(&format!("criterion:{key}")), shown(score), "{name} {key}");
            }
        }
        assert!(rows.next().is_none(), "{name}");
    }
}

#[test]
fn an_explanation_tells_every_kind_of_rule_and_value() {
    let tally = super::problems::tally();
    let english = output(&tally, &["--explain", "A", "--lang", "en"]);
    let chinese = output(&tally, &["--explain", "A"]);
    let expected = [
        ("verified value 50; rule linear: 0 gives 0, 100 gives 1", "核定值 50；规则 线性：0 得 0，100 得 1"),
        (
            "verified value national 1; rule per unit: (national × 1 + provincial × 0.5) ÷ 4",
            "核定值 national 1；规则 计数：(national × 1 + provincial × 0.5) ÷ 4",
        ),
        ("verified value high; rule tiers: high → 1, none → 0", "核定值 high；规则 等次：high → 1，none → 0"),
        ("verified value 2; rule bands: ≥5 → 1, ≥1 → 0.5", "核定值 2；规则 分档：≥5 → 1，≥1 → 0.5"),
        ("verified value 5; rule through the points (0, 0) (10, 1)", "核定值 5；规则 折线：(0, 0) (10, 1)"),
        (
            "verified value 3; rule share of the track's greatest value, 3",
            "核定值 3；规则 与本组最高值 3 之比",
        ),
        (
            "trimmed mean of whole sheets: of 1, 0 lowest and 0 highest dropped, 1 kept (at least 1 needed)",
            "按整份评分表去掉最低和最高后取平均：共 1 份，去掉最低 0、最高 0，保留 1（至少应有 1）",
        ),
    ];
    for (in_english, in_chinese) in expected {
        assert!(english.contains(in_english), "{in_english}\n{english}");
        assert!(chinese.contains(in_chinese), "{in_chinese}\n{chinese}");
    }
    // Application B is of no track of its own and has the general rule, for its chain has none.
    let mut of_chain = tally;
    of_chain["applications"][1]["chain"] = json!("7");
    of_chain["applications"][1]["vetoes"] = json!([]);
    let explained = output(&of_chain, &["--explain", "B", "--lang", "en"]);
    let line =
        "verified value 15; rule (the chain's own rule) efficacy coefficient: 10 gives 0.6, 20 gives 1";
    assert!(explained.contains(line), "{explained}");
    let document: Value =
        serde_json::from_str(&output(&of_chain, &["--explain", "B", "--format", "json"])).unwrap();
    assert_eq!(document["criteria"][0]["indicators"][1]["source"]["rule_of_chain"], true);
    assert_eq!(document["criteria"][0]["indicators"][1]["fraction"]["fraction"], "4/5");
    assert_eq!(document["criteria"][1]["indicators"][0]["source"]["value"], "");
}

#[test]
fn a_rubric_without_judged_indicators_has_no_panel_to_explain() {
    let measured = json!({"key": "s", "name": "s", "points": "1", "kind": "measured", "rule": {"type": "linear", "from": "0", "to": "9"}});
    for panel in [json!({"method": "mean", "level": "sheet", "min_kept": 1}), json!(null)] {
        let mut tally = plain(&[("/rubric/criteria/0/indicators/0", measured.clone())], &[("A", "r", &[])]);
        tally["rules"]["panel"] = panel;
        tally["applications"][0]["measured"] = json!({"s": "3"});
        let document: Value =
            serde_json::from_str(&output(&tally, &["--explain", "A", "--format", "json"])).unwrap();
        assert_eq!((&document["panel"], &document["total"]["score"]), (&json!(null), &json!("33")));
        let result: Value = serde_json::from_str(&output(&tally, &[])).unwrap();
        assert_eq!(result["groups"][0]["standings"][0]["experts_used"], json!(null));
        assert!(!output(&tally, &["--explain", "A", "--lang", "en"]).contains("The panel"));
    }
}

#[test]
fn neighbours_are_the_nearest_with_another_place() {
    let totals: [(&str, &str, &[&str]); 5] = [
        ("A", "r", &["90"]),
        ("B", "r", &["80"]),
        ("C", "r", &["80"]),
        ("D", "r", &["80"]),
        ("E", "r", &["70"]),
    ];
    let tally = plain(&[("/rules/rank_on", json!("rounded"))], &totals);
    for id in ["B", "C", "D"] {
        let document: Value =
            serde_json::from_str(&output(&tally, &["--explain", id, "--format", "json"])).unwrap();
        let place = &document["place"];
        assert_eq!((&place["place"], &place["ranked"]), (&json!(2), &json!(5)), "{id}");
        assert_eq!(
            (&place["above"]["application"], &place["above"]["place"]),
            (&json!("A"), &json!(1)),
            "{id}"
        );
        assert_eq!(
            (&place["below"]["application"], &place["below"]["place"]),
            (&json!("E"), &json!(5)),
            "{id}"
        );
        assert_eq!(
            (&place["below"]["ours"], &place["below"]["theirs"]),
            (&json!("80"), &json!("70")),
            "{id}"
        );
        let others: Vec<&str> = ["B", "C", "D"].into_iter().filter(|other| *other != id).collect();
        assert_eq!(place["shared_with"], json!(others), "{id}");
    }
    let document: Value =
        serde_json::from_str(&output(&tally, &["--explain", "A", "--format", "json"])).unwrap();
    assert_eq!(document["place"]["above"], json!(null));
    let document: Value =
        serde_json::from_str(&output(&tally, &["--explain", "E", "--format", "json"])).unwrap();
    assert_eq!(document["place"]["below"], json!(null));
}

#[test]
fn what_was_asked_wrongly_is_told_and_prints_nothing() {
    let explain_nobody = run(&["tally", SMALL, "--explain", "Z"], b"");
    assert_eq!((explain_nobody.status, explain_nobody.stdout.as_str()), (2, ""));
    assert_eq!(explain_nobody.stderr, "文件中没有编号为 Z 的申报\n");
    let explain_as_csv = run(&["tally", SMALL, "--explain", "A1", "--format", "csv", "--lang", "en"], b"");
    assert_eq!((explain_as_csv.status, explain_as_csv.stdout.as_str()), (2, ""));
    assert_eq!(explain_as_csv.stderr, "--explain has no CSV form: use text or json\n");
    let no_file = run(&["tally", "no/such/file.json", "--lang", "en"], b"");
    assert_eq!((no_file.status, no_file.stdout.as_str()), (1, ""));
    assert!(no_file.stderr.starts_with("Can't read no/such/file.json: "), "{}", no_file.stderr);
    let folder = run(&["tally", env!("CARGO_MANIFEST_DIR")], b"");
    assert_eq!((folder.status, folder.stdout.as_str()), (1, ""));
    assert_eq!(run(&["tally"], b"").status, 2);
    assert_eq!(run(&["tally", SMALL, "--format", "pdf"], b"").status, 2);
}

#[test]
fn help_says_what_there_is() {
    let help = run(&["tally", "--help"], b"");
    assert_eq!(help.status, 0);
    for option in ["--format", "--explain", "--lang", "json", "text", "csv", "zh", "en"] {
        assert!(help.stdout.contains(option), "{option}");
    }
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let mut tally = plain(&[], &[]);
    for at in 0..3_000 {
        tally["applications"].as_array_mut().unwrap().push(json!({
            "id": format!("A{at}"), "title": "t", "region": "r", "measured": {}, "adjustments": {}, "vetoes": []}));
    }
    let path = std::env::temp_dir().join(format!("qianglian-early-{}.json", std::process::id()));
    std::fs::write(&path, tally.to_string()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_qianglian"))
        .args(["tally", path.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
