//! The announcement (公开发布): the final list, stored as canonical bytes that name the announcement before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::closing::{enter_closed, latest_tally, ranked};
use super::competitions::as_points;
use super::notices::{current_selection, public_entries, suspended};
use super::objections::standing;
use super::open_points::OpenPoint;
use super::rules::{Cache, Rules, visible_competition};
use super::{Act, RequestContext, Service, documents, parse, titles};
use crate::db::competitions::Competition;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::announcement::{
    ANNOUNCEMENT_FORMAT, Announcement, AnnouncementDraft, OtherValidity, RankingEntry, announcement_csv,
    check_announcement, last_day,
};
use crate::domain::blocker::Blocker;
use crate::domain::catalogue::{ChainNumber, RegionCode};
use crate::domain::competition::{CompetitionState, Disclosure};
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::notice::{Notice, PublicEntry};
use crate::domain::objection::{RecheckState, SCREENING_DAYS};
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::time::Timestamp;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_unblocked, must_be_valid};

/// An announcement in the list of all competitions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AnnouncementEntry {
    pub competition_id: CompetitionId,
    /// The competition's title.
    pub title: String,
    /// Which announcement of the competition.
    pub number: i32,
    /// Its document number.
    pub document: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many winners it names.
    pub winner_count: usize,
    /// When it was published.
    pub published_at: Timestamp,
}

/// What an announcement would say now, before it is published.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AnnouncementPreview {
    /// The names that would be announced.
    pub winners: Vec<String>,
    /// Names held back: by an objection that is open or was found true, by a supervisor, or not on the notice.
    pub held_back: Vec<String>,
    /// Numbers of objections that the office has not looked at.
    pub waiting_objections: Vec<String>,
    /// What blocks announcing anything.
    #[serde(serialize_with = "as_points")]
    #[schemars(with = "Vec<OpenPoint>")]
    pub open: Vec<Blocker>,
}

/// The lists that an announcement would publish now.
pub(crate) struct AnnouncementLists {
    pub(crate) winners: Vec<PublicEntry>,
    pub(crate) held_back: Vec<PublicEntry>,
    /// Numbers of objections that the office has not looked at.
    pub(crate) waiting: Vec<String>,
    /// Every ranked application, where the competition discloses the ranking.
    pub(crate) ranking: Option<Vec<RankingEntry>>,
    /// The last day of titles that are given by it, if it is published today.
    pub(crate) valid_until: NaiveDate,
    /// What blocks announcing anything.
    pub(crate) open: Vec<Blocker>,
}

/// What an announcement is made of, and what blocks it.
struct Prepared {
    open: Vec<Blocker>,
    winners: Vec<PublicEntry>,
    held_back: Vec<PublicEntry>,
    waiting: Vec<String>,
    notice: Option<(Digest, Notice)>,
}

fn prepare(conn: &mut Conn, competition: &Competition, rules: &Rules, now: Timestamp) -> Result<Prepared> {
    let id = competition.id;
    let mut open = Vec::new();
    let notice: Option<(_, Notice)> = documents::latest(conn, id, DocumentKind::Notice, "")?;
    let notice = notice.map(|(document, notice)| (document.digest, notice));
    let (selection_digest, selection) = current_selection(conn, id)?;
    match &notice {
        None => open.push(Blocker::NotOnNotice),
        Some((_, notice)) => {
            if now <= notice.deadline {
                open.push(Blocker::NoticeRunning { until: notice.deadline });
            }
            if notice.selection != selection_digest {
                open.push(Blocker::NoticeOutdated);
            }
        }
    }
    for row in db::objections::rechecks_of_competition(conn, id)? {
        if row.state == RecheckState::Filed {
            open.push(Blocker::RecheckOpen { recheck: row.id });
        }
    }
    let objections = standing(conn, id)?;
    if let Some((_, notice)) = notice.as_ref().filter(|_| !objections.waiting.is_empty()) {
        open.extend(screening(rules, notice, now, objections.waiting.len())?);
    }
    let held: BTreeSet<ApplicationId> = objections.held.into_iter().chain(suspended(conn, id)?).collect();
    let (winners, held_back) = public_entries(conn, rules, &selection)?
        .into_iter()
        .partition(|entry| !held.contains(&entry.application));
    Ok(Prepared { open, winners, held_back, waiting: objections.waiting, notice })
}

/// What blocks announcing while the office has not looked at objections and still has time to.
fn screening(rules: &Rules, notice: &Notice, now: Timestamp, waiting: usize) -> Result<Option<Blocker>> {
    let until = rules.end_of_working_days(notice.deadline.date(), SCREENING_DAYS, FirstDay::NotCounted)?;
    Ok((now <= until).then_some(Blocker::ObjectionsWaiting { waiting, until }))
}

/// What an announcement would say now.
///
/// # Errors
/// If the caller may not see it, or nothing is selected.
pub async fn preview(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<AnnouncementPreview> {
    let lists = lists(service, context, id).await?;
    let titles = |entries: Vec<PublicEntry>| entries.into_iter().map(|entry| entry.title).collect();
    Ok(AnnouncementPreview {
        winners: titles(lists.winners),
        held_back: titles(lists.held_back),
        waiting_objections: lists.waiting,
        open: lists.open,
    })
}

/// The lists that an announcement would publish now.
///
/// # Errors
/// If the caller may not see them, or nothing is selected.
pub(crate) async fn lists(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<AnnouncementLists> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            if competition.state < CompetitionState::Selection {
                return Err(Error::conflict("no_result", "尚无结果可查", "There is no result yet"));
            }
            let prepared = prepare(conn, &competition, &rules, now)?;
            let tally = latest_tally(conn, id)?;
            Ok(AnnouncementLists {
                winners: prepared.winners,
                held_back: prepared.held_back,
                waiting: prepared.waiting,
                ranking: disclosed_ranking(conn, &cache, &rules, id, tally.number)?,
                valid_until: last_day(now.date(), rules.settings.review.title_years),
                open: prepared.open,
            })
        })
        .await
}

/// Announces the winners: the names that were on notice, but for those held back. A later announcement replaces the one
/// before, names its digest and says why; nothing is erased.
///
/// # Errors
/// If the caller is not the office, the notice still runs, is outdated, or a re-check request waits for its answer, the
/// tally is not confirmed, or a field is wrong.
pub async fn publish(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    draft: AnnouncementDraft,
) -> Result<AnnouncementEntry> {
    let cache = service.cache.clone();
    let clock = service.clock.clone();
    service
        .write(context, Action::Announce, move |conn, act| {
            let states = [CompetitionState::Notice, CompetitionState::Announced];
            let (mut competition, rules) = enter_closed(conn, act, &cache, id, Action::Announce, &states)?;
            let before = db::documents::latest(conn, id, DocumentKind::Announcement, "")?;
            must_be_valid(check_announcement(&draft, before.is_none()))?;
            let prepared = prepare(conn, &competition, &rules, act.now)?;
            must_be_unblocked(&prepared.open)?;
            let (notice_digest, _) =
                prepared.notice.ok_or_else(|| Error::internal("announced without a notice"))?;
            let tally = latest_tally(conn, id)?;
            let today = act.now.date();
            let last: Option<Announcement> = before.as_ref().map(|kept| parse(&kept.content)).transpose()?;
            let validity = last.as_ref().map_or_else(
                || (today, last_day(today, rules.settings.review.title_years)),
                |last| (last.valid_from, last.valid_until),
            );
            let others = other_validities(conn, &rules, id, &prepared.winners, validity, today)?;
            let announcement = Announcement {
                format: ANNOUNCEMENT_FORMAT.to_owned(),
                competition: id,
                title: rules.settings.title.clone(),
                authority: rules.settings.authority.clone(),
                number: before.as_ref().map_or(1, |document| document.number + 1),
                document: draft.document.clone(),
                issuer: draft.issuer.clone(),
                date: today,
                valid_from: validity.0,
                valid_until: validity.1,
                other_validities: others,
                text: draft.text.clone(),
                licence: rules.settings.licence.clone(),
                winners: prepared.winners,
                ranking: disclosed_ranking(conn, &cache, &rules, id, tally.number)?,
                held_back: u32::try_from(prepared.held_back.len()).unwrap_or(u32::MAX),
                tally: tally.digest,
                notice: notice_digest,
                previous: before.map(|document| document.digest),
                erratum: draft.erratum.clone(),
            };
            act.detail("objections_waiting", &prepared.waiting);
            titles::award(conn, act, &clock, (&announcement, last.as_ref()), &prepared.held_back)?;
            entry(conn, act, &mut competition, &announcement, draft.erratum.as_deref().unwrap_or_default())
        })
        .await
}

/// Winners whose titles hold at other times than `usual`: a title that was given stays as it is, a new one begins today.
fn other_validities(
    conn: &mut Conn,
    rules: &Rules,
    id: CompetitionId,
    winners: &[PublicEntry],
    usual: (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<Vec<OtherValidity>> {
    let given = titles::validities(conn, id)?;
    let new = (today, last_day(today, rules.settings.review.title_years));
    let of = |application| given.get(&application).copied().unwrap_or(new);
    let each = winners.iter().map(|winner| (winner.application, of(winner.application)));
    let others = each.filter(|(_, validity)| *validity != usual);
    Ok(others
        .map(|(application, (valid_from, valid_until))| OtherValidity {
            application,
            valid_from,
            valid_until,
        })
        .collect())
}

fn entry(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: &mut Competition,
    announcement: &Announcement,
    reason: &str,
) -> Result<AnnouncementEntry> {
    let number = announcement.number;
    let kept = documents::keep(
        conn,
        act,
        competition.id,
        (DocumentKind::Announcement, "", number),
        announcement,
        reason,
    )?;
    act.changed(announcement.previous, Some(kept.digest));
    if competition.state == CompetitionState::Notice {
        super::competitions::step(conn, act, competition, CompetitionState::Announced)?;
    }
    Ok(AnnouncementEntry {
        competition_id: competition.id,
        title: announcement.title.clone(),
        number,
        document: announcement.document.clone(),
        digest: kept.digest,
        winner_count: announcement.winners.len(),
        published_at: kept.signed_at,
    })
}

/// Every ranked application, where the competition discloses the ranking.
fn disclosed_ranking(
    conn: &mut Conn,
    cache: &Cache,
    rules: &Rules,
    id: CompetitionId,
    number: i32,
) -> Result<Option<Vec<RankingEntry>>> {
    if rules.settings.disclosure != Disclosure::Ranking {
        return Ok(None);
    }
    let ranked = ranked(conn, cache, id, number)?;
    let ids: Vec<ApplicationId> = ranked.placings.iter().map(|placing| placing.application_id).collect();
    let of: BTreeMap<ApplicationId, (i32, RegionCode)> =
        db::applications::chains_and_leads(conn, &ids)?.into_iter().collect();
    let entries = ranked.placings.iter().filter_map(|placing| {
        let at = ranked.tally.application(&placing.application_id.to_string())?;
        let (chain, region) = of.get(&placing.application_id)?;
        Some(RankingEntry {
            track: placing.track.clone(),
            place: placing.place?,
            title: ranked.tally.applications[at].title.to_string(),
            region: rules.catalogue.region_name(region),
            region_code: Some(region.clone()),
            chain_number: u16::try_from(*chain).ok().map(ChainNumber),
            score: placing.score.clone()?,
        })
    });
    Ok(Some(entries.collect()))
}

/// The announcements that hold, newest competition first.
///
/// # Errors
/// If the database fails.
pub async fn list(service: &Service) -> Result<Vec<AnnouncementEntry>> {
    service
        .read_public("announcement.list", move |conn| {
            db::documents::newest_of_kind(conn, DocumentKind::Announcement)?
                .into_iter()
                .map(|document| {
                    let announcement: Announcement = parse(&document.content)?;
                    Ok(AnnouncementEntry {
                        competition_id: document.competition_id,
                        title: announcement.title,
                        number: document.number,
                        document: announcement.document,
                        digest: document.digest,
                        winner_count: announcement.winners.len(),
                        published_at: document.signed_at,
                    })
                })
                .collect()
        })
        .await
}

/// An announcement of a competition, byte by byte: the one with a number, or the one that holds.
///
/// # Errors
/// If there is none.
pub async fn bytes(service: &Service, id: CompetitionId, number: Option<i32>) -> Result<(Digest, String)> {
    service
        .read_public("announcement.read", move |conn| {
            let found = match number {
                Some(number) => db::documents::version(conn, id, DocumentKind::Announcement, "", number)?,
                None => db::documents::latest(conn, id, DocumentKind::Announcement, "")?,
            };
            let found = found.ok_or_else(Error::not_found)?;
            Ok((found.digest, found.content))
        })
        .await
}

/// The digest of the announcement that holds.
///
/// # Errors
/// If there is none.
pub async fn digest(service: &Service, id: CompetitionId) -> Result<Digest> {
    service
        .db
        .read_by_one_statement("announcement.digest", move |conn| {
            let last = db::documents::heads(conn, id, DocumentKind::Announcement)?.pop();
            last.map(|head| head.digest).ok_or_else(Error::not_found)
        })
        .await
}

/// The announcement that holds, read from its bytes, with its digest.
///
/// # Errors
/// If there is none.
pub async fn read(service: &Service, id: CompetitionId) -> Result<(Digest, Announcement)> {
    let (digest, bytes) = bytes(service, id, None).await?;
    Ok((digest, parse(&bytes)?))
}

/// An announcement by its number, read from its bytes, with its digest.
///
/// # Errors
/// If there is none.
pub async fn version(service: &Service, id: CompetitionId, number: i32) -> Result<(Digest, Announcement)> {
    let (digest, bytes) = bytes(service, id, Some(number)).await?;
    Ok((digest, parse(&bytes)?))
}

/// The winners of the announcement that holds, as CSV.
///
/// # Errors
/// If there is none.
pub async fn csv(service: &Service, id: CompetitionId) -> Result<String> {
    let announcement = read(service, id).await?.1;
    let cache = service.cache.clone();
    let rules = service
        .read_public("announcement.csv", move |conn| {
            let competition = db::competitions::by_id(conn, id)?.ok_or_else(Error::not_found)?;
            cache.rules(conn, id, competition.version)
        })
        .await?;
    let track = |key: &str| rules.settings.track_name(key, &rules.catalogue).unwrap_or_default().to_owned();
    Ok(announcement_csv(&announcement, track))
}
