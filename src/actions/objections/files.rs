//! Evidence for an objection.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Code, ObjectionFileView, ObjectionView, by_code, file_view, view};
use crate::actions::evidence::Download;
use crate::actions::scans::Scanning;
use crate::actions::{Act, RequestContext, Service, answers};
use crate::db::objections::{self, Objection, ObjectionFile};
use crate::db::{Conn, scans};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{ObjectionFileId, ObjectionId};
use crate::domain::objection::ObjectionState;
use crate::domain::record::Digest;
use crate::domain::scan::ScanState;
use crate::error::{Damage, Error, Result};
use crate::files::{FileDigest, Incoming, StoredFile, clean_name};

/// The most files that come with one objection.
const MOST_FILES: usize = 5;

/// The most bytes of one of them: 20 MiB.
pub const MOST_BYTES: u64 = 20 << 20;

/// Begins an upload of evidence for an objection.
///
/// # Errors
/// If there is no such code, it is no longer open, it has as many files as it may, or the public's share of storage is
/// used up.
pub async fn begin_upload(
    service: &Service,
    context: &RequestContext,
    code: &str,
    announced: Option<u64>,
) -> Result<Incoming> {
    let (code, source) = (Code::of(&service.keys, code), context.source.clone());
    let (quotas, now) = (service.quotas, service.clock.now());
    service
        .read_public("objection.begin_upload", move |conn| {
            let row = room_for_file(conn, code)?;
            quotas.must_have_room(conn, now, &source, row.anonymous, announced.unwrap_or(1))
        })
        .await?;
    Ok(service.files.receive_announced(MOST_BYTES, announced).await?)
}

fn room_for_file(conn: &mut Conn, code: Code) -> Result<Objection> {
    let row = by_code(conn, code)?;
    has_room(conn, row)
}

/// An objection that may have one more file.
pub(super) fn has_room(conn: &mut Conn, row: Objection) -> Result<Objection> {
    if !(row.state.is_open() || row.state == ObjectionState::Lead) {
        return Err(Error::conflict("closed", "该异议已办结", "The objection is closed"));
    }
    let files = objections::files(conn, &[row.id])?;
    let harmful = scans::harmful(conn, files.iter().map(|file| file.digest).collect())?;
    let harmful = files.iter().filter(|file| harmful.contains(&file.digest));
    // Each harmful one may be replaced, but not for ever.
    if files.len() - harmful.count().min(MOST_FILES) >= MOST_FILES {
        return Err(Error::conflict(
            "quota",
            format!("一件异议至多附{MOST_FILES}个文件"),
            format!("At most {MOST_FILES} files come with one objection"),
        ));
    }
    Ok(row)
}

/// Ends an upload of evidence for an objection.
///
/// # Errors
/// If the bytes are not those announced, the file is of no type that is taken, or there is no more room for it.
pub async fn finish_upload(
    service: &Service,
    context: &Arc<RequestContext>,
    code: &str,
    name: &str,
    digest: Option<FileDigest>,
    incoming: Incoming,
) -> Result<ObjectionFileView> {
    let (name, code) = (clean_name(name), Code::of(&service.keys, code));
    let received = incoming.finish(digest).await?;
    let context = &answers::for_file(context, received.digest());
    if let Some(view) = answers::earlier(service, context).await? {
        return Ok(view);
    }
    // Counted in a transaction of its own, so that what there is no room for is never kept.
    let (quotas, now, size) = (service.quotas, service.clock.now(), received.size());
    let source = context.source.clone();
    service
        .db
        .write("objection.count_file", move |conn| {
            let lead = room_for_file(conn, code)?.anonymous;
            quotas.keep(conn, now, &source, lead, size)
        })
        .await?;
    let stored: StoredFile = service.files.keep(received, &name).await?;
    let id = ObjectionFileId(service.clock.new_id());
    let scanning = Arc::clone(&service.scanning);
    let view = service
        .write(context, Action::Object, move |conn, act| {
            let competition = by_code(conn, code)?.competition_id;
            act.enter(conn, competition)?;
            let row = room_for_file(conn, code)?;
            act.on("objection", row.id);
            keep_file(conn, act, &scanning, (id, row.id), &stored, &name)
        })
        .await?;
    service.scanning.came();
    Ok(view)
}

/// Adds a file that is in the store to an objection.
pub(super) fn keep_file(
    conn: &mut Conn,
    act: &mut Act<'_>,
    scanning: &Scanning,
    (id, objection_id): (ObjectionFileId, ObjectionId),
    stored: &StoredFile,
    name: &str,
) -> Result<ObjectionFileView> {
    let digest = Digest(*stored.digest.as_bytes());
    scanning.must_not_be_harmful(conn, digest)?;
    let file = ObjectionFile {
        id,
        objection_id,
        digest,
        size: i64::try_from(stored.size).map_err(|_| Error::internal("a file of impossible size"))?,
        media_type: stored.media_type.mime().to_owned(),
        name: name.to_owned(),
        uploaded_at: act.now,
    };
    objections::insert_file(conn, &file)?;
    act.changed(None, Some(file.digest));
    act.detail("file", &file.id);
    let scan = scanning.state_of(conn, digest)?;
    Ok(file_view(file, scan))
}

pub(super) fn files_of(
    conn: &mut Conn,
    scanning: &Scanning,
    ids: &[ObjectionId],
) -> Result<BTreeMap<ObjectionId, Vec<ObjectionFileView>>> {
    let mut files: BTreeMap<ObjectionId, Vec<ObjectionFileView>> = BTreeMap::new();
    let rows = objections::files(conn, ids)?;
    let states = scanning.states(conn, rows.iter().map(|file| file.digest))?;
    for file in rows {
        let scan = states.get(&file.digest).copied().unwrap_or(ScanState::Pending);
        files.entry(file.objection_id).or_default().push(file_view(file, scan));
    }
    Ok(files)
}

/// An objection as it is shown, with its files.
pub(super) fn with_files(conn: &mut Conn, scanning: &Scanning, row: Objection) -> Result<ObjectionView> {
    let files = files_of(conn, scanning, &[row.id])?.remove(&row.id).unwrap_or_default();
    view(row, files)
}

/// The bytes of a file that came with an objection; of a picture that came without a name a copy without metadata.
///
/// # Errors
/// If there is none that the caller may see.
pub async fn download(
    service: &Service,
    context: &Arc<RequestContext>,
    id: ObjectionFileId,
) -> Result<Download> {
    let (row, objection) = service
        .read(context, Action::ReadObjections, format!("objection_file/{id}"), move |conn, context| {
            context.may(Action::ReadObjections, Relation::General)?;
            let row = objections::file_by_id(conn, id)?.ok_or_else(Error::not_found)?;
            let objection = objections::by_id(conn, row.objection_id)?.ok_or_else(Error::not_found)?;
            if objection.anonymous && context.may(Action::NoteLead, Relation::General).is_err() {
                return Err(Error::not_found());
            }
            Ok((row, objection))
        })
        .await?;
    let damage = Damage::of("objection_file", id).in_competition(objection.competition_id);
    // Who gives no name is not to be found by where a photograph was taken, or by the telephone that took it.
    let original = !objection.anonymous;
    let file = (row.digest, row.size, &*row.media_type);
    let (digest, stream) = crate::actions::evidence::sent(service, context, file, original, damage).await?;
    Ok(Download { name: row.name, media_type: row.media_type, digest, stream })
}
