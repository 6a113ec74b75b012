//! Documents that the office issues: drafted from what the API answers, edited, kept.

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use serde_json::Value;

use super::{Issued, Printed, typed, whole};
use crate::actions::issued::{self, DocumentDraftView, IssueDocument, IssuedDocumentView};
use crate::actions::{RequestContext, Service};
use crate::domain::access::Relation;
use crate::domain::ids::CompetitionId;
use crate::domain::official::{ISSUED_FORMAT, IssuedDocument};
use crate::error::{Error, Kind, Result};
use crate::http::endpoints::{Endpoint, endpoints};
use crate::http::request::Request;
use crate::http::routes::Routes;

/// What was issued, as it was issued.
pub(in crate::http) const ISSUED: Printed = Printed {
    key: "issued",
    name: ("签发的文书", "Issued document"),
    issued: Issued::Never,
    write: |_, answer| async { Ok(vec![typed::<IssuedDocumentView>(answer)?.issued.content]) }.boxed_local(),
};

/// The endpoints whose answers are given as documents that are issued, by their addresses.
static SOURCES: LazyLock<Routes<Endpoint>> = LazyLock::new(|| {
    let rows = endpoints().into_iter();
    let rows = rows.filter(|row| row.printed.iter().any(|printed| printed.issued != Issued::Never));
    Routes::new(rows.map(|row| (row.path, row)))
});

/// A draft with how it is issued.
pub(in crate::http) struct Draft {
    pub(in crate::http) view: DocumentDraftView,
    to_parties: bool,
    /// What tells documents of one kind about an application apart.
    further: String,
}

/// Writes a document that the office issues from what the API answers at an address now.
///
/// # Errors
/// If no document that is issued is written there, there is nothing yet to write it from, or the caller may not see that.
pub(in crate::http) async fn draft(
    service: &Service,
    context: &Arc<RequestContext>,
    address: &str,
    key: &str,
) -> Result<Draft> {
    let unknown = || {
        Error::invalid_field(
            "/address",
            "nothing_to_issue",
            "此处没有可签发的文书",
            "No document that is issued is written from what is at this address",
        )
    };
    let (row, names) = SOURCES.find(address).ok_or_else(unknown)?;
    let printed = row.printed.iter().find(|printed| printed.key == key && printed.issued != Issued::Never);
    let printed = printed.ok_or_else(unknown)?;
    context.may(row.action, Relation::General)?;
    let request = Request::reading(service, context, names.into_iter().collect());
    let own = ["objection_id", "number"].into_iter().find_map(|name| request.path.get(name).cloned());
    let answer: Value = whole(row, &request).await?;
    // The public reads titles, but no application: a letter to a winner names its own.
    let of_title = super::text(&answer, "/title/content/application").parse().ok();
    let scene = super::scene(request, &answer).await?;
    // Of several, such as the minutes of each deliberation, the last is the one that is new.
    let content = (printed.write)(&scene, answer).await?.pop().ok_or_else(super::nothing)?;
    let competition_id = scene.competition.as_ref().map(|(id, _)| *id).ok_or_else(unknown)?;
    let application_id = scene.application.as_ref().map(|application| application.id).or(of_title);
    let further = own.unwrap_or_else(|| match application_id {
        Some(_) => String::new(),
        None => content.identity.party.clone(),
    });
    let view = DocumentDraftView {
        competition_id,
        application_id,
        address: address.to_owned(),
        document: key.to_owned(),
        drafted_digest: content.digest(),
        content,
    };
    Ok(Draft { view, to_parties: printed.issued == Issued::ToParties, further })
}

/// Issues a document as somebody edited it.
///
/// # Errors
/// What [`draft`] refuses; if it is of another competition or would say something else than what was looked at; if what was
/// changed is wrong; what [`issued::issue`] refuses.
pub(in crate::http) async fn issue(
    service: &Service,
    context: &Arc<RequestContext>,
    id: CompetitionId,
    issue: IssueDocument,
) -> Result<IssuedDocumentView> {
    let Draft { view, to_parties, further } =
        draft(service, context, &issue.address, &issue.document).await?;
    if view.competition_id != id {
        return Err(Error::not_found());
    }
    if view.drafted_digest != issue.drafted_digest {
        return Err(Error::new(
            Kind::Conflict,
            "draft_changed",
            "文书所依据的内容已有变化，请重新打开后核对再签发",
            "What the document is written from has changed: open it again, look at it, then issue it",
        ));
    }
    let content = view.content.edited(&issue.edits).map_err(|problems| {
        Error::invalid(problems.into_iter().map(|problem| problem.under("/edits")).collect())
    })?;
    let document = IssuedDocument {
        format: ISSUED_FORMAT.to_owned(),
        address: view.address,
        document: view.document,
        to_parties,
        drafted_digest: view.drafted_digest,
        content,
    };
    issued::issue(service, context, (id, view.application_id, further), document, issue.reason).await
}
