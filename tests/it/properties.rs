//! Properties that hold for every tally: what must never matter does not matter, what must help never hurts.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::cases::check_derivation;
use super::support::{result_bytes, result_of, standing, standings, text};

/// The shape of a random tally; scores and values are drawn as small whole numbers and put on their scales.
#[derive(Clone, Debug)]
struct Draw {
    panel: Value,
    places: u32,
    rounding: &'static str,
    rank_on: &'static str,
    round_steps: Value,
    step: &'static str,
    weights: [&'static str; 2],
    points: Vec<u8>,
    quota: u64,
    per_region: Option<u64>,
    reserve: u64,
    pass_mark: Option<u64>,
    applications: Vec<DrawnApplication>,
    /// How equals are ruled: a shift of the list of applications, where there is a ruling.
    ruling: Option<usize>,
}

#[derive(Clone, Debug)]
struct DrawnApplication {
    region: u8,
    track: u8,
    value: u16,
    units: u8,
    bonus: u8,
    deduction: u8,
    vetoed: bool,
    missing: bool,
    /// One a sheet, each with four scores of 0 to 20 steps.
    sheets: Vec<[u8; 4]>,
}

fn any_panel() -> impl Strategy<Value = Value> {
    let min_kept = 1..4_u64;
    (0..6_usize, min_kept, 0..3_u64, 0..40_u64).prop_map(|(kind, min_kept, trim, limit)| {
        let table = json!([{"at_least": 3, "low": 0, "high": 1}, {"at_least": 5, "low": trim, "high": 1}]);
        let limit = format!("{}.{:02}", limit / 10, limit % 10 * 7);
        match kind {
            0 => json!({"method": "mean", "level": "sheet", "min_kept": min_kept}),
            1 => json!({"method": "mean", "level": "indicator", "min_kept": min_kept}),
            2 => json!({"method": "trimmed_mean", "level": "sheet", "min_kept": min_kept, "trim": trim}),
            3 => json!({"method": "trimmed_mean", "level": "indicator", "min_kept": min_kept, "trim": table}),
            4 => json!({"method": "median", "level": "sheet", "min_kept": min_kept}),
            _ => json!({"method": "capped_mean", "level": "indicator", "min_kept": min_kept, "limit": limit}),
        }
    })
}

fn any_application() -> impl Strategy<Value = DrawnApplication> {
    let sheets = prop::collection::vec([0..21_u8, 0..21_u8, 0..21_u8, 0..21_u8], 0..8);
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (0..3_u8, 0..2_u8, 0..1200_u16, 0..6_u8, 0..5_u8, 0..5_u8, flags, sheets).prop_map(
        |(region, track, value, units, bonus, deduction, (vetoed, missing), sheets)| DrawnApplication {
            region,
            track,
            value,
            units,
            bonus,
            deduction,
            vetoed,
            missing,
            sheets,
        },
    )
}

fn any_draw() -> impl Strategy<Value = Draw> {
    let rules = (any_panel(), 0..4_u32, any::<[bool; 3]>(), 0..4_u32);
    let rubric = (0..3_usize, 0..3_usize, prop::collection::vec(1..9_u8, 6));
    let awards = (0..4_u64, prop::option::of(0..3_u64), 0..3_u64, prop::option::of(20..70_u64));
    let applications = prop::collection::vec(any_application(), 1..9);
    (rules, rubric, awards, applications, prop::option::of(0..9_usize)).prop_map(
        |(rules, rubric, awards, applications, ruling)| {
            let (panel, places, [half_up, rounded, stepped], step_places) = rules;
            let round_steps = match (stepped, panel["level"] == "sheet") {
                (false, _) => json!({}),
                (true, true) => json!({"sheet": step_places}),
                (true, false) => json!({"score": step_places, "indicator": 2}),
            };
            Draw {
                panel,
                places,
                rounding: if half_up { "half_up" } else { "half_even" },
                rank_on: if rounded { "rounded" } else { "exact" },
                round_steps,
                step: ["0.5", "0.3", "12345.00000001"][rubric.0],
                weights: [["60", "40"], ["33.3", "66.7"], ["0", "100"]][rubric.1],
                points: rubric.2,
                quota: awards.0,
                per_region: awards.1,
                reserve: awards.2,
                pass_mark: awards.3,
                applications,
                ruling,
            }
        },
    )
}

/// steps × step − 1, exactly, for a step of at most 8 places.
fn on_scale(steps: u64, step: &str) -> String {
    let (whole, places) = step.split_once('.').unwrap();
    let unit = 10_i64.pow(u32::try_from(places.len()).unwrap());
    let step: i64 = format!("{whole}{places}").parse().unwrap();
    let value = i64::try_from(steps).unwrap() * step - unit;
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:0width$}", value.abs() / unit, value.abs() % unit, width = places.len())
}

impl Draw {
    fn tally(&self) -> Value {
        let scale = json!({"min": "-1", "max": on_scale(20, self.step), "step": self.step});
        let judged = |key: &str, at: usize| json!({"key": key, "name": key, "points": self.points[at].to_string(), "kind": "judged", "scale": scale});
        let measured = |key: &str, at: usize, rule: Value| json!({"key": key, "name": key, "points": self.points[at].to_string(), "kind": "measured", "rule": rule});
        let mut awards = json!([
            {"key": "gold", "name": "gold", "quota": self.quota},
            {"key": "silver", "name": "silver", "quota": 2}
        ]);
        if let Some(cap) = self.per_region {
            awards[0]["per_region"] = json!(cap);
        }
        let mut tally = json!({
            "format": "qianglian-tally/1",
            "competition": {"id": "p", "title": "properties"},
            "rubric": {
                "full_marks": "100",
                "criteria": [
                    {"key": "a", "name": "a", "weight": self.weights[0], "indicators": [
                        judged("a1", 0), judged("a2", 1), measured("a3", 2, json!({"type": "best"}))]},
                    {"key": "b", "name": "b", "weight": self.weights[1], "indicators": [
                        judged("b1", 3), judged("b2", 4),
                        measured("b3", 5, json!({"type": "per_unit", "units": {"x": "0.7"}, "cap": "3", "missing": "zero"}))]}
                ],
                "adjustments": [
                    {"key": "plus", "name": "plus", "kind": "bonus", "max": "5"},
                    {"key": "minus", "name": "minus", "kind": "deduction", "max": "5"}
                ],
                "vetoes": [{"key": "v", "name": "v"}]
            },
            "rules": {
                "panel": self.panel, "places": self.places, "rounding": self.rounding, "rank_on": self.rank_on,
                "round_steps": self.round_steps, "tie_break": ["b"], "bonus_cap": "3",
                "pass_mark": self.pass_mark.map(|mark| mark.to_string()), "awards": awards, "reserve": self.reserve
            },
            "applications": [], "sheets": []
        });
        for (at, drawn) in self.applications.iter().enumerate() {
            let id = format!("A{at}");
            let mut application = json!({
                "id": id, "title": id, "region": format!("R{}", drawn.region), "track": format!("T{}", drawn.track),
                "measured": {"a3": drawn.value.to_string(), "b3": {"x": drawn.units}},
                "adjustments": {"plus": drawn.bonus.to_string(), "minus": drawn.deduction.to_string()},
                "vetoes": if drawn.vetoed { vec!["v"] } else { vec![] }
            });
            if drawn.missing {
                application["measured"] = json!({});
            }
            tally["applications"].as_array_mut().unwrap().push(application);
            for (expert, scores) in drawn.sheets.iter().enumerate() {
                let score = |at: usize| on_scale(u64::from(scores[at]), self.step);
                tally["sheets"].as_array_mut().unwrap().push(json!({
                    "application": id, "expert": format!("E{expert}"),
                    "scores": {"a1": score(0), "a2": score(1), "b1": score(2), "b2": score(3)}
                }));
            }
        }
        if let Some(shift) = self.ruling {
            let count = self.applications.len();
            let ids: Vec<String> = (0..count).map(|at| format!("A{}", (at + shift) % count)).collect();
            tally["rulings"] = json!(ids);
        }
        tally
    }

    /// Whether the drops are what they are for whole sheets or scores, and nothing is rounded on the way.
    fn is_plainly_monotone(&self) -> bool {
        let method = text(&self.panel["method"]);
        ["mean", "trimmed_mean"].contains(&method) && self.round_steps == json!({})
    }
}

fn scaled(figure: &Value) -> i128 {
    text(figure).replace('.', "").parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_applications_sheets_and_members_never_changes_a_byte(draw in any_draw(), seed in any::<u64>()) {
        let tally = draw.tally();
        let mut shuffled = tally.clone();
        for list in ["applications", "sheets"] {
            let list = shuffled[list].as_array_mut().unwrap();
            let mut state = seed | 1;
            for at in (1..list.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                list.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
            }
        }
        prop_assert_eq!(result_bytes(&tally), result_bytes(&shuffled));
        // Members in another order, with blanks: `sheets` before the rubric that explains them.
        let mut text = String::from("{ ");
        for (at, (name, value)) in shuffled.as_object().unwrap().iter().rev().enumerate() {
            text += &format!("{}\"{name}\" :\n {value:#}", if at == 0 { "" } else { "," });
        }
        let read = qianglian::domain::scoring::read_tally(format!("{text}}}").as_bytes()).unwrap();
        prop_assert_eq!(qianglian::domain::scoring::rank(&read).canonical_json(), result_bytes(&tally));
    }

    #[test]
    fn equal_input_gives_equal_bytes_and_they_are_canonical(draw in any_draw()) {
        let tally = draw.tally();
        let bytes = result_bytes(&tally);
        prop_assert_eq!(&bytes, &result_bytes(&tally));
        let canonical = serde_json_canonicalizer::to_vec(&result_of(&tally)).unwrap();
        prop_assert_eq!(bytes, canonical);
    }

    #[test]
    fn raising_a_judged_score_never_lowers_the_total_nor_the_place(draw in any_draw(), which in any::<[prop::sample::Index; 3]>()) {
        prop_assume!(draw.is_plainly_monotone());
        let [application, sheet, score] = which;
        let application = application.index(draw.applications.len());
        prop_assume!(!draw.applications[application].sheets.is_empty());
        let mut raised = draw.clone();
        let sheets = &mut raised.applications[application].sheets;
        let at = sheet.index(sheets.len());
        let cell = &mut sheets[at][score.index(4)];
        prop_assume!(*cell < 20);
        *cell += 1;
        let (before, after) = (result_of(&draw.tally()), result_of(&raised.tally()));
        let id = format!("A{application}");
        let (before, after) = (standing(&before, &id), standing(&after, &id));
        prop_assume!(!before["score"].is_null());
        prop_assert!(scaled(&after["score"]) >= scaled(&before["score"]));
        // A tie may be broken by a criterion that a trimmed sheet no longer supports, so only a strictly higher total
        // is bound to keep the place.
        if before["status"] == "ranked" && scaled(&after["score"]) > scaled(&before["score"]) {
            prop_assert!(after["place"].as_u64() <= before["place"].as_u64());
        }
        if before["status"] == "ranked" && text(&draw.panel["method"]) == "mean" {
            prop_assert!(after["place"].as_u64() <= before["place"].as_u64());
        }
    }

    #[test]
    fn what_counts_lies_between_the_lowest_and_the_highest_kept(draw in any_draw()) {
        use qianglian::domain::scoring::{Fate, Source, explain, fraction, read_tally};
        let bytes = draw.tally().to_string();
        let tally = read_tally(bytes.as_bytes()).unwrap();
        for application in &tally.applications {
            let derivation = explain(&tally, application.id.as_str()).unwrap();
            check_derivation(&derivation, "drawn");
            for indicator in &derivation.indicators {
                let Source::Judged { scores, mean, .. } = &indicator.source else { continue };
                let kept = scores.iter().filter(|score| score.fate == Fate::Kept);
                let kept: Vec<_> = kept
                    .map(|score| score.counted.as_ref().map_or_else(|| fraction(score.entered), |counted| counted.0.clone()))
                    .collect();
                prop_assert_eq!(mean.is_some(), !kept.is_empty());
                if let Some(mean) = mean {
                    prop_assert!(kept.iter().min().unwrap() <= &mean.0 && &mean.0 <= kept.iter().max().unwrap());
                }
                // What was dropped is no better than what was kept below it, and no worse than what was kept above it.
                if text(&draw.panel["level"]) == "indicator" {
                    for score in scores {
                        let value = score.counted.as_ref().map_or_else(|| fraction(score.entered), |counted| counted.0.clone());
                        match score.fate {
                            Fate::DroppedLow => prop_assert!(kept.iter().all(|other| *other >= value)),
                            Fate::DroppedHigh => prop_assert!(kept.iter().all(|other| *other <= value)),
                            Fate::Kept => {}
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn scaling_full_marks_scales_totals(draw in any_draw()) {
        let mut draw = draw;
        draw.round_steps = json!({});
        draw.places = 0;
        draw.pass_mark = None;
        for application in &mut draw.applications {
            (application.bonus, application.deduction) = (0, 0);
        }
        let tally = draw.tally();
        let mut large = tally.clone();
        // A thousand times the marks at no places is the mark at three places, cut to whole numbers.
        large["rubric"]["full_marks"] = json!("100000");
        let mut fine = tally;
        fine["rules"]["places"] = json!(3);
        let (large, fine) = (result_of(&large), result_of(&fine));
        for standing_of_fine in standings(&fine) {
            let other = standing(&large, text(&standing_of_fine["application"]));
            prop_assert_eq!(other["score"].is_null(), standing_of_fine["score"].is_null());
            if !other["score"].is_null() {
                prop_assert_eq!(scaled(&other["score"]), scaled(&standing_of_fine["score"]));
            }
            prop_assert_eq!(&other["place"], &standing_of_fine["place"]);
            prop_assert_eq!(&other["award"], &standing_of_fine["award"]);
        }
    }

    #[test]
    fn a_veto_never_helps_and_changes_no_score_of_others(draw in any_draw(), which in any::<prop::sample::Index>()) {
        let at = which.index(draw.applications.len());
        prop_assume!(!draw.applications[at].vetoed);
        let mut vetoed = draw.clone();
        vetoed.applications[at].vetoed = true;
        // `best` compares with those not vetoed: without it, scores stand by themselves.
        let mut before = draw.tally();
        let mut after = vetoed.tally();
        for tally in [&mut before, &mut after] {
            tally["rubric"]["criteria"][0]["indicators"][2]["rule"] = json!({"type": "linear", "from": "0", "to": "1200"});
        }
        let (before, after) = (result_of(&before), result_of(&after));
        let id = format!("A{at}");
        let own = standing(&after, &id);
        prop_assert_eq!(&own["status"], "vetoed");
        prop_assert!(own["place"].is_null() && own["award"].is_null() && own["note"].is_null());
        for other in standings(&before) {
            let then = standing(&after, text(&other["application"]));
            prop_assert_eq!(&other["score"], &then["score"]);
            if other["application"] != json!(id) {
                prop_assert!(then["place"].as_u64() <= other["place"].as_u64());
            }
        }
    }

    #[test]
    fn quotas_and_caps_are_never_exceeded_and_places_are_well_formed(draw in any_draw()) {
        let result = result_of(&draw.tally());
        for group in result["groups"].as_array().unwrap() {
            let standings = group["standings"].as_array().unwrap();
            let ranked: Vec<&Value> = standings.iter().filter(|standing| standing["status"] == "ranked").collect();
            for (position, standing) in ranked.iter().enumerate() {
                let better = ranked.iter().filter(|other| other["place"].as_u64() < standing["place"].as_u64()).count();
                prop_assert_eq!(standing["place"].as_u64(), Some(better as u64 + 1));
                if position > 0 {
                    prop_assert!(scaled(&ranked[position - 1]["score"]) >= scaled(&standing["score"]));
                }
            }
            let region = |standing: &Value| {
                let at: usize = text(&standing["application"])[1..].parse().unwrap();
                draw.applications[at].region
            };
            for (key, quota, cap) in [("gold", draw.quota, draw.per_region), ("silver", 2, None)] {
                let winners: Vec<&Value> = standings.iter().filter(|standing| standing["award"] == key).collect();
                prop_assert!(winners.len() as u64 <= quota);
                for winner in &winners {
                    let held = winners.iter().filter(|other| region(other) == region(winner)).count() as u64;
                    prop_assert!(cap.is_none_or(|cap| held <= cap));
                    prop_assert!(winner["note"].is_null() && winner["status"] == "ranked");
                    if let (Some(mark), "rounded") = (draw.pass_mark, draw.rank_on) {
                        prop_assert!(scaled(&winner["score"]) >= i128::from(mark) * 10_i128.pow(draw.places));
                    }
                }
            }
            let waits = standings.iter().any(|standing| standing["note"] == "needs_ruling");
            prop_assert_eq!(group["complete"] == false, waits);
            let reserves = standings.iter().filter(|standing| standing["award"] == "reserve").count();
            prop_assert!(!waits || reserves == 0);
            prop_assert!(draw.reserve > 0 || reserves == 0);
        }
    }

    #[test]
    fn a_full_ruling_leaves_no_shared_place(draw in any_draw(), shift in 0..9_usize) {
        let mut draw = draw;
        draw.ruling = Some(shift);
        let result = result_of(&draw.tally());
        for group in result["groups"].as_array().unwrap() {
            let places: Vec<u64> = group["standings"].as_array().unwrap().iter().filter_map(|one| one["place"].as_u64()).collect();
            prop_assert_eq!(&places, &(1..=places.len() as u64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_sheet_less_is_a_panel_without_that_expert_and_never_a_zero(draw in any_draw(), which in any::<prop::sample::Index>()) {
        let mut draw = draw;
        draw.panel = json!({"method": "mean", "level": "sheet", "min_kept": 1});
        draw.round_steps = json!({});
        // All sheets alike: one less changes nothing.
        let at = which.index(draw.applications.len());
        let sheet = draw.applications[at].sheets.first().copied().unwrap_or([3, 1, 4, 15]);
        draw.applications[at].sheets = vec![sheet; 4];
        let mut less = draw.clone();
        less.applications[at].sheets.pop();
        let (before, after) = (result_of(&draw.tally()), result_of(&less.tally()));
        let id = format!("A{at}");
        let (before, after) = (standing(&before, &id), standing(&after, &id));
        prop_assert_eq!(&before["score"], &after["score"]);
        prop_assert_eq!(after["experts_used"].as_u64(), Some(3));
    }
}
