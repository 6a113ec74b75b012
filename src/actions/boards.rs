//! The ranking as people read it: places with what decided them, the spread of the sheets, how far it is to the last
//! seat. Every figure is the frozen tally's.

use crate::domain::ids::ApplicationId;
use crate::domain::scoring::{
    Award, Decider, Fate, Group, Note, Outcome, PanelDerivation, Standing, Status, Tally, panels, rank,
};
use crate::domain::values::Figure;

pub(crate) struct BoardCriterion {
    pub(crate) name: String,
    /// Its weight, as the rubric has it.
    pub(crate) weight: String,
}

pub(crate) struct Board {
    /// The criteria, in the rubric's order.
    pub(crate) criteria: Vec<BoardCriterion>,
    pub(crate) groups: Vec<BoardGroup>,
}

pub(crate) struct BoardGroup {
    /// Its key; empty where there is one for all.
    pub(crate) track: String,
    /// Whether no ruling among equals is waited for.
    pub(crate) complete: bool,
    /// Ranked ones in the order of places, then the others.
    pub(crate) rows: Vec<BoardRow>,
}

pub(crate) struct BoardRow {
    pub(crate) application: ApplicationId,
    pub(crate) title: String,
    /// Whether it is ranked.
    pub(crate) status: Status,
    /// Why it is not: names of vetoes and of indicators without value.
    pub(crate) reasons: Vec<String>,
    pub(crate) place: Option<u64>,
    /// Its total.
    pub(crate) score: Option<String>,
    /// Its points by criterion, in the rubric's order.
    pub(crate) criteria: Vec<String>,
    /// Bonuses less deductions.
    pub(crate) adjustment: Option<String>,
    pub(crate) award: Option<String>,
    /// Whether it holds a reserve place.
    pub(crate) reserve: bool,
    /// A remark on its award.
    pub(crate) note: Option<Note>,
    /// Its total less that of the last who won an award.
    pub(crate) margin: Option<String>,
    /// The total that each sheet comes to, and whether it was kept; empty where sheets are not totalled.
    pub(crate) sheets: Vec<SheetTotal>,
    /// The lowest and the highest of these totals, those included that were not kept, as [`short`] has them.
    pub(crate) range: Option<(String, String)>,
    /// What put the one before it there; none for the first.
    pub(crate) decided: Option<Decided>,
    /// Whether an earlier ruling of the office names it, and at which position.
    pub(crate) ruled: Option<usize>,
}

pub(crate) struct SheetTotal {
    /// Its points.
    pub(crate) total: String,
    /// Whether it was kept.
    pub(crate) fate: Fate,
}

/// What put one application before the next.
pub(crate) struct Decided {
    pub(crate) by: DecidedBy,
    /// The figures that decided: of the one before, and of this one.
    pub(crate) figures: Option<(String, String)>,
}

/// What decides between two applications.
pub(crate) enum DecidedBy {
    Total,
    /// The criterion of this name.
    Criterion(String),
    Ruling,
    /// Nothing: they share a place.
    Nothing,
}

impl Board {
    pub(super) fn of(tally: &Tally) -> Self {
        let outcome = rank(tally);
        let panels = panels(tally);
        let criteria = tally.rubric.criteria.iter();
        Self {
            criteria: criteria
                .map(|criterion| BoardCriterion {
                    name: criterion.name.clone(),
                    weight: criterion.weight.to_string(),
                })
                .collect(),
            groups: outcome.groups.iter().map(|found| group(&outcome, found, &panels)).collect(),
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &BoardRow> {
        self.groups.iter().flat_map(|group| &group.rows)
    }
}

fn group(outcome: &Outcome<'_>, group: &Group<'_>, panels: &[Option<PanelDerivation<'_>>]) -> BoardGroup {
    let total =
        |standing: &Standing| outcome.scores.figures(standing.application).map(|figures| figures.total());
    let won = |standing: &&Standing| matches!(standing.award, Some(Award::Won(_)));
    let last_seat = group.standings.iter().filter(won).filter_map(total).min();
    let mut rows = Vec::with_capacity(group.standings.len());
    let mut before: Option<&Standing> = None;
    for standing in &group.standings {
        let mut row = row(outcome, standing, panels[standing.application].as_ref());
        if let (Some(own), Some(last)) = (total(standing).filter(|_| standing.place.is_some()), last_seat) {
            let places = outcome.tally.rules.places;
            row.margin = Some(Figure::new(own.scaled() - last.scaled(), places).to_string());
        }
        if let Some(before) = before.filter(|_| standing.place.is_some()) {
            row.decided = Some(decided(outcome, before, standing));
        }
        before = Some(standing);
        rows.push(row);
    }
    BoardGroup { track: group.track.to_string(), complete: group.complete, rows }
}

fn decided(outcome: &Outcome<'_>, before: &Standing, standing: &Standing) -> Decided {
    let (decider, figures) = outcome.decided(before.application, standing.application);
    let by = match decider {
        Decider::Total => DecidedBy::Total,
        Decider::Criterion(at) => DecidedBy::Criterion(outcome.tally.rubric.criteria[at].name.clone()),
        Decider::Ruling => DecidedBy::Ruling,
        Decider::Nothing => DecidedBy::Nothing,
    };
    Decided { by, figures }
}

fn row(outcome: &Outcome<'_>, standing: &Standing, panel: Option<&PanelDerivation<'_>>) -> BoardRow {
    let tally = outcome.tally;
    let application = &tally.applications[standing.application];
    let figures = outcome.scores.figures(standing.application);
    let criteria = figures.iter().flat_map(|figures| {
        (0..tally.rubric.criteria.len()).map(|criterion| figures.criterion(criterion).to_string())
    });
    let sheets = panel
        .iter()
        .flat_map(|panel| &panel.sheets)
        .filter_map(|sheet| Some(SheetTotal { total: sheet.total.as_ref()?.decimal().0, fate: sheet.fate }));
    let sheets: Vec<SheetTotal> = sheets.collect();
    BoardRow {
        // Tallies of a competition name applications by identifiers.
        application: application.id.as_str().parse().unwrap_or(ApplicationId(uuid::Uuid::nil())),
        title: application.title.to_string(),
        status: standing.status,
        reasons: reasons(tally, &outcome.reasons(standing)),
        place: standing.place,
        score: figures.map(|figures| figures.total().to_string()),
        criteria: criteria.collect(),
        adjustment: figures.map(|figures| figures.adjustment().to_string()),
        award: match standing.award {
            Some(Award::Won(award)) => Some(tally.rules.awards[award].name.clone()),
            _ => None,
        },
        reserve: matches!(standing.award, Some(Award::Reserve)),
        note: standing.note,
        margin: None,
        range: range(&sheets),
        sheets,
        decided: None,
        ruled: tally.rulings[standing.application],
    }
}

fn range(sheets: &[SheetTotal]) -> Option<(String, String)> {
    let value = |sheet: &&SheetTotal| sheet.total.parse::<f64>().unwrap_or_default();
    let low = sheets.iter().min_by(|one, other| value(one).total_cmp(&value(other)))?;
    let high = sheets.iter().max_by(|one, other| value(one).total_cmp(&value(other)))?;
    Some((short(&low.total), short(&high.total)))
}

/// At most two digits after the point: these figures show a spread, they decide nothing.
fn short(total: &str) -> String {
    total.parse::<f64>().map_or_else(|_| total.to_owned(), |value| format!("{value:.2}"))
}

/// Reasons of a result with names for keys; `panel_too_small` stays as it is.
pub(crate) fn reasons(tally: &Tally, reasons: &[String]) -> Vec<String> {
    let name = |reason: &String| {
        if let Some(key) = reason.strip_prefix("missing:") {
            let mut indicators = tally.rubric.indicators();
            let found = indicators.find(|(_, indicator)| indicator.key.as_str() == key);
            return found.map_or_else(|| key.to_owned(), |(_, indicator)| indicator.name.clone());
        }
        let veto = tally.rubric.vetoes.iter().find(|veto| veto.key.as_str() == reason);
        veto.map_or_else(|| reason.clone(), |veto| veto.name.clone())
    };
    reasons.iter().map(name).collect()
}
