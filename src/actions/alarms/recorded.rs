//! What the alarms of some competitions follow from, read in few statements.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use super::views::AlarmPersonView;
use crate::actions::parse;
use crate::actions::rules::{Cache, Digests, JudgedTotals, Rules};
use crate::db::competitions::Competition;
use crate::db::{self, Conn, alarms as rows};
use crate::domain::access::Action;
use crate::domain::alarms::{Deadline, JudgedShares, ScoredMark};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId, ExpertId};
use crate::domain::record::Event;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Of what stands on a sheet, the marks.
#[derive(Deserialize)]
struct SignedMarks<'a> {
    #[serde(borrow)]
    content: Marked<'a>,
}

#[derive(Deserialize)]
struct Marked<'a> {
    #[serde(borrow)]
    marks: Vec<ScoredMark<'a>>,
}

/// Everything that the alarms of some competitions follow from, competition by competition.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) first_tally: Option<Timestamp>,
    pub(super) documents: Vec<rows::Signed>,
    pub(super) versions: Vec<rows::SettingsVersion>,
    pub(super) numbers: BTreeMap<ApplicationId, Option<String>>,
    pub(super) submissions: Vec<rows::Submitted>,
    pub(super) lists: Vec<rows::Sealed>,
    /// Signed sheets of experts who serve.
    pub(super) sheets: Vec<rows::SignedSheet>,
    /// What they come to.
    pub(super) totals: Arc<JudgedTotals>,
    pub(super) sign_ins: Vec<rows::SignIn>,
    pub(super) drawn: Option<Timestamp>,
    pub(super) paper: Vec<Event>,
}

/// What is read for all competitions together.
pub(super) struct Shared {
    pub(super) corrections: BTreeMap<ApplicationId, Vec<Timestamp>>,
    pub(super) experts: BTreeMap<ExpertId, AlarmPersonView>,
    pub(super) names: BTreeMap<AccountId, String>,
}

type ByCompetition = BTreeMap<CompetitionId, Recorded>;

/// Reads what is recorded of some competitions, in a number of statements that grows with nothing.
pub(super) fn read(
    conn: &mut Conn,
    cache: &Cache,
    competitions: &[(Competition, Settings)],
) -> Result<(ByCompetition, Shared)> {
    let ids: Vec<CompetitionId> = competitions.iter().map(|(competition, _)| competition.id).collect();
    let ids = ids.as_slice();
    let mut all: ByCompetition = ids.iter().map(|id| (*id, Recorded::default())).collect();
    for (competition, at) in rows::first_tallies(conn, ids)? {
        all.entry(competition).or_default().first_tally = Some(at);
    }
    let mut accounts = BTreeSet::new();
    // Most sheets were signed once, in good time: no alarm follows from that.
    let deadlines =
        competitions.iter().filter_map(|(_, settings)| settings.deadline(CompetitionState::Scoring));
    let tallies = all.values().filter_map(|recorded| recorded.first_tally);
    let since = deadlines.map(Deadline::watched_from).chain(tallies).min();
    let mut documents = rows::documents(conn, ids, since.unwrap_or(Timestamp::from_micros(i64::MAX)))?;
    documents.sort_by(|one, other| {
        (one.at, &one.subject, one.number).cmp(&(other.at, &other.subject, other.number))
    });
    for row in documents {
        accounts.insert(row.by);
        all.entry(row.competition).or_default().documents.push(row);
    }
    for row in rows::versions(conn, ids)? {
        accounts.insert(row.by);
        all.entry(row.competition).or_default().versions.push(row);
    }
    for (competition, id, number) in rows::applications(conn, ids)? {
        all.entry(competition).or_default().numbers.insert(id, number);
    }
    for row in rows::submissions(conn, ids)? {
        accounts.insert(row.by);
        all.entry(row.competition).or_default().submissions.push(row);
    }
    for row in rows::lists(conn, ids)? {
        accounts.extend(row.by);
        all.entry(row.competition).or_default().lists.push(row);
    }
    let judged: BTreeMap<ApplicationId, _> = rows::judged(conn, ids)?.into_iter().collect();
    let mut serving: BTreeMap<_, BTreeSet<ExpertId>> = BTreeMap::new();
    for (panel, expert) in rows::serving(conn, ids)? {
        serving.entry(panel).or_default().insert(expert);
    }
    let mut sheets = rows::sheets(conn, ids)?;
    sheets.retain(|sheet| {
        let panel = judged.get(&sheet.application).and_then(|panel| serving.get(panel));
        panel.is_some_and(|panel| panel.contains(&sheet.expert))
    });
    sheets.sort_by_key(|sheet| (sheet.application, sheet.expert));
    for row in sheets {
        all.entry(row.competition).or_default().sheets.push(row);
    }
    judge(conn, cache, competitions, &mut all)?;
    for row in rows::sign_ins(conn, ids)? {
        all.entry(row.competition).or_default().sign_ins.push(row);
    }
    for (competition, at) in rows::drawn(conn, ids)? {
        all.entry(competition).or_default().drawn = at;
    }
    for (chain, _, body) in rows::events(conn, chains_of(ids), &[Action::EnterPaperSheet])? {
        let event: Event = parse(&body)?;
        accounts.extend(event.actor.as_ref().map(|actor| actor.account));
        if let Ok(competition) = chain.parse::<CompetitionId>() {
            all.entry(competition).or_default().paper.push(event);
        }
    }
    let mut corrections: BTreeMap<ApplicationId, Vec<Timestamp>> = BTreeMap::new();
    for (application, until) in rows::corrections(conn, ids)? {
        corrections.entry(application).or_default().extend(until);
    }
    let experts = rows::experts(conn)?
        .into_iter()
        .map(|(id, name, account_id)| (id, AlarmPersonView { account_id, name }))
        .collect();
    let accounts: Vec<AccountId> = accounts.into_iter().collect();
    let names = db::accounts::display_names(conn, &accounts)?.into_iter().collect();
    Ok((all, Shared { corrections, experts, names }))
}

pub(super) fn chains_of(ids: &[CompetitionId]) -> Vec<String> {
    ids.iter().map(CompetitionId::to_string).collect()
}

/// Works out what the sheets come to. Each is read once as long as the same settings hold: its digest tells what it says.
fn judge(
    conn: &mut Conn,
    cache: &Cache,
    competitions: &[(Competition, Settings)],
    all: &mut ByCompetition,
) -> Result<()> {
    let mut since: Option<Timestamp> = None;
    for (competition, settings) in competitions {
        let Some(recorded) = all.get_mut(&competition.id) else { continue };
        recorded.totals = cache.judged_totals(competition.id, settings.holds.digest);
        let unknown = recorded.sheets.iter().filter(|sheet| !recorded.totals.contains_key(&sheet.digest));
        since = unknown.map(|sheet| sheet.at).chain(since).min();
    }
    let Some(since) = since else { return Ok(()) };
    let ids: Vec<CompetitionId> = all.keys().copied().collect();
    let signed = rows::signed_sheets(conn, &ids, since)?;
    let contents: BTreeMap<_, _> =
        signed.into_iter().map(|document| (document.digest, document.content)).collect();
    for (competition, settings) in competitions {
        let Some(recorded) = all.get_mut(&competition.id) else { continue };
        let shares = JudgedShares::of(&settings.holds.tally.rubric);
        let mut totals = JudgedTotals::default();
        for rows::SignedSheet { digest, .. } in &recorded.sheets {
            let total = match (recorded.totals.get(digest), contents.get(digest)) {
                (Some(known), _) => *known,
                (None, Some(content)) => shares.total(&parse::<SignedMarks<'_>>(content)?.content.marks),
                (None, None) => return Err(Error::internal(format!("sheet {digest} is gone"))),
            };
            totals.insert(*digest, total);
        }
        recorded.totals = cache.keep_judged_totals(competition.id, settings.holds.digest, totals);
    }
    Ok(())
}

/// The settings that a competition was called with, and those that hold.
pub(super) struct Settings {
    pub(super) called: Arc<Rules>,
    pub(super) holds: Arc<Rules>,
}

impl Settings {
    pub(super) fn of(
        conn: &mut Conn,
        cache: &Cache,
        digests: &Digests,
        competition: &Competition,
    ) -> Result<Self> {
        let holds = cache.rules_by(conn, digests, competition.id, competition.version)?;
        let called = match competition.called_version {
            Some(version) => cache.rules_by(conn, digests, competition.id, version)?,
            None => Arc::clone(&holds),
        };
        Ok(Self { called, holds })
    }

    pub(super) fn deadline(&self, state: CompetitionState) -> Option<Deadline> {
        Deadline::of(state, &self.called.settings.calendar, &self.holds.settings.calendar)
    }
}
