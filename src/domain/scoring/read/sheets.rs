//! Reading the signed sheets, by far the largest part of a tally.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::problem::{Expected, Noun};
use super::super::rubric::Scale;
use super::super::tally::{Scores, Sheets};
use super::applications::Applications;
use super::json::{Entries, Entry, Name, Piece, Place, Reader, string};
use super::pool::Pool;
use super::rubric::Columns;
use crate::domain::values::{Decimal, ExpertKey};

/// A sheet as it was read: whose it is, and which of the file's it was.
struct Head {
    application: u32,
    /// The expert's number in the order of first mention, then in byte order.
    expert: u32,
    position: usize,
}

pub(super) fn read_sheets(
    reader: &mut Reader,
    piece: Option<Piece<'_>>,
    place: &Place<'_>,
    columns: &Columns,
    applications: &Applications,
) -> Sheets {
    let empty = || SheetTable::new(columns, applications);
    let Some(piece) = piece else {
        return empty().arrange(reader, place);
    };
    let mut table = empty();
    let problems_before = reader.problems.clone();
    let plain =
        plain_sheets(piece, |position, sheet| table.take(reader, &place.element(position), position, sheet));
    if !plain {
        // Something has another shape than a list of sheets: begin again, looking closer at every piece.
        table = empty();
        reader.problems = problems_before;
        for (position, &piece) in reader.elements(piece, place).unwrap_or_default().iter().enumerate() {
            let place = place.element(position);
            let Some(members) = reader.members(piece, &place, &["application", "expert", "scores"], &[])
            else {
                continue;
            };
            let scores =
                members.get("scores").and_then(|piece| reader.entries(piece, &place.member("scores")));
            let (application, expert) = (members.get("application"), members.get("expert"));
            table.take(reader, &place, position, Sheet { application, expert, scores: scores.as_deref() });
        }
    }
    table.arrange(reader, place)
}

/// One sheet of the file; what could not be read at all is `None`.
#[derive(Clone, Copy)]
struct Sheet<'a, 's> {
    application: Option<Piece<'a>>,
    expert: Option<Piece<'a>>,
    scores: Option<&'s [Entry<'a>]>,
}

/// Hands over the sheets one by one as long as they are nothing but sheets; `false` as soon as one is something else.
/// Going over the text once instead of once for every level of it is what this is for.
fn plain_sheets<'a>(piece: Piece<'a>, take: impl FnMut(usize, Sheet<'a, '_>)) -> bool {
    struct Sheets<F>(F);
    impl<'de, F: FnMut(usize, Sheet<'de, '_>)> Visitor<'de> for Sheets<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of sheets")
        }

        fn visit_seq<S: SeqAccess<'de>>(mut self, mut sequence: S) -> Result<(), S::Error> {
            let mut scores = Vec::new();
            let mut position = 0;
            while let Some((application, expert)) = sequence.next_element_seed(PlainSheet(&mut scores))? {
                let sheet =
                    Sheet { application: Some(application), expert: Some(expert), scores: Some(&scores) };
                (self.0)(position, sheet);
                position += 1;
            }
            Ok(())
        }
    }
    serde_json::Deserializer::from_str(piece.get()).deserialize_seq(Sheets(take)).is_ok()
}

/// Reads a sheet, leaving its scores in the list.
struct PlainSheet<'s, 'a>(&'s mut Vec<Entry<'a>>);

impl<'de> DeserializeSeed<'de> for PlainSheet<'_, 'de> {
    type Value = (Piece<'de>, Piece<'de>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PlainSheet<'_, 'de> {
    type Value = (Piece<'de>, Piece<'de>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sheet")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let (mut application, mut expert, mut scores) = (None, None, None);
        while let Some(Name(name)) = map.next_key()? {
            let new = match &*name {
                "application" => application.replace(map.next_value()?).is_none(),
                "expert" => expert.replace(map.next_value()?).is_none(),
                "scores" => scores.replace(map.next_value_seed(Entries(&mut *self.0))?).is_none(),
                _ => false,
            };
            if !new {
                return Err(M::Error::custom("unknown or repeated member"));
            }
        }
        match (application, expert, scores) {
            (Some(application), Some(expert), Some(())) => Ok((application, expert)),
            _ => Err(M::Error::custom("missing member")),
        }
    }
}

/// The sheets as they come in.
struct SheetTable<'c, 'a> {
    applications: &'c Applications,
    form: ScoreForm<'c>,
    scores: Scores,
    heads: Vec<Head>,
    experts: Pool<'a>,
}

impl<'c, 'a> SheetTable<'c, 'a> {
    fn new(columns: &'c Columns, applications: &'c Applications) -> Self {
        let form = ScoreForm::new(columns);
        Self { applications, scores: form.empty_table(), form, heads: Vec::new(), experts: Pool::default() }
    }

    fn take(&mut self, reader: &mut Reader, place: &Place<'_>, position: usize, sheet: Sheet<'a, '_>) {
        let application = sheet.application.and_then(|piece| {
            let place = place.member("application");
            let id = reader.text(piece, &place)?;
            let known = self.applications.index.get(&*id);
            if known.is_none() && self.applications.whole {
                reader.refuse(&place, piece.get(), Expected::Known(Noun::Application));
            }
            known.copied().flatten()
        });
        let expert = sheet.expert.and_then(|piece| reader.text(piece, &place.member("expert")));
        if let Some(scores) = sheet.scores {
            self.form.fill(reader, scores, &place.member("scores"));
        }
        if let (Some(application), Some(expert)) = (application, expert) {
            self.heads.push(Head { application, expert: self.experts.number(expert), position });
            self.form.append_to(&mut self.scores);
        }
    }

    fn arrange(self, reader: &mut Reader, place: &Place<'_>) -> Sheets {
        let Self { applications, form, scores, mut heads, experts } = self;
        let (experts, rank) = experts.in_order();
        for head in &mut heads {
            head.expert = rank[head.expert as usize];
        }
        let experts = experts.into_iter().map(ExpertKey::new).collect();
        arrange(reader, place, &heads, experts, scores, form.columns.judged.len(), applications.list.len())
    }
}

/// Puts the sheets into the order of applications and experts' keys, and refuses doubles.
fn arrange(
    reader: &mut Reader,
    place: &Place<'_>,
    heads: &[Head],
    experts: Vec<ExpertKey>,
    scores: Scores,
    columns: usize,
    applications: usize,
) -> Sheets {
    let mut order: Vec<usize> = (0..heads.len()).collect();
    let key = |sheet: usize| (heads[sheet].application, heads[sheet].expert);
    order.sort_by_key(|&sheet| key(sheet));
    for pair in order.windows(2) {
        if key(pair[0]) == key(pair[1]) {
            let Head { expert, position, .. } = heads[pair[1]];
            let found = serde_json::to_string(&experts[expert as usize]).unwrap_or_default();
            reader.refuse(&place.element(position).member("expert"), &found, Expected::Unique(Noun::Sheet));
        }
    }
    let mut starts = vec![0; applications + 1];
    for head in heads {
        starts[head.application as usize + 1] += 1;
    }
    for application in 0..applications {
        starts[application + 1] += starts[application];
    }
    let scores = match scores {
        Scores::Narrow(table) => Scores::Narrow(rows_in_order(table, &order, columns)),
        Scores::Wide(table) => Scores::Wide(rows_in_order(table, &order, columns)),
    };
    Sheets {
        expert_of: order.iter().map(|&sheet| heads[sheet].expert).collect(),
        experts,
        starts,
        scores,
        columns,
    }
}

fn rows_in_order<T: Copy>(table: Vec<T>, order: &[usize], columns: usize) -> Vec<T> {
    if order.is_sorted() {
        return table;
    }
    order.iter().flat_map(|&row| &table[row * columns..(row + 1) * columns]).copied().collect()
}

/// An empty score sheet that is filled in once a sheet of the file.
struct ScoreForm<'c> {
    columns: &'c Columns,
    scales: Vec<Option<Steps>>,
    filled: Vec<Option<u128>>,
    /// Which columns have an entry that could not be taken, so that it is not called missing as well.
    faulty: Vec<bool>,
}

impl<'c> ScoreForm<'c> {
    fn new(columns: &'c Columns) -> Self {
        Self {
            columns,
            scales: columns.judged.iter().map(|scale| scale.as_ref().map(Steps::of)).collect(),
            filled: vec![None; columns.judged.len()],
            faulty: vec![false; columns.judged.len()],
        }
    }

    fn empty_table(&self) -> Scores {
        let narrow =
            |scale: &Option<Scale>| scale.as_ref().is_none_or(|scale| u16::try_from(scale.steps()).is_ok());
        if self.columns.judged.iter().all(narrow) {
            Scores::Narrow(Vec::new())
        } else {
            Scores::Wide(Vec::new())
        }
    }

    /// Takes one sheet's scores. What can't be taken is recorded and left empty; the file is refused for it.
    fn fill(&mut self, reader: &mut Reader, entries: &[Entry<'_>], place: &Place<'_>) {
        self.filled.fill(None);
        self.faulty.fill(false);
        for (likely, (name, piece)) in entries.iter().enumerate() {
            let place = place.member(name);
            match self.columns.judged.position(name, likely) {
                Some(column) => self.enter(reader, column, piece, &place),
                None if self.columns.whole => {
                    reader.refuse(&place, piece.get(), Expected::Known(Noun::JudgedIndicator));
                }
                None => {}
            }
        }
        for column in 0..self.filled.len() {
            if self.filled[column].is_none() && !self.faulty[column] {
                reader.miss(place, Expected::Score(self.columns.judged.name(column).to_owned()));
            }
        }
    }

    fn enter(&mut self, reader: &mut Reader, column: usize, piece: Piece<'_>, place: &Place<'_>) {
        if self.filled[column].is_some() {
            reader.refuse(place, piece.get(), Expected::Unique(Noun::Member));
            return;
        }
        let taken = match (string(piece).and_then(|text| Decimal::parse(&text)), &self.scales[column]) {
            (None, _) => Err(Some(Expected::Decimal)),
            (Some(_), None) => Err(None),
            (Some(score), Some(scale)) => scale.steps_to(score).map_err(Some),
        };
        match taken {
            Ok(steps) => self.filled[column] = Some(steps),
            Err(expected) => {
                self.faulty[column] = true;
                if let Some(expected) = expected {
                    reader.refuse(place, piece.get(), expected);
                }
            }
        }
    }

    fn append_to(&self, scores: &mut Scores) {
        let steps = self.filled.iter().map(|steps| steps.unwrap_or_default());
        match scores {
            // The table is narrow only where every scale's steps fit.
            Scores::Narrow(table) => {
                table.extend(steps.map(|steps| u16::try_from(steps).unwrap_or(u16::MAX)));
            }
            Scores::Wide(table) => table.extend(steps),
        }
    }
}

/// A scale in hundred-millionths.
struct Steps {
    min: i128,
    max: i128,
    step: u128,
    /// The step again where it fits in 64 bits, as on all usual scales: dividing by it is several times as fast.
    short_step: Option<u64>,
    scale: Scale,
}

impl Steps {
    fn of(scale: &Scale) -> Self {
        let step = scale.step.hundred_millionths().unsigned_abs();
        Self {
            min: scale.min.hundred_millionths(),
            max: scale.max.hundred_millionths(),
            step,
            short_step: u64::try_from(step).ok(),
            scale: *scale,
        }
    }

    /// How many steps a score lies above the lowest.
    fn steps_to(&self, score: Decimal) -> Result<u128, Expected> {
        let value = score.hundred_millionths();
        if !(self.min..=self.max).contains(&value) {
            return Err(Expected::Between(self.scale.min.to_string(), self.scale.max.to_string()));
        }
        let above = (value - self.min).unsigned_abs();
        let (steps, rest) = match (u64::try_from(above), self.short_step) {
            (Ok(above), Some(step)) => (u128::from(above / step), u128::from(above % step)),
            _ => (above / self.step, above % self.step),
        };
        if rest != 0 {
            return Err(Expected::OnStep {
                min: self.scale.min.to_string(),
                step: self.scale.step.to_string(),
            });
        }
        Ok(steps)
    }
}
