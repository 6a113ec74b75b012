//! Documents that are kept for good: signed, frozen or published, each version by itself.

use diesel::prelude::*;

use super::connection::{Conn, columns};
use super::intact::{Intact, intact};
use super::schema::{document, edition_secret};
use crate::domain::ids::{AccountId, CompetitionId};
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::time::Timestamp;
use crate::error::{Damage, Result};

intact! {
    #[derive(Clone, Debug, Selectable, Insertable)]
    #[diesel(table_name = document)]
    pub(crate) struct Document {
        pub(crate) competition_id: CompetitionId,
        pub(crate) kind: DocumentKind,
        /// What it is about; empty where the competition has one such document.
        pub(crate) subject: String,
        pub(crate) number: i32,
        pub(crate) content: String,
        pub(crate) digest: Digest,
        pub(crate) reason: String,
        pub(crate) signed_by: AccountId,
        pub(crate) signed_at: Timestamp,
    }
}

impl Intact for Document {
    fn sealed(&self) -> Option<(&str, Digest)> {
        Some((&self.content, self.digest))
    }

    fn damage(&self) -> Damage {
        let name = if self.subject.is_empty() { String::new() } else { format!("{}/", self.subject) };
        Damage::of(self.kind, format!("{name}{}", self.number)).in_competition(self.competition_id)
    }
}

pub(crate) fn insert(conn: &mut Conn, new: &Document) -> Result<()> {
    diesel::insert_into(document::table).values(new).execute(conn)?;
    Ok(())
}

/// The latest version of a document.
pub(crate) fn latest(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subject: &str,
) -> Result<Option<Document>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq(kind))
        .filter(document::subject.eq(subject))
        .order(document::number.desc())
        .select(columns::<Document>())
        .first(conn)
        .optional()?)
}

pub(crate) fn version(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subject: &str,
    number: i32,
) -> Result<Option<Document>> {
    Ok(document::table
        .find((competition, kind, subject, number))
        .select(columns::<Document>())
        .first(conn)
        .optional()?)
}

/// The digest of one version, without its content.
pub(crate) fn digest(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subject: &str,
    number: i32,
) -> Result<Option<Digest>> {
    Ok(document::table
        .find((competition, kind, subject, number))
        .select(document::digest)
        .first(conn)
        .optional()?)
}

/// Every version of a document, oldest first.
pub(crate) fn versions(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subject: &str,
) -> Result<Vec<Document>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq(kind))
        .filter(document::subject.eq(subject))
        .order(document::number.asc())
        .select(columns::<Document>())
        .load(conn)?)
}

/// Every version of the documents of a kind about these subjects.
pub(crate) fn about(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
    subjects: &[String],
) -> Result<Vec<Document>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq(kind))
        .filter(document::subject.eq_any(subjects.to_vec()))
        .order((document::subject.asc(), document::number.asc()))
        .select(columns::<Document>())
        .load(conn)?)
}

/// Every version of the documents of a kind about these subjects, in whatever competition.
pub(crate) fn of_subjects(conn: &mut Conn, kind: DocumentKind, subjects: &[String]) -> Result<Vec<Document>> {
    Ok(document::table
        .filter(document::kind.eq(kind))
        .filter(document::subject.eq_any(subjects.to_vec()))
        .order((document::subject.asc(), document::number.asc()))
        .select(columns::<Document>())
        .load(conn)?)
}

/// Every document of some kinds in a competition: by kind and subject, oldest version first.
pub(crate) fn of_kinds(
    conn: &mut Conn,
    competition: CompetitionId,
    kinds: &[DocumentKind],
) -> Result<Vec<Document>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq_any(kinds.to_vec()))
        .order((document::kind.asc(), document::subject.asc(), document::number.asc()))
        .select(columns::<Document>())
        .load(conn)?)
}

/// What the documents of a kind are about.
pub(crate) fn subjects(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
) -> Result<Vec<String>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq(kind))
        .filter(document::number.eq(1))
        .select(document::subject)
        .load(conn)?)
}

/// When the first version of each document of a kind was signed.
pub(crate) fn first_signed(
    conn: &mut Conn,
    competition: CompetitionId,
    kind: DocumentKind,
) -> Result<Vec<Timestamp>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq(kind))
        .filter(document::number.eq(1))
        .select(document::signed_at)
        .load(conn)?)
}

/// A document without its content.
#[derive(Queryable)]
pub(crate) struct Head {
    pub(crate) subject: String,
    pub(crate) number: i32,
    pub(crate) digest: Digest,
    pub(crate) reason: String,
    pub(crate) signed_by: AccountId,
    pub(crate) signed_at: Timestamp,
}

/// The same without what they contain, for lists: contents may be large.
pub(crate) fn heads(conn: &mut Conn, competition: CompetitionId, kind: DocumentKind) -> Result<Vec<Head>> {
    Ok(document::table
        .filter(document::competition_id.eq(competition))
        .filter(document::kind.eq(kind))
        .order((document::subject.asc(), document::number.asc()))
        .select((
            document::subject,
            document::number,
            document::digest,
            document::reason,
            document::signed_by,
            document::signed_at,
        ))
        .load(conn)?)
}

/// The newest documents of a kind in all competitions, one a competition, newest competition first.
pub(crate) fn newest_of_kind(conn: &mut Conn, kind: DocumentKind) -> Result<Vec<Document>> {
    let all: Vec<Document> = document::table
        .filter(document::kind.eq(kind))
        .order((document::competition_id.desc(), document::number.desc()))
        .select(columns::<Document>())
        .load(conn)?;
    let mut newest: Vec<Document> = Vec::new();
    for document in all {
        if newest.last().is_none_or(|last| last.competition_id != document.competition_id) {
            newest.push(document);
        }
    }
    Ok(newest)
}

/// The secret behind the keys of experts in a competition's tallies.
pub(crate) fn secret(conn: &mut Conn, competition: CompetitionId) -> Result<Option<String>> {
    Ok(edition_secret::table.find(competition).select(edition_secret::secret).first(conn).optional()?)
}

pub(crate) fn insert_secret(conn: &mut Conn, competition: CompetitionId, secret: &str) -> Result<()> {
    diesel::insert_into(edition_secret::table)
        .values((edition_secret::competition_id.eq(competition), edition_secret::secret.eq(secret)))
        .execute(conn)?;
    Ok(())
}
