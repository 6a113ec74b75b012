//! Alarms (预警): what a supervisor should look at in a competition. Worked out anew from what is recorded each time they
//! are read; nothing of them is stored, and nothing else reads them.

mod access;
mod finder;
mod incidents;
mod recorded;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::access::access_alarms;
use self::finder::Finder;
use self::incidents::{come_upon, jumps};
use self::recorded::{Recorded, Settings, Shared, read};
use super::rules::{Cache, Digests};
use super::{RequestContext, Service, unless_damaged};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::alarms::AlarmKind;
use crate::domain::ids::CompetitionId;
use crate::error::{Damage, Error, Result};

pub use self::views::*;

/// Competitions whose alarms are listed together; so many are read ahead.
pub const COMPETITIONS: usize = 20;

type ByAlarms = BTreeMap<CompetitionId, Vec<AlarmView>>;

/// The alarms of competitions, and the damage because of which some could not be found.
type Found = (BTreeMap<CompetitionId, Vec<AlarmView>>, Vec<Damage>);

/// The alarms of some competitions, newest first. Where what they follow from is damaged itself, the damage alone is told of,
/// and comes back to be recorded.
fn all(conn: &mut Conn, cache: &Cache, competitions: &[Competition]) -> Result<Found> {
    let ids: Vec<CompetitionId> = competitions.iter().map(|competition| competition.id).collect();
    let mut alarms = come_upon(conn, &ids)?;
    jumps(conn, competitions, &mut alarms)?;
    let (found, hindered) = unless_damaged(followed(conn, cache, competitions))?;
    let mut damages: Vec<Damage> = hindered.into_iter().collect();
    let mut found = found.unwrap_or_default();
    if !damages.is_empty() && competitions.len() > 1 {
        damages.clear();
        for competition in competitions {
            let (one, hindered) = unless_damaged(followed(conn, cache, std::slice::from_ref(competition)))?;
            found.extend(one.unwrap_or_default());
            damages.extend(hindered);
        }
    }
    for (id, more) in found.into_iter().chain(access_alarms(conn, competitions)?) {
        alarms.entry(id).or_default().extend(more);
    }
    for alarms in alarms.values_mut() {
        alarms.sort_by(|one, other| (other.at, one.kind).cmp(&(one.at, other.kind)));
    }
    Ok((alarms, damages))
}

/// The alarms that follow from what is recorded of some competitions.
fn followed(
    conn: &mut Conn,
    cache: &Cache,
    competitions: &[Competition],
) -> Result<BTreeMap<CompetitionId, Vec<AlarmView>>> {
    let ids: Vec<CompetitionId> = competitions.iter().map(|competition| competition.id).collect();
    let digests = Digests::of(conn, &ids)?;
    let mut with_settings = Vec::new();
    for competition in competitions {
        with_settings.push((competition.clone(), Settings::of(conn, cache, &digests, competition)?));
    }
    let (all, shared) = read(conn, cache, &with_settings)?;
    let found = with_settings.iter().filter_map(|(competition, settings)| {
        Some((competition.id, find(competition, all.get(&competition.id)?, &shared, settings)))
    });
    Ok(found.collect())
}

fn find(
    competition: &Competition,
    recorded: &Recorded,
    shared: &Shared,
    settings: &Settings,
) -> Vec<AlarmView> {
    let mut finder =
        Finder { recorded, shared, settings, called_version: competition.called_version, found: Vec::new() };
    finder.documents();
    finder.settings();
    finder.submissions();
    finder.lists();
    finder.paper();
    finder.far_sheets();
    finder.addresses();
    finder.found
}

/// The alarms of a competition, with the rules by which they were found.
///
/// # Errors
/// If the caller is no supervisor, or there is no such competition.
pub async fn read_alarms(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<AlarmsView> {
    let mut found = found(service, context, vec![id], format!("competition/{id}")).await?;
    let alarms = found.remove(&id).ok_or_else(Error::not_found)?;
    let rules = AlarmKind::ALL.iter().map(|kind| {
        let (zh, en) = kind.rule();
        let found = alarms.iter().filter(|alarm| alarm.kind == *kind).count();
        AlarmRuleView { kind: *kind, zh, en, found }
    });
    Ok(AlarmsView { rules: rules.collect(), alarms })
}

/// The alarms of some competitions, for supervisors. Damage that hinders is recorded, and then told of like any other.
async fn found(
    service: &Service,
    context: &Arc<RequestContext>,
    ids: Vec<CompetitionId>,
    object: String,
) -> Result<BTreeMap<CompetitionId, Vec<AlarmView>>> {
    let look = || {
        let (cache, ids, only) = (service.cache.clone(), ids.clone(), ids.len() == 1);
        service.read(context, Action::ReadAlarms, object.clone(), move |conn, context| {
            context.may(Action::ReadAlarms, Relation::General)?;
            let competitions = db::competitions::by_ids(conn, &ids)?;
            if only && competitions.is_empty() {
                return Err(Error::not_found());
            }
            all(conn, &cache, &competitions)
        })
    };
    let (alarms, damages) = look().await?;
    if damages.is_empty() {
        return Ok(alarms);
    }
    for damage in &damages {
        service.note_damage(damage).await;
    }
    Ok(look().await?.0)
}

/// The same for several competitions, counted: for lists. Competitions that are not there are left out.
///
/// # Errors
/// If the caller is no supervisor.
pub async fn count_alarms(
    service: &Service,
    context: &Arc<RequestContext>,
    ids: Vec<CompetitionId>,
) -> Result<Vec<AlarmCount>> {
    let found = found(service, context, ids, "competition".to_owned()).await?;
    let counts = found.into_iter().map(|(competition, alarms)| {
        let mut by_kind = BTreeMap::new();
        for alarm in &alarms {
            *by_kind.entry(alarm.kind).or_insert(0) += 1;
        }
        AlarmCount { competition, by_kind, newest: alarms.first().map(|alarm| alarm.at) }
    });
    Ok(counts.collect())
}

/// Reads what the alarms of the latest competitions rest on, for the cache: so that whoever asks for them first after a
/// start waits no longer than the next. Damage is found and recorded on the way.
///
/// # Errors
/// If the database can't be read.
pub async fn read_ahead(service: &Service) -> Result<()> {
    let cache = service.cache.clone();
    let (_, damages) = service
        .read_public("read_ahead", move |conn| {
            let most = i64::try_from(COMPETITIONS).unwrap_or(i64::MAX);
            let latest = db::competitions::latest(conn, most)?;
            all(conn, &cache, &latest)
        })
        .await?;
    for damage in &damages {
        service.note_damage(damage).await;
    }
    Ok(())
}
