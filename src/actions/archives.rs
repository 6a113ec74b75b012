//! Archiving a competition (归档): the office's act, which is recorded, and what there is to put into the archive.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::closing::enter_closed;
use super::rules::visible_competition;
use super::{RequestContext, Service, parse};
use crate::db::audit::Filter;
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation};
use crate::domain::announcement::TitleContent;
use crate::domain::application::ApplicationState;
use crate::domain::archive::RetentionPeriods;
use crate::domain::catalogue::RegionCode;
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{ApplicationId, CompetitionId, EvidenceId, TitleId};
use crate::domain::record::{DocumentKind, Outcome};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// How a competition is to be archived.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MakeArchive {
    /// For how long each class is kept.
    pub retention: RetentionPeriods,
}

/// That a competition was archived.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ArchivedView {
    pub competition_id: CompetitionId,
    /// When: the time that the archive's files bear.
    pub archived_at: Timestamp,
    pub retention: RetentionPeriods,
}

/// How far an application came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Won,
    Accepted,
    Other,
}

/// An application of the archive.
pub(crate) struct ArchivedApplication {
    pub(crate) id: ApplicationId,
    pub(crate) number: String,
    pub(crate) lead: RegionCode,
    pub(crate) standing: Standing,
    /// The numbers of its submissions.
    pub(crate) submissions: Vec<i32>,
    pub(crate) evidence: Vec<ArchivedFile>,
}

/// An uploaded file of an application.
pub(crate) struct ArchivedFile {
    pub(crate) id: EvidenceId,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) uploaded_at: Timestamp,
    /// Filed by the office or the inspection team.
    pub(crate) is_office: bool,
}

/// A version of a kept document.
pub(crate) struct KeptDocument {
    pub(crate) kind: DocumentKind,
    pub(crate) subject: String,
    pub(crate) number: i32,
    pub(crate) signed_at: Timestamp,
}

/// What there is of a competition, each in a fixed order.
pub(crate) struct Contents {
    pub(crate) title: String,
    pub(crate) organizer: String,
    pub(crate) archived: Option<ArchivedView>,
    pub(crate) applications: Vec<ArchivedApplication>,
    /// Cities whose lists are sealed, with their names.
    pub(crate) cities: Vec<(RegionCode, String)>,
    /// Names of the lead regions, as the applications have them in order.
    pub(crate) regions: Vec<String>,
    pub(crate) draws: Vec<i32>,
    /// Titles, each with what it is called.
    pub(crate) titles: Vec<(TitleId, String)>,
    pub(crate) documents: Vec<KeptDocument>,
}

/// Archives a competition that was announced. Again and again: the last time holds.
///
/// # Errors
/// If it was not announced.
pub async fn make(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    request: MakeArchive,
) -> Result<ArchivedView> {
    let cache = service.cache.clone();
    service
        .write(context, Action::Archive, move |conn, act| {
            enter_closed(conn, act, &cache, id, Action::Archive, &[CompetitionState::Announced])?;
            act.detail("retention", &request.retention);
            Ok(ArchivedView { competition_id: id, archived_at: act.now, retention: request.retention })
        })
        .await
}

/// When a competition was archived last, by its trail.
fn last(conn: &mut Conn, id: CompetitionId) -> Result<Option<ArchivedView>> {
    let filter = Filter {
        action: Some(Action::Archive.to_string()),
        outcome: Some(Outcome::Done.to_string()),
        ..Filter::default()
    };
    let Some(event) = db::audit::list(conn, &id.to_string(), 0, i64::MAX, &filter)?.pop() else {
        return Ok(None);
    };
    let event: Value = parse(&event.body)?;
    let read = |value: &Value| value.to_string();
    let archived_at: Timestamp = parse(&read(&event["at"]))?;
    let retention: RetentionPeriods = parse(&read(&event["details"]["retention"]))?;
    Ok(Some(ArchivedView { competition_id: id, archived_at, retention }))
}

/// What an archive of a competition has.
///
/// # Errors
/// If there is no such competition, or it was not announced.
pub(crate) async fn contents(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<Contents> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadArchive, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadArchive, Relation::General)?;
            let (competition, rules) = visible_competition(conn, &cache, context, id)?;
            if competition.state != CompetitionState::Announced {
                return Err(Error::conflict(
                    "not_announced",
                    "公布入选名单之后才能归档",
                    "A competition is archived once its winners are announced",
                ));
            }
            let titles = db::titles::of_competition(conn, id)?;
            let applications = applications(conn, id, &titles)?;
            let lists =
                db::recommendations::lists(conn, id)?.into_iter().filter(|list| list.sealed_at.is_some());
            let drawn = db::experts::draws(conn, id)?.into_iter().filter(|draw| draw.result.is_some());
            let region = |code: &RegionCode| rules.catalogue.region_name_or_code(code);
            Ok(Contents {
                title: rules.settings.title.clone(),
                organizer: rules.settings.organizer.clone(),
                archived: last(conn, id)?,
                cities: lists.map(|list| (list.city.clone(), region(&list.city))).collect(),
                regions: applications.iter().map(|application| region(&application.lead)).collect(),
                applications,
                draws: drawn.map(|draw| draw.number).collect(),
                titles: titles.iter().map(named).collect::<Result<_>>()?,
                documents: documents(conn, id)?,
            })
        })
        .await
}

/// A title with what it is called.
fn named(title: &db::titles::Title) -> Result<(TitleId, String)> {
    let content: TitleContent = parse(&title.content)?;
    Ok((title.id, content.title))
}

fn applications(
    conn: &mut Conn,
    id: CompetitionId,
    titles: &[db::titles::Title],
) -> Result<Vec<ArchivedApplication>> {
    let submitted =
        db::applications::Filter { competition: Some(id), submitted_only: true, ..Default::default() };
    let rows = db::applications::list(conn, &submitted, i64::MAX)?;
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
    let mut submissions: BTreeMap<ApplicationId, Vec<i32>> = BTreeMap::new();
    for (id, number) in db::applications::submission_numbers(conn, &ids)? {
        submissions.entry(id).or_default().push(number);
    }
    let mut evidence: BTreeMap<ApplicationId, Vec<ArchivedFile>> = BTreeMap::new();
    for file in db::evidence::of_applications(conn, &ids)? {
        evidence.entry(file.application_id).or_default().push(ArchivedFile {
            id: file.id,
            name: file.name,
            size: u64::try_from(file.size).unwrap_or_default(),
            uploaded_at: file.uploaded_at,
            is_office: file.office_only,
        });
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let has_title = titles.iter().any(|title| title.application_id == row.id);
        let standing = match row.state {
            ApplicationState::Accepted if has_title => Standing::Won,
            ApplicationState::Accepted => Standing::Accepted,
            _ => Standing::Other,
        };
        found.push(ArchivedApplication {
            number: row.number.unwrap_or_default(),
            lead: row.lead_region,
            standing,
            submissions: submissions.remove(&row.id).unwrap_or_default(),
            evidence: evidence.remove(&row.id).unwrap_or_default(),
            id: row.id,
        });
    }
    found.sort_by(|one, other| one.number.cmp(&other.number));
    Ok(found)
}

fn documents(conn: &mut Conn, id: CompetitionId) -> Result<Vec<KeptDocument>> {
    let mut found = Vec::new();
    for kind in DocumentKind::ALL {
        let heads = db::documents::heads(conn, id, *kind)?.into_iter();
        found.extend(heads.map(|head| KeptDocument {
            kind: *kind,
            subject: head.subject,
            number: head.number,
            signed_at: head.signed_at,
        }));
    }
    Ok(found)
}

/// A kept document, byte by byte.
///
/// # Errors
/// If there is none, or it is damaged.
pub(crate) async fn document(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    kept: &KeptDocument,
) -> Result<String> {
    let (kind, subject, number) = (kept.kind, kept.subject.clone(), kept.number);
    service
        .read(context, Action::ReadArchive, format!("competition/{id}"), move |conn, context| {
            context.may(Action::ReadArchive, Relation::General)?;
            let found = db::documents::version(conn, id, kind, &subject, number)?;
            Ok(found.ok_or_else(Error::not_found)?.content)
        })
        .await
}
