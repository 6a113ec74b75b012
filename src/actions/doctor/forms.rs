//! Whether a stored document is of the form that its kind has.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::finding::Topic;
use crate::actions::closing::{AdjustmentEntry, rank_document};
use crate::actions::inspections::Increase;
use crate::actions::notices::Suspension;
use crate::domain::announcement::{ANNOUNCEMENT_FORMAT, Announcement, TitleEvent};
use crate::domain::application::Covered;
use crate::domain::inspection::{INSPECTION_FORMAT, SignedInspection};
use crate::domain::notice::{NOTICE_FORMAT, Notice};
use crate::domain::record::{DocumentKind, parse};
use crate::domain::scoring::TALLY_FORMAT;
use crate::domain::selection::{SELECTION_FORMAT, Selection};
use crate::domain::sheet::{SHEET_FORMAT, SignedSheet};

/// What columns are about that repeat parts of a content.
pub(super) const COLUMNS: Topic = ("列与内容", "columns that repeat it");

/// Reads a text as a type, for whether that is possible.
pub(super) fn is<T: DeserializeOwned>(text: &str) -> Result<(), String> {
    parse::<T>(text).map(drop)
}

/// What `format` says in documents of a kind; nothing where they don't tell.
fn formats(kind: DocumentKind) -> &'static [&'static str] {
    match kind {
        DocumentKind::Sheet => &[SHEET_FORMAT],
        DocumentKind::Inspection => &[INSPECTION_FORMAT],
        DocumentKind::Tally => &[TALLY_FORMAT],
        DocumentKind::Selection => &[SELECTION_FORMAT],
        DocumentKind::Notice => &[NOTICE_FORMAT],
        DocumentKind::Announcement => &[ANNOUNCEMENT_FORMAT],
        DocumentKind::Declaration => &["qianglian-declaration/1"],
        DocumentKind::PanelChange => &["qianglian-panel-change/1", "qianglian-panel-restoration/1"],
        DocumentKind::Ruling => &["qianglian-ruling/1"],
        DocumentKind::TallyCheck => &["qianglian-tally-check/1"],
        _ => &[],
    }
}

/// A document, read as its kind is.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(kind: DocumentKind, content: &str) -> Result<Value, String> {
    let value: Value = parse(content)?;
    let known = formats(kind);
    if !known.is_empty() && !value["format"].as_str().is_some_and(|format| known.contains(&format)) {
        return Err(format!("format {}", value["format"]));
    }
    match kind {
        DocumentKind::Sheet => is::<SignedSheet>(content),
        DocumentKind::Inspection => is::<SignedInspection>(content),
        DocumentKind::Increase => is::<Increase>(content),
        DocumentKind::PartnerConsent => is::<Covered>(content),
        DocumentKind::Comment => is::<String>(content),
        DocumentKind::Adjustments => is::<Vec<AdjustmentEntry>>(content),
        DocumentKind::Tally => rank_document(content).map(drop).map_err(|error| error.to_string()),
        DocumentKind::Selection => is::<Selection>(content),
        DocumentKind::Notice => is::<Notice>(content),
        DocumentKind::Suspension => is::<Suspension>(content),
        DocumentKind::Announcement => is::<Announcement>(content),
        DocumentKind::Title => is::<TitleEvent>(content),
        DocumentKind::Declaration
        | DocumentKind::PanelChange
        | DocumentKind::Ruling
        | DocumentKind::TallyCheck
        | DocumentKind::Reopening => Ok(()),
    }?;
    Ok(value)
}
