//! Public notice (公示): the proposed names, for a number of working days, and names that a supervisor suspends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::enter;
use super::closing::{enter_closed, latest_tally};
use super::documents;
use super::inspections::Because;
use super::rules::{Rules, visible_competition};
use super::{RequestContext, Service, need_text, parse};
use crate::db::applications;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::application::{Member, Whole};
use crate::domain::competition::{CompetitionState, Disclosure};
use crate::domain::draw::DrawState;
use crate::domain::ids::{ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::notice::{
    NOTICE_FORMAT, Notice, NoticeDraft, PublicEntry, PublicMember, check_notice, notice_text,
};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::selection::{Selection, SelectionResult};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::domain::working_days::FirstDay;
use crate::error::{Error, Result, must_be_valid};

/// A notice as published.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NoticeView {
    /// The digest of the document.
    pub digest: Digest,
    /// When it was published.
    pub published_at: Timestamp,
    /// Why it replaces an earlier one; empty for the first.
    pub reason: String,
    pub notice: Notice,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PublishNotice {
    /// What the office says.
    pub notice: NoticeDraft,
    /// Why it replaces an earlier one; obligatory then.
    #[serde(default)]
    #[schemars(length(max = lengths::REASON))]
    pub reason: String,
}

/// Whether a name is suspended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SuspensionView {
    pub application_id: ApplicationId,
    /// Whether its name is suspended.
    pub suspended: bool,
    /// Why, or why no more.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

/// A suspension or its end, as it is kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Suspension {
    pub(crate) suspended: bool,
    pub(crate) reason: String,
}

/// The proposed names of a selection as the public may read them, in the order of the ranking.
pub(crate) fn public_entries(
    conn: &mut Conn,
    rules: &Rules,
    selection: &Selection,
) -> Result<Vec<PublicEntry>> {
    let proposed: Vec<_> =
        selection.entries.iter().filter(|entry| entry.result == SelectionResult::Proposed).collect();
    let ids: Vec<ApplicationId> = proposed.iter().map(|entry| entry.application).collect();
    let mut wholes: BTreeMap<ApplicationId, Whole> = BTreeMap::new();
    for submission in applications::last_submitted(conn, &ids)? {
        wholes.insert(submission.application_id, parse(&submission.content)?);
    }
    let ranked = matches!(rules.settings.disclosure, Disclosure::RankedWinners | Disclosure::Ranking);
    proposed
        .into_iter()
        .map(|entry| {
            let whole = wholes.get(&entry.application);
            let whole = whole.ok_or_else(|| Error::internal("a proposed application has no submission"))?;
            let (lead, others): (Vec<&Member>, Vec<&Member>) =
                whole.members.iter().partition(|member| member.region == whole.lead_region);
            let member = |member: &Member| PublicMember {
                code: member.region.clone(),
                name: rules.catalogue.region_name(&member.region),
                role: member.role,
            };
            let members: Vec<PublicMember> = lead.into_iter().chain(others).map(member).collect();
            let award = entry.award.clone().unwrap_or_default();
            let named = rules.tally.rules.awards.iter().find(|rule| rule.key.as_str() == award);
            Ok(PublicEntry {
                application: entry.application,
                title: whole.profile.title.clone(),
                chain_number: Some(whole.chain),
                chain: rules.catalogue.chain(whole.chain).map(|(_, c)| c.name.clone()).unwrap_or_default(),
                region: rules.catalogue.region_name(&whole.lead_region),
                regions: members.iter().map(|member| member.name.clone()).collect(),
                members,
                track: entry.track.clone(),
                award_name: named.map_or_else(|| award.clone(), |rule| rule.name.clone()),
                award,
                place: entry.place.filter(|_| ranked),
                score: entry.score.clone().filter(|_| ranked),
            })
        })
        .collect()
}

/// The latest selection, which must rest on the latest tally.
pub(crate) fn current_selection(conn: &mut Conn, id: CompetitionId) -> Result<(Digest, Selection)> {
    let found: Option<(_, Selection)> = documents::latest(conn, id, DocumentKind::Selection, "")?;
    let (document, selection) = found.ok_or_else(|| {
        Error::conflict("not_selected", "领导小组尚未审议", "The leading group has not deliberated yet")
    })?;
    let tally = latest_tally(conn, id)?;
    if tally.digest != selection.tally_digest {
        return Err(Error::conflict(
            "selection_outdated",
            "评分汇总在审议后有更正，须重新审议",
            "The tally was corrected after the deliberation; deliberate again",
        ));
    }
    super::selections::must_be_decided(conn, id)?;
    Ok((document.digest, selection))
}

/// The notice that would be published.
fn compose(
    conn: &mut Conn,
    rules: &Rules,
    id: CompetitionId,
    publish: &PublishNotice,
    now: Timestamp,
) -> Result<Notice> {
    let (selection_digest, selection) = current_selection(conn, id)?;
    let number = documents::next_number(conn, id, DocumentKind::Notice, "")?;
    let draft = &publish.notice;
    let mut problems: Vec<FieldProblem> = check_notice(draft, rules.settings.review.notice_days)
        .into_iter()
        .map(|problem| problem.under("/notice"))
        .collect();
    check_text(&mut problems, "/reason", &publish.reason, usize::from(number > 1), lengths::REASON);
    if draft.from < now.date() {
        problems.push(FieldProblem::new(
            "/notice/from",
            "in_the_past",
            "公示期不得从过去的日期开始",
            "The period must not begin in the past",
        ));
    }
    must_be_valid(problems)?;
    let deadline = rules.end_of_working_days(draft.from, draft.days, FirstDay::Counted)?;
    let mut notice = Notice {
        format: NOTICE_FORMAT.to_owned(),
        competition: id,
        title: rules.settings.title.clone(),
        number,
        document: draft.document.clone(),
        from: draft.from,
        until: deadline.date(),
        days: draft.days,
        deadline,
        channels: draft.channels.clone(),
        issuer: draft.issuer.clone(),
        selection: selection_digest,
        draws: db::experts::draws(conn, id)?
            .into_iter()
            .filter(|draw| draw.state == DrawState::Confirmed)
            .map(|draw| draw.digest)
            .collect(),
        entries: public_entries(conn, rules, &selection)?,
        licence: rules.settings.licence.clone(),
        text: String::new(),
    };
    let (template, authority) = (&rules.settings.review.notice_template, &rules.settings.authority);
    notice.text = notice_text(template, authority, &notice, now.date());
    Ok(notice)
}

/// The notice that would be published, to be read before it is.
///
/// # Errors
/// If the caller may not see rankings, or [`publish`] would refuse what the office says.
pub async fn preview(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    publish: PublishNotice,
) -> Result<Notice> {
    let (cache, now) = (service.cache.clone(), service.clock.now());
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            compose(conn, &rules, id, &publish, now)
        })
        .await
}

/// The names that would be put on notice now.
///
/// # Errors
/// If the caller may not see rankings, or nothing is selected by the latest tally.
pub async fn proposed(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<PublicEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadRanking, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadRanking, Relation::General)?;
            let (_, rules) = visible_competition(conn, &cache, context, id)?;
            let (_, selection) = current_selection(conn, id)?;
            public_entries(conn, &rules, &selection)
        })
        .await
}

/// Puts the proposed names on notice. A later notice replaces the one before, with a reason, and its period begins anew.
///
/// # Errors
/// If the caller is not the office, the stage is another, nothing is selected by the latest tally, the period is too
/// short, begins in the past, or runs into a year without calendar, or a field is wrong.
pub async fn publish(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    publish: PublishNotice,
) -> Result<NoticeView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::PublishNotice, move |conn, act| {
            let states = [CompetitionState::Selection, CompetitionState::Notice, CompetitionState::Announced];
            let (mut competition, rules) =
                enter_closed(conn, act, &cache, id, Action::PublishNotice, &states)?;
            let notice = compose(conn, &rules, id, &publish, act.now)?;
            let number = notice.number;
            let kept =
                documents::keep(conn, act, id, (DocumentKind::Notice, "", number), &notice, &publish.reason)?;
            if competition.state == CompetitionState::Selection {
                super::competitions::step(conn, act, &mut competition, CompetitionState::Notice)?;
            }
            Ok(NoticeView { digest: kept.digest, published_at: kept.signed_at, reason: kept.reason, notice })
        })
        .await
}

fn view(document: &db::documents::Document) -> Result<NoticeView> {
    Ok(NoticeView {
        digest: document.digest,
        published_at: document.signed_at,
        reason: document.reason.clone(),
        notice: parse(&document.content)?,
    })
}

/// The notice that holds of every competition that has one, newest competition first.
///
/// # Errors
/// If the database fails.
pub async fn list(service: &Service) -> Result<Vec<NoticeView>> {
    service
        .read_public("notice.list", move |conn| {
            db::documents::newest_of_kind(conn, DocumentKind::Notice)?.iter().map(view).collect()
        })
        .await
}

/// The notices of a competition, newest first.
///
/// # Errors
/// If it has none.
pub async fn read(service: &Service, id: CompetitionId) -> Result<Vec<NoticeView>> {
    service
        .read_public("notice.read", move |conn| {
            let kept = db::documents::versions(conn, id, DocumentKind::Notice, "")?;
            if kept.is_empty() {
                return Err(Error::not_found());
            }
            kept.iter().rev().map(view).collect()
        })
        .await
}

/// Suspends a name, or ends its suspension, as a supervisor. Scores stay as they are.
///
/// # Errors
/// If the caller is no supervisor, the stage is another, it is so already, or the reason is missing.
pub async fn suspend(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    suspended: bool,
    because: Because,
) -> Result<SuspensionView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Suspend, move |conn, act| {
            let (application, _, competition, _) = enter(conn, act, &cache, id, Action::Suspend)?;
            if !matches!(
                competition.state,
                CompetitionState::Scoring
                    | CompetitionState::Selection
                    | CompetitionState::Notice
                    | CompetitionState::Announced
            ) {
                return Err(Error::conflict(
                    "stage_closed",
                    "当前阶段不能暂停",
                    "Nothing can be suspended at the present stage",
                ));
            }
            need_text("/reason", &because.reason, 1, 2_000)?;
            let subject = id.to_string();
            let before: Option<(_, Suspension)> =
                documents::latest(conn, competition.id, DocumentKind::Suspension, &subject)?;
            let stands = before.as_ref().is_some_and(|(_, suspension)| suspension.suspended);
            if stands == suspended {
                return Err(Error::conflict("unchanged", "状态没有变化", "It is so already"));
            }
            let number = before.map_or(1, |(document, _)| document.number + 1);
            let content = Suspension { suspended, reason: because.reason.clone() };
            let kept = documents::keep(
                conn,
                act,
                application.competition_id,
                (DocumentKind::Suspension, &subject, number),
                &content,
                &because.reason,
            )?;
            act.detail("suspended", &suspended);
            Ok(SuspensionView {
                application_id: id,
                suspended,
                reason: because.reason.clone(),
                at: kept.signed_at,
            })
        })
        .await
}

/// Names that are suspended now.
pub(crate) fn suspended(conn: &mut Conn, id: CompetitionId) -> Result<BTreeSet<ApplicationId>> {
    Ok(suspensions_of(conn, id)?
        .into_iter()
        .filter(|view| view.suspended)
        .map(|view| view.application_id)
        .collect())
}

fn suspensions_of(conn: &mut Conn, id: CompetitionId) -> Result<Vec<SuspensionView>> {
    let mut latest: BTreeMap<String, SuspensionView> = BTreeMap::new();
    for document in db::documents::of_kinds(conn, id, &[DocumentKind::Suspension])? {
        let suspension: Suspension = parse(&document.content)?;
        let application_id = document.subject.parse();
        let application_id = application_id.map_err(|_| Error::internal("a suspension of no application"))?;
        latest.insert(
            document.subject,
            SuspensionView {
                application_id,
                suspended: suspension.suspended,
                reason: suspension.reason,
                at: document.signed_at,
            },
        );
    }
    Ok(latest.into_values().collect())
}

/// Suspensions of a competition, those that ended included.
///
/// # Errors
/// If the caller may not see them.
pub async fn suspensions(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Vec<SuspensionView>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadObjections, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadObjections, Relation::General)?;
            visible_competition(conn, &cache, context, id)?;
            suspensions_of(conn, id)
        })
        .await
}
