//! Evidence: uploaded by the lead region, read by whoever may see the application, removed while it is open.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::applications::{enter, find, must_be_open, relation_now, touch};
use super::rules::{Examined, visible_competition};
use super::{RequestContext, Service, answers};
use crate::db::Conn;
use crate::db::applications::{Application, MemberRow};
use crate::db::evidence::{self, Evidence};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::ids::{AccountId, ApplicationId, EvidenceId};
use crate::domain::photo::PHOTO;
use crate::domain::photo::PhotoFacts;
use crate::domain::problem::FieldProblem;
use crate::domain::record::Digest;
use crate::domain::scan::ScanState;
use crate::domain::time::Timestamp;
use crate::domain::values::count;
use crate::error::{Damage, Error, Kind, Result};
use crate::files::{
    Broken, FileDigest, FileStream, FilesError, Incoming, MediaType, StoredFile, clean_name, is_damage,
};

/// The most bytes of one file: 200 MiB.
pub const MOST_BYTES: u64 = 200 << 20;

/// How many times its quota an application may ever upload: what it removed is kept, as submissions and the trail name it.
const MOST_EVER: u64 = 3;

/// The kind under which the office files replies to its veto inquiries.
pub const VETO_REPLY: &str = "veto_reply";

/// A piece of evidence.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceView {
    pub id: EvidenceId,
    pub application_id: ApplicationId,
    /// Its kind in the competition's settings; `veto_reply` for the office's own.
    pub kind: String,
    /// The name that it was uploaded under, cleaned.
    pub name: String,
    /// What it really is, by its content.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// The digest of its bytes.
    pub digest: Digest,
    pub uploaded_by: AccountId,
    pub uploaded_at: Timestamp,
    /// Whether it was scanned and can be opened.
    pub scan: ScanState,
    /// Whether the caller gets a copy of a picture, without what that says of place, time and device. `size` and `digest` are the
    /// uploaded file's all the same.
    #[serde(default)]
    pub is_copied: bool,
    /// That copy: where one piece of evidence is read, unless the picture is broken and is not given out.
    #[serde(default)]
    pub copy: Option<CopyView>,
    /// What the picture says of itself, for those who get it as it was uploaded: photographs of an inspection, and any picture
    /// where one piece of evidence is read. None where it can't be opened now, and in the answer to an upload.
    #[serde(default)]
    pub photo: Option<PhotoFacts>,
}

/// What others get of a picture.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CopyView {
    /// Bytes.
    pub size: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl EvidenceView {
    fn of(row: Evidence, scan: ScanState, gets_original: bool) -> Self {
        Self {
            is_copied: !gets_original && picture(&row.media_type).is_some(),
            copy: None,
            photo: None,
            id: row.id,
            application_id: row.application_id,
            kind: row.kind,
            name: row.name,
            media_type: row.media_type,
            size: row.size,
            digest: row.digest,
            uploaded_by: row.uploaded_by,
            uploaded_at: row.uploaded_at,
            scan,
        }
    }
}

/// The evidence of an application.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceListView {
    /// In order of upload.
    pub items: Vec<EvidenceView>,
    /// Bytes that the application's evidence takes.
    pub used: i64,
    /// Bytes that it may take.
    pub quota: u64,
}

/// What a caller says about a file that it is about to upload.
#[derive(Clone, Debug)]
pub struct Announced {
    pub name: String,
    pub kind: String,
    /// The digest of its bytes, if it was told: the store compares.
    pub digest: Option<FileDigest>,
}

impl From<FilesError> for Error {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::TooLarge { limit } => Self::new(
                Kind::TooLarge,
                "too_large",
                format!("文件不能超过{} MiB", limit >> 20),
                format!("A file may have at most {} MiB", limit >> 20),
            ),
            FilesError::DigestMismatch { expected, found } => Self::invalid_field(
                "",
                "digest_mismatch",
                format!("收到的内容与所声明的摘要不符（应为{expected}，实为{found}），请重新上传"),
                format!("What arrived is not what was announced ({expected}, got {found}); upload it again"),
            ),
            FilesError::Refused(refusal) => {
                let (zh, en) = refusal.message();
                Self::invalid_field("", refusal.code(), zh, en)
            }
            FilesError::InsufficientStorage => Self::new(
                Kind::InsufficientStorage,
                "storage_full",
                "存储空间不足，暂不能上传；请通知管理员",
                "Too little storage is left for uploads; tell the administrator",
            )
            .after(60),
            FilesError::NotFound => Self::internal("a file of the database is not in the store"),
            FilesError::Damaged(digest) => Damage::of("file", digest).into(),
            FilesError::Io(error) => files_unavailable(format!("the file store failed: {error}")),
            FilesError::Store(error) => files_unavailable(format!("the object store failed: {error}")),
        }
    }
}

/// No file was kept: too many are open, the disk did not take it, or the object store does not answer.
fn files_unavailable(inside: String) -> Error {
    let error = Error::new(
        Kind::Busy,
        "files_unavailable",
        "文件暂时无法存取，未保存任何内容；请稍后再试，如仍不行请通知管理员",
        "Files can't be stored or read for now, and nothing was kept; try again shortly, and tell the administrator if it goes on",
    );
    Error { inside: Some(inside), ..error.after(5) }
}

/// What an upload came to that is sent again, before any byte of it is read.
///
/// # Errors
/// If its key was used for another request.
pub async fn already_uploaded<T: DeserializeOwned + Send + 'static>(
    service: &Service,
    context: &Arc<RequestContext>,
    digest: Option<FileDigest>,
) -> Result<Option<T>> {
    let Some(digest) = digest else { return Ok(None) };
    answers::earlier(service, &answers::for_file(context, digest)).await
}

/// Begins an upload: decides whether the caller may add this file now, before any byte of it is read.
///
/// # Errors
/// If it may not, the kind is unknown, or the quota is used up.
pub async fn begin_upload(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    announced: &Announced,
    declared_size: Option<u64>,
) -> Result<Incoming> {
    must_fit(service, context, id, announced, declared_size).await?;
    Ok(service.files.receive_announced(MOST_BYTES, declared_size).await?)
}

/// Decides whether the caller may add a file of this kind and size now.
async fn must_fit(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    announced: &Announced,
    size: Option<u64>,
) -> Result<()> {
    let (cache, kind) = (service.cache.clone(), announced.kind.clone());
    let action = upload_action(&kind);
    let space = service
        .read(context, action, format!("application/{id}"), move |conn, context| {
            let (application, _) = find(conn, context, id, action)?;
            let (_, rules) = visible_competition(conn, &cache, context, application.competition_id)?;
            if kind == PHOTO {
                super::inspections::must_take_photos(conn, context, id)?;
            }
            let office = kind == VETO_REPLY || kind == PHOTO;
            if !office {
                known_kind(&rules.settings, &kind)?;
            }
            space_left(conn, id, rules.settings.evidence_quota, office)
        })
        .await?;
    if space == 0 || size.is_some_and(|size| size > space && size <= MOST_BYTES) {
        return Err(quota_used_up(space));
    }
    Ok(())
}

fn upload_action(kind: &str) -> Action {
    match kind {
        VETO_REPLY => Action::CheckVeto,
        PHOTO => Action::RecordInspection,
        _ => Action::ChangeApplication,
    }
}

fn known_kind(settings: &crate::domain::competition::Settings, kind: &str) -> Result<()> {
    if settings.evidence_kinds.iter().any(|known| known.key == kind) {
        return Ok(());
    }
    Err(Error::invalid_field(
        "/kind",
        "unknown_kind",
        "本届没有这一类佐证材料",
        "The competition has no such kind of evidence",
    ))
}

/// How many bytes the applicant, or the office and the inspectors together, may yet add to an application.
pub(super) fn space_left(conn: &mut Conn, id: ApplicationId, quota: u64, office: bool) -> Result<u64> {
    let (used, ever) = evidence::bytes_of(conn, id, office)?;
    let left = |quota: u64, used: i64| quota.saturating_sub(u64::try_from(used).unwrap_or(u64::MAX));
    Ok(left(quota, used).min(left(quota.saturating_mul(MOST_EVER), ever)))
}

pub(super) fn quota_used_up(space: u64) -> Error {
    Error::conflict(
        "quota",
        format!("佐证材料总量超出限额，还可上传{space}字节（连同已删除的，合计不超过限额的{MOST_EVER}倍）"),
        format!(
            "The quota of evidence is exceeded; {} left (with what was removed, {MOST_EVER} times the quota)",
            count(space, "byte is", "bytes are")
        ),
    )
}

/// Ends an upload: keeps the file under its digest and adds it to the application. The file is in the store before the
/// database names it, so that the database never names a file that is not there.
///
/// # Errors
/// If the bytes are not those announced, the file is of no type that is taken, or the caller may no longer add it.
pub async fn finish_upload(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
    announced: Announced,
    incoming: Incoming,
) -> Result<EvidenceView> {
    let name = clean_name(&announced.name);
    let received = incoming.finish(announced.digest).await?;
    let context = &answers::for_file(context, received.digest());
    if let Some(view) = answers::earlier(service, context).await? {
        return Ok(view);
    }
    // Once it is kept it stays: what there is no room for is not kept.
    must_fit(service, context, id, &announced, Some(received.size())).await?;
    let stored: StoredFile = service.files.keep(received, &name).await?;
    let (cache, evidence_id) = (service.cache.clone(), EvidenceId(service.clock.new_id()));
    let scanning = Arc::clone(&service.scanning);
    let action = upload_action(&announced.kind);
    let view = service
        .write(context, action, move |conn, act| {
            let office = announced.kind == VETO_REPLY || announced.kind == PHOTO;
            let (mut application, _, competition, rules) = enter(conn, act, &cache, id, action)?;
            if announced.kind == PHOTO {
                super::inspections::must_take_photos(conn, act.context, id)?;
            }
            let size =
                i64::try_from(stored.size).map_err(|_| Error::internal("a file of impossible size"))?;
            if !office {
                must_be_open(conn, act, &application, &competition, &rules)?;
                known_kind(&rules.settings, &announced.kind)?;
            }
            let space = space_left(conn, id, rules.settings.evidence_quota, office)?;
            if stored.size > space {
                return Err(quota_used_up(space));
            }
            let digest = Digest(*stored.digest.as_bytes());
            scanning.must_not_be_harmful(conn, digest)?;
            let row = Evidence {
                id: evidence_id,
                application_id: id,
                digest,
                size,
                media_type: stored.media_type.mime().to_owned(),
                name: name.clone(),
                kind: announced.kind.clone(),
                office_only: office,
                uploaded_by: act.account()?,
                uploaded_at: act.now,
                removed_at: None,
            };
            evidence::insert(conn, &row)?;
            if !office {
                touch(conn, act, &mut application)?;
            }
            act.changed(None, Some(row.digest));
            act.detail("evidence", &row.id);
            act.detail("name", &row.name);
            act.detail("size", &row.size);
            let scan = scanning.state_of(conn, digest)?;
            Ok(EvidenceView::of(row, scan, true))
        })
        .await?;
    service.scanning.came();
    Ok(view)
}

/// The evidence of an application.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ApplicationId,
) -> Result<EvidenceListView> {
    let (cache, scanning) = (service.cache.clone(), Arc::clone(&service.scanning));
    let mut list = service
        .read(context, Action::ReadApplication, format!("application/{id}"), move |conn, context| {
            let (application, members) = find(conn, context, id, Action::ReadApplication)?;
            let (_, rules) = visible_competition(conn, &cache, context, application.competition_id)?;
            let mut rows = evidence::of_application(conn, id, false)?;
            let used = rows.iter().map(|row| row.size).sum();
            let internal = evidence::of_application(conn, id, true)?.into_iter();
            rows.extend(internal.filter(|row| sees_internal(context, row)));
            let states = scanning.states(conn, rows.iter().map(|row| row.digest))?;
            let originals = gets_originals(conn, context, &application, &members)?;
            let view = |row: Evidence| {
                let scan = states.get(&row.digest).copied().unwrap_or(ScanState::Pending);
                let original = originals || has_uploaded(context, &row);
                EvidenceView::of(row, scan, original)
            };
            Ok(EvidenceListView {
                items: rows.into_iter().map(view).collect(),
                used,
                quota: rules.settings.evidence_quota,
            })
        })
        .await?;
    let photos = list.items.iter_mut().filter(|item| item.kind == PHOTO && !item.is_copied);
    let read =
        stream::iter(photos).for_each_concurrent(AT_A_TIME, async |item| describe(service, item).await);
    // What was read of them by then is there; the list is not to wait for a store that does not answer.
    let _ = tokio::time::timeout(PATIENCE, read).await;
    Ok(list)
}

/// How many photographs are read at a time for a list, and for how long at most.
const AT_A_TIME: usize = 4;
const PATIENCE: Duration = Duration::from_secs(5);

/// Says what a picture says of itself, or what others get of it. Where it can't be opened, whoever opens it is told why.
async fn describe(service: &Service, view: &mut EvidenceView) {
    if !view.scan.opens() {
        return;
    }
    let (digest, damage) = (view.digest, Damage::of("evidence", view.id).of_application(view.application_id));
    let examined = examined(service, digest, view.size, &view.media_type, damage).await;
    match examined.as_deref() {
        Ok(Ok(photo)) if view.is_copied => {
            let digest = Digest(*photo.copy.digest.as_bytes());
            view.copy = Some(CopyView { size: photo.copy.size, digest });
        }
        Ok(Ok(photo)) => view.photo = Some(photo.facts.clone()),
        Ok(Err(Broken)) if !view.is_copied => view.photo = Some(PhotoFacts::default()),
        Ok(Err(Broken)) | Err(_) => {}
    }
}

/// What walking a kept picture finds.
async fn examined(
    service: &Service,
    digest: Digest,
    size: i64,
    media_type: &str,
    damage: Damage,
) -> Result<Arc<Examined>> {
    if let Some(known) = service.cache.photo(digest) {
        return Ok(known);
    }
    let kind = picture(media_type).ok_or_else(|| Error::internal("no picture is examined"))?;
    let file = service.noted(open(service, digest, size, damage.clone()).await, None).await?;
    let photo = match crate::files::examine_photo(file, kind).await {
        Err(FilesError::Io(error)) if is_damage(&error) => return Err(damage.into()),
        examined => examined?,
    };
    Ok(service.cache.keep_photo(digest, photo))
}

/// The kind of a picture, if it is one.
fn picture(media_type: &str) -> Option<MediaType> {
    MediaType::from_mime(media_type).filter(|kind| kind.is_picture())
}

/// Whether the caller gets photographs of an application as they were uploaded.
fn gets_originals(
    conn: &mut Conn,
    context: &RequestContext,
    application: &Application,
    members: &[MemberRow],
) -> Result<bool> {
    let relation = relation_now(conn, context, application, members)?;
    let may = |relation| context.may(Action::ReadOriginals, relation).is_ok();
    // Who is on the panel and in the team has the panel's relation.
    Ok(may(relation) || (may(Relation::Team) && super::inspections::inspects(conn, context, application.id)?))
}

fn has_uploaded(context: &RequestContext, row: &Evidence) -> bool {
    context.caller.as_ref().is_some_and(|caller| caller.account == row.uploaded_by)
}

/// Whether the caller sees what is not the applicant's: the office's replies are for the office and the supervisors,
/// photographs of an inspection for experts and inspectors too.
fn sees_internal(context: &RequestContext, row: &Evidence) -> bool {
    let inspects =
        context.caller.as_ref().is_some_and(|caller| matches!(caller.role, Role::Expert | Role::Inspector));
    context.may(Action::ReadChecks, Relation::General).is_ok() || (inspects && row.kind == PHOTO)
}

/// A piece of evidence that the caller may see, and whether it gets a picture as it was uploaded. What the office filed is for the
/// office and the supervisors.
fn find_evidence(conn: &mut Conn, context: &RequestContext, id: EvidenceId) -> Result<(Evidence, bool)> {
    let Some(row) = evidence::by_id(conn, id)? else {
        context.may(Action::ReadApplication, Relation::General)?;
        return Err(Error::not_found());
    };
    let (application, members) = find(conn, context, row.application_id, Action::ReadApplication)?;
    if row.office_only && !sees_internal(context, &row) {
        return Err(Error::not_found());
    }
    let original = has_uploaded(context, &row) || gets_originals(conn, context, &application, &members)?;
    Ok((row, original))
}

/// A piece of evidence.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn read(service: &Service, context: &Arc<RequestContext>, id: EvidenceId) -> Result<EvidenceView> {
    let scanning = Arc::clone(&service.scanning);
    let mut view = service
        .read(context, Action::ReadApplication, format!("evidence/{id}"), move |conn, context| {
            let (row, original) = find_evidence(conn, context, id)?;
            let scan = scanning.state_of(conn, row.digest)?;
            Ok(EvidenceView::of(row, scan, original))
        })
        .await?;
    if picture(&view.media_type).is_some() {
        describe(service, &mut view).await;
    }
    Ok(view)
}

/// A file, to be sent.
pub struct Download {
    pub name: String,
    /// What it really is, by its content.
    pub media_type: String,
    /// The digest of the bytes that are sent.
    pub digest: Digest,
    /// Its bytes.
    pub stream: FileStream,
}

/// A kept file as it is sent: as it was uploaded, or, if it is a picture, the copy that others get.
pub(super) async fn sent(
    service: &Service,
    context: &RequestContext,
    (digest, size, media_type): (Digest, i64, &str),
    original: bool,
    damage: Damage,
) -> Result<(Digest, FileStream)> {
    if original || picture(media_type).is_none() {
        let stream = service.noted(open(service, digest, size, damage).await, Some(context)).await?;
        return Ok((digest, stream));
    }
    let examined = examined(service, digest, size, media_type, damage.clone()).await;
    let examined = service.noted(examined, Some(context)).await?;
    let copy = examined.as_ref().as_ref().map(|photo| &photo.copy).map_err(|Broken| withheld())?;
    let stream = service.noted(open(service, digest, size, damage).await, Some(context)).await?;
    Ok((Digest(*copy.digest.as_bytes()), copy.of(stream)))
}

fn withheld() -> Error {
    Error::conflict(
        "photo_withheld",
        "这张图片的文件结构已损坏，无法去除其中的位置、时间和设备信息，因此不能向您提供；请联系领导小组办公室，或请上传者另存为新的图片后重新上传",
        "The picture's file is broken: what it says of place, time and device can't be removed, so it is not given out; ask the office, or have it saved as a new picture and uploaded again",
    )
}

/// Opens a kept file to be sent: the one way to its bytes, which leads to none that a scanner has not found clean. One
/// that is gone, has another size or is something else is damaged: if that is seen
/// only while it is sent, the stream ends before its end, and the damage is recorded then.
pub(super) async fn open(service: &Service, digest: Digest, size: i64, damage: Damage) -> Result<FileStream> {
    let scanning = Arc::clone(&service.scanning);
    service.db.read_by_one_statement("scan.state", move |conn| scanning.must_open(conn, digest)).await?;
    let file = match service.files.open(&FileDigest::from(digest.0)).await {
        Ok(file) if i64::try_from(file.size) == Ok(size) => file,
        Ok(_) | Err(FilesError::NotFound | FilesError::Damaged(_)) => return Err(damage.into()),
        Err(error) => return Err(error.into()),
    };
    let service = service.clone();
    let stream = file.stream.then(move |piece| {
        let (service, damage) = (service.clone(), damage.clone());
        async move {
            if piece.as_ref().is_err_and(is_damage) {
                service.note_damage(&damage).await;
            }
            piece
        }
    });
    Ok(FileStream { size: file.size, stream: stream.boxed() })
}

/// The bytes of a piece of evidence; of a picture a copy, for those who need not know when, where and with what it was taken.
/// Removed ones stay readable for whoever sees the application, as submissions name
/// them.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn download(service: &Service, context: &Arc<RequestContext>, id: EvidenceId) -> Result<Download> {
    let (row, original) = service
        .read(context, Action::ReadApplication, format!("evidence/{id}"), move |conn, context| {
            find_evidence(conn, context, id)
        })
        .await?;
    let damage = Damage::of("evidence", id).of_application(row.application_id);
    let (digest, stream) =
        sent(service, context, (row.digest, row.size, &row.media_type), original, damage).await?;
    Ok(Download { name: row.name, media_type: row.media_type, digest, stream })
}

/// Removes a piece of evidence from an application that is open. Submissions that name it keep it.
///
/// # Errors
/// If the caller is not of the lead region, or the application can't be changed now.
pub async fn remove(service: &Service, context: &Arc<RequestContext>, id: EvidenceId) -> Result<()> {
    let cache = service.cache.clone();
    service
        .write(context, Action::ChangeApplication, move |conn, act| {
            let Some(row) = evidence::by_id(conn, id)? else {
                act.context.may(Action::ChangeApplication, Relation::General)?;
                return Err(Error::not_found());
            };
            let application_id = row.application_id;
            let (mut application, _, competition, rules) =
                enter(conn, act, &cache, application_id, Action::ChangeApplication)?;
            if row.office_only {
                return Err(Error::not_found());
            }
            must_be_open(conn, act, &application, &competition, &rules)?;
            if row.removed_at.is_some() {
                return Err(Error::conflict("removed", "该材料已删除", "It is removed already"));
            }
            act.follows(FieldProblem::new(
                "",
                "removed",
                format!("文件“{}”将从该件申报的佐证材料中删除，不能恢复，只能重新上传", row.name),
                format!(
                    "The file “{}” is removed from the application's evidence; it can only be uploaded again",
                    row.name
                ),
            ));
            evidence::remove(conn, id, act.now)?;
            touch(conn, act, &mut application)?;
            act.changed(Some(row.digest), None);
            act.detail("evidence", &id);
            Ok(())
        })
        .await
}
