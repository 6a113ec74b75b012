//! Reading the rubric.

use std::collections::{HashMap, HashSet};

use super::super::problem::{Expected, Noun};
use super::super::rubric::{
    Adjustment, AdjustmentKind, Band, Criterion, Formula, Indicator, IndicatorKind, MeasuredRule,
    MeasuredRules, Rubric, Scale, Veto,
};
use super::json::{Members, Piece, Place, Reader};
use crate::domain::values::{AdjustmentKey, ChainId, CriterionKey, Decimal, IndicatorKey, VetoKey};

/// What could be read of a rubric: `rubric` where all is well; and the columns, so that applications and sheets can be
/// checked even against a rubric with problems.
#[derive(Default)]
pub(super) struct RubricDraft {
    pub(super) rubric: Option<Rubric>,
    pub(super) criteria: Vec<CriterionKey>,
    pub(super) columns: Columns,
}

/// What applications and sheets may name. A `None` could not be read: what it is compared with passes unchecked.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) judged: Names<Option<Scale>>,
    pub(super) measured: Names<Option<MeasuredRules>>,
    pub(super) adjustments: Names<Option<Decimal>>,
    pub(super) vetoes: Names<()>,
    /// Whether every name was read, so that a name which is not among them is unknown for certain.
    pub(super) whole: bool,
}

/// Names in a declared order, each with what belongs to it.
pub(super) struct Names<T> {
    list: Vec<(Box<str>, T)>,
    index: HashMap<Box<str>, usize>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { list: Vec::new(), index: HashMap::new() }
    }
}

impl<T> Names<T> {
    fn push(&mut self, name: &str, belonging: T) {
        self.index.insert(name.into(), self.list.len());
        self.list.push((name.into(), belonging));
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn name(&self, position: usize) -> &str {
        &self.list[position].0
    }

    pub(super) fn get(&self, position: usize) -> &T {
        &self.list[position].1
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.list.iter().map(|(_, belonging)| belonging)
    }

    /// Where a name stands. Files mostly list names in the declared order, so the `likely` place is tried first.
    pub(super) fn position(&self, name: &str, likely: usize) -> Option<usize> {
        match self.list.get(likely) {
            Some((declared, _)) if **declared == *name => Some(likely),
            _ => self.index.get(name).copied(),
        }
    }
}

/// The most indicators of a rubric. It bounds what a hostile file can make of many applications, each of which may
/// lack every indicator; the default rubric has 31.
pub(super) const MOST_INDICATORS: usize = 1_000;

enum DraftKind {
    Judged(Option<Scale>),
    Measured(Option<MeasuredRules>),
}

pub(super) fn read_rubric(reader: &mut Reader, piece: Option<Piece<'_>>, place: &Place<'_>) -> RubricDraft {
    let mut draft =
        RubricDraft { columns: Columns { whole: true, ..Columns::default() }, ..RubricDraft::default() };
    draft.rubric =
        piece.and_then(|piece| rubric(reader, piece, place, &mut draft.criteria, &mut draft.columns));
    draft.columns.whole &= piece.is_some();
    draft
}

fn rubric(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    keys: &mut Vec<CriterionKey>,
    columns: &mut Columns,
) -> Option<Rubric> {
    let Some(members) =
        reader.members(piece, place, &["full_marks", "criteria", "adjustments", "vetoes"], &[])
    else {
        columns.whole = false;
        return None;
    };
    let full_marks = members
        .get("full_marks")
        .and_then(|piece| reader.decimal_above(piece, &place.member("full_marks"), Decimal::ZERO));
    let criteria = criteria(reader, &members, place, keys, columns);
    let adjustments = adjustments(reader, &members, place, columns);
    let vetoes = vetoes(reader, &members, place, columns);
    Some(Rubric { full_marks: full_marks?, criteria: criteria?, adjustments: adjustments?, vetoes: vetoes? })
}

fn criteria(
    reader: &mut Reader,
    rubric: &Members<'_>,
    place: &Place<'_>,
    keys: &mut Vec<CriterionKey>,
    columns: &mut Columns,
) -> Option<Vec<Criterion>> {
    let place = place.member("criteria");
    let whole = rubric.get("criteria");
    let Some(pieces) = whole.and_then(|piece| reader.some_elements(piece, &place)) else {
        columns.whole = false;
        return None;
    };
    let mut indicator_keys = HashSet::new();
    let mut criteria = Vec::with_capacity(pieces.len());
    for (index, &piece) in pieces.iter().enumerate() {
        let place = place.element(index);
        criteria.push(criterion(reader, piece, &place, keys, &mut indicator_keys, columns));
    }
    let criteria: Vec<Criterion> = criteria.into_iter().collect::<Option<_>>()?;
    let sum: i128 = criteria.iter().map(|criterion| criterion.weight.hundred_millionths()).sum();
    if sum != 100 * Decimal::ONE.hundred_millionths() {
        let weights: Vec<_> = criteria.iter().map(|criterion| criterion.weight.to_string()).collect();
        reader.refuse(&place, &weights.join(" + "), Expected::WeightsOf100);
        return None;
    }
    Some(criteria)
}

fn criterion(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    keys: &mut Vec<CriterionKey>,
    indicator_keys: &mut HashSet<IndicatorKey>,
    columns: &mut Columns,
) -> Option<Criterion> {
    let Some(members) = reader.members(piece, place, &["key", "name", "weight", "indicators"], &[]) else {
        columns.whole = false;
        return None;
    };
    let key = members.get("key").and_then(|piece| {
        let place = place.member("key");
        let key = CriterionKey::new(reader.text(piece, &place)?);
        if keys.contains(&key) {
            reader.refuse(&place, piece.get(), Expected::Unique(Noun::Criterion));
            return None;
        }
        keys.push(key.clone());
        Some(key)
    });
    let name = name(reader, &members, place);
    let weight =
        members.get("weight").and_then(|piece| reader.decimal_from_zero(piece, &place.member("weight")));
    let list_place = place.member("indicators");
    let pieces = members.get("indicators").and_then(|piece| reader.some_elements(piece, &list_place));
    columns.whole &= pieces.is_some();
    let mut indicators = Vec::new();
    for (index, &piece) in pieces.as_deref().unwrap_or_default().iter().enumerate() {
        if indicator_keys.len() == MOST_INDICATORS {
            reader.refuse(
                &list_place.element(index),
                piece.get(),
                Expected::AtMost(MOST_INDICATORS, Noun::Indicator),
            );
            columns.whole = false;
            return None;
        }
        indicators.push(indicator(reader, piece, &list_place.element(index), indicator_keys, columns));
    }
    pieces?;
    let indicators = indicators.into_iter().collect::<Option<_>>()?;
    Some(Criterion { key: key?, name: name?, weight: weight?, indicators })
}

fn indicator(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    seen: &mut HashSet<IndicatorKey>,
    columns: &mut Columns,
) -> Option<Indicator> {
    let read = indicator_members(reader, piece, place).and_then(|(judged, members)| {
        let key = members.get("key").and_then(|piece| {
            let place = place.member("key");
            let key = IndicatorKey::new(reader.text(piece, &place)?);
            if !seen.insert(key.clone()) {
                reader.refuse(&place, piece.get(), Expected::Unique(Noun::Indicator));
                return None;
            }
            Some(key)
        });
        let kind = if judged {
            DraftKind::Judged(
                members.get("scale").and_then(|piece| scale(reader, piece, &place.member("scale"))),
            )
        } else {
            DraftKind::Measured(
                members.get("rule").and_then(|piece| measured_rules(reader, piece, &place.member("rule"))),
            )
        };
        key.map(|key| (key, kind, members))
    });
    let Some((key, kind, members)) = read else {
        columns.whole = false;
        return None;
    };
    match &kind {
        DraftKind::Judged(scale) => columns.judged.push(key.as_str(), *scale),
        DraftKind::Measured(rules) => columns.measured.push(key.as_str(), rules.clone()),
    }
    let name = name(reader, &members, place);
    let points = members
        .get("points")
        .and_then(|piece| reader.decimal_above(piece, &place.member("points"), Decimal::ZERO));
    let mut note = |member: &'static str| {
        let text = members.get(member).map(|piece| reader.any_text(piece, &place.member(member)));
        text.map_or(Some(None), |text| text.map(|text| Some(text.into_owned())))
    };
    let (section, unit, guide) = (note("section"), note("unit"), note("guide"));
    let kind = match kind {
        DraftKind::Judged(scale) => IndicatorKind::Judged(scale?),
        DraftKind::Measured(rules) => IndicatorKind::Measured(rules?),
    };
    Some(Indicator { key, name: name?, section: section?, points: points?, unit: unit?, guide: guide?, kind })
}

/// The members of an indicator: which there are depends on its kind, so the kind is looked up first.
fn indicator_members<'a>(
    reader: &mut Reader,
    piece: Piece<'a>,
    place: &Place<'_>,
) -> Option<(bool, Members<'a>)> {
    const NOTES: [&str; 3] = ["section", "guide", "unit"];
    let kind =
        reader.entries(piece, place)?.into_iter().find_map(|(name, value)| (name == "kind").then_some(value));
    let judged = match kind {
        Some(kind) => reader.choice(kind, &place.member("kind"), &[("judged", true), ("measured", false)])?,
        None => {
            reader.miss(place, Expected::Required("kind"));
            return None;
        }
    };
    let own = if judged { "scale" } else { "rule" };
    let members = reader.members(piece, place, &["key", "name", "points", "kind", own], &NOTES)?;
    Some((judged, members))
}

fn name(reader: &mut Reader, members: &Members<'_>, place: &Place<'_>) -> Option<String> {
    let text = members.get("name").and_then(|piece| reader.any_text(piece, &place.member("name")))?;
    Some(text.into_owned())
}

fn scale(reader: &mut Reader, piece: Piece<'_>, place: &Place<'_>) -> Option<Scale> {
    let members = reader.members(piece, place, &["min", "max", "step"], &[])?;
    let min = members.get("min").and_then(|piece| reader.decimal(piece, &place.member("min")));
    let max_place = place.member("max");
    let max = members.get("max").and_then(|piece| match min {
        Some(min) => reader.decimal_above(piece, &max_place, min),
        None => reader.decimal(piece, &max_place),
    });
    let step = members
        .get("step")
        .and_then(|piece| reader.decimal_above(piece, &place.member("step"), Decimal::ZERO));
    Some(Scale { min: min?, max: max?, step: step? })
}

fn measured_rules(reader: &mut Reader, piece: Piece<'_>, place: &Place<'_>) -> Option<MeasuredRules> {
    let (general, by_chain) = measured_rule(reader, piece, place, &["by_chain"])?;
    let mut chains = Vec::new();
    let by_chain_place = place.member("by_chain");
    let entries = match by_chain {
        Some(piece) => reader.named(piece, &by_chain_place)?,
        None => Vec::new(),
    };
    for (id, piece) in entries {
        let rule = measured_rule(reader, piece, &by_chain_place.member(&id), &[]).and_then(|(rule, _)| rule);
        chains.push(rule.map(|rule| (ChainId::new(id), rule)));
    }
    let mut by_chain: Vec<_> = chains.into_iter().collect::<Option<_>>()?;
    by_chain.sort_by(|(left, _): &(ChainId, _), (right, _)| left.cmp(right));
    Some(MeasuredRules { general: general?, by_chain })
}

/// A rule and its `by_chain`, where that is among the `extra` members allowed.
fn measured_rule<'a>(
    reader: &mut Reader,
    piece: Piece<'a>,
    place: &Place<'_>,
    extra: &[&'static str],
) -> Option<(Option<MeasuredRule>, Option<Piece<'a>>)> {
    #[derive(Clone, Copy)]
    enum Type {
        Linear,
        Efficacy,
        Bands,
        Piecewise,
        PerUnit,
        Tiers,
        Best,
    }
    const TYPES: [(&str, Type); 7] = [
        ("linear", Type::Linear),
        ("efficacy", Type::Efficacy),
        ("bands", Type::Bands),
        ("piecewise", Type::Piecewise),
        ("per_unit", Type::PerUnit),
        ("tiers", Type::Tiers),
        ("best", Type::Best),
    ];
    let kind =
        reader.entries(piece, place)?.into_iter().find_map(|(name, value)| (name == "type").then_some(value));
    let Some(kind) = kind else {
        reader.miss(place, Expected::Required("type"));
        return None;
    };
    let kind = reader.choice(kind, &place.member("type"), &TYPES)?;
    let own: &[&'static str] = match kind {
        Type::Linear => &["type", "from", "to"],
        Type::Efficacy => &["type", "floor", "target"],
        Type::Bands => &["type", "bands"],
        Type::Piecewise => &["type", "points"],
        Type::PerUnit => &["type", "units", "cap"],
        Type::Tiers => &["type", "tiers"],
        Type::Best => &["type"],
    };
    let optional = [&["missing"], extra].concat();
    let members = reader.members(piece, place, own, &optional)?;
    let formula = match kind {
        Type::Linear => {
            two_ends(reader, &members, place, "from", "to").map(|(from, to)| Formula::Linear { from, to })
        }
        Type::Efficacy => two_ends(reader, &members, place, "floor", "target")
            .map(|(floor, target)| Formula::Efficacy { floor, target }),
        Type::Bands => bands(reader, &members, place).map(Formula::Bands),
        Type::Piecewise => points(reader, &members, place).map(Formula::Piecewise),
        Type::PerUnit => per_unit(reader, &members, place),
        Type::Tiers => fractions(reader, &members, place, "tiers", false).map(Formula::Tiers),
        Type::Best => Some(Formula::Best),
    };
    let missing_is_zero = match members.get("missing") {
        Some(piece) => reader.choice(piece, &place.member("missing"), &[("zero", true)]),
        None => Some(false),
    };
    let rule = formula
        .zip(missing_is_zero)
        .map(|(formula, missing_is_zero)| MeasuredRule { formula, missing_is_zero });
    Some((rule, members.get("by_chain")))
}

fn two_ends(
    reader: &mut Reader,
    members: &Members<'_>,
    place: &Place<'_>,
    first: &'static str,
    second: &'static str,
) -> Option<(Decimal, Decimal)> {
    let start = members.get(first).and_then(|piece| reader.decimal(piece, &place.member(first)));
    let piece = members.get(second)?;
    let end = reader.decimal(piece, &place.member(second));
    let (start, end) = (start?, end?);
    if start == end {
        reader.refuse(&place.member(second), piece.get(), Expected::OtherThan(first));
        return None;
    }
    Some((start, end))
}

fn bands(reader: &mut Reader, members: &Members<'_>, place: &Place<'_>) -> Option<Vec<Band>> {
    let list_place = place.member("bands");
    let pieces = members.get("bands").and_then(|piece| reader.some_elements(piece, &list_place))?;
    let mut bands: Vec<Option<Band>> = Vec::with_capacity(pieces.len());
    for (index, &piece) in pieces.iter().enumerate() {
        let place = list_place.element(index);
        let band = reader.members(piece, &place, &["at_least", "fraction"], &[]).and_then(|members| {
            let at_least = members.get("at_least").and_then(|piece| {
                let value = reader.decimal(piece, &place.member("at_least"))?;
                if let Some(above) =
                    bands.last().and_then(Option::as_ref).filter(|above| value >= above.at_least)
                {
                    let expected = Expected::Below(above.at_least.to_string());
                    reader.refuse(&place.member("at_least"), piece.get(), expected);
                    return None;
                }
                Some(value)
            });
            let fraction =
                members.get("fraction").and_then(|piece| reader.decimal(piece, &place.member("fraction")));
            Some(Band { at_least: at_least?, fraction: fraction? })
        });
        bands.push(band);
    }
    bands.into_iter().collect()
}

fn points(reader: &mut Reader, members: &Members<'_>, place: &Place<'_>) -> Option<Vec<(Decimal, Decimal)>> {
    let list_place = place.member("points");
    let pieces = members.get("points").and_then(|piece| reader.some_elements(piece, &list_place))?;
    let mut points: Vec<Option<(Decimal, Decimal)>> = Vec::with_capacity(pieces.len());
    for (index, &piece) in pieces.iter().enumerate() {
        let place = list_place.element(index);
        let point = reader.elements(piece, &place).and_then(|pair| {
            let &[x, y] = pair.as_slice() else {
                reader.refuse(&place, piece.get(), Expected::Pair);
                return None;
            };
            let x_place = place.element(0);
            let value = match points.last().and_then(Option::as_ref) {
                Some(&(before, _)) => reader.decimal_above(x, &x_place, before),
                None => reader.decimal(x, &x_place),
            };
            let y = reader.decimal(y, &place.element(1));
            Some((value?, y?))
        });
        points.push(point);
    }
    points.into_iter().collect()
}

fn per_unit(reader: &mut Reader, members: &Members<'_>, place: &Place<'_>) -> Option<Formula> {
    let units = fractions(reader, members, place, "units", true);
    let cap =
        members.get("cap").and_then(|piece| reader.decimal_above(piece, &place.member("cap"), Decimal::ZERO));
    Some(Formula::PerUnit { units: units?, cap: cap? })
}

/// An object of decimals by name, such as tiers, of which there is at least one.
fn fractions(
    reader: &mut Reader,
    members: &Members<'_>,
    place: &Place<'_>,
    member: &'static str,
    from_zero: bool,
) -> Option<Vec<(String, Decimal)>> {
    let place = place.member(member);
    let piece = members.get(member)?;
    let entries = reader.named(piece, &place)?;
    if entries.is_empty() {
        reader.refuse(&place, piece.get(), Expected::NotEmpty);
        return None;
    }
    let mut values = Vec::with_capacity(entries.len());
    for (name, piece) in entries {
        let place = place.member(&name);
        let value =
            if from_zero { reader.decimal_from_zero(piece, &place) } else { reader.decimal(piece, &place) };
        values.push(value.map(|value| (name.into_owned(), value)));
    }
    values.into_iter().collect()
}

fn adjustments(
    reader: &mut Reader,
    rubric: &Members<'_>,
    place: &Place<'_>,
    columns: &mut Columns,
) -> Option<Vec<Adjustment>> {
    const KINDS: [(&str, AdjustmentKind); 2] =
        [("bonus", AdjustmentKind::Bonus), ("deduction", AdjustmentKind::Deduction)];
    let list_place = place.member("adjustments");
    let Some(pieces) = rubric.get("adjustments").and_then(|piece| reader.elements(piece, &list_place)) else {
        columns.whole = false;
        return None;
    };
    let mut seen = HashSet::new();
    let mut adjustments = Vec::with_capacity(pieces.len());
    for (index, &piece) in pieces.iter().enumerate() {
        let place = list_place.element(index);
        let adjustment =
            reader.members(piece, &place, &["key", "name", "kind", "max"], &[]).and_then(|members| {
                let key =
                    AdjustmentKey::new(unique_key(reader, &members, &place, &mut seen, Noun::Adjustment)?);
                let max = members
                    .get("max")
                    .and_then(|piece| reader.decimal_from_zero(piece, &place.member("max")));
                columns.adjustments.push(key.as_str(), max);
                let name = name(reader, &members, &place);
                let kind =
                    members.get("kind").and_then(|piece| reader.choice(piece, &place.member("kind"), &KINDS));
                Some((key, name, kind, max))
            });
        columns.whole &= adjustment.is_some();
        adjustments.push(adjustment.and_then(|(key, name, kind, max)| {
            Some(Adjustment { key, name: name?, kind: kind?, max: max? })
        }));
    }
    adjustments.into_iter().collect()
}

fn vetoes(
    reader: &mut Reader,
    rubric: &Members<'_>,
    place: &Place<'_>,
    columns: &mut Columns,
) -> Option<Vec<Veto>> {
    let list_place = place.member("vetoes");
    let Some(pieces) = rubric.get("vetoes").and_then(|piece| reader.elements(piece, &list_place)) else {
        columns.whole = false;
        return None;
    };
    let mut seen = HashSet::new();
    let mut vetoes = Vec::with_capacity(pieces.len());
    for (index, &piece) in pieces.iter().enumerate() {
        let place = list_place.element(index);
        let veto = reader.members(piece, &place, &["key", "name"], &[]).and_then(|members| {
            let key = VetoKey::new(unique_key(reader, &members, &place, &mut seen, Noun::Veto)?);
            columns.vetoes.push(key.as_str(), ());
            Some((key, name(reader, &members, &place)))
        });
        columns.whole &= veto.is_some();
        vetoes.push(veto.and_then(|(key, name)| Some(Veto { key, name: name? })));
    }
    vetoes.into_iter().collect()
}

/// The member `key`, which no earlier element of the list has.
fn unique_key(
    reader: &mut Reader,
    members: &Members<'_>,
    place: &Place<'_>,
    seen: &mut HashSet<String>,
    noun: Noun,
) -> Option<String> {
    let piece = members.get("key")?;
    let place = place.member("key");
    let key = reader.text(piece, &place)?.into_owned();
    if !seen.insert(key.clone()) {
        reader.refuse(&place, piece.get(), Expected::Unique(noun));
        return None;
    }
    Some(key)
}
