//! What holds in a competition: its settings, read and checked, with the reference data that they name.
//!
//! What was read is kept for the next act by the digest of the bytes that it follows from, and by nothing else: a number
//! stands for other bytes once the transaction that gave it was undone, a digest never does.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use crate::db::competitions::Competition;
use crate::db::intact::Intact;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::ids::CompetitionId;
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::scoring::Tally;
use crate::domain::time::Timestamp;
use crate::domain::working_days::{FirstDay, UnknownYear, WorkingCalendar};
use crate::error::{Error, Result};
use crate::files::{Broken, Photo};

use super::open_points::OpenPoint;
use super::ranked::Ranked;
use super::{RequestContext, parse};

/// What holds in a competition.
pub(crate) struct Rules {
    /// The digest of the settings as they are stored.
    pub(crate) digest: Digest,
    pub(crate) settings: Settings,
    /// Their rubric and rules, as the scoring core reads them.
    pub(crate) tally: Tally,
    /// The catalogue that they name.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The calendar of working days that they name.
    pub(crate) working_days: Arc<WorkingCalendar>,
}

impl Rules {
    /// What a track is called, in Chinese and in English; none where nothing names it.
    pub(crate) fn track<'a>(&'a self, key: &str) -> Option<(&'a str, &'a str)> {
        match self.settings.track_name(key, &self.catalogue) {
            Some(name) => Some((name, name)),
            None if key.is_empty() || key == "all" => Some(("全部申报", "All applications")),
            None => None,
        }
    }

    /// The end of the last of so many working days.
    ///
    /// # Errors
    /// If the count runs into a year whose arrangement is not known.
    pub(crate) fn end_of_working_days(
        &self,
        first: NaiveDate,
        days: u32,
        counting: FirstDay,
    ) -> Result<Timestamp> {
        let last = self.working_days.last_of_working_days(first, days, counting);
        last.map(Timestamp::end_of).map_err(year_unknown)
    }

    /// What is better looked at in the calendar.
    pub(crate) fn warnings(&self) -> Vec<OpenPoint> {
        self.settings.warnings(&self.working_days).into_iter().map(OpenPoint::from).collect()
    }
}

/// Said where a count runs into a year whose arrangement is not known.
pub(crate) fn year_unknown(unknown: UnknownYear) -> Error {
    Error::conflict(
        "year_unknown",
        format!("工作日历没有{}年的安排，请先导入", unknown.0),
        format!("The calendar of working days does not know {}; import it first", unknown.0),
    )
}

/// What was read already. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Cache(Arc<Caches>);

#[derive(Default)]
struct Caches {
    catalogues: Kept<Digest, Catalogue>,
    working_days: Kept<Digest, WorkingCalendar>,
    settings: Kept<Digest, Settings>,
    /// By the digests of settings, catalogue and calendar.
    rules: Kept<(Digest, Digest, Digest), Rules>,
    ranked: Kept<Digest, Ranked>,
    judged: Kept<(CompetitionId, Digest), JudgedTotals>,
    photos: Kept<Digest, Examined, 4_096>,
}

pub(crate) type Examined = std::result::Result<Photo, Broken>;

/// What follows from the bytes that a key is the digest of: so many at most.
struct Kept<K, V, const MOST: usize = KEPT>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V, const MOST: usize> Default for Kept<K, V, MOST> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq, V, const MOST: usize> Kept<K, V, MOST> {
    fn find(&self, key: &K) -> Option<Arc<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&value));
        value
    }
}

/// What signed sheets come to by [`JudgedShares`](crate::domain::alarms::JudgedShares), by the digests of what was
/// signed; none where a sheet can't be compared.
pub(crate) type JudgedTotals = HashMap<Digest, Option<i128>>;

/// Documents kept of each kind; an installation has a handful.
const KEPT: usize = 64;

impl Cache {
    /// A picture that was walked already.
    pub(crate) fn photo(&self, digest: Digest) -> Option<Arc<Examined>> {
        self.0.photos.find(&digest)
    }

    /// Keeps what walking a picture has found.
    pub(crate) fn keep_photo(&self, digest: Digest, photo: Examined) -> Arc<Examined> {
        self.0.photos.keep(digest, photo)
    }

    pub(crate) fn catalogue(&self, conn: &mut Conn, version: i32) -> Result<Option<Arc<Catalogue>>> {
        let digest = db::data::digest(conn, "catalogue", version)?;
        digest.map(|digest| self.catalogue_of(conn, version, digest)).transpose()
    }

    fn catalogue_of(&self, conn: &mut Conn, version: i32, digest: Digest) -> Result<Arc<Catalogue>> {
        read_once(&self.0.catalogues, digest, || db::data::by_version(conn, "catalogue", version))
    }

    /// The newest version of the catalogue, with its number.
    pub(crate) fn newest_catalogue(&self, conn: &mut Conn) -> Result<(i32, Arc<Catalogue>)> {
        let newest = db::data::newest_version(conn, "catalogue")?;
        let version = newest.ok_or_else(|| Error::internal("no catalogue is stored"))?;
        let catalogue = self.catalogue(conn, version)?;
        Ok((version, catalogue.ok_or_else(|| Error::internal("the newest catalogue is gone"))?))
    }

    /// A version of a competition's tally, ranked; none if there is no such version.
    pub(crate) fn ranked(
        &self,
        conn: &mut Conn,
        id: CompetitionId,
        number: i32,
        rank: impl FnOnce(&str) -> Result<Ranked>,
    ) -> Result<Option<Arc<Ranked>>> {
        let Some(digest) = db::documents::digest(conn, id, DocumentKind::Tally, "", number)? else {
            return Ok(None);
        };
        self.ranked_as(conn, id, number, digest, rank)
    }

    /// The same of a version whose digest is known.
    pub(crate) fn ranked_as(
        &self,
        conn: &mut Conn,
        id: CompetitionId,
        number: i32,
        digest: Digest,
        rank: impl FnOnce(&str) -> Result<Ranked>,
    ) -> Result<Option<Arc<Ranked>>> {
        if let Some(found) = self.0.ranked.find(&digest) {
            return Ok(Some(found));
        }
        let Some(document) = db::documents::version(conn, id, DocumentKind::Tally, "", number)? else {
            return Ok(None);
        };
        Ok(Some(self.0.ranked.keep(document.digest, rank(&document.content)?)))
    }

    /// What sheets come to by a competition's settings, as far as it was worked out already.
    pub(crate) fn judged_totals(&self, id: CompetitionId, settings: Digest) -> Arc<JudgedTotals> {
        self.0.judged.find(&(id, settings)).unwrap_or_default()
    }

    /// Keeps what sheets come to.
    pub(crate) fn keep_judged_totals(
        &self,
        id: CompetitionId,
        settings: Digest,
        totals: JudgedTotals,
    ) -> Arc<JudgedTotals> {
        self.0.judged.keep((id, settings), totals)
    }

    /// What a version of a competition's settings says.
    pub(crate) fn rules(&self, conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Arc<Rules>> {
        let settings = db::competitions::digest(conn, id, number)?;
        let data = db::data::digests(conn)?;
        self.rules_of(conn, settings, &data, id, number)
    }

    /// The same where many competitions are looked at, whose digests were read at once.
    pub(crate) fn rules_by(
        &self,
        conn: &mut Conn,
        digests: &Digests,
        id: CompetitionId,
        number: i32,
    ) -> Result<Arc<Rules>> {
        let settings = digests.settings.get(&(id, number)).copied();
        self.rules_of(conn, settings, &digests.data, id, number)
    }

    /// The same of the settings that hold: of a competition's versions, the newest.
    pub(crate) fn newest_rules_by(
        &self,
        conn: &mut Conn,
        digests: &Digests,
        id: CompetitionId,
    ) -> Result<Arc<Rules>> {
        let numbers = digests.settings.keys().filter(|(of, _)| *of == id).map(|(_, number)| *number);
        self.rules_by(conn, digests, id, numbers.max().unwrap_or(0))
    }

    fn rules_of(
        &self,
        conn: &mut Conn,
        settings: Option<Digest>,
        data: &HashMap<(String, i32), Digest>,
        id: CompetitionId,
        number: i32,
    ) -> Result<Arc<Rules>> {
        let gone = || Error::internal(format!("settings {number} of {id} are gone"));
        let digest = settings.ok_or_else(gone)?;
        let settings = read_once(&self.0.settings, digest, || db::competitions::version(conn, id, number))?;
        let named = (
            data.get(&("catalogue".to_owned(), settings.catalogue)),
            data.get(&("working_days".to_owned(), settings.working_days)),
        );
        let (Some(&catalogue), Some(&working_days)) = named else {
            return Err(Error::internal("settings name a catalogue or a calendar that is not stored"));
        };
        let digests = (digest, catalogue, working_days);
        if let Some(found) = self.0.rules.find(&digests) {
            return Ok(found);
        }
        let rules = Rules {
            digest,
            tally: stored_tally(&settings)?,
            catalogue: self.catalogue_of(conn, settings.catalogue, catalogue)?,
            working_days: read_once(&self.0.working_days, working_days, || {
                db::data::by_version(conn, "working_days", settings.working_days)
            })?,
            settings: Settings::clone(&settings),
        };
        Ok(self.0.rules.keep(digests, rules))
    }
}

/// The digests of all versions of some competitions' settings, and of all reference data.
pub(crate) struct Digests {
    settings: HashMap<(CompetitionId, i32), Digest>,
    data: HashMap<(String, i32), Digest>,
}

impl Digests {
    /// Those of these competitions, by two statements however many there are.
    pub(crate) fn of(conn: &mut Conn, ids: &[CompetitionId]) -> Result<Self> {
        Ok(Self { settings: db::competitions::digests(conn, ids)?, data: db::data::digests(conn)? })
    }
}

/// What the stored row with such a digest says, read if it is not kept.
fn read_once<R: Intact, T: DeserializeOwned>(
    kept: &Kept<Digest, T>,
    digest: Digest,
    row: impl FnOnce() -> Result<Option<R>>,
) -> Result<Arc<T>> {
    if let Some(found) = kept.find(&digest) {
        return Ok(found);
    }
    let row = row()?;
    let (content, digest) =
        row.as_ref().and_then(Intact::sealed).ok_or_else(|| Error::internal("a row is gone"))?;
    Ok(kept.keep(digest, parse(content)?))
}

/// The rubric and rules of settings that are stored, and so were found to be valid.
pub(crate) fn stored_tally(settings: &Settings) -> Result<Tally> {
    settings.tally().map_err(|_| Error::internal("stored settings have no valid rubric"))
}

/// A competition as the caller may see it, with what holds in it. One that is not yet called is known to the office and
/// the supervisors alone.
pub(crate) fn visible_competition(
    conn: &mut Conn,
    cache: &Cache,
    context: &RequestContext,
    id: CompetitionId,
) -> Result<(Competition, Arc<Rules>)> {
    let grounds = db::competitions::with_grounds(conn, id)?.ok_or_else(Error::not_found)?;
    let db::competitions::Grounds { competition, settings, data } = grounds;
    if competition.state == CompetitionState::Draft
        && context.may(Action::ReadDrafts, Relation::General).is_err()
    {
        return Err(Error::not_found());
    }
    let rules = cache.rules_of(conn, settings, &data, id, competition.version)?;
    Ok((competition, rules))
}
