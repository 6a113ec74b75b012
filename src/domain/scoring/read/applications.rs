//! Reading applications and rulings.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::problem::{Expected, Noun};
use super::super::rubric::{Formula, MeasuredRule};
use super::super::tally::{Application, VerifiedValue};
use super::json::{Members, Piece, Place, Reader};
use super::pool::Pool;
use super::rubric::Columns;
use crate::domain::values::{ApplicationId, ChainId, Decimal, RegionId, TrackKey};

/// The most that a count may say: all integers of 18 digits.
const MOST_COUNT: u64 = 999_999_999_999_999_999;

/// The applications in the byte order of their ids.
#[derive(Default)]
pub(super) struct Applications {
    pub(super) list: Vec<Application>,
    pub(super) tracks: Vec<TrackKey>,
    pub(super) regions: Vec<RegionId>,
    /// Where each id stands in the list; `None` for an application that could not be read whole.
    pub(super) index: HashMap<Box<str>, Option<u32>>,
    /// Whether every id was read, so that an id which is not among them is unknown for certain.
    pub(super) whole: bool,
}

pub(super) fn read_applications(
    reader: &mut Reader,
    piece: Option<Piece<'_>>,
    place: &Place<'_>,
    columns: &Columns,
) -> Applications {
    let Some(pieces) = piece.and_then(|piece| reader.elements(piece, place)) else {
        return Applications::default();
    };
    let mut list: Vec<Application> = Vec::new();
    let mut index: HashMap<Box<str>, Option<u32>> = HashMap::new();
    let (mut tracks, mut regions) = (Pool::default(), Pool::default());
    let mut whole = true;
    for (position, &piece) in pieces.iter().enumerate() {
        let place = place.element(position);
        let known = reader
            .members(
                piece,
                &place,
                &["id", "title", "region", "measured", "adjustments", "vetoes"],
                &["track", "chain"],
            )
            .and_then(|members| {
                let id_piece = members.get("id")?;
                let id = reader.text(id_piece, &place.member("id"))?;
                if index.insert(id.clone().into(), None).is_some() {
                    reader.refuse(&place.member("id"), id_piece.get(), Expected::Unique(Noun::Application));
                }
                Some((ApplicationId::new(id), members))
            });
        whole &= known.is_some();
        if let Some((id, members)) = known {
            list.extend(application(reader, id, &members, &place, columns).map(
                |(mut application, track, region)| {
                    (application.track, application.region) = (tracks.number(track), regions.number(region));
                    application
                },
            ));
        }
    }
    let ((tracks, track_rank), (regions, region_rank)) = (tracks.in_order(), regions.in_order());
    for application in &mut list {
        application.track = track_rank[application.track as usize];
        application.region = region_rank[application.region as usize];
    }
    list.sort_unstable_by(|left, right| left.id.cmp(&right.id));
    for (position, application) in list.iter().enumerate() {
        if let Some(slot) = index.get_mut(application.id.as_str()) {
            *slot = u32::try_from(position).ok();
        }
    }
    let tracks = tracks.into_iter().map(TrackKey::new).collect();
    let regions = regions.into_iter().map(RegionId::new).collect();
    Applications { list, tracks, regions, index, whole }
}

/// An application, its track and its region.
fn application<'a>(
    reader: &mut Reader,
    id: ApplicationId,
    members: &Members<'a>,
    place: &Place<'_>,
    columns: &Columns,
) -> Option<(Application, Cow<'a, str>, Cow<'a, str>)> {
    let title = members.get("title").and_then(|piece| reader.any_text(piece, &place.member("title")));
    let region = members.get("region").and_then(|piece| reader.text(piece, &place.member("region")));
    let track =
        members.get("track").map_or(Some("".into()), |piece| reader.any_text(piece, &place.member("track")));
    let chain = members.get("chain").map_or(Some(None), |piece| {
        reader.any_text(piece, &place.member("chain")).map(|text| Some(ChainId::new(text)))
    });
    let measured = match (members.get("measured"), &chain) {
        (Some(piece), Some(chain)) => {
            measured(reader, piece, &place.member("measured"), columns, chain.as_ref())
        }
        _ => None,
    };
    let adjustments = members
        .get("adjustments")
        .and_then(|piece| adjustments(reader, piece, &place.member("adjustments"), columns));
    let vetoes =
        members.get("vetoes").and_then(|piece| vetoes(reader, piece, &place.member("vetoes"), columns));
    let application = Application {
        id,
        title: title?.into(),
        region: 0,
        track: 0,
        chain: chain?,
        measured: measured?,
        adjustments: adjustments?,
        vetoes: vetoes?,
    };
    Some((application, track?, region?))
}

fn measured(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    columns: &Columns,
    chain: Option<&ChainId>,
) -> Option<Box<[VerifiedValue]>> {
    let entries = reader.named(piece, place)?;
    // What can't be read is recorded, and the file refused for it, so that what is left out here does no harm.
    let mut values = Vec::with_capacity(entries.len());
    for (likely, (name, piece)) in entries.into_iter().enumerate() {
        let place = place.member(&name);
        let Some(column) = columns.measured.position(&name, likely) else {
            if columns.whole {
                reader.refuse(&place, piece.get(), Expected::Known(Noun::MeasuredIndicator));
            }
            continue;
        };
        let Some(rules) = columns.measured.get(column) else {
            continue;
        };
        values.extend(value(reader, piece, &place, short(column), rules.for_chain(chain)));
    }
    values.sort_unstable_by_key(VerifiedValue::indicator);
    Some(values.into())
}

/// An index into a list of the rubric, which has far fewer than 2³² elements.
fn short(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn value(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    column: u32,
    rule: &MeasuredRule,
) -> Option<VerifiedValue> {
    match &rule.formula {
        Formula::PerUnit { units, .. } => {
            let mut counts = Vec::new();
            for (name, piece) in reader.named(piece, place)? {
                let place = place.member(&name);
                let Some(unit) = units.iter().position(|(unit, _)| *unit == name) else {
                    reader.refuse(&place, piece.get(), Expected::Known(Noun::Unit));
                    continue;
                };
                counts.extend(reader.integer(piece, &place, 0, MOST_COUNT).map(|count| (short(unit), count)));
            }
            counts.sort_unstable();
            Some(VerifiedValue::Counts(column, counts.into()))
        }
        Formula::Tiers(tiers) => {
            let name = reader.any_text(piece, place)?;
            let tier = tiers.iter().position(|(tier, _)| *tier == name);
            if tier.is_none() {
                reader.refuse(place, piece.get(), Expected::Known(Noun::Tier));
            }
            tier.map(|tier| VerifiedValue::Tier(column, short(tier)))
        }
        Formula::Linear { .. }
        | Formula::Efficacy { .. }
        | Formula::Bands(_)
        | Formula::Piecewise(_)
        | Formula::Best => reader.decimal(piece, place).map(|value| VerifiedValue::Number(column, value)),
    }
}

fn adjustments(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    columns: &Columns,
) -> Option<Box<[(usize, Decimal)]>> {
    let mut entered = Vec::new();
    for (likely, (name, piece)) in reader.named(piece, place)?.into_iter().enumerate() {
        let place = place.member(&name);
        let Some(column) = columns.adjustments.position(&name, likely) else {
            if columns.whole {
                reader.refuse(&place, piece.get(), Expected::Known(Noun::Adjustment));
            }
            continue;
        };
        let Some(value) = reader.decimal(piece, &place) else { continue };
        if let Some(max) = *columns.adjustments.get(column)
            && !(Decimal::ZERO..=max).contains(&value)
        {
            reader.refuse(&place, piece.get(), Expected::Between("0".into(), max.to_string()));
        }
        entered.push((column, value));
    }
    entered.sort_unstable_by_key(|(column, _)| *column);
    Some(entered.into())
}

fn vetoes(
    reader: &mut Reader,
    piece: Piece<'_>,
    place: &Place<'_>,
    columns: &Columns,
) -> Option<Box<[usize]>> {
    let mut standing = Vec::new();
    for (index, &piece) in reader.elements(piece, place)?.iter().enumerate() {
        let place = place.element(index);
        let Some(name) = reader.text(piece, &place) else {
            continue;
        };
        match columns.vetoes.position(&name, index) {
            None if columns.whole => reader.refuse(&place, piece.get(), Expected::Known(Noun::Veto)),
            None => {}
            Some(veto) if standing.contains(&veto) => {
                reader.refuse(&place, piece.get(), Expected::Unique(Noun::Veto));
            }
            Some(veto) => standing.push(veto),
        }
    }
    standing.sort_unstable_by_key(|veto| columns.vetoes.name(*veto));
    Some(standing.into())
}

/// For each application, its position in the office's ruling.
pub(super) fn read_rulings(
    reader: &mut Reader,
    piece: Option<Piece<'_>>,
    place: &Place<'_>,
    applications: &Applications,
) -> Vec<Option<usize>> {
    let mut positions = vec![None; applications.list.len()];
    let pieces = piece.and_then(|piece| reader.elements(piece, place)).unwrap_or_default();
    for (position, &piece) in pieces.iter().enumerate() {
        let place = place.element(position);
        let Some(id) = reader.text(piece, &place) else {
            continue;
        };
        let Some(&application) = applications.index.get(&*id) else {
            if applications.whole {
                reader.refuse(&place, piece.get(), Expected::Known(Noun::Application));
            }
            continue;
        };
        if let Some(application) = application
            && positions[application as usize].replace(position).is_some()
        {
            reader.refuse(&place, piece.get(), Expected::Unique(Noun::Application));
        }
    }
    positions
}
