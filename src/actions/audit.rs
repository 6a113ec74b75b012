//! The audit trail, as supervisors read and export it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Page, RequestContext, Service, parse};
use crate::db::audit::{self, SERVICE_CHAIN};
use crate::domain::access::{Action, Relation};
use crate::domain::ids::{AccountId, CompetitionId, RequestId};
use crate::domain::record::{Digest, Outcome};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// An event with its digest, which the next event carries as `prev`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventView {
    /// SHA-256 of the event's canonical JSON (RFC 8785).
    pub digest: Digest,
    /// The event, in the form that its `format` names.
    pub event: Value,
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// A competition's chain; the service's own, if absent.
    pub competition: Option<CompetitionId>,
    pub account: Option<AccountId>,
    pub action: Option<Action>,
    pub object: Option<String>,
    pub outcome: Option<Outcome>,
    pub request: Option<RequestId>,
    /// Only from this time on.
    pub from: Option<Timestamp>,
    /// Only until this time.
    pub until: Option<Timestamp>,
    /// Only after this number.
    pub after: i64,
}

impl Wanted {
    fn parts(&self) -> (String, audit::Filter) {
        let chain = self.competition.map_or_else(|| SERVICE_CHAIN.to_owned(), |id| id.to_string());
        let filter = audit::Filter {
            account: self.account,
            action: self.action.map(|action| action.to_string()),
            object: self.object.clone(),
            outcome: self.outcome.map(|outcome| outcome.to_string()),
            request: self.request,
            from: self.from,
            until: self.until,
        };
        (chain, filter)
    }
}

/// Events of a chain, oldest first.
///
/// # Errors
/// If the caller is no supervisor.
pub async fn list(
    service: &Service,
    context: &Arc<RequestContext>,
    wanted: Wanted,
    limit: usize,
) -> Result<Page<EventView>> {
    service
        .read(context, Action::ReadAudit, "audit".to_owned(), move |conn, context| {
            context.may(Action::ReadAudit, Relation::General)?;
            let (chain, filter) = wanted.parts();
            let rows = audit::list(conn, &chain, wanted.after, Page::<EventView>::rows(limit), &filter)?;
            let page = Page::of(rows, limit, |row| row.seq.to_string());
            let mut items = Vec::with_capacity(page.items.len());
            for row in page.items {
                items.push(EventView { digest: row.digest, event: parse(&row.body)? });
            }
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await
}

/// A piece of an export: events as they were recorded, one a line, so that the digests can be worked out from the
/// bytes; and the number after which the next piece begins.
///
/// # Errors
/// If the caller is no supervisor.
pub async fn export(
    service: &Service,
    context: &Arc<RequestContext>,
    wanted: Wanted,
) -> Result<(String, Option<i64>)> {
    const PIECE: i64 = 1_000;
    service
        .read(context, Action::ReadAudit, "audit".to_owned(), move |conn, context| {
            context.may(Action::ReadAudit, Relation::General)?;
            let (chain, filter) = wanted.parts();
            let rows = audit::list(conn, &chain, wanted.after, PIECE, &filter)?;
            let next = if rows.len() < 1_000 { None } else { rows.last().map(|row| row.seq) };
            let mut lines = String::new();
            for row in rows {
                lines.push_str(&row.body);
                lines.push('\n');
            }
            Ok((lines, next))
        })
        .await
}
