//! A frozen tally, ranked.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::boards::Board;
use crate::domain::closing::{Placing, placings};
use crate::domain::record::canonical;
use crate::domain::scoring::{Problems, Status, Tally, rank, read_tally};
use crate::domain::statistics::{Loss, losses};
use crate::domain::values::Language;
use crate::error::{Error, Result};

/// A frozen tally with what it comes to. Frozen documents never change, so what was ranked once is kept.
pub(crate) struct Ranked {
    pub(crate) tally: Tally,
    /// How each application stands.
    pub(crate) placings: Vec<Placing>,
    /// Whether no ruling is waited for.
    pub(crate) complete: bool,
    /// The same as rows for people, made when they are first asked for.
    pub(crate) board: OnceLock<Board>,
    /// What was lost by indicator, made likewise.
    losses: OnceLock<Vec<Loss>>,
    pub(crate) applications: Arc<RawValue>,
    pub(crate) result: Arc<RawValue>,
}

impl Ranked {
    /// What the applications that are ranked lost by indicator, in the mean.
    pub(crate) fn losses(&self) -> &[Loss] {
        self.losses.get_or_init(|| {
            let ranked = self.placings.iter().filter(|placing| placing.status == Status::Ranked);
            let ranked: BTreeSet<String> = ranked.map(|placing| placing.application_id.to_string()).collect();
            losses(&self.tally, |index| ranked.contains(self.tally.applications[index].id.as_str()))
        })
    }
}

fn raw(json: String) -> Result<Arc<RawValue>> {
    let raw = RawValue::from_string(json).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Arc::from(raw))
}

fn first_problem(problems: &Problems) -> String {
    problems.kept().first().map(|problem| problem.text(Language::English)).unwrap_or_default()
}

/// Reads and ranks a frozen document.
pub(crate) fn rank_document(content: &str) -> Result<Ranked> {
    let tally = read_tally(content.as_bytes());
    let tally = tally.map_err(|problems| {
        Error::internal(format!("a frozen tally can't be read: {}", first_problem(&problems)))
    })?;
    let (placings, complete, result) = {
        let outcome = rank(&tally);
        let complete = outcome.groups.iter().all(|group| group.complete);
        let result = String::from_utf8(outcome.canonical_json()).map_err(|_| Error::internal("not UTF-8"))?;
        (placings(&outcome), complete, result)
    };
    let applications: Vec<Value> = tally
        .applications
        .iter()
        .enumerate()
        .map(|(index, application)| {
            json!({
                "id": application.id,
                "title": application.title,
                "region": tally.region(index),
                "track": tally.track(index),
                "chain": application.chain,
            })
        })
        .collect();
    Ok(Ranked {
        placings,
        complete,
        board: OnceLock::new(),
        losses: OnceLock::new(),
        applications: raw(canonical(&applications))?,
        result: raw(result)?,
        tally,
    })
}
