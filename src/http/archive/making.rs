//! Making an archive: one item after the other, each sent on before the next is begun.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::plan::{Planned, Source, at, dated};
use crate::actions::archives::{self, ArchivedView, Contents};
use crate::actions::audit::{self, Wanted};
use crate::actions::evidence::Download;
use crate::actions::{RequestContext, Service, evidence, exports, objections};
use crate::domain::archive::{ARCHIVE_FORMAT, ArchiveCatalogue, ArchiveItem, CATALOGUE, SUMS};
use crate::domain::record::{Digest, canonical};
use crate::domain::values::Language;
use crate::error::{Error, Kind, Result};
use crate::files::{FilesError, Package};
use crate::http::endpoints::{Endpoint, endpoints};
use crate::http::printed;
use crate::http::request::{Reply, Request};

/// An archive in the making.
pub(super) struct Making {
    service: Service,
    context: Arc<RequestContext>,
    contents: Contents,
    archived: ArchivedView,
    endpoints: Vec<Endpoint>,
    sender: Sender<Result<Bytes>>,
    package: Package,
    items: Vec<ArchiveItem>,
    /// The digest of each file, by its path.
    sums: Vec<(Digest, String)>,
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::internal(error.to_string())
}

/// What came of an item: the day and the document number that it tells, if it was made.
type Made = Option<(String, String)>;

impl Making {
    pub(super) fn new(
        service: &Service,
        context: &Arc<RequestContext>,
        contents: Contents,
        archived: ArchivedView,
        sender: Sender<Result<Bytes>>,
    ) -> Self {
        Self {
            service: service.clone(),
            context: Arc::clone(context),
            package: Package::new(archived.archived_at.local()),
            contents,
            archived,
            endpoints: endpoints(),
            sender,
            items: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Makes all of it. What fails is the last that is sent, so that whoever receives it knows that something is missing.
    pub(super) async fn run(mut self, planned: Vec<Planned>) {
        let sender = self.sender.clone();
        let made = Box::pin(async {
            for item in planned {
                self.item(item).await?;
            }
            Box::pin(self.end()).await
        });
        if let Err(error) = made.await {
            tracing::warn!(%error, "an archive was not finished");
            // Where nobody waits for it any more, nobody need be told.
            let _ = sender.send(Err(error)).await;
        }
    }

    async fn item(&mut self, planned: Planned) -> Result<()> {
        let (made, absent) = match self.made(&planned).await {
            Ok(Some(told)) => (told, String::new()),
            Ok(None) => return Ok(()),
            // A scanner has not found it clean, or the picture is broken: everything else is archived all the same.
            Err(error) if error.kind == Kind::Conflict => (Default::default(), error.text(Language::Chinese)),
            Err(error) => return Err(error),
        };
        let (date, document) = made;
        let is_there = absent.is_empty();
        let (size, digest) = if is_there { self.note(&planned.path) } else { (0, None) };
        self.items.push(ArchiveItem {
            number: self.items.len() + 1,
            title: planned.title,
            responsible: planned.responsible,
            date: if planned.date.is_empty() { date } else { planned.date },
            document,
            class: planned.class,
            retention: self.archived.retention.of(planned.class),
            path: if is_there { planned.path } else { String::new() },
            size,
            digest,
            absent,
        });
        Ok(())
    }

    /// Notes the digest of the file that was written last.
    fn note(&mut self, path: &str) -> (u64, Option<Digest>) {
        let (size, digest) = self.package.written();
        let digest = Digest(*digest.as_bytes());
        self.sums.push((digest, path.to_owned()));
        (size, Some(digest))
    }

    async fn made(&mut self, planned: &Planned) -> Result<Made> {
        let path = &planned.path;
        let none = Some(Default::default());
        match &planned.source {
            Source::Printed { path: address, printed, names } => {
                let request = Request::reading(&self.service, &self.context, names.clone());
                let day = self.archived.archived_at.date();
                let row = self.row(address)?;
                let Some((answer, bytes)) = printed::of_day(row, printed, request, day).await? else {
                    return Ok(None);
                };
                self.whole(path, false, &bytes).await?;
                return Ok(Some(dated(&answer)));
            }
            Source::Answered { path: address, names } => {
                let request = Request::reading(&self.service, &self.context, names.clone());
                let Reply::Body { body, .. } = (self.row(address)?.handler)(request).await? else {
                    return Err(Error::internal("an answer of no JSON can't be archived"));
                };
                let answer: Value = serde_json::from_slice(&body).map_err(broken)?;
                self.whole(path, true, canonical(&answer).as_bytes()).await?;
            }
            Source::Evidence(id, _) => {
                let download = evidence::download(&self.service, &self.context, *id).await?;
                self.streamed(path, download).await?;
            }
            Source::ObjectionFile(id, _) => {
                let download = objections::download(&self.service, &self.context, *id).await?;
                self.streamed(path, download).await?;
            }
            Source::Kept(index) => {
                let (id, kept) = (self.archived.competition_id, &self.contents.documents[*index]);
                let content = archives::document(&self.service, &self.context, id, kept).await?;
                self.whole(path, true, content.as_bytes()).await?;
            }
            Source::Applications => self.applications(path).await?,
            Source::Trail => self.trail(path).await?,
        }
        Ok(none)
    }

    fn row(&self, path: &str) -> Result<&Endpoint> {
        at(&self.endpoints, path).ok_or_else(|| Error::internal(format!("there is no {path}")))
    }

    /// A file whose bytes are there.
    async fn whole(&mut self, path: &str, is_text: bool, bytes: &[u8]) -> Result<()> {
        self.package.begin(path, is_text, bytes.len() as u64).map_err(broken)?;
        self.package.write(bytes).map_err(broken)?;
        self.send().await
    }

    /// A kept file, piece by piece.
    async fn streamed(&mut self, path: &str, mut download: Download) -> Result<()> {
        self.package.begin(path, false, download.stream.size).map_err(broken)?;
        while let Some(piece) = download.stream.stream.next().await {
            let piece = piece.map_err(FilesError::from)?;
            self.package.write(&piece).map_err(broken)?;
            self.send().await?;
        }
        Ok(())
    }

    async fn applications(&mut self, path: &str) -> Result<()> {
        self.package.begin(path, true, u64::MAX).map_err(broken)?;
        let mut before = None;
        loop {
            let id = self.archived.competition_id;
            let (lines, next) = exports::piece(&self.service, &self.context, id, before).await?;
            self.package.write(lines.as_bytes()).map_err(broken)?;
            self.send().await?;
            before = next;
            if before.is_none() {
                return Ok(());
            }
        }
    }

    async fn trail(&mut self, path: &str) -> Result<()> {
        self.package.begin(path, true, u64::MAX).map_err(broken)?;
        let mut wanted = Wanted { competition: Some(self.archived.competition_id), ..Wanted::default() };
        loop {
            let (lines, next) = audit::export(&self.service, &self.context, wanted.clone()).await?;
            self.package.write(lines.as_bytes()).map_err(broken)?;
            self.send().await?;
            match next {
                Some(after) => wanted.after = after,
                None => return Ok(()),
            }
        }
    }

    /// Sends on what has been written, as soon as there is room for it.
    async fn send(&mut self) -> Result<()> {
        let bytes = self.package.take();
        self.sender.send(Ok(bytes)).await.map_err(|_| Error::internal("nobody receives the archive any more"))
    }

    /// The catalogue, what to read first, and the digests of all that.
    async fn end(mut self) -> Result<()> {
        let catalogue = ArchiveCatalogue {
            format: ARCHIVE_FORMAT.into(),
            competition: self.archived.competition_id,
            title: self.contents.title.clone(),
            archived_at: self.archived.archived_at,
            items: std::mem::take(&mut self.items),
        };
        let json = serde_json::to_value(&catalogue).map_err(broken)?;
        let files = [
            ("catalogue.csv", catalogue.csv()),
            (CATALOGUE, canonical(&json)),
            ("README.txt", catalogue.readme()),
        ];
        for (path, content) in files {
            self.whole(path, true, content.as_bytes()).await?;
            self.note(path);
        }
        self.sums.sort_by(|one, other| one.1.cmp(&other.1));
        let mut sums = String::new();
        for (digest, path) in &self.sums {
            sums.push_str(&format!(
                "{digest}  {path}
"
            ));
        }
        self.whole(SUMS, true, sums.as_bytes()).await?;
        let last = self.package.finish().map_err(broken)?;
        let gone = |_| Error::internal("nobody receives the archive any more");
        self.sender.send(Ok(last)).await.map_err(gone)
    }
}
