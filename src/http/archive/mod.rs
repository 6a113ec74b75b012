//! The archive of a competition (归档包): what it would have, the office's act, and the ZIP itself, which is made while it is sent
//! and kept nowhere. It has what whoever asks may read: the trail is in those of supervisors and of the machine's operator.

mod making;
mod plan;
mod reading;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, LocalBoxStream};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc;

use self::making::Making;
use self::plan::{Planned, plan};
pub(crate) use self::reading::{OpenArchive, serve};
use super::printed;
use super::request::{Reply, Request};
use crate::actions::archives::{self, Contents};
use crate::actions::{RequestContext, Service};
use crate::domain::archive::{ArchiveClass, Retention, RetentionPeriods};
use crate::domain::ids::CompetitionId;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The media type of archives.
pub(super) const ZIP: &str = "application/zip";
/// How many pieces of an archive wait for whoever receives it.
const WAITING: usize = 2;

/// What an archive has, or would have.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ArchiveView {
    pub competition_id: CompetitionId,
    pub title: String,
    /// When it was archived last; none if never.
    pub archived_at: Option<Timestamp>,
    /// What it has for whoever asks, by class.
    pub classes: Vec<ArchiveClassView>,
}

/// What an archive has of a class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ArchiveClassView {
    pub class: ArchiveClass,
    /// For how long it is kept: as the office said last, else what is proposed.
    pub kept_for: Retention,
    /// How many items there are at most: documents that say nothing are left out.
    pub item_count: usize,
    /// Bytes of uploaded files among them.
    pub uploaded_bytes: u64,
}

impl ArchiveView {
    fn of(id: CompetitionId, contents: &Contents, planned: &[Planned]) -> Self {
        let archived = contents.archived.as_ref();
        let retention = archived.map_or_else(RetentionPeriods::default, |archived| archived.retention);
        let class = |class: &ArchiveClass| {
            let of = || planned.iter().filter(|one| one.class == *class);
            ArchiveClassView {
                class: *class,
                kept_for: retention.of(*class),
                item_count: of().count(),
                uploaded_bytes: of().map(Planned::uploaded_bytes).sum(),
            }
        };
        Self {
            competition_id: id,
            title: contents.title.clone(),
            archived_at: archived.map(|archived| archived.archived_at),
            classes: ArchiveClass::ALL.iter().map(class).collect(),
        }
    }
}

/// What the archive of a competition has, or would have.
///
/// # Errors
/// If the caller may not see it, or the competition was not announced.
pub(super) async fn view(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<ArchiveView> {
    let contents = archives::contents(service, context, id).await?;
    let planned = plan(service, context, id, &contents).await?;
    Ok(ArchiveView::of(id, &contents, &planned))
}

pub(super) async fn preview(request: Request) -> Result<Reply> {
    Reply::json(&view(&request.service, &request.context, request.id("competition_id")?).await?)
}

pub(super) async fn make(request: Request) -> Result<Reply> {
    let id = request.id("competition_id")?;
    Reply::json(&archives::make(&request.service, &request.context, id, request.json()?).await?)
}

pub(super) async fn content(request: Request) -> Result<Reply> {
    let (name, pieces) = package(&request.service, &request.context, request.id("competition_id")?).await?;
    Ok(Reply::Made { media_type: ZIP, name, pieces })
}

/// The archive of a competition, and what it is called.
///
/// # Errors
/// If it was not archived, the caller may not have it, or no font has Chinese. What fails later ends the pieces with an error.
pub async fn package(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
) -> Result<(String, LocalBoxStream<'static, Result<Bytes>>)> {
    let contents = archives::contents(service, context, id).await?;
    let Some(archived) = contents.archived.clone() else {
        return Err(Error::conflict(
            "not_archived",
            "本届尚未归档，请办公室先归档",
            "The competition was not archived: the office archives it first",
        ));
    };
    printed::must_have_font(service).await?;
    let planned = plan(service, context, id, &contents).await?;
    let name = format!("{}_归档_{}.zip", contents.title, archived.archived_at.date());
    let (sender, receiver) = mpsc::channel(WAITING);
    let making = Making::new(service, context, contents, archived, sender);
    actix_web::rt::spawn(making.run(planned));
    let pieces = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
    Ok((name, pieces.boxed_local()))
}
