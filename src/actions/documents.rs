//! Keeping a document for good: what was signed, frozen or published, under the next number of its subject.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Act, parse};
use crate::db::Conn;
use crate::db::documents::{self, Document};
use crate::domain::ids::CompetitionId;
use crate::domain::record::{DocumentKind, canonical, digest_of};
use crate::error::Result;

/// The number that the next version of a document will have.
pub(crate) fn next_number(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subject: &str,
) -> Result<i32> {
    Ok(documents::latest(conn, competition, kind, subject)?.map_or(0, |document| document.number) + 1)
}

/// Keeps the version `number` of a document. The event of the act names its digest and that of the version before.
pub(crate) fn keep(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: CompetitionId,
    (kind, subject, number): (DocumentKind, &str, i32),
    content: &impl Serialize,
    reason: &str,
) -> Result<Document> {
    keep_text(conn, act, competition, (kind, subject, number), canonical(content), reason)
}

/// The same with content that is canonical JSON already.
pub(crate) fn keep_text(
    conn: &mut Conn,
    act: &mut Act<'_>,
    competition: CompetitionId,
    (kind, subject, number): (DocumentKind, &str, i32),
    content: String,
    reason: &str,
) -> Result<Document> {
    let document = Document {
        competition_id: competition,
        kind,
        subject: subject.to_owned(),
        number,
        digest: digest_of(&content),
        content,
        reason: reason.to_owned(),
        signed_by: act.account()?,
        signed_at: act.now,
    };
    documents::insert(conn, &document)?;
    act.changed(None, Some(document.digest));
    act.detail("document", &kind);
    act.detail("number", &number);
    if !reason.is_empty() {
        act.detail("reason", &reason);
    }
    Ok(document)
}

/// The content of the latest version of a document, if there is one.
pub(crate) fn latest<T: DeserializeOwned>(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subject: &str,
) -> Result<Option<(Document, T)>> {
    let Some(document) = documents::latest(conn, competition, kind, subject)? else { return Ok(None) };
    let content = parse(&document.content)?;
    Ok(Some((document, content)))
}
