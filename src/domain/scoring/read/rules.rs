//! Reading the rules.

use std::collections::HashSet;

use super::super::problem::{Expected, Noun, Reason};
use super::super::rules::{
    AwardRule, PanelLevel, PanelMethod, PanelRule, RankOn, RoundSteps, Rounding, Rules, Trim, TrimRow,
};
use super::json::{Members, Piece, Place, Reader};
use super::rubric::RubricDraft;
use crate::domain::values::{AwardKey, CriterionKey};

/// The most that a count in the rules may say; far above any panel or quota.
const MOST: u64 = 1_000_000_000;

/// The most digits after the point of a published figure.
const MOST_PLACES: u64 = 6;

/// The most digits after the point of a declared rounding on the way: as many as an entered value has.
const MOST_STEP_PLACES: u64 = 8;

pub(super) fn read_rules(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    rubric: &RubricDraft,
) -> Option<Rules> {
    let no_panel = rubric.columns.whole && rubric.columns.judged.len() == 0;
    let mut required = vec!["places", "rounding", "tie_break", "awards"];
    let mut optional = vec!["round_steps", "rank_on", "bonus_cap", "pass_mark", "reserve"];
    if no_panel { &mut optional } else { &mut required }.push("panel");
    let members = reader.members(piece, place, &required, &optional)?;

    let panel = members.get("panel").map(|piece| panel(reader, piece, &place.member("panel")));
    let level = panel.as_ref().and_then(|panel| panel.as_ref()).map(|panel| panel.level);
    let places = members
        .get("places")
        .and_then(|piece| reader.integer(piece, &place.member("places"), 0, MOST_PLACES));
    let modes = [("half_up", Rounding::HalfUp), ("half_even", Rounding::HalfEven)];
    let rounding =
        members.get("rounding").and_then(|piece| reader.choice(piece, &place.member("rounding"), &modes));
    let round_steps = match members.get("round_steps") {
        Some(piece) => round_steps(reader, piece, &place.member("round_steps"), level),
        None => Some(RoundSteps::default()),
    };
    let rank_on = match members.get("rank_on") {
        Some(piece) => reader.choice(
            piece,
            &place.member("rank_on"),
            &[("rounded", RankOn::Rounded), ("exact", RankOn::Exact)],
        ),
        None => Some(RankOn::Rounded),
    };
    let tie_break = members
        .get("tie_break")
        .and_then(|piece| tie_break(reader, piece, &place.member("tie_break"), rubric));
    let bonus_cap =
        members.get("bonus_cap").map(|piece| reader.decimal_from_zero(piece, &place.member("bonus_cap")));
    let pass_mark =
        members.get("pass_mark").map(|piece| reader.decimal_from_zero(piece, &place.member("pass_mark")));
    let awards = members.get("awards").and_then(|piece| awards(reader, piece, &place.member("awards")));
    let reserve = match members.get("reserve") {
        Some(piece) => reader.integer(piece, &place.member("reserve"), 0, MOST),
        None => Some(0),
    };
    Some(Rules {
        panel: all_or_absent(panel)?,
        places: u32::try_from(places?).ok()?,
        rounding: rounding?,
        round_steps: round_steps?,
        rank_on: rank_on?,
        tie_break: tie_break?,
        bonus_cap: all_or_absent(bonus_cap)?,
        pass_mark: all_or_absent(pass_mark)?,
        awards: awards?,
        reserve: reserve?,
    })
}

/// An absent member is well; a present one is only when it could be read.
fn all_or_absent<T>(member: Option<Option<T>>) -> Option<Option<T>> {
    match member {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn panel(reader: &mut Reader, piece: Piece<'_>, place: &Place<'_>) -> Option<PanelRule> {
    #[derive(Clone, Copy, PartialEq)]
    enum Method {
        Mean,
        TrimmedMean,
        Median,
        CappedMean,
    }
    const METHODS: [(&str, Method); 4] = [
        ("mean", Method::Mean),
        ("trimmed_mean", Method::TrimmedMean),
        ("median", Method::Median),
        ("capped_mean", Method::CappedMean),
    ];
    const LEVELS: [(&str, PanelLevel); 2] =
        [("sheet", PanelLevel::Sheet), ("indicator", PanelLevel::Indicator)];

    let members = reader.members(piece, place, &["method", "level", "min_kept"], &["trim", "limit"])?;
    let method =
        members.get("method").and_then(|piece| reader.choice(piece, &place.member("method"), &METHODS));
    let level = members.get("level").and_then(|piece| reader.choice(piece, &place.member("level"), &LEVELS));
    let min_kept =
        members.get("min_kept").and_then(|piece| reader.integer(piece, &place.member("min_kept"), 1, MOST));
    let trim_place = place.member("trim");
    let trim_read = members.get("trim").map(|piece| trim(reader, piece, &trim_place));
    let limit_place = place.member("limit");
    let limit_read = members.get("limit").map(|piece| reader.decimal_from_zero(piece, &limit_place));

    let method = method?;
    if let Some(piece) = members.get("trim").filter(|_| method != Method::TrimmedMean) {
        reader.refuse(&trim_place, piece.get(), Expected::Absent(Reason::TrimNeedsTrimmedMean));
    }
    if let Some(piece) = members.get("limit").filter(|_| method != Method::CappedMean) {
        reader.refuse(&limit_place, piece.get(), Expected::Absent(Reason::LimitNeedsCappedMean));
    }
    let method = match method {
        Method::Mean => PanelMethod::Mean,
        Method::Median => PanelMethod::Median,
        Method::TrimmedMean => {
            if trim_read.is_none() {
                reader.miss(place, Expected::Required("trim"));
            }
            PanelMethod::TrimmedMean(trim_read??)
        }
        Method::CappedMean => {
            if limit_read.is_none() {
                reader.miss(place, Expected::Required("limit"));
            }
            if let Some(piece) = members.get("level").filter(|_| level == Some(PanelLevel::Sheet)) {
                let expected = Expected::Absent(Reason::CappedMeanNeedsIndicatorLevel);
                reader.refuse(&place.member("level"), piece.get(), expected);
            }
            PanelMethod::CappedMean(limit_read??)
        }
    };
    Some(PanelRule { method, level: level?, min_kept: min_kept? })
}

fn trim(reader: &mut Reader, piece: Piece<'_>, place: &Place<'_>) -> Option<Trim> {
    if !piece.get().starts_with('[') {
        return reader.integer(piece, place, 0, MOST).map(Trim::Each);
    }
    let mut rows: Vec<Option<TrimRow>> = Vec::new();
    for (index, &piece) in reader.elements(piece, place)?.iter().enumerate() {
        let place = place.element(index);
        let row = reader.members(piece, &place, &["at_least", "low", "high"], &[]).and_then(|members| {
            // Rows rise, so each asks for more sheets than the one before it.
            let least = rows.last().and_then(Option::as_ref).map_or(0, |row| row.at_least + 1);
            let mut count = |member: &'static str, least| {
                members
                    .get(member)
                    .and_then(|piece| reader.integer(piece, &place.member(member), least, MOST))
            };
            let (at_least, low, high) = (count("at_least", least), count("low", 0), count("high", 0));
            Some(TrimRow { at_least: at_least?, low: low?, high: high? })
        });
        rows.push(row);
    }
    rows.into_iter().collect::<Option<_>>().map(Trim::Table)
}

fn round_steps(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    level: Option<PanelLevel>,
) -> Option<RoundSteps> {
    let members = reader.members(piece, place, &[], &["sheet", "score", "indicator"])?;
    let mut step = |member: &'static str| {
        let places = members
            .get(member)
            .map(|piece| reader.integer(piece, &place.member(member), 0, MOST_STEP_PLACES));
        all_or_absent(places).map(|places| places.and_then(|places| u32::try_from(places).ok()))
    };
    let (sheet, score, indicator) = (step("sheet"), step("score"), step("indicator"));
    let mut only_at = |member: &'static str, needed, reason| {
        if let Some(piece) = members.get(member).filter(|_| level.is_some_and(|level| level != needed)) {
            reader.refuse(&place.member(member), piece.get(), Expected::Absent(reason));
        }
    };
    only_at("sheet", PanelLevel::Sheet, Reason::SheetStepNeedsSheetLevel);
    only_at("score", PanelLevel::Indicator, Reason::ScoreStepNeedsIndicatorLevel);
    Some(RoundSteps { sheet: sheet?, score: score?, indicator: indicator? })
}

fn tie_break(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    rubric: &RubricDraft,
) -> Option<Vec<usize>> {
    let mut order = Vec::new();
    for (index, &piece) in reader.elements(piece, place)?.iter().enumerate() {
        let place = place.element(index);
        let Some(key) = reader.text(piece, &place).map(CriterionKey::new) else {
            order.push(None);
            continue;
        };
        let position = rubric.criteria.iter().position(|criterion| *criterion == key);
        if position.is_none() && rubric.columns.whole {
            reader.refuse(&place, piece.get(), Expected::Known(Noun::Criterion));
        } else if position.is_some() && order.contains(&position) {
            reader.refuse(&place, piece.get(), Expected::Unique(Noun::Criterion));
        }
        order.push(position);
    }
    order.into_iter().collect()
}

fn awards(reader: &mut Reader, piece: Piece<'_>, place: &Place<'_>) -> Option<Vec<AwardRule>> {
    let mut seen = HashSet::new();
    let mut awards = Vec::new();
    for (index, &piece) in reader.elements(piece, place)?.iter().enumerate() {
        let place = place.element(index);
        let award = reader
            .members(piece, &place, &["key", "name", "quota"], &["per_region"])
            .and_then(|members| award(reader, &members, &place, &mut seen));
        awards.push(award);
    }
    awards.into_iter().collect()
}

fn award(
    reader: &mut Reader,
    members: &Members<'_>,
    place: &Place<'_>,
    seen: &mut HashSet<String>,
) -> Option<AwardRule> {
    let key = members.get("key").and_then(|piece| {
        let place = place.member("key");
        let key = reader.text(piece, &place)?.into_owned();
        let fault = match key.as_str() {
            "reserve" => Some(Expected::Absent(Reason::ReserveIsNotAnAward)),
            _ => (!seen.insert(key.clone())).then_some(Expected::Unique(Noun::Award)),
        };
        if let Some(expected) = fault {
            reader.refuse(&place, piece.get(), expected);
            return None;
        }
        Some(AwardKey::new(key))
    });
    let name = members.get("name").and_then(|piece| reader.any_text(piece, &place.member("name")));
    let mut count = |member: &'static str| {
        members.get(member).map(|piece| reader.integer(piece, &place.member(member), 0, MOST))
    };
    let (quota, per_region) = (count("quota"), count("per_region"));
    Some(AwardRule {
        key: key?,
        name: name?.into_owned(),
        quota: quota??,
        per_region: all_or_absent(per_region)?,
    })
}
