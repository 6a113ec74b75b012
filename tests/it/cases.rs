//! Whole tallies with the results that they must give, through the command line.

use serde_json::Value;

use super::support::{case, case_names, run, tally_of};

#[test]
fn every_case_gives_its_result() {
    let names = case_names();
    assert!(names.len() >= 16 + 80, "cases are missing: {names:?}");
    for name in names {
        let file = format!("{}/tests/cases/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let run = run(&["tally", &file], b"");
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{name}");
        let result: Value = serde_json::from_str(&run.stdout).expect("the result is JSON");
        assert_eq!(result, case(&format!("{name}.result.json")), "{name}");
    }
}

#[test]
fn results_are_in_canonical_form() {
    for name in case_names() {
        let run = run(&["tally", "-"], tally_of(&name).to_string().as_bytes());
        let result: Value = serde_json::from_str(&run.stdout).unwrap();
        let canonical = serde_json_canonicalizer::to_string(&result).unwrap();
        assert_eq!(run.stdout, canonical + "\n", "{name}");
    }
}

#[test]
fn every_application_of_every_case_is_explained_consistently() {
    for name in case_names() {
        let bytes = tally_of(&name).to_string();
        let tally = qianglian::domain::scoring::read_tally(bytes.as_bytes()).unwrap();
        for application in &tally.applications {
            let derivation = qianglian::domain::scoring::explain(&tally, application.id.as_str()).unwrap();
            check_derivation(&derivation, &name);
        }
    }
}

/// What a reader of an explanation can check with pencil and paper: parts add up, and end in the published figures.
pub(crate) fn check_derivation(derivation: &qianglian::domain::scoring::Derivation<'_>, name: &str) {
    use qianglian::domain::scoring::{Fraction, PanelLevel};
    let tally = derivation.tally;
    let id = &tally.applications[derivation.standing.application].id;
    for indicator in &derivation.indicators {
        if let (Some(fraction), Some(points), None) =
            (&indicator.fraction, &indicator.points, tally.rules.round_steps.indicator)
        {
            assert_eq!(&indicator.coefficient.0 * &fraction.0, points.0, "{name} {id} {}", indicator.key);
        }
    }
    let (Some(total), Some(figures)) = (&derivation.total, derivation.figures()) else { return };
    let sheet_rounded = tally.rules.round_steps.sheet.is_some();
    for (at, criterion) in total.criteria.iter().enumerate().filter(|_| !sheet_rounded) {
        let parts = derivation.indicators.iter().filter(|indicator| indicator.criterion == at);
        let sum: Fraction = parts.map(|indicator| indicator.points.as_ref().unwrap().0.clone()).sum();
        assert_eq!(sum, criterion.0, "{name} {id} criterion {at}");
        assert_eq!(
            rounded(criterion, tally),
            figures.criterion(at).to_string(),
            "{name} {id} criterion {at}"
        );
    }
    let criteria: Fraction = total.criteria.iter().map(|criterion| criterion.0.clone()).sum();
    assert_eq!(&criteria + &total.capped_bonus.0 - &total.deduction.0, total.sum.0, "{name} {id}");
    assert_eq!(rounded(&total.total, tally), figures.total().to_string(), "{name} {id}");
    if let Some(panel) = &derivation.panel {
        assert_eq!(panel.dropped.0 + panel.dropped.1 + panel.kept, panel.sheets.len(), "{name} {id}");
        assert_eq!(
            Some(panel.kept),
            derivation.scores.experts_used(derivation.standing.application),
            "{name} {id}"
        );
        if panel.rule.level == PanelLevel::Sheet {
            for sheet in &panel.sheets {
                let sum: Fraction = sheet.subtotals.iter().map(|subtotal| subtotal.0.clone()).sum();
                assert_eq!(sum, sheet.total.as_ref().unwrap().0, "{name} {id} {}", sheet.expert);
            }
        }
    }
}

/// A fraction rounded by long division, independently of the code under test.
fn rounded(amount: &qianglian::domain::scoring::Amount, tally: &qianglian::domain::scoring::Tally) -> String {
    use qianglian::domain::scoring::Rounding;
    let places = tally.rules.places as usize;
    let negative = *amount.0.numer() < 0.into();
    let mut rest = if negative { -amount.0.numer() } else { amount.0.numer().clone() };
    let divisor = amount.0.denom();
    let mut digits = (&rest / divisor).to_string();
    rest %= divisor;
    for _ in 0..places {
        rest *= 10;
        digits += &(&rest / divisor).to_string();
        rest %= divisor;
    }
    rest *= 2;
    let odd = digits.ends_with(['1', '3', '5', '7', '9']);
    let up = rest > *divisor || (rest == *divisor && (tally.rules.rounding == Rounding::HalfUp || odd));
    let number = digits.parse::<u128>().unwrap() + u128::from(up);
    let digits = format!("{number:0>width$}", width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if negative && number > 0 { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}
