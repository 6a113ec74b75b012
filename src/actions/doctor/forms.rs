//! Whether a stored document is of the form that its kind has.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::finding::Topic;
use crate::actions::closing::AdjustmentEntry;
use crate::actions::inspections::Increase;
use crate::actions::notices::Suspension;
use crate::actions::panels::Declaration;
use crate::actions::ranked::rank_document;
use crate::actions::rechecks::RequestRecheck;
use crate::actions::recusals::{PanelChange, PanelRestoration};
use crate::actions::reopenings::Proposal;
use crate::domain::announcement::{ANNOUNCEMENT_FORMAT, Announcement, TitleContent, TitleEvent};
use crate::domain::application::{Covered, Figures, Firms, Profile, Section, Undertaking, Whole};
use crate::domain::catalogue::Catalogue;
use crate::domain::competition::Settings;
use crate::domain::draw::{DrawBasis, DrawResult};
use crate::domain::expert::ExpertProfile;
use crate::domain::inspection::{
    INSPECTION_FORMAT, InspectionPlan, InspectionRecord, RectificationContent, Signatures, SignedInspection,
};
use crate::domain::notice::{NOTICE_FORMAT, Notice};
use crate::domain::objection::{ObjectionContent, ObjectionStep};
use crate::domain::official::{ISSUED_FORMAT, IssuedDocument};
use crate::domain::record::{DocumentKind, Event, canonical_value, digest_of, parse};
use crate::domain::scoring::TALLY_FORMAT;
use crate::domain::selection::{SELECTION_FORMAT, Selection};
use crate::domain::sheet::{SHEET_FORMAT, SheetContent, SignedSheet};
use crate::domain::working_days::WorkingCalendar;

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
        DocumentKind::Issued => &[ISSUED_FORMAT],
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
    understood(kind, content).map(|_| value)
}

/// What a document is understood to say.
fn understood(kind: DocumentKind, content: &str) -> Result<Value, String> {
    match kind {
        DocumentKind::Sheet => as_a::<SignedSheet>(content),
        DocumentKind::Inspection => as_a::<SignedInspection>(content),
        DocumentKind::Increase => as_a::<Increase>(content),
        DocumentKind::PartnerConsent => as_a::<Covered>(content),
        DocumentKind::Comment => as_a::<String>(content),
        DocumentKind::Adjustments => as_a::<Vec<AdjustmentEntry>>(content),
        DocumentKind::Tally => {
            let ranked = rank_document(content).map_err(|error| error.to_string())?;
            Ok(json!({ "ranked": digest_of(ranked.result.get()) }))
        }
        DocumentKind::Selection => as_a::<Selection>(content),
        DocumentKind::Notice => as_a::<Notice>(content),
        DocumentKind::Suspension => as_a::<Suspension>(content),
        DocumentKind::Announcement => as_a::<Announcement>(content),
        DocumentKind::Title => as_a::<TitleEvent>(content),
        DocumentKind::Issued => as_a::<IssuedDocument>(content),
        DocumentKind::Declaration => as_a::<Declaration>(content),
        DocumentKind::PanelChange => {
            as_a::<PanelChange>(content).or_else(|_| as_a::<PanelRestoration>(content))
        }
        DocumentKind::Reopening => as_a::<Proposal>(content),
        DocumentKind::Ruling | DocumentKind::TallyCheck => parse(content),
    }
}

/// Reads a text as a type: what it is then taken to say.
fn as_a<T: DeserializeOwned + Serialize>(text: &str) -> Result<Value, String> {
    parse::<T>(text).map(|value| canonical_value(&value))
}

/// How a stored text is read: to what it is understood to say.
type Read = fn(&str) -> Result<Value, String>;

/// What else is stored as JSON, and how it is read.
const BESIDE: [(&str, Read); 23] = [
    ("catalogue", as_a::<Catalogue>),
    ("working_days", as_a::<WorkingCalendar>),
    ("settings", as_a::<Settings>),
    ("submission", as_a::<Whole>),
    ("part_profile", as_a::<Profile>),
    ("part_firms", as_a::<Firms>),
    ("part_figures", as_a::<Figures>),
    ("part_undertaking", as_a::<Undertaking>),
    ("part_section", as_a::<Section>),
    ("recommendation_list", as_a::<Value>),
    ("draw", as_a::<DrawBasis>),
    ("draw_result", as_a::<DrawResult>),
    ("event", as_a::<Event>),
    ("expert", as_a::<ExpertProfile>),
    ("inspection_plan", as_a::<InspectionPlan>),
    ("inspection_record", as_a::<InspectionRecord>),
    ("inspection_signatures", as_a::<Signatures>),
    ("sheet_content", as_a::<SheetContent>),
    ("rectification", as_a::<RectificationContent>),
    ("recheck_request", as_a::<RequestRecheck>),
    ("title_content", as_a::<TitleContent>),
    ("objection", as_a::<ObjectionContent>),
    ("objection_steps", as_a::<Vec<ObjectionStep>>),
];

/// The forms in which something is stored as JSON: the kinds of documents, and what stands beside them.
pub fn stored_forms() -> impl Iterator<Item = &'static str> {
    DocumentKind::ALL.iter().map(|kind| kind.as_str()).chain(BESIDE.iter().map(|(name, _)| *name))
}

/// What a stored text of a form is understood to say, read as it is read from the database.
///
/// # Errors
/// Why it can't be read.
pub fn meaning(form: &str, text: &str) -> Result<Value, String> {
    if let Some((_, read)) = BESIDE.iter().find(|(name, _)| *name == form) {
        return read(text);
    }
    let kind = form.parse().map_err(|_| format!("nothing is stored as {form}"))?;
    read(kind, text).and_then(|_| understood(kind, text))
}
