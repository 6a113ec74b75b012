//! Official documents that the office issues (签发): each version kept for good as it stands on the paper.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::applications::seen_by;
use super::documents;
use super::rules::visible_competition;
use super::{Page, RequestContext, Service, parse};
use crate::db::applications::{self, Filter};
use crate::db::documents::{Document, Head};
use crate::db::{self, Conn};
use crate::domain::access::{Action, Relation, Role};
use crate::domain::ids::{AccountId, ApplicationId, CompetitionId};
use crate::domain::lengths;
use crate::domain::official::{Edits, IssuedDocument, OfficialDocument};
use crate::domain::problem::FieldProblem;
use crate::domain::record::{Digest, DocumentKind};
use crate::domain::text::check_text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result, must_be_valid};

/// A document to be issued.
#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IssueDocument {
    /// Where the API gives what it is written from, such as `/api/v1/applications/…/checks`.
    #[schemars(length(max = lengths::LINE))]
    pub address: String,
    /// Which of the documents there, such as `correction`.
    #[schemars(length(max = lengths::TAG))]
    pub document: String,
    /// The digest of the draft that was looked at.
    pub drafted_digest: Digest,
    /// What is changed in it.
    #[serde(default)]
    pub edits: Edits,
    /// Why it takes the place of an earlier one; obligatory then.
    #[serde(default)]
    #[schemars(length(max = lengths::REASON))]
    pub reason: String,
}

/// A document as the service writes it now, to be looked at before it is issued.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DocumentDraftView {
    pub competition_id: CompetitionId,
    /// The application that it is about, if it is about one.
    pub application_id: Option<ApplicationId>,
    pub address: String,
    pub document: String,
    /// The digest of what it says, which issuing it names.
    pub drafted_digest: Digest,
    pub content: OfficialDocument,
}

/// An issued document in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IssuedDocumentEntry {
    /// The digest of what is kept.
    pub digest: Digest,
    /// The digest that stands, shortened, at the foot of its pages.
    pub paper_digest: Digest,
    /// The application that it is about; none where it is about none, or several.
    pub application_id: Option<ApplicationId>,
    /// What the form is called.
    pub form: String,
    /// Its document number, as far as it was given one.
    pub document_number: String,
    pub title: String,
    /// Whom it is to.
    pub addressee: String,
    /// Which version it is of the document about this; a later one takes the place of those before.
    pub version: i32,
    /// Whether a later one has taken its place.
    pub replaced: bool,
    /// Why it took the place of an earlier one; empty for the first.
    pub reason: String,
    pub issued_at: Timestamp,
    /// Who issued it.
    pub issued_by: AccountId,
}

/// An issued document.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IssuedDocumentView {
    #[serde(flatten)]
    pub entry: IssuedDocumentEntry,
    pub issued: IssuedDocument,
}

/// The application that a subject begins with, if it is about one.
fn application_of(subject: &str) -> Option<ApplicationId> {
    subject.split('/').next().and_then(|id| id.parse().ok())
}

fn view(kept: &Document, last: i32) -> Result<IssuedDocumentView> {
    let issued: IssuedDocument = parse(&kept.content)?;
    let content = &issued.content;
    let entry = IssuedDocumentEntry {
        digest: kept.digest,
        paper_digest: content.digest(),
        application_id: application_of(&kept.subject),
        form: content.identity.form.clone(),
        document_number: content.number.clone(),
        title: content.title.clone(),
        addressee: content.addressee.clone(),
        version: kept.number,
        replaced: kept.number < last,
        reason: kept.reason.clone(),
        issued_at: kept.signed_at,
        issued_by: kept.signed_by,
    };
    Ok(IssuedDocumentView { entry, issued })
}

/// Issues a document about `subject`, an application or nothing, with what tells documents of one kind about it apart. A
/// later one takes the place of the one before, which stays on record.
///
/// # Errors
/// If the caller is not the office, or no reason is given why it takes the place of an earlier one.
pub async fn issue(
    service: &Service,
    context: &Arc<RequestContext>,
    (id, application, further): (CompetitionId, Option<ApplicationId>, String),
    issued: IssuedDocument,
    reason: String,
) -> Result<IssuedDocumentView> {
    let cache = service.cache.clone();
    let about = application.map_or_else(String::new, |id| id.to_string());
    let subject = format!("{about}/{}/{further}", issued.document);
    service
        .write(context, Action::IssueDocument, move |conn, act| {
            act.context.may(Action::IssueDocument, Relation::General)?;
            act.on("issued_document", format!("{id}/{subject}"));
            act.enter(conn, id)?;
            visible_competition(conn, &cache, act.context, id)?;
            let number = documents::next_number(conn, id, DocumentKind::Issued, &subject)?;
            let mut problems = Vec::new();
            check_text(&mut problems, "/reason", &reason, usize::from(number > 1), lengths::REASON);
            must_be_valid(problems)?;
            let title = &issued.content.title;
            let (zh, en) = match (number, issued.to_parties) {
                (1, false) => {
                    ("签发后不能修改，只能另行签发替代", "It can't be changed afterwards, only replaced")
                }
                (1, true) => (
                    "签发后申报单位和设区市即可查看，不能修改，只能另行签发替代",
                    "Applicant and city can read it then; it can't be changed, only replaced",
                ),
                _ => (
                    "替代先前签发的同一文书，两份都保留",
                    "It takes the place of the one before; both are kept",
                ),
            };
            act.follows(FieldProblem::new(
                "",
                "issued",
                format!("签发《{title}》：{zh}"),
                format!("{title}: {en}"),
            ));
            let kept =
                documents::keep(conn, act, id, (DocumentKind::Issued, &subject, number), &issued, &reason)?;
            view(&kept, number)
        })
        .await
}

/// What somebody may read of the issued documents of a competition.
enum Readable {
    All,
    /// What is to the parties of these applications.
    To(BTreeSet<ApplicationId>),
}

/// The most applications of a competition that somebody of the parties reads letters about.
const MOST_APPLICATIONS: i64 = 10_000;

impl Readable {
    fn by(conn: &mut Conn, context: &RequestContext, id: CompetitionId) -> Result<Self> {
        context.may(Action::ReadIssued, Relation::General)?;
        let caller = context.caller()?;
        if matches!(caller.role, Role::Office | Role::Supervisor) {
            return Ok(Self::All);
        }
        let filter: Filter = seen_by(caller, Some(id));
        let own = applications::list(conn, &filter, MOST_APPLICATIONS)?;
        Ok(Self::To(own.into_iter().map(|application| application.id).collect()))
    }

    fn may_be(&self, subject: &str) -> bool {
        match self {
            Self::All => true,
            Self::To(own) => application_of(subject).is_some_and(|id| own.contains(&id)),
        }
    }

    fn is(&self, issued: &IssuedDocument) -> bool {
        matches!(self, Self::All) || issued.to_parties
    }
}

/// The number of the last version about a subject.
fn last_of(heads: &[Head], subject: &str) -> i32 {
    heads.iter().filter(|head| head.subject == subject).map(|head| head.number).max().unwrap_or(0)
}

/// What is looked for among issued documents.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only about this application.
    pub application: Option<ApplicationId>,
    /// Where the page begins: after this one.
    pub after: Option<Digest>,
}

/// The documents that were issued in a competition, as far as the caller may read them, newest first.
///
/// # Errors
/// If there is no such competition that the caller may see.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    wanted: Wanted,
    limit: usize,
) -> Result<Page<IssuedDocumentEntry>> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadIssued, format!("competition/{id}"), move |conn, context| {
            let readable = Readable::by(conn, context, id)?;
            visible_competition(conn, &cache, context, id)?;
            let heads = db::documents::heads(conn, id, DocumentKind::Issued)?;
            let mut chosen: Vec<&Head> = heads
                .iter()
                .filter(|head| readable.may_be(&head.subject))
                .filter(|head| wanted.application.is_none_or(|id| application_of(&head.subject) == Some(id)))
                .collect();
            chosen.sort_by(|a, b| (b.signed_at, &b.subject).cmp(&(a.signed_at, &a.subject)));
            let begin = match wanted.after {
                Some(after) => chosen.iter().position(|head| head.digest == after).map_or(0, |at| at + 1),
                None => 0,
            };
            let mut entries = Vec::new();
            for piece in chosen[begin..].chunks(limit.max(1)) {
                let subjects: BTreeSet<String> = piece.iter().map(|head| head.subject.clone()).collect();
                let subjects: Vec<String> = subjects.into_iter().collect();
                let kept = db::documents::about(conn, id, DocumentKind::Issued, &subjects)?;
                for head in piece {
                    let Some(document) = kept.iter().find(|document| document.digest == head.digest) else {
                        continue;
                    };
                    let view = view(document, last_of(&heads, &head.subject))?;
                    if readable.is(&view.issued) {
                        entries.push(view.entry);
                    }
                }
                if entries.len() > limit {
                    break;
                }
            }
            Ok(Page::of(entries, limit, |entry| entry.digest.to_string()))
        })
        .await
}

/// An issued document.
///
/// # Errors
/// If there is none that the caller may read.
pub async fn read(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    digest: Digest,
) -> Result<IssuedDocumentView> {
    let cache = service.cache.clone();
    service
        .read(context, Action::ReadIssued, format!("issued_document/{digest}"), move |conn, context| {
            let readable = Readable::by(conn, context, id)?;
            visible_competition(conn, &cache, context, id)?;
            let heads = db::documents::heads(conn, id, DocumentKind::Issued)?;
            let head = heads.iter().find(|head| head.digest == digest && readable.may_be(&head.subject));
            let head = head.ok_or_else(Error::not_found)?;
            let subject = &head.subject;
            let kept = db::documents::version(conn, id, DocumentKind::Issued, subject, head.number)?;
            let view = view(&kept.ok_or_else(Error::not_found)?, last_of(&heads, subject))?;
            if readable.is(&view.issued) { Ok(view) } else { Err(Error::not_found()) }
        })
        .await
}
