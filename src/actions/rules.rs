//! What holds in an edition: its settings, read and checked, with the reference data that they name.
//!
//! Versions of settings and of reference data never change once stored, nor does what a digest stands for: what was read
//! is kept for the next act.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::db::competitions::{Competition, Version};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::{CompetitionState, Settings};
use crate::domain::ids::CompetitionId;
use crate::domain::record::Digest;
use crate::domain::scoring::Tally;
use crate::domain::time::Timestamp;
use crate::domain::working_days::{FirstDay, WorkingCalendar};
use crate::error::{Error, Result};

use super::closing::Ranked;
use super::{Visit, parse};

/// What holds in an edition.
pub(crate) struct Rules {
    /// The settings.
    pub(crate) settings: Settings,
    /// Their rubric and rules, as the scoring core reads them.
    pub(crate) tally: Tally,
    /// The catalogue that they name.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The calendar of working days that they name.
    pub(crate) working_days: Arc<WorkingCalendar>,
}

impl Rules {
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
        last.map(Timestamp::end_of).map_err(|unknown| {
            Error::conflict(
                "year_unknown",
                format!("工作日历没有{}年的安排，请先导入", unknown.0),
                format!("The calendar of working days does not know {}; import it first", unknown.0),
            )
        })
    }
}

/// What was read already. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Shelves>>);

#[derive(Default)]
struct Shelves {
    catalogues: HashMap<i32, Arc<Catalogue>>,
    working_days: HashMap<i32, Arc<WorkingCalendar>>,
    rules: HashMap<(CompetitionId, i32), Arc<Rules>>,
    ranked: HashMap<(CompetitionId, i32), Arc<Ranked>>,
    judged: HashMap<(CompetitionId, i32), Arc<JudgedTotals>>,
}

/// What signed sheets come to by [`JudgedShares`](crate::domain::alarms::JudgedShares), by the digests of what was
/// signed; none where a sheet can't be compared.
pub(crate) type JudgedTotals = HashMap<Digest, Option<i128>>;

/// Versions kept of each kind; an installation has a handful.
const KEPT: usize = 64;

impl Shelf {
    fn with<T>(&self, look: impl FnOnce(&mut Shelves) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets all: what was read in a transaction that was not kept may never have been.
    pub(crate) fn forget(&self) {
        self.with(|shelves| *shelves = Shelves::default());
    }

    /// A version of the catalogue.
    pub(crate) fn catalogue(&self, conn: &mut Conn, version: i32) -> Result<Option<Arc<Catalogue>>> {
        if let Some(found) = self.with(|shelves| shelves.catalogues.get(&version).cloned()) {
            return Ok(Some(found));
        }
        let Some(stored) = db::data::by_version(conn, "catalogue", version)? else { return Ok(None) };
        let catalogue: Arc<Catalogue> = Arc::new(parse(&stored.content)?);
        self.with(|shelves| keep(&mut shelves.catalogues, version, &catalogue));
        Ok(Some(catalogue))
    }

    /// The newest version of the catalogue, with its number.
    pub(crate) fn newest_catalogue(&self, conn: &mut Conn) -> Result<(i32, Arc<Catalogue>)> {
        let newest = db::data::newest(conn, "catalogue")?;
        let version = newest.ok_or_else(|| Error::internal("no catalogue is stored"))?.version;
        let catalogue = self.catalogue(conn, version)?;
        Ok((version, catalogue.ok_or_else(|| Error::internal("the newest catalogue is gone"))?))
    }

    /// A version of the calendar of working days.
    pub(crate) fn working_days(&self, conn: &mut Conn, version: i32) -> Result<Option<Arc<WorkingCalendar>>> {
        if let Some(found) = self.with(|shelves| shelves.working_days.get(&version).cloned()) {
            return Ok(Some(found));
        }
        let Some(stored) = db::data::by_version(conn, "working_days", version)? else { return Ok(None) };
        let calendar: Arc<WorkingCalendar> = Arc::new(parse(&stored.content)?);
        self.with(|shelves| keep(&mut shelves.working_days, version, &calendar));
        Ok(Some(calendar))
    }

    /// A version of a tally that was ranked already.
    pub(crate) fn ranked(&self, id: CompetitionId, number: i32) -> Option<Arc<Ranked>> {
        self.with(|shelves| shelves.ranked.get(&(id, number)).cloned())
    }

    /// Keeps a ranked version of a tally.
    pub(crate) fn keep_ranked(&self, id: CompetitionId, number: i32, ranked: &Arc<Ranked>) {
        self.with(|shelves| keep(&mut shelves.ranked, (id, number), ranked));
    }

    /// What sheets come to by a version of an edition's settings, as far as it was worked out already.
    pub(crate) fn judged_totals(&self, id: CompetitionId, number: i32) -> Arc<JudgedTotals> {
        self.with(|shelves| shelves.judged.get(&(id, number)).cloned()).unwrap_or_default()
    }

    /// Keeps what sheets come to.
    pub(crate) fn keep_judged_totals(&self, id: CompetitionId, number: i32, totals: &Arc<JudgedTotals>) {
        self.with(|shelves| keep(&mut shelves.judged, (id, number), totals));
    }

    /// What a version of an edition's settings says.
    pub(crate) fn rules(&self, conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Arc<Rules>> {
        if let Some(found) = self.with(|shelves| shelves.rules.get(&(id, number)).cloned()) {
            return Ok(found);
        }
        let stored = db::competitions::version(conn, id, number)?;
        let stored = stored.ok_or_else(|| Error::internal(format!("settings {number} of {id} are gone")))?;
        let rules = Arc::new(self.read(conn, &stored)?);
        self.with(|shelves| keep(&mut shelves.rules, (id, number), &rules));
        Ok(rules)
    }

    /// The same of a version that is not committed yet, and so must not be kept.
    pub(crate) fn unkept(&self, conn: &mut Conn, id: CompetitionId, number: i32) -> Result<Rules> {
        let stored = db::competitions::version(conn, id, number)?;
        let stored = stored.ok_or_else(|| Error::internal(format!("settings {number} of {id} are gone")))?;
        self.read(conn, &stored)
    }

    fn read(&self, conn: &mut Conn, stored: &Version) -> Result<Rules> {
        let settings: Settings = parse(&stored.content)?;
        let tally = stored_tally(&settings)?;
        let catalogue = self.catalogue(conn, settings.catalogue)?;
        let working_days = self.working_days(conn, settings.working_days)?;
        Ok(Rules {
            tally,
            catalogue: catalogue.ok_or_else(|| Error::internal("settings name no stored catalogue"))?,
            working_days: working_days.ok_or_else(|| Error::internal("settings name no stored calendar"))?,
            settings,
        })
    }
}

/// The rubric and rules of settings that are stored, and so were found to be valid.
pub(crate) fn stored_tally(settings: &Settings) -> Result<Tally> {
    settings.tally().map_err(|_| Error::internal("stored settings have no valid rubric"))
}

fn keep<K: std::hash::Hash + Eq, V>(shelf: &mut HashMap<K, Arc<V>>, key: K, value: &Arc<V>) {
    if shelf.len() >= KEPT {
        shelf.clear();
    }
    shelf.insert(key, Arc::clone(value));
}

/// An edition as the caller may see it, with what holds in it. One that is not yet called is known to the office and
/// the supervisors alone.
pub(crate) fn visible_edition(
    conn: &mut Conn,
    shelf: &Shelf,
    visit: &Visit,
    id: CompetitionId,
) -> Result<(Competition, Arc<Rules>)> {
    let competition = db::competitions::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    if competition.state == CompetitionState::Draft
        && visit.may(Action::ReadDrafts, Relation::General).is_err()
    {
        return Err(Error::not_found());
    }
    let rules = shelf.rules(conn, id, competition.version)?;
    Ok((competition, rules))
}
