//! Open data: the files of the public's tables, and what there is of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use chrono::NaiveDate;

use super::rules::{Cache, Rules};
use super::{Service, data, parse, titles};
use crate::db::{self, Conn};
use crate::domain::announcement::Announcement;
use crate::domain::catalogue::Catalogue;
use crate::domain::ids::CompetitionId;
use crate::domain::keyword::keyword_enum;
use crate::domain::open_data::{self, Licence, OpenRow, OpenRows, OpenTable};
use crate::domain::record::{Digest, DocumentKind, digest_of};
use crate::error::{Error, Result};

keyword_enum! {
    /// How the rows of a table are written.
    pub enum OpenFormat {
        /// RFC 4180, UTF-8.
        Csv = "csv",
        /// Rows as objects, with the terms of use.
        Json = "json",
    }
}

/// A file of open data.
#[derive(Clone, Debug)]
pub struct OpenFile {
    pub table: OpenTable,
    pub format: OpenFormat,
    pub bytes: Vec<u8>,
}

impl OpenFile {
    pub fn digest(&self) -> Digest {
        digest_of(&self.bytes)
    }
}

/// The files of a competition that was announced.
#[derive(Clone, Debug)]
pub struct OpenEdition {
    pub competition_id: CompetitionId,
    pub title: String,
    /// Who published it.
    pub issuer: String,
    pub published_on: NaiveDate,
    pub licence: Licence,
    pub files: Vec<OpenFile>,
}

/// All open data.
#[derive(Clone, Debug)]
pub struct OpenData {
    /// Newest competition first.
    pub editions: Vec<OpenEdition>,
    /// What belongs to no competition.
    pub general: Vec<OpenFile>,
}

/// A table in both formats.
fn files<R: OpenRow>(licence: &Licence, rows: Vec<R>) -> Result<[OpenFile; 2]> {
    let rows = OpenRows::new(licence.clone(), rows);
    let json = serde_json::to_vec(&rows).map_err(|error| Error::internal(error.to_string()))?;
    let file = |format, bytes| OpenFile { table: R::TABLE, format, bytes };
    Ok([file(OpenFormat::Csv, rows.csv().into_bytes()), file(OpenFormat::Json, json)])
}

/// All open data, with the bytes of each file.
///
/// # Errors
/// If the database fails.
pub async fn all(service: &Service) -> Result<OpenData> {
    let (editions, general) = (editions(service).await?, general(service).await?);
    Ok(OpenData { editions, general })
}

/// The file of a table that belongs to no competition.
///
/// # Errors
/// If there is no catalogue.
pub async fn file(service: &Service, table: OpenTable, format: OpenFormat) -> Result<Vec<u8>> {
    chosen(general(service).await?, table, format)
}

/// The file of a competition's table.
///
/// # Errors
/// If it was not announced, or does not disclose its ranking.
pub async fn file_of(
    service: &Service,
    id: CompetitionId,
    table: OpenTable,
    format: OpenFormat,
) -> Result<Vec<u8>> {
    let cache = service.cache.clone();
    let edition = service
        .read_public("open_data.edition", move |conn| {
            let kept = db::documents::latest(conn, id, DocumentKind::Announcement, "")?
                .ok_or_else(Error::not_found)?;
            edition(conn, &cache, &parse(&kept.content)?)
        })
        .await?;
    chosen(edition.files, table, format)
}

fn chosen(files: Vec<OpenFile>, table: OpenTable, format: OpenFormat) -> Result<Vec<u8>> {
    let found = files.into_iter().find(|file| file.table == table && file.format == format);
    found.map(|file| file.bytes).ok_or_else(Error::not_found)
}

async fn editions(service: &Service) -> Result<Vec<OpenEdition>> {
    let cache = service.cache.clone();
    service
        .read_public("open_data.editions", move |conn| {
            let announced = db::documents::newest_of_kind(conn, DocumentKind::Announcement)?;
            announced.iter().map(|kept| edition(conn, &cache, &parse(&kept.content)?)).collect()
        })
        .await
}

fn edition(conn: &mut Conn, cache: &Cache, announcement: &Announcement) -> Result<OpenEdition> {
    let rules = rules_of(conn, cache, announcement.competition)?;
    let (catalogue, licence) = (&rules.catalogue, &announcement.licence);
    let mut all = Vec::from(files(licence, open_data::winners(announcement, catalogue))?);
    all.extend(files(licence, open_data::members(announcement, catalogue))?);
    if let Some(ranking) = open_data::ranking(announcement, catalogue) {
        all.extend(files(licence, ranking)?);
    }
    let track = |key: &str| rules.settings.track_name(key, catalogue).map(str::to_owned);
    all.extend(files(licence, open_data::counts(announcement, catalogue, track))?);
    Ok(OpenEdition {
        competition_id: announcement.competition,
        title: announcement.title.clone(),
        issuer: announcement.issuer.clone(),
        published_on: announcement.date,
        licence: announcement.licence.clone(),
        files: all,
    })
}

fn rules_of(conn: &mut Conn, cache: &Cache, id: CompetitionId) -> Result<Arc<Rules>> {
    let competition = db::competitions::by_id(conn, id)?.ok_or_else(Error::not_found)?;
    cache.rules(conn, id, competition.version)
}

async fn general(service: &Service) -> Result<Vec<OpenFile>> {
    let newest: Catalogue = data::catalogue(service, None).await?.catalogue;
    let (cache, today) = (service.cache.clone(), service.clock.now().date());
    let titles = service
        .read_public("open_data.titles", move |conn| {
            let all = db::titles::all(conn)?;
            let mut catalogues: BTreeMap<CompetitionId, Arc<Catalogue>> = BTreeMap::new();
            let mut rows = Vec::with_capacity(all.len());
            for title in &all {
                let catalogue = match catalogues.entry(title.competition_id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let rules = rules_of(conn, &cache, title.competition_id)?;
                        new.insert(Arc::clone(&rules.catalogue))
                    }
                };
                let view = titles::view(title, today)?;
                let standing = (view.standing, view.valid_from, view.valid_until);
                rows.push(open_data::title(
                    (view.id, view.competition_id),
                    &view.content,
                    standing,
                    catalogue,
                ));
            }
            Ok(rows)
        })
        .await?;
    let none = Licence::default();
    let mut all = Vec::from(files(&none, titles)?);
    all.extend(files(&none, open_data::chains(&newest))?);
    all.extend(files(&none, open_data::regions(&newest))?);
    Ok(all)
}
