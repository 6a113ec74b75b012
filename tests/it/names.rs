//! No page shows a key of the rubric or the name of a state where there is a name for people.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use qianglian::domain::alarms::AlarmKind;
use qianglian::domain::application::{ApplicationState, ConsentState, DecisionKind, FirmRole, MemberRole};
use qianglian::domain::checks::{FormalResult, VetoState};
use qianglian::domain::competition::{CompetitionState, Disclosure, Grouping};
use qianglian::domain::draw::{DrawState, SeatState};
use qianglian::domain::expert::{Clearance, ConflictKind, Unchecked};
use qianglian::domain::inspection::{InspectionState, Method, RectificationState, Stance};
use qianglian::domain::letter::LetterState;
use qianglian::domain::objection::{ObjectionKind, ObjectionState, RecheckKind, RecheckState};
use qianglian::domain::record::DocumentKind;
use qianglian::domain::selection::SelectionResult;
use qianglian::domain::sheet::SheetState;
use serde_json::Value;

use super::support::browser::Page;
use super::support::review::review_settings;

/// Pages that show keys on purpose: open data names its tables, settings are entered by them, the audit trail is what it is, and lines of paper are
/// numbered by them, so that what was written there is found when it is typed in. Letters are in English too.
const SHOW_KEYS: [&str; 7] =
    ["/data", "/settings", "/audit", "/sheet/print", "/inspection/print", "/paper-sheets", "/letters"];

/// Words of the rules and results that have no enum of keywords.
const OF_RESULTS: [&str; 19] = [
    "ranked",
    "incomplete",
    "vetoed",
    "kept",
    "dropped_low",
    "dropped_high",
    "below_pass_mark",
    "region_cap",
    "needs_ruling",
    "panel_too_small",
    "half_up",
    "half_even",
    "trimmed_mean",
    "capped_mean",
    "per_unit",
    "piecewise",
    "efficacy",
    "linear",
    "tiers",
];

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("key", Value::String(key)) => drop(found.insert(key.clone())),
                    ("units" | "tiers", Value::Object(named)) => found.extend(named.keys().cloned()),
                    _ => keys(member, found),
                }
            }
        }
        _ => {}
    }
}

static FORBIDDEN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut found: BTreeSet<String> = OF_RESULTS.iter().map(|word| (*word).to_owned()).collect();
    keys(&review_settings(), &mut found);
    macro_rules! words {
        ($($name:ident)+) => { $(found.extend($name::ALL.iter().map(|one| one.as_str().to_owned()));)+ };
    }
    words!(AlarmKind ApplicationState Clearance CompetitionState ConflictKind ConsentState DecisionKind Disclosure
        DocumentKind DrawState FirmRole FormalResult Grouping InspectionState LetterState MemberRole Method
        ObjectionKind ObjectionState RecheckKind RecheckState RectificationState SeatState SelectionResult SheetState
        Stance Unchecked VetoState);
    // What the tests write into the sections is their keys.
    let sections = review_settings()["sections"].take();
    found.retain(|key| sections.as_array().unwrap().iter().all(|section| section["key"] != key.as_str()));
    found
});

/// The keys and states that a page shows as words of its own. On English pages only those that are no English words.
pub(crate) fn shown(page: &Page, english: bool) -> BTreeSet<String> {
    if SHOW_KEYS.iter().any(|shows| page.address.contains(shows)) {
        return BTreeSet::new();
    }
    let text = page.prose();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/')));
    let technical = |word: &&str| !english || word.contains(|c: char| c == '_' || c.is_ascii_digit());
    words.filter(technical).filter(|word| FORBIDDEN.contains(*word)).map(str::to_owned).collect()
}
